//! Duty against what else stands in the person's record: leave, rest days, rest orders, limits of fitness.

use chrono::NaiveDate;

use super::change::WORKED_ALREADY;
use super::local::{Local, date, day_number};
use super::scan::Scan;
use super::{Away, Found, LimitCode};
use crate::rules::duty::{DutyKind, RestDay, Shift};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Half, RowId};

/// Duty on a rest day.
pub const WORKED_REST: &str = "rest.rest_day";

/// Seconds from midnight to noon.
const NOON: i64 = 12 * 60 * 60;

/// Tells each shift that is duty and for which something is found.
fn each(scan: &mut Scan<'_, '_>, says: impl Fn(&Scan<'_, '_>, &Shift) -> Option<Finding>) {
    for shift in scan.person.shifts.iter().filter(|shift| shift.starts_at < shift.ends_at && shift.kind.is_duty()) {
        let first = scan.law.local.day(shift.starts_at.timestamp());
        let last = scan.law.local.day(shift.ends_at.timestamp() - 1);
        if scan.touches(first, last)
            && let Some(finding) = says(scan, shift)
        {
            scan.found.push(Found { finding, from: date(first), to: date(last), shifts: vec![shift.id] });
        }
    }
}

/// ## 休假期间排班 — no duty while away
///
/// 职工带薪年休假条例 第二条, 公务员法（2018年修订）第八十二条: nobody is put on duty on leave, sick, on a course, seconded,
/// suspended or on maternity leave; the leave is recalled, the absence ended first.
///
/// *Reading:* leave that begins or ends at noon leaves the other half of the date free for duty.
pub(super) fn on_leave(scan: &mut Scan<'_, '_>) {
    if scan.person.away.is_empty() {
        return;
    }
    each(scan, |scan, shift| {
        let away = scan.person.away.iter().find(|away| covers(scan, away, shift))?;
        Some(
            Finding::new("rest.on_leave", "", Outcome::Block)
                .source("职工带薪年休假条例 第二条；公务员法（2018年修订）第八十二条")
                .measured("away_from", away.from.to_string())
                .measured("away_to", away.to.to_string()),
        )
    });
}

fn covers(scan: &Scan<'_, '_>, away: &Away, shift: &Shift) -> bool {
    let local = &scan.law.local;
    let from = local.at(day_number(away.from), if away.from_half == Half::Pm { NOON } else { 0 });
    let to = match away.to_half {
        Half::Am => local.at(day_number(away.to), NOON),
        Half::Pm => local.at(day_number(away.to) + 1, 0),
    };
    shift.starts_at.timestamp() < to && from < shift.ends_at.timestamp()
}

/// ## 休息日排班 — no duty on a rest day
///
/// 公安机关组织管理条例 第三十八条, 年度工作要点第10项（强制轮休）: a rest day, planned or published, is cancelled with its reason
/// and notice, and given back, before anybody is put on duty on it.
///
/// *Reading:* a date is a rest day as a whole: a night that ends on it in the morning breaks it (RULINGS 29). A rest day that
/// was entered when its date was over binds no plan until the officer has confirmed it.
pub(super) fn rest_day(scan: &mut Scan<'_, '_>) {
    if scan.person.rest_days.is_empty() {
        return;
    }
    each(scan, |scan, shift| {
        let (first, last) = scan.law.local.dates_touched(shift.starts_at, shift.ends_at);
        scan.person.rest_days.iter().find(|day| first <= day.on && day.on <= last).map(broken)
    });
}

/// Duty on a rest day.
#[must_use]
pub fn broken(day: &RestDay) -> Finding {
    Finding::new(WORKED_REST, "", Outcome::Block)
        .source("公安机关组织管理条例 第三十八条；年度工作要点第10项")
        .measured("on", day.on.to_string())
        .measured("kind", day.kind.as_str())
        .measured("rest_day_id", id(day.id))
}

