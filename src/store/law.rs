//! The law in force: its revision, the policy versions and calendar years that were published, the texts kept.
//!
//! RULINGS 62: an act that decides holds the law it decides under until it has committed; a publication waits for all
//! of them and lets no new one begin. On SQLite the one writer at a time is that lock.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_query;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::{access, calendar_years, kept_fingerprints, kept_texts, law, policy_versions};
use crate::clock::Moment;
use crate::rules::calendar::YearStatus;
use crate::rules::terms::{AccountId, Category, RowId, UnitId};

/// The advisory lock of the law on PostgreSQL; no other lock of the product bears this number.
const LAW_LOCK: i64 = 0x1A3;

/// How many publications there are.
///
/// # Errors
/// When the database does not answer.
pub fn revision(connection: &mut Conn) -> Result<i64, Error> {
    Ok(on_both!(connection, |one| law::table.select(law::revision).get_result(one))?)
}

/// How often what a request depends on was changed, as one snapshot has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revisions {
    /// How many publications there are.
    pub law: i64,
    /// How often what is remembered of somebody was changed: what they may do (accounts, grants, sign-ins) and what the rules
    /// know of them (first day, categories, service, separation). Counted on a file only.
    pub access: Option<i64>,
}

/// How often what a request depends on was changed.
///
/// # Errors
/// When the database does not answer.
pub fn revisions(connection: &mut Conn) -> Result<Revisions, Error> {
    match connection {
        Conn::Sqlite(one) => {
            // Each table has one row.
            let both = law::table.inner_join(access::table.on(access::revision.is_not_null()));
            let (law, access) = both.select((law::revision, access::revision)).get_result(one)?;
            Ok(Revisions { law, access: Some(access) })
        }
        Conn::Postgres(_) => Ok(Revisions { law: revision(connection)?, access: None }),
    }
}

/// Holds the law until the transaction ends, shared with every other act that decides, and tells its revision.
///
/// # Errors
/// When the database does not answer, or a publication does not end in time.
pub fn hold(tx: &mut Tx) -> Result<i64, Error> {
    if let Conn::Postgres(one) = &mut *tx.connection {
        sql_query(format!("SELECT pg_advisory_xact_lock_shared({LAW_LOCK})")).execute(one)?;
    }
    revision(tx.connection)
}

/// Takes the law for a publication: every act that decides has ended, none begins before the transaction ends.
///
/// # Errors
/// When the database does not answer, or the acts under way do not end in time.
pub fn take(tx: &mut Tx) -> Result<i64, Error> {
    if let Conn::Postgres(one) = &mut *tx.connection {
        sql_query(format!("SELECT pg_advisory_xact_lock({LAW_LOCK})")).execute(one)?;
    }
    revision(tx.connection)
}

/// Counts a publication.
///
/// # Errors
/// When the database does not answer.
pub fn count_up(tx: &mut Tx) -> Result<(), Error> {
    diesel::update(law::table).set(law::revision.eq(law::revision + 1)).execute(tx.connection)?;
    Ok(())
}

/// A policy version as it was published.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = policy_versions)]
pub struct PolicyVersion {
    /// Id.
    pub id: RowId,
    /// Name of the policy.
    pub name: String,
    /// The unit it binds with everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// The category it binds; `None` for all.
    pub category: Option<Category>,
    /// Unit and category as one text.
    pub scope: String,
    /// First date it binds.
    pub effective_from: NaiveDate,
    /// Legal source.
    pub source: String,
    /// The text as it was given.
    pub text: String,
    /// SHA-256 of the text, in hexadecimal.
    pub sha256: String,
    /// The version that it replaced.
    pub supersedes: Option<RowId>,
    /// Why.
    pub reason: Option<String>,
    /// Who published it; `None` for the command line.
    pub published_by: Option<AccountId>,
    /// When.
    pub published_at: NaiveDateTime,
    /// Since when it is replaced.
    pub superseded_at: Option<NaiveDateTime>,
}

/// What a scope is called in the uniqueness of the current versions.
#[must_use]
pub fn scope(unit: Option<UnitId>, category: Option<Category>) -> String {
    let unit = unit.map(|unit| unit.to_string()).unwrap_or_default();
    format!("{unit}/{}", category.map(Category::as_str).unwrap_or_default())
}

/// Every version, in the order of publication.
///
/// # Errors
/// When the database does not answer.
pub fn policy_versions(connection: &mut Conn) -> Result<Vec<PolicyVersion>, Error> {
    Ok(policy_versions::table.order(policy_versions::id).select(PolicyVersion::as_select()).load(connection)?)
}

