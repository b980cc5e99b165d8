//! The working calendar: what each date is, and whether its year is published.

mod published;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::policy::hex;
use super::terms::{UnknownWord, next_day, vocabulary};

vocabulary! {
    /// What a date is (CONTRACT §5).
    DayClass {
        /// 工作日
        Workday = "workday",
        /// 周末
        Weekend = "weekend",
        /// 调休放假: a day off by a notice that would be worked otherwise.
        RestDayMoved = "rest_day_moved",
        /// 法定节假日
        StatutoryHoliday = "statutory_holiday",
        /// 调休上班
        MakeupWorkday = "makeup_workday",
    }
}

impl DayClass {
    /// Whether the date is worked.
    #[must_use]
    pub const fn working(self) -> bool {
        matches!(self, Self::Workday | Self::MakeupWorkday)
    }
}

vocabulary! {
    /// How sure a year's calendar is.
    YearStatus {
        /// As the notice has it.
        Official = "official",
        /// Statutory dates and weekends only, until the notice is published.
        Provisional = "provisional",
    }
}

pub use published::{Calendars, PublishedYear, SpecialDay};

/// Name of a holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayName {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One date of a published year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// What it is.
    pub class: DayClass,
    /// Whether it is worked.
    pub working: bool,
    /// How sure its year is.
    pub status: YearStatus,
    /// The holiday that makes it what it is; `None` for ordinary workdays and weekends.
    pub name: Option<HolidayName>,
}

/// No calendar is published for a year: nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no calendar is published for {year}")]
pub struct NotPublished {
    /// The year.
    pub year: i32,
}

/// Calendar data that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar_cn.toml: {0}")]
pub struct CalendarError(String);

/// A working day found by counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingDay {
    /// The date.
    pub date: NaiveDate,
    /// Whether a year without an official calendar was counted through.
    pub provisional: bool,
}

/// One published year, as `calendar show` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    /// How sure it is.
    pub status: YearStatus,
    /// Notice or law.
    pub source: String,
    special: BTreeMap<NaiveDate, (DayClass, HolidayName)>,
}

