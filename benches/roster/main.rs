//! Rosters at their size: five weeks of 500 officers published with every rule on either database, and a scan of a year of
//! everybody on PostgreSQL beside reading the same rows with `COPY … TO STDOUT` in the same run.
//! `cargo bench --bench roster`. Ends with 1 where a figure misses its demand.

#[path = "../../tests/it/multitude.rs"]
#[expect(dead_code, reason = "the tests' own force of many")]
mod multitude;
#[expect(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "the tests' own server")]
#[path = "../../tests/it/postgres.rs"]
mod postgres;
mod seed;

use std::io::Read;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use chrono::NaiveDate;
use chrono_tz::Asia::Shanghai;
use diesel::connection::SimpleConnection;
use diesel::pg::CopyFormat;
use diesel::{Connection, PgConnection, SqliteConnection};
use respite::app::ctx::{Caller, Ctx};
use respite::app::duty::publish;
use respite::app::house::{House, TokenSettings, migrate, open_database};
use respite::app::law::Law;
use respite::app::watch::scan;
use respite::clock::Clock;
use respite::rules::terms::UnitId;
use respite::store::pool::{Options, Target};

use multitude::{Dialect, Multitude};
use postgres::{Durability, Server};
use seed::Seed;

/// Officers of a unit; a month of theirs is published.
const UNIT: u32 = 500;
/// How much longer than COPY a scan may take.
const SCAN_MAX: f64 = 3.0;
/// How long a publication may take.
const PUBLISH_MAX: Duration = Duration::from_secs(2);
/// Rounds of each figure; the median counts.
const ROUNDS: usize = 3;

/// The columns that a scan reads, for `COPY`.
mod columns {
    diesel::table! {
        duty_shifts (id) {
            id -> Binary,
            officer_id -> Binary,
            kind -> Text,
            starts_at -> Timestamp,
            ends_at -> Timestamp,
            counted_minutes -> Integer,
            actual_starts_at -> Nullable<Timestamp>,
            actual_ends_at -> Nullable<Timestamp>,
            actual_minutes -> Nullable<Integer>,
        }
    }
}
use columns::duty_shifts;

