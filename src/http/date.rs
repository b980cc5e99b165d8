//! Dates on the wire: `YYYY-MM-DD` with a year from 0001 to 9999, and nothing else (CONTRACT §1). Every field of a
//! request that is a date is read with one of these; chrono alone would take `+12345-1-1`, which no database keeps.

use std::fmt;

use chrono::NaiveDate;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use super::body::Patch;

/// A date.
pub(super) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    Written::deserialize(deserializer).map(|Written(date)| date)
}

/// A date or null.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    Ok(Option::<Written>::deserialize(deserializer)?.map(|Written(date)| date))
}

/// A date in a merge patch.
pub(super) fn patch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Patch<NaiveDate>, D::Error> {
    Ok(Patch::<Written>::deserialize(deserializer)?.map(|Written(date)| date))
}

struct Written(NaiveDate);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YYYY-MM-DD")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
        read(text).map(Written).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

fn read(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    let date: NaiveDate = text.parse().ok().filter(|_| shaped)?;
    (!text.starts_with("0000")).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_contract_writes_is_read() {
        for text in ["2026-03-02", "0001-01-01", "9999-12-31", "2024-02-29"] {
            assert_eq!(read(text).map(|date| date.to_string()).as_deref(), Some(text));
        }
        for text in [
            "2026-3-2",
            "2026-02-30",
            "0000-01-01",
            "+2026-03-02",
            "-2026-3-02",
            "+262142-12-31",
            " 2026-3-2",
            "2026/03/02",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
