//! What binds or loosens the roster of people beside their duty: rest orders without what was let happen inside them,
//! derogations of their units, and the partner where both opted in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::facts::{Facts, Pair, Window};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::duty::Shift;
use crate::rules::rest::{CareNeed, Order, Range};
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId, next_day};
use crate::store::rest_orders::{Override, RestOrder};
use crate::store::{self, Conn};

/// Adds what binds or loosens the roster of some people around some dates.
///
/// # Errors
/// When the database does not answer.
pub(super) fn add(
    connection: &mut Conn,
    ctx: &Ctx,
    all: &mut BTreeMap<OfficerId, Facts>,
    window: Window,
) -> Result<(), Error> {
    let officers: Vec<OfficerId> = all.keys().copied().collect();
    orders(connection, &officers, all, window)?;
    derogations(connection, all, window)?;
    couples(connection, ctx, &officers, all, window)
}

/// An order as it binds: from its beginning to its end, or to when it was ended, without what was let happen.
#[must_use]
pub fn in_force(order: &RestOrder, overrides: &[Override]) -> Vec<Order> {
    let (Some(from), Some(to)) = (order.from_at, order.to_at) else { return Vec::new() };
    let to = order.ended_at.map_or(to, |ended| ended.min(to));
    let mut left: Vec<(Instant, Instant)> = vec![(from.and_utc(), to.and_utc())];
    for one in overrides.iter().filter(|one| one.order_id == order.id) {
        let (open, lapse) = (one.from_at.and_utc(), one.until_at.and_utc());
        left = left.into_iter().flat_map(|(from, to)| [(from, to.min(open)), (from.max(lapse), to)]).collect();
    }
    left.retain(|(from, to)| from < to);
    left.into_iter().map(|(from, to)| Order { id: order.id, from, to }).collect()
}

/// What overrides let happen inside an order.
fn released(order: &RestOrder, overrides: &[Override]) -> impl Iterator<Item = Order> {
    let theirs = overrides.iter().filter(|one| one.order_id == order.id);
    theirs.map(|one| Order { id: one.order_id, from: one.from_at.and_utc(), to: one.until_at.and_utc() })
}

fn orders(
    connection: &mut Conn,
    officers: &[OfficerId],
    all: &mut BTreeMap<OfficerId, Facts>,
    window: Window,
) -> Result<(), Error> {
    let (from, to) = window.instants();
    let rows = store::rest_orders::binding(connection, officers, from, to)?;
    let ids: Vec<RowId> = rows.iter().map(|row| row.id).collect();
    let overrides = store::rest_orders::overrides(connection, &ids)?;
    for row in rows {
        if let Some(facts) = all.get_mut(&row.officer_id) {
            facts.orders.extend(in_force(&row, &overrides));
            facts.released.extend(released(&row, &overrides));
        }
    }
    Ok(())
}

/// The dates of each derogation on which a person's unit stood under its unit, or was it.
fn derogations(connection: &mut Conn, all: &mut BTreeMap<OfficerId, Facts>, window: Window) -> Result<(), Error> {
    let approved = store::derogations::approved(connection, window.from, window.to)?;
    if approved.is_empty() {
        return Ok(());
    }
    let units: BTreeSet<UnitId> = all.values().flat_map(|facts| facts.stays.iter().map(|stay| stay.value)).collect();
    let above = store::units::ancestry(connection, &units.into_iter().collect::<Vec<_>>())?;
    for row in &approved {
        let dates: Vec<NaiveDate> = row.from_on.iter_days().take_while(|date| *date <= row.last_on()).collect();
        let mut covers: BTreeMap<(UnitId, NaiveDate), Covers> = BTreeMap::new();
        for facts in all.values_mut() {
            let is_covered = |date: &&NaiveDate| {
                facts.unit_on(**date).is_some_and(|unit| {
                    let known = covers.entry((unit, **date)).or_insert_with(|| {
                        if above.upward(unit, **date).contains(&row.unit_id) { Covers::Yes } else { Covers::No }
                    });
                    *known == Covers::Yes
                })
            };
            let covered: Vec<NaiveDate> = dates.iter().filter(is_covered).copied().collect();
            facts.derogations.extend(ranges(row.id, &covered));
        }
    }
    Ok(())
}

/// Whether a derogation covers a unit on a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Covers {
    Yes,
    No,
}

/// Dates that ascend, as ranges without gaps.
fn ranges(id: RowId, dates: &[NaiveDate]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for date in dates {
        match ranges.last_mut() {
            Some(last) if next_day(last.to) == *date => last.to = *date,
            _ => ranges.push(Range { id, from: *date, to: *date }),
        }
    }
    ranges
}

