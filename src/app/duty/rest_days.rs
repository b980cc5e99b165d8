//! Days of rest: planned by leaders and hr, published with the roster, confirmed by whoever rested.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::json;

use super::asks::{self, RestDayAsk};
use super::facts::{self, Facts, Window};
use super::plan::{self, Change};
use super::prepare::{Appointment, Planner};
use super::{
    DAYS_MAX, DutyShift, PLANNERS, READERS, RestDay, RestDayState, ShiftSource, holds, leave_days, listed_units,
};
use crate::app::credit;
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::app::said;
use crate::app::watch;
use crate::rules::duty::RestDayKind;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{LotId, OfficerId, RowId, UnitId};
use crate::store::rest_cancellations::RestCancellation;
use crate::store::rest_days::Filter;
use crate::store::{self, Conn, Tx};

/// A rest day to be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRestDay {
    /// Whose.
    pub officer_id: OfficerId,
    /// The local date.
    pub date: NaiveDate,
    /// Kind.
    pub kind: RestDayKind,
}

/// What of a rest day an entry of the audit trail is about.
#[must_use]
pub fn subject(day: &RestDay) -> Subject {
    Subject { kind: "rest_day", id: day.id.0, officer_id: Some(day.officer_id) }
}

/// A new rest day as a row.
#[must_use]
pub fn row(ctx: &Ctx, new: &NewRestDay, source: ShiftSource) -> RestDay {
    RestDay {
        id: RowId(ctx.moment.new_id()),
        officer_id: new.officer_id,
        on_date: new.date,
        kind: new.kind,
        state: RestDayState::Planned,
        source,
        version: 1,
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        replaces_id: None,
        published_at: None,
        confirmed_at: None,
        ended_at: None,
        late_reason: (new.date < ctx.moment.today()).then(|| source.as_str().to_owned()),
        override_reason: None,
    }
}

/// What a rest day is planned with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Planning<'a> {
    /// The cancelled rest day in whose place it stands.
    pub replaces: Option<&'a RestDay>,
    /// Why it is entered when its date is over.
    pub late: Option<&'a str>,
    /// Why a compensatory day is planned although its credit covers it only in part.
    pub overriding: Option<&'a str>,
    /// Whether its officer is told at once, whatever they knew of the day in whose place it stands.
    pub is_told: bool,
    /// The lot that a compensatory day draws on: that of the day in whose place it stands.
    pub of_lot: Option<LotId>,
}

/// A rest day that was planned.
#[derive(Debug, Clone)]
pub struct PlannedRest {
    /// The rest day.
    pub day: RestDay,
    /// What the rules warn of.
    pub findings: Vec<Finding>,
}

/// Plans a rest day. For a date that is over only hr does, with a reason; such a day counts once the officer has confirmed
/// it. A compensatory day draws on credit; on the date of one that was taken away it stands in its place.
///
/// # Errors
/// A refused date, also for one that is a rest day already; [`Error::Refused`] with the findings, such as duty on that
/// date, and no credit for a compensatory day; [`Error::Unexplained`] where its credit covers it in part;
/// [`Code::NotFound`], [`Code::OwnRecord`] for an officer who is not the caller's to plan; [`Code::Forbidden`] for a date
/// that is over.
pub fn create(
    tx: &mut Tx,
    ctx: &Ctx,
    new: &NewRestDay,
    late: Option<&str>,
    overriding: Option<&str>,
) -> Result<PlannedRest, Error> {
    let taken = if new.kind == RestDayKind::Comp { taken_away(tx.reading(), new)? } else { None };
    let with = Planning { replaces: taken.as_ref(), late, overriding, ..Planning::default() };
    let planned = plan(tx, ctx, new, &with)?;
    if new.kind == RestDayKind::Comp {
        credit::rest::reserve(tx, ctx, &planned.day, None)?;
    }
    Ok(planned)
}

/// The compensatory day that was taken away on a date, and in whose place nothing stands.
fn taken_away(connection: &mut Conn, new: &NewRestDay) -> Result<Option<RestDay>, Error> {
    let gone = store::rest_days::cancelled_of(connection, new.officer_id, new.date, new.date)?;
    let gone: Vec<RestDay> = gone.into_iter().filter(|day| day.kind == RestDayKind::Comp).collect();
    let ids: Vec<RowId> = gone.iter().map(|day| day.id).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let instead = store::rest_days::replacing(connection, &ids)?;
    let stands = |day: &RestDay| {
        instead.iter().any(|one| one.replaces_id == Some(day.id) && one.state != RestDayState::Cancelled)
    };
    Ok(gone.into_iter().rev().find(|day| !stands(day)))
}

