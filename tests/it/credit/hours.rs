//! Cancelled rest that is given back by the hours worked on it, where a policy says so.

use serde_json::json;
use uuid::Uuid;

use super::credit_of;
use crate::app::Told;
use crate::crowd::assert_sound;
use crate::databases::TestDatabase;
use crate::duty::Post;
use crate::leave::with;

const REST: &str = include_str!("../../../src/rules/rest.toml");

/// A force in which the hours worked count one and a half times under fifteen clear days, four hours at least; a holiday at
/// under eight counts twice, and another day is given for it.
async fn start(db: TestDatabase) -> Post {
    let post = Post::start(db).await;
    let short = "remedy = \"compensatory_rest_short_notice\"\nmultiplier_percent = 100\nminimum_minutes = 240\n";
    assert!(REST.contains(short));
    let by_hours = "remedy = \"time_and_a_half\"\nmultiplier_percent = 150\nminimum_minutes = 240\ncredits = \"hours_worked\"\n\n\
        [[version.values.notice.public_holiday]]\nclear_days_below = 8\nremedy = \"double_time_and_another_day_off\"\n\
        multiplier_percent = 200\nminimum_minutes = 240\ncredits = \"hours_worked_and_a_day\"\n";
    let text = REST.replace(short, by_hours).replace("effective_from = 2007-01-01", "effective_from = 2026-03-01");
    let version = json!({"effective_from": "2026-03-01", "source": "试行", "text": text});
    post.force.admin.post("/policies/rest/versions", version).await.expect(201);
    post
}

async fn cancel(post: &Post, day: Uuid, notified_at: &str) -> Told {
    let body = json!({"notified_at": notified_at, "reason_code": "exigency"});
    post.force.leader.post(&format!("/rest-days/{day}/cancel"), body).await
}

async fn agree(post: &Post, shift: Uuid, from: &str, to: &str) {
    let body = json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
    for client in [&post.own, &post.force.leader] {
        client.post(&format!("/duty-shifts/{shift}/confirm-actual"), body.clone()).await.expect(200);
    }
}

/// What is credited, by origin.
async fn credited(post: &Post, origin: &str) -> i64 {
    let credit = credit_of(&post.own, post.one).await;
    let lots = credit["items"].as_array().unwrap().iter().filter(|lot| lot["origin"] == origin);
    lots.map(|lot| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap()).sum()
}

