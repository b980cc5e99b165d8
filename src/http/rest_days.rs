//! Rest days: plan, read, ask for another, confirm.

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
use crate::app::duty::asks;
use crate::app::duty::rest_days::{self, Narrowing, NewRestDay};
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
    /// Where the officer asks for another day.
    move_asked: Option<MoveAskedView>,
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
        move_asked: None,
    }
}

/// Rest days with what their officers ask for.
fn views(connection: &mut Conn, days: &[RestDay]) -> Result<Vec<RestDayView>, Error> {
    let asked = asks::open_of(connection, days)?;
    let shown = |day: &RestDay| {
        let mine = asked.iter().find(|ask| ask.rest_day_id == day.id);
        let move_asked = mine.map(|ask| MoveAskedView { asked_at: ask.asked_at.and_utc(), note: ask.note.clone() });
        RestDayView { move_asked, ..view(day) }
    };
    Ok(days.iter().map(shown).collect())
}

fn answer(connection: &mut Conn, day: &RestDay) -> Result<Answer, Error> {
    let mut shown = views(connection, std::slice::from_ref(day))?;
    let shown = shown.pop().unwrap_or_else(|| view(day));
    let tag = tag(day.version, &[&shown.move_asked.as_ref().map(|asked| asked.asked_at)]);
    Ok(Answer::ok(&shown)?.etag(tag))
}

/// `POST /rest-days`
pub async fn create(office: Office, body: Json<RestDayBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let new = NewRestDay { officer_id: given.officer_id, date: given.date, kind: given.kind };
    office
        .post(
            body.hash,
            move |connection, ctx| check_seen(connection, ctx, &[new.officer_id]),
            move |tx, ctx| {
                let day = rest_days::create(tx, ctx, &new, given.reason.as_deref())?;
                let location = format!("/rest-days/{}", day.id);
                let tag = tag(day.version, &[&None::<Instant>]);
                Ok(Answer::created(location, &view(&day))?.etag(tag))
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
    let shown = office
        .read(move |connection, ctx| {
            let rows = rest_days::list(connection, ctx, &narrowing, after, limit)?;
            views(connection, &rows)
        })
        .await?;
    Ok(Answer::ok(&Page::of(shown, &paging, "rest_days", |row| (row.date, row.id))?)?)
}

/// `GET /rest-days/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    let get = move |connection: &mut Conn, ctx: &Ctx| {
        let day = rest_days::get(connection, ctx, id.0)?;
        answer(connection, &day)
    };
    office.read(get).await
}

/// `POST /rest-days/{id}/ask-move`
pub async fn ask_move(office: Office, id: PathId<RowId>, body: OptionalJson<AskMoveBody>) -> Result<Answer, Problem> {
    let (id, note) = (id.0, body.value.and_then(|body| body.note));
    let gate = move |connection: &mut Conn, ctx: &Ctx| rest_days::get(connection, ctx, id).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let day = asks::ask(tx, ctx, id, note.as_deref())?;
            answer(tx.reading(), &day)
        })
        .await
}

/// `POST /rest-days/{id}/withdraw-move`
pub async fn withdraw_move(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    let gate = move |connection: &mut Conn, ctx: &Ctx| rest_days::get(connection, ctx, id).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let day = asks::withdraw(tx, ctx, id)?;
            answer(tx.reading(), &day)
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
                let day = rest_days::confirm(tx, ctx, id)?;
                answer(tx.reading(), &day)
            },
        )
        .await
}
