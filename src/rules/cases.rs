//! The table cases of `tests/cases`, all run through one [`check`]; and the facts that the tests are made from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use toml::{Table, Value};
use uuid::Uuid;

use super::annual_leave::{Entitlement, entitlement};
use super::calendar::{Calendar, DayClass};
use super::carry_over::{self, CarryOver, CarryReason};
use super::day_count::{CountIn, count};
use super::disqualification::{self, Absence, Assessment, Circumstances, Ground, Use};
use super::leaving::leaving_share;
use super::lots::{Demand, Draw, DrawState, Lot, Step, available};
use super::policy::{Place, PolicySet};
use super::service::{Dated, PersonFacts, ServicePeriod, adjusted_start};
use super::terms::{
    Category, FirstDay, HalfDays, LastDay, LotId, LotSource, RequestId, ServiceKind, Span, leave_year, year_end,
    year_start,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    rule: String,
    source: String,
    #[serde(default)]
    note: String,
    given: Table,
    expected: Table,
}

impl Case {
    fn text(&self, key: &str) -> &str {
        self.given[key].as_str().unwrap()
    }
    fn date(&self, key: &str) -> NaiveDate {
        day(self.text(key))
    }
    fn int(&self, key: &str) -> i32 {
        i32::try_from(self.given[key].as_integer().unwrap()).unwrap()
    }
}

/// A date from its text.
pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Days from a number in a case.
fn days(value: &Value) -> HalfDays {
    let number = value.as_float().or_else(|| value.as_integer().map(|n| f64::from(i32::try_from(n).unwrap())));
    HalfDays::from_days(number.unwrap()).unwrap()
}

fn span_of(case: &Case) -> Span {
    let first = case.given.get("first_day").map_or(FirstDay::Full, |v| v.as_str().unwrap().parse().unwrap());
    let last = case.given.get("last_day").map_or(LastDay::Full, |v| v.as_str().unwrap().parse().unwrap());
    Span::new(case.date("from"), case.date("to"), first, last).unwrap()
}

/// The policies with the anniversary basis of a case.
fn policies_of(case: &Case) -> PolicySet {
    let basis = case.given.get("anniversary_basis").map_or("same_day", |v| v.as_str().unwrap());
    let text = include_str!("annual_leave.toml")
        .replace("anniversary_basis = \"same_day\"", &format!("anniversary_basis = \"{basis}\""));
    policies_with(&[("annual_leave.toml", &text)])
}

/// A person of a category with periods of service, on the roll since ever.
pub(super) fn person(category: Category, periods: &[(&str, Option<&str>)]) -> PersonFacts {
    PersonFacts {
        categories: vec![Dated { from: NaiveDate::MIN, value: category }],
        service_periods: periods
            .iter()
            .map(|(from, to)| ServicePeriod { from: day(from), to: to.map(day), kind: ServiceKind::Employment })
            .collect(),
        units: Vec::new(),
        joined_on: None,
        left_on: None,
    }
}

pub(super) fn built_in() -> PolicySet {
    PolicySet::built_in().unwrap()
}

/// The texts that are built in, some of them replaced by file name.
pub(super) fn texts_with<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let built_in = [
        ("annual_leave.toml", include_str!("annual_leave.toml")),
        ("leave_requests.toml", include_str!("leave_requests.toml")),
        ("overtime.toml", include_str!("overtime.toml")),
        ("rest.toml", include_str!("rest.toml")),
    ];
    let one = |(file, text): (&'a str, &'a str)| {
        let other = changed.iter().find(|(name, _)| *name == file);
        (file, other.map_or(text, |(_, text)| *text))
    };
    built_in.map(one).to_vec()
}

/// The policies that are built in, some texts replaced by file name.
pub(super) fn policies_with(changed: &[(&str, &str)]) -> PolicySet {
    PolicySet::read(&texts_with(changed)).unwrap()
}

pub(super) fn calendar() -> Calendar {
    Calendar::built_in().unwrap()
}

/// The own lot of an entitlement, with a small number for an id.
pub(super) fn own(id: u128, entitlement: &Entitlement) -> Lot {
    Lot::own(lot_id(id), entitlement, HalfDays::ZERO)
}

/// Any other lot.
pub(super) fn lot(id: u128, source: LotSource, origin_year: i32, from: &str, to: &str, whole: i32) -> Lot {
    Lot {
        id: lot_id(id),
        source,
        origin_year,
        valid_from: day(from),
        expires_on: day(to),
        steps: vec![Step { from: day(from), days: HalfDays::whole(whole) }],
        carried_out: HalfDays::ZERO,
        bar: None,
    }
}

