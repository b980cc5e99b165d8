//! What was paid of lots of compensatory rest, and for which month. Rows are only ever added.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::comp_payments;
use crate::rules::terms::{AccountId, LotId, OfficerId, RowId};

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = comp_payments)]
pub struct CompPayment {
    /// Id.
    pub id: RowId,
    /// To whom.
    pub officer_id: OfficerId,
    /// Of which lot.
    pub lot_id: LotId,
    /// The first date of the month for which it was paid: the month in which the lot was earned.
    pub month_on: NaiveDate,
    /// Minutes of the lot.
    pub minutes: i32,
    /// Minutes that the month pays at the most; `None` where no policy sets a cap.
    pub cap_minutes: Option<i32>,
    /// What it comes to, in the smallest unit; `None` where no policy sets a rate.
    pub amount: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Under which version of the policy.
    pub policy: Option<String>,
    /// Where it was paid.
    pub note: Option<String>,
    /// Who recorded it.
    pub account_id: Option<AccountId>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// The payments of an officer for a month, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_month(connection: &mut Conn, officer: OfficerId, month_on: NaiveDate) -> Result<Vec<CompPayment>, Error> {
    Ok(comp_payments::table
        .filter(comp_payments::officer_id.eq(officer))
        .filter(comp_payments::month_on.eq(month_on))
        .order(comp_payments::id)
        .select(CompPayment::as_select())
        .load(connection)?)
}

/// The payments of a lot, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_lot(connection: &mut Conn, lot: LotId) -> Result<Vec<CompPayment>, Error> {
    Ok(comp_payments::table
        .filter(comp_payments::lot_id.eq(lot))
        .order(comp_payments::id)
        .select(CompPayment::as_select())
        .load(connection)?)
}

/// Stores a payment.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, payment: &CompPayment) -> Result<(), Error> {
    diesel::insert_into(comp_payments::table).values(payment).execute(tx.connection)?;
    Ok(())
}
