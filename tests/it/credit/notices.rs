//! When somebody was told: never before there was something to tell.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::Told;
use crate::crowd::assert_sound;
use crate::duty::Post;
use crate::leave::{finding, with};

async fn cancel(post: &Post, day: Uuid, notified_at: &str) -> Told {
    let body = json!({"notified_at": notified_at, "reason_code": "exigency"});
    post.force.leader.post(&format!("/rest-days/{day}/cancel"), body).await
}

async fn why(post: &Post, day: Uuid) -> Value {
    post.own.get(&format!("/rest-days/{day}")).await.expect(200).body["cancellation"].clone()
}

#[track_caller]
fn assert_refused(told: &Told, pointer: &str) {
    assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", told.body);
}

async fn publish(post: &Post) {
    let body = json!({"unit_id": post.force.station, "from": "2026-03-01", "to": "2026-03-31"});
    post.force.leader.post("/rosters/publish", body).await.expect(201);
}

both! {
    /// A planned day: not before it was planned.
    async fn a_day_that_was_planned(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, "2026-03-20").await.expect(201).id();
        post.force.app.set_clock("2026-03-18T01:00:00Z");
        for early in ["2026-02-01T00:00:00Z", "2026-03-02T00:59:59Z"] {
            assert_refused(&cancel(&post, day, early).await, "/notified_at");
            assert_eq!(why(&post, day).await, Value::Null, "nothing changed");
        }
        let told = cancel(&post, day, "2026-03-02T01:00:00Z").await.expect(200);
        assert_eq!((&told.body["cancellation"]["clear_days"], &told.body["cancellation"]["before_entry"]), (&json!(17), &json!(false)));
        assert_sound(&post.force.app);
    }

    /// A published day: not before it was published.
    async fn a_day_that_was_published(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, "2026-03-20").await.expect(201).id();
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        publish(&post).await;
        post.force.app.set_clock("2026-03-18T01:00:00Z");
        for early in ["2026-03-02T01:00:00Z", "2026-03-10T00:59:59Z"] {
            let told = cancel(&post, day, early).await;
            assert_refused(&told, "/notified_at");
            assert!(told.body["errors"][0]["detail"].as_str().unwrap().contains("2026-03-10T09:00:00+08:00"), "{}", told.body);
        }
        let told = cancel(&post, day, "2026-03-10T01:00:00Z").await.expect(200);
        assert_eq!(told.body["cancellation"]["clear_days"], 9);
        // It was cancelled: whatever is said of it now, it stays as it was.
        assert_eq!(cancel(&post, day, "2026-03-02T01:00:00Z").await.expect(200).body, told.body);
    }

    /// Duty that was worked on one: the same, in a batch and in a preview too.
    async fn duty_on_a_published_day(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, "2026-03-20").await.expect(201).id();
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        publish(&post).await;
        post.force.app.set_clock("2026-03-20T14:00:00Z");
        let body = |at: &str| {
            let said = json!({"override_reason": "专项行动", "notified_at": at});
            with(post.shift(post.one, "2026-03-20T08:00", "2026-03-20T16:00"), said)
        };
        let early = "2026-03-10T00:59:59Z";
        assert_refused(&post.force.leader.post("/duty-shifts", body(early)).await, "/notified_at");
        assert_refused(&post.force.leader.post("/duty-shifts/check", body(early)).await, "/notified_at");
        let batch = post.force.leader.post("/duty-shifts/batch", json!({"shifts": [body(early)]})).await;
        assert_eq!(batch.status, 422);
        assert!(batch.body["errors"][0]["pointer"].as_str().unwrap().ends_with("/0/notified_at"), "{}", batch.body);
        post.force.leader.post("/duty-shifts", body("2026-03-10T01:00:00Z")).await.expect(201);
        assert_eq!(why(&post, day).await["clear_days"], 9);
        assert_sound(&post.force.app);
    }

    /// Duty had begun when the day was planned: who says nothing is taken to have been told when there was something to
    /// tell.
    async fn duty_that_began_before_the_day_was_planned(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.app.set_clock("2026-03-20T02:00:00Z");
        let day = post.rest(post.one, "2026-03-20").await.expect(201).id();
        post.force.app.set_clock("2026-03-20T14:00:00Z");
        post.plan_anyway(post.one, "2026-03-20T08:00", "2026-03-20T16:00").await.expect(201);
        assert_eq!(why(&post, day).await["notified_at"], "2026-03-20T02:00:00Z");
    }

    /// A day that was put back was known since it was first told.
    async fn a_day_that_was_put_back(db: TestDatabase) {
        let post = Post::start(db).await;
        post.rest(post.one, "2026-03-08").await.expect(201);
        publish(&post).await;
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        let shift = post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.expect(201).id();
        let why = json!({"reason": "录入错误"});
        post.force.leader.post(&format!("/duty-shifts/{shift}/cancel"), why).await.expect(200);
        let said = json!({"override_reason": "专项行动", "notified_at": "2026-03-02T01:00:00Z"});
        let body = with(post.shift(post.one, "2026-03-08T08:00", "2026-03-08T12:00"), said);
        post.force.leader.post("/duty-shifts", body).await.expect(201);
        assert_sound(&post.force.app);
    }

    /// A day that hr enters when it is over: its notice lies before the entry, the days are those that the planner says, and
    /// the entry is marked.
    async fn a_day_that_was_entered_late(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.app.set_clock("2026-03-20T01:00:00Z");
        let late = json!({"officer_id": post.one, "date": "2026-03-18", "kind": "weekly", "reason": "补录"});
        let day = post.force.hr.post("/rest-days", late).await.expect(201).id();
        let body = |at: &str| {
            let said = json!({"override_reason": "专项行动", "notified_at": at});
            with(post.shift(post.one, "2026-03-18T08:00", "2026-03-18T16:00"), said)
        };
        assert_refused(&post.force.leader.post("/duty-shifts", body("2026-03-20T01:00:01Z")).await, "/notified_at");
        post.force.leader.post("/duty-shifts", body("2026-03-10T01:00:00Z")).await.expect(201);
        let made = why(&post, day).await;
        assert_eq!((&made["clear_days"], &made["before_entry"], &made["minutes"]), (&json!(7), &json!(true), &json!(480)));
        // It is cancelled already: what was recorded is said again.
        let told = cancel(&post, day, "2026-03-19T01:00:00Z").await.expect(200);
        let notice = finding(&told.body, "rest.notice");
        assert_eq!(notice["measured"]["before_entry"], true, "{notice}");
        assert_eq!(why(&post, day).await["before_entry"], true);
        assert_sound(&post.force.app);
    }
}
