//! How rest draws on lots of credit.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Compensation, CreditDraw, CreditLot, Spender, Standing};
use crate::rules::terms::LotId;

/// Rest that is wanted on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The date.
    pub on: NaiveDate,
    /// How much.
    pub minutes: i64,
    /// The one lot it is to come from; any where absent.
    pub lot: Option<LotId>,
}

/// What changes in one lot on one date: positive minutes are reserved, negative ones released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Whose draw; `None` for what is wanted anew.
    pub spender: Option<Spender>,
    /// The lot.
    pub lot_id: LotId,
    /// The date of rest.
    pub on: NaiveDate,
    /// How much.
    pub minutes: i64,
}

/// How demands draw on lots, and what moves for them; releases come first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matching {
    /// Every change.
    pub changes: Vec<Change>,
}

/// Not enough is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// What was wanted and not found, on the first date on which something is missing.
    pub short: i64,
}

/// Which draws stay where they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Past {
    /// What lies before today stays in its lot.
    Stays,
    /// It moves where nothing fits otherwise.
    Moves,
}

/// What is left in each lot for rest, once the draws that cannot move are taken out, and the draws that can.
fn split(
    lots: &[CreditLot],
    draws: &[CreditDraw],
    today: NaiveDate,
    past: Past,
) -> (Vec<(CreditLot, i64)>, Vec<CreditDraw>) {
    let is_pay = |id: LotId| lots.iter().any(|lot| lot.id == id && lot.compensation == Compensation::Pay);
    let (fixed, movable): (Vec<CreditDraw>, Vec<CreditDraw>) = draws.iter().copied().partition(|draw| {
        matches!(draw.spender, Spender::RestDay(_)) || is_pay(draw.lot_id) || (past == Past::Stays && draw.on < today)
    });
    let mut left: Vec<(CreditLot, i64)> = lots.iter().map(|lot| (*lot, lot.available(&fixed))).collect();
    left.sort_by_key(|(lot, _)| (lot.take_by, lot.earned_on, lot.id));
    (left, movable)
}

/// ## 补休使用顺序 — the lots that rest draws on
///
/// R7 of the welfare sheet, RULINGS 29: rest draws on the lot with the earliest `take_by` first, in minutes. A lot is
/// used on its `earned_on` or later, also past its `take_by`: credit never expires. What the officer wants as pay is
/// not rested.
///
/// *Reading:* leave that lies ahead is matched anew in the order of its dates whenever something is asked for, given back
/// or earned, so that the order of acts changes nothing; what lies behind stays where it was, unless nothing fits otherwise.
/// A rest day stays with the lots that it drew on; in the place of one that was taken away it draws on the lot of that one,
/// and may lie before it.
///
/// # Errors
/// [`Shortage`] when not everything finds a lot; nothing changes then.
pub fn assign(
    lots: &[CreditLot],
    draws: &[CreditDraw],
    today: NaiveDate,
    wanted: &[Demand],
) -> Result<Matching, Shortage> {
    attempt(lots, draws, today, wanted, Past::Stays).or_else(|_| attempt(lots, draws, today, wanted, Past::Moves))
}

/// What moves so that rest that lies ahead draws on the earliest `take_by` first, after something was given back or earned;
/// nothing where it does.
#[must_use]
pub fn rematch(lots: &[CreditLot], draws: &[CreditDraw], today: NaiveDate) -> Vec<Change> {
    // Where what is reserved does not fit, a lot was corrected below it; then it stays as it was granted.
    attempt(lots, draws, today, &[], Past::Stays).map(|matching| matching.changes).unwrap_or_default()
}

fn attempt(
    lots: &[CreditLot],
    draws: &[CreditDraw],
    today: NaiveDate,
    wanted: &[Demand],
    past: Past,
) -> Result<Matching, Shortage> {
    let (mut left, movable) = split(lots, draws, today, past);
    let mut after: BTreeMap<(Option<Spender>, NaiveDate, LotId), i64> = BTreeMap::new();
    for demand in wanted.iter().filter(|demand| demand.lot.is_some()) {
        take(&mut left, None, demand, &mut after)?;
    }
    let held =
        movable.iter().map(|draw| (Some(draw.spender), Demand { on: draw.on, minutes: draw.minutes, lot: None }));
    let new = wanted.iter().filter(|demand| demand.lot.is_none()).map(|demand| (None, *demand));
    let mut all: Vec<(Option<Spender>, Demand)> = held.chain(new).collect();
    // On one date what is held already comes before what is new.
    all.sort_by_key(|(spender, demand)| (demand.on, spender.is_none(), *spender));
    for (spender, demand) in &all {
        take(&mut left, *spender, demand, &mut after)?;
    }
    for draw in &movable {
        *after.entry((Some(draw.spender), draw.on, draw.lot_id)).or_default() -= draw.minutes;
    }
    let mut changes: Vec<Change> = after
        .into_iter()
        .filter(|(_, minutes)| *minutes != 0)
        .map(|((spender, on, lot_id), minutes)| Change { spender, lot_id, on, minutes })
        .collect();
    changes.sort_by_key(|change| change.minutes > 0);
    Ok(Matching { changes })
}

