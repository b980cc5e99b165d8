//! What a changed fact, policy or calendar no longer fits: raised by the service, decided by a person.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::{leave_conflicts, officer_units};
use crate::rules::terms::{AccountId, HalfDays, OfficerId, RequestId, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// What changed so that leave no longer fits.
    ConflictCause {
        /// A calendar year was published.
        Calendar = "calendar",
        /// A policy version was published.
        Policy = "policy",
        /// Periods of service, or the day of joining, were corrected.
        Service = "service",
        /// The category changes from a date on.
        Category = "category",
        /// The person leaves.
        Separation = "separation",
        /// The unit changes from a date on.
        Transfer = "transfer",
        /// Sick or personal leave disqualifies a year.
        OtherLeave = "other_leave",
        /// hr decided on days that were held, or changed a lot.
        Entitlement = "entitlement",
    }
}

vocabulary! {
    /// What became of a conflict.
    ConflictDecision {
        /// The leave stays as it was granted; days that no lot covers are granted on top.
        Keep = "keep",
        /// The leave stays, at the cost it has now.
        Recount = "recount",
        /// The leave is given back.
        Cancel = "cancel",
        /// It fits again, or the leave is over: there is nothing left to decide.
        Settled = "settled",
    }
}

/// One conflict.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_conflicts)]
pub struct Conflict {
    /// Id.
    pub id: RowId,
    /// Whose leave.
    pub officer_id: OfficerId,
    /// Which.
    pub request_id: RequestId,
    /// What changed.
    pub cause: ConflictCause,
    /// What exactly, e.g. `annual_leave@2027-01-01`.
    pub cause_ref: String,
    /// What the leave costs as it was granted.
    pub half_days_before: HalfDays,
    /// What it costs now; `None` where it cannot be counted.
    pub half_days_after: Option<HalfDays>,
    /// What the rules say now, as JSON.
    pub findings: String,
    /// When it was raised.
    pub raised_at: NaiveDateTime,
    /// When it was closed.
    pub closed_at: Option<NaiveDateTime>,
    /// How.
    pub decision: Option<ConflictDecision>,
    /// By whom; `None` where it settled itself.
    pub decided_by: Option<AccountId>,
    /// Why.
    pub reason: Option<String>,
}

/// How a conflict is closed.
#[derive(Debug, Clone)]
pub struct Closing {
    /// When.
    pub at: NaiveDateTime,
    /// How.
    pub decision: ConflictDecision,
    /// By whom.
    pub by: Option<AccountId>,
    /// Why.
    pub reason: Option<String>,
}

/// Finds a conflict.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Conflict>, Error> {
    Ok(leave_conflicts::table.find(id).select(Conflict::as_select()).get_result(connection).optional()?)
}

/// Conflicts of an officer's requests, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_officer(connection: &mut Conn, officer: OfficerId) -> Result<Vec<Conflict>, Error> {
    Ok(leave_conflicts::table
        .filter(leave_conflicts::officer_id.eq(officer))
        .order(leave_conflicts::id)
        .select(Conflict::as_select())
        .load(connection)?)
}

/// What a list of conflicts may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of officers who are in these units on the date of the list; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only of this officer.
    pub officer_id: Option<OfficerId>,
    /// Only open ones, or only closed ones.
    pub state: Option<ConflictState>,
    /// Only with this cause.
    pub cause: Option<ConflictCause>,
    /// Only those after this one in the list.
    pub after: Option<RowId>,
}

vocabulary! {
    /// Whether a conflict still waits for a person.
    ConflictState {
        /// It waits.
        Open = "open",
        /// It is decided, or settled itself.
        Closed = "closed",
    }
}

/// Conflicts, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, on: NaiveDate, limit: i64) -> Result<Vec<Conflict>, Error> {
    let mut query =
        leave_conflicts::table.select(Conflict::as_select()).order(leave_conflicts::id).limit(limit).into_boxed();
    if let Some(units) = &filter.units {
        let theirs = officer_units::table
            .filter(officer_units::superseded_at.is_null())
            .filter(officer_units::effective_on.le(on))
            .filter(officer_units::until_on.gt(on))
            .filter(officer_units::unit_id.eq_any(units.clone()))
            .select(officer_units::officer_id);
        query = query.filter(leave_conflicts::officer_id.eq_any(theirs));
    }
    if let Some(officer) = filter.officer_id {
        query = query.filter(leave_conflicts::officer_id.eq(officer));
    }
    query = match filter.state {
        Some(ConflictState::Open) => query.filter(leave_conflicts::closed_at.is_null()),
        Some(ConflictState::Closed) => query.filter(leave_conflicts::closed_at.is_not_null()),
        None => query,
    };
    if let Some(cause) = filter.cause {
        query = query.filter(leave_conflicts::cause.eq(cause));
    }
    if let Some(after) = filter.after {
        query = query.filter(leave_conflicts::id.gt(after));
    }
    Ok(query.load(connection)?)
}

/// Raises a conflict.
///
/// # Errors
/// [`super::error::Unique::Conflict`] where one of the request is open.
pub fn insert(tx: &mut Tx, conflict: &Conflict) -> Result<(), Error> {
    diesel::insert_into(leave_conflicts::table).values(conflict).execute(tx.connection)?;
    Ok(())
}

/// Closes the open conflict of a request, where there is one.
///
/// # Errors
/// When the database does not answer.
pub fn close(tx: &mut Tx, request: RequestId, closing: &Closing) -> Result<(), Error> {
    diesel::update(leave_conflicts::table)
        .filter(leave_conflicts::request_id.eq(request))
        .filter(leave_conflicts::closed_at.is_null())
        .set((
            leave_conflicts::closed_at.eq(closing.at),
            leave_conflicts::decision.eq(closing.decision),
            leave_conflicts::decided_by.eq(closing.by),
            leave_conflicts::reason.eq(&closing.reason),
        ))
        .execute(tx.connection)?;
    Ok(())
}
