//! Whether credit covers a compensatory rest day.

use chrono::NaiveDate;

use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;
use crate::rules::rest::policy::RestPolicy;

/// ## 补休日须有结余 — a compensatory rest day draws on credit
///
/// 公务员法（2018年修订）第八十二条第二款, 公安机关组织管理条例 第三十八条: a compensatory day gives back what was worked. Credit that
/// is earned by its date and neither reserved, paid nor wanted as pay covers it: one compensatory day (RULINGS 29). Where it
/// covers a part, the day is planned with a reason and draws on what is there; where there is none, it is no compensatory
/// day and is refused.
///
/// *Reading:* a day in the place of one that was taken away draws on the credit of that one and asks for no reason.
#[must_use]
pub fn covered(on: NaiveDate, available_minutes: i64, version: &Version<RestPolicy>) -> Finding {
    let needed_minutes = version.values.credit.minutes_per_day;
    let outcome = match available_minutes {
        enough if enough >= needed_minutes => Outcome::Pass,
        none if none <= 0 => Outcome::Block,
        _ => Outcome::Warn,
    };
    Finding::new("rest.comp_credit", "R7", outcome)
        .source("公务员法（2018年修订）第八十二条第二款；公安机关组织管理条例 第三十八条")
        .policy(&version.label())
        .measured("on", on.to_string())
        .measured("available_minutes", available_minutes.max(0))
        .limit("needed_minutes", needed_minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_is_told_and_none_refused() {
        let on = NaiveDate::from_ymd_opt(2026, 3, 14).unwrap();
        let policies = crate::rules::cases::built_in();
        let place = crate::rules::policy::Place::in_force(crate::rules::terms::Category::Police);
        let version = policies.rest(place, on).unwrap();
        for (available, outcome) in [
            (-1, Outcome::Block),
            (0, Outcome::Block),
            (1, Outcome::Warn),
            (479, Outcome::Warn),
            (480, Outcome::Pass),
            (481, Outcome::Pass),
        ] {
            assert_eq!(covered(on, available, version).outcome, outcome, "{available}");
        }
    }
}
