//! Delegations: who decides in whose place, and when.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::date;
use super::office::Office;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::delegations::{self, Delegation, DelegationState, NewDelegation};
use crate::app::error::Error;
use crate::rules::terms::{AccountId, Instant, RowId, UnitId};

/// A new delegation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDelegationBody {
    /// In whose place; left out, the caller's.
    #[serde(default)]
    from_account_id: Option<AccountId>,
    /// Who decides.
    to_account_id: AccountId,
    /// For the people of this unit and everything under it; left out, wherever the delegator decides.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// First date, not before today.
    #[serde(deserialize_with = "date::required")]
    from: NaiveDate,
    /// Last date; 366 days at most.
    #[serde(deserialize_with = "date::required")]
    to: NaiveDate,
}

/// A delegation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DelegationView {
    id: RowId,
    from_account_id: AccountId,
    to_account_id: AccountId,
    unit_id: Option<UnitId>,
    from: NaiveDate,
    to: NaiveDate,
    state: DelegationState,
    created_by: Option<AccountId>,
    created_at: Instant,
    ended_at: Option<Instant>,
    ended_by: Option<AccountId>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListDelegations {
    #[serde(flatten)]
    paging: Paging,
}

fn view(row: &Delegation, today: NaiveDate) -> DelegationView {
    DelegationView {
        id: row.id,
        from_account_id: row.from_account_id,
        to_account_id: row.to_account_id,
        unit_id: row.unit_id,
        from: row.from_on,
        to: row.to_on,
        state: delegations::state_on(row, today),
        created_by: row.created_by,
        created_at: row.created_at.and_utc(),
        ended_at: row.ended_at.map(|at| at.and_utc()),
        ended_by: row.ended_by,
    }
}

fn answer(row: &Delegation, ctx: &Ctx) -> Result<Answer, Error> {
    Answer::ok(&view(row, ctx.moment.today()))
}

/// `POST /delegations`
pub async fn create(office: Office, body: Json<NewDelegationBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let new = NewDelegation {
        from_account_id: given.from_account_id,
        to_account_id: given.to_account_id,
        unit_id: given.unit_id,
        from: given.from,
        to: given.to,
    };
    let asked = new.clone();
    let gate = move |connection: &mut Conn, ctx: &Ctx| delegations::check_caller(connection, ctx, &asked).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let row = delegations::create(tx, ctx, &new)?;
            Answer::created(format!("/delegations/{}", row.id), &view(&row, ctx.moment.today()))
        })
        .await
}

/// `GET /delegations`
pub async fn list(office: Office, query: Query<ListDelegations>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let before: Option<RowId> = paging.after("delegations")?;
    let limit = paging.limit();
    let (rows, today) = office
        .read(move |connection, ctx| Ok((delegations::list(connection, ctx, before, limit)?, ctx.moment.today())))
        .await?;
    let page = Page::of(rows, &paging, "delegations", |row| row.id)?;
    Ok(Answer::ok(&page.map(|row| view(&row, today)))?)
}

/// `GET /delegations/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(&delegations::get(connection, ctx, id.0)?, ctx)).await
}

/// `POST /delegations/{id}/end`
pub async fn end(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| delegations::get(connection, ctx, id).map(drop),
            move |tx, ctx| answer(&delegations::end(tx, ctx, id)?, ctx),
        )
        .await
}
