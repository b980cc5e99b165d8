//! What leave requests look like on the wire.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::Patch;
use super::date;
use super::desk::Desk;
use super::export::Format;
use super::language::FindingView;
use super::paging::Paging;
use super::query::Sought;
use crate::app::error::{Code, Error, FieldError};
use crate::app::leave::ask::Preview;
use crate::app::leave::read::{Recall, Shown, StepState, View};
use crate::rules::alternatives::Alternative;
use crate::rules::finding::Finding;
use crate::rules::leave_request::strength::LEAVE_STRENGTH;
use crate::rules::terms::{
    AccountId, FirstDay, HalfDays, Instant, LastDay, LeaveKind, OfficerId, RequestId, RowId, ShownState, Span, UnitId,
};

/// A leave span.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanView {
    #[serde(deserialize_with = "date::required")]
    pub(super) from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    pub(super) to: NaiveDate,
    #[serde(default)]
    pub(super) first_day: FirstDay,
    #[serde(default)]
    pub(super) last_day: LastDay,
}

impl SpanView {
    pub(super) fn read(self, pointer: &str) -> Result<Span, FieldError> {
        Span::new(self.from, self.to, self.first_day, self.last_day)
            .map_err(|_| FieldError::new(pointer, Code::InvalidSpan))
    }
}

impl From<Span> for SpanView {
    fn from(span: Span) -> Self {
        Self { from: span.from(), to: span.to(), first_day: span.first_day(), last_day: span.last_day() }
    }
}

/// What a preview is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    pub(super) officer_id: OfficerId,
    pub(super) kind: LeaveKind,
    #[serde(deserialize_with = "date::required")]
    pub(super) from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    pub(super) to: NaiveDate,
    #[serde(default)]
    pub(super) first_day: FirstDay,
    #[serde(default)]
    pub(super) last_day: LastDay,
}

/// A request for leave.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitBody {
    pub(super) officer_id: OfficerId,
    pub(super) kind: LeaveKind,
    #[serde(deserialize_with = "date::required")]
    pub(super) from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    pub(super) to: NaiveDate,
    #[serde(default)]
    pub(super) first_day: FirstDay,
    #[serde(default)]
    pub(super) last_day: LastDay,
    /// Required when hr enters leave for the past.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(super) note: Option<String>,
    /// Who stands in.
    #[serde(default)]
    pub(super) cover_officer_id: Option<OfficerId>,
    /// Whether pay is kept: personal leave only, and only when hr enters it.
    #[serde(default)]
    pub(super) pay_kept: Option<bool>,
}

/// What hr says of a request afterwards.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestPatch {
    /// Whether pay was kept during personal leave; null: not said, then the policy decides.
    #[serde(default)]
    pub(super) pay_kept: Patch<bool>,
}

/// Another span that could be asked for today.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AlternativeView {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) first_day: FirstDay,
    pub(super) last_day: LastDay,
    pub(super) days: HalfDays,
}

/// What a request would meet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PreviewView {
    /// Null when a year has no calendar.
    pub(super) days: Option<HalfDays>,
    pub(super) by_year: BTreeMap<String, HalfDays>,
    pub(super) acceptable: bool,
    pub(super) findings: Vec<FindingView>,
    pub(super) alternatives: Vec<AlternativeView>,
}

/// What granting a request would meet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionCheckView {
    /// Whether it would be granted now.
    acceptable: bool,
    /// Every check; of kinds that leaders do not see, those that refuse and the strength.
    findings: Vec<FindingView>,
}

/// One step of the decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ApprovalView {
    pub(super) step: usize,
    /// Null: the force as a whole.
    pub(super) unit_id: Option<UnitId>,
    pub(super) state: StepState,
    pub(super) decided_by: Option<AccountId>,
    /// In whose place, where a delegate decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_behalf_of: Option<AccountId>,
    pub(super) decided_at: Option<Instant>,
}

