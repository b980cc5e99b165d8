//! Publishing policies: a text for a scope from a date on, what a draft would touch, and what was in force when.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::json;

use super::ctx::{Ctx, Statutes, Subject};
use super::error::{Code, Error, FieldError};
use super::law::{Law, sha256};
use super::leave::conflicts::{self, Cause, Touched};
use super::leave::facts;
use super::leave::holdings::Holdings;
use super::watch;
use super::{reach, units};
use crate::rules::policy::diff::{self, Change};
use crate::rules::policy::{Draft, PolicyError, PolicySet, VersionInfo};
use crate::rules::terms::{Category, HalfDays, LeaveKind, Role, RowId, UnitId, leave_year, year_end};
use crate::store::law::PolicyVersion;
use crate::store::officers::{Filter, Listed};
use crate::store::{self, Conn, Tx};

/// Who publishes.
pub const PUBLISHERS: &[Role] = &[Role::Admin];
/// The policy of rest.
const REST: &str = "rest";
/// The policies that decide what a leave costs; others touch no request.
const LEAVE_POLICIES: &[&str] = &["annual_leave", "leave_requests"];
/// Longest text, in bytes.
const TEXT_MAX: usize = 65_536;
/// Longest source or reason, in characters.
const SOURCE_MAX: usize = 1000;
/// Most officers that one page of a preview looks at.
const SCANNED_MAX: usize = 2000;

/// A version as somebody gives it.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Name of the policy.
    pub name: String,
    /// First date it binds.
    pub effective_from: NaiveDate,
    /// The unit it binds with everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// The category it binds; `None` for all.
    pub category: Option<Category>,
    /// Legal source.
    pub source: String,
    /// The text.
    pub text: String,
    /// The version that it corrects: its id, or `name@effective_from` of the same scope.
    pub supersedes: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The version.
    pub info: VersionInfo,
    /// Fingerprint of all policies with it.
    pub fingerprint: String,
    /// What it touched.
    pub touched: Touched,
}

/// A text that cannot be read, located by its line.
fn unreadable(error: &PolicyError) -> Error {
    FieldError::new("/text", Code::PolicyUnreadable).because(error.clone()).into()
}

/// Whether the caller publishes for a scope: for the force only with a grant for the whole force.
///
/// # Errors
/// [`Code::NotFound`] for an unknown policy or unit; [`Code::Forbidden`] outside the caller's reach.
pub fn check_scope(connection: &mut Conn, ctx: &Ctx, name: &str, unit: Option<UnitId>) -> Result<(), Error> {
    ctx.statutes.policies.document(name).ok_or(Code::NotFound)?;
    may_publish(connection, ctx, unit)
}

/// Whether the caller publishes law for a unit, or for the force.
///
/// # Errors
/// As [`check_scope`].
pub fn may_publish(connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>) -> Result<(), Error> {
    let allowed = match unit {
        None => ctx.caller.holds_force_wide(PUBLISHERS),
        Some(unit) => {
            units::check_known(connection, unit)?;
            reach::reaches(connection, ctx, PUBLISHERS, unit)?
        }
    };
    if allowed { Ok(()) } else { Err(Code::Forbidden.into()) }
}

