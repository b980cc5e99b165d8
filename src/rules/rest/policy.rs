//! The numbers of rest by date: what a text of the policy `rest` says, read strictly.

mod remedies;

use std::fmt;
use std::str::FromStr;

use chrono::NaiveTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::duty::DutyKind;
use crate::rules::finding::Outcome;
use crate::rules::policy::{Reason, Sense};
use crate::rules::terms::{UnknownWord, vocabulary};

pub use remedies::{Credits, Notice, NoticeBand, Remedy};

vocabulary! {
    /// What a daily rest that was too short is made good with.
    ShortRest {
        /// Nothing.
        None = "none",
        /// As many minutes as were missing.
        Equal = "equal",
    }
}

/// A time of day, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ClockTime(NaiveTime);

impl ClockTime {
    /// Seconds after midnight.
    #[must_use]
    pub fn seconds(self) -> i64 {
        i64::from(chrono::Timelike::num_seconds_from_midnight(&self.0))
    }
}

impl TryFrom<String> for ClockTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        NaiveTime::parse_from_str(&text, "%H:%M")
            .map(Self)
            .map_err(|_| format!("`{text}` is not a time of day (HH:MM)"))
    }
}

/// After a duty like this, no duty for so long (R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestAfter {
    /// Length of the duty from which it applies, in minutes.
    pub duty_minutes_min: i64,
    /// Minutes of it inside the night from which it applies; 0 for whatever hour.
    #[serde(default)]
    pub night_minutes_min: i64,
    /// Minutes without duty that follow.
    pub rest_minutes: i64,
}

/// A pattern under which a long duty is told, not refused (RULINGS 31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongDutyPattern {
    /// The longest duty of the pattern, in minutes.
    pub on_minutes_max: i64,
    /// What is free before and after it, in minutes.
    pub off_minutes_min: i64,
}

/// R5: hours over a week, and their mean over many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// More minutes than this in any 168 hours are told.
    pub week_minutes_warn_above: Option<i64>,
    /// More than this are refused.
    pub week_minutes_block_above: Option<i64>,
    /// Up to this they may be approved, once in `exception_days`.
    pub week_minutes_exception_max: Option<i64>,
    /// Days within which there is one exception.
    #[serde(default)]
    pub exception_days: i64,
    /// Mean minutes a week.
    pub mean_minutes_max: Option<i64>,
    /// Weeks over which the mean is taken.
    pub mean_weeks: i64,
    /// What follows from a mean above it: `warn` or `block`.
    pub mean_outcome: Outcome,
}

/// R6: nights in a row, and the rest after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nights {
    /// Minutes of duty inside a night from which it is a night of duty.
    pub night_minutes_min: i64,
    /// More nights in a row than this are told.
    pub consecutive_warn_above: Option<u32>,
    /// More than this are refused.
    pub consecutive_block_above: Option<u32>,
    /// After so many nights in a row the recovery is due.
    #[serde(default)]
    pub recovery_after_nights_min: u32,
    /// Recovery in minutes.
    pub recovery_minutes: Option<i64>,
    /// Most minutes that count in a duty with a night in it.
    pub night_duty_minutes_max: Option<i64>,
}

/// R7: credits for rest and hours that were taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// Minutes of one compensatory day.
    pub minutes_per_day: i64,
    /// Days after the notice within which a date is offered.
    pub offer_days: u64,
    /// Days after the cancelled date within which it is taken.
    pub take_days: u64,
    /// Days owed from which the light is amber.
    pub amber_days: i64,
    /// Days owed from which it is red.
    pub red_days: i64,
    /// What a daily rest that was too short earns.
    pub short_daily_rest: ShortRest,
}

/// R9, A6: rotations of a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How many.
    pub times: i64,
    /// Days of each.
    pub days: i64,
    /// Days that each may be shorter (左右).
    pub tolerance_days: i64,
}

impl Rotation {
    /// Days in all that a quarter needs.
    #[must_use]
    pub const fn days_required(self) -> i64 {
        self.times * self.block_required()
    }

