//! Deciding on leave: the inbox, approval, rejection with alternatives.

use serde_json::{Value, json};

use super::ask::{About, Gathered, Horizon, as_json, gather};
use super::holdings::{Entry, binding, giving_back};
use super::{DECIDERS, NOTE_MAX, approvers, compensatory, facts_changed, give_back, subject};
use crate::app::absences;
use crate::app::ctx::Ctx;
use crate::app::delegations;
use crate::app::duty::{granting, holds, leave_days};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::app::said;
use crate::app::watch;
use crate::rules::alternatives::alternatives;
use crate::rules::approver::Capacity;
use crate::rules::finding::Finding;
use crate::rules::leave_request::strength::LEAVE_STRENGTH;
use crate::rules::leave_request::{Act, Verdict, assess};
use crate::rules::terms::{AccountId, OfficerId, RequestId, RequestState, Role, RowId, ShownState, Span, UnitId};
use crate::store::duty_facts::Granted;
use crate::store::leave_decisions::{Decision, DecisionOutcome};
use crate::store::leave_requests::{Filter, LeaveRequest};
use crate::store::{self, Conn, Tx};

/// A request that the caller may decide, with what deciding it needs.
struct Open {
    request: LeaveRequest,
    span: Span,
    gathered: Gathered,
    step: usize,
    unit_id: Option<UnitId>,
    on_behalf_of: Option<AccountId>,
}

/// Locks a request that the caller may decide now.
fn open(tx: &mut Tx, ctx: &Ctx, id: RequestId, horizon: Horizon) -> Result<Open, Error> {
    let request = give_back::locked(tx, ctx, id)?;
    opened(tx.reading(), ctx, request, horizon)
}

/// A request that the caller may decide now, as it stands.
fn opened(connection: &mut Conn, ctx: &Ctx, request: LeaveRequest, horizon: Horizon) -> Result<Open, Error> {
    let seen = approvers::see_request(connection, ctx, &request)?;
    if reach::is_own(connection, ctx, request.officer_id)? {
        return Err(Code::OwnRequest.into());
    }
    if request.shown_state(ctx.moment.today()) != ShownState::Submitted {
        return Err(Hindrance::Decided.into());
    }
    let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
    let about = About { kind: request.kind, span: &span, request: Some(request.id) };
    let gathered = gather(connection, ctx, seen, about, horizon)?;
    let place = gathered.holdings.facts.place_on(ctx.moment.today());
    let step = approvers::escalations_of(ctx, &request, place, &gathered.levels);
    let on_behalf_of = match gathered.levels.capacity(ctx.account_id()?, step).ok_or(Code::Forbidden)? {
        Capacity::Own => None,
        Capacity::OnBehalfOf(delegator) => Some(delegator),
    };
    let unit_id = gathered.levels.current_level(step).and_then(|level| level.unit_id);
    Ok(Open { request, span, gathered, step, unit_id, on_behalf_of })
}

/// Says in an audit entry in whose place it was decided.
fn on_behalf(mut after: Value, open: &Open) -> Value {
    if let (Some(delegator), Some(members)) = (open.on_behalf_of, after.as_object_mut()) {
        members.insert("on_behalf_of".to_owned(), json!(delegator));
    }
    after
}

fn check_note(pointer: &str, note: &str) -> Result<(), Error> {
    if note.chars().count() > NOTE_MAX {
        return Err(FieldError::new(pointer, Code::TooLong).expected(format!("≤ {NOTE_MAX}")).into());
    }
    Ok(())
}

fn decision(
    ctx: &Ctx,
    open: &Open,
    outcome: DecisionOutcome,
    note: Option<String>,
    findings: &[Finding],
) -> Result<Decision, Error> {
    Ok(Decision {
        id: RowId(ctx.moment.new_id()),
        request_id: open.request.id,
        step: i32::try_from(open.step + 1).unwrap_or(i32::MAX),
        unit_id: open.unit_id,
        outcome,
        account_id: ctx.account_id()?,
        note,
        findings: as_json(findings),
        alternatives: "[]".to_owned(),
        policy_fingerprint: ctx.statutes.policies.fingerprint().to_owned(),
        decided_at: ctx.moment.stamp(),
        on_behalf_of: open.on_behalf_of,
    })
}

