//! Duties that records stand behind: credit, violations, drafts of rest orders.

use std::collections::{BTreeSet, HashMap};

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::Value;

use super::Laws;
use crate::app::credit::duties::{Owed, OwedFor, OwedKind, owed_to};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::comp_credit::CancelReason;
use crate::rules::rest_duty::{Pause, PauseReason, RestDuty, RestDutyKind, due_on, postponed};
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId};
use crate::store::dated::Period;
use crate::store::derogations::Derogation;
use crate::store::duty_facts::PAGE;
use crate::store::rest_violations::{KeptState, Violation, ViolationAct, ViolationEvent};
use crate::store::{self, Conn};

/// Before anybody was in a unit, and after.
const EVER: (Option<NaiveDate>, Option<NaiveDate>) =
    (NaiveDate::from_ymd_opt(1900, 1, 1), NaiveDate::from_ymd_opt(2200, 12, 31));

/// What is owed because of credit. The unit that holds the person on the due date owes it (RULINGS 36), and until then the one
/// that they are in: it alone can give the rest. Of somebody who has left, the one that took the rest away.
pub(super) fn credit(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
    seen_on: NaiveDate,
) -> Result<Vec<RestDuty>, Error> {
    let (Some(first), Some(last)) = EVER else { return Ok(Vec::new()) };
    let members = store::duty_facts::members(connection, units, first, last)?;
    let zone = ctx.moment.clock().zone();
    let mut duties = Vec::new();
    for some in members.chunks(PAGE) {
        let owed = owed_to(connection, ctx, some)?;
        if owed.is_empty() {
            continue;
        }
        let mut stays: HashMap<OfficerId, Vec<Period<UnitId>>> = HashMap::new();
        for (officer, stay) in store::duty_facts::stays(connection, some)? {
            stays.entry(officer).or_default().push(stay);
        }
        for one in owed {
            let on = due_on(one.due, zone);
            let theirs = stays.get(&one.officer_id).map(Vec::as_slice).unwrap_or_default();
            let held_on = on.min(seen_on);
            let held = theirs.iter().find(|stay| stay.effective_on <= held_on && held_on < stay.until_on);
            let held = held.map(|stay| stay.value);
            let unit_id = held.unwrap_or(one.unit_id);
            if units.binary_search(&unit_id).is_ok() {
                duties.push(of_credit(laws, &one, unit_id, on));
            }
        }
    }
    Ok(duties)
}

fn of_credit(laws: &Laws<'_>, owed: &Owed, unit_id: UnitId, on: NaiveDate) -> RestDuty {
    let kind = match owed.kind {
        OwedKind::OfferDate => RestDutyKind::OfferDate,
        OwedKind::GiveRest => RestDutyKind::GiveRest,
        OwedKind::PayCredit => RestDutyKind::PayCredit,
    };
    let (subject_id, reason_code) = match owed.stands_for {
        OwedFor::Lot(lot) => (lot.0, None),
        OwedFor::Moved(day) => (day.0, Some(CancelReason::OfficerRequest)),
    };
    RestDuty {
        officer_id: Some(owed.officer_id),
        minutes: owed.minutes,
        reason_code,
        ..RestDuty::of(kind, subject_id, unit_id, (owed.since, owed.due), laws.ladder(unit_id, on))
    }
}

/// Violations that nobody has seen, and that nobody made good.
pub(super) fn violations(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
) -> Result<Vec<RestDuty>, Error> {
    let mut open = Vec::new();
    for some in units.chunks(PAGE) {
        open.extend(store::rest_violations::open_of_units(connection, some)?);
    }
    let ids: Vec<RowId> = open.iter().map(|violation| violation.id).collect();
    let acts = [ViolationAct::Reopened, ViolationAct::Accepted];
    let mut events: HashMap<RowId, Vec<ViolationEvent>> = HashMap::new();
    for event in store::rest_violations::events_of(connection, &ids, &acts)? {
        events.entry(event.violation_id).or_default().push(event);
    }
    let derogations = derogations_of(connection, &open)?;
    let mut duties = Vec::new();
    for violation in &open {
        let story = events.get(&violation.id).map(Vec::as_slice).unwrap_or_default();
        let derogation = derogation_id(violation).and_then(|id| derogations.get(&id));
        duties.extend(of_violation(ctx, laws, violation, story, derogation));
    }
    Ok(duties)
}

/// The derogation that loosens what was found.
fn derogation_id(violation: &Violation) -> Option<RowId> {
    let finding: Value = serde_json::from_str(&violation.finding).ok()?;
    finding.get("limit")?.get("derogation_id")?.as_str()?.parse().ok().map(RowId)
}

fn derogations_of(connection: &mut Conn, open: &[Violation]) -> Result<HashMap<RowId, Derogation>, Error> {
    let ids: BTreeSet<RowId> = open.iter().filter_map(derogation_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = store::derogations::find_many(connection, &ids.into_iter().collect::<Vec<_>>())?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}

fn of_violation(
    ctx: &Ctx,
    laws: &Laws<'_>,
    violation: &Violation,
    story: &[ViolationEvent],
    derogation: Option<&Derogation>,
) -> Vec<RestDuty> {
    let clock = ctx.moment.clock();
    // What was found once more begins anew.
    let reopened = story.iter().rfind(|event| event.act == ViolationAct::Reopened).map(|event| event.recorded_at);
    let since = reopened.unwrap_or(violation.detected_at).and_utc();
    let on = clock.date_of(since);
    let Some(version) = laws.on(violation.unit_id, on) else { return Vec::new() };
    let accepted = story.iter().filter(|event| event.act == ViolationAct::Accepted);
    let mut pauses: Vec<Pause> = accepted
        .filter_map(|event| {
            let (from, to) = (event.recorded_at.and_utc(), clock.end_of(event.until_on?));
            Some(Pause { from, to, reason: PauseReason::AcceptedException })
        })
        .collect();
    pauses.extend(derogation.map(|row| Pause {
        from: clock.start_of(row.from_on),
        to: clock.end_of(row.last_on()),
        reason: PauseReason::Derogation,
    }));
    let duty = |kind, days| {
        let due: Instant = clock.end_of(on.checked_add_days(Days::new(days)).unwrap_or(on));
        let span = (since, postponed(due, since, &pauses));
        RestDuty {
            officer_id: Some(violation.officer_id),
            pauses: pauses.clone(),
            rule: Some(violation.rule.clone()),
            ..RestDuty::of(kind, violation.id.0, violation.unit_id, span, version.values.ladder_days.clone())
        }
    };
    let mut duties = vec![duty(RestDutyKind::RemedyViolation, version.values.violation_remedy_days)];
    if violation.state == KeptState::Detected {
        duties.push(duty(RestDutyKind::AcknowledgeViolation, version.values.violation_acknowledge_days));
    }
    duties
}

/// Drafts of rest orders that nobody issued.
pub(super) fn orders(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
) -> Result<Vec<RestDuty>, Error> {
    let mut duties = Vec::new();
    for some in units.chunks(PAGE) {
        for order in store::rest_orders::drafts_of_units(connection, some)? {
            let since = order.created_at.and_utc();
            let Some(version) = laws.on(order.unit_id, ctx.moment.clock().date_of(since)) else { continue };
            let span = (since, since + TimeDelta::minutes(version.values.order_draft_within_minutes));
            let ladder = version.values.ladder_days.clone();
            duties.push(RestDuty {
                officer_id: Some(order.officer_id),
                ..RestDuty::of(RestDutyKind::IssueRestOrder, order.id.0, order.unit_id, span, ladder)
            });
        }
    }
    Ok(duties)
}
