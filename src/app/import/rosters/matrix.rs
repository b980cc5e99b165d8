//! The rows of a table of people by dates: whose they are, and a code in each cell.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{Datelike, Weekday};

use super::super::Limits;
use super::super::header::Field;
use super::super::report::{Expectation, FileError, ImportCode, Notes, Spot};
use super::super::table::{Cell, Row, column_letters};
use super::super::value::{Fault, badge, text, unit_code};
use super::codes::CODE_CHARS_MAX;
use super::headings::{Day, weekday};
use super::layout::{Holds, Table};
use super::legend::Legend;
use super::{DutyRow, Extent, Said, Who};

/// Longest text of one cell: four codes, or hours with a kind.
const CELL_CHARS_MAX: usize = CODE_CHARS_MAX * 4;

/// Reads the rows of one table.
pub struct Reading<'a> {
    table: &'a Table,
    limits: &'a Limits,
    rows_max: usize,
    legend: &'a mut Legend,
    people: usize,
    /// Columns without a head that were named already.
    outside: HashSet<usize>,
    is_weekday_told: bool,
    /// Texts that were met, so that a code is kept once.
    codes: HashSet<Arc<str>>,
}

impl<'a> Reading<'a> {
    pub fn new(table: &'a Table, limits: &'a Limits, rows_max: usize, legend: &'a mut Legend) -> Self {
        let (outside, codes) = (HashSet::new(), HashSet::new());
        Self { table, limits, rows_max, legend, people: 0, outside, is_weekday_told: false, codes }
    }

    /// Reads one row below the header.
    ///
    /// # Errors
    /// When there are more people or more cells than the limits.
    pub fn row(
        &mut self,
        row: &Row,
        (found, silent): (&mut Vec<DutyRow>, &mut Vec<Who>),
        notes: &mut Notes,
    ) -> Result<(), FileError> {
        if row.is_blank() || self.legend.takes(row, notes) {
            return Ok(());
        }
        self.legend.end_block();
        let who = [Field::BadgeNo, Field::Name].map(|field| self.table.place(field));
        let said = |at: Option<usize>| at.map_or(&Cell::Empty, |at| row.cell(at));
        let (badge_cell, name_cell) = (said(who.first().copied().flatten()), said(who.last().copied().flatten()));
        if self.days(row).next().is_none() {
            let known = silent.len();
            silent.extend(self.silent(row, badge_cell, notes));
            return if silent.len() > known { self.count(row) } else { Ok(()) };
        }
        if self.is_no_person(row, badge_cell, name_cell, notes) {
            return Ok(());
        }
        self.count(row)?;
        if self.is_ragged(row) {
            let (read, width) = (row.cells.len().to_string(), self.table.columns.len());
            notes.reject(row.line, "", ImportCode::RowRagged, &read, Expectation::Fields(width));
            return Ok(());
        }
        self.warn_outside(row, notes);
        let who = self.who(row, notes);
        for (at, head) in self.table.columns.iter().enumerate() {
            let Holds::Day(day, _) = head.holds else { continue };
            let Some(said) = self.said(row, at, day, notes) else { continue };
            let (Day::On(on), Some(who)) = (day, &who) else { continue };
            if found.len() >= self.limits.roster_cells_max {
                let most = Expectation::Cells(self.limits.roster_cells_max);
                return Err(FileError::new(ImportCode::TooManyCells).at(row.line).expected(most));
            }
            found.push(DutyRow {
                who: Arc::clone(who),
                on,
                said: Said::Code(said),
                extent: Extent::Whole,
                column: Arc::clone(&head.text),
                letter: u16::try_from(at).ok(),
            });
        }
        Ok(())
    }

    /// Counts the people of the table.
    fn count(&mut self, row: &Row) -> Result<(), FileError> {
        self.people += 1;
        if self.people <= self.rows_max {
            return Ok(());
        }
        Err(FileError::new(ImportCode::TooManyRows).at(row.line).expected(Expectation::Rows(self.rows_max)))
    }

