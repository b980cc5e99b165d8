//! Rows of an `.xlsx` workbook, streamed: a sheet is never held as a whole, however far out its last cell lies.

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell as SheetCell, DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use chrono::NaiveDate;
use zip::ZipArchive;

use super::header::{Column, header_index};
use super::report::{Expectation, FileError, ImportCode, Notes};
use super::table::{Cell, Row, Rows, first_rows};
use super::{Limits, Source};

/// The first bytes of the old container: `.xls`, and what a password hides.
pub(super) const OLE_MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// The most of an old container that is searched for the mark of encryption.
const OLE_SEARCHED: u64 = 64 << 20;
/// Most entries of an archive.
const ENTRIES_MAX: usize = 5_000;
/// The shared texts are held in memory, so they have a narrower limit than the sheets, in bytes.
const SHARED_TEXTS_MAX: u64 = 64 << 20;
/// Styles, themes and the rest, in bytes; their elements grow when they are parsed.
const OTHER_PART_MAX: u64 = 8 << 20;

type Book<'a> = Xlsx<BufReader<&'a mut dyn Source>>;

/// Opens a workbook and hands over the rows of its first visible sheet with a header, or of its first sheet.
pub(super) fn with_sheet(
    source: &mut dyn Source,
    limits: &Limits,
    columns: &'static [Column],
    notes: &mut Notes,
    read: &mut dyn FnMut(&mut dyn Rows, &mut Notes) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let (mut book, names) = open(source, limits)?;
    let mut chosen: Option<&str> = None;
    for name in &names {
        let first = first_rows(&mut SheetRows::open(&mut book, name, limits)?)?;
        if header_index(first.iter(), columns).is_some() {
            match chosen {
                None => chosen = Some(name),
                Some(_) => notes.warn(None, None, ImportCode::SheetIgnored, Some(name)),
            }
        }
    }
    // Without any header the first sheet is read all the same: it says what is missing.
    let Some(name) = chosen.or(names.first().map(String::as_str)) else {
        return Err(FileError::new(ImportCode::FileEmpty));
    };
    read(&mut SheetRows::open(&mut book, name, limits)?, notes)
}

/// Opens a workbook and names its visible sheets.
fn open<'a>(source: &'a mut dyn Source, limits: &Limits) -> Result<(Book<'a>, Vec<String>), FileError> {
    refuse_old_container(source)?;
    check_sizes(source, limits)?;
    source.seek(SeekFrom::Start(0))?;
    let book: Book<'_> = guarded(|| Xlsx::new(BufReader::new(source)))?;
    let sheets = book.sheets_metadata().iter();
    let visible = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let names = visible.map(|sheet| sheet.name.clone()).collect();
    Ok((book, names))
}

/// Opens a workbook and hands over the rows of each visible sheet with its name, one after the other.
pub(super) fn each_sheet(
    source: &mut dyn Source,
    limits: &Limits,
    read: &mut dyn FnMut(&str, &mut dyn Rows) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let (mut book, names) = open(source, limits)?;
    if names.len() > SHEETS_MAX {
        return Err(FileError::new(ImportCode::WorkbookTooLarge));
    }
    for name in &names {
        read(name, &mut SheetRows::open(&mut book, name, limits)?)?;
    }
    Ok(())
}

/// Most sheets of a workbook whose every sheet is read.
const SHEETS_MAX: usize = 60;

fn refuse_old_container(source: &mut dyn Source) -> Result<(), FileError> {
    source.seek(SeekFrom::Start(0))?;
    let mut start = Vec::new();
    source.take(8).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(FileError::new(ImportCode::FileEmpty));
    }
    if start != OLE_MAGIC {
        return Ok(());
    }
    source.take(OLE_SEARCHED).read_to_end(&mut start)?;
    let mark: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = start.windows(mark.len()).any(|window| window == mark);
    Err(FileError::new(if encrypted { ImportCode::WorkbookEncrypted } else { ImportCode::OldWorkbook }))
}

/// Refuses archives that would unpack to more than the limits. The unpacker holds every part to the size that is
/// declared for it, so what is declared is what can come.
fn check_sizes(source: &mut dyn Source, limits: &Limits) -> Result<(), FileError> {
    source.seek(SeekFrom::Start(0))?;
    let mut archive = ZipArchive::new(BufReader::new(source)).map_err(|error| broken(&error))?;
    let too_large = || {
        let most = Expectation::Bytes(limits.unpacked_bytes_max);
        Err(FileError::new(ImportCode::WorkbookTooLarge).expected(most))
    };
    if archive.len() > ENTRIES_MAX {
        return too_large();
    }
    let mut total = 0_u64;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(|error| broken(&error))?;
        if part.encrypted() {
            return Err(FileError::new(ImportCode::WorkbookEncrypted));
        }
        let name = part.name().map_err(|error| broken(&error))?.to_ascii_lowercase();
        let is_text = [".xml", ".rels"].iter().any(|end| name.ends_with(end));
        let most = match name.as_str() {
            sheet if sheet.contains("worksheets/") => limits.unpacked_bytes_max,
            texts if texts.contains("sharedstrings") => SHARED_TEXTS_MAX,
            _ if is_text => OTHER_PART_MAX,
            _ => limits.unpacked_bytes_max,
        };
        total = total.saturating_add(part.size());
        if part.size() > most || total > limits.unpacked_bytes_max {
            return too_large();
        }
    }
    Ok(())
}

