//! What a unit owes by an instant: dated duties and the steps by which an open one goes up.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::comp_credit::CancelReason;
use super::terms::{Instant, OfficerId, UnitId, UnknownWord, next_day, vocabulary};

vocabulary! {
    /// What is owed.
    RestDutyKind {
        /// To name a date in place of rest that was taken away.
        OfferDate = "offer_date",
        /// To let credit be rested.
        GiveRest = "give_rest",
        /// To pay credit, as the officer chose.
        PayCredit = "pay_credit",
        /// To say what was worked: where the officer has said something else than the plan, and where the hours earn something.
        AnswerHours = "answer_hours",
        /// To see a violation.
        AcknowledgeViolation = "acknowledge_violation",
        /// To make a violation good.
        RemedyViolation = "remedy_violation",
        /// To issue a rest order that was drafted, or discard it.
        IssueRestOrder = "issue_rest_order",
        /// To publish the roster.
        PublishRoster = "publish_roster",
        /// To take away the day of duty that is one too many in a row.
        BreakRow = "break_row",
    }
}

vocabulary! {
    /// Where a duty stands at an instant.
    RestDutyState {
        /// It is open, and its date is more than a week ahead.
        Open = "open",
        /// Its date is at most a week ahead.
        Soon = "soon",
        /// Its date is over.
        Overdue = "overdue",
        /// Its clock stands still.
        Paused = "paused",
    }
}

vocabulary! {
    /// Why a clock stands still.
    PauseReason {
        /// hr accepts it for a time.
        AcceptedException = "accepted_exception",
        /// An approved derogation holds.
        Derogation = "derogation",
    }
}

/// A time in which the clock of a duty stands still, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// First instant.
    pub from: Instant,
    /// First instant after it.
    pub to: Instant,
    /// Why.
    pub reason: PauseReason,
}

/// One dated duty of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestDuty {
    /// What.
    pub kind: RestDutyKind,
    /// The record that it is about: a lot, a rest day that was moved, a shift, a violation, an order; the unit for its roster, the
    /// officer for a row of days.
    pub subject_id: Uuid,
    /// To whom; `None` where it is owed to everybody in the unit.
    pub officer_id: Option<OfficerId>,
    /// By which unit.
    pub unit_id: UnitId,
    /// Since when.
    pub since: Instant,
    /// It is done in time before this instant, what was paused included.
    pub due: Instant,
    /// Days after its date on which it goes a step up, ascending (policy).
    pub ladder_days: Vec<i64>,
    /// When its clock stands still.
    pub pauses: Vec<Pause>,
    /// How many minutes of rest, or of pay in its place, where it is about credit.
    pub minutes: Option<i64>,
    /// The rule, where it is about a violation.
    pub rule: Option<String>,
    /// Why rest is owed, where no credit says so: a day that the officer asked to move.
    pub reason_code: Option<CancelReason>,
}

/// One step of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From 1.
    pub number: usize,
    /// When.
    pub at: Instant,
}

