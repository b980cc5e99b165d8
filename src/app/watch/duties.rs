//! What units owe and by when, derived from the records at each read: nothing of it is stored, so nothing of it can be
//! lost, run twice or drift. Whoever reminds and escalates asks here.

mod coming;
mod hours;
mod records;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::officers::{self, Called};
use crate::app::reach;
use crate::rules::policy::{Place, Version};
use crate::rules::rest::policy::RestPolicy;
use crate::rules::rest_duty::{RestDuty, RestDutyKind, RestDutyState};
use crate::rules::terms::{Category, Instant, OfficerId, Role, UnitId};
use crate::store::{self, Conn};

/// Who reads what the units that they reach owe.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
/// Who reads how much it is, and nothing of anybody.
pub const COUNTERS: &[Role] = &[Role::ReportService];
/// How far ahead a date may lie that is asked about, in days.
const AHEAD_MAX: i64 = 92;

/// The law of rest as it binds units, read once for each.
struct Laws<'a> {
    ctx: &'a Ctx,
    above: store::units::Ancestry,
}

impl<'a> Laws<'a> {
    fn of(connection: &mut Conn, ctx: &'a Ctx, units: &[UnitId]) -> Result<Self, Error> {
        Ok(Self { ctx, above: store::units::ancestry(connection, units)? })
    }

    /// The unit and everything above it on a date.
    fn upward(&self, unit: UnitId, on: NaiveDate) -> Vec<UnitId> {
        self.above.upward(unit, on)
    }

    /// What binds the police of a unit on a date; `None` without a policy.
    fn on(&self, unit: UnitId, on: NaiveDate) -> Option<&'a Version<RestPolicy>> {
        let units = if self.ctx.statutes.knows_units() { self.upward(unit, on) } else { Vec::new() };
        self.ctx.statutes.policies.rest(Place { category: Category::Police, units: &units }, on)
    }
}

impl Laws<'_> {
    /// After how many days a duty of a unit goes up; nothing where no policy says so.
    fn ladder(&self, unit: UnitId, on: NaiveDate) -> Vec<i64> {
        self.on(unit, on).map(|version| version.values.ladder_days.clone()).unwrap_or_default()
    }
}

/// Every duty of some units that is open on a date, the earliest first. What lies ahead is that of the roster as it is
/// published on that date.
///
/// # Errors
/// When the database does not answer.
pub fn of_units(connection: &mut Conn, ctx: &Ctx, units: &[UnitId], on: NaiveDate) -> Result<Vec<RestDuty>, Error> {
    let laws = Laws::of(connection, ctx, units)?;
    let mut duties = records::credit(connection, ctx, &laws, units, on)?;
    duties.extend(records::violations(connection, ctx, &laws, units)?);
    duties.extend(records::orders(connection, ctx, &laws, units)?);
    duties.extend(hours::unanswered(connection, ctx, &laws, units)?);
    duties.extend(coming::rosters(connection, ctx, &laws, units, on)?);
    duties.extend(coming::rows(connection, ctx, &laws, units, on)?);
    duties.sort_by_key(|duty| (duty.due, duty.kind, duty.subject_id));
    Ok(duties)
}

/// How many duties of one kind stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Open, with more than a week left.
    pub open: u64,
    /// Due within a week.
    pub soon: u64,
    /// Overdue.
    pub overdue: u64,
    /// Paused.
    pub paused: u64,
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowing {
    /// As of this date; today, at this instant, where absent.
    pub on: Option<NaiveDate>,
    /// Only of this kind.
    pub kind: Option<RestDutyKind>,
    /// Only those that stand so.
    pub state: Option<RestDutyState>,
    /// Only towards this officer.
    pub officer_id: Option<OfficerId>,
}

/// What a unit owes.
#[derive(Debug, Clone)]
pub struct Owing {
    /// The instant that it is seen from.
    pub at: Instant,
    /// How many of each kind stand how, whatever the list is narrowed by.
    pub counts: BTreeMap<RestDutyKind, Counted>,
    /// The duties, the earliest first; `None` for whoever reads counts alone.
    pub duties: Option<Vec<RestDuty>>,
}

