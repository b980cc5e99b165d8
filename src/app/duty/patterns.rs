//! Recurring patterns: cycles of days through which teams run, and the rosters they generate.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PLANNERS, READERS};
use crate::app::ctx::{Ctx, Expects, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach::{self, Reach};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{RowId, UnitId};
use crate::store::roster_patterns::Pattern;
use crate::store::{self, Conn, Tx};

pub use super::generate::{Assignment, Generated, Generation, generate, try_out};

/// Most days of a cycle.
pub const CYCLE_MAX: usize = 92;
/// Most teams.
pub const TEAMS_MAX: i32 = 20;
/// Longest name, in characters.
const NAME_MAX: usize = 100;
/// Longest code of a day, in characters.
const CODE_MAX: usize = 10;

/// One day of a cycle: a shift, a rest day, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleDay {
    /// Kind of the shift; `None` where there is none.
    pub kind: Option<DutyKind>,
    /// When it begins on the local clock.
    pub starts: Option<NaiveTime>,
    /// How long it is on the local clock: over a change of the hour it is an hour longer or shorter.
    pub minutes: Option<i64>,
    /// Minutes that count; its length where it is not said.
    pub counted_minutes: Option<i64>,
    /// A rest day.
    pub rest: Option<RestDayKind>,
    /// How a roster file writes the day, e.g. 白.
    pub code: Option<String>,
}

/// A pattern as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPattern {
    /// For this unit and everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// Name.
    pub name: String,
    /// How many teams.
    pub teams: i32,
    /// By how many days a team is behind the one before it; the cycle divided by the teams where it is not said.
    pub offset_days: Option<i32>,
    /// The days.
    pub cycle: Vec<CycleDay>,
}

/// A pattern with its days.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub pattern: Pattern,
    /// The days.
    pub cycle: Vec<CycleDay>,
}

fn shown(pattern: Pattern) -> Result<Shown, Error> {
    let cycle =
        serde_json::from_str(&pattern.cycle).map_err(|error| Error::Internal(format!("stored cycle: {error}")))?;
    Ok(Shown { pattern, cycle })
}

