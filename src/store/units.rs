//! Units: rows, the dated tree, heads and deputies.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::dated::{self, Edit, FOR_EVER, Period};
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, lock_row, on_both};
use super::schema::{unit_deputies, unit_heads, unit_parents, units};
use crate::clock::Moment;
use crate::rules::terms::{OfficerId, RowId, UnitId, UnitKind};

/// One unit as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = units)]
pub struct Unit {
    /// Id.
    pub id: UnitId,
    /// Code of the unit (单位代码), unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: UnitKind,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

/// Who heads a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads {
    /// The head, if there is one.
    pub head: Option<OfficerId>,
    /// The deputies, in id order.
    pub deputies: Vec<OfficerId>,
}

/// The tree on one date: who stands under whom.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    parents: HashMap<UnitId, Option<UnitId>>,
}

impl Tree {
    /// The unit and everything above it, nearest first.
    #[must_use]
    pub fn upward(&self, unit: UnitId) -> Vec<UnitId> {
        let mut chain = vec![unit];
        let mut at = unit;
        while let Some(Some(parent)) = self.parents.get(&at) {
            // A cycle cannot be stored; if a hand made one all the same, the walk still ends.
            if chain.contains(parent) {
                break;
            }
            chain.push(*parent);
            at = *parent;
        }
        chain
    }

    /// The units and everything under them.
    #[must_use]
    pub fn under(&self, roots: &[UnitId]) -> HashSet<UnitId> {
        let mut children: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
        for (unit, parent) in &self.parents {
            if let Some(parent) = parent {
                children.entry(*parent).or_default().push(*unit);
            }
        }
        let mut reached = HashSet::new();
        let mut waiting = roots.to_vec();
        while let Some(unit) = waiting.pop() {
            if reached.insert(unit) {
                waiting.extend(children.get(&unit).into_iter().flatten());
            }
        }
        reached
    }

    /// The parent of a unit; `None` for a root.
    #[must_use]
    pub fn parent(&self, unit: UnitId) -> Option<UnitId> {
        self.parents.get(&unit).copied().flatten()
    }
}

/// Finds a unit.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: UnitId) -> Result<Option<Unit>, Error> {
    Ok(units::table.find(id).select(Unit::as_select()).get_result(connection).optional()?)
}

/// Finds a unit by its code.
///
/// # Errors
/// When the database does not answer.
pub fn find_by_code(connection: &mut Conn, code: &str) -> Result<Option<Unit>, Error> {
    Ok(units::table.filter(units::code.eq(code)).select(Unit::as_select()).get_result(connection).optional()?)
}

/// Every unit, by code. Units are few (hundreds), unlike officers.
///
/// # Errors
/// When the database does not answer.
pub fn all(connection: &mut Conn) -> Result<Vec<Unit>, Error> {
    Ok(units::table.order(units::code).select(Unit::as_select()).load(connection)?)
}

/// Locks a unit until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: UnitId) -> Result<Unit, Error> {
    let _: UnitId = lock_row!(&mut *tx.connection, units, id)?;
    Ok(units::table.find(id).select(Unit::as_select()).get_result(tx.connection)?)
}

/// Stores a new unit and its place in the tree since ever.
///
/// # Errors
/// [`super::error::Unique::UnitCode`] when the code is taken.
pub fn insert(tx: &mut Tx, unit: &Unit, parent: Option<UnitId>, moment: &Moment) -> Result<(), Error> {
    diesel::insert_into(units::table).values(unit).execute(tx.connection)?;
    place(tx, unit.id, dated::SINCE_EVER, parent, moment)
}

/// Changes name, code and kind.
///
/// # Errors
/// [`super::error::Unique::UnitCode`] when the code is taken.
pub fn update(tx: &mut Tx, unit: &Unit) -> Result<(), Error> {
    diesel::update(units::table.find(unit.id))
        .set((units::code.eq(&unit.code), units::name.eq(&unit.name), units::kind.eq(unit.kind)))
        .execute(tx.connection)?;
    bump(tx, unit.id)
}

/// Counts an edit.
///
/// # Errors
/// When the database does not answer.
pub fn bump(tx: &mut Tx, id: UnitId) -> Result<(), Error> {
    diesel::update(units::table.find(id)).set(units::version.eq(units::version + 1)).execute(tx.connection)?;
    Ok(())
}

/// The tree on a date.
///
/// # Errors
/// When the database does not answer.
pub fn tree(connection: &mut Conn, on: NaiveDate) -> Result<Tree, Error> {
    let rows: Vec<(UnitId, Option<UnitId>)> = unit_parents::table
        .filter(unit_parents::superseded_at.is_null())
        .filter(unit_parents::effective_on.le(on))
        .filter(unit_parents::until_on.gt(on))
        .select((unit_parents::unit_id, unit_parents::parent_id))
        .load(connection)?;
    Ok(Tree { parents: rows.into_iter().collect() })
}

