//! `respite keys`: the keys that a SQLite file keeps for signing tokens.

use std::fmt::Write;

use clap::Subcommand;
use serde_json::json;

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::token_keys;
use crate::store::pool::Target;

/// What can be done with the keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the keys, the one that signs first
    List,
    /// Make a new key that signs from now on; what the others signed still holds
    Rotate,
    /// End a key that no longer signs: what it signed is refused from now on
    End {
        /// The key's id
        kid: String,
    },
}

/// Runs one of the commands; a running service follows within a second.
pub fn run(terminal: &Terminal, command: &Command) -> anyhow::Result<Ended> {
    if let Target::Postgres(_) = records::target(&terminal.config)? {
        return elsewhere(terminal);
    }
    if !terminal.config.token_keys.is_empty() {
        return elsewhere(terminal);
    }
    let records = records::open(&terminal.config)?;
    let ctx = records.ctx();
    match command {
        Command::List => {}
        Command::Rotate => drop(records.database.write(|tx| token_keys::rotate(tx, &ctx))?),
        Command::End { kid } => records.database.write(|tx| token_keys::end(tx, &ctx, kid))?,
    }
    let keys = records.database.read(token_keys::list)?;
    let text = || {
        let mut said = String::new();
        for (at, key) in keys.iter().enumerate() {
            let signs = if at == 0 { terminal.say("（签发）", " (signs)") } else { "" };
            let _ = writeln!(said, "{}  {}{signs}", key.kid, key.created_at.and_utc().to_rfc3339());
        }
        said
    };
    let json = || {
        let items: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| json!({"kid": key.kid, "created_at": key.created_at.and_utc(), "signs": at == 0}))
            .collect();
        json!({"items": items})
    };
    terminal.result(text, json)?;
    Ok(Ended::Done)
}

/// Where keys are configured, they are exchanged there.
fn elsewhere(terminal: &Terminal) -> anyhow::Result<Ended> {
    terminal.note(&format!(
        "respite: {}",
        terminal.say(
            "密钥由 token_keys（RESPITE_TOKEN_KEYS）配置，请在配置中轮换：先把新密钥加在末尾并重启各实例，再移到首位并重启，旧令牌到期后删除旧密钥。",
            "the keys are those of token_keys (RESPITE_TOKEN_KEYS); rotate them there: add the new one at the end and restart \
             every instance, then move it to the front and restart, and remove the old one when its tokens have ended."
        )
    ));
    Ok(Ended::Refused)
}
