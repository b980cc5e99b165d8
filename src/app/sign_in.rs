//! Signing in and out, and finding out who bears a token.

use std::sync::Arc;

use chrono::TimeDelta;

use super::bearers::{Bearer, Bearers, Known, OwnFacts};
use super::ctx::{Caller, CallerKind, Ctx, Subject};
use super::error::{Code, Error, FieldError};
use super::names;
use super::token_keys::KeySource;
use crate::auth::passwords::{self, Passwords};
use crate::auth::throttle::Throttle;
use crate::auth::tokens::{self, Claims, KeyRing};
use crate::clock::Moment;
use crate::rules::terms::{AccountId, RowId};
use crate::store::law::Revisions;
use crate::store::sessions::{RefreshToken, Session};
use crate::store::{self, Conn, Database, Tx};

/// A refresh token whose answer was lost may be used again for this long.
const LOST_ANSWER: TimeDelta = TimeDelta::seconds(10);

/// What signing in needs beside the database.
#[derive(Debug)]
pub struct SignIn {
    /// Keys of the tokens.
    pub keys: KeyRing,
    /// Where they come from.
    pub key_source: KeySource,
    /// Password computations.
    pub passwords: Passwords,
    /// Failure counts.
    pub throttle: Throttle,
    /// Who bore the tokens that were asked with of late.
    pub bearers: Bearers,
    /// How long an access token holds, in seconds.
    pub access_seconds: i64,
    /// How long a sign-in holds without being used, in days.
    pub refresh_days: i64,
}

/// What a successful sign-in gives.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Access token.
    pub access_token: String,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// Refresh token.
    pub refresh_token: String,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
}

impl From<passwords::Error> for Error {
    fn from(error: passwords::Error) -> Self {
        match error {
            passwords::Error::Busy => Self::Throttled(2),
            passwords::Error::Failed => Self::Internal("argon2 failed".to_owned()),
        }
    }
}

impl SignIn {
    /// Signs in with name and password.
    ///
    /// # Errors
    /// [`Code::BadCredentials`] whatever is wrong with them; [`Error::Throttled`] after too many failures.
    pub fn with_password(
        &self,
        database: &Database,
        moment: &Moment,
        username: &str,
        password: &str,
        place: &str,
    ) -> Result<Signed, Error> {
        let (plain, key) = (names::plain(username), names::key(username));
        if let Some(seconds) = self.throttle.wait(&key, place, moment.now()) {
            return Err(Error::Throttled(seconds));
        }
        let account =
            database.read(|connection| store::accounts::find_by_name(connection, [username, &plain], &key))?;
        // The password is computed outside any transaction: it is slow on purpose.
        let usable = password.len() <= passwords::BYTES_MAX;
        let hash = account.as_ref().map(|account| account.password_hash.as_str()).filter(|_| usable);
        let matches = self.passwords.matches(if usable { password } else { "" }, hash)?;
        let account = account.filter(|account| matches && account.disabled_at.is_none());
        let Some(account) = account else {
            self.throttle.failed(&key, place, moment.now());
            return Err(Code::BadCredentials.into());
        };
        self.throttle.succeeded(&key, place, moment.now());
        database.write(|tx| {
            // Read again under lock: between the check and now the account may have been disabled.
            let current = store::accounts::lock(tx, account.id)?;
            if current.disabled_at.is_some() || current.password_hash != account.password_hash {
                return Err(Error::Code(Code::BadCredentials));
            }
            let session = Session {
                id: RowId(moment.new_id()),
                account_id: account.id,
                created_at: moment.stamp(),
                expires_at: moment.stamp() + TimeDelta::days(self.refresh_days),
                ended_at: None,
            };
            store::sessions::insert(tx, &session)?;
            self.issue(tx, moment, &session, current.must_change_password)
        })
    }

