//! What a command was given, and where it writes: results to standard output, everything else to standard error.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::ValueEnum;
use serde_json::Value;

use crate::app::error::Error;
use crate::app::house::Closed;
use crate::config::{Config, Language};
use crate::http::language::Words;
use crate::http::problem::Problem;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// What a command was given.
#[derive(Debug)]
pub struct Terminal {
    /// The settings.
    pub config: Config,
    /// How results are written.
    pub format: Format,
}

impl Terminal {
    /// The words in the configured language.
    pub fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.config.language {
            Language::ZhCn => zh,
            Language::En => en,
        }
    }

    /// Writes the result, in one of its two forms.
    pub fn result(&self, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) -> anyhow::Result<()> {
        let written = match self.format {
            Format::Text => text(),
            Format::Json => serde_json::to_string_pretty(&json())?,
        };
        let mut out = std::io::stdout().lock();
        out.write_all(written.as_bytes())?;
        if !written.is_empty() && !written.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }

    /// Writes a message.
    pub fn note(&self, message: &str) {
        complain(message);
    }

    /// Says why a command failed: refusals in the configured language, with everything that is known of the cause.
    pub fn explain(&self, error: anyhow::Error) {
        let message = match error.downcast::<Error>() {
            Ok(error) => self.refusal(error),
            Err(error) => match error.downcast::<Closed>() {
                Ok(Closed::SchemaNotCurrent(pending)) => format!(
                    "{}{}",
                    self.say(
                        "数据库结构不是最新版本，请先运行 respite migrate。待执行：",
                        "the schema is not current, run `respite migrate` first. Pending: "
                    ),
                    pending.join(", ")
                ),
                Ok(Closed::NoTokenKeys) => self
                    .say(
                        "使用 PostgreSQL 时必须设置 RESPITE_TOKEN_KEYS。",
                        "with PostgreSQL, RESPITE_TOKEN_KEYS must be set.",
                    )
                    .to_owned(),
                Ok(Closed::Other(error)) => self.refusal(error),
                Err(error) => format!("{error:#}"),
            },
        };
        self.note(&format!("respite: {message}"));
    }

    /// A refusal in words: title and detail, the refused fields, the findings, and what only the operator is told.
    pub fn refusal(&self, error: Error) -> String {
        let cause = match &error {
            Error::Internal(cause) | Error::Unavailable(cause) | Error::Lost(cause) => Some(cause.clone()),
            _ => None,
        };
        let body = Problem::from(error).body(Words::built_in(self.config.time_zone), self.config.language, "");
        let text = |value: &Value, member: &str| {
            value.get(member).and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
        };
        let mut said = format!("{} ({})", text(&body, "title"), text(&body, "code"));
        let lists = [("errors", "pointer", "detail"), ("findings", "rule", "message")];
        for (list, place, sentence) in lists {
            for item in body.get(list).and_then(Value::as_array).into_iter().flatten() {
                // What a rule let pass explains no refusal.
                if item.get("outcome").and_then(Value::as_str) != Some("pass") {
                    let _ = write!(said, "\n  {}: {}", text(item, place), text(item, sentence));
                }
            }
        }
        if body.get("reason").is_some() {
            let _ = write!(said, "\n  {}: {}", text(&body, "reason"), text(&body, "detail"));
        }
        if let Some(cause) = cause {
            let _ = write!(said, "\n  {cause}");
        }
        said
    }
}

/// Writes a line to standard error; there is nobody to tell when that fails.
pub fn complain(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}
