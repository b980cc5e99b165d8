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
use crate::app::credit::allowance::{self, DayOffWorked};
use crate::rules::overtime::{Allowance, Department};
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

/// One day that was worked outside the statutory workdays, by the hours on which officer and leader agree.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayWorkedView {
    date: NaiveDate,
    class: DayOffWorked,
    /// Whether all of its credit is given back as rest.
    compensated: bool,
    /// Whether the officer chose money for it.
    wanted_as_pay: bool,
}

/// An amount and the days that it stands for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AmountView {
    paid_days: i64,
    /// Days over the cap: they stay owed as rest.
    over_cap_days: i64,
    /// With two places.
    amount: String,
}

/// The overtime allowance of a month.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AllowanceView {
    officer_id: OfficerId,
    /// `YYYY-MM`
    month: String,
    department: Department,
    /// Days a month that are paid at the most.
    cap_days: i64,
    rest_days_worked: i64,
    rest_days_compensated: i64,
    statutory_days_worked: i64,
    statutory_days_compensated: i64,
    /// For everything that is not given back as rest.
    #[serde(flatten)]
    all: AmountView,
    currency: String,
    /// For the days for which the officer chose money.
    chosen: AmountView,
    days: Vec<DayWorkedView>,
    findings: Vec<FindingView>,
}

fn amount(of: &Allowance) -> AmountView {
    AmountView { paid_days: of.paid_days, over_cap_days: of.over_cap_days, amount: of.amount.to_string() }
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
    };
    Ok(Answer::ok(&AllowanceView {
        officer_id: id.0,
        month: month.from.format("%Y-%m").to_string(),
        department: month.department,
        cap_days: month.cap_days,
        rest_days_worked: month.worked.rest_days,
        rest_days_compensated: month.worked.rest_days_compensated,
        statutory_days_worked: month.worked.statutory_days,
        statutory_days_compensated: month.worked.statutory_days_compensated,
        all: amount(&month.allowance),
        currency: month.currency,
        chosen: amount(&month.chosen),
        days: month.days.iter().map(day).collect(),
        findings: office.desk.findings(&[month.allowance.finding]),
    })?)
}
