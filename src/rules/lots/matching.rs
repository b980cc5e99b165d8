//! Matching days of leave with lots. A lot is a set of slices, each valid from one date to another; a day of leave is a
//! point. Going through the days by date and taking the slice that ends first places as many as can be placed.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Assignment, Demand, Draw, DrawState, Lot, Move, NewDraw, Rest, Shortage};
use crate::rules::disqualification::day_before;
use crate::rules::terms::{HalfDays, LotId, RequestId, leave_year, year_end};

/// More than any lot holds: "as much as there is".
const WITHOUT_LIMIT: HalfDays = HalfDays::whole(100_000);

/// A part of a lot that becomes valid on one date.
#[derive(Debug, Clone, Copy)]
struct Slice {
    lot_id: LotId,
    origin_year: i32,
    from: NaiveDate,
    to: NaiveDate,
    /// When its lot ends: what is used first. A bar ends a slice sooner, and changes no turn.
    expires_on: NaiveDate,
    left: HalfDays,
}

/// The slices of all lots, the earliest expiry first; ties by year of origin, then by first day of validity.
fn slices(lots: &[Lot]) -> Vec<Slice> {
    let mut all = Vec::new();
    for lot in lots {
        // What left the lot comes out of its latest steps: they are the least useful ones.
        let mut below = HalfDays::ZERO;
        let slice = |from, to, left| Slice {
            lot_id: lot.id,
            origin_year: lot.origin_year,
            from,
            to,
            expires_on: lot.expires_on,
            left,
        };
        // A bar parts the lot: what is kept is used from its date on, the rest only before it.
        let kept = lot.bar.map_or(HalfDays::ZERO, |bar| bar.kept.min(lot.net()));
        let to = lot.bar.map_or(lot.expires_on, |bar| lot.expires_on.min(day_before(bar.from)));
        for step in &lot.steps {
            let total = step.days.min(lot.net() - kept);
            if total > below {
                all.push(slice(step.from.max(lot.valid_from), to, total - below));
                below = total;
            }
        }
        if let Some(bar) = lot.bar.filter(|_| kept > HalfDays::ZERO) {
            all.push(slice(bar.from, lot.expires_on, kept));
        }
    }
    all.sort_by_key(|slice| (slice.expires_on, slice.origin_year, slice.from, slice.lot_id));
    all
}

/// Takes up to `quantity` for a date, and says from which lots.
fn take(slices: &mut [Slice], on: NaiveDate, quantity: HalfDays) -> Vec<(LotId, HalfDays)> {
    let mut taken: Vec<(LotId, HalfDays)> = Vec::new();
    let mut wanted = quantity;
    for slice in slices.iter_mut().filter(|slice| slice.from <= on && on <= slice.to) {
        let part = slice.left.min(wanted);
        if part > HalfDays::ZERO {
            slice.left = slice.left - part;
            wanted = wanted - part;
            match taken.last_mut() {
                Some((lot_id, sum)) if *lot_id == slice.lot_id => *sum += part,
                _ => taken.push((slice.lot_id, part)),
            }
        }
    }
    taken
}

fn sum(taken: &[(LotId, HalfDays)]) -> HalfDays {
    taken.iter().map(|(_, quantity)| *quantity).sum()
}

/// How much of the demands can be placed in all.
fn placed(lots: &[Lot], demands: &mut [Demand]) -> HalfDays {
    demands.sort_by_key(|demand| demand.on);
    let mut free = slices(lots);
    demands.iter().map(|demand| sum(&take(&mut free, demand.on, demand.quantity))).sum()
}

/// Live days as the lots can bear them.
struct Borne {
    /// What finds a lot on its own date.
    kept: Vec<Demand>,
    /// What a corrected fact left without a lot: it weighs on what becomes valid later in its leave year. What cannot
    /// be borne even there is left out; it is for a person to decide.
    debts: Vec<Demand>,
}

