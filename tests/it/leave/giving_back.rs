//! Taking a request back, and giving granted leave back whole or at one end (CONTRACT §6, RULINGS 23).

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, assert_adds_up, days, force};
use crate::app::{Client, Force, Told};

async fn cancel(client: &Client, id: Uuid, part: Value) -> Told {
    let mut body = json!({"reason": "专项行动"});
    for (name, value) in part.as_object().unwrap() {
        body[name] = value.clone();
    }
    client.post(&format!("/leave-requests/{id}/cancel"), body).await
}

impl Force {
    /// Approved, pending and available days at the year's end, which must add up.
    async fn held(&self, officer: Uuid) -> (f64, f64, f64) {
        let balance = self.balance(officer, "2026-12-31").await;
        assert_adds_up(&balance);
        (
            days(&balance["approved_days"]) + days(&balance["taken_days"]),
            days(&balance["pending_days"]),
            days(&balance["available_days"]),
        )
    }
}

both! {
    /// Before the decision the officer takes a request back: days and dates are free again.
    async fn withdrawn(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.submit(&own, officer, "2026-03-09", "2026-03-11").await.expect(201).id();
        assert_eq!(force.held(officer).await, (0.0, 3.0, 7.0));
        let path = format!("/leave-requests/{id}/withdraw");
        assert_eq!(force.leader.act(&path).await.says(), (403, "forbidden"));
        let told = own.act(&path).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["approvals"][0]["state"]), (&json!("withdrawn"), &json!("closed")));
        assert_eq!(force.held(officer).await, (0.0, 0.0, 10.0));
        assert_eq!(own.act(&path).await.because(), "decided");
        assert_eq!(force.leader.act(&format!("/leave-requests/{id}/approve")).await.because(), "decided");
        let again = force.submit(&own, officer, "2026-03-09", "2026-03-11").await.expect(201).id();
        force.leader.act(&format!("/leave-requests/{again}/approve")).await.expect(200);
        assert_eq!(own.act(&format!("/leave-requests/{again}/withdraw")).await.says(), (409, "wrong_state"));
        // What hr may enter, hr may take back.
        let third = force.submit(&own, officer, "2026-03-16", "2026-03-16").await.expect(201).id();
        force.hr.act(&format!("/leave-requests/{third}/withdraw")).await.expect(200);
        let path = format!("/leave-requests/{}/withdraw", Uuid::now_v7());
        assert_eq!(own.act(&path).await.says(), (404, "not_found"));
    }

    /// Granted leave is cancelled before it begins: everything comes back, once.
    async fn cancelled_whole(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let waiting = force.submit(&own, officer, "2026-03-09", "2026-03-13").await.expect(201).id();
        assert_eq!(cancel(&own, waiting, json!({})).await.because(), "not_approved");
        force.leader.act(&format!("/leave-requests/{waiting}/approve")).await.expect(200);
        assert_eq!(force.held(officer).await, (5.0, 0.0, 5.0));
        assert_eq!(cancel(&force.leader, waiting, json!({})).await.says(), (403, "forbidden"));
        assert_eq!(cancel(&own, waiting, json!({"reason": " "})).await.status, 422);
        assert_eq!(cancel(&own, waiting, json!({"reason": null})).await.status, 422);
        assert_eq!(cancel(&own, waiting, json!({"days": 2})).await.says(), (422, "unknown_field"));
        let told = cancel(&own, waiting, json!({})).await.expect(200);
        assert_eq!(told.body["state"], "cancelled");
        assert_eq!(told.body["approvals"][0]["state"], "approved");
        assert_eq!(force.held(officer).await, (0.0, 0.0, 10.0));
        assert_eq!(cancel(&own, waiting, json!({})).await.says(), (409, "wrong_state"));
        let again = force.granted(&own, officer, "2026-03-09", "2026-03-13").await;
        // Naming both ends is naming the whole.
        let told = cancel(&force.hr, again, json!({"from": "2026-03-09", "to": "2026-03-13"})).await.expect(200);
        assert_eq!(told.body["state"], "cancelled");
        assert_eq!(force.held(officer).await, (0.0, 0.0, 10.0));
    }

    /// RULINGS 23: a part must touch one end; the rest stays approved with what it costs.
    async fn cancelled_at_one_end(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.granted(&own, officer, "2026-03-09", "2026-03-17").await;
        for part in [
            json!({"from": "2026-03-10", "to": "2026-03-11"}), json!({"from": "2026-03-06"}), json!({"to": "2026-03-18"}),
            json!({"from": "2026-03-17", "to": "2026-03-16"}), json!({"to": "2026-03-06"}),
        ] {
            assert_eq!(cancel(&own, id, part.clone()).await.says(), (422, "invalid_span"), "{part}");
        }
        let told = cancel(&own, id, json!({"to": "2026-03-10"})).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["from"], &told.body["to"]), (&json!("approved"), &json!("2026-03-11"), &json!("2026-03-17")));
        assert_eq!((&told.body["days"], &told.body["by_year"]), (&json!(5), &json!({"2026": 5})));
        assert_eq!(force.held(officer).await, (5.0, 0.0, 5.0));
        let told = cancel(&own, id, json!({"from": "2026-03-16", "to": "2026-03-17"})).await.expect(200);
        assert_eq!((&told.body["to"], &told.body["days"]), (&json!("2026-03-15"), &json!(3)));
        assert_eq!(force.held(officer).await, (3.0, 0.0, 7.0));
        assert_eq!(force.request(id).await["days"], 3);
        // The dates given back are free, those that stay are not.
        force.submit(&own, officer, "2026-03-09", "2026-03-10").await.expect(201);
        force.submit(&own, officer, "2026-03-16", "2026-03-16").await.expect(201);
        assert_eq!(force.submit(&own, officer, "2026-03-11", "2026-03-11").await.says(), (409, "leave.overlap"));
        assert_eq!(force.held(officer).await, (3.0, 3.0, 4.0));
        // What would stay is a weekend: then nothing stays.
        let told = cancel(&own, id, json!({"to": "2026-03-13"})).await.expect(200);
        assert_eq!(told.body["state"], "cancelled");
        assert_eq!(force.held(officer).await, (0.0, 3.0, 7.0));
    }

    /// Halves at the ends stay halves.
    async fn cancelled_with_halves(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let mut body = asked(officer, "2026-03-09", "2026-03-12");
        body["first_day"] = json!("pm");
        body["last_day"] = json!("am");
        let id = own.post("/leave-requests", body).await.expect(201).id();
        force.leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
        assert_eq!(force.held(officer).await, (3.0, 0.0, 7.0));
        let told = cancel(&own, id, json!({"from": "2026-03-11"})).await.expect(200);
        assert_eq!((&told.body["days"], &told.body["first_day"], &told.body["last_day"]), (&json!(1.5), &json!("pm"), &json!("full")));
        assert_eq!(force.held(officer).await, (1.5, 0.0, 8.5));
        let told = cancel(&own, id, json!({"to": "2026-03-09"})).await.expect(200);
        assert_eq!((&told.body["days"], &told.body["first_day"]), (&json!(1), &json!("full")));
        assert_eq!(force.held(officer).await, (1.0, 0.0, 9.0));
    }

    /// Once it has begun leave is not cancelled; nor is what never was granted.
    async fn not_any_more(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.granted(&own, officer, "2026-03-09", "2026-03-11").await;
        force.app.set_clock("2026-03-08T15:59:59Z");
        assert_eq!(force.request(id).await["state"], "approved");
        force.app.set_clock("2026-03-08T16:00:00Z");
        assert_eq!(force.request(id).await["state"], "running");
        for part in [json!({}), json!({"from": "2026-03-11"})] {
            assert_eq!(cancel(&own, id, part.clone()).await.says(), (409, "wrong_state"), "{part}");
            assert_eq!(cancel(&force.hr, id, part).await.says(), (409, "wrong_state"));
        }
        assert_eq!(force.held(officer).await, (3.0, 0.0, 7.0));
        let over = force.enter(asked(officer, "2026-01-05", "2026-01-06")).await.expect(201).id();
        assert_eq!(cancel(&own, over, json!({})).await.because(), "not_approved");
    }

    /// Nobody gives back leave of their spouse's by a role.
    async fn not_for_the_spouse(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let spouse = force.officer_with("100002", json!({"spouse_officer_id": officer})).await;
        let hr = force.with_roles("own-hr", spouse, &[(Role::Hr, None)]).await;
        let waiting = force.submit(&own, officer, "2026-03-16", "2026-03-16").await.expect(201).id();
        assert_eq!(hr.act(&format!("/leave-requests/{waiting}/withdraw")).await.says(), (403, "own_record"));
        let id = force.granted(&own, officer, "2026-03-09", "2026-03-11").await;
        assert_eq!(cancel(&hr, id, json!({})).await.says(), (403, "own_record"));
    }
}
