//! Rosters from a file: every row is held against the records and the rules, and all are stored or none.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::facts::{self, Facts, Window};
use super::plan::{self, NewShift, Told};
use super::prepare::{self, Appointment, Planner};
use super::reimport::{self, Known, Step, Wish};
use super::rest_days::{self, NewRestDay};
use super::worked::{self, Rests};
use super::{DutyShift, RestDay, ShiftSource, ShiftState, dates, holds, leave_days, strength};
use crate::app::credit;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::app::import::{DutyEntry, Extent, Planned};
use crate::rules::duty::RestDayKind;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{OfficerId, RowId, UnitId};
use crate::store::Tx;

mod blame;
mod changes;
mod record;

/// A thing that a file says of a date, of an officer who is known.
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
    /// Whether it is all that is said of the date.
    pub extent: Extent,
    /// Why, in spite of a warning.
    pub reason: Option<String>,
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy)]
pub struct Entering<'a> {
    /// Why, in spite of what the rules warn of, where a row says nothing.
    pub reason: Option<&'a str>,
    /// Whether it is stored if nothing refuses it.
    pub keep: Keep,
}

/// Whether rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// They are, unless one is refused.
    Rows,
    /// They are only judged: others of the file are refused already.
    Nothing,
}

/// What became of a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fate {
    /// What it is.
    pub end: End,
    /// What refuses it, one finding for each rule.
    pub refused: Vec<Finding>,
    /// What warns of it.
    pub warned: Vec<Finding>,
    /// Whether a reason is asked for that is not given.
    pub lacks_reason: bool,
    /// Whether it says leave where none is granted.
    pub lacks_leave: bool,
    /// What was planned and what is planned instead, where that is another thing.
    pub changes: Vec<Change>,
}

/// What a file changes of a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The date.
    pub on: NaiveDate,
    /// What was planned.
    pub before: Vec<Planned>,
    /// What is planned instead.
    pub after: Vec<Planned>,
}

/// What became of a row, before the rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// It is new.
    #[default]
    Created,
    /// It takes the place of what an earlier roster said.
    Changed,
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
        !self.refused.is_empty() || self.lacks_reason || matches!(self.end, End::Unknown | End::NotYours)
    }

    fn refuse(&mut self, finding: Finding) {
        add(&mut self.refused, finding);
    }
}

/// One finding for each rule: a row is not answered with every window that it touches.
fn add(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.iter().any(|known| known.rule == finding.rule) {
        findings.push(finding);
    }
}

/// A shift that ends.
#[derive(Debug)]
struct Gone {
    shift: DutyShift,
    /// The row that says so.
    at: usize,
    /// Why.
    why: Option<String>,
}

/// What a file comes to, before it is stored.
#[derive(Debug, Default)]
struct Made {
    /// Shifts that come, with the row that says so.
    shifts: Vec<DutyShift>,
    /// Shifts as they were and as they will be.
    changed: Vec<(DutyShift, DutyShift)>,
    /// Shifts that end.
    gone: Vec<Gone>,
    /// Rest days that come.
    rest_days: Vec<RestDay>,
    /// Rest days that end.
    gone_rest: Vec<RestDay>,
    /// The row of each shift.
    places: HashMap<RowId, usize>,
    /// The first row of each date.
    of_date: BTreeMap<(OfficerId, NaiveDate), usize>,
}

impl Made {
    /// Everything that stands once it is stored, by start.
    fn live(&self) -> Vec<DutyShift> {
        let mut live: Vec<DutyShift> =
            self.shifts.iter().chain(self.changed.iter().map(|(_, shift)| shift)).cloned().collect();
        live.sort_by_key(|shift| (shift.starts_at, shift.id));
        live
    }
}

