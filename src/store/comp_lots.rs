//! Lots of compensatory rest, the append-only ledger of their minutes, and what officers chose for them.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, on_both};
use super::schema::{comp_choices, comp_lots, comp_movements};
use crate::rules::comp_credit::{Compensation, CreditOrigin};
use crate::rules::terms::{AccountId, LotId, MovementKind, OfficerId, RequestId, RowId, UnitId};

/// One lot as it was earned.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = comp_lots)]
pub struct CompLot {
    /// Id; later lots have later ids.
    pub id: LotId,
    /// Whose.
    pub officer_id: OfficerId,
    /// What was earned.
    pub minutes: i32,
    /// By what.
    pub origin: CreditOrigin,
    /// By which row.
    pub origin_id: RowId,
    /// First date on which it can be used.
    pub earned_on: NaiveDate,
    /// Last date on which a replacement is offered in time, where somebody was told of something.
    pub offer_by: Option<NaiveDate>,
    /// Last date in time.
    pub take_by: NaiveDate,
    /// The unit that owes it.
    pub unit_id: UnitId,
    /// The policy version that gave the dates.
    pub policy: String,
    /// Why, where a person entered it.
    pub reason: Option<String>,
    /// Who; `None` for what the service does by itself.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// One movement. `minutes` is signed: what the lot gains.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = comp_movements)]
pub struct CompMovement {
    /// Id; later movements have later ids.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Which lot.
    pub lot_id: LotId,
    /// What happened.
    pub kind: MovementKind,
    /// How much the lot gained (negative: lost).
    pub minutes: i32,
    /// The date of rest, for what is reserved or released.
    pub leave_on: Option<NaiveDate>,
    /// The leave request.
    pub request_id: Option<RequestId>,
    /// The rest day.
    pub rest_day_id: Option<RowId>,
    /// Until when another replacement is to be offered, where a replacement was cancelled.
    pub offer_by: Option<NaiveDate>,
    /// Why.
    pub cause: String,
    /// Who; `None` for what the service does by itself.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// What an officer chose for what is not reserved of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = comp_choices)]
pub struct CompChoice {
    /// Id; later choices have later ids.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Which lot.
    pub lot_id: LotId,
    /// Time or pay.
    pub choice: Compensation,
    /// Who said so.
    pub account_id: AccountId,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// The lots of an officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, officer: OfficerId) -> Result<Vec<CompLot>, Error> {
    Ok(on_both!(connection, |one| comp_lots::table
        .filter(comp_lots::officer_id.eq(officer))
        .order(comp_lots::id)
        .select(CompLot::as_select())
        .load(one))?)
}

/// The lots of some officers, by officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_many(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<CompLot>, Error> {
    Ok(among!(connection, comp_lots::officer_id, officers, |these| comp_lots::table
        .filter(these)
        .order((comp_lots::officer_id, comp_lots::id))
        .select(CompLot::as_select())))
}

/// One lot.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: LotId) -> Result<Option<CompLot>, Error> {
    Ok(on_both!(connection, |one| comp_lots::table
        .filter(comp_lots::id.eq(id))
        .select(CompLot::as_select())
        .get_result(one)
        .optional())?)
}

/// The lots that one cause has earned: one, or one for each date on which a shift that was moved has stood.
///
/// # Errors
/// When the database does not answer.
pub fn earned_by(connection: &mut Conn, origin: CreditOrigin, origin_id: RowId) -> Result<Vec<CompLot>, Error> {
    Ok(on_both!(connection, |one| comp_lots::table
        .filter(comp_lots::origin.eq(origin))
        .filter(comp_lots::origin_id.eq(origin_id))
        .order(comp_lots::earned_on)
        .select(CompLot::as_select())
        .load(one))?)
}

/// The movements in the lots of an officer, in the order in which they were recorded.
///
/// # Errors
/// When the database does not answer.
pub fn movements(connection: &mut Conn, officer: OfficerId) -> Result<Vec<CompMovement>, Error> {
    Ok(on_both!(connection, |one| comp_movements::table
        .filter(comp_movements::officer_id.eq(officer))
        .order(comp_movements::id)
        .select(CompMovement::as_select())
        .load(one))?)
}

/// The movements in the lots of some officers, by officer, in the order in which they were recorded.
///
/// # Errors
/// When the database does not answer.
pub fn movements_of_many(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<CompMovement>, Error> {
    Ok(among!(connection, comp_movements::officer_id, officers, |these| comp_movements::table
        .filter(these)
        .order((comp_movements::officer_id, comp_movements::id))
        .select(CompMovement::as_select())))
}

/// Whether leave on a date or later has ever drawn on the credit of an officer.
///
/// # Errors
/// When the database does not answer.
pub fn is_drawn_by_leave(connection: &mut Conn, officer: OfficerId, from: NaiveDate) -> Result<bool, Error> {
    Ok(on_both!(connection, |one| diesel::select(diesel::dsl::exists(
        comp_movements::table
            .filter(comp_movements::officer_id.eq(officer))
            .filter(comp_movements::request_id.is_not_null())
            .filter(comp_movements::leave_on.ge(from))
    ))
    .get_result(one))?)
}

/// What an officer chose, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn choices(connection: &mut Conn, officer: OfficerId) -> Result<Vec<CompChoice>, Error> {
    Ok(on_both!(connection, |one| comp_choices::table
        .filter(comp_choices::officer_id.eq(officer))
        .order(comp_choices::id)
        .select(CompChoice::as_select())
        .load(one))?)
}

/// What some officers chose, by officer, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn choices_of_many(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<CompChoice>, Error> {
    Ok(among!(connection, comp_choices::officer_id, officers, |these| comp_choices::table
        .filter(these)
        .order((comp_choices::officer_id, comp_choices::id))
        .select(CompChoice::as_select())))
}

/// Stores a lot.
///
/// # Errors
/// [`super::error::Unique::Credit`] when its cause has earned one already.
pub fn insert(tx: &mut Tx, lot: &CompLot) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| diesel::insert_into(comp_lots::table).values(lot).execute(one))?;
    Ok(())
}

/// Appends movements.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, movements: &[CompMovement]) -> Result<(), Error> {
    // Twelve values a row: 1,000 rows stay below both databases' limit of bind values.
    for some in movements.chunks(1000) {
        match some {
            [row] => on_both!(&mut *tx.connection, |one| {
                diesel::insert_into(comp_movements::table).values(row).execute(one)
            })?,
            _ => on_both!(&mut *tx.connection, |one| {
                diesel::insert_into(comp_movements::table).values(some).execute(one)
            })?,
        };
    }
    Ok(())
}

/// Stores a choice.
///
/// # Errors
/// When the database does not answer.
pub fn choose(tx: &mut Tx, choice: &CompChoice) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| diesel::insert_into(comp_choices::table).values(choice).execute(one))?;
    Ok(())
}
