//! What agreed actual hours earn.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::CreditOrigin;
use crate::rules::calendar::{Calendar, DayClass, NotPublished};
use crate::rules::duty::{DutyKind, Shift};
use crate::rules::terms::Instant;

/// The agreed actual hours of one shift, beside its plan.
#[derive(Debug, Clone)]
pub struct Actual<'a> {
    /// Kind of the shift.
    pub kind: DutyKind,
    /// First instant of duty.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Minutes that count as work, as agreed.
    pub counted_minutes: i64,
    /// First instant of the plan.
    pub planned_starts_at: Instant,
    /// First instant after it.
    pub planned_ends_at: Instant,
    /// Minutes that counted as work in the plan.
    pub planned_minutes: i64,
    /// The time zone of the dates.
    pub zone: chrono_tz::Tz,
    /// The person's calendar.
    pub calendar: &'a Calendar,
    /// The dates of the shift on which the person had a rest day by the roster.
    pub rest_dates: &'a [NaiveDate],
    /// The dates whose rest was cancelled and credited already: duty on them earns nothing again.
    pub credited_dates: &'a [NaiveDate],
    /// Whether the person's rest days are those of the roster, and not the weekends of the calendar.
    pub rests_by: RestsBy,
}

/// What says when somebody rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestsBy {
    /// Weekends and the days moved for them.
    Calendar,
    /// The roster: somebody who works in shifts.
    Roster,
}

/// What was earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// By what.
    pub origin: CreditOrigin,
    /// How much.
    pub minutes: i64,
    /// From when on it can be used: the last date of the hours it stands for.
    pub earned_on: NaiveDate,
}

/// ## 加班补休 — rest for work outside statutory workdays
///
/// 公务员法 第八十二条 第二款: overtime outside statutory workdays is compensated by rest first; 公安机关组织管理条例 第三十八条
/// says the same of the police, 人薪发〔1995〕32号 第六、七条 of overtime in emergencies. Counted minutes on a statutory
/// holiday and on a rest day earn as many minutes; of the rest, what goes beyond the plan, and everything that was planned
/// as overtime, does too.
///
/// *Reading:* the class of a day is that of the calendar; who works in shifts rests when the roster says so (人薪发〔1995〕
/// 32号 第五条), so that a weekend in the roster is an ordinary day and a statutory holiday is not. Where fewer minutes count
/// than lie between the two instants, each date has its share, the last date what rounding leaves. No minute earns twice: a
/// rest day that was cancelled has earned by its cancellation, and what goes beyond the plan on a rest day or holiday has
/// earned there and is no overtime besides; overtime lies at the date on which the most was worked beyond the plan. A rest day that its officer asked to move, and a compensatory one whose minutes
/// returned, have earned nothing: duty on such a date earns by the class of the day.
///
/// *Not modelled:* a premium in time; the law names none.
///
/// # Errors
/// When a year of the shift has no calendar.
pub fn owed_for_actual(actual: &Actual<'_>) -> Result<Vec<Earned>, NotPublished> {
    if !actual.kind.is_duty() || actual.counted_minutes <= 0 || actual.starts_at >= actual.ends_at {
        return Ok(Vec::new());
    }
    let outside = outside_workdays(actual)?;
    let mut earned: Vec<Earned> = Vec::new();
    let mut ordinary = 0;
    for (date, minutes, origin) in &outside {
        match origin {
            Some(CreditOrigin::CancelledRest) => {}
            Some(origin) => add(&mut earned, *origin, *minutes, *date),
            None => ordinary += minutes,
        }
    }
    let is_outside = |on: NaiveDate| outside.iter().any(|(date, _, origin)| *date == on && origin.is_some());
    let plan: Vec<(NaiveDate, i64)> = match actual.kind {
        DutyKind::Overtime => Vec::new(),
        _ => shares(actual.planned_starts_at, actual.planned_ends_at, actual.planned_minutes, actual.zone),
    };
    let plan: Vec<(NaiveDate, i64)> = plan.into_iter().filter(|(on, _)| !is_outside(*on)).collect();
    let overtime = match actual.kind {
        DutyKind::Overtime => ordinary,
        _ => beyond_plan(actual, &plan, ordinary),
    };
    // It lies at the ordinary date on which the most was worked beyond the plan, the first of several.
    let beyond = |on: NaiveDate, minutes: i64| {
        minutes - plan.iter().filter(|(date, _)| *date == on).map(|(_, planned)| planned).sum::<i64>()
    };
    let days = outside.iter().filter(|(.., origin)| origin.is_none()).rev();
    if let Some((on, ..)) = days.max_by_key(|(on, minutes, _)| beyond(*on, *minutes)) {
        add(&mut earned, CreditOrigin::Overtime, overtime, *on);
    }
    Ok(earned)
}

