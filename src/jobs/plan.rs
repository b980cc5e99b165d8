//! Which jobs there are and when they run.

use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;
use croner::Cron;
use serde_json::Value;

use super::due::{CronError, Missed, read_cron};
use super::rest_scan::{self, Horizon};
use super::run::{Broken, Run};
use super::{derogation_credits, pruning, rest_looks, rest_orders};
use crate::app::Conn;
use crate::app::error::Error;
use crate::app::watch::looks;
use crate::config::Config;

/// Credits for rest missed under a derogation, each day.
pub const DEROGATION_CREDITS: &str = "derogation_credits";
/// Records of old runs taken away, each day.
pub const JOB_RECORDS: &str = "job_records";
/// People who are asked for looked at again, every minute in which there are any.
pub const REST_LOOKS: &str = "rest_looks";
/// Drafts of rest orders, every five minutes: a draft is there within a quarter of an hour (welfare.md A-8), also where a
/// run fails or takes long.
pub const REST_ORDERS: &str = "rest_orders";
/// The nightly scan of rest.
pub const REST_SCAN: &str = "rest_scan";

/// What a job does at one of its times; the value is kept as what came of it.
pub type Work = Arc<dyn Fn(&mut Run<'_>) -> Result<Value, Broken> + Send + Sync>;

/// When a run that is due is made.
#[derive(Clone, Copy)]
pub enum Wanted {
    /// Always.
    Always,
    /// Only where there is something to do: else no record is made of it.
    If(fn(&mut Conn) -> Result<bool, Error>),
}

/// One job.
#[derive(Clone)]
pub struct Job {
    /// Stable name.
    pub name: &'static str,
    /// When it runs, in the service's time zone.
    pub cron: Cron,
    /// What becomes of runs that were missed.
    pub missed: Missed,
    /// Whether there is anything to do.
    pub wanted: Wanted,
    /// What it does.
    pub work: Work,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.name).field("cron", &self.cron.as_str()).finish_non_exhaustive()
    }
}

impl Job {
    /// A job.
    ///
    /// # Errors
    /// When the pattern cannot be read.
    pub fn new(
        name: &'static str,
        cron: &str,
        missed: Missed,
        work: impl Fn(&mut Run<'_>) -> Result<Value, Broken> + Send + Sync + 'static,
    ) -> Result<Self, CronError> {
        Ok(Self { name, cron: read_cron(cron)?, missed, wanted: Wanted::Always, work: Arc::new(work) })
    }

    /// The same job, made only where there is something to do.
    #[must_use]
    pub fn only_if(self, wanted: fn(&mut Conn) -> Result<bool, Error>) -> Self {
        Self { wanted: Wanted::If(wanted), ..self }
    }
}

/// The jobs of a service.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The zone in which the patterns are read.
    pub zone: Tz,
    /// How far back missed runs are made up.
    pub back: TimeDelta,
    /// How long the record of a run is kept, at least; of what is older nobody knows whether it was made, so that it is
    /// not made by hand either.
    pub keep: TimeDelta,
    /// The jobs, in the order in which those that are due together run.
    pub jobs: Vec<Job>,
}

/// The names of the jobs of every service.
pub struct Names;

impl Names {
    /// Every name.
    pub const ALL: &'static [&'static str] = &[REST_ORDERS, REST_LOOKS, DEROGATION_CREDITS, REST_SCAN, JOB_RECORDS];
}

impl Plan {
    /// The jobs of this service, at the times configured.
    ///
    /// # Errors
    /// When a pattern cannot be read.
    pub fn of(config: &Config) -> Result<Self, CronError> {
        let horizon =
            Horizon { past_days: config.rest_scan_past_days.into(), ahead_days: config.rest_scan_ahead_days.into() };
        let keep = TimeDelta::days(config.job_runs_keep_days.into());
        // What must not wait comes first, for those who make the runs one after the other by cron.
        let jobs = vec![
            Job::new(REST_ORDERS, "*/5 * * * *", Missed::Newest, rest_orders::draft)?,
            Job::new(REST_LOOKS, "* * * * *", Missed::Newest, rest_looks::look)?.only_if(looks::is_any),
            Job::new(DEROGATION_CREDITS, "30 1 * * *", Missed::Newest, derogation_credits::credit)?,
            Job::new(REST_SCAN, &config.rest_scan_cron, Missed::Each, move |run| rest_scan::scan(run, horizon))?,
            Job::new(JOB_RECORDS, "30 3 * * *", Missed::Newest, move |run| pruning::prune(run, keep))?,
        ];
        let back = TimeDelta::days(config.jobs_back_days.into());
        Ok(Self { zone: config.time_zone, back, keep: keep.max(back), jobs })
    }

    /// The job of a name.
    #[must_use]
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == name)
    }
}