/// The draws as they are once changes are recorded; `anew` is whose those are that belong to nobody yet.
#[must_use]
pub fn after(draws: &[CreditDraw], changes: &[Change], anew: Spender) -> Vec<CreditDraw> {
    let mut all = draws.to_vec();
    for change in changes {
        let spender = change.spender.unwrap_or(anew);
        let is_it =
            |draw: &&mut CreditDraw| draw.spender == spender && draw.on == change.on && draw.lot_id == change.lot_id;
        match all.iter_mut().find(is_it) {
            Some(draw) => draw.minutes += change.minutes,
            None => {
                let known = draws.iter().find(|draw| draw.spender == spender).map(|draw| draw.standing);
                let standing = known.unwrap_or(Standing::Granted);
                all.push(CreditDraw {
                    spender,
                    lot_id: change.lot_id,
                    on: change.on,
                    minutes: change.minutes,
                    standing,
                });
            }
        }
    }
    all.retain(|draw| draw.minutes > 0);
    all
}

fn take(
    left: &mut [(CreditLot, i64)],
    spender: Option<Spender>,
    demand: &Demand,
    after: &mut BTreeMap<(Option<Spender>, NaiveDate, LotId), i64>,
) -> Result<(), Shortage> {
    let mut open = demand.minutes;
    for (lot, rest) in left.iter_mut() {
        if open == 0 {
            break;
        }
        // A replacement of one day may lie before the day that it replaces.
        let is_its_turn = demand.lot.map_or(lot.earned_on <= demand.on, |only| only == lot.id);
        if !is_its_turn {
            continue;
        }
        let some = open.min(*rest);
        if some > 0 {
            *rest -= some;
            open -= some;
            *after.entry((spender, demand.on, lot.id)).or_default() += some;
        }
    }
    if open > 0 { Err(Shortage { short: open }) } else { Ok(()) }
}

/// How many more minutes can be rested on a date, beside everything that is asked for and granted (as RULINGS 11): the
/// most that, dated on it, leave every later rest its lot.
#[must_use]
pub fn available(lots: &[CreditLot], draws: &[CreditDraw], today: NaiveDate, on: NaiveDate) -> i64 {
    [Past::Stays, Past::Moves].map(|past| beside(lots, draws, today, on, past)).into_iter().max().unwrap_or(0)
}

fn beside(lots: &[CreditLot], draws: &[CreditDraw], today: NaiveDate, on: NaiveDate, past: Past) -> i64 {
    let (left, movable) = split(lots, draws, today, past);
    let there = |date: NaiveDate| -> i64 {
        let supply: i64 = left.iter().filter(|(lot, _)| lot.earned_on <= date).map(|(_, rest)| rest).sum();
        let demand: i64 = movable.iter().filter(|draw| draw.on <= date).map(|draw| draw.minutes).sum();
        supply - demand
    };
    let later = movable.iter().map(|draw| draw.on).filter(|date| *date > on);
    later.chain([on]).map(there).min().unwrap_or(0).max(0)
}

/// How much of what is wanted can be granted, date by date in order, in steps of `step` minutes.
#[must_use]
pub fn grantable(lots: &[CreditLot], draws: &[CreditDraw], today: NaiveDate, wanted: &[Demand], step: i64) -> i64 {
    let mut given: Vec<Demand> = Vec::with_capacity(wanted.len());
    for demand in wanted {
        let beside: i64 = given.iter().map(|one| one.minutes).sum();
        let free = available(lots, draws, today, demand.on) - beside;
        let minutes = demand.minutes.min(free.max(0)) / step.max(1) * step.max(1);
        given.push(Demand { minutes, ..*demand });
    }
    given.iter().map(|one| one.minutes).sum()
}
