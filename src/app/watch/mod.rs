//! Watching over rest: what the rules find becomes a debt of a unit, with a life of its own; rest orders bind the
//! roster, derogations loosen it, couples are spared together.

pub mod couples;
pub mod credits;
pub mod derogations;
pub mod duties;
pub mod findings;
pub mod looks;
pub mod orders;
pub mod scan;
pub mod violations;
mod worked;

use super::error::Error;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::Role;

pub use findings::{Recorded, look_again, look_at};
pub use looks::{
    after_bond, after_calendar, after_facts, after_facts_since, after_law, after_row, after_unit, after_unit_since,
    after_write, hold_unit, hold_unit_since,
};

/// Who reads violations, beside the person.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader, Role::Auditor];
/// Who answers for the rest of a unit's people.
pub const LEADERS: &[Role] = &[Role::Leader, Role::BureauLeader];
/// Who checks that rest was made good.
pub const VERIFIERS: &[Role] = &[Role::Hr];

/// The same thing is there already: refused, with the id of the first.
pub(in crate::app) fn repeated(what: &'static str, first: uuid::Uuid) -> Error {
    let finding = Finding::new("rest.repeated", "", Outcome::Block).measured("what", what);
    Error::Conflict(vec![finding.measured("id", first.to_string())])
}
