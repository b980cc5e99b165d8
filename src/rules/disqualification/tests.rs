use super::*;
use crate::rules::annual_leave::entitlement;
use crate::rules::cases::{built_in, calendar, day, draw, lot, own, person};
use crate::rules::lots::{Demand, available};
use crate::rules::service::Dated;
use crate::rules::terms::{Category, FirstDay, LastDay, LotSource};

fn sick_from(from: &str, to: &str) -> Absence {
    Absence { ground: Ground::Sick, span: Span::full(day(from), day(to)).unwrap() }
}

fn paid(from: &str, to: &str) -> Absence {
    Absence { ground: Ground::PersonalPaid, span: Span::full(day(from), day(to)).unwrap() }
}

fn assessed(facts: &PersonFacts, year: i32, absences: &[Absence]) -> Assessment {
    let owed = entitlement(facts, &built_in(), year).unwrap();
    assess(&Circumstances { facts, policies: &built_in(), calendar: &calendar(), absences }, &owed)
}

fn event(start: &str, year: i32, absences: &[Absence]) -> Option<String> {
    let facts = person(Category::Police, &[(start, None)]);
    assessed(&facts, year, absences).event_on.map(|date| date.to_string())
}

fn on(date: &str) -> Option<String> {
    Some(date.to_owned())
}

/// RULINGS 12: seventy days from 1 June, ten years reached on 1 August or on 1 October.
#[test]
fn assessed_daily_against_the_tier_then_valid() {
    let seventy = [sick_from("2026-06-01", "2026-08-09")];
    assert_eq!(event("2016-08-01", 2026, &seventy), on("2026-07-30"));
    assert_eq!(event("2016-10-01", 2026, &seventy), on("2026-07-30"));
    // Ten years from April on: three months are the limit, and seventy days are not ninety.
    assert_eq!(event("2016-03-10", 2026, &seventy), None);
    // The step to the higher tier lies before the sixtieth day: then sixty are not enough.
    assert_eq!(event("2016-06-10", 2026, &seventy), None);
    // Before the first tier nothing is owed that could be lost.
    assert_eq!(event("2026-01-10", 2026, &seventy), None);
}

#[test]
fn the_day_before_the_limit_and_the_day_itself() {
    assert_eq!(event("2020-01-01", 2026, &[sick_from("2026-03-01", "2026-04-28")]), None);
    assert_eq!(event("2020-01-01", 2026, &[sick_from("2026-03-01", "2026-04-29")]), on("2026-04-29"));
    for (start, first_limit) in [("2010-01-01", "2026-05-29"), ("2000-01-01", "2026-06-28")] {
        assert_eq!(event(start, 2026, &[sick_from("2026-03-01", "2026-12-01")]), on(first_limit));
    }
}

#[test]
fn spells_merge_over_what_is_not_worked_only() {
    let facts = person(Category::Police, &[("2020-01-01", None)]);
    let counted = |absences: &[Absence]| {
        let found = assessed(&facts, 2026, absences);
        found.findings[0].measured["calendar_days"].as_f64().unwrap()
    };
    // Friday and Monday: the weekend between counts; Friday and Tuesday: Monday was worked.
    assert_eq!(counted(&[sick_from("2026-03-06", "2026-03-06"), sick_from("2026-03-09", "2026-03-09")]), 4.0);
    assert_eq!(counted(&[sick_from("2026-03-06", "2026-03-06"), sick_from("2026-03-10", "2026-03-10")]), 2.0);
    // Saturday, 9 May 2026 is a make-up workday: it parts the spells.
    assert_eq!(counted(&[sick_from("2026-05-08", "2026-05-08"), sick_from("2026-05-11", "2026-05-11")]), 2.0);
    // A Friday afternoon at work parts them too.
    let morning = Span::new(day("2026-03-06"), day("2026-03-06"), FirstDay::Full, LastDay::Am).unwrap();
    let half = Absence { ground: Ground::Sick, span: morning };
    assert_eq!(counted(&[half, sick_from("2026-03-09", "2026-03-09")]), 1.5);
    // Over the long holiday: 13 February was worked last, 24 February first.
    assert_eq!(counted(&[sick_from("2026-02-14", "2026-02-14"), sick_from("2026-02-24", "2026-02-24")]), 11.0);
}

#[test]
fn each_leave_year_counts_its_own_days() {
    let over = [sick_from("2025-11-20", "2026-01-20")];
    assert_eq!((event("2020-01-01", 2025, &over), event("2020-01-01", 2026, &over)), (None, None));
    let long = [sick_from("2025-11-02", "2026-03-01")];
    assert_eq!(event("2020-01-01", 2025, &long), on("2025-12-31"));
    assert_eq!(event("2020-01-01", 2026, &long), on("2026-03-01"));
    // The gap over New Year is counted in the year in which it lies: 1 to 3 January 2026.
    let facts = person(Category::Police, &[("2020-01-01", None)]);
    let gap = [sick_from("2025-12-31", "2025-12-31"), sick_from("2026-01-04", "2026-01-04")];
    assert_eq!(assessed(&facts, 2026, &gap).findings[0].measured["calendar_days"], 4);
    assert_eq!(assessed(&facts, 2025, &gap).findings[0].measured["calendar_days"], 1);
}

