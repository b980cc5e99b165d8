//! Leave requests: preview, submit, inbox, decide, give back.

use super::accounts::Nothing;
use super::answer::Answer;
use super::body::{Json, OptionalJson};
use super::desk::Desk;
use super::export::{Format, Named};
use super::leave_views::{check_view, preview_view, view};
use super::office::{Office, tag};
use super::officers::optional;
use super::paging::{Page, Paging};
use super::path::PathId;
use super::problem::Problem;
use super::query::Query;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::leave::ask::{self, Ask};
use crate::app::leave::give_back::{self, Cancellation};
use crate::app::leave::read::{self, Narrowing, Shown};
use crate::app::leave::recall::{self, CallBack};
use crate::app::leave::{READERS, correct, decide};
use crate::app::officers;
use crate::app::{Conn, reach};
use crate::rules::terms::{RequestId, Span};

pub use super::leave_views::{
    AlternativeView, ApprovalView, ApproveBody, CancelBody, DecisionCheckView, DecisionView, Inbox, ListRequests,
    PreviewBody, PreviewView, RecallBody, RecallView, RejectBody, RequestPatch, RequestView, SpanView, SubmitBody,
};

fn whole(connection: &mut Conn, ctx: &Ctx, id: RequestId) -> Result<Shown, Error> {
    read::get(connection, ctx, id)
}

fn answer(desk: &Desk, shown: &Shown) -> Result<Answer, Error> {
    Ok(Answer::ok(&view(desk, shown)?)?.etag(tag(shown.request.version, &[&shown.state, &shown.steps])))
}

/// Whether the caller may still see a request: the gate of a kept answer.
fn gate(id: RequestId) -> impl Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static {
    move |connection, ctx| whole(connection, ctx, id).map(drop)
}

/// `POST /leave-requests/preview`
pub async fn preview(office: Office, body: Json<PreviewBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let span = SpanView { from: given.from, to: given.to, first_day: given.first_day, last_day: given.last_day };
    let asked = Ask {
        officer_id: given.officer_id,
        kind: given.kind,
        span: span.read("/to")?,
        note: None,
        cover_officer_id: None,
        pay_kept: None,
    };
    let preview = office.read(move |connection, ctx| ask::preview(connection, ctx, &asked)).await?;
    Ok(Answer::ok(&preview_view(&office.desk, &preview))?)
}

/// `POST /leave-requests`
pub async fn submit(office: Office, body: Json<SubmitBody>) -> Result<Answer, Problem> {
    let given = body.value;
    let span = SpanView { from: given.from, to: given.to, first_day: given.first_day, last_day: given.last_day };
    let asked = Ask {
        officer_id: given.officer_id,
        kind: given.kind,
        span: span.read("/to")?,
        note: given.note,
        cover_officer_id: given.cover_officer_id,
        pay_kept: given.pay_kept,
    };
    let (desk, officer) = (office.desk.clone(), given.officer_id);
    office
        .post(
            body.hash,
            move |connection, ctx| reach::see_officer(connection, ctx, officer, READERS).map(drop),
            move |tx, ctx| {
                let shown = ask::submit(tx, ctx, &asked)?;
                let location = format!("/leave-requests/{}", shown.request.id);
                Ok(Answer::created(location, &view(&desk, &shown)?)?
                    .etag(tag(shown.request.version, &[&shown.state, &shown.steps])))
            },
        )
        .await
}

/// `GET /leave-requests`
pub async fn list(office: Office, query: Query<ListRequests>) -> Result<Answer, Problem> {
    let ListRequests { state, kind, kind_group, unit_id, officer_id, from, to, format, paging } = query.0;
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(FieldError::new("?to", Code::InvalidParameter).expected(format!("≥ {from}")).into());
    }
    let before: Option<RequestId> = paging.after("leave_requests")?;
    let limit = format.rows(paging.limit());
    let kind_group = kind_group.map(|sought| sought.0);
    let narrowing = Narrowing { state, kind, kind_group, unit_id, officer_id, from, to };
    if format != Format::Json {
        let (rows, people) = office
            .read(move |connection, ctx| {
                let rows = read::list(connection, ctx, &narrowing, before, limit)?;
                let people = officers::called(connection, rows.iter().map(|row| row.request.officer_id))?;
                Ok((rows, people))
            })
            .await?;
        let named = |row: &Shown| Ok(Named::of(&people, row.request.officer_id, view(&office.desk, row)?));
        let lines: Vec<Named<RequestView>> = rows.iter().map(named).collect::<Result<_, Error>>()?;
        return Ok(office.desk.export(format, "leave-requests", &lines)?);
    }
    let rows = office.read(move |connection, ctx| read::list(connection, ctx, &narrowing, before, limit)).await?;
    page(&office, rows, &paging, "leave_requests")
}

