//! Credit that follows the facts: after every act that changes somebody's duty, what each shift is owed is reckoned by the
//! rules and held against the ledger; the difference is recorded.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::json;

use super::account::{Account, record_lapsed, settle};
use super::{Earning, credit, plain_movement, subject};
use crate::app::ctx::Ctx;
use crate::app::duty::facts::{self, Facts, Window};
use crate::app::error::Error;
use crate::app::leave::give_back;
use crate::rules::comp_credit::{CreditOrigin, EarnedBefore, OwedNow, Step, follow};
use crate::rules::policy::Place;
use crate::rules::rest::daily::owed_rests;
use crate::rules::terms::{Category, LotId, MovementKind, OfficerId, RowId};
use crate::store::comp_lots::CompLot;
use crate::store::{self, Conn, Tx};

/// Days around a change on which a rest may have become longer or shorter by it: more than the longest shift.
const AROUND_DAYS: u64 = 7;
/// Days around those whose shifts are read too: agreed hours begin up to a day away from the plan.
const BESIDE_DAYS: u64 = 2;
/// Officers whose records are read together.
const TOGETHER: usize = 200;

/// What an officer's shifts are owed by one rule, by shift.
type Owed = BTreeMap<RowId, OwedNow>;

fn days_before(on: NaiveDate, days: u64) -> NaiveDate {
    on.checked_sub_days(Days::new(days)).unwrap_or(on)
}

fn days_after(on: NaiveDate, days: u64) -> NaiveDate {
    on.checked_add_days(Days::new(days)).unwrap_or(on)
}

