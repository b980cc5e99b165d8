//! Rosters of duty. Three forms are read: one row per officer and date with its hours, the same with a code of a shift,
//! and the table that hangs on the wall: one row per person, one column per date, a code in each cell. A workbook may
//! have a sheet for each month and one for the legend.

pub(super) mod codes;
pub(super) mod headings;
mod layout;
mod legend;
mod long;
mod matrix;

use std::collections::VecDeque;
use std::io::{Read, Seek};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};

use self::codes::Codes;
pub use self::headings::Month;
use self::layout::Layout;
use self::legend::Legend;
use super::report::{Checked, Expectation, FileError, ImportCode, Notes, Spot};
use super::table::{CsvRows, Row, Rows, column_letters, first_rows};
use super::{Format, Limits, Source, workbook};
use crate::rules::duty::{DutyKind, RestDayKind};

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
    /// No duty, and no day of rest either: the date after a night, or a dash.
    Off,
    /// Leave, which is granted elsewhere: no duty.
    Leave,
}

/// What a row or a cell says, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Hours or rest.
    Entry(DutyEntry),
    /// A code, to be explained by the legend, a pattern, or a word that everybody knows.
    Code(Arc<str>),
}

/// How much of a date is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All that somebody has on it: the cell of a table.
    Whole,
    /// One of what somebody has on it: a row of its own.
    Part,
}

/// Of whom a row is, and what holds for all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Line of the file; row number in a workbook.
    pub line: u32,
    /// Sheet of a workbook.
    pub sheet: Option<Arc<str>>,
    /// 警号, as text.
    pub badge_no: Option<String>,
    /// 姓名: whose, where there is no badge number.
    pub name: Option<String>,
    /// 单位代码; the officer's own on the date where it is left out.
    pub unit_code: Option<String>,
    /// 理由, for what the rules warn of.
    pub reason: Option<String>,
    /// The headers of badge number or name, and of the unit.
    pub columns: [Arc<str>; 2],
    /// The cell of badge number or name, in a table.
    pub cell: Option<String>,
}

impl Who {
    /// Where it lies whose the row is.
    #[must_use]
    pub fn spot(&self) -> Spot {
        Spot { sheet: self.sheet.as_ref().map(Arc::clone), cell: self.cell.clone() }
    }
}

/// One row of a long roster or one cell of a table; every value is checked, codes are not yet explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyRow {
    /// Of whom.
    pub who: Arc<Who>,
    /// 日期.
    pub on: NaiveDate,
    /// What is said of it.
    pub said: Said,
    /// How much of the date that is.
    pub extent: Extent,
    /// The header of the date.
    pub column: Arc<str>,
    /// The column by its letter, where it is a cell of a table.
    pub letter: Option<u16>,
}

impl DutyRow {
    /// Where it lies.
    #[must_use]
    pub fn spot(&self) -> Spot {
        let cell = self.letter.map(|letter| format!("{}{}", column_letters(usize::from(letter)), self.who.line));
        Spot { sheet: self.who.sheet.as_ref().map(Arc::clone), cell }
    }
}

/// What was read of a file.
#[derive(Debug, Default)]
pub struct RosterFile {
    /// The rows without fault.
    pub(super) rows: Vec<DutyRow>,
    /// People of whom a table says nothing, or of whom nothing could be read: they are known or refused like the others.
    pub(super) silent: Vec<Who>,
    /// What its codes mean.
    pub(super) codes: Codes,
}

/// Reads a roster of duty. The second list holds warnings, the third refusals; unless the third is empty nothing may be
/// stored.
///
/// # Errors
/// When the file cannot be read as a table at all.
pub fn duties<R: Read + Seek>(
    mut reader: R,
    format: Format,
    limits: &Limits,
    month: Option<Month>,
) -> Result<Checked<DutyRow>, FileError> {
    let mut notes = Notes::new(limits);
    let file = read(&mut reader, format, limits, month, &mut notes)?;
    let (warnings, rejected) = notes.finish();
    Ok((file.rows, warnings, rejected))
}

/// Reads a roster of duty; what is refused and warned of is noted.
pub(super) fn read(
    source: &mut dyn Source,
    format: Format,
    limits: &Limits,
    month: Option<Month>,
    notes: &mut Notes,
) -> Result<RosterFile, FileError> {
    let limits = &Limits { columns_max: limits.roster_columns_max, ..limits.clone() };
    let mut book = Book { limits, month, rows: Vec::new(), silent: Vec::new(), legend: Legend::default(), tables: 0 };
    match format {
        Format::Csv => {
            let mut rows = CsvRows::open(source, limits, layout::COLUMNS)?;
            book.sheet(&mut rows, limits.csv_rows_max, notes)?;
        }
        Format::Xlsx => workbook::each_sheet(source, limits, &mut |name, rows| {
            notes.turn_to(name);
            let (tables, known) = (book.tables, book.legend.codes.clone());
            let is_blank = !book.sheet(rows, limits.xlsx_rows_max, notes).map_err(|mut error| {
                error.spot.sheet = notes.sheet();
                error
            })?;
            if !is_blank && book.tables == tables && book.legend.codes == known {
                notes.warn(None, None, ImportCode::SheetIgnored, Some(name));
            }
            Ok(())
        })?,
    }
    if book.tables == 0 && notes.nothing_rejected() {
        return Err(
            FileError::new(ImportCode::HeaderMissing).expected(Expectation::Header(layout::EXPECTED.to_owned()))
        );
    }
    Ok(RosterFile { rows: book.rows, silent: book.silent, codes: book.legend.codes })
}

/// What is read of the sheets, one after the other.
struct Book<'a> {
    limits: &'a Limits,
    month: Option<Month>,
    rows: Vec<DutyRow>,
    silent: Vec<Who>,
    legend: Legend,
    tables: usize,
}

impl Book<'_> {
    /// Reads a sheet, or a CSV file; says whether there is anything in it.
    fn sheet(&mut self, rows: &mut dyn Rows, rows_max: usize, notes: &mut Notes) -> Result<bool, FileError> {
        self.legend.end_block();
        let mut first = first_rows(rows)?;
        if first.is_empty() {
            return Ok(false);
        }
        let sheet = notes.sheet();
        match layout::find(&first, self.month, sheet.as_deref()) {
            Some(Layout::Long(columns, header)) => {
                self.tables += 1;
                for row in first.drain(..header) {
                    self.legend.takes(&row, notes);
                }
                self.legend.end_block();
                let found = (&mut self.rows, &mut self.silent);
                long::read(first, rows, rows_max, columns, &mut self.legend, found, notes)?;
            }
            Some(Layout::Matrix(table)) => {
                self.tables += 1;
                for row in first.drain(..table.body.min(first.len())) {
                    if !table.heads(row.line) {
                        self.legend.takes(&row, notes);
                    }
                }
                self.legend.end_block();
                if !table.check(notes) {
                    return Ok(true);
                }
                let mut reading = matrix::Reading::new(&table, self.limits, rows_max, &mut self.legend);
                while let Some(row) = next(&mut first, rows)? {
                    reading.row(&row, (&mut self.rows, &mut self.silent), notes)?;
                }
            }
            None => {
                while let Some(row) = next(&mut first, rows)? {
                    self.legend.takes(&row, notes);
                }
            }
        }
        Ok(true)
    }
}

fn next(first: &mut VecDeque<Row>, rows: &mut dyn Rows) -> Result<Option<Row>, FileError> {
    match first.pop_front() {
        Some(row) => Ok(Some(row)),
        None => rows.next_row(),
    }
}
