//! Publishing a calendar year: what is counted anew, what a person decides, and who was faster.

use serde_json::{Value, json};

use crate::leave::{days, force, items};

/// The dates of Spring Festival 2027 as a notice might have them: seven days off, two Saturdays or Sundays worked.
fn notice() -> Value {
    let off = ["2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"]
        .map(|date| json!({"date": date, "class": "statutory_holiday", "name": "春节"}));
    let moved = ["2027-02-09", "2027-02-10", "2027-02-11"]
        .map(|date| json!({"date": date, "class": "rest_day_moved", "name": "春节"}));
    let worked =
        ["2027-01-31", "2027-02-20"].map(|date| json!({"date": date, "class": "makeup_workday", "name": "春节"}));
    Value::Array(off.into_iter().chain(moved).chain(worked).collect())
}

both! {
    /// Pending requests are counted anew and their days move in the ledger; granted ones wait for a person.
    async fn the_notice_arrives(db: TestDatabase) {
        let force = force(db).await;
        let (pending, own) = force.person("100001", "2010-01-01").await;
        let (granted, other) = force.person("100002", "2010-01-01").await;
        let waiting = force.submit(&own, pending, "2027-02-08", "2027-02-12").await.expect(201);
        assert_eq!((&waiting.body["days"], &waiting.body["by_year"]), (&json!(4), &json!({"2027": 4})));
        let kept = force.granted(&other, granted, "2027-02-08", "2027-02-12").await;
        let unchanged = force.granted(&other, granted, "2027-03-01", "2027-03-02").await;

        let told = force.publish_year(2027, notice()).await.expect(200);
        assert_eq!((&told.body["recounted"], &told.body["approved_changed"]), (&json!(1), &json!(1)));
        let anew = force.request(waiting.id()).await;
        assert_eq!((&anew["days"], &anew["by_year"], &anew["state"]), (&json!(1), &json!({"2027": 1}), &json!("submitted")));
        let balance = force.balance(pending, "2027-12-31").await;
        assert_eq!((days(&balance["pending_days"]), days(&balance["available_days"])), (1.0, 9.0));
        // Granted leave stays as it was until somebody decides.
        assert_eq!(force.request(kept).await["days"], 4);
        let open = force.open_conflicts().await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!((&open[0]["request_id"], &open[0]["cause"], &open[0]["cause_ref"]), (&json!(kept), &json!("calendar"), &json!("2027")));
        assert_eq!((&open[0]["days_before"], &open[0]["days_after"]), (&json!(4), &json!(1)));
        assert_eq!(open[0]["findings"][0]["rule"], "leave.recount");
        assert_eq!(force.request(unchanged).await["days"], 2);
        let decided = force.decide(&force.hr, &open[0]["id"], "recount").await.expect(200);
        assert_eq!((&decided.body["state"], &decided.body["decision"]), (&json!("closed"), &json!("recount")));
        assert_eq!(force.request(kept).await["days"], 1);
        let balance = force.balance(granted, "2027-12-31").await;
        assert_eq!((days(&balance["taken_days"]), days(&balance["available_days"])), (3.0, 7.0));
        assert_eq!(force.decide(&force.hr, &open[0]["id"], "keep").await.because(), "closed");
        // The same year once more changes nothing.
        let again = force.publish_year(2027, notice()).await.expect(200);
        assert_eq!((&again.body["recounted"], &again.body["approved_changed"]), (&json!(0), &json!(0)));
    }

    /// A year corrected late, as the notice of December 2018 did: what was taken costs another number of days.
    async fn a_year_corrected_after_the_fact(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2010-01-01").await;
        let taken = force.enter(crate::leave::asked(officer, "2026-01-12", "2026-01-14")).await.expect(201).id();
        let year = force.hr.get("/calendar/years/2026").await.expect(200);
        let mut with_one = year.body["days"].as_array().unwrap().clone();
        with_one.push(json!({"date": "2026-01-13", "class": "rest_day_moved", "name": "临时放假"}));
        let told = force.publish_year(2026, Value::Array(with_one)).await.expect(200);
        assert_eq!((&told.body["recounted"], &told.body["approved_changed"]), (&json!(0), &json!(1)));
        let open = force.open_conflicts().await;
        assert_eq!((&open[0]["request_id"], &open[0]["days_before"], &open[0]["days_after"]), (&json!(taken), &json!(3), &json!(2)));
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["taken_days"]), 3.0);
        // Taken back, it fits again and settles by itself.
        force.publish_year(2026, year.body["days"].clone()).await.expect(200);
        assert_eq!(force.open_conflicts().await.len(), 0);
        let closed = force.hr.get("/leave-conflicts?state=closed").await.expect(200);
        assert_eq!((items(&closed).len(), &items(&closed)[0]["decision"]), (1, &json!("settled")));
    }

    /// A working Saturday makes leave that spans it cost more: where nothing is left for it, the request stays as it was
    /// and is listed.
    async fn a_day_more_than_there_is(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2024-01-01").await;
        let id = force.submit(&own, officer, "2027-02-15", "2027-02-20").await.expect(201).id();
        assert_eq!(force.request(id).await["days"], 5);
        let told = force.publish_year(2027, notice()).await.expect(200);
        assert_eq!((&told.body["recounted"], &told.body["approved_changed"]), (&json!(0), &json!(1)));
        assert_eq!(force.request(id).await["days"], 5);
        let open = force.open_conflicts().await;
        assert_eq!((&open[0]["days_before"], &open[0]["days_after"]), (&json!(5), &json!(6)));
        let told = force.decide(&force.hr, &open[0]["id"], "recount").await;
        assert_eq!(told.status, 409, "{}", told.body);
        force.decide(&force.hr, &open[0]["id"], "cancel").await.expect(200);
        assert_eq!(force.request(id).await["state"], "withdrawn");
        assert_eq!(days(&force.balance(officer, "2027-12-31").await["available_days"]), 5.0);
    }

    /// A year that nobody had published opens; whoever read an older version is told so.
    async fn versions_of_a_year(db: TestDatabase) {
        let force = force(db).await;
        assert_eq!(force.hr.get("/calendar/years/2028").await.says(), (422, "calendar_not_published"));
        let path = "/calendar/years/2028";
        let body = json!({"status": "provisional", "days": [{"date": "2028-01-01", "class": "statutory_holiday", "name": "元旦"}]});
        assert_eq!(force.admin.put(path, body.clone()).await.says(), (428, "precondition_required"));
        assert_eq!(force.admin.with("if-match", "*").put(path, body.clone()).await.says(), (412, "stale"));
        let told = force.admin.with("if-none-match", "*").put(path, body.clone()).await.expect(200);
        assert!(told.header("etag").starts_with("\"1-"));
        assert_eq!(force.admin.with("if-none-match", "*").put(path, body.clone()).await.says(), (412, "stale"));
        let shown = force.leader.get(path).await.expect(200);
        assert_eq!((shown.header("etag"), &shown.body["status"]), (told.header("etag"), &json!("provisional")));
        assert_eq!(force.leader.get("/calendar?from=2028-01-01&to=2028-01-03").await.body["items"][0]["class"], "statutory_holiday");
        let tag = told.header("etag");
        assert_eq!(force.admin.with("if-match", "\"1-00000000\"").put(path, body.clone()).await.says(), (412, "stale"));
        force.admin.with("if-match", tag).put(path, json!({"status": "official", "days": []})).await.expect(200);
        assert_eq!(force.admin.with("if-match", tag).put(path, body).await.says(), (412, "stale"));
        assert_eq!(force.leader.get(path).await.body, json!({"year": 2028, "unit_id": null, "status": "official", "days": []}));
        // What is built in is version 0 of its year; the dates of a year carry its tag.
        let dates = force.leader.get("/calendar?from=2027-01-01&to=2027-12-31").await.expect(200);
        assert_eq!(dates.header("etag"), force.leader.get("/calendar/years/2027").await.header("etag"));
        assert_eq!(force.leader.get("/calendar?from=2026-12-31&to=2027-01-01").await.header("etag"), "");
        assert_eq!(force.leader.get("/calendar/years/2027").await.header("etag").split('-').next(), Some("\"0"));
        force.admin.with("if-match", dates.header("etag")).put("/calendar/years/2027", json!({"status": "official", "days": []})).await.expect(200);
    }

    /// Two who publish one year at once: one is bound, the other is told.
    async fn two_at_once(db: TestDatabase) {
        let force = force(db).await;
        let body = json!({"status": "official", "days": []});
        let tag = force.leader.get("/calendar/years/2027").await.header("etag").to_owned();
        let put = |client: crate::app::Client| {
            let (body, tag) = (body.clone(), tag.clone());
            async move { client.with("if-match", &tag).put("/calendar/years/2027", body).await }
        };
        let told = crate::crowd::at_once((0..8).map(|_| put(force.admin.clone()))).await;
        assert_eq!(crate::crowd::count(&told, 200), 1);
        assert_eq!(crate::crowd::count(&told, 412), 7);
        assert_eq!(force.leader.get("/calendar/years/2027").await.header("etag").split('-').next(), Some("\"1"));
    }

    /// Dates that no calendar can have are named with their place; nothing is published.
    async fn a_year_that_cannot_be(db: TestDatabase) {
        let force = force(db).await;
        for (day, pointer) in [
            (json!({"date": "2026-02-05", "class": "statutory_holiday"}), "/days/1/date"),
            (json!({"date": "2027-02-04", "class": "statutory_holiday"}), "/days/1/date"),
            (json!({"date": "2027-02-30", "class": "statutory_holiday"}), "/days/1/date"),
            (json!({"date": "2027-02-06", "class": "workday"}), "/days/1/class"),
            (json!({"date": "2027-02-05", "class": "weekend"}), "/days/1/class"),
            (json!({"date": "2027-02-05", "class": "makeup_workday"}), "/days/1/class"),
            (json!({"date": "2027-02-05", "class": "holiday"}), "/days/1/class"),
            (json!({"date": "2027-02-05", "class": "statutory_holiday", "name": ""}), "/days/1/name"),
        ] {
            let told = force.publish_year(2027, json!([{"date": "2027-02-04", "class": "statutory_holiday"}, day])).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", told.body);
        }
        for year in ["1999", "2100", "x"] {
            let body = json!({"status": "official", "days": []});
            assert_eq!(force.admin.with("if-match", "*").put(&format!("/calendar/years/{year}"), body).await.status, 404, "{year}");
        }
        assert_eq!(force.leader.get("/calendar/years/2027").await.header("etag").split('-').next(), Some("\"0"));
    }
}
