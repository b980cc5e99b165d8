//! R1 to R3 and R6: what follows what.

use super::*;

/// Monday to Saturday, then Sunday.
#[test]
fn the_seventh_day_in_a_row_is_refused() {
    let mut desk = desk();
    desk.daily("2025-03-03", 6, "08:00", "16:00");
    assert_eq!(desk.says(), []);
    desk.daily("2025-03-09", 1, "08:00", "16:00");
    let found = desk.only("rest.weekly");
    assert_eq!((found.finding.rule_id.as_str(), found.blocks()), ("R1", true));
    assert_eq!((measured(&found, "consecutive_days"), measured(&found, "rest_days")), (7, 0));
    assert_eq!(found.finding.limit["consecutive_days_max"], 6);
    assert_eq!((found.from, found.to, found.shifts.len()), (day("2025-03-03"), day("2025-03-09"), 7));
    assert_eq!(found.finding.policy, "rest@2007-01-01");
}

#[test]
fn a_long_row_is_one_finding_for_each_seven_days() {
    for (days, findings, longest) in [(7, 1, 7), (8, 1, 8), (13, 1, 13), (14, 2, 14), (20, 2, 20), (21, 3, 21)] {
        let mut desk = desk();
        desk.daily("2025-03-03", days, "08:00", "14:00");
        let found = desk.check("2025-01-01", "2025-12-31");
        let weekly: Vec<_> = found.iter().filter(|one| one.finding.rule == "rest.weekly").collect();
        assert_eq!(weekly.len(), findings, "{days}");
        assert_eq!(measured(weekly.last().unwrap(), "consecutive_days"), longest);
        // Together they name every shift; each goes on for as long as the next could not begin apart from it.
        let named: std::collections::BTreeSet<_> = weekly.iter().flat_map(|one| one.shifts.clone()).collect();
        assert_eq!((named.len(), weekly[0].shifts.len()), (days, days.min(13)));
    }
}

#[test]
fn a_night_touches_two_dates_and_one_to_midnight_only_its_own() {
    let mut desk = desk();
    desk.daily("2025-03-03", 5, "08:00", "16:00").duty("2025-03-08 16:00", "2025-03-09 00:00");
    assert_eq!(desk.says(), []);
    let last = desk.shifts.last_mut().unwrap();
    last.ends_at += chrono::Duration::seconds(60);
    assert_eq!(desk.says(), [said("rest.weekly", "block")]);
}

#[test]
fn a_weekly_minimum_of_two_is_told_not_refused() {
    let text = REST.replace("weekly_rest_days_min = 1", "weekly_rest_days_min = 2");
    let mut desk = desk_under(&text, chrono_tz::Asia::Shanghai);
    desk.daily("2025-03-03", 5, "08:00", "16:00");
    assert_eq!(desk.says(), []);
    desk.daily("2025-03-08", 1, "08:00", "16:00");
    assert_eq!(desk.says(), [said("rest.weekly", "warn")]);
    let text = text.replace("consecutive_duty_days_max = 6\n", "");
    desk.policies = policies_with(&[("rest.toml", &text)]);
    desk.daily("2025-03-09", 1, "08:00", "16:00");
    assert_eq!(desk.says(), [said("rest.weekly", "warn")]);
}

#[test]
fn a_derogation_excuses_its_own_dates_only() {
    // Ten days in a row; the derogation comes with the last.
    let mut desk = desk();
    desk.daily("2025-03-03", 10, "08:00", "16:00").derogated("2025-03-12", "2025-03-13");
    assert_eq!(desk.says(), [said("rest.weekly", "block")]);
    desk.derogations.clear();
    desk.derogated("2025-03-09", "2025-03-13");
    assert_eq!(desk.says(), [said("rest.weekly", "warn")]);
}

