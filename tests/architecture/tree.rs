//! The tree keeps the promises.

use std::path::{Path, PathBuf};

use crate::EXCEPTIONS;
use crate::promises::*;
use crate::reading::within;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder whose names end so, in order; none when there is no such folder.
fn files(folder: &str, ending: &str) -> Vec<Source> {
    fn collect(folder: &Path, base: &Path, ending: &str, into: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, base, ending, into);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(base).unwrap().to_string_lossy().replace('\\', "/");
                into.push(Source { path: name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    let base = root().join(folder);
    let mut sources = Vec::new();
    collect(&base, &base, ending, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn rust_breaches(source: &Source) -> Vec<Breach> {
    [directions, only_in_place, absent, length, names].iter().flat_map(|promise| promise(source)).collect()
}

fn excepted(breach: &Breach) -> bool {
    EXCEPTIONS.iter().any(|(place, key, _)| within(&breach.path, place) && breach.key == *key)
}

#[track_caller]
fn hold(folder: &str, breaches: Vec<Breach>) {
    let told: String = breaches.iter().map(|breach| format!("\n  {folder}{breach}")).collect();
    assert!(breaches.is_empty(), "broken promises:{told}");
}

#[test]
fn the_sources_keep_the_promises() {
    let sources = files("src", ".rs");
    assert!(sources.iter().any(|source| source.path == "lib.rs"), "src/ was not read");
    hold("src/", sources.iter().flat_map(rust_breaches).filter(|breach| !excepted(breach)).collect());
}

#[test]
fn every_exception_is_needed() {
    let sources = files("src", ".rs");
    for (place, key, reason) in EXCEPTIONS {
        let needed = sources.iter().filter(|source| within(&source.path, place)).flat_map(rust_breaches);
        assert!(
            needed.into_iter().any(|breach| breach.key == *key),
            "nobody needs the exception of {place} ({reason})"
        );
    }
}

#[test]
fn every_migration_exists_twice_and_can_be_reverted() {
    hold("migrations/", migrations(&files("migrations", ".sql")));
}

#[test]
fn what_is_banned_is_never_kept() {
    hold("migrations/", files("migrations", ".sql").iter().flat_map(columns_never_kept).collect());
    if let Ok(text) = std::fs::read_to_string(root().join("docs/openapi.json")) {
        hold("", fields_never_kept("docs/openapi.json", &serde_json::from_str(&text).unwrap()));
    }
}

#[test]
fn every_language_has_the_same_messages() {
    let mut messages = files("locales", ".ftl");
    messages.extend(files("src", ".ftl"));
    hold("", languages(&messages));
}