fn couples(
    connection: &mut Conn,
    ctx: &Ctx,
    officers: &[OfficerId],
    all: &mut BTreeMap<OfficerId, Facts>,
    window: Window,
) -> Result<(), Error> {
    let mut pairs = store::couples::live_of(connection, officers)?;
    pairs.retain(|pair| pair.agreed_at.is_some());
    if pairs.is_empty() {
        return Ok(());
    }
    let both: BTreeSet<OfficerId> = pairs.iter().flat_map(|pair| [pair.officer_id, pair.partner_officer_id]).collect();
    let (from, to) = window.instants();
    let mut shifts: BTreeMap<OfficerId, Vec<Shift>> = BTreeMap::new();
    for row in store::duty_shifts::of_officers(connection, &both.into_iter().collect::<Vec<_>>(), from, to)? {
        shifts.entry(row.officer_id).or_default().push(row.fact());
    }
    for of_one in shifts.values_mut() {
        of_one.sort_by_key(|shift| (shift.starts_at, shift.id));
    }
    for pair in &pairs {
        let Some(agreed_at) = pair.agreed_at else { continue };
        for one in [pair.officer_id, pair.partner_officer_id] {
            if let Some(facts) = all.get_mut(&one) {
                facts.couple = Some(Pair {
                    care_need: if pair.care_need.is_some() { CareNeed::Registered } else { CareNeed::None },
                    since: ctx.moment.clock().date_of(agreed_at.and_utc()),
                    partner: shifts.get(&pair.other(one)).cloned().unwrap_or_default(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rest_orders::{OrderOrigin, OrderState};
    use uuid::Uuid;

    fn at(text: &str) -> chrono::NaiveDateTime {
        text.parse::<Instant>().unwrap().naive_utc()
    }

    fn order(ended: Option<&str>) -> RestOrder {
        let id = RowId(Uuid::from_u128(1));
        RestOrder {
            id,
            officer_id: OfficerId(Uuid::from_u128(2)),
            unit_id: UnitId(Uuid::from_u128(3)),
            origin: OrderOrigin::Leader,
            state: OrderState::Issued,
            reason: None,
            duty_from: None,
            duty_to: None,
            from_at: Some(at("2026-03-02T00:00:00Z")),
            to_at: Some(at("2026-03-03T00:00:00Z")),
            cover_officer_id: None,
            created_by: None,
            created_at: at("2026-03-01T00:00:00Z"),
            issued_by: None,
            issued_at: Some(at("2026-03-01T00:00:00Z")),
            ended_by: None,
            ended_at: ended.map(at),
            version: 1,
            end_reason: None,
        }
    }

    fn opened(from: &str, until: &str) -> Override {
        Override {
            id: RowId(Uuid::from_u128(9)),
            order_id: RowId(Uuid::from_u128(1)),
            reason: "x".to_owned(),
            from_at: at(from),
            until_at: at(until),
            account_id: None,
            recorded_at: at(from),
        }
    }

    fn shown(order: &RestOrder, overrides: &[Override]) -> Vec<String> {
        let of = in_force(order, overrides);
        of.iter().map(|one| format!("{} {}", one.from.format("%dT%H"), one.to.format("%dT%H"))).collect()
    }

    /// What was let happen is taken out of the order, and nothing else.
    #[test]
    fn an_order_binds_around_what_was_let_happen() {
        let whole = order(None);
        assert_eq!(shown(&whole, &[]), ["02T00 03T00"]);
        let middle = opened("2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z");
        assert_eq!(shown(&whole, std::slice::from_ref(&middle)), ["02T00 02T06", "02T12 03T00"]);
        let early = opened("2026-03-01T20:00:00Z", "2026-03-02T02:00:00Z");
        assert_eq!(shown(&whole, &[middle, early]), ["02T02 02T06", "02T12 03T00"]);
        let all = opened("2026-03-01T20:00:00Z", "2026-03-04T00:00:00Z");
        assert_eq!(shown(&whole, &[all]), Vec::<String>::new());
        assert_eq!(shown(&order(Some("2026-03-02T03:00:00Z")), &[]), ["02T00 02T03"]);
        assert_eq!(shown(&order(Some("2026-03-01T03:00:00Z")), &[]), Vec::<String>::new());
    }

    #[test]
    fn dates_become_ranges_without_gaps() {
        let date = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let id = RowId(Uuid::from_u128(1));
        let found = ranges(id, &[date("2026-03-01"), date("2026-03-02"), date("2026-03-04")]);
        let shown: Vec<_> = found.iter().map(|one| (one.from.to_string(), one.to.to_string())).collect();
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(shown, [pair("2026-03-01", "2026-03-02"), pair("2026-03-04", "2026-03-04")]);
    }
}
