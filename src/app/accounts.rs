//! Accounts and grants: who may do what, and where.

mod many;

use serde_json::json;

use super::ctx::{Ctx, Expects, Subject};
use super::error::{Code, Error, FieldError};
use super::{names, reach, sign_in};
use crate::auth::passwords::{self, Passwords};
use crate::auth::tokens;
use crate::rules::terms::{AccountId, OfficerId, Role};
use crate::store::accounts::{Account, AccountKind};
use crate::store::{self, Conn, Database, Tx};

pub use crate::store::accounts::Grant;
pub use many::{Batch, BatchLine, Refusal, batch, create_many};

/// Roles that decide on or plan people's time; one person never holds one of them with one of [`WELFARE`].
const COMMAND: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr, Role::Admin];
/// Roles that see what people entrust to physicians, welfare workers and the fund.
const WELFARE: &[Role] = &[Role::Clinician, Role::WelfareWorker, Role::FundPanel, Role::FundPayer];
/// Most grants of one account.
const GRANTS_MAX: usize = 50;

/// A new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Name to sign in with.
    pub username: String,
    /// Password; without one a one-time code is made.
    pub password: Option<String>,
    /// The officer behind it.
    pub officer_id: Option<OfficerId>,
    /// What it may do.
    pub grants: Vec<Grant>,
}

/// What changes of an account; `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Another name.
    pub username: Option<String>,
    /// Another officer, or none.
    pub officer_id: Option<Option<OfficerId>>,
    /// Other grants.
    pub grants: Option<Vec<Grant>>,
}

/// An account as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub account: Account,
    /// Its grants.
    pub grants: Vec<Grant>,
}

fn subject(account: &Account) -> Subject {
    Subject { kind: "account", id: account.id.0, officer_id: account.officer_id }
}

fn shown(connection: &mut Conn, account: Account) -> Result<Shown, Error> {
    let grants = store::accounts::grants(connection, &[account.id])?.into_iter().map(|(_, grant)| grant).collect();
    Ok(Shown { account, grants })
}

/// The name as it is kept, if it is fit to be one.
fn checked_name(username: &str) -> Result<String, FieldError> {
    let name = names::plain(username);
    let fits = (1..=names::LENGTH_MAX).contains(&name.chars().count())
        && name.chars().all(|letter| !letter.is_control() && !letter.is_whitespace());
    if fits { Ok(name) } else { Err(FieldError::new("/username", Code::InvalidValue).expected("1–64")) }
}

/// A password or one-time code, hashed before any transaction begins.
#[derive(Debug, Clone)]
pub struct Secret {
    hash: String,
    /// The one-time code, shown once to whoever asked for it.
    pub one_time_code: Option<String>,
}

/// Hashes the given password, or makes a one-time code.
///
/// # Errors
/// A refused field when the password is too short or too long.
pub fn secret(passwords: &Passwords, password: Option<&str>) -> Result<Secret, Error> {
    match password {
        Some(password) => {
            Ok(Secret { hash: sign_in::hash_new(passwords, password, "/password")?, one_time_code: None })
        }
        None => one_time(),
    }
}

/// Makes a one-time code. It costs next to nothing: see [`passwords::hash_of_code`].
///
/// # Errors
/// When the machine's randomness fails.
pub fn one_time() -> Result<Secret, Error> {
    let code = tokens::new_one_time_code();
    Ok(Secret { hash: passwords::hash_of_code(&code)?, one_time_code: Some(code) })
}

/// A new row; the name is checked already.
fn row(ctx: &Ctx, username: String, officer_id: Option<OfficerId>, secret: &Secret) -> Account {
    Account {
        id: AccountId(ctx.moment.new_id()),
        name_key: names::key(&username),
        username,
        password_hash: secret.hash.clone(),
        must_change_password: secret.one_time_code.is_some(),
        officer_id,
        disabled_at: None,
        version: 1,
        created_at: ctx.moment.stamp(),
        kind: AccountKind::Person,
    }
}

