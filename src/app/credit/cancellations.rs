//! Reading why rest days were taken away (welfare.md A: the person, their leaders, hr and the auditor).

use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::reach;
use crate::rules::terms::{OfficerId, Role, RowId, UnitId};
use crate::store::rest_cancellations::Filter;
use crate::store::{self, Conn};

pub use crate::store::rest_cancellations::RestCancellation;

/// Who reads why the rest days of those they reach were taken away.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader, Role::Auditor];

/// What a list may be narrowed by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowing {
    /// Owed by this unit or one under it.
    pub unit_id: Option<UnitId>,
    /// Of this officer.
    pub officer_id: Option<OfficerId>,
    /// Before this one in the list.
    pub before: Option<RowId>,
}

/// Cancellations that the caller may see, newest first, one more than `limit` if there are more: of the units that they
/// reach; their own where they ask for themselves or reach nobody.
///
/// # Errors
/// [`Code::NotFound`](crate::app::error::Code::NotFound) for a unit that is absent or not reached.
pub fn list(connection: &mut Conn, ctx: &Ctx, asked: Narrowing, limit: usize) -> Result<Vec<RestCancellation>, Error> {
    let own = ctx.caller.officer_id;
    let is_own = own.is_some() && (asked.officer_id == own || !ctx.caller.holds(READERS));
    if is_own && asked.officer_id.is_some_and(|officer| Some(officer) != own) {
        return Ok(Vec::new());
    }
    let (units, officer_id) = if is_own {
        (None, own)
    } else {
        (reach::of(connection, ctx, READERS)?.narrowed_to(connection, ctx, asked.unit_id)?.units(), asked.officer_id)
    };
    let filter = Filter { units, officer_id, before: asked.before };
    Ok(store::rest_cancellations::list(connection, &filter, i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}
