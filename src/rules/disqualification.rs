//! What ends the right to a year's annual leave: long personal or sick leave (Order 514 art. 4).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::annual_leave::Entitlement;
use super::calendar::{Calendar, DayClass};
use super::finding::{Finding, Outcome};
use super::lots::Rest;
use super::policy::{AnnualLeavePolicy, Disqualify, PolicySet, SickMonthUnit, Version};
use super::service::PersonFacts;
use super::terms::{Half, HalfDays, LeaveKind, Span, leave_year, next_day, year_end, year_start};

/// The article that names the grounds.
const ARTICLE: &str = "职工带薪年休假条例 第四条";

/// Sick or personal leave that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// Why, and for personal leave whether pay was kept.
    pub ground: Ground,
    /// When.
    pub span: Span,
}

/// Why somebody was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// 病假
    Sick,
    /// 事假, pay kept.
    PersonalPaid,
    /// 事假, pay deducted: ends no right.
    PersonalUnpaid,
}

impl Ground {
    /// The ground of a kind of leave; `None` for kinds that never end the right.
    #[must_use]
    pub const fn of(kind: LeaveKind, pay: Pay) -> Option<Self> {
        match (kind, pay) {
            (LeaveKind::Sick, _) => Some(Self::Sick),
            (LeaveKind::Personal, Pay::Kept) => Some(Self::PersonalPaid),
            (LeaveKind::Personal, Pay::Deducted) => Some(Self::PersonalUnpaid),
            _ => None,
        }
    }
}

/// Whether pay went on during personal leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pay {
    /// It was kept.
    Kept,
    /// It was deducted.
    Deducted,
}

/// What the rules may know when the right to a year is assessed.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The person.
    pub facts: &'a PersonFacts,
    /// Policies.
    pub policies: &'a PolicySet,
    /// Calendar.
    pub calendar: &'a Calendar,
    /// Granted sick and personal leave, of whatever year.
    pub absences: &'a [Absence],
}

/// Whether and when the right to a year ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assessment {
    /// The date on which a limit was reached; `None` while none is.
    pub event_on: Option<NaiveDate>,
    /// What was measured, one finding for each ground on which anything is recorded.
    pub findings: Vec<Finding>,
}

impl Circumstances<'_> {
    /// The version that binds the person on a date.
    fn version(&self, on: NaiveDate) -> Option<&Version<AnnualLeavePolicy>> {
        self.policies.annual_leave(self.facts.place_on(on)?, on)
    }

    /// Whether a date is worked; in a year without a calendar Monday to Friday are (RULINGS 2).
    fn works(&self, date: NaiveDate) -> bool {
        let by_weekday = || !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        self.calendar.class_of(date).map_or_else(|_| by_weekday(), DayClass::working)
    }

    fn spans(&self, ground: Ground) -> impl Iterator<Item = &Span> {
        self.absences.iter().filter(move |absence| absence.ground == ground).map(|absence| &absence.span)
    }
}

/// Assesses a leave year on both grounds; the earlier date counts.
#[must_use]
pub fn assess(case: &Circumstances<'_>, entitlement: &Entitlement) -> Assessment {
    if case.absences.is_empty() {
        return Assessment::default();
    }
    let found = [personal(case, entitlement.year), sick(case, entitlement)];
    let mut assessment = Assessment::default();
    for (event_on, finding) in found.into_iter().flatten() {
        assessment.event_on = assessment.event_on.into_iter().chain(event_on).min();
        assessment.findings.push(finding);
    }
    assessment
}

