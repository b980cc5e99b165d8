//! Compensatory rest: lots, the ledger of their minutes, and what the officer chose for them.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::export::Format;
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::credit::READERS;
use crate::app::credit::acts::{self, Entry};
use crate::app::credit::pay::{self, CompPayment, Paid};
use crate::app::credit::read::{self, CompMovement, Credit, Shown, TakenBack};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::reach;
use crate::rules::comp_credit::{Compensation, CreditOrigin, CreditState, Light};
use crate::rules::overtime::Money;
use crate::rules::terms::{AccountId, Instant, LotId, MovementKind, OfficerId, RequestId, RowId, UnitId};

/// Query of an officer's credit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditQuery {
    /// Date; today where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
    #[serde(flatten)]
    paging: Paging,
}

/// Query of the ledger of minutes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompLedgerQuery {
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// One lot of compensatory rest.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CompLotView {
    lot_id: LotId,
    officer_id: OfficerId,
    /// The unit that owes it.
    unit_id: UnitId,
    origin: CreditOrigin,
    /// What earned it: a rest day, a shift; the lot itself where it was entered.
    origin_id: RowId,
    /// What was earned, with what was added since. It is the sum of `used`, `reserved`, `paid`, `voided`,
    /// `available_minutes` and `wanted_as_pay`.
    minutes: i64,
    /// Rested on the date or before it.
    used: i64,
    /// Granted for later, or waiting for a decision.
    reserved: i64,
    paid: i64,
    /// Taken back, because it was entered by mistake or what it stood for did not happen; `taken_back` says when and why.
    voided: i64,
    /// What can still be rested.
    available_minutes: i64,
    /// What is wanted as pay and not paid yet.
    wanted_as_pay: i64,
    /// First date on which it can be used.
    earned_on: NaiveDate,
    /// A replacement date is to be offered by 24:00 of this date; null where none is owed.
    offer_by: Option<NaiveDate>,
    /// It is to be rested by 24:00 of this date; after it the lot can still be used.
    take_by: NaiveDate,
    state: CreditState,
    /// Whether the offer is late.
    overdue_offer: bool,
    /// What the officer chose; `time` again where nobody worked on the date of a rest day that was taken away and wished for
    /// as pay.
    r#as: Compensation,
    /// The dates on which it is rested.
    rest_on: Vec<NaiveDate>,
    policy: String,
    reason: Option<String>,
    entered_by: Option<AccountId>,
    recorded_at: Instant,
    /// What was taken back of it, oldest first.
    taken_back: Vec<TakenBackView>,
}

/// Why minutes were taken back.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakenBackBecause {
    /// Somebody had entered it by mistake; the reason says more.
    EnteredByMistake,
    /// What it stood for did not happen, or otherwise.
    DidNotHappen,
}

/// Minutes of a lot that were taken back.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TakenBackView {
    minutes: i64,
    at: Instant,
    cause: TakenBackBecause,
    /// What whoever took it back says; null where it follows the facts.
    reason: Option<String>,
    /// By whom; null for what the service does by itself.
    by: Option<AccountId>,
}

impl TakenBackView {
    fn of(back: &TakenBack) -> Self {
        let cause = match back.reason {
            Some(_) => TakenBackBecause::EnteredByMistake,
            None => TakenBackBecause::DidNotHappen,
        };
        let (minutes, at) = (back.minutes, back.at.and_utc());
        Self { minutes, at, cause, reason: back.reason.clone(), by: back.by }
    }
}

/// Sums over all lots of an officer, whatever page is shown; every movement recorded so far counts (RULINGS 14).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CreditTotals {
    minutes: i64,
    used: i64,
    reserved: i64,
    paid: i64,
    voided: i64,
    /// The sum of `owed_minutes` and `not_yet_minutes`.
    available_minutes: i64,
    /// Available in lots that are earned by the date: what the unit owes on it, and what `light` and `finding` go by.
    owed_minutes: i64,
    /// Available in lots that are earned after the date.
    not_yet_minutes: i64,
    /// Of what is owed, past its date.
    overdue_minutes: i64,
    wanted_as_pay: i64,
}

/// The credit of an officer on a date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreditView {
    /// The lots, the one to be used first at the top.
    items: Vec<CompLotView>,
    next_cursor: Option<String>,
    on: NaiveDate,
    totals: CreditTotals,
    /// `amber` and `red` by the limits of the policy.
    light: Light,
    finding: FindingView,
}

