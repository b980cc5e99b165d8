//! Rest orders (强制休息令): drafted by the rule after a duty that was too long, or by a leader; issued by a leader, they
//! bind the roster. Somebody above may let duty happen inside one until an instant; then it lapses by itself.

mod acts;
mod drafting;

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::LEADERS;
use crate::app::credit;
use crate::app::ctx::{Ctx, Subject};
use crate::app::duty::bonds;
use crate::app::duty::facts::{self, Window};
use crate::app::error::{Code, Error};
use crate::app::reach;
use crate::rules::duty::Shift;
use crate::rules::terms::{Instant, OfficerId, Role, RowId, UnitId, UnknownWord, vocabulary};
use crate::store::rest_orders::{self as rows, Filter, OrderState};
use crate::store::{self, Conn, Tx};

pub use crate::store::rest_orders::{OrderOrigin, Override, RestOrder};
pub use acts::{Issue, NewOrder, create, end, issue, override_order};
pub use drafting::{candidates, draft};

/// Who reads rest orders, beside the person.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
/// Who lets duty happen inside one.
pub const OVERRIDERS: &[Role] = &[Role::BureauLeader];

vocabulary! {
    /// Where a rest order stands.
    ShownOrder {
        /// Drafted; it binds nobody yet.
        Draft = "draft",
        /// Issued; it binds the roster.
        Issued = "issued",
        /// Its rest is over.
        Over = "over",
        /// Ended before its time, or discarded.
        Ended = "ended",
    }
}

/// Where an order stands at an instant.
#[must_use]
pub fn state_at(order: &RestOrder, now: NaiveDateTime) -> ShownOrder {
    match order.state {
        OrderState::Draft => ShownOrder::Draft,
        OrderState::Ended => ShownOrder::Ended,
        OrderState::Issued if order.to_at.is_some_and(|to| to <= now) => ShownOrder::Over,
        OrderState::Issued => ShownOrder::Issued,
    }
}

/// An order with what was let happen inside it, and the shifts that stand against it and are to be changed.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The order.
    pub order: RestOrder,
    /// What was let happen, in order.
    pub overrides: Vec<Override>,
    /// Planned shifts inside it.
    pub shifts: Vec<Shift>,
    /// How long duty may be let happen inside it today, in hours, and the policy that says so; `None` without one.
    pub override_hours_max: Option<(i64, String)>,
}

/// One order, if it is the caller's own or of a unit that they reach.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Whole, Error> {
    let order = seen(connection, ctx, id)?;
    whole(connection, ctx, order)
}

