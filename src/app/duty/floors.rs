//! What units keep present at the least: people, and people of each skill (R11). What hr says binds the leaders of the unit.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PLANNERS, READERS};
use crate::app::ctx::{Ctx, Expected, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Role, UnitId};
use crate::store::staffing::Staffing;
use crate::store::{self, Conn, Tx};

/// Whose word no leader of the unit goes below.
const BINDING: &[Role] = &[Role::Hr, Role::BureauLeader];
/// Most skills of one unit.
const SKILLS_MAX: usize = 50;
/// Most people that a unit keeps present.
const PRESENT_MAX: i32 = 100_000;
/// Longest name of a skill, in characters: that of a post.
const SKILL_CHARS_MAX: usize = 100;

/// The least of one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// A post (职务) of officers.
    pub skill: String,
    /// How many are present at the least.
    pub minimum: i32,
}

/// What a unit keeps present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Of which unit.
    pub unit_id: UnitId,
    /// People present at the least.
    pub minimum_present: i32,
    /// And of each skill.
    pub skills: Vec<Skill>,
    /// Counts the edits.
    pub version: i32,
}

pub(super) fn kept(row: &Staffing) -> Result<Kept, Error> {
    let skills = serde_json::from_str(&row.skills).map_err(|error| Error::Internal(format!("skills: {error}")))?;
    Ok(Kept { unit_id: row.unit_id, minimum_present: row.minimum_present, skills, version: row.version })
}

