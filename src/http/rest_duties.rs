//! What a unit owes its people: since when, by when, and how far it has gone up.

use std::collections::HashMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::Answer;
use super::date;
use super::export::Format;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::officers::Called;
use crate::app::watch::duties::{self, Narrowing, Owing};
use crate::rules::comp_credit::CancelReason;
use crate::rules::rest_duty::{PauseReason, RestDuty, RestDutyKind, RestDutyState, due_on};
use crate::rules::terms::{Instant, OfficerId, UnitId};

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DutiesQuery {
    /// As of the end of this date, from today up to 92 days ahead; now, where absent.
    #[serde(default, deserialize_with = "date::optional")]
    on: Option<NaiveDate>,
    /// Only of this kind.
    #[serde(default)]
    kind: Option<RestDutyKind>,
    /// Only those that stand so.
    #[serde(default)]
    state: Option<RestDutyState>,
    /// Only towards this officer.
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// One dated duty of a unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DutyView {
    kind: RestDutyKind,
    state: RestDutyState,
    unit_id: UnitId,
    badge_no: Option<String>,
    name: Option<String>,
    /// Since when it is owed.
    since: Instant,
    /// It is done in time before this instant; what was paused is in it.
    due_at: Instant,
    /// The date whose end that is.
    due_on: NaiveDate,
    /// Whole days since that date; 0 before it is over.
    days_overdue: i64,
    /// The step of the ladder that it has come to; 0 before the first.
    step: usize,
    /// When it goes up next; null after the last step.
    next_step_at: Option<Instant>,
    /// Why its clock stands still.
    paused: Option<PauseReason>,
    /// The first date on which it goes on.
    resumes_on: Option<NaiveDate>,
    /// Minutes of rest, where it is about credit.
    minutes: Option<i64>,
    /// The rule, where it is about a violation, a roster or a row of days.
    rule: Option<String>,
    /// `officer_request`: the officer asked to move the rest day, and another is owed in its place.
    reason_code: Option<CancelReason>,
    /// The record that it is about: a lot, a rest day that was moved, a violation, an order; the unit for its roster, the
    /// officer for a row of days.
    subject_id: Uuid,
    officer_id: Option<OfficerId>,
}

/// How many duties of one kind stand how.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DutyCount {
    kind: RestDutyKind,
    open: u64,
    soon: u64,
    overdue: u64,
    paused: u64,
}

/// What a unit owes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnitDutiesView {
    unit_id: UnitId,
    /// The instant that it is seen from.
    at: Instant,
    /// How many there are of each kind, whatever the list is narrowed by.
    counts: Vec<DutyCount>,
    /// The earliest first; empty for whoever reads counts alone.
    #[serde(flatten)]
    page: Page<DutyView>,
}

fn view(duty: &RestDuty, at: Instant, zone: chrono_tz::Tz, people: &HashMap<OfficerId, Called>) -> DutyView {
    let called = duty.officer_id.and_then(|officer| people.get(&officer));
    let paused = duty.paused(at);
    DutyView {
        kind: duty.kind,
        state: duty.state(at),
        unit_id: duty.unit_id,
        badge_no: called.map(|called| called.badge_no.clone()),
        name: called.map(|called| called.name.clone()),
        since: duty.since,
        due_at: duty.due,
        due_on: due_on(duty.due, zone),
        days_overdue: duty.days_overdue(at, zone),
        step: duty.reached(at, zone).map_or(0, |step| step.number),
        next_step_at: duty.next(at, zone).map(|step| step.at),
        paused: paused.map(|pause| pause.reason),
        resumes_on: paused.map(|pause| pause.to.with_timezone(&zone).date_naive()),
        minutes: duty.minutes,
        rule: duty.rule.clone(),
        reason_code: duty.reason_code,
        subject_id: duty.subject_id,
        officer_id: duty.officer_id,
    }
}

fn counts(owing: &Owing) -> Vec<DutyCount> {
    let count = |(kind, one): (&RestDutyKind, &duties::Counted)| DutyCount {
        kind: *kind,
        open: one.open,
        soon: one.soon,
        overdue: one.overdue,
        paused: one.paused,
    };
    owing.counts.iter().map(count).collect()
}

/// `GET /units/{id}/rest-duties`
pub async fn list(office: Office, id: PathId<UnitId>, query: Query<DutiesQuery>) -> Result<Answer, Problem> {
    let DutiesQuery { on, kind, state, officer_id, format, paging } = query.0;
    let after: Option<usize> = paging.after("rest_duties")?;
    let first = after.map_or(0, |last| last + 1);
    let (unit, rows) = (id.0, format.rows(paging.limit()) + 1);
    let asked = Narrowing { on, kind, state, officer_id };
    let (owing, shown) = office
        .read(move |connection, ctx| {
            let owing = duties::of_unit(connection, ctx, unit, &asked)?;
            let all = owing.duties.as_deref().unwrap_or_default();
            let some: Vec<(usize, &RestDuty)> = all.iter().enumerate().skip(first).take(rows).collect();
            let people = duties::called(connection, some.iter().map(|(_, duty)| *duty))?;
            let (at, zone) = (owing.at, ctx.moment.clock().zone());
            let shown: Vec<_> = some.into_iter().map(|(place, one)| (place, view(one, at, zone, &people))).collect();
            Ok((owing, shown))
        })
        .await?;
    if format != Format::Json {
        let lines: Vec<DutyView> = shown.into_iter().map(|(_, view)| view).collect();
        return Ok(office.desk.export(format, "rest_duties", &lines)?);
    }
    let page = Page::of(shown, &paging, "rest_duties", |(place, _)| *place)?.map(|(_, view)| view.clone());
    Ok(Answer::ok(&UnitDutiesView { unit_id: unit, at: owing.at, counts: counts(&owing), page })?)
}
