//! Leave at the desk: asking, deciding, giving back, and what is left.

pub mod adjust;
pub mod approvers;
pub mod ask;
pub mod balance;
pub mod conflicts;
pub mod decide;
pub mod give_back;
pub mod holdings;
pub mod read;

use super::ctx::Subject;
use crate::rules::terms::Role;
use crate::store::leave_requests::LeaveRequest;

/// Who enters leave for others.
pub const ENTERS: &[Role] = &[Role::Hr];
/// Who reads the leave of those they reach.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
/// Who may come to decide; whether they may on a request is derived from the chain (RULINGS 19).
pub const DECIDERS: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr];
/// Longest note or reason, in characters.
pub const NOTE_MAX: usize = 1000;

fn subject(request: &LeaveRequest) -> Subject {
    Subject { kind: "leave_request", id: request.id.0, officer_id: Some(request.officer_id) }
}
