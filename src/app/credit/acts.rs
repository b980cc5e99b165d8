//! What people do with credit: choose rest or money, enter what somebody brings.

use chrono::NaiveDate;
use serde_json::json;

use super::account::{Account, record_lapsed, settle};
use super::pay::check_payable;
use super::read::{self, Shown};
use super::{ENTERS, Earning, READERS, credit, follow, subject};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::leave::give_back;
use crate::app::reach;
use crate::app::said;
use crate::app::watch;
use crate::rules::comp_credit::{Compensation, CreditOrigin};
use crate::rules::terms::{LotId, OfficerId, RowId};
use crate::store::comp_lots::{CompChoice, CompLot};
use crate::store::{self, Tx};

/// Longest credit that is entered at once: a year of compensatory days.
pub const ENTERED_MINUTES_MAX: i64 = 366 * 480;

/// A lot that the caller may see, its owner locked and what has expired given back.
pub(super) fn locked(tx: &mut Tx, ctx: &Ctx, id: LotId) -> Result<CompLot, Error> {
    let lot = store::comp_lots::find(tx.reading(), id)?.ok_or(Code::NotFound)?;
    reach::see_officer(tx.reading(), ctx, lot.officer_id, READERS)?;
    store::officers::lock(tx, lot.officer_id)?;
    give_back::record_expired(tx, ctx, lot.officer_id)?;
    record_lapsed(tx, ctx, lot.officer_id)?;
    settle(tx, ctx, lot.officer_id)?;
    Ok(lot)
}

/// Chooses rest or money for what is not reserved of a lot; the officer alone, as often as they like until it is paid. Money
/// is chosen where the month can pay some of it: what nobody could pay stays owed as rest. Before its date is over that is a
/// wish.
///
/// # Errors
/// [`Code::Forbidden`] for everybody else who may see the lot, [`Code::NotFound`] for those who may not;
/// [`Code::WrongState`] when nothing of it is left to choose for; [`Error::Conflict`] with the finding where its month pays
/// nothing more, where it is not paid at all, and where its date is over and nobody worked on it.
pub fn choose(tx: &mut Tx, ctx: &Ctx, id: LotId, wanted: Compensation) -> Result<Shown, Error> {
    let lot = locked(tx, ctx, id)?;
    if !ctx.caller.is_self(lot.officer_id) {
        return Err(Code::Forbidden.into());
    }
    let account = Account::load(tx.reading(), ctx, lot.officer_id)?;
    if account.free(id) <= 0 {
        return Err(Hindrance::NothingLeft.into());
    }
    let before = account.compensation(id);
    // A wish that has lapsed is rest, and can be taken back as one that holds.
    if before != wanted || account.choice(id) != wanted {
        if wanted == Compensation::Pay {
            check_payable(tx.reading(), ctx, &account, &lot)?;
        }
        let choice = CompChoice {
            id: RowId(ctx.moment.new_id()),
            officer_id: lot.officer_id,
            lot_id: id,
            choice: wanted,
            account_id: ctx.account_id()?,
            recorded_at: ctx.moment.stamp(),
        };
        store::comp_lots::choose(tx, &choice)?;
        settle(tx, ctx, lot.officer_id)?;
        ctx.audit(tx, "credit.chosen", subject(&lot), Some(json!({"as": before})), Some(json!({"as": wanted})))?;
        store::outbox::append(tx, "credit.chosen", id.0, Some(lot.officer_id), &ctx.moment)?;
    }
    read::get(tx.reading(), ctx, id)
}

/// Credit as hr enters it: what somebody brings from before, or what was forgotten.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whose.
    pub officer_id: OfficerId,
    /// How much.
    pub minutes: i64,
    /// When it was earned.
    pub earned_on: NaiveDate,
    /// Why.
    pub reason: String,
}

/// Enters credit, with a reason that the officer sees.
///
/// # Errors
/// Refused fields; [`Code::OwnRecord`]; [`Code::NotFound`]; [`Error::Conflict`] where the same minutes were entered for the
/// same date; as [`super::earn`].
pub fn enter(tx: &mut Tx, ctx: &Ctx, entry: &Entry) -> Result<Shown, Error> {
    store::officers::lock(tx, entry.officer_id)?;
    let seen = reach::officer_for_others(tx.reading(), ctx, entry.officer_id, ENTERS)?;
    let mut refused = Vec::new();
    if !(1..=ENTERED_MINUTES_MAX).contains(&entry.minutes) {
        refused.push(FieldError::new("/minutes", Code::InvalidValue).expected(format!("1…{ENTERED_MINUTES_MAX}")));
    }
    let joined = seen.officer.joined_on;
    if entry.earned_on > ctx.moment.today() || joined.is_some_and(|joined| entry.earned_on < joined) {
        refused.push(FieldError::new("/earned_on", Code::InvalidValue).read(entry.earned_on.to_string()));
    }
    refused.extend(said::reason("/reason", &entry.reason).err());
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    // The same once more is a second entry of the same thing; what was taken back may be entered again.
    let account = Account::load(tx.reading(), ctx, entry.officer_id)?;
    let is_same = |row: &&CompLot| {
        row.origin == CreditOrigin::Adjustment
            && row.earned_on == entry.earned_on
            && i64::from(row.minutes) == entry.minutes
            && account.credited(row) > 0
    };
    if let Some(first) = account.rows.iter().find(is_same) {
        return Err(watch::repeated("comp_lot", first.id.0));
    }
    let earning = Earning {
        officer_id: entry.officer_id,
        minutes: entry.minutes,
        origin: CreditOrigin::Adjustment,
        origin_id: ctx.moment.new_id(),
        earned_on: entry.earned_on,
        notified_at: None,
    };
    let lot = credit(tx, ctx, &earning, Some(&entry.reason))?;
    read::get(tx.reading(), ctx, lot.id)
}

/// Takes back credit that was entered by mistake, with a reason that the officer sees: what is free of it. What has been
/// rested, paid or is reserved stays with the officer; given back later, it can be taken back then. Doing it twice changes
/// nothing.
///
/// # Errors
/// [`Code::WrongState`] for credit that was not entered: it follows the facts; and where nothing is free and nothing was
/// taken back; [`Code::OwnRecord`]; [`Code::NotFound`]; refused fields.
pub fn void(tx: &mut Tx, ctx: &Ctx, id: LotId, reason: &str) -> Result<Shown, Error> {
    // Gather.
    let lot = locked(tx, ctx, id)?;
    reach::officer_for_others(tx.reading(), ctx, lot.officer_id, ENTERS)?;
    let reason = said::reason("/reason", reason)?;
    let account = Account::load(tx.reading(), ctx, lot.officer_id)?;

    // Decide.
    let free = account.free(id);
    let was_voided = account.credited(&lot) < i64::from(lot.minutes);
    if lot.origin != CreditOrigin::Adjustment {
        return Err(Hindrance::NotEntered.into());
    }
    if free <= 0 && !was_voided {
        return Err(Hindrance::NothingLeft.into());
    }

    // Record.
    if free > 0 {
        follow::adjust(tx, ctx, &lot, -free, &reason)?;
        settle(tx, ctx, lot.officer_id)?;
    }
    read::get(tx.reading(), ctx, id)
}
