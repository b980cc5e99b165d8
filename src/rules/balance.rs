//! The balance of one kind of leave on a date: its columns and its lots (CONTRACT §6, RULINGS 14).

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::annual_leave::Entitlement;
use super::lots::{Demand, Draw, DrawState, Lot, assign, available, left_before};
use super::terms::{
    HalfDays, LeaveKind, LotId, LotSource, MovementKind, RequestId, UnknownWord, leave_year, vocabulary, year_end,
    year_start,
};

vocabulary! {
    /// State of a lot on a date.
    LotState {
        /// Something is left, and can be used.
        Open = "open",
        /// Not valid yet.
        Future = "future",
        /// Everything is drawn.
        Used = "used",
        /// Ended with something left that lapsed.
        Expired = "expired",
        /// Ended with something left that is owed and must be settled (RULINGS 15).
        Unsettled = "unsettled",
        /// The right to it ended after leave was taken: what is left waits for hr (RULINGS 13).
        Held = "held",
        /// The right to it ended before any of it was taken (Order 514 art. 4).
        Lost = "lost",
    }
}

/// One row of the ledger. `quantity` is signed as it changes what the lot still holds: reserved, carried out and
/// settled are negative; released, carried in, opening and credited positive; adjusted either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// The lot.
    pub lot_id: LotId,
    /// What happened.
    pub kind: MovementKind,
    /// Signed quantity.
    pub quantity: HalfDays,
    /// Date of leave, for reserved and released.
    pub leave_on: Option<NaiveDate>,
    /// The request, where one is the cause.
    pub request_id: Option<RequestId>,
}

/// One lot as the balance shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotView {
    /// The lot.
    pub lot_id: LotId,
    /// Where it comes from.
    pub source: LotSource,
    /// Leave year in which it was earned.
    pub origin_year: i32,
    /// What it holds in all on the date, less what left it other than by requests.
    pub days: HalfDays,
    /// Its part of what is available on the date.
    pub available_days: HalfDays,
    /// First date of use.
    pub valid_from: NaiveDate,
    /// Last date of use.
    pub expires_on: NaiveDate,
    /// Its state on the date.
    pub state: LotState,
}

/// The balance of one kind for one leave year; all quantities are positive but `adjusted`, which may be either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Kind of leave.
    pub kind: LeaveKind,
    /// Leave year.
    pub year: i32,
    /// The year's own days, as far as they are valid on the date.
    pub entitled: HalfDays,
    /// What came from earlier years, or was reopened.
    pub carried_in: HalfDays,
    /// Adjustments by hr.
    pub adjusted: HalfDays,
    /// Credits, e.g. for a recall.
    pub credited: HalfDays,
    /// What left for the next year or for a reopened lot.
    pub carried_out: HalfDays,
    /// What was paid or waived.
    pub settled: HalfDays,
    /// Granted, dated on the date or before.
    pub taken: HalfDays,
    /// Granted, dated later.
    pub approved: HalfDays,
    /// Asked for and not decided.
    pub pending: HalfDays,
    /// Held until hr decides.
    pub held: HalfDays,
    /// What can still be asked for, dated on the date.
    pub available: HalfDays,
    /// The lots.
    pub lots: Vec<LotView>,
}

/// What a balance is made from: everything recorded so far for one officer and one kind.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// Kind of leave.
    pub kind: LeaveKind,
    /// What is owed in the leave year that contains the date.
    pub entitlement: &'a Entitlement,
    /// All lots of the officer, of whatever year.
    pub lots: &'a [Lot],
    /// All movements in these lots.
    pub movements: &'a [Movement],
    /// The days that live requests hold, of whatever year.
    pub draws: &'a [Draw],
}

/// ## 休假余额 — the balance on a date
///
/// 职工带薪年休假条例 第五条 with RULINGS 11, 14, 15: one item for the leave year that contains the date. Entitled,
/// carried in, adjusted and credited come in; carried out, settled, taken, approved, pending and held go out; on the
/// last day of the leave year the difference is what is available, before it [`available`]
/// decides. The date chooses entitlement, taken and validity; every movement recorded so far counts.
///
/// *Reading:* what is left at the year's beginning of a lot that began earlier shows as carried in. Days of leave of
/// other years never show. A carried lot that ended with something left stays listed as `unsettled`; of the years'
/// own lots only the one of this year is listed; what ended untaken before the date has left its column. While leave that was booked before is waiting for a decision after an
/// event of 条例 第四条 took the year away, nothing is available, and nothing is below zero.
#[must_use]
pub fn item(records: &Records<'_>, on: NaiveDate) -> Item {
    let year = records.entitlement.year;
    let of_year: Vec<&Draw> = records.draws.iter().filter(|draw| leave_year(draw.on) == year).collect();
    let drawn = |wanted: &dyn Fn(&Draw) -> bool| -> HalfDays {
        of_year.iter().filter(|draw| wanted(draw)).map(|draw| draw.quantity).sum()
    };
    let live: Vec<Demand> = records.draws.iter().map(Demand::from).collect();
    let free = if on > records.entitlement.last_day { HalfDays::ZERO } else { available(records.lots, &live, on) };
    let mut item = Item {
        kind: records.kind,
        year,
        entitled: records.entitlement.days_on(on),
        carried_in: HalfDays::ZERO,
        adjusted: HalfDays::ZERO,
        credited: HalfDays::ZERO,
        carried_out: HalfDays::ZERO,
        settled: HalfDays::ZERO,
        taken: drawn(&|draw| draw.state == DrawState::Granted && draw.on <= on),
        approved: drawn(&|draw| draw.state == DrawState::Granted && draw.on > on),
        pending: drawn(&|draw| draw.state == DrawState::Pending),
        held: records.entitlement.held_on(on),
        available: free,
        lots: lot_views(records, on, free),
    };
    let rest = left_before(records.lots, &live, year_start(year).unwrap_or(NaiveDate::MIN));
    for lot in records.lots.iter().filter(|lot| usable_in(lot, year)) {
        if began_before(lot, year) {
            item.carried_in += rest.iter().filter(|(id, _)| *id == lot.id).map(|(_, left)| *left).sum();
        } else {
            for movement in records.movements.iter().filter(|movement| movement.lot_id == lot.id) {
                book(&mut item, movement);
            }
        }
        if lot.source != LotSource::Own && lot.expires_on < on {
            // What ended untaken is listed as a lot, and is no longer part of what the year can give.
            let ended = lot.left(records.draws);
            match lot.source {
                LotSource::Recall => item.credited = item.credited - ended,
                LotSource::Adjusted => item.adjusted = item.adjusted - ended,
                _ => item.carried_in = item.carried_in - ended,
            }
        }
    }
    item
}

