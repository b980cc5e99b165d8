//! Rows of an openings file, applied.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use serde_json::json;

use super::{CHUNK, not_yours, read, rejection};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::Error;
use crate::app::import::{self, Expectation, Format, ImportCode, Limits, OpeningRow, Progress, Rejection, Report};
use crate::app::leave::ENTERS;
use crate::app::leave::opening::{self, Given};
use crate::app::reach::{self, Reach};
use crate::rules::terms::{HalfDays, OfficerId, RowId};
use crate::store::leave_openings::Opening;
use crate::store::{self, Tx};

/// What became of one row.
enum Applied {
    Created,
    Unchanged,
    Refused(Box<Rejection>),
}

/// Imports openings in a transaction that the caller takes back when the report has refusals.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn openings<R: Read + Seek>(
    tx: &mut Tx,
    ctx: &Ctx,
    mut reader: R,
    format: Format,
    limits: &Limits,
    heard: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let reach = reach::of(tx.reading(), ctx, ENTERS)?;
    let (rows, mut report) = read(import::openings(&mut reader, format, limits, ctx.moment.today()));
    heard(Progress::Read(rows.len()));
    if !report.rejected.is_empty() {
        return Ok(report);
    }
    // Everybody of the file is locked in id order before the first row is applied (RULINGS 62).
    let mut officers = Vec::with_capacity(rows.len());
    for row in &rows {
        officers.push(store::officers::find_by_badge(tx.reading(), &row.badge_no)?.map(|officer| officer.id));
    }
    for id in officers.iter().flatten().copied().collect::<BTreeSet<OfficerId>>() {
        store::officers::lock(tx, id)?;
    }
    for (at, (row, officer)) in rows.iter().zip(officers).enumerate() {
        match apply(tx, ctx, &reach, row, officer)? {
            Applied::Created => report.created += 1,
            Applied::Unchanged => report.unchanged += 1,
            Applied::Refused(refused) => report.rejected.push(*refused),
        }
        if (at + 1) % CHUNK == 0 || at + 1 == rows.len() {
            heard(Progress::Stored(at + 1, rows.len()));
        }
    }
    Ok(report)
}

/// Stores one row: the opening, the lot carried in, the days taken.
fn apply(
    tx: &mut Tx,
    ctx: &Ctx,
    reach: &Reach,
    row: &OpeningRow,
    officer: Option<OfficerId>,
) -> Result<Applied, Error> {
    let [badge, year, taken, carried] = &row.columns;
    let refused = |column: &str, code, read: &str, expected| {
        Ok(Applied::Refused(Box::new(rejection(row.line, column, code, read, expected))))
    };
    let unit = match officer {
        Some(id) => Some(store::officers::unit_on(tx.reading(), id, ctx.moment.today())?),
        None => None,
    };
    let Some(id) = officer.filter(|_| unit.is_some_and(|unit| reach.contains(unit))) else {
        // Absent and out of reach look the same.
        return refused(badge, ImportCode::OfficerUnknown, &row.badge_no, Expectation::Officer);
    };
    let opening = Opening {
        id: RowId(ctx.moment.new_id()),
        officer_id: id,
        leave_year: row.year,
        as_of: row.as_of,
        taken: row.taken,
        carried_in: row.carried_in,
        reason: row.reason.clone(),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    };
    if let Some(held) = store::leave_openings::find(tx.reading(), id, row.year)? {
        let says = |one: &Opening| (one.as_of, one.taken, one.carried_in, one.reason.clone());
        if says(&held) == says(&opening) {
            return Ok(Applied::Unchanged);
        }
        return refused(year, ImportCode::OpeningDiffers, &row.year.to_string(), Expectation::SameOpening);
    }
    if reach::is_own(tx.reading(), ctx, id)? {
        return Ok(Applied::Refused(Box::new(not_yours(row.line, badge, &row.badge_no))));
    }
    match opening::record(tx, ctx, &opening)? {
        Given::Recorded => {}
        Given::NotOwed => {
            let nothing = Expectation::DaysAtMost(HalfDays::ZERO);
            return refused(carried, ImportCode::TakenExceedsOwed, &row.carried_in.to_string(), nothing);
        }
        Given::Short(available) => {
            let most = Expectation::DaysAtMost(available);
            return refused(taken, ImportCode::TakenExceedsOwed, &row.taken.to_string(), most);
        }
    }
    let subject = Subject { kind: "leave_opening", id: opening.id.0, officer_id: Some(id) };
    let after = json!({
        "year": row.year, "as_of": row.as_of, "taken_days": row.taken, "carried_in_days": row.carried_in,
        "reason": row.reason,
    });
    ctx.audit(tx, "leave.opening_imported", subject, None, Some(after))?;
    Ok(Applied::Created)
}
