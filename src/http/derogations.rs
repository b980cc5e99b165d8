//! Derogations of the rules of rest for operations.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::office::{Office, tag};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::watch::derogations::{self, Decision, Derogation, DerogationState, NewDerogation, state_on};
use crate::rules::terms::{AccountId, Instant, RowId, UnitId};

/// A new derogation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDerogationBody {
    /// For the people of this unit and everything under it.
    unit_id: UnitId,
    /// For which operation.
    #[schemars(length(min = 1, max = 1000))]
    event: String,
    /// First date, not before today.
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    /// Last date; 14 days at the most, together with what stands beside it.
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
}

/// A derogation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DerogationView {
    id: RowId,
    unit_id: UnitId,
    event: String,
    from: NaiveDate,
    to: NaiveDate,
    state: DerogationState,
    asked_by: Option<AccountId>,
    asked_at: Instant,
    decided_by: Option<AccountId>,
    decided_at: Option<Instant>,
    /// Why it was refused.
    reason: Option<String>,
    /// The last date on which it holds, where it was ended before its time.
    ended_on: Option<NaiveDate>,
    ended_by: Option<AccountId>,
    ended_at: Option<Instant>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListDerogations {
    /// Only of this unit and everything under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    #[serde(flatten)]
    paging: Paging,
}

/// Why a derogation is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefuseDerogationBody {
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// When a derogation ends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndDerogationBody {
    /// The last date on which it holds, not before today.
    #[serde(deserialize_with = "date::required")]
    on: NaiveDate,
}

fn view(row: &Derogation, today: NaiveDate) -> DerogationView {
    DerogationView {
        id: row.id,
        unit_id: row.unit_id,
        event: row.event.clone(),
        from: row.from_on,
        to: row.to_on,
        state: state_on(row, today),
        asked_by: row.asked_by,
        asked_at: row.asked_at.and_utc(),
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(|at| at.and_utc()),
        reason: row.reason.clone(),
        ended_on: row.ended_on,
        ended_by: row.ended_by,
        ended_at: row.ended_at.map(|at| at.and_utc()),
    }
}

fn answer(row: &Derogation, ctx: &Ctx) -> Result<Answer, Error> {
    let shown = view(row, ctx.moment.today());
    let tag = tag(row.version, &[&shown.state]);
    Ok(Answer::ok(&shown)?.etag(tag))
}

/// `POST /derogations`
pub async fn create(office: Office, body: Json<NewDerogationBody>) -> Result<Answer, Problem> {
    let NewDerogationBody { unit_id, event, from, to } = body.value;
    let new = NewDerogation { unit_id, event, from, to };
    let gate = move |connection: &mut Conn, ctx: &Ctx| derogations::check_asker(connection, ctx, unit_id);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let row = derogations::ask(tx, ctx, &new)?;
            let shown = view(&row, ctx.moment.today());
            let tag = tag(row.version, &[&shown.state]);
            Ok(Answer::created(format!("/derogations/{}", row.id), &shown)?.etag(tag))
        })
        .await
}

/// `GET /derogations`
pub async fn list(office: Office, query: Query<ListDerogations>) -> Result<Answer, Problem> {
    let ListDerogations { unit_id, paging } = query.0;
    let (before, limit) = (paging.after("derogations")?, paging.limit());
    let (rows, today) = office
        .read(move |connection, ctx| {
            Ok((derogations::list(connection, ctx, unit_id, before, limit)?, ctx.moment.today()))
        })
        .await?;
    let page = Page::of(rows, &paging, "derogations", |row| row.id)?;
    Ok(Answer::ok(&page.map(|row| view(&row, today)))?)
}

/// `GET /derogations/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(&derogations::get(connection, ctx, id.0)?, ctx)).await
}

async fn decided(office: Office, id: RowId, hash: [u8; 32], decision: Decision) -> Result<Answer, Problem> {
    office
        .post(
            hash,
            move |connection, ctx| derogations::check_decider(connection, ctx, id).map(drop),
            move |tx, ctx| answer(&derogations::decide(tx, ctx, id, &decision)?, ctx),
        )
        .await
}

/// `POST /derogations/{id}/approve`
pub async fn approve(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    decided(office, id.0, body.hash, Decision::Approve).await
}

/// `POST /derogations/{id}/refuse`
pub async fn refuse(office: Office, id: PathId<RowId>, body: Json<RefuseDerogationBody>) -> Result<Answer, Problem> {
    decided(office, id.0, body.hash, Decision::Refuse { reason: body.value.reason }).await
}

/// `POST /derogations/{id}/end`
pub async fn end(office: Office, id: PathId<RowId>, body: Json<EndDerogationBody>) -> Result<Answer, Problem> {
    let (id, on) = (id.0, body.value.on);
    office
        .post(
            body.hash,
            move |connection, ctx| derogations::check_ender(connection, ctx, id).map(drop),
            move |tx, ctx| answer(&derogations::end(tx, ctx, id, on)?, ctx),
        )
        .await
}