/// The words of a decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionView {
    /// Note of an approval, reason of a rejection.
    pub(super) note: Option<String>,
    /// What was offered with a rejection.
    pub(super) alternatives: Vec<SpanView>,
    /// What the rules said when it was made.
    pub(super) findings: Vec<FindingView>,
    /// SHA-256 of the policies it was made under.
    pub(super) policy_fingerprint: String,
}

/// One recall from a leave.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecallView {
    id: RowId,
    from: NaiveDate,
    to: NaiveDate,
    reason: String,
    /// How many dates of it count as leave, begun ones whole.
    recalled_days: i32,
    /// What came back of them, exactly.
    returned_days: HalfDays,
    /// What was credited beside it: a new lot of leave, or compensatory rest.
    credited_days: HalfDays,
    /// What the rules said: absence, days, credit, lots.
    findings: Vec<FindingView>,
    recalled_by: AccountId,
    recorded_at: Instant,
}

/// A request as the caller may see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RequestView {
    pub(super) id: RequestId,
    pub(super) officer_id: OfficerId,
    /// Null where leaders see the group only.
    pub(super) kind: Option<LeaveKind>,
    pub(super) kind_group: String,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) first_day: FirstDay,
    pub(super) last_day: LastDay,
    pub(super) state: ShownState,
    pub(super) days: HalfDays,
    pub(super) by_year: BTreeMap<String, HalfDays>,
    pub(super) approvals: Vec<ApprovalView>,
    pub(super) decision: Option<DecisionView>,
    /// What was recalled of it, oldest first; `days` and `by_year` are what is left.
    pub(super) recalls: Vec<RecallView>,
    pub(super) findings: Vec<FindingView>,
    pub(super) note: Option<String>,
    pub(super) cover_officer_id: Option<OfficerId>,
    /// Whether pay was kept during personal leave; null: not said, not personal leave, or not the caller's to see.
    pub(super) pay_kept: Option<bool>,
    pub(super) entered_by: AccountId,
    pub(super) submitted_at: Instant,
    /// The last date on which it can be decided.
    pub(super) expires_on: Option<NaiveDate>,
    /// SHA-256 of the policies it was assessed under.
    pub(super) policy_fingerprint: String,
}

/// A note with an approval.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(super) note: Option<String>,
}

/// Why a request is refused and what is offered instead; for annual leave `[]` only where the service finds nothing
/// either.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectBody {
    #[schemars(length(min = 1, max = 1000))]
    pub(super) reason: String,
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub(super) alternatives: Vec<SpanView>,
}

/// Why approved leave is given back; with dates that touch one end, only that part.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    #[schemars(length(min = 1, max = 1000))]
    pub(super) reason: String,
    #[serde(default, deserialize_with = "date::optional")]
    pub(super) from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "date::optional")]
    pub(super) to: Option<NaiveDate>,
}

/// Which dates of a leave an officer is called back on, and why.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecallBody {
    /// First date back on duty; not before today, unless hr enters it.
    #[serde(deserialize_with = "date::required")]
    pub(super) from: NaiveDate,
    /// Last date.
    #[serde(deserialize_with = "date::required")]
    pub(super) to: NaiveDate,
    #[schemars(length(min = 1, max = 1000))]
    pub(super) reason: String,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRequests {
    #[serde(default)]
    pub(super) state: Option<ShownState>,
    #[serde(default)]
    pub(super) kind: Option<LeaveKind>,
    /// `family`, `sick`, or a kind that leaders see itself.
    #[serde(default)]
    pub(super) kind_group: Option<Sought<50>>,
    /// Officers of this unit and everything under it.
    #[serde(default)]
    pub(super) unit_id: Option<UnitId>,
    #[serde(default)]
    pub(super) officer_id: Option<OfficerId>,
    /// Only those that end on or after this date.
    #[serde(default, deserialize_with = "date::optional")]
    pub(super) from: Option<NaiveDate>,
    /// Only those that begin on or before this date.
    #[serde(default, deserialize_with = "date::optional")]
    pub(super) to: Option<NaiveDate>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    pub(super) format: Format,
    #[serde(flatten)]
    pub(super) paging: Paging,
}

