//! Policies: what is in force, every version, publication and its preview, and what a decision was made under.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::body::Json;
use super::date;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathText;
use super::problem::Problem;
use super::query::Query;
use crate::app::error::{Code, Error};
use crate::app::policies::{self, NewVersion};
use crate::rules::policy::{Document, Scope, VersionInfo, whole};
use crate::rules::terms::{Category, HalfDays, Instant, OfficerId, RowId, UnitId};

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

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Built into the program.
    BuiltIn,
    /// From the folder that the configuration names.
    Folder,
    /// Published through the service.
    Published,
}

/// One dated version of a policy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionView {
    /// Null: built in, or from the folder.
    id: Option<RowId>,
    /// `name@effective_from`, as findings and decisions name it.
    policy: String,
    origin: Origin,
    effective_from: NaiveDate,
    /// Unit that it binds with everything under it; null: the whole force.
    unit_id: Option<UnitId>,
    /// The one category it was published for; null: all that `categories` names.
    category: Option<Category>,
    /// Categories that it binds; empty: all.
    categories: Vec<Category>,
    source: String,
    /// The text, as TOML.
    text: String,
    /// SHA-256 of the text, hexadecimal.
    sha256: String,
    /// When it was published; null: built in, or from the folder.
    published_at: Option<Instant>,
    /// The version of the same scope and date that it replaced.
    supersedes: Option<RowId>,
    /// Since when another has replaced it; null while it is the text of its date.
    superseded_at: Option<Instant>,
    reason: Option<String>,
}

/// A policy as it is in force on a date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyView {
    name: String,
    title_zh: String,
    title_en: String,
    /// What its quantities are counted in.
    unit: String,
    source: String,
    /// The text in force, as TOML: of the one version that binds, else of all that do.
    text: String,
    /// SHA-256 of `text`, hexadecimal.
    sha256: String,
    /// First date of the version that binds; where several do, of the one that binds since the latest date.
    effective_from: NaiveDate,
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

/// A version to be published.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVersionBody {
    /// First date it binds.
    #[serde(deserialize_with = "date::required")]
    effective_from: NaiveDate,
    /// Unit that it binds with everything under it; null: the whole force.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Category that it binds; null: all.
    #[serde(default)]
    category: Option<Category>,
    /// Legal source.
    #[schemars(length(min = 1, max = 1000))]
    source: String,
    /// The values as TOML: bare, or as `[[version]]` of a whole policy text, whose own dates and sources do not bind.
    #[schemars(length(min = 1, max = 65536))]
    text: String,
    /// The version of the same scope and date that this one corrects: its id, or `name@effective_from`.
    #[serde(default)]
    supersedes: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    reason: Option<String>,
}

/// What was published.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PublishedView {
    #[serde(flatten)]
    version: VersionView,
    /// Fingerprint of all policies from now on.
    fingerprint: String,
    /// Pending requests whose cost was counted anew.
    recounted: usize,
    /// Decisions that no longer fit; listed in `/leave-conflicts`.
    touched_decisions: usize,
}

/// One value of a text that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeView {
    category: Category,
    /// Where it stands, e.g. `tiers[years_min = 10].days`.
    key: String,
    /// Null where it is not there now.
    before: Option<Value>,
    /// Null where it would no longer be there.
    after: Option<Value>,
}

/// What binds an officer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BoundView {
    /// `name@effective_from`; null where no version binds.
    policy: Option<String>,
    /// For annual leave: days of the leave year.
    days: Option<HalfDays>,
}

/// An officer whom a draft would touch.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TouchedView {
    officer_id: OfficerId,
    badge_no: String,
    name: String,
    unit_id: UnitId,
    category: Category,
    /// The leave year of `days`; null for policies that are no number of days.
    year: Option<i32>,
    before: BoundView,
    after: BoundView,
}

/// What a draft would touch.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyPreviewView {
    /// The date looked at: the later of today and the first date of the draft.
    on: NaiveDate,
    /// Values that differ from those in force.
    changes: Vec<ChangeView>,
    /// Officers touched, by badge number.
    items: Vec<TouchedView>,
    /// Leads to the next page; a page may be short while this is not null.
    next_cursor: Option<String>,
}

/// Query of a preview.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    #[serde(flatten)]
    paging: Paging,
}

/// What a fingerprint stands for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptView {
    fingerprint: String,
    /// Since when it was in force first.
    first_bound_at: Instant,
    /// The texts it is made of: name, origin, SHA-256, and scope and date of what was published.
    members: Value,
    texts: Vec<KeptText>,
}

/// One text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptText {
    sha256: String,
    text: String,
}

fn version(name: &str, info: &VersionInfo) -> VersionView {
    VersionView {
        id: info.id,
        policy: info.label(name),
        origin: match info.binding.scope {
            Scope::BuiltIn => Origin::BuiltIn,
            Scope::Folder => Origin::Folder,
            Scope::Force | Scope::Unit(_) => Origin::Published,
        },
        effective_from: info.binding.effective_from,
        unit_id: info.binding.scope.unit(),
        category: info.binding.category,
        categories: info.binding.categories.clone(),
        source: info.source.clone(),
        text: info.text.clone(),
        sha256: info.sha256.clone(),
        published_at: info.published_at,
        supersedes: info.supersedes,
        superseded_at: info.superseded_at,
        reason: info.reason.clone(),
    }
}

