//! Rows of a roster, applied.

use std::collections::HashSet;
use std::io::{Read, Seek};

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::{Records, not_yours, read, rejection, unit_codes};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error};
use crate::app::import::{self, Expectation, Format, ImportCode, ImportedDate, Limits, OfficerRow, Report};
use crate::app::leave::conflicts::{self, Cause};
use crate::app::officers::KEEPERS;
use crate::app::reach::{self, Reach};
use crate::rules::terms::{OfficerId, RowId, ServiceKind, UnitId};
use crate::store::officers::{Filter, Linking, Officer};
use crate::store::service_periods::{Origin, ServicePeriod};
use crate::store::{self, Conn, Tx};

/// Headers of the columns that refusals made here are about.
const BADGE: &str = "警号";
const SPOUSE: &str = "配偶警号";

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    Created,
    Changed,
    Unchanged,
    NotYours,
    /// Has left the roll, and the row says another unit or category.
    Separated,
}

/// The officer of a row, and what became of it.
#[derive(Debug, Clone, Copy)]
struct Placed {
    id: OfficerId,
    applied: Applied,
}

fn subject(id: OfficerId) -> Subject {
    Subject { kind: "officer", id: id.0, officer_id: Some(id) }
}

/// Badge numbers of the officers within reach.
fn badges(connection: &mut Conn, ctx: &Ctx, reach: &Reach) -> Result<HashSet<String>, Error> {
    let Some(units) = reach.units() else { return Ok(store::officers::badges(connection)?.into_iter().collect()) };
    let filter = Filter { units: Some(units), ..Filter::default() };
    let reached = store::officers::list(connection, &filter, ctx.moment.today(), i64::MAX)?;
    Ok(reached.into_iter().map(|listed| listed.officer.badge_no).collect())
}

/// Imports officers in a transaction that the caller takes back when the report has refusals.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn officers<R: Read + Seek>(
    tx: &mut Tx,
    ctx: &Ctx,
    mut reader: R,
    format: Format,
    limits: &Limits,
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let reach = reach::of(tx.reading(), ctx, KEEPERS)?;
    let records = Records { units: unit_codes(tx.reading(), &reach)?, badges: badges(tx.reading(), ctx, &reach)? };
    let today = ctx.moment.today();
    let (rows, mut report) = read(import::officers(&mut reader, format, limits, today, &records));
    if !report.rejected.is_empty() {
        return Ok(report);
    }
    let mut placed = Vec::with_capacity(rows.len());
    for row in &rows {
        placed.push(apply_officer(tx, ctx, &reach, &records, row)?);
    }
    let mut relinked = HashSet::new();
    for (row, place) in rows.iter().zip(&placed) {
        if let Some(spouse) = row.spouse_badge_no.as_ref().filter(|_| place.applied != Applied::NotYours) {
            relinked.extend(link(tx, ctx, row.line, place.id, spouse, &mut report)?);
        }
    }
    for (row, place) in rows.iter().zip(&placed) {
        match place.applied {
            Applied::Created => report.created += 1,
            Applied::Changed => report.updated += 1,
            Applied::Unchanged if relinked.contains(&place.id) => report.updated += 1,
            Applied::Unchanged => report.unchanged += 1,
            Applied::NotYours => report.rejected.push(not_yours(row.line, BADGE, &row.badge_no)),
            Applied::Separated => {
                let code = ImportCode::OfficerSeparated;
                report.rejected.push(rejection(row.line, BADGE, code, &row.badge_no, Expectation::AsOnLeaving));
            }
        }
    }
    report.rejected.sort_by_key(|refused| refused.row);
    Ok(report)
}

/// A month-only date that agrees with a stored exact one in year and month changes nothing.
fn merged(stored: Option<NaiveDate>, read: Option<ImportedDate>) -> Option<NaiveDate> {
    match (stored, read) {
        (stored, None) => stored,
        (Some(stored), Some(read))
            if read.month_only && (stored.year(), stored.month()) == (read.date.year(), read.date.month()) =>
        {
            Some(stored)
        }
        (_, Some(read)) => Some(read.date),
    }
}

/// Stores one row.
fn apply_officer(tx: &mut Tx, ctx: &Ctx, reach: &Reach, records: &Records, row: &OfficerRow) -> Result<Placed, Error> {
    let unit = *records.units.get(&row.unit_code).ok_or(Error::Code(Code::NotFound))?;
    let after = || json!({"badge_no": row.badge_no, "name": row.name, "unit_id": unit, "category": row.category});
    let Some(found) = store::officers::find_by_badge(tx.reading(), &row.badge_no)? else {
        let officer = Officer {
            id: OfficerId(ctx.moment.new_id()),
            badge_no: row.badge_no.clone(),
            name: row.name.clone(),
            sex: row.sex,
            born_on: row.born_on.map(|date| date.date),
            post: row.post.clone(),
            rank: row.rank.clone(),
            joined_on: row.joined_on.map(|date| date.date),
            shift_worker: false,
            version: 1,
            created_at: ctx.moment.stamp(),
        };
        store::officers::insert(tx, &officer, unit, row.category, &ctx.moment)?;
        if let Some(from) = row.service_from {
            add_period(tx, ctx, officer.id, from.date)?;
        }
        ctx.audit(tx, "officer.imported", subject(officer.id), None, Some(after()))?;
        return Ok(Placed { id: officer.id, applied: Applied::Created });
    };
    let found = store::officers::lock(tx, found.id)?;
    let held = store::officers::unit_on(tx.reading(), found.id, ctx.moment.today())?;
    if !reach.contains(held) {
        // An officer of a unit out of reach: a transfer into the caller's units is for whoever reaches both.
        return Ok(Placed { id: found.id, applied: Applied::NotYours });
    }
    let applied = update_officer(tx, ctx, &found, row, unit, held)?;
    if applied == Applied::Changed {
        let before = json!({"badge_no": found.badge_no, "name": found.name, "unit_id": held});
        ctx.audit(tx, "officer.imported", subject(found.id), Some(before), Some(after()))?;
    }
    Ok(Placed { id: found.id, applied })
}

