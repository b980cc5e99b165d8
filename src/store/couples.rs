//! Dual-police couples (双警家庭): asked for by one, agreed to by the other, ended by either.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, lock_row};
use super::schema::couples;
use crate::rules::terms::{AccountId, OfficerId, RowId};

/// One couple.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = couples)]
pub struct Pairing {
    /// Id.
    pub id: RowId,
    /// Who asked.
    pub officer_id: OfficerId,
    /// Who agrees.
    pub partner_officer_id: OfficerId,
    /// Who needs one of them at home, in their words; `None` for nobody.
    pub care_need: Option<String>,
    /// When it was asked for.
    pub asked_at: NaiveDateTime,
    /// When the other agreed.
    pub agreed_at: Option<NaiveDateTime>,
    /// When it ended.
    pub ended_at: Option<NaiveDateTime>,
    /// By whom.
    pub ended_by: Option<AccountId>,
    /// Counts the changes; shown as `ETag`.
    pub version: i32,
}

impl Pairing {
    /// The other one, seen from one of the two.
    #[must_use]
    pub fn other(&self, officer: OfficerId) -> OfficerId {
        if self.officer_id == officer { self.partner_officer_id } else { self.officer_id }
    }

    /// Whether it is about an officer.
    #[must_use]
    pub fn is_of(&self, officer: OfficerId) -> bool {
        self.officer_id == officer || self.partner_officer_id == officer
    }
}

/// Finds a couple.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Pairing>, Error> {
    Ok(couples::table.find(id).select(Pairing::as_select()).get_result(connection).optional()?)
}

/// Locks a couple until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: RowId) -> Result<Pairing, Error> {
    let _: RowId = lock_row!(&mut *tx.connection, couples, id)?;
    find(tx.connection, id)?.ok_or(Error::NotFound)
}

/// The couples of some officers that have not ended, agreed to or not.
///
/// # Errors
/// When the database does not answer.
pub fn live_of(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<Pairing>, Error> {
    let mut rows: Vec<Pairing> = among!(connection, couples::officer_id, officers, |these| couples::table
        .filter(these)
        .filter(couples::ended_at.is_null())
        .select(Pairing::as_select()));
    let others: Vec<Pairing> = among!(connection, couples::partner_officer_id, officers, |these| couples::table
        .filter(these)
        .filter(couples::ended_at.is_null())
        .select(Pairing::as_select()));
    rows.extend(others);
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// Couples, newest first: of some officers, or all.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    of: Option<&[OfficerId]>,
    before: Option<RowId>,
    limit: i64,
) -> Result<Vec<Pairing>, Error> {
    let mut query = couples::table.select(Pairing::as_select()).limit(limit).into_boxed();
    // Of some people: by person, then sorted. The first key is the same for all: it keeps PostgreSQL from reading the rows of
    // everybody in the order of their ids.
    query = match of {
        Some(of) => query
            .filter(couples::officer_id.eq_any(of).or(couples::partner_officer_id.eq_any(of)))
            .order((couples::officer_id.is_null(), couples::id.desc())),
        None => query.order(couples::id.desc()),
    };
    if let Some(before) = before {
        query = query.filter(couples::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Stores a couple.
///
/// # Errors
/// [`super::error::Unique::Couple`] where one of the two has another.
pub fn insert(tx: &mut Tx, couple: &Pairing) -> Result<(), Error> {
    diesel::insert_into(couples::table).values(couple).execute(tx.connection)?;
    Ok(())
}

/// Changes a couple that is locked: agreed to, or ended.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, couple: &Pairing) -> Result<Pairing, Error> {
    let edited = Pairing { version: couple.version + 1, ..couple.clone() };
    diesel::update(couples::table.find(edited.id))
        .set((
            couples::agreed_at.eq(edited.agreed_at),
            couples::ended_at.eq(edited.ended_at),
            couples::ended_by.eq(edited.ended_by),
            couples::version.eq(edited.version),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}
