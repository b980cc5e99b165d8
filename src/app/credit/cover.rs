//! Whether credit covers compensatory rest days that are to be planned.

use std::collections::{HashMap, HashSet};

use super::account::Account;
use super::terms;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::comp_credit::{CreditDraw, CreditLot, Demand, Spender, after, assign, available, covered};
use crate::rules::finding::Finding;
use crate::rules::terms::{OfficerId, RowId};
use crate::store::Conn;
use crate::store::rest_days::RestDay;

/// What credit says of each of some compensatory rest days, when they draw on it one after the other and others end: the
/// order is that in which they are reserved.
///
/// # Errors
/// As [`terms`].
pub fn of_days(connection: &mut Conn, ctx: &Ctx, days: &[&RestDay], gone: &[RowId]) -> Result<Vec<Finding>, Error> {
    let officers: HashSet<OfficerId> = days.iter().map(|day| day.officer_id).collect();
    let officers: Vec<OfficerId> = officers.into_iter().collect();
    let mut accounts = Account::load_many(connection, ctx, &officers)?;
    let standings = Account::standings(connection, ctx, accounts.values())?;
    let ends = |draw: &CreditDraw| matches!(draw.spender, Spender::RestDay(id) if gone.contains(&id));
    let mut books: HashMap<OfficerId, (Vec<CreditLot>, Vec<CreditDraw>)> = HashMap::new();
    for (officer, account) in accounts.drain() {
        let mut draws = account.draws(&standings, None);
        draws.retain(|draw| !ends(draw));
        books.insert(officer, (account.lots(), draws));
    }
    let today = ctx.moment.today();
    let mut found = Vec::with_capacity(days.len());
    for day in days {
        let version = terms(connection, ctx, day.officer_id, day.on_date)?;
        let needed = version.values.credit.minutes_per_day;
        let Some((lots, draws)) = books.get_mut(&day.officer_id) else {
            found.push(covered(day.on_date, 0, version));
            continue;
        };
        let there = available(lots, draws, today, day.on_date);
        found.push(covered(day.on_date, there, version));
        let wanted = Demand { on: day.on_date, minutes: needed.min(there), lot: None };
        if let Ok(matching) = assign(lots, draws, today, &[wanted]) {
            *draws = after(draws, &matching.changes, Spender::RestDay(day.id));
        }
    }
    Ok(found)
}