    fn issue(&self, tx: &mut Tx, moment: &Moment, session: &Session, must_change: bool) -> Result<Signed, Error> {
        self.key_source.follow(tx.reading(), &self.keys, moment)?;
        let refresh_token = tokens::new_refresh_token();
        store::sessions::insert_refresh_token(
            tx,
            &RefreshToken {
                token_hash: tokens::hash(&refresh_token).to_vec(),
                session_id: session.id,
                issued_at: moment.stamp(),
                expires_at: moment.stamp() + TimeDelta::days(self.refresh_days),
                used_at: None,
            },
        )?;
        let issued = moment.now().timestamp();
        let claims =
            Claims { sub: session.account_id.0, sid: session.id.0, iat: issued, exp: issued + self.access_seconds };
        let access_token = self.keys.sign(&claims).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Signed { access_token, expires_in: self.access_seconds, refresh_token, must_change_password: must_change })
    }

    /// Exchanges a refresh token. It works once; asked again within ten seconds the answer was lost on the way and a
    /// new pair is given; later the whole family ends, because somebody else has the token.
    ///
    /// # Errors
    /// [`Code::RefreshRefused`].
    pub fn refresh(&self, database: &Database, moment: &Moment, token: &str) -> Result<Signed, Error> {
        let hash = tokens::hash(token);
        let outcome: Result<Result<Signed, Code>, Error> = database.write(|tx| {
            let Some((token, session)) = store::sessions::take_refresh_token(tx, &hash)? else {
                return Ok(Err(Code::RefreshRefused));
            };
            if session.ended_at.is_some() || token.expires_at <= moment.stamp() {
                return Ok(Err(Code::RefreshRefused));
            }
            if token.used_at.is_some_and(|used| moment.stamp() - used > LOST_ANSWER) {
                // Committed although the caller is refused: the theft must not be rolled back with the refusal.
                store::sessions::end(tx, session.id, moment)?;
                return Ok(Err(Code::RefreshRefused));
            }
            let account = store::accounts::find(tx.reading(), session.account_id)?;
            let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
                return Ok(Err(Code::RefreshRefused));
            };
            store::sessions::use_refresh_token(tx, &hash, moment)?;
            self.issue(tx, moment, &session, account.must_change_password).map(Ok)
        });
        Ok(outcome??)
    }

    /// Finds out who bears a token, as the records stand in a snapshot with these revisions: a disabled account, a changed
    /// password and a changed grant bite at once.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] whatever is wrong with it.
    pub fn bearer(
        &self,
        connection: &mut Conn,
        revisions: Revisions,
        moment: &Moment,
        token: &str,
    ) -> Result<Bearer, Error> {
        if token.starts_with(tokens::API_KEY_PREFIX) {
            let caller = Arc::new(api_key_bearer(connection, moment, token)?);
            return Ok(Bearer { caller, own_facts: None });
        }
        self.key_source.follow(connection, &self.keys, moment)?;
        // Before the verification: where the keys are exchanged meanwhile, what is remembered never counts.
        let exchanges = self.keys.exchanges();
        let known = self.bearers.find(token, exchanges);
        let claims = match &known {
            Some(known) if known.claims.hold_at(moment.now()) => known.claims,
            Some(_) => return Err(Code::Unauthenticated.into()),
            None => self.keys.verify(token, moment.now()).map_err(|_| Code::Unauthenticated)?,
        };
        if let Some(bearer) = known.and_then(|known| known.bearer_at(revisions)) {
            return Ok(bearer);
        }
        let caller = Arc::new(read_bearer(connection, &claims)?);
        let own_facts =
            caller.officer_id.filter(|_| revisions.access.is_some()).map(|own| Arc::new(OwnFacts::new(own)));
        let bearer = Bearer { caller, own_facts };
        let remembered = revisions.access.map(|revision| (revision, bearer.clone()));
        self.bearers.remember(token, Known { claims, exchanges, bearer: remembered });
        Ok(bearer)
    }

    /// Ends the caller's sign-in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn out(&self, database: &Database, moment: &Moment, caller: &Caller) -> Result<(), Error> {
        let Some(session) = caller.session_id else { return Ok(()) };
        database.write(|tx| Ok(store::sessions::end(tx, session, moment)?))
    }

    /// Changes the caller's password and ends all their other sign-ins.
    ///
    /// # Errors
    /// A refused field when the current password is wrong or the new one too short; throttled like signing in.
    pub fn change_password(
        &self,
        database: &Database,
        ctx: &Ctx,
        current: &str,
        new: &str,
        place: &str,
    ) -> Result<(), Error> {
        let (moment, caller) = (&ctx.moment, &ctx.caller);
        let account_id = caller.account_id.ok_or(Code::Unauthenticated)?;
        let key = names::key(&caller.username);
        if let Some(seconds) = self.throttle.wait(&key, place, moment.now()) {
            return Err(Error::Throttled(seconds));
        }
        let account =
            database.read(|connection| store::accounts::find(connection, account_id))?.ok_or(Code::Unauthenticated)?;
        if !self.passwords.matches(current, Some(&account.password_hash))? {
            self.throttle.failed(&key, place, moment.now());
            return Err(FieldError::new("/current_password", Code::BadCredentials).into());
        }
        let hash = self.new_hash(new, "/new_password")?;
        if current == new {
            return Err(FieldError::new("/new_password", Code::InvalidValue).into());
        }
        database.write(|tx| {
            let locked = store::accounts::lock(tx, account_id)?;
            if locked.password_hash != account.password_hash {
                return Err(Error::Code(Code::LostRace));
            }
            let changed =
                store::accounts::Account { password_hash: hash.clone(), must_change_password: false, ..locked };
            store::accounts::update(tx, &changed)?;
            let subject = Subject { kind: "account", id: account_id.0, officer_id: caller.officer_id };
            ctx.audit(tx, "account.password_changed", subject, None, None)?;
            Ok(store::sessions::end_all(tx, account_id, caller.session_id, moment)?)
        })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// A refused field at `pointer` when it is too short or too long.
    pub fn new_hash(&self, password: &str, pointer: &str) -> Result<String, Error> {
        hash_new(&self.passwords, password, pointer)
    }
}

