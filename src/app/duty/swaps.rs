//! Swaps: asked by one officer, agreed by the other, approved by a leader of both who is neither.

use std::collections::BTreeMap;

use serde_json::json;

use super::colleagues;
use super::facts::{self, Facts, Window};
use super::plan::{self, Change, Told};
use super::{DutyShift, READERS, ShiftSource, dates, follow, holds, own, shifts, strength};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach::{self, Reach};
use crate::app::said;
use crate::rules::duty::DutyKind;
use crate::rules::finding::Finding;
use crate::rules::terms::{OfficerId, Role, RowId, UnitId};
use crate::store::duty_shifts::ShiftState;
use crate::store::{self, Conn, Tx};

pub use crate::store::shift_swaps::{Swap, SwapState};

/// Who approves.
const APPROVERS: &[Role] = &[Role::Leader, Role::BureauLeader];

/// A swap that is asked for.
#[derive(Debug, Clone)]
pub struct NewSwap {
    /// The shift of who asks.
    pub shift_id: RowId,
    /// The shift of the other; left out, they only take over.
    pub with_shift_id: Option<RowId>,
    /// Who takes over, where no shift is given.
    pub to_officer_id: Option<OfficerId>,
    /// What the officer says to it.
    pub note: Option<String>,
}

/// A swap with what the rules found.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The swap.
    pub swap: Swap,
    /// What the rules found when it was asked for, or decided.
    pub findings: Vec<Finding>,
}

/// What of a swap the caller sees: each of the two what concerns themselves and the unit, whoever plans them everything. Why the other
/// cannot (leave, rest, an appointment) is nobody's business but theirs and their leader's.
fn shown(ctx: &Ctx, swap: Swap) -> Result<Shown, Error> {
    let mut findings: Vec<Finding> =
        serde_json::from_str(&swap.findings).map_err(|error| Error::Internal(format!("stored findings: {error}")))?;
    let party = [swap.from_officer_id, swap.to_officer_id].into_iter().find(|one| ctx.caller.is_self(*one));
    if let Some(own) = party {
        let of = |finding: &Finding| finding.measured.get("officer_id").cloned();
        findings.retain(|finding| of(finding).is_none_or(|officer| officer == json!(own)));
    }
    Ok(Shown { swap, findings })
}

fn subject(swap: &Swap) -> Subject {
    Subject { kind: "shift_swap", id: swap.id.0, officer_id: Some(swap.from_officer_id) }
}

/// A shift that can be swapped: still to come, on duty, not taken back.
fn check_open(ctx: &Ctx, shift: &DutyShift) -> Result<(), Error> {
    if shift.state == ShiftState::Cancelled {
        return Err(Hindrance::Cancelled.into());
    }
    if shift.kind == DutyKind::Protected {
        return Err(Hindrance::NotDuty.into());
    }
    if shift.starts_at.and_utc() <= ctx.moment.now() { Err(Hindrance::Begun.into()) } else { Ok(()) }
}

/// The shifts that the two would have instead, as rows.
fn replacements(ctx: &Ctx, swap: &Swap, mine: &DutyShift, theirs: Option<&DutyShift>) -> Vec<DutyShift> {
    let replace = |shift: &DutyShift, officer_id: OfficerId| DutyShift {
        id: RowId(ctx.moment.new_id()),
        officer_id,
        source: ShiftSource::Swap,
        version: 1,
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        replaces_id: Some(shift.id),
        override_reason: None,
        ..shift.clone()
    };
    let mut rows = vec![replace(mine, swap.to_officer_id)];
    rows.extend(theirs.map(|shift| replace(shift, swap.from_officer_id)));
    rows
}

