//! Carrying days into the next leave year.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Outcome};
use super::lots::{Draw, Lot, Validity};
use super::policy::{AnnualLeavePolicy, Version};
use super::terms::{HalfDays, LotSource, UnknownWord, vocabulary, year_start};

vocabulary! {
    /// Why days are carried over.
    CarryReason {
        /// 工作需要: the work did not allow it.
        WorkNeed = "work_need",
    }
}

/// A carry-over as hr enters it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarryOver {
    /// Leave year whose days are carried.
    pub from_year: i32,
    /// How many.
    pub days: HalfDays,
    /// Why; without a reason nothing may be carried.
    pub reason: Option<CarryReason>,
}

/// What the rules say of a carry-over.
#[derive(Debug, Clone, PartialEq)]
pub struct CarryVerdict {
    /// Validity of the carried lot.
    pub validity: Validity,
    /// What the rules found.
    pub findings: Vec<Finding>,
}

/// From when to when days of a leave year can be used once they are carried; `None` for years no calendar knows.
#[must_use]
pub fn validity(from_year: i32, policy: &AnnualLeavePolicy) -> Option<Validity> {
    Some(Validity {
        valid_from: year_start(from_year + 1)?,
        expires_on: policy.carry.expires.in_year(from_year + i32::from(policy.carry.years))?,
    })
}

/// ## 年休假结转 — carrying days over
///
/// 职工带薪年休假条例 第五条第二款: leave is normally not carried over; where the work requires it, across one year at most.
/// Days of year Y stay usable to the end of year Y + 1 (`carry`, policy). Only what the year's own lot still holds and
/// no request has drawn can be carried; what was carried once is never carried again.
///
/// *Reading:* police work is among the work that may require it (Order 514 art. 5, not the narrower Order 9 art. 6).
///
/// *Not modelled:* a limit on how many days may be carried.
#[must_use]
pub fn assess(
    carry: &CarryOver,
    lot: &Lot,
    draws: &[Draw],
    version: &Version<AnnualLeavePolicy>,
) -> Option<CarryVerdict> {
    let validity = validity(carry.from_year, &version.values)?;
    let left = match lot.source {
        LotSource::Own if lot.origin_year == carry.from_year => lot.left(draws),
        _ => HalfDays::ZERO,
    };
    let check = |rule: &str, passed: bool| {
        Finding::new(rule, "L4", if passed { Outcome::Pass } else { Outcome::Block })
            .source("职工带薪年休假条例 第五条")
            .policy(&version.label())
    };
    let findings = vec![
        check("leave.carry_reason", carry.reason == Some(CarryReason::WorkNeed))
            .measured("reason", carry.reason.map(CarryReason::as_str))
            .limit("reason", CarryReason::WorkNeed.as_str()),
        check("leave.carry_left", HalfDays::ZERO < carry.days && carry.days <= left)
            .measured("days", carry.days)
            .limit("left_days", left)
            .limit("expires_on", validity.expires_on.to_string()),
    ];
    Some(CarryVerdict { validity, findings })
}

/// Whether a carried lot that ends on a date is still usable on another.
#[must_use]
pub fn usable(validity: Validity, on: NaiveDate) -> bool {
    validity.valid_from <= on && on <= validity.expires_on
}
