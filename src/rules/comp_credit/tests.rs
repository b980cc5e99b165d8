use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use uuid::Uuid;

use chrono::Days;

use super::*;
use crate::rules::cases::{calendar, day};
use crate::rules::duty::DutyKind;

fn lot(id: u128, minutes: i64, earned_on: &str, take_by: &str) -> CreditLot {
    CreditLot {
        id: LotId(Uuid::from_u128(id)),
        minutes,
        paid: 0,
        voided: 0,
        earned_on: day(earned_on),
        take_by: day(take_by),
        offer_by: None,
        compensation: Compensation::Time,
    }
}

fn request(id: u128) -> Spender {
    Spender::Request(RequestId(Uuid::from_u128(id)))
}

fn draw(spender: Spender, lot: u128, on: &str, minutes: i64) -> CreditDraw {
    CreditDraw { spender, lot_id: LotId(Uuid::from_u128(lot)), on: day(on), minutes, standing: Standing::Granted }
}

fn any(on: &str, minutes: i64) -> Demand {
    Demand { on: day(on), minutes, lot: None }
}

/// Lot, date and minutes of what is reserved anew.
fn anew(matching: &Matching) -> Vec<(u128, String, i64)> {
    let new = matching.changes.iter().filter(|change| change.spender.is_none());
    new.map(|change| (change.lot_id.0.as_u128(), change.on.to_string(), change.minutes)).collect()
}

#[test]
fn earliest_take_by_first_and_never_too_late() {
    let lots = [lot(1, 480, "2025-05-01", "2025-06-30"), lot(2, 480, "2025-04-20", "2025-05-31")];
    let today = day("2025-05-10");
    assert_eq!(
        anew(&assign(&lots, &[], today, &[any("2025-05-20", 480)]).unwrap()),
        [(2, "2025-05-20".to_owned(), 480)]
    );
    let both = assign(&lots, &[], today, &[any("2025-05-20", 720)]).unwrap();
    assert_eq!(anew(&both).iter().map(|(lot, _, minutes)| (*lot, *minutes)).collect::<Vec<_>>(), [(1, 240), (2, 480)]);
    // Past both dates the credit is still there; before it is earned it is not.
    assert!(assign(&lots, &[], today, &[any("2026-03-02", 960)]).is_ok());
    assert_eq!(assign(&lots, &[], today, &[any("2026-03-02", 961)]), Err(Shortage { short: 1 }));
    assert_eq!(assign(&lots, &[], today, &[any("2025-04-30", 720)]), Err(Shortage { short: 240 }));
    assert_eq!(available(&lots, &[], today, day("2025-04-30")), 480);
    assert_eq!(available(&lots, &[], today, day("2025-04-19")), 0);
    assert_eq!(available(&lots, &[], today, day("2025-05-01")), 960);
}

#[test]
fn the_order_of_asking_changes_nothing() {
    // Asked for July first, then for May: May still takes the lot that is due in May.
    let lots = [lot(1, 480, "2025-04-20", "2025-05-31"), lot(2, 240, "2025-04-25", "2025-06-30")];
    let today = day("2025-05-10");
    let july = assign(&lots, &[], today, &[any("2025-07-05", 240)]).unwrap();
    assert_eq!(anew(&july), [(1, "2025-07-05".to_owned(), 240)]);
    let held = [draw(request(7), 1, "2025-07-05", 240)];
    let may = assign(&lots, &held, today, &[any("2025-05-20", 480)]).unwrap();
    assert_eq!(anew(&may), [(1, "2025-05-20".to_owned(), 480)]);
    let moved: Vec<_> = may
        .changes
        .iter()
        .filter(|change| change.spender.is_some())
        .map(|c| (c.lot_id.0.as_u128(), c.minutes))
        .collect();
    assert_eq!(moved, [(1, -240), (2, 240)]);
}

#[test]
fn what_lies_behind_stays_unless_nothing_fits_otherwise() {
    let lots = [lot(1, 240, "2025-01-01", "2025-01-31"), lot(2, 240, "2025-02-01", "2025-03-01")];
    let today = day("2025-03-10");
    let taken = [draw(request(7), 1, "2025-03-03", 240)];
    assert_eq!(
        anew(&assign(&lots, &taken, today, &[any("2025-03-12", 240)]).unwrap()),
        [(2, "2025-03-12".to_owned(), 240)]
    );
    // Rest entered for January can only be lot 1: what was taken in March moves to lot 2.
    let january = assign(&lots, &taken, today, &[any("2025-01-15", 240)]).unwrap();
    assert_eq!(january.changes.len(), 3);
    assert_eq!(available(&lots, &taken, today, day("2025-01-15")), 240);
}

