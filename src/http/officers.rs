//! Officers: who they are, where they serve, since when; and the directory.

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
use super::query::{Query, Sought};
use super::units::{bounds, present};
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::officers::{self, Changes, GivenPeriod, NewOfficer, READERS, Shown};
use crate::app::officers::{Separation, ServicePeriod};
use crate::app::reach;
use crate::app::roll::{self, DirectoryLine, Listed, Narrowing};
use crate::app::separations;
use crate::rules::terms::{Category, Instant, OfficerId, SeparationCause, ServiceKind, Sex, UnitId};

/// One period of service; without `to` it goes on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodView {
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    #[serde(default, deserialize_with = "date::optional")]
    to: Option<NaiveDate>,
    #[serde(default = "employment")]
    kind: ServiceKind,
}

const fn employment() -> ServiceKind {
    ServiceKind::Employment
}

impl From<PeriodView> for GivenPeriod {
    fn from(view: PeriodView) -> Self {
        Self { from: view.from, to: view.to, kind: view.kind }
    }
}

impl From<&ServicePeriod> for PeriodView {
    fn from(row: &ServicePeriod) -> Self {
        Self { from: row.from_on, to: row.to_on, kind: row.kind }
    }
}

/// A new officer; unit and category hold for all earlier dates too.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOfficerBody {
    #[schemars(length(min = 1, max = 32))]
    badge_no: String,
    #[schemars(length(min = 1, max = 100))]
    name: String,
    unit_id: UnitId,
    category: Category,
    sex: Sex,
    #[serde(default, deserialize_with = "date::optional")]
    born_on: Option<NaiveDate>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    post: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    rank: Option<String>,
    #[serde(default, deserialize_with = "date::optional")]
    joined_on: Option<NaiveDate>,
    #[serde(default)]
    spouse_officer_id: Option<OfficerId>,
    #[serde(default)]
    shift_worker: bool,
    #[serde(default)]
    #[schemars(length(max = 50))]
    service_periods: Vec<PeriodView>,
}

/// What changes of an officer. Unit, category and separation have acts of their own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerPatch {
    #[serde(default)]
    badge_no: Patch<String>,
    #[serde(default)]
    name: Patch<String>,
    #[serde(default)]
    sex: Patch<Sex>,
    #[serde(default, deserialize_with = "date::patch")]
    born_on: Patch<NaiveDate>,
    #[serde(default)]
    post: Patch<String>,
    #[serde(default)]
    rank: Patch<String>,
    #[serde(default, deserialize_with = "date::patch")]
    joined_on: Patch<NaiveDate>,
    #[serde(default)]
    spouse_officer_id: Patch<OfficerId>,
    #[serde(default)]
    shift_worker: Patch<bool>,
    #[serde(default)]
    service_periods: Patch<Vec<PeriodView>>,
}

/// A transfer to another unit.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    unit_id: UnitId,
    #[serde(deserialize_with = "date::required")]
    effective_on: NaiveDate,
}

/// A change of category.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryBody {
    category: Category,
    #[serde(deserialize_with = "date::required")]
    effective_on: NaiveDate,
}

/// Leaving the roll: `left_on` is the last day on it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeparationView {
    #[serde(deserialize_with = "date::required")]
    left_on: NaiveDate,
    cause: SeparationCause,
}

/// Why a separation is taken back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeBody {
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
}

/// A value that holds from a date to a date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HeldUnit {
    unit_id: UnitId,
    /// First date; null: since ever.
    from: Option<NaiveDate>,
    /// Last date; null: until further notice.
    to: Option<NaiveDate>,
}

/// A category that holds from a date to a date.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HeldCategory {
    category: Category,
    /// First date; null: since ever.
    from: Option<NaiveDate>,
    /// Last date; null: until further notice.
    to: Option<NaiveDate>,
}

/// An officer as they are today.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OfficerView {
    id: OfficerId,
    badge_no: String,
    name: String,
    unit_id: UnitId,
    category: Category,
    sex: Sex,
    born_on: Option<NaiveDate>,
    post: Option<String>,
    rank: Option<String>,
    joined_on: Option<NaiveDate>,
    shift_worker: bool,
    created_at: Instant,
    /// Seen by the officer and hr only; null for others and where there is none.
    spouse_officer_id: Option<OfficerId>,
    service_periods: Vec<PeriodView>,
    separation: Option<SeparationView>,
    units: Vec<HeldUnit>,
    categories: Vec<HeldCategory>,
}

