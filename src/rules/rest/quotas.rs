//! A1 and A6: whether the quotas of the plan were kept, by person and week and by person and quarter.

use chrono::{Datelike, Days, NaiveDate};

use super::local::day_number;
use super::policy::CountedPeople;
use super::rotation::{quarter_name, quarter_of, rotations, shortfall};
use super::scan::{Scan, Scratch};
use super::weekly::between;
use super::{AwayWhy, Person, RestLaw};
use crate::rules::terms::{UnknownWord, next_day, vocabulary};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

vocabulary! {
    /// Why a person does not count in a period (RULINGS 54).
    Excluded {
        /// Counted.
        No = "no",
        /// Away too long: maternity, sickness, leave, a course, secondment, which of them is not told.
        LongAbsence = "long_absence",
        /// Came too late.
        JoinedLate = "joined_late",
        /// Left before the end.
        Left = "left",
        /// No policy on rest binds the person, or it sets no such quota.
        Law = "law",
    }
}

/// One person's week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekQuota {
    /// Name of the ISO week, e.g. `2026-W08`.
    pub week: String,
    /// Monday.
    pub from: NaiveDate,
    /// Sunday.
    pub to: NaiveDate,
    /// Dates without duty.
    pub rest_days: i64,
    /// How many the plan asks for.
    pub minimum: i64,
    /// How many are missing.
    pub shortfall: i64,
    /// Whether the week counts, and why not.
    pub excluded: Excluded,
    /// Whether a derogation covered a part of it: it stays counted, and is flagged.
    pub derogated: bool,
    /// Whether a roster says anything of the week: a shift, a rest day. Without one its dates were free as far as is known.
    pub rostered: bool,
    /// Policy version that gave the numbers.
    pub policy: String,
}

/// One person's quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarterQuota {
    /// Name of the quarter, e.g. `2026-Q1`.
    pub quarter: String,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
    /// Rotations that began in it.
    pub rotations: i64,
    /// How many the plan asks for.
    pub rotations_min: i64,
    /// Their days.
    pub days_total: i64,
    /// How many days the plan asks for.
    pub days_total_min: i64,
    /// Days of the longest.
    pub longest_block: i64,
    /// How many days one of them needs in a row.
    pub block_min: i64,
    /// Days missing.
    pub shortfall: i64,
    /// Whether the quarter counts, and why not.
    pub excluded: Excluded,
    /// Policy version that gave the numbers.
    pub policy: String,
}

/// Monday of the ISO week that a date lies in.
#[must_use]
pub fn monday_of(on: NaiveDate) -> NaiveDate {
    on.checked_sub_days(Days::new(u64::from(on.weekday().num_days_from_monday()))).unwrap_or(on)
}

/// ## 每周休息达标 — rest days of a week
///
/// 年度工作要点第10项（每周至少保障休息xx天）: at least the weekly minimum of whole dates free of duty in each ISO week.
///
/// *Reading:* half a day is not a day: a date with any duty on it is none (RULINGS 29). A week counts for whoever is on
/// the roll for four of its days and not on leave, sick or on a course for five; weeks under a derogation stay in and are
/// flagged.
///
/// *Not modelled:* the unit a week is counted for; that is the one on its Sunday (RULINGS 30).
#[must_use]
pub fn week_violates(rest_half_days: i64, minimum_days: i64) -> bool {
    rest_half_days / 2 < minimum_days
}

/// Every ISO week that touches dates between two, both included.
#[must_use]
pub fn weeks(person: &Person<'_>, law: &RestLaw<'_>, from: NaiveDate, to: NaiveDate) -> Vec<WeekQuota> {
    let mut scratch = Scratch::default();
    let scan = Scan::new(person, law, &mut scratch, (from, to));
    let mut found = Vec::new();
    let mut monday = monday_of(from);
    while monday <= to {
        let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
        found.push(week(&scan, monday, sunday));
        if next_day(sunday) == sunday {
            break;
        }
        monday = next_day(sunday);
    }
    found
}

fn week(scan: &Scan<'_, '_>, monday: NaiveDate, sunday: NaiveDate) -> WeekQuota {
    let (first, last) = (day_number(monday), day_number(sunday));
    let version = scan.policy(last);
    let shifts = between(scan.spans, first, last).unwrap_or_default();
    let busy = (first..=last).filter(|day| shifts.iter().any(|span| span.first_day <= *day && *day <= span.last_day));
    let rest_days = 7 - i64::try_from(busy.count()).unwrap_or(7);
    let minimum = version.and_then(|version| version.values.weekly_rest_days_min);
    let excluded = match (version, minimum) {
        (Some(version), Some(_)) => week_exclusion(scan.person, &version.values.counted, monday, sunday),
        _ => Excluded::Law,
    };
    let minimum = minimum.map_or(0, i64::from);
    let iso = monday.iso_week();
    let is_short = excluded == Excluded::No && week_violates(rest_days * 2, minimum);
    let has_rest_day = scan.person.rest_days.iter().any(|day| monday <= day.on && day.on <= sunday);
    WeekQuota {
        week: format!("{}-W{:02}", iso.year(), iso.week()),
        from: monday,
        to: sunday,
        rest_days,
        minimum,
        shortfall: if is_short { minimum - rest_days } else { 0 },
        excluded,
        derogated: (first..=last).any(|day| scan.derogation(day).is_some()),
        rostered: !shifts.is_empty() || has_rest_day,
        policy: version.map(|version| version.label()).unwrap_or_default(),
    }
}

