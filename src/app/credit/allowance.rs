//! The overtime allowance of a month: days worked on rest days and holidays that could not be given back.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};

use super::account::Account;
use super::{READERS, notice};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::calendar::DayClass;
use crate::rules::comp_credit::{Actual, Compensation, CreditDraw, CreditLot, CreditOrigin, RestsBy, outside_workdays};
use crate::rules::overtime::{Allowance, Department, Worked, allowance};
use crate::rules::policy::Place;
use crate::rules::terms::{LotId, OfficerId, RowId};
use crate::store::duty_shifts::Worked as WorkedShift;
use crate::store::{self, Conn};

/// One day that was worked outside the statutory workdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayWorked {
    /// The date.
    pub on: NaiveDate,
    /// What it is.
    pub is: DayOffWorked,
    /// Whether all of its credit is given back as rest.
    pub compensated: bool,
    /// Whether the officer wants money for it.
    pub wanted_as_pay: bool,
}

/// Class of a day that was worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayOffWorked {
    /// A rest day.
    RestDay,
    /// A statutory holiday.
    StatutoryHoliday,
}

/// The allowance of a month.
#[derive(Debug, Clone)]
pub struct Month {
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
    /// The days, in order.
    pub days: Vec<DayWorked>,
    /// Their number by class.
    pub worked: Worked,
    /// Department of the unit at the end of the month.
    pub department: Department,
    /// Days that are paid at the most.
    pub cap_days: i64,
    /// ISO 4217.
    pub currency: String,
    /// What would be paid for everything that is not given back.
    pub allowance: Allowance,
    /// What is paid for the days for which the officer wants money.
    pub chosen: Allowance,
}

/// The overtime allowance of an officer for a month, by the hours on which officer and leader agree.
///
/// # Errors
/// [`Code::NotFound`] when the officer is not the caller's to see; [`Code::NoPolicy`] where nobody is paid one;
/// [`Code::CalendarNotPublished`]; a refused month.
pub fn of_month(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, from: NaiveDate) -> Result<Month, Error> {
    let seen = reach::see_officer(connection, ctx, officer, READERS)?;
    let to = from.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt());
    let to = to.filter(|to| (2000..=2199).contains(&to.year()));
    let to = to.ok_or_else(|| FieldError::new("?month", Code::InvalidParameter))?;
    let known = store::officers::categories_on(connection, &[officer], to)?;
    let category = known.first().map(|(_, category)| *category).ok_or(Code::NoPolicy)?;
    let unit_id = store::officers::unit_on(connection, officer, to)?;
    let units = if ctx.statutes.knows_units() { store::units::upward(connection, unit_id, to)? } else { Vec::new() };
    let version = ctx.statutes.policies.overtime(Place { category, units: &units }, to).ok_or(Code::NoPolicy)?;
    let unit = store::units::find(connection, unit_id)?.ok_or(Code::NotFound)?;
    let department = version.values.department(unit.kind);
    let calendar = ctx.statutes.calendars.of(&units);
    let rests_by = if seen.officer.shift_worker { RestsBy::Roster } else { RestsBy::Calendar };
    let books = Books::of(connection, ctx, officer, from, to)?;
    let mut days: BTreeMap<NaiveDate, DayWorked> = BTreeMap::new();
    for shift in books.shifts.iter().filter(|shift| shift.actual_starts_at.is_some()) {
        let fact = shift.fact();
        let outside = outside_workdays(&Actual {
            kind: fact.kind,
            starts_at: fact.starts_at,
            ends_at: fact.ends_at,
            counted_minutes: fact.counted_minutes,
            planned_starts_at: shift.starts_at.and_utc(),
            planned_ends_at: shift.ends_at.and_utc(),
            planned_minutes: i64::from(shift.counted_minutes),
            zone: ctx.moment.clock().zone(),
            calendar: &calendar,
            rest_dates: &books.rest_dates,
            credited_dates: &books.given_dates,
            rests_by,
        })
        .map_err(|_| Code::CalendarNotPublished)?;
        for (on, minutes, origin) in outside {
            let Some(origin) = origin.filter(|_| minutes > 0 && fact.kind.is_duty() && from <= on && on <= to) else {
                continue;
            };
            let is_statutory =
                calendar.class_of(on).map_err(|_| Code::CalendarNotPublished)? == DayClass::StatutoryHoliday;
            let is = if is_statutory { DayOffWorked::StatutoryHoliday } else { DayOffWorked::RestDay };
            let (compensated, wanted_as_pay) = books.became_of(origin, shift.id, on);
            // A date with two duties is given back when both are, and paid when one of them is wanted as pay.
            let day = days.entry(on).or_insert(DayWorked { on, is, compensated: true, wanted_as_pay: false });
            day.compensated &= compensated;
            day.wanted_as_pay |= wanted_as_pay;
        }
    }
    let days: Vec<DayWorked> = days.into_values().collect();
    let worked = counted(&days, |_| true);
    Ok(Month {
        from,
        to,
        worked,
        department,
        cap_days: version.values.cap(department),
        currency: version.values.currency.clone(),
        allowance: allowance(&worked, department, version),
        chosen: allowance(&counted(&days, |day| day.wanted_as_pay), department, version),
        days,
    })
}

