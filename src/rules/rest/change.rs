//! What a write newly causes.

use chrono::NaiveDate;

use super::{Found, Person, RestLaw, check};
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
