//! From the text of a cell to a checked value.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::report::{Expectation, ImportCode};
use super::table::Cell;
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{Category, HalfDays, Sex, UnitKind};

/// Longest name of a person or unit, post or rank, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 100;
/// Longest badge number or unit code, in characters.
pub(super) const CODE_CHARS_MAX: usize = 32;
/// Years that a date of a roster can lie in.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;
/// Most days of leave that a cell can state.
const DAYS_MAX: HalfDays = HalfDays::whole(366);
/// From here on a floating number no longer holds every integer.
const WHOLE_MAX: f64 = 1e15;

/// A date of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedDate {
    /// The day; the first of the month where only the month is known.
    pub date: NaiveDate,
    /// Whether only year and month are known.
    pub month_only: bool,
}

impl ImportedDate {
    /// The last day that this date can mean.
    #[must_use]
    pub fn latest(self) -> NaiveDate {
        if !self.month_only {
            return self.date;
        }
        let (year, month) = (self.date.year(), self.date.month());
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        NaiveDate::from_ymd_opt(next.0, next.1, 1).and_then(|first| first.pred_opt()).unwrap_or(self.date)
    }
}

/// Why a cell was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: ImportCode,
    pub(super) expected: Expectation,
}

fn fault<T>(code: ImportCode, expected: Expectation) -> Result<T, Fault> {
    Err(Fault { code, expected })
}

/// Marks that are invisible and change how text is joined or directed.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Text without spaces (also full-width ones) and invisible marks at its ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Full-width letters, digits and punctuation made half-width.
pub(crate) fn half_width(text: &str) -> Cow<'_, str> {
    let full = |c: char| matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{3000}');
    if !text.contains(full) {
        return Cow::Borrowed(text);
    }
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    Cow::Owned(text.chars().map(narrow).collect())
}

/// A name, post or rank.
pub(super) fn text(cell: &Cell) -> Result<Option<String>, Fault> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Fault(_) => fault(ImportCode::CellError, Expectation::PlainText),
        Cell::Date(_) => fault(ImportCode::NotText, Expectation::Text),
        Cell::Number(number) => Ok(Some(number.to_string())),
        Cell::Text(text) if text.chars().any(|c| c.is_control() || is_invisible(c)) => {
            fault(ImportCode::ControlCharacter, Expectation::PlainText)
        }
        Cell::Text(text) if text.chars().count() > TEXT_CHARS_MAX => {
            fault(ImportCode::ValueTooLong, Expectation::Chars(TEXT_CHARS_MAX))
        }
        Cell::Text(text) => Ok(Some(text.clone())),
    }
}

/// A badge number (RULINGS 28: text, `100000.0` is `100000`, `1.0E+5` is refused).
pub(super) fn badge(cell: &Cell) -> Result<Option<String>, Fault> {
    code_text(cell, ImportCode::BadgeScientific, &Expectation::Badge)
}

/// A unit code, read as badge numbers are.
pub(super) fn unit_code(cell: &Cell) -> Result<Option<String>, Fault> {
    code_text(cell, ImportCode::CodeScientific, &Expectation::Code)
}

fn code_text(cell: &Cell, scientific: ImportCode, expected: &Expectation) -> Result<Option<String>, Fault> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return fault(ImportCode::CellError, expected.clone()),
        Cell::Date(_) => return fault(ImportCode::NotText, expected.clone()),
        Cell::Number(number) if number.fract() == 0.0 && (0.0..WHOLE_MAX).contains(number) => {
            return Ok(Some(format!("{number:.0}")));
        }
        Cell::Number(_) => return fault(ImportCode::NumberNotWhole, expected.clone()),
        Cell::Text(text) => half_width(text),
    };
    if is_scientific(&text) {
        return fault(scientific, expected.clone());
    }
    if text.chars().any(char::is_control) {
        return fault(ImportCode::ControlCharacter, expected.clone());
    }
    let text = match text.split_once('.') {
        Some((whole, zeros)) if is_digits(whole) && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => &*text,
    };
    if text.chars().count() > CODE_CHARS_MAX {
        return fault(ImportCode::ValueTooLong, Expectation::Chars(CODE_CHARS_MAX));
    }
    if !text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')) {
        return fault(ImportCode::InvalidCharacters, expected.clone());
    }
    Ok(Some(text.to_owned()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a spreadsheet has rewritten a long number: `1.0E+5`, `5.1E+11`. A badge such as `5E12` is left alone.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, rest)| (whole, Some(rest)));
    let signed = exponent.strip_prefix(['+', '-']);
    is_digits(whole)
        && fraction.is_none_or(is_digits)
        && is_digits(signed.unwrap_or(exponent))
        && (fraction.is_some() || signed.is_some())
}

