//! Dates around today: which are worked, when an act took place, how long a leave lasts.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};

use crate::clock::Clock;
use crate::rules::calendar::Calendar;
use crate::rules::terms::{FirstDay, Instant, LastDay, Span};

/// How many days before today the records begin.
const YEAR_BACK: u64 = 400;
/// No holiday is longer.
const HOLIDAY_MAX: usize = 40;

/// The calendar, seen from today.
pub struct Almanac<'a> {
    calendar: &'a Calendar,
    clock: Clock,
    today: NaiveDate,
}

impl<'a> Almanac<'a> {
    /// The calendar seen from the date that the clock tells.
    pub fn new(calendar: &'a Calendar, clock: &Clock) -> Self {
        Self { calendar, clock: clock.clone(), today: clock.today() }
    }

    /// Today.
    pub const fn today(&self) -> NaiveDate {
        self.today
    }

    /// The date on which the records begin.
    pub fn first_date(&self) -> NaiveDate {
        self.today.checked_sub_days(Days::new(YEAR_BACK)).unwrap_or(self.today)
    }

    /// A date so many days from today.
    pub fn day(&self, offset: i64) -> NaiveDate {
        self.today.checked_add_signed(TimeDelta::days(offset)).unwrap_or(self.today)
    }

    /// A local time of day; its minute spreads with `spread`, so that not everything happens at the same moment.
    pub fn at(&self, date: NaiveDate, hour: i64, spread: usize) -> Instant {
        let midnight = self.clock.end_of(date.pred_opt().unwrap_or(date));
        let seconds = i64::try_from(spread % 3300).unwrap_or_default();
        midnight + TimeDelta::hours(hour) + TimeDelta::seconds(seconds)
    }

    /// Whether a date is worked. Offices worked in years without a calendar too.
    pub fn works(&self, date: NaiveDate) -> bool {
        self.calendar
            .class_of(date)
            .map_or(!matches!(date.weekday(), Weekday::Sat | Weekday::Sun), |class| class.working())
    }

    /// The working day on a date or the nearest before it.
    pub fn workday_until(&self, date: NaiveDate) -> NaiveDate {
        let mut before = std::iter::successors(Some(date), NaiveDate::pred_opt).take(HOLIDAY_MAX);
        before.find(|date| self.works(*date)).unwrap_or(date)
    }

    /// The working day on a date or the nearest after it.
    pub fn workday_from(&self, date: NaiveDate) -> NaiveDate {
        date.iter_days().take(HOLIDAY_MAX).find(|date| self.works(*date)).unwrap_or(date)
    }

    /// The newest working day on which a request had to be submitted to have gone up by today.
    pub fn undecided_since(&self, working_days: u32) -> NaiveDate {
        let gone_up = |date: &NaiveDate| self.calendar.nth_working_day_after(*date, working_days).date < self.today;
        let mut before = std::iter::successors(self.today.pred_opt(), NaiveDate::pred_opt).take(HOLIDAY_MAX * 2);
        before.find(|date| gone_up(date) && self.works(*date)).unwrap_or_else(|| self.day(-20))
    }

    /// A leave of so many working days from the first working day on a date or after it.
    pub fn leave(&self, from: NaiveDate, working_days: usize) -> Option<Span> {
        self.half_day_leave(from, working_days, FirstDay::Full, LastDay::Full)
    }

    /// The same, with half days at its ends.
    pub fn half_day_leave(&self, from: NaiveDate, working_days: usize, first: FirstDay, last: LastDay) -> Option<Span> {
        let from = self.workday_from(from);
        let to = from.iter_days().filter(|date| self.works(*date)).nth(working_days.checked_sub(1)?)?;
        Span::new(from, to, first, last).ok()
    }

    /// A leave that begins in one year and ends in the next.
    pub fn over_new_year(&self, year: i32) -> Option<Span> {
        let last = NaiveDate::from_ymd_opt(year, 12, 31)?;
        self.leave(self.workday_until(last), 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Asia::Shanghai;

    fn with<T>(today: &str, look: impl FnOnce(&Almanac<'_>) -> T) -> T {
        let noon = format!("{today}T04:00:00Z").parse().unwrap();
        let calendar = Calendar::built_in().unwrap();
        look(&Almanac::new(&calendar, &Clock::fixed(noon, Shanghai)))
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_leave_skips_what_is_not_worked() {
        with("2026-05-07", |almanac| {
            let span = almanac.leave(date("2026-09-30"), 3).unwrap();
            assert_eq!((span.from(), span.to()), (date("2026-09-30"), date("2026-10-09")));
            let span = almanac.leave(date("2026-10-01"), 1).unwrap();
            assert_eq!((span.from(), span.to()), (date("2026-10-08"), date("2026-10-08")));
            assert_eq!(almanac.leave(date("2026-10-01"), 0), None);
            let span = almanac.over_new_year(2026).unwrap();
            assert_eq!((span.from(), span.to()), (date("2026-12-31"), date("2027-01-05")));
        });
    }

    #[test]
    fn a_request_has_gone_up_after_three_working_days() {
        for (today, since) in [("2026-05-15", "2026-05-11"), ("2026-10-09", "2026-09-28"), ("2026-01-01", "2025-12-26")]
        {
            with(today, |almanac| assert_eq!(almanac.undecided_since(3), date(since), "{today}"));
        }
    }

    #[test]
    fn acts_have_local_times() {
        with("2026-05-07", |almanac| {
            let at = almanac.at(date("2026-05-06"), 9, 61);
            assert_eq!(at, "2026-05-06T01:01:01Z".parse::<Instant>().unwrap());
        });
    }
}
