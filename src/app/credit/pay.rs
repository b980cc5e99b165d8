//! Paying credit: as the officer chose, up to what the month pays (人社部发〔2009〕184号). What lies over the cap stays owed as
//! rest.

use serde_json::json;

use super::account::{Account, settle};
use super::acts::locked;
use super::month::{MonthAccount, Standing, account_of, month_of, refusal};
use super::read::{self, Shown};
use super::{ENTERS, plain_movement, subject};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::leave::NOTE_MAX;
use crate::app::reach;
use crate::app::watch;
use crate::rules::comp_credit::{Compensation, CreditOrigin};
use crate::rules::overtime::{Asked, payment, payment_of};
use crate::rules::terms::{LotId, MovementKind, RowId};
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

/// Records that a lot was paid, as the officer chose: what is left of it, up to its share of what the month in which it was
/// earned pays. What the cap leaves is rest again.
///
/// # Errors
/// [`Code::WrongState`] when the officer did not choose pay, or nothing is left; [`Error::Conflict`] with the finding when
/// the month has paid all that it pays, before it is earned, where nobody worked, and where no allowance is paid; [`Code::OwnRecord`]; [`Code::NotFound`]; refused fields.
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
    if account.choice(id) != Compensation::Pay {
        return Err(Hindrance::NotPay.into());
    }
    let (month, place) = in_month(tx.reading(), ctx, &account, &lot)?;

    // Decide.
    if let Some(Standing::NotYet(finding) | Standing::Never(finding)) = month.lots.get(place).map(|one| &one.standing) {
        return Err(Error::Conflict(vec![finding.clone()]));
    }
    let paid = payment_of(&month.credits(), place, &month.terms).ok_or(Hindrance::NotPay)?;
    if paid.minutes <= 0 {
        return Err(Error::Conflict(vec![paid.finding]));
    }
    let minutes = i32::try_from(paid.minutes).unwrap_or(free).min(free);

    // Record.
    let cause = note.unwrap_or("paid");
    store::comp_lots::append(tx, &[plain_movement(ctx, &lot, MovementKind::Settled, -minutes, cause)])?;
    let row = CompPayment {
        id: RowId(ctx.moment.new_id()),
        officer_id: lot.officer_id,
        lot_id: id,
        month_on: month_of(&lot),
        minutes,
        cap_minutes: Some(i32::try_from(paid.cap_minutes).unwrap_or(i32::MAX)),
        amount: Some(paid.amount.0),
        currency: Some(month.terms.version.values.currency.clone()),
        policy: Some(month.terms.version.label()),
        note: note.map(ToOwned::to_owned),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    };
    store::comp_payments::append(tx, &row)?;
    let left = free - minutes;
    let is_full = paid_in(&month) + paid.minutes >= paid.cap_minutes;
    let unpaid = |row: &&CompLot| {
        let is_wanted = month.lots.iter().any(|one| one.id == row.id && one.free > 0 && one.credit.wanted.is_some());
        if row.id == id { left > 0 } else { is_full && is_wanted }
    };
    rest_again(tx, ctx, account.rows.iter().filter(unpaid))?;
    let after = json!({"minutes": minutes, "left_minutes": left, "month": row.month_on, "amount": row.amount,
        "currency": row.currency, "note": note});
    if lot.origin == CreditOrigin::CancelledRest {
        // Rest that was taken away and is paid as the officer chose is made good.
        watch::after_facts(tx, ctx, lot.officer_id, lot.earned_on, lot.earned_on)?;
    }
    ctx.audit(tx, "credit.paid", subject(&lot), None, Some(after))?;
    store::outbox::append(tx, "credit.paid", id.0, Some(lot.officer_id), &ctx.moment)?;
    get(tx.reading(), ctx, id)
}

/// Refuses a choice of pay of which the month would pay nothing beside what was paid and what is wanted as pay of its other
/// lots, and one for what is not paid at all. For work to come it is a wish.
///
/// # Errors
/// [`Error::Conflict`] with the finding; as [`super::terms`].
pub fn check_payable(connection: &mut Conn, ctx: &Ctx, account: &Account, lot: &CompLot) -> Result<(), Error> {
    let (month, place) = in_month(connection, ctx, account, lot)?;
    let Some(one) = month.lots.get(place) else { return Err(Code::NotFound.into()) };
    if let Standing::Never(finding) = &one.standing {
        return Err(Error::Conflict(vec![finding.clone()]));
    }
    let others = month.lots.iter().filter(|other| other.id != lot.id && other.credit.wanted.is_some());
    let wanted = others.filter(|other| !matches!(other.standing, Standing::Never(_)));
    let asked = Asked {
        minutes: one.free,
        paid_minutes: paid_in(&month),
        wanted_minutes: wanted.map(|other| other.free).sum(),
        class: one.credit.class,
    };
    let finding = payment(&asked, &month.terms).finding;
    if finding.blocks() { Err(Error::Conflict(vec![finding])) } else { Ok(()) }
}

/// The account of the month that pays a lot, with the place of the lot in it.
fn in_month<'a>(
    connection: &mut Conn,
    ctx: &'a Ctx,
    account: &Account,
    lot: &CompLot,
) -> Result<(MonthAccount<'a>, usize), Error> {
    let Some(month) = account_of(connection, ctx, lot.officer_id, account, month_of(lot))? else {
        return Err(Error::Conflict(vec![refusal(connection, lot.officer_id, lot.earned_on)?]));
    };
    let place = month.lots.iter().position(|one| one.id == lot.id).ok_or(Code::NotFound)?;
    Ok((month, place))
}

/// Minutes that a month has paid.
fn paid_in(month: &MonthAccount<'_>) -> i64 {
    month.lots.iter().map(|one| one.credit.paid_minutes).sum()
}

/// What the cap leaves is rest, of the lot that was paid and of those that the month pays nothing of any more: as long as they
/// were wanted as pay, nobody could rest them.
fn rest_again<'a>(tx: &mut Tx, ctx: &Ctx, lots: impl Iterator<Item = &'a CompLot>) -> Result<(), Error> {
    let mut whose = None;
    for lot in lots {
        let choice = CompChoice {
            id: RowId(ctx.moment.new_id()),
            officer_id: lot.officer_id,
            lot_id: lot.id,
            choice: Compensation::Time,
            account_id: ctx.account_id()?,
            recorded_at: ctx.moment.stamp(),
        };
        store::comp_lots::choose(tx, &choice)?;
        whose = Some(lot.officer_id);
    }
    whose.map_or(Ok(()), |officer| settle(tx, ctx, officer))
}
