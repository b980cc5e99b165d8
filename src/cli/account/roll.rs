//! Many accounts from a file, all or none.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, anyhow, bail};
use encoding_rs::GB18030;
use serde_json::json;

use super::{no_officer, no_unit, view};
use crate::app::accounts::{self, NewAccount, Refusal, Secret, Shown};
use crate::app::error::Error;
use crate::app::import::half_width;
use crate::app::names;
use crate::auth::passwords::Passwords;
use crate::cli::terminal::Terminal;
use crate::cli::{Ended, records};
use crate::rules::terms::{Role, UnitId};
use crate::store::accounts::Grant;
use crate::store::pool::Retry;
use crate::store::{self, Conn};

/// Accounts between two messages.
const STEP: usize = 5000;

/// What the file looks like, for `--help`.
pub const ABOUT: &str = "Create many accounts from a CSV file (UTF-8 or GB18030), all or none.

Columns, in any order, by their Chinese or English name:
  用户名 username · 角色 role · 单位代码 unit · 警号 badge_no · 密码 password

A row without a unit grants the role in the whole force; a row without a role makes the account of an officer. \
Several rows with one name are one account with several grants. Without a password a one-time code is made and printed.";

/// Columns with the names by which they are known.
const COLUMNS: [(&str, &str); 5] =
    [("username", "用户名"), ("role", "角色"), ("unit", "单位代码"), ("badge_no", "警号"), ("password", "密码")];

/// One line of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    line: u64,
    username: String,
    role: Option<Role>,
    unit: Option<String>,
    badge_no: Option<String>,
    password: Option<String>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    line: u64,
    column: &'static str,
    why: String,
}

impl Fault {
    fn new(line: u64, column: &'static str, why: impl Into<String>) -> Self {
        Self { line, column, why: why.into() }
    }
}

/// Reads the file and creates every account in it, or names what is wrong and creates none.
pub fn import(terminal: &Terminal, file: &Path) -> anyhow::Result<Ended> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let (rows, mut faults) = read(&bytes);
    let records = records::open(&terminal.config)?;
    let new = records.database.read(|connection| gather(terminal, connection, &rows, &mut faults))?;
    if !faults.is_empty() {
        return refused(terminal, &faults);
    }
    let (lines, new): (Vec<u64>, Vec<NewAccount>) = new.into_iter().unzip();
    let wanted = with_secrets(terminal, new)?;
    let ctx = records.ctx();
    let total = wanted.len();
    let made = records.database.write(|tx| {
        let mut heard = |done: usize| {
            if done.is_multiple_of(STEP) || (done == total && total > STEP) {
                terminal.note(&format!("{} {done} / {total}", terminal.say("已创建账户：", "accounts stored:")));
            }
        };
        accounts::create_many(tx, &ctx, &wanted, &mut heard)?.map_err(Refused::These)
    });
    let shown = match made {
        Ok(shown) => shown,
        Err(Refused::Error(error)) => bail!(terminal.refusal(error)),
        Err(Refused::These(refusals)) => {
            for refusal in refusals {
                let line = lines.get(refusal.at).copied().unwrap_or_default();
                let name = wanted.get(refusal.at).map(|(new, _)| new.username.clone()).unwrap_or_default();
                let column = if refusal.field == "officer_id" { "badge_no" } else { refusal.field };
                let column = if column == "grants" { "role" } else { column };
                faults.push(Fault::new(line, column, format!("{name}: {}", refusal.code)));
            }
            return refused(terminal, &faults);
        }
    };
    let text = || {
        let mut said = String::new();
        for (account, secret) in &wanted {
            if let Some(code) = &secret.one_time_code {
                let _ = writeln!(said, "{}\t{code}", account.username);
            }
        }
        let _ = writeln!(said, "{} {}", terminal.say("已创建账户", "accounts created:"), shown.len());
        said
    };
    let json = || {
        let items: Vec<_> = shown
            .iter()
            .zip(&wanted)
            .map(|(account, (new, secret))| {
                view(&Shown { account: account.clone(), grants: new.grants.clone() }, secret)
            })
            .collect();
        json!({"created": shown.len(), "items": items, "rejected": []})
    };
    terminal.result(text, json)?;
    Ok(Ended::Done)
}

