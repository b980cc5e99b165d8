//! R8: what the notice of duty on a rest day or holiday gives.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::policy::Reason;
use crate::rules::terms::{UnknownWord, vocabulary};

vocabulary! {
    /// What a rest day that was taken away is credited with.
    Credits {
        /// A whole compensatory day, whatever was worked on it.
        WholeDay = "whole_day",
        /// The minutes worked on it; a whole day where none were.
        HoursWorked = "hours_worked",
        /// The minutes worked on it, and a whole compensatory day besides.
        HoursWorkedAndADay = "hours_worked_and_a_day",
    }
}

/// What a version credits that was published before it could say so.
const fn credits() -> Credits {
    Credits::WholeDay
}

/// What follows where notice was short of some days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeBand {
    /// Fewer clear days than this.
    pub clear_days_below: i64,
    /// Code of the remedy.
    pub remedy: String,
    /// Time or pay for each minute that is credited, in percent.
    pub multiplier_percent: i64,
    /// Minutes credited at least.
    pub minimum_minutes: i64,
    /// What is credited.
    #[serde(default = "credits")]
    pub credits: Credits,
}

/// What follows where notice was long enough.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Code of the remedy.
    pub remedy: String,
    /// Time or pay for each minute that is credited, in percent.
    pub multiplier_percent: i64,
    /// Minutes credited at least.
    pub minimum_minutes: i64,
    /// What is credited.
    #[serde(default = "credits")]
    pub credits: Credits,
}

/// R8: remedies by the clear days of notice, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Of duty on a rest day.
    #[serde(default)]
    pub rest_day: Vec<NoticeBand>,
    /// With more notice than any band.
    pub rest_day_otherwise: Remedy,
    /// Of duty on a public holiday.
    #[serde(default)]
    pub public_holiday: Vec<NoticeBand>,
    /// With more notice than any band.
    pub public_holiday_otherwise: Remedy,
}

impl Notice {
    /// Whether anything that it gives goes by the hours worked.
    #[must_use]
    pub fn credits_hours(&self) -> bool {
        let bands = self.rest_day.iter().chain(&self.public_holiday).map(|band| band.credits);
        let otherwise = [self.rest_day_otherwise.credits, self.public_holiday_otherwise.credits];
        bands.chain(otherwise).any(|credits| credits != Credits::WholeDay)
    }

    /// What is wrong with it.
    pub(super) fn nonsense(&self) -> Option<Reason> {
        let ascends = |bands: &[NoticeBand]| {
            bands.iter().zip(bands.iter().skip(1)).all(|(one, next)| one.clear_days_below < next.clear_days_below)
        };
        if !ascends(&self.rest_day) || !ascends(&self.public_holiday) {
            return Some(Reason::new(
                "notice：各档的 clear_days_below 须递增",
                "notice: bands ascend in clear_days_below",
            ));
        }
        let bands = self.rest_day.iter().chain(&self.public_holiday);
        let remedies = bands.map(|band| (&band.remedy, band.multiplier_percent, band.minimum_minutes));
        let otherwise = [&self.rest_day_otherwise, &self.public_holiday_otherwise];
        let all = remedies.chain(otherwise.map(|one| (&one.remedy, one.multiplier_percent, one.minimum_minutes)));
        for (remedy, percent, minutes) in all {
            if remedy.is_empty() || !(100..=500).contains(&percent) || !(0..=1440).contains(&minutes) {
                return Some(Reason::new(
                    "notice：multiplier_percent 须为 100 至 500，minimum_minutes 须为 0 至 1440",
                    "notice: multiplier_percent is 100 to 500, minimum_minutes 0 to 1440",
                ));
            }
        }
        None
    }
}
