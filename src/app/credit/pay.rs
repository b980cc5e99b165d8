//! Paying credit: as the officer chose, up to what the month pays (人社部发〔2009〕184号). What lies over the cap stays owed as
//! rest.

use chrono::{Datelike, Months, NaiveDate};
use serde_json::json;

use super::account::{Account, settle};
use super::acts::locked;
use super::read::{self, Shown};
use super::worked_rest::touching;
use super::{ENTERS, plain_movement, subject, terms};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::leave::NOTE_MAX;
use crate::app::reach;
use crate::app::watch;
use crate::rules::calendar::DayClass;
use crate::rules::comp_credit::{Compensation, CreditOrigin, not_earned};
use crate::rules::finding::Finding;
use crate::rules::overtime::{Asked, Money, Payment, payment, unpaid};
use crate::rules::policy::Place;
use crate::rules::terms::{Instant, LotId, MovementKind, RowId};
use crate::store::comp_lots::{CompChoice, CompLot};
use crate::store::{self, Conn, Tx};

pub use crate::store::comp_payments::CompPayment;

/// A lot with what was paid of it.
#[derive(Debug, Clone)]
pub struct Paid {
    /// The lot.
    pub lot: Shown,
    /// What was paid of it, oldest first.
    pub payments: Vec<CompPayment>,
}

/// A lot that the caller may see, with what was paid of it.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: LotId) -> Result<Paid, Error> {
    Ok(Paid { lot: read::get(connection, ctx, id)?, payments: store::comp_payments::of_lot(connection, id)? })
}

/// Records that a lot was paid, as the officer chose: what is left of it, up to what the month in which it was earned still
/// pays. What the cap leaves is rest again.
///
/// # Errors
/// [`Code::WrongState`] when the officer did not choose pay, or nothing is left; [`Error::Conflict`] with the finding when
/// the month has paid all that it pays, and before it is earned; [`Code::OwnRecord`]; [`Code::NotFound`]; refused fields.
pub fn pay(tx: &mut Tx, ctx: &Ctx, id: LotId, note: Option<&str>) -> Result<Paid, Error> {
    // Gather.
    let lot = locked(tx, ctx, id)?;
    reach::officer_for_others(tx.reading(), ctx, lot.officer_id, ENTERS)?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return Err(FieldError::new("/note", Code::TooLong).expected(format!("≤ {NOTE_MAX}")).into());
    }
    let account = Account::load(tx.reading(), ctx, lot.officer_id)?;
    let free = account.free(id);
    if free <= 0 {
        return Err(Hindrance::NothingLeft.into());
    }
    if account.compensation(id) != Compensation::Pay {
        return Err(Hindrance::NotPay.into());
    }
    let month_on = month_of(&lot);
    let from = payable_from(tx.reading(), ctx, &lot)?;

    // Decide.
    if let Some(finding) = not_earned(lot.earned_on, from, ctx.moment.now()) {
        return Err(Error::Conflict(vec![finding]));
    }
    let allowed = allowed(tx.reading(), ctx, &lot, (i64::from(free), 0))?;
    let minutes = match &allowed {
        Some((paid, ..)) if paid.minutes <= 0 => return Err(Error::Conflict(vec![paid.finding.clone()])),
        Some((paid, ..)) => i32::try_from(paid.minutes).unwrap_or(free),
        None => free,
    };

    // Record.
    let cause = note.unwrap_or("paid");
    store::comp_lots::append(tx, &[plain_movement(ctx, &lot, MovementKind::Settled, -minutes, cause)])?;
    let row = CompPayment {
        id: RowId(ctx.moment.new_id()),
        officer_id: lot.officer_id,
        lot_id: id,
        month_on,
        minutes,
        cap_minutes: allowed.as_ref().map(|(paid, ..)| i32::try_from(paid.cap_minutes).unwrap_or(i32::MAX)),
        amount: allowed.as_ref().map(|(paid, ..)| paid.amount.0),
        currency: allowed.as_ref().map(|(_, currency, _)| currency.clone()),
        policy: allowed.as_ref().map(|(.., policy)| policy.clone()),
        note: note.map(ToOwned::to_owned),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    };
    store::comp_payments::append(tx, &row)?;
    let left = free - minutes;
    if left > 0 {
        rest_again(tx, ctx, &lot)?;
    }
    let after = json!({"minutes": minutes, "left_minutes": left, "month": month_on, "amount": row.amount,
        "currency": row.currency, "note": note});
    if lot.origin == CreditOrigin::CancelledRest {
        // Rest that was taken away and is paid as the officer chose is made good.
        watch::after_facts(tx, ctx, lot.officer_id, lot.earned_on, lot.earned_on)?;
    }
    ctx.audit(tx, "credit.paid", subject(&lot), None, Some(after))?;
    store::outbox::append(tx, "credit.paid", id.0, Some(lot.officer_id), &ctx.moment)?;
    get(tx.reading(), ctx, id)
}

