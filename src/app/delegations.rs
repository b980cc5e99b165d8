//! Delegations: a leader hands deciding to another account for some dates (RULINGS 19).

use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use super::accounts;
use super::ctx::{CallerKind, Ctx, Subject};
use super::error::{Code, Error, FieldError};
use super::hindrance::Hindrance;
use super::leave::DECIDERS;
use super::reach::{self, Reach};
use crate::rules::terms::{AccountId, RowId, UnitId};
use crate::rules::terms::{Role, UnknownWord, vocabulary};
use crate::store::accounts::{Account, AccountKind, Grant};
use crate::store::delegations::Filter;
use crate::store::{self, Conn, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

pub use crate::store::delegations::Delegation;

/// Who may hand on somebody else's deciding, and end it: whoever keeps accounts or people of the unit.
pub const KEEPERS: &[Role] = &[Role::Admin, Role::Hr];
/// The longest delegation, in days; a longer absence is a change of grants.
const DAYS_MAX: i64 = 366;
/// How far ahead one may be entered, in days.
const AHEAD_MAX: i64 = 366;
/// Delegations of one account that hold or will, at most.
const LIVE_MAX: usize = 20;

vocabulary! {
    /// Where a delegation stands today.
    DelegationState {
        /// It has not begun.
        Planned = "planned",
        /// It holds today.
        Active = "active",
        /// Its last date has passed.
        Over = "over",
        /// It was ended before its time.
        Ended = "ended",
    }
}

/// Where a delegation stands on a date.
#[must_use]
pub fn state_on(delegation: &Delegation, today: NaiveDate) -> DelegationState {
    if delegation.ended_at.is_some() {
        DelegationState::Ended
    } else if today < delegation.from_on {
        DelegationState::Planned
    } else if today <= delegation.to_on {
        DelegationState::Active
    } else {
        DelegationState::Over
    }
}

/// A new delegation.
#[derive(Debug, Clone)]
pub struct NewDelegation {
    /// In whose place; `None`: the caller's.
    pub from_account_id: Option<AccountId>,
    /// Who decides.
    pub to_account_id: AccountId,
    /// For the people of this unit and everything under it; `None`: wherever the delegator decides.
    pub unit_id: Option<UnitId>,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
}

fn check_dates(ctx: &Ctx, new: &NewDelegation) -> Result<(), Error> {
    let today = ctx.moment.today();
    let after = |date: NaiveDate, days: i64| date.checked_add_signed(TimeDelta::days(days)).unwrap_or(date);
    let mut refused = Vec::new();
    let (first, last) = (today, after(today, AHEAD_MAX));
    if new.from < first || new.from > last {
        refused.push(FieldError::new("/from", Code::InvalidValue).expected(format!("{first} – {last}")));
    }
    let last = after(new.from, DAYS_MAX - 1);
    if new.to < new.from || new.to > last {
        refused.push(FieldError::new("/to", Code::InvalidValue).expected(format!("{} – {last}", new.from)));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Whether grants let their holder decide for the people of a unit, or anywhere.
fn decides(connection: &mut Conn, ctx: &Ctx, grants: &[Grant], unit: Option<UnitId>) -> Result<bool, Error> {
    // hr decides only where it is hr of the whole force.
    let deciding: Vec<Grant> = grants
        .iter()
        .copied()
        .filter(|grant| DECIDERS.contains(&grant.role) && (grant.role != Role::Hr || grant.unit_id.is_none()))
        .collect();
    let Some(unit) = unit else { return Ok(!deciding.is_empty()) };
    let above = store::units::upward(connection, unit, ctx.moment.today())?;
    Ok(deciding.iter().any(|grant| grant.unit_id.is_none_or(|unit| above.contains(&unit))))
}

/// Whether the caller keeps the accounts or people of a unit, or of the whole force.
fn keeps(connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>) -> Result<bool, Error> {
    match unit {
        Some(unit) => reach::reaches(connection, ctx, KEEPERS, unit),
        None => Ok(ctx.caller.holds_force_wide(KEEPERS)),
    }
}

/// An account through which somebody can act.
fn enabled(account: Account) -> Option<Account> {
    (account.kind == AccountKind::Person && account.disabled_at.is_none()).then_some(account)
}

/// Whether the caller may set up such a delegation: the gate of a kept answer.
///
/// # Errors
/// [`Code::Forbidden`] for somebody else's deciding without `admin` or `hr`, [`Code::NotFound`] outside their reach.
pub fn check_caller(connection: &mut Conn, ctx: &Ctx, new: &NewDelegation) -> Result<AccountId, Error> {
    let own = ctx.account_id()?;
    let from = new.from_account_id.unwrap_or(own);
    if let Some(unit) = new.unit_id
        && store::units::find(connection, unit)?.is_none()
    {
        return Err(Code::NotFound.into());
    }
    if from == own {
        return if ctx.caller.kind == CallerKind::Person { Ok(from) } else { Err(Code::Forbidden.into()) };
    }
    if !ctx.caller.holds(KEEPERS) {
        return Err(Code::Forbidden.into());
    }
    if keeps(connection, ctx, new.unit_id)? { Ok(from) } else { Err(Code::NotFound.into()) }
}

/// Hands deciding to another account for some dates.
///
/// # Errors
/// Refused fields; [`Code::GrantConflict`] when the delegator does not decide there, when the caller would hand it to
/// themselves, and, located, when the delegate holds a welfare role; [`Code::DelegationOverlap`] when the same is
/// delegated to the same account already; [`Code::NotFound`] for accounts and units that are not there.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewDelegation) -> Result<Delegation, Error> {
    // Gather.
    let from = check_caller(tx.reading(), ctx, new)?;
    check_dates(ctx, new)?;
    if from == new.to_account_id {
        return Err(FieldError::new("/to_account_id", Code::InvalidValue).into());
    }
    let mut both = [from, new.to_account_id];
    both.sort_unstable();
    for id in both {
        store::accounts::lock(tx, id)?;
    }
    let delegator = store::accounts::find(tx.reading(), from)?.and_then(enabled).ok_or(Code::NotFound)?;
    let delegate = store::accounts::find(tx.reading(), new.to_account_id)?.and_then(enabled).ok_or(Code::NotFound)?;
    if let Some(officer) = delegate.officer_id {
        // What the person holds is part of the check, as for grants.
        store::officers::lock(tx, officer)?;
    }
    let grants = store::accounts::grants(tx.reading(), &[from])?.into_iter().map(|(_, grant)| grant);
    let grants: Vec<Grant> = grants.collect();

    // Decide.
    if delegate.officer_id.is_some() && delegate.officer_id == delegator.officer_id {
        return Err(FieldError::new("/to_account_id", Code::InvalidValue).into());
    }
    let to_oneself = ctx.caller.account_id == Some(delegate.id)
        || delegate.officer_id.is_some_and(|officer| ctx.caller.is_self(officer));
    if to_oneself || !decides(tx.reading(), ctx, &grants, new.unit_id)? {
        return Err(Code::GrantConflict.into());
    }
    if accounts::holds_welfare(tx.reading(), &delegate)? {
        return Err(FieldError::new("/to_account_id", Code::GrantConflict).into());
    }
    let live = store::delegations::live_of(tx.reading(), from, ctx.moment.today())?;
    let same = |other: &&Delegation| (other.to_account_id, other.unit_id) == (delegate.id, new.unit_id);
    if live.iter().filter(same).any(|other| other.from_on <= new.to && new.from <= other.to_on) {
        return Err(Code::DelegationOverlap.into());
    }
    if live.len() >= LIVE_MAX {
        return Err(Hindrance::TooMany.into());
    }

    // Record.
    let delegation = Delegation {
        id: RowId(ctx.moment.new_id()),
        from_account_id: from,
        to_account_id: delegate.id,
        unit_id: new.unit_id,
        from_on: new.from,
        to_on: new.to,
        created_by: ctx.caller.account_id,
        created_at: ctx.moment.stamp(),
        ended_at: None,
        ended_by: None,
    };
    store::delegations::insert(tx, &delegation)?;
    let after = json!({
        "from_account_id": from, "to_account_id": delegate.id, "unit_id": new.unit_id, "from": new.from, "to": new.to,
    });
    let subject = Subject { kind: "delegation", id: delegation.id.0, officer_id: delegate.officer_id };
    ctx.audit(tx, "delegation.created", subject, None, Some(after))?;
    store::outbox::append(tx, "delegation.created", delegation.id.0, delegate.officer_id, &ctx.moment)?;
    Ok(delegation)
}

/// One delegation.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see: delegator, delegate, and whoever keeps the unit do.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Delegation, Error> {
    let found = store::delegations::find(connection, id)?.ok_or(Code::NotFound)?;
    let concerned = [found.from_account_id, found.to_account_id].map(Some).contains(&ctx.caller.account_id);
    if concerned || keeps(connection, ctx, found.unit_id)? { Ok(found) } else { Err(Code::NotFound.into()) }
}

/// Delegations that the caller may see, newest first, before one, one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, ctx: &Ctx, before: Option<RowId>, limit: usize) -> Result<Vec<Delegation>, Error> {
    let among = match reach::of(connection, ctx, KEEPERS)? {
        Reach::Force => None,
        Reach::Units(units) => Some((ctx.account_id()?, units.into_iter().collect())),
    };
    let limit = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    Ok(store::delegations::list(connection, &Filter { among, before }, limit)?)
}

