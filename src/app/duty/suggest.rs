//! What would be possible instead of a shift that a rule refuses: somebody else of the unit who could take it, another
//! day for the same person, a day of rest in return.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::colleagues;
use super::facts::{self, Facts, Window};
use super::plan::Told;
use super::{PLANNERS, dates, own};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::officers;
use crate::rules::duty::{DutyKind, Shift};
use crate::rules::rest::swaps::{self, Colleague};
use crate::rules::rest::{Found, WORKED_REST, assess_change};
use crate::rules::terms::{OfficerId, RowId};
use crate::store::Conn;
use crate::store::duty_shifts::DutyShift;

/// Colleagues who are looked at.
const LOOKED_AT: usize = 60;
/// Days later on which the same person could have the shift.
const DAYS_LATER: i64 = 14;
/// Shifts sent at once for which something else is looked for.
const SENT_MAX: usize = 20;

/// Rules for which a rest day in return is proposed.
const COMPENSATED: &[&str] = &["rest.after_overnight"];
/// Rules that concern the shift alone, whoever has it.
const OF_THE_SHIFT: &[&str] = &["rest.span", "rest.no_policy", "rest.strength"];

/// Adds suggestions to the first finding that refuses.
///
/// # Errors
/// When the database does not answer.
pub(super) fn add(
    connection: &mut Conn,
    ctx: &Ctx,
    all: &BTreeMap<OfficerId, Facts>,
    rows: &[DutyShift],
    told: &mut [Told],
) -> Result<(), Error> {
    for one in told.iter_mut() {
        rest_instead(ctx, all, one);
    }
    let blocked = |one: &&mut Told| one.finding.blocks() && !OF_THE_SHIFT.contains(&one.finding.rule.as_str());
    let Some(first) = told.iter_mut().find(blocked) else { return Ok(()) };
    let row = rows.iter().rev().find(|row| first.shifts.contains(&row.id));
    let (Some(row), true) = (row, rows.len() <= SENT_MAX) else { return Ok(()) };
    let mut suggestions = others(connection, ctx, all, row)?;
    suggestions.extend(another_day(ctx, all, row));
    first.finding.suggestions.extend(suggestions);
    Ok(())
}

/// A rest day that stands in the way can be cancelled with a reason; rest that is lost is given in return.
fn rest_instead(ctx: &Ctx, all: &BTreeMap<OfficerId, Facts>, one: &mut Told) {
    let Some(facts) = all.get(&one.officer_id) else { return };
    let proofs: Vec<&Shift> = facts.shifts.iter().filter(|shift| one.shifts.contains(&shift.id)).collect();
    if COMPENSATED.contains(&one.finding.rule.as_str())
        && !one.finding.suggestions.iter().any(|known| known["kind"] == "comp_day")
    {
        let ended = proofs.iter().map(|shift| dates(ctx, shift.starts_at, shift.ends_at).1).max();
        if let Some(on) = ended.and_then(|date| date.succ_opt()) {
            one.finding.suggestions.push(json!({"kind": "comp_day", "officer_id": one.officer_id, "date": on}));
        }
    }
    if one.finding.rule == WORKED_REST && one.finding.suggestions.is_empty() {
        let on = one.finding.measured.get("on").and_then(Value::as_str).and_then(|on| on.parse().ok());
        if let Some(day) = facts.rest_days.iter().find(|day| Some(day.on) == on) {
            let suggestion = json!({"kind": "cancel_rest_day", "rest_day_id": day.id, "date": day.on});
            one.finding.suggestions.push(suggestion);
        }
    }
}

/// The first finding against a shift for somebody, of those it would newly cause.
fn objection(ctx: &Ctx, facts: &Facts, shift: &Shift, gone: &[RowId]) -> Vec<Found> {
    let (from, to) = dates(ctx, shift.starts_at, shift.ends_at);
    if !facts.roll.on_roll(from) || !facts.roll.on_roll(to) {
        return Vec::from([refused()]);
    }
    let after = facts.changed(gone, &[*shift], &[]);
    assess_change(&facts.person(), &after.person(), &facts::law(ctx, from), from, to)
}

fn refused() -> Found {
    use crate::rules::finding::{Finding, Outcome};
    let date = chrono::NaiveDate::MIN;
    Found { finding: Finding::new("rest.off_roll", "", Outcome::Block), from: date, to: date, shifts: Vec::new() }
}

/// Colleagues who could take the shift, or exchange one of theirs for it.
fn others(
    connection: &mut Conn,
    ctx: &Ctx,
    all: &BTreeMap<OfficerId, Facts>,
    row: &DutyShift,
) -> Result<Vec<Value>, Error> {
    // Who else is free is for whoever plans; an appointment is nobody else's to take.
    if row.kind == DutyKind::Protected || !ctx.caller.holds(PLANNERS) {
        return Ok(Vec::new());
    }
    let shift = row.fact();
    let Some(owner) = all.get(&row.officer_id).filter(|_| shift.starts_at < shift.ends_at) else {
        return Ok(Vec::new());
    };
    let (from, to) = dates(ctx, shift.starts_at, shift.ends_at);
    let mine = own(connection, ctx)?;
    let mut members = colleagues::of(connection, ctx, row, LOOKED_AT + 2)?;
    members.retain(|officer| !mine.contains(officer));
    members.truncate(LOOKED_AT);
    let known = facts::of(connection, ctx, &members, Window::around(ctx, from, to))?;
    let colleague = |(officer, facts): (&OfficerId, &'_ Facts)| (*officer, facts.changed(&[row.id], &[], &[]));
    let known: Vec<(OfficerId, Facts)> = known.iter().map(colleague).collect();
    let others: Vec<Colleague<'_>> =
        known.iter().map(|(officer_id, facts)| Colleague { officer_id: *officer_id, person: facts.person() }).collect();
    let owner = Colleague { officer_id: row.officer_id, person: owner.person() };
    let found = swaps::suggestions(&shift, &owner, &others, &facts::law(ctx, from));
    let people = officers::called(connection, members)?;
    let named = |mut suggestion: Value| {
        let officer = suggestion.get("officer_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        if let (Some(called), Some(members)) = (officer.and_then(|id| people.get(&id)), suggestion.as_object_mut()) {
            members.insert("badge_no".to_owned(), json!(called.badge_no));
            members.insert("name".to_owned(), json!(called.name));
        }
        suggestion
    };
    Ok(found.into_iter().map(named).collect())
}

/// The first later day on which the same person could have the shift, at the same hours.
fn another_day(ctx: &Ctx, all: &BTreeMap<OfficerId, Facts>, row: &DutyShift) -> Option<Value> {
    let facts = all.get(&row.officer_id)?;
    let shift = row.fact();
    let zone = ctx.moment.clock().zone();
    let moved = |days: i64| {
        // The local clock says the same on the other day, also over a change of the hour.
        let at = |instant: crate::rules::terms::Instant| {
            let local = instant.with_timezone(&zone).naive_local() + TimeDelta::days(days);
            local.and_local_timezone(zone).earliest().map(|at| at.to_utc())
        };
        Some(Shift {
            id: RowId(uuid::Uuid::max()),
            starts_at: at(shift.starts_at)?,
            ends_at: at(shift.ends_at)?,
            ..shift
        })
    };
    let able = (1..=DAYS_LATER).filter_map(moved).find(|moved| {
        moved.starts_at < moved.ends_at && !objection(ctx, facts, moved, &[]).iter().any(Found::blocks)
    })?;
    Some(json!({
        "kind": "shift", "officer_id": row.officer_id, "starts_at": able.starts_at, "ends_at": able.ends_at,
    }))
}
