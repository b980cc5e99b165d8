//! Annual leave: what a person is owed in a leave year, and from when.

use std::collections::BTreeSet;

use chrono::{Datelike, Months, NaiveDate};

use super::disqualification::Hold;
use super::finding::{Finding, Outcome};
use super::policy::{
    AnniversaryBasis, AnnualLeavePolicy, JoinProration, NoPolicy, PolicySet, Regime, Tier, TierEffective, Version,
};
use super::service::{PersonFacts, Run, days_before, run_on, runs};
use super::terms::{Category, HalfDays, leave_year, next_day, year_end, year_start};

pub use super::lots::Step;

/// What a person is owed in one leave year.
#[derive(Debug, Clone, PartialEq)]
pub struct Entitlement {
    /// The leave year.
    pub year: i32,
    /// Running totals, each valid from its date on; they only grow.
    pub steps: Vec<Step>,
    /// Last date on which the year's own days can be taken: the year's end, or the last day on the roll. The day
    /// before the year begins where the person is not on the roll in it at all.
    pub last_day: NaiveDate,
    /// The tiers of service reached, by date; what they give here may be a share.
    pub tiers: Vec<Reached>,
    /// From this date on the year's leave is lost (Order 514 art. 4); `None` where it is not.
    pub lost_from: Option<NaiveDate>,
    /// What is held since the right ended after leave was taken.
    pub hold: Option<Hold>,
    /// Why, in the order applied.
    pub findings: Vec<Finding>,
    /// Labels of the policy versions used.
    pub policies: Vec<String>,
}

impl Entitlement {
    /// The days owed on a date. Leaving the roll does not lower them; it only ends their use ([`Self::last_day`]).
    #[must_use]
    pub fn days_on(&self, date: NaiveDate) -> HalfDays {
        if self.lost_from.is_some_and(|lost| lost <= date) {
            return HalfDays::ZERO;
        }
        let forfeited = self.hold.filter(|hold| hold.from <= date).map_or(HalfDays::ZERO, |hold| hold.forfeited);
        (self.reached_on(date) - forfeited).max(HalfDays::ZERO)
    }

    /// What the tiers give on a date, before any loss.
    fn reached_on(&self, date: NaiveDate) -> HalfDays {
        self.steps.iter().rev().find(|step| step.from <= date).map_or(HalfDays::ZERO, |step| step.days)
    }

    /// What is neither available nor lost on a date, until hr decides (RULINGS 13).
    #[must_use]
    pub fn held_on(&self, date: NaiveDate) -> HalfDays {
        let Some(hold) = self.hold.filter(|hold| hold.from <= date) else { return HalfDays::ZERO };
        (self.days_on(date) - hold.spent - hold.kept).max(HalfDays::ZERO)
    }

    /// Whether days of the year are lost on a date, by an event of Order 514 art. 4 or by hr's decision after one.
    #[must_use]
    pub fn is_lost_on(&self, date: NaiveDate) -> bool {
        self.lost_from.is_some_and(|lost| lost <= date)
            || self.hold.is_some_and(|hold| hold.from <= date && hold.forfeited > HalfDays::ZERO)
    }

    /// Full years of service of the tier that is valid on a date; `None` before the first.
    #[must_use]
    pub fn tier_on(&self, date: NaiveDate) -> Option<u32> {
        self.tiers.iter().filter(|tier| tier.from <= date).map(|tier| tier.years_min).max()
    }

    /// The days that the tier valid on a date gives a whole year, without proration.
    #[must_use]
    pub fn quota_on(&self, date: NaiveDate) -> HalfDays {
        self.tiers.iter().filter(|tier| tier.from <= date).map(|tier| tier.days).max().unwrap_or_default()
    }
}

/// A tier of service, valid from a date on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// First date.
    pub from: NaiveDate,
    /// Full years of service.
    pub years_min: u32,
    /// What a whole year gives.
    pub days: HalfDays,
}

/// Whether an entitlement says why it is what it is. A balance needs the days alone, and the reasons cost more than they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// With [`Entitlement::findings`].
    Reasons,
    /// Without those about service and tiers.
    DaysAlone,
}

/// A stretch of a year in which category, policy and run of service stay the same.
struct Stretch<'a> {
    from: NaiveDate,
    to: NaiveDate,
    category: Category,
    version: &'a Version<AnnualLeavePolicy>,
    run: Option<Run>,
}

