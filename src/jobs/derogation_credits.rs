//! 豁免欠休补记: each day, the rest that was missed under a derogation on the day before becomes a credit.

use serde_json::{Value, json};

use super::run::{Broken, Run};
use crate::app::watch::credits;

/// Officers whose records are written in one transaction.
const TOGETHER: usize = 50;

/// Credits what was missed on the day before the date of the run; a rest is credited once, however often it is looked at.
pub fn credit(run: &mut Run<'_>) -> Result<Value, Broken> {
    let on = run.due.on.pred_opt().unwrap_or(run.due.on);
    let (mut after, mut officers, mut credited) = (None, 0, 0);
    loop {
        let page = run.read(|connection, _| credits::under(connection, on, after))?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        officers += page.len();
        for some in page.chunks(TOGETHER) {
            credited += run.write(|tx, ctx| {
                let mut of_these = 0;
                for officer in some {
                    of_these += credits::credit_missed(tx, ctx, *officer, on)?;
                }
                Ok(of_these)
            })?;
        }
    }
    Ok(json!({"on": on, "officers": officers, "credited": credited}))
}