/// One movement of minutes; `minutes` is what the lot gains.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CompMovementView {
    id: RowId,
    lot_id: LotId,
    kind: MovementKind,
    minutes: i32,
    /// The date of rest, for what is reserved or released.
    leave_on: Option<NaiveDate>,
    request_id: Option<RequestId>,
    rest_day_id: Option<RowId>,
    cause: String,
    account_id: Option<AccountId>,
    recorded_at: Instant,
}

/// Rest or money.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseBody {
    r#as: Compensation,
}

/// That it was paid.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayBody {
    /// Where it was paid, e.g. the month's payroll.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    note: Option<String>,
}

/// Why entered credit is taken back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidBody {
    /// Why; the officer sees it.
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// Credit that hr enters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompLotBody {
    officer_id: OfficerId,
    #[schemars(range(min = 1, max = 175_680))]
    minutes: i64,
    /// When it was earned; not after today.
    #[serde(deserialize_with = "date::required")]
    earned_on: NaiveDate,
    /// Why; the officer sees it.
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// What was paid of a lot.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PaymentView {
    /// The month for which it was paid, in which the lot was earned, `YYYY-MM`.
    month: String,
    minutes: i32,
    /// What the month pays at the most, of all lots; null in what was recorded
    /// where no policy set one.
    cap_minutes: Option<i32>,
    amount: Option<String>,
    currency: Option<String>,
    policy: Option<String>,
    note: Option<String>,
    recorded_by: Option<AccountId>,
    recorded_at: Instant,
}

/// A lot with what was paid of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WholeLotView {
    #[serde(flatten)]
    lot: CompLotView,
    /// Oldest first.
    payments: Vec<PaymentView>,
}

fn whole(paid: &Paid) -> WholeLotView {
    let view = |row: &CompPayment| PaymentView {
        month: row.month_on.format("%Y-%m").to_string(),
        minutes: row.minutes,
        cap_minutes: row.cap_minutes,
        amount: row.amount.map(|amount| Money(amount).to_string()),
        currency: row.currency.clone(),
        policy: row.policy.clone(),
        note: row.note.clone(),
        recorded_by: row.account_id,
        recorded_at: row.recorded_at.and_utc(),
    };
    WholeLotView { lot: lot_view(&paid.lot), payments: paid.payments.iter().map(view).collect() }
}

pub(super) fn lot_view(shown: &Shown) -> CompLotView {
    CompLotView {
        lot_id: shown.row.id,
        officer_id: shown.row.officer_id,
        unit_id: shown.row.unit_id,
        origin: shown.row.origin,
        origin_id: shown.row.origin_id,
        minutes: shown.lot.minutes,
        used: shown.used,
        reserved: shown.reserved,
        paid: shown.lot.paid,
        voided: shown.lot.voided,
        available_minutes: shown.available,
        wanted_as_pay: shown.wanted_as_pay,
        earned_on: shown.row.earned_on,
        offer_by: shown.lot.offer_by,
        take_by: shown.row.take_by,
        state: shown.state,
        overdue_offer: shown.overdue_offer,
        r#as: shown.lot.compensation,
        rest_on: shown.rest_on.clone(),
        policy: shown.row.policy.clone(),
        reason: shown.row.reason.clone(),
        entered_by: shown.row.reason.as_ref().and(shown.row.account_id),
        recorded_at: shown.row.recorded_at.and_utc(),
        taken_back: shown.taken_back.iter().map(TakenBackView::of).collect(),
    }
}

pub(super) fn totals(credit: &Credit) -> CreditTotals {
    let sum = |of: &dyn Fn(&Shown) -> i64| credit.lots.iter().map(of).sum();
    CreditTotals {
        minutes: sum(&|one| one.lot.minutes),
        used: sum(&|one| one.used),
        reserved: sum(&|one| one.reserved),
        paid: sum(&|one| one.lot.paid),
        voided: sum(&|one| one.lot.voided),
        available_minutes: sum(&|one| one.available),
        owed_minutes: sum(&|one| if one.row.earned_on <= credit.on { one.available } else { 0 }),
        not_yet_minutes: sum(&|one| if one.row.earned_on > credit.on { one.available } else { 0 }),
        overdue_minutes: sum(&|one| if one.state == CreditState::Overdue { one.available } else { 0 }),
        wanted_as_pay: sum(&|one| one.wanted_as_pay),
    }
}

