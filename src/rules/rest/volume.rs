//! R5: hours over a week, and their mean over many.

use super::length::pattern_of;
use super::local::DAY;
use super::policy::Volume;
use super::scan::{Scan, Span};
use super::weekly::between;
use super::windows::{CUT_DAYS, Group, Grouping, Moving, Window};
use super::{Away, AwayWhy};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::rest::local::day_number;

const SOURCE: &str = "国务院关于职工工作时间的规定 第三条；本单位勤务规定（默认值）";
const MEAN_SOURCE: &str = "国务院关于职工工作时间的规定 第三条；Directive 2003/88/EC art. 6（默认值）";

/// ## 七日勤务总量 — hours of duty in any 168
///
/// 国务院关于职工工作时间的规定 第三条（默认值）: more than 60 counted hours in any 168 are told, more than 64 refused; once in
/// 28 days up to 72 may be approved.
///
/// *Reading:* the approval is the reason that a leader gives for the override: the one time in 28 days is told, a second
/// one and anything above 72 hours are refused. Weeks that overlap are one finding. Three duties of the pattern of 24
/// hours on and 48 off come to 72 hours in a week: such weeks are told, not refused (RULINGS 31).
///
/// *Not modelled:* the forty-hour week itself; hours beyond it are overtime, not a breach of rest.
pub(super) fn week(scan: &mut Scan<'_, '_>) {
    let mut groups = Grouping::new(CUT_DAYS);
    let mut moving = Moving::new(7 * DAY);
    let mut exceeded: Option<Exceeded> = None;
    for (at, span) in scan.spans.iter().enumerate() {
        let volume = scan.policy(span.first_day).and_then(|version| version.values.volume);
        let limits = volume.map(|volume| (volume.week_minutes_warn_above, volume.week_minutes_block_above));
        let above = limits.and_then(|(warn, block)| warn.or(block)).unwrap_or(i64::MAX);
        let Some(window) = moving.next(scan.spans, at, above) else { continue };
        let is_over = limits.and_then(|(_, block)| block).is_some_and(|most| window.measured > most);
        let outcome = if is_over { Outcome::Block } else { Outcome::Warn };
        let window = scan.derogable(Window { outcome, ..window }, span.first_day);
        if let Some(group) = groups.add(window) {
            tell_week(scan, group, &mut exceeded);
        }
    }
    if let Some(group) = groups.end() {
        tell_week(scan, group, &mut exceeded);
    }
}

/// Weeks that went beyond the limit.
#[derive(Debug, Clone, Copy)]
struct Exceeded {
    end: i64,
    /// What begins before it is the same time, told apart only because the windows were cut there.
    reach: i64,
    is_excepted: bool,
}

fn tell_week(scan: &mut Scan<'_, '_>, group: Group, exceeded: &mut Option<Exceeded>) {
    let window = group.window;
    let Some(shifts) = scan.spans.get(window.first..=window.last) else { return };
    let (Some(first), Some(last)) = (shifts.first(), shifts.last()) else { return };
    let Some(version) = scan.policy(last.first_day) else { return };
    let Some(volume) = version.values.volume else { return };
    let mut outcome = window.outcome;
    let mut exception = None;
    let pattern = pattern_of(scan, &version.values, window);
    if outcome == Outcome::Block && pattern.is_some() {
        outcome = Outcome::Warn;
    } else if outcome == Outcome::Block {
        let is_first = exceeded.is_none_or(|before| {
            window.end - before.end >= volume.exception_days * DAY || before.is_excepted && window.start < before.reach
        });
        exception = volume.week_minutes_exception_max.filter(|most| is_first && window.measured <= *most);
        if exception.is_some() {
            outcome = Outcome::Warn;
        }
        *exceeded = Some(Exceeded { end: window.end, reach: group.reach, is_excepted: exception.is_some() });
    }
    scan.tell((first.first_day, last.last_day), shifts, || {
        let mut finding = Finding::new("rest.volume", "R5", outcome)
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", "week")
            .measured("week_minutes", window.measured);
        if let Some(warn) = volume.week_minutes_warn_above {
            finding = finding.limit("week_minutes_warn_above", warn);
        }
        if let Some(most) = volume.week_minutes_block_above {
            finding = finding.limit("week_minutes_max", most);
        }
        if let Some(off) = pattern {
            finding = finding.limit("pattern_off_minutes_min", off);
        }
        if let Some(most) = exception {
            finding = finding.limit("week_minutes_exception_max", most).limit("exception_days", volume.exception_days);
        }
        group.named(finding)
    });
}

/// Days between two cuts of means: all of that time overlap, so that a mean above the limit is told once in four weeks.
const MEAN_CUT_DAYS: i64 = 28;
/// Most weeks of a mean: what a policy may ask for.
const WEEKS: usize = 26;

/// The counted minutes of the last weeks, by week since 1970.
#[derive(Debug)]
struct Weeks {
    minutes: [i64; WEEKS],
    current: i64,
}

impl Weeks {
    fn slot(&mut self, week: i64) -> Option<&mut i64> {
        let at = usize::try_from(week.rem_euclid(26)).ok()?;
        self.minutes.get_mut(at)
    }

