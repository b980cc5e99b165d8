//! An officer asks for another day in the place of a rest day. Only what the officer asked for costs the service nothing:
//! a leader who writes "at the officer's request" over a cancellation has to find it here.

use serde_json::json;

use super::rest_days::{get, subject};
use super::{RestDay, RestDayState};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::said;
use crate::rules::duty::RestDayKind;
use crate::rules::terms::RowId;
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

/// Takes it back.
///
/// # Errors
/// As [`ask`]; [`Code::WrongState`] where nothing is asked for.
pub fn withdraw(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<RestDay, Error> {
    let day = own_day(tx, ctx, id)?;
    let open = rows::open_of(tx.reading(), &[id])?;
    let Some(ask) = open.first() else { return Err(Hindrance::NothingAsked.into()) };
    rows::close(tx, ask.id, AskState::Withdrawn, ctx.moment.stamp())?;
    ctx.audit(tx, "rest_day.move_withdrawn", subject(&day), None, None)?;
    store::outbox::append(tx, "rest_day.move_withdrawn", id.0, Some(day.officer_id), &ctx.moment)?;
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
