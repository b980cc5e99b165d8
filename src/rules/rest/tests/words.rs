//! Whatever is found has a whole sentence in each language, with its values.

use super::*;
use crate::http::language::{Language, Words};
use crate::rules::comp_credit::{self, CreditOrigin};
use crate::rules::overtime::{
    self, DayOffWorked, Department, Money, MonthCredit, MonthTerms, Of, allowance, nobody_pays, payment_of,
};
use crate::rules::policy::Place;
use crate::rules::rest::notice::{DayOff, moved, notice};
use crate::rules::rest::strength::{Member, Post, Presence, SkillMinimum, Staffing, strength};
use crate::rules::terms::OfficerId;

const EU: &str = include_str!("../../../../policies/examples/eu_working_time_rest.toml");

/// Rosters that between them make every rule speak, with and without a derogation.
fn found() -> Vec<Finding> {
    let mut desks = Vec::new();
    for rest in [REST, EU] {
        let mut row = desk_under(rest, chrono_tz::Asia::Shanghai);
        row.daily("2025-03-03", 20, "07:00", "18:00");
        let mut nights = desk_under(rest, chrono_tz::Asia::Shanghai);
        nights.nightly("2025-03-03", 6, "20:00", "08:00").duty("2025-03-10 09:00", "2025-03-10 12:00");
        nights.duty("2025-03-12 06:00", "2025-03-12 23:30").duty("2025-03-13 06:00", "2025-03-13 10:00");
        let mut heavy = desk_under(rest, chrono_tz::Asia::Shanghai);
        for week in 0..20 {
            heavy.daily(&(day("2025-03-03") + chrono::Duration::weeks(week)).to_string(), 6, "08:00", "19:00");
        }
        let mut entries = desk_under(rest, chrono_tz::Asia::Shanghai);
        entries.of_kind(DutyKind::Protected, "2025-10-01 23:00", "2025-10-02 01:00");
        entries.nightly("2025-10-01", 1, "20:00", "06:00").duty("2025-10-02 05:00", "2025-10-02 04:00");
        entries.duty("2025-10-02 05:30", "2025-10-02 10:00").rests(RestDayKind::Weekly, &["2025-10-02"]);
        entries.away.push(Away::whole(day("2025-10-02"), day("2025-10-02"), AwayWhy::Sick));
        let (from, to) = (at(entries.zone, "2025-10-01 00:00"), at(entries.zone, "2025-10-03 00:00"));
        entries.orders.push(Order { id: row_id(4), from, to });
        entries.care_need = Some(CareNeed::Registered);
        entries.partner.push(shift(entries.zone, 800, DutyKind::Overnight, "2025-10-01 20:00", "2025-10-02 06:00"));
        let mut limited = desk_under(rest, chrono_tz::Asia::Shanghai);
        limited.duty("2025-10-01 08:00", "2025-10-01 12:00").duty("1999-10-01 08:00", "1999-10-01 12:00");
        limited.limits.push(Limit { code: LimitCode::LightDuty, valid_until: day("2026-01-01") });
        entries.limits.push(Limit { code: LimitCode::NoNightWork, valid_until: day("2026-01-01") });
        limited.care_need = Some(CareNeed::Registered);
        limited.partner.push(shift(limited.zone, 801, DutyKind::Duty, "2025-10-01 13:00", "2025-10-01 18:00"));
        let mut couple = desk_under(rest, chrono_tz::Asia::Shanghai);
        couple.daily("2025-03-03", 15, "08:00", "12:00");
        couple.care_need = Some(CareNeed::None);
        desks.extend([row, nights, heavy, entries, limited, couple]);
    }
    let mut findings = Vec::new();
    for mut desk in desks {
        for _ in 0..2 {
            findings.extend(desk.check("1999-01-01", "2026-12-31").into_iter().map(|one| one.finding));
            desk.derogated("1999-01-01", "2026-12-31");
        }
    }
    findings
}