/// Stores the rows of a file, unless one of them is refused; says what became of each.
///
/// # Errors
/// When the database does not answer.
pub fn enter(tx: &mut Tx, ctx: &Ctx, rows: &[FileRow], entering: Entering<'_>) -> Result<Vec<Fate>, Error> {
    // Gather.
    let mut officers: Vec<OfficerId> = rows.iter().map(|row| row.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    holds::people(tx, &officers)?;
    let on = || rows.iter().map(|row| row.on);
    let (Some(from), Some(to)) = (on().min(), on().max()) else { return Ok(Vec::new()) };
    let last = to.checked_add_days(Days::new(3)).unwrap_or(to);
    let all = facts::of(tx.reading(), ctx, &officers, Window::around(ctx, from, last))?;
    let planner = Planner::of(tx.reading(), ctx)?;
    let known = Known::of(tx.reading(), ctx, &officers, from, to)?;

    // Decide.
    let mut fates = vec![Fate::default(); rows.len()];
    let mut made = Made::default();
    for (row, fate) in rows.iter().zip(&mut fates) {
        admit(ctx, &planner, &all, row, fate)?;
    }
    let mut by_date = changes::ByDate::new();
    for (at, (row, fate)) in rows.iter().zip(&fates).enumerate() {
        if fate.refused.is_empty() && fate.end != End::Unknown {
            by_date.entry((row.officer_id, row.on)).or_default().push(at);
        }
    }
    for places in by_date.values() {
        make(ctx, (&planner, &all, &known), rows, places, (&mut fates, &mut made))?;
    }
    let (mut told, rests) = judge(tx, ctx, &all, &made)?;
    blame::explain(ctx, rows, entering.reason, (&mut told, &mut made, &mut fates));
    changes::tell(ctx, rows, &by_date, (&known, &planner), (&made, &rests, &mut fates));

    // Record.
    if entering.keep == Keep::Rows && !fates.iter().any(Fate::refuses) {
        record::store(tx, ctx, &officers, &made, &rests)?;
        worked::tell(tx, ctx, &made.live(), &told)?;
    }
    Ok(fates)
}

/// Whether the caller may plan the person, and the person is on the roll.
fn admit(
    ctx: &Ctx,
    planner: &Planner,
    all: &BTreeMap<OfficerId, Facts>,
    row: &FileRow,
    fate: &mut Fate,
) -> Result<(), Error> {
    let facts = all.get(&row.officer_id);
    let unit = row.unit_id.or_else(|| facts.and_then(|facts| facts.unit_on(row.on)));
    let (Some(facts), Some(unit_id)) = (facts, unit) else {
        fate.end = End::Unknown;
        return Ok(());
    };
    match planner.admit(ctx, row.officer_id, unit_id, Appointment::Duty, Some(facts), row.on) {
        Ok(None) => {}
        Ok(Some(finding)) => fate.refuse(finding),
        Err(Error::Code(Code::NotFound)) => fate.end = End::Unknown,
        Err(Error::Code(Code::OwnRecord)) => fate.end = End::NotYours,
        Err(error) => return Err(error),
    }
    let on_date = row.on.to_string();
    if fate.end == End::Created && !facts.roll.on_roll(row.on) {
        let finding = Finding::new("rest.off_roll", "", Outcome::Block);
        fate.refuse(finding.measured("from", on_date.clone()).measured("to", on_date));
    }
    let is_away = facts.away.iter().any(|away| away.from <= row.on && row.on <= away.to);
    fate.lacks_leave = row.entry == DutyEntry::Leave && !is_away;
    Ok(())
}

/// Makes ready what a file says of somebody on a date.
fn make(
    ctx: &Ctx,
    (planner, all, known): (&Planner, &BTreeMap<OfficerId, Facts>, &Known),
    rows: &[FileRow],
    places: &[usize],
    (fates, made): (&mut [Fate], &mut Made),
) -> Result<(), Error> {
    let wishes: Vec<(&FileRow, Wish)> =
        places.iter().filter_map(|at| rows.get(*at)).map(|row| (row, reimport::wish(ctx, row))).collect();
    let steps = reimport::compare(known, planner, &wishes);
    if places.iter().any(|at| fates.get(*at).is_some_and(|fate| fate.end == End::NotYours)) {
        // One's own row of the table may stand in the file, as long as it says what is so.
        let stays = |step: &Option<Step>| matches!(step, Some(Step::Stays));
        if steps.of_rows.iter().all(stays) && steps.gone.is_empty() && steps.gone_rest.is_none() {
            for at in places {
                if let Some(fate) = fates.get_mut(*at) {
                    fate.end = End::Unchanged;
                }
            }
        }
        return Ok(());
    }
    let mut takes_place = !steps.gone.is_empty() || steps.gone_rest.is_some();
    let mut has_rest = false;
    for ((at, (row, wish)), step) in places.iter().zip(&wishes).zip(steps.of_rows) {
        let Some(fate) = fates.get_mut(*at) else { continue };
        made.of_date.entry((row.officer_id, row.on)).or_insert(*at);
        match (step, wish) {
            (Some(Step::Stays) | None, _) | (_, Wish::Nothing) => fate.end = End::Unchanged,
            (Some(Step::Taken), _) => fate.refuse(taken(row)),
            (Some(Step::Bound(shift)), _) => fate.refuse(said(row, &[shift])),
            (Some(step), Wish::Shift(wanted)) => {
                let unit_id = row.unit_id.or_else(|| all.get(&row.officer_id)?.unit_on(row.on));
                let unit_id = unit_id.ok_or_else(|| Error::Internal("a row without a unit".to_owned()))?;
                let new = NewShift {
                    officer_id: row.officer_id,
                    unit_id,
                    starts_at: wanted.starts_at,
                    ends_at: wanted.ends_at,
                    kind: wanted.kind,
                    counted_minutes: Some(wanted.counted_minutes),
                    override_reason: row.reason.clone(),
                    note: None,
                    notified_at: None,
                };
                let shift = prepare::row(ctx, &new, ShiftSource::Import);
                if let Step::Changes(was) = step {
                    fate.end = End::Changed;
                    takes_place = true;
                    made.places.insert(was.id, *at);
                    made.changed.push((*was.clone(), instead(shift, &was, row.unit_id)));
                } else {
                    made.places.insert(shift.id, *at);
                    made.shifts.push(shift);
                }
            }
            // The second rest day of one date in the same file.
            (Some(_), Wish::Rest(_)) if has_rest => fate.refuse(taken(row)),
            (Some(_), Wish::Rest(kind)) => {
                let on_leave = all.get(&row.officer_id).and_then(|facts| leave_days::on_leave(facts, row.on));
                if let Some(finding) = on_leave.or_else(|| leave_days::too_late(ctx, row.on)) {
                    fate.refuse(finding);
                    continue;
                }
                has_rest = true;
                let new = NewRestDay { officer_id: row.officer_id, date: row.on, kind: *kind };
                made.rest_days.push(rest_days::row(ctx, &new, ShiftSource::Import));
            }
        }
    }
    let Some(fate) = places.first().and_then(|at| fates.get_mut(*at)) else { return Ok(()) };
    if let (Some((row, _)), false) = (wishes.first(), steps.bound.is_empty()) {
        fate.refuse(said(row, &steps.bound));
    }
    if takes_place {
        fate.end = End::Changed;
    }
    let reason = wishes.iter().find_map(|(row, _)| row.reason.clone());
    let at = places.first().copied().unwrap_or_default();
    made.places.extend(steps.gone.iter().map(|shift| (shift.id, at)));
    made.gone.extend(steps.gone.into_iter().map(|shift| Gone { shift, at, why: reason.clone() }));
    made.gone_rest.extend(steps.gone_rest);
    Ok(())
}

/// A shift in the place of another: the same record, whose edits are counted.
fn instead(new: DutyShift, was: &DutyShift, unit_id: Option<UnitId>) -> DutyShift {
    DutyShift {
        id: was.id,
        unit_id: unit_id.unwrap_or(was.unit_id),
        state: was.state,
        source: was.source,
        replaces_id: was.replaces_id,
        note: was.note.clone(),
        override_reason: new.override_reason.or_else(|| was.override_reason.clone()),
        ..new
    }
}

fn planned(shift: &DutyShift) -> Planned {
    Planned::Shift {
        kind: shift.kind,
        starts_at: shift.starts_at.and_utc(),
        ends_at: shift.ends_at.and_utc(),
        counted_minutes: shift.counted_minutes,
    }
}

/// The officer has said what was worked: a file says nothing else of it.
fn said(row: &FileRow, shifts: &[RowId]) -> Finding {
    Finding::new("rest.officer_confirmed", "", Outcome::Block)
        .measured("on", row.on.to_string())
        .measured("shift_ids", json!(shifts))
}

fn taken(row: &FileRow) -> Finding {
    Finding::new("rest.taken", "", Outcome::Block).measured("on", row.on.to_string())
}

/// What the rules say of everything that comes, changes and ends, with the strength that a published shift leaves behind.
fn judge(tx: &mut Tx, ctx: &Ctx, all: &BTreeMap<OfficerId, Facts>, made: &Made) -> Result<(Vec<Told>, Rests), Error> {
    let ended = made.changed.iter().map(|(was, _)| was.id).chain(made.gone.iter().map(|gone| gone.shift.id));
    let gone: Vec<RowId> = ended.chain(made.gone_rest.iter().map(|day| day.id)).collect();
    let shifts = made.live();
    let mut told = plan::judge(ctx, all, plan::Change { gone: &gone, shifts: &shifts, rest_days: &made.rest_days });
    told.extend(lacking(tx, ctx, made)?);
    told.extend(covered(tx, ctx, made)?);
    let rests = Rests::of(tx.reading(), ctx, all, &shifts, &|_| None)?;
    rests.record(ctx, &shifts, &mut told);
    Ok((told, rests))
}

/// What credit says of the compensatory days that come, when those that end have given theirs back.
fn covered(tx: &mut Tx, ctx: &Ctx, made: &Made) -> Result<Vec<Told>, Error> {
    let days: Vec<&RestDay> = made.rest_days.iter().filter(|day| day.kind == RestDayKind::Comp).collect();
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let gone: Vec<RowId> = made.gone_rest.iter().map(|day| day.id).collect();
    let found = credit::cover::of_days(tx.reading(), ctx, &days, &gone)?;
    let told = |(day, finding): (&&RestDay, Finding)| Told { officer_id: day.officer_id, finding, shifts: Vec::new() };
    Ok(days.iter().zip(found).map(told).collect())
}

/// What units would lack of their strength where published duty changes or ends.
fn lacking(tx: &mut Tx, ctx: &Ctx, made: &Made) -> Result<Vec<Told>, Error> {
    let is_told = |shift: &DutyShift| shift.state == ShiftState::Published && shift.kind.is_duty();
    let changed: Vec<&(DutyShift, DutyShift)> = made.changed.iter().filter(|(was, _)| is_told(was)).collect();
    let ended: Vec<&DutyShift> = made.gone.iter().map(|gone| &gone.shift).filter(|shift| is_told(shift)).collect();
    let touched: Vec<&DutyShift> = changed.iter().map(|(was, _)| was).chain(ended).collect();
    let spans: Vec<_> = touched.iter().map(|one| dates(ctx, one.starts_at.and_utc(), one.ends_at.and_utc())).collect();
    let (from, to) = (spans.iter().map(|span| span.0).min(), spans.iter().map(|span| span.1).max());
    let Some(span) = from.zip(to) else { return Ok(Vec::new()) };
    let gone: Vec<RowId> = touched.iter().map(|shift| shift.id).collect();
    let shifts: Vec<DutyShift> = changed.iter().map(|(_, shift)| shift.clone()).collect();
    let mut officers: Vec<OfficerId> = touched.iter().map(|shift| shift.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    let change = plan::Change { gone: &gone, shifts: &shifts, ..plan::Change::default() };
    let found = strength::after(tx.reading(), ctx, &officers, change, span)?;
    let told = found.into_iter().filter_map(|finding| {
        let on: Option<NaiveDate> = finding.measured.get("on").and_then(|on| on.as_str()?.parse().ok());
        let is_near = |at: &usize| spans.get(*at).is_some_and(|span| on.is_none_or(|on| span.0 <= on && on <= span.1));
        let shift = touched.get((0..touched.len()).find(is_near).unwrap_or_default())?;
        Some(Told { officer_id: shift.officer_id, finding, shifts: vec![shift.id] })
    });
    Ok(told.collect())
}
