use super::*;
use crate::rules::cases::{built_in, day, person};
use crate::rules::service::Dated;
use proptest::prelude::*;

fn steps(facts: &PersonFacts, year: i32) -> Vec<(String, i32)> {
    let owed = entitlement(facts, &built_in(), year).unwrap();
    owed.steps.iter().map(|step| (step.from.to_string(), step.days.0 / 2)).collect()
}

fn expect(facts: &PersonFacts, year: i32, expected: &[(&str, i32)]) {
    let expected: Vec<(String, i32)> = expected.iter().map(|(from, days)| ((*from).to_owned(), *days)).collect();
    assert_eq!(steps(facts, year), expected);
}

#[test]
fn a_tier_steps_inside_the_year_the_month_after() {
    let officer = person(Category::Police, &[("2016-03-10", None)]);
    expect(&officer, 2026, &[("2026-01-01", 5), ("2026-04-01", 10)]);
    expect(&officer, 2025, &[("2025-01-01", 5)]);
    expect(&officer, 2027, &[("2027-01-01", 10)]);
    expect(&officer, 2017, &[("2017-04-01", 5)]);
    expect(&officer, 2016, &[]);
    let owed = entitlement(&officer, &built_in(), 2026).unwrap();
    for (on, days) in [("2026-03-31", 5), ("2026-04-01", 10), ("2026-12-31", 10)] {
        assert_eq!(owed.days_on(day(on)), HalfDays::whole(days));
    }
    assert_eq!((owed.last_day, owed.policies), (day("2026-12-31"), vec!["annual_leave@2008-01-01".to_owned()]));
}

#[test]
fn december_anniversaries_belong_to_the_next_year() {
    expect(&person(Category::Police, &[("2025-12-15", None)]), 2026, &[]);
    expect(&person(Category::Police, &[("2025-12-15", None)]), 2027, &[("2027-01-01", 5)]);
    expect(&person(Category::Staff, &[("2016-11-30", None)]), 2026, &[("2026-01-01", 5), ("2026-12-01", 10)]);
}

#[test]
fn contract_staff_get_the_tier_on_the_day_and_a_share_in_the_year_of_completion() {
    // Joined 2025-08-01 with no earlier service: floor(153 / 365 x 5) = 2 from 2026-08-01.
    let mut auxiliary = person(Category::Auxiliary, &[("2025-08-01", None)]);
    auxiliary.joined_on = Some(day("2025-08-01"));
    expect(&auxiliary, 2025, &[]);
    expect(&auxiliary, 2026, &[("2026-08-01", 2)]);
    expect(&auxiliary, 2027, &[("2027-01-01", 5)]);
    let owed = entitlement(&auxiliary, &built_in(), 2026).unwrap();
    assert_eq!(owed.days_on(day("2026-07-31")), HalfDays::ZERO);
    let finding = owed.findings.iter().find(|f| f.rule == "annual_leave.proration").unwrap();
    assert_eq!(finding.measured["remaining_calendar_days"], 153);
    assert_eq!(finding.policy, "annual_leave@2008-09-18");
    // Without a day of joining the run's start stands for it.
    auxiliary.joined_on = None;
    expect(&auxiliary, 2026, &[("2026-08-01", 2)]);
    // Ten years reached inside a later year: in full, on the day itself.
    expect(&auxiliary, 2035, &[("2035-01-01", 5), ("2035-08-01", 10)]);
}

#[test]
fn the_boundary_of_the_share() {
    for (joined, expected) in [("2026-10-19", 1), ("2026-10-20", 1), ("2026-10-21", 0)] {
        let mut auxiliary = person(Category::Auxiliary, &[("2024-01-01", None)]);
        auxiliary.joined_on = Some(day(joined));
        let owed = entitlement(&auxiliary, &built_in(), 2026).unwrap();
        assert_eq!(owed.days_on(day("2026-12-31")), HalfDays::whole(expected), "{joined}");
    }
}

