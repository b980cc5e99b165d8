//! Sign-ins: a session is a family of refresh tokens, of which each works once.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::accounts::Grant;
use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{lock_row, on_both};
use super::schema::{accounts, grants, refresh_tokens, sessions};
use crate::clock::Moment;
use crate::rules::terms::{AccountId, OfficerId, Role, RowId, UnitId};

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Id; access tokens name it.
    pub id: RowId,
    /// Whose.
    pub account_id: AccountId,
    /// When it began.
    pub created_at: NaiveDateTime,
    /// When it ends at the latest.
    pub expires_at: NaiveDateTime,
    /// When it was ended.
    pub ended_at: Option<NaiveDateTime>,
}

/// One refresh token; only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
pub struct RefreshToken {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// Family.
    pub session_id: RowId,
    /// When it was issued.
    pub issued_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
    /// When it was used first.
    pub used_at: Option<NaiveDateTime>,
}

/// Finds a session.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Session>, Error> {
    Ok(sessions::table.find(id).select(Session::as_select()).get_result(connection).optional()?)
}

/// Who bears the token of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Name to sign in with.
    pub username: String,
    /// The officer whose self-service the account is.
    pub officer_id: Option<OfficerId>,
    /// Whether a one-time code was given that must be changed first.
    pub must_change_password: bool,
    /// What they may do, in a fixed order.
    pub grants: Vec<Grant>,
}

/// What is read of a bearer: the account, and a role that it holds and where.
type Row = (String, Option<OfficerId>, bool, Option<(Role, Option<UnitId>)>);

/// Who bears the token of a sign-in of an account, unless the sign-in was ended or the account disabled.
///
/// # Errors
/// When the database does not answer.
pub fn bearer(connection: &mut Conn, id: RowId, account: AccountId) -> Result<Option<Bearer>, Error> {
    let held = grants::account_id.eq(accounts::id).and(grants::superseded_at.is_null());
    let rows: Vec<Row> = on_both!(connection, |one| sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .left_join(grants::table.on(held))
        .filter(sessions::id.eq(id))
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(accounts::disabled_at.is_null())
        .select((
            accounts::username,
            accounts::officer_id,
            accounts::must_change_password,
            (grants::role, grants::unit_id).nullable(),
        ))
        .load(one))?;
    let Some((username, officer_id, must_change_password, _)) = rows.first().cloned() else { return Ok(None) };
    let held = rows.into_iter().filter_map(|(.., held)| held);
    let mut grants: Vec<Grant> = held.map(|(role, unit_id)| Grant { role, unit_id }).collect();
    grants.sort_unstable_by_key(|grant| (grant.role.as_str(), grant.unit_id));
    Ok(Some(Bearer { username, officer_id, must_change_password, grants }))
}

/// Stores a session.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, session: &Session) -> Result<(), Error> {
    diesel::insert_into(sessions::table).values(session).execute(tx.connection)?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// When the database does not answer.
pub fn end(tx: &mut Tx, id: RowId, moment: &Moment) -> Result<(), Error> {
    diesel::update(sessions::table.find(id))
        .filter(sessions::ended_at.is_null())
        .set(sessions::ended_at.eq(moment.stamp()))
        .execute(tx.connection)?;
    Ok(())
}

/// Ends every session of an account, except perhaps one.
///
/// # Errors
/// When the database does not answer.
pub fn end_all(tx: &mut Tx, account: AccountId, except: Option<RowId>, moment: &Moment) -> Result<(), Error> {
    let open: Vec<RowId> = sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(tx.connection)?;
    for id in open.into_iter().filter(|id| Some(*id) != except) {
        end(tx, id, moment)?;
    }
    Ok(())
}

/// Finds a refresh token by its hash and locks its session, so that two uses run one after the other.
///
/// # Errors
/// When the database does not answer.
pub fn take_refresh_token(tx: &mut Tx, hash: &[u8]) -> Result<Option<(RefreshToken, Session)>, Error> {
    let Some(token) = find_refresh_token(tx.connection, hash)? else { return Ok(None) };
    let id = token.session_id;
    let _: RowId = lock_row!(&mut *tx.connection, sessions, id)?;
    let session = sessions::table.find(id).select(Session::as_select()).get_result(tx.connection)?;
    // Read again: while the lock was waited for, another use may have been recorded.
    Ok(find_refresh_token(tx.connection, hash)?.map(|token| (token, session)))
}

fn find_refresh_token(connection: &mut Conn, hash: &[u8]) -> Result<Option<RefreshToken>, Error> {
    Ok(refresh_tokens::table.find(hash).select(RefreshToken::as_select()).get_result(connection).optional()?)
}

/// Stores a refresh token.
///
/// # Errors
/// When the database does not answer.
pub fn insert_refresh_token(tx: &mut Tx, token: &RefreshToken) -> Result<(), Error> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(tx.connection)?;
    Ok(())
}

/// Marks a refresh token as used.
///
/// # Errors
/// When the database does not answer.
pub fn use_refresh_token(tx: &mut Tx, hash: &[u8], moment: &Moment) -> Result<(), Error> {
    diesel::update(refresh_tokens::table.find(hash))
        .filter(refresh_tokens::used_at.is_null())
        .set(refresh_tokens::used_at.eq(moment.stamp()))
        .execute(tx.connection)?;
    Ok(())
}
