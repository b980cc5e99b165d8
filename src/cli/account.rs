//! `respite account`: the first account of an empty database, further ones, and many from a file.

mod roll;

use std::io::BufRead;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::records::Records;
use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::accounts::{self, NewAccount, Secret, Shown};
use crate::auth::passwords::{BYTES_MAX, Passwords};
use crate::rules::terms::{OfficerId, Role, UnitId};
use crate::store::accounts::Grant;
use crate::store::{Conn, officers, units};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create one account, on an empty database too
    Create(Create),
    /// Create many accounts from a CSV file, all or none
    #[command(long_about = roll::ABOUT)]
    Import {
        /// The file
        file: PathBuf,
    },
}

/// One account.
#[derive(Debug, Args)]
pub struct Create {
    /// Name to sign in with
    #[arg(long, value_name = "NAME")]
    username: String,
    /// What it may do; may be left out for the account of an officer, who needs no role for their own leave
    #[arg(long, required_unless_present = "badge_no")]
    role: Option<Role>,
    /// Code of the unit that it may do it in, with everything below; without it the whole force
    #[arg(long, value_name = "CODE", requires = "role")]
    unit: Option<String>,
    /// Badge number of the officer behind it
    #[arg(long, value_name = "NO")]
    badge_no: Option<String>,
    /// Read the password from standard input; without it a one-time code is made and printed
    #[arg(long)]
    password_stdin: bool,
}

/// Runs one of the commands.
pub fn run(terminal: &Terminal, command: &Command) -> anyhow::Result<Ended> {
    match command {
        Command::Create(create) => create_one(terminal, create),
        Command::Import { file } => roll::import(terminal, file),
    }
}

fn create_one(terminal: &Terminal, create: &Create) -> anyhow::Result<Ended> {
    let password = if create.password_stdin { Some(read_password(std::io::stdin().lock())?) } else { None };
    let records = records::open(&terminal.config)?;
    let found = records.database.read(|connection| {
        Ok::<_, crate::app::error::Error>((
            unit(connection, create.unit.as_deref())?,
            officer(connection, create.badge_no.as_deref())?,
        ))
    })?;
    let Some(unit_id) = found.0 else {
        bail!("--unit {}: {}", create.unit.as_deref().unwrap_or_default(), no_unit(terminal));
    };
    let Some(officer_id) = found.1 else {
        bail!("--badge-no {}: {}", create.badge_no.as_deref().unwrap_or_default(), no_officer(terminal));
    };
    let grants = create.role.map(|role| Grant { role, unit_id }).into_iter().collect();
    let new = NewAccount { username: create.username.clone(), password, officer_id, grants };
    let (shown, secret) = created(&records, &new)?;
    let text = || {
        let done = format!("{} {} ({})", terminal.say("已创建账户", "created account"), new.username, shown.account.id);
        match &secret.one_time_code {
            Some(code) => format!("{done}\n{} {code}", terminal.say("一次性密码", "one-time code")),
            None => done,
        }
    };
    terminal.result(text, || view(&shown, &secret))?;
    Ok(Ended::Done)
}

fn created(records: &Records, new: &NewAccount) -> anyhow::Result<(Shown, Secret)> {
    let passwords = Passwords::new().map_err(crate::app::error::Error::from)?;
    Ok(accounts::create_directly(&records.database, &records.ctx(), &passwords, new)?)
}

fn view(shown: &Shown, secret: &Secret) -> Value {
    let grants: Vec<Value> =
        shown.grants.iter().map(|grant| json!({"role": grant.role, "unit_id": grant.unit_id})).collect();
    json!({
        "id": shown.account.id, "username": shown.account.username, "officer_id": shown.account.officer_id,
        "grants": grants, "must_change_password": shown.account.must_change_password,
        "one_time_code": secret.one_time_code,
    })
}

fn no_unit(terminal: &Terminal) -> &str {
    terminal.say("没有此代码的单位", "no unit has this code")
}

fn no_officer(terminal: &Terminal) -> &str {
    terminal.say("没有此警号的人员", "no officer has this badge number")
}

/// The unit of a code; `Some(None)` where none was named, `None` where there is none.
fn unit(connection: &mut Conn, code: Option<&str>) -> Result<Option<Option<UnitId>>, crate::store::Error> {
    match code {
        None => Ok(Some(None)),
        Some(code) => Ok(units::find_by_code(connection, code)?.map(|unit| Some(unit.id))),
    }
}

/// The officer of a badge number; `Some(None)` where none was named, `None` where there is none.
fn officer(connection: &mut Conn, badge_no: Option<&str>) -> Result<Option<Option<OfficerId>>, crate::store::Error> {
    match badge_no {
        None => Ok(Some(None)),
        Some(badge_no) => Ok(officers::find_by_badge(connection, badge_no)?.map(|officer| Some(officer.id))),
    }
}

/// The first line, without its end. More than a password can have is not read.
fn read_password(input: impl BufRead) -> anyhow::Result<String> {
    let mut line = Vec::new();
    let most = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX).saturating_add(3);
    input.take(most).read_until(b'\n', &mut line).context("--password-stdin")?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    String::from_utf8(line).ok().context("--password-stdin: UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_end_is_no_part_of_a_password() {
        for (given, password) in [
            ("secret word\n", "secret word"),
            ("secret word\r\n", "secret word"),
            ("secret word", "secret word"),
            (" 口令 \nnext\n", " 口令 "),
            ("\n", ""),
            ("", ""),
            ("a\rb\n", "a\rb"),
        ] {
            assert_eq!(read_password(given.as_bytes()).unwrap(), password);
        }
        assert!(read_password(&b"\xff\n"[..]).is_err());
        let long = "x".repeat(5000);
        assert!(read_password(long.as_bytes()).unwrap().len() < 300);
    }
}
