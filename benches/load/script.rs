//! A script for pgbench, made from the statements that the service really executed: the server's log of one request,
//! with its parameters. What belongs to the one officer of that request becomes an expression of a random number; ids
//! that the request made are made anew at every run.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use uuid::Uuid;

use crate::multitude;

/// One executed statement.
#[derive(Debug, PartialEq, Eq)]
struct Executed {
    sql: String,
    values: Vec<Option<String>>,
}

/// What the values of one request mean.
pub struct Meaning {
    /// The officer of the request.
    pub officer: u32,
    /// The command of pgbench that chooses an officer `n`.
    pub choice: String,
    /// The units in all.
    pub units: u32,
    /// Text that must differ at every run: the idempotency key.
    pub unique: String,
}

/// Makes the script of the requests in a part of the server's log.
pub fn script(log: &str, meaning: &Meaning) -> Result<(String, usize)> {
    let executed = executed(log)?;
    ensure!(!executed.is_empty(), "the server's log shows no statements:\n{log}");
    let mut made: HashMap<String, usize> = HashMap::new();
    // Pages of the clients lie apart, and the ids of one client follow each other, as those of the service do.
    let mut script = format!("\\set k :k + 1\n{}\n", meaning.choice);
    for statement in &executed {
        let mut sql = statement.sql.clone();
        // From the last, lest $1 be found in $10.
        for (at, value) in statement.values.iter().enumerate().rev() {
            let value = match value {
                None => "NULL".to_owned(),
                Some(text) => expression(text, meaning, &mut made),
            };
            sql = sql.replace(&format!("${}", at + 1), &value);
        }
        writeln!(script, "{};", sql.trim().trim_end_matches(';'))?;
    }
    Ok((script, executed.len()))
}

/// The SQL of a value.
fn expression(text: &str, meaning: &Meaning, made: &mut HashMap<String, usize>) -> String {
    let id = |prefix: Uuid, number: &str| {
        format!("decode('{}' || lpad(to_hex({number}), 12, '0'), 'hex')", &prefix.simple().to_string()[..20])
    };
    if text == meaning.unique {
        return "'load-' || :client_id::text || '-' || :k::text".to_owned();
    }
    let Some(hex) = text.strip_prefix("\\x").filter(|hex| hex.len() == 32) else { return literal(text) };
    let n = meaning.officer;
    let unit = (n - 1) % meaning.units + 1;
    let known = [
        (multitude::officer(n), multitude::officer(0), ":n::bigint".to_owned()),
        (multitude::account(n), multitude::account(0), ":n::bigint".to_owned()),
        (multitude::session(n), multitude::session(0), ":n::bigint".to_owned()),
        (multitude::lot(n), multitude::lot(0), ":n::bigint".to_owned()),
        (multitude::unit(unit), multitude::unit(0), format!("(:n::bigint - 1) % {} + 1", meaning.units)),
    ];
    if let Some((_, prefix, number)) = known.iter().find(|(id, ..)| id.simple().to_string() == hex) {
        return id(*prefix, number);
    }
    if hex.starts_with("0190") {
        // Another thing of the multitude: it stays as it is.
        return literal(text);
    }
    let next = made.len();
    let number = *made.entry(hex.to_owned()).or_insert(next);
    format!(
        "decode('019f' || lpad(to_hex(:client_id::bigint), 4, '0') || '70008000' || lpad(to_hex(:k::bigint * 64 + {number}), 16, '0'), 'hex')"
    )
}

/// A literal in which pgbench finds no variable.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\072"))
}

/// The statements of a log, in their order.
fn executed(log: &str) -> Result<Vec<Executed>> {
    let mut found: Vec<Executed> = Vec::new();
    // A line that begins with a tab goes on where the one before it stopped.
    for line in log.replace("\n\t", " ").lines() {
        if let Some((_, sql)) = line.split_once("LOG:  statement: ") {
            found.push(Executed { sql: sql.to_owned(), values: Vec::new() });
        } else if let Some((_, rest)) = line.split_once("LOG:  execute ") {
            let (_, sql) = rest.split_once(": ").context("a statement without a name")?;
            found.push(Executed { sql: sql.to_owned(), values: Vec::new() });
        } else if let Some((_, values)) = line.split_once("DETAIL:  parameters: ") {
            found.last_mut().context("parameters of no statement")?.values = parameters(values)?;
        }
    }
    Ok(found)
}

/// `$1 = 'a', $2 = NULL` as values.
fn parameters(text: &str) -> Result<Vec<Option<String>>> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(" = ") {
        if let Some(after) = after.strip_prefix("NULL") {
            values.push(None);
            rest = after;
            continue;
        }
        let mut value = String::new();
        let mut after = after.strip_prefix('\'').context("a parameter without quotes")?;
        loop {
            let (part, next) = after.split_once('\'').context("a parameter without an end")?;
            value.push_str(part);
            match next.strip_prefix('\'') {
                Some(next) => {
                    value.push('\'');
                    after = next;
                }
                None => {
                    rest = next;
                    break;
                }
            }
        }
        values.push(Some(value));
    }
    Ok(values)
}