/// Adds a version; what it supersedes ends now.
///
/// # Errors
/// [`super::error::Unique::PolicyVersion`] where another is the current one of its scope and date.
pub fn insert_policy_version(tx: &mut Tx, version: &PolicyVersion) -> Result<(), Error> {
    if let Some(superseded) = version.supersedes {
        diesel::update(policy_versions::table.find(superseded))
            .set(policy_versions::superseded_at.eq(version.published_at))
            .execute(tx.connection)?;
    }
    diesel::insert_into(policy_versions::table).values(version).execute(tx.connection)?;
    Ok(())
}

/// A calendar year as it was published.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = calendar_years)]
pub struct CalendarYear {
    /// Id.
    pub id: RowId,
    /// The unit it binds with everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// The unit as text.
    pub scope: String,
    /// The year.
    pub year: i32,
    /// How sure it is.
    pub status: YearStatus,
    /// Its special days, as JSON.
    pub days: String,
    /// Counts the publications of the year in this scope, from 1.
    pub version: i32,
    /// Who published it; `None` for the command line.
    pub published_by: Option<AccountId>,
    /// When.
    pub published_at: NaiveDateTime,
    /// Since when it is replaced.
    pub superseded_at: Option<NaiveDateTime>,
}

/// The current years of every scope.
///
/// # Errors
/// When the database does not answer.
pub fn calendar_years(connection: &mut Conn) -> Result<Vec<CalendarYear>, Error> {
    Ok(calendar_years::table
        .filter(calendar_years::superseded_at.is_null())
        .order(calendar_years::id)
        .select(CalendarYear::as_select())
        .load(connection)?)
}

/// The current year of one scope.
///
/// # Errors
/// When the database does not answer.
pub fn calendar_year(connection: &mut Conn, unit: Option<UnitId>, year: i32) -> Result<Option<CalendarYear>, Error> {
    Ok(calendar_years::table
        .filter(calendar_years::scope.eq(scope(unit, None)))
        .filter(calendar_years::year.eq(year))
        .filter(calendar_years::superseded_at.is_null())
        .select(CalendarYear::as_select())
        .first(connection)
        .optional()?)
}

/// Adds a year in the place of the current one of its scope.
///
/// # Errors
/// When the database does not answer.
pub fn insert_calendar_year(tx: &mut Tx, year: &CalendarYear) -> Result<(), Error> {
    diesel::update(calendar_years::table)
        .filter(calendar_years::scope.eq(&year.scope))
        .filter(calendar_years::year.eq(year.year))
        .filter(calendar_years::superseded_at.is_null())
        .set(calendar_years::superseded_at.eq(year.published_at))
        .execute(tx.connection)?;
    diesel::insert_into(calendar_years::table).values(year).execute(tx.connection)?;
    Ok(())
}

/// Whether a fingerprint is kept already.
///
/// # Errors
/// When the database does not answer.
pub fn keeps(connection: &mut Conn, fingerprint: &str) -> Result<bool, Error> {
    let found = kept_fingerprints::table.find(fingerprint).select(kept_fingerprints::fingerprint);
    Ok(found.first::<String>(connection).optional()?.is_some())
}

/// Keeps the texts that a fingerprint is made of, and which they are, as JSON.
///
/// # Errors
/// When the database does not answer.
pub fn keep(
    tx: &mut Tx,
    fingerprint: &str,
    members: &str,
    texts: &[(&str, &str)],
    moment: &Moment,
) -> Result<(), Error> {
    for (sha256, text) in texts {
        let row = (kept_texts::sha256.eq(sha256), kept_texts::text.eq(text));
        on_both!(&mut *tx.connection, |one| {
            diesel::insert_into(kept_texts::table).values(row).on_conflict_do_nothing().execute(one)
        })?;
    }
    let row = (
        kept_fingerprints::fingerprint.eq(fingerprint),
        kept_fingerprints::members.eq(members),
        kept_fingerprints::first_bound_at.eq(moment.stamp()),
    );
    on_both!(&mut *tx.connection, |one| {
        diesel::insert_into(kept_fingerprints::table).values(row).on_conflict_do_nothing().execute(one)
    })?;
    Ok(())
}

/// Of what a fingerprint is made, as it was kept: JSON, and since when it bound.
///
/// # Errors
/// When the database does not answer.
pub fn kept(connection: &mut Conn, fingerprint: &str) -> Result<Option<(String, NaiveDateTime)>, Error> {
    Ok(kept_fingerprints::table
        .find(fingerprint)
        .select((kept_fingerprints::members, kept_fingerprints::first_bound_at))
        .first(connection)
        .optional()?)
}

/// Kept texts by their SHA-256.
///
/// # Errors
/// When the database does not answer.
pub fn kept_texts_of(connection: &mut Conn, sha256: &[String]) -> Result<Vec<(String, String)>, Error> {
    Ok(kept_texts::table
        .filter(kept_texts::sha256.eq_any(sha256))
        .order(kept_texts::sha256)
        .select((kept_texts::sha256, kept_texts::text))
        .load(connection)?)
}
