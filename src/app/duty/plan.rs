//! Planning: one way for a single shift, a batch, a file, a pattern and a swap. The officers are locked first, the rules
//! look at each person before and after, and everything is stored or nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::NaiveDate;
use serde_json::json;

use super::facts::{self, Facts, Window};
use super::rest_days::NewRestDay;
use super::sent::Sent;
use super::worked::{self, Rests};
use super::{dates, holds, leave_days, prepare, strength, subject, suggest, told};
use crate::app::credit;
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::watch;
use crate::rules::duty::{DutyKind, RestDay as RestDayFact, Shift};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::rest::{WORKED_ALREADY, WORKED_REST, assess_change};
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId};
use crate::store::duty_shifts::{DutyShift, ShiftSource};
use crate::store::rest_days::RestDay;
use crate::store::{self, Conn, Tx};

/// A shift to be planned.
#[derive(Debug, Clone)]
pub struct NewShift {
    /// Whose.
    pub officer_id: OfficerId,
    /// The unit that plans it: the officer's own on that date, or one above it.
    pub unit_id: UnitId,
    /// First instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Kind.
    pub kind: DutyKind,
    /// Minutes that count; its length where it is not said.
    pub counted_minutes: Option<i64>,
    /// Why it is entered in spite of a warning.
    pub override_reason: Option<String>,
    /// What a protected appointment is for; only for oneself.
    pub note: Option<String>,
    /// When the officer was told of duty that was worked on a rest day; the start of the shift where it is not said.
    pub notified_at: Option<Instant>,
}

/// What a rule says of somebody, and which shifts prove it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Of whom.
    pub officer_id: OfficerId,
    /// What.
    pub finding: Finding,
    /// The shifts that prove it.
    pub shifts: Vec<RowId>,
}

/// What a preview says.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Whether it would be stored, with a reason where one is asked for.
    pub acceptable: bool,
    /// Whether a reason is asked for.
    pub asks_reason: bool,
    /// What the rules found.
    pub findings: Vec<Finding>,
}

/// Rules that let a warning pass only with a reason. What is only worth knowing (a rotation still to come, a published
/// pattern of long duties) asks for none.
const ASK_A_REASON: &[&str] = &[
    "rest.weekly",
    "rest.daily",
    "rest.after_overnight",
    "rest.volume",
    "rest.nights",
    "rest.fitness_limit",
    "rest.comp_credit",
];

/// Whether a finding lets the act pass only with a reason.
#[must_use]
pub fn asks_reason(finding: &Finding) -> bool {
    // A published pattern of long duties was weighed when it was published (RULINGS 31).
    let is_pattern = finding.limit.contains_key("pattern_off_minutes_min");
    let is_asked = ASK_A_REASON.contains(&finding.rule.as_str()) && !is_pattern;
    finding.outcome == Outcome::Warn && (is_asked || finding.measured.contains_key(WORKED_ALREADY))
}

/// What changes at once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change<'a> {
    /// Shifts and rest days that end by it.
    pub gone: &'a [RowId],
    /// Shifts that come by it.
    pub shifts: &'a [DutyShift],
    /// Rest days that come by it.
    pub rest_days: &'a [RestDay],
}

/// The officers of shifts and rest days, in id order.
pub(super) fn officers_of(shifts: &[NewShift], rest: impl IntoIterator<Item = OfficerId>) -> Vec<OfficerId> {
    let all: BTreeSet<OfficerId> = shifts.iter().map(|new| new.officer_id).chain(rest).collect();
    all.into_iter().collect()
}

/// The first and last date that some shifts touch; today where there are none.
pub(super) fn span_of(ctx: &Ctx, shifts: &[NewShift]) -> (NaiveDate, NaiveDate) {
    let touched = || shifts.iter().map(|new| dates(ctx, new.starts_at, new.ends_at));
    let today = ctx.moment.today();
    (touched().map(|days| days.0).min().unwrap_or(today), touched().map(|days| days.1).max().unwrap_or(today))
}

