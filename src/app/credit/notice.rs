//! The notice of a rest day that is taken away: since when there was something to tell, and what the notice gives.

use chrono::{NaiveDate, TimeDelta};

use super::placed;
use super::worked_rest::touching;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::rules::calendar::DayClass;
use crate::rules::comp_credit::{CancelReason, worked_on};
use crate::rules::duty::RestDayKind;
use crate::rules::policy::{Place, Version};
use crate::rules::rest::notice::{DayOff, Told, notice};
use crate::rules::rest::policy::{Credits, RestPolicy};
use crate::rules::terms::{Instant, OfficerId, RowId};
use crate::store::duty_shifts::DutyShift;
use crate::store::rest_cancellations::RestCancellation;
use crate::store::rest_days::RestDay;
use crate::store::{self, Conn};

/// How long ago somebody can have been told.
const TOLD_WITHIN_DAYS: i64 = 366;

/// Whether somebody can have been told then: not in the future, nor more than a year ago.
#[must_use]
pub fn could_be_told_at(ctx: &Ctx, at: Instant) -> bool {
    let now = ctx.moment.now();
    at <= now && at >= now - TimeDelta::days(TOLD_WITHIN_DAYS)
}

/// Since when an officer can have been told that a rest day is off: since it was published, or planned where it is not. A
/// day that was put back when it turned out that nobody had worked on it was known since it was first told. `None` for a day
/// that was entered when its date was over: there only the planner knows.
///
/// # Errors
/// When the database does not answer.
pub fn known_since(connection: &mut Conn, day: &RestDay) -> Result<Option<Instant>, Error> {
    if day.late_reason.is_some() {
        return Ok(None);
    }
    let mut first = day.clone();
    while let Some(before) = first.replaces_id {
        let Some(before) = store::rest_days::find(connection, before)? else { break };
        let taken = store::rest_cancellations::of_rest_day(connection, before.id)?;
        let was_worked = taken.is_some_and(|taken| taken.worked_shift_id.is_some());
        if before.on_date != day.on_date || !was_worked {
            break;
        }
        first = before;
    }
    Ok(Some(first.published_at.unwrap_or(first.recorded_at).and_utc()))
}

/// Refuses a notice that lies before there was something to tell.
///
/// # Errors
/// A refused field at the pointer.
pub fn check_known(connection: &mut Conn, day: &RestDay, told_at: Instant, pointer: &str) -> Result<(), Error> {
    match known_since(connection, day)?.filter(|known| told_at < *known) {
        Some(known) => {
            let refused = FieldError::new(pointer, Code::InvalidValue);
            Err(refused.read(told_at.to_rfc3339()).expected(format!("≥ {}", known.to_rfc3339())).into())
        }
        None => Ok(()),
    }
}

/// Whether a notice lies before the entry of its rest day, so that nothing but the planner's word stands for it.
#[must_use]
pub fn is_before_entry(day: &RestDay, told_at: Instant) -> bool {
    day.late_reason.is_some() && told_at < day.recorded_at.and_utc()
}

/// What the notice of a cancelled rest day gives, by the policy and the calendar of the day.
///
/// # Errors
/// [`Code::NoPolicy`].
pub fn told<'a>(
    connection: &mut Conn,
    ctx: &'a Ctx,
    (officer, on): (OfficerId, NaiveDate),
    notified_at: Instant,
) -> Result<(&'a Version<RestPolicy>, Told), Error> {
    let (category, units) = placed(connection, ctx, officer, on)?;
    let version = ctx.statutes.policies.rest(Place { category, units: &units }, on).ok_or(Code::NoPolicy)?;
    // In a year without a calendar a rest day is a rest day.
    let class = ctx.statutes.calendars.of(&units).class_of(on).ok();
    let what = if class == Some(DayClass::StatutoryHoliday) { DayOff::PublicHoliday } else { DayOff::RestDay };
    Ok((version, notice(version, what, ctx.moment.clock().date_of(notified_at), on)))
}