/// Settles what short rests between duties earn some officers, after their duty between two dates (both included) was
/// changed. What is as it must be is not touched, so that doing it twice changes nothing.
///
/// # Errors
/// As [`super::earn`].
pub fn short_rests(
    tx: &mut Tx,
    ctx: &Ctx,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(), Error> {
    let span = (days_before(from, AROUND_DAYS), days_after(to, AROUND_DAYS));
    let read = (days_before(span.0, BESIDE_DAYS), days_after(span.1, BESIDE_DAYS));
    for some in officers.chunks(TOGETHER) {
        // What is read is what is settled.
        store::roster::lock(tx, some)?;
        let all = facts::of(tx.reading(), ctx, some, Window::exactly(ctx, read.0, read.1))?;
        let accounts = Account::load_many(tx.reading(), ctx, some)?;
        let nothing = Account::default();
        for (officer, facts) in &all {
            let owed = short_rests_of(ctx, facts, read);
            let account = accounts.get(officer).unwrap_or(&nothing);
            if owed.is_empty() && account.rows.is_empty() {
                continue;
            }
            for shift in unsettled(account, &owed, span) {
                let (of, now) = ((CreditOrigin::ShortDailyRest, shift), owed.get(&shift).copied());
                match now.filter(|_| earned_before(account, of.0, of.1).is_empty()) {
                    Some(new) => drop(earn(tx, ctx, *officer, of, new)?),
                    None => drop(cause(tx, ctx, *officer, of, now)?),
                }
            }
        }
    }
    Ok(())
}

fn short_rests_of(ctx: &Ctx, facts: &Facts, (from, to): (NaiveDate, NaiveDate)) -> Owed {
    let owed = owed_rests(&facts.person(), &facts::law(ctx, from), (from, to));
    owed.into_iter().map(|one| (one.shift, OwedNow { minutes: one.minutes, on: one.on })).collect()
}

/// The shifts of which the ledger says something else about short rests than the facts: those that are owed something, and
/// those that earned something on the dates that were looked at.
fn unsettled(account: &Account, owed: &Owed, (from, to): (NaiveDate, NaiveDate)) -> Vec<RowId> {
    let earned = account.rows.iter().filter(|row| row.origin == CreditOrigin::ShortDailyRest);
    let looked_at = earned.filter(|row| from <= row.earned_on && row.earned_on <= to).map(|row| row.origin_id);
    let shifts: BTreeSet<RowId> = owed.keys().copied().chain(looked_at).collect();
    let differs = |shift: &RowId| {
        let before = earned_before(account, CreditOrigin::ShortDailyRest, *shift);
        !follow(owed.get(shift).copied(), &before).is_empty()
    };
    shifts.into_iter().filter(differs).collect()
}

/// The officers of a page to whom the ledger credits something else for short rests between two dates (both included) than
/// the facts say.
///
/// # Errors
/// When the database does not answer.
pub fn unsettled_of(
    connection: &mut Conn,
    ctx: &Ctx,
    people: &facts::People,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<OfficerId>, Error> {
    let mut owed: HashMap<OfficerId, Owed> = HashMap::new();
    let least = least(ctx, to);
    for (officer, facts) in people {
        if may_be_short(facts, least) {
            owed.insert(*officer, short_rests_of(ctx, facts, (from, to)));
        }
    }
    let officers: Vec<OfficerId> = people.keys().copied().collect();
    let accounts = Account::load_many(connection, ctx, &officers)?;
    let (nothing, none) = (Account::default(), Owed::new());
    let differs = |officer: &OfficerId| {
        let account = accounts.get(officer).unwrap_or(&nothing);
        !unsettled(account, owed.get(officer).unwrap_or(&none), (from, to)).is_empty()
    };
    Ok(officers.into_iter().filter(differs).collect())
}

/// The longest daily rest that any policy of the force asks for; a day where units have policies of their own.
fn least(ctx: &Ctx, on: NaiveDate) -> TimeDelta {
    let policies = &ctx.statutes.policies;
    if policies.knows_units() {
        return TimeDelta::days(1);
    }
    let asked = Category::ALL
        .iter()
        .filter_map(|category| policies.rest(Place::in_force(*category), on)?.values.daily_rest_minutes_min);
    TimeDelta::minutes(asked.max().unwrap_or(0))
}

/// Whether any rest between two shifts is shorter: a first sieve, before the rule is asked.
fn may_be_short(facts: &Facts, least: TimeDelta) -> bool {
    let mut pairs = facts.shifts.iter().zip(facts.shifts.iter().skip(1));
    pairs.any(|(one, next)| next.starts_at - one.ends_at < least)
}

/// What a cause has earned, as the rule sees it.
fn earned_before(account: &Account, origin: CreditOrigin, origin_id: RowId) -> Vec<EarnedBefore> {
    let mine = account.rows.iter().filter(|row| row.origin == origin && row.origin_id == origin_id);
    mine.map(|row| EarnedBefore {
        id: row.id,
        earned_on: row.earned_on,
        credited: account.credited(row),
        free: i64::from(account.free(row.id)),
    })
    .collect()
}

/// Makes the ledger say of one cause what it is owed now: what is missing is earned or added, what is too much and free is
/// taken back. Says which lot was earned anew.
///
/// # Errors
/// As [`super::earn`].
pub fn cause(
    tx: &mut Tx,
    ctx: &Ctx,
    officer: OfficerId,
    (origin, origin_id): (CreditOrigin, RowId),
    owed: Option<OwedNow>,
) -> Result<Option<LotId>, Error> {
    // Gather. What has expired holds nothing any more.
    store::officers::lock(tx, officer)?;
    give_back::record_expired(tx, ctx, officer)?;
    record_lapsed(tx, ctx, officer)?;
    let account = Account::load(tx.reading(), ctx, officer)?;

    // Decide.
    let steps = follow(owed, &earned_before(&account, origin, origin_id));

    // Record.
    let mut earned = None;
    for step in steps {
        let minutes = |minutes: i64| i32::try_from(minutes).map_err(|error| Error::Internal(error.to_string()));
        let lot = |id: LotId| account.rows.iter().find(|row| row.id == id);
        match step {
            Step::TakeBack(id, back) => {
                if let Some(lot) = lot(id) {
                    adjust(tx, ctx, lot, -minutes(back)?, "did_not_happen")?;
                }
            }
            Step::Add(id, more) => {
                if let Some(lot) = lot(id) {
                    adjust(tx, ctx, lot, minutes(more)?, "happened_otherwise")?;
                }
            }
            Step::Earn(new) => earned = Some(earn(tx, ctx, officer, (origin, origin_id), new)?),
        }
    }
    settle(tx, ctx, officer)?;
    Ok(earned)
}

/// Opens a lot for what a cause is owed.
fn earn(
    tx: &mut Tx,
    ctx: &Ctx,
    officer: OfficerId,
    (origin, origin_id): (CreditOrigin, RowId),
    owed: OwedNow,
) -> Result<LotId, Error> {
    let earning = Earning {
        officer_id: officer,
        minutes: owed.minutes,
        origin,
        origin_id: origin_id.0,
        earned_on: owed.on,
        notified_at: None,
    };
    Ok(credit(tx, ctx, &earning, None)?.id)
}

/// Adds minutes to a lot, or takes free ones back; the officer is told.
pub(super) fn adjust(tx: &mut Tx, ctx: &Ctx, lot: &CompLot, minutes: i32, cause: &str) -> Result<(), Error> {
    store::comp_lots::append(tx, &[plain_movement(ctx, lot, MovementKind::Adjusted, minutes, cause)])?;
    let act = if minutes < 0 { "credit.voided" } else { "credit.added" };
    ctx.audit(tx, act, subject(lot), None, Some(json!({"minutes": minutes.abs(), "cause": cause})))?;
    Ok(store::outbox::append(tx, act, lot.id.0, Some(lot.officer_id), &ctx.moment)?)
}
