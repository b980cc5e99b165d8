//! Rows of a file, one at a time: finds the header, leaves blank and total rows out, numbers what remains by line.

use std::collections::{HashSet, VecDeque};
use std::io::Read;

use chrono::NaiveDate;
use csv::ByteRecord;

use super::encoding::{Budget, END_MARK, Stop, Utf8Lines, encoding_of};
use super::header::{Column, HEADER_ROWS, Header, known_columns};
use super::report::{Expectation, FileError, ImportCode, Notes};
use super::value::{half_width, trimmed};
use super::{Format, Limits, Source, workbook};

/// One cell as the file has it; text is trimmed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    Number(f64),
    Date(NaiveDate),
    /// A formula that failed, as it is shown.
    Fault(String),
}

impl Cell {
    /// Makes a text cell, at most one character longer than `chars_max` (which is enough to be refused).
    pub(super) fn text(text: &str, chars_max: usize) -> Self {
        let text = trimmed(text);
        match text.char_indices().nth(chars_max.saturating_add(1)) {
            _ if text.is_empty() => Self::Empty,
            Some((cut, _)) => Self::Text(text.get(..cut).unwrap_or_default().to_owned()),
            None => Self::Text(text.to_owned()),
        }
    }

    /// The cell as a report shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Fault(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Line of the file on which the row begins, from 1.
    pub(super) line: u32,
    pub(super) cells: Vec<Cell>,
    /// Index of the first column that was left out because it lies beyond the limit.
    pub(super) stray: Option<u32>,
    /// Whether the number of fields is the file's own statement, so that a wrong one means shifted values.
    pub(super) counted: bool,
}

impl Row {
    pub(super) fn cell(&self, index: usize) -> &Cell {
        self.cells.get(index).unwrap_or(&Cell::Empty)
    }

    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }

    /// Whether the first value of the row is a word for a sum.
    pub(super) fn begins_with_total(&self) -> bool {
        let Some(Cell::Text(text)) = self.cells.iter().find(|cell| !cell.is_empty()) else { return false };
        let word: String = half_width(text)
            .to_lowercase()
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_ascii_digit() && !matches!(c, ':' | '人' | '名'))
            .collect();
        matches!(word.as_str(), "合计" | "总计" | "小计" | "共计" | "total" | "subtotal" | "grandtotal")
    }
}

/// A file that gives its rows one after the other.
pub(super) trait Rows {
    fn next_row(&mut self) -> Result<Option<Row>, FileError>;
}

/// What is done with the data rows.
pub(super) trait Visitor {
    /// A row that fits the header.
    fn row(&mut self, header: &Header, row: &Row, notes: &mut Notes);
    /// A row with more or fewer fields than the header; it is refused already.
    fn ragged(&mut self, header: &Header, row: &Row);
    /// Whether the row is no part of the table and is read otherwise.
    fn takes(&mut self, _: &Row, _: &mut Notes) -> bool {
        false
    }
}

/// Reads a file: header first, then every data row through the visitor. When the header is refused, no row is visited.
pub(super) fn each_row(
    source: &mut dyn Source,
    format: Format,
    limits: &Limits,
    columns: &'static [Column],
    notes: &mut Notes,
    visitor: &mut dyn Visitor,
) -> Result<(), FileError> {
    match format {
        Format::Csv => {
            let mut rows = CsvRows::open(source, limits, columns)?;
            visit(&mut rows, limits.csv_rows_max, columns, notes, visitor)
        }
        Format::Xlsx => workbook::with_sheet(source, limits, columns, notes, &mut |rows, notes| {
            visit(rows, limits.xlsx_rows_max, columns, notes, visitor)
        }),
    }
}

/// Reads the rows in which a header is looked for.
pub(super) fn first_rows(rows: &mut dyn Rows) -> Result<VecDeque<Row>, FileError> {
    let mut first = VecDeque::new();
    while first.len() < HEADER_ROWS {
        match rows.next_row()? {
            Some(row) => first.push_back(row),
            None => break,
        }
    }
    Ok(first)
}

fn visit(
    rows: &mut dyn Rows,
    rows_max: usize,
    columns: &'static [Column],
    notes: &mut Notes,
    visitor: &mut dyn Visitor,
) -> Result<(), FileError> {
    let first = first_rows(rows)?;
    if first.is_empty() {
        return Err(FileError::new(ImportCode::FileEmpty));
    }
    visit_from(first, rows, rows_max, columns, notes, visitor)
}

/// Reads on after the first rows.
pub(super) fn visit_from(
    mut first: VecDeque<Row>,
    rows: &mut dyn Rows,
    rows_max: usize,
    columns: &'static [Column],
    notes: &mut Notes,
    visitor: &mut dyn Visitor,
) -> Result<(), FileError> {
    let header = Header::find(&mut first, columns)?;
    header.check(notes);
    if !notes.nothing_rejected() {
        return Ok(());
    }
    let mut outside = HashSet::new();
    let mut count = 0_usize;
    loop {
        let next = match first.pop_front() {
            Some(row) => Some(row),
            None => rows.next_row()?,
        };
        let Some(row) = next else { return Ok(()) };
        if visitor.takes(&row, notes) {
            continue;
        }
        warn_outside(&header, &row, &mut outside, notes);
        if row.is_blank() || (row.begins_with_total() && header.lacks_required(&row)) {
            continue;
        }
        if !row.counted && header.lacks_all(&row) {
            // Remarks beside or below the table of a sheet, named by the warning above or by their ignored column.
            continue;
        }
        count += 1;
        if count > rows_max {
            return Err(FileError::new(ImportCode::TooManyRows).at(row.line).expected(Expectation::Rows(rows_max)));
        }
        if header.fits(&row) {
            visitor.row(&header, &row, notes);
        } else {
            let read = row.cells.len().to_string();
            notes.reject(row.line, "", ImportCode::RowRagged, &read, Expectation::Fields(header.width()));
            visitor.ragged(&header, &row);
        }
    }
}

