//! Units: the tree, its heads and its history.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::ctx::{Ctx, Expected, Expects, Subject};
use super::error::{Code, Error, FieldError};
use super::leave::conflicts::{self, Cause};
use super::reach;
use super::watch;
use crate::rules::terms::{OfficerId, Role, UnitId, UnitKind};
use crate::store::units::{Place, Unit};
use crate::store::{self, Conn, Tx};

pub use crate::store::dated::SINCE_EVER;
pub use crate::store::units::{Heads, open_ended};

/// Who changes units.
pub const KEEPERS: &[Role] = &[Role::Admin, Role::Hr];
/// Most deputies of one unit.
const DEPUTIES_MAX: usize = 20;

/// A new unit.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// Name.
    pub name: String,
    /// Code, unique.
    pub code: String,
    /// Kind.
    pub kind: UnitKind,
    /// Parent; `None` for a root.
    pub parent_id: Option<UnitId>,
}

/// What changes of a unit; `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Another code.
    pub code: Option<String>,
    /// Another kind.
    pub kind: Option<UnitKind>,
}

/// A unit as it is shown on a date.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub unit: Unit,
    /// Its parent on the date.
    pub parent_id: Option<UnitId>,
    /// Its head and deputies on the date.
    pub heads: Heads,
    /// Its places over time, where one unit is shown.
    pub places: Vec<Place>,
}

fn subject(id: UnitId) -> Subject {
    Subject { kind: "unit", id: id.0, officer_id: None }
}

fn described(unit: &Unit) -> serde_json::Value {
    json!({"code": unit.code, "name": unit.name, "kind": unit.kind})
}

/// Checks a text of a field: not empty, not longer than `most` characters, no control characters.
pub(super) fn checked_text(pointer: &str, text: &str, most: usize) -> Result<(), FieldError> {
    if text.trim().is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        return Err(FieldError::new(pointer, Code::InvalidValue).expected(format!("1–{most}")));
    }
    if text.chars().count() > most {
        return Err(FieldError::new(pointer, Code::TooLong).expected(format!("1–{most}")));
    }
    Ok(())
}

/// Earliest year of any date that is entered.
const YEAR_MIN: i32 = 1900;
/// Dates are entered at most so many years ahead.
const YEARS_AHEAD: i32 = 100;

/// Checks that a date lies within what a roll can mean.
pub(super) fn checked_date(pointer: &str, date: NaiveDate, today: NaiveDate) -> Result<(), FieldError> {
    if (YEAR_MIN..=today.year() + YEARS_AHEAD).contains(&date.year()) {
        return Ok(());
    }
    let expected = format!("{YEAR_MIN}–{}", today.year() + YEARS_AHEAD);
    Err(FieldError::new(pointer, Code::InvalidValue).read(date.to_string()).expected(expected))
}

/// One unit, as everybody who is signed in may see it.
///
/// # Errors
/// [`Code::NotFound`].
pub fn get(connection: &mut Conn, ctx: &Ctx, id: UnitId) -> Result<Shown, Error> {
    let unit = store::units::find(connection, id)?.ok_or(Code::NotFound)?;
    let today = ctx.moment.today();
    let mut heads = store::units::heads(connection, &[id], today)?;
    let places = store::units::places(connection, id)?;
    let parent_id = places
        .iter()
        .find(|place| place.effective_on <= today && today < place.until_on)
        .and_then(|place| place.parent);
    Ok(Shown { unit, parent_id, heads: heads.remove(&id).unwrap_or_default(), places })
}

/// The unit of a code.
///
/// # Errors
/// When the database does not answer.
pub fn by_code(connection: &mut Conn, code: &str) -> Result<Option<UnitId>, Error> {
    Ok(store::units::find_by_code(connection, code)?.map(|unit| unit.id))
}

/// Whether a unit exists.
///
/// # Errors
/// [`Code::NotFound`].
pub fn check_known(connection: &mut Conn, id: UnitId) -> Result<(), Error> {
    store::units::find(connection, id)?.map(drop).ok_or_else(|| Code::NotFound.into())
}

/// Units by code, after a code, one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    parent: Option<UnitId>,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Shown>, Error> {
    let today = ctx.moment.today();
    let tree = store::units::tree(connection, today)?;
    let units: Vec<Unit> = store::units::all(connection)?
        .into_iter()
        .filter(|unit| after.is_none_or(|after| unit.code.as_str() > after))
        .filter(|unit| parent.is_none() || tree.parent(unit.id) == parent)
        .take(limit + 1)
        .collect();
    let ids: Vec<_> = units.iter().map(|unit| unit.id).collect();
    let mut heads: HashMap<UnitId, Heads> = store::units::heads(connection, &ids, today)?;
    Ok(units
        .into_iter()
        .map(|unit| Shown {
            parent_id: tree.parent(unit.id),
            heads: heads.remove(&unit.id).unwrap_or_default(),
            places: Vec::new(),
            unit,
        })
        .collect())
}