/// ## 年休假天数 — annual leave by years of service
///
/// 职工带薪年休假条例 第二条、第三条: five working days from one full year of cumulative service, ten from ten, fifteen from
/// twenty. 机关事业单位工作人员带薪年休假实施办法 第二条 (police, staff): a new tier applies from the month after its years are
/// full, in full and without proration. 企业职工带薪年休假实施办法 第三条至第五条 (contract staff): after twelve continuous
/// months, from the day itself; the year of joining, or of completing the twelve months, gives remaining calendar days
/// ÷ 365 × quota, cut to whole days.
///
/// *Reading:* a year is full on the same day of the month (`anniversary_basis`, policy). The regime is that of the
/// category on each date, and what was valid once stays valid in that year. Leave is not owed before the day of
/// joining (start of the current run of service where that day is not known); leaving and retirement end its use and
/// never lower it. 365 is fixed, in leap years too.
///
/// *Not modelled:* what the agency may grant beyond the law.
///
/// # Errors
/// [`NoPolicy`] when a date of the year on which the person is on the roll lies before the first version.
pub fn entitlement(facts: &PersonFacts, policies: &PolicySet, year: i32) -> Result<Entitlement, NoPolicy> {
    owed(facts, policies, year, Telling::Reasons)
}

/// As [`entitlement`], with or without its findings.
///
/// # Errors
/// As [`entitlement`].
pub fn owed(facts: &PersonFacts, policies: &PolicySet, year: i32, telling: Telling) -> Result<Entitlement, NoPolicy> {
    let before = year_end(year - 1).unwrap_or(NaiveDate::MIN);
    let mut result = Entitlement {
        year,
        steps: Vec::new(),
        last_day: before,
        tiers: Vec::new(),
        lost_from: None,
        hold: None,
        findings: Vec::new(),
        policies: Vec::new(),
    };
    let mut explained: Option<(String, Option<Run>)> = None;
    for stretch in stretches(facts, policies, year)? {
        result.last_day = stretch.to;
        let label = stretch.version.label();
        if !result.policies.contains(&label) {
            result.policies.push(label.clone());
        }
        let subject = Some((label, stretch.run));
        if telling == Telling::Reasons && explained != subject {
            result.findings.push(regime_finding(&stretch));
            result.findings.push(service_finding(facts, &stretch));
            explained = subject;
        }
        climb(facts, &stretch, telling, &mut result);
    }
    if telling == Telling::Reasons
        && let Some(end) = year_end(year)
        && result.last_day < end
    {
        result.findings.push(
            Finding::new("annual_leave.roll", "", Outcome::Warn)
                .source("职工带薪年休假条例 第二条")
                .measured("last_day", (result.last_day > before).then(|| result.last_day.to_string()))
                .measured("year", year),
        );
    }
    Ok(result)
}

/// Cuts a year wherever something about the person or the law changes, and keeps what lies on the roll.
fn stretches<'a>(facts: &PersonFacts, policies: &'a PolicySet, year: i32) -> Result<Vec<Stretch<'a>>, NoPolicy> {
    let (Some(first), Some(last)) = (year_start(year), year_end(year)) else { return Ok(Vec::new()) };
    let mut cuts: BTreeSet<NaiveDate> = BTreeSet::from([first]);
    cuts.extend(facts.categories.iter().map(|fact| fact.from));
    cuts.extend(facts.units.iter().map(|fact| fact.from));
    cuts.extend(policies.annual_leave_changes());
    cuts.extend(runs(&facts.service_periods).iter().flat_map(|run| [run.from, next_day(run.to)]));
    cuts.extend(facts.joined_on);
    cuts.extend(facts.left_on.map(next_day));
    let cuts: Vec<NaiveDate> = cuts.into_iter().filter(|cut| first <= *cut && *cut <= last).collect();
    let ends = cuts.iter().skip(1).filter_map(NaiveDate::pred_opt).chain([last]).collect::<Vec<_>>();
    let mut found: Vec<Stretch<'a>> = Vec::new();
    for (from, to) in cuts.into_iter().zip(ends) {
        if let Some(place) = facts.place_on(from).filter(|_| facts.on_roll(from)) {
            let category = place.category;
            let version = policies.annual_leave(place, from);
            let version = version.ok_or(NoPolicy { name: "annual_leave", category, on: from })?;
            let run = run_on(&facts.service_periods, from);
            match found.last_mut() {
                // Nothing of the person's own changed: a version for others, or a unit under the same law.
                Some(held)
                    if held.category == category
                        && held.run == run
                        && std::ptr::eq(held.version, version)
                        && next_day(held.to) == from =>
                {
                    held.to = to;
                }
                _ => found.push(Stretch { from, to, category, version, run }),
            }
        }
    }
    Ok(found)
}