/// What a change newly causes for everybody whom it touches. Nothing here touches the database.
pub(super) fn judge(ctx: &Ctx, all: &BTreeMap<OfficerId, Facts>, change: Change<'_>) -> Vec<Told> {
    let mut by_officer: BTreeMap<OfficerId, (Vec<Shift>, Vec<RestDayFact>)> = BTreeMap::new();
    for row in change.shifts {
        by_officer.entry(row.officer_id).or_default().0.push(row.fact());
    }
    for row in change.rest_days {
        by_officer.entry(row.officer_id).or_default().1.push(row.fact());
    }
    let gone: HashSet<RowId> = change.gone.iter().copied().collect();
    let mut told = Vec::new();
    let mut law = None;
    for (officer_id, (shifts, rest_days)) in by_officer {
        let Some(before) = all.get(&officer_id) else { continue };
        let touched = shifts.iter().map(|shift| dates(ctx, shift.starts_at, shift.ends_at));
        let touched: Vec<_> = touched.chain(rest_days.iter().map(|day| (day.on, day.on))).collect();
        let Some(from) = touched.iter().map(|days| days.0).min() else { continue };
        let to = touched.iter().map(|days| days.1).max().unwrap_or(from);
        let law = law.get_or_insert_with(|| facts::law(ctx, from));
        let theirs: Vec<RowId> = if gone.is_empty() {
            Vec::new()
        } else {
            let ids = before.shifts.iter().map(|shift| shift.id).chain(before.rest_days.iter().map(|day| day.id));
            ids.filter(|id| gone.contains(id)).collect()
        };
        let after = before.changed(&theirs, &shifts, &rest_days);
        for found in assess_change(&before.person(), &after.person(), law, from, to) {
            let stood = |id: &RowId| before.shifts.iter().any(|shift| shift.id == *id);
            let is_known = found.shifts.iter().all(|id| stood(id) && shifts.iter().all(|new| new.id != *id));
            let finding = if is_known { has_duty(found.finding, &found.shifts) } else { found.finding };
            told.push(Told { officer_id, finding, shifts: found.shifts });
        }
        told.extend(appointments(&after.shifts, &shifts).map(|(finding, shifts)| Told { officer_id, finding, shifts }));
    }
    told
}

/// Duty on a rest day, said of the duty where the rest day is what is new.
fn has_duty(finding: Finding, shifts: &[RowId]) -> Finding {
    if finding.rule != WORKED_REST {
        return finding;
    }
    let mut said = Finding::new("rest.has_duty", "", finding.outcome).source(&finding.source);
    said.measured = finding.measured.into_iter().filter(|(name, _)| name != "rest_day_id").collect();
    said.measured("shift_ids", json!(shifts))
}

/// Two appointments of one person at once: no duty meets another, and yet only one can be kept.
fn appointments<'a>(all: &'a [Shift], new: &'a [Shift]) -> impl Iterator<Item = (Finding, Vec<RowId>)> + 'a {
    let is_appointment = |shift: &&Shift| shift.kind == DutyKind::Protected && shift.starts_at < shift.ends_at;
    new.iter().filter(is_appointment).filter_map(move |one| {
        let other = all
            .iter()
            .filter(is_appointment)
            .find(|other| other.id != one.id && other.starts_at < one.ends_at && one.starts_at < other.ends_at)?;
        Some((Finding::new("rest.overlap", "", Outcome::Block), vec![other.id, one.id]))
    })
}

/// The findings to be answered: where several shifts were sent, each says which of them prove it.
fn located(told: &[Told], rows: &[DutyShift], at: &dyn Fn(usize) -> String) -> Vec<Finding> {
    let sent = Sent::of(rows);
    let located = |one: &Told| {
        let mut finding = one.finding.clone();
        let places: Vec<String> = sent.proving(one).into_iter().map(at).filter(|place| !place.is_empty()).collect();
        if !places.is_empty() {
            finding.measured.insert("at".to_owned(), json!(places));
        }
        finding
    };
    // A file of faults is not answered with all of them.
    told.iter().take(FINDINGS_MAX).map(located).collect()
}

