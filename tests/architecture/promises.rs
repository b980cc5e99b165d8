//! Each promise as a pure function from texts to breaches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::reading::{
    banned, blanked, field_names, found, language_of, messages_of, rooms_named, within, without_sql_comments,
};
use crate::{ABSENT, EMPTY_NAMES, LENGTH, LINES_MAX, NOT_ABOUT_PEOPLE, ONLY, ROOMS};

/// One file, its path relative to the folder that is looked at.
#[derive(Clone)]
pub struct Source {
    pub path: String,
    pub text: String,
}

/// One broken promise.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub path: String,
    pub line: usize,
    /// The word or the promise by which an exception is named.
    pub key: String,
    pub says: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.says)
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The first folder, or the name of a file at the top.
    pub fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    pub fn breach(&self, line: usize, key: &str, says: String) -> Breach {
        Breach { path: self.path.clone(), line, key: key.to_owned(), says }
    }

    /// How many `super` lead from this module to the crate.
    pub fn depth(&self) -> usize {
        self.path.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count()
    }
}

pub fn directions(source: &Source) -> Vec<Breach> {
    let room = source.room();
    if room == "lib" {
        return Vec::new(); // the map names every room
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![source.breach(1, room, format!("the room `{room}` has no row in ROOMS: say what it may import"))];
    };
    let code = blanked(&source.text);
    let mut breaches = Vec::new();
    for (line, named) in rooms_named(&code) {
        if named != room && !allowed.contains(&named.as_str()) && ROOMS.iter().any(|(name, _)| *name == named) {
            breaches.push(source.breach(line, &named, format!("{room} must not import {named}: data flows one way")));
        }
    }
    let climb = "super::".repeat(source.depth());
    for line in found(&code, &climb) {
        breaches.push(source.breach(line, "super", "another room is named by `crate::`, never by `super`".to_owned()));
    }
    breaches
}

pub fn only_in_place(source: &Source) -> Vec<Breach> {
    let code = blanked(&source.text);
    let mut breaches = Vec::new();
    for only in ONLY.iter().filter(|only| !only.places.iter().any(|place| within(&source.path, place))) {
        for word in only.words {
            for line in found(&code, word) {
                breaches.push(source.breach(line, word, format!("`{word}`: {}", only.promise)));
            }
        }
    }
    breaches
}

pub fn absent(source: &Source) -> Vec<Breach> {
    let code = blanked(&source.text);
    let mut breaches = Vec::new();
    for absent in ABSENT.iter().filter(|absent| within(&source.path, absent.place)) {
        for word in absent.words {
            for line in found(&code, word) {
                breaches.push(source.breach(line, word, format!("`{word}`: {}", absent.promise)));
            }
        }
    }
    breaches
}

pub fn length(source: &Source) -> Vec<Breach> {
    let lines = source.text.lines().count();
    if lines <= LINES_MAX {
        return Vec::new();
    }
    vec![source.breach(lines, LENGTH, format!("{lines} lines: {LENGTH}, it asks to be divided"))]
}

pub fn names(source: &Source) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for part in source.path.trim_end_matches(".rs").split('/') {
        if EMPTY_NAMES.contains(&part) {
            breaches.push(source.breach(1, part, format!("`{part}` does not say what is in it")));
        }
    }
    for (line, text) in blanked(&source.text).lines().enumerate() {
        let mut words = text.split_whitespace().skip_while(|word| *word != "mod").skip(1);
        let name = words.next().unwrap_or_default().trim_end_matches([';', '{']);
        if EMPTY_NAMES.contains(&name) {
            breaches.push(source.breach(line + 1, name, format!("`mod {name}` does not say what is in it")));
        }
    }
    breaches
}

/// Every migration stands twice under one name, with a way back that does something.
pub fn migrations(files: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files {
        if let Some((name, database)) = file.path.rsplit('/').nth(1).zip(file.path.rsplit('/').nth(2)) {
            folders.entry(name).or_default().insert(database);
        }
    }
    for (name, databases) in folders {
        for database in ["sqlite", "postgres"] {
            let folder = format!("{database}/{name}");
            let breach = |says: String| Breach { path: folder.clone(), line: 1, key: name.to_owned(), says };
            if !databases.contains(database) {
                breaches.push(breach("a migration exists twice under one name; this one is missing".to_owned()));
                continue;
            }
            for direction in ["up.sql", "down.sql"] {
                let file = files.iter().find(|file| file.path == format!("{folder}/{direction}"));
                if !file.is_some_and(|file| without_sql_comments(&file.text).contains(';')) {
                    breaches
                        .push(breach(format!("{direction} is missing or does nothing: a migration has a way back")));
                }
            }
        }
    }
    breaches
}

/// No column of a migration is one of the things that are never kept.
pub fn columns_never_kept(file: &Source) -> Vec<Breach> {
    let text = without_sql_comments(&file.text);
    let mut breaches = Vec::new();
    let mut table = "";
    for (line, text) in text.lines().enumerate() {
        if let Some((_, rest)) = text.split_once("CREATE TABLE ").or_else(|| text.split_once("ALTER TABLE ")) {
            table = rest.split([' ', '(']).next().unwrap_or_default();
        }
        for name in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let full = format!("{table}.{name}");
            if let Some(ban) = banned(name).filter(|_| !NOT_ABOUT_PEOPLE.iter().any(|(column, _)| *column == full)) {
                breaches.push(file.breach(line + 1, name, format!("`{full}`: the service never keeps {ban}")));
            }
        }
    }
    breaches
}

/// No field or parameter of the API is one of the things that are never kept. Headers of HTTP are not fields.
pub fn fields_never_kept(path: &str, api: &serde_json::Value) -> Vec<Breach> {
    let mut names = BTreeSet::new();
    field_names(api, &mut names);
    names
        .into_iter()
        .filter_map(|name| {
            let ban = banned(&name)?;
            let says = format!("`{name}`: the service never keeps {ban}");
            Some(Breach { path: path.to_owned(), line: 1, key: name, says })
        })
        .collect()
}

/// Every language has the same messages, and each takes the same arguments.
pub fn languages(files: &[Source]) -> Vec<Breach> {
    let mut languages: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for file in files {
        let messages = languages.entry(language_of(&file.path)).or_default();
        for (message, arguments) in messages_of(&file.text) {
            messages.entry(message).or_default().extend(arguments);
        }
    }
    let every: BTreeSet<String> = languages.values().flat_map(|messages| messages.keys().cloned()).collect();
    let mut breaches = Vec::new();
    for message in every {
        let arguments: BTreeSet<_> = languages.values().filter_map(|messages| messages.get(&message)).collect();
        for (language, messages) in &languages {
            let says = match messages.get(&message) {
                None => "is missing: every language has the same messages",
                Some(_) if arguments.len() > 1 => "takes other arguments than in another language",
                Some(_) => continue,
            };
            let says = format!("`{message}` {says}");
            breaches.push(Breach { path: language.clone(), line: 1, key: message.clone(), says });
        }
    }
    breaches
}