    /// Whose a row is that says nothing of any date; `None` for a remark, a date below the table, or an empty form.
    fn silent(&self, row: &Row, cell: &Cell, notes: &Notes) -> Option<Who> {
        let badge_no = badge(cell).ok().flatten()?;
        let is_number =
            badge_no.chars().all(|c| c.is_ascii_alphanumeric()) && badge_no.contains(|c: char| c.is_ascii_digit());
        if !is_number {
            return None;
        }
        let at = self.table.place(Field::BadgeNo)?;
        let cell = self.spot(row, at, notes).cell;
        let (name, unit_code, reason) = (None, None, None);
        let columns = [self.table.text(at), Arc::default()];
        Some(Who {
            line: row.line,
            sheet: notes.sheet(),
            badge_no: Some(badge_no),
            name,
            unit_code,
            reason,
            columns,
            cell,
        })
    }

    /// The cells of the dates, where something stands.
    fn days<'b>(&'b self, row: &'b Row) -> impl Iterator<Item = (Day, &'b Cell)> {
        let days = self.table.columns.iter().enumerate().filter_map(|(at, head)| match head.holds {
            Holds::Day(day, _) => Some((at, day)),
            _ => None,
        });
        days.map(|(at, day)| (day, row.cell(at))).filter(|(_, cell)| !cell.is_empty())
    }

    /// Rows that are nobody's: the days of the week, a sum, a header that is repeated, a remark.
    fn is_no_person(&mut self, row: &Row, badge: &Cell, name: &Cell, notes: &mut Notes) -> bool {
        let weekdays: Option<Vec<(Day, Weekday)>> =
            self.days(row).map(|(day, cell)| weekday(cell).map(|weekday| (day, weekday))).collect();
        // A sign for the head of the row may stand before the days: 星期.
        let is_headed = [badge, name].iter().all(|cell| cell.is_empty() || cell.shown().starts_with("星期"));
        if let (true, Some(weekdays)) = (is_headed, weekdays) {
            self.compare(row, &weekdays, notes);
            return true;
        }
        // The word may stand under the badge numbers themselves.
        let is_first =
            row.cells.iter().find(|cell| !cell.is_empty()).is_some_and(|first| first.shown() == badge.shown());
        if (badge.is_empty() || is_first) && row.begins_with_total() {
            return true;
        }
        let heads = [Field::BadgeNo, Field::Name].map(|field| self.table.place(field).map(|at| self.table.text(at)));
        let repeats = |cell: &Cell, head: &Option<Arc<str>>| head.as_ref().is_some_and(|head| cell.shown() == **head);
        if heads.iter().zip([badge, name]).any(|(head, cell)| repeats(cell, head)) {
            return true;
        }
        // No badge number and no name has a colon: 制表人：王浩.
        let remark = [badge, name].into_iter().map(Cell::shown).find(|text| text.contains([':', '：']));
        if let Some(remark) = &remark {
            notes.warn(Some(row.line), None, ImportCode::RowIgnored, Some(remark));
        }
        remark.is_some()
    }

    /// The days of the week are those of the dates, or the month is wrong.
    fn compare(&mut self, row: &Row, weekdays: &[(Day, Weekday)], notes: &mut Notes) {
        let wrong = weekdays.iter().find_map(|(day, weekday)| match day {
            Day::On(date) if date.weekday() != *weekday => Some(*date),
            _ => None,
        });
        if let (Some(date), false) = (wrong, self.is_weekday_told) {
            self.is_weekday_told = true;
            notes.warn(Some(row.line), None, ImportCode::WeekdayDiffers, Some(&date.to_string()));
        }
    }

    /// A CSV row says by its number of fields whether values have moved.
    fn is_ragged(&self, row: &Row) -> bool {
        let width = self.table.columns.len();
        row.counted && (row.cells.len() < width || row.cells.iter().skip(width).any(|cell| !cell.is_empty()))
    }

    fn warn_outside(&mut self, row: &Row, notes: &mut Notes) {
        let is_headless = |at: usize| self.table.columns.get(at).is_none_or(|head| matches!(head.holds, Holds::Blank));
        let places = row.cells.iter().enumerate().filter(|(at, cell)| !cell.is_empty() && is_headless(*at));
        let stray = row.stray.and_then(|at| usize::try_from(at).ok());
        let places: Vec<usize> = places.map(|(at, _)| at).chain(stray).collect();
        for at in places {
            if self.outside.insert(at) {
                notes.warn(Some(row.line), Some(&column_letters(at)), ImportCode::CellsOutsideTable, None);
            }
        }
    }

    /// Of whom the row is; `None` where that was refused.
    fn who(&self, row: &Row, notes: &mut Notes) -> Option<Arc<Who>> {
        let before = notes.refusals();
        let badge_no = self.value(row, Field::BadgeNo, badge, notes);
        let name = self.value(row, Field::Name, text, notes);
        let unit_code = self.value(row, Field::UnitCode, unit_code, notes);
        let reason = self.value(row, Field::Reason, text, notes);
        let place = |field| self.table.place(field).map(|at| (at, self.table.text(at)));
        let (at, head) = place(Field::BadgeNo).or_else(|| place(Field::Name)).unwrap_or_default();
        if notes.refusals() > before {
            return None;
        }
        if badge_no.is_none() && name.is_none() {
            let spot = self.spot(row, at, notes);
            notes.refuse(row.line, &head, spot, ImportCode::ValueMissing, "", Expectation::Value, None);
            return None;
        }
        let by_name = badge_no.is_none().then(|| place(Field::Name)).flatten();
        let unit = place(Field::UnitCode).map(|(_, text)| text).unwrap_or_default();
        let (at, head) = by_name.unwrap_or((at, head));
        let (columns, cell) = ([head, unit], self.spot(row, at, notes).cell);
        let sheet = notes.sheet();
        Some(Arc::new(Who { line: row.line, sheet, badge_no, name, unit_code, reason, columns, cell }))
    }

    fn value<T>(
        &self,
        row: &Row,
        field: Field,
        read: impl Fn(&Cell) -> Result<Option<T>, Fault>,
        notes: &mut Notes,
    ) -> Option<T> {
        let at = self.table.place(field)?;
        match read(row.cell(at)) {
            Ok(value) => value,
            Err(fault) => {
                let (spot, shown) = (self.spot(row, at, notes), row.cell(at).shown());
                notes.refuse(row.line, &self.table.text(at), spot, fault.code, &shown, fault.expected, None);
                None
            }
        }
    }

    fn spot(&self, row: &Row, at: usize, notes: &Notes) -> Spot {
        Spot { sheet: notes.sheet(), cell: Some(format!("{}{}", column_letters(at), row.line)) }
    }

    /// The code of a cell; `None` where nothing stands there, or something that is no code.
    fn said(&mut self, row: &Row, at: usize, day: Day, notes: &mut Notes) -> Option<Arc<str>> {
        let cell = row.cell(at);
        let expected = || Expectation::DutyCode(String::new());
        let refused = match (cell, day) {
            (Cell::Empty, _) => return None,
            (_, Day::Absent) => (ImportCode::DateImpossible, Expectation::Date),
            (Cell::Fault(_), _) => (ImportCode::CellError, expected()),
            (Cell::Date(_), _) => (ImportCode::NotText, expected()),
            (Cell::Text(text), _) if text.chars().count() > CELL_CHARS_MAX => {
                (ImportCode::ValueTooLong, Expectation::Chars(CELL_CHARS_MAX))
            }
            (Cell::Text(_) | Cell::Number(_), Day::On(_)) => {
                let text = cell.shown();
                if let Some(known) = self.codes.get(text.as_str()) {
                    return Some(Arc::clone(known));
                }
                let code: Arc<str> = Arc::from(text);
                self.codes.insert(Arc::clone(&code));
                return Some(code);
            }
        };
        let (spot, head) = (self.spot(row, at, notes), self.table.text(at));
        notes.refuse(row.line, &head, spot, refused.0, &cell.shown(), refused.1, None);
        None
    }
}