/// Most findings of one answer.
const FINDINGS_MAX: usize = 500;

/// What is to be planned at once.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Shifts.
    pub shifts: &'a [NewShift],
    /// Rest days.
    pub rest_days: &'a [NewRestDay],
    /// Where they come from.
    pub source: ShiftSource,
}

impl<'a> Draft<'a> {
    /// Shifts that somebody entered.
    #[must_use]
    pub const fn entered(shifts: &'a [NewShift]) -> Self {
        Self { shifts, rest_days: &[], source: ShiftSource::Entry }
    }
}

/// What is to be planned, with everything that was gathered and found.
struct Drafted {
    all: BTreeMap<OfficerId, Facts>,
    shifts: Vec<DutyShift>,
    rest_days: Vec<RestDay>,
    told: Vec<Told>,
    rests: Rests,
}

/// Gathers and judges.
fn drafted(
    connection: &mut Conn,
    ctx: &Ctx,
    draft: Draft<'_>,
    officers: &[OfficerId],
    at: &dyn Fn(usize) -> String,
) -> Result<Drafted, Error> {
    let dates = draft.rest_days.iter().map(|day| day.date);
    let (mut from, mut to) = span_of(ctx, draft.shifts);
    if draft.shifts.is_empty() {
        (from, to) = (dates.clone().min().unwrap_or(from), dates.clone().max().unwrap_or(to));
    }
    let (from, to) = (dates.clone().min().unwrap_or(from).min(from), dates.max().unwrap_or(to).max(to));
    let all = facts::of(connection, ctx, officers, Window::around(ctx, from, to))?;
    let (shifts, mut told) = prepare::rows(connection, ctx, &all, draft.shifts, draft.source, at)?;
    let rest_days: Vec<RestDay> =
        draft.rest_days.iter().map(|new| super::rest_days::row(ctx, new, draft.source)).collect();
    told.extend(judge(ctx, &all, Change { shifts: &shifts, rest_days: &rest_days, ..Change::default() }));
    told.extend(taken(&all, &rest_days));
    told.extend(not_rest(ctx, &all, &rest_days));
    let told_at = |place: usize| draft.shifts.get(place).and_then(|new| new.notified_at);
    let rests = Rests::of(connection, ctx, &all, &shifts, &told_at)?;
    for (place, row) in shifts.iter().enumerate() {
        let pointer = format!("{}/notified_at", at(place));
        if told_at(place).is_some() && !rests.are_worked_by(row.id) {
            return Err(FieldError::new(pointer, Code::InvalidValue).into());
        }
        rests.check_told(connection, row.id, &pointer)?;
    }
    rests.record(ctx, &shifts, &mut told);
    told.extend(strength::of_draft(connection, ctx, &shifts)?);
    Ok(Drafted { all, shifts, rest_days, told, rests })
}

/// Dates that are rest days already.
fn taken<'a>(all: &'a BTreeMap<OfficerId, Facts>, rest_days: &'a [RestDay]) -> impl Iterator<Item = Told> + 'a {
    rest_days.iter().filter(|day| all.get(&day.officer_id).is_some_and(|facts| facts.has_rest_on(day.on_date))).map(
        |day| {
            let finding = Finding::new("rest.taken", "", Outcome::Block).measured("on", day.on_date.to_string());
            Told { officer_id: day.officer_id, finding, shifts: Vec::new() }
        },
    )
}

/// Rest days on dates of granted leave, and on dates that are over where the caller enters none such.
fn not_rest<'a>(
    ctx: &'a Ctx,
    all: &'a BTreeMap<OfficerId, Facts>,
    rest_days: &'a [RestDay],
) -> impl Iterator<Item = Told> + 'a {
    rest_days.iter().flat_map(move |day| {
        let on_leave = all.get(&day.officer_id).and_then(|facts| leave_days::on_leave(facts, day.on_date));
        let found = [on_leave, leave_days::too_late(ctx, day.on_date)].into_iter().flatten();
        found.map(|finding| Told { officer_id: day.officer_id, finding, shifts: Vec::new() }).collect::<Vec<_>>()
    })
}

