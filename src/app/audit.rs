//! The audit trail as the auditor reads it: who did what, from what, to what.

use super::ctx::Ctx;
use super::error::Error;
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
) -> Result<Vec<Recorded>, Error> {
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
    Ok(store::audit::list(connection, &filter, i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}
