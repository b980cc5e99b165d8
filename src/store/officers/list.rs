//! Pages of officers by badge number. What a page costs depends on the page and on the people of the units asked for,
//! not on how many others there are.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Officer, categories_on, units_on};
use crate::rules::terms::{Category, OfficerId, UnitId};
use crate::store::conn::Conn;
use crate::store::error::Error;
use crate::store::schema::{officer_categories, officer_units, officers};

/// Officers that are looked at together.
const STRIDE: i64 = 500;

/// Name or badge number contains a text. Lowered on both sides: LIKE of SQLite takes large and small letters alike, that
/// of PostgreSQL does not.
macro_rules! has_text {
    ($text:expr) => {{
        let pattern = format!("%{}%", escaped($text));
        let name = lower(officers::name).like(lower(pattern.clone())).escape('\\');
        name.or(lower(officers::badge_no).like(lower(pattern)).escape('\\'))
    }};
}

/// An officer with what is shown in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The row.
    pub officer: Officer,
    /// Unit on the date of the list.
    pub unit_id: UnitId,
    /// Category on the date of the list.
    pub category: Category,
}

/// What a list of officers may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only these units; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only this category.
    pub category: Option<Category>,
    /// Only this badge number.
    pub badge_no: Option<String>,
    /// Name or badge number contains this.
    pub text: Option<String>,
    /// Only badge numbers after this one.
    pub after: Option<String>,
}

/// Officers by badge number, with unit and category on a date.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, on: NaiveDate, limit: i64) -> Result<Vec<Listed>, Error> {
    match &filter.units {
        Some(units) if units.is_empty() => Ok(Vec::new()),
        Some(units) => of_units(connection, units, filter, on, limit),
        None => of_all(connection, filter, on, limit),
    }
}

/// The people of some units: found by their units, then sorted.
fn of_units(
    connection: &mut Conn,
    units: &[UnitId],
    filter: &Filter,
    on: NaiveDate,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let mut query = officers::table
        .inner_join(officer_units::table)
        .inner_join(officer_categories::table)
        .filter(officer_units::unit_id.eq_any(units))
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(on))
        .filter(officer_units::until_on.gt(on))
        .filter(officer_categories::superseded_at.is_null())
        .filter(officer_categories::effective_on.le(on))
        .filter(officer_categories::until_on.gt(on))
        .select((Officer::as_select(), officer_units::unit_id, officer_categories::category))
        // The first key is the same for all: it keeps PostgreSQL from reading everybody in the order of badges.
        .order((officers::id.is_null(), officers::badge_no))
        .limit(limit)
        .into_boxed();
    if let Some(category) = filter.category {
        query = query.filter(officer_categories::category.eq(category));
    }
    if let Some(badge_no) = &filter.badge_no {
        query = query.filter(officers::badge_no.eq(badge_no));
    }
    if let Some(text) = &filter.text {
        query = query.filter(has_text!(text));
    }
    if let Some(after) = &filter.after {
        query = query.filter(officers::badge_no.gt(after));
    }
    let rows: Vec<(Officer, UnitId, Category)> = query.load(connection)?;
    Ok(rows.into_iter().map(|(officer, unit_id, category)| Listed { officer, unit_id, category }).collect())
}

/// Everybody: read on in the order of badges until the page is full.
fn of_all(connection: &mut Conn, filter: &Filter, on: NaiveDate, limit: i64) -> Result<Vec<Listed>, Error> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let stride = limit.min(STRIDE);
    let mut after = filter.after.clone().unwrap_or_default();
    let mut found = Vec::new();
    loop {
        let mut query = officers::table
            .filter(officers::badge_no.gt(after.clone()))
            .select(Officer::as_select())
            .order(officers::badge_no)
            .limit(stride)
            .into_boxed();
        if let Some(badge_no) = &filter.badge_no {
            query = query.filter(officers::badge_no.eq(badge_no));
        }
        if let Some(text) = &filter.text {
            query = query.filter(has_text!(text));
        }
        let some: Vec<Officer> = query.load(connection)?;
        let Some(last) = some.last() else { return Ok(found) };
        let is_end = i64::try_from(some.len()).is_ok_and(|read| read < stride);
        after.clone_from(&last.badge_no);
        let ids: Vec<OfficerId> = some.iter().map(|officer| officer.id).collect();
        let units: HashMap<OfficerId, UnitId> = units_on(connection, &ids, on)?.into_iter().collect();
        let categories: HashMap<OfficerId, Category> = categories_on(connection, &ids, on)?.into_iter().collect();
        found.extend(some.into_iter().filter_map(|officer| {
            let (unit_id, category) = (*units.get(&officer.id)?, *categories.get(&officer.id)?);
            let is_asked = filter.category.is_none_or(|asked| asked == category);
            is_asked.then_some(Listed { officer, unit_id, category })
        }));
        if found.len() >= wanted || is_end {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

diesel::define_sql_function! {
    /// The text in small letters.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A text in which the wildcards of LIKE stand for themselves.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
