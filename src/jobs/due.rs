//! Which runs are owed. Pure: the pattern, the zone and two instants come in, the runs go out.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::rules::terms::Instant;

/// Most runs of one job that are begun in one go; what is left is owed at the next.
pub const RUNS_MAX: usize = 1_000;

/// One run: the instant at which it is due, and the date there, which is the date it works for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The instant.
    pub at: Instant,
    /// Its local date.
    pub on: NaiveDate,
}

impl Due {
    /// The run that is due at an instant.
    #[must_use]
    pub fn at(at: Instant, zone: Tz) -> Self {
        Self { at, on: at.with_timezone(&zone).date_naive() }
    }
}

/// What becomes of runs that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Each is made up, in order, with its own date.
    Each,
    /// The newest stands for all: it looks at everything since the last that was done.
    Newest,
}

/// After one instant, up to and with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Runs due at this instant or before are not owed.
    pub after: Instant,
    /// Runs due after this instant are not owed yet.
    pub until: Instant,
}

/// A pattern that cannot be read, or that never comes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is a cron pattern of five fields, such as 30 2 * * *: {0}")]
pub struct CronError(String);

/// Reads a pattern: minute, hour, day, month, weekday.
///
/// # Errors
/// When it cannot be read.
pub fn read_cron(text: &str) -> Result<Cron, CronError> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).map_err(|error| CronError(error.to_string()))
}

/// The first run due after an instant.
///
/// A time that the zone skips comes at the first instant after the gap; a time that the zone has twice comes once. A
/// pattern of intervals (`*/15`) goes on through both, by the instants that there are.
#[must_use]
pub fn next_after(cron: &Cron, zone: Tz, after: Instant) -> Option<Due> {
    let next: DateTime<Tz> = cron.find_next_occurrence(&after.with_timezone(&zone), false).ok()?;
    Some(Due { at: next.to_utc(), on: next.date_naive() })
}

/// The runs that are owed in a window, oldest first, at most a thousand.
#[must_use]
pub fn owed(cron: &Cron, zone: Tz, window: Window, missed: Missed) -> Vec<Due> {
    if missed == Missed::Newest {
        return newest(cron, zone, window).into_iter().collect();
    }
    let mut owed = Vec::new();
    let mut after = window.after;
    while let Some(due) = next_after(cron, zone, after).filter(|due| due.at <= window.until && due.at > after) {
        after = due.at;
        owed.push(due);
        if owed.len() >= RUNS_MAX {
            break;
        }
    }
    owed
}

/// The newest run of a window. It is looked for from the end, further back each time, so that a job of every minute that has
/// not run for a month costs no month of minutes.
fn newest(cron: &Cron, zone: Tz, window: Window) -> Option<Due> {
    let mut back = TimeDelta::hours(1);
    loop {
        let from = window.until.checked_sub_signed(back).unwrap_or(window.after).max(window.after);
        let mut found = None;
        let mut after = from;
        while let Some(due) = next_after(cron, zone, after).filter(|due| due.at <= window.until && due.at > after) {
            (after, found) = (due.at, Some(due));
        }
        if found.is_some() || from <= window.after {
            return found;
        }
        back = back * 24;
    }
}

impl FromStr for Due {
    type Err = chrono::ParseError;

