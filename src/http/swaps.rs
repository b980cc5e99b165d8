//! Swaps of shifts, and the hours that were worked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::desk::Desk;
use super::duty::{self, ReasonBody};
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::duty::actuals::{self, Hours, Word};
use crate::app::duty::swaps::{self, NewSwap, Shown, SwapState};
use crate::app::error::{Code, Error, FieldError};
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId};

/// A swap that is asked for: one of `with_shift_id` and `to_officer_id`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapBody {
    /// One's own shift.
    shift_id: RowId,
    /// The shift that one takes for it.
    #[serde(default)]
    with_shift_id: Option<RowId>,
    /// Who takes it over, where one takes none for it.
    #[serde(default)]
    to_officer_id: Option<OfficerId>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    note: Option<String>,
}

/// Why it is approved in spite of a warning.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveSwapBody {
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    override_reason: Option<String>,
}

/// A swap.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SwapView {
    id: RowId,
    from_officer_id: OfficerId,
    to_officer_id: OfficerId,
    shift_id: RowId,
    with_shift_id: Option<RowId>,
    state: SwapState,
    note: Option<String>,
    reason: Option<String>,
    /// What the rules found for both when it was asked for, or decided.
    findings: Vec<FindingView>,
    asked_at: Instant,
    agreed_at: Option<Instant>,
    closed_at: Option<Instant>,
    closed_by: Option<AccountId>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSwaps {
    #[serde(flatten)]
    paging: Paging,
}

/// Most minutes that count.
const COUNTED_MAX: i64 = 44_640;

/// Hours that were worked; or that it was not worked.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursBody {
    /// Required, unless it was not worked.
    #[serde(default)]
    starts_at: Option<Instant>,
    /// Required, unless it was not worked.
    #[serde(default)]
    ends_at: Option<Instant>,
    /// `false`: it was not worked at all. Then nothing else is said. Where officer and leader both say so, the shift is
    /// taken back; where the officer does, a leader may take it back. Duty that a leader took back after it had begun, without
    /// the officer's word, stands again by the hours that the officer says.
    #[serde(default)]
    worked: Option<bool>,
    /// Minutes that count as hours of work; left out, the length.
    #[serde(default)]
    #[schemars(range(min = 0, max = 44640))]
    counted_minutes: Option<i64>,
}

impl HoursBody {
    /// What is said; hours, or that there were none, and not both.
    fn word(self) -> Result<Word, Error> {
        let missing = |pointer| FieldError::new(pointer, Code::MissingField);
        if self.worked == Some(false) {
            let too_much = [
                ("/starts_at", self.starts_at.is_some()),
                ("/ends_at", self.ends_at.is_some()),
                ("/counted_minutes", self.counted_minutes.is_some()),
            ];
            let said = too_much.into_iter().filter(|(_, is_said)| *is_said);
            let refused: Vec<_> = said.map(|(at, _)| FieldError::new(at, Code::InvalidValue)).collect();
            return if refused.is_empty() { Ok(Word::NotWorked) } else { Err(Error::Fields(refused)) };
        }
        match (self.starts_at, self.ends_at) {
            (Some(starts_at), Some(ends_at)) => {
                Ok(Word::Hours(Hours { starts_at, ends_at, counted_minutes: self.counted_minutes }))
            }
            (starts_at, ends_at) => {
                let counted = self.counted_minutes.filter(|counted| !(0..=COUNTED_MAX).contains(counted));
                let outside =
                    |_| FieldError::new("/counted_minutes", Code::InvalidValue).expected(format!("0 … {COUNTED_MAX}"));
                let refused = [
                    starts_at.is_none().then(|| missing("/starts_at")),
                    ends_at.is_none().then(|| missing("/ends_at")),
                    counted.map(outside),
                ];
                Err(Error::Fields(refused.into_iter().flatten().collect()))
            }
        }
    }
}