/// Query of the inbox.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    #[serde(flatten)]
    pub(super) paging: Paging,
}

pub(super) fn by_year(years: &[(i32, HalfDays)]) -> BTreeMap<String, HalfDays> {
    years.iter().map(|(year, days)| (year.to_string(), *days)).collect()
}

pub(super) fn alternative(one: &Alternative) -> AlternativeView {
    let SpanView { from, to, first_day, last_day } = one.span.into();
    AlternativeView { from, to, first_day, last_day, days: one.days }
}

pub(super) fn preview_view(desk: &Desk, preview: &Preview) -> PreviewView {
    PreviewView {
        days: preview.days,
        by_year: by_year(&preview.by_year),
        acceptable: preview.acceptable,
        findings: desk.findings(&preview.findings),
        alternatives: preview.alternatives.iter().map(alternative).collect(),
    }
}

fn recalled(desk: &Desk, (recall, findings): &(Recall, Vec<Finding>)) -> RecallView {
    RecallView {
        id: recall.id,
        from: recall.from_on,
        to: recall.to_on,
        reason: recall.reason.clone(),
        recalled_days: recall.recalled_days,
        returned_days: recall.returned,
        credited_days: recall.credited,
        findings: desk.findings(findings),
        recalled_by: recall.account_id,
        recorded_at: recall.recorded_at.and_utc(),
    }
}

/// What a caller sees of the findings of a decision: of a kind that is hidden from them only the numbers of the unit.
fn seen(findings: &[Finding], hidden: bool) -> Vec<Finding> {
    findings.iter().filter(|finding| !hidden || finding.rule == LEAVE_STRENGTH).cloned().collect()
}

pub(super) fn check_view(desk: &Desk, findings: &[Finding]) -> DecisionCheckView {
    DecisionCheckView { acceptable: !findings.iter().any(Finding::blocks), findings: desk.findings(findings) }
}

pub(super) fn view(desk: &Desk, shown: &Shown) -> Result<RequestView, Error> {
    let request = &shown.request;
    let group = request.kind.leader_group();
    let hidden = shown.view == View::Leading && group.is_some();
    let decision = shown.decision.as_ref().map(|decision| {
        serde_json::from_str(&decision.alternatives)
            .map(|alternatives| DecisionView {
                note: decision.note.clone().filter(|_| !hidden),
                alternatives,
                findings: desk.findings(&seen(&shown.decision_findings, hidden)),
                policy_fingerprint: decision.policy_fingerprint.clone(),
            })
            .map_err(|error| Error::Internal(format!("stored alternatives: {error}")))
    });
    Ok(RequestView {
        id: request.id,
        officer_id: request.officer_id,
        kind: (!hidden).then_some(request.kind),
        kind_group: group.unwrap_or(request.kind.as_str()).to_owned(),
        from: request.from_on,
        to: request.to_on,
        first_day: request.first_day,
        last_day: request.last_day,
        state: shown.state,
        days: request.half_days,
        by_year: by_year(&shown.by_year),
        approvals: shown
            .steps
            .iter()
            .map(|step| ApprovalView {
                step: step.step,
                unit_id: step.unit_id,
                state: step.state,
                decided_by: step.decided_by,
                on_behalf_of: step.on_behalf_of,
                decided_at: step.decided_at,
            })
            .collect(),
        decision: decision.transpose()?,
        recalls: if hidden { Vec::new() } else { shown.recalls.iter().map(|one| recalled(desk, one)).collect() },
        findings: if hidden { Vec::new() } else { desk.findings(&shown.findings) },
        note: request.note.clone().filter(|_| !hidden),
        cover_officer_id: request.cover_officer_id,
        pay_kept: request.pay_kept.filter(|_| shown.view == View::Whole),
        entered_by: request.entered_by,
        submitted_at: request.submitted_at.and_utc(),
        expires_on: request.expires_on,
        policy_fingerprint: request.policy_fingerprint.clone(),
    })
}
