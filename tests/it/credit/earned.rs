//! What has not happened yet is not paid: a choice is a wish until the date, and the duty, are over.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{credit_of, finding, force, items, lot, officer};
use crate::app::{Client, Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};
use crate::duty::Post;

async fn choose(own: &Client, lot: impl ToString, what: &str) -> Told {
    own.post(&format!("/comp-lots/{}/choose", lot.to_string()), json!({"as": what})).await
}

async fn pay(force: &Force, lot: impl ToString) -> Told {
    force.hr.act(&format!("/comp-lots/{}/pay", lot.to_string())).await
}

/// A weekly rest day that is taken away, with the lot that it earns.
async fn taken_away(force: &Force, officer: Uuid, date: &str) -> String {
    let body = json!({"officer_id": officer, "date": date, "kind": "weekly"});
    let day = force.leader.post("/rest-days", body).await.expect(201).id();
    let cancel = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
    let told = force.leader.post(&format!("/rest-days/{day}/cancel"), cancel).await.expect(200);
    told.body["cancellation"]["lot_id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_too_early(told: &Told, from: &str) {
    assert_eq!(told.says(), (409, "overtime.not_earned"), "{}", told.body);
    assert_eq!(finding(&told.body, "overtime.not_earned")["limit"]["payable_from"], from, "{}", told.body);
}

both! {
    /// A rest day to come: wanted as pay at once, paid when its date is over, and once.
    async fn a_rest_day_to_come(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "710100").await;
        let id = taken_away(&force, someone, "2026-03-14").await;
        assert_eq!(choose(&own, &id, "pay").await.expect(200).body["state"], "chosen_pay");
        super::on_duty(&force, someone, "2026-03-14T08:00", "2026-03-14T16:00").await;
        // On the day before, on the day, and the last instant of it.
        for clock in ["2026-03-02T01:00:00Z", "2026-03-13T10:00:00Z", "2026-03-14T01:00:00Z", "2026-03-14T15:59:59Z"] {
            force.app.set_clock(clock);
            let told = pay(&force, &id).await;
            assert_too_early(&told, "2026-03-14T16:00:00Z");
            assert!(!told.body["findings"][0]["message"].as_str().unwrap().is_empty());
        }
        assert_eq!(credit_of(&own, someone).await["totals"]["paid"], 0);
        // The wish can still be changed.
        choose(&own, &id, "time").await.expect(200);
        choose(&own, &id, "pay").await.expect(200);
        force.app.set_clock("2026-03-14T16:00:00Z");
        let told = at_once((0..4).map(|_| {
            let (hr, id) = (force.hr.clone(), id.clone());
            async move { hr.act(&format!("/comp-lots/{id}/pay")).await }
        }))
        .await;
        assert_only(&told, &[200, 409]);
        assert_eq!((count(&told, 200), &credit_of(&own, someone).await["totals"]["paid"]), (1, &json!(480)));
        assert_eq!(pay(&force, &id).await.says(), (409, "wrong_state"), "a second time");
        assert_sound(&force.app);
    }

    /// Duty through the night stands for the date that it touches; it is paid when it is over, not when the date is.
    async fn duty_that_goes_on(db: TestDatabase) {
        let post = Post::start(db).await;
        let id = taken_away(&post.force, post.one, "2026-03-10").await;
        choose(&post.own, &id, "pay").await.expect(200);
        let night = post.plan_anyway(post.one, "2026-03-10T22:00", "2026-03-11T06:00").await.expect(201).id();
        for clock in ["2026-03-10T15:59:59Z", "2026-03-10T16:00:00Z", "2026-03-10T21:59:59Z"] {
            post.force.app.set_clock(clock);
            assert_too_early(&pay(&post.force, &id).await, "2026-03-10T22:00:00Z");
        }
        // It never happens: nothing was paid, and nothing is.
        let why = json!({"reason": "录入错误"});
        post.force.leader.post(&format!("/duty-shifts/{night}/cancel"), why).await.expect(200);
        post.force.app.set_clock("2026-03-12T01:00:00Z");
        assert_eq!(pay(&post.force, &id).await.says(), (409, "overtime.not_worked"));
        let kept = lot(&credit_of(&post.own, post.one).await, &id).clone();
        assert_eq!((&kept["paid"], &kept["available_minutes"], &kept["as"]), (&json!(0), &json!(480), &json!("time")));
        // Entered again as it was, it is over, and the wish holds.
        let again = post.plan_anyway(post.one, "2026-03-10T22:00", "2026-03-11T06:00").await.expect(201);
        assert_ne!(again.id(), night);
        assert_eq!(lot(&credit_of(&post.own, post.one).await, &id)["as"], "pay");
        pay(&post.force, &id).await.expect(200);
        assert_sound(&post.force.app);
    }

    /// The allowance of the police is for rest days and holidays: what a short daily rest earned is rest.
    async fn what_is_given_back_as_rest(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-03-10T05:00", "2026-03-10T13:00").await.expect(201);
        post.plan_anyway(post.one, "2026-03-10T22:00", "2026-03-11T06:00").await.expect(201);
        let credit = credit_of(&post.own, post.one).await;
        let [short] = credit["items"].as_array().unwrap().as_slice() else { panic!("{credit}") };
        assert_eq!((&short["origin"], &short["minutes"], &short["earned_on"]), (&json!("short_daily_rest"), &json!(120), &json!("2026-03-10")));
        let refused = choose(&post.own, short["lot_id"].as_str().unwrap(), "pay").await;
        assert_eq!(refused.says(), (409, "overtime.not_paid"));
        let why = finding(&refused.body, "overtime.not_paid");
        assert_eq!((&why["measured"]["origin"], &why["measured"]["missing"]), (&json!("short_daily_rest"), &json!("origin")));
    }

    /// What hr enters is earned when its date is over; not by whoever may not pay, and not from afar.
    async fn entered_today(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "710110").await;
        let id = super::enter(&force, someone, 480, "2026-03-02").await;
        choose(&own, id, "pay").await.expect(200);
        assert_too_early(&pay(&force, id).await, "2026-03-02T16:00:00Z");
        for client in [&own, &force.leader] {
            assert_eq!(client.act(&format!("/comp-lots/{id}/pay")).await.says(), (403, "forbidden"));
        }
        // Rest draws on credit on the day it is earned, as ever.
        let earned = taken_away(&force, someone, "2026-03-14").await;
        force.app.set_clock("2026-03-02T16:00:00Z");
        pay(&force, id).await.expect(200);
        let asked = |date: &str| json!({"officer_id": someone, "kind": "compensatory", "from": date, "to": date});
        assert_eq!(own.post("/leave-requests", asked("2026-03-13")).await.status, 422, "the day before it is earned");
        own.post("/leave-requests", asked("2026-03-16")).await.expect(201);
        assert_eq!(choose(&own, &earned, "pay").await.says(), (409, "wrong_state"), "nothing of it is left");
    }

    /// What is taken back shows when, by whom and why, to the officer, their leaders and hr.
    async fn what_was_taken_back(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "710120").await;
        let id = super::enter(&force, someone, 960, "2026-02-20").await;
        let shown = own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!(shown["taken_back"], json!([]));
        let told = force.hr.post(&format!("/comp-lots/{id}/void"), json!({"reason": "重复录入"})).await.expect(200).body;
        let hr = force.hr.get("/auth/me").await.expect(200).body["account_id"].clone();
        let expected = json!([{"minutes": 960, "at": "2026-03-02T01:00:00Z", "cause": "entered_by_mistake", "reason": "重复录入", "by": hr}]);
        assert_eq!(told["taken_back"], expected);
        for client in [&own, &force.leader, &force.branch_leader, &force.hr] {
            assert_eq!(client.get(&format!("/comp-lots/{id}")).await.expect(200).body["taken_back"], expected);
            let list = client.get(&format!("/officers/{someone}/comp-lots")).await.expect(200);
            assert_eq!(items(&list)[0]["taken_back"], expected);
        }
        let (_, colleague) = officer(&force, "710121").await;
        for client in [&force.other_leader, &colleague] {
            assert_eq!(client.get(&format!("/comp-lots/{id}")).await.says(), (404, "not_found"));
        }
        assert_eq!(force.admin.get(&format!("/comp-lots/{id}")).await.says(), (403, "forbidden"));
    }

    /// What followed the facts says so, and nobody's words.
    async fn what_did_not_happen(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-03-10T05:00", "2026-03-10T13:00").await.expect(201);
        let night = post.plan_anyway(post.one, "2026-03-10T22:00", "2026-03-11T06:00").await.expect(201).id();
        let why = json!({"reason": "录入错误"});
        post.force.leader.post(&format!("/duty-shifts/{night}/cancel"), why).await.expect(200);
        let back = credit_of(&post.own, post.one).await["items"][0]["taken_back"].clone();
        assert_eq!((&back[0]["minutes"], &back[0]["cause"], &back[0]["reason"]), (&json!(120), &json!("did_not_happen"), &Value::Null));
    }
}