/// ## 被占用的休息日 — a rest day that was worked stands until it is given back
///
/// 公务员法（2018年修订）第八十二条第二款, 公安机关组织管理条例 第三十八条: a rest day that duty took away is owed. Its cancellation
/// and its credit say what is owed; that it was broken stands as a violation, with each shift that touches its date, until
/// the day is given back.
///
/// *Reading:* it is given back when the officer has taken the day named in its place, or when what it was credited with is
/// used up, rested or paid as the officer chose. Where the duty turns out not to have been worked, nothing is found any more.
///
/// *Not modelled:* a rest day that was cancelled before its duty began, with its notice: that is no breach, and is credited.
#[must_use]
pub fn worked_rests(shifts: &[Shift], days: &[RestDay], local: &Local, span: (NaiveDate, NaiveDate)) -> Vec<Found> {
    let mut found = Vec::new();
    if days.is_empty() {
        return found;
    }
    for shift in shifts.iter().filter(|shift| shift.starts_at < shift.ends_at && shift.kind.is_duty()) {
        let (first, last) = local.dates_touched(shift.starts_at, shift.ends_at);
        let touches = first <= span.1 && span.0 <= last;
        if let Some(day) = days.iter().find(|day| touches && first <= day.on && day.on <= last) {
            let finding = broken(day).measured(WORKED_ALREADY, true);
            found.push(Found { finding, from: first, to: last, shifts: vec![shift.id] });
        }
    }
    found
}

fn id(id: RowId) -> String {
    id.to_string()
}

/// ## 强制休息令 — a rest order binds the roster
///
/// 强制休息令（台州临海2019）: inside an issued order no duty begins or goes on.
///
/// *Not modelled:* an override; it takes its hours out of the order for as long as it lasts.
pub(super) fn ordered(scan: &mut Scan<'_, '_>) {
    if scan.person.orders.is_empty() {
        return;
    }
    each(scan, |scan, shift| {
        let order = scan.person.orders.iter().find(|order| shift.starts_at < order.to && order.from < shift.ends_at)?;
        let text = |at: crate::rules::terms::Instant| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        Some(
            Finding::new("rest.ordered", "", Outcome::Block)
                .source("强制休息令（台州临海2019）")
                .measured("order_id", id(order.id))
                .limit("rest_from", text(order.from))
                .limit("rest_to", text(order.to)),
        )
    });
}

/// ## 健康限制 — limits of fitness are kept
///
/// 公务员法（2018年修订）第八十二条, 公安机关组织管理条例 第三十八条: whoever may not work at night is not put on a shift that
/// touches 22:00 to 06:00 and begins while the limit is valid.
///
/// *Reading:* the other limits do not say which shifts they rule out; they are told, and the leader sees to the work
/// given (RULINGS 43).
///
/// *Not modelled:* the reason of a limit, which no leader is told.
pub(super) fn fitness_limit(scan: &mut Scan<'_, '_>) {
    if scan.person.limits.is_empty() {
        return;
    }
    each(scan, |scan, shift| {
        let first = scan.law.local.date_of(shift.starts_at);
        let valid = scan.person.limits.iter().filter(|limit| first <= limit.valid_until);
        let found = valid.filter_map(|limit| Some((limit, outcome_of(scan, limit.code, shift)?)));
        let (limit, outcome) = found.max_by_key(|(_, outcome)| *outcome)?;
        Some(
            Finding::new("rest.fitness_limit", "R12", outcome)
                .source("公务员法（2018年修订）第八十二条；公安机关组织管理条例 第三十八条")
                .measured("code", limit.code.as_str())
                .limit("valid_until", limit.valid_until.to_string()),
        )
    });
}

fn outcome_of(scan: &Scan<'_, '_>, code: LimitCode, shift: &Shift) -> Option<Outcome> {
    let local = &scan.law.local;
    let (start, end) = (shift.starts_at.timestamp(), shift.ends_at.timestamp());
    match code {
        LimitCode::NoNightWork => {
            let (first, last) = (local.day(start), local.day(end - 1));
            let values = &scan.policy(first)?.values;
            let (from, to) = (values.night_from.seconds(), values.night_to.seconds());
            let touches = (first - 1..=last).any(|day| start < local.at(day + 1, to) && local.at(day, from) < end);
            touches.then_some(Outcome::Block)
        }
        LimitCode::NoOperationalDuty | LimitCode::LightDuty => {
            (!matches!(shift.kind, DutyKind::Training | DutyKind::Court)).then_some(Outcome::Warn)
        }
        LimitCode::NoDriving => Some(Outcome::Warn),
    }
}
