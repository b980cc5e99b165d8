//! Keys of the interface: each acts through an account of its own, which has no password.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::lock_row;
use super::schema::{accounts, api_keys};
use crate::clock::Moment;
use crate::rules::terms::AccountId;

/// One key. Its id is that of its account, so that the audit trail names it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    /// The account through which it acts.
    pub account_id: AccountId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the key.
    pub key_hash: Vec<u8>,
    /// The last date on which it works.
    pub expires_on: NaiveDate,
    /// Who made it; `None` for the command line.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: NaiveDateTime,
    /// When it was ended.
    pub ended_at: Option<NaiveDateTime>,
    /// By whom.
    pub ended_by: Option<AccountId>,
}

/// Finds a key by the hash of what its bearer shows.
///
/// # Errors
/// When the database does not answer.
pub fn find_by_hash(connection: &mut Conn, hash: &[u8]) -> Result<Option<ApiKey>, Error> {
    Ok(api_keys::table
        .filter(api_keys::key_hash.eq(hash))
        .select(ApiKey::as_select())
        .get_result(connection)
        .optional()?)
}

/// Finds a key.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: AccountId) -> Result<Option<ApiKey>, Error> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).get_result(connection).optional()?)
}

/// Keys, newest first, before one.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, before: Option<AccountId>, limit: i64) -> Result<Vec<ApiKey>, Error> {
    let mut query =
        api_keys::table.select(ApiKey::as_select()).order(api_keys::account_id.desc()).limit(limit).into_boxed();
    if let Some(before) = before {
        query = query.filter(api_keys::account_id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// How many keys work or will.
///
/// # Errors
/// When the database does not answer.
pub fn live(connection: &mut Conn, today: NaiveDate) -> Result<i64, Error> {
    Ok(api_keys::table
        .filter(api_keys::ended_at.is_null())
        .filter(api_keys::expires_on.ge(today))
        .count()
        .get_result(connection)?)
}

/// Stores a key; its account is there already.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, key: &ApiKey) -> Result<(), Error> {
    diesel::insert_into(api_keys::table).values(key).execute(tx.connection)?;
    Ok(())
}

/// Locks a key until the transaction ends, by its account's row.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: AccountId) -> Result<ApiKey, Error> {
    let _: AccountId = lock_row!(&mut *tx.connection, accounts, id)?;
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).get_result(tx.connection)?)
}

/// Ends a key.
///
/// # Errors
/// When the database does not answer.
pub fn end(tx: &mut Tx, id: AccountId, by: Option<AccountId>, moment: &Moment) -> Result<(), Error> {
    diesel::update(api_keys::table.find(id))
        .set((api_keys::ended_at.eq(Some(moment.stamp())), api_keys::ended_by.eq(by)))
        .execute(tx.connection)?;
    Ok(())
}
