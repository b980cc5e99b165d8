//! Compensatory rest days draw on credit: enough of it, some of it with a reason, none of it never.

use serde_json::{Value, json};

use super::{credit_of, enter, finding};
use crate::app::Told;
use crate::crowd::{assert_only, assert_sound, at_once, count};
use crate::duty::Post;
use crate::imports::{CSV, counts, load, refusals};
use crate::leave::with;
use crate::records;

async fn comp(post: &Post, date: &str, more: Value) -> Told {
    let body = with(json!({"officer_id": post.one, "date": date, "kind": "comp"}), more);
    post.force.leader.post("/rest-days", body).await
}

async fn totals(post: &Post) -> Value {
    credit_of(&post.own, post.one).await["totals"].clone()
}

#[track_caller]
fn assert_measured(told: &Told, outcome: &str, available: i64) {
    let found = finding(&told.body, "rest.comp_credit");
    assert_eq!(
        (&found["outcome"], &found["measured"]["available_minutes"], &found["limit"]["needed_minutes"]),
        (&json!(outcome), &json!(available), &json!(480)),
        "{found}"
    );
}

both! {
    /// None: refused. Some: with a reason. Enough: without a word.
    async fn what_is_there(db: TestDatabase) {
        let post = Post::start(db).await;
        let told = comp(&post, "2026-03-14", json!({"override_reason": "先休后补"})).await;
        assert_eq!(told.says(), (422, "rest.comp_credit"));
        assert_measured(&told, "block", 0);
        assert_eq!(records::count(&post.force.app.db, "rest_days"), 0);
        enter(&post.force, post.one, 479, "2026-02-20").await;
        let bare = comp(&post, "2026-03-14", json!({})).await;
        assert_eq!((bare.status, &bare.body["errors"][0]["pointer"]), (422, &json!("/override_reason")), "{}", bare.body);
        assert_measured(&bare, "warn", 479);
        for (bad, code) in [(json!(" "), "missing_field"), (json!("x".repeat(1001)), "too_long")] {
            let told = comp(&post, "2026-03-14", json!({"override_reason": bad})).await;
            assert_eq!((told.status, &told.body["errors"][0]["code"]), (422, &json!(code)));
        }
        let told = comp(&post, "2026-03-14", json!({"override_reason": "余额不足一天"})).await.expect(201);
        assert_measured(&told, "warn", 479);
        assert_eq!(told.body["override_reason"], "余额不足一天");
        assert_eq!((&totals(&post).await["reserved"], &totals(&post).await["available_minutes"]), (&json!(479), &json!(0)));
        let shown = post.own.get(&format!("/rest-days/{}", told.id())).await.expect(200).body;
        assert_eq!(shown["override_reason"], "余额不足一天");
        // What is left is none again; one day of it is enough.
        assert_eq!(comp(&post, "2026-03-15", json!({"override_reason": "x"})).await.says(), (422, "rest.comp_credit"));
        enter(&post.force, post.one, 480, "2026-02-20").await;
        let told = comp(&post, "2026-03-15", json!({})).await.expect(201);
        assert_eq!(told.body["findings"], json!([]));
        assert_sound(&post.force.app);
    }

    /// Credit that is earned later covers no earlier day; what is wanted as pay covers none.
    async fn what_is_not_there_yet(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, "2026-03-10").await.expect(201).id();
        let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
        let told = post.force.leader.post(&format!("/rest-days/{day}/cancel"), body).await.expect(200);
        let lot = told.body["cancellation"]["lot_id"].as_str().unwrap().to_owned();
        assert_eq!(comp(&post, "2026-03-09", json!({})).await.says(), (422, "rest.comp_credit"), "the day before");
        post.own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": "pay"})).await.expect(200);
        assert_eq!(comp(&post, "2026-03-11", json!({})).await.says(), (422, "rest.comp_credit"));
        post.own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": "time"})).await.expect(200);
        comp(&post, "2026-03-11", json!({})).await.expect(201);
        assert_sound(&post.force.app);
    }

    /// On the date of one that was taken away: the new one stands in its place, once.
    async fn on_the_date_of_one_that_was_taken_away(db: TestDatabase) {
        let post = Post::start(db).await;
        enter(&post.force, post.one, 960, "2026-02-20").await;
        let first = comp(&post, "2026-03-14", json!({})).await.expect(201).id();
        assert_eq!(comp(&post, "2026-03-14", json!({})).await.body["errors"][0]["pointer"], "/date");
        let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
        post.force.leader.post(&format!("/rest-days/{first}/cancel"), body).await.expect(200);
        let told = comp(&post, "2026-03-14", json!({})).await.expect(201);
        assert_eq!((&told.body["replaces_id"], &totals(&post).await["reserved"]), (&json!(first), &json!(480)));
        let shown = post.own.get(&format!("/rest-days/{first}")).await.expect(200).body;
        assert_eq!(shown["cancellation"]["replaced_by"]["id"], told.body["id"]);
        let again = post.force.leader.post(&format!("/rest-days/{first}/reroster"), json!({"date": "2026-03-15"})).await;
        assert_eq!(again.says(), (409, "wrong_state"));
        assert_eq!(comp(&post, "2026-03-14", json!({})).await.body["errors"][0]["pointer"], "/date");
        assert_sound(&post.force.app);
    }

    /// Two at once for the same minutes: one day.
    async fn two_at_once(db: TestDatabase) {
        let post = Post::start(db).await;
        enter(&post.force, post.one, 480, "2026-02-20").await;
        let told = at_once((0..6).map(|at| {
            let (leader, officer) = (post.force.leader.clone(), post.one);
            let body = json!({"officer_id": officer, "date": format!("2026-03-{}", 10 + at), "kind": "comp"});
            async move { leader.post("/rest-days", body).await }
        }))
        .await;
        assert_only(&told, &[201, 422]);
        assert_eq!((count(&told, 201), &totals(&post).await["reserved"]), (1, &json!(480)));
        assert_sound(&post.force.app);
    }

    /// Entered when its date is over, a day draws nothing before its officer has said that it was taken; then it draws, once.
    async fn a_day_that_was_entered_late(db: TestDatabase) {
        let post = Post::start(db).await;
        let lot = enter(&post.force, post.one, 480, "2026-01-20").await;
        let late = |date: &str| json!({"officer_id": post.one, "date": date, "kind": "comp", "reason": "补录"});
        let first = post.force.hr.post("/rest-days", late("2026-02-10")).await.expect(201).id();
        let second = post.force.hr.post("/rest-days", late("2026-02-11")).await.expect(201).id();
        let shown = totals(&post).await;
        assert_eq!((&shown["used"], &shown["reserved"], &shown["available_minutes"]), (&json!(0), &json!(0), &json!(480)));
        // It is still theirs to choose for.
        for choice in ["pay", "time"] {
            post.own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": choice})).await.expect(200);
        }
        post.own.act(&format!("/rest-days/{first}/confirm")).await.expect(200);
        post.own.act(&format!("/rest-days/{first}/confirm")).await.expect(200);
        let shown = totals(&post).await;
        assert_eq!((&shown["used"], &shown["available_minutes"]), (&json!(480), &json!(0)));
        // Nothing is left for the other: it is not confirmed, and hr takes it back.
        let refused = post.own.act(&format!("/rest-days/{second}/confirm")).await;
        assert_eq!(refused.says(), (409, "rest.comp_credit"));
        assert_measured(&refused, "block", 0);
        let cancel = json!({"notified_at": "2026-03-01T01:00:00Z", "reason_code": "other", "note": "录入错误"});
        let path = |id| format!("/rest-days/{id}/cancel");
        assert_eq!(post.force.leader.post(&path(second), cancel.clone()).await.because(), "no_duty", "who did not enter it");
        assert_eq!(post.force.hr.post(&path(first), cancel.clone()).await.because(), "taken");
        for _ in 0..2 {
            let told = post.force.hr.post(&path(second), cancel.clone()).await.expect(200);
            assert_eq!((&told.body["state"], &told.body["cancellation"]), (&json!("cancelled"), &Value::Null));
        }
        assert_eq!(post.own.act(&format!("/rest-days/{second}/confirm")).await.because(), "cancelled");
        assert_eq!(totals(&post).await["minutes"], 480, "nothing was earned by it");
        assert_eq!(records::count(&post.force.app.db, "outbox WHERE topic = 'rest_day.withdrawn'"), 1);
        assert_sound(&post.force.app);
    }

    /// A day of which nobody was told by its date spends nothing: its credit is owed again, until the officer says that it was
    /// rest. Published when it is over it is not told in time.
    async fn a_day_that_nobody_was_told_of(db: TestDatabase) {
        let post = Post::start(db).await;
        enter(&post.force, post.one, 960, "2026-02-20").await;
        let untold = comp(&post, "2026-03-10", json!({})).await.expect(201).id();
        let late = comp(&post, "2026-03-11", json!({})).await.expect(201).id();
        assert_eq!(totals(&post).await["reserved"], 960);
        post.force.app.set_clock("2026-03-10T15:59:59Z");
        assert_eq!(totals(&post).await["available_minutes"], 0, "on its date");
        post.force.app.set_clock("2026-03-12T01:00:00Z");
        let week = json!({"unit_id": post.force.station, "from": "2026-03-11", "to": "2026-03-11"});
        post.force.leader.post("/rosters/publish", week).await.expect(201);
        let shown = totals(&post).await;
        assert_eq!((&shown["used"], &shown["reserved"], &shown["available_minutes"]), (&json!(0), &json!(0), &json!(960)));
        for (day, used) in [(late, 480), (untold, 960)] {
            post.own.act(&format!("/rest-days/{day}/confirm")).await.expect(200);
            assert_eq!(totals(&post).await["used"], used);
        }
        // What its officer used otherwise meanwhile is not there twice.
        enter(&post.force, post.one, 480, "2026-02-20").await;
        let third = comp(&post, "2026-03-13", json!({})).await.expect(201).id();
        post.force.app.set_clock("2026-03-14T01:00:00Z");
        comp(&post, "2026-03-20", json!({})).await.expect(201);
        assert_eq!(post.own.act(&format!("/rest-days/{third}/confirm")).await.says(), (409, "rest.comp_credit"));
        assert_sound(&post.force.app);
    }

    /// Who plans for whom is as ever; a reason is said of what asks for one.
    async fn by_whom(db: TestDatabase) {
        let post = Post::start(db).await;
        enter(&post.force, post.one, 480, "2026-02-20").await;
        let body = json!({"officer_id": post.one, "date": "2026-03-14", "kind": "comp"});
        assert_eq!(post.force.other_leader.post("/rest-days", body.clone()).await.says(), (404, "not_found"));
        assert_eq!(post.own.post("/rest-days", body).await.says(), (403, "forbidden"));
        let weekly = json!({"officer_id": post.one, "date": "2026-03-14", "kind": "weekly", "override_reason": "x"});
        let told = post.force.leader.post("/rest-days", weekly).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/override_reason")));
    }

    /// A file says the same of each of its rows, one after the other.
    async fn days_of_a_file(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = "警号,日期,开始,结束,类别\n100100,2026-04-06,,,补休\n100100,2026-04-07,,,补休\n";
        let path = "/rosters/import";
        let column = |row: i64, code: &str| (row, "日期".to_owned(), code.to_owned());
        let told = load(&post.force.leader, path, CSV, file.as_bytes()).await;
        assert_eq!((told.says(), refusals(&told)), ((422, "import_refused"), vec![column(2, "rest.comp_credit"), column(3, "rest.comp_credit")]));
        // Enough for one and a half: the second asks for a reason.
        enter(&post.force, post.one, 720, "2026-02-20").await;
        let told = load(&post.force.leader, path, CSV, file.as_bytes()).await;
        assert_eq!((told.says(), refusals(&told)), ((422, "import_refused"), vec![column(3, "missing_field")]), "{}", told.body);
        assert_eq!(totals(&post).await["reserved"], 0);
        let with_reason = "/rosters/import?override_reason=%E4%B8%93%E9%A1%B9";
        assert_eq!(counts(&load(&post.force.leader, with_reason, CSV, file.as_bytes()).await.expect(200)), (2, 0, 0));
        assert_eq!(totals(&post).await["reserved"], 720);
        // The same file again changes nothing, and needs nothing.
        assert_eq!(counts(&load(&post.force.leader, path, CSV, file.as_bytes()).await.expect(200)), (0, 0, 2));
        // One moves to another date: what the first held covers it.
        let other = "警号,日期,开始,结束,类别\n100100,2026-04-06,08:00,16:00,勤务\n100100,2026-04-08,,,补休\n";
        load(&post.force.leader, path, CSV, other.as_bytes()).await.expect(200);
        assert_eq!(totals(&post).await["reserved"], 720);
        assert_sound(&post.force.app);
    }
}