/// A word of a closed list, in either language.
fn word<T: Copy>(
    cell: &Cell,
    words: &[(&str, T)],
    code: ImportCode,
    expected: Expectation,
) -> Result<Option<T>, Fault> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return fault(ImportCode::CellError, expected),
        Cell::Text(text) => half_width(text).to_lowercase(),
        Cell::Number(_) | Cell::Date(_) => return fault(code, expected),
    };
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => Ok(Some(*value)),
        None => fault(code, expected),
    }
}

/// 人员类别.
pub(super) fn category(cell: &Cell) -> Result<Option<Category>, Fault> {
    const WORDS: &[(&str, Category)] = &[
        ("民警", Category::Police),
        ("police", Category::Police),
        ("辅警", Category::Auxiliary),
        ("auxiliary", Category::Auxiliary),
        ("职工", Category::Staff),
        ("staff", Category::Staff),
        ("退休", Category::Retired),
        ("retired", Category::Retired),
    ];
    word(cell, WORDS, ImportCode::CategoryUnknown, Expectation::Category)
}

/// 性别.
pub(super) fn sex(cell: &Cell) -> Result<Option<Sex>, Fault> {
    const WORDS: &[(&str, Sex)] =
        &[("男", Sex::Male), ("male", Sex::Male), ("女", Sex::Female), ("female", Sex::Female)];
    word(cell, WORDS, ImportCode::SexUnknown, Expectation::Sex)
}

/// 单位类别.
pub(super) fn unit_kind(cell: &Cell) -> Result<Option<UnitKind>, Fault> {
    const WORDS: &[(&str, UnitKind)] = &[
        ("局", UnitKind::Bureau),
        ("bureau", UnitKind::Bureau),
        ("分局", UnitKind::Branch),
        ("branch", UnitKind::Branch),
        ("派出所", UnitKind::Station),
        ("station", UnitKind::Station),
        ("大队", UnitKind::Team),
        ("中队", UnitKind::Team),
        ("team", UnitKind::Team),
        ("处室", UnitKind::Office),
        ("科室", UnitKind::Office),
        ("office", UnitKind::Office),
    ];
    word(cell, WORDS, ImportCode::KindUnknown, Expectation::Kind)
}

/// A date in any of the forms of RULINGS 26 and issue 2.
pub(super) fn date(cell: &Cell) -> Result<Option<ImportedDate>, Fault> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Fault(_) => fault(ImportCode::CellError, Expectation::Date),
        Cell::Date(date) if YEARS.contains(&date.year()) => Ok(Some(ImportedDate { date: *date, month_only: false })),
        Cell::Date(_) => fault(ImportCode::DateImpossible, Expectation::Date),
        Cell::Number(number) => {
            let text = number.to_string();
            // The number 2016.10 is stored as 2016.1; as text the two differ.
            match text.split_once('.') {
                Some((_, "1")) => fault(ImportCode::DateAmbiguous, Expectation::Date),
                _ => date_text(&text).map(Some),
            }
        }
        Cell::Text(text) => date_text(text).map(Some),
    }
}

