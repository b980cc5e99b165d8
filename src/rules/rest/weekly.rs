//! R1: a rest day in every seven.

use super::local::DAY;
use super::policy::RestPolicy;
use super::scan::{MINUTE, Scan};
use super::windows::{CUT_DAYS, Group, Grouping, Window};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;

const SOURCE: &str = "年度工作要点第10项（每周至少保障休息xx天）；全国年节及纪念日放假办法（2024年修订）第七条";
const EU_SOURCE: &str = "Directive 2003/88/EC art. 5";

/// ## 每周休息 — a rest day in every seven, and never too many days in a row
///
/// 年度工作要点第10项（每周至少保障休息xx天）, 全国年节及纪念日放假办法（2024年修订）第七条: in every seven consecutive dates at
/// least the weekly minimum is free of duty, and never more than six dates with duty follow one another.
///
/// *Reading:* a date is a date with duty when a shift touches it, so a rest day is a whole local date (RULINGS 29, 30).
/// Too many in a row is refused; a weekly minimum above one that is missed without that is told. Windows that overlap are
/// one finding, each further seven days another.
///
/// *Not modelled:* 48 hours in every fourteen days in place of the weekly rest.
pub(super) fn weekly(scan: &mut Scan<'_, '_>) {
    let mut groups = Grouping::new(CUT_DAYS);
    let (mut last_day, mut dates, mut row) = (i64::MIN / 2, 0_u64, 0_i64);
    // The first span of each of the last 64 dates with duty would be long to keep: the proof is found when it is told.
    for (at, span) in scan.spans.iter().enumerate() {
        let Some(version) = scan.policy(span.first_day) else { continue };
        let policy = &version.values;
        for day in span.first_day.max(last_day + 1)..=span.last_day {
            let skipped = day - last_day;
            row = if skipped == 1 { (row + 1).min(ROW_MAX) } else { 1 };
            dates = dates.checked_shl(u32::try_from(skipped).unwrap_or(u32::MAX)).unwrap_or(0) | 1;
            last_day = day;
            let free = 7 - (dates & 0x7f).count_ones();
            let is_short = policy.weekly_rest_days_min.is_some_and(|least| free < least);
            let is_long = policy.consecutive_duty_days_max.is_some_and(|most| row > i64::from(most));
            if !is_short && !is_long {
                continue;
            }
            let most = i64::from(policy.consecutive_duty_days_max.unwrap_or(0));
            let (start, outcome) = if is_long { (day - most, Outcome::Block) } else { (day - 6, Outcome::Warn) };
            let window =
                Window { start, end: day + 1, first: at, last: at, measured: row, outcome, derogation: None, on: day };
            if let Some(group) = groups.add(scan.derogable(window, day)) {
                tell(scan, group);
            }
        }
    }
    if let Some(group) = groups.end() {
        tell(scan, group);
    }
}

/// Longest row of dates that is counted: how long a longer one is depends on how much of the past is known.
pub(super) const ROW_MAX: i64 = 120;

fn tell(scan: &mut Scan<'_, '_>, group: Group) {
    let (from, to) = (group.window.start, group.window.end - 1);
    let spans = scan.spans;
    let Some(shifts) = between(spans, from, to) else { return };
    let Some(version) = scan.policy(to) else { return };
    let policy = &version.values;
    let busy = busy_days(shifts, (to - 6).max(from), to);
    scan.tell((from, to), shifts, || {
        let mut finding = Finding::new("rest.weekly", "R1", group.window.outcome)
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", "dates")
            .measured("consecutive_days", group.window.measured)
            .measured("rest_days", 7 - busy);
        if let Some(most) = policy.consecutive_duty_days_max {
            finding = finding.limit("consecutive_days_max", most);
        }
        if let Some(least) = policy.weekly_rest_days_min {
            finding = finding.limit("rest_days_min", least);
        }
        group.named(finding)
    });
}

/// The spans that touch dates between two, both included.
pub(super) fn between(spans: &[super::scan::Span], from: i64, to: i64) -> Option<&[super::scan::Span]> {
    let first = spans.partition_point(|span| span.last_day < from);
    let end = spans.partition_point(|span| span.first_day <= to);
    spans.get(first..end.max(first))
}

/// Dates with duty between two, both included.
fn busy_days(spans: &[super::scan::Span], from: i64, to: i64) -> i64 {
    let mut next = from;
    let mut busy = 0;
    for span in spans {
        let (first, last) = (span.first_day.max(next), span.last_day.min(to));
        if first <= last {
            busy += last - first + 1;
            next = last + 1;
        }
    }
    busy
}

/// ## 每周连续休息 — one unbroken rest in every 168 hours
///
/// Directive 2003/88/EC 第五条: in each seven-day period an uninterrupted rest of 24 hours beside the 11 hours of daily
/// rest. Only where a policy sets `weekly_rest_minutes_min`; hours, not local dates.
///
/// *Not modelled:* the reference period of fourteen days (article 16).
pub(super) fn weekly_hours(scan: &mut Scan<'_, '_>) {
    let (spans, duties) = (scan.spans, scan.duties);
    let week = 7 * DAY;
    // What is broken for long is told once in two weeks, cut where it is for everybody.
    let fortnight = |at: i64| (at.div_euclid(DAY) + 3).div_euclid(14);
    let (mut begun, mut first, mut ended) = (0, 0, None);
    let mut open: Option<Unrested<'_>> = None;
    for duty in duties {
        let version = spans.get(duty.first).and_then(|span| scan.policy(span.first_day));
        let Some((version, least)) = version.and_then(|one| Some((one, one.values.weekly_rest_minutes_min?))) else {
            continue;
        };
        let is_rested = ended.is_none_or(|ended| duty.start - ended >= least * MINUTE);
        if is_rested || (open.is_some() && fortnight(duty.start) != fortnight(begun)) {
            if let Some(group) = open.take() {
                tell_hours(scan, group);
            }
            (begun, first) = (duty.start, duty.first);
        }
        ended = Some(duty.end.max(ended.unwrap_or(duty.end)));
        if duty.end - begun > week - least * MINUTE {
            open = Some(Unrested { first, last: duty.last, minutes: (duty.end - begun) / MINUTE, version, least });
        }
    }
    if let Some(group) = open {
        tell_hours(scan, group);
    }
}

/// Duties without the rest of a week between them.
#[derive(Clone, Copy)]
struct Unrested<'s> {
    first: usize,
    last: usize,
    minutes: i64,
    version: &'s Version<RestPolicy>,
    least: i64,
}

fn tell_hours(scan: &mut Scan<'_, '_>, Unrested { first, last, minutes, version, least }: Unrested<'_>) {
    let Some(shifts) = scan.spans.get(first..=last) else { return };
    let (Some(one), Some(other)) = (shifts.first(), shifts.last()) else { return };
    scan.tell_derogable((one.first_day, other.last_day), other.first_day, shifts, || {
        Finding::new("rest.weekly", "R1", Outcome::Block)
            .source(EU_SOURCE)
            .policy(&version.label())
            .measured("what", "hours")
            .measured("minutes_without_weekly_rest", minutes)
            .limit("weekly_rest_minutes_min", least)
    });
}
