//! 任务记录清理: records of runs that are too old to be made up go; what says up to when a job is settled stays.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::run::{Broken, Run};
use crate::app::job_runs;

/// Takes away the records of runs that were due longer ago than `keep`, but for the newest of each job.
pub fn prune(run: &mut Run<'_>, keep: TimeDelta) -> Result<Value, Broken> {
    let before = run.due.at - keep;
    let gone = run.write(|tx, _| job_runs::prune(tx, before))?;
    Ok(json!({"before": before, "removed": gone}))
}
