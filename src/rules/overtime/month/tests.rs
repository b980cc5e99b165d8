use super::*;
use crate::rules::cases::{built_in, day};
use crate::rules::policy::{Place, PolicySet};
use crate::rules::terms::Category;
use proptest::prelude::*;
use toml::Table;

const DAY: i64 = 480;

fn version(policies: &PolicySet) -> &Version<OvertimePolicy> {
    policies.overtime(Place::in_force(Category::Police), day("2026-11-01")).unwrap()
}

fn terms(policies: &PolicySet, department: Department) -> MonthTerms<'_> {
    MonthTerms { version: version(policies), department, minutes_per_day: DAY }
}

fn int(table: &Table, key: &str) -> i64 {
    table[key].as_integer().unwrap()
}

/// Credit of which nothing was rested or paid.
fn open(class: DayOffWorked, minutes: i64, wanted: Option<usize>) -> MonthCredit {
    let paid = Money(0);
    MonthCredit { class, minutes, rested_minutes: 0, paid_minutes: 0, paid, open_minutes: minutes, wanted }
}

#[test]
fn every_case_holds() {
    let read: Table = toml::from_str(include_str!("../../../../tests/cases/overtime.toml")).unwrap();
    let cases = read["case"].as_array().unwrap();
    let policies = built_in();
    let version = version(&policies);
    for case in cases {
        let table = |key: &str| case[key].as_table().unwrap();
        assert_eq!(case["rule"].as_str(), Some("cn.overtime.allowance"));
        let given = table("given");
        // The numbers of the case are those that are built in.
        let cents = |key: &str| given["rates"][key].as_integer().unwrap() * 100;
        assert_eq!(version.values.rates.rest_day, Money(cents("rest")));
        assert_eq!(version.values.rates.statutory_holiday, Money(cents("statutory")));
        for department in Department::ALL {
            let cap = given["monthly_cap"][department.as_str()].as_integer().unwrap();
            assert_eq!(version.values.cap(*department), cap);
        }
        // A day of the case is a compensatory day.
        let mut credits = Vec::new();
        for (class, name) in [(DayOffWorked::RestDay, "rest"), (DayOffWorked::StatutoryHoliday, "statutory")] {
            let compensated = int(given, &format!("{name}_days_compensated"));
            for number in 0..int(given, &format!("{name}_days_worked")) {
                let whole = open(class, DAY, None);
                let rested = MonthCredit { rested_minutes: DAY, open_minutes: 0, ..whole };
                credits.push(if number < compensated { rested } else { whole });
            }
        }
        let department = given["department"].as_str().unwrap().parse().unwrap();
        let paid = allowance(&credits, Of::All, &terms(&policies, department));
        let expected = table("expected");
        let told = (paid.amount.0, paid.over_cap_minutes, paid.paid_minutes);
        let days = |key: &str| int(expected, key) * DAY;
        assert_eq!(told, (int(expected, "amount") * 100, days("over_cap_days"), days("paid_days")), "{}", case["id"]);
        assert_eq!(paid.finding.measured["paid_days"], int(expected, "paid_days"), "whole days are whole numbers");
        assert_eq!(paid.finding.outcome == Outcome::Warn, paid.over_cap_minutes > 0);
        assert_eq!(paid.shares.iter().sum::<i64>(), paid.paid_minutes);
        let chosen = allowance(&credits, Of::Wanted, &terms(&policies, department));
        assert_eq!((chosen.amount, chosen.paid_minutes, chosen.over_cap_minutes), (Money(0), 0, 0));
    }
    let ids: Vec<&str> = cases.iter().filter_map(|case| case["id"].as_str()).collect();
    assert_eq!(ids, ["H02", "H03", "H04", "H05", "H07", "H06 statutory days first"]);
    assert!(cases.iter().all(|case| case["source"].as_str().is_some_and(|text| !text.is_empty())));
}

/// Six days a month in the front line, one minute short of it, exactly, one too many, and nothing left.
#[test]
fn a_month_pays_up_to_its_cap() {
    use DayOffWorked::{RestDay, StatutoryHoliday};
    let policies = built_in();
    let pay = |minutes, paid_minutes, class| {
        // What is wanted elsewhere takes as much of the month as what was paid.
        let told = [(paid_minutes, 0), (0, paid_minutes)].map(|(paid_minutes, wanted_minutes)| {
            let asked = Asked { minutes, paid_minutes, wanted_minutes, class };
            let paid = payment(&asked, &terms(&policies, Department::FrontLine));
            (paid.minutes, paid.amount.to_string(), paid.finding.outcome)
        });
        assert_eq!(told[0], told[1]);
        told[0].clone()
    };
    assert_eq!(pay(480, 0, RestDay), (480, "80.00".to_owned(), Outcome::Pass));
    assert_eq!(pay(480, 0, StatutoryHoliday), (480, "100.00".to_owned(), Outcome::Pass));
    assert_eq!(pay(600, 0, StatutoryHoliday), (600, "125.00".to_owned(), Outcome::Pass));
    assert_eq!(pay(30, 0, StatutoryHoliday), (30, "6.25".to_owned(), Outcome::Pass));
    assert_eq!(pay(480, 5 * 480, RestDay), (480, "80.00".to_owned(), Outcome::Pass));
    assert_eq!(pay(481, 5 * 480, RestDay), (480, "80.00".to_owned(), Outcome::Warn));
    assert_eq!(pay(480, 6 * 480 - 1, RestDay), (1, "0.17".to_owned(), Outcome::Warn));
    assert_eq!(pay(480, 6 * 480, RestDay), (0, "0.00".to_owned(), Outcome::Block));
    assert_eq!(pay(480, 7 * 480, RestDay).0, 0, "more was paid before the cap was lowered");
    let asked = Asked { minutes: 4800, paid_minutes: 0, wanted_minutes: 0, class: RestDay };
    let admin = payment(&asked, &terms(&policies, Department::Admin));
    assert_eq!((admin.minutes, admin.amount.to_string().as_str()), (4 * 480, "320.00"));
}

