//! R10: couples in which both are on the force.

use super::Couple;
use super::local::{date, day_number};
use super::policy::RestPolicy;
use super::scan::{Scan, Span};
use super::weekly::between;
use super::windows::FIRST_CUT;
use crate::rules::calendar::DayClass;
use crate::rules::duty::{DutyKind, Shift};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::rest::CareNeed;

const SOURCE: &str = "眉山“5×5”爱警工作法（双警家庭）；钦州2023双警家庭措施";

/// ## 双警家庭 — couples on the force
///
/// 眉山“5×5”爱警工作法（双警家庭优先）, 钦州2023: a couple that both opted in, with somebody at home who needs one of them, is
/// never both on overnight duty in one night nor both on duty on one statutory holiday; in every fourteen dates at least
/// one is free of duty for both.
///
/// *Reading:* overnight duty is a shift of that kind or one with a night of duty in it (R6). Too few common rest days are
/// told, being both on overnight or holiday duty is refused; an approved derogation for an operation is the wartime
/// exception. One stretch without a common rest day is one finding, from its first date to its last; of one that goes on for
/// more than eight weeks parts are told that meet on fixed dates. A common rest day leaves of it what is still too long
/// before it and after it. In a year without a published calendar holidays are not known, and nights alone are tested.
///
/// *Not modelled:* who is at home, and why: only that there is a need.
pub(super) fn couple(scan: &mut Scan<'_, '_>) {
    let Some(couple) = scan.person.couple else { return };
    let partner: Vec<Span> = couple.partner.iter().filter_map(|shift| lay(scan, shift)).collect();
    if couple.care_need == CareNeed::Registered {
        both_on_duty(scan, couple, &partner);
    }
    common_rest(scan, couple, &partner);
}

fn lay(scan: &Scan<'_, '_>, shift: &Shift) -> Option<Span> {
    let (start, end) = (shift.starts_at.timestamp(), shift.ends_at.timestamp());
    let local = &scan.law.local;
    (start < end && shift.kind.is_duty()).then(|| Span {
        start,
        end,
        first_day: local.day(start),
        last_day: local.day(end - 1),
        counted: shift.counted_minutes,
        kind: shift.kind,
        id: shift.id,
    })
}

fn both_on_duty(scan: &mut Scan<'_, '_>, couple: Couple<'_>, partner: &[Span]) {
    let since = day_number(couple.since);
    let spans = scan.spans;
    for span in spans.iter().filter(|span| span.first_day >= since) {
        let Some(version) = scan.policy(span.first_day) else { continue };
        // A night that began on the date before reaches into this one.
        let Some(near) = between(partner, span.first_day - 1, span.last_day + 1) else { continue };
        let night = near.iter().find_map(|other| same_night(scan, &version.values, span, other));
        let holiday = || near.iter().find_map(|other| same_holiday(scan, span, other));
        let clash = night.map(|day| (day, "overnight")).or_else(|| Some((holiday()?, "holiday")));
        let Some((day, duty)) = clash else { continue };
        scan.tell_derogable((span.first_day, span.last_day), span.first_day, &[*span], || {
            Finding::new("rest.couple", "R10", Outcome::Block)
                .source(SOURCE)
                .policy(&version.label())
                .measured("on", date(day).to_string())
                .measured("what", duty)
        });
    }
}

/// The night that both are on duty in.
fn same_night(scan: &Scan<'_, '_>, policy: &RestPolicy, one: &Span, other: &Span) -> Option<i64> {
    let least = policy.nights.map_or(3 * 60, |nights| nights.night_minutes_min);
    (one.first_day - 1..=one.last_day).find(|night| {
        let mine = scan.night_of(policy, one, *night);
        let theirs = scan.night_of(policy, other, *night);
        is_overnight(one, mine, least) && is_overnight(other, theirs, least)
    })
}

/// Whether so many minutes in a night make a shift overnight duty.
fn is_overnight(span: &Span, minutes: i64, least: i64) -> bool {
    minutes >= least || (span.kind == DutyKind::Overnight && minutes > 0)
}

/// The statutory holiday that both are on duty on.
fn same_holiday(scan: &Scan<'_, '_>, one: &Span, other: &Span) -> Option<i64> {
    let (from, to) = (one.first_day.max(other.first_day), one.last_day.min(other.last_day));
    (from..=to).find(|day| {
        let on = date(*day);
        let units = scan.person.facts.place_on(on).map_or(&[][..], |place| place.units);
        scan.law.calendars.class_of(units, on) == Ok(DayClass::StatutoryHoliday)
    })
}

/// Dates on end on which one of the two has duty, as far as a policy asks for more.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// First date, in days since 1970.
    first: i64,
    /// Last date.
    last: i64,
    /// In how many dates one is to be free for both.
    window_days: i64,
}

fn common_rest(scan: &mut Scan<'_, '_>, couple: Couple<'_>, partner: &[Span]) {
    let own = scan.spans;
    let since = day_number(couple.since);
    let mut stretch: Option<Stretch> = None;
    let (mut own_next, mut partner_next) = (own.iter().peekable(), partner.iter().peekable());
    let (mut last, mut row) = (i64::MIN / 2, 0_i64);
    loop {
        // The next shift of either, in order.
        let is_own = match (own_next.peek(), partner_next.peek()) {
            (Some(one), Some(other)) => one.start <= other.start,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break,
        };
        let Some(span) = (if is_own { own_next.next() } else { partner_next.next() }) else { break };
        let window_days = scan.policy(span.first_day).and_then(|version| version.values.couple_window_days);
        for day in span.first_day.max(last + 1).max(since)..=span.last_day {
            if day - last == 1 {
                row += 1;
            } else {
                row = 1;
                tell_parts(scan, stretch.take());
            }
            last = day;
            if let Some(window_days) = window_days.filter(|days| row >= *days) {
                let first = day - window_days + 1;
                let open = stretch.get_or_insert(Stretch { first, last: day, window_days });
                (open.last, open.window_days) = (day, window_days);
            }
        }
    }
    tell_parts(scan, stretch);
}

/// Days between two cuts of a stretch, and the least that lies before the first: a part is short enough that its end is
/// known however early it is looked at, and a stretch of less than eight weeks is never cut.
const PART_DAYS: i64 = 42;

/// Tells a stretch: as one, unless it goes on for very long. Then it is cut on dates that are the same for everybody, so that
/// its parts keep their dates however much of the past and of what is to come is known; they do not overlap, and none is
/// shorter than what the rule asks about.
fn tell_parts(scan: &mut Scan<'_, '_>, stretch: Option<Stretch>) {
    let Some(Stretch { first, last, window_days }) = stretch else { return };
    let least = first + PART_DAYS.max(window_days);
    let mut cut = least + (FIRST_CUT - least).rem_euclid(PART_DAYS);
    let mut from = first;
    while cut + window_days <= last + 1 {
        tell(scan, from, cut - 1);
        from = cut;
        cut += PART_DAYS;
    }
    tell(scan, from, last);
}

fn tell(scan: &mut Scan<'_, '_>, from: i64, to: i64) {
    let Some(version) = scan.policy(to) else { return };
    let Some(days) = version.values.couple_window_days else { return };
    let Some(shifts) = between(scan.spans, from, to) else { return };
    scan.tell((from, to), shifts, || {
        Finding::new("rest.couple", "R10", Outcome::Warn)
            .source(SOURCE)
            .policy(&version.label())
            .measured("what", "common_rest")
            .measured("days_without_common_rest", to - from + 1)
            .limit("window_days", days)
            .limit("common_rest_days_min", 1)
    });
}