/// Adds one movement to its column; reserved and released show as days of leave, not here.
fn book(item: &mut Item, movement: &Movement) {
    match movement.kind {
        // What an opening says was taken shows as days of leave.
        MovementKind::Opening if movement.leave_on.is_some() => {}
        MovementKind::Opening | MovementKind::CarriedIn => item.carried_in += movement.quantity,
        MovementKind::Adjusted => item.adjusted += movement.quantity,
        MovementKind::Credited => item.credited += movement.quantity,
        MovementKind::CarriedOut => item.carried_out += -movement.quantity,
        MovementKind::Settled => item.settled += -movement.quantity,
        MovementKind::Reserved | MovementKind::Released => {}
    }
}

/// Whether a lot belongs to the item of a leave year: a year's own lot only to its own.
fn usable_in(lot: &Lot, year: i32) -> bool {
    if lot.source == LotSource::Own {
        return lot.origin_year == year;
    }
    let (first, last) = (year_start(year).unwrap_or(NaiveDate::MIN), year_end(year).unwrap_or(NaiveDate::MAX));
    lot.valid_from <= last && first <= lot.expires_on
}

fn began_before(lot: &Lot, year: i32) -> bool {
    lot.source != LotSource::Own && year_start(year).is_some_and(|first| lot.valid_from < first)
}

/// The lots to list: those usable in the year, and those of earlier years that ended unsettled; in order of use.
fn lot_views(records: &Records<'_>, on: NaiveDate, free: HalfDays) -> Vec<LotView> {
    let shares = assign(records.lots, records.draws, &[(on, free)]).map(|assignment| assignment.draws);
    let shares = shares.unwrap_or_default();
    let year = records.entitlement.year;
    let mut listed: Vec<LotView> = records
        .lots
        .iter()
        .map(|lot| LotView {
            lot_id: lot.id,
            source: lot.source,
            origin_year: lot.origin_year,
            days: lot.net_on(on.max(lot.valid_from)),
            available_days: shares.iter().filter(|(_, id, _)| *id == lot.id).map(|(_, _, quantity)| *quantity).sum(),
            valid_from: lot.valid_from,
            expires_on: lot.expires_on,
            state: state(lot, records.draws, on),
        })
        // What can still be used is open, whatever is booked behind the end of the right to it.
        .map(|view| match view.state {
            LotState::Used if view.available_days > HalfDays::ZERO => LotView { state: LotState::Open, ..view },
            _ => view,
        })
        .zip(records.lots)
        // A year in which the person is not on the roll has no lot of its own to show.
        .filter(|(view, _)| view.valid_from <= view.expires_on)
        .filter(|(view, lot)| usable_in(lot, year) || view.state == LotState::Unsettled)
        .map(|(view, _)| view)
        .collect();
    listed.sort_by_key(|lot| (lot.expires_on, lot.origin_year, lot.valid_from, lot.lot_id));
    listed
}

/// The state of a lot on a date. Days that hr adjusted lapse with their lot, and a year's own rest waits for the
/// year's end; everything else that ends untaken is owed and must be settled.
fn state(lot: &Lot, draws: &[Draw], on: NaiveDate) -> LotState {
    let left = lot.left(draws) > HalfDays::ZERO;
    let is_barred = lot.bar.is_some_and(|bar| bar.from <= on && on <= lot.expires_on);
    if lot.is_lost_on(on) && on <= lot.expires_on {
        LotState::Lost
    } else if is_barred && !left && lot.withheld(draws) > HalfDays::ZERO {
        LotState::Held
    } else if on < lot.valid_from {
        LotState::Future
    } else if !left {
        LotState::Used
    } else if on <= lot.expires_on {
        LotState::Open
    } else if matches!(lot.source, LotSource::Own | LotSource::Adjusted) {
        LotState::Expired
    } else {
        LotState::Unsettled
    }
}

#[cfg(test)]
mod tests;
