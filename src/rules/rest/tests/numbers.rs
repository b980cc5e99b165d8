//! R4, R5, R8, R7, R12 and what stands beside shifts; and time as it passes where clocks change.

use super::*;
use crate::rules::policy::{Place, Version};
use crate::rules::rest::notice::{DayOff, clear_days, notice};
use crate::rules::rest::policy::RestPolicy;

fn version(desk: &Desk) -> &Version<RestPolicy> {
    desk.policies.rest(Place::in_force(Category::Police), day("2026-01-01")).unwrap()
}

#[test]
fn sixteen_hours_in_any_twenty_four() {
    for (ends, told) in [("00:00", vec![]), ("00:01", vec![said("rest.length", "block")])] {
        let mut desk = desk();
        desk.duty("2025-03-03 08:00", &format!("2025-03-04 {ends}"));
        // Others close by, so that it is no pattern.
        desk.duty("2025-03-05 12:00", "2025-03-05 13:00");
        assert_eq!(desk.says(), told, "{ends}");
    }
    // Counted minutes decide: a night of standby that counts for little.
    let mut desk = desk();
    desk.of_kind(DutyKind::Standby, "2025-03-03 08:00", "2025-03-04 08:00")
        .duty("2025-03-05 12:00", "2025-03-05 13:00");
    desk.shifts[0].counted_minutes = 960;
    assert_eq!(desk.says(), []);
    desk.shifts[0].counted_minutes = 961;
    assert_eq!(desk.says(), [said("rest.length", "block")]);
}

#[test]
fn two_shifts_share_a_window_of_twenty_four_hours() {
    // 10 h, then 12 h off, then 10 h: of any 24 hours at most 12 are duty.
    let mut desk = desk();
    desk.duty("2025-03-03 06:00", "2025-03-03 16:00").duty("2025-03-04 04:00", "2025-03-04 14:00");
    assert_eq!(desk.says(), []);
    // 9 h, three free, 8 h on one date: 17 in 24.
    let mut desk = super::desk();
    desk.duty("2025-03-03 06:00", "2025-03-03 15:00").duty("2025-03-03 16:00", "2025-03-04 00:00");
    let found = desk.only("rest.length");
    assert_eq!((measured(&found, "counted_minutes"), found.shifts.len()), (17 * 60, 2));
}

#[test]
fn the_pattern_is_kept_by_the_clock_on_the_wall() {
    // The clocks go forward on 30 March and back on 26 October 2025: an hour less off, an hour more on.
    for first in ["2025-03-26", "2025-03-28", "2025-10-22", "2025-10-25"] {
        let mut desk = desk_under(REST, chrono_tz::Europe::London);
        for cycle in 0..4 {
            let on = day(first) + chrono::Duration::days(3 * cycle);
            desk.duty(&format!("{on} 08:00"), &format!("{} 08:00", on.succ_opt().unwrap()));
        }
        assert!(desk.says().iter().all(|(_, outcome)| *outcome == "warn"), "{first}: {:?}", desk.says());
    }
}

#[test]
fn twenty_four_on_and_forty_eight_off_is_told_only() {
    let mut desk = desk();
    for cycle in 0..4 {
        let on = day("2025-03-03") + chrono::Duration::days(3 * cycle);
        desk.duty(&format!("{on} 08:00"), &format!("{} 08:00", on.succ_opt().unwrap()));
    }
    let mut told = vec![said("rest.length", "warn"); 4];
    // Three times 24 hours come to 72 in a week: told too, for the pattern is one that is allowed.
    told.push(said("rest.volume", "warn"));
    assert_eq!(desk.says(), told);
    // A minute less off than the pattern has, and both beside the gap are refused.
    desk.shifts[1].starts_at -= chrono::Duration::minutes(1);
    desk.shifts[1].ends_at -= chrono::Duration::minutes(1);
    let told: Vec<_> = desk.says().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(told, ["block", "block", "warn", "warn", "warn"]);
    let law = desk.law();
    let long = long_duties(&desk.person(), &law, day("2025-03-03"), day("2025-03-03"));
    assert_eq!(long.len(), 1);
    assert_eq!((long[0].minutes, long[0].reached_at), (1440, long[0].to));
    assert_eq!(long[0].rest_to - long[0].to, chrono::Duration::hours(24));
    desk.shifts[0].ends_at -= chrono::Duration::seconds(60);
    assert_eq!(long_duties(&desk.person(), &desk.law(), day("2025-03-03"), day("2025-03-03")), []);
}