fn page(office: &Office, rows: Vec<Shown>, paging: &Paging, name: &str) -> Result<Answer, Problem> {
    let page = Page::of(rows, paging, name, |row| row.request.id)?;
    let next_cursor = page.next_cursor;
    let items: Result<Vec<_>, Error> = page.items.iter().map(|row| view(&office.desk, row)).collect();
    Ok(Answer::ok(&Page { items: items?, next_cursor })?)
}

/// `GET /leave-requests/inbox`
pub async fn inbox(office: Office, query: Query<Inbox>) -> Result<Answer, Problem> {
    let paging = query.0.paging;
    let after: Option<RequestId> = paging.after("inbox")?;
    let limit = paging.limit();
    let rows = office
        .read(move |connection, ctx| {
            let requests = decide::inbox(connection, ctx, after, limit)?;
            read::shown(connection, ctx, requests)
        })
        .await?;
    page(&office, rows, &paging, "inbox")
}

/// `GET /leave-requests/{id}`
pub async fn show(office: Office, id: PathId<RequestId>) -> Result<Answer, Problem> {
    let desk = office.desk.clone();
    office.read(move |connection, ctx| answer(&desk, &whole(connection, ctx, id.0)?)).await
}

/// `PATCH /leave-requests/{id}`
pub async fn correct(office: Office, id: PathId<RequestId>, body: Json<RequestPatch>) -> Result<Answer, Problem> {
    let (id, desk, expected) = (id.0, office.desk.clone(), office.expected()?);
    let said = optional(body.value.pay_kept);
    office
        .write(move |tx, ctx| {
            correct::pay_kept(tx, ctx, id, &expected, said)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `GET /leave-requests/{id}/check`
pub async fn check(office: Office, id: PathId<RequestId>) -> Result<Answer, Problem> {
    let findings = office.read(move |connection, ctx| decide::check(connection, ctx, id.0)).await?;
    Ok(Answer::ok(&check_view(&office.desk, &findings))?)
}

/// `POST /leave-requests/{id}/approve`
pub async fn approve(
    office: Office,
    id: PathId<RequestId>,
    body: OptionalJson<ApproveBody>,
) -> Result<Answer, Problem> {
    let (id, desk, note) = (id.0, office.desk.clone(), body.value.and_then(|body| body.note));
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            decide::approve(tx, ctx, id, note.clone())?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/reject`
pub async fn reject(office: Office, id: PathId<RequestId>, body: Json<RejectBody>) -> Result<Answer, Problem> {
    let (id, desk, given) = (id.0, office.desk.clone(), body.value);
    let offered: Vec<Span> = given
        .alternatives
        .iter()
        .enumerate()
        .map(|(at, span)| span.read(&format!("/alternatives/{at}/to")))
        .collect::<Result<_, _>>()?;
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            decide::reject(tx, ctx, id, &given.reason, &offered)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/withdraw`
pub async fn withdraw(office: Office, id: PathId<RequestId>, body: OptionalJson<Nothing>) -> Result<Answer, Problem> {
    let (id, desk) = (id.0, office.desk.clone());
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            give_back::withdraw(tx, ctx, id)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/cancel`
pub async fn cancel(office: Office, id: PathId<RequestId>, body: Json<CancelBody>) -> Result<Answer, Problem> {
    let (id, desk, given) = (id.0, office.desk.clone(), body.value);
    let cancellation = Cancellation { reason: given.reason, from: given.from, to: given.to };
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            give_back::cancel(tx, ctx, id, &cancellation)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}

/// `POST /leave-requests/{id}/recall`
pub async fn recall(office: Office, id: PathId<RequestId>, body: Json<RecallBody>) -> Result<Answer, Problem> {
    let (id, desk, given) = (id.0, office.desk.clone(), body.value);
    let asked = CallBack { from: given.from, to: given.to, reason: given.reason };
    office
        .post(body.hash, gate(id), move |tx, ctx| {
            recall::recall(tx, ctx, id, &asked)?;
            answer(&desk, &whole(tx.reading(), ctx, id)?)
        })
        .await
}