/// Ends a delegation before its time; it bites at the next request. Doing it twice changes nothing.
///
/// # Errors
/// [`Code::NotFound`] as [`get`].
pub fn end(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Delegation, Error> {
    let found = get(tx.reading(), ctx, id)?;
    store::accounts::lock(tx, found.from_account_id)?;
    let found = get(tx.reading(), ctx, id)?;
    let state = state_on(&found, ctx.moment.today());
    if matches!(state, DelegationState::Planned | DelegationState::Active) {
        store::delegations::end(tx, id, ctx.caller.account_id, &ctx.moment)?;
        let officer_id = store::accounts::find(tx.reading(), found.to_account_id)?.and_then(|to| to.officer_id);
        ctx.audit(tx, "delegation.ended", Subject { kind: "delegation", id: id.0, officer_id }, None, None)?;
        store::outbox::append(tx, "delegation.ended", id.0, officer_id, &ctx.moment)?;
    }
    get(tx.reading(), ctx, id)
}

/// Whether somebody's deciding is the caller's today.
///
/// # Errors
/// When the database does not answer.
pub fn stands_in(connection: &mut Conn, account: Option<AccountId>, today: NaiveDate) -> Result<bool, Error> {
    let Some(account) = account else { return Ok(false) };
    Ok(!store::delegations::held_by(connection, account, today)?.is_empty())
}

/// The units whose requests may be the caller's to decide today in somebody's place. Only a first sieve: who decides on
/// a request is derived from the chain.
///
/// # Errors
/// When the database does not answer.
pub fn reach_of_delegate(connection: &mut Conn, ctx: &Ctx) -> Result<Reach, Error> {
    let Some(account) = ctx.caller.account_id else { return Ok(Reach::Units([].into())) };
    let today = ctx.moment.today();
    let mut grants = Vec::new();
    for held in store::delegations::held_by(connection, account, today)? {
        let theirs = store::accounts::grants(connection, &[held.from_account_id])?;
        grants.extend(
            theirs
                .into_iter()
                .filter(|(_, grant)| DECIDERS.contains(&grant.role))
                .map(|(_, grant)| Grant { unit_id: held.unit_id.or(grant.unit_id), ..grant }),
        );
    }
    reach::of_grants(connection, ctx, &grants, DECIDERS)
}
