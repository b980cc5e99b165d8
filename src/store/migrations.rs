//! Bringing a database to the schema of this build, and telling whether it is there.

use diesel::migration::MigrationSource;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Number under which instances of the service agree who migrates (any constant that others do not use).
const MIGRATION_LOCK: i64 = 7_737_737_711;

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> Error {
    Error::Other(format!("migration: {error}"))
}

/// Names of the migrations that the database still lacks, oldest first. Only reads: diesel's own question would first
/// make the table that it asks.
///
/// # Errors
/// When the database does not answer.
pub fn pending(connection: &mut Conn) -> Result<Vec<String>, Error> {
    let (there, all) = match connection {
        Conn::Sqlite(_) => (
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations') AS yes",
            all::<diesel::sqlite::Sqlite>(&SQLITE)?,
        ),
        Conn::Postgres(_) => {
            ("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS yes", all::<diesel::pg::Pg>(&POSTGRES)?)
        }
    };
    let there: There = diesel::sql_query(there).get_result(connection)?;
    let applied: Vec<Applied> = if there.yes {
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(connection)?
    } else {
        Vec::new()
    };
    Ok(all
        .into_iter()
        .filter(|(version, _)| !applied.iter().any(|row| row.version == *version))
        .map(|(_, name)| name)
        .collect())
}

/// Version and name of every migration of this build, oldest first.
fn all<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<Vec<(String, String)>, Error> {
    let migrations = MigrationSource::<DB>::migrations(source).map_err(|error| failed(error.as_ref()))?;
    Ok(migrations
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect())
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Where the schema of a database stands to that of this build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Applied there, unknown here.
    pub unknown: Vec<String>,
    /// Known here, not applied there.
    pub pending: Vec<String>,
    /// Applied there and known here.
    pub applied: usize,
}

/// Compares the migrations of a SQLite database with those of this build.
///
/// # Errors
/// When the database does not answer.
pub fn standing(connection: &mut Conn) -> Result<Standing, Error> {
    let pending = pending(connection)?;
    let there: There = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations') AS yes",
    )
    .get_result(connection)?;
    if !there.yes {
        return Ok(Standing { pending, ..Standing::default() });
    }
    let applied: Vec<Applied> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(connection)?;
    let all = all::<diesel::sqlite::Sqlite>(&SQLITE)?;
    let (known, unknown): (Vec<Applied>, Vec<Applied>) =
        applied.into_iter().partition(|row| all.iter().any(|(version, _)| *version == row.version));
    let unknown = unknown.into_iter().map(|row| row.version).collect();
    Ok(Standing { unknown, pending, applied: known.len() })
}

/// Applies what is pending and names the migrations that it applied. Two instances that start at once do not collide:
/// the second waits and then finds nothing to do. For a file with records, see [`super::file::migrate`].
///
/// # Errors
/// When a migration fails; the transaction around it then leaves the database as it was.
pub fn run(tx: &mut Tx) -> Result<Vec<String>, Error> {
    if let Conn::Postgres(one) = &mut *tx.connection {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK)
            .execute(one)?;
    }
    let names = pending(tx.connection)?;
    match &mut *tx.connection {
        Conn::Sqlite(one) => one.run_pending_migrations(SQLITE).map(drop),
        Conn::Postgres(one) => one.run_pending_migrations(POSTGRES).map(drop),
    }
    .map_err(|error| failed(error.as_ref()))?;
    Ok(names)
}

/// Takes every migration back, newest first. Only tests and a developer's hand do this: it drops all records.
///
/// # Errors
/// When a migration cannot be taken back.
pub fn revert_all(tx: &mut Tx) -> Result<usize, Error> {
    match &mut *tx.connection {
        Conn::Sqlite(one) => {
            one.revert_all_migrations(SQLITE).map(|done| done.len()).map_err(|error| failed(error.as_ref()))
        }
        Conn::Postgres(one) => {
            one.revert_all_migrations(POSTGRES).map(|done| done.len()).map_err(|error| failed(error.as_ref()))
        }
    }
}
