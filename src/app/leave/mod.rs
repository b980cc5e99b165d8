//! Leave at the desk: asking, deciding, giving back, and what is left.

pub mod adjust;
pub mod approvers;
pub mod ask;
pub mod balance;
pub mod conflicts;
pub mod correct;
pub mod decide;
pub mod give_back;
pub mod held;
pub mod holdings;
pub mod read;
mod standing;

use super::ctx::{Ctx, Subject};
use super::error::Error;
use crate::rules::terms::{OfficerId, Role};
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

/// A fact about an officer changed that leave depends on: what no longer fits is listed for a person to decide
/// (RULINGS 13, `leave-conflicts`). Called after the fact is recorded, in its transaction.
///
/// # Errors
/// When the database does not answer.
#[expect(clippy::unnecessary_wraps, reason = "the list of conflicts is read from the records")]
pub(super) fn facts_changed(_: &mut Tx, _: &Ctx, _: OfficerId, _: &'static str) -> Result<(), Error> {
    Ok(())
}

fn subject(request: &LeaveRequest) -> Subject {
    Subject { kind: "leave_request", id: request.id.0, officer_id: Some(request.officer_id) }
}
