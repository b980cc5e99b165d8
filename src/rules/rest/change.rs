//! What a write newly causes.

use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::{Found, Person, RestLaw, check};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::RowId;

/// What a finding that would refuse is marked with where the duty has begun already.
pub const WORKED_ALREADY: &str = "worked_already";

/// Rules that say what a roster may plan. What cannot have happened (two shifts at once, a shift without length), what is
/// not the unit's to say (who is on the roll, whose unit it is), and leave, which is recalled, refuse the past as well.
const ABOUT_PLANS: &[&str] = &[
    "rest.weekly",
    "rest.daily",
    "rest.after_overnight",
    "rest.length",
    "rest.volume",
    "rest.nights",
    "rest.couple",
    "rest.ordered",
    "rest.rest_day",
    "rest.fitness_limit",
];

/// ## 事后补记的勤务 — duty that was worked is recorded, never refused
///
/// 公务员法（2018年修订）第八十二条第二款, 公安机关组织管理条例 第三十八条: duty outside the working days is given back, so it must be
/// possible to record it. Rules that refuse what a roster plans are told of duty that has begun; the planner gives a
/// reason, the violation stands against the unit, and what was taken away is credited.
///
/// *Reading:* duty has begun at the instant of its start. Duty on granted leave is a recall and is refused here too; so is
/// what cannot have happened: two shifts at once, a shift without length or beyond the longest.
#[must_use]
pub fn worked_already(finding: Finding) -> Finding {
    if !finding.blocks() || !ABOUT_PLANS.contains(&finding.rule.as_str()) {
        return finding;
    }
    Finding { outcome: Outcome::Warn, ..finding }.measured(WORKED_ALREADY, true)
}

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
            let stood_so = |then: &Found| lies_in(one, then) && is_no_worse(&one.finding, &then.finding);
            return !stood.iter().any(stood_so) && !lies_in_parts(one, &stood);
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

/// Whether a stretch without a common rest day, of which nothing but its length is measured, lies in the parts of a longer
/// one: a day of rest between two cuts leaves a stretch that is not cut any more.
fn lies_in_parts(one: &Found, stood: &[Found]) -> bool {
    if one.finding.rule != "rest.couple" || !one.is_of_a_time() {
        return false;
    }
    let mut parts: Vec<&Found> = stood.iter().filter(|then| is_of_one(one, then)).collect();
    parts.sort_by_key(|part| part.from);
    let mut left = Some(one.from);
    for part in parts {
        left =
            left.and_then(|from| if part.from <= from { part.to.succ_opt().map(|next| next.max(from)) } else { left });
    }
    left.is_none_or(|from| one.to < from)
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
