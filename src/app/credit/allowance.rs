//! The overtime allowance of a month: its credit that could not be given back as rest, as it was paid and is to be paid.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::READERS;
use super::account::Account;
use super::month::{MonthAccount, Standing, account_of, last_of};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::comp_credit::Compensation;
use crate::rules::finding::Finding;
use crate::rules::overtime::{Allowance, CompDays, Department, MonthTerms, Of, allowance};
use crate::rules::terms::OfficerId;
use crate::store::Conn;

pub use crate::rules::overtime::{DayOffWorked, Money};

/// One date on which credit was earned that is paid.
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
    /// What was earned, less what was taken back.
    pub minutes: i64,
    /// Of it, what was or is to be given back as rest.
    pub rested_minutes: i64,
    /// Of it, what was paid.
    pub paid_minutes: i64,
    /// Of it, what is wanted as pay and not paid yet.
    pub wanted_minutes: i64,
    /// Of that, what the month pays.
    pub to_pay_minutes: i64,
}

/// What was earned in a month, in compensatory days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worked {
    /// On rest days.
    pub rest_days: CompDays,
    /// Of it, given back as rest.
    pub rest_days_compensated: CompDays,
    /// On statutory holidays.
    pub statutory_days: CompDays,
    /// Of it, given back as rest.
    pub statutory_days_compensated: CompDays,
}

/// What a month pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Minutes paid and to be paid.
    pub paid_minutes: i64,
    /// The same in days.
    pub paid_days: CompDays,
    /// Minutes over the cap.
    pub over_cap_minutes: i64,
    /// The same in days.
    pub over_cap_days: CompDays,
    /// Amount.
    pub amount: Money,
}

impl Amount {
    fn of(told: &Allowance, terms: &MonthTerms<'_>) -> Self {
        Self {
            paid_minutes: told.paid_minutes,
            paid_days: terms.days(told.paid_minutes),
            over_cap_minutes: told.over_cap_minutes,
            over_cap_days: terms.days(told.over_cap_minutes),
            amount: told.amount,
        }
    }
}

/// The allowance of a month.
#[derive(Debug, Clone)]
pub struct Month {
    /// First date.
    pub from: NaiveDate,
    /// The dates, in order.
    pub days: Vec<DayWorked>,
    /// What was earned on them.
    pub worked: Worked,
    /// Department of the unit at the end of the month.
    pub department: Department,
    /// Days that are paid at the most.
    pub cap_days: i64,
    /// The same in minutes.
    pub cap_minutes: i64,
    /// Minutes of one compensatory day.
    pub minutes_per_day: i64,
    /// ISO 4217.
    pub currency: String,
    /// What was paid, and would be for everything else that is not given back.
    pub all: Amount,
    /// What was paid, and is to be for what the officer wants money for.
    pub chosen: Amount,
    /// How it came about, and why what is wanted as pay is not paid.
    pub findings: Vec<Finding>,
}

/// The overtime allowance of an officer for a month: the account that credit is paid from.
///
/// # Errors
/// [`Code::NotFound`] when the officer is not the caller's to see; [`Code::NoPolicy`] where nobody is paid one; a refused
/// month.
pub fn of_month(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, from: NaiveDate) -> Result<Month, Error> {
    reach::see_officer(connection, ctx, officer, READERS)?;
    if !last_of(from).is_some_and(|to| (2000..=2199).contains(&to.year())) {
        return Err(FieldError::new("?month", Code::InvalidParameter).into());
    }
    let account = Account::load(connection, ctx, officer)?;
    let month = account_of(connection, ctx, officer, &account, from)?.ok_or(Code::NoPolicy)?;
    let credits = month.credits();
    let terms = &month.terms;
    let [all, chosen] = [Of::All, Of::Wanted].map(|of| allowance(&credits, of, terms));
    let wished = month.lots.iter().filter(|lot| lot.free > 0 && account.choice(lot.id) == Compensation::Pay);
    let unpaid = wished.filter_map(|lot| match &lot.standing {
        Standing::Payable => None,
        Standing::NotYet(finding) | Standing::Never(finding) => Some(finding.clone()),
    });
    Ok(Month {
        from,
        days: days(&month, &chosen.shares),
        worked: worked(&month),
        department: terms.department,
        cap_days: terms.cap_days(),
        cap_minutes: terms.cap_minutes(),
        minutes_per_day: terms.minutes_per_day,
        currency: terms.version.values.currency.clone(),
        all: Amount::of(&all, terms),
        chosen: Amount::of(&chosen, terms),
        findings: std::iter::once(all.finding.clone()).chain(unpaid).collect(),
    })
}

/// The dates of the lots that are in the account; `shares` is what is paid of each lot.
fn days(month: &MonthAccount<'_>, shares: &[i64]) -> Vec<DayWorked> {
    let mut days: BTreeMap<NaiveDate, DayWorked> = BTreeMap::new();
    for (lot, share) in month.lots.iter().zip(shares).filter(|(lot, _)| lot.credit.minutes > 0) {
        let (on, credit) = (lot.earned_on, &lot.credit);
        let day = days.entry(on).or_insert(DayWorked {
            on,
            is: credit.class,
            compensated: false,
            wanted_as_pay: false,
            minutes: 0,
            rested_minutes: 0,
            paid_minutes: 0,
            wanted_minutes: 0,
            to_pay_minutes: 0,
        });
        day.minutes += credit.minutes;
        day.rested_minutes += credit.rested_minutes;
        day.paid_minutes += credit.paid_minutes;
        day.to_pay_minutes += share - credit.paid_minutes;
        // A date with two duties is given back when both are, and wanted as pay when one of them is.
        day.compensated = day.rested_minutes >= day.minutes;
        if credit.wanted.is_some() {
            day.wanted_as_pay = true;
            day.wanted_minutes += credit.open_minutes;
        }
    }
    days.into_values().collect()
}

fn worked(month: &MonthAccount<'_>) -> Worked {
    let sum = |class: DayOffWorked, of: fn(&super::month::LotOfMonth) -> i64| {
        month.terms.days(month.lots.iter().filter(|lot| lot.credit.class == class).map(of).sum())
    };
    Worked {
        rest_days: sum(DayOffWorked::RestDay, |lot| lot.credit.minutes),
        rest_days_compensated: sum(DayOffWorked::RestDay, |lot| lot.credit.rested_minutes),
        statutory_days: sum(DayOffWorked::StatutoryHoliday, |lot| lot.credit.minutes),
        statutory_days_compensated: sum(DayOffWorked::StatutoryHoliday, |lot| lot.credit.rested_minutes),
    }
}
