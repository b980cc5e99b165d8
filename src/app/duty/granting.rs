//! What granting a leave leaves of the strength of a unit (R11, RULINGS 21): asked when a leader grants it, and before, when
//! they look at the request.

use std::collections::{BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::floors::{Skill, kept};
use super::{dates, facts};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::leave_request::strength::{leave_strength, over_dates};
use crate::rules::policy::Place;
use crate::rules::rest::strength::{Member, Post, Presence, SkillMinimum, Staffing};
use crate::rules::rest::{Away, AwayWhy};
use crate::rules::terms::{Category, OfficerId, UnitId};
use crate::store::dated::Period;
use crate::store::duty_facts::Granted;
use crate::store::duty_shifts::Worked;
use crate::store::staffing::Stay;
use crate::store::units::Heads;
use crate::store::{self, Conn};

/// Duty on dates of leave or of another absence.
pub const PLANNED_DUTY: &str = "leave.planned_duty";

/// How far around a leave its unit is looked for on a roster.
const AROUND_DAYS: u64 = 14;

/// Somebody of the unit, as far as their strength is concerned.
struct Colleague {
    stay: Stay,
    categories: Vec<Period<Category>>,
    skills: Vec<String>,
    away: Vec<Away>,
}

impl Colleague {
    /// Whether they count on a date: in the unit, on the roll, not retired.
    fn counts_on(&self, on: NaiveDate) -> bool {
        let is_on_roll =
            self.stay.joined_on.is_none_or(|joined| joined <= on) && self.stay.left_on.is_none_or(|left| on <= left);
        let category = self.categories.iter().find(|one| one.effective_on <= on && on < one.until_on);
        is_on_roll
            && self.stay.from <= on
            && on < self.stay.until
            && category.is_none_or(|one| one.value != Category::Retired)
    }

    fn presence_on(&self, on: NaiveDate, long_above: i64) -> Presence {
        match self.away.iter().find(|away| away.from <= on && on <= away.to) {
            None => Presence::OnDuty,
            Some(away) if matches!(away.why, AwayWhy::Suspension | AwayWhy::Maternity) => Presence::LongAway,
            Some(away) if (away.to - away.from).num_days() + 1 > long_above => Presence::LongAway,
            Some(_) => Presence::Away,
        }
    }
}

/// A unit in which somebody is on some dates of their leave.
struct Unit {
    unit_id: UnitId,
    dates: (NaiveDate, NaiveDate),
    above: Vec<UnitId>,
    minimum_present: Option<i64>,
    skills: Vec<SkillMinimum>,
    heads: Heads,
    colleagues: Vec<Colleague>,
}

/// What the strength of the units of somebody says of a leave of theirs that is to be granted: for each number one finding,
/// with the dates that lack something.
///
/// # Errors
/// When the database does not answer.
pub fn of_leave(connection: &mut Conn, ctx: &Ctx, leave: &Granted) -> Result<Vec<Finding>, Error> {
    let mut found = Vec::new();
    for (_, stay) in store::duty_facts::stays(connection, &[leave.officer_id])? {
        let last = stay.until_on.pred_opt().unwrap_or(stay.until_on);
        let dates = (leave.from_on.max(stay.effective_on), leave.to_on.min(last));
        if dates.0 <= dates.1 {
            let unit = unit(connection, ctx, stay.value, dates, leave)?;
            let tested = tested(connection, ctx, &unit)?;
            found.extend(tested.into_iter().flat_map(|on| on_date(ctx, &unit, on, leave)));
        }
    }
    Ok(over_dates(found))
}

/// Duty of somebody on dates on which they are to be away, on leave or otherwise: it is refused from then on, and stands as a
/// violation until somebody takes it off the roster (职工带薪年休假条例 第二条).
///
/// # Errors
/// When the database does not answer.
pub fn planned_duty(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Option<Finding>, Error> {
    let clock = ctx.moment.clock();
    let (from, to) = (clock.start_of(from).naive_utc(), clock.end_of(to).naive_utc());
    let near = store::duty_shifts::of_officer(connection, officer, from, to)?;
    let duty: Vec<_> = near.iter().map(Worked::fact).filter(|shift| shift.kind.is_duty()).collect();
    let Some(first) = duty.iter().map(|shift| shift.starts_at).min() else { return Ok(None) };
    let ids: Vec<_> = duty.iter().map(|shift| shift.id).collect();
    let finding = Finding::new(PLANNED_DUTY, "", Outcome::Warn).source("职工带薪年休假条例 第二条");
    let finding = finding.measured("on", clock.date_of(first).to_string()).measured("shifts", ids.len());
    Ok(Some(finding.measured("shift_ids", json!(ids))))
}

/// What is known of one unit around the dates.
fn unit(
    connection: &mut Conn,
    ctx: &Ctx,
    unit_id: UnitId,
    dates: (NaiveDate, NaiveDate),
    leave: &Granted,
) -> Result<Unit, Error> {
    let above = store::units::upward(connection, unit_id, dates.0)?;
    let (mut minimum_present, mut skills) = (None, Vec::new());
    if let Some(row) = store::staffing::find(connection, unit_id)? {
        let kept = kept(&row)?;
        minimum_present = Some(i64::from(kept.minimum_present));
        let least = |one: Skill| SkillMinimum { skill: one.skill, minimum: i64::from(one.minimum) };
        skills = kept.skills.into_iter().map(least).collect();
    }
    let heads = store::units::heads(connection, &[unit_id], dates.0)?.remove(&unit_id);
    let heads = heads.unwrap_or(Heads { head: None, deputies: Vec::new() });
    // A spell that is long reaches at the most so far beyond the dates before it is known to be long.
    let long = long_above(ctx, &above, dates.0).clamp(0, 400);
    let beyond = Days::new(u64::try_from(long).unwrap_or(0) + 1);
    let (first, last) =
        (dates.0.checked_sub_days(beyond).unwrap_or(dates.0), dates.1.checked_add_days(beyond).unwrap_or(dates.1));
    let stays = store::staffing::stays(connection, &[unit_id], dates.0, dates.1)?;
    let ids: Vec<OfficerId> = stays.iter().map(|stay| stay.officer_id).collect::<BTreeSet<_>>().into_iter().collect();
    let (mut away, mut categories) = (HashMap::<OfficerId, Vec<Away>>::new(), HashMap::new());
    for some in ids.chunks(500) {
        for row in store::duty_facts::granted(connection, some, first, last)? {
            away.entry(row.officer_id).or_default().push(facts::away(&row));
        }
        for row in store::absences::touching(connection, some, first, last)? {
            away.entry(row.officer_id).or_default().extend(facts::absent(&row));
        }
        categories.extend(store::roster::categories(connection, some)?);
    }
    away.entry(leave.officer_id).or_default().push(facts::away(leave));
    away.values_mut().for_each(facts::merge);
    let colleague = |stay: Stay| Colleague {
        categories: categories.get(&stay.officer_id).cloned().unwrap_or_default(),
        skills: stay.post.clone().into_iter().collect(),
        away: away.get(&stay.officer_id).cloned().unwrap_or_default(),
        stay,
    };
    let colleagues = stays.into_iter().map(colleague).collect();
    Ok(Unit { unit_id, dates, above, minimum_present, skills, heads, colleagues })
}

fn long_above(ctx: &Ctx, above: &[UnitId], on: NaiveDate) -> i64 {
    let place = Place { category: Category::Police, units: above };
    ctx.statutes.policies.rest(place, on).map_or(i64::MAX, |version| version.values.strength.long_absence_days_above)
}

/// The dates on which the strength is asked for: those with duty, as far as a roster reaches around the leave; before and
/// after it, and where there is none, the working days of the unit's calendar (RULINGS 21).
fn tested(connection: &mut Conn, ctx: &Ctx, unit: &Unit) -> Result<Vec<NaiveDate>, Error> {
    let (first, last) = unit.dates;
    let near = Days::new(AROUND_DAYS);
    let around = (first.checked_sub_days(near).unwrap_or(first), last.checked_add_days(near).unwrap_or(last));
    let clock = ctx.moment.clock();
    let instants = (clock.start_of(around.0).naive_utc(), clock.end_of(around.1).naive_utc());
    let mut with_duty: BTreeSet<NaiveDate> = BTreeSet::new();
    let ids: Vec<OfficerId> = unit.colleagues.iter().map(|one| one.stay.officer_id).collect();
    for some in ids.chunks(500) {
        for (starts_at, ends_at) in store::duty_facts::duty_spans(connection, some, instants)? {
            let (from, to) = dates(ctx, starts_at.and_utc(), ends_at.and_utc());
            with_duty.extend(from.iter_days().take_while(|on| *on <= to));
        }
    }
    let reach = with_duty.first().copied().zip(with_duty.last().copied());
    let calendar = ctx.statutes.calendars.of(&unit.above);
    let is_tested = |on: &NaiveDate| match reach {
        Some((begins, ends)) if begins <= *on && *on <= ends => with_duty.contains(on),
        // A year without a calendar refuses the leave before anybody is counted.
        _ => calendar.day(*on).is_ok_and(|day| day.working),
    };
    Ok(first.iter_days().take_while(|on| *on <= last).filter(is_tested).collect())
}

/// What the rule says of one date.
fn on_date(ctx: &Ctx, unit: &Unit, on: NaiveDate, leave: &Granted) -> Vec<Finding> {
    let place = Place { category: Category::Police, units: &unit.above };
    let Some(version) = ctx.statutes.policies.rest(place, on) else { return Vec::new() };
    let long = version.values.strength.long_absence_days_above;
    let post = |who: OfficerId| match &unit.heads {
        heads if heads.head == Some(who) => Post::Head,
        heads if heads.deputies.contains(&who) => Post::Deputy,
        _ => Post::Member,
    };
    let there = unit.colleagues.iter().filter(|one| one.counts_on(on));
    let members: Vec<Member<'_>> = there
        .map(|one| Member {
            officer_id: one.stay.officer_id,
            presence: one.presence_on(on, long),
            post: post(one.stay.officer_id),
            skills: &one.skills,
        })
        .collect();
    let staffing = Staffing { minimum_present: unit.minimum_present, skills: &unit.skills };
    let found = leave_strength(version, on, &members, &staffing, (leave.officer_id, leave.kind));
    found.into_iter().map(|finding| finding.measured("unit_id", json!(unit.unit_id))).collect()
}
