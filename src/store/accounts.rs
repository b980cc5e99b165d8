//! Accounts and their grants.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{lock_row, on_both};
use super::schema::{accounts, grants};
use crate::clock::Moment;
use crate::rules::terms::{AccountId, OfficerId, Role, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// Whether a person signs in with an account, or a key acts through it.
    AccountKind {
        /// A person.
        Person = "person",
        /// A key of the interface.
        ApiKey = "api_key",
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = accounts)]
#[diesel(treat_none_as_null = true)]
#[diesel(treat_none_as_default_value = false)]
pub struct Account {
    /// Id.
    pub id: AccountId,
    /// Name to sign in with.
    pub username: String,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// Whether a one-time code was given that must be changed first.
    pub must_change_password: bool,
    /// The officer whose self-service this account is.
    pub officer_id: Option<OfficerId>,
    /// When it was disabled.
    pub disabled_at: Option<NaiveDateTime>,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// The name as it is compared: two names that differ in letters' case only are one.
    pub name_key: String,
    /// Whether a person or a key acts through it.
    pub kind: AccountKind,
}

/// A role on a unit and everything under it; without a unit, on the whole force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant {
    /// What.
    pub role: Role,
    /// Where.
    pub unit_id: Option<UnitId>,
}

/// Somebody who holds a deciding role directly on a unit (or on the whole force), with an enabled account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub account_id: AccountId,
    /// The officer behind it.
    pub officer_id: Option<OfficerId>,
    /// The grant.
    pub grant: Grant,
}

/// Finds an account.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: AccountId) -> Result<Option<Account>, Error> {
    Ok(accounts::table.find(id).select(Account::as_select()).get_result(connection).optional()?)
}

/// Finds the account of a person by a name in some spellings, the best first, and by its key: an exact name goes before
/// one that differs in case.
///
/// # Errors
/// When the database does not answer.
pub fn find_by_name(connection: &mut Conn, spellings: [&str; 2], key: &str) -> Result<Option<Account>, Error> {
    let person = || accounts::table.filter(accounts::kind.eq(AccountKind::Person)).select(Account::as_select());
    let exact: Vec<Account> = person().filter(accounts::username.eq_any(spellings)).load(connection)?;
    let best = |account: &Account| spellings.iter().position(|spelling| *spelling == account.username);
    match exact.into_iter().min_by_key(best) {
        Some(account) => Ok(Some(account)),
        None => Ok(person().filter(accounts::name_key.eq(key)).get_result(connection).optional()?),
    }
}

/// Which of these keys of names belong to an account already.
///
/// # Errors
/// When the database does not answer.
pub fn taken_names(connection: &mut Conn, keys: &[String]) -> Result<Vec<String>, Error> {
    Ok(accounts::table.filter(accounts::name_key.eq_any(keys)).select(accounts::name_key).load(connection)?)
}

/// The accounts of officers.
///
/// # Errors
/// When the database does not answer.
pub fn of_officers(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<(OfficerId, AccountId)>, Error> {
    let rows: Vec<(Option<OfficerId>, AccountId)> = accounts::table
        .filter(accounts::officer_id.eq_any(officers))
        .order(accounts::id)
        .select((accounts::officer_id, accounts::id))
        .load(connection)?;
    Ok(rows.into_iter().filter_map(|(officer, account)| Some((officer?, account))).collect())
}

/// Accounts by name, after a name; those of keys are among them, which no index on names could leave out.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, after: Option<&str>, limit: i64) -> Result<Vec<Account>, Error> {
    let mut query = accounts::table.select(Account::as_select()).order(accounts::username).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(accounts::username.gt(after));
    }
    Ok(query.load(connection)?)
}

/// Locks an account until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: AccountId) -> Result<Account, Error> {
    let _: AccountId = lock_row!(&mut *tx.connection, accounts, id)?;
    Ok(accounts::table.find(id).select(Account::as_select()).get_result(tx.connection)?)
}

/// Stores a new account.
///
/// # Errors
/// [`super::error::Unique::Username`] when the name is taken.
pub fn insert(tx: &mut Tx, account: &Account) -> Result<(), Error> {
    diesel::insert_into(accounts::table).values(account).execute(tx.connection)?;
    Ok(())
}

/// Stores new accounts with their grants, many rows to a statement.
///
/// # Errors
/// [`super::error::Unique::Username`] when a name is taken.
pub fn insert_many(tx: &mut Tx, made: &[(Account, Vec<Grant>)], moment: &Moment) -> Result<(), Error> {
    let rows: Vec<&Account> = made.iter().map(|(account, _)| account).collect();
    on_both!(&mut *tx.connection, |one| diesel::insert_into(accounts::table).values(rows).execute(one))?;
    let held: Vec<_> = made
        .iter()
        .flat_map(|(account, grants)| grants.iter().map(|grant| (account.id, *grant)))
        .map(|(account, grant)| {
            (
                grants::id.eq(RowId(moment.new_id())),
                grants::account_id.eq(account),
                grants::role.eq(grant.role),
                grants::unit_id.eq(grant.unit_id),
                grants::recorded_at.eq(moment.stamp()),
            )
        })
        .collect();
    if !held.is_empty() {
        on_both!(&mut *tx.connection, |one| diesel::insert_into(grants::table).values(held).execute(one))?;
    }
    Ok(())
}

/// Changes an account and counts the edit.
///
/// # Errors
/// [`super::error::Unique::Username`] when the name is taken.
pub fn update(tx: &mut Tx, account: &Account) -> Result<(), Error> {
    let edited = Account { version: account.version + 1, ..account.clone() };
    diesel::update(accounts::table.find(account.id)).set(&edited).execute(tx.connection)?;
    Ok(())
}

