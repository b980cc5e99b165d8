//! What the rules share: the person's shifts as plain numbers, the duties they make, the policy of each date, and the
//! list of what was found.

use chrono::NaiveDate;

use super::local::{DAY, date, day_number};
use super::policy::RestPolicy;
use super::windows::Window;
use super::{Found, Person, Range, RestLaw};
use crate::rules::duty::{DutyKind, Shift};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::terms::RowId;

/// Seconds of a minute.
pub(super) const MINUTE: i64 = 60;

/// One shift that is duty: seconds since 1970, days since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub start: i64,
    pub end: i64,
    pub first_day: i64,
    pub last_day: i64,
    /// Minutes that count.
    pub counted: i64,
    pub kind: DutyKind,
    pub id: RowId,
}

impl Span {
    /// Minutes that count between two instants: those of the shift by the share of it that lies between them.
    pub(super) fn counted_between(&self, from: i64, to: i64) -> i64 {
        let inside = self.end.min(to) - self.start.max(from);
        if inside <= 0 {
            0
        } else if inside == self.end - self.start {
            self.counted
        } else {
            self.counted * inside / (self.end - self.start)
        }
    }
}

/// Shifts that are one duty (RULINGS 29), by their places among the spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duty {
    pub start: i64,
    pub end: i64,
    pub first: usize,
    pub last: usize,
    /// Minutes inside nights.
    pub night: i64,
}

/// The policy that binds from a day to the next entry.
#[derive(Debug, Clone, Copy)]
struct Bound<'a> {
    from: i64,
    version: Option<&'a Version<RestPolicy>>,
}

/// Room that is used again for each person of a scan, so that nobody costs an allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    spans: Vec<Span>,
    duties: Vec<Duty>,
}

/// One person before the rules.
pub(super) struct Scan<'a, 's> {
    pub person: &'s Person<'a>,
    pub law: &'s RestLaw<'a>,
    pub spans: &'s [Span],
    pub duties: &'s [Duty],
    first: Bound<'s>,
    more: Vec<Bound<'s>>,
    from: i64,
    to: i64,
    pub found: Vec<Found>,
}

impl<'a, 's> Scan<'a, 's> {
    /// Lays the person out for the rules.
    pub(super) fn new(
        person: &'s Person<'a>,
        law: &'s RestLaw<'a>,
        scratch: &'s mut Scratch,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Self {
        scratch.spans.clear();
        scratch.duties.clear();
        let first_day =
            person.shifts.first().map_or(day_number(from), |shift| law.local.day(shift.starts_at.timestamp()));
        let (first, more) = bounds(person, law, first_day.min(day_number(from)));
        let scan = Self {
            person,
            law,
            spans: &[],
            duties: &[],
            first,
            more,
            from: day_number(from),
            to: day_number(to),
            found: Vec::new(),
        };
        for shift in person.shifts {
            scan.lay(shift, scratch);
        }
        Self { spans: &scratch.spans, duties: &scratch.duties, ..scan }
    }

    /// Adds a shift that is duty to the spans, and to the duty before it where it is one with it.
    fn lay(&self, shift: &Shift, scratch: &mut Scratch) {
        let (start, end) = (shift.starts_at.timestamp(), shift.ends_at.timestamp());
        if start >= end {
            return;
        }
        let local = &self.law.local;
        let (first_day, last_day) = (local.day(start), local.day(end - 1));
        let Some(version) = self.policy(first_day) else { return };
        let policy = &version.values;
        if !policy.is_duty(shift.kind) {
            return;
        }
        let at = scratch.spans.len();
        let (counted, kind, id) = (shift.counted_minutes, shift.kind, shift.id);
        scratch.spans.push(Span { start, end, first_day, last_day, counted, kind, id });
        let night = self.night_minutes(policy, start, end, (first_day, last_day));
        match scratch.duties.last_mut() {
            Some(duty) if self.is_one(duty.end, start, first_day, policy) => {
                duty.end = duty.end.max(end);
                duty.last = at;
                duty.night += night;
            }
            _ => scratch.duties.push(Duty { start, end, first: at, last: at, night }),
        }
    }

    /// Whether a duty that starts then is one with a duty that ended before: without a break, or so close on one date. What
    /// ends at midnight ends on the date before.
    fn is_one(&self, ended: i64, start: i64, first_day: i64, policy: &RestPolicy) -> bool {
        let gap = start - ended;
        gap <= 0 || (gap < policy.same_duty_gap_minutes * MINUTE && self.law.local.day(ended - 1) == first_day)
    }

