//! The roster files as they come, and what is done to them.

use std::io::Cursor;

use chrono::NaiveDate;

use super::*;
use crate::rules::terms::{Category, Sex, UnitKind};

mod damage;
mod workbooks;

const UTF8: &[u8] = include_bytes!("../../../../tests/rosters/officers_utf8_bom.csv");
const GB: &[u8] = include_bytes!("../../../../tests/rosters/officers_gb18030.csv");
const XLSX: &[u8] = include_bytes!("../../../../tests/rosters/officers.xlsx");
const ERRORS: &[u8] = include_bytes!("../../../../tests/rosters/officers_with_errors.csv");
const UNITS: &[u8] = include_bytes!("../../../../tests/rosters/units.csv");

/// A database that has the units of `units.csv` and one officer of its own.
struct Some9;
impl Known for Some9 {
    fn unit_exists(&self, code: &str) -> bool {
        code.len() == 12 && code.starts_with("510")
    }
    fn officers_among(&self, badges: &[&str]) -> HashSet<String> {
        badges.iter().filter(|badge_no| **badge_no == "900").map(|badge_no| (*badge_no).to_owned()).collect()
    }
}

/// An empty database.
struct Nothing;
impl Known for Nothing {
    fn unit_exists(&self, _: &str) -> bool {
        false
    }
    fn officers_among(&self, _: &[&str]) -> HashSet<String> {
        HashSet::new()
    }
}

type Officers = Checked<OfficerRow>;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn read(bytes: &[u8]) -> Result<Officers, FileError> {
    let format = detect(None, None, bytes)?;
    officers(Cursor::new(bytes), format, &Limits::default(), day("2026-11-21"), &Some9)
}

fn codes(rejected: &[Rejection]) -> Vec<(u32, &str)> {
    rejected.iter().map(|rejection| (rejection.row, rejection.code.as_str())).collect()
}

fn warned(warnings: &[Warning], code: ImportCode) -> Vec<u32> {
    warnings.iter().filter(|w| w.code == code).map(|w| w.row.unwrap_or_default()).collect()
}

const HEAD: &str = "警号,姓名,单位代码,人员类别,性别,出生日期,参加工作时间,入警时间,职务,配偶警号\n";

/// Reads rows under the usual header; the first stands on line 2.
fn rows(text: &str) -> Officers {
    read(format!("{HEAD}{text}").as_bytes()).unwrap()
}

/// One row with a value in a column.
fn with(column: usize, value: &str) -> String {
    let mut cells = ["1", "王", "510101000000", "民警", "男", "1980-01-01", "2000-01-01", "2000-01-01", "", ""];
    cells[column] = value;
    cells.join(",") + "\n"
}

#[test]
fn utf8_file_has_sixty_officers() {
    let (rows, warnings, rejected) = read(UTF8).unwrap();
    assert_eq!((rows.len(), rejected), (60, vec![]));
    let ignored: Vec<_> = warnings.iter().map(|w| (w.code, w.column.as_deref().unwrap())).collect();
    assert_eq!(ignored, [(ImportCode::ColumnIgnored, "单位名称"), (ImportCode::ColumnIgnored, "备注")]);
    let first = &rows[0];
    assert_eq!((first.line, first.badge_no.as_str(), first.name.as_str()), (2, "100000", "孙浩"));
    assert_eq!((first.category, first.sex), (Category::Staff, Sex::Male));
    assert_eq!(first.born_on, Some(ImportedDate { date: day("1991-11-02"), month_only: false }));
    assert_eq!(rows[1].spouse_badge_no.as_deref(), Some("100002"));
    assert_eq!(rows[59].line, 61);
}

#[test]
fn the_three_files_say_the_same() {
    let (expected, ..) = read(UTF8).unwrap();
    let (from_xlsx, _, rejected) = read(XLSX).unwrap();
    assert_eq!(rejected, vec![]);
    assert_eq!((from_xlsx[0].line, from_xlsx.len()), (4, 60));
    let (from_gb, warnings, rejected) = read(GB).unwrap();
    assert_eq!((from_gb.len(), rejected), (60, vec![]));
    assert!(warned(&warnings, ImportCode::DateMonthOnly).len() > 20);
    for (row, (x, gb)) in expected.iter().zip(from_xlsx.iter().zip(&from_gb)) {
        assert_eq!(&OfficerRow { line: row.line, ..x.clone() }, row);
        assert_eq!(gb.line, row.line);
        let mut exact = gb.clone();
        let dates = [(&mut exact.born_on, row.born_on), (&mut exact.service_from, row.service_from)];
        for (found, wanted) in dates.into_iter().chain([(&mut exact.joined_on, row.joined_on)]) {
            let (month, exact) = (found.unwrap(), wanted.unwrap());
            assert!(month.date <= exact.date && exact.date <= month.latest());
            *found = wanted;
        }
        assert_eq!(&exact, row);
    }
}

