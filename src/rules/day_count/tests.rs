use super::*;
use crate::rules::cases::{calendar, day};
use crate::rules::terms::{FirstDay, LastDay, next_day};
use proptest::prelude::*;

fn cost(from: &str, to: &str, first: FirstDay, last: LastDay) -> Counted {
    count(&Span::new(day(from), day(to), first, last).unwrap(), &calendar(), CountIn::Working).unwrap()
}

#[test]
fn examples_of_the_law_sheet() {
    let full = |from, to| cost(from, to, FirstDay::Full, LastDay::Full).total;
    assert_eq!(full("2026-02-09", "2026-02-28"), HalfDays::whole(11));
    assert_eq!(full("2026-09-18", "2026-10-10"), HalfDays::whole(12));
    assert_eq!(cost("2026-05-08", "2026-05-11", FirstDay::Pm, LastDay::Am).total, HalfDays::whole(2));
    let span = Span::full(day("2026-02-09"), day("2026-02-28")).unwrap();
    assert_eq!(count(&span, &calendar(), CountIn::Calendar).unwrap().total, HalfDays::whole(20));
}

#[test]
fn half_of_a_holiday_is_nothing() {
    assert_eq!(cost("2026-10-01", "2026-10-01", FirstDay::Pm, LastDay::Full).total, HalfDays::ZERO);
    assert_eq!(cost("2026-04-06", "2026-04-07", FirstDay::Pm, LastDay::Am).total, HalfDays(1));
}

#[test]
fn each_year_is_charged_for_its_own_dates_and_a_touched_year_is_named() {
    let counted = cost("2025-12-31", "2026-01-03", FirstDay::Full, LastDay::Full);
    assert_eq!(counted.by_year, BTreeMap::from([(2025, HalfDays::whole(1)), (2026, HalfDays::ZERO)]));
    assert_eq!(counted.days, [(day("2025-12-31"), HalfDays(2))]);
}

#[test]
fn provisional_and_missing_years() {
    let counted = cost("2026-12-31", "2027-01-04", FirstDay::Full, LastDay::Full);
    assert_eq!((counted.total, counted.provisional_years), (HalfDays::whole(2), vec![2027]));
    let span = Span::full(day("2027-12-31"), day("2028-01-03")).unwrap();
    for count_in in [CountIn::Working, CountIn::Calendar] {
        assert_eq!(count(&span, &calendar(), count_in), Err(NotPublished { year: 2028 }));
    }
    // A weekend costs calendar days, and is still no leave: nothing of it is worked.
    let weekend = count(&Span::full(day("2026-03-07"), day("2026-03-08")).unwrap(), &calendar(), CountIn::Calendar);
    assert_eq!(weekend.map(|counted| (counted.total, counted.working)), Ok((HalfDays::whole(2), HalfDays::ZERO)));
}

/// One half of one date.
fn half(position: i64) -> (NaiveDate, bool) {
    let date = day("2024-01-01") + chrono::TimeDelta::days(position / 2);
    (date, position % 2 == 1)
}

/// The span of the halves `[from, to)`, counted from the morning of 1 January 2024.
fn span_of_halves(from: i64, to: i64) -> Span {
    let ((first, afternoon), (last, morning)) = (half(from), half(to - 1));
    let first_day = if afternoon { FirstDay::Pm } else { FirstDay::Full };
    let last_day = if morning { LastDay::Full } else { LastDay::Am };
    Span::new(first, last, first_day, last_day).unwrap()
}

proptest! {
    #[test]
    fn a_span_split_anywhere_counts_the_same(from in 0_i64..2000, first in 1_i64..400, second in 1_i64..400) {
        let calendar = calendar();
        for count_in in [CountIn::Working, CountIn::Calendar] {
            let of = |from, to| count(&span_of_halves(from, to), &calendar, count_in).unwrap();
            let (left, right) = (of(from, from + first), of(from + first, from + first + second));
            let whole = of(from, from + first + second);
            prop_assert_eq!(left.total + right.total, whole.total);
            for (year, cost) in &whole.by_year {
                let part = |counted: &Counted| counted.by_year.get(year).copied().unwrap_or_default();
                prop_assert_eq!(part(&left) + part(&right), *cost);
            }
            prop_assert_eq!(whole.days.iter().map(|(_, cost)| *cost).sum::<HalfDays>(), whole.total);
        }
    }

    #[test]
    fn a_longer_span_never_costs_less(from in 0_i64..2000, length in 1_i64..800) {
        let calendar = calendar();
        let of = |to| count(&span_of_halves(from, to), &calendar, CountIn::Working).unwrap().total;
        prop_assert!(of(from + length) <= of(from + length + 1));
        prop_assert!(next_day(half(from).0) > half(from).0);
    }
}