/// Whether the caller may make such an account: its officer is theirs to see, its grants lie inside their reach.
///
/// # Errors
/// As [`create`].
pub fn check_new(connection: &mut Conn, ctx: &Ctx, new: &NewAccount) -> Result<(), Error> {
    check_officer(connection, ctx, new.officer_id)?;
    check_grants(connection, ctx, &new.grants, new.officer_id, None)
}

/// Creates an account.
///
/// # Errors
/// Refused fields; [`Code::GrantConflict`] for grants outside the caller's reach or that one person may not combine.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewAccount, secret: &Secret) -> Result<Shown, Error> {
    let username = checked_name(&new.username)?;
    check_officer(tx.reading(), ctx, new.officer_id)?;
    lock_person(tx, new.officer_id)?;
    check_grants(tx.reading(), ctx, &new.grants, new.officer_id, None)?;
    let account = row(ctx, username, new.officer_id, secret);
    store::accounts::insert(tx, &account)?;
    store::accounts::set_grants(tx, account.id, &new.grants, &ctx.moment)?;
    ctx.audit(tx, "account.created", subject(&account), None, Some(described(&account.username, &new.grants)))?;
    shown(tx.reading(), account)
}

fn described(username: &str, grants: &[Grant]) -> serde_json::Value {
    let grants: Vec<_> = grants.iter().map(|grant| json!({"role": grant.role, "unit_id": grant.unit_id})).collect();
    json!({"username": username, "grants": grants})
}

/// Changes an account.
///
/// # Errors
/// As [`create`]; [`Code::Stale`] when the version is not the one the caller expects; [`Code::OwnRecord`] for one's own officer,
/// [`Code::GrantConflict`] for one's own grants.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: AccountId, expects: Expects<'_>, changes: &Changes) -> Result<Shown, Error> {
    let (account, held) = theirs(tx, ctx, id)?;
    expects(account.version)?;
    let own = is_own(ctx, &account);
    let mut changed = account.clone();
    if let Some(username) = &changes.username {
        changed.username = checked_name(username)?;
        changed.name_key = names::key(username);
    }
    if let Some(officer_id) = changes.officer_id.filter(|officer_id| *officer_id != account.officer_id) {
        if own {
            return Err(Code::OwnRecord.into());
        }
        check_officer(tx.reading(), ctx, officer_id)?;
        changed.officer_id = officer_id;
    }
    let wanted = changes.grants.as_ref().unwrap_or(&held);
    if own && sorted(wanted) != sorted(&held) {
        return Err(Code::GrantConflict.into());
    }
    let becomes_own = !own && changed.officer_id.is_some_and(|officer| ctx.caller.is_self(officer));
    if becomes_own && !wanted.is_empty() {
        return Err(Code::GrantConflict.into());
    }
    lock_person(tx, changed.officer_id)?;
    check_grants(tx.reading(), ctx, wanted, changed.officer_id, Some(id))?;
    store::accounts::update(tx, &changed)?;
    store::accounts::set_grants(tx, id, wanted, &ctx.moment)?;
    ctx.audit(
        tx,
        "account.changed",
        subject(&changed),
        Some(described(&account.username, &held)),
        Some(described(&changed.username, wanted)),
    )?;
    found(tx.reading(), id)
}

fn sorted(grants: &[Grant]) -> Vec<Grant> {
    let mut grants = grants.to_vec();
    grants.sort_unstable();
    grants.dedup();
    grants
}

fn is_own(ctx: &Ctx, account: &Account) -> bool {
    ctx.caller.account_id == Some(account.id) || account.officer_id.is_some_and(|officer| ctx.caller.is_self(officer))
}

fn found(connection: &mut Conn, id: AccountId) -> Result<Shown, Error> {
    let account = store::accounts::find(connection, id)?.filter(is_person).ok_or(Code::NotFound)?;
    shown(connection, account)
}

/// The account of a key is no account that anybody manages: `/api-keys` is the place for it.
fn is_person(account: &Account) -> bool {
    account.kind == AccountKind::Person
}

/// What an act does to whether an account works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It can no longer sign in, and what is signed in ends.
    Disable,
    /// It can sign in again.
    Enable,
}

