//! Storing what a file comes to, with its trail and what follows from it.

use serde_json::json;

use super::{Gone, Made};
use crate::app::credit;
use crate::app::ctx::Ctx;
use crate::app::duty::plan;
use crate::app::duty::worked::{Rests, has_begun};
use crate::app::duty::{
    DutyShift, RestDay, RestDayState, ShiftState, dates, follow, rest_days, subject, told as shown,
};
use crate::app::error::Error;
use crate::rules::duty::RestDayKind;
use crate::rules::terms::OfficerId;
use crate::store::{self, Tx};

/// Entries of one statement.
const CHUNK: usize = 500;

/// Stores everything that comes, changes and ends.
pub(super) fn store(tx: &mut Tx, ctx: &Ctx, officers: &[OfficerId], made: &Made, rests: &Rests) -> Result<(), Error> {
    end_shifts(tx, ctx, made)?;
    end_rest(tx, ctx, made)?;
    change(tx, ctx, made)?;
    plan::insert_all(tx, ctx, &made.shifts, &made.rest_days)?;
    rests.take_away(tx, ctx)?;
    let live = made.live();
    for day in made.rest_days.iter().filter(|day| day.kind == RestDayKind::Comp) {
        credit::rest::reserve(tx, ctx, day, None)?;
    }
    let touched = live.iter().chain(made.changed.iter().map(|(was, _)| was));
    let touched = touched.chain(made.gone.iter().map(|gone| &gone.shift));
    let spans: Vec<_> = touched.map(|one| dates(ctx, one.starts_at.and_utc(), one.ends_at.and_utc())).collect();
    let rest = || made.rest_days.iter().chain(&made.gone_rest).map(|day| day.on_date);
    let from = spans.iter().map(|span| span.0).chain(rest()).min();
    let to = spans.iter().map(|span| span.1).chain(rest()).max();
    match from.zip(to) {
        Some((from, to)) => follow(tx, ctx, officers, (from, to)),
        None => Ok(()),
    }
}

/// Shifts that end: what is published is told to its officer.
fn end_shifts(tx: &mut Tx, ctx: &Ctx, made: &Made) -> Result<(), Error> {
    let mut entries = Vec::with_capacity(made.gone.len());
    for Gone { shift: before, why: reason, .. } in &made.gone {
        let after = DutyShift {
            state: ShiftState::Cancelled,
            ended_at: Some(ctx.moment.stamp()),
            end_reason: reason.clone(),
            recorded_at: ctx.moment.stamp(),
            recorded_by: ctx.caller.account_id,
            ..before.clone()
        };
        let after = store::duty_shifts::update(tx, before, &after)?;
        let said = json!({"state": after.state, "reason": reason, "by": "roster"});
        entries.push(ctx.entry("duty_shift.cancelled", subject(&after), Some(shown(before)), Some(said)));
        if before.state == ShiftState::Published || has_begun(ctx, before) {
            store::outbox::append(tx, "duty_shift.cancelled", after.id.0, Some(after.officer_id), &ctx.moment)?;
        }
    }
    for some in entries.chunks(CHUNK) {
        store::audit::append_many(tx, some, &ctx.moment)?;
    }
    Ok(())
}

/// Rest days that end before anybody was told of them: nothing was taken away, so nothing is credited; what a
/// compensatory day drew returns.
fn end_rest(tx: &mut Tx, ctx: &Ctx, made: &Made) -> Result<(), Error> {
    let mut entries = Vec::with_capacity(made.gone_rest.len());
    for before in &made.gone_rest {
        let state = RestDayState::Cancelled;
        let after = RestDay { state, ended_at: Some(ctx.moment.stamp()), ..before.clone() };
        let after = store::rest_days::update(tx, &after)?;
        if before.kind == RestDayKind::Comp {
            credit::rest::give_way(tx, ctx, before)?;
        }
        let (was, said) = (json!({"state": before.state}), json!({"state": after.state, "by": "roster"}));
        entries.push(ctx.entry("rest_day.withdrawn", rest_days::subject(&after), Some(was), Some(said)));
    }
    for some in entries.chunks(CHUNK) {
        store::audit::append_many(tx, some, &ctx.moment)?;
    }
    Ok(())
}

/// Shifts that change: what each was is kept.
fn change(tx: &mut Tx, ctx: &Ctx, made: &Made) -> Result<(), Error> {
    store::duty_shifts::update_many(tx, &made.changed)?;
    let mut entries = Vec::with_capacity(made.changed.len());
    for (before, after) in &made.changed {
        entries.push(ctx.entry("duty_shift.changed", subject(after), Some(shown(before)), Some(shown(after))));
        if after.state == ShiftState::Published || has_begun(ctx, before) {
            store::outbox::append(tx, "duty_shift.changed", after.id.0, Some(after.officer_id), &ctx.moment)?;
        }
    }
    for some in entries.chunks(CHUNK) {
        store::audit::append_many(tx, some, &ctx.moment)?;
    }
    Ok(())
}
