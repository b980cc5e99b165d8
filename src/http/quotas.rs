//! Rest quotas over the wire: what was kept, what is missing, what will be.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::date;
use super::desk::Desk;
use super::export::Format;
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::error::Error;
use crate::app::quotas::{self, Compliance, Expected, Missing, Period, Share};
use crate::rules::rest::forecast::Quota;
use crate::rules::rest::quotas::{Excluded, QuarterQuota, WeekQuota};
use crate::rules::terms::{OfficerId, RowId, UnitId};

/// Query of the compliance of one officer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplianceQuery {
    /// First date; without it the first of the quarter.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Last date, at most 400 days on; without it the last of the quarter.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
}

/// One week of an officer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WeekView {
    /// ISO week, e.g. `2026-W08`.
    week: String,
    from: NaiveDate,
    to: NaiveDate,
    /// Dates without duty.
    rest_days: i64,
    /// How many the plan asks for.
    rest_days_min: i64,
    /// How many are missing.
    shortfall_days: i64,
    violation: bool,
    /// Why the week does not count; `no` where it does.
    excluded: Excluded,
    /// Whether a derogation covered a part of it.
    derogated: bool,
    /// Whether a roster says anything of the week; without one its dates were free as far as is known.
    rostered: bool,
    policy: String,
}

/// One quarter of an officer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QuarterView {
    /// E.g. `2026-Q1`.
    quarter: String,
    from: NaiveDate,
    to: NaiveDate,
    /// Rotations that began in it.
    rotations: i64,
    rotations_min: i64,
    /// Days of all rotations.
    days_total: i64,
    days_total_min: i64,
    /// Days of the longest rotation.
    longest_block_days: i64,
    longest_block_days_min: i64,
    /// Days that are missing.
    shortfall_days: i64,
    violation: bool,
    /// Why the quarter does not count; `no` where it does.
    excluded: Excluded,
    policy: String,
}

/// A finding with its window and the shifts that prove it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProvedView {
    from: NaiveDate,
    to: NaiveDate,
    shift_ids: Vec<RowId>,
    finding: FindingView,
}

/// Whether an officer got the rest that the plan promises.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComplianceView {
    officer_id: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
    weeks: Vec<WeekView>,
    quarters: Vec<QuarterView>,
    findings: Vec<ProvedView>,
}

fn week(one: WeekQuota) -> WeekView {
    WeekView {
        week: one.week,
        from: one.from,
        to: one.to,
        rest_days: one.rest_days,
        rest_days_min: one.minimum,
        shortfall_days: one.shortfall,
        violation: one.shortfall > 0,
        excluded: one.excluded,
        derogated: one.derogated,
        rostered: one.rostered,
        policy: one.policy,
    }
}

fn quarter(one: QuarterQuota) -> QuarterView {
    QuarterView {
        quarter: one.quarter,
        from: one.from,
        to: one.to,
        rotations: one.rotations,
        rotations_min: one.rotations_min,
        days_total: one.days_total,
        days_total_min: one.days_total_min,
        longest_block_days: one.longest_block,
        longest_block_days_min: one.block_min,
        shortfall_days: one.shortfall,
        violation: one.shortfall > 0,
        excluded: one.excluded,
        policy: one.policy,
    }
}

fn compliance(desk: &Desk, officer_id: OfficerId, period: Period, told: Compliance) -> ComplianceView {
    let proved = told.found.into_iter().flat_map(|one| {
        desk.findings(std::slice::from_ref(&one.finding)).into_iter().map(move |finding| ProvedView {
            from: one.from,
            to: one.to,
            shift_ids: one.shifts.clone(),
            finding,
        })
    });
    ComplianceView {
        officer_id,
        from: period.from,
        to: period.to,
        findings: proved.collect(),
        weeks: told.weeks.into_iter().map(week).collect(),
        quarters: told.quarters.into_iter().map(quarter).collect(),
    }
}

/// `GET /officers/{id}/rest-compliance`
pub async fn of_officer(
    office: Office,
    id: PathId<OfficerId>,
    query: Query<ComplianceQuery>,
) -> Result<Answer, Problem> {
    let ComplianceQuery { from, to } = query.0;
    let desk = office.desk.clone();
    office
        .read(move |connection, ctx| {
            let period = Period::of(ctx, from, to)?;
            let told = quotas::of_officer(connection, ctx, id.0, period)?;
            Answer::ok(&compliance(&desk, id.0, period, told))
        })
        .await
}

/// Query of the compliance of a unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitComplianceQuery {
    /// First date; without it the first of the quarter.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Last date, at most 400 days on; without it the last of the quarter.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    /// `csv` or `xlsx`: everything that is missing as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// Periods that do not count, by reason.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExcludedView {
    reason: Excluded,
    count: u64,
}

/// How many of those who count got what the plan promises.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShareView {
    numerator: u64,
    denominator: u64,
    /// Percent with one decimal, never rounded up to a whole that is not there; null where nobody counts.
    value: Option<String>,
    excluded: Vec<ExcludedView>,
    /// Periods that are not over, in neither of the two: the forecast says whether they will be kept.
    to_come: u64,
    /// Of the numerator, periods of which no roster says anything: free as far as is known.
    without_roster: u64,
    /// Days of rest that are missing in all.
    shortfall_days: i64,
}

/// What one person misses in one period.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MissingView {
    badge_no: String,
    name: String,
    quota: Quota,
    /// Week or quarter.
    period: String,
    from: NaiveDate,
    to: NaiveDate,
    rest_days: i64,
    rest_days_min: i64,
    shortfall_days: i64,
    /// Whether the period is over; else the days may still be given.
    over: bool,
    derogated: bool,
    policy: String,
    officer_id: OfficerId,
}

