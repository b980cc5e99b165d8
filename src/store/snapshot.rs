//! One state of a file that is read in more than once.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::r2d2::PooledConnection;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl, SqliteConnection};

use super::conn::Conn;
use super::pool::{Manager, end_reading};

/// A statement without values, prepared once for each connection: a snapshot begins and ends at every request.
macro_rules! word {
    ($name:ident, $sql:literal) => {
        #[derive(Debug, Clone, Copy, QueryId)]
        struct $name;

        impl QueryFragment<Sqlite> for $name {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                out.push_sql($sql);
                Ok(())
            }
        }

        impl RunQueryDsl<SqliteConnection> for $name {}
    };
}

word!(Begin, "BEGIN");
word!(End, "COMMIT");

/// Begins a snapshot.
pub(super) fn begin(connection: &mut SqliteConnection) -> QueryResult<()> {
    Begin.execute(connection).map(drop)
}

/// Ends a snapshot, in which nothing can have been written. A connection on which that fails is broken.
pub(super) fn end(connection: &mut SqliteConnection) -> QueryResult<()> {
    End.execute(connection)
        .map(drop)
        .inspect_err(|_| AnsiTransactionManager::transaction_manager_status_mut(connection).set_in_error())
}

/// One state of a file, for as long as it lives.
pub struct Snapshot {
    pooled: PooledConnection<Manager>,
}

impl Snapshot {
    /// The state that a connection sees whose transaction has begun.
    pub(super) const fn begun(pooled: PooledConnection<Manager>) -> Self {
        Self { pooled }
    }

    /// Runs `act` on the snapshot; what it tries to write is refused.
    ///
    /// # Errors
    /// What `act` returns.
    pub fn read<T, E>(&mut self, act: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        act(&mut self.pooled)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Where it does not end, the pool drops the connection.
        if let Err(error) = end_reading(&mut self.pooled) {
            tracing::warn!(%error, "a snapshot did not end");
        }
    }
}
