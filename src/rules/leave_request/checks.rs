//! The checks of a request, one function each.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Act, Submission, live};
use crate::rules::day_count::Counted;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::lots::{Demand, Lot, grantable, without_limit};
use crate::rules::policy::Version;
use crate::rules::terms::{DrawsOn, HalfDays, LotSource, leave_year};

/// House rules on requests that no statute gives.
const HOUSE: &str = "本单位请假审批规定";

fn outcome(passed: bool) -> Outcome {
    if passed { Outcome::Pass } else { Outcome::Block }
}

fn label<T>(version: Option<&Version<T>>) -> String {
    version.map(Version::label).unwrap_or_default()
}

/// ## 日历未公布 — no calendar, or only a provisional one
///
/// 国务院办公厅年度放假通知: a span that touches a year without a calendar cannot be counted and is refused; one that
/// touches a provisional year is counted with a warning, and counted anew when the notice is published.
pub(super) fn calendar(submission: &Submission<'_>, findings: &mut Vec<Finding>) -> Option<Counted> {
    let finding = |rule: &str, outcome| Finding::new(rule, "", outcome).source("国务院办公厅年度放假通知");
    match submission.count() {
        Ok(counted) => {
            if !counted.provisional_years.is_empty() {
                let years = counted.provisional_years.clone();
                findings.push(finding("calendar.provisional", Outcome::Warn).measured("years", years));
            }
            Some(counted)
        }
        Err(missing) => {
            findings.push(finding("calendar.not_published", Outcome::Block).measured("year", missing.year));
            None
        }
    }
}

/// ## 无工作日 — a span without a working day
///
/// 职工带薪年休假条例 第三条第二款: rest days and statutory holidays are not leave, so a span in which nothing is worked is no
/// request, of whatever kind (RULINGS 17), also where calendar days count.
pub(super) fn working_day(counted: &Counted) -> Finding {
    Finding::new("leave.no_working_day", "L2", outcome(counted.working > HalfDays::ZERO))
        .source("职工带薪年休假条例 第三条")
        .measured("days", counted.total)
        .measured("working_days", counted.working)
}

/// ## 最小请假单位 — the smallest part of a day
///
/// No national text: half days by default (`min_unit_days`, policy). Where whole days are asked for, no date may cost
/// a half.
pub(super) fn min_unit(submission: &Submission<'_>, counted: &Counted) -> Option<Finding> {
    let version = submission.annual_leave().filter(|_| submission.kind.has_lots())?;
    let unit = version.values.min_unit_days;
    let smallest = counted.days.iter().map(|(_, cost)| *cost).min()?;
    (smallest < unit).then(|| {
        Finding::new("leave.min_unit", "", Outcome::Block)
            .source(HOUSE)
            .policy(&version.label())
            .measured("smallest_days", smallest)
            .limit("min_unit_days", unit)
    })
}

/// ## 事后请假 — leave that begins in the past
///
/// RULINGS 18: a request may not begin before today, except within `retroactive_days` (policy) for sickness,
/// bereavement, miscarriage and maternity. The personnel office may enter any past span.
pub(super) fn past(submission: &Submission<'_>) -> Option<Finding> {
    if submission.act == Act::Decide {
        return None;
    }
    let version = submission.requests();
    let allowed = version.map_or(0, |version| version.values.retroactive_days(submission.kind));
    let days_past = (submission.today - submission.span.from()).num_days().max(0);
    let passed = submission.act == Act::Enter || days_past <= i64::from(allowed);
    Some(
        Finding::new("leave.past", "", outcome(passed))
            .source(HOUSE)
            .policy(&label(version))
            .measured("from", submission.span.from().to_string())
            .measured("today", submission.today.to_string())
            .measured("days_past", days_past)
            .limit("retroactive_days", allowed),
    )
}

/// ## 时间冲突 — overlap with other leave of the same person
///
/// Each half of a date, worked or not, belongs to one live request at most. The finding names the halves that clash,
/// nothing about the other request.
pub(super) fn overlap(submission: &Submission<'_>) -> Finding {
    let clashes: Vec<Value> = submission
        .span
        .slots()
        .filter(|slot| submission.occupied.contains(slot) && !submission.recalls.covers(slot.0))
        .map(|(date, half)| json!({"date": date, "half": half}))
        .collect();
    Finding::new("leave.overlap", "L7", outcome(clashes.is_empty())).source(HOUSE).measured("halves", clashes)
}

