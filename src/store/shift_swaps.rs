//! Swaps of shifts: asked, agreed, approved; nothing is deleted.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::{officer_units, shift_swaps};
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

vocabulary! {
    /// State of a swap.
    SwapState {
        /// Asked for; the other officer has not answered.
        Asked = "asked",
        /// The other officer agrees; a leader has not decided.
        Agreed = "agreed",
        /// Approved: the shifts are swapped.
        Approved = "approved",
        /// Refused by the other officer or a leader.
        Refused = "refused",
        /// Taken back by who asked.
        Withdrawn = "withdrawn",
    }
}

/// One swap.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = shift_swaps)]
pub struct Swap {
    /// Id.
    pub id: RowId,
    /// Who asks.
    pub from_officer_id: OfficerId,
    /// Who is asked.
    pub to_officer_id: OfficerId,
    /// The shift of who asks.
    pub shift_id: RowId,
    /// The shift of who is asked; `None` where they only take over.
    pub with_shift_id: Option<RowId>,
    /// State.
    pub state: SwapState,
    /// What the officer says to it.
    pub note: Option<String>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What the rules found, as JSON.
    pub findings: String,
    /// SHA-256 of the policies that was found under.
    pub policy_fingerprint: String,
    /// When it was asked for.
    pub asked_at: NaiveDateTime,
    /// When the other officer agreed.
    pub agreed_at: Option<NaiveDateTime>,
    /// When it was approved, refused or withdrawn.
    pub closed_at: Option<NaiveDateTime>,
    /// By whom.
    pub closed_by: Option<AccountId>,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
}

/// Finds a swap.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Swap>, Error> {
    Ok(shift_swaps::table.filter(shift_swaps::id.eq(id)).select(Swap::as_select()).get_result(connection).optional()?)
}

/// Swaps that an officer takes part in, or that people of some units asked for (`None`: all), newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    own: Option<OfficerId>,
    units: Option<&[UnitId]>,
    today: NaiveDate,
    before: Option<RowId>,
    limit: i64,
) -> Result<Vec<Swap>, Error> {
    let mut query = shift_swaps::table.select(Swap::as_select()).limit(limit).into_boxed();
    // Of some people: by officer, then sorted. The first key is the same for all: it keeps either database from reading
    // the swaps of everybody in the order of their ids.
    query = match units {
        Some(_) => query.order((shift_swaps::from_officer_id.is_null(), shift_swaps::id.desc())),
        None => query.order(shift_swaps::id.desc()),
    };
    if let Some(units) = units {
        let theirs = officer_units::table
            .filter(officer_units::superseded_at.is_null())
            .filter(officer_units::effective_on.le(today))
            .filter(officer_units::until_on.gt(today))
            .filter(officer_units::unit_id.eq_any(units.to_vec()))
            .select(officer_units::officer_id);
        let is_own = |own: OfficerId| shift_swaps::from_officer_id.eq(own).or(shift_swaps::to_officer_id.eq(own));
        query = match (own, units.is_empty()) {
            (None, true) => return Ok(Vec::new()),
            (Some(own), true) => query.filter(is_own(own)),
            (Some(own), false) => query.filter(is_own(own).or(shift_swaps::from_officer_id.eq_any(theirs))),
            (None, false) => query.filter(shift_swaps::from_officer_id.eq_any(theirs)),
        };
    }
    if let Some(before) = before {
        query = query.filter(shift_swaps::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Stores a swap.
///
/// # Errors
/// [`super::error::Unique::ShiftSwap`] when one of the shifts is in an open swap.
pub fn insert(tx: &mut Tx, swap: &Swap) -> Result<(), Error> {
    diesel::insert_into(shift_swaps::table).values(swap).execute(tx.connection)?;
    Ok(())
}

/// Changes what became of a swap and counts the edit.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, swap: &Swap) -> Result<Swap, Error> {
    let edited = Swap { version: swap.version + 1, ..swap.clone() };
    diesel::update(shift_swaps::table.find((swap.from_officer_id, swap.id)))
        .set((
            shift_swaps::state.eq(edited.state),
            shift_swaps::reason.eq(edited.reason.clone()),
            shift_swaps::findings.eq(edited.findings.clone()),
            shift_swaps::policy_fingerprint.eq(edited.policy_fingerprint.clone()),
            shift_swaps::agreed_at.eq(edited.agreed_at),
            shift_swaps::closed_at.eq(edited.closed_at),
            shift_swaps::closed_by.eq(edited.closed_by),
            shift_swaps::version.eq(edited.version),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}