fn view(desk: &Desk, shown: &Shown) -> SwapView {
    let swap = &shown.swap;
    SwapView {
        id: swap.id,
        from_officer_id: swap.from_officer_id,
        to_officer_id: swap.to_officer_id,
        shift_id: swap.shift_id,
        with_shift_id: swap.with_shift_id,
        state: swap.state,
        note: swap.note.clone(),
        reason: swap.reason.clone(),
        findings: desk.findings(&shown.findings),
        asked_at: swap.asked_at.and_utc(),
        agreed_at: swap.agreed_at.map(|at| at.and_utc()),
        closed_at: swap.closed_at.map(|at| at.and_utc()),
        closed_by: swap.closed_by,
    }
}

fn answer(desk: &Desk, shown: &Shown) -> Result<Answer, Error> {
    Ok(Answer::ok(&view(desk, shown))?.etag(shown.swap.version.to_string()))
}

fn gate(id: RowId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| swaps::get(connection, ctx, id).map(drop)
}

/// `POST /swaps`
pub async fn ask(office: Office, body: Json<SwapBody>) -> Result<Answer, Problem> {
    let (desk, given) = (office.desk.clone(), body.value);
    let new = NewSwap {
        shift_id: given.shift_id,
        with_shift_id: given.with_shift_id,
        to_officer_id: given.to_officer_id,
        note: given.note,
    };
    office
        .post(body.hash, duty::gate(given.shift_id), move |tx, ctx| {
            let shown = swaps::ask(tx, ctx, &new)?;
            let location = format!("/swaps/{}", shown.swap.id);
            Ok(Answer::created(location, &view(&desk, &shown))?.etag(shown.swap.version.to_string()))
        })
        .await
}

/// `GET /swaps`
pub async fn list(office: Office, query: Query<ListSwaps>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let before: Option<RowId> = paging.after("swaps")?;
    let limit = paging.limit();
    let rows = office.read(move |connection, ctx| swaps::list(connection, ctx, before, limit)).await?;
    let page = Page::of(rows, &paging, "swaps", |row| row.swap.id)?;
    Ok(Answer::ok(&page.map(|row| view(&office.desk, &row)))?)
}

/// `GET /swaps/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    let desk = office.desk.clone();
    office.read(move |connection, ctx| answer(&desk, &swaps::get(connection, ctx, id.0)?)).await
}

/// `POST /swaps/{id}/agree`
pub async fn agree(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let (id, desk) = (id.0, office.desk.clone());
    office.post(body.hash, gate(id), move |tx, ctx| answer(&desk, &swaps::agree(tx, ctx, id)?)).await
}

/// `POST /swaps/{id}/approve`
pub async fn approve(
    office: Office,
    id: PathId<RowId>,
    body: OptionalJson<ApproveSwapBody>,
) -> Result<Answer, Problem> {
    let (id, desk) = (id.0, office.desk.clone());
    let reason = body.value.and_then(|body| body.override_reason);
    office
        .post(body.hash, gate(id), move |tx, ctx| answer(&desk, &swaps::approve(tx, ctx, id, reason.as_deref())?))
        .await
}

/// `POST /swaps/{id}/refuse`
pub async fn refuse(office: Office, id: PathId<RowId>, body: Json<ReasonBody>) -> Result<Answer, Problem> {
    let (id, desk, reason) = (id.0, office.desk.clone(), body.value.reason);
    office.post(body.hash, gate(id), move |tx, ctx| answer(&desk, &swaps::refuse(tx, ctx, id, &reason)?)).await
}

/// `POST /swaps/{id}/withdraw`
pub async fn withdraw(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let (id, desk) = (id.0, office.desk.clone());
    office.post(body.hash, gate(id), move |tx, ctx| answer(&desk, &swaps::withdraw(tx, ctx, id)?)).await
}

/// `POST /duty-shifts/{id}/confirm-actual`
pub async fn confirm_actual(office: Office, id: PathId<RowId>, body: Json<HoursBody>) -> Result<Answer, Problem> {
    let (id, word) = (id.0, body.value.word()?);
    office
        .post(body.hash, duty::gate(id), move |tx, ctx| duty::answer(ctx, &actuals::confirm(tx, ctx, id, &word)?))
        .await
}
