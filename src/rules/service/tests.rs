use super::*;
use crate::rules::cases::{day, person};

fn periods(list: &[(&str, Option<&str>)]) -> Vec<ServicePeriod> {
    person(Category::Police, list).service_periods
}

#[test]
fn earlier_service_moves_the_start() {
    let two = periods(&[("2020-07-01", None), ("2010-01-01", Some("2014-12-31"))]);
    assert_eq!(adjusted_start(&two, day("2025-06-30")), Some(day("2015-07-02")));
    // On a day of the first run only that run counts.
    assert_eq!(adjusted_start(&two, day("2014-12-31")), Some(day("2010-01-01")));
    // Between the two there is no service.
    assert_eq!(adjusted_start(&two, day("2015-01-01")), None);
    assert_eq!(adjusted_start(&two, day("2020-06-30")), None);
}

#[test]
fn touching_and_overlapping_periods_are_one_run() {
    let touching = periods(&[("2010-01-01", Some("2014-12-31")), ("2015-01-01", None)]);
    assert_eq!(adjusted_start(&touching, day("2026-01-01")), Some(day("2010-01-01")));
    let overlapping =
        periods(&[("2010-01-01", Some("2016-12-31")), ("2015-01-01", None), ("2012-01-01", Some("2013-01-01"))]);
    assert_eq!(adjusted_start(&overlapping, day("2026-01-01")), Some(day("2010-01-01")));
    // One day between: two runs.
    let apart = periods(&[("2010-01-01", Some("2014-12-30")), ("2015-01-01", None)]);
    assert_eq!(adjusted_start(&apart, day("2026-01-01")), Some(day("2010-01-02")));
}

#[test]
fn days_served_twice_count_once() {
    let earlier =
        periods(&[("2010-01-01", Some("2010-01-10")), ("2010-01-05", Some("2010-01-20")), ("2020-01-01", None)]);
    assert_eq!(adjusted_start(&earlier, day("2020-06-01")), Some(day("2019-12-12")));
}

#[test]
fn no_service_is_no_start() {
    assert_eq!(adjusted_start(&[], day("2026-01-01")), None);
    assert_eq!(adjusted_start(&periods(&[("2026-02-01", None)]), day("2026-01-31")), None);
    assert_eq!(runs(&periods(&[("2026-02-01", Some("2026-01-01"))])), []);
}

#[test]
fn category_and_roll_by_date() {
    let mut facts = person(Category::Auxiliary, &[("2010-01-01", None)]);
    facts.categories.push(Dated { from: day("2020-01-01"), value: Category::Police });
    facts.categories.push(Dated { from: day("2026-07-01"), value: Category::Retired });
    facts.joined_on = Some(day("2010-01-01"));
    assert_eq!(facts.category_on(day("2019-12-31")), Some(Category::Auxiliary));
    assert_eq!(facts.category_on(day("2020-01-01")), Some(Category::Police));
    assert!(facts.on_roll(day("2026-06-30")) && !facts.on_roll(day("2026-07-01")));
    assert!(facts.on_roll(day("2010-01-01")) && !facts.on_roll(day("2009-12-31")));
    facts.left_on = Some(day("2026-03-31"));
    assert!(facts.on_roll(day("2026-03-31")) && !facts.on_roll(day("2026-04-01")));
}