/// Disables or enables an account; doing it twice changes nothing.
///
/// # Errors
/// [`Code::OwnRecord`] for one's own account.
pub fn switch(tx: &mut Tx, ctx: &Ctx, id: AccountId, switch: Switch) -> Result<Shown, Error> {
    let (account, _) = theirs(tx, ctx, id)?;
    if is_own(ctx, &account) {
        return Err(Code::OwnRecord.into());
    }
    let (disabled_at, act) = match switch {
        Switch::Disable => (account.disabled_at.or(Some(ctx.moment.stamp())), "account.disabled"),
        Switch::Enable => (None, "account.enabled"),
    };
    if disabled_at != account.disabled_at {
        store::accounts::update(tx, &Account { disabled_at, ..account.clone() })?;
        if switch == Switch::Disable {
            store::sessions::end_all(tx, id, None, &ctx.moment)?;
        }
        ctx.audit(tx, act, subject(&account), None, None)?;
    }
    found(tx.reading(), id)
}

/// Gives an account a one-time code in place of its password and ends what is signed in.
///
/// # Errors
/// [`Code::OwnRecord`] for one's own account: there `/auth/password` is the way.
pub fn reset_password(tx: &mut Tx, ctx: &Ctx, id: AccountId, secret: &Secret) -> Result<Shown, Error> {
    let (account, _) = theirs(tx, ctx, id)?;
    if is_own(ctx, &account) {
        return Err(Code::OwnRecord.into());
    }
    let changed = Account { password_hash: secret.hash.clone(), must_change_password: true, ..account };
    store::accounts::update(tx, &changed)?;
    store::sessions::end_all(tx, id, None, &ctx.moment)?;
    ctx.audit(tx, "account.password_reset", subject(&changed), None, None)?;
    store::outbox::append(tx, "account.password_reset", id.0, changed.officer_id, &ctx.moment)?;
    found(tx.reading(), id)
}

/// An account the caller may manage, locked, with its grants.
fn theirs(tx: &mut Tx, ctx: &Ctx, id: AccountId) -> Result<(Account, Vec<Grant>), Error> {
    let account = store::accounts::lock(tx, id)?;
    if !is_person(&account) {
        return Err(Code::NotFound.into());
    }
    let shown = shown(tx.reading(), account)?;
    if !manages(tx.reading(), ctx, &shown)? {
        return Err(Code::NotFound.into());
    }
    Ok((shown.account, shown.grants))
}

/// Whether everything the account may do, and the officer behind it, lie inside the caller's reach.
fn manages(connection: &mut Conn, ctx: &Ctx, shown: &Shown) -> Result<bool, Error> {
    let reach = reach::of(connection, ctx, &[Role::Admin])?;
    if reach == reach::Reach::Force {
        return Ok(true);
    }
    let granted = shown.grants.iter().all(|grant| grant.unit_id.is_some_and(|unit| reach.contains(unit)));
    let officer = match shown.account.officer_id {
        Some(officer) => reach.contains(store::officers::unit_on(connection, officer, ctx.moment.today())?),
        None => !shown.grants.is_empty(),
    };
    Ok(granted && officer)
}

/// One account.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to manage.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: AccountId) -> Result<Shown, Error> {
    let shown = found(connection, id)?;
    if manages(connection, ctx, &shown)? { Ok(shown) } else { Err(Code::NotFound.into()) }
}

/// Accounts by name, after a name, one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, ctx: &Ctx, after: Option<&str>, limit: usize) -> Result<Vec<Shown>, Error> {
    let mut listed = Vec::new();
    let mut after = after.map(str::to_owned);
    loop {
        let some = store::accounts::list(connection, after.as_deref(), 500)?;
        let Some(last) = some.last() else { return Ok(listed) };
        after = Some(last.username.clone());
        let ids: Vec<_> = some.iter().map(|account| account.id).collect();
        let grants = store::accounts::grants(connection, &ids)?;
        for account in some.into_iter().filter(is_person) {
            let grants = grants.iter().filter(|(of, _)| *of == account.id).map(|(_, grant)| *grant).collect();
            let shown = Shown { account, grants };
            if manages(connection, ctx, &shown)? {
                listed.push(shown);
                if listed.len() > limit {
                    return Ok(listed);
                }
            }
        }
    }
}

