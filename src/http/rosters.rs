//! Rosters: patterns, generating, publishing, and the strength that units keep.

use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson, Patch};
use super::date;
use super::language::FindingView;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use super::units::present;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::duty::generate::{self, Assignment, Generation};
use crate::app::duty::patterns::{self, Changes, CycleDay, NewPattern, Shown};
use crate::app::duty::planned_units;
use crate::app::duty::publish::{self, Roster};
use crate::app::error::Error;
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId, UnitId};

/// A time of day on the local clock, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
pub struct LocalTime(NaiveTime);

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = NaiveTime::parse_from_str(&text, "%H:%M").ok().filter(|_| text.len() == 5);
        read.map(Self).ok_or_else(|| serde::de::Error::custom("invalid value: expected HH:MM"))
    }
}

impl From<NaiveTime> for LocalTime {
    fn from(time: NaiveTime) -> Self {
        Self(time)
    }
}

impl Serialize for LocalTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%H:%M"))
    }
}

/// One day of a cycle: a shift, a rest day, or neither.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CycleDayBody {
    /// Kind of the shift.
    #[serde(default)]
    kind: Option<DutyKind>,
    /// When it begins on the local clock, `HH:MM`.
    #[serde(default)]
    starts: Option<LocalTime>,
    /// How long it is on the local clock.
    #[serde(default)]
    #[schemars(range(min = 1, max = 4320))]
    minutes: Option<i64>,
    /// Minutes that count; left out, its length.
    #[serde(default)]
    #[schemars(range(min = 0, max = 4320))]
    counted_minutes: Option<i64>,
    /// `weekly` or `rotation`: a rest day.
    #[serde(default)]
    rest: Option<RestDayKind>,
    /// How a roster file writes the day, e.g. 白.
    #[serde(default)]
    #[schemars(length(min = 1, max = 10))]
    code: Option<String>,
}

impl From<CycleDayBody> for CycleDay {
    fn from(body: CycleDayBody) -> Self {
        Self {
            kind: body.kind,
            starts: body.starts.map(|time| time.0),
            minutes: body.minutes,
            counted_minutes: body.counted_minutes,
            rest: body.rest,
            code: body.code,
        }
    }
}

impl From<&CycleDay> for CycleDayBody {
    fn from(day: &CycleDay) -> Self {
        Self {
            kind: day.kind,
            starts: day.starts.map(LocalTime),
            minutes: day.minutes,
            counted_minutes: day.counted_minutes,
            rest: day.rest,
            code: day.code.clone(),
        }
    }
}

/// A pattern.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternBody {
    /// For this unit and everything under it; left out, for the whole force.
    #[serde(default)]
    unit_id: Option<UnitId>,
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[schemars(range(min = 1, max = 20))]
    teams: i32,
    /// By how many days a team is behind the one before it; left out, the cycle divided by the teams.
    #[serde(default)]
    #[schemars(range(min = 0, max = 91))]
    offset_days: Option<i32>,
    #[schemars(length(min = 1, max = 92))]
    cycle: Vec<CycleDayBody>,
}

/// What changes of a pattern.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatternPatch {
    #[serde(default)]
    name: Patch<String>,
    #[serde(default)]
    teams: Patch<i32>,
    #[serde(default)]
    offset_days: Patch<i32>,
    #[serde(default)]
    cycle: Patch<Vec<CycleDayBody>>,
}

/// A pattern.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PatternView {
    id: RowId,
    unit_id: Option<UnitId>,
    name: String,
    teams: i32,
    offset_days: i32,
    cycle: Vec<CycleDayBody>,
    recorded_at: Instant,
    recorded_by: Option<AccountId>,
    ended_at: Option<Instant>,
}

/// Query of a list that has no filters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPatterns {
    #[serde(flatten)]
    paging: Paging,
}

/// Who is in which team.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    officer_id: OfficerId,
    /// From 1.
    #[schemars(range(min = 1, max = 20))]
    team: i32,
}

