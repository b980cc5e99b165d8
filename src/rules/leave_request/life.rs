//! How long a request may wait, and how it is shown.

use chrono::NaiveDate;

use crate::rules::calendar::{Calendar, WorkingDay};
use crate::rules::policy::LeaveRequestPolicy;
use crate::rules::terms::{LeaveKind, RequestState, ShownState};

/// Until when one level has time to decide: 24:00 of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepDeadline {
    /// The level, from 0.
    pub step: usize,
    /// It decides until 24:00 of this date; then the step goes up.
    pub due: WorkingDay,
}

/// ## 请假申请失效 — when an undecided request expires
///
/// RULINGS 18 (no national text): an undecided request expires at 24:00 of the later of its first date and the third
/// full working day after submission (`undecided_working_days`, policy). The day of submission never counts.
#[must_use]
pub fn expires_at_date(
    submitted_on: NaiveDate,
    from: NaiveDate,
    calendar: &Calendar,
    undecided_working_days: u32,
) -> NaiveDate {
    calendar.nth_working_day_after(submitted_on, undecided_working_days).date.max(from)
}

/// As [`expires_at_date`]; `None` for kinds that may begin in the past, which never expire.
#[must_use]
pub fn expires_on(
    kind: LeaveKind,
    submitted_on: NaiveDate,
    from: NaiveDate,
    calendar: &Calendar,
    policy: &LeaveRequestPolicy,
) -> Option<NaiveDate> {
    (policy.retroactive_days(kind) == 0)
        .then(|| expires_at_date(submitted_on, from, calendar, policy.undecided_working_days))
}

/// ## 逐级上报 — how long each level has
///
/// RULINGS 18: a step left undecided for three full working days (`undecided_working_days`, policy) goes up to the
/// next level, at 24:00 of the third; the next level has as long again. The highest level keeps it.
#[must_use]
pub fn step_deadlines(
    submitted_on: NaiveDate,
    calendar: &Calendar,
    undecided_working_days: u32,
    levels: usize,
) -> Vec<StepDeadline> {
    let mut due = WorkingDay { date: submitted_on, provisional: false };
    (0..levels)
        .map(|step| {
            let next = calendar.nth_working_day_after(due.date, undecided_working_days);
            due = WorkingDay { date: next.date, provisional: due.provisional || next.provisional };
            StepDeadline { step, due }
        })
        .collect()
}

/// How often a request has gone up by the beginning of `today`, at most once for each level above the first.
#[must_use]
pub fn escalations(
    submitted_on: NaiveDate,
    today: NaiveDate,
    calendar: &Calendar,
    undecided_working_days: u32,
    levels: usize,
) -> usize {
    let deadlines = step_deadlines(submitted_on, calendar, undecided_working_days, levels.saturating_sub(1));
    deadlines.iter().filter(|deadline| deadline.due.date < today).count()
}

/// ## 申请状态 — how a recorded state is shown on a date
///
/// RULINGS 18, 22, CONTRACT §6: a submitted request whose last day to be decided is over shows as expired; an approved
/// one shows as running from its first date on, until the return is reported; one that does not go on after a recall
/// (RULINGS 23) shows as recalled from the date on which that recall ended it.
#[must_use]
pub fn shown_state(
    recorded: RequestState,
    from: NaiveDate,
    expires_on: Option<NaiveDate>,
    recalled_on: Option<NaiveDate>,
    today: NaiveDate,
) -> ShownState {
    match recorded {
        RequestState::Submitted if expires_on.is_some_and(|last| last < today) => ShownState::Expired,
        RequestState::Submitted => ShownState::Submitted,
        RequestState::Approved if recalled_on.is_some_and(|ended| ended <= today) => ShownState::Recalled,
        RequestState::Approved if from <= today => ShownState::Running,
        RequestState::Approved => ShownState::Approved,
        RequestState::Rejected => ShownState::Rejected,
        RequestState::Withdrawn => ShownState::Withdrawn,
        RequestState::Expired => ShownState::Expired,
        RequestState::Cancelled => ShownState::Cancelled,
        RequestState::Completed => ShownState::Completed,
    }
}
