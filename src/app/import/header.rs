//! Which column means what, whatever the order and however the header is spaced.

use std::collections::VecDeque;

use super::report::{Expectation, FileError, ImportCode, Notes};
use super::table::Row;
use super::value::half_width;

/// Rows of a file in which a header is looked for.
pub(super) const HEADER_ROWS: usize = 20;
/// The fewest known columns that make a row a header.
const KNOWN_MIN: usize = 2;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    BadgeNo,
    Name,
    UnitCode,
    Category,
    Sex,
    BornOn,
    ServiceFrom,
    JoinedOn,
    Post,
    Rank,
    Spouse,
    ParentCode,
    Kind,
    Year,
    AsOf,
    TakenDays,
    CarriedInDays,
    Reason,
    OnDate,
    Starts,
    Ends,
    DutyKind,
    Minutes,
    Code,
    Length,
}

/// Whether a file can do without a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// One column that is read.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) field: Field,
    pub(super) need: Need,
    /// Every header that names it, in the form of [`plain`]; the first is the Chinese, the second the English name.
    pub(super) names: &'static [&'static str],
}

/// A header text without what people vary: width, case, spaces, joints, marks of required columns, parentheses.
fn plain(text: &str) -> String {
    let text = half_width(text).to_lowercase();
    let text = match text.find('(') {
        Some(start) if start > 0 => text.get(..start).unwrap_or_default(),
        _ => text.as_str(),
    };
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '_' | '-' | '*' | ':')).collect()
}

fn field_of(text: &str, columns: &'static [Column]) -> Option<Field> {
    let name = plain(text);
    let means = |known: &&str| plain(known) == name;
    columns.iter().find(|column| column.names.iter().any(&means)).map(|column| column.field)
}

/// Where among the texts of a row a column stands.
pub(super) fn position_of<T: AsRef<str>>(texts: &[T], field: Field, columns: &'static [Column]) -> Option<usize> {
    texts.iter().position(|text| field_of(text.as_ref(), columns) == Some(field))
}

/// How many different columns of a row of texts are known.
pub(super) fn known_columns<T: AsRef<str>>(texts: impl Iterator<Item = T>, columns: &'static [Column]) -> usize {
    let mut found = Vec::new();
    for text in texts {
        if let Some(field) = field_of(text.as_ref(), columns)
            && !found.contains(&field)
        {
            found.push(field);
        }
    }
    found.len()
}

/// The row of a sample that is a header: most known columns, the first of equals.
pub(super) fn header_index<'a>(rows: impl Iterator<Item = &'a Row>, columns: &'static [Column]) -> Option<usize> {
    let mut best = None;
    let mut most = KNOWN_MIN - 1;
    for (index, row) in rows.enumerate() {
        let known = known_columns(row.cells.iter().map(super::table::Cell::shown), columns);
        if known > most {
            most = known;
            best = Some(index);
        }
    }
    best
}

/// The header of a file.
#[derive(Debug)]
pub(super) struct Header {
    line: u32,
    texts: Vec<String>,
    fields: Vec<Option<Field>>,
    columns: &'static [Column],
}

impl Header {
    /// Finds the header among the first rows and takes it, with everything above it, out of them.
    pub(super) fn find(first: &mut VecDeque<Row>, columns: &'static [Column]) -> Result<Self, FileError> {
        let row = header_index(first.iter(), columns).and_then(|index| first.drain(..=index).next_back());
        let Some(row) = row else {
            let names: Vec<&str> = required(columns).filter_map(|column| column.names.first().copied()).collect();
            let expected = Expectation::Header(names.join(" "));
            return Err(FileError::new(ImportCode::HeaderMissing).expected(expected));
        };
        let mut texts: Vec<String> = row.cells.iter().map(super::table::Cell::shown).collect();
        while texts.last().is_some_and(String::is_empty) {
            texts.pop();
        }
        let fields = texts.iter().map(|text| field_of(text, columns)).collect();
        Ok(Self { line: row.line, texts, fields, columns })
    }

    /// Refuses missing and repeated columns, and names the ignored ones.
    pub(super) fn check(&self, notes: &mut Notes) {
        let chinese = self.texts.iter().zip(&self.fields).any(|(text, field)| field.is_some() && !text.is_ascii());
        for column in required(self.columns).filter(|column| self.position(column.field).is_none()) {
            let name = column.names.get(usize::from(!chinese)).copied().unwrap_or_default();
            notes.reject(self.line, name, ImportCode::ColumnMissing, "", Expectation::Column(name.to_owned()));
        }
        let mut seen = Vec::new();
        let mut ignored = Vec::new();
        for (text, field) in self.texts.iter().zip(&self.fields) {
            match field {
                Some(field) if seen.contains(field) => {
                    notes.reject(self.line, text, ImportCode::ColumnRepeated, text, Expectation::OneColumn);
                }
                Some(field) => seen.push(*field),
                None if text.is_empty() || ignored.contains(&text) => {}
                None => {
                    ignored.push(text);
                    notes.warn(Some(self.line), Some(text), ImportCode::ColumnIgnored, None);
                }
            }
        }
    }

    /// Number of columns up to the last that has a header.
    pub(super) fn width(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn position(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|known| *known == Some(field))
    }

    /// The text of a field's header.
    pub(super) fn text(&self, field: Field) -> &str {
        self.position(field).and_then(|index| self.texts.get(index)).map_or("", String::as_str)
    }

    /// Whether no header stands above a column.
    pub(super) fn is_unnamed(&self, index: usize) -> bool {
        self.texts.get(index).is_none_or(String::is_empty)
    }

    /// Whether the row has as many fields as the header; empty ones at the end do not count.
    pub(super) fn fits(&self, row: &Row) -> bool {
        !row.counted
            || (row.cells.len() >= self.texts.len() && row.cells.iter().skip(self.texts.len()).all(|c| c.is_empty()))
    }

    /// Whether a required value is absent from the row.
    pub(super) fn lacks_required(&self, row: &Row) -> bool {
        required(self.columns).any(|column| self.is_absent(column.field, row))
    }

    /// Whether every column that is read is empty in the row.
    pub(super) fn lacks_all(&self, row: &Row) -> bool {
        self.columns.iter().all(|column| self.is_absent(column.field, row))
    }

    fn is_absent(&self, field: Field, row: &Row) -> bool {
        self.position(field).is_none_or(|index| row.cell(index).is_empty())
    }
}

fn required(columns: &'static [Column]) -> impl Iterator<Item = &'static Column> {
    columns.iter().filter(|column| column.need == Need::Required)
}