fn borne(lots: &[Lot], live: &[Demand]) -> Borne {
    let mut by_date = live.to_vec();
    by_date.sort_by_key(|demand| demand.on);
    let mut free = slices(lots);
    let (mut kept, mut homeless) = (Vec::with_capacity(by_date.len()), Vec::new());
    for demand in by_date {
        let found = sum(&take(&mut free, demand.on, demand.quantity));
        if found > HalfDays::ZERO {
            kept.push(Demand { on: demand.on, quantity: found });
        }
        if found < demand.quantity {
            homeless.push(Demand { on: last_use(lots, demand.on), quantity: demand.quantity - found });
        }
    }
    let mut all = kept.clone();
    let mut debts = Vec::new();
    for demand in homeless {
        let debt = Demand { on: demand.on, quantity: grantable_beside(lots, &all, &[demand]) };
        all.push(debt);
        debts.push(debt);
    }
    Borne { kept, debts }
}

/// Live days as the lots can bear them, for many questions in a row.
pub(in crate::rules) fn bearable(lots: &[Lot], live: &[Demand]) -> Vec<Demand> {
    let Borne { mut kept, debts } = borne(lots, live);
    kept.extend(debts);
    kept
}

/// What of the live days finds no lot valid on its date, by request: granted leave goes before what is only asked for,
/// in the order of the dates; of what is asked for the earlier request goes first.
#[must_use]
pub fn unplaced(lots: &[Lot], draws: &[Draw]) -> BTreeMap<RequestId, HalfDays> {
    let mut granted: Vec<&Draw> = draws.iter().filter(|draw| draw.state == DrawState::Granted).collect();
    granted.sort_by_key(|draw| (draw.on, draw.request_id));
    let mut free = slices(lots);
    let (mut found, mut kept) = (BTreeMap::new(), Vec::new());
    for draw in granted {
        let quantity = sum(&take(&mut free, draw.on, draw.quantity));
        kept.push(Demand { on: draw.on, quantity });
        if quantity < draw.quantity {
            *found.entry(draw.request_id).or_default() += draw.quantity - quantity;
        }
    }
    let mut pending: BTreeMap<RequestId, Vec<Demand>> = BTreeMap::new();
    for draw in draws.iter().filter(|draw| draw.state == DrawState::Pending) {
        pending.entry(draw.request_id).or_default().push(draw.into());
    }
    for (request, days) in pending {
        let wanted: HalfDays = days.iter().map(|day| day.quantity).sum();
        let granted = grantable_beside(lots, &kept, &days);
        if granted < wanted {
            found.insert(request, wanted - granted);
        } else {
            kept.extend(days);
        }
    }
    found
}

/// Granted days in a lot to which the right ended on their date or before, by request: they stay booked until somebody
/// decides on them (RULINGS 13).
#[must_use]
pub fn awaiting(lots: &[Lot], draws: &[Draw]) -> BTreeMap<RequestId, HalfDays> {
    let mut found = BTreeMap::new();
    let held = lots.iter().filter_map(|lot| Some((lot.id, lot.bar.filter(|bar| bar.rest == Rest::Held)?)));
    for (lot_id, bar) in held {
        let late = draws.iter().filter(|draw| draw.lot_id == lot_id && draw.on >= bar.from);
        for draw in late.filter(|draw| draw.state == DrawState::Granted) {
            *found.entry(draw.request_id).or_default() += draw.quantity;
        }
    }
    found
}

/// The last date of the same leave year on which its own lot can be used.
fn last_use(lots: &[Lot], on: NaiveDate) -> NaiveDate {
    let year = leave_year(on);
    let own = lots.iter().filter(|lot| lot.origin_year == year && leave_year(lot.expires_on) == year);
    // Where the right to the year ends, what is booked after it weighs on what can be used before it.
    let last = |lot: &Lot| match lot.bar {
        Some(bar) if bar.kept == HalfDays::ZERO => lot.expires_on.min(day_before(bar.from)),
        _ => lot.expires_on,
    };
    own.map(last).max().or_else(|| year_end(year)).unwrap_or(on)
}

/// What each lot still holds when all live days before a date have been served, the earliest expiry first.
pub(in crate::rules) fn left_before(lots: &[Lot], live: &[Demand], date: NaiveDate) -> Vec<(LotId, HalfDays)> {
    let mut before: Vec<Demand> = live.iter().filter(|demand| demand.on < date).copied().collect();
    before.sort_by_key(|demand| demand.on);
    let mut free = slices(lots);
    for demand in before {
        take(&mut free, demand.on, demand.quantity);
    }
    free.into_iter().map(|slice| (slice.lot_id, slice.left)).collect()
}

