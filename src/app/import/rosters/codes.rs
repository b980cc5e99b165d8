//! What the codes of a roster mean: the file's own legend, the words that mean one thing everywhere, and hours written
//! out. 白 and 夜 alone mean nothing: which hours they are is the unit's to say.

use std::collections::BTreeMap;

use chrono::NaiveTime;

use super::super::table::Cell;
use super::super::value::{DutyWord, clock_text, duty_word, half_width};
use super::DutyEntry;
use crate::rules::duty::{DutyKind, RestDayKind};

/// Longest code, in characters.
pub const CODE_CHARS_MAX: usize = 20;
/// Most codes of one cell.
pub const IN_CELL_MAX: usize = 4;
/// What stands between several codes of one cell.
pub const SEPARATORS: [char; 6] = ['/', '+', '、', ',', ';', '&'];
/// Longest shift by the local clock, in minutes: that of a pattern's day.
pub const MINUTES_MAX: i64 = 4_320;

/// Words that mean the same in every unit.
const WORDS: &[(&str, DutyEntry)] = &[
    ("休", DutyEntry::Rest(RestDayKind::Weekly)),
    ("休息", DutyEntry::Rest(RestDayKind::Weekly)),
    ("周休", DutyEntry::Rest(RestDayKind::Weekly)),
    ("公休", DutyEntry::Rest(RestDayKind::Weekly)),
    ("rest", DutyEntry::Rest(RestDayKind::Weekly)),
    ("weekly", DutyEntry::Rest(RestDayKind::Weekly)),
    ("off", DutyEntry::Rest(RestDayKind::Weekly)),
    ("轮休", DutyEntry::Rest(RestDayKind::Rotation)),
    ("rotation", DutyEntry::Rest(RestDayKind::Rotation)),
    ("补休", DutyEntry::Rest(RestDayKind::Comp)),
    ("comp", DutyEntry::Rest(RestDayKind::Comp)),
    ("下", DutyEntry::Off),
    ("下夜", DutyEntry::Off),
    ("-", DutyEntry::Off),
    ("—", DutyEntry::Off),
    ("——", DutyEntry::Off),
    ("/", DutyEntry::Off),
    ("假", DutyEntry::Leave),
    ("请假", DutyEntry::Leave),
    ("休假", DutyEntry::Leave),
    ("年休", DutyEntry::Leave),
    ("年休假", DutyEntry::Leave),
    ("年假", DutyEntry::Leave),
    ("病假", DutyEntry::Leave),
    ("事假", DutyEntry::Leave),
    ("婚假", DutyEntry::Leave),
    ("产假", DutyEntry::Leave),
    ("陪产假", DutyEntry::Leave),
    ("护理假", DutyEntry::Leave),
    ("丧假", DutyEntry::Leave),
    ("探亲假", DutyEntry::Leave),
    ("育儿假", DutyEntry::Leave),
    ("疗养", DutyEntry::Leave),
    ("leave", DutyEntry::Leave),
];

/// A code without what people vary: width, case, spaces.
#[must_use]
pub fn plain(code: &str) -> String {
    half_width(code).to_lowercase().chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// Codes with what they mean; what two say differently means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    known: BTreeMap<String, Found>,
}

/// What is known of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// One meaning.
    One(DutyEntry),
    /// More than one.
    Several,
}

impl Codes {
    /// Adds a code; `false` where it means something else already.
    pub fn add(&mut self, code: &str, entry: DutyEntry) -> bool {
        let found = self.known.entry(plain(code)).or_insert(Found::One(entry));
        if *found != Found::One(entry) {
            *found = Found::Several;
        }
        *found == Found::One(entry)
    }

    /// What a code means: 白班 and 白 are one.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<Found> {
        let known = |code: &str| self.known.get(code).copied();
        known(code).or_else(|| match code.strip_suffix('班') {
            Some(bare) => known(bare),
            None => known(&format!("{code}班")),
        })
    }

    /// The codes, for a refusal that names them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }
}

/// Why a cell means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// Nothing explains this code.
    Unknown,
    /// It means more than one thing.
    Several,
}

/// What a cell says: one code, hours, or several of them with `/`, `+`, `、`, `,` or `;` between: each is one entry.
///
/// # Errors
/// When one of them means nothing, or more than one thing.
pub fn entries(text: &str, explain: &dyn Fn(&str) -> Option<Found>) -> Result<Vec<DutyEntry>, Unclear> {
    let meaning = |code: &str| match explain(code) {
        Some(Found::One(entry)) => Some(Ok(entry)),
        Some(Found::Several) => Some(Err(Unclear::Several)),
        None => word(code).or_else(|| hours(code)).map(Ok),
    };
    let whole = plain(text);
    if let Some(found) = meaning(&whole) {
        return Ok(vec![found?]);
    }
    let parts: Vec<&str> = whole.split(SEPARATORS).filter(|part| !part.is_empty()).collect();
    if !(2..=IN_CELL_MAX).contains(&parts.len()) {
        return Err(Unclear::Unknown);
    }
    parts.into_iter().map(|part| meaning(part).unwrap_or(Err(Unclear::Unknown))).collect()
}

/// What a word means in every unit.
#[must_use]
pub fn word(code: &str) -> Option<DutyEntry> {
    WORDS.iter().find(|(word, _)| *word == code).map(|(_, entry)| *entry)
}

