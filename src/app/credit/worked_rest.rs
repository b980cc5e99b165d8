//! Rest days that were taken away by duty that was worked: when it turns out that nobody worked, the rest is put back and
//! its credit taken back as far as it is free.

use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use super::rest::{is_replaced, reserve};
use super::{follow, notice};
use crate::app::ctx::Ctx;
use crate::app::duty::rest_days::subject;
use crate::app::error::Error;
use crate::app::hindrance::Hindrance;
use crate::rules::comp_credit::{CreditOrigin, OwedNow};
use crate::rules::duty::{RestDayKind, Shift};
use crate::rules::terms::{OfficerId, RowId};
use crate::store::duty_shifts::{DutyShift, ShiftSource, Worked};
use crate::store::rest_cancellations::RestCancellation;
use crate::store::rest_days::{RestDay, RestDayState};
use crate::store::{self, Conn, Tx};

/// How far the hours agreed on may lie from the plan, in days, with the longest break of a date.
const BESIDE: TimeDelta = TimeDelta::days(2);

/// Officers of one statement.
const TOGETHER: usize = 500;

/// The live shifts of an officer that may touch local dates from one to another, both included.
///
/// # Errors
/// When the database does not answer.
pub fn near(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Worked>, Error> {
    let clock = ctx.moment.clock();
    let (from, to) = (clock.start_of(from) - BESIDE, clock.end_of(to) + BESIDE);
    Ok(store::duty_shifts::of_officer(connection, officer, from.naive_utc(), to.naive_utc())?)
}

/// The duty among shifts that touches a local date, by the hours agreed on where there are any.
pub fn on_date<'a>(ctx: &Ctx, shifts: &'a [Worked], on: NaiveDate) -> impl Iterator<Item = Shift> + use<'a> {
    let clock = ctx.moment.clock();
    let (from, to) = (clock.start_of(on), clock.end_of(on));
    let duty = shifts.iter().map(Worked::fact).filter(|fact| fact.kind.is_duty());
    duty.filter(move |fact| fact.starts_at < to && from < fact.ends_at)
}

/// The live duty of an officer that touches a local date, by the hours agreed on where there are any.
///
/// # Errors
/// When the database does not answer.
pub fn touching(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, on: NaiveDate) -> Result<Vec<Shift>, Error> {
    let near = near(connection, ctx, officer, (on, on))?;
    Ok(on_date(ctx, &near, on).collect())
}

/// As [`touching`], of duty that has begun.
///
/// # Errors
/// When the database does not answer.
pub fn duty_on(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, on: NaiveDate) -> Result<Vec<DutyShift>, Error> {
    let mut found = Vec::new();
    for fact in touching(connection, ctx, officer, on)? {
        if fact.starts_at <= ctx.moment.now() {
            found.extend(store::duty_shifts::find(connection, fact.id)?);
        }
    }
    Ok(found)
}

/// Looks again at the rest days that were taken away between two dates, both included. Where duty took one away and is
/// gone, the day is rest again, unless another was named in its place, and what is free of its credit goes. Where a policy
/// credits the hours worked, the credit follows them.
///
/// # Errors
/// As [`super::earn`].
pub fn reconsider(
    tx: &mut Tx,
    ctx: &Ctx,
    officers: &[OfficerId],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<(), Error> {
    let (from, to) = (from.pred_opt().unwrap_or(from), to.succ_opt().unwrap_or(to));
    let by_hours = ctx.statutes.policies.credits_hours();
    let mut all = Vec::new();
    for some in officers.chunks(TOGETHER) {
        all.extend(store::rest_cancellations::between(tx.reading(), some, from, to)?);
    }
    for taken in all {
        let by_duty = taken.worked_shift_id.is_some();
        if !by_duty && !by_hours {
            continue;
        }
        let instead = store::rest_days::replacing(tx.reading(), &[taken.rest_day_id])?;
        let is_back = instead.iter().any(|day| day.on_date == taken.on_date);
        let is_gone = by_duty && duty_on(tx.reading(), ctx, taken.officer_id, taken.on_date)?.is_empty();
        let owed = if is_gone || is_back { 0 } else { notice::worth_now(tx.reading(), ctx, &taken)? };
        let owed = Some(OwedNow { minutes: owed, on: taken.on_date }).filter(|owed| owed.minutes > 0);
        follow::cause(tx, ctx, taken.officer_id, (CreditOrigin::CancelledRest, taken.rest_day_id), owed)?;
        if is_gone && !is_back {
            put_back(tx, ctx, &taken, "not_worked")?;
        }
    }
    Ok(())
}

/// As [`reconsider`] where duty comes that takes no rest day away: only where a policy credits the hours worked.
///
/// # Errors
/// As [`super::earn`].
pub fn follow_hours(tx: &mut Tx, ctx: &Ctx, officers: &[OfficerId], span: (NaiveDate, NaiveDate)) -> Result<(), Error> {
    if ctx.statutes.policies.credits_hours() { reconsider(tx, ctx, officers, span) } else { Ok(()) }
}

/// Puts a rest day back on its date, where no other stands in its place and nothing else was made of the date.
///
/// # Errors
/// When the database does not answer.
pub fn put_back(tx: &mut Tx, ctx: &Ctx, taken: &RestCancellation, cause: &str) -> Result<Option<RestDay>, Error> {
    let Some(day) = store::rest_days::find(tx.reading(), taken.rest_day_id)? else { return Ok(None) };
    let live = store::rest_days::of_officer(tx.reading(), day.officer_id, day.on_date, day.on_date)?;
    if !live.is_empty() || is_replaced(tx.reading(), &day)? {
        return Ok(None);
    }
    let back = RestDay {
        id: RowId(ctx.moment.new_id()),
        state: if day.published_at.is_some() { RestDayState::Published } else { RestDayState::Planned },
        source: ShiftSource::Entry,
        version: 1,
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        replaces_id: Some(day.id),
        confirmed_at: None,
        ended_at: None,
        ..day.clone()
    };
    store::rest_days::insert(tx, &back)?;
    if let (RestDayKind::Comp, Some(lot)) = (back.kind, taken.lot_id) {
        match reserve(tx, ctx, &back, Some(lot)) {
            // What it had drawn has been used otherwise: then it is rest all the same.
            Ok(()) | Err(Error::State(Hindrance::NothingLeft | Hindrance::WantedAsPay)) => {}
            Err(error) => return Err(error),
        }
    }
    let after = json!({"state": back.state, "rest_day_id": back.id, "cause": cause});
    ctx.audit(tx, "rest_day.put_back", subject(&day), Some(json!({"state": day.state})), Some(after))?;
    store::outbox::append(tx, "rest_day.put_back", back.id.0, Some(day.officer_id), &ctx.moment)?;
    Ok(Some(back))
}
