//! An officer asks for another day in the place of a rest day. Only what the officer asked for costs the service nothing:
//! a leader who writes "at the officer's request" over a cancellation has to find it here.

use serde_json::json;

use super::facts::{self, Window};
use super::rest_days::{get, judged, subject};
use super::{RestDay, RestDayState, holds};
use crate::app::credit::worked_rest;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::said;
use crate::app::watch;
use crate::rules::comp_credit::CancelReason;
use crate::rules::duty::RestDayKind;
use crate::rules::finding::Finding;
use crate::rules::terms::RowId;
use crate::store::rest_cancellations::RestCancellation;
use crate::store::rest_day_asks as rows;
use crate::store::{self, Conn, Tx};

pub use crate::store::rest_day_asks::{AskState, RestDayAsk};

/// What is asked for about some rest days that the caller sees.
///
/// # Errors
/// When the database does not answer.
pub fn open_of(connection: &mut Conn, days: &[RestDay]) -> Result<Vec<RestDayAsk>, Error> {
    let is_live = |day: &&RestDay| matches!(day.state, RestDayState::Planned | RestDayState::Published);
    let ids: Vec<RowId> = days.iter().filter(is_live).map(|day| day.id).collect();
    Ok(rows::open_of(connection, &ids)?)
}

/// A rest day of the caller's own, locked, that can still be moved: what is ordered binds the person too.
fn own_day(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    let found = get(tx.reading(), ctx, id)?;
    if !ctx.caller.is_self(found.officer_id) {
        return Err(Code::Forbidden.into());
    }
    store::officers::lock(tx, found.officer_id)?;
    let day = get(tx.reading(), ctx, id)?;
    match day.state {
        RestDayState::Planned | RestDayState::Published => {}
        RestDayState::Taken => return Err(Hindrance::Taken.into()),
        RestDayState::Cancelled => return Err(Hindrance::Cancelled.into()),
    }
    if day.kind == RestDayKind::Ordered {
        return Err(Hindrance::Ordered.into());
    }
    if ctx.moment.today() > day.on_date {
        return Err(Hindrance::Over.into());
    }
    Ok(day)
}

/// Asks for another day; nobody does it for the officer.
///
/// # Errors
/// [`Code::NotFound`] as [`get`]; [`Code::Forbidden`] for anybody else; [`Code::WrongState`] for a rest day that is over,
/// taken, cancelled or ordered, and where it was asked for already; a refused field.
pub fn ask(tx: &mut Tx, ctx: &Ctx, id: RowId, note: Option<&str>) -> Result<RestDay, Error> {
    let note = said::note("/note", note)?;
    let day = own_day(tx, ctx, id)?;
    if !rows::open_of(tx.reading(), &[id])?.is_empty() {
        return Err(Hindrance::AskedAlready.into());
    }
    let ask = RestDayAsk {
        id: RowId(ctx.moment.new_id()),
        officer_id: day.officer_id,
        rest_day_id: id,
        state: AskState::Asked,
        note,
        account_id: ctx.account_id()?,
        asked_at: ctx.moment.stamp(),
        closed_at: None,
    };
    rows::insert(tx, &ask)?;
    ctx.audit(tx, "rest_day.move_asked", subject(&day), None, Some(json!({"note": ask.note})))?;
    store::outbox::append(tx, "rest_day.move_asked", id.0, Some(day.officer_id), &ctx.moment)?;
    Ok(day)
}

/// Takes it back. Where the day was cancelled for it and no other named yet, it is rest again on its date.
///
/// # Errors
/// As [`ask`]; [`Code::WrongState`] where nothing is asked for, another day was named, or the date is over;
/// [`Error::Refused`] where something else was made of the date.
pub fn withdraw(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    if get(tx.reading(), ctx, id)?.state == RestDayState::Cancelled {
        return stay(tx, ctx, id);
    }
    let day = own_day(tx, ctx, id)?;
    let open = rows::open_of(tx.reading(), &[id])?;
    let Some(ask) = open.first() else { return Err(Hindrance::NothingAsked.into()) };
    rows::close(tx, ask.id, AskState::Withdrawn, ctx.moment.stamp())?;
    ctx.audit(tx, "rest_day.move_withdrawn", subject(&day), None, None)?;
    store::outbox::append(tx, "rest_day.move_withdrawn", id.0, Some(day.officer_id), &ctx.moment)?;
    Ok(day)
}

/// Puts a day back on its date that was cancelled because its officer asked for another.
fn stay(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    // Gather.
    let officer = get(tx.reading(), ctx, id)?.officer_id;
    if !ctx.caller.is_self(officer) {
        return Err(Code::Forbidden.into());
    }
    holds::people(tx, &[officer])?;
    let day = get(tx.reading(), ctx, id)?;
    let moved = store::rest_cancellations::of_rest_day(tx.reading(), id)?;
    // What a compensatory day held has gone back to its lots, and is owed there.
    let is_moved = |one: &RestCancellation| one.reason_code == CancelReason::OfficerRequest && one.lot_id.is_none();
    let moved = moved.filter(is_moved).ok_or(Hindrance::Cancelled)?;
    if ctx.moment.today() > day.on_date {
        return Err(Hindrance::Over.into());
    }
    let all = facts::of(tx.reading(), ctx, &[officer], Window::around(ctx, day.on_date, day.on_date))?;

    // Decide.
    let findings = judged(ctx, &all, &day);
    if findings.iter().any(Finding::blocks) {
        return Err(Error::Refused(findings));
    }

    // Record.
    let back = worked_rest::put_back(tx, ctx, &moved, "move_withdrawn")?.ok_or(Hindrance::Replaced)?;
    watch::after_write(tx, ctx, &[officer], back.on_date, back.on_date)?;
    Ok(day)
}

/// Uses what an officer asked for about a rest day that is locked, once.
///
/// # Errors
/// A refused `/reason_code` where the officer asked for nothing, or took it back.
pub fn grant(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<(), Error> {
    let open = rows::open_of(tx.reading(), &[id])?;
    let Some(ask) = open.first() else {
        return Err(FieldError::new("/reason_code", Code::NotAsked).into());
    };
    Ok(rows::close(tx, ask.id, AskState::Granted, ctx.moment.stamp())?)
}
