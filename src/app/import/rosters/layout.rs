//! Which form a sheet has: rows with hours or codes, or a table of people by dates, and where that table begins.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{NaiveDate, Weekday};

use super::super::header::{Column, Field, Need, known_columns, position_of};
use super::super::report::{Expectation, ImportCode, Notes};
use super::super::table::{Cell, Row, column_letters};
use super::headings::{Day, Heading, Month, dates, heading, month_of};
use super::long;

/// Columns of a table beside its dates; with those of the long forms, to tell one from the other.
pub const COLUMNS: &[Column] = &[
    Column { field: Field::BadgeNo, need: Need::Optional, names: long::BADGE_NAMES },
    Column { field: Field::Name, need: Need::Optional, names: long::NAME_NAMES },
    Column { field: Field::UnitCode, need: Need::Optional, names: long::UNIT_NAMES },
    Column { field: Field::Reason, need: Need::Optional, names: long::REASON_NAMES },
    Column { field: Field::OnDate, need: Need::Optional, names: &["日期", "date"] },
    Column { field: Field::Code, need: Need::Optional, names: &["班次", "code", "班次代码", "代码", "shift"] },
    Column { field: Field::DutyKind, need: Need::Optional, names: &["类别", "kind", "勤务类别"] },
    Column {
        field: Field::Starts, need: Need::Optional, names: &["开始", "starts", "开始时间", "start", "starts_at"]
    },
    Column { field: Field::Ends, need: Need::Optional, names: &["结束", "ends", "结束时间", "end", "ends_at"] },
];

/// What a header has, in words that need no language.
pub const EXPECTED: &str = "警号 日期 开始 结束 类别 | 警号 日期 班次 | 警号 1 2 3 … 31";

/// The form of a sheet.
pub enum Layout {
    /// One row per officer and date, with these columns; the header is this row of the first.
    Long(&'static [Column], usize),
    /// One row per person, one column per date.
    Matrix(Table),
}

/// The head of a table of people by dates.
#[derive(Debug)]
pub struct Table {
    /// Line of the header.
    pub line: u32,
    /// Line of the dates, where it is another.
    dates_line: u32,
    /// Rows up to the first person.
    pub body: usize,
    /// Columns.
    pub columns: Vec<Head>,
    /// The month of the title, where it is not that of the request.
    conflict: Option<(Month, Month)>,
}

/// One column.
#[derive(Debug)]
pub struct Head {
    /// As it is written.
    pub text: Arc<str>,
    /// What it holds.
    pub holds: Holds,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Something of the person.
    Field(Field),
    /// A date, with the day of the week that its heading says.
    Day(Day, Option<Weekday>),
    /// A date that cannot be read.
    Fault(ImportCode),
    /// Something that is not read.
    Other,
    /// Nothing.
    Blank,
}

/// Says which form a sheet has by its first rows.
pub fn find(first: &VecDeque<Row>, month: Option<Month>, sheet: Option<&str>) -> Option<Layout> {
    let header = header_row(first)?;
    let texts = texts(first.get(header)?);
    let has = |field| position_of(&texts, field, COLUMNS).is_some();
    if has(Field::OnDate) && (has(Field::DutyKind) || has(Field::Starts)) {
        return Some(Layout::Long(long::HOURS, header));
    }
    if has(Field::OnDate) && has(Field::Code) {
        return Some(Layout::Long(long::CODES, header));
    }
    if let Some(dates) = dates_row(first, header) {
        return Some(Layout::Matrix(table(first, header, dates, month, sheet)?));
    }
    // A long roster that lacks columns, which is for its reader to say.
    has(Field::OnDate).then_some(Layout::Long(long::HOURS, header))
}

fn texts(row: &Row) -> Vec<String> {
    row.cells.iter().map(Cell::shown).collect()
}

/// The row that names badge number or name, and most else.
fn header_row(first: &VecDeque<Row>) -> Option<usize> {
    let mut best = None;
    let mut most = 0;
    for (at, row) in first.iter().enumerate() {
        let texts = texts(row);
        let is_of_people =
            [Field::BadgeNo, Field::Name].iter().any(|field| position_of(&texts, *field, COLUMNS).is_some());
        let known = if is_of_people { known_columns(texts.iter(), COLUMNS) } else { 0 };
        if known > most {
            (best, most) = (Some(at), known);
        }
    }
    best
}

/// The row of the dates: the header itself, or the row below or above it where that says nothing of people.
fn dates_row(first: &VecDeque<Row>, header: usize) -> Option<usize> {
    let own = first.get(header)?;
    let own_texts = texts(own);
    let people = [Field::BadgeNo, Field::Name].map(|field| position_of(&own_texts, field, COLUMNS));
    let count = |row: &Row| row.cells.iter().filter(|cell| heading(cell).is_some()).count();
    if count(own) > 0 {
        return Some(header);
    }
    let is_below = |at: usize| {
        let row = first.get(at)?;
        // The row below may be the first person's, with codes that look like days.
        let is_of_people = people.iter().flatten().any(|place| !row.cell(*place).is_empty());
        (!is_of_people && count(row) > 1).then_some(at)
    };
    let is_above = |at: usize| (count(first.get(at)?) > 1).then_some(at);
    is_below(header + 1).or_else(|| is_above(header.checked_sub(1)?))
}

fn table(
    first: &VecDeque<Row>,
    header: usize,
    dates_at: usize,
    asked: Option<Month>,
    sheet: Option<&str>,
) -> Option<Table> {
    let (names, days) = (first.get(header)?, first.get(dates_at)?);
    let titles: Vec<String> = first.iter().take(header.min(dates_at)).flat_map(texts).collect();
    let title = month_of(titles.iter().map(String::as_str).chain(sheet));
    // A title that says only the year is made whole by the request.
    let conflict = asked.zip(title).filter(|(asked, title)| {
        asked.year != title.year || title.month.is_some_and(|month| asked.month != Some(month))
    });
    let month = asked.or(title);
    let width = names.cells.len().max(days.cells.len());
    let mut columns = Vec::with_capacity(width);
    let mut seen: Vec<(usize, Heading, Option<Weekday>)> = Vec::new();
    for at in 0..width {
        let (name, day) = (names.cell(at), days.cell(at));
        let (text, holds) = match (heading(day), field(name)) {
            (Some(Ok((read, weekday))), _) => {
                seen.push((at, read, weekday));
                (day.shown(), Holds::Other)
            }
            (Some(Err(code)), _) => (day.shown(), Holds::Fault(code)),
            (None, Some(field)) => (name.shown(), Holds::Field(field)),
            (None, None) if name.is_empty() && day.is_empty() => (String::new(), Holds::Blank),
            (None, None) => (if name.is_empty() { day.shown() } else { name.shown() }, Holds::Other),
        };
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        columns.push(Head { text: Arc::from(text), holds });
    }
    let needs_month = seen.iter().any(|(_, heading, _)| !matches!(heading, Heading::Date(_)));
    let headings: Vec<Heading> = seen.iter().map(|(_, heading, _)| *heading).collect();
    for ((at, _, weekday), day) in seen.iter().zip(dates(&headings, month)) {
        if let Some(column) = columns.get_mut(*at) {
            column.holds = day.map_or_else(Holds::Fault, |day| Holds::Day(day, *weekday));
        }
    }
    Some(Table {
        line: names.line,
        dates_line: days.line,
        body: header.max(dates_at) + 1,
        columns,
        conflict: conflict.filter(|_| needs_month),
    })
}

fn field(cell: &Cell) -> Option<Field> {
    let text = [cell.shown()];
    let fields = [Field::BadgeNo, Field::Name, Field::UnitCode, Field::Reason];
    fields.into_iter().find(|field| position_of(&text, *field, COLUMNS).is_some())
}

impl Table {
    /// Whether a line is one of the header's.
    pub fn heads(&self, line: u32) -> bool {
        line == self.line || line == self.dates_line
    }

