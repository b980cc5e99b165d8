use super::*;
use crate::rules::annual_leave::entitlement;
use crate::rules::cases::{built_in, day, draw, lot, lot_id, own, person};
use crate::rules::terms::Category;
use chrono::TimeDelta;
use proptest::prelude::*;

/// Five days from January, ten from 1 April 2026.
fn stepping() -> Lot {
    own(1, &entitlement(&person(Category::Police, &[("2016-03-10", None)]), &built_in(), 2026).unwrap())
}

/// Ten days of 2026.
fn ten() -> Lot {
    own(1, &entitlement(&person(Category::Police, &[("2010-03-10", None)]), &built_in(), 2026).unwrap())
}

fn booked(on: &str, whole: i32) -> Demand {
    Demand { on: day(on), quantity: HalfDays::whole(whole) }
}

fn days(lots: &[Lot], live: &[Demand], on: &str) -> f64 {
    available(lots, live, day(on)).days()
}

#[test]
fn a_step_is_a_slice() {
    let lots = [stepping()];
    assert_eq!(days(&lots, &[], "2026-03-31"), 5.0);
    assert_eq!(days(&lots, &[], "2026-04-01"), 10.0);
    // Five booked in October: five in March. Ten booked: none.
    assert_eq!(days(&lots, &[booked("2026-10-12", 5)], "2026-03-10"), 5.0);
    assert_eq!(days(&lots, &[booked("2026-10-12", 6)], "2026-03-10"), 4.0);
    assert_eq!(days(&lots, &[booked("2026-10-12", 10)], "2026-03-10"), 0.0);
    assert_eq!(days(&lots, &[booked("2026-02-02", 5)], "2026-03-31"), 0.0);
    assert_eq!(days(&lots, &[booked("2026-02-02", 5)], "2026-04-01"), 5.0);
    // Outside the year nothing of its lot is there.
    assert_eq!(days(&lots, &[], "2025-12-31"), 0.0);
    assert_eq!(days(&lots, &[], "2027-01-01"), 0.0);
}

#[test]
fn carried_days_that_end_in_march() {
    let lots = [ten(), lot(2, LotSource::Carried, 2025, "2026-01-01", "2026-03-31", 3)];
    assert_eq!(days(&lots, &[], "2026-01-05"), 13.0);
    assert_eq!(days(&lots, &[], "2026-03-31"), 13.0);
    assert_eq!(days(&lots, &[], "2026-04-01"), 10.0);
    // Taken in time they are not taken from the ten.
    assert_eq!(days(&lots, &[booked("2026-03-02", 3)], "2026-05-01"), 10.0);
    assert_eq!(days(&lots, &[booked("2026-03-02", 4)], "2026-05-01"), 9.0);
    // Booked later they are: the three have ended.
    assert_eq!(days(&lots, &[booked("2026-04-01", 3)], "2026-05-01"), 7.0);
}

#[test]
fn what_a_corrected_fact_left_without_a_lot_weighs_on_later_days() {
    let lots = [stepping()];
    assert_eq!(days(&lots, &[booked("2026-03-02", 6)], "2026-12-31"), 4.0);
    assert_eq!(days(&lots, &[booked("2026-03-02", 12)], "2026-12-31"), 0.0);
    // What was overdrawn in one year says nothing about the next.
    let next = own(3, &entitlement(&person(Category::Police, &[("2016-03-10", None)]), &built_in(), 2027).unwrap());
    assert_eq!(days(&[stepping(), next], &[booked("2026-03-02", 12)], "2027-05-04"), 10.0);
}

#[test]
fn what_left_a_lot_comes_out_of_its_latest_steps() {
    let mut lot = stepping();
    lot.carried_out = HalfDays::whole(2);
    assert_eq!((lot.net(), lot.net_on(day("2026-03-31"))), (HalfDays::whole(8), HalfDays::whole(5)));
    assert_eq!(days(&[lot.clone()], &[], "2026-03-31"), 5.0);
    assert_eq!(days(&[lot.clone()], &[], "2026-04-01"), 8.0);
    lot.carried_out = HalfDays::whole(30);
    assert_eq!(days(&[lot], &[], "2026-12-31"), 0.0);
}

#[test]
fn the_earliest_expiry_is_used_first_and_a_date_may_draw_on_two_lots() {
    let lots = [
        ten(),
        lot(2, LotSource::Carried, 2025, "2026-01-01", "2026-12-31", 1),
        lot(3, LotSource::Recall, 2026, "2026-01-01", "2027-12-31", 4),
    ];
    let new = [(day("2026-05-06"), HalfDays(1)), (day("2026-05-07"), HalfDays(2)), (day("2026-05-08"), HalfDays(2))];
    let assignment = assign(&lots, &[], &new).unwrap();
    assert_eq!(assignment.moved, []);
    // Carried and own end on one day: the older year first.
    assert_eq!(
        assignment.draws,
        [
            (day("2026-05-06"), lot_id(2), HalfDays(1)),
            (day("2026-05-07"), lot_id(2), HalfDays(1)),
            (day("2026-05-07"), lot_id(1), HalfDays(1)),
            (day("2026-05-08"), lot_id(1), HalfDays(2)),
        ]
    );
}