/// ## 事假与年休假 — loss of the year by personal leave
///
/// 职工带薪年休假条例 第四条第二项 (the enterprise measures add nothing): personal leave of twenty days or more in all, with
/// pay not deducted (`personal_days_min`, policy). Working days of the leave year count, in halves; 以上 includes the
/// number itself. The year is lost on the day on which the running total reaches it.
///
/// *Reading:* a record on which nobody has said whether pay was kept counts as the policy says (`pay_kept_default`).
///
/// *Not modelled:* vacation of teaching staff (第一项).
fn personal(case: &Circumstances<'_>, year: i32) -> Option<(Option<NaiveDate>, Finding)> {
    let mut days: BTreeMap<NaiveDate, HalfDays> = BTreeMap::new();
    for span in case.spans(Ground::PersonalPaid) {
        for date in span.dates().filter(|date| leave_year(*date) == year && case.works(*date)) {
            *days.entry(date).or_default() += halves(span.halves_on(date).len());
        }
    }
    let last = *days.keys().next_back()?;
    let version = case.version(last)?;
    let mut total = HalfDays::ZERO;
    let mut event_on = None;
    for (date, cost) in &days {
        total += *cost;
        let limit = case.version(*date).map(|version| version.values.disqualify.personal_days_min);
        if event_on.is_none() && limit.is_some_and(|limit| total >= limit) {
            event_on = Some(*date);
        }
    }
    let finding = grounds("annual_leave.disqualified_personal", event_on, version, year)
        .measured("days", total)
        .limit("days_min", version.values.disqualify.personal_days_min);
    Some((event_on, finding))
}

/// ## 病假与年休假 — loss of the year by sick leave
///
/// 职工带薪年休假条例 第四条第三项至第五项: sick leave of two months or more in all with one to ten years of service, three with
/// ten to twenty, four from twenty on (`sick`, policy). Calendar days of each spell count; spells parted only by days
/// that are not worked are one, and the days between count; each leave year counts its own days.
///
/// *Reading:* a month is thirty days (`sick_month_unit`, policy: or a whole month by the calendar within one spell, or
/// 21.75 working days). Assessed daily: on the day on which the running total reaches the limit of the tier then valid
/// the year is lost, and stays so.
///
/// *Not modelled:* a difference between illness and injury outside duty.
fn sick(case: &Circumstances<'_>, entitlement: &Entitlement) -> Option<(Option<NaiveDate>, Finding)> {
    let year = entitlement.year;
    let days: BTreeMap<NaiveDate, HalfDays> =
        merged(case).into_iter().filter(|(date, _)| leave_year(*date) == year).collect();
    let last = *days.keys().next_back()?;
    let version = case.version(last)?;
    let mut measure = Measure::default();
    let mut event: Option<(NaiveDate, u32)> = None;
    for (date, cost) in &days {
        measure.add(case, *date, *cost);
        let limit = case.version(*date).and_then(|version| limit(&version.values.disqualify, entitlement, *date));
        if let (None, Some(months), Some(version)) = (event, limit, case.version(*date))
            && measure.reaches(months, version.values.disqualify.sick_month_unit)
        {
            event = Some((*date, months));
        }
    }
    let unit = version.values.disqualify.sick_month_unit;
    let months = event.map(|(_, months)| months).or_else(|| limit(&version.values.disqualify, entitlement, last));
    let finding = grounds("annual_leave.disqualified_sick", event.map(|(date, _)| date), version, year)
        .measured("calendar_days", measure.calendar)
        .measured("working_days", measure.working)
        .measured("months", measure.months(unit))
        .measured("month_unit", unit.as_str())
        .measured("years_min", entitlement.tier_on(event.map_or(last, |(date, _)| date)))
        .limit("months_min", months);
    Some((event.map(|(date, _)| date), finding))
}

/// The limit of the tier that is valid on a date; `None` before the first.
fn limit(policy: &Disqualify, entitlement: &Entitlement, on: NaiveDate) -> Option<u32> {
    let years = entitlement.tier_on(on)?;
    policy.sick.iter().rev().find(|limit| limit.years_min <= years).map(|limit| limit.months)
}

fn grounds(rule: &str, event_on: Option<NaiveDate>, version: &Version<AnnualLeavePolicy>, year: i32) -> Finding {
    let outcome = if event_on.is_some() { Outcome::Warn } else { Outcome::Pass };
    Finding::new(rule, "L3", outcome)
        .source(ARTICLE)
        .policy(&version.label())
        .measured("year", year)
        .measured("disqualified_on", event_on.map(|date| date.to_string()))
}

