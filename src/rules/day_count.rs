//! What a span of leave costs, date by date.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, NotPublished, YearStatus};
use super::terms::{HalfDays, Span, UnknownWord, leave_year, vocabulary};

vocabulary! {
    /// What a day of leave is.
    CountIn {
        /// Working days; rest days and holidays cost nothing.
        Working = "working",
        /// Calendar days.
        Calendar = "calendar",
    }
}

/// What a span costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// The dates that cost something, in order, each with one or two halves.
    pub days: Vec<(NaiveDate, HalfDays)>,
    /// The cost of every leave year that the span touches, zero included.
    pub by_year: BTreeMap<i32, HalfDays>,
    /// The cost of the whole.
    pub total: HalfDays,
    /// How much of the span is worked, whatever a day of leave is.
    pub working: HalfDays,
    /// Calendar years in the span that are only provisional.
    pub provisional_years: Vec<i32>,
}

/// ## 休假天数计算 — what a span of leave costs
///
/// 职工带薪年休假条例 第三条第二款: statutory holidays and rest days are not counted as annual leave. In working days a date
/// costs its covered halves if it is worked, make-up workdays (调休上班) included, and nothing otherwise; in calendar
/// days every date costs its covered halves. Each leave year is charged for its own dates.
///
/// *Reading:* half days are the morning or the afternoon of the first and of the last date only; half of a holiday is
/// nothing.
///
/// *Not modelled:* rest days by roster for units on shifts.
///
/// # Errors
/// When a year in the span is not published, whatever a day of leave is: every kind needs a working day.
pub fn count(span: &Span, calendar: &Calendar, count_in: CountIn) -> Result<Counted, NotPublished> {
    count_all(std::slice::from_ref(span), calendar, count_in)
}

/// As [`count`], of the parts of a leave that stand, in order.
///
/// # Errors
/// As [`count`].
pub fn count_all(spans: &[Span], calendar: &Calendar, count_in: CountIn) -> Result<Counted, NotPublished> {
    let mut counted = Counted::default();
    let mut provisional = BTreeSet::new();
    for (span, date) in spans.iter().flat_map(|span| span.dates().map(move |date| (span, date))) {
        if calendar.status(date.year()) == Some(YearStatus::Provisional) {
            provisional.insert(date.year());
        }
        let works = calendar.class_of(date)?.working();
        let covered = halves(span, date);
        let cost = if works || count_in == CountIn::Calendar { covered } else { HalfDays::ZERO };
        if works {
            counted.working += covered;
        }
        *counted.by_year.entry(leave_year(date)).or_default() += cost;
        counted.total += cost;
        if cost != HalfDays::ZERO {
            counted.days.push((date, cost));
        }
    }
    counted.provisional_years = provisional.into_iter().collect();
    Ok(counted)
}

fn halves(span: &Span, date: NaiveDate) -> HalfDays {
    match span.halves_on(date) {
        [] => HalfDays::ZERO,
        [_] => HalfDays(1),
        _ => HalfDays(2),
    }
}

#[cfg(test)]
mod tests;
