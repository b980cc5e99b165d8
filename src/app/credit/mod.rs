//! Compensatory rest at the desk: what earns it, what became of it, and what the units owe.

pub mod account;
pub mod acts;
pub mod actual;
pub mod allowance;
pub mod cancellations;
pub mod cover;
pub mod duties;
pub mod follow;
pub mod month;
pub mod notice;
pub mod pay;
pub mod read;
pub mod rest;
pub mod worked_rest;

use chrono::NaiveDate;
use serde_json::json;

use super::ctx::{Ctx, Subject};
use super::error::{Code, Error};
use crate::rules::comp_credit::CreditOrigin;
use crate::rules::policy::{Place, Version};
use crate::rules::rest::policy::RestPolicy;
use crate::rules::terms::{Category, Instant, LotId, MovementKind, OfficerId, Role, RowId, UnitId};
use crate::store::comp_lots::{CompLot, CompMovement};
use crate::store::{self, Conn, Tx};

/// Who reads the credit of those they reach.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
/// Who enters credit and records that it was paid.
pub const ENTERS: &[Role] = &[Role::Hr];

/// What earns credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earning {
    /// Whose.
    pub officer_id: OfficerId,
    /// How much; nothing is earned by zero or less.
    pub minutes: i64,
    /// By what kind of cause.
    pub origin: CreditOrigin,
    /// By which cause: one row of one kind earns once.
    pub origin_id: uuid::Uuid,
    /// First date on which it can be used: the date that was cancelled or worked.
    pub earned_on: NaiveDate,
    /// When the person was told; it begins the clock of the offer of a replacement date. `None` where nobody was told
    /// of anything: then no offer is owed, only the rest.
    pub notified_at: Option<Instant>,
}

/// Of which category an officer is on a date, and the units whose law binds them then, upward.
fn placed(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    on: NaiveDate,
) -> Result<(Category, Vec<UnitId>), Error> {
    let known = store::officers::categories_on(connection, &[officer], on)?;
    let category = known.first().map(|(_, category)| *category).ok_or(Code::NoPolicy)?;
    if !ctx.statutes.knows_units() {
        return Ok((category, Vec::new()));
    }
    let unit = store::officers::unit_on(connection, officer, on)?;
    Ok((category, store::units::upward(connection, unit, on)?))
}

/// The law of rest that holds for an officer on a date: by category and unit then.
///
/// # Errors
/// [`Code::NoPolicy`] when no version is in force for them.
pub fn terms<'a>(
    connection: &mut Conn,
    ctx: &'a Ctx,
    officer: OfficerId,
    on: NaiveDate,
) -> Result<&'a Version<RestPolicy>, Error> {
    let (category, units) = placed(connection, ctx, officer, on)?;
    terms_at(ctx, Place { category, units: &units }, on).ok_or_else(|| Code::NoPolicy.into())
}

/// The law of rest at a place on a date; `None` where no version is in force. What was earned before somebody retired is
/// read under the numbers of the police.
#[must_use]
pub fn terms_at<'a>(ctx: &'a Ctx, place: Place<'_>, on: NaiveDate) -> Option<&'a Version<RestPolicy>> {
    let place = match place.category {
        Category::Retired => Place { category: Category::Police, ..place },
        _ => place,
    };
    ctx.statutes.policies.rest(place, on)
}

/// Credits minutes, once for each cause; `None` where the cause has earned already, or nothing is earned.
///
/// # Errors
/// [`Code::NotFound`] for an officer who is not there; [`Code::NoPolicy`] when no version is in force on the date.
pub fn earn(tx: &mut Tx, ctx: &Ctx, earning: &Earning) -> Result<Option<LotId>, Error> {
    store::officers::lock(tx, earning.officer_id)?;
    let origin_id = RowId(earning.origin_id);
    if earning.minutes <= 0 || !store::comp_lots::earned_by(tx.reading(), earning.origin, origin_id)?.is_empty() {
        return Ok(None);
    }
    credit(tx, ctx, earning, None).map(|lot| Some(lot.id))
}

/// Opens a lot, whatever its cause has earned before; `reason` is what a person says who enters it.
fn credit(tx: &mut Tx, ctx: &Ctx, earning: &Earning, reason: Option<&str>) -> Result<CompLot, Error> {
    // Gather.
    let minutes = i32::try_from(earning.minutes).unwrap_or(i32::MAX);
    let origin_id = RowId(earning.origin_id);
    let unit_id = store::officers::unit_on(tx.reading(), earning.officer_id, earning.earned_on)?;
    let terms = terms(tx.reading(), ctx, earning.officer_id, earning.earned_on)?;

    // Decide.
    let notified_on = earning.notified_at.map(|at| ctx.moment.clock().date_of(at));
    let by = terms.values.credit.deadlines(notified_on.unwrap_or(earning.earned_on), earning.earned_on);
    let (offer_by, take_by) = (notified_on.map(|_| by.offer_by), by.take_by);

    // Record.
    let lot = CompLot {
        id: LotId(ctx.moment.new_id()),
        officer_id: earning.officer_id,
        minutes,
        origin: earning.origin,
        origin_id,
        earned_on: earning.earned_on,
        offer_by,
        take_by,
        unit_id,
        policy: terms.label(),
        reason: reason.map(ToOwned::to_owned),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    };
    store::comp_lots::insert(tx, &lot)?;
    let kind = match lot.origin {
        CreditOrigin::Adjustment => MovementKind::Opening,
        _ => MovementKind::Credited,
    };
    let cause = reason.unwrap_or(lot.origin.as_str());
    store::comp_lots::append(tx, &[plain_movement(ctx, &lot, kind, minutes, cause)])?;
    let after = json!({"minutes": minutes, "origin": lot.origin, "origin_id": origin_id, "earned_on": lot.earned_on,
        "offer_by": offer_by, "take_by": take_by, "reason": reason});
    ctx.audit(tx, "credit.earned", subject(&lot), None, Some(after))?;
    store::outbox::append(tx, "credit.earned", lot.id.0, Some(lot.officer_id), &ctx.moment)?;
    account::settle(tx, ctx, lot.officer_id)?;
    Ok(lot)
}

/// A movement that is no rest on a date.
fn plain_movement(ctx: &Ctx, lot: &CompLot, kind: MovementKind, minutes: i32, cause: &str) -> CompMovement {
    CompMovement {
        id: RowId(ctx.moment.new_id()),
        officer_id: lot.officer_id,
        lot_id: lot.id,
        kind,
        minutes,
        leave_on: None,
        request_id: None,
        rest_day_id: None,
        offer_by: None,
        cause: cause.to_owned(),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    }
}

fn subject(lot: &CompLot) -> Subject {
    Subject { kind: "comp_lot", id: lot.id.0, officer_id: Some(lot.officer_id) }
}
