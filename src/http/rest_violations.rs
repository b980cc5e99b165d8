//! Violations of the rules of rest: lists, files, one with its proof and its story, and the acts on it.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::desk::Desk;
use super::export::{Format, Named};
use super::language::FindingView;
use super::office::{Office, tag as office_tag};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::app::officers;
use crate::app::watch::violations::{
    self, Act, Basis, Narrowing, Violation, ViolationAct, ViolationEvent, ViolationState, Whole, state_on,
};
use crate::app::{Conn, Tx};
use crate::rules::duty::{DutyKind, Shift};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId, UnitId};

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListViolations {
    /// Only what this unit and everything under it owes.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Only of this rule, by its name (`rest.weekly`) or its id (`R1` to `R12`), in letters of either case.
    #[serde(default)]
    rule: Option<String>,
    /// Only those that stand so today.
    #[serde(default)]
    state: Option<ViolationState>,
    /// Only of this officer.
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// Only whose window ends on this date or later.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Only whose window begins on this date or earlier.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// A violation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ViolationView {
    id: RowId,
    /// Whose rest it was.
    officer_id: OfficerId,
    /// The unit that owes it: the one that held the person on the last date of the window.
    unit_id: UnitId,
    rule: String,
    from: NaiveDate,
    to: NaiveDate,
    basis: Basis,
    outcome: Outcome,
    state: ViolationState,
    /// Until when hr accepts it, while it does.
    accepted_until: Option<NaiveDate>,
    detected_at: Instant,
    finding: FindingView,
}

/// A shift that proves a violation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProofView {
    id: RowId,
    kind: DutyKind,
    starts_at: Instant,
    ends_at: Instant,
}

impl ProofView {
    pub(super) const fn of(shift: &Shift) -> Self {
        Self { id: shift.id, kind: shift.kind, starts_at: shift.starts_at, ends_at: shift.ends_at }
    }
}

/// Something that happened to a violation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ViolationEventView {
    act: ViolationAct,
    /// `roster_changed` where the service itself found that it was made good.
    cause: Option<String>,
    /// Null for the service itself.
    account_id: Option<AccountId>,
    note: Option<String>,
    until: Option<NaiveDate>,
    at: Instant,
    /// What was found then.
    finding: Option<FindingView>,
}

/// A violation with its proof and what happened to it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WholeViolationView {
    #[serde(flatten)]
    violation: ViolationView,
    /// The shifts that prove it, as they stand now.
    shifts: Vec<ProofView>,
    events: Vec<ViolationEventView>,
}

/// A note that may be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    note: Option<String>,
}

/// How a violation was made good.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemedyBody {
    #[schemars(length(min = 1, max = 1000))]
    note: String,
}

/// Until when and why a violation is accepted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// Last date, 366 days ahead at the most.
    #[serde(deserialize_with = "date::required")]
    until: NaiveDate,
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

fn stored(desk: &Desk, finding: &str) -> Result<FindingView, Error> {
    let finding: Finding =
        serde_json::from_str(finding).map_err(|error| Error::Internal(format!("stored finding: {error}")))?;
    Ok(desk.finding(&finding))
}

fn view(desk: &Desk, row: &Violation, today: NaiveDate) -> Result<ViolationView, Error> {
    let state = state_on(row, today);
    Ok(ViolationView {
        id: row.id,
        officer_id: row.officer_id,
        unit_id: row.unit_id,
        rule: row.rule.clone(),
        from: row.from_on,
        to: row.to_on,
        basis: row.basis,
        outcome: row.outcome,
        state,
        accepted_until: row.accepted_until.filter(|_| state == ViolationState::Accepted),
        detected_at: row.detected_at.and_utc(),
        finding: stored(desk, &row.finding)?,
    })
}

fn event(desk: &Desk, row: &ViolationEvent) -> Result<ViolationEventView, Error> {
    Ok(ViolationEventView {
        act: row.act,
        cause: row.cause.map(|cause| cause.to_string()),
        account_id: row.account_id,
        note: row.note.clone(),
        until: row.until_on,
        at: row.recorded_at.and_utc(),
        finding: row.finding.as_deref().map(|finding| stored(desk, finding)).transpose()?,
    })
}

