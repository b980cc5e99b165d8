//! Runs of jobs: one row for each job and due instant, claimed by one instance at a time.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::on_both;
use super::schema::job_runs;
use crate::rules::terms::{UnknownWord, vocabulary};

vocabulary! {
    /// Where a run stands.
    RunState {
        /// Somebody is at it.
        Claimed = "claimed",
        /// It is done and never done again.
        Done = "done",
        /// It failed; it is tried again while attempts are left.
        Failed = "failed",
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = job_runs)]
pub struct JobRun {
    /// Name of the job.
    pub job: String,
    /// The instant at which it was due.
    pub due_at: NaiveDateTime,
    /// Where it stands.
    pub state: RunState,
    /// The instance that has or had it.
    pub claimed_by: String,
    /// When it was claimed.
    pub claimed_at: NaiveDateTime,
    /// When the holder last showed itself.
    pub heartbeat_at: NaiveDateTime,
    /// When it ended; `None` while it is claimed.
    pub finished_at: Option<NaiveDateTime>,
    /// How many times it was begun.
    pub attempt: i32,
    /// What came of it, as JSON.
    pub result: Option<String>,
}

/// How many rows were changed: one where the run was still as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It was still as it was seen.
    Yes,
    /// Somebody else was faster.
    No,
}

impl From<usize> for Changed {
    fn from(rows: usize) -> Self {
        if rows == 0 { Self::No } else { Self::Yes }
    }
}

/// Finds a run.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, job: &str, due_at: NaiveDateTime) -> Result<Option<JobRun>, Error> {
    Ok(job_runs::table.find((job, due_at)).select(JobRun::as_select()).get_result(connection).optional()?)
}

/// The newest run of a job due up to an instant that is done, or failed as often as it may.
///
/// # Errors
/// When the database does not answer.
pub fn last_settled(
    connection: &mut Conn,
    job: &str,
    attempts_max: i32,
    until: NaiveDateTime,
) -> Result<Option<JobRun>, Error> {
    let exhausted = job_runs::state.eq(RunState::Failed).and(job_runs::attempt.ge(attempts_max));
    Ok(job_runs::table
        .filter(job_runs::job.eq(job))
        .filter(job_runs::due_at.le(until))
        .filter(job_runs::state.eq(RunState::Done).or(exhausted))
        .order(job_runs::due_at.desc())
        .select(JobRun::as_select())
        .first(connection)
        .optional()?)
}

/// The newest runs of a job, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn newest(connection: &mut Conn, job: &str, limit: i64) -> Result<Vec<JobRun>, Error> {
    Ok(job_runs::table
        .filter(job_runs::job.eq(job))
        .order(job_runs::due_at.desc())
        .limit(limit)
        .select(JobRun::as_select())
        .load(connection)?)
}

/// The newest runs of a job that failed, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn failed(connection: &mut Conn, job: &str, since: NaiveDateTime, limit: i64) -> Result<Vec<JobRun>, Error> {
    Ok(job_runs::table
        .filter(job_runs::job.eq(job))
        .filter(job_runs::due_at.ge(since))
        .filter(job_runs::state.eq(RunState::Failed))
        .order(job_runs::due_at.desc())
        .limit(limit)
        .select(JobRun::as_select())
        .load(connection)?)
}

/// Claims a run that nobody has begun. Two that do it at once: one of them finds it taken.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, run: &JobRun) -> Result<Changed, Error> {
    let rows = on_both!(&mut *tx.connection, |one| diesel::insert_into(job_runs::table)
        .values(run)
        .on_conflict_do_nothing()
        .execute(one))?;
    Ok(rows.into())
}

