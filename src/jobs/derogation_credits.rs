//! 豁免欠休补记: each day, the rest that was missed under a derogation on the dates before becomes a credit.

use chrono::Days;
use serde_json::{Value, json};

use super::run::{Broken, Run};
use crate::app::watch::credits;

/// Officers whose records are written in one transaction.
const TOGETHER: usize = 50;
/// Days before those that no run has seen: what is entered late of them is looked at once more.
const AGAIN_DAYS: u64 = 7;

/// Credits what was missed since the last run, up to the day before the date of this one: a rest is credited once, however
/// often it is looked at, and after a stop of whatever length the newest run makes up for all.
pub fn credit(run: &mut Run<'_>) -> Result<Value, Broken> {
    let on = run.due.on.pred_opt().unwrap_or(run.due.on);
    let since = run.since;
    let (from, people) = run.read(|connection, ctx| {
        let from = ctx.moment.clock().date_of(since).checked_sub_days(Days::new(AGAIN_DAYS)).unwrap_or(on).min(on);
        Ok((from, credits::under(connection, ctx, (from, on))?))
    })?;
    let mut credited = 0;
    for some in people.chunks(TOGETHER) {
        credited += run.write(|tx, ctx| {
            let mut of_these = 0;
            for officer in some {
                of_these += credits::follow(tx, ctx, *officer, (from, on))?;
            }
            Ok(of_these)
        })?;
    }
    Ok(json!({"from": from, "on": on, "officers": people.len(), "credited": credited}))
}