fn answer(desk: &Desk, ctx: &Ctx, whole: &Whole) -> Result<Answer, Error> {
    let today = ctx.moment.today();
    let shown = WholeViolationView {
        violation: view(desk, &whole.violation, today)?,
        shifts: whole.shifts.iter().map(ProofView::of).collect(),
        events: whole.events.iter().map(|row| event(desk, row)).collect::<Result<_, _>>()?,
    };
    let tag = office_tag(whole.violation.version, &[&shown.violation.state, &shown.shifts]);
    Ok(Answer::ok(&shown)?.etag(tag))
}

/// `GET /rest-violations`
pub async fn list(office: Office, query: Query<ListViolations>) -> Result<Answer, Problem> {
    let ListViolations { unit_id, rule, state, officer_id, from, to, format, paging } = query.0;
    let before = paging.after("rest_violations")?;
    let narrowing = Narrowing { unit_id, rule, state, officer_id, from, to, before };
    let limit = format.rows(paging.limit());
    let read = office
        .read(move |connection, ctx| {
            let rows = violations::list(connection, ctx, narrowing, limit)?;
            let named = rows.iter().filter(|_| format != Format::Json).map(|row| row.officer_id);
            Ok((officers::called(connection, named)?, rows, ctx.moment.today()))
        })
        .await;
    let (people, rows, today) = match (read, unit_id) {
        (Err(problem), Some(unit)) => return Err(noted(&office, problem, "unit", unit.0).await),
        (read, _) => read?,
    };
    let views = rows.iter().map(|row| view(&office.desk, row, today)).collect::<Result<Vec<_>, _>>()?;
    if format != Format::Json {
        let lines: Vec<_> = views.into_iter().map(|view| Named::of(&people, view.officer_id, view)).collect();
        return Ok(office.desk.export(format, "rest_violations", &lines)?);
    }
    Ok(Answer::ok(&Page::of(views, &paging, "rest_violations", |row| row.id)?)?)
}

/// `GET /rest-violations/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    let (id, desk) = (id.0, office.desk.clone());
    let read = office.read(move |connection, ctx| answer(&desk, ctx, &violations::get(connection, ctx, id)?)).await;
    match read {
        Err(problem) => Err(noted(&office, problem, "rest_violation", id.0).await),
        shown => shown,
    }
}

/// A look at what is not the caller's to see is noted before it is refused.
async fn noted(office: &Office, problem: Problem, kind: &'static str, id: uuid::Uuid) -> Problem {
    if !matches!(problem.error(), Error::Code(Code::NotFound)) {
        return problem;
    }
    let noted = office.write(move |tx, ctx| violations::note_refusal(tx, ctx, kind, id)).await;
    noted.err().unwrap_or(problem)
}

async fn act(office: Office, id: RowId, hash: [u8; 32], act: Act) -> Result<Answer, Problem> {
    let (desk, asked) = (office.desk.clone(), act.clone());
    office
        .post(
            hash,
            move |connection: &mut Conn, ctx: &Ctx| violations::check_caller(connection, ctx, id, &asked).map(drop),
            move |tx: &mut Tx, ctx: &Ctx| answer(&desk, ctx, &violations::act(tx, ctx, id, &act)?),
        )
        .await
}

/// `POST /rest-violations/{id}/acknowledge`
pub async fn acknowledge(office: Office, id: PathId<RowId>, body: OptionalJson<NoteBody>) -> Result<Answer, Problem> {
    let note = body.value.unwrap_or_default().note;
    act(office, id.0, body.hash, Act::Acknowledge { note }).await
}

/// `POST /rest-violations/{id}/remedy`
pub async fn remedy(office: Office, id: PathId<RowId>, body: Json<RemedyBody>) -> Result<Answer, Problem> {
    act(office, id.0, body.hash, Act::Remedy { note: body.value.note }).await
}

/// `POST /rest-violations/{id}/verify`
pub async fn verify(office: Office, id: PathId<RowId>, body: OptionalJson<NoteBody>) -> Result<Answer, Problem> {
    let note = body.value.unwrap_or_default().note;
    act(office, id.0, body.hash, Act::Verify { note }).await
}

/// `POST /rest-violations/{id}/accept`
pub async fn accept(office: Office, id: PathId<RowId>, body: Json<AcceptBody>) -> Result<Answer, Problem> {
    let AcceptBody { until, reason } = body.value;
    act(office, id.0, body.hash, Act::Accept { until, reason }).await
}
