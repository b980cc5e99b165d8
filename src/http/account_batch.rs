//! Accounts for many officers at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::GrantView;
use super::answer::Answer;
use super::body::Json;
use super::office::{Done, Office};
use super::problem::Problem;
use crate::app::accounts::{self, Batch, BatchLine, Grant};
use crate::app::error::{Code, Error, FieldError};
use crate::app::{Conn, reach};
use crate::rules::terms::{AccountId, OfficerId, Role, UnitId};

/// For whom accounts are made: some officers, or everybody in a unit and under it who has none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// These officers; each must be without an account. Either this or `unit_id`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    officer_ids: Option<Vec<OfficerId>>,
    /// Everybody in this unit and under it who serves today and has no account.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// What each account may do beside its officer's own affairs.
    #[serde(default)]
    #[schemars(length(max = 50))]
    grants: Vec<GrantView>,
}

/// What was made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchView {
    items: Vec<BatchLineView>,
}

/// One account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BatchLineView {
    officer_id: OfficerId,
    badge_no: String,
    account_id: AccountId,
    /// The name to sign in with: the badge number.
    username: String,
    /// Shown once; a repeated answer has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_code: Option<String>,
    must_change_password: bool,
}

/// Whether a code is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Codes {
    Shown,
    Hidden,
}

fn view(lines: &[BatchLine], codes: Codes) -> BatchView {
    let line = |line: &BatchLine| BatchLineView {
        officer_id: line.officer_id,
        badge_no: line.badge_no.clone(),
        account_id: line.account_id,
        username: line.username.clone(),
        one_time_code: (codes == Codes::Shown).then(|| line.one_time_code.clone()),
        must_change_password: true,
    };
    BatchView { items: lines.iter().map(line).collect() }
}

fn asked(body: &BatchBody) -> Result<Batch, Error> {
    match (&body.officer_ids, body.unit_id) {
        (Some(officers), None) if !officers.is_empty() => Ok(Batch::Officers(officers.clone())),
        (None, Some(unit)) => Ok(Batch::Unit(unit)),
        (Some(_), Some(_)) => Err(FieldError::new("/unit_id", Code::InvalidValue).into()),
        _ => Err(FieldError::new("/officer_ids", Code::MissingField).into()),
    }
}

/// `POST /accounts/batch`
pub async fn create(office: Office, body: Json<BatchBody>) -> Result<Answer, Problem> {
    let batch = asked(&body.value)?;
    let grants: Vec<Grant> = body.value.grants.into_iter().map(Grant::from).collect();
    // What is given again names officers and accounts: whoever is no longer admin there does not see it.
    let concerned = batch.clone();
    let gate = move |connection: &mut Conn, ctx: &crate::app::ctx::Ctx| match &concerned {
        Batch::Unit(unit) => match reach::reaches(connection, ctx, &[Role::Admin], *unit)? {
            true => Ok(()),
            false => Err(Code::NotFound.into()),
        },
        Batch::Officers(officers) => {
            officers.iter().try_for_each(|id| reach::see_officer(connection, ctx, *id, &[Role::Admin]).map(drop))
        }
    };
    office
        .post(body.hash, gate, move |tx, ctx| {
            let lines = accounts::batch(tx, ctx, &batch, &grants)?;
            let shown = Answer::created("/accounts", &view(&lines, Codes::Shown))?;
            Ok(Done::with_secret(shown, &Answer::created("/accounts", &view(&lines, Codes::Hidden))?))
        })
        .await
}
