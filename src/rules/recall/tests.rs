use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::rules::cases::{built_in, day};
use crate::rules::policy::Place;
use crate::rules::terms::Category;

/// What recalling some dates gives: from 2026-03-09 on, each with what comes back of it in halves.
fn of(absence: i32, before: usize, halves: &[i32]) -> Given {
    let policies = built_in();
    let first = day("2026-03-09");
    let days: Vec<(NaiveDate, HalfDays)> =
        (0..).zip(halves).map(|(at, halves)| (first + Days::new(at), HalfDays(*halves))).collect();
    let version = policies.leave_requests(Place::in_force(Category::Police), first).unwrap();
    recall(&Recall { absence: HalfDays(absence), before, days: &days, version })
}

/// Total, returned and new, in halves.
fn sums(given: &Given) -> (i32, i32, i32) {
    (given.returned.0 + given.credited().0, given.returned.0, given.credited().0)
}

/// K16 of the vectors, B-7 of the welfare sheet, and their neighbours.
#[test]
fn one_two_three_and_four_days() {
    let cases = [
        (1, (4, 2, 2)),
        // K16: an absence of three days or more, two recalled: 4.0.
        (2, (8, 4, 4)),
        // B-7: ten days, three recalled: 5.5.
        (3, (11, 6, 5)),
        (4, (14, 8, 6)),
        (0, (0, 0, 0)),
    ];
    for (days, expected) in cases {
        assert_eq!(sums(&of(20, 0, &vec![2; days])), expected, "{days}");
    }
}

#[test]
fn the_absence_is_three_counted_days_or_more() {
    assert_eq!(sums(&of(5, 0, &[2, 2])), (4, 4, 0), "2.5 days are fewer than three");
    assert_eq!(sums(&of(6, 0, &[2, 2])), (8, 4, 4));
    assert_eq!(sums(&of(6, 0, &[2, 2, 2])), (11, 6, 5));
}

#[test]
fn a_begun_day_counts_whole_and_returns_exactly() {
    assert_eq!(sums(&of(7, 0, &[1])), (4, 1, 3));
    assert_eq!(sums(&of(7, 0, &[2, 2, 1])), (11, 5, 6));
    assert_eq!(sums(&of(5, 0, &[1])), (1, 1, 0));
}

#[test]
fn days_are_counted_through_all_recalls_of_a_leave() {
    assert_eq!(sums(&of(20, 1, &[2])), (4, 2, 2));
    assert_eq!(sums(&of(20, 2, &[2])), (3, 2, 1));
    assert_eq!(sums(&of(20, 7, &[2, 2])), (6, 4, 2));
}

#[test]
fn what_is_new_is_valid_to_the_end_of_the_next_leave_year() {
    let policies = built_in();
    let version = policies.leave_requests(Place::in_force(Category::Police), day("2025-12-30")).unwrap();
    let days = ["2025-12-30", "2025-12-31", "2026-01-04"].map(|on| (day(on), HalfDays(2)));
    let given = recall(&Recall { absence: HalfDays(10), before: 0, days: &days, version });
    let earned = |year, from, days, to| Earned { year, from: day(from), days: HalfDays(days), expires_on: day(to) };
    assert_eq!(
        given.earned,
        [earned(2025, "2025-12-30", 4, "2026-12-31"), earned(2026, "2026-01-04", 1, "2027-12-31")]
    );
    let finding = &given.finding;
    assert_eq!((finding.rule.as_str(), finding.rule_id.as_str()), ("leave.recall", "L11"));
    assert_eq!(finding.policy, "leave_requests@2008-01-01");
    assert_eq!((&finding.measured["total_days"], &finding.measured["new_days"]), (&json!(5.5), &json!(2.5)));
    assert_eq!(finding.limit["credit_days"], json!([2, 2, 1.5]));
}

#[test]
fn nobody_is_recalled_from_sick_leave() {
    let never = LeaveKind::ALL.iter().filter(|kind| !may_be_recalled(**kind)).copied();
    assert_eq!(never.collect::<Vec<_>>(), [LeaveKind::Miscarriage, LeaveKind::Sick, LeaveKind::InjuryOnDuty]);
}

fn recalls(spans: &[(&str, &str)], ended_on: Option<&str>) -> Recalls {
    Recalls { spans: spans.iter().map(|(from, to)| (day(from), day(to))).collect(), ended_on: ended_on.map(day) }
}

#[test]
fn what_stands_beside_recalls() {
    let span = Span::new(day("2026-03-09"), day("2026-03-20"), FirstDay::Pm, LastDay::Am).unwrap();
    let part = |from, to, first, last| Span::new(day(from), day(to), first, last).unwrap();
    assert_eq!(recalls(&[], None).stretches(&span), [span]);
    assert_eq!(
        recalls(&[("2026-03-11", "2026-03-12"), ("2026-03-16", "2026-03-16")], None).stretches(&span),
        [
            part("2026-03-09", "2026-03-10", FirstDay::Pm, LastDay::Full),
            part("2026-03-13", "2026-03-15", FirstDay::Full, LastDay::Full),
            part("2026-03-17", "2026-03-20", FirstDay::Full, LastDay::Am),
        ]
    );
    assert_eq!(
        recalls(&[("2026-03-09", "2026-03-09"), ("2026-03-19", "2026-03-19")], Some("2026-03-19")).stretches(&span),
        [part("2026-03-10", "2026-03-18", FirstDay::Full, LastDay::Full)]
    );
    assert_eq!(recalls(&[("2026-03-09", "2026-03-20")], Some("2026-03-09")).stretches(&span), []);
}