    /// Where something of the person stands.
    pub fn place(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|column| column.holds == Holds::Field(field))
    }

    /// The text of a column's head; its letter where it has none.
    pub fn text(&self, at: usize) -> Arc<str> {
        match self.columns.get(at) {
            Some(head) if !head.text.is_empty() => Arc::clone(&head.text),
            _ => Arc::from(column_letters(at)),
        }
    }

    /// Refuses dates that cannot be read or stand twice, names the columns that are not read; says whether the table can
    /// be read.
    pub fn check(&self, notes: &mut Notes) -> bool {
        let before = notes.refusals();
        if let Some((asked, title)) = self.conflict {
            let code = ImportCode::MonthConflicts;
            notes.reject(self.dates_line, "", code, &title.to_string(), Expectation::MonthAs(asked.to_string()));
        }
        let mut days: Vec<NaiveDate> = Vec::new();
        let mut fields: Vec<Field> = Vec::new();
        let mut others: Vec<&str> = Vec::new();
        let mut is_missing = false;
        for head in &self.columns {
            let text = &*head.text;
            match head.holds {
                Holds::Field(field) if fields.contains(&field) => {
                    notes.reject(self.line, text, ImportCode::ColumnRepeated, text, Expectation::OneColumn);
                }
                Holds::Field(field) => fields.push(field),
                Holds::Day(Day::On(date), _) if days.contains(&date) => {
                    notes.reject(self.dates_line, text, ImportCode::ColumnRepeated, text, Expectation::OneColumn);
                }
                Holds::Day(Day::On(date), weekday) => {
                    days.push(date);
                    self.compare(text, date, weekday, notes);
                }
                // One refusal for all headings that lack the same.
                Holds::Fault(ImportCode::MonthMissing) if is_missing => {}
                Holds::Fault(code) => {
                    let expected =
                        if code == ImportCode::MonthMissing { Expectation::Month } else { Expectation::Date };
                    is_missing |= code == ImportCode::MonthMissing;
                    notes.reject(self.dates_line, text, code, text, expected);
                }
                Holds::Other if others.contains(&text) => {}
                Holds::Other => {
                    others.push(text);
                    notes.warn(Some(self.line), Some(text), ImportCode::ColumnIgnored, None);
                }
                Holds::Day(Day::Absent, _) | Holds::Blank => {}
            }
        }
        notes.refusals() == before
    }

    fn compare(&self, text: &str, date: NaiveDate, weekday: Option<Weekday>, notes: &mut Notes) {
        use chrono::Datelike;
        if weekday.is_some_and(|weekday| weekday != date.weekday()) {
            notes.warn(Some(self.dates_line), Some(text), ImportCode::WeekdayDiffers, Some(&date.to_string()));
        }
    }
}
