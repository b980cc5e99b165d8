//! Files that cannot be read as a table at all.

use super::report::{Expectation, ImportCode, Rejection, Spot, excerpt};

/// A file that cannot be read as a table; there are no rows then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} (line {line}): {read}")]
pub struct FileError {
    /// Why.
    pub code: ImportCode,
    /// Line of the file; 1 where the whole file is meant.
    pub line: u32,
    /// What was read or what went wrong, where that helps.
    pub read: String,
    /// What would have been understood.
    pub expected: Expectation,
    /// Where it lies exactly.
    pub spot: Spot,
}

impl FileError {
    /// A fault of the whole file.
    #[must_use]
    pub const fn new(code: ImportCode) -> Self {
        Self { code, line: 1, read: String::new(), expected: Expectation::File, spot: Spot { sheet: None, cell: None } }
    }

    /// Names the line.
    #[must_use]
    pub(super) const fn at(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// Says what was read.
    #[must_use]
    pub(super) fn read(mut self, read: &str) -> Self {
        self.read = excerpt(read);
        self
    }

    /// Says what would have been understood.
    #[must_use]
    pub(super) fn expected(mut self, expected: Expectation) -> Self {
        self.expected = expected;
        self
    }

    /// The fault as the one refusal of a report.
    #[must_use]
    pub fn rejection(&self) -> Rejection {
        Rejection {
            row: self.line,
            column: String::new(),
            code: self.code,
            read: self.read.clone(),
            expected: self.expected.clone(),
            spot: self.spot.clone(),
            finding: None,
        }
    }
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        Self::new(ImportCode::FileUnreadable).read(&error.to_string())
    }
}