/// A unit and everything above it on a date, nearest first; costs one small query per level.
///
/// # Errors
/// When the database does not answer.
pub fn upward(connection: &mut Conn, unit: UnitId, on: NaiveDate) -> Result<Vec<UnitId>, Error> {
    let mut chain = vec![unit];
    let mut at = unit;
    loop {
        let parent: Option<Option<UnitId>> = on_both!(&mut *connection, |one| unit_parents::table
            .filter(unit_parents::unit_id.eq(at))
            .filter(unit_parents::superseded_at.is_null())
            .filter(unit_parents::effective_on.le(on))
            .filter(unit_parents::until_on.gt(on))
            .select(unit_parents::parent_id)
            .get_result(one)
            .optional())?;
        match parent.flatten() {
            Some(parent) if !chain.contains(&parent) => {
                chain.push(parent);
                at = parent;
            }
            _ => return Ok(chain),
        }
    }
}

/// Units and everything that ever stood above them.
#[derive(Debug, Clone, Default)]
pub struct Ancestry {
    places: HashMap<UnitId, Vec<Place>>,
}

impl Ancestry {
    /// The unit and everything above it on a date, nearest first.
    #[must_use]
    pub fn upward(&self, unit: UnitId, on: NaiveDate) -> Vec<UnitId> {
        let mut chain = vec![unit];
        let mut at = Some(unit);
        while let Some(unit) = at {
            let mut places = self.places.get(&unit).into_iter().flatten();
            let place = places.rfind(|place| place.effective_on <= on && on < place.until_on);
            at = place.and_then(|place| place.parent).filter(|parent| !chain.contains(parent));
            chain.extend(at);
        }
        chain
    }

    /// The dates on which something above a unit changes, ascending.
    #[must_use]
    pub fn cuts(&self, unit: UnitId) -> Vec<NaiveDate> {
        let (mut cuts, mut seen, mut waiting) = (Vec::new(), HashSet::new(), vec![unit]);
        while let Some(unit) = waiting.pop() {
            if seen.insert(unit) {
                let places = self.places.get(&unit).into_iter().flatten();
                cuts.extend(places.clone().map(|place| place.effective_on));
                waiting.extend(places.filter_map(|place| place.parent));
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }
}

/// Units and everything that ever stood above them; costs one query per level.
///
/// # Errors
/// When the database does not answer.
pub fn ancestry(connection: &mut Conn, of: &[UnitId]) -> Result<Ancestry, Error> {
    let mut ancestry = Ancestry::default();
    let mut waiting = of.to_vec();
    while !waiting.is_empty() {
        let rows: Vec<(UnitId, Option<UnitId>, NaiveDate, NaiveDate)> =
            among!(connection, unit_parents::unit_id, waiting, |these| unit_parents::table
                .filter(these)
                .filter(unit_parents::superseded_at.is_null())
                .order(unit_parents::effective_on)
                .select((
                    unit_parents::unit_id,
                    unit_parents::parent_id,
                    unit_parents::effective_on,
                    unit_parents::until_on,
                )));
        waiting = rows.iter().filter_map(|row| row.1).collect();
        for (unit, parent, effective_on, until_on) in rows {
            ancestry.places.entry(unit).or_default().push(Place { parent, effective_on, until_on });
        }
        waiting.retain(|unit| !ancestry.places.contains_key(unit));
        waiting.sort_unstable();
        waiting.dedup();
    }
    Ok(ancestry)
}

/// One dated place of a unit in the tree, for its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The parent, `None` for a root.
    pub parent: Option<UnitId>,
    /// First date.
    pub effective_on: NaiveDate,
    /// First date after.
    pub until_on: NaiveDate,
}

/// The places of a unit over time, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn places(connection: &mut Conn, unit: UnitId) -> Result<Vec<Place>, Error> {
    Ok(place_rows(connection, unit)?
        .into_iter()
        .map(|row| Place { parent: row.value, effective_on: row.effective_on, until_on: row.until_on })
        .collect())
}

fn place_rows(connection: &mut Conn, unit: UnitId) -> Result<Vec<Period<Option<UnitId>>>, Error> {
    let rows: Vec<(RowId, Option<UnitId>, NaiveDate, NaiveDate)> = unit_parents::table
        .filter(unit_parents::unit_id.eq(unit))
        .filter(unit_parents::superseded_at.is_null())
        .order(unit_parents::effective_on)
        .select((unit_parents::id, unit_parents::parent_id, unit_parents::effective_on, unit_parents::until_on))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(id, value, effective_on, until_on)| Period { id, value, effective_on, until_on })
        .collect())
}

