//! Absences that are no leave.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::Json;
use super::date;
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::absences::{self, Absence, AbsenceKind, AbsenceState, Entered, NewAbsence};
use crate::app::ctx::Ctx;
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId};

/// An absence to be entered.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceBody {
    /// First date.
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    /// Last date; 36 months at most.
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
    /// Why.
    kind: AbsenceKind,
}

/// How an absence ends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndAbsenceBody {
    /// Its last date, before the one that it has; left out, it is taken back whole.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    /// Why.
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// An absence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AbsenceView {
    id: RowId,
    officer_id: OfficerId,
    kind: AbsenceKind,
    from: NaiveDate,
    /// Last date, as it holds; of one that was taken back, as it was entered.
    to: NaiveDate,
    state: AbsenceState,
    recorded_at: Instant,
    /// `null` for the command line.
    recorded_by: Option<AccountId>,
    /// When it was ended before its time, or taken back.
    ended_at: Option<Instant>,
    ended_by: Option<AccountId>,
    /// Why.
    reason: Option<String>,
}

/// An absence that was entered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EnteredView {
    #[serde(flatten)]
    absence: AbsenceView,
    /// Leave and duty on its dates, each with a warning.
    findings: Vec<FindingView>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAbsences {
    #[serde(flatten)]
    paging: Paging,
}

fn view(row: &Absence, today: NaiveDate) -> AbsenceView {
    AbsenceView {
        id: row.id,
        officer_id: row.officer_id,
        kind: row.kind,
        from: row.from_on,
        to: row.until().unwrap_or(row.to_on),
        state: absences::state_on(row, today),
        recorded_at: row.recorded_at.and_utc(),
        recorded_by: row.account_id,
        ended_at: row.ended_at.map(|at| at.and_utc()),
        ended_by: row.ended_by,
        reason: row.end_reason.clone(),
    }
}

/// `POST /officers/{id}/absences`
pub async fn enter(office: Office, id: PathId<OfficerId>, body: Json<AbsenceBody>) -> Result<Answer, Problem> {
    let (officer, given, desk) = (id.0, body.value, office.desk.clone());
    let new = NewAbsence { from: given.from, to: given.to, kind: given.kind };
    let gate = move |connection: &mut Conn, ctx: &Ctx| absences::check_keeper(connection, ctx, officer);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let Entered { absence, findings } = absences::enter(tx, ctx, officer, new)?;
            let location = format!("/absences/{}", absence.id);
            let absence = view(&absence, ctx.moment.today());
            Answer::created(location, &EnteredView { absence, findings: desk.findings(&findings) })
        })
        .await
}

/// `GET /officers/{id}/absences`
pub async fn list(office: Office, id: PathId<OfficerId>, query: Query<ListAbsences>) -> Result<Answer, Problem> {
    let (officer, paging) = (id.0, query.0.paging);
    let before: Option<(NaiveDate, RowId)> = paging.after("absences")?;
    let limit = paging.limit();
    let (rows, today) = office
        .read(move |connection, ctx| Ok((absences::list(connection, ctx, officer, before, limit)?, ctx.moment.today())))
        .await?;
    let page = Page::of(rows, &paging, "absences", |row| (row.from_on, row.id))?;
    Ok(Answer::ok(&page.map(|row| view(&row, today)))?)
}

/// `GET /absences/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office
        .read(move |connection, ctx| Answer::ok(&view(&absences::get(connection, ctx, id.0)?, ctx.moment.today())))
        .await
}

/// `POST /absences/{id}/end`
pub async fn end(office: Office, id: PathId<RowId>, body: Json<EndAbsenceBody>) -> Result<Answer, Problem> {
    let (id, EndAbsenceBody { to, reason }) = (id.0, body.value);
    let gate = move |connection: &mut Conn, ctx: &Ctx| absences::check_ender(connection, ctx, id).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            Answer::ok(&view(&absences::end(tx, ctx, id, to, &reason)?, ctx.moment.today()))
        })
        .await
}
