//! Duty of whoever is transferred: what lies ahead goes along, what has begun and what another unit borrowed them for stays.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::app::Client;
use crate::crowd::assert_sound;
use crate::leave::{items, with};

async fn go(post: &Post, unit: Uuid, on: &str) {
    let body = json!({"unit_id": unit, "effective_on": on});
    post.force.hr.post(&format!("/officers/{}/transfer", post.one), body).await.expect(200);
}

/// Which shifts a leader sees, with their unit.
async fn seen(client: &Client) -> Vec<(String, Value)> {
    let told = client.get("/duty-shifts?from=2026-03-01&to=2026-04-30").await.expect(200);
    items(&told)
        .iter()
        .map(|one| (one["starts_at"].as_str().unwrap()[..10].to_owned(), one["unit_id"].clone()))
        .collect()
}

both! {
    /// The day before stays, the day of the transfer and the day after go; the unit that they come to publishes and cancels.
    async fn what_lies_ahead_goes_along(db: TestDatabase) {
        let post = Post::start(db).await;
        for date in ["2026-03-09", "2026-03-10", "2026-03-11"] {
            post.plan(post.one, &format!("{date}T09:00"), &format!("{date}T17:00")).await.expect(201);
        }
        // Over the midnight before it: it begins where they were.
        post.plan_anyway(post.one, "2026-03-12T20:00", "2026-03-13T02:00").await.expect(201);
        let published = post.plan_anyway(post.one, "2026-03-14T09:00", "2026-03-14T17:00").await.expect(201).id();
        let roster = json!({"unit_id": post.force.station, "from": "2026-03-14", "to": "2026-03-14"});
        post.force.leader.post("/rosters/publish", roster).await.expect(201);
        let [here, there] = [post.force.station, post.force.other_station].map(|unit| json!(unit));
        go(&post, post.force.other_station, "2026-03-10").await;
        assert_eq!(seen(&post.force.leader).await, [("2026-03-09".to_owned(), here.clone())]);
        let dates = ["2026-03-10", "2026-03-11", "2026-03-12", "2026-03-14"];
        assert_eq!(seen(&post.force.other_leader).await, dates.map(|date| (date.to_owned(), there.clone())));
        // The unit that they come to publishes what it did not plan.
        let roster = json!({"unit_id": post.force.other_station, "from": "2026-03-09", "to": "2026-03-12"});
        let told = post.force.other_leader.post("/rosters/publish", roster).await.expect(201);
        assert_eq!(told.body["shifts"], 3, "{}", told.body);
        let told = post.own.get(&format!("/duty-shifts/{published}")).await.expect(200).body;
        assert_eq!((&told["state"], &told["unit_id"]), (&json!("published"), &there));
        let cancel = format!("/duty-shifts/{published}/cancel");
        assert_eq!(post.force.leader.post(&cancel, json!({"reason": "已调离"})).await.status, 404);
        post.force.other_leader.post(&cancel, json!({"reason": "另有安排"})).await.expect(200);
        assert_sound(&post.force.app);
    }

    /// Put right: to a third unit, to a later date, and back; each time what lies ahead goes where they are.
    async fn a_transfer_that_is_put_right(db: TestDatabase) {
        let post = Post::start(db).await;
        for date in ["2026-03-10", "2026-03-20"] {
            post.plan(post.one, &format!("{date}T09:00"), &format!("{date}T17:00")).await.expect(201);
        }
        let [here, there, above] = [post.force.station, post.force.other_station, post.force.branch].map(|unit| json!(unit));
        let units = async || seen(&post.force.branch_leader).await.into_iter().map(|(_, unit)| unit).collect::<Vec<_>>();
        go(&post, post.force.other_station, "2026-03-10").await;
        assert_eq!(units().await, [there.clone(), there.clone()]);
        go(&post, post.force.branch, "2026-03-15").await;
        assert_eq!(units().await, [there.clone(), above.clone()]);
        go(&post, post.force.station, "2026-03-10").await;
        assert_eq!(units().await, [here.clone(), above]);
        // The same once more changes nothing.
        go(&post, post.force.station, "2026-03-10").await;
        let told = post.own.get("/duty-shifts?from=2026-03-10&to=2026-03-10").await.expect(200);
        let version = items(&told)[0]["version"].clone();
        go(&post, post.force.station, "2026-03-10").await;
        assert_eq!(items(&post.own.get("/duty-shifts?from=2026-03-10&to=2026-03-10").await.expect(200))[0]["version"], version);
        assert_sound(&post.force.app);
    }

    /// What has begun stays where it was, though the transfer is entered late; an appointment and borrowed duty stay too.
    async fn what_does_not_go(db: TestDatabase) {
        let mut post = Post::start(db).await;
        post.force.leader = post.force.app.lasting(&post.force.leader);
        for date in ["2026-03-03", "2026-03-06"] {
            post.plan(post.one, &format!("{date}T09:00"), &format!("{date}T17:00")).await.expect(201);
        }
        let mut appointment = with(post.shift(post.one, "2026-03-07T09:00", "2026-03-07T10:00"), json!({"kind": "protected"}));
        post.own.post("/duty-shifts", appointment.take()).await.expect(201);
        let borrowed = with(post.shift(post.one, "2026-03-09T09:00", "2026-03-09T17:00"), json!({"unit_id": post.force.branch}));
        post.force.branch_leader.post("/duty-shifts", borrowed).await.expect(201);
        post.force.app.set_clock("2026-03-05T01:00:00Z");
        post.force.hr = post.force.app.as_role("late", respite::rules::terms::Role::Hr, None).await;
        go(&post, post.force.other_station, "2026-03-02").await;
        let own = post.force.app.lasting(&post.own);
        let told = own.get("/duty-shifts?from=2026-03-01&to=2026-03-31").await.expect(200);
        let units: Vec<Value> = items(&told).iter().map(|one| one["unit_id"].clone()).collect();
        let [here, there, above] = [post.force.station, post.force.other_station, post.force.branch].map(|unit| json!(unit));
        assert_eq!(units, [here.clone(), there, here, above]);
        assert_sound(&post.force.app);
    }
}
