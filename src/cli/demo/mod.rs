//! `respite demo`: a made-up bureau with a year of leave, served from a temporary folder.

mod almanac;
mod bureau;
mod dice;
mod guide;
mod names;
mod people;
mod plan;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::Args;

use super::terminal::Terminal;
use super::{Ended, serve};
use crate::app::error::Error;
use crate::app::house;
use crate::app::law::Law;
use crate::clock::Clock;
use crate::config::Config;
use crate::logs;
use crate::rules::terms::ShownState;
use crate::store::leave_requests::{self, Filter};
use crate::store::pool::{Durability, Options as Opening, Target};
use crate::store::{self, Database};
use guide::Guide;

/// How many ports are tried one after the other before the system chooses.
const PORTS_TRIED: u16 = 20;

/// How the demo is served.
#[derive(Debug, Args)]
pub struct Options {
    /// Port on 127.0.0.1; another is taken where it is in use
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Makes the bureau, says how to look at it, and serves it until the process is asked to stop. Nothing remains.
pub fn run(terminal: &Terminal, options: &Options) -> anyhow::Result<Ended> {
    let config = &terminal.config;
    logs::start(config.log_format, &config.log_filter)?;
    let folder = tempfile::Builder::new().prefix("respite-demo-").tempdir().context("a temporary folder")?;
    terminal.note(&format!(
        "{} {} …",
        terminal.say("正在生成演示数据：", "making a bureau in"),
        folder.path().display()
    ));
    let runtime = serve::runtime()?;
    let served = runtime.block_on(until_stopped(terminal, options, folder.path()));
    // Waits for the making to notice that it is to stop.
    drop(runtime);
    let removed = folder.close().context("the temporary folder");
    served?;
    removed?;
    terminal.note(terminal.say("已停止，临时文件已删除。", "stopped; the temporary folder is gone."));
    Ok(Ended::Done)
}

async fn until_stopped(terminal: &Terminal, options: &Options, folder: &Path) -> anyhow::Result<()> {
    let config = &terminal.config;
    let mut stopped = pin!(stop_asked()?);
    let database = open(folder, config)?;
    let stop = Arc::new(AtomicBool::new(false));
    let making = {
        let (database, clock, stop) = (database.clone(), Clock::system(config.time_zone), Arc::clone(&stop));
        let fixed = Clock::fixed(clock.now(), config.time_zone);
        tokio::task::spawn_blocking(move || make(&database, &clock, fixed, &stop))
    };
    let made = tokio::select! {
        made = making => made??,
        () = &mut stopped => {
            stop.store(true, Ordering::Relaxed);
            return Ok(());
        }
    };
    let listener = listen(options.port)?;
    say_missing(terminal, &made.missing);
    let house = serve::open(database, config)?;
    let guide = Guide::of(&house, made, &format!("http://{}", listener.local_addr()?))?;
    terminal.result(|| guide.text(terminal), || guide.json())?;
    terminal
        .note(terminal.say("按 Ctrl-C 结束，临时文件随即删除。", "Ctrl-C ends it and removes the temporary folder."));
    let mut serving = pin!(serve::serve(Arc::new(house), listener, config));
    tokio::select! {
        served = &mut serving => Ok(served?),
        // The server hears the same signal and finishes what is running, unless it came before there was a server.
        () = &mut stopped => match tokio::time::timeout(config.shutdown, serving).await {
            Ok(served) => Ok(served?),
            Err(_) => Ok(()),
        },
    }
}

/// Ends at the first SIGINT or SIGTERM from now on: what was made must not stay behind.
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

fn open(folder: &Path, config: &Config) -> anyhow::Result<Database> {
    let opening = Opening {
        pool_size: config.pool_size,
        at_once: u32::try_from(config.workers).unwrap_or(u32::MAX),
        timeout: config.database_timeout,
        // Nothing of it outlives the process: the disk need not be waited for.
        durability: Durability::Normal,
    };
    Ok(house::open_database(&Target::Sqlite(folder.join("demo.db")), &opening)?)
}

/// The port asked for, one of the next, or any.
fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let next = (0..PORTS_TRIED).filter_map(|more| port.checked_add(more));
    for port in next {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {}
            bound => return bound.with_context(|| format!("127.0.0.1:{port}")),
        }
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("127.0.0.1")
}

/// What was made, and what could not be.
struct Made {
    walker: Option<(String, crate::rules::terms::OfficerId)>,
    counts: Vec<(ShownState, usize)>,
    missing: Vec<ShownState>,
    people: usize,
}

/// Makes everything and counts what came of it.
fn make(database: &Database, now: &Clock, fixed: Clock, stop: &AtomicBool) -> anyhow::Result<Made> {
    let statutes = Law::new(&Vec::new())?.current();
    let bureau = bureau::make(database, &statutes, now, fixed, stop)?;
    let walker = bureau.roster.place(people::WALKER).and_then(|place| {
        let person = bureau.roster.0.get(place)?;
        Some((person.badge_no.clone(), *bureau.officers.get(&place)?))
    });
    for deed in &bureau.refused {
        tracing::debug!(deed, "refused by the rules");
    }
    let today = now.today();
    let counts = database.read(|connection| {
        let count = |state: &ShownState| {
            let filter = Filter { state: Some(*state), ..Filter::default() };
            Ok((*state, leave_requests::list(connection, &filter, today, 10_000)?.len()))
        };
        ShownState::ALL.iter().map(count).collect::<Result<Vec<_>, store::Error>>()
    });
    let counts = counts.map_err(Error::from)?;
    let missing = counts.iter().filter(|(_, count)| *count == 0).map(|(state, _)| *state).collect();
    Ok(Made { walker, counts, missing, people: bureau.officers.len() })
}

fn say_missing(terminal: &Terminal, missing: &[ShownState]) {
    if !missing.is_empty() {
        let states: Vec<&str> = missing.iter().map(|state| state.as_str()).collect();
        let why = terminal.say(
            "以今天的日期无法生成这些状态的申请（多因年度日历尚未公布）：",
            "as of today no request could be brought into these states, mostly for want of a calendar:",
        );
        terminal.note(&format!("{why} {}", states.join(", ")));
    }
}

#[cfg(test)]
mod tests;