fn check_officer(connection: &mut Conn, ctx: &Ctx, officer: Option<OfficerId>) -> Result<(), Error> {
    let Some(officer) = officer else { return Ok(()) };
    reach::see_officer(connection, ctx, officer, &[Role::Admin]).map(drop)
}

/// One at a time gives grants to a person's accounts: what the others hold is part of the check.
fn lock_person(tx: &mut Tx, officer: Option<OfficerId>) -> Result<(), Error> {
    if let Some(officer) = officer {
        store::officers::lock(tx, officer)?;
    }
    Ok(())
}

/// Grants lie inside the grantor's reach, are never to oneself, and never join command and welfare in one person.
fn check_grants(
    connection: &mut Conn,
    ctx: &Ctx,
    grants: &[Grant],
    officer: Option<OfficerId>,
    account: Option<AccountId>,
) -> Result<(), Error> {
    if grants.len() > GRANTS_MAX {
        return Err(FieldError::new("/grants", Code::TooLong).expected(format!("≤ {GRANTS_MAX}")).into());
    }
    within_reach(connection, ctx, grants)?;
    let to_oneself = account.is_none() && officer.is_some_and(|officer| ctx.caller.is_self(officer));
    if to_oneself && !grants.is_empty() {
        return Err(Code::GrantConflict.into());
    }
    let mut roles: Vec<Role> = grants.iter().map(|grant| grant.role).collect();
    if let Some(officer) = officer {
        roles.extend(store::accounts::roles_of_officer(connection, officer, account)?);
    }
    if roles.iter().any(|role| WELFARE.contains(role)) {
        let (officers, accounts) = (Vec::from_iter(officer), Vec::from_iter(account));
        let today = ctx.moment.today();
        if !store::delegations::delegates_among(connection, &officers, &accounts, today)?.is_empty() {
            // Whoever decides for a leader holds what a leader holds.
            roles.push(Role::Leader);
        }
    }
    if conflict(&roles) {
        return Err(FieldError::new("/grants", Code::GrantConflict).into());
    }
    Ok(())
}

/// Whether one person would hold command and welfare.
fn conflict(roles: &[Role]) -> bool {
    let holds = |of: &[Role]| roles.iter().any(|role| of.contains(role));
    holds(COMMAND) && holds(WELFARE)
}

/// Whether the person behind an account holds a role that nobody may combine with deciding.
///
/// # Errors
/// When the database does not answer.
pub(super) fn holds_welfare(connection: &mut Conn, account: &Account) -> Result<bool, Error> {
    let held = store::accounts::grants(connection, &[account.id])?;
    let mut roles: Vec<Role> = held.into_iter().map(|(_, grant)| grant.role).collect();
    if let Some(officer) = account.officer_id {
        roles.extend(store::accounts::roles_of_officer(connection, officer, Some(account.id))?);
    }
    Ok(roles.iter().any(|role| WELFARE.contains(role)))
}

/// Grants name units that are there and lie inside the caller's reach.
pub(super) fn within_reach(connection: &mut Conn, ctx: &Ctx, grants: &[Grant]) -> Result<(), Error> {
    for unit in grants.iter().filter_map(|grant| grant.unit_id) {
        if store::units::find(connection, unit)?.is_none() {
            return Err(Code::NotFound.into());
        }
    }
    let reach = reach::of(connection, ctx, &[Role::Admin])?;
    let outside = |grant: &Grant| match grant.unit_id {
        Some(unit) => !reach.contains(unit),
        None => reach != reach::Reach::Force,
    };
    if grants.iter().any(outside) { Err(Code::GrantConflict.into()) } else { Ok(()) }
}

/// Creates an account from outside the service, as the command line does.
///
/// # Errors
/// As [`create`].
pub fn create_directly(
    database: &Database,
    ctx: &Ctx,
    passwords: &Passwords,
    new: &NewAccount,
) -> Result<(Shown, Secret), Error> {
    let secret = secret(passwords, new.password.as_deref())?;
    let shown = database.write(|tx| create(tx, ctx, new, &secret))?;
    Ok((shown, secret))
}
