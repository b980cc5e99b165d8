//! What the rules say of a request, when it is asked for and when it is decided; and how long it may wait.

mod change;
mod checks;
mod credit;
mod life;
pub mod strength;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::annual_leave;
use super::approver::Levels;
use super::calendar::{Calendar, NotPublished};
use super::comp_credit::{CreditDraw, CreditLot, Matching};
use super::day_count::{CountIn, Counted, count_all};
use super::finding::Finding;
use super::lots::{Assignment, Demand, Draw, Lot, assign};
use super::policy::{AnnualLeavePolicy, LeaveRequestPolicy, PlainLeave, PolicySet, Version};
use super::recall::Recalls;
use super::service::PersonFacts;
use super::terms::{DrawsOn, Half, LeaveKind, Span};

pub use change::{Granted, no_longer_fits};
pub(super) use credit::bears;
pub use credit::{Cover, covering, half_days_of, minutes_of};
pub use life::{StepDeadline, escalations, expires_at_date, expires_on, shown_state, step_deadlines};

/// Which act the rules are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The officer asks.
    Ask,
    /// hr enters for somebody else: any past span, which then needs no approver.
    Enter,
    /// A leader decides on what was asked: the past and the approver were checked before.
    Decide,
}

/// Everything the rules may know when a request is assessed.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// The act.
    pub act: Act,
    /// Kind of leave.
    pub kind: LeaveKind,
    /// The span asked for.
    pub span: Span,
    /// Today, in the service's time zone.
    pub today: NaiveDate,
    /// The person.
    pub facts: &'a PersonFacts,
    /// Policies.
    pub policies: &'a PolicySet,
    /// Calendar.
    pub calendar: &'a Calendar,
    /// All lots of the officer and kind, with the own lot of every leave year that the span touches (for alternatives:
    /// of [`super::alternatives::years`]).
    pub lots: &'a [Lot],
    /// The days that other live requests hold; on deciding, without the request itself.
    pub draws: &'a [Draw],
    /// All lots of credit of the officer; empty for kinds that draw on none.
    pub credit_lots: &'a [CreditLot],
    /// What others hold of them; on deciding, without the request itself.
    pub credit_draws: &'a [CreditDraw],
    /// The halves that other live requests of the officer occupy, of whatever kind, worked or not.
    pub occupied: &'a BTreeSet<(NaiveDate, Half)>,
    /// Who may decide.
    pub levels: &'a Levels,
    /// What was recalled of the leave: it costs nothing any more, and clashes with nothing.
    pub recalls: &'a Recalls,
}

/// Nothing was recalled: so with everything that is asked for anew.
pub static NOT_RECALLED: Recalls = Recalls { spans: Vec::new(), ended_on: None };

/// What the rules say of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Every check, in the order applied.
    pub findings: Vec<Finding>,
    /// What the span costs; `None` when a year has no calendar.
    pub counted: Option<Counted>,
    /// Which lots it draws on; `None` when it cannot be granted.
    pub assignment: Option<Assignment>,
    /// Which credit it draws on; `None` for kinds that draw on none, and when it cannot be granted.
    pub credit: Option<Matching>,
}

impl Verdict {
    /// Whether nothing blocks.
    #[must_use]
    pub fn acceptable(&self) -> bool {
        !self.findings.iter().any(Finding::blocks)
    }
}

impl Submission<'_> {
    /// The annual-leave version that counts the span: the one of its first date.
    fn annual_leave(&self) -> Option<&Version<AnnualLeavePolicy>> {
        self.policies.annual_leave(self.facts.place_on(self.span.from())?, self.span.from())
    }

    /// The version on requests for the person as they are today.
    pub(super) fn requests(&self) -> Option<&Version<LeaveRequestPolicy>> {
        self.policies.leave_requests(self.facts.place_on(self.today)?, self.today)
    }

    /// The version under which a kind that is only recorded is offered on the first date; `None` where it is not.
    fn plain(&self) -> Option<(&Version<LeaveRequestPolicy>, &PlainLeave)> {
        plain(self.facts, self.policies, self.kind, self.span.from())
    }

    /// What a day of this leave is.
    pub(super) fn count_in(&self) -> CountIn {
        count_in(self.facts, self.policies, self.kind, self.span.from())
    }

    /// What the span costs.
    pub(super) fn count(&self) -> Result<Counted, NotPublished> {
        count_all(&self.recalls.stretches(&self.span), self.calendar, self.count_in())
    }
}

