//! Officers by the thousand, for imports and batches: each function is one statement, or a few, for a whole chunk.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::conn::Conn;
use super::dated::{FOR_EVER, Period, SINCE_EVER};
use super::error::Error;
use super::officers::Officer;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::{accounts, officer_categories, officer_units, officers, separations, service_periods, spouses};
use super::service_periods::ServicePeriod;
use crate::clock::Moment;
use crate::rules::terms::{Category, OfficerId, RowId, UnitId};

/// Officers of a chunk of badge numbers, by badge number.
///
/// # Errors
/// When the database does not answer.
pub fn find_by_badges(connection: &mut Conn, badges: &[&str]) -> Result<HashMap<String, Officer>, Error> {
    let found: Vec<Officer> =
        officers::table.filter(officers::badge_no.eq_any(badges)).select(Officer::as_select()).load(connection)?;
    Ok(found.into_iter().map(|officer| (officer.badge_no.clone(), officer)).collect())
}

/// Officers of a chunk of names, by badge number.
///
/// # Errors
/// When the database does not answer.
pub fn find_by_names(connection: &mut Conn, names: &[&str]) -> Result<Vec<Officer>, Error> {
    Ok(officers::table
        .filter(officers::name.eq_any(names))
        .order(officers::badge_no)
        .select(Officer::as_select())
        .load(connection)?)
}

/// Locks officers until the transaction ends, in the order of their ids (RULINGS 62).
///
/// # Errors
/// When the database does not answer.
pub fn lock(tx: &mut Tx, ids: &[OfficerId]) -> Result<(), Error> {
    // SQLite needs no lock of its own: `BEGIN IMMEDIATE` admits one writer at a time.
    if let Conn::Postgres(one) = &mut *tx.connection {
        let _: Vec<OfficerId> = officers::table
            .filter(officers::id.eq_any(ids))
            .order(officers::id)
            .select(officers::id)
            .for_no_key_update()
            .load(one)?;
    }
    Ok(())
}

/// Categories of officers over time, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn categories(connection: &mut Conn, of: &[OfficerId]) -> Result<HashMap<OfficerId, Vec<Period<Category>>>, Error> {
    let rows: Vec<(OfficerId, RowId, Category, NaiveDate, NaiveDate)> = officer_categories::table
        .filter(officer_categories::officer_id.eq_any(of))
        .filter(officer_categories::superseded_at.is_null())
        .order((officer_categories::officer_id, officer_categories::effective_on))
        .select((
            officer_categories::officer_id,
            officer_categories::id,
            officer_categories::category,
            officer_categories::effective_on,
            officer_categories::until_on,
        ))
        .load(connection)?;
    let mut by_officer: HashMap<OfficerId, Vec<Period<Category>>> = HashMap::new();
    for (officer, id, value, effective_on, until_on) in rows {
        by_officer.entry(officer).or_default().push(Period { id, value, effective_on, until_on });
    }
    Ok(by_officer)
}

/// Service periods of officers, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn service_periods(
    connection: &mut Conn,
    of: &[OfficerId],
) -> Result<HashMap<OfficerId, Vec<ServicePeriod>>, Error> {
    let rows: Vec<ServicePeriod> = service_periods::table
        .filter(service_periods::officer_id.eq_any(of))
        .filter(service_periods::superseded_at.is_null())
        .order((service_periods::officer_id, service_periods::from_on, service_periods::id))
        .select(ServicePeriod::as_select())
        .load(connection)?;
    let mut by_officer: HashMap<OfficerId, Vec<ServicePeriod>> = HashMap::new();
    for row in rows {
        by_officer.entry(row.officer_id).or_default().push(row);
    }
    Ok(by_officer)
}

/// Somebody new on the roll.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The person's row.
    pub officer: Officer,
    /// Unit since ever.
    pub unit_id: UnitId,
    /// Category since ever.
    pub category: Category,
    /// Service, where it is known.
    pub service: Option<ServicePeriod>,
}