fn find<'a>(documents: &'a [Document], name: &str) -> Result<&'a Document, Error> {
    documents.iter().find(|document| document.name == name).ok_or_else(|| Code::NotFound.into())
}

/// `GET /policies`
pub async fn list(office: Office) -> Result<Answer, Problem> {
    let statutes = office.house.law.current();
    let lines = statutes
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
pub async fn show(office: Office, name: PathText, query: Query<PolicyQuery>) -> Result<Answer, Problem> {
    let PolicyQuery { on, unit_id, category } = query.0;
    office
        .read(move |connection, ctx| {
            let on = on.unwrap_or_else(|| ctx.moment.today());
            let document = find(ctx.statutes.policies.documents(), &name.0)?;
            let units = policies::chain(connection, unit_id, on)?;
            let in_force = document.in_force(&units, on);
            let asked = in_force.into_iter().filter(|(_, bound)| category.is_none_or(|only| bound.contains(&only)));
            let in_force: Vec<&VersionInfo> = asked.map(|(info, _)| info).collect();
            let latest = in_force.iter().map(|info| info.binding.effective_from).max().ok_or(Code::NoPolicy)?;
            let (text, sha256, source) = whole(document, &in_force);
            Answer::ok(&PolicyView {
                name: document.name.clone(),
                title_zh: document.title.zh.clone(),
                title_en: document.title.en.clone(),
                unit: document.unit.clone(),
                source,
                text,
                sha256,
                effective_from: latest,
                on,
                in_force: in_force.into_iter().map(|info| version(&document.name, info)).collect(),
            })
        })
        .await
}

/// `GET /policies/{name}/versions`
pub async fn versions(office: Office, name: PathText) -> Result<Answer, Problem> {
    let statutes = office.house.law.current();
    let document = find(statutes.policies.documents(), &name.0)?;
    Ok(Answer::ok(&Page::whole(document.versions.iter().map(|info| version(&document.name, info)).collect()))?)
}

fn given(name: String, body: NewVersionBody) -> NewVersion {
    NewVersion {
        name,
        effective_from: body.effective_from,
        unit_id: body.unit_id,
        category: body.category,
        source: body.source,
        text: body.text,
        supersedes: body.supersedes,
        reason: body.reason,
    }
}

/// `POST /policies/{name}/versions`
pub async fn publish(office: Office, name: PathText, body: Json<NewVersionBody>) -> Result<Answer, Problem> {
    let new = given(name.0, body.value);
    let scope = (new.name.clone(), new.unit_id);
    let house = std::sync::Arc::clone(&office.house);
    office
        .publish(
            body.hash,
            move |connection, ctx| policies::check_scope(connection, ctx, &scope.0, scope.1),
            move |tx, ctx| {
                let outcome = policies::publish(tx, &house.law, ctx, &new)?;
                let version = outcome.info;
                Answer::created(
                    format!("/policies/{}/versions", new.name),
                    &PublishedView {
                        version: self::version(&new.name, &version),
                        fingerprint: outcome.fingerprint,
                        recounted: outcome.touched.recounted,
                        touched_decisions: outcome.touched.conflicts,
                    },
                )
            },
        )
        .await
}

/// `POST /policies/{name}/preview`
pub async fn preview(
    office: Office,
    name: PathText,
    query: Query<PreviewQuery>,
    body: Json<NewVersionBody>,
) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let after: Option<String> = paging.after("policy_preview")?;
    let new = given(name.0, body.value);
    office
        .read(move |connection, ctx| {
            let found = policies::preview(connection, ctx, &new, after, paging.limit())?;
            let mut changes = Vec::new();
            for (category, changed) in found.changes {
                changes.extend(changed.into_iter().map(|one| ChangeView {
                    category,
                    key: one.key,
                    before: one.before,
                    after: one.after,
                }));
            }
            let next_cursor =
                found.next.map(|badge_no| super::paging::cursor("policy_preview", &badge_no)).transpose()?;
            let items = found.officers.into_iter().map(touched).collect();
            Answer::ok(&PolicyPreviewView { on: found.on, changes, items, next_cursor })
        })
        .await
}

fn touched(officer: policies::Officer) -> TouchedView {
    let (year, before, after) = match officer.days {
        Some((year, before, after)) => (Some(year), Some(before), Some(after)),
        None => (None, None, None),
    };
    TouchedView {
        officer_id: officer.listed.officer.id,
        badge_no: officer.listed.officer.badge_no,
        name: officer.listed.officer.name,
        unit_id: officer.listed.unit_id,
        category: officer.listed.category,
        year,
        before: BoundView { policy: officer.policy_before, days: before },
        after: BoundView { policy: officer.policy_after, days: after },
    }
}

/// `GET /policy-fingerprints/{fingerprint}`
pub async fn fingerprint(office: Office, fingerprint: PathText) -> Result<Answer, Problem> {
    office
        .read(move |connection, _| {
            let kept = policies::kept(connection, &fingerprint.0)?;
            Answer::ok(&KeptView {
                fingerprint: fingerprint.0.clone(),
                first_bound_at: kept.first_bound_at.and_utc(),
                members: serde_json::from_str(&kept.members).unwrap_or_default(),
                texts: kept.texts.into_iter().map(|(sha256, text)| KeptText { sha256, text }).collect(),
            })
        })
        .await
}