/// The calendars of all published years.
#[derive(Debug, Clone)]
pub struct Calendar {
    years: BTreeMap<i32, Arc<Year>>,
    fingerprint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarText {
    year: Vec<YearText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearText {
    year: i32,
    status: YearStatus,
    source: String,
    holidays: Vec<HolidayText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayText {
    zh: String,
    en: String,
    off: (NaiveDate, NaiveDate),
    statutory: Vec<NaiveDate>,
    work: Vec<NaiveDate>,
}

impl Calendar {
    /// The national calendar built into the program: 2024 to 2026 official, 2027 provisional (RULINGS 5).
    ///
    /// # Errors
    /// When the data cannot be read; a test holds that it can.
    pub fn built_in() -> Result<Self, CalendarError> {
        Self::read(include_str!("calendar_cn.toml"))
    }

    fn read(text: &str) -> Result<Self, CalendarError> {
        let read: CalendarText = toml::from_str(text).map_err(|error| CalendarError(error.to_string()))?;
        let mut years = BTreeMap::new();
        for year in read.year {
            let number = year.year;
            let entry = Year::read(year)?;
            if years.insert(number, Arc::new(entry)).is_some() {
                return Err(CalendarError(format!("{number} stands twice")));
            }
        }
        Ok(Self { years, fingerprint: hex(&Sha256::digest(text.as_bytes())) })
    }

    /// The calendar as if only some years were published.
    #[cfg(test)]
    pub(super) fn only(mut self, years: &[i32]) -> Self {
        self.years.retain(|year, _| years.contains(year));
        self
    }

    /// SHA-256 of the data, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The published years, ascending.
    pub fn years(&self) -> impl Iterator<Item = (i32, &Year)> {
        self.years.iter().map(|(number, year)| (*number, year.as_ref()))
    }

    /// One published year.
    #[must_use]
    pub fn year(&self, year: i32) -> Option<&Year> {
        self.years.get(&year).map(AsRef::as_ref)
    }

    /// How sure a year is; `None` where it is not published.
    #[must_use]
    pub fn status(&self, year: i32) -> Option<YearStatus> {
        self.years.get(&year).map(|year| year.status)
    }

    /// ## 工作日与节假日 — what a date is
    ///
    /// 全国年节及纪念日放假办法（2024 年修订）第二条、第六条，国务院办公厅年度放假通知. A statutory holiday is one of the
    /// dates of article 2. A day off by the notice that would be worked otherwise is a moved rest day, a Saturday or
    /// Sunday that the notice calls to work is a make-up workday; the rest is a workday or a weekend by its weekday.
    ///
    /// *Reading:* a weekend inside a long holiday stays a weekend. A year without a notice is provisional: statutory
    /// dates and weekends only; moved days and make-up workdays are unknown.
    ///
    /// *Not modelled:* regional and ethnic holidays (article 4); half holidays of groups (article 3).
    ///
    /// # Errors
    /// When the year is not published.
    pub fn class_of(&self, date: NaiveDate) -> Result<DayClass, NotPublished> {
        let year = self.years.get(&date.year()).ok_or(NotPublished { year: date.year() })?;
        Ok(year.special.get(&date).map_or_else(|| by_weekday(date), |(class, _)| *class))
    }

    /// One date with all that is known of it.
    ///
    /// # Errors
    /// When the year is not published.
    pub fn day(&self, date: NaiveDate) -> Result<Day, NotPublished> {
        let year = self.years.get(&date.year()).ok_or(NotPublished { year: date.year() })?;
        let (class, name) = match year.special.get(&date) {
            Some((class, name)) => (*class, Some(name.clone())),
            None => (by_weekday(date), None),
        };
        Ok(Day { date, class, working: class.working(), status: year.status, name })
    }

    /// ## 连续工作日 — the longest run of working days
    ///
    /// 全国年节及纪念日放假办法（2024 年修订）第七条: before and after a holiday normally no more than six working days in a
    /// row. Counts the longest run of consecutive working days that lies between two dates, both included.
    ///
    /// *Not modelled:* whether a run lies "before or after a holiday"; every run counts.
    ///
    /// # Errors
    /// When a year between the dates is not published.
    pub fn max_run_of_workdays(&self, from: NaiveDate, to: NaiveDate) -> Result<u32, NotPublished> {
        let (mut longest, mut run) = (0, 0);
        for date in from.iter_days().take_while(|date| *date <= to) {
            run = if self.class_of(date)?.working() { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        Ok(longest)
    }

    /// ## 工作日期限 — the n-th working day after a date
    ///
    /// Deadlines in working days: the date itself never counts; the act is in time until 24:00 of the day found.
    ///
    /// *Reading:* through a year that is not published Monday to Friday are counted; such a deadline, and one that
    /// passes through a provisional year, is marked provisional and is derived anew from the notice.
    #[must_use]
    pub fn nth_working_day_after(&self, date: NaiveDate, n: u32) -> WorkingDay {
        let mut found = WorkingDay { date, provisional: false };
        let mut left = n;
        while left > 0 && found.date < NaiveDate::MAX {
            found.date = next_day(found.date);
            found.provisional |= self.status(found.date.year()) != Some(YearStatus::Official);
            let class = self.class_of(found.date).unwrap_or_else(|_| by_weekday(found.date));
            left -= u32::from(class.working());
        }
        found
    }
}

impl Year {
    fn read(text: YearText) -> Result<Self, CalendarError> {
        let mut special = BTreeMap::new();
        for holiday in &text.holidays {
            let name = HolidayName { zh: holiday.zh.clone(), en: holiday.en.clone() };
            let (first, last) = holiday.off;
            let off = first.iter_days().take_while(|date| *date <= last);
            let moved = off.filter(|date| by_weekday(*date).working()).map(|date| (date, DayClass::RestDayMoved));
            let statutory = holiday.statutory.iter().map(|date| (*date, DayClass::StatutoryHoliday));
            let work = holiday.work.iter().map(|date| (*date, DayClass::MakeupWorkday));
            // Later entries win: a statutory holiday inside another holiday's break stays statutory.
            for (date, class) in moved.chain(statutory).chain(work) {
                if date.year() != text.year {
                    return Err(CalendarError(format!("{date} stands in the year {}", text.year)));
                }
                let known = special.get(&date).map(|(class, _)| *class);
                if class != DayClass::RestDayMoved || known.is_none() {
                    special.insert(date, (class, name.clone()));
                }
            }
        }
        Ok(Self { status: text.status, source: text.source, special })
    }
}

/// Monday to Friday are worked.
fn by_weekday(date: NaiveDate) -> DayClass {
    match date.weekday() {
        Weekday::Sat | Weekday::Sun => DayClass::Weekend,
        _ => DayClass::Workday,
    }
}

#[cfg(test)]
mod tests;