/// Changes a run that is still held, or left, as it was seen.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, seen: &JobRun, run: &JobRun) -> Result<Changed, Error> {
    let rows = diesel::update(job_runs::table.find((&seen.job, seen.due_at)))
        .filter(job_runs::state.eq(seen.state))
        .filter(job_runs::claimed_by.eq(&seen.claimed_by))
        .filter(job_runs::attempt.eq(seen.attempt))
        .filter(job_runs::heartbeat_at.eq(seen.heartbeat_at))
        .set((
            job_runs::state.eq(run.state),
            job_runs::claimed_by.eq(&run.claimed_by),
            job_runs::claimed_at.eq(run.claimed_at),
            job_runs::heartbeat_at.eq(run.heartbeat_at),
            job_runs::finished_at.eq(run.finished_at),
            job_runs::attempt.eq(run.attempt),
            job_runs::result.eq(&run.result),
        ))
        .execute(tx.connection)?;
    Ok(rows.into())
}

/// Shows that the holder of a claim is at it; the claim stays its own until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub fn beat(tx: &mut Tx, held: &JobRun, at: NaiveDateTime) -> Result<Changed, Error> {
    let rows = diesel::update(job_runs::table.find((&held.job, held.due_at)))
        .filter(job_runs::state.eq(RunState::Claimed))
        .filter(job_runs::claimed_by.eq(&held.claimed_by))
        .filter(job_runs::attempt.eq(held.attempt))
        .set(job_runs::heartbeat_at.eq(at))
        .execute(tx.connection)?;
    Ok(rows.into())
}

/// Ends a claim that is still the holder's.
///
/// # Errors
/// When the database does not answer.
pub fn finish(
    tx: &mut Tx,
    held: &JobRun,
    state: RunState,
    at: NaiveDateTime,
    result: Option<&str>,
) -> Result<Changed, Error> {
    let rows = diesel::update(job_runs::table.find((&held.job, held.due_at)))
        .filter(job_runs::state.eq(RunState::Claimed))
        .filter(job_runs::claimed_by.eq(&held.claimed_by))
        .filter(job_runs::attempt.eq(held.attempt))
        .set((
            job_runs::state.eq(state),
            job_runs::heartbeat_at.eq(at),
            job_runs::finished_at.eq(Some(at)),
            job_runs::result.eq(result),
        ))
        .execute(tx.connection)?;
    Ok(rows.into())
}

/// Gives a claim back as if it had never been made.
///
/// # Errors
/// When the database does not answer.
pub fn release(tx: &mut Tx, held: &JobRun) -> Result<Changed, Error> {
    let rows = diesel::delete(job_runs::table.find((&held.job, held.due_at)))
        .filter(job_runs::state.eq(RunState::Claimed))
        .filter(job_runs::claimed_by.eq(&held.claimed_by))
        .filter(job_runs::attempt.eq(held.attempt))
        .execute(tx.connection)?;
    Ok(rows.into())
}

/// The jobs of which runs are recorded.
///
/// # Errors
/// When the database does not answer.
pub fn jobs(connection: &mut Conn) -> Result<Vec<String>, Error> {
    Ok(job_runs::table.select(job_runs::job).distinct().order(job_runs::job).load(connection)?)
}

/// The due instant of the run of a job that is the n-th from the newest; `None` where there are fewer.
///
/// # Errors
/// When the database does not answer.
pub fn newest_from(connection: &mut Conn, job: &str, nth: i64) -> Result<Option<NaiveDateTime>, Error> {
    Ok(job_runs::table
        .filter(job_runs::job.eq(job))
        .order(job_runs::due_at.desc())
        .offset(nth - 1)
        .limit(1)
        .select(job_runs::due_at)
        .first(connection)
        .optional()?)
}

/// Takes away the records of the runs of a job that were due before an instant and have ended.
///
/// # Errors
/// When the database does not answer.
pub fn delete_before(tx: &mut Tx, job: &str, before: NaiveDateTime) -> Result<usize, Error> {
    Ok(diesel::delete(job_runs::table)
        .filter(job_runs::job.eq(job))
        .filter(job_runs::due_at.lt(before))
        .filter(job_runs::state.ne(RunState::Claimed))
        .execute(tx.connection)?)
}
