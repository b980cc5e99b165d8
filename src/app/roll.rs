//! The roll: lists of officers, and the directory that everybody may read.

use std::collections::HashMap;

use super::ctx::Ctx;
use super::error::Error;
use super::import::half_width;
use super::officers::READERS;
use super::reach;
use crate::rules::terms::{Category, OfficerId, UnitId};
use crate::store::officers::Filter;
use crate::store::{self, Conn};

pub use crate::store::officers::Listed;

/// What a list of officers may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// This unit and everything under it.
    pub unit_id: Option<UnitId>,
    /// This category.
    pub category: Option<Category>,
    /// This badge number.
    pub badge_no: Option<String>,
    /// Name or badge number contains this.
    pub text: Option<String>,
}

/// Officers by badge number, after a badge number, one more than `limit` if there are more: those the caller reaches.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    narrowing: Narrowing,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<Listed>, Error> {
    let reach = reach::of(connection, ctx, READERS)?.within(connection, ctx, narrowing.unit_id)?;
    let filter = Filter {
        units: reach.units(),
        category: narrowing.category,
        badge_no: narrowing.badge_no.map(|badge_no| half_width(&badge_no).into_owned()),
        text: narrowing.text,
        after,
    };
    Ok(store::officers::list(connection, &filter, ctx.moment.today(), i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}

/// One line of the directory: names and units only.
#[derive(Debug, Clone)]
pub struct DirectoryLine {
    /// Id.
    pub officer_id: OfficerId,
    /// Badge number: the order of the list; not shown.
    pub badge_no: String,
    /// Name.
    pub name: String,
    /// Unit.
    pub unit_id: UnitId,
    /// Name of the unit.
    pub unit_name: String,
}

/// The directory, for choosing a stand-in: names and units, for everybody who is signed in; one line more than `limit`
/// if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn directory(
    connection: &mut Conn,
    ctx: &Ctx,
    text: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<DirectoryLine>, Error> {
    let filter = Filter { text: Some(text.to_owned()), after, ..Filter::default() };
    let listed =
        store::officers::list(connection, &filter, ctx.moment.today(), i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    let names: HashMap<UnitId, String> =
        store::units::all(connection)?.into_iter().map(|unit| (unit.id, unit.name)).collect();
    Ok(listed
        .into_iter()
        .map(|one| DirectoryLine {
            officer_id: one.officer.id,
            badge_no: one.officer.badge_no,
            name: one.officer.name,
            unit_id: one.unit_id,
            unit_name: names.get(&one.unit_id).cloned().unwrap_or_default(),
        })
        .collect())
}
