//! Policies and calendars as they are in force.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::date;
use super::office::Office;
use super::paging::Page;
use super::path::PathText;
use super::problem::Problem;
use super::query::Query;
use crate::app::error::{Code, Error, FieldError};
use crate::rules::calendar::{DayClass, YearStatus};
use crate::rules::policy::{Document, PolicySet, VersionInfo};
use crate::rules::terms::{Category, Instant, SPAN_DAYS_MAX, UnitId};

/// A policy in the list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyLine {
    name: String,
    title_zh: String,
    title_en: String,
    unit: String,
    source: String,
    /// SHA-256 of the text, hexadecimal.
    sha256: String,
    versions: usize,
}

/// One dated version of a policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionView {
    /// `name@effective_from`, as findings and decisions name it.
    policy: String,
    effective_from: NaiveDate,
    /// Unit whose people it binds; null: the whole force.
    unit_id: Option<UnitId>,
    /// Categories that it binds; empty: all.
    categories: Vec<Category>,
    source: String,
    /// The values, as TOML.
    text: String,
    /// When it was published; null: built in.
    published_at: Option<Instant>,
}

/// A policy as it is in force on a date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyView {
    name: String,
    title_zh: String,
    title_en: String,
    unit: String,
    source: String,
    sha256: String,
    /// The whole text, as TOML.
    text: String,
    /// The date asked for.
    on: NaiveDate,
    /// Versions in force on that date: one for each group of categories.
    in_force: Vec<VersionView>,
}

/// Query of one policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyQuery {
    /// Date; today where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
    /// Unit of the person asked about.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Category of the person asked about.
    #[serde(default)]
    category: Option<Category>,
}

/// Query of the calendar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
    #[serde(default)]
    unit_id: Option<UnitId>,
}

/// One date of the calendar.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayView {
    date: NaiveDate,
    class: DayClass,
    working: bool,
    status: YearStatus,
    name_zh: Option<String>,
    name_en: Option<String>,
}

/// One kind of leave.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LeaveTypeView {
    kind: crate::rules::terms::LeaveKind,
    group: String,
    /// `working` or `calendar` days.
    counted_in: crate::rules::day_count::CountIn,
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

fn version(document: &Document, info: &VersionInfo) -> VersionView {
    VersionView {
        policy: format!("{}@{}", document.name, info.effective_from),
        effective_from: info.effective_from,
        unit_id: None,
        categories: info.categories.clone(),
        source: info.source.clone(),
        text: info.text.clone(),
        published_at: info.published_at,
    }
}

fn find<'a>(documents: &'a [Document], name: &str) -> Result<&'a Document, Error> {
    documents.iter().find(|document| document.name == name).ok_or_else(|| Code::NotFound.into())
}

/// `GET /policies`
pub async fn policies(office: Office) -> Result<Answer, Problem> {
    let lines = office
        .house
        .statutes
        .policies
        .documents()
        .iter()
        .map(|document| PolicyLine {
            name: document.name.clone(),
            title_zh: document.title.zh.clone(),
            title_en: document.title.en.clone(),
            unit: document.unit.clone(),
            source: document.source.clone(),
            sha256: document.sha256.clone(),
            versions: document.versions.len(),
        })
        .collect();
    Ok(Answer::ok(&Page::whole(lines))?)
}

/// `GET /policies/{name}`
pub async fn policy(office: Office, name: PathText, query: Query<PolicyQuery>) -> Result<Answer, Problem> {
    let statutes = office.house.statutes.clone();
    let document = find(statutes.policies.documents(), &name.0)?;
    let on = query.0.on.unwrap_or_else(|| office.house.clock.today());
    if let Some(unit) = query.0.unit_id {
        office.read(move |connection, _| crate::app::units::check_known(connection, unit)).await?;
    }
    let binds = |info: &&VersionInfo| {
        info.effective_from <= on
            && query.0.category.is_none_or(|one| info.categories.is_empty() || info.categories.contains(&one))
    };
    // Within one group of categories the newest version not after the date binds.
    let mut in_force: Vec<&VersionInfo> = Vec::new();
    for info in document.versions.iter().filter(binds) {
        match in_force.iter_mut().find(|held| held.categories == info.categories) {
            Some(held) if held.effective_from < info.effective_from => *held = info,
            Some(_) => {}
            None => in_force.push(info),
        }
    }
    if in_force.is_empty() {
        return Err(Code::NoPolicy.into());
    }
    Ok(Answer::ok(&PolicyView {
        name: document.name.clone(),
        title_zh: document.title.zh.clone(),
        title_en: document.title.en.clone(),
        unit: document.unit.clone(),
        source: document.source.clone(),
        sha256: document.sha256.clone(),
        text: document.text.clone(),
        on,
        in_force: in_force.into_iter().map(|info| version(document, info)).collect(),
    })?)
}

/// `GET /policies/{name}/versions`
pub async fn versions(office: Office, name: PathText) -> Result<Answer, Problem> {
    let statutes = office.house.statutes.clone();
    let document = find(statutes.policies.documents(), &name.0)?;
    Ok(Answer::ok(&Page::whole(document.versions.iter().map(|info| version(document, info)).collect()))?)
}

/// `GET /calendar`
pub async fn calendar(office: Office, query: Query<CalendarQuery>) -> Result<Answer, Problem> {
    let CalendarQuery { from, to, unit_id } = query.0;
    if to < from || (to - from).num_days() >= SPAN_DAYS_MAX {
        return Err(FieldError::new("?to", Code::InvalidParameter)
            .expected(format!("from … from + {SPAN_DAYS_MAX}"))
            .into());
    }
    if let Some(unit) = unit_id {
        office.read(move |connection, _| crate::app::units::check_known(connection, unit)).await?;
    }
    let mut days = Vec::new();
    for date in from.iter_days().take_while(|date| *date <= to) {
        let day = office.house.statutes.calendar.day(date).map_err(|_| Code::CalendarNotPublished)?;
        let (name_zh, name_en) = day.name.map(|name| (name.zh, name.en)).unzip();
        days.push(DayView { date, class: day.class, working: day.working, status: day.status, name_zh, name_en });
    }
    Ok(Answer::ok(&Page::whole(days))?)
}

/// `GET /leave-types`
pub async fn leave_types(office: Office) -> Result<Answer, Problem> {
    let today = office.house.clock.today();
    let statutes = office.house.statutes.clone();
    let mut types: Vec<LeaveTypeView> = Vec::new();
    for category in Category::ALL {
        let Some(version) = statutes.policies.annual_leave(*category, today) else { continue };
        if types.iter().any(|one| one.categories.contains(category)) {
            continue;
        }
        types.push(LeaveTypeView {
            kind: crate::rules::terms::LeaveKind::Annual,
            group: version.values.leave_type.group.clone(),
            counted_in: version.values.leave_type.count_in,
            quota: version
                .values
                .tiers
                .iter()
                .map(|tier| TierView { years_min: tier.years_min, days: tier.days })
                .collect(),
            evidence: version.values.leave_type.evidence.as_str().to_owned(),
            categories: version.categories.clone(),
            policy: version.label(),
            source: version.source.clone(),
        });
    }
    types.extend(plain_types(&statutes.policies, today));
    Ok(Answer::ok(&Page::whole(types))?)
}

/// Kinds that are only recorded, with the people to whom each policy version in force offers them.
fn plain_types(policies: &PolicySet, today: NaiveDate) -> Vec<LeaveTypeView> {
    let mut types: Vec<LeaveTypeView> = Vec::new();
    for category in Category::ALL {
        let Some(version) = policies.leave_requests(*category, today) else { continue };
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
