//! Opening the records for a command.

use std::sync::Arc;

use anyhow::Context;

use crate::app::ctx::{Caller, Ctx, Statutes};
use crate::app::error::Error;
use crate::app::house::{self, TokenSettings};
use crate::app::law::Law;
use crate::clock::Clock;
use crate::config::{Config, Synchronous};
use crate::store::pool::{Durability, Options, Target};
use crate::store::{self, Database};

/// The records with what an act of the command line needs.
pub struct Records {
    /// The database.
    pub database: Database,
    /// The law.
    pub law: Law,
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
        at_once: u32::try_from(config.workers).unwrap_or(u32::MAX),
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

/// The law that is built in, with the configured folder over it; a text that stumbles is named with file and line.
pub fn law(config: &Config) -> anyhow::Result<Law> {
    let texts = match &config.policies {
        Some(folder) => super::policy::texts(folder)?,
        None => Vec::new(),
    };
    Ok(Law::new(&texts)?)
}

/// The law in force: with what was published, where the configured database is there already.
pub fn law_in_force(config: &Config) -> anyhow::Result<Arc<Statutes>> {
    let law = law(config)?;
    if let Target::Sqlite(path) = target(config)?
        && !path.exists()
    {
        return Ok(law.current());
    }
    Ok(open_as_it_is(config)?.law.current())
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
        let law = law(config)?;
        let pending = database.read(store::migrations::pending).map_err(Error::from)?;
        if pending.is_empty() {
            database.read(|connection| law.refresh(connection))?;
        }
        Ok(Self { database, law, clock: Clock::system(config.time_zone) })
    }

    /// The context of one act of the command line, which acts for the service itself.
    pub fn ctx(&self) -> Ctx {
        Ctx {
            caller: Caller::service(),
            moment: self.clock.moment(),
            statutes: self.law.current(),
            request_ref: "command line".to_owned(),
            own_facts: None,
        }
    }
}
