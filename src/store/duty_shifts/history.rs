//! What shifts were before they were changed.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::DutyShift;
use crate::rules::duty::DutyKind;
use crate::rules::terms::UnitId;
use crate::store::conn::Conn;
use crate::store::error::Error;
use crate::store::pool::Tx;
use crate::store::portable::on_both;
use crate::store::schema::duty_shift_history;

/// A shift as it was planned at an instant: as it is, where it has not been changed since.
///
/// # Errors
/// When the database does not answer.
pub fn as_of(connection: &mut Conn, shift: &DutyShift, at: NaiveDateTime) -> Result<DutyShift, Error> {
    if shift.recorded_at <= at {
        return Ok(shift.clone());
    }
    let then: Option<(UnitId, NaiveDateTime, NaiveDateTime, DutyKind, i32)> = duty_shift_history::table
        .filter(duty_shift_history::officer_id.eq(shift.officer_id))
        .filter(duty_shift_history::shift_id.eq(shift.id))
        .filter(duty_shift_history::recorded_at.le(at))
        .order(duty_shift_history::version.desc())
        .select((
            duty_shift_history::unit_id,
            duty_shift_history::starts_at,
            duty_shift_history::ends_at,
            duty_shift_history::kind,
            duty_shift_history::counted_minutes,
        ))
        .first(connection)
        .optional()?;
    Ok(match then {
        Some((unit_id, starts_at, ends_at, kind, counted_minutes)) => {
            DutyShift { unit_id, starts_at, ends_at, kind, counted_minutes, ..shift.clone() }
        }
        None => shift.clone(),
    })
}

/// Since when a shift is planned at the hours that it has.
///
/// # Errors
/// When the database does not answer.
pub fn planned_since(connection: &mut Conn, shift: &DutyShift) -> Result<NaiveDateTime, Error> {
    let before: Vec<(NaiveDateTime, NaiveDateTime, NaiveDateTime)> = duty_shift_history::table
        .filter(duty_shift_history::officer_id.eq(shift.officer_id))
        .filter(duty_shift_history::shift_id.eq(shift.id))
        .order(duty_shift_history::version.desc())
        .select((duty_shift_history::starts_at, duty_shift_history::ends_at, duty_shift_history::recorded_at))
        .load(connection)?;
    let same = before
        .into_iter()
        .take_while(|(starts_at, ends_at, _)| (*starts_at, *ends_at) == (shift.starts_at, shift.ends_at));
    Ok(same.last().map_or(shift.recorded_at, |(.., recorded_at)| recorded_at))
}

/// Keeps what shifts were.
pub(super) fn keep(tx: &mut Tx, changes: &[(&DutyShift, &DutyShift)]) -> Result<(), Error> {
    let kept = |(before, after): &(&DutyShift, &DutyShift)| {
        (
            duty_shift_history::officer_id.eq(before.officer_id),
            duty_shift_history::shift_id.eq(before.id),
            duty_shift_history::version.eq(before.version),
            duty_shift_history::unit_id.eq(before.unit_id),
            duty_shift_history::starts_at.eq(before.starts_at),
            duty_shift_history::ends_at.eq(before.ends_at),
            duty_shift_history::kind.eq(before.kind),
            duty_shift_history::state.eq(before.state),
            duty_shift_history::counted_minutes.eq(before.counted_minutes),
            duty_shift_history::recorded_at.eq(before.recorded_at),
            duty_shift_history::recorded_by.eq(before.recorded_by),
            duty_shift_history::superseded_at.eq(after.recorded_at),
        )
    };
    let rows: Vec<_> = changes.iter().map(kept).collect();
    on_both!(&mut *tx.connection, |one| diesel::insert_into(duty_shift_history::table).values(rows).execute(one))?;
    Ok(())
}
