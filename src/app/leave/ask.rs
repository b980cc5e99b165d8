//! Asking for leave: a preview that stores nothing, and the request itself.

use serde_json::json;

use super::approvers::Way;
use super::give_back;
use super::holdings::{Holdings, binding, years_of};
use super::read::{self, Shown, View};
use super::{ENTERS, NOTE_MAX, approvers, compensatory, facts_changed, subject};
use crate::app::absences;
use crate::app::ctx::Ctx;
use crate::app::duty::leave_days;
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach::{self, Seen, Sight};
use crate::app::watch;
use crate::rules::alternatives::{self, Alternative, alternatives};
use crate::rules::approver::Levels;
use crate::rules::finding::Finding;
use crate::rules::leave_request::{Act, Submission, Verdict, assess, expires_on};
use crate::rules::lots::Lot;
use crate::rules::terms::{HalfDays, LeaveKind, OfficerId, RequestId, RequestState, RowId, Span, UnitId, leave_year};
use crate::store::leave_decisions::{Decision, DecisionOutcome};
use crate::store::leave_requests::LeaveRequest;
use crate::store::{self, Conn, Tx};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// For whom.
    pub officer_id: OfficerId,
    /// Kind of leave.
    pub kind: LeaveKind,
    /// When.
    pub span: Span,
    /// A note.
    pub note: Option<String>,
    /// Who stands in.
    pub cover_officer_id: Option<OfficerId>,
    /// Whether pay is kept; personal leave that hr enters.
    pub pay_kept: Option<bool>,
}

/// What a preview says.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What the span costs; `None` when a year has no calendar.
    pub days: Option<HalfDays>,
    /// The same by leave year.
    pub by_year: Vec<(i32, HalfDays)>,
    /// Whether a submission would be taken now.
    pub acceptable: bool,
    /// Every check.
    pub findings: Vec<Finding>,
    /// Other dates, where this span is refused.
    pub alternatives: Vec<Alternative>,
}

/// Everything an assessment needs, gathered.
pub(super) struct Gathered {
    pub(super) holdings: Holdings,
    /// The units from the officer's upward, nearest first.
    pub(super) upward: Vec<UnitId>,
    pub(super) levels: Levels,
    pub(super) lots: Vec<Lot>,
}

/// How far an assessment must look: at the span alone, or also at where else it could lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Horizon {
    Span,
    Alternatives,
}

/// What is asked about: a new span, or one that a request holds already.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) kind: LeaveKind,
    pub(super) span: &'a Span,
    pub(super) request: Option<RequestId>,
}

/// Reads what the rules need to know of an officer and a span.
pub(super) fn gather(
    connection: &mut Conn,
    ctx: &Ctx,
    seen: Seen,
    about: About<'_>,
    horizon: Horizon,
) -> Result<Gathered, Error> {
    let span = about.span;
    let (upward, levels) = approvers::levels_for(connection, ctx, seen.officer.id, seen.unit_id)?;
    let holdings = Holdings::load(connection, ctx, seen.officer.id, about.kind)?;
    let today = ctx.moment.today();
    let place = holdings.facts.place_on(today);
    let years = match (horizon, approvers::policy(ctx, place)) {
        (Horizon::Alternatives, Some(policy)) => alternatives::years(span, today, policy),
        _ => leave_year(span.from())..=leave_year(span.to()),
    };
    let years = years.chain(years_of(&holdings.draws(None)));
    // A year before the first version has no lot: the rules then say what is missing.
    let lots = holdings.known_lots(ctx, years, about.request)?;
    Ok(Gathered { holdings, upward, levels, lots })
}