#[test]
fn a_rest_day_stays_with_its_lot_and_pay_is_not_rested() {
    let mut lots = [lot(1, 480, "2025-04-20", "2025-05-31"), lot(2, 480, "2025-04-25", "2025-06-30")];
    let today = day("2025-05-10");
    let rest_day = Spender::RestDay(RowId(Uuid::from_u128(9)));
    let held = [draw(rest_day, 2, "2025-05-15", 480)];
    assert_eq!(available(&lots, &held, today, day("2025-05-20")), 480);
    assert!(assign(&lots, &held, today, &[any("2025-05-20", 481)]).is_err());
    // A day that is wanted from one lot makes way for nobody, and others for it.
    let others = [draw(request(7), 1, "2025-05-16", 480)];
    let pinned = Demand { on: day("2025-05-20"), minutes: 480, lot: Some(LotId(Uuid::from_u128(1))) };
    let matching = assign(&lots, &others, today, &[pinned]).unwrap();
    assert_eq!((anew(&matching).len(), matching.changes.len()), (1, 3));
    assert!(assign(&lots, &held, today, &[Demand { lot: Some(LotId(Uuid::from_u128(2))), ..pinned }]).is_err());
    lots[0].compensation = Compensation::Pay;
    assert_eq!(available(&lots, &[], today, day("2025-05-20")), 480);
    assert_eq!(lots[0].state(&[], today), CreditState::ChosenPay);
    lots[0].paid = 480;
    assert_eq!((lots[0].state(&[], today), lots[0].free(&[])), (CreditState::Paid, 0));
}

#[test]
fn states_by_date_and_the_offer_that_is_missing() {
    let mut one = lot(1, 480, "2025-04-12", "2025-05-12");
    one.offer_by = Some(day("2025-04-14"));
    assert_eq!(one.state(&[], day("2025-05-12")), CreditState::Open);
    assert_eq!(one.state(&[], day("2025-05-13")), CreditState::Overdue);
    assert!(!one.lacks_offer(&[], day("2025-04-14")) && one.lacks_offer(&[], day("2025-04-15")));
    let offered = [draw(Spender::RestDay(RowId(Uuid::from_u128(3))), 1, "2025-04-20", 240)];
    assert!(!one.lacks_offer(&offered, day("2025-04-15")));
    assert_eq!(one.state(&[draw(request(1), 1, "2025-04-20", 480)], day("2025-06-01")), CreditState::Used);
    let states =
        [19, 20, 21].map(|on| one.state(&[draw(request(1), 1, "2025-04-20", 480)], day(&format!("2025-04-{on}"))));
    assert_eq!(states, [CreditState::Reserved, CreditState::Used, CreditState::Used]);
    let asked = CreditDraw { standing: Standing::Pending, ..draw(request(1), 1, "2025-04-20", 480) };
    assert_eq!(one.state(&[asked], day("2025-06-01")), CreditState::Reserved);
    let half = [draw(request(1), 1, "2025-04-20", 240)];
    let rest = CreditLot { paid: 240, ..one };
    assert_eq!(
        [19, 20].map(|on| rest.state(&half, day(&format!("2025-04-{on}")))),
        [CreditState::Reserved, CreditState::Paid]
    );
    one.voided = 480;
    assert_eq!(one.state(&[], day("2025-04-20")), CreditState::Voided);
}

#[test]
fn a_balance_of_five_days_is_amber_of_ten_red() {
    let policies = crate::rules::cases::built_in();
    let place = crate::rules::policy::Place::in_force(crate::rules::terms::Category::Police);
    let credit = policies.rest(place, day("2026-03-01")).unwrap().values.credit;
    let light = |minutes| Light::of(&credit, minutes);
    assert_eq!([2399, 2400, 4799, 4800].map(light), [Light::Green, Light::Amber, Light::Amber, Light::Red]);
    let lots = [lot(1, 480, "2026-01-01", "2026-01-31"), lot(2, 240, "2026-03-02", "2026-04-01")];
    let owed = |on| owed_minutes(&lots, &[draw(request(1), 1, "2026-05-01", 120)], day(on));
    assert_eq!([owed("2025-12-31"), owed("2026-03-01"), owed("2026-03-02")], [0, 360, 600]);
}

