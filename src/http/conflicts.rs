//! Leave that a change no longer fits: the list, and its decision.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::Json;
use super::desk::Desk;
use super::export::{Format, Named};
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::error::Error;
use crate::app::leave::conflicts::{self, Listed, Narrowing};
pub use crate::app::leave::conflicts::{ConflictCause, ConflictDecision, ConflictState};
use crate::app::leave::read::LeaveRequest;
use crate::app::officers;
use crate::rules::finding::Finding;
use crate::rules::terms::{
    AccountId, FirstDay, HalfDays, Instant, LastDay, LeaveKind, OfficerId, RequestId, RowId, UnitId,
};

/// Query of the conflicts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListConflicts {
    /// Only of officers of this unit and everything under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Only of this officer.
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// `open` or `closed`; both where absent.
    #[serde(default)]
    state: Option<ConflictState>,
    /// Only with this cause.
    #[serde(default)]
    cause: Option<ConflictCause>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// Leave that a change no longer fits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConflictView {
    id: RowId,
    officer_id: OfficerId,
    request_id: RequestId,
    kind: LeaveKind,
    from: NaiveDate,
    to: NaiveDate,
    first_day: FirstDay,
    last_day: LastDay,
    cause: ConflictCause,
    /// What exactly changed: a year, a date, `name@effective_from`, the id of another request.
    cause_ref: String,
    /// What the leave costs as it was granted.
    days_before: HalfDays,
    /// What it costs now; null where it cannot be counted.
    days_after: Option<HalfDays>,
    findings: Vec<FindingView>,
    state: ConflictState,
    raised_at: Instant,
    /// `settled` where it fits again, or the leave is over.
    decision: Option<ConflictDecision>,
    decided_by: Option<AccountId>,
    closed_at: Option<Instant>,
    reason: Option<String>,
}

/// A decision on a conflict.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideConflictBody {
    /// `keep`: as granted, what no lot covers is granted on top; `recount`: at today's cost; `cancel`: given back.
    decision: ConflictDecision,
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

fn view(desk: &Desk, (conflict, request): (Listed, LeaveRequest)) -> Result<ConflictView, Error> {
    let findings: Vec<Finding> = serde_json::from_str(&conflict.findings)
        .map_err(|error| Error::Internal(format!("stored findings: {error}")))?;
    Ok(ConflictView {
        id: conflict.id,
        officer_id: conflict.officer_id,
        request_id: conflict.request_id,
        kind: request.kind,
        from: request.from_on,
        to: request.to_on,
        first_day: request.first_day,
        last_day: request.last_day,
        cause: conflict.cause,
        cause_ref: conflict.cause_ref,
        days_before: conflict.half_days_before,
        days_after: conflict.half_days_after,
        findings: desk.findings(&findings),
        state: if conflict.closed_at.is_some() { ConflictState::Closed } else { ConflictState::Open },
        raised_at: conflict.raised_at.and_utc(),
        decision: conflict.decision,
        decided_by: conflict.decided_by,
        closed_at: conflict.closed_at.map(|at| at.and_utc()),
        reason: conflict.reason,
    })
}

/// `GET /leave-conflicts`
pub async fn list(office: Office, query: Query<ListConflicts>) -> Result<Answer, Problem> {
    let ListConflicts { unit_id, officer_id, state, cause, format, paging } = query.0;
    let narrowing =
        Narrowing { officer_id, state, cause, after: paging.after("leave_conflicts")?, ..Narrowing::default() };
    let limit = format.rows(paging.limit());
    let (rows, people) = office
        .read(move |connection, ctx| {
            let rows = conflicts::listed(connection, ctx, narrowing, unit_id, limit)?;
            let named = rows.iter().filter(|_| format != Format::Json).map(|(conflict, _)| conflict.officer_id);
            let people = officers::called(connection, named)?;
            Ok((rows, people))
        })
        .await?;
    let views = rows.into_iter().map(|row| view(&office.desk, row)).collect::<Result<Vec<_>, _>>()?;
    if format != Format::Json {
        let lines: Vec<_> = views.into_iter().map(|view| Named::of(&people, view.officer_id, view)).collect();
        return Ok(office.desk.export(format, "leave_conflicts", &lines)?);
    }
    Ok(Answer::ok(&Page::of(views, &paging, "leave_conflicts", |row| row.id)?)?)
}

/// `GET /leave-conflicts/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    let row = office.read(move |connection, ctx| conflicts::get(connection, ctx, id.0)).await?;
    Ok(Answer::ok(&view(&office.desk, row)?)?)
}

/// `POST /leave-conflicts/{id}/decide`
pub async fn decide(office: Office, id: PathId<RowId>, body: Json<DecideConflictBody>) -> Result<Answer, Problem> {
    let (id, given, desk) = (id.0, body.value, office.desk.clone());
    office
        .post(
            body.hash,
            move |connection, ctx| conflicts::get(connection, ctx, id).map(drop),
            move |tx, ctx| {
                let row = conflicts::decide(tx, ctx, id, given.decision, &given.reason)?;
                Answer::ok(&view(&desk, row)?)
            },
        )
        .await
}
