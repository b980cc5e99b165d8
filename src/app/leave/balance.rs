//! What is owed, what is left, and why.

use chrono::NaiveDate;

use super::READERS;
use super::holdings::{Holdings, years_of};
use super::read::stored_findings;
use crate::app::credit::account::{Account, Standings, standings};
use crate::app::credit::read::{self as credit, Shown};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::annual_leave::Entitlement;
use crate::rules::balance::{self, Item, Records, item};
use crate::rules::comp_credit::{CreditItem, CreditRecords, credit_item};
use crate::rules::finding::Finding;
use crate::rules::policy::Place;
use crate::rules::service::PersonFacts;
use crate::rules::terms::{
    Category, DrawsOn, HalfDays, LeaveKind, MovementKind, OfficerId, RowId, UnitId, leave_year, year_end, year_start,
};
use crate::store::officers::{Filter, Listed};
use crate::store::{self, Conn};

pub use crate::store::comp_lots::CompMovement;
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
    pub item: Balance,
    /// What the rules found, in the order applied.
    pub findings: Vec<Finding>,
    /// Every movement of the lots concerned, in the order recorded.
    pub movements: Vec<Moved>,
}

/// The balance of one kind.
#[derive(Debug, Clone)]
pub enum Balance {
    /// In days.
    Days(Item),
    /// In minutes.
    Minutes(Minutes),
}

/// The balance of compensatory rest.
#[derive(Debug, Clone)]
pub struct Minutes {
    /// Its columns.
    pub item: CreditItem,
    /// Minutes of half a compensatory day.
    pub half_day_minutes: i64,
    /// The lots, the one to be used first at the top.
    pub lots: Vec<Shown>,
}

/// A movement in either unit.
#[derive(Debug, Clone)]
pub enum Moved {
    /// In half days.
    Days(Movement),
    /// In minutes.
    Minutes(CompMovement),
}

impl Moved {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> RowId {
        match self {
            Self::Days(movement) => movement.id,
            Self::Minutes(movement) => movement.id,
        }
    }
}

fn load(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, kind: LeaveKind) -> Result<Holdings, Error> {
    reach::may_see(connection, ctx, officer, READERS)?;
    if kind.is_only_recorded() || (kind.has_lots() && kind != LeaveKind::Annual) {
        return Err(FieldError::new("?kind", Code::KindNotOffered).into());
    }
    Holdings::load(connection, ctx, officer, kind)
}

/// The balance of compensatory rest on a date.
fn minutes_on(ctx: &Ctx, facts: &PersonFacts, account: &Account, standings: &Standings, on: NaiveDate) -> Minutes {
    let place = facts.place_on(on).unwrap_or(Place::in_force(Category::Police));
    let day = ctx.statutes.policies.rest(place, on).map_or(480, |version| version.values.credit.minutes_per_day);
    let (lots, draws) = (account.lots(), account.draws(standings, None));
    let lots: Vec<_> = lots.into_iter().zip(account.rows.iter().map(|row| row.origin)).collect();
    let paid = account.paid(ctx);
    let records = CreditRecords { lots: &lots, draws: &draws, paid: &paid, today: ctx.moment.today() };
    Minutes {
        item: credit_item(&records, on),
        half_day_minutes: day / 2,
        lots: credit::shown(account, standings, on).2,
    }
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
    let holdings = load(connection, ctx, officer, LeaveKind::Annual)?;
    let on = date_in(ctx, year, on)?;
    Ok(Owed { on, entitlement: holdings.entitlement(ctx, year)? })
}

fn item_on(ctx: &Ctx, holdings: &Holdings, entitlement: &Entitlement, on: NaiveDate) -> Result<Item, Error> {
    let draws = holdings.draws(None);
    let mut years = years_of(&draws);
    years.insert(leave_year(on));
    let lots = holdings.lots_beside(ctx, years, entitlement)?;
    let records =
        Records { kind: holdings.kind, entitlement, lots: &lots, movements: &holdings.movements, draws: &draws };
    Ok(item(&records, on))
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
) -> Result<Vec<Balance>, Error> {
    let holdings = load(connection, ctx, officer, LeaveKind::Annual)?;
    let account = Account::load(connection, ctx, officer)?;
    both(ctx, &holdings, &account, on.unwrap_or_else(|| ctx.moment.today()))
}

