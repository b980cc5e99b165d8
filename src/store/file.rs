//! A SQLite database as a file: copied while it is in use, examined, taken over by one process alone.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, SqliteConnection};

use super::conn::Conn;
use super::error::Error;
use super::migrations;
use super::pool::{self, Purpose, Tx};

/// How long a busy file is waited for, in milliseconds.
const PATIENCE: u32 = 2_000;

fn open(path: &Path) -> Result<SqliteConnection, Error> {
    let path = path.to_str().ok_or_else(|| Error::Other("the path of the database is not UTF-8".into()))?;
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute(&format!("PRAGMA busy_timeout = {PATIENCE}; PRAGMA foreign_keys = ON;"))?;
    Ok(connection)
}

/// Writes the database at `source`, as one moment has it, into the empty file `target`. It may be in use meanwhile:
/// readers and the writer go on.
///
/// # Errors
/// When it cannot be read, or the disk is full.
pub fn copy_into(source: &Path, target: &Path) -> Result<(), Error> {
    let target = target.to_str().ok_or_else(|| Error::Other("the path of the copy is not UTF-8".into()))?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target).execute(&mut open(source)?)?;
    Ok(())
}

/// What an examination of a file found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What SQLite's own check says; empty when the file is sound.
    pub damage: Vec<String>,
    /// Migrations that the file has and this build does not know: another program's, or a newer one's.
    pub unknown: Vec<String>,
    /// Migrations that the file lacks.
    pub pending: Vec<String>,
    /// Migrations that the file has.
    pub applied: usize,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Examines a file: its pages, its references, its schema.
///
/// # Errors
/// When it cannot be read as a database at all.
pub fn examine(path: &Path) -> Result<Findings, Error> {
    let mut connection = Conn::Sqlite(open(path)?);
    let lines: Vec<Line> = diesel::sql_query("PRAGMA integrity_check(20)").load(&mut connection)?;
    let mut damage: Vec<String> =
        lines.into_iter().map(|line| line.integrity_check).filter(|line| line != "ok").collect();
    if damage.is_empty() {
        damage.extend(led_astray(&mut connection)?);
    }
    let known = migrations::standing(&mut connection)?;
    Ok(Findings { damage, unknown: known.unknown, pending: known.pending, applied: known.applied })
}

/// Brings a file to the schema of this build, all of it or nothing, and names the migrations that it applied. A table that
/// others refer to may be rebuilt: references are not looked at meanwhile, and must all lead somewhere in the end. Whoever
/// else writes is waited for as long as `patience`.
///
/// # Errors
/// When a migration fails, or the file is busy; it then is as it was.
pub fn migrate(path: &Path, patience: Duration) -> Result<Vec<String>, Error> {
    let mut connection = open(path)?;
    let milliseconds = patience.as_millis();
    connection.batch_execute(&format!("PRAGMA busy_timeout = {milliseconds}; PRAGMA foreign_keys = OFF;"))?;
    let mut connection = Conn::Sqlite(connection);
    pool::begin(&mut connection, Purpose::Writing)?;
    // What is not committed ends with the connection.
    let names = migrations::run(&mut Tx { connection: &mut connection })?;
    if !names.is_empty() {
        led_astray(&mut connection)?.map_or(Ok(()), |why| Err(Error::Other(format!("migration: {why}"))))?;
    }
    pool::commit(&mut connection)?;
    Ok(names)
}

/// What a check of every reference finds; `None` where all of them lead somewhere.
fn led_astray(connection: &mut Conn) -> Result<Option<String>, Error> {
    let broken: Number =
        diesel::sql_query("SELECT count(*) AS number FROM pragma_foreign_key_check").get_result(connection)?;
    Ok((broken.number > 0).then(|| format!("{} references lead nowhere", broken.number)))
}

/// A database that this process alone has open. Whoever opens it meanwhile waits, and then fails.
pub struct Alone {
    /// Held for its lock.
    _connection: SqliteConnection,
}

/// Takes a database over: what lies in its log is written into the file, and nobody else gets in.
///
/// # Errors
/// [`Error::Unavailable`] when another process has it open.
pub fn take_over(path: &Path) -> Result<Alone, Error> {
    let mut connection = open(path)?;
    // Leaving the write-ahead log needs the whole file for oneself: it fails while anybody else is connected.
    connection.batch_execute("PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;")?;
    Ok(Alone { _connection: connection })
}
