//! What is there already is not entered a second time: the first is named.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::app::Told;
use crate::crowd::{assert_only, at_once, count};
use crate::leave::{finding, with};
use crate::records;

#[track_caller]
fn refused(told: &Told, first: Uuid) {
    assert_eq!(told.says(), (409, "rest.repeated"), "{}", told.body);
    let why = finding(&told.body, "rest.repeated");
    assert_eq!(why["measured"]["id"], json!(first));
    assert!(!why["message"].as_str().unwrap().is_empty());
}

both! {
    /// One draft of a leader for an officer waits at a time; issued or discarded, the next may be drafted.
    async fn a_draft_that_waits(db: TestDatabase) {
        let post = Post::start(db).await;
        let draft = async |officer: Uuid, reason: Value| {
            post.force.leader.post("/rest-orders", json!({"officer_id": officer, "reason": reason})).await
        };
        let first = draft(post.one, json!("连续勤务")).await.expect(201).id();
        refused(&draft(post.one, json!("连续勤务")).await, first);
        refused(&draft(post.one, json!(null)).await, first);
        draft(post.other, json!("连续勤务")).await.expect(201);
        let end = async |id: Uuid| {
            post.force.leader.post(&format!("/rest-orders/{id}/end"), json!({"reason": "不需要"})).await.expect(200)
        };
        end(first).await;
        let second = draft(post.one, json!("连续勤务")).await.expect(201).id();
        let span = json!({"from": "2026-03-03T00:00:00Z", "to": "2026-03-04T00:00:00Z"});
        post.force.leader.post(&format!("/rest-orders/{second}/issue"), span).await.expect(200);
        let third = draft(post.one, json!("连续勤务")).await.expect(201).id();
        refused(&draft(post.one, json!("x")).await, third);
        // A retry is a retry.
        end(third).await;
        let keyed = post.force.leader.with("idempotency-key", "order-1");
        let body = json!({"officer_id": post.one});
        let one = keyed.post("/rest-orders", body.clone()).await.expect(201);
        let again = keyed.post("/rest-orders", body).await.expect(201);
        assert_eq!((one.id(), again.header("idempotency-replayed")), (again.id(), "true"));
        // Whose officer it is not learns nothing of it.
        let far = post.force.other_leader.post("/rest-orders", json!({"officer_id": post.one})).await;
        assert_eq!(far.says(), (404, "not_found"));
    }

    /// The same operation of the same unit on some of the same dates; another unit, another operation, the day after are
    /// others.
    async fn a_derogation_that_stands(db: TestDatabase) {
        let post = Post::start(db).await;
        let ask = async |unit: Uuid, event: &str, from: &str, to: &str| {
            let body = json!({"unit_id": unit, "event": event, "from": from, "to": to});
            post.force.branch_leader.post("/derogations", body).await
        };
        let station = post.force.station;
        let first = ask(station, "春运安保", "2026-03-10", "2026-03-12").await.expect(201).id();
        for (from, to) in [("2026-03-10", "2026-03-12"), ("2026-03-08", "2026-03-10"), ("2026-03-12", "2026-03-13"), ("2026-03-11", "2026-03-11")] {
            refused(&ask(station, " 春运安保 ", from, to).await, first);
        }
        ask(station, "春运安保", "2026-03-09", "2026-03-09").await.expect(201);
        ask(station, "春运安保", "2026-03-13", "2026-03-13").await.expect(201);
        ask(station, "抗洪", "2026-03-10", "2026-03-12").await.expect(201);
        ask(post.force.other_station, "春运安保", "2026-03-10", "2026-03-12").await.expect(201);
        // Refused, it stands in nobody's way; approved and shortened, on its own dates.
        let bureau = post.force.app.as_role("bureau", Role::BureauLeader, Some(post.force.bureau)).await;
        bureau.post(&format!("/derogations/{first}/refuse"), json!({"reason": "不必"})).await.expect(200);
        let second = ask(station, "春运安保", "2026-03-10", "2026-03-12").await.expect(201).id();
        bureau.act(&format!("/derogations/{second}/approve")).await.expect(200);
        refused(&ask(station, "春运安保", "2026-03-12", "2026-03-12").await, second);
        bureau.post(&format!("/derogations/{second}/end"), json!({"on": "2026-03-11"})).await.expect(200);
        refused(&ask(station, "春运安保", "2026-03-11", "2026-03-12").await, second);
        ask(station, "春运安保", "2026-03-12", "2026-03-12").await.expect(201);
    }

    /// The same minutes of the same date for the same officer: once; taken back, once more. At once, one.
    async fn credit_that_was_entered(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = json!({"officer_id": post.one, "minutes": 480, "earned_on": "2026-02-20", "reason": "原单位结转"});
        let enter = async |more: Value| post.force.hr.post("/comp-lots", with(body.clone(), more)).await;
        let lot = |told: &Told| -> Uuid { told.body["lot_id"].as_str().unwrap().parse().unwrap() };
        let first = lot(&enter(json!({})).await.expect(201));
        refused(&enter(json!({})).await, first);
        refused(&enter(json!({"reason": "漏记"})).await, first);
        for other in [
            json!({"minutes": 481}),
            json!({"minutes": 479}),
            json!({"earned_on": "2026-02-19"}),
            json!({"earned_on": "2026-02-21"}),
            json!({"officer_id": post.other}),
        ] {
            enter(other).await.expect(201);
        }
        post.force.hr.post(&format!("/comp-lots/{first}/void"), json!({"reason": "录入错误"})).await.expect(200);
        let second = lot(&enter(json!({})).await.expect(201));
        refused(&enter(json!({})).await, second);
        let told = at_once((0..5).map(|_| {
            let (hr, body) = (post.force.hr.clone(), with(body.clone(), json!({"minutes": 60})));
            async move { hr.post("/comp-lots", body).await }
        }))
        .await;
        assert_only(&told, &[201, 409]);
        assert_eq!((count(&told, 201), records::count(&post.force.app.db, "comp_lots WHERE minutes = 60")), (1, 1));
        let keyed = post.force.hr.with("idempotency-key", "lot-1");
        let one = keyed.post("/comp-lots", with(body.clone(), json!({"minutes": 90}))).await.expect(201);
        let again = keyed.post("/comp-lots", with(body.clone(), json!({"minutes": 90}))).await.expect(201);
        assert_eq!((&one.body["lot_id"], again.header("idempotency-replayed")), (&again.body["lot_id"], "true"));
    }
}
