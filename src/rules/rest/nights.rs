//! R6: nights in a row, and the rest after them.

use super::policy::Nights;
use super::scan::{Duty, MINUTE, Scan};
use super::weekly::{ROW_MAX, between};
use super::windows::{CUT_DAYS, Group, Grouping, Window};
use crate::rules::finding::{Finding, Outcome};

const SOURCE: &str = "本单位夜班规定（默认值，参照 HSG256）";
const EU_SOURCE: &str = "Directive 2003/88/EC art. 8";

/// Nights of duty in a row, each named by the date on which it begins.
#[derive(Debug, Clone, Copy)]
struct Row {
    first: i64,
    last: i64,
    /// The first of the spans in it.
    span: usize,
    /// The last of them.
    last_span: usize,
    /// End of the duty in the last of them.
    end: i64,
}

/// ## 连续夜班 — nights in a row, and the recovery after them
///
/// 本单位夜班规定（默认值，参照 HSG256）: more than three nights of duty in a row are told, more than four refused; after two
/// or more nights in a row no duty by day begins for 48 hours.
///
/// *Reading:* a night of duty has at least three hours between 22:00 and 06:00 (RULINGS 3, 44), as they really pass where
/// the clocks change. After a single night R3 decides. A recovery that is too short is told; a further night without one
/// is a matter of the nights in a row, and of R3.
///
/// *Not modelled:* rotation of shifts forward or backward.
pub(super) fn nights(scan: &mut Scan<'_, '_>) {
    let (spans, duties) = (scan.spans, scan.duties);
    let mut groups = Grouping::new(CUT_DAYS);
    let (mut row, mut owed): (Option<Row>, Option<Row>) = (None, None);
    for duty in duties {
        let version = spans.get(duty.first).and_then(|span| scan.policy(span.first_day));
        let Some(policy) = version.and_then(|version| version.values.nights) else { continue };
        let Some((first, last)) = nights_of(scan, duty, policy) else {
            recovery(scan, owed, duty);
            continue;
        };
        long_night(scan, duty, policy);
        let now = match row.filter(|row| first <= row.last + 1) {
            Some(row) => Row { last: last.max(row.last), last_span: duty.last, end: duty.end, ..row },
            None => Row { first, last, span: duty.first, last_span: duty.last, end: duty.end },
        };
        row = Some(now);
        if now.last - now.first + 1 >= i64::from(policy.recovery_after_nights_min) {
            owed = Some(now);
        }
        let Some(most) = policy.consecutive_warn_above.or(policy.consecutive_block_above) else { continue };
        for night in first..=last {
            let window = over(now, night, i64::from(most), policy).map(|window| scan.derogable(window, night));
            if let Some(group) = window.and_then(|window| groups.add(window)) {
                tell(scan, group);
            }
        }
    }
    if let Some(group) = groups.end() {
        tell(scan, group);
    }
}

/// The window that a night closes, where it is one too many.
fn over(row: Row, night: i64, most: i64, policy: Nights) -> Option<Window> {
    let length = (night - row.first + 1).min(ROW_MAX);
    let is_refused = policy.consecutive_block_above.is_some_and(|most| length > i64::from(most));
    let outcome = if is_refused { Outcome::Block } else { Outcome::Warn };
    let (first, last) = (row.span, row.last_span);
    let window = Window {
        start: night - most,
        end: night + 1,
        first,
        last,
        measured: length,
        outcome,
        derogation: None,
        on: night,
    };
    (length > most).then_some(window)
}

