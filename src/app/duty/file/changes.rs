//! What a file takes away and what it puts there, date by date: what would be stored if its refused rows were left out. A row
//! that lacks nothing but a reason is told, so that the reason can be given for what is seen.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Change, End, Fate, FileRow, Made, planned};
use crate::app::ctx::Ctx;
use crate::app::duty::prepare::Planner;
use crate::app::duty::reimport::{self, Known, Step, Wish};
use crate::app::duty::worked::Rests;
use crate::app::import::Planned;
use crate::rules::terms::OfficerId;

/// The rows of each date, by officer.
pub(super) type ByDate = BTreeMap<(OfficerId, NaiveDate), Vec<usize>>;

/// Notes with the first row of each date what it comes to.
pub(super) fn tell(
    ctx: &Ctx,
    rows: &[FileRow],
    by_date: &ByDate,
    (known, planner): (&Known, &Planner),
    (made, rests, fates): (&Made, &Rests, &mut [Fate]),
) {
    let stands = |at: &usize, fates: &[Fate]| {
        let is_taken = |fate: &Fate| fate.refused.is_empty() && !matches!(fate.end, End::Unknown | End::NotYours);
        fates.get(*at).is_some_and(is_taken)
    };
    let mut all: BTreeMap<(OfficerId, NaiveDate), (usize, Change)> = BTreeMap::new();
    for (of, places) in by_date {
        let left: Vec<usize> = places.iter().copied().filter(|at| stands(at, fates)).collect();
        let wishes: Vec<(&FileRow, Wish)> =
            left.iter().filter_map(|at| rows.get(*at)).map(|row| (row, reimport::wish(ctx, row))).collect();
        if let (Some(first), Some((before, after))) = (left.first(), of_date(known, planner, &wishes)) {
            all.insert(*of, (*first, Change { on: of.1, before, after }));
        }
    }
    // A rest day that duty took away which has begun: of this date, or of the next, into which the duty reaches.
    for (day, shift) in rests.taken() {
        let Some(at) = made.places.get(&shift).filter(|at| stands(at, fates)) else { continue };
        let none = || (*at, Change { on: day.on_date, before: Vec::new(), after: Vec::new() });
        let (_, change) = all.entry((day.officer_id, day.on_date)).or_insert_with(none);
        change.before.push(Planned::Rest { kind: day.kind });
    }
    for (at, change) in all.into_values() {
        if let Some(fate) = fates.get_mut(at) {
            fate.changes.push(change);
        }
    }
}

/// What goes and what comes on a date; `None` where all stays.
fn of_date(known: &Known, planner: &Planner, wishes: &[(&FileRow, Wish)]) -> Option<(Vec<Planned>, Vec<Planned>)> {
    let steps = reimport::compare(known, planner, wishes);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for ((_, wish), step) in wishes.iter().zip(&steps.of_rows) {
        match step {
            Some(Step::Changes(was)) => before.push(planned(was)),
            Some(Step::Comes) => {}
            _ => continue,
        }
        after.extend(match wish {
            Wish::Shift(wanted) => Some(wanted.planned()),
            Wish::Rest(kind) => Some(Planned::Rest { kind: *kind }),
            Wish::Nothing => None,
        });
    }
    before.extend(steps.gone.iter().map(planned));
    before.extend(steps.gone_rest.iter().map(|day| Planned::Rest { kind: day.kind }));
    (!before.is_empty() || !after.is_empty()).then_some((before, after))
}
