//! Reading requests: one, or a list, as the caller may see them.

use std::collections::HashMap;

use super::approvers::{self, Way};
use super::{ENTERS, READERS};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::app::reach;
use crate::rules::finding::Finding;
use crate::rules::terms::{AccountId, HalfDays, Instant, LeaveKind, OfficerId, RequestId, Role, ShownState, UnitId};
use crate::store::leave_decisions::{Decision, DecisionOutcome};
use crate::store::leave_requests::{self, Filter};
use crate::store::{self, Conn};

pub use crate::store::leave_recalls::Recall;
pub use crate::store::leave_requests::LeaveRequest;

/// A request as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub request: LeaveRequest,
    /// State today.
    pub state: ShownState,
    /// Cost by leave year.
    pub by_year: Vec<(i32, HalfDays)>,
    /// The steps of the decision so far.
    pub steps: Vec<Step>,
    /// Findings of the submission.
    pub findings: Vec<Finding>,
    /// The decision.
    pub decision: Option<Decision>,
    /// Findings of the decision.
    pub decision_findings: Vec<Finding>,
    /// Its recalls, oldest first, each with what the rules said.
    pub recalls: Vec<(Recall, Vec<Finding>)>,
    /// How much of it the caller sees.
    pub view: View,
}

/// How much of a request a caller sees (CONTRACT §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Everything: the officer, and hr.
    Whole,
    /// As leaders: for most kinds only the group, without note and evidence.
    Leading,
}

/// One step of the way upward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// From 1.
    pub step: usize,
    /// Where; `None` for the force as a whole.
    pub unit_id: Option<UnitId>,
    /// What became of it.
    pub state: StepState,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// In whose place.
    pub on_behalf_of: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
}

crate::rules::terms::vocabulary! {
    /// State of one step of a decision.
    StepState {
        /// Waiting for this level.
        Pending = "pending",
        /// Not decided in time; it went up.
        Escalated = "escalated",
        /// Granted here.
        Approved = "approved",
        /// Refused here.
        Rejected = "rejected",
        /// Over without a decision: withdrawn or expired.
        Closed = "closed",
    }
}
use crate::rules::terms::UnknownWord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One request.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RequestId) -> Result<Shown, Error> {
    let request = leave_requests::find(connection, id)?.ok_or(Code::NotFound)?;
    approvers::see_request(connection, ctx, &request)?;
    shown(connection, ctx, vec![request])?.pop().ok_or_else(|| Code::NotFound.into())
}

/// What a list of requests may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// This state, as it shows.
    pub state: Option<ShownState>,
    /// This kind.
    pub kind: Option<LeaveKind>,
    /// Kinds of this group.
    pub kind_group: Option<String>,
    /// Officers of this unit and everything under it.
    pub unit_id: Option<UnitId>,
    /// This officer.
    pub officer_id: Option<OfficerId>,
    /// Those that end on or after this date.
    pub from: Option<chrono::NaiveDate>,
    /// Those that begin on or before this date.
    pub to: Option<chrono::NaiveDate>,
}

/// Requests that the caller may see, newest first, before one; one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    narrowing: &Narrowing,
    before: Option<RequestId>,
    limit: usize,
) -> Result<Vec<Shown>, Error> {
    // Whoever leads a unit sees of some kinds only the group: a filter by such a kind finds what hr reaches, for else
    // the filter would tell what the answer hides.
    let is_hidden = narrowing.kind.is_some_and(|kind| kind.leader_group().is_some());
    let readers = if is_hidden { ENTERS } else { READERS };
    let reached = reach::of(connection, ctx, readers)?.within(connection, ctx, narrowing.unit_id)?;
    let filter = Filter {
        units: reached.units(),
        // Within a unit only its people are asked for; otherwise one's own requests are always among them.
        or_own: ctx.caller.officer_id.filter(|_| narrowing.unit_id.is_none()),
        officer_id: narrowing.officer_id,
        state: narrowing.state,
        kinds: kinds(narrowing),
        from: narrowing.from,
        to: narrowing.to,
        before,
        oldest_first_after: None,
    };
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let requests = leave_requests::list(connection, &filter, ctx.moment.today(), most)?;
    shown(connection, ctx, requests)
}

/// The kinds asked for.
fn kinds(narrowing: &Narrowing) -> Option<Vec<LeaveKind>> {
    let asked = |kind: &LeaveKind| narrowing.kind.is_none_or(|one| one == *kind);
    let of_group = |kind: &LeaveKind| {
        narrowing.kind_group.as_ref().is_none_or(|group| kind.leader_group().unwrap_or(kind.as_str()) == group)
    };
    (narrowing.kind.is_some() || narrowing.kind_group.is_some())
        .then(|| LeaveKind::ALL.iter().copied().filter(asked).filter(of_group).collect())
}

