//! The promises of the house: who imports whom, and what is absent. Each is a pure function over texts, held over the
//! tree by one test and proved able to fail by another, on a small source that breaks it.
//!
//! The scan is plain text on purpose: comments, strings and unit tests are blanked, line numbers stay.

#[cfg(test)]
#[path = "architecture/promises.rs"]
mod promises;
#[cfg(test)]
#[path = "architecture/proofs.rs"]
mod proofs;
#[cfg(test)]
#[path = "architecture/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "architecture/tree.rs"]
mod tree;

/// Each room of `src/`, and the rooms whose items it may name. Nothing points back.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["app", "auth", "clock", "config", "http", "jobs", "logs", "rules", "store"]),
    ("http", &["app", "auth", "clock", "config", "rules"]),
    ("jobs", &["app", "clock", "config", "rules"]),
    ("app", &["auth", "clock", "rules", "store"]),
    ("store", &["clock", "rules"]),
    ("auth", &["rules"]),
    ("logs", &["config"]),
    ("config", &["rules"]),
    ("clock", &["rules"]),
    ("rules", &[]),
];

/// Words that belong to the named places alone: a path such as `store/` stands for everything below it.
const ONLY: &[Only] = &[
    Only {
        words: &["diesel", "diesel_migrations", "libsqlite3_sys", "pq_sys"],
        places: &["store/"],
        promise: "only store/ says diesel",
    },
    Only {
        words: &["actix_web", "actix_rt", "actix_http", "actix_web_prom", "tracing_actix_web", "utoipa_swagger_ui"],
        places: &["http/"],
        promise: "only http/ says actix",
    },
    Only {
        words: &[
            "Utc::now",
            "Local::now",
            "SystemTime::now",
            "Instant::now",
            "OffsetDateTime::now_utc",
            "Uuid::now_v7",
            "Uuid::now_v1",
            "Timestamp::now",
        ],
        places: &["clock.rs"],
        promise: "only clock.rs reads the time",
    },
    Only {
        words: &["env::var", "env::var_os", "env::vars", "env::vars_os", "Env::prefixed", "Env::raw", "Env::var"],
        places: &["config.rs", "config/"],
        promise: "only config.rs reads the environment",
    },
    Only {
        words: &["anyhow"],
        places: &["cli/", "main.rs"],
        promise: "anyhow only in cli and main: the library's errors have names",
    },
];

/// Words that are absent from the named place.
const ABSENT: &[Absent] = &[
    Absent {
        words: &[
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "std::thread",
            "rand",
            "getrandom",
            "tokio",
            "tracing",
        ],
        place: "rules/",
        promise: "rules/ is pure: no files, clock, randomness, threads or logs",
    },
    Absent { words: &["Clock"], place: "store/", promise: "store/ is told the instant, it never asks a clock" },
    Absent {
        words: &["StatusCode", "HeaderMap", "HttpResponse", "HttpRequest"],
        place: "app/",
        promise: "app/ knows no HTTP",
    },
    Absent {
        words: &[".unwrap()", "todo!", "unimplemented!", "dbg!"],
        place: "",
        promise: "no unwrap, no unfinished code",
    },
    Absent {
        words: &["#[allow(", "#![allow(", ", allow("],
        place: "",
        promise: "a lint is expected with a reason, never allowed",
    },
];

/// Where a promise does not hold, and why: (file, word or promise, reason). An exception that nothing needs any more
/// fails its own test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("http/server.rs", "Instant::now", "how long a request took is a duration, not a time of day"),
    ("store/schema.rs", LENGTH, "the tables of the database, one declaration each, in the order of their names"),
    ("rules/terms.rs", LENGTH, "a word list: every closed vocabulary and identifier of the product in one place"),
];

/// A file that is longer asks to be divided.
const LINES_MAX: usize = 450;
const LENGTH: &str = "no file above 450 lines";

/// Names that say nothing about what a module is for.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "manager", "managers", "helper", "helpers", "misc", "shared"];

/// What the service never keeps about a person (the hard bans on welfare data), as words of a column or field name.
const NEVER_KEPT: &[&[&str]] = &[
    &["gps"],
    &["latitude"],
    &["location"],
    &["geolocation"],
    &["wearable"],
    &["sleep"],
    &["social", "media"],
    &["face", "id"],
    &["face", "image"],
    &["facial"],
    &["biometric"],
    &["political"],
    &["off", "duty", "conduct"],
    &["marriage", "quality"],
    &["risk", "score"],
    &["wellness", "score"],
    &["loyalty"],
];

/// Columns that bear a banned word and mean something else: (table.column, what it means).
const NOT_ABOUT_PEOPLE: &[(&str, &str)] = &[("idempotency_keys.location", "the Location header of a kept answer")];

struct Only {
    words: &'static [&'static str],
    places: &'static [&'static str],
    promise: &'static str,
}

struct Absent {
    words: &'static [&'static str],
    place: &'static str,
    promise: &'static str,
}
