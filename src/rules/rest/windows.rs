//! Windows that break a rule: those that overlap are told as one finding, so that a long spell is one thing to remedy
//! and not one for every day of it.

use super::scan::Span;
use crate::rules::finding::Outcome;

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
}

/// Windows with a common stretch, told together: of all that break the rule the earliest ones that do not overlap each
/// open one. Taking duty away never makes more of them.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    open: Option<(Window, i64)>,
}

impl Grouping {
    /// Takes the next window, by ascending end. Gives the group before it, once the window is apart from it.
    pub(super) fn add(&mut self, window: Window) -> Option<Window> {
        match &mut self.open {
            Some((group, first_end)) if window.start < *first_end => {
                group.end = group.end.max(window.end);
                group.last = group.last.max(window.last);
                group.measured = group.measured.max(window.measured);
                if window.outcome == Outcome::Block {
                    group.outcome = Outcome::Block;
                }
                None
            }
            open => open.replace((window, window.end)).map(|(group, _)| group),
        }
    }

    /// The last group.
    pub(super) fn end(self) -> Option<Window> {
        self.open.map(|(group, _)| group)
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
                best = Some(Window { start, end, first: self.low + first, last: at, measured: minutes, outcome });
            }
        }
        best.filter(|best| best.measured > above)
    }
}