fn both(ctx: &Ctx, holdings: &Holdings, account: &Account, on: NaiveDate) -> Result<Vec<Balance>, Error> {
    let entitlement = holdings.days_owed(ctx, leave_year(on))?;
    let days = Balance::Days(item_on(ctx, holdings, &entitlement, on)?);
    let standings = if account.rows.is_empty() { Standings::new() } else { standings(ctx, &holdings.live) };
    Ok(vec![days, Balance::Minutes(minutes_on(ctx, &holdings.facts, account, &standings, on))])
}

/// The balances of one person of a unit.
#[derive(Debug, Clone)]
pub struct OfUnit {
    /// Whose.
    pub listed: Listed,
    /// One item per kind.
    pub items: Vec<Balance>,
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
    for some in listed.chunks(500) {
        let ids: Vec<OfficerId> = some.iter().map(|one| one.officer.id).collect();
        let accounts = Account::load_many(connection, ctx, &ids)?;
        for listed in some {
            let holdings = Holdings::load(connection, ctx, listed.officer.id, LeaveKind::Annual)?;
            let account = accounts.get(&listed.officer.id).cloned().unwrap_or_default();
            let items = both(ctx, &holdings, &account, on.unwrap_or(today))?;
            all.push(OfUnit { listed: listed.clone(), items });
        }
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
    let holdings = load(connection, ctx, officer, kind.unwrap_or(LeaveKind::Annual))?;
    let year = year.unwrap_or_else(|| leave_year(on.unwrap_or_else(|| ctx.moment.today())));
    let on = date_in(ctx, year, on)?;
    if holdings.kind.draws_on() == DrawsOn::Credit {
        let minutes = minutes_on(ctx, &holdings.facts, &holdings.credit, &standings(ctx, &holdings.live), on);
        let findings = vec![credit::of_officer(connection, ctx, officer, Some(on))?.finding];
        let movements = holdings.credit.movements.into_iter().map(Moved::Minutes).collect();
        return Ok(Explanation { on, item: Balance::Minutes(minutes), findings, movements });
    }
    let entitlement = holdings.entitlement(ctx, leave_year(on))?;
    let item = item_on(ctx, &holdings, &entitlement, on)?;
    let mut findings = entitlement.findings;
    findings.extend(credited(&holdings, &item)?);
    let movements = store::leave_ledger::movements(connection, officer, &holdings.rows)?
        .into_iter()
        .filter(|movement| item.lots.iter().any(|lot| lot.lot_id == movement.lot_id))
        .map(Moved::Days)
        .collect();
    Ok(Explanation { on, item: Balance::Days(item), findings, movements })
}

/// What the rules said of the recalls that gave the lots of a balance.
fn credited(holdings: &Holdings, item: &Item) -> Result<Vec<Finding>, Error> {
    let listed = |movement: &&balance::Movement| {
        movement.kind == MovementKind::Credited && item.lots.iter().any(|lot| lot.lot_id == movement.lot_id)
    };
    let requests: Vec<_> =
        holdings.movements.iter().filter(listed).filter_map(|movement| movement.request_id).collect();
    let gave =
        holdings.recalls.iter().filter(|one| one.credited > HalfDays::ZERO && requests.contains(&one.request_id));
    Ok(gave.map(|one| stored_findings(&one.findings)).collect::<Result<Vec<_>, Error>>()?.concat())
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
) -> Result<Vec<Moved>, Error> {
    let holdings = load(connection, ctx, officer, kind.unwrap_or(LeaveKind::Annual))?;
    if holdings.kind.draws_on() == DrawsOn::Credit {
        let earned = |movement: &CompMovement| {
            holdings.credit.rows.iter().find(|row| row.id == movement.lot_id).map(|row| row.earned_on)
        };
        let of_year = |movement: &CompMovement| movement.leave_on.or_else(|| earned(movement)).map(leave_year);
        return Ok(holdings
            .credit
            .movements
            .iter()
            .filter(|movement| year.is_none() || of_year(movement) == year)
            .filter(|movement| after.is_none_or(|after| movement.id > after))
            .take(limit + 1)
            .cloned()
            .map(Moved::Minutes)
            .collect());
    }
    let year_of = |movement: &Movement| {
        let lot = holdings.rows.iter().find(|row| row.id == movement.lot_id);
        movement.leave_on.or_else(|| lot.map(|row| row.valid_from)).map(leave_year)
    };
    Ok(store::leave_ledger::movements(connection, officer, &holdings.rows)?
        .into_iter()
        .filter(|movement| year.is_none() || year_of(movement) == year)
        .filter(|movement| after.is_none_or(|after| movement.id > after))
        .take(limit + 1)
        .map(Moved::Days)
        .collect())
}
