//! What a change leaves of a request that was asked for or granted before it.

use chrono::NaiveDate;

use super::Verdict;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Category, HalfDays};

/// A request as it was granted, or stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// What it was counted to cost.
    pub days: HalfDays,
    /// How much of it finds no lot beside all earlier leave; `None` where all of it does.
    pub short: Option<HalfDays>,
    /// How much of it lies after the right to the year ended (条例 第四条); `None` where nothing does.
    pub late: Option<HalfDays>,
    /// The category into which the person changes before the leave ends, and from when.
    pub regime_changes: Option<(Category, NaiveDate)>,
}

/// ## 请假与变化 — leave that a change no longer fits
///
/// RULINGS 10, 11, 13: leave no longer fits when the rules would refuse it now, when its days find no lot beside all
/// earlier ones, when it costs another number of days than was granted, when it lies after the right to the year ended,
/// or when the category, and with it the regime, changes before it ends. Such leave is listed with what the rules say, for a person to decide; it is never changed in
/// silence.
///
/// *Reading:* granted leave finds its lots before leave that is only asked for; the earlier before the later.
#[must_use]
pub fn no_longer_fits(verdict: &Verdict, granted: &Granted) -> Vec<Finding> {
    let of_balance = |finding: &&Finding| finding.rule == "leave.balance";
    let mut findings: Vec<Finding> =
        verdict.findings.iter().filter(|finding| finding.blocks() && !of_balance(finding)).cloned().collect();
    if let Some(short) = granted.short {
        let own = verdict.findings.iter().find(of_balance).cloned();
        let finding = own.unwrap_or_else(|| Finding::new("leave.balance", "L7", Outcome::Block));
        findings.push(
            Finding { outcome: Outcome::Block, ..finding }
                .measured("requested_days", granted.days)
                .measured("available_days", granted.days - short)
                .limit("short_by_days", short),
        );
    }
    let now = verdict.counted.as_ref().map(|counted| counted.total);
    if let Some(now) = now.filter(|now| *now != granted.days) {
        findings.push(
            Finding::new("leave.recount", "L2", Outcome::Warn)
                .source("职工带薪年休假条例 第三条；国务院办公厅年度放假通知")
                .measured("days_before", granted.days)
                .measured("days_after", now),
        );
    }
    if let Some(late) = granted.late {
        findings.push(
            Finding::new("leave.after_disqualification", "L3", Outcome::Warn)
                .source("职工带薪年休假条例 第四条；机关事业单位工作人员带薪年休假实施办法 第四条")
                .measured("days", late),
        );
    }
    if let Some((category, from)) = granted.regime_changes {
        findings.push(
            Finding::new("leave.regime_changed", "L1", Outcome::Warn)
                .source("机关事业单位工作人员带薪年休假实施办法；企业职工带薪年休假实施办法")
                .measured("from", from.to_string())
                .measured("category", category.as_str()),
        );
    }
    findings
}
