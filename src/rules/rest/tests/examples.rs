//! The table cases of `tests/cases/rest.toml`, and the texts of other forces that are delivered with the program.

use serde::Deserialize;
use toml::{Table, Value};

use super::*;
use crate::rules::policy::{Place, Version};
use crate::rules::rest::notice::{DayOff, notice};
use crate::rules::rest::policy::{RestPolicy, Rotation};
use crate::rules::rest::quotas::week_violates;
use crate::rules::rest::rotation::{Rotations, shortfall};

const ENGLAND_WALES: &str = include_str!("../../../../policies/examples/england_wales_rest.toml");
const EU: &str = include_str!("../../../../policies/examples/eu_working_time_rest.toml");

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    rule: String,
    source: String,
    given: Table,
    expected: Table,
}

impl Case {
    fn text(&self, key: &str) -> &str {
        self.given[key].as_str().unwrap()
    }

    fn int(&self, key: &str) -> i64 {
        self.given[key].as_integer().unwrap()
    }

    /// An instant in Asia/Shanghai, written with a T.
    fn at(&self, key: &str) -> Instant {
        at(chrono_tz::Asia::Shanghai, &self.text(key).replace('T', " "))
    }

    fn violation(&self) -> bool {
        self.expected["violation"].as_bool().unwrap()
    }
}

/// The built-in policies with a text of the folder over them.
fn overlaid(text: &str) -> PolicySet {
    policies_with(&[]).overlaid(&[("rest.toml".to_owned(), text.to_owned())]).unwrap()
}

fn version(policies: &PolicySet) -> &Version<RestPolicy> {
    policies.rest(Place::in_force(Category::Police), day("2026-03-01")).unwrap()
}

fn check_case(case: &Case) {
    assert!(!case.source.is_empty());
    match case.rule.as_str() {
        "plan.weekly_rest" => {
            let days = &case.given["rest_days_in_week"];
            let halves =
                days.as_integer().map_or_else(|| if days.as_float() == Some(0.5) { 1 } else { panic!() }, |n| n * 2);
            assert_eq!(week_violates(halves, case.int("policy_min")), case.violation());
        }
        "plan.quarter_rotation" => {
            let number = |name: &str| case.given["policy"][name].as_integer().unwrap();
            let rotation =
                Rotation { times: number("times"), days: number("days"), tolerance_days: number("tolerance") };
            let had =
                Rotations { times: case.int("rotations"), days_total: case.int("days_total"), longest_block: None };
            assert_eq!(shortfall(rotation, had) > 0, case.violation());
        }
        "plan.post_duty_rest" => check_post_duty(case),
        "eu.daily_rest" => {
            let policies = overlaid(EU);
            let version = version(&policies);
            assert_eq!(version.values.daily_rest_minutes_min, Some(case.int("min_minutes")));
            let (mut desk, [end, start]) = (desk(), ["shift_end", "next_start"].map(|name| case.at(name)));
            desk.policies = policies;
            for (id, starts_at) in [(1, end - chrono::Duration::hours(1)), (2, start)] {
                let ends_at = starts_at + chrono::Duration::hours(1);
                desk.shifts.push(Shift {
                    id: row_id(id),
                    kind: DutyKind::Duty,
                    starts_at,
                    ends_at,
                    counted_minutes: 60,
                });
            }
            let found =
                desk.check(&(start.date_naive() - chrono::Days::new(3)).to_string(), &start.date_naive().to_string());
            let found = found.iter().find(|one| one.finding.rule == "rest.daily");
            assert_eq!(found.is_some(), case.violation(), "{found:?}");
            let rest = case.expected["rest_minutes"].as_integer().unwrap();
            assert_eq!((start - end).num_minutes(), rest);
            assert!(found.is_none_or(|found| found.finding.measured["gap_minutes"] == rest));
        }
        "uk.rest_day_notice" => check_notice(case, DayOff::RestDay, "rest_day_worked"),
        "uk.public_holiday_notice" => check_notice(case, DayOff::PublicHoliday, "holiday_worked"),
        "scenario" => check_scenario(case),
        other => panic!("nothing checks {other}"),
    }
}