/// Adds to rows what is shown with them.
///
/// # Errors
/// When the database does not answer.
pub fn shown(connection: &mut Conn, ctx: &Ctx, requests: Vec<LeaveRequest>) -> Result<Vec<Shown>, Error> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<RequestId> = requests.iter().map(|request| request.id).collect();
    let years = leave_requests::years(connection, &ids)?;
    let mut decisions: HashMap<RequestId, Decision> = store::leave_decisions::of(connection, &ids)?
        .into_iter()
        .map(|decision| (decision.request_id, decision))
        .collect();
    let recalled: Vec<RequestId> =
        requests.iter().filter(|request| request.recalls > 0).map(|request| request.id).collect();
    let recalls = store::leave_recalls::of(connection, &recalled)?;
    let hr = reach::of(connection, ctx, &[Role::Hr])?;
    let officers: Vec<OfficerId> = requests.iter().map(|request| request.officer_id).collect();
    let ways = approvers::ways(connection, ctx, &officers)?;
    let mut all = Vec::with_capacity(requests.len());
    for request in requests {
        let way = ways.get(&request.officer_id).ok_or(Code::NotFound)?;
        let decision = decisions.remove(&request.id);
        let is_whole = ctx.caller.is_self(request.officer_id) || hr.contains(way.unit_id);
        let view = if is_whole { View::Whole } else { View::Leading };
        let by_year = years.iter().filter(|(of, ..)| *of == request.id).map(|(_, year, days)| (*year, *days)).collect();
        let findings = stored_findings(&request.findings)?;
        let of_request = recalls.iter().filter(|recall| recall.request_id == request.id);
        let recalls = of_request.map(explained).collect::<Result<_, Error>>()?;
        all.push(Shown { recalls, ..show(ctx, request, by_year, findings, decision, way, view)? });
    }
    Ok(all)
}

fn explained(recall: &Recall) -> Result<(Recall, Vec<Finding>), Error> {
    Ok((recall.clone(), stored_findings(&recall.findings)?))
}

/// Adds to a row that was never recalled what is shown with it.
pub(super) fn show(
    ctx: &Ctx,
    request: LeaveRequest,
    by_year: Vec<(i32, HalfDays)>,
    findings: Vec<Finding>,
    decision: Option<Decision>,
    way: &Way,
    view: View,
) -> Result<Shown, Error> {
    Ok(Shown {
        state: request.shown_state(ctx.moment.today()),
        by_year,
        steps: steps(ctx, &request, decision.as_ref(), way),
        findings,
        decision_findings: decision.as_ref().map_or(Ok(Vec::new()), |one| stored_findings(&one.findings))?,
        recalls: Vec::new(),
        view,
        decision,
        request,
    })
}

pub(super) fn stored_findings(text: &str) -> Result<Vec<Finding>, Error> {
    serde_json::from_str(text).map_err(|error| Error::Internal(format!("stored findings: {error}")))
}

/// The steps so far. Undecided ones are derived from the chain as it is today; the decided one is as it was recorded.
fn steps(ctx: &Ctx, request: &LeaveRequest, decision: Option<&Decision>, way: &Way) -> Vec<Step> {
    let undecided = |index: usize, state| Step {
        step: index + 1,
        unit_id: way.levels.0.get(index).and_then(|level| level.unit_id),
        state,
        decided_by: None,
        on_behalf_of: None,
        decided_at: None,
    };
    if let Some(decision) = decision {
        let at = usize::try_from(decision.step).unwrap_or(1).max(1);
        let mut steps: Vec<Step> = (0..at - 1).map(|index| undecided(index, StepState::Escalated)).collect();
        steps.push(Step {
            step: at,
            unit_id: decision.unit_id,
            state: match decision.outcome {
                DecisionOutcome::Approved => StepState::Approved,
                DecisionOutcome::Rejected => StepState::Rejected,
            },
            decided_by: Some(decision.account_id),
            on_behalf_of: decision.on_behalf_of,
            decided_at: Some(decision.decided_at.and_utc()),
        });
        return steps;
    }
    let last = match request.shown_state(ctx.moment.today()) {
        ShownState::Submitted => StepState::Pending,
        _ => StepState::Closed,
    };
    let reached = match last {
        StepState::Pending => approvers::escalations_of(ctx, request, way.place(), &way.levels),
        _ => 0,
    };
    (0..=reached).map(|index| undecided(index, if index < reached { StepState::Escalated } else { last })).collect()
}
