//! R9: rotations of a quarter.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate};

use super::policy::Rotation;
use super::quotas::{Excluded, quarter_exclusion};
use super::scan::Scan;
use super::{Found, Person};
use crate::rules::duty::RestDayKind;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::rest::policy::RestPolicy;
use crate::rules::terms::next_day;

const SOURCE: &str = "年度工作要点第10项（每季度休假xx次、xx天左右）";

/// The rotations that belong to a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotations {
    /// How many.
    pub times: i64,
    /// Days of all of them.
    pub days_total: i64,
    /// Days of the longest; `None` where that is not known.
    pub longest_block: Option<i64>,
}

/// First and last date of the quarter that a date lies in.
#[must_use]
pub fn quarter_of(on: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = NaiveDate::from_ymd_opt(on.year(), on.month0() / 3 * 3 + 1, 1).unwrap_or(on);
    let next = first.checked_add_months(chrono::Months::new(3)).unwrap_or(NaiveDate::MAX);
    (first, next.pred_opt().unwrap_or(next))
}

/// Name of the quarter that a date lies in, e.g. `2026-Q1`.
#[must_use]
pub fn quarter_name(on: NaiveDate) -> String {
    format!("{}-Q{}", on.year(), on.month0() / 3 + 1)
}

/// ## 季度轮休 — rotations of a quarter
///
/// 年度工作要点第10项（每季度休假xx次、xx天左右）: so many rotations a quarter, of about so many days each. Kept when there are
/// enough of them, when their days come to times × (days − tolerance), and when one has at least days − tolerance
/// consecutive days.
///
/// *Reading:* RULINGS 32. A rotation belongs with all its days to the quarter of its first day; where blocks are not known
/// that condition is not tested. Other rest days inside a rotation join its days but do not count; dates of leave do
/// neither.
///
/// *Not modelled:* rotations that are ordered (强制轮休) apart from others: they count alike.
#[must_use]
pub fn shortfall(rotation: Rotation, had: Rotations) -> i64 {
    let required = rotation.days_required();
    let missing = (required - had.days_total).max(0);
    let block = had.longest_block.map_or(0, |longest| (rotation.block_required() - longest).max(0));
    // A rotation that is missing has at least one day.
    missing.max(block).max(rotation.times - had.times)
}

/// The rotations of a person that begin between two dates.
#[must_use]
pub fn rotations(person: &Person<'_>, from: NaiveDate, to: NaiveDate) -> Rotations {
    let of = |kind: RestDayKind| move |day: &&crate::rules::duty::RestDay| day.kind == kind;
    // A date of leave is leave, whatever else it was to be.
    let is_away = |on: NaiveDate| person.away.iter().any(|away| away.from <= on && on <= away.to);
    let days = person.rest_days.iter().filter(of(RestDayKind::Rotation)).map(|day| day.on);
    let days: BTreeSet<NaiveDate> = days.filter(|on| !is_away(*on)).collect();
    let joins = |on: NaiveDate| person.rest_days.iter().any(|day| day.on == on);
    let mut found = Rotations { longest_block: Some(0), ..Rotations::default() };
    let mut rest = days.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let (mut last, mut block) = (first, 1);
        while let Some(next) = rest.peek().copied() {
            let between = next_day(last).iter_days().take_while(|on| *on < next);
            // Far-off rotations are not one, however many rest days lie between: a week is enough to see that.
            if (next - last).num_days() > 7 || !between.into_iter().all(joins) {
                break;
            }
            (last, block) = (next, block + 1);
            rest.next();
        }
        if from <= first && first <= to {
            found.times += 1;
            found.days_total += block;
            found.longest_block = found.longest_block.map(|longest| longest.max(block));
        }
    }
    found
}

/// What is said of a quarter.
#[must_use]
pub fn finding(version: &Version<RestPolicy>, rotation: Rotation, had: Rotations, quarter: &str) -> Finding {
    let short = shortfall(rotation, had);
    let outcome = if short > 0 { Outcome::Warn } else { Outcome::Pass };
    let mut finding = Finding::new("rest.rotation", "R9", outcome)
        .source(SOURCE)
        .policy(&version.label())
        .measured("quarter", quarter)
        .measured("rotations", had.times)
        .measured("days_total", had.days_total);
    if let Some(longest) = had.longest_block {
        finding = finding.measured("longest_block_days", longest);
    }
    finding
        .limit("rotations_min", rotation.times)
        .limit("days_total_min", rotation.days_required())
        .limit("block_days_min", rotation.block_required())
        .limit("short_by_days", short)
}

/// Every quarter whose last date is asked about: before that it is a forecast, not a breach.
pub(super) fn rotation(scan: &mut Scan<'_, '_>, from: NaiveDate, to: NaiveDate) {
    let mut next = from;
    while next <= to {
        let (first, last) = quarter_of(next);
        next = last.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        if last > to {
            return;
        }
        let Some(version) = scan.policy(super::local::day_number(last)) else { continue };
        let Some(numbers) = version.values.rotation else { continue };
        if quarter_exclusion(scan.person, &version.values.counted, first, last) != Excluded::No {
            continue;
        }
        let had = rotations(scan.person, first, last);
        if shortfall(numbers, had) > 0 {
            let finding = finding(version, numbers, had, &quarter_name(first));
            scan.found.push(Found { finding, from: first, to: last, shifts: Vec::new() });
        }
    }
}
