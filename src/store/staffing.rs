//! The strength that units keep present.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::{officer_units, officers, separations, unit_staffing};
use crate::rules::terms::{AccountId, OfficerId, UnitId};

/// The strength of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = unit_staffing)]
#[diesel(treat_none_as_null = true)]
pub struct Staffing {
    /// The unit.
    pub unit_id: UnitId,
    /// People present at the least.
    pub minimum_present: i32,
    /// The least of each skill, as JSON.
    pub skills: String,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When it was last changed.
    pub recorded_at: NaiveDateTime,
    /// By whom; `None` for the command line.
    pub recorded_by: Option<AccountId>,
    /// People present at the least as hr or a bureau leader said last; `None` where they never did.
    pub bound_present: Option<i32>,
    /// The least of each skill as they said it, as JSON.
    pub bound_skills: Option<String>,
}

/// What a unit keeps present, if anything was said.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, unit: UnitId) -> Result<Option<Staffing>, Error> {
    Ok(unit_staffing::table.find(unit).select(Staffing::as_select()).get_result(connection).optional()?)
}

/// What some units keep present.
///
/// # Errors
/// When the database does not answer.
pub fn of_units(connection: &mut Conn, units: &[UnitId]) -> Result<Vec<Staffing>, Error> {
    Ok(unit_staffing::table
        .filter(unit_staffing::unit_id.eq_any(units))
        .order(unit_staffing::unit_id)
        .select(Staffing::as_select())
        .load(connection)?)
}

/// Says for the first time what a unit keeps present.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, staffing: &Staffing) -> Result<(), Error> {
    diesel::insert_into(unit_staffing::table).values(staffing).execute(tx.connection)?;
    Ok(())
}

/// Changes what a unit keeps present and counts the edit.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, staffing: &Staffing) -> Result<Staffing, Error> {
    let edited = Staffing { version: staffing.version + 1, ..staffing.clone() };
    diesel::update(unit_staffing::table.find(staffing.unit_id)).set(&edited).execute(tx.connection)?;
    Ok(edited)
}

/// Whether anybody on the roll holds a post on a date.
///
/// # Errors
/// When the database does not answer.
pub fn is_held(connection: &mut Conn, post: &str, on: NaiveDate) -> Result<bool, Error> {
    let gone = separations::table
        .filter(separations::officer_id.eq(officers::id))
        .filter(separations::superseded_at.is_null())
        .filter(separations::left_on.lt(on));
    let holder: Option<OfficerId> = officers::table
        .filter(officers::post.eq(post))
        .filter(diesel::dsl::not(diesel::dsl::exists(gone)))
        .select(officers::id)
        .limit(1)
        .get_result(connection)
        .optional()?;
    Ok(holder.is_some())
}

/// One stay of somebody in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Who.
    pub officer_id: OfficerId,
    /// Where.
    pub unit_id: UnitId,
    /// First date.
    pub from: NaiveDate,
    /// First date after it.
    pub until: NaiveDate,
    /// Their post.
    pub post: Option<String>,
    /// Their first date on the roll, where it is known.
    pub joined_on: Option<NaiveDate>,
    /// Their last date on the roll.
    pub left_on: Option<NaiveDate>,
}

/// Who is in some units between two dates, both included, by officer and date.
///
/// # Errors
/// When the database does not answer.
pub fn stays(connection: &mut Conn, units: &[UnitId], from: NaiveDate, to: NaiveDate) -> Result<Vec<Stay>, Error> {
    type Row = (OfficerId, UnitId, NaiveDate, NaiveDate, Option<String>, Option<NaiveDate>);
    let rows: Vec<Row> = officer_units::table
        .inner_join(officers::table)
        .filter(officer_units::unit_id.eq_any(units))
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(to))
        .filter(officer_units::until_on.gt(from))
        .order((officer_units::officer_id, officer_units::effective_on))
        .select((
            officer_units::officer_id,
            officer_units::unit_id,
            officer_units::effective_on,
            officer_units::until_on,
            officers::post,
            officers::joined_on,
        ))
        .load(connection)?;
    let mut ids: Vec<OfficerId> = rows.iter().map(|row| row.0).collect();
    ids.dedup();
    let left: std::collections::HashMap<OfficerId, NaiveDate> =
        super::duty_facts::left(connection, &ids)?.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|(officer_id, unit_id, from, until, post, joined_on)| Stay {
            officer_id,
            unit_id,
            from,
            until,
            post,
            joined_on,
            left_on: left.get(&officer_id).copied(),
        })
        .collect())
}
