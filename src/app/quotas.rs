//! Whether the quotas of rest were kept, and whether they will be: of one person, and of a unit.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::ctx::Ctx;
use super::duty::facts::{self, Facts, Window};
use super::duty::{DAYS_MAX, READERS, read_units};
use super::error::{Code, Error, FieldError};
use super::officers::{self, Called};
use super::reach;
use crate::rules::rest::forecast::{Forecast, Quota, forecast};
use crate::rules::rest::quotas::{Excluded, QuarterQuota, WeekQuota, quarters, weeks};
use crate::rules::rest::rotation::quarter_of;
use crate::rules::rest::{Found, RestLaw, check};
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::{self, Conn};

/// Rules that a quota of the plan stands behind.
const QUOTAS: &[&str] = &["rest.weekly", "rest.rotation"];

/// The dates asked about, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
}

impl Period {
    /// What was asked for; what is left out is that of the quarter of today, or of the date that is given.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] where the dates are reversed or more than [`DAYS_MAX`] apart.
    pub fn of(ctx: &Ctx, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Self, Error> {
        let around = from.or(to).unwrap_or_else(|| ctx.moment.today());
        let (first, last) = quarter_of(around);
        let (from, to) = (from.unwrap_or(first), to.unwrap_or(last));
        let refused = || FieldError::new("?to", Code::InvalidParameter);
        if to < from {
            return Err(refused().expected(format!("≥ {from}")).into());
        }
        if (to - from).num_days() >= DAYS_MAX {
            return Err(refused().expected(format!("≤ {DAYS_MAX} d")).into());
        }
        Ok(Self { from, to })
    }
}

/// Whether one person got the rest that the plan promises.
#[derive(Debug, Clone)]
pub struct Compliance {
    /// Every ISO week that touches the period.
    pub weeks: Vec<WeekQuota>,
    /// Every quarter that touches the period.
    pub quarters: Vec<QuarterQuota>,
    /// Why, with the shifts that prove it.
    pub found: Vec<Found>,
}

/// Whether the quotas of rest were, or will be, kept for one officer.
///
/// # Errors
/// [`Code::NotFound`] when the officer is absent or not the caller's to see.
pub fn of_officer(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, period: Period) -> Result<Compliance, Error> {
    reach::see_officer(connection, ctx, officer, READERS)?;
    let window = Window::around(ctx, period.from, period.to);
    let facts = facts::of_one(connection, ctx, officer, window)?.ok_or(Code::NotFound)?;
    let (law, person) = (facts::law(ctx, period.from), facts.person());
    let mut found = check(&person, &law, period.from, period.to);
    found.retain(|one| QUOTAS.contains(&one.finding.rule.as_str()));
    Ok(Compliance {
        weeks: weeks(&person, &law, period.from, period.to),
        quarters: quarters(&person, &law, period.from, period.to),
        found,
    })
}

/// How many of those who count got what the plan promises (welfare.md §0.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Those who did.
    pub numerator: u64,
    /// Those who count.
    pub denominator: u64,
    /// Those who do not, by reason.
    pub excluded: BTreeMap<Excluded, u64>,
    /// Periods that are not over: whether they will be kept, the forecast says.
    pub to_come: u64,
    /// Of those who count and got it, the periods of which no roster says anything.
    pub without_roster: u64,
    /// Days of rest that are missing in all.
    pub shortfall_days: i64,
}

/// A period of one person, as far as a share asks.
struct Counted {
    excluded: Excluded,
    shortfall: i64,
    is_over: bool,
    is_rostered: bool,
}

impl Share {
    fn count(&mut self, Counted { excluded, shortfall, is_over, is_rostered }: Counted) {
        if !is_over {
            self.to_come += 1;
            return;
        }
        if excluded != Excluded::No {
            *self.excluded.entry(excluded).or_default() += 1;
            return;
        }
        self.denominator += 1;
        self.numerator += u64::from(shortfall == 0);
        self.without_roster += u64::from(shortfall == 0 && !is_rostered);
        self.shortfall_days += shortfall;
    }
}

/// What one person of a unit misses in one period.
#[derive(Debug, Clone)]
pub struct Missing {
    /// Who.
    pub officer_id: OfficerId,
    /// Number and name.
    pub called: Called,
    /// Which quota.
    pub quota: Quota,
    /// Name of the week or quarter.
    pub period: String,
    /// First date of it.
    pub from: NaiveDate,
    /// Last date of it.
    pub to: NaiveDate,
    /// Days of rest that there were.
    pub rest_days: i64,
    /// Days of rest that the plan asks for.
    pub rest_days_min: i64,
    /// Days that are missing.
    pub shortfall_days: i64,
    /// Whether the period is over; else the days may still be given.
    pub over: bool,
    /// Whether a derogation covered a part of it.
    pub derogated: bool,
    /// Policy version that gave the numbers.
    pub policy: String,
}

/// How a unit kept the quotas of rest.
#[derive(Debug, Clone, Default)]
pub struct OfUnit {
    /// A1: weeks of persons.
    pub weekly: Share,
    /// A6: quarters of persons.
    pub rotation: Share,
    /// Everything that is missing, by badge number and date.
    pub missing: Vec<Missing>,
}

