//! Giving leave back: withdrawn, expired, cancelled whole or at one end.

use chrono::NaiveDate;
use serde_json::json;

use super::holdings::{Entry, Holdings, giving_back, rebind, years_of};
use super::{ENTERS, compensatory, conflicts, facts, facts_changed, subject};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach::{self, Sight};
use crate::app::said;
use crate::app::watch;
use crate::rules::day_count::count;
use crate::rules::leave_request::count_in;
use crate::rules::lots::{Draw, reopen};
use crate::rules::terms::{
    DrawsOn, FirstDay, HalfDays, LastDay, LotId, LotSource, MovementKind, OfficerId, RequestId, RequestState,
    ShownState, Span, next_day,
};
use crate::store::leave_ledger::Lot as LotRow;
use crate::store::leave_requests::LeaveRequest;
use crate::store::{self, Tx};

/// Gives some days of a request back to their lots. What came from a lot that has ended meanwhile is not lost: it
/// moves on into a reopened lot (RULINGS 15).
pub(super) fn release(
    tx: &mut Tx,
    ctx: &Ctx,
    request: &LeaveRequest,
    draws: &[Draw],
    cause: &str,
) -> Result<(), Error> {
    let holdings = Holdings::load(tx.reading(), ctx, request.officer_id, request.kind)?;
    let lots = holdings.lots_without(ctx, years_of(draws), Some(request.id))?;
    let mut entries = giving_back(draws, cause);
    for lot in &lots {
        let returned: HalfDays = draws.iter().filter(|draw| draw.lot_id == lot.id).map(|draw| draw.quantity).sum();
        // Only what the lot still stands for comes back: a fact corrected since may have taken it away.
        let others = staying(holdings.draws(None), draws, lot.id);
        let returned = returned.min(lot.left(&others));
        let place = holdings.facts.place_on(lot.expires_on);
        let Some(version) = place.and_then(|one| ctx.statutes.policies.annual_leave(one, lot.expires_on)) else {
            continue;
        };
        let Some(validity) = reopen(lot, returned, ctx.moment.today(), version.values.reopened_days) else { continue };
        let row = LotRow {
            id: LotId(ctx.moment.new_id()),
            source: LotSource::Reopened,
            origin_year: lot.origin_year,
            valid_from: validity.valid_from,
            expires_on: validity.expires_on,
        };
        store::leave_ledger::ensure_lot(tx, request.officer_id, request.kind, row, &ctx.moment)?;
        let passed_on = |lot_id, kind, quantity| Entry {
            lot_id,
            kind,
            quantity,
            leave_on: None,
            request_id: Some(request.id),
            cause: "reopened".to_owned(),
        };
        entries.push(passed_on(lot.id, MovementKind::CarriedOut, -returned));
        entries.push(passed_on(row.id, MovementKind::CarriedIn, returned));
    }
    holdings.record(tx, ctx, &lots, &entries)?;
    rebind(tx, ctx, request.officer_id, request.kind)
}

/// What is still drawn on a lot once some draws are given back.
fn staying(all: Vec<Draw>, given_back: &[Draw], lot: LotId) -> Vec<Draw> {
    let back = |draw: &Draw| -> HalfDays {
        let same =
            given_back.iter().filter(|one| (one.request_id, one.on, one.lot_id) == (draw.request_id, draw.on, lot));
        same.map(|one| one.quantity).sum()
    };
    let of_lot = all.into_iter().filter(|draw| draw.lot_id == lot);
    let left = of_lot.map(|draw| Draw { quantity: draw.quantity - back(&draw), ..draw });
    left.filter(|draw| draw.quantity > HalfDays::ZERO).collect()
}

/// The days that a request holds now.
pub(super) fn draws_of(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest) -> Result<Vec<Draw>, Error> {
    let mut holdings = Holdings::load(tx.reading(), ctx, request.officer_id, request.kind)?;
    // A request that has just expired no longer counts as live, yet its days are still to be given back.
    holdings.live = vec![request.outline()];
    Ok(holdings.draws(None).into_iter().filter(|draw| draw.request_id == request.id).collect())
}

