//! 夜间巡查: the rules of rest held against everybody's roster around the date of the run.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::run::{Broken, Run};
use crate::app::watch::{self, Recorded, duties, scan};

/// Officers whose records are written in one transaction.
const TOGETHER: usize = 50;

/// How far around its date a run looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Days before.
    pub past_days: u64,
    /// Days after.
    pub ahead_days: u64,
}

impl Horizon {
    fn around(self, on: NaiveDate) -> (NaiveDate, NaiveDate) {
        (
            on.checked_sub_days(Days::new(self.past_days)).unwrap_or(on),
            on.checked_add_days(Days::new(self.ahead_days)).unwrap_or(on),
        )
    }
}

/// Looks at everybody, a page after the other; records what is found anew and what is no longer found. What is written is
/// looked at once more under the lock of the officer, so that a roster that changes meanwhile is not judged as it was.
pub fn scan(run: &mut Run<'_>, horizon: Horizon) -> Result<Value, Broken> {
    let (from, to) = horizon.around(run.due.on);
    let (mut after, mut officers, mut recorded) = (None, 0_usize, Recorded::default());
    loop {
        let page = run.read(|connection, ctx| scan::page(connection, ctx, after, (from, to)))?;
        let Some(page) = page else { break };
        for some in page.differing.chunks(TOGETHER) {
            recorded += run.write(|tx, ctx| {
                let mut of_these = Recorded::default();
                for officer in some {
                    of_these += watch::look_again(tx, ctx, *officer, from, to)?;
                }
                Ok(of_these)
            })?;
        }
        if page.differing.is_empty() {
            // Nothing was written: it is shown all the same that somebody is at it.
            run.write(|_, _| Ok(()))?;
        }
        officers += page.officers;
        after = Some(page.last);
    }
    let on = run.due.on;
    let ahead = run.read(|connection, ctx| duties::ahead(connection, ctx, on))?;
    Ok(json!({
        "rosters_late": ahead.rosters_late, "rosters_soon": ahead.rosters_soon, "rows_tomorrow": ahead.rows_tomorrow,
        "from": from, "to": to, "officers": officers, "detected": recorded.detected, "reopened": recorded.reopened,
        "changed": recorded.changed, "remedied": recorded.remedied,
    }))
}