/// The first and last night of which a duty takes enough to be a night of duty.
fn nights_of(scan: &Scan<'_, '_>, duty: &Duty, policy: Nights) -> Option<(i64, i64)> {
    if duty.night < policy.night_minutes_min {
        return None;
    }
    let spans = scan.spans.get(duty.first..=duty.last)?;
    let (from, to) = (spans.first()?.first_day - 1, spans.last()?.last_day);
    let version = scan.policy(spans.first()?.first_day)?;
    let is_one = |night: &i64| {
        let minutes: i64 = spans.iter().map(|span| scan.night_of(&version.values, span, *night)).sum();
        minutes >= policy.night_minutes_min
    };
    let first = (from..=to).find(is_one)?;
    let last = (first..=to).rev().find(is_one)?;
    Some((first, last))
}

/// Tells a duty by day that follows nights in a row too soon.
fn recovery(scan: &mut Scan<'_, '_>, row: Option<Row>, next: &Duty) {
    let Some(row) = row else { return };
    let Some(begins) = scan.spans.get(next.first).copied() else { return };
    let Some(version) = scan.policy(begins.first_day) else { return };
    let Some(policy) = version.values.nights else { return };
    let gap = (next.start - row.end).div_euclid(MINUTE);
    let nights = (row.last - row.first + 1).min(ROW_MAX);
    let Some(least) = policy.recovery_minutes.filter(|least| gap < *least) else { return };
    // Of a long row its last nights are proof enough.
    let first = row.span.max(row.last_span.saturating_sub(6));
    let proof = scan.spans.get(first..=row.last_span).unwrap_or_default();
    let from = proof.last().map_or(begins.first_day, |span| span.last_day).min(begins.first_day);
    let shifts: Vec<_> = proof.iter().chain([&begins]).copied().collect();
    scan.tell_derogable((from, begins.first_day), begins.first_day, &shifts, || {
        Finding::new("rest.nights", "R6", Outcome::Warn)
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", "recovery")
            .measured("nights", nights)
            .measured("recovery_minutes", gap)
            .limit("recovery_minutes_min", least)
    });
}

fn tell(scan: &mut Scan<'_, '_>, group: Group) {
    let window = group.window;
    let (from, to) = (window.start, window.end - 1);
    let Some(version) = scan.policy(to) else { return };
    let Some(policy) = version.values.nights else { return };
    let row = scan.spans.get(window.first..=window.last).unwrap_or_default();
    // A night reaches into the next date.
    let Some(shifts) = between(row, from, to + 1) else { return };
    scan.tell((from, to + 1), shifts, || {
        let mut finding = Finding::new("rest.nights", "R6", window.outcome)
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", "row")
            .measured("consecutive_nights", window.measured);
        if let Some(warn) = policy.consecutive_warn_above {
            finding = finding.limit("consecutive_nights_warn_above", warn);
        }
        if let Some(most) = policy.consecutive_block_above {
            finding = finding.limit("consecutive_nights_max", most);
        }
        group.named(finding)
    });
}

/// ## 夜班时长 — the length of a duty with a night in it
///
/// Directive 2003/88/EC 第八条: eight hours in any 24 for night work with special hazards or heavy strain. Only where a
/// policy sets `night_duty_minutes_max`.
///
/// *Reading:* the stricter limit of article 8 (b), for each duty, told and not refused; the average of 8 (a) is then kept
/// too.
fn long_night(scan: &mut Scan<'_, '_>, duty: &Duty, policy: Nights) {
    let Some(shifts) = scan.spans.get(duty.first..=duty.last) else { return };
    let counted: i64 = shifts.iter().map(|span| span.counted).sum();
    let Some(most) = policy.night_duty_minutes_max.filter(|most| counted > *most) else { return };
    let (Some(first), Some(last)) = (shifts.first(), shifts.last()) else { return };
    let Some(version) = scan.policy(first.first_day) else { return };
    scan.tell_derogable((first.first_day, last.last_day), first.first_day, shifts, || {
        Finding::new("rest.nights", "R6", Outcome::Warn)
            .source(EU_SOURCE)
            .policy(&version.label())
            .measured("what", "length")
            .measured("night_duty_minutes", counted)
            .measured("night_minutes", duty.night)
            .limit("night_duty_minutes_max", most)
    });
}
