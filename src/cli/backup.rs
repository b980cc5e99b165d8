//! `respite backup` and `respite restore`: a SQLite file, while it is served, and back again.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::backup::{self, Existing, Fault};
use crate::clock::Clock;
use crate::store::pool::Target;

/// Where a backup is written.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    overwrite: bool,
}

/// What is restored.
#[derive(Debug, Args)]
pub struct Restore {
    /// A file that `respite backup` wrote
    file: PathBuf,
}

/// The SQLite file that is configured; on PostgreSQL, says whose work this is.
fn sqlite(terminal: &Terminal, tool: &str) -> anyhow::Result<Option<PathBuf>> {
    match records::target(&terminal.config)? {
        Target::Sqlite(path) => Ok(Some(path)),
        Target::Postgres(_) => {
            terminal.note(&format!(
                "respite: {} {tool}",
                terminal.say(
                    "此命令仅用于 SQLite；PostgreSQL 数据库请使用",
                    "this command is for SQLite; a PostgreSQL database is the work of"
                )
            ));
            Ok(None)
        }
    }
}

/// Writes a backup.
pub fn backup(terminal: &Terminal, options: &Backup) -> anyhow::Result<Ended> {
    let Some(database) = sqlite(terminal, "pg_dump --format=custom")? else { return Ok(Ended::Refused) };
    let existing = if options.overwrite { Existing::Replaced } else { Existing::Kept };
    let written = match backup::backup(&database, &options.file, existing) {
        Ok(written) => written,
        Err(fault) => return refused(terminal, &fault),
    };
    let file = options.file.display().to_string();
    let text = || format!("{} {file} ({} bytes)", terminal.say("已备份至", "backed up to"), written.bytes);
    terminal.result(text, || json!({"file": file, "bytes": written.bytes}))?;
    Ok(Ended::Done)
}

/// Restores a backup.
pub fn restore(terminal: &Terminal, options: &Restore) -> anyhow::Result<Ended> {
    let Some(database) = sqlite(terminal, "pg_restore")? else { return Ok(Ended::Refused) };
    let moment = Clock::system(terminal.config.time_zone).moment();
    let restored = match backup::restore(&database, &options.file, &moment) {
        Ok(restored) => restored,
        Err(fault) => return refused(terminal, &fault),
    };
    let aside = restored.kept_aside.as_ref().map(|path| path.display().to_string());
    let text = || {
        let mut said = format!("{} {}\n", terminal.say("已恢复", "restored"), database.display());
        if let Some(aside) = &aside {
            said.push_str(&format!(
                "{} {aside}\n",
                terminal.say("原数据库保存在", "the database before it is kept in")
            ));
        }
        for name in &restored.migrated {
            said.push_str(&format!("{} {name}\n", terminal.say("已执行", "applied")));
        }
        said
    };
    let json = || json!({"database": database, "kept_aside": aside, "applied": restored.migrated});
    terminal.result(text, json)?;
    Ok(Ended::Done)
}

fn refused(terminal: &Terminal, fault: &Fault) -> anyhow::Result<Ended> {
    let words = match fault {
        Fault::Exists(_) => {
            terminal.say("文件已存在（--overwrite 可覆盖）", "exists already (--overwrite replaces it)")
        }
        Fault::Itself(_) => terminal.say("即是数据库本身", "is the database itself"),
        Fault::Foreign(_) => terminal.say("不是 respite 的数据库", "is not a database of respite"),
        Fault::Unfinished(_) => terminal.say(
            "旁有预写日志：正在使用，或在使用中被直接复制；请用 respite backup 备份",
            "has a write-ahead log beside it: it is in use, or was copied while it was; use `respite backup`",
        ),
        Fault::Newer(..) => terminal.say("来自更新的版本", "is of a newer build"),
        Fault::Damaged(..) => terminal.say("已损坏", "is damaged"),
        Fault::InUse(_) => terminal.say("正被其他进程使用", "is in use by another process"),
        Fault::File(..) | Fault::Store(_) => terminal.say("失败", "failed"),
    };
    terminal.note(&format!("respite: {words}: {fault}"));
    Ok(Ended::Refused)
}
