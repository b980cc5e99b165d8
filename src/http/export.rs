//! Lists as files for spreadsheets: CSV (UTF-8 with BOM, CRLF) and xlsx.

use std::collections::HashMap;

use rust_xlsxwriter::{Workbook, XlsxError};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::language::{Language, Words};
use crate::app::error::{Code, Error, FieldError};
use crate::app::officers::Called;
use crate::rules::terms::OfficerId;

/// Most rows of one file; who needs more narrows the list.
pub const ROWS_MAX: usize = 20_000;
/// Content type of xlsx.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Content types of exported lists.
pub const TYPES: &[&str] = &["text/csv", XLSX];

/// How a list is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A page of JSON.
    #[default]
    Json,
    /// The whole list as CSV.
    Csv,
    /// The whole list as a workbook.
    Xlsx,
}

impl Format {
    /// How many rows to read: a page, or as many as a file may have; one more, to know whether there are more.
    #[must_use]
    pub const fn rows(self, page: usize) -> usize {
        match self {
            Self::Json => page,
            Self::Csv | Self::Xlsx => ROWS_MAX,
        }
    }
}

/// A row of a file about somebody: who reads it knows people by number and name, not by id.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Named<T> {
    badge_no: Option<String>,
    name: Option<String>,
    #[serde(flatten)]
    row: T,
}

impl<T> Named<T> {
    /// Says of whom a row is.
    #[must_use]
    pub fn of(people: &HashMap<OfficerId, Called>, officer: OfficerId, row: T) -> Self {
        let called = people.get(&officer);
        Self {
            badge_no: called.map(|called| called.badge_no.clone()),
            name: called.map(|called| called.name.clone()),
            row,
        }
    }
}

/// Writes rows as a file: one column per member of the first row, headed in the caller's language.
///
/// # Errors
/// A refused parameter when there are more than [`ROWS_MAX`] rows; [`Error::Internal`] when a row cannot be written.
pub fn file<T: Serialize + JsonSchema>(
    words: Words,
    language: Language,
    format: Format,
    name: &str,
    rows: &[T],
) -> Result<Answer, Error> {
    if rows.len() > ROWS_MAX {
        return Err(FieldError::new("?format", Code::InvalidParameter).expected(format!("≤ {ROWS_MAX}")).into());
    }
    let rows: Vec<Value> = rows
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>()
        .map_err(|error| Error::Internal(format!("export: {error}")))?;
    let members: Vec<String> = match rows.first() {
        Some(row) => row.as_object().map(|row| row.keys().cloned().collect()).unwrap_or_default(),
        None => members_of::<T>(),
    };
    let heads: Vec<String> = members.iter().map(|member| words.column(language, name, member)).collect();
    let cells = rows.iter().map(|row| members.iter().map(|member| row.get(member).unwrap_or(&Value::Null)).collect());
    let written = match format {
        Format::Xlsx => workbook(&heads, cells).map_err(|error| error.to_string()),
        Format::Csv | Format::Json => separated(&heads, cells).map_err(|error| error.to_string()),
    };
    let body = written.map_err(|error| Error::Internal(format!("export: {error}")))?;
    Ok(match format {
        Format::Xlsx => Answer::file(XLSX, &format!("{name}.xlsx"), body),
        Format::Csv | Format::Json => Answer::file("text/csv; charset=utf-8", &format!("{name}.csv"), body),
    })
}

/// The members of a type: what heads a file without rows.
fn members_of<T: JsonSchema>() -> Vec<String> {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    let members = schema.get("properties").and_then(Value::as_object);
    members.map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

/// A text for a cell of a CSV file: what a spreadsheet would run as a formula is kept as text by a leading apostrophe.
#[must_use]
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The text of a cell.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => harmless(text),
        nested => nested.to_string(),
    }
}

fn separated<'a>(heads: &[String], rows: impl Iterator<Item = Vec<&'a Value>>) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    if !heads.is_empty() {
        writer.write_record(heads)?;
    }
    for row in rows {
        writer.write_record(row.into_iter().map(text))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn workbook<'a>(heads: &[String], rows: impl Iterator<Item = Vec<&'a Value>>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in (0..).zip(heads) {
        sheet.write_string(0, column, head)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (column, value) in (0..).zip(row) {
            match value {
                Value::Null => {}
                Value::Number(number) => {
                    sheet.write_number(line, column, number.as_f64().unwrap_or_default())?;
                }
                // A string cell is never run as a formula.
                Value::String(text) => {
                    sheet.write_string(line, column, text)?;
                }
                other => {
                    sheet.write_string(line, column, text(other))?;
                }
            }
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn formulas_become_text_and_numbers_stay_numbers() {
        let rows = [json!({"name": "=1+1", "post": "@x", "days": -2.5, "note": null, "by_year": {"2026": 1}})];
        let answer = file(Words::built_in(chrono_tz::Tz::UTC), Language::En, Format::Csv, "list", &rows).unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert_eq!(lines[1], "'=1+1,'@x,-2.5,,\"{\"\"2026\"\":1}\"");
        assert!(text.starts_with('\u{feff}'));
    }

    #[test]
    fn a_list_that_is_too_long_is_refused() {
        let rows = vec![1; ROWS_MAX + 1];
        assert!(file(Words::built_in(chrono_tz::Tz::UTC), Language::En, Format::Csv, "list", &rows).is_err());
    }

    #[test]
    fn an_empty_list_has_the_headings_of_a_full_one() {
        #[derive(Serialize, JsonSchema)]
        struct Row {
            unit: String,
            days: f64,
        }
        let write = |rows: &[Named<Row>]| {
            let answer = file(Words::built_in(chrono_tz::Tz::UTC), Language::En, Format::Csv, "list", rows).unwrap();
            String::from_utf8(answer.body).unwrap()
        };
        let full = write(&[Named { badge_no: None, name: None, row: Row { unit: String::new(), days: 1.0 } }]);
        let empty = write(&[]);
        assert_eq!(empty.lines().count(), 1);
        assert_eq!(empty.lines().next(), full.lines().next());
    }
}
