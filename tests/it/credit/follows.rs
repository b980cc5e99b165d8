//! Credit for short rests follows the facts: whatever is entered, moved, cancelled, swapped or agreed on, in whatever order,
//! it ends where the roster does, except for what was used in between.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, credit_of, finding, ledger_sum};
use crate::app::{Client, Told};
use crate::crowd::{assert_only, assert_sound, at_once};
use crate::duty::Post;
use crate::imports::{CSV, load};
use crate::leave::with;
use crate::{records, watch};

/// What is credited for short rests, by shift and date: what was earned and not taken back.
async fn short(client: &Client, officer: Uuid) -> Vec<(String, String, i64)> {
    let credit = client.get(&format!("/officers/{officer}/comp-lots?limit=500")).await.expect(200).body;
    let lots = credit["items"].as_array().unwrap().iter().filter(|lot| lot["origin"] == "short_daily_rest");
    let text = |lot: &Value, name: &str| lot[name].as_str().unwrap().to_owned();
    let mut all: Vec<_> = lots
        .map(|lot| {
            let credited = lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap();
            (text(lot, "earned_on"), text(lot, "origin_id"), credited)
        })
        .filter(|(.., credited)| *credited != 0)
        .collect();
    all.sort_unstable();
    all
}

async fn minutes(client: &Client, officer: Uuid) -> Vec<i64> {
    short(client, officer).await.into_iter().map(|(.., minutes)| minutes).collect()
}

async fn patch(post: &Post, shift: Uuid, body: Value) -> Told {
    let leader = post.force.leader.with("if-match", "*");
    leader.patch(&format!("/duty-shifts/{shift}"), with(json!({"override_reason": "专项行动"}), body)).await
}

async fn cancel(post: &Post, shift: Uuid) -> Told {
    post.force.leader.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "调整"})).await
}

/// A duty until two in the night, and one from eleven the next morning: two hours are owed.
async fn pair(post: &Post) -> (Uuid, Uuid) {
    let first = post.plan(post.one, "2026-03-09T18:00", "2026-03-10T02:00").await.expect(201).id();
    let second = post.plan_anyway(post.one, "2026-03-10T11:00", "2026-03-10T17:00").await.expect(201).id();
    (first, second)
}

