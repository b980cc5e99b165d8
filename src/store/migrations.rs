//! Bringing a database to the schema of this build, and telling whether it is there.

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

/// Names of the migrations that the database still lacks, oldest first.
///
/// # Errors
/// When the database does not answer.
pub fn pending(connection: &mut Conn) -> Result<Vec<String>, Error> {
    fn names<DB: diesel::backend::Backend>(migrations: &[Box<dyn diesel::migration::Migration<DB>>]) -> Vec<String> {
        migrations.iter().map(|migration| migration.name().to_string()).collect()
    }
    match connection {
        Conn::Sqlite(one) => {
            one.pending_migrations(SQLITE).map(|list| names(&list)).map_err(|error| failed(error.as_ref()))
        }
        Conn::Postgres(one) => {
            one.pending_migrations(POSTGRES).map(|list| names(&list)).map_err(|error| failed(error.as_ref()))
        }
    }
}

/// Applies what is pending and says which migrations it applied. Two instances that start at once do not collide:
/// the second waits and then finds nothing to do.
///
/// # Errors
/// When a migration fails; the transaction around it then leaves the database as it was.
pub fn run(tx: &mut Tx) -> Result<Vec<String>, Error> {
    use diesel::RunQueryDsl;
    match &mut *tx.connection {
        Conn::Sqlite(one) => one
            .run_pending_migrations(SQLITE)
            .map(|done| done.iter().map(ToString::to_string).collect())
            .map_err(|error| failed(error.as_ref())),
        Conn::Postgres(one) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK)
                .execute(one)?;
            one.run_pending_migrations(POSTGRES)
                .map(|done| done.iter().map(ToString::to_string).collect())
                .map_err(|error| failed(error.as_ref()))
        }
    }
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