#[test]
fn draws_stay_where_they_are_while_the_new_days_fit() {
    let lots = [ten(), lot(2, LotSource::Carried, 2025, "2026-01-01", "2026-03-31", 3)];
    // Booked on the ten in February although the three were there: left alone.
    let draws = [draw(7, 1, "2026-02-02", 2)];
    let assignment = assign(&lots, &draws, &[(day("2026-02-03"), HalfDays(2))]).unwrap();
    assert_eq!(assignment, Assignment { draws: vec![(day("2026-02-03"), lot_id(2), HalfDays(2))], moved: vec![] });
}

#[test]
fn draws_move_where_they_must() {
    let lots = [ten(), lot(2, LotSource::Carried, 2025, "2026-01-01", "2026-03-31", 3)];
    let draws: Vec<Draw> = (2..7).map(|d| draw(7, 1, &format!("2026-02-0{d}"), 2)).collect();
    // Ten days in May need the whole of the ten less what February can get from the three.
    let may: Vec<(NaiveDate, HalfDays)> =
        (0..8).map(|d| (day("2026-05-11") + TimeDelta::days(d), HalfDays(2))).collect();
    let assignment = assign(&lots, &draws, &may).unwrap();
    assert!(assignment.draws.iter().all(|(_, lot, _)| *lot == lot_id(1)));
    let moved: HalfDays = assignment.moved.iter().map(|m| m.quantity).sum();
    assert_eq!(moved, HalfDays::whole(3));
    assert!(assignment.moved.iter().all(|m| m.from == lot_id(1) && m.to == lot_id(2)));
    // One more does not fit, and the refusal says how many would.
    let mut more = may;
    more.push((day("2026-05-20"), HalfDays(2)));
    assert_eq!(
        assign(&lots, &draws, &more),
        Err(Shortage { requested: HalfDays::whole(9), available: HalfDays::whole(8) })
    );
}

#[test]
fn an_own_lot_keeps_early_days_for_early_draws() {
    let lots = [stepping()];
    let draws = [draw(7, 1, "2026-10-12", 12)];
    assert!(assign(&lots, &draws, &[(day("2026-03-02"), HalfDays(8))]).is_ok());
    assert_eq!(
        assign(&lots, &draws, &[(day("2026-03-02"), HalfDays(9))]),
        Err(Shortage { requested: HalfDays(9), available: HalfDays(8) })
    );
}

#[test]
fn a_span_over_new_year_draws_on_both_years() {
    let officer = person(Category::Police, &[("2010-03-10", None)]);
    let lots = [2025_i32, 2026]
        .map(|year| own(year.unsigned_abs().into(), &entitlement(&officer, &built_in(), year).unwrap()));
    let new = [(day("2025-12-31"), HalfDays(2)), (day("2026-01-05"), HalfDays(2))];
    let lots_used: Vec<LotId> = assign(&lots, &[], &new).unwrap().draws.into_iter().map(|(_, lot, _)| lot).collect();
    assert_eq!(lots_used, [lot_id(2025), lot_id(2026)]);
}

#[test]
fn a_return_to_an_ended_lot_reopens_it() {
    let carried = lot(2, LotSource::Carried, 2025, "2026-01-01", "2026-12-31", 3);
    let reopened = |on, halves| reopen(&carried, HalfDays(halves), day(on), 90);
    assert_eq!(reopened("2026-12-31", 2), None);
    let expected = Validity { valid_from: day("2027-01-01"), expires_on: day("2027-04-01") };
    assert_eq!(reopened("2027-01-01", 2), Some(expected));
    assert_eq!(reopened("2027-01-01", 0), None);
}

prop_compose! {
    /// A small world: an own lot with up to three steps, two others, and some demands.
    fn world()(steps in prop::collection::vec((0_i64..100, 1_i32..8), 1..4),
               others in prop::collection::vec((0_i64..60, 1_i64..80, 1_i32..8), 0..3),
               live in prop::collection::vec((0_i64..100, 1_i32..4), 0..6)) -> (Vec<Lot>, Vec<Demand>) {
        let date = |days| day("2026-01-01") + TimeDelta::days(days);
        let mut from: Vec<i64> = steps.iter().map(|(from, _)| *from).collect();
        from.sort_unstable();
        from.dedup();
        let mut total = HalfDays::ZERO;
        let mut own = lot(1, LotSource::Own, 2026, "2026-01-01", "2026-04-20", 0);
        own.steps = from.into_iter().zip(&steps).map(|(from, (_, more))| {
            total += HalfDays(*more);
            Step { from: date(from), days: total }
        }).collect();
        let mut lots = vec![own];
        for (index, (from, length, halves)) in (2_u128..).zip(&others) {
            let (from, to) = (date(*from).to_string(), date(from + length).to_string());
            let mut other = lot(index, LotSource::Carried, 2025, &from, &to, 0);
            other.steps = vec![Step { from: other.valid_from, days: HalfDays(*halves) }];
            lots.push(other);
        }
        let live = live.iter().map(|(on, halves)| Demand { on: date(*on), quantity: HalfDays(*halves) }).collect();
        (lots, live)
    }
}