fn check_notice(case: &Case, what: DayOff, worked: &str) {
    let policies = overlaid(ENGLAND_WALES);
    let told = notice(version(&policies), what, day(case.text("notified")), day(case.text(worked)));
    assert_eq!(Some(told.clear_days), case.expected["clear_days"].as_integer());
    assert_eq!(Some(told.remedy.as_str()), case.expected["remedy"].as_str());
}

/// A whole roster of two duties under the policy of the case, with nothing but the rest after a long duty.
fn check_post_duty(case: &Case) {
    let minutes = |name: &str| 60 * case.given["policy"][name].as_integer().unwrap();
    let text = REST
        .replace(
            "[version.values.after_overnight]\nduty_minutes_min = 720",
            "[version.values.after_overnight]\nduty_minutes_min = 4000",
        )
        .replace(
            "[version.values.post_duty]\nduty_minutes_min = 1440\nrest_minutes = 1440",
            &format!(
                "[version.values.post_duty]\nduty_minutes_min = {}\nrest_minutes = {}",
                minutes("trigger_hours"),
                minutes("rest_hours")
            ),
        );
    let mut desk = desk_under(&text, chrono_tz::Asia::Shanghai);
    desk.duty(&case.text("duty_from").replace('T', " "), &case.text("duty_to").replace('T', " "));
    let starts_at = case.at("next_duty");
    let ends_at = starts_at + chrono::Duration::hours(1);
    desk.shifts.push(Shift { id: row_id(2), kind: DutyKind::Duty, starts_at, ends_at, counted_minutes: 60 });
    let found = desk.check("2026-11-01", "2026-11-30");
    let found = found.iter().find(|one| one.finding.rule == "rest.after_overnight");
    assert_eq!(found.is_some(), case.violation(), "{found:?}");
    if let Some(found) = found {
        let earliest = case.expected["earliest_next_duty"].as_str().unwrap().replace('T', " ");
        let told: Instant = found.finding.limit["earliest_next_duty"].as_str().unwrap().parse().unwrap();
        assert_eq!(told, at(chrono_tz::Asia::Shanghai, &earliest));
    }
}

/// A roster to which the last shift is added: what that newly causes, or that nothing is found at all.
fn check_scenario(case: &Case) {
    let mut after = desk();
    for ends in case.given["shifts"].as_array().unwrap() {
        after.duty(ends[0].as_str().unwrap(), ends[1].as_str().unwrap());
    }
    let mut before = desk();
    before.shifts = after.shifts.clone();
    let added = before.shifts.pop().unwrap();
    let law = after.law();
    let (from, to) = law.local.dates_touched(added.starts_at, added.ends_at);
    let found = assess_change(&before.person(), &after.person(), &law, from, to);
    let Some(rule) = case.expected.get("rule") else {
        assert_eq!(found, []);
        return;
    };
    // The first that refuses names the answer.
    let first = found.iter().find(|one| one.blocks()).or(found.first()).unwrap();
    assert_eq!(Some(first.finding.rule.as_str()), rule.as_str());
    assert_eq!(Some(first.finding.outcome.as_str()), case.expected["outcome"].as_str());
    for (what, told) in [("measured", &first.finding.measured), ("limit", &first.finding.limit)] {
        for (name, value) in case.expected[what].as_table().unwrap() {
            let same = match value {
                Value::Integer(number) => told[name].as_i64() == Some(*number),
                value => told[name].as_str() == value.as_str(),
            };
            assert!(same, "{name}: {:?}", told[name]);
        }
    }
}

