//! The audit trail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::export::Format;
use super::office::Office;
use super::paging::{Page, Paging};
use super::problem::Problem;
use super::query::{Query, Sought};
use crate::app::audit::{self, Narrowing, Told};
use crate::app::error::Error;
use crate::rules::terms::{AccountId, Instant, OfficerId, RowId};

/// Query of the trail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAudit {
    /// Entries about this officer's record.
    #[serde(default)]
    officer_id: Option<OfficerId>,
    /// Entries about this thing.
    #[serde(default)]
    subject_id: Option<RowId>,
    /// Entries by this account.
    #[serde(default)]
    account_id: Option<AccountId>,
    /// Entries of this act, e.g. `leave.approved`.
    #[serde(default)]
    act: Option<Sought<100>>,
    /// At or after this instant.
    #[serde(default)]
    from: Option<Instant>,
    /// Before this instant.
    #[serde(default)]
    until: Option<Instant>,
    /// `csv` or `xlsx`: the whole list as a file, at most 20,000 rows.
    #[serde(default)]
    format: Format,
    #[serde(flatten)]
    paging: Paging,
}

/// One entry.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditView {
    id: RowId,
    recorded_at: Instant,
    /// Who; null for what the service did by itself.
    account_id: Option<AccountId>,
    /// What the account is called today.
    username: Option<String>,
    act: String,
    subject_kind: String,
    subject_id: RowId,
    /// The officer whose record it touched.
    officer_id: Option<OfficerId>,
    badge_no: Option<String>,
    name: Option<String>,
    /// The request id under which it happened.
    request_id: String,
    before: Option<Value>,
    after: Option<Value>,
}

fn view(told: &Told) -> Result<AuditView, Error> {
    let row = &told.entry;
    let read = |text: &Option<String>| {
        text.as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| Error::Internal(format!("audit entry {}: {error}", row.id)))
    };
    Ok(AuditView {
        id: row.id,
        recorded_at: row.recorded_at.and_utc(),
        account_id: row.account_id,
        username: told.username.clone(),
        act: row.act.clone(),
        subject_kind: row.subject_kind.clone(),
        subject_id: row.subject_id,
        officer_id: row.officer_id,
        badge_no: told.officer.as_ref().map(|officer| officer.badge_no.clone()),
        name: told.officer.as_ref().map(|officer| officer.name.clone()),
        request_id: row.request_ref.clone(),
        before: read(&row.before)?,
        after: read(&row.after)?,
    })
}

/// `GET /audit`
pub async fn list(office: Office, query: Query<ListAudit>) -> Result<Answer, Problem> {
    let ListAudit { officer_id, subject_id, account_id, act, from, until, format, paging } = query.0;
    let before: Option<RowId> = paging.after("audit")?;
    let limit = format.rows(paging.limit());
    let act = act.map(|sought| sought.0);
    let narrowing = Narrowing { officer_id, subject_id, account_id, act, from, until };
    let rows = office.read(move |connection, ctx| audit::list(connection, ctx, narrowing, before, limit)).await?;
    if format != Format::Json {
        let lines: Result<Vec<AuditView>, Error> = rows.iter().map(view).collect();
        return Ok(office.desk.export(format, "audit", &lines?)?);
    }
    let page = Page::of(rows, &paging, "audit", |row| row.entry.id)?;
    let next_cursor = page.next_cursor;
    let items: Result<Vec<AuditView>, Error> = page.items.iter().map(view).collect();
    Ok(Answer::ok(&Page { items: items?, next_cursor })?)
}
