//! What officers asked for about their rest days: another day in the place of one. Rows are never removed.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::among;
use super::schema::rest_day_asks;
use crate::rules::terms::{AccountId, OfficerId, RowId, UnknownWord, vocabulary};

vocabulary! {
    /// What became of what an officer asked for.
    AskState {
        /// Nothing yet.
        Asked = "asked",
        /// The officer took it back.
        Withdrawn = "withdrawn",
        /// The rest day was cancelled for it; it is used up.
        Granted = "granted",
    }
}

/// An officer asks for another day in the place of a rest day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_day_asks)]
pub struct RestDayAsk {
    /// Id.
    pub id: RowId,
    /// Who.
    pub officer_id: OfficerId,
    /// In the place of which.
    pub rest_day_id: RowId,
    /// What became of it.
    pub state: AskState,
    /// What the officer says to it.
    pub note: Option<String>,
    /// With which account.
    pub account_id: AccountId,
    /// When.
    pub asked_at: NaiveDateTime,
    /// When it was withdrawn or granted.
    pub closed_at: Option<NaiveDateTime>,
}

/// What is asked for about some rest days and still open, at most one for each.
///
/// # Errors
/// When the database does not answer.
pub fn open_of(connection: &mut Conn, rest_days: &[RowId]) -> Result<Vec<RestDayAsk>, Error> {
    if rest_days.is_empty() {
        return Ok(Vec::new());
    }
    Ok(among!(connection, rest_day_asks::rest_day_id, rest_days, |these| rest_day_asks::table
        .filter(these)
        .filter(rest_day_asks::state.eq(AskState::Asked))
        .order(rest_day_asks::id)
        .select(RestDayAsk::as_select())))
}

/// Stores what was asked for.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, ask: &RestDayAsk) -> Result<(), Error> {
    diesel::insert_into(rest_day_asks::table).values(ask).execute(tx.connection)?;
    Ok(())
}

/// Closes what was asked for.
///
/// # Errors
/// When the database does not answer.
pub fn close(tx: &mut Tx, ask: RowId, state: AskState, at: NaiveDateTime) -> Result<(), Error> {
    diesel::update(rest_day_asks::table.find(ask))
        .set((rest_day_asks::state.eq(state), rest_day_asks::closed_at.eq(Some(at))))
        .execute(tx.connection)?;
    Ok(())
}