/// Ends a request: its slots are free, its days return, the state says why.
pub(super) fn end(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest, state: RequestState) -> Result<LeaveRequest, Error> {
    match request.kind.draws_on() {
        DrawsOn::Lots => {
            let draws = draws_of(tx, ctx, request)?;
            release(tx, ctx, request, &draws, state.as_str())?;
        }
        DrawsOn::Credit => compensatory::give_back(tx, ctx, request, |_| false, state.as_str())?,
        DrawsOn::Nothing => {}
    }
    store::leave_requests::free_slots(tx, request.id)?;
    conflicts::settle(tx, ctx, request.id)?;
    Ok(store::leave_requests::update(tx, &LeaveRequest { state, ..request.clone() })?)
}

/// Records what has expired by the calendar: the first write on an officer does so before anything else.
///
/// # Errors
/// When the database does not answer.
pub fn record_expired(tx: &mut Tx, ctx: &Ctx, officer: OfficerId) -> Result<(), Error> {
    for request in store::leave_requests::expired_unrecorded(tx.reading(), officer, ctx.moment.today())? {
        end(tx, ctx, &request, RequestState::Expired)?;
        let service = Ctx { caller: crate::app::ctx::Caller::service(), ..ctx.clone() };
        service.audit(tx, "leave.expired", subject(&request), Some(json!({"state": "submitted"})), None)?;
        store::outbox::append(tx, "leave.expired", request.id.0, Some(officer), &ctx.moment)?;
    }
    Ok(())
}

/// Locks the officer and the request, records what has expired, and gives the request as it is then.
pub(super) fn locked(tx: &mut Tx, ctx: &Ctx, id: RequestId) -> Result<LeaveRequest, Error> {
    let request = store::leave_requests::find(tx.reading(), id)?.ok_or(Code::NotFound)?;
    store::officers::lock(tx, request.officer_id)?;
    record_expired(tx, ctx, request.officer_id)?;
    Ok(store::leave_requests::lock(tx, id)?)
}

/// A request that the caller may give back: their own, or one that hr may enter.
fn theirs(tx: &mut Tx, ctx: &Ctx, id: RequestId) -> Result<LeaveRequest, Error> {
    let request = locked(tx, ctx, id)?;
    let seen = reach::see_officer(tx.reading(), ctx, request.officer_id, super::READERS)?;
    if seen.sight == Sight::Own {
        return Ok(request);
    }
    if !reach::reaches(tx.reading(), ctx, ENTERS, seen.unit_id)? {
        return Err(Code::Forbidden.into());
    }
    if reach::is_own(tx.reading(), ctx, request.officer_id)? {
        return Err(Code::OwnRecord.into());
    }
    Ok(request)
}

/// Takes a request back before it is decided.
///
/// # Errors
/// [`Code::WrongState`] when it is decided or over; [`Code::NotFound`] when it is not the caller's to see.
pub fn withdraw(tx: &mut Tx, ctx: &Ctx, id: RequestId) -> Result<LeaveRequest, Error> {
    let request = theirs(tx, ctx, id)?;
    if request.shown_state(ctx.moment.today()) != ShownState::Submitted {
        return Err(Hindrance::Decided.into());
    }
    let ended = end(tx, ctx, &request, RequestState::Withdrawn)?;
    let states = (json!({"state": request.state}), json!({"state": ended.state}));
    ctx.audit(tx, "leave.withdrawn", subject(&request), Some(states.0), Some(states.1))?;
    store::outbox::append(tx, "leave.withdrawn", id.0, Some(request.officer_id), &ctx.moment)?;
    Ok(ended)
}

/// What is cancelled and why.
#[derive(Debug, Clone)]
pub struct Cancellation {
    /// Why.
    pub reason: String,
    /// First date given back; the beginning of the leave where absent.
    pub from: Option<NaiveDate>,
    /// Last date given back; the end of the leave where absent.
    pub to: Option<NaiveDate>,
}