/// The grants of accounts, in a fixed order.
///
/// # Errors
/// When the database does not answer.
pub fn grants(connection: &mut Conn, of: &[AccountId]) -> Result<Vec<(AccountId, Grant)>, Error> {
    let rows: Vec<(AccountId, Role, Option<UnitId>)> = grants::table
        .filter(grants::account_id.eq_any(of))
        .filter(grants::superseded_at.is_null())
        .order((grants::account_id, grants::role, grants::unit_id, grants::id))
        .select((grants::account_id, grants::role, grants::unit_id))
        .load(connection)?;
    Ok(rows.into_iter().map(|(account, role, unit_id)| (account, Grant { role, unit_id })).collect())
}

/// Replaces the grants of an account: what is gone is superseded, what stays is left alone.
///
/// # Errors
/// When the database does not answer.
pub fn set_grants(tx: &mut Tx, account: AccountId, wanted: &[Grant], moment: &Moment) -> Result<(), Error> {
    let held: Vec<(RowId, Role, Option<UnitId>)> = grants::table
        .filter(grants::account_id.eq(account))
        .filter(grants::superseded_at.is_null())
        .select((grants::id, grants::role, grants::unit_id))
        .load(tx.connection)?;
    let gone: Vec<RowId> = held
        .iter()
        .filter(|(_, role, unit_id)| !wanted.contains(&Grant { role: *role, unit_id: *unit_id }))
        .map(|(id, ..)| *id)
        .collect();
    if !gone.is_empty() {
        diesel::update(grants::table.filter(grants::id.eq_any(gone)))
            .set(grants::superseded_at.eq(moment.stamp()))
            .execute(tx.connection)?;
    }
    for grant in wanted {
        if held.iter().any(|(_, role, unit_id)| *role == grant.role && *unit_id == grant.unit_id) {
            continue;
        }
        diesel::insert_into(grants::table)
            .values((
                grants::id.eq(RowId(moment.new_id())),
                grants::account_id.eq(account),
                grants::role.eq(grant.role),
                grants::unit_id.eq(grant.unit_id),
                grants::recorded_at.eq(moment.stamp()),
            ))
            .execute(tx.connection)?;
    }
    Ok(())
}

/// The names of accounts.
///
/// # Errors
/// When the database does not answer.
pub fn usernames(connection: &mut Conn, ids: &[AccountId]) -> Result<HashMap<AccountId, String>, Error> {
    let rows: Vec<(AccountId, String)> =
        accounts::table.filter(accounts::id.eq_any(ids)).select((accounts::id, accounts::username)).load(connection)?;
    Ok(rows.into_iter().collect())
}

/// Everybody with an enabled account who holds one of the roles directly on one of the units, or on the whole force.
///
/// # Errors
/// When the database does not answer.
pub fn holders(connection: &mut Conn, roles: &[Role], units: &[UnitId]) -> Result<Vec<Holder>, Error> {
    macro_rules! where_granted {
        ($place:expr) => {
            grants::table
                .inner_join(accounts::table)
                .filter(grants::superseded_at.is_null())
                .filter($place)
                .filter(accounts::disabled_at.is_null())
                // A key is nobody: where it alone held the role, requests would wait for it for ever.
                .filter(accounts::kind.eq(AccountKind::Person))
                .select((accounts::id, accounts::officer_id, grants::role, grants::unit_id))
        };
    }
    let everywhere = grants::unit_id.is_null();
    let mut rows: Vec<(AccountId, Option<OfficerId>, Role, Option<UnitId>)> = match connection {
        Conn::Postgres(one) => {
            let here = grants::unit_id.eq_any(units);
            where_granted!(here.or(everywhere)).filter(grants::role.eq_any(roles)).load(one)?
        }
        // For all at once SQLite would read every grant, and a list of roles would be planned at every call.
        Conn::Sqlite(one) => {
            let mut rows = where_granted!(everywhere).load(one)?;
            for unit in units {
                rows.append(&mut where_granted!(grants::unit_id.eq(*unit)).load(one)?);
            }
            rows.retain(|(_, _, role, _)| roles.contains(role));
            rows
        }
    };
    // Sorted here: to have this order, SQLite would read every grant.
    rows.sort_unstable_by_key(|(account, _, role, unit)| (*account, *role, *unit));
    Ok(rows
        .into_iter()
        .map(|(account_id, officer_id, role, unit_id)| Holder {
            account_id,
            officer_id,
            grant: Grant { role, unit_id },
        })
        .collect())
}

/// Roles that accounts of one officer hold, other than one account.
///
/// # Errors
/// When the database does not answer.
pub fn roles_of_officer(
    connection: &mut Conn,
    officer: OfficerId,
    except: Option<AccountId>,
) -> Result<Vec<Role>, Error> {
    let rows: Vec<(AccountId, Role)> = grants::table
        .inner_join(accounts::table)
        .filter(accounts::officer_id.eq(officer))
        .filter(grants::superseded_at.is_null())
        .select((accounts::id, grants::role))
        .load(connection)?;
    Ok(rows.into_iter().filter(|(account, _)| Some(*account) != except).map(|(_, role)| role).collect())
}

/// Roles that the accounts of officers hold.
///
/// # Errors
/// When the database does not answer.
pub fn roles_of_officers(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<(OfficerId, Role)>, Error> {
    let rows: Vec<(Option<OfficerId>, Role)> = grants::table
        .inner_join(accounts::table)
        .filter(accounts::officer_id.eq_any(officers))
        .filter(grants::superseded_at.is_null())
        .select((accounts::officer_id, grants::role))
        .load(connection)?;
    Ok(rows.into_iter().filter_map(|(officer, role)| Some((officer?, role))).collect())
}