#[test]
fn a_6_redeemed_in_time_by_month() {
    // One day due on 31 May, half a day due on 30 June; used on 20 May and on 5 July.
    let lots = [lot(1, 480, "2025-05-01", "2025-05-31"), lot(2, 240, "2025-05-31", "2025-06-30")];
    let draws = [draw(request(1), 1, "2025-05-20", 480), draw(request(2), 2, "2025-07-05", 240)];
    let month = |from, to| redeemed_in_time(&lots, &draws, (day(from), day(to)), day("2025-07-31"));
    assert_eq!(month("2025-05-01", "2025-05-31").percent().as_deref(), Some("100.0"));
    assert_eq!(month("2025-06-01", "2025-06-30").percent().as_deref(), Some("0.0"));
    assert_eq!(month("2025-07-01", "2025-07-31").percent(), None);
    assert_eq!(lots.iter().map(|lot| lot.free(&draws)).sum::<i64>(), 0, "nothing forfeited");
    // What was paid at the officer's choice is not due as rest.
    let paid = [CreditLot { paid: 240, ..lots[1] }];
    assert_eq!(redeemed_in_time(&paid, &[], (day("2025-06-01"), day("2025-06-30")), day("2025-07-31")).percent(), None);
    assert_eq!(Redeemed { numerator: 1, denominator: 3 }.percent().as_deref(), Some("33.3"));
    assert_eq!(Redeemed { numerator: 2, denominator: 3 }.percent().as_deref(), Some("66.7"));
}

#[test]
fn what_can_be_granted_of_some_days() {
    let lots = [lot(1, 120, "2025-05-01", "2025-05-31"), lot(2, 120, "2025-05-12", "2025-06-30")];
    let today = day("2025-05-01");
    // Two lots of 120 minutes make half a day, from the second on.
    assert_eq!(grantable(&lots, &[], today, &[any("2025-05-09", 240)], 240), 0);
    assert_eq!(grantable(&lots, &[], today, &[any("2025-05-12", 240)], 240), 240);
    assert_eq!(grantable(&lots, &[], today, &[any("2025-05-12", 480), any("2025-05-13", 480)], 240), 240);
}

