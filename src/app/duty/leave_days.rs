//! Rest days and leave. Whoever is on leave is away already: no rest day is planned on a date of granted leave, and a rotation
//! on one does not count (RULINGS 32). Leave that is granted later stands before what was planned: compensatory rest days on
//! its dates are taken back and their minutes return to the lots; weekly ones and rotations stay as they are, and a rotation
//! counts again where the leave is cancelled.

use chrono::NaiveDate;
use serde_json::json;

use super::facts::Facts;
use super::rest_days::subject;
use super::{RestDay, RestDayState};
use crate::app::credit;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::duty::RestDayKind;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{OfficerId, Role};
use crate::store::{self, Tx};

/// Who enters a rest day when its date is over.
pub const LATE: &[Role] = &[Role::Hr];

/// What leave says against a rest day.
pub(super) fn on_leave(facts: &Facts, on: NaiveDate) -> Option<Finding> {
    let away = facts.away.iter().find(|away| away.from <= on && on <= away.to)?;
    let finding = Finding::new("rest.leave_day", "", Outcome::Block).source("年度工作要点第10项；年休假不计入轮休");
    let said = finding.measured("on", on.to_string()).measured("away_from", away.from.to_string());
    Some(said.measured("away_to", away.to.to_string()))
}

/// What speaks against one of many rest days on a date that is over, unless the caller is one who enters such days.
pub(super) fn too_late(ctx: &Ctx, on: NaiveDate) -> Option<Finding> {
    (on < ctx.moment.today() && !ctx.caller.holds(LATE)).then(|| past(ctx, on))
}

fn past(ctx: &Ctx, on: NaiveDate) -> Finding {
    Finding::new("rest.past_day", "", Outcome::Block)
        .measured("on", on.to_string())
        .limit("from", ctx.moment.today().to_string())
}

/// Takes back the compensatory rest days of an officer on the dates of leave that was just granted, or of another absence; the
/// officer is told.
///
/// # Errors
/// When the database does not answer.
pub fn make_way(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, from: NaiveDate, to: NaiveDate) -> Result<(), Error> {
    let days = store::rest_days::of_officer(tx.reading(), officer, from, to)?;
    let stands = |day: &RestDay| {
        day.kind == RestDayKind::Comp && matches!(day.state, RestDayState::Planned | RestDayState::Published)
    };
    for day in days.into_iter().filter(stands) {
        let ended = RestDay { state: RestDayState::Cancelled, ended_at: Some(ctx.moment.stamp()), ..day.clone() };
        let ended = store::rest_days::update(tx, &ended)?;
        credit::rest::give_way(tx, ctx, &day)?;
        let states = (json!({"state": day.state}), json!({"state": ended.state, "cause": "away"}));
        ctx.audit(tx, "rest_day.gave_way", subject(&ended), Some(states.0), Some(states.1))?;
        store::outbox::append(tx, "rest_day.gave_way", day.id.0, Some(officer), &ctx.moment)?;
    }
    Ok(())
}
