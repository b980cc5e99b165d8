//! People whose rest is to be looked at again, because something changed for many of them at once. A row goes in the
//! transaction that keeps what was found.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{Date, Timestamp};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::schema::rest_looks;
use crate::rules::terms::OfficerId;

/// Rows of one statement.
const CHUNK: usize = 500;

/// One look that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_looks)]
pub struct Look {
    /// At whom.
    pub officer_id: OfficerId,
    /// First date.
    pub from_on: NaiveDate,
    /// Last date.
    pub to_on: NaiveDate,
    /// How often it was asked for.
    pub asked: i32,
    /// When first.
    pub recorded_at: NaiveDateTime,
}

/// Asks for a look at some officers. What is asked for already is asked for once more, so that a look under way, which
/// may not have seen the change, does not count for it.
///
/// # Errors
/// When the database does not answer.
pub fn ask(
    tx: &mut Tx,
    officers: &[OfficerId],
    (from_on, to_on): (NaiveDate, NaiveDate),
    recorded_at: NaiveDateTime,
) -> Result<(), Error> {
    let look = |officer: &OfficerId| Look { officer_id: *officer, from_on, to_on, asked: 1, recorded_at };
    let key = (rest_looks::officer_id, rest_looks::from_on, rest_looks::to_on);
    let again = rest_looks::asked.eq(rest_looks::asked + 1);
    match &mut *tx.connection {
        Conn::Sqlite(one) => {
            for officer in officers {
                let insert = diesel::insert_into(rest_looks::table).values(look(officer));
                insert.on_conflict(key).do_update().set(again).execute(one)?;
            }
        }
        Conn::Postgres(one) => {
            for some in officers.chunks(CHUNK) {
                let rows: Vec<Look> = some.iter().map(look).collect();
                let insert = diesel::insert_into(rest_looks::table).values(rows);
                insert.on_conflict(key).do_update().set(again).execute(one)?;
            }
        }
    }
    Ok(())
}

/// Asks for a look at everybody, in one statement.
///
/// # Errors
/// When the database does not answer.
pub fn ask_everybody(
    tx: &mut Tx,
    (from_on, to_on): (NaiveDate, NaiveDate),
    recorded_at: NaiveDateTime,
) -> Result<(), Error> {
    const ALL: &str = "INSERT INTO rest_looks (officer_id, from_on, to_on, asked, recorded_at) \
        SELECT id, @1, @2, 1, @3 FROM officers WHERE true \
        ON CONFLICT (officer_id, from_on, to_on) DO UPDATE SET asked = rest_looks.asked + 1";
    let place = if matches!(tx.connection, Conn::Sqlite(_)) { "?" } else { "$" };
    diesel::sql_query(ALL.replace('@', place))
        .bind::<Date, _>(from_on)
        .bind::<Date, _>(to_on)
        .bind::<Timestamp, _>(recorded_at)
        .execute(tx.connection)?;
    Ok(())
}

/// The looks asked for at officers after one, in the order of their ids.
///
/// # Errors
/// When the database does not answer.
pub fn after(connection: &mut Conn, after: Option<OfficerId>, limit: i64) -> Result<Vec<Look>, Error> {
    let mut query = rest_looks::table
        .select(Look::as_select())
        .order((rest_looks::officer_id, rest_looks::from_on, rest_looks::to_on))
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(rest_looks::officer_id.gt(after));
    }
    Ok(query.load(connection)?)
}

/// Takes a look off the list, unless it was asked for once more meanwhile.
///
/// # Errors
/// When the database does not answer.
pub fn done(tx: &mut Tx, look: &Look) -> Result<(), Error> {
    diesel::delete(rest_looks::table.find((look.officer_id, look.from_on, look.to_on)))
        .filter(rest_looks::asked.eq(look.asked))
        .execute(tx.connection)?;
    Ok(())
}
