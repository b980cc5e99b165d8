//! What a month pays: the credit that was earned in it, by minutes and within its cap.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Department, Money, OvertimePolicy};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::policy::Version;

/// Class of a day that was worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayOffWorked {
    /// A rest day.
    RestDay,
    /// A statutory holiday.
    StatutoryHoliday,
}

/// Compensatory days in hundredths: minutes in the words of a policy that counts days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct CompDays(pub i64);

impl CompDays {
    /// The number that the wire shows.
    #[must_use]
    fn value(self) -> Value {
        let whole = (self.0 % 100 == 0).then(|| Value::from(self.0 / 100));
        whole
            .unwrap_or_else(|| i32::try_from(self.0).map_or(Value::Null, |parts| Value::from(f64::from(parts) / 100.0)))
    }
}

impl From<CompDays> for Value {
    fn from(days: CompDays) -> Self {
        days.value()
    }
}

impl Serialize for CompDays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl JsonSchema for CompDays {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CompDays".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "minimum": 0,
            "description": "Compensatory days, rounded half up to two places; the minutes beside them are exact."})
    }
}

/// By what a month is judged.
#[derive(Debug, Clone, Copy)]
pub struct MonthTerms<'a> {
    /// The policy.
    pub version: &'a Version<OvertimePolicy>,
    /// Department of the unit.
    pub department: Department,
    /// Minutes of one compensatory day.
    pub minutes_per_day: i64,
}

impl MonthTerms<'_> {
    fn per_day(&self) -> i64 {
        self.minutes_per_day.max(1)
    }

    /// Days that the month pays at the most.
    #[must_use]
    pub fn cap_days(&self) -> i64 {
        self.version.values.cap(self.department)
    }

    /// Minutes that the month pays at the most.
    #[must_use]
    pub fn cap_minutes(&self) -> i64 {
        self.cap_days() * self.per_day()
    }

    /// Minutes as days.
    #[must_use]
    pub fn days(&self, minutes: i64) -> CompDays {
        CompDays((minutes * 200 + self.per_day()) / (self.per_day() * 2))
    }

    /// What minutes of a class come to, rounded half up to the cent.
    fn amount(&self, minutes: i64, class: DayOffWorked) -> i64 {
        let rate = match class {
            DayOffWorked::StatutoryHoliday => self.version.values.rates.statutory_holiday,
            DayOffWorked::RestDay => self.version.values.rates.rest_day,
        };
        (minutes * rate.0 * 2 + self.per_day()) / (self.per_day() * 2)
    }
}

/// A lot of credit in the account of the month in which it was earned. What is neither rested, paid nor open was given back
/// otherwise, or is not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthCredit {
    /// What the day is on which it was earned.
    pub class: DayOffWorked,
    /// What was earned, less what was taken back.
    pub minutes: i64,
    /// Of it, what was or is to be given back as rest.
    pub rested_minutes: i64,
    /// Of it, what was paid.
    pub paid_minutes: i64,
    /// What was paid for that.
    pub paid: Money,
    /// Of it, what can still be paid.
    pub open_minutes: i64,
    /// Its place in the order in which money was chosen; `None` where rest is wanted.
    pub wanted: Option<usize>,
}

/// Which credit of a month is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// All that is not given back as rest.
    All,
    /// What the officer wants money for.
    Wanted,
}

/// The credits of a month, by their places, in the order in which the cap is spent on them.
fn queue(credits: &[MonthCredit], of: Of) -> Vec<(usize, &MonthCredit)> {
    let asked = credits.iter().enumerate().filter(|(_, one)| of == Of::All || one.wanted.is_some());
    let mut queue: Vec<_> = asked.collect();
    queue.sort_by_key(|(at, one)| (one.class != DayOffWorked::StatutoryHoliday, one.wanted.is_none(), one.wanted, *at));
    queue
}

fn paid_before(credits: &[MonthCredit]) -> i64 {
    credits.iter().map(|one| one.paid_minutes).sum()
}

/// Minutes of the credits that are wanted as pay and that a month pays before the one in a place.
#[must_use]
pub fn ahead_of(credits: &[MonthCredit], place: usize) -> i64 {
    let before = queue(credits, Of::Wanted).into_iter().take_while(|(at, _)| *at != place);
    before.map(|(_, one)| one.open_minutes).sum()
}

/// What is paid for a month: what was paid, and what is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// Minutes paid.
    pub paid_minutes: i64,
    /// Minutes that the cap leaves unpaid; they stay owed as rest.
    pub over_cap_minutes: i64,
    /// Amount.
    pub amount: Money,
    /// What is paid of each credit, in their order.
    pub shares: Vec<i64>,
    /// How it came about.
    pub finding: Finding,
}