pub(super) fn lot_id(id: u128) -> LotId {
    LotId(Uuid::from_u128(id))
}

/// A granted draw of some half days by request number `request`.
pub(super) fn draw(request: u128, lot: u128, on: &str, halves: i32) -> Draw {
    Draw {
        request_id: RequestId(Uuid::from_u128(request)),
        lot_id: lot_id(lot),
        on: day(on),
        quantity: HalfDays(halves),
        state: DrawState::Granted,
    }
}

fn check(case: &Case) {
    assert!(!case.source.is_empty());
    match case.rule.as_str() {
        "cn.annual.tier" | "cn.annual.tier.accumulated" => check_tier(case),
        "cn.contract.proration_join" => check_proration(case),
        "cn.contract.proration_leave" => check_leaving(case),
        "cn.annual.disqualify.personal" => check_personal(case),
        "cn.annual.disqualify.sick" => check_sick(case),
        "cn.annual.disqualify.next_year" => check_next_year(case),
        "cn.annual.balance" => check_balance(case),
        "cn.annual.carry" => check_carry(case),
        "cn.count" | "cn.count.calendar_missing" => check_count(case),
        "cn.day_class" => {
            let class = calendar().class_of(case.date("date")).unwrap();
            let word = match class {
                DayClass::StatutoryHoliday => "statutory",
                DayClass::Weekend | DayClass::RestDayMoved => "rest_day",
                other => other.as_str(),
            };
            assert_eq!(Some(word), case.expected["class"].as_str());
            assert_eq!(Some(class.working()), case.expected["is_workday"].as_bool());
        }
        "cn.holiday.max_run" => {
            let run = calendar().max_run_of_workdays(case.date("from"), case.date("to")).unwrap();
            assert_eq!(Some(i64::from(run)), case.expected["max_consecutive_workdays"].as_integer());
            assert_eq!(Some(i64::from(run) > i64::from(case.int("limit"))), case.expected["exceeds"].as_bool());
        }
        other => panic!("nothing checks {other}"),
    }
}

fn check_tier(case: &Case) {
    let on = case.date("on");
    let mut periods = Vec::new();
    for period in case.given.get("prior_periods").and_then(Value::as_array).into_iter().flatten() {
        let ends = period.as_array().unwrap();
        periods.push((ends[0].as_str().unwrap(), ends[1].as_str()));
    }
    let start = case.given.get("service_start").or_else(|| case.given.get("current_start")).unwrap();
    periods.push((start.as_str().unwrap(), None));
    for category in [Category::Police, Category::Staff] {
        let person = person(category, &periods);
        let owed = entitlement(&person, &policies_of(case), leave_year(on)).unwrap();
        assert_eq!(owed.days_on(on), days(&case.expected["days"]), "{:?}", owed.findings);
        if let Some(expected) = case.expected.get("adjusted_start") {
            assert_eq!(adjusted_start(&person.service_periods, on), Some(day(expected.as_str().unwrap())));
        }
    }
}

fn check_proration(case: &Case) {
    let joined = case.date("joined");
    assert_eq!((case.int("full_quota"), case.given["continuous_12_months"].as_bool()), (5, Some(true)));
    let mut person = person(Category::Auxiliary, &[("2024-01-01", None)]);
    person.joined_on = Some(joined);
    let owed = entitlement(&person, &built_in(), leave_year(joined)).unwrap();
    assert_eq!(owed.days_on(year_end(leave_year(joined)).unwrap()), days(&case.expected["days"]));
    assert_eq!(owed.days_on(joined.pred_opt().unwrap()), HalfDays::ZERO);
    let finding = owed.findings.iter().find(|finding| finding.rule == "annual_leave.proration").unwrap();
    let remaining = finding.measured["remaining_calendar_days"].as_i64();
    assert_eq!(remaining, case.expected["remaining_calendar_days"].as_integer());
}

