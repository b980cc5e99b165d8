//! A day that the officer asked to move: nothing is credited, and another day is owed until it is named.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{credit_of, finding, items};
use crate::app::Told;
use crate::crowd::assert_sound;
use crate::duty::Post;

/// A rest day that was moved at the officer's request, with the answer.
async fn moved(post: &Post, date: &str) -> (Uuid, Told) {
    let day = post.rest(post.one, date).await.expect(201).id();
    post.own.act(&format!("/rest-days/{day}/ask-move")).await.expect(200);
    let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "officer_request"});
    let told = post.force.leader.post(&format!("/rest-days/{day}/cancel"), body).await.expect(200);
    (day, told)
}

async fn duties(post: &Post) -> Vec<Value> {
    let path = format!("/units/{}/rest-duties?officer_id={}", post.force.station, post.one);
    items(&post.force.leader.get(&path).await.expect(200)).clone()
}

async fn kinds(post: &Post) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    duties(post).await.iter().map(|one| (text(one, "kind"), text(one, "due_on"))).collect()
}

async fn confirmed(post: &Post, shift: Uuid, from: &str, to: &str) {
    let body = json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
    for client in [&post.own, &post.force.leader] {
        client.post(&format!("/duty-shifts/{shift}/confirm-actual"), body.clone()).await.expect(200);
    }
}

async fn earned(post: &Post, origin: &str) -> i64 {
    let credit = credit_of(&post.own, post.one).await;
    let lots = credit["items"].as_array().unwrap().iter().filter(|lot| lot["origin"] == origin);
    lots.map(|lot| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap()).sum()
}

fn owed(offer: &str, rest: &str) -> Vec<(String, String)> {
    vec![("offer_date".to_owned(), offer.to_owned()), ("give_rest".to_owned(), rest.to_owned())]
}

