//! Lots of leave and the append-only ledger of their movements (RULINGS 16a).

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::dates::{Day, MaybeDay, Stamp};
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::{leave_ledger, leave_lots};
use crate::clock::Moment;
use crate::rules::balance;
use crate::rules::terms::{
    AccountId, HalfDays, LeaveKind, LotId, LotSource, MovementKind, OfficerId, RequestId, RowId,
};

/// The unit of every movement so far; minutes follow with compensatory rest.
pub const HALF_DAY: &str = "half_day";

/// One lot of an officer and a kind of leave as it is recorded. What the year's own lot holds is derived from facts and
/// never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_lots)]
pub struct Lot {
    /// Id.
    pub id: LotId,
    /// Where it comes from.
    pub source: LotSource,
    /// The leave year it was earned in.
    pub origin_year: i32,
    /// First date on which it may be taken.
    #[diesel(deserialize_as = Day)]
    pub valid_from: NaiveDate,
    /// Last date on which it may be taken.
    #[diesel(deserialize_as = Day)]
    pub expires_on: NaiveDate,
}

/// One movement. `quantity` is signed: what the lot gains.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_ledger)]
#[diesel(treat_none_as_default_value = false)]
pub struct Movement {
    /// Id; later movements have later ids.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Which lot.
    pub lot_id: LotId,
    /// What happened.
    pub kind: MovementKind,
    /// How much the lot gained (negative: lost).
    pub quantity: HalfDays,
    /// [`HALF_DAY`].
    pub unit: String,
    /// The date of leave, for days bound or given back by a request.
    #[diesel(deserialize_as = MaybeDay)]
    pub leave_on: Option<NaiveDate>,
    /// The request.
    pub request_id: Option<RequestId>,
    /// Why, in the words of whoever did it, or a stable word of the service.
    pub cause: String,
    /// Who; `None` for what the service does by itself.
    pub account_id: Option<AccountId>,
    /// When.
    #[diesel(deserialize_as = Stamp)]
    pub recorded_at: NaiveDateTime,
}

/// The lots of an officer of one kind, earliest expiry first.
///
/// # Errors
/// When the database does not answer.
pub fn lots(connection: &mut Conn, officer: OfficerId, kind: LeaveKind) -> Result<Vec<Lot>, Error> {
    let mut theirs: Vec<Lot> = on_both!(connection, |one| leave_lots::table
        .filter(leave_lots::officer_id.eq(officer))
        .filter(leave_lots::kind.eq(kind))
        .select(Lot::as_select())
        .load(one))?;
    theirs.sort_unstable_by_key(|lot| (lot.expires_on, lot.origin_year, lot.id));
    Ok(theirs)
}

/// The movements of these lots of an officer, in the order in which they were recorded.
///
/// # Errors
/// When the database does not answer.
pub fn movements(connection: &mut Conn, officer: OfficerId, lots: &[Lot]) -> Result<Vec<Movement>, Error> {
    if lots.is_empty() {
        return Ok(Vec::new());
    }
    let mut theirs: Vec<Movement> = on_both!(connection, |one| leave_ledger::table
        .filter(leave_ledger::officer_id.eq(officer))
        .order(leave_ledger::id)
        .select(Movement::as_select())
        .load(one))?;
    // They are one person's: which of them count is seen here, without a look at a lot for each.
    theirs.retain(|movement| lots.iter().any(|lot| lot.id == movement.lot_id));
    Ok(theirs)
}

/// As [`movements`], in the words of the rules: without who did it, when and why, which is more than half of a row.
///
/// # Errors
/// When the database does not answer.
pub fn moved(connection: &mut Conn, officer: OfficerId, lots: &[Lot]) -> Result<Vec<balance::Movement>, Error> {
    if lots.is_empty() {
        return Ok(Vec::new());
    }
    type Row = (LotId, MovementKind, HalfDays, MaybeDay, Option<RequestId>);
    let rows: Vec<Row> = on_both!(connection, |one| leave_ledger::table
        .filter(leave_ledger::officer_id.eq(officer))
        .order(leave_ledger::id)
        .select((
            leave_ledger::lot_id,
            leave_ledger::kind,
            leave_ledger::quantity,
            leave_ledger::leave_on,
            leave_ledger::request_id,
        ))
        .load(one))?;
    let theirs = rows.into_iter().filter(|(lot_id, ..)| lots.iter().any(|lot| lot.id == *lot_id));
    Ok(theirs
        .map(|(lot_id, kind, quantity, leave_on, request_id)| balance::Movement {
            lot_id,
            kind,
            quantity,
            leave_on: leave_on.into(),
            request_id,
        })
        .collect())
}

/// Makes sure that a lot is recorded; the year's own lot is written down with its first movement.
///
/// # Errors
/// When the database does not answer.
pub fn ensure_lot(tx: &mut Tx, officer: OfficerId, kind: LeaveKind, lot: Lot, moment: &Moment) -> Result<(), Error> {
    let row = (
        lot,
        leave_lots::officer_id.eq(officer),
        leave_lots::kind.eq(kind),
        leave_lots::recorded_at.eq(moment.stamp()),
    );
    on_both!(&mut *tx.connection, |one| {
        diesel::insert_into(leave_lots::table).values(row).on_conflict_do_nothing().execute(one)
    })?;
    Ok(())
}

/// Appends movements.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, movements: &[Movement]) -> Result<(), Error> {
    // Eleven values a row: 1,000 rows stay below both databases' limit of bind values.
    for some in movements.chunks(1000) {
        // The statement for one row is always the same and planned once.
        match some {
            [row] => {
                on_both!(&mut *tx.connection, |one| diesel::insert_into(leave_ledger::table).values(row).execute(one))?
            }
            _ => {
                on_both!(&mut *tx.connection, |one| diesel::insert_into(leave_ledger::table).values(some).execute(one))?
            }
        };
    }
    Ok(())
}