/// ## 加班补助 — allowance for work outside the statutory working days
///
/// 公务员法（2018年修订）第八十二条第二款，公安机关组织管理条例 第三十八条，人社部发〔2009〕184号: work on rest days and
/// statutory holidays is given back as rest; what cannot be given back is paid by the day, 80 yuan for a rest day and 100
/// for a statutory holiday, normally for no more than 6 days a month in the front line and 4 in administration. Only
/// police in the civil-service pay system.
///
/// *Reading:* the month is an account of the credit that was earned in it, by minutes, a day being a compensatory day
/// (RULINGS 29): what was earned, less what was taken back, less what was or is to be given back as rest. What was paid comes
/// first, as it was recorded; then statutory holidays fill the cap, then rest days; among either what the officer wants
/// money for, in the order of the choices, then the earliest. Each lot is rounded half up to the cent. Paying takes from
/// this account, so that in whatever order lots are paid they come to what the month says. What lies over the cap is not
/// lost: it stays owed as rest.
///
/// *Not modelled:* amounts raised since 2009 by later notices: a force publishes its own.
#[must_use]
pub fn allowance(credits: &[MonthCredit], of: Of, terms: &MonthTerms<'_>) -> Allowance {
    let before = paid_before(credits);
    let mut left = (terms.cap_minutes() - before).max(0);
    let (mut paid_minutes, mut over_cap_minutes) = (before, 0);
    let mut amount: i64 = credits.iter().map(|one| one.paid.0).sum();
    let mut shares: Vec<i64> = credits.iter().map(|one| one.paid_minutes).collect();
    for (at, one) in queue(credits, of) {
        let share = one.open_minutes.clamp(0, left);
        left -= share;
        paid_minutes += share;
        over_cap_minutes += one.open_minutes.max(0) - share;
        amount += terms.amount(share, one.class);
        if let Some(of_lot) = shares.get_mut(at) {
            *of_lot += share;
        }
    }
    let unrested = |class: DayOffWorked| {
        let open = queue(credits, of).into_iter().filter(|(_, one)| one.class == class);
        let open: i64 = open.map(|(_, one)| one.open_minutes.max(0)).sum();
        let of_class = credits.iter().filter(|one| one.class == class);
        terms.days(open + of_class.map(|one| one.paid_minutes).sum::<i64>())
    };
    let (amount, policy) = (Money(amount), &terms.version.values);
    let outcome = if over_cap_minutes > 0 { Outcome::Warn } else { Outcome::Pass };
    let finding = Finding::new("overtime.allowance", "", outcome)
        .source("人社部发〔2009〕184号")
        .policy(&terms.version.label())
        .measured("statutory_days", unrested(DayOffWorked::StatutoryHoliday))
        .measured("rest_days", unrested(DayOffWorked::RestDay))
        .measured("paid_days", terms.days(paid_minutes))
        .measured("over_cap_days", terms.days(over_cap_minutes))
        .measured("paid_minutes", paid_minutes)
        .measured("paid_before_minutes", before)
        .measured("over_cap_minutes", over_cap_minutes)
        .measured("amount", amount.to_string())
        .measured("currency", policy.currency.as_str())
        .limit("cap_days", terms.cap_days())
        .limit("cap_minutes", terms.cap_minutes());
    Allowance { paid_minutes, over_cap_minutes, amount, shares, finding }
}

/// Credit that is to be paid for a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Minutes for which the officer wants money.
    pub minutes: i64,
    /// Minutes that were paid for the month before.
    pub paid_minutes: i64,
    /// Minutes of its other credit that are wanted as pay too, and go first.
    pub wanted_minutes: i64,
    /// What the day is on which it was earned.
    pub class: DayOffWorked,
}

/// What of credit a month pays.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    /// Minutes that are paid.
    pub minutes: i64,
    /// Minutes that the month pays at the most.
    pub cap_minutes: i64,
    /// Amount.
    pub amount: Money,
    /// How it came about; it refuses where nothing can be paid.
    pub finding: Finding,
}

/// ## 加班补助发放 — credit is paid within the cap of its month
///
/// 人社部发〔2009〕184号: normally no more than 6 days a month are paid in the front line and 4 in administration; what lies over
/// that stays owed as rest.
///
/// *Reading:* a day is a compensatory day of credit (RULINGS 29); the month is the one in which the credit was earned, so that
/// no other month takes what this one does not pay. A part of a day is paid by its minutes, rounded half up to the cent,
/// at the rate of the day on which it was earned.
///
/// Pay is chosen for no more than the month can still pay: what is chosen and not paid yet counts with what was paid. A lot
/// of which a part can be paid is chosen whole; what is left of it when it is paid is rest again, and when the month is full
/// what else was wanted as pay of it too. A lot is paid its share of the month (加班补助): statutory holidays that are wanted
/// as pay go before rest days, else the order of the choices.
///
/// *Not modelled:* an order of its own in which a force pays.
#[must_use]
pub fn payment(asked: &Asked, terms: &MonthTerms<'_>) -> Payment {
    let cap_minutes = terms.cap_minutes();
    let minutes = asked.minutes.min(cap_minutes - asked.paid_minutes - asked.wanted_minutes).max(0);
    let amount = Money(terms.amount(minutes, asked.class));
    let outcome = match minutes {
        0 => Outcome::Block,
        _ if minutes < asked.minutes => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::new("overtime.payment", "", outcome)
        .source("人社部发〔2009〕184号")
        .policy(&terms.version.label())
        .measured("asked_minutes", asked.minutes)
        .measured("paid_before_minutes", asked.paid_minutes)
        .measured("wanted_minutes", asked.wanted_minutes)
        .measured("minutes", minutes)
        .measured("amount", amount.to_string())
        .measured("currency", terms.version.values.currency.as_str())
        .limit("cap_minutes", cap_minutes);
    Payment { minutes, cap_minutes, amount, finding }
}

/// What a month pays of the credit in a place, which is wanted as pay: its share.
#[must_use]
pub fn payment_of(credits: &[MonthCredit], place: usize, terms: &MonthTerms<'_>) -> Option<Payment> {
    let one = credits.get(place).filter(|one| one.wanted.is_some())?;
    let asked = Asked {
        minutes: one.open_minutes,
        paid_minutes: paid_before(credits),
        wanted_minutes: ahead_of(credits, place),
        class: one.class,
    };
    Some(payment(&asked, terms))
}

#[cfg(test)]
mod tests;
