//! One look at the clock: what is owed is claimed and done, in order.

use chrono::SecondsFormat;
use serde_json::Value;

use super::due::{Due, Missed, Window, next_after, owed};
use super::plan::{Job, Plan, Wanted};
use super::run::{Broken, Run, Stop};
use crate::app::error::Error;
use crate::app::hindrance::Hindrance;
use crate::app::job_runs::{self, Asked, Asking, Holding, JobRun};
use crate::app::works::Works;
use crate::rules::terms::Instant;

/// By whom runs are made.
#[derive(Debug, Clone)]
pub struct By<'a> {
    /// The records, the law, the time.
    pub works: Works<'a>,
    /// Which instance: unique among all that share the records.
    pub holder: &'a str,
    /// Whether the process is to stop.
    pub stop: Stop,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// It was done now.
    Done(Value),
    /// It was done before.
    DoneBefore,
    /// Another instance is at it, or has taken it over.
    Held,
    /// It failed a short while ago and waits for the next attempt.
    Waiting,
    /// It failed now; it is tried again while attempts are left.
    Failed(String),
    /// It failed as often as it may.
    GivenUp,
    /// The process stops; the run was given back.
    Stopped,
}

impl Happened {
    /// Whether the run is settled, so that the next may be begun.
    #[must_use]
    pub const fn settles(&self) -> bool {
        matches!(self, Self::Done(_) | Self::DoneBefore | Self::GivenUp)
    }
}

/// A run and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The job.
    pub job: &'static str,
    /// The run.
    pub due: Due,
    /// What became of it.
    pub happened: Happened,
}

/// Makes the runs that are owed now, of every job or of one, each job's in order: a run that is held or that failed keeps
/// those after it waiting. Tells what became of each that was begun or asked for.
///
/// # Errors
/// When the database does not answer.
pub fn tick(by: &By<'_>, plan: &Plan, only: Option<&str>) -> Result<Vec<Told>, Error> {
    let mut told = Vec::new();
    for job in plan.jobs.iter().filter(|job| only.is_none_or(|only| only == job.name)) {
        let (mut since, runs) = owed_now(by, plan, job)?;
        if !runs.is_empty() && !is_wanted(by, job)? {
            continue;
        }
        for due in runs {
            let happened = attempt(by, job, due, since, Asking::Clock)?;
            let settled = happened.settles();
            told.push(Told { job: job.name, due, happened });
            if !settled || by.stop.is_asked() {
                break;
            }
            since = due.at;
        }
        if by.stop.is_asked() {
            break;
        }
    }
    Ok(told)
}

/// Whether there is anything to do for a job.
fn is_wanted(by: &By<'_>, job: &Job) -> Result<bool, Error> {
    match job.wanted {
        Wanted::Always => Ok(true),
        Wanted::If(wanted) => by.works.database.read(wanted),
    }
}

/// The runs of a job that are owed now, and the instant up to which all are settled. Of those that are made up one by one,
/// what is older than the limit is not; the log says so.
fn owed_now(by: &By<'_>, plan: &Plan, job: &Job) -> Result<(Instant, Vec<Due>), Error> {
    let now = by.works.clock.now();
    let settled = by.works.database.read(|connection| job_runs::settled_until(connection, job.name, now))?;
    let limit = now - plan.back;
    // Where the newest stands for all, it looks back to the last that was done, however long ago.
    let after = match (settled, job.missed) {
        (Some(settled), Missed::Newest) => settled,
        (Some(settled), Missed::Each) => settled.max(limit),
        (None, _) => limit,
    };
    if job.missed == Missed::Each
        && let Some(settled) = settled.filter(|settled| *settled < limit)
        && let Some(lost) = next_after(&job.cron, plan.zone, settled).filter(|lost| lost.at <= limit)
    {
        tracing::warn!(job = job.name, first = %lost.at, limit = %limit, "missed runs older than jobs_back_days are not made up");
    }
    // A job that has never run missed nothing: a new service begins with the newest.
    let missed = if settled.is_some() { job.missed } else { Missed::Newest };
    Ok((after, owed(&job.cron, plan.zone, Window { after, until: now }, missed)))
}

