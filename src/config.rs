//! Configuration: the only reader of the environment. File, then environment, then flags; a key that is not known or
//! a value that cannot be read stops the start and is named with its place.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use chrono_tz::Tz;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::terms::{UnknownWord, vocabulary};

mod keys;
mod secret;
mod setters;

use keys::KEYS;
pub use secret::{Secret, TokenKey};

vocabulary! {
    /// A language that the service speaks.
    Language {
        /// 简体中文
        ZhCn = "zh-CN",
        /// English
        En = "en",
    }
}

vocabulary! {
    /// How log lines look.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object per line.
        Json = "json",
    }
}

vocabulary! {
    /// When SQLite waits for the disk.
    Synchronous {
        /// At every commit: nothing is lost when the power fails.
        Full = "full",
        /// At checkpoints: the last commits may be lost when the power fails, the file stays sound.
        Normal = "normal",
    }
}

vocabulary! {
    /// Whether something is done.
    Enabled {
        /// It is.
        True = "true",
        /// It is not.
        False = "false",
    }
}

impl Language {
    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.as_str()
    }
}

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://…`; may hold a password.
    pub database_url: Secret<String>,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The service's time zone: dates and the ends of days are its.
    pub time_zone: Tz,
    /// The language of answers where the caller names none.
    pub language: Language,
    /// Keys that sign and verify tokens; the first signs. Empty: made on first start, with SQLite only.
    pub token_keys: Vec<TokenKey>,
    /// Seconds for which an access token holds.
    pub access_token_seconds: u32,
    /// Days for which a sign-in can be refreshed.
    pub refresh_token_days: u32,
    /// Reverse proxies whose word about the client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub log_filter: String,
    /// Bytes of a JSON body at most.
    pub body_limit_bytes: usize,
    /// Bytes of an import at most.
    pub import_limit_bytes: usize,
    /// Rows of a spreadsheet at most.
    pub import_rows_max: usize,
    /// The longest time from the head of a request to its answer.
    pub request_timeout: Duration,
    /// Connections at the same time.
    pub max_connections: usize,
    /// Threads that read and write connections.
    pub workers: usize,
    /// Connections to the database.
    pub pool_size: u32,
    /// The longest wait for the database.
    pub database_timeout: Duration,
    /// The time for running requests to end after SIGTERM.
    pub shutdown: Duration,
    /// When SQLite waits for the disk.
    pub sqlite_synchronous: Synchronous,
    /// Folder of policy texts that are laid over those built in.
    pub policies: Option<PathBuf>,
    /// Whether `serve` makes the runs of jobs.
    pub jobs_enabled: Enabled,
    /// How many days back missed runs of jobs are made up.
    pub jobs_back_days: u32,
    /// How many days the records of runs of jobs are kept.
    pub job_runs_keep_days: u32,
    /// When the rules of rest are held against the roster.
    pub rest_scan_cron: String,
    /// How many days before its date the scan begins.
    pub rest_scan_past_days: u32,
    /// How many days after its date the scan ends.
    pub rest_scan_ahead_days: u32,
}

/// A setting that stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct ConfigError {
    /// `FILE: key`, the name of a variable, or a flag.
    pub place: String,
    /// What is wrong with it; never the value of a secret.
    pub fault: String,
}

impl ConfigError {
    fn new(place: impl Into<String>, fault: impl Into<String>) -> Self {
        Self { place: place.into(), fault: fault.into() }
    }
}

/// The name of the file that is read where none is named.
pub const FILE: &str = "respite.toml";
/// What the names of environment variables begin with.
pub const PREFIX: &str = "RESPITE_";

impl Default for Config {
    fn default() -> Self {
        let mut config = Self {
            database_url: Secret(String::new()),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            time_zone: Tz::Asia__Shanghai,
            language: Language::ZhCn,
            token_keys: Vec::new(),
            access_token_seconds: 0,
            refresh_token_days: 0,
            trusted_proxies: Vec::new(),
            log_format: LogFormat::Text,
            log_filter: String::new(),
            body_limit_bytes: 0,
            import_limit_bytes: 0,
            import_rows_max: 0,
            request_timeout: Duration::ZERO,
            max_connections: 0,
            workers: 0,
            pool_size: 0,
            database_timeout: Duration::ZERO,
            shutdown: Duration::ZERO,
            sqlite_synchronous: Synchronous::Full,
            policies: None,
            jobs_enabled: Enabled::True,
            jobs_back_days: 0,
            job_runs_keep_days: 0,
            rest_scan_cron: String::new(),
            rest_scan_past_days: 0,
            rest_scan_ahead_days: 0,
        };
        for key in KEYS {
            // A test reads every default; none can be refused.
            let _read = (key.set)(&mut config, key.default);
        }
        config
    }
}

