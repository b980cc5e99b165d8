//! Shifts: who plans them, what is refused, what is kept of a change.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::crowd::{at_once, count};
use crate::leave::{finding, ids, items, with};
use crate::records;

both! {
    /// Planned, read by whom it concerns, changed with what it was kept, taken back with a reason.
    async fn a_shift_from_plan_to_cancellation(db: TestDatabase) {
        let post = Post::start(db).await;
        let told = post.plan(post.one, "2026-03-09T08:00", "2026-03-09T18:00").await.expect(201);
        let path = format!("/duty-shifts/{}", told.id());
        assert_eq!(told.header("location"), format!("/api/v1{path}"));
        assert_eq!((&told.body["state"], &told.body["counted_minutes"]), (&json!("planned"), &json!(600)));
        assert_eq!(told.body["starts_at"], "2026-03-09T00:00:00Z");
        for client in [&post.own, &post.force.leader, &post.force.branch_leader, &post.force.hr] {
            let seen = client.get(&path).await.expect(200);
            assert_eq!((&seen.body["id"], &seen.body["actual"]["state"]), (&told.body["id"], &json!("unconfirmed")));
        }
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(post.force.admin.get(&path).await.says(), (403, "forbidden"));

        let patch = json!({"ends_at": "2026-03-09T12:00:00Z"});
        assert_eq!(post.force.leader.patch(&path, patch.clone()).await.says(), (428, "precondition_required"));
        assert_eq!(post.force.leader.with("if-match", "\"9\"").patch(&path, patch.clone()).await.says(), (412, "stale"));
        let tagged = post.force.leader.with("if-match", told.header("etag"));
        let changed = tagged.patch(&path, patch.clone()).await.expect(200);
        assert_eq!((&changed.body["counted_minutes"], changed.header("etag")), (&json!(720), "\"2\""));
        assert_eq!(tagged.patch(&path, patch).await.says(), (412, "stale"));
        assert_eq!(records::count(&post.force.app.db, "duty_shift_history WHERE counted_minutes = 600"), 1);

        assert_eq!(post.force.leader.post(&format!("{path}/cancel"), json!({"reason": " "})).await.status, 422);
        let reason = json!({"reason": "调整"});
        assert_eq!(post.own.post(&format!("{path}/cancel"), reason.clone()).await.says(), (403, "own_record"));
        assert_eq!(post.force.other_leader.post(&format!("{path}/cancel"), reason.clone()).await.says(), (404, "not_found"));
        let gone = post.force.leader.post(&format!("{path}/cancel"), reason.clone()).await.expect(200);
        assert_eq!((&gone.body["state"], &gone.body["cancel_reason"]), (&json!("cancelled"), &json!("调整")));
        let again = post.force.leader.post(&format!("{path}/cancel"), reason).await.expect(200);
        assert_eq!(again.body, gone.body, "twice changes nothing");
        let any = post.force.leader.with("if-match", "*");
        assert_eq!(any.patch(&path, json!({"kind": "training"})).await.because(), "cancelled");
        // What is taken back stands in nobody's way.
        post.plan(post.one, "2026-03-09T08:00", "2026-03-09T18:00").await.expect(201);
        let auditor = post.force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get(&format!("/audit?subject_id={}", told.id())).await.expect(200);
        assert_eq!(items(&trail).len(), 3);
    }

    /// Half-open: what touches is no overlap, one second more is; over midnight, the month and the year.
    async fn overlaps_are_refused_with_reasons(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-12-31T20:00", "2027-01-01T08:00").await.expect(201);
        for (from, to) in [
            ("2026-12-31T20:00", "2027-01-01T08:00"),
            ("2026-12-31T22:00", "2026-12-31T23:00"),
            ("2027-01-01T07:59", "2027-01-01T09:00"),
            ("2026-12-31T10:00", "2027-01-02T09:00"),
        ] {
            let told = post.plan_anyway(post.one, from, to).await;
            assert_eq!(told.says(), (409, "rest.overlap"), "{from}: {}", told.body);
            assert_eq!(finding(&told.body, "rest.overlap")["outcome"], "block");
        }
        // Somebody else may.
        post.plan(post.other, "2026-12-31T20:00", "2027-01-01T08:00").await.expect(201);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 2);
    }

    async fn spans_that_are_none_are_refused(db: TestDatabase) {
        let post = Post::start(db).await;
        for (from, to) in [
            ("2026-03-09T08:00", "2026-03-09T08:00"),
            ("2026-03-09T08:00", "2026-03-09T07:59"),
            ("2026-03-09T08:00", "2026-03-12T08:01"),
        ] {
            let told = post.plan_anyway(post.one, from, to).await;
            assert_eq!(told.says(), (422, "rest.span"), "{to}: {}", told.body);
        }
        let far = post.plan(post.one, "2026-03-09T08:00", "2026-05-09T08:00").await;
        assert_eq!((far.status, &far.body["errors"][0]["pointer"]), (422, &json!("/ends_at")));
        let body = post.shift(post.one, "2026-03-09T08:00", "2026-03-09T18:00");
        for (member, value) in [
            ("counted_minutes", json!(601)),
            ("counted_minutes", json!(-1)),
            ("note", json!("就医")),
            ("override_reason", json!("  ")),
            ("starts_at", json!("1999-12-31T00:00:00Z")),
            ("kind", json!("patrol")),
        ] {
            let told = post.force.leader.post("/duty-shifts", with(body.clone(), json!({member: value}))).await;
            assert_eq!(told.status, 422, "{member}: {}", told.body);
            assert_eq!(told.body["errors"][0]["pointer"], format!("/{member}"), "{}", told.body);
        }
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0, "nothing changed");
    }

    /// Whose duty is whose to plan; nobody's own, and nobody's of another unit.
    async fn who_plans_whom(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = post.shift(post.one, "2026-03-09T08:00", "2026-03-09T18:00");
        assert_eq!(post.own.post("/duty-shifts", body.clone()).await.says(), (403, "own_record"));
        assert_eq!(post.force.other_leader.post("/duty-shifts", body.clone()).await.says(), (404, "not_found"));
        let theirs = with(body.clone(), json!({"unit_id": post.force.other_station}));
        assert_eq!(post.force.other_leader.post("/duty-shifts", theirs.clone()).await.says(), (404, "not_found"));
        assert_eq!(post.force.leader.post("/duty-shifts", theirs.clone()).await.says(), (404, "not_found"));
        let told = post.force.hr.post("/duty-shifts", theirs).await;
        assert_eq!(told.says(), (422, "rest.unit"), "{}", told.body);
        let nobody = with(body.clone(), json!({"officer_id": Uuid::now_v7()}));
        assert_eq!(post.force.leader.post("/duty-shifts", nobody).await.says(), (404, "not_found"));
        // A unit above plans for those below it.
        let above = with(body.clone(), json!({"unit_id": post.force.branch}));
        assert_eq!(post.force.leader.post("/duty-shifts", above.clone()).await.says(), (404, "not_found"));
        post.force.branch_leader.post("/duty-shifts", above).await.expect(201);
        // A leader on the roll does not plan their own duty, nor that of their spouse.
        let chief = post.force.officer_with("100102", json!({"spouse_officer_id": post.other})).await;
        let leads = post.force.with_roles("chief", chief, &[(Role::Leader, Some(post.force.station))]).await;
        for officer in [chief, post.other] {
            let body = post.shift(officer, "2026-03-09T08:00", "2026-03-09T18:00");
            assert_eq!(leads.post("/duty-shifts", body).await.says(), (403, "own_record"));
        }
        // Off the roll.
        let gone = post.force.officer_with("100103", json!({"joined_on": "2026-03-10"})).await;
        let told = post.plan(gone, "2026-03-09T08:00", "2026-03-09T18:00").await;
        assert_eq!(told.says(), (422, "rest.off_roll"), "{}", told.body);
        post.plan(gone, "2026-03-10T00:00", "2026-03-10T08:00").await.expect(201);
    }

    /// An appointment of one's own: left alone by the roster, its reason told to nobody.
    async fn protected_time(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = with(post.shift(post.one, "2026-03-09T09:00", "2026-03-09T12:00"), json!({"kind": "protected", "note": "复查"}));
        let told = post.own.post("/duty-shifts", body.clone()).await.expect(201);
        assert_eq!((&told.body["note"], &told.body["counted_minutes"]), (&json!("复查"), &json!(0)));
        let path = format!("/duty-shifts/{}", told.id());
        for client in [&post.force.leader, &post.force.hr] {
            let seen = client.get(&path).await.expect(200);
            assert!(seen.body.get("note").is_none() && !seen.body.to_string().contains("复查"), "{}", seen.body);
        }
        assert_eq!(post.own.get(&path).await.expect(200).body["note"], "复查");
        let list = post.force.leader.get(&format!("/duty-shifts?officer_id={}", post.one)).await.expect(200);
        assert!(!list.body.to_string().contains("复查"));
        let refused = post.plan(post.one, "2026-03-09T08:00", "2026-03-09T18:00").await;
        assert_eq!(refused.says(), (422, "rest.protected"), "{}", refused.body);
        assert!(!refused.body.to_string().contains("复查"));
        assert_eq!(post.own.post("/duty-shifts", body).await.says(), (409, "rest.overlap"), "twice at once");
        let reason = json!({"reason": "改期"});
        assert_eq!(post.force.leader.post(&format!("{path}/cancel"), reason.clone()).await.says(), (403, "forbidden"));
        // Why it is off is as much the person's as what it was for.
        let off = post.own.post(&format!("{path}/cancel"), json!({"reason": "复查改期"})).await.expect(200);
        assert_eq!(off.body["cancel_reason"], "复查改期");
        for client in [&post.force.leader, &post.force.hr] {
            let seen = client.get(&path).await.expect(200).body;
            assert_eq!((&seen["state"], &seen["cancel_reason"], &seen["override_reason"]), (&json!("cancelled"), &Value::Null, &Value::Null));
        }
        let list = post.force.leader.get(&format!("/duty-shifts?officer_id={}&state=cancelled", post.one)).await.expect(200);
        assert!(!list.body.to_string().contains("复查"));
        post.plan(post.one, "2026-03-09T08:00", "2026-03-09T18:00").await.expect(201);
        let auditor = post.force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get(&format!("/audit?subject_id={}", told.id())).await.expect(200);
        assert!(!trail.body.to_string().contains("复查"), "nor to the auditor");
        // Who else would be free is not said to somebody who plans nobody.
        post.plan(post.one, "2026-03-11T09:00", "2026-03-11T12:00").await.expect(201);
        let body = with(post.shift(post.one, "2026-03-11T10:00", "2026-03-11T11:00"), json!({"kind": "protected"}));
        for path in ["/duty-shifts", "/duty-shifts/check"] {
            let told = post.own.post(path, body.clone()).await.body;
            let offered = told["findings"].as_array().unwrap().iter().flat_map(|one| one["suggestions"].as_array().unwrap());
            assert!(offered.clone().all(|one| one["kind"] != "swap"), "{told}");
        }
    }

    /// Duty on granted leave is refused; leave that is only asked for stands in nobody's way.
    async fn duty_on_leave(db: TestDatabase) {
        let post = Post::start(db).await;
        let asked = post.force.submit(&post.own, post.one, "2026-03-09", "2026-03-10").await.expect(201).id();
        let preview = post.force.leader.post("/duty-shifts/check", post.shift(post.one, "2026-03-09T08:00", "2026-03-09T18:00")).await.expect(200);
        assert_eq!(preview.body["acceptable"], true, "{}", preview.body);
        post.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        for (from, to, status) in [
            ("2026-03-08T08:00", "2026-03-08T23:59", 201),
            ("2026-03-10T23:00", "2026-03-11T02:00", 422),
            ("2026-03-11T12:00", "2026-03-11T20:00", 201),
        ] {
            let told = post.plan_anyway(post.one, from, to).await;
            assert_eq!(told.status, status, "{from}: {}", told.body);
        }
        assert_eq!(post.plan(post.one, "2026-03-09T08:00", "2026-03-09T18:00").await.says(), (422, "rest.on_leave"));
    }

    /// A preview stores nothing and says what the act would say; several at once are located.
    async fn previews_and_batches(db: TestDatabase) {
        let post = Post::start(db).await;
        let good = post.shift(post.one, "2026-03-09T08:00", "2026-03-09T18:00");
        let bad = post.shift(post.one, "2026-03-09T17:00", "2026-03-09T20:00");
        let other = post.shift(post.other, "2026-03-09T08:00", "2026-03-09T18:00");
        let shifts = json!({"shifts": [other, good, bad]});
        let check = post.force.leader.post("/duty-shifts/check", shifts.clone()).await.expect(200);
        assert_eq!(check.body["acceptable"], false);
        assert_eq!(finding(&check.body, "rest.overlap")["measured"]["at"], json!(["/shifts/1", "/shifts/2"]));
        let told = post.force.leader.post("/duty-shifts/batch", shifts).await;
        assert_eq!(told.says(), (409, "rest.overlap"));
        assert_eq!(finding(&told.body, "rest.overlap")["measured"]["at"], json!(["/shifts/1", "/shifts/2"]));
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0, "all or none");
        let shifts = json!({"shifts": [good, with(good.clone(), json!({"counted_minutes": 9999}))]});
        let told = post.force.leader.post("/duty-shifts/batch", shifts).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/shifts/1/counted_minutes")));
        let shifts = json!({"shifts": [good, other]});
        let keyed = post.force.leader.with("idempotency-key", "b-1");
        let told = keyed.post("/duty-shifts/batch", shifts.clone()).await.expect(200);
        assert_eq!(told.body["items"].as_array().unwrap().len(), 2);
        let again = keyed.post("/duty-shifts/batch", shifts).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &told.body));
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 2);
        for (body, pointer) in [
            (json!({}), "/officer_id"),
            (json!({"shifts": []}), "/shifts"),
            (json!({"shifts": [good], "officer_id": post.one}), "/shifts"),
        ] {
            let told = post.force.leader.post("/duty-shifts/check", body).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)));
        }
        let empty = post.force.leader.post("/duty-shifts/batch", json!({"shifts": []})).await;
        let refused = &empty.body["errors"][0];
        assert_eq!((empty.status, &refused["pointer"], &refused["code"]), (422, &json!("/shifts"), &json!("invalid_value")));
        assert!(refused["detail"].as_str().unwrap().contains("1 … 2000"), "{}", empty.body);
        let many = json!({"shifts": vec![good; 2001]});
        assert_eq!(post.force.leader.post("/duty-shifts/batch", many).await.says(), (422, "invalid_fields"));
    }

    /// Two leaders at once: one has it, the other is told why not, and the database agrees.
    async fn two_leaders_at_once(db: TestDatabase) {
        let post = Post::start(db).await;
        let second = post.second_leader().await;
        for round in 0..3 {
            let day = format!("2026-04-{:02}", 6 + 3 * round);
            let told = at_once((0..8).map(|at| {
                let client = if at % 2 == 0 { post.force.leader.clone() } else { second.clone() };
                let body = post.shift(post.one, &format!("{day}T{:02}:00", 8 + at % 3), &format!("{day}T{:02}:00", 16 + at % 3));
                async move { client.post("/duty-shifts", body).await }
            }))
            .await;
            assert_eq!((count(&told, 201), count(&told, 409)), (1, 7), "{:?}", told.iter().map(|one| one.says()).collect::<Vec<_>>());
            assert!(told.iter().filter(|one| one.status == 409).all(|one| one.code() == "rest.overlap"));
        }
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 3);
    }

    /// Lists: one's own, one's units, by dates, a page at a time, as a file with number and name first.
    async fn lists(db: TestDatabase) {
        let post = Post::start(db).await;
        let mut planned = Vec::new();
        for day in ["2026-03-02", "2026-03-04", "2026-03-06"] {
            planned.push(post.plan(post.one, &format!("{day}T08:00"), &format!("{day}T16:00")).await.expect(201).id());
            planned.push(post.plan(post.other, &format!("{day}T09:00"), &format!("{day}T17:00")).await.expect(201).id());
        }
        let mine = post.own.get("/duty-shifts").await.expect(200);
        assert_eq!(ids(&mine), [planned[0], planned[2], planned[4]]);
        assert_eq!(ids(&post.own.get(&format!("/duty-shifts?officer_id={}", post.other)).await.expect(200)), Vec::<Uuid>::new());
        assert_eq!(ids(&post.force.other_leader.get("/duty-shifts").await.expect(200)), Vec::<Uuid>::new());
        for client in [&post.force.leader, &post.force.hr, &post.force.branch_leader] {
            assert_eq!(ids(&client.get("/duty-shifts").await.expect(200)), planned);
            assert_eq!(ids(&client.get("/duty-shifts?from=2026-03-03&to=2026-03-04").await.expect(200)), planned[2..4]);
            let one = client.get(&format!("/duty-shifts?officer_id={}&from=2026-03-04", post.one)).await.expect(200);
            assert_eq!(ids(&one), [planned[2], planned[4]]);
        }
        let (mut met, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/duty-shifts?unit_id={}&limit=4{cursor}", post.force.branch);
            let page = post.force.hr.get(&path).await.expect(200);
            met.extend(ids(&page));
            let Value::String(next) = &page.body["next_cursor"] else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(met, planned);
        let file = post.force.leader.get("/duty-shifts?format=csv").await.expect(200);
        let text = file.body.as_str().unwrap();
        assert!(text.trim_start_matches('\u{feff}').starts_with("警号,姓名,"), "{text}");
        assert!(text.contains("100100,警员100100,"), "{text}");
        for (query, pointer) in [("from=2026-03-04&to=2026-03-03", "?to"), ("from=2026-01-01&to=2027-06-01", "?to"), ("state=gone", "?state")] {
            let told = post.force.leader.get(&format!("/duty-shifts?{query}")).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (400, &json!(pointer)), "{query}");
        }
    }
}