/// Why nothing was kept.
enum Refused {
    These(Vec<Refusal>),
    Error(Error),
}

impl From<crate::store::Error> for Refused {
    fn from(error: crate::store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Retry for Refused {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Error(error) if error.is_transient())
    }
}

/// Hashes the passwords, two at once, and makes one-time codes for whoever has none.
fn with_secrets(terminal: &Terminal, new: Vec<NewAccount>) -> anyhow::Result<Vec<(NewAccount, Secret)>> {
    let passwords = Passwords::new().map_err(Error::from)?;
    let done = AtomicUsize::new(0);
    let total = new.iter().filter(|account| account.password.is_some()).count();
    let hash = |account: NewAccount| {
        let secret = accounts::secret(&passwords, account.password.as_deref())
            .map_err(|error| anyhow!("{}: {}", account.username, terminal.refusal(error)))?;
        if account.password.is_some() {
            // Each takes a moment on purpose.
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(100) {
                terminal.note(&format!("{} {done} / {total}", terminal.say("已处理密码：", "passwords hashed:")));
            }
        }
        Ok((account, secret))
    };
    let mut first = new;
    let second = first.split_off(first.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| second.into_iter().map(&hash).collect::<anyhow::Result<Vec<_>>>());
        let mut all: Vec<_> = first.into_iter().map(&hash).collect::<anyhow::Result<_>>()?;
        all.extend(other.join().map_err(|_| anyhow!("a thread ended early"))??);
        Ok(all)
    })
}

fn refused(terminal: &Terminal, faults: &[Fault]) -> anyhow::Result<Ended> {
    let text = || {
        let mut said = String::new();
        for fault in faults {
            let _ = writeln!(said, "{} {}  {}  {}", terminal.say("行", "line"), fault.line, fault.column, fault.why);
        }
        said.push_str(terminal.say("未创建任何账户。\n", "no account was created.\n"));
        said
    };
    let json = || {
        let rejected: Vec<_> =
            faults.iter().map(|fault| json!({"row": fault.line, "column": fault.column, "read": fault.why})).collect();
        json!({"created": 0, "items": [], "rejected": rejected})
    };
    terminal.result(text, json)?;
    Ok(Ended::Refused)
}

/// Puts the rows of one name together and finds units and officers; each account with the line on which it begins.
fn gather(
    terminal: &Terminal,
    connection: &mut Conn,
    rows: &[Row],
    faults: &mut Vec<Fault>,
) -> Result<Vec<(u64, NewAccount)>, Error> {
    let units: HashMap<String, UnitId> =
        store::units::all(connection)?.into_iter().map(|unit| (unit.code, unit.id)).collect();
    let mut accounts: BTreeMap<String, (u64, NewAccount)> = BTreeMap::new();
    for chunk in rows.chunks(500) {
        let badges: Vec<&str> = chunk.iter().filter_map(|row| row.badge_no.as_deref()).collect();
        let officers = store::roster::find_by_badges(connection, &badges)?;
        for row in chunk {
            let unit_id = row.unit.as_ref().map(|code| units.get(code).copied());
            let officer_id = row.badge_no.as_ref().map(|no| officers.get(no).map(|officer| officer.id));
            if unit_id == Some(None) {
                faults.push(Fault::new(row.line, "unit", no_unit(terminal)));
            }
            if officer_id == Some(None) {
                faults.push(Fault::new(row.line, "badge_no", no_officer(terminal)));
            }
            let grant = row.role.map(|role| Grant { role, unit_id: unit_id.flatten() });
            let (_, account) = accounts.entry(names::key(&row.username)).or_insert_with(|| {
                let username = row.username.clone();
                (row.line, NewAccount { username, password: None, officer_id: None, grants: Vec::new() })
            });
            account.password = row.password.clone().or_else(|| account.password.take());
            account.officer_id = officer_id.flatten().or(account.officer_id);
            account.grants.extend(grant);
        }
    }
    Ok(accounts.into_values().collect())
}

