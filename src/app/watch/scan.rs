//! The rules of rest held against everybody's roster, a page of officers at a time: memory stays flat however many there
//! are, and only what changed is written.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::findings::differs;
use super::worked;
use crate::app::credit;
use crate::app::ctx::Ctx;
use crate::app::duty::facts::{self, Window};
use crate::app::error::Error;
use crate::rules::rest::Scratch;
use crate::rules::terms::OfficerId;
use crate::store::Conn;
use crate::store::rest_violations::{self, Violation};

/// A page of the roll, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The last officer of the page; the next begins after them.
    pub last: OfficerId,
    /// How many were looked at.
    pub officers: usize,
    /// Of whom something else is found than what is kept.
    pub differing: Vec<OfficerId>,
    /// Who is credited something else for short rests than what they are owed.
    pub unsettled: Vec<OfficerId>,
}

/// Looks at the officers after one, in the order of their ids, over the dates between two, both included; `None` where
/// there are none left.
///
/// # Errors
/// When the database does not answer.
pub fn page(
    connection: &mut Conn,
    ctx: &Ctx,
    after: Option<OfficerId>,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Option<Page>, Error> {
    let window = Window::around(ctx, from, to);
    let Some((last, mut people)) = facts::page(connection, ctx, after, window)? else { return Ok(None) };
    worked::add(connection, ctx, &mut people, (from, to))?;
    let officers: Vec<OfficerId> = people.keys().copied().collect();
    let known = rest_violations::touching(connection, &officers, from, to)?;
    let mut of: BTreeMap<OfficerId, Vec<&Violation>> = BTreeMap::new();
    for violation in &known {
        of.entry(violation.officer_id).or_default().push(violation);
    }
    let mut scratch = Scratch::default();
    let nothing = Vec::new();
    let mut differing = Vec::new();
    for (officer, facts) in &people {
        if differs(ctx, &mut scratch, facts, of.get(officer).unwrap_or(&nothing), (from, to)) {
            differing.push(*officer);
        }
    }
    let unsettled = credit::follow::unsettled_of(connection, ctx, &people, (from, to))?;
    Ok(Some(Page { last, officers: officers.len(), differing, unsettled }))
}
