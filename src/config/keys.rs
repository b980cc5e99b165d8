//! Every key: its default, what it is for, and how its text is read.

use std::path::PathBuf;

use super::Config;
use super::secret::{Secret, read_keys};
use super::setters::{read_networks, set, set_cron, set_seconds, set_within};

/// One key: its name, its default as text, what it is for, and how its text is read.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) default: &'static str,
    pub(super) about: &'static str,
    pub(super) set: fn(&mut Config, &str) -> Result<(), String>,
}

pub(super) const KEYS: &[Key] = &[
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
    Key {
        name: "jobs_enabled",
        default: "true",
        about: "true or false: whether `serve` makes the runs of jobs that are owed. With false, call `respite jobs run --owed` by cron.",
        set: |c, text| set(&mut c.jobs_enabled, text, "true or false"),
    },
    Key {
        name: "jobs_back_days",
        default: "31",
        about: "How many days back missed runs of jobs are made up, 1 to 366.",
        set: |c, text| set_within(&mut c.jobs_back_days, text, 1, 366),
    },
    Key {
        name: "job_runs_keep_days",
        default: "92",
        about: "How many days the records of runs of jobs are kept, 7 to 3660, and never less than jobs_back_days; the newest 500 of each job stay.",
        set: |c, text| set_within(&mut c.job_runs_keep_days, text, 7, 3660),
    },
    Key {
        name: "rest_scan_cron",
        default: "30 2 * * *",
        about: "When the rules of rest are held against the roster: minute, hour, day, month, weekday in `time_zone`.",
        set: |c, text| set_cron(&mut c.rest_scan_cron, text),
    },
    Key {
        name: "rest_scan_past_days",
        default: "7",
        about: "How many days before its date the scan begins, 0 to 366.",
        set: |c, text| set_within(&mut c.rest_scan_past_days, text, 0, 366),
    },
    Key {
        name: "rest_scan_ahead_days",
        default: "35",
        about: "How many days after its date the scan ends, 0 to 366.",
        set: |c, text| set_within(&mut c.rest_scan_ahead_days, text, 0, 366),
    },
];