    /// Consecutive days that one block needs: at least one.
    #[must_use]
    pub const fn block_required(self) -> i64 {
        let days = self.days - self.tolerance_days;
        if days < 1 { 1 } else { days }
    }
}

/// R11: how many may be away where a unit has set no minimum (RULINGS 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    /// Percent of the strength.
    pub away_percent_max: i64,
    /// So many always may.
    pub away_always: i64,
    /// Absences longer than this leave strength and away alike.
    pub long_absence_days_above: i64,
}

/// A1, A6: who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedPeople {
    /// Days on the roll that a week needs.
    pub week_on_roll_days_min: i64,
    /// Days on leave, sick or on a course from which a week is not counted.
    pub week_away_days_below: i64,
    /// Days on the roll that a quarter needs.
    pub quarter_on_roll_days_min: i64,
    /// Length of a spell of sickness from which it is a long one.
    pub long_sick_days_min: i64,
}

/// Numbers of rest for some categories from some date on. What is left out is not tested.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestPolicy {
    /// Kinds of shift that are duty.
    pub duty_kinds: Vec<DutyKind>,
    /// When the night begins.
    pub night_from: ClockTime,
    /// When it ends, on the next date.
    pub night_to: ClockTime,
    /// Duties less than this apart on one date are one duty.
    pub same_duty_gap_minutes: i64,
    /// Longest shift.
    pub shift_minutes_max: i64,
    /// Days before its first date that a roster is published at the latest; later publication is warned of.
    #[serde(default)]
    pub roster_days_ahead_min: Option<i64>,
    /// R1, A1: rest days in every seven.
    pub weekly_rest_days_min: Option<u32>,
    /// R1: dates with duty in a row.
    pub consecutive_duty_days_max: Option<u32>,
    /// R1 of other forces: minutes of one rest in every 168 hours.
    pub weekly_rest_minutes_min: Option<i64>,
    /// R2: minutes between duties.
    pub daily_rest_minutes_min: Option<i64>,
    /// R2: with less than this duty is refused.
    pub daily_rest_minutes_block_below: Option<i64>,
    /// R4: minutes in any 24 hours.
    pub day_minutes_max: Option<i64>,
    /// R4: minutes without a break after which a rest order is drafted.
    pub continuous_minutes_order: Option<i64>,
    /// How soon.
    #[serde(default)]
    pub order_draft_within_minutes: i64,
    /// For how many hours duty may be let happen inside a rest order.
    #[serde(default = "super::defaults::override_hours")]
    pub override_hours_max: i64,
    /// Days after its date on which an open duty of a unit goes a step up (RULINGS 34).
    #[serde(default = "super::defaults::ladder_days")]
    pub ladder_days: Vec<i64>,
    /// Days within which a leader has seen a violation.
    #[serde(default = "super::defaults::acknowledge_days")]
    pub violation_acknowledge_days: u64,
    /// Days within which it is made good.
    #[serde(default = "super::defaults::remedy_days")]
    pub violation_remedy_days: u64,
    /// R10: days that have a common rest day among them.
    pub couple_window_days: Option<i64>,
    /// R3, after a night.
    pub after_overnight: Option<RestAfter>,
    /// R3, after a long duty.
    pub post_duty: Option<RestAfter>,
    /// R4: patterns that are told only.
    #[serde(default)]
    pub long_duty_patterns: Vec<LongDutyPattern>,
    /// R5.
    pub volume: Option<Volume>,
    /// R6.
    pub nights: Option<Nights>,
    /// R7.
    pub credit: Credit,
    /// R8.
    pub notice: Notice,
    /// R9.
    pub rotation: Option<Rotation>,
    /// R11.
    pub strength: Strength,
    /// A1, A6.
    pub counted: CountedPeople,
}

/// Longest that a limit in minutes can be: a mean over 26 weeks looks back no further.
const WEEKS_MAX: i64 = 26;
/// Minutes of a week.
const WEEK: i64 = 7 * 24 * 60;

