//! Publishing a roster: every rule runs over everybody, then all planned shifts and rest days of the period become
//! published at once.

use chrono::NaiveDate;
use serde_json::json;

use super::facts::{self, Window};
use super::strength::Attendance;
use super::{READERS, checked_period, instants, planned_units};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error};
use crate::app::reach::{self, Reach};
use crate::app::watch;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Place;
use crate::rules::rest::check;
use crate::rules::terms::{Category, OfficerId, RowId, UnitId};
use crate::store::{self, Conn, Tx};

pub use crate::store::rosters::Roster;

/// Most findings that are answered.
const FINDINGS_MAX: usize = 500;

/// What was published, and what the rules said of it.
#[derive(Debug, Clone)]
pub struct Published {
    /// The record of it.
    pub roster: Roster,
    /// Findings that warn, the first five hundred.
    pub findings: Vec<Finding>,
}

/// Publishes what is planned for a unit, everything under it, and a period.
///
/// # Errors
/// Refused fields; [`Error::Conflict`] with the findings that refuse; [`Code::NotFound`] for a unit that is not the
/// caller's.
pub fn publish(tx: &mut Tx, ctx: &Ctx, unit: UnitId, from: NaiveDate, to: NaiveDate) -> Result<Published, Error> {
    // Gather: everybody is locked in id order, so that what was judged is what is published.
    checked_period(from, to, "/to")?;
    let units = planned_units(tx.reading(), ctx, unit)?;
    let members = store::duty_facts::members(tx.reading(), &units, from, to)?;
    for some in members.chunks(500) {
        store::roster::lock(tx, some)?;
    }

    // Decide.
    let mut findings = judged(tx.reading(), ctx, &members, &units, from, to)?;
    if findings.iter().any(Finding::blocks) {
        // What refuses comes first; what only warns is for a roster that can be published.
        findings.retain(Finding::blocks);
        findings.truncate(FINDINGS_MAX);
        return Err(Error::Conflict(findings));
    }
    let days_ahead = (from - ctx.moment.today()).num_days();
    findings.splice(0..0, told_late(tx.reading(), ctx, unit, from, days_ahead)?);

    // Record.
    let (starts_at, ends_at) = instants(ctx, from, to);
    let shifts = store::duty_shifts::publish(tx, &members, &units, starts_at, ends_at)?;
    let rest_days = store::rest_days::publish(tx, &members, from, to, ctx.moment.stamp())?;
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let roster = Roster {
        id: RowId(ctx.moment.new_id()),
        unit_id: unit,
        from_on: from,
        to_on: to,
        officers: number(members.len()),
        shifts: number(shifts),
        rest_days: number(rest_days),
        warnings: number(findings.len()),
        days_ahead: i32::try_from(days_ahead).unwrap_or(i32::MAX),
        policy_fingerprint: ctx.statutes.policies.fingerprint().to_owned(),
        published_at: ctx.moment.stamp(),
        published_by: ctx.caller.account_id,
    };
    store::rosters::append(tx, &roster)?;
    let after = json!({
        "unit_id": unit, "from": from, "to": to, "officers": roster.officers, "shifts": shifts,
        "rest_days": rest_days, "warnings": roster.warnings, "days_ahead": days_ahead,
    });
    let subject = Subject { kind: "roster", id: roster.id.0, officer_id: None };
    ctx.audit(tx, "roster.published", subject, None, Some(after))?;
    store::outbox::append(tx, "roster.published", roster.id.0, None, &ctx.moment)?;
    watch::after_write(tx, ctx, &members, from, to)?;
    findings.truncate(FINDINGS_MAX);
    Ok(Published { roster, findings })
}

/// A roster that is told later than the unit's policy asks for (welfare.md A: a month ahead).
fn told_late(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    from: NaiveDate,
    days_ahead: i64,
) -> Result<Option<Finding>, Error> {
    let units = store::units::upward(connection, unit, ctx.moment.today())?;
    let place = Place { category: Category::Police, units: &units };
    let Some(version) = ctx.statutes.policies.rest(place, from) else { return Ok(None) };
    let asked = version.values.roster_days_ahead_min.filter(|asked| days_ahead < *asked);
    let label = version.label();
    Ok(asked.map(|asked| {
        let told = Finding::new("rest.published_late", "R8", Outcome::Warn).source(&version.source).policy(&label);
        let told = told.measured("days_ahead", days_ahead).limit("days_ahead_min", asked);
        // After the first day nothing is ahead any more.
        if days_ahead < 0 {
            told.measured("what", "after").measured("days_behind", -days_ahead)
        } else {
            told.measured("what", "before")
        }
    }))
}

/// What every rule says of everybody in the period, and of the strength of the units.
fn judged(
    connection: &mut Conn,
    ctx: &Ctx,
    members: &[OfficerId],
    units: &[UnitId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Finding>, Error> {
    let law = facts::law(ctx, from);
    let mut findings = Vec::new();
    let mut attendance = Attendance::new(from, to);
    facts::each(connection, ctx, Some(members), Window::around(ctx, from, to), &mut |_, officer, facts| {
        for found in check(&facts.person(), &law, from, to) {
            let shifts: Vec<RowId> = found.shifts;
            let finding = found.finding.measured("officer_id", json!(officer)).measured("shift_ids", json!(shifts));
            findings.push(finding);
        }
        attendance.note(ctx, officer, facts);
        Ok(())
    })?;
    for (unit, _, finding) in attendance.judge(connection, ctx, units, None)? {
        findings.push(finding.measured("unit_id", json!(unit)));
    }
    Ok(findings)
}

/// Published rosters that the caller may see, the last first; one more than `limit` if there are more.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: Option<UnitId>,
    before: Option<RowId>,
    limit: usize,
) -> Result<Vec<Roster>, Error> {
    let reached = reach::of(connection, ctx, READERS)?.narrowed_to(connection, ctx, unit)?;
    let units: Option<Vec<UnitId>> = match reached {
        Reach::Force => None,
        Reach::Units(units) => Some(units.into_iter().collect()),
    };
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    Ok(store::rosters::list(connection, units.as_deref(), before, most)?)
}

/// One published roster.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Roster, Error> {
    let roster = store::rosters::find(connection, id)?.ok_or(Code::NotFound)?;
    if reach::reaches(connection, ctx, READERS, roster.unit_id)? { Ok(roster) } else { Err(Code::NotFound.into()) }
}
