//! R11: who must be there on a date.

use chrono::NaiveDate;

use super::policy::RestPolicy;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::terms::{OfficerId, UnknownWord, vocabulary};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where the strength of a unit comes from.
pub const SOURCE: &str = "年度工作要点第10项（警力与勤务相适应）";

vocabulary! {
    /// Where a member of a unit is on a date.
    Presence {
        /// On duty, for however short a part of it.
        OnDuty = "on_duty",
        /// Off duty, by the roster or on a rest day.
        Off = "off",
        /// Never on the roster around the date, and not said to be off: at the desk, as far as anybody knows.
        Unrostered = "unrostered",
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
    (has(Post::Head) && has(Post::Deputy))
        .then(|| held.any(|member| matches!(member.presence, Presence::OnDuty | Presence::Unrostered)))
}
