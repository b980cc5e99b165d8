//! Opening balances of a file: what was taken and carried in before this service kept the records (RULINGS 28a).

use std::collections::HashMap;
use std::io::{Read, Seek};

use chrono::NaiveDate;

use super::header::{Column, Field, Header, Need};
use super::officers::Line;
use super::report::{Checked, Expectation, FileError, ImportCode, Notes};
use super::table::{Row, Visitor, each_row};
use super::value::{badge, date, days, leave_year_number, text};
use super::{Format, Limits};
use crate::rules::terms::{HalfDays, leave_year};

const COLUMNS: &[Column] = &[
    Column { field: Field::BadgeNo, need: Need::Required, names: &["警号", "badge_no", "badge"] },
    Column { field: Field::Year, need: Need::Required, names: &["年度", "year"] },
    Column { field: Field::AsOf, need: Need::Required, names: &["截至", "as_of", "截至日期"] },
    Column { field: Field::TakenDays, need: Need::Required, names: &["已休天数", "taken_days"] },
    Column { field: Field::CarriedInDays, need: Need::Optional, names: &["上年结转", "carried_in_days"] },
    Column { field: Field::Reason, need: Need::Optional, names: &["备注", "reason"] },
];

/// One opening as the file states it; every value is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningRow {
    /// Line of the file on which the row begins, title and header included; row number in a workbook.
    pub line: u32,
    /// 警号, as text.
    pub badge_no: String,
    /// 年度: this leave year or the last.
    pub year: i32,
    /// 截至: a date of the year, not after today.
    pub as_of: NaiveDate,
    /// 已休天数.
    pub taken: HalfDays,
    /// 上年结转; nothing where the cell is empty.
    pub carried_in: HalfDays,
    /// 备注.
    pub reason: Option<String>,
    /// The headers of badge number, year, taken and carried days, for refusals that need the records.
    pub columns: [String; 4],
}

/// Reads openings. The second list holds warnings, the third refusals; unless the third is empty nothing may be
/// stored.
///
/// # Errors
/// When the file cannot be read as a table at all; [`FileError::rejection`] makes a refusal of it.
pub fn openings<R: Read + Seek>(
    mut reader: R,
    format: Format,
    limits: &Limits,
    today: NaiveDate,
) -> Result<Checked<OpeningRow>, FileError> {
    let mut notes = Notes::new(limits);
    let mut book = Book { today, rows: Vec::new(), seen: HashMap::new() };
    each_row(&mut reader, format, limits, COLUMNS, &mut notes, &mut book)?;
    let (warnings, rejected) = notes.finish();
    Ok((book.rows, warnings, rejected))
}

struct Book {
    today: NaiveDate,
    rows: Vec<OpeningRow>,
    /// Line of each badge number and year.
    seen: HashMap<(String, i32), u32>,
}

impl Visitor for Book {
    fn row(&mut self, header: &Header, row: &Row, notes: &mut Notes) {
        let mut line = Line { header, row, notes, refused: false };
        let badge_no = line.required(Field::BadgeNo, badge);
        let year = line.required(Field::Year, leave_year_number);
        let as_of = line.required(Field::AsOf, date);
        let taken = line.required(Field::TakenDays, days);
        let carried_in = line.optional(Field::CarriedInDays, days).unwrap_or(HalfDays::ZERO);
        let reason = line.optional(Field::Reason, text);
        let this_year = leave_year(self.today);
        if year.is_some_and(|year| !(this_year - 1..=this_year).contains(&year)) {
            line.refuse(Field::Year, ImportCode::YearOutOfRange, Expectation::Years(this_year - 1, this_year));
        }
        if let Some(as_of) = as_of {
            if as_of.month_only {
                line.refuse(Field::AsOf, ImportCode::DateUnreadable, Expectation::Date);
            } else if as_of.date > self.today {
                line.refuse(Field::AsOf, ImportCode::AsOfInFuture, Expectation::PastDate);
            } else if let Some(year) = year.filter(|year| leave_year(as_of.date) != *year) {
                line.refuse(Field::AsOf, ImportCode::AsOfOutsideYear, Expectation::DateIn(year));
            }
        }
        if let (Some(badge_no), Some(year)) = (&badge_no, year) {
            let earlier = *self.seen.entry((badge_no.clone(), year)).or_insert(row.line);
            if earlier != row.line {
                line.refuse(Field::BadgeNo, ImportCode::OpeningRepeated, Expectation::Once(earlier));
            }
        }
        let columns = [Field::BadgeNo, Field::Year, Field::TakenDays, Field::CarriedInDays];
        if let (false, Some(badge_no), Some(year), Some(as_of), Some(taken)) =
            (line.refused, badge_no, year, as_of, taken)
        {
            let columns = columns.map(|field| header.text(field).to_owned());
            let as_of = as_of.date;
            self.rows.push(OpeningRow { line: row.line, badge_no, year, as_of, taken, carried_in, reason, columns });
        }
    }

    fn ragged(&mut self, _: &Header, _: &Row) {}
}
