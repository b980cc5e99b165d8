use super::*;
use crate::rules::cases::{day, draw};
use crate::rules::leave_request::tests::Desk;
use crate::rules::policy::Place;
use crate::rules::terms::Category;

fn desk() -> Desk {
    Desk::new(Category::Police, "2010-03-10", "2026-03-02")
}

fn told(found: &[Alternative]) -> Vec<(String, String, f64)> {
    found.iter().map(|a| (a.span.from().to_string(), a.span.to().to_string(), a.days.days())).collect()
}

fn expect(found: &[Alternative], expected: &[(&str, &str, f64)]) {
    let expected: Vec<(String, String, f64)> =
        expected.iter().map(|(from, to, days)| ((*from).to_owned(), (*to).to_owned(), *days)).collect();
    assert_eq!(told(found), expected);
}

#[test]
fn around_what_is_occupied_the_nearest_first() {
    let mut desk = desk();
    desk.occupy("2026-04-15", "2026-04-15");
    let found = alternatives(&desk.ask("2026-04-13", "2026-04-17"));
    // Three days later, then six and seven days earlier; weekends are no starts.
    expect(
        &found,
        &[("2026-04-16", "2026-04-22", 5.0), ("2026-04-17", "2026-04-23", 5.0), ("2026-04-08", "2026-04-14", 5.0)],
    );
    // Of two starts equally near, the earlier first.
    let single = alternatives(&desk.ask("2026-04-15", "2026-04-15"));
    expect(
        &single,
        &[("2026-04-14", "2026-04-14", 1.0), ("2026-04-16", "2026-04-16", 1.0), ("2026-04-13", "2026-04-13", 1.0)],
    );
}

#[test]
fn never_before_today() {
    let mut desk = desk();
    desk.occupy("2026-03-03", "2026-03-03");
    let found = alternatives(&desk.ask("2026-03-03", "2026-03-03"));
    expect(
        &found,
        &[("2026-03-02", "2026-03-02", 1.0), ("2026-03-04", "2026-03-04", 1.0), ("2026-03-05", "2026-03-05", 1.0)],
    );
    // Asked for the past: from today on.
    let past = alternatives(&desk.ask("2026-02-02", "2026-02-03"));
    expect(
        &past,
        &[("2026-03-04", "2026-03-05", 2.0), ("2026-03-05", "2026-03-06", 2.0), ("2026-03-06", "2026-03-09", 2.0)],
    );
}

#[test]
fn the_longest_possible_where_the_days_are_not_there() {
    let mut desk = desk();
    desk.draws = vec![draw(7, 2, "2026-06-01", 14)];
    // 2026 has three days left and next year ten, but within 180 days of April there is only 2026.
    let found = alternatives(&desk.ask("2026-04-13", "2026-04-17"));
    expect(
        &found,
        &[("2026-04-13", "2026-04-15", 3.0), ("2026-04-14", "2026-04-16", 3.0), ("2026-04-15", "2026-04-17", 3.0)],
    );
    // Near the year's end the same number of days is there beyond it.
    let found = alternatives(&desk.ask("2026-12-21", "2026-12-25"));
    assert!(found.iter().all(|a| a.days.days() == 5.0));
    assert_eq!(found[0].span.from(), day("2026-12-29"));
}

#[test]
fn halves_at_the_ends_are_kept() {
    let mut desk = desk();
    desk.occupy("2026-04-14", "2026-04-14");
    let span = Span::new(day("2026-04-13"), day("2026-04-15"), FirstDay::Pm, LastDay::Am).unwrap();
    let found = alternatives(&desk.ask_span(span));
    expect(
        &found,
        &[("2026-04-15", "2026-04-17", 2.0), ("2026-04-16", "2026-04-20", 2.0), ("2026-04-09", "2026-04-13", 2.0)],
    );
    assert!(found.iter().all(|a| a.span.first_day() == FirstDay::Pm && a.span.last_day() == LastDay::Am));
    // With one day left the longest in this shape is from noon to noon; half days on a holiday ask for nothing.
    desk.draws = vec![draw(7, 2, "2026-06-01", 18)];
    assert!(alternatives(&desk.ask_span(span)).iter().all(|a| a.days.days() == 1.0));
    let holiday = Span::new(day("2026-04-06"), day("2026-04-07"), FirstDay::Pm, LastDay::Full).unwrap();
    desk.occupy("2026-04-07", "2026-04-07");
    let found = alternatives(&desk.ask_span(holiday));
    assert!(found.iter().all(|a| a.span.first_day() == FirstDay::Full && a.days.days() == 1.0));
}

