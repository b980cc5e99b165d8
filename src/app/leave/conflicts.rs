//! What a changed fact, policy or calendar no longer fits: pending requests are counted anew, granted leave is listed
//! and each case decided by a person. Nothing that was granted is repaired in silence.

mod decision;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::json;

use super::ask::{Gathered, as_json};
use super::holdings::{Holdings, binding, rebind, years_of};
use super::subject;
use super::{compensatory, give_back};
use crate::app::ctx::{Caller, Ctx, Subject};
use crate::app::error::Error;
use crate::rules::approver::Levels;
use crate::rules::day_count::Counted;
use crate::rules::finding::Finding;
use crate::rules::leave_request::{Act, Granted, Verdict, assess, no_longer_fits};
use crate::rules::lots::{Draw, assign, awaiting, unplaced};
use crate::rules::terms::{
    Category, DrawsOn, HalfDays, LeaveKind, OfficerId, RequestId, RequestState, RowId, UnitId, leave_year,
};
use crate::store::dated::FOR_EVER;
use crate::store::leave_conflicts::{self, Closing, Conflict};
use crate::store::leave_requests::LeaveRequest;
use crate::store::{self, Conn, Tx};

pub use decision::{decide, get, listed};

pub use crate::store::leave_conflicts::{
    Conflict as Listed, ConflictCause, ConflictDecision, ConflictState, Filter as Narrowing,
};

/// Officers whose requests are looked at together.
const BATCH: i64 = 500;

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The calendar of a year.
    Calendar {
        /// The year.
        year: i32,
    },
    /// A policy.
    Policy {
        /// `name@effective_from`.
        label: String,
    },
    /// Periods of service, or the day of joining.
    Service,
    /// The category, from a date on: everything later is listed (RULINGS 10).
    Category {
        /// First date of the new category.
        from: NaiveDate,
    },
    /// The person leaves.
    Separation {
        /// Last date on the roll.
        left_on: NaiveDate,
    },
    /// The unit, from a date on.
    Transfer {
        /// First date in the new unit.
        from: NaiveDate,
    },
    /// Another leave of the same person, which disqualifies a year or no longer does.
    OtherLeave {
        /// That leave.
        request_id: RequestId,
    },
    /// A decision of hr on the entitlement or a lot of a year.
    Entitlement {
        /// The leave year.
        year: i32,
    },
}

impl Cause {
    fn kind(&self) -> ConflictCause {
        match self {
            Self::Calendar { .. } => ConflictCause::Calendar,
            Self::Policy { .. } => ConflictCause::Policy,
            Self::Service => ConflictCause::Service,
            Self::Category { .. } => ConflictCause::Category,
            Self::Separation { .. } => ConflictCause::Separation,
            Self::Transfer { .. } => ConflictCause::Transfer,
            Self::OtherLeave { .. } => ConflictCause::OtherLeave,
            Self::Entitlement { .. } => ConflictCause::Entitlement,
        }
    }

    fn reference(&self) -> String {
        match self {
            Self::Calendar { year } | Self::Entitlement { year } => year.to_string(),
            Self::Policy { label } => label.clone(),
            Self::Service => String::new(),
            Self::Category { from } | Self::Transfer { from } => from.to_string(),
            Self::Separation { left_on } => left_on.to_string(),
            Self::OtherLeave { request_id } => request_id.to_string(),
        }
    }
}

/// How much a change touched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touched {
    /// Pending requests whose cost was counted anew.
    pub recounted: usize,
    /// Conflicts raised.
    pub conflicts: usize,
}

impl std::ops::AddAssign for Touched {
    fn add_assign(&mut self, other: Self) {
        self.recounted += other.recounted;
        self.conflicts += other.conflicts;
    }
}

