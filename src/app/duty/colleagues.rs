//! Who may stand in for whom: the people of the officer's own unit on that date, and those whom the planning unit planned
//! for. A roster is often planned above: by a branch for the officers of its stations.
//!
//! Everybody knows their own unit: by name one asks only people of it. Of the others one knows the shift that is offered in
//! return, or nothing; who plans for them sees them all.

use chrono::{Days, NaiveDate};

use super::{DutyShift, dates};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::duty::DutyKind;
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::{self, Conn};

/// How far around a shift the planning unit must have planned for somebody, in days.
const AROUND_DAYS: u64 = 7;

fn first_date(ctx: &Ctx, shift: &DutyShift) -> NaiveDate {
    dates(ctx, shift.starts_at.and_utc(), shift.ends_at.and_utc()).0
}

/// The unit of an officer on a date; `None` where they are in none.
fn home(connection: &mut Conn, officer: OfficerId, on: NaiveDate) -> Result<Option<UnitId>, Error> {
    Ok(store::officers::units_on(connection, &[officer], on)?.first().map(|(_, unit)| *unit))
}

/// Whether two officers are in the same unit on the date of a shift.
fn same_unit(connection: &mut Conn, ctx: &Ctx, of: &DutyShift, other: OfficerId) -> Result<bool, Error> {
    let on = first_date(ctx, of);
    let own = home(connection, of.officer_id, on)?;
    Ok(own.is_some() && own == home(connection, other, on)?)
}

/// Whether an officer may ask somebody to take a shift over, perhaps for another in return: somebody of the same unit on
/// the date of each shift, or whoever has the shift in return from the same planning unit. An appointment is nobody's to take.
///
/// # Errors
/// When the database does not answer.
pub(super) fn may_swap(
    connection: &mut Conn,
    ctx: &Ctx,
    mine: &DutyShift,
    to: OfficerId,
    theirs: Option<&DutyShift>,
) -> Result<bool, Error> {
    if let Some(theirs) = theirs {
        if theirs.kind == DutyKind::Protected {
            return Ok(false);
        }
        if theirs.unit_id == mine.unit_id {
            return Ok(true);
        }
        if !same_unit(connection, ctx, theirs, mine.officer_id)? {
            return Ok(false);
        }
    }
    same_unit(connection, ctx, mine, to)
}

/// The colleagues of whoever has a shift, without them: first those of their unit on its date, then those whom the
/// planning unit planned for around it.
///
/// # Errors
/// When the database does not answer.
pub(super) fn of(connection: &mut Conn, ctx: &Ctx, shift: &DutyShift, most: usize) -> Result<Vec<OfficerId>, Error> {
    let on = first_date(ctx, shift);
    let mut found = match home(connection, shift.officer_id, on)? {
        Some(unit) => store::duty_facts::members(connection, &[unit], on, on)?,
        None => Vec::new(),
    };
    found.retain(|officer| *officer != shift.officer_id);
    if found.len() < most {
        let around = Days::new(AROUND_DAYS);
        let from = on.checked_sub_days(around).unwrap_or(on);
        let to = on.checked_add_days(around).unwrap_or(on);
        let (from, to) = super::instants(ctx, from, to);
        for officer in store::duty_facts::planned_for(connection, shift.unit_id, (from, to))? {
            if officer != shift.officer_id && !found.contains(&officer) {
                found.push(officer);
            }
        }
    }
    found.truncate(most);
    Ok(found)
}
