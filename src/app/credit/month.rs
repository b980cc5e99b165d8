//! The account of a month's overtime allowance: the credit that was earned in it, by which it is told, chosen and paid.

use chrono::{Months, NaiveDate};

use super::account::Account;
use super::terms;
use super::worked_rest::{near, on_date};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::rules::calendar::DayClass;
use crate::rules::comp_credit::{CreditLot, CreditOrigin, not_earned, not_worked};
use crate::rules::finding::Finding;
use crate::rules::overtime::{DayOffWorked, Money, MonthCredit, MonthTerms, OvertimePolicy, nobody_pays, unpaid};
use crate::rules::policy::{Place, Version};
use crate::rules::terms::{Category, Instant, LotId, OfficerId, UnitId};
use crate::store::comp_lots::CompLot;
use crate::store::comp_payments::CompPayment;
use crate::store::dated::Period;
use crate::store::duty_shifts::Worked;
use crate::store::{self, Conn};

/// Whether a lot is paid.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// What is free of it is.
    Payable,
    /// Not before its work is done; it can be wished for.
    NotYet(Finding),
    /// It is given back as rest.
    Never(Finding),
}

/// A lot in the account of its month.
#[derive(Debug, Clone, PartialEq)]
pub struct LotOfMonth {
    /// Which one.
    pub id: LotId,
    /// When it was earned.
    pub earned_on: NaiveDate,
    /// What is neither rested nor paid nor taken back.
    pub free: i64,
    /// As the month counts it.
    pub credit: MonthCredit,
    /// Whether it is paid.
    pub standing: Standing,
}

/// The account of a month.
#[derive(Debug, Clone)]
pub struct MonthAccount<'a> {
    /// By what it is judged.
    pub terms: MonthTerms<'a>,
    /// The lots that were earned in it, the earliest first.
    pub lots: Vec<LotOfMonth>,
}

impl MonthAccount<'_> {
    /// The credits, in the order of the lots.
    #[must_use]
    pub fn credits(&self) -> Vec<MonthCredit> {
        self.lots.iter().map(|lot| lot.credit).collect()
    }
}

/// The month that pays a lot: its first date.
#[must_use]
pub fn month_of(lot: &CompLot) -> NaiveDate {
    use chrono::Datelike;
    lot.earned_on.with_day(1).unwrap_or(lot.earned_on)
}

/// The last date of a month, by its first.
#[must_use]
pub fn last_of(month_on: NaiveDate) -> Option<NaiveDate> {
    month_on.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt())
}

/// What is said where no policy pays an officer anything for a date.
///
/// # Errors
/// When the database does not answer.
pub fn refusal(connection: &mut Conn, officer: OfficerId, on: NaiveDate) -> Result<Finding, Error> {
    let known = store::officers::categories_on(connection, &[officer], on)?;
    Ok(nobody_pays(known.first().map(|(_, category)| *category), on))
}

/// What is known of a month before its lots are looked at.
struct Records<'a> {
    version: &'a Version<OvertimePolicy>,
    units: Vec<UnitId>,
    categories: Vec<Period<Category>>,
    payments: Vec<CompPayment>,
    shifts: Vec<Worked>,
}

/// The account of a month; `None` where no policy pays the officer an allowance in it.
///
/// # Errors
/// As [`terms`].
pub fn account_of<'a>(
    connection: &mut Conn,
    ctx: &'a Ctx,
    officer: OfficerId,
    account: &Account,
    month_on: NaiveDate,
) -> Result<Option<MonthAccount<'a>>, Error> {
    let last = last_of(month_on).unwrap_or(month_on);
    let mut rows: Vec<(&CompLot, CreditLot)> = account.rows.iter().zip(account.lots()).collect();
    rows.retain(|(row, _)| month_of(row) == month_on);
    rows.sort_by_key(|(row, _)| (row.earned_on, row.id));
    let categories = store::officers::categories(connection, officer)?;
    let days = std::iter::once(last).chain(rows.iter().rev().map(|(row, _)| row.earned_on));
    let Some(judged) = judged(connection, ctx, officer, &categories, days)? else { return Ok(None) };
    let Judged { version, on, unit_id, units } = judged;
    let unit = store::units::find(connection, unit_id)?.ok_or(Code::NotFound)?;
    let terms = MonthTerms {
        version,
        department: version.values.department(unit.kind),
        minutes_per_day: terms(connection, ctx, officer, on)?.values.credit.minutes_per_day,
    };
    if rows.is_empty() {
        return Ok(Some(MonthAccount { terms, lots: Vec::new() }));
    }
    let records = Records {
        version,
        units,
        categories,
        payments: store::comp_payments::of_month(connection, officer, month_on)?,
        shifts: near(connection, ctx, officer, (month_on, last))?,
    };
    let standings = Account::standings(connection, ctx, [account])?;
    let draws = account.draws(&standings, None);
    let lots = rows.into_iter().map(|(row, lot)| {
        let (free, rested_minutes) = (lot.free(&draws), lot.drawn(&draws));
        let standing = records.standing(ctx, row);
        let payments = records.payments.iter().filter(|one| one.lot_id == row.id);
        let (paid_minutes, paid) = payments.fold((0, 0), |(minutes, amount), one| {
            (minutes + i64::from(one.minutes), amount + one.amount.unwrap_or_default())
        });
        let is_payable = standing == Standing::Payable;
        // What is not paid is not in the account but for what was paid of it.
        let credit = MonthCredit {
            class: records.class(ctx, row.earned_on),
            minutes: if is_payable { lot.minutes - lot.voided } else { paid_minutes },
            rested_minutes: if is_payable { rested_minutes } else { 0 },
            paid_minutes,
            paid: Money(paid),
            open_minutes: if is_payable { free } else { 0 },
            wanted: account.wish(row.id),
        };
        LotOfMonth { id: row.id, earned_on: row.earned_on, free, credit, standing }
    });
    Ok(Some(MonthAccount { terms, lots: lots.collect() }))
}

