//! Rosters that a pattern generates for a unit and a period, by the local clock.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::facts::{self, Facts, Window};
use super::patterns::{CycleDay, Shown, get};
use super::plan::{self, Draft, NewShift, Planned, Preview};
use super::rest_days::NewRestDay;
use super::{ShiftSource, checked_period, holds};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId};
use crate::store::roster_patterns::Pattern;
use crate::store::{Conn, Tx};

/// Most people of one roster.
pub const ASSIGNED_MAX: usize = 2_000;
/// Most shifts and rest days that are generated at once.
pub const GENERATED_MAX: usize = 100_000;

/// Who is in which team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Who.
    pub officer_id: OfficerId,
    /// Team, from 1.
    pub team: i32,
}

/// A roster to be generated.
#[derive(Debug, Clone)]
pub struct Generation {
    /// From this pattern.
    pub pattern_id: RowId,
    /// Planned by this unit.
    pub unit_id: UnitId,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
    /// A date on which the first team begins the cycle; the first date where it is not said.
    pub first_team_on: Option<NaiveDate>,
    /// Who is in which team.
    pub assignments: Vec<Assignment>,
    /// Why it is planned in spite of what the rules warn of.
    pub override_reason: Option<String>,
}

/// What was left out because somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// Who.
    pub officer_id: OfficerId,
    /// When.
    pub date: NaiveDate,
}

/// What a pattern comes to for a unit and a period.
#[derive(Debug, Clone)]
pub struct Generated {
    shifts: Vec<NewShift>,
    rest_days: Vec<NewRestDay>,
    places: Vec<String>,
    /// Left out because somebody is on leave.
    pub skipped: Vec<Skipped>,
}

impl Generated {
    fn draft(&self) -> Draft<'_> {
        Draft { shifts: &self.shifts, rest_days: &self.rest_days, source: ShiftSource::Pattern }
    }

    fn at(&self) -> impl Fn(usize) -> String {
        |index| self.places.get(index).cloned().unwrap_or_default()
    }

    /// How many shifts and rest days it comes to.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.shifts.len(), self.rest_days.len())
    }
}

/// Generates the roster, all of it or none.
///
/// # Errors
/// Refused fields; as [`plan::enter`].
pub fn generate(tx: &mut Tx, ctx: &Ctx, asked: &Generation) -> Result<(Generated, Planned), Error> {
    let ids: Vec<OfficerId> = sorted(asked);
    holds::people(tx, &ids)?;
    let made = make(tx.reading(), ctx, asked)?;
    let planned = plan::enter(tx, ctx, made.draft(), &made.at());
    match planned {
        Ok(planned) => Ok((made, planned)),
        // One reason stands for all.
        Err(Error::Unexplained(_, findings)) => {
            Err(Error::Unexplained(vec![FieldError::new("/override_reason", Code::MissingField)], findings))
        }
        Err(error) => Err(error),
    }
}

/// Says what generating would come to; stores nothing.
///
/// # Errors
/// Refused fields; as [`plan::preview`].
pub fn try_out(connection: &mut Conn, ctx: &Ctx, asked: &Generation) -> Result<(Generated, Preview), Error> {
    let made = make(connection, ctx, asked)?;
    let preview = plan::preview(connection, ctx, made.draft(), &made.at())?;
    Ok((made, preview))
}

