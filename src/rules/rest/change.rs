//! What a write newly causes.

use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::{Found, Person, RestLaw, check};
use crate::rules::finding::Finding;
use crate::rules::terms::RowId;

/// Rules about one date and one entry, whose cause need not be a shift: a rest day, a leave, an order that came new.
const ABOUT_ENTRIES: &[&str] = &[
    "rest.overlap",
    "rest.protected",
    "rest.on_leave",
    "rest.rest_day",
    "rest.ordered",
    "rest.fitness_limit",
    "rest.couple",
];

/// How many days before a write and after it what it does is looked for: the four weeks in which R5 has one exception, and
/// the weeks to come of which the mean is known.
const REACH_DAYS: (u64, u64) = (28, 91);

/// Numbers of which more is worse.
const MORE_IS_WORSE: &[&str] = &[
    "consecutive_days",
    "consecutive_nights",
    "counted_minutes",
    "days_without_common_rest",
    "mean_week_minutes",
    "minutes_without_weekly_rest",
    "night_duty_minutes",
    "night_minutes",
    "nights",
    "short_by_minutes",
    "week_minutes",
];
/// Numbers of which less is worse.
const LESS_IS_WORSE: &[&str] = &["gap_minutes", "recovery_minutes", "rest_days"];

/// What a write newly causes: what is found after it and was not as bad before, as far as a shift that is new or moved
/// proves it, or as it makes another finding refuse. What stood before does not refuse an unrelated write, nor one that
/// betters it; taking duty away is never refused.
#[must_use]
pub fn assess_change(
    before: &Person<'_>,
    after: &Person<'_>,
    law: &RestLaw<'_>,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<Found> {
    let from = from.checked_sub_days(Days::new(REACH_DAYS.0)).unwrap_or(from);
    let to = to.checked_add_days(Days::new(REACH_DAYS.1)).unwrap_or(to);
    let found = check(after, law, from, to);
    if found.is_empty() {
        return found;
    }
    let stood = check(before, law, from, to);
    let is_new = |id: &RowId| {
        let now = after.shifts.iter().find(|shift| shift.id == *id);
        let then = before.shifts.iter().find(|shift| shift.id == *id);
        now != then
    };
    let adds_duty = after.shifts.iter().any(|shift| is_new(&shift.id));
    let caused = |one: &Found| {
        if ABOUT_ENTRIES.contains(&one.finding.rule.as_str()) || one.shifts.iter().any(is_new) {
            return !stood.iter().any(|then| lies_in(one, then) && is_no_worse(&one.finding, &then.finding));
        }
        let mut known = stood.iter().filter(|then| is_of_one(one, then)).peekable();
        adds_duty && known.peek().is_some() && known.all(|then| then.finding.outcome < one.finding.outcome)
    };
    found.into_iter().filter(caused).collect()
}

/// Whether two findings are about the same: the same shift, or for what is counted over a time, times that overlap.
fn is_of_one(one: &Found, other: &Found) -> bool {
    let is_near = !one.is_of_a_time() || (one.from <= other.to && other.from <= one.to);
    one.finding.rule == other.finding.rule && one.subject() == other.subject() && is_near
}

/// Whether a finding is about no more than another.
fn lies_in(one: &Found, other: &Found) -> bool {
    is_of_one(one, other) && (!one.is_of_a_time() || (other.from <= one.from && one.to <= other.to))
}

/// Whether everything that was measured is as it was, or better.
fn is_no_worse(now: &Finding, then: &Finding) -> bool {
    let number = |value: &Value| value.as_i64();
    now.outcome <= then.outcome
        && now.measured.len() == then.measured.len()
        && now.measured.iter().all(|(name, value)| {
            let Some(was) = then.measured.get(name) else { return false };
            match (number(value), number(was)) {
                (Some(value), Some(was)) if MORE_IS_WORSE.contains(&name.as_str()) => value <= was,
                (Some(value), Some(was)) if LESS_IS_WORSE.contains(&name.as_str()) => value >= was,
                _ => value == was,
            }
        })
}
