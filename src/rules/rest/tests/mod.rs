//! The rules of rest: the day before, the day itself and the day after every boundary.

mod couples;
mod examples;
mod laws;
mod numbers;
mod quotas;
mod rows;
mod swaps;
mod words;

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use uuid::Uuid;

use super::*;
use crate::rules::cases::{day, person, policies_with};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::Category;

const REST: &str = include_str!("../../rest.toml");

/// Somebody with a roster, and the law that binds them.
pub(super) struct Desk {
    pub policies: PolicySet,
    pub calendars: Calendars,
    pub zone: Tz,
    pub facts: PersonFacts,
    pub shifts: Vec<Shift>,
    pub rest_days: Vec<RestDay>,
    pub away: Vec<Away>,
    pub orders: Vec<Order>,
    pub released: Vec<Order>,
    pub derogations: Vec<Range>,
    pub limits: Vec<Limit>,
    pub partner: Vec<Shift>,
    pub care_need: Option<CareNeed>,
}

pub(super) fn row_id(n: usize) -> RowId {
    RowId(Uuid::from_u128(u128::try_from(n).unwrap()))
}

pub(super) fn desk() -> Desk {
    desk_under(REST, chrono_tz::Asia::Shanghai)
}

/// Under another text of the policy, in another zone.
pub(super) fn desk_under(rest: &str, zone: Tz) -> Desk {
    Desk {
        policies: policies_with(&[("rest.toml", rest)]),
        calendars: Calendars::built_in().expect("the built-in calendar is read"),
        zone,
        facts: person(Category::Police, &[("2010-01-01", None)]),
        shifts: Vec::new(),
        rest_days: Vec::new(),
        away: Vec::new(),
        orders: Vec::new(),
        released: Vec::new(),
        derogations: Vec::new(),
        limits: Vec::new(),
        partner: Vec::new(),
        care_need: None,
    }
}

/// A local time, `2025-03-03 08:00`; the earlier one where it comes twice.
pub(super) fn at(zone: Tz, text: &str) -> Instant {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    zone.from_local_datetime(&local).earliest().unwrap().to_utc()
}

/// A shift between two local times, all of whose minutes count.
pub(super) fn shift(zone: Tz, id: usize, kind: DutyKind, from: &str, to: &str) -> Shift {
    let (starts_at, ends_at) = (at(zone, from), at(zone, to));
    Shift { id: row_id(id), kind, starts_at, ends_at, counted_minutes: (ends_at - starts_at).num_minutes() }
}

impl Desk {
    /// Adds a shift.
    pub fn duty(&mut self, from: &str, to: &str) -> &mut Self {
        self.of_kind(DutyKind::Duty, from, to)
    }

    pub fn of_kind(&mut self, kind: DutyKind, from: &str, to: &str) -> &mut Self {
        self.shifts.push(shift(self.zone, self.shifts.len() + 1, kind, from, to));
        self.shifts.sort_by_key(|one| one.starts_at);
        self
    }

    /// Adds a shift at the same hours on each of some dates.
    pub fn daily(&mut self, first: &str, days: usize, from: &str, to: &str) -> &mut Self {
        for on in day(first).iter_days().take(days) {
            self.duty(&format!("{on} {from}"), &format!("{on} {to}"));
        }
        self
    }

    /// Adds a night from the evening of each of some dates to the next morning.
    pub fn nightly(&mut self, first: &str, nights: usize, from: &str, to: &str) -> &mut Self {
        for on in day(first).iter_days().take(nights) {
            let next = on.succ_opt().unwrap();
            self.of_kind(DutyKind::Overnight, &format!("{on} {from}"), &format!("{next} {to}"));
        }
        self
    }

    pub fn rests(&mut self, kind: RestDayKind, dates: &[&str]) -> &mut Self {
        for date in dates {
            let id = row_id(1000 + self.rest_days.len());
            self.rest_days.push(RestDay { id, kind, on: day(date) });
        }
        self
    }

    pub fn derogated(&mut self, from: &str, to: &str) -> &mut Self {
        self.derogations.push(Range { id: row_id(77), from: day(from), to: day(to) });
        self
    }

    pub fn person(&self) -> Person<'_> {
        Person {
            facts: &self.facts,
            shifts: &self.shifts,
            rest_days: &self.rest_days,
            away: &self.away,
            orders: &self.orders,
            released: &self.released,
            derogations: &self.derogations,
            limits: &self.limits,
            couple: self.care_need.map(|care_need| Couple {
                care_need,
                since: day("2020-01-01"),
                partner: &self.partner,
            }),
        }
    }

    pub fn law(&self) -> RestLaw<'_> {
        RestLaw::new(self.zone, &self.policies, &self.calendars, day("2025-06-01"))
    }

    pub fn check(&self, from: &str, to: &str) -> Vec<Found> {
        check(&self.person(), &self.law(), day(from), day(to))
    }

    /// Everything that is found, as rule and outcome.
    pub fn says(&self) -> Vec<(String, &'static str)> {
        let found = self.check("2020-01-01", "2030-12-31");
        // Quarters without a rotation are of another test.
        let told = found.iter().filter(|one| one.finding.rule != "rest.rotation");
        told.map(|one| (one.finding.rule.clone(), one.finding.outcome.as_str())).collect()
    }

    /// The only finding of a rule.
    pub fn only(&self, rule: &str) -> Found {
        let mut found = self.check("2020-01-01", "2030-12-31");
        found.retain(|one| one.finding.rule == rule);
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
        found.remove(0)
    }
}

/// A rule and its outcome, for comparing.
pub(super) fn said(rule: &str, outcome: &'static str) -> (String, &'static str) {
    (rule.to_owned(), outcome)
}

/// A measured number.
pub(super) fn measured(found: &Found, name: &str) -> i64 {
    found.finding.measured[name].as_i64().unwrap_or_else(|| panic!("{name}: {found:?}"))
}
