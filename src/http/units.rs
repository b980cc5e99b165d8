//! Units: the tree, its heads, its history.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::{Json, Patch};
use super::date;
use super::export::Format;
use super::office::{Office, tag};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::ctx::{Ctx, Expected};
use crate::app::error::Error;
use crate::app::units::{self, Changes, NewUnit, Shown};
use crate::app::units::{Heads, SINCE_EVER, open_ended};
use crate::rules::terms::{Instant, OfficerId, UnitId, UnitKind};

/// A new unit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitBody {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[schemars(length(min = 1, max = 32))]
    code: String,
    kind: UnitKind,
    #[serde(default)]
    parent_id: Option<UnitId>,
}

/// What changes of a unit; its place in the tree changes by `/move`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPatch {
    #[serde(default)]
    name: Patch<String>,
    #[serde(default)]
    code: Patch<String>,
    #[serde(default)]
    kind: Patch<UnitKind>,
}

/// A move under another parent; without a parent the unit becomes a root.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    #[serde(default)]
    parent_id: Option<UnitId>,
    #[serde(deserialize_with = "date::required")]
    effective_on: NaiveDate,
}

/// Head and deputies from a date on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadBody {
    #[serde(default)]
    head_officer_id: Option<OfficerId>,
    #[serde(default)]
    #[schemars(length(max = 20))]
    deputy_officer_ids: Vec<OfficerId>,
    #[serde(deserialize_with = "date::required")]
    effective_on: NaiveDate,
}

/// A place in the tree for some time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlaceView {
    parent_id: Option<UnitId>,
    /// First date; null: since ever.
    from: Option<NaiveDate>,
    /// Last date; null: until further notice.
    to: Option<NaiveDate>,
}

/// A unit as it is today.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnitView {
    id: UnitId,
    name: String,
    code: String,
    kind: UnitKind,
    parent_id: Option<UnitId>,
    head_officer_id: Option<OfficerId>,
    deputy_officer_ids: Vec<OfficerId>,
    created_at: Instant,
    /// Its places over time; only where one unit is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    parents: Option<Vec<PlaceView>>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUnits {
    /// Only units directly under this one.
    #[serde(default)]
    parent_id: Option<UnitId>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// Bounds of a dated row as they are shown: the sentinels of the store are nobody's business.
pub(super) fn bounds(effective_on: NaiveDate, until_on: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let from = (effective_on > SINCE_EVER).then_some(effective_on);
    let to = if open_ended(until_on) { None } else { until_on.pred_opt() };
    (from, to)
}

fn view(shown: Shown) -> UnitView {
    let places: Vec<PlaceView> = shown
        .places
        .into_iter()
        .map(|place| {
            let (from, to) = bounds(place.effective_on, place.until_on);
            PlaceView { parent_id: place.parent, from, to }
        })
        .collect();
    UnitView {
        id: shown.unit.id,
        name: shown.unit.name,
        code: shown.unit.code,
        kind: shown.unit.kind,
        parent_id: shown.parent_id,
        head_officer_id: shown.heads.head,
        deputy_officer_ids: shown.heads.deputies,
        created_at: shown.unit.created_at.and_utc(),
        parents: (!places.is_empty()).then_some(places),
    }
}

fn tag_of(shown: &Shown) -> String {
    tag(shown.unit.version, &[&shown.parent_id, &shown.heads])
}

fn answer(shown: Shown) -> Result<Answer, Error> {
    let tag = tag_of(&shown);
    Ok(Answer::ok(&view(shown))?.etag(tag))
}

/// `POST /units`
pub async fn create(office: Office, body: Json<NewUnitBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let parent = given.parent_id;
    let new = NewUnit { name: given.name, code: given.code, kind: given.kind, parent_id: given.parent_id };
    office
        .post(
            body.hash,
            move |connection: &mut Conn, ctx: &Ctx| units::check_parent(connection, ctx, parent),
            move |tx, ctx| {
                let shown = units::create(tx, ctx, &new)?;
                let tag = tag_of(&shown);
                Ok(Answer::created(format!("/units/{}", shown.unit.id), &view(shown))?.etag(tag))
            },
        )
        .await
}

/// `GET /units`
pub async fn list(office: Office, query: Query<ListUnits>) -> Result<Answer, Problem> {
    let ListUnits { parent_id, format, paging } = query.0;
    let after: Option<String> = paging.after("units")?;
    let limit = format.rows(paging.limit());
    let rows =
        office.read(move |connection, ctx| units::list(connection, ctx, parent_id, after.as_deref(), limit)).await?;
    if format != Format::Json {
        let lines: Vec<UnitView> = rows.into_iter().map(view).collect();
        return Ok(office.desk.export(format, "units", &lines)?);
    }
    let page = Page::of(rows, &paging, "units", |row| row.unit.code.clone())?;
    Ok(Answer::ok(&page.map(view))?)
}

/// `GET /units/{id}`
pub async fn show(office: Office, id: PathId<UnitId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(units::get(connection, ctx, id.0)?)).await
}

/// `PATCH /units/{id}`
pub async fn change(office: Office, id: PathId<UnitId>, body: Json<UnitPatch>) -> Result<Answer, Problem> {
    let expected = office.expected()?;
    let given = body.value;
    let changes = Changes {
        name: present(given.name, "/name")?,
        code: present(given.code, "/code")?,
        kind: present(given.kind, "/kind")?,
    };
    office.write(move |tx, ctx| answer(units::change(tx, ctx, id.0, &expected, &changes)?)).await
}

/// A member that may be left out but not removed.
pub(super) fn present<T>(patch: Patch<T>, pointer: &str) -> Result<Option<T>, Error> {
    match patch {
        Patch::Absent => Ok(None),
        Patch::Value(value) => Ok(Some(value)),
        Patch::Null => Err(crate::app::error::FieldError::new(pointer, crate::app::error::Code::InvalidValue).into()),
    }
}

/// `POST /units/{id}/move`
pub async fn relocate(office: Office, id: PathId<UnitId>, body: Json<MoveBody>) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value);
    office
        .post(
            body.hash,
            move |connection, ctx| units::get(connection, ctx, id).map(drop),
            move |tx, ctx| answer(units::relocate(tx, ctx, id, given.parent_id, given.effective_on)?),
        )
        .await
}

/// `PUT /units/{id}/head`
pub async fn set_head(office: Office, id: PathId<UnitId>, body: Json<HeadBody>) -> Result<Answer, Problem> {
    let version = match office.desk.expected()? {
        super::desk::Expected::Absent => None,
        super::desk::Expected::Version(_) => Some(office.expected()?),
    };
    let given = body.value;
    let heads = Heads { head: given.head_officer_id, deputies: given.deputy_officer_ids };
    let on = given.effective_on;
    office
        .write(move |tx, ctx| {
            let expected = version.as_ref().map_or(Expected::Absent, |expects| Expected::There(expects));
            answer(units::set_heads(tx, ctx, id.0, &expected, &heads, on)?)
        })
        .await
}
