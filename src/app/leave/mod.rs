//! Leave at the desk: asking, deciding, giving back, and what is left.

pub mod adjust;
pub mod approvers;
pub mod ask;
pub mod balance;
mod compensatory;
pub mod conflicts;
pub mod correct;
pub mod decide;
pub mod facts;
pub mod give_back;
pub mod held;
pub mod holdings;
pub mod opening;
pub mod read;
pub mod recall;
mod standing;

use super::ctx::{Ctx, Subject};
use super::error::Error;
use crate::rules::terms::{Role, leave_year, year_start};
use crate::store::Tx;
use crate::store::leave_requests::LeaveRequest;

/// Who enters leave for others.
pub const ENTERS: &[Role] = &[Role::Hr];
/// Who reads the leave of those they reach.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
/// Who may come to decide; whether they may on a request is derived from the chain (RULINGS 19).
pub const DECIDERS: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr];
/// Longest note or reason, in characters.
pub const NOTE_MAX: usize = 1000;

/// Another leave of the same person was granted, corrected or given back: what no longer fits beside it is listed
/// (Order 514 art. 4; RULINGS 13), in the transaction in which it was recorded.
fn facts_changed(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest) -> Result<(), Error> {
    let since = year_start(leave_year(request.from_on)).unwrap_or(request.from_on);
    let cause = conflicts::Cause::OtherLeave { request_id: request.id };
    conflicts::reassess(tx, ctx, request.officer_id, since, &cause).map(drop)
}

fn subject(request: &LeaveRequest) -> Subject {
    Subject { kind: "leave_request", id: request.id.0, officer_id: Some(request.officer_id) }
}
