//! Duty that has been worked: recorded with a reason and owed for, never refused; what is still to come is refused as ever.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::app::{Client, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};
use crate::imports::{CSV, load, refusals};
use crate::leave::{finding, items, with};
use crate::records;

/// Minutes credited for cancelled rest, as far as they were not taken back.
async fn for_rest(client: &Client, officer: Uuid) -> i64 {
    let credit = client.get(&format!("/officers/{officer}/comp-lots")).await.expect(200);
    let lots = items(&credit).iter().filter(|lot| lot["origin"] == "cancelled_rest");
    lots.map(|lot| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap()).sum()
}

async fn rest_day(client: &Client, id: Uuid) -> Value {
    client.get(&format!("/rest-days/{id}")).await.expect(200).body
}

async fn confirm(client: &Client, shift: Uuid, from: &str, to: &str) -> Told {
    let body = json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
    client.post(&format!("/duty-shifts/{shift}/confirm-actual"), body).await
}

/// Publishes the roster of the station for March.
async fn publish(post: &Post) {
    let body = json!({"unit_id": post.force.station, "from": "2026-03-01", "to": "2026-03-31"});
    post.force.leader.post("/rosters/publish", body).await.expect(201);
}

both! {
    /// The seventh day in a row: refused as a plan, recorded as a fact; the violation stands, and what stands for a rule of
    /// physics refuses the past too.
    async fn a_seventh_day_that_was_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        for day in 2..=7 {
            post.plan(post.one, &format!("2026-03-{day:02}T08:00"), &format!("2026-03-{day:02}T16:00")).await.expect(201);
        }
        let (from, to) = ("2026-03-08T08:00", "2026-03-08T16:00");
        // The day before, and a minute before it begins: a plan.
        for clock in ["2026-03-07T00:00:00Z", "2026-03-07T23:59:00Z"] {
            post.force.app.set_clock(clock);
            assert_eq!(post.plan_anyway(post.one, from, to).await.says(), (422, "rest.weekly"), "{clock}");
        }
        // It began this minute: a fact, that needs a reason.
        post.force.app.set_clock("2026-03-08T00:00:00Z");
        let bare = post.plan(post.one, from, to).await;
        assert_eq!((bare.status, &bare.body["errors"][0]["pointer"]), (422, &json!("/override_reason")), "{}", bare.body);
        let why = finding(&bare.body, "rest.weekly");
        assert_eq!((&why["outcome"], &why["measured"]["worked_already"], &why["measured"]["consecutive_days"]), (&json!("warn"), &json!(true), &json!(7)));
        assert!(why["message"].as_str().unwrap().contains("如实记录"), "{why}");
        let check = post.force.leader.post("/duty-shifts/check", post.shift(post.one, from, to)).await.expect(200);
        assert_eq!((&check.body["acceptable"], &check.body["asks_override_reason"]), (&json!(true), &json!(true)));
        let told = post.plan_anyway(post.one, from, to).await.expect(201);
        assert_eq!(finding(&told.body, "rest.weekly")["outcome"], "warn");
        let known = post.own.get("/rest-violations?rule=rest.weekly").await.expect(200);
        assert_eq!((&items(&known)[0]["state"], &items(&known)[0]["outcome"]), (&json!("detected"), &json!("block")));
        assert_eq!(records::count(&post.force.app.db, "outbox WHERE topic = 'duty_shift.recorded'"), 1);
        // What is still to come is refused as ever, also beside what was worked.
        assert_eq!(post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.says(), (422, "rest.weekly"));
        // What cannot have happened, and what is not the unit's to say, is refused in the past too.
        for (from, to, code) in [
            ("2026-03-07T15:59", "2026-03-07T17:00", "rest.overlap"),
            ("2026-03-01T08:00", "2026-03-01T08:00", "rest.span"),
            ("2026-02-20T08:00", "2026-02-23T08:01", "rest.span"),
        ] {
            assert_eq!(post.plan_anyway(post.one, from, to).await.code(), code, "{from}");
        }
        let new = post.force.officer_with("100190", json!({"joined_on": "2026-03-05"})).await;
        assert_eq!(post.plan_anyway(new, "2026-03-04T08:00", "2026-03-04T16:00").await.says(), (422, "rest.off_roll"));
        assert_sound(&post.force.app);
    }

    /// A rest below eight hours, a duty too soon after a night, one inside a rest order: recorded, and owed.
    async fn short_rests_that_happened(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.app.set_clock("2026-03-12T01:00:00Z");
        post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T20:00").await.expect(201);
        let told = post.plan_anyway(post.one, "2026-03-10T01:00", "2026-03-10T09:00").await.expect(201);
        let daily = finding(&told.body, "rest.daily");
        assert_eq!((&daily["outcome"], &daily["measured"]["gap_minutes"], &daily["measured"]["worked_already"]), (&json!("warn"), &json!(300), &json!(true)));
        let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!((&items(&credit)[0]["minutes"], &items(&credit)[0]["origin"]), (&json!(360), &json!("short_daily_rest")));
        // Twenty hours within twenty-four.
        assert_eq!(post.plan_anyway(post.other, "2026-03-10T08:00", "2026-03-11T04:00").await.status, 201);
        let order = post.force.leader.post("/rest-orders", json!({"officer_id": post.other, "reason": "连续勤务"})).await.expect(201).id();
        let span = json!({"from": "2026-03-11T00:00:00Z", "to": "2026-03-13T00:00:00Z"});
        post.force.leader.post(&format!("/rest-orders/{order}/issue"), span).await.expect(200);
        assert_eq!(post.plan_anyway(post.other, "2026-03-12T10:00", "2026-03-12T12:00").await.says(), (422, "rest.ordered"));
        post.plan_anyway(post.other, "2026-03-11T20:00", "2026-03-11T22:00").await.expect(201);
        // A correction of what was worked is a fact as well.
        let path = format!("/duty-shifts/{}", told.id());
        let any = post.force.leader.with("if-match", "*");
        any.patch(&path, json!({"starts_at": "2026-03-09T16:30:00Z", "override_reason": "更正"})).await.expect(200);
        let later = json!({"starts_at": "2026-03-14T16:30:00Z", "ends_at": "2026-03-14T22:30:00Z", "override_reason": "更正"});
        assert_eq!(any.patch(&path, later).await.status, 200);
        assert_sound(&post.force.app);
    }

    /// Duty on granted leave is a recall: refused in the past as in the future.
    async fn duty_on_leave_is_refused_in_the_past(db: TestDatabase) {
        let post = Post::start(db).await;
        let asked = post.force.submit(&post.own, post.one, "2026-03-09", "2026-03-10").await.expect(201).id();
        post.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        post.force.app.set_clock("2026-03-12T01:00:00Z");
        assert_eq!(post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T12:00").await.says(), (422, "rest.on_leave"));
    }

    /// A published rest day that was worked is taken away by the entry of the duty: credit, notice, and why, for all who may
    /// see it.
    async fn a_rest_day_that_was_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        let id = post.rest(post.one, "2026-03-08").await.expect(201).id();
        publish(&post).await;
        // The day before it is refused; a shift that begins a minute from now too.
        post.force.app.set_clock("2026-03-07T23:59:00Z");
        assert_eq!(post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.says(), (422, "rest.rest_day"));
        // A night that has begun, into a rest day that is still to come: that day is cancelled first.
        post.force.app.set_clock("2026-03-07T14:01:00Z");
        assert_eq!(post.plan_anyway(post.one, "2026-03-07T22:00", "2026-03-08T04:00").await.says(), (422, "rest.rest_day"));
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        let bare = post.plan(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await;
        assert_eq!((bare.status, &bare.body["errors"][0]["pointer"]), (422, &json!("/override_reason")));
        assert_eq!(rest_day(&post.own, id).await["state"], "published", "nothing changed");
        let told = post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.expect(201);
        assert_eq!(finding(&told.body, "rest.rest_day")["measured"]["worked_already"], true);
        for client in [&post.own, &post.force.leader, &post.force.branch_leader, &post.force.hr] {
            let seen = rest_day(client, id).await;
            let why = &seen["cancellation"];
            assert_eq!((&seen["state"], &why["reason_code"], &why["note"]), (&json!("cancelled"), &json!("other"), &json!("专项行动")));
            assert_eq!((&why["minutes"], &why["clear_days"], &why["notified_at"]), (&json!(480), &json!(0), &json!("2026-03-08T00:00:00Z")));
            assert_eq!((&why["worked_shift_id"], &why["replaced_by"]), (&told.body["id"], &Value::Null));
            let list = client.get(&format!("/rest-days?officer_id={}", post.one)).await.expect(200);
            assert_eq!(items(&list)[0]["cancellation"], *why);
        }
        assert_eq!(post.force.other_leader.get(&format!("/rest-days/{id}")).await.says(), (404, "not_found"));
        assert_eq!(post.force.admin.get(&format!("/rest-days/{id}")).await.says(), (403, "forbidden"));
        assert_eq!(for_rest(&post.own, post.one).await, 480);
        let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        let lot = &items(&credit)[0];
        assert_eq!((&lot["offer_by"], &lot["earned_on"], &lot["take_by"]), (&json!("2026-03-12"), &json!("2026-03-08"), &json!("2026-04-07")));
        // The hours agreed on earn nothing for that date again; the officer may say other hours.
        confirm(&post.own, told.id(), "2026-03-08T08:00", "2026-03-08T10:00").await.expect(200);
        let said = confirm(&post.force.leader, told.id(), "2026-03-08T08:00", "2026-03-08T12:00").await.expect(200);
        assert_eq!(said.body["actual"]["state"], "disputed");
        confirm(&post.own, told.id(), "2026-03-08T08:00", "2026-03-08T12:00").await.expect(200);
        let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!(credit.body["totals"]["minutes"], 480);
        // A date in its place shows in what was cancelled.
        let replaced = post.force.leader.post(&format!("/rest-days/{id}/reroster"), json!({"date": "2026-03-14"})).await.expect(200);
        let by = rest_day(&post.own, id).await["cancellation"]["replaced_by"].clone();
        assert_eq!((&by["id"], &by["date"]), (&replaced.body["id"], &json!("2026-03-14")));
        assert_sound(&post.force.app);
    }

    /// When the officer was told is said by the planner, for a rest day that the shift breaks and in the past only.
    async fn when_the_officer_was_told(db: TestDatabase) {
        let post = Post::start(db).await;
        let id = post.rest(post.one, "2026-03-20").await.expect(201).id();
        post.force.app.set_clock("2026-03-20T14:00:00Z");
        let body = |more: Value| with(with(post.shift(post.one, "2026-03-20T08:00", "2026-03-20T16:00"), json!({"override_reason": "专项行动"})), more);
        for bad in ["2026-03-20T14:00:01Z", "2025-03-01T00:00:00Z"] {
            let told = post.force.leader.post("/duty-shifts", body(json!({"notified_at": bad}))).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/notified_at")), "{bad}");
        }
        let elsewhere = with(post.shift(post.one, "2026-03-19T08:00", "2026-03-19T16:00"), json!({"notified_at": "2026-03-10T00:00:00Z"}));
        let told = post.force.leader.post("/duty-shifts", elsewhere).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/notified_at")), "no rest day is broken");
        post.force.leader.post("/duty-shifts", body(json!({"notified_at": "2026-03-04T01:00:00Z", "kind": "court"}))).await.expect(201);
        let why = rest_day(&post.own, id).await["cancellation"].clone();
        assert_eq!((&why["clear_days"], &why["reason_code"], &why["notified_at"]), (&json!(15), &json!("court"), &json!("2026-03-04T01:00:00Z")));
        assert_sound(&post.force.app);
    }

    /// What the officer has confirmed as rest is theirs to say; duty on it is refused.
    async fn confirmed_rest_stands(db: TestDatabase) {
        let post = Post::start(db).await;
        let id = post.rest(post.one, "2026-03-08").await.expect(201).id();
        publish(&post).await;
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        let cancel = json!({"notified_at": "2026-03-08T00:00:00Z", "reason_code": "exigency"});
        let path = format!("/rest-days/{id}/cancel");
        assert_eq!(post.force.leader.post(&path, cancel.clone()).await.says(), (409, "wrong_state"), "no duty on it");
        post.own.act(&format!("/rest-days/{id}/confirm")).await.expect(200);
        assert_eq!(post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.says(), (422, "rest.rest_day"));
        assert_eq!(post.force.leader.post(&path, cancel).await.says(), (409, "wrong_state"));
        assert_eq!(rest_day(&post.own, id).await["cancellation"], Value::Null);
    }

    /// Hours agreed on ran into a rest day: they take it away, and no minute is earned twice.
    async fn hours_that_ran_into_a_rest_day(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = post.plan(post.one, "2026-03-09T14:00", "2026-03-09T22:00").await.expect(201).id();
        let id = post.rest(post.one, "2026-03-10").await.expect(201).id();
        publish(&post).await;
        post.force.app.set_clock("2026-03-11T01:00:00Z");
        for client in [&post.own, &post.force.leader] {
            confirm(client, shift, "2026-03-09T14:00", "2026-03-10T02:00").await.expect(200);
        }
        let of = async |origin: &str| {
            let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
            items(&credit).iter().filter(|lot| lot["origin"] == origin).map(|lot| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap()).sum::<i64>()
        };
        assert_eq!(rest_day(&post.own, id).await["cancellation"]["worked_shift_id"], json!(shift));
        assert_eq!((of("rest_day_duty").await, of("overtime").await, of("cancelled_rest").await), (0, 120, 480));
        // Both were mistaken: nobody worked on it, and it is rest again.
        for client in [&post.own, &post.force.leader] {
            confirm(client, shift, "2026-03-09T14:00", "2026-03-10T00:00").await.expect(200);
        }
        assert_eq!((of("rest_day_duty").await, of("overtime").await, of("cancelled_rest").await), (0, 120, 0));
        let back = rest_day(&post.own, id).await["cancellation"]["replaced_by"].clone();
        assert_eq!((&back["date"], &back["state"], &back["kind"]), (&json!("2026-03-10"), &json!("published"), &json!("weekly")));
        assert_sound(&post.force.app);
    }

    /// Entered by mistake and cancelled: the rest is put back and what is free of its credit goes; entered again it is owed
    /// once more, and once.
    async fn duty_that_was_not_worked_after_all(db: TestDatabase) {
        let post = Post::start(db).await;
        let id = post.rest(post.one, "2026-03-08").await.expect(201).id();
        publish(&post).await;
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        let first = post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.expect(201).id();
        let second = post.plan_anyway(post.one, "2026-03-08T14:00", "2026-03-08T16:00").await.expect(201).id();
        assert_eq!(for_rest(&post.own, post.one).await, 480, "one day, once");
        let cancel = async |shift: Uuid| post.force.leader.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "录入错误"})).await.expect(200);
        cancel(first).await;
        assert_eq!(for_rest(&post.own, post.one).await, 480, "the other shift was worked on it");
        for _ in 0..2 {
            cancel(second).await;
            assert_eq!(for_rest(&post.own, post.one).await, 0);
        }
        let back = rest_day(&post.own, id).await["cancellation"]["replaced_by"].clone();
        assert_eq!((&back["date"], &back["state"]), (&json!("2026-03-08"), &json!("published")));
        assert_eq!(records::count(&post.force.app.db, "rest_days WHERE state <> 'cancelled'"), 1);
        let third = post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.expect(201).id();
        assert_eq!(for_rest(&post.own, post.one).await, 480);
        // Used before the mistake is found: it stays with the officer.
        let asked = json!({"officer_id": post.one, "kind": "compensatory", "from": "2026-03-16", "to": "2026-03-16"});
        let asked = post.own.post("/leave-requests", asked).await.expect(201).id();
        post.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        cancel(third).await;
        assert_eq!(for_rest(&post.own, post.one).await, 480);
        assert_sound(&post.force.app);
    }

    /// A shift that was worked is moved onto a rest day and off it again.
    async fn moved_onto_a_rest_day(db: TestDatabase) {
        let post = Post::start(db).await;
        post.rest(post.one, "2026-03-08").await.expect(201);
        publish(&post).await;
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        let shift = post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T12:00").await.expect(201).id();
        let any = post.force.leader.with("if-match", "*");
        let path = format!("/duty-shifts/{shift}");
        let on = |day: u32| json!({
            "starts_at": format!("2026-03-{day:02}T00:00:00Z"), "ends_at": format!("2026-03-{day:02}T04:00:00Z"), "override_reason": "更正",
        });
        any.patch(&path, on(8)).await.expect(200);
        assert_eq!(for_rest(&post.own, post.one).await, 480);
        any.patch(&path, on(9)).await.expect(200);
        assert_eq!(for_rest(&post.own, post.one).await, 0);
        assert_eq!(records::count(&post.force.app.db, "rest_days WHERE state = 'published' AND on_date = '2026-03-08'"), 1);
        assert_sound(&post.force.app);
    }

    /// A comp day that was worked gives back what it drew; put back, it draws again.
    async fn a_comp_day_that_was_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        let entry = json!({"officer_id": post.one, "minutes": 480, "earned_on": "2026-02-20", "reason": "原单位结转"});
        post.force.hr.post("/comp-lots", entry).await.expect(201);
        let body = json!({"officer_id": post.one, "date": "2026-03-08", "kind": "comp"});
        post.force.leader.post("/rest-days", body).await.expect(201);
        publish(&post).await;
        let totals = async || post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200).body["totals"].clone();
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        assert_eq!(totals().await["used"], 480);
        let shift = post.plan_anyway(post.one, "2026-03-08T08:00", "2026-03-08T12:00").await.expect(201).id();
        assert_eq!((&totals().await["used"], &totals().await["available_minutes"], &totals().await["minutes"]), (&json!(0), &json!(480), &json!(480)));
        post.force.leader.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "录入错误"})).await.expect(200);
        assert_eq!((&totals().await["used"], &totals().await["available_minutes"]), (&json!(480), &json!(0)));
        assert_sound(&post.force.app);
    }

    /// A file of what was worked: with a reason in its row it is recorded, without one the row is refused.
    async fn a_file_of_what_was_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        post.rest(post.one, "2026-03-08").await.expect(201);
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        let header = "badge_no,date,starts,ends,kind,reason\n";
        let bare = format!("{header}100100,2026-03-08,08:00,16:00,duty,\n");
        let told = load(&post.force.leader, "/rosters/import", CSV, bare.as_bytes()).await;
        assert_eq!((told.says(), refusals(&told)), ((422, "import_refused"), vec![(2, "date".to_owned(), "missing_field".to_owned())]));
        assert_eq!(for_rest(&post.own, post.one).await, 0);
        let file = format!("{header}100100,2026-03-08,08:00,16:00,duty,专项行动\n");
        load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(for_rest(&post.own, post.one).await, 480);
        let again = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await.expect(200);
        assert_eq!((&again.body["unchanged"], for_rest(&post.own, post.one).await), (&json!(1), 480));
        assert_sound(&post.force.app);
    }

    /// Two who enter the same duty at once, and one who retries: one shift, one rest day taken away, one credit.
    async fn two_at_once(db: TestDatabase) {
        let post = Post::start(db).await;
        post.rest(post.one, "2026-03-08").await.expect(201);
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        let body = with(post.shift(post.one, "2026-03-08T08:00", "2026-03-08T12:00"), json!({"override_reason": "专项行动"}));
        let keyed = post.force.leader.with("idempotency-key", "worked-1");
        let (first, again) = (keyed.post("/duty-shifts", body.clone()).await.expect(201), keyed.post("/duty-shifts", body.clone()).await.expect(201));
        assert_eq!((first.id(), again.header("idempotency-replayed")), (again.id(), "true"));
        post.force.leader.post(&format!("/duty-shifts/{}/cancel", first.id()), json!({"reason": "录入错误"})).await.expect(200);
        let told = at_once((0..6).map(|_| {
            let (leader, body) = (post.force.leader.clone(), body.clone());
            async move { leader.post("/duty-shifts", body).await }
        }))
        .await;
        assert_only(&told, &[201, 409]);
        assert_eq!((count(&told, 201), for_rest(&post.own, post.one).await), (1, 480));
        assert_eq!(records::count(&post.force.app.db, "rest_cancellations"), 2);
        assert_sound(&post.force.app);
    }
}