/// How a unit, with everything under it, kept the quotas of rest. A week is counted for the unit that a person is in on
/// its Sunday (RULINGS 30), a quarter for that on its last date. The shares are of periods that are over; what is missing
/// of one that is not is named all the same, while it can still be given.
///
/// # Errors
/// [`Code::NotFound`] when the unit is absent or not reached.
pub fn of_unit(connection: &mut Conn, ctx: &Ctx, unit: UnitId, period: Period) -> Result<OfUnit, Error> {
    let mut whole = OfUnit::default();
    let mut missing: Vec<(OfficerId, Missed)> = Vec::new();
    let is_over = |last: NaiveDate| last < ctx.moment.today();
    let window = Window::around(ctx, period.from, period.to);
    each_member(connection, ctx, unit, (period, window), |officer, facts, law, units| {
        let person = facts.person();
        let is_theirs = |on: NaiveDate| facts.unit_on(on).is_some_and(|unit| units.binary_search(&unit).is_ok());
        for week in weeks(&person, law, period.from, period.to).into_iter().filter(|week| is_theirs(week.to)) {
            let (excluded, shortfall) = (week.excluded, week.shortfall);
            whole.weekly.count(Counted { excluded, shortfall, is_over: is_over(week.to), is_rostered: week.rostered });
            if week.shortfall > 0 {
                missing.push((officer, Missed::Week(week)));
            }
        }
        let theirs = quarters(&person, law, period.from, period.to).into_iter().filter(|quarter| is_theirs(quarter.to));
        for quarter in theirs {
            let (excluded, shortfall) = (quarter.excluded, quarter.shortfall);
            whole.rotation.count(Counted { excluded, shortfall, is_over: is_over(quarter.to), is_rostered: true });
            if quarter.shortfall > 0 {
                missing.push((officer, Missed::Quarter(quarter)));
            }
        }
    })?;
    let people = officers::called(connection, missing.iter().map(|(officer, _)| *officer))?;
    whole.missing = missing
        .into_iter()
        .filter_map(|(officer, missed)| Some(missed.of(ctx, officer, people.get(&officer)?.clone())))
        .collect();
    whole.missing.sort_by(|a, b| (&a.called.badge_no, a.from, a.quota).cmp(&(&b.called.badge_no, b.from, b.quota)));
    Ok(whole)
}

/// A week or quarter in which something is missing.
enum Missed {
    Week(WeekQuota),
    Quarter(QuarterQuota),
}

impl Missed {
    fn of(self, ctx: &Ctx, officer_id: OfficerId, called: Called) -> Missing {
        let today = ctx.moment.today();
        match self {
            Self::Week(week) => Missing {
                officer_id,
                called,
                quota: Quota::Weekly,
                period: week.week,
                from: week.from,
                to: week.to,
                rest_days: week.rest_days,
                rest_days_min: week.minimum,
                shortfall_days: week.shortfall,
                over: week.to < today,
                derogated: week.derogated,
                policy: week.policy,
            },
            Self::Quarter(quarter) => Missing {
                officer_id,
                called,
                quota: Quota::Rotation,
                period: quarter.quarter,
                from: quarter.from,
                to: quarter.to,
                rest_days: quarter.days_total,
                rest_days_min: quarter.days_total_min,
                shortfall_days: quarter.shortfall,
                over: quarter.to < today,
                derogated: false,
                policy: quarter.policy,
            },
        }
    }
}

/// What one person may expect of one quota.
#[derive(Debug, Clone)]
pub struct Expected {
    /// Who.
    pub officer_id: OfficerId,
    /// Number and name.
    pub called: Called,
    /// What.
    pub forecast: Forecast,
}

/// Who of a unit will miss which quota up to a date if nothing changes in the roster as it is published, and how much slack
/// the others have: those who miss one first, the soonest before the others.
///
/// # Errors
/// [`Code::NotFound`] when the unit is absent or not reached; [`Code::InvalidParameter`] for a date before today or too
/// far ahead.
pub fn forecast_of(connection: &mut Conn, ctx: &Ctx, unit: UnitId, to: NaiveDate) -> Result<Vec<Expected>, Error> {
    let today = ctx.moment.today();
    let period = Period::of(ctx, Some(today), Some(to))?;
    let mut coming: Vec<(OfficerId, Forecast)> = Vec::new();
    let window = Window::around(ctx, period.from, period.to).published();
    each_member(connection, ctx, unit, (period, window), |officer, facts, law, units| {
        let stays = facts.unit_on(today).is_some_and(|unit| units.binary_search(&unit).is_ok());
        if stays {
            let person = facts.person();
            coming.extend(forecast(&person, law, today, to).into_iter().map(|one| (officer, one)));
        }
    })?;
    let people = officers::called(connection, coming.iter().map(|(officer, _)| *officer))?;
    let mut expected: Vec<Expected> = coming
        .into_iter()
        .filter_map(|(officer_id, forecast)| {
            Some(Expected { officer_id, called: people.get(&officer_id)?.clone(), forecast })
        })
        .collect();
    expected.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(expected)
}

/// Those who miss a quota before those who do not, the soonest and then the tightest first.
fn order(one: &Expected) -> (NaiveDate, i64, &str, NaiveDate, Quota) {
    let forecast = &one.forecast;
    let missed_on = forecast.missed_on.unwrap_or(store::dated::FOR_EVER);
    (missed_on, forecast.slack_days, one.called.badge_no.as_str(), forecast.from, forecast.quota)
}

/// Visits everybody who is in a unit or under it on any date of a period.
fn each_member(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    (period, window): (Period, Window),
    mut visit: impl FnMut(OfficerId, &Facts, &RestLaw<'_>, &[UnitId]),
) -> Result<(), Error> {
    let units = read_units(connection, ctx, unit)?;
    let members = store::duty_facts::members(connection, &units, period.from, period.to)?;
    let law = facts::law(ctx, period.from);
    facts::each(connection, ctx, Some(&members), window, &mut |_, officer, facts| {
        visit(officer, facts, &law, &units);
        Ok(())
    })
}