/// Adds the tiers that become valid in a stretch.
fn climb(facts: &PersonFacts, stretch: &Stretch<'_>, telling: Telling, result: &mut Entitlement) {
    let Some(run) = stretch.run else { return };
    let policy = &stretch.version.values;
    let Some(start) = super::service::adjusted_start(&facts.service_periods, stretch.from) else { return };
    let joined = facts.joined_on.unwrap_or(run.from);
    let Some(complete) = run.from.checked_add_months(Months::new(policy.continuous_months_min)) else { return };
    let eligible = joined.max(complete);
    for tier in &policy.tiers {
        let Some((full_on, effective)) = effective_on(start, tier.years_min, policy) else { continue };
        let from = effective.max(eligible).max(stretch.from);
        if from > stretch.to {
            continue;
        }
        let whole = HalfDays::whole(i32::from(tier.days));
        result.tiers.push(Reached { from, years_min: tier.years_min, days: whole });
        let days = quota(tier, policy, eligible, result.year);
        let total = result.steps.last().map_or(HalfDays::ZERO, |step| step.days);
        if days > total {
            match result.steps.last_mut() {
                // Tiers already reached when the stretch begins are one step, the highest.
                Some(step) if step.from == from => step.days = days,
                _ => result.steps.push(Step { from, days }),
            }
        } else if days != HalfDays::ZERO || total != HalfDays::ZERO {
            continue;
        }
        // A share below one whole day is nothing: the arithmetic is the reason.
        if telling == Telling::Reasons {
            if days > total {
                result.findings.retain(|old| !superseded(old, &from.to_string()));
            }
            result.findings.push(tier_finding(tier, stretch, [start, full_on, effective, from]));
            result.findings.extend(proration_finding(tier, stretch, (eligible, from), result.year, days));
        }
    }
    if telling == Telling::Reasons && result.steps.is_empty() {
        result.findings.extend(not_yet_finding(stretch, start, eligible));
    }
}

/// The tier that is valid from a date on: since when the service counts, when its years are full, when it applies.
fn tier_finding(tier: &Tier, stretch: &Stretch<'_>, [start, full_on, effective, from]: [NaiveDate; 4]) -> Finding {
    Finding::new("annual_leave.tier", "L1", Outcome::Pass)
        .source(tier_source(stretch.version.values.regime))
        .policy(&stretch.version.label())
        .measured("service_start", start.to_string())
        .measured("years", tier.years_min)
        .measured("full_on", full_on.to_string())
        .measured("effective_on", effective.to_string())
        .measured("valid_from", from.to_string())
        .limit("days", tier.days)
}

/// Why there is nothing in a stretch: the lowest tier begins after it.
fn not_yet_finding(stretch: &Stretch<'_>, start: NaiveDate, eligible: NaiveDate) -> Option<Finding> {
    let policy = &stretch.version.values;
    let tier = policy.tiers.first()?;
    let (full_on, effective) = effective_on(start, tier.years_min, policy)?;
    let from = effective.max(eligible);
    (from > stretch.to).then(|| {
        Finding::new("annual_leave.not_yet", "L1", Outcome::Pass)
            .source(tier_source(policy.regime))
            .policy(&stretch.version.label())
            .measured("service_start", start.to_string())
            .measured("full_on", full_on.to_string())
            .measured("eligible_on", eligible.to_string())
            .measured("valid_from", from.to_string())
            .limit("years_min", tier.years_min)
            .limit("days", tier.days)
    })
}

/// Whether a finding on a tier is overtaken by a higher one valid from the same day.
fn superseded(finding: &Finding, from: &str) -> bool {
    matches!(finding.rule.as_str(), "annual_leave.tier" | "annual_leave.proration")
        && finding.measured.get("valid_from").and_then(|value| value.as_str()) == Some(from)
}

