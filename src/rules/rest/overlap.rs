//! What a shift may be at all, and that nobody is on two at once.

use super::Found;
use super::local::date;
use super::scan::{MINUTE, Scan};
use crate::rules::duty::Shift;
use crate::rules::finding::{Finding, Outcome};

const SOURCE: &str = "公安机关组织管理条例 第三十八条";

/// ## 班次时段 — the span of a shift
///
/// 公安机关组织管理条例 第三十八条: hours beyond the working day are made good, so they must be known. A shift begins before
/// it ends and is no longer than the policy's maximum.
///
/// *Reading:* 72 hours by default: a duty of 24 hours is an ordinary one, a weekend of 62 hours is possible, and what is
/// longer is an entry to be divided by day. A date on which no policy on rest binds the person is refused, not guessed.
///
/// *Not modelled:* travel of several days as one entry.
pub(super) fn span(scan: &mut Scan<'_, '_>) {
    for shift in scan.person.shifts {
        let day = scan.law.local.day(shift.starts_at.timestamp());
        let minutes = (shift.ends_at - shift.starts_at).num_minutes();
        let Some(version) = scan.policy(day) else {
            let finding = Finding::new("rest.no_policy", "", Outcome::Block).measured("on", date(day).to_string());
            alone(scan, shift, finding);
            continue;
        };
        let longest = version.values.shift_minutes_max;
        if (1..=longest).contains(&minutes) {
            continue;
        }
        let finding = Finding::new("rest.span", "", Outcome::Block)
            .source(SOURCE)
            .policy(&version.label())
            .measured("shift_minutes", minutes)
            .limit("shift_minutes_min", 1)
            .limit("shift_minutes_max", longest);
        alone(scan, shift, finding);
    }
}

/// Tells a finding that one shift proves.
fn alone(scan: &mut Scan<'_, '_>, shift: &Shift, finding: Finding) {
    let (from, to) = days(scan, shift);
    if scan.touches(from, to) {
        scan.found.push(Found { finding, from: date(from), to: date(to), shifts: vec![shift.id] });
    }
}

/// The dates that a shift touches.
fn days(scan: &Scan<'_, '_>, shift: &Shift) -> (i64, i64) {
    let (start, end) = (shift.starts_at.timestamp(), shift.ends_at.timestamp());
    let first = scan.law.local.day(start);
    (first, scan.law.local.day(end - 1).max(first))
}

/// ## 班次重叠 — one person, one shift at a time
///
/// 公安机关组织管理条例 第三十八条. Two shifts of one person never share a minute; half-open, so that one may begin when
/// another ends. Protected appointments are left alone by every duty, and their reason is not told.
pub(super) fn overlap(scan: &mut Scan<'_, '_>) {
    let mut latest: [Option<&Shift>; 2] = [None, None];
    for shift in scan.person.shifts.iter().filter(|shift| shift.starts_at < shift.ends_at) {
        for before in latest.into_iter().flatten().filter(|before| shift.starts_at < before.ends_at) {
            pair(scan, before, shift);
        }
        // Duty and appointments apart: what ends last of one hides nothing of the other.
        let [duty, protected] = &mut latest;
        let of_kind = if shift.kind.is_duty() { duty } else { protected };
        if of_kind.is_none_or(|before| before.ends_at < shift.ends_at) {
            *of_kind = Some(shift);
        }
    }
}

fn pair(scan: &mut Scan<'_, '_>, before: &Shift, shift: &Shift) {
    let rule = match (before.kind.is_duty(), shift.kind.is_duty()) {
        (true, true) => "rest.overlap",
        (false, false) => return,
        _ => "rest.protected",
    };
    let end = before.ends_at.min(shift.ends_at);
    let minutes = (end - shift.starts_at).num_seconds().div_euclid(MINUTE).max(1);
    let day = scan.law.local.day(shift.starts_at.timestamp());
    let to = scan.law.local.day(end.timestamp() - 1).max(day);
    if scan.touches(day, to) {
        let finding = Finding::new(rule, "", Outcome::Block)
            .source(SOURCE)
            .measured("overlap_minutes", minutes)
            .measured("on", date(day).to_string())
            .limit("overlap_minutes_max", 0);
        let shifts = vec![before.id, shift.id];
        scan.found.push(Found { finding, from: date(day), to: date(to), shifts });
    }
}