fn main() -> Result<ExitCode> {
    ensure!(cfg!(not(debug_assertions)), "a release build is measured: cargo bench --bench roster");
    let mut is_met = true;
    println!("| what | time | floor in the same run | time of the floor | ratio | demanded |");
    println!("|---|---|---|---|---|---|");
    is_met &= sqlite()?;
    let mut per_officer = Vec::new();
    for officers in [1_000, 10_000] {
        let (met, scan) = postgres(officers)?;
        is_met &= met;
        per_officer.push(scan.as_secs_f64() / f64::from(officers));
    }
    if let [small, large] = per_officer.as_slice() {
        println!("| scan for one officer, of 10,000 beside of 1,000 | | | | {:.2} | linear |", large / small);
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn date(text: &str) -> Result<NaiveDate> {
    Ok(text.parse()?)
}

fn house(target: &Target) -> Result<House> {
    let clock = Clock::fixed("2025-12-01T01:00:00Z".parse()?, Shanghai);
    let tokens = TokenSettings { keys: vec![("bench".to_owned(), vec![7; 32])], access_seconds: 900, refresh_days: 30 };
    let database = open_database(target, &Options::default())?;
    Ok(House::open(database, clock, &tokens, Law::new(&Vec::new())?)?)
}

fn ctx(house: &House) -> Ctx {
    house.ctx(Caller::service(), "bench")
}

fn median(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

/// Publishes five weeks of the first unit, one of them a rotation; the floor is the one statement that changes the same rows.
fn published(name: &str, house: &House, mut floor: impl FnMut() -> Result<Duration>) -> Result<bool> {
    let floors = (0..ROUNDS).map(|_| floor()).collect::<Result<Vec<_>>>()?;
    let floor = median(floors)?;
    let (from, to) = (date("2026-01-12")?, date("2026-02-15")?);
    let begun = Instant::now();
    let ctx = ctx(house);
    let done = house
        .database
        .write(|tx| publish::publish(tx, &ctx, UnitId(multitude::unit(1)), from, to))
        .map_err(|error| anyhow!("{error:?}"))?;
    let time = begun.elapsed();
    ensure!(done.roster.shifts > 20 * i32::try_from(UNIT)?, "only {} shifts were published", done.roster.shifts);
    println!(
        "| {name}: five weeks of {} officers, {} shifts, published | {:.0} ms | one UPDATE of the same rows | {:.0} ms | {:.1} | < {} s{} |",
        done.roster.officers,
        done.roster.shifts,
        time.as_secs_f64() * 1000.0,
        floor.as_secs_f64() * 1000.0,
        time.as_secs_f64() / floor.as_secs_f64(),
        PUBLISH_MAX.as_secs(),
        if time < PUBLISH_MAX { "" } else { " MISSED" },
    );
    Ok(time < PUBLISH_MAX)
}

/// Changes the rows that a publication changes, and takes it back.
const BARE: &str = "UPDATE duty_shifts SET state = 'published', version = version + 1 WHERE state = 'planned'";

fn sqlite() -> Result<bool> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = folder.path().join("respite.db");
    let target = Target::Sqlite(path.clone());
    migrate(&target, &Options::default()).map_err(|error| anyhow!("{error:?}"))?;
    let mut connection = SqliteConnection::establish(path.to_str().context("the path is not UTF-8")?)?;
    connection.batch_execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN")?;
    let many = Multitude { officers: UNIT, units: 1 };
    for statement in many.statements(Dialect::Sqlite, None).iter().chain(&Seed::of(many).statements(Dialect::Sqlite)) {
        connection.batch_execute(statement)?;
    }
    connection.batch_execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
    published("SQLite", &house(&target)?, || {
        let begun = Instant::now();
        connection.batch_execute(&format!("BEGIN IMMEDIATE; {BARE}; ROLLBACK"))?;
        Ok(begun.elapsed())
    })
}

fn postgres(officers: u32) -> Result<(bool, Duration)> {
    let server = postgres::start(Durability::Full);
    server.execute("CREATE DATABASE respite")?;
    let url = server.url_for("respite");
    let target = Target::parse(&url).map_err(|error| anyhow!("{error:?}"))?;
    migrate(&target, &Options::default()).map_err(|error| anyhow!("{error:?}"))?;
    let mut connection = PgConnection::establish(&url)?;
    connection.batch_execute("SET session_replication_role = replica")?;
    let many = Multitude { officers, units: officers / UNIT };
    for statement in
        many.statements(Dialect::Postgres, None).iter().chain(&Seed::of(many).statements(Dialect::Postgres))
    {
        connection.batch_execute(statement)?;
    }
    for statement in ["SET session_replication_role = origin", "VACUUM ANALYZE", "CHECKPOINT"] {
        connection.batch_execute(statement)?;
    }
    let house = house(&target)?;
    let (met, scan) = scanned(&house, &url, officers)?;
    let bare = format!("BEGIN; {BARE} AND unit_id = decode('{}', 'hex'); ROLLBACK", multitude::unit(1).simple());
    let published = published(&format!("PostgreSQL, {officers} officers"), &house, || {
        let begun = Instant::now();
        connection.batch_execute(&bare)?;
        Ok(begun.elapsed())
    })?;
    drop(house);
    drop::<Server>(server);
    Ok((met && published, scan))
}

/// Scans 2025 of everybody beside reading every shift with COPY.
fn scanned(house: &House, url: &str, officers: u32) -> Result<(bool, Duration)> {
    let period = (date("2025-01-01")?, date("2025-12-31")?);
    let before = memory_peak()?;
    let (mut times, mut floors, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        // A connection for each: what is left of a COPY that was read raw keeps the next statement from being sent.
        let mut connection = PgConnection::establish(url)?;
        let begun = Instant::now();
        bytes = copied(&mut connection)?;
        floors.push(begun.elapsed());
        let begun = Instant::now();
        let looked_at = everybody(house, period)?;
        times.push(begun.elapsed());
        ensure!(looked_at == officers, "{looked_at} of {officers} officers were looked at");
    }
    let (time, floor) = (median(times)?, median(floors)?);
    let ratio = time.as_secs_f64() / floor.as_secs_f64();
    println!(
        "| PostgreSQL: a year of {officers} officers scanned | {:.2} s | COPY of the same shifts, {} MB | {:.2} s | {ratio:.2} | {SCAN_MAX}{} |",
        time.as_secs_f64(),
        bytes / 1_000_000,
        floor.as_secs_f64(),
        if ratio <= SCAN_MAX { "" } else { " MISSED" },
    );
    println!(
        "| memory of this process, the most so far | {before:.0} MiB before | | {:.0} MiB after | | flat |",
        memory_peak()?
    );
    Ok((ratio <= SCAN_MAX, time))
}

fn everybody(house: &House, period: (NaiveDate, NaiveDate)) -> Result<u32> {
    let ctx = ctx(house);
    let (mut after, mut looked_at) = (None, 0);
    loop {
        let page = house
            .database
            .read(|connection| scan::page(connection, &ctx, after, period))
            .map_err(|error| anyhow!("{error:?}"))?;
        let Some(page) = page else { return Ok(looked_at) };
        looked_at += u32::try_from(page.officers)?;
        after = Some(page.last);
    }
}

fn copied(connection: &mut PgConnection) -> Result<usize> {
    use duty_shifts::*;
    let columns =
        (officer_id, id, kind, starts_at, ends_at, counted_minutes, actual_starts_at, actual_ends_at, actual_minutes);
    let mut rows = diesel::copy_to(columns).with_format(CopyFormat::Text).load_raw(connection)?;
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let read = rows.read(&mut buffer)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes += read;
    }
}

/// The most memory that was resident at any time, in MiB.
fn memory_peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: u32 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(f64::from(kib) / 1024.0)
}
