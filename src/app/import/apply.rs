//! The applying half of imports: all rows or none; a second import of the same file changes nothing (RULINGS 26–28).

mod officer_rows;
mod opening_rows;
mod unit_rows;

use std::collections::{HashMap, HashSet};

pub use officer_rows::officers;
pub use opening_rows::openings;
pub use unit_rows::units;

use super::{Checked, Expectation, FileError, ImportCode, Known, Rejection, Report};
use crate::app::error::Error;
use crate::app::reach::Reach;
use crate::rules::terms::UnitId;
use crate::store::pool::Retry;
use crate::store::{self, Conn, Database, Tx};

/// Whether an import is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is stored.
    Keep,
    /// It is tried, and everything is taken back.
    DryRun,
}

/// What the database already has, as far as the caller reaches.
struct Records {
    units: HashMap<String, UnitId>,
    /// Badge numbers of the officers whom the caller reaches.
    badges: HashSet<String>,
}

impl Known for Records {
    fn unit_exists(&self, code: &str) -> bool {
        self.units.contains_key(code)
    }
    fn officer_exists(&self, badge_no: &str) -> bool {
        self.badges.contains(badge_no)
    }
}

/// Why a transaction is taken back although nothing failed: the file has faults, or it was only a trial.
enum Undo {
    Report(Report),
    Error(Error),
}

impl From<store::Error> for Undo {
    fn from(error: store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Retry for Undo {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Error(error) if error.is_transient())
    }
}

/// Runs one import in one transaction, which is taken back when the file has faults or it was only a trial.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn run(
    database: &Database,
    mode: Mode,
    mut act: impl FnMut(&mut Tx) -> Result<Report, Error>,
) -> Result<Report, Error> {
    let outcome = database.write(|tx| {
        let report = act(tx)?;
        if mode == Mode::DryRun || !report.rejected.is_empty() { Err(Undo::Report(report)) } else { Ok(report) }
    });
    match outcome {
        Ok(report) | Err(Undo::Report(report)) => Ok(report),
        Err(Undo::Error(error)) => Err(error),
    }
}

/// A file that is no table is a report with one refusal.
fn read<T>(checked: Result<Checked<T>, FileError>) -> (Vec<T>, Report) {
    match checked {
        Ok((rows, warnings, rejected)) => (rows, Report { warnings, rejected, ..Report::default() }),
        Err(error) => (Vec::new(), Report { rejected: vec![error.rejection()], ..Report::default() }),
    }
}

/// The refusal of a row whose record is another's to change.
fn not_yours(row: u32, column: &str, read: &str) -> Rejection {
    rejection(row, column, ImportCode::NotYours, read, Expectation::Yours)
}

fn rejection(row: u32, column: &str, code: ImportCode, read: &str, expected: Expectation) -> Rejection {
    Rejection { row, column: column.to_owned(), code, read: read.to_owned(), expected }
}

/// Units of the caller's reach by code.
fn unit_codes(connection: &mut Conn, reach: &Reach) -> Result<HashMap<String, UnitId>, Error> {
    Ok(store::units::all(connection)?
        .into_iter()
        .filter(|unit| reach.contains(unit.id))
        .map(|unit| (unit.code, unit.id))
        .collect())
}