/// Creates a unit; a root only with a grant on the whole force.
///
/// # Errors
/// Refused fields; [`Code::Forbidden`] outside the caller's reach.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewUnit) -> Result<Shown, Error> {
    checked_text("/name", &new.name, 100)?;
    checked_text("/code", &new.code, 32)?;
    check_parent(tx.reading(), ctx, new.parent_id)?;
    let unit = Unit {
        id: UnitId(ctx.moment.new_id()),
        code: new.code.clone(),
        name: new.name.clone(),
        kind: new.kind,
        version: 1,
        created_at: ctx.moment.stamp(),
    };
    store::units::insert(tx, &unit, new.parent_id, &ctx.moment)?;
    ctx.audit(tx, "unit.created", subject(unit.id), None, Some(described(&unit)))?;
    get(tx.reading(), ctx, unit.id)
}

/// A parent must exist and be reached; no parent needs the whole force.
///
/// # Errors
/// [`Code::NotFound`], or [`Code::Forbidden`] outside the caller's reach.
pub fn check_parent(connection: &mut Conn, ctx: &Ctx, parent: Option<UnitId>) -> Result<(), Error> {
    match parent {
        None if ctx.caller.holds_force_wide(KEEPERS) => Ok(()),
        None => Err(Code::Forbidden.into()),
        Some(parent) => {
            if store::units::find(connection, parent)?.is_none() {
                return Err(Code::NotFound.into());
            }
            if reach::reaches(connection, ctx, KEEPERS, parent)? { Ok(()) } else { Err(Code::Forbidden.into()) }
        }
    }
}

/// A unit that the caller may change, locked.
fn theirs(tx: &mut Tx, ctx: &Ctx, id: UnitId) -> Result<Unit, Error> {
    let unit = store::units::lock(tx, id)?;
    if reach::reaches(tx.reading(), ctx, KEEPERS, id)? { Ok(unit) } else { Err(Code::Forbidden.into()) }
}

/// Changes name, code or kind.
///
/// # Errors
/// [`Code::Stale`] when the version is not the one the caller expects; refused fields.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: UnitId, expects: Expects<'_>, changes: &Changes) -> Result<Shown, Error> {
    let unit = theirs(tx, ctx, id)?;
    expects(unit.version)?;
    let mut changed = unit.clone();
    if let Some(name) = &changes.name {
        checked_text("/name", name, 100)?;
        changed.name.clone_from(name);
    }
    if let Some(code) = &changes.code {
        checked_text("/code", code, 32)?;
        changed.code.clone_from(code);
    }
    changed.kind = changes.kind.unwrap_or(changed.kind);
    store::units::update(tx, &changed)?;
    ctx.audit(tx, "unit.changed", subject(id), Some(described(&unit)), Some(described(&changed)))?;
    get(tx.reading(), ctx, id)
}

/// Moves a unit under another parent from a date on; its history stays.
///
/// # Errors
/// [`Code::UnitCycle`] when it would become its own ancestor, then or by a move already entered for later.
pub fn relocate(tx: &mut Tx, ctx: &Ctx, id: UnitId, parent: Option<UnitId>, on: NaiveDate) -> Result<Shown, Error> {
    // People before units (RULINGS 62): those who are looked at again.
    watch::hold_unit_since(tx, ctx, id, on)?;
    // Every other unit of the way is locked in id order, so that two moves at once cannot close a circle.
    for unit in ids_in_order(tx.reading(), id, parent)? {
        store::units::lock(tx, unit)?;
    }
    theirs(tx, ctx, id)?;
    check_parent(tx.reading(), ctx, parent)?;
    checked_date("/effective_on", on, ctx.moment.today())?;
    if parent == Some(id) {
        return Err(Code::UnitCycle.into());
    }
    let before = get(tx.reading(), ctx, id)?;
    store::units::place(tx, id, on, parent, &ctx.moment)?;
    if !is_acyclic(tx.reading(), id, on)? {
        return Err(Code::UnitCycle.into());
    }
    store::units::bump(tx, id)?;
    if ctx.statutes.knows_units() {
        // Law made for the units above binds other people from that date on.
        conflicts::reassess_scope(tx, ctx, Some(id), None, on, &Cause::Transfer { from: on })?;
    }
    watch::after_unit_since(tx, ctx, id, on)?;
    ctx.audit(
        tx,
        "unit.moved",
        subject(id),
        Some(json!({"parent_id": before.parent_id})),
        Some(json!({"parent_id": parent, "effective_on": on})),
    )?;
    get(tx.reading(), ctx, id)
}

