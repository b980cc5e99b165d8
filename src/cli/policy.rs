//! `respite policy`: checking texts before they are used, what is in force, what differs, and publication.

mod publish;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::Terminal;
use super::{Ended, records};
use crate::rules::policy::{Document, PolicySet, VersionInfo, diff};
use crate::rules::terms::Category;

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read policy texts strictly; without a path, those built in
    Check {
        /// A text, or a folder of texts that end in .toml, laid over those built in
        path: Option<PathBuf>,
    },
    /// Print the versions in force on a date, for the whole force
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
    /// Print what differs between two texts, value by value
    Diff {
        /// A file, a name (its text as built in), or name@DATE (what is in force on that date)
        before: String,
        /// The same
        after: String,
    },
    /// Publish a text for the force, a unit or a category
    Publish(publish::Options),
}

/// Runs one of the commands.
pub fn run(terminal: &Terminal, command: &Command) -> anyhow::Result<Ended> {
    match command {
        Command::Check { path } => check(terminal, path.as_deref()),
        Command::Show { name, on, category } => show(terminal, name.as_deref(), *on, *category),
        Command::Diff { before, after } => differences(terminal, before, after),
        Command::Publish(options) => publish::run(terminal, options),
    }
}

fn check(terminal: &Terminal, path: Option<&Path>) -> anyhow::Result<Ended> {
    let given = match path {
        Some(path) => texts(path)?,
        None => Vec::new(),
    };
    match PolicySet::built_in().and_then(|set| set.overlaid(&given)) {
        Ok(set) => {
            let text = || set.documents().iter().fold(String::new(), summary);
            terminal.result(text, || {
                let policies: Vec<_> = set
                    .documents()
                    .iter()
                    .map(|one| {
                        let folder = one.folder.as_ref().map(|(_, sha256)| sha256);
                        json!({"name": one.name, "sha256": one.sha256, "folder_sha256": folder, "versions": one.versions.len()})
                    })
                    .collect();
                json!({"ok": true, "fingerprint": set.fingerprint(), "policies": policies})
            })?;
            Ok(Ended::Done)
        }
        Err(error) => {
            let said = || terminal.say(&error.reason.zh, &error.reason.en).to_owned();
            terminal.result(
                || format!("{}:{}: {}", error.file, error.line, said()),
                || json!({"ok": false, "file": error.file, "line": error.line, "reason": said()}),
            )?;
            Ok(Ended::Refused)
        }
    }
}

fn summary(mut said: String, document: &Document) -> String {
    let dates: Vec<String> =
        document.versions.iter().map(|version| version.binding.effective_from.to_string()).collect();
    let _ = writeln!(said, "{}  {}  {}", document.name, document.sha256, dates.join(", "));
    said
}

/// The text of a file, or of every `.toml` of a folder in name order.
pub(super) fn texts(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
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

/// A text and what it is called: of a file, of a policy as built in, or of what is in force on a date.
fn text_of(terminal: &Terminal, named: &str) -> anyhow::Result<(String, String)> {
    if Path::new(named).is_file() {
        return Ok((named.to_owned(), std::fs::read_to_string(named).with_context(|| named.to_owned())?));
    }
    let statutes = records::law_in_force(&terminal.config)?;
    let (name, on) = match named.split_once('@') {
        Some((name, date)) => (name, Some(date.parse::<NaiveDate>().with_context(|| named.to_owned())?)),
        None => (named, None),
    };
    let Some(document) = statutes.policies.document(name) else {
        bail!("{named}: {}", terminal.say("没有此文件，也没有此政策", "neither a file nor a policy"))
    };
    let Some(on) = on else { return Ok((named.to_owned(), document.text.clone())) };
    let in_force: Vec<&VersionInfo> = document.in_force(&[], on).into_iter().map(|(version, _)| version).collect();
    if in_force.is_empty() {
        bail!("{named}: {}", terminal.say("当日没有有效的版本", "no version is in force"));
    }
    Ok((named.to_owned(), crate::rules::policy::whole(document, &in_force).0))
}

fn differences(terminal: &Terminal, before: &str, after: &str) -> anyhow::Result<Ended> {
    let (before, after) = (text_of(terminal, before)?, text_of(terminal, after)?);
    let changes = diff::texts((&before.0, &before.1), (&after.0, &after.1))?;
    let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "–".to_owned(), Value::to_string);
    let text = || {
        changes.iter().fold(String::new(), |mut said, change| {
            let _ = writeln!(said, "{}: {} → {}", change.key, value(&change.before), value(&change.after));
            said
        })
    };
    terminal.result(text, || {
        let items: Vec<Value> = changes
            .iter()
            .map(|change| json!({"key": change.key, "before": change.before, "after": change.after}))
            .collect();
        json!({"before": before.0, "after": after.0, "changes": items})
    })?;
    Ok(Ended::Done)
}

fn show(terminal: &Terminal, name: Option<&str>, on: NaiveDate, category: Option<Category>) -> anyhow::Result<Ended> {
    let statutes = records::law_in_force(&terminal.config)?;
    let policies = &statutes.policies;
    let known: Vec<&Document> =
        policies.documents().iter().filter(|document| name.is_none_or(|name| document.name == name)).collect();
    if let (Some(name), true) = (name, known.is_empty()) {
        let names: Vec<&str> = policies.documents().iter().map(|document| document.name.as_str()).collect();
        bail!("{name}: {}{}", terminal.say("没有此政策；已知：", "no such policy; known: "), names.join(", "));
    }
    let mut said = String::new();
    let mut items = Vec::new();
    for document in known {
        for (version, bound) in document.in_force(&[], on) {
            let bound = bound.into_iter().filter(|one| category.is_none_or(|only| only == *one));
            let categories: Vec<&str> = bound.map(Category::as_str).collect();
            if categories.is_empty() {
                continue;
            }
            let title = terminal.say(&document.title.zh, &document.title.en);
            let label = version.label(&document.name);
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
        "name": document.name, "id": version.id, "effective_from": version.binding.effective_from,
        "source": version.source, "categories": categories, "unit": document.unit, "sha256": version.sha256,
        "text": version.text, "published_at": version.published_at,
    })
}
