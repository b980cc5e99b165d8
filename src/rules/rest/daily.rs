//! R2: rest between two duties.

use chrono::NaiveDate;

use super::local::{date, day_number};
use super::policy::{RestPolicy, ShortRest};
use super::scan::{Duty, MINUTE, Scan, Scratch, Span};
use super::{Person, RestLaw};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::terms::RowId;

const SOURCE: &str = "公安机关组织管理条例 第三十八条；本单位轮休规定（默认值）";

/// ## 每日休息 — rest between two duties
///
/// 公安机关组织管理条例 第三十八条（默认值参照 Directive 2003/88/EC 第三条）: at least 11 hours between duties. Less is told
/// and earns what was missing as compensatory rest; less than eight hours is refused.
///
/// *Reading:* duties less than four hours apart on one date are one duty (RULINGS 29), so a meal is no daily rest.
///
/// *Not modelled:* equivalent rest under collective agreements (article 17).
pub(super) fn daily(scan: &mut Scan<'_, '_>) {
    let (spans, duties) = (scan.spans, scan.duties);
    for (before, next) in duties.iter().zip(duties.iter().skip(1)) {
        let Some((version, ended, begins, gap, least)) = short(scan, spans, before, next) else { continue };
        let proof = [ended, begins];
        let window = (ended.last_day.min(begins.first_day), begins.first_day);
        scan.tell_derogable(window, begins.first_day, &proof, || told(version, gap, least));
    }
}

/// The rest between two duties where it is too short: the law, the shifts around it, its minutes, and the minimum.
fn short<'s>(
    scan: &Scan<'_, 's>,
    spans: &[Span],
    before: &Duty,
    next: &Duty,
) -> Option<(&'s Version<RestPolicy>, Span, Span, i64, i64)> {
    let (ended, begins) = (spans.get(before.last)?, spans.get(next.first)?);
    let version = scan.policy(begins.first_day)?;
    let seconds = next.start - before.end;
    let least = version.values.daily_rest_minutes_min.filter(|least| seconds < least * MINUTE)?;
    Some((version, *ended, *begins, seconds.div_euclid(MINUTE), least))
}

/// What one rest between duties that was too short is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortRestOwed {
    /// The shift that began too soon.
    pub shift: RowId,
    /// The local date on which it begins.
    pub on: NaiveDate,
    /// What is given back, above zero.
    pub minutes: i64,
}

/// ## 每日休息不足的补休 — what a daily rest that was too short earns
///
/// Welfare sheet A, R2: a rest between duties below eleven hours that was entered all the same is given back minute for
/// minute. Owed to the shift that began too soon, on the date on which it begins; of several shifts that are one duty, to
/// the first.
///
/// *Reading:* the hours agreed on count where there are any, else those planned. A rest below eight hours is refused when
/// it is planned; where it happened it is owed as well.
#[must_use]
pub fn owed_rests(person: &Person<'_>, law: &RestLaw<'_>, (from, to): (NaiveDate, NaiveDate)) -> Vec<ShortRestOwed> {
    let mut scratch = Scratch::default();
    let scan = Scan::new(person, law, &mut scratch, (from, to));
    let (first, last) = (day_number(from), day_number(to));
    let pairs = scan.duties.iter().zip(scan.duties.iter().skip(1));
    let owed = pairs.filter_map(|(before, next)| {
        let (version, _, begins, gap, _) = short(&scan, scan.spans, before, next)?;
        let minutes = short_rest_credit(&version.values, gap);
        let is_asked = minutes > 0 && (first..=last).contains(&begins.first_day);
        is_asked.then(|| ShortRestOwed { shift: begins.id, on: date(begins.first_day), minutes })
    });
    owed.collect()
}

/// What is said of one gap.
fn told(version: &Version<RestPolicy>, gap: i64, least: i64) -> Finding {
    let is_refused = version.values.daily_rest_minutes_block_below.is_some_and(|below| gap < below);
    Finding::new("rest.daily", "R2", if is_refused { Outcome::Block } else { Outcome::Warn })
        .source(SOURCE)
        .policy(&version.label())
        .measured("gap_minutes", gap)
        .measured("short_by_minutes", least - gap)
        .limit("gap_minutes_min", least)
}

/// What a rest between duties that was too short earns, in minutes; 0 where it was long enough.
#[must_use]
pub fn short_rest_credit(policy: &RestPolicy, gap_minutes: i64) -> i64 {
    match (policy.credit.short_daily_rest, policy.daily_rest_minutes_min) {
        (ShortRest::Equal, Some(least)) => (least - gap_minutes).max(0),
        _ => 0,
    }
}
