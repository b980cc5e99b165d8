//! The overtime allowance of a month.

use std::borrow::Cow;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::answer::Answer;
use super::language::FindingView;
use super::office::Office;
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::credit::allowance::{self, Amount, DayOffWorked};
use crate::rules::overtime::{CompDays, Department};
use crate::rules::terms::OfficerId;

/// A month, `YYYY-MM`: its first date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthOf(NaiveDate);

impl<'de> Deserialize<'de> for MonthOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let first = (text.len() == 7).then(|| NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok());
        first.flatten().map(Self).ok_or_else(|| serde::de::Error::custom("a month as YYYY-MM"))
    }
}

impl JsonSchema for MonthOf {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Month".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(20|21)[0-9]{2}-(0[1-9]|1[0-2])$", "description": "YYYY-MM"})
    }
}

/// Query of an allowance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowanceQuery {
    month: MonthOf,
}

/// One date on which credit was earned that is paid: by duty outside the statutory workdays, by a rest day that was taken
/// away and worked, or as hr entered it. `minutes` not rested, paid or wanted as pay stay owed as rest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayWorkedView {
    date: NaiveDate,
    class: DayOffWorked,
    /// Whether all of its credit is given back as rest.
    compensated: bool,
    /// Whether the officer chose money for it.
    wanted_as_pay: bool,
    /// What was earned, less what was taken back.
    minutes: i64,
    /// Of it, what was or is to be given back as rest.
    rested_minutes: i64,
    /// Of it, what was recorded as paid.
    paid_minutes: i64,
    /// Of it, what is wanted as pay and not paid yet.
    wanted_minutes: i64,
    /// Of `wanted_minutes`, what the month pays: what lies over its cap stays owed as rest.
    to_pay_minutes: i64,
}

/// An amount and what it stands for. A day is a compensatory day, `minutes_per_day` of credit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AmountView {
    /// What was paid and what is to be.
    paid_days: CompDays,
    paid_minutes: i64,
    /// Days over the cap: they stay owed as rest.
    over_cap_days: CompDays,
    over_cap_minutes: i64,
    /// With two places.
    amount: String,
}

/// The overtime allowance of a month: the account from which the credit that was earned in it is paid. Days are compensatory
/// days of its minutes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AllowanceView {
    officer_id: OfficerId,
    /// `YYYY-MM`
    month: String,
    department: Department,
    /// Days a month that are paid at the most.
    cap_days: i64,
    cap_minutes: i64,
    /// Minutes of one compensatory day.
    minutes_per_day: i64,
    rest_days_worked: CompDays,
    rest_days_compensated: CompDays,
    statutory_days_worked: CompDays,
    statutory_days_compensated: CompDays,
    /// What was paid, and would be for everything else that is not given back as rest.
    #[serde(flatten)]
    all: AmountView,
    currency: String,
    /// What was paid, and is to be for what the officer chose money for: what paying all of it now records in all, in
    /// whatever order.
    chosen: AmountView,
    days: Vec<DayWorkedView>,
    /// How the amount came about, and why what is wanted as pay is not paid, or not yet.
    findings: Vec<FindingView>,
}

fn amount(of: &Amount) -> AmountView {
    AmountView {
        paid_days: of.paid_days,
        paid_minutes: of.paid_minutes,
        over_cap_days: of.over_cap_days,
        over_cap_minutes: of.over_cap_minutes,
        amount: of.amount.to_string(),
    }
}

/// `GET /officers/{id}/overtime-allowance`
pub async fn show(office: Office, id: PathId<OfficerId>, query: Query<AllowanceQuery>) -> Result<Answer, Problem> {
    let AllowanceQuery { month: MonthOf(first) } = query.0;
    let month = office.read(move |connection, ctx| allowance::of_month(connection, ctx, id.0, first)).await?;
    let day = |day: &allowance::DayWorked| DayWorkedView {
        date: day.on,
        class: day.is,
        compensated: day.compensated,
        wanted_as_pay: day.wanted_as_pay,
        minutes: day.minutes,
        rested_minutes: day.rested_minutes,
        paid_minutes: day.paid_minutes,
        wanted_minutes: day.wanted_minutes,
        to_pay_minutes: day.to_pay_minutes,
    };
    Ok(Answer::ok(&AllowanceView {
        officer_id: id.0,
        month: month.from.format("%Y-%m").to_string(),
        department: month.department,
        cap_days: month.cap_days,
        cap_minutes: month.cap_minutes,
        minutes_per_day: month.minutes_per_day,
        rest_days_worked: month.worked.rest_days,
        rest_days_compensated: month.worked.rest_days_compensated,
        statutory_days_worked: month.worked.statutory_days,
        statutory_days_compensated: month.worked.statutory_days_compensated,
        all: amount(&month.all),
        currency: month.currency,
        chosen: amount(&month.chosen),
        days: month.days.iter().map(day).collect(),
        findings: office.desk.findings(&month.findings),
    })?)
}
