//! Shifts one by one: reading, changing, cancelling.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime};
use serde_json::json;

use super::facts::{self, Facts, Window};
use super::plan::{self, Change, NewShift, Planned, Told};
use super::worked::{self, Rests};
use super::{
    DAYS_MAX, LIST_DAYS, PLANNERS, READERS, ShiftState, dates, follow, holds, instants, listed_units, own, prepare,
    strength, subject, told,
};
use crate::app::ctx::{Ctx, Expects};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::app::said;
use crate::rules::duty::DutyKind;
use crate::rules::finding::Finding;
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId};
use crate::store::duty_actuals::{Actual, SaidBy};
use crate::store::duty_shifts::{DutyShift, Filter};
use crate::store::{self, Conn, Tx};

/// A shift with what was said of its hours.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The shift.
    pub shift: DutyShift,
    /// The last word of the officer and of a leader.
    pub said: Vec<Actual>,
}

impl Shown {
    /// The last word of one of the two.
    #[must_use]
    pub fn last(&self, said_by: SaidBy) -> Option<&Actual> {
        store::duty_actuals::last(&self.said, said_by)
    }
}

/// What changes of a shift; `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Planned by another unit.
    pub unit_id: Option<UnitId>,
    /// Begins at another time.
    pub starts_at: Option<Instant>,
    /// Ends at another time.
    pub ends_at: Option<Instant>,
    /// Of another kind.
    pub kind: Option<DutyKind>,
    /// Counts otherwise.
    pub counted_minutes: Option<i64>,
    /// Another reason, or none.
    pub override_reason: Option<Option<String>>,
    /// Another note, or none.
    pub note: Option<Option<String>>,
}

/// A shift that the caller may see.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn see(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<DutyShift, Error> {
    let shift = store::duty_shifts::find(connection, id)?.ok_or(Code::NotFound)?;
    if ctx.caller.is_self(shift.officer_id) || reach::reaches(connection, ctx, READERS, shift.unit_id)? {
        return Ok(shift);
    }
    reach::see_officer(connection, ctx, shift.officer_id, READERS)?;
    Ok(shift)
}

/// One shift with what was said of its hours.
///
/// # Errors
/// As [`see`].
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let shift = see(connection, ctx, id)?;
    let said = store::duty_actuals::of_shift(connection, shift.officer_id, shift.id)?;
    Ok(Shown { shift, said })
}

/// What a list of shifts may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// Of this officer.
    pub officer_id: Option<OfficerId>,
    /// Planned by this unit or one under it.
    pub unit_id: Option<UnitId>,
    /// Touching this date or a later one.
    pub from: Option<NaiveDate>,
    /// Beginning on this date or before.
    pub to: Option<NaiveDate>,
    /// In this state.
    pub state: Option<ShiftState>,
    /// Of this kind.
    pub kind: Option<DutyKind>,
}

/// Shifts that the caller may see, by start, after one; one more than `limit` if there are more. Of units at most
/// [`DAYS_MAX`] days, from today on where nothing is said.
///
/// # Errors
/// A refused parameter for a period that is reversed or too long.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    asked: &Narrowing,
    after: Option<(NaiveDateTime, RowId)>,
    limit: usize,
) -> Result<Vec<Shown>, Error> {
    let own = ctx.caller.officer_id.filter(|_| !ctx.caller.holds(READERS));
    let officer_id = asked.officer_id.or(own.filter(|_| asked.unit_id.is_none()));
    let sees_all = match officer_id {
        Some(officer) => match reach::see_officer(connection, ctx, officer, READERS) {
            Ok(_) => true,
            Err(Error::Code(Code::NotFound)) => false,
            Err(error) => return Err(error),
        },
        None => false,
    };
    let units = match (sees_all, asked.unit_id) {
        (true, None) => None,
        _ => Some(listed_units(connection, ctx, asked.unit_id)?),
    };
    let (from, to) = period(ctx, asked, officer_id.is_some())?;
    let filter = Filter {
        officer_id,
        units,
        from: from.map(|date| instants(ctx, date, date).0),
        to: to.map(|date| instants(ctx, date, date).1),
        state: asked.state,
        kind: asked.kind,
        after,
    };
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    Ok(store::duty_shifts::list(connection, &filter, most)?
        .into_iter()
        .map(|shift| Shown { shift, said: Vec::new() })
        .collect())
}