/// Says what shifts would meet; stores nothing.
///
/// # Errors
/// Refused fields; [`Code::NotFound`], [`Code::OwnRecord`] for what is not the caller's to plan.
pub fn preview(
    connection: &mut Conn,
    ctx: &Ctx,
    draft: Draft<'_>,
    at: &dyn Fn(usize) -> String,
) -> Result<Preview, Error> {
    let officers = officers_of(draft.shifts, draft.rest_days.iter().map(|day| day.officer_id));
    let Drafted { all, shifts, mut told, .. } = drafted(connection, ctx, draft, &officers, at)?;
    suggest::add(connection, ctx, &all, &shifts, &mut told)?;
    Ok(Preview {
        acceptable: !told.iter().any(|one| one.finding.blocks()),
        asks_reason: told.iter().any(|one| asks_reason(&one.finding)),
        findings: located(&told, &shifts, at),
    })
}

/// What was stored, and what the rules said of it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The shifts, in the order in which they were sent.
    pub shifts: Vec<DutyShift>,
    /// The rest days.
    pub rest_days: Vec<RestDay>,
    /// Findings that warn.
    pub findings: Vec<Finding>,
}

/// Plans shifts, all of them or none.
///
/// # Errors
/// Refused fields, located by `at`; [`Error::Refused`] with the findings; [`Error::Unexplained`] where a rule asks for a
/// reason; [`Code::NotFound`], [`Code::OwnRecord`] for what is not the caller's to plan.
pub fn enter(tx: &mut Tx, ctx: &Ctx, draft: Draft<'_>, at: &dyn Fn(usize) -> String) -> Result<Planned, Error> {
    // Gather and decide. Only suggestions are looked for where a rule refuses.
    let officers = officers_of(draft.shifts, draft.rest_days.iter().map(|day| day.officer_id));
    holds::people(tx, &officers)?;
    let Drafted { all, shifts, rest_days, mut told, rests } = drafted(tx.reading(), ctx, draft, &officers, at)?;
    admit(tx.reading(), ctx, &all, &shifts, &mut told, at)?;

    // Record.
    store_all(tx, ctx, &shifts, &rest_days, &rests)?;
    worked::tell(tx, ctx, &shifts, &told)?;
    look_again(tx, ctx, &officers, &shifts, &rest_days)?;
    Ok(Planned { findings: located(&told, &shifts, at), shifts, rest_days })
}

/// Looks again at the people whose shifts and rest days were stored.
pub(super) fn look_again(
    tx: &mut Tx,
    ctx: &Ctx,
    officers: &[OfficerId],
    shifts: &[DutyShift],
    rest_days: &[RestDay],
) -> Result<(), Error> {
    let touched = || {
        let of_shifts = shifts.iter().map(|row| dates(ctx, row.starts_at.and_utc(), row.ends_at.and_utc()));
        of_shifts.chain(rest_days.iter().map(|day| (day.on_date, day.on_date)))
    };
    let (first, last) = (touched().map(|days| days.0).min(), touched().map(|days| days.1).max());
    let Some((first, last)) = first.zip(last) else { return Ok(()) };
    watch::after_write(tx, ctx, officers, first, last)
}

