//! Derogations: dates on which a unit's operation loosens the rules of rest, asked for and decided above.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::lock_row;
use super::schema::{derogations, officer_units};
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// What was decided on a derogation.
    Decided {
        /// Nothing yet.
        Asked = "asked",
        /// It holds.
        Approved = "approved",
        /// It does not.
        Refused = "refused",
    }
}

/// One derogation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = derogations)]
pub struct Derogation {
    /// Id.
    pub id: RowId,
    /// For the people of this unit and everything under it.
    pub unit_id: UnitId,
    /// For which operation.
    pub event: String,
    /// First date.
    pub from_on: NaiveDate,
    /// Last date.
    pub to_on: NaiveDate,
    /// What was decided.
    pub state: Decided,
    /// Who asked; `None` for the command line.
    pub asked_by: Option<AccountId>,
    /// When.
    pub asked_at: NaiveDateTime,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<NaiveDateTime>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The last date on which it holds, where it was ended before its time.
    pub ended_on: Option<NaiveDate>,
    /// Who ended it.
    pub ended_by: Option<AccountId>,
    /// When.
    pub ended_at: Option<NaiveDateTime>,
    /// Counts the changes; shown as `ETag`.
    pub version: i32,
}

impl Derogation {
    /// The last date on which it holds, or would.
    #[must_use]
    pub fn last_on(&self) -> NaiveDate {
        self.ended_on.map_or(self.to_on, |ended| ended.min(self.to_on))
    }
}

/// Finds a derogation.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Derogation>, Error> {
    Ok(derogations::table.find(id).select(Derogation::as_select()).get_result(connection).optional()?)
}

/// Locks a derogation until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: RowId) -> Result<Derogation, Error> {
    let _: RowId = lock_row!(&mut *tx.connection, derogations, id)?;
    find(tx.connection, id)?.ok_or(Error::NotFound)
}

/// Those asked for or approved that touch the dates between two, both included.
///
/// # Errors
/// When the database does not answer.
pub fn live(connection: &mut Conn, from: NaiveDate, to: NaiveDate) -> Result<Vec<Derogation>, Error> {
    Ok(derogations::table
        .filter(derogations::state.eq_any([Decided::Asked, Decided::Approved]))
        .filter(derogations::from_on.le(to))
        .filter(derogations::to_on.ge(from))
        .order(derogations::from_on)
        .select(Derogation::as_select())
        .load(connection)?)
}

/// The approved ones that touch the dates between two, both included.
///
/// # Errors
/// When the database does not answer.
pub fn approved(connection: &mut Conn, from: NaiveDate, to: NaiveDate) -> Result<Vec<Derogation>, Error> {
    let mut rows = live(connection, from, to)?;
    rows.retain(|row| row.state == Decided::Approved && row.from_on <= to && row.last_on() >= from.max(row.from_on));
    Ok(rows)
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of these units; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only so decided.
    pub state: Option<Decided>,
    /// Only those before this one in the list.
    pub before: Option<RowId>,
}

/// Derogations, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Derogation>, Error> {
    let mut query = derogations::table.select(Derogation::as_select()).limit(limit).into_boxed();
    // Of some units: by unit, then sorted. The first key is the same for all: it keeps PostgreSQL from reading the rows of
    // everybody in the order of their ids.
    query = match &filter.units {
        Some(units) => query
            .filter(derogations::unit_id.eq_any(units.clone()))
            .order((derogations::unit_id.is_null(), derogations::id.desc())),
        None => query.order(derogations::id.desc()),
    };
    if let Some(state) = filter.state {
        query = query.filter(derogations::state.eq(state));
    }
    if let Some(before) = filter.before {
        query = query.filter(derogations::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// The officers of some units on a date, in the order of their ids, after one.
///
/// # Errors
/// When the database does not answer.
pub fn officers_of(
    connection: &mut Conn,
    units: &[UnitId],
    on: NaiveDate,
    after: Option<OfficerId>,
    limit: i64,
) -> Result<Vec<OfficerId>, Error> {
    let mut query = officer_units::table
        .filter(officer_units::unit_id.eq_any(units))
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(on))
        .filter(officer_units::until_on.gt(on))
        .order(officer_units::officer_id)
        .limit(limit)
        .select(officer_units::officer_id)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(officer_units::officer_id.gt(after));
    }
    Ok(query.load(connection)?)
}

/// Stores a derogation.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, derogation: &Derogation) -> Result<(), Error> {
    diesel::insert_into(derogations::table).values(derogation).execute(tx.connection)?;
    Ok(())
}

/// Changes what was decided on a derogation that is locked, or when it ends.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, derogation: &Derogation) -> Result<Derogation, Error> {
    let edited = Derogation { version: derogation.version + 1, ..derogation.clone() };
    diesel::update(derogations::table.find(edited.id))
        .set((
            derogations::state.eq(edited.state),
            derogations::decided_by.eq(edited.decided_by),
            derogations::decided_at.eq(edited.decided_at),
            derogations::reason.eq(&edited.reason),
            derogations::ended_on.eq(edited.ended_on),
            derogations::ended_by.eq(edited.ended_by),
            derogations::ended_at.eq(edited.ended_at),
            derogations::version.eq(edited.version),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}

/// Some derogations by their ids.
///
/// # Errors
/// When the database does not answer.
pub fn find_many(connection: &mut Conn, ids: &[RowId]) -> Result<Vec<Derogation>, Error> {
    Ok(derogations::table.filter(derogations::id.eq_any(ids)).select(Derogation::as_select()).load(connection)?)
}