/// The dates of a list: whole for one officer, bounded for units.
fn period(ctx: &Ctx, asked: &Narrowing, is_of_one: bool) -> Result<(Option<NaiveDate>, Option<NaiveDate>), Error> {
    if let (Some(from), Some(to)) = (asked.from, asked.to)
        && from > to
    {
        return Err(FieldError::new("?to", Code::InvalidParameter).expected(format!("≥ {from}")).into());
    }
    if is_of_one {
        return Ok((asked.from, asked.to));
    }
    let days = Days::new(LIST_DAYS);
    let from = asked.from.or_else(|| asked.to.and_then(|to| to.checked_sub_days(days)));
    let from = from.unwrap_or_else(|| ctx.moment.today());
    let to = asked.to.or_else(|| from.checked_add_days(days)).unwrap_or(from);
    if (to - from).num_days() >= DAYS_MAX {
        return Err(FieldError::new("?to", Code::InvalidParameter).expected(format!("≤ {DAYS_MAX} d")).into());
    }
    Ok((Some(from), Some(to)))
}

/// A shift that is locked and that the caller may change. A protected appointment is the person's own, or of whoever
/// entered it.
pub(super) fn to_change(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<DutyShift, Error> {
    let found = see(tx.reading(), ctx, id)?;
    holds::people(tx, &[found.officer_id])?;
    let shift = see(tx.reading(), ctx, id)?;
    let is_mine = ctx.caller.is_self(shift.officer_id);
    if shift.kind == DutyKind::Protected {
        let entered = shift.recorded_by.is_some() && shift.recorded_by == ctx.caller.account_id;
        return if is_mine || entered { Ok(shift) } else { Err(Code::Forbidden.into()) };
    }
    if own(tx.reading(), ctx)?.contains(&shift.officer_id) {
        return Err(Code::OwnRecord.into());
    }
    if reach::reaches(tx.reading(), ctx, PLANNERS, shift.unit_id)? {
        return Ok(shift);
    }
    Err(Code::NotFound.into())
}

/// Changes a shift; what it was is kept. A change that says nothing new changes nothing. Only a reason that is given with
/// the change speaks for what the change brings about; of duty that has begun a reason is asked for in any case.
///
/// # Errors
/// As [`plan::enter`]; [`Code::Stale`]; [`Code::WrongState`] for one that is cancelled, or whose hours are agreed on or
/// confirmed by the officer.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: RowId, expects: Expects<'_>, changes: &Changes) -> Result<Planned, Error> {
    let before = to_change(tx, ctx, id)?;
    expects(before.version)?;
    check_open(&before)?;
    let new = changed(&before, changes);
    let asked = prepare::row(ctx, &new, before.source);
    if is_same(&before, &asked) {
        return Ok(Planned { shifts: vec![before], rest_days: Vec::new(), findings: Vec::new() });
    }
    let is_moved = plan_of(&before) != plan_of(&asked);
    if is_moved {
        check_unsaid(tx.reading(), ctx, &before)?;
    }
    let (from, to) =
        dates(ctx, new.starts_at.min(before.starts_at.and_utc()), new.ends_at.max(before.ends_at.and_utc()));
    if before.state == ShiftState::Published && before.kind.is_duty() {
        holds::strength(tx, &[before.officer_id], from)?;
    }
    let all = facts::of(tx.reading(), ctx, &[before.officer_id], Window::around(ctx, from, to))?;
    let (mut rows, mut found) =
        prepare::rows(tx.reading(), ctx, &all, std::slice::from_ref(&new), before.source, &|_| String::new())?;
    for row in &mut rows {
        for one in &mut found {
            one.shifts.iter_mut().filter(|id| **id == row.id).for_each(|id| *id = before.id);
        }
        row.id = before.id;
        row.state = before.state;
        row.replaces_id = before.replaces_id;
    }
    let gone = [before.id];
    let change = Change { gone: &gone, shifts: &rows, ..Change::default() };
    found.extend(plan::judge(ctx, &all, change));
    let rests = Rests::of(tx.reading(), ctx, &all, &rows, &|_| None)?;
    // What has begun and is corrected takes nobody away.
    let is_plan = !worked::has_begun(ctx, &before) || rows.iter().any(|row| !worked::has_begun(ctx, row));
    if is_plan && is_moved {
        let lacking = strength::left_by(tx.reading(), ctx, &before, change, (from, to))?;
        let told = |finding| Told { officer_id: before.officer_id, finding, shifts: vec![before.id] };
        found.extend(lacking.into_iter().map(told));
    }
    rests.record(ctx, &rows, &mut found);
    explained(tx.reading(), ctx, &all, &rows, &mut found, changes)?;
    let is_fact = worked::has_begun(ctx, &before);
    if is_moved && is_fact && asked.kind.is_duty() && fresh(changes).is_none() {
        let missing = FieldError::new("/override_reason", Code::MissingField);
        return Err(Error::Unexplained(vec![missing], found.into_iter().map(|one| one.finding).collect()));
    }
    let mut shifts = Vec::new();
    for row in &rows {
        let after = store::duty_shifts::update(tx, &before, row)?;
        ctx.audit(tx, "duty_shift.changed", subject(&after), Some(told(&before)), Some(told(&after)))?;
        if after.state == ShiftState::Published || is_fact {
            store::outbox::append(tx, "duty_shift.changed", after.id.0, Some(after.officer_id), &ctx.moment)?;
        }
        shifts.push(after);
    }
    rests.take_away(tx, ctx)?;
    worked::tell(tx, ctx, &shifts, &found)?;
    follow(tx, ctx, &[before.officer_id], (from, to))?;
    Ok(Planned { shifts, rest_days: Vec::new(), findings: found.into_iter().map(|one: Told| one.finding).collect() })
}

