//! The strength that units keep present.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::Json;
use super::desk::Desk;
use super::language::FindingView;
use super::office::Office;
use super::path::PathId;
use super::problem::Problem;
use crate::app::ctx::Expected;
use crate::app::duty::floors::{self, Kept, Skill};
use crate::app::error::Error;
use crate::rules::finding::Finding;
use crate::rules::terms::UnitId;

/// The least of one skill.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillBody {
    /// A post (职务) of officers.
    #[schemars(length(min = 1, max = 100))]
    skill: String,
    #[schemars(range(min = 0, max = 100_000))]
    minimum: i32,
}

/// What a unit keeps present.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffingBody {
    #[schemars(range(min = 0, max = 100_000))]
    minimum_present: i32,
    #[serde(default)]
    #[schemars(length(max = 50))]
    skills: Vec<SkillBody>,
}

/// What a unit keeps present, with what deserves attention.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StaffingView {
    minimum_present: i32,
    skills: Vec<SkillBody>,
    /// Skills that nobody in the unit has; only where it was just said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingView>,
}

fn staffing_answer(desk: &Desk, kept: &Kept, findings: &[Finding]) -> Result<Answer, Error> {
    let skills = kept.skills.iter().map(|one| SkillBody { skill: one.skill.clone(), minimum: one.minimum }).collect();
    let view = StaffingView { minimum_present: kept.minimum_present, skills, findings: desk.findings(findings) };
    Ok(Answer::ok(&view)?.etag(kept.version.to_string()))
}

/// `GET /units/{id}/staffing`
pub async fn show_staffing(office: Office, id: PathId<UnitId>) -> Result<Answer, Problem> {
    let desk = office.desk.clone();
    office.read(move |connection, ctx| staffing_answer(&desk, &floors::get(connection, ctx, id.0)?, &[])).await
}

/// `PUT /units/{id}/staffing`
pub async fn put_staffing(office: Office, id: PathId<UnitId>, body: Json<StaffingBody>) -> Result<Answer, Problem> {
    let version = match office.desk.expected()? {
        super::desk::Expected::Absent => None,
        super::desk::Expected::Version(_) => Some(office.expected()?),
    };
    let (given, desk) = (body.value, office.desk.clone());
    let skills: Vec<Skill> = given
        .skills
        .into_iter()
        .map(|one| Skill { skill: one.skill.trim().to_owned(), minimum: one.minimum })
        .collect();
    office
        .write(move |tx, ctx| {
            let expected = version.as_ref().map_or(Expected::Absent, |expects| Expected::There(expects));
            let (kept, findings) = floors::put(tx, ctx, id.0, &expected, given.minimum_present, &skills)?;
            staffing_answer(&desk, &kept, &findings)
        })
        .await
}
