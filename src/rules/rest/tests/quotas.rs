//! A1, A6 and the forecast.

use super::*;
use crate::rules::rest::forecast::{Forecast, Quota, forecast};
use crate::rules::rest::policy::Rotation;
use crate::rules::rest::quotas::{Excluded, quarters, weeks};
use crate::rules::rest::rotation::{Rotations, rotations, shortfall};

fn week(desk: &Desk, on: &str) -> crate::rules::rest::quotas::WeekQuota {
    let mut found = weeks(&desk.person(), &desk.law(), day(on), day(on));
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_week_with_a_free_date_is_kept() {
    let mut desk = desk();
    desk.daily("2026-02-16", 6, "08:00", "16:00");
    let kept = week(&desk, "2026-02-18");
    assert_eq!((kept.week.as_str(), kept.from, kept.to), ("2026-W08", day("2026-02-16"), day("2026-02-22")));
    assert_eq!((kept.rest_days, kept.minimum, kept.shortfall, kept.excluded), (1, 1, 0, Excluded::No));
    desk.duty("2026-02-22 08:00", "2026-02-22 09:00").derogated("2026-02-22", "2026-02-22");
    let missed = week(&desk, "2026-02-18");
    assert_eq!((missed.rest_days, missed.shortfall, missed.derogated), (0, 1, true));
    assert_eq!(missed.policy, "rest@2007-01-01");
    // The year of the week is not that of every date in it.
    let last = weeks(&desk.person(), &desk.law(), day("2025-12-31"), day("2026-01-05"));
    assert_eq!(last.iter().map(|one| one.week.as_str()).collect::<Vec<_>>(), ["2026-W01", "2026-W02"]);
}

#[test]
fn who_counts_in_a_week() {
    let mut desk = desk();
    desk.daily("2026-02-16", 7, "08:00", "16:00");
    for (joined, excluded) in [("2026-02-19", Excluded::No), ("2026-02-20", Excluded::JoinedLate)] {
        desk.facts.joined_on = Some(day(joined));
        assert_eq!(week(&desk, "2026-02-18").excluded, excluded, "{joined}");
    }
    desk.facts.joined_on = None;
    for (left, excluded) in [("2026-02-19", Excluded::No), ("2026-02-18", Excluded::Left)] {
        desk.facts.left_on = Some(day(left));
        assert_eq!(week(&desk, "2026-02-18").excluded, excluded, "{left}");
    }
    desk.facts.left_on = None;
    for (to, excluded, short) in [("2026-02-19", Excluded::No, 1), ("2026-02-20", Excluded::LongAbsence, 0)] {
        desk.away = vec![Away::whole(day("2026-02-10"), day(to), AwayWhy::Course)];
        let found = week(&desk, "2026-02-18");
        assert_eq!((found.excluded, found.shortfall), (excluded, short), "{to}");
    }
    desk.facts = person(Category::Retired, &[]);
    assert_eq!(week(&desk, "2026-02-18").excluded, Excluded::Law);
}

#[test]
fn rotations_belong_to_the_quarter_of_their_first_day() {
    let mut desk = desk();
    desk.rests(RestDayKind::Rotation, &["2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02"]);
    let person = desk.person();
    let first = rotations(&person, day("2026-01-01"), day("2026-03-31"));
    assert_eq!(first, Rotations { times: 1, days_total: 4, longest_block: Some(4) });
    let second = rotations(&person, day("2026-04-01"), day("2026-06-30"));
    assert_eq!(second, Rotations { times: 0, days_total: 0, longest_block: Some(0) });
    // Weekly rest days inside join, and do not count; other kinds are none.
    let mut desk = super::desk();
    desk.rests(RestDayKind::Rotation, &["2026-05-07", "2026-05-08", "2026-05-11"]);
    desk.rests(RestDayKind::Weekly, &["2026-05-09", "2026-05-10"]).rests(RestDayKind::Comp, &["2026-05-20"]);
    let found = rotations(&desk.person(), day("2026-04-01"), day("2026-06-30"));
    assert_eq!(found, Rotations { times: 1, days_total: 3, longest_block: Some(3) });
}

#[test]
fn what_a_quarter_needs() {
    let rotation = |times, days, tolerance_days| Rotation { times, days, tolerance_days };
    let had = |times, days_total, longest_block| Rotations { times, days_total, longest_block };
    assert_eq!(shortfall(rotation(1, 5, 1), had(1, 4, Some(4))), 0);
    assert_eq!(shortfall(rotation(1, 5, 1), had(1, 3, Some(3))), 1);
    assert_eq!(shortfall(rotation(1, 5, 1), had(2, 4, Some(2))), 2);
    assert_eq!(shortfall(rotation(1, 5, 1), had(2, 4, None)), 0);
    assert_eq!(shortfall(rotation(2, 3, 1), had(1, 4, Some(4))), 1);
    assert_eq!(shortfall(rotation(1, 1, 0), had(0, 0, Some(0))), 1);
}

#[test]
fn a_quarter_is_judged_when_it_ends() {
    let mut desk = desk();
    desk.rests(RestDayKind::Rotation, &["2026-02-03", "2026-02-04", "2026-02-05"]);
    let rule = |desk: &Desk, from, to| {
        let found = desk.check(from, to);
        found.iter().map(|one| (one.finding.rule.clone(), measured(one, "days_total"))).collect::<Vec<_>>()
    };
    assert_eq!(rule(&desk, "2026-02-01", "2026-03-30"), []);
    assert_eq!(rule(&desk, "2026-02-01", "2026-03-31"), [("rest.rotation".to_owned(), 3)]);
    desk.rests(RestDayKind::Rotation, &["2026-02-06"]);
    assert_eq!(rule(&desk, "2026-02-01", "2026-03-31"), []);
}

#[test]
fn who_counts_in_a_quarter() {
    let mut desk = desk();
    let excluded = |desk: &Desk| {
        let found = quarters(&desk.person(), &desk.law(), day("2026-02-01"), day("2026-02-01"));
        (found[0].excluded, found[0].shortfall)
    };
    assert_eq!(excluded(&desk), (Excluded::No, 4));
    // 90 days; sixty are left from 31 January on.
    for (joined, told) in [("2026-01-31", (Excluded::No, 4)), ("2026-02-01", (Excluded::JoinedLate, 0))] {
        desk.facts.joined_on = Some(day(joined));
        assert_eq!(excluded(&desk), told, "{joined}");
    }
    desk.facts.joined_on = None;
    for (to, told) in [("2026-01-30", (Excluded::No, 4)), ("2026-01-31", (Excluded::LongAbsence, 0))] {
        for why in [AwayWhy::Maternity, AwayWhy::Secondment, AwayWhy::Sick] {
            desk.away = vec![Away::whole(day("2025-12-20"), day(to), why)];
            assert_eq!(excluded(&desk), told, "{to} {why}");
        }
        desk.away = vec![Away::whole(day("2025-12-20"), day(to), AwayWhy::Leave)];
        assert_eq!(excluded(&desk), (Excluded::No, 4));
    }
    // Spells of 29 days are short, however many.
    desk.away = vec![
        Away::whole(day("2026-01-01"), day("2026-01-29"), AwayWhy::Sick),
        Away::whole(day("2026-02-01"), day("2026-03-01"), AwayWhy::Sick),
    ];
    assert_eq!(excluded(&desk), (Excluded::No, 4));
}

fn of(desk: &Desk, quota: Quota, today: &str, to: &str) -> Forecast {
    let found = forecast(&desk.person(), &desk.law(), day(today), day(to));
    found.into_iter().find(|one| one.quota == quota).unwrap()
}

/// "7th day tomorrow".
#[test]
fn the_seventh_day_is_seen_a_day_before() {
    let mut desk = desk();
    desk.daily("2026-02-16", 7, "08:00", "16:00");
    let row = of(&desk, Quota::ConsecutiveDays, "2026-02-21", "2026-03-10");
    assert_eq!((row.missed_on, row.shortfall_days, row.slack_days), (Some(day("2026-02-22")), 1, 0));
    let week = of(&desk, Quota::Weekly, "2026-02-21", "2026-02-22");
    assert_eq!((week.missed_on, week.shortfall_days, week.slack_days), (Some(day("2026-02-22")), 1, 0));
    desk.shifts.truncate(5);
    let week = of(&desk, Quota::Weekly, "2026-02-20", "2026-02-22");
    assert_eq!((week.missed_on, week.shortfall_days, week.slack_days), (None, 0, 1));
    // On Sunday evening the free Saturday is gone, but Sunday could still be given to duty.
    assert_eq!(of(&desk, Quota::Weekly, "2026-02-22", "2026-02-22").slack_days, 1);
    assert_eq!(of(&desk, Quota::ConsecutiveDays, "2026-02-20", "2026-02-22").slack_days, 1);
}

#[test]
fn a_rotation_that_is_not_planned_is_missed_when_it_no_longer_fits() {
    let mut desk = desk();
    let told = of(&desk, Quota::Rotation, "2026-02-01", "2026-03-31");
    assert_eq!((told.period.as_str(), told.shortfall_days), ("2026-Q1", 4));
    // Four days end on 31 March when they begin on the 28th.
    assert_eq!(told.missed_on, Some(day("2026-03-28")));
    desk.rests(RestDayKind::Rotation, &["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]);
    let told = of(&desk, Quota::Rotation, "2026-02-01", "2026-03-31");
    assert_eq!((told.missed_on, told.shortfall_days, told.slack_days), (None, 0, 1));
    assert_eq!(of(&desk, Quota::Rotation, "2026-03-07", "2026-03-31").slack_days, 0);
}
