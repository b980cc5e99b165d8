//! Calling somebody back from leave: the recalled days return exactly, and what the recall earns is credited beside them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::ask::as_json;
use super::holdings::{Entry, Holdings, rebind};
use super::{DECIDERS, ENTERS, compensatory, conflicts, facts_changed, give_back, subject};
use crate::app::credit::{self, Earning};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::app::said;
use crate::app::watch;
use crate::rules::comp_credit::CreditOrigin;
use crate::rules::day_count::count_all;
use crate::rules::leave_request::{count_in, minutes_of};
use crate::rules::recall::{self, Given, Recalls, may_be_recalled};
use crate::rules::terms::{
    DrawsOn, HalfDays, LotId, LotSource, MovementKind, RequestId, RowId, ShownState, leave_year,
};
use crate::store::leave_ledger::Lot as LotRow;
use crate::store::leave_recalls::{Recall, summed};
use crate::store::leave_requests::LeaveRequest;
use crate::store::{self, Tx};

/// What is recalled and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBack {
    /// First date back on duty.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
    /// Why.
    pub reason: String,
}

impl CallBack {
    fn covers(&self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.to
    }
}

/// Who recalls: personnel enters what is over, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Leads,
    Enters,
}

/// Calls an officer back from leave on some of its dates (RULINGS 23). What comes back is exact; what is credited beside it,
/// and why, stands in the recall.
///
/// # Errors
/// Refused fields; [`Code::WrongState`] for leave that has not begun, is over, is sick leave, or was recalled on these dates
/// before; [`Code::OwnRecord`]; [`Code::NotFound`] when it is not the caller's to see; [`Code::NoPolicy`].
pub fn recall(tx: &mut Tx, ctx: &Ctx, id: RequestId, asked: &CallBack) -> Result<LeaveRequest, Error> {
    // Gather.
    let request = give_back::locked(tx, ctx, id)?;
    let seen = reach::officer_for_others(tx.reading(), ctx, request.officer_id, DECIDERS)?;
    let caller = if reach::reaches(tx.reading(), ctx, ENTERS, seen.unit_id)? { Caller::Enters } else { Caller::Leads };
    let before = if request.recalls > 0 { store::leave_recalls::of(tx.reading(), &[id])? } else { Vec::new() };
    check(ctx, caller, &request, &before, asked)?;
    let holdings = Holdings::load(tx.reading(), ctx, request.officer_id, request.kind)?;
    let costs = costs(tx, ctx, &holdings, &request)?;
    let place = holdings.facts.place_on(asked.from).ok_or(Code::NoPolicy)?;
    let version = ctx.statutes.policies.leave_requests(place, asked.from).ok_or(Code::NoPolicy)?;

    // Decide.
    let (days, left): (Vec<_>, Vec<_>) = costs.into_iter().partition(|(on, _)| asked.covers(*on));
    let returned_before: HalfDays = before.iter().map(|one| one.returned).sum();
    let counted_before: i32 = before.iter().map(|one| one.recalled_days).sum();
    let given = recall::recall(&recall::Recall {
        absence: request.half_days + returned_before,
        before: usize::try_from(counted_before).unwrap_or(0),
        days: &days,
        version,
    });

    // Record.
    let recall_id = RowId(ctx.moment.new_id());
    return_days(tx, ctx, &request, asked)?;
    let lots = credit_days(tx, ctx, &holdings, &request, recall_id, &given)?;
    let finding = given.finding.clone().measured("lots", lots);
    let row = Recall {
        id: recall_id,
        officer_id: request.officer_id,
        request_id: id,
        from_on: asked.from,
        to_on: asked.to,
        reason: said::reason("/reason", &asked.reason)?,
        recalled_days: i32::try_from(days.len()).unwrap_or(i32::MAX),
        returned: given.returned,
        credited: given.credited(),
        findings: as_json(&[finding]),
        account_id: ctx.account_id()?,
        recorded_at: ctx.moment.stamp(),
    };
    store::leave_recalls::insert(tx, &row)?;
    let recalled = shorten(tx, &request, &before, asked, &left)?;
    let states = (json!({"days": request.half_days}), told(&recalled, &row));
    ctx.audit(tx, "leave.recalled", subject(&request), Some(states.0), Some(states.1))?;
    store::outbox::append(tx, "leave.recalled", id.0, Some(request.officer_id), &ctx.moment)?;
    if recalled.half_days == HalfDays::ZERO {
        conflicts::settle(tx, ctx, id)?;
    }
    facts_changed(tx, ctx, &recalled)?;
    // Where the leave does not go on, its last rest days are free too.
    let last = if recalled.recalled_on.is_some() { request.to_on } else { asked.to };
    watch::after_facts(tx, ctx, request.officer_id, asked.from, last)?;
    Ok(recalled)
}

