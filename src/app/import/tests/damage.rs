//! No bytes make the reading panic.

use std::io::Cursor;

use proptest::prelude::*;

use super::workbooks::replaced;
use super::*;

/// A file with some of its bytes changed, cut or doubled.
fn mutated(original: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let edits = proptest::collection::vec((0..original.len(), any::<u8>(), 0_u8..4), 1..12);
    edits.prop_map(move |edits| {
        let mut bytes = original.to_vec();
        for (at, value, kind) in edits {
            let at = at.min(bytes.len().saturating_sub(1));
            match kind {
                0 => bytes.truncate(at.max(8)),
                1 => bytes.insert(at, value),
                _ => bytes[at] = value,
            }
        }
        bytes
    })
}

fn survive(bytes: &[u8]) {
    for format in [Format::Csv, Format::Xlsx] {
        if let Ok((rows, _, rejected)) =
            officers(Cursor::new(bytes), format, &Limits::default(), day("2026-11-21"), &Some9)
        {
            let lines: std::collections::HashSet<u32> = rejected.iter().map(|rejection| rejection.row).collect();
            assert!(rows.iter().all(|row| !lines.contains(&row.line) && !row.name.is_empty()));
        }
        let _any = units(Cursor::new(bytes), format, &Limits::default(), &Nothing);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        survive(&bytes);
        survive(&[b"PK\x03\x04", bytes.as_slice()].concat());
        survive(&[HEAD.as_bytes(), bytes.as_slice()].concat());
    }

    #[test]
    fn no_damage_panics(csv in mutated(UTF8), gb in mutated(GB), errors in mutated(ERRORS), xlsx in mutated(XLSX)) {
        for bytes in [csv, gb, errors, xlsx] {
            survive(&bytes);
        }
    }

    #[test]
    fn no_damaged_sheet_panics(at in 0.0..1.0_f64, put in "[<>/&\"'=0-9A-Za-z#! ]{0,12}", cut in 0_usize..40) {
        for part in ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"] {
            survive(&replaced(part, |xml| {
                let mut chars: Vec<char> = xml.chars().collect();
                let share = f64::from(u32::try_from(chars.len()).unwrap()) * at;
                let start = format!("{:.0}", share.floor()).parse::<usize>().unwrap();
                let end = (start + cut).min(chars.len());
                chars.splice(start..end, put.chars());
                chars.into_iter().collect()
            }));
        }
    }

    #[test]
    fn no_cell_panics(cells in proptest::collection::vec("\\PC{0,14}|[0-9年月日.\\-/: TZ]{0,14}|[0-9.eE+]{0,9}", 10)) {
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let _any = rows(&(quoted.join(",") + "\n"));
    }
}
