//! From when on credit can be paid.

use chrono::NaiveDate;

use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::Instant;

/// ## 未发生不发放 — credit to come is not paid
///
/// 人社部发〔2009〕184号: an allowance is paid for work that was done. Credit that stands for a date to come may be wanted as
/// pay, which is a wish; it is paid when the date is over and the duty that it stands for too, so that nothing stays paid
/// of what never happens.
///
/// *Reading:* the duty is that of the shift which earned it; of a rest day that was taken away, all duty that touches its
/// date.
#[must_use]
pub fn not_earned(earned_on: NaiveDate, payable_from: Instant, now: Instant) -> Option<Finding> {
    (now < payable_from).then(|| {
        Finding::new("overtime.not_earned", "", Outcome::Block)
            .source("人社部发〔2009〕184号")
            .measured("earned_on", earned_on.to_string())
            .limit("payable_from", payable_from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    })
}

/// ## 未上勤不发放 — rest that was taken away and not worked is not paid
///
/// 人社部发〔2009〕184号: an allowance is paid for work that was done. Where a rest day was taken away and nobody was on duty on
/// its date, there is nothing to pay for: the rest stays owed as rest.
///
/// *Reading:* any duty that touches the date is work on it, as planned where no hours are agreed on. A choice of pay made
/// before the date was over is a wish that lapses with it; it holds again when duty is entered for the date later.
#[must_use]
pub fn not_worked(on: NaiveDate) -> Finding {
    Finding::new("overtime.not_worked", "", Outcome::Block)
        .source("人社部发〔2009〕184号")
        .measured("earned_on", on.to_string())
        .measured("shifts", 0)
        .limit("shifts_min", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_paid_from_the_instant_on() {
        let at = |text: &str| -> Instant { text.parse().unwrap() };
        let (on, from) = (NaiveDate::from_ymd_opt(2026, 3, 14).unwrap(), at("2026-03-14T16:00:00Z"));
        let told = not_earned(on, from, at("2026-03-14T15:59:59Z")).unwrap();
        assert!(told.blocks());
        assert_eq!(
            (&told.measured["earned_on"], &told.limit["payable_from"]),
            (&"2026-03-14".into(), &"2026-03-14T16:00:00Z".into())
        );
        assert_eq!(not_earned(on, from, from), None);
        assert_eq!(not_earned(on, from, at("2026-03-15T00:00:00Z")), None);
    }
}
