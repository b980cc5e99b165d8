//! Keys of the interface.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::{GrantView, Nothing};
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::office::{Done, Office};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::accounts::Grant;
use crate::app::api_keys::{self, NewApiKey, Shown};
use crate::app::ctx::Ctx;
use crate::rules::terms::{AccountId, Instant};

/// A new key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKeyBody {
    /// What it is for.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// What it may do; never `clinician`, `welfare_worker` or a role of the fund.
    #[schemars(length(min = 1, max = 50))]
    grants: Vec<GrantView>,
    /// The last date on which it works, at most three years ahead.
    #[serde(deserialize_with = "date::required")]
    expires_on: NaiveDate,
}

/// A key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ApiKeyView {
    /// Its id, which is that of the account through which it acts: the audit trail names it.
    id: AccountId,
    name: String,
    grants: Vec<GrantView>,
    expires_on: NaiveDate,
    created_by: Option<AccountId>,
    created_at: Instant,
    ended_at: Option<Instant>,
    ended_by: Option<AccountId>,
    /// Shown once, to whoever made it: a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListApiKeys {
    #[serde(flatten)]
    paging: Paging,
}

fn view(shown: Shown) -> ApiKeyView {
    let key = shown.key;
    ApiKeyView {
        id: key.account_id,
        name: key.name,
        grants: shown.grants.into_iter().map(GrantView::from).collect(),
        expires_on: key.expires_on,
        created_by: key.created_by,
        created_at: key.created_at.and_utc(),
        ended_at: key.ended_at.map(|at| at.and_utc()),
        ended_by: key.ended_by,
        key: None,
    }
}

/// `POST /api-keys`
pub async fn create(office: Office, body: Json<NewApiKeyBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let new = NewApiKey {
        name: given.name,
        grants: given.grants.into_iter().map(Grant::from).collect(),
        expires_on: given.expires_on,
    };
    let asked = new.clone();
    let gate = move |connection: &mut Conn, ctx: &Ctx| api_keys::check_new(connection, ctx, &asked);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let (shown, text) = api_keys::create(tx, ctx, &new)?;
            let location = format!("/api-keys/{}", shown.key.account_id);
            let without = view(shown);
            let with = ApiKeyView { key: Some(text), ..without.clone() };
            let answer = Answer::created(location.clone(), &with)?;
            Ok(Done::with_secret(answer, &Answer::created(location, &without)?))
        })
        .await
}

/// `GET /api-keys`
pub async fn list(office: Office, query: Query<ListApiKeys>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let before: Option<AccountId> = paging.after("api_keys")?;
    let limit = paging.limit();
    let rows = office.read(move |connection, ctx| api_keys::list(connection, ctx, before, limit)).await?;
    let page = Page::of(rows, &paging, "api_keys", |row| row.key.account_id)?;
    Ok(Answer::ok(&page.map(view))?)
}

/// `GET /api-keys/{id}`
pub async fn show(office: Office, id: PathId<AccountId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| Answer::ok(&view(api_keys::get(connection, ctx, id.0)?))).await
}

/// `POST /api-keys/{id}/end`
pub async fn end(office: Office, id: PathId<AccountId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| api_keys::get(connection, ctx, id).map(drop),
            move |tx, ctx| Answer::ok(&view(api_keys::end(tx, ctx, id)?)),
        )
        .await
}
