//! R3: rest after an overnight duty, and after a very long one.

use serde_json::json;

use super::Order;
use super::local::instant;
use super::policy::{RestAfter, RestPolicy};
use super::scan::{Duty, MINUTE, Scan};
use crate::rules::finding::{Finding, Outcome};

const SOURCE: &str = "公安机关人民警察内务条令（值班备勤后的休息，转引）；强制休息令（台州临海2019）";

/// What a duty asks for after it: until when, and why.
#[derive(Debug, Clone, Copy)]
struct Owed {
    until: i64,
    cause: usize,
    rest_minutes: i64,
}

/// ## 值班后休息 — rest after an overnight or very long duty
///
/// 公安机关人民警察内务条令（转引）: after an overnight duty rest on the next day is compulsory. After a duty of 12 hours or
/// more with at least four of them between 22:00 and 06:00, and after one of 24 hours at whatever hour, no duty begins
/// for 24 hours.
///
/// *Reading:* every duty that begins inside the rest is refused, not the next one only; what ends the rest is an instant,
/// not a date. Duty that lies wholly in what a bureau leader let happen inside a rest order (its override) is told, with its
/// reason, and not refused: order and rule ask for the same rest. The text of 2021 was not obtained: the numbers are policy
/// values.
///
/// *Not modelled:* other special circumstances that a commander finds; an approved derogation takes their place.
pub(super) fn after_overnight(scan: &mut Scan<'_, '_>) {
    let (spans, duties) = (scan.spans, scan.duties);
    let mut owed: Option<Owed> = None;
    for (at, duty) in duties.iter().enumerate() {
        let Some(begins) = spans.get(duty.first) else { continue };
        let Some(version) = scan.policy(begins.first_day) else { continue };
        if let Some(owed) = owed.filter(|owed| duty.start < owed.until) {
            let Some(cause) = duties.get(owed.cause) else { continue };
            let Some(ended) = spans.get(cause.last) else { continue };
            let window = (ended.last_day.min(begins.first_day), begins.first_day);
            let proof = spans.get(cause.first..=cause.last).unwrap_or_default();
            let shifts: Vec<_> = proof.iter().chain([begins]).copied().collect();
            let comp_minutes = version.values.credit.minutes_per_day;
            // The duty as a whole lies in what was let happen.
            let is_inside = |one: &&Order| one.from.timestamp() <= duty.start && duty.end <= one.to.timestamp();
            let released = scan.person.released.iter().find(is_inside).map(|one| one.id);
            scan.tell_derogable(window, begins.first_day, &shifts, || {
                let outcome = if released.is_some() { Outcome::Warn } else { Outcome::Block };
                let mut finding = Finding::new("rest.after_overnight", "R3", outcome)
                    .source(SOURCE)
                    .policy(&version.label())
                    .measured("duty_minutes", (cause.end - cause.start) / MINUTE)
                    .measured("night_minutes", cause.night)
                    .measured("gap_minutes", (duty.start - cause.end).div_euclid(MINUTE))
                    .limit("rest_minutes_min", owed.rest_minutes)
                    .limit(
                        "earliest_next_duty",
                        instant(owed.until).to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                    );
                finding.suggestions.push(json!({"kind": "comp_day", "minutes": comp_minutes}));
                match released {
                    Some(order) => finding.limit("override_of", order.to_string()),
                    None => finding,
                }
            });
        }
        let asks = rest_after(&version.values, duty);
        if let Some(rest_minutes) = asks {
            let until = duty.end + rest_minutes * MINUTE;
            if owed.is_none_or(|owed| owed.until < until) {
                owed = Some(Owed { until, cause: at, rest_minutes });
            }
        }
    }
}

/// Minutes without duty that a duty asks for after it.
fn rest_after(policy: &RestPolicy, duty: &Duty) -> Option<i64> {
    let minutes = (duty.end - duty.start) / MINUTE;
    let applies = |after: &RestAfter| after.duty_minutes_min <= minutes && after.night_minutes_min <= duty.night;
    [policy.after_overnight, policy.post_duty]
        .iter()
        .flatten()
        .filter(|after| applies(after))
        .map(|one| one.rest_minutes)
        .max()
}
