//! Dual-police couples (双警家庭).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::office::{Office, tag};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::watch::couples::{self, CoupleState, Pairing, state};
use crate::rules::terms::{Instant, OfficerId, RowId};

/// A new couple.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCoupleBody {
    partner_officer_id: OfficerId,
    /// Who needs one of the two at home; with it they are never both on overnight or holiday duty.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    care_need: Option<String>,
}

/// A couple.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoupleView {
    id: RowId,
    /// Who asked.
    officer_id: OfficerId,
    partner_officer_id: OfficerId,
    care_need: Option<String>,
    state: CoupleState,
    asked_at: Instant,
    agreed_at: Option<Instant>,
    ended_at: Option<Instant>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCouples {
    #[serde(flatten)]
    paging: Paging,
}

fn view(row: Pairing) -> CoupleView {
    CoupleView {
        id: row.id,
        officer_id: row.officer_id,
        partner_officer_id: row.partner_officer_id,
        state: state(&row),
        care_need: row.care_need,
        asked_at: row.asked_at.and_utc(),
        agreed_at: row.agreed_at.map(|at| at.and_utc()),
        ended_at: row.ended_at.map(|at| at.and_utc()),
    }
}

fn answer(row: Pairing) -> Result<Answer, Error> {
    let tag = tag(row.version, &[&state(&row)]);
    Ok(Answer::ok(&view(row))?.etag(tag))
}

/// `POST /couples`
pub async fn create(office: Office, body: Json<NewCoupleBody>) -> Result<Answer, Problem> {
    let given = body.value;
    office
        .post(
            body.hash,
            |_: &mut Conn, ctx: &Ctx| couples::check_asker(ctx),
            move |tx, ctx| {
                let row = couples::ask(tx, ctx, given.partner_officer_id, given.care_need.as_deref())?;
                let (tag, place) = (tag(row.version, &[&state(&row)]), format!("/couples/{}", row.id));
                Ok(Answer::created(place, &view(row))?.etag(tag))
            },
        )
        .await
}

/// `GET /couples`
pub async fn list(office: Office, query: Query<ListCouples>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let (before, limit) = (paging.after("couples")?, paging.limit());
    let rows = office.read(move |connection, ctx| couples::list(connection, ctx, before, limit)).await?;
    Ok(Answer::ok(&Page::of(rows, &paging, "couples", |row| row.id)?.map(view))?)
}

/// `GET /couples/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(couples::get(connection, ctx, id.0)?)).await
}

/// `POST /couples/{id}/agree`
pub async fn agree(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| couples::check_one_of(connection, ctx, id).map(drop),
            move |tx, ctx| answer(couples::agree(tx, ctx, id)?),
        )
        .await
}

/// `POST /couples/{id}/end`
pub async fn end(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| couples::check_one_of(connection, ctx, id).map(drop),
            move |tx, ctx| answer(couples::end(tx, ctx, id)?),
        )
        .await
}