/// Hours written out, perhaps with a kind: `08:00-20:00`, `值班 20:00-次日08:00`.
#[must_use]
pub fn hours(text: &str) -> Option<DutyEntry> {
    let text = plain(text).replace(['–', '—', '－', '~', '～', '至', '到'], "-");
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at_checked(first)?;
    let (times, after) = rest.split_at_checked(last + 1 - first)?;
    let kind = match (before.trim_matches(['(', ')', ':']), after.trim_matches(['(', ')', ':'])) {
        ("", "") => DutyKind::Duty,
        (word, "") | ("", word) => kind_of(word)?,
        _ => return None,
    };
    let (starts, ends) = times.split_once('-')?;
    let (ends, is_next) = ["次日", "翌日", "第二天", "+1"]
        .iter()
        .find_map(|mark| ends.strip_prefix(mark))
        .map_or((ends, false), |ends| (ends, true));
    shift(kind, clock_text(starts)?, clock_text(ends)?, is_next.then_some(1), None)
}

/// The kind of duty that a word names.
#[must_use]
pub fn kind_of(word: &str) -> Option<DutyKind> {
    match duty_word(&Cell::Text(word.to_owned())) {
        Ok(Some(DutyWord::Duty(kind))) => Some(kind),
        _ => None,
    }
}

/// A shift by its hours; an end that is not after the start is on the next date.
#[must_use]
pub fn shift(kind: DutyKind, starts: i64, ends: i64, days: Option<i64>, counted: Option<i64>) -> Option<DutyEntry> {
    let minutes = match days {
        Some(days) => ends + days * 1440 - starts,
        None if ends <= starts => ends + 1440 - starts,
        None => ends - starts,
    };
    lasting(kind, starts, minutes, counted)
}

/// A shift by its start and length.
#[must_use]
pub fn lasting(kind: DutyKind, starts: i64, minutes: i64, counted: Option<i64>) -> Option<DutyEntry> {
    let seconds = u32::try_from(starts * 60).ok()?;
    let starts = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?;
    let is_sound =
        (1..=MINUTES_MAX).contains(&minutes) && counted.is_none_or(|counted| (0..=minutes).contains(&counted));
    is_sound.then_some(DutyEntry::Shift { kind, starts, minutes, counted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(kind: DutyKind, starts: &str, minutes: i64) -> DutyEntry {
        DutyEntry::Shift { kind, starts: starts.parse().unwrap(), minutes, counted: None }
    }

    #[test]
    fn hours_are_written_out() {
        for text in [
            "08:00-20:00",
            "8:00～20:00",
            "８：００－２０：００",
            "08:00至20:00",
            "勤务 08:00-20:00",
            "08:00-20:00(duty)",
        ] {
            assert_eq!(hours(text), Some(duty(DutyKind::Duty, "08:00:00", 720)), "{text}");
        }
        assert_eq!(hours("值班20:00-08:00"), Some(duty(DutyKind::Overnight, "20:00:00", 720)));
        assert_eq!(hours("08:00-次日08:00"), Some(duty(DutyKind::Duty, "08:00:00", 1440)));
        assert_eq!(hours("08:00-次日20:00"), Some(duty(DutyKind::Duty, "08:00:00", 2160)));
        assert_eq!(hours("08:00-24:00"), Some(duty(DutyKind::Duty, "08:00:00", 960)));
        for text in ["8-20", "08:00", "25:00-26:00", "巡逻08:00-20:00", "08:00-20:00-22:00", "", "-", "24:00-08:00"] {
            assert_eq!(hours(text), None, "{text}");
        }
    }

    #[test]
    fn a_cell_says_one_thing_or_several() {
        let mut codes = Codes::default();
        assert!(codes.add("白", duty(DutyKind::Duty, "08:00:00", 480)));
        assert!(codes.add("A/B", duty(DutyKind::Duty, "09:00:00", 480)));
        assert!(codes.add("备班", duty(DutyKind::Standby, "18:00:00", 120)));
        assert!(codes.add("乱", DutyEntry::Off));
        assert!(!codes.add("乱", DutyEntry::Leave));
        let read = |text: &str| entries(text, &|code| codes.get(code));
        let white = duty(DutyKind::Duty, "08:00:00", 480);
        for text in ["白", "白班", " 白 "] {
            assert_eq!(read(text), Ok(vec![white]), "{text}");
        }
        for text in ["白/备", "白+备班", "白、备", "白,备", "白；备"] {
            assert_eq!(read(text), Ok(vec![white, duty(DutyKind::Standby, "18:00:00", 120)]), "{text}");
        }
        assert_eq!(read("ａ／ｂ"), Ok(vec![duty(DutyKind::Duty, "09:00:00", 480)]), "a code of its own");
        assert_eq!(read("补休"), Ok(vec![DutyEntry::Rest(RestDayKind::Comp)]));
        assert_eq!(read("OFF"), Ok(vec![DutyEntry::Rest(RestDayKind::Weekly)]));
        assert_eq!(read("乱"), Err(Unclear::Several));
        for text in ["夜", "白/夜", "白白", "白/白/白/白/白"] {
            assert_eq!(read(text), Err(Unclear::Unknown), "{text}");
        }
    }
}