impl Gathered {
    /// Asks the rules about a span, leaving out what one request holds.
    pub(super) fn with<T>(
        &self,
        ctx: &Ctx,
        act: Act,
        span: Span,
        except: Option<RequestId>,
        ask: impl FnOnce(&Submission<'_>) -> T,
    ) -> Result<T, Error> {
        let draws = self.holdings.draws(except);
        let occupied = self.holdings.occupied(except)?;
        let calendar = self.holdings.calendar(ctx, span.from());
        let credit_lots = self.holdings.credit_lots(ctx, except);
        let credit_draws = self.holdings.credit_draws(ctx, except);
        let request = except.and_then(|id| self.holdings.live.iter().find(|request| request.id == id));
        let recalls = request.map(|request| self.holdings.recalled(request)).unwrap_or_default();
        Ok(ask(&Submission {
            act,
            kind: self.holdings.kind,
            span,
            today: ctx.moment.today(),
            facts: &self.holdings.facts,
            policies: &ctx.statutes.policies,
            calendar: &calendar,
            lots: &self.lots,
            draws: &draws,
            credit_lots: &credit_lots,
            credit_draws: &credit_draws,
            occupied: &occupied,
            levels: &self.levels,
            recalls: &recalls,
        }))
    }
}

/// Kinds that have rules so far; whether a policy in force offers one to somebody, a rule says.
fn check_offered(kind: LeaveKind) -> Result<(), Error> {
    if matches!(kind, LeaveKind::Annual | LeaveKind::Sick | LeaveKind::Personal | LeaveKind::Compensatory) {
        return Ok(());
    }
    Err(FieldError::new("/kind", Code::KindNotOffered).into())
}

/// The officer asked for, and in which capacity the caller asks.
fn whose(connection: &mut Conn, ctx: &Ctx, officer: OfficerId) -> Result<(Seen, Act), Error> {
    let seen = reach::see_officer(connection, ctx, officer, ENTERS)?;
    if seen.sight == Sight::Own {
        return Ok((seen, Act::Ask));
    }
    if reach::is_own(connection, ctx, officer)? {
        return Err(Code::OwnRecord.into());
    }
    Ok((seen, Act::Enter))
}

/// Says what a request would meet, and what would be possible instead; stores nothing.
///
/// # Errors
/// [`Code::NotFound`] for an officer who is not the caller's to see.
pub fn preview(connection: &mut Conn, ctx: &Ctx, ask: &Ask) -> Result<Preview, Error> {
    let (seen, act) = whose(connection, ctx, ask.officer_id)?;
    check_offered(ask.kind)?;
    let about = About { kind: ask.kind, span: &ask.span, request: None };
    let gathered = gather(connection, ctx, seen, about, Horizon::Alternatives)?;
    let mut verdict = gathered.with(ctx, act, ask.span, None, assess)?;
    let acceptable = verdict.acceptable();
    compensatory::suggest(connection, ctx, &gathered.holdings, &ask.span, &mut verdict.findings)?;
    verdict.findings.extend(absences::over_leave(connection, ask.officer_id, (ask.span.from(), ask.span.to()))?);
    let alternatives = if acceptable { Vec::new() } else { gathered.with(ctx, act, ask.span, None, alternatives)? };
    Ok(Preview {
        days: verdict.counted.as_ref().map(|counted| counted.total),
        by_year: by_year(&verdict),
        acceptable,
        findings: verdict.findings,
        alternatives,
    })
}

fn by_year(verdict: &Verdict) -> Vec<(i32, HalfDays)> {
    verdict.counted.iter().flat_map(|counted| counted.by_year.iter().map(|(year, days)| (*year, *days))).collect()
}

/// Checks note and stand-in; for the past a note says why hr enters it now.
fn check_fields(connection: &mut Conn, ctx: &Ctx, ask: &Ask, act: Act) -> Result<(), Error> {
    if let Some(note) = &ask.note
        && note.chars().count() > NOTE_MAX
    {
        return Err(FieldError::new("/note", Code::TooLong).expected(format!("≤ {NOTE_MAX}")).into());
    }
    if ask.pay_kept.is_some() {
        // What was paid is for the personnel office to say, and is asked of personal leave alone (Order 514 art. 4).
        if act != Act::Enter {
            return Err(Code::Forbidden.into());
        }
        if ask.kind != LeaveKind::Personal {
            return Err(FieldError::new("/pay_kept", Code::InvalidValue).expected("personal").into());
        }
    }
    let past = ask.span.from() < ctx.moment.today();
    if act == Act::Enter && past && ask.note.as_deref().is_none_or(|note| note.trim().is_empty()) {
        return Err(FieldError::new("/note", Code::MissingField).into());
    }
    if let Some(cover) = ask.cover_officer_id {
        if cover == ask.officer_id {
            return Err(FieldError::new("/cover_officer_id", Code::InvalidValue).into());
        }
        // Everybody on the roll is in the directory, which everybody who is signed in may read.
        if store::officers::find(connection, cover)?.is_none() {
            return Err(Code::NotFound.into());
        }
    }
    Ok(())
}

/// Submits a request: its days are reserved and its dates held from now on.
///
/// # Errors
/// [`Error::Refused`] with the findings; refused fields; [`Code::NotFound`] for an officer who is not the caller's.
pub fn submit(tx: &mut Tx, ctx: &Ctx, ask: &Ask) -> Result<Shown, Error> {
    // Gather.
    store::officers::lock(tx, ask.officer_id)?;
    let (seen, act) = whose(tx.reading(), ctx, ask.officer_id)?;
    check_offered(ask.kind)?;
    check_fields(tx.reading(), ctx, ask, act)?;
    give_back::record_expired(tx, ctx, ask.officer_id)?;
    let unit_id = seen.unit_id;
    let about = About { kind: ask.kind, span: &ask.span, request: None };
    let gathered = gather(tx.reading(), ctx, seen, about, Horizon::Span)?;

    // Decide. Nothing here touches the database.
    let verdict = gathered.with(ctx, act, ask.span, None, assess)?;
    let (Some(counted), Some(assignment), true) = (&verdict.counted, &verdict.assignment, verdict.acceptable()) else {
        let mut findings = verdict.findings;
        compensatory::suggest(tx.reading(), ctx, &gathered.holdings, &ask.span, &mut findings)?;
        return Err(Error::Refused(findings));
    };
    let state = entered_state(ctx, act, &ask.span);
    let calendar = gathered.holdings.calendar(ctx, ask.span.from());

    // Record.
    let policy = approvers::policy(ctx, gathered.holdings.facts.place_on(ctx.moment.today()));
    let request = LeaveRequest {
        id: RequestId(ctx.moment.new_id()),
        officer_id: ask.officer_id,
        kind: ask.kind,
        from_on: ask.span.from(),
        to_on: ask.span.to(),
        first_day: ask.span.first_day(),
        last_day: ask.span.last_day(),
        state,
        half_days: counted.total,
        note: ask.note.clone(),
        cover_officer_id: ask.cover_officer_id,
        entered_by: ctx.account_id()?,
        submitted_at: ctx.moment.stamp(),
        // What the entry itself decides never waits.
        expires_on: policy
            .filter(|_| state == RequestState::Submitted)
            .and_then(|policy| expires_on(ask.kind, ctx.moment.today(), ask.span.from(), &calendar, policy)),
        policy_fingerprint: ctx.statutes.policies.fingerprint().to_owned(),
        findings: as_json(&verdict.findings),
        version: 1,
        pay_kept: ask.pay_kept,
        recalls: 0,
        recalled_on: None,
    };
    store::leave_requests::insert(tx, &request, &by_year(&verdict))?;
    store::leave_requests::hold_slots(tx, request.officer_id, request.id, &ask.span)?;
    let cause = if act == Act::Enter { "entered" } else { "submitted" };
    gathered.holdings.record(tx, ctx, &gathered.lots, &binding(request.id, assignment, cause))?;
    if let Some(matching) = &verdict.credit {
        compensatory::bind(tx, ctx, &request, matching, cause)?;
    }
    if state != RequestState::Submitted {
        // The entry by hr for the past is its own approval (CONTRACT §6).
        store::leave_decisions::insert(tx, &entry_decision(ctx, &request)?)?;
    }
    let mut after = json!({"state": state, "kind": request.kind, "from": request.from_on, "to": request.to_on, "days": counted.total});
    if let (Some(members), Some(kept)) = (after.as_object_mut(), request.pay_kept) {
        members.insert("pay_kept".to_owned(), json!(kept));
    }
    ctx.audit(tx, "leave.submitted", subject(&request), None, Some(after))?;
    if state != RequestState::Submitted {
        if request.kind.is_only_recorded() {
            facts_changed(tx, ctx, &request)?;
        }
        leave_days::make_way(tx, ctx, request.officer_id, request.from_on, request.to_on)?;
        watch::after_facts(tx, ctx, request.officer_id, request.from_on, request.to_on)?;
    }
    store::outbox::append(tx, "leave.submitted", request.id.0, Some(request.officer_id), &ctx.moment)?;
    if state != RequestState::Submitted {
        return read::get(tx.reading(), ctx, request.id);
    }
    let category = gathered.holdings.facts.place_on(ctx.moment.today()).map(|place| place.category);
    let way = Way { unit_id, units: gathered.upward, category, levels: gathered.levels };
    // Whoever may ask or enter sees all of it.
    read::show(ctx, request, by_year(&verdict), verdict.findings, None, &way, View::Whole)
}

/// What hr enters for the past is decided by the entry; everything else waits for a decision.
fn entered_state(ctx: &Ctx, act: Act, span: &Span) -> RequestState {
    let today = ctx.moment.today();
    match act {
        Act::Enter if span.to() < today => RequestState::Completed,
        Act::Enter if span.from() < today => RequestState::Approved,
        _ => RequestState::Submitted,
    }
}

fn entry_decision(ctx: &Ctx, request: &LeaveRequest) -> Result<Decision, Error> {
    Ok(Decision {
        id: RowId(ctx.moment.new_id()),
        request_id: request.id,
        step: 1,
        unit_id: None,
        outcome: DecisionOutcome::Approved,
        account_id: ctx.account_id()?,
        note: request.note.clone(),
        findings: request.findings.clone(),
        alternatives: "[]".to_owned(),
        policy_fingerprint: request.policy_fingerprint.clone(),
        decided_at: ctx.moment.stamp(),
        on_behalf_of: None,
    })
}

pub(super) fn as_json(findings: &[Finding]) -> String {
    serde_json::to_string(findings).unwrap_or_else(|_| "[]".to_owned())
}