#[test]
fn twelve_months_must_be_continuous_for_contract_staff() {
    // Six years before, then a gap of one day: the tier counts them, the twelve months do not.
    let auxiliary = person(Category::Auxiliary, &[("2019-01-01", Some("2025-06-29")), ("2025-07-01", None)]);
    expect(&auxiliary, 2025, &[("2025-01-01", 5)]);
    expect(&auxiliary, 2026, &[("2026-07-01", 2)]);
    let officer = person(Category::Police, &[("2019-01-01", Some("2025-06-29")), ("2025-07-01", None)]);
    expect(&officer, 2026, &[("2026-01-01", 5)]);
}

#[test]
fn the_regime_is_that_of_the_category_on_each_date() {
    let mut changed = person(Category::Auxiliary, &[("2025-08-01", None)]);
    changed.categories.push(Dated { from: day("2026-10-01"), value: Category::Police });
    expect(&changed, 2026, &[("2026-08-01", 2), ("2026-10-01", 5)]);
    // A change back never lowers what was valid in the year.
    changed.categories.push(Dated { from: day("2026-11-01"), value: Category::Auxiliary });
    expect(&changed, 2026, &[("2026-08-01", 2), ("2026-10-01", 5)]);
    let owed = entitlement(&changed, &built_in(), 2026).unwrap();
    assert_eq!(owed.policies, ["annual_leave@2008-09-18", "annual_leave@2008-01-01"]);
}

#[test]
fn leaving_and_retirement_end_the_use_and_lower_nothing() {
    let mut officer = person(Category::Police, &[("2016-03-10", None)]);
    officer.left_on = Some(day("2026-06-30"));
    let owed = entitlement(&officer, &built_in(), 2026).unwrap();
    assert_eq!((owed.last_day, owed.days_on(day("2026-12-31"))), (day("2026-06-30"), HalfDays::whole(10)));
    // A tier that begins after the last day is never reached.
    officer.left_on = Some(day("2026-03-31"));
    expect(&officer, 2026, &[("2026-01-01", 5)]);
    let gone = entitlement(&officer, &built_in(), 2027).unwrap();
    assert_eq!((gone.last_day, gone.steps.len()), (day("2026-12-31"), 0));
    let mut retired = person(Category::Police, &[("1990-01-01", None)]);
    retired.categories.push(Dated { from: day("2026-05-01"), value: Category::Retired });
    let owed = entitlement(&retired, &built_in(), 2026).unwrap();
    assert_eq!((owed.last_day, owed.days_on(day("2026-04-30"))), (day("2026-04-30"), HalfDays::whole(15)));
    expect(&retired, 2027, &[]);
}

#[test]
fn leave_is_owed_from_the_day_of_joining() {
    let mut officer = person(Category::Police, &[("2010-01-01", None)]);
    officer.joined_on = Some(day("2026-05-11"));
    expect(&officer, 2026, &[("2026-05-11", 10)]);
    expect(&officer, 2025, &[]);
}

#[test]
fn before_the_first_version_the_rules_refuse() {
    let officer = person(Category::Police, &[("1990-01-01", None)]);
    let missing = entitlement(&officer, &built_in(), 2007).unwrap_err();
    assert_eq!((missing.category, missing.on), (Category::Police, day("2007-01-01")));
    assert!(entitlement(&officer, &built_in(), 2008).is_ok());
    assert!(entitlement(&person(Category::Auxiliary, &[("1990-01-01", None)]), &built_in(), 2008).is_err());
    // Nobody on the roll: nothing is owed, and nothing need be known.
    assert!(entitlement(&person(Category::Retired, &[("1990-01-01", None)]), &built_in(), 2007).is_ok());
}