/// Makes one run by hand, also one that was given up: whoever has mended its cause has it made after all.
///
/// # Errors
/// [`Error::State`] where no run is due at the instant, where it lies ahead or so far back that its record
/// may be gone, or where earlier runs are owed first.
pub fn by_hand(by: &By<'_>, plan: &Plan, job: &Job, at: Instant) -> Result<Told, Error> {
    let due = Due::at(at, plan.zone);
    let before = at - chrono::TimeDelta::microseconds(1);
    let is_due = next_after(&job.cron, plan.zone, before).is_some_and(|next| next.at == at);
    let (after, runs) = owed_now(by, plan, job)?;
    // Whether an older run was made nobody knows any more.
    let is_forgotten = at < by.works.clock.now() - plan.keep;
    let is_early = runs.first().is_some_and(|first| first.at < at && after < at);
    if !is_due || at > by.works.clock.now() || is_early || is_forgotten {
        return Err(Hindrance::NotDue.into());
    }
    let since = after.min(before);
    Ok(Told { job: job.name, due, happened: attempt(by, job, due, since, Asking::Person)? })
}

/// Claims a run and does it.
fn attempt(by: &By<'_>, job: &Job, due: Due, since: Instant, asking: Asking) -> Result<Happened, Error> {
    let moment = by.works.clock.moment();
    let asked = by.works.database.write(|tx| job_runs::claim(tx, &moment, (job.name, due.at), by.holder, asking))?;
    let claim = match asked {
        Asked::Granted(claim) => claim,
        Asked::Held(_) => return Ok(Happened::Held),
        Asked::Waiting(_) => return Ok(Happened::Waiting),
        Asked::Done(_) => return Ok(Happened::DoneBefore),
        Asked::GivenUp(_) => {
            tracing::error!(job = job.name, due_at = %due.at, "a run failed as often as it may and is given up");
            return Ok(Happened::GivenUp);
        }
    };
    let at = due.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut run = Run {
        works: by.works,
        due,
        since,
        claim: claim.clone(),
        request_ref: format!("job {} {at}", job.name),
        stop: by.stop.clone(),
    };
    let ended = (job.work)(&mut run);
    settle(by, job, &claim, ended)
}

/// Records how a run ended.
fn settle(by: &By<'_>, job: &Job, claim: &JobRun, ended: Result<Value, Broken>) -> Result<Happened, Error> {
    let moment = by.works.clock.moment();
    let (due_at, attempt) = (claim.due_at, claim.attempt);
    let (holding, happened) = match ended {
        Ok(value) => {
            let holding = by.works.database.write(|tx| job_runs::done(tx, &moment, claim, &value))?;
            tracing::info!(job = job.name, %due_at, attempt, result = %value, "a run is done");
            (holding, Happened::Done(value))
        }
        Err(Broken::Failed(error)) => {
            let why = error.to_string();
            let holding = by.works.database.write(|tx| job_runs::failed(tx, &moment, claim, &why))?;
            tracing::error!(job = job.name, %due_at, attempt, error = why, "a run failed");
            (holding, Happened::Failed(why))
        }
        Err(Broken::Stopped) => {
            let holding = by.works.database.write(|tx| job_runs::give_back(tx, claim))?;
            tracing::info!(job = job.name, %due_at, "a run was given back: the process stops");
            (holding, Happened::Stopped)
        }
        Err(Broken::Lost) => (Holding::Lost, Happened::Held),
    };
    if holding == Holding::Lost {
        tracing::warn!(job = job.name, %due_at, "another instance took the run over");
        return Ok(Happened::Held);
    }
    Ok(happened)
}
