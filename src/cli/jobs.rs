//! `respite jobs`: the jobs of the service by command, for cron and for hands. A claim for each run keeps it apart from
//! a running service and from other instances.

use std::fmt::Write;

use anyhow::bail;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::records::Records;
use super::serve::runtime;
use super::terminal::Terminal;
use super::{Ended, records};
use crate::app::error::Error;
use crate::app::job_runs::{self, JobRun, Standing};
use crate::app::works::Works;
use crate::http::server;
use crate::jobs::{
    By, Happened, Job, Names, Plan, Stop, Told, Window, by_hand, holder, next_after, owed, stopping, tick,
};
use crate::rules::terms::Instant;
use crate::store::migrations;
use crate::store::pool::Target;

/// What can be done with the jobs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the jobs: when they run, their last run, the next, and what failed
    List,
    /// Make runs that are owed, in order; what was done is not done again
    Run(RunOptions),
}

/// Which runs are made.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// Of this job; without --due and --on everything of it that is owed
    #[arg(required_unless_present = "owed", conflicts_with = "owed", value_name = "NAME", value_parser = PossibleValuesParser::new(Names::ALL))]
    name: Option<String>,
    /// The run that is due at this instant (RFC 3339)
    #[arg(long, value_name = "INSTANT", conflicts_with_all = ["on", "owed"])]
    due: Option<DateTime<Utc>>,
    /// The runs that are due on this date
    #[arg(long, value_name = "DATE", conflicts_with = "owed")]
    on: Option<NaiveDate>,
    /// Every run of every job that is owed, for cron
    #[arg(long)]
    owed: bool,
}

/// Runs one of the commands.
pub fn run(terminal: &Terminal, command: &Command) -> anyhow::Result<Ended> {
    let plan = Plan::of(&terminal.config)?;
    // A command that looks at runs makes no database for it.
    if let Target::Sqlite(path) = records::target(&terminal.config)?
        && !path.exists()
    {
        bail!("{} {}", terminal.say("没有数据库：", "there is no database:"), path.display());
    }
    match command {
        Command::List => {
            let records = records::open_as_it_is(&terminal.config)?;
            if !records.database.read(migrations::pending).map_err(Error::from)?.is_empty() {
                bail!(
                    "{}",
                    terminal
                        .say("数据库结构不是当前版本：respite migrate", "the schema is not current: respite migrate")
                );
            }
            list(terminal, &records, &plan)
        }
        Command::Run(options) => make(terminal, &records::open(&terminal.config)?, &plan, options),
    }
}

/// Hears SIGTERM and SIGINT: the piece of work at hand ends, and the run is given back.
fn heard() -> anyhow::Result<Stop> {
    let (stopper, stop) = stopping();
    let runtime = runtime()?;
    std::thread::spawn(move || {
        runtime.block_on(server::stop_asked());
        stopper.stop();
    });
    Ok(stop)
}

fn works(records: &Records) -> Works<'_> {
    Works { database: &records.database, law: &records.law, clock: &records.clock }
}

fn list(terminal: &Terminal, records: &Records, plan: &Plan) -> anyhow::Result<Ended> {
    let now = records.clock.now();
    let mut listed = Vec::new();
    for job in &plan.jobs {
        let since = now - plan.back;
        let standing = records.database.read(|connection| job_runs::standing(connection, job.name, (since, now)))?;
        listed.push((job, standing));
    }
    let next = |job: &Job| next_after(&job.cron, plan.zone, now).map(|due| due.at);
    let text = || {
        let mut said = format!("{} {}\n", terminal.say("时区：", "time zone:"), plan.zone);
        for (job, standing) in &listed {
            let _ = writeln!(said, "{}  {}", job.name, job.cron.as_str());
            let never = terminal.say("从未", "never").to_owned();
            let last = standing.last.as_ref().map_or(never, |run| run_text(terminal, plan.zone, run));
            let _ = writeln!(said, "  {} {last}", terminal.say("上次：", "last:"));
            let _ = writeln!(
                said,
                "  {} {}",
                terminal.say("下次：", "next:"),
                next(job).map_or_else(String::new, |at| local(plan.zone, at))
            );
            for failed in &standing.failed {
                let _ =
                    writeln!(said, "  {} {}", terminal.say("失败：", "failed:"), run_text(terminal, plan.zone, failed));
            }
        }
        said
    };
    let json = || {
        let item = |(job, standing): &(&Job, Standing)| {
            json!({
                "name": job.name, "cron": job.cron.as_str(), "next_due_at": next(job).map(instant),
                "next_due_local": next(job).map(|at| local(plan.zone, at)), "time_zone": plan.zone.name(),
                "settled_until": standing.settled_until.map(instant),
                "last": standing.last.as_ref().map(run_json),
                "failed": standing.failed.iter().map(run_json).collect::<Vec<_>>(),
            })
        };
        json!({"items": listed.iter().map(item).collect::<Vec<_>>()})
    };
    terminal.result(text, json)?;
    Ok(Ended::Done)
}