#[test]
fn what_ends_at_midnight_ends_on_the_date_before() {
    for (ends, told) in [("2025-03-04 00:00", "block"), ("2025-03-03 23:59", "block")] {
        let mut desk = desk();
        desk.duty("2025-03-03 16:00", ends).duty("2025-03-04 02:00", "2025-03-04 10:00");
        assert_eq!(desk.says(), [said("rest.daily", told)], "{ends}");
    }
    // A minute after it the two are one duty of the date.
    let mut desk = desk();
    desk.duty("2025-03-03 16:00", "2025-03-04 00:01").duty("2025-03-04 02:00", "2025-03-04 10:00");
    assert!(!desk.says().iter().any(|(rule, _)| rule == "rest.daily"));
}

#[test]
fn nights_may_be_refused_without_being_told_before() {
    let text = REST.replace("consecutive_warn_above = 3\n", "");
    assert_ne!(text, REST);
    for (nights, told) in [(4, vec![]), (5, vec![said("rest.nights", "block")])] {
        let mut desk = desk_under(&text, chrono_tz::Asia::Shanghai);
        desk.nightly("2025-03-03", nights, "23:00", "06:00");
        assert_eq!(desk.says(), told, "{nights}");
    }
}

#[test]
fn a_derogation_turns_a_refusal_into_a_warning_and_is_named() {
    let mut desk = desk();
    desk.daily("2025-03-03", 7, "08:00", "16:00").derogated("2025-03-09", "2025-03-10");
    let found = desk.only("rest.weekly");
    assert_eq!(found.finding.outcome, Outcome::Warn);
    assert_eq!(found.finding.limit["derogation_id"], row_id(77).to_string());
    desk.derogations[0].from = day("2025-03-10");
    assert!(desk.only("rest.weekly").blocks());
}

/// 540 minutes between two duties.
#[test]
fn daily_rest_at_its_boundaries() {
    for (starts, outcome, gap) in [
        ("13:00", None, 0),
        ("12:59", Some("warn"), 659),
        ("11:00", Some("warn"), 540),
        ("10:00", Some("warn"), 480),
        ("09:59", Some("block"), 479),
        ("06:00", Some("block"), 240),
    ] {
        let mut desk = desk();
        desk.duty("2025-03-03 18:00", "2025-03-04 02:00");
        desk.duty(&format!("2025-03-04 {starts}"), "2025-03-04 13:30");
        let Some(outcome) = outcome else {
            assert_eq!(desk.says(), []);
            continue;
        };
        assert_eq!(desk.says(), [said("rest.daily", outcome)], "{starts}");
        let found = desk.only("rest.daily");
        assert_eq!((measured(&found, "gap_minutes"), measured(&found, "short_by_minutes")), (gap, 660 - gap));
        assert_eq!(found.finding.limit["gap_minutes_min"], 660);
        assert_eq!(found.shifts, [row_id(1), row_id(2)]);
    }
    let law = desk();
    let law = law.law();
    let place = crate::rules::policy::Place::in_force(Category::Police);
    let policy = &law.policies.rest(place, day("2025-03-04")).unwrap().values;
    assert_eq!([540, 660, 700].map(|gap| daily::short_rest_credit(policy, gap)), [120, 0, 0]);
}

#[test]
fn duties_close_together_on_one_date_are_one() {
    // 3 h 59 min on one date: one duty. Four hours: two, with too little between.
    for (starts, expected) in [("15:59", None), ("16:00", Some("block"))] {
        let mut desk = desk();
        desk.duty("2025-03-03 08:00", "2025-03-03 12:00").duty(&format!("2025-03-03 {starts}"), "2025-03-03 18:00");
        let told: Vec<_> = expected.map(|outcome| said("rest.daily", outcome)).into_iter().collect();
        assert_eq!(desk.says(), told, "{starts}");
    }
    // Over midnight it is never one duty, unless nothing lies between.
    let mut desk = desk();
    desk.duty("2025-03-03 18:00", "2025-03-03 23:00").duty("2025-03-04 01:00", "2025-03-04 05:00");
    assert_eq!(desk.says(), [said("rest.daily", "block")]);
    let mut desk = super::desk();
    desk.duty("2025-03-03 18:00", "2025-03-04 00:00").duty("2025-03-04 00:00", "2025-03-04 02:00");
    assert_eq!(desk.says(), []);
}