/// How a unit kept the quotas of rest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnitComplianceView {
    unit_id: UnitId,
    from: NaiveDate,
    to: NaiveDate,
    /// Weeks of persons with the rest days of the plan (A1).
    weekly: ShareView,
    /// Quarters of persons with the rotations of the plan (A6).
    rotation: ShareView,
    /// What is missing, by badge number and date.
    #[serde(flatten)]
    page: Page<MissingView>,
}

/// Percent with one decimal, rounded half up, but not up to a hundred that is not reached (RULINGS 52).
fn percent(numerator: u64, denominator: u64) -> Option<String> {
    let per_mille = (numerator * 2000 + denominator).checked_div(denominator * 2)?;
    let per_mille = if numerator < denominator { per_mille.min(999) } else { per_mille };
    Some(format!("{}.{}", per_mille / 10, per_mille % 10))
}

fn share(told: Share) -> ShareView {
    ShareView {
        numerator: told.numerator,
        denominator: told.denominator,
        value: percent(told.numerator, told.denominator),
        excluded: told.excluded.into_iter().map(|(reason, count)| ExcludedView { reason, count }).collect(),
        to_come: told.to_come,
        without_roster: told.without_roster,
        shortfall_days: told.shortfall_days,
    }
}

fn missing(one: Missing) -> MissingView {
    MissingView {
        badge_no: one.called.badge_no,
        name: one.called.name,
        quota: one.quota,
        period: one.period,
        from: one.from,
        to: one.to,
        rest_days: one.rest_days,
        rest_days_min: one.rest_days_min,
        shortfall_days: one.shortfall_days,
        over: one.over,
        derogated: one.derogated,
        policy: one.policy,
        officer_id: one.officer_id,
    }
}

/// What of a list that was made anew comes after a cursor: one more than the page holds, if there is more.
fn rest_of<T>(all: Vec<T>, after: Option<usize>, rows: usize) -> Vec<(usize, T)> {
    let first = after.map_or(0, |last| last + 1);
    all.into_iter().enumerate().skip(first).take(rows).collect()
}

/// `GET /units/{id}/rest-compliance`
pub async fn of_unit(office: Office, id: PathId<UnitId>, query: Query<UnitComplianceQuery>) -> Result<Answer, Problem> {
    let UnitComplianceQuery { from, to, format, paging } = query.0;
    let after: Option<usize> = paging.after("rest_compliance")?;
    let unit = id.0;
    let (period, told) = office
        .read(move |connection, ctx| {
            let period = Period::of(ctx, from, to)?;
            Ok::<_, Error>((period, quotas::of_unit(connection, ctx, unit, period)?))
        })
        .await?;
    if format != Format::Json {
        let lines: Vec<MissingView> = told.missing.into_iter().map(missing).collect();
        return Ok(office.desk.export(format, "rest_compliance", &lines)?);
    }
    let rows = rest_of(told.missing, after, paging.limit() + 1);
    let page = Page::of(rows, &paging, "rest_compliance", |(place, _)| *place)?.map(|(_, row)| missing(row));
    let (weekly, rotation) = (share(told.weekly), share(told.rotation));
    Ok(Answer::ok(&UnitComplianceView { unit_id: unit, from: period.from, to: period.to, weekly, rotation, page })?)
}

/// Query of the forecast of a unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastQuery {
    /// Last date, at most 400 days ahead; without it the last of the quarter.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// What one person may expect of one quota.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ForecastView {
    badge_no: String,
    name: String,
    quota: Quota,
    /// Week or quarter.
    period: String,
    from: NaiveDate,
    to: NaiveDate,
    /// Days of rest that will be missing if nothing changes; 0 where the quota is kept.
    shortfall_days: i64,
    /// The date on which it is missed; null where it is kept.
    missed_on: Option<NaiveDate>,
    /// Days of duty that could still be added before it is missed.
    slack_days: i64,
    officer_id: OfficerId,
}

fn expected(one: Expected) -> ForecastView {
    ForecastView {
        badge_no: one.called.badge_no,
        name: one.called.name,
        quota: one.forecast.quota,
        period: one.forecast.period,
        from: one.forecast.from,
        to: one.forecast.to,
        shortfall_days: one.forecast.shortfall_days,
        missed_on: one.forecast.missed_on,
        slack_days: one.forecast.slack_days,
        officer_id: one.officer_id,
    }
}

/// `GET /units/{id}/rest-forecast`
pub async fn forecast(office: Office, id: PathId<UnitId>, query: Query<ForecastQuery>) -> Result<Answer, Problem> {
    let ForecastQuery { to, format, paging } = query.0;
    let after: Option<usize> = paging.after("rest_forecast")?;
    let all = office
        .read(move |connection, ctx| {
            let to = match to {
                Some(to) => to,
                None => Period::of(ctx, None, None)?.to,
            };
            quotas::forecast_of(connection, ctx, id.0, to)
        })
        .await?;
    if format != Format::Json {
        let lines: Vec<ForecastView> = all.into_iter().map(expected).collect();
        return Ok(office.desk.export(format, "rest_forecast", &lines)?);
    }
    let rows = rest_of(all, after, paging.limit() + 1);
    let page = Page::of(rows, &paging, "rest_forecast", |(place, _)| *place)?;
    Ok(Answer::ok(&page.map(|(_, row)| expected(row)))?)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_never_rounded_up_to_a_whole_that_is_not_there() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(0, 3).as_deref(), Some("0.0"));
        assert_eq!(percent(2, 3).as_deref(), Some("66.7"));
        assert_eq!(percent(1, 16).as_deref(), Some("6.3"));
        assert_eq!(percent(9_999, 10_000).as_deref(), Some("99.9"));
        assert_eq!(percent(10_000, 10_000).as_deref(), Some("100.0"));
    }
}
