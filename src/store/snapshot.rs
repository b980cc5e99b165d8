//! One state of a file that is read in more than once.

use diesel::r2d2::PooledConnection;

use super::conn::Conn;
use super::pool::{Manager, roll_back};

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
        // Nothing was written: ending it either way is the same. Where it does not end, the pool drops the connection.
        if let Err(error) = roll_back(&mut self.pooled) {
            tracing::warn!(%error, "a snapshot did not end");
        }
    }
}
