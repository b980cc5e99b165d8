//! What a policy says: the values of one version, read strictly.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::rules::day_count::CountIn;
use crate::rules::terms::{HalfDays, LeaveKind, UnknownWord, vocabulary};

vocabulary! {
    /// The body of law that an annual-leave version follows (RULINGS 9).
    Regime {
        /// 机关事业单位工作人员带薪年休假实施办法 (Ministry of Personnel Order 9): police and staff.
        OrderNine = "order_9",
        /// 企业职工带薪年休假实施办法: contract staff.
        Enterprise = "enterprise",
    }
}

vocabulary! {
    /// From when a tier applies once its years are full.
    TierEffective {
        /// From the first day of the following month (Order 9 art. 2).
        NextMonth = "next_month",
        /// On the day itself.
        SameDay = "same_day",
    }
}

vocabulary! {
    /// On which day a year of service is full (leave-rules §2, point 1).
    AnniversaryBasis {
        /// On the same day of the month; 29 February clamps to the 28th.
        SameDay = "same_day",
        /// On the day before: the first day counts as served.
        PriorDay = "prior_day",
    }
}

vocabulary! {
    /// What the year of joining, or of becoming eligible, gives.
    JoinProration {
        /// The whole tier (Order 9 has no proration).
        None = "none",
        /// Remaining calendar days ÷ 365 × quota, cut to whole days (enterprise measures art. 5).
        Calendar365Floor = "calendar_365_floor",
    }
}

vocabulary! {
    /// What the year of leaving gives.
    LeaveProration {
        /// The whole tier: nothing is said of a share (Order 9).
        None = "none",
        /// Elapsed calendar days ÷ 365 × quota, cut to whole days, less what was arranged (enterprise measures art. 12).
        Calendar365Floor = "calendar_365_floor",
    }
}

vocabulary! {
    /// What a month of sick leave is (leave-rules §1; the law does not say).
    SickMonthUnit {
        /// Thirty calendar days.
        Calendar30 = "calendar_30",
        /// A whole month by the calendar, within one spell.
        ContiguousCalendar = "contiguous_calendar",
        /// 21.75 working days.
        Working2175 = "working_21_75",
    }
}

vocabulary! {
    /// Evidence that a kind of leave needs.
    Evidence {
        /// None.
        None = "none",
        /// 医院证明: a certificate of a hospital.
        MedicalCertificate = "medical_certificate",
    }
}

/// From so many years of service on, so many months of sick leave end the right of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SickLimit {
    /// Full years of service, as in the tiers.
    pub years_min: u32,
    /// Months of sick leave in the leave year.
    pub months: u32,
}

/// What ends the right to a year's leave (Order 514 art. 4).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disqualify {
    /// Working days of personal leave with pay kept from which the year is lost.
    pub personal_days_min: HalfDays,
    /// What a month of sick leave is.
    pub sick_month_unit: SickMonthUnit,
    /// Limits of sick leave, ascending in years.
    pub sick: Vec<SickLimit>,
}

/// A kind of leave that is only recorded: no lots, no balance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainLeave {
    /// What a day of leave is.
    pub count_in: CountIn,
    /// Group of kinds.
    pub group: String,
    /// Evidence needed.
    pub evidence: Evidence,
    /// How a record counts on which the personnel office has not said whether pay was kept; personal leave only.
    #[serde(default)]
    pub pay_kept_default: Option<bool>,
}

/// One tier of annual leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Full years of service from which the tier applies.
    pub years_min: u32,
    /// Working days a year.
    pub days: u16,
}

/// A day of the year, `MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// The day in a year; 29 February clamps to the 28th. `None` only for years that no calendar knows.
    #[must_use]
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day).or_else(|| NaiveDate::from_ymd_opt(year, self.month, 28))
    }
}

impl TryFrom<String> for MonthDay {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let read = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
        match read {
            Some((month, day)) if NaiveDate::from_ymd_opt(2024, month, day).is_some() => Ok(Self { month, day }),
            _ => Err(format!("`{text}` is not a day of the year (MM-DD)")),
        }
    }
}

