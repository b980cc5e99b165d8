//! What units owe by a date because of credit: a replacement date, and the rest itself, or its pay. Derived at each read; whoever
//! reminds and escalates asks here.

use std::collections::HashSet;

use super::account::Account;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::comp_credit::Compensation;
use crate::rules::terms::{Instant, LotId, OfficerId, RowId, UnitId};
use crate::store::{self, Conn};

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwedKind {
    /// To name a date in place of rest that was taken away.
    OfferDate,
    /// To let it be rested.
    GiveRest,
    /// To pay it, as the officer chose.
    PayCredit,
}

/// What a dated duty stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwedFor {
    /// A lot of credit.
    Lot(LotId),
    /// A rest day that its officer asked to move.
    Moved(RowId),
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
    /// For what.
    pub stands_for: OwedFor,
    /// How much of it is open; `None` for a day that was moved, of which nothing was credited.
    pub minutes: Option<i64>,
    /// Since when.
    pub since: Instant,
    /// It is done in time before this instant.
    pub due: Instant,
}

/// Every dated duty that is open towards some officers, due or not, the earliest first. What the officer wants as pay is
/// owed as pay, by the date by which it would have been rested: choosing money stops no clock. A day that the officer asked to move is owed until another is named: what is waited for is the
/// unit's date, not the officer's choice, so that the clock runs (welfare.md 0.6).
///
/// # Errors
/// When the database does not answer.
pub fn owed_to(connection: &mut Conn, ctx: &Ctx, officers: &[OfficerId]) -> Result<Vec<Owed>, Error> {
    let accounts = Account::load_many(connection, ctx, officers)?;
    let standings = Account::standings(connection, ctx, accounts.values())?;
    let clock = ctx.moment.clock();
    let mut owed = Vec::new();
    for account in accounts.values() {
        let draws = account.draws(&standings, None);
        for (row, lot) in account.rows.iter().zip(account.lots()) {
            let minutes = lot.free(&draws);
            if minutes == 0 {
                continue;
            }
            let duty = |kind, by| Owed {
                officer_id: row.officer_id,
                unit_id: row.unit_id,
                kind,
                stands_for: OwedFor::Lot(row.id),
                minutes: Some(minutes),
                since: row.recorded_at.and_utc(),
                due: clock.end_of(by),
            };
            if lot.compensation == Compensation::Pay {
                owed.push(duty(OwedKind::PayCredit, row.take_by));
                continue;
            }
            owed.extend(lot.offer_by.filter(|_| lot.drawn(&draws) == 0).map(|by| duty(OwedKind::OfferDate, by)));
            owed.push(duty(OwedKind::GiveRest, row.take_by));
        }
    }
    owed.extend(moved(connection, ctx, officers)?);
    owed.sort_by_key(|one| (one.due, one.officer_id, one.stands_for, one.kind));
    Ok(owed)
}

/// What is owed in the place of days that officers asked to move: nothing was named for them yet.
fn moved(connection: &mut Conn, ctx: &Ctx, officers: &[OfficerId]) -> Result<Vec<Owed>, Error> {
    let moved = store::rest_cancellations::moved(connection, officers)?;
    let ids: Vec<RowId> = moved.iter().map(|one| one.rest_day_id).collect();
    let mut named: HashSet<RowId> = HashSet::new();
    for some in ids.chunks(500) {
        named.extend(store::rest_days::replacing(connection, some)?.iter().filter_map(|day| day.replaces_id));
    }
    let clock = ctx.moment.clock();
    let open = moved.iter().filter(|one| !named.contains(&one.rest_day_id));
    let duties = open.flat_map(|one| {
        let by = [(OwedKind::OfferDate, one.offer_by), (OwedKind::GiveRest, one.take_by)];
        by.into_iter().filter_map(|(kind, by)| {
            Some(Owed {
                officer_id: one.officer_id,
                unit_id: one.unit_id,
                kind,
                stands_for: OwedFor::Moved(one.rest_day_id),
                minutes: None,
                since: one.recorded_at.and_utc(),
                due: clock.end_of(by?),
            })
        })
    });
    Ok(duties.collect())
}