fn check_balance(case: &Case) {
    let on = case.date("on");
    let person = person(Category::Police, &[(case.text("service_start"), None)]);
    let owed = entitlement(&person, &policies_of(case), leave_year(on)).unwrap();
    assert_eq!(owed.days_on(on), days(&case.expected["quota_on_date"]));
    // Half a day on as many dates as were taken: in January where the tier of January bears it, else up to the date.
    let taken = days(&case.given["taken_this_year"]);
    let january = available(&[own(1, &owed)], &[], year_start(leave_year(on)).unwrap());
    let live = [
        Demand { on: year_start(leave_year(on)).unwrap(), quantity: taken.min(january) },
        Demand { on, quantity: taken - taken.min(january) },
    ];
    assert_eq!(available(&[own(1, &owed)], &live, on), days(&case.expected["remaining"]));
}

fn check_carry(case: &Case) {
    let (from_year, on) = (case.int("from_year"), case.date("on"));
    let person = person(Category::Police, &[("2010-01-01", None)]);
    let owed = entitlement(&person, &built_in(), from_year).unwrap();
    let policies = built_in();
    let version = policies.annual_leave(Place::in_force(Category::Police), year_end(from_year).unwrap()).unwrap();
    let reason = case.given["work_reason_approved"].as_bool().unwrap().then_some(CarryReason::WorkNeed);
    let carry = CarryOver { from_year, days: days(&case.given["carried"]), reason };
    let verdict = carry_over::assess(&carry, &own(1, &owed), &[], version).unwrap();
    assert_eq!(verdict.validity.expires_on, day(case.expected["expires"].as_str().unwrap()));
    let mut lots = Vec::new();
    if !verdict.findings.iter().any(super::finding::Finding::blocks) {
        let (from, to) = (verdict.validity.valid_from.to_string(), verdict.validity.expires_on.to_string());
        lots.push(lot(2, LotSource::Carried, from_year, &from, &to, carry.days.0 / 2));
    }
    let used = Demand { on: verdict.validity.valid_from, quantity: days(&case.given["used"]) };
    assert_eq!(available(&lots, &[used], on), days(&case.expected["available"]));
}

/// Absences of a police officer in a year, assessed.
fn assessed(policies: &PolicySet, service_start: &str, year: i32, absences: &[Absence]) -> (Entitlement, Assessment) {
    let facts = person(Category::Police, &[(service_start, None)]);
    let owed = entitlement(&facts, policies, year).unwrap();
    let case = Circumstances { facts: &facts, policies, calendar: &calendar(), absences };
    let found = disqualification::assess(&case, &owed);
    (owed, found)
}

fn check_personal(case: &Case) {
    let asked = days(&case.given["personal_leave_days"]);
    let ground = match case.given["pay_kept"].as_bool() {
        Some(true) => Ground::PersonalPaid,
        _ => Ground::PersonalUnpaid,
    };
    // From Monday, 2 March 2026, as many working days as were taken, the half one last.
    let calendar = calendar();
    let worked = day("2026-03-02").iter_days().filter(|date| calendar.class_of(*date).unwrap().working());
    let absences: Vec<Absence> = worked
        .zip((0..asked.0).step_by(2))
        .map(|(date, before)| {
            let last = if asked.0 - before == 1 { LastDay::Am } else { LastDay::Full };
            Absence { ground, span: Span::new(date, date, FirstDay::Full, last).unwrap() }
        })
        .collect();
    let (_, found) = assessed(&built_in(), "2010-01-01", 2026, &absences);
    assert_eq!(Some(found.event_on.is_some()), case.expected["disqualified"].as_bool(), "{found:?}");
    if ground == Ground::PersonalPaid && asked > HalfDays::ZERO {
        assert_eq!(found.findings[0].measured["days"].as_f64(), Some(asked.days()));
    }
}

fn check_sick(case: &Case) {
    let unit = case.text("month_mode");
    let text = include_str!("annual_leave.toml")
        .replace("sick_month_unit = \"calendar_30\"", &format!("sick_month_unit = \"{unit}\""));
    let policies = policies_with(&[("annual_leave.toml", &text)]);
    let spans = case.given["sick_spans"].as_array().unwrap().iter().map(|ends| {
        let end = |at: usize| day(ends[at].as_str().unwrap());
        Absence { ground: Ground::Sick, span: Span::full(end(0), end(1)).unwrap() }
    });
    let absences: Vec<Absence> = spans.collect();
    assert!(absences.iter().all(|absence| absence.span.to() <= case.date("assessed_on")));
    let (_, found) = assessed(&policies, case.text("service_start"), leave_year(case.date("assessed_on")), &absences);
    let finding = &found.findings[0];
    assert_eq!(Some(found.event_on.is_some()), case.expected["disqualified"].as_bool(), "{finding:?}");
    assert_eq!(finding.measured["calendar_days"].as_i64(), case.expected["calendar_days"].as_integer());
    assert_eq!(finding.limit["months_min"].as_i64(), case.expected["threshold_months"].as_integer());
    let months = &case.expected["months"];
    let expected = months.as_float().or_else(|| months.as_integer().map(|n| f64::from(i32::try_from(n).unwrap())));
    let measured = finding.measured["months"].as_f64().unwrap();
    // The vectors round to three or four places.
    assert!((measured - expected.unwrap()).abs() < 0.0005, "{measured}");
    if let Some(on) = case.expected.get("disqualified_on") {
        assert_eq!(found.event_on, Some(day(on.as_str().unwrap())));
    }
}

