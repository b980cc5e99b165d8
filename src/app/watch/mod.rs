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

use super::error::{Code, Error, FieldError};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::Role;

pub use findings::{Recorded, look_again, look_at};
pub use looks::{
    after_bond, after_calendar, after_facts, after_facts_since, after_law, after_row, after_unit, after_unit_since,
    after_write,
};

/// Who reads violations, beside the person.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader, Role::Auditor];
/// Who answers for the rest of a unit's people.
pub const LEADERS: &[Role] = &[Role::Leader, Role::BureauLeader];
/// Who checks that rest was made good.
pub const VERIFIERS: &[Role] = &[Role::Hr];
/// Longest note or reason, in characters.
pub const NOTE_MAX: usize = 1000;

/// The same thing is there already: refused, with the id of the first.
pub(in crate::app) fn repeated(what: &'static str, first: uuid::Uuid) -> Error {
    let finding = Finding::new("rest.repeated", "", Outcome::Block).measured("what", what);
    Error::Conflict(vec![finding.measured("id", first.to_string())])
}

/// A reason: something is said, and not too much.
fn reason(pointer: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    match text.chars().count() {
        _ if text.contains('\0') => Err(FieldError::new(pointer, Code::InvalidValue).into()),
        0 => Err(FieldError::new(pointer, Code::InvalidValue).into()),
        1..=NOTE_MAX => Ok(text.to_owned()),
        _ => Err(FieldError::new(pointer, Code::TooLong).expected(format!("≤ {NOTE_MAX}")).into()),
    }
}

/// A note that may be left out.
fn note(pointer: &str, text: Option<&str>) -> Result<Option<String>, Error> {
    text.map(|text| reason(pointer, text)).transpose()
}
