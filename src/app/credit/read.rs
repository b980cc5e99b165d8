//! Reading credit: one lot, an officer's lots and ledger, those of a unit.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{NaiveDate, NaiveDateTime};

use super::account::{Account, Standings};
use super::{READERS, terms_at};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::app::reach;
use crate::rules::comp_credit::{CreditDraw, CreditLot, CreditOrigin, CreditState, Light, owed_minutes};
use crate::rules::finding::Finding;
use crate::rules::policy::{Place, Version};
use crate::rules::rest::credit::owed;
use crate::rules::rest::policy::RestPolicy;
use crate::rules::terms::{AccountId, Category, LotId, MovementKind, OfficerId, RowId, UnitId};
use crate::store::comp_lots::CompLot;
use crate::store::officers::{Filter, Listed};
use crate::store::rest_cancellations::RestCancellation;
use crate::store::{self, Conn};

pub use crate::store::comp_lots::CompMovement;

/// Officers of a unit that are looked at together.
const BATCH: usize = 200;

/// One lot as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// As it was earned.
    pub row: CompLot,
    /// As the rules see it.
    pub lot: CreditLot,
    /// Granted rest on the date or before it.
    pub used: i64,
    /// Rest that lies ahead, or waits for a decision.
    pub reserved: i64,
    /// What can still be rested.
    pub available: i64,
    /// What is wanted as pay and not paid.
    pub wanted_as_pay: i64,
    /// State on the date.
    pub state: CreditState,
    /// Whether the date for the offer of a replacement is over and none was named.
    pub overdue_offer: bool,
    /// The dates on which it is rested.
    pub rest_on: Vec<NaiveDate>,
    /// What was taken back of it, oldest first.
    pub taken_back: Vec<TakenBack>,
}

/// Minutes that were taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// How many.
    pub minutes: i64,
    /// When.
    pub at: NaiveDateTime,
    /// Why, in the words of whoever said that it was entered by mistake; `None` where it follows the facts.
    pub reason: Option<String>,
    /// By whom; `None` for what the service does by itself.
    pub by: Option<AccountId>,
}

/// What was taken back of a lot.
fn taken_back(account: &Account, row: &CompLot) -> Vec<TakenBack> {
    let back = |movement: &&CompMovement| {
        movement.lot_id == row.id && movement.kind == MovementKind::Adjusted && movement.minutes < 0
    };
    let shown = |movement: &CompMovement| TakenBack {
        minutes: -i64::from(movement.minutes),
        at: movement.recorded_at,
        reason: (row.origin == CreditOrigin::Adjustment).then(|| movement.cause.clone()),
        by: movement.account_id,
    };
    account.movements.iter().filter(back).map(shown).collect()
}

/// The credit of one officer on a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Credit {
    /// The date.
    pub on: NaiveDate,
    /// The lots, the one to be used first at the top; those earned after the date too.
    pub lots: Vec<Shown>,
    /// How grave the balance is.
    pub light: Light,
    /// What the rules say of the balance.
    pub finding: Finding,
}

/// The lots of an account on a date as they are shown, the one to be used first at the top; with lots and draws as the
/// rules see them.
#[must_use]
pub fn shown(account: &Account, standings: &Standings, on: NaiveDate) -> (Vec<CreditLot>, Vec<CreditDraw>, Vec<Shown>) {
    let (lots, draws) = (account.lots(), account.draws(standings, None));
    let mut all: Vec<Shown> = account
        .rows
        .iter()
        .zip(&lots)
        .map(|(row, lot)| {
            let mine = || draws.iter().filter(|draw| draw.lot_id == lot.id);
            let used = lot.used(&draws, on);
            let mut rest_on: Vec<NaiveDate> = mine().map(|draw| draw.on).collect();
            rest_on.dedup();
            Shown {
                used,
                reserved: lot.drawn(&draws) - used,
                available: lot.available(&draws),
                wanted_as_pay: lot.free(&draws) - lot.available(&draws),
                state: lot.state(&draws, on),
                overdue_offer: lot.lacks_offer(&draws, on),
                rest_on,
                taken_back: taken_back(account, row),
                lot: *lot,
                row: row.clone(),
            }
        })
        .collect();
    all.sort_by_key(|one| (one.lot.take_by, one.lot.earned_on, one.lot.id));
    (lots, draws, all)
}

/// The numbers under which an account is read: those of the force where no version is made for units.
fn terms_for<'a>(
    ctx: &'a Ctx,
    category: Option<Category>,
    units: &[UnitId],
    on: NaiveDate,
) -> Result<&'a Version<RestPolicy>, Error> {
    let category = category.unwrap_or(Category::Police);
    terms_at(ctx, Place { category, units }, on).ok_or_else(|| Code::NoPolicy.into())
}

fn of(account: &Account, standings: &Standings, terms: &Version<RestPolicy>, on: NaiveDate) -> Credit {
    let (lots, draws, all) = shown(account, standings, on);
    let minutes = owed_minutes(&lots, &draws, on);
    Credit { on, lots: all, light: Light::of(&terms.values.credit, minutes), finding: owed(terms, minutes) }
}

/// One lot, today.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: LotId) -> Result<Shown, Error> {
    let row = store::comp_lots::find(connection, id)?.ok_or(Code::NotFound)?;
    reach::see_officer(connection, ctx, row.officer_id, READERS)?;
    let account = Account::load(connection, ctx, row.officer_id)?;
    let standings = Account::standings(connection, ctx, [&account])?;
    let (_, _, all) = shown(&account, &standings, ctx.moment.today());
    all.into_iter().find(|one| one.row.id == id).ok_or_else(|| Code::NotFound.into())
}

