//! Whose fault in a file a finding is, and for what a reason is asked.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::{Fate, FileRow, Made, add};
use crate::app::ctx::Ctx;
use crate::app::duty::plan::{self, Told};
use crate::app::duty::{RestDay, ShiftState, worked};
use crate::rules::finding::Outcome;

/// Blames what was found on its rows, and asks for the reasons that are missing.
pub(super) fn explain(
    ctx: &Ctx,
    rows: &[FileRow],
    reason: Option<&str>,
    (told, made, fates): (&mut [Told], &mut Made, &mut [Fate]),
) {
    let mut explained: HashSet<usize> = HashSet::new();
    for one in &*told {
        let Some(at) = blamed(one, made) else { continue };
        let Some(fate) = fates.get_mut(at) else { continue };
        match one.finding.outcome {
            Outcome::Block => fate.refuse(one.finding.clone()),
            Outcome::Warn => add(&mut fate.warned, one.finding.clone()),
            Outcome::Pass => continue,
        }
        if !plan::asks_reason(&one.finding) {
            continue;
        }
        if one.finding.rule == "rest.comp_credit" {
            let row = rows.get(at);
            let is_it =
                |day: &&mut RestDay| day.officer_id == one.officer_id && row.is_some_and(|row| row.on == day.on_date);
            if let Some(day) = made.rest_days.iter_mut().find(is_it) {
                day.override_reason = row.and_then(|row| row.reason.as_deref()).or(reason).map(str::to_owned);
            }
        }
        let mut proof = one.shifts.iter().filter_map(|id| made.places.get(id)).chain([&at]);
        if proof.any(|at| rows.get(*at).is_some_and(|row| row.reason.is_some())) {
            continue;
        }
        match reason {
            Some(_) => drop(explained.insert(at)),
            None => fate.lacks_reason = true,
        }
    }
    // Duty that has begun is a fact: correcting it asks for a reason, whatever the rules say.
    for (was, _) in made.changed.iter().filter(|(was, _)| worked::has_begun(ctx, was)) {
        let Some(at) = made.places.get(&was.id).copied() else { continue };
        if rows.get(at).is_some_and(|row| row.reason.is_some()) {
            continue;
        }
        match (reason, fates.get_mut(at)) {
            (Some(_), _) => drop(explained.insert(at)),
            (None, Some(fate)) => fate.lacks_reason = true,
            (None, None) => {}
        }
    }
    // A shift that is published or has begun is taken back with a reason, as one by one.
    for gone in &mut made.gone {
        gone.why = gone.why.take().or_else(|| reason.map(str::to_owned));
        let is_bare =
            gone.why.is_none() && (gone.shift.state == ShiftState::Published || worked::has_begun(ctx, &gone.shift));
        if is_bare && let Some(fate) = fates.get_mut(gone.at) {
            fate.lacks_reason = true;
        }
    }
    let coming = made.shifts.iter_mut().chain(made.changed.iter_mut().map(|(_, shift)| shift));
    for shift in coming.filter(|shift| made.places.get(&shift.id).is_some_and(|at| explained.contains(at))) {
        shift.override_reason = reason.map(str::to_owned);
    }
}

/// The row to blame: the last whose shift proves the finding; else that of its date; else the officer's first.
fn blamed(one: &Told, made: &Made) -> Option<usize> {
    let by_shift = one.shifts.iter().rev().find_map(|id| made.places.get(id));
    let on = one.finding.measured.get("on").and_then(|on| on.as_str()).and_then(|on| on.parse().ok());
    let by_date = || on.and_then(|on| made.of_date.get(&(one.officer_id, on)));
    let first = || {
        let theirs = (one.officer_id, NaiveDate::MIN)..=(one.officer_id, NaiveDate::MAX);
        made.of_date.range(theirs).next().map(|(_, at)| at)
    };
    by_shift.or_else(by_date).or_else(first).copied()
}