/// What the rules say of both after the swap.
fn judged(
    connection: &mut Conn,
    ctx: &Ctx,
    rows: &[DutyShift],
    gone: &[RowId],
) -> Result<(BTreeMap<OfficerId, Facts>, Vec<Told>), Error> {
    let touched = rows.iter().map(|row| dates(ctx, row.starts_at.and_utc(), row.ends_at.and_utc()));
    let touched: Vec<_> = touched.collect();
    let today = ctx.moment.today();
    let from = touched.iter().map(|days| days.0).min().unwrap_or(today);
    let to = touched.iter().map(|days| days.1).max().unwrap_or(today);
    let mut officers: Vec<OfficerId> = rows.iter().map(|row| row.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    let all = facts::of(connection, ctx, &officers, Window::around(ctx, from, to))?;
    let mut told = plan::judge(ctx, &all, Change { gone, shifts: rows, ..Change::default() });
    for row in rows {
        let (first, last) = dates(ctx, row.starts_at.and_utc(), row.ends_at.and_utc());
        let is_off =
            all.get(&row.officer_id).is_none_or(|facts| !facts.roll.on_roll(first) || !facts.roll.on_roll(last));
        if is_off {
            let finding = Finding::new("rest.off_roll", "", crate::rules::finding::Outcome::Block)
                .measured("from", first.to_string())
                .measured("to", last.to_string());
            told.push(Told { officer_id: row.officer_id, finding, shifts: vec![row.id] });
        }
    }
    // Who else is there is the same before and after; what they can do, and whether they lead, may not be.
    let change = Change { gone, shifts: rows, ..Change::default() };
    if let Some(first) = rows.first() {
        let of_first =
            |finding| Told { officer_id: first.officer_id, finding, shifts: rows.iter().map(|row| row.id).collect() };
        told.extend(strength::after(connection, ctx, &officers, change, (from, to))?.into_iter().map(of_first));
    }
    Ok((all, told))
}

/// What the rules said, as it is kept; each finding says of which of the two it is, or of which unit.
fn as_json(told: &[Told]) -> String {
    let named = |one: &Told| match one.finding.measured.contains_key("unit_id") {
        true => one.finding.clone(),
        false => one.finding.clone().measured("officer_id", json!(one.officer_id)),
    };
    let findings: Vec<Finding> = told.iter().map(named).collect();
    serde_json::to_string(&findings).unwrap_or_else(|_| "[]".to_owned())
}

/// Asks for a swap of one's own shift.
///
/// # Errors
/// Refused fields; [`Code::WrongState`] for shifts that cannot be swapped or are in an open swap; [`Code::NotFound`] for
/// shifts that are not one's own or not of the unit, [`Code::Forbidden`] for those whose shift is another's.
pub fn ask(tx: &mut Tx, ctx: &Ctx, new: &NewSwap) -> Result<Shown, Error> {
    // Gather.
    let note = said::note("/note", new.note.as_deref())?;
    let mine = shifts::see(tx.reading(), ctx, new.shift_id)?;
    if !ctx.caller.is_self(mine.officer_id) {
        return Err(Code::Forbidden.into());
    }
    let theirs = match new.with_shift_id {
        Some(id) => Some(store::duty_shifts::find(tx.reading(), id)?.ok_or(Code::NotFound)?),
        None => None,
    };
    let to = match (&theirs, new.to_officer_id) {
        (Some(shift), None) => shift.officer_id,
        (Some(shift), Some(to)) if to == shift.officer_id => to,
        (None, Some(to)) => to,
        (Some(_), Some(_)) => return Err(FieldError::new("/to_officer_id", Code::InvalidValue).into()),
        (None, None) => return Err(FieldError::new("/with_shift_id", Code::MissingField).into()),
    };
    if to == mine.officer_id {
        return Err(FieldError::new("/to_officer_id", Code::InvalidValue).into());
    }
    if !colleagues::may_swap(tx.reading(), ctx, &mine, to, theirs.as_ref())? {
        return Err(Code::NotFound.into());
    }
    lock_both(tx, mine.officer_id, to)?;
    let mine = shifts::see(tx.reading(), ctx, mine.id)?;
    let theirs = match theirs {
        Some(shift) => Some(store::duty_shifts::find(tx.reading(), shift.id)?.ok_or(Code::NotFound)?),
        None => None,
    };
    for shift in [Some(&mine), theirs.as_ref()].into_iter().flatten() {
        check_open(ctx, shift)?;
    }

    // Decide.
    let mut swap = Swap {
        id: RowId(ctx.moment.new_id()),
        from_officer_id: mine.officer_id,
        to_officer_id: to,
        shift_id: mine.id,
        with_shift_id: theirs.as_ref().map(|shift| shift.id),
        state: SwapState::Asked,
        note,
        reason: None,
        findings: String::new(),
        policy_fingerprint: ctx.statutes.policies.fingerprint().to_owned(),
        asked_at: ctx.moment.stamp(),
        agreed_at: None,
        closed_at: None,
        closed_by: None,
        version: 1,
    };
    let rows = replacements(ctx, &swap, &mine, theirs.as_ref());
    let gone: Vec<RowId> = [Some(mine.id), swap.with_shift_id].into_iter().flatten().collect();
    let (_, told) = judged(tx.reading(), ctx, &rows, &gone)?;
    swap.findings = as_json(&told);

    // Record.
    match store::shift_swaps::insert(tx, &swap) {
        Err(store::Error::Unique(store::error::Unique::ShiftSwap)) => return Err(Hindrance::InSwap.into()),
        other => other?,
    }
    let after = json!({"shift_id": swap.shift_id, "with_shift_id": swap.with_shift_id, "to_officer_id": to});
    ctx.audit(tx, "shift_swap.asked", subject(&swap), None, Some(after))?;
    store::outbox::append(tx, "shift_swap.asked", swap.id.0, Some(to), &ctx.moment)?;
    shown(ctx, swap)
}

fn lock_both(tx: &mut Tx, one: OfficerId, other: OfficerId) -> Result<(), Error> {
    holds::people(tx, &[one, other])
}

/// The units that plan the shifts of a swap.
fn units(connection: &mut Conn, swap: &Swap) -> Result<Vec<UnitId>, Error> {
    let mut units = Vec::new();
    for id in [Some(swap.shift_id), swap.with_shift_id].into_iter().flatten() {
        units.extend(store::duty_shifts::find(connection, id)?.map(|shift| shift.unit_id));
    }
    Ok(units)
}

/// Whether the caller reaches both shifts with one of the roles.
fn leads(connection: &mut Conn, ctx: &Ctx, swap: &Swap, roles: &[Role]) -> Result<bool, Error> {
    for unit in units(connection, swap)? {
        if !reach::reaches(connection, ctx, roles, unit)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A swap that the caller may see: the two, and whoever reads the duty of both.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let swap = store::shift_swaps::find(connection, id)?.ok_or(Code::NotFound)?;
    let is_party = [swap.from_officer_id, swap.to_officer_id].into_iter().any(|one| ctx.caller.is_self(one));
    if !is_party && !leads(connection, ctx, &swap, READERS)? {
        reach::see_officer(connection, ctx, swap.from_officer_id, READERS)?;
    }
    shown(ctx, swap)
}

/// Swaps that the caller may see, newest first; one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, ctx: &Ctx, before: Option<RowId>, limit: usize) -> Result<Vec<Shown>, Error> {
    let units: Option<Vec<UnitId>> = match reach::of(connection, ctx, READERS)? {
        Reach::Force => None,
        Reach::Units(units) => Some(units.into_iter().collect()),
    };
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let own = ctx.caller.officer_id;
    let today = ctx.moment.today();
    let swaps = store::shift_swaps::list(connection, own, units.as_deref(), today, before, most)?;
    swaps.into_iter().map(|swap| shown(ctx, swap)).collect()
}

/// A swap that is locked by its two officers and still open.
fn open(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Swap, Error> {
    let found = get(tx.reading(), ctx, id)?.swap;
    lock_both(tx, found.from_officer_id, found.to_officer_id)?;
    let swap = get(tx.reading(), ctx, id)?.swap;
    if swap.closed_at.is_some() { Err(Hindrance::Closed.into()) } else { Ok(swap) }
}

/// The other officer agrees.
///
/// # Errors
/// [`Code::Forbidden`] for anybody else; [`Code::WrongState`] when it is not open, was agreed on, or a shift cannot be
/// swapped any more; [`Code::NotFound`] as [`get`].
pub fn agree(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let found = get(tx.reading(), ctx, id)?.swap;
    if !ctx.caller.is_self(found.to_officer_id) {
        return Err(Code::Forbidden.into());
    }
    let swap = open(tx, ctx, id)?;
    if swap.state != SwapState::Asked {
        return Err(Hindrance::Decided.into());
    }
    both_shifts(tx.reading(), ctx, &swap)?;
    let after = Swap { state: SwapState::Agreed, agreed_at: Some(ctx.moment.stamp()), ..swap };
    let after = store::shift_swaps::update(tx, &after)?;
    ctx.audit(tx, "shift_swap.agreed", subject(&after), None, None)?;
    store::outbox::append(tx, "shift_swap.agreed", after.id.0, Some(after.from_officer_id), &ctx.moment)?;
    shown(ctx, after)
}

/// The shifts of a swap, as long as they can be swapped.
fn both_shifts(connection: &mut Conn, ctx: &Ctx, swap: &Swap) -> Result<(DutyShift, Option<DutyShift>), Error> {
    let mine = store::duty_shifts::find(connection, swap.shift_id)?.ok_or(Code::NotFound)?;
    let theirs = match swap.with_shift_id {
        Some(id) => Some(store::duty_shifts::find(connection, id)?.ok_or(Code::NotFound)?),
        None => None,
    };
    check_open(ctx, &mine)?;
    theirs.as_ref().map_or(Ok(()), |shift| check_open(ctx, shift))?;
    // Both know what they swap: other hours are another swap.
    for shift in [Some(&mine), theirs.as_ref()].into_iter().flatten() {
        let then = store::duty_shifts::as_of(connection, shift, swap.agreed_at.unwrap_or(swap.asked_at))?;
        if shifts::plan_of(&then) != shifts::plan_of(shift) {
            return Err(Hindrance::PlanChanged.into());
        }
    }
    Ok((mine, theirs))
}

/// A leader of both, who is neither of the two nor married to one, approves: both shifts are taken back and others
/// stand in their place, in one transaction.
///
/// # Errors
/// [`Code::OwnRecord`], [`Code::Forbidden`]; [`Code::WrongState`] when it is not agreed on or a shift cannot be swapped any
/// more; [`Error::Conflict`] with the findings that refuse; [`Error::Unexplained`] where a rule asks for a reason.
pub fn approve(tx: &mut Tx, ctx: &Ctx, id: RowId, override_reason: Option<&str>) -> Result<Shown, Error> {
    // Gather.
    let reason = said::note("/override_reason", override_reason)?;
    let found = get(tx.reading(), ctx, id)?.swap;
    let mine = own(tx.reading(), ctx)?;
    if [found.from_officer_id, found.to_officer_id].iter().any(|one| mine.contains(one)) {
        return Err(Code::OwnRecord.into());
    }
    if !leads(tx.reading(), ctx, &found, APPROVERS)? {
        return Err(Code::Forbidden.into());
    }
    let swap = open(tx, ctx, id)?;
    if swap.state != SwapState::Agreed {
        return Err(Hindrance::NotAgreed.into());
    }
    let (asked, given) = both_shifts(tx.reading(), ctx, &swap)?;
    let shifts_of = [Some(&asked), given.as_ref()].into_iter().flatten();
    let first = shifts_of.map(|shift| dates(ctx, shift.starts_at.and_utc(), shift.ends_at.and_utc()).0).min();
    holds::strength(tx, &[swap.from_officer_id, swap.to_officer_id], first.unwrap_or(ctx.moment.today()))?;
    let mut rows = replacements(ctx, &swap, &asked, given.as_ref());
    rows.iter_mut().for_each(|row| row.override_reason.clone_from(&reason));
    let gone: Vec<RowId> = [Some(asked.id), swap.with_shift_id].into_iter().flatten().collect();
    let (all, mut told) = judged(tx.reading(), ctx, &rows, &gone)?;

    // Decide.
    match plan::admit(tx.reading(), ctx, &all, &rows, &mut told, &|_| String::new()) {
        Err(Error::Refused(findings)) => return Err(Error::Conflict(findings)),
        other => other?,
    }

    // Record.
    for shift in [Some(&asked), given.as_ref()].into_iter().flatten() {
        shifts::end(tx, ctx, shift, Some("swap"))?;
    }
    store::duty_shifts::insert_many(tx, &rows)?;
    for row in &rows {
        plan::record(tx, ctx, std::slice::from_ref(row))?;
    }
    let ended = [Some(&asked), given.as_ref()].into_iter().flatten();
    let span = ended.map(|shift| dates(ctx, shift.starts_at.and_utc(), shift.ends_at.and_utc()));
    let span = span.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let mut both = [swap.from_officer_id, swap.to_officer_id];
    both.sort_unstable();
    follow(tx, ctx, &both, span.unwrap_or((ctx.moment.today(), ctx.moment.today())))?;
    let after =
        Swap { findings: as_json(&told), policy_fingerprint: ctx.statutes.policies.fingerprint().to_owned(), ..swap };
    close(tx, ctx, after, SwapState::Approved, "shift_swap.approved")
}

/// The other officer or a leader refuses, with a reason.
///
/// # Errors
/// Refused fields; [`Code::Forbidden`], [`Code::OwnRecord`]; [`Code::WrongState`] when it is not open.
pub fn refuse(tx: &mut Tx, ctx: &Ctx, id: RowId, reason: &str) -> Result<Shown, Error> {
    let reason = said::reason("/reason", reason)?;
    let found = get(tx.reading(), ctx, id)?.swap;
    if !ctx.caller.is_self(found.to_officer_id) {
        if own(tx.reading(), ctx)?.contains(&found.from_officer_id) {
            return Err(Code::OwnRecord.into());
        }
        if !leads(tx.reading(), ctx, &found, APPROVERS)? {
            return Err(Code::Forbidden.into());
        }
    }
    let swap = open(tx, ctx, id)?;
    close(tx, ctx, Swap { reason: Some(reason), ..swap }, SwapState::Refused, "shift_swap.refused")
}

/// Who asked takes it back.
///
/// # Errors
/// [`Code::Forbidden`] for anybody else; [`Code::WrongState`] when it is not open.
pub fn withdraw(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let found = get(tx.reading(), ctx, id)?.swap;
    if !ctx.caller.is_self(found.from_officer_id) {
        return Err(Code::Forbidden.into());
    }
    let swap = open(tx, ctx, id)?;
    close(tx, ctx, swap, SwapState::Withdrawn, "shift_swap.withdrawn")
}

fn close(tx: &mut Tx, ctx: &Ctx, swap: Swap, state: SwapState, act: &'static str) -> Result<Shown, Error> {
    let before = swap.state;
    let after = Swap { state, closed_at: Some(ctx.moment.stamp()), closed_by: ctx.caller.account_id, ..swap };
    let after = store::shift_swaps::update(tx, &after)?;
    let states = (json!({"state": before}), json!({"state": state, "reason": after.reason}));
    ctx.audit(tx, act, subject(&after), Some(states.0), Some(states.1))?;
    for officer in [after.from_officer_id, after.to_officer_id] {
        store::outbox::append(tx, act, after.id.0, Some(officer), &ctx.moment)?;
    }
    shown(ctx, after)
}