#[test]
fn faulty_file_has_exactly_seven_refusals() {
    let (_, warnings, rejected) = read(ERRORS).unwrap();
    let expected = [
        (3, "警号", ImportCode::BadgeRepeated, "100000"),
        (4, "单位代码", ImportCode::UnitUnknown, "999999999999"),
        (5, "出生日期", ImportCode::DateImpossible, "2008-02-30"),
        (6, "姓名", ImportCode::ValueMissing, ""),
        (7, "参加工作时间", ImportCode::ServiceBeforeBirth, "1950-01-01"),
        (8, "人员类别", ImportCode::CategoryUnknown, "民兵"),
        (9, "性别", ImportCode::SexUnknown, "?"),
    ];
    let found: Vec<_> = rejected.iter().map(|r| (r.row, r.column.as_str(), r.code, r.read.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(warned(&warnings, ImportCode::SpouseUnknown), [4]);
}

#[test]
fn units_are_read() {
    let (rows, warnings, rejected) = units(Cursor::new(UNITS), Format::Csv, &Limits::default(), &Nothing).unwrap();
    assert_eq!((rows.len(), warnings, rejected), (9, vec![], vec![]));
    assert_eq!((rows[0].parent_code.as_deref(), rows[0].kind), (None, UnitKind::Bureau));
    assert_eq!((rows[5].parent_code.as_deref(), rows[5].kind), (Some("510100000000"), UnitKind::Team));
}

#[test]
fn units_refuse_broken_trees() {
    let text = "code,name,parent_code,kind\n\
        c,C,b,team\nb,B,a,branch\na,A,c,branch\nd,D,a,team\ne,E,zz,team\nf,F,5.1E+11,office\nf,F,,office\nf,G,,station\n\
        g,G,g,局\nh,H,510000000000,大队\ni,I,h,组\n";
    let (rows, _, rejected) = units(Cursor::new(text), Format::Csv, &Limits::default(), &Some9).unwrap();
    let expected = [
        (2, "parent_cycle"),
        (3, "parent_cycle"),
        (4, "parent_cycle"),
        (6, "parent_unknown"),
        (7, "code_scientific"),
        (8, "code_repeated"),
        (9, "code_repeated"),
        (10, "parent_cycle"),
        (12, "kind_unknown"),
    ];
    assert_eq!(codes(&rejected), expected);
    assert_eq!(rows.iter().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["d", "h"]);
}

#[test]
fn dates_in_every_form() {
    let exact = [
        "2016-07-01",
        "2016.7.1",
        "2016.07.01",
        "2016/7/1",
        "2016年7月1日",
        "20160701",
        "２０１６-０７-０１",
        "２０１６．７．１",
        "２０１６年７月１日",
        "2016-07-01 00:00:00",
        "2016-07-01T00:00:00Z",
        "2016/7/1 0:00",
        "2016 年 7 月 1 日",
        "2016—07—01",
        "２０１６０７０１",
    ];
    for text in exact {
        let (rows, warnings, rejected) = rows(&with(7, text));
        assert_eq!(codes(&rejected), [], "{text}");
        assert_eq!(rows[0].joined_on, Some(ImportedDate { date: day("2016-07-01"), month_only: false }), "{text}");
        assert_eq!(warnings, [], "{text}");
    }
    for text in ["2016.07", "2016-7", "2016/07", "2016年7月", "201607", "２０１６．０７"] {
        let (rows, warnings, _) = rows(&with(7, text));
        assert_eq!(rows[0].joined_on, Some(ImportedDate { date: day("2016-07-01"), month_only: true }), "{text}");
        assert_eq!(warned(&warnings, ImportCode::DateMonthOnly), [2], "{text}");
    }
    for text in ["2016-02-30", "2016.13", "20160732", "2016-00-01", "1850-01-01", "9999-01-01"] {
        assert_eq!(codes(&rows(&with(7, text)).2), [(2, "date_impossible")], "{text}");
    }
    for text in [
        "2016",
        "42552",
        "1/7/2016",
        "16-07-01",
        "2016-07/01",
        "七月",
        "2016-07-01 08:30",
        "2016-07-01-02",
        "-",
        "2016年",
        "2016-07-01T16:00:00Z",
        "２０１６０７０",
        "+2016-07-01",
        "T",
        ":",
        "年月",
        "至今",
    ] {
        assert_eq!(codes(&rows(&with(7, text)).2), [(2, "date_unreadable")], "{text}");
    }
}

#[test]
fn badges_are_text() {
    for (read_as, badge) in
        [("100000.0", "100000"), ("00012", "00012"), ("００１２", "0012"), ("川A-7", "川A-7"), ("5E12", "5E12")]
    {
        assert_eq!(rows(&with(0, read_as)).0[0].badge_no, badge);
    }
    let refused = [
        ("1.0E+5", "badge_scientific"),
        ("1E+05", "badge_scientific"),
        ("1.0e5", "badge_scientific"),
        ("12 34", "invalid_characters"),
        ("'100000", "invalid_characters"),
        ("", "value_missing"),
        ("\u{3000}", "value_missing"),
        ("1\u{0}2", "control_character"),
        ("123456789012345678901234567890123", "value_too_long"),
    ];
    for (text, code) in refused {
        assert_eq!(codes(&rows(&with(0, text)).2), [(2, code)], "{text:?}");
    }
    assert_eq!(codes(&rows(&with(2, "5.1E+11")).2), [(2, "code_scientific")]);
    assert_eq!(rows(&with(2, "510101000000.0")).0[0].unit_code, "510101000000");
}

#[test]
fn texts_are_trimmed_and_held_to_their_length() {
    assert_eq!(rows(&with(1, "　 王　五\u{feff} ")).0[0].name, "王　五");
    assert_eq!(rows(&with(1, &"长".repeat(100))).0.len(), 1);
    for (name, code) in [
        ("长".repeat(101), "value_too_long"),
        ("a\u{202e}b".into(), "control_character"),
        ("\"a\nb\"".into(), "control_character"),
    ] {
        assert_eq!(codes(&rows(&with(1, &name)).2), [(2, code)]);
    }
    assert_eq!(codes(&rows(&with(1, &"长".repeat(9_000))).2), [(2, "value_too_long")]);
    assert_eq!(codes(&rows(&with(8, &"长".repeat(101))).2), [(2, "value_too_long")]);
    assert_eq!(rows(&with(3, "ＰＯＬＩＣＥ")).0[0].category, Category::Police);
    assert_eq!(rows(&with(4, " Female ")).0[0].sex, Sex::Female);
}

#[test]
fn dates_are_held_against_each_other() {
    let case = |born: &str, service: &str, joined: &str| {
        let (_, warnings, rejected) = rows(&format!("1,王,510101000000,民警,男,{born},{service},{joined},,\n"));
        let warnings: Vec<String> = warnings.iter().map(|w| w.code.to_string()).collect();
        (rejected.first().map(|r| r.code.to_string()).unwrap_or_default(), warnings.join(" "))
    };
    let is =
        |found: (String, String), refusal: &str, warnings: &str| assert_eq!(found, (refusal.into(), warnings.into()));
    is(case("2026-11-22", "", ""), "born_in_future", "");
    is(case("2026-11-21", "", ""), "", "");
    is(case("1990-05-10", "1989-05-10", ""), "service_before_birth", "");
    is(case("1990-05-10", "2004-05-09", ""), "service_under_age", "");
    is(case("1990-05-10", "2004-05-10", ""), "", "");
    is(case("1990-05-10", "2004.05", ""), "", "date_month_only date_conflict_uncertain");
    is(case("1990-05-10", "2004.04", ""), "service_under_age", "date_month_only");
    is(case("1990.05", "2004-05-03", ""), "", "date_month_only");
    is(case("1990-05-10", "", "1989-01-01"), "joined_before_birth", "");
    is(case("1990-05-10", "", "1999-01-01"), "joined_under_age", "");
    is(case("1990-05-10", "2010-01-02", "2010-01-01"), "", "joined_before_service");
    is(case("1990-05-10", "2010-01-02", "2010.01"), "", "date_month_only date_conflict_uncertain");
    is(case("2004-02-29", "2018-02-28", ""), "", "");
}

#[test]
fn spouses_name_each_other_or_somebody_outside() {
    let row = |badge: &str, spouse: &str| format!("{badge},王,510101000000,民警,男,,,,,{spouse}\n");
    let case =
        |pairs: &[(&str, &str)]| rows(&pairs.iter().map(|(badge, spouse)| row(badge, spouse)).collect::<String>());
    assert_eq!(codes(&case(&[("1", "2"), ("2", "1")]).2), []);
    assert_eq!(codes(&case(&[("1", "2"), ("2", "")]).2), [(2, "spouse_not_mutual")]);
    assert_eq!(codes(&case(&[("1", "2"), ("2", "3"), ("3", "2")]).2), [(2, "spouse_not_mutual")]);
    assert_eq!(codes(&case(&[("1", "1")]).2), [(2, "spouse_self")]);
    assert_eq!(case(&[("1", "900")]).0[0].spouse_badge_no.as_deref(), Some("900"));
    assert_eq!(codes(&case(&[("1", "900"), ("2", "900")]).2), [(3, "spouse_repeated")]);
    let (found, warnings, rejected) = case(&[("1", "77")]);
    assert_eq!((found[0].spouse_badge_no.as_deref(), rejected.len()), (None, 0));
    assert_eq!(warned(&warnings, ImportCode::SpouseUnknown), [2]);
    // The other row is refused, in whatever order: no fault of this one.
    let text = row("1", "2") + "2,,510101000000,民警,男,,,,,1\n";
    assert_eq!(codes(&rows(&text).2), [(3, "value_missing")]);
}

#[test]
fn a_row_may_yield_several_refusals() {
    let found = rows("1E+5,,999,军,x,2001-02-29,2016,z,,\n").2;
    assert_eq!(found.len(), 8);
    assert!(found.iter().all(|rejection| rejection.row == 2));
}

#[test]
fn headers_in_any_order_and_language() {
    let english = "Sex, NAME ,badge no,unit_code,Category,service_periods[0].from,extra\nmale,Wang,1,510101000000,police,2010-01-01,x\n";
    let (found, warnings, rejected) = read(english.as_bytes()).unwrap();
    assert_eq!((found.len(), rejected), (1, vec![]));
    assert_eq!(found[0].service_from.unwrap().date, day("2010-01-01"));
    assert_eq!(warnings[0].column.as_deref(), Some("extra"));
    let spaced =
        "花名册\n\n姓　名\t 警号*\t单位代码（必填）\t人员类别\t性别\n王\t1\t510101000000\t民警\t男\n合计\t1\t\t\t\n";
    let (found, _, rejected) = read(spaced.as_bytes()).unwrap();
    assert_eq!((found.len(), rejected, found[0].line), (1, vec![], 4));
    let semicolon = "badge_no;name;unit_code;category;sex\n1;Wang, A;510101000000;staff;female\n";
    assert_eq!(read(semicolon.as_bytes()).unwrap().0[0].name, "Wang, A");
}

#[test]
fn headers_that_cannot_serve_are_refused_where_they_stand() {
    let (found, _, rejected) = read("title\n警号,姓名,单位代码,人员类别\n1,王,5,民警\n".as_bytes()).unwrap();
    assert_eq!((found.len(), codes(&rejected), rejected[0].column.as_str()), (0, vec![(2, "column_missing")], "性别"));
    let twice = read("badge_no,name,unit_code,category,sex,Name\n".as_bytes()).unwrap().2;
    assert_eq!((codes(&twice), twice[0].column.as_str()), (vec![(1, "column_repeated")], "Name"));
    assert_eq!(read(b"a,b\n1,2\n").unwrap_err().code, ImportCode::HeaderMissing);
    assert_eq!(read(b"").unwrap_err().code, ImportCode::FileEmpty);
    assert_eq!(read(b"\n\n").unwrap_err().code, ImportCode::FileEmpty);
    let late = format!("{}{HEAD}", "x\n".repeat(20));
    assert_eq!(read(late.as_bytes()).unwrap_err().code, ImportCode::HeaderMissing);
}

#[test]
fn lines_are_those_of_the_file() {
    let head = "\r\n花名册,,\r\n\r\n警号,姓名,单位代码,人员类别,性别,备注\r\n";
    let body = "1,王,510101000000,民警,男,\"两\r\n行\"\r\n\r\n\r\n,,,,,\r\n2,李,510101000000,民警,女,\"\"\"x\"\"\"\r\n小 计：,2,,,,\r\n3,赵,510101000000,民警,女,";
    let (found, _, rejected) = read(format!("{head}{body}").as_bytes()).unwrap();
    assert_eq!(rejected, vec![]);
    assert_eq!(found.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 10, 12]);
    let old_mac = format!("{head}{body}").replace("\r\n", "\r");
    assert_eq!(read(old_mac.as_bytes()).unwrap().0, found);
}

#[test]
fn ragged_rows_are_refused_and_empty_ends_are_not() {
    let text = format!("{}{}{}", with(0, "1").trim_end(), ",,,\n", "2,李,510101000000,民警\n");
    let (found, _, rejected) = rows(&(text + with(0, "3").trim_end() + ",more\n"));
    assert_eq!((found.len(), codes(&rejected)), (1, vec![(3, "row_ragged"), (4, "row_ragged")]));
}

#[test]
fn a_total_word_hides_no_officer() {
    assert_eq!(rows("合计,王,510101000000,民警,男,,,,,\n").0.len(), 1);
    assert_eq!(rows("合计60人,,,,,,,,,\nTotal:,60,,,,,,,,\n").2.len(), 0);
    assert_eq!(rows("制表人：王,,,,,,,,,\n").2[0].code, ImportCode::InvalidCharacters);
}

#[test]
fn quotes_that_never_close_are_refused_at_their_line() {
    let text = format!("{HEAD}{}2,\"李,510101000000\n{}", with(0, "1"), with(0, "3"));
    let error = read(text.as_bytes()).unwrap_err();
    assert_eq!((error.code, error.line), (ImportCode::QuoteUnclosed, 3));
    let long = format!("{HEAD}{}2,\"李,{}", with(0, "1"), with(0, "3").repeat(40_000));
    let error = read(long.as_bytes()).unwrap_err();
    assert_eq!((error.code, error.line), (ImportCode::RecordTooLong, 3));
}

#[test]
fn encodings() {
    let text = format!("{HEAD}{}", with(1, "王㐀"));
    let expected = read(text.as_bytes()).unwrap().0;
    assert_eq!(expected[0].name, "王㐀");
    let (gb, ..) = encoding_rs::GB18030.encode(&text);
    assert_eq!(read(&gb).unwrap().0, expected);
    let marked = format!("\u{feff}{text}");
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&little).unwrap().0, expected);
    assert_eq!(read(&big).unwrap().0, expected);
    // One damaged byte does not make GB18030 of Chinese text in UTF-8.
    let damaged = [text.as_bytes(), b"2,\xe7\x8e,".as_slice()].concat();
    let error = read(&damaged).unwrap_err();
    assert_eq!((error.code, error.line), (ImportCode::EncodingUnreadable, 3));
    let mut broken = gb.to_vec();
    broken.extend_from_slice(b"2,\xff\xff,5,");
    let error = read(&broken).unwrap_err();
    assert_eq!((error.code, error.line), (ImportCode::EncodingUnreadable, 3));
    // One sign of GB18030 far behind a beginning in plain ASCII decides for the whole file.
    let ascii = "badge_no,name,unit_code,category,sex\n".to_owned() + &"1,A,510101000000,police,male\n".repeat(2_000);
    let (tail, ..) = encoding_rs::GB18030.encode("2,王,510101000000,police,male\n");
    let (found, ..) = read(&[ascii.as_bytes(), &tail].concat()).unwrap();
    assert_eq!(found[1].name, "王");
}

