//! One connection type for both databases.

use diesel::{PgConnection, SqliteConnection};

/// A connection to either database; one query text serves both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded default.
    Sqlite(SqliteConnection),
    /// Production, and several instances of the service.
    Postgres(PgConnection),
}
