//! Who may be away: the strength that is left of a unit when leave is granted (R11).

use chrono::NaiveDate;

use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::rest::policy::RestPolicy;
use crate::rules::rest::strength::{Member, Post, Presence, SOURCE, SkillMinimum, Staffing};
use crate::rules::terms::{LeaveKind, OfficerId};

/// The rule that is asked when leave is granted.
pub const LEAVE_STRENGTH: &str = "leave.strength";

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
/// Whoever has granted leave is away, be it for half a day, and whoever is on a course or seconded; what is asked for and not
/// granted does not count. Whoever is away for long, suspended or on maternity leave counts neither as strength nor as away. Where the unit has set no minimum, away may be one in five, and always one.
///
/// *Not modelled:* minima of single shifts; leave that hr enters when it has begun, and absences, which are facts.
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

#[cfg(test)]
mod tests;