/// A roster to be generated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateBody {
    pattern_id: RowId,
    unit_id: UnitId,
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    /// Last date; 400 days at most.
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
    /// A date on which the first team begins the cycle; left out, `from`.
    #[serde(default, deserialize_with = "date::optional")]
    first_team_on: Option<NaiveDate>,
    #[schemars(length(min = 1, max = 2000))]
    assignments: Vec<AssignmentBody>,
    /// Why it is planned in spite of what the rules warn of.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    override_reason: Option<String>,
    /// Tries everything and stores nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What was left out because somebody is away.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SkippedView {
    officer_id: OfficerId,
    date: NaiveDate,
}

/// What was generated, or would be.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GeneratedView {
    /// Whether it was stored, or would be.
    acceptable: bool,
    asks_override_reason: bool,
    shifts: usize,
    rest_days: usize,
    /// Dates left out because somebody is on leave.
    skipped: Vec<SkippedView>,
    findings: Vec<FindingView>,
}

/// A unit and a period to be published.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    unit_id: UnitId,
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
}

/// A published roster.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RosterView {
    id: RowId,
    unit_id: UnitId,
    from: NaiveDate,
    to: NaiveDate,
    officers: i32,
    /// Shifts that were published by it.
    shifts: i32,
    rest_days: i32,
    warnings: i32,
    /// Days from the publication to the first date; negative when it had begun.
    days_ahead: i32,
    policy_fingerprint: String,
    published_at: Instant,
    published_by: Option<AccountId>,
    /// What the rules warn of, the first five hundred; only where it was just published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingView>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRosters {
    #[serde(default)]
    unit_id: Option<UnitId>,
    #[serde(flatten)]
    paging: Paging,
}

fn pattern_view(shown: &Shown) -> PatternView {
    let pattern = &shown.pattern;
    PatternView {
        id: pattern.id,
        unit_id: pattern.unit_id,
        name: pattern.name.clone(),
        teams: pattern.teams,
        offset_days: pattern.offset_days,
        cycle: shown.cycle.iter().map(CycleDayBody::from).collect(),
        recorded_at: pattern.recorded_at.and_utc(),
        recorded_by: pattern.recorded_by,
        ended_at: pattern.ended_at.map(|at| at.and_utc()),
    }
}

fn pattern_answer(shown: &Shown) -> Result<Answer, Error> {
    Ok(Answer::ok(&pattern_view(shown))?.etag(shown.pattern.version.to_string()))
}

fn roster_view(roster: &Roster, findings: Vec<FindingView>) -> RosterView {
    RosterView {
        id: roster.id,
        unit_id: roster.unit_id,
        from: roster.from_on,
        to: roster.to_on,
        officers: roster.officers,
        shifts: roster.shifts,
        rest_days: roster.rest_days,
        warnings: roster.warnings,
        days_ahead: roster.days_ahead,
        policy_fingerprint: roster.policy_fingerprint.clone(),
        published_at: roster.published_at.and_utc(),
        published_by: roster.published_by,
        findings,
    }
}

fn gate_of_unit(unit: UnitId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| planned_units(connection, ctx, unit).map(drop)
}

/// `POST /roster-patterns`
pub async fn create_pattern(office: Office, body: Json<PatternBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let new = NewPattern {
        unit_id: given.unit_id,
        name: given.name,
        teams: given.teams,
        offset_days: given.offset_days,
        cycle: given.cycle.into_iter().map(CycleDay::from).collect(),
    };
    let unit = new.unit_id;
    office
        .post(
            body.hash,
            move |connection, ctx| unit.map_or(Ok(()), |unit| planned_units(connection, ctx, unit).map(drop)),
            move |tx, ctx| {
                let shown = patterns::create(tx, ctx, &new)?;
                let location = format!("/roster-patterns/{}", shown.pattern.id);
                Ok(Answer::created(location, &pattern_view(&shown))?.etag(shown.pattern.version.to_string()))
            },
        )
        .await
}

/// `GET /roster-patterns`
pub async fn list_patterns(office: Office, query: Query<ListPatterns>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let before: Option<RowId> = paging.after("roster_patterns")?;
    let limit = paging.limit();
    let rows = office.read(move |connection, ctx| patterns::list(connection, ctx, before, limit)).await?;
    let page = Page::of(rows, &paging, "roster_patterns", |row| row.pattern.id)?;
    Ok(Answer::ok(&page.map(|row| pattern_view(&row)))?)
}