    /// Minutes of the weeks that end with the current one.
    fn sum(&mut self, weeks: i64) -> i64 {
        let current = self.current;
        (0..weeks).filter_map(|back| self.slot(current - back).map(|minutes| *minutes)).sum()
    }
}

/// The week, Monday to Sunday, that a day lies in.
const fn week_of(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

/// Monday of a week.
const fn monday(week: i64) -> i64 {
    week * 7 - 3
}

/// ## 平均周勤务时间 — mean hours a week
///
/// 国务院关于职工工作时间的规定 第三条（默认值参照 Directive 2003/88/EC 第六条、第十六条）: counted hours are at most 48 a week on
/// average over 17 weeks, Monday to Sunday.
///
/// *Reading:* days of leave, sickness and maternity leave are left out of the reference period, which then is shorter; with
/// fewer than four weeks left of it nothing is said. A mean above the limit is told by default, because no single shift
/// is to blame for it; a policy may refuse it.
///
/// *Not modelled:* periods of twelve months by collective agreement.
pub(super) fn mean(scan: &mut Scan<'_, '_>) {
    let mut groups = Grouping::new(MEAN_CUT_DAYS);
    let Some(begins) = scan.spans.first() else { return };
    let mut weeks = Weeks { minutes: [0; WEEKS], current: week_of(begins.first_day) };
    for (at, span) in scan.spans.iter().enumerate() {
        for week in week_of(span.first_day)..=week_of(span.last_day) {
            if week > weeks.current {
                close(scan, &mut weeks, &mut groups, at);
                // Weeks without duty between are empty ones.
                let first = (weeks.current + 1).max(week - 25);
                for empty in first..=week {
                    if let Some(slot) = weeks.slot(empty) {
                        *slot = 0;
                    }
                }
                weeks.current = week;
            }
            let inside = minutes_in(scan, span, week);
            if let Some(slot) = weeks.slot(week) {
                *slot += inside;
            }
        }
    }
    close(scan, &mut weeks, &mut groups, scan.spans.len());
    if let Some(group) = groups.end() {
        tell_mean(scan, group);
    }
}

fn minutes_in(scan: &Scan<'_, '_>, span: &Span, week: i64) -> i64 {
    if week_of(span.first_day) == week_of(span.last_day) {
        return span.counted;
    }
    let local = &scan.law.local;
    span.counted_between(local.at(monday(week), 0), local.at(monday(week + 1), 0))
}

/// Judges the weeks up to the current one, which is complete; `end` is the first span after it.
fn close(scan: &mut Scan<'_, '_>, weeks: &mut Weeks, groups: &mut Grouping, end: usize) {
    let last = weeks.current;
    let sunday = monday(last + 1) - 1;
    let Some(volume) = scan.policy(sunday).and_then(|version| version.values.volume) else { return };
    let Some(most) = volume.mean_minutes_max else { return };
    if weeks.sum(1) == 0 {
        return;
    }
    let minutes = weeks.sum(volume.mean_weeks);
    let start = monday(last + 1 - volume.mean_weeks);
    let days = reference_days(scan.person.away, start, sunday);
    if days < 28.min(volume.mean_weeks * 7) || minutes * 7 <= most * days {
        return;
    }
    // Rounded up, so that a mean above the limit never reads as the limit.
    let measured = (minutes * 7 + days - 1) / days;
    let window = Window {
        start,
        end: sunday + 1,
        first: 0,
        last: end.saturating_sub(1),
        measured,
        outcome: volume.mean_outcome,
        derogation: None,
        on: sunday,
    };
    if let Some(group) = groups.add(scan.derogable(window, sunday)) {
        tell_mean(scan, group);
    }
}

/// Days of the reference period that count: those of leave, sickness and maternity are left out.
fn reference_days(away: &[Away], from: i64, to: i64) -> i64 {
    let neutral = |away: &&Away| matches!(away.why, AwayWhy::Leave | AwayWhy::Sick | AwayWhy::Maternity);
    let (mut out, mut next) = (0, from);
    for spell in away.iter().filter(neutral) {
        let (first, last) = (day_number(spell.from).max(next), day_number(spell.to).min(to));
        if first <= last {
            out += last - first + 1;
            next = last + 1;
        }
    }
    to - from + 1 - out
}

fn tell_mean(scan: &mut Scan<'_, '_>, group: Group) {
    let (from, to) = (group.window.start, group.window.end - 1);
    let Some(version) = scan.policy(to) else { return };
    let Some(Volume { mean_minutes_max: Some(most), mean_weeks, .. }) = version.values.volume else { return };
    let Some(shifts) = between(scan.spans, from, to) else { return };
    // A mean is decided in its last weeks, whatever else lies within it.
    if !scan.touches(group.reach - 7, to) {
        return;
    }
    scan.tell((from, to), shifts, || {
        let finding = Finding::new("rest.volume", "R5", group.window.outcome)
            .source(MEAN_SOURCE)
            .policy(&version.label())
            .measured("what", "mean")
            .measured("mean_week_minutes", group.window.measured)
            .limit("mean_week_minutes_max", most)
            .limit("mean_weeks", mean_weeks);
        group.named(finding)
    });
}