/// What a unit keeps present.
///
/// # Errors
/// [`Code::NotFound`] when nothing was said, or the unit is absent or not the caller's.
pub fn get(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<Kept, Error> {
    super::units_of(connection, ctx, unit, READERS)?;
    kept(&store::staffing::find(connection, unit)?.ok_or(Code::NotFound)?)
}

/// Says what a unit keeps present, with what deserves attention: a skill that nobody in the unit has. Below what hr or a
/// bureau leader said last no leader of a unit goes; above it they may.
///
/// # Errors
/// Refused fields, a skill that no officer of the force has among them; [`Code::FloorBound`]; [`Code::Stale`] when it is not in the version that the caller expects, or there already;
/// [`Code::NotFound`] when the unit is absent or not the caller's.
pub fn put(
    tx: &mut Tx,
    ctx: &Ctx,
    unit: UnitId,
    expected: &Expected<'_>,
    minimum_present: i32,
    skills: &[Skill],
) -> Result<(Kept, Vec<Finding>), Error> {
    let mut refused = check(minimum_present, skills);
    if !reach::reaches(tx.reading(), ctx, PLANNERS, unit)? {
        return Err(Code::NotFound.into());
    }
    store::units::lock(tx, unit)?;
    let before = store::staffing::find(tx.reading(), unit)?;
    match (expected, &before) {
        (Expected::There(expects), Some(before)) => expects(before.version)?,
        (Expected::Absent, None) => {}
        _ => return Err(Code::Stale.into()),
    }
    // Every fault at once: what cannot be, and what nobody has.
    let missing = held(tx.reading(), ctx, unit, skills, &mut refused)?;
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    let binds = reach::reaches(tx.reading(), ctx, BINDING, unit)?;
    if let (false, Some(before)) = (binds, &before) {
        check_bound(before, minimum_present, skills)?;
    }
    let listed = serde_json::to_string(skills).map_err(|error| Error::Internal(error.to_string()))?;
    let bound = before.as_ref().map(|before| (before.bound_present, before.bound_skills.clone()));
    let (bound_present, bound_skills) =
        if binds { (Some(minimum_present), Some(listed.clone())) } else { bound.unwrap_or_default() };
    let row = Staffing {
        unit_id: unit,
        minimum_present,
        skills: listed,
        bound_present,
        bound_skills,
        version: before.as_ref().map_or(1, |before| before.version),
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
    };
    let row = match &before {
        None => {
            store::staffing::insert(tx, &row)?;
            row
        }
        Some(_) => store::staffing::update(tx, &row)?,
    };
    let subject = Subject { kind: "unit_staffing", id: unit.0, officer_id: None };
    let said = |row: &Staffing| {
        json!({"minimum_present": row.minimum_present, "skills": row.skills, "bound_present": row.bound_present,
            "bound_skills": row.bound_skills})
    };
    ctx.audit(tx, "unit.staffing", subject, before.as_ref().map(said), Some(said(&row)))?;
    Ok((kept(&row)?, missing))
}

/// A leader of a unit does not go below what was said above them.
fn check_bound(before: &Staffing, minimum_present: i32, skills: &[Skill]) -> Result<(), Error> {
    let mut refused = Vec::new();
    if let Some(bound) = before.bound_present.filter(|bound| minimum_present < *bound) {
        refused.push(FieldError::new("/minimum_present", Code::FloorBound).expected(format!("≥ {bound}")));
    }
    let bound: Vec<Skill> = match &before.bound_skills {
        Some(text) => serde_json::from_str(text).map_err(|error| Error::Internal(format!("skills: {error}")))?,
        None => Vec::new(),
    };
    for least in bound.iter().filter(|least| least.minimum > 0) {
        let at = skills.iter().position(|one| one.skill == least.skill);
        let kept = at.and_then(|at| skills.get(at)).map_or(0, |one| one.minimum);
        if kept < least.minimum {
            let pointer = at.map_or_else(|| "/skills".to_owned(), |at| format!("/skills/{at}/minimum"));
            let expected = format!("{} ≥ {}", least.skill, least.minimum);
            refused.push(FieldError::new(pointer, Code::FloorBound).expected(expected));
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Refuses skills that no officer of the force has, and tells those that nobody in the unit has; of what is refused already
/// nothing more is said.
fn held(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    skills: &[Skill],
    refused: &mut Vec<FieldError>,
) -> Result<Vec<Finding>, Error> {
    let today = ctx.moment.today();
    let stays = store::staffing::stays(connection, &[unit], today, today)?;
    let is_there = |stay: &&store::staffing::Stay| stay.left_on.is_none_or(|left| today <= left);
    let here: BTreeSet<String> = stays.iter().filter(is_there).filter_map(|stay| stay.post.clone()).collect();
    let mut told = Vec::new();
    let some = skills.iter().take(SKILLS_MAX).enumerate();
    for (at, skill) in some.filter(|(_, skill)| !here.contains(&skill.skill)) {
        let pointer = format!("/skills/{at}/skill");
        if refused.iter().any(|one| one.pointer == pointer) {
            continue;
        }
        if !store::staffing::is_held(connection, &skill.skill, today)? {
            refused.push(FieldError::new(pointer, Code::InvalidValue).read(skill.skill.clone()));
        } else if skill.minimum > 0 {
            told.push(
                Finding::new("rest.skill_missing", "", Outcome::Warn)
                    .measured("skill", skill.skill.as_str())
                    .measured("at", pointer)
                    .limit("skilled_min", skill.minimum),
            );
        }
    }
    Ok(told)
}

fn check(minimum_present: i32, skills: &[Skill]) -> Vec<FieldError> {
    let mut refused = Vec::new();
    let range = |least: i32| (0..=PRESENT_MAX).contains(&least);
    if !range(minimum_present) {
        let expected = format!("0 … {PRESENT_MAX}");
        refused.push(FieldError::new("/minimum_present", Code::InvalidValue).expected(expected));
    }
    if skills.len() > SKILLS_MAX {
        refused.push(FieldError::new("/skills", Code::TooLong).expected(format!("≤ {SKILLS_MAX}")));
    }
    let mut met = BTreeSet::new();
    for (at, skill) in skills.iter().enumerate().take(SKILLS_MAX) {
        let name = skill.skill.trim();
        if name.is_empty() || name.chars().count() > SKILL_CHARS_MAX || name.contains('\0') || !met.insert(name) {
            refused.push(FieldError::new(format!("/skills/{at}/skill"), Code::InvalidValue));
        }
        if !range(skill.minimum) {
            let expected = format!("0 … {PRESENT_MAX}");
            refused.push(FieldError::new(format!("/skills/{at}/minimum"), Code::InvalidValue).expected(expected));
        }
    }
    refused
}
