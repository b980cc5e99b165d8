//! R7: what is owed for rest and hours that were taken away.

use chrono::{Days, NaiveDate};

use super::policy::{Credit, RestPolicy};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;

/// Until when a credit is to be offered and taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Last date for offering a replacement.
    pub offer_by: NaiveDate,
    /// Last date for taking it.
    pub take_by: NaiveDate,
}

impl Credit {
    /// The deadlines of a credit: counted from the notice, and from the date that was taken away (RULINGS 29).
    #[must_use]
    pub fn deadlines(&self, notified_on: NaiveDate, lost_on: NaiveDate) -> Deadlines {
        let after = |on: NaiveDate, days: u64| on.checked_add_days(Days::new(days)).unwrap_or(on);
        Deadlines { offer_by: after(notified_on, self.offer_days), take_by: after(lost_on, self.take_days) }
    }
}

/// ## 补休结余 — how much compensatory rest may pile up
///
/// 公务员法（2018年修订）第八十二条第二款, 公安机关组织管理条例 第三十八条: duty outside the working days is given back. From
/// five days owed on the unit is told, from ten days on urgently; the credit itself never lapses.
///
/// *Reading:* both are warnings: a debt of the unit never refuses the officer anything.
#[must_use]
pub fn owed(version: &Version<RestPolicy>, minutes: i64) -> Finding {
    let credit = &version.values.credit;
    let (amber, red) = (credit.amber_days * credit.minutes_per_day, credit.red_days * credit.minutes_per_day);
    let outcome = if minutes >= amber { Outcome::Warn } else { Outcome::Pass };
    let light = if minutes >= red {
        "red"
    } else if minutes >= amber {
        "amber"
    } else {
        "green"
    };
    Finding::new("rest.credit", "R7", outcome)
        .source("公务员法（2018年修订）第八十二条第二款；公安机关组织管理条例 第三十八条")
        .policy(&version.label())
        .measured("owed_minutes", minutes)
        .measured("light", light)
        .limit("amber_minutes_min", amber)
        .limit("red_minutes_min", red)
}