pub(super) fn date_text(text: &str) -> Result<ImportedDate, Fault> {
    let text = half_width(text).replace(['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'], "-");
    let Some(parts) = day_part(&text).and_then(|day| date_parts(&day)) else {
        return fault(ImportCode::DateUnreadable, Expectation::Date);
    };
    let (year, month, day) = parts;
    match NaiveDate::from_ymd_opt(year, month, day.unwrap_or(1)) {
        Some(date) if YEARS.contains(&year) => Ok(ImportedDate { date, month_only: day.is_none() }),
        _ => fault(ImportCode::DateImpossible, Expectation::Date),
    }
}

/// The text without a time of day and without spaces. Only midnight is let go: any other time may belong to another
/// day in the service's time zone.
fn day_part(text: &str) -> Option<String> {
    let (day, time) = match text.split_once(['T', 't']) {
        Some(parts) => parts,
        None if text.contains(':') => text.rsplit_once(' ')?,
        None => (text, ""),
    };
    let time = time.strip_suffix(['Z', 'z']).unwrap_or(time);
    let midnight = time.chars().all(|c| matches!(c, '0' | ':' | '.'));
    midnight.then(|| day.chars().filter(|c| !c.is_whitespace()).collect())
}

/// Year, month, and the day where there is one; numbers only, not yet a date.
fn date_parts(text: &str) -> Option<(i32, u32, Option<u32>)> {
    if is_digits(text) {
        let (year, month) = (number(text.get(..4)?, 4)?, number(text.get(4..6)?, 2)?);
        return match text.get(6..)? {
            "" => Some((i32::try_from(year).ok()?, month, None)),
            day if day.len() == 2 => Some((i32::try_from(year).ok()?, month, Some(number(day, 2)?))),
            _ => None,
        };
    }
    let parts: Vec<&str> = if let Some((year, rest)) = text.split_once('年') {
        let (month, day) = rest.split_once('月')?;
        let day = day.strip_suffix(['日', '号']).unwrap_or(day);
        if day.is_empty() { vec![year, month] } else { vec![year, month, day] }
    } else {
        let separator = text.chars().find(|c| matches!(c, '-' | '.' | '/'))?;
        text.split(separator).collect()
    };
    match parts.as_slice() {
        [year, month] => Some((year_number(year)?, number(month, 2)?, None)),
        [year, month, day] => Some((year_number(year)?, number(month, 2)?, Some(number(day, 2)?))),
        _ => None,
    }
}

fn year_number(text: &str) -> Option<i32> {
    if text.len() == 4 { i32::try_from(number(text, 4)?).ok() } else { None }
}

/// A leave year: `2026`, `2026年`.
pub(super) fn leave_year_number(cell: &Cell) -> Result<Option<i32>, Fault> {
    let year = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return fault(ImportCode::CellError, Expectation::PlainText),
        Cell::Number(number) if number.fract() == 0.0 => year_number(&format!("{number:.0}")),
        Cell::Text(text) => {
            let text = half_width(text);
            year_number(text.strip_suffix(['年', '度']).map_or(&*text, |year| year.strip_suffix('年').unwrap_or(year)))
        }
        Cell::Number(_) | Cell::Date(_) => None,
    };
    match year.filter(|year| YEARS.contains(year)) {
        Some(year) => Ok(Some(year)),
        None => fault(ImportCode::YearUnreadable, Expectation::PlainText),
    }
}

/// Days of leave in steps of a half, none to a year of them: `3`, `2.5`, `2.5天`.
pub(super) fn days(cell: &Cell) -> Result<Option<HalfDays>, Fault> {
    let number = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return fault(ImportCode::CellError, Expectation::Days),
        Cell::Number(number) => Some(*number),
        Cell::Text(text) => {
            let text = half_width(text);
            let digits = text.strip_suffix('天').unwrap_or(&text).trim();
            let is_plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
            digits.parse().ok().filter(|_| is_plain)
        }
        Cell::Date(_) => None,
    };
    let days = number.and_then(HalfDays::from_days);
    match days.filter(|days| (HalfDays::ZERO..=DAYS_MAX).contains(days)) {
        Some(days) => Ok(Some(days)),
        None => fault(ImportCode::DaysUnreadable, Expectation::Days),
    }
}

