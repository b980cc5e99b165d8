//! Rosters with one row per officer and date: the hours and the kind, or the code of a shift.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::header::{Column, Field, Header, Need};
use super::super::officers::Line;
use super::super::report::{Expectation, FileError, ImportCode, Notes};
use super::super::table::{Row, Rows, Visitor, visit_from};
use super::super::value::{DutyWord, badge, clock_time, date, duty_word, text, unit_code, whole_minutes};
use super::codes::{CODE_CHARS_MAX, lasting};
use super::legend::Legend;
use super::{DutyEntry, DutyRow, Extent, Said, Who};
use crate::rules::duty::DutyKind;

const BADGE: Column = Column { field: Field::BadgeNo, need: Need::Required, names: BADGE_NAMES };
const ON: Column = Column { field: Field::OnDate, need: Need::Required, names: &["日期", "date"] };
const UNIT: Column = Column { field: Field::UnitCode, need: Need::Optional, names: UNIT_NAMES };
const REASON: Column = Column { field: Field::Reason, need: Need::Optional, names: REASON_NAMES };
const NAME: Column = Column { field: Field::Name, need: Need::Optional, names: NAME_NAMES };

pub const BADGE_NAMES: &[&str] = &["警号", "badge_no", "badge"];
pub const NAME_NAMES: &[&str] = &["姓名", "name"];
pub const UNIT_NAMES: &[&str] = &["单位代码", "unit_code", "unit"];
pub const REASON_NAMES: &[&str] = &["理由", "override_reason", "reason"];

/// Each row says its hours.
pub const HOURS: &[Column] = &[
    BADGE,
    ON,
    Column {
        field: Field::Starts, need: Need::Required, names: &["开始", "starts", "开始时间", "start", "starts_at"]
    },
    Column { field: Field::Ends, need: Need::Required, names: &["结束", "ends", "结束时间", "end", "ends_at"] },
    Column { field: Field::DutyKind, need: Need::Required, names: &["类别", "kind", "勤务类别"] },
    Column { field: Field::Minutes, need: Need::Optional, names: &["计时分钟", "counted_minutes"] },
    UNIT,
    REASON,
    NAME,
];

/// Each row names its shift by a code.
pub const CODES: &[Column] = &[
    BADGE,
    ON,
    Column { field: Field::Code, need: Need::Required, names: &["班次", "code", "班次代码", "代码", "shift"] },
    UNIT,
    REASON,
    NAME,
];

/// Reads the rows; the header is among the first of them.
pub fn read(
    first: VecDeque<Row>,
    rows: &mut dyn Rows,
    rows_max: usize,
    columns: &'static [Column],
    legend: &mut Legend,
    (found, silent): (&mut Vec<DutyRow>, &mut Vec<Who>),
    notes: &mut Notes,
) -> Result<(), FileError> {
    let mut sheet = Sheet { legend, rows: found, silent };
    visit_from(first, rows, rows_max, columns, notes, &mut sheet)
}

struct Sheet<'a> {
    legend: &'a mut Legend,
    rows: &'a mut Vec<DutyRow>,
    /// Whose rows say nothing that could be read.
    silent: &'a mut Vec<Who>,
}

impl Visitor for Sheet<'_> {
    fn row(&mut self, header: &Header, row: &Row, notes: &mut Notes) {
        let mut line = Line { header, row, notes, refused: false };
        let badge_no = line.required(Field::BadgeNo, badge);
        let on = line.required(Field::OnDate, date);
        if on.is_some_and(|on| on.month_only) {
            line.refuse(Field::OnDate, ImportCode::DateUnreadable, Expectation::Date);
        }
        let said = match header.position(Field::Code) {
            Some(_) => code(&mut line),
            None => hours(&mut line).map(Said::Entry),
        };
        let unit_code = line.optional(Field::UnitCode, unit_code);
        let reason = line.optional(Field::Reason, text);
        let name = line.optional(Field::Name, text);
        let is_refused = line.refused;
        let Some(badge_no) = badge_no else { return };
        let heading = |field| Arc::from(header.text(field));
        let who = Who {
            line: row.line,
            sheet: notes.sheet(),
            badge_no: Some(badge_no),
            name,
            unit_code,
            reason,
            columns: [heading(Field::BadgeNo), heading(Field::UnitCode)],
            cell: None,
        };
        match (is_refused, on, said) {
            (false, Some(on), Some(said)) => {
                let (who, extent, column) = (Arc::new(who), Extent::Part, heading(Field::OnDate));
                self.rows.push(DutyRow { who, on: on.date, said, extent, column, letter: None });
            }
            // Whose the row is, is asked all the same: its faults are told at once.
            _ => self.silent.push(who),
        }
    }

    fn ragged(&mut self, _: &Header, _: &Row) {}

    fn takes(&mut self, row: &Row, notes: &mut Notes) -> bool {
        self.legend.takes(row, notes)
    }
}

fn code(line: &mut Line<'_>) -> Option<Said> {
    let code = line.required(Field::Code, text)?;
    if code.chars().count() > CODE_CHARS_MAX * 4 {
        line.refuse(Field::Code, ImportCode::ValueTooLong, Expectation::Chars(CODE_CHARS_MAX * 4));
        return None;
    }
    Some(Said::Code(Arc::from(code)))
}

fn hours(line: &mut Line<'_>) -> Option<DutyEntry> {
    match line.required(Field::DutyKind, duty_word)? {
        DutyWord::Rest(kind) => Some(DutyEntry::Rest(kind)),
        DutyWord::Duty(kind) => shift(line, kind),
    }
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
        return None;
    }
    let entry = lasting(kind, starts, minutes, counted);
    if entry.is_none() {
        line.refuse(Field::Starts, ImportCode::TimeUnreadable, Expectation::Time);
    }
    entry
}