/// The most that can be granted of the days asked for, beside all live days.
#[must_use]
pub fn grantable(lots: &[Lot], live: &[Demand], days: &[Demand]) -> HalfDays {
    grantable_beside(lots, &bearable(lots, live), days)
}

/// As [`grantable`], for live days that are known to be bearable.
pub(in crate::rules) fn grantable_beside(lots: &[Lot], bearable: &[Demand], days: &[Demand]) -> HalfDays {
    let before: HalfDays = bearable.iter().map(|demand| demand.quantity).sum();
    let mut all: Vec<Demand> = bearable.iter().chain(days).copied().collect();
    placed(lots, &mut all) - before
}

/// ## 可休天数 — what is available on a date
///
/// 职工带薪年休假条例 第三条、第五条 with RULINGS 11: the largest n such that, with n more days dated `on`, every live day
/// (taken, approved, pending), taken in date order, still finds a lot valid on its day, the earliest expiry first. A
/// step of a tier is a slice of the year's own lot, valid from its effective day.
///
/// *Reading:* with 5 → 10 on 1 April and five days booked in October, five are available in March; with ten booked,
/// none. A day that a corrected fact left without a lot weighs on what becomes valid later in its year.
#[must_use]
pub fn available(lots: &[Lot], live: &[Demand], on: NaiveDate) -> HalfDays {
    grantable(lots, live, &[Demand { on, quantity: WITHOUT_LIMIT }])
}

/// What could be granted on some dates if each could take any number.
pub(in crate::rules) fn without_limit(days: &[Demand]) -> Vec<Demand> {
    days.iter().map(|day| Demand { on: day.on, quantity: WITHOUT_LIMIT }).collect()
}

/// ## 先到期先用 — which lots new days draw on
///
/// RULINGS 15: lots are used earliest expiry first, ties by year of origin, then by first day of validity. Existing
/// draws stay where they are if the new days fit into what is left; else everything is matched anew by date, and what
/// moves is reported. A date may draw on two lots.
///
/// # Errors
/// [`Shortage`] when the days cannot all be granted, with the most that could be.
pub fn assign(lots: &[Lot], draws: &[Draw], new: &[(NaiveDate, HalfDays)]) -> Result<Assignment, Shortage> {
    let mut days = new.to_vec();
    days.sort_by_key(|(on, _)| *on);
    let requested: HalfDays = days.iter().map(|(_, quantity)| *quantity).sum();
    if let Some(found) = beside(lots, draws, &days) {
        return Ok(Assignment { draws: found, moved: Vec::new() });
    }
    if let Some(assignment) = anew(lots, draws, &days) {
        return Ok(assignment);
    }
    let live: Vec<Demand> = draws.iter().map(Demand::from).collect();
    let asked: Vec<Demand> = days.iter().map(|&(on, quantity)| Demand { on, quantity }).collect();
    Err(Shortage { requested, available: grantable(lots, &live, &asked) })
}

/// What moves so that every live day draws on the lot that is its turn: asked again whenever a lot arrives or days come
/// back, so that what the lots still hold is what [`available`] says (RULINGS 11, 15).
#[must_use]
pub fn rematch(lots: &[Lot], draws: &[Draw]) -> Vec<Move> {
    anew(lots, draws, &[]).map_or_else(Vec::new, |assignment| assignment.moved)
}

/// The new days in what the existing draws leave; `None` if they do not all fit.
fn beside(lots: &[Lot], draws: &[Draw], days: &[(NaiveDate, HalfDays)]) -> Option<Vec<NewDraw>> {
    let mut free = slices(lots);
    let mut existing: Vec<&Draw> = draws.iter().collect();
    existing.sort_by_key(|draw| draw.on);
    for draw in existing {
        pin(&mut free, draw);
    }
    let mut found = Vec::new();
    for &(on, quantity) in days {
        let taken = take(&mut free, on, quantity);
        if sum(&taken) < quantity {
            return None;
        }
        found.extend(taken.into_iter().map(|(lot_id, part)| (on, lot_id, part)));
    }
    Some(found)
}

