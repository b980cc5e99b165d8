//! `respite migrate`: brings the database to the schema of this build.

use serde_json::json;

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::house;

/// Applies what is pending; a current schema is left alone.
pub fn run(terminal: &Terminal) -> anyhow::Result<Ended> {
    let applied = house::migrate(&records::target(&terminal.config)?, &records::options(&terminal.config))?;
    let text = || {
        if applied.is_empty() {
            terminal.say("数据库结构已是最新。", "The schema is current.").to_owned()
        } else {
            applied.iter().map(|name| format!("{} {name}\n", terminal.say("已执行", "applied"))).collect()
        }
    };
    terminal.result(text, || json!({"applied": applied}))?;
    Ok(Ended::Done)
}