/// The reason that is given with a change.
fn fresh(changes: &Changes) -> Option<&String> {
    changes.override_reason.as_ref()?.as_ref()
}

/// Refuses what a rule blocks, and what the change gives no reason for: one that was given before was for other hours.
fn explained(
    connection: &mut Conn,
    ctx: &Ctx,
    all: &BTreeMap<OfficerId, Facts>,
    rows: &[DutyShift],
    found: &mut [Told],
    changes: &Changes,
) -> Result<(), Error> {
    let mut rows = rows.to_vec();
    rows.iter_mut().for_each(|row| row.override_reason = fresh(changes).cloned());
    plan::admit(connection, ctx, all, &rows, found, &|_| String::new())
}

/// What of a shift is its plan, and bound by what its officer says of it.
pub(super) fn plan_of(shift: &DutyShift) -> (UnitId, NaiveDateTime, NaiveDateTime, DutyKind, i32) {
    (shift.unit_id, shift.starts_at, shift.ends_at, shift.kind, shift.counted_minutes)
}

/// Whether the officer has said what was worked of a shift that is over: then its plan is nobody's to change, and other hours
/// are said by both.
pub(super) fn is_said(ctx: &Ctx, shift: &DutyShift, said: &[Actual]) -> bool {
    let is_over = shift.kind.is_duty() && shift.ends_at <= ctx.moment.stamp();
    is_over && store::duty_actuals::last(said, SaidBy::Officer).is_some_and(|one| one.worked)
}

/// Refuses where the officer has said what was worked.
fn check_unsaid(connection: &mut Conn, ctx: &Ctx, shift: &DutyShift) -> Result<(), Error> {
    let said = store::duty_actuals::of_shift(connection, shift.officer_id, shift.id)?;
    if is_said(ctx, shift, &said) { Err(Hindrance::OfficerConfirmed.into()) } else { Ok(()) }
}

/// Whether a shift would be what it is.
fn is_same(before: &DutyShift, after: &DutyShift) -> bool {
    let said = |shift: &DutyShift| {
        let (reason, note) = (shift.override_reason.clone(), shift.note.clone());
        (shift.unit_id, shift.starts_at, shift.ends_at, shift.kind, shift.counted_minutes, reason, note)
    };
    said(before) == said(after)
}