/// Hall's condition, checked over every pair of bounds: an answer found another way than by going through the dates.
/// Slices and days can be matched completely iff no set of days asks for more than the slices that touch it.
fn all_fit(lots: &[Lot], demands: &[Demand]) -> bool {
    let mut dates: Vec<NaiveDate> = demands.iter().filter(|d| d.quantity.0 > 0).map(|d| d.on).collect();
    dates.sort_unstable();
    dates.dedup();
    (1_u32..1 << dates.len()).all(|set| {
        let chosen: Vec<NaiveDate> =
            (0_u32..).zip(&dates).filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, d)| *d).collect();
        let asked: i32 = demands.iter().filter(|d| chosen.contains(&d.on)).map(|d| d.quantity.0).sum();
        let mut there = 0;
        for lot in lots {
            let mut below = 0;
            for step in &lot.steps {
                if chosen.iter().any(|on| step.from <= *on && *on <= lot.expires_on) {
                    there += step.days.0 - below;
                }
                below = step.days.0;
            }
        }
        asked <= there
    })
}

/// Books the demands one after the other as far as they can be; the draws as the ledger would hold them.
fn book(lots: &[Lot], demands: &[Demand]) -> Vec<Draw> {
    let mut draws: Vec<Draw> = Vec::new();
    for (request, demand) in (100_u128..).zip(demands) {
        if let Ok(assignment) = assign(lots, &draws, &[(demand.on, demand.quantity)]) {
            for moved in &assignment.moved {
                let mut left = moved.quantity;
                for old in draws
                    .iter_mut()
                    .filter(|d| d.request_id == moved.request_id && d.on == moved.on && d.lot_id == moved.from)
                {
                    let part = old.quantity.min(left);
                    old.quantity = old.quantity - part;
                    left = left - part;
                }
                assert_eq!(left, HalfDays::ZERO);
                draws.push(Draw {
                    request_id: moved.request_id,
                    lot_id: moved.to,
                    on: moved.on,
                    quantity: moved.quantity,
                    state: DrawState::Granted,
                });
            }
            for (on, lot_id, quantity) in assignment.draws {
                draws.push(Draw { lot_id, on, quantity, ..draw(request, 0, "2026-01-01", 0) });
            }
            draws.retain(|draw| draw.quantity > HalfDays::ZERO);
        }
    }
    draws
}

proptest! {
    #[test]
    fn available_is_the_largest_that_fits((lots, live) in world(), on in 0_i64..115) {
        let on = day("2026-01-01") + TimeDelta::days(on);
        let draws = book(&lots, &live);
        let live: Vec<Demand> = draws.iter().map(Demand::from).collect();
        prop_assert!(all_fit(&lots, &live));
        let n = available(&lots, &live, on);
        let with = |n| live.iter().copied().chain([Demand { on, quantity: n }]).collect::<Vec<_>>();
        prop_assert!(all_fit(&lots, &with(n)));
        prop_assert!(!all_fit(&lots, &with(n + HalfDays(1))));
    }

    #[test]
    fn assigning_succeeds_exactly_up_to_what_is_available((lots, live) in world(), on in 0_i64..115) {
        let on = day("2026-01-01") + TimeDelta::days(on);
        let draws = book(&lots, &live);
        let live: Vec<Demand> = draws.iter().map(Demand::from).collect();
        let n = available(&lots, &live, on);
        let assignment = assign(&lots, &draws, &[(on, n)]).unwrap();
        prop_assert_eq!(assignment.draws.iter().map(|(_, _, q)| *q).sum::<HalfDays>(), n);
        let more = n + HalfDays(1);
        prop_assert_eq!(assign(&lots, &draws, &[(on, more)]), Err(Shortage { requested: more, available: n }));
        // No lot ever gives more than it holds.
        for lot in &lots {
            let drawn: HalfDays = draws.iter().filter(|d| d.lot_id == lot.id).map(|d| d.quantity).sum();
            prop_assert!(drawn <= lot.net());
        }
    }

    #[test]
    fn available_is_monotone((lots, live) in world(), on in 0_i64..115, more in 1_i32..6) {
        let on = day("2026-01-01") + TimeDelta::days(on);
        let n = available(&lots, &live, on);
        // More in a lot never lowers it, one more day of leave never raises it.
        let mut richer = lots.clone();
        richer[0].steps.last_mut().unwrap().days += HalfDays(more);
        prop_assert!(available(&richer, &live, on) >= n);
        for date in [0_i64, 30, 60, 90] {
            let mut busier = live.clone();
            busier.push(Demand { on: day("2026-01-01") + TimeDelta::days(date), quantity: HalfDays(more) });
            prop_assert!(available(&lots, &busier, on) <= n);
        }
    }
}
