//! Recall from leave: what comes back, what it earns, and what of the leave stands beside it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::finding::{Finding, Outcome};
use super::policy::{LeaveRequestPolicy, Version};
use super::terms::{FirstDay, HalfDays, LastDay, LeaveKind, Span, leave_year, next_day, year_end};

/// What was recalled of one leave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recalls {
    /// First and last date of each recall, both included.
    pub spans: Vec<(NaiveDate, NaiveDate)>,
    /// From when on nothing of the leave stands any more; `None` while it goes on after the recalls.
    pub ended_on: Option<NaiveDate>,
}

impl Recalls {
    /// Whether a date of the leave is leave no longer.
    #[must_use]
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.ended_on.is_some_and(|ended| ended <= date)
            || self.spans.iter().any(|(from, to)| *from <= date && date <= *to)
    }

    /// The parts of a leave that stand, in order: the whole where nothing was recalled.
    #[must_use]
    pub fn stretches(&self, span: &Span) -> Vec<Span> {
        if self.spans.is_empty() && self.ended_on.is_none() {
            return vec![*span];
        }
        let mut parts: Vec<(NaiveDate, NaiveDate)> = Vec::new();
        for date in span.dates().filter(|date| !self.covers(*date)) {
            match parts.last_mut() {
                Some((_, to)) if next_day(*to) == date => *to = date,
                _ => parts.push((date, date)),
            }
        }
        let part = |(from, to): (NaiveDate, NaiveDate)| {
            let first_day = if from == span.from() { span.first_day() } else { FirstDay::Full };
            let last_day = if to == span.to() { span.last_day() } else { LastDay::Full };
            Span::new(from, to, first_day, last_day).ok()
        };
        parts.into_iter().filter_map(part).collect()
    }
}

/// Whether somebody can be called back from leave of a kind: whoever is ill is not.
#[must_use]
pub fn may_be_recalled(kind: LeaveKind) -> bool {
    kind.leader_group() != Some("sick")
}

/// ## 召回后的休假 — whether a leave goes on after its recalls
///
/// CONTRACT §6 (`running → completed | recalled`), no national text: a leave is recalled when nothing of it that counts lies
/// after a recall; it then ends with the first recalled date after its last day that counts, or with its first date where
/// none is left.
///
/// *Reading:* rest days at the end of a leave, after its last counted day was recalled, are leave no longer.
#[must_use]
pub fn ended_on(span: &Span, recalled: &[(NaiveDate, NaiveDate)], left: &[NaiveDate]) -> Option<NaiveDate> {
    let Some(last) = left.iter().max().copied() else { return Some(span.from()) };
    recalled.iter().filter(|(_, to)| *to > last).map(|(from, _)| (*from).max(next_day(last))).min()
}

/// What is recalled of a leave now.
#[derive(Debug, Clone, Copy)]
pub struct Recall<'a> {
    /// What the whole leave cost when it was granted, recalled days included.
    pub absence: HalfDays,
    /// How many counted dates of it were recalled before.
    pub before: usize,
    /// The counted dates that are recalled now, in order, with what of each comes back: a half or the whole.
    pub days: &'a [(NaiveDate, HalfDays)],
    /// The rules on requests in force.
    pub version: &'a Version<LeaveRequestPolicy>,
}

/// What is credited beyond what comes back, by the leave year of the recalled dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// Leave year of the dates.
    pub year: i32,
    /// The first of them: from then on it can be used.
    pub from: NaiveDate,
    /// Last date of use, for credit that is a lot of leave.
    pub expires_on: NaiveDate,
    /// How much; above zero.
    pub days: HalfDays,
}

/// What a recall gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// What comes back, exactly.
    pub returned: HalfDays,
    /// What is credited beside it.
    pub earned: Vec<Earned>,
    /// Why.
    pub finding: Finding,
}

impl Given {
    /// All that is credited beside what comes back.
    #[must_use]
    pub fn credited(&self) -> HalfDays {
        self.earned.iter().map(|one| one.days).sum()
    }
}

/// ## 召回 — recall from leave
///
/// Welfare sheet L11 after the Police Regulations 2003 (England and Wales), regulation 33 and Annex O, with RULINGS 23; no
/// national text. Of an absence of three counted days or more (`recall.absence_days_min`, policy) the first and the second
/// recalled day give 2.0 days each, every further one 1.5 (`recall.credit_days`, policy; its last value holds for all that
/// follow), as a total: first the recalled days return to their lots, exactly; the rest is a new lot that is valid to the
/// end of the next leave year. Three whole days recalled: 5.5 = 3 returned + 2.5 new. Each begun day counts whole for the
/// credit. Of a shorter absence the recalled days return and nothing is added.
///
/// *Reading:* the absence is what the leave cost when it was granted, in halves (2.5 days are fewer than three), and only
/// days that count are recalled: duty on a rest day within the leave earns by the rules on rest days. Recalled days are
/// counted through all recalls of one leave, in the order in which they were recorded. "The next leave year" is the one
/// after that of the recalled date. The policy is that of the first recalled date. Of annual leave the new lot is annual
/// leave. Compensatory leave returns as minutes, and the rest is compensatory credit of whole and half compensatory days.
/// Personal leave has no lots: the days are simply not taken, and what lies over them is compensatory credit. Sick leave is
/// never recalled.
///
/// Only leave that runs is recalled: what has not begun is cancelled, what personnel entered when it was over as taken stays
/// taken. Personnel enters recalls that are over.
///
/// *Not modelled:* travel and costs of the return; the Scottish limit of four days (a policy value).
#[must_use]
pub fn recall(recall: &Recall<'_>) -> Given {
    let values = &recall.version.values.recall;
    let is_long = recall.absence >= values.absence_days_min;
    let returned: HalfDays = recall.days.iter().map(|(_, back)| *back).sum();
    let mut total = HalfDays::ZERO;
    let mut by_year: BTreeMap<i32, (NaiveDate, HalfDays)> = BTreeMap::new();
    for (at, (on, back)) in recall.days.iter().enumerate() {
        let gives = if is_long { values.credit_of(recall.before + at).max(*back) } else { *back };
        total += gives;
        if gives > *back {
            let (_, days) = by_year.entry(leave_year(*on)).or_insert((*on, HalfDays::ZERO));
            *days += gives - *back;
        }
    }
    let earned: Vec<Earned> = by_year
        .into_iter()
        .map(|(year, (from, days))| Earned {
            year,
            from,
            days,
            expires_on: year_end(year + 1).unwrap_or(NaiveDate::MAX),
        })
        .collect();
    let finding = Finding::new("leave.recall", "L11", Outcome::Pass)
        .source("本单位请假审批规定；Police Regulations 2003, regulation 33, Annex O")
        .policy(&recall.version.label())
        .measured("absence_days", recall.absence)
        .measured("recalled_days", recall.days.len())
        .measured("recalled_before", recall.before)
        .measured("total_days", total)
        .measured("returned_days", returned)
        .measured("new_days", total - returned)
        .limit("absence_days_min", values.absence_days_min)
        .limit("credit_days", json!(values.credit_days));
    Given { returned, earned, finding }
}

#[cfg(test)]
mod tests;