#[test]
fn it_explains_itself() {
    let officer = person(Category::Police, &[("2010-01-01", Some("2014-12-31")), ("2020-07-01", None)]);
    let owed = entitlement(&officer, &built_in(), 2025).unwrap();
    let rules: Vec<&str> = owed.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["annual_leave.regime", "annual_leave.service", "annual_leave.tier", "annual_leave.tier"]);
    assert_eq!(owed.findings[1].measured["adjusted_start"], "2015-07-02");
    assert_eq!(owed.findings[1].measured["earlier_days"], 1826);
    assert_eq!(owed.findings[3].measured["full_on"], "2025-07-02");
    assert_eq!(owed.findings[3].measured["effective_on"], "2025-08-01");
    assert!(owed.findings.iter().all(|f| !f.source.is_empty() && f.policy == "annual_leave@2008-01-01"));
}

proptest! {
    #[test]
    fn more_service_never_means_less_leave(start in 0_i64..16_000, more in 0_i64..9_000, on in 0_i64..730) {
        let date = |days| day("1984-01-01") + chrono::TimeDelta::days(days);
        let on = day("2025-01-01") + chrono::TimeDelta::days(on);
        for category in [Category::Police, Category::Staff, Category::Auxiliary] {
            let of = |from: NaiveDate| {
                let facts = person(category, &[(&from.to_string(), None)]);
                entitlement(&facts, &built_in(), leave_year(on)).unwrap().days_on(on)
            };
            prop_assert!(of(date(start)) <= of(date((start - more).max(0))));
        }
    }

    #[test]
    fn an_earlier_period_never_means_less_leave(from in 0_i64..9_000, length in 0_i64..9_000, on in 0_i64..365) {
        let from = day("1990-01-01") + chrono::TimeDelta::days(from);
        let to = from + chrono::TimeDelta::days(length);
        let on = day("2026-01-01") + chrono::TimeDelta::days(on);
        for category in [Category::Police, Category::Auxiliary] {
            let of = |periods: &[(&str, Option<&str>)]| {
                entitlement(&person(category, periods), &built_in(), 2026).unwrap().days_on(on)
            };
            let one = of(&[("2024-05-20", None)]);
            let two = of(&[("2024-05-20", None), (&from.to_string(), Some(&to.to_string()))]);
            prop_assert!(one <= two);
        }
    }

    #[test]
    fn steps_only_grow_inside_the_year(start in 0_i64..15_000, year in 2010_i32..2040) {
        let start = day("1984-01-01") + chrono::TimeDelta::days(start);
        let owed = entitlement(&person(Category::Auxiliary, &[(&start.to_string(), None)]), &built_in(), year).unwrap();
        for pair in owed.steps.windows(2) {
            prop_assert!(pair[0].from < pair[1].from && pair[0].days < pair[1].days);
        }
        prop_assert!(owed.steps.iter().all(|step| leave_year(step.from) == year));
    }

    /// The reasons change nothing of what they are the reasons for.
    #[test]
    fn the_days_are_the_same_with_and_without_the_reasons(
        start in 0_i64..16_000, gone in 0_i64..1_200, year in 2015_i32..2040, retired in 0_i64..5_000,
    ) {
        let date = |days| day("1984-01-01") + chrono::TimeDelta::days(days);
        for category in [Category::Police, Category::Staff, Category::Auxiliary] {
            let mut facts = person(category, &[("2001-05-20", Some("2003-02-10")), (&date(start).to_string(), None)]);
            facts.joined_on = (gone % 2 == 0).then(|| date(start));
            facts.left_on = (gone % 3 == 0).then(|| day("2026-01-01") + chrono::TimeDelta::days(gone - 300));
            if gone % 5 == 0 {
                facts.categories.push(Dated { from: day("2024-01-01") + chrono::TimeDelta::days(retired), value: Category::Retired });
            }
            let told = owed(&facts, &built_in(), year, Telling::Reasons).unwrap();
            let alone = owed(&facts, &built_in(), year, Telling::DaysAlone).unwrap();
            prop_assert_eq!(&alone.findings, &Vec::new());
            prop_assert_eq!(Entitlement { findings: Vec::new(), ..told }, alone);
        }
    }
}
