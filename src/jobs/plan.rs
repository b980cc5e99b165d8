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
use super::{derogation_credits, rest_orders};
use crate::config::Config;

/// Credits for rest missed under a derogation, each day.
pub const DEROGATION_CREDITS: &str = "derogation_credits";
/// Drafts of rest orders, every quarter of an hour.
pub const REST_ORDERS: &str = "rest_orders";
/// The nightly scan of rest.
pub const REST_SCAN: &str = "rest_scan";

/// What a job does at one of its times; the value is kept as what came of it.
pub type Work = Arc<dyn Fn(&mut Run<'_>) -> Result<Value, Broken> + Send + Sync>;

/// One job.
#[derive(Clone)]
pub struct Job {
    /// Stable name.
    pub name: &'static str,
    /// When it runs, in the service's time zone.
    pub cron: Cron,
    /// What becomes of runs that were missed.
    pub missed: Missed,
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
        Ok(Self { name, cron: read_cron(cron)?, missed, work: Arc::new(work) })
    }
}

/// The jobs of a service.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The zone in which the patterns are read.
    pub zone: Tz,
    /// How far back missed runs are made up.
    pub back: TimeDelta,
    /// The jobs, in the order in which those that are due together run.
    pub jobs: Vec<Job>,
}

/// The names of the jobs of every service.
pub struct Names;

impl Names {
    /// Every name.
    pub const ALL: &'static [&'static str] = &[DEROGATION_CREDITS, REST_SCAN, REST_ORDERS];
}

impl Plan {
    /// The jobs of this service, at the times configured.
    ///
    /// # Errors
    /// When a pattern cannot be read.
    pub fn of(config: &Config) -> Result<Self, CronError> {
        let horizon =
            Horizon { past_days: config.rest_scan_past_days.into(), ahead_days: config.rest_scan_ahead_days.into() };
        let jobs = vec![
            Job::new(DEROGATION_CREDITS, "30 1 * * *", Missed::Each, derogation_credits::credit)?,
            Job::new(REST_SCAN, &config.rest_scan_cron, Missed::Each, move |run| rest_scan::scan(run, horizon))?,
            Job::new(REST_ORDERS, "*/15 * * * *", Missed::Newest, rest_orders::draft)?,
        ];
        Ok(Self { zone: config.time_zone, back: TimeDelta::days(config.jobs_back_days.into()), jobs })
    }

    /// The job of a name.
    #[must_use]
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == name)
    }
}
