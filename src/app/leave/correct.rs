//! What hr says of a record afterwards: whether pay was kept during personal leave.

use serde_json::json;

use super::{ENTERS, READERS, facts_changed, give_back, subject};
use crate::app::ctx::{Ctx, Expects};
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::terms::{LeaveKind, RequestId};
use crate::store::leave_requests::LeaveRequest;
use crate::store::{self, Tx};

/// Says, corrects or takes back whether pay was kept; `None` leaves it as it is. What follows for annual leave
/// (Order 514 art. 4) is derived at once.
///
/// # Errors
/// [`Code::Forbidden`] for whoever may not enter leave for the officer; [`Code::OwnRecord`]; [`Code::Stale`]; a refused
/// field for other kinds than personal leave; [`Code::NotFound`] when it is not the caller's to see.
pub fn pay_kept(
    tx: &mut Tx,
    ctx: &Ctx,
    id: RequestId,
    expects: Expects<'_>,
    said: Option<Option<bool>>,
) -> Result<LeaveRequest, Error> {
    let request = give_back::locked(tx, ctx, id)?;
    let seen = reach::see_officer(tx.reading(), ctx, request.officer_id, READERS)?;
    if reach::is_own(tx.reading(), ctx, request.officer_id)? {
        return Err(Code::OwnRecord.into());
    }
    if !reach::reaches(tx.reading(), ctx, ENTERS, seen.unit_id)? {
        return Err(Code::Forbidden.into());
    }
    expects(request.version)?;
    if said.is_some() && request.kind != LeaveKind::Personal {
        return Err(FieldError::new("/pay_kept", Code::InvalidValue).expected("personal").into());
    }
    let Some(pay_kept) = said.filter(|said| *said != request.pay_kept) else { return Ok(request) };
    let corrected = store::leave_requests::update(tx, &LeaveRequest { pay_kept, ..request.clone() })?;
    let states = (json!({"pay_kept": request.pay_kept}), json!({"pay_kept": pay_kept}));
    ctx.audit(tx, "leave.pay_kept", subject(&request), Some(states.0), Some(states.1))?;
    facts_changed(tx, ctx, &corrected)?;
    Ok(corrected)
}
