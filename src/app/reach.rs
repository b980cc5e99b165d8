//! How far a grant reaches: its unit and everything under it, or the whole force (CONTRACT §2).

use std::collections::HashSet;

use super::ctx::Ctx;
use super::error::{Code, Error};
use crate::rules::terms::{OfficerId, Role, UnitId};
use crate::store::accounts::Grant;
use crate::store::officers::Officer;
use crate::store::{self, Conn};

/// Units that an account reaches with some roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every unit.
    Force,
    /// These units.
    Units(HashSet<UnitId>),
}

impl Reach {
    /// Whether a unit is reached.
    #[must_use]
    pub fn contains(&self, unit: UnitId) -> bool {
        match self {
            Self::Force => true,
            Self::Units(units) => units.contains(&unit),
        }
    }

    /// The units for a query; `None` means all.
    #[must_use]
    pub fn units(&self) -> Option<Vec<UnitId>> {
        match self {
            Self::Force => None,
            Self::Units(units) => Some(units.iter().copied().collect()),
        }
    }

    /// What either of the two reaches.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Units(mut units), Self::Units(more)) => {
                units.extend(more);
                Self::Units(units)
            }
            _ => Self::Force,
        }
    }

    /// What is reached and lies in the subtree of `unit` too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn within(self, connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>) -> Result<Self, Error> {
        let Some(unit) = unit else { return Ok(self) };
        let under = store::units::tree(connection, ctx.moment.today())?.under(&[unit]);
        Ok(Self::Units(under.into_iter().filter(|unit| self.contains(*unit)).collect()))
    }
}

impl Reach {
    /// What a list of duty and rest is narrowed to: a unit with everything under it, or all that is reached.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a unit that is absent or not reached: the two look the same.
    pub fn narrowed_to(self, connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>) -> Result<Self, Error> {
        if let Some(unit) = unit
            && (store::units::find(connection, unit)?.is_none() || !self.contains(unit))
        {
            return Err(Code::NotFound.into());
        }
        self.within(connection, ctx, unit)
    }
}

/// The units that the caller reaches with one of the roles, today.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, ctx: &Ctx, roles: &[Role]) -> Result<Reach, Error> {
    of_grants(connection, ctx, &ctx.caller.grants, roles)
}

/// The units that some grants of these roles reach, today.
///
/// # Errors
/// When the database does not answer.
pub fn of_grants(connection: &mut Conn, ctx: &Ctx, grants: &[Grant], roles: &[Role]) -> Result<Reach, Error> {
    let held = || grants.iter().filter(|grant| roles.contains(&grant.role));
    if held().any(|grant| grant.unit_id.is_none()) {
        return Ok(Reach::Force);
    }
    let roots: Vec<UnitId> = held().filter_map(|grant| grant.unit_id).collect();
    if roots.is_empty() {
        return Ok(Reach::Units(HashSet::new()));
    }
    Ok(Reach::Units(store::units::tree(connection, ctx.moment.today())?.under(&roots)))
}

/// Whether the caller reaches one unit with one of the roles, today.
///
/// # Errors
/// When the database does not answer.
pub fn reaches(connection: &mut Conn, ctx: &Ctx, roles: &[Role], unit: UnitId) -> Result<bool, Error> {
    if ctx.caller.holds_force_wide(roles) {
        return Ok(true);
    }
    if !ctx.caller.holds(roles) {
        return Ok(false);
    }
    let above = store::units::upward(connection, unit, ctx.moment.today())?;
    Ok(ctx
        .caller
        .grants
        .iter()
        .filter(|grant| roles.contains(&grant.role))
        .any(|grant| grant.unit_id.is_some_and(|unit| above.contains(&unit))))
}

/// As whom the caller sees an officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It is themselves.
    Own,
    /// By a role of theirs.
    ByRole,
}

/// An officer that the caller may see.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The officer.
    pub officer: Officer,
    /// Their unit today.
    pub unit_id: UnitId,
    /// As whom.
    pub sight: Sight,
}

/// As [`see_officer`], where nothing of the record itself is wanted: whoever asks for what is their own is known already.
///
/// # Errors
/// As [`see_officer`].
pub fn may_see(connection: &mut Conn, ctx: &Ctx, id: OfficerId, roles: &[Role]) -> Result<(), Error> {
    if ctx.caller.is_self(id) { Ok(()) } else { see_officer(connection, ctx, id, roles).map(drop) }
}

/// The officer, if the caller is that officer or reaches them with one of the roles.
///
/// # Errors
/// [`Code::NotFound`] when the officer is absent or not the caller's to see: the two look the same.
pub fn see_officer(connection: &mut Conn, ctx: &Ctx, id: OfficerId, roles: &[Role]) -> Result<Seen, Error> {
    let today = ctx.moment.today();
    let (officer, unit_id) = store::officers::find_in_unit(connection, id, today)?.ok_or(Code::NotFound)?;
    if ctx.caller.is_self(id) {
        return Ok(Seen { officer, unit_id, sight: Sight::Own });
    }
    if reaches(connection, ctx, roles, unit_id)? {
        return Ok(Seen { officer, unit_id, sight: Sight::ByRole });
    }
    Err(Code::NotFound.into())
}

/// The officer, if the caller reaches them with one of the roles and they are neither the caller nor the caller's
/// spouse: nobody enters, adjusts or settles anything for themselves or their spouse (CONTRACT §2).
///
/// # Errors
/// [`Code::NotFound`] as [`see_officer`]; [`Code::OwnRecord`] for oneself and one's spouse.
pub fn officer_for_others(connection: &mut Conn, ctx: &Ctx, id: OfficerId, roles: &[Role]) -> Result<Seen, Error> {
    let seen = see_officer(connection, ctx, id, roles)?;
    if is_own(connection, ctx, id)? {
        return Err(Code::OwnRecord.into());
    }
    Ok(seen)
}

/// Whether the officer is the caller or the caller's spouse.
///
/// # Errors
/// When the database does not answer.
pub fn is_own(connection: &mut Conn, ctx: &Ctx, id: OfficerId) -> Result<bool, Error> {
    let Some(own) = ctx.caller.officer_id else { return Ok(false) };
    Ok(own == id || store::officers::spouse(connection, own)? == Some(id))
}
