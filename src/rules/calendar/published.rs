//! Calendars as they are published: a year for the whole force, or for a unit with everything under it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Calendar, CalendarError, DayClass, HolidayName, NotPublished, Year, YearStatus, by_weekday};
use crate::rules::terms::{RowId, UnitId};

/// A date that is not what its weekday would make it, or has a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    /// The date.
    pub date: NaiveDate,
    /// What it is.
    pub class: DayClass,
    /// The holiday, where it has a name.
    pub name: Option<String>,
}

impl SpecialDay {
    /// Whether a date of this weekday can be of the class at all: a weekend is a Saturday or Sunday, an ordinary
    /// workday and a day off that was moved are not, and only weekends are called to work.
    #[must_use]
    pub fn fits_its_weekday(&self) -> bool {
        let works_by_weekday = by_weekday(self.date).working();
        match self.class {
            DayClass::Workday | DayClass::RestDayMoved => works_by_weekday,
            DayClass::Weekend | DayClass::MakeupWorkday => !works_by_weekday,
            DayClass::StatutoryHoliday => true,
        }
    }
}

/// A year as it was published for a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedYear {
    /// Its id.
    pub id: RowId,
    /// The unit it binds with everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// The year.
    pub year: i32,
    /// How sure it is.
    pub status: YearStatus,
    /// Its special days; every other date is what its weekday makes it.
    pub days: Vec<SpecialDay>,
}

impl Year {
    /// A year of special days.
    #[must_use]
    pub fn of(status: YearStatus, source: &str, days: &[SpecialDay]) -> Self {
        let name = |day: &SpecialDay| day.name.clone().unwrap_or_default();
        let special = days
            .iter()
            .filter(|day| day.name.is_some() || day.class != by_weekday(day.date))
            .map(|day| (day.date, (day.class, HolidayName { zh: name(day), en: name(day) })))
            .collect();
        Self { status, source: source.to_owned(), special }
    }

    /// Its special days, by date.
    #[must_use]
    pub fn special_days(&self) -> Vec<SpecialDay> {
        let name = |name: &HolidayName| (!name.zh.is_empty()).then(|| name.zh.clone());
        self.special
            .iter()
            .map(|(date, (class, holiday))| SpecialDay { date: *date, class: *class, name: name(holiday) })
            .collect()
    }

    /// What a date of the year is.
    fn class_of(&self, date: NaiveDate) -> DayClass {
        self.special.get(&date).map_or_else(|| by_weekday(date), |(class, _)| *class)
    }
}

/// The calendars of the force and of the units that have their own.
#[derive(Debug, Clone)]
pub struct Calendars {
    force: Arc<Calendar>,
    units: HashMap<UnitId, BTreeMap<i32, Arc<Year>>>,
}

impl Calendars {
    /// What is built in, for everybody.
    ///
    /// # Errors
    /// As [`Calendar::built_in`].
    pub fn built_in() -> Result<Self, CalendarError> {
        Ok(Self { force: Arc::new(Calendar::built_in()?), units: HashMap::new() })
    }

    /// With the years that were published: those of the force replace what is built in.
    #[must_use]
    pub fn with_published(self, rows: &[PublishedYear]) -> Self {
        let Self { force, mut units } = self;
        let mut force = Arc::unwrap_or_clone(force);
        for row in rows {
            let year = Arc::new(Year::of(row.status, &row.id.to_string(), &row.days));
            match row.unit_id {
                None => force.years.insert(row.year, year),
                Some(unit) => units.entry(unit).or_default().insert(row.year, year),
            };
        }
        Self { force: Arc::new(force), units }
    }

    /// The calendar of the whole force.
    #[must_use]
    pub fn force(&self) -> &Calendar {
        &self.force
    }

    /// The calendar of somebody in these units, nearest first: of each year the nearest unit's own, else the force's.
    #[must_use]
    pub fn of(&self, units: &[UnitId]) -> Arc<Calendar> {
        let own: Vec<_> = units.iter().filter_map(|unit| self.units.get(unit)).collect();
        if own.is_empty() {
            return Arc::clone(&self.force);
        }
        let mut calendar = Calendar::clone(&self.force);
        for years in own.into_iter().rev() {
            calendar.years.extend(years.iter().map(|(year, days)| (*year, Arc::clone(days))));
        }
        Arc::new(calendar)
    }

    /// How one date is counted for somebody in these units, nearest first.
    ///
    /// # Errors
    /// When the year is published neither for one of the units nor for the force.
    pub fn class_of(&self, units: &[UnitId], date: NaiveDate) -> Result<DayClass, NotPublished> {
        let own = units.iter().find_map(|unit| self.units.get(unit)?.get(&date.year()));
        own.map_or_else(|| self.force.class_of(date), |year| Ok(year.class_of(date)))
    }

    /// Whether a unit has a year of its own, so that it matters in which one somebody is.
    #[must_use]
    pub fn knows_units(&self) -> bool {
        !self.units.is_empty()
    }
}

impl Calendar {
    /// The dates of a year that are worked in one of two calendars and not in the other; all worked dates where one
    /// of them does not know the year.
    #[must_use]
    pub fn changed_dates(&self, other: &Self, year: i32) -> Vec<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN);
        let works = |calendar: &Self, date| calendar.year(year).map(|year| year.class_of(date).working());
        first
            .iter_days()
            .take_while(|date| date.year() == year)
            .filter(|date| works(self, *date) != works(other, *date))
            .collect()
    }
}