/// All units: a move is rare, and only a lock on the whole tree keeps two of them from closing a circle.
fn ids_in_order(connection: &mut Conn, id: UnitId, parent: Option<UnitId>) -> Result<Vec<UnitId>, Error> {
    let mut ids: Vec<UnitId> = store::units::all(connection)?.into_iter().map(|unit| unit.id).collect();
    ids.sort_unstable();
    let known = |wanted: UnitId| ids.binary_search(&wanted).is_ok();
    if known(id) && parent.is_none_or(known) { Ok(ids) } else { Err(Code::NotFound.into()) }
}

/// Whether a unit stays out of its own line of ancestors from a date on. The tree may change again at each date on which a place of any unit on the way begins: each is looked at.
pub(super) fn is_acyclic(connection: &mut Conn, moved: UnitId, from: NaiveDate) -> Result<bool, Error> {
    let mut dates = vec![from];
    for unit in store::units::all(connection)? {
        dates.extend(
            store::units::places(connection, unit.id)?.iter().map(|place| place.effective_on).filter(|on| *on > from),
        );
    }
    dates.sort_unstable();
    dates.dedup();
    for on in dates {
        let tree = store::units::tree(connection, on)?;
        let mut at = tree.parent(moved);
        let mut seen = Vec::new();
        while let Some(unit) = at {
            if unit == moved {
                return Ok(false);
            }
            if seen.contains(&unit) {
                break;
            }
            seen.push(unit);
            at = tree.parent(unit);
        }
    }
    Ok(true)
}

/// Sets head and deputies from a date on.
///
/// # Errors
/// [`Code::Stale`] when the version is not the one the caller expects, or there are heads where none are expected; refused fields when somebody is unknown or named twice.
pub fn set_heads(
    tx: &mut Tx,
    ctx: &Ctx,
    id: UnitId,
    expected: &Expected<'_>,
    heads: &Heads,
    on: NaiveDate,
) -> Result<Shown, Error> {
    let unit = theirs(tx, ctx, id)?;
    match expected {
        Expected::There(expects) => expects(unit.version)?,
        Expected::Absent if store::units::has_heads(tx.reading(), id)? => return Err(Code::Stale.into()),
        Expected::Absent => {}
    }
    checked_date("/effective_on", on, ctx.moment.today())?;
    let heads = checked_heads(tx.reading(), heads)?;
    let before = get(tx.reading(), ctx, id)?;
    store::units::set_heads(tx, id, on, &heads, &ctx.moment)?;
    store::units::bump(tx, id)?;
    let described = |heads: &Heads| json!({"head_officer_id": heads.head, "deputy_officer_ids": heads.deputies});
    let mut after = described(&heads);
    if let Some(after) = after.as_object_mut() {
        after.insert("effective_on".to_owned(), json!(on));
    }
    ctx.audit(tx, "unit.heads_set", subject(id), Some(described(&before.heads)), Some(after))?;
    get(tx.reading(), ctx, id)
}

fn checked_heads(connection: &mut Conn, heads: &Heads) -> Result<Heads, Error> {
    if heads.deputies.len() > DEPUTIES_MAX {
        return Err(FieldError::new("/deputy_officer_ids", Code::TooLong).expected(format!("≤ {DEPUTIES_MAX}")).into());
    }
    let named: Vec<(String, OfficerId)> = heads
        .head
        .iter()
        .map(|head| ("/head_officer_id".to_owned(), *head))
        .chain(heads.deputies.iter().enumerate().map(|(at, deputy)| (format!("/deputy_officer_ids/{at}"), *deputy)))
        .collect();
    let ids: Vec<OfficerId> = named.iter().map(|(_, officer)| *officer).collect();
    let known: Vec<OfficerId> =
        store::officers::find_many(connection, &ids)?.into_iter().map(|officer| officer.id).collect();
    for (at, (pointer, officer)) in named.iter().enumerate() {
        if !known.contains(officer) {
            return Err(Code::NotFound.into());
        }
        if ids.iter().position(|other| other == officer) != Some(at) {
            return Err(FieldError::new(pointer, Code::InvalidValue).into());
        }
    }
    let mut deputies = heads.deputies.clone();
    deputies.sort_unstable();
    Ok(Heads { head: heads.head, deputies })
}
