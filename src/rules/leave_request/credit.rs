//! Compensatory leave: days that draw on credit in minutes.

use crate::rules::comp_credit::{Demand, Matching, assign, available, grantable};
use crate::rules::day_count::Counted;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::rest::policy::RestPolicy;
use crate::rules::terms::{HalfDays, LotId};

use super::Submission;

/// Minutes that half a day of compensatory leave costs where no version says so.
const NO_VERSION: i64 = 240;

/// Half days as minutes of credit.
#[must_use]
pub fn minutes_of(days: HalfDays, half_day_minutes: i64) -> i64 {
    i64::from(days.0) * half_day_minutes
}

/// Whole half days in so many minutes.
#[must_use]
pub fn half_days_of(minutes: i64, half_day_minutes: i64) -> HalfDays {
    HalfDays(i32::try_from(minutes.div_euclid(half_day_minutes.max(1))).unwrap_or(i32::MAX))
}

impl Submission<'_> {
    /// The version on rest under which compensatory leave is given on the first date.
    pub(super) fn rest(&self) -> Option<&Version<RestPolicy>> {
        self.policies.rest(self.facts.place_on(self.span.from())?, self.span.from())
    }

    fn half_day_minutes(&self) -> i64 {
        self.rest().map_or(NO_VERSION, |version| version.values.credit.minutes_per_day / 2)
    }

    fn demands(&self, counted: &Counted) -> Vec<Demand> {
        let half = self.half_day_minutes();
        counted.days.iter().map(|(on, days)| Demand { on: *on, minutes: minutes_of(*days, half), lot: None }).collect()
    }
}

/// ## 补休余额 — whether the minutes are there
///
/// 公务员法 第八十二条, 公安机关组织管理条例 第三十八条 with RULINGS 11 and 29: compensatory leave counts working days in
/// halves of a compensatory day (`minutes_per_day`, policy `rest`) and draws on lots of credit in minutes, beside
/// everything that is asked for and granted. A half day may draw on several lots. What the officer wants as pay is not
/// rested.
///
/// *Reading:* credit has no year: one finding for the whole request. A shift worker's day of leave is a working day of
/// the calendar, as for annual leave.
pub(super) fn balance(submission: &Submission<'_>, counted: &Counted) -> (Finding, Option<Matching>) {
    let (lots, draws, today) = (submission.credit_lots, submission.credit_draws, submission.today);
    let (half, wanted) = (submission.half_day_minutes(), submission.demands(counted));
    let matching = assign(lots, draws, today, &wanted).ok();
    let requested: i64 = wanted.iter().map(|demand| demand.minutes).sum();
    let free = match &matching {
        Some(_) => available(lots, draws, today, submission.span.from()).max(requested),
        None => grantable(lots, draws, today, &wanted, half),
    };
    let outcome = if matching.is_some() { Outcome::Pass } else { Outcome::Block };
    let finding = Finding::new("leave.balance", "L7", outcome)
        .source("公务员法 第八十二条；公安机关组织管理条例 第三十八条")
        .policy(&submission.rest().map(Version::label).unwrap_or_default())
        .measured("requested_days", counted.total)
        .measured("available_days", half_days_of(free, half))
        .measured("requested_minutes", requested)
        .measured("available_minutes", free);
    let finding = match &matching {
        Some(_) => finding,
        None => finding
            .limit("short_by_days", counted.total - half_days_of(free, half))
            .limit("short_by_minutes", requested - free),
    };
    (finding, matching)
}

/// Whether credit bears some days beside everything else.
pub(in crate::rules) fn bears(
    submission: &Submission<'_>,
    days: impl IntoIterator<Item = (chrono::NaiveDate, HalfDays)>,
) -> bool {
    let half = submission.half_day_minutes();
    let wanted: Vec<Demand> =
        days.into_iter().map(|(on, days)| Demand { on, minutes: minutes_of(days, half), lot: None }).collect();
    assign(submission.credit_lots, submission.credit_draws, submission.today, &wanted).is_ok()
}

/// A lot that could be rested in place of what is short, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// The lot.
    pub lot_id: LotId,
    /// How much of it.
    pub minutes: i64,
    /// Its date.
    pub take_by: chrono::NaiveDate,
}

/// ## 以补休抵假 — credit that could cover what annual leave is short of
///
/// Welfare sheet B-3 (no national text): where annual leave is short of some days, the lots of credit that could be
/// rested in their place are named, the earliest `take_by` first, until the days are covered. The officer decides; nothing
/// is taken.
#[must_use]
pub fn covering(
    lots: &[crate::rules::comp_credit::CreditLot],
    draws: &[crate::rules::comp_credit::CreditDraw],
    short: i64,
    on: chrono::NaiveDate,
) -> Vec<Cover> {
    let mut open = short;
    let mut ordered: Vec<_> = lots.iter().filter(|lot| lot.earned_on <= on).collect();
    ordered.sort_by_key(|lot| (lot.take_by, lot.earned_on, lot.id));
    let mut found = Vec::new();
    for lot in ordered {
        let minutes = lot.available(draws).min(open);
        if minutes > 0 {
            open -= minutes;
            found.push(Cover { lot_id: lot.id, minutes, take_by: lot.take_by });
        }
    }
    found
}
