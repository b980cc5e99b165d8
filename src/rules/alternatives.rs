//! Other dates for a request that cannot be granted as asked.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::day_count::CountIn;
use super::leave_request::{Submission, assess, bears, live};
use super::lots::{Demand, bearable, grantable_beside};
use super::policy::LeaveRequestPolicy;
use super::terms::{DrawsOn, FirstDay, Half, HalfDays, LastDay, Span, leave_year};

/// Another span that could be asked for today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// The span.
    pub span: Span,
    /// What it costs.
    pub days: HalfDays,
}

/// The leave years in which alternatives to a span may lie: the lots of a submission must cover them.
#[must_use]
pub fn years(span: &Span, today: NaiveDate, policy: &LeaveRequestPolicy) -> RangeInclusive<i32> {
    let (first, last) = starts(span, today, policy);
    let length = Days::new((span.to() - span.from()).num_days().unsigned_abs() + SLACK_DAYS);
    leave_year(first.min(span.from()))..=leave_year(last.checked_add_days(length).unwrap_or(last).max(span.to()))
}

/// By how many days an alternative may be longer in the calendar than what was asked: the longest holidays.
const SLACK_DAYS: u64 = 40;

/// The first and the last date on which an alternative may begin.
fn starts(span: &Span, today: NaiveDate, policy: &LeaveRequestPolicy) -> (NaiveDate, NaiveDate) {
    let within = Days::new(policy.alternatives_within_days.into());
    let first = span.from().checked_sub_days(within).unwrap_or(NaiveDate::MIN).max(today);
    (first, span.from().checked_add_days(within).unwrap_or(NaiveDate::MAX))
}

/// What one date offers.
#[derive(Debug, Clone, Copy)]
struct Offer {
    date: NaiveDate,
    costs: bool,
    morning: bool,
    afternoon: bool,
}

/// The halves that the wish leaves out at its ends, where they cost something.
#[derive(Debug, Clone, Copy)]
struct Shape {
    first_day: FirstDay,
    last_day: LastDay,
}

impl Shape {
    /// The cost of a span of `n` costing dates in this shape; `None` if there is no such span.
    fn cost(self, n: usize) -> Option<HalfDays> {
        let left_out = i32::from(self.first_day == FirstDay::Pm) + i32::from(self.last_day == LastDay::Am);
        let cost = i32::try_from(n).ok()?.checked_mul(2)? - left_out;
        (cost > 0).then_some(HalfDays(cost))
    }
}

/// ## 备选日期 — other dates that could be granted
///
/// RULINGS 20 (no national text; the plans ask that a refusal names other dates): up to three spans
/// (`alternatives_max`, policy) with the same counted days, or, if there is none, the longest possible; the nearest
/// start to the one asked for first, the earlier of two equally near; within 180 days (`alternatives_within_days`),
/// never before today, half days at the ends kept, each acceptable if submitted now.
///
/// *Reading:* an alternative begins and ends on a day that costs something. A half day asked for on a rest day is none.
/// For a span that costs nothing, single days are offered. Days that are lost or held are none that could be granted.
/// Sick and personal leave have no other dates: what they are for lies where it lies.
///
/// *Not modelled:* blackouts; the strength of the unit, which is asked when leave is granted (`leave.strength`).
#[must_use]
pub fn alternatives(submission: &Submission<'_>) -> Vec<Alternative> {
    let Some(policy) = submission.requests().filter(|_| !submission.kind.is_only_recorded()) else { return Vec::new() };
    let policy = &policy.values;
    let asked = asked_days(submission);
    let search = Search::new(submission, policy, asked.first().copied(), asked.last().copied());
    let wanted = asked.len().max(1);
    let mut found = search.nearest(wanted, policy.alternatives_max);
    if found.is_empty() {
        let longest = search.longest(wanted);
        if longest > 0 {
            found = search.nearest(longest, policy.alternatives_max);
        }
    }
    found
}

/// The days that the wish costs; in a year without a calendar Monday to Friday count, as for deadlines (RULINGS 2), so
/// that somebody who asks too far ahead still learns what is possible where the calendar reaches.
fn asked_days(submission: &Submission<'_>) -> Vec<(NaiveDate, HalfDays)> {
    let span = submission.span;
    submission.count().map(|counted| counted.days).unwrap_or_else(|_| {
        span.dates()
            .filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun))
            .map(|date| (date, HalfDays(i32::try_from(span.halves_on(date).len()).unwrap_or(2))))
            .collect()
    })
}

/// What stays the same while candidates are tried.
struct Search<'a> {
    submission: &'a Submission<'a>,
    shape: Shape,
    offers: Vec<Offer>,
    /// Indices of possible starts in `offers`, the nearest first.
    starts: Vec<usize>,
    live: Vec<Demand>,
}

