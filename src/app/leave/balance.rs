//! What is owed, what is left, and why.

use chrono::NaiveDate;

use super::READERS;
use super::holdings::{Holdings, years_of};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::annual_leave::Entitlement;
use crate::rules::balance::{Item, Records, item};
use crate::rules::finding::Finding;
use crate::rules::terms::{LeaveKind, OfficerId, RowId, UnitId, leave_year, year_end, year_start};
use crate::store::officers::{Filter, Listed};
use crate::store::{self, Conn};

pub use crate::store::leave_ledger::Movement;

/// What is owed in a leave year.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The date it is read for.
    pub on: NaiveDate,
    /// The entitlement with its findings.
    pub entitlement: Entitlement,
}

/// Why a balance is what it is.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The date.
    pub on: NaiveDate,
    /// The balance.
    pub item: Item,
    /// What the rules found, in the order applied.
    pub findings: Vec<Finding>,
    /// Every movement of the lots concerned, in the order recorded.
    pub movements: Vec<Movement>,
}

fn load(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, kind: Option<LeaveKind>) -> Result<Holdings, Error> {
    let seen = reach::see_officer(connection, ctx, officer, READERS)?;
    if kind.is_some_and(|kind| kind != LeaveKind::Annual) {
        return Err(FieldError::new("?kind", Code::KindNotOffered).into());
    }
    Holdings::load(connection, ctx, seen.officer, LeaveKind::Annual)
}

/// The date a year is read for: the given one, else today clamped into the year.
fn date_in(ctx: &Ctx, year: i32, on: Option<NaiveDate>) -> Result<NaiveDate, Error> {
    let (Some(first), Some(last)) = (year_start(year), year_end(year)) else { return Err(Code::NoPolicy.into()) };
    match on {
        Some(on) if leave_year(on) != year => Err(FieldError::new("?on", Code::InvalidParameter).into()),
        Some(on) => Ok(on),
        None => Ok(ctx.moment.today().clamp(first, last)),
    }
}

/// What is owed in a leave year, read for a date in it.
///
/// # Errors
/// [`Code::NotFound`] when the officer is not the caller's to see; [`Code::NoPolicy`] for years without one.
pub fn entitlement(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    year: i32,
    on: Option<NaiveDate>,
) -> Result<Owed, Error> {
    let holdings = load(connection, ctx, officer, None)?;
    let on = date_in(ctx, year, on)?;
    Ok(Owed { on, entitlement: holdings.entitlement(ctx, year)? })
}

fn item_on(ctx: &Ctx, holdings: &Holdings, on: NaiveDate) -> Result<(Item, Entitlement), Error> {
    let entitlement = holdings.entitlement(ctx, leave_year(on))?;
    let draws = holdings.draws(None);
    let mut years = years_of(&draws);
    years.insert(leave_year(on));
    let lots = holdings.lots_beside(ctx, years, &entitlement)?;
    let movements = holdings.movements_for_rules();
    let records =
        Records { kind: holdings.kind, entitlement: &entitlement, lots: &lots, movements: &movements, draws: &draws };
    let item = item(&records, on);
    Ok((item, entitlement))
}

/// The balances on a date: one item per kind, for the leave year that contains the date.
///
/// # Errors
/// As [`entitlement`].
pub fn balances(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    on: Option<NaiveDate>,
) -> Result<Vec<Item>, Error> {
    let holdings = load(connection, ctx, officer, None)?;
    Ok(vec![item_on(ctx, &holdings, on.unwrap_or_else(|| ctx.moment.today()))?.0])
}

/// The balances of one person of a unit.
#[derive(Debug, Clone)]
pub struct OfUnit {
    /// Whose.
    pub listed: Listed,
    /// One item per kind.
    pub items: Vec<Item>,
}

/// The balances on a date of everyone who is in a unit or under it today, by badge number, after a badge number; one more than
/// `limit` if there are more.
///
/// # Errors
/// [`Code::NotFound`] when the unit is absent or not reached; [`Code::NoPolicy`] for years without a version.
pub fn of_unit(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    on: Option<NaiveDate>,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<OfUnit>, Error> {
    let there = store::units::find(connection, unit)?.is_some();
    if !there || !reach::reaches(connection, ctx, READERS, unit)? {
        return Err(Code::NotFound.into());
    }
    let today = ctx.moment.today();
    let under: Vec<UnitId> = store::units::tree(connection, today)?.under(&[unit]).into_iter().collect();
    let filter = Filter { units: Some(under), after, ..Filter::default() };
    let listed = store::officers::list(connection, &filter, today, i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    let mut all = Vec::with_capacity(listed.len());
    for listed in listed {
        let holdings = Holdings::load(connection, ctx, listed.officer.clone(), LeaveKind::Annual)?;
        let items = vec![item_on(ctx, &holdings, on.unwrap_or(today))?.0];
        all.push(OfUnit { listed, items });
    }
    Ok(all)
}

/// Why the balance of a leave year is what it is on a date in it.
///
/// # Errors
/// As [`entitlement`].
pub fn explain(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    kind: Option<LeaveKind>,
    year: Option<i32>,
    on: Option<NaiveDate>,
) -> Result<Explanation, Error> {
    let holdings = load(connection, ctx, officer, kind)?;
    let year = year.unwrap_or_else(|| leave_year(on.unwrap_or_else(|| ctx.moment.today())));
    let on = date_in(ctx, year, on)?;
    let (item, entitlement) = item_on(ctx, &holdings, on)?;
    let movements = holdings
        .movements
        .into_iter()
        .filter(|movement| item.lots.iter().any(|lot| lot.lot_id == movement.lot_id))
        .collect();
    Ok(Explanation { on, item, findings: entitlement.findings, movements })
}

/// The ledger, oldest first, after a movement; one more than `limit` if there are more. A movement belongs to the
/// leave year of its date of leave, else to that in which its lot can first be used.
///
/// # Errors
/// As [`entitlement`].
pub fn ledger(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    kind: Option<LeaveKind>,
    year: Option<i32>,
    after: Option<RowId>,
    limit: usize,
) -> Result<Vec<Movement>, Error> {
    let holdings = load(connection, ctx, officer, kind)?;
    let year_of = |movement: &Movement| {
        let lot = holdings.rows.iter().find(|row| row.id == movement.lot_id);
        movement.leave_on.or_else(|| lot.map(|row| row.valid_from)).map(leave_year)
    };
    Ok(holdings
        .movements
        .iter()
        .filter(|movement| year.is_none() || year_of(movement) == year)
        .filter(|movement| after.is_none_or(|after| movement.id > after))
        .take(limit + 1)
        .cloned()
        .collect())
}
