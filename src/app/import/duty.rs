//! Rosters of duty: one row per officer and date, a shift by its local hours or a day of rest.

use std::io::{Read, Seek};

use chrono::{NaiveDate, NaiveTime};

use super::header::{Column, Field, Header, Need};
use super::officers::Line;
use super::report::{Checked, Expectation, FileError, ImportCode, Notes};
use super::table::{Row, Visitor, each_row};
use super::value::{DutyWord, badge, clock_time, date, duty_word, text, unit_code, whole_minutes};
use super::{Format, Limits};
use crate::rules::duty::{DutyKind, RestDayKind};

const COLUMNS: &[Column] = &[
    Column { field: Field::BadgeNo, need: Need::Required, names: &["警号", "badge_no", "badge"] },
    Column { field: Field::OnDate, need: Need::Required, names: &["日期", "date"] },
    Column {
        field: Field::Starts, need: Need::Required, names: &["开始", "starts", "开始时间", "start", "starts_at"]
    },
    Column { field: Field::Ends, need: Need::Required, names: &["结束", "ends", "结束时间", "end", "ends_at"] },
    Column { field: Field::DutyKind, need: Need::Required, names: &["类别", "kind", "勤务类别"] },
    Column { field: Field::Minutes, need: Need::Optional, names: &["计时分钟", "counted_minutes"] },
    Column { field: Field::UnitCode, need: Need::Optional, names: &["单位代码", "unit_code", "unit"] },
    Column { field: Field::Reason, need: Need::Optional, names: &["理由", "override_reason", "reason"] },
];

/// What somebody has on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyEntry {
    /// A shift by the local clock; an end that is not after the start is on the next date.
    Shift {
        /// Kind.
        kind: DutyKind,
        /// Start.
        starts: NaiveTime,
        /// Minutes to the end on the local clock.
        minutes: i64,
        /// Minutes that count.
        counted: Option<i64>,
    },
    /// A day of rest.
    Rest(RestDayKind),
}

/// One row as the file states it; every value is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyRow {
    /// Line of the file; row number in a workbook.
    pub line: u32,
    /// 警号, as text.
    pub badge_no: String,
    /// 日期.
    pub on: NaiveDate,
    /// 开始, 结束, 类别, 计时分钟.
    pub entry: DutyEntry,
    /// 单位代码; the officer's own on the date where it is left out.
    pub unit_code: Option<String>,
    /// 理由, for what the rules warn of.
    pub reason: Option<String>,
    /// The headers of badge number, date and unit, for refusals that need the records.
    pub columns: [String; 3],
}

/// Reads a roster of duty. The second list holds warnings, the third refusals; unless the third is empty nothing may be
/// stored.
///
/// # Errors
/// When the file cannot be read as a table at all.
pub fn duties<R: Read + Seek>(mut reader: R, format: Format, limits: &Limits) -> Result<Checked<DutyRow>, FileError> {
    let mut notes = Notes::new(limits);
    let mut book = Book { rows: Vec::new() };
    each_row(&mut reader, format, limits, COLUMNS, &mut notes, &mut book)?;
    let (warnings, rejected) = notes.finish();
    Ok((book.rows, warnings, rejected))
}

struct Book {
    rows: Vec<DutyRow>,
}

impl Visitor for Book {
    fn row(&mut self, header: &Header, row: &Row, notes: &mut Notes) {
        let mut line = Line { header, row, notes, refused: false };
        let badge_no = line.required(Field::BadgeNo, badge);
        let on = line.required(Field::OnDate, date);
        let word = line.required(Field::DutyKind, duty_word);
        if on.is_some_and(|on| on.month_only) {
            line.refuse(Field::OnDate, ImportCode::DateUnreadable, Expectation::Date);
        }
        let entry = match word {
            Some(DutyWord::Rest(kind)) => Some(DutyEntry::Rest(kind)),
            Some(DutyWord::Duty(kind)) => shift(&mut line, kind),
            None => None,
        };
        let unit_code = line.optional(Field::UnitCode, unit_code);
        let reason = line.optional(Field::Reason, text);
        let columns = [Field::BadgeNo, Field::OnDate, Field::UnitCode].map(|field| header.text(field).to_owned());
        if let (false, Some(badge_no), Some(on), Some(entry)) = (line.refused, badge_no, on, entry) {
            self.rows.push(DutyRow { line: row.line, badge_no, on: on.date, entry, unit_code, reason, columns });
        }
    }

    fn ragged(&mut self, _: &Header, _: &Row) {}
}

/// The hours of a shift: 08:00 to 18:00, 20:00 to 08:00 of the next date, 08:00 to 08:00 a whole day.
fn shift(line: &mut Line<'_>, kind: DutyKind) -> Option<DutyEntry> {
    let starts = line.required(Field::Starts, clock_time);
    let ends = line.required(Field::Ends, clock_time);
    let counted = line.optional(Field::Minutes, whole_minutes);
    let (starts, ends) = (starts?, ends?);
    let until = if ends <= starts { ends + 1440 } else { ends };
    let minutes = until - starts;
    if counted.is_some_and(|counted| counted > minutes) {
        line.refuse(Field::Minutes, ImportCode::MinutesUnreadable, Expectation::MinutesAtMost(minutes));
    }
    let seconds = u32::try_from(starts * 60).ok()?;
    let Some(starts) = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0) else {
        line.refuse(Field::Starts, ImportCode::TimeUnreadable, Expectation::Time);
        return None;
    };
    Some(DutyEntry::Shift { kind, starts, minutes, counted })
}
