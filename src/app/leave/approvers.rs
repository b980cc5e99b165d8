//! Who may decide on an officer's requests: the records behind RULINGS 19, derived at each read.

use std::collections::HashMap;

use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error};
use crate::app::reach::{self, Seen, Sight};
use crate::rules::approver::{Capacity, Chain, ChainUnit, Delegation, Holder, Levels, levels};
use crate::rules::leave_request::escalations;
use crate::rules::policy::{LeaveRequestPolicy, Place};
use crate::rules::terms::{AccountId, Category, OfficerId, Role, ShownState, UnitId};
use crate::store::delegations::Standing;
use crate::store::leave_requests::LeaveRequest;
use crate::store::units::Heads;
use crate::store::{self, Conn, accounts};

/// Heads and holders of deciding roles of the units on a way upward.
#[derive(Debug, Clone)]
pub struct Directory {
    heads: HashMap<UnitId, Heads>,
    holders: Vec<accounts::Holder>,
    delegations: Vec<Standing>,
}

impl Directory {
    /// Reads what is known of some units.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn of(connection: &mut Conn, ctx: &Ctx, units: &[UnitId]) -> Result<Self, Error> {
        let roles = [Role::Leader, Role::BureauLeader, Role::Hr];
        let today = ctx.moment.today();
        let holders = accounts::holders(connection, &roles, units)?;
        let mut delegators: Vec<AccountId> = holders.iter().map(|holder| holder.account_id).collect();
        delegators.dedup();
        Ok(Self {
            heads: store::units::heads(connection, units, today)?,
            delegations: store::delegations::standing_in_for(connection, &delegators, today)?,
            holders,
        })
    }

    /// The levels of decision for a requester whose way upward is `chain`, nearest unit first.
    #[must_use]
    pub fn levels(&self, requester: OfficerId, spouse: Option<OfficerId>, chain: &[UnitId]) -> Levels {
        let holders = |role: Role, here: &dyn Fn(Option<UnitId>) -> bool| -> Vec<Holder> {
            self.holders
                .iter()
                .filter(|holder| holder.grant.role == role && here(holder.grant.unit_id))
                .map(|holder| Holder { account_id: holder.account_id, officer_id: holder.officer_id })
                .collect()
        };
        let on_the_way = |unit: Option<UnitId>| unit.is_none_or(|unit| chain.contains(&unit));
        levels(&Chain {
            requester,
            spouse,
            units: chain
                .iter()
                .map(|unit| {
                    let heads = self.heads.get(unit).cloned().unwrap_or_default();
                    ChainUnit {
                        id: *unit,
                        head: heads.head,
                        deputies: heads.deputies,
                        leaders: holders(Role::Leader, &|at| at == Some(*unit)),
                    }
                })
                .collect(),
            force_leaders: holders(Role::Leader, &|at| at.is_none()),
            bureau_leaders: holders(Role::BureauLeader, &on_the_way),
            force_hr: holders(Role::Hr, &|at| at.is_none()),
            delegations: self
                .delegations
                .iter()
                .filter(|standing| on_the_way(standing.unit_id))
                .map(|standing| Delegation {
                    from: standing.from,
                    to: Holder { account_id: standing.to, officer_id: standing.to_officer },
                })
                .collect(),
        })
    }
}

/// The levels of decision for one officer, and the units on the way upward from theirs, nearest first.
///
/// # Errors
/// When the database does not answer.
pub fn levels_for(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    unit: UnitId,
) -> Result<(Vec<UnitId>, Levels), Error> {
    let chain = store::units::upward(connection, unit, ctx.moment.today())?;
    let spouse = store::officers::spouse(connection, officer)?;
    let levels = Directory::of(connection, ctx, &chain)?.levels(officer, spouse, &chain);
    Ok((chain, levels))
}

/// The officer of a request, if the caller may see it: as [`reach::see_officer`], or as a delegate who may decide it
/// now, or has decided it, as long as the delegation holds.
///
/// # Errors
/// [`Code::NotFound`] when it is not the caller's to see.
pub fn see_request(connection: &mut Conn, ctx: &Ctx, request: &LeaveRequest) -> Result<Seen, Error> {
    match reach::see_officer(connection, ctx, request.officer_id, super::READERS) {
        Err(Error::Code(Code::NotFound)) => as_delegate(connection, ctx, request)?.ok_or_else(|| Code::NotFound.into()),
        seen => seen,
    }
}

