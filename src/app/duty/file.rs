//! Rosters from a file: every row is held against the records and the rules, and all are stored or none.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::facts::{self, Facts, Window};
use super::generate::by_local_clock;
use super::plan::{self, Change, NewShift, Told};
use super::prepare::{self, Appointment, Planner};
use super::rest_days::{self, NewRestDay};
use super::worked::{self, Rests};
use super::{DutyShift, RestDay, ShiftSource, holds, leave_days};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::app::import::DutyEntry;
use crate::rules::finding::Outcome;
use crate::rules::terms::{OfficerId, RowId, UnitId};
use crate::store::Tx;

/// A row of a file, of an officer who is known.
#[derive(Debug, Clone)]
pub struct FileRow {
    /// Whose.
    pub officer_id: OfficerId,
    /// Planned by this unit; the officer's own on the date where it is not said.
    pub unit_id: Option<UnitId>,
    /// The date on which it begins.
    pub on: NaiveDate,
    /// A shift or rest.
    pub entry: DutyEntry,
    /// Why, in spite of a warning.
    pub reason: Option<String>,
}

/// What became of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// What it is.
    pub end: End,
    /// The rules that refuse it.
    pub refused_by: Vec<String>,
    /// The rules that warn of it.
    pub warned_by: Vec<String>,
}

/// What became of a row, before the rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// It is new.
    #[default]
    Created,
    /// It was there already.
    Unchanged,
    /// Nobody whom the caller may plan.
    Unknown,
    /// The caller's own, or their spouse's.
    NotYours,
}

impl Fate {
    /// Whether the row refuses the file.
    #[must_use]
    pub fn refuses(&self) -> bool {
        !self.refused_by.is_empty() || matches!(self.end, End::Unknown | End::NotYours)
    }
}

/// A row made ready.
enum Made {
    Shift(DutyShift),
    Rest(RestDay),
    Nothing,
}