fn make(terminal: &Terminal, records: &Records, plan: &Plan, options: &RunOptions) -> anyhow::Result<Ended> {
    let holder = holder(&records.clock);
    let by = By { works: works(records), holder: &holder, stop: heard()? };
    let job = match &options.name {
        Some(name) => plan.job(name),
        None => None,
    };
    let told = match (job, options.due, options.on) {
        (Some(job), Some(due), _) => vec![by_hand(&by, plan, job, due)?],
        (Some(job), None, Some(on)) => {
            let (Some(first), Some(last)) = (on.pred_opt(), on.succ_opt()) else { bail!("--on {on}") };
            // A date is at most a day away from itself in UTC, whatever the zone.
            let window = Window { after: start(first), until: start(last.succ_opt().unwrap_or(last)) };
            let runs: Vec<_> = owed(&job.cron, plan.zone, window, crate::jobs::Missed::Each)
                .into_iter()
                .filter(|due| due.on == on)
                .collect();
            if runs.is_empty() {
                bail!("{} {on}", terminal.say("该日没有应执行的任务：", "no run is due on"));
            }
            runs.into_iter().map(|due| by_hand(&by, plan, job, due.at)).collect::<Result<Vec<_>, _>>()?
        }
        (job, _, _) => tick(&by, plan, job.map(|job| job.name))?,
    };
    let text = || match told.is_empty() {
        true => terminal.say("没有应执行的任务。", "nothing is owed.").to_owned(),
        false => told.iter().map(|one| told_text(terminal, plan.zone, one)).collect(),
    };
    terminal.result(text, || json!({"items": told.iter().map(told_json).collect::<Vec<_>>()}))?;
    let failed =
        told.iter().any(|one| matches!(one.happened, Happened::Failed(_) | Happened::GivenUp | Happened::Stopped));
    Ok(if failed { Ended::Refused } else { Ended::Done })
}

fn start(date: NaiveDate) -> Instant {
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn instant(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An instant as the clock on the wall shows it, with its offset.
fn local(zone: Tz, at: Instant) -> String {
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn run_json(run: &JobRun) -> Value {
    let result: Option<Value> = run.result.as_deref().and_then(|text| serde_json::from_str(text).ok());
    json!({
        "due_at": instant(run.due_at.and_utc()), "state": run.state, "attempt": run.attempt,
        "claimed_by": run.claimed_by, "claimed_at": instant(run.claimed_at.and_utc()),
        "heartbeat_at": instant(run.heartbeat_at.and_utc()),
        "finished_at": run.finished_at.map(|at| instant(at.and_utc())), "result": result,
    })
}

fn run_text(terminal: &Terminal, zone: Tz, run: &JobRun) -> String {
    let attempt = terminal.say("第几次尝试", "attempt");
    let result = run.result.as_deref().unwrap_or_default();
    format!("{}  {}  {attempt} {}  {result}", local(zone, run.due_at.and_utc()), run.state, run.attempt)
}

/// A stable word for what became of a run, and what there is to say about it.
fn word(happened: &Happened) -> (&'static str, Value) {
    match happened {
        Happened::Done(value) => ("done", value.clone()),
        Happened::DoneBefore => ("done_before", Value::Null),
        Happened::Held => ("held", Value::Null),
        Happened::Waiting => ("waiting", Value::Null),
        Happened::Failed(why) => ("failed", json!({"error": why})),
        Happened::GivenUp => ("given_up", Value::Null),
        Happened::Stopped => ("stopped", Value::Null),
    }
}

fn told_json(told: &Told) -> Value {
    let (word, result) = word(&told.happened);
    json!({"job": told.job, "due_at": instant(told.due.at), "on": told.due.on, "outcome": word, "result": result})
}

fn told_text(terminal: &Terminal, zone: Tz, told: &Told) -> String {
    let said = match &told.happened {
        Happened::Done(value) => format!("{} {value}", terminal.say("已完成", "done")),
        Happened::DoneBefore => terminal.say("此前已完成", "was done before").to_owned(),
        Happened::Held => terminal.say("正由另一实例执行", "another instance is at it").to_owned(),
        Happened::Waiting => terminal.say("此前失败，等待下次尝试", "failed; waits for the next attempt").to_owned(),
        Happened::Failed(why) => format!("{} {why}", terminal.say("失败：", "failed:")),
        Happened::GivenUp => terminal.say("多次失败，已放弃", "failed too often; given up").to_owned(),
        Happened::Stopped => terminal.say("已停止", "stopped").to_owned(),
    };
    format!("{}  {}  {said}\n", told.job, local(zone, told.due.at))
}