/// Hours after the due instant on which a duty goes up that is due within three days of its beginning.
const HOURS: &[i64] = &[0, 2, 6, 12, 24];
/// What is due within this is urgent.
const URGENT: TimeDelta = TimeDelta::hours(72);
/// How long before its date a duty is due soon.
const SOON: TimeDelta = TimeDelta::days(7);
/// The hour at which a step is made.
const STEP_AT: NaiveTime = match NaiveTime::from_hms_opt(8, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// The date of a due instant: the local date whose 24:00 it is.
#[must_use]
pub fn due_on(due: Instant, zone: Tz) -> NaiveDate {
    (due - TimeDelta::microseconds(1)).with_timezone(&zone).date_naive()
}

/// A due instant moved by what was paused before it: time that stands still does not pass.
#[must_use]
pub fn postponed(due: Instant, since: Instant, pauses: &[Pause]) -> Instant {
    let mut pauses: Vec<Pause> = pauses.iter().copied().filter(|pause| pause.from < pause.to).collect();
    pauses.sort_by_key(|pause| (pause.from, pause.to));
    let (mut due, mut passed) = (due, since);
    for pause in pauses {
        // Two that lie over one another stand still once.
        let from = pause.from.max(passed);
        if from >= due || pause.to <= from {
            continue;
        }
        due += pause.to - from;
        passed = pause.to;
    }
    due
}

/// ## 督办 — the steps of an open duty
///
/// 眉山“5×5”爱警工作法（1-3-5-7-15-30督办）: a duty that is open after its date goes a step up after 1, 3, 5, 7, 15 and 30 days, at
/// 08:00; what is due within 72 hours of its beginning goes up 0, 2, 6, 12 and 24 hours after its due instant.
///
/// *Reading:* RULINGS 1, 34 and 35: the date of a due instant is the one whose 24:00 it is; time in which a duty is paused
/// moves it and its steps. A step is an instant and nothing else: however often it is asked for, it is the same one.
///
/// *Not modelled:* who is told at a step, and what they answer.
#[must_use]
pub fn steps(duty: &RestDuty, zone: Tz) -> Vec<Step> {
    let instants: Vec<Instant> = if duty.due - duty.since <= URGENT {
        HOURS.iter().map(|hours| duty.due + TimeDelta::hours(*hours)).collect()
    } else {
        let on = due_on(duty.due, zone);
        let days = duty.ladder_days.iter().filter_map(|days| u64::try_from(*days).ok());
        days.map(|days| morning(on.checked_add_days(Days::new(days)).unwrap_or(on), zone)).collect()
    };
    instants.into_iter().enumerate().map(|(index, at)| Step { number: index + 1, at }).collect()
}

/// Eight in the morning of a date; where the zone skips it, after the gap.
fn morning(on: NaiveDate, zone: Tz) -> Instant {
    let local = zone.from_local_datetime(&on.and_time(STEP_AT)).earliest();
    let later = || zone.from_local_datetime(&(on.and_time(STEP_AT) + TimeDelta::hours(1))).earliest();
    local
        .or_else(later)
        .map_or_else(|| next_day(on).and_time(NaiveTime::MIN).and_utc(), |at: DateTime<Tz>| at.with_timezone(&Utc))
}

impl RestDuty {
    /// A duty of a unit from an instant on and due before another, with nothing more said of it.
    #[must_use]
    pub const fn of(
        kind: RestDutyKind,
        subject_id: Uuid,
        unit_id: UnitId,
        (since, due): (Instant, Instant),
        ladder_days: Vec<i64>,
    ) -> Self {
        Self {
            kind,
            subject_id,
            officer_id: None,
            unit_id,
            since,
            due,
            ladder_days,
            pauses: Vec::new(),
            minutes: None,
            rule: None,
            reason_code: None,
        }
    }

    /// Its steps between two instants, the second not included: what an engine records for a time.
    #[must_use]
    pub fn steps_between(&self, from: Instant, to: Instant, zone: Tz) -> Vec<Step> {
        steps(self, zone).into_iter().filter(|step| from <= step.at && step.at < to).collect()
    }

    /// The step that it has come to; `None` before the first.
    #[must_use]
    pub fn reached(&self, at: Instant, zone: Tz) -> Option<Step> {
        steps(self, zone).into_iter().rfind(|step| step.at <= at).filter(|_| self.paused(at).is_none())
    }

    /// The step that comes next; `None` after the last.
    #[must_use]
    pub fn next(&self, at: Instant, zone: Tz) -> Option<Step> {
        steps(self, zone).into_iter().find(|step| at < step.at)
    }

    /// The pause that it is in.
    #[must_use]
    pub fn paused(&self, at: Instant) -> Option<Pause> {
        self.pauses.iter().copied().find(|pause| pause.from <= at && at < pause.to)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, at: Instant) -> RestDutyState {
        if self.paused(at).is_some() {
            RestDutyState::Paused
        } else if self.due <= at {
            RestDutyState::Overdue
        } else if self.due - at <= SOON {
            RestDutyState::Soon
        } else {
            RestDutyState::Open
        }
    }

    /// Whole days since its date; 0 before it is over, and while it is paused.
    #[must_use]
    pub fn days_overdue(&self, at: Instant, zone: Tz) -> i64 {
        if self.state(at) != RestDutyState::Overdue {
            return 0;
        }
        (at.with_timezone(&zone).date_naive() - due_on(self.due, zone)).num_days().max(0)
    }
}

/// Dates for which a roster is published, both included.
pub type Published = (NaiveDate, NaiveDate);

/// The first date without a published roster, seen from a date: gaps before it are over, and where the roster has run out
/// it is the day after its last.
#[must_use]
pub fn first_unpublished(published: &[Published], on: NaiveDate) -> Option<NaiveDate> {
    let mut sorted = published.to_vec();
    sorted.sort_unstable();
    // Of those that have begun the furthest; where none has, the first to come.
    let begun = sorted.iter().filter(|(from, _)| *from <= on).map(|(_, to)| *to).max();
    let mut last = begun.or_else(|| sorted.first().map(|(_, to)| *to))?;
    for (from, to) in sorted {
        if from <= next_day(last) && to > last {
            last = to;
        }
    }
    Some(next_day(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn duty(since: &str, due: &str, pauses: Vec<Pause>) -> RestDuty {
        RestDuty {
            kind: RestDutyKind::OfferDate,
            subject_id: Uuid::from_u128(1),
            officer_id: None,
            unit_id: UnitId(Uuid::from_u128(2)),
            since: at(since),
            due: postponed(at(due), at(since), &pauses),
            ladder_days: vec![1, 3, 5, 7, 15, 30],
            pauses,
            minutes: None,
            rule: None,
            reason_code: None,
        }
    }

    fn instants(duty: &RestDuty, zone: Tz) -> Vec<String> {
        steps(duty, zone).iter().map(|step| step.at.with_timezone(&zone).format("%m-%dT%H:%M").to_string()).collect()
    }

    /// Acceptance A-5: told on 10 April 2025, due with the end of the 14th.
    #[test]
    fn a_duty_goes_up_by_days() {
        let one = duty("2025-04-10T02:00:00Z", "2025-04-14T16:00:00Z", Vec::new());
        let expected = ["04-15T08:00", "04-17T08:00", "04-19T08:00", "04-21T08:00", "04-29T08:00", "05-14T08:00"];
        assert_eq!(instants(&one, Tz::Asia__Shanghai), expected);
        let zone = Tz::Asia__Shanghai;
        for (now, days, reached, state) in [
            ("2025-04-14T15:59:59Z", 0, None, RestDutyState::Soon),
            ("2025-04-14T16:00:00Z", 1, None, RestDutyState::Overdue),
            ("2025-04-14T23:59:59Z", 1, None, RestDutyState::Overdue),
            ("2025-04-15T00:00:00Z", 1, Some(1), RestDutyState::Overdue),
            ("2025-04-16T23:59:59Z", 3, Some(1), RestDutyState::Overdue),
            ("2025-04-17T00:00:00Z", 3, Some(2), RestDutyState::Overdue),
            ("2025-05-14T00:00:00Z", 30, Some(6), RestDutyState::Overdue),
            ("2026-05-14T00:00:00Z", 395, Some(6), RestDutyState::Overdue),
        ] {
            let step = one.reached(at(now), zone).map(|step| step.number);
            assert_eq!((one.days_overdue(at(now), zone), step, one.state(at(now))), (days, reached, state), "{now}");
        }
        assert_eq!(one.next(at("2025-04-14T15:00:00Z"), zone).unwrap().number, 1);
        assert_eq!(one.next(at("2025-05-14T00:00:00Z"), zone), None);
        let found = one.steps_between(at("2025-04-15T00:00:00Z"), at("2025-04-17T00:00:00Z"), zone);
        assert_eq!(found.len(), 1, "half-open: a step is in one of two halves");
    }

    #[test]
    fn what_is_urgent_goes_up_by_hours() {
        let one = duty("2025-04-10T02:00:00Z", "2025-04-10T02:15:00Z", Vec::new());
        let expected = ["04-10T10:15", "04-10T12:15", "04-10T16:15", "04-10T22:15", "04-11T10:15"];
        assert_eq!(instants(&one, Tz::Asia__Shanghai), expected);
        let edge = |due| instants(&duty("2025-04-10T02:00:00Z", due, Vec::new()), Tz::UTC).len();
        assert_eq!((edge("2025-04-13T02:00:00Z"), edge("2025-04-13T02:00:01Z")), (5, 6), "72 hours");
    }

    /// Eight in the morning is eight on the wall, in summer and in winter.
    #[test]
    fn a_step_is_at_eight_on_the_wall() {
        let one = duty("2026-03-20T00:00:00Z", "2026-03-28T00:00:00Z", Vec::new());
        let found: Vec<Instant> = steps(&one, Tz::Europe__London).iter().map(|step| step.at).collect();
        assert_eq!(found[0], at("2026-03-28T08:00:00Z"));
        assert_eq!(found[1], at("2026-03-30T07:00:00Z"), "British Summer Time began on the 29th");
    }

    #[test]
    fn time_that_is_paused_does_not_pass() {
        let pause = |from: &str, to: &str| Pause { from: at(from), to: at(to), reason: PauseReason::AcceptedException };
        let since = "2026-03-01T00:00:00Z";
        let due = |pauses: Vec<Pause>| duty(since, "2026-03-11T00:00:00Z", pauses).due.to_rfc3339();
        assert_eq!(due(vec![pause("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z")]), "2026-03-13T00:00:00+00:00");
        assert_eq!(due(vec![pause("2026-03-11T00:00:00Z", "2026-03-14T00:00:00Z")]), "2026-03-11T00:00:00+00:00");
        assert_eq!(due(vec![pause("2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z")]), "2026-03-12T00:00:00+00:00");
        let both = vec![
            pause("2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z"),
            pause("2026-03-03T00:00:00Z", "2026-03-06T00:00:00Z"),
            pause("2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z"),
        ];
        assert_eq!(
            due(both),
            "2026-03-16T00:00:00+00:00",
            "what lies over one another once; the second moves with the first"
        );
        let paused = duty(since, "2026-03-11T00:00:00Z", vec![pause("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z")]);
        assert_eq!(paused.state(at("2026-03-03T00:00:00Z")), RestDutyState::Paused);
        assert_eq!(paused.state(at("2026-03-04T00:00:00Z")), RestDutyState::Open);
    }

    #[test]
    fn the_first_date_without_a_roster() {
        let on = date("2026-03-10");
        let of = |published: &[(&str, &str)]| {
            let dates: Vec<Published> = published.iter().map(|(from, to)| (date(from), date(to))).collect();
            first_unpublished(&dates, on).map(|date| date.to_string())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("2026-03-01", "2026-03-31")]).as_deref(), Some("2026-04-01"));
        assert_eq!(of(&[("2026-04-01", "2026-04-30"), ("2026-03-01", "2026-03-31")]).as_deref(), Some("2026-05-01"));
        assert_eq!(of(&[("2026-03-01", "2026-03-31"), ("2026-04-02", "2026-04-30")]).as_deref(), Some("2026-04-01"));
        assert_eq!(of(&[("2026-01-01", "2026-02-28")]).as_deref(), Some("2026-03-01"), "it has run out");
        assert_eq!(of(&[("2026-01-01", "2026-01-31"), ("2026-03-01", "2026-03-31")]).as_deref(), Some("2026-04-01"));
        assert_eq!(of(&[("2026-04-01", "2026-04-30")]).as_deref(), Some("2026-05-01"), "the first is still to come");
    }
}