/// Stores what the rules admit, with its trail and what it earns.
pub(super) fn store_all(
    tx: &mut Tx,
    ctx: &Ctx,
    shifts: &[DutyShift],
    rest_days: &[RestDay],
    rests: &Rests,
) -> Result<(), Error> {
    insert_all(tx, ctx, shifts, rest_days)?;
    rests.take_away(tx, ctx)?;
    let mut officers: Vec<OfficerId> = shifts.iter().map(|row| row.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    let span = shifts.iter().map(|row| row.starts_at).min().zip(shifts.iter().map(|row| row.ends_at).max());
    let Some((starts_at, ends_at)) = span else { return Ok(()) };
    let (from, to) = dates(ctx, starts_at.and_utc(), ends_at.and_utc());
    credit::worked_rest::follow_hours(tx, ctx, &officers, (from, to))?;
    credit::follow::short_rests(tx, ctx, &officers, from, to)
}

/// Stores shifts and rest days with their trail.
pub(super) fn insert_all(tx: &mut Tx, ctx: &Ctx, shifts: &[DutyShift], rest_days: &[RestDay]) -> Result<(), Error> {
    store::duty_shifts::insert_many(tx, shifts)?;
    store::rest_days::insert_many(tx, rest_days)?;
    record(tx, ctx, shifts)?;
    record_rest(tx, ctx, rest_days)
}

/// Refuses what a rule blocks, and what lacks the reason that a rule asks for.
pub(super) fn admit(
    connection: &mut Conn,
    ctx: &Ctx,
    all: &BTreeMap<OfficerId, Facts>,
    rows: &[DutyShift],
    told: &mut [Told],
    at: &dyn Fn(usize) -> String,
) -> Result<(), Error> {
    if told.iter().any(|one| one.finding.blocks()) {
        suggest::add(connection, ctx, all, rows, told)?;
        return Err(Error::Refused(located(told, rows, at)));
    }
    let sent = Sent::of(rows);
    let mut missing = Vec::new();
    for one in told.iter().filter(|one| asks_reason(&one.finding)) {
        // Any of the shifts that cause it may carry the reason.
        let mine = sent.causing(one);
        if mine.iter().filter_map(|index| rows.get(*index)).any(|row| row.override_reason.is_some()) {
            continue;
        }
        let last = mine.last().copied();
        let pointer = format!("{}/override_reason", last.map(at).unwrap_or_default());
        let error = FieldError::new(pointer, Code::MissingField);
        if !missing.contains(&error) {
            missing.push(error);
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Error::Unexplained(missing, located(told, rows, at))) }
}

/// Adds to the audit trail who planned what: one entry for a shift, one per officer for many.
pub(super) fn record(tx: &mut Tx, ctx: &Ctx, rows: &[DutyShift]) -> Result<(), Error> {
    if let [row] = rows {
        ctx.audit(tx, "duty_shift.planned", subject(row), None, Some(told(row)))?;
        return Ok(());
    }
    let mut by_officer: BTreeMap<OfficerId, Vec<&DutyShift>> = BTreeMap::new();
    for row in rows {
        by_officer.entry(row.officer_id).or_default().push(row);
    }
    let mut entries = Vec::with_capacity(by_officer.len());
    for (officer, theirs) in &by_officer {
        let Some(first) = theirs.first() else { continue };
        let after = json!({
            "shifts": theirs.len(), "source": first.source, "unit_id": first.unit_id,
            "from": theirs.iter().map(|row| row.starts_at).min().map(|at| at.and_utc()),
            "to": theirs.iter().map(|row| row.ends_at).max().map(|at| at.and_utc()),
        });
        let subject = Subject { kind: "duty_shift", id: first.id.0, officer_id: Some(*officer) };
        entries.push(ctx.entry("duty_shifts.planned", subject, None, Some(after)));
    }
    for some in entries.chunks(500) {
        store::audit::append_many(tx, some, &ctx.moment)?;
    }
    Ok(())
}

/// Adds to the audit trail who planned the rest of whom.
fn record_rest(tx: &mut Tx, ctx: &Ctx, rows: &[RestDay]) -> Result<(), Error> {
    let mut by_officer: BTreeMap<OfficerId, Vec<&RestDay>> = BTreeMap::new();
    for row in rows {
        by_officer.entry(row.officer_id).or_default().push(row);
    }
    let mut entries = Vec::with_capacity(by_officer.len());
    for theirs in by_officer.values() {
        let Some(first) = theirs.first() else { continue };
        let dates: Vec<NaiveDate> = theirs.iter().map(|row| row.on_date).collect();
        let after = json!({"dates": dates, "source": first.source});
        entries.push(ctx.entry("rest_days.planned", super::rest_days::subject(first), None, Some(after)));
    }
    for some in entries.chunks(500) {
        store::audit::append_many(tx, some, &ctx.moment)?;
    }
    Ok(())
}
