//! What a roster file is told: people out of reach as if they were not there, people of whom nothing is said, what is new.

use serde_json::{Value, json};

use super::Post;
use crate::app::Told;
use crate::imports::{CSV, counts, load, refusals};
use crate::records;

const LEGEND: &str = "图例：白=08:00-16:00\n";

async fn send(post: &Post, query: &str, rows: &str) -> Told {
    let file = format!("{LEGEND}警号,姓名,2026-04-01,2026-04-02\n{rows}");
    load(&post.force.leader, &format!("/rosters/import{query}"), CSV, file.as_bytes()).await
}

/// Row, column, cell, code and what was expected of each refusal.
fn told(answer: &Told) -> Vec<Value> {
    let rejected = answer.body["rejected"].as_array().unwrap();
    let of = |one: &Value| json!([one["row"], one["column"], one["cell"], one["code"], one["expected"]]);
    rejected.iter().map(of).collect()
}

both! {
    /// Somebody of another unit is answered as somebody who is not there: one line, at the badge number, and the same words;
    /// whatever their cells say.
    async fn of_another_unit(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.officer_with("100170", json!({"unit_id": post.force.other_station, "name": "外单位"})).await;
        for cells in ["白,休", "X,白/中", "年休,下", "白,", ",", "08:00-16:00,休"] {
            let theirs = send(&post, "?dry_run=true", &format!("100170,别名,{cells}\n")).await.expect(200);
            let nobody = send(&post, "?dry_run=true", &format!("999170,别名,{cells}\n")).await.expect(200);
            assert_eq!(told(&theirs), told(&nobody), "{cells}");
            assert_eq!(theirs.body["warnings"], nobody.body["warnings"], "{cells}");
            let unknown: Vec<Value> = told(&theirs).into_iter().filter(|one| one[3] == "officer_unknown").collect();
            let [one] = unknown.try_into().unwrap();
            assert_eq!((&one[0], &one[1], &one[2]), (&json!(3), &json!("警号"), &json!("A3")), "{cells}");
        }
        let long = |badge: &str| format!("警号,日期,开始,结束,类别\n{badge},2026-04-01,08:00,16:00,勤务\n{badge},2026-04-02,,,休息\n");
        let mut answers = Vec::new();
        for badge in ["100170", "999170"] {
            let answer = load(&post.force.leader, "/rosters/import", CSV, long(badge).as_bytes()).await;
            assert_eq!(answer.says(), (422, "import_refused"));
            answers.push(told(&answer));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0].len(), 2, "each row of the long form is a row");
        // Their own leader, and hr of both, plan them.
        let file = format!("{LEGEND}警号,2026-04-01\n100170,白\n");
        for (client, status) in [(&post.force.leader, 422), (&post.force.other_leader, 200), (&post.force.hr, 200)] {
            assert_eq!(load(client, "/rosters/import", CSV, file.as_bytes()).await.status, status);
        }
    }

    /// A transfer: on the dates on which the officer is the caller's they are planned, on others they are not there.
    async fn who_comes_and_goes(db: TestDatabase) {
        let post = Post::start(db).await;
        let goes = json!({"unit_id": post.force.other_station, "effective_on": "2026-04-02"});
        post.force.hr.post(&format!("/officers/{}/transfer", post.one), goes).await.expect(200);
        assert_eq!(counts(&send(&post, "", "100100,,白,\n").await.expect(200)), (1, 0, 0));
        let refused = send(&post, "", "100100,,,白\n").await;
        assert_eq!(refusals(&refused), [(3, "警号".to_owned(), "officer_unknown".to_owned())], "{}", refused.body);
        assert_eq!(refused.body["rejected"][0]["cell"], "A3");
    }

    /// In the long form a row that cannot be read is somebody's all the same: whose, and of which unit, is told with it.
    async fn every_fault_of_a_row(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = "警号,日期,开始,结束,类别,单位代码\n999999,2026-02-30,08:00,16:00,勤务,\n100100,2026-13-01,25:00,16:00,勤务,999\n\
                    999998,2026-04-01,08:00,16:00,值夜,\n100100,2026-02-31,08:00,16:00,勤务,\n,2026-04-01,08:00,16:00,勤务,\n";
        let refused = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await;
        assert_eq!(refused.says(), (422, "import_refused"));
        let mut all = refusals(&refused);
        all.sort();
        let line = |row, column: &str, code: &str| (row, column.to_owned(), code.to_owned());
        let expected = [
            line(2, "日期", "date_impossible"), line(2, "警号", "officer_unknown"),
            line(3, "单位代码", "unit_unknown"), line(3, "开始", "time_unreadable"), line(3, "日期", "date_impossible"),
            line(4, "类别", "duty_kind_unknown"), line(4, "警号", "officer_unknown"),
            line(5, "日期", "date_impossible"),
            line(6, "警号", "value_missing"),
        ];
        assert_eq!(all, expected, "{}", refused.body);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0, "all or nothing");
    }

    /// A row without a cell: of somebody who is known nothing is said; of nobody it is refused; a remark is no person.
    async fn rows_that_say_nothing(db: TestDatabase) {
        let post = Post::start(db).await;
        let rows = "100100,,白,\n999999,无名,,\n100101,,,\n,,,\n制表人,王浩,,\n2026年3月1日,,,\n2026-03-01,,,\n合计,,,\n";
        let refused = send(&post, "", rows).await;
        assert_eq!(refused.says(), (422, "import_refused"));
        let [one] = told(&refused).try_into().unwrap();
        assert_eq!((&one[0], &one[1], &one[2], &one[3]), (&json!(4), &json!("警号"), &json!("A4"), &json!("officer_unknown")));
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0, "all or nothing");
        assert_eq!(counts(&send(&post, "", &rows.replace("999999,无名,,\n", "")).await.expect(200)), (1, 0, 0));
        let only = send(&post, "?dry_run=true", "999999,,,\n").await.expect(200);
        assert_eq!(told(&only).len(), 1);
    }

    /// What is new is told as what changes: nothing before, this after; what is refused, and what is there, is not.
    async fn what_is_new_is_told(db: TestDatabase) {
        let post = Post::start(db).await;
        let rows = "100100,,白,休\n100101,,下,白\n";
        let tried = send(&post, "?dry_run=true", rows).await.expect(200);
        let changed = tried.body["changed"].as_array().unwrap();
        let of = |one: &Value| {
            let many = |name: &str| one[name].as_array().unwrap().len();
            (one["cell"].as_str().unwrap().to_owned(), many("before"), many("after"))
        };
        let cells: Vec<_> = changed.iter().map(of).collect();
        assert_eq!(cells, [("C3".to_owned(), 0, 1), ("D3".to_owned(), 0, 1), ("D4".to_owned(), 0, 1)]);
        assert_eq!(changed[0]["after"][0]["shift"]["starts_at"], "2026-04-01T00:00:00Z");
        assert_eq!(changed[1]["after"][0]["rest"]["kind"], "weekly");
        assert_eq!(counts(&tried), (3, 0, 1));
        let stored = send(&post, "", rows).await.expect(200);
        assert_eq!(stored.body["changed"], tried.body["changed"]);
        assert_eq!(send(&post, "", rows).await.expect(200).body["changed"], json!([]), "there already");
        // New and refused: not among what would come.
        post.plan(post.other, "2026-04-01T10:00", "2026-04-01T12:00").await.expect(201);
        let refused = send(&post, "?dry_run=true", "100101,,白,白\n").await.expect(200);
        assert_eq!((refusals(&refused).len(), &refused.body["changed"]), (1, &json!([])), "{}", refused.body);
    }
}
