//! A roster that is imported again: what changed is changed, what is the same stays, what others entered is theirs.

use serde_json::{Value, json};

use super::Post;
use crate::app::Told;
use crate::crowd::at_once;
use crate::imports::{CSV, counts, load, refusals};
use crate::leave::items;
use crate::records;

const LEGEND: &str = "图例：白=08:00-16:00；夜=值班20:00-08:00；备=备勤18:00-20:00\n";

impl Post {
    async fn roster(&self, query: &str, rows: &str) -> Told {
        let file = format!("{LEGEND}警号,2026-04-01,2026-04-02,2026-04-03,2026-04-04\n{rows}");
        load(&self.force.leader, &format!("/rosters/import{query}"), CSV, file.as_bytes()).await
    }

    async fn state_of(&self) -> (Vec<Value>, Vec<Value>) {
        let of = async |path: &str| {
            let list =
                self.force.leader.get(&format!("{path}?officer_id={}&from=2026-04-01", self.one)).await.expect(200);
            items(&list).iter().filter(|one| one["state"] != "cancelled").cloned().collect::<Vec<Value>>()
        };
        (of("/duty-shifts").await, of("/rest-days").await)
    }
}

fn starts(shifts: &[Value]) -> Vec<&str> {
    shifts.iter().map(|one| one["starts_at"].as_str().unwrap()).collect()
}

