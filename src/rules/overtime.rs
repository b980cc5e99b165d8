//! The allowance for work on rest days and holidays that could not be given back.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::DayClass;
use super::comp_credit::CreditOrigin;
use super::finding::{Finding, Outcome};
use super::policy::{Reason, Sense, Version};
use super::terms::{UnitKind, UnknownWord, vocabulary};

vocabulary! {
    /// Department of a unit, which decides how many days a month are paid.
    Department {
        /// 一线
        FrontLine = "front_line",
        /// 机关
        Admin = "admin",
    }
}

/// An amount in the smallest unit of the currency, written with two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Money(pub i64);

impl TryFrom<String> for Money {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let (whole, cents) = text
            .split_once('.')
            .filter(|(whole, cents)| digits(whole) && digits(cents) && cents.len() == 2)
            .ok_or_else(|| format!("`{text}` is not an amount with two places"))?;
        let amount =
            whole.parse::<i64>().ok().and_then(|whole| whole.checked_mul(100)?.checked_add(cents.parse().ok()?));
        amount.map(Self).ok_or_else(|| format!("`{text}` is too large"))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Amount of a day by its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// A rest day.
    pub rest_day: Money,
    /// A statutory holiday.
    pub statutory_holiday: Money,
}

/// Numbers of the overtime allowance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OvertimePolicy {
    /// ISO 4217.
    pub currency: String,
    /// Whether rest in its place comes first: what was given back is not paid.
    pub comp_first: bool,
    /// Department of a unit whose kind is not named.
    pub default_department: Department,
    /// Amounts.
    pub rates: Rates,
    /// Days a month that are paid, by department.
    pub monthly_cap_days: BTreeMap<Department, i64>,
    /// Department of each kind of unit.
    pub departments: BTreeMap<UnitKind, Department>,
    /// Credit of which origins is paid; what is not named is given back as rest.
    #[serde(default = "rest_days_and_holidays")]
    pub pays: Vec<CreditOrigin>,
}

/// What stands for a rest day or a statutory holiday that was worked, and what hr entered.
fn rest_days_and_holidays() -> Vec<CreditOrigin> {
    use CreditOrigin::{Adjustment, CancelledRest, Derogation, HolidayDuty, RestDayDuty};
    vec![CancelledRest, RestDayDuty, HolidayDuty, Derogation, Adjustment]
}

impl OvertimePolicy {
    /// The department of a unit of some kind.
    #[must_use]
    pub fn department(&self, kind: UnitKind) -> Department {
        self.departments.get(&kind).copied().unwrap_or(self.default_department)
    }

    /// Days a month that are paid in a department.
    #[must_use]
    pub fn cap(&self, department: Department) -> i64 {
        self.monthly_cap_days.get(&department).copied().unwrap_or(0)
    }
}

impl Sense for OvertimePolicy {
    fn nonsense(&self) -> Option<Reason> {
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Some(Reason::new(
                "currency 须为三个大写字母的货币代码",
                "currency is a code of three capital letters",
            ));
        }
        for department in Department::ALL {
            if !self.monthly_cap_days.get(department).is_some_and(|days| (0..=31).contains(days)) {
                return Some(Reason::new(
                    format!("monthly_cap_days 须列出 {department}，0 至 31 天"),
                    format!("monthly_cap_days names {department} with 0 to 31 days"),
                ));
            }
        }
        None
    }
}

/// What somebody worked in a month outside the statutory working days, and how much of it was given back as rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worked {
    /// Rest days worked.
    pub rest_days: i64,
    /// Of them, given back as rest.
    pub rest_days_compensated: i64,
    /// Statutory holidays worked.
    pub statutory_days: i64,
    /// Of them, given back as rest.
    pub statutory_days_compensated: i64,
}

/// What is paid for a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// Days paid.
    pub paid_days: i64,
    /// Of them statutory holidays.
    pub paid_statutory_days: i64,
    /// Days that the cap leaves unpaid; they stay owed as rest.
    pub over_cap_days: i64,
    /// Amount.
    pub amount: Money,
    /// How it came about.
    pub finding: Finding,
}

