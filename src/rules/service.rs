//! Years of service, from the dated facts about a person.

use chrono::{Days, NaiveDate};

use super::policy::Place;
use super::terms::{Category, ServiceKind, UnitId, next_day};

/// One period of service; both kinds count alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServicePeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while it goes on.
    pub to: Option<NaiveDate>,
    /// Employment or military service.
    pub kind: ServiceKind,
}

/// A fact that holds from a date until the next one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated<T> {
    /// First date; [`NaiveDate::MIN`] for what held since ever.
    pub from: NaiveDate,
    /// The fact.
    pub value: T,
}

/// What the rules know of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFacts {
    /// Categories by date, in any order.
    pub categories: Vec<Dated<Category>>,
    /// The unit with every unit above it by date, nearest first, in any order; empty where no law is made for a unit.
    pub units: Vec<Dated<Vec<UnitId>>>,
    /// Periods of service, in any order; they may touch and overlap.
    pub service_periods: Vec<ServicePeriod>,
    /// First day on the roll; `None` where it is not known.
    pub joined_on: Option<NaiveDate>,
    /// Last day on the roll, where somebody has left it.
    pub left_on: Option<NaiveDate>,
}

impl PersonFacts {
    /// The category on a date; `None` before the first.
    #[must_use]
    pub fn category_on(&self, date: NaiveDate) -> Option<Category> {
        let known = self.categories.iter().filter(|fact| fact.from <= date);
        known.max_by_key(|fact| fact.from).map(|fact| fact.value)
    }

    /// The unit and every unit above it on a date, nearest first; empty before the first.
    #[must_use]
    pub fn units_on(&self, date: NaiveDate) -> &[UnitId] {
        let known = self.units.iter().filter(|fact| fact.from <= date);
        known.max_by_key(|fact| fact.from).map_or(&[], |fact| &fact.value)
    }

    /// What chooses among the versions of a policy on a date; `None` before the first category.
    #[must_use]
    pub fn place_on(&self, date: NaiveDate) -> Option<Place<'_>> {
        Some(Place { category: self.category_on(date)?, units: self.units_on(date) })
    }

    /// Whether the person is on the roll on a date and not retired: the dates on which leave can be taken at all.
    #[must_use]
    pub fn on_roll(&self, date: NaiveDate) -> bool {
        self.joined_on.is_none_or(|joined| joined <= date)
            && self.left_on.is_none_or(|left| date <= left)
            && self.category_on(date).is_some_and(|category| category != Category::Retired)
    }
}

/// Service without a day between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// First day.
    pub from: NaiveDate,
    /// Last day; [`NaiveDate::MAX`] while it goes on.
    pub to: NaiveDate,
}

/// Joins periods that touch or overlap, oldest first. A period that ends before it begins is no service.
#[must_use]
pub fn runs(periods: &[ServicePeriod]) -> Vec<Run> {
    let mut pieces: Vec<Run> = periods
        .iter()
        .map(|period| Run { from: period.from, to: period.to.unwrap_or(NaiveDate::MAX) })
        .filter(|run| run.from <= run.to)
        .collect();
    pieces.sort_by_key(|run| run.from);
    let mut joined: Vec<Run> = Vec::new();
    for piece in pieces {
        match joined.last_mut() {
            Some(run) if piece.from <= next_day(run.to) => run.to = run.to.max(piece.to),
            _ => joined.push(piece),
        }
    }
    joined
}

/// The run of service that a date lies in; `None` outside all.
#[must_use]
pub fn run_on(periods: &[ServicePeriod], on: NaiveDate) -> Option<Run> {
    runs(periods).into_iter().find(|run| run.from <= on && on <= run.to)
}

/// ## 工作年限 — cumulative service, as an adjusted start
///
/// 职工带薪年休假条例 第三条（累计工作），机关事业单位工作人员带薪年休假实施办法 第二条，企业职工带薪年休假实施办法 第四条，退役军人保障法
/// 第四十四条: earlier employment and military service count. Periods that touch or overlap are one run; the adjusted
/// start is the start of the run that `on` lies in, less one day for each distinct calendar day served before it.
/// `None` when `on` lies in no period of service.
///
/// *Reading:* only recorded periods count; the date of joining the force does not.
///
/// *Not modelled:* periods that a decision excludes from service (study, punishment): they are simply not recorded.
#[must_use]
pub fn adjusted_start(periods: &[ServicePeriod], on: NaiveDate) -> Option<NaiveDate> {
    let run = run_on(periods, on)?;
    let earlier = days_before(periods, run);
    run.from.checked_sub_days(Days::new(earlier))
}

/// Distinct calendar days served before a run began.
#[must_use]
pub fn days_before(periods: &[ServicePeriod], run: Run) -> u64 {
    let earlier = runs(periods).into_iter().filter(|other| other.to < run.from);
    earlier.map(|other| (other.to - other.from).num_days() + 1).sum::<i64>().try_into().unwrap_or(0)
}

#[cfg(test)]
mod tests;
