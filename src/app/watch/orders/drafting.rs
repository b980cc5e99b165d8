//! What the rule drafts: one order for each duty that was too long, while its rest can still be given.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDateTime, TimeDelta};

use super::{OrderOrigin, RestOrder, told};
use crate::app::ctx::{Caller, Ctx};
use crate::app::duty::facts::{self, Window};
use crate::app::error::Error;
use crate::rules::policy::Place;
use crate::rules::rest::long_duties;
use crate::rules::terms::{Category, OfficerId, RowId, UnitId};
use crate::store::rest_orders::{self as rows, OrderState};
use crate::store::{self, Conn, Tx};

/// How far back a duty can have begun whose rest may still be given, in days.
const BACK_DAYS: u64 = 14;
/// How long a break may be inside what is one duty, for the first sieve.
const BREAK_MAX: TimeDelta = TimeDelta::hours(24);

/// Officers whose latest duty may be long enough for an order: a first sieve over the last days of all units. Who it is
/// the rule says.
///
/// # Errors
/// When the database does not answer.
pub fn candidates(connection: &mut Conn, ctx: &Ctx) -> Result<Vec<OfficerId>, Error> {
    let Some(least) = least(ctx) else { return Ok(Vec::new()) };
    let now = ctx.moment.stamp();
    let since = now.checked_sub_days(Days::new(BACK_DAYS)).unwrap_or(now);
    let units: Vec<UnitId> = store::units::all(connection)?.into_iter().map(|unit| unit.id).collect();
    let mut runs: BTreeMap<OfficerId, (NaiveDateTime, NaiveDateTime)> = BTreeMap::new();
    let mut found = Vec::new();
    for (officer, from, to) in rows::recent_duty(connection, &units, since, now)? {
        let run = match runs.get(&officer) {
            Some((begun, ended)) if from - *ended < BREAK_MAX => (*begun, to.max(*ended)),
            _ => (from, to),
        };
        if run.1 - run.0 >= least {
            found.push(officer);
        }
        runs.insert(officer, run);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The shortest duty that any policy of the force sends to rest; of units with policies of their own, any.
fn least(ctx: &Ctx) -> Option<TimeDelta> {
    let policies = &ctx.statutes.policies;
    if policies.knows_units() {
        return Some(TimeDelta::zero());
    }
    let categories = Category::ALL.iter().filter_map(|category| {
        policies.rest(Place::in_force(*category), ctx.moment.today())?.values.continuous_minutes_order
    });
    categories.min().map(TimeDelta::minutes)
}

/// Whether the rule has drafted an order for a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    Known,
    New,
}

/// Looks for the order of a duty, by what of it overlaps: agreed hours that begin ten minutes before those planned are the
/// same duty, and an order that was issued or discarded for it is not drafted anew. A draft takes on the hours of the
/// duty as they are now.
fn follow(tx: &mut Tx, officer: OfficerId, duty: (NaiveDateTime, NaiveDateTime)) -> Result<Followed, Error> {
    let known = rows::of_duty(tx.reading(), officer, duty)?;
    let Some(first) = known.first() else { return Ok(Followed::New) };
    let is_same = (first.duty_from, first.duty_to) == (Some(duty.0), Some(duty.1));
    // Where two duties have become one, the later order keeps its own hours.
    if first.state == OrderState::Draft && known.len() == 1 && !is_same {
        rows::update(tx, &RestOrder { duty_from: Some(duty.0), duty_to: Some(duty.1), ..first.clone() })?;
    }
    Ok(Followed::Known)
}

/// Drafts what the rule drafts for an officer now: for each duty that has reached the limit, once, while its rest is not
/// over. A draft whose duty became longer follows it.
///
/// # Errors
/// [`crate::app::error::Code::NotFound`] when there is no such officer.
pub fn draft(tx: &mut Tx, ctx: &Ctx, officer: OfficerId) -> Result<usize, Error> {
    store::officers::lock(tx, officer)?;
    let (now, today) = (ctx.moment.now(), ctx.moment.today());
    let first = today.checked_sub_days(Days::new(BACK_DAYS)).unwrap_or(today);
    let last = today.checked_add_days(Days::new(BACK_DAYS)).unwrap_or(today);
    let window = Window::exactly(ctx, first, last);
    let Some(facts) = facts::of_one(tx.reading(), ctx, officer, window)? else { return Ok(0) };
    let mut drafted = 0;
    for duty in long_duties(&facts.person(), &facts::law(ctx, today), first, today) {
        if duty.reached_at > now || duty.rest_to <= now {
            continue;
        }
        let (from, to) = (duty.from.naive_utc(), duty.to.naive_utc());
        if follow(tx, officer, (from, to))? == Followed::Known {
            continue;
        }
        let Some(unit_id) = facts.unit_on(ctx.moment.clock().date_of(duty.from)) else { continue };
        let order = RestOrder {
            id: RowId(ctx.moment.new_id()),
            officer_id: officer,
            unit_id,
            origin: OrderOrigin::Rule,
            state: OrderState::Draft,
            reason: None,
            duty_from: Some(from),
            duty_to: Some(to),
            from_at: None,
            to_at: None,
            cover_officer_id: None,
            created_by: None,
            created_at: ctx.moment.stamp(),
            issued_by: None,
            issued_at: None,
            ended_by: None,
            ended_at: None,
            version: 1,
            end_reason: None,
        };
        rows::insert(tx, &order)?;
        let service = Ctx { caller: Caller::service(), ..ctx.clone() };
        told(tx, &service, "rest_order.drafted", &order)?;
        drafted += 1;
    }
    Ok(drafted)
}
