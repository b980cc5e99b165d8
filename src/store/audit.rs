//! Who did what, from what, to what. Rows are only ever added; the database refuses anything else.

use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::error::Error;
use super::pool::Tx;
use super::schema::audit_log;
use crate::clock::Moment;
use crate::rules::terms::{AccountId, OfficerId, RowId};

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Who; `None` for what the service does by itself.
    pub account_id: Option<AccountId>,
    /// What: a stable word such as `leave.submitted`.
    pub act: &'static str,
    /// The kind of thing it was done to.
    pub subject_kind: &'static str,
    /// The thing.
    pub subject_id: Uuid,
    /// The officer whose record it touches.
    pub officer_id: Option<OfficerId>,
    /// The request id under which it happened.
    pub request_ref: &'a str,
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
}

/// Adds an entry.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, entry: &Entry, moment: &Moment) -> Result<(), Error> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(RowId(moment.new_id())),
            audit_log::recorded_at.eq(moment.stamp()),
            audit_log::account_id.eq(entry.account_id),
            audit_log::act.eq(entry.act),
            audit_log::subject_kind.eq(entry.subject_kind),
            audit_log::subject_id.eq(RowId(entry.subject_id)),
            audit_log::officer_id.eq(entry.officer_id),
            audit_log::request_ref.eq(entry.request_ref),
            audit_log::before.eq(entry.before.as_ref().map(Value::to_string)),
            audit_log::after.eq(entry.after.as_ref().map(Value::to_string)),
        ))
        .execute(tx.connection)?;
    Ok(())
}