/// Looks again at the leave of one officer that ends on or after a date, under the law of `ctx`: recounts what is
/// pending, lists what no longer fits, and settles what fits again.
///
/// # Errors
/// When the database does not answer.
pub fn reassess(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, since: NaiveDate, cause: &Cause) -> Result<Touched, Error> {
    store::officers::lock(tx, officer)?;
    give_back::record_expired(tx, ctx, officer)?;
    let today = ctx.moment.today();
    let mut outlines = store::leave_requests::holding(tx.reading(), officer)?;
    outlines.retain(|request| request.is_live(today) && request.to_on >= since);
    let ids: Vec<RequestId> = outlines.iter().map(|request| request.id).collect();
    let mut touched = Touched::default();
    for request in in_order(tx.reading(), &ids)?.iter().filter(|request| request.state == RequestState::Submitted) {
        touched.recounted += usize::from(recount(tx, ctx, request)? == Recount::Done);
    }
    let known = leave_conflicts::of_officer(tx.reading(), officer)?;
    let kinds: BTreeSet<LeaveKind> = outlines.iter().map(|request| request.kind).collect();
    // What they cost may be another number by now.
    let live = in_order(tx.reading(), &ids)?;
    for kind in kinds {
        let gathered = gathered(tx.reading(), ctx, officer, kind)?;
        let draws = gathered.holdings.draws(None);
        let (short, late) = (unplaced(&gathered.lots, &draws), awaiting(&gathered.lots, &draws));
        for request in live.iter().filter(|request| request.kind == kind) {
            let missing = (short.get(&request.id).copied(), late.get(&request.id).copied());
            let judged = judge(ctx, &gathered, request, missing, cause)?;
            touched.conflicts += usize::from(list(tx, ctx, request, judged, cause, &known)? == Raised::Anew);
        }
    }
    Ok(touched)
}

/// Some requests of one officer, in the order of their dates.
fn in_order(connection: &mut Conn, ids: &[RequestId]) -> Result<Vec<LeaveRequest>, Error> {
    let mut found = store::leave_requests::find_many(connection, ids)?;
    found.sort_unstable_by_key(|request| (request.from_on, request.id));
    Ok(found)
}

/// As [`reassess`], of everybody in a scope who holds leave on or after a date. A policy binds by category and unit of
/// each date; looking at somebody it does not bind finds nothing.
///
/// # Errors
/// As [`reassess`].
pub fn reassess_scope(
    tx: &mut Tx,
    ctx: &Ctx,
    unit: Option<UnitId>,
    category: Option<Category>,
    since: NaiveDate,
    cause: &Cause,
) -> Result<Touched, Error> {
    each_holder(tx, ctx, unit, (since, FOR_EVER), |tx, officer| {
        let binds = match category {
            Some(only) => {
                let known = store::officers::categories(tx.reading(), officer)?;
                known.iter().any(|period| period.value == only && period.until_on > since)
            }
            None => true,
        };
        if binds { reassess(tx, ctx, officer, since, cause) } else { Ok(Touched::default()) }
    })
}

/// As [`reassess`], of everybody in a unit, or in the force, who holds leave that touches one of some dates.
///
/// # Errors
/// As [`reassess`].
pub fn reassess_dates(
    tx: &mut Tx,
    ctx: &Ctx,
    unit: Option<UnitId>,
    dates: &[NaiveDate],
    cause: &Cause,
) -> Result<Touched, Error> {
    let (Some(first), Some(last)) = (dates.iter().min(), dates.iter().max()) else { return Ok(Touched::default()) };
    each_holder(tx, ctx, unit, (*first, *last), |tx, officer| reassess(tx, ctx, officer, *first, cause))
}

fn each_holder(
    tx: &mut Tx,
    ctx: &Ctx,
    unit: Option<UnitId>,
    span: (NaiveDate, NaiveDate),
    mut look: impl FnMut(&mut Tx, OfficerId) -> Result<Touched, Error>,
) -> Result<Touched, Error> {
    let units: Option<Vec<UnitId>> = match unit {
        Some(unit) => Some(store::units::tree(tx.reading(), ctx.moment.today())?.under(&[unit]).into_iter().collect()),
        None => None,
    };
    let (mut touched, mut after) = (Touched::default(), None);
    loop {
        let some = store::leave_requests::holders(tx.reading(), span, units.as_deref(), after, BATCH)?;
        let Some(last) = some.last() else { return Ok(touched) };
        after = Some(*last);
        for officer in some {
            touched += look(tx, officer)?;
        }
    }
}