/// Assesses a request: every check that applies, and the lots it would draw on.
#[must_use]
pub fn assess(submission: &Submission<'_>) -> Verdict {
    let mut findings = Vec::new();
    let counted = checks::calendar(submission, &mut findings);
    if let Some(counted) = &counted {
        findings.push(checks::working_day(counted));
        findings.extend(checks::min_unit(submission, counted));
    }
    findings.extend(checks::past(submission));
    findings.push(checks::overlap(submission));
    findings.push(checks::on_roll(submission));
    findings.push(checks::eligible(submission));
    let (mut assignment, mut matching) = (None, None);
    match (submission.kind.draws_on(), &counted) {
        // What is only recorded draws on no lot.
        (DrawsOn::Nothing, _) => assignment = Some(Assignment::default()),
        (DrawsOn::Lots, Some(counted)) => {
            findings.extend(checks::balance(submission, counted));
            assignment = assign(submission.lots, submission.draws, &counted.days).ok();
        }
        (DrawsOn::Credit, Some(counted)) => {
            let (finding, found) = credit::balance(submission, counted);
            findings.push(finding);
            assignment = found.is_some().then(Assignment::default);
            matching = found;
        }
        (_, None) => {}
    }
    findings.extend(checks::approver(submission));
    Verdict { findings, counted, assignment, credit: matching }
}

fn plain<'a>(
    facts: &PersonFacts,
    policies: &'a PolicySet,
    kind: LeaveKind,
    on: NaiveDate,
) -> Option<(&'a Version<LeaveRequestPolicy>, &'a PlainLeave)> {
    let version = policies.leave_requests(facts.place_on(on)?, on)?;
    version.values.kinds.get(&kind).map(|plain| (version, plain))
}

/// What a day of leave of a kind is for a person when the leave begins on a date.
#[must_use]
pub fn count_in(facts: &PersonFacts, policies: &PolicySet, kind: LeaveKind, on: NaiveDate) -> CountIn {
    let annual = || policies.annual_leave(facts.place_on(on)?, on).map(|version| version.values.leave_type.count_in);
    let plain = || plain(facts, policies, kind, on).map(|(_, plain)| plain.count_in);
    let count_in = match kind.draws_on() {
        DrawsOn::Lots => annual(),
        DrawsOn::Nothing => plain(),
        DrawsOn::Credit => None,
    };
    count_in.unwrap_or(CountIn::Working)
}

/// Live days of other requests.
pub(super) fn live(draws: &[Draw]) -> Vec<Demand> {
    draws.iter().map(Demand::from).collect()
}

/// Whether annual leave is offered to somebody on a date at all.
#[must_use]
pub fn offered(facts: &PersonFacts, policies: &PolicySet, on: NaiveDate) -> bool {
    facts.place_on(on).is_some_and(|place| policies.annual_leave(place, on).is_some())
}

/// The own entitlement of each leave year between two, for the lots of a submission.
///
/// # Errors
/// As [`annual_leave::entitlement`].
pub fn entitlements(
    facts: &PersonFacts,
    policies: &PolicySet,
    years: std::ops::RangeInclusive<i32>,
) -> Result<Vec<annual_leave::Entitlement>, super::policy::NoPolicy> {
    years.map(|year| annual_leave::entitlement(facts, policies, year)).collect()
}

#[cfg(test)]
pub(super) mod tests;
