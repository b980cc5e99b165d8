//! Balances, lots and movements as they are answered: in days, and in minutes for compensatory leave.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::credit::{CompLotView, lot_view};
use crate::app::leave::balance::{Balance, Minutes, Moved, Movement};
use crate::rules::balance::{Item, LotState};
use crate::rules::leave_request::half_days_of;
use crate::rules::terms::{AccountId, HalfDays, Instant, LeaveKind, LotId, LotSource, MovementKind, RequestId, RowId};

/// One lot of leave.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LotView {
    lot_id: LotId,
    source: LotSource,
    origin_year: i32,
    days: HalfDays,
    available_days: HalfDays,
    valid_from: NaiveDate,
    expires_on: NaiveDate,
    state: LotState,
}

/// The balance of one kind in one leave year on a date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BalanceView {
    pub(super) kind: LeaveKind,
    pub(super) year: i32,
    entitled_days: HalfDays,
    carried_in_days: HalfDays,
    adjusted_days: HalfDays,
    credited_days: HalfDays,
    carried_out_days: HalfDays,
    settled_days: HalfDays,
    taken_days: HalfDays,
    approved_days: HalfDays,
    pending_days: HalfDays,
    held_days: HalfDays,
    available_days: HalfDays,
    /// The same in minutes, exactly; only for compensatory leave, whose days are whole half days of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<MinutesView>,
    pub(super) lots: Vec<AnyLotView>,
}

/// The columns of compensatory leave in minutes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MinutesView {
    carried_in: i64,
    adjusted: i64,
    credited: i64,
    carried_out: i64,
    settled: i64,
    taken: i64,
    approved: i64,
    pending: i64,
    /// Wanted as pay and not paid yet.
    held: i64,
    available: i64,
    /// Minutes of half a compensatory day.
    half_day_minutes: i64,
}

/// A lot of days, or a lot of compensatory rest in minutes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AnyLotView {
    /// Of days.
    Days(LotView),
    /// Of minutes.
    Minutes(Box<CompLotView>),
}

/// One movement of the ledger; `quantity` is what the lot gains, in half days or, for compensatory leave, in minutes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MovementView {
    id: RowId,
    lot_id: LotId,
    kind: MovementKind,
    quantity: i32,
    /// `half_day` or `minute`
    unit: String,
    leave_on: Option<NaiveDate>,
    request_id: Option<RequestId>,
    cause: String,
    account_id: Option<AccountId>,
    recorded_at: Instant,
}

/// The unit of movements of compensatory leave.
const MINUTE: &str = "minute";

pub(super) fn balance_view(balance: &Balance) -> BalanceView {
    match balance {
        Balance::Days(item) => days_view(item),
        Balance::Minutes(minutes) => minutes_view(minutes),
    }
}

/// Compensatory leave: days are whole half days of the minutes, which are told exactly beside them.
fn minutes_view(minutes: &Minutes) -> BalanceView {
    let (item, half) = (&minutes.item, minutes.half_day_minutes);
    let days = |minutes| half_days_of(minutes, half);
    BalanceView {
        kind: LeaveKind::Compensatory,
        year: item.year,
        entitled_days: HalfDays::ZERO,
        carried_in_days: days(item.carried_in),
        adjusted_days: days(item.adjusted),
        credited_days: days(item.credited),
        carried_out_days: days(item.carried_out),
        settled_days: days(item.settled),
        taken_days: days(item.taken),
        approved_days: days(item.approved),
        pending_days: days(item.pending),
        held_days: days(item.held),
        available_days: days(item.available),
        minutes: Some(MinutesView {
            carried_in: item.carried_in,
            adjusted: item.adjusted,
            credited: item.credited,
            carried_out: item.carried_out,
            settled: item.settled,
            taken: item.taken,
            approved: item.approved,
            pending: item.pending,
            held: item.held,
            available: item.available,
            half_day_minutes: half,
        }),
        lots: minutes.lots.iter().map(|lot| AnyLotView::Minutes(Box::new(lot_view(lot)))).collect(),
    }
}

fn days_view(item: &Item) -> BalanceView {
    BalanceView {
        kind: item.kind,
        year: item.year,
        entitled_days: item.entitled,
        carried_in_days: item.carried_in,
        adjusted_days: item.adjusted,
        credited_days: item.credited,
        carried_out_days: item.carried_out,
        settled_days: item.settled,
        taken_days: item.taken,
        approved_days: item.approved,
        pending_days: item.pending,
        held_days: item.held,
        available_days: item.available,
        minutes: None,
        lots: lots(item),
    }
}

fn lots(item: &Item) -> Vec<AnyLotView> {
    item.lots
        .iter()
        .map(|lot| LotView {
            lot_id: lot.lot_id,
            source: lot.source,
            origin_year: lot.origin_year,
            days: lot.days,
            available_days: lot.available_days,
            valid_from: lot.valid_from,
            expires_on: lot.expires_on,
            state: lot.state,
        })
        .map(AnyLotView::Days)
        .collect()
}

pub(super) fn moved(row: &Moved) -> MovementView {
    match row {
        Moved::Days(row) => movement(row),
        Moved::Minutes(row) => MovementView {
            id: row.id,
            lot_id: row.lot_id,
            kind: row.kind,
            quantity: row.minutes,
            unit: MINUTE.to_owned(),
            leave_on: row.leave_on,
            request_id: row.request_id,
            cause: row.cause.clone(),
            account_id: row.account_id,
            recorded_at: row.recorded_at.and_utc(),
        },
    }
}

pub(super) fn movement(row: &Movement) -> MovementView {
    MovementView {
        id: row.id,
        lot_id: row.lot_id,
        kind: row.kind,
        quantity: row.quantity.0,
        unit: row.unit.clone(),
        leave_on: row.leave_on,
        request_id: row.request_id,
        cause: row.cause.clone(),
        account_id: row.account_id,
        recorded_at: row.recorded_at.and_utc(),
    }
}
