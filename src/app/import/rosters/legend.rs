//! The legend of a roster: rows under 代码 · 类别 · 开始 · 结束, on a sheet of their own or above or below the table, or one
//! line that begins with 图例: 白=08:00-20:00；夜=值班20:00-08:00；休=轮休.

use super::super::header::{Column, Field, Need, known_columns, position_of};
use super::super::report::{Expectation, ImportCode, Notes};
use super::super::table::{Cell, Row};
use super::super::value::{DutyWord, Fault};
use super::super::value::{clock_time, duty_word, half_width, whole_minutes};
use super::DutyEntry;
use super::codes::{CODE_CHARS_MAX, Codes, hours, lasting, plain, shift, word};
use crate::rules::duty::DutyKind;

/// Columns of a legend.
const COLUMNS: &[Column] = &[
    Column { field: Field::Code, need: Need::Required, names: &["代码", "code", "班次代码", "班次", "符号"] },
    Column { field: Field::DutyKind, need: Need::Optional, names: &["类别", "kind", "勤务类别"] },
    Column {
        field: Field::Starts, need: Need::Optional, names: &["开始", "starts", "开始时间", "start", "starts_at"]
    },
    Column { field: Field::Ends, need: Need::Optional, names: &["结束", "ends", "结束时间", "end", "ends_at"] },
    Column { field: Field::Length, need: Need::Optional, names: &["时长分钟", "minutes"] },
    Column { field: Field::Minutes, need: Need::Optional, names: &["计时分钟", "counted_minutes"] },
];

/// Words that begin a line of a legend.
const LINE_WORDS: &[&str] = &["图例", "班次说明", "代码说明", "legend"];
/// Most codes of one file.
const CODES_MAX: usize = 500;

/// Reads legends wherever they stand.
#[derive(Debug, Default)]
pub struct Legend {
    /// What was read.
    pub codes: Codes,
    count: usize,
    /// Where the columns of the block stand that is being read.
    block: Option<Vec<(Field, usize)>>,
}

impl Legend {
    /// Whether the row belongs to a legend; if so it is read.
    pub fn takes(&mut self, row: &Row, notes: &mut Notes) -> bool {
        if self.begins(row) {
            return true;
        }
        if self.takes_line(row, notes) {
            return true;
        }
        let Some(block) = self.block.take() else { return false };
        let cell = |field: Field| {
            let at = block.iter().find(|(known, _)| *known == field).map(|(_, at)| *at);
            at.map_or(&Cell::Empty, |at| row.cell(at))
        };
        if block.iter().all(|(_, at)| row.cell(*at).is_empty()) {
            return row.cells.iter().all(Cell::is_empty);
        }
        // No code has a colon: a remark below the legend, 制表人：王浩.
        if cell(Field::Code).shown().contains([':', '：']) {
            return false;
        }
        self.read(row, &cell, notes);
        self.block = Some(block);
        true
    }

    /// What begins here is no part of a legend before it.
    pub fn end_block(&mut self) {
        self.block = None;
    }

    fn begins(&mut self, row: &Row) -> bool {
        if !row.cells.iter().any(may_head) {
            return false;
        }
        let texts: Vec<String> = row.cells.iter().map(Cell::shown).collect();
        if known_columns(texts.iter(), COLUMNS) < 2 {
            return false;
        }
        let place = |field| position_of(&texts, field, COLUMNS).map(|at| (field, at));
        let Some(code) = place(Field::Code) else { return false };
        if place(Field::Starts).is_none() && place(Field::DutyKind).is_none() {
            return false;
        }
        let others = [Field::DutyKind, Field::Starts, Field::Ends, Field::Length, Field::Minutes];
        self.block = Some([Some(code)].into_iter().chain(others.into_iter().map(place)).flatten().collect());
        true
    }

