//! What shifts would meet: a preview that stores nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::Json;
use super::duty::{ShiftBody, alone, check_count, in_batch};
use super::language::FindingView;
use super::office::Office;
use super::problem::Problem;
use crate::app::duty::plan::{self, Draft, NewShift, Preview};
use crate::app::error::{Code, Error, FieldError};
use crate::rules::duty::DutyKind;
use crate::rules::terms::{Instant, OfficerId, UnitId};

/// What a preview is asked about: one shift by its members, or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    #[serde(default)]
    officer_id: Option<OfficerId>,
    #[serde(default)]
    unit_id: Option<UnitId>,
    #[serde(default)]
    starts_at: Option<Instant>,
    #[serde(default)]
    ends_at: Option<Instant>,
    #[serde(default)]
    kind: Option<DutyKind>,
    #[serde(default)]
    #[schemars(range(min = 0, max = 44640))]
    counted_minutes: Option<i64>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    override_reason: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    note: Option<String>,
    #[serde(default)]
    notified_at: Option<Instant>,
    /// Several shifts; then none of the members above.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    shifts: Option<Vec<ShiftBody>>,
}

/// What shifts would meet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckView {
    /// Whether they would be stored, with a reason where one is asked for.
    acceptable: bool,
    /// Whether a rule asks for an `override_reason`.
    asks_override_reason: bool,
    findings: Vec<FindingView>,
}

/// How a shift of a body is located.
type Locate = fn(usize) -> String;

impl CheckBody {
    /// The shifts asked about, and how they are located.
    fn read(self) -> Result<(Vec<NewShift>, Locate), Error> {
        if let Some(shifts) = self.shifts {
            check_count(&shifts)?;
            let named = [self.officer_id.is_some(), self.unit_id.is_some(), self.starts_at.is_some()];
            if named.contains(&true) || self.ends_at.is_some() || self.kind.is_some() {
                return Err(FieldError::new("/shifts", Code::InvalidValue).into());
            }
            return Ok((shifts.into_iter().map(NewShift::from).collect(), in_batch));
        }
        let missing = |pointer: &str| FieldError::new(pointer, Code::MissingField);
        let one = NewShift {
            officer_id: self.officer_id.ok_or_else(|| missing("/officer_id"))?,
            unit_id: self.unit_id.ok_or_else(|| missing("/unit_id"))?,
            starts_at: self.starts_at.ok_or_else(|| missing("/starts_at"))?,
            ends_at: self.ends_at.ok_or_else(|| missing("/ends_at"))?,
            kind: self.kind.ok_or_else(|| missing("/kind"))?,
            counted_minutes: self.counted_minutes,
            override_reason: self.override_reason,
            note: self.note,
            notified_at: self.notified_at,
        };
        Ok((vec![one], alone))
    }
}

/// `POST /duty-shifts/check`
pub async fn check(office: Office, body: Json<CheckBody>) -> Result<Answer, Problem> {
    let (new, at) = body.value.read()?;
    let Preview { acceptable, asks_reason, findings } =
        office.read(move |connection, ctx| plan::preview(connection, ctx, Draft::entered(&new), &at)).await?;
    let findings = office.desk.findings(&findings);
    Ok(Answer::ok(&CheckView { acceptable, asks_override_reason: asks_reason, findings })?)
}
