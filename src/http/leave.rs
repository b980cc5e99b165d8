//! Leave requests: preview, submit, inbox, decide, give back.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::desk::Desk;
use super::export::Format;
use super::language::FindingView;
use super::office::{Office, tag};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use super::span::SpanView;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::leave::ask::{self, Ask, Preview};
use crate::app::leave::give_back::{self, Cancellation};
use crate::app::leave::read::{self, Narrowing, Shown, StepState, View};
use crate::app::leave::{READERS, decide};
use crate::app::{Conn, reach};
use crate::rules::alternatives::Alternative;
use crate::rules::terms::{
    AccountId, FirstDay, HalfDays, Instant, LastDay, LeaveKind, OfficerId, RequestId, ShownState, Span, UnitId,
};

/// What a preview is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    officer_id: OfficerId,
    kind: LeaveKind,
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
    #[serde(default)]
    first_day: FirstDay,
    #[serde(default)]
    last_day: LastDay,
}

/// A request for leave.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitBody {
    officer_id: OfficerId,
    kind: LeaveKind,
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
    #[serde(default)]
    first_day: FirstDay,
    #[serde(default)]
    last_day: LastDay,
    /// Required when hr enters leave for the past.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    note: Option<String>,
    /// Who stands in.
    #[serde(default)]
    cover_officer_id: Option<OfficerId>,
}

/// Another span that could be asked for now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AlternativeView {
    from: NaiveDate,
    to: NaiveDate,
    first_day: FirstDay,
    last_day: LastDay,
    days: HalfDays,
}

/// What a request would meet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PreviewView {
    /// Null when a year has no calendar.
    days: Option<HalfDays>,
    by_year: BTreeMap<String, HalfDays>,
    acceptable: bool,
    findings: Vec<FindingView>,
    alternatives: Vec<AlternativeView>,
}

/// One step of the decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ApprovalView {
    step: usize,
    /// Null: the force as a whole.
    unit_id: Option<UnitId>,
    state: StepState,
    decided_by: Option<AccountId>,
    decided_at: Option<Instant>,
}

/// The words of a decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionView {
    /// Note of an approval, reason of a rejection.
    note: Option<String>,
    /// What was offered with a rejection.
    alternatives: Vec<SpanView>,
    /// What the rules said when it was made.
    findings: Vec<FindingView>,
    /// SHA-256 of the policies it was made under.
    policy_fingerprint: String,
}

/// A request as the caller may see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RequestView {
    id: RequestId,
    officer_id: OfficerId,
    /// Null where leaders see the group only.
    kind: Option<LeaveKind>,
    kind_group: String,
    from: NaiveDate,
    to: NaiveDate,
    first_day: FirstDay,
    last_day: LastDay,
    state: ShownState,
    days: HalfDays,
    by_year: BTreeMap<String, HalfDays>,
    approvals: Vec<ApprovalView>,
    decision: Option<DecisionView>,
    findings: Vec<FindingView>,
    note: Option<String>,
    cover_officer_id: Option<OfficerId>,
    entered_by: AccountId,
    submitted_at: Instant,
    /// The last date on which it can be decided.
    expires_on: Option<NaiveDate>,
    /// SHA-256 of the policies it was assessed under.
    policy_fingerprint: String,
}

/// A note with an approval.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    #[serde(default)]
    #[schemars(length(max = 1000))]
    note: Option<String>,
}

/// Why a request is refused and what is offered instead; `[]` only where the service finds nothing either.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectBody {
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
    #[schemars(length(max = 10))]
    alternatives: Vec<SpanView>,
}

/// Why approved leave is given back; with dates that touch one end, only that part.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRequests {
    #[serde(default)]
    state: Option<ShownState>,
    #[serde(default)]
    kind: Option<LeaveKind>,
    /// `family`, `sick`, or a kind that leaders see itself.
    #[serde(default)]
    #[schemars(length(max = 50))]
    kind_group: Option<String>,
    /// Officers of this unit and everything under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// Only those that end on or after this date.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Only those that begin on or before this date.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// Query of the inbox.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    #[serde(flatten)]
    paging: Paging,
}

fn by_year(years: &[(i32, HalfDays)]) -> BTreeMap<String, HalfDays> {
    years.iter().map(|(year, days)| (year.to_string(), *days)).collect()
}

fn alternative(one: &Alternative) -> AlternativeView {
    let SpanView { from, to, first_day, last_day } = one.span.into();
    AlternativeView { from, to, first_day, last_day, days: one.days }
}

fn preview_view(desk: &Desk, preview: &Preview) -> PreviewView {
    PreviewView {
        days: preview.days,
        by_year: by_year(&preview.by_year),
        acceptable: preview.acceptable,
        findings: desk.findings(&preview.findings),
        alternatives: preview.alternatives.iter().map(alternative).collect(),
    }
}

fn view(desk: &Desk, shown: &Shown) -> Result<RequestView, Error> {
    let request = &shown.request;
    let group = request.kind.leader_group();
    let hidden = shown.view == View::Leading && group.is_some();
    let decision = shown.decision.as_ref().map(|decision| {
        serde_json::from_str(&decision.alternatives)
            .map(|alternatives| DecisionView {
                note: decision.note.clone().filter(|_| !hidden),
                alternatives,
                findings: if hidden { Vec::new() } else { desk.findings(&shown.decision_findings) },
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
                decided_at: step.decided_at,
            })
            .collect(),
        decision: decision.transpose()?,
        findings: if hidden { Vec::new() } else { desk.findings(&shown.findings) },
        note: request.note.clone().filter(|_| !hidden),
        cover_officer_id: request.cover_officer_id,
        entered_by: request.entered_by,
        submitted_at: request.submitted_at.and_utc(),
        expires_on: request.expires_on,
        policy_fingerprint: request.policy_fingerprint.clone(),
    })
}