/// Six days of so many minutes, on the seventh none.
fn week_of(desk: &mut Desk, monday: &str, minutes: i64) {
    for on in day(monday).iter_days().take(6) {
        let starts_at = at(desk.zone, &format!("{on} 06:00"));
        let id = row_id(desk.shifts.len() + 1);
        let ends_at = starts_at + chrono::Duration::minutes(minutes);
        desk.shifts.push(Shift { id, kind: DutyKind::Duty, starts_at, ends_at, counted_minutes: minutes });
    }
}

#[test]
fn hours_of_a_week() {
    for (minutes, outcome) in
        [(600, None), (601, Some("warn")), (640, Some("warn")), (720, Some("warn")), (721, Some("block"))]
    {
        let mut desk = desk();
        week_of(&mut desk, "2025-03-03", minutes);
        let told: Vec<_> = outcome.map(|outcome| said("rest.volume", outcome)).into_iter().collect();
        assert_eq!(desk.says(), told, "{minutes}");
    }
}

#[test]
fn one_heavy_week_in_twenty_eight_days_may_be_approved() {
    for (second, told) in [("2025-03-24", ["warn", "block"]), ("2025-03-31", ["warn", "warn"])] {
        let mut desk = desk();
        week_of(&mut desk, "2025-03-03", 650);
        week_of(&mut desk, second, 650);
        let outcomes: Vec<_> = desk.says().into_iter().map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, told, "{second}");
    }
}

#[test]
fn the_mean_of_seventeen_weeks() {
    // 48 hours in each of 17 weeks, then one more minute.
    let mut desk = desk();
    for week in 0..17 {
        let monday = day("2025-03-03") + chrono::Duration::weeks(week);
        week_of(&mut desk, &monday.to_string(), 480);
    }
    assert_eq!(desk.says(), []);
    let last = desk.shifts.last_mut().unwrap();
    last.counted_minutes += 1;
    let found = desk.only("rest.volume");
    assert_eq!((found.finding.outcome, measured(&found, "mean_week_minutes")), (Outcome::Warn, 2881));
    assert_eq!((found.from, found.to, found.shifts.len()), (day("2025-03-03"), day("2025-06-29"), 17 * 6));
    // Weeks of leave make the reference period shorter, so the same hours weigh more.
    let mut desk = super::desk();
    for week in 0..16 {
        let monday = day("2025-03-03") + chrono::Duration::weeks(week);
        week_of(&mut desk, &monday.to_string(), 481);
    }
    assert_eq!(desk.says(), []);
    desk.away.push(Away::whole(day("2025-02-17"), day("2025-03-02"), AwayWhy::Leave));
    assert_eq!(desk.says(), [said("rest.volume", "warn")]);
}

#[test]
fn what_a_shift_may_be() {
    let mut desk = desk();
    desk.duty("2025-03-03 08:00", "2025-03-06 08:00");
    desk.shifts[0].counted_minutes = 900;
    assert_eq!(desk.says(), []);
    desk.shifts[0].ends_at += chrono::Duration::minutes(1);
    assert_eq!(desk.says(), [said("rest.span", "block")]);
    desk.shifts[0].ends_at = desk.shifts[0].starts_at;
    assert_eq!(desk.says(), [said("rest.span", "block")]);
    desk.shifts[0].ends_at -= chrono::Duration::hours(2);
    assert_eq!(measured(&desk.only("rest.span"), "shift_minutes"), -120);
    // Before the first version, and for the retired, nothing is guessed.
    let mut desk = super::desk();
    desk.duty("2006-12-31 08:00", "2006-12-31 16:00");
    let found = desk.check("2006-12-31", "2006-12-31");
    assert_eq!((found.len(), found[0].finding.rule.as_str()), (1, "rest.no_policy"));
    desk.facts = person(Category::Retired, &[]);
    desk.shifts[0] = shift(desk.zone, 1, DutyKind::Duty, "2025-03-03 08:00", "2025-03-03 16:00");
    assert_eq!(desk.says(), [said("rest.no_policy", "block")]);
}