/// What a row of a roster says of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DutyWord {
    Duty(DutyKind),
    Rest(RestDayKind),
}

/// 勤务类别.
pub(super) fn duty_word(cell: &Cell) -> Result<Option<DutyWord>, Fault> {
    const WORDS: &[(&str, DutyWord)] = &[
        ("勤务", DutyWord::Duty(DutyKind::Duty)),
        ("duty", DutyWord::Duty(DutyKind::Duty)),
        ("值班", DutyWord::Duty(DutyKind::Overnight)),
        ("overnight", DutyWord::Duty(DutyKind::Overnight)),
        ("备勤", DutyWord::Duty(DutyKind::Standby)),
        ("standby", DutyWord::Duty(DutyKind::Standby)),
        ("加班", DutyWord::Duty(DutyKind::Overtime)),
        ("overtime", DutyWord::Duty(DutyKind::Overtime)),
        ("训练", DutyWord::Duty(DutyKind::Training)),
        ("training", DutyWord::Duty(DutyKind::Training)),
        ("出庭", DutyWord::Duty(DutyKind::Court)),
        ("court", DutyWord::Duty(DutyKind::Court)),
        ("出差", DutyWord::Duty(DutyKind::Travel)),
        ("travel", DutyWord::Duty(DutyKind::Travel)),
        ("休息", DutyWord::Rest(RestDayKind::Weekly)),
        ("周休", DutyWord::Rest(RestDayKind::Weekly)),
        ("weekly", DutyWord::Rest(RestDayKind::Weekly)),
        ("rest", DutyWord::Rest(RestDayKind::Weekly)),
        ("轮休", DutyWord::Rest(RestDayKind::Rotation)),
        ("rotation", DutyWord::Rest(RestDayKind::Rotation)),
        ("补休", DutyWord::Rest(RestDayKind::Comp)),
        ("comp", DutyWord::Rest(RestDayKind::Comp)),
    ];
    word(cell, WORDS, ImportCode::DutyKindUnknown, Expectation::DutyKind)
}

/// A time of day in minutes from midnight: `8:00`, `08:00`, `24:00`, or the part of a day as a spreadsheet keeps it.
pub(super) fn clock_time(cell: &Cell) -> Result<Option<i64>, Fault> {
    let minutes = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return fault(ImportCode::CellError, Expectation::Time),
        Cell::Number(part) if (0.0..=1.0).contains(part) => format!("{:.0}", part * 1440.0).parse().ok(),
        Cell::Text(text) => clock_text(&half_width(text)),
        Cell::Number(_) | Cell::Date(_) => None,
    };
    match minutes {
        Some(minutes) => Ok(Some(minutes)),
        None => fault(ImportCode::TimeUnreadable, Expectation::Time),
    }
}

pub(super) fn clock_text(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes) = (number(parts.next()?.trim(), 2)?, number(parts.next()?.trim(), 2)?);
    let seconds = parts.next().map_or(Some(0), |seconds| number(seconds, 2))?;
    let is_time = (hours < 24 && minutes < 60) || (hours == 24 && minutes == 0);
    (is_time && seconds == 0 && parts.next().is_none()).then(|| i64::from(hours * 60 + minutes))
}

/// Minutes, a whole number.
pub(super) fn whole_minutes(cell: &Cell) -> Result<Option<i64>, Fault> {
    let minutes = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(_) => return fault(ImportCode::CellError, Expectation::Minutes),
        Cell::Number(value) if value.fract() == 0.0 && (0.0..=10_000.0).contains(value) => {
            format!("{value:.0}").parse().ok()
        }
        Cell::Text(text) => number(&half_width(text), 5).map(i64::from),
        Cell::Number(_) | Cell::Date(_) => None,
    };
    match minutes {
        Some(minutes) => Ok(Some(minutes)),
        None => fault(ImportCode::MinutesUnreadable, Expectation::Minutes),
    }
}

/// A number of one to `digits` digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    if is_digits(text) && text.len() <= digits { text.parse().ok() } else { None }
}
