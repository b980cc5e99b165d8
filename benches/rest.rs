//! The rules of rest as they are: one shift checked against a person's year, and the scan of a year for many persons. The
//! floor, measured in the same run, is one pass over the same shifts that sums their minutes. Run with
//! `cargo bench --bench rest`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use respite::rules::calendar::Calendars;
use respite::rules::duty::{DutyKind, Shift};
use respite::rules::policy::PolicySet;
use respite::rules::rest::{Person, RestLaw, Scratch, assess_change, check, check_with};
use respite::rules::service::{Dated, PersonFacts};
use respite::rules::terms::{Category, RowId};
use uuid::Uuid;

/// Persons of the small scan, and of the large one.
const PERSONS: [usize; 2] = [1_000, 10_000];
const ROUNDS: usize = 5;

/// A year of shifts by eight hours, five days of seven: by day, in the evening or at night, one of three persons each.
fn year(first: NaiveDate, nth: usize) -> Result<Vec<Shift>> {
    let midnight: DateTime<Utc> = first.and_hms_opt(0, 0, 0).context("a midnight")?.and_utc();
    let hours = i64::try_from(nth % 3)? * 8;
    let mut shifts = Vec::new();
    for day in (0..365_u32).filter(|day| day % 7 < 5) {
        let starts_at = midnight + TimeDelta::days(day.into()) + TimeDelta::hours(hours);
        let id = RowId(Uuid::from_u128(u128::try_from(nth)? << 32 | u128::from(day)));
        let ends_at = starts_at + TimeDelta::hours(8);
        shifts.push(Shift { id, kind: DutyKind::Duty, starts_at, ends_at, counted_minutes: 480 });
    }
    Ok(shifts)
}

fn median(mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied().context("nothing was measured")
}

fn timed(mut act: impl FnMut()) -> Result<Duration> {
    let rounds = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        act();
        begun.elapsed()
    });
    median(rounds.collect())
}

fn main() -> Result<()> {
    let (policies, calendars) = (PolicySet::built_in()?, Calendars::built_in()?);
    let first = NaiveDate::from_ymd_opt(2025, 1, 6).context("a date")?;
    let last = first.checked_add_days(Days::new(364)).context("a date")?;
    let facts = PersonFacts {
        categories: vec![Dated { from: NaiveDate::MIN, value: Category::Police }],
        ..PersonFacts::default()
    };
    let law = RestLaw::new(chrono_tz::Asia::Shanghai, &policies, &calendars, first);

    // One shift more in a year that keeps the rules.
    let shifts = year(first, 0)?;
    let person = Person::on_duty(&facts, &shifts);
    let mut with = shifts.clone();
    let spare = with.remove(200);
    let before = Person::on_duty(&facts, &with);
    let on = law.local.date_of(spare.starts_at);
    let one = timed(|| {
        for _ in 0..100 {
            black_box(check(black_box(&person), &law, on, on));
        }
    })? / 100;
    let change = timed(|| {
        for _ in 0..100 {
            black_box(assess_change(black_box(&before), black_box(&person), &law, on, on));
        }
    })? / 100;
    println!("check of one shift against a year of {} shifts: {:.1} µs", shifts.len(), one.as_secs_f64() * 1e6);
    println!("what that shift newly causes: {:.1} µs", change.as_secs_f64() * 1e6);

    let mut costs = Vec::new();
    for persons in PERSONS {
        let years = (0..persons).map(|nth| year(first, nth)).collect::<Result<Vec<_>>>()?;
        let count: usize = years.iter().map(Vec::len).sum();
        let floor = timed(|| {
            let minutes: i64 = years.iter().flatten().map(|one| (one.ends_at - one.starts_at).num_minutes()).sum();
            black_box(minutes);
        })?;
        let mut found = 0;
        let scan = timed(|| {
            let mut scratch = Scratch::default();
            found = 0;
            for shifts in &years {
                found += check_with(&mut scratch, &Person::on_duty(&facts, shifts), &law, first, last).len();
            }
        })?;
        let each = scan.as_secs_f64() * 1e9 / f64::from(u32::try_from(count)?);
        println!(
            "scan of a year, {persons} persons, {count} shifts: {:.1} ms, {each:.0} ns a shift, {found} findings; \
             floor (sum of minutes): {:.1} ms; ratio {:.1}",
            scan.as_secs_f64() * 1e3,
            floor.as_secs_f64() * 1e3,
            scan.as_secs_f64() / floor.as_secs_f64()
        );
        costs.push(each);
    }
    if let [small, large] = costs.as_slice() {
        println!("cost of a shift at {} persons against {}: {:.2}", PERSONS[1], PERSONS[0], large / small);
    }
    Ok(())
}