/// `GET /roster-patterns/{id}`
pub async fn show_pattern(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| pattern_answer(&patterns::get(connection, ctx, id.0)?)).await
}

/// `PATCH /roster-patterns/{id}`
pub async fn change_pattern(office: Office, id: PathId<RowId>, body: Json<PatternPatch>) -> Result<Answer, Problem> {
    let (expected, given) = (office.expected()?, body.value);
    let changes = Changes {
        name: present(given.name, "/name")?,
        teams: present(given.teams, "/teams")?,
        offset_days: present(given.offset_days, "/offset_days")?,
        cycle: present(given.cycle, "/cycle")?.map(|days| days.into_iter().map(CycleDay::from).collect()),
    };
    office.write(move |tx, ctx| pattern_answer(&patterns::change(tx, ctx, id.0, &expected, &changes)?)).await
}

/// `POST /roster-patterns/{id}/end`
pub async fn end_pattern(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| patterns::get(connection, ctx, id).map(drop),
            move |tx, ctx| pattern_answer(&patterns::end(tx, ctx, id)?),
        )
        .await
}

/// `POST /rosters/generate`
pub async fn generate(office: Office, body: Json<GenerateBody>) -> Result<Answer, Problem> {
    let (desk, given) = (office.desk.clone(), body.value);
    let assignment = |one: &AssignmentBody| Assignment { officer_id: one.officer_id, team: one.team };
    let asked = Generation {
        pattern_id: given.pattern_id,
        unit_id: given.unit_id,
        from: given.from,
        to: given.to,
        first_team_on: given.first_team_on,
        assignments: given.assignments.iter().map(assignment).collect(),
        override_reason: given.override_reason,
    };
    let view = move |made: &generate::Generated, acceptable, asks, findings: &[_]| GeneratedView {
        acceptable,
        asks_override_reason: asks,
        shifts: made.counts().0,
        rest_days: made.counts().1,
        skipped: made.skipped.iter().map(|one| SkippedView { officer_id: one.officer_id, date: one.date }).collect(),
        findings: desk.findings(findings),
    };
    if given.dry_run {
        let (made, preview) = office.read(move |connection, ctx| generate::try_out(connection, ctx, &asked)).await?;
        return Ok(Answer::ok(&view(&made, preview.acceptable, preview.asks_reason, &preview.findings))?);
    }
    let unit = asked.unit_id;
    office
        .post(body.hash, gate_of_unit(unit), move |tx, ctx| {
            let (made, planned) = generate::generate(tx, ctx, &asked)?;
            Answer::ok(&view(&made, true, false, &planned.findings))
        })
        .await
}

/// `POST /rosters/publish`
pub async fn publish(office: Office, body: Json<PublishBody>) -> Result<Answer, Problem> {
    let (desk, given) = (office.desk.clone(), body.value);
    office
        .post(body.hash, gate_of_unit(given.unit_id), move |tx, ctx| {
            let published = publish::publish(tx, ctx, given.unit_id, given.from, given.to)?;
            let view = roster_view(&published.roster, desk.findings(&published.findings));
            Answer::created(format!("/rosters/{}", view.id), &view)
        })
        .await
}

/// `GET /rosters`
pub async fn list(office: Office, query: Query<ListRosters>) -> Result<Answer, Problem> {
    let ListRosters { unit_id, paging } = query.0;
    let before: Option<RowId> = paging.after("rosters")?;
    let limit = paging.limit();
    let rows = office.read(move |connection, ctx| publish::list(connection, ctx, unit_id, before, limit)).await?;
    let page = Page::of(rows, &paging, "rosters", |row| row.id)?;
    Ok(Answer::ok(&page.map(|row| roster_view(&row, Vec::new())))?)
}

/// `GET /rosters/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office
        .read(move |connection, ctx| Answer::ok(&roster_view(&publish::get(connection, ctx, id.0)?, Vec::new())))
        .await
}
