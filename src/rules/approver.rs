//! Who may decide on a request.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::terms::{AccountId, OfficerId, UnitId, UnknownWord, vocabulary};

/// An enabled account that holds a role, and the person behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub account_id: AccountId,
    /// The officer it is linked to.
    pub officer_id: Option<OfficerId>,
}

/// One unit of the chain from the requester's own unit upward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainUnit {
    /// The unit.
    pub id: UnitId,
    /// Its head.
    pub head: Option<OfficerId>,
    /// Its deputies and instructors.
    pub deputies: Vec<OfficerId>,
    /// Accounts that hold `leader` on this very unit.
    pub leaders: Vec<Holder>,
}

/// A delegation that holds today for the people of the requester's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delegation {
    /// In whose place.
    pub from: AccountId,
    /// Who decides: an enabled account.
    pub to: Holder,
}

/// What is known when an approver is sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Who asks.
    pub requester: OfficerId,
    /// Their spouse.
    pub spouse: Option<OfficerId>,
    /// The requester's unit first, then upward to the root.
    pub units: Vec<ChainUnit>,
    /// Accounts that hold `leader` for the whole force.
    pub force_leaders: Vec<Holder>,
    /// Accounts that hold `bureau_leader` on a unit of the chain or for the whole force.
    pub bureau_leaders: Vec<Holder>,
    /// Accounts that hold `hr` for the whole force.
    pub force_hr: Vec<Holder>,
    /// Who stands in for whom today.
    pub delegations: Vec<Delegation>,
}

vocabulary! {
    /// In which role a level decides.
    LevelRole {
        /// Leader of a unit, or of the whole force.
        Leader = "leader",
        /// Bureau deputy in charge.
        BureauLeader = "bureau_leader",
        /// Force-wide personnel office.
        Hr = "hr",
    }
}

/// One level of decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The unit whose leaders decide; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// In which role they do.
    pub role: LevelRole,
    /// Who may, in the order given.
    pub deciders: Vec<AccountId>,
    /// Who may in the place of one of them.
    pub delegates: Vec<Delegate>,
}

/// Somebody who decides in another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delegate {
    /// Who decides.
    pub account_id: AccountId,
    /// In whose place.
    pub on_behalf_of: AccountId,
}

/// As whom somebody may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// In their own right.
    Own,
    /// In the place of this account.
    OnBehalfOf(AccountId),
}

/// The levels of decision on one person's requests, lowest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levels(pub Vec<Level>);

/// ## 审批人 — who decides
///
/// 公务员法 第七十六条（回避） in spirit, 各单位请假审批规定, RULINGS 19: the nearest unit upward in which somebody other
/// than the requester and the spouse holds `leader` directly decides; units that the requester heads are skipped, and
/// their deputies and instructors never decide the head's request; leaders above may decide as well. Where no leader
/// exists, and after the last of them, `bureau_leader`; where neither exists, force-wide `hr`. No level at all means
/// that the request cannot be submitted (`leave.no_approver`).
///
/// A delegate counts as the delegator, on the dates given: as long as the delegator may decide, and never where the
/// delegate is the requester, the spouse or a deputy who is passed over.
///
/// *Reading:* a leader for the whole force stands above every unit. A deputy of a unit that the requester heads is
/// passed over wherever else they hold a role. A delegation is not handed on: the delegate's own delegates do not count.
/// Whoever may decide in their own right does so, not on another's behalf.
///
/// *Not modelled:* several approval steps by length of leave or rank.
#[must_use]
pub fn levels(chain: &Chain) -> Levels {
    let headed = |unit: &&ChainUnit| unit.head == Some(chain.requester);
    let subordinates: Vec<OfficerId> =
        chain.units.iter().filter(headed).flat_map(|unit| unit.deputies.iter().copied()).collect();
    let is_free = |holder: &&Holder| {
        !holder.officer_id.is_some_and(|officer| {
            officer == chain.requester || Some(officer) == chain.spouse || subordinates.contains(&officer)
        })
    };
    let level = |unit_id: Option<UnitId>, role: LevelRole, holders: &[Holder]| {
        let deciders: Vec<AccountId> = holders.iter().filter(is_free).map(|holder| holder.account_id).collect();
        let delegates = chain
            .delegations
            .iter()
            .filter(|delegation| deciders.contains(&delegation.from) && is_free(&&delegation.to))
            .map(|delegation| Delegate { account_id: delegation.to.account_id, on_behalf_of: delegation.from })
            .collect();
        (!deciders.is_empty()).then_some(Level { unit_id, role, deciders, delegates })
    };
    let of_units = chain
        .units
        .iter()
        .filter(|unit| !headed(unit))
        .map(|unit| level(Some(unit.id), LevelRole::Leader, &unit.leaders));
    let above = [
        level(None, LevelRole::Leader, &chain.force_leaders),
        level(None, LevelRole::BureauLeader, &chain.bureau_leaders),
    ];
    let mut found: Vec<Level> = of_units.chain(above).flatten().collect();
    if found.is_empty() {
        found.extend(level(None, LevelRole::Hr, &chain.force_hr));
    }
    Levels(found)
}

impl Levels {
    /// Whether nobody may decide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The level whose turn it is after so many escalations; the highest stays responsible.
    #[must_use]
    pub fn current_level(&self, escalations: usize) -> Option<&Level> {
        self.0.get(escalations.min(self.0.len().saturating_sub(1)))
    }

    /// Whether an account may decide now: any leader of any level, and others once their level is reached.
    #[must_use]
    pub fn may_decide(&self, account: AccountId, escalations: usize) -> bool {
        self.capacity(account, escalations).is_some()
    }

    /// As whom an account may decide now; `None` if it may not.
    #[must_use]
    pub fn capacity(&self, account: AccountId, escalations: usize) -> Option<Capacity> {
        let reached = escalations.min(self.0.len().saturating_sub(1));
        let open = || {
            let levels = self.0.iter().enumerate();
            levels.filter(|(index, level)| level.role == LevelRole::Leader || *index <= reached).map(|(_, level)| level)
        };
        if open().any(|level| level.deciders.contains(&account)) {
            return Some(Capacity::Own);
        }
        open()
            .flat_map(|level| &level.delegates)
            .find(|delegate| delegate.account_id == account)
            .map(|delegate| Capacity::OnBehalfOf(delegate.on_behalf_of))
    }

    /// Whether an account stands in for anybody on any level.
    #[must_use]
    pub fn stands_in(&self, account: AccountId) -> bool {
        self.0.iter().flat_map(|level| &level.delegates).any(|delegate| delegate.account_id == account)
    }
}

#[cfg(test)]
mod tests;
