//! Rows of a roster of duty, applied: what cannot be read, who is not known, and what the rules refuse are told at once.

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::sync::Arc;

use super::duty_codes::Explainer;
use super::duty_people::{Meant, People};
use super::unit_codes;
use crate::app::ctx::Ctx;
use crate::app::duty::PLANNERS;
use crate::app::duty::file::{self, End, Entering, Fate, FileRow, Keep};
use crate::app::error::Error;
use crate::app::import::notes::Notes;
use crate::app::import::report::{Changed, Spot};
use crate::app::import::rosters::codes::Unclear;
use crate::app::import::rosters::{self, RosterFile};
use crate::app::import::{
    DutyEntry, DutyRow, Expectation, Format, ImportCode, Limits, Month, Progress, Report, Said, Who,
};
use crate::app::reach;
use crate::rules::finding::Finding;
use crate::rules::terms::{OfficerId, RowId, UnitId};
use crate::store::Tx;

/// Most changes that a report lists; the others are counted.
const CHANGED_MAX: usize = 1_000;

/// What is said of a roster file beside its rows.
#[derive(Debug, Clone, Default)]
pub struct RosterOptions {
    /// The month of headings that leave it out.
    pub month: Option<Month>,
    /// Why it is planned in spite of what the rules warn of, where a row says nothing.
    pub override_reason: Option<String>,
    /// The pattern whose codes the file uses; left out, those of the officer's unit and above.
    pub pattern_id: Option<RowId>,
}

/// One thing that the file says, with the row that it lies in.
struct Entry {
    at: usize,
    row: FileRow,
}

/// Imports a roster of duty in a transaction that the caller takes back when the report has refusals.
///
/// # Errors
/// When the database does not answer, or the pattern is not the caller's to use; refusals are in the report.
pub fn duties<R: Read + Seek>(
    tx: &mut Tx,
    ctx: &Ctx,
    options: &RosterOptions,
    mut reader: R,
    format: Format,
    limits: &Limits,
    heard: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    reader.rewind().map_err(|error| Error::Internal(error.to_string()))?;
    let mut notes = Notes::new(limits);
    let RosterFile { rows, silent, codes } = match rosters::read(&mut reader, format, limits, options.month, &mut notes)
    {
        Ok(file) => file,
        Err(error) => {
            // What was noted before the file could not be read on is told with it.
            let (warnings, rejected) = notes.finish();
            return Ok(Report { warnings, rejected, ..Report::of_duties() }.ended_by(error));
        }
    };
    heard(Progress::Read(rows.len()));
    let explainer = Explainer::of(tx.reading(), ctx, codes, options.pattern_id)?;
    let (people, entries) = known(tx, ctx, (&rows, &silent), explainer, &mut notes)?;
    let keep = if notes.nothing_rejected() { Keep::Rows } else { Keep::Nothing };
    let wanted: Vec<FileRow> = entries.iter().map(|entry| entry.row.clone()).collect();
    let fates = file::enter(tx, ctx, &wanted, Entering { reason: options.override_reason.as_deref(), keep })?;
    let mut report = Report::of_duties();
    let mut last: Option<&Arc<Who>> = None;
    for (entry, fate) in entries.iter().zip(&fates) {
        let Some(row) = rows.get(entry.at) else { continue };
        let again = last.is_some_and(|last| Arc::ptr_eq(last, &row.who));
        tell(&mut report, &mut notes, &people, row, (&entry.row, fate), again);
        last = Some(&row.who);
    }
    (report.warnings, report.rejected) = notes.finish();
    heard(Progress::Stored(rows.len(), rows.len()));
    Ok(report)
}

/// An officer, and the unit that the file names; `None` where that was refused.
type Whose = Option<(OfficerId, Option<UnitId>)>;

/// What the rows say, of those who are known; the others are refused.
fn known(
    tx: &mut Tx,
    ctx: &Ctx,
    (rows, silent): (&[DutyRow], &[Who]),
    mut explainer: Explainer,
    notes: &mut Notes,
) -> Result<(People, Vec<Entry>), Error> {
    let reach = reach::of(tx.reading(), ctx, PLANNERS)?;
    let people = People::of(tx.reading(), ctx, &reach, (rows, silent))?;
    let units = unit_codes(tx.reading(), &reach)?;
    for who in silent {
        whose(who, &people, &units, notes);
    }
    let mut entries = Vec::with_capacity(rows.len());
    let mut last: Option<(&Arc<Who>, Whose)> = None;
    for (at, row) in rows.iter().enumerate() {
        // The cells of one person are one row of the file, and refused once.
        let whose = match &last {
            Some((who, whose)) if Arc::ptr_eq(who, &row.who) => *whose,
            _ => whose(&row.who, &people, &units, notes),
        };
        last = Some((&row.who, whose));
        let unit_id = whose.and_then(|(_, unit)| unit);
        let home = whose.and_then(|(officer, _)| people.unit_on(officer, row.on));
        let said = match &row.said {
            Said::Entry(entry) => Ok(vec![*entry]),
            Said::Code(text) => explainer.explain(unit_id.or(home), text),
        };
        let said: Vec<DutyEntry> = match said {
            Ok(said) => said,
            Err(why) => {
                let Said::Code(text) = &row.said else { continue };
                // Of somebody unknown only what nobody would know is told.
                let (code, expected) = match why {
                    Unclear::Unknown if whose.is_none() => continue,
                    Unclear::Unknown => (ImportCode::CodeUnknown, explainer.known(unit_id.or(home))),
                    Unclear::Several => (ImportCode::CodeAmbiguous, Expectation::DutyHours),
                };
                notes.refuse(row.who.line, &row.column, row.spot(), code, text, expected, None);
                continue;
            }
        };
        let Some((officer_id, unit_id)) = whose else { continue };
        entries.extend(said.into_iter().map(|entry| Entry {
            at,
            row: FileRow { officer_id, unit_id, on: row.on, entry, extent: row.extent, reason: row.who.reason.clone() },
        }));
    }
    Ok((people, entries))
}

