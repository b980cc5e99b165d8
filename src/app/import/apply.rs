//! The applying half of imports: all rows or none; a second import of the same file changes nothing (RULINGS 26–28).

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::{
    Checked, Expectation, FileError, Format, ImportCode, ImportedDate, Known, Limits, OfficerRow, Rejection, Report,
    UnitRow,
};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error};
use crate::app::officers::KEEPERS as OFFICER_KEEPERS;
use crate::app::reach::{self, Reach};
use crate::app::units::KEEPERS as UNIT_KEEPERS;
use crate::rules::terms::{OfficerId, RowId, ServiceKind, UnitId};
use crate::store::officers::Officer;
use crate::store::pool::Retry;
use crate::store::service_periods::{Origin, ServicePeriod};
use crate::store::units::Unit;
use crate::store::{self, Conn, Database, Tx};

/// Whether an import is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is stored.
    Keep,
    /// It is tried, and everything is taken back.
    DryRun,
}

/// What the database already has, as far as the caller reaches.
struct Records {
    units: HashMap<String, UnitId>,
    badges: HashSet<String>,
}

impl Known for Records {
    fn unit_exists(&self, code: &str) -> bool {
        self.units.contains_key(code)
    }
    fn officer_exists(&self, badge_no: &str) -> bool {
        self.badges.contains(badge_no)
    }
}

/// Why a transaction is taken back although nothing failed: the file has faults, or it was only a trial.
enum Undo {
    Report(Report),
    Error(Error),
}

impl From<store::Error> for Undo {
    fn from(error: store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Retry for Undo {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Error(error) if error.is_transient())
    }
}

/// Runs one import in one transaction, which is taken back when the file has faults or it was only a trial.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn run(
    database: &Database,
    mode: Mode,
    mut act: impl FnMut(&mut Tx) -> Result<Report, Error>,
) -> Result<Report, Error> {
    let outcome = database.write(|tx| {
        let report = act(tx)?;
        if mode == Mode::DryRun || !report.rejected.is_empty() { Err(Undo::Report(report)) } else { Ok(report) }
    });
    match outcome {
        Ok(report) | Err(Undo::Report(report)) => Ok(report),
        Err(Undo::Error(error)) => Err(error),
    }
}

/// A file that is no table is a report with one refusal.
fn read<T>(checked: Result<Checked<T>, FileError>) -> (Vec<T>, Report) {
    match checked {
        Ok((rows, warnings, rejected)) => (rows, Report { warnings, rejected, ..Report::default() }),
        Err(error) => (Vec::new(), Report { rejected: vec![error.rejection()], ..Report::default() }),
    }
}

fn rejection(row: u32, column: &str, code: ImportCode, read: &str, expected: Expectation) -> Rejection {
    Rejection { row, column: column.to_owned(), code, read: read.to_owned(), expected }
}

/// Units of the caller's reach by code, and every badge number of the file's officers that exists is asked for later.
fn unit_codes(connection: &mut Conn, reach: &Reach) -> Result<HashMap<String, UnitId>, Error> {
    Ok(store::units::all(connection)?
        .into_iter()
        .filter(|unit| reach.contains(unit.id))
        .map(|unit| (unit.code, unit.id))
        .collect())
}

/// Imports units in a transaction that the caller takes back when the report has refusals.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn units<R: Read + Seek>(
    tx: &mut Tx,
    ctx: &Ctx,
    mut reader: R,
    format: Format,
    limits: &Limits,
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let reach = reach::of(tx.reading(), ctx, UNIT_KEEPERS)?;
    let records = Records { units: unit_codes(tx.reading(), &reach)?, badges: HashSet::new() };
    let (rows, mut report) = read(super::units(&mut reader, format, limits, &records));
    if report.rejected.is_empty() {
        let mut known = records.units;
        for row in in_order(rows, &known) {
            apply_unit(tx, ctx, &reach, &row, &mut known, &mut report)?;
        }
    }
    Ok(report)
}

/// Parents before children, so that each finds its parent.
fn in_order(rows: Vec<UnitRow>, known: &HashMap<String, UnitId>) -> Vec<UnitRow> {
    let in_file: HashSet<String> = rows.iter().map(|row| row.code.clone()).collect();
    let mut placed: HashSet<String> = HashSet::new();
    let mut waiting = rows;
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|row| {
            row.parent_code.as_ref().is_none_or(|parent| {
                placed.contains(parent) || (!in_file.contains(parent) && known.contains_key(parent))
            })
        });
        if ready.is_empty() {
            // Cycles were refused before; whatever is left keeps its place and is refused when it finds no parent.
            ordered.extend(rest);
            return ordered;
        }
        placed.extend(ready.iter().map(|row| row.code.clone()));
        ordered.extend(ready);
        waiting = rest;
    }
    ordered
}

