//! R8: notice of duty on a rest day or a public holiday.

use chrono::NaiveDate;

use super::credit::Deadlines;
use super::policy::{Credits, NoticeBand, Remedy, RestPolicy};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::rules::terms::{UnknownWord, vocabulary};

vocabulary! {
    /// What somebody is told to work on.
    DayOff {
        /// A rest day.
        RestDay = "rest_day",
        /// A public holiday.
        PublicHoliday = "public_holiday",
    }
}

/// What notice gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Days between the day told and the day worked, neither counted.
    pub clear_days: i64,
    /// Code of the remedy.
    pub remedy: String,
    /// Time or pay for each minute, in percent.
    pub multiplier_percent: i64,
    /// Minutes credited at least.
    pub minimum_minutes: i64,
    /// What is credited.
    pub credits: Credits,
    /// How it came about: a warning where the notice was short.
    pub finding: Finding,
}

impl Told {
    /// What a rest day that was taken away is credited with, in minutes: the minutes worked on it where the policy says so
    /// and there is duty on it, else a whole compensatory day; rounded half up.
    #[must_use]
    pub fn credited_minutes(&self, worked_minutes: Option<i64>, minutes_per_day: i64) -> i64 {
        let worth = |minutes: i64| ((minutes * self.multiplier_percent + 50) / 100).max(self.minimum_minutes);
        match (self.credits, worked_minutes) {
            (Credits::WholeDay, _) | (_, None) => worth(minutes_per_day),
            (Credits::HoursWorked, Some(worked)) => worth(worked),
            (Credits::HoursWorkedAndADay, Some(worked)) => worth(worked) + minutes_per_day,
        }
    }

    /// The finding, with what was credited by it.
    #[must_use]
    pub fn credited(&self, minutes: i64) -> Finding {
        self.finding.clone().measured("credited_minutes", minutes)
    }
}

/// ## 取消休息的通知期 — notice of duty on a rest day or holiday
///
/// 公安机关组织管理条例 第三十八条（国家规定无通知期加成）; Police Regulations 2003, 26 Annex H 的“clear days”计法: what a
/// cancelled rest day gives goes by the clear days of notice. The day told and the day worked are both left out
/// (RULINGS 33). China knows no premium: the multiplier is 100 percent, at least four hours are credited, and fewer than
/// fifteen clear days are told as short notice.
///
/// *Reading:* told on the day itself, or later, there are no clear days; they are never below zero. Nobody was told of the
/// end of a rest day before the rest day was made known; only where hr enters one when its date is over does the notice lie
/// before the entry: then the days are those that the planner says, and the entry is marked. A cancelled rest day is a whole
/// compensatory day. Where a policy credits the hours worked (England and Wales), what is credited is what was worked on
/// the date times the multiplier, and at least the minimum; without duty on the date it is the whole day. Told again, it is
/// credited once for a date. Duty on a public holiday that was nobody's rest day is worth its hours by the same bands, told
/// by the first roster that was published with it; where whole days are given for notice, holiday hours count as they are.
///
/// *Not modelled:* inspecting ranks, for whom any work breaks the rest day; hours worked on a compensatory day that was
/// taken away, whose minutes return.
#[must_use]
pub fn notice(version: &Version<RestPolicy>, what: DayOff, notified_on: NaiveDate, worked_on: NaiveDate) -> Told {
    let policy = &version.values.notice;
    let (bands, otherwise) = match what {
        DayOff::RestDay => (&policy.rest_day, &policy.rest_day_otherwise),
        DayOff::PublicHoliday => (&policy.public_holiday, &policy.public_holiday_otherwise),
    };
    let clear_days = clear_days(notified_on, worked_on);
    let band = bands.iter().find(|band| clear_days < band.clear_days_below);
    let Remedy { remedy, multiplier_percent, minimum_minutes, credits } =
        band.map_or_else(|| otherwise.clone(), remedy_of);
    let outcome = if band.is_some() { Outcome::Warn } else { Outcome::Pass };
    let mut finding = Finding::new("rest.notice", "R8", outcome)
        .source(&version.source)
        .policy(&version.label())
        .measured("clear_days", clear_days)
        .measured("remedy", remedy.as_str())
        .measured("multiplier_percent", multiplier_percent);
    if let Some(band) = band {
        finding = finding.limit("clear_days_below", band.clear_days_below);
    }
    let finding = finding.limit("minimum_minutes", minimum_minutes);
    Told { clear_days, remedy, multiplier_percent, minimum_minutes, credits, finding }
}

/// ## 应本人要求调休 — a rest day that its officer asked to move
///
/// 公安机关组织管理条例 第三十八条: nothing was worked and nothing taken away, so nothing is credited; another day is owed in its
/// place, named and rested within the time of a day that was taken away (R7).
///
/// *Reading:* the officer has chosen; what is waited for is the date, and the unit names it: the clock runs.
#[must_use]
pub fn moved(version: &Version<RestPolicy>, clear_days: i64, by: Deadlines) -> Finding {
    Finding::new("rest.moved", "", Outcome::Pass)
        .source("公安机关组织管理条例 第三十八条")
        .policy(&version.label())
        .measured("clear_days", clear_days)
        .measured("credited_minutes", 0)
        .limit("offer_by", by.offer_by.to_string())
        .limit("take_by", by.take_by.to_string())
}

fn remedy_of(band: &NoticeBand) -> Remedy {
    Remedy {
        remedy: band.remedy.clone(),
        multiplier_percent: band.multiplier_percent,
        minimum_minutes: band.minimum_minutes,
        credits: band.credits,
    }
}

/// Days between two dates, neither counted; never below zero.
#[must_use]
pub fn clear_days(notified_on: NaiveDate, worked_on: NaiveDate) -> i64 {
    ((worked_on - notified_on).num_days() - 1).max(0)
}