impl RestPolicy {
    /// Whether a kind of shift is duty under this policy.
    #[must_use]
    pub fn is_duty(&self, kind: DutyKind) -> bool {
        self.duty_kinds.contains(&kind)
    }
}

impl Sense for RestPolicy {
    fn nonsense(&self) -> Option<Reason> {
        let told = |zh: &str, en: &str| Some(Reason::new(zh, en));
        if self.duty_kinds.is_empty() || self.duty_kinds.contains(&DutyKind::Protected) {
            return told(
                "duty_kinds 至少列出一种，且不得含 protected",
                "duty_kinds names at least one kind, and never protected",
            );
        }
        if self.night_from.seconds() <= self.night_to.seconds() {
            return told("夜间须自晚上开始、次日早晨结束", "the night begins in the evening and ends the next morning");
        }
        if !(60..=10_080).contains(&self.shift_minutes_max) || !(0..=1440).contains(&self.same_duty_gap_minutes) {
            return told(
                "shift_minutes_max 须为 60 至 10080，same_duty_gap_minutes 须为 0 至 1440",
                "shift_minutes_max is 60 to 10080, same_duty_gap_minutes 0 to 1440",
            );
        }
        if self.roster_days_ahead_min.is_some_and(|days| !(1..=366).contains(&days)) {
            return told("roster_days_ahead_min 须为 1 至 366", "roster_days_ahead_min is 1 to 366");
        }
        if self.weekly_rest_days_min.is_some_and(|days| days > 7)
            || self.consecutive_duty_days_max.is_some_and(|days| !(1..=60).contains(&days))
        {
            return told(
                "weekly_rest_days_min 最多 7，consecutive_duty_days_max 须为 1 至 60",
                "weekly_rest_days_min is at most 7, consecutive_duty_days_max 1 to 60",
            );
        }
        if self.weekly_rest_minutes_min.is_some_and(|minutes| !(1..WEEK).contains(&minutes)) {
            return told("weekly_rest_minutes_min 须为 1 至 10079", "weekly_rest_minutes_min is 1 to 10079");
        }
        if self.daily_rest_minutes_block_below > self.daily_rest_minutes_min {
            return told(
                "daily_rest_minutes_block_below 不得大于 daily_rest_minutes_min",
                "daily_rest_minutes_block_below is at most daily_rest_minutes_min",
            );
        }
        if self.day_minutes_max.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
            return told("day_minutes_max 须为 1 至 1440", "day_minutes_max is 1 to 1440");
        }
        let is_ladder = (1..=10).contains(&self.ladder_days.len())
            && self.ladder_days.iter().zip(self.ladder_days.iter().skip(1)).all(|(one, next)| one < next)
            && self.ladder_days.iter().all(|days| (1..=366).contains(days));
        if !is_ladder || !(1..=72).contains(&self.override_hours_max) {
            return told(
                "ladder_days 须为 1 至 10 个递增的天数（1 至 366），override_hours_max 须为 1 至 72",
                "ladder_days are 1 to 10 ascending days of 1 to 366, override_hours_max is 1 to 72",
            );
        }
        if self.violation_acknowledge_days > 366 || self.violation_remedy_days > 366 {
            return told(
                "violation_acknowledge_days 与 violation_remedy_days 最多 366",
                "violation_acknowledge_days and violation_remedy_days are at most 366",
            );
        }
        if self.couple_window_days.is_some_and(|days| !(2..=60).contains(&days)) {
            return told("couple_window_days 须为 2 至 60", "couple_window_days is 2 to 60");
        }
        let after = [self.after_overnight, self.post_duty];
        if after.iter().flatten().any(|rest| rest.duty_minutes_min < 1 || !(1..=WEEK).contains(&rest.rest_minutes)) {
            return told(
                "rest_minutes 须为 1 至 10080，duty_minutes_min 至少 1",
                "rest_minutes is 1 to 10080, after a duty of at least 1 minute",
            );
        }
        self.volume
            .and_then(Volume::nonsense)
            .or_else(|| self.nights.and_then(Nights::nonsense))
            .or_else(|| self.credit.nonsense().or_else(|| self.notice.nonsense()).or_else(|| self.people()))
    }
}

