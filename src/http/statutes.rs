//! Kinds of leave as they are offered.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::office::Office;
use super::paging::Page;
use super::problem::Problem;
use crate::rules::day_count::CountIn;
use crate::rules::policy::{Evidence, Place, PolicySet};
use crate::rules::terms::{Category, LeaveKind};

/// One kind of leave.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeaveTypeView {
    kind: LeaveKind,
    group: String,
    /// `working` or `calendar` days.
    counted_in: CountIn,
    /// Days a year by full years of service, in force today; empty for kinds without a quota.
    quota: Vec<TierView>,
    evidence: String,
    categories: Vec<Category>,
    policy: String,
    source: String,
}

/// Days a year from a number of full years of service on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TierView {
    years_min: u32,
    days: u16,
}

/// `GET /leave-types`
pub async fn leave_types(office: Office) -> Result<Answer, Problem> {
    let today = office.house.clock.today();
    let statutes = office.house.law.current();
    let mut types: Vec<LeaveTypeView> = Vec::new();
    for category in Category::ALL {
        let Some(version) = statutes.policies.annual_leave(Place::in_force(*category), today) else { continue };
        if types.iter().any(|one| one.categories.contains(category)) {
            continue;
        }
        types.push(LeaveTypeView {
            kind: LeaveKind::Annual,
            group: version.values.leave_type.group.clone(),
            counted_in: version.values.leave_type.count_in,
            quota: version
                .values
                .tiers
                .iter()
                .map(|tier| TierView { years_min: tier.years_min, days: tier.days })
                .collect(),
            evidence: version.values.leave_type.evidence.as_str().to_owned(),
            categories: version.binding.categories.clone(),
            policy: version.label(),
            source: version.source.clone(),
        });
    }
    types.extend(plain_types(&statutes.policies, today));
    types.extend(compensatory_types(&statutes.policies, today));
    Ok(Answer::ok(&Page::whole(types))?)
}

/// Compensatory leave, for the people to whom each policy version on rest in force gives it. It has no quota: it is
/// earned.
fn compensatory_types(policies: &PolicySet, today: NaiveDate) -> Vec<LeaveTypeView> {
    let mut types: Vec<LeaveTypeView> = Vec::new();
    for category in Category::ALL {
        let Some(version) = policies.rest(Place::in_force(*category), today) else { continue };
        let policy = version.label();
        match types.iter_mut().find(|one| one.policy == policy) {
            Some(known) => known.categories.push(*category),
            None => types.push(LeaveTypeView {
                kind: LeaveKind::Compensatory,
                group: LeaveKind::Compensatory.as_str().to_owned(),
                counted_in: CountIn::Working,
                quota: Vec::new(),
                evidence: Evidence::None.as_str().to_owned(),
                categories: vec![*category],
                policy,
                source: version.source.clone(),
            }),
        }
    }
    types
}

/// Kinds that are only recorded, with the people to whom each policy version in force offers them.
fn plain_types(policies: &PolicySet, today: NaiveDate) -> Vec<LeaveTypeView> {
    let mut types: Vec<LeaveTypeView> = Vec::new();
    for category in Category::ALL {
        let Some(version) = policies.leave_requests(Place::in_force(*category), today) else { continue };
        let policy = version.label();
        for (kind, plain) in &version.values.kinds {
            match types.iter_mut().find(|one| one.kind == *kind && one.policy == policy) {
                Some(known) => known.categories.push(*category),
                None => types.push(LeaveTypeView {
                    kind: *kind,
                    group: plain.group.clone(),
                    counted_in: plain.count_in,
                    quota: Vec::new(),
                    evidence: plain.evidence.as_str().to_owned(),
                    categories: vec![*category],
                    policy: policy.clone(),
                    source: version.source.clone(),
                }),
            }
        }
    }
    types
}
