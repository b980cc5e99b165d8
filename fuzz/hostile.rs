//! What untrusted bytes are given to: a file to import, a policy text, a cursor, a token. Each takes any bytes, must
//! not panic, and must end soon. `targets/` gives them to libFuzzer; the tests of the program give them a fixed
//! selection at every run.

use std::collections::HashSet;
use std::io::Cursor;

use respite::app::import::{self, Format, Known, Limits};
use respite::auth::tokens::KeyRing;
use respite::http::paging::Paging;
use respite::rules::policy::{Draft, PolicySet};
use uuid::Uuid;

/// A database that holds nothing.
struct Empty;

impl Known for Empty {
    fn unit_exists(&self, _: &str) -> bool {
        false
    }

    fn officers_among(&self, _: &[&str]) -> HashSet<String> {
        HashSet::new()
    }
}

/// Small limits, so that a few bytes already run into them.
fn limits() -> Limits {
    Limits { xlsx_rows_max: 200, csv_rows_max: 200, unpacked_bytes_max: 4 << 20, rejected_max: 20, ..Limits::default() }
}

/// Reads bytes as each file that is imported, in the format that they announce and in the other.
pub fn importer(bytes: &[u8]) {
    let announced = import::detect(None, None, bytes.get(..8).unwrap_or(bytes));
    let today = "2026-03-02".parse().expect("a date");
    for format in [announced.unwrap_or(Format::Csv), Format::Xlsx] {
        let limits = limits();
        let _read = import::units(&mut Cursor::new(bytes), format, &limits, &Empty);
        let _read = import::officers(&mut Cursor::new(bytes), format, &limits, today, &Empty);
        let _read = import::openings(&mut Cursor::new(bytes), format, &limits, today);
        let _read = import::duties(&mut Cursor::new(bytes), format, &limits, import::Month::parse("2026-03"));
    }
}

/// Reads bytes as a policy text: as a file of the folder, and as what is published.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let built_in = PolicySet::built_in().expect("what is built in can be read");
    for name in ["annual_leave", "leave_requests"] {
        let draft = Draft {
            name,
            unit_id: None,
            category: None,
            effective_from: "2026-01-01".parse().expect("a date"),
            source: "fuzz",
            text,
            supersedes: None,
        };
        match built_in.clone().with_draft(&draft) {
            // What is published is shown and compared, whatever it says.
            Ok(set) => {
                let document = set.document(name).expect("a known policy");
                let _shown = document.in_force(&[], draft.effective_from);
                let _differs = respite::rules::policy::diff::texts(("a", text), ("b", &document.text));
            }
            Err(error) => assert!(error.line <= text.lines().count() + 1, "line {} of {text:?}", error.line),
        }
    }
    let _overlaid = built_in.overlaid(&[("fuzz.toml".to_owned(), text.to_owned())]);
}

/// Reads bytes as the cursor of lists with keys of every shape that the service has.
pub fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let paging = Paging { cursor: Some(text.to_owned()), ..Paging::default() };
    let _key = paging.after::<String>("officers");
    let _key = paging.after::<Uuid>("audit");
    let _key = paging.after::<(String, Uuid)>("units");
}

/// Reads bytes as an access token.
pub fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let ring = KeyRing::new(&[("a".to_owned(), vec![7; 32])]).expect("a key of 32 bytes");
    let now = "2026-03-02T01:00:00Z".parse().expect("an instant");
    assert!(ring.verify(text, now).is_err(), "nobody but the service signs: {text:?}");
    let _hash = respite::auth::tokens::hash(text);
}
