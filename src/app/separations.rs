//! Leaving the roll, and coming back when it was recorded in error.

use serde_json::json;

use super::ctx::Ctx;
use super::error::{Code, Error, FieldError};
use super::hindrance::Hindrance;
use super::leave::conflicts::{self, Cause};
use super::officers::{Separation, Shown, found, subject, theirs, value_on, whole};
use super::said;
use super::units::checked_date;
use super::watch;
use crate::rules::terms::{Category, OfficerId, SeparationCause, next_day};
use crate::store::{self, Tx};

/// Records when and why an officer leaves. Who retires is of category `retired` from the day after; when a retirement
/// is corrected, what held on its last day holds on.
///
/// # Errors
/// [`Code::OwnRecord`] for oneself; a refused field when the date lies before joining.
pub fn separate(tx: &mut Tx, ctx: &Ctx, id: OfficerId, separation: Separation) -> Result<Shown, Error> {
    let officer = theirs(tx, ctx, id)?;
    checked_date("/left_on", separation.left_on, ctx.moment.today())?;
    if officer.joined_on.is_some_and(|joined| separation.left_on < joined) {
        return Err(FieldError::new("/left_on", Code::InvalidValue).read(separation.left_on.to_string()).into());
    }
    let before = whole(tx.reading(), ctx, officer)?;
    store::officers::separate(tx, id, separation, &ctx.moment)?;
    undo_retirement(tx, ctx, id, &before)?;
    if separation.cause == SeparationCause::Retired {
        store::officers::set_category(tx, id, next_day(separation.left_on), Category::Retired, &ctx.moment)?;
    }
    store::officers::bump(tx, id)?;
    ctx.audit(
        tx,
        "officer.separated",
        subject(id),
        Some(json!({"separation": before.separation})),
        Some(json!({"separation": separation})),
    )?;
    let since = before.separation.map_or(separation.left_on, |old| old.left_on.min(separation.left_on));
    conflicts::reassess(tx, ctx, id, since, &Cause::Separation { left_on: separation.left_on })?;
    watch::after_facts_since(tx, ctx, id, since)?;
    found(tx.reading(), ctx, id)
}

/// Where a retirement is corrected, what held on its last day holds on.
fn undo_retirement(tx: &mut Tx, ctx: &Ctx, id: OfficerId, before: &Shown) -> Result<(), Error> {
    if let Some(old) = before.separation.filter(|old| old.cause == SeparationCause::Retired)
        && value_on(&before.categories, next_day(old.left_on)) == Some(Category::Retired)
        && let Some(category) = value_on(&before.categories, old.left_on)
    {
        store::officers::set_category(tx, id, next_day(old.left_on), category, &ctx.moment)?;
    }
    Ok(())
}

/// Takes back a separation that was recorded in error: the officer is on the roll as before, and what was listed for
/// it is settled where it fits again.
///
/// # Errors
/// [`Code::WrongState`] when no separation is recorded; [`Code::OwnRecord`] for oneself; refused fields.
pub fn revoke(tx: &mut Tx, ctx: &Ctx, id: OfficerId, reason: &str) -> Result<Shown, Error> {
    let officer = theirs(tx, ctx, id)?;
    said::reason("/reason", reason)?;
    let before = whole(tx.reading(), ctx, officer)?;
    let Some(old) = before.separation else { return Err(Hindrance::OnRoll.into()) };
    undo_retirement(tx, ctx, id, &before)?;
    store::officers::revoke_separation(tx, id, &ctx.moment)?;
    store::officers::bump(tx, id)?;
    let states = (json!({"separation": old}), json!({"separation": null, "reason": reason}));
    ctx.audit(tx, "officer.separation_revoked", subject(id), Some(states.0), Some(states.1))?;
    conflicts::reassess(tx, ctx, id, old.left_on, &Cause::Separation { left_on: old.left_on })?;
    watch::after_facts_since(tx, ctx, id, old.left_on)?;
    found(tx.reading(), ctx, id)
}
