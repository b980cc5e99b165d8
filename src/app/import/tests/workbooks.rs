//! Workbooks made for the purpose.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet};

use super::*;

fn sheet(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0_u16..).zip(["警号", "姓名", "单位代码", "人员类别", "性别", "出生日期", "入警时间"])
    {
        sheet.write(1, column, name).unwrap();
    }
    fill(sheet);
    book.save_to_buffer().unwrap()
}

fn person(sheet: &mut Worksheet, row: u32) {
    sheet.write(row, 0, f64::from(row)).unwrap();
    for (column, text) in (1_u16..).zip(["王", "510101000000", "民警", "男"]) {
        sheet.write(row, column, text).unwrap();
    }
}

#[test]
fn workbook_numbers_and_dates() {
    let date = CellFormat::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    let bytes = sheet(|sheet| {
        person(sheet, 2);
        sheet.write(2, 2, 510_101_000_000_f64).unwrap();
        sheet.write_number_with_format(2, 5, 33_544, &date).unwrap();
        sheet.write(2, 6, 20_160_701).unwrap();
        person(sheet, 3);
        sheet.write(3, 5, 2016.1).unwrap();
        sheet.write(3, 6, 2016.07).unwrap();
        person(sheet, 4);
        sheet.write(4, 0, 100.5).unwrap();
        sheet.write_number_with_format(4, 5, 60, &date).unwrap();
        person(sheet, 5);
        sheet.write_number_with_format(5, 1, 40_000, &date).unwrap();
        sheet.write_formula(5, 2, rust_xlsxwriter::Formula::new("=A1").set_result("#REF!")).unwrap();
    });
    let (found, _, rejected) = read(&bytes).unwrap();
    assert_eq!((found[0].badge_no.as_str(), found[0].unit_code.as_str(), found[0].line), ("2", "510101000000", 3));
    assert_eq!(found[0].born_on.unwrap().date, day("1991-11-02"));
    assert_eq!(found[0].joined_on.unwrap().date, day("2016-07-01"));
    let expected =
        [(4, "date_ambiguous"), (5, "number_not_whole"), (5, "date_unreadable"), (6, "not_text"), (6, "cell_error")];
    assert_eq!(codes(&rejected), expected);
}

#[test]
fn a_cell_at_the_far_end_costs_nothing() {
    let bytes = sheet(|sheet| {
        person(sheet, 2);
        sheet.write(2, 16_383, "x").unwrap();
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    let (found, warnings, rejected) = read(&bytes).unwrap();
    assert_eq!((found.len(), rejected), (1, vec![]));
    let outside: Vec<_> = warnings.iter().filter(|w| w.code == ImportCode::CellsOutsideTable).collect();
    assert_eq!((outside.len(), outside[0].column.as_deref()), (1, Some("XFD")));
}

#[test]
fn rows_of_a_workbook_are_limited() {
    let bytes = sheet(|sheet| (2..6).for_each(|row| person(sheet, row)));
    let limits = Limits { xlsx_rows_max: 3, ..Limits::default() };
    let error = officers(Cursor::new(&bytes), Format::Xlsx, &limits, day("2026-11-21"), &Some9).unwrap_err();
    assert_eq!((error.code, error.line), (ImportCode::TooManyRows, 6));
    let limits = Limits { unpacked_bytes_max: 1_000, ..Limits::default() };
    let error = officers(Cursor::new(&bytes), Format::Xlsx, &limits, day("2026-11-21"), &Some9).unwrap_err();
    assert_eq!(error.code, ImportCode::WorkbookTooLarge);
}

#[test]
fn the_first_sheet_with_a_header_is_read_and_others_are_named() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "请填写").unwrap();
    for name in ["甲", "乙"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (column, text) in (0_u16..).zip(["badge_no", "name", "unit_code", "category", "sex"]) {
            sheet.write(0, column, text).unwrap();
        }
        person(sheet, 1);
    }
    let (found, warnings, rejected) = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!((found.len(), rejected), (1, vec![]));
    assert_eq!(warnings[0].code, ImportCode::SheetIgnored);
    assert_eq!(warnings[0].read.as_deref(), Some("乙"));
}

