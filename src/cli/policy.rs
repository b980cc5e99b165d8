//! `respite policy`: checking texts before they are used, and showing what is in force.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::Ended;
use super::terminal::Terminal;
use crate::app::house;
use crate::rules::policy::{Document, PolicySet, VersionInfo};
use crate::rules::terms::Category;

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read policy texts strictly; without a path, those built in
    Check {
        /// A text, or a folder of texts that end in .toml; they replace the built-in texts of the same name
        path: Option<PathBuf>,
    },
    /// Print the versions in force on a date
    Show {
        /// Name of a policy; without it, all
        name: Option<String>,
        /// The date
        #[arg(long, value_name = "DATE")]
        on: NaiveDate,
        /// Only for this category
        #[arg(long)]
        category: Option<Category>,
    },
}

/// Runs one of the commands.
pub fn run(terminal: &Terminal, command: &Command) -> anyhow::Result<Ended> {
    match command {
        Command::Check { path } => check(terminal, path.as_deref()),
        Command::Show { name, on, category } => show(terminal, name.as_deref(), *on, *category),
    }
}

fn check(terminal: &Terminal, path: Option<&Path>) -> anyhow::Result<Ended> {
    let given = match path {
        Some(path) => texts(path)?,
        None => Vec::new(),
    };
    let built_in = house::statutes()?.policies;
    let mut together: Vec<(&str, &str)> = given.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let replaced: Vec<String> = given.iter().filter_map(|(_, text)| name_of(text)).collect();
    for document in built_in.documents().iter().filter(|document| !replaced.contains(&document.name)) {
        together.push((&document.name, &document.text));
    }
    match PolicySet::read(&together) {
        Ok(set) => {
            let text = || set.documents().iter().fold(String::new(), summary);
            terminal.result(text, || {
                let policies: Vec<_> = set
                    .documents()
                    .iter()
                    .map(|one| json!({"name": one.name, "sha256": one.sha256, "versions": one.versions.len()}))
                    .collect();
                json!({"ok": true, "fingerprint": set.fingerprint(), "policies": policies})
            })?;
            Ok(Ended::Done)
        }
        Err(error) => {
            terminal.result(
                || error.to_string(),
                || json!({"ok": false, "file": error.file, "line": error.line, "reason": error.reason}),
            )?;
            Ok(Ended::Refused)
        }
    }
}

fn summary(mut said: String, document: &Document) -> String {
    let dates: Vec<String> = document.versions.iter().map(|version| version.effective_from.to_string()).collect();
    let _ = writeln!(said, "{}  {}  {}", document.name, document.sha256, dates.join(", "));
    said
}

/// The text of a file, or of every `.toml` of a folder in name order.
fn texts(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let shown = || path.display().to_string();
    let mut files = Vec::new();
    if std::fs::metadata(path).with_context(shown)?.is_dir() {
        for entry in std::fs::read_dir(path).with_context(shown)? {
            let file = entry.with_context(shown)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                files.push(file);
            }
        }
        files.sort();
        if files.is_empty() {
            bail!("{}: *.toml", shown());
        }
    } else {
        files.push(path.to_owned());
    }
    let read = |file: PathBuf| {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file).with_context(|| name.clone())?;
        Ok((name, text))
    };
    files.into_iter().map(read).collect()
}

/// The name a text gives itself, where it can be read at all.
fn name_of(text: &str) -> Option<String> {
    text.parse::<toml::Table>().ok()?.get("name")?.as_str().map(str::to_owned)
}

fn show(terminal: &Terminal, name: Option<&str>, on: NaiveDate, category: Option<Category>) -> anyhow::Result<Ended> {
    let policies = house::statutes()?.policies;
    let known: Vec<&Document> =
        policies.documents().iter().filter(|document| name.is_none_or(|name| document.name == name)).collect();
    if let (Some(name), true) = (name, known.is_empty()) {
        let names: Vec<&str> = policies.documents().iter().map(|document| document.name.as_str()).collect();
        bail!("{name}: {}{}", terminal.say("没有此政策；已知：", "no such policy; known: "), names.join(", "));
    }
    let mut said = String::new();
    let mut items = Vec::new();
    for document in known {
        for (version, categories) in in_force(document, on, category) {
            let categories: Vec<&str> = categories.into_iter().map(Category::as_str).collect();
            let title = terminal.say(&document.title.zh, &document.title.en);
            let label = format!("{}@{}", document.name, version.effective_from);
            let _ = writeln!(said, "# {label}  {title}  ({})\n\n{}\n", categories.join(", "), version.text);
            items.push(item(document, version, &categories));
        }
    }
    let found = !items.is_empty();
    terminal.result(|| said, || json!({"on": on, "fingerprint": policies.fingerprint(), "items": items}))?;
    if !found {
        terminal.note(&format!("respite: {}{on}", terminal.say("当日没有有效的版本：", "no version is in force on ")));
    }
    Ok(if found { Ended::Done } else { Ended::Refused })
}

fn item(document: &Document, version: &VersionInfo, categories: &[&str]) -> Value {
    json!({
        "name": document.name, "effective_from": version.effective_from, "source": version.source,
        "categories": categories, "unit": document.unit, "sha256": document.sha256, "text": version.text,
    })
}

/// The versions in force on a date, each with the categories it binds then.
fn in_force(document: &Document, on: NaiveDate, only: Option<Category>) -> Vec<(&VersionInfo, Vec<Category>)> {
    let mut bound: BTreeMap<usize, Vec<Category>> = BTreeMap::new();
    let asked = Category::ALL.iter().copied().filter(|category| only.is_none_or(|only| only == *category));
    for category in asked.filter(|category| *category != Category::Retired) {
        // A version made for the category goes before one for all, then the newest binds (RULINGS 25).
        let version = document
            .versions
            .iter()
            .enumerate()
            .filter(|(_, version)| version.effective_from <= on)
            .filter(|(_, version)| version.categories.is_empty() || version.categories.contains(&category))
            .max_by_key(|(_, version)| (!version.categories.is_empty(), version.effective_from));
        if let Some((index, _)) = version {
            bound.entry(index).or_default().push(category);
        }
    }
    bound.into_iter().filter_map(|(index, categories)| Some((document.versions.get(index)?, categories))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(on: &str, only: Option<Category>) -> Vec<(String, Vec<Category>)> {
        let set = PolicySet::built_in().unwrap();
        let document = set.documents().iter().find(|document| document.name == "annual_leave").unwrap();
        in_force(document, on.parse().unwrap(), only)
            .into_iter()
            .map(|(version, categories)| (version.effective_from.to_string(), categories))
            .collect()
    }

    #[test]
    fn each_category_has_the_version_that_binds_it() {
        use Category::{Auxiliary, Police, Retired, Staff};
        let all = [("2008-01-01".to_owned(), vec![Police, Staff]), ("2008-09-18".to_owned(), vec![Auxiliary])];
        assert_eq!(bound("2026-05-01", None), all);
        assert_eq!(bound("2008-09-17", None), all[..1]);
        assert_eq!(bound("2026-05-01", Some(Auxiliary)), all[1..]);
        assert_eq!(bound("2007-12-31", None), []);
        assert_eq!(bound("2026-05-01", Some(Retired)), []);
    }

    #[test]
    fn a_text_names_itself() {
        assert_eq!(name_of("name = \"annual_leave\"\n"), Some("annual_leave".to_owned()));
        assert_eq!(name_of("name = "), None);
    }
}