/// When somebody was told of duty on a date: by the first roster that was published with it, else by its entry.
///
/// # Errors
/// When the database does not answer.
fn told_of_duty(connection: &mut Conn, shift: &DutyShift, on: NaiveDate) -> Result<Instant, Error> {
    let since = store::duty_shifts::planned_since(connection, shift)?;
    let units = store::units::upward(connection, shift.unit_id, on)?;
    let published = store::rosters::first_told(connection, &units, on, since)?;
    Ok(published.unwrap_or(since).and_utc())
}

/// What the minutes of a duty on a statutory holiday are worth by the notice that was given of it: as many where the policy
/// gives whole days for notice, and knows no other worth of hours.
///
/// # Errors
/// As [`told`].
pub fn holiday_worth(
    connection: &mut Conn,
    ctx: &Ctx,
    shift: RowId,
    (officer, on): (OfficerId, NaiveDate),
    minutes: i64,
) -> Result<i64, Error> {
    if !ctx.statutes.policies.credits_hours() {
        return Ok(minutes);
    }
    let Some(shift) = store::duty_shifts::find(connection, shift)? else { return Ok(minutes) };
    let told_at = told_of_duty(connection, &shift, on)?;
    let (version, told) = told(connection, ctx, (officer, on), told_at)?;
    Ok(match told.credits {
        Credits::WholeDay => minutes,
        _ => told.credited_minutes(Some(minutes), version.values.credit.minutes_per_day),
    })
}

/// What a rest day that was taken away is worth on its date, by the duty on it where the policy goes by hours.
///
/// # Errors
/// When the database does not answer.
pub fn worth(
    connection: &mut Conn,
    ctx: &Ctx,
    (officer, on): (OfficerId, NaiveDate),
    (version, told): (&Version<RestPolicy>, &Told),
) -> Result<i64, Error> {
    let worked = match told.credits {
        Credits::WholeDay => None,
        _ => worked_on(&touching(connection, ctx, officer, on)?, on, ctx.moment.clock().zone()),
    };
    Ok(told.credited_minutes(worked, version.values.credit.minutes_per_day))
}

/// What a cancellation is worth as its date stands now; what it was credited with where hours have no say in it.
///
/// # Errors
/// As [`told`].
pub fn worth_now(connection: &mut Conn, ctx: &Ctx, taken: &RestCancellation) -> Result<i64, Error> {
    let recorded = i64::from(taken.minutes);
    if taken.reason_code == CancelReason::OfficerRequest || !ctx.statutes.policies.credits_hours() {
        return Ok(recorded);
    }
    let kind = store::rest_days::find(connection, taken.rest_day_id)?.map(|day| day.kind);
    let of = (taken.officer_id, taken.on_date);
    let (version, told) = told(connection, ctx, of, taken.notified_at.and_utc())?;
    if kind == Some(RestDayKind::Comp) || told.credits == Credits::WholeDay {
        return Ok(recorded);
    }
    let worth = worth(connection, ctx, of, (version, &told))?;
    Ok((worth - given_for(connection, ctx, of, taken.rest_day_id)?).max(0))
}

/// What other cancellations of a date were credited with: a date is given back once.
///
/// # Errors
/// When the database does not answer.
pub fn given_for(
    connection: &mut Conn,
    ctx: &Ctx,
    (officer, on): (OfficerId, NaiveDate),
    except: RowId,
) -> Result<i64, Error> {
    Ok(super::account::Account::load(connection, ctx, officer)?.given_for(on, except))
}

/// The dates between two, both included, whose rest was taken away and given back by it: duty on them earns nothing again. A
/// day that its officer asked to move, and a compensatory one whose minutes returned, gave nothing.
///
/// # Errors
/// When the database does not answer.
pub fn credited_dates(
    connection: &mut Conn,
    officer: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NaiveDate>, Error> {
    let gone = store::rest_days::cancelled_of(connection, officer, from, to)?;
    let gone: Vec<RowId> = gone.iter().filter(|day| day.kind != RestDayKind::Comp).map(|day| day.id).collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let known = store::rest_cancellations::of_rest_days(connection, &gone)?;
    let given = known.iter().filter(|one| one.reason_code != CancelReason::OfficerRequest);
    let mut dates: Vec<NaiveDate> = given.map(|one| one.on_date).collect();
    dates.sort_unstable();
    dates.dedup();
    Ok(dates)
}
