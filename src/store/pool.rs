//! Connections: the scheme of the URL decides, pools fail fast, reads see one snapshot, writes are one transaction.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::{Connection as _, PgConnection, SqliteConnection};

use super::conn::Conn;
use super::error::Error;
use super::snapshot::{self, Snapshot};
use super::together::Gathering;

/// Which database a URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

/// A database URL whose scheme is neither `sqlite:` nor `postgres:`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database URL must begin with `sqlite:` or `postgres://`")]
pub struct UnknownScheme;

impl Target {
    /// Reads a database URL.
    ///
    /// # Errors
    /// When the scheme is unknown; nothing is guessed and no file is made.
    pub fn parse(url: &str) -> Result<Self, UnknownScheme> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(UnknownScheme) } else { Ok(Self::Sqlite(PathBuf::from(path))) };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(UnknownScheme)
    }
}

/// How often SQLite waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// At every commit: nothing answered is lost on power failure.
    Full,
    /// At checkpoints: a power failure may lose the last commits, never halves of them.
    Normal,
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub pool_size: u32,
    /// Connections of a file for what is read at once: as many as there are threads that do so.
    pub at_once: u32,
    /// How long to wait for a connection or a lock before the database counts as busy.
    pub timeout: Duration,
    /// SQLite's `synchronous`.
    pub durability: Durability,
}

impl Default for Options {
    fn default() -> Self {
        Self { pool_size: 8, at_once: 2, timeout: Duration::from_secs(10), durability: Durability::Full }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Reading,
    /// A few rows of a file, for which nobody waits.
    AtOnce,
    Writing,
}

/// Makes and checks connections of one target.
#[derive(Debug)]
pub(super) struct Manager {
    target: Target,
    options: Options,
    purpose: Purpose,
}

/// After how many pages in the log SQLite brings them into the file; each time waits for the disk once more.
const CHECKPOINT_PAGES: u32 = 4096;

/// The memory for pages of a file, in KiB: of all connections that read at once together, of all others that read, and of the
/// one that writes. What belongs to one person is asked for again and again; what goes over everybody gains little from it.
const CACHE_AT_ONCE: u32 = 32 << 10;
const CACHE_READING: u32 = 32 << 10;
const CACHE_WRITING: u32 = 16 << 10;
/// The least that one connection has, in KiB.
const CACHE_MIN: u32 = 1 << 10;

impl Manager {
    /// The memory for pages that a connection has, in KiB.
    fn cache(&self) -> u32 {
        match self.purpose {
            Purpose::AtOnce => CACHE_AT_ONCE / self.options.at_once.max(1),
            Purpose::Reading => CACHE_READING / self.options.pool_size.max(1),
            Purpose::Writing => CACHE_WRITING,
        }
        .max(CACHE_MIN)
    }

    fn open(&self) -> Result<Conn, Error> {
        let milliseconds = self.options.timeout.as_millis();
        match &self.target {
            Target::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| Error::Other("the path of the database is not UTF-8".into()))?;
                let mut connection = SqliteConnection::establish(path)?;
                let synchronous = match self.options.durability {
                    Durability::Full => "FULL",
                    Durability::Normal => "NORMAL",
                };
                connection.batch_execute(&format!(
                    "PRAGMA busy_timeout = {milliseconds}; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; \
                     PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};"
                ))?;
                connection.batch_execute(&format!("PRAGMA cache_size = -{}", self.cache()))?;
                if self.purpose != Purpose::Writing {
                    connection.batch_execute("PRAGMA query_only = ON")?;
                }
                Ok(Conn::Sqlite(connection))
            }
            Target::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                connection.batch_execute(&format!(
                    "SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}; \
                     SET idle_in_transaction_session_timeout = {}; SET TIME ZONE 'UTC';",
                    milliseconds * 2
                ))?;
                Ok(Conn::Postgres(connection))
            }
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn, Error> {
        self.open()
    }

    fn is_valid(&self, connection: &mut Conn) -> Result<(), Error> {
        Ok(connection.ping()?)
    }

    fn has_broken(&self, connection: &mut Conn) -> bool {
        std::thread::panicking() || is_broken(connection)
    }
}