/// Stores new officers with unit, category and service.
///
/// # Errors
/// [`super::error::Unique::BadgeNo`] when a badge number is taken.
pub fn insert(tx: &mut Tx, newcomers: &[Newcomer], moment: &Moment) -> Result<(), Error> {
    if newcomers.is_empty() {
        return Ok(());
    }
    let rows: Vec<&Officer> = newcomers.iter().map(|one| &one.officer).collect();
    on_both!(&mut *tx.connection, |one| diesel::insert_into(officers::table).values(rows).execute(one))?;
    let units: Vec<_> = newcomers
        .iter()
        .map(|one| {
            (
                officer_units::id.eq(RowId(moment.new_id())),
                officer_units::officer_id.eq(one.officer.id),
                officer_units::unit_id.eq(one.unit_id),
                officer_units::effective_on.eq(SINCE_EVER),
                officer_units::until_on.eq(FOR_EVER),
                officer_units::recorded_at.eq(moment.stamp()),
            )
        })
        .collect();
    on_both!(&mut *tx.connection, |one| diesel::insert_into(officer_units::table).values(units).execute(one))?;
    let categories: Vec<_> = newcomers
        .iter()
        .map(|one| {
            (
                officer_categories::id.eq(RowId(moment.new_id())),
                officer_categories::officer_id.eq(one.officer.id),
                officer_categories::category.eq(one.category),
                officer_categories::effective_on.eq(SINCE_EVER),
                officer_categories::until_on.eq(FOR_EVER),
                officer_categories::recorded_at.eq(moment.stamp()),
            )
        })
        .collect();
    on_both!(&mut *tx.connection, |one| {
        diesel::insert_into(officer_categories::table).values(categories).execute(one)
    })?;
    let services: Vec<&ServicePeriod> = newcomers.iter().filter_map(|one| one.service.as_ref()).collect();
    if !services.is_empty() {
        on_both!(&mut *tx.connection, |one| {
            diesel::insert_into(service_periods::table).values(services).execute(one)
        })?;
    }
    Ok(())
}

/// Links couples of whom nobody is linked to anybody yet, both ways.
///
/// # Errors
/// [`super::error::Unique::DatedFact`] when somebody is linked already.
pub fn link_spouses(tx: &mut Tx, couples: &[(OfficerId, OfficerId)], moment: &Moment) -> Result<(), Error> {
    let rows: Vec<_> = couples
        .iter()
        .flat_map(|(one, other)| [(*one, *other), (*other, *one)])
        .map(|(one, other)| {
            (
                spouses::id.eq(RowId(moment.new_id())),
                spouses::officer_id.eq(one),
                spouses::spouse_officer_id.eq(other),
                spouses::recorded_at.eq(moment.stamp()),
            )
        })
        .collect();
    if !rows.is_empty() {
        on_both!(&mut *tx.connection, |one| diesel::insert_into(spouses::table).values(rows).execute(one))?;
    }
    let both: Vec<OfficerId> = couples.iter().flat_map(|(one, other)| [*one, *other]).collect();
    diesel::update(officers::table.filter(officers::id.eq_any(both)))
        .set(officers::version.eq(officers::version + 1))
        .execute(tx.connection)?;
    Ok(())
}

/// Officers of some units on a date who have not left and have no account, by badge number.
///
/// # Errors
/// When the database does not answer.
pub fn without_account(
    connection: &mut Conn,
    units: &[UnitId],
    on: NaiveDate,
    limit: i64,
) -> Result<Vec<OfficerId>, Error> {
    let has_account = diesel::dsl::exists(accounts::table.filter(accounts::officer_id.eq(officers::id.nullable())));
    let has_left = diesel::dsl::exists(
        separations::table
            .filter(separations::officer_id.eq(officers::id))
            .filter(separations::superseded_at.is_null())
            .filter(separations::left_on.lt(on)),
    );
    Ok(officers::table
        .inner_join(officer_units::table)
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(on))
        .filter(officer_units::until_on.gt(on))
        .filter(officer_units::unit_id.eq_any(units))
        .filter(diesel::dsl::not(has_account))
        .filter(diesel::dsl::not(has_left))
        .order(officers::badge_no)
        .limit(limit)
        .select(officers::id)
        .load(connection)?)
}
