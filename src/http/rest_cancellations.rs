//! Rest days that are taken away, and the days that are named in their place.

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
use super::rest_days::{RestDayView, view, whole};
use crate::app::Conn;
use crate::app::credit::cancellations::{self, Narrowing, RestCancellation};
use crate::app::credit::rest::{self, Cancel};
use crate::app::ctx::Ctx;
use crate::app::duty::{RestDay, RestDayState, rest_days};
use crate::app::error::Error;
use crate::rules::comp_credit::CancelReason;
use crate::rules::duty::RestDayKind;
use crate::rules::finding::Finding;
use crate::rules::terms::{AccountId, Instant, LotId, OfficerId, RowId, UnitId};

/// Why a rest day is taken away.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRestDayBody {
    /// When the officer was told; not after now, and not before the rest day was published, or planned where it is not. Of a
    /// day that was entered when its date was over it may lie before the entry.
    notified_at: Instant,
    /// `officer_request` only where the officer asked for another day themselves.
    reason_code: CancelReason,
    /// Why, in words; required for `other`.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    note: Option<String>,
}

/// The date in its place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RerosterBody {
    #[serde(deserialize_with = "date::required")]
    date: NaiveDate,
}

/// What was recorded of a cancellation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CancellationView {
    notified_at: Instant,
    reason_code: CancelReason,
    note: Option<String>,
    /// Days between the day told and the day worked, neither counted.
    clear_days: i32,
    /// What a minute is worth, in percent; 0 where the officer asked for another day.
    multiplier_percent: i32,
    /// Minutes that were credited anew; where they follow the hours worked, the lot says how many it is now.
    minutes: i32,
    /// The lot that was earned, or to which the minutes returned; null where nothing is owed.
    lot_id: Option<LotId>,
    /// The shift that was worked on it, where its entry took the rest away.
    worked_shift_id: Option<RowId>,
    /// Until when another day is to be named in the place of one that the officer asked to move; else the lot says it.
    offer_by: Option<NaiveDate>,
    /// Until when that is to be rested.
    take_by: Option<NaiveDate>,
    /// Whether the notice lies before the entry of the rest day, which was made when its date was over: the clear days are
    /// those that the planner says.
    before_entry: bool,
    approved_by: Option<AccountId>,
    recorded_at: Instant,
    /// The rest day that stands in its place.
    replaced_by: Option<ReplacementView>,
}

/// The rest day in the place of a cancelled one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReplacementView {
    id: RowId,
    date: NaiveDate,
    kind: RestDayKind,
    state: RestDayState,
}

impl CancellationView {
    pub(super) fn of(row: &RestCancellation, instead: Option<&RestDay>) -> Self {
        Self {
            notified_at: row.notified_at.and_utc(),
            reason_code: row.reason_code,
            note: row.note.clone(),
            clear_days: row.clear_days,
            multiplier_percent: row.multiplier_percent,
            minutes: row.minutes,
            lot_id: row.lot_id,
            worked_shift_id: row.worked_shift_id,
            offer_by: row.offer_by,
            take_by: row.take_by,
            before_entry: row.before_entry,
            approved_by: row.account_id,
            recorded_at: row.recorded_at.and_utc(),
            replaced_by: instead.map(|day| ReplacementView {
                id: day.id,
                date: day.on_date,
                kind: day.kind,
                state: day.state,
            }),
        }
    }
}

/// A cancelled rest day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CancelledView {
    #[serde(flatten)]
    day: RestDayView,
    /// What the notice gives.
    findings: Vec<FindingView>,
}

/// A cancellation in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedCancellationView {
    id: RowId,
    rest_day_id: RowId,
    officer_id: OfficerId,
    /// The unit that owed the rest.
    unit_id: UnitId,
    date: NaiveDate,
    /// What was recorded; what stands in its place is told with the rest day.
    #[serde(flatten)]
    cancellation: CancellationView,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCancellations {
    /// Owed by this unit or one under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Of this officer.
    #[serde(default)]
    officer_id: Option<OfficerId>,
    #[serde(flatten)]
    paging: Paging,
}

/// `GET /rest-cancellations`
pub async fn list(office: Office, query: Query<ListCancellations>) -> Result<Answer, Problem> {
    let ListCancellations { unit_id, officer_id, paging } = query.0;
    let (before, limit) = (paging.after("rest_cancellations")?, paging.limit());
    let asked = Narrowing { unit_id, officer_id, before };
    let rows = office.read(move |connection, ctx| cancellations::list(connection, ctx, asked, limit)).await?;
    let page = Page::of(rows, &paging, "rest_cancellations", |row| row.id)?;
    let listed = |row: RestCancellation| ListedCancellationView {
        id: row.id,
        rest_day_id: row.rest_day_id,
        officer_id: row.officer_id,
        unit_id: row.unit_id,
        date: row.on_date,
        cancellation: CancellationView::of(&row, None),
    };
    Ok(Answer::ok(&page.map(listed))?)
}

fn gate(id: RowId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| rest::gate(connection, ctx, id)
}

/// `POST /rest-days/{id}/cancel`
pub async fn cancel(office: Office, id: PathId<RowId>, body: Json<CancelRestDayBody>) -> Result<Answer, Problem> {
    let (id, desk, given) = (id.0, office.desk.clone(), body.value);
    let cancel = Cancel { notified_at: given.notified_at, reason_code: given.reason_code, note: given.note };
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            let finding = rest::cancel(tx, ctx, id, &cancel)?.finding;
            let shown = rest_days::show(tx.reading(), ctx, id)?;
            let findings: Vec<Finding> = finding.into_iter().collect();
            let answer = CancelledView { day: whole(&shown), findings: desk.findings(&findings) };
            Ok(Answer::ok(&answer)?.etag(shown.day.version.to_string()))
        })
        .await
}

/// `POST /rest-days/{id}/reroster`
pub async fn reroster(office: Office, id: PathId<RowId>, body: Json<RerosterBody>) -> Result<Answer, Problem> {
    let (id, date) = (id.0, body.value.date);
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            let day = rest::reroster(tx, ctx, id, date)?;
            Ok(Answer::ok(&view(&day))?.etag(day.version.to_string()))
        })
        .await
}
