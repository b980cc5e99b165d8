//! What opening files said: one row per officer and leave year, never changed.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::leave_openings;
use crate::rules::terms::{AccountId, HalfDays, OfficerId, RowId};

/// One opening.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_openings)]
pub struct Opening {
    /// Id.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Of which leave year.
    pub leave_year: i32,
    /// The date from which what was taken counts.
    pub as_of: NaiveDate,
    /// What was taken in the year before this service kept it.
    pub taken: HalfDays,
    /// What was carried in from the year before.
    pub carried_in: HalfDays,
    /// A remark of the file.
    pub reason: Option<String>,
    /// Who imported it; `None` for the command line.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// Stores an opening.
///
/// # Errors
/// When the officer and the year have one already, or the database does not answer.
pub fn insert(tx: &mut Tx, opening: &Opening) -> Result<(), Error> {
    diesel::insert_into(leave_openings::table).values(opening).execute(tx.connection)?;
    Ok(())
}

/// The opening of an officer and a leave year.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, officer: OfficerId, leave_year: i32) -> Result<Option<Opening>, Error> {
    Ok(leave_openings::table
        .filter(leave_openings::officer_id.eq(officer))
        .filter(leave_openings::leave_year.eq(leave_year))
        .select(Opening::as_select())
        .first(connection)
        .optional()?)
}
