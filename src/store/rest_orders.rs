//! Rest orders (强制休息令) and the duty that somebody let happen inside them.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::duty_shifts::{ShiftState, Worked};
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, lock_row, on_both};
use super::schema::{duty_shifts, rest_order_overrides, rest_orders};
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// Who drafted a rest order.
    OrderOrigin {
        /// The rule, after a duty that was too long.
        Rule = "rule",
        /// A leader.
        Leader = "leader",
    }
}

vocabulary! {
    /// What became of a rest order.
    OrderState {
        /// Drafted.
        Draft = "draft",
        /// Issued: it binds the roster.
        Issued = "issued",
        /// Ended before its time, or discarded.
        Ended = "ended",
    }
}

/// One rest order.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_orders)]
pub struct RestOrder {
    /// Id.
    pub id: RowId,
    /// Who is to rest.
    pub officer_id: OfficerId,
    /// The unit that drafted it: the officer's then.
    pub unit_id: UnitId,
    /// Who drafted it.
    pub origin: OrderOrigin,
    /// What became of it.
    pub state: OrderState,
    /// Why, where a leader says so.
    pub reason: Option<String>,
    /// First instant of the duty that is the cause.
    pub duty_from: Option<NaiveDateTime>,
    /// First instant after it.
    pub duty_to: Option<NaiveDateTime>,
    /// First instant of rest, once it is issued.
    pub from_at: Option<NaiveDateTime>,
    /// First instant after it.
    pub to_at: Option<NaiveDateTime>,
    /// Who stands in.
    pub cover_officer_id: Option<OfficerId>,
    /// Who drafted it; `None` for the service itself.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: NaiveDateTime,
    /// Who issued it.
    pub issued_by: Option<AccountId>,
    /// When.
    pub issued_at: Option<NaiveDateTime>,
    /// Who ended it.
    pub ended_by: Option<AccountId>,
    /// When.
    pub ended_at: Option<NaiveDateTime>,
    /// Counts the changes; shown as `ETag`.
    pub version: i32,
    /// Why it was ended before its time, or discarded.
    pub end_reason: Option<String>,
}

/// Duty that somebody let happen inside a rest order.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_order_overrides)]
pub struct Override {
    /// Id.
    pub id: RowId,
    /// Inside which.
    pub order_id: RowId,
    /// Why.
    pub reason: String,
    /// From when on.
    pub from_at: NaiveDateTime,
    /// The instant at which it lapses.
    pub until_at: NaiveDateTime,
    /// By whom.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// Finds a rest order.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<RestOrder>, Error> {
    Ok(rest_orders::table.find(id).select(RestOrder::as_select()).get_result(connection).optional()?)
}

/// Locks a rest order until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: RowId) -> Result<RestOrder, Error> {
    let _: RowId = lock_row!(&mut *tx.connection, rest_orders, id)?;
    find(tx.connection, id)?.ok_or(Error::NotFound)
}

/// What leaders have drafted for an officer and nobody has issued or discarded yet, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn drafts_of(connection: &mut Conn, officer: OfficerId) -> Result<Vec<RestOrder>, Error> {
    Ok(rest_orders::table
        .filter(rest_orders::officer_id.eq(officer))
        .filter(rest_orders::state.eq(OrderState::Draft))
        .filter(rest_orders::origin.eq(OrderOrigin::Leader))
        .order(rest_orders::id)
        .select(RestOrder::as_select())
        .load(connection)?)
}