/// Checks everything of a version that does not need the text.
fn check(new: &NewVersion, today: NaiveDate) -> Result<(), Error> {
    let mut refused: Vec<FieldError> = Vec::new();
    refused.extend(units::checked_date("/effective_from", new.effective_from, today).err());
    refused.extend(units::checked_text("/source", &new.source, SOURCE_MAX).err());
    if let Some(reason) = &new.reason {
        refused.extend(units::checked_text("/reason", reason, SOURCE_MAX).err());
    }
    if new.text.len() > TEXT_MAX {
        refused.push(FieldError::new("/text", Code::TooLong).expected(format!("≤ {TEXT_MAX}")));
    }
    // PostgreSQL keeps no NUL in a text.
    if new.text.trim().is_empty() || new.text.contains('\0') {
        refused.push(FieldError::new("/text", Code::InvalidValue));
    }
    if new.category == Some(Category::Retired) {
        refused.push(FieldError::new("/category", Code::InvalidValue).read(Category::Retired.as_str()));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// The version that a draft corrects: of the same policy, scope and date, and not replaced yet.
fn superseded(connection: &mut Conn, new: &NewVersion) -> Result<Option<RowId>, Error> {
    let scope = store::law::scope(new.unit_id, new.category);
    let of_scope: Vec<PolicyVersion> =
        store::law::policy_versions(connection)?.into_iter().filter(|version| version.name == new.name).collect();
    let current = of_scope.iter().find(|version| {
        version.scope == scope && version.effective_from == new.effective_from && version.superseded_at.is_none()
    });
    let Some(named) = &new.supersedes else {
        return if current.is_some() { Err(Code::VersionExists.into()) } else { Ok(None) };
    };
    let label = format!("{}@{}", new.name, new.effective_from);
    let wrong = || FieldError::new("/supersedes", Code::InvalidValue).read(named.clone()).expected(label.clone());
    let id: Option<RowId> = named.parse().ok();
    match (id, current) {
        (Some(id), Some(current)) if current.id == id => Ok(Some(id)),
        (None, Some(current)) if *named == label => Ok(Some(current.id)),
        // It was of this scope and date, and another correction was faster.
        (Some(id), Some(_)) if of_scope.iter().any(|one| one.id == id && one.superseded_at.is_some()) => {
            Err(Code::LostRace.into())
        }
        (Some(id), _) if !of_scope.iter().any(|one| one.id == id) => Err(Code::NotFound.into()),
        _ => Err(wrong().into()),
    }
}

/// Publishes a version. Decisions made before stay; what they no longer fit is listed for a person.
///
/// # Errors
/// Refused fields, the text located by its line; [`Code::VersionExists`] where one binds the scope from that date and
/// is not named; [`Code::Forbidden`] outside the caller's reach.
pub fn publish(tx: &mut Tx, law: &Law, ctx: &Ctx, new: &NewVersion) -> Result<Outcome, Error> {
    check_scope(tx.reading(), ctx, &new.name, new.unit_id)?;
    check(new, ctx.moment.today())?;
    let supersedes = superseded(tx.reading(), new)?;
    ctx.statutes.policies.clone().with_draft(&draft(new, supersedes)).map_err(|error| unreadable(&error))?;
    let version = PolicyVersion {
        id: RowId(ctx.moment.new_id()),
        name: new.name.clone(),
        unit_id: new.unit_id,
        category: new.category,
        scope: store::law::scope(new.unit_id, new.category),
        effective_from: new.effective_from,
        source: new.source.clone(),
        text: new.text.clone(),
        sha256: sha256(&new.text),
        supersedes,
        reason: new.reason.clone(),
        published_by: ctx.caller.account_id,
        published_at: ctx.moment.stamp(),
        superseded_at: None,
    };
    store::law::insert_policy_version(tx, &version)?;
    let bound = law.published(tx, ctx)?;
    let cause = Cause::Policy { label: format!("{}@{}", new.name, new.effective_from) };
    let touched = if LEAVE_POLICIES.contains(&new.name.as_str()) {
        conflicts::reassess_scope(tx, &bound, new.unit_id, new.category, new.effective_from, &cause)?
    } else {
        Touched::default()
    };
    if new.name == REST {
        watch::after_law(tx, &bound, new.unit_id, new.effective_from)?;
    }
    let after = json!({
        "name": version.name, "unit_id": version.unit_id, "category": version.category,
        "effective_from": version.effective_from, "sha256": version.sha256, "supersedes": version.supersedes,
        "reason": version.reason, "fingerprint": bound.statutes.policies.fingerprint(),
        "recounted": touched.recounted, "conflicts": touched.conflicts,
    });
    let before = json!({"fingerprint": ctx.statutes.policies.fingerprint()});
    let subject = Subject { kind: "policy_version", id: version.id.0, officer_id: None };
    ctx.audit(tx, "policy.published", subject, Some(before), Some(after))?;
    store::outbox::append(tx, "policy.published", version.id.0, None, &ctx.moment)?;
    let found = bound.statutes.policies.document(&new.name);
    let info = found.and_then(|document| document.versions.iter().find(|one| one.id == Some(version.id))).cloned();
    let fingerprint = bound.statutes.policies.fingerprint().to_owned();
    let info = info.ok_or_else(|| Error::Internal("a published version is not in force".to_owned()))?;
    Ok(Outcome { info, fingerprint, touched })
}

fn draft(new: &NewVersion, supersedes: Option<RowId>) -> Draft<'_> {
    Draft {
        name: &new.name,
        unit_id: new.unit_id,
        category: new.category,
        effective_from: new.effective_from,
        source: &new.source,
        text: &new.text,
        supersedes,
    }
}

/// What a draft changes for one officer.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Whom.
    pub listed: Listed,
    /// The version that binds them on the date now; `None` where none does.
    pub policy_before: Option<String>,
    /// The version that would bind them.
    pub policy_after: Option<String>,
    /// For annual leave: days of the leave year now and with the draft.
    pub days: Option<(i32, HalfDays, HalfDays)>,
}