/// What is said of units, notice and credit.
fn told() -> Vec<Finding> {
    let policies = policies_with(&[]);
    let version = policies.rest(Place::in_force(Category::Police), day("2025-03-03")).unwrap();
    let member = |post, presence| Member { officer_id: OfficerId(Uuid::nil()), presence, post, skills: &[] };
    let heads = [member(Post::Head, Presence::Away), member(Post::Deputy, Presence::Away)];
    let skills = [SkillMinimum { skill: "driver".to_owned(), minimum: 1 }];
    let staffing = Staffing { minimum_present: Some(1), skills: &skills };
    let mut told = strength(version, day("2025-03-03"), &heads, &staffing);
    told.extend(strength(version, day("2025-03-03"), &heads, &Staffing::default()));
    told.extend(strength(version, day("2025-03-03"), &heads[..1], &Staffing::default()));
    told.extend(
        ["2025-03-01", "2025-03-30"]
            .map(|on| notice(version, DayOff::RestDay, day(on), day("2025-04-03")).credited(480)),
    );
    told.push(moved(version, 3, version.values.credit.deadlines(day("2025-03-01"), day("2025-03-05"))));
    told.extend([0, 240].map(|minutes| comp_credit::covered(day("2025-03-05"), minutes, version)));
    let payable_from = at(chrono_tz::Asia::Shanghai, "2025-03-06 00:00");
    told.extend(comp_credit::not_earned(day("2025-03-05"), payable_from, payable_from - chrono::Duration::minutes(1)));
    told.extend([0, 2400].map(|minutes| credit::owed(version, minutes)));
    let had = |days| rotation::Rotations { times: 1, days_total: days, longest_block: Some(days) };
    let numbers = version.values.rotation.unwrap();
    told.extend([3, 4].map(|days| rotation::finding(version, numbers, had(days), "2025-Q1")));
    let law = policies.overtime(Place::in_force(Category::Police), day("2025-03-03")).unwrap();
    let terms = MonthTerms { version: law, department: Department::Admin, minutes_per_day: 480 };
    for minutes in [480, 9 * 480] {
        let credit = MonthCredit {
            class: DayOffWorked::RestDay,
            minutes,
            rested_minutes: 0,
            paid_minutes: 0,
            paid: Money(0),
            open_minutes: minutes,
            wanted: Some(0),
        };
        let paid = MonthCredit { paid_minutes: 4 * 480, open_minutes: 0, ..credit };
        told.push(allowance(&[credit], Of::All, &terms).finding);
        told.extend(payment_of(&[credit], 0, &terms).filter(|one| one.minutes < minutes).map(|one| one.finding));
        told.extend(payment_of(&[paid, credit], 1, &terms).map(|one| one.finding));
    }
    told.extend(overtime::unpaid(CreditOrigin::Recall, law));
    told.push(nobody_pays(Some(Category::Auxiliary), day("2025-03-05")));
    told.push(comp_credit::not_worked(day("2025-03-05")));
    told
}

#[test]
fn every_finding_has_a_sentence_with_its_values() {
    let words = Words::built_in(chrono_tz::Tz::UTC);
    let mut said = std::collections::BTreeSet::new();
    for finding in found().into_iter().chain(told()) {
        let what = finding.measured.get("what").and_then(|what| what.as_str()).unwrap_or_default().to_owned();
        for language in Language::ALL {
            let text = words.finding(*language, &finding);
            // The general sentence of the rule is what is said where a value is missing.
            let bare = Finding::new(&finding.rule, "", finding.outcome);
            assert_ne!(text, words.finding(*language, &bare), "{finding:?}");
            assert!(!text.contains(['{', '}', '$']) && !text.contains(&finding.rule), "{text}");
        }
        said.insert((finding.rule, finding.outcome.as_str(), what));
    }
    let rules: std::collections::BTreeSet<_> = said.iter().map(|(rule, ..)| rule.as_str()).collect();
    assert_eq!(rules.len(), 26, "{rules:?}");
    for expected in [
        ("rest.weekly", "block", "hours"),
        ("rest.weekly", "warn", "dates"),
        ("rest.volume", "block", "mean"),
        ("rest.volume", "block", "week"),
        ("rest.nights", "warn", "recovery"),
        ("rest.nights", "warn", "length"),
        ("rest.couple", "block", "holiday"),
        ("rest.couple", "warn", "common_rest"),
        ("rest.strength", "block", "heads"),
        ("rest.strength", "block", "skill"),
        ("rest.strength", "block", "away"),
        ("rest.strength", "block", "present"),
    ] {
        let (rule, outcome, what) = expected;
        assert!(said.contains(&(rule.to_owned(), outcome, what.to_owned())), "{expected:?} in {said:?}");
    }
}
