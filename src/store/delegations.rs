//! Delegations: who decides in whose place, from one date to another.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::accounts::AccountKind;
use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::among;
use super::schema::{accounts, delegations};
use crate::clock::Moment;
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId};

/// One delegation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = delegations)]
pub struct Delegation {
    /// Id.
    pub id: RowId,
    /// In whose place.
    pub from_account_id: AccountId,
    /// Who decides.
    pub to_account_id: AccountId,
    /// For the people of this unit and everything under it; `None`: wherever the delegator decides.
    pub unit_id: Option<UnitId>,
    /// First date.
    pub from_on: NaiveDate,
    /// Last date.
    pub to_on: NaiveDate,
    /// Who recorded it; `None` for the command line.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: NaiveDateTime,
    /// When it was ended before its time.
    pub ended_at: Option<NaiveDateTime>,
    /// By whom.
    pub ended_by: Option<AccountId>,
}

/// A delegation that holds on a date, to an enabled account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// In whose place.
    pub from: AccountId,
    /// Who decides.
    pub to: AccountId,
    /// The officer behind the one who decides.
    pub to_officer: Option<OfficerId>,
    /// Where; `None`: wherever the delegator decides.
    pub unit_id: Option<UnitId>,
}

/// Finds a delegation.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Delegation>, Error> {
    Ok(delegations::table.find(id).select(Delegation::as_select()).get_result(connection).optional()?)
}

/// Delegations that hold on a date, of any of these delegators.
///
/// # Errors
/// When the database does not answer.
pub fn standing_in_for(connection: &mut Conn, from: &[AccountId], on: NaiveDate) -> Result<Vec<Standing>, Error> {
    let rows: Vec<(AccountId, AccountId, Option<OfficerId>, Option<UnitId>)> =
        among!(connection, delegations::from_account_id, from, |these| delegations::table
            .inner_join(accounts::table)
            .filter(these)
            .filter(delegations::ended_at.is_null())
            .filter(delegations::from_on.le(on))
            .filter(delegations::to_on.ge(on))
            .filter(accounts::disabled_at.is_null())
            .filter(accounts::kind.eq(AccountKind::Person))
            .order((delegations::from_account_id, delegations::id))
            .select((
                delegations::from_account_id,
                delegations::to_account_id,
                accounts::officer_id,
                delegations::unit_id
            )));
    Ok(rows.into_iter().map(|(from, to, to_officer, unit_id)| Standing { from, to, to_officer, unit_id }).collect())
}

/// Delegations to an account that hold on a date.
///
/// # Errors
/// When the database does not answer.
pub fn held_by(connection: &mut Conn, to: AccountId, on: NaiveDate) -> Result<Vec<Delegation>, Error> {
    Ok(delegations::table
        .filter(delegations::to_account_id.eq(to))
        .filter(delegations::ended_at.is_null())
        .filter(delegations::from_on.le(on))
        .filter(delegations::to_on.ge(on))
        .order(delegations::id)
        .select(Delegation::as_select())
        .load(connection)?)
}

/// Delegations of an account that hold on a date or will.
///
/// # Errors
/// When the database does not answer.
pub fn live_of(connection: &mut Conn, from: AccountId, today: NaiveDate) -> Result<Vec<Delegation>, Error> {
    Ok(delegations::table
        .filter(delegations::from_account_id.eq(from))
        .filter(delegations::ended_at.is_null())
        .filter(delegations::to_on.ge(today))
        .order(delegations::id)
        .select(Delegation::as_select())
        .load(connection)?)
}

/// Which of these officers decide for somebody, now or later, by any of their accounts.
///
/// # Errors
/// When the database does not answer.
pub fn delegates_among(
    connection: &mut Conn,
    officers: &[OfficerId],
    accounts: &[AccountId],
    today: NaiveDate,
) -> Result<Vec<Option<OfficerId>>, Error> {
    Ok(delegations::table
        .inner_join(accounts::table)
        .filter(delegations::ended_at.is_null())
        .filter(delegations::to_on.ge(today))
        .filter(accounts::officer_id.eq_any(officers).or(accounts::id.eq_any(accounts)))
        .select(accounts::officer_id)
        .load(connection)?)
}

/// What a list of delegations may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those from or to this account, or on one of these units; `None` means all.
    pub among: Option<(AccountId, Vec<UnitId>)>,
    /// Only those before this one in the list.
    pub before: Option<RowId>,
}

/// Delegations, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Delegation>, Error> {
    let mut query =
        delegations::table.select(Delegation::as_select()).order(delegations::id.desc()).limit(limit).into_boxed();
    if let Some((account, units)) = &filter.among {
        query = query.filter(
            delegations::from_account_id
                .eq(*account)
                .or(delegations::to_account_id.eq(*account))
                .or(delegations::unit_id.eq_any(units.clone())),
        );
    }
    if let Some(before) = filter.before {
        query = query.filter(delegations::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Stores a delegation.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, delegation: &Delegation) -> Result<(), Error> {
    diesel::insert_into(delegations::table).values(delegation).execute(tx.connection)?;
    Ok(())
}

/// Ends a delegation that has not been ended.
///
/// # Errors
/// When the database does not answer.
pub fn end(tx: &mut Tx, id: RowId, by: Option<AccountId>, moment: &Moment) -> Result<(), Error> {
    diesel::update(delegations::table.find(id))
        .filter(delegations::ended_at.is_null())
        .set((delegations::ended_at.eq(Some(moment.stamp())), delegations::ended_by.eq(by)))
        .execute(tx.connection)?;
    Ok(())
}
