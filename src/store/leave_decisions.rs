//! Decisions on leave requests: at most one per request says approved or rejected.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::among;
use super::schema::leave_decisions;
use crate::rules::terms::{AccountId, RequestId, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// How a request was decided.
    DecisionOutcome {
        /// Granted.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_decisions)]
pub struct Decision {
    /// Id.
    pub id: RowId,
    /// On what.
    pub request_id: RequestId,
    /// Which step of the way upward it was, from 1.
    pub step: i32,
    /// At which unit; `None` for the force as a whole.
    pub unit_id: Option<UnitId>,
    /// How.
    pub outcome: DecisionOutcome,
    /// By whom.
    pub account_id: AccountId,
    /// Note of an approval, reason of a rejection.
    pub note: Option<String>,
    /// Findings at the decision, as JSON.
    pub findings: String,
    /// Alternatives offered with a rejection, as JSON.
    pub alternatives: String,
    /// SHA-256 of the policies it was made under.
    pub policy_fingerprint: String,
    /// When.
    pub decided_at: NaiveDateTime,
    /// In whose place, where a delegate decided.
    pub on_behalf_of: Option<AccountId>,
}

/// Stores a decision.
///
/// # Errors
/// [`super::error::Unique::Decision`] when somebody else was faster.
pub fn insert(tx: &mut Tx, decision: &Decision) -> Result<(), Error> {
    diesel::insert_into(leave_decisions::table).values(decision).execute(tx.connection)?;
    Ok(())
}

/// The decisions on requests.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, requests: &[RequestId]) -> Result<Vec<Decision>, Error> {
    Ok(among!(connection, leave_decisions::request_id, requests, |these| leave_decisions::table
        .filter(these)
        .select(Decision::as_select())))
}
