//! Rosters through the wire: the files as HR offices have them, all rows or none.

use respite::rules::terms::Role;
use serde_json::{Value, json};

use crate::app::{App, Client, Told};
use crate::records;

pub const CSV: &str = "text/csv";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub const UNITS: &[u8] = include_bytes!("../rosters/units.csv");
const UTF8: &[u8] = include_bytes!("../rosters/officers_utf8_bom.csv");
const GB18030: &[u8] = include_bytes!("../rosters/officers_gb18030.csv");
const WORKBOOK: &[u8] = include_bytes!("../rosters/officers.xlsx");
const FAULTY: &[u8] = include_bytes!("../rosters/officers_with_errors.csv");
pub const HEADER: &str = "警号,姓名,单位代码,人员类别,性别,出生日期,参加工作时间,入警时间,职务,配偶警号";

pub async fn load(client: &Client, path: &str, content_type: &str, file: &[u8]) -> Told {
    client.send("POST", path, content_type, file.to_vec()).await
}

/// Created, updated, unchanged.
pub fn counts(told: &Told) -> (i64, i64, i64) {
    let count = |name: &str| told.body[name].as_i64().unwrap_or(-1);
    (count("created"), count("updated"), count("unchanged"))
}

/// Row, column and code of each refusal.
pub fn refusals(told: &Told) -> Vec<(i64, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told.body["rejected"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", told.body))
        .iter()
        .map(|one| (one["row"].as_i64().unwrap(), text(&one["column"]), text(&one["code"])))
        .collect()
}

/// A service with the units of the file and an hr of the whole force.
pub async fn with_units(db: crate::databases::TestDatabase) -> (App, Client) {
    let app = App::start(db).await;
    let hr = app.as_role("hr", Role::Hr, None).await;
    let told = load(&hr, "/units/import", CSV, UNITS).await.expect(200);
    assert_eq!(counts(&told), (9, 0, 0));
    (app, hr)
}

/// The officer of a badge number, whole.
pub async fn officer(hr: &Client, badge_no: &str) -> Value {
    let listed = hr.get(&format!("/officers?badge_no={badge_no}")).await.expect(200);
    let id = listed.body["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{badge_no}: {}", listed.body)).to_owned();
    hr.get(&format!("/officers/{id}")).await.expect(200).body
}

/// Everybody on the roll, without what differs by nature between two imports.
async fn roll(hr: &Client) -> Vec<Value> {
    let listed = hr.get("/officers?limit=500").await.expect(200);
    let mut roll = Vec::new();
    for item in listed.body["items"].as_array().unwrap() {
        let mut whole = hr.get(&format!("/officers/{}", item["id"].as_str().unwrap())).await.expect(200).body;
        for member in ["id", "created_at", "unit_id", "units"] {
            whole.as_object_mut().unwrap().remove(member);
        }
        whole["spouse_officer_id"] = json!(!whole["spouse_officer_id"].is_null());
        roll.push(whole);
    }
    roll
}