/// An officer in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OfficerLine {
    id: OfficerId,
    badge_no: String,
    name: String,
    unit_id: UnitId,
    category: Category,
    sex: Sex,
    born_on: Option<NaiveDate>,
    post: Option<String>,
    rank: Option<String>,
    joined_on: Option<NaiveDate>,
    shift_worker: bool,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListOfficers {
    /// This unit and everything under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    #[serde(default)]
    category: Option<Category>,
    #[serde(default)]
    badge_no: Option<Sought<100>>,
    /// Name or badge number contains this.
    #[serde(default)]
    q: Option<Sought<100>>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// Query of the directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchDirectory {
    /// Name or badge number contains this.
    q: Sought<100>,
    #[serde(flatten)]
    paging: Paging,
}

/// One line of the directory.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DirectoryView {
    officer_id: OfficerId,
    name: String,
    unit_id: UnitId,
    unit_name: String,
}

fn view(shown: Shown) -> OfficerView {
    OfficerView {
        id: shown.officer.id,
        badge_no: shown.officer.badge_no,
        name: shown.officer.name,
        unit_id: shown.unit_id,
        category: shown.category,
        sex: shown.officer.sex,
        born_on: shown.officer.born_on,
        post: shown.officer.post,
        rank: shown.officer.rank,
        joined_on: shown.officer.joined_on,
        shift_worker: shown.officer.shift_worker,
        created_at: shown.officer.created_at.and_utc(),
        spouse_officer_id: shown.spouse_officer_id,
        service_periods: shown.service_periods.iter().map(PeriodView::from).collect(),
        separation: shown.separation.map(|one| SeparationView { left_on: one.left_on, cause: one.cause }),
        units: shown
            .units
            .iter()
            .map(|period| {
                let (from, to) = bounds(period.effective_on, period.until_on);
                HeldUnit { unit_id: period.value, from, to }
            })
            .collect(),
        categories: shown
            .categories
            .iter()
            .map(|period| {
                let (from, to) = bounds(period.effective_on, period.until_on);
                HeldCategory { category: period.value, from, to }
            })
            .collect(),
    }
}

fn line(listed: Listed) -> OfficerLine {
    OfficerLine {
        id: listed.officer.id,
        badge_no: listed.officer.badge_no,
        name: listed.officer.name,
        unit_id: listed.unit_id,
        category: listed.category,
        sex: listed.officer.sex,
        born_on: listed.officer.born_on,
        post: listed.officer.post,
        rank: listed.officer.rank,
        joined_on: listed.officer.joined_on,
        shift_worker: listed.officer.shift_worker,
    }
}

fn tag_of(shown: &Shown) -> String {
    tag(shown.officer.version, &[&shown.unit_id, &shown.category])
}

fn answer(shown: Shown) -> Result<Answer, Error> {
    let tag = tag_of(&shown);
    Ok(Answer::ok(&view(shown))?.etag(tag))
}

/// Whether the caller may still see an officer: the gate of a kept answer.
fn gate(id: OfficerId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| reach::see_officer(connection, ctx, id, READERS).map(drop)
}

/// `POST /officers`
pub async fn create(office: Office, body: Json<NewOfficerBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let unit = given.unit_id;
    let new = NewOfficer {
        badge_no: given.badge_no,
        name: given.name,
        unit_id: given.unit_id,
        category: given.category,
        sex: given.sex,
        born_on: given.born_on,
        post: given.post,
        rank: given.rank,
        joined_on: given.joined_on,
        spouse_officer_id: given.spouse_officer_id,
        shift_worker: given.shift_worker,
        service_periods: given.service_periods.into_iter().map(GivenPeriod::from).collect(),
    };
    office
        .post(
            body.hash,
            move |connection, ctx| {
                let reached = reach::reaches(connection, ctx, officers::KEEPERS, unit)?;
                if reached { Ok(()) } else { Err(crate::app::error::Code::NotFound.into()) }
            },
            move |tx, ctx| {
                let shown = officers::create(tx, ctx, &new)?;
                let tag = tag_of(&shown);
                Ok(Answer::created(format!("/officers/{}", shown.officer.id), &view(shown))?.etag(tag))
            },
        )
        .await
}