    /// Minutes between two instants that lie in nights, as they really pass.
    fn night_minutes(&self, policy: &RestPolicy, start: i64, end: i64, (first, last): (i64, i64)) -> i64 {
        let local = &self.law.local;
        let (from, to) = (policy.night_from.seconds(), policy.night_to.seconds());
        // Most shifts lie between the morning and the evening of one date.
        if first == last {
            let offset = local.offset(start);
            if offset == local.offset(end) && start + offset >= first * DAY + to && end + offset <= first * DAY + from {
                return 0;
            }
        }
        (first - 1..=last)
            .map(|day| (local.at(day + 1, to).min(end) - local.at(day, from).max(start)).max(0) / MINUTE)
            .sum()
    }

    /// Minutes of a span inside the night that begins on a date.
    pub(super) fn night_of(&self, policy: &RestPolicy, span: &Span, day: i64) -> i64 {
        let local = &self.law.local;
        let (from, to) = (local.at(day, policy.night_from.seconds()), local.at(day + 1, policy.night_to.seconds()));
        (span.end.min(to) - span.start.max(from)).max(0) / MINUTE
    }

    /// The version that binds on a date; `None` where there is none.
    pub(super) fn policy(&self, day: i64) -> Option<&'s Version<RestPolicy>> {
        self.more.iter().rev().find(|bound| bound.from <= day).unwrap_or(&self.first).version
    }

    /// Whether a window touches the asked dates.
    pub(super) fn touches(&self, from: i64, to: i64) -> bool {
        from <= self.to && self.from <= to
    }

    /// Tells a finding whose window touches the asked dates.
    pub(super) fn tell(&mut self, (from, to): (i64, i64), shifts: &[Span], finding: impl FnOnce() -> Finding) {
        if self.touches(from, to) {
            let shifts = shifts.iter().map(|span| span.id).collect();
            self.found.push(Found { finding: finding(), from: date(from), to: date(to), shifts });
        }
    }

    /// The same, of a rule that an approved derogation turns into a warning; the date is that of the duty it is about.
    pub(super) fn tell_derogable(
        &mut self,
        window: (i64, i64),
        on: i64,
        shifts: &[Span],
        finding: impl FnOnce() -> Finding,
    ) {
        let derogation = self.derogation(on);
        self.tell(window, shifts, || derogated(finding(), derogation));
    }

    /// A window with the outcome that a date gives it: what a derogation covers does not refuse.
    pub(super) fn derogable(&self, window: Window, on: i64) -> Window {
        match self.derogation(on).filter(|_| window.outcome == Outcome::Block) {
            Some(range) => Window { outcome: Outcome::Warn, derogation: Some(range.id), ..window },
            None => window,
        }
    }

    /// The approved derogation that covers a date.
    pub(super) fn derogation(&self, day: i64) -> Option<Range> {
        let covers = |range: &&Range| day_number(range.from) <= day && day <= day_number(range.to);
        self.person.derogations.iter().find(covers).copied()
    }
}

/// A block under a derogation is a warning that names it.
pub(super) fn derogated(mut finding: Finding, derogation: Option<Range>) -> Finding {
    if let Some(range) = derogation.filter(|_| finding.blocks()) {
        finding.outcome = Outcome::Warn;
        finding = finding.limit("derogation_id", range.id.to_string());
    }
    finding
}

/// The versions that bind a person from a day on; of most there is one, and nothing is allocated.
fn bounds<'s>(person: &'s Person<'_>, law: &'s RestLaw<'_>, first: i64) -> (Bound<'s>, Vec<Bound<'s>>) {
    let facts = person.facts;
    let version = |day: i64| {
        let on = date(day);
        facts.place_on(on).and_then(|place| law.policies.rest(place, on))
    };
    let changes = law
        .policies
        .rest_changes()
        .chain(facts.categories.iter().map(|fact| fact.from))
        .chain(facts.units.iter().map(|fact| fact.from));
    let mut days: Vec<i64> =
        changes.filter(|on| *on != NaiveDate::MIN).map(day_number).filter(|day| *day > first).collect();
    days.sort_unstable();
    days.dedup();
    let begins = Bound { from: first, version: version(first) };
    (begins, days.into_iter().map(|from| Bound { from, version: version(from) }).collect())
}
