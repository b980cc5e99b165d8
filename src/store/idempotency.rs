//! Answers kept for retries: one row per account, method, path and key, written in the transaction of the effect.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::idempotency_keys as keys;
use crate::clock::Moment;
use crate::rules::terms::AccountId;

/// How long an answer is kept at least; older rows of the same account are removed with its next keyed act.
const KEPT: TimeDelta = TimeDelta::hours(48);

/// What identifies a retry.
#[derive(Debug, Clone)]
pub struct Key {
    /// Who asked.
    pub account_id: AccountId,
    /// HTTP method.
    pub method: &'static str,
    /// Path with its ids, and the query.
    pub path: String,
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the body.
    pub body_hash: [u8; 32],
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Answer {
    /// Status.
    pub status: i32,
    /// Body.
    pub body: String,
    /// `Location`.
    pub location: Option<String>,
    /// `ETag`.
    pub etag: Option<String>,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The key is new: run the act, then [`keep`] its answer.
    Fresh,
    /// The act was done; this was its answer.
    Done(Answer),
    /// The key was used with another body.
    Mismatch,
}

/// Claims a key. Another transaction that holds the same key is waited for.
///
/// # Errors
/// When the database does not answer.
pub fn claim(tx: &mut Tx, key: &Key, moment: &Moment) -> Result<Claim, Error> {
    on_both!(&mut *tx.connection, |one| diesel::delete(keys::table)
        .filter(keys::account_id.eq(key.account_id))
        .filter(keys::created_at.lt(moment.stamp() - KEPT))
        .execute(one))?;
    let stored: Option<Stored> = match &mut *tx.connection {
        // There is one writer at a time: the row is written once, with its answer.
        Conn::Sqlite(one) => row_of(key).select(ANSWERED).get_result(one).optional()?,
        Conn::Postgres(one) => {
            let row = (identity(key), keys::created_at.eq(moment.stamp()));
            let claimed = diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(one)?;
            if claimed == 1 { None } else { Some(row_of(key).select(ANSWERED).get_result(one)?) }
        }
    };
    match stored {
        None => Ok(Claim::Fresh),
        Some((hash, ..)) if hash != key.body_hash => Ok(Claim::Mismatch),
        Some((_, Some(status), Some(body), location, etag)) => Ok(Claim::Done(Answer { status, body, location, etag })),
        // A row without an answer cannot be committed; if it is there, a hand put it there.
        Some(_) => Err(Error::Other("an idempotency key without an answer".into())),
    }
}

/// The columns of [`Stored`].
const ANSWERED: (keys::body_hash, keys::status, keys::body, keys::location, keys::etag) =
    (keys::body_hash, keys::status, keys::body, keys::location, keys::etag);

type Stored = (Vec<u8>, Option<i32>, Option<String>, Option<String>, Option<String>);

#[diesel::dsl::auto_type(no_type_alias)]
fn row_of<'a>(key: &'a Key) -> _ {
    let method: &'a str = key.method;
    let path: &'a str = key.path.as_str();
    let text: &'a str = key.key.as_str();
    let account: AccountId = key.account_id;
    keys::table
        .filter(keys::account_id.eq(account))
        .filter(keys::method.eq(method))
        .filter(keys::path.eq(path))
        .filter(keys::idempotency_key.eq(text))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn identity<'a>(key: &'a Key) -> _ {
    let method: &'a str = key.method;
    let path: &'a str = key.path.as_str();
    let text: &'a str = key.key.as_str();
    let hash: &'a [u8] = key.body_hash.as_slice();
    let account: AccountId = key.account_id;
    (
        keys::account_id.eq(account),
        keys::method.eq(method),
        keys::path.eq(path),
        keys::idempotency_key.eq(text),
        keys::body_hash.eq(hash),
    )
}

/// Keeps the answer of the act that claimed the key.
///
/// # Errors
/// When the database does not answer.
pub fn keep(tx: &mut Tx, key: &Key, answer: &Answer, moment: &Moment) -> Result<(), Error> {
    let kept = (
        keys::status.eq(answer.status),
        keys::body.eq(&answer.body),
        keys::location.eq(answer.location.as_deref()),
        keys::etag.eq(answer.etag.as_deref()),
    );
    match &mut *tx.connection {
        Conn::Sqlite(one) => {
            let row = (identity(key), keys::created_at.eq(moment.stamp()), kept);
            diesel::insert_into(keys::table).values(row).execute(one)?
        }
        Conn::Postgres(one) => diesel::update(row_of(key)).set(kept).execute(one)?,
    };
    Ok(())
}
