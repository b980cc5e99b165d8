//! What officer and leader say of the hours that were worked: rows are only ever added, the last word of each counts.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::duty_shifts::DutyShift;
use super::error::Error;
use super::pool::Tx;
use super::portable::among;
use super::schema::{duty_actuals, duty_shifts};
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// Who says what hours were worked; nothing else does.
    SaidBy {
        /// The officer.
        Officer = "officer",
        /// A leader of the officer.
        Leader = "leader",
    }
}

/// What one of the two said.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = duty_actuals)]
pub struct Actual {
    /// Id.
    pub id: RowId,
    /// Whose shift.
    pub officer_id: OfficerId,
    /// Which shift.
    pub shift_id: RowId,
    /// Who says so.
    pub said_by: SaidBy,
    /// By which account.
    pub account_id: AccountId,
    /// When it began.
    pub starts_at: NaiveDateTime,
    /// When it ended.
    pub ends_at: NaiveDateTime,
    /// Minutes that count.
    pub counted_minutes: i32,
    /// When it was said.
    pub recorded_at: NaiveDateTime,
    /// Whether it was worked at all; where it was not, the hours are those that were planned.
    pub worked: bool,
}

impl Actual {
    /// The hours that are said, without who says so.
    #[must_use]
    pub const fn hours(&self) -> (NaiveDateTime, NaiveDateTime, i32) {
        (self.starts_at, self.ends_at, self.counted_minutes)
    }

    /// Whether somebody says the same: the same hours, or that it was not worked.
    #[must_use]
    pub fn says_as(&self, other: &Self) -> bool {
        self.worked == other.worked && (!self.worked || self.hours() == other.hours())
    }
}

/// The last word of one of the two among what was said of a shift.
#[must_use]
pub fn last(said: &[Actual], said_by: SaidBy) -> Option<&Actual> {
    said.iter().rev().find(|one| one.said_by == said_by)
}

/// What was said of a shift, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_shift(connection: &mut Conn, officer: OfficerId, shift: RowId) -> Result<Vec<Actual>, Error> {
    Ok(duty_actuals::table
        .filter(duty_actuals::officer_id.eq(officer))
        .filter(duty_actuals::shift_id.eq(shift))
        .order(duty_actuals::id)
        .select(Actual::as_select())
        .load(connection)?)
}

/// What was said of shifts of some officers, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_shifts(connection: &mut Conn, officers: &[OfficerId], shifts: &[RowId]) -> Result<Vec<Actual>, Error> {
    Ok(among!(connection, duty_actuals::officer_id, officers, |these| duty_actuals::table
        .filter(these)
        .filter(duty_actuals::shift_id.eq_any(shifts))
        .order((duty_actuals::officer_id, duty_actuals::id))
        .select(Actual::as_select())))
}

/// Shifts of some units that begin from an instant on and of which something was said, each with every word, in no order.
///
/// # Errors
/// When the database does not answer.
pub fn of_units(
    connection: &mut Conn,
    units: &[UnitId],
    from: NaiveDateTime,
) -> Result<Vec<(DutyShift, Actual)>, Error> {
    let said =
        || {
            duty_shifts::table.inner_join(duty_actuals::table.on(
                duty_actuals::officer_id.eq(duty_shifts::officer_id).and(duty_actuals::shift_id.eq(duty_shifts::id)),
            ))
        };
    Ok(among!(connection, duty_shifts::unit_id, units, |these| said()
        .filter(these)
        .filter(duty_shifts::starts_at.ge(from))
        .select((DutyShift::as_select(), Actual::as_select()))))
}

/// Adds what somebody says.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, actual: &Actual) -> Result<(), Error> {
    diesel::insert_into(duty_actuals::table).values(actual).execute(tx.connection)?;
    Ok(())
}