/// overnight 18:00 to 08:00, fourteen hours, then duty at 14:00.
#[test]
fn rest_after_an_overnight_duty_lasts_to_the_next_morning() {
    let mut desk = desk();
    desk.of_kind(DutyKind::Overnight, "2025-03-03 18:00", "2025-03-04 08:00")
        .duty("2025-03-04 14:00", "2025-03-04 20:00");
    assert_eq!(
        desk.says(),
        [said("rest.after_overnight", "block"), said("rest.daily", "block"), said("rest.length", "block")]
    );
    let found = desk.only("rest.after_overnight");
    assert_eq!((measured(&found, "duty_minutes"), measured(&found, "night_minutes")), (840, 480));
    assert_eq!(found.finding.limit["earliest_next_duty"], "2025-03-05T00:00:00Z");
    assert_eq!(found.finding.suggestions[0]["kind"], "comp_day");
    for (starts, told) in [("07:59", vec![said("rest.after_overnight", "block")]), ("08:00", vec![])] {
        let mut desk = super::desk();
        desk.of_kind(DutyKind::Overnight, "2025-03-03 18:00", "2025-03-04 08:00");
        desk.duty(&format!("2025-03-05 {starts}"), "2025-03-05 16:00");
        assert_eq!(desk.says(), told, "{starts}");
    }
}

#[test]
fn a_short_night_or_a_short_duty_asks_for_the_daily_rest_only() {
    // 11:59 h with a whole night in it; 12 h with 3:59 h of night.
    for (from, to) in [("20:01", "08:00"), ("13:59", "01:59")] {
        let mut desk = desk();
        desk.duty(&format!("2025-03-03 {from}"), &format!("2025-03-04 {to}"));
        desk.duty("2025-03-04 20:00", "2025-03-04 22:00");
        assert_eq!(desk.says(), [], "{from}");
    }
    for (from, to) in [("20:00", "08:00"), ("14:00", "02:00")] {
        let mut desk = desk();
        desk.duty(&format!("2025-03-03 {from}"), &format!("2025-03-04 {to}"));
        desk.duty("2025-03-04 20:00", "2025-03-04 22:00");
        assert_eq!(desk.says(), [said("rest.after_overnight", "block")], "{from}");
    }
}

#[test]
fn nights_in_a_row_and_the_recovery_after_them() {
    for (nights, told) in [(3, vec![]), (4, vec!["warn"]), (5, vec!["block"])] {
        let mut desk = desk();
        desk.nightly("2025-03-03", nights, "23:00", "06:00");
        let told: Vec<_> = told.into_iter().map(|outcome| said("rest.nights", outcome)).collect();
        assert_eq!(desk.says(), told, "{nights}");
    }
    // Two nights end at 06:00 of the fifth; 48 hours later is 06:00 of the seventh.
    for (starts, told) in [("05:59", vec![said("rest.nights", "warn")]), ("06:00", vec![])] {
        let mut desk = desk();
        desk.nightly("2025-03-03", 2, "23:00", "06:00").duty(&format!("2025-03-07 {starts}"), "2025-03-07 12:00");
        assert_eq!(desk.says(), told, "{starts}");
    }
    let mut desk = desk();
    desk.nightly("2025-03-03", 2, "23:00", "06:00").duty("2025-03-06 12:00", "2025-03-06 18:00");
    let found = desk.only("rest.nights");
    assert_eq!((measured(&found, "nights"), measured(&found, "recovery_minutes")), (2, 30 * 60));
}

#[test]
fn three_hours_make_a_night() {
    for (ends, told) in [("00:59", vec![]), ("01:00", vec![said("rest.nights", "warn")])] {
        let mut desk = desk();
        desk.nightly("2025-03-03", 4, "19:00", ends);
        assert_eq!(desk.says(), told, "{ends}");
    }
}
