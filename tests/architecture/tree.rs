//! The tree keeps the promises.

use std::path::{Path, PathBuf};

use crate::EXCEPTIONS;
use crate::promises::*;
use crate::reading::{test_modules, within};

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

/// What the sources break; in unit tests only their length and names count.
fn rust_breaches(sources: &[Source]) -> Vec<Breach> {
    let tests = test_modules(sources);
    let is_test = |path: &str| {
        tests
            .iter()
            .any(|module| path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    };
    let everywhere = [length, names];
    let in_the_product = [directions, only_in_place, absent];
    let mut breaches: Vec<Breach> =
        sources.iter().flat_map(|source| everywhere.iter().flat_map(move |promise| promise(source))).collect();
    for source in sources.iter().filter(|source| !is_test(&source.path)) {
        breaches.extend(in_the_product.iter().flat_map(|promise| promise(source)));
    }
    breaches.sort();
    breaches
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
    hold("src/", rust_breaches(&sources).into_iter().filter(|breach| !excepted(breach)).collect());
}

#[test]
fn every_exception_is_needed() {
    let sources = files("src", ".rs");
    let breaches = rust_breaches(&sources);
    for (place, key, reason) in EXCEPTIONS {
        let exists = sources.iter().any(|source| within(&source.path, place));
        let needed = breaches.iter().any(|breach| within(&breach.path, place) && breach.key == *key);
        assert!(needed || !exists, "nobody needs the exception of {place} ({reason})");
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
