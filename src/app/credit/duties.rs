//! What units owe by a date because of credit: a replacement date, and the rest itself. Derived at each read; whoever
//! reminds and escalates asks here.

use super::account::Account;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::terms::{Instant, LotId, OfficerId, UnitId};
use crate::store::Conn;

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwedKind {
    /// To name a date in place of rest that was taken away.
    OfferDate,
    /// To let it be rested.
    GiveRest,
}

/// One dated duty of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// To whom.
    pub officer_id: OfficerId,
    /// By which unit.
    pub unit_id: UnitId,
    /// What.
    pub kind: OwedKind,
    /// For which lot.
    pub lot_id: LotId,
    /// How much of it is open.
    pub minutes: i64,
    /// Since when.
    pub since: Instant,
    /// It is done in time before this instant.
    pub due: Instant,
}

/// Every dated duty that is open towards some officers, due or not, the earliest first. What the officer wants as pay is
/// no rest that is owed.
///
/// # Errors
/// When the database does not answer.
pub fn owed_to(connection: &mut Conn, ctx: &Ctx, officers: &[OfficerId]) -> Result<Vec<Owed>, Error> {
    let accounts = Account::load_many(connection, officers)?;
    let standings = Account::standings(connection, ctx, accounts.values())?;
    let clock = ctx.moment.clock();
    let mut owed = Vec::new();
    for account in accounts.values() {
        let draws = account.draws(&standings, None);
        for (row, lot) in account.rows.iter().zip(account.lots()) {
            let minutes = lot.available(&draws);
            if minutes == 0 {
                continue;
            }
            let duty = |kind, by| Owed {
                officer_id: row.officer_id,
                unit_id: row.unit_id,
                kind,
                lot_id: row.id,
                minutes,
                since: row.recorded_at.and_utc(),
                due: clock.end_of(by),
            };
            owed.extend(lot.offer_by.filter(|_| lot.drawn(&draws) == 0).map(|by| duty(OwedKind::OfferDate, by)));
            owed.push(duty(OwedKind::GiveRest, row.take_by));
        }
    }
    owed.sort_by_key(|one| (one.due, one.officer_id, one.lot_id, one.kind));
    Ok(owed)
}
