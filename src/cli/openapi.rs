//! `respite openapi`: the document that describes the interface, as it is committed in `docs/openapi.json`.

use std::io::Write;

use super::Ended;
use super::terminal::Terminal;
use crate::http::{endpoints, openapi};

/// Prints the document; it is JSON in both formats.
pub fn run(_: &Terminal) -> anyhow::Result<Ended> {
    let document = serde_json::to_string_pretty(&openapi::document(endpoints::table()))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{document}")?;
    out.flush()?;
    Ok(Ended::Done)
}