#[test]
fn a_span_without_a_working_day_gets_single_days() {
    let found = alternatives(&desk().ask("2026-05-01", "2026-05-03"));
    expect(
        &found,
        &[("2026-04-30", "2026-04-30", 1.0), ("2026-04-29", "2026-04-29", 1.0), ("2026-04-28", "2026-04-28", 1.0)],
    );
}

#[test]
fn each_would_be_accepted_and_there_may_be_none() {
    let mut desk = desk();
    for (from, to) in [("2026-03-04", "2026-03-20"), ("2026-04-20", "2026-05-20"), ("2026-06-01", "2026-06-05")] {
        desk.occupy(from, to);
    }
    for (from, to) in [("2026-03-05", "2026-03-12"), ("2026-05-18", "2026-06-02"), ("2026-02-10", "2026-02-14")] {
        let submission = desk.ask(from, to);
        let found = alternatives(&submission);
        assert_eq!(found.len(), 3, "{from}");
        for alternative in &found {
            let verdict = assess(&Submission { span: alternative.span, ..submission });
            assert!(verdict.acceptable(), "{:?}", verdict.findings);
            assert_eq!(verdict.counted.unwrap().total, alternative.days);
        }
    }
    desk.lots.clear();
    assert_eq!(alternatives(&desk.ask("2026-03-05", "2026-03-12")), []);
    // A year without a calendar: what is possible where the calendar reaches is proposed, never a day beyond it.
    let desk = self::desk();
    let beyond = alternatives(&desk.ask("2028-03-01", "2028-03-02"));
    assert_eq!(beyond.len(), 3);
    assert!(beyond.iter().all(|one| leave_year(one.span.to()) == 2027 && one.days == HalfDays::whole(2)), "{beyond:?}");
    assert_eq!(alternatives(&desk.ask("2030-03-01", "2030-03-02")), [], "too far from any calendar");
}

#[test]
fn nobody_to_decide_means_no_other_date_either() {
    let mut desk = desk();
    desk.levels = crate::rules::approver::Levels::default();
    assert_eq!(alternatives(&desk.ask("2026-03-09", "2026-03-10")), []);
}

#[test]
fn the_years_that_lots_must_cover() {
    let desk = desk();
    let policy = &desk.policies.leave_requests(Place::in_force(Category::Police), desk.today).unwrap().values;
    let of = |from, to| years(&Span::full(day(from), day(to)).unwrap(), desk.today, policy);
    assert_eq!(of("2026-03-09", "2026-03-13"), 2026..=2026);
    assert_eq!(of("2026-08-03", "2026-08-07"), 2026..=2027);
    assert_eq!(of("2025-12-29", "2026-01-06"), 2025..=2026);
}

/// Whatever is asked: the answers are distinct, in order, inside the bounds, and no better one was passed over.
#[test]
fn nothing_nearer_was_passed_over() {
    let mut desk = desk();
    desk.occupy("2026-04-15", "2026-04-16");
    desk.occupy("2026-05-11", "2026-05-12");
    desk.draws = vec![draw(7, 2, "2026-04-15", 4), draw(8, 2, "2026-05-11", 4)];
    for (from, to) in [("2026-04-08", "2026-04-15"), ("2026-05-12", "2026-05-14"), ("2026-04-16", "2026-05-11")] {
        let submission = desk.ask(from, to);
        let found = alternatives(&submission);
        let wanted = found[0].days;
        let mut all: Vec<(i64, NaiveDate, NaiveDate)> = Vec::new();
        for start in desk.today.iter_days().take(230) {
            for length in 0..25 {
                let span = Span::full(start, start + chrono::TimeDelta::days(length)).unwrap();
                let verdict = assess(&Submission { span, ..submission });
                let ends_cost = verdict.counted.as_ref().is_some_and(|counted| {
                    counted.days.first().is_some_and(|(on, _)| *on == span.from())
                        && counted.days.last().is_some_and(|(on, _)| *on == span.to())
                });
                if ends_cost && verdict.acceptable() && verdict.counted.is_some_and(|counted| counted.total == wanted) {
                    all.push(((start - submission.span.from()).num_days().abs(), start, span.to()));
                }
            }
        }
        all.sort_unstable();
        let expected: Vec<(NaiveDate, NaiveDate)> = all.iter().take(3).map(|(_, from, to)| (*from, *to)).collect();
        assert_eq!(found.iter().map(|a| (a.span.from(), a.span.to())).collect::<Vec<_>>(), expected);
    }
}
