//! `respite serve`: the HTTP interface until SIGTERM or SIGINT.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::backup::Sole;
use crate::app::house::House;
use crate::clock::Clock;
use crate::config::{Config, Enabled};
use crate::http::{office, server};
use crate::jobs;
use crate::logs;
use crate::store::Database;
use crate::store::pool::Target;

/// The time for a job to end after the server has.
const GOODBYE: Duration = Duration::from_millis(400);

/// Opens the house, listens, and serves until it is asked to stop.
pub fn run(terminal: &Terminal) -> anyhow::Result<Ended> {
    let config = &terminal.config;
    logs::start(config.log_format, &config.log_filter)?;
    // One process serves a SQLite file: what slows guessing down is counted in its memory.
    let _sole = match records::target(config)? {
        Target::Sqlite(path) => Some(Sole::take(&path)?),
        Target::Postgres(_) => None,
    };
    let records = records::open(config)?;
    let house = open(records.database, config)?;
    let listener = TcpListener::bind(config.listen).with_context(|| format!("listen = {}", config.listen))?;
    let address = listener.local_addr()?;
    terminal.note(&format!("{} http://{address}", terminal.say("服务已启动：", "serving on")));
    let runtime = runtime()?;
    let served = runtime.block_on(serve(Arc::new(house), listener, config));
    // A job that does not hear in time is cut off; its claim goes stale and is taken over.
    runtime.shutdown_timeout(GOODBYE);
    served?;
    terminal.note(terminal.say("已停止。", "stopped."));
    Ok(Ended::Done)
}

/// The house over a database of the current schema, with the system's clock.
pub(super) fn open(database: Database, config: &Config) -> anyhow::Result<House> {
    let house =
        House::open(database, Clock::system(config.time_zone), &records::tokens(config), records::law(config)?)?;
    Ok(house.importing(config.import_rows_max))
}

/// Where the server is awaited; the workers have threads of their own.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Serves on a socket until the process is asked to stop, and makes the runs of jobs meanwhile.
pub(super) async fn serve(house: Arc<House>, listener: TcpListener, config: &Config) -> std::io::Result<()> {
    let door = office::door(Arc::clone(&house), config);
    let (stopper, stop) = jobs::stopping();
    let stopper = Arc::new(stopper);
    let scheduler = match config.jobs_enabled {
        Enabled::True => {
            let plan = jobs::Plan::of(config).map_err(std::io::Error::other)?;
            Some(tokio::spawn(jobs::keep(house, plan, stop.clone())))
        }
        Enabled::False => None,
    };
    // One listener for the signal: it tells the server and the jobs.
    let asking = Arc::clone(&stopper);
    let listening = tokio::spawn(async move {
        server::stop_asked().await;
        asking.stop();
    });
    let mut asked = stop;
    let served = server::run(door, listener, config, async move { asked.asked().await }).await;
    listening.abort();
    stopper.stop();
    if let Some(scheduler) = scheduler {
        // The jobs heard the same signal as the server and had its time to end.
        let _ended = tokio::time::timeout(GOODBYE, scheduler).await;
    }
    served
}
