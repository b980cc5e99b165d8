//! The audit trail as the auditor reads it: who did what, from what, to what.

use std::collections::BTreeSet;

use super::ctx::Ctx;
use super::error::Error;
use super::officers::{self, Called};
use super::reach;
use crate::rules::terms::{AccountId, Instant, OfficerId, Role, RowId};
use crate::store::{self, Conn};

pub use crate::store::audit::Recorded;

/// Who reads the trail.
pub const READERS: &[Role] = &[Role::Auditor];

/// What the trail may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// This officer's record.
    pub officer_id: Option<OfficerId>,
    /// This thing.
    pub subject_id: Option<RowId>,
    /// By this account.
    pub account_id: Option<AccountId>,
    /// This act.
    pub act: Option<String>,
    /// At or after.
    pub from: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
}

/// An entry, and what those whom it names are called today.
#[derive(Debug, Clone)]
pub struct Told {
    /// The entry.
    pub entry: Recorded,
    /// The user name of the account.
    pub username: Option<String>,
    /// The officer.
    pub officer: Option<Called>,
}

/// Entries that the caller reaches, newest first, before one; one more than `limit` if there are more. Who audits a
/// unit sees the records of its people; entries about no officer need a grant on the whole force.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    narrowing: Narrowing,
    before: Option<RowId>,
    limit: usize,
) -> Result<Vec<Told>, Error> {
    let reached = reach::of(connection, ctx, READERS)?;
    let filter = store::audit::Filter {
        units: reached.units().map(|units| (units, ctx.moment.today())),
        officer_id: narrowing.officer_id,
        subject_id: narrowing.subject_id,
        account_id: narrowing.account_id,
        act: narrowing.act,
        from: narrowing.from.map(|at| at.naive_utc()),
        until: narrowing.until.map(|at| at.naive_utc()),
        before,
    };
    let entries = store::audit::list(connection, &filter, i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    let accounts: BTreeSet<AccountId> = entries.iter().filter_map(|entry| entry.account_id).collect();
    let accounts: Vec<AccountId> = accounts.into_iter().collect();
    let usernames = store::accounts::usernames(connection, &accounts)?;
    let people = officers::called(connection, entries.iter().filter_map(|entry| entry.officer_id))?;
    Ok(entries
        .into_iter()
        .map(|entry| Told {
            username: entry.account_id.and_then(|account| usernames.get(&account).cloned()),
            officer: entry.officer_id.and_then(|officer| people.get(&officer).cloned()),
            entry,
        })
        .collect())
}
