//! Acts that change what the rules find look again at the people they concern. Of many people that is asked for instead,
//! and done by the job `rest_looks` within the next minute: nobody's publication or derogation waits for a whole force.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::findings::{Asked, differing, look_at};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::rest_looks::{self as rows, Look};
use crate::store::{self, Conn, Tx};

/// Most people who are looked at in the transaction of the act itself: a unit with its month.
pub const AT_ONCE: usize = 500;
/// Most people whose rest orders are drafted in the transaction of the act; of more, the job drafts them in its time.
const DRAFTED_AT_ONCE: usize = 20;
/// How far around a write its windows may end, in days.
const AROUND_DAYS: u64 = 14;
/// How far back something that holds from now on (a couple, a transfer, another policy) is looked at, in days.
const BACK_DAYS: u64 = 14;
/// And how far ahead: as far as a roster may be planned.
const AHEAD_DAYS: u64 = 400;
/// People who are looked at in one piece of the job.
const PAGE: i64 = 500;

fn around(from: NaiveDate, to: NaiveDate) -> (NaiveDate, NaiveDate) {
    let days = Days::new(AROUND_DAYS);
    (from.checked_sub_days(days).unwrap_or(from), to.checked_add_days(days).unwrap_or(to))
}

/// The dates from shortly before today on, as far as anything is planned.
fn from_now(ctx: &Ctx) -> (NaiveDate, NaiveDate) {
    let today = ctx.moment.today();
    (
        today.checked_sub_days(Days::new(BACK_DAYS)).unwrap_or(today),
        today.checked_add_days(Days::new(AHEAD_DAYS)).unwrap_or(today),
    )
}

