//! Each promise can be broken, and what only looks like a breach is left alone.

use crate::promises::*;
use crate::reading::test_modules;
use crate::{LENGTH, LINES_MAX};

/// The lines and words of the breaches of one small source.
fn broken(promise: fn(&Source) -> Vec<Breach>, path: &str, text: &str) -> Vec<(usize, String)> {
    let mut breaches: Vec<_> =
        promise(&Source::new(path, text)).into_iter().map(|breach| (breach.line, breach.key)).collect();
    breaches.sort();
    breaches
}

fn one(line: usize, key: &str) -> Vec<(usize, String)> {
    vec![(line, key.to_owned())]
}

#[test]
fn an_import_against_the_direction_is_seen() {
    for (path, text, key) in [
        ("rules/terms.rs", "\nuse crate::app::error::Error;", "app"),
        ("rules/terms.rs", "\nuse crate::clock::Clock;", "clock"),
        ("store/units.rs", "\npub(crate) use crate::{rules::terms, http::{self}};", "http"),
        ("store/units.rs", "\nuse crate::{\n    rules::{self, terms::{UnitId, OfficerId}},\n    app,\n};", "app"),
        ("app/leave.rs", "\nfn f() -> crate::http::View { g() }", "http"),
        ("http/leave.rs", "\nuse crate::store::units;", "store"),
        ("auth/tokens.rs", "\nuse crate::store;", "store"),
        ("jobs/due.rs", "\nuse crate::http;", "http"),
        ("main.rs", "\nuse respite::store;", "store"),
        ("rules/a/mod.rs", "\nuse super::super::app;", "super"),
        ("rules/a.rs", "\nuse super::super::app;", "super"),
        ("clock.rs", "\nuse super::app;", "super"),
    ] {
        assert_eq!(broken(directions, path, text), one(2, key), "{path}: {text}");
    }
    assert_eq!(broken(directions, "misplaced/a.rs", ""), one(1, "misplaced"));
}

#[test]
fn an_import_along_the_direction_passes() {
    for (path, text) in [
        ("store/units.rs", "use crate::rules::terms::UnitId; use super::pool; use crate::store::pool::Tx;"),
        ("rules/a.rs", "use super::terms; // use crate::app;\nconst S: &str = \"crate::app\";"),
        ("rules/a/b.rs", "use super::super::terms;"),
        ("rules/a.rs", "#[cfg(test)]\nmod tests {\n    fn f() { if true {} }\n    use crate::app;\n}"),
        ("app/mod.rs", "use crate::{rules, store::{self, units}, auth};"),
        ("lib.rs", "pub mod http;"),
        ("main.rs", "respite::cli::run()"),
    ] {
        assert_eq!(broken(directions, path, text), [], "{path}: {text}");
    }
}

#[test]
fn a_word_out_of_its_place_is_seen() {
    for (path, text, key) in [
        ("app/leave.rs", "use diesel::prelude::*;", "diesel"),
        ("cli/migrate.rs", "diesel_migrations::embed_migrations!();", "diesel_migrations"),
        ("app/leave.rs", "use actix_web::web;", "actix_web"),
        ("app/leave.rs", "use ::actix_web::web;", "actix_web"),
        ("http/a.rs", "use anyhow::Context;", "anyhow"),
        ("http/metrics.rs", "let from = std::time::Instant::now();", "Instant::now"),
        ("app/leave.rs", "let now = chrono::Utc::now();", "Utc::now"),
        ("app/leave.rs", "let id = Uuid::now_v7();", "Uuid::now_v7"),
        ("http/mod.rs", "let port = std::env::var(\"PORT\");", "env::var"),
        ("http/mod.rs", "use std::env; let all = env::vars();", "env::vars"),
    ] {
        assert_eq!(broken(only_in_place, path, text), one(1, key), "{path}: {text}");
    }
    for (path, text) in [
        ("store/pool.rs", "use diesel::prelude::*;"),
        ("http/mod.rs", "use actix_web::web;"),
        ("clock.rs", "Utc::now()"),
        ("config.rs", "std::env::var(\"X\")"),
        ("app/leave.rs", "/* diesel /* nested */ actix_web */ let diesels = 'd'; let s = r#\"Utc::now \" \"#;"),
        ("app/leave.rs", "let bound = clock.now(); let variable = env::variable(); env!(\"CARGO_PKG_VERSION\");"),
    ] {
        assert_eq!(broken(only_in_place, path, text), [], "{path}: {text}");
    }
}

#[test]
fn what_should_be_absent_is_seen() {
    for (path, text, key) in [
        ("rules/a.rs", "use std::fs;", "std::fs"),
        ("rules/a.rs", "use std::{fmt, fs::File};", "std::fs"),
        ("rules/a.rs", "let n = rand::random::<u8>();", "rand"),
        ("app/leave.rs", "fn f() -> StatusCode {}", "StatusCode"),
        ("store/a.rs", "let x = y.unwrap();", ".unwrap()"),
        ("store/a.rs", "#![allow(dead_code)]", "#![allow("),
        ("store/a.rs", "#[cfg_attr(x, allow(dead_code))]", ", allow("),
        ("store/a.rs", "use crate::clock::{Clock, Moment};", "Clock"),
        ("http/a.rs", "todo!()", "todo!"),
    ] {
        assert_eq!(broken(absent, path, text), one(1, key), "{path}: {text}");
    }
    for (path, text) in [
        ("rules/a.rs", "include_str!(\"a.toml\"); let operand = brand; s.unwrap_or_default(); disallow(1); allow(2);"),
        ("rules/a.rs", "#[test]\nfn t() { x.unwrap(); }\n#[cfg(test)]\nmod tests;\n"),
    ] {
        assert_eq!(broken(absent, path, text), [], "{path}: {text}");
    }
}

