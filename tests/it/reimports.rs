//! Rosters that come again, of part of the force, made by hand, or larger than they may be.

use respite::rules::terms::Role;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::json;

use crate::app::Force;
use crate::imports::{CSV, HEADER, UNITS, XLSX, counts, load, officer, refusals, with_units};
use crate::records;

fn csv(rows: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

both! {
    /// A changed unit is a transfer effective today; who is missing from the file stays untouched.
    async fn a_moved_officer_is_transferred_today(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let rows = [
            "1,王,510101000000,民警,男,1990-05-06,2016-07-01,2016-07-01,民警,",
            "2,李,510101000000,民警,男,1990-05-06,2016-07-01,2016-07-01,民警,",
        ];
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&rows)).await.expect(200)), (2, 0, 0));
        let before = officer(&hr, "2").await;
        let station = officer(&hr, "1").await["unit_id"].clone();
        app.set_clock("2026-05-04T01:00:00Z");
        let hr = app.sign_in("hr").await;
        let moved = ["1,王,510102000000,辅警,男,1990-05-06,2016-07-01,2016-07-01,民警,"];
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&moved)).await.expect(200)), (0, 1, 0));
        let now = officer(&hr, "1").await;
        assert_eq!(
            now["units"],
            json!([
                {"unit_id": station, "from": null, "to": "2026-05-03"}, {"unit_id": now["unit_id"], "from": "2026-05-04", "to": null},
            ])
        );
        assert_eq!(
            now["categories"],
            json!([
                {"category": "police", "from": null, "to": "2026-05-03"}, {"category": "auxiliary", "from": "2026-05-04", "to": null},
            ])
        );
        assert_eq!(officer(&hr, "2").await, before);
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&moved)).await.expect(200)), (0, 0, 1));
    }

    /// Only the period that the import made is changed; what a person entered is theirs.
    async fn periods_that_a_person_entered_stay(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let row = ["1,王,510101000000,民警,男,1990-05-06,2016-07-01,2016-07-01,民警,"];
        load(&hr, "/officers/import", CSV, &csv(&row)).await.expect(200);
        let path = format!("/officers/{}", officer(&hr, "1").await["id"].as_str().unwrap());
        let tag = hr.get(&path).await.header("etag").to_owned();
        let body = json!({"service_periods": [{"from": "2010-01-01", "to": "2012-12-31", "kind": "military"}, {"from": "2016-07-01"}], "post": "所长"});
        hr.with("if-match", &tag).patch(&path, body).await.expect(200);
        let changed = ["1,王,510101000000,民警,男,1990-05-06,2015-09-01,2016-07-01,,"];
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&changed)).await.expect(200)), (0, 1, 0));
        let now = officer(&hr, "1").await;
        assert_eq!(
            now["service_periods"],
            json!([
                {"from": "2010-01-01", "to": "2012-12-31", "kind": "military"}, {"from": "2015-09-01", "to": null, "kind": "employment"},
            ])
        );
        assert_eq!(now["post"], "所长", "an empty cell takes nothing away");
        // Entered wholly by hand: the import has no period to change.
        let body = json!({"badge_no": "2", "name": "李", "unit_id": now["unit_id"], "category": "police", "sex": "male", "service_periods": [{"from": "2001-01-01"}]});
        hr.post("/officers", body).await.expect(201);
        let row = ["2,李,510101000000,民警,男,,2005-01-01,,,"];
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&row)).await.expect(200)), (0, 0, 1));
        assert_eq!(officer(&hr, "2").await["service_periods"][0]["from"], "2001-01-01");
    }

    /// hr of a branch loads the people of the branch: other units are not there, other people are not theirs.
    async fn a_branch_loads_its_own_people(db: TestDatabase) {
        let force = Force::start(db).await;
        let branch_hr = force.app.as_role("branch-hr", Role::Hr, Some(force.branch)).await;
        let inside = ["1,王,510101000000,民警,男,,2016-07-01,,,"];
        assert_eq!(counts(&load(&branch_hr, "/officers/import", CSV, &csv(&inside)).await.expect(200)), (1, 0, 0));
        let outside = ["2,李,510000000000,民警,男,,2016-07-01,,,", "3,张,510101000000,民警,男,,2016-07-01,,,"];
        let told = load(&branch_hr, "/officers/import", CSV, &csv(&outside)).await.expect(422);
        assert_eq!(refusals(&told), [(2, "单位代码".to_owned(), "unit_unknown".to_owned())]);
        let theirs = force.officer_with("9", json!({"unit_id": force.bureau})).await;
        let drawn = ["9,警员9,510101000000,民警,男,,2016-07-01,,,"];
        let told = load(&branch_hr, "/officers/import", CSV, &csv(&drawn)).await.expect(422);
        assert_eq!(refusals(&told), [(2, "警号".to_owned(), "not_yours".to_owned())], "nobody is drawn in");
        assert_eq!(force.hr.get(&format!("/officers/{theirs}")).await.body["unit_id"], json!(force.bureau));
        let linked = ["1,王,510101000000,民警,男,,2016-07-01,,,9"];
        let told = load(&branch_hr, "/officers/import", CSV, &csv(&linked)).await.expect(200);
        assert_eq!(told.body["warnings"][0]["code"], "spouse_unknown", "somebody out of reach is nobody");
        assert_eq!(records::count(&force.app.db, "spouses"), 0);
        assert_eq!(records::count(&force.app.db, "officers"), 2);
        let told = load(&branch_hr, "/units/import?dry_run=true", CSV, UNITS).await.expect(200);
        let codes: Vec<_> = refusals(&told).into_iter().map(|(row, _, code)| (row, code)).collect();
        assert_eq!(codes, [(2, "parent_unknown".to_owned())], "and what hangs below it is no fault of its own");
        assert_eq!(load(&branch_hr, "/units/import", CSV, UNITS).await.says(), (422, "import_refused"));
        assert_eq!(records::count(&force.app.db, "units"), 4);
    }

    /// hr is on the roster too: their own row may stand in the file as it is, but not change them; nor by a spouse.
    async fn an_import_does_not_change_ones_own_record(db: TestDatabase) {
        let force = Force::start(db).await;
        let own = force.officer_with("1", json!({"name": "王", "service_periods": [{"from": "2016-07-01"}]})).await;
        let hr = force.app.as_officer("own-hr", own, &[(Role::Hr, None)]).await;
        let same = ["1,王,510101000000,民警,男,,2016-07-01,,,", "2,李,510101000000,民警,女,,2016-07-01,,,"];
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&same)).await.expect(200)), (1, 0, 1));
        let changed = ["1,王,510101000000,民警,男,1990-01-01,2016-07-01,,,"];
        let told = load(&hr, "/officers/import?dry_run=true", CSV, &csv(&changed)).await.expect(200);
        assert_eq!(refusals(&told), [(2, "警号".to_owned(), "not_yours".to_owned())]);
        assert_eq!(load(&hr, "/officers/import", CSV, &csv(&changed)).await.says(), (422, "import_refused"));
        let linked = ["1,王,510101000000,民警,男,,2016-07-01,,,2", "2,李,510101000000,民警,女,,2016-07-01,,,1"];
        let told = load(&hr, "/officers/import", CSV, &csv(&linked)).await.expect(422);
        assert_eq!(refusals(&told)[0], (2, "配偶警号".to_owned(), "not_yours".to_owned()));
        assert_eq!(records::count(&force.app.db, "spouses"), 0);
        let told = load(&force.hr, "/officers/import", CSV, &csv(&linked)).await.expect(200);
        assert_eq!(counts(&told), (0, 2, 0), "a link is a change");
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&linked)).await.expect(200)), (0, 0, 2));
    }

    /// English headers in any order; what is not known is ignored and named.
    async fn headers_in_english(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let file = "sex,name,badge_no,category,unit_code,post,joined_on,born_on,service_from,remarks\n\
                    female,Li Ming,A-1,police,510101000000,Sergeant,2016-07-01,1990-05-06,2015-07-01,new\n";
        let told = load(&hr, "/officers/import", CSV, file.as_bytes()).await.expect(200);
        assert_eq!(counts(&told), (1, 0, 0));
        assert_eq!(
            (&told.body["warnings"][0]["code"], &told.body["warnings"][0]["column"]),
            (&json!("column_ignored"), &json!("remarks"))
        );
        let li = officer(&hr, "A-1").await;
        assert_eq!((&li["name"], &li["sex"], &li["post"]), (&json!("Li Ming"), &json!("female"), &json!("Sergeant")));
        assert_eq!((&li["born_on"], &li["service_periods"][0]["from"]), (&json!("1990-05-06"), &json!("2015-07-01")));
    }

    /// What a spreadsheet would compute stays the text that it is.
    async fn formulas_are_text(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let rows = [
            "1,=1+1,510101000000,民警,男,,,,\"=HYPERLINK(\"\"http://x\"\")\",",
            "2,+李,510101000000,民警,男,,,,@SUM(1),",
            "3,-王,510101000000,民警,男,,,,\"a,b\",",
            "4,'; DROP TABLE officers; --,510101000000,民警,男,,,,<script>,",
        ];
        let told = load(&hr, "/officers/import", CSV, &csv(&rows)).await.expect(200);
        assert_eq!(counts(&told), (4, 0, 0));
        for (badge_no, name, post) in [
            ("1", "=1+1", "=HYPERLINK(\"http://x\")"),
            ("2", "+李", "@SUM(1)"),
            ("3", "-王", "a,b"),
            ("4", "'; DROP TABLE officers; --", "<script>"),
        ] {
            let one = officer(&hr, badge_no).await;
            assert_eq!((&one["name"], &one["post"]), (&json!(name), &json!(post)));
        }
    }

    /// Spouses: mutual or outside the file; somebody unknown is a warning, somebody taken a refusal.
    async fn spouses_in_a_file(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let one_sided = ["1,王,510101000000,民警,男,,,,,2", "2,李,510101000000,民警,女,,,,,"];
        let told = load(&hr, "/officers/import", CSV, &csv(&one_sided)).await.expect(422);
        assert_eq!(refusals(&told), [(2, "配偶警号".to_owned(), "spouse_not_mutual".to_owned())]);
        let unknown = ["1,王,510101000000,民警,男,,,,,999"];
        let told = load(&hr, "/officers/import", CSV, &csv(&unknown)).await.expect(200);
        assert_eq!(told.body["warnings"][0]["code"], "spouse_unknown");
        let outside = ["2,李,510101000000,民警,女,,,,,1"];
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, &csv(&outside)).await.expect(200)), (1, 0, 0));
        assert_eq!(officer(&hr, "1").await["spouse_officer_id"], officer(&hr, "2").await["id"]);
        let taken = ["3,张,510101000000,民警,女,,,,,1"];
        assert_eq!(load(&hr, "/officers/import", CSV, &csv(&taken)).await.says(), (422, "import_refused"));
    }

    /// A workbook as people make it: a title, the header below, numbers, date cells, a total.
    async fn a_workbook_made_by_hand(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let mut book = Workbook::new();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "城东分局花名册").unwrap();
        for (column, name) in (0_u16..).zip(HEADER.split(',')) {
            sheet.write(2, column, name).unwrap();
        }
        for (row, badge) in [(3, 100_000.0), (4, 100_001.0)] {
            sheet.write(row, 0, badge).unwrap();
            for (column, text) in (1_u16..).zip(["王芳", "510101000000", "民警", "女"]) {
                sheet.write(row, column, text).unwrap();
            }
            sheet.write_datetime_with_format(row, 5, ExcelDateTime::from_ymd(1990, 5, 6).unwrap(), &date).unwrap();
            sheet.write(row, 6, "2016年7月1日").unwrap();
            sheet.write(row, 7, 20_160_702.0).unwrap();
        }
        sheet.write(4, 2, 510_102_000_000.0).unwrap();
        sheet.write(6, 0, "合计").unwrap();
        sheet.write(6, 1, 2).unwrap();
        let told = load(&hr, "/officers/import", XLSX, &book.save_to_buffer().unwrap()).await.expect(200);
        assert_eq!(counts(&told), (2, 0, 0), "{}", told.body);
        let wang = officer(&hr, "100000").await;
        assert_eq!((&wang["born_on"], &wang["joined_on"]), (&json!("1990-05-06"), &json!("2016-07-02")));
        assert_eq!(wang["service_periods"][0]["from"], "2016-07-01");
        assert_ne!(officer(&hr, "100001").await["unit_id"], wang["unit_id"]);
    }

    /// RULINGS 28: badges are text; what a spreadsheet made of them is refused where it cannot be undone.
    async fn badges_are_text(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let rows = [
            "1.0E+5,王,510101000000,民警,男,,,,,",
            "100000.0,王,510101000000,民警,男,,,,,",
            "007,王,510101000000,民警,男,,,,,",
        ];
        let told = load(&hr, "/officers/import", CSV, &csv(&rows)).await.expect(422);
        assert_eq!(refusals(&told), [(2, "警号".to_owned(), "badge_scientific".to_owned())]);
        assert_eq!(load(&hr, "/officers/import", CSV, &csv(&rows[1..])).await.expect(200).body["created"], 2);
        assert_eq!(records::texts(&app.db, "SELECT badge_no AS t FROM officers ORDER BY badge_no"), ["007", "100000"]);
    }

    /// One row more than a workbook may have is refused, and nothing is stored.
    async fn a_workbook_over_the_limit(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, name) in (0_u16..).zip(HEADER.split(',')) {
            sheet.write(0, column, name).unwrap();
        }
        for row in 1..=20_001 {
            sheet.write(row, 0, f64::from(row)).unwrap();
            for (column, text) in (1_u16..).zip(["王", "510101000000", "民警", "男"]) {
                sheet.write(row, column, text).unwrap();
            }
        }
        let told = load(&hr, "/officers/import", XLSX, &book.save_to_buffer().unwrap()).await;
        assert_eq!(told.says(), (422, "import_refused"));
        assert_eq!(refusals(&told), [(20_002, String::new(), "too_many_rows".to_owned())]);
        assert_eq!(records::count(&app.db, "officers"), 0);
    }

    /// Parents before or after their children, unknown parents, circles, a unit that moves.
    async fn units_in_any_order(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let header = "单位代码,单位名称,上级单位代码,类别";
        let file = format!("{header}\nB,小组,A,中队\nA,大组,510101000000,大队\n");
        assert_eq!(counts(&load(&hr, "/units/import", CSV, file.as_bytes()).await.expect(200)), (2, 0, 0));
        let file = format!("{header}\nC,一,D,中队\nD,二,C,中队\nE,三,XX,中队\nF,四,A,天宫\nF,五,A,中队\n");
        let told = load(&hr, "/units/import", CSV, file.as_bytes()).await.expect(422);
        let codes: Vec<_> = refusals(&told).into_iter().map(|(row, _, code)| (row, code)).collect();
        let codes: Vec<_> = codes.iter().map(|(row, code)| (*row, code.as_str())).collect();
        assert_eq!(
            codes,
            [
                (2, "parent_cycle"),
                (3, "parent_cycle"),
                (4, "parent_unknown"),
                (5, "kind_unknown"),
                (6, "code_repeated")
            ]
        );
        app.set_clock("2026-05-04T01:00:00Z");
        let hr = app.sign_in("hr").await;
        let file = format!("{header}\nB,小组,510102000000,科室\n");
        assert_eq!(counts(&load(&hr, "/units/import", CSV, file.as_bytes()).await.expect(200)), (0, 1, 0));
        let listed = hr.get("/units?limit=500").await.expect(200);
        let moved =
            listed.body["items"].as_array().unwrap().iter().find(|unit| unit["code"] == "B").unwrap()["id"].clone();
        let shown = hr.get(&format!("/units/{}", moved.as_str().unwrap())).await.expect(200);
        assert_eq!((&shown.body["kind"], &shown.body["parents"][1]["from"]), (&json!("office"), &json!("2026-05-04")));
        let file = format!("{header}\nA,大组,B,大队\n");
        assert_eq!(counts(&load(&hr, "/units/import", CSV, file.as_bytes()).await.expect(200)), (0, 1, 0));
        let file = format!("{header}\nB,小组,A,科室\n");
        let told = load(&hr, "/units/import", CSV, file.as_bytes()).await.expect(422);
        assert_eq!(refusals(&told)[0].2, "parent_cycle");
    }
}
