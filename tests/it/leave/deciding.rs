//! Granting and refusing: once, by one, on the facts as they are (CONTRACT §6, RULINGS 19, 20).

use diesel::prelude::*;
use diesel::sql_types::Integer;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, assert_adds_up, blocking, days, finding, force, ids, items, spans, with};
use crate::app::{Client, Force, Told};
use crate::databases::{Kind, TestDatabase};

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Integer)]
    n: i32,
}

/// How many rows of a table fulfil a condition.
pub fn rows(db: &TestDatabase, table: &str, condition: &str) -> i32 {
    let query = diesel::sql_query(format!("SELECT CAST(count(*) AS INTEGER) AS n FROM {table} WHERE {condition}"));
    let counted: Counted = match db.kind {
        Kind::Sqlite => query.get_result(&mut SqliteConnection::establish(db.file().to_str().unwrap()).unwrap()),
        Kind::Postgres => query.get_result(&mut PgConnection::establish(&db.url).unwrap()),
    }
    .unwrap();
    counted.n
}

async fn approve(client: &Client, id: Uuid) -> Told {
    client.act(&format!("/leave-requests/{id}/approve")).await
}

async fn reject(client: &Client, id: Uuid, alternatives: Value) -> Told {
    let body = json!({"reason": "重大安保", "alternatives": alternatives});
    client.post(&format!("/leave-requests/{id}/reject"), body).await
}

impl Force {
    async fn available(&self, officer: Uuid) -> f64 {
        let balance = self.balance(officer, "2026-12-31").await;
        assert_adds_up(&balance);
        days(&balance["available_days"])
    }
}