/// Looks again at the people of a write on the roster between two dates, both included, and at their partners, and drafts
/// the rest orders that it calls for.
///
/// # Errors
/// When the database does not answer.
pub fn after_write(
    tx: &mut Tx,
    ctx: &Ctx,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(), Error> {
    look(tx, ctx, officers, around(from, to))?;
    // What lies ahead wholly has worn nobody out yet.
    if from <= ctx.moment.today() && officers.len() <= DRAFTED_AT_ONCE {
        for officer in officers {
            super::orders::draft(tx, ctx, *officer)?;
        }
    }
    Ok(())
}

/// Looks again at somebody of whom something else than the roster changed between two dates, both included: leave, a
/// unit, a category. Of somebody with nothing planned and nothing kept around them nothing can be found.
///
/// # Errors
/// When the database does not answer.
pub fn after_facts(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, from: NaiveDate, to: NaiveDate) -> Result<(), Error> {
    let (first, last) = around(from, to);
    let clock = ctx.moment.clock();
    let (starts_at, ends_at) = (clock.start_of(first).naive_utc(), clock.end_of(last).naive_utc());
    let is_watched = !store::duty_shifts::of_officer(tx.reading(), officer, starts_at, ends_at)?.is_empty()
        || !store::rest_violations::touching(tx.reading(), &[officer], first, last)?.is_empty();
    if is_watched { look(tx, ctx, &[officer], (first, last)) } else { Ok(()) }
}

/// As [`after_facts`], of something that holds from a date on.
///
/// # Errors
/// When the database does not answer.
pub fn after_facts_since(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, since: NaiveDate) -> Result<(), Error> {
    let (first, last) = from_now(ctx);
    after_facts(tx, ctx, officer, since.clamp(first, last), last)
}

/// Looks again at some people from now on: a couple that was made or ended.
///
/// # Errors
/// When the database does not answer.
pub fn after_bond(tx: &mut Tx, ctx: &Ctx, officers: &[OfficerId]) -> Result<(), Error> {
    look(tx, ctx, officers, from_now(ctx))
}

/// Looks again at everybody who is in a unit or under it between two dates, both included: a derogation that began to hold
/// or ended, a unit that moved.
///
/// # Errors
/// When the database does not answer.
pub fn after_unit(tx: &mut Tx, ctx: &Ctx, unit: UnitId, from: NaiveDate, to: NaiveDate) -> Result<(), Error> {
    let members = members(tx.reading(), ctx, unit, (from, to))?;
    look(tx, ctx, &members, around(from, to))
}

/// Holds the people whom [`after_unit`] will look at: whoever holds a unit or a record of it first would wait for them in
/// the wrong order (RULINGS 62).
///
/// # Errors
/// When the database does not answer.
pub fn hold_unit(tx: &mut Tx, ctx: &Ctx, unit: UnitId, from: NaiveDate, to: NaiveDate) -> Result<(), Error> {
    let members = members(tx.reading(), ctx, unit, (from, to))?;
    if members.len() > AT_ONCE {
        return Ok(());
    }
    let all = with_partners(tx.reading(), &members)?;
    Ok(store::roster::lock(tx, &all)?)
}

/// As [`hold_unit`], of something that holds from a date on: [`after_unit_since`] follows.
///
/// # Errors
/// When the database does not answer.
pub fn hold_unit_since(tx: &mut Tx, ctx: &Ctx, unit: UnitId, since: NaiveDate) -> Result<(), Error> {
    let (first, last) = from_now(ctx);
    hold_unit(tx, ctx, unit, since.clamp(first, last), last)
}

/// Whoever is in a unit or under it between two dates, both included.
fn members(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<OfficerId>, Error> {
    let units: Vec<UnitId> = store::units::tree(connection, ctx.moment.today())?.under(&[unit]).into_iter().collect();
    Ok(store::duty_facts::members(connection, &units, from, to)?)
}

/// Some people and those whom they are in a couple with: what one of the two does on a night may be one night too many for
/// both.
fn with_partners(connection: &mut Conn, officers: &[OfficerId]) -> Result<Vec<OfficerId>, Error> {
    let mut all = officers.to_vec();
    let couples = store::couples::live_of(connection, officers)?;
    let agreed = couples.iter().filter(|pair| pair.agreed_at.is_some());
    all.extend(agreed.flat_map(|pair| [pair.officer_id, pair.partner_officer_id]));
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// As [`after_unit`], of something that holds from a date on.
///
/// # Errors
/// When the database does not answer.
pub fn after_unit_since(tx: &mut Tx, ctx: &Ctx, unit: UnitId, since: NaiveDate) -> Result<(), Error> {
    let (first, last) = from_now(ctx);
    after_unit(tx, ctx, unit, since.clamp(first, last), last)
}

/// Asks for a look at everybody in a unit and under it, or in the force, from a date on: the law is another.
///
/// # Errors
/// When the database does not answer.
pub fn after_law(tx: &mut Tx, ctx: &Ctx, unit: Option<UnitId>, since: NaiveDate) -> Result<(), Error> {
    let (first, last) = from_now(ctx);
    let span = (since.clamp(first, last), last);
    let Some(unit) = unit else { return Ok(rows::ask_everybody(tx, span, ctx.moment.stamp())?) };
    let members = members(tx.reading(), ctx, unit, span)?;
    Ok(rows::ask(tx, &members, span, ctx.moment.stamp())?)
}

/// Asks for a look at the couples around dates that became or ceased to be holidays: for nobody else the rules ask whether
/// they are.
///
/// # Errors
/// When the database does not answer.
pub fn after_calendar(tx: &mut Tx, ctx: &Ctx, dates: &[NaiveDate]) -> Result<(), Error> {
    let (Some(first), Some(last)) = (dates.iter().min(), dates.iter().max()) else { return Ok(()) };
    let couples = store::couples::list(tx.reading(), None, None, i64::MAX)?;
    let agreed = couples.iter().filter(|pair| pair.agreed_at.is_some() && pair.ended_at.is_none());
    let people: Vec<OfficerId> = agreed.flat_map(|pair| [pair.officer_id, pair.partner_officer_id]).collect();
    Ok(rows::ask(tx, &people, (*first, *last), ctx.moment.stamp())?)
}

/// Asks for a look at somebody from a date on: one of many rows of a file.
///
/// # Errors
/// When the database does not answer.
pub fn after_row(tx: &mut Tx, ctx: &Ctx, officer: OfficerId) -> Result<(), Error> {
    Ok(rows::ask(tx, &[officer], from_now(ctx), ctx.moment.stamp())?)
}

/// Looks, or asks for a look where there are too many.
fn look(tx: &mut Tx, ctx: &Ctx, officers: &[OfficerId], span: (NaiveDate, NaiveDate)) -> Result<(), Error> {
    if officers.is_empty() {
        return Ok(());
    }
    if officers.len() > AT_ONCE {
        return Ok(rows::ask(tx, officers, span, ctx.moment.stamp())?);
    }
    let all = with_partners(tx.reading(), officers)?;
    let asked: Vec<Asked> =
        all.iter().map(|officer_id| Asked { officer_id: *officer_id, from: span.0, to: span.1 }).collect();
    look_at(tx, ctx, &asked).map(drop)
}

/// A page of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The looks that were asked for.
    pub looks: Vec<Look>,
    /// Those of whom something else is found than what is kept.
    pub differing: Vec<Asked>,
}

/// What is asked for at officers after one, looked at; `None` where nothing is left.
///
/// # Errors
/// When the database does not answer.
pub fn page(connection: &mut Conn, ctx: &Ctx, after: Option<OfficerId>) -> Result<Option<Page>, Error> {
    let mut looks = rows::after(connection, after, PAGE)?;
    let Some(last) = looks.last().map(|look| look.officer_id) else { return Ok(None) };
    // Somebody who is asked for several times is looked at once: the last one may go on in the next page.
    let first = looks.first().map(|look| look.officer_id);
    if i64::try_from(looks.len()).unwrap_or(PAGE) == PAGE && first != Some(last) {
        looks.retain(|look| look.officer_id != last);
    }
    let mut asked: BTreeMap<OfficerId, Asked> = BTreeMap::new();
    for look in &looks {
        let (officer_id, from, to) = (look.officer_id, look.from_on, look.to_on);
        let one = asked.entry(officer_id).or_insert(Asked { officer_id, from, to });
        (one.from, one.to) = (one.from.min(from), one.to.max(to));
    }
    let asked: Vec<Asked> = asked.into_values().collect();
    Ok(Some(Page { differing: differing(connection, ctx, &asked)?, looks }))
}

/// Takes what was looked at off the list.
///
/// # Errors
/// When the database does not answer.
pub fn done(tx: &mut Tx, looks: &[Look]) -> Result<(), Error> {
    for look in looks {
        rows::done(tx, look)?;
    }
    Ok(())
}

/// Whether anything is asked for.
///
/// # Errors
/// When the database does not answer.
pub fn is_any(connection: &mut Conn) -> Result<bool, Error> {
    Ok(!rows::after(connection, None, 1)?.is_empty())
}