/// `GET /officers`
pub async fn list(office: Office, query: Query<ListOfficers>) -> Result<Answer, Problem> {
    let ListOfficers { unit_id, category, badge_no, q, format, paging } = query.0;
    let after: Option<String> = paging.after("officers")?;
    let limit = format.rows(paging.limit());
    let (badge_no, text) = (badge_no.map(|sought| sought.0), q.map(|sought| sought.0));
    let narrowing = Narrowing { unit_id, category, badge_no, text };
    let rows = office.read(move |connection, ctx| roll::list(connection, ctx, narrowing, after, limit)).await?;
    if format != Format::Json {
        let lines: Vec<OfficerLine> = rows.into_iter().map(line).collect();
        return Ok(office.desk.export(format, "officers", &lines)?);
    }
    let page = Page::of(rows, &paging, "officers", |row| row.officer.badge_no.clone())?;
    Ok(Answer::ok(&page.map(line))?)
}

/// `GET /officers/{id}`
pub async fn show(office: Office, id: PathId<OfficerId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(officers::get(connection, ctx, id.0)?)).await
}

/// A member that may be left out, removed or replaced.
pub(super) fn optional<T>(patch: Patch<T>) -> Option<Option<T>> {
    match patch {
        Patch::Absent => None,
        Patch::Null => Some(None),
        Patch::Value(value) => Some(Some(value)),
    }
}

/// `PATCH /officers/{id}`
pub async fn change(office: Office, id: PathId<OfficerId>, body: Json<OfficerPatch>) -> Result<Answer, Problem> {
    let expected = office.expected()?;
    let given = body.value;
    let changes = Changes {
        badge_no: present(given.badge_no, "/badge_no")?,
        name: present(given.name, "/name")?,
        sex: present(given.sex, "/sex")?,
        born_on: optional(given.born_on),
        post: optional(given.post),
        rank: optional(given.rank),
        joined_on: optional(given.joined_on),
        spouse_officer_id: optional(given.spouse_officer_id),
        shift_worker: present(given.shift_worker, "/shift_worker")?,
        service_periods: optional(given.service_periods)
            .map(|periods| periods.unwrap_or_default().into_iter().map(GivenPeriod::from).collect()),
    };
    office.write(move |tx, ctx| answer(officers::change(tx, ctx, id.0, &expected, &changes)?)).await
}

/// `POST /officers/{id}/transfer`
pub async fn transfer(office: Office, id: PathId<OfficerId>, body: Json<TransferBody>) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value);
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            answer(officers::transfer(tx, ctx, id, given.unit_id, given.effective_on)?)
        })
        .await
}

/// `POST /officers/{id}/category`
pub async fn recategorize(office: Office, id: PathId<OfficerId>, body: Json<CategoryBody>) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value);
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            answer(officers::recategorize(tx, ctx, id, given.category, given.effective_on)?)
        })
        .await
}

/// `POST /officers/{id}/separation`
pub async fn separate(office: Office, id: PathId<OfficerId>, body: Json<SeparationView>) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value);
    let separation = Separation { left_on: given.left_on, cause: given.cause };
    office.post(body.hash, gate(id), move |tx, ctx| answer(separations::separate(tx, ctx, id, separation)?)).await
}

/// `POST /officers/{id}/separation/revoke`
pub async fn revoke_separation(
    office: Office,
    id: PathId<OfficerId>,
    body: Json<RevokeBody>,
) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value);
    office.post(body.hash, gate(id), move |tx, ctx| answer(separations::revoke(tx, ctx, id, &given.reason)?)).await
}

/// `GET /directory`
pub async fn directory(office: Office, query: Query<SearchDirectory>) -> Result<Answer, Problem> {
    let SearchDirectory { q, paging } = query.0;
    let after: Option<String> = paging.after("directory")?;
    let limit = paging.limit();
    let rows = office.read(move |connection, ctx| roll::directory(connection, ctx, &q.0, after, limit)).await?;
    let page = Page::of(rows, &paging, "directory", |row: &DirectoryLine| row.badge_no.clone())?;
    Ok(Answer::ok(&page.map(|row| DirectoryView {
        officer_id: row.officer_id,
        name: row.name,
        unit_id: row.unit_id,
        unit_name: row.unit_name,
    }))?)
}
