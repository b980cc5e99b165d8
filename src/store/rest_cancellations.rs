//! Rest days that were taken away: when the person was told, why, and what it is worth. Rows are only ever added.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, on_both};
use super::schema::rest_cancellations;
use crate::rules::comp_credit::CancelReason;
use crate::rules::terms::{AccountId, LotId, OfficerId, RowId, UnitId};

/// One cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_cancellations)]
pub struct RestCancellation {
    /// Id.
    pub id: RowId,
    /// Whose rest.
    pub officer_id: OfficerId,
    /// Which rest day.
    pub rest_day_id: RowId,
    /// The unit that owes it.
    pub unit_id: UnitId,
    /// The date that was to be rest.
    pub on_date: NaiveDate,
    /// When the person was told.
    pub notified_at: NaiveDateTime,
    /// Why.
    pub reason_code: CancelReason,
    /// Why, in words.
    pub note: Option<String>,
    /// Days between the day told and the day worked, neither counted (RULINGS 33); never below zero.
    pub clear_days: i32,
    /// What a minute of it is worth, in percent.
    pub multiplier_percent: i32,
    /// Minutes credited for it.
    pub minutes: i32,
    /// The lot; `None` where nothing is owed.
    pub lot_id: Option<LotId>,
    /// Who approved it.
    pub account_id: Option<AccountId>,
    /// When it was recorded.
    pub recorded_at: NaiveDateTime,
    /// The shift that was worked on it, where its entry took the rest away.
    pub worked_shift_id: Option<RowId>,
    /// Until when another day is to be named, where no lot says so: in the place of one that its officer asked to move.
    pub offer_by: Option<NaiveDate>,
    /// Until when it is to be rested.
    pub take_by: Option<NaiveDate>,
    /// Whether the person was told before the rest day was entered, which happened when its date was over.
    pub before_entry: bool,
}

/// Stores a cancellation.
///
/// # Errors
/// [`super::error::Unique::Cancellation`] when the rest day was cancelled already.
pub fn insert(tx: &mut Tx, cancellation: &RestCancellation) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| {
        diesel::insert_into(rest_cancellations::table).values(cancellation).execute(one)
    })?;
    Ok(())
}

/// The cancellation of one rest day.
///
/// # Errors
/// When the database does not answer.
pub fn of_rest_day(connection: &mut Conn, rest_day: RowId) -> Result<Option<RestCancellation>, Error> {
    Ok(on_both!(connection, |one| rest_cancellations::table
        .filter(rest_cancellations::rest_day_id.eq(rest_day))
        .select(RestCancellation::as_select())
        .get_result(one)
        .optional())?)
}

/// The cancellations of some officers' rest days, by officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_many(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<RestCancellation>, Error> {
    if officers.is_empty() {
        return Ok(Vec::new());
    }
    Ok(among!(connection, rest_cancellations::officer_id, officers, |these| rest_cancellations::table
        .filter(these)
        .order((rest_cancellations::officer_id, rest_cancellations::id))
        .select(RestCancellation::as_select())))
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only owed by these units; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only of this officer.
    pub officer_id: Option<OfficerId>,
    /// Only those before this one in the list.
    pub before: Option<RowId>,
}

/// Cancellations, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<RestCancellation>, Error> {
    let mut query = rest_cancellations::table
        .select(RestCancellation::as_select())
        .order(rest_cancellations::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(officer) = filter.officer_id {
        query = query.filter(rest_cancellations::officer_id.eq(officer));
    }
    if let Some(units) = &filter.units {
        query = query.filter(rest_cancellations::unit_id.eq_any(units.clone()));
    }
    if let Some(before) = filter.before {
        query = query.filter(rest_cancellations::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// The cancellations of some rest days.
///
/// # Errors
/// When the database does not answer.
pub fn of_rest_days(connection: &mut Conn, rest_days: &[RowId]) -> Result<Vec<RestCancellation>, Error> {
    Ok(among!(connection, rest_cancellations::rest_day_id, rest_days, |these| rest_cancellations::table
        .filter(these)
        .select(RestCancellation::as_select())))
}

/// The cancellations of some officers' rest days between two dates, both included, by officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn between(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RestCancellation>, Error> {
    Ok(among!(connection, rest_cancellations::officer_id, officers, |these| rest_cancellations::table
        .filter(these)
        .filter(rest_cancellations::on_date.ge(from))
        .filter(rest_cancellations::on_date.le(to))
        .order((rest_cancellations::officer_id, rest_cancellations::id))
        .select(RestCancellation::as_select())))
}

/// As [`between`], of those by duty that was worked.
///
/// # Errors
/// When the database does not answer.
pub fn worked(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RestCancellation>, Error> {
    let mut all = between(connection, officers, from, to)?;
    all.retain(|one| one.worked_shift_id.is_some());
    Ok(all)
}

/// The cancellations of days that some officers asked to move and that no lot stands for, by officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn moved(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<RestCancellation>, Error> {
    if officers.is_empty() {
        return Ok(Vec::new());
    }
    Ok(among!(connection, rest_cancellations::officer_id, officers, |these| rest_cancellations::table
        .filter(these)
        .filter(rest_cancellations::reason_code.eq(CancelReason::OfficerRequest))
        .filter(rest_cancellations::lot_id.is_null())
        .order((rest_cancellations::officer_id, rest_cancellations::id))
        .select(RestCancellation::as_select())))
}
