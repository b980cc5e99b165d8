//! Cycles of days from which rosters are generated.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::lock_row;
use super::schema::roster_patterns;
use crate::rules::terms::{AccountId, RowId, UnitId};

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = roster_patterns)]
pub struct Pattern {
    /// Id.
    pub id: RowId,
    /// For this unit and everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// Name.
    pub name: String,
    /// How many teams run through the cycle.
    pub teams: i32,
    /// By how many days a team is behind the one before it.
    pub offset_days: i32,
    /// The days of the cycle, as JSON.
    pub cycle: String,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When it was last changed.
    pub recorded_at: NaiveDateTime,
    /// By whom; `None` for the command line.
    pub recorded_by: Option<AccountId>,
    /// When it was ended.
    pub ended_at: Option<NaiveDateTime>,
}

/// Finds a pattern.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Pattern>, Error> {
    Ok(roster_patterns::table.find(id).select(Pattern::as_select()).get_result(connection).optional()?)
}

/// Locks a pattern until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: RowId) -> Result<Pattern, Error> {
    let _: RowId = lock_row!(&mut *tx.connection, roster_patterns, id)?;
    Ok(roster_patterns::table.find(id).select(Pattern::as_select()).get_result(tx.connection)?)
}

/// Patterns of some units and of the whole force (`None`: all), newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    units: Option<&[UnitId]>,
    before: Option<RowId>,
    limit: i64,
) -> Result<Vec<Pattern>, Error> {
    let mut query =
        roster_patterns::table.select(Pattern::as_select()).order(roster_patterns::id.desc()).limit(limit).into_boxed();
    if let Some(units) = units {
        query = query.filter(roster_patterns::unit_id.is_null().or(roster_patterns::unit_id.eq_any(units.to_vec())));
    }
    if let Some(before) = before {
        query = query.filter(roster_patterns::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Stores a pattern.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, pattern: &Pattern) -> Result<(), Error> {
    diesel::insert_into(roster_patterns::table).values(pattern).execute(tx.connection)?;
    Ok(())
}

/// Changes a pattern and counts the edit; what it generated stays as it was.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, pattern: &Pattern) -> Result<Pattern, Error> {
    let edited = Pattern { version: pattern.version + 1, ..pattern.clone() };
    diesel::update(roster_patterns::table.find(pattern.id))
        .set((
            roster_patterns::name.eq(&edited.name),
            roster_patterns::teams.eq(edited.teams),
            roster_patterns::offset_days.eq(edited.offset_days),
            roster_patterns::cycle.eq(&edited.cycle),
            roster_patterns::version.eq(edited.version),
            roster_patterns::recorded_at.eq(edited.recorded_at),
            roster_patterns::recorded_by.eq(edited.recorded_by),
            roster_patterns::ended_at.eq(edited.ended_at),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}