/// What the rules need to know to look at decided leave again: who would decide does not matter any more.
fn gathered(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, kind: LeaveKind) -> Result<Gathered, Error> {
    let holdings = Holdings::load(connection, ctx, officer, kind)?;
    let mut years = years_of(&holdings.draws(None));
    for request in holdings.live.iter().filter(|request| request.kind == kind) {
        years.extend(leave_year(request.from_on)..=leave_year(request.to_on));
    }
    let lots = holdings.known_lots(ctx, years, None)?;
    Ok(Gathered { holdings, upward: Vec::new(), levels: Levels::default(), lots })
}

/// A request as the rules see it now.
struct Judged {
    after: Option<HalfDays>,
    /// Why it no longer fits; empty where it does.
    findings: Vec<Finding>,
}

/// What the rules say of a request now.
fn judge(
    ctx: &Ctx,
    gathered: &Gathered,
    request: &LeaveRequest,
    (short, late): (Option<HalfDays>, Option<HalfDays>),
    cause: &Cause,
) -> Result<Judged, Error> {
    let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
    let verdict: Verdict = gathered.with(ctx, Act::Decide, span, Some(request.id), assess)?;
    let regime_changes = match cause {
        Cause::Category { from } if request.to_on >= *from => {
            gathered.holdings.facts.category_on(*from).zip(Some(*from))
        }
        _ => None,
    };
    let findings = no_longer_fits(&verdict, &Granted { days: request.half_days, short, late, regime_changes });
    Ok(Judged { after: verdict.counted.map(|counted| counted.total), findings })
}

/// Whether a conflict was raised.
#[derive(PartialEq, Eq)]
enum Raised {
    Anew,
    Not,
}

/// Lists what no longer fits, once; settles what fits again.
fn list(
    tx: &mut Tx,
    ctx: &Ctx,
    request: &LeaveRequest,
    judged: Judged,
    cause: &Cause,
    known: &[Conflict],
) -> Result<Raised, Error> {
    let latest = known.iter().rev().find(|one| one.request_id == request.id);
    let settled = Closing { at: ctx.moment.stamp(), decision: ConflictDecision::Settled, by: None, reason: None };
    if judged.findings.is_empty() {
        if latest.is_some_and(|one| one.closed_at.is_none()) {
            leave_conflicts::close(tx, request.id, &settled)?;
        }
        return Ok(Raised::Not);
    }
    let says = |one: &Conflict| {
        rules_of(&one.findings) == rules_of(&as_json(&judged.findings))
            && (one.half_days_before, one.half_days_after) == (request.half_days, judged.after)
    };
    match latest {
        // It waits already, or somebody has decided on exactly this.
        Some(one) if says(one) && one.decision.is_none_or(|made| made == ConflictDecision::Keep) => {
            return Ok(Raised::Not);
        }
        Some(one) if one.closed_at.is_none() => leave_conflicts::close(tx, request.id, &settled)?,
        _ => {}
    }
    let conflict = Conflict {
        id: RowId(ctx.moment.new_id()),
        officer_id: request.officer_id,
        request_id: request.id,
        cause: cause.kind(),
        cause_ref: cause.reference(),
        half_days_before: request.half_days,
        half_days_after: judged.after,
        findings: as_json(&judged.findings),
        raised_at: ctx.moment.stamp(),
        closed_at: None,
        decision: None,
        decided_by: None,
        reason: None,
    };
    leave_conflicts::insert(tx, &conflict)?;
    let after = json!({"request_id": request.id, "cause": conflict.cause, "cause_ref": conflict.cause_ref});
    let service = Ctx { caller: Caller::service(), ..ctx.clone() };
    service.audit(tx, "leave_conflict.raised", about(&conflict), None, Some(after))?;
    store::outbox::append(tx, "leave_conflict.raised", conflict.id.0, Some(request.officer_id), &ctx.moment)?;
    Ok(Raised::Anew)
}

fn about(conflict: &Conflict) -> Subject {
    Subject { kind: "leave_conflict", id: conflict.id.0, officer_id: Some(conflict.officer_id) }
}

/// The rules named by findings and what they miss by: what tells two conflicts of one request apart.
fn rules_of(findings: &str) -> Vec<(String, String)> {
    let read: Vec<Finding> = serde_json::from_str(findings).unwrap_or_default();
    read.into_iter().map(|finding| (finding.rule, json!(finding.limit).to_string())).collect()
}

