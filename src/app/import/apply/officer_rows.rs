//! Rows of a roster, applied: a chunk of rows costs a handful of statements, whatever its size.

use std::collections::HashMap;
use std::io::{Read, Seek};

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::{CHUNK, Records, not_yours, read, rejection, spouse_links, unit_codes};
use crate::app::ctx::{Ctx, Subject};
use crate::app::duty::transfers;
use crate::app::error::{Code, Error};
use crate::app::import::{self, Expectation, Format, ImportCode, ImportedDate, Limits, OfficerRow, Progress, Report};
use crate::app::leave::conflicts::{self, Cause};
use crate::app::officers::KEEPERS;
use crate::app::reach::{self, Reach};
use crate::app::watch;
use crate::rules::terms::{Category, OfficerId, RowId, ServiceKind, UnitId};
use crate::store::dated::Period;
use crate::store::officers::Officer;
use crate::store::roster::Newcomer;
use crate::store::service_periods::{Origin, ServicePeriod};
use crate::store::{self, Tx};

/// Header of the column that refusals made here are about.
const BADGE: &str = "警号";

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    Created,
    Changed,
    Unchanged,
    NotYours,
    /// Has left the roll, and the row says another unit or category.
    Separated,
}

/// The officer of a row, and what became of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) id: OfficerId,
    pub(super) applied: Applied,
}

pub(super) fn subject(id: OfficerId) -> Subject {
    Subject { kind: "officer", id: id.0, officer_id: Some(id) }
}

/// Imports officers in a transaction that the caller takes back when the report has refusals; `heard` is told how far
/// it has come.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn officers<R: Read + Seek>(
    tx: &mut Tx,
    ctx: &Ctx,
    mut reader: R,
    format: Format,
    limits: &Limits,
    heard: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let reach = reach::of(tx.reading(), ctx, KEEPERS)?;
    let units = unit_codes(tx.reading(), &reach)?;
    let today = ctx.moment.today();
    let records = Records::new(tx.reading(), &units, &reach, today);
    let checked = import::officers(&mut reader, format, limits, today, &records);
    let (rows, mut report) = read(records.done(checked)?);
    heard(Progress::Read(rows.len()));
    if !report.rejected.is_empty() {
        return Ok(report);
    }
    let mut placed = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        place(tx, ctx, &reach, &units, chunk, &mut placed)?;
        heard(Progress::Stored(placed.len(), rows.len()));
    }
    let relinked = spouse_links::link(tx, ctx, &rows, &placed, &mut report)?;
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

/// What is stored of the officers of a chunk.
struct Stored {
    officers: HashMap<String, Officer>,
    units: HashMap<OfficerId, UnitId>,
    categories: HashMap<OfficerId, Vec<Period<Category>>>,
    services: HashMap<OfficerId, Vec<ServicePeriod>>,
}

impl Stored {
    /// Reads it, under lock.
    fn of(tx: &mut Tx, ctx: &Ctx, rows: &[OfficerRow]) -> Result<Self, Error> {
        let badges: Vec<&str> = rows.iter().map(|row| row.badge_no.as_str()).collect();
        let mut officers = store::roster::find_by_badges(tx.reading(), &badges)?;
        let mut ids: Vec<OfficerId> = officers.values().map(|officer| officer.id).collect();
        ids.sort_unstable();
        if !ids.is_empty() {
            store::roster::lock(tx, &ids)?;
            // Read again under the lock.
            officers = store::roster::find_by_badges(tx.reading(), &badges)?;
        }
        let connection = tx.reading();
        Ok(Self {
            officers,
            units: store::officers::units_on(connection, &ids, ctx.moment.today())?.into_iter().collect(),
            categories: store::roster::categories(connection, &ids)?,
            services: store::roster::service_periods(connection, &ids)?,
        })
    }
}

