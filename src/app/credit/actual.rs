//! What agreed actual hours earn: each shift once.

use chrono::NaiveDate;

use super::{Earning, earn};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::rules::comp_credit::{self, RestsBy, owed_for_actual};
use crate::rules::duty::DutyKind;
use crate::rules::terms::{Instant, LotId, OfficerId, RowId};
use crate::store::{self, Tx};

/// The actual hours of one shift on which officer and leader agree.
#[derive(Debug, Clone)]
pub struct AgreedShift {
    /// Which shift; it earns once.
    pub shift_id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// Kind.
    pub kind: DutyKind,
    /// First instant of duty.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Minutes that count as work, as agreed.
    pub counted_minutes: i64,
    /// Minutes that counted as work in the plan.
    pub planned_minutes: i64,
    /// The dates of the shift on which the person had a rest day (planned or published, of whatever kind, not cancelled).
    /// A cancelled one has earned its credit by its cancellation.
    pub rest_dates: Vec<NaiveDate>,
    /// The dates of the shift whose rest day was cancelled: duty on them has been credited already.
    pub cancelled_rest_dates: Vec<NaiveDate>,
}

/// Credits what the agreed actual hours of a shift earn: duty on a statutory holiday, on a rest day, and beyond the
/// plan. Each of the three once for each shift, however often it is agreed.
///
/// # Errors
/// [`Code::CalendarNotPublished`] when a year of the shift has no calendar; as [`earn`].
pub fn actual_agreed(tx: &mut Tx, ctx: &Ctx, shift: &AgreedShift) -> Result<Vec<LotId>, Error> {
    let officer = store::officers::lock(tx, shift.officer_id)?;
    let on = ctx.moment.clock().date_of(shift.starts_at);
    let units = if ctx.statutes.knows_units() {
        let unit = store::officers::unit_on(tx.reading(), officer.id, on)?;
        store::units::upward(tx.reading(), unit, on)?
    } else {
        Vec::new()
    };
    let calendar = ctx.statutes.calendars.of(&units);
    let rests_by = if officer.shift_worker { RestsBy::Roster } else { RestsBy::Calendar };
    let earned = owed_for_actual(&comp_credit::Actual {
        kind: shift.kind,
        starts_at: shift.starts_at,
        ends_at: shift.ends_at,
        counted_minutes: shift.counted_minutes,
        planned_minutes: shift.planned_minutes,
        zone: ctx.moment.clock().zone(),
        calendar: &calendar,
        rest_dates: &shift.rest_dates,
        credited_dates: &shift.cancelled_rest_dates,
        rests_by,
    })
    .map_err(|_| Code::CalendarNotPublished)?;
    let mut lots = Vec::new();
    for one in earned {
        let earning = Earning {
            officer_id: officer.id,
            minutes: one.minutes,
            origin: one.origin,
            origin_id: shift.shift_id.0,
            earned_on: one.earned_on,
            notified_at: None,
        };
        lots.extend(earn(tx, ctx, &earning)?);
    }
    Ok(lots)
}
