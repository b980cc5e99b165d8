//! Reading rosters: files as HR offices have them become checked rows and located refusals (RULINGS 26 to 28).
//!
//! Nothing here touches the database: what it already holds is asked through [`Known`], and the rows are applied
//! elsewhere, all or none. A file is untrusted: no bytes make this panic, and memory is bounded by [`Limits`].

pub mod apply;
mod encoding;
mod file_error;
mod header;
mod notes;
mod officers;
mod openings;
mod report;
mod rosters;
mod shown;
mod table;
mod units;
mod value;
mod words;
mod workbook;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{Read, Seek};

pub use officers::{OfficerRow, officers};
pub use openings::{OpeningRow, openings};
pub use report::{
    Changed, Checked, Expectation, FileError, ImportCode, Language, Planned, Rejection, Report, RosterReport, Spot,
    Warning,
};
pub use rosters::codes::{
    IN_CELL_MAX as CODES_IN_CELL_MAX, SEPARATORS as CODE_SEPARATORS, plain as plain_code, word as explained_word,
};
pub use rosters::{DutyEntry, DutyRow, Extent, Month, Said, Who, duties};
pub use shown::Voice;
pub use units::{UnitRow, units};
pub use value::ImportedDate;
pub(crate) use value::half_width;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Separated values, in UTF-8 with or without BOM, UTF-16 with BOM, or GB18030.
    Csv,
    /// An Office Open XML workbook.
    Xlsx,
}

/// What a file may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most data rows of a workbook.
    pub xlsx_rows_max: usize,
    /// Most data rows of a CSV file.
    pub csv_rows_max: usize,
    /// Most characters that are kept of one cell; every column has a narrower limit of its own.
    pub cell_chars_max: usize,
    /// Most columns; cells of a workbook beyond them are ignored with a warning, a CSV row is refused.
    pub columns_max: usize,
    /// The same of a roster of duty, which has a column for each date.
    pub roster_columns_max: usize,
    /// Most cells of a roster of people by dates that say something.
    pub roster_cells_max: usize,
    /// Most bytes of one CSV record; a quote that is never closed runs into it.
    pub record_bytes_max: usize,
    /// Most bytes of a workbook when unpacked.
    pub unpacked_bytes_max: u64,
    /// Most refusals listed; what follows is only counted.
    pub rejected_max: usize,
    /// Most warnings listed; what follows is only counted.
    pub warnings_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            xlsx_rows_max: 20_000,
            csv_rows_max: 500_000,
            cell_chars_max: 4_000,
            columns_max: 200,
            roster_columns_max: 440,
            roster_cells_max: 200_000,
            record_bytes_max: 1 << 20,
            unpacked_bytes_max: 512 << 20,
            rejected_max: 10_000,
            warnings_max: 10_000,
        }
    }
}

/// What the database already holds.
pub trait Known {
    /// Whether a unit has this code.
    fn unit_exists(&self, code: &str) -> bool;
    /// Which of these badge numbers officers have. Asked once for a file, about those that its rows name beside their own.
    fn officers_among(&self, badges: &[&str]) -> HashSet<String>;
}

/// How far an import has come, told as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The file is read: so many rows without fault.
    Read(usize),
    /// So many rows are stored of so many.
    Stored(usize, usize),
}

/// Bytes that can be read more than once.
trait Source: Read + Seek {}
impl<T: Read + Seek + ?Sized> Source for T {}

/// Says how a file is written: by its first bytes (`head`, eight are enough), then by content type and file name.
///
/// # Errors
/// [`ImportCode::OldWorkbook`] for the container of `.xls` and of workbooks under a password,
/// [`ImportCode::NotAWorkbook`] when a workbook is announced and the bytes are something else,
/// [`ImportCode::FileEmpty`] when there are none.
pub fn detect(content_type: Option<&str>, file_name: Option<&str>, head: &[u8]) -> Result<Format, FileError> {
    if head.is_empty() {
        return Err(FileError::new(ImportCode::FileEmpty));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Format::Xlsx);
    }
    if head.starts_with(workbook::OLE_MAGIC) {
        return Err(FileError::new(ImportCode::OldWorkbook));
    }
    let by_type = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("spreadsheetml"));
    let by_name = file_name.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with(".xlsx") || name.ends_with(".xlsm")
    });
    if by_type || by_name { Err(FileError::new(ImportCode::NotAWorkbook)) } else { Ok(Format::Csv) }
}