/// The orders that the rule drafted for a duty of an officer, whatever became of them, earliest first: those whose duty
/// overlaps it. The hours of a duty move when others are agreed on; it stays the same duty.
///
/// # Errors
/// When the database does not answer.
pub fn of_duty(
    connection: &mut Conn,
    officer: OfficerId,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<RestOrder>, Error> {
    Ok(rest_orders::table
        .filter(rest_orders::officer_id.eq(officer))
        .filter(rest_orders::duty_from.lt(to))
        .filter(rest_orders::duty_to.gt(from))
        .filter(rest_orders::origin.eq(OrderOrigin::Rule))
        .order(rest_orders::duty_from)
        .select(RestOrder::as_select())
        .load(connection)?)
}

/// The issued orders of some officers whose rest touches two instants, those that were ended included.
///
/// # Errors
/// When the database does not answer.
pub fn binding(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<Vec<RestOrder>, Error> {
    Ok(among!(connection, rest_orders::officer_id, officers, |these| rest_orders::table
        .filter(these)
        .filter(rest_orders::issued_at.is_not_null())
        .filter(rest_orders::to_at.gt(from))
        .filter(rest_orders::from_at.lt(to))
        .order((rest_orders::officer_id, rest_orders::from_at))
        .select(RestOrder::as_select())))
}

/// The duty that began in the last days, of whomever some units planned for: officer, beginning and end as they were, by
/// officer and beginning.
///
/// # Errors
/// When the database does not answer.
pub fn recent_duty(
    connection: &mut Conn,
    units: &[UnitId],
    since: NaiveDateTime,
    until: NaiveDateTime,
) -> Result<Vec<(OfficerId, NaiveDateTime, NaiveDateTime)>, Error> {
    let rows: Vec<Worked> = among!(connection, duty_shifts::unit_id, units, |these| duty_shifts::table
        .filter(these)
        .filter(duty_shifts::starts_at.gt(since))
        .filter(duty_shifts::starts_at.le(until))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .select(Worked::as_select()));
    let duty = rows.iter().filter(|row| row.kind.is_duty()).map(|row| {
        let fact = row.fact();
        (row.officer_id, fact.starts_at.naive_utc(), fact.ends_at.naive_utc())
    });
    let mut duty: Vec<_> = duty.collect();
    duty.sort_unstable();
    Ok(duty)
}

/// What was let happen inside some orders, in order.
///
/// # Errors
/// When the database does not answer.
pub fn overrides(connection: &mut Conn, orders: &[RowId]) -> Result<Vec<Override>, Error> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    Ok(among!(connection, rest_order_overrides::order_id, orders, |these| rest_order_overrides::table
        .filter(these)
        .order((rest_order_overrides::order_id, rest_order_overrides::id))
        .select(Override::as_select())))
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only drafted by these units; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only for this officer.
    pub officer_id: Option<OfficerId>,
    /// Only in this state.
    pub state: Option<OrderState>,
    /// Only those before this one in the list.
    pub before: Option<RowId>,
}

/// Rest orders, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<RestOrder>, Error> {
    let mut query = rest_orders::table.select(RestOrder::as_select()).limit(limit).into_boxed();
    // Of some units: by unit, then sorted. The first key is the same for all: it keeps PostgreSQL from reading the rows of
    // everybody in the order of their ids.
    query = match &filter.units {
        Some(units) => query
            .filter(rest_orders::unit_id.eq_any(units.clone()))
            .order((rest_orders::unit_id.is_null(), rest_orders::id.desc())),
        None => query.order(rest_orders::id.desc()),
    };
    if let Some(officer) = filter.officer_id {
        query = query.filter(rest_orders::officer_id.eq(officer));
    }
    if let Some(state) = filter.state {
        query = query.filter(rest_orders::state.eq(state));
    }
    if let Some(before) = filter.before {
        query = query.filter(rest_orders::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Stores a rest order.
///
/// # Errors
/// [`super::error::Unique::RestOrder`] where the rule has drafted one for the duty.
pub fn insert(tx: &mut Tx, order: &RestOrder) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| diesel::insert_into(rest_orders::table).values(order).execute(one))?;
    Ok(())
}

/// Changes a rest order that is locked; for whom and by whom it was drafted stays.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, order: &RestOrder) -> Result<RestOrder, Error> {
    let edited = RestOrder { version: order.version + 1, ..order.clone() };
    diesel::update(rest_orders::table.find(edited.id))
        .set((
            rest_orders::state.eq(edited.state),
            rest_orders::duty_from.eq(edited.duty_from),
            rest_orders::duty_to.eq(edited.duty_to),
            rest_orders::from_at.eq(edited.from_at),
            rest_orders::to_at.eq(edited.to_at),
            rest_orders::cover_officer_id.eq(edited.cover_officer_id),
            rest_orders::issued_by.eq(edited.issued_by),
            rest_orders::issued_at.eq(edited.issued_at),
            rest_orders::ended_by.eq(edited.ended_by),
            rest_orders::ended_at.eq(edited.ended_at),
            rest_orders::end_reason.eq(edited.end_reason.clone()),
            rest_orders::version.eq(edited.version),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}

/// Adds duty that somebody lets happen.
///
/// # Errors
/// When the database does not answer.
pub fn append_override(tx: &mut Tx, one: &Override) -> Result<(), Error> {
    diesel::insert_into(rest_order_overrides::table).values(one).execute(tx.connection)?;
    Ok(())
}

/// The orders that some units drafted and nobody issued or discarded.
///
/// # Errors
/// When the database does not answer.
pub fn drafts_of_units(connection: &mut Conn, units: &[UnitId]) -> Result<Vec<RestOrder>, Error> {
    Ok(rest_orders::table
        .filter(rest_orders::unit_id.eq_any(units))
        .filter(rest_orders::issued_at.is_null())
        .filter(rest_orders::ended_at.is_null())
        .select(RestOrder::as_select())
        .load(connection)?)
}