/// As [`create`], of whatever it stands for: in place of a cancelled rest day that was published its officer is told of this
/// one too. Reserves nothing.
///
/// # Errors
/// As [`create`].
pub fn plan(tx: &mut Tx, ctx: &Ctx, new: &NewRestDay, with: &Planning<'_>) -> Result<PlannedRest, Error> {
    // Gather.
    check_date(ctx, new.date)?;
    let overriding = overriding(new, with.overriding)?;
    let Some(unit) = unit_on(tx.reading(), new)? else { return Err(Code::NotFound.into()) };
    holds::people(tx, &[new.officer_id])?;
    let window = Window::around(ctx, new.date, new.date);
    let all = facts::of(tx.reading(), ctx, &[new.officer_id], window)?;
    let planner = Planner::of(tx.reading(), ctx)?;
    let theirs = all.get(&new.officer_id);
    planner.admit(ctx, new.officer_id, unit, Appointment::Duty, theirs, new.date)?;

    // Decide.
    let late_reason = late_reason(tx.reading(), ctx, unit, new.date, with.late)?;
    if theirs.is_some_and(|facts| facts.has_rest_on(new.date)) {
        return Err(FieldError::new("/date", Code::Taken).into());
    }
    let mut row = row(ctx, new, ShiftSource::Entry);
    row.late_reason = late_reason;
    row.replaces_id = with.replaces.map(|day| day.id);
    if with.is_told || with.replaces.is_some_and(|day| day.published_at.is_some()) {
        (row.state, row.published_at) = (RestDayState::Published, Some(ctx.moment.stamp()));
    }
    let mut findings = judged(ctx, &all, &row);
    if row.kind == RestDayKind::Comp && with.of_lot.is_none() {
        findings.extend(credit::cover::of_days(tx.reading(), ctx, &[&row], &[])?);
    }
    if findings.iter().any(Finding::blocks) {
        return Err(Error::Refused(findings));
    }
    findings.retain(|finding| finding.outcome == Outcome::Warn);
    if findings.iter().any(plan::asks_reason) {
        row.override_reason = overriding;
        if row.override_reason.is_none() {
            let missing = FieldError::new("/override_reason", Code::MissingField);
            return Err(Error::Unexplained(vec![missing], findings));
        }
    }

    // Record.
    store::rest_days::insert(tx, &row)?;
    let after = json!({"date": row.on_date, "kind": row.kind, "state": row.state, "late_reason": row.late_reason,
        "override_reason": row.override_reason});
    ctx.audit(tx, "rest_day.planned", subject(&row), None, Some(after))?;
    watch::after_write(tx, ctx, &[row.officer_id], row.on_date, row.on_date)?;
    Ok(PlannedRest { day: row, findings })
}

/// What speaks against a rest day, and for whom.
pub(super) fn judged(ctx: &Ctx, all: &BTreeMap<OfficerId, Facts>, row: &RestDay) -> Vec<Finding> {
    let told = plan::judge(ctx, all, Change { rest_days: std::slice::from_ref(row), ..Change::default() });
    let mut findings: Vec<Finding> = told.into_iter().map(|one| one.finding).collect();
    let theirs = all.get(&row.officer_id);
    if theirs.is_some_and(|facts| !facts.roll.on_roll(row.on_date)) {
        let on = row.on_date.to_string();
        findings
            .push(Finding::new("rest.off_roll", "", Outcome::Block).measured("from", on.clone()).measured("to", on));
    }
    findings.extend(theirs.and_then(|facts| leave_days::on_leave(facts, row.on_date)));
    findings
}

/// Why a compensatory day is planned in spite of a warning; no other day is warned of so.
fn overriding(new: &NewRestDay, reason: Option<&str>) -> Result<Option<String>, FieldError> {
    let reason = said::note("/override_reason", reason)?;
    if reason.is_some() && new.kind != RestDayKind::Comp {
        return Err(FieldError::new("/override_reason", Code::InvalidValue).expected("/kind = comp"));
    }
    Ok(reason)
}

/// Why a rest day is entered when its date is over; `None` for dates to come, which need no reason.
fn late_reason(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    date: NaiveDate,
    late: Option<&str>,
) -> Result<Option<String>, Error> {
    if date >= ctx.moment.today() {
        let refused =
            || FieldError::new("/reason", Code::InvalidValue).expected(format!("/date < {}", ctx.moment.today()));
        return if late.is_some() { Err(refused().into()) } else { Ok(None) };
    }
    if !reach::reaches(connection, ctx, leave_days::LATE, unit)? {
        return Err(Code::Forbidden.into());
    }
    Ok(Some(said::reason("/reason", late.unwrap_or_default())?))
}