fn apply_unit(
    tx: &mut Tx,
    ctx: &Ctx,
    reach: &Reach,
    row: &UnitRow,
    known: &mut HashMap<String, UnitId>,
    report: &mut Report,
) -> Result<(), Error> {
    let parent = match &row.parent_code {
        None if *reach != Reach::Force => {
            report.rejected.push(rejection(
                row.line,
                "上级单位代码",
                ImportCode::ParentUnknown,
                "",
                Expectation::Parent,
            ));
            return Ok(());
        }
        None => None,
        Some(code) => Some(*known.get(code).ok_or(Error::Code(Code::NotFound))?),
    };
    let subject = |id: UnitId| Subject { kind: "unit", id: id.0, officer_id: None };
    let described = json!({"code": row.code, "name": row.name, "kind": row.kind, "parent_id": parent});
    let Some(found) = store::units::find_by_code(tx.reading(), &row.code)? else {
        let unit = Unit {
            id: UnitId(ctx.moment.new_id()),
            code: row.code.clone(),
            name: row.name.clone(),
            kind: row.kind,
            version: 1,
            created_at: ctx.moment.stamp(),
        };
        store::units::insert(tx, &unit, parent, &ctx.moment)?;
        ctx.audit(tx, "unit.imported", subject(unit.id), None, Some(described))?;
        known.insert(row.code.clone(), unit.id);
        report.created += 1;
        return Ok(());
    };
    let today = ctx.moment.today();
    let place = store::units::places(tx.reading(), found.id)?
        .into_iter()
        .find(|place| place.effective_on <= today && today < place.until_on);
    let moved = place.is_none_or(|place| place.parent != parent);
    if !moved && found.name == row.name && found.kind == row.kind {
        report.unchanged += 1;
        return Ok(());
    }
    if !reach.contains(found.id) {
        return Err(Code::Forbidden.into());
    }
    let changed = Unit { name: row.name.clone(), kind: row.kind, ..found.clone() };
    store::units::update(tx, &changed)?;
    if moved {
        store::units::place(tx, found.id, today, parent, &ctx.moment)?;
        if !crate::app::units::is_acyclic(tx.reading(), found.id, today)? {
            let read = row.parent_code.clone().unwrap_or_default();
            report.rejected.push(rejection(
                row.line,
                "上级单位代码",
                ImportCode::ParentCycle,
                &read,
                Expectation::Parent,
            ));
        }
    }
    let before = json!({"code": found.code, "name": found.name, "kind": found.kind});
    ctx.audit(tx, "unit.imported", subject(found.id), Some(before), Some(described))?;
    report.updated += 1;
    Ok(())
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
    let reach = reach::of(tx.reading(), ctx, OFFICER_KEEPERS)?;
    let records = Records {
        units: unit_codes(tx.reading(), &reach)?,
        badges: store::officers::badges(tx.reading())?.into_iter().collect(),
    };
    let today = ctx.moment.today();
    let (rows, mut report) = read(super::officers(&mut reader, format, limits, today, &records));
    if report.rejected.is_empty() {
        let mut spouses = Vec::new();
        for row in &rows {
            let id = apply_officer(tx, ctx, &reach, &records, row, &mut report)?;
            if let (Some(id), Some(spouse)) = (id, &row.spouse_badge_no) {
                spouses.push((row.line, id, spouse.clone()));
            }
        }
        for (line, officer, spouse) in spouses {
            link(tx, ctx, line, officer, &spouse, &mut report)?;
        }
    }
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

/// Stores one row; `None` when the row was refused.
fn apply_officer(
    tx: &mut Tx,
    ctx: &Ctx,
    reach: &Reach,
    records: &Records,
    row: &OfficerRow,
    report: &mut Report,
) -> Result<Option<OfficerId>, Error> {
    let unit = *records.units.get(&row.unit_code).ok_or(Error::Code(Code::NotFound))?;
    let subject = |id: OfficerId| Subject { kind: "officer", id: id.0, officer_id: Some(id) };
    let after = || json!({"badge_no": row.badge_no, "name": row.name, "unit_id": unit, "category": row.category});
    let found = if records.badges.contains(&row.badge_no) {
        store::officers::find_by_badge(tx.reading(), &row.badge_no)?
    } else {
        None
    };
    let Some(found) = found else {
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
        report.created += 1;
        return Ok(Some(officer.id));
    };
    let held = store::officers::unit_on(tx.reading(), found.id, ctx.moment.today())?;
    if !reach.contains(held) {
        // An officer of a unit out of reach: a transfer into the caller's units is for whoever reaches both.
        report.rejected.push(rejection(
            row.line,
            "单位代码",
            ImportCode::UnitUnknown,
            &row.unit_code,
            Expectation::Unit,
        ));
        return Ok(None);
    }
    if update_officer(tx, ctx, &found, row, unit, held)? {
        let before = json!({"badge_no": found.badge_no, "name": found.name, "unit_id": held});
        ctx.audit(tx, "officer.imported", subject(found.id), Some(before), Some(after()))?;
        report.updated += 1;
    } else {
        report.unchanged += 1;
    }
    Ok(Some(found.id))
}

/// Brings a stored officer to what the row says and tells whether anything changed.
fn update_officer(
    tx: &mut Tx,
    ctx: &Ctx,
    found: &Officer,
    row: &OfficerRow,
    unit: UnitId,
    held: UnitId,
) -> Result<bool, Error> {
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
        return Ok(false);
    }
    if reach::is_own(tx.reading(), ctx, found.id)? {
        return Err(Code::OwnRecord.into());
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
    Ok(true)
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

/// Links two spouses. Somebody who is linked to another already is a refusal, not a silent divorce.
fn link(tx: &mut Tx, ctx: &Ctx, line: u32, officer: OfficerId, spouse: &str, report: &mut Report) -> Result<(), Error> {
    let Some(other) = store::officers::find_by_badge(tx.reading(), spouse)? else { return Ok(()) };
    let theirs = store::officers::spouse(tx.reading(), other.id)?;
    if theirs.is_some_and(|linked| linked != officer) {
        let refused = rejection(line, "配偶警号", ImportCode::SpouseNotMutual, spouse, Expectation::MutualSpouse);
        report.rejected.push(refused);
        return Ok(());
    }
    store::officers::set_spouse(tx, officer, Some(other.id), &ctx.moment)?;
    Ok(())
}