fn check(new: &NewPattern) -> Result<(), Error> {
    let mut refused = Vec::new();
    let name = new.name.trim();
    if name.is_empty() || name.contains('\0') {
        refused.push(FieldError::new("/name", Code::InvalidValue));
    }
    if name.chars().count() > NAME_MAX {
        refused.push(FieldError::new("/name", Code::TooLong).expected(format!("≤ {NAME_MAX}")));
    }
    if !(1..=TEAMS_MAX).contains(&new.teams) {
        refused.push(FieldError::new("/teams", Code::InvalidValue).expected(format!("1 … {TEAMS_MAX}")));
    }
    if !(1..=CYCLE_MAX).contains(&new.cycle.len()) {
        refused.push(FieldError::new("/cycle", Code::InvalidValue).expected(format!("1 … {CYCLE_MAX}")));
        return Err(Error::Fields(refused));
    }
    let days = i32::try_from(new.cycle.len()).unwrap_or(i32::MAX);
    if let Some(offset) = new.offset_days
        && !(0..days).contains(&offset)
    {
        refused.push(FieldError::new("/offset_days", Code::InvalidValue).expected(format!("0 … {}", days - 1)));
    }
    for (at, day) in new.cycle.iter().enumerate() {
        refused.extend(check_day(day, &format!("/cycle/{at}")));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

fn check_day(day: &CycleDay, at: &str) -> Vec<FieldError> {
    let mut refused = Vec::new();
    let missing = |name: &str| FieldError::new(format!("{at}/{name}"), Code::MissingField);
    let wrong = |name: &str| FieldError::new(format!("{at}/{name}"), Code::InvalidValue);
    match day.kind {
        Some(DutyKind::Protected) => refused.push(wrong("kind")),
        Some(_) => {
            if day.starts.is_none() {
                refused.push(missing("starts"));
            }
            match day.minutes {
                None => refused.push(missing("minutes")),
                Some(minutes) if !(1..=4320).contains(&minutes) => refused.push(wrong("minutes").expected("1 … 4320")),
                Some(minutes) if day.counted_minutes.is_some_and(|counted| !(0..=minutes).contains(&counted)) => {
                    refused.push(wrong("counted_minutes").expected(format!("0 … {minutes}")));
                }
                Some(_) => {}
            }
            if day.rest.is_some() {
                refused.push(wrong("rest"));
            }
        }
        None => {
            let said = [day.starts.is_some(), day.minutes.is_some(), day.counted_minutes.is_some()];
            if said.contains(&true) {
                refused.push(missing("kind"));
            }
            if day.rest.is_some_and(|rest| !matches!(rest, RestDayKind::Weekly | RestDayKind::Rotation)) {
                refused.push(wrong("rest").expected("weekly, rotation"));
            }
        }
    }
    if let Some(code) = &day.code {
        let length = code.trim().chars().count();
        if !(1..=CODE_MAX).contains(&length) || code.contains('\0') {
            refused.push(wrong("code").expected(format!("1 … {CODE_MAX}")));
        }
    }
    refused
}

fn subject(pattern: &Pattern) -> Subject {
    Subject { kind: "roster_pattern", id: pattern.id.0, officer_id: None }
}

fn told(pattern: &Pattern) -> serde_json::Value {
    json!({
        "unit_id": pattern.unit_id, "name": pattern.name, "teams": pattern.teams, "offset_days": pattern.offset_days,
        "cycle": pattern.cycle,
    })
}

/// Whether the caller keeps the patterns of a unit, or of the whole force.
fn check_reach(connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>) -> Result<(), Error> {
    match unit {
        Some(unit) => super::planned_units(connection, ctx, unit).map(drop),
        None if ctx.caller.holds_force_wide(PLANNERS) => Ok(()),
        None => Err(Code::Forbidden.into()),
    }
}

fn row(ctx: &Ctx, new: &NewPattern) -> Result<Pattern, Error> {
    let days = i32::try_from(new.cycle.len()).unwrap_or(i32::MAX);
    Ok(Pattern {
        id: RowId(ctx.moment.new_id()),
        unit_id: new.unit_id,
        name: new.name.trim().to_owned(),
        teams: new.teams,
        offset_days: new.offset_days.unwrap_or(days / new.teams.max(1)),
        cycle: serde_json::to_string(&new.cycle).map_err(|error| Error::Internal(error.to_string()))?,
        version: 1,
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        ended_at: None,
    })
}

/// Makes a pattern.
///
/// # Errors
/// Refused fields; [`Code::NotFound`] for a unit that is not the caller's, [`Code::Forbidden`] for the whole force.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewPattern) -> Result<Shown, Error> {
    check_reach(tx.reading(), ctx, new.unit_id)?;
    check(new)?;
    let pattern = row(ctx, new)?;
    store::roster_patterns::insert(tx, &pattern)?;
    ctx.audit(tx, "roster_pattern.created", subject(&pattern), None, Some(told(&pattern)))?;
    shown(pattern)
}

/// A pattern that the caller may use: of a unit in their reach or above it, or of the whole force.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let pattern = store::roster_patterns::find(connection, id)?.ok_or(Code::NotFound)?;
    let is_seen = match (pattern.unit_id, usable_units(connection, ctx)?) {
        (None, _) | (_, None) => true,
        (Some(unit), Some(units)) => units.contains(&unit),
    };
    if is_seen { shown(pattern) } else { Err(Code::NotFound.into()) }
}

/// The units whose patterns the caller may use; `None` for all.
fn usable_units(connection: &mut Conn, ctx: &Ctx) -> Result<Option<Vec<UnitId>>, Error> {
    let Reach::Units(reached) = reach::of(connection, ctx, READERS)? else { return Ok(None) };
    let tree = store::units::tree(connection, ctx.moment.today())?;
    let mut units: Vec<UnitId> = reached.iter().flat_map(|unit| tree.upward(*unit)).collect();
    units.sort_unstable();
    units.dedup();
    Ok(Some(units))
}

