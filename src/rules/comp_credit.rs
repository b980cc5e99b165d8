//! Compensatory rest in minutes: lots earned by rest and hours that were taken away, and how rest draws on them.

mod balance;
mod cover;
mod earned;
mod follows;
mod matching;
mod payable;

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rest::policy::Credit;
use super::terms::{LotId, RequestId, RowId, UnknownWord, vocabulary};

pub use balance::{CreditItem, CreditRecords, credit_item};
pub use cover::covered;
pub use earned::{Actual, Earned, Outside, RestsBy, outside_workdays, owed_for_actual, worked_on};
pub use follows::{EarnedBefore, OwedNow, Step, follow};
pub use matching::{Change, Demand, Matching, Shortage, after, assign, available, grantable, rematch};
pub use payable::{not_earned, not_worked};

vocabulary! {
    /// What a lot of compensatory rest was earned by.
    CreditOrigin {
        /// A rest day that was cancelled.
        CancelledRest = "cancelled_rest",
        /// Duty on a rest day.
        RestDayDuty = "rest_day_duty",
        /// Duty on a statutory holiday.
        HolidayDuty = "holiday_duty",
        /// Hours beyond the plan, or planned as overtime.
        Overtime = "overtime",
        /// A daily rest that was shorter than the minimum.
        ShortDailyRest = "short_daily_rest",
        /// Rest after overnight duty that was not given.
        PostDuty = "post_duty",
        /// A recall from rest.
        Recall = "recall",
        /// Rest missed under a derogation.
        Derogation = "derogation",
        /// Entered by hr: what somebody brings with them, or an adjustment with a reason.
        Adjustment = "adjustment",
    }
}

vocabulary! {
    /// What the officer wants for a lot.
    Compensation {
        /// Rest.
        Time = "time",
        /// Money.
        Pay = "pay",
    }
}

vocabulary! {
    /// Why a rest day was cancelled.
    CancelReason {
        /// An exigency of duty.
        Exigency = "exigency",
        /// Too few people.
        Staffing = "staffing",
        /// A court date.
        Court = "court",
        /// The officer asked for another day; nothing was taken away.
        OfficerRequest = "officer_request",
        /// Anything else; the note says what.
        Other = "other",
    }
}

vocabulary! {
    /// State of a lot on a date.
    CreditState {
        /// Something is left, in time.
        Open = "open",
        /// Nothing is left to ask for: some of it is reserved for later, or waits for a decision.
        Reserved = "reserved",
        /// Everything has been rested.
        Used = "used",
        /// Something is left past its date; it can still be used, and is owed the more.
        Overdue = "overdue",
        /// What is left is to be paid.
        ChosenPay = "chosen_pay",
        /// What was left was paid.
        Paid = "paid",
        /// What was left was taken back, because what it stood for did not happen.
        Voided = "voided",
    }
}

/// What uses minutes of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spender {
    /// A leave request of kind `compensatory`.
    Request(RequestId),
    /// A rest day of kind `comp`: it stays with the lot whose replacement it is.
    RestDay(RowId),
}

/// Whether a use is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Asked for.
    Pending,
    /// Granted.
    Granted,
}

/// One lot as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditLot {
    /// Which one.
    pub id: LotId,
    /// What was earned.
    pub minutes: i64,
    /// What was paid.
    pub paid: i64,
    /// What was taken back, because what it stood for did not happen.
    pub voided: i64,
    /// First date on which it can be used.
    pub earned_on: NaiveDate,
    /// Last date in time.
    pub take_by: NaiveDate,
    /// Last date on which a replacement is offered in time; `None` where nobody was told of anything.
    pub offer_by: Option<NaiveDate>,
    /// What the officer wants for what is not reserved.
    pub compensation: Compensation,
}

/// Minutes that are reserved or taken in one lot on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditDraw {
    /// By what.
    pub spender: Spender,
    /// In which lot.
    pub lot_id: LotId,
    /// On which date.
    pub on: NaiveDate,
    /// How much, above zero.
    pub minutes: i64,
    /// Whether it is decided.
    pub standing: Standing,
}

impl CreditLot {
    /// What is neither drawn, paid nor taken back, whatever it is wanted for; never below zero.
    #[must_use]
    pub fn free(&self, draws: &[CreditDraw]) -> i64 {
        (self.minutes - self.paid - self.voided - self.drawn(draws)).max(0)
    }

    /// What is reserved or taken.
    #[must_use]
    pub fn drawn(&self, draws: &[CreditDraw]) -> i64 {
        draws.iter().filter(|draw| draw.lot_id == self.id).map(|draw| draw.minutes).sum()
    }