/// Days between two dates, both included, on which somebody is on the roll, and why they are not more.
fn on_roll(person: &Person<'_>, from: NaiveDate, to: NaiveDate) -> (i64, Excluded) {
    let days = from.iter_days().take_while(|on| *on <= to).filter(|on| person.facts.on_roll(*on));
    let why = if person.facts.joined_on.is_some_and(|joined| joined > from) {
        Excluded::JoinedLate
    } else if person.facts.left_on.is_some_and(|left| left < to) {
        Excluded::Left
    } else {
        Excluded::Law
    };
    (i64::try_from(days.count()).unwrap_or(0), why)
}

/// Days between two dates, both included, on which somebody is away for one of the reasons.
fn away(person: &Person<'_>, from: NaiveDate, to: NaiveDate, why: impl Fn(AwayWhy, i64) -> bool) -> i64 {
    let spells = || person.away.iter().filter(|away| why(away.why, (away.to - away.from).num_days() + 1));
    let days = from.iter_days().take_while(|on| *on <= to);
    let away = days.filter(|on| spells().any(|away| away.from <= *on && *on <= away.to));
    i64::try_from(away.count()).unwrap_or(0)
}

fn week_exclusion(person: &Person<'_>, counted: &CountedPeople, monday: NaiveDate, sunday: NaiveDate) -> Excluded {
    let (days, why) = on_roll(person, monday, sunday);
    if days < counted.week_on_roll_days_min {
        return why;
    }
    // Whoever is seconded, suspended or on maternity leave is no more there than those on leave.
    if away(person, monday, sunday, |_, _| true) >= counted.week_away_days_below {
        return Excluded::LongAbsence;
    }
    Excluded::No
}

/// ## 季度轮休的统计范围 — who counts in a quarter
///
/// 年度工作要点第10项. Whoever is on the roll for sixty days of it; days of maternity leave, of long sickness and of
/// secondment are not counted among the sixty, and who falls short by them is listed.
///
/// *Reading:* a sickness is long from thirty days in one spell. A short one leaves the person counted, and so does a course,
/// however long (welfare.md A6 does not name it). Who is suspended does no duty that rest could be owed for, as one who is
/// seconded.
#[must_use]
pub fn quarter_exclusion(person: &Person<'_>, counted: &CountedPeople, from: NaiveDate, to: NaiveDate) -> Excluded {
    let (days, why) = on_roll(person, from, to);
    if days < counted.quarter_on_roll_days_min {
        return why;
    }
    let is_long = |why: AwayWhy, length: i64| match why {
        AwayWhy::Maternity | AwayWhy::Secondment | AwayWhy::Suspension => true,
        AwayWhy::Sick => length >= counted.long_sick_days_min,
        AwayWhy::Leave | AwayWhy::Course => false,
    };
    if days - away(person, from, to, is_long) < counted.quarter_on_roll_days_min {
        return Excluded::LongAbsence;
    }
    Excluded::No
}

/// Every quarter that touches dates between two, both included.
#[must_use]
pub fn quarters(person: &Person<'_>, law: &RestLaw<'_>, from: NaiveDate, to: NaiveDate) -> Vec<QuarterQuota> {
    let mut found = Vec::new();
    let mut next = from;
    while next <= to {
        let (first, last) = quarter_of(next);
        found.push(quarter(person, law, first, last));
        if next_day(last) == last {
            break;
        }
        next = next_day(last);
    }
    found
}

fn quarter(person: &Person<'_>, law: &RestLaw<'_>, from: NaiveDate, to: NaiveDate) -> QuarterQuota {
    let version = person.facts.place_on(to).and_then(|place| law.policies.rest(place, to));
    let numbers = version.and_then(|version| version.values.rotation);
    let excluded = match (version, numbers) {
        (Some(version), Some(_)) => quarter_exclusion(person, &version.values.counted, from, to),
        _ => Excluded::Law,
    };
    let had = rotations(person, from, to);
    let short = numbers.filter(|_| excluded == Excluded::No).map_or(0, |numbers| shortfall(numbers, had));
    QuarterQuota {
        quarter: quarter_name(from),
        from,
        to,
        rotations: had.times,
        rotations_min: numbers.map_or(0, |numbers| numbers.times),
        days_total: had.days_total,
        days_total_min: numbers.map_or(0, super::policy::Rotation::days_required),
        longest_block: had.longest_block.unwrap_or(0),
        block_min: numbers.map_or(0, super::policy::Rotation::block_required),
        shortfall: short,
        excluded,
        policy: version.map(|version| version.label()).unwrap_or_default(),
    }
}