fn told(request: &LeaveRequest, recall: &Recall) -> serde_json::Value {
    json!({
        "days": request.half_days, "recall_id": recall.id, "from": recall.from_on, "to": recall.to_on,
        "reason": recall.reason, "returned_days": recall.returned, "credited_days": recall.credited,
        "recalled_on": request.recalled_on,
    })
}

/// What of the fields and of the state speaks against it; every field at once.
fn check(ctx: &Ctx, caller: Caller, request: &LeaveRequest, before: &[Recall], asked: &CallBack) -> Result<(), Error> {
    let mut refused: Vec<FieldError> = said::reason("/reason", &asked.reason).err().into_iter().collect();
    let within = format!("{}…{}", request.from_on, request.to_on);
    for (pointer, date) in [("/from", asked.from), ("/to", asked.to)] {
        if date < request.from_on || request.to_on < date {
            refused.push(FieldError::new(pointer, Code::InvalidSpan).read(date.to_string()).expected(&within));
        }
    }
    if asked.to < asked.from {
        refused.push(FieldError::new("/to", Code::InvalidSpan).expected(format!("≥ {}", asked.from)));
    }
    let today = ctx.moment.today();
    let hindrance = hindrance(today, caller, request, before, asked);
    // What is over is for personnel to enter; of leave that is over as a whole the state says so.
    if caller == Caller::Leads && asked.from < today && hindrance.is_none() {
        refused.push(FieldError::new("/from", Code::InvalidValue).expected(format!("≥ {today}")));
    }
    match (refused.is_empty(), hindrance) {
        (false, _) => Err(Error::Fields(refused)),
        (true, Some(hindrance)) => Err(hindrance.into()),
        (true, None) => Ok(()),
    }
}

fn hindrance(
    today: NaiveDate,
    caller: Caller,
    request: &LeaveRequest,
    before: &[Recall],
    asked: &CallBack,
) -> Option<Hindrance> {
    let recalled = summed(before, request.id, request.recalled_on);
    let is_recalled = || asked.from.iter_days().take_while(|date| *date <= asked.to).any(|date| recalled.covers(date));
    match request.shown_state(today) {
        ShownState::Approved | ShownState::Running | ShownState::Recalled if !may_be_recalled(request.kind) => {
            Some(Hindrance::SickLeave)
        }
        // What has not begun is cancelled.
        ShownState::Approved => Some(Hindrance::NotBegun),
        ShownState::Completed => Some(Hindrance::Over),
        ShownState::Running | ShownState::Recalled => match caller {
            Caller::Leads if request.to_on < today => Some(Hindrance::Over),
            _ => is_recalled().then_some(Hindrance::RecalledAlready),
        },
        _ => Some(Hindrance::NotApproved),
    }
}

/// What each date of the leave still costs, in order.
fn costs(
    tx: &mut Tx,
    ctx: &Ctx,
    holdings: &Holdings,
    request: &LeaveRequest,
) -> Result<Vec<(NaiveDate, HalfDays)>, Error> {
    let mut by_date: BTreeMap<NaiveDate, HalfDays> = BTreeMap::new();
    match request.kind.draws_on() {
        DrawsOn::Lots => {
            for draw in give_back::draws_of(tx, ctx, request)? {
                *by_date.entry(draw.on).or_default() += draw.quantity;
            }
        }
        DrawsOn::Credit => {
            let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
            for (on, _) in compensatory::held(&holdings.credit, request).into_keys() {
                let halves = i32::try_from(span.halves_on(on).len()).unwrap_or(0);
                by_date.insert(on, HalfDays(halves));
            }
        }
        DrawsOn::Nothing => {
            let count_in = count_in(&holdings.facts, &ctx.statutes.policies, request.kind, request.from_on);
            let calendar = holdings.calendar(ctx, request.from_on);
            let counted = count_all(&holdings.stretches(&request.outline())?, &calendar, count_in);
            by_date.extend(counted.map_err(|_| Code::CalendarNotPublished)?.days);
        }
    }
    Ok(by_date.into_iter().collect())
}

