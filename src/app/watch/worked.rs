//! Rest days that duty took away and that are not given back yet: what is held against the roster as broken rest.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};

use crate::app::credit::account::{Account, Standings};
use crate::app::ctx::Ctx;
use crate::app::duty::facts::Facts;
use crate::app::error::Error;
use crate::rules::comp_credit::{CreditDraw, Spender};
use crate::rules::terms::{LotId, OfficerId, RowId};
use crate::store::duty_shifts::SHIFT_DAYS_MAX;
use crate::store::rest_cancellations::RestCancellation;
use crate::store::rest_days::{RestDay, RestDayState};
use crate::store::{self, Conn};

/// Rows of one statement.
const CHUNK: usize = 500;

/// Adds to some people, at most five hundred, the rest days that duty took away around the dates between two, both included.
pub(super) fn add(
    connection: &mut Conn,
    ctx: &Ctx,
    people: &mut BTreeMap<OfficerId, Facts>,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<(), Error> {
    let officers: Vec<OfficerId> = people.keys().copied().collect();
    // A shift that touches the first date may have begun, on a rest day, as long before it as a shift is long.
    let longest = Days::new(SHIFT_DAYS_MAX.unsigned_abs());
    let (first, last) = (from.checked_sub_days(longest).unwrap_or(from), to.checked_add_days(longest).unwrap_or(to));
    let mut taken = Vec::new();
    for some in officers.chunks(CHUNK) {
        taken.extend(store::rest_cancellations::worked(connection, some, first, last)?);
    }
    if taken.is_empty() {
        return Ok(());
    }
    let back = Back::of(connection, ctx, &taken)?;
    for one in taken.iter().filter(|one| !back.has_given(ctx, one)) {
        let (Some(facts), Some(day)) = (people.get_mut(&one.officer_id), back.days.get(&one.rest_day_id)) else {
            continue;
        };
        facts.worked_rests.push(day.fact());
    }
    Ok(())
}

/// What was given back for rest days.
struct Back {
    /// The rest days that were taken away.
    days: HashMap<RowId, RestDay>,
    /// Those in whose place the officer has taken another.
    replaced: HashSet<RowId>,
    accounts: HashMap<OfficerId, Account>,
    standings: Standings,
    /// Rest days that hold credit and were taken.
    rested: HashSet<RowId>,
}

impl Back {
    fn of(connection: &mut Conn, ctx: &Ctx, taken: &[RestCancellation]) -> Result<Self, Error> {
        let ids: Vec<RowId> = taken.iter().map(|one| one.rest_day_id).collect();
        let (mut days, mut replaced) = (HashMap::new(), HashSet::new());
        for some in ids.chunks(CHUNK) {
            days.extend(store::rest_days::find_many(connection, some)?.into_iter().map(|day| (day.id, day)));
            let instead = store::rest_days::replacing(connection, some)?;
            let rested = instead.into_iter().filter(|day| day.state == RestDayState::Taken);
            replaced.extend(rested.filter_map(|day| day.replaces_id));
        }
        let mut officers: Vec<OfficerId> = taken.iter().map(|one| one.officer_id).collect();
        officers.sort_unstable();
        officers.dedup();
        let accounts = Account::load_many(connection, ctx, &officers)?;
        let standings = Account::standings(connection, ctx, accounts.values())?;
        let held = accounts.values().flat_map(|account| account.movements.iter().filter_map(|one| one.rest_day_id));
        let held: HashSet<RowId> = held.collect();
        let held: Vec<RowId> = held.into_iter().collect();
        let mut rested = HashSet::new();
        for some in held.chunks(CHUNK) {
            let days = store::rest_days::find_many(connection, some)?;
            rested.extend(days.into_iter().filter(|day| day.state == RestDayState::Taken).map(|day| day.id));
        }
        Ok(Self { days, replaced, accounts, standings, rested })
    }

    /// Whether a rest day is given back: another was taken in its place, or what it was credited with is used up.
    fn has_given(&self, ctx: &Ctx, taken: &RestCancellation) -> bool {
        self.replaced.contains(&taken.rest_day_id)
            || taken.lot_id.is_some_and(|lot| self.is_used_up(ctx, taken.officer_id, lot))
    }

    /// Whether nothing of a lot is owed any more: all of it was rested, or paid as the officer chose.
    fn is_used_up(&self, ctx: &Ctx, officer: OfficerId, lot: LotId) -> bool {
        let Some(account) = self.accounts.get(&officer) else { return false };
        let Some(row) = account.rows.iter().find(|row| row.id == lot) else { return false };
        let paid: i64 = account.paid(ctx).iter().filter(|(_, of, _)| *of == lot).map(|(.., minutes)| minutes).sum();
        let is_rested = |draw: &CreditDraw| match draw.spender {
            Spender::RestDay(day) => self.rested.contains(&day),
            Spender::Request(_) => draw.on < ctx.moment.today(),
        };
        let draws = account.draws(&self.standings, None);
        let rested: i64 =
            draws.iter().filter(|draw| draw.lot_id == lot && is_rested(draw)).map(|draw| draw.minutes).sum();
        let credited = account.credited(row);
        credited > 0 && credited <= paid + rested
    }
}