fn broken(error: &dyn std::fmt::Display) -> FileError {
    FileError::new(ImportCode::NotAWorkbook).read(&error.to_string())
}

/// Calls the workbook library. It was not written for hostile files, so a panic inside it is held to be what it
/// means, a damaged file, and never reaches the service.
fn guarded<T>(call: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, FileError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(broken(&error)),
        Err(_) => Err(FileError::new(ImportCode::NotAWorkbook)),
    }
}

/// Most formulas of one sheet.
const FORMULAS_MAX: usize = 400_000;

/// The cells of a sheet that hold a formula; one more than [`FORMULAS_MAX`] at most.
fn formulas<R: Read + Seek>(reader: &mut XlsxCellReader<'_, R>) -> Result<HashSet<(u32, u32)>, XlsxError> {
    let mut found = HashSet::new();
    while let Some(cell) = reader.next_formula()? {
        if !cell.get_value().is_empty() {
            found.insert(cell.get_position());
            if found.len() > FORMULAS_MAX {
                break;
            }
        }
    }
    Ok(found)
}

/// Rows of one sheet.
struct SheetRows<'a, 'b> {
    cells: XlsxCellReader<'a, BufReader<&'b mut dyn Source>>,
    /// Where formulas stand.
    formulas: HashSet<(u32, u32)>,
    limits: &'a Limits,
    pending: Option<(u32, u32, Cell)>,
    last: Option<u32>,
    /// The library is not to be asked again after the last cell.
    ended: bool,
}

impl<'a, 'b> SheetRows<'a, 'b> {
    fn open(book: &'a mut Book<'b>, name: &str, limits: &'a Limits) -> Result<Self, FileError> {
        let formulas = guarded(|| formulas(&mut book.worksheet_cells_reader(name)?))?;
        if formulas.len() > FORMULAS_MAX {
            return Err(FileError::new(ImportCode::WorkbookTooLarge));
        }
        let cells = guarded(|| book.worksheet_cells_reader(name))?;
        Ok(Self { cells, formulas, limits, pending: None, last: None, ended: false })
    }

    /// The next cell that holds something: row, column, value.
    fn next_cell(&mut self) -> Result<Option<(u32, u32, Cell)>, FileError> {
        while !self.ended {
            let line = self.last.map_or(1, |row| row.saturating_add(1));
            match guarded(|| self.cells.next_cell()).map_err(|error| error.at(line))? {
                None => self.ended = true,
                Some(cell) => {
                    let value = value_of(&cell, self.limits.cell_chars_max);
                    let (row, column) = cell.get_position();
                    // A formula that no spreadsheet has computed yet has no value: that is a fault, not an empty cell. One that
                    // was computed to an empty text is an empty cell.
                    let is_uncomputed = *cell.get_value() == DataRef::Empty && self.formulas.contains(&(row, column));
                    let value = if is_uncomputed { Cell::Fault("=…".to_owned()) } else { value };
                    if !value.is_empty() {
                        return Ok(Some((row, column, value)));
                    }
                }
            }
        }
        Ok(None)
    }
}

fn value_of(cell: &SheetCell<DataRef<'_>>, chars_max: usize) -> Cell {
    match cell.get_value() {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Text(number.to_string()),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text, chars_max),
        DataRef::SharedString(text) => Cell::text(text, chars_max),
        DataRef::Bool(true) => Cell::Text("TRUE".to_owned()),
        DataRef::Bool(false) => Cell::Text("FALSE".to_owned()),
        DataRef::Error(error) => Cell::Fault(error.to_string()),
        // A time of day alone, before the first date that a spreadsheet knows.
        DataRef::DateTime(moment) if (0.0..1.0).contains(&moment.as_f64()) => Cell::Number(moment.as_f64()),
        DataRef::DateTime(moment) => {
            // Both date systems are known to the library, also the 29 February 1900 that never was.
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
            date.filter(|_| moment.is_datetime()).map_or(Cell::Number(moment.as_f64()), Cell::Date)
        }
    }
}

impl Rows for SheetRows<'_, '_> {
    fn next_row(&mut self) -> Result<Option<Row>, FileError> {
        let mut row: Option<Row> = None;
        loop {
            let next = match self.pending.take() {
                Some(cell) => Some(cell),
                None => self.next_cell()?,
            };
            let Some((index, column, value)) = next else { return Ok(row) };
            if row.is_some() && self.last != Some(index) {
                self.pending = Some((index, column, value));
                return Ok(row);
            }
            if row.is_none() && self.last.is_some_and(|last| index <= last) {
                return Err(FileError::new(ImportCode::NotAWorkbook).at(index.saturating_add(1)));
            }
            self.last = Some(index);
            let line = index.saturating_add(1);
            let row = row.get_or_insert_with(|| Row { line, cells: Vec::new(), stray: None, counted: false });
            match usize::try_from(column) {
                Ok(place) if place < self.limits.columns_max => {
                    if row.cells.len() <= place {
                        row.cells.resize(place + 1, Cell::Empty);
                    }
                    if let Some(cell) = row.cells.get_mut(place) {
                        *cell = value;
                    }
                }
                _ => row.stray = Some(row.stray.map_or(column, |first| first.min(column))),
            }
        }
    }
}
