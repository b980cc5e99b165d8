//! Laws that hold for every roster.

use std::collections::BTreeMap;

use chrono::{Days, Duration};
use proptest::prelude::*;

use super::*;

/// One shift after another: what is free before it, how long it is, and how much of it counts, in minutes.
fn roster() -> impl Strategy<Value = Vec<(i64, i64, bool)>> {
    let free = prop_oneof![0..240_i64, 240..900_i64, 600..2200_i64];
    let long = prop_oneof![30..600_i64, 400..1000_i64, Just(1440_i64)];
    proptest::collection::vec((free, long, proptest::bool::weighted(0.9)), 0..70)
}

/// A pattern that goes on for a year and a half, with some of it otherwise.
fn lasting() -> impl Strategy<Value = Vec<(i64, i64, bool)>> {
    let pattern = prop_oneof![
        Just((2880_i64, 1440_i64)),
        Just((1440, 1440)),
        Just((840, 600)),
        Just((960, 480)),
        Just((360, 720)),
        (300..2000_i64, 300..900_i64),
    ];
    (pattern, proptest::collection::vec((0..600_usize, 0..4000_i64), 0..12)).prop_map(|((free, long), other)| {
        let times = usize::try_from(540 * 1440 / (free + long)).unwrap_or(0);
        let mut roster = vec![(free, long, true); times];
        for (at, free) in other {
            if let Some(one) = roster.get_mut(at) {
                one.0 = free;
            }
        }
        roster
    })
}

fn laid(roster: &[(i64, i64, bool)], from: &str, zone: Tz) -> Desk {
    let mut desk = desk_under(REST, zone);
    let mut next = at(zone, from);
    for (n, (free, long, all)) in roster.iter().enumerate() {
        let starts_at = next + Duration::minutes(*free);
        let ends_at = starts_at + Duration::minutes(*long);
        let counted_minutes = if *all { *long } else { *long / 2 };
        desk.shifts.push(Shift { id: row_id(n + 1), kind: DutyKind::Duty, starts_at, ends_at, counted_minutes });
        next = ends_at;
    }
    desk
}

/// How many findings each rule has, and how many of them refuse at worst.
fn counts(found: &[Found]) -> BTreeMap<(String, String), (usize, Outcome)> {
    let mut counts = BTreeMap::new();
    for one in found {
        let what = one.finding.measured.get("what").and_then(|what| what.as_str()).unwrap_or_default();
        let held = counts.entry((one.finding.rule.clone(), what.to_owned())).or_insert((0, Outcome::Warn));
        held.0 += 1;
        held.1 = held.1.max(one.finding.outcome);
    }
    counts
}

fn no_more(before: &[Found], after: &[Found]) -> Result<(), TestCaseError> {
    let held = counts(before);
    for (rule, (count, worst)) in counts(after) {
        let (was, worst_was) = held.get(&rule).copied().unwrap_or((0, Outcome::Pass));
        prop_assert!(count <= was && worst <= worst_was, "{rule:?}: {was} {worst_was}, now {count} {worst}");
    }
    Ok(())
}

/// The shifts of the duty that the n-th shift belongs to: those less than four hours apart on one date, and without a
/// break. A part of a duty taken away would make two duties of one.
fn duty_of(desk: &Desk, n: usize) -> std::ops::RangeInclusive<usize> {
    let local = Local::new(desk.zone, day("2025-06-01"));
    let is_one = |at: usize| {
        let (before, after) = (&desk.shifts[at], &desk.shifts[at + 1]);
        let gap = (after.starts_at - before.ends_at).num_minutes();
        gap == 0
            || (gap < 240 && local.date_of(before.ends_at - Duration::seconds(1)) == local.date_of(after.starts_at))
    };
    let (mut first, mut last) = (n, n);
    while first > 0 && is_one(first - 1) {
        first -= 1;
    }
    while last + 1 < desk.shifts.len() && is_one(last) {
        last += 1;
    }
    first..=last
}

