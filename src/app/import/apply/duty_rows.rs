//! Rows of a roster of duty, applied.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::{CHUNK, not_yours, read, rejection, unit_codes};
use crate::app::ctx::Ctx;
use crate::app::duty::PLANNERS;
use crate::app::duty::file::{self, End, Fate, FileRow};
use crate::app::error::Error;
use crate::app::import::{self, DutyRow, Expectation, Format, ImportCode, Limits, Progress, Report, Warning};
use crate::app::reach;
use crate::rules::terms::OfficerId;
use crate::store::{self, Tx};

/// Imports a roster of duty in a transaction that the caller takes back when the report has refusals.
///
/// # Errors
/// When the database does not answer; refusals are in the report.
pub fn duties<R: Read + Seek>(
    tx: &mut Tx,
    ctx: &Ctx,
    mut reader: R,
    format: Format,
    limits: &Limits,
    heard: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let (rows, mut report) = read(import::duties(&mut reader, format, limits));
    heard(Progress::Read(rows.len()));
    if !report.rejected.is_empty() {
        return Ok(report);
    }
    let known = officers(tx, &rows)?;
    let reach = reach::of(tx.reading(), ctx, PLANNERS)?;
    let units = unit_codes(tx.reading(), &reach)?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        let [badge, _, unit] = &row.columns;
        let code = row.unit_code.as_deref();
        let unit_id = code.and_then(|code| units.get(code).copied());
        if let (Some(code), None) = (code, unit_id) {
            let refused = rejection(row.line, unit, ImportCode::UnitUnknown, code, Expectation::Unit);
            report.rejected.push(refused);
        }
        let Some(officer_id) = known.get(&row.badge_no).copied() else {
            let refused = rejection(row.line, badge, ImportCode::OfficerUnknown, &row.badge_no, Expectation::Officer);
            report.rejected.push(refused);
            continue;
        };
        entries.push(FileRow { officer_id, unit_id, on: row.on, entry: row.entry, reason: row.reason.clone() });
    }
    if !report.rejected.is_empty() {
        return Ok(report);
    }
    let fates = file::enter(tx, ctx, &entries)?;
    for (row, fate) in rows.iter().zip(&fates) {
        tell(&mut report, row, fate, limits);
    }
    heard(Progress::Stored(rows.len(), rows.len()));
    Ok(report)
}

/// Officers by badge number.
fn officers(tx: &mut Tx, rows: &[DutyRow]) -> Result<HashMap<String, OfficerId>, Error> {
    let mut badges: Vec<&str> = rows.iter().map(|row| row.badge_no.as_str()).collect();
    badges.sort_unstable();
    badges.dedup();
    let mut known = HashMap::new();
    for some in badges.chunks(CHUNK) {
        let found = store::roster::find_by_badges(tx.reading(), some)?;
        known.extend(found.into_iter().map(|(badge_no, officer)| (badge_no, officer.id)));
    }
    Ok(known)
}

/// Adds what became of a row.
fn tell(report: &mut Report, row: &DutyRow, fate: &Fate, limits: &Limits) {
    let [badge, date, _] = &row.columns;
    match fate.end {
        End::Created if fate.refused_by.is_empty() => report.created += 1,
        End::Unchanged => report.unchanged += 1,
        End::Created => {}
        End::Unknown => {
            let code = ImportCode::OfficerUnknown;
            report.rejected.push(rejection(row.line, badge, code, &row.badge_no, Expectation::Officer));
        }
        End::NotYours => report.rejected.push(not_yours(row.line, badge, &row.badge_no)),
    }
    let on = row.on.to_string();
    for rule in &fate.refused_by {
        if report.rejected.len() < limits.rejected_max {
            let expected = Expectation::Rule(rule.clone());
            report.rejected.push(rejection(row.line, date, ImportCode::RuleRefuses, &on, expected));
        }
    }
    for rule in &fate.warned_by {
        if report.warnings.len() < limits.warnings_max {
            report.warnings.push(Warning {
                row: Some(row.line),
                column: Some(date.clone()),
                code: ImportCode::RuleWarns,
                read: Some(rule.clone()),
            });
        }
    }
}