fn sorted(asked: &Generation) -> Vec<OfficerId> {
    let mut ids: Vec<OfficerId> = asked.assignments.iter().map(|one| one.officer_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn make(connection: &mut Conn, ctx: &Ctx, asked: &Generation) -> Result<Generated, Error> {
    super::planned_units(connection, ctx, asked.unit_id)?;
    let Shown { pattern, cycle } = get(connection, ctx, asked.pattern_id)?;
    if pattern.ended_at.is_some() {
        return Err(Hindrance::Ended.into());
    }
    checked_period(asked.from, asked.to, "/to")?;
    check_assignments(asked, pattern.teams)?;
    let ids = sorted(asked);
    let all = facts::of(connection, ctx, &ids, Window::exactly(ctx, asked.from, asked.to))?;
    let mut made = Generated { shifts: Vec::new(), rest_days: Vec::new(), places: Vec::new(), skipped: Vec::new() };
    let zone = ctx.moment.clock().zone();
    for (at, assignment) in asked.assignments.iter().enumerate() {
        run_through(&mut made, asked, &pattern, &cycle, assignment, at, &all, zone);
        if made.shifts.len() + made.rest_days.len() > GENERATED_MAX {
            let refused = FieldError::new("/to", Code::TooLong).expected(format!("≤ {GENERATED_MAX}"));
            return Err(refused.into());
        }
    }
    Ok(made)
}

fn check_assignments(asked: &Generation, teams: i32) -> Result<(), Error> {
    if !(1..=ASSIGNED_MAX).contains(&asked.assignments.len()) {
        return Err(FieldError::new("/assignments", Code::InvalidValue).expected(format!("1 … {ASSIGNED_MAX}")).into());
    }
    let mut refused = Vec::new();
    let mut met = std::collections::HashSet::new();
    for (at, one) in asked.assignments.iter().enumerate() {
        if !(1..=teams).contains(&one.team) {
            let pointer = format!("/assignments/{at}/team");
            refused.push(FieldError::new(pointer, Code::InvalidValue).expected(format!("1 … {teams}")));
        }
        if !met.insert(one.officer_id) {
            refused.push(FieldError::new(format!("/assignments/{at}/officer_id"), Code::Taken));
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// One person through the cycle.
#[expect(clippy::too_many_arguments, reason = "a loop over people taken out of its function, not an interface")]
fn run_through(
    made: &mut Generated,
    asked: &Generation,
    pattern: &Pattern,
    cycle: &[CycleDay],
    assignment: &Assignment,
    at: usize,
    all: &BTreeMap<OfficerId, Facts>,
    zone: Tz,
) {
    let officer_id = assignment.officer_id;
    let anchor = asked.first_team_on.unwrap_or(asked.from);
    let length = i64::try_from(cycle.len()).unwrap_or(1).max(1);
    let behind = i64::from(assignment.team - 1) * i64::from(pattern.offset_days);
    let is_away = |date: NaiveDate| {
        all.get(&officer_id).is_some_and(|facts| facts.away.iter().any(|one| one.from <= date && date <= one.to))
    };
    for date in asked.from.iter_days().take_while(|date| *date <= asked.to) {
        let index = ((date - anchor).num_days() - behind).rem_euclid(length);
        let Some(day) = usize::try_from(index).ok().and_then(|index| cycle.get(index)) else { continue };
        if day.kind.is_none() && day.rest.is_none() {
            continue;
        }
        let last = day.starts.zip(day.minutes).map_or(date, |(starts, minutes)| last_date(date, starts, minutes));
        if is_away(date) || (day.kind.is_some() && is_away(last)) {
            made.skipped.push(Skipped { officer_id, date });
            continue;
        }
        if let Some(kind) = day.rest {
            made.rest_days.push(NewRestDay { officer_id, date, kind });
        }
        if let (Some(kind), Some(starts), Some(minutes)) = (day.kind, day.starts, day.minutes) {
            let (starts_at, ends_at) = by_local_clock(zone, date.and_time(starts), minutes);
            let length = (ends_at - starts_at).num_minutes();
            made.places.push(format!("/assignments/{at} {date}"));
            made.shifts.push(NewShift {
                officer_id,
                unit_id: asked.unit_id,
                starts_at,
                ends_at,
                kind,
                counted_minutes: day.counted_minutes.map(|counted| counted.min(length)),
                override_reason: asked.override_reason.clone(),
                note: None,
                notified_at: None,
            });
        }
    }
}

/// The last date that a shift touches on the local clock.
fn last_date(date: NaiveDate, starts: NaiveTime, minutes: i64) -> NaiveDate {
    (date.and_time(starts) + TimeDelta::minutes(minutes) - TimeDelta::seconds(1)).date()
}

/// A shift that begins and ends as the local clock says, whatever the length that is between.
pub(super) fn by_local_clock(zone: Tz, starts: NaiveDateTime, minutes: i64) -> (Instant, Instant) {
    let ends = starts + TimeDelta::minutes(minutes);
    (at_local(zone, starts), at_local(zone, ends))
}

/// The instant at which the local clock says this; the first of two, and after the gap where it never does.
pub(super) fn at_local(zone: Tz, local: NaiveDateTime) -> Instant {
    let found = local.and_local_timezone(zone).earliest();
    let found = found.or_else(|| (local + TimeDelta::hours(1)).and_local_timezone(zone).earliest());
    found.map_or_else(|| local.and_utc(), |at| at.to_utc())
}