/// Gives the recalled dates back to the lots they came from.
fn return_days(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest, asked: &CallBack) -> Result<(), Error> {
    match request.kind.draws_on() {
        DrawsOn::Lots => {
            let mut given_back = give_back::draws_of(tx, ctx, request)?;
            given_back.retain(|draw| asked.covers(draw.on));
            give_back::release(tx, ctx, request, &given_back, "recalled")
        }
        DrawsOn::Credit => compensatory::give_back(tx, ctx, request, |on| !asked.covers(on), "recalled"),
        DrawsOn::Nothing => Ok(()),
    }
}

/// Credits what is earned beyond what came back: as leave of the same kind, or as compensatory rest. Says which lots.
fn credit_days(
    tx: &mut Tx,
    ctx: &Ctx,
    holdings: &Holdings,
    request: &LeaveRequest,
    recall: RowId,
    given: &Given,
) -> Result<Vec<serde_json::Value>, Error> {
    let Some(first) = given.earned.first() else { return Ok(Vec::new()) };
    if !request.kind.has_lots() {
        let terms = credit::terms(tx.reading(), ctx, request.officer_id, first.from)?;
        let minutes = minutes_of(given.credited(), terms.values.credit.minutes_per_day / 2);
        let earning = Earning {
            officer_id: request.officer_id,
            minutes,
            origin: CreditOrigin::Recall,
            origin_id: recall.0,
            earned_on: first.from,
            notified_at: None,
        };
        let lot = credit::earn(tx, ctx, &earning)?;
        return Ok(lot.into_iter().map(|id| json!({"comp_lot_id": id, "minutes": minutes})).collect());
    }
    let mut lots = Vec::new();
    let mut entries = Vec::new();
    for earned in &given.earned {
        let lot = LotRow {
            id: LotId(ctx.moment.new_id()),
            source: LotSource::Recall,
            origin_year: earned.year,
            valid_from: earned.from,
            expires_on: earned.expires_on,
        };
        store::leave_ledger::ensure_lot(tx, request.officer_id, request.kind, lot, &ctx.moment)?;
        entries.push(Entry {
            lot_id: lot.id,
            kind: MovementKind::Credited,
            quantity: earned.days,
            leave_on: None,
            request_id: Some(request.id),
            cause: "recall".to_owned(),
        });
        lots.push(json!({
            "lot_id": lot.id, "days": earned.days, "valid_from": lot.valid_from, "expires_on": lot.expires_on,
        }));
    }
    holdings.record(tx, ctx, &[], &entries)?;
    rebind(tx, ctx, holdings.officer_id, request.kind)?;
    Ok(lots)
}

/// Writes down what is left of the leave: its cost by year, its dates, and whether it goes on.
fn shorten(
    tx: &mut Tx,
    request: &LeaveRequest,
    before: &[Recall],
    asked: &CallBack,
    left: &[(NaiveDate, HalfDays)],
) -> Result<LeaveRequest, Error> {
    let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
    let mut spans = summed(before, request.id, None).spans;
    spans.push((asked.from, asked.to));
    let dates: Vec<NaiveDate> = left.iter().map(|(on, _)| *on).collect();
    let recalls = Recalls { ended_on: recall::ended_on(&span, &spans, &dates), spans };
    let mut by_year: BTreeMap<i32, HalfDays> = BTreeMap::new();
    for (_, year, _) in store::leave_requests::years(tx.reading(), &[request.id])? {
        by_year.insert(year, HalfDays::ZERO);
    }
    for (on, days) in left {
        *by_year.entry(leave_year(*on)).or_default() += *days;
    }
    let by_year: Vec<_> = by_year.into_iter().collect();
    store::leave_requests::replace_years(tx, request.id, &by_year)?;
    store::leave_requests::free_slots(tx, request.id)?;
    for part in recalls.stretches(&span) {
        store::leave_requests::hold_slots(tx, request.officer_id, request.id, &part)?;
    }
    let shortened = LeaveRequest {
        half_days: left.iter().map(|(_, days)| *days).sum(),
        recalls: request.recalls + 1,
        recalled_on: recalls.ended_on,
        ..request.clone()
    };
    Ok(store::leave_requests::update(tx, &shortened)?)
}