/// ## 加班补助 — allowance for work outside the statutory working days
///
/// 公务员法（2018年修订）第八十二条第二款，公安机关组织管理条例 第三十八条，人社部发〔2009〕184号: work on rest days and
/// statutory holidays is given back as rest; what cannot be given back is paid by the day, 80 yuan for a rest day and 100
/// for a statutory holiday, normally for no more than 6 days a month in the front line and 4 in administration. Only
/// police in the civil-service pay system.
///
/// *Reading:* statutory holidays fill the cap first. What lies over the cap is not lost: it stays owed as rest.
///
/// *Not modelled:* amounts raised since 2009 by later notices: a force publishes its own.
#[must_use]
pub fn allowance(worked: &Worked, department: Department, version: &Version<OvertimePolicy>) -> Allowance {
    let policy = &version.values;
    let left = |days: i64, compensated: i64| {
        if policy.comp_first { (days - compensated).max(0) } else { days.max(0) }
    };
    let statutory = left(worked.statutory_days, worked.statutory_days_compensated);
    let rest = left(worked.rest_days, worked.rest_days_compensated);
    let cap = policy.cap(department);
    let paid_statutory_days = statutory.min(cap);
    let paid_rest_days = rest.min(cap - paid_statutory_days);
    let over_cap_days = statutory + rest - paid_statutory_days - paid_rest_days;
    let amount =
        Money(paid_statutory_days * policy.rates.statutory_holiday.0 + paid_rest_days * policy.rates.rest_day.0);
    let outcome = if over_cap_days > 0 { Outcome::Warn } else { Outcome::Pass };
    let paid_days = paid_statutory_days + paid_rest_days;
    let finding = Finding::new("overtime.allowance", "", outcome)
        .source("人社部发〔2009〕184号")
        .policy(&version.label())
        .measured("statutory_days", statutory)
        .measured("rest_days", rest)
        .measured("paid_days", paid_days)
        .measured("over_cap_days", over_cap_days)
        .measured("amount", amount.to_string())
        .measured("currency", policy.currency.as_str())
        .limit("cap_days", cap);
    Allowance { paid_days, paid_statutory_days, over_cap_days, amount, finding }
}

/// Credit that is to be paid for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Minutes for which the officer wants money.
    pub minutes: i64,
    /// Minutes that were paid for the month before.
    pub paid_minutes: i64,
    /// Minutes of its other credit that are wanted as pay too, and go first.
    pub wanted_minutes: i64,
    /// Minutes of one compensatory day.
    pub minutes_per_day: i64,
    /// What the day is on which it was earned.
    pub class: DayClass,
}

/// What of credit a month pays.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    /// Minutes that are paid.
    pub minutes: i64,
    /// Minutes that the month pays at the most.
    pub cap_minutes: i64,
    /// Amount.
    pub amount: Money,
    /// How it came about; it refuses where nothing can be paid.
    pub finding: Finding,
}

/// ## 加班补助范围 — which credit is paid
///
/// 人社部发〔2009〕184号: the allowance is for work on rest days and statutory holidays, on top of five working days a week. What
/// was earned by hours beyond the plan on a working day, by a short daily rest, by rest missed after overnight duty or by a
/// recall is given back as rest.
///
/// *Reading:* by what the credit was earned (`pays`, policy), not the calendar: who works in shifts has rest days in the week.
/// What hr enters is taken to stand for rest days that were worked.
#[must_use]
pub fn unpaid(origin: CreditOrigin, version: &Version<OvertimePolicy>) -> Option<Finding> {
    let pays = &version.values.pays;
    (!pays.contains(&origin)).then(|| {
        Finding::new("overtime.not_paid", "", Outcome::Block)
            .source("人社部发〔2009〕184号")
            .policy(&version.label())
            .measured("origin", origin.as_str())
            .limit("pays", serde_json::json!(pays))
    })
}

