//! Duty shifts: preview, plan, batch, read, change, cancel.

use chrono::{NaiveDate, NaiveDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::{Json, Patch};
use super::date;
use super::desk::Desk;
use super::export::{Format, Named};
use super::language::FindingView;
use super::office::Office;
use super::officers::optional;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use super::units::present;
use crate::app::ctx::Ctx;
use crate::app::duty::plan::{self, Draft, NewShift, Planned};
use crate::app::duty::shifts::{self, Changes, Narrowing, Shown};
use crate::app::duty::{Actual, BATCH_MAX, DutyShift, SaidBy, ShiftSource, ShiftState};
use crate::app::error::{Code, Error, FieldError};
use crate::app::{Conn, officers};
use crate::rules::duty::DutyKind;
use crate::rules::finding::Finding;
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId, UnitId};

/// A shift to be planned.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftBody {
    officer_id: OfficerId,
    /// The unit that plans it: the officer's own on that date, or one above it.
    unit_id: UnitId,
    starts_at: Instant,
    ends_at: Instant,
    kind: DutyKind,
    /// Minutes that count as hours of work; left out, its length.
    #[serde(default)]
    #[schemars(range(min = 0, max = 44640))]
    counted_minutes: Option<i64>,
    /// Why it is entered in spite of a warning.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    override_reason: Option<String>,
    /// What a protected appointment is for; only for oneself, and shown to nobody else.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    note: Option<String>,
    /// When the officer was told of duty that was worked on a rest day; left out, when it began. Only for a shift that has
    /// begun and takes a rest day away.
    #[serde(default)]
    notified_at: Option<Instant>,
}

impl From<ShiftBody> for NewShift {
    fn from(body: ShiftBody) -> Self {
        Self {
            officer_id: body.officer_id,
            unit_id: body.unit_id,
            starts_at: body.starts_at,
            ends_at: body.ends_at,
            kind: body.kind,
            counted_minutes: body.counted_minutes,
            override_reason: body.override_reason,
            note: body.note,
            notified_at: body.notified_at,
        }
    }
}

/// Several shifts, all of them or none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    #[schemars(length(min = 1, max = 2000))]
    shifts: Vec<ShiftBody>,
}

/// Hours that somebody said were worked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HoursView {
    starts_at: Instant,
    ends_at: Instant,
    counted_minutes: i32,
    /// `false` where they said that it was not worked at all; the hours are those of the plan then.
    worked: bool,
}

/// The hours that were worked, as officer and leader say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActualView {
    /// `unconfirmed`, `confirmed_by_officer`, `confirmed_by_leader`, `agreed` or `disputed`.
    state: ActualState,
    officer: Option<HoursView>,
    leader: Option<HoursView>,
    agreed: Option<HoursView>,
}

/// How far the hours are confirmed.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActualState {
    /// Nobody has said anything.
    Unconfirmed,
    /// The officer has, no leader.
    ConfirmedByOfficer,
    /// A leader has, the officer not.
    ConfirmedByLeader,
    /// Both say the same.
    Agreed,
    /// They do not; hours agreed on before bind until both agree on others.
    Disputed,
}

/// A duty shift.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ShiftView {
    id: RowId,
    officer_id: OfficerId,
    unit_id: UnitId,
    starts_at: Instant,
    ends_at: Instant,
    kind: DutyKind,
    state: ShiftState,
    counted_minutes: i32,
    source: ShiftSource,
    /// The shift that it took the place of.
    replaces_id: Option<RowId>,
    override_reason: Option<String>,
    /// What a protected appointment is for; only where it is one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// When the hours agreed on began.
    actual_starts_at: Option<Instant>,
    actual_ends_at: Option<Instant>,
    actual_minutes: Option<i32>,
    recorded_at: Instant,
    recorded_by: Option<AccountId>,
    cancelled_at: Option<Instant>,
    cancel_reason: Option<String>,
    /// What officer and leader say of the hours; only where one shift is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<ActualView>,
    /// What the rules said; only where it was just planned, changed or taken back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingView>,
}

/// What was planned.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlannedView {
    items: Vec<ShiftView>,
    findings: Vec<FindingView>,
}

/// What changes of a shift.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftPatch {
    #[serde(default)]
    unit_id: Patch<UnitId>,
    #[serde(default)]
    starts_at: Patch<Instant>,
    #[serde(default)]
    ends_at: Patch<Instant>,
    #[serde(default)]
    kind: Patch<DutyKind>,
    #[serde(default)]
    counted_minutes: Patch<i64>,
    #[serde(default)]
    override_reason: Patch<String>,
    #[serde(default)]
    note: Patch<String>,
}