/// What a draft would touch.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The date the officers are looked at: the later of today and the first date of the draft.
    pub on: NaiveDate,
    /// Values of the text that differ from those in force, for each category it binds.
    pub changes: Vec<(Category, Vec<Change>)>,
    /// Officers touched, by badge number.
    pub officers: Vec<Officer>,
    /// Badge number after which the next page goes on; `None` at the end of the roll.
    pub next: Option<String>,
}

/// Says whom a draft would touch, before it binds; stores nothing.
///
/// # Errors
/// As [`publish`].
pub fn preview(
    connection: &mut Conn,
    ctx: &Ctx,
    new: &NewVersion,
    after: Option<String>,
    limit: usize,
) -> Result<Preview, Error> {
    check_scope(connection, ctx, &new.name, new.unit_id)?;
    check(new, ctx.moment.today())?;
    let supersedes = superseded(connection, new)?;
    let now = &ctx.statutes.policies;
    let then = now.clone().with_draft(&draft(new, supersedes)).map_err(|error| unreadable(&error))?;
    let statutes =
        Statutes { policies: then, calendars: ctx.statutes.calendars.clone(), revision: ctx.statutes.revision };
    let drafted = Ctx { statutes: Arc::new(statutes), ..ctx.clone() };
    let then = &drafted.statutes.policies;
    let on = new.effective_from.max(ctx.moment.today());
    let mut officers = Vec::new();
    let (mut after, mut scanned) = (after, 0);
    let reached = match new.unit_id {
        Some(unit) => Some(store::units::tree(connection, on)?.under(&[unit]).into_iter().collect()),
        None => None,
    };
    loop {
        let filter =
            Filter { units: reached.clone(), category: new.category, after: after.clone(), ..Filter::default() };
        let batch = store::officers::list(connection, &filter, on, 200)?;
        let Some(last) = batch.last() else { break };
        let end = last.officer.badge_no.clone();
        for listed in batch {
            scanned += 1;
            let badge_no = listed.officer.badge_no.clone();
            let mut held = Holdings::load(connection, &drafted, listed.officer.id, LeaveKind::Annual)?;
            held.facts = facts::with_units(connection, listed.officer.id)?;
            officers.extend(touched((ctx, &drafted), new, listed, &held, on));
            if officers.len() == limit || scanned == SCANNED_MAX {
                let changes = changes(now, then, new, on)?;
                return Ok(Preview { on, changes, officers, next: Some(badge_no) });
            }
        }
        after = Some(end);
    }
    Ok(Preview { on, changes: changes(now, then, new, on)?, officers, next: None })
}

