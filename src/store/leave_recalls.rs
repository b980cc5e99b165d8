//! Recalls from leave: which dates were taken back, why, and what that gave. Rows are only ever added.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, on_both};
use super::schema::leave_recalls;
use crate::rules::recall::Recalls;
use crate::rules::terms::{AccountId, HalfDays, OfficerId, RequestId, RowId};

/// One recall.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_recalls)]
pub struct Recall {
    /// Id; later recalls have later ids.
    pub id: RowId,
    /// Whose leave.
    pub officer_id: OfficerId,
    /// Which leave.
    pub request_id: RequestId,
    /// First date that was recalled.
    pub from_on: NaiveDate,
    /// Last date that was recalled.
    pub to_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// How many dates of it count as leave.
    pub recalled_days: i32,
    /// What came back of them, in half days.
    pub returned: HalfDays,
    /// What was credited beside it, in half days.
    pub credited: HalfDays,
    /// What the rules said, as JSON.
    pub findings: String,
    /// Who recalled.
    pub account_id: AccountId,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// What was recalled of a leave in all, in the words of the rules.
#[must_use]
pub fn summed(recalls: &[Recall], request: RequestId, ended_on: Option<NaiveDate>) -> Recalls {
    let of_request = recalls.iter().filter(|recall| recall.request_id == request);
    Recalls { spans: of_request.map(|recall| (recall.from_on, recall.to_on)).collect(), ended_on }
}

/// Stores a recall.
///
/// # Errors
/// [`super::error::Unique::Recall`] when one of its dates was recalled before.
pub fn insert(tx: &mut Tx, recall: &Recall) -> Result<(), Error> {
    diesel::insert_into(leave_recalls::table).values(recall).execute(tx.connection)?;
    Ok(())
}

/// The recalls of an officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_officer(connection: &mut Conn, officer: OfficerId) -> Result<Vec<Recall>, Error> {
    let mut theirs: Vec<Recall> = on_both!(connection, |one| leave_recalls::table
        .filter(leave_recalls::officer_id.eq(officer))
        .select(Recall::as_select())
        .load(one))?;
    theirs.sort_by_key(|recall| recall.id);
    Ok(theirs)
}

/// The recalls of some leaves, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, requests: &[RequestId]) -> Result<Vec<Recall>, Error> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let mut all: Vec<Recall> = among!(connection, leave_recalls::request_id, requests, |these| leave_recalls::table
        .filter(these)
        .select(Recall::as_select()));
    all.sort_by_key(|recall| recall.id);
    Ok(all)
}