/// Reads the rows, and says what is wrong with each that cannot be read.
fn read(bytes: &[u8]) -> (Vec<Row>, Vec<Fault>) {
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
        Ok(text) => text.into(),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0,
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return (Vec::new(), vec![Fault::new(1, "", error.to_string())]),
    };
    let mut faults = Vec::new();
    let mut places: BTreeMap<usize, &'static str> = BTreeMap::new();
    for (place, header) in headers.iter().enumerate() {
        match COLUMNS.iter().find(|(en, zh)| *en == header || *zh == header) {
            Some((column, _)) if places.values().any(|known| known == column) => {
                faults.push(Fault::new(1, column, header));
            }
            Some((column, _)) => {
                places.insert(place, column);
            }
            // A misspelt column must not be lost: it may be the password.
            None => faults.push(Fault::new(1, "", header)),
        }
    }
    if !places.values().any(|column| *column == "username") {
        faults.push(Fault::new(1, "username", "username"));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => rows.extend(row(line_of(&text, &record), &record, &places, &mut faults)),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.push(Fault::new(line, "", error.to_string()));
            }
        }
    }
    (rows, faults)
}

/// The line on which a record begins: the reader counts from before the blank lines that it skips.
fn line_of(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let from = usize::try_from(position.byte()).unwrap_or_default();
    let blank = text.bytes().skip(from).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + blank.fold(0, |lines, byte| lines + u64::from(byte == b'\n'))
}

fn row(
    line: u64,
    record: &csv::StringRecord,
    places: &BTreeMap<usize, &'static str>,
    faults: &mut Vec<Fault>,
) -> Option<Row> {
    let mut row = Row { line, ..Row::default() };
    let known = faults.len();
    for (place, column) in places {
        let value = record.get(*place).unwrap_or_default();
        // Blanks may belong to a password, nowhere else.
        let value = if *column == "password" { value } else { value.trim() };
        if value.is_empty() {
            continue;
        }
        match *column {
            "username" => value.clone_into(&mut row.username),
            "unit" => row.unit = Some(value.to_owned()),
            "badge_no" => row.badge_no = Some(half_width(value).into_owned()),
            "password" => row.password = Some(value.to_owned()),
            _ => match value.parse() {
                Ok(role) => row.role = Some(role),
                Err(error) => faults.push(Fault::new(row.line, "role", format!("{error}"))),
            },
        }
    }
    if row == (Row { line: row.line, ..Row::default() }) && faults.len() == known {
        return None;
    }
    if row.username.is_empty() {
        faults.push(Fault::new(row.line, "username", "–"));
    }
    if row.role.is_none() && row.badge_no.is_none() && faults.len() == known {
        faults.push(Fault::new(row.line, "role", "–"));
    }
    if row.role.is_none() && row.unit.is_some() && faults.len() == known {
        faults.push(Fault::new(row.line, "role", "–"));
    }
    (faults.len() == known).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_in_any_order_and_either_language() {
        let text = "\u{feff}角色,用户名,password,unit,警号\nleader,wang,a secret ,S1,100001\n\n,li,,,100002\n";
        let (rows, faults) = read(text.as_bytes());
        assert_eq!(faults, []);
        let wang = Row {
            line: 2,
            username: "wang".to_owned(),
            role: Some(Role::Leader),
            unit: Some("S1".to_owned()),
            badge_no: Some("100001".to_owned()),
            password: Some("a secret ".to_owned()),
        };
        let li = Row { line: 4, username: "li".to_owned(), badge_no: Some("100002".to_owned()), ..Row::default() };
        assert_eq!(rows, [wang, li]);
    }

    #[test]
    fn gb18030_is_read() {
        let (bytes, ..) = GB18030.encode("用户名,角色\n王芳,hr\n");
        let (rows, faults) = read(&bytes);
        assert_eq!(faults, []);
        assert_eq!(rows.first().unwrap().username, "王芳");
    }

    #[test]
    fn faults_are_named_with_their_lines() {
        let places = |text: &str| -> Vec<(u64, &str)> {
            read(text.as_bytes()).1.iter().map(|fault| (fault.line, fault.column)).collect()
        };
        assert_eq!(places("username,role\na,boss\n,hr\nb,\n"), [(2, "role"), (3, "username"), (4, "role")]);
        assert_eq!(places("username,rôle\n"), [(1, "")]);
        assert_eq!(places("role\nhr\n"), [(1, "username"), (2, "username")]);
        assert_eq!(places("username,role\na\n"), [(2, "")]);
        assert_eq!(places(""), [(1, "username")]);
    }
}
