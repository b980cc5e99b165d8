//! Opening balances: what was taken and carried in before this service kept the records (RULINGS 28a).

use super::conflicts::{self, Cause};
use super::give_back;
use super::holdings::{Entry, Holdings, binding, rebind, years_of};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::rules::carry_over::validity;
use crate::rules::lots::{OPENING, assign};
use crate::rules::terms::{HalfDays, LeaveKind, LotId, LotSource, MovementKind, year_start};
use crate::store::leave_ledger::Lot as LotRow;
use crate::store::leave_openings::Opening;
use crate::store::{self, Tx};

/// What became of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// It is in the books.
    Recorded,
    /// The person has no annual leave in the year, or what was carried into it is in the books already.
    NotOwed,
    /// More was taken than was owed on the date; this much was.
    Short(HalfDays),
}

/// Books an opening of a locked officer: a lot for what was carried in, and the days taken, dated `as_of`, in the lots
/// that end first. Where it is refused, the caller takes the transaction back.
///
/// # Errors
/// When the database does not answer.
pub fn record(tx: &mut Tx, ctx: &Ctx, opening: &Opening) -> Result<Given, Error> {
    give_back::record_expired(tx, ctx, opening.officer_id)?;
    let cause = opening.reason.clone().unwrap_or_else(|| "opening".to_owned());
    if opening.carried_in > HalfDays::ZERO && carry_in(tx, ctx, opening, &cause)? == Given::NotOwed {
        return Ok(Given::NotOwed);
    }
    if opening.taken > HalfDays::ZERO {
        let holdings = load(tx, ctx, opening)?;
        let draws = holdings.draws(None);
        let mut years = years_of(&draws);
        years.insert(opening.leave_year);
        let lots = match holdings.lots(ctx, years) {
            Err(Error::Code(Code::NoPolicy)) => return Ok(Given::Short(HalfDays::ZERO)),
            lots => lots?,
        };
        match assign(&lots, &draws, &[(opening.as_of, opening.taken)]) {
            Err(shortage) => return Ok(Given::Short(shortage.available)),
            Ok(assignment) => holdings.record(tx, ctx, &lots, &binding(OPENING, &assignment, &cause))?,
        }
    }
    store::leave_openings::insert(tx, opening)?;
    let holdings = load(tx, ctx, opening)?;
    rebind(tx, ctx, holdings.officer_id, LeaveKind::Annual)?;
    let since = year_start(opening.leave_year).unwrap_or(opening.as_of);
    conflicts::reassess(tx, ctx, opening.officer_id, since, &Cause::Entitlement { year: opening.leave_year })?;
    Ok(Given::Recorded)
}

fn load(tx: &mut Tx, ctx: &Ctx, opening: &Opening) -> Result<Holdings, Error> {
    Holdings::load(tx.reading(), ctx, opening.officer_id, LeaveKind::Annual)
}

/// The lot of what was carried in, valid as long as days carried from the year before are.
fn carry_in(tx: &mut Tx, ctx: &Ctx, opening: &Opening, cause: &str) -> Result<Given, Error> {
    let holdings = load(tx, ctx, opening)?;
    let from_year = opening.leave_year - 1;
    if holdings.rows.iter().any(|row| row.source == LotSource::Carried && row.origin_year == from_year) {
        // What was carried is in the books already: days of one year are carried once.
        return Ok(Given::NotOwed);
    }
    let first = year_start(opening.leave_year).ok_or(Code::NoPolicy)?;
    let place = holdings.facts.place_on(first);
    let version = place.and_then(|place| ctx.statutes.policies.annual_leave(place, first));
    let Some(valid) = version.and_then(|version| validity(from_year, &version.values)) else {
        return Ok(Given::NotOwed);
    };
    let lot = LotRow {
        id: LotId(ctx.moment.new_id()),
        source: LotSource::Opening,
        origin_year: from_year,
        valid_from: valid.valid_from,
        expires_on: valid.expires_on,
    };
    store::leave_ledger::ensure_lot(tx, opening.officer_id, LeaveKind::Annual, lot, &ctx.moment)?;
    let entry = Entry {
        lot_id: lot.id,
        kind: MovementKind::Opening,
        quantity: opening.carried_in,
        leave_on: None,
        request_id: None,
        cause: cause.to_owned(),
    };
    holdings.record(tx, ctx, &[], &[entry])?;
    Ok(Given::Recorded)
}
