//! The allowance for work on rest days and holidays that could not be given back.

mod month;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::comp_credit::CreditOrigin;
use super::finding::{Finding, Outcome};
use super::policy::{Reason, Sense, Version};
use super::terms::{Category, UnitKind, UnknownWord, vocabulary};

pub use month::{
    Allowance, Asked, CompDays, DayOffWorked, MonthCredit, MonthTerms, Of, Payment, allowance, payment, payment_of,
};

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
    /// Rest in its place comes first (公务员法 第八十二条 第二款). What was given back is never paid too, whatever a text says
    /// that was published when this could be turned off.
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
        not_paid("origin")
            .policy(&version.label())
            .measured("origin", origin.as_str())
            .limit("pays", serde_json::json!(pays))
    })
}

/// ## 加班补助对象 — who is paid
///
/// 人社部发〔2009〕184号: only police in the civil-service pay system. Where no policy pays an allowance to the category of
/// somebody, what they earned is given back as rest: nothing of it is chosen or recorded as paid.
///
/// *Reading:* the category on the date on which the credit was earned, so that what police earned before they retired is
/// paid. How many days a month pays, and how much, is read on its last date; where nobody of the category is paid then, on
/// the last date in it on which credit was earned that is paid.
#[must_use]
pub fn nobody_pays(category: Option<Category>, earned_on: NaiveDate) -> Finding {
    not_paid("category")
        .measured("category", category.map(Category::as_str))
        .measured("earned_on", earned_on.to_string())
}

fn not_paid(missing: &str) -> Finding {
    let finding = Finding::new("overtime.not_paid", "", Outcome::Block);
    finding.source("人社部发〔2009〕184号").measured("missing", missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::cases::{built_in, day};
    use crate::rules::policy::Place;
    use crate::rules::terms::Category;

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
        let finding = nobody_pays(Some(Category::Auxiliary), day("2026-11-01"));
        assert!(finding.blocks() && finding.policy.is_empty());
        assert_eq!(
            (&finding.measured["missing"], &finding.measured["category"]),
            (&"category".into(), &"auxiliary".into())
        );
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