/// How long carried days stay valid (Order 514 art. 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// How many leave years days may be carried across.
    pub years: u8,
    /// Last day of validity in the last of these years.
    pub expires: MonthDay,
}

/// What `GET /leave-types` says of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveType {
    /// What a day of leave is.
    pub count_in: CountIn,
    /// Group of kinds.
    pub group: String,
    /// Evidence needed.
    pub evidence: Evidence,
}

/// Numbers of annual leave for some categories from some date on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnualLeavePolicy {
    /// The body of law followed.
    pub regime: Regime,
    /// Tiers, ascending in years and days.
    pub tiers: Vec<Tier>,
    /// From when a tier applies.
    pub tier_effective: TierEffective,
    /// When a year of service is full.
    pub anniversary_basis: AnniversaryBasis,
    /// What the year of joining gives.
    pub join_proration: JoinProration,
    /// What the year of leaving gives.
    pub leave_proration: LeaveProration,
    /// Months of service without a day between that are needed first; 0 for none.
    pub continuous_months_min: u32,
    /// Validity of carried days.
    pub carry: Carry,
    /// For how many days a return to an ended lot reopens it (RULINGS 15).
    pub reopened_days: u32,
    /// The smallest part of a day that can be asked for: 0.5 or 1.
    pub min_unit_days: HalfDays,
    /// What ends the right to a year's leave.
    pub disqualify: Disqualify,
    /// What `GET /leave-types` says.
    pub leave_type: LeaveType,
}

/// What a recall from leave gives (L11 of the welfare sheet, RULINGS 23).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecallPolicy {
    /// From which cost of the whole leave on a recall gives more than what comes back.
    pub absence_days_min: HalfDays,
    /// What the first recalled day gives in all, the second, and so on; the last holds for all that follow.
    pub credit_days: Vec<HalfDays>,
}

impl Default for RecallPolicy {
    /// What a version gives that was published before it could say so.
    fn default() -> Self {
        Self { absence_days_min: HalfDays::whole(3), credit_days: vec![HalfDays(4), HalfDays(4), HalfDays(3)] }
    }
}

impl RecallPolicy {
    /// What a recalled day gives in all, by its number from 0.
    #[must_use]
    pub fn credit_of(&self, at: usize) -> HalfDays {
        self.credit_days.get(at).or(self.credit_days.last()).copied().unwrap_or(HalfDays::ZERO)
    }

    /// What makes no sense.
    pub(super) fn nonsense(&self) -> Option<Reason> {
        if !(0..=2 * 366).contains(&self.absence_days_min.0) {
            return Some(Reason::new("recall.absence_days_min 须为 0 至 366", "recall.absence_days_min is 0 to 366"));
        }
        let is_sound = |days: &HalfDays| (2..=20).contains(&days.0);
        if !(1..=10).contains(&self.credit_days.len()) || !self.credit_days.iter().all(is_sound) {
            return Some(Reason::new(
                "recall.credit_days 须为 1 至 10 个值，每个 1 至 10 天",
                "recall.credit_days are 1 to 10 values of 1 to 10 days",
            ));
        }
        None
    }
}

/// Numbers of the life of a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveRequestPolicy {
    /// Full working days after which an undecided step goes up, and before which a request does not expire.
    pub undecided_working_days: u32,
    /// How far from the asked start an alternative may begin, in days.
    pub alternatives_within_days: u32,
    /// How many alternatives are offered.
    pub alternatives_max: usize,
    /// How many days back a request of a kind may begin; kinds not named: none.
    pub retroactive_days: BTreeMap<LeaveKind, u32>,
    /// What a recall gives.
    #[serde(default)]
    pub recall: RecallPolicy,
    /// Kinds that are only recorded.
    pub kinds: BTreeMap<LeaveKind, PlainLeave>,
}

impl LeaveRequestPolicy {
    /// How many days back a request of this kind may begin.
    #[must_use]
    pub fn retroactive_days(&self, kind: LeaveKind) -> u32 {
        self.retroactive_days.get(&kind).copied().unwrap_or(0)
    }
}