/// Whether the caller is one who enters such a rest day when its date is over.
///
/// # Errors
/// When the database does not answer.
pub fn enters_late(connection: &mut Conn, ctx: &Ctx, day: &RestDay) -> Result<bool, Error> {
    let unit = store::officers::unit_on(connection, day.officer_id, day.on_date)?;
    reach::reaches(connection, ctx, leave_days::LATE, unit)
}

fn unit_on(connection: &mut Conn, new: &NewRestDay) -> Result<Option<UnitId>, Error> {
    match store::officers::unit_on(connection, new.officer_id, new.date) {
        Ok(unit) => Ok(Some(unit)),
        Err(store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A date within three years of today.
fn check_date(ctx: &Ctx, date: NaiveDate) -> Result<(), FieldError> {
    let days = (date - ctx.moment.today()).num_days().abs();
    if days <= 3 * 366 { Ok(()) } else { Err(FieldError::new("/date", Code::InvalidValue).expected("± 3 y")) }
}

/// A rest day that the caller may see.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    let day = store::rest_days::find(connection, id)?.ok_or(Code::NotFound)?;
    reach::see_officer(connection, ctx, day.officer_id, READERS)?;
    Ok(day)
}

/// A rest day with what became of it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The rest day.
    pub day: RestDay,
    /// Why it was taken away, where it was.
    pub cancellation: Option<RestCancellation>,
    /// What stands in its place.
    pub instead: Option<RestDay>,
    /// Where the officer asks for another day.
    pub asked: Option<RestDayAsk>,
}

/// Rest days with what became of them.
fn shown(connection: &mut Conn, days: Vec<RestDay>) -> Result<Vec<Shown>, Error> {
    let cancelled = days.iter().filter(|day| day.state == RestDayState::Cancelled).map(|day| day.id);
    let cancelled: Vec<RowId> = cancelled.collect();
    let (mut why, mut instead) = (HashMap::new(), HashMap::new());
    for some in cancelled.chunks(500) {
        let known = store::rest_cancellations::of_rest_days(connection, some)?;
        why.extend(known.into_iter().map(|one| (one.rest_day_id, one)));
        for other in store::rest_days::replacing(connection, some)? {
            if let Some(replaces) = other.replaces_id.filter(|_| other.state != RestDayState::Cancelled) {
                instead.insert(replaces, other);
            }
        }
    }
    let mut asked = HashMap::new();
    for some in days.chunks(500) {
        asked.extend(asks::open_of(connection, some)?.into_iter().map(|ask| (ask.rest_day_id, ask)));
    }
    let with = |day: RestDay| Shown {
        cancellation: why.remove(&day.id),
        instead: instead.remove(&day.id),
        asked: asked.remove(&day.id),
        day,
    };
    Ok(days.into_iter().map(with).collect())
}

/// One rest day with what became of it: the officer, their leaders and hr see why it was taken away, and nobody else.
///
/// # Errors
/// As [`get`].
pub fn show(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Shown, Error> {
    let day = get(connection, ctx, id)?;
    let not_found = || Error::from(Code::NotFound);
    shown(connection, vec![day])?.pop().ok_or_else(not_found)
}

/// A rest day that is locked and that the caller plans: not their own, not their spouse's.
///
/// # Errors
/// [`Code::NotFound`], [`Code::OwnRecord`] for what is not the caller's to change.
pub fn to_change(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    let found = get(tx.reading(), ctx, id)?;
    holds::people(tx, &[found.officer_id])?;
    reach::officer_for_others(tx.reading(), ctx, found.officer_id, PLANNERS)?;
    get(tx.reading(), ctx, id)
}

/// What a list of rest days may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// Of this officer.
    pub officer_id: Option<OfficerId>,
    /// Of officers of this unit and everything under it.
    pub unit_id: Option<UnitId>,
    /// From this date on.
    pub from: Option<NaiveDate>,
    /// Up to this date.
    pub to: Option<NaiveDate>,
    /// Of this kind.
    pub kind: Option<RestDayKind>,
    /// In this state.
    pub state: Option<RestDayState>,
}

/// Rest days that the caller may see, by date, after one; one more than `limit` if there are more. Of units at most
/// [`DAYS_MAX`] days, from today on where nothing is said.
///
/// # Errors
/// A refused parameter for a period that is reversed or too long.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    asked: &Narrowing,
    after: Option<(NaiveDate, RowId)>,
    limit: usize,
) -> Result<Vec<Shown>, Error> {
    let own = ctx.caller.officer_id.filter(|_| !ctx.caller.holds(READERS));
    let officer_id = asked.officer_id.or(own.filter(|_| asked.unit_id.is_none()));
    if let (Some(from), Some(to)) = (asked.from, asked.to)
        && (from > to || (officer_id.is_none() && (to - from).num_days() >= DAYS_MAX))
    {
        return Err(FieldError::new("?to", Code::InvalidParameter).expected(format!("≥ {from}")).into());
    }
    let (mut from, mut to) = (asked.from, asked.to);
    let units = match officer_id {
        Some(officer) if asked.unit_id.is_none() => match reach::see_officer(connection, ctx, officer, READERS) {
            Ok(_) => None,
            Err(Error::Code(Code::NotFound)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        },
        _ => Some(listed_units(connection, ctx, asked.unit_id)?),
    };
    if officer_id.is_none() {
        let days = chrono::Days::new(super::LIST_DAYS);
        let first = from.or_else(|| to.and_then(|to| to.checked_sub_days(days))).unwrap_or(ctx.moment.today());
        from = Some(first);
        to = to.or_else(|| first.checked_add_days(days));
    }
    let filter = Filter { officer_id, units, from, to, kind: asked.kind, state: asked.state, after };
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let days = store::rest_days::list(connection, &filter, ctx.moment.today(), most)?;
    shown(connection, days)
}

/// The officer confirms that a rest day was taken, whether anybody had told them of it or not; nobody does it for them. Doing
/// it twice changes nothing.
///
/// # Errors
/// [`Code::NotFound`] as [`get`]; [`Code::Forbidden`] for anybody else; [`Code::WrongState`] before the date is over, and
/// for a rest day that was cancelled; [`Error::Conflict`] where duty on its date is recorded, and where no credit is left for
/// a compensatory day that was entered late or published after its date.
pub fn confirm(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    let found = get(tx.reading(), ctx, id)?;
    if !ctx.caller.is_self(found.officer_id) {
        return Err(Code::Forbidden.into());
    }
    store::officers::lock(tx, found.officer_id)?;
    let before = get(tx.reading(), ctx, id)?;
    if before.state == RestDayState::Taken {
        return Ok(before);
    }
    if before.state == RestDayState::Cancelled {
        return Err(Hindrance::Cancelled.into());
    }
    if ctx.moment.today() <= before.on_date {
        return Err(Hindrance::NotOver.into());
    }
    let worked = credit::worked_rest::duty_on(tx.reading(), ctx, before.officer_id, before.on_date)?;
    if !worked.is_empty() {
        return Err(Error::Conflict(vec![had_duty(&before, &worked)]));
    }
    let uncovered = credit::rest::uncovered(tx.reading(), ctx, &before)?;
    if let Some(finding) = uncovered.iter().find(|finding| finding.blocks()) {
        return Err(Error::Conflict(vec![finding.clone()]));
    }
    let after = RestDay { state: RestDayState::Taken, confirmed_at: Some(ctx.moment.stamp()), ..before.clone() };
    let after = store::rest_days::update(tx, &after)?;
    if uncovered.is_some() {
        // What it had reserved was free again since its date.
        credit::rest::give_way(tx, ctx, &before)?;
        credit::rest::reserve(tx, ctx, &after, None)?;
    }
    let states = (json!({"state": before.state}), json!({"state": after.state}));
    ctx.audit(tx, "rest_day.confirmed", subject(&after), Some(states.0), Some(states.1))?;
    // A rest day that was entered late counts from now on.
    watch::after_write(tx, ctx, &[after.officer_id], after.on_date, after.on_date)?;
    // And what it was given back for is made good.
    for on in credit::rest::given_back(tx.reading(), ctx, &after)? {
        watch::after_facts(tx, ctx, after.officer_id, on, on)?;
    }
    Ok(after)
}

/// Duty that was worked on a day of which its officer says that it was rest.
fn had_duty(day: &RestDay, worked: &[DutyShift]) -> Finding {
    let shifts: Vec<RowId> = worked.iter().map(|shift| shift.id).collect();
    Finding::new("rest.has_duty", "", Outcome::Block)
        .measured("on", day.on_date.to_string())
        .measured("kind", day.kind.as_str())
        .measured("shift_ids", json!(shifts))
}