#[test]
fn one_person_is_on_one_shift_at_a_time() {
    let mut desk = desk();
    desk.duty("2025-03-03 08:00", "2025-03-03 12:00").duty("2025-03-03 12:00", "2025-03-03 14:00");
    assert_eq!(desk.says(), []);
    desk.shifts[1].starts_at -= chrono::Duration::minutes(1);
    let found = desk.only("rest.overlap");
    assert_eq!((measured(&found, "overlap_minutes"), found.shifts), (1, vec![row_id(1), row_id(2)]));
    // Inside another, the same, and around it.
    for (from, to) in [("09:00", "10:00"), ("08:00", "12:00"), ("07:00", "13:00")] {
        let mut desk = super::desk();
        desk.duty("2025-03-03 08:00", "2025-03-03 12:00")
            .duty(&format!("2025-03-03 {from}"), &format!("2025-03-03 {to}"));
        assert_eq!(desk.says(), [said("rest.overlap", "block")], "{from}");
    }
    // An appointment is no duty; duty over it is refused, and what lies below it is not hidden by it.
    let mut desk = super::desk();
    desk.duty("2025-03-03 08:00", "2025-03-03 12:00").of_kind(
        DutyKind::Protected,
        "2025-03-03 11:00",
        "2025-03-03 18:00",
    );
    desk.duty("2025-03-03 11:30", "2025-03-03 11:45");
    let told = desk.says();
    assert_eq!(told.iter().filter(|one| one.0 == "rest.protected").count(), 2);
    assert_eq!(told.iter().filter(|one| one.0 == "rest.overlap").count(), 1);
    let mut desk = super::desk();
    desk.of_kind(DutyKind::Protected, "2025-03-03 11:00", "2025-03-03 18:00");
    assert_eq!(desk.says(), []);
}

#[test]
fn leave_rest_days_orders_and_limits_bind_the_roster() {
    let mut desk = desk();
    desk.nightly("2025-03-03", 1, "20:00", "06:00");
    desk.away.push(Away::whole(day("2025-03-04"), day("2025-03-05"), AwayWhy::Leave));
    assert_eq!(desk.says(), [said("rest.on_leave", "block")]);
    desk.away[0].from_half = Half::Pm;
    assert_eq!(desk.says(), []);
    desk.away[0] = Away { to_half: Half::Am, ..Away::whole(day("2025-03-01"), day("2025-03-03"), AwayWhy::Sick) };
    assert_eq!(desk.says(), []);
    desk.away.clear();
    desk.rests(RestDayKind::Weekly, &["2025-03-02", "2025-03-05"]);
    assert_eq!(desk.says(), []);
    desk.rests(RestDayKind::Comp, &["2025-03-04"]);
    assert_eq!(desk.says(), [said("rest.rest_day", "block")]);
    desk.rest_days.clear();
    let order = |from: &str, to: &str| Order { id: row_id(5), from: at(desk.zone, from), to: at(desk.zone, to) };
    let (touching, before) =
        (order("2025-03-04 05:59", "2025-03-05 06:00"), order("2025-03-04 06:00", "2025-03-05 06:00"));
    desk.orders = vec![before];
    assert_eq!(desk.says(), []);
    desk.orders = vec![touching];
    assert_eq!(desk.says(), [said("rest.ordered", "block")]);
    desk.orders.clear();
    for (valid_until, told) in [("2025-03-02", vec![]), ("2025-03-03", vec![said("rest.fitness_limit", "block")])] {
        desk.limits = vec![Limit { code: LimitCode::NoNightWork, valid_until: day(valid_until) }];
        assert_eq!(desk.says(), told, "{valid_until}");
    }
    let mut desk = super::desk();
    desk.limits = vec![Limit { code: LimitCode::NoNightWork, valid_until: day("2025-12-31") }];
    desk.duty("2025-03-03 06:00", "2025-03-03 22:00");
    assert_eq!(desk.says(), []);
    desk.shifts[0].ends_at += chrono::Duration::minutes(1);
    desk.shifts[0].starts_at += chrono::Duration::minutes(1);
    assert_eq!(desk.says(), [said("rest.fitness_limit", "block")]);
    desk.limits[0].code = LimitCode::LightDuty;
    assert_eq!(desk.says(), [said("rest.fitness_limit", "warn")]);
}