/// When a lot is earned: its date is over, and the duty that it stands for.
fn payable_from(connection: &mut Conn, ctx: &Ctx, lot: &CompLot) -> Result<Instant, Error> {
    let duty_ends_at = match lot.origin {
        CreditOrigin::Adjustment => None,
        CreditOrigin::CancelledRest => {
            let duty = touching(connection, ctx, lot.officer_id, lot.earned_on)?;
            duty.iter().map(|shift| shift.ends_at).max()
        }
        _ => store::duty_shifts::find(connection, lot.origin_id)?.map(|shift| shift.fact().ends_at),
    };
    let date_ends_at = ctx.moment.clock().end_of(lot.earned_on);
    Ok(duty_ends_at.map_or(date_ends_at, |ends_at| ends_at.max(date_ends_at)))
}

/// The month that pays a lot: its first date.
fn month_of(lot: &CompLot) -> NaiveDate {
    lot.earned_on.with_day(1).unwrap_or(lot.earned_on)
}

/// What the month would pay of a lot beside what was paid and what is wanted as pay of its other lots; `None` where nothing
/// caps it.
///
/// # Errors
/// As [`terms`].
pub fn payable(connection: &mut Conn, ctx: &Ctx, account: &Account, lot: &CompLot) -> Result<Option<Finding>, Error> {
    let others = account.rows.iter().filter(|row| row.id != lot.id && month_of(row) == month_of(lot));
    let wanted = others.filter(|row| account.compensation(row.id) == Compensation::Pay);
    let wanted: i64 = wanted.map(|row| i64::from(account.free(row.id).max(0))).sum();
    let asked = (i64::from(account.free(lot.id)), wanted);
    Ok(allowed(connection, ctx, lot, asked)?.map(|(paid, ..)| paid.finding))
}

/// What the month still pays of a lot, with the currency and the version that say so; `None` where no policy pays an
/// allowance, so that none caps it. The month is judged as its allowance is: where the officer is on its last date, or was
/// when the lot was earned.
fn allowed(
    connection: &mut Conn,
    ctx: &Ctx,
    lot: &CompLot,
    (minutes, wanted_minutes): (i64, i64),
) -> Result<Option<(Payment, String, String)>, Error> {
    let (officer, month_on) = (lot.officer_id, month_of(lot));
    let last = month_on.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(lot.earned_on);
    let mut known = None;
    for on in [last, lot.earned_on] {
        let category = store::officers::categories_on(connection, &[officer], on)?.first().map(|(_, one)| *one);
        let unit = store::officers::units_on(connection, &[officer], on)?.first().map(|(_, one)| *one);
        if let (None, Some(category), Some(unit)) = (&known, category, unit) {
            known = Some((on, category, unit));
        }
    }
    let Some((on, category, unit_id)) = known else { return Ok(None) };
    let units = if ctx.statutes.knows_units() { store::units::upward(connection, unit_id, on)? } else { Vec::new() };
    let Some(version) = ctx.statutes.policies.overtime(Place { category, units: &units }, on) else { return Ok(None) };
    if let Some(finding) = unpaid(lot.origin, version) {
        let nothing = Payment { minutes: 0, cap_minutes: 0, amount: Money(0), finding };
        return Ok(Some((nothing, version.values.currency.clone(), version.label())));
    }
    let unit = store::units::find(connection, unit_id)?.ok_or(Code::NotFound)?;
    let class = ctx.statutes.calendars.of(&units).class_of(lot.earned_on).ok();
    let before = store::comp_payments::of_month(connection, officer, month_on)?;
    let asked = Asked {
        minutes,
        paid_minutes: before.iter().map(|one| i64::from(one.minutes)).sum(),
        wanted_minutes,
        minutes_per_day: terms(connection, ctx, officer, lot.earned_on)?.values.credit.minutes_per_day,
        // In a year without a calendar a day off is a rest day.
        class: class.unwrap_or(DayClass::Weekend),
    };
    let paid = payment(&asked, version.values.department(unit.kind), version);
    Ok(Some((paid, version.values.currency.clone(), version.label())))
}

/// What the cap leaves is rest: as long as it were wanted as pay, nobody could rest it.
fn rest_again(tx: &mut Tx, ctx: &Ctx, lot: &CompLot) -> Result<(), Error> {
    let choice = CompChoice {
        id: RowId(ctx.moment.new_id()),
        officer_id: lot.officer_id,
        lot_id: lot.id,
        choice: Compensation::Time,
        account_id: ctx.account_id()?,
        recorded_at: ctx.moment.stamp(),
    };
    store::comp_lots::choose(tx, &choice)?;
    settle(tx, ctx, lot.officer_id)
}
