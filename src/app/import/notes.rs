//! What is said while a file is read, up to the limits and in the order of the file.

use std::sync::Arc;

use super::Limits;
use super::report::{Expectation, ImportCode, Rejection, Spot, Warning};
use crate::rules::finding::Finding;

/// The longest excerpt of a cell that a report shows, in characters.
const EXCERPT_CHARS: usize = 80;

/// What was read, fit to be shown: cut, and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    let mut shown: String =
        text.chars().take(EXCERPT_CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(EXCERPT_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// Collects refusals and warnings up to the limits.
#[derive(Debug)]
pub(super) struct Notes {
    warnings: Vec<Warning>,
    rejected: Vec<Rejection>,
    warnings_max: usize,
    rejected_max: usize,
    warnings_dropped: usize,
    rejected_dropped: usize,
    /// The sheets of a workbook of rosters, in their order; the last is being read.
    sheets: Vec<Arc<str>>,
}

impl Notes {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            warnings: Vec::new(),
            rejected: Vec::new(),
            warnings_max: limits.warnings_max,
            rejected_max: limits.rejected_max,
            warnings_dropped: 0,
            rejected_dropped: 0,
            sheets: Vec::new(),
        }
    }

    /// What is noted from here on lies in this sheet.
    pub(super) fn turn_to(&mut self, sheet: &str) {
        self.sheets.push(Arc::from(sheet));
    }

    /// The sheet that is being read.
    pub(super) fn sheet(&self) -> Option<Arc<str>> {
        self.sheets.last().map(Arc::clone)
    }

    fn spot(&self) -> Spot {
        Spot { sheet: self.sheet(), cell: None }
    }

    pub(super) fn reject(&mut self, row: u32, column: &str, code: ImportCode, read: &str, expected: Expectation) {
        self.refuse(row, column, self.spot(), code, read, expected, None);
    }

    /// Refuses what lies at a spot.
    #[expect(clippy::too_many_arguments, reason = "the members of a refusal, in their order")]
    pub(super) fn refuse(
        &mut self,
        row: u32,
        column: &str,
        spot: Spot,
        code: ImportCode,
        read: &str,
        expected: Expectation,
        finding: Option<Finding>,
    ) {
        if self.rejected.len() < self.rejected_max.max(1) {
            let (column, read) = (excerpt(column), excerpt(read));
            self.rejected.push(Rejection { row, column, code, read, expected, spot, finding });
        } else {
            self.rejected_dropped += 1;
        }
    }

    pub(super) fn warn(&mut self, row: Option<u32>, column: Option<&str>, code: ImportCode, read: Option<&str>) {
        self.tell(row, column, self.spot(), code, read, None);
    }

    /// Warns of what lies at a spot.
    pub(super) fn tell(
        &mut self,
        row: Option<u32>,
        column: Option<&str>,
        spot: Spot,
        code: ImportCode,
        read: Option<&str>,
        finding: Option<Finding>,
    ) {
        if self.warnings.len() < self.warnings_max {
            let (column, read) = (column.map(excerpt), read.map(excerpt));
            self.warnings.push(Warning { row, column, code, read, spot, finding });
        } else {
            self.warnings_dropped += 1;
        }
    }

    pub(super) const fn nothing_rejected(&self) -> bool {
        self.rejected.is_empty()
    }

    /// How many refusals were noted.
    pub(super) const fn refusals(&self) -> usize {
        self.rejected.len() + self.rejected_dropped
    }

    /// Both lists in the order of the file; what was only counted comes as a last warning.
    pub(super) fn finish(mut self) -> (Vec<Warning>, Vec<Rejection>) {
        let sheets = self.sheets;
        let place = |spot: &Spot| spot.sheet.as_ref().and_then(|sheet| sheets.iter().position(|one| one == sheet));
        self.warnings.sort_by_key(|warning| (place(&warning.spot), warning.row));
        self.rejected.sort_by_key(|rejection| (place(&rejection.spot), rejection.row));
        let more =
            [(ImportCode::MoreWarnings, self.warnings_dropped), (ImportCode::MoreRejected, self.rejected_dropped)];
        for (code, dropped) in more {
            if dropped > 0 {
                let read = Some(dropped.to_string());
                self.warnings.push(Warning {
                    row: None,
                    column: None,
                    code,
                    read,
                    spot: Spot::default(),
                    finding: None,
                });
            }
        }
        (self.warnings, self.rejected)
    }
}