/// An open database.
#[derive(Clone)]
pub struct Database {
    target: Target,
    readers: Pool<Manager>,
    readers_at_once: Option<Pool<Manager>>,
    writers: Pool<Manager>,
    gathering: Option<Arc<Gathering>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("sqlite", &matches!(self.target, Target::Sqlite(_))).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database and checks that it answers.
    ///
    /// # Errors
    /// When the first connection cannot be made.
    pub fn open(target: &Target, options: &Options) -> Result<Self, Error> {
        if let Target::Sqlite(path) = target {
            private_file(path)?;
        }
        // One attempt outside the pool: its error says what is wrong, where the pool would only say "timed out".
        drop(Manager { target: target.clone(), options: options.clone(), purpose: Purpose::Writing }.open()?);
        let pool = |purpose, size: u32| {
            Pool::builder()
                .max_size(size.max(1))
                .min_idle(Some(1))
                .connection_timeout(options.timeout)
                // The first statement of every transaction is the test: see `begun`.
                .test_on_check_out(false)
                .error_handler(Box::new(QuietHandler))
                .build(Manager { target: target.clone(), options: options.clone(), purpose })
                .map_err(|error| Error::Unavailable(error.to_string()))
        };
        let (readers, writers) = match target {
            // SQLite has one writer at a time anyway: one connection makes the others queue fairly, without BUSY.
            Target::Sqlite(_) => (pool(Purpose::Reading, options.pool_size)?, pool(Purpose::Writing, 1)?),
            Target::Postgres(_) => {
                let both = pool(Purpose::Writing, options.pool_size)?;
                (both.clone(), both)
            }
        };
        let (readers_at_once, gathering) = match target {
            Target::Sqlite(_) => {
                let gathering = Gathering::start(writers.clone())?;
                (Some(pool(Purpose::AtOnce, options.at_once)?), Some(Arc::new(gathering)))
            }
            Target::Postgres(_) => (None, None),
        };
        Ok(Self { target: target.clone(), readers, readers_at_once, writers, gathering })
    }

    /// Which database this is.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Runs `act` on one snapshot; what it tries to write is refused.
    ///
    /// # Errors
    /// What `act` returns, or that the database is away.
    pub fn read<T, E: From<Error>>(&self, act: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut pooled = begun(&self.readers, Purpose::Reading)?;
        on_snapshot(&mut pooled, act)
    }

    /// As [`Database::read`], but only where nothing has to be waited for: on a file, with a connection that is idle.
    /// A few rows of a file are found in less time than another thread takes to wake up. Elsewhere gives `act` back.
    ///
    /// # Errors
    /// `act` itself where something would have to be waited for.
    pub fn read_at_once<T, E: From<Error>, F>(&self, act: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        match self.snapshot_at_once() {
            None => Err(act),
            Some(Ok(mut snapshot)) => Ok(snapshot.read(act)),
            Some(Err(error)) => Ok(Err(error.into())),
        }
    }

    /// A snapshot to read in more than once, as [`Database::read_at_once`]: `None` where something would have to be waited
    /// for. It holds a connection as long as it lives.
    #[must_use]
    pub fn snapshot_at_once(&self) -> Option<Result<Snapshot, Error>> {
        let mut pooled = self.readers_at_once.as_ref()?.try_get()?;
        Some(begin(&mut pooled, Purpose::AtOnce).map(|()| Snapshot::begun(pooled)))
    }

    /// Runs `act` in one write transaction: all of it is kept, or nothing. A transaction that the database ends in
    /// favour of another (serialization failure, deadlock) is run again from the start, at most three times.
    ///
    /// # Errors
    /// What `act` returns, or that the database is busy or away.
    pub fn write<T, E: From<Error> + Retry>(&self, act: impl FnMut(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        write_alone(&self.writers, act)
    }

    /// As [`Database::write`], in one transaction with what others write at the same moment: for acts that take no longer
    /// than a commit. Only on a file; a server has its own way of committing together. Elsewhere gives `act` back.
    ///
    /// # Errors
    /// `act` itself where nothing is written together; what it returns comes with the future.
    pub fn write_together<T, E, F>(&self, act: F) -> Result<impl Future<Output = Result<T, E>> + use<T, E, F>, F>
    where
        T: Send + 'static,
        E: From<Error> + Retry + Send + 'static,
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        match &self.gathering {
            Some(gathering) => Ok(gathering.join(act)),
            None => Err(act),
        }
    }
}

/// One act in a transaction of its own: see [`Database::write`].
pub(super) fn write_alone<T, E: From<Error> + Retry>(
    writers: &Pool<Manager>,
    mut act: impl FnMut(&mut Tx) -> Result<T, E>,
) -> Result<T, E> {
    let mut pooled = begun(writers, Purpose::Writing)?;
    let mut attempts_left = 3;
    loop {
        let connection: &mut Conn = &mut pooled;
        let result = act(&mut Tx { connection }).and_then(|value| {
            commit(connection)?;
            Ok(value)
        });
        match result {
            Ok(value) => return Ok(value),
            Err(error) => {
                // A full disk ends the transaction by itself. What counts is why; the pool drops the connection.
                if roll_back(connection).is_err() {
                    return Err(error);
                }
                attempts_left -= 1;
                if attempts_left == 0 || !error.is_transient() {
                    return Err(error);
                }
                begin(&mut pooled, Purpose::Writing)?;
            }
        }
    }
}