    /// What can still be rested.
    #[must_use]
    pub fn available(&self, draws: &[CreditDraw]) -> i64 {
        if self.compensation == Compensation::Pay { 0 } else { self.free(draws) }
    }

    /// What has been rested by a date: granted, and dated on it or before.
    #[must_use]
    pub fn used(&self, draws: &[CreditDraw], on: NaiveDate) -> i64 {
        let is_used =
            |draw: &&CreditDraw| draw.lot_id == self.id && draw.standing == Standing::Granted && draw.on <= on;
        draws.iter().filter(is_used).map(|draw| draw.minutes).sum()
    }

    /// Its state on a date. Rest that is reserved is used from its date on.
    #[must_use]
    pub fn state(&self, draws: &[CreditDraw], on: NaiveDate) -> CreditState {
        if self.free(draws) == 0 {
            return match (self.drawn(draws), self.paid > 0, self.voided > 0) {
                (drawn, ..) if drawn > self.used(draws, on) => CreditState::Reserved,
                (_, true, _) => CreditState::Paid,
                (0, false, true) => CreditState::Voided,
                _ => CreditState::Used,
            };
        }
        match self.compensation {
            Compensation::Pay => CreditState::ChosenPay,
            Compensation::Time if on > self.take_by => CreditState::Overdue,
            Compensation::Time => CreditState::Open,
        }
    }

    /// Whether the date by which a replacement was to be offered is over, and none was named: nothing of it is
    /// reserved, and it is still to be rested.
    #[must_use]
    pub fn lacks_offer(&self, draws: &[CreditDraw], on: NaiveDate) -> bool {
        self.offer_by.is_some_and(|by| on > by) && self.available(draws) > 0 && self.drawn(draws) == 0
    }
}

/// How grave a balance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// Below the first limit.
    Green,
    /// At the first limit or above.
    Amber,
    /// At the second limit or above.
    Red,
}

impl Light {
    /// How grave so many minutes are by the limits of the policy (R7).
    #[must_use]
    pub const fn of(credit: &Credit, minutes: i64) -> Self {
        if minutes >= credit.red_days * credit.minutes_per_day {
            Self::Red
        } else if minutes >= credit.amber_days * credit.minutes_per_day {
            Self::Amber
        } else {
            Self::Green
        }
    }
}

/// What is owed as rest on a date: earned by then and neither reserved, taken, paid nor wanted as pay, past its date or
/// not.
#[must_use]
pub fn owed_minutes(lots: &[CreditLot], draws: &[CreditDraw], on: NaiveDate) -> i64 {
    lots.iter().filter(|lot| lot.earned_on <= on).map(|lot| lot.available(draws)).sum()
}

/// What part of the credit that was due in a period was rested in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redeemed {
    /// Minutes used by their date.
    pub numerator: i64,
    /// Minutes whose date lies in the period, less those paid at the officer's choice.
    pub denominator: i64,
}

impl Redeemed {
    /// Percent with one decimal, half up; `None` where nothing was due (0.8: never 0 or 100 then).
    #[must_use]
    pub fn percent(&self) -> Option<String> {
        let tenths = (self.numerator * 2000 + self.denominator).checked_div(self.denominator * 2)?;
        Some(format!("{}.{}", tenths / 10, tenths % 10))
    }
}

/// ## 补休按期兑现率 — credit rested in time (A2)
///
/// Welfare sheet A2: minutes used by `take_by` ÷ minutes with `take_by` in the period, less what was paid at the
/// officer's choice. What was used later counts for nothing here, and is not lost.
///
/// *Reading:* only granted rest that is over by the date counts, and nothing dated after the day of reckoning. What
/// was taken back is no credit.
#[must_use]
pub fn redeemed_in_time(
    lots: &[CreditLot],
    draws: &[CreditDraw],
    (from, to): (NaiveDate, NaiveDate),
    as_of: NaiveDate,
) -> Redeemed {
    let due = lots.iter().filter(|lot| from <= lot.take_by && lot.take_by <= to);
    due.fold(Redeemed::default(), |sum, lot| {
        let in_time = |draw: &&CreditDraw| {
            draw.lot_id == lot.id && draw.standing == Standing::Granted && draw.on <= lot.take_by.min(as_of)
        };
        let used: i64 = draws.iter().filter(in_time).map(|draw| draw.minutes).sum();
        Redeemed { numerator: sum.numerator + used, denominator: sum.denominator + lot.minutes - lot.paid - lot.voided }
    })
}

#[cfg(test)]
mod tests;
