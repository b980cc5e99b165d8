//! What a write newly causes.

use chrono::NaiveDate;

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
    "rest.strength",
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

/// What a write newly causes: what is found after it and was not found before, as far as a shift that is new or moved
/// proves it. What stood before does not refuse an unrelated write, and taking duty away is never refused.
#[must_use]
pub fn assess_change(
    before: &Person<'_>,
    after: &Person<'_>,
    law: &RestLaw<'_>,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<Found> {
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
    let caused = |one: &Found| {
        !stood.contains(one) && (ABOUT_ENTRIES.contains(&one.finding.rule.as_str()) || one.shifts.iter().any(is_new))
    };
    found.into_iter().filter(caused).collect()
}
