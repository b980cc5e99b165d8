//! Service periods: years of work (工作年限), the basis of the tiers.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::dates::{Day, MaybeDay, Stamp};
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::service_periods;
use crate::clock::Moment;
use crate::rules::service;
use crate::rules::terms::{OfficerId, RowId, ServiceKind, UnknownWord, vocabulary};

vocabulary! {
    /// Where a service period comes from: a re-import changes only what an import made (RULINGS 28).
    Origin {
        /// Entered by a person.
        Entered = "entered",
        /// Read from a roster file.
        Imported = "imported",
    }
}

/// One period of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = service_periods)]
#[diesel(treat_none_as_default_value = false)]
pub struct ServicePeriod {
    /// Row id.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// First day.
    #[diesel(deserialize_as = Day)]
    pub from_on: NaiveDate,
    /// Last day; `None` while it goes on.
    #[diesel(deserialize_as = MaybeDay)]
    pub to_on: Option<NaiveDate>,
    /// Employment or military service.
    pub kind: ServiceKind,
    /// Entered or imported.
    pub origin: Origin,
    /// When it was recorded.
    #[diesel(deserialize_as = Stamp)]
    pub recorded_at: NaiveDateTime,
}

/// The service periods of an officer, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, officer: OfficerId) -> Result<Vec<ServicePeriod>, Error> {
    Ok(on_both!(connection, |one| service_periods::table
        .filter(service_periods::officer_id.eq(officer))
        .filter(service_periods::superseded_at.is_null())
        .order((service_periods::from_on, service_periods::id))
        .select(ServicePeriod::as_select())
        .load(one))?)
}

/// As [`of`], in the words of the rules.
///
/// # Errors
/// When the database does not answer.
pub fn in_force(connection: &mut Conn, officer: OfficerId) -> Result<Vec<service::ServicePeriod>, Error> {
    let rows: Vec<(Day, MaybeDay, ServiceKind)> = on_both!(connection, |one| service_periods::table
        .filter(service_periods::officer_id.eq(officer))
        .filter(service_periods::superseded_at.is_null())
        .order((service_periods::from_on, service_periods::id))
        .select((service_periods::from_on, service_periods::to_on, service_periods::kind))
        .load(one))?;
    let periods = rows.into_iter();
    Ok(periods.map(|(Day(from), to, kind)| service::ServicePeriod { from, to: to.into(), kind }).collect())
}

/// Adds service periods.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, periods: &[ServicePeriod]) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| { diesel::insert_into(service_periods::table).values(periods).execute(one) })?;
    Ok(())
}

/// Supersedes service periods by row id.
///
/// # Errors
/// When the database does not answer.
pub fn supersede(tx: &mut Tx, ids: &[RowId], moment: &Moment) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(service_periods::table.filter(service_periods::id.eq_any(ids)))
        .set(service_periods::superseded_at.eq(moment.stamp()))
        .execute(tx.connection)?;
    Ok(())
}