fn seen(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<RestOrder, Error> {
    let order = rows::find(connection, id)?.ok_or(Code::NotFound)?;
    let is_seen = ctx.caller.is_self(order.officer_id) || reach::reaches(connection, ctx, READERS, order.unit_id)?;
    if is_seen { Ok(order) } else { Err(Code::NotFound.into()) }
}

fn whole(connection: &mut Conn, ctx: &Ctx, order: RestOrder) -> Result<Whole, Error> {
    let overrides = rows::overrides(connection, &[order.id])?;
    let shifts = against(connection, ctx, &order, &overrides)?;
    let override_hours_max = match credit::terms(connection, ctx, order.officer_id, ctx.moment.today()) {
        Ok(version) => Some((version.values.override_hours_max, version.label())),
        Err(Error::Code(Code::NoPolicy)) => None,
        Err(error) => return Err(error),
    };
    Ok(Whole { order, overrides, shifts, override_hours_max })
}

/// The shifts on the roster that stand against an order.
fn against(connection: &mut Conn, ctx: &Ctx, order: &RestOrder, overrides: &[Override]) -> Result<Vec<Shift>, Error> {
    let binding = match order.issued_at {
        Some(_) => bonds::in_force(order, overrides),
        None => Vec::new(),
    };
    let (Some(first), Some(last)) = (binding.first(), binding.last()) else { return Ok(Vec::new()) };
    let clock = ctx.moment.clock();
    let (from, to) = (clock.date_of(first.from), clock.date_of(last.to));
    let window = Window::exactly(ctx, from.checked_sub_days(Days::new(7)).unwrap_or(from), to);
    let Some(facts) = facts::of_one(connection, ctx, order.officer_id, window)? else { return Ok(Vec::new()) };
    let stands = |shift: &Shift| {
        shift.kind.is_duty() && binding.iter().any(|one| shift.starts_at < one.to && one.from < shift.ends_at)
    };
    Ok(facts.shifts.into_iter().filter(stands).collect())
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Narrowing {
    /// Of this unit and everything under it.
    pub unit_id: Option<UnitId>,
    /// For this officer.
    pub officer_id: Option<OfficerId>,
    /// In this state; `issued` includes those whose rest is over.
    pub state: Option<OrderState>,
    /// Before this one in the list.
    pub before: Option<RowId>,
}

/// Rest orders, newest first, one more than `limit` if there are more: of the units that the caller reaches, and the
/// caller's own where they ask for themselves or reach nobody.
///
/// # Errors
/// [`Code::NotFound`] for a unit that is absent or not reached.
pub fn list(connection: &mut Conn, ctx: &Ctx, asked: Narrowing, limit: usize) -> Result<Vec<RestOrder>, Error> {
    let reached = reach::of(connection, ctx, READERS)?.narrowed_to(connection, ctx, asked.unit_id)?;
    let own = ctx.caller.officer_id;
    let is_own = own.is_some() && (asked.officer_id == own || !ctx.caller.holds(READERS));
    let (units, officer_id) = if is_own { (None, own) } else { (reached.units(), asked.officer_id) };
    if is_own && asked.officer_id.is_some_and(|officer| Some(officer) != own) {
        return Ok(Vec::new());
    }
    let filter = Filter { units, officer_id, state: asked.state, before: asked.before };
    Ok(rows::list(connection, &filter, i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}

/// Whether the caller may act on an order in one of the roles: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`] when it is not the caller's to see; [`Code::OwnRecord`] for one's own and one's spouse's;
/// [`Code::Forbidden`] without the role on the unit.
pub fn check_caller(connection: &mut Conn, ctx: &Ctx, id: RowId, roles: &[Role]) -> Result<RestOrder, Error> {
    let order = seen(connection, ctx, id)?;
    if reach::is_own(connection, ctx, order.officer_id)? {
        return Err(Code::OwnRecord.into());
    }
    if reach::reaches(connection, ctx, roles, order.unit_id)? { Ok(order) } else { Err(Code::Forbidden.into()) }
}

/// Whether the caller may draft an order for an officer: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`], [`Code::OwnRecord`].
pub fn check_drafter(connection: &mut Conn, ctx: &Ctx, officer: OfficerId) -> Result<UnitId, Error> {
    Ok(reach::officer_for_others(connection, ctx, officer, LEADERS)?.unit_id)
}

fn told(tx: &mut Tx, ctx: &Ctx, topic: &'static str, order: &RestOrder) -> Result<(), Error> {
    let at = |stamp: Option<NaiveDateTime>| -> Option<Instant> { stamp.map(|stamp| stamp.and_utc()) };
    let after = json!({
        "state": order.state, "origin": order.origin, "from": at(order.from_at), "to": at(order.to_at),
        "duty_from": at(order.duty_from), "duty_to": at(order.duty_to), "cover_officer_id": order.cover_officer_id,
        "reason": order.reason, "ended_at": at(order.ended_at),
    });
    let subject = Subject { kind: "rest_order", id: order.id.0, officer_id: Some(order.officer_id) };
    ctx.audit(tx, topic, subject, None, Some(after))?;
    Ok(store::outbox::append(tx, topic, order.id.0, Some(order.officer_id), &ctx.moment)?)
}
