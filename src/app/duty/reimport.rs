//! What a file says of a date beside what is planned on it already: what is the same stays, what an earlier roster said
//! otherwise is changed. What somebody entered by hand, swapped or confirmed is theirs, and never changed by a file.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::file::FileRow;
use super::prepare::Planner;
use super::{Actual, DutyShift, RestDay, RestDayState, ShiftSource, shifts};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::import::{DutyEntry, Extent, Planned};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId};
use crate::store::{self, Conn};

/// Officers of one statement.
const CHUNK: usize = 500;

/// Shifts and rest days that are planned, by officer and local date.
#[derive(Debug, Default)]
pub(super) struct Known {
    shifts: HashMap<(OfficerId, NaiveDate), Vec<DutyShift>>,
    rest_days: HashMap<(OfficerId, NaiveDate), RestDay>,
    /// Shifts of which the officer has said what was worked.
    said: HashSet<RowId>,
    /// The instant up to which duty has begun.
    now: Instant,
}

impl Known {
    /// What some officers have between two dates, both included.
    pub(super) fn of(
        connection: &mut Conn,
        ctx: &Ctx,
        officers: &[OfficerId],
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Self, Error> {
        let (starts_at, ends_at) = super::instants(ctx, from, to);
        let mut known = Self { now: ctx.moment.now(), ..Self::default() };
        for some in officers.chunks(CHUNK) {
            let mut over: HashMap<RowId, DutyShift> = HashMap::new();
            for shift in store::duty_shifts::rows_of(connection, some, starts_at, ends_at)? {
                let on = ctx.moment.clock().date_of(shift.starts_at.and_utc());
                if shift.ends_at.and_utc() <= known.now {
                    over.insert(shift.id, shift.clone());
                }
                known.shifts.entry((shift.officer_id, on)).or_default().push(shift);
            }
            known.hear(connection, ctx, some, &over)?;
            for day in store::rest_days::of_officers(connection, some, from, to)? {
                known.rest_days.insert((day.officer_id, day.on_date), day);
            }
        }
        Ok(known)
    }

    /// Notes of which shifts that are over the officer has said what was worked.
    fn hear(
        &mut self,
        connection: &mut Conn,
        ctx: &Ctx,
        officers: &[OfficerId],
        over: &HashMap<RowId, DutyShift>,
    ) -> Result<(), Error> {
        let mut said: HashMap<RowId, Vec<Actual>> = HashMap::new();
        let ids: Vec<RowId> = over.keys().copied().collect();
        for ids in ids.chunks(CHUNK) {
            for one in store::duty_actuals::of_shifts(connection, officers, ids)? {
                said.entry(one.shift_id).or_default().push(one);
            }
        }
        let is_said = |id: &RowId, said: &[Actual]| over.get(id).is_some_and(|shift| shifts::is_said(ctx, shift, said));
        self.said.extend(said.into_iter().filter(|(id, said)| is_said(id, said)).map(|(id, _)| id));
        Ok(())
    }

    fn on(&self, officer: OfficerId, date: NaiveDate) -> (&[DutyShift], Option<&RestDay>) {
        let shifts = self.shifts.get(&(officer, date)).map_or(&[][..], Vec::as_slice);
        (shifts, self.rest_days.get(&(officer, date)))
    }
}

/// A shift of a file, in instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) starts_at: Instant,
    pub(super) ends_at: Instant,
    pub(super) kind: DutyKind,
    pub(super) counted_minutes: i64,
    /// The unit that the file names.
    pub(super) unit_id: Option<UnitId>,
}

impl Wanted {
    fn is(&self, shift: &DutyShift) -> bool {
        let times = (shift.starts_at.and_utc(), shift.ends_at.and_utc()) == (self.starts_at, self.ends_at);
        let counts = i64::from(shift.counted_minutes) == self.counted_minutes;
        times && counts && shift.kind == self.kind && self.unit_id.is_none_or(|unit| unit == shift.unit_id)
    }

    /// As a report tells it.
    pub(super) fn planned(&self) -> Planned {
        Planned::Shift {
            kind: self.kind,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            counted_minutes: i32::try_from(self.counted_minutes).unwrap_or(i32::MAX),
        }
    }

    fn meets(&self, shift: &DutyShift) -> bool {
        shift.starts_at.and_utc() < self.ends_at && self.starts_at < shift.ends_at.and_utc()
    }
}

/// One thing that a file says of a date.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    Shift(Wanted),
    Rest(RestDayKind),
    Nothing,
}

/// What becomes of one thing that a file says.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// It is there.
    Stays,
    /// It comes.
    Comes,
    /// It takes the place of this shift.
    Changes(Box<DutyShift>),
    /// The date is a rest day of another kind that a file does not change.
    Taken,
    /// It would take the place of a shift of which the officer has said what was worked.
    Bound(RowId),
}

/// What becomes of a date.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    /// What becomes of each thing, in their order.
    pub(super) of_rows: Vec<Option<Step>>,
    /// Shifts that end.
    pub(super) gone: Vec<DutyShift>,
    /// Shifts that would end, and do not: the officer has said what was worked.
    pub(super) bound: Vec<RowId>,
    /// The rest day that ends.
    pub(super) gone_rest: Option<RestDay>,
}

/// Whether a roster's duty stands for a date as a whole: hours of overtime, training, court and travel come beside it.
const fn is_turn(kind: DutyKind) -> bool {
    matches!(kind, DutyKind::Duty | DutyKind::Overnight | DutyKind::Standby)
}