impl<'a> Search<'a> {
    fn new(
        submission: &'a Submission<'a>,
        policy: &LeaveRequestPolicy,
        first: Option<(NaiveDate, HalfDays)>,
        last: Option<(NaiveDate, HalfDays)>,
    ) -> Self {
        let span = submission.span;
        let on = |end: Option<(NaiveDate, HalfDays)>, date| end.is_some_and(|(costing, _)| costing == date);
        let shape = Shape {
            first_day: if on(first, span.from()) { span.first_day() } else { FirstDay::Full },
            last_day: if on(last, span.to()) { span.last_day() } else { LastDay::Full },
        };
        let (begin, end) = starts(&span, submission.today, policy);
        let length = (span.to() - span.from()).num_days().unsigned_abs() + SLACK_DAYS;
        let horizon = end.checked_add_days(Days::new(length)).unwrap_or(end);
        let offers = offers(submission, begin, horizon);
        let mut starts: Vec<(u64, usize)> = offers
            .iter()
            .enumerate()
            .filter(|(_, offer)| offer.costs && offer.date <= end)
            .map(|(index, offer)| ((offer.date - span.from()).num_days().unsigned_abs(), index))
            .collect();
        starts.sort_unstable();
        let starts = starts.into_iter().map(|(_, index)| index).collect();
        Self { submission, shape, offers, starts, live: bearable(submission.lots, &live(submission.draws)) }
    }

    /// The nearest spans of `n` costing dates that are acceptable.
    fn nearest(&self, n: usize, max: usize) -> Vec<Alternative> {
        let candidates = self.starts.iter().filter_map(|&start| self.candidate(start, n));
        candidates
            .filter(|candidate| candidate.span != self.submission.span)
            .filter(|c| self.stands(c))
            .take(max)
            .collect()
    }

    /// The most costing dates, below `n`, that some span can have.
    fn longest(&self, n: usize) -> usize {
        // A single date from noon to noon is no span: two are the fewest then.
        let floor = usize::from(self.shape.cost(1).is_none());
        let mut best = floor;
        for &start in &self.starts {
            // A start matters only if it does better than the best so far; then it is followed as far as it goes.
            while best + 1 < n && self.candidate(start, best + 1).is_some() {
                best += 1;
            }
        }
        if best > floor { best } else { 0 }
    }

    /// The span of `n` costing dates from a start, if its halves are free and the lots bear it.
    fn candidate(&self, start: usize, n: usize) -> Option<Alternative> {
        let days = self.shape.cost(n)?;
        let mut demands: Vec<Demand> = Vec::with_capacity(n);
        let first = self.offers.get(start)?.date;
        for offer in self.offers.get(start..)? {
            let whole_first = offer.date != first || self.shape.first_day == FirstDay::Full;
            let completes = offer.costs && demands.len() + 1 == n;
            let whole_last = !completes || self.shape.last_day == LastDay::Full;
            if (whole_first && !offer.morning) || (whole_last && !offer.afternoon) {
                return None;
            }
            if offer.costs {
                let halves = i32::from(whole_first) + i32::from(whole_last);
                demands.push(Demand { on: offer.date, quantity: HalfDays(halves) });
            }
            if completes {
                let span = Span::new(first, offer.date, self.shape.first_day, self.shape.last_day).ok()?;
                return self.bears(&demands, days).then_some(Alternative { span, days });
            }
        }
        None
    }

    /// Whether what the kind draws on bears some days.
    fn bears(&self, demands: &[Demand], days: HalfDays) -> bool {
        if self.submission.kind.draws_on() == DrawsOn::Credit {
            return bears(self.submission, demands.iter().map(|demand| (demand.on, demand.quantity)));
        }
        grantable_beside(self.submission.lots, &self.live, demands) == days
    }

    /// Whether the rules as a whole accept a candidate.
    fn stands(&self, candidate: &Alternative) -> bool {
        assess(&Submission { span: candidate.span, ..*self.submission }).acceptable()
    }
}

/// The dates from the first possible start on, until the calendar or the roll ends.
fn offers(submission: &Submission<'_>, begin: NaiveDate, horizon: NaiveDate) -> Vec<Offer> {
    let count_in = submission.count_in();
    let dates = begin.iter_days().take_while(|date| *date <= horizon);
    let offer = |date: NaiveDate| {
        let class = submission.calendar.class_of(date).ok();
        let counted = count_in == CountIn::Calendar || class.is_some();
        let there = counted && submission.facts.on_roll(date);
        let free = |half| there && !submission.occupied.contains(&(date, half));
        let costs = count_in == CountIn::Calendar || class.is_some_and(super::calendar::DayClass::working);
        Offer { date, costs, morning: free(Half::Am), afternoon: free(Half::Pm) }
    };
    dates.map(offer).collect()
}

#[cfg(test)]
mod tests;
