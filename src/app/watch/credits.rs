//! Rest that was missed under a derogation becomes a credit the day after.

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::credit::account::Account;
use crate::app::credit::{self, Earning};
use crate::app::ctx::Ctx;
use crate::app::duty::facts::{self, Window};
use crate::app::error::Error;
use crate::rules::comp_credit::CreditOrigin;
use crate::rules::missed_rest::{Missed, missed_on};
use crate::rules::terms::OfficerId;
use crate::store::comp_lots::CompLot;
use crate::store::{self, Conn, Tx};

/// Officers that are looked at together.
const PAGE: i64 = 200;
/// Days before the date that the rule looks at.
const BEFORE: u64 = 6;
/// On what grounds a rest that was taken away is credited.
const GROUNDS: &[CreditOrigin] = &[CreditOrigin::Derogation, CreditOrigin::CancelledRest, CreditOrigin::RestDayDuty];

/// The officers who were under an approved derogation on a date, in the order of their ids, after one.
///
/// # Errors
/// When the database does not answer.
pub fn under(connection: &mut Conn, on: NaiveDate, after: Option<OfficerId>) -> Result<Vec<OfficerId>, Error> {
    let mut roots: Vec<_> = store::derogations::approved(connection, on, on)?.iter().map(|row| row.unit_id).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let units: Vec<_> = store::units::tree(connection, on)?.under(&roots).into_iter().collect();
    Ok(store::derogations::officers_of(connection, &units, on, after, PAGE)?)
}

/// Credits the rest that an officer under a derogation missed on a date, once.
///
/// # Errors
/// As [`credit::earn`].
pub fn credit_missed(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, on: NaiveDate) -> Result<usize, Error> {
    store::officers::lock(tx, officer)?;
    let first = on.checked_sub_days(Days::new(BEFORE)).unwrap_or(on);
    // A shift that touches the first date may have begun days before it.
    let window = Window::exactly(ctx, first.checked_sub_days(Days::new(BEFORE)).unwrap_or(first), on);
    let Some(facts) = facts::of_one(tx.reading(), ctx, officer, window)? else { return Ok(0) };
    let is_under = facts.derogations.iter().any(|range| range.from <= on && on <= range.to);
    let account = Account::load(tx.reading(), ctx, officer)?;
    // What was taken back is no credit.
    let stands = |lot: &&CompLot| GROUNDS.contains(&lot.origin) && account.credited(lot) > 0;
    let credited: Vec<NaiveDate> = account.rows.iter().filter(stands).map(|lot| lot.earned_on).collect();
    let zone = ctx.moment.clock().zone();
    let Some(missed) = missed_on(on, &facts.shifts, &facts.rest_days, &credited, zone).filter(|_| is_under) else {
        return Ok(0);
    };
    let (origin, origin_id) = match missed {
        // What the hours agreed on earn later for the same rest day is the same credit.
        Missed::RestDay { shift } => (CreditOrigin::RestDayDuty, shift.0),
        Missed::Window => (CreditOrigin::Derogation, cause(officer, on)),
    };
    let minutes = credit::terms(tx.reading(), ctx, officer, on)?.values.credit.minutes_per_day;
    let earning = Earning { officer_id: officer, minutes, origin, origin_id, earned_on: on, notified_at: None };
    Ok(usize::from(credit::earn(tx, ctx, &earning)?.is_some()))
}

/// One cause for an officer and a date, the same however often it is asked for.
fn cause(officer: OfficerId, on: NaiveDate) -> Uuid {
    let digest = Sha256::digest(format!("missed rest {officer} {on}"));
    let mut bytes = [0_u8; 16];
    for (byte, from) in bytes.iter_mut().zip(digest.iter()) {
        *byte = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