/// What the rules say of granting a request: those of the submission again, and the strength that is left of the unit, which
/// is asked nowhere else (RULINGS 21).
fn judged(connection: &mut Conn, ctx: &Ctx, open: &Open) -> Result<Verdict, Error> {
    let request = &open.request;
    let mut verdict = open.gathered.with(ctx, Act::Decide, open.span, Some(request.id), assess)?;
    let leave = Granted {
        officer_id: request.officer_id,
        kind: request.kind,
        from_on: request.from_on,
        first_day: request.first_day,
        to_on: request.to_on,
        last_day: request.last_day,
    };
    verdict.findings.extend(granting::of_leave(connection, ctx, &leave)?);
    let dates = (leave.from_on, leave.to_on);
    verdict.findings.extend(granting::planned_duty(connection, ctx, leave.officer_id, dates)?);
    verdict.findings.extend(absences::over_leave(connection, leave.officer_id, dates)?);
    Ok(verdict)
}

/// What granting a request would meet now; stores nothing.
///
/// # Errors
/// As [`approve`], but for what the rules say: that is the answer.
pub fn check(connection: &mut Conn, ctx: &Ctx, id: RequestId) -> Result<Vec<Finding>, Error> {
    let request = store::leave_requests::find(connection, id)?.ok_or(Code::NotFound)?;
    let open = opened(connection, ctx, request, Horizon::Span)?;
    let mut findings = judged(connection, ctx, &open)?.findings;
    let is_whole = match open.gathered.upward.first() {
        Some(unit) => reach::reaches(connection, ctx, &[Role::Hr], *unit)?,
        None => false,
    };
    if open.request.kind.leader_group().is_some() && !is_whole {
        let is_of_unit = |rule: &str| [LEAVE_STRENGTH, granting::PLANNED_DUTY, absences::LEAVE_ABSENCE].contains(&rule);
        findings.retain(|finding| finding.blocks() || is_of_unit(&finding.rule));
    }
    Ok(findings)
}

/// Grants a request. The rules are asked again: what has changed since the submission blocks here, and so does a unit that
/// would be left with too few.
///
/// # Errors
/// [`Error::Conflict`] with the findings; [`Code::OwnRequest`]; [`Code::WrongState`]; [`Code::Forbidden`] when it is
/// not the caller's turn; [`Code::NotFound`] when it is not the caller's to see.
pub fn approve(tx: &mut Tx, ctx: &Ctx, id: RequestId, note: Option<String>) -> Result<LeaveRequest, Error> {
    // Gather.
    if let Some(note) = &note {
        check_note("/note", note)?;
    }
    // Who goes, then where from, then the request (RULINGS 62): of two who are granted leave at once the second counts the
    // first.
    let asked = store::leave_requests::find(tx.reading(), id)?.ok_or(Code::NotFound)?;
    holds::leave(tx, asked.officer_id, asked.from_on, asked.to_on)?;
    let open = open(tx, ctx, id, Horizon::Span)?;

    // Decide.
    let verdict = judged(tx.reading(), ctx, &open)?;
    let (Some(assignment), true) = (&verdict.assignment, verdict.acceptable()) else {
        return Err(Error::Conflict(verdict.findings));
    };

    // Record. The days are bound already; movements follow only where facts changed since have moved them.
    let bound = give_back::draws_of(tx, ctx, &open.request)?;
    let mut held: Vec<_> = bound.iter().map(|draw| (draw.on, draw.lot_id, draw.quantity)).collect();
    let mut wanted = assignment.draws.clone();
    held.sort_unstable();
    wanted.sort_unstable();
    if held != wanted || !assignment.moved.is_empty() {
        let mut entries: Vec<Entry> = giving_back(&bound, "rebound");
        entries.extend(binding(id, assignment, "rebound"));
        open.gathered.holdings.record(tx, ctx, &open.gathered.lots, &entries)?;
    }
    compensatory::rebind(tx, ctx, &open.gathered.holdings, &open.request, &verdict)?;
    store::leave_decisions::insert(tx, &decision(ctx, &open, DecisionOutcome::Approved, note, &verdict.findings)?)?;
    let approved =
        store::leave_requests::update(tx, &LeaveRequest { state: RequestState::Approved, ..open.request.clone() })?;
    let after = on_behalf(json!({"state": approved.state}), &open);
    let states = (json!({"state": open.request.state}), after);
    ctx.audit(tx, "leave.approved", subject(&approved), Some(states.0), Some(states.1))?;
    store::outbox::append(tx, "leave.approved", id.0, Some(approved.officer_id), &ctx.moment)?;
    if approved.kind.is_only_recorded() {
        facts_changed(tx, ctx, &approved)?;
    }
    leave_days::make_way(tx, ctx, approved.officer_id, approved.from_on, approved.to_on)?;
    watch::after_facts(tx, ctx, approved.officer_id, approved.from_on, approved.to_on)?;
    Ok(approved)
}

