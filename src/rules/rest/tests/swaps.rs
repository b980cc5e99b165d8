//! What a write newly causes, and who could take the shift instead.

use serde_json::json;

use super::*;
use crate::rules::rest::swaps::{Colleague, suggestions};
use crate::rules::terms::OfficerId;

fn changes(before: &Desk, after: &Desk, from: &str, to: &str) -> Vec<(String, &'static str)> {
    let law = after.law();
    let found = assess_change(&before.person(), &after.person(), &law, day(from), day(to));
    found.iter().map(|one| (one.finding.rule.clone(), one.finding.outcome.as_str())).collect()
}

fn week(days: usize) -> Desk {
    let mut desk = desk();
    desk.daily("2025-03-03", days, "08:00", "16:00");
    desk
}

#[test]
fn what_stood_before_refuses_nothing_unrelated() {
    let before = week(7);
    let mut after = week(7);
    after.duty("2025-03-11 08:00", "2025-03-11 16:00");
    assert_eq!(changes(&before, &after, "2025-03-01", "2025-03-31"), []);
    // An eighth day makes the breach longer: that is new.
    let mut after = week(7);
    after.duty("2025-03-10 08:00", "2025-03-10 16:00");
    assert_eq!(changes(&before, &after, "2025-03-10", "2025-03-10"), [said("rest.weekly", "block")]);
}

#[test]
fn the_seventh_day_is_new_and_so_is_a_day_that_joins_two_rows() {
    assert_eq!(changes(&week(6), &week(7), "2025-03-09", "2025-03-09"), [said("rest.weekly", "block")]);
    let mut before = week(3);
    before.daily("2025-03-07", 3, "08:00", "16:00");
    let mut after = week(3);
    after.daily("2025-03-07", 3, "08:00", "16:00").duty("2025-03-06 08:00", "2025-03-06 16:00");
    assert_eq!(changes(&before, &after, "2025-03-06", "2025-03-06"), [said("rest.weekly", "block")]);
}

#[test]
fn taking_duty_away_is_never_refused() {
    let before = week(15);
    for gone in 0..15 {
        let mut after = week(15);
        after.shifts.remove(gone);
        assert_eq!(changes(&before, &after, "2025-03-01", "2025-03-31"), [], "{gone}");
    }
    // A shift between two that made them one duty.
    let mut before = desk();
    before.duty("2025-03-03 08:00", "2025-03-03 12:00").duty("2025-03-03 14:00", "2025-03-03 16:00");
    before.duty("2025-03-03 18:00", "2025-03-03 20:00");
    let mut after = desk();
    after.shifts = before.shifts.clone();
    after.shifts.remove(1);
    assert_eq!(after.says(), [said("rest.daily", "block")]);
    assert_eq!(changes(&before, &after, "2025-03-03", "2025-03-03"), []);
}

#[test]
fn an_entry_beside_the_roster_is_new_too() {
    let before = week(3);
    let mut after = week(3);
    after.rests(RestDayKind::Weekly, &["2025-03-04"]);
    assert_eq!(changes(&before, &after, "2025-03-04", "2025-03-04"), [said("rest.rest_day", "block")]);
    assert_eq!(changes(&after, &after, "2025-03-04", "2025-03-04"), []);
    // A shift that is moved is new, though its id is not.
    let mut moved = week(3);
    moved.shifts[1].ends_at += chrono::Duration::hours(6);
    assert_eq!(changes(&before, &moved, "2025-03-03", "2025-03-05"), [said("rest.daily", "warn")]);
}