    fn read<'a>(&mut self, row: &Row, cell: &dyn Fn(Field) -> &'a Cell, notes: &mut Notes) {
        let code = cell(Field::Code).shown();
        let refuse = |notes: &mut Notes, field: &str, code: ImportCode, read: &str, expected: Expectation| {
            notes.reject(row.line, field, code, read, expected);
        };
        if code.is_empty() {
            return refuse(notes, "代码", ImportCode::ValueMissing, "", Expectation::Value);
        }
        if code.chars().count() > CODE_CHARS_MAX {
            return refuse(notes, "代码", ImportCode::ValueTooLong, &code, Expectation::Chars(CODE_CHARS_MAX));
        }
        let entry = match meaning(cell) {
            Ok(entry) => entry,
            Err((field, fault)) => {
                let read = cell(field).shown();
                return refuse(notes, name_of(field), fault.code, &read, fault.expected);
            }
        };
        self.add(row.line, &code, entry, notes);
    }

    fn add(&mut self, line: u32, code: &str, entry: DutyEntry, notes: &mut Notes) {
        self.count += 1;
        if self.count > CODES_MAX {
            if self.count == CODES_MAX + 1 {
                notes.reject(line, "代码", ImportCode::TooManyRows, "", Expectation::Rows(CODES_MAX));
            }
            return;
        }
        if !self.codes.add(code, entry) {
            notes.reject(line, "代码", ImportCode::CodeAmbiguous, code, Expectation::OneColumn);
        }
    }

    /// `图例：白=08:00-20:00；夜=值班20:00-08:00；休=轮休`.
    fn takes_line(&mut self, row: &Row, notes: &mut Notes) -> bool {
        let mut texts = row.cells.iter().filter_map(|cell| match cell {
            Cell::Text(text) => Some(half_width(text).into_owned()),
            _ => None,
        });
        let Some(first) = texts.next() else { return false };
        let lower = first.to_lowercase();
        let Some(begin) = LINE_WORDS.iter().find(|begin| lower.starts_with(**begin)) else { return false };
        let Some(rest) = first.get(begin.len()..).map(str::trim_start) else { return false };
        let Some(rest) = rest.strip_prefix([':', '=']) else { return false };
        let rest: Vec<String> = [rest.to_owned()].into_iter().chain(texts).collect();
        for part in rest.iter().flat_map(|text| text.split([';', ',', '，', '；', '、', '\n'])) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let pair = part.split_once('=').or_else(|| part.split_once(':'));
            let read = pair.and_then(|(code, means)| Some((code.trim(), hours(means).or_else(|| rest_of(means))?)));
            match read {
                Some((code, entry)) if !code.is_empty() && code.chars().count() <= CODE_CHARS_MAX => {
                    self.add(row.line, code, entry, notes);
                }
                _ => notes.reject(row.line, begin, ImportCode::CodeUnknown, part, Expectation::DutyHours),
            }
        }
        true
    }
}

/// Whether a cell may be the heading of the codes: looked at before anything else, for most rows are not.
fn may_head(cell: &Cell) -> bool {
    let Cell::Text(text) = cell else { return false };
    text.len() <= 40
        && (["代码", "班次", "符号"].iter().any(|word| text.contains(word)) || text.eq_ignore_ascii_case("code"))
}

/// A word for rest, for no duty, or for leave.
fn rest_of(means: &str) -> Option<DutyEntry> {
    let means = plain(means);
    match duty_word(&Cell::Text(means.clone())) {
        Ok(Some(DutyWord::Rest(kind))) => Some(DutyEntry::Rest(kind)),
        _ => word(&means),
    }
}

fn meaning<'a>(cell: &dyn Fn(Field) -> &'a Cell) -> Result<DutyEntry, (Field, Fault)> {
    let at = |field: Field| move |fault: Fault| (field, fault);
    let starts = clock_time(cell(Field::Starts)).map_err(at(Field::Starts))?;
    let ends = clock_time(cell(Field::Ends)).map_err(at(Field::Ends))?;
    let length = whole_minutes(cell(Field::Length)).map_err(at(Field::Length))?;
    let counted = whole_minutes(cell(Field::Minutes)).map_err(at(Field::Minutes))?;
    let said = cell(Field::DutyKind);
    if let Some(entry) = rest_of(&said.shown()) {
        return Ok(entry);
    }
    let kind = match duty_word(said).map_err(at(Field::DutyKind))? {
        Some(DutyWord::Duty(kind)) => kind,
        // A legend with hours alone is about ordinary duty.
        _ => DutyKind::Duty,
    };
    let missing = |field| (field, Fault { code: ImportCode::ValueMissing, expected: Expectation::Time });
    let starts = starts.ok_or_else(|| missing(Field::Starts))?;
    let entry = match length {
        Some(length) => lasting(kind, starts, length, counted),
        None => shift(kind, starts, ends.ok_or_else(|| missing(Field::Ends))?, None, counted),
    };
    let expected = Expectation::DutyHours;
    entry.ok_or((Field::Minutes, Fault { code: ImportCode::MinutesUnreadable, expected }))
}

fn name_of(field: Field) -> &'static str {
    COLUMNS.iter().find(|column| column.field == field).and_then(|column| column.names.first()).copied().unwrap_or("")
}