both! {
    /// The shift that made the rest short is moved: more, less, nothing, and to another day.
    async fn the_shift_is_moved(db: TestDatabase) {
        let post = Post::start(db).await;
        let (_, second) = pair(&post).await;
        assert_eq!(short(&post.own, post.one).await, [("2026-03-10".to_owned(), second.to_string(), 120)]);
        for (starts_at, owed) in [("2026-03-10T04:00:00Z", 60), ("2026-03-10T02:00:00Z", 180), ("2026-03-10T02:01:00Z", 179), ("2026-03-10T03:00:00Z", 120)] {
            patch(&post, second, json!({"starts_at": starts_at})).await.expect(200);
            assert_eq!(minutes(&post.own, post.one).await, [owed], "{starts_at}");
        }
        // Eleven hours exactly are enough, one minute less is not.
        patch(&post, second, json!({"starts_at": "2026-03-10T05:00:00Z"})).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, Vec::<i64>::new());
        patch(&post, second, json!({"starts_at": "2026-03-10T04:59:00Z"})).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, [1]);
        // On another day nothing is short; there beside another duty it is owed on that day.
        patch(&post, second, json!({"starts_at": "2026-03-12T03:00:00Z", "ends_at": "2026-03-12T09:00:00Z"})).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, Vec::<i64>::new());
        post.plan_anyway(post.one, "2026-03-11T17:00", "2026-03-12T01:00").await.expect(201);
        assert_eq!(short(&post.own, post.one).await, [("2026-03-12".to_owned(), second.to_string(), 60)]);
        let credit = credit_of(&post.own, post.one).await;
        assert_eq!((&credit["totals"]["available_minutes"], ledger_sum(&post.own, post.one).await), (&60.into(), 60));
        assert_sound(&post.force.app);
    }

    /// The neighbour is what changes: moved, cancelled, entered after the fact; the lot is that of the shift which began too
    /// soon.
    async fn the_neighbour_is_moved(db: TestDatabase) {
        let post = Post::start(db).await;
        let second = post.plan(post.one, "2026-03-10T11:00", "2026-03-10T17:00").await.expect(201).id();
        let first = post.plan_anyway(post.one, "2026-03-09T18:00", "2026-03-10T02:00").await.expect(201).id();
        let of_second = |minutes| vec![("2026-03-10".to_owned(), second.to_string(), minutes)];
        assert_eq!(short(&post.own, post.one).await, of_second(120), "whichever was entered first");
        patch(&post, first, json!({"ends_at": "2026-03-09T17:00:00Z"})).await.expect(200);
        assert_eq!(short(&post.own, post.one).await, of_second(60));
        patch(&post, first, json!({"ends_at": "2026-03-09T15:00:00Z"})).await.expect(200);
        assert_eq!(short(&post.own, post.one).await, Vec::new());
        patch(&post, first, json!({"ends_at": "2026-03-09T18:00:00Z"})).await.expect(200);
        cancel(&post, first).await.expect(200);
        assert_eq!(short(&post.own, post.one).await, Vec::new());
        // Twice changes nothing, also in the ledger.
        let rows = records::count(&post.force.app.db, "comp_movements");
        cancel(&post, first).await.expect(200);
        assert_eq!(records::count(&post.force.app.db, "comp_movements"), rows);
        post.plan_anyway(post.one, "2026-03-09T18:00", "2026-03-10T02:00").await.expect(201);
        assert_eq!(short(&post.own, post.one).await, of_second(120));
        // A duty between the two on the same date makes one duty of both, and what begins it is owed.
        let between = post.plan_anyway(post.one, "2026-03-10T10:00", "2026-03-10T11:00").await.expect(201).id();
        assert_eq!(short(&post.own, post.one).await, [("2026-03-10".to_owned(), between.to_string(), 180)]);
        cancel(&post, between).await.expect(200);
        assert_eq!(short(&post.own, post.one).await, of_second(120));
        assert_eq!(credit_of(&post.own, post.one).await["totals"]["available_minutes"], 120);
        assert_sound(&post.force.app);
    }

    /// A swap takes the shift and its credit to the other, whose rest it makes short.
    async fn a_swap_moves_it(db: TestDatabase) {
        let post = Post::start(db).await;
        let theirs = post.force.own("theirs", post.other).await;
        let (_, second) = pair(&post).await;
        post.plan(post.other, "2026-03-09T17:00", "2026-03-10T01:00").await.expect(201);
        let swap = post.own.post("/swaps", json!({"shift_id": second, "to_officer_id": post.other})).await.expect(201).id();
        theirs.act(&format!("/swaps/{swap}/agree")).await.expect(200);
        let reason = json!({"override_reason": "专项行动"});
        post.force.leader.post(&format!("/swaps/{swap}/approve"), reason).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, Vec::<i64>::new());
        assert_eq!(minutes(&theirs, post.other).await, [60]);
        assert_sound(&post.force.app);
    }

    /// A file and a pattern earn as an entry does.
    async fn a_file_and_a_pattern(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-03-09T18:00", "2026-03-10T02:00").await.expect(201);
        let file = "badge_no,date,starts,ends,kind,reason\n100100,2026-03-10,11:00,17:00,duty,专项行动\n";
        load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, [120]);
        let cycle = json!([{"kind": "duty", "starts": "20:00", "minutes": 360}, {"kind": "duty", "starts": "12:00", "minutes": 240}, {}, {}]);
        let pattern = json!({"unit_id": post.force.station, "name": "短休", "teams": 1, "offset_days": 0, "cycle": cycle});
        let pattern = post.force.leader.post("/roster-patterns", pattern).await.expect(201).id();
        let body = json!({"pattern_id": pattern, "unit_id": post.force.station, "from": "2026-04-06", "to": "2026-04-13",
            "assignments": [{"officer_id": post.one, "team": 1}], "override_reason": "专项行动"});
        post.force.leader.post("/rosters/generate", body).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, [120, 60, 60]);
        assert_sound(&post.force.app);
    }

    /// What is reserved or used stays with the officer, and is set against what the shift is owed later.
    async fn what_is_used_stays(db: TestDatabase) {
        let post = Post::start(db).await;
        let (first, second) = pair(&post).await;
        let more = post.plan(post.one, "2026-03-16T18:00", "2026-03-17T02:00").await.expect(201).id();
        post.plan_anyway(post.one, "2026-03-17T11:00", "2026-03-17T17:00").await.expect(201);
        assert_eq!(minutes(&post.own, post.one).await, [120, 120]);
        // Half a day draws on both.
        let asked = ask(&post.own, post.one, "2026-03-23", "2026-03-23", json!({"last_day": "am"})).await.expect(201).id();
        post.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        cancel(&post, second).await.expect(200);
        cancel(&post, more).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, [120, 120], "granted rest is not taken back");
        assert_sound(&post.force.app);
        let told = post.own.get(&format!("/leave-requests/{asked}")).await.expect(200);
        assert_eq!(told.body["state"], "approved");
        // Short once more, and by more: only what is missing is added.
        post.plan_anyway(post.one, "2026-03-16T18:00", "2026-03-17T03:00").await.expect(201);
        assert_eq!(minutes(&post.own, post.one).await, [120, 180]);
        // Given back before it was taken, it is free, and goes with the next look.
        post.own.post(&format!("/leave-requests/{asked}/cancel"), json!({"reason": "改期"})).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, [120, 180]);
        patch(&post, first, json!({"ends_at": "2026-03-09T17:30:00Z"})).await.expect(200);
        assert_eq!(minutes(&post.own, post.one).await, [180]);
        assert_eq!(credit_of(&post.own, post.one).await["totals"]["available_minutes"], 180);
        assert_sound(&post.force.app);
    }

    /// Duty that lasted longer than planned shortens the next rest; agreed on anew at other hours, credit follows.
    async fn agreed_hours(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = post.plan(post.one, "2026-03-03T08:00", "2026-03-03T16:00").await.expect(201).id();
        let next = post.plan(post.one, "2026-03-04T04:00", "2026-03-04T10:00").await.expect(201).id();
        assert_eq!(minutes(&post.own, post.one).await, Vec::<i64>::new());
        post.force.app.set_clock("2026-03-04T14:00:00Z");
        let path = format!("/duty-shifts/{shift}/confirm-actual");
        let hours = |to: &str| json!({"starts_at": "2026-03-03T08:00:00+08:00", "ends_at": format!("2026-03-03T{to}:00+08:00")});
        let overtime = async || {
            let credit = credit_of(&post.own, post.one).await;
            let lots = credit["items"].as_array().unwrap().clone();
            lots.iter().filter(|lot| lot["origin"] == "overtime").map(|lot| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap()).sum::<i64>()
        };
        let of_next = |minutes| vec![("2026-03-04".to_owned(), next.to_string(), minutes)];
        for client in [&post.own, &post.force.leader] {
            client.post(&path, hours("19:00")).await.expect(200);
        }
        assert_eq!((short(&post.own, post.one).await, overtime().await), (of_next(120), 180));
        // Both were mistaken: one alone changes nothing, both together do.
        let said = post.force.leader.post(&path, hours("18:00")).await.expect(200);
        assert_eq!((&said.body["actual"]["state"], &said.body["actual_minutes"]), (&json!("disputed"), &json!(660)));
        assert_eq!((short(&post.own, post.one).await, overtime().await), (of_next(120), 180));
        let said = post.own.post(&path, hours("18:00")).await.expect(200);
        assert_eq!((&said.body["actual"]["state"], &said.body["actual_minutes"]), (&json!("agreed"), &json!(600)));
        assert_eq!((short(&post.own, post.one).await, overtime().await), (of_next(60), 120));
        // The same again: nothing new is recorded.
        let rows = records::count(&post.force.app.db, "comp_movements");
        let again = post.own.post(&path, hours("18:00")).await.expect(200);
        assert_eq!((again.header("etag"), records::count(&post.force.app.db, "comp_movements")), (said.header("etag"), rows));
        // One says otherwise and comes back to it: what binds is what bound.
        post.own.post(&path, hours("18:30")).await.expect(200);
        let back = post.own.post(&path, hours("18:00")).await.expect(200);
        assert_eq!((&back.body["actual"]["state"], back.header("etag")), (&json!("agreed"), said.header("etag")));
        // As planned after all.
        for client in [&post.force.leader, &post.own] {
            client.post(&path, hours("16:00")).await.expect(200);
        }
        assert_eq!((short(&post.own, post.one).await, overtime().await), (Vec::new(), 0));
        assert_eq!(credit_of(&post.own, post.one).await["totals"]["available_minutes"], 0);
        assert_eq!(records::count(&post.force.app.db, "duty_actuals"), 8, "nothing that was said is removed");
        // Violations follow too.
        let violations = post.force.leader.get(&format!("/rest-violations?officer_id={}&rule=rest.daily", post.one)).await.expect(200);
        assert_eq!(violations.body["items"][0]["state"], "remedied");
        assert_sound(&post.force.app);
    }

    /// Duty agreed on for a holiday earns and pays by its hours; agreed on anew, allowance and credit follow.
    async fn holiday_hours_agreed_anew(db: TestDatabase) {
        let post = Post::start(db).await;
        let night = post.plan(post.one, "2026-04-04T20:00", "2026-04-05T04:00").await.expect(201).id();
        post.force.app.set_clock("2026-04-06T01:00:00Z");
        let path = format!("/duty-shifts/{night}/confirm-actual");
        let hours = |to: &str| json!({"starts_at": "2026-04-04T20:00:00+08:00", "ends_at": format!("{to}:00+08:00")});
        let of = async |origin: &str| {
            let credit = credit_of(&post.own, post.one).await;
            let lots = credit["items"].as_array().unwrap().clone();
            lots.iter().filter(|lot| lot["origin"] == origin).map(|lot| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap()).sum::<i64>()
        };
        let allowance = async || post.own.get(&format!("/officers/{}/overtime-allowance?month=2026-04", post.one)).await.expect(200).body;
        for client in [&post.own, &post.force.leader] {
            client.post(&path, hours("2026-04-05T04:00")).await.expect(200);
        }
        assert_eq!((of("holiday_duty").await, of("rest_day_duty").await), (240, 240));
        let month = allowance().await;
        assert_eq!((&month["statutory_days_worked"], &month["rest_days_worked"], &month["amount"]), (&json!(0.5), &json!(0.5), &json!("90.00")));
        for client in [&post.own, &post.force.leader] {
            client.post(&path, hours("2026-04-05T00:00")).await.expect(200);
        }
        assert_eq!((of("holiday_duty").await, of("rest_day_duty").await), (0, 240));
        let month = allowance().await;
        assert_eq!((&month["statutory_days_worked"], &month["rest_days_worked"], &month["amount"]), (&json!(0), &json!(0.5), &json!("40.00")));
        assert_sound(&post.force.app);
    }

    /// What came past every act (an older version of the service, a restored record) the night settles, once.
    async fn the_night_heals(db: TestDatabase) {
        let post = Post::start(db).await;
        let app = &post.force.app;
        let unit = post.force.station;
        app.set_clock("2026-03-10T01:00:00Z");
        watch::shift(app, post.one, unit, "2026-03-09T10:00:00Z", 8);
        let second = watch::shift(app, post.one, unit, "2026-03-10T03:00:00Z", 6);
        app.set_clock("2026-03-10T20:00:00Z");
        let told = watch::run(app, "rest_scan");
        assert_eq!(told["settled"], 1, "{told}");
        let own = app.lasting(&post.own);
        assert_eq!(short(&own, post.one).await, [("2026-03-10".to_owned(), second.to_string(), 120)]);
        app.set_clock("2026-03-11T20:00:00Z");
        assert_eq!(watch::run(app, "rest_scan")["settled"], 0);
        watch::change(app, second, watch::cancelled);
        app.set_clock("2026-03-12T20:00:00Z");
        assert_eq!(watch::run(app, "rest_scan")["settled"], 1);
        assert_eq!(minutes(&own, post.one).await, Vec::<i64>::new());
        assert_sound(app);
    }

    /// Moved, cancelled and asked for as rest by many at once: what is left is what the roster says, or what is reserved.
    async fn many_at_once(db: TestDatabase) {
        let post = Post::start(db).await;
        let (first, second) = pair(&post).await;
        super::enter(&post.force, post.one, 120, "2026-02-25").await;
        let told = at_once((0..15).map(|at| {
            let (leader, own) = (post.force.leader.with("if-match", "*"), post.own.clone());
            let one = post.one;
            async move {
                let path = format!("/duty-shifts/{second}");
                match at % 3 {
                    0 => leader.patch(&path, json!({"starts_at": format!("2026-03-10T03:{:02}:00Z", at * 2), "override_reason": "专项行动"})).await,
                    1 => leader.patch(&format!("/duty-shifts/{first}"), json!({"ends_at": format!("2026-03-09T17:{:02}:00Z", at * 2), "override_reason": "专项行动"})).await,
                    _ => ask(&own, one, "2026-03-23", "2026-03-23", json!({"last_day": "am"})).await,
                }
            }
        }))
        .await;
        assert_only(&told, &[200, 201, 409, 422]);
        let shifts = post.own.get(&format!("/duty-shifts?officer_id={}", post.one)).await.expect(200);
        let at = |which: usize, name: &str| -> chrono::DateTime<chrono::Utc> {
            shifts.body["items"][which][name].as_str().unwrap().parse().unwrap()
        };
        let owed = 660 - (at(1, "starts_at") - at(0, "ends_at")).num_minutes();
        let credit = credit_of(&post.own, post.one).await;
        let lot = credit["items"].as_array().unwrap().iter().find(|lot| lot["origin"] == "short_daily_rest").unwrap().clone();
        let credited = lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap();
        assert_eq!(credited, owed.max(lot["reserved"].as_i64().unwrap()), "{credit}");
        assert_sound(&post.force.app);
    }

    /// A change that says nothing new changes nothing: no version, no entry in the trail; a keyed retry neither.
    async fn nothing_new(db: TestDatabase) {
        let post = Post::start(db).await;
        let (_, second) = pair(&post).await;
        let path = format!("/duty-shifts/{second}");
        let before = post.force.leader.get(&path).await.expect(200);
        let trail = records::count(&post.force.app.db, "audit_log");
        let any = post.force.leader.with("if-match", "*");
        for body in [
            json!({}),
            json!({"starts_at": "2026-03-10T11:00:00+08:00"}),
            json!({"kind": "duty", "counted_minutes": 360, "override_reason": " 专项行动 ", "unit_id": post.force.station}),
        ] {
            let told = any.patch(&path, body.clone()).await.expect(200);
            assert_eq!(told.header("etag"), before.header("etag"), "{body}");
        }
        assert_eq!(records::count(&post.force.app.db, "audit_log"), trail);
        assert_eq!(post.force.leader.with("if-match", "\"9\"").patch(&path, json!({})).await.says(), (412, "stale"));
        assert_eq!(any.patch(&path, json!({"counted_minutes": 361})).await.status, 422);
        let changed = any.patch(&path, json!({"counted_minutes": 300})).await.expect(200);
        assert_ne!(changed.header("etag"), before.header("etag"));
        assert_eq!(finding(&any.patch(&path, json!({"starts_at": "2026-03-10T02:00:00Z", "override_reason": "专项行动"})).await.expect(200).body, "rest.daily")["outcome"], "warn");
    }
}