/// Why something is taken back or refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    #[schemars(length(min = 1, max = 1000))]
    pub(super) reason: String,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListShifts {
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// Planned by this unit or one under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Touching this date or a later one; of units from today on where nothing is said.
    #[serde(default, deserialize_with = "date::optional")]
    from: Option<NaiveDate>,
    /// Beginning on this date or before; of units 31 days from `from` where nothing is said, 400 days at most.
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    #[serde(default)]
    state: Option<ShiftState>,
    #[serde(default)]
    kind: Option<DutyKind>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// A reason given for a shift; of a protected appointment it is shown to nobody but the person (CONTRACT §7).
fn open_reason(ctx: &Ctx, shift: &DutyShift, reason: Option<&String>) -> Option<String> {
    reason.filter(|_| shift.kind != DutyKind::Protected || ctx.caller.is_self(shift.officer_id)).cloned()
}

pub(super) fn view(ctx: &Ctx, shift: &DutyShift) -> ShiftView {
    ShiftView {
        id: shift.id,
        officer_id: shift.officer_id,
        unit_id: shift.unit_id,
        starts_at: shift.starts_at.and_utc(),
        ends_at: shift.ends_at.and_utc(),
        kind: shift.kind,
        state: shift.state,
        counted_minutes: shift.counted_minutes,
        source: shift.source,
        replaces_id: shift.replaces_id,
        override_reason: open_reason(ctx, shift, shift.override_reason.as_ref()),
        note: shift.note.clone().filter(|_| ctx.caller.is_self(shift.officer_id)),
        actual_starts_at: shift.actual_starts_at.map(|at| at.and_utc()),
        actual_ends_at: shift.actual_ends_at.map(|at| at.and_utc()),
        actual_minutes: shift.actual_minutes,
        recorded_at: shift.recorded_at.and_utc(),
        recorded_by: shift.recorded_by,
        cancelled_at: shift.ended_at.map(|at| at.and_utc()),
        cancel_reason: open_reason(ctx, shift, shift.end_reason.as_ref()),
        actual: None,
        findings: Vec::new(),
    }
}

fn hours(said: &Actual) -> HoursView {
    HoursView {
        starts_at: said.starts_at.and_utc(),
        ends_at: said.ends_at.and_utc(),
        counted_minutes: said.counted_minutes,
        worked: said.worked,
    }
}

fn actual(shown: &Shown) -> ActualView {
    let said = |by| shown.last(by);
    let (officer, leader) = (said(SaidBy::Officer), said(SaidBy::Leader));
    let state = match (officer, leader) {
        (None, None) => ActualState::Unconfirmed,
        (Some(_), None) => ActualState::ConfirmedByOfficer,
        (None, Some(_)) => ActualState::ConfirmedByLeader,
        (Some(one), Some(other)) if one.says_as(other) => ActualState::Agreed,
        _ => ActualState::Disputed,
    };
    let agreed = match (shown.shift.actual_starts_at, shown.shift.actual_ends_at, shown.shift.actual_minutes) {
        (Some(starts_at), Some(ends_at), Some(counted_minutes)) => Some(HoursView {
            starts_at: starts_at.and_utc(),
            ends_at: ends_at.and_utc(),
            counted_minutes,
            worked: true,
        }),
        _ => None,
    };
    ActualView { state, officer: officer.map(hours), leader: leader.map(hours), agreed }
}

pub(super) fn whole(ctx: &Ctx, shown: &Shown) -> ShiftView {
    ShiftView { actual: Some(actual(shown)), ..view(ctx, &shown.shift) }
}

pub(super) fn answer(ctx: &Ctx, shown: &Shown) -> Result<Answer, Error> {
    Ok(Answer::ok(&whole(ctx, shown))?.etag(shown.shift.version.to_string()))
}

/// The one shift that was planned or changed, with what the rules said of it.
fn planned_one(desk: &Desk, ctx: &Ctx, planned: &Planned) -> Result<(ShiftView, String), Error> {
    let shift = planned.shifts.first().ok_or_else(|| Error::Internal("nothing was planned".to_owned()))?;
    let view = ShiftView { findings: desk.findings(&planned.findings), ..view(ctx, shift) };
    Ok((view, shift.version.to_string()))
}

pub(super) fn alone(_: usize) -> String {
    String::new()
}

pub(super) fn in_batch(index: usize) -> String {
    format!("/shifts/{index}")
}

/// Whether the caller may still see what an earlier answer showed: the gate of a kept answer.
pub(super) fn gate(id: RowId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| shifts::see(connection, ctx, id).map(drop)
}

fn gate_of_officers(officers: Vec<OfficerId>) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| crate::app::duty::check_seen(connection, ctx, &officers)
}