/// Runs `act` in a snapshot that has begun, and ends it.
fn on_snapshot<T, E: From<Error>>(connection: &mut Conn, act: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
    let result = act(connection);
    let end = end_reading(connection);
    let value = result?;
    end?;
    Ok(value)
}

/// A connection in a transaction that has begun. Where the server has meanwhile closed idle connections, its first
/// statement finds that out: the pool drops such a connection and gives another, at last a new one.
pub(super) fn begun(pool: &Pool<Manager>, purpose: Purpose) -> Result<PooledConnection<Manager>, Error> {
    let mut idle = pool.max_size();
    loop {
        let mut pooled = pool.get().map_err(|error| Error::Unavailable(error.to_string()))?;
        match begin(&mut pooled, purpose) {
            Ok(()) => return Ok(pooled),
            Err(_) if idle > 0 && is_broken(&mut pooled) => idle -= 1,
            Err(error) => return Err(error),
        }
    }
}

fn is_broken(connection: &mut Conn) -> bool {
    match connection {
        Conn::Sqlite(one) => one.is_broken(),
        Conn::Postgres(one) => one.is_broken(),
    }
}

/// Makes the file of a new database, for its owner alone: it holds personnel records and the keys that sign tokens.
fn private_file(path: &std::path::Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::Unavailable(format!("{}: {error}", path.display()))),
    }
}

/// Tells whether the same transaction, run again, may succeed.
pub trait Retry {
    /// Whether the database ended the transaction only because another was running.
    fn is_transient(&self) -> bool;
}

/// A write transaction. Reads inside it see what it wrote.
pub struct Tx<'a> {
    pub(super) connection: &'a mut Conn,
}

impl Tx<'_> {
    /// The connection, for the reading functions of this room.
    pub fn reading(&mut self) -> &mut Conn {
        self.connection
    }
}

pub(super) fn begin(connection: &mut Conn, purpose: Purpose) -> Result<(), Error> {
    let result = match (connection, purpose) {
        (Conn::Sqlite(one), Purpose::Reading | Purpose::AtOnce) => snapshot::begin(one),
        (Conn::Sqlite(one), Purpose::Writing) => AnsiTransactionManager::begin_transaction_sql(one, "BEGIN IMMEDIATE"),
        (Conn::Postgres(one), Purpose::Reading | Purpose::AtOnce) => {
            AnsiTransactionManager::begin_transaction_sql(one, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
        // Every act that spends something locks its head row first; after that lock each statement sees what the
        // act before it committed, which is what READ COMMITTED promises and a snapshot would not.
        (Conn::Postgres(one), Purpose::Writing) => {
            AnsiTransactionManager::begin_transaction_sql(one, "BEGIN ISOLATION LEVEL READ COMMITTED")
        }
    };
    Ok(result?)
}

/// Ends a transaction in which nothing was written.
pub(super) fn end_reading(connection: &mut Conn) -> Result<(), Error> {
    match connection {
        Conn::Sqlite(one) => Ok(snapshot::end(one)?),
        Conn::Postgres(_) => roll_back(connection),
    }
}

pub(super) fn commit(connection: &mut Conn) -> Result<(), Error> {
    Ok(match connection {
        Conn::Sqlite(one) => AnsiTransactionManager::commit_transaction(one),
        Conn::Postgres(one) => AnsiTransactionManager::commit_transaction(one),
    }?)
}

pub(super) fn roll_back(connection: &mut Conn) -> Result<(), Error> {
    let result = match connection {
        Conn::Sqlite(one) => AnsiTransactionManager::rollback_transaction(one),
        Conn::Postgres(one) => AnsiTransactionManager::rollback_transaction(one),
    };
    match result {
        // A failed commit has already ended the transaction.
        Ok(()) | Err(diesel::result::Error::NotInTransaction) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// r2d2 would write connection errors to a log of its own; the caller's error says the same once.
#[derive(Debug)]
struct QuietHandler;

impl diesel::r2d2::HandleError<Error> for QuietHandler {
    fn handle_error(&self, error: Error) {
        tracing::debug!(%error, "a pooled connection failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides() {
        assert_eq!(Target::parse("sqlite:a.db"), Ok(Target::Sqlite("a.db".into())));
        assert_eq!(Target::parse("sqlite:///var/a.db"), Ok(Target::Sqlite("/var/a.db".into())));
        assert_eq!(Target::parse("postgres://h/d"), Ok(Target::Postgres("postgres://h/d".into())));
        for wrong in ["", "sqlite:", "mysql://h/d", "a.db", "postgres:h", "/a.db"] {
            assert_eq!(Target::parse(wrong), Err(UnknownScheme), "{wrong}");
        }
    }
}
