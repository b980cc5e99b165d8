//! The strength of units: what they keep present, and on which dates a roster or an absence falls below it (R11).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::facts::{self, Facts, Window};
use super::floors::{Skill, kept};
use super::plan::{Change, Told};
use super::worked::has_begun;
use super::{DAYS_MAX, DutyShift, ShiftState, dates};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::duty::Shift;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Place;
use crate::rules::rest::strength::{self, Member, Post, Presence, SkillMinimum};
use crate::rules::rest::{Away, AwayWhy};
use crate::rules::terms::{Category, OfficerId, UnitId};
use crate::store::dated::Period;
use crate::store::staffing::Staffing;
use crate::store::{self, Conn};

/// Where somebody is on each date of a period.
pub(super) struct Attending {
    officer_id: OfficerId,
    stays: Vec<Period<UnitId>>,
    presence: Vec<Presence>,
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
        let near = Days::new(AROUND_DAYS);
        let around = (self.from.checked_sub_days(near), self.to.checked_add_days(near));
        let duty: Vec<(NaiveDate, NaiveDate)> = facts
            .shifts
            .iter()
            .filter(|shift| shift.kind.is_duty())
            .map(|shift| dates(ctx, shift.starts_at, shift.ends_at))
            .collect();
        let is_rostered = duty
            .iter()
            .any(|(first, last)| around.0.is_none_or(|from| from <= *last) && around.1.is_none_or(|to| *first <= to));
        let unless_said = if is_rostered { Presence::Off } else { Presence::Unrostered };
        let mut presence = vec![unless_said; self.days];
        for day in &facts.rest_days {
            self.fill(&mut presence, day.on, day.on, Presence::Off);
        }
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
        for (first, last) in duty {
            self.fill(&mut presence, first, last, Presence::OnDuty);
        }
        self.people.push(Attending { officer_id, stays: facts.stays.clone(), presence });
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

/// The members of that very unit on a date. A head who is never on the roster is not missed on it, unless a rest day or an
/// absence says that they are off.
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
            Some(heads) if heads.head == Some(one.officer_id) => Post::Head,
            Some(heads) if heads.deputies.contains(&one.officer_id) => Post::Deputy,
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

/// What the unit of somebody would lack by a change of a shift of theirs: of one that is published what refuses the change,
/// of a draft what publishing it would.
///
/// # Errors
/// When the database does not answer.
pub(super) fn left_by(
    connection: &mut Conn,
    ctx: &Ctx,
    before: &DutyShift,
    change: Change<'_>,
    span: (NaiveDate, NaiveDate),
) -> Result<Vec<Finding>, Error> {
    if !before.kind.is_duty() {
        return Ok(Vec::new());
    }
    let lacking = after(connection, ctx, &[before.officer_id], change, span)?;
    let is_told = before.state == ShiftState::Published;
    Ok(if is_told { lacking } else { lacking.into_iter().map(as_draft).collect() })
}

/// What units would lack of their strength on the dates of duty that is planned: it does not refuse a draft, but publishing
/// it as it stands would be refused.
///
/// # Errors
/// When the database does not answer.
pub(super) fn of_draft(connection: &mut Conn, ctx: &Ctx, shifts: &[DutyShift]) -> Result<Vec<Told>, Error> {
    let coming: Vec<DutyShift> =
        shifts.iter().filter(|row| row.kind.is_duty() && !has_begun(ctx, row)).cloned().collect();
    let touched: Vec<_> = coming.iter().map(|row| dates(ctx, row.starts_at.and_utc(), row.ends_at.and_utc())).collect();
    let (first, last) = (touched.iter().map(|days| days.0).min(), touched.iter().map(|days| days.1).max());
    let Some(span) = first.zip(last).filter(|span| (span.1 - span.0).num_days() < DAYS_MAX) else {
        return Ok(Vec::new());
    };
    let officers: BTreeSet<OfficerId> = coming.iter().map(|row| row.officer_id).collect();
    let officers: Vec<OfficerId> = officers.into_iter().collect();
    let lacking = after(connection, ctx, &officers, Change { shifts: &coming, ..Change::default() }, span)?;
    let told = lacking.into_iter().filter_map(|finding| {
        let on: Option<NaiveDate> = finding.measured.get("on").and_then(|on| on.as_str()?.parse().ok());
        let touches = |days: &(NaiveDate, NaiveDate)| on.is_none_or(|on| days.0 <= on && on <= days.1);
        let of_date: Vec<&DutyShift> =
            coming.iter().zip(&touched).filter(|(_, days)| touches(days)).map(|(row, _)| row).collect();
        let officer_id = of_date.first()?.officer_id;
        Some(Told { officer_id, finding: as_draft(finding), shifts: of_date.iter().map(|row| row.id).collect() })
    });
    Ok(told.collect())
}

/// What would refuse a roster that is published, said of a draft.
fn as_draft(finding: Finding) -> Finding {
    let outcome = finding.outcome;
    Finding { outcome: Outcome::Warn, ..finding }.measured("at_publication", outcome.as_str())
}
