//! What a person makes of leave that no longer fits.

use serde_json::json;

use super::{Cause, Recount, about, gathered, judge, recount};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::leave::holdings::{Entry, rebind};
use crate::app::leave::{ENTERS, give_back};
use crate::app::reach;
use crate::app::said;
use crate::app::watch;
use crate::rules::finding::Finding;
use crate::rules::leave_request::{Act, assess};
use crate::rules::lots::{DrawState, unplaced};
use crate::rules::terms::{
    LotId, LotSource, MovementKind, RequestId, RequestState, RowId, ShownState, UnitId, leave_year, year_end,
    year_start,
};
use crate::store::leave_conflicts::{self, Closing, Conflict, ConflictDecision, Filter};
use crate::store::leave_ledger::Lot as LotRow;
use crate::store::leave_requests::LeaveRequest;
use crate::store::{self, Conn, Tx};

/// Conflicts that the caller may decide on, oldest first; one more than `limit` if there are more.
///
/// # Errors
/// [`Code::NotFound`] for a unit that is absent.
pub fn listed(
    connection: &mut Conn,
    ctx: &Ctx,
    narrowing: Filter,
    unit: Option<UnitId>,
    limit: usize,
) -> Result<Vec<(Conflict, LeaveRequest)>, Error> {
    if let Some(unit) = unit {
        crate::app::units::check_known(connection, unit)?;
    }
    let reached = reach::of(connection, ctx, ENTERS)?.within(connection, ctx, unit)?;
    let filter = Filter { units: reached.units(), ..narrowing };
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let rows = leave_conflicts::list(connection, &filter, ctx.moment.today(), most)?;
    let ids: Vec<RequestId> = rows.iter().map(|row| row.request_id).collect();
    let requests = store::leave_requests::find_many(connection, &ids)?;
    let of = |row: &Conflict| requests.iter().find(|request| request.id == row.request_id).cloned();
    Ok(rows.into_iter().filter_map(|row| of(&row).map(|request| (row, request))).collect())
}

/// One conflict.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<(Conflict, LeaveRequest), Error> {
    let conflict = leave_conflicts::find(connection, id)?.ok_or(Code::NotFound)?;
    let unit = store::officers::unit_on(connection, conflict.officer_id, ctx.moment.today())?;
    if !reach::reaches(connection, ctx, ENTERS, unit)? {
        return Err(Code::NotFound.into());
    }
    let request = store::leave_requests::find(connection, conflict.request_id)?.ok_or(Code::NotFound)?;
    Ok((conflict, request))
}

/// Decides on a conflict.
///
/// # Errors
/// [`Code::WrongState`] when it is closed, or the leave to be given back has begun; [`Error::Conflict`] when the new
/// cost finds no lot; [`Code::OwnRecord`]; refused fields.
pub fn decide(
    tx: &mut Tx,
    ctx: &Ctx,
    id: RowId,
    decision: ConflictDecision,
    reason: &str,
) -> Result<(Conflict, LeaveRequest), Error> {
    let (conflict, _) = get(tx.reading(), ctx, id)?;
    said::reason("/reason", reason)?;
    let request = give_back::locked(tx, ctx, conflict.request_id)?;
    reach::officer_for_others(tx.reading(), ctx, request.officer_id, ENTERS)?;
    let (conflict, _) = get(tx.reading(), ctx, id)?;
    if conflict.closed_at.is_some() {
        return Err(Hindrance::Closed.into());
    }
    let by = ctx.caller.account_id;
    let closing = Closing { at: ctx.moment.stamp(), decision, by, reason: Some(reason.to_owned()) };
    leave_conflicts::close(tx, request.id, &closing)?;
    match decision {
        ConflictDecision::Keep => {
            // Days can be granted on top; a date off the roll, or without a calendar, cannot be granted at all.
            let misfits = misfits(tx, ctx, &request)?;
            if misfits.iter().any(|finding| finding.blocks() && finding.rule != "leave.balance") {
                return Err(Error::Conflict(misfits));
            }
            keep(tx, ctx, &request, reason)?;
        }
        ConflictDecision::Recount => {
            if recount(tx, ctx, &request)? == Recount::Short {
                return Err(Error::Conflict(refused_now(tx, ctx, &request)?));
            }
            // At its new cost it must fit: what still does not is kept or given back, not counted.
            let recounted = store::leave_requests::find(tx.reading(), request.id)?.ok_or(Code::NotFound)?;
            let misfits = misfits(tx, ctx, &recounted)?;
            if misfits.iter().any(Finding::blocks) {
                return Err(Error::Conflict(misfits));
            }
        }
        ConflictDecision::Cancel => {
            let state = match request.shown_state(ctx.moment.today()) {
                ShownState::Submitted => RequestState::Withdrawn,
                ShownState::Approved => RequestState::Cancelled,
                _ => return Err(Hindrance::Over.into()),
            };
            give_back::end(tx, ctx, &request, state)?;
            if state == RequestState::Cancelled {
                watch::after_facts(tx, ctx, request.officer_id, request.from_on, request.to_on)?;
            }
        }
        ConflictDecision::Settled => return Err(FieldError::new("/decision", Code::InvalidValue).into()),
    }
    let after = json!({"decision": decision, "reason": reason, "request_id": request.id});
    ctx.audit(tx, "leave_conflict.decided", about(&conflict), None, Some(after))?;
    store::outbox::append(tx, "leave_conflict.decided", conflict.id.0, Some(request.officer_id), &ctx.moment)?;
    get(tx.reading(), ctx, id)
}

/// Why a request does not fit as it stands.
fn misfits(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest) -> Result<Vec<Finding>, Error> {
    let found = gathered(tx.reading(), ctx, request.officer_id, request.kind)?;
    let short = unplaced(&found.lots, &found.holdings.draws(None)).remove(&request.id);
    Ok(judge(ctx, &found, request, (short, None), &Cause::Service)?.findings)
}

/// What the rules would say if it were decided now: where its new days find no lot, that is what blocks.
fn refused_now(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest) -> Result<Vec<Finding>, Error> {
    let found = gathered(tx.reading(), ctx, request.officer_id, request.kind)?;
    let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(found.with(ctx, Act::Decide, span, Some(request.id), assess)?.findings)
}

/// Keeps leave as it was granted: what its days find no lot for is granted on top, so that the books stay whole.
fn keep(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest, reason: &str) -> Result<(), Error> {
    let found = gathered(tx.reading(), ctx, request.officer_id, request.kind)?;
    let draws = found.holdings.draws(None);
    let granted = draws.iter().any(|draw| draw.request_id == request.id && draw.state == DrawState::Granted);
    let Some(short) = unplaced(&found.lots, &draws).remove(&request.id).filter(|_| granted) else { return Ok(()) };
    let year = leave_year(request.from_on);
    let (Some(first), Some(last)) = (year_start(year), year_end(leave_year(request.to_on))) else {
        return Err(Code::NoPolicy.into());
    };
    let lot = LotRow {
        id: LotId(ctx.moment.new_id()),
        source: LotSource::Adjusted,
        origin_year: year,
        valid_from: first,
        expires_on: last,
    };
    store::leave_ledger::ensure_lot(tx, request.officer_id, request.kind, lot, &ctx.moment)?;
    let entry = Entry {
        lot_id: lot.id,
        kind: MovementKind::Adjusted,
        quantity: short,
        leave_on: None,
        request_id: Some(request.id),
        cause: reason.to_owned(),
    };
    found.holdings.record(tx, ctx, &found.lots, &[entry])?;
    rebind(tx, ctx, request.officer_id, request.kind)
}