/// What became of counting a request anew.
#[derive(Debug, PartialEq, Eq)]
enum Recount {
    /// It costs what it did, on the same dates.
    Same,
    /// Its days are bound anew.
    Done,
    /// It cannot be counted, or its days find no lot: it stays as it was.
    Short,
}

/// Counts a request anew and binds its days to lots accordingly.
fn recount(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest) -> Result<Recount, Error> {
    let found = gathered(tx.reading(), ctx, request.officer_id, request.kind)?;
    let span = request.span().map_err(|error| Error::Internal(error.to_string()))?;
    let verdict: Verdict = found.with(ctx, Act::Decide, span, Some(request.id), assess)?;
    let Some(counted) = verdict.counted.clone() else { return Ok(Recount::Short) };
    if request.kind.draws_on() == DrawsOn::Credit {
        return match compensatory::rebind(tx, ctx, &found.holdings, request, &verdict)? {
            compensatory::Rebound::Short => Ok(Recount::Short),
            compensatory::Rebound::Same if counted.total == request.half_days => Ok(Recount::Same),
            _ => recounted(tx, ctx, request, counted),
        };
    }
    let mut released: Vec<Draw> = Vec::new();
    let mut added: Vec<(NaiveDate, HalfDays)> = Vec::new();
    if request.kind.has_lots() {
        let mut wanted: BTreeMap<NaiveDate, HalfDays> = counted.days.iter().copied().collect();
        for draw in give_back::draws_of(tx, ctx, request)? {
            let left = wanted.entry(draw.on).or_default();
            let kept = draw.quantity.min(*left);
            *left = *left - kept;
            if kept < draw.quantity {
                released.push(Draw { quantity: draw.quantity - kept, ..draw });
            }
        }
        added = wanted.into_iter().filter(|(_, left)| *left > HalfDays::ZERO).collect();
    }
    if released.is_empty() && added.is_empty() && counted.total == request.half_days {
        return Ok(Recount::Same);
    }
    // Whether the new days fit is asked beside everything that stays, before anything is written.
    let staying: Vec<Draw> = found.holdings.draws(None).into_iter().filter(|draw| !released.contains(draw)).collect();
    if assign(&found.lots, &staying, &added).is_err() {
        return Ok(Recount::Short);
    }
    give_back::release(tx, ctx, request, &released, "recounted")?;
    if !added.is_empty() {
        let anew = gathered(tx.reading(), ctx, request.officer_id, request.kind)?;
        let Ok(assignment) = assign(&anew.lots, &anew.holdings.draws(None), &added) else {
            return Err(Error::Internal("days that fitted no longer do".to_owned()));
        };
        anew.holdings.record(tx, ctx, &anew.lots, &binding(request.id, &assignment, "recounted"))?;
        rebind(tx, ctx, request.officer_id, request.kind)?;
    }
    recounted(tx, ctx, request, counted)
}

/// Writes down what a request costs now.
fn recounted(tx: &mut Tx, ctx: &Ctx, request: &LeaveRequest, counted: Counted) -> Result<Recount, Error> {
    let by_year: Vec<_> = counted.by_year.into_iter().collect();
    store::leave_requests::replace_years(tx, request.id, &by_year)?;
    let recounted = store::leave_requests::update(tx, &LeaveRequest { half_days: counted.total, ..request.clone() })?;
    let (before, after) = (json!({"days": request.half_days}), json!({"days": recounted.half_days}));
    ctx.audit(tx, "leave.recounted", subject(request), Some(before), Some(after))?;
    store::outbox::append(tx, "leave.recounted", request.id.0, Some(request.officer_id), &ctx.moment)?;
    Ok(Recount::Done)
}

/// Closes the open conflict of a request that is over.
pub(super) fn settle(tx: &mut Tx, ctx: &Ctx, request: RequestId) -> Result<(), Error> {
    let settled = Closing { at: ctx.moment.stamp(), decision: ConflictDecision::Settled, by: None, reason: None };
    Ok(leave_conflicts::close(tx, request, &settled)?)
}