#[test]
fn a_hundred_thousand_rows() {
    use std::fmt::Write as _;
    let mut text = HEAD.to_owned();
    for index in 0..100_000 {
        writeln!(text, "{index},王,510101000000,民警,男,1980.01,2000-01-01,2000-01-01,,").unwrap();
    }
    let (found, warnings, rejected) = read(text.as_bytes()).unwrap();
    assert_eq!((found.len(), rejected.len(), found[99_999].line), (100_000, 0, 100_001));
    assert_eq!(warnings.len(), 10_001);
    assert_eq!(warnings[10_000].read.as_deref(), Some("90000"));
}

#[test]
fn the_report_has_the_shape_of_the_contract() {
    let (_, warnings, rejected) = read(ERRORS).unwrap();
    let report = Report { warnings, rejected, ..Report::default() };
    let voice = |language| Voice { language, sentence: &|finding| finding.rule.clone() };
    let json = report.to_json(voice(Language::Zh));
    assert_eq!(json["created"], 0);
    assert_eq!(
        json["rejected"][1],
        serde_json::json!({"row": 4, "column": "单位代码", "code": "unit_unknown", "read": "999999999999",
            "expected": "已有单位的代码", "message": "单位不存在"})
    );
    assert_eq!(report.to_json(voice(Language::En))["rejected"][6]["expected"], "male, female");
}

#[test]
fn every_code_has_its_own_words() {
    for language in [Language::Zh, Language::En] {
        let mut words: Vec<_> = ImportCode::ALL.iter().map(|code| code.text(language)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ImportCode::ALL.len());
    }
}
