//! The keys that sign tokens: where they come from, and their rotation without signing anybody out.
//!
//! Configured keys are exchanged by configuration and a restart, instance by instance. SQLite keeps its own; there a
//! running service follows within [`FOLLOWED_WITHIN`].

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use super::ctx::{Ctx, Subject};
use super::error::{Code, Error};
use super::hindrance::Hindrance;
use crate::auth::tokens::KeyRing;
use crate::clock::Moment;
use crate::rules::terms::Instant;
use crate::store::{self, Conn, Tx};

pub use crate::store::token_keys::TokenKey;

/// A running service knows a new or ended key after this time at the latest.
pub const FOLLOWED_WITHIN: TimeDelta = TimeDelta::seconds(1);
/// Keys that are kept at once at most: an access token holds a day at the longest.
const KEYS_MAX: usize = 20;

/// Where the keys come from.
#[derive(Debug)]
pub enum KeySource {
    /// The configuration; they stay as they are while the service runs.
    Configured,
    /// The database itself, read last at this instant.
    Own(Mutex<Instant>),
}

impl KeySource {
    /// The database's own keys, read at an instant.
    #[must_use]
    pub const fn own(read_at: Instant) -> Self {
        Self::Own(Mutex::new(read_at))
    }

    /// Reads the keys again where that is due.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn follow(&self, connection: &mut Conn, ring: &KeyRing, moment: &Moment) -> Result<(), Error> {
        let Self::Own(read_at) = self else { return Ok(()) };
        {
            let mut read_at = read_at.lock().unwrap_or_else(PoisonError::into_inner);
            // A clock that was set back must not put the next reading off.
            if (moment.now() - *read_at).abs() < FOLLOWED_WITHIN {
                return Ok(());
            }
            *read_at = moment.now();
        }
        let keys = pairs(&store::token_keys::all(connection)?);
        if !keys.is_empty() {
            ring.replace(&keys).map_err(|error| Error::Internal(error.to_string()))?;
        }
        Ok(())
    }
}

fn pairs(keys: &[TokenKey]) -> Vec<(String, Vec<u8>)> {
    keys.iter().map(|key| (key.kid.clone(), key.secret.clone())).collect()
}

/// The database's own keys; the first is made on first start.
///
/// # Errors
/// When the database does not answer.
pub fn own(tx: &mut Tx, moment: &Moment) -> Result<Vec<(String, Vec<u8>)>, Error> {
    if store::token_keys::all(tx.reading())?.is_empty() {
        make(tx, moment)?;
    }
    Ok(pairs(&store::token_keys::all(tx.reading())?))
}

fn make(tx: &mut Tx, moment: &Moment) -> Result<String, Error> {
    let kid = format!("k{}", moment.new_id().simple());
    store::token_keys::insert(tx, &kid, &rand::random::<[u8; 32]>(), moment)?;
    Ok(kid)
}

fn subject(kid: &str) -> Subject {
    // The id in the name; a key that was named by hand has none.
    let id = kid.strip_prefix('k').and_then(|id| id.parse().ok()).unwrap_or_default();
    Subject { kind: "token_key", id, officer_id: None }
}

/// The keys, newest first: the first signs.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn) -> Result<Vec<TokenKey>, Error> {
    Ok(store::token_keys::all(connection)?)
}

/// Makes a new key that signs from now on; what the others signed still holds.
///
/// # Errors
/// [`Code::WrongState`] when there are too many keys: old ones must be ended first.
pub fn rotate(tx: &mut Tx, ctx: &Ctx) -> Result<String, Error> {
    if store::token_keys::all(tx.reading())?.len() >= KEYS_MAX {
        return Err(Hindrance::TooMany.into());
    }
    let kid = make(tx, &ctx.moment)?;
    ctx.audit(tx, "token_key.made", subject(&kid), None, Some(serde_json::json!({"kid": kid})))?;
    Ok(kid)
}

/// Ends a key: what it signed is refused from now on. Sign-ins are refreshed all the same.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::WrongState`] for the key that signs: another must be made first.
pub fn end(tx: &mut Tx, ctx: &Ctx, kid: &str) -> Result<(), Error> {
    let keys = store::token_keys::all(tx.reading())?;
    if !keys.iter().any(|key| key.kid == kid) {
        return Err(Code::NotFound.into());
    }
    if keys.first().is_some_and(|signs| signs.kid == kid) {
        return Err(Hindrance::Signs.into());
    }
    store::token_keys::remove(tx, kid)?;
    ctx.audit(tx, "token_key.ended", subject(kid), Some(serde_json::json!({"kid": kid})), None)?;
    Ok(())
}