fn counted(days: &[DayWorked], of: impl Fn(&DayWorked) -> bool) -> Worked {
    let number = |is: DayOffWorked, compensated: bool| {
        let those = days.iter().filter(|day| day.is == is && of(day) && (day.compensated || !compensated));
        i64::try_from(those.count()).unwrap_or(i64::MAX)
    };
    Worked {
        rest_days: number(DayOffWorked::RestDay, false),
        rest_days_compensated: number(DayOffWorked::RestDay, true),
        statutory_days: number(DayOffWorked::StatutoryHoliday, false),
        statutory_days_compensated: number(DayOffWorked::StatutoryHoliday, true),
    }
}

/// The records of a month.
struct Books {
    shifts: Vec<WorkedShift>,
    rest_dates: Vec<NaiveDate>,
    /// Dates whose rest was taken away and given back.
    given_dates: Vec<NaiveDate>,
    /// Cancelled rest days with the lot that they earned.
    cancelled: Vec<(NaiveDate, LotId)>,
    account: Account,
    lots: Vec<CreditLot>,
    draws: Vec<CreditDraw>,
}

impl Books {
    fn of(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, from: NaiveDate, to: NaiveDate) -> Result<Self, Error> {
        let clock = ctx.moment.clock();
        let (starts_at, ends_at) = (clock.start_of(from).naive_utc(), clock.end_of(to).naive_utc());
        let account = Account::load(connection, ctx, officer)?;
        let standings = Account::standings(connection, ctx, [&account])?;
        let live = store::rest_days::of_officer(connection, officer, from, to)?;
        let cancelled = store::rest_cancellations::of_many(connection, &[officer])?;
        let cancelled = cancelled.into_iter().filter(|one| from <= one.on_date && one.on_date <= to);
        let rest_dates: Vec<NaiveDate> = live.iter().map(|day| day.on_date).collect();
        let mut given_dates = notice::credited_dates(connection, officer, from, to)?;
        given_dates.retain(|on| !rest_dates.contains(on));
        Ok(Self {
            shifts: store::duty_shifts::of_officer(connection, officer, starts_at, ends_at)?,
            rest_dates,
            given_dates,
            cancelled: cancelled.filter_map(|one| Some((one.on_date, one.lot_id?))).collect(),
            lots: account.lots(),
            draws: account.draws(&standings, None),
            account,
        })
    }

    /// Whether the credit of a day was all given back as rest, and whether money is wanted for it.
    fn became_of(&self, origin: CreditOrigin, shift: RowId, on: NaiveDate) -> (bool, bool) {
        let ids: Vec<LotId> = match origin {
            CreditOrigin::CancelledRest => {
                self.cancelled.iter().filter(|(date, _)| *date == on).map(|(_, lot)| *lot).collect()
            }
            _ => {
                let earned = self.account.rows.iter().filter(|row| row.origin == origin && row.origin_id == shift);
                earned.map(|row| row.id).collect()
            }
        };
        // What was taken back is no credit; of a shift that was moved, the lots of several dates are one.
        let lots: Vec<&CreditLot> =
            self.lots.iter().filter(|lot| ids.contains(&lot.id) && lot.minutes > lot.voided).collect();
        let rested: i64 = lots.iter().map(|lot| lot.drawn(&self.draws)).sum();
        let owed: i64 = lots.iter().map(|lot| lot.minutes - lot.voided).sum();
        (owed > 0 && rested >= owed, lots.iter().any(|lot| lot.compensation == Compensation::Pay))
    }
}