both! {
    /// The answer says what was credited, and the unit owes another day, step by step, until it is named.
    async fn another_day_is_owed(db: TestDatabase) {
        let post = Post::start(db).await;
        let (day, told) = moved(&post, "2026-03-14").await;
        let made = &told.body["cancellation"];
        assert_eq!((&made["minutes"], &made["multiplier_percent"], &made["lot_id"]), (&json!(0), &json!(0), &Value::Null));
        assert_eq!((&made["offer_by"], &made["take_by"]), (&json!("2026-03-06"), &json!("2026-04-13")));
        let said = finding(&told.body, "rest.moved");
        assert_eq!((&said["outcome"], &said["measured"]["credited_minutes"], &said["limit"]["offer_by"]), (&json!("pass"), &json!(0), &json!("2026-03-06")));
        assert!(!told.body["findings"].to_string().contains("minimum_minutes"), "{}", told.body);
        assert_eq!(kinds(&post).await, owed("2026-03-06", "2026-04-13"));
        let all = duties(&post).await;
        assert!(all.iter().all(|one| one["subject_id"] == json!(day) && one["reason_code"] == "officer_request"), "{all:?}");
        assert_eq!(credit_of(&post.own, post.one).await["totals"]["minutes"], 0);
        // The day it is due, the day after, and step after step.
        for (clock, state, step) in [
            ("2026-03-06T15:59:59Z", "soon", 0), ("2026-03-06T16:00:00Z", "overdue", 0),
            ("2026-03-07T00:00:00Z", "overdue", 1), ("2026-03-09T00:00:00Z", "overdue", 2),
        ] {
            post.force.app.set_clock(clock);
            let one = duties(&post).await[0].clone();
            assert_eq!((&one["state"], &one["step"]), (&json!(state), &json!(step)), "{clock}");
        }
        assert_eq!(post.force.other_leader.get(&format!("/units/{}/rest-duties", post.force.station)).await.says(), (404, "not_found"));
        let named = post.force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2026-03-20"})).await.expect(200);
        assert_eq!((&named.body["kind"], kinds(&post).await), (&json!("weekly"), Vec::new()));
        // That one is taken away by the unit: its credit stands for it, and the first is not owed again.
        let body = json!({"notified_at": "2026-03-09T00:00:00Z", "reason_code": "exigency"});
        post.force.leader.post(&format!("/rest-days/{}/cancel", named.id()), body).await.expect(200);
        assert_eq!(kinds(&post).await, owed("2026-03-13", "2026-04-19"));
        let again = post.force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2026-03-21"})).await;
        assert_eq!(again.says(), (409, "wrong_state"));
        assert_sound(&post.force.app);
    }

    /// The officer takes the wish back: the day is rest again, once, as long as nothing else was made of it.
    async fn the_officer_takes_it_back(db: TestDatabase) {
        let post = Post::start(db).await;
        let (day, _) = moved(&post, "2026-03-14").await;
        let back = format!("/rest-days/{day}/withdraw-move");
        assert_eq!(post.force.leader.act(&back).await.says(), (403, "forbidden"));
        let shift = post.plan(post.one, "2026-03-14T08:00", "2026-03-14T16:00").await.expect(201).id();
        assert_eq!(post.own.act(&back).await.says(), (422, "rest.has_duty"));
        post.force.leader.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "调整"})).await.expect(200);
        let told = post.own.act(&back).await.expect(200);
        let instead = &told.body["cancellation"]["replaced_by"];
        assert_eq!((&instead["date"], &instead["kind"], &instead["state"]), (&json!("2026-03-14"), &json!("weekly"), &json!("planned")));
        assert_eq!(kinds(&post).await, Vec::new());
        assert_eq!(post.own.act(&back).await.says(), (409, "wrong_state"), "a second time");
        // One whose date is over cannot be put back: another day stays owed.
        let (over, _) = moved(&post, "2026-03-05").await;
        post.force.app.set_clock("2026-03-05T15:59:59Z");
        assert_eq!(kinds(&post).await, owed("2026-03-06", "2026-04-04"));
        post.force.app.set_clock("2026-03-05T16:00:00Z");
        assert_eq!(post.own.act(&format!("/rest-days/{over}/withdraw-move")).await.says(), (409, "wrong_state"));
        assert_eq!(kinds(&post).await, owed("2026-03-06", "2026-04-04"));
        // What the service took away is not the officer's to put back.
        let other = post.rest(post.one, "2026-03-21").await.expect(201).id();
        let body = json!({"notified_at": "2026-03-05T16:00:00Z", "reason_code": "exigency"});
        post.force.leader.post(&format!("/rest-days/{other}/cancel"), body).await.expect(200);
        assert_eq!(post.own.act(&format!("/rest-days/{other}/withdraw-move")).await.says(), (409, "wrong_state"));
        assert_sound(&post.force.app);
    }

    /// The date is an ordinary one then: what is worked on it earns by its class.
    async fn duty_on_a_date_that_was_moved(db: TestDatabase) {
        let post = Post::start(db).await;
        // A Saturday.
        moved(&post, "2026-03-14").await;
        let shift = post.plan(post.one, "2026-03-14T08:00", "2026-03-14T16:00").await.expect(201).id();
        post.force.app.set_clock("2026-03-16T01:00:00Z");
        confirmed(&post, shift, "2026-03-14T08:00", "2026-03-14T16:00").await;
        assert_eq!((earned(&post, "rest_day_duty").await, earned(&post, "cancelled_rest").await), (480, 0));
        let month = post.own.get(&format!("/officers/{}/overtime-allowance?month=2026-03", post.one)).await.expect(200);
        assert_eq!(month.body["days"][0]["class"], "rest_day", "{}", month.body);
        assert_sound(&post.force.app);
    }

    /// A compensatory day that was taken away gave its minutes back; the date counts by its class.
    async fn duty_on_a_comp_day_that_was_taken_away(db: TestDatabase) {
        let post = Post::start(db).await;
        super::enter(&post.force, post.one, 480, "2026-02-20").await;
        let body = json!({"officer_id": post.one, "date": "2026-03-14", "kind": "comp"});
        let day = post.force.leader.post("/rest-days", body).await.expect(201).id();
        let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
        post.force.leader.post(&format!("/rest-days/{day}/cancel"), body).await.expect(200);
        let shift = post.plan(post.one, "2026-03-14T08:00", "2026-03-14T16:00").await.expect(201).id();
        post.force.app.set_clock("2026-03-16T01:00:00Z");
        confirmed(&post, shift, "2026-03-14T08:00", "2026-03-14T16:00").await;
        assert_eq!((earned(&post, "rest_day_duty").await, earned(&post, "adjustment").await), (480, 480));
        assert_sound(&post.force.app);
    }

    /// One date is given back once: taken away, planned anew on the same date and taken away again.
    async fn a_date_is_given_back_once(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
        for expected in [480, 0] {
            let day = post.rest(post.one, "2026-03-14").await.expect(201).id();
            let told = post.force.leader.post(&format!("/rest-days/{day}/cancel"), body.clone()).await.expect(200);
            assert_eq!(told.body["cancellation"]["minutes"], expected);
        }
        assert_eq!(earned(&post, "cancelled_rest").await, 480);
    }
}
