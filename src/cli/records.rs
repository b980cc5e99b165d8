//! Opening the records for a command.

use std::sync::Arc;

use anyhow::Context;

use crate::app::ctx::{Caller, Ctx, Statutes};
use crate::app::house::{self, TokenSettings};
use crate::clock::Clock;
use crate::config::{Config, Synchronous};
use crate::store::Database;
use crate::store::pool::{Durability, Options, Target};

/// The records with what an act of the command line needs.
pub struct Records {
    /// The database.
    pub database: Database,
    /// The law.
    pub statutes: Arc<Statutes>,
    /// The time.
    pub clock: Clock,
}

/// Which database is meant.
pub fn target(config: &Config) -> anyhow::Result<Target> {
    Ok(Target::parse(&config.database_url.0)?)
}

/// How it is opened.
pub fn options(config: &Config) -> Options {
    Options {
        pool_size: config.pool_size,
        timeout: config.database_timeout,
        durability: match config.sqlite_synchronous {
            Synchronous::Full => Durability::Full,
            Synchronous::Normal => Durability::Normal,
        },
    }
}

/// How tokens are made.
pub fn tokens(config: &Config) -> TokenSettings {
    TokenSettings {
        keys: config.token_keys.iter().map(|key| (key.id.clone(), key.key.0.to_vec())).collect(),
        access_seconds: config.access_token_seconds.into(),
        refresh_days: config.refresh_token_days.into(),
    }
}

/// Opens the database, a new SQLite file included; PostgreSQL must be migrated.
pub fn open(config: &Config) -> anyhow::Result<Records> {
    let database = house::open_database(&target(config)?, &options(config))?;
    Records::over(database, config)
}

/// Opens the database only if it is there, and leaves its schema as it is.
pub fn open_as_it_is(config: &Config) -> anyhow::Result<Records> {
    let target = target(config)?;
    if let Target::Sqlite(path) = &target {
        // SQLite would make the file.
        std::fs::metadata(path).with_context(|| path.display().to_string())?;
    }
    let database = Database::open(&target, &options(config)).map_err(crate::app::error::Error::from)?;
    Records::over(database, config)
}

impl Records {
    fn over(database: Database, config: &Config) -> anyhow::Result<Self> {
        Ok(Self { database, statutes: Arc::new(house::statutes()?), clock: Clock::system(config.time_zone) })
    }

    /// The context of one act of the command line, which acts for the service itself.
    pub fn ctx(&self) -> Ctx {
        Ctx {
            caller: Caller::service(),
            moment: self.clock.moment(),
            statutes: Arc::clone(&self.statutes),
            request_ref: "command line".to_owned(),
        }
    }
}
