//! Days that are held since the right to a year ended after leave was taken: hr decides (RULINGS 13).

use serde_json::json;

use super::adjust::holdings;
use super::conflicts;
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::said;
use crate::rules::terms::{HalfDays, OfficerId, RowId, year_end, year_start};
use crate::store::{self, Tx};

pub use crate::store::entitlement_decisions::EntitlementDecision;

/// What hr decides.
#[derive(Debug, Clone)]
pub struct Release {
    /// About whom.
    pub officer_id: OfficerId,
    /// The leave year.
    pub year: i32,
    /// How many of the held days are given back to available; the rest is lost.
    pub days: HalfDays,
    /// Why.
    pub reason: String,
}

/// Ends a held remainder: so many days are given back, the rest is lost.
///
/// # Errors
/// [`Code::WrongState`] when nothing is held in the year; refused fields; [`Code::OwnRecord`]; [`Code::NotFound`].
pub fn decide(tx: &mut Tx, ctx: &Ctx, release: &Release) -> Result<EntitlementDecision, Error> {
    // Gather.
    let holdings = holdings(tx, ctx, release.officer_id)?;
    said::reason("/reason", &release.reason)?;
    let end = year_end(release.year).ok_or_else(|| FieldError::new("/year", Code::InvalidValue))?;
    let entitlement = holdings.entitlement(ctx, release.year)?;

    // Decide.
    let held = entitlement.held_on(end);
    let Some(hold) = entitlement.hold.filter(|_| held > HalfDays::ZERO) else {
        return Err(Hindrance::NothingHeld.into());
    };
    if release.days < HalfDays::ZERO || release.days > held {
        return Err(FieldError::new("/days", Code::InvalidValue).expected(format!("0…{held}")).into());
    }

    // Record.
    let decision = EntitlementDecision {
        id: RowId(ctx.moment.new_id()),
        officer_id: release.officer_id,
        leave_year: release.year,
        event_on: hold.from,
        held,
        given_back: release.days,
        kept: hold.kept + release.days,
        reason: release.reason.clone(),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    };
    store::entitlement_decisions::insert(tx, &decision)?;
    let subject = Subject { kind: "entitlement_decision", id: decision.id.0, officer_id: Some(release.officer_id) };
    let before = json!({"year": release.year, "held_days": held});
    let after =
        json!({"year": release.year, "days": release.days, "lost_days": held - release.days, "reason": release.reason});
    ctx.audit(tx, "leave.entitlement_decided", subject, Some(before), Some(after))?;
    let since = year_start(release.year).unwrap_or(hold.from);
    conflicts::reassess(tx, ctx, release.officer_id, since, &conflicts::Cause::Entitlement { year: release.year })?;
    Ok(decision)
}
