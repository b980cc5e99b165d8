use uuid::Uuid;

use super::{leave_strength, over_dates};
use crate::rules::cases::{day, policies_with};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Place;
use crate::rules::rest::strength::{Member, Post, Presence, SkillMinimum, Staffing};
use crate::rules::terms::{Category, LeaveKind, OfficerId};

fn who(at: usize) -> OfficerId {
    OfficerId(Uuid::from_u128(u128::try_from(at).unwrap() + 1))
}

/// So many there and so many away; the first of those away asks.
fn unit<'a>(there: usize, away: usize) -> Vec<Member<'a>> {
    let presence = |at: usize| if at < away { Presence::Away } else { Presence::OnDuty };
    let member = |at| Member { officer_id: who(at), presence: presence(at), post: Post::Member, skills: &[] };
    (0..there + away).map(member).collect()
}

fn on(date: &str, members: &[Member<'_>], staffing: &Staffing<'_>, kind: LeaveKind) -> Vec<Finding> {
    let policies = policies_with(&[]);
    let version = policies.rest(Place::in_force(Category::Police), day(date)).unwrap();
    leave_strength(version, day(date), members, staffing, (who(0), kind))
}

fn outcomes(members: &[Member<'_>], staffing: &Staffing<'_>, kind: LeaveKind) -> Vec<(String, Outcome)> {
    let found = on("2026-03-09", members, staffing, kind);
    found.iter().map(|one| (one.measured["what"].as_str().unwrap().to_owned(), one.outcome)).collect()
}

#[test]
fn what_may_be_away() {
    let (none, annual) = (Staffing::default(), LeaveKind::Annual);
    for (there, away, outcome) in [
        (0, 1, Outcome::Pass),
        (8, 2, Outcome::Pass),
        (7, 2, Outcome::Block),
        (7, 3, Outcome::Block),
        (12, 3, Outcome::Pass),
    ] {
        assert_eq!(outcomes(&unit(there, away), &none, annual), [("away".to_owned(), outcome)], "{there} {away}");
    }
    // B-4: of twenty fifteen stay; five are away already, so nobody is free to go.
    let fifteen = Staffing { minimum_present: Some(15), skills: &[] };
    let found = on("2026-03-09", &unit(14, 6), &fifteen, annual);
    assert_eq!((found[0].outcome, &found[0].limit["free_slots"]), (Outcome::Block, &0.into()));
    let found = on("2026-03-09", &unit(15, 5), &fifteen, annual);
    assert_eq!((found[0].outcome, &found[0].limit["free_slots"]), (Outcome::Pass, &1.into()));
    // Whoever is not in the unit on the date takes nobody from it.
    assert!(on("2026-03-09", &unit(1, 0)[..0], &fifteen, annual).is_empty());
}

#[test]
fn only_leave_that_can_be_moved_is_refused() {
    let fifteen = Staffing { minimum_present: Some(15), skills: &[] };
    for kind in LeaveKind::ALL {
        use LeaveKind::{Annual, Compensatory, Personal, Recuperation};
        let expected = if matches!(kind, Annual | Compensatory | Personal | Recuperation) {
            Outcome::Block
        } else {
            Outcome::Warn
        };
        assert_eq!(outcomes(&unit(14, 6), &fifteen, *kind), [("present".to_owned(), expected)], "{kind}");
    }
}

#[test]
fn of_skills_and_heads_only_the_own() {
    let skills = ["driver".to_owned()];
    let asked = [SkillMinimum { skill: "driver".to_owned(), minimum: 1 }];
    let staffing = Staffing { minimum_present: Some(0), skills: &asked };
    let blocks = |members: &[Member<'_>]| -> Vec<String> {
        let found = outcomes(members, &staffing, LeaveKind::Annual);
        found.into_iter().filter(|(_, outcome)| *outcome == Outcome::Block).map(|(what, _)| what).collect()
    };
    let mut some = unit(2, 2);
    assert_eq!(blocks(&some), Vec::<String>::new(), "has no skill");
    some[0].skills = &skills;
    assert_eq!(blocks(&some), ["skill"]);
    some[1].skills = &skills;
    assert_eq!(blocks(&some), ["skill"], "the other one is away");
    some[2].skills = &skills;
    assert_eq!(blocks(&some), Vec::<String>::new());
    (some[1].post, some[2].post) = (Post::Head, Post::Deputy);
    assert_eq!(blocks(&some), Vec::<String>::new(), "others' posts");
    (some[0].post, some[2].post) = (Post::Deputy, Post::Member);
    assert_eq!(blocks(&some), ["heads"]);
    some[2].post = Post::Deputy;
    assert_eq!(blocks(&some), Vec::<String>::new(), "another deputy stays");
}

#[test]
fn a_finding_of_many_dates() {
    let five = Staffing { minimum_present: Some(5), skills: &[] };
    let of = |date, there, away| on(date, &unit(there, away), &five, LeaveKind::Annual);
    let passes = over_dates([of("2026-03-09", 9, 1), of("2026-03-10", 5, 5), of("2026-03-11", 6, 4)].concat());
    assert_eq!((passes.len(), &passes[0].measured["on"]), (1, &"2026-03-10".into()), "the tightest");
    assert!(!passes[0].measured.contains_key("dates"));
    let lacks = over_dates(
        [of("2026-03-09", 5, 5), of("2026-03-10", 4, 5), of("2026-03-11", 6, 4), of("2026-03-12", 1, 5)].concat(),
    );
    assert_eq!(
        (lacks.len(), &lacks[0].measured["on"], &lacks[0].measured["present"]),
        (1, &"2026-03-10".into(), &4.into())
    );
    assert_eq!(lacks[0].measured["dates"], serde_json::json!(["2026-03-10", "2026-03-12"]));
}
