//! Everything the desk works with, opened once: database, law, clock, sign-in.

use super::bearers::Bearers;
use super::ctx::{Caller, Ctx};
use super::error::Error;
use super::law::Law;
use super::sign_in::SignIn;
use super::token_keys::{self, KeySource};
use crate::auth::passwords::Passwords;
use crate::auth::throttle::Throttle;
use crate::auth::tokens::KeyRing;
use crate::clock::Clock;
use crate::store::pool::{Options, Target};
use crate::store::{self, Database};

/// The desk with everything on it.
#[derive(Debug)]
pub struct House {
    /// The records.
    pub database: Database,
    /// The law.
    pub law: Law,
    /// The time.
    pub clock: Clock,
    /// Passwords, tokens, throttling.
    pub sign_in: SignIn,
    /// Most rows of a workbook that is imported.
    pub import_rows_max: usize,
}

/// How tokens are made.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// Configured keys, id and secret; without any, SQLite keeps one of its own.
    pub keys: Vec<(String, Vec<u8>)>,
    /// How long an access token holds, in seconds.
    pub access_seconds: i64,
    /// How long a sign-in holds without being used, in days.
    pub refresh_days: i64,
}

/// Why the house does not open.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The schema is not the one of this build.
    #[error("the schema is not current; pending: {}; run `respite migrate`", .0.join(", "))]
    SchemaNotCurrent(Vec<String>),
    /// PostgreSQL serves several instances: they must be given one key ring.
    #[error("on PostgreSQL `token_keys` must be configured")]
    NoTokenKeys,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Opens a database. A new or older SQLite file is brought to the current schema; PostgreSQL only by `migrate`.
///
/// # Errors
/// When it cannot be opened, or its schema is not current.
pub fn open_database(target: &Target, options: &Options) -> Result<Database, Closed> {
    let database = Database::open(target, options).map_err(Error::from)?;
    let pending = database.read(store::migrations::pending).map_err(Error::from)?;
    match target {
        Target::Sqlite(path) if !pending.is_empty() => {
            store::file::migrate(path, options.timeout).map_err(Error::from)?;
        }
        Target::Postgres(_) if !pending.is_empty() => return Err(Closed::SchemaNotCurrent(pending)),
        _ => {}
    }
    Ok(database)
}

/// Brings a database to the current schema and names the migrations applied.
///
/// # Errors
/// When it cannot be opened or a migration fails.
pub fn migrate(target: &Target, options: &Options) -> Result<Vec<String>, Error> {
    let database = Database::open(target, options)?;
    match target {
        Target::Sqlite(path) => Ok(store::file::migrate(path, options.timeout)?),
        Target::Postgres(_) => database.write(|tx| store::migrations::run(tx).map_err(Error::from)),
    }
}

impl House {
    /// Opens the house on a database of the current schema.
    ///
    /// # Errors
    /// When a key is missing, or passwords cannot be computed.
    pub fn open(database: Database, clock: Clock, tokens: &TokenSettings, law: Law) -> Result<Self, Closed> {
        database.write(|tx| law.keep_texts(tx, &clock.moment()))?;
        let (keys, key_source) = match (tokens.keys.is_empty(), database.target()) {
            (false, _) => (tokens.keys.clone(), KeySource::Configured),
            (true, Target::Sqlite(_)) => {
                let moment = clock.moment();
                (database.write(|tx| token_keys::own(tx, &moment))?, KeySource::own(moment.now()))
            }
            (true, Target::Postgres(_)) => return Err(Closed::NoTokenKeys),
        };
        Ok(Self {
            law,
            sign_in: SignIn {
                keys: KeyRing::new(&keys).map_err(|_| Closed::NoTokenKeys)?,
                key_source,
                passwords: Passwords::new().map_err(Error::from)?,
                throttle: Throttle::default(),
                bearers: Bearers::default(),
                access_seconds: tokens.access_seconds,
                refresh_days: tokens.refresh_days,
            },
            database,
            clock,
            import_rows_max: crate::app::import::Limits::default().xlsx_rows_max,
        })
    }

    /// Whether acts can be done now.
    ///
    /// # Errors
    /// Why not: the database is away, or its schema is not the one of this build.
    pub fn is_ready(&self) -> Result<(), Vec<String>> {
        match self.database.read(|connection| store::migrations::pending(connection).map_err(Error::from)) {
            Ok(pending) if pending.is_empty() => Ok(()),
            Ok(pending) => Err(pending),
            Err(error) => Err(vec![error.to_string()]),
        }
    }

    /// Limits the rows of a workbook that is imported.
    #[must_use]
    pub const fn importing(mut self, rows_max: usize) -> Self {
        self.import_rows_max = rows_max;
        self
    }

    /// The context of one act.
    #[must_use]
    pub fn ctx(&self, caller: Caller, request_ref: &str) -> Ctx {
        Ctx {
            caller,
            moment: self.clock.moment(),
            statutes: self.law.current(),
            request_ref: request_ref.to_owned(),
            own_facts: None,
        }
    }
}