/// What was paid comes first, as it was paid; then the holiday, though it was chosen last; then the order of choices.
#[test]
fn the_cap_is_spent_in_one_order() {
    use DayOffWorked::{RestDay, StatutoryHoliday};
    let policies = built_in();
    let terms = terms(&policies, Department::Admin);
    let paid = MonthCredit {
        paid_minutes: 720,
        paid: Money(12_345),
        open_minutes: 0,
        rested_minutes: 240,
        ..open(RestDay, 960, None)
    };
    let credits = [
        open(RestDay, 480, Some(8)),
        open(RestDay, 480, Some(7)),
        paid,
        open(StatutoryHoliday, 480, Some(9)),
        open(StatutoryHoliday, 100, None),
    ];
    let chosen = allowance(&credits, Of::Wanted, &terms);
    assert_eq!(chosen.shares, [240, 480, 720, 480, 0]);
    assert_eq!((chosen.paid_minutes, chosen.over_cap_minutes), (1920, 240));
    assert_eq!(chosen.amount, Money(12_345 + 10_000 + 8_000 + 4_000));
    // Of everything, the other holiday too goes before the rest days.
    let all = allowance(&credits, Of::All, &terms);
    assert_eq!(all.shares, [140, 480, 720, 480, 100]);
    assert_eq!(all.amount, Money(12_345 + 10_000 + 2_083 + 8_000 + 2_333));
    assert_eq!(payment_of(&credits, 0, &terms).unwrap().finding.measured["wanted_minutes"], 960);
    assert_eq!(payment_of(&credits, 4, &terms), None, "rest is wanted");
    assert_eq!(payment_of(&credits, 5, &terms), None);
    assert_eq!(
        [0, 2, 3, 240, 480, 721].map(|minutes| Value::from(terms.days(minutes)).to_string()),
        ["0", "0", "0.01", "0.5", "1", "1.5"]
    );
}

proptest! {
    /// In whatever order lots are paid, they come to what the month said before, and it says the same after each.
    #[test]
    fn paying_comes_to_what_the_month_says(
        lots in prop::collection::vec((any::<bool>(), 1_i64..1500, 0_i64..600, any::<bool>(), any::<bool>()), 1..9),
        order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
        choices in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
        is_admin in any::<bool>(),
    ) {
        let policies = built_in();
        let terms = terms(&policies, if is_admin { Department::Admin } else { Department::FrontLine });
        let mut credits: Vec<MonthCredit> = lots.iter().zip(&choices).map(|((is_holiday, minutes, rested, wanted, was_paid), choice)| {
            let class = if *is_holiday { DayOffWorked::StatutoryHoliday } else { DayOffWorked::RestDay };
            let rested_minutes = *rested.min(minutes);
            let paid_minutes = if *was_paid { (minutes - rested_minutes) / 3 } else { 0 };
            MonthCredit {
                rested_minutes, paid_minutes, paid: Money(paid_minutes * 7), open_minutes: minutes - rested_minutes - paid_minutes,
                ..open(class, *minutes, wanted.then_some(*choice))
            }
        }).collect();
        let said = allowance(&credits, Of::Wanted, &terms);
        let everything = allowance(&credits, Of::All, &terms);
        prop_assert!(said.paid_minutes <= everything.paid_minutes && said.paid_minutes <= terms.cap_minutes().max(paid_before(&credits)));
        let all_wanted: Vec<MonthCredit> = credits.iter().map(|one| MonthCredit { wanted: one.wanted.or(Some(99)), ..*one }).collect();
        prop_assert_eq!(allowance(&all_wanted, Of::Wanted, &terms), everything);
        for place in order {
            let Some(paid) = payment_of(&credits, place, &terms) else { continue };
            let one = credits[place];
            prop_assert_eq!(one.paid_minutes + paid.minutes, said.shares[place]);
            if paid.minutes == 0 {
                continue;
            }
            // What the cap leaves is rest again.
            let left = one.open_minutes - paid.minutes;
            credits[place] = MonthCredit {
                paid_minutes: one.paid_minutes + paid.minutes, paid: Money(one.paid.0 + paid.amount.0),
                open_minutes: left, wanted: one.wanted.filter(|_| left == 0), ..one
            };
            let now = allowance(&credits, Of::Wanted, &terms);
            prop_assert_eq!((now.amount, now.paid_minutes), (said.amount, said.paid_minutes));
        }
        prop_assert_eq!(credits.iter().map(|one| one.paid.0).sum::<i64>(), said.amount.0);
    }
}