#[test]
fn only_a_module_that_is_declared_for_tests_is_one() {
    let sources = [
        Source::new("rules/lots.rs", "#[cfg(test)]\nmod tests;\n#[cfg(test)] mod cases { mod inner; }\nmod matching;"),
        Source::new("rules/mod.rs", "/// Cases.\n#[cfg(test)]\n#[path = \"x\"]\npub(crate) mod cases;\nmod lots;"),
        Source::new("lib.rs", "// #[cfg(test)] mod rules;\n#[cfg(test)]\nmod proofs;"),
    ];
    assert_eq!(test_modules(&sources), ["rules/lots/tests", "rules/cases", "proofs"]);
}

#[test]
fn a_long_file_and_an_empty_name_are_seen() {
    assert_eq!(broken(length, "app/a.rs", &"\n".repeat(LINES_MAX)), []);
    assert_eq!(broken(length, "app/a.rs", &"\n".repeat(LINES_MAX + 1)), one(LINES_MAX + 1, LENGTH));
    assert_eq!(broken(names, "app/utils.rs", ""), one(1, "utils"));
    assert_eq!(broken(names, "common/a.rs", ""), one(1, "common"));
    assert_eq!(broken(names, "app/a.rs", "\npub(crate) mod manager {}"), one(2, "manager"));
    assert_eq!(broken(names, "app/leave.rs", "mod common_leave; // a mod manager"), []);
}

#[test]
fn a_migration_without_its_twin_or_its_way_back_is_seen() {
    let whole: Vec<Source> =
        ["sqlite/1_a/up.sql", "sqlite/1_a/down.sql", "postgres/1_a/up.sql", "postgres/1_a/down.sql"]
            .iter()
            .map(|path| Source::new(path, "DROP TABLE a;"))
            .collect();
    assert_eq!(migrations(&whole), []);
    for missing in 0..whole.len() {
        let mut files = whole.clone();
        files.remove(missing);
        assert_eq!(migrations(&files).len(), 1, "without {}", whole[missing].path);
        files.push(Source::new(&whole[missing].path, "-- nothing; really\n"));
        assert_eq!(migrations(&files).len(), 1, "empty {}", whole[missing].path);
    }
    let breaches = migrations(&whole[..2]);
    assert_eq!((breaches.len(), breaches[0].path.as_str()), (1, "postgres/1_a"));
}

#[test]
fn a_column_or_field_that_is_banned_is_seen() {
    let table = "CREATE TABLE a (\n    id BLOB, -- the face of it\n    last_location TEXT,\n    risk_score INTEGER\n);\n\
                 CREATE TABLE idempotency_keys (\n    location TEXT\n);";
    let file = Source::new("sqlite/1_a/up.sql", table);
    let lines: Vec<_> = columns_never_kept(&file).into_iter().map(|breach| (breach.line, breach.key)).collect();
    assert_eq!(lines, [(3, "last_location".to_owned()), (4, "risk_score".to_owned())]);

    let api = serde_json::json!({
        "paths": {"/a": {"get": {
            "parameters": [{"name": "gps", "in": "query"}, {"name": "Location", "in": "header"}],
            "responses": {"201": {"headers": {"Location": {}}, "description": "sleep"}},
        }}},
        "components": {"schemas": {"A": {"properties": {
            "marriageQuality": {}, "surface": {}, "fingerprint": {}, "nested": {"items": {"properties": {"sleep_hours": {}}}},
        }}}},
    });
    let names: Vec<_> = fields_never_kept("docs/openapi.json", &api).into_iter().map(|breach| breach.key).collect();
    assert_eq!(names, ["gps", "marriageQuality", "sleep_hours"]);
}

#[test]
fn a_language_that_lacks_a_message_or_an_argument_is_seen() {
    let words = |zh: &str| {
        let en = "# = comment\nshort = { $days } days\nlong =\n    over { $years }\n    .title = Long\n";
        [Source::new("locales/en/leave.ftl", en), Source::new("locales/zh-CN.ftl", zh)]
    };
    assert_eq!(languages(&words("short = { $days } 天\nlong = { $years }\n    .title = 长\n")), []);
    let lacking = languages(&words("short = { $days } 天\nlong = { $years }\n"));
    assert_eq!(
        lacking.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["zh-CN:1: `long.title` is missing: every language has the same messages"]
    );
    let other = languages(&words("short = { $half_days } 天\nlong = { $years }\n    .title = 长\n"));
    assert_eq!(other.len(), 2, "{other:?}");
}