/// Moves a unit under another parent from a date on.
///
/// # Errors
/// When the database does not answer.
pub fn place(tx: &mut Tx, unit: UnitId, on: NaiveDate, parent: Option<UnitId>, moment: &Moment) -> Result<(), Error> {
    let Edit { superseded, inserted } = dated::set(&place_rows(tx.connection, unit)?, on, parent);
    if !superseded.is_empty() {
        diesel::update(unit_parents::table.filter(unit_parents::id.eq_any(superseded)))
            .set(unit_parents::superseded_at.eq(moment.stamp()))
            .execute(tx.connection)?;
    }
    for (parent, from, until) in inserted {
        diesel::insert_into(unit_parents::table)
            .values((
                unit_parents::id.eq(RowId(moment.new_id())),
                unit_parents::unit_id.eq(unit),
                unit_parents::parent_id.eq(parent),
                unit_parents::effective_on.eq(from),
                unit_parents::until_on.eq(until),
                unit_parents::recorded_at.eq(moment.stamp()),
            ))
            .execute(tx.connection)?;
    }
    Ok(())
}

/// Heads and deputies of units on a date.
///
/// # Errors
/// When the database does not answer.
pub fn heads(connection: &mut Conn, of: &[UnitId], on: NaiveDate) -> Result<HashMap<UnitId, Heads>, Error> {
    let rows: Vec<(RowId, UnitId, Option<OfficerId>)> =
        among!(connection, unit_heads::unit_id, of, |these| unit_heads::table
            .filter(these)
            .filter(unit_heads::superseded_at.is_null())
            .filter(unit_heads::effective_on.le(on))
            .filter(unit_heads::until_on.gt(on))
            .select((unit_heads::id, unit_heads::unit_id, unit_heads::head_officer_id)));
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<RowId> = rows.iter().map(|row| row.0).collect();
    let deputies: Vec<(RowId, OfficerId)> =
        among!(connection, unit_deputies::head_row_id, ids, |these| unit_deputies::table
            .filter(these)
            .order(unit_deputies::officer_id));
    Ok(rows
        .into_iter()
        .map(|(row, unit, head)| {
            let deputies = deputies.iter().filter(|(of, _)| *of == row).map(|(_, officer)| *officer).collect();
            (unit, Heads { head, deputies })
        })
        .collect())
}

/// Whether anybody was ever entered as head or deputy of a unit.
///
/// # Errors
/// When the database does not answer.
pub fn has_heads(connection: &mut Conn, unit: UnitId) -> Result<bool, Error> {
    Ok(!head_rows(connection, unit)?.is_empty())
}

fn head_rows(connection: &mut Conn, unit: UnitId) -> Result<Vec<Period<Heads>>, Error> {
    let rows: Vec<(RowId, Option<OfficerId>, NaiveDate, NaiveDate)> = unit_heads::table
        .filter(unit_heads::unit_id.eq(unit))
        .filter(unit_heads::superseded_at.is_null())
        .order(unit_heads::effective_on)
        .select((unit_heads::id, unit_heads::head_officer_id, unit_heads::effective_on, unit_heads::until_on))
        .load(connection)?;
    let mut periods = Vec::with_capacity(rows.len());
    for (id, head, effective_on, until_on) in rows {
        let deputies = unit_deputies::table
            .filter(unit_deputies::head_row_id.eq(id))
            .order(unit_deputies::officer_id)
            .select(unit_deputies::officer_id)
            .load(connection)?;
        periods.push(Period { id, value: Heads { head, deputies }, effective_on, until_on });
    }
    Ok(periods)
}

/// Sets head and deputies of a unit from a date on.
///
/// # Errors
/// When the database does not answer.
pub fn set_heads(tx: &mut Tx, unit: UnitId, on: NaiveDate, heads: &Heads, moment: &Moment) -> Result<(), Error> {
    let rows = head_rows(tx.connection, unit)?;
    let Edit { superseded, inserted } = dated::set(&rows, on, heads.clone());
    if !superseded.is_empty() {
        diesel::update(unit_heads::table.filter(unit_heads::id.eq_any(superseded)))
            .set(unit_heads::superseded_at.eq(moment.stamp()))
            .execute(tx.connection)?;
    }
    for (heads, from, until) in inserted {
        let id = RowId(moment.new_id());
        diesel::insert_into(unit_heads::table)
            .values((
                unit_heads::id.eq(id),
                unit_heads::unit_id.eq(unit),
                unit_heads::head_officer_id.eq(heads.head),
                unit_heads::effective_on.eq(from),
                unit_heads::until_on.eq(until),
                unit_heads::recorded_at.eq(moment.stamp()),
            ))
            .execute(tx.connection)?;
        let deputies: Vec<_> = heads
            .deputies
            .iter()
            .map(|officer| (unit_deputies::head_row_id.eq(id), unit_deputies::officer_id.eq(*officer)))
            .collect();
        on_both!(&mut *tx.connection, |one| diesel::insert_into(unit_deputies::table).values(deputies).execute(one))?;
    }
    Ok(())
}

/// Whether a row holds until further notice.
#[must_use]
pub fn open_ended(until: NaiveDate) -> bool {
    until >= FOR_EVER
}
