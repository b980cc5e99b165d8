//! Rest that was missed under a derogation becomes a credit the day after, and follows the facts as they are put right.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::credit::account::Account;
use crate::app::credit::{follow as credit, terms};
use crate::app::ctx::{Caller, Ctx};
use crate::app::duty::facts::{self, Facts, Window};
use crate::app::error::Error;
use crate::rules::comp_credit::{CreditOrigin, OwedNow};
use crate::rules::missed_rest::{Missed, missed_after_duty, missed_on};
use crate::rules::terms::{OfficerId, RowId};
use crate::store::comp_lots::CompLot;
use crate::store::{self, Conn, Tx};

/// Days before the first date that the rules look at: the window of seven, and the longest duty that reaches into it.
const BEFORE: u64 = 14;
/// On what grounds a rest that was taken away is credited.
const GROUNDS: &[CreditOrigin] = &[CreditOrigin::Derogation, CreditOrigin::CancelledRest, CreditOrigin::RestDayDuty];

/// What of credit is owed, by what earns it.
type Owed = BTreeMap<(CreditOrigin, RowId), OwedNow>;

/// Whoever was in a unit under an approved derogation that touches the dates between two, both included.
///
/// # Errors
/// When the database does not answer.
pub fn under(connection: &mut Conn, ctx: &Ctx, (from, to): (NaiveDate, NaiveDate)) -> Result<Vec<OfficerId>, Error> {
    let mut roots: Vec<_> = store::derogations::approved(connection, from, to)?.iter().map(|row| row.unit_id).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let units: Vec<_> = store::units::tree(connection, ctx.moment.today())?.under(&roots).into_iter().collect();
    Ok(store::duty_facts::members(connection, &units, from, to)?)
}

/// Makes the ledger say of the dates between two, both included and over, what an officer missed on them under a derogation:
/// a rest is credited once, however often it is looked at; what did not happen after all is taken back as far as it is free.
/// Says how many rests were credited.
///
/// # Errors
/// As [`crate::app::credit::earn`].
pub fn follow(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, (from, to): (NaiveDate, NaiveDate)) -> Result<usize, Error> {
    // Gather.
    let to = to.min(ctx.moment.today().pred_opt().unwrap_or(to));
    if to < from {
        return Ok(0);
    }
    store::officers::lock(tx, officer)?;
    let window = Window::exactly(ctx, from.checked_sub_days(Days::new(BEFORE)).unwrap_or(from), to);
    let Some(facts) = facts::of_one(tx.reading(), ctx, officer, window)? else { return Ok(0) };
    let is_under = |on: NaiveDate| facts.derogations.iter().any(|range| range.from <= on && on <= range.to);
    if !from.iter_days().take_while(|on| *on <= to).any(is_under) {
        return Ok(0);
    }
    let account = Account::load(tx.reading(), ctx, officer)?;

    // Decide. What came from here on these dates and is wholly free is reckoned anew; everything else stands.
    let is_from_here = |lot: &CompLot| match lot.origin {
        CreditOrigin::Derogation | CreditOrigin::PostDuty => true,
        // By hours that were agreed on somebody credits it; the night credits for nobody.
        CreditOrigin::RestDayDuty => lot.account_id.is_none(),
        _ => false,
    };
    let is_anew = |lot: &CompLot| {
        let is_free = i64::from(account.free(lot.id)) == account.credited(lot);
        is_from_here(lot) && is_free && from <= lot.earned_on && lot.earned_on <= to && is_under(lot.earned_on)
    };
    let (anew, stands): (Vec<&CompLot>, Vec<&CompLot>) =
        account.rows.iter().filter(|lot| account.credited(lot) > 0).partition(|lot| is_anew(lot));
    let credited: Vec<NaiveDate> =
        stands.iter().filter(|lot| GROUNDS.contains(&lot.origin)).map(|lot| lot.earned_on).collect();
    let mut owed = Owed::new();
    for (cause, on, minutes) in missed(ctx, officer, &facts, (from, to), credited) {
        let day = terms(tx.reading(), ctx, officer, on)?.values.credit.minutes_per_day;
        let minutes = day - minutes;
        let is_given = stands.iter().any(|lot| (lot.origin, lot.origin_id) == cause);
        if minutes > 0 && is_under(on) && !is_given {
            owed.insert(cause, OwedNow { minutes, on });
        }
    }

    // Record. The service does it, whoever's act it follows.
    let ctx = &Ctx { caller: Caller::service(), ..ctx.clone() };
    for lot in anew {
        let cause = (lot.origin, lot.origin_id);
        if !owed.contains_key(&cause) {
            credit::cause(tx, ctx, officer, cause, None)?;
        }
    }
    let mut credited = 0;
    for (cause, now) in owed {
        credited += usize::from(credit::cause(tx, ctx, officer, cause, Some(now))?.is_some());
    }
    Ok(credited)
}

/// What was missed on some dates, by what earns its credit, with what of the same rest is credited already.
fn missed(
    ctx: &Ctx,
    officer: OfficerId,
    facts: &Facts,
    (from, to): (NaiveDate, NaiveDate),
    mut credited: Vec<NaiveDate>,
) -> Vec<((CreditOrigin, RowId), NaiveDate, i64)> {
    let zone = ctx.moment.clock().zone();
    let is_under = |on: &NaiveDate| facts.derogations.iter().any(|range| range.from <= *on && *on <= range.to);
    let mut found = Vec::new();
    for on in from.iter_days().take_while(|on| *on <= to).filter(is_under) {
        let Some(missed) = missed_on(on, &facts.shifts, &facts.rest_days, &credited, zone) else { continue };
        credited.push(on);
        let cause = match missed {
            // What the hours agreed on earn later for the same rest day is the same credit.
            Missed::RestDay { shift } => (CreditOrigin::RestDayDuty, shift),
            Missed::Window => (CreditOrigin::Derogation, RowId(window_of(officer, on))),
        };
        found.push((cause, on, 0));
    }
    let after = missed_after_duty(&facts.person(), &facts::law(ctx, from), (from, to));
    found.extend(after.into_iter().map(|one| ((CreditOrigin::PostDuty, one.shift), one.on, one.short_minutes)));
    found
}

/// One cause for an officer and a date, the same however often it is asked for.
fn window_of(officer: OfficerId, on: NaiveDate) -> Uuid {
    let digest = Sha256::digest(format!("missed rest {officer} {on}"));
    let mut bytes = [0_u8; 16];
    for (byte, from) in bytes.iter_mut().zip(digest.iter()) {
        *byte = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