fn halves(n: usize) -> HalfDays {
    HalfDays(i32::try_from(n).unwrap_or(2))
}

/// Every date of sick leave with the halves that count, spells joined over what is not worked between them.
fn merged(case: &Circumstances<'_>) -> BTreeMap<NaiveDate, HalfDays> {
    let slots: BTreeSet<(NaiveDate, Half)> = case.spans(Ground::Sick).flat_map(Span::slots).collect();
    let mut all = slots.clone();
    for (before, after) in slots.iter().zip(slots.iter().skip(1)) {
        let mut between = Vec::new();
        let mut slot = following(*before);
        while slot < *after && !case.works(slot.0) {
            between.push(slot);
            slot = following(slot);
        }
        if slot == *after {
            all.extend(between);
        }
    }
    let mut days: BTreeMap<NaiveDate, HalfDays> = BTreeMap::new();
    for (date, _) in all {
        *days.entry(date).or_default() += HalfDays(1);
    }
    days
}

/// The next half of a day.
fn following((date, half): (NaiveDate, Half)) -> (NaiveDate, Half) {
    match half {
        Half::Am => (date, Half::Pm),
        Half::Pm => (next_day(date), Half::Am),
    }
}

/// A running total of sick leave, in every unit that a month may have.
#[derive(Debug, Default)]
struct Measure {
    calendar: HalfDays,
    working: HalfDays,
    /// Whole months of spells that are over.
    whole: u32,
    /// First and last date of the spell that goes on.
    spell: Option<(NaiveDate, NaiveDate)>,
}

impl Measure {
    fn add(&mut self, case: &Circumstances<'_>, date: NaiveDate, cost: HalfDays) {
        self.calendar += cost;
        if case.works(date) {
            self.working += cost;
        }
        self.spell = match self.spell {
            Some((first, last)) if next_day(last) == date => Some((first, date)),
            other => {
                self.whole += other.map_or(0, |(first, last)| whole_months(first, last));
                Some((date, date))
            }
        };
    }

    fn whole_months(&self) -> u32 {
        self.whole + self.spell.map_or(0, |(first, last)| whole_months(first, last))
    }

    /// Whether so many months are reached. In half days, so that nothing is rounded: 21.75 days are 43.5 halves.
    fn reaches(&self, months: u32, unit: SickMonthUnit) -> bool {
        let months = i64::from(months);
        match unit {
            SickMonthUnit::Calendar30 => i64::from(self.calendar.0) >= months * 60,
            SickMonthUnit::Working2175 => i64::from(self.working.0) * 2 >= months * 87,
            SickMonthUnit::ContiguousCalendar => i64::from(self.whole_months()) >= months,
        }
    }

    /// The total in months, to four places, for people to read.
    fn months(&self, unit: SickMonthUnit) -> f64 {
        let months = match unit {
            SickMonthUnit::Calendar30 => self.calendar.days() / 30.0,
            SickMonthUnit::Working2175 => self.working.days() / 21.75,
            SickMonthUnit::ContiguousCalendar => f64::from(self.whole_months()),
        };
        (months * 10_000.0).round() / 10_000.0
    }
}

/// How many whole months lie between two dates, both included; a month ends on the day before the same day of the
/// next, clamped to its end.
fn whole_months(first: NaiveDate, last: NaiveDate) -> u32 {
    let is_full =
        |months: &u32| first.checked_add_months(Months::new(*months)).is_some_and(|end| end <= next_day(last));
    (1..).take_while(is_full).count().try_into().unwrap_or(u32::MAX)
}

/// How far a year's own lot was used when the right to it ended; draws on that lot only, carried days do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Use {
    /// Granted days dated before the event.
    pub taken: HalfDays,
    /// Every live day dated before the event.
    pub before: HalfDays,
    /// Granted days dated on the event or after it.
    pub approved: HalfDays,
    /// Every live day dated on the event or after it.
    pub after: HalfDays,
    /// What left the lot otherwise: carried out, settled, adjusted away.
    pub gone: HalfDays,
}