/// Who bears a token with these claims, as the records stand.
fn read_bearer(connection: &mut Conn, claims: &Claims) -> Result<Caller, Error> {
    let (session_id, account) = (RowId(claims.sid), AccountId(claims.sub));
    let bearer = store::sessions::bearer(connection, session_id, account)?.ok_or(Code::Unauthenticated)?;
    Ok(Caller {
        kind: CallerKind::Person,
        account_id: Some(account),
        username: bearer.username,
        officer_id: bearer.officer_id,
        session_id: Some(session_id),
        grants: bearer.grants,
        must_change_password: bearer.must_change_password,
    })
}

/// Who bears a key of the interface. A key that has ended or expired, or whose account is disabled, is no key.
fn api_key_bearer(connection: &mut Conn, moment: &Moment, token: &str) -> Result<Caller, Error> {
    let key = store::api_keys::find_by_hash(connection, &tokens::hash(token))?
        .filter(|key| key.ended_at.is_none() && moment.today() <= key.expires_on)
        .ok_or(Code::Unauthenticated)?;
    let account = store::accounts::find(connection, key.account_id)?
        .filter(|account| account.disabled_at.is_none())
        .ok_or(Code::Unauthenticated)?;
    let grants = store::accounts::grants(connection, &[account.id])?;
    Ok(Caller {
        kind: CallerKind::ApiKey,
        account_id: Some(account.id),
        username: account.username,
        officer_id: None,
        session_id: None,
        grants: grants.into_iter().map(|(_, grant)| grant).collect(),
        must_change_password: false,
    })
}

/// Hashes a new password of a fit length.
///
/// # Errors
/// A refused field at `pointer` when it is too short or too long.
pub fn hash_new(passwords: &Passwords, password: &str, pointer: &str) -> Result<String, Error> {
    let expected = format!("{}–{}", passwords::LENGTH_MIN, passwords::BYTES_MAX);
    if password.chars().count() < passwords::LENGTH_MIN {
        return Err(FieldError::new(pointer, Code::InvalidValue).expected(expected).into());
    }
    if password.len() > passwords::BYTES_MAX {
        return Err(FieldError::new(pointer, Code::TooLong).expected(expected).into());
    }
    Ok(passwords.hash(password)?)
}