fn is_of_a_roster(source: ShiftSource) -> bool {
    matches!(source, ShiftSource::Import | ShiftSource::Pattern)
}

/// Holds what a file says of somebody on a date against what is planned.
pub(super) fn compare(known: &Known, planner: &Planner, wishes: &[(&FileRow, Wish)]) -> Steps {
    let Some((first, _)) = wishes.first() else { return Steps::default() };
    let (shifts, rest) = known.on(first.officer_id, first.on);
    let mut left: Vec<&DutyShift> = shifts.iter().collect();
    let mut rest_left = rest;
    let mut steps = Steps { of_rows: vec![None; wishes.len()], ..Steps::default() };

    // What is the same stays.
    for ((_, wish), step) in wishes.iter().zip(&mut steps.of_rows) {
        let is_there = match wish {
            Wish::Shift(wanted) => take(&mut left, |shift| wanted.is(shift)).is_some(),
            Wish::Rest(kind) => rest_left.take_if(|day| day.kind == *kind).is_some(),
            Wish::Nothing => true,
        };
        if is_there {
            *step = Some(Step::Stays);
        }
    }

    // What a roster said otherwise is changed.
    let is_rostered = |shift: &DutyShift| {
        is_of_a_roster(shift.source) && shift.kind != DutyKind::Protected && planner.plans_for(shift.unit_id)
    };
    let is_said = |shift: &DutyShift| known.said.contains(&shift.id);
    let may_change = |shift: &DutyShift| is_rostered(shift) && shift.actual_starts_at.is_none() && !is_said(shift);
    let is_bound = |shift: &DutyShift| is_rostered(shift) && is_said(shift);
    for ((row, wish), step) in wishes.iter().zip(&mut steps.of_rows) {
        let (Wish::Shift(wanted), None) = (wish, &step) else { continue };
        let is_like = |shift: &DutyShift| row.extent == Extent::Whole || is_turn(shift.kind) && is_turn(wanted.kind);
        let meeting = take(&mut left, |shift| may_change(shift) && wanted.meets(shift));
        let before = meeting.or_else(|| take(&mut left, |shift| may_change(shift) && is_like(shift)));
        let bound = || left.iter().find(|shift| is_bound(shift) && (wanted.meets(shift) || is_like(shift)));
        *step = Some(match before {
            Some(shift) => Step::Changes(Box::new(shift.clone())),
            None => bound().map_or(Step::Comes, |shift| Step::Bound(shift.id)),
        });
    }

    // What is not said of a whole date any more ends; beside a day of rest there is no duty, and the other way round.
    let is_free = wishes.iter().any(|(_, wish)| matches!(wish, Wish::Rest(_) | Wish::Nothing));
    if is_free || wishes.iter().any(|(row, _)| row.extent == Extent::Whole) {
        steps.bound = left.iter().filter(|shift| is_bound(shift)).map(|shift| shift.id).collect();
        steps.gone = left.into_iter().filter(|shift| may_change(shift)).cloned().collect();
    }
    let works = |(row, wish): &(&FileRow, Wish)| match wish {
        Wish::Shift(wanted) => row.extent == Extent::Whole || is_turn(wanted.kind),
        Wish::Nothing => true,
        Wish::Rest(_) => false,
    };
    // Duty that has begun takes a rest day away, told of or not: that is more than another plan.
    let has_begun = |(_, wish): &(&FileRow, Wish)| matches!(wish, Wish::Shift(wanted) if wanted.starts_at <= known.now);
    let is_worked = wishes.iter().any(has_begun);
    let rest_free = |day: &RestDay| is_of_a_roster(day.source) && day.state == RestDayState::Planned && !is_worked;
    let is_other_rest = |(at, (_, wish)): (usize, &(&FileRow, Wish))| {
        matches!(wish, Wish::Rest(_)) && steps.of_rows.get(at).is_some_and(Option::is_none)
    };
    let has_other_rest = wishes.iter().enumerate().any(is_other_rest);
    if has_other_rest || wishes.iter().any(works) {
        steps.gone_rest = rest_left.filter(|day| rest_free(day)).cloned();
    }
    let is_taken = rest_left.is_some() && steps.gone_rest.is_none();
    for step in steps.of_rows.iter_mut().filter(|step| step.is_none()) {
        *step = Some(if is_taken { Step::Taken } else { Step::Comes });
    }
    steps
}

/// Takes the first that is asked for out of a list.
fn take<'a>(left: &mut Vec<&'a DutyShift>, is_asked: impl Fn(&DutyShift) -> bool) -> Option<&'a DutyShift> {
    let at = left.iter().position(|shift| is_asked(shift))?;
    Some(left.remove(at))
}

/// What a row of a file wishes, by the local clock.
pub(super) fn wish(ctx: &Ctx, row: &FileRow) -> Wish {
    match row.entry {
        DutyEntry::Rest(kind) => Wish::Rest(kind),
        DutyEntry::Off | DutyEntry::Leave => Wish::Nothing,
        DutyEntry::Shift { kind, starts, minutes, counted } => {
            let zone = ctx.moment.clock().zone();
            let (starts_at, ends_at) = super::generate::by_local_clock(zone, row.on.and_time(starts), minutes);
            let length = (ends_at - starts_at).num_minutes();
            let counted_minutes = counted.map_or(length, |counted| counted.min(length));
            Wish::Shift(Wanted { starts_at, ends_at, kind, counted_minutes, unit_id: row.unit_id })
        }
    }
}
