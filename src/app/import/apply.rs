//! The applying half of imports: all rows or none; a second import of the same file changes nothing (RULINGS 26–28).

mod duty_codes;
mod duty_people;
mod duty_rows;
mod officer_rows;
mod opening_rows;
mod spouse_links;
mod unit_rows;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

pub use duty_rows::{RosterOptions, duties};
pub use officer_rows::officers;
pub use opening_rows::openings;
pub use unit_rows::units;

use super::{Checked, Expectation, FileError, ImportCode, Known, Rejection, Report, Spot};
use crate::app::error::Error;
use crate::app::reach::Reach;
use crate::rules::terms::{OfficerId, UnitId};
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

/// Rows that are looked at and written together.
const CHUNK: usize = 500;

/// What the database already has, as far as the caller reaches.
struct Records<'a> {
    units: &'a HashMap<String, UnitId>,
    reach: &'a Reach,
    today: NaiveDate,
    connection: RefCell<&'a mut Conn>,
    /// Why the database did not answer; reading goes on without it, and the import fails afterwards.
    failed: RefCell<Option<store::Error>>,
}

impl<'a> Records<'a> {
    fn new(connection: &'a mut Conn, units: &'a HashMap<String, UnitId>, reach: &'a Reach, today: NaiveDate) -> Self {
        Self { units, reach, today, connection: RefCell::new(connection), failed: RefCell::default() }
    }

    fn reached(&self, badges: &[&str]) -> Result<HashSet<String>, store::Error> {
        let mut connection = self.connection.borrow_mut();
        let mut reached = HashSet::new();
        for chunk in badges.chunks(CHUNK) {
            let found = store::roster::find_by_badges(&mut connection, chunk)?;
            let ids: Vec<OfficerId> = found.values().map(|officer| officer.id).collect();
            let units: HashMap<OfficerId, UnitId> =
                store::officers::units_on(&mut connection, &ids, self.today)?.into_iter().collect();
            let within = |officer: &OfficerId| units.get(officer).is_some_and(|unit| self.reach.contains(*unit));
            reached.extend(found.into_iter().filter(|(_, officer)| within(&officer.id)).map(|(badge_no, _)| badge_no));
        }
        Ok(reached)
    }

    /// What reading came to, unless the database did not answer.
    fn done<T>(self, read: T) -> Result<T, Error> {
        match self.failed.into_inner() {
            None => Ok(read),
            Some(error) => Err(error.into()),
        }
    }
}

impl Known for Records<'_> {
    fn unit_exists(&self, code: &str) -> bool {
        self.units.contains_key(code)
    }
    fn officers_among(&self, badges: &[&str]) -> HashSet<String> {
        self.reached(badges).unwrap_or_else(|error| {
            *self.failed.borrow_mut() = Some(error);
            HashSet::new()
        })
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
        Err(error) => (Vec::new(), Report::default().ended_by(error)),
    }
}

/// The refusal of a row whose record is another's to change.
fn not_yours(row: u32, column: &str, read: &str) -> Rejection {
    rejection(row, column, ImportCode::NotYours, read, Expectation::Yours)
}

fn rejection(row: u32, column: &str, code: ImportCode, read: &str, expected: Expectation) -> Rejection {
    let (column, read) = (column.to_owned(), read.to_owned());
    Rejection { row, column, code, read, expected, spot: Spot::default(), finding: None }
}

/// Units of the caller's reach by code.
fn unit_codes(connection: &mut Conn, reach: &Reach) -> Result<HashMap<String, UnitId>, Error> {
    Ok(store::units::all(connection)?
        .into_iter()
        .filter(|unit| reach.contains(unit.id))
        .map(|unit| (unit.code, unit.id))
        .collect())
}
