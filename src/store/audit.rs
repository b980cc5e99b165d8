//! Who did what, from what, to what. Rows are only ever added; the database refuses anything else.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::{audit_log, officer_units};
use crate::clock::Moment;
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId};

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
    append_many(tx, std::slice::from_ref(entry), moment)
}

/// Adds entries, with one statement.
///
/// # Errors
/// When the database does not answer.
pub fn append_many(tx: &mut Tx, entries: &[Entry], moment: &Moment) -> Result<(), Error> {
    let mut rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
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
            )
        })
        .collect();
    // The statement for one row is always the same and planned once.
    match (rows.pop(), rows.is_empty()) {
        (None, _) => 0,
        (Some(row), true) => {
            on_both!(&mut *tx.connection, |one| diesel::insert_into(audit_log::table).values(row).execute(one))?
        }
        (Some(last), false) => {
            rows.push(last);
            on_both!(&mut *tx.connection, |one| diesel::insert_into(audit_log::table).values(rows).execute(one))?
        }
    };
    Ok(())
}

/// One entry as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit_log)]
pub struct Recorded {
    /// Id; later entries have later ids.
    pub id: RowId,
    /// When.
    pub recorded_at: NaiveDateTime,
    /// Who; `None` for what the service did by itself.
    pub account_id: Option<AccountId>,
    /// What.
    pub act: String,
    /// The kind of thing it was done to.
    pub subject_kind: String,
    /// The thing.
    pub subject_id: RowId,
    /// The officer whose record it touched.
    pub officer_id: Option<OfficerId>,
    /// The request id under which it happened.
    pub request_ref: String,
    /// Before, as JSON.
    pub before: Option<String>,
    /// After, as JSON.
    pub after: Option<String>,
}

/// What the trail may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only records of officers who are in these units on `on`; `None` means all, also those of no officer.
    pub units: Option<(Vec<UnitId>, chrono::NaiveDate)>,
    /// Only this officer's record.
    pub officer_id: Option<OfficerId>,
    /// Only this thing.
    pub subject_id: Option<RowId>,
    /// Only by this account.
    pub account_id: Option<AccountId>,
    /// Only this act.
    pub act: Option<String>,
    /// Only at or after.
    pub from: Option<NaiveDateTime>,
    /// Only before.
    pub until: Option<NaiveDateTime>,
    /// Only entries before this one in the list.
    pub before: Option<RowId>,
}

/// Entries, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Recorded>, Error> {
    let mut query =
        audit_log::table.select(Recorded::as_select()).order(audit_log::id.desc()).limit(limit).into_boxed();
    if let Some((units, on)) = &filter.units {
        let theirs = officer_units::table
            .filter(officer_units::superseded_at.is_null())
            .filter(officer_units::effective_on.le(*on))
            .filter(officer_units::until_on.gt(*on))
            .filter(officer_units::unit_id.eq_any(units.clone()))
            .select(officer_units::officer_id.nullable());
        query = query.filter(audit_log::officer_id.eq_any(theirs));
    }
    if let Some(officer) = filter.officer_id {
        query = query.filter(audit_log::officer_id.eq(officer));
    }
    if let Some(subject) = filter.subject_id {
        query = query.filter(audit_log::subject_id.eq(subject));
    }
    if let Some(account) = filter.account_id {
        query = query.filter(audit_log::account_id.eq(account));
    }
    if let Some(act) = &filter.act {
        query = query.filter(audit_log::act.eq(act.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_log::recorded_at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_log::recorded_at.lt(until));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit_log::id.lt(before));
    }
    Ok(query.load(connection)?)
}
