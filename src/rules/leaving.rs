//! The year in which somebody leaves.

use chrono::{Months, NaiveDate};

use super::annual_leave::Entitlement;
use super::finding::{Finding, Outcome};
use super::policy::{AnnualLeavePolicy, LeaveProration, PolicySet};
use super::service::{PersonFacts, run_on};
use super::terms::{HalfDays, leave_year, year_start};

/// The part of a year's leave that the time until leaving has earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Calendar days from the latest of 1 January, joining and completion of the months to the last day on the roll.
    pub elapsed_days: i64,
    /// What these days earned, in whole days.
    pub earned: HalfDays,
    /// What of it was not arranged and is to be paid; never below zero, so nothing is clawed back.
    pub payable: HalfDays,
}

/// ## 离职当年年休假折算 — the share of the year of leaving
///
/// 企业职工带薪年休假实施办法 第十二条 (contract staff; Order 9 has no such rule): elapsed calendar days of the year ÷ 365 × the
/// year's quota, cut to whole days, less what was arranged. What was arranged beyond the share is not taken back.
///
/// *Reading:* elapsed from the latest of 1 January, joining and the completion of twelve continuous months (RULINGS 9);
/// nothing without completion. The quota is that of the tier valid on the last day. 365 is fixed, in leap years too.
#[must_use]
pub fn leaving_share(quota: HalfDays, eligible_on: Option<NaiveDate>, left_on: NaiveDate, arranged: HalfDays) -> Share {
    let first = year_start(leave_year(left_on)).unwrap_or(left_on);
    let elapsed_days = eligible_on.map_or(0, |from| (left_on - from.max(first)).num_days() + 1).max(0);
    let earned = HalfDays::whole(i32::try_from(elapsed_days * i64::from(quota.0) / 2 / 365).unwrap_or(0));
    Share { elapsed_days, earned, payable: (earned - arranged).max(HalfDays::ZERO) }
}

/// What is told of the share in the year in which somebody leaves; the days owed stay as they are (RULINGS 11).
#[must_use]
pub fn share(
    facts: &PersonFacts,
    policies: &PolicySet,
    entitlement: &Entitlement,
    arranged: HalfDays,
) -> Option<Finding> {
    let left_on = facts.left_on.filter(|left| leave_year(*left) == entitlement.year)?;
    let version = policies.annual_leave(facts.place_on(left_on)?, left_on)?;
    if version.values.leave_proration == LeaveProration::None {
        return None;
    }
    let quota = entitlement.quota_on(left_on);
    let eligible_on = eligible_on(facts, &version.values, left_on);
    let share = leaving_share(quota, eligible_on, left_on, arranged);
    Some(
        Finding::new("annual_leave.leaving_share", "", Outcome::Pass)
            .source("企业职工带薪年休假实施办法 第十二条")
            .policy(&version.label())
            .measured("left_on", left_on.to_string())
            .measured("eligible_on", eligible_on.map(|date| date.to_string()))
            .measured("elapsed_calendar_days", share.elapsed_days)
            .measured("quota_days", quota)
            .measured("arranged_days", arranged)
            .measured("earned_days", share.earned)
            .limit("payable_days", share.payable),
    )
}

/// The later of joining and the completion of the continuous months; `None` where they are not complete on leaving.
fn eligible_on(facts: &PersonFacts, policy: &AnnualLeavePolicy, left_on: NaiveDate) -> Option<NaiveDate> {
    let run = run_on(&facts.service_periods, left_on)?;
    let complete = run.from.checked_add_months(Months::new(policy.continuous_months_min))?;
    let from = facts.joined_on.unwrap_or(run.from).max(complete);
    (from <= left_on).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::annual_leave::entitlement;
    use crate::rules::cases::{built_in, day, person};
    use crate::rules::terms::Category;

    /// RULINGS 9: joined 2025-08-01 with no earlier service.
    #[test]
    fn the_worked_examples() {
        let leaving = |category, left_on: &str, arranged| {
            let mut facts = person(category, &[("2025-08-01", None)]);
            facts.joined_on = Some(day("2025-08-01"));
            facts.left_on = Some(day(left_on));
            let owed = entitlement(&facts, &built_in(), 2026).unwrap();
            share(&facts, &built_in(), &owed, HalfDays::whole(arranged)).map(|finding| {
                let elapsed = finding.measured["elapsed_calendar_days"].as_i64().unwrap();
                (owed.days_on(day(left_on)), elapsed, finding.limit["payable_days"].as_i64().unwrap())
            })
        };
        let auxiliary = Category::Auxiliary;
        assert_eq!(leaving(auxiliary, "2026-12-31", 0), Some((HalfDays::whole(2), 153, 2)));
        assert_eq!(leaving(auxiliary, "2026-10-31", 0), Some((HalfDays::whole(2), 92, 1)));
        assert_eq!(leaving(auxiliary, "2026-10-31", 1), Some((HalfDays::whole(2), 92, 0)));
        assert_eq!(leaving(auxiliary, "2026-06-30", 0), Some((HalfDays::ZERO, 0, 0)));
        // The day before completion, the day itself.
        assert_eq!(leaving(auxiliary, "2026-07-31", 0), Some((HalfDays::ZERO, 0, 0)));
        assert_eq!(leaving(auxiliary, "2026-08-01", 0), Some((HalfDays::whole(2), 1, 0)));
        // In the year after, and for police, there is nothing to tell.
        assert_eq!(leaving(auxiliary, "2027-01-01", 0), None);
        assert_eq!(leaving(Category::Police, "2026-10-31", 0), None);
    }

    #[test]
    fn half_days_arranged_are_not_rounded() {
        let share = leaving_share(HalfDays::whole(10), Some(day("2010-01-01")), day("2026-06-30"), HalfDays(5));
        assert_eq!(share, Share { elapsed_days: 181, earned: HalfDays::whole(4), payable: HalfDays(3) });
    }
}