both! {
    /// A grant is told with who, when and why, is stored with its findings and their policies, and leaves its traces in
    /// audit and outbox. The second one is too late.
    async fn granted(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let leader = force.leader.get("/auth/me").await.expect(200).body["account_id"].clone();
        let id = force.submit(&own, officer, "2026-03-09", "2026-03-10").await.expect(201).id();
        force.app.set_clock("2026-03-03T01:30:00Z");
        let path = format!("/leave-requests/{id}/approve");
        let told = force.leader.post(&path, json!({"note": "同意"})).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["days"]), (&json!("approved"), &json!(2)));
        let step = json!([{"step": 1, "unit_id": force.station, "state": "approved", "decided_by": leader, "decided_at": "2026-03-03T01:30:00Z"}]);
        assert_eq!(told.body["approvals"], step);
        assert_eq!((&told.body["decision"]["note"], &told.body["decision"]["alternatives"]), (&json!("同意"), &json!([])));
        assert_eq!(told.body["decision"]["policy_fingerprint"], told.body["policy_fingerprint"]);
        assert_eq!(own.get(&format!("/leave-requests/{id}")).await.expect(200).body, told.body);
        let db = &force.app.db;
        assert_eq!(rows(db, "leave_decisions", "outcome = 'approved' AND findings LIKE '%leave.balance%' AND length(policy_fingerprint) = 64"), 1);
        for act in ["leave.submitted", "leave.approved"] {
            assert_eq!(rows(db, "audit_log", &format!("act = '{act}' AND subject_kind = 'leave_request'")), 1, "{act}");
            assert_eq!(rows(db, "outbox", &format!("topic = '{act}'")), 1, "{act}");
        }
        assert_eq!(approve(&force.leader, id).await.because(), "decided");
        assert_eq!(approve(&force.branch_leader, id).await.says(), (409, "wrong_state"));
        assert_eq!(reject(&force.leader, id, json!([])).await.says(), (409, "wrong_state"));
        assert_eq!(rows(db, "leave_decisions", "1 = 1"), 1);
        assert_eq!(rows(db, "audit_log", "act = 'leave.approved'"), 1);
        let told = force.leader.post(&path, json!({"remark": "同意"})).await;
        assert_eq!(told.says(), (422, "unknown_field"));
    }

    /// A refusal names another span that is free; days and dates come back.
    async fn refused_with_an_alternative(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.submit(&own, officer, "2026-03-16", "2026-03-16").await.expect(201);
        let id = force.submit(&own, officer, "2026-03-09", "2026-03-10").await.expect(201).id();
        let path = format!("/leave-requests/{id}/reject");
        for (body, pointer, code) in [
            (json!({"reason": "安保"}), "/alternatives", "missing_field"),
            (json!({"alternatives": [{"from": "2026-03-11", "to": "2026-03-12"}]}), "/reason", "missing_field"),
            (json!({"reason": " ", "alternatives": [{"from": "2026-03-11", "to": "2026-03-12"}]}), "/reason", "missing_field"),
            (json!({"reason": "安保", "alternatives": []}), "/alternatives", "missing_field"),
            (json!({"reason": "安保", "alternatives": [{"from": "2026-03-09", "to": "2026-03-10"}]}), "/alternatives/0", "invalid_value"),
            (json!({"reason": "安保", "alternatives": [{"from": "2026-03-11", "to": "2026-03-12"}, {"from": "2026-03-13", "to": "2026-03-16"}]}), "/alternatives/1", "invalid_value"),
            (json!({"reason": "安保", "alternatives": [{"from": "2026-02-26", "to": "2026-02-27"}]}), "/alternatives/0", "invalid_value"),
            (json!({"reason": "安保", "alternatives": [{"from": "2026-03-14", "to": "2026-03-15"}]}), "/alternatives/0", "invalid_value"),
            (json!({"reason": "安保", "alternatives": [{"from": "2026-04-01", "to": "2026-04-30"}]}), "/alternatives/0", "invalid_value"),
            (json!({"reason": "安保", "alternatives": [{"from": "2026-03-12", "to": "2026-03-11"}]}), "/alternatives/0/to", "invalid_span"),
        ] {
            let told = force.leader.post(&path, body.clone()).await.expect(422);
            assert_eq!((&told.body["errors"][0]["pointer"], &told.body["errors"][0]["code"]), (&json!(pointer), &json!(code)), "{body}");
        }
        assert_eq!(force.request(id).await["state"], "submitted");
        let offered = json!([{"from": "2026-03-10", "to": "2026-03-11"}, {"from": "2026-03-12", "to": "2026-03-13", "first_day": "pm"}]);
        let told = reject(&force.leader, id, offered).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["approvals"][0]["state"]), (&json!("rejected"), &json!("rejected")));
        let decision = &told.body["decision"];
        assert_eq!((&decision["note"], spans(&decision["alternatives"])), (&json!("重大安保"), vec![("2026-03-10", "2026-03-11"), ("2026-03-12", "2026-03-13")]));
        assert_eq!(decision["alternatives"][1]["first_day"], "pm");
        assert!(own.get(&format!("/leave-requests/{id}")).await.expect(200).body["decision"]["alternatives"].is_array());
        assert!((force.available(officer).await - 9.0).abs() < f64::EPSILON);
        let db = &force.app.db;
        assert_eq!((rows(db, "audit_log", "act = 'leave.rejected'"), rows(db, "outbox", "topic = 'leave.rejected'")), (1, 1));
        assert_eq!(approve(&force.leader, id).await.because(), "decided");
        // The dates refused are free again; what was offered can be asked for.
        force.submit(&own, officer, "2026-03-09", "2026-03-09").await.expect(201);
        force.submit(&own, officer, "2026-03-10", "2026-03-11").await.expect(201);
    }

    /// Nothing needs to be offered only where the service finds nothing: here the last day on the roll.
    async fn refused_without_an_alternative(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let body = json!({"left_on": "2026-03-10", "cause": "resigned"});
        force.hr.post(&format!("/officers/{officer}/separation"), body).await.expect(200);
        force.app.set_clock("2026-03-09T01:00:00Z");
        let early = force.submit(&own, officer, "2026-03-10", "2026-03-10").await.expect(201).id();
        let told = reject(&force.leader, early, json!([])).await.expect(422);
        assert_eq!((&told.body["errors"][0]["pointer"], &told.body["errors"][0]["code"]), (&json!("/alternatives"), &json!("missing_field")));
        force.app.set_clock("2026-03-10T01:00:00Z");
        let told = reject(&force.leader, early, json!([])).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["decision"]["alternatives"]), (&json!("rejected"), &json!([])));
    }

    /// The facts are looked at again: a corrected service period takes the days away under a pending request.
    async fn facts_that_changed(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2016-03-10").await;
        let id = force.submit(&own, officer, "2026-04-07", "2026-04-20").await.expect(201).id();
        force.change(officer, json!({"service_periods": [{"from": "2018-03-10"}]})).await.expect(200);
        let told = approve(&force.leader, id).await;
        assert_eq!(told.says(), (409, "leave.balance"));
        let balance = finding(&told.body, "leave.balance");
        assert_eq!((&balance["measured"]["requested_days"], &balance["measured"]["available_days"]), (&json!(10), &json!(5)));
        assert_eq!(balance["limit"]["short_by_days"], 5);
        assert_eq!(force.request(id).await["state"], "submitted");
        assert_eq!(rows(&force.app.db, "leave_decisions", "1 = 1"), 0);
        let leader = force.leader.with("accept-language", "en");
        let english = approve(&leader, id).await;
        assert_ne!(english.body["detail"], told.body["detail"]);
        force.change(officer, json!({"service_periods": [{"from": "2016-03-10"}]})).await.expect(200);
        approve(&force.leader, id).await.expect(200);
    }

    /// Two leaders at once, and a leader beside the officer: exactly one act counts.
    async fn at_the_same_moment(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2005-01-01").await;
        for date in ["2026-03-09", "2026-03-10", "2026-03-11"] {
            let id = force.submit(&own, officer, date, date).await.expect(201).id();
            let offered = json!([{"from": "2026-03-26", "to": "2026-03-26"}]);
            let (one, other) = tokio::join!(approve(&force.leader, id), reject(&force.branch_leader, id, offered));
            let mut both = [one.says(), other.says()];
            both.sort_unstable();
            assert_eq!(both, [(200, ""), (409, "wrong_state")]);
            let state = force.request(id).await["state"].clone();
            assert_eq!(state, if one.status == 200 { "approved" } else { "rejected" });
        }
        for date in ["2026-03-12", "2026-03-13"] {
            let id = force.submit(&own, officer, date, date).await.expect(201).id();
            let withdraw = format!("/leave-requests/{id}/withdraw");
            let (one, other) = tokio::join!(approve(&force.leader, id), own.act(&withdraw));
            let mut both = [one.says(), other.says()];
            both.sort_unstable();
            assert_eq!(both, [(200, ""), (409, "wrong_state")]);
        }
        let granted = ids(&own.get("/leave-requests?state=approved").await.expect(200)).len();
        assert_eq!(rows(&force.app.db, "leave_decisions", "outcome = 'approved'"), i32::try_from(granted).unwrap());
        assert!((force.available(officer).await - (15.0 - f64::from(u32::try_from(granted).unwrap()))).abs() < f64::EPSILON);
    }

    /// Pitfall 6: requests at the same moment never spend the same days, nor hold the same half.
    async fn the_same_days_at_once(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2020-01-01").await;
        let ask = |from: &'static str, to: &'static str| force.submit(&own, officer, from, to);
        let told = tokio::join!(
            ask("2026-03-09", "2026-03-11"), ask("2026-03-16", "2026-03-18"), ask("2026-03-23", "2026-03-25"),
            ask("2026-03-30", "2026-04-01"),
        );
        let mut said = [told.0.says(), told.1.says(), told.2.says(), told.3.says()];
        said.sort_unstable();
        assert_eq!(said, [(201, ""), (422, "leave.balance"), (422, "leave.balance"), (422, "leave.balance")]);
        assert!((force.available(officer).await - 2.0).abs() < f64::EPSILON);
        let (date, to) = ("2026-04-13", "2026-04-13");
        let told = tokio::join!(ask(date, to), ask(date, to), ask(date, to));
        let mut said = [told.0.says(), told.1.says(), told.2.says()];
        said.sort_unstable();
        assert_eq!(said, [(201, ""), (409, "leave.overlap"), (409, "leave.overlap")]);
        assert!((force.available(officer).await - 1.0).abs() < f64::EPSILON);
    }

    /// The inbox: what can be decided now, oldest first, page by page.
    async fn the_inbox(db: TestDatabase) {
        let force = force(db).await;
        let mut all = Vec::new();
        for number in 1..=5 {
            let (officer, own) = force.person(&format!("10000{number}"), "2010-01-01").await;
            all.push(force.submit(&own, officer, "2026-03-09", "2026-03-09").await.expect(201).id());
        }
        let (mut paged, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let told = force.leader.get(&format!("/leave-requests/inbox?limit=2{cursor}")).await.expect(200);
            paged.extend(ids(&told));
            pages += 1;
            let Some(next) = told.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((&paged, pages), (&all, 3));
        approve(&force.leader, all[0]).await.expect(200);
        reject(&force.leader, all[3], json!([{"from": "2026-03-10", "to": "2026-03-10"}])).await.expect(200);
        let left = force.leader.get("/leave-requests/inbox").await.expect(200);
        assert_eq!(ids(&left), [all[1], all[2], all[4]]);
        assert_eq!(force.leader.get("/leave-requests/inbox?state=approved").await.says(), (400, "unknown_parameter"));
        assert_eq!(force.leader.get("/leave-requests/inbox?cursor=x").await.says(), (400, "invalid_cursor"));
        // A leader sees annual leave as it is (CONTRACT §2).
        let seen = &items(&left)[0];
        assert_eq!((&seen["kind"], &seen["kind_group"]), (&json!("annual"), &json!("annual")));
        assert!(blocking(seen).is_empty() && seen["findings"].as_array().is_some_and(|all| !all.is_empty()));
        assert_eq!(force.request(all[1]).await, *seen);
        let (officer, own) = force.person("100009", "2010-01-01").await;
        let body = with(asked(officer, "2026-03-09", "2026-03-09"), json!({"note": "家中有事"}));
        let id = own.post("/leave-requests", body).await.expect(201).id();
        assert_eq!(force.leader.get(&format!("/leave-requests/{id}")).await.expect(200).body["note"], "家中有事");
    }
}
