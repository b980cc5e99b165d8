//! What the machine gives at best, measured beside the service: the same statements by pgbench, and bare durable
//! transactions of one row.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Plan;
use anyhow::{Context, Result, bail, ensure};
use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection};

/// Durable transactions of one row a second, on a SQLite file in a folder, as fast as one connection can.
pub fn bare_transactions(folder: &Path, time: Duration) -> Result<f64> {
    let path = folder.join("bare.db");
    let mut connection = SqliteConnection::establish(path.to_str().context("the path is not UTF-8")?)?;
    connection.batch_execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, text TEXT)",
    )?;
    let begun = Instant::now();
    let mut done = 0_u32;
    while begun.elapsed() < time {
        diesel::sql_query("INSERT INTO bare (text) VALUES ('a row of some forty letters, no more')")
            .execute(&mut connection)?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

/// The program pgbench, which must be on the machine.
pub fn pgbench(server_programs: &Path) -> Result<PathBuf> {
    for program in [server_programs.join("pgbench"), PathBuf::from("pgbench")] {
        if Command::new(&program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok() {
            return Ok(program);
        }
    }
    bail!(
        "pgbench is missing: without it there is no floor to measure against (on Debian: apt-get install postgresql-contrib)"
    )
}

/// Transactions of a script a second.
pub fn scripted(program: &Path, url: &str, script: &Path, plan: &Plan, round: usize) -> Result<f64> {
    let share = usize::try_from(plan.multitude.officers)? / plan.clients / plan.rounds;
    let output = Command::new(program)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
        .arg(format!("--client={}", plan.clients))
        .arg(format!("--time={}", plan.time.as_secs().max(1)))
        .arg(format!("--define=k={}", round * share))
        .arg("--file")
        .arg(script)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .context("pgbench")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench: {said}{}", String::from_utf8_lossy(&output.stderr));
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")).context("pgbench named no rate")?;
    Ok(rate.split_whitespace().next().context("pgbench named no rate")?.parse()?)
}