/// What a unit, with everything under it, owes.
///
/// # Errors
/// [`Code::NotFound`] where the unit is absent or not reached; [`Code::InvalidParameter`] for a date that is over or too far
/// ahead.
pub fn of_unit(connection: &mut Conn, ctx: &Ctx, unit: UnitId, asked: &Narrowing) -> Result<Owing, Error> {
    let is_there = store::units::find(connection, unit)?.is_some();
    let reads = is_there && reach::reaches(connection, ctx, READERS, unit)?;
    let counts = is_there && reach::reaches(connection, ctx, COUNTERS, unit)?;
    if !reads && !counts {
        return Err(Code::NotFound.into());
    }
    let today = ctx.moment.today();
    let on = asked.on.unwrap_or(today);
    if !(0..=AHEAD_MAX).contains(&(on - today).num_days()) {
        let refused = FieldError::new("?on", Code::InvalidParameter);
        return Err(refused.expected(format!("{today} + 0 … {AHEAD_MAX} d")).into());
    }
    // A date to come is seen from its end.
    let at =
        if on == today { ctx.moment.now() } else { ctx.moment.clock().end_of(on) - chrono::TimeDelta::microseconds(1) };
    let mut units: Vec<UnitId> = store::units::tree(connection, today)?.under(&[unit]).into_iter().collect();
    units.sort_unstable();
    let mut duties = of_units(connection, ctx, &units, on)?;
    // What begins after the instant is not owed yet.
    duties.retain(|duty| duty.since <= at);
    let counts = counted(&duties, at);
    duties.retain(|duty| {
        asked.kind.is_none_or(|kind| kind == duty.kind)
            && asked.state.is_none_or(|state| state == duty.state(at))
            && asked.officer_id.is_none_or(|officer| Some(officer) == duty.officer_id)
    });
    Ok(Owing { at, counts, duties: reads.then_some(duties) })
}

/// What the officers of some duties are called.
///
/// # Errors
/// When the database does not answer.
pub fn called<'a>(
    connection: &mut Conn,
    duties: impl Iterator<Item = &'a RestDuty>,
) -> Result<HashMap<OfficerId, Called>, Error> {
    officers::called(connection, duties.filter_map(|duty| duty.officer_id))
}

/// How many of each kind stand how at an instant.
#[must_use]
pub fn counted(duties: &[RestDuty], at: Instant) -> BTreeMap<RestDutyKind, Counted> {
    let mut counts: BTreeMap<RestDutyKind, Counted> = BTreeMap::new();
    for duty in duties {
        let one = counts.entry(duty.kind).or_default();
        match duty.state(at) {
            RestDutyState::Open => one.open += 1,
            RestDutyState::Soon => one.soon += 1,
            RestDutyState::Overdue => one.overdue += 1,
            RestDutyState::Paused => one.paused += 1,
        }
    }
    counts
}

/// What lies ahead of the whole force, seen from a date: rosters that are late or soon due, and rows of days of which
/// tomorrow is one too many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Units whose roster is late.
    pub rosters_late: usize,
    /// Units whose roster is due.
    pub rosters_soon: usize,
    /// People of whom tomorrow would be a day too many.
    pub rows_tomorrow: usize,
}

/// What lies ahead of everybody, seen from a date: for the night.
///
/// # Errors
/// When the database does not answer.
pub fn ahead(connection: &mut Conn, ctx: &Ctx, on: NaiveDate) -> Result<Ahead, Error> {
    let units: Vec<UnitId> = store::units::all(connection)?.into_iter().map(|unit| unit.id).collect();
    let laws = Laws::of(connection, ctx, &units)?;
    let clock = ctx.moment.clock();
    let rosters = coming::rosters(connection, ctx, &laws, &units, on)?;
    let rosters_late = rosters.iter().filter(|duty| duty.due <= clock.start_of(on)).count();
    let tomorrow = clock.end_of(on);
    let rows = coming::rows(connection, ctx, &laws, &units, on)?;
    Ok(Ahead {
        rosters_late,
        rosters_soon: rosters.len() - rosters_late,
        rows_tomorrow: rows.iter().filter(|duty| duty.due == tomorrow).count(),
    })
}
