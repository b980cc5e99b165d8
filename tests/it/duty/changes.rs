//! What a roster file says it changes: what would be stored without its refused rows, and the rest days that worked duty
//! takes away.

use serde_json::{Value, json};

use super::Post;
use crate::app::Told;
use crate::crowd::assert_sound;
use crate::imports::{CSV, load, refusals};

const HEADER: &str = "badge_no,date,starts,ends,kind,reason\n";

async fn send(post: &Post, query: &str, rows: &str) -> Told {
    load(&post.force.leader, &format!("/rosters/import{query}"), CSV, format!("{HEADER}{rows}").as_bytes()).await
}

/// Row, date, what was and what comes, in a word each.
fn changed(told: &Told) -> Vec<(u64, String, Vec<String>, Vec<String>)> {
    let word = |one: &Value| match one.get("rest") {
        Some(rest) => rest["kind"].as_str().unwrap().to_owned(),
        None => one["shift"]["starts_at"].as_str().unwrap()[5..16].to_owned(),
    };
    let words = |one: &Value| one.as_array().unwrap().iter().map(word).collect();
    let of = |one: &Value| {
        (
            one["row"].as_u64().unwrap(),
            one["date"].as_str().unwrap().to_owned(),
            words(&one["before"]),
            words(&one["after"]),
        )
    };
    told.body["changed"].as_array().unwrap().iter().map(of).collect()
}

fn line(row: u64, on: &str, before: &[&str], after: &[&str]) -> (u64, String, Vec<String>, Vec<String>) {
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    (row, on.to_owned(), words(before), words(after))
}

both! {
    /// Of two rows of a date the refused one is not told; of a date whose rows are all refused nothing is, also where an
    /// earlier roster planned something.
    async fn of_refused_rows_nothing(db: TestDatabase) {
        let post = Post::start(db).await;
        let rows = "100100,2026-04-01,08:00,16:00,duty,\n100100,2026-04-01,12:00,18:00,training,\n100100,2026-04-02,08:00,16:00,duty,\n";
        let tried = send(&post, "?dry_run=true", rows).await.expect(200);
        assert_eq!(refusals(&tried), [(3, "date".to_owned(), "rest.overlap".to_owned())]);
        let told = [line(2, "2026-04-01", &[], &["04-01T00:00"]), line(4, "2026-04-02", &[], &["04-02T00:00"])];
        assert_eq!(changed(&tried), told);
        let refused = send(&post, "", rows).await;
        assert_eq!((refused.says(), changed(&refused)), ((422, "import_refused"), told.to_vec()), "the same when it is meant");
        // What is told is what is stored once the row is out.
        let out = rows.replace("100100,2026-04-01,12:00,18:00,training,\n", "");
        assert_eq!(changed(&send(&post, "", &out).await.expect(200)), [told[0].clone(), line(3, "2026-04-02", &[], &["04-02T00:00"])]);
        // Over what stands: the first row takes its place, the second is refused.
        let over = "100100,2026-04-01,09:00,17:00,duty,\n100100,2026-04-01,12:00,18:00,training,\n";
        let tried = send(&post, "?dry_run=true", over).await.expect(200);
        assert_eq!(changed(&tried), [line(2, "2026-04-01", &["04-01T00:00"], &["04-01T01:00"])], "{}", tried.body);

        // A rest day of another kind on a date that is over: only hr enters it, so the one that stands stays.
        send(&post, "", "100101,2026-04-05,,,weekly,\n").await.expect(200);
        post.force.app.set_clock("2026-04-06T01:00:00Z");
        let late = "100101,2026-04-05,,,rotation,\n";
        let tried = send(&post, "?dry_run=true", late).await.expect(200);
        assert_eq!(refusals(&tried), [(2, "date".to_owned(), "rest.past_day".to_owned())]);
        assert_eq!(changed(&tried), [], "{}", tried.body);
        let header_and = format!("{HEADER}{late}");
        let by_hr = load(&post.force.hr, "/rosters/import?dry_run=true", CSV, header_and.as_bytes()).await.expect(200);
        assert_eq!(changed(&by_hr), [line(2, "2026-04-05", &["weekly"], &["rotation"])]);
        // Where a reason alone is missing, what it is asked for is told.
        send(&post, "", "100100,2026-04-09,08:00,16:00,duty,\n").await.expect(200);
        let month = json!({"unit_id": post.force.station, "from": "2026-04-09", "to": "2026-04-09"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        let tried = send(&post, "?dry_run=true", "100100,2026-04-09,,,rest,\n").await.expect(200);
        assert_eq!((refusals(&tried).len(), &tried.body["asks_override_reason"]), (1, &json!(true)), "{}", tried.body);
        assert_eq!(changed(&tried), [line(2, "2026-04-09", &["04-09T00:00"], &["weekly"])]);
    }

    /// A published rest day that is still to come no file takes away. Duty that was worked on one does, as one by one: with a
    /// reason, told as what was before, with its credit; also by a night that reaches into it. One that was taken stays.
    async fn published_rest_days(db: TestDatabase) {
        let post = Post::start(db).await;
        for day in ["2026-03-08", "2026-03-15", "2026-03-22"] {
            post.rest(post.one, day).await.expect(201);
        }
        let month = json!({"unit_id": post.force.station, "from": "2026-03-01", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        post.force.app.set_clock("2026-03-17T01:00:00Z");
        let coming = "100100,2026-03-22,08:00,16:00,duty,专项行动\n";
        let refused = send(&post, "", coming).await;
        assert_eq!(refusals(&refused), [(2, "date".to_owned(), "rest.rest_day".to_owned())]);
        assert_eq!(changed(&refused), []);
        let bare = send(&post, "?dry_run=true", "100100,2026-03-08,08:00,16:00,duty,\n").await.expect(200);
        assert_eq!(refusals(&bare), [(2, "date".to_owned(), "missing_field".to_owned())]);
        assert_eq!(changed(&bare), [line(2, "2026-03-08", &["weekly"], &["03-08T00:00"])]);
        let worked = "100100,2026-03-08,08:00,16:00,duty,专项行动\n100100,2026-03-14,22:00,06:00,overnight,专项行动\n";
        let told = send(&post, "", worked).await.expect(200);
        let expected = [
            line(2, "2026-03-08", &["weekly"], &["03-08T00:00"]),
            line(3, "2026-03-14", &[], &["03-14T14:00"]),
            line(3, "2026-03-15", &["weekly"], &[]),
        ];
        assert_eq!(changed(&told), expected, "{}", told.body);
        let days = post.own.get(&format!("/rest-days?officer_id={}", post.one)).await.expect(200);
        let state = |on: &str| {
            let day = crate::leave::items(&days).iter().find(|day| day["date"] == on).unwrap();
            (day["state"].clone(), day["cancellation"]["minutes"].clone())
        };
        assert_eq!(state("2026-03-08"), (json!("cancelled"), json!(480)));
        assert_eq!(state("2026-03-15"), (json!("cancelled"), json!(480)));
        assert_eq!(state("2026-03-22").0, "published");
        // Taken, says the officer: then it was not worked.
        post.force.app.set_clock("2026-03-23T01:00:00Z");
        let last = crate::leave::items(&days).iter().find(|day| day["date"] == "2026-03-22").unwrap()["id"].clone();
        post.own.act(&format!("/rest-days/{}/confirm", last.as_str().unwrap())).await.expect(200);
        let refused = send(&post, "", coming).await;
        assert_eq!(refusals(&refused), [(2, "date".to_owned(), "rest.rest_day".to_owned())]);
        assert_eq!(changed(&refused), []);
        assert_sound(&post.force.app);
    }
}
