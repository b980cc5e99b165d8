//! Rest days: planned, published with the roster, confirmed by whoever rested.

use serde_json::json;
use uuid::Uuid;

use super::Post;
use crate::leave::{finding, ids};

both! {
    /// Duty and rest on one date shut each other out, whichever comes first.
    async fn a_rest_day_and_duty(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, "2026-03-08").await.expect(201);
        assert_eq!((&day.body["state"], &day.body["date"]), (&json!("planned"), &json!("2026-03-08")));
        let told = post.plan_anyway(post.one, "2026-03-07T23:00", "2026-03-08T01:00").await;
        assert_eq!(told.says(), (422, "rest.rest_day"), "{}", told.body);
        let suggestions = finding(&told.body, "rest.rest_day")["suggestions"].as_array().unwrap().clone();
        assert!(suggestions.iter().any(|one| one["kind"] == "cancel_rest_day" && one["rest_day_id"] == day.body["id"]), "{suggestions:?}");
        post.plan(post.one, "2026-03-10T08:00", "2026-03-10T16:00").await.expect(201);
        assert_eq!(post.rest(post.one, "2026-03-10").await.says(), (422, "rest.has_duty"));
        let twice = post.rest(post.one, "2026-03-08").await;
        assert_eq!((twice.status, &twice.body["errors"][0]["code"]), (422, &json!("taken")));
    }

    async fn who_plans_and_sees_rest(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = json!({"officer_id": post.one, "date": "2026-03-08", "kind": "rotation"});
        assert_eq!(post.own.post("/rest-days", body.clone()).await.says(), (403, "forbidden"));
        assert_eq!(post.force.other_leader.post("/rest-days", body.clone()).await.says(), (404, "not_found"));
        let id = post.force.hr.post("/rest-days", body).await.expect(201).id();
        let path = format!("/rest-days/{id}");
        for client in [&post.own, &post.force.leader, &post.force.hr] {
            assert_eq!(client.get(&path).await.expect(200).id(), id);
            assert_eq!(ids(&client.get(&format!("/rest-days?officer_id={}", post.one)).await.expect(200)), [id]);
        }
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(ids(&post.force.other_leader.get("/rest-days").await.expect(200)), Vec::<Uuid>::new());
        assert_eq!(ids(&post.force.leader.get("/rest-days?kind=rotation&from=2026-03-08&to=2026-03-08").await.expect(200)), [id]);
        assert_eq!(ids(&post.force.leader.get("/rest-days?kind=weekly").await.expect(200)), Vec::<Uuid>::new());
        assert_eq!(ids(&post.force.leader.get("/rest-days?from=2026-03-09").await.expect(200)), Vec::<Uuid>::new());
        let far = json!({"officer_id": post.one, "date": "9999-12-31", "kind": "weekly"});
        assert_eq!(post.force.hr.post("/rest-days", far).await.says(), (422, "invalid_fields"));
        // Never published: their own word is enough, and nobody else's.
        post.force.app.set_clock("2026-03-08T15:59:59Z");
        assert_eq!(post.own.act(&format!("{path}/confirm")).await.because(), "not_over");
        post.force.app.set_clock("2026-03-08T16:00:00Z");
        assert_eq!(post.own.act(&format!("{path}/confirm")).await.expect(200).body["state"], "taken");
        assert_eq!(post.force.leader.act(&format!("{path}/confirm")).await.says(), (403, "forbidden"));
    }
}