fn at(text: &str) -> crate::rules::terms::Instant {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn earned(
    kind: DutyKind,
    span: (&str, &str),
    minutes: (i64, i64),
    rests_by: RestsBy,
    rest: &[&str],
) -> Vec<(CreditOrigin, i64, String)> {
    let (calendar, rest_dates) = (calendar(), rest.iter().map(|date| day(date)).collect::<Vec<_>>());
    let actual = Actual {
        kind,
        starts_at: at(span.0),
        ends_at: at(span.1),
        counted_minutes: minutes.0,
        // It began as it was planned, and all of the plan counted.
        planned_starts_at: at(span.0),
        planned_ends_at: at(span.0) + chrono::TimeDelta::minutes(minutes.1),
        planned_minutes: minutes.1,
        zone: chrono_tz::Asia::Shanghai,
        calendar: &calendar,
        rest_dates: &rest_dates,
        credited_dates: &[],
        rests_by,
    };
    let found = owed_for_actual(&actual).unwrap();
    found.into_iter().map(|one| (one.origin, one.minutes, one.earned_on.to_string())).collect()
}

#[test]
fn hours_outside_statutory_workdays_earn_rest() {
    use CreditOrigin::{HolidayDuty, Overtime, RestDayDuty};
    let (by, duty) = (RestsBy::Calendar, DutyKind::Duty);
    // Friday 2026-03-06 to Saturday, 20:00 to 08:00, as planned: the eight hours of Saturday.
    let night = ("2026-03-06T20:00:00+08:00", "2026-03-07T08:00:00+08:00");
    assert_eq!(earned(duty, night, (720, 720), by, &[]), [(RestDayDuty, 480, "2026-03-07".to_owned())]);
    assert_eq!(earned(duty, night, (720, 720), RestsBy::Roster, &[]), []);
    assert_eq!(
        earned(duty, night, (720, 720), RestsBy::Roster, &["2026-03-07"]),
        [(RestDayDuty, 480, "2026-03-07".to_owned())]
    );
    assert_eq!(earned(DutyKind::Protected, night, (720, 720), by, &[]), []);
    // Standby that counts by half: each date has its share.
    assert_eq!(earned(DutyKind::Standby, night, (360, 360), by, &[]), [(RestDayDuty, 240, "2026-03-07".to_owned())]);
    // Two hours beyond the plan on a workday; as much on a make-up workday (a Saturday that is worked).
    let monday = ("2026-03-09T08:00:00+08:00", "2026-03-09T18:00:00+08:00");
    assert_eq!(earned(duty, monday, (600, 480), by, &[]), [(Overtime, 120, "2026-03-09".to_owned())]);
    assert_eq!(earned(duty, monday, (600, 600), by, &[]), []);
    assert_eq!(earned(DutyKind::Overtime, monday, (600, 600), by, &[]), [(Overtime, 600, "2026-03-09".to_owned())]);
    let makeup = ("2026-05-09T08:00:00+08:00", "2026-05-09T16:00:00+08:00");
    assert_eq!(earned(duty, makeup, (480, 480), by, &[]), []);
    // From the last statutory day of the year's end into 2 January 2026 (moved rest day).
    let new_year = ("2026-01-01T16:00:00+08:00", "2026-01-02T02:00:00+08:00");
    assert_eq!(
        earned(duty, new_year, (600, 600), by, &[]),
        [(HolidayDuty, 480, "2026-01-01".to_owned()), (RestDayDuty, 120, "2026-01-02".to_owned())]
    );
    assert_eq!(earned(duty, new_year, (600, 600), RestsBy::Roster, &[]), [(HolidayDuty, 480, "2026-01-01".to_owned())]);
    // No minute earns twice: what goes beyond the plan on a rest day has earned already.
    assert_eq!(earned(duty, night, (720, 480), by, &[]), [(RestDayDuty, 480, "2026-03-07".to_owned())]);
    let longer = ("2026-03-06T14:00:00+08:00", "2026-03-07T02:00:00+08:00");
    assert_eq!(
        earned(duty, longer, (720, 480), by, &[]),
        [(RestDayDuty, 120, "2026-03-07".to_owned()), (Overtime, 120, "2026-03-06".to_owned())]
    );
    assert_eq!(earned(duty, ("2026-03-07T08:00:00+08:00", "2026-03-07T18:00:00+08:00"), (600, 480), by, &[]).len(), 1);
}

proptest! {
    /// A minute beyond the plan earns once: on whatever dates it lies, and never what a cancelled rest day has earned.
    #[test]
    fn each_minute_beyond_the_plan_earns_once(
        start in 0_i64..60 * 24 * 40,
        planned in 1_i64..900,
        beyond in 0_i64..900,
        by_roster in prop::bool::ANY,
        credited in prop::option::of(0_u64..42),
    ) {
        let calendar = calendar();
        let starts_at = at("2026-03-25T00:00:00+08:00") + chrono::TimeDelta::minutes(start);
        let ends = |minutes: i64| starts_at + chrono::TimeDelta::minutes(minutes);
        let credited: Vec<NaiveDate> = credited.map(|days| day("2026-03-25") + chrono::Days::new(days)).into_iter().collect();
        let rest_dates = [day("2026-04-02"), day("2026-04-20")];
        let earned = |minutes: i64, credited: &[NaiveDate]| -> i64 {
            let actual = Actual {
                kind: DutyKind::Duty, starts_at, ends_at: ends(minutes), counted_minutes: minutes,
                planned_starts_at: starts_at, planned_ends_at: ends(planned), planned_minutes: planned,
                zone: chrono_tz::Asia::Shanghai, calendar: &calendar, rest_dates: &rest_dates, credited_dates: credited,
                rests_by: if by_roster { RestsBy::Roster } else { RestsBy::Calendar },
            };
            owed_for_actual(&actual).unwrap().iter().map(|one| one.minutes).sum()
        };
        let (as_planned, longer) = (earned(planned, &[]), earned(planned + beyond, &[]));
        prop_assert_eq!(longer - as_planned, beyond);
        let duty = crate::rules::duty::Shift {
            id: RowId(uuid::Uuid::from_u128(1)), kind: DutyKind::Duty, starts_at, ends_at: ends(planned + beyond),
            counted_minutes: planned + beyond,
        };
        let by_cancellation: i64 =
            credited.iter().filter_map(|on| worked_on(&[duty], *on, chrono_tz::Asia::Shanghai)).sum();
        prop_assert!(earned(planned + beyond, &credited) + by_cancellation <= planned + beyond);
    }
}

/// One thing that happens to an account of lots.
#[derive(Debug, Clone)]
enum Happening {
    Ask { on: u64, minutes: i64 },
    GiveBack(usize),
    Choose { lot: usize, pay: bool },
    Pay(usize),
    Void(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (0_u64..90, 1_i64..4).prop_map(|(on, halves)| Happening::Ask { on, minutes: halves * 240 }),
        2 => (0_usize..8).prop_map(Happening::GiveBack),
        2 => (0_usize..5, prop::bool::ANY).prop_map(|(lot, pay)| Happening::Choose { lot, pay }),
        1 => (0_usize..5).prop_map(Happening::Pay),
        1 => (0_usize..5).prop_map(Happening::Void),
    ];
    prop::collection::vec(one, 0..40)
}

/// Books what a matching changes.
fn book(draws: &mut Vec<CreditDraw>, matching: &Matching, anew: Spender) {
    for change in &matching.changes {
        let spender = change.spender.unwrap_or(anew);
        let known = draws.iter_mut().find(|d| (d.spender, d.lot_id, d.on) == (spender, change.lot_id, change.on));
        match known {
            Some(known) => known.minutes += change.minutes,
            None => draws.push(CreditDraw {
                spender,
                lot_id: change.lot_id,
                on: change.on,
                minutes: change.minutes,
                standing: Standing::Granted,
            }),
        }
    }
    assert!(draws.iter().all(|draw| draw.minutes >= 0));
    draws.retain(|draw| draw.minutes > 0);
}

proptest! {
    /// Whatever happens, what was earned is what is available, wanted as pay, reserved, paid and taken back; what is
    /// available can be rested, one minute more cannot; and every use lies on a date on which its lot is there.
    #[test]
    fn minutes_are_conserved(
        minted in prop::collection::vec((1_i64..1000, 0_u64..60, 1_u64..40), 1..5),
        today in 0_u64..90,
        happenings in happenings(),
    ) {
        let base = day("2026-01-01");
        let date = |days: u64| base + Days::new(days);
        let mut lots: Vec<CreditLot> = minted.iter().zip(1_u128..).map(|((minutes, earned, term), id)| CreditLot {
            earned_on: date(*earned), take_by: date(earned + term), ..lot(id, *minutes, "2026-01-01", "2026-01-01")
        }).collect();
        let mut draws: Vec<CreditDraw> = Vec::new();
        let earned: i64 = lots.iter().map(|lot| lot.minutes).sum();
        for (happening, number) in happenings.into_iter().zip(100_u128..) {
            match happening {
                Happening::Ask { on, minutes } => {
                    let free = available(&lots, &draws, date(today), date(on));
                    let wanted = Demand { on: date(on), minutes, lot: None };
                    let found = assign(&lots, &draws, date(today), &[wanted]);
                    prop_assert_eq!(found.is_ok(), minutes <= free);
                    if free > 0 {
                        let most = Demand { minutes: free, ..wanted };
                        prop_assert!(assign(&lots, &draws, date(today), &[most]).is_ok());
                    }
                    if let Ok(matching) = found {
                        book(&mut draws, &matching, request(number));
                    }
                }
                Happening::GiveBack(nth) => {
                    if let Some(spender) = draws.get(nth).map(|draw| draw.spender) {
                        draws.retain(|draw| draw.spender != spender);
                    }
                }
                Happening::Choose { lot, pay } => {
                    if let Some(lot) = lots.get_mut(lot) {
                        lot.compensation = if pay { Compensation::Pay } else { Compensation::Time };
                    }
                }
                Happening::Pay(nth) => {
                    if let Some(lot) = lots.get_mut(nth).filter(|lot| lot.compensation == Compensation::Pay) {
                        lot.paid += lot.free(&draws);
                    }
                }
                Happening::Void(nth) => {
                    if let Some(lot) = lots.get_mut(nth) {
                        lot.voided += lot.free(&draws);
                    }
                }
            }
            for lot in &lots {
                prop_assert!(lot.drawn(&draws) + lot.paid + lot.voided <= lot.minutes);
            }
            // Matched anew it stays so, and no leave ahead draws on a later lot while an earlier one has something left.
            let changes = rematch(&lots, &draws, date(today));
            draws = after(&draws, &changes, request(number));
            prop_assert_eq!(rematch(&lots, &draws, date(today)), []);
            for draw in draws.iter().filter(|draw| draw.on >= date(today)) {
                let of = |lot: &&CreditLot| lot.compensation == Compensation::Time;
                let Some(own) = lots.iter().filter(of).find(|lot| lot.id == draw.lot_id) else { continue };
                let mut earlier = lots.iter().filter(|lot| lot.take_by < own.take_by && lot.earned_on <= draw.on);
                prop_assert!(!earlier.any(|lot| lot.available(&draws) > 0));
            }
            let pay: i64 = lots.iter().filter(|lot| lot.compensation == Compensation::Pay).map(|lot| lot.free(&draws)).sum();
            let free: i64 = lots.iter().map(|lot| lot.available(&draws)).sum();
            let gone: i64 = lots.iter().map(|lot| lot.paid + lot.voided).sum();
            let drawn: i64 = draws.iter().map(|draw| draw.minutes).sum();
            prop_assert_eq!(earned, free + pay + gone + drawn);
            for draw in &draws {
                prop_assert!(lots.iter().any(|lot| lot.id == draw.lot_id && lot.earned_on <= draw.on));
            }
        }
    }
}