#[test]
fn what_a_write_makes_worse_for_another_shift_is_its_own() {
    // The pattern of 24 hours on and 48 off is told; a duty too soon after it breaks the pattern, not a rule of its own.
    let mut before = desk();
    before.duty("2025-04-01 08:00", "2025-04-02 08:00");
    for (from, told) in [("2025-04-03 09:00", vec![said("rest.length", "block")]), ("2025-04-04 08:00", vec![])] {
        let mut after = desk();
        let to = from.replace("09:00", "17:00").replace("08:00", "16:00");
        after.duty("2025-04-01 08:00", "2025-04-02 08:00").duty(from, &to);
        assert_eq!(changes(&before, &after, &from[..10], &from[..10]), told, "{from}");
    }
    // The exception of one week in four is the first one's, whichever was planned before.
    let heavy = |desk: &mut Desk, monday: &str| {
        desk.daily(monday, 5, "06:00", "20:00");
    };
    let (mut before, mut after) = (desk(), desk());
    heavy(&mut before, "2025-04-28");
    heavy(&mut after, "2025-04-14");
    heavy(&mut after, "2025-04-28");
    after.shifts.iter_mut().zip(1..).for_each(|(shift, n)| shift.id = row_id(if n > 5 { n - 5 } else { n + 5 }));
    let told = changes(&before, &after, "2025-04-14", "2025-04-18");
    assert!(told.contains(&said("rest.volume", "block")), "{told:?}");
}

#[test]
fn what_betters_a_breach_is_not_refused_for_it() {
    let with_gap = |from: &str| {
        let mut desk = desk();
        desk.duty("2025-03-03 14:00", "2025-03-03 23:00").duty(from, "2025-03-04 11:00");
        desk
    };
    let before = with_gap("2025-03-04 05:00");
    assert_eq!(changes(&before, &with_gap("2025-03-04 06:00"), "2025-03-04", "2025-03-04"), []);
    assert_eq!(
        changes(&before, &with_gap("2025-03-04 04:00"), "2025-03-04", "2025-03-04"),
        [said("rest.daily", "block")]
    );
    // Another shift that breaks it as much is another breach.
    let mut second = with_gap("2025-03-04 05:00");
    second.duty("2025-03-04 18:00", "2025-03-04 20:00");
    assert_eq!(changes(&before, &second, "2025-03-04", "2025-03-04"), [said("rest.daily", "block")]);
}

fn colleague(n: u128, desk: &Desk) -> Colleague<'_> {
    Colleague { officer_id: OfficerId(Uuid::from_u128(n)), person: desk.person() }
}

/// at least one feasible swap is named.
#[test]
fn whoever_could_take_a_shift_is_named() {
    let owner = week(6);
    let sunday = shift(owner.zone, 900, DutyKind::Duty, "2025-03-09 08:00", "2025-03-09 16:00");
    let (busy, free) = (week(6), week(3));
    let mut away = desk();
    away.away.push(Away::whole(day("2025-03-08"), day("2025-03-09"), AwayWhy::Leave));
    let mut gone = desk();
    gone.facts.left_on = Some(day("2025-03-08"));
    let law = owner.law();
    let others =
        [colleague(2, &busy), colleague(3, &free), colleague(4, &away), colleague(5, &gone), colleague(1, &owner)];
    let told = suggestions(&sunday, &colleague(1, &owner), &others, &law);
    assert_eq!(told, [json!({"kind": "swap", "officer_id": OfficerId(Uuid::from_u128(3))})]);
    // Never more than three, those who are on duty least before others.
    let idle = desk();
    let many: Vec<_> = (10..20).map(|n| colleague(n, if n == 19 { &idle } else { &free })).collect();
    let told = suggestions(&sunday, &colleague(1, &owner), &many, &law);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0]["officer_id"], json!(OfficerId(Uuid::from_u128(19))));
}

#[test]
fn where_nobody_can_take_it_an_exchange_is_named() {
    // The owner has been on since Monday; the colleague since Tuesday of the week before, with Monday free after.
    let mut owner = week(6);
    owner.duty("2025-03-09 08:00", "2025-03-09 16:00");
    let asked = owner.shifts[6];
    let mut other = desk();
    other.daily("2025-03-10", 6, "08:00", "16:00");
    for (n, one) in other.shifts.iter_mut().enumerate() {
        one.id = row_id(200 + n);
    }
    let law = owner.law();
    let told = suggestions(&asked, &colleague(1, &owner), &[colleague(2, &other)], &law);
    // On Sunday too it would be seven in a row, unless a later day is given for it.
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["shift_id"], json!(row_id(200)));
}