/// A copy of the workbook with one part replaced.
pub(super) fn replaced(part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(XLSX)).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut file = old.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        new.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(if name == part { change(text) } else { text }.as_bytes()).unwrap();
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn both_date_systems() {
    let bytes = replaced("xl/workbook.xml", |xml| xml.replace("<workbookPr />", "<workbookPr date1904=\"1\" />"));
    let (found, ..) = read(&bytes).unwrap();
    assert_eq!(found[0].born_on.unwrap().date, day("1995-11-03"));
}

#[test]
fn a_formula_without_a_value_is_no_empty_cell() {
    let whole = "<c r=\"H4\" s=\"1\" t=\"n\"><v>40753</v></c>";
    let with = |formula: &'static str| {
        replaced("xl/worksheets/sheet1.xml", move |xml| {
            assert!(xml.contains(whole));
            xml.replacen(whole, formula, 1)
        })
    };
    let (found, _, rejected) = read(&with("<c r=\"H4\" s=\"1\"><f>DATE(2011,7,29)</f></c>")).unwrap();
    assert_eq!((found.len(), codes(&rejected)), (59, vec![(4, "cell_error")]));
    let (found, _, rejected) = read(&with("<c r=\"H4\" s=\"1\"><f>DATE(2011,7,29)</f><v>40753</v></c>")).unwrap();
    assert_eq!((found[0].service_from.unwrap().date, rejected), (day("2011-07-29"), vec![]));
    let (found, _, rejected) = read(&with("<c r=\"H4\" t=\"str\"><f>\"\"</f><v></v></c>")).unwrap();
    assert_eq!((found[0].service_from, rejected), (None, vec![]));
}

#[test]
fn an_archive_that_lies_about_its_size_is_refused() {
    let bytes = replaced("xl/worksheets/sheet1.xml", |xml| xml + &" ".repeat(1 << 20));
    let central = bytes.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let offset = u32::from_le_bytes(bytes[central + 16..central + 20].try_into().unwrap());
    let mut at = usize::try_from(offset).unwrap();
    let mut lying = bytes.clone();
    while lying[at..].starts_with(b"PK\x01\x02") {
        lying[at + 24..at + 28].copy_from_slice(&100_u32.to_le_bytes());
        let length = |i: usize| usize::from(u16::from_le_bytes([bytes[at + i], bytes[at + i + 1]]));
        at += 46 + length(28) + length(30) + length(32);
    }
    assert_eq!(read(&lying).unwrap_err().code, ImportCode::NotAWorkbook);
}

#[test]
fn files_that_are_no_workbook() {
    let is = |bytes: &[u8], code| {
        let found = officers(Cursor::new(bytes), Format::Xlsx, &Limits::default(), day("2026-11-21"), &Some9);
        assert_eq!(found.unwrap_err().code, code);
    };
    is(b"", ImportCode::FileEmpty);
    is(b"PK\x03\x04", ImportCode::NotAWorkbook);
    is(UTF8, ImportCode::NotAWorkbook);
    is(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", ImportCode::OldWorkbook);
    let mark: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    is(&[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &mark].concat(), ImportCode::WorkbookEncrypted);
    let mut docx = zip::ZipWriter::new(Cursor::new(Vec::new()));
    docx.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    is(&docx.finish().unwrap().into_inner(), ImportCode::NotAWorkbook);
    assert_eq!(detect(None, Some("A.XLSX"), UTF8).unwrap_err().code, ImportCode::NotAWorkbook);
    assert_eq!(detect(Some("text/csv"), None, XLSX).unwrap(), Format::Xlsx);
    assert_eq!(detect(Some("text/csv"), None, UTF8).unwrap(), Format::Csv);
}
