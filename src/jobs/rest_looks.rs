//! 变动复查: people of whom something changed for many at once are looked at again, within the minute.

use serde_json::{Value, json};

use super::run::{Broken, Run};
use crate::app::watch::{self, Recorded, looks};

/// Officers whose records are written in one transaction.
const TOGETHER: usize = 50;

/// Looks at everybody who is asked for; what was found is kept, and what was asked for goes off the list with it.
pub fn look(run: &mut Run<'_>) -> Result<Value, Broken> {
    let (mut after, mut officers, mut recorded) = (None, 0_usize, Recorded::default());
    loop {
        let page = run.read(|connection, ctx| looks::page(connection, ctx, after))?;
        let Some(page) = page else { break };
        for some in page.differing.chunks(TOGETHER) {
            recorded += run.write(|tx, ctx| watch::look_at(tx, ctx, some))?;
        }
        run.write(|tx, _| looks::done(tx, &page.looks))?;
        after = page.looks.last().map(|look| look.officer_id);
        officers += page.looks.len();
    }
    Ok(json!({
        "looks": officers, "detected": recorded.detected, "reopened": recorded.reopened, "changed": recorded.changed,
        "remedied": recorded.remedied,
    }))
}