impl Config {
    /// Reads the configuration of this process: `file`, or [`FILE`] where it exists; the environment; `flags`, pairs
    /// of key and text.
    ///
    /// # Errors
    /// The first setting that is unknown or cannot be read, with its place.
    pub fn of_process(file: Option<&Path>, flags: &[(&str, String)]) -> Result<Self, ConfigError> {
        let default = PathBuf::from(FILE);
        let file = match file {
            Some(file) => Some(file),
            None if default.exists() => Some(default.as_path()),
            None => None,
        };
        let text = match file {
            Some(path) => Some((
                path.display().to_string(),
                std::fs::read_to_string(path)
                    .map_err(|error| ConfigError::new(path.display().to_string(), error.to_string()))?,
            )),
            None => None,
        };
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some((name, value.into_string().map_err(|_| ())))
        });
        Self::read(text.as_ref().map(|(name, text)| (name.as_str(), text.as_str())), environment, flags)
    }

    /// Reads a configuration: name and text of a file, the variables that begin with [`PREFIX`], flags.
    ///
    /// # Errors
    /// As [`Config::of_process`].
    pub fn read(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (String, Result<String, ()>)>,
        flags: &[(&str, String)],
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        if let Some((name, text)) = file {
            config.set_file(name, text)?;
        }
        let variables: BTreeMap<_, _> = environment.into_iter().collect();
        for (name, value) in variables {
            let value = value.map_err(|()| ConfigError::new(name.as_str(), "is not UTF-8"))?;
            let key = name.strip_prefix(PREFIX).unwrap_or(&name).to_ascii_lowercase();
            let upper = name.chars().all(|letter| !letter.is_ascii_lowercase());
            config.set_key(if upper { &key } else { &name }, &value, &name)?;
        }
        for (key, text) in flags {
            config.set_key(key, text, &format!("--{}", key.replace('_', "-")))?;
        }
        Ok(config)
    }

    fn set_file(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| ConfigError::new(name, syntax(text, &error)))?;
        for (key, value) in &table {
            let place = format!("{name}: {key}");
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(word) => word.to_string(),
                _ if is_key(key) => return Err(ConfigError::new(place, "is a text or a whole number")),
                _ => String::new(),
            };
            self.set_key(key, &text, &place)?;
        }
        Ok(())
    }

    fn set_key(&mut self, key: &str, text: &str, place: &str) -> Result<(), ConfigError> {
        let Some(known) = KEYS.iter().find(|known| known.name == key) else {
            return Err(ConfigError::new(place, "is not a setting that is known"));
        };
        (known.set)(self, text).map_err(|fault| ConfigError::new(place, fault))
    }

    /// A documented file in which every key has its default.
    #[must_use]
    pub fn sample() -> String {
        let mut sample = String::from(
            "# Settings of respite. Every key may be left out; the values here are the defaults.\n\
             # Each can be set in the environment too, as RESPITE_ and the key in capitals, which goes before this file.\n",
        );
        for key in KEYS {
            let plain = key.default.parse::<u64>().is_ok() || key.default.parse::<bool>().is_ok();
            let value = if plain { key.default.to_owned() } else { format!("\"{}\"", key.default) };
            sample.push_str(&format!("\n# {}\n{} = {value}\n", key.about, key.name));
        }
        sample
    }

    /// Every key with its default and what it is for, for the documentation.
    pub fn keys() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        KEYS.iter().map(|key| (key.name, key.default, key.about))
    }
}

fn is_key(name: &str) -> bool {
    KEYS.iter().any(|known| known.name == name)
}

/// Line and fault of a text that is no TOML, without the line itself: it may hold a secret.
fn syntax(text: &str, error: &toml::de::Error) -> String {
    let line =
        error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message())
}

#[cfg(test)]
mod tests;
