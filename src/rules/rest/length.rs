//! R4: hours in any 24.

use chrono::NaiveDate;

use super::local::{DAY, instant};
use super::policy::{LongDutyPattern, RestPolicy};
use super::scan::{MINUTE, Scan, Scratch};
use super::windows::{CUT_DAYS, Group, Grouping, Moving, Window};
use super::{Person, RestLaw};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Instant, RowId};

const SOURCE: &str = "公安机关组织管理条例 第三十八条；本单位勤务规定（默认值）";

/// ## 单次勤务时长 — hours of duty in any 24
///
/// 公安机关组织管理条例 第三十八条（默认值）: more than 16 counted hours in any 24 are refused.
///
/// *Reading:* counted minutes, as a share of the shift that lies in the window (RULINGS 31). The pattern of 24 hours on
/// and 48 off is told, not refused: one duty no longer than the pattern's, with its rest before and after.
///
/// *Not modelled:* sleep during standby, other than by entering fewer counted minutes.
pub(super) fn length(scan: &mut Scan<'_, '_>) {
    let mut groups = Grouping::new(CUT_DAYS);
    let mut moving = Moving::new(DAY);
    for (at, span) in scan.spans.iter().enumerate() {
        let most = scan.policy(span.first_day).and_then(|version| version.values.day_minutes_max);
        // The window moves on over dates without a limit too.
        let Some(window) = moving.next(scan.spans, at, most.unwrap_or(i64::MAX)) else { continue };
        let window = Window { outcome: Outcome::Block, ..window };
        if let Some(group) = groups.add(scan.derogable(window, span.first_day)) {
            tell(scan, group);
        }
    }
    if let Some(group) = groups.end() {
        tell(scan, group);
    }
}

fn tell(scan: &mut Scan<'_, '_>, group: Group) {
    let window = group.window;
    let Some(shifts) = scan.spans.get(window.first..=window.last) else { return };
    let (Some(first), Some(last)) = (shifts.first(), shifts.last()) else { return };
    let Some(version) = scan.policy(last.first_day) else { return };
    let policy = &version.values;
    let Some(most) = policy.day_minutes_max else { return };
    let pattern = pattern_of(scan, policy, window);
    scan.tell((first.first_day, last.last_day), shifts, || {
        let outcome = if pattern.is_some() { Outcome::Warn } else { window.outcome };
        let finding = Finding::new("rest.length", "R4", outcome)
            .source(SOURCE)
            .policy(&version.label())
            .measured("counted_minutes", window.measured)
            .limit("counted_minutes_max", most);
        match pattern {
            Some(off) => finding.limit("pattern_off_minutes_min", off),
            None => group.named(finding),
        }
    });
}

/// The rest of the pattern that every duty of a group of windows keeps (RULINGS 31); `None` where one keeps none.
pub(super) fn pattern_of(scan: &Scan<'_, '_>, policy: &RestPolicy, group: Window) -> Option<i64> {
    let from = scan.duties.partition_point(|duty| duty.last < group.first);
    let to = scan.duties.partition_point(|duty| duty.first <= group.last);
    let local = &scan.law.local;
    // The clock on the wall keeps the pattern over a change of the hour, which makes one duty or rest an hour shorter.
    let passed = |from: i64, to: i64| {
        let (real, by_clock) = (to - from, to - from + local.offset(to) - local.offset(from));
        (real.min(by_clock), real.max(by_clock))
    };
    let off = |at: usize| {
        let duty = scan.duties.get(at)?;
        let before = at.checked_sub(1).and_then(|before| scan.duties.get(before));
        let off_before = before.map_or(i64::MAX, |before| passed(before.end, duty.start).1);
        let off_after = scan.duties.get(at + 1).map_or(i64::MAX, |next| passed(duty.end, next.start).1);
        Some((passed(duty.start, duty.end).0, off_before.min(off_after)))
    };
    let keeps = |pattern: &&LongDutyPattern| {
        (from..to).all(|at| {
            off(at).is_some_and(|(on, off)| {
                on <= pattern.on_minutes_max * MINUTE && off >= pattern.off_minutes_min * MINUTE
            })
        })
    };
    policy.long_duty_patterns.iter().find(keeps).map(|pattern| pattern.off_minutes_min)
}

/// A duty so long that a rest order is drafted after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongDuty {
    /// Its first instant.
    pub from: Instant,
    /// First instant after it.
    pub to: Instant,
    /// Its length in minutes.
    pub minutes: i64,
    /// When it had lasted so long that the order was due to be drafted.
    pub reached_at: Instant,
    /// Until when an order for the whole rest lasts.
    pub rest_to: Instant,
    /// Its shifts.
    pub shifts: Vec<RowId>,
}

/// ## 强制休息令起草 — a rest order after 24 hours of duty
///
/// 强制休息令（台州临海2019）: after 24 hours of continuous duty an order of rest is drafted within 15 minutes for a leader
/// to issue.
///
/// *Reading:* continuous is what is one duty (RULINGS 29). The order drafted lasts as long as the rest after such a duty.
#[must_use]
pub fn long_duties(person: &Person<'_>, law: &RestLaw<'_>, from: NaiveDate, to: NaiveDate) -> Vec<LongDuty> {
    let mut scratch = Scratch::default();
    let scan = Scan::new(person, law, &mut scratch, (from, to));
    let mut found = Vec::new();
    for duty in scan.duties {
        let Some(shifts) = scan.spans.get(duty.first..=duty.last) else { continue };
        let (Some(first), Some(last)) = (shifts.first(), shifts.last()) else { continue };
        let Some(version) = scan.policy(first.first_day) else { continue };
        let policy = &version.values;
        let Some(least) = policy.continuous_minutes_order.filter(|least| duty.end - duty.start >= least * MINUTE)
        else {
            continue;
        };
        if !scan.touches(first.first_day, last.last_day) {
            continue;
        }
        let reached = duty.start + least * MINUTE;
        let rest =
            policy.post_duty.map_or(0, |after| after.rest_minutes).max(policy.daily_rest_minutes_min.unwrap_or(0));
        found.push(LongDuty {
            from: instant(duty.start),
            to: instant(duty.end),
            minutes: (duty.end - duty.start) / MINUTE,
            reached_at: instant(reached),
            rest_to: instant(duty.end + rest * MINUTE),
            shifts: shifts.iter().map(|span| span.id).collect(),
        });
    }
    found
}
