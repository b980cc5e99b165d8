//! What is owed, what is left, why; adjustments and carry-over.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::balance_views::{AnyLotView, BalanceView, MovementView, balance_view, moved, movement};
use super::body::Json;
use super::date;
use super::desk::Desk;
use super::export::Format;
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::{Query, Year};
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::leave::READERS;
use crate::app::leave::adjust::{self, Adjustment, Carry, Recorded};
use crate::app::leave::balance::{self, Moved};
use crate::app::leave::held::{self, EntitlementDecision, Release};
use crate::app::reach;
use crate::rules::carry_over::CarryReason;
use crate::rules::terms::{AccountId, HalfDays, Instant, LeaveKind, LotId, OfficerId, RowId};

/// Query of an entitlement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementQuery {
    /// Leave year.
    year: Year,
    /// A date in it; today clamped into the year where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
}

/// Query of balances.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BalanceQuery {
    /// Date; today where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
}

/// Query of an explanation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplanationQuery {
    /// Kind of leave; `annual` where absent.
    #[serde(default)]
    kind: Option<LeaveKind>,
    /// Leave year; that of `on`, or of today, where absent.
    #[serde(default)]
    year: Option<Year>,
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
}

/// Query of the ledger.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerQuery {
    /// Kind of leave; `annual` where absent.
    #[serde(default)]
    kind: Option<LeaveKind>,
    /// Only this leave year.
    #[serde(default)]
    year: Option<Year>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// What is owed in a leave year.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EntitlementView {
    kind: LeaveKind,
    year: i32,
    on: NaiveDate,
    days: HalfDays,
    held_days: HalfDays,
    /// Rule by which days of the year are lost on the date, e.g. `L3`; null where none are.
    lost_reason: Option<String>,
    findings: Vec<FindingView>,
}

/// Why a balance is what it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplanationView {
    kind: LeaveKind,
    year: i32,
    on: NaiveDate,
    balance: BalanceView,
    /// What the rules found, in the order applied.
    findings: Vec<FindingView>,
    lots: Vec<AnyLotView>,
    /// What moved in these lots, in the order recorded.
    movements: Vec<MovementView>,
}

/// An adjustment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentBody {
    officer_id: OfficerId,
    kind: LeaveKind,
    year: i32,
    days: HalfDays,
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// Days carried into the next leave year.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CarryBody {
    from_year: i32,
    days: HalfDays,
    reason: CarryReason,
    /// When the officer agreed.
    #[serde(deserialize_with = "date::required")]
    consent_on: NaiveDate,
}

/// A decision on days that are held since the right to the year ended (Order 514 art. 4).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementDecisionBody {
    /// Leave year.
    year: i32,
    /// How many of the held days are given back to available; the rest is lost.
    days: HalfDays,
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// What was decided.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EntitlementDecisionView {
    id: RowId,
    officer_id: OfficerId,
    kind: LeaveKind,
    year: i32,
    /// Given back to available.
    days: HalfDays,
    /// What was held before.
    held_days: HalfDays,
    /// What is lost.
    lost_days: HalfDays,
    /// The date on which the right to the year ended.
    disqualified_on: NaiveDate,
    reason: String,
    decided_by: Option<AccountId>,
    decided_at: Instant,
}

/// What was recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordedView {
    officer_id: OfficerId,
    /// The lot that came of it; null for a negative adjustment.
    lot_id: Option<LotId>,
    valid_from: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    movements: Vec<MovementView>,
    findings: Vec<FindingView>,
}

/// Whether the caller may still see an officer: the gate of a kept answer.
fn gate(id: OfficerId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| reach::see_officer(connection, ctx, id, READERS).map(drop)
}

/// `GET /officers/{id}/leave-entitlement`
pub async fn entitlement(
    office: Office,
    id: PathId<OfficerId>,
    query: Query<EntitlementQuery>,
) -> Result<Answer, Problem> {
    let EntitlementQuery { year: Year(year), on } = query.0;
    let owed = office.read(move |connection, ctx| balance::entitlement(connection, ctx, id.0, year, on)).await?;
    Ok(Answer::ok(&EntitlementView {
        kind: LeaveKind::Annual,
        year,
        on: owed.on,
        days: owed.entitlement.days_on(owed.on),
        held_days: owed.entitlement.held_on(owed.on),
        lost_reason: owed.entitlement.is_lost_on(owed.on).then(|| "L3".to_owned()),
        findings: office.desk.findings(&owed.entitlement.findings),
    })?)
}

/// `GET /officers/{id}/leave-balances`
pub async fn balances(office: Office, id: PathId<OfficerId>, query: Query<BalanceQuery>) -> Result<Answer, Problem> {
    let on = query.0.on;
    let items = office.read(move |connection, ctx| balance::balances(connection, ctx, id.0, on)).await?;
    Ok(Answer::ok(&Page::whole(items.iter().map(balance_view).collect()))?)
}

