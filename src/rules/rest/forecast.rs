//! Which quota will be missed if nothing changes, when, and how much duty could still be added.

use chrono::{Days, NaiveDate};

use super::local::{date, day_number};
use super::quotas::{Excluded, quarters, weeks};
use super::rotation::rotations;
use super::scan::{Scan, Scratch};
use super::weekly::between;
use super::{Person, RestLaw};
use crate::rules::duty::RestDayKind;
use crate::rules::terms::{UnknownWord, vocabulary};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

vocabulary! {
    /// A quota of rest.
    Quota {
        /// Rest days of a week.
        Weekly = "weekly",
        /// Dates with duty in a row.
        ConsecutiveDays = "consecutive_days",
        /// Rotations of a quarter.
        Rotation = "rotation",
    }
}

/// What one quota of one person comes to in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Which.
    pub quota: Quota,
    /// Name of the period; for days in a row that of the week in which they are too many, or of the first.
    pub period: String,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
    /// Days of rest that will be missing; 0 where the quota is kept.
    pub shortfall_days: i64,
    /// The date on which it is missed: of duty that is one too many, or the last on which what is missing could begin.
    pub missed_on: Option<NaiveDate>,
    /// Days of duty that could still be added before it breaks.
    pub slack_days: i64,
}

/// ## 轮休预警 — which quota will be missed
///
/// 年度工作要点第10项（强制轮休）: from the roster as it is published, who will miss the rest days of a week, will be on duty
/// too many days in a row ("the 7th day tomorrow"), or will miss the rotations of the quarter, and when; and how many days
/// of duty could still be added.
///
/// *Reading:* a date without a shift is free, so what is not planned yet counts as rest; a rotation that is not planned
/// is missing. Duty is added on dates from today on only. People who do not count (A1, A6) have no forecast.
///
/// *Not modelled:* duty that the unit will need but has not planned.
#[must_use]
pub fn forecast(person: &Person<'_>, law: &RestLaw<'_>, today: NaiveDate, to: NaiveDate) -> Vec<Forecast> {
    let mut scratch = Scratch::default();
    let scan = Scan::new(person, law, &mut scratch, (today, to));
    let mut found = Vec::new();
    for week in weeks(person, law, today, to).into_iter().filter(|week| week.excluded == Excluded::No) {
        let (first, last) = (day_number(week.from), day_number(week.to));
        let is_busy = |day: &i64| !between(scan.spans, *day, *day).unwrap_or_default().is_empty();
        let mut busy = (first..=last).filter(is_busy);
        let most = usize::try_from(7 - week.minimum).unwrap_or(7);
        let missed_on = busy.nth(most).map(date);
        let free_ahead = (first.max(day_number(today))..=last).filter(|day| !is_busy(day)).count();
        found.push(Forecast {
            quota: Quota::Weekly,
            period: week.week,
            from: week.from,
            to: week.to,
            shortfall_days: week.shortfall,
            missed_on,
            slack_days: (week.rest_days - week.minimum).clamp(0, i64::try_from(free_ahead).unwrap_or(0)),
        });
    }
    found.extend(row(&scan, today, to));
    found.extend(rotation(person, law, today, to));
    found
}

/// The days in a row that are soonest too many, else the longest row.
fn row(scan: &Scan<'_, '_>, today: NaiveDate, to: NaiveDate) -> Option<Forecast> {
    let (first, last) = (day_number(today), day_number(to));
    let most = i64::from(scan.policy(first)?.values.consecutive_duty_days_max?);
    let (mut longest, mut begun, mut ended) = (0_i64, first, i64::MIN / 2);
    let mut missed_on = None;
    for span in scan.spans.iter().filter(|span| span.first_day <= last) {
        for day in span.first_day.max(ended + 1)..=span.last_day.min(last) {
            if day - ended != 1 {
                begun = day;
            }
            ended = day;
            if day < first {
                continue;
            }
            longest = longest.max(day - begun + 1);
            if day - begun >= most && missed_on.is_none() {
                missed_on = Some(day);
            }
        }
    }
    let around = date(missed_on.unwrap_or(first));
    let iso = chrono::Datelike::iso_week(&around);
    Some(Forecast {
        quota: Quota::ConsecutiveDays,
        period: format!("{}-W{:02}", iso.year(), iso.week()),
        from: today,
        to,
        shortfall_days: (longest - most).max(0),
        missed_on: missed_on.map(date),
        slack_days: (most - longest).max(0),
    })
}

fn rotation(person: &Person<'_>, law: &RestLaw<'_>, today: NaiveDate, to: NaiveDate) -> Vec<Forecast> {
    let counted = quarters(person, law, today, to).into_iter().filter(|one| one.excluded == Excluded::No);
    counted
        .map(|quarter| {
            let had = rotations(person, quarter.from, quarter.to);
            let ahead = person.rest_days.iter().filter(|day| {
                day.kind == RestDayKind::Rotation && today <= day.on && quarter.from <= day.on && day.on <= quarter.to
            });
            let ahead = i64::try_from(ahead.count()).unwrap_or(0);
            let needed = u64::try_from((quarter.shortfall - 1).max(0)).unwrap_or(0);
            let missed = quarter.to.checked_sub_days(Days::new(needed)).filter(|_| quarter.shortfall > 0);
            Forecast {
                quota: Quota::Rotation,
                period: quarter.quarter,
                from: quarter.from,
                to: quarter.to,
                shortfall_days: quarter.shortfall,
                missed_on: missed,
                slack_days: (had.days_total - quarter.days_total_min).clamp(0, ahead),
            }
        })
        .collect()
}