pub(super) fn check_count(shifts: &[ShiftBody]) -> Result<(), FieldError> {
    match shifts.len() {
        0 => Err(FieldError::new("/shifts", Code::InvalidValue).expected(format!("1 … {BATCH_MAX}"))),
        1..=BATCH_MAX => Ok(()),
        _ => Err(FieldError::new("/shifts", Code::TooLong).expected(format!("≤ {BATCH_MAX}"))),
    }
}

/// `POST /duty-shifts`
pub async fn create(office: Office, body: Json<ShiftBody>) -> Result<Answer, Problem> {
    let (desk, officer) = (office.desk.clone(), body.value.officer_id);
    let new = [NewShift::from(body.value)];
    office
        .post(body.hash, gate_of_officers(vec![officer]), move |tx, ctx| {
            let planned = plan::enter(tx, ctx, Draft::entered(&new), &alone)?;
            let (view, tag) = planned_one(&desk, ctx, &planned)?;
            Ok(Answer::created(format!("/duty-shifts/{}", view.id), &view)?.etag(tag))
        })
        .await
}

/// `POST /duty-shifts/batch`
pub async fn batch(office: Office, body: Json<BatchBody>) -> Result<Answer, Problem> {
    check_count(&body.value.shifts)?;
    let desk = office.desk.clone();
    let new: Vec<NewShift> = body.value.shifts.into_iter().map(NewShift::from).collect();
    let officers = new.iter().map(|one| one.officer_id).collect();
    office
        .post(body.hash, gate_of_officers(officers), move |tx, ctx| {
            let planned = plan::enter(tx, ctx, Draft::entered(&new), &in_batch)?;
            let items = planned.shifts.iter().map(|shift| view(ctx, shift)).collect();
            let findings: Vec<Finding> = planned.findings;
            Answer::ok(&PlannedView { items, findings: desk.findings(&findings) })
        })
        .await
}

/// `GET /duty-shifts`
pub async fn list(office: Office, query: Query<ListShifts>) -> Result<Answer, Problem> {
    let ListShifts { officer_id, unit_id, from, to, state, kind, format, paging } = query.0;
    let after: Option<(NaiveDateTime, RowId)> = paging.after("duty_shifts")?;
    let limit = format.rows(paging.limit());
    let narrowing = Narrowing { officer_id, unit_id, from, to, state, kind };
    if format != Format::Json {
        let lines = office
            .read(move |connection, ctx| {
                let rows = shifts::list(connection, ctx, &narrowing, after, limit)?;
                let people = officers::called(connection, rows.iter().map(|row| row.shift.officer_id))?;
                let named = |row: &Shown| Named::of(&people, row.shift.officer_id, view(ctx, &row.shift));
                Ok(rows.iter().map(named).collect::<Vec<_>>())
            })
            .await?;
        return Ok(office.desk.export(format, "duty-shifts", &lines)?);
    }
    let (rows, ctx) = office
        .read(move |connection, ctx| {
            let rows = shifts::list(connection, ctx, &narrowing, after, limit)?;
            Ok((rows, ctx.clone()))
        })
        .await?;
    let page = Page::of(rows, &paging, "duty_shifts", |row| (row.shift.starts_at, row.shift.id))?;
    Ok(Answer::ok(&page.map(|row| view(&ctx, &row.shift)))?)
}

/// `GET /duty-shifts/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(ctx, &shifts::get(connection, ctx, id.0)?)).await
}

/// `PATCH /duty-shifts/{id}`
pub async fn change(office: Office, id: PathId<RowId>, body: Json<ShiftPatch>) -> Result<Answer, Problem> {
    let (desk, expected, given) = (office.desk.clone(), office.expected()?, body.value);
    let changes = Changes {
        unit_id: present(given.unit_id, "/unit_id")?,
        starts_at: present(given.starts_at, "/starts_at")?,
        ends_at: present(given.ends_at, "/ends_at")?,
        kind: present(given.kind, "/kind")?,
        counted_minutes: present(given.counted_minutes, "/counted_minutes")?,
        override_reason: optional(given.override_reason),
        note: optional(given.note),
    };
    office
        .write(move |tx, ctx| {
            let planned = shifts::change(tx, ctx, id.0, &expected, &changes)?;
            let (view, tag) = planned_one(&desk, ctx, &planned)?;
            Ok(Answer::ok(&view)?.etag(tag))
        })
        .await
}

/// `POST /duty-shifts/{id}/cancel`
pub async fn cancel(office: Office, id: PathId<RowId>, body: Json<ReasonBody>) -> Result<Answer, Problem> {
    let (id, reason, desk) = (id.0, body.value.reason, office.desk.clone());
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            let findings = shifts::cancel(tx, ctx, id, &reason)?;
            let shown = shifts::get(tx.reading(), ctx, id)?;
            let view = ShiftView { findings: desk.findings(&findings), ..whole(ctx, &shown) };
            Ok(Answer::ok(&view)?.etag(shown.shift.version.to_string()))
        })
        .await
}
