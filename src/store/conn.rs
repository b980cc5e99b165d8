//! One connection type for both databases.

use diesel::backend::Backend;
use diesel::{Connection, PgConnection, SqliteConnection};

/// A connection to either database; one query text serves both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded default.
    Sqlite(SqliteConnection),
    /// Production, and several instances of the service.
    Postgres(PgConnection),
}

/// The backend of a connection that may be to either database.
pub(super) type Either = <Conn as Connection>::Backend;

/// A value of either database.
pub(super) type EitherValue<'a> = <Either as Backend>::RawValue<'a>;
