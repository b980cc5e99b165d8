//! Rest days: plan, read, ask for another, confirm.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::language::FindingView;
use super::office::{Office, tag};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use super::rest_cancellations::CancellationView;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::duty::asks;
use crate::app::duty::rest_days::{self, Narrowing, NewRestDay, PlannedRest, Shown};
use crate::app::duty::{RestDay, RestDayState, ShiftSource, check_seen};
use crate::app::error::Error;
use crate::rules::duty::RestDayKind;
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId, UnitId};

/// A rest day to be planned.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestDayBody {
    officer_id: OfficerId,
    #[serde(deserialize_with = "date::required")]
    date: NaiveDate,
    kind: RestDayKind,
    /// Why it is entered when its date is over; required then, and only then. Such a day counts once its officer has
    /// confirmed it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    reason: Option<String>,
    /// Why a compensatory day is planned although credit covers it only in part; asked for then. Where there is no credit it
    /// is refused, whatever the reason.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    override_reason: Option<String>,
}

/// A rest day that was planned.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlannedRestDayView {
    #[serde(flatten)]
    day: RestDayView,
    /// What the rules warn of.
    findings: Vec<FindingView>,
}

/// What an officer says to asking for another day.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskMoveBody {
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    note: Option<String>,
}

/// That the officer asks for another day.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MoveAskedView {
    asked_at: Instant,
    note: Option<String>,
}

/// A rest day.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RestDayView {
    id: RowId,
    officer_id: OfficerId,
    date: NaiveDate,
    kind: RestDayKind,
    state: RestDayState,
    source: ShiftSource,
    /// The cancelled rest day that it stands for.
    replaces_id: Option<RowId>,
    recorded_at: Instant,
    recorded_by: Option<AccountId>,
    published_at: Option<Instant>,
    confirmed_at: Option<Instant>,
    cancelled_at: Option<Instant>,
    /// Why it was entered when its date was over.
    reason: Option<String>,
    /// Why it was planned although credit covers it only in part.
    override_reason: Option<String>,
    /// Where the officer asks for another day.
    move_asked: Option<MoveAskedView>,
    /// Why it was taken away, and what is given for it; null where it was not, or ended with a rest order.
    cancellation: Option<CancellationView>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRestDays {
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// Of officers of this unit and everything under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// From this date on; of units from today on where nothing is said.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Up to this date; of units 31 days from `from` where nothing is said.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    #[serde(default)]
    kind: Option<RestDayKind>,
    #[serde(default)]
    state: Option<RestDayState>,
    #[serde(flatten)]
    paging: Paging,
}

pub(super) fn view(day: &RestDay) -> RestDayView {
    RestDayView {
        id: day.id,
        officer_id: day.officer_id,
        date: day.on_date,
        kind: day.kind,
        state: day.state,
        source: day.source,
        replaces_id: day.replaces_id,
        recorded_at: day.recorded_at.and_utc(),
        recorded_by: day.recorded_by,
        published_at: day.published_at.map(|at| at.and_utc()),
        confirmed_at: day.confirmed_at.map(|at| at.and_utc()),
        cancelled_at: day.ended_at.map(|at| at.and_utc()),
        reason: day.late_reason.clone(),
        override_reason: day.override_reason.clone(),
        move_asked: None,
        cancellation: None,
    }
}

/// A rest day with what became of it and what its officer asks for.
pub(super) fn whole(shown: &Shown) -> RestDayView {
    let cancellation = shown.cancellation.as_ref().map(|known| CancellationView::of(known, shown.instead.as_ref()));
    let asked = shown.asked.as_ref();
    let move_asked = asked.map(|ask| MoveAskedView { asked_at: ask.asked_at.and_utc(), note: ask.note.clone() });
    RestDayView { cancellation, move_asked, ..view(&shown.day) }
}

fn answer(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Answer, Error> {
    let shown = rest_days::show(connection, ctx, id)?;
    let tag = tag(shown.day.version, &[&shown.asked.as_ref().map(|ask| ask.asked_at)]);
    Ok(Answer::ok(&whole(&shown))?.etag(tag))
}

/// `POST /rest-days`
pub async fn create(office: Office, body: Json<RestDayBody>) -> Result<Answer, Problem> {
    let (given, desk) = (body.value, office.desk.clone());
    let new = NewRestDay { officer_id: given.officer_id, date: given.date, kind: given.kind };
    office
        .post(
            body.hash,
            move |connection, ctx| check_seen(connection, ctx, &[new.officer_id]),
            move |tx, ctx| {
                let (late, overriding) = (given.reason.as_deref(), given.override_reason.as_deref());
                let PlannedRest { day, findings } = rest_days::create(tx, ctx, &new, late, overriding)?;
                let (location, tag) = (format!("/rest-days/{}", day.id), tag(day.version, &[&None::<Instant>]));
                let planned = PlannedRestDayView { day: view(&day), findings: desk.findings(&findings) };
                Ok(Answer::created(location, &planned)?.etag(tag))
            },
        )
        .await
}

/// `GET /rest-days`
pub async fn list(office: Office, query: Query<ListRestDays>) -> Result<Answer, Problem> {
    let ListRestDays { officer_id, unit_id, from, to, kind, state, paging } = query.0;
    let after: Option<(NaiveDate, RowId)> = paging.after("rest_days")?;
    let limit = paging.limit();
    let narrowing = Narrowing { officer_id, unit_id, from, to, kind, state };
    let rows = office.read(move |connection, ctx| rest_days::list(connection, ctx, &narrowing, after, limit)).await?;
    let page = Page::of(rows, &paging, "rest_days", |row| (row.day.on_date, row.day.id))?;
    Ok(Answer::ok(&page.map(|row| whole(&row)))?)
}

/// `GET /rest-days/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(connection, ctx, id.0)).await
}

/// `POST /rest-days/{id}/ask-move`
pub async fn ask_move(office: Office, id: PathId<RowId>, body: OptionalJson<AskMoveBody>) -> Result<Answer, Problem> {
    let (id, note) = (id.0, body.value.and_then(|body| body.note));
    let gate = move |connection: &mut Conn, ctx: &Ctx| rest_days::get(connection, ctx, id).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            asks::ask(tx, ctx, id, note.as_deref())?;
            answer(tx.reading(), ctx, id)
        })
        .await
}

/// `POST /rest-days/{id}/withdraw-move`
pub async fn withdraw_move(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    let gate = move |connection: &mut Conn, ctx: &Ctx| rest_days::get(connection, ctx, id).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            asks::withdraw(tx, ctx, id)?;
            answer(tx.reading(), ctx, id)
        })
        .await
}

/// `POST /rest-days/{id}/confirm`
pub async fn confirm(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| rest_days::get(connection, ctx, id).map(drop),
            move |tx, ctx| {
                rest_days::confirm(tx, ctx, id)?;
                answer(tx.reading(), ctx, id)
            },
        )
        .await
}