/// Patterns that the caller may use, newest first; one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, ctx: &Ctx, before: Option<RowId>, limit: usize) -> Result<Vec<Shown>, Error> {
    let units = usable_units(connection, ctx)?;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    store::roster_patterns::list(connection, units.as_deref(), before, most)?.into_iter().map(shown).collect()
}

/// Most patterns whose codes explain a roster file.
const EXPLAINING_MAX: i64 = 2_000;

/// The patterns that explain the codes of a roster file: those in use that the caller may use, or one of them.
///
/// # Errors
/// [`Code::NotFound`] for one that is absent or not the caller's to see.
pub fn explaining(connection: &mut Conn, ctx: &Ctx, only: Option<RowId>) -> Result<Vec<Shown>, Error> {
    if let Some(id) = only {
        return Ok(vec![get(connection, ctx, id)?]);
    }
    let units = usable_units(connection, ctx)?;
    let rows = store::roster_patterns::list(connection, units.as_deref(), None, EXPLAINING_MAX)?;
    rows.into_iter().filter(|pattern| pattern.ended_at.is_none()).map(shown).collect()
}

/// A pattern that is locked and that the caller keeps.
fn to_change(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Pattern, Error> {
    get(tx.reading(), ctx, id)?;
    let pattern = store::roster_patterns::lock(tx, id)?;
    match check_reach(tx.reading(), ctx, pattern.unit_id) {
        Err(Error::Code(Code::NotFound)) => Err(Code::Forbidden.into()),
        other => other.map(|()| pattern),
    }
}

/// What changes of a pattern; `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Another number of teams.
    pub teams: Option<i32>,
    /// Another distance between the teams.
    pub offset_days: Option<i32>,
    /// Other days.
    pub cycle: Option<Vec<CycleDay>>,
}

/// Changes a pattern; rosters that it generated stay as they are.
///
/// # Errors
/// Refused fields; [`Code::Stale`]; [`Code::WrongState`] for one that has ended; [`Code::NotFound`], [`Code::Forbidden`].
pub fn change(tx: &mut Tx, ctx: &Ctx, id: RowId, expects: Expects<'_>, changes: &Changes) -> Result<Shown, Error> {
    let before = to_change(tx, ctx, id)?;
    expects(before.version)?;
    if before.ended_at.is_some() {
        return Err(Hindrance::Ended.into());
    }
    let was = shown(before.clone())?;
    let cycle = changes.cycle.clone().unwrap_or(was.cycle);
    let is_same = cycle.len() == serde_json::from_str::<Vec<CycleDay>>(&before.cycle).map_or(0, |days| days.len());
    let kept = (is_same && changes.teams.is_none()).then_some(before.offset_days);
    let new = NewPattern {
        unit_id: before.unit_id,
        name: changes.name.clone().unwrap_or_else(|| before.name.clone()),
        teams: changes.teams.unwrap_or(before.teams),
        offset_days: changes.offset_days.or(kept),
        cycle,
    };
    check(&new)?;
    let after = Pattern { id, version: before.version, ..row(ctx, &new)? };
    let after = store::roster_patterns::update(tx, &after)?;
    ctx.audit(tx, "roster_pattern.changed", subject(&after), Some(told(&before)), Some(told(&after)))?;
    shown(after)
}

/// Ends a pattern: nothing more is generated from it. Doing it twice changes nothing.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Forbidden`] for what is not the caller's to end.
pub fn end(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let before = to_change(tx, ctx, id)?;
    if before.ended_at.is_some() {
        return shown(before);
    }
    let after = store::roster_patterns::update(tx, &Pattern { ended_at: Some(ctx.moment.stamp()), ..before })?;
    ctx.audit(tx, "roster_pattern.ended", subject(&after), None, None)?;
    shown(after)
}