/// Stores a chunk of rows.
fn place(
    tx: &mut Tx,
    ctx: &Ctx,
    reach: &Reach,
    units: &HashMap<String, UnitId>,
    rows: &[OfficerRow],
    placed: &mut Vec<Placed>,
) -> Result<(), Error> {
    let stored = Stored::of(tx, ctx, rows)?;
    let mut newcomers = Vec::new();
    let mut entries = Vec::new();
    for row in rows {
        let unit = *units.get(&row.unit_code).ok_or(Error::Code(Code::NotFound))?;
        let after = json!({"badge_no": row.badge_no, "name": row.name, "unit_id": unit, "category": row.category});
        let Some(found) = stored.officers.get(&row.badge_no) else {
            let newcomer = newcomer(ctx, row, unit);
            let id = newcomer.officer.id;
            newcomers.push(newcomer);
            entries.push(ctx.entry("officer.imported", subject(id), None, Some(after)));
            placed.push(Placed { id, applied: Applied::Created });
            continue;
        };
        let held = *stored.units.get(&found.id).ok_or(Error::Code(Code::NotFound))?;
        let applied = if reach.contains(held) {
            update_officer(tx, ctx, &stored, found, row, unit, held)?
        } else {
            // An officer of a unit out of reach: a transfer into the caller's units is for whoever reaches both.
            Applied::NotYours
        };
        if applied == Applied::Changed {
            let before = json!({"badge_no": found.badge_no, "name": found.name, "unit_id": held});
            entries.push(ctx.entry("officer.imported", subject(found.id), Some(before), Some(after)));
        }
        placed.push(Placed { id: found.id, applied });
    }
    store::roster::insert(tx, &newcomers, &ctx.moment)?;
    Ok(store::audit::append_many(tx, &entries, &ctx.moment)?)
}

/// Somebody whom the records do not know.
fn newcomer(ctx: &Ctx, row: &OfficerRow, unit: UnitId) -> Newcomer {
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
    let service = row.service_from.map(|from| period(ctx, officer.id, from.date));
    Newcomer { officer, unit_id: unit, category: row.category, service }
}

/// Brings a stored officer to what the row says.
fn update_officer(
    tx: &mut Tx,
    ctx: &Ctx,
    stored: &Stored,
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
    let category = stored
        .categories
        .get(&found.id)
        .and_then(|periods| periods.iter().find(|period| period.effective_on <= today && today < period.until_on))
        .map(|period| period.value);
    let period_change = period_change(stored.services.get(&found.id).map_or(&[][..], Vec::as_slice), row);
    let differs = changed != *found || held != unit || category != Some(row.category) || period_change != Change::None;
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
    if held != unit {
        transfers::place(tx, ctx, found.id, unit, today)?;
    }
    store::officers::set_category(tx, found.id, today, row.category, &ctx.moment)?;
    match period_change {
        Change::None => {}
        Change::Add(from) => store::service_periods::insert(tx, &[period(ctx, found.id, from)])?,
        Change::Replace(old, from) => {
            store::service_periods::supersede(tx, &[old], &ctx.moment)?;
            store::service_periods::insert(tx, &[period(ctx, found.id, from)])?;
        }
    }
    // What no longer fits is listed, as when a person enters the change.
    if period_change != Change::None || changed.joined_on != found.joined_on {
        conflicts::reassess(tx, ctx, found.id, NaiveDate::MIN, &Cause::Service)?;
    }
    if category != Some(row.category) {
        conflicts::reassess(tx, ctx, found.id, today, &Cause::Category { from: today })?;
    } else if held != unit {
        conflicts::reassess(tx, ctx, found.id, today, &Cause::Transfer { from: today })?;
    }
    if moves || changed.joined_on != found.joined_on {
        watch::after_row(tx, ctx, found.id)?;
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
fn period_change(periods: &[ServicePeriod], row: &OfficerRow) -> Change {
    let Some(read) = row.service_from else { return Change::None };
    match periods.iter().find(|period| period.origin == Origin::Imported) {
        Some(period) if merged(Some(period.from_on), Some(read)) == Some(period.from_on) => Change::None,
        Some(period) => Change::Replace(period.id, read.date),
        None if periods.is_empty() => Change::Add(read.date),
        None => Change::None,
    }
}

fn period(ctx: &Ctx, officer: OfficerId, from: NaiveDate) -> ServicePeriod {
    ServicePeriod {
        id: RowId(ctx.moment.new_id()),
        officer_id: officer,
        from_on: from,
        to_on: None,
        kind: ServiceKind::Employment,
        origin: Origin::Imported,
        recorded_at: ctx.moment.stamp(),
    }
}
