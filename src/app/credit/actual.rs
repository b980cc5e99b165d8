//! What agreed actual hours earn, and what of it goes with hours that were agreed on anew.

use chrono::NaiveDate;

use super::{follow, notice};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::rules::comp_credit::{self, CreditOrigin, OwedNow, RestsBy, outside_workdays, owed_for_actual};
use crate::rules::duty::DutyKind;
use crate::rules::terms::{Instant, LotId, OfficerId, RowId};
use crate::store::duty_shifts::DutyShift;
use crate::store::{self, Tx};

/// What a shift earns by its hours.
const BY_HOURS: [CreditOrigin; 3] = [CreditOrigin::HolidayDuty, CreditOrigin::RestDayDuty, CreditOrigin::Overtime];

/// The actual hours of one shift on which officer and leader agree.
#[derive(Debug, Clone)]
pub struct AgreedShift {
    /// Which shift; it earns once by each ground.
    pub shift_id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Kind.
    pub kind: DutyKind,
    /// First instant of duty.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Minutes that count as work, as agreed.
    pub counted_minutes: i64,
    /// First instant of the plan, and the first after it.
    pub planned: (Instant, Instant),
    /// Minutes that counted as work in the plan.
    pub planned_minutes: i64,
    /// The dates of the shift on which the person had a rest day (planned or published, of whatever kind, not cancelled).
    /// A cancelled one has earned its credit by its cancellation.
    pub rest_dates: Vec<NaiveDate>,
    /// The dates of the shift whose rest was taken away and given back: duty on them has been credited already.
    pub cancelled_rest_dates: Vec<NaiveDate>,
}

/// Settles what the hours agreed on of a shift earn, as they and the rest days around them stand now; nothing where
/// nothing is agreed on.
///
/// # Errors
/// As [`actual_agreed`].
pub fn of_shift(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift) -> Result<(), Error> {
    let (Some(starts_at), Some(ends_at), Some(minutes)) =
        (shift.actual_starts_at, shift.actual_ends_at, shift.actual_minutes)
    else {
        return Ok(());
    };
    let (starts_at, ends_at) = (starts_at.and_utc(), ends_at.and_utc());
    let clock = ctx.moment.clock();
    let first = clock.date_of(starts_at);
    let last = clock.date_of(ends_at - chrono::TimeDelta::microseconds(1));
    let live = store::rest_days::of_officer(tx.reading(), shift.officer_id, first, last)?;
    let given = notice::credited_dates(tx.reading(), shift.officer_id, first, last)?;
    let rest_dates: Vec<NaiveDate> = live.iter().map(|day| day.on_date).collect();
    let agreed = AgreedShift {
        shift_id: shift.id,
        officer_id: shift.officer_id,
        kind: shift.kind,
        starts_at,
        ends_at,
        counted_minutes: i64::from(minutes),
        planned: (shift.starts_at.and_utc(), shift.ends_at.and_utc()),
        planned_minutes: i64::from(shift.counted_minutes),
        // A rest day put back in the place of a cancelled one is a rest day.
        cancelled_rest_dates: given.into_iter().filter(|on| !rest_dates.contains(on)).collect(),
        rest_dates,
    };
    actual_agreed(tx, ctx, &agreed).map(drop)
}

/// Takes back what the hours of a shift had earned that was not worked after all, as far as it is free.
///
/// # Errors
/// As [`super::earn`].
pub fn take_back(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift) -> Result<(), Error> {
    for origin in BY_HOURS {
        if !store::comp_lots::earned_by(tx.reading(), origin, shift.id)?.is_empty() {
            follow::cause(tx, ctx, shift.officer_id, (origin, shift.id), None)?;
        }
    }
    Ok(())
}

/// Credits what the agreed actual hours of a shift earn: duty on a statutory holiday, on a rest day, and beyond the
/// plan. Each of the three once for each shift, however often it is agreed; hours agreed on anew add what is missing and
/// take back what is too much and free. Says which lots were earned.
///
/// # Errors
/// [`Code::CalendarNotPublished`] when a year of the shift has no calendar; as [`super::earn`].
pub fn actual_agreed(tx: &mut Tx, ctx: &Ctx, shift: &AgreedShift) -> Result<Vec<LotId>, Error> {
    let officer = store::officers::lock(tx, shift.officer_id)?;
    let on = ctx.moment.clock().date_of(shift.starts_at);
    let units = if ctx.statutes.knows_units() {
        let unit = store::officers::unit_on(tx.reading(), officer.id, on)?;
        store::units::upward(tx.reading(), unit, on)?
    } else {
        Vec::new()
    };
    let calendar = ctx.statutes.calendars.of(&units);
    let rests_by = if officer.shift_worker { RestsBy::Roster } else { RestsBy::Calendar };
    let hours = comp_credit::Actual {
        kind: shift.kind,
        starts_at: shift.starts_at,
        ends_at: shift.ends_at,
        counted_minutes: shift.counted_minutes,
        planned_starts_at: shift.planned.0,
        planned_ends_at: shift.planned.1,
        planned_minutes: shift.planned_minutes,
        zone: ctx.moment.clock().zone(),
        calendar: &calendar,
        rest_dates: &shift.rest_dates,
        credited_dates: &shift.cancelled_rest_dates,
        rests_by,
    };
    let mut earned = owed_for_actual(&hours).map_err(|_| Code::CalendarNotPublished)?;
    if let Some(holiday) = earned.iter_mut().find(|one| one.origin == CreditOrigin::HolidayDuty) {
        // Where a policy says so, the notice of duty on a holiday makes its minutes worth more (RULINGS 33).
        holiday.minutes = 0;
        for (on, minutes, origin) in outside_workdays(&hours).map_err(|_| Code::CalendarNotPublished)? {
            if origin == Some(CreditOrigin::HolidayDuty) && minutes > 0 {
                let of = (officer.id, on);
                holiday.minutes += notice::holiday_worth(tx.reading(), ctx, shift.shift_id, of, minutes)?;
            }
        }
    }
    let mut lots = Vec::new();
    for origin in BY_HOURS {
        let owed = earned.iter().find(|one| one.origin == origin);
        let owed = owed.map(|one| OwedNow { minutes: one.minutes, on: one.earned_on });
        let before = store::comp_lots::earned_by(tx.reading(), origin, shift.shift_id)?;
        if owed.is_none() && before.is_empty() {
            continue;
        }
        // A rest day missed under a derogation was given back whole, by the night and whatever the hours.
        if before.iter().any(|lot| lot.account_id.is_none() && origin == CreditOrigin::RestDayDuty) {
            continue;
        }
        lots.extend(follow::cause(tx, ctx, officer.id, (origin, shift.shift_id), owed)?);
    }
    Ok(lots)
}
