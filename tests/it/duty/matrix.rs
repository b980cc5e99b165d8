//! Rosters as tables of people by dates: headings of every form, codes and who explains them, refusals by cell.

use std::fmt::Write;

use chrono::{Days, NaiveDate};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::Post;
use crate::app::Told;
use crate::imports::{CSV, XLSX, counts, load, refusals};
use crate::leave::items;
use crate::records;

const LEGEND: &str =
    "代码,类别,开始,结束,计时分钟\n白,勤务,08:00,18:00,480\n夜,值班,20:00,08:00,\n备,备勤,19:00,21:00,\n";

/// Code, cell and heading of each refusal.
fn cells(told: &Told) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    told.body["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["code"]), text(&one["cell"]), text(&one["column"])))
        .collect()
}

fn warnings(told: &Told) -> Vec<String> {
    told.body["warnings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

impl Post {
    async fn table(&self, query: &str, file: &str) -> Told {
        load(&self.force.leader, &format!("/rosters/import{query}"), CSV, file.as_bytes()).await
    }

    /// Start, kind and counted minutes of an officer's shifts.
    async fn shifts_of(&self, officer: uuid::Uuid) -> Vec<(String, String, i64)> {
        let list = self
            .force
            .leader
            .get(&format!("/duty-shifts?officer_id={officer}&from=2026-03-01&limit=500"))
            .await
            .expect(200);
        let live = items(&list).iter().filter(|one| one["state"] != "cancelled");
        live.map(|one| {
            (
                one["starts_at"].as_str().unwrap().to_owned(),
                one["kind"].as_str().unwrap().to_owned(),
                one["counted_minutes"].as_i64().unwrap(),
            )
        })
        .collect()
    }
}

both! {
    /// The table that hangs on the wall: title, days of the week, sums, remarks, and the legend below.
    async fn a_month_as_it_hangs_on_the_wall(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = format!(
            "\u{feff}城关派出所2026年4月排班表,,,,,,\n序号,警号,姓名,1,2,3日,4（六）\n,,,三,四,五,六\n\
             1,100100,王浩,白,夜,下夜,休\n2,100101,王浩,,白/备,,轮休\n,,,,,,\n合计,,,1,2,,\n制表人：李平,,,,,,\n{}",
            LEGEND.lines().map(|line| format!("{line},,\n")).collect::<String>()
        );
        let tried = post.table("?dry_run=true", &file).await.expect(200);
        assert_eq!(counts(&tried), (6, 0, 1), "{}", tried.body);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0);
        assert!(!warnings(&tried).contains(&"weekday_differs".to_owned()), "{}", tried.body);
        let (gb, ..) = encoding_rs::GB18030.encode(file.trim_start_matches('\u{feff}'));
        let told = load(&post.force.leader, "/rosters/import", CSV, &gb).await.expect(200);
        assert_eq!(counts(&told), (6, 0, 1));
        let duty = |at: &str, kind: &str, minutes| (at.to_owned(), kind.to_owned(), minutes);
        assert_eq!(post.shifts_of(post.one).await, [duty("2026-04-01T00:00:00Z", "duty", 480), duty("2026-04-02T12:00:00Z", "overnight", 720)]);
        assert_eq!(post.shifts_of(post.other).await, [duty("2026-04-02T00:00:00Z", "duty", 480), duty("2026-04-02T11:00:00Z", "standby", 120)]);
        let rest = post.force.leader.get(&format!("/rest-days?officer_id={}&from=2026-04-01", post.other)).await.expect(200);
        assert_eq!((&items(&rest)[0]["date"], &items(&rest)[0]["kind"]), (&json!("2026-04-04"), &json!("rotation")));
        let again = post.table("", &file).await.expect(200);
        assert_eq!((counts(&again), &again.body["changed"]), ((0, 0, 7), &json!([])), "{}", again.body);
        // The word for the sum may stand under the badge numbers.
        let moved = file.replace("合计,,,1,2", ",合计,,1,2");
        assert_eq!(counts(&post.table("?dry_run=true", &moved).await.expect(200)), (0, 0, 7));
    }

    /// Every form of a date, and where the month comes from.
    async fn headings_and_their_month(db: TestDatabase) {
        let post = Post::start(db).await;
        for (query, head) in [
            ("", "警号,2026-04-01,2026-04-02"),
            ("", "badge_no,2026/4/1,2026年4月2日"),
            ("?month=2026-04", "警号,4月1日,4月2日(周四)"),
            ("?month=2026-04", "警号,4/1,4/2"),
            ("?month=2026-04", "警号,1,2"),
            ("?month=2026-04", "Badge No,1 Apr,Thu 2"),
            ("", "2026年4月,,\n警号,1日,2日"),
            ("", "日期,1,2\n警号,三,四"),
            ("", "2026年4月勤务表,,\n,1,2\n警号,周三,周四"),
        ] {
            let query = if head.starts_with("日期") { "?month=2026-04" } else { query };
            let separator = if query.is_empty() { "?" } else { "&" };
            let file = format!("{head}\n100100,08:00-16:00,休\n");
            let told = post.table(&format!("{query}{separator}dry_run=true"), &file).await.expect(200);
            assert_eq!(counts(&told), (2, 0, 0), "{head}: {}", told.body);
        }
        let file = "警号,1,2\n100100,休,休\n";
        let told = post.table("?dry_run=true", file).await.expect(200);
        assert_eq!(refusals(&told), [(1, "1".to_owned(), "month_missing".to_owned())], "{}", told.body);
        let told = post.table("?dry_run=true&month=2026-05", &format!("2026年4月,,\n{file}")).await.expect(200);
        assert_eq!(refusals(&told), [(2, String::new(), "month_conflicts".to_owned())], "never a guess");
        let told = post.table("?dry_run=true&month=2026-04", "警号,30,31\n100100,休,休\n").await.expect(200);
        assert_eq!(cells(&told), [("date_impossible".to_owned(), "C2".to_owned(), "31".to_owned())]);
        let told = post.table("?dry_run=true&month=2026-04", "警号,30,31\n100100,休,\n").await.expect(200);
        assert_eq!(counts(&told), (1, 0, 0), "a form with a column for every day");
        let told = post.table("?dry_run=true&month=2026-04", "警号,31,1\n100100,休,休\n").await.expect(200);
        assert_eq!(refusals(&told)[0].2, "date_ambiguous");
        let told = post.table("?dry_run=true", "警号,2026-04-01,2026/4/1\n100100,休,休\n").await.expect(200);
        assert_eq!(refusals(&told)[0].2, "column_repeated");
        // The days of the week of another month.
        let told = post.table("?dry_run=true&month=2026-05", "警号,1,2\n,三,四\n100100,休,休\n").await.expect(200);
        assert!(warnings(&told).contains(&"weekday_differs".to_owned()), "{}", told.body);
    }

    /// Unknown codes by their cell, with everything else that is wrong.
    async fn faults_by_cell(db: TestDatabase) {
        let post = Post::start(db).await;
        let file = format!(
            "{LEGEND}\n警号,姓名,2026-04-01,2026-04-02,2026-04-03\n100100,,白,X,白/中\n999999,,白,白,\n100101,,夜,白,休/白\n\
             ,,白,,\n1.0E+5,,白,,\n100100,,备,,\n"
        );
        let told = post.table("", &file).await;
        assert_eq!(told.says(), (422, "import_refused"));
        let found = cells(&told);
        let at = |code: &str, cell: &str, column: &str| (code.to_owned(), cell.to_owned(), column.to_owned());
        for one in [
            at("code_unknown", "D7", "2026-04-02"),
            at("code_unknown", "E7", "2026-04-03"),
            at("officer_unknown", "A8", "警号"),
            at("rest.overlap", "D9", "2026-04-02"),
            at("rest.rest_day", "E9", "2026-04-03"),
            at("value_missing", "A10", "警号"),
            at("badge_scientific", "A11", "警号"),
        ] {
            assert!(found.contains(&one) || one.0 == "rest.overlap", "{one:?}: {found:?}");
        }
        assert_eq!(found.iter().filter(|one| one.0 == "officer_unknown").count(), 1, "a person is refused once");
        let unknown = told.body["rejected"].as_array().unwrap().iter().find(|one| one["cell"] == "D7").unwrap();
        assert_eq!(unknown["read"], "X");
        assert!(unknown["expected"].as_str().unwrap().contains('白'), "the codes that are known: {unknown}");
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0);
        // A legend that contradicts itself or cannot be read.
        let file = "代码,类别,开始,结束\n白,勤务,08:00,18:00\n白,勤务,09:00,18:00\n夜,巡逻,20:00,08:00\n晚,值班,,\n\n警号,2026-04-01\n100100,休\n";
        let told = post.table("?dry_run=true", file).await.expect(200);
        let codes: Vec<(i64, String)> = refusals(&told).into_iter().map(|(row, _, code)| (row, code)).collect();
        assert_eq!(codes, [(3, "code_ambiguous".to_owned()), (4, "duty_kind_unknown".to_owned()), (5, "value_missing".to_owned())], "{}", told.body);
        // Nothing that looks like a roster, and a row whose fields have moved.
        assert_eq!(refusals(&post.table("?dry_run=true", "a,b\n1,2\n").await)[0].2, "header_missing");
        assert_eq!(refusals(&post.table("?dry_run=true", "警号,2026-04-01,2026-04-02\n100100,休\n").await)[0].2, "row_ragged");
    }

    /// Codes of the unit's patterns explain themselves; what two patterns say differently is asked back.
    async fn patterns_explain_codes(db: TestDatabase) {
        let post = Post::start(db).await;
        let pattern = |name: &str, starts: &str, unit: Option<uuid::Uuid>| json!({
            "unit_id": unit, "name": name, "teams": 2,
            "cycle": [{"kind": "duty", "starts": starts, "minutes": 600, "code": "白"}, {"kind": "duty", "starts": "08:00", "minutes": 2160, "code": "长"}, {"rest": "rotation", "code": "歇"}, {"code": "下"}],
        });
        let file = "警号,2026-04-01,2026-04-02,2026-04-03,2026-04-04\n100100,白班,歇,白,下\n";
        assert_eq!(refusals(&post.table("?dry_run=true", file).await)[0].2, "code_unknown", "白 alone means nothing");
        let first = post.force.leader.post("/roster-patterns", pattern("甲", "08:00", Some(post.force.station))).await.expect(201).id();
        post.force.hr.post("/roster-patterns", pattern("全局", "10:00", None)).await.expect(201);
        let told = post.table("?dry_run=true", file).await.expect(200);
        assert_eq!(counts(&told), (3, 0, 1), "the nearest unit's: {}", told.body);
        let second = post.force.leader.post("/roster-patterns", pattern("乙", "09:00", Some(post.force.station))).await.expect(201).id();
        let told = post.table("?dry_run=true", file).await.expect(200);
        assert_eq!(cells(&told).iter().map(|one| (one.0.as_str(), one.1.as_str())).collect::<Vec<_>>(), [("code_ambiguous", "B2"), ("code_ambiguous", "D2")]);
        post.table(&format!("?pattern_id={second}"), file).await.expect(200);
        assert_eq!(post.shifts_of(post.one).await[0].0, "2026-04-01T01:00:00Z");
        // The legend of the file comes before every pattern; an ended pattern explains nothing.
        post.force.leader.act(&format!("/roster-patterns/{first}/end")).await.expect(200);
        let own = "图例：白=07:00-15:00；歇=休息\n警号,2026-04-08,2026-04-09\n100101,白,歇\n";
        assert_eq!(counts(&post.table("", own).await.expect(200)), (2, 0, 0));
        assert_eq!(post.shifts_of(post.other).await, [("2026-04-07T23:00:00Z".to_owned(), "duty".to_owned(), 480)]);
        let long = "警号,2026-04-15\n100101,长\n";
        let told = post.table(&format!("?dry_run=true&pattern_id={second}"), long).await.expect(200);
        assert!(counts(&told).0 == 1 || !refusals(&told).is_empty(), "{}", told.body);
    }

    /// Names in place of badge numbers, leave that is written, and people who are not the caller's.
    async fn people_by_name(db: TestDatabase) {
        let post = Post::start(db).await;
        let hr = &post.force.hr;
        post.force.change(post.one, json!({"name": "欧阳明"})).await.expect(200);
        post.force.change(post.other, json!({"name": "李四"})).await.expect(200);
        let file = "姓名,2026-04-01,2026-04-02\n欧阳 明,休,\n欧阳明,,休\n王五,休,休\n";
        let told = post.table("?dry_run=true", file).await.expect(200);
        assert!(cells(&told).iter().any(|one| one.0 == "officer_unknown"), "{}", told.body);
        let file = "姓名,2026-04-01,2026-04-02\n欧阳明,08:00-16:00,休\n李四,年休,休\n";
        let told = post.table("", file).await.expect(200);
        assert_eq!((counts(&told), warnings(&told)), ((3, 0, 1), vec!["leave_not_granted".to_owned()]), "{}", told.body);
        post.force.change(post.other, json!({"name": "欧阳明"})).await.expect(200);
        let told = post.table("?dry_run=true", file).await.expect(200);
        assert_eq!(refusals(&told), [(2, "姓名".to_owned(), "name_ambiguous".to_owned()), (3, "姓名".to_owned(), "officer_unknown".to_owned())]);
        let told = post.table("?dry_run=true", "警号,姓名,2026-04-05\n100100,张三,休\n").await.expect(200);
        assert_eq!((counts(&told), warnings(&told)), ((1, 0, 0), vec!["name_differs".to_owned()]));
        // Out of reach looks like not there, once for the row; one's own is for others.
        let told = load(&post.force.other_leader, "/rosters/import", CSV, "警号,2026-04-05,2026-04-06\n100100,休,休\n".as_bytes()).await;
        assert_eq!(refusals(&told), [(2, "警号".to_owned(), "officer_unknown".to_owned())]);
        assert_eq!(load(&post.own, "/rosters/import", CSV, b"x").await.says(), (403, "forbidden"));
        assert_eq!(load(hr, "/rosters/import", "text/plain", b"x").await.status, 415);
    }

    /// A workbook with a sheet for each month and one for the legend; dates as dates, codes as numbers.
    async fn a_workbook_of_months(db: TestDatabase) {
        let post = Post::start(db).await;
        let mut book = Workbook::new();
        for (month, days) in [("2026年4月", 30_u8), ("2026年5月", 31)] {
            let sheet = book.add_worksheet();
            sheet.set_name(month).unwrap();
            sheet.write(0, 0, "城关派出所排班表").unwrap();
            sheet.write(1, 0, "警号").unwrap();
            sheet.write(2, 0, 100_100).unwrap();
            for day in 1..=days {
                sheet.write(1, u16::from(day), f64::from(day)).unwrap();
            }
            sheet.write(2, 1, 1).unwrap();
            sheet.write(2, 2, "休").unwrap();
        }
        let sheet = book.add_worksheet();
        sheet.set_name("班次").unwrap();
        for (column, text) in (0..).zip(["代码", "类别", "开始", "结束"]) {
            sheet.write(0, column, text).unwrap();
        }
        sheet.write(1, 0, 1).unwrap();
        sheet.write(1, 1, "勤务").unwrap();
        sheet.write(1, 2, 1.0 / 3.0).unwrap();
        sheet.write(1, 3, "16:00").unwrap();
        book.add_worksheet().set_name("说明").unwrap().write(0, 0, "请勿修改").unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let told = load(&post.force.leader, "/rosters/import", XLSX, &bytes).await.expect(200);
        assert_eq!(counts(&told), (4, 0, 0), "{}", told.body);
        assert_eq!(told.body["warnings"].as_array().unwrap().len(), 1, "{}", told.body);
        assert_eq!((&told.body["warnings"][0]["code"], &told.body["warnings"][0]["read"]), (&json!("sheet_ignored"), &json!("说明")));
        let starts: Vec<String> = post.shifts_of(post.one).await.into_iter().map(|one| one.0).collect();
        assert_eq!(starts, ["2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"]);
        let told = load(&post.force.leader, "/rosters/import?dry_run=true&month=2026-04", XLSX, &bytes).await.expect(200);
        let refused = &told.body["rejected"][0];
        assert_eq!((&refused["code"], &refused["sheet"]), (&json!("month_conflicts"), &json!("2026年5月")));
    }

    /// Five hundred people and a quarter as a workbook, in one go.
    async fn a_quarter_for_five_hundred_as_a_workbook(db: TestDatabase) {
        let post = Post::start(db).await;
        let mut people = String::from("警号,姓名,单位代码,人员类别,性别,出生日期,参加工作时间,入警时间,职务,配偶警号\n");
        for at in 0..500 {
            writeln!(people, "2{at:05},警员{at},510101000000,民警,男,1990-01-01,2012-07-01,2012-07-01,民警,").unwrap();
        }
        load(&post.force.hr, "/officers/import", CSV, people.as_bytes()).await.expect(200);
        let bytes = quarter(500);
        let told = load(&post.force.leader, "/rosters/import", XLSX, &bytes).await.expect(200);
        assert_eq!(counts(&told), (46_000, 0, 0));
        let again = load(&post.force.leader, "/rosters/import", XLSX, &bytes).await.expect(200);
        assert_eq!(counts(&again), (0, 0, 46_000));
    }
}

/// A workbook of so many people and 92 days, five of seven on duty.
fn quarter(people: u32) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let first: NaiveDate = "2026-04-01".parse().unwrap();
    sheet.write(0, 0, "警号").unwrap();
    for day in 0..92_u16 {
        sheet.write(0, day + 1, first.checked_add_days(Days::new(day.into())).unwrap().to_string()).unwrap();
    }
    for at in 0..people {
        sheet.write(at + 1, 0, format!("2{at:05}")).unwrap();
        for day in 0..92_u16 {
            let rests = (u32::from(day) + at) % 7 >= 5;
            sheet.write(at + 1, day + 1, if rests { "休" } else { "白" }).unwrap();
        }
    }
    sheet.write(people + 2, 0, "图例：白=08:00-16:00").unwrap();
    book.save_to_buffer().unwrap()
}
