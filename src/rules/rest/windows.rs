//! Windows that break a rule: those that overlap are told as one finding, so that a long spell is one thing to remedy
//! and not one for every day of it.

use super::scan::Span;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::RowId;

/// A window that breaks a rule. Ends are half-open, in whatever unit the rule counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub start: i64,
    pub end: i64,
    /// The first of the spans in it.
    pub first: usize,
    /// The last of them.
    pub last: usize,
    /// What was measured in it.
    pub measured: i64,
    pub outcome: Outcome,
    /// The derogation but for which it would refuse.
    pub derogation: Option<RowId>,
    /// The day of the duty that closes it.
    pub on: i64,
}

/// Windows that are told together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// From the first instant of the first window to the end of the last; the heaviest number and the gravest outcome.
    pub window: Window,
    /// End of the first window: what begins before it belongs to the group.
    pub reach: i64,
}

impl Group {
    /// Names the derogation that turns a refusal into a warning.
    pub(super) fn named(&self, finding: Finding) -> Finding {
        match self.window.derogation.filter(|_| !finding.blocks()) {
            Some(id) => finding.limit("derogation_id", id.to_string()),
            None => finding,
        }
    }
}

/// Windows with a common stretch, told together: of all that break the rule the earliest ones that do not overlap each
/// open one. Taking duty away never makes more of them.
///
/// Some patterns break a rule for as long as they last. So that the same is found however much of the past is known, no
/// group goes on over a cut that is the same for everybody: windows that are closed before it and after it are told apart.
#[derive(Debug)]
pub(super) struct Grouping {
    /// Days between two cuts.
    days: i64,
    open: Option<Group>,
}

/// A cut: Monday 2 March 1970, in days since 1970.
pub(super) const FIRST_CUT: i64 = 60;
/// Days between two cuts: whole weeks, and so many that a spell is seldom cut.
pub(super) const CUT_DAYS: i64 = 84;

impl Grouping {
    /// With a cut every so many days.
    pub(super) const fn new(days: i64) -> Self {
        Self { days, open: None }
    }

    /// Takes the next window, by ascending end. Gives the group before it, once the window is apart from it.
    pub(super) fn add(&mut self, window: Window) -> Option<Group> {
        let cell = |window: &Window| (window.on - FIRST_CUT).div_euclid(self.days);
        let joins = |open: &Group| window.start < open.reach && cell(&open.window) == cell(&window);
        if let Some(Group { window: group, .. }) = self.open.as_mut().filter(|open| joins(open)) {
            group.end = group.end.max(window.end);
            group.last = group.last.max(window.last);
            group.measured = group.measured.max(window.measured);
            group.derogation = group.derogation.or(window.derogation);
            if window.outcome == Outcome::Block {
                group.outcome = Outcome::Block;
            }
            return None;
        }
        self.open.replace(Group { window, reach: window.end })
    }

    /// The last group.
    pub(super) const fn end(self) -> Option<Group> {
        self.open
    }
}

/// Finds the heaviest windows of one length that end within each span.
#[derive(Debug)]
pub(super) struct Moving {
    length: i64,
    low: usize,
    total: i64,
}

impl Moving {
    pub(super) const fn new(length: i64) -> Self {
        Self { length, low: 0, total: 0 }
    }

    /// The heaviest window of the length that ends within the next span: `at` goes up by one with each call. `None`
    /// where even all the spans near it hold no more minutes than `above`.
    pub(super) fn next(&mut self, spans: &[Span], at: usize, above: i64) -> Option<Window> {
        let span = spans.get(at)?;
        self.total += span.counted;
        while let Some(gone) = spans.get(self.low).filter(|one| one.end <= span.start - self.length) {
            self.total -= gone.counted;
            self.low += 1;
        }
        if self.total <= above {
            return None;
        }
        let near = spans.get(self.low..=at)?;
        // A sum over a window of fixed length is largest where an end of it meets an end of a shift.
        let starts = near.iter().map(|one| one.start).filter(|start| {
            let end = start + self.length;
            span.start < end && end < span.end
        });
        let mut best: Option<Window> = None;
        for start in starts.chain([span.end - self.length]) {
            let end = start + self.length;
            let inside = |one: &Span| one.counted_between(start, end);
            let minutes: i64 = near.iter().map(inside).sum();
            if best.is_none_or(|best| best.measured < minutes) {
                let first = near.iter().position(|one| one.end > start).unwrap_or(0);
                let outcome = Outcome::Warn;
                let (first, derogation) = (self.low + first, None);
                let on = span.first_day;
                best = Some(Window { start, end, first, last: at, measured: minutes, outcome, derogation, on });
            }
        }
        best.filter(|best| best.measured > above)
    }
}