/// Whose a row is and by which unit it is planned; what is not known is refused.
fn whose(who: &Who, people: &People, units: &HashMap<String, UnitId>, notes: &mut Notes) -> Whose {
    let [person, unit] = &who.columns;
    let mut is_known = true;
    let spot = || Spot { cell: None, ..who.spot() };
    let read = who.badge_no.as_deref().or(who.name.as_deref()).unwrap_or_default();
    let officer = match people.meant(who) {
        Meant::One(officer) => Some(officer),
        Meant::Nobody => {
            unknown(who, notes);
            None
        }
        Meant::Several => {
            let (code, expected) = (ImportCode::NameAmbiguous, Expectation::OneName);
            notes.refuse(who.line, person, who.spot(), code, read, expected, None);
            None
        }
    };
    let unit_id = who.unit_code.as_ref().and_then(|code| units.get(code).copied());
    if let (Some(code), None) = (&who.unit_code, unit_id) {
        notes.refuse(who.line, unit, spot(), ImportCode::UnitUnknown, code, Expectation::Unit, None);
        is_known = false;
    }
    let officer = officer?;
    if people.is_called_otherwise(officer, who) {
        notes.tell(Some(who.line), None, spot(), ImportCode::NameDiffers, who.name.as_deref(), None);
    }
    is_known.then_some((officer, unit_id))
}

/// Refuses somebody who is not there, or not the caller's.
fn unknown(who: &Who, notes: &mut Notes) {
    let [person, _] = &who.columns;
    let read = who.badge_no.as_deref().or(who.name.as_deref()).unwrap_or_default();
    let (code, expected) = (ImportCode::OfficerUnknown, Expectation::Officer);
    notes.refuse(who.line, person, who.spot(), code, read, expected, None);
}

/// Adds what became of one thing that a row says; `again` where the person's row was told of before.
fn tell(
    report: &mut Report,
    notes: &mut Notes,
    people: &People,
    row: &DutyRow,
    (entry, fate): (&FileRow, &Fate),
    again: bool,
) {
    let who = &row.who;
    let [person, _] = &who.columns;
    let name = who.badge_no.as_deref().or(who.name.as_deref()).unwrap_or_default();
    let badge_no = people.badge_no(entry.officer_id);
    let refuse = |notes: &mut Notes, column: &str, code, read: &str, expected, finding: Option<Finding>| {
        notes.refuse(who.line, column, row.spot(), code, read, expected, finding);
    };
    match fate.end {
        End::Created if fate.refused.is_empty() => report.created += 1,
        End::Changed => report.updated += 1,
        End::Unchanged => report.unchanged += 1,
        End::Created => {}
        End::Unknown if again => {}
        End::Unknown => unknown(who, notes),
        End::NotYours if again => {}
        End::NotYours => {
            let (code, expected) = (ImportCode::NotYours, Expectation::Yours);
            notes.refuse(who.line, person, who.spot(), code, name, expected, None);
        }
    }
    let on = match &row.said {
        Said::Code(text) => text.to_string(),
        Said::Entry(_) => row.on.to_string(),
    };
    for finding in &fate.refused {
        let expected = Expectation::Rule(finding.rule.clone());
        refuse(notes, &row.column, ImportCode::RuleRefuses, &on, expected, Some(finding.clone()));
    }
    for finding in &fate.warned {
        let (line, column) = (Some(who.line), Some(&*row.column));
        let rule = Some(finding.rule.as_str());
        notes.tell(line, column, row.spot(), ImportCode::RuleWarns, rule, Some(finding.clone()));
    }
    if fate.lacks_leave {
        let column = Some(&*row.column);
        notes.tell(Some(who.line), column, row.spot(), ImportCode::LeaveNotGranted, Some(&on), None);
    }
    let Some(roster) = &mut report.roster else { return };
    if fate.lacks_reason {
        roster.asks_reason = true;
        refuse(notes, &row.column, ImportCode::MissingField, &on, Expectation::Reason, None);
    }
    for change in &fate.changes {
        if roster.changed.len() >= CHANGED_MAX {
            return;
        }
        roster.changed.push(Changed {
            row: who.line,
            column: row.column.to_string(),
            spot: row.spot(),
            badge_no: badge_no.to_owned(),
            on: change.on,
            before: change.before.clone(),
            after: change.after.clone(),
        });
    }
}
