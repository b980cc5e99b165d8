//! Sick and personal leave: recorded, counted, decided like any other, without lots and without a balance.

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::{asked, blocking, finding, force, items, with};

/// A span of some kind.
fn of_kind(kind: &str, officer: uuid::Uuid, from: &str, to: &str) -> Value {
    with(asked(officer, from, to), json!({"kind": kind}))
}

both! {
    /// The life of a record: counted in calendar or working days, decided, cancelled; the ledger never hears of it.
    async fn asked_decided_and_cancelled(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for (kind, days, group) in [("sick", 5, "sick"), ("personal", 3, "personal")] {
            // Thursday to Monday: five calendar days, three of them worked.
            let body = of_kind(kind, officer, "2026-03-05", "2026-03-09");
            let said = force.preview(&own, body.clone()).await;
            assert_eq!((&said["days"], &said["acceptable"]), (&json!(days), &json!(true)), "{kind} {said}");
            let rules: Vec<_> = said["findings"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
            assert!(!rules.contains(&"leave.balance"), "{rules:?}");
            let told = own.post("/leave-requests", body.clone()).await.expect(201);
            assert_eq!((&told.body["days"], &told.body["kind_group"], &told.body["state"]), (&json!(days), &json!(group), &json!("submitted")));
            assert_eq!(told.body["pay_kept"], Value::Null);
            // The same halves cannot be held twice, whatever the kinds.
            let twice = own.post("/leave-requests", asked(officer, "2026-03-06", "2026-03-06")).await;
            assert_eq!(twice.says(), (409, "leave.overlap"));
            let id = told.id();
            let approved = force.leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
            assert_eq!(approved.body["state"], "approved");
            // Given back at one end: the rest is counted anew, in its own days.
            let part = json!({"reason": "痊愈", "from": "2026-03-09"});
            let rest = own.post(&format!("/leave-requests/{id}/cancel"), part).await.expect(200);
            assert_eq!((&rest.body["to"], &rest.body["days"]), (&json!("2026-03-08"), &json!(days - 1)));
            let part = json!({"reason": "痊愈", "to": "2026-03-06"});
            let gone = own.post(&format!("/leave-requests/{id}/cancel"), part).await.expect(200);
            assert_eq!(gone.body["state"], "cancelled", "a weekend alone is no leave");
        }
        assert!(force.ledger(officer).await.is_empty());
        force.assert_sound();
        let balances = force.hr.get(&format!("/officers/{officer}/leave-balances")).await.expect(200);
        let kinds: Vec<_> = items(&balances).iter().map(|item| item["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["annual", "compensatory"]);
        assert_eq!(items(&balances)[0]["available_days"], 10);
        let ledger = force.hr.get(&format!("/officers/{officer}/leave-ledger?kind=sick")).await;
        assert_eq!(ledger.says(), (422, "kind_not_offered"));
    }

    /// Withdrawn, and refused without other dates: there are none for what lies where it lies.
    async fn withdrawn_and_refused(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let first = own.post("/leave-requests", of_kind("personal", officer, "2026-03-05", "2026-03-05")).await.expect(201).id();
        own.act(&format!("/leave-requests/{first}/withdraw")).await.expect(200);
        let second = own.post("/leave-requests", of_kind("personal", officer, "2026-03-05", "2026-03-05")).await.expect(201).id();
        let told = force.leader.post(&format!("/leave-requests/{second}/reject"), json!({"reason": "值班"})).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["decision"]["alternatives"]), (&json!("rejected"), &json!([])));
        // Annual leave is never refused without them where there are some.
        let annual = force.submit(&own, officer, "2026-03-05", "2026-03-05").await.expect(201).id();
        let told = force.leader.post(&format!("/leave-requests/{annual}/reject"), json!({"reason": "值班"})).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/alternatives")));
    }

    /// RULINGS 17, 18: no span without a working day; sickness may begin seven days back and never expires unasked.
    async fn limits_of_dates(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for kind in ["sick", "personal", "annual"] {
            let told = own.post("/leave-requests", of_kind(kind, officer, "2026-03-07", "2026-03-08")).await;
            assert_eq!(told.says(), (422, "leave.no_working_day"), "{kind}");
        }
        let back = |kind, from| of_kind(kind, officer, from, "2026-03-02");
        let said = force.preview(&own, back("sick", "2026-02-22")).await;
        assert_eq!(blocking(&said), ["leave.past"]);
        assert_eq!(said["alternatives"], json!([]));
        assert_eq!(finding(&said, "leave.past")["limit"]["retroactive_days"], 7);
        assert_eq!(blocking(&force.preview(&own, back("personal", "2026-03-01")).await), ["leave.past"]);
        let told = own.post("/leave-requests", back("sick", "2026-02-23")).await.expect(201);
        assert_eq!(told.body["expires_on"], Value::Null);
        force.app.set_clock("2026-04-20T01:00:00Z");
        assert_eq!(force.request(told.id()).await["state"], "submitted");
        force.branch_leader.act(&format!("/leave-requests/{}/approve", told.id())).await.expect(200);
        // A year without a calendar is not counted, in calendar days neither.
        let said = force.preview(&own, of_kind("sick", officer, "2027-12-30", "2028-01-05")).await;
        assert_eq!((blocking(&said), &said["days"]), (vec!["calendar.not_published"], &Value::Null));
        let told = own.post("/leave-requests", of_kind("marriage", officer, "2026-06-01", "2026-06-03")).await;
        assert_eq!(told.says(), (422, "kind_not_offered"));
    }

    /// The past is entered by hr with a note, whatever the kind; nobody enters it for themselves.
    async fn entered_for_the_past(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let body = of_kind("sick", officer, "2025-06-02", "2025-06-06");
        assert_eq!(force.hr.post("/leave-requests", body.clone()).await.status, 422, "a note is missing");
        let told = force.enter(body).await.expect(201);
        assert_eq!((&told.body["state"], &told.body["approvals"][0]["state"]), (&json!("completed"), &json!("approved")));
        let running = force.enter(of_kind("sick", officer, "2026-02-24", "2026-03-06")).await.expect(201);
        assert_eq!(running.body["state"], "running");
        let told = own.post("/leave-requests", of_kind("sick", officer, "2026-03-04", "2026-03-04")).await;
        assert_eq!(told.says(), (409, "leave.overlap"));
        let hr_officer = force.officer("100002", "2010-01-01").await;
        let own_hr = force.with_roles("own-hr", hr_officer, &[(Role::Hr, None)]).await;
        let past = with(of_kind("personal", hr_officer, "2025-06-02", "2025-06-06"), json!({"note": "补录"}));
        assert_eq!(own_hr.post("/leave-requests", past).await.says(), (422, "leave.past"));
    }

    /// Leaders see that somebody is sick or has personal leave, and of sickness neither kind nor note; nobody but hr and
    /// the officer sees whether pay was kept.
    async fn what_leaders_see(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let sick = with(of_kind("sick", officer, "2026-03-05", "2026-03-06"), json!({"note": "住院"}));
        let sick = own.post("/leave-requests", sick).await.expect(201).id();
        let body = with(of_kind("personal", officer, "2026-02-02", "2026-02-03"), json!({"pay_kept": true}));
        let personal = force.enter(body).await.expect(201);
        assert_eq!(personal.body["pay_kept"], true);
        let seen = force.leader.get(&format!("/leave-requests/{sick}")).await.expect(200).body;
        assert_eq!((&seen["kind"], &seen["kind_group"], &seen["note"], &seen["findings"]), (&Value::Null, &json!("sick"), &Value::Null, &json!([])));
        let seen = force.leader.get(&format!("/leave-requests/{}", personal.id())).await.expect(200).body;
        assert_eq!((&seen["kind"], &seen["kind_group"], &seen["pay_kept"]), (&json!("personal"), &json!("personal"), &Value::Null));
        let list = force.leader.get("/leave-requests?kind=sick").await.expect(200);
        assert!(items(&list).is_empty());
        let list = force.leader.get("/leave-requests?kind_group=sick").await.expect(200);
        assert_eq!((items(&list).len(), &items(&list)[0]["kind"]), (1, &Value::Null));
        assert_eq!(items(&force.hr.get("/leave-requests?kind=sick").await.expect(200)).len(), 1);
        assert_eq!(own.get(&format!("/leave-requests/{sick}")).await.expect(200).body["note"], "住院");
    }

    /// Whether pay was kept is for hr to say and to correct, with a trace; of personal leave only.
    async fn pay_kept_is_hrs_to_say(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let body = of_kind("personal", officer, "2026-03-05", "2026-03-05");
        let told = own.post("/leave-requests", with(body.clone(), json!({"pay_kept": true}))).await;
        assert_eq!(told.says(), (403, "forbidden"));
        let sick = with(of_kind("sick", officer, "2026-02-05", "2026-02-05"), json!({"pay_kept": true}));
        let told = force.enter(sick).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/pay_kept")));
        let id = own.post("/leave-requests", body).await.expect(201).id();
        let path = format!("/leave-requests/{id}");
        let tag = force.hr.get(&path).await.expect(200).header("etag").to_owned();
        assert_eq!(force.hr.patch(&path, json!({"pay_kept": true})).await.says(), (428, "precondition_required"));
        assert_eq!(own.with("if-match", &tag).patch(&path, json!({"pay_kept": true})).await.says(), (403, "forbidden"));
        assert_eq!(force.leader.with("if-match", &tag).patch(&path, json!({"pay_kept": true})).await.says(), (403, "forbidden"));
        let said = force.hr.with("if-match", &tag).patch(&path, json!({"pay_kept": true})).await.expect(200);
        assert_eq!(said.body["pay_kept"], true);
        assert_eq!(force.hr.with("if-match", &tag).patch(&path, json!({"pay_kept": false})).await.says(), (412, "stale"));
        let tag = said.header("etag").to_owned();
        let unsaid = force.hr.with("if-match", &tag).patch(&path, json!({"pay_kept": null})).await.expect(200);
        assert_eq!(unsaid.body["pay_kept"], Value::Null);
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get(&format!("/audit?officer_id={officer}&limit=500")).await.expect(200);
        let acts: Vec<_> = items(&trail).iter().filter(|entry| entry["act"] == "leave.pay_kept").map(|entry| (&entry["before"], &entry["after"])).collect();
        assert_eq!(acts.len(), 2);
        assert_eq!(acts[0], (&json!({"pay_kept": true}), &json!({"pay_kept": null})));
        let annual = force.submit(&own, officer, "2026-04-01", "2026-04-01").await.expect(201);
        let tagged = force.hr.with("if-match", annual.header("etag"));
        assert_eq!(tagged.patch(&format!("/leave-requests/{}", annual.id()), json!({"pay_kept": true})).await.status, 422);
        let absent = "/leave-requests/00000000-0000-7000-8000-000000000000";
        assert_eq!(tagged.patch(absent, json!({"pay_kept": true})).await.says(), (404, "not_found"));
        let hr_officer = force.officer("100002", "2010-01-01").await;
        let own_hr = force.with_roles("own-hr", hr_officer, &[(Role::Hr, None)]).await;
        let theirs = own_hr.post("/leave-requests", of_kind("personal", hr_officer, "2026-03-05", "2026-03-05")).await.expect(201);
        let tagged = own_hr.with("if-match", theirs.header("etag"));
        assert_eq!(tagged.patch(&format!("/leave-requests/{}", theirs.id()), json!({"pay_kept": false})).await.says(), (403, "own_record"));
    }

    /// Kinds without a quota are told as such.
    async fn leave_types_name_them(db: TestDatabase) {
        let force = force(db).await;
        let told = force.leader.get("/leave-types").await.expect(200);
        let of = |kind: &str| items(&told).iter().find(|one| one["kind"] == kind).unwrap().clone();
        let (sick, personal) = (of("sick"), of("personal"));
        assert_eq!((&sick["counted_in"], &sick["group"], &sick["evidence"]), (&json!("calendar"), &json!("sick"), &json!("medical_certificate")));
        assert_eq!((&personal["counted_in"], &personal["group"], &personal["evidence"]), (&json!("working"), &json!("personal"), &json!("none")));
        for one in [&sick, &personal] {
            assert_eq!((&one["quota"], &one["categories"]), (&json!([]), &json!(["police", "auxiliary", "staff"])));
        }
    }
}