/// ## 加班补助发放 — credit is paid within the cap of its month
///
/// 人社部发〔2009〕184号: normally no more than 6 days a month are paid in the front line and 4 in administration; what lies over
/// that stays owed as rest.
///
/// *Reading:* a day is a compensatory day of credit (RULINGS 29); the month is the one in which the credit was earned, so that
/// no other month takes what this one does not pay. A part of a day is paid by its minutes, rounded half up to the cent,
/// at the rate of the day on which it was earned.
///
/// Pay is chosen for no more than the month can still pay: what is chosen and not paid yet counts with what was paid. A lot
/// of which a part can be paid is chosen whole; what is left of it when it is paid is rest again.
///
/// *Not modelled:* which credits a force pays first where several are wanted as pay: the order in which they are chosen.
#[must_use]
pub fn payment(asked: &Asked, department: Department, version: &Version<OvertimePolicy>) -> Payment {
    let policy = &version.values;
    let per_day = asked.minutes_per_day.max(1);
    let cap_minutes = policy.cap(department) * per_day;
    let minutes = asked.minutes.min(cap_minutes - asked.paid_minutes - asked.wanted_minutes).max(0);
    let rate = match asked.class {
        DayClass::StatutoryHoliday => policy.rates.statutory_holiday,
        _ => policy.rates.rest_day,
    };
    let amount = Money((minutes * rate.0 * 2 + per_day) / (per_day * 2));
    let outcome = match minutes {
        0 => Outcome::Block,
        _ if minutes < asked.minutes => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::new("overtime.payment", "", outcome)
        .source("人社部发〔2009〕184号")
        .policy(&version.label())
        .measured("asked_minutes", asked.minutes)
        .measured("paid_before_minutes", asked.paid_minutes)
        .measured("wanted_minutes", asked.wanted_minutes)
        .measured("minutes", minutes)
        .measured("amount", amount.to_string())
        .measured("currency", policy.currency.as_str())
        .limit("cap_minutes", cap_minutes);
    Payment { minutes, cap_minutes, amount, finding }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::cases::{built_in, day};
    use crate::rules::policy::Place;
    use crate::rules::terms::Category;
    use toml::Table;

    fn int(table: &Table, key: &str) -> i64 {
        table[key].as_integer().unwrap()
    }

    #[test]
    fn every_case_holds() {
        let read: Table = toml::from_str(include_str!("../../tests/cases/overtime.toml")).unwrap();
        let cases = read["case"].as_array().unwrap();
        let policies = built_in();
        let version = policies.overtime(Place::in_force(Category::Police), day("2026-11-01")).unwrap();
        for case in cases {
            let table = |key: &str| case[key].as_table().unwrap();
            assert_eq!(case["rule"].as_str(), Some("cn.overtime.allowance"));
            let given = table("given");
            // The numbers of the case are those that are built in.
            let cents = |key: &str| given["rates"][key].as_integer().unwrap() * 100;
            assert_eq!(version.values.rates.rest_day, Money(cents("rest")));
            assert_eq!(version.values.rates.statutory_holiday, Money(cents("statutory")));
            for department in Department::ALL {
                let cap = given["monthly_cap"][department.as_str()].as_integer().unwrap();
                assert_eq!(version.values.cap(*department), cap);
            }
            let worked = Worked {
                rest_days: int(given, "rest_days_worked"),
                rest_days_compensated: int(given, "rest_days_compensated"),
                statutory_days: int(given, "statutory_days_worked"),
                statutory_days_compensated: int(given, "statutory_days_compensated"),
            };
            let department = given["department"].as_str().unwrap().parse().unwrap();
            let paid = allowance(&worked, department, version);
            let expected = table("expected");
            let told = (paid.amount.0, paid.over_cap_days, paid.paid_days);
            let amount = int(expected, "amount") * 100;
            assert_eq!(told, (amount, int(expected, "over_cap_days"), int(expected, "paid_days")), "{}", case["id"]);
            assert_eq!(paid.finding.outcome == Outcome::Warn, paid.over_cap_days > 0);
        }
        let ids: Vec<&str> = cases.iter().filter_map(|case| case["id"].as_str()).collect();
        assert_eq!(ids, ["H02", "H03", "H04", "H05", "H07", "H06 statutory days first"]);
        assert!(cases.iter().all(|case| case["source"].as_str().is_some_and(|text| !text.is_empty())));
    }

    /// Six days a month in the front line, one minute short of it, exactly, one too many, and nothing left.
    #[test]
    fn a_month_pays_up_to_its_cap() {
        let policies = built_in();
        let version = policies.overtime(Place::in_force(Category::Police), day("2026-11-01")).unwrap();
        let pay = |minutes, paid_minutes, class| {
            // What is wanted elsewhere takes as much of the month as what was paid.
            let told = [(paid_minutes, 0), (0, paid_minutes)].map(|(paid_minutes, wanted_minutes)| {
                let asked = Asked { minutes, paid_minutes, wanted_minutes, minutes_per_day: 480, class };
                let paid = payment(&asked, Department::FrontLine, version);
                (paid.minutes, paid.amount.to_string(), paid.finding.outcome)
            });
            assert_eq!(told[0], told[1]);
            told[0].clone()
        };
        let weekend = DayClass::Weekend;
        assert_eq!(pay(480, 0, weekend), (480, "80.00".to_owned(), Outcome::Pass));
        assert_eq!(pay(480, 0, DayClass::StatutoryHoliday), (480, "100.00".to_owned(), Outcome::Pass));
        assert_eq!(pay(480, 5 * 480, weekend), (480, "80.00".to_owned(), Outcome::Pass));
        assert_eq!(pay(481, 5 * 480, weekend), (480, "80.00".to_owned(), Outcome::Warn));
        assert_eq!(pay(480, 6 * 480 - 1, weekend), (1, "0.17".to_owned(), Outcome::Warn));
        assert_eq!(pay(480, 6 * 480, weekend), (0, "0.00".to_owned(), Outcome::Block));
        assert_eq!(pay(480, 7 * 480, weekend).0, 0, "more was paid before the cap was lowered");
        let admin = payment(
            &Asked { minutes: 4800, paid_minutes: 0, wanted_minutes: 0, minutes_per_day: 480, class: weekend },
            Department::Admin,
            version,
        );
        assert_eq!((admin.minutes, admin.amount.to_string().as_str()), (4 * 480, "320.00"));
    }

    /// Every origin is paid or given back as rest; a force may say otherwise.
    #[test]
    fn what_was_earned_on_workdays_is_rest() {
        let policies = built_in();
        let version = policies.overtime(Place::in_force(Category::Police), day("2026-11-01")).unwrap();
        let refused = CreditOrigin::ALL.iter().filter(|origin| unpaid(**origin, version).is_some());
        let refused: Vec<&str> = refused.map(|origin| origin.as_str()).collect();
        assert_eq!(refused, ["overtime", "short_daily_rest", "post_duty", "recall"]);
        let finding = unpaid(CreditOrigin::Overtime, version).unwrap();
        assert!(finding.blocks() && finding.limit["pays"].as_array().unwrap().len() == 5);
    }

    #[test]
    fn only_police_since_2010() {
        let policies = built_in();
        let binds = |category, on| policies.overtime(Place::in_force(category), day(on)).is_some();
        assert!(binds(Category::Police, "2010-01-01") && !binds(Category::Police, "2009-12-31"));
        assert!(!binds(Category::Auxiliary, "2026-01-01") && !binds(Category::Staff, "2026-01-01"));
        let version = policies.overtime(Place::in_force(Category::Police), day("2026-01-01")).unwrap();
        let department = |kind| version.values.department(kind);
        assert_eq!([UnitKind::Station, UnitKind::Office].map(department), [Department::FrontLine, Department::Admin]);
    }

    #[test]
    fn amounts_are_read_and_written_with_two_places() {
        for text in ["80.00", "0.05", "123456789.10"] {
            assert_eq!(Money::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["80", "80.0", "80.000", "-80.00", "+80.00", "80,00", ".50", "", "99999999999999999999.00"] {
            assert!(Money::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