const FROM: &str = "2025-01-01";
const TO: &str = "2026-12-31";

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// However much of the past is known beyond what the rules look back on, the same is found: a night that looks from a
    /// later date keeps the names of what it found before.
    #[test]
    fn more_of_the_past_finds_the_same(pattern in lasting(), on in 230..420_i64, london in any::<bool>()) {
        let zone = if london { chrono_tz::Europe::London } else { chrono_tz::Asia::Shanghai };
        let desk = laid(&pattern, "2025-01-06 08:00", zone);
        let mut near = laid(&pattern, "2025-01-06 08:00", zone);
        let on = day("2025-01-06") + Duration::days(on);
        let (from, to) = (on - Duration::days(7), on + Duration::days(35));
        let (first, last) = (from - Days::new(LOOK_BACK_DAYS), to + Days::new(LOOK_AHEAD_DAYS));
        let local = Local::new(zone, on);
        near.shifts.retain(|shift| local.start_of(first) < shift.ends_at && local.date_of(shift.starts_at) <= last);
        let (whole, known) = (desk.check(&from.to_string(), &to.to_string()), near.check(&from.to_string(), &to.to_string()));
        let strange = whole.iter().filter(|one| !known.contains(one)).chain(known.iter().filter(|one| !whole.contains(one)));
        let strange: Vec<_> = strange.map(|one| (&one.finding.rule, &one.finding.measured, one.from, one.to)).collect();
        prop_assert!(strange.is_empty(), "{on} {strange:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Taking a duty away never adds a finding of any rule, nor makes one worse.
    #[test]
    fn less_duty_never_adds_a_violation(roster in roster(), pick in any::<proptest::sample::Index>()) {
        prop_assume!(!roster.is_empty());
        let mut desk = laid(&roster, "2025-01-06 08:00", chrono_tz::Asia::Shanghai);
        let before = desk.check(FROM, TO);
        let gone = duty_of(&desk, pick.index(roster.len()));
        desk.shifts.drain(gone);
        no_more(&before, &desk.check(FROM, TO))?;
    }

    /// A rest day on a date without duty never adds one.
    #[test]
    fn a_rest_day_never_adds_a_violation(roster in roster(), pick in 0..120_i64, kind in 0..4_usize) {
        let mut desk = laid(&roster, "2025-01-06 08:00", chrono_tz::Asia::Shanghai);
        let before = desk.check(FROM, TO);
        let on = day("2025-01-06") + Duration::days(pick);
        let local = Local::new(desk.zone, on);
        let touches = |shift: &Shift| {
            let (first, last) = local.dates_touched(shift.starts_at, shift.ends_at);
            first <= on && on <= last
        };
        prop_assume!(!desk.shifts.iter().any(touches));
        desk.rest_days.push(RestDay { id: row_id(900), kind: RestDayKind::ALL[kind], on });
        no_more(&before, &desk.check(FROM, TO))?;
    }

    /// A scan cut in two at any date finds the same.
    #[test]
    fn a_scan_in_two_finds_the_same(roster in roster(), cut in 0..300_i64, london in any::<bool>()) {
        let zone = if london { chrono_tz::Europe::London } else { chrono_tz::Asia::Shanghai };
        let desk = laid(&roster, "2025-02-03 08:00", zone);
        let cut = day("2025-01-06") + Duration::days(cut);
        let whole = desk.check(FROM, TO);
        let mut parts = desk.check(FROM, &cut.to_string());
        for found in desk.check(&cut.succ_opt().unwrap().to_string(), TO) {
            if !parts.contains(&found) {
                parts.push(found);
            }
        }
        prop_assert_eq!(whole.len(), parts.len());
        prop_assert!(whole.iter().all(|found| parts.contains(found)));
    }

    /// Later everything is as it was, where the clocks never change.
    #[test]
    fn some_time_later_the_same_is_found(roster in roster(), times in 1..6_i64) {
        // So many weeks lie between two cuts.
        let weeks = times * 12;
        let desk = laid(&roster, "2025-01-06 08:00", chrono_tz::Asia::Shanghai);
        let mut later = laid(&roster, "2025-01-06 08:00", chrono_tz::Asia::Shanghai);
        for shift in &mut later.shifts {
            shift.starts_at += Duration::weeks(weeks);
            shift.ends_at += Duration::weeks(weeks);
        }
        let told = |desk: &Desk, back: i64| -> Vec<_> {
            let found = desk.check("2025-01-01", "2028-12-31");
            found.into_iter().filter(|one| one.finding.rule != "rest.rotation").map(|one| {
                let from = one.from - Duration::weeks(back);
                (one.finding.rule, one.finding.outcome, one.finding.measured, from, one.to - Duration::weeks(back), one.shifts)
            }).collect()
        };
        prop_assert_eq!(told(&desk, 0), told(&later, weeks));
    }

    /// The order in which shifts are read does not matter, once they are sorted.
    #[test]
    fn the_order_of_reading_does_not_matter(roster in roster(), seed in any::<u64>()) {
        let desk = laid(&roster, "2025-01-06 08:00", chrono_tz::Europe::London);
        let mut mixed = laid(&roster, "2025-01-06 08:00", chrono_tz::Europe::London);
        mixed.shifts.sort_by_key(|shift| shift.id.0.as_u128().wrapping_mul(u128::from(seed | 1)) % 1009);
        mixed.shifts.sort_by_key(|shift| shift.starts_at);
        prop_assert_eq!(desk.check(FROM, TO), mixed.check(FROM, TO));
    }

    /// What a write newly causes is among what is found after it, and a write that changes nothing causes nothing.
    #[test]
    fn a_change_causes_only_what_is_found(roster in roster(), pick in any::<proptest::sample::Index>()) {
        prop_assume!(!roster.is_empty());
        let after = laid(&roster, "2025-01-06 08:00", chrono_tz::Asia::Shanghai);
        let mut before = laid(&roster, "2025-01-06 08:00", chrono_tz::Asia::Shanghai);
        let added = before.shifts.remove(pick.index(roster.len()));
        let law = after.law();
        let (from, to) = (day(FROM), day(TO));
        let caused = assess_change(&before.person(), &after.person(), &law, from, to);
        let found = after.check(FROM, TO);
        prop_assert!(caused.iter().all(|one| found.contains(one)));
        prop_assert!(caused.iter().all(|one| one.blocks() || one.shifts.contains(&added.id)));
        prop_assert!(assess_change(&after.person(), &after.person(), &law, from, to).is_empty());
        // Taking it away again refuses nothing.
        prop_assert!(assess_change(&after.person(), &before.person(), &law, from, to).is_empty());
    }
}
