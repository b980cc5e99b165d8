//! Accounts and their grants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::{Json, OptionalJson, Patch};
use super::office::{Done, Office};
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::accounts::Grant;
use crate::app::accounts::{self, Changes, NewAccount, Shown, Switch};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::terms::{AccountId, Instant, OfficerId, Role, UnitId};

/// A role on a unit and everything under it; without a unit, on the whole force.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantView {
    role: Role,
    #[serde(default)]
    unit_id: Option<UnitId>,
}

impl From<Grant> for GrantView {
    fn from(grant: Grant) -> Self {
        Self { role: grant.role, unit_id: grant.unit_id }
    }
}

impl From<GrantView> for Grant {
    fn from(view: GrantView) -> Self {
        Self { role: view.role, unit_id: view.unit_id }
    }
}

/// A new account; without a password a one-time code is made, which the answer shows once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountBody {
    #[schemars(length(min = 1, max = 64))]
    username: String,
    #[serde(default)]
    #[schemars(length(min = 8, max = 256))]
    password: Option<String>,
    #[serde(default)]
    officer_id: Option<OfficerId>,
    #[serde(default)]
    #[schemars(length(max = 50))]
    grants: Vec<GrantView>,
}

/// What changes of an account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    #[serde(default)]
    username: Patch<String>,
    #[serde(default)]
    officer_id: Patch<OfficerId>,
    #[serde(default)]
    grants: Patch<Vec<GrantView>>,
}

/// An account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountView {
    id: AccountId,
    username: String,
    officer_id: Option<OfficerId>,
    grants: Vec<GrantView>,
    /// Since when it cannot sign in.
    disabled_at: Option<Instant>,
    must_change_password: bool,
    created_at: Instant,
    /// Shown once, to whoever made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_code: Option<String>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {
    #[serde(flatten)]
    paging: Paging,
}

fn view(shown: Shown) -> AccountView {
    AccountView {
        id: shown.account.id,
        username: shown.account.username,
        officer_id: shown.account.officer_id,
        grants: shown.grants.into_iter().map(GrantView::from).collect(),
        disabled_at: shown.account.disabled_at.map(|at| at.and_utc()),
        must_change_password: shown.account.must_change_password,
        created_at: shown.account.created_at.and_utc(),
        one_time_code: None,
    }
}

fn answer(shown: Shown) -> Result<Answer, Error> {
    let tag = shown.account.version.to_string();
    Ok(Answer::ok(&view(shown))?.etag(tag))
}

/// The answer with the one-time code, and what is kept of it without.
fn with_code(
    answer: impl Fn(&AccountView) -> Result<Answer, Error>,
    shown: Shown,
    code: Option<String>,
) -> Result<Done, Error> {
    let tag = shown.account.version.to_string();
    let without = view(shown);
    let with = AccountView { one_time_code: code, ..without.clone() };
    Ok(Done::with_secret(answer(&with)?.etag(tag), &answer(&without)?))
}

/// `POST /accounts`
pub async fn create(office: Office, body: Json<NewAccountBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let new = NewAccount {
        username: given.username,
        password: given.password,
        officer_id: given.officer_id,
        grants: given.grants.into_iter().map(Grant::from).collect(),
    };
    let (house, password) = (office.house.clone(), new.password.clone());
    let secret = office.desk.run(move || accounts::secret(&house.sign_in.passwords, password.as_deref())).await?;
    let asked = new.clone();
    let gate = move |connection: &mut Conn, ctx: &Ctx| accounts::check_new(connection, ctx, &asked);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let shown = accounts::create(tx, ctx, &new, &secret)?;
            let location = format!("/accounts/{}", shown.account.id);
            with_code(|view| Answer::created(location.clone(), view), shown, secret.one_time_code.clone())
        })
        .await
}

/// `GET /accounts`
pub async fn list(office: Office, query: Query<ListAccounts>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let after: Option<String> = paging.after("accounts")?;
    let limit = paging.limit();
    let rows = office.read(move |connection, ctx| accounts::list(connection, ctx, after.as_deref(), limit)).await?;
    let page = Page::of(rows, &paging, "accounts", |row| row.account.username.clone())?;
    Ok(Answer::ok(&page.map(view))?)
}

/// `GET /accounts/{id}`
pub async fn show(office: Office, id: PathId<AccountId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(accounts::get(connection, ctx, id.0)?)).await
}

/// `PATCH /accounts/{id}`
pub async fn change(office: Office, id: PathId<AccountId>, body: Json<AccountPatch>) -> Result<Answer, Problem> {
    let expected = office.expected()?;
    let given = body.value;
    let changes = Changes {
        username: match given.username {
            Patch::Absent => None,
            other => Some(other.require(String::new(), "/username")?),
        },
        officer_id: match given.officer_id {
            Patch::Absent => None,
            other => Some(other.apply(None)),
        },
        grants: match given.grants {
            Patch::Absent => None,
            other => Some(other.apply(None).unwrap_or_default().into_iter().map(Grant::from).collect()),
        },
    };
    office.write(move |tx, ctx| answer(accounts::change(tx, ctx, id.0, &expected, &changes)?)).await
}

async fn switched(office: Office, id: AccountId, hash: [u8; 32], switch: Switch) -> Result<Answer, Problem> {
    office
        .post(
            hash,
            move |connection, ctx| accounts::get(connection, ctx, id).map(drop),
            move |tx, ctx| answer(accounts::switch(tx, ctx, id, switch)?),
        )
        .await
}

/// `POST /accounts/{id}/disable`
pub async fn disable(office: Office, id: PathId<AccountId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    switched(office, id.0, body.hash, Switch::Disable).await
}

/// `POST /accounts/{id}/enable`
pub async fn enable(office: Office, id: PathId<AccountId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    switched(office, id.0, body.hash, Switch::Enable).await
}

/// `POST /accounts/{id}/reset-password`
pub async fn reset(office: Office, id: PathId<AccountId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let (house, id) = (office.house.clone(), id.0);
    let secret = office.desk.run(move || accounts::secret(&house.sign_in.passwords, None)).await?;
    office
        .post(
            body.hash,
            move |connection, ctx| accounts::get(connection, ctx, id).map(drop),
            move |tx, ctx| {
                let shown = accounts::reset_password(tx, ctx, id, &secret)?;
                with_code(Answer::ok, shown, secret.one_time_code.clone())
            },
        )
        .await
}

/// The body of an act that needs nothing: absent, or an empty object.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
