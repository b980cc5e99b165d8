//! The strength of units: what they keep present, and on which dates a roster or an absence falls below it (R11).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::facts::{self, Facts, Window};
use super::plan::Change;
use super::{DutyShift, PLANNERS, READERS, dates};
use crate::app::ctx::{Ctx, Expected, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::rules::duty::Shift;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Place;
use crate::rules::rest::strength::{self, Member, Post, Presence, SkillMinimum};
use crate::rules::rest::{Away, AwayWhy};
use crate::rules::terms::{Category, OfficerId, UnitId};
use crate::store::dated::Period;
use crate::store::staffing::Staffing;
use crate::store::{self, Conn, Tx};

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

fn kept(row: &Staffing) -> Result<Kept, Error> {
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

/// Says what a unit keeps present.
///
/// # Errors
/// Refused fields; [`Code::Stale`] when it is not in the version that the caller expects, or there already;
/// [`Code::NotFound`] when the unit is absent or not the caller's.
pub fn put(
    tx: &mut Tx,
    ctx: &Ctx,
    unit: UnitId,
    expected: &Expected<'_>,
    minimum_present: i32,
    skills: &[Skill],
) -> Result<Kept, Error> {
    check(minimum_present, skills)?;
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
    let row = Staffing {
        unit_id: unit,
        minimum_present,
        skills: serde_json::to_string(skills).map_err(|error| Error::Internal(error.to_string()))?,
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
    let said = |row: &Staffing| json!({"minimum_present": row.minimum_present, "skills": row.skills});
    ctx.audit(tx, "unit.staffing", subject, before.as_ref().map(said), Some(said(&row)))?;
    kept(&row)
}

fn check(minimum_present: i32, skills: &[Skill]) -> Result<(), Error> {
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
            refused.push(FieldError::new(format!("/skills/{at}/minimum"), Code::InvalidValue));
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Where somebody is on each date of a period.
pub(super) struct Attending {
    officer_id: OfficerId,
    stays: Vec<Period<UnitId>>,
    presence: Vec<Presence>,
    /// Whether they are on the roster at all, within [`AROUND_DAYS`] of the period.
    is_rostered: bool,
}

impl Attending {
    fn is_in(&self, unit: UnitId, on: NaiveDate) -> bool {
        self.stays.iter().any(|stay| stay.value == unit && stay.effective_on <= on && on < stay.until_on)
    }

    fn is_on_duty(&self, unit: UnitId, on: NaiveDate, at: usize) -> bool {
        self.is_in(unit, on) && self.presence.get(at) == Some(&Presence::OnDuty)
    }
}

/// Who is where on the dates of a period.
pub(super) struct Attendance {
    from: NaiveDate,
    to: NaiveDate,
    days: usize,
    people: Vec<Attending>,
}

impl Attendance {
    pub(super) fn new(from: NaiveDate, to: NaiveDate) -> Self {
        Self { from, to, days: usize::try_from((to - from).num_days() + 1).unwrap_or(0), people: Vec::new() }
    }

    /// Notes where somebody is.
    pub(super) fn note(&mut self, ctx: &Ctx, officer_id: OfficerId, facts: &Facts) {
        let mut presence = vec![Presence::Off; self.days];
        // What is long (RULINGS 21) the person's own policy says.
        let law = facts.roll.place_on(self.from).and_then(|place| ctx.statutes.policies.rest(place, self.from));
        let above = law.map_or(i64::MAX, |version| version.values.strength.long_absence_days_above);
        let long = |away: &Away| (away.to - away.from).num_days() + 1 > above;
        for away in &facts.away {
            let kind = match away.why {
                AwayWhy::Suspension | AwayWhy::Maternity => Presence::LongAway,
                _ if long(away) => Presence::LongAway,
                _ => Presence::Away,
            };
            self.fill(&mut presence, away.from, away.to, kind);
        }
        let mut is_rostered = false;
        for shift in facts.shifts.iter().filter(|shift| shift.kind.is_duty()) {
            let (first, last) = dates(ctx, shift.starts_at, shift.ends_at);
            self.fill(&mut presence, first, last, Presence::OnDuty);
            let near = Days::new(AROUND_DAYS);
            let (from, to) = (self.from.checked_sub_days(near), self.to.checked_add_days(near));
            is_rostered |= from.is_none_or(|from| from <= last) && to.is_none_or(|to| first <= to);
        }
        self.people.push(Attending { officer_id, stays: facts.stays.clone(), presence, is_rostered });
    }

    fn fill(&self, presence: &mut [Presence], from: NaiveDate, to: NaiveDate, kind: Presence) {
        let first = (from - self.from).num_days().max(0);
        let last = (to - self.from).num_days();
        for at in first..=last {
            if let Some(day) = usize::try_from(at).ok().and_then(|at| presence.get_mut(at)) {
                *day = kind;
            }
        }
    }

    /// What the strength rule says of some units on the dates on which they have duty at all, or had it before a change;
    /// passes are left out.
    pub(super) fn judge(
        &self,
        connection: &mut Conn,
        ctx: &Ctx,
        units: &[UnitId],
        before: Option<&Self>,
    ) -> Result<Vec<(UnitId, NaiveDate, Finding)>, Error> {
        let floors = floors(connection, units, self.from)?;
        let mut found = Vec::new();
        if floors.is_empty() {
            return Ok(found);
        }
        let posts = self.posts(connection)?;
        let of_units = [Some(self), before].map(|one| one.map(Self::by_unit).unwrap_or_default());
        for floor in &floors {
            let above = store::units::upward(connection, floor.unit_id, self.from)?;
            let staffing = strength::Staffing { minimum_present: floor.minimum_present, skills: &floor.skills };
            let [theirs, theirs_before] =
                of_units.each_ref().map(|of| of.get(&floor.unit_id).map_or(&[][..], Vec::as_slice));
            for at in 0..self.days {
                let Some(on) = u64::try_from(at).ok().and_then(|at| self.from.checked_add_days(Days::new(at))) else {
                    continue;
                };
                let has_duty = |people: &[&Attending]| people.iter().any(|one| one.is_on_duty(floor.unit_id, on, at));
                if !has_duty(theirs) && !has_duty(theirs_before) {
                    continue;
                }
                let members = members(theirs, floor, on, at, &posts);
                let place = Place { category: Category::Police, units: &above };
                let Some(version) = ctx.statutes.policies.rest(place, on) else { continue };
                let told = strength::strength(version, on, &members, &staffing);
                let told = told.into_iter().filter(|finding| finding.outcome != Outcome::Pass && floor.asks(finding));
                found.extend(told.map(|finding| (floor.unit_id, on, finding)));
            }
        }
        Ok(found)
    }

    /// What everybody can do: the post (职务) that they hold.
    fn posts(&self, connection: &mut Conn) -> Result<HashMap<OfficerId, Vec<String>>, Error> {
        let ids: Vec<OfficerId> = self.people.iter().map(|one| one.officer_id).collect();
        let mut posts = HashMap::new();
        for some in ids.chunks(500) {
            for officer in store::officers::find_many(connection, some)? {
                posts.insert(officer.id, officer.post.into_iter().collect());
            }
        }
        Ok(posts)
    }

    /// Who is in each unit on any date.
    fn by_unit(&self) -> HashMap<UnitId, Vec<&Attending>> {
        let mut of: HashMap<UnitId, Vec<&Attending>> = HashMap::new();
        for one in &self.people {
            let units: BTreeSet<UnitId> = one.stays.iter().map(|stay| stay.value).collect();
            for unit in units {
                of.entry(unit).or_default().push(one);
            }
        }
        of
    }
}

/// What a unit keeps, as a roster is held against it.
struct Floor {
    unit_id: UnitId,
    /// `None` where the unit has said nothing: then head and deputy alone are looked at, for who else may be away is asked
    /// when leave is granted.
    minimum_present: Option<i64>,
    skills: Vec<SkillMinimum>,
    heads: Option<store::units::Heads>,
}

impl Floor {
    fn asks(&self, finding: &Finding) -> bool {
        self.minimum_present.is_some() || finding.measured.get("what") == Some(&json!("heads"))
    }
}

/// Of some units those that keep anything: a strength they have said, or a head and a deputy.
fn floors(connection: &mut Conn, units: &[UnitId], on: NaiveDate) -> Result<Vec<Floor>, Error> {
    let mut said: HashMap<UnitId, Staffing> =
        store::staffing::of_units(connection, units)?.into_iter().map(|row| (row.unit_id, row)).collect();
    let mut heads = store::units::heads(connection, units, on)?;
    let mut floors = Vec::new();
    for unit_id in units {
        let heads = heads.remove(unit_id);
        match said.remove(unit_id) {
            Some(row) => {
                let kept = kept(&row)?;
                let least = |one: Skill| SkillMinimum { skill: one.skill, minimum: i64::from(one.minimum) };
                let skills = kept.skills.into_iter().map(least).collect();
                let minimum_present = Some(i64::from(kept.minimum_present));
                floors.push(Floor { unit_id: *unit_id, minimum_present, skills, heads });
            }
            None if heads.as_ref().is_some_and(|heads| heads.head.is_some() && !heads.deputies.is_empty()) => {
                floors.push(Floor { unit_id: *unit_id, minimum_present: None, skills: Vec::new(), heads });
            }
            None => {}
        }
    }
    Ok(floors)
}

/// The members of that very unit on a date. A head who is never on the roster is not missed on it.
fn members<'a>(
    people: &[&Attending],
    floor: &Floor,
    on: NaiveDate,
    at: usize,
    posts: &'a HashMap<OfficerId, Vec<String>>,
) -> Vec<Member<'a>> {
    let member = |one: &&Attending| Member {
        officer_id: one.officer_id,
        presence: one.presence.get(at).copied().unwrap_or(Presence::Off),
        post: match &floor.heads {
            Some(heads) if one.is_rostered && heads.head == Some(one.officer_id) => Post::Head,
            Some(heads) if one.is_rostered && heads.deputies.contains(&one.officer_id) => Post::Deputy,
            _ => Post::Member,
        },
        skills: posts.get(&one.officer_id).map_or(&[], Vec::as_slice),
    };
    people.iter().filter(|one| one.is_in(floor.unit_id, on)).map(member).collect()
}

/// How far around a period somebody is looked for on the roster: a head who never is on it is not missed on it.
const AROUND_DAYS: u64 = 14;

/// What the units of some officers would lack if shifts of theirs were gone and others came: of what they lack then only
/// what is not lacking already, each with the unit that lacks it.
///
/// # Errors
/// When the database does not answer.
pub(super) fn after(
    connection: &mut Conn,
    ctx: &Ctx,
    officers: &[OfficerId],
    change: Change<'_>,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Finding>, Error> {
    let at_home = store::officers::units_on(connection, officers, from)?;
    let units: Vec<UnitId> = at_home.into_iter().map(|(_, unit)| unit).collect::<BTreeSet<_>>().into_iter().collect();
    if floors(connection, &units, from)?.is_empty() {
        return Ok(Vec::new());
    }
    let members = store::duty_facts::members(connection, &units, from, to)?;
    let near = Days::new(AROUND_DAYS);
    let around = (from.checked_sub_days(near).unwrap_or(from), to.checked_add_days(near).unwrap_or(to));
    let window = Window::exactly(ctx, around.0, around.1);
    let all: BTreeMap<OfficerId, Facts> = facts::of(connection, ctx, &members, window)?;
    let (mut before, mut after) = (Attendance::new(from, to), Attendance::new(from, to));
    for (id, facts) in &all {
        let theirs = change.shifts.iter().filter(|row| row.officer_id == *id);
        let come: Vec<Shift> = theirs.map(DutyShift::fact).collect();
        before.note(ctx, *id, facts);
        after.note(ctx, *id, &facts.changed(change.gone, &come, &[]));
    }
    let stood = before.judge(connection, ctx, &units, None)?;
    let now = after.judge(connection, ctx, &units, Some(&before))?;
    let newly = now.into_iter().filter(|one| !stood.contains(one));
    Ok(newly.map(|(unit, _, finding)| finding.measured("unit_id", json!(unit))).collect())
}