/// What hr decided on a held remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What was held then.
    pub held: HalfDays,
    /// How much of it was given back to available.
    pub given_back: HalfDays,
    /// What could be used from the event on when it was decided: the days then booked, and those given back.
    pub kept: HalfDays,
}

/// A year's own lot after leave was taken and the right ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The date of the event.
    pub from: NaiveDate,
    /// What can be used from that date on: what is booked, and what hr gave back.
    pub kept: HalfDays,
    /// What hr decided to be lost.
    pub forfeited: HalfDays,
    /// What else is no longer there: used before the event, or left the lot.
    pub spent: HalfDays,
    /// Whether hr has decided.
    pub rest: Rest,
}

/// ## 本年已休后丧失 — what follows when the right to a year ends
///
/// 职工带薪年休假条例 第四条, 机关事业单位工作人员带薪年休假实施办法 第四条 (the same in 企业职工带薪年休假实施办法 第八条) with RULINGS 13:
/// where nothing of the year's own lot dated before the event was taken, the year's leave is lost from that date on.
/// Where it was taken in full or in part, next year's is lost; what is neither taken nor booked is held until the
/// personnel office decides how much of it is given back.
///
/// *Reading:* taken are granted days dated before the event; carried days do not count. Days booked for later stay
/// booked until somebody decides on them. What is asked for and not decided is not held twice.
#[must_use]
pub fn follow(mut entitlement: Entitlement, found: Assessment, used: Use, decisions: &[Decision]) -> Entitlement {
    let Assessment { event_on, findings } = found;
    entitlement.findings.extend(findings);
    let Some(from) = event_on else { return entitlement };
    if used.taken == HalfDays::ZERO {
        entitlement.lost_from = Some(from);
        let finding = consequence("annual_leave.lost", entitlement.year, from).source(ARTICLE);
        entitlement.findings.push(finding);
        return entitlement;
    }
    let forfeited = decisions.iter().map(|decision| decision.held - decision.given_back).sum();
    let decided = decisions.last().map_or(HalfDays::ZERO, |decision| decision.kept);
    let kept = used.after.max(decided);
    let rest = if decisions.is_empty() { Rest::Held } else { Rest::Decided };
    entitlement.hold = Some(Hold { from, kept, forfeited, spent: used.before + used.gone, rest });
    let end = year_end(entitlement.year).unwrap_or(from);
    let held = entitlement.held_on(end);
    let finding = consequence("annual_leave.held", entitlement.year, from)
        .measured("taken_days", used.taken)
        .measured("approved_days", used.approved)
        .measured("held_days", held)
        .measured("lost_days", forfeited)
        .limit("next_year", entitlement.year + 1);
    entitlement.findings.push(finding);
    entitlement
}

/// ## 次年不享受年休假 — next year's leave is lost
///
/// 机关事业单位工作人员带薪年休假实施办法 第四条, 企业职工带薪年休假实施办法 第八条: who has taken the year's leave, in full or in
/// part, before the event has none in the year after.
#[must_use]
pub fn lose_next_year(mut entitlement: Entitlement, event_on: NaiveDate, taken: HalfDays) -> Entitlement {
    let Some(first) = year_start(entitlement.year) else { return entitlement };
    entitlement.steps.clear();
    entitlement.lost_from = Some(first);
    let finding =
        consequence("annual_leave.disqualified_next_year", entitlement.year, event_on).measured("taken_days", taken);
    entitlement.findings.push(finding);
    entitlement
}

fn consequence(rule: &str, year: i32, event_on: NaiveDate) -> Finding {
    Finding::new(rule, "L3", Outcome::Warn)
        .source("机关事业单位工作人员带薪年休假实施办法 第四条；企业职工带薪年休假实施办法 第八条")
        .measured("year", year)
        .measured("disqualified_on", event_on.to_string())
        .measured("lost_reason", "L3")
}

/// The day before; the first representable date stays.
#[must_use]
pub(super) fn day_before(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(1)).unwrap_or(date)
}

#[cfg(test)]
mod tests;