/// Names columns that hold values without a header, each once.
fn warn_outside(header: &Header, row: &Row, outside: &mut HashSet<usize>, notes: &mut Notes) {
    let stray = row.stray.and_then(|index| usize::try_from(index).ok());
    let unnamed = row.cells.iter().enumerate().filter(|(index, cell)| !cell.is_empty() && header.is_unnamed(*index));
    // A CSV row with more fields than the header is refused, not warned of.
    let unnamed = unnamed.map(|(index, _)| index).filter(|index| !row.counted || *index < header.width());
    for index in unnamed.chain(stray) {
        if outside.insert(index) {
            notes.warn(Some(row.line), Some(&column_letters(index)), ImportCode::CellsOutsideTable, None);
        }
    }
}

/// A column's name in a spreadsheet: A for 0, XFD for 16383.
pub(super) fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index;
    loop {
        let letter = u8::try_from(rest % 26).map_or(b'?', |offset| b'A' + offset);
        letters.push(char::from(letter));
        match rest / 26 {
            0 => break,
            more => rest = more - 1,
        }
    }
    letters.iter().rev().collect()
}

/// Rows of separated values.
pub(super) struct CsvRows<'a> {
    reader: csv::Reader<Utf8Lines<'a>>,
    budget: Budget,
    record: ByteRecord,
    limits: &'a Limits,
    /// Where reading stood before the record that is being read.
    line: u32,
}

/// How much of a file is looked at to find the delimiter, in bytes.
const SAMPLE_BYTES: u64 = 64 << 10;

impl<'a> CsvRows<'a> {
    pub(super) fn open(
        source: &'a mut dyn Source,
        limits: &'a Limits,
        columns: &'static [Column],
    ) -> Result<Self, FileError> {
        let encoding = encoding_of(source)?;
        let mut sample = Vec::new();
        let start = Utf8Lines::new(&mut *source, encoding, Budget::new(usize::MAX));
        // What cannot be decoded is reported with its line when the rows are read.
        let _unreadable = start.take(SAMPLE_BYTES).read_to_end(&mut sample);
        source.seek(std::io::SeekFrom::Start(0))?;
        let delimiter = delimiter_of(&sample, columns);
        let budget = Budget::new(limits.record_bytes_max);
        let reader = reader_of(Utf8Lines::new(source, encoding, budget.clone()), delimiter);
        Ok(Self { reader, budget, record: ByteRecord::new(), limits, line: 1 })
    }

    fn file_error(&self, error: csv::Error) -> FileError {
        let detail = error.to_string();
        let csv::ErrorKind::Io(io) = error.into_kind() else {
            return FileError::new(ImportCode::FileUnreadable).read(&detail).at(self.line);
        };
        match io.downcast::<Stop>() {
            Ok(Stop::Malformed(line)) => FileError::new(ImportCode::EncodingUnreadable).at(line),
            Ok(Stop::RecordTooLong) => FileError::new(ImportCode::RecordTooLong)
                .at(self.line)
                .expected(Expectation::Bytes(u64::try_from(self.limits.record_bytes_max).unwrap_or(u64::MAX))),
            Err(io) => FileError::from(io),
        }
    }
}

fn reader_of<R: Read>(input: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(input)
}

/// The delimiter under which the first rows look most like a header; a comma unless another is clearly better.
fn delimiter_of(sample: &[u8], columns: &'static [Column]) -> u8 {
    let mut best = (b',', 0);
    for delimiter in [b',', b'\t', b';'] {
        let mut reader = reader_of(sample, delimiter);
        for record in reader.byte_records().take(HEADER_ROWS).map_while(Result::ok) {
            let known = known_columns(record.iter().map(String::from_utf8_lossy), columns);
            if known > best.1 {
                best = (delimiter, known);
            }
        }
    }
    best.0
}

impl Rows for CsvRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, FileError> {
        self.budget.renew();
        self.line = u32::try_from(self.reader.position().line()).unwrap_or(u32::MAX);
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(self.file_error(error)),
        }
        // The reader stands on the line after the record. Its own word for where the record began would be the
        // first of the blank lines before it, so lines are counted back.
        let inner = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let after = self.reader.position().line();
        let inner = u64::try_from(inner).unwrap_or(u64::MAX);
        let line = u32::try_from(after.saturating_sub(inner).saturating_sub(1)).unwrap_or(u32::MAX);
        let last = self.record.iter().next_back().unwrap_or_default();
        if last == END_MARK.as_bytes() && self.record.len() == 1 {
            return Ok(None);
        }
        if String::from_utf8_lossy(last).trim_end().ends_with(END_MARK) {
            // Here no line end followed the record, so one less is to be counted back.
            let line = line.saturating_add(1);
            return Err(FileError::new(ImportCode::QuoteUnclosed).at(line).expected(Expectation::Quote));
        }
        if self.record.len() > self.limits.columns_max {
            let read = self.record.len().to_string();
            let most = Expectation::Columns(self.limits.columns_max);
            return Err(FileError::new(ImportCode::TooManyColumns).at(line).read(&read).expected(most));
        }
        let chars_max = self.limits.cell_chars_max;
        let cells = self.record.iter().map(|field| Cell::text(&String::from_utf8_lossy(field), chars_max)).collect();
        Ok(Some(Row { line, cells, stray: None, counted: true }))
    }
}
