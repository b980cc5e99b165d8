//! Published rosters: rows are only ever added.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::duty_shifts::ShiftState;
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::{duty_shifts, rosters};
use crate::rules::terms::{AccountId, RowId, UnitId};

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rosters)]
pub struct Roster {
    /// Id.
    pub id: RowId,
    /// For this unit and everything under it.
    pub unit_id: UnitId,
    /// First date.
    pub from_on: NaiveDate,
    /// Last date.
    pub to_on: NaiveDate,
    /// For how many officers.
    pub officers: i32,
    /// Shifts that were published by it.
    pub shifts: i32,
    /// Rest days that were published by it.
    pub rest_days: i32,
    /// Findings that warn.
    pub warnings: i32,
    /// Days from the publication to the first date; negative when it had begun.
    pub days_ahead: i32,
    /// SHA-256 of the policies it was checked under.
    pub policy_fingerprint: String,
    /// When.
    pub published_at: NaiveDateTime,
    /// By whom; `None` for the command line.
    pub published_by: Option<AccountId>,
}

/// Finds a roster.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Roster>, Error> {
    Ok(rosters::table.filter(rosters::id.eq(id)).select(Roster::as_select()).get_result(connection).optional()?)
}

/// Rosters of some units (`None`: all), the last published first.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    units: Option<&[UnitId]>,
    before: Option<RowId>,
    limit: i64,
) -> Result<Vec<Roster>, Error> {
    let mut query = rosters::table.select(Roster::as_select()).limit(limit).into_boxed();
    // Of some units: by unit, then sorted. The first key is the same for all: it keeps PostgreSQL from reading the rows of
    // everybody in the order of their ids.
    query = match units {
        Some(units) => query
            .filter(rosters::unit_id.eq_any(units.to_vec()))
            .order((rosters::unit_id.is_null(), rosters::id.desc())),
        None => query.order(rosters::id.desc()),
    };
    if let Some(before) = before {
        query = query.filter(rosters::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Adds what was published.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, roster: &Roster) -> Result<(), Error> {
    diesel::insert_into(rosters::table).values(roster).execute(tx.connection)?;
    Ok(())
}

/// For which dates rosters of some units are published, of those that end on a date or later.
///
/// # Errors
/// When the database does not answer.
pub fn published_since(
    connection: &mut Conn,
    units: &[UnitId],
    on: NaiveDate,
) -> Result<Vec<(UnitId, NaiveDate, NaiveDate)>, Error> {
    Ok(rosters::table
        .filter(rosters::unit_id.eq_any(units))
        .filter(rosters::to_on.ge(on))
        .select((rosters::unit_id, rosters::from_on, rosters::to_on))
        .load(connection)?)
}

/// When a roster of one of some units that covers a date was first published at an instant or after it.
///
/// # Errors
/// When the database does not answer.
pub fn first_told(
    connection: &mut Conn,
    units: &[UnitId],
    on: NaiveDate,
    since: NaiveDateTime,
) -> Result<Option<NaiveDateTime>, Error> {
    Ok(rosters::table
        .filter(rosters::unit_id.eq_any(units))
        .filter(rosters::from_on.le(on))
        .filter(rosters::to_on.ge(on))
        .filter(rosters::published_at.ge(since))
        .select(diesel::dsl::min(rosters::published_at))
        .get_result(connection)?)
}

/// Whether a unit has shifts from an instant on that are planned and not published.
///
/// # Errors
/// When the database does not answer.
pub fn has_plans(connection: &mut Conn, unit: UnitId, from: NaiveDateTime) -> Result<bool, Error> {
    let first: Option<RowId> = on_both!(connection, |one| duty_shifts::table
        .filter(duty_shifts::unit_id.eq(unit))
        .filter(duty_shifts::starts_at.ge(from))
        .filter(duty_shifts::state.eq(ShiftState::Planned))
        .order((duty_shifts::unit_id, duty_shifts::starts_at))
        .select(duty_shifts::id)
        .first(one)
        .optional())?;
    Ok(first.is_some())
}