/// Stores the rows of a file, unless one of them is refused; says what became of each.
///
/// # Errors
/// When the database does not answer.
pub fn enter(tx: &mut Tx, ctx: &Ctx, rows: &[FileRow]) -> Result<Vec<Fate>, Error> {
    // Gather.
    let mut officers: Vec<OfficerId> = rows.iter().map(|row| row.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    holds::people(tx, &officers)?;
    let dates = || rows.iter().map(|row| row.on);
    let (Some(from), Some(to)) = (dates().min(), dates().max()) else { return Ok(Vec::new()) };
    let all = facts::of(tx.reading(), ctx, &officers, Window::around(ctx, from, to.succ_opt().unwrap_or(to)))?;
    let planner = Planner::of(tx.reading(), ctx)?;

    // Decide.
    let mut fates = vec![Fate::default(); rows.len()];
    let mut made = Vec::with_capacity(rows.len());
    for (row, fate) in rows.iter().zip(&mut fates) {
        made.push(make(ctx, &planner, &all, row, fate)?);
    }
    let mut shifts = Vec::new();
    let mut rests = Vec::new();
    let mut places: HashMap<RowId, usize> = HashMap::new();
    let mut of_date: HashMap<(OfficerId, NaiveDate), usize> = HashMap::new();
    for (at, one) in made.into_iter().enumerate() {
        match one {
            Made::Shift(shift) => {
                places.insert(shift.id, at);
                shifts.push(shift);
            }
            Made::Rest(day) => {
                // The second rest day of one date in the same file.
                if of_date.insert((day.officer_id, day.on_date), at).is_some()
                    && let Some(fate) = fates.get_mut(at)
                {
                    fate.refused_by.push("rest.taken".to_owned());
                }
                rests.push(day);
            }
            Made::Nothing => {}
        }
    }
    let mut told = plan::judge(ctx, &all, Change { shifts: &shifts, rest_days: &rests, ..Change::default() });
    let worked = Rests::of(tx.reading(), ctx, &all, &shifts, &|_| None)?;
    worked.record(ctx, &shifts, &mut told);
    for one in &told {
        blame(one, &places, &of_date, rows, &mut fates);
    }

    // Record.
    if !fates.iter().any(Fate::refuses) {
        plan::store_all(tx, ctx, &shifts, &rests, &worked)?;
        worked::tell(tx, ctx, &shifts, &told)?;
        plan::look_again(tx, ctx, &officers, &shifts, &rests)?;
    }
    Ok(fates)
}

/// Makes a row ready: whose it is, whether it is there already, what speaks against it.
fn make(
    ctx: &Ctx,
    planner: &Planner,
    all: &BTreeMap<OfficerId, Facts>,
    row: &FileRow,
    fate: &mut Fate,
) -> Result<Made, Error> {
    let facts = all.get(&row.officer_id);
    let unit = row.unit_id.or_else(|| facts.and_then(|facts| facts.unit_on(row.on)));
    let (Some(facts), Some(unit_id)) = (facts, unit) else {
        fate.end = End::Unknown;
        return Ok(Made::Nothing);
    };
    match planner.admit(ctx, row.officer_id, unit_id, Appointment::Duty, Some(facts), row.on) {
        Ok(None) => {}
        Ok(Some(finding)) => fate.refused_by.push(finding.rule),
        Err(Error::Code(Code::NotFound)) => fate.end = End::Unknown,
        Err(Error::Code(Code::OwnRecord)) => fate.end = End::NotYours,
        Err(error) => return Err(error),
    }
    if !facts.roll.on_roll(row.on) {
        fate.refused_by.push("rest.off_roll".to_owned());
    }
    if fate.refuses() {
        return Ok(Made::Nothing);
    }
    match row.entry {
        DutyEntry::Rest(kind) => {
            let against = [leave_days::on_leave(facts, row.on), leave_days::too_late(ctx, row.on)];
            if let Some(finding) = against.into_iter().flatten().next() {
                fate.refused_by.push(finding.rule);
                return Ok(Made::Nothing);
            }
            if let Some(known) = facts.rest_days.iter().chain(&facts.uncounted).find(|day| day.on == row.on) {
                if known.kind == kind {
                    fate.end = End::Unchanged;
                } else {
                    fate.refused_by.push("rest.taken".to_owned());
                }
                return Ok(Made::Nothing);
            }
            let new = NewRestDay { officer_id: row.officer_id, date: row.on, kind };
            Ok(Made::Rest(rest_days::row(ctx, &new, ShiftSource::Import)))
        }
        DutyEntry::Shift { kind, starts, minutes, counted } => {
            let (starts_at, ends_at) = by_local_clock(ctx.moment.clock().zone(), row.on.and_time(starts), minutes);
            let is_there = |shift: &crate::rules::duty::Shift| {
                (shift.starts_at, shift.ends_at, shift.kind) == (starts_at, ends_at, kind)
            };
            if facts.shifts.iter().any(is_there) {
                fate.end = End::Unchanged;
                return Ok(Made::Nothing);
            }
            let length = (ends_at - starts_at).num_minutes();
            let new = NewShift {
                officer_id: row.officer_id,
                unit_id,
                starts_at,
                ends_at,
                kind,
                counted_minutes: counted.map(|counted| counted.min(length)),
                override_reason: row.reason.clone(),
                note: None,
                notified_at: None,
            };
            Ok(Made::Shift(prepare::row(ctx, &new, ShiftSource::Import)))
        }
    }
}

/// Blames a finding on the last row that proves it; where no shift of the file does, on the rest day of its date.
fn blame(
    one: &Told,
    places: &HashMap<RowId, usize>,
    of_date: &HashMap<(OfficerId, NaiveDate), usize>,
    rows: &[FileRow],
    fates: &mut [Fate],
) {
    let by_shift = one.shifts.iter().rev().find_map(|id| places.get(id));
    let on = one.finding.measured.get("on").and_then(|on| on.as_str()).and_then(|on| on.parse().ok());
    let by_date = || on.and_then(|on| of_date.get(&(one.officer_id, on)));
    let place = by_shift
        .or_else(by_date)
        .or_else(|| of_date.iter().find(|((officer, _), _)| *officer == one.officer_id).map(|(_, at)| at));
    let Some((at, fate)) = place.and_then(|at| Some((*at, fates.get_mut(*at)?))) else { return };
    // What was worked against a rule is recorded with a reason.
    let lacks_reason = worked::is_recorded(one) && rows.get(at).is_none_or(|row| row.reason.is_none());
    let list = match one.finding.outcome {
        Outcome::Warn if lacks_reason => &mut fate.refused_by,
        Outcome::Block => &mut fate.refused_by,
        Outcome::Warn => &mut fate.warned_by,
        Outcome::Pass => return,
    };
    if !list.contains(&one.finding.rule) {
        list.push(one.finding.rule.clone());
    }
}