/// What the draft changes for one officer; `None` where nothing.
fn touched(
    (ctx, drafted): (&Ctx, &Ctx),
    new: &NewVersion,
    listed: Listed,
    held: &Holdings,
    on: NaiveDate,
) -> Option<Officer> {
    let (now, then) = (&ctx.statutes.policies, &drafted.statutes.policies);
    let place = held.facts.place_on(on)?;
    let label = |set: &PolicySet| set.document(&new.name)?.binding(place, on).map(|one| one.label(&new.name));
    let text = |set: &PolicySet| set.document(&new.name)?.binding(place, on).map(|one| one.text.clone());
    let (policy_before, policy_after) = (label(now), label(then));
    let year = leave_year(on);
    let end = year_end(year)?;
    // With what ends the right to a year: a draft may move that too.
    let days = |ctx: &Ctx| held.entitlement(ctx, year).ok().map(|owed| owed.days_on(end));
    let owed = days(ctx).zip(days(drafted));
    let changes_days = owed.is_some_and(|(before, after)| before != after);
    // What is no number of days touches whoever it binds.
    let differs =
        changes_days || (new.name != "annual_leave" && (policy_before != policy_after || text(now) != text(then)));
    let days = owed.filter(|_| changes_days || new.name == "annual_leave").map(|(before, after)| (year, before, after));
    differs.then_some(Officer { listed, policy_before, policy_after, days })
}

/// The values that differ for each category that the draft binds.
fn changes(
    now: &PolicySet,
    then: &PolicySet,
    new: &NewVersion,
    on: NaiveDate,
) -> Result<Vec<(Category, Vec<Change>)>, Error> {
    let units: Vec<UnitId> = new.unit_id.into_iter().collect();
    let mut found = Vec::new();
    for category in Category::ALL.iter().filter(|one| new.category.is_none_or(|only| only == **one)) {
        let values = |set: &PolicySet| {
            let place = crate::rules::policy::Place { category: *category, units: &units };
            let version = set.document(&new.name)?.binding(place, on)?;
            Some(diff::binding(&new.name, &version.text, *category))
        };
        let Some(after) = values(then) else { continue };
        let before = values(now).transpose().map_err(|error| unreadable(&error))?.unwrap_or_default();
        let changed = diff::maps(&before, &after.map_err(|error| unreadable(&error))?);
        if !changed.is_empty() {
            found.push((*category, changed));
        }
    }
    Ok(found)
}

/// Of what a fingerprint is made: the texts in force under it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Since when it was in force first.
    pub first_bound_at: chrono::NaiveDateTime,
    /// What it is made of, as JSON.
    pub members: String,
    /// The texts by their SHA-256.
    pub texts: Vec<(String, String)>,
}

/// What a decision was made under, by the fingerprint that it stores.
///
/// # Errors
/// [`Code::NotFound`] for a fingerprint that never was in force here.
pub fn kept(connection: &mut Conn, fingerprint: &str) -> Result<Kept, Error> {
    let (members, first_bound_at) = store::law::kept(connection, fingerprint)?.ok_or(Code::NotFound)?;
    let listed: Vec<serde_json::Value> =
        serde_json::from_str(&members).map_err(|error| Error::Internal(format!("kept fingerprint: {error}")))?;
    let prints: Vec<String> = listed.iter().filter_map(|one| one.get("sha256")?.as_str().map(str::to_owned)).collect();
    let texts = store::law::kept_texts_of(connection, &prints)?;
    Ok(Kept { first_bound_at, members, texts })
}

/// The unit of somebody and every unit above it, for choosing among versions; all of the force where none is named.
///
/// # Errors
/// [`Code::NotFound`] for an unknown unit.
pub fn chain(connection: &mut Conn, unit: Option<UnitId>, on: NaiveDate) -> Result<Vec<UnitId>, Error> {
    let Some(unit) = unit else { return Ok(Vec::new()) };
    units::check_known(connection, unit)?;
    Ok(store::units::upward(connection, unit, on)?)
}
