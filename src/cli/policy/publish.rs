//! `respite policy publish`: a text for a scope from a date on.

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Args;
use serde_json::json;

use crate::app::ctx::Ctx;
use crate::app::policies::{self, NewVersion, Outcome, Preview};
use crate::cli::terminal::Terminal;
use crate::cli::{Ended, records};
use crate::rules::terms::Category;

/// Officers that a preview on the command line names at most.
const NAMED_MAX: usize = 50;

/// What is published, for whom, from when.
#[derive(Debug, Args)]
pub struct Options {
    /// Name of the policy
    name: String,
    /// The text: bare values, or [[version]] as in a whole policy text
    file: PathBuf,
    /// First date it binds
    #[arg(long, value_name = "DATE")]
    effective_from: NaiveDate,
    /// Legal source
    #[arg(long)]
    source: String,
    /// Code of the unit that it binds with everything under it; without it, the whole force
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// Category that it binds; without it, all
    #[arg(long)]
    category: Option<Category>,
    /// The version it corrects: its id, or name@DATE
    #[arg(long, value_name = "VERSION")]
    supersedes: Option<String>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// Say whom it would touch and store nothing
    #[arg(long)]
    preview: bool,
}

/// Publishes, or says whom it would touch.
pub fn run(terminal: &Terminal, options: &Options) -> anyhow::Result<Ended> {
    let text = std::fs::read_to_string(&options.file).with_context(|| options.file.display().to_string())?;
    let records = records::open(&terminal.config)?;
    let ctx = records.ctx();
    let unit_id = match &options.unit {
        None => None,
        Some(code) => {
            let found = records.database.read(|connection| crate::app::units::by_code(connection, code))?;
            match found {
                Some(unit) => Some(unit),
                None => bail!("--unit {code}: {}", terminal.say("没有此单位代码", "no such unit")),
            }
        }
    };
    let new = NewVersion {
        name: options.name.clone(),
        effective_from: options.effective_from,
        unit_id,
        category: options.category,
        source: options.source.clone(),
        text,
        supersedes: options.supersedes.clone(),
        reason: options.reason.clone(),
    };
    if options.preview {
        let found = records.database.read(|connection| policies::preview(connection, &ctx, &new, None, NAMED_MAX))?;
        return say_preview(terminal, &found);
    }
    let outcome = records.database.write(|tx| {
        let ctx = Ctx { statutes: records.law.take(tx)?, ..ctx.clone() };
        policies::publish(tx, &records.law, &ctx, &new)
    })?;
    say(terminal, &new.name, &outcome)
}

fn say(terminal: &Terminal, name: &str, outcome: &Outcome) -> anyhow::Result<Ended> {
    let (recounted, touched) = (outcome.touched.recounted, outcome.touched.conflicts);
    let label = outcome.info.label(name);
    terminal.result(
        || {
            let words = terminal.say("已发布；重新计算的待批申请：", "published; pending requests counted anew: ");
            let listed = terminal.say("，需人工处理的已批假期：", ", granted leave to be decided on: ");
            format!("{label}  {words}{recounted}{listed}{touched}")
        },
        || {
            json!({
                "id": outcome.info.id, "policy": label, "sha256": outcome.info.sha256,
                "fingerprint": outcome.fingerprint, "recounted": recounted, "touched_decisions": touched,
            })
        },
    )?;
    Ok(Ended::Done)
}

fn say_preview(terminal: &Terminal, found: &Preview) -> anyhow::Result<Ended> {
    let days =
        |days: Option<crate::rules::terms::HalfDays>| days.map_or("–".to_owned(), |days| days.days().to_string());
    let text = || {
        let mut lines: Vec<String> = Vec::new();
        for (category, changes) in &found.changes {
            lines.extend(changes.iter().map(|change| {
                let value =
                    |value: &Option<serde_json::Value>| value.as_ref().map_or("–".to_owned(), ToString::to_string);
                format!("{category}  {}: {} → {}", change.key, value(&change.before), value(&change.after))
            }));
        }
        lines.extend(found.officers.iter().map(|officer| {
            let (before, after) = officer.days.map_or((None, None), |(_, before, after)| (Some(before), Some(after)));
            let person = &officer.listed.officer;
            format!("{}  {}  {} → {}", person.badge_no, person.name, days(before), days(after))
        }));
        if found.next.is_some() {
            lines.push("…".to_owned());
        }
        lines.join("\n")
    };
    terminal.result(text, || {
        let items: Vec<_> = found
            .officers
            .iter()
            .map(|officer| {
                json!({
                    "badge_no": officer.listed.officer.badge_no, "name": officer.listed.officer.name,
                    "policy_before": officer.policy_before, "policy_after": officer.policy_after,
                    "year": officer.days.map(|(year, ..)| year),
                    "days_before": officer.days.map(|(_, before, _)| before),
                    "days_after": officer.days.map(|(_, _, after)| after),
                })
            })
            .collect();
        json!({"on": found.on, "items": items, "more": found.next.is_some()})
    })?;
    Ok(Ended::Done)
}