/// What of the minutes on ordinary days goes beyond the plan: no more than the plan lays on such days is planned there, and
/// no more than goes beyond the plan as a whole. What was planned on a date outside the workdays is no plan of ordinary work.
fn beyond_plan(actual: &Actual<'_>, plan: &[(NaiveDate, i64)], ordinary: i64) -> i64 {
    let planned: i64 = plan.iter().map(|(_, minutes)| minutes).sum();
    (ordinary - planned).min(actual.counted_minutes - actual.planned_minutes).max(0)
}

/// Counted minutes of a date, with what they are credited as.
pub type Outside = (NaiveDate, i64, Option<CreditOrigin>);

/// The counted minutes of each date of a duty, with what they are credited as: duty on a statutory holiday, on a rest day,
/// on a rest day that was cancelled and has its credit; `None` on an ordinary day.
///
/// # Errors
/// When a year of the shift has no calendar.
pub fn outside_workdays(actual: &Actual<'_>) -> Result<Vec<Outside>, NotPublished> {
    shares(actual.starts_at, actual.ends_at, actual.counted_minutes, actual.zone)
        .into_iter()
        .map(|(date, minutes)| {
            let class = actual.calendar.class_of(date)?;
            let rests = actual.rest_dates.contains(&date) || (!class.working() && actual.rests_by == RestsBy::Calendar);
            let origin = match class {
                _ if actual.credited_dates.contains(&date) => Some(CreditOrigin::CancelledRest),
                DayClass::StatutoryHoliday => Some(CreditOrigin::HolidayDuty),
                _ => rests.then_some(CreditOrigin::RestDayDuty),
            };
            Ok((date, minutes, origin))
        })
        .collect()
}

fn add(earned: &mut Vec<Earned>, origin: CreditOrigin, minutes: i64, on: NaiveDate) {
    if minutes <= 0 {
        return;
    }
    match earned.iter_mut().find(|one| one.origin == origin) {
        Some(one) => {
            one.minutes += minutes;
            one.earned_on = one.earned_on.max(on);
        }
        None => earned.push(Earned { origin, minutes, earned_on: on }),
    }
}

/// The counted minutes of some duty on a local date; `None` where none of it touches the date.
#[must_use]
pub fn worked_on(shifts: &[Shift], on: NaiveDate, zone: chrono_tz::Tz) -> Option<i64> {
    let duty = shifts.iter().filter(|shift| shift.kind.is_duty() && shift.starts_at < shift.ends_at);
    let all = duty.flat_map(|shift| shares(shift.starts_at, shift.ends_at, shift.counted_minutes, zone));
    let minutes: Vec<i64> = all.filter(|(date, _)| *date == on).map(|(_, minutes)| minutes).collect();
    (!minutes.is_empty()).then(|| minutes.iter().sum())
}

/// The counted minutes of each local date that a duty touches.
fn shares(starts_at: Instant, ends_at: Instant, counted: i64, zone: chrono_tz::Tz) -> Vec<(NaiveDate, i64)> {
    let local = |at: Instant| at.with_timezone(&zone);
    let whole = (ends_at - starts_at).num_minutes().max(1);
    let counted = counted.min(whole);
    let (first, last) = (local(starts_at).date_naive(), local(ends_at - TimeDelta::microseconds(1)).date_naive());
    let mut shares: Vec<(NaiveDate, i64)> = Vec::new();
    let mut given = 0;
    for date in first.iter_days().take_while(|date| *date <= last) {
        let end = if date == last { ends_at } else { midnight_after(date, zone) };
        // Rounding of what is over so far keeps the sum exact.
        let so_far = (end.min(ends_at) - starts_at).num_minutes() * counted / whole;
        shares.push((date, so_far - given));
        given = so_far;
    }
    shares
}

/// The instant at which a local date ends; where the clocks leave midnight out, the first instant after it.
fn midnight_after(date: NaiveDate, zone: chrono_tz::Tz) -> Instant {
    let next = date.succ_opt().unwrap_or(date).and_time(NaiveTime::MIN);
    let at = (0..4).find_map(|hours| (next + TimeDelta::hours(hours)).and_local_timezone(zone).earliest());
    at.map_or_else(|| next.and_utc(), |at| at.to_utc())
}
