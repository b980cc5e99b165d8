//! Rows of a file of units, applied.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use serde_json::json;

use super::{Records, not_yours, read, rejection, unit_codes};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::Error;
use crate::app::import::{self, Expectation, Format, ImportCode, Limits, Progress, Report, UnitRow};
use crate::app::reach::{self, Reach};
use crate::app::units::KEEPERS;
use crate::rules::terms::UnitId;
use crate::store::units::Unit;
use crate::store::{self, Tx};

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
    heard: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let reach = reach::of(tx.reading(), ctx, KEEPERS)?;
    let mut known = unit_codes(tx.reading(), &reach)?;
    let records = Records::new(tx.reading(), &known, &reach, ctx.moment.today());
    let checked = import::units(&mut reader, format, limits, &records);
    let (rows, mut report) = read(records.done(checked)?);
    heard(Progress::Read(rows.len()));
    if report.rejected.is_empty() {
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
        Some(code) => match known.get(code) {
            Some(parent) => Some(*parent),
            // The parent's own row was refused; that is no fault of this one (RULINGS 27).
            None => return Ok(()),
        },
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
    // A blank cell keeps what is stored, as in every other column: a unit becomes a root by a move, not by an omission.
    let moved = row.parent_code.is_some() && place.is_none_or(|place| place.parent != parent);
    if !moved && found.name == row.name && found.kind == row.kind {
        report.unchanged += 1;
        return Ok(());
    }
    if !reach.contains(found.id) {
        report.rejected.push(not_yours(row.line, "单位代码", &row.code));
        return Ok(());
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