/// Refuses a request; annual leave with at least one alternative that is free.
///
/// # Errors
/// Refused fields when the reason is missing, an alternative is not free, or none is offered although there are some;
/// else as [`approve`].
pub fn reject(tx: &mut Tx, ctx: &Ctx, id: RequestId, reason: &str, offered: &[Span]) -> Result<LeaveRequest, Error> {
    said::reason("/reason", reason)?;
    let open = open(tx, ctx, id, Horizon::Alternatives)?;
    check_alternatives(ctx, &open, offered)?;
    let spans: Vec<_> = offered
        .iter()
        .map(|span| {
            json!({"from": span.from(), "to": span.to(), "first_day": span.first_day(), "last_day": span.last_day()})
        })
        .collect();
    let mut decision = decision(ctx, &open, DecisionOutcome::Rejected, Some(reason.to_owned()), &[])?;
    decision.alternatives = json!(spans).to_string();
    store::leave_decisions::insert(tx, &decision)?;
    let rejected = give_back::end(tx, ctx, &open.request, RequestState::Rejected)?;
    let after = on_behalf(json!({"state": rejected.state, "reason": reason, "alternatives": spans}), &open);
    ctx.audit(tx, "leave.rejected", subject(&rejected), Some(json!({"state": open.request.state})), Some(after))?;
    store::outbox::append(tx, "leave.rejected", id.0, Some(rejected.officer_id), &ctx.moment)?;
    Ok(rejected)
}

/// Each alternative must be another span that could be asked for today; none at all only where there is none.
fn check_alternatives(ctx: &Ctx, open: &Open, offered: &[Span]) -> Result<(), Error> {
    if offered.len() > 10 {
        return Err(FieldError::new("/alternatives", Code::TooLong).expected("≤ 10").into());
    }
    let except = Some(open.request.id);
    for (at, span) in offered.iter().enumerate() {
        let refused = || FieldError::new(format!("/alternatives/{at}"), Code::InvalidValue);
        if *span == open.span {
            return Err(refused().into());
        }
        let verdict = open.gathered.with(ctx, Act::Ask, *span, except, assess)?;
        if !verdict.acceptable() {
            let why = verdict.findings.iter().find(|finding| finding.blocks()).map(|finding| finding.rule.clone());
            return Err(refused().read(why.unwrap_or_default()).into());
        }
    }
    // CONTRACT §6: annual leave is refused with another date, where there is one.
    if offered.is_empty() && open.request.kind.has_lots() {
        let found = open.gathered.with(ctx, Act::Ask, open.span, except, alternatives)?;
        if found.iter().any(|alternative| alternative.span != open.span) {
            return Err(FieldError::new("/alternatives", Code::MissingField).into());
        }
    }
    Ok(())
}

/// Requests that the caller may decide now, oldest first, after one; one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn inbox(
    connection: &mut Conn,
    ctx: &Ctx,
    after: Option<RequestId>,
    limit: usize,
) -> Result<Vec<LeaveRequest>, Error> {
    let today = ctx.moment.today();
    let account = ctx.account_id()?;
    let reached = reach::of(connection, ctx, DECIDERS)?.or(delegations::reach_of_delegate(connection, ctx)?);
    let mut found = Vec::new();
    let mut after = after;
    loop {
        let filter = Filter {
            units: reached.units(),
            state: Some(ShownState::Submitted),
            oldest_first_after: Some(after),
            ..Filter::default()
        };
        let some = store::leave_requests::list(connection, &filter, today, 200)?;
        let Some(last) = some.last() else { return Ok(found) };
        after = Some(last.id);
        let officers: Vec<OfficerId> = some.iter().map(|request| request.officer_id).collect();
        let ways = approvers::ways(connection, ctx, &officers)?;
        for request in some {
            let Some(way) = ways.get(&request.officer_id) else { continue };
            let step = approvers::escalations_of(ctx, &request, way.place(), &way.levels);
            if way.levels.may_decide(account, step) {
                found.push(request);
                if found.len() > limit {
                    return Ok(found);
                }
            }
        }
    }
}
