//! Who is seconded, on a course or suspended.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::among;
use super::schema::absences;
use crate::rules::terms::{AccountId, OfficerId, RowId, UnknownWord, vocabulary};

vocabulary! {
    /// Why somebody is away who is not on leave.
    AbsenceKind {
        /// 借调
        Secondment = "secondment",
        /// 培训
        Course = "course",
        /// 停职
        Suspension = "suspension",
    }
}

/// One absence.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = absences)]
pub struct Absence {
    /// Id.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Why.
    pub kind: AbsenceKind,
    /// First date.
    pub from_on: NaiveDate,
    /// Last date, as it was entered.
    pub to_on: NaiveDate,
    /// Who entered it; `None` for the command line.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
    /// When it was ended before its time, or taken back.
    pub ended_at: Option<NaiveDateTime>,
    /// By whom.
    pub ended_by: Option<AccountId>,
    /// Why.
    pub end_reason: Option<String>,
    /// Its last date since then; `None` where it was taken back whole.
    pub last_on: Option<NaiveDate>,
}

impl Absence {
    /// The last date on which it holds; `None` where it was taken back.
    #[must_use]
    pub const fn until(&self) -> Option<NaiveDate> {
        if self.ended_at.is_none() { Some(self.to_on) } else { self.last_on }
    }
}

/// Finds an absence.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Absence>, Error> {
    Ok(absences::table.find(id).select(Absence::as_select()).get_result(connection).optional()?)
}

/// Absences of an officer, the latest first, those taken back too: beginning before a date, and among those that begin on it
/// before an id.
///
/// # Errors
/// When the database does not answer.
pub fn of(
    connection: &mut Conn,
    officer: OfficerId,
    before: Option<(NaiveDate, RowId)>,
    limit: i64,
) -> Result<Vec<Absence>, Error> {
    let mut query = absences::table
        .filter(absences::officer_id.eq(officer))
        .order((absences::from_on.desc(), absences::id.desc()))
        .select(Absence::as_select())
        .limit(limit)
        .into_boxed();
    if let Some((on, id)) = before {
        query = query.filter(absences::from_on.lt(on).or(absences::from_on.eq(on).and(absences::id.lt(id))));
    }
    Ok(query.load(connection)?)
}

/// What of the absences of some officers holds on dates between two, both included, by officer and date.
///
/// # Errors
/// When the database does not answer.
pub fn touching(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Absence>, Error> {
    let mut found: Vec<Absence> = among!(connection, absences::officer_id, officers, |these| absences::table
        .filter(these)
        .filter(absences::from_on.le(to))
        .filter(absences::to_on.ge(from))
        .order((absences::officer_id, absences::from_on))
        .select(Absence::as_select()));
    found.retain(|one| one.until().is_some_and(|until| from <= until));
    Ok(found)
}

/// Stores an absence.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, absence: &Absence) -> Result<(), Error> {
    diesel::insert_into(absences::table).values(absence).execute(tx.connection)?;
    Ok(())
}

/// Records how an absence ended.
///
/// # Errors
/// When the database does not answer.
pub fn end(tx: &mut Tx, absence: &Absence) -> Result<(), Error> {
    diesel::update(absences::table.find(absence.id))
        .set((
            absences::ended_at.eq(absence.ended_at),
            absences::ended_by.eq(absence.ended_by),
            absences::end_reason.eq(&absence.end_reason),
            absences::last_on.eq(absence.last_on),
        ))
        .execute(tx.connection)?;
    Ok(())
}
