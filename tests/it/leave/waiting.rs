//! What waits too long: steps go up, requests expire, all read from the clock (RULINGS 18).

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::deciding::rows;
use super::{days, force, ids};
use crate::app::{Client, Force};

/// Number, unit and state of each step.
fn steps(request: &Value) -> Vec<(i64, Value, &str)> {
    let steps = request["approvals"].as_array().unwrap().iter();
    steps.map(|one| (one["step"].as_i64().unwrap(), one["unit_id"].clone(), one["state"].as_str().unwrap())).collect()
}

async fn inbox(client: &Client) -> Vec<Uuid> {
    ids(&client.get("/leave-requests/inbox").await.expect(200))
}

impl Force {
    async fn in_state(&self, state: &str) -> Vec<Uuid> {
        ids(&self.hr.get(&format!("/leave-requests?state={state}")).await.expect(200))
    }
}

both! {
    /// Submitted on Monday the 2nd: three full working days are the 3rd, 4th and 5th. At their end the step goes up to
    /// the branch, after three more (6th, 9th, 10th) to the bureau's deputy in charge.
    async fn steps_go_up(db: TestDatabase) {
        let force = force(db).await;
        let deputy = force.app.as_role("deputy", Role::BureauLeader, Some(force.bureau)).await;
        let deputy = force.app.lasting(&deputy);
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.submit(&own, officer, "2026-03-30", "2026-03-31").await.expect(201).id();
        let (station, branch) = (json!(force.station), json!(force.branch));
        force.app.set_clock("2026-03-05T15:59:59.999999Z");
        assert_eq!(steps(&force.request(id).await), [(1, station.clone(), "pending")]);
        force.app.set_clock("2026-03-05T16:00:00Z");
        let request = force.request(id).await;
        assert_eq!(steps(&request), [(1, station.clone(), "escalated"), (2, branch.clone(), "pending")]);
        assert_eq!(request["state"], "submitted");
        assert_eq!(inbox(&force.branch_leader).await, [id]);
        assert!(inbox(&deputy).await.is_empty());
        let approve = format!("/leave-requests/{id}/approve");
        assert_eq!(deputy.act(&approve).await.says(), (403, "forbidden"));
        force.app.set_clock("2026-03-10T15:59:59Z");
        assert!(inbox(&deputy).await.is_empty());
        force.app.set_clock("2026-03-10T16:00:00Z");
        let all = [(1, station.clone(), "escalated"), (2, branch.clone(), "escalated"), (3, Value::Null, "pending")];
        assert_eq!(steps(&force.request(id).await), all);
        assert_eq!(inbox(&deputy).await, [id]);
        // The highest keeps it, however long.
        force.app.set_clock("2026-03-25T16:00:00Z");
        assert_eq!(steps(&force.request(id).await), all);
        assert!(inbox(&force.hr).await.is_empty());
        let told = deputy.act(&approve).await.expect(200);
        assert_eq!(steps(&told.body), [(1, station, "escalated"), (2, branch, "escalated"), (3, Value::Null, "approved")]);
    }

    /// Holidays do not count, make-up Saturdays do: from 30 April the days are 6, 7 and 8 May; from 7 May they are 8,
    /// 9 (a Saturday that is worked) and 11 May.
    async fn over_a_holiday(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for (submitted, due, day) in [
            ("2026-04-30T02:00:00Z", "2026-05-08", "2026-06-15"), ("2026-05-07T02:00:00Z", "2026-05-11", "2026-06-16"),
        ] {
            force.app.set_clock(submitted);
            let id = force.submit(&own, officer, day, day).await.expect(201).id();
            force.app.set_clock(&format!("{due}T15:59:59Z"));
            assert_eq!(steps(&force.request(id).await).len(), 1, "{due}");
            force.app.set_clock(&format!("{due}T16:00:00Z"));
            assert_eq!(steps(&force.request(id).await).len(), 2, "{due}");
            let told = force.branch_leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
            assert_eq!(steps(&told.body)[1], (2, json!(force.branch), "approved"));
        }
    }

    /// Undecided, a request for the 4th, made on the 2nd, can be decided to the last moment of the 5th.
    async fn decided_at_the_last_moment(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let told = force.submit(&own, officer, "2026-03-04", "2026-03-06").await.expect(201);
        assert_eq!(told.body["expires_on"], "2026-03-05");
        force.app.set_clock("2026-03-05T15:59:59.999999Z");
        assert_eq!(force.request(told.id()).await["state"], "submitted");
        assert_eq!(inbox(&force.leader).await, [told.id()]);
        let told = force.leader.act(&format!("/leave-requests/{}/approve", told.id())).await.expect(200);
        assert_eq!(told.body["state"], "running");
        force.app.set_clock("2026-03-09T01:00:00Z");
        assert!(force.in_state("expired").await.is_empty());
        assert_eq!(days(&force.balance(officer, "2026-03-09").await["taken_days"]), 3.0);
    }

    /// At 24:00 it is over: read as expired at once, days and dates are back; the next write on the officer records it.
    async fn expired(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.submit(&own, officer, "2026-03-04", "2026-03-10").await.expect(201).id();
        let later = force.submit(&own, officer, "2026-03-20", "2026-03-20").await.expect(201);
        assert_eq!(later.body["expires_on"], "2026-03-20");
        force.app.set_clock("2026-03-05T16:00:00Z");
        let request = force.request(id).await;
        assert_eq!((&request["state"], &request["approvals"][0]["state"]), (&json!("expired"), &json!("closed")));
        assert_eq!((force.in_state("expired").await, force.in_state("submitted").await), (vec![id], vec![later.id()]));
        assert_eq!(inbox(&force.leader).await, [later.id()]);
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!((days(&balance["pending_days"]), days(&balance["available_days"])), (1.0, 9.0));
        for act in ["approve", "withdraw"] {
            let client = if act == "approve" { &force.leader } else { &own };
            assert_eq!(client.act(&format!("/leave-requests/{id}/{act}")).await.says(), (409, "wrong_state"), "{act}");
        }
        let body = json!({"reason": "安保", "alternatives": []});
        assert_eq!(force.leader.post(&format!("/leave-requests/{id}/reject"), body).await.says(), (409, "wrong_state"));
        // Reading records nothing.
        let (ledger, db) = (force.ledger(officer).await, &force.app.db);
        assert_eq!((ledger.len(), rows(db, "audit_log", "act = 'leave.expired'")), (6, 0));

        // The dates are free, and the write that takes them records the expiry first, as nobody's act.
        force.submit(&own, officer, "2026-03-06", "2026-03-09").await.expect(201);
        let grown = force.ledger(officer).await;
        assert_eq!(grown[..6], ledger[..]);
        let kinds: Vec<&str> = grown[6..].iter().map(|row| row["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["released", "released", "released", "released", "released", "reserved", "reserved"]);
        assert!(grown[6..11].iter().all(|row| row["cause"] == "expired" && row["request_id"] == json!(id)));
        assert_eq!(rows(db, "audit_log", "act = 'leave.expired' AND account_id IS NULL"), 1);
        assert_eq!(rows(db, "outbox", "topic = 'leave.expired'"), 1);
        assert_eq!(rows(db, "leave_requests", "state = 'expired'"), 1);
        assert_eq!((force.request(id).await["state"].clone(), force.in_state("expired").await), (json!("expired"), vec![id]));
        // Once is enough.
        force.adjust(officer, 2026, 1.0).await.expect(201);
        assert_eq!(rows(db, "audit_log", "act = 'leave.expired'"), 1);
    }

    /// The later of the first date and the third working day counts: asked for far ahead, it waits until its first day.
    async fn expired_on_the_first_day(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.submit(&own, officer, "2026-03-20", "2026-03-20").await.expect(201).id();
        force.app.set_clock("2026-03-20T15:59:59Z");
        assert_eq!(force.request(id).await["state"], "submitted");
        force.app.set_clock("2026-03-20T16:00:00Z");
        assert_eq!(force.request(id).await["state"], "expired");
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 10.0);
        // What hr entered for the past is decided and never expires.
        force.enter(super::asked(officer, "2026-03-09", "2026-03-20")).await.expect(201);
        force.app.set_clock("2026-06-01T01:00:00Z");
        assert_eq!(force.in_state("completed").await.len(), 1);
        assert_eq!(force.in_state("expired").await, [id]);
    }
}
