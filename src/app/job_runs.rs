//! Claims on runs of jobs: several instances share one table, and one of them does each run. Lock order: the claim
//! before everything else, as the key of a retry.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::error::Error;
use crate::clock::Moment;
use crate::rules::terms::Instant;
use crate::store::job_runs::{self as runs, Changed};
use crate::store::{Conn, Tx};

pub use crate::store::job_runs::{JobRun, RunState};

/// How many times a run is begun at most.
pub const ATTEMPTS_MAX: i32 = 5;
/// How long after its last heartbeat the holder of a claim is given up, in minutes.
pub const STALE_MINUTES: i64 = 10;
/// How long after a failure the run is tried again, in minutes.
pub const RETRY_MINUTES: i64 = 5;
/// Longest account of a failure that is kept, in characters.
const REASON_MAX: usize = 2_000;

/// What became of asking for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is the caller's now.
    Granted(JobRun),
    /// Another instance is at it.
    Held(JobRun),
    /// It failed a short while ago and waits for the next attempt.
    Waiting(JobRun),
    /// It was done before: there is nothing to do.
    Done(JobRun),
    /// It failed as often as it may.
    GivenUp(JobRun),
}

/// Whether a claim is still its holder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// It is.
    Still,
    /// Another instance took it over.
    Lost,
}

impl From<Changed> for Holding {
    fn from(changed: Changed) -> Self {
        match changed {
            Changed::Yes => Self::Still,
            Changed::No => Self::Lost,
        }
    }
}

/// Who asks for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// The scheduler, whose patience with a failure has an end.
    Clock,
    /// A person, who may begin once more what failed too often or a short while ago.
    Person,
}

/// Asks for a run. Of several that ask at once one gets it.
///
/// # Errors
/// When the database does not answer.
pub fn claim(
    tx: &mut Tx,
    moment: &Moment,
    (job, due): (&str, Instant),
    holder: &str,
    asking: Asking,
) -> Result<Asked, Error> {
    let now = moment.stamp();
    let fresh = JobRun {
        job: job.to_owned(),
        due_at: due.naive_utc(),
        state: RunState::Claimed,
        claimed_by: holder.to_owned(),
        claimed_at: now,
        heartbeat_at: now,
        finished_at: None,
        attempt: 1,
        result: None,
    };
    if runs::insert(tx, &fresh)? == Changed::Yes {
        return Ok(Asked::Granted(fresh));
    }
    let Some(seen) = runs::find(tx.reading(), job, due.naive_utc())? else {
        // Given back between the two statements: the next tick finds it free.
        return Ok(Asked::Held(fresh));
    };
    let since = |at: chrono::NaiveDateTime| now - at;
    match seen.state {
        RunState::Done => return Ok(Asked::Done(seen)),
        RunState::Claimed if since(seen.heartbeat_at) < TimeDelta::minutes(STALE_MINUTES) => {
            return Ok(Asked::Held(seen));
        }
        RunState::Failed if asking == Asking::Person => {}
        RunState::Failed if seen.attempt >= ATTEMPTS_MAX => return Ok(Asked::GivenUp(seen)),
        RunState::Failed if seen.finished_at.is_some_and(|ended| since(ended) < TimeDelta::minutes(RETRY_MINUTES)) => {
            return Ok(Asked::Waiting(seen));
        }
        RunState::Claimed | RunState::Failed => {}
    }
    if seen.attempt >= ATTEMPTS_MAX && asking == Asking::Clock {
        // Every holder died on it: it is not begun once more.
        let given_up = JobRun {
            state: RunState::Failed,
            finished_at: Some(now),
            result: Some(json!({"error": "every attempt was abandoned"}).to_string()),
            ..seen.clone()
        };
        let changed = runs::update(tx, &seen, &given_up)?;
        return Ok(if changed == Changed::Yes { Asked::GivenUp(given_up) } else { Asked::Held(seen) });
    }
    let taken = JobRun { attempt: seen.attempt + 1, ..fresh };
    let changed = runs::update(tx, &seen, &taken)?;
    Ok(if changed == Changed::Yes { Asked::Granted(taken) } else { Asked::Held(seen) })
}

/// Shows that the holder is at it, in the transaction of its next piece of work: a holder that lost its claim keeps
/// nothing of that piece.
///
/// # Errors
/// When the database does not answer.
pub fn beat(tx: &mut Tx, moment: &Moment, held: &JobRun) -> Result<Holding, Error> {
    Ok(runs::beat(tx, held, moment.stamp())?.into())
}

/// Records that a run is done, and what came of it.
///
/// # Errors
/// When the database does not answer.
pub fn done(tx: &mut Tx, moment: &Moment, held: &JobRun, result: &Value) -> Result<Holding, Error> {
    Ok(runs::finish(tx, held, RunState::Done, moment.stamp(), Some(&result.to_string()))?.into())
}

/// Records that a run failed, and why.
///
/// # Errors
/// When the database does not answer.
pub fn failed(tx: &mut Tx, moment: &Moment, held: &JobRun, why: &str) -> Result<Holding, Error> {
    let why: String = why.chars().take(REASON_MAX).collect();
    let result = json!({"error": why}).to_string();
    Ok(runs::finish(tx, held, RunState::Failed, moment.stamp(), Some(&result))?.into())
}

/// Gives a run back that was begun and not ended: whoever starts next may begin it at once.
///
/// # Errors
/// When the database does not answer.
pub fn give_back(tx: &mut Tx, held: &JobRun) -> Result<Holding, Error> {
    Ok(runs::release(tx, held)?.into())
}

/// How many of the newest records of each job stay however old they are: a clock that ran ahead for a while must not cost
/// the knowledge of what was made before.
const KEPT_OF_EACH: i64 = 500;

/// Takes away the records of runs that were due before an instant, but for the newest of each job. Says how many they were.
///
/// # Errors
/// When the database does not answer.
pub fn prune(tx: &mut Tx, before: Instant) -> Result<usize, Error> {
    let mut gone = 0;
    for job in runs::jobs(tx.reading())? {
        let newest = runs::newest_from(tx.reading(), &job, KEPT_OF_EACH)?;
        let before = newest.map(|oldest_kept| oldest_kept.min(before.naive_utc()));
        if let Some(before) = before {
            gone += runs::delete_before(tx, &job, before)?;
        }
    }
    Ok(gone)
}

/// The due instant up to which every run of a job is settled now: done, or given up. What was made while the clock ran
/// ahead settles nothing before the clock is there again.
///
/// # Errors
/// When the database does not answer.
pub fn settled_until(connection: &mut Conn, job: &str, now: Instant) -> Result<Option<Instant>, Error> {
    Ok(runs::last_settled(connection, job, ATTEMPTS_MAX, now.naive_utc())?.map(|run| run.due_at.and_utc()))
}

/// What the table says about one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The newest run.
    pub last: Option<JobRun>,
    /// The due instant up to which every run is settled.
    pub settled_until: Option<Instant>,
    /// Runs due since an instant that failed, newest first, at most twenty.
    pub failed: Vec<JobRun>,
}

/// What the table says about one job; failures of runs due since `since`.
///
/// # Errors
/// When the database does not answer.
pub fn standing(connection: &mut Conn, job: &str, (since, now): (Instant, Instant)) -> Result<Standing, Error> {
    Ok(Standing {
        last: runs::newest(connection, job, 1)?.pop(),
        settled_until: settled_until(connection, job, now)?,
        failed: runs::failed(connection, job, since.naive_utc(), 20)?,
    })
}