/// Gives approved leave back before it begins, whole or at one end; the rest stays approved.
///
/// # Errors
/// [`Code::WrongState`] when it is not approved or has begun; refused fields when the dates touch no end of the span.
pub fn cancel(tx: &mut Tx, ctx: &Ctx, id: RequestId, cancellation: &Cancellation) -> Result<LeaveRequest, Error> {
    let request = theirs(tx, ctx, id)?;
    said::reason("/reason", &cancellation.reason)?;
    if request.shown_state(ctx.moment.today()) != ShownState::Approved {
        return Err(Hindrance::NotApproved.into());
    }
    let after = match remaining(&request, cancellation)? {
        None => end(tx, ctx, &request, RequestState::Cancelled)?,
        Some(rest) => shorten(tx, ctx, &request, &rest)?,
    };
    ctx.audit(tx, "leave.cancelled", subject(&request), Some(described(&request)), {
        let mut described = described(&after);
        if let Some(members) = described.as_object_mut() {
            members.insert("reason".to_owned(), json!(cancellation.reason));
        }
        Some(described)
    })?;
    store::outbox::append(tx, "leave.cancelled", id.0, Some(request.officer_id), &ctx.moment)?;
    if request.kind.is_only_recorded() {
        facts_changed(tx, ctx, &request)?;
    }
    watch::after_facts(tx, ctx, request.officer_id, request.from_on, request.to_on)?;
    Ok(after)
}

fn described(request: &LeaveRequest) -> serde_json::Value {
    json!({
        "state": request.state, "from": request.from_on, "to": request.to_on,
        "first_day": request.first_day, "last_day": request.last_day, "days": request.half_days,
    })
}

/// What stays of the span; `None` when nothing does.
fn remaining(request: &LeaveRequest, cancellation: &Cancellation) -> Result<Option<Span>, Error> {
    let from = cancellation.from.unwrap_or(request.from_on);
    let to = cancellation.to.unwrap_or(request.to_on);
    let refused = |pointer: &str| Err(FieldError::new(pointer, Code::InvalidSpan).into());
    if from > to || from < request.from_on {
        return refused("/from");
    }
    if to > request.to_on {
        return refused("/to");
    }
    let rest = match (from == request.from_on, to == request.to_on) {
        (true, true) => return Ok(None),
        (true, false) => Span::new(next_day(to), request.to_on, FirstDay::Full, request.last_day),
        (false, true) => {
            let before = from.pred_opt().unwrap_or(from);
            Span::new(request.from_on, before, request.first_day, LastDay::Full)
        }
        (false, false) => return refused("/from"),
    };
    rest.map(Some).map_err(|_| FieldError::new("/from", Code::InvalidSpan).into())
}

/// Gives one end of a span back.
fn shorten(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest, rest: &Span) -> Result<LeaveRequest, Error> {
    let facts = facts::of(tx.reading(), ctx, request.officer_id)?;
    let count_in = count_in(&facts, &ctx.statutes.policies, request.kind, request.from_on);
    let calendar = ctx.statutes.calendars.of(facts.units_on(rest.from()));
    let counted = count(rest, &calendar, count_in).map_err(|_| Code::CalendarNotPublished)?;
    if counted.working == HalfDays::ZERO {
        // In what would stay nothing is worked: then the whole leave is given back.
        return end(tx, ctx, request, RequestState::Cancelled);
    }
    match request.kind.draws_on() {
        DrawsOn::Lots => {
            let mut given_back = draws_of(tx, ctx, request)?;
            given_back.retain(|draw| rest.halves_on(draw.on).is_empty());
            release(tx, ctx, request, &given_back, "cancelled")?;
        }
        DrawsOn::Credit => {
            compensatory::give_back(tx, ctx, request, |on| !rest.halves_on(on).is_empty(), "cancelled")?;
        }
        DrawsOn::Nothing => {}
    }
    store::leave_requests::free_slots(tx, request.id)?;
    store::leave_requests::hold_slots(tx, request.officer_id, request.id, rest)?;
    let by_year: Vec<_> = counted.by_year.into_iter().collect();
    store::leave_requests::replace_years(tx, request.id, &by_year)?;
    let shortened = LeaveRequest {
        from_on: rest.from(),
        to_on: rest.to(),
        first_day: rest.first_day(),
        last_day: rest.last_day(),
        half_days: counted.total,
        ..request.clone()
    };
    Ok(store::leave_requests::update(tx, &shortened)?)
}
