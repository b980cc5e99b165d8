//! 强制休息令起草: every five minutes, an order is drafted for each duty that has become too long.

use serde_json::{Value, json};

use super::run::{Broken, Run};
use crate::app::watch::orders;

/// Officers whose orders are drafted in one transaction.
const TOGETHER: usize = 50;

/// Drafts what the rule drafts now; a duty gets one order, however often it is looked at.
pub fn draft(run: &mut Run<'_>) -> Result<Value, Broken> {
    let candidates = run.read(orders::candidates)?;
    let mut drafted = 0;
    for some in candidates.chunks(TOGETHER) {
        drafted += run.write(|tx, ctx| {
            let mut of_these = 0;
            for officer in some {
                of_these += orders::draft(tx, ctx, *officer)?;
            }
            Ok(of_these)
        })?;
    }
    Ok(json!({"candidates": candidates.len(), "drafted": drafted}))
}