/// The shift as it is to be.
fn changed(before: &DutyShift, changes: &Changes) -> NewShift {
    let starts_at = changes.starts_at.unwrap_or(before.starts_at.and_utc());
    let ends_at = changes.ends_at.unwrap_or(before.ends_at.and_utc());
    let length = (before.ends_at - before.starts_at).num_minutes();
    // What counted whole counts whole at other hours too.
    let counted = i64::from(before.counted_minutes);
    let kept = (counted != length && before.kind.is_duty()).then_some(counted);
    let kind = changes.kind.unwrap_or(before.kind);
    // What was said of an appointment does not stay when it becomes duty, for others to read.
    let is_open = |_: &String| {
        changes.override_reason.is_some() || before.kind != DutyKind::Protected || kind == DutyKind::Protected
    };
    let note = changes.note.clone().unwrap_or_else(|| before.note.clone());
    NewShift {
        officer_id: before.officer_id,
        unit_id: changes.unit_id.unwrap_or(before.unit_id),
        starts_at,
        ends_at,
        kind,
        counted_minutes: changes.counted_minutes.or(kept),
        override_reason: changes
            .override_reason
            .clone()
            .unwrap_or_else(|| before.override_reason.clone())
            .filter(is_open),
        note: note.filter(|_| changes.note.is_some() || kind == DutyKind::Protected),
        notified_at: None,
    }
}

pub(super) fn check_open(shift: &DutyShift) -> Result<(), Error> {
    if shift.state == ShiftState::Cancelled {
        return Err(Hindrance::Cancelled.into());
    }
    if shift.actual_starts_at.is_some() { Err(Hindrance::HoursAgreed.into()) } else { Ok(()) }
}

/// Takes a shift back, with a reason; says what its unit lacks then. Doing it twice changes nothing.
///
/// # Errors
/// Refused fields; [`Code::WrongState`] when its hours are agreed on or confirmed by the officer; [`Error::Conflict`] when
/// the unit would fall below its strength; [`Code::NotFound`], [`Code::OwnRecord`], [`Code::Forbidden`] for what is not the
/// caller's to change.
pub fn cancel(tx: &mut Tx, ctx: &Ctx, id: RowId, reason: &str) -> Result<Vec<Finding>, Error> {
    let reason = said::reason("/reason", reason)?;
    let before = to_change(tx, ctx, id)?;
    if before.state == ShiftState::Cancelled {
        return Ok(Vec::new());
    }
    check_open(&before)?;
    check_unsaid(tx.reading(), ctx, &before)?;
    let span = dates(ctx, before.starts_at.and_utc(), before.ends_at.and_utc());
    let mut lacking = Vec::new();
    // What has begun is no plan: that it did not happen takes nobody away.
    if !worked::has_begun(ctx, &before) {
        if before.state == ShiftState::Published && before.kind.is_duty() {
            holds::strength(tx, &[before.officer_id], span.0)?;
        }
        let change = Change { gone: &[before.id], ..Change::default() };
        lacking = strength::left_by(tx.reading(), ctx, &before, change, span)?;
        if lacking.iter().any(Finding::blocks) {
            return Err(Error::Conflict(lacking));
        }
    }
    end(tx, ctx, &before, Some(&reason))?;
    follow(tx, ctx, &[before.officer_id], span)?;
    Ok(lacking)
}

/// Records that a shift is taken back; what follows from it is the caller's to see to.
pub(super) fn end(tx: &mut Tx, ctx: &Ctx, before: &DutyShift, reason: Option<&str>) -> Result<DutyShift, Error> {
    let after = DutyShift {
        state: ShiftState::Cancelled,
        actual_starts_at: None,
        actual_ends_at: None,
        actual_minutes: None,
        ended_at: Some(ctx.moment.stamp()),
        end_reason: reason.map(str::to_owned),
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        ..before.clone()
    };
    let after = store::duty_shifts::update(tx, before, &after)?;
    // Why an appointment of the person's own is off is theirs to know, as what it was for (CONTRACT §7).
    let said = match before.kind {
        DutyKind::Protected => json!({"state": after.state}),
        _ => json!({"state": after.state, "reason": reason}),
    };
    ctx.audit(tx, "duty_shift.cancelled", subject(&after), Some(told(before)), Some(said))?;
    if before.state == ShiftState::Published || (before.kind.is_duty() && worked::has_begun(ctx, before)) {
        store::outbox::append(tx, "duty_shift.cancelled", after.id.0, Some(after.officer_id), &ctx.moment)?;
    }
    Ok(after)
}