fn as_delegate(connection: &mut Conn, ctx: &Ctx, request: &LeaveRequest) -> Result<Option<Seen>, Error> {
    let Some(account) = ctx.caller.account_id else { return Ok(None) };
    let today = ctx.moment.today();
    if store::delegations::held_by(connection, account, today)?.is_empty() {
        return Ok(None);
    }
    let Some(officer) = store::officers::find(connection, request.officer_id)? else { return Ok(None) };
    let ways = ways(connection, ctx, &[officer.id])?;
    let Some(way) = ways.get(&officer.id) else { return Ok(None) };
    let may_see = if request.shown_state(today) == ShownState::Submitted {
        let step = escalations_of(ctx, request, way.place(), &way.levels);
        matches!(way.levels.capacity(account, step), Some(Capacity::OnBehalfOf(_)))
    } else {
        let decided = store::leave_decisions::of(connection, &[request.id])?;
        way.levels.stands_in(account) && decided.iter().any(|decision| decision.account_id == account)
    };
    Ok(may_see.then_some(Seen { unit_id: way.unit_id, officer, sight: Sight::ByRole }))
}

/// Where an officer's requests go.
#[derive(Debug, Clone)]
pub struct Way {
    /// The officer's unit today.
    pub unit_id: UnitId,
    /// That unit and every unit above it, nearest first.
    pub units: Vec<UnitId>,
    /// The officer's category today.
    pub category: Option<Category>,
    /// Who decides, lowest first.
    pub levels: Levels,
}

impl Way {
    /// What chooses among the versions of a policy today.
    #[must_use]
    pub fn place(&self) -> Option<Place<'_>> {
        Some(Place { category: self.category?, units: &self.units })
    }
}

/// The ways of the requests of many officers, with a handful of queries whatever their number.
///
/// # Errors
/// When the database does not answer.
pub fn ways(connection: &mut Conn, ctx: &Ctx, officers: &[OfficerId]) -> Result<HashMap<OfficerId, Way>, Error> {
    let today = ctx.moment.today();
    let units = store::officers::units_on(connection, officers, today)?;
    let spouses: HashMap<OfficerId, OfficerId> = store::officers::spouses(connection, officers)?.into_iter().collect();
    let categories: HashMap<OfficerId, Category> =
        store::officers::categories_on(connection, officers, today)?.into_iter().collect();
    let mut lowest: Vec<UnitId> = units.iter().map(|(_, unit)| *unit).collect();
    lowest.sort_unstable();
    lowest.dedup();
    let above = store::units::ancestry(connection, &lowest)?;
    let chains: Vec<(OfficerId, UnitId, Vec<UnitId>)> =
        units.into_iter().map(|(officer, unit)| (officer, unit, above.upward(unit, today))).collect();
    let mut concerned: Vec<UnitId> = chains.iter().flat_map(|(_, _, chain)| chain.iter().copied()).collect();
    concerned.sort_unstable();
    concerned.dedup();
    let directory = Directory::of(connection, ctx, &concerned)?;
    Ok(chains
        .into_iter()
        .map(|(officer, unit_id, chain)| {
            let levels = directory.levels(officer, spouses.get(&officer).copied(), &chain);
            (officer, Way { unit_id, units: chain, category: categories.get(&officer).copied(), levels })
        })
        .collect())
}

/// How often a request has gone up so far.
#[must_use]
pub fn escalations_of(ctx: &Ctx, request: &LeaveRequest, place: Option<Place<'_>>, levels: &Levels) -> usize {
    let submitted_on = ctx.moment.clock().date_of(request.submitted_at.and_utc());
    let Some(policy) = policy(ctx, place) else { return 0 };
    let calendar = ctx.statutes.calendars.of(place.map_or(&[], |place| place.units));
    escalations(submitted_on, ctx.moment.today(), &calendar, policy.undecided_working_days, levels.0.len())
}

/// The rules on requests that hold at a place today.
#[must_use]
pub fn policy<'a>(ctx: &'a Ctx, place: Option<Place<'_>>) -> Option<&'a LeaveRequestPolicy> {
    let place = place.unwrap_or(Place::in_force(Category::Police));
    ctx.statutes.policies.leave_requests(place, ctx.moment.today()).map(|version| &version.values)
}