/// Takes an existing draw out of its own lot, the latest slice first, so that the most useful ones stay free. What its
/// date does not find, because a fact was corrected, weighs on the later slices.
fn pin(free: &mut [Slice], draw: &Draw) {
    let mut wanted = draw.quantity;
    let holds = |slice: &&mut Slice| slice.lot_id == draw.lot_id && slice.from <= draw.on && draw.on <= slice.to;
    for slice in free.iter_mut().rev().filter(holds) {
        let part = slice.left.min(wanted);
        slice.left = slice.left - part;
        wanted = wanted - part;
    }
    for slice in free.iter_mut().filter(|slice| slice.lot_id == draw.lot_id) {
        let part = slice.left.min(wanted);
        slice.left = slice.left - part;
        wanted = wanted - part;
    }
}

/// What one date asks for when everything is matched anew.
#[derive(Default)]
struct OnDate<'a> {
    existing: Vec<&'a Draw>,
    /// How much of `existing` finds a lot on this date.
    kept: HalfDays,
    debt: HalfDays,
    new: HalfDays,
}

/// Everything matched anew by date; `None` if what was borne and every new day do not all find a lot.
fn anew(lots: &[Lot], draws: &[Draw], days: &[(NaiveDate, HalfDays)]) -> Option<Assignment> {
    let live: Vec<Demand> = draws.iter().map(Demand::from).collect();
    let Borne { kept, debts } = borne(lots, &live);
    let mut by_date: BTreeMap<NaiveDate, OnDate<'_>> = BTreeMap::new();
    for draw in draws {
        by_date.entry(draw.on).or_default().existing.push(draw);
    }
    for demand in kept {
        by_date.entry(demand.on).or_default().kept += demand.quantity;
    }
    for demand in debts {
        by_date.entry(demand.on).or_default().debt += demand.quantity;
    }
    for &(on, quantity) in days {
        by_date.entry(on).or_default().new += quantity;
    }
    let mut free = slices(lots);
    let mut assignment = Assignment::default();
    for (on, asked) in by_date {
        let wanted = asked.kept + asked.debt + asked.new;
        let mut given = take(&mut free, on, wanted);
        if sum(&given) < wanted {
            return None;
        }
        assignment.moved.extend(keep_or_move(on, &asked, &mut given));
        let mut debt = asked.debt;
        for (_, left) in &mut given {
            let part = (*left).min(debt);
            *left = *left - part;
            debt = debt - part;
        }
        let new = given.into_iter().filter(|(_, part)| *part > HalfDays::ZERO);
        assignment.draws.extend(new.map(|(lot_id, part)| (on, lot_id, part)));
    }
    Some(assignment)
}

/// Hands the lots of one date to its existing draws, each its old lot where that is among them; the rest stays in
/// `given` for the debt and the new day. What finds no lot stays where it is booked.
fn keep_or_move(on: NaiveDate, asked: &OnDate<'_>, given: &mut [(LotId, HalfDays)]) -> Vec<Move> {
    let mut homeless: Vec<(RequestId, LotId, HalfDays)> = Vec::new();
    let mut kept = asked.kept;
    for draw in &asked.existing {
        let mut wanted = draw.quantity;
        for (_, left) in given.iter_mut().filter(|(lot_id, _)| *lot_id == draw.lot_id) {
            let part = (*left).min(wanted).min(kept);
            *left = *left - part;
            wanted = wanted - part;
            kept = kept - part;
        }
        if wanted > HalfDays::ZERO {
            homeless.push((draw.request_id, draw.lot_id, wanted));
        }
    }
    let mut moves = Vec::new();
    for (request_id, from, quantity) in homeless {
        let mut wanted = quantity.min(kept);
        kept = kept - wanted;
        for (to, left) in given.iter_mut() {
            let part = (*left).min(wanted);
            if part > HalfDays::ZERO {
                *left = *left - part;
                wanted = wanted - part;
                moves.push(Move { request_id, on, from, to: *to, quantity: part });
            }
        }
    }
    moves
}