fn whole(connection: &mut Conn, ctx: &Ctx, id: RequestId) -> Result<Shown, Error> {
    read::get(connection, ctx, id)
}

fn answer(desk: &Desk, shown: &Shown) -> Result<Answer, Error> {
    Ok(Answer::ok(&view(desk, shown)?)?.etag(tag(shown.request.version, &[&shown.state, &shown.steps])))
}

/// Whether the caller may still see a request: the gate of a kept answer.
fn gate(id: RequestId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| whole(connection, ctx, id).map(drop)
}

/// `POST /leave-requests/preview`
pub async fn preview(office: Office, body: Json<PreviewBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let span = SpanView { from: given.from, to: given.to, first_day: given.first_day, last_day: given.last_day };
    let asked = Ask {
        officer_id: given.officer_id,
        kind: given.kind,
        span: span.read("/to")?,
        note: None,
        cover_officer_id: None,
    };
    let preview = office.read(move |connection, ctx| ask::preview(connection, ctx, &asked)).await?;
    Ok(Answer::ok(&preview_view(&office.desk, &preview))?)
}

/// `POST /leave-requests`
pub async fn submit(office: Office, body: Json<SubmitBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let span = SpanView { from: given.from, to: given.to, first_day: given.first_day, last_day: given.last_day };
    let asked = Ask {
        officer_id: given.officer_id,
        kind: given.kind,
        span: span.read("/to")?,
        note: given.note,
        cover_officer_id: given.cover_officer_id,
    };
    let (desk, officer) = (office.desk.clone(), given.officer_id);
    office
        .post(
            body.hash,
            move |connection, ctx| reach::see_officer(connection, ctx, officer, READERS).map(drop),
            move |tx, ctx| {
                let request = ask::submit(tx, ctx, &asked)?;
                let shown = whole(tx.reading(), ctx, request.id)?;
                let location = format!("/leave-requests/{}", request.id);
                Ok(Answer::created(location, &view(&desk, &shown)?)?
                    .etag(tag(shown.request.version, &[&shown.state, &shown.steps])))
            },
        )
        .await
}

/// `GET /leave-requests`
pub async fn list(office: Office, query: Query<ListRequests>) -> Result<Answer, Problem> {
    let ListRequests { state, kind, kind_group, unit_id, officer_id, from, to, format, paging } = query.0;
    let before: Option<RequestId> = paging.after("leave_requests")?;
    let limit = format.rows(paging.limit());
    let narrowing = Narrowing { state, kind, kind_group, unit_id, officer_id, from, to };
    let rows = office.read(move |connection, ctx| read::list(connection, ctx, &narrowing, before, limit)).await?;
    if format != Format::Json {
        let lines: Vec<RequestView> = rows.iter().map(|row| view(&office.desk, row)).collect::<Result<_, _>>()?;
        return Ok(office.desk.export(format, "leave-requests", &lines)?);
    }
    page(&office, rows, &paging, "leave_requests")
}

fn page(office: &Office, rows: Vec<Shown>, paging: &Paging, name: &str) -> Result<Answer, Problem> {
    let page = Page::of(rows, paging, name, |row| row.request.id)?;
    let next_cursor = page.next_cursor;
    let items: Result<Vec<_>, Error> = page.items.iter().map(|row| view(&office.desk, row)).collect();
    Ok(Answer::ok(&Page { items: items?, next_cursor })?)
}

/// `GET /leave-requests/inbox`
pub async fn inbox(office: Office, query: Query<Inbox>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let after: Option<RequestId> = paging.after("inbox")?;
    let limit = paging.limit();
    let rows = office
        .read(move |connection, ctx| {
            let requests = decide::inbox(connection, ctx, after, limit)?;
            read::shown(connection, ctx, requests)
        })
        .await?;
    page(&office, rows, &paging, "inbox")
}

/// `GET /leave-requests/{id}`
pub async fn show(office: Office, id: PathId<RequestId>) -> Result<Answer, Problem> {
    let desk = office.desk.clone();
    office.read(move |connection, ctx| answer(&desk, &whole(connection, ctx, id.0)?)).await
}

/// `POST /leave-requests/{id}/approve`
pub async fn approve(
    office: Office,
    id: PathId<RequestId>,
    body: OptionalJson<ApproveBody>,
) -> Result<Answer, Problem> {
    let (id, desk, note) = (id.0, office.desk.clone(), body.value.and_then(|body| body.note));
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            decide::approve(tx, ctx, id, note.clone())?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/reject`
pub async fn reject(office: Office, id: PathId<RequestId>, body: Json<RejectBody>) -> Result<Answer, Problem> {
    let (id, desk, given) = (id.0, office.desk.clone(), body.value);
    let offered: Vec<Span> = given
        .alternatives
        .iter()
        .enumerate()
        .map(|(at, span)| span.read(&format!("/alternatives/{at}/to")))
        .collect::<Result<_, _>>()?;
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            decide::reject(tx, ctx, id, &given.reason, &offered)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/withdraw`
pub async fn withdraw(office: Office, id: PathId<RequestId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let (id, desk) = (id.0, office.desk.clone());
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            give_back::withdraw(tx, ctx, id)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/cancel`
pub async fn cancel(office: Office, id: PathId<RequestId>, body: Json<CancelBody>) -> Result<Answer, Problem> {
    let (id, desk, given) = (id.0, office.desk.clone(), body.value);
    let cancellation = Cancellation { reason: given.reason, from: given.from, to: given.to };
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            give_back::cancel(tx, ctx, id, &cancellation)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}
