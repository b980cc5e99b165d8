//! Duty of whoever is transferred. What their unit has planned for them and lies ahead goes with them: the unit that they come
//! to sees it, publishes it and may take it back, the one that they leave has lost them. What has begun stays where it was, and
//! so does what another unit than their own has borrowed them for.

use chrono::NaiveDate;
use serde_json::json;

use super::subject;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::duty::DutyKind;
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::dated::Period;
use crate::store::duty_shifts::{DutyShift, ShiftState};
use crate::store::{self, Tx};

/// Places an officer in another unit from a date on, and their duty of those dates with them.
///
/// # Errors
/// When the database does not answer.
pub fn place(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, unit: UnitId, on: NaiveDate) -> Result<(), Error> {
    let before = store::officers::units(tx.reading(), officer)?;
    store::officers::set_unit(tx, officer, on, unit, &ctx.moment)?;
    let after = store::officers::units(tx.reading(), officer)?;
    let clock = ctx.moment.clock();
    let from = clock.start_of(on).max(ctx.moment.now()).naive_utc();
    let ahead = store::duty_shifts::rows_from(tx.reading(), officer, from)?;
    let unit_in = |units: &[Period<UnitId>], on: NaiveDate| {
        units.iter().find(|stay| stay.effective_on <= on && on < stay.until_on).map(|stay| stay.value)
    };
    let moved = |shift: DutyShift| {
        let on = clock.date_of(shift.starts_at.and_utc());
        let unit_id = unit_in(&after, on)?;
        let is_of_home = shift.kind != DutyKind::Protected && unit_in(&before, on) == Some(shift.unit_id);
        let (recorded_at, recorded_by) = (ctx.moment.stamp(), ctx.caller.account_id);
        let there = DutyShift { unit_id, recorded_at, recorded_by, ..shift.clone() };
        (is_of_home && unit_id != shift.unit_id).then_some((shift, there))
    };
    let moved: Vec<(DutyShift, DutyShift)> = ahead.into_iter().filter_map(moved).collect();
    let (Some((first, _)), Some((last, _))) = (moved.first(), moved.last()) else { return Ok(()) };
    store::duty_shifts::update_many(tx, &moved)?;
    let after = json!({"shifts": moved.len(), "unit_id": unit, "from": first.starts_at.and_utc(), "to": last.ends_at.and_utc()});
    ctx.audit(tx, "duty_shifts.transferred", subject(first), Some(json!({"unit_id": first.unit_id})), Some(after))?;
    for (shift, _) in moved.iter().filter(|(shift, _)| shift.state == ShiftState::Published) {
        store::outbox::append(tx, "duty_shift.changed", shift.id.0, Some(officer), &ctx.moment)?;
    }
    Ok(())
}
