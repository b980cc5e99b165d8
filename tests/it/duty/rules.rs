//! What the rules of rest do to a write: scenarios of the sheet, reasons, credit, suggestions.

use serde_json::{Value, json};

use super::Post;
use crate::leave::{finding, items, with};
use crate::records;

both! {
    /// on duty Monday 3 to Saturday 8 March 2025; a seventh day is refused, and somebody else could have it.
    async fn a_seventh_day_is_refused_with_a_swap(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.app.set_clock("2025-02-20T01:00:00Z");
        for day in 3..=8 {
            post.plan(post.one, &format!("2025-03-{day:02}T08:00"), &format!("2025-03-{day:02}T16:00")).await.expect(201);
        }
        let told = post.plan(post.one, "2025-03-09T08:00", "2025-03-09T16:00").await;
        assert_eq!(told.says(), (422, "rest.weekly"), "{}", told.body);
        let why = finding(&told.body, "rest.weekly");
        assert_eq!((&why["rule_id"], &why["measured"]["consecutive_days"]), (&json!("R1"), &json!(7)));
        assert_eq!(why["limit"]["consecutive_days_max"], 6);
        let swaps: Vec<&Value> = why["suggestions"].as_array().unwrap().iter().filter(|one| one["kind"] == "swap").collect();
        assert_eq!((&swaps[0]["officer_id"], &swaps[0]["badge_no"]), (&json!(post.other), &json!("100101")), "{why}");
        let later = why["suggestions"].as_array().unwrap().iter().find(|one| one["kind"] == "shift").unwrap();
        assert_eq!(later["starts_at"], "2025-03-10T00:00:00Z", "{why}");
        // The preview says the same, and what it suggests is accepted.
        let check = post.force.leader.post("/duty-shifts/check", post.shift(post.one, "2025-03-09T08:00", "2025-03-09T16:00")).await.expect(200);
        assert_eq!((&check.body["acceptable"], &check.body["findings"]), (&json!(false), &told.body["findings"]));
        post.plan(post.other, "2025-03-09T08:00", "2025-03-09T16:00").await.expect(201);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 7);
    }

    /// nine hours of rest need a reason and give two hours back, once.
    async fn a_short_rest_needs_a_reason_and_is_given_back(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-03-09T18:00", "2026-03-10T02:00").await.expect(201);
        let told = post.plan(post.one, "2026-03-10T11:00", "2026-03-10T17:00").await;
        assert_eq!(told.status, 422, "{}", told.body);
        assert_eq!((&told.body["errors"][0]["pointer"], &told.body["errors"][0]["code"]), (&json!("/override_reason"), &json!("missing_field")));
        let why = finding(&told.body, "rest.daily");
        assert_eq!((&why["outcome"], &why["measured"]["gap_minutes"], &why["limit"]["gap_minutes_min"]), (&json!("warn"), &json!(540), &json!(660)));
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 1, "nothing changed");
        let check = post.force.leader.post("/duty-shifts/check", post.shift(post.one, "2026-03-10T11:00", "2026-03-10T17:00")).await.expect(200);
        assert_eq!((&check.body["acceptable"], &check.body["asks_override_reason"]), (&json!(true), &json!(true)));
        let told = post.plan_anyway(post.one, "2026-03-10T11:00", "2026-03-10T17:00").await.expect(201);
        assert_eq!((&told.body["override_reason"], finding(&told.body, "rest.daily")["outcome"].as_str()), (&json!("专项行动"), Some("warn")));
        let lots = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!(items(&lots).len(), 1, "{}", lots.body);
        assert_eq!((&items(&lots)[0]["minutes"], &items(&lots)[0]["origin"]), (&json!(120), &json!("short_daily_rest")));
        // Taken back it made no rest short; entered again it does once more, and only once.
        let open = async || {
            let lots = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
            items(&lots).iter().map(|lot| lot["available_minutes"].as_i64().unwrap()).sum::<i64>()
        };
        let cancel = format!("/duty-shifts/{}/cancel", told.id());
        post.force.leader.post(&cancel, json!({"reason": "调整"})).await.expect(200);
        assert_eq!(open().await, 0);
        post.plan_anyway(post.one, "2026-03-10T11:00", "2026-03-10T17:00").await.expect(201);
        assert_eq!(open().await, 120);
        // Below eight hours no reason helps.
        assert_eq!(post.plan_anyway(post.one, "2026-03-11T00:59", "2026-03-11T06:00").await.says(), (422, "rest.daily"));
        // Eleven hours exactly are enough.
        post.plan(post.other, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201);
        post.plan(post.other, "2026-03-10T03:00", "2026-03-10T09:00").await.expect(201);
    }

    /// after an overnight duty nothing begins for a day; a day of compensation is proposed.
    async fn after_an_overnight_duty(db: TestDatabase) {
        let post = Post::start(db).await;
        let overnight = with(post.shift(post.one, "2026-03-09T18:00", "2026-03-10T08:00"), json!({"kind": "overnight"}));
        post.force.leader.post("/duty-shifts", overnight).await.expect(201);
        for from in ["2026-03-10T14:00", "2026-03-11T07:59"] {
            let to = if from.contains("-10T") { "2026-03-10T18:00" } else { "2026-03-11T12:00" };
            let told = post.plan_anyway(post.one, from, to).await;
            assert_eq!(told.says().0, 422, "{from}: {}", told.body);
            let why = finding(&told.body, "rest.after_overnight");
            assert_eq!(why["outcome"], "block");
            assert!(why["suggestions"].as_array().unwrap().iter().any(|one| one["kind"] == "comp_day"), "{why}");
        }
        post.plan(post.one, "2026-03-11T08:00", "2026-03-11T12:00").await.expect(201);
    }

    /// What stood before does not refuse an unrelated write, and an edit that heals passes.
    async fn only_what_is_newly_caused_refuses(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-03-09T18:00", "2026-03-10T02:00").await.expect(201);
        let second = post.plan_anyway(post.one, "2026-03-10T11:00", "2026-03-10T17:00").await.expect(201);
        // Unrelated, two days later: no reason is asked for.
        post.plan(post.one, "2026-03-12T08:00", "2026-03-12T16:00").await.expect(201);
        let path = format!("/duty-shifts/{}", second.id());
        let tagged = post.force.leader.with("if-match", second.header("etag"));
        let healed = tagged.patch(&path, json!({"starts_at": "2026-03-10T05:00:00Z", "override_reason": null})).await.expect(200);
        assert!(healed.body.get("findings").is_none(), "{}", healed.body);
        let tagged = post.force.leader.with("if-match", healed.header("etag"));
        let told = tagged.patch(&path, json!({"starts_at": "2026-03-10T04:00:00Z"})).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/override_reason")));
    }
}
