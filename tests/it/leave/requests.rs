//! Asking for leave: what is reserved, what is refused, what hr enters (RULINGS 17, 18).

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::{asked, assert_adds_up, blocking, days, finding, force, ids, with};

both! {
    /// A submission is whole: who, what, when, what it costs, who decides, what the rules found.
    async fn a_request_as_it_is_told(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let cover = force.officer("100002", "2010-01-01").await;
        let body = with(asked(officer, "2026-03-13", "2026-03-16"), json!({"last_day": "am", "note": "探亲", "cover_officer_id": cover}));
        let told = own.post("/leave-requests", body).await.expect(201);
        assert_eq!(told.header("location"), format!("/api/v1/leave-requests/{}", told.id()));
        assert_eq!(own.get(&format!("/leave-requests/{}", told.id())).await.expect(200).body, told.body);
        let request = &told.body;
        for (name, value) in [
            ("officer_id", json!(officer)), ("kind", json!("annual")), ("kind_group", json!("annual")),
            ("from", json!("2026-03-13")), ("to", json!("2026-03-16")), ("first_day", json!("full")),
            ("last_day", json!("am")), ("state", json!("submitted")), ("days", json!(1.5)),
            ("by_year", json!({"2026": 1.5})), ("note", json!("探亲")), ("cover_officer_id", json!(cover)),
            ("submitted_at", json!("2026-03-02T01:00:00Z")), ("expires_on", json!("2026-03-13")), ("decision", Value::Null),
        ] {
            assert_eq!(request[name], value, "{name}");
        }
        let waiting = json!([{"step": 1, "unit_id": force.station, "state": "pending", "decided_by": null, "decided_at": null}]);
        assert_eq!(request["approvals"], waiting);
        assert!(blocking(request).is_empty());
        assert_eq!(finding(request, "leave.balance")["outcome"], "pass");
        assert_eq!(request["policy_fingerprint"].as_str().unwrap().len(), 64);
    }

    /// Pitfall 25: what is asked for is reserved at once; a balance never goes below zero.
    async fn pending_requests_reserve(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2020-01-01").await;
        force.submit(&own, officer, "2026-03-09", "2026-03-11").await.expect(201);
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 2.0);
        let told = force.submit(&own, officer, "2026-03-16", "2026-03-18").await;
        assert_eq!(told.says(), (422, "leave.balance"));
        assert_eq!(finding(&told.body, "leave.balance")["limit"]["short_by_days"], 1);
        force.submit(&own, officer, "2026-03-16", "2026-03-17").await.expect(201);
        let half = with(asked(officer, "2026-03-18", "2026-03-18"), json!({"last_day": "am"}));
        assert_eq!(own.post("/leave-requests", half).await.says(), (422, "leave.balance"));
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!((days(&balance["pending_days"]), days(&balance["available_days"])), (5.0, 0.0));
        assert_adds_up(&balance);
    }

    /// Pitfall 26: the server counts; a length from the client is no field of a request.
    async fn the_server_counts(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for length in [json!({"days": 1}), json!({"by_year": {"2026": 1}}), json!({"state": "approved"})] {
            for path in ["/leave-requests", "/leave-requests/preview"] {
                let told = own.post(path, with(asked(officer, "2026-03-09", "2026-03-13"), length.clone())).await;
                assert_eq!(told.says(), (422, "unknown_field"), "{length}");
            }
        }
        let told = force.submit(&own, officer, "2026-03-07", "2026-03-15").await.expect(201);
        assert_eq!(told.body["days"], 5);
    }

    /// RULINGS 17, pitfall 4: half a day on a rest day costs nothing, half a make-up Saturday costs a half.
    async fn halves_and_rest_days(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for (from, to, first, last, cost) in [
            ("2026-03-07", "2026-03-09", "pm", "full", 1.0), ("2026-03-13", "2026-03-15", "pm", "am", 0.5),
            ("2026-05-09", "2026-05-09", "pm", "full", 0.5), ("2026-04-30", "2026-05-05", "pm", "am", 0.5),
        ] {
            let body = with(asked(officer, from, to), json!({"first_day": first, "last_day": last}));
            let told = own.post("/leave-requests", body).await.expect(201);
            assert_eq!(days(&told.body["days"]), cost, "{from}");
        }
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["pending_days"]), 2.5);
        for (from, to) in [("2026-03-21", "2026-03-22"), ("2026-04-04", "2026-04-06"), ("2026-10-01", "2026-10-07")] {
            let told = force.submit(&own, officer, from, to).await;
            assert_eq!(told.says(), (422, "leave.no_working_day"), "{from}");
        }
    }

    /// Pitfall 4 and 8: a date has two halves and no third; spans that contain, lie within or touch another are told
    /// apart; what was given back no longer counts.
    async fn overlaps(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2005-01-01").await;
        let ask = async |from: &str, to: &str, first: &str, last: &str| {
            own.post("/leave-requests", with(asked(officer, from, to), json!({"first_day": first, "last_day": last}))).await
        };
        let morning = ask("2026-03-10", "2026-03-10", "full", "am").await.expect(201).id();
        for (from, to, first, last) in [
            ("2026-03-10", "2026-03-10", "full", "am"), ("2026-03-10", "2026-03-10", "full", "full"),
            ("2026-03-09", "2026-03-11", "full", "full"), ("2026-03-09", "2026-03-10", "pm", "am"),
        ] {
            let told = ask(from, to, first, last).await;
            assert_eq!(told.says(), (409, "leave.overlap"), "{from} {to}");
            let halves = &finding(&told.body, "leave.overlap")["measured"]["halves"];
            assert_eq!(halves, &json!([{"date": "2026-03-10", "half": "am"}]));
        }
        ask("2026-03-10", "2026-03-11", "pm", "am").await.expect(201);
        assert_eq!(ask("2026-03-10", "2026-03-10", "pm", "full").await.says(), (409, "leave.overlap"));
        let whole = ask("2026-03-16", "2026-03-20", "full", "full").await.expect(201).id();
        for (from, to) in [
            ("2026-03-17", "2026-03-18"), ("2026-03-13", "2026-03-24"), ("2026-03-16", "2026-03-20"),
            ("2026-03-20", "2026-03-23"), ("2026-03-13", "2026-03-16"),
        ] {
            assert_eq!(ask(from, to, "full", "full").await.says(), (409, "leave.overlap"), "{from} {to}");
        }
        // Touching is no overlap, also over a weekend that belongs to neither.
        ask("2026-03-13", "2026-03-15", "full", "full").await.expect(201);
        ask("2026-03-21", "2026-03-23", "full", "full").await.expect(201);
        // A weekend that belongs to a request belongs to it alone.
        assert_eq!(ask("2026-03-22", "2026-03-24", "full", "full").await.says(), (409, "leave.overlap"));

        own.act(&format!("/leave-requests/{morning}/withdraw")).await.expect(200);
        ask("2026-03-10", "2026-03-10", "full", "am").await.expect(201);
        force.leader.act(&format!("/leave-requests/{whole}/approve")).await.expect(200);
        own.post(&format!("/leave-requests/{whole}/cancel"), json!({"reason": "任务"})).await.expect(200);
        ask("2026-03-17", "2026-03-18", "full", "full").await.expect(201);
        // An overlap is told first, whatever else is wrong.
        let told = ask("2026-03-17", "2026-04-30", "full", "full").await;
        assert_eq!(told.says(), (409, "leave.overlap"));
        assert_eq!(blocking(&told.body), ["leave.overlap", "leave.balance"]);
    }

    /// RULINGS 18: who asks for themselves may not begin in the past.
    async fn the_past(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for (from, to) in [("2026-02-25", "2026-02-25"), ("2026-02-27", "2026-03-03")] {
            let told = own.post("/leave-requests", with(asked(officer, from, to), json!({"note": "补录"}))).await;
            assert_eq!(told.says(), (422, "leave.past"), "{from}");
        }
        force.submit(&own, officer, "2026-03-02", "2026-03-02").await.expect(201);
        assert_eq!(force.ledger(officer).await.len(), 1);
    }

    /// RULINGS 18, CONTRACT §6: hr enters the past with a note; the entry is its own approval.
    async fn the_past_entered_by_hr(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let hr = force.hr.get("/auth/me").await.expect(200).body["account_id"].clone();
        for note in [json!({}), json!({"note": " "}), json!({"note": null})] {
            let told = force.hr.post("/leave-requests", with(asked(officer, "2026-02-24", "2026-02-25"), note)).await.expect(422);
            assert_eq!((&told.body["errors"][0]["pointer"], &told.body["errors"][0]["code"]), (&json!("/note"), &json!("missing_field")));
        }
        let over = force.enter(asked(officer, "2026-02-24", "2026-02-25")).await.expect(201);
        assert_eq!((&over.body["state"], &over.body["days"], &over.body["note"]), (&json!("completed"), &json!(2), &json!("补录")));
        let approvals = json!([{"step": 1, "unit_id": null, "state": "approved", "decided_by": hr, "decided_at": "2026-03-02T01:00:00Z"}]);
        assert_eq!((&over.body["approvals"], &over.body["entered_by"]), (&approvals, &hr));
        let now = force.enter(asked(officer, "2026-02-27", "2026-03-02")).await.expect(201);
        assert_eq!((&now.body["state"], &now.body["approvals"]), (&json!("running"), &approvals));
        assert_eq!((&over.body["expires_on"], &now.body["expires_on"]), (&Value::Null, &Value::Null));
        let ahead = force.enter(asked(officer, "2026-03-09", "2026-03-09")).await.expect(201);
        assert_eq!((&ahead.body["state"], &ahead.body["approvals"][0]["state"]), (&json!("submitted"), &json!("pending")));
        assert_eq!(force.enter(asked(officer, "2026-02-25", "2026-02-26")).await.says(), (409, "leave.overlap"));
        assert_eq!(force.enter(asked(officer, "2026-01-12", "2026-01-20")).await.says(), (422, "leave.balance"));
        let balance = force.balance(officer, "2026-03-02").await;
        // 24, 25 and 27 February, Saturday 28 February (worked), 2 March
        assert_eq!((days(&balance["taken_days"]), days(&balance["pending_days"])), (5.0, 1.0));
        for (state, found) in [("completed", over.id()), ("running", now.id()), ("submitted", ahead.id())] {
            assert_eq!(ids(&own.get(&format!("/leave-requests?state={state}")).await.expect(200)), [found], "{state}");
        }
        assert!(ids(&own.get("/leave-requests?state=approved").await.expect(200)).is_empty());
    }

    /// CONTRACT §2: hr enters nothing for themselves or their spouse; as an officer they ask like everybody.
    async fn nobody_enters_their_own(db: TestDatabase) {
        let force = force(db).await;
        let spouse = force.officer("100001", "2010-01-01").await;
        let officer = force.officer_with("100002", json!({"spouse_officer_id": spouse, "service_periods": [{"from": "2010-01-01"}]})).await;
        let hr = force.with_roles("own-hr", officer, &[(Role::Hr, None)]).await;
        let past = |of| with(asked(of, "2026-02-24", "2026-02-25"), json!({"note": "补录"}));
        assert_eq!(hr.post("/leave-requests", past(spouse)).await.says(), (403, "own_record"));
        assert_eq!(hr.post("/leave-requests", past(officer)).await.says(), (422, "leave.past"));
        hr.post("/leave-requests", asked(officer, "2026-03-09", "2026-03-09")).await.expect(201);
    }

    /// Who and what can be asked for.
    async fn refused_fields(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let body = asked(officer, "2026-03-09", "2026-03-10");
        let absent = json!("00000000-0000-7000-8000-000000000000");
        for path in ["/leave-requests", "/leave-requests/preview"] {
            for kind in ["bereavement", "marriage", "recuperation", "maternity"] {
                let told = own.post(path, with(body.clone(), json!({"kind": kind}))).await;
                assert_eq!(told.says(), (422, "kind_not_offered"));
                assert_eq!(told.body["errors"][0]["pointer"], "/kind");
            }
            for client in [&own, &force.hr] {
                let told = client.post(path, with(body.clone(), json!({"officer_id": absent}))).await;
                assert_eq!(told.says(), (404, "not_found"));
            }
            assert_eq!(force.leader.post(path, body.clone()).await.status, 403);
            assert_eq!(force.app.stranger().post(path, body.clone()).await.status, 401);
        }
        let told = own.post("/leave-requests", with(body.clone(), json!({"cover_officer_id": absent}))).await;
        assert_eq!(told.says(), (404, "not_found"));
        let told = own.post("/leave-requests", with(body.clone(), json!({"cover_officer_id": officer}))).await.expect(422);
        assert_eq!(told.body["errors"][0]["pointer"], "/cover_officer_id");
        let told = own.post("/leave-requests", with(body.clone(), json!({"note": "字".repeat(1001)}))).await.expect(422);
        assert_eq!((&told.body["errors"][0]["pointer"], &told.body["errors"][0]["code"]), (&json!("/note"), &json!("too_long")));
        assert!(force.ledger(officer).await.is_empty());
    }

    /// Pitfall 5: a date is a date of the service's time zone. At 16:00Z the next day begins in Shanghai; late in the
    /// evening it is still the same one, and no date ever shifts on its way.
    async fn the_day_begins_in_shanghai(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.app.set_clock("2026-03-03T15:59:59.999999Z");
        let path = format!("/officers/{officer}/leave-entitlement?year=2026");
        assert_eq!(own.get(&path).await.expect(200).body["on"], "2026-03-03");
        let told = force.submit(&own, officer, "2026-03-03", "2026-03-03").await.expect(201);
        assert_eq!((&told.body["from"], &told.body["to"]), (&json!("2026-03-03"), &json!("2026-03-03")));
        assert_eq!(told.body["submitted_at"], "2026-03-03T15:59:59.999999Z");
        force.app.set_clock("2026-03-03T16:00:00Z");
        assert_eq!(own.get(&path).await.expect(200).body["on"], "2026-03-04");
        own.act(&format!("/leave-requests/{}/withdraw", told.id())).await.expect(200);
        assert_eq!(force.submit(&own, officer, "2026-03-03", "2026-03-03").await.says(), (422, "leave.past"));
        let told = force.submit(&own, officer, "2026-03-04", "2026-03-04").await.expect(201);
        assert_eq!(told.body["days"], 1);
        // Submitted on the 4th by the clock of Shanghai: three full working days are the 5th, 6th and 9th.
        assert_eq!(told.body["expires_on"], "2026-03-09");
        let rows = force.ledger(officer).await;
        assert_eq!(rows.last().unwrap()["leave_on"], "2026-03-04");
        force.app.set_clock("2026-12-31T16:00:00Z");
        let balance = own.get(&format!("/officers/{officer}/leave-balances")).await.expect(200);
        assert_eq!(balance.body["items"][0]["year"], 2027);
    }

    /// Lists: newest first, narrowed by state, unit, officer and dates; pages do not repeat or lose anything.
    async fn lists(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2005-01-01").await;
        let other = force.officer_with("100002", json!({"unit_id": force.other_station, "service_periods": [{"from": "2010-01-01"}]})).await;
        let mut mine = Vec::new();
        for date in ["2026-03-09", "2026-03-11", "2026-03-13", "2026-04-13"] {
            mine.insert(0, force.submit(&own, officer, date, date).await.expect(201).id());
        }
        let theirs = force.enter(asked(other, "2026-03-09", "2026-03-10")).await.expect(201).id();
        let list = async |query: String| ids(&force.hr.get(&format!("/leave-requests?{query}")).await.expect(200));
        let mut all = mine.clone();
        all.insert(0, theirs);
        assert_eq!(list(String::new()).await, all);
        assert_eq!(list(format!("officer_id={officer}")).await, mine);
        assert_eq!(list(format!("unit_id={}", force.other_station)).await, [theirs]);
        assert_eq!(list(format!("unit_id={}", force.branch)).await, all);
        assert_eq!(list("from=2026-03-12".to_owned()).await, mine[..2]);
        assert_eq!(list("from=2026-03-10&to=2026-03-11".to_owned()).await, [theirs, mine[2]]);
        assert_eq!(list("kind=annual&state=submitted".to_owned()).await, all);
        assert!(list("kind_group=sick".to_owned()).await.is_empty());
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let told = force.hr.get(&format!("/leave-requests?limit=2{cursor}")).await.expect(200);
            paged.extend(ids(&told));
            let Some(next) = told.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(paged, all);
        assert_eq!(force.hr.get("/leave-requests?state=lost").await.says(), (400, "invalid_parameter"));
        assert_eq!(force.hr.get("/leave-requests?states=submitted").await.says(), (400, "unknown_parameter"));
        assert_eq!(force.hr.get("/leave-requests/100001").await.says(), (404, "not_found"));
    }
}
