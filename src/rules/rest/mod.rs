//! Rest between duties: rules R1 to R12 as pure functions over one person's sorted shifts.
//!
//! Each rule looks at all that is known of the person and finds windows that lie the same however a scan is cut and however
//! much of the past is known beyond [`LOOK_BACK_DAYS`]; what touches the asked dates is told. Nobody who keeps the rules costs an allocation.

mod after_overnight;
mod change;
mod couple;
pub mod credit;
pub mod daily;
mod defaults;
mod entries;
mod find;
pub mod forecast;
mod length;
mod local;
mod names;
mod nights;
pub mod notice;
mod overlap;
pub mod policy;
pub mod quotas;
pub mod rotation;
mod scan;
pub mod strength;
pub mod swaps;
mod volume;
mod weekly;
mod windows;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::calendar::Calendars;
use super::duty::{RestDay, Shift};
use super::finding::{Finding, Outcome};
use super::policy::PolicySet;
use super::service::PersonFacts;
use super::terms::{Half, Instant, RowId, UnknownWord, vocabulary};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

pub use change::{WORKED_ALREADY, assess_change, worked_already};
pub use entries::{WORKED_REST, broken, worked_rests};
pub use find::{check, check_with};
pub use length::{LongDuty, long_duties};
pub use local::Local;
pub use names::{NAMES, named};
pub use scan::Scratch;

/// How many days before the asked dates the facts of a person must reach for every rule to see its whole window: a mean
/// over 26 weeks and the four weeks of which means are told together.
pub const LOOK_BACK_DAYS: u64 = 217;
/// How many days after the asked dates they must reach: the rest of a quarter.
pub const LOOK_AHEAD_DAYS: u64 = 100;

vocabulary! {
    /// Why somebody is away.
    AwayWhy {
        /// On leave.
        Leave = "leave",
        /// Sick.
        Sick = "sick",
        /// On a course.
        Course = "course",
        /// Seconded.
        Secondment = "secondment",
        /// Suspended.
        Suspension = "suspension",
        /// On maternity leave.
        Maternity = "maternity",
    }
}

/// Dates on which somebody is away, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// First date.
    pub from: NaiveDate,
    /// From when on it: from the morning, or from noon.
    pub from_half: Half,
    /// Last date.
    pub to: NaiveDate,
    /// Until when: until noon, or to its end.
    pub to_half: Half,
    /// Why.
    pub why: AwayWhy,
}

impl Away {
    /// Whole dates.
    #[must_use]
    pub const fn whole(from: NaiveDate, to: NaiveDate, why: AwayWhy) -> Self {
        Self { from, from_half: Half::Am, to, to_half: Half::Pm, why }
    }
}

/// A rest order in force: half-open, without what an override has taken out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Which one.
    pub id: RowId,
    /// First instant of rest.
    pub from: Instant,
    /// First instant after it.
    pub to: Instant,
}

/// Dates, both included, that something of this id covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Of what.
    pub id: RowId,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
}

vocabulary! {
    /// What limits somebody's fitness for duty, as leaders see it (RULINGS 43).
    LimitCode {
        /// No operational duty.
        NoOperationalDuty = "no_operational_duty",
        /// No duty at night.
        NoNightWork = "no_night_work",
        /// No driving.
        NoDriving = "no_driving",
        /// Light duty only.
        LightDuty = "light_duty",
    }
}

/// One limit of fitness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What.
    pub code: LimitCode,
    /// Last date; it binds shifts that start on or before it.
    pub valid_until: NaiveDate,
}

vocabulary! {
    /// Whether a couple has somebody at home who needs one of them.
    CareNeed {
        /// Registered: never both on overnight or holiday duty.
        Registered = "registered",
        /// None: the common rest day only.
        None = "none",
    }
}

/// The other one of a couple in which both are on the force and opted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Couple<'a> {
    /// Whether somebody needs one of them at home.
    pub care_need: CareNeed,
    /// First date on which both had opted in.
    pub since: NaiveDate,
    /// The partner's shifts, sorted by start.
    pub partner: &'a [Shift],
}

/// Everything that a rule may know of one officer. Slices of shifts are sorted by start.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Category and units by date, joining and leaving: what chooses the policy and says who is on the roll.
    pub facts: &'a PersonFacts,
    /// Shifts, sorted by start; those in force do not overlap, one that is only asked for may.
    pub shifts: &'a [Shift],
    /// Rest days, cancelled ones left out.
    pub rest_days: &'a [RestDay],
    /// Absences.
    pub away: &'a [Away],
    /// Rest orders that are issued.
    pub orders: &'a [Order],
    /// What overrides let happen inside rest orders, by the order.
    pub released: &'a [Order],
    /// Approved derogations that cover the person's unit.
    pub derogations: &'a [Range],
    /// Limits of fitness.
    pub limits: &'a [Limit],
    /// The other one, where both opted in.
    pub couple: Option<Couple<'a>>,
}

impl<'a> Person<'a> {
    /// Somebody of whom nothing but the shifts is known.
    #[must_use]
    pub const fn on_duty(facts: &'a PersonFacts, shifts: &'a [Shift]) -> Self {
        Self {
            facts,
            shifts,
            rest_days: &[],
            away: &[],
            orders: &[],
            released: &[],
            derogations: &[],
            limits: &[],
            couple: None,
        }
    }
}

/// The law of rest: policies, the calendar, and the zone that turns instants into dates.
#[derive(Debug, Clone)]
pub struct RestLaw<'a> {
    /// Policies; the version that binds a person on a date is looked up by their facts.
    pub policies: &'a PolicySet,
    /// Calendars, for holidays: that of the units that the person is in.
    pub calendars: &'a Calendars,
    /// Local time.
    pub local: Local,
}

impl<'a> RestLaw<'a> {
    /// The law in a zone. Keep it for a whole scan: the offsets of the zone are looked up once.
    #[must_use]
    pub fn new(zone: Tz, policies: &'a PolicySet, calendars: &'a Calendars, around: NaiveDate) -> Self {
        Self { policies, calendars, local: Local::new(zone, around) }
    }
}

/// A finding, its window, and the shifts that prove it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What the rule says.
    pub finding: Finding,
    /// First date of its window.
    pub from: NaiveDate,
    /// Last date of it.
    pub to: NaiveDate,
    /// The person's shifts that prove it, sorted by start.
    pub shifts: Vec<RowId>,
}

impl Found {
    /// Whether it refuses.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.finding.outcome == Outcome::Block
    }

    /// What of several things that its rule looks at; empty where it looks at one only.
    #[must_use]
    pub fn what(&self) -> &str {
        self.finding.measured.get("what").and_then(serde_json::Value::as_str).unwrap_or_default()
    }

    /// Whether it is counted over a time, and not about one shift.
    #[must_use]
    pub fn is_of_a_time(&self) -> bool {
        match self.finding.rule.as_str() {
            "rest.weekly" | "rest.length" | "rest.volume" | "rest.rotation" => true,
            "rest.nights" => self.what() == "row",
            "rest.couple" => self.what() == "common_rest",
            _ => false,
        }
    }

    /// What of a rule it is about, beside its dates: what is looked at, and the shift that came last, which is the one at
    /// fault, where it is about one.
    #[must_use]
    pub(crate) fn subject(&self) -> String {
        match self.shifts.last().filter(|_| !self.is_of_a_time()) {
            Some(shift) => format!("{}{}{shift}", self.what(), if self.what().is_empty() { "" } else { ":" }),
            None => self.what().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
