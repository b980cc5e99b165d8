//! Duty on whose hours nobody has agreed.

use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{DutyShift, ShiftState};
use crate::rules::duty::DutyKind;
use crate::rules::terms::UnitId;
use crate::store::conn::Conn;
use crate::store::error::Error;
use crate::store::portable::among;
use crate::store::schema::{duty_shifts, officers};

/// Whose shifts are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resting {
    /// Everybody's.
    Any,
    /// Of those whose rest days are those of the calendar.
    ByCalendar,
}

/// Live duty of some units that begins in a span of instants and on whose hours nobody has agreed, in no order.
///
/// # Errors
/// When the database does not answer.
pub fn unagreed(
    connection: &mut Conn,
    units: &[UnitId],
    (from, to): (NaiveDateTime, NaiveDateTime),
    kind: Option<DutyKind>,
    resting: Resting,
) -> Result<Vec<DutyShift>, Error> {
    let kinds: Vec<DutyKind> = match kind {
        Some(kind) => vec![kind],
        None => DutyKind::ALL.iter().copied().filter(|kind| kind.is_duty()).collect(),
    };
    Ok(match resting {
        Resting::Any => among!(connection, duty_shifts::unit_id, units, |these| duty_shifts::table
            .filter(these)
            .filter(duty_shifts::starts_at.ge(from))
            .filter(duty_shifts::starts_at.lt(to))
            .filter(duty_shifts::state.ne(ShiftState::Cancelled))
            .filter(duty_shifts::actual_starts_at.is_null())
            .filter(duty_shifts::kind.eq_any(&kinds))
            .select(DutyShift::as_select())),
        Resting::ByCalendar => among!(connection, duty_shifts::unit_id, units, |these| duty_shifts::table
            .filter(these)
            .filter(duty_shifts::starts_at.ge(from))
            .filter(duty_shifts::starts_at.lt(to))
            .filter(duty_shifts::state.ne(ShiftState::Cancelled))
            .filter(duty_shifts::actual_starts_at.is_null())
            .filter(duty_shifts::kind.eq_any(&kinds))
            .filter(not(exists(
                officers::table
                    .filter(officers::id.eq(duty_shifts::officer_id))
                    .filter(officers::shift_worker.eq(true))
            )))
            .select(DutyShift::as_select())),
    })
}
