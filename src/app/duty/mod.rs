//! Duty and rest at the desk: shifts and rest days, rosters and their publication, swaps, the hours that were worked.

pub mod actuals;
pub mod asks;
pub mod bonds;
mod colleagues;
pub mod facts;
pub mod file;
pub mod floors;
pub mod generate;
pub mod granting;
pub mod holds;
pub mod leave_days;
pub mod patterns;
pub mod plan;
mod prepare;
pub mod publish;
mod reimport;
pub mod rest_days;
mod sent;
pub mod sheet;
pub mod shifts;
pub mod strength;
mod suggest;
pub mod swaps;
pub mod transfers;
mod worked;

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use super::ctx::{Ctx, Subject};
use super::error::{Code, Error, FieldError};
use super::reach::{self, Reach};
use super::{credit, watch};
use crate::rules::terms::{Instant, OfficerId, Role, UnitId};
use crate::store::{self, Conn, Tx};

pub use crate::store::duty_actuals::{Actual, SaidBy};
pub use crate::store::duty_shifts::{DutyShift, ShiftSource, ShiftState};
pub use crate::store::rest_days::{RestDay, RestDayState};

/// Who plans duty and rest for those they reach.
pub const PLANNERS: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr];
/// Who reads the duty and rest of those they reach.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
pub use crate::app::said::TEXT_MAX as REASON_MAX;
/// Most shifts of one batch.
pub const BATCH_MAX: usize = 2_000;
/// Most days of one list, roster or publication.
pub const DAYS_MAX: i64 = 400;
/// Days of a list of units where the caller does not say until when.
const LIST_DAYS: u64 = 31;

fn subject(shift: &DutyShift) -> Subject {
    Subject { kind: "duty_shift", id: shift.id.0, officer_id: Some(shift.officer_id) }
}

/// What of a shift goes into the audit trail; what a protected appointment is for does not.
fn told(shift: &DutyShift) -> Value {
    json!({
        "unit_id": shift.unit_id, "starts_at": shift.starts_at.and_utc(), "ends_at": shift.ends_at.and_utc(),
        "kind": shift.kind, "state": shift.state, "counted_minutes": shift.counted_minutes,
    })
}

/// The local dates that an interval touches.
fn dates(ctx: &Ctx, starts_at: Instant, ends_at: Instant) -> (NaiveDate, NaiveDate) {
    let clock = ctx.moment.clock();
    let first = clock.date_of(starts_at);
    let last = clock.date_of(ends_at - chrono::TimeDelta::microseconds(1));
    (first, last.max(first))
}

/// The instants from the beginning of one date to the end of another.
fn instants(ctx: &Ctx, from: NaiveDate, to: NaiveDate) -> (NaiveDateTime, NaiveDateTime) {
    let clock = ctx.moment.clock();
    (clock.start_of(from).naive_utc(), clock.end_of(to).naive_utc())
}

/// Dates of a period that is written: in order, and no more than [`DAYS_MAX`].
fn checked_period(from: NaiveDate, to: NaiveDate, pointer: &str) -> Result<(), FieldError> {
    let days = (to - from).num_days() + 1;
    if (1..=DAYS_MAX).contains(&days) {
        return Ok(());
    }
    let refused = FieldError::new(pointer, Code::InvalidValue);
    Err(if days < 1 { refused.expected(format!("≥ {from}")) } else { refused.expected(format!("≤ {DAYS_MAX} d")) })
}

/// What follows from a change of some people's duty between two dates, both included: rest days and credit for short
/// rests follow the facts, and what the rules find is looked at again.
fn follow(tx: &mut Tx, ctx: &Ctx, officers: &[OfficerId], (from, to): (NaiveDate, NaiveDate)) -> Result<(), Error> {
    credit::worked_rest::reconsider(tx, ctx, officers, (from, to))?;
    credit::follow::short_rests(tx, ctx, officers, from, to)?;
    watch::after_write(tx, ctx, officers, from, to)
}

/// The caller and the caller's spouse: whose records are for others to change.
fn own(connection: &mut Conn, ctx: &Ctx) -> Result<Vec<OfficerId>, Error> {
    let Some(me) = ctx.caller.officer_id else { return Ok(Vec::new()) };
    Ok([Some(me), store::officers::spouse(connection, me)?].into_iter().flatten().collect())
}

/// A unit that the caller plans for, with everything under it that they reach.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or out of reach.
pub fn planned_units(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<Vec<UnitId>, Error> {
    units_of(connection, ctx, unit, PLANNERS)
}

/// A unit whose duty and rest the caller reads, with everything under it.
///
/// # Errors
/// As [`planned_units`].
pub fn read_units(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<Vec<UnitId>, Error> {
    units_of(connection, ctx, unit, READERS)
}

fn units_of(connection: &mut Conn, ctx: &Ctx, unit: UnitId, roles: &[Role]) -> Result<Vec<UnitId>, Error> {
    if store::units::find(connection, unit)?.is_none() || !reach::reaches(connection, ctx, roles, unit)? {
        return Err(Code::NotFound.into());
    }
    let mut units: Vec<UnitId> =
        store::units::tree(connection, ctx.moment.today())?.under(&[unit]).into_iter().collect();
    units.sort_unstable();
    Ok(units)
}

/// Which units a list looks at: those of the filter, every unit by name for whoever reaches the force.
///
/// # Errors
/// [`Code::NotFound`] for a unit that is absent or not reached.
fn listed_units(connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>) -> Result<Vec<UnitId>, Error> {
    let reached = reach::of(connection, ctx, READERS)?.narrowed_to(connection, ctx, unit)?;
    Ok(match reached {
        Reach::Units(units) => units.into_iter().collect(),
        Reach::Force => store::units::all(connection)?.into_iter().map(|unit| unit.id).collect(),
    })
}

/// Whether the caller may see all these officers: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`] when one of them is absent or not the caller's to see.
pub fn check_seen(connection: &mut Conn, ctx: &Ctx, officers: &[OfficerId]) -> Result<(), Error> {
    let others: Vec<OfficerId> = officers.iter().copied().filter(|officer| !ctx.caller.is_self(*officer)).collect();
    if others.is_empty() {
        return Ok(());
    }
    let reach = reach::of(connection, ctx, READERS)?;
    for some in others.chunks(500) {
        let units = store::officers::units_on(connection, some, ctx.moment.today())?;
        let seen = units.iter().filter(|(_, unit)| reach.contains(*unit)).map(|(officer, _)| officer);
        let seen: std::collections::HashSet<&OfficerId> = seen.collect();
        if some.iter().any(|officer| !seen.contains(officer)) {
            return Err(Code::NotFound.into());
        }
    }
    Ok(())
}