both! {
    /// The tree of units.csv, whatever the order of its rows; again it changes nothing.
    async fn units_load_from_a_file(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let listed = hr.get("/units").await.expect(200);
        let units = listed.body["items"].as_array().unwrap();
        let find = |code: &str| units.iter().find(|unit| unit["code"] == code).unwrap();
        for (code, kind, parent) in [
            ("510100000000", "branch", "510000000000"),
            ("510101000000", "station", "510100000000"),
            ("510103000000", "team", "510100000000"),
            ("510201000000", "station", "510200000000"),
            ("510001000000", "office", "510000000000"),
        ] {
            assert_eq!((&find(code)["kind"], &find(code)["parent_id"]), (&json!(kind), &find(parent)["id"]), "{code}");
        }
        assert_eq!(
            (&find("510000000000")["parent_id"], &find("510000000000")["kind"]),
            (&Value::Null, &json!("bureau"))
        );
        assert_eq!(counts(&load(&hr, "/units/import", CSV, UNITS).await.expect(200)), (0, 0, 9));
    }

    /// One roster in three forms: whichever comes second finds everybody as they are.
    async fn three_files_are_one_roster(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, UTF8).await.expect(200)), (60, 0, 0));
        let before = roll(&hr).await;
        assert_eq!(before.len(), 60);
        for (content_type, file) in [(XLSX, WORKBOOK), ("text/csv; charset=gb18030", GB18030), (CSV, UTF8)] {
            let told = load(&hr, "/officers/import", content_type, file).await.expect(200);
            assert_eq!(counts(&told), (0, 0, 60), "{content_type}: {}", told.body);
        }
        assert_eq!(roll(&hr).await, before);
        let chen = officer(&hr, "100002").await;
        assert_eq!(
            (&chen["name"], &chen["sex"], &chen["category"]),
            (&json!("陈平"), &json!("female"), &json!("police"))
        );
        assert_eq!((&chen["born_on"], &chen["joined_on"]), (&json!("1980-01-18"), &json!("2002-05-10")));
        assert_eq!(chen["service_periods"], json!([{"from": "2000-06-09", "to": null, "kind": "employment"}]));
        assert_eq!(chen["spouse_officer_id"], officer(&hr, "100001").await["id"], "spouses are linked both ways");
        assert_eq!(officer(&hr, "100000").await["category"], "staff");
        assert_eq!(officer(&hr, "100007").await["category"], "auxiliary");
    }

    /// The workbook alone makes the same people as the file in UTF-8: titles, blank rows and the total are no people.
    async fn the_workbook_makes_the_same_people(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let told = load(&hr, "/officers/import", XLSX, WORKBOOK).await.expect(200);
        assert_eq!(counts(&told), (60, 0, 0), "{}", told.body);
        let made = roll(&hr).await;
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, UTF8).await.expect(200)), (0, 0, 60));
        assert_eq!(roll(&hr).await, made);
    }

    /// The file in GB18030 knows some dates to the month; it warns of each, and the exact file makes them exact.
    async fn dates_known_to_the_month_give_way_to_exact_ones(db: TestDatabase) {
        let (_app, hr) = with_units(db).await;
        let told = load(&hr, "/officers/import", CSV, GB18030).await.expect(200);
        assert_eq!(counts(&told), (60, 0, 0), "{}", told.body);
        let warned: Vec<_> =
            told.body["warnings"].as_array().unwrap().iter().filter(|one| one["code"] == "date_month_only").collect();
        assert_eq!(
            (&warned[0]["row"], &warned[0]["column"], &warned[0]["read"]),
            (&json!(3), &json!("出生日期"), &json!("1970.04"))
        );
        let ignored: Vec<_> = told.body["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["code"] == "column_ignored")
            .map(|one| one["column"].as_str().unwrap())
            .collect();
        assert_eq!(ignored, ["单位名称", "备注"], "each named once");
        let ma = officer(&hr, "100001").await;
        assert_eq!(
            (&ma["name"], &ma["born_on"], &ma["joined_on"]),
            (&json!("马涛"), &json!("1970-04-01"), &json!("1996-10-30"))
        );
        assert_eq!(ma["service_periods"][0]["from"], "1996-10-01");
        let told = load(&hr, "/officers/import", CSV, UTF8).await.expect(200);
        let (created, updated, unchanged) = counts(&told);
        assert_eq!((created, updated + unchanged), (0, 60));
        let ma = officer(&hr, "100001").await;
        assert_eq!(
            (&ma["born_on"], &ma["service_periods"]),
            (&json!("1970-04-03"), &json!([{"from": "1996-10-30", "to": null, "kind": "employment"}]))
        );
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, GB18030).await.expect(200)), (0, 0, 60));
        assert_eq!(officer(&hr, "100001").await["born_on"], "1970-04-03", "the exact date stays");
    }

    /// RULINGS 27: seven faults, each at its place, and nothing stored.
    async fn the_faulty_file_names_its_seven_faults(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let told = load(&hr, "/officers/import", CSV, FAULTY).await;
        assert_eq!(told.says(), (422, "import_refused"));
        assert_eq!(told.header("content-type"), "application/problem+json");
        let wanted = [
            (3, "警号", "badge_repeated"),
            (4, "单位代码", "unit_unknown"),
            (5, "出生日期", "date_impossible"),
            (6, "姓名", "value_missing"),
            (7, "参加工作时间", "service_before_birth"),
            (8, "人员类别", "category_unknown"),
            (9, "性别", "sex_unknown"),
        ];
        let wanted: Vec<_> =
            wanted.iter().map(|(row, column, code)| (*row, (*column).to_owned(), (*code).to_owned())).collect();
        assert_eq!(refusals(&told), wanted);
        let first = &told.body["rejected"][0];
        assert_eq!(first["read"], "100000");
        assert!(first["expected"].as_str().is_some_and(|words| !words.is_empty()));
        let english = load(&hr.with("accept-language", "en"), "/officers/import", CSV, FAULTY).await;
        assert_eq!(refusals(&english), wanted);
        assert_ne!(english.body["rejected"][0]["expected"], first["expected"]);
        let dry = load(&hr, "/officers/import?dry_run=true", CSV, FAULTY).await.expect(200);
        assert_eq!((refusals(&dry), counts(&dry)), (wanted, (0, 0, 0)));
        assert_eq!(records::count(&app.db, "officers"), 0);
    }

    /// A trial stores nothing, says what would be, and always answers 200.
    async fn a_dry_run_stores_nothing(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let told = load(&hr, "/officers/import?dry_run=true", CSV, UTF8).await.expect(200);
        assert_eq!((counts(&told), refusals(&told).len()), ((60, 0, 0), 0));
        let tables =
            ["officers", "officer_units", "service_periods", "spouses", "audit_log WHERE act = 'officer.imported'"];
        for table in tables {
            assert_eq!(records::count(&app.db, table), 0, "{table}");
        }
        for file in [&b""[..], b"\xff\xfe\xff\xff\xff", b"nonsense", b"PK\x03\x04 broken"] {
            let told = load(&hr, "/officers/import?dry_run=true", CSV, file).await.expect(200);
            assert_eq!(refusals(&told).len(), 1, "{}", told.body);
        }
        let keyed = hr.with("idempotency-key", "k");
        for _ in 0..2 {
            let told = load(&keyed, "/officers/import?dry_run=true", CSV, UTF8).await.expect(200);
            assert_eq!((told.header("idempotency-replayed"), counts(&told)), ("", (60, 0, 0)));
        }
        assert_eq!(load(&keyed, "/officers/import", CSV, UTF8).await.expect(200).header("idempotency-replayed"), "");
        assert_eq!(records::count(&app.db, "officers"), 60);
    }

    /// The same key gives the same answer again; a refused file is evaluated anew.
    async fn an_import_is_retried_under_its_key(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        let keyed = hr.with("idempotency-key", "roster-1");
        assert_eq!(load(&keyed, "/officers/import", CSV, FAULTY).await.status, 422);
        let first = load(&keyed, "/officers/import", CSV, UTF8).await.expect(200);
        let again = load(&keyed, "/officers/import", CSV, UTF8).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
        assert_eq!(counts(&again), (60, 0, 0));
        assert_eq!(load(&keyed, "/officers/import", CSV, GB18030).await.says(), (422, "idempotency_mismatch"));
        assert_eq!(records::count(&app.db, "officers"), 60);
    }

    /// Content types, empty and unreadable files.
    async fn files_that_are_none(db: TestDatabase) {
        let (app, hr) = with_units(db).await;
        for wrong in ["application/json", "text/plain", "application/octet-stream", "", "text/csv, text/csv"] {
            assert_eq!(
                load(&hr, "/officers/import", wrong, UTF8).await.says(),
                (415, "unsupported_media_type"),
                "{wrong}"
            );
        }
        for (content_type, file, code) in [
            (CSV, &b""[..], "file_empty"),
            (XLSX, b"", "file_empty"),
            (CSV, b"\n\n\n", "file_empty"),
            (CSV, b"\xb0", "encoding_unreadable"),
            (CSV, b"one,two\n1,2\n", "header_missing"),
            (XLSX, UTF8, "not_a_workbook"),
            (XLSX, b"PK\x03\x04 broken", "not_a_workbook"),
            (XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old_workbook"),
        ] {
            let told = load(&hr, "/officers/import", content_type, file).await;
            assert_eq!(told.says(), (422, "import_refused"), "{code}: {}", told.body);
            assert_eq!(refusals(&told)[0].2, code);
        }
        // A workbook is known by its bytes, whatever it is announced as.
        assert_eq!(counts(&load(&hr, "/officers/import", CSV, WORKBOOK).await.expect(200)), (60, 0, 0));
        assert_eq!(records::count(&app.db, "officers"), 60);
        assert_eq!(
            hr.send("POST", "/officers/import?dry_run=maybe", CSV, UTF8.to_vec()).await.says(),
            (400, "invalid_parameter")
        );
        assert_eq!(
            hr.send("POST", "/officers/import?dryrun=true", CSV, UTF8.to_vec()).await.says(),
            (400, "unknown_parameter")
        );
    }
}