impl RestPolicy {
    fn people(&self) -> Option<Reason> {
        if self.rotation.is_some_and(|one| {
            !(1..=13).contains(&one.times)
                || !(1..=31).contains(&one.days)
                || !(0..one.days).contains(&one.tolerance_days)
        }) {
            return Some(Reason::new(
                "rotation：times 须为 1 至 13，days 须为 1 至 31，tolerance_days 须小于 days",
                "rotation: times 1 to 13, days 1 to 31, tolerance_days less than days",
            ));
        }
        if !(0..=100).contains(&self.strength.away_percent_max) || self.strength.away_always < 0 {
            return Some(Reason::new(
                "strength：away_percent_max 须为 0 至 100，away_always 至少 0",
                "strength: away_percent_max is 0 to 100, away_always at least 0",
            ));
        }
        let counted = self.counted;
        if !(1..=7).contains(&counted.week_on_roll_days_min)
            || !(1..=8).contains(&counted.week_away_days_below)
            || !(1..=92).contains(&counted.quarter_on_roll_days_min)
            || counted.long_sick_days_min < 1
        {
            return Some(Reason::new(
                "counted：每周天数须为 1 至 7，每季天数须为 1 至 92",
                "counted: days of a week are 1 to 7, of a quarter 1 to 92",
            ));
        }
        None
    }
}

impl Volume {
    fn nonsense(self) -> Option<Reason> {
        if !(1..=WEEKS_MAX).contains(&self.mean_weeks) || self.mean_outcome == Outcome::Pass {
            return Some(Reason::new(
                format!("volume：mean_weeks 须为 1 至 {WEEKS_MAX}，mean_outcome 须为 warn 或 block"),
                format!("volume: mean_weeks is 1 to {WEEKS_MAX}, mean_outcome warn or block"),
            ));
        }
        let ascending = [self.week_minutes_warn_above, self.week_minutes_block_above, self.week_minutes_exception_max];
        let known: Vec<i64> = ascending.into_iter().flatten().collect();
        if !known.is_sorted() || known.iter().any(|minutes| !(1..=WEEK).contains(minutes)) {
            return Some(Reason::new(
                "volume：每周的提示、禁止、例外界限须递增，最多 10080",
                "volume: warn, block and exception of a week ascend, at most 10080",
            ));
        }
        if self.week_minutes_exception_max.is_some()
            && (self.week_minutes_block_above.is_none() || !(7..=92).contains(&self.exception_days))
        {
            return Some(Reason::new(
                "volume：设例外须先设禁止界限，exception_days 须为 7 至 92",
                "volume: an exception needs a limit, and exception_days of 7 to 92",
            ));
        }
        None
    }
}

impl Nights {
    fn nonsense(self) -> Option<Reason> {
        if self.consecutive_warn_above.zip(self.consecutive_block_above).is_some_and(|(warn, block)| warn > block) {
            return Some(Reason::new(
                "nights：consecutive_warn_above 不得大于 consecutive_block_above",
                "nights: consecutive_warn_above is at most consecutive_block_above",
            ));
        }
        if self.night_minutes_min < 1 || self.recovery_minutes.is_some() && self.recovery_after_nights_min < 1 {
            return Some(Reason::new(
                "nights：night_minutes_min 与 recovery_after_nights_min 至少 1",
                "nights: night_minutes_min and recovery_after_nights_min are at least 1",
            ));
        }
        None
    }
}

impl Credit {
    fn nonsense(self) -> Option<Reason> {
        if !(1..=1440).contains(&self.minutes_per_day) || self.offer_days > 366 || self.take_days > 3660 {
            return Some(Reason::new(
                "credit：minutes_per_day 须为 1 至 1440，offer_days 最多 366，take_days 最多 3660",
                "credit: minutes_per_day is 1 to 1440, offer_days at most 366, take_days 3660",
            ));
        }
        (self.amber_days > self.red_days)
            .then(|| Reason::new("credit：amber_days 不得大于 red_days", "credit: amber_days is at most red_days"))
    }
}