/// The credit of an officer on a date, today where none is given.
///
/// # Errors
/// [`Code::NotFound`] when the officer is not the caller's to see; [`Code::NoPolicy`] for dates without a version.
pub fn of_officer(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    on: Option<NaiveDate>,
) -> Result<Credit, Error> {
    let seen = reach::see_officer(connection, ctx, officer, READERS)?;
    let on = on.unwrap_or_else(|| ctx.moment.today());
    let known = store::officers::categories_on(connection, &[officer], on)?;
    let units =
        if ctx.statutes.knows_units() { store::units::upward(connection, seen.unit_id, on)? } else { Vec::new() };
    let terms = terms_for(ctx, known.first().map(|(_, category)| *category), &units, on)?;
    let account = Account::load(connection, ctx, officer)?;
    let standings = Account::standings(connection, ctx, [&account])?;
    Ok(of(&account, &standings, terms, on))
}

/// The ledger of an officer's minutes, oldest first, after a movement; one more than `limit` if there are more.
///
/// # Errors
/// [`Code::NotFound`] when the officer is not the caller's to see.
pub fn ledger(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    after: Option<RowId>,
    limit: usize,
) -> Result<Vec<CompMovement>, Error> {
    reach::see_officer(connection, ctx, officer, READERS)?;
    let all = store::comp_lots::movements(connection, officer)?;
    Ok(all.into_iter().filter(|one| after.is_none_or(|after| one.id > after)).take(limit + 1).collect())
}

/// Which lots a list of a unit is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    All,
    /// Those in this state.
    State(CreditState),
    /// Those for which no replacement date was named in time.
    OverdueOffer,
}

impl Wanted {
    fn admits(self, one: &Shown) -> bool {
        match self {
            Self::All => true,
            Self::State(state) => one.state == state,
            Self::OverdueOffer => one.overdue_offer,
        }
    }
}

/// The credit of one person of a unit.
#[derive(Debug, Clone)]
pub struct OfUnit {
    /// Whose.
    pub listed: Listed,
    /// Their credit, with the lots that are wanted.
    pub credit: Credit,
    /// What was cancelled, by the lot that it earned.
    pub cancellations: HashMap<LotId, RestCancellation>,
}

/// The credit on a date of everyone who has any and is in a unit or under it today, by badge number, after a badge
/// number; one more than `limit` if there are more.
///
/// # Errors
/// [`Code::NotFound`] when the unit is absent or not reached; [`Code::NoPolicy`] for dates without a version.
pub fn of_unit(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    (on, wanted): (Option<NaiveDate>, Wanted),
    after: Option<String>,
    limit: usize,
) -> Result<Vec<OfUnit>, Error> {
    let there = store::units::find(connection, unit)?.is_some();
    if !there || !reach::reaches(connection, ctx, READERS, unit)? {
        return Err(Code::NotFound.into());
    }
    let today = ctx.moment.today();
    let on = on.unwrap_or(today);
    let under: Vec<UnitId> = store::units::tree(connection, today)?.under(&[unit]).into_iter().collect();
    let (mut found, mut after) = (Vec::new(), after);
    loop {
        let filter = Filter { units: Some(under.clone()), after: after.clone(), ..Filter::default() };
        let people = store::officers::list(connection, &filter, today, i64::try_from(BATCH).unwrap_or(i64::MAX))?;
        let Some(last) = people.last() else { return Ok(found) };
        after = Some(last.officer.badge_no.clone());
        let ids: Vec<OfficerId> = people.iter().map(|listed| listed.officer.id).collect();
        let mut accounts = Account::load_many(connection, ctx, &ids)?;
        let standings = Account::standings(connection, ctx, accounts.values())?;
        let holders: Vec<OfficerId> = accounts.keys().copied().collect();
        let cancelled = store::rest_cancellations::of_many(connection, &holders)?;
        for listed in people {
            let Some(account) = accounts.remove(&listed.officer.id) else { continue };
            let units = if ctx.statutes.knows_units() {
                store::units::upward(connection, listed.unit_id, on)?
            } else {
                Vec::new()
            };
            let terms = terms_for(ctx, Some(listed.category), &units, on)?;
            let mut credit = of(&account, &standings, terms, on);
            credit.lots.retain(|one| wanted.admits(one));
            if credit.lots.is_empty() {
                continue;
            }
            let theirs = cancelled.iter().filter(|one| one.officer_id == listed.officer.id);
            let cancellations = theirs.filter_map(|one| Some((one.lot_id?, one.clone()))).collect();
            found.push(OfUnit { listed, credit, cancellations });
            if found.len() > limit {
                return Ok(found);
            }
        }
    }
}

/// Codes and names of the units that owe something.
///
/// # Errors
/// When the database does not answer.
pub fn unit_names(
    connection: &mut Conn,
    units: impl IntoIterator<Item = UnitId>,
) -> Result<HashMap<UnitId, (String, String)>, Error> {
    let mut names = HashMap::new();
    for id in units {
        if let Entry::Vacant(free) = names.entry(id)
            && let Some(unit) = store::units::find(connection, id)?
        {
            free.insert((unit.code, unit.name));
        }
    }
    Ok(names)
}