#[test]
fn every_case_holds() {
    let cases: Cases = toml::from_str(include_str!("../../../../tests/cases/rest.toml")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for case in &cases.case {
        println!("{} {}", case.id, case.rule);
        assert!(seen.insert(case.id.clone()), "{} stands twice", case.id);
        check_case(case);
    }
    assert_eq!(seen.len(), 26);
    for vector in ["J01", "J02", "J03", "J06", "J07", "J08", "J20", "K11", "K14", "K30"] {
        assert!(seen.contains(vector), "{vector}");
    }
}

#[test]
fn a_week_without_thirty_five_hours_is_refused_under_eu_law() {
    // 13 hours a day with 11 hours between, Monday to Saturday; then 34 hours 59 minutes or 35 hours.
    for (starts, told) in [("16:59", vec!["block"]), ("17:00", vec![])] {
        let mut desk = desk_under(EU, chrono_tz::Europe::London);
        desk.daily("2026-03-02", 6, "07:00", "17:00");
        desk.duty("2026-03-09 04:00", "2026-03-09 05:00");
        assert_eq!(desk.says(), []);
        let mut desk = desk_under(EU, chrono_tz::Europe::London);
        // From Monday 07:00 the 133rd hour ends on Saturday at 20:00.
        let ends = if starts == "16:59" { "20:01" } else { "20:00" };
        desk.daily("2026-03-02", 5, "07:00", "17:00").duty("2026-03-07 07:00", &format!("2026-03-07 {ends}"));
        let outcomes: Vec<_> = desk.says().into_iter().map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, told, "{ends}");
    }
}

#[test]
fn a_night_of_more_than_eight_hours_is_told_under_eu_law() {
    for (ends, told) in [("06:00", vec![]), ("06:01", vec![said("rest.nights", "warn")])] {
        let mut desk = desk_under(EU, chrono_tz::Europe::London);
        desk.nightly("2026-03-02", 1, "22:00", ends);
        assert_eq!(desk.says(), told, "{ends}");
    }
}

#[test]
fn a_mean_above_forty_eight_hours_is_refused_under_eu_law() {
    for (minutes, told) in [(576, vec![]), (577, vec![said("rest.volume", "block")])] {
        let mut desk = desk_under(EU, chrono_tz::Europe::London);
        for week in 0..17 {
            for on in (day("2026-03-02") + chrono::Duration::weeks(week)).iter_days().take(5) {
                let starts_at = at(desk.zone, &format!("{on} 08:00"));
                let ends_at = starts_at + chrono::Duration::minutes(minutes);
                let id = row_id(desk.shifts.len() + 1);
                desk.shifts.push(Shift { id, kind: DutyKind::Duty, starts_at, ends_at, counted_minutes: minutes });
            }
        }
        assert_eq!(desk.says(), told, "{minutes}");
    }
}

#[test]
fn england_and_wales_allow_seven_days_between_rest_days() {
    let mut desk = desk_under(ENGLAND_WALES, chrono_tz::Europe::London);
    desk.daily("2026-03-02", 6, "08:00", "16:00");
    assert_eq!(desk.says(), []);
    desk.daily("2026-03-08", 2, "08:00", "16:00");
    let told = desk.says();
    assert!(told.contains(&said("rest.weekly", "block")), "{told:?}");
}

/// Under fifteen clear days a minute worked is one and a half, four hours are credited at least; a holiday is double, and
/// another day under eight; told in time a rest day is another rest day.
#[test]
fn england_and_wales_credit_the_hours_worked() {
    let policies = overlaid(ENGLAND_WALES);
    let credited = |what, notified: &str, worked: Option<i64>| {
        notice(version(&policies), what, day(notified), day("2026-03-17")).credited_minutes(worked, 480)
    };
    for (worked, minutes) in [(60, 240), (159, 240), (160, 240), (161, 242), (480, 720), (600, 900)] {
        assert_eq!(credited(DayOff::RestDay, "2026-03-10", Some(worked)), minutes, "{worked}");
    }
    assert_eq!(credited(DayOff::RestDay, "2026-03-10", None), 720, "a whole day where nothing was worked");
    // Fourteen clear days, and fifteen.
    assert_eq!(["2026-03-02", "2026-03-01"].map(|on| credited(DayOff::RestDay, on, Some(240))), [360, 480]);
    // Seven clear days, and eight.
    assert_eq!(["2026-03-09", "2026-03-08"].map(|on| credited(DayOff::PublicHoliday, on, Some(240))), [960, 480]);
}