/// The day on which the years are full, and the day from which the tier applies.
fn effective_on(start: NaiveDate, years: u32, policy: &AnnualLeavePolicy) -> Option<(NaiveDate, NaiveDate)> {
    let anniversary = start.checked_add_months(Months::new(years.checked_mul(12)?))?;
    let full_on = match policy.anniversary_basis {
        AnniversaryBasis::SameDay => anniversary,
        AnniversaryBasis::PriorDay => anniversary.pred_opt()?,
    };
    let effective = match policy.tier_effective {
        TierEffective::SameDay => full_on,
        TierEffective::NextMonth => full_on.with_day(1)?.checked_add_months(Months::new(1))?,
    };
    Some((full_on, effective))
}

/// The days of a tier in a year: in the year of joining or of completing the months, only their share.
fn quota(tier: &Tier, policy: &AnnualLeavePolicy, eligible: NaiveDate, year: i32) -> HalfDays {
    match remaining(policy, eligible, year) {
        Some(days) => HalfDays::whole(i32::try_from(days * i64::from(tier.days) / 365).unwrap_or(0)),
        None => HalfDays::whole(i32::from(tier.days)),
    }
}

/// Calendar days from joining or completion to the end of that leave year; `None` where nothing is prorated.
fn remaining(policy: &AnnualLeavePolicy, eligible: NaiveDate, year: i32) -> Option<i64> {
    if policy.join_proration == JoinProration::None || leave_year(eligible) != year {
        return None;
    }
    Some((year_end(year)? - eligible).num_days() + 1)
}

fn proration_finding(
    tier: &Tier,
    stretch: &Stretch<'_>,
    (eligible, from): (NaiveDate, NaiveDate),
    year: i32,
    days: HalfDays,
) -> Option<Finding> {
    let remaining = remaining(&stretch.version.values, eligible, year)?;
    Some(
        Finding::new("annual_leave.proration", "L1", Outcome::Pass)
            .source("企业职工带薪年休假实施办法 第五条")
            .policy(&stretch.version.label())
            .measured("eligible_on", eligible.to_string())
            .measured("valid_from", from.to_string())
            .measured("remaining_calendar_days", remaining)
            .measured("quota_days", tier.days)
            .limit("days", days),
    )
}

fn regime_finding(stretch: &Stretch<'_>) -> Finding {
    Finding::new("annual_leave.regime", "L1", Outcome::Pass)
        .source(&stretch.version.source)
        .policy(&stretch.version.label())
        .measured("category", stretch.category.as_str())
        .measured("regime", stretch.version.values.regime.as_str())
        .measured("from", stretch.from.to_string())
}

fn service_finding(facts: &PersonFacts, stretch: &Stretch<'_>) -> Finding {
    let policy = &stretch.version.values;
    let finding = Finding::new("annual_leave.service", "L1", Outcome::Pass)
        .source(match policy.regime {
            Regime::OrderNine => "机关事业单位工作人员带薪年休假实施办法 第二条",
            Regime::Enterprise => "企业职工带薪年休假实施办法 第三条、第四条",
        })
        .policy(&stretch.version.label());
    let Some(run) = stretch.run else {
        return Finding { outcome: Outcome::Warn, ..finding }
            .measured("from", stretch.from.to_string())
            .measured("in_service", false);
    };
    let start = super::service::adjusted_start(&facts.service_periods, stretch.from);
    let completed = start.and_then(|start| stretch.to.years_since(start)).unwrap_or(0);
    let finding = finding
        .measured("run_start", run.from.to_string())
        .measured("earlier_days", days_before(&facts.service_periods, run))
        .measured("adjusted_start", start.map(|start| start.to_string()))
        .measured("completed_years", completed)
        .measured("as_of", stretch.to.to_string());
    match run.from.checked_add_months(Months::new(policy.continuous_months_min)) {
        Some(complete) if policy.continuous_months_min > 0 => finding
            .measured("continuous_months_complete_on", complete.to_string())
            .limit("continuous_months_min", policy.continuous_months_min),
        _ => finding,
    }
}

fn tier_source(regime: Regime) -> &'static str {
    match regime {
        Regime::OrderNine => "职工带薪年休假条例 第三条；机关事业单位工作人员带薪年休假实施办法 第二条",
        Regime::Enterprise => "职工带薪年休假条例 第三条；企业职工带薪年休假实施办法 第三条、第四条",
    }
}

#[cfg(test)]
mod tests;
