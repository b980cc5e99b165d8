//! Rosters of duty from files: long form, all rows or none, refusals by line.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::json;

use super::Post;
use crate::imports::{CSV, counts, load, refusals};
use crate::leave::items;
use crate::records;

const HEADER: &str = "警号,日期,开始,结束,类别,计时分钟";

both! {
    async fn a_roster_of_all_kinds(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = format!(
            "某所四月勤务表\n{HEADER}\n100100,2026-04-01,08:00,18:00,勤务,480\n100100,2026年4月2日,20:00,08:00,值班,\n\
             100101,2026/4/1,8:00,8:00,备勤,\n100101,2026-04-04,09:00,12:00,训练,\n100101,2026-04-05,,,休息,\n100100,2026-04-05,,,轮休,\n"
        );
        let tried = load(&post.force.leader, "/rosters/import?dry_run=true", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(counts(&tried), (6, 0, 0), "{}", tried.body);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0);
        let (gb, ..) = encoding_rs::GB18030.encode(&file);
        let told = load(&post.force.leader, "/rosters/import", CSV, &gb).await.expect(200);
        assert_eq!(counts(&told), (6, 0, 0));
        let list = post.force.leader.get(&format!("/duty-shifts?officer_id={}&from=2026-04-01", post.one)).await.expect(200);
        let night = &items(&list)[1];
        assert_eq!((&night["ends_at"], &night["kind"], &night["source"]), (&json!("2026-04-03T00:00:00Z"), &json!("overnight"), &json!("import")));
        assert_eq!((&items(&list)[0]["counted_minutes"], &night["counted_minutes"]), (&json!(480), &json!(720)));
        // The same file again changes nothing.
        let again = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(counts(&again), (0, 0, 6));
        let english = "badge_no,date,starts,ends,kind\n100100,2026-04-07,08:00,16:00,duty\n";
        assert_eq!(counts(&load(&post.force.leader, "/rosters/import", CSV, english.as_bytes()).await.expect(200)), (1, 0, 0));
    }

    /// Every fault by its line; with one of them nothing is stored.
    async fn faults_are_located(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = format!(
            "{HEADER}\n100100,2026-04-01,08:00,16:00,勤务,\n999999,2026-04-01,08:00,16:00,勤务,\n100100,2026-04-31,08:00,16:00,勤务,\n\
             100100,2026-04-02,25:00,16:00,勤务,\n100100,2026-04-02,08:00,16:00,巡逻,\n100100,2026-04-02,08:00,16:00,勤务,481\n100100,2026-04-02,,16:00,勤务,\n"
        );
        let told = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await;
        assert_eq!(told.says(), (422, "import_refused"));
        let expected = [(4, "日期", "date_impossible"), (5, "开始", "time_unreadable"), (6, "类别", "duty_kind_unknown"), (7, "计时分钟", "minutes_unreadable"), (8, "开始", "value_missing")];
        let found = refusals(&told);
        for (row, column, code) in expected {
            assert!(found.contains(&(row, column.to_owned(), code.to_owned())), "{row} {code}: {found:?}");
        }
        // What the records and the rules say comes when the file itself is well.
        let file = format!(
            "{HEADER}\n100100,2026-04-01,08:00,16:00,勤务,\n100100,2026-04-01,15:00,20:00,加班,\n100101,2026-04-01,08:00,16:00,勤务,\n\
             100101,2026-04-01,,,休息,\n999999,2026-04-01,08:00,16:00,勤务,\n"
        );
        let told = load(&post.force.leader, "/rosters/import?dry_run=true", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(refusals(&told), [(6, "警号".to_owned(), "officer_unknown".to_owned())]);
        let file = file.replace("999999,2026-04-01,08:00,16:00,勤务,\n", "");
        let told = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await;
        let rules: Vec<(i64, String)> = refusals(&told).into_iter().map(|(row, _, code)| (row, code)).collect();
        assert_eq!(rules, [(3, "rest.overlap".to_owned()), (4, "rest.rest_day".to_owned())], "{}", told.body);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0, "nothing changed");
        let theirs = load(&post.force.other_leader, "/rosters/import", CSV, format!("{HEADER}\n100100,2026-04-01,08:00,16:00,勤务,\n").as_bytes()).await;
        assert_eq!(refusals(&theirs), [(2, "警号".to_owned(), "officer_unknown".to_owned())], "not theirs looks like not there");
    }

    /// A quarter for a whole branch in one go: 500 officers, 92 days, 46,000 rows.
    async fn a_quarter_for_five_hundred(db: TestDatabase) {
        let post = Post::start(db).await;
        let mut people = String::from("警号,姓名,单位代码,人员类别,性别,出生日期,参加工作时间,入警时间,职务,配偶警号\n");
        for at in 0..500 {
            writeln!(people, "2{at:05},警员{at},510101000000,民警,男,1990-01-01,2012-07-01,2012-07-01,民警,").unwrap();
        }
        load(&post.force.hr, "/officers/import", CSV, people.as_bytes()).await.expect(200);
        let mut roster = format!("{HEADER}\n");
        let first: NaiveDate = "2026-04-01".parse().unwrap();
        for at in 0..500_u64 {
            for day in 0..92_u64 {
                let date = first.checked_add_days(Days::new(day)).unwrap();
                let rests = (u64::from(date.num_days_from_ce().unsigned_abs()) + at) % 7 >= 5;
                let hours = if rests { ",,休息," } else { "08:00,16:00,勤务," };
                writeln!(roster, "2{at:05},{date},{hours}").unwrap();
            }
        }
        let told = load(&post.force.leader, "/rosters/import", CSV, roster.as_bytes()).await.expect(200);
        assert_eq!(counts(&told), (46_000, 0, 0));
        let body = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        let published = post.force.leader.post("/rosters/publish", body).await.expect(201);
        let all = published.body["shifts"].as_i64().unwrap() + published.body["rest_days"].as_i64().unwrap();
        assert_eq!(all, 500 * 31);
    }
}
