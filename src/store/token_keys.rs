//! The keys that sign tokens, where no key is configured: SQLite keeps its own.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::token_keys;
use crate::clock::Moment;

/// One key.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = token_keys)]
pub struct TokenKey {
    /// Its name, part of every token that it signed.
    pub kid: String,
    /// 32 random bytes.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

/// The keys, newest first: the first signs, all verify.
///
/// # Errors
/// When the database does not answer.
pub fn all(connection: &mut Conn) -> Result<Vec<TokenKey>, Error> {
    Ok(token_keys::table
        .order((token_keys::created_at.desc(), token_keys::kid.desc()))
        .select(TokenKey::as_select())
        .load(connection)?)
}

/// Stores a key, which signs from now on.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, kid: &str, secret: &[u8], moment: &Moment) -> Result<(), Error> {
    diesel::insert_into(token_keys::table)
        .values((token_keys::kid.eq(kid), token_keys::secret.eq(secret), token_keys::created_at.eq(moment.stamp())))
        .execute(tx.connection)?;
    Ok(())
}

/// Removes a key: what it signed is refused from now on. Tells whether it was there.
///
/// # Errors
/// When the database does not answer.
pub fn remove(tx: &mut Tx, kid: &str) -> Result<usize, Error> {
    Ok(diesel::delete(token_keys::table.find(kid)).execute(tx.connection)?)
}