both! {
    /// From duty to another duty, to rest, and back; what was is kept, what is not said stays.
    async fn cells_that_change(db: TestDatabase) {
        let post = Post::start(db).await;
        post.roster("", "100100,白,白,白,\n").await.expect(200);
        let (before, _) = post.state_of().await;
        // A night in place of a day, then nothing in place of a duty, a rest where nothing was.
        let tried = post.roster("?dry_run=true", "100100,白,夜,下,休\n").await.expect(200);
        assert_eq!((counts(&tried), &tried.body["rejected"]), ((1, 2, 1), &json!([])), "{}", tried.body);
        let change = &tried.body["changed"][0];
        assert_eq!((&change["cell"], &change["date"], &change["badge_no"]), (&json!("C3"), &json!("2026-04-02"), &json!("100100")));
        assert_eq!((&change["before"][0]["shift"]["kind"], &change["after"][0]["shift"]["kind"]), (&json!("duty"), &json!("overnight")));
        assert_eq!(change["after"][0]["shift"]["starts_at"], "2026-04-02T12:00:00Z");
        assert_eq!(post.state_of().await.0, before, "a trial changes nothing");
        let told = post.roster("", "100100,休,夜,下,\n").await.expect(200);
        assert_eq!(counts(&told), (0, 3, 0), "{}", told.body);
        let (shifts, rest) = post.state_of().await;
        assert_eq!((starts(&shifts), rest.len()), (vec!["2026-04-02T12:00:00Z"], 1));
        assert_eq!(shifts[0]["id"], before[1]["id"], "the same record, changed");
        assert_eq!(records::count(&post.force.app.db, "duty_shift_history"), 3);
        // And back again.
        let told = post.roster("", "100100,白,白,白,\n").await.expect(200);
        assert_eq!(counts(&told), (1, 2, 0), "{}", told.body);
        let (shifts, rest) = post.state_of().await;
        assert_eq!((shifts.len(), rest.len()), (3, 0));
        let again = post.roster("", "100100,白,白,白,\n").await.expect(200);
        assert_eq!((counts(&again), &again.body["changed"]), ((0, 0, 3), &json!([])));
        // One of two is taken back; two change places.
        post.roster("", "100100,白/备,,,\n").await.expect(200);
        let told = post.roster("", "100100,白,,,\n").await.expect(200);
        assert_eq!((counts(&told).1, post.state_of().await.0.len()), (1, 3), "{}", told.body);
        let auditor = post.force.app.as_role("auditor", respite::rules::terms::Role::Auditor, None).await;
        let trail = auditor.get("/audit?act=duty_shift.changed").await.expect(200);
        assert_eq!(items(&trail).len(), 2);
        assert_eq!(records::count(&post.force.app.db, "comp_lots"), 0, "rest that nobody was told of is not taken away");
    }

    /// In the long form a row changes the turn of its date; overtime comes beside it.
    async fn rows_that_change(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = |rows: &str| format!("警号,日期,开始,结束,类别\n{rows}");
        let send = async |rows: &str| load(&post.force.leader, "/rosters/import", CSV, file(rows).as_bytes()).await;
        send("100100,2026-04-01,08:00,16:00,勤务\n100100,2026-04-02,08:00,16:00,勤务\n").await.expect(200);
        let told = send("100100,2026-04-01,10:00,18:00,勤务\n").await.expect(200);
        assert_eq!(counts(&told), (0, 1, 0), "{}", told.body);
        let told = send("100100,2026-04-02,18:00,20:00,加班\n").await.expect(200);
        assert_eq!(counts(&told), (1, 0, 0), "beside the turn: {}", told.body);
        let (shifts, _) = post.state_of().await;
        assert_eq!(starts(&shifts), ["2026-04-01T02:00:00Z", "2026-04-02T00:00:00Z", "2026-04-02T10:00:00Z"]);
        let told = send("100100,2026-04-01,,,休息\n").await.expect(200);
        assert_eq!((counts(&told).1, post.state_of().await.0.len()), (1, 2));
    }

    /// What was entered by hand, swapped or confirmed is not a file's to change.
    async fn what_others_entered_stays(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-04-01T08:00", "2026-04-01T16:00").await.expect(201);
        let told = post.roster("", "100100,备,,,\n").await.expect(200);
        assert_eq!((counts(&told), post.state_of().await.0.len()), ((1, 0, 0), 2), "no overlap, so beside it: {}", told.body);
        let told = post.roster("", "100100,休,,,\n").await;
        assert_eq!(refusals(&told), [(3, "2026-04-01".to_owned(), "rest.has_duty".to_owned())], "{}", told.body);
        post.plan(post.one, "2026-04-03T10:00", "2026-04-03T18:00").await.expect(201);
        let told = post.roster("", "100100,,,白,\n").await;
        assert_eq!(refusals(&told)[0].2, "rest.overlap", "{}", told.body);
        assert_eq!(told.body["rejected"][0]["cell"], "D3");
    }

    /// A published roster changes as it does one by one: shifts are changed and their officers told; to take one back a
    /// reason is asked for; rest that was told of is cancelled by hand alone.
    async fn published_rosters(db: TestDatabase) {
        let post = Post::start(db).await;
        post.roster("", "100100,白,白,休,\n").await.expect(200);
        let body = json!({"unit_id": post.force.station, "from": "2026-04-01", "to": "2026-04-30"});
        post.force.leader.post("/rosters/publish", body).await.expect(201);
        let told = post.roster("", "100100,夜,,,\n").await.expect(200);
        assert_eq!(counts(&told), (0, 1, 0));
        let (shifts, _) = post.state_of().await;
        assert_eq!((&shifts[0]["state"], &shifts[0]["kind"]), (&json!("published"), &json!("overnight")));
        let told = post.roster("", "100100,,下,,\n").await;
        assert_eq!((told.says(), refusals(&told)), ((422, "import_refused"), vec![(3, "2026-04-02".to_owned(), "missing_field".to_owned())]), "{}", told.body);
        post.roster("?override_reason=x", "100100,,下,,\n").await.expect(200);
        assert_eq!(post.state_of().await.0.len(), 1);
        let told = post.roster("", "100100,,,白,\n").await;
        assert_eq!(refusals(&told)[0].2, "rest.rest_day", "{}", told.body);
    }

    /// The same file from several at once: it is stored once, everybody else finds it there.
    async fn the_same_file_at_once(db: TestDatabase) {
        let post = Post::start(db).await;
        let second = post.second_leader().await;
        let file = format!("{LEGEND}警号,2026-04-01,2026-04-02\n100100,白,休\n100101,夜,下\n");
        let told = at_once((0..6).map(|at| {
            let (client, file) = (if at % 2 == 0 { post.force.leader.clone() } else { second.clone() }, file.clone());
            async move { load(&client, "/rosters/import", CSV, file.as_bytes()).await }
        }))
        .await;
        let all: Vec<_> = told.iter().map(counts).collect();
        assert_eq!(all.iter().filter(|counts| **counts == (3, 0, 1)).count(), 1, "{all:?}");
        assert_eq!(all.iter().filter(|counts| **counts == (0, 0, 4)).count(), 5, "{all:?}");
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 2);
    }

    /// One's own row may stand in the file as long as it says what is so.
    async fn ones_own_row(db: TestDatabase) {
        let post = Post::start(db).await;
        let head = post.force.with_roles("head", post.one, &[(respite::rules::terms::Role::Leader, Some(post.force.station))]).await;
        post.roster("", "100100,白,休,,\n100101,白,,,\n").await.expect(200);
        let send = async |rows: &str| {
            let file = format!("{LEGEND}警号,2026-04-01,2026-04-02,2026-04-03\n{rows}");
            load(&head, "/rosters/import", CSV, file.as_bytes()).await
        };
        assert_eq!(counts(&send("100100,白,休,\n100101,夜,,\n").await.expect(200)), (0, 1, 2));
        let told = send("100100,夜,休,白\n100101,夜,,\n").await;
        assert_eq!(refusals(&told), [(3, "警号".to_owned(), "not_yours".to_owned())], "{}", told.body);
    }

    /// A roster that a pattern made is corrected by a file.
    async fn a_pattern_is_corrected_by_a_file(db: TestDatabase) {
        let post = Post::start(db).await;
        let cycle = json!({"name": "白休", "teams": 1, "unit_id": post.force.station, "cycle": [{"kind": "duty", "starts": "08:00", "minutes": 480, "code": "白"}, {"rest": "weekly", "code": "休"}]});
        let pattern = post.force.leader.post("/roster-patterns", cycle).await.expect(201).id();
        let body = json!({"pattern_id": pattern, "unit_id": post.force.station, "from": "2026-04-01", "to": "2026-04-04", "assignments": [{"officer_id": post.one, "team": 1}]});
        post.force.leader.post("/rosters/generate", body).await.expect(200);
        assert_eq!(counts(&post.roster("", "100100,白,休,白,休\n").await.expect(200)), (0, 0, 4));
        let told = post.roster("", "100100,白,白,休,休\n").await.expect(200);
        assert_eq!(counts(&told), (0, 2, 2), "{}", told.body);
        assert_eq!(starts(&post.state_of().await.0), ["2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"]);
    }
}