both! {
    /// The whole day until there is duty on it; then its hours, four hours at least, as planned and then as agreed on.
    async fn hours_that_were_worked(db: TestDatabase) {
        let post = start(db).await;
        let day = post.rest(post.one, "2026-03-10").await.expect(201).id();
        let told = cancel(&post, day, "2026-03-02T01:00:00Z").await.expect(200);
        assert_eq!((&told.body["cancellation"]["clear_days"], &told.body["cancellation"]["minutes"]), (&json!(7), &json!(720)));
        assert_eq!(credited(&post, "cancelled_rest").await, 720);
        let shift = post.plan(post.one, "2026-03-10T08:00", "2026-03-10T14:00").await.expect(201).id();
        assert_eq!(credited(&post, "cancelled_rest").await, 540, "six hours and a half as many");
        post.force.app.set_clock("2026-03-12T01:00:00Z");
        for (to, expected) in [("09:00", 240), ("10:39", 240), ("10:42", 243), ("18:00", 900)] {
            agree(&post, shift, "2026-03-10T08:00", &format!("2026-03-10T{to}")).await;
            assert_eq!(credited(&post, "cancelled_rest").await, expected, "{to}");
            assert_eq!((credited(&post, "rest_day_duty").await, credited(&post, "overtime").await), (0, 0), "no minute twice");
        }
        // What is used stays with the officer.
        let asked = json!({"officer_id": post.one, "kind": "compensatory", "from": "2026-03-16", "to": "2026-03-16"});
        let asked = post.own.post("/leave-requests", asked).await.expect(201).id();
        post.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        agree(&post, shift, "2026-03-10T08:00", "2026-03-10T09:00").await;
        assert_eq!(credited(&post, "cancelled_rest").await, 480);
        agree(&post, shift, "2026-03-10T08:00", "2026-03-10T16:00").await;
        assert_eq!(credited(&post, "cancelled_rest").await, 720);
        assert_sound(&post.force.app);
    }

    /// Duty over midnight: each date has its share; the plan is taken back, and the day is whole again.
    async fn hours_over_midnight(db: TestDatabase) {
        let post = start(db).await;
        let day = post.rest(post.one, "2026-03-10").await.expect(201).id();
        cancel(&post, day, "2026-03-02T01:00:00Z").await.expect(200);
        let shift = post.plan(post.one, "2026-03-09T20:00", "2026-03-10T06:00").await.expect(201).id();
        assert_eq!(credited(&post, "cancelled_rest").await, 540, "six of ten hours lie on it");
        let second = post.plan_anyway(post.one, "2026-03-10T17:00", "2026-03-10T21:00").await.expect(201).id();
        assert_eq!(credited(&post, "cancelled_rest").await, 900);
        for (gone, left) in [(shift, 360), (second, 720)] {
            post.force.leader.post(&format!("/duty-shifts/{gone}/cancel"), json!({"reason": "调整"})).await.expect(200);
            assert_eq!(credited(&post, "cancelled_rest").await, left);
        }
        assert_sound(&post.force.app);
    }

    /// Told in time: a whole day, whatever was worked.
    async fn told_in_time(db: TestDatabase) {
        let post = start(db).await;
        for (date, notice, expected) in [("2026-03-18", 15, 480), ("2026-03-17", 14, 270)] {
            let day = post.rest(post.one, date).await.expect(201).id();
            let told = cancel(&post, day, "2026-03-02T01:00:00Z").await.expect(200);
            assert_eq!(told.body["cancellation"]["clear_days"], notice);
            let before = credited(&post, "cancelled_rest").await - told.body["cancellation"]["minutes"].as_i64().unwrap();
            post.plan(post.one, &format!("{date}T08:00"), &format!("{date}T11:00")).await.expect(201);
            assert_eq!(credited(&post, "cancelled_rest").await - before, expected, "{date}");
        }
    }

    /// Entered as worked on a rest day, also on a holiday, where another day comes with it.
    async fn entered_as_worked(db: TestDatabase) {
        let post = start(db).await;
        // The Qingming holiday of 5 April 2026.
        for (date, expected) in [("2026-03-10", 480 * 3 / 2), ("2026-04-05", 480 * 2 + 480)] {
            let before = credited(&post, "cancelled_rest").await;
            post.rest(post.one, date).await.expect(201);
            post.force.app.set_clock(&format!("{date}T14:00:00Z"));
            let body = with(post.shift(post.one, &format!("{date}T08:00"), &format!("{date}T16:00")), json!({"override_reason": "专项行动"}));
            let shift = post.force.leader.post("/duty-shifts", body).await.expect(201).id();
            assert_eq!(credited(&post, "cancelled_rest").await - before, expected, "{date}");
            agree(&post, shift, &format!("{date}T08:00"), &format!("{date}T16:00")).await;
            assert_eq!(credited(&post, "cancelled_rest").await - before, expected, "{date}");
            assert_eq!((credited(&post, "holiday_duty").await, credited(&post, "rest_day_duty").await), (0, 0));
        }
        assert_sound(&post.force.app);
    }

    /// Paid when the duty on the day is over, not before.
    async fn paid_when_it_is_over(db: TestDatabase) {
        let post = start(db).await;
        let day = post.rest(post.one, "2026-03-10").await.expect(201).id();
        let told = cancel(&post, day, "2026-03-02T01:00:00Z").await.expect(200);
        let lot = told.body["cancellation"]["lot_id"].as_str().unwrap().to_owned();
        post.plan(post.one, "2026-03-10T20:00", "2026-03-11T04:00").await.expect(201);
        post.own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": "pay"})).await.expect(200);
        let pay = async || post.force.hr.act(&format!("/comp-lots/{lot}/pay")).await;
        for clock in ["2026-03-10T16:00:00Z", "2026-03-10T19:59:59Z"] {
            post.force.app.set_clock(clock);
            assert_eq!(pay().await.says(), (409, "overtime.not_earned"), "{clock}");
        }
        post.force.app.set_clock("2026-03-10T20:00:00Z");
        pay().await.expect(200);
    }

    /// Duty on a holiday that was no rest day: told eight clear days before by the roster, its hours twice; seven, a day
    /// besides; a roster that is published again, and hours that are agreed on, tell nothing new.
    async fn duty_on_a_holiday(db: TestDatabase) {
        let post = start(db).await;
        let hours = ("2026-04-05T09:00", "2026-04-05T17:00");
        let shift = post.plan_anyway(post.one, hours.0, hours.1).await.expect(201).id();
        let late = post.plan_anyway(post.other, hours.0, hours.1).await.expect(201).id();
        let (leader, own) = (post.force.app.lasting(&post.force.leader), post.force.app.lasting(&post.own));
        let other = post.force.own("own-other", post.other).await;
        let other = post.force.app.lasting(&other);
        let publish = json!({"unit_id": post.force.station, "from": "2026-04-05", "to": "2026-04-05"});
        post.force.app.set_clock("2026-03-27T15:59:59Z");
        leader.post("/rosters/publish", publish.clone()).await.expect(201);
        // The other is told of other hours on the day after.
        post.force.app.set_clock("2026-03-27T16:00:00Z");
        let moved = json!({"starts_at": "2026-04-05T02:00:00Z", "ends_at": "2026-04-05T10:00:00Z", "override_reason": "调整"});
        leader.with("if-match", "*").patch(&format!("/duty-shifts/{late}"), moved).await.expect(200);
        leader.post("/rosters/publish", publish).await.expect(201);
        post.force.app.set_clock("2026-04-06T01:00:00Z");
        let says = async |client: &crate::app::Client, shift: Uuid, from: &str, to: &str| {
            let body = json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
            client.post(&format!("/duty-shifts/{shift}/confirm-actual"), body).await.expect(200);
        };
        for (client, shift, from, to) in [
            (&own, shift, "2026-04-05T09:00", "2026-04-05T17:00"),
            (&leader, shift, "2026-04-05T09:00", "2026-04-05T17:00"),
            (&other, late, "2026-04-05T10:00", "2026-04-05T18:00"),
            (&leader, late, "2026-04-05T10:00", "2026-04-05T18:00"),
        ] {
            says(client, shift, from, to).await;
        }
        let lots = async |client: &crate::app::Client, officer: Uuid| {
            let credit = credit_of(client, officer).await;
            let lots = credit["items"].as_array().unwrap().iter().filter(|lot| lot["origin"] == "holiday_duty");
            lots.map(|lot| lot["minutes"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!((lots(&own, post.one).await, lots(&other, post.other).await), (vec![480], vec![480 * 2 + 480]));
        // Half an hour more, agreed on later, is worth what the rest of them is.
        says(&other, late, "2026-04-05T10:00", "2026-04-05T18:30").await;
        says(&leader, late, "2026-04-05T10:00", "2026-04-05T18:30").await;
        assert_eq!(lots(&other, post.other).await, [510 * 2 + 480]);
        assert_sound(&post.force.app);
    }
}