fn check_next_year(case: &Case) {
    assert_eq!((case.int("quota"), case.given["event_art4_2_to_5"].as_bool()), (5, Some(true)));
    let facts = person(Category::Police, &[("2020-01-01", None)]);
    let taken = days(&case.given["taken_before_event"]);
    let event_on = day("2026-09-01");
    let found = Assessment { event_on: Some(event_on), findings: Vec::new() };
    let this = disqualification::follow(
        entitlement(&facts, &built_in(), 2026).unwrap(),
        found,
        Use { taken, before: taken, ..Use::default() },
        &[],
    );
    let held = this.held_on(day("2026-12-31"));
    match case.expected["this_year"].as_str().unwrap() {
        "already_used" => assert_eq!(held, HalfDays::ZERO),
        "manual_review" => assert_eq!(held, HalfDays::whole(5) - taken),
        other => panic!("{other}"),
    }
    assert_eq!(this.days_on(day("2026-12-31")), HalfDays::whole(5));
    assert_eq!(case.expected["next_year_disqualified"].as_bool(), Some(true));
    let next = disqualification::lose_next_year(entitlement(&facts, &built_in(), 2027).unwrap(), event_on, taken);
    assert_eq!(next.days_on(day("2027-12-31")), HalfDays::ZERO);
}

fn check_leaving(case: &Case) {
    let (left_on, quota) = (case.date("left"), HalfDays::whole(case.int("full_quota")));
    let share = leaving_share(quota, Some(day("2015-01-01")), left_on, days(&case.given["arranged"]));
    assert_eq!(Some(share.elapsed_days), case.expected["elapsed_calendar_days"].as_integer());
    assert_eq!(
        (share.payable, days(&case.expected["clawback"])),
        (days(&case.expected["payable_days"]), HalfDays::ZERO)
    );
}

fn check_count(case: &Case) {
    let count_in: CountIn = case.text("unit").parse().unwrap();
    let calendar = match case.given.get("calendar_years").and_then(Value::as_array) {
        Some(years) => {
            let years: Vec<i32> = years.iter().map(|y| i32::try_from(y.as_integer().unwrap()).unwrap()).collect();
            calendar().only(&years)
        }
        None => calendar(),
    };
    match count(&span_of(case), &calendar, count_in) {
        Ok(counted) => {
            assert_eq!(counted.total, days(&case.expected["days"]));
            let by_year = case.expected["by_year"].as_table().unwrap();
            let by_year: BTreeMap<i32, HalfDays> =
                by_year.iter().map(|(year, cost)| (year.parse().unwrap(), days(cost))).collect();
            assert_eq!(counted.by_year, by_year);
        }
        Err(missing) => {
            assert_eq!(case.expected["error"].as_str(), Some("calendar_not_published"));
            assert_eq!(Some(i64::from(missing.year)), case.expected["year"].as_integer());
        }
    }
}

#[test]
fn every_case_holds() {
    let files = [
        include_str!("../../tests/cases/annual_leave.toml"),
        include_str!("../../tests/cases/balance.toml"),
        include_str!("../../tests/cases/calendar.toml"),
        include_str!("../../tests/cases/carry_over.toml"),
        include_str!("../../tests/cases/day_count.toml"),
        include_str!("../../tests/cases/disqualification.toml"),
        include_str!("../../tests/cases/leaving.toml"),
    ];
    let mut seen = BTreeSet::new();
    for file in files {
        let cases: Cases = toml::from_str(file).unwrap();
        for case in &cases.case {
            println!("{} {} {}", case.id, case.rule, case.note);
            assert!(seen.insert(case.id.clone()), "{} stands twice", case.id);
            check(case);
        }
    }
    assert_eq!(seen.len(), 62);
}