/// By what a month is judged: on which date, and where.
struct Judged<'a> {
    version: &'a Version<OvertimePolicy>,
    on: NaiveDate,
    unit_id: UnitId,
    units: Vec<UnitId>,
}

/// The first of some dates on which a policy pays the officer an allowance.
fn judged<'a>(
    connection: &mut Conn,
    ctx: &'a Ctx,
    officer: OfficerId,
    categories: &[Period<Category>],
    days: impl Iterator<Item = NaiveDate>,
) -> Result<Option<Judged<'a>>, Error> {
    let posts = store::officers::units(connection, officer)?;
    let mut before = None;
    for on in days.filter(|on| before.replace(*on) != Some(*on)) {
        let (Some(category), Some(unit_id)) = (holds(categories, on), holds(&posts, on)) else { continue };
        let units =
            if ctx.statutes.knows_units() { store::units::upward(connection, unit_id, on)? } else { Vec::new() };
        if let Some(version) = ctx.statutes.policies.overtime(Place { category, units: &units }, on) {
            return Ok(Some(Judged { version, on, unit_id, units }));
        }
    }
    Ok(None)
}

/// What holds on a date.
fn holds<V: Copy>(periods: &[Period<V>], on: NaiveDate) -> Option<V> {
    periods.iter().find(|period| period.effective_on <= on && on < period.until_on).map(|period| period.value)
}

impl Records<'_> {
    /// What a date is; in a year without a calendar a day off is a rest day.
    fn class(&self, ctx: &Ctx, on: NaiveDate) -> DayOffWorked {
        match ctx.statutes.calendars.of(&self.units).class_of(on) {
            Ok(DayClass::StatutoryHoliday) => DayOffWorked::StatutoryHoliday,
            _ => DayOffWorked::RestDay,
        }
    }

    fn standing(&self, ctx: &Ctx, row: &CompLot) -> Standing {
        let on = row.earned_on;
        let category = holds(&self.categories, on);
        let place = category.map(|category| Place { category, units: &self.units });
        if place.and_then(|place| ctx.statutes.policies.overtime(place, on)).is_none() {
            return Standing::Never(nobody_pays(category, on));
        }
        if let Some(finding) = unpaid(row.origin, self.version) {
            return Standing::Never(finding);
        }
        let duty_ends_at = self.duty_ends_at(ctx, row);
        let date_ends_at = ctx.moment.clock().end_of(on);
        let from = duty_ends_at.map_or(date_ends_at, |ends_at| ends_at.max(date_ends_at));
        if let Some(finding) = not_earned(on, from, ctx.moment.now()) {
            return Standing::NotYet(finding);
        }
        if row.origin == CreditOrigin::CancelledRest && duty_ends_at.is_none() {
            return Standing::Never(not_worked(on));
        }
        Standing::Payable
    }

    /// When the duty is over that a lot stands for.
    fn duty_ends_at(&self, ctx: &Ctx, row: &CompLot) -> Option<Instant> {
        match row.origin {
            CreditOrigin::Adjustment => None,
            CreditOrigin::CancelledRest => on_date(ctx, &self.shifts, row.earned_on).map(|shift| shift.ends_at).max(),
            _ => self.shifts.iter().find(|shift| shift.id == row.origin_id).map(|shift| shift.fact().ends_at),
        }
    }
}
