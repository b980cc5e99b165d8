use super::*;
use crate::rules::cases::{calendar, day};

/// The published list and, for every date it does not name, the weekday.
#[test]
fn every_day_of_the_published_years() {
    let listed: BTreeMap<NaiveDate, DayClass> = include_str!("../../../tests/cases/holidays_cn_2024_2026.csv")
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(date, class)| (day(date), class.trim().parse().unwrap()))
        .collect();
    assert_eq!(listed.len(), 81);
    let calendar = calendar();
    let mut checked = 0;
    for date in day("2024-01-01").iter_days().take_while(|date| date.year() < 2027) {
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let expected = listed.get(&date).copied();
        let expected = expected.unwrap_or(if weekend { DayClass::Weekend } else { DayClass::Workday });
        let found = calendar.day(date).unwrap();
        assert_eq!((found.class, found.status), (expected, YearStatus::Official), "{date}");
        assert_eq!(found.working, matches!(expected, DayClass::Workday | DayClass::MakeupWorkday));
        assert_eq!(found.name.is_some(), listed.contains_key(&date), "{date}");
        checked += 1;
    }
    assert_eq!(checked, 366 + 365 + 365);
}

#[test]
fn workdays_of_the_years() {
    let calendar = calendar();
    for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let days = first.iter_days().take_while(|date| date.year() == year);
        assert_eq!(days.filter(|date| calendar.class_of(*date).unwrap().working()).count(), expected);
    }
}

#[test]
fn next_year_is_provisional_with_its_statutory_days_only() {
    let calendar = calendar();
    assert_eq!(calendar.status(2027), Some(YearStatus::Provisional));
    let spring = calendar.day(day("2027-02-05")).unwrap();
    assert_eq!((spring.class, spring.status), (DayClass::StatutoryHoliday, YearStatus::Provisional));
    assert_eq!(spring.name.unwrap().zh, "春节");
    let first = day("2027-01-01");
    let statutory = first.iter_days().take(365).filter(|d| calendar.class_of(*d) == Ok(DayClass::StatutoryHoliday));
    assert_eq!(statutory.count(), 13);
    let unknown = [DayClass::RestDayMoved, DayClass::MakeupWorkday];
    assert!(first.iter_days().take(365).all(|d| !unknown.contains(&calendar.class_of(d).unwrap())));
}

#[test]
fn other_years_are_refused() {
    for date in ["2023-12-31", "2028-01-01", "1999-06-01"] {
        let date = day(date);
        assert_eq!(calendar().class_of(date), Err(NotPublished { year: date.year() }));
        assert_eq!(calendar().day(date), Err(NotPublished { year: date.year() }));
    }
    assert!(calendar().max_run_of_workdays(day("2027-12-01"), day("2028-01-02")).is_err());
}

#[test]
fn working_days_ahead() {
    let calendar = calendar();
    let ahead = |from: &str, n| calendar.nth_working_day_after(day(from), n);
    // Friday 13 February 2026: Saturday 14 is worked, then the holiday until the 23rd.
    assert_eq!(ahead("2026-02-13", 1), WorkingDay { date: day("2026-02-14"), provisional: false });
    assert_eq!(ahead("2026-02-13", 3), WorkingDay { date: day("2026-02-25"), provisional: false });
    assert_eq!(ahead("2026-02-13", 0), WorkingDay { date: day("2026-02-13"), provisional: false });
    assert_eq!(ahead("2026-12-31", 1), WorkingDay { date: day("2027-01-04"), provisional: true });
    // 1 January 2028 is a Saturday; no calendar: Monday to Friday.
    assert_eq!(ahead("2027-12-31", 1), WorkingDay { date: day("2028-01-03"), provisional: true });
}

#[test]
fn faulty_data_is_refused() {
    for (what, text) in [
        ("unknown key", "[[year]]\nyear = 2026\nstatus = \"official\"\nsource = \"\"\nholidays = []\nextra = 1"),
        ("unknown status", "[[year]]\nyear = 2026\nstatus = \"sure\"\nsource = \"\"\nholidays = []"),
        (
            "another year's date",
            "[[year]]\nyear = 2026\nstatus = \"official\"\nsource = \"\"\nholidays = [{ zh = \"\", en = \"\", \
             off = [\"2025-01-01\", \"2025-01-01\"], statutory = [\"2025-01-01\"], work = [] }]",
        ),
    ] {
        assert!(Calendar::read(text).is_err(), "{what}");
    }
    assert_eq!(calendar().fingerprint().len(), 64);
    assert_eq!(calendar().years().map(|(year, _)| year).collect::<Vec<_>>(), [2024, 2025, 2026, 2027]);
}
