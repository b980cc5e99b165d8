//! R11: who must be there on a date.

use chrono::NaiveDate;

use super::policy::RestPolicy;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::terms::{LeaveKind, OfficerId, UnknownWord, vocabulary};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The rule that is asked when leave is granted.
pub const LEAVE_STRENGTH: &str = "leave.strength";

const SOURCE: &str = "年度工作要点第10项（警力与勤务相适应）";

vocabulary! {
    /// Where a member of a unit is on a date.
    Presence {
        /// On duty, for however short a part of it.
        OnDuty = "on_duty",
        /// Off duty, by the roster or on a rest day.
        Off = "off",
        /// On leave, sick, on a course or seconded; half a day counts as a day.
        Away = "away",
        /// Away for so long that the strength does not count them (RULINGS 21).
        LongAway = "long_away",
    }
}

vocabulary! {
    /// What a member is in the unit.
    Post {
        /// Its head.
        Head = "head",
        /// A deputy of the head.
        Deputy = "deputy",
        /// Anybody else.
        Member = "member",
    }
}

/// One member of a unit on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// Who.
    pub officer_id: OfficerId,
    /// Where.
    pub presence: Presence,
    /// As what.
    pub post: Post,
    /// What they can do.
    pub skills: &'a [String],
}

/// How many must be there who can do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillMinimum {
    /// What.
    pub skill: String,
    /// How many.
    pub minimum: i64,
}

/// What a unit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Staffing<'a> {
    /// Members on duty; `None` where the unit has set no number.
    pub minimum_present: Option<i64>,
    /// Members on duty who can do something.
    pub skills: &'a [SkillMinimum],
}

