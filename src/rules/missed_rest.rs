//! Rest that was missed on a date, for operations under a derogation.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::duty::{RestDay, Shift};
use super::rest::daily::owed_rests;
use super::rest::{Person, RestLaw, check};
use super::terms::RowId;

/// Days of the window that has one free day.
const WINDOW_DAYS: u64 = 7;

/// What was missed on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// A rest day was worked.
    RestDay {
        /// The first shift that touched it.
        shift: RowId,
    },
    /// Seven days were completed without a free one.
    Window,
}

/// ## 豁免期间的欠休 — rest missed under a derogation
///
/// 公安机关组织管理条例 第三十八条: rest that duty takes away is made good. A date misses rest when a rest day on it was
/// worked, or when it completes seven dates in a row with duty on each.
///
/// *Reading:* one missed rest is credited once: a window in which rest was credited already, on whatever ground, misses
/// none, so that fourteen dates of duty in a row miss two rests and not eight. A date is a duty day when duty touches it
/// (RULINGS 29).
///
/// *Not modelled:* rest missed in part.
#[must_use]
pub fn missed_on(
    on: NaiveDate,
    shifts: &[Shift],
    rest_days: &[RestDay],
    credited_on: &[NaiveDate],
    zone: Tz,
) -> Option<Missed> {
    let touching = |date: NaiveDate| {
        shifts.iter().filter(|shift| shift.kind.is_duty() && shift.starts_at < shift.ends_at).find(|shift| {
            let local = |at: super::terms::Instant| at.with_timezone(&zone).date_naive();
            local(shift.starts_at) <= date && date <= local(shift.ends_at - TimeDelta::microseconds(1))
        })
    };
    let worked = touching(on)?;
    if credited_on.contains(&on) {
        return None;
    }
    if rest_days.iter().any(|day| day.on == on) {
        return Some(Missed::RestDay { shift: worked.id });
    }
    let first = on.checked_sub_days(Days::new(WINDOW_DAYS - 1))?;
    let mut window = first.iter_days().take_while(|date| *date <= on);
    let misses = window.all(|date| touching(date).is_some() && !credited_on.contains(&date));
    misses.then_some(Missed::Window)
}

/// Rest after overnight duty that was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissedAfterDuty {
    /// The shift that began inside the rest.
    pub shift: RowId,
    /// The date on which it began.
    pub on: NaiveDate,
    /// What the daily rest before it that was too short earns by itself, in minutes: it is part of the same rest.
    pub short_minutes: i64,
}

/// ## 豁免期间值班后欠休 — rest after overnight duty missed under a derogation
///
/// 公安机关人民警察内务条令（转引）, welfare sheet R3 and A-3: rest after an overnight or very long duty is compulsory, and one
/// compensatory day stands for it where it is not given. Under a derogation a duty that begins inside that rest misses it.
///
/// *Reading:* each duty that begins inside the rest misses it, and earns a compensatory day less what R2 gives for the short
/// rest before it. Outside a derogation such duty is refused, and what happened all the same is a violation that a person
/// remedies.
#[must_use]
pub fn missed_after_duty(
    person: &Person<'_>,
    law: &RestLaw<'_>,
    (from, to): (NaiveDate, NaiveDate),
) -> Vec<MissedAfterDuty> {
    let found = check(person, law, from, to);
    let mut missed: Vec<MissedAfterDuty> = found
        .iter()
        .filter(|one| one.finding.rule == "rest.after_overnight" && from <= one.to && one.to <= to)
        .filter_map(|one| Some(MissedAfterDuty { shift: *one.shifts.last()?, on: one.to, short_minutes: 0 }))
        .collect();
    if !missed.is_empty() {
        let short: HashMap<RowId, i64> =
            owed_rests(person, law, (from, to)).into_iter().map(|one| (one.shift, one.minutes)).collect();
        for one in &mut missed {
            one.short_minutes = short.get(&one.shift).copied().unwrap_or(0);
        }
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::duty::{DutyKind, RestDayKind};
    use uuid::Uuid;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A duty of eight hours from nine o'clock in Shanghai on each of the days of a month.
    fn duty(days: std::ops::RangeInclusive<u32>) -> Vec<Shift> {
        days.map(|day| {
            let starts_at = format!("2026-03-{day:02}T01:00:00Z").parse().unwrap();
            let id = RowId(Uuid::from_u128(day.into()));
            Shift {
                id,
                kind: DutyKind::Duty,
                starts_at,
                ends_at: starts_at + TimeDelta::hours(8),
                counted_minutes: 480,
            }
        })
        .collect()
    }

    fn missed(on: &str, shifts: &[Shift], rest: &[&str], credited: &[&str]) -> Option<Missed> {
        let rest: Vec<RestDay> = rest
            .iter()
            .map(|on| RestDay { id: RowId(Uuid::from_u128(99)), kind: RestDayKind::Weekly, on: date(on) })
            .collect();
        let credited: Vec<NaiveDate> = credited.iter().map(|on| date(on)).collect();
        missed_on(date(on), shifts, &rest, &credited, Tz::Asia__Shanghai)
    }

    #[test]
    fn the_seventh_day_misses_a_rest_and_the_fourteenth_the_next() {
        let duty = duty(1..=14);
        assert_eq!(missed("2026-03-06", &duty, &[], &[]), None);
        assert_eq!(missed("2026-03-07", &duty, &[], &[]), Some(Missed::Window));
        for day in 8..=13 {
            assert_eq!(missed(&format!("2026-03-{day:02}"), &duty, &[], &["2026-03-07"]), None, "{day}");
        }
        assert_eq!(missed("2026-03-14", &duty, &[], &["2026-03-07"]), Some(Missed::Window));
        assert_eq!(missed("2026-03-15", &duty, &[], &[]), None, "a free day");
    }

    #[test]
    fn a_free_day_within_the_seven_is_enough() {
        let mut duty = duty(1..=7);
        duty.remove(3);
        assert_eq!(missed("2026-03-07", &duty, &[], &[]), None);
    }

    #[test]
    fn a_rest_day_that_was_worked_is_missed_once() {
        let duty = duty(3..=3);
        let shift = duty[0].id;
        assert_eq!(missed("2026-03-03", &duty, &["2026-03-03"], &[]), Some(Missed::RestDay { shift }));
        assert_eq!(missed("2026-03-03", &duty, &["2026-03-03"], &["2026-03-03"]), None);
        assert_eq!(missed("2026-03-04", &duty, &["2026-03-04"], &[]), None, "rested");
        let mut appointment = duty;
        appointment[0].kind = DutyKind::Protected;
        assert_eq!(missed("2026-03-03", &appointment, &["2026-03-03"], &[]), None);
    }

    /// A night from Monday to Tuesday touches both; one that ends at midnight does not touch the next.
    #[test]
    fn a_shift_over_midnight_touches_both_dates() {
        let mut night = duty(2..=2);
        night[0].starts_at = "2026-03-02T12:00:00Z".parse().unwrap();
        night[0].ends_at = "2026-03-02T16:00:00Z".parse().unwrap();
        assert_eq!(missed("2026-03-03", &night, &["2026-03-03"], &[]), None, "it ends at midnight");
        night[0].ends_at = "2026-03-02T16:00:01Z".parse().unwrap();
        assert!(missed("2026-03-03", &night, &["2026-03-03"], &[]).is_some());
    }
}
