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

mod secret;
mod setters;

use secret::read_keys;
pub use secret::{Secret, TokenKey};
use setters::{read_networks, set, set_seconds, set_within};

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

/// One key: its name, its default as text, what it is for, and how its text is read.
struct Key {
    name: &'static str,
    default: &'static str,
    about: &'static str,
    set: fn(&mut Config, &str) -> Result<(), String>,
}

const KEYS: &[Key] = &[
    Key {
        name: "database_url",
        default: "sqlite:respite.db",
        about: "sqlite:PATH (a file, made on first start) or postgres://USER:PASSWORD@HOST/NAME (migrated by `respite migrate`).",
        set: |c, text| {
            let known = ["sqlite:", "postgres://", "postgresql://"]
                .iter()
                .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
            c.database_url = Secret(text.to_owned());
            if known { Ok(()) } else { Err("begins with sqlite: or postgres://".to_owned()) }
        },
    },
    Key {
        name: "listen",
        default: "127.0.0.1:8080",
        about: "Address and port.",
        set: |c, text| set(&mut c.listen, text, "an address with a port, such as 127.0.0.1:8080"),
    },
    Key {
        name: "time_zone",
        default: "Asia/Shanghai",
        about: "IANA name of the zone in which days begin and end.",
        set: |c, text| set(&mut c.time_zone, text, "the IANA name of a time zone, such as Asia/Shanghai"),
    },
    Key {
        name: "language",
        default: "zh-CN",
        about: "zh-CN or en: the language of messages where the caller names none.",
        set: |c, text| set(&mut c.language, text, "zh-CN or en"),
    },
    Key {
        name: "token_keys",
        default: "",
        about: "KID:BASE64(32 bytes)[,…]: the first signs, all verify. Required with PostgreSQL; with SQLite made on first start. Better set as RESPITE_TOKEN_KEYS than written here.",
        set: |c, text| {
            c.token_keys = read_keys(text)?;
            Ok(())
        },
    },
    Key {
        name: "access_token_seconds",
        default: "900",
        about: "How long an access token holds, 60 to 86400.",
        set: |c, text| set_within(&mut c.access_token_seconds, text, 60, 86_400),
    },
    Key {
        name: "refresh_token_days",
        default: "30",
        about: "How long a sign-in can be refreshed, 1 to 365.",
        set: |c, text| set_within(&mut c.refresh_token_days, text, 1, 365),
    },
    Key {
        name: "trusted_proxies",
        default: "",
        about: "Addresses or networks of reverse proxies, such as 127.0.0.1,10.0.0.0/8: the X-Forwarded-For of these alone is believed.",
        set: |c, text| {
            c.trusted_proxies = read_networks(text)?;
            Ok(())
        },
    },
    Key {
        name: "log_format",
        default: "text",
        about: "text or json.",
        set: |c, text| set(&mut c.log_format, text, "text or json"),
    },
    Key {
        name: "log_filter",
        default: "info",
        about: "Levels by module, such as info,respite=debug.",
        set: |c, text| {
            tracing_subscriber::EnvFilter::try_new(text).map_err(|error| error.to_string())?;
            text.clone_into(&mut c.log_filter);
            Ok(())
        },
    },
    Key {
        name: "body_limit_bytes",
        default: "1048576",
        about: "The largest JSON body, 1024 to 67108864.",
        set: |c, text| set_within(&mut c.body_limit_bytes, text, 1024, 64 << 20),
    },
    Key {
        name: "import_limit_bytes",
        default: "33554432",
        about: "The largest file of an import, 1024 to 1073741824.",
        set: |c, text| set_within(&mut c.import_limit_bytes, text, 1024, 1 << 30),
    },
    Key {
        name: "import_rows_max",
        default: "20000",
        about: "The most rows of a spreadsheet, 1 to 1000000.",
        set: |c, text| set_within(&mut c.import_rows_max, text, 1, 1_000_000),
    },
    Key {
        name: "request_timeout_seconds",
        default: "30",
        about: "The longest time for one request, 1 to 3600.",
        set: |c, text| set_seconds(&mut c.request_timeout, text, 1, 3600),
    },
    Key {
        name: "max_connections",
        default: "10000",
        about: "Connections at the same time, 1 to 1000000.",
        set: |c, text| set_within(&mut c.max_connections, text, 1, 1_000_000),
    },
    Key {
        name: "workers",
        default: "2",
        about: "Threads that read and write connections, 1 to 256.",
        set: |c, text| set_within(&mut c.workers, text, 1, 256),
    },
    Key {
        name: "pool_size",
        default: "16",
        about: "Connections to the database, 1 to 1000.",
        set: |c, text| set_within(&mut c.pool_size, text, 1, 1000),
    },
    Key {
        name: "database_timeout_seconds",
        default: "10",
        about: "The longest wait for the database, 1 to 300.",
        set: |c, text| set_seconds(&mut c.database_timeout, text, 1, 300),
    },
    Key {
        name: "shutdown_seconds",
        default: "10",
        about: "The time for running requests to end after SIGTERM, 1 to 14.",
        set: |c, text| set_seconds(&mut c.shutdown, text, 1, 14),
    },
    Key {
        name: "sqlite_synchronous",
        default: "full",
        about: "full (nothing is lost when the power fails) or normal (faster; the last commits may be).",
        set: |c, text| set(&mut c.sqlite_synchronous, text, "full or normal"),
    },
    Key {
        name: "policies",
        default: "",
        about: "Folder of policy texts (*.toml) laid over those built in; the same on every instance. Empty: none.",
        set: |c, text| {
            c.policies = (!text.is_empty()).then(|| PathBuf::from(text));
            Ok(())
        },
    },
];

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
            let plain = key.default.parse::<u64>().is_ok();
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
