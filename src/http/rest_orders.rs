//! Rest orders (强制休息令).

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
use super::rest_violations::ProofView;
use crate::app::Conn;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::watch::LEADERS;
use crate::app::watch::orders::{
    self, Issue, Narrowing, NewOrder, OVERRIDERS, OrderOrigin, Override, RestOrder, ShownOrder, Whole, state_at,
};
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId, UnitId};

/// A new order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrderBody {
    /// Who is to rest.
    officer_id: OfficerId,
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    reason: Option<String>,
}

/// From when to when an order is issued.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueBody {
    /// First instant of rest; left out, the end of the duty, or now.
    #[serde(default)]
    from: Option<Instant>,
    /// First instant after it; left out, after the rest that the policy gives after such a duty.
    #[serde(default)]
    to: Option<Instant>,
    /// Who stands in.
    #[serde(default)]
    cover_officer_id: Option<OfficerId>,
}

/// Why and until when duty may happen inside an order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideBody {
    #[schemars(length(min = 1, max = 1000))]
    reason: String,
    /// The instant at which it lapses, as far ahead as the policy admits, 12 hours where it says nothing else.
    until: Instant,
}

/// A rest order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OrderView {
    id: RowId,
    officer_id: OfficerId,
    unit_id: UnitId,
    origin: OrderOrigin,
    state: ShownOrder,
    reason: Option<String>,
    /// The duty that is the cause.
    duty_from: Option<Instant>,
    duty_to: Option<Instant>,
    from: Option<Instant>,
    to: Option<Instant>,
    cover_officer_id: Option<OfficerId>,
    created_by: Option<AccountId>,
    created_at: Instant,
    issued_by: Option<AccountId>,
    issued_at: Option<Instant>,
    ended_by: Option<AccountId>,
    ended_at: Option<Instant>,
}

/// Duty that somebody let happen inside an order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OverrideView {
    reason: String,
    from: Instant,
    until: Instant,
    account_id: Option<AccountId>,
}

/// A rest order with what was let happen inside it, and the planned shifts that are to be changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WholeOrderView {
    #[serde(flatten)]
    order: OrderView,
    overrides: Vec<OverrideView>,
    /// Planned shifts inside it.
    shifts: Vec<ProofView>,
    /// How many hours ahead an override may reach, by the policy of the officer today; then it lapses by itself.
    override_hours_max: Option<i64>,
    /// The version of the policy that says so.
    policy: Option<String>,
}

/// Query of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListOrders {
    /// Only of this unit and everything under it.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Only for this officer.
    #[serde(default)]
    officer_id: Option<OfficerId>,
    #[serde(flatten)]
    paging: Paging,
}

fn view(row: &RestOrder, ctx: &Ctx) -> OrderView {
    let at = |stamp: Option<chrono::NaiveDateTime>| stamp.map(|stamp| stamp.and_utc());
    OrderView {
        id: row.id,
        officer_id: row.officer_id,
        unit_id: row.unit_id,
        origin: row.origin,
        state: state_at(row, ctx.moment.stamp()),
        reason: row.reason.clone(),
        duty_from: at(row.duty_from),
        duty_to: at(row.duty_to),
        from: at(row.from_at),
        to: at(row.to_at),
        cover_officer_id: row.cover_officer_id,
        created_by: row.created_by,
        created_at: row.created_at.and_utc(),
        issued_by: row.issued_by,
        issued_at: at(row.issued_at),
        ended_by: row.ended_by,
        ended_at: at(row.ended_at),
    }
}

fn opened(row: &Override) -> OverrideView {
    OverrideView {
        reason: row.reason.clone(),
        from: row.from_at.and_utc(),
        until: row.until_at.and_utc(),
        account_id: row.account_id,
    }
}

fn shown(whole: &Whole, ctx: &Ctx) -> (WholeOrderView, String) {
    let shown = WholeOrderView {
        order: view(&whole.order, ctx),
        overrides: whole.overrides.iter().map(opened).collect(),
        shifts: whole.shifts.iter().map(ProofView::of).collect(),
        override_hours_max: whole.override_hours_max.as_ref().map(|(hours, _)| *hours),
        policy: whole.override_hours_max.as_ref().map(|(_, policy)| policy.clone()),
    };
    let tag = tag(whole.order.version, &[&shown.order.state, &shown.shifts, &shown.overrides]);
    (shown, tag)
}

fn answer(whole: &Whole, ctx: &Ctx) -> Result<Answer, Error> {
    let (shown, tag) = shown(whole, ctx);
    Ok(Answer::ok(&shown)?.etag(tag))
}

/// `POST /rest-orders`
pub async fn create(office: Office, body: Json<NewOrderBody>) -> Result<Answer, Problem> {
    let NewOrderBody { officer_id, reason } = body.value;
    let new = NewOrder { officer_id, reason };
    let gate = move |connection: &mut Conn, ctx: &Ctx| orders::check_drafter(connection, ctx, officer_id).map(drop);
    office
        .post(body.hash, gate, move |tx, ctx| {
            let whole = orders::create(tx, ctx, &new)?;
            let (shown, tag) = shown(&whole, ctx);
            Ok(Answer::created(format!("/rest-orders/{}", whole.order.id), &shown)?.etag(tag))
        })
        .await
}

/// `GET /rest-orders`
pub async fn list(office: Office, query: Query<ListOrders>) -> Result<Answer, Problem> {
    let ListOrders { unit_id, officer_id, paging } = query.0;
    let (before, limit) = (paging.after("rest_orders")?, paging.limit());
    let asked = Narrowing { unit_id, officer_id, state: None, before };
    let views = office
        .read(move |connection, ctx| {
            let rows = orders::list(connection, ctx, asked, limit)?;
            Ok(rows.iter().map(|row| view(row, ctx)).collect::<Vec<_>>())
        })
        .await?;
    Ok(Answer::ok(&Page::of(views, &paging, "rest_orders", |row| row.id)?)?)
}

/// `GET /rest-orders/{id}`
pub async fn show(office: Office, id: PathId<RowId>) -> Result<Answer, Problem> {
    office.read(move |connection, ctx| answer(&orders::get(connection, ctx, id.0)?, ctx)).await
}

/// `POST /rest-orders/{id}/issue`
pub async fn issue(office: Office, id: PathId<RowId>, body: OptionalJson<IssueBody>) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value.unwrap_or_default());
    let issue = Issue { from: given.from, to: given.to, cover_officer_id: given.cover_officer_id };
    office
        .post(
            body.hash,
            move |connection, ctx| orders::check_caller(connection, ctx, id, LEADERS).map(drop),
            move |tx, ctx| answer(&orders::issue(tx, ctx, id, &issue)?, ctx),
        )
        .await
}

/// `POST /rest-orders/{id}/override`
pub async fn override_order(office: Office, id: PathId<RowId>, body: Json<OverrideBody>) -> Result<Answer, Problem> {
    let (id, given) = (id.0, body.value);
    office
        .post(
            body.hash,
            move |connection, ctx| orders::check_caller(connection, ctx, id, OVERRIDERS).map(drop),
            move |tx, ctx| answer(&orders::override_order(tx, ctx, id, &given.reason, given.until)?, ctx),
        )
        .await
}

/// `POST /rest-orders/{id}/end`
pub async fn end(office: Office, id: PathId<RowId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let id = id.0;
    office
        .post(
            body.hash,
            move |connection, ctx| orders::check_caller(connection, ctx, id, LEADERS).map(drop),
            move |tx, ctx| answer(&orders::end(tx, ctx, id)?, ctx),
        )
        .await
}