/// `GET /officers/{id}/leave-balances/explanation`
pub async fn explanation(
    office: Office,
    id: PathId<OfficerId>,
    query: Query<ExplanationQuery>,
) -> Result<Answer, Problem> {
    let ExplanationQuery { kind, year, on } = query.0;
    let year = year.map(|Year(year)| year);
    let why = office.read(move |connection, ctx| balance::explain(connection, ctx, id.0, kind, year, on)).await?;
    let balance = balance_view(&why.item);
    Ok(Answer::ok(&ExplanationView {
        kind: balance.kind,
        year: balance.year,
        on: why.on,
        findings: office.desk.findings(&why.findings),
        lots: balance.lots.clone(),
        balance,
        movements: why.movements.iter().map(moved).collect(),
    })?)
}

/// `GET /officers/{id}/leave-ledger`
pub async fn ledger(office: Office, id: PathId<OfficerId>, query: Query<LedgerQuery>) -> Result<Answer, Problem> {
    let LedgerQuery { kind, year, format, paging } = query.0;
    let year = year.map(|Year(year)| year);
    let after: Option<RowId> = paging.after("leave_ledger")?;
    let limit = format.rows(paging.limit());
    let rows =
        office.read(move |connection, ctx| balance::ledger(connection, ctx, id.0, kind, year, after, limit)).await?;
    if format != Format::Json {
        let lines: Vec<MovementView> = rows.iter().map(moved).collect();
        return Ok(office.desk.export(format, "leave-ledger", &lines)?);
    }
    let page = Page::of(rows, &paging, "leave_ledger", Moved::id)?;
    Ok(Answer::ok(&page.map(|row| moved(&row)))?)
}

fn recorded(desk: &Desk, officer: OfficerId, recorded: &Recorded) -> Result<Answer, Error> {
    let view = RecordedView {
        officer_id: officer,
        lot_id: recorded.lot.as_ref().map(|lot| lot.id),
        valid_from: recorded.lot.as_ref().map(|lot| lot.valid_from),
        expires_on: recorded.lot.as_ref().map(|lot| lot.expires_on),
        movements: recorded.movements.iter().map(movement).collect(),
        findings: desk.findings(&recorded.findings),
    };
    Answer::created(format!("/officers/{officer}/leave-ledger"), &view)
}

/// `POST /leave-adjustments`
pub async fn adjust(office: Office, body: Json<AdjustmentBody>) -> Result<Answer, Problem> {
    let (desk, given) = (office.desk.clone(), body.value);
    let officer = given.officer_id;
    let adjustment =
        Adjustment { officer_id: officer, kind: given.kind, year: given.year, days: given.days, reason: given.reason };
    office
        .post(body.hash, gate(officer), move |tx, ctx| recorded(&desk, officer, &adjust::adjust(tx, ctx, &adjustment)?))
        .await
}

/// `POST /officers/{id}/carry-overs`
pub async fn carry(office: Office, id: PathId<OfficerId>, body: Json<CarryBody>) -> Result<Answer, Problem> {
    let (desk, officer, given) = (office.desk.clone(), id.0, body.value);
    let carry = Carry {
        officer_id: officer,
        from_year: given.from_year,
        days: given.days,
        reason: given.reason,
        consent_on: given.consent_on,
    };
    office
        .post(body.hash, gate(officer), move |tx, ctx| recorded(&desk, officer, &adjust::carry(tx, ctx, &carry)?))
        .await
}

/// `POST /officers/{id}/entitlement-decisions`
pub async fn decide_held(
    office: Office,
    id: PathId<OfficerId>,
    body: Json<EntitlementDecisionBody>,
) -> Result<Answer, Problem> {
    let (officer, given) = (id.0, body.value);
    let release = Release { officer_id: officer, year: given.year, days: given.days, reason: given.reason };
    office
        .post(body.hash, gate(officer), move |tx, ctx| {
            let made = held::decide(tx, ctx, &release)?;
            let location = format!("/officers/{officer}/leave-entitlement?year={}", made.leave_year);
            Answer::created(location, &decision_view(made))
        })
        .await
}

fn decision_view(made: EntitlementDecision) -> EntitlementDecisionView {
    EntitlementDecisionView {
        id: made.id,
        officer_id: made.officer_id,
        kind: LeaveKind::Annual,
        year: made.leave_year,
        days: made.given_back,
        held_days: made.held,
        lost_days: made.held - made.given_back,
        disqualified_on: made.event_on,
        reason: made.reason,
        decided_by: made.account_id,
        decided_at: made.recorded_at.and_utc(),
    }
}
