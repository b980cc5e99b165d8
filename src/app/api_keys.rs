//! Keys of the interface: machines that act under grants of their own, for a time.

use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use super::accounts::{self, Grant};
use super::ctx::{CallerKind, Ctx, Subject};
use super::error::{Code, Error, FieldError};
use super::hindrance::Hindrance;
use crate::auth::tokens;
use crate::rules::terms::{AccountId, Role};
use crate::store::accounts::{Account, AccountKind};
use crate::store::{self, Conn, Tx};

pub use crate::store::api_keys::ApiKey;

/// Roles that see what people entrust to physicians, welfare workers and the fund: never a machine's (CONTRACT §2).
const NEVER: &[Role] = &[Role::Clinician, Role::WelfareWorker, Role::FundPanel, Role::FundPayer];
/// Longest name, in characters.
const NAME_MAX: usize = 100;
/// Most grants of one key.
const GRANTS_MAX: usize = 50;
/// The longest life of a key, in days: three years.
const DAYS_MAX: i64 = 1096;
/// Keys that work at once at most.
const LIVE_MAX: i64 = 500;

/// A new key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// The last date on which it works.
    pub expires_on: NaiveDate,
}

/// A key as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub key: ApiKey,
    /// Its grants.
    pub grants: Vec<Grant>,
}

fn subject(id: AccountId) -> Subject {
    Subject { kind: "api_key", id: id.0, officer_id: None }
}

/// Keys are of the whole force, and made by people: a key that made keys would never end (CONTRACT §2).
fn check_caller(ctx: &Ctx) -> Result<(), Error> {
    if ctx.caller.kind == CallerKind::ApiKey || !ctx.caller.holds_force_wide(&[Role::Admin]) {
        return Err(Code::Forbidden.into());
    }
    Ok(())
}

fn check_fields(ctx: &Ctx, new: &NewApiKey) -> Result<(), Error> {
    let mut refused = Vec::new();
    let length = new.name.chars().count();
    if !(1..=NAME_MAX).contains(&length) || new.name.trim() != new.name || new.name.chars().any(char::is_control) {
        refused.push(FieldError::new("/name", Code::InvalidValue).expected(format!("1–{NAME_MAX}")));
    }
    let today = ctx.moment.today();
    let latest = today.checked_add_signed(TimeDelta::days(DAYS_MAX)).unwrap_or(today);
    if new.expires_on < today || new.expires_on > latest {
        refused.push(FieldError::new("/expires_on", Code::InvalidValue).expected(format!("{today} – {latest}")));
    }
    if new.grants.is_empty() || new.grants.len() > GRANTS_MAX {
        let code = if new.grants.is_empty() { Code::MissingField } else { Code::TooLong };
        refused.push(FieldError::new("/grants", code).expected(format!("1–{GRANTS_MAX}")));
    }
    for (at, grant) in new.grants.iter().enumerate().filter(|(_, grant)| NEVER.contains(&grant.role)) {
        refused.push(FieldError::new(format!("/grants/{at}/role"), Code::GrantConflict).read(grant.role.as_str()));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Whether the caller may make such a key: the gate of a kept answer.
///
/// # Errors
/// As [`create`].
pub fn check_new(connection: &mut Conn, ctx: &Ctx, new: &NewApiKey) -> Result<(), Error> {
    check_caller(ctx)?;
    accounts::within_reach(connection, ctx, &new.grants)
}

/// Makes a key; its text is given once and kept nowhere.
///
/// # Errors
/// Refused fields, among them [`Code::GrantConflict`] for roles that no key carries; [`Code::Forbidden`] without `admin`
/// for the whole force; [`Code::WrongState`] when there are too many keys.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewApiKey) -> Result<(Shown, String), Error> {
    check_fields(ctx, new)?;
    check_new(tx.reading(), ctx, new)?;
    if store::api_keys::live(tx.reading(), ctx.moment.today())? >= LIVE_MAX {
        return Err(Hindrance::TooMany.into());
    }
    let text = tokens::new_api_key();
    let id = AccountId(ctx.moment.new_id());
    let username = format!("api-key:{}", id.0.simple());
    let account = Account {
        id,
        name_key: username.clone(),
        username,
        // No password has this hash, and nobody signs in with the account of a key.
        password_hash: "!".to_owned(),
        must_change_password: false,
        officer_id: None,
        disabled_at: None,
        version: 1,
        created_at: ctx.moment.stamp(),
        kind: AccountKind::ApiKey,
    };
    store::accounts::insert(tx, &account)?;
    store::accounts::set_grants(tx, id, &new.grants, &ctx.moment)?;
    let key = ApiKey {
        account_id: id,
        name: new.name.clone(),
        key_hash: tokens::hash(&text).to_vec(),
        expires_on: new.expires_on,
        created_by: ctx.caller.account_id,
        created_at: ctx.moment.stamp(),
        ended_at: None,
        ended_by: None,
    };
    store::api_keys::insert(tx, &key)?;
    let grants: Vec<_> = new.grants.iter().map(|grant| json!({"role": grant.role, "unit_id": grant.unit_id})).collect();
    let after = json!({"name": key.name, "grants": grants, "expires_on": key.expires_on});
    ctx.audit(tx, "api_key.created", subject(id), None, Some(after))?;
    Ok((shown(tx.reading(), key)?, text))
}

fn shown(connection: &mut Conn, key: ApiKey) -> Result<Shown, Error> {
    let grants = store::accounts::grants(connection, &[key.account_id])?.into_iter().map(|(_, grant)| grant).collect();
    Ok(Shown { key, grants })
}

/// One key.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: AccountId) -> Result<Shown, Error> {
    let key = store::api_keys::find(connection, id)?.filter(|_| check_caller(ctx).is_ok()).ok_or(Code::NotFound)?;
    shown(connection, key)
}

/// Keys, newest first, before one, one more than `limit` if there are more. Whoever is `admin` of a unit sees none.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, ctx: &Ctx, before: Option<AccountId>, limit: usize) -> Result<Vec<Shown>, Error> {
    if check_caller(ctx).is_err() {
        return Ok(Vec::new());
    }
    let keys = store::api_keys::list(connection, before, i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    let ids: Vec<AccountId> = keys.iter().map(|key| key.account_id).collect();
    let grants = store::accounts::grants(connection, &ids)?;
    let of = |id: AccountId| grants.iter().filter(|(of, _)| *of == id).map(|(_, grant)| *grant).collect();
    Ok(keys.into_iter().map(|key| Shown { grants: of(key.account_id), key }).collect())
}

/// Ends a key; it bites at the next request. Doing it twice changes nothing.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to end.
pub fn end(tx: &mut Tx, ctx: &Ctx, id: AccountId) -> Result<Shown, Error> {
    if check_caller(ctx).is_err() {
        return Err(Code::NotFound.into());
    }
    let key = store::api_keys::lock(tx, id)?;
    if key.ended_at.is_none() {
        store::api_keys::end(tx, id, ctx.caller.account_id, &ctx.moment)?;
        ctx.audit(tx, "api_key.ended", subject(id), None, None)?;
    }
    get(tx.reading(), ctx, id)
}