    /// An instant as RFC 3339; the date is that of UTC until [`Due::at`] puts it into a zone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::at(DateTime::parse_from_rfc3339(text)?.to_utc(), Tz::UTC))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn runs(cron: &str, zone: Tz, after: &str, until: &str, missed: Missed) -> Vec<(String, String)> {
        let window = Window { after: instant(after), until: instant(until) };
        owed(&read_cron(cron).unwrap(), zone, window, missed)
            .into_iter()
            .map(|due| (due.at.format("%dT%H:%M").to_string(), due.on.format("%m-%d").to_string()))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(at, on)| ((*at).to_owned(), (*on).to_owned())).collect()
    }

    /// 02:30 in Shanghai is 18:30 of the day before in UTC; the run works for the local date.
    #[test]
    fn runs_are_owed_in_order_each_with_its_own_date() {
        let of = |after, until, missed| runs("30 2 * * *", Tz::Asia__Shanghai, after, until, missed);
        let (start, end) = ("2026-03-01T18:30:00Z", "2026-03-04T18:30:00Z");
        assert_eq!(
            of(start, end, Missed::Each),
            pairs(&[("02T18:30", "03-03"), ("03T18:30", "03-04"), ("04T18:30", "03-05")]),
            "the first instant is settled, the last is owed"
        );
        assert_eq!(of(start, end, Missed::Newest), pairs(&[("04T18:30", "03-05")]));
        assert_eq!(of(start, "2026-03-02T18:29:59Z", Missed::Each), []);
        assert_eq!(of(start, start, Missed::Each), []);
        assert_eq!(of(end, start, Missed::Each), [], "a clock that went back owes nothing");
    }

    /// On 29 March 2026 London has no 01:30, on 25 October it has two.
    #[test]
    fn on_the_days_of_the_change_of_time_a_run_is_made_once() {
        let london = |cron, after, until| runs(cron, Tz::Europe__London, after, until, Missed::Each);
        assert_eq!(
            london("30 1 * * *", "2026-03-28T00:00:00Z", "2026-03-30T23:00:00Z"),
            pairs(&[("28T01:30", "03-28"), ("29T01:00", "03-29"), ("30T00:30", "03-30")]),
            "skipped: at the first instant after the gap"
        );
        assert_eq!(
            london("30 1 * * *", "2026-10-24T00:00:00Z", "2026-10-26T23:00:00Z"),
            pairs(&[("24T00:30", "10-24"), ("25T00:30", "10-25"), ("26T01:30", "10-26")]),
            "doubled: at the first of the two"
        );
        for (after, until) in [
            ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-25T23:59:59Z"),
            ("2026-10-25T00:59:59Z", "2026-10-25T02:00:00Z"),
            ("2026-03-29T01:00:00Z", "2026-03-29T23:00:00Z"),
        ] {
            assert_eq!(london("30 1 * * *", after, until), [], "{after}: not once more");
        }
    }

    /// The same in New York, where the gap is at 02:00.
    #[test]
    fn half_past_two_is_made_once_where_it_is_skipped_or_doubled() {
        let york = |after, until| runs("30 2 * * *", Tz::America__New_York, after, until, Missed::Each);
        assert_eq!(york("2026-03-08T00:00:00Z", "2026-03-08T23:00:00Z"), pairs(&[("08T07:00", "03-08")]));
        assert_eq!(
            runs("30 1 * * *", Tz::America__New_York, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", Missed::Each),
            pairs(&[("01T05:30", "11-01")])
        );
    }

    #[test]
    fn intervals_go_on_through_the_change_of_time() {
        let window = Window { after: instant("2026-10-25T00:00:00Z"), until: instant("2026-10-25T02:00:00Z") };
        let london = owed(&read_cron("*/15 * * * *").unwrap(), Tz::Europe__London, window, Missed::Each);
        assert_eq!(london.len(), 8, "{london:?}");
        let window = Window { after: instant("2026-03-29T00:00:00Z"), until: instant("2026-03-29T02:00:00Z") };
        assert_eq!(owed(&read_cron("*/15 * * * *").unwrap(), Tz::Europe__London, window, Missed::Each).len(), 8);
    }

    /// However a window is divided, the same runs are owed.
    #[test]
    fn a_window_divided_anywhere_owes_the_same() {
        for zone in [Tz::Asia__Shanghai, Tz::Europe__London, Tz::America__New_York] {
            for cron in ["30 2 * * *", "30 1 * * *", "*/15 * * * *", "0 1 * * MON"] {
                let cron = read_cron(cron).unwrap();
                let (first, last) = (instant("2026-10-24T18:00:00Z"), instant("2026-11-02T00:00:00Z"));
                let whole = owed(&cron, zone, Window { after: first, until: last }, Missed::Each);
                let mut parts = Vec::new();
                let mut after = first;
                while after < last {
                    let until = (after + chrono::TimeDelta::minutes(37)).min(last);
                    parts.extend(owed(&cron, zone, Window { after, until }, Missed::Each));
                    after = until;
                }
                assert!(parts == whole, "{zone} {cron}");
            }
        }
    }

    #[test]
    fn there_is_a_limit_and_the_rest_is_owed_next() {
        let window = Window { after: instant("2026-01-01T00:00:00Z"), until: instant("2026-03-01T00:00:00Z") };
        let some = owed(&read_cron("* * * * *").unwrap(), Tz::UTC, window, Missed::Each);
        assert_eq!(some.len(), RUNS_MAX);
        let rest = Window { after: some.last().unwrap().at, ..window };
        assert_eq!(
            owed(&read_cron("* * * * *").unwrap(), Tz::UTC, rest, Missed::Each)[0].at,
            some[999].at + chrono::TimeDelta::minutes(1)
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in ["", "x", "30 2 * *", "0 30 2 * * *", "60 2 * * *", "30 25 * * *", "30 2 * * * 2026"] {
            assert!(read_cron(wrong).is_err(), "{wrong}");
        }
        assert_eq!(next_after(&read_cron("0 0 30 2 *").unwrap(), Tz::UTC, instant("2026-01-01T00:00:00Z")), None);
    }
}