fn movement(row: &CompMovement) -> CompMovementView {
    CompMovementView {
        id: row.id,
        lot_id: row.lot_id,
        kind: row.kind,
        minutes: row.minutes,
        leave_on: row.leave_on,
        request_id: row.request_id,
        rest_day_id: row.rest_day_id,
        cause: row.cause.clone(),
        account_id: row.account_id,
        recorded_at: row.recorded_at.and_utc(),
    }
}

/// Whether the caller may still see the lot: the gate of a kept answer.
fn gate(id: LotId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| read::get(connection, ctx, id).map(drop)
}

/// `GET /officers/{id}/comp-lots`
pub async fn of_officer(office: Office, id: PathId<OfficerId>, query: Query<CreditQuery>) -> Result<Answer, Problem> {
    let CreditQuery { on, paging } = query.0;
    let after: Option<(NaiveDate, NaiveDate, LotId)> = paging.after("comp_lots")?;
    let credit = office.read(move |connection, ctx| read::of_officer(connection, ctx, id.0, on)).await?;
    let key = |one: &Shown| (one.lot.take_by, one.lot.earned_on, one.lot.id);
    let rest = credit.lots.iter().filter(|one| after.is_none_or(|after| key(one) > after));
    let rows: Vec<Shown> = rest.take(paging.limit() + 1).cloned().collect();
    let page = Page::of(rows, &paging, "comp_lots", key)?.map(|one| lot_view(&one));
    Ok(Answer::ok(&CreditView {
        items: page.items,
        next_cursor: page.next_cursor,
        on: credit.on,
        totals: totals(&credit),
        light: credit.light,
        finding: office.desk.finding(&credit.finding),
    })?)
}

/// `GET /officers/{id}/comp-ledger`
pub async fn ledger(office: Office, id: PathId<OfficerId>, query: Query<CompLedgerQuery>) -> Result<Answer, Problem> {
    let CompLedgerQuery { format, paging } = query.0;
    let after: Option<RowId> = paging.after("comp_ledger")?;
    let limit = format.rows(paging.limit());
    let rows = office.read(move |connection, ctx| read::ledger(connection, ctx, id.0, after, limit)).await?;
    if format != Format::Json {
        let lines: Vec<CompMovementView> = rows.iter().map(movement).collect();
        return Ok(office.desk.export(format, "comp-ledger", &lines)?);
    }
    let page = Page::of(rows, &paging, "comp_ledger", |row| row.id)?;
    Ok(Answer::ok(&page.map(|row| movement(&row)))?)
}

/// `GET /comp-lots/{id}`
pub async fn show(office: Office, id: PathId<LotId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| Answer::ok(&whole(&pay::get(connection, ctx, id.0)?))).await
}

/// `POST /comp-lots`
pub async fn enter(office: Office, body: Json<CompLotBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let entry = Entry {
        officer_id: given.officer_id,
        minutes: given.minutes,
        earned_on: given.earned_on,
        reason: given.reason,
    };
    let officer = entry.officer_id;
    let gate = move |connection: &mut Conn, ctx: &Ctx| reach::see_officer(connection, ctx, officer, READERS).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let lot = acts::enter(tx, ctx, &entry)?;
            Answer::created(format!("/comp-lots/{}", lot.row.id), &lot_view(&lot))
        })
        .await
}

/// `POST /comp-lots/{id}/choose`
pub async fn choose(office: Office, id: PathId<LotId>, body: Json<ChooseBody>) -> Result<Answer, Problem> {
    let (id, wanted) = (id.0, body.value.r#as);
    office.post(body.hash, gate(id), move |tx, ctx| Answer::ok(&lot_view(&acts::choose(tx, ctx, id, wanted)?))).await
}

/// `POST /comp-lots/{id}/pay`
pub async fn pay(office: Office, id: PathId<LotId>, body: OptionalJson<PayBody>) -> Result<Answer, Problem> {
    let (id, note) = (id.0, body.value.and_then(|body| body.note));
    office.post(body.hash, gate(id), move |tx, ctx| Answer::ok(&whole(&pay::pay(tx, ctx, id, note.as_deref())?))).await
}

/// `POST /comp-lots/{id}/void`
pub async fn void(office: Office, id: PathId<LotId>, body: Json<VoidBody>) -> Result<Answer, Problem> {
    let (id, reason) = (id.0, body.value.reason);
    office.post(body.hash, gate(id), move |tx, ctx| Answer::ok(&lot_view(&acts::void(tx, ctx, id, &reason)?))).await
}