/// A leave of two weeks from Monday to Sunday.
#[test]
fn a_leave_ends_where_nothing_that_counts_follows() {
    let span = Span::full(day("2026-03-09"), day("2026-03-22")).unwrap();
    let ends = |recalled: (&str, &str), left: &[&str]| {
        let left: Vec<NaiveDate> = left.iter().map(|on| day(on)).collect();
        ended_on(&span, &[(day(recalled.0), day(recalled.1))], &left)
    };
    assert_eq!(ends(("2026-03-11", "2026-03-12"), &["2026-03-10", "2026-03-13"]), None);
    assert_eq!(ends(("2026-03-19", "2026-03-19"), &["2026-03-18", "2026-03-20"]), None);
    assert_eq!(ends(("2026-03-16", "2026-03-20"), &["2026-03-13"]), Some(day("2026-03-16")));
    assert_eq!(ends(("2026-03-14", "2026-03-22"), &["2026-03-13"]), Some(day("2026-03-14")));
    assert_eq!(ends(("2026-03-10", "2026-03-22"), &[]), Some(day("2026-03-09")));
}

#[test]
fn a_policy_that_says_nothing_of_recalls_gives_what_the_ruling_gives() {
    use crate::rules::policy::RecallPolicy;
    let policies = built_in();
    let version = policies.leave_requests(Place::in_force(Category::Police), day("2026-03-09")).unwrap();
    assert_eq!(version.values.recall, RecallPolicy::default());
    let text = include_str!("../leave_requests.toml");
    let old: String = {
        let (before, rest) = text.split_once("[version.values.recall]").unwrap();
        format!("{before}{}", rest.split_once("\n\n").unwrap().1)
    };
    let policies = crate::rules::cases::policies_with(&[("leave_requests.toml", &old)]);
    let version = policies.leave_requests(Place::in_force(Category::Police), day("2026-03-09")).unwrap();
    assert_eq!(version.values.recall, RecallPolicy::default());
    for (line, wrong) in [
        ("absence_days_min = 3", "absence_days_min = -1"),
        ("credit_days = [2.0, 2.0, 1.5]", "credit_days = []"),
        ("credit_days = [2.0, 2.0, 1.5]", "credit_days = [0.5]"),
        ("credit_days = [2.0, 2.0, 1.5]", "credit_days = [11]"),
    ] {
        assert!(text.contains(line));
        let changed = text.replace(line, wrong);
        let read = crate::rules::policy::PolicySet::read(&crate::rules::cases::texts_with(&[(
            "leave_requests.toml",
            &changed,
        )]));
        assert!(read.unwrap_err().reason.en.contains("recall"), "{wrong}");
    }
}

proptest! {
    /// A recall in one act gives what the same dates give in two, and never less than what comes back.
    #[test]
    fn recalled_at_once_or_one_after_the_other(halves in proptest::collection::vec(1_i32..=2, 0..12), cut in 0_usize..12) {
        let absence = halves.iter().sum::<i32>() + 1;
        let at_once = sums(&of(absence, 0, &halves));
        let cut = cut.min(halves.len());
        let (one, two) = (of(absence, 0, &halves[..cut]), of(absence, cut, &halves[cut..]));
        let both = (sums(&one), sums(&two));
        prop_assert_eq!(at_once, (both.0.0 + both.1.0, both.0.1 + both.1.1, both.0.2 + both.1.2));
        prop_assert!(at_once.0 >= at_once.1);
    }

    /// Each date of a leave either stands, with the halves it had, or was recalled.
    #[test]
    fn dates_stand_or_are_recalled(length in 0_u64..30, cuts in proptest::collection::vec((0_u64..30, 0_u64..6), 0..4), noon in any::<(bool, bool)>()) {
        let from = day("2026-03-09");
        let first_day = if noon.0 { FirstDay::Pm } else { FirstDay::Full };
        let last_day = if noon.1 && length > 0 { LastDay::Am } else { LastDay::Full };
        let span = Span::new(from, from + Days::new(length), first_day, last_day).unwrap();
        let spans = cuts.iter().map(|(at, more)| (from + Days::new(*at), from + Days::new(at + more))).collect();
        let recalls = Recalls { spans, ended_on: None };
        let stands: Vec<_> = recalls.stretches(&span).iter().flat_map(Span::slots).collect();
        let expected: Vec<_> = span.slots().filter(|(date, _)| !recalls.covers(*date)).collect();
        prop_assert_eq!(stands, expected);
    }
}