/// Brings a stored officer to what the row says.
fn update_officer(
    tx: &mut Tx,
    ctx: &Ctx,
    found: &Officer,
    row: &OfficerRow,
    unit: UnitId,
    held: UnitId,
) -> Result<Applied, Error> {
    let today = ctx.moment.today();
    let changed = Officer {
        name: row.name.clone(),
        sex: row.sex,
        born_on: merged(found.born_on, row.born_on),
        joined_on: merged(found.joined_on, row.joined_on),
        post: row.post.clone().or_else(|| found.post.clone()),
        rank: row.rank.clone().or_else(|| found.rank.clone()),
        ..found.clone()
    };
    let categories = store::officers::categories(tx.reading(), found.id)?;
    let category = categories
        .iter()
        .find(|period| period.effective_on <= today && today < period.until_on)
        .map(|period| period.value);
    let period = period_change(tx, found.id, row)?;
    let differs = changed != *found || held != unit || category != Some(row.category) || period != Change::None;
    if !differs {
        return Ok(Applied::Unchanged);
    }
    if reach::is_own(tx.reading(), ctx, found.id)? {
        return Ok(Applied::NotYours);
    }
    let moves = held != unit || category != Some(row.category);
    if moves && store::officers::separation(tx.reading(), found.id)?.is_some_and(|gone| gone.left_on < today) {
        return Ok(Applied::Separated);
    }
    store::officers::update(tx, &changed)?;
    store::officers::set_unit(tx, found.id, today, unit, &ctx.moment)?;
    store::officers::set_category(tx, found.id, today, row.category, &ctx.moment)?;
    match period {
        Change::None => {}
        Change::Add(from) => add_period(tx, ctx, found.id, from)?,
        Change::Replace(old, from) => {
            store::service_periods::supersede(tx, &[old], &ctx.moment)?;
            add_period(tx, ctx, found.id, from)?;
        }
    }
    // What no longer fits is listed, as when a person enters the change.
    if period != Change::None || changed.joined_on != found.joined_on {
        conflicts::reassess(tx, ctx, found.id, NaiveDate::MIN, &Cause::Service)?;
    }
    if category != Some(row.category) {
        conflicts::reassess(tx, ctx, found.id, today, &Cause::Category { from: today })?;
    } else if held != unit {
        conflicts::reassess(tx, ctx, found.id, today, &Cause::Transfer { from: today })?;
    }
    Ok(Applied::Changed)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Add(NaiveDate),
    Replace(RowId, NaiveDate),
}

/// Only the period that an import made is changed; periods that a person entered are theirs to change.
fn period_change(tx: &mut Tx, officer: OfficerId, row: &OfficerRow) -> Result<Change, Error> {
    let Some(read) = row.service_from else { return Ok(Change::None) };
    let periods = store::service_periods::of(tx.reading(), officer)?;
    Ok(match periods.iter().find(|period| period.origin == Origin::Imported) {
        Some(period) if merged(Some(period.from_on), Some(read)) == Some(period.from_on) => Change::None,
        Some(period) => Change::Replace(period.id, read.date),
        None if periods.is_empty() => Change::Add(read.date),
        None => Change::None,
    })
}

fn add_period(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, from: NaiveDate) -> Result<(), Error> {
    let period = ServicePeriod {
        id: RowId(ctx.moment.new_id()),
        officer_id: officer,
        from_on: from,
        to_on: None,
        kind: ServiceKind::Employment,
        origin: Origin::Imported,
        recorded_at: ctx.moment.stamp(),
    };
    Ok(store::service_periods::insert(tx, &[period])?)
}

/// Links two spouses and gives those whose link is new. Somebody who is linked to another already is a refusal, not a
/// silent divorce; and nobody writes a link of their own.
fn link(
    tx: &mut Tx,
    ctx: &Ctx,
    line: u32,
    officer: OfficerId,
    spouse: &str,
    report: &mut Report,
) -> Result<Vec<OfficerId>, Error> {
    let Some(other) = store::officers::find_by_badge(tx.reading(), spouse)? else { return Ok(Vec::new()) };
    let theirs = store::officers::spouse(tx.reading(), other.id)?;
    if theirs == Some(officer) {
        return Ok(Vec::new());
    }
    if theirs.is_some() {
        let refused = rejection(line, SPOUSE, ImportCode::SpouseNotMutual, spouse, Expectation::MutualSpouse);
        report.rejected.push(refused);
        return Ok(Vec::new());
    }
    if reach::is_own(tx.reading(), ctx, officer)? || reach::is_own(tx.reading(), ctx, other.id)? {
        report.rejected.push(not_yours(line, SPOUSE, spouse));
        return Ok(Vec::new());
    }
    let before = store::officers::spouse(tx.reading(), officer)?;
    if store::officers::set_spouse(tx, officer, Some(other.id), &ctx.moment)? == Linking::Unchanged {
        return Ok(Vec::new());
    }
    store::officers::bump(tx, officer)?;
    let (old, new) = (json!({"spouse_officer_id": before}), json!({"spouse_officer_id": other.id}));
    ctx.audit(tx, "officer.imported", subject(officer), Some(old), Some(new))?;
    Ok(vec![officer, other.id])
}
