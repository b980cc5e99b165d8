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
    PolicySet::read(&[("annual_leave.toml", &text), ("leave_requests.toml", include_str!("leave_requests.toml"))])
        .unwrap()
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
    assert_eq!(seen.len(), 42);
}
