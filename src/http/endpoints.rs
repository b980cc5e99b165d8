//! The table: every endpoint with its path, who may pass, what it reads and answers. Routes, access checks, the
//! OpenAPI document and the access test are all made from it.

mod accounts;
mod credit;
mod duty;
mod law;
mod leave;
mod oversight;
mod people;
mod quotas;
mod watch;

use std::sync::OnceLock;

use super::endpoint::{Access, Endpoint};
use crate::rules::terms::Role;

const ADMIN: Access = Access::Roles(&[Role::Admin]);
const AUDITOR: Access = Access::Roles(&[Role::Auditor]);
const HR: Access = Access::Roles(&[Role::Hr]);
const UNIT_KEEPERS: Access = Access::Roles(&[Role::Admin, Role::Hr]);
const READS_OFFICERS: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader, Role::Admin]);
const LISTS_OFFICERS: Access = Access::Roles(&[Role::Hr, Role::Leader, Role::BureauLeader, Role::Admin]);
const READS_LEAVE: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader]);
const LEADS_LEAVE: Access = Access::Roles(&[Role::Hr, Role::Leader, Role::BureauLeader]);
const SELF: Access = Access::RolesOrSelf(&[]);
const ASKS_LEAVE: Access = Access::RolesOrSelf(&[Role::Hr]);
const DELEGATES: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr, Role::Admin];
const DECIDES: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr]);

/// Every endpoint below the base path.
#[must_use]
pub fn table() -> &'static [Endpoint] {
    static TABLE: OnceLock<Vec<Endpoint>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut rows = accounts::rows();
        rows.extend(people::rows());
        rows.extend(law::rows());
        rows.extend(leave::rows());
        rows.extend(duty::rows());
        rows.extend(credit::rows());
        rows.extend(watch::rows());
        rows.extend(quotas::rows());
        rows.extend(oversight::rows());
        rows
    })
}
