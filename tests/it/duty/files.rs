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

    /// A file without anything is answered in the shape of any other.
    async fn an_empty_file_has_the_whole_report(db: TestDatabase) {
        let post = Post::start(db).await;
        let tried = load(&post.force.leader, "/rosters/import?dry_run=true", CSV, b"").await.expect(200);
        assert_eq!(refusals(&tried), vec![(1, String::new(), "file_empty".to_owned())]);
        assert_eq!((&tried.body["changed"], &tried.body["asks_override_reason"]), (&json!([]), &json!(false)));
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
        // What cannot be read, who is not known, and what the rules refuse are told at once.
        let file = format!(
            "{HEADER}\n100100,2026-04-01,08:00,16:00,勤务,\n100100,2026-04-01,15:00,20:00,加班,\n100101,2026-04-01,08:00,16:00,勤务,\n\
             100101,2026-04-01,,,休息,\n999999,2026-04-01,08:00,16:00,勤务,\n100100,2026-04-02,08:00,16:00,巡逻,\n"
        );
        let told = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await;
        assert_eq!(told.says(), (422, "import_refused"));
        let rules: Vec<(i64, String)> = refusals(&told).into_iter().map(|(row, _, code)| (row, code)).collect();
        let expected = [(3, "rest.overlap"), (4, "rest.rest_day"), (6, "officer_unknown"), (7, "duty_kind_unknown")];
        assert_eq!(rules, expected.map(|(row, code)| (row, code.to_owned())), "{}", told.body);
        let tried = load(&post.force.leader, "/rosters/import?dry_run=true", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(refusals(&tried), refusals(&told));
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0, "nothing changed");
        let theirs = load(&post.force.other_leader, "/rosters/import", CSV, format!("{HEADER}\n100100,2026-04-01,08:00,16:00,勤务,\n").as_bytes()).await;
        assert_eq!(refusals(&theirs), [(2, "警号".to_owned(), "officer_unknown".to_owned())], "not theirs looks like not there");
    }

    /// A rule says in the caller's language what it measured and what its limit is.
    async fn rules_are_sentences(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = format!("{HEADER}\n100100,2026-04-01,08:00,20:00,勤务,\n100100,2026-04-02,05:00,13:00,勤务,\n100100,2026-04-03,08:00,16:00,勤务,\n100100,2026-04-03,09:00,10:00,训练,\n");
        let tried = load(&post.force.leader.with("accept-language", "en"), "/rosters/import?dry_run=true", CSV, file.as_bytes()).await.expect(200);
        let warning = &tried.body["warnings"][0];
        assert_eq!((&warning["code"], &warning["finding"]["rule"]), (&json!("rule_warns"), &json!("rest.daily")), "{}", tried.body);
        assert_eq!((&warning["finding"]["measured"]["gap_minutes"], &warning["finding"]["limit"]["gap_minutes_min"]), (&json!(540), &json!(660)));
        let said = warning["message"].as_str().unwrap();
        assert!(said.contains("540") && said.contains("660") && said.is_ascii(), "{said}");
        let refused = tried.body["rejected"].as_array().unwrap().iter().find(|one| one["code"] == "rest.overlap").unwrap();
        assert_eq!((&refused["row"], &refused["finding"]["outcome"]), (&json!(5), &json!("block")));
        let chinese = load(&post.force.leader, "/rosters/import?dry_run=true", CSV, file.as_bytes()).await.expect(200);
        let said = chinese.body["warnings"][0]["message"].as_str().unwrap();
        assert!(said.contains("540") && !said.is_ascii(), "{said}");
        assert_eq!(chinese.body["warnings"][0]["finding"]["message"], chinese.body["warnings"][0]["message"]);
    }

    /// What a rule asks a reason for is not stored without one: of the row, or of the whole file.
    async fn reasons_are_asked_for(db: TestDatabase) {
        let post = Post::start(db).await;
        let short = "100100,2026-04-01,08:00,20:00,勤务,\n100100,2026-04-02,05:00,13:00,勤务,\n100101,2026-04-02,08:00,16:00,勤务,\n";
        let file = format!("{HEADER}\n{short}");
        let refused = load(&post.force.leader, "/rosters/import", CSV, file.as_bytes()).await;
        assert_eq!(refused.says(), (422, "import_refused"));
        assert_eq!(refusals(&refused), [(3, "日期".to_owned(), "missing_field".to_owned())], "{}", refused.body);
        assert_eq!(refused.body["asks_override_reason"], json!(true));
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0);
        let path = "/rosters/import?override_reason=%E4%B8%93%E9%A1%B9%E8%A1%8C%E5%8A%A8";
        let stored = load(&post.force.leader, path, CSV, file.as_bytes()).await.expect(200);
        assert_eq!((counts(&stored), &stored.body["asks_override_reason"]), ((3, 0, 0), &json!(false)), "{}", stored.body);
        let list = post.force.leader.get(&format!("/duty-shifts?officer_id={}&from=2026-04-01", post.one)).await.expect(200);
        let reasons: Vec<_> = items(&list).iter().map(|one| one["override_reason"].clone()).collect();
        assert_eq!(reasons, [json!(null), json!("专项行动")], "only where a rule asks");
        assert_eq!(records::count(&post.force.app.db, "comp_lots"), 1, "the rest that is short is credited");
        // The reason of the row, and parameters that cannot be.
        let second = "警号,日期,开始,结束,类别,理由\n100101,2026-04-03,02:00,10:00,勤务,抗洪\n";
        load(&post.force.leader, "/rosters/import", CSV, second.as_bytes()).await.expect(200);
        for path in ["/rosters/import?override_reason=", "/rosters/import?month=2026-13", "/rosters/import?month=3", "/rosters/import?colour=red"] {
            assert_eq!(load(&post.force.leader, path, CSV, second.as_bytes()).await.status, 400, "{path}");
        }
        let absent = format!("/rosters/import?pattern_id={}", post.one);
        assert_eq!(load(&post.force.leader, &absent, CSV, second.as_bytes()).await.says(), (404, "not_found"));
    }

    /// What is understood does not depend on the caller's language; a code may stand for the hours.
    async fn either_language_is_read(db: TestDatabase) {
        let post = Post::start(db).await;
        let english = post.force.leader.with("accept-language", "en");
        for officer in [post.one, post.other] {
            let credit = json!({"officer_id": officer, "minutes": 480, "earned_on": "2026-02-20", "reason": "结转"});
            post.force.hr.post("/comp-lots", credit).await.expect(201);
        }
        let mixed = "警号,date,开始,ends,kind\n100100,2026-04-01,08:00,16:00,duty\n100101,2026-04-01,08:00,16:00,勤务\n100101,2026年4月2日,,,comp\n100100,2026-04-02,,,补休\n";
        assert_eq!(counts(&load(&english, "/rosters/import", CSV, mixed.as_bytes()).await.expect(200)), (4, 0, 0));
        assert_eq!(counts(&load(&post.force.leader, "/rosters/import", CSV, mixed.as_bytes()).await.expect(200)), (0, 0, 4));
        let coded = "代码,类别,开始,结束,计时分钟\n白,勤务,08:00,18:00,480\nN,overnight,20:00,08:00,\n\n警号,日期,班次\n100100,2026-04-06,白\n100101,2026-04-06,n\n100101,2026-04-08,off\n";
        let told = load(&english, "/rosters/import", CSV, coded.as_bytes()).await.expect(200);
        assert_eq!(counts(&told), (3, 0, 0), "{}", told.body);
        let list = post.force.leader.get(&format!("/duty-shifts?officer_id={}&from=2026-04-06", post.one)).await.expect(200);
        assert_eq!((&items(&list)[0]["counted_minutes"], &items(&list)[0]["ends_at"]), (&json!(480), &json!("2026-04-06T10:00:00Z")));
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