/// ## 不在册 — dates off the roll
///
/// RULINGS 11: leave is taken by people on the roll. Dates before joining, after separation or after retirement are
/// refused; what was valid before is not touched.
pub(super) fn on_roll(submission: &Submission<'_>) -> Finding {
    let facts = submission.facts;
    let stands = |date: &NaiveDate| !submission.recalls.covers(*date);
    let off: Vec<NaiveDate> = submission.span.dates().filter(stands).filter(|date| !facts.on_roll(*date)).collect();
    let date = |date: Option<&NaiveDate>| date.map(NaiveDate::to_string);
    Finding::new("leave.separated", "", outcome(off.is_empty()))
        .source("职工带薪年休假条例 第二条")
        .measured("first_date_off_roll", date(off.first()))
        .measured("last_date_off_roll", date(off.last()))
        .limit("joined_on", date(facts.joined_on.as_ref()))
        .limit("left_on", date(facts.left_on.as_ref()))
}

/// ## 适用对象 — who has annual leave at all
///
/// 职工带薪年休假条例 第二条: people in service. The category on the first date chooses the regime; the retired have no
/// leave, and before the first version of a policy nothing is owed that the rules could name. Sick and personal leave
/// are offered where the policy on requests names them (`kinds`), compensatory leave where a policy on rest is in force.
pub(super) fn eligible(submission: &Submission<'_>) -> Finding {
    let (label, source) = match submission.kind.draws_on() {
        DrawsOn::Lots => (submission.annual_leave().map(Version::label), "职工带薪年休假条例 第二条"),
        DrawsOn::Nothing => (submission.plain().map(|(version, _)| version.label()), HOUSE),
        DrawsOn::Credit => (submission.rest().map(Version::label), "公务员法 第八十二条"),
    };
    let category = submission.facts.category_on(submission.span.from());
    Finding::new("leave.not_eligible", "", outcome(label.is_some()))
        .source(source)
        .policy(&label.unwrap_or_default())
        .measured("category", category.map(crate::rules::terms::Category::as_str))
        .measured("on", submission.span.from().to_string())
}

/// ## 余额 — whether the days are there
///
/// 职工带薪年休假条例 第三条 with RULINGS 11: every counted day needs a lot that is valid on it, beside all live days. One
/// finding for each leave year that is charged; the years are charged in order, so that a lot usable in two of them is
/// counted once.
pub(super) fn balance(submission: &Submission<'_>, counted: &Counted) -> Vec<Finding> {
    let mut beside = live(submission.draws);
    let charged = counted.by_year.iter().filter(|(_, cost)| **cost > HalfDays::ZERO);
    charged
        .map(|(year, requested)| {
            let days: Vec<Demand> = counted
                .days
                .iter()
                .filter(|(on, _)| leave_year(*on) == *year)
                .map(|&(on, quantity)| Demand { on, quantity })
                .collect();
            let granted = grantable(submission.lots, &beside, &days);
            let short = *requested - granted;
            let finding = Finding::new("leave.balance", "L7", outcome(short == HalfDays::ZERO))
                .source("职工带薪年休假条例 第三条")
                .policy(&label(submission.annual_leave()))
                .measured("year", *year)
                .measured("requested_days", *requested);
            let finding = if short > HalfDays::ZERO {
                told_of_loss(submission, *year, finding.measured("available_days", granted))
                    .limit("short_by_days", short)
            } else {
                finding.measured("available_days", grantable(submission.lots, &beside, &without_limit(&days)))
            };
            beside.extend(days);
            finding
        })
        .collect()
}

/// Says where days are missing because the right to the year ended (Order 514 art. 4), and how many are held.
fn told_of_loss(submission: &Submission<'_>, year: i32, finding: Finding) -> Finding {
    let own = |lot: &&Lot| lot.source == LotSource::Own && lot.origin_year == year;
    let lot = submission.lots.iter().find(own);
    let Some((lot, bar)) = lot.and_then(|lot| lot.bar.map(|bar| (lot, bar))) else { return finding };
    finding
        .measured("lost_from", bar.from.to_string())
        .measured("lost_reason", "L3")
        .measured("held_days", lot.withheld(submission.draws))
}

/// ## 无审批人 — nobody may decide
///
/// RULINGS 19: a request that nobody may decide cannot be submitted. What the personnel office enters for the past is
/// its own approval.
pub(super) fn approver(submission: &Submission<'_>) -> Option<Finding> {
    let entered = submission.act == Act::Enter && submission.span.from() < submission.today;
    if submission.act == Act::Decide || entered {
        return None;
    }
    Some(
        Finding::new("leave.no_approver", "L8", outcome(!submission.levels.is_empty()))
            .source(HOUSE)
            .measured("levels", submission.levels.0.len()),
    )
}
