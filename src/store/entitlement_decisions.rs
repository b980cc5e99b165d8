//! What hr decided on days held after the right to a year ended; rows are only ever added.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::entitlement_decisions;
use crate::rules::terms::{AccountId, HalfDays, OfficerId, RowId};

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = entitlement_decisions)]
pub struct EntitlementDecision {
    /// Id; later decisions have later ids.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// On which leave year.
    pub leave_year: i32,
    /// The event that it follows.
    pub event_on: NaiveDate,
    /// What was held.
    pub held: HalfDays,
    /// How much of it was given back; the rest is lost.
    pub given_back: HalfDays,
    /// What could be used from the event on when it was decided.
    pub kept: HalfDays,
    /// Why.
    pub reason: String,
    /// Who.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// Stores a decision.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, decision: &EntitlementDecision) -> Result<(), Error> {
    diesel::insert_into(entitlement_decisions::table).values(decision).execute(tx.connection)?;
    Ok(())
}

/// The decisions about an officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, officer: OfficerId) -> Result<Vec<EntitlementDecision>, Error> {
    Ok(on_both!(connection, |one| entitlement_decisions::table
        .filter(entitlement_decisions::officer_id.eq(officer))
        .order(entitlement_decisions::id)
        .select(EntitlementDecision::as_select())
        .load(one))?)
}