#[test]
fn notice_in_clear_days() {
    let clear = |told: &str, worked: &str| clear_days(day(told), day(worked));
    assert_eq!(clear("2026-03-01", "2026-03-17"), 15);
    assert_eq!(["2026-03-16", "2026-03-17", "2026-03-18"].map(|told| clear(told, "2026-03-17")), [0, 0, 0]);
    let desk = desk();
    let told = |notified: &str| notice(version(&desk), DayOff::RestDay, day(notified), day("2026-03-17"));
    assert_eq!(
        (told("2026-03-01").finding.outcome, told("2026-03-02").finding.outcome),
        (Outcome::Pass, Outcome::Warn)
    );
    // No premium in China, whatever was worked: a day, and four hours at least.
    let credited =
        |per_day| [None, Some(60), Some(600)].map(|worked| told("2026-03-02").credited_minutes(worked, per_day));
    assert_eq!([480, 240, 120].map(credited), [[480; 3], [240; 3], [240; 3]]);
}

#[test]
fn credits_by_date_and_light() {
    let desk = desk();
    let credit = version(&desk).values.credit;
    let due = credit.deadlines(day("2025-04-10"), day("2025-04-12"));
    assert_eq!((due.offer_by, due.take_by), (day("2025-04-14"), day("2025-05-12")));
    let light = |minutes| credit::owed(version(&desk), minutes).measured["light"].as_str().unwrap().to_owned();
    assert_eq!([2399, 2400, 4799, 4800].map(light), ["green", "amber", "amber", "red"]);
}

/// Clocks go forward at 01:00 UTC on 30 March 2025 in London, and back at 01:00 UTC on 26 October.
#[test]
fn hours_are_those_that_pass() {
    let zone = chrono_tz::Europe::London;
    for (first, night, length) in [("2025-03-29", 7, 13), ("2025-03-22", 8, 14), ("2025-10-25", 9, 15)] {
        let mut desk = desk_under(REST, zone);
        desk.nightly(first, 1, "18:00", "08:00");
        let next = day(first).succ_opt().unwrap();
        desk.duty(&format!("{next} 14:00"), &format!("{next} 18:00"));
        let found = desk.only("rest.after_overnight");
        assert_eq!((measured(&found, "night_minutes"), measured(&found, "duty_minutes")), (night * 60, length * 60));
    }
    // Eleven hours by the clock are ten in the night that loses one, twelve in the one that gains one.
    for (first, told) in [("2025-03-29", vec![said("rest.daily", "warn")]), ("2025-10-25", vec![])] {
        let mut desk = desk_under(REST, zone);
        let next = day(first).succ_opt().unwrap();
        desk.duty(&format!("{first} 12:00"), &format!("{first} 20:00"))
            .duty(&format!("{next} 07:00"), &format!("{next} 12:00"));
        assert_eq!(desk.says(), told, "{first}");
    }
    // The date ends at local midnight, which in summer is 23:00 UTC.
    let law = desk_under(REST, zone);
    let law = law.law();
    assert_eq!(law.local.date_of("2025-06-30T22:59:59Z".parse().unwrap()), day("2025-06-30"));
    assert_eq!(law.local.date_of("2025-06-30T23:00:00Z".parse().unwrap()), day("2025-07-01"));
    assert_eq!(law.local.date_of("1999-12-31T23:59:59Z".parse().unwrap()), day("1999-12-31"));
}

#[test]
fn a_day_without_a_midnight_begins_after_it() {
    // In Santiago the clocks go from 24:00 of 6 September 2025 to 01:00.
    let local = Local::new(chrono_tz::America::Santiago, day("2025-09-07"));
    let start = local.start_of(day("2025-09-07"));
    assert_eq!(start.to_rfc3339(), "2025-09-07T04:00:00+00:00");
    assert_eq!(local.date_of(start - chrono::Duration::seconds(1)), day("2025-09-06"));
    assert_eq!(local.date_of(start), day("2025-09-07"));
    // The night between is an hour shorter.
    assert_eq!(local.start_of(day("2025-09-08")) - start, chrono::Duration::hours(23));
}