/// ## 警力底线 — strength on duty
///
/// 年度工作要点第10项（警力与勤务相适应）: on each date with duty a unit has its minimum on duty, of each skill too; head and
/// deputy are never both off.
///
/// *Reading:* RULINGS 21. Where a unit has set no minimum, away may be one in five of its strength, and always one; whoever
/// is away for long counts in neither. Only off or away of head and of every deputy together is a breach. A roster is held
/// against a unit's own minimum and against head and deputy; who may be away is asked when leave is granted.
///
/// *Not modelled:* minima that differ between the shifts of one date.
#[must_use]
pub fn strength(
    version: &Version<RestPolicy>,
    on: NaiveDate,
    members: &[Member<'_>],
    staffing: &Staffing<'_>,
) -> Vec<Finding> {
    let count = |holds: &dyn Fn(&Member<'_>) -> bool| {
        i64::try_from(members.iter().filter(|member| holds(member)).count()).unwrap_or(i64::MAX)
    };
    let finding = |outcome: Outcome, what: &str| {
        Finding::new("rest.strength", "R11", outcome)
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", what)
            .measured("on", on.to_string())
    };
    let present = count(&|member| member.presence == Presence::OnDuty);
    let of = |kept: bool| if kept { Outcome::Pass } else { Outcome::Block };
    let mut found = Vec::new();
    if let Some(minimum) = staffing.minimum_present {
        found.push(
            finding(of(present >= minimum), "present").measured("present", present).limit("present_min", minimum),
        );
    } else {
        let strength = count(&|member| member.presence != Presence::LongAway);
        let away = count(&|member| member.presence == Presence::Away);
        let numbers = version.values.strength;
        let most = (strength * numbers.away_percent_max / 100).max(numbers.away_always);
        let told = finding(of(away <= most), "away").measured("away", away).measured("strength", strength);
        found.push(told.limit("away_max", most));
    }
    for SkillMinimum { skill, minimum } in staffing.skills {
        let skilled = count(&|member| member.presence == Presence::OnDuty && member.skills.contains(skill));
        let told = finding(of(skilled >= *minimum), "skill").measured("skill", skill.as_str());
        found.push(told.measured("skilled", skilled).limit("skilled_min", *minimum));
    }
    found.extend(heads(members).map(|kept| finding(of(kept), "heads").limit("heads_present_min", 1)));
    found
}

/// Whether one of head and deputies is there; `None` where the unit has not both.
fn heads(members: &[Member<'_>]) -> Option<bool> {
    let mut held = members.iter().filter(|member| member.post != Post::Member);
    let has = |post: Post| members.iter().any(|member| member.post == post);
    (has(Post::Head) && has(Post::Deputy)).then(|| held.any(|member| member.presence == Presence::OnDuty))
}

/// What follows where leave of a kind leaves too few: only leave whose dates the service may move is refused (RULINGS 21);
/// what the law gives on its occasion is granted, and the leader told.
const fn refuses(kind: LeaveKind) -> Outcome {
    match kind {
        LeaveKind::Annual | LeaveKind::Compensatory | LeaveKind::Recuperation | LeaveKind::Personal => Outcome::Block,
        _ => Outcome::Warn,
    }
}

/// ## 休假警力底线 — strength while leave is granted
///
/// 年度工作要点第10项（警力与勤务相适应）: leave is granted where enough of the unit stay on every date of it: its minimum,
/// that of each skill that the person has, and one of head and deputies.
///
/// *Reading:* RULINGS 21. Asked of the granting of annual, compensatory, recuperation and personal leave, which it refuses;
/// of every other kind it warns. Counted over the members of that very unit on the date who are on the roll and not retired.
/// Whoever has granted leave is away, be it for half a day; what is asked for and not granted does not count. Whoever is away
/// for long counts neither as strength nor as away. Where the unit has set no minimum, away may be one in five, and always one.
///
/// *Not modelled:* courses, secondments and suspensions, of which no records are kept yet; minima of single shifts; leave that
/// hr enters when it has begun, which is a fact.
#[must_use]
pub fn leave_strength(
    version: &Version<RestPolicy>,
    on: NaiveDate,
    members: &[Member<'_>],
    staffing: &Staffing<'_>,
    (whose, kind): (OfficerId, LeaveKind),
) -> Vec<Finding> {
    let Some(asks) = members.iter().find(|member| member.officer_id == whose) else { return Vec::new() };
    let count = |holds: &dyn Fn(&Member<'_>) -> bool| {
        i64::try_from(members.iter().filter(|member| holds(member)).count()).unwrap_or(i64::MAX)
    };
    let stays = |member: &Member<'_>| !matches!(member.presence, Presence::Away | Presence::LongAway);
    let finding = |kept: bool, what: &str| {
        Finding::new("leave.strength", "R11", if kept { Outcome::Pass } else { refuses(kind) })
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", what)
            .measured("on", on.to_string())
    };
    // How many more could go before this one does.
    let free = |left: i64, least: i64| (left + 1 - least).max(0);
    let mut found = Vec::new();
    if let Some(minimum) = staffing.minimum_present {
        let present = count(&stays);
        let told = finding(present >= minimum, "present").measured("present", present);
        found.push(told.limit("present_min", minimum).limit("free_slots", free(present, minimum)));
    } else {
        let strength = count(&|member| member.presence != Presence::LongAway);
        let away = count(&|member| member.presence == Presence::Away);
        let numbers = version.values.strength;
        let most = (strength * numbers.away_percent_max / 100).max(numbers.away_always);
        let before = away - i64::from(asks.presence == Presence::Away);
        let told = finding(away <= most, "away").measured("away", away).measured("strength", strength);
        found.push(told.limit("away_max", most).limit("free_slots", (most - before).max(0)));
    }
    for SkillMinimum { skill, minimum } in staffing.skills.iter().filter(|one| asks.skills.contains(&one.skill)) {
        let skilled = count(&|member| stays(member) && member.skills.contains(skill));
        let told = finding(skilled >= *minimum, "skill").measured("skill", skill.as_str()).measured("skilled", skilled);
        found.push(told.limit("skilled_min", *minimum).limit("free_slots", free(skilled, *minimum)));
    }
    let has = |post: Post| members.iter().any(|member| member.post == post);
    if asks.post != Post::Member && has(Post::Head) && has(Post::Deputy) {
        let kept = members.iter().any(|member| member.post != Post::Member && stays(member));
        found.push(finding(kept, "heads").limit("heads_present_min", 1));
    }
    found
}

/// Of what was found on many dates one finding each: the first date that lacks something with all those that do, else the
/// date on which the fewest more could go.
#[must_use]
pub fn over_dates(found: Vec<Finding>) -> Vec<Finding> {
    let same = |one: &Finding, other: &Finding| {
        ["what", "skill", "unit_id"].iter().all(|name| one.measured.get(*name) == other.measured.get(*name))
    };
    let free = |one: &Finding| one.limit.get("free_slots").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let mut told: Vec<(Finding, Vec<String>)> = Vec::new();
    for finding in found {
        let on = finding.measured.get("on").and_then(|on| on.as_str()).unwrap_or_default().to_owned();
        let lacks = finding.outcome != Outcome::Pass;
        let dates = if lacks { vec![on] } else { Vec::new() };
        match told.iter_mut().find(|(first, _)| same(first, &finding)) {
            None => told.push((finding, dates)),
            Some((first, all)) => {
                if (all.is_empty() && lacks) || (all.is_empty() && free(&finding) < free(first)) {
                    *first = finding;
                }
                all.extend(dates);
            }
        }
    }
    let with_dates = |(finding, dates): (Finding, Vec<String>)| {
        if dates.is_empty() { finding } else { finding.measured("dates", dates) }
    };
    told.into_iter().map(with_dates).collect()
}