/// 以上 includes the number itself; pay that was deducted ends nothing; both grounds are told, the earlier counts.
#[test]
fn personal_leave_with_pay_kept() {
    // Twenty working days from Monday, 2 March 2026 end on Friday the 27th.
    assert_eq!(event("2010-01-01", 2026, &[paid("2026-03-02", "2026-03-26")]), None);
    assert_eq!(event("2010-01-01", 2026, &[paid("2026-03-02", "2026-03-27")]), on("2026-03-27"));
    let unpaid = Absence { ground: Ground::PersonalUnpaid, ..paid("2026-03-02", "2026-05-29") };
    assert_eq!(event("2010-01-01", 2026, &[unpaid]), None);
    let both = [paid("2026-03-02", "2026-03-27"), sick_from("2026-06-01", "2026-10-30")];
    let facts = person(Category::Police, &[("2010-01-01", None)]);
    let found = assessed(&facts, 2026, &both);
    assert_eq!(found.event_on, Some(day("2026-03-27")));
    let dates: Vec<_> =
        found.findings.iter().map(|one| (one.rule.as_str(), one.measured["disqualified_on"].as_str())).collect();
    assert_eq!(
        dates,
        [
            ("annual_leave.disqualified_personal", Some("2026-03-27")),
            ("annual_leave.disqualified_sick", Some("2026-08-29"))
        ]
    );
}

/// Contract staff lose it by the same article; the retired have nothing to lose.
#[test]
fn both_regimes_know_the_grounds() {
    for (category, lost) in [(Category::Auxiliary, true), (Category::Staff, true), (Category::Retired, false)] {
        let mut facts = person(category, &[("2020-01-01", None)]);
        facts.categories = vec![Dated { from: NaiveDate::MIN, value: category }];
        let found = assessed(&facts, 2026, &[sick_from("2026-03-01", "2026-05-31")]);
        assert_eq!(found.event_on.is_some(), lost, "{category}");
    }
}

/// Ten days a year, an event on 1 September.
fn after_event(used: Use, decisions: &[Decision]) -> Entitlement {
    let facts = person(Category::Police, &[("2010-01-01", None)]);
    let found = Assessment { event_on: Some(day("2026-09-01")), findings: Vec::new() };
    follow(entitlement(&facts, &built_in(), 2026).unwrap(), found, used, decisions)
}

#[test]
fn lost_from_the_event_on_where_nothing_was_taken() {
    let owed = after_event(Use::default(), &[]);
    assert_eq!(
        (owed.days_on(day("2026-08-31")), owed.days_on(day("2026-09-01"))),
        (HalfDays::whole(10), HalfDays::ZERO)
    );
    let lots = [own(1, &owed)];
    assert_eq!(available(&lots, &[], day("2026-08-31")), HalfDays::whole(10));
    assert_eq!(available(&lots, &[], day("2026-09-01")), HalfDays::ZERO);
    assert_eq!((owed.held_on(day("2026-12-31")), lots[0].left(&[])), (HalfDays::ZERO, HalfDays::ZERO));
}

#[test]
fn held_where_some_was_taken() {
    let used = Use {
        taken: HalfDays::whole(2),
        before: HalfDays::whole(2),
        approved: HalfDays::whole(5),
        after: HalfDays::whole(5),
        gone: HalfDays::ZERO,
    };
    let owed = after_event(used, &[]);
    assert_eq!(
        (owed.held_on(day("2026-08-31")), owed.held_on(day("2026-09-01"))),
        (HalfDays::ZERO, HalfDays::whole(3))
    );
    let mut lots = vec![own(1, &owed)];
    let draws: Vec<_> = (5..7)
        .map(|d| draw(7, 1, &format!("2026-01-0{d}"), 2))
        .chain((12..17).map(|d| draw(8, 1, &format!("2026-10-{d}"), 2)))
        .collect();
    let live: Vec<Demand> = draws.iter().map(Demand::from).collect();
    // What is booked for October stays booked; nothing more fits on the event or later, three still fit before it.
    assert_eq!(available(&lots, &live, day("2026-09-01")), HalfDays::ZERO);
    assert_eq!(available(&lots, &live, day("2026-08-31")), HalfDays::whole(3));
    assert_eq!((lots[0].left(&draws), lots[0].withheld(&draws)), (HalfDays::ZERO, HalfDays::whole(3)));
    // Days that came after the leave that was taken are free to be used.
    lots.push(lot(2, LotSource::Carried, 2025, "2026-02-01", "2026-12-31", 3));
    assert_eq!(available(&lots, &live, day("2026-12-31")), HalfDays::whole(3));
}

#[test]
fn what_hr_gives_back_is_available_and_the_rest_is_lost() {
    let used = Use {
        taken: HalfDays::whole(2),
        before: HalfDays::whole(2),
        approved: HalfDays::whole(5),
        after: HalfDays::whole(5),
        gone: HalfDays::ZERO,
    };
    for given_back in 0..=3 {
        let decision = Decision {
            held: HalfDays::whole(3),
            given_back: HalfDays::whole(given_back),
            kept: HalfDays::whole(5 + given_back),
        };
        let owed = after_event(used, &[decision]);
        let last = day("2026-12-31");
        assert_eq!((owed.held_on(last), owed.days_on(last)), (HalfDays::ZERO, HalfDays::whole(7 + given_back)));
        let live: Vec<Demand> = [("2026-01-05", 4), ("2026-10-12", 10)]
            .map(|(on, halves)| Demand { on: day(on), quantity: HalfDays(halves) })
            .to_vec();
        assert_eq!(available(&[own(1, &owed)], &live, last), HalfDays::whole(given_back));
        assert_eq!(available(&[own(1, &owed)], &live, day("2026-08-31")), HalfDays::ZERO);
    }
}

#[test]
fn whole_months_of_a_spell() {
    for (from, to, months) in [
        ("2026-01-31", "2026-02-26", 0),
        ("2026-01-31", "2026-02-27", 1),
        ("2026-01-01", "2026-01-30", 0),
        ("2026-01-01", "2026-01-31", 1),
        ("2024-02-29", "2024-03-28", 1),
        ("2026-03-15", "2026-06-14", 3),
    ] {
        assert_eq!(whole_months(day(from), day(to)), months, "{from}");
    }
}
