//! Rest days that are taken away, and the days that are named in their place.

use chrono::NaiveDate;
use serde_json::json;

use super::account::{Account, record, settle, was_untold};
use super::{Earning, cover, earn, notice, terms};
use crate::app::ctx::Ctx;
use crate::app::duty::asks;
use crate::app::duty::rest_days::{self, NewRestDay, Planning, subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::leave::{NOTE_MAX, give_back};
use crate::app::watch;
use crate::rules::comp_credit::{
    CancelReason, Change, Compensation, CreditDraw, CreditOrigin, Demand, Spender, assign,
};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::finding::Finding;
use crate::rules::rest::credit::Deadlines;
use crate::rules::rest::notice::moved;
use crate::rules::terms::{Instant, LotId, RowId};
use crate::store::comp_lots::CompMovement;
use crate::store::duty_shifts::DutyShift;
use crate::store::rest_days::{RestDay, RestDayState};
use crate::store::{self, Conn, Tx};

pub use crate::store::rest_cancellations::RestCancellation;

/// Why a rest day is cancelled.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// When the officer was told.
    pub notified_at: Instant,
    /// Why.
    pub reason_code: CancelReason,
    /// Why, in words.
    pub note: Option<String>,
}

/// A cancelled rest day.
#[derive(Debug, Clone)]
pub struct Cancelled {
    /// The rest day.
    pub day: RestDay,
    /// What was recorded; nothing where the day ended with a rest order.
    pub cancellation: Option<RestCancellation>,
    /// What the notice gives.
    pub finding: Option<Finding>,
}

fn check(ctx: &Ctx, cancel: &Cancel) -> Result<(), Error> {
    let mut refused = Vec::new();
    let now = ctx.moment.now();
    if !notice::could_be_told_at(ctx, cancel.notified_at) {
        refused.push(FieldError::new("/notified_at", Code::InvalidValue).expected(format!("≤ {}", now.to_rfc3339())));
    }
    let note = cancel.note.as_deref().unwrap_or_default();
    if cancel.reason_code == CancelReason::Other && note.trim().is_empty() {
        refused.push(FieldError::new("/note", Code::MissingField));
    }
    if note.chars().count() > NOTE_MAX {
        refused.push(FieldError::new("/note", Code::TooLong).expected(format!("≤ {NOTE_MAX}")));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Cancels a rest day: what it is worth is credited, or returns to the lot that it stood for. A day that the officer asked
/// to move, as recorded by themselves ([`asks`]), earns nothing. One that is over is cancelled only where duty on it is
/// recorded and the officer has not said that it was taken; one that hr entered when its date was over, and that its officer
/// has not confirmed, hr takes back: nothing was taken away by that. Doing it twice changes nothing.
///
/// # Errors
/// [`Code::WrongState`] when it is over without duty, taken, or ordered by an order that binds; [`Code::NotFound`], [`Code::OwnRecord`] for what is not the
/// caller's to plan; refused fields, `/reason_code` for a request that the officer never made or took back, `/notified_at`
/// for a notice that lies before there was something to tell; [`Code::NoPolicy`].
pub fn cancel(tx: &mut Tx, ctx: &Ctx, id: RowId, cancel: &Cancel) -> Result<Cancelled, Error> {
    let day = rest_days::to_change(tx, ctx, id)?;
    check(ctx, cancel)?;
    if day.state == RestDayState::Cancelled {
        // What the officer wished for earns nothing: that is not swallowed by the other, nor the other by it.
        let is_wish = |reason: CancelReason| reason == CancelReason::OfficerRequest;
        let known = again(tx.reading(), ctx, day)?;
        let was_wish = known.cancellation.as_ref().map(|one| is_wish(one.reason_code));
        let is_same = was_wish.is_none_or(|was| was == is_wish(cancel.reason_code));
        return if is_same { Ok(known) } else { Err(Hindrance::Cancelled.into()) };
    }
    notice::check_known(tx.reading(), &day, cancel.notified_at, "/notified_at")?;
    let is_live = matches!(day.state, RestDayState::Planned | RestDayState::Published);
    let is_over = ctx.moment.today() > day.on_date;
    let duty = super::worked_rest::duty_on(tx.reading(), ctx, day.officer_id, day.on_date)?;
    if !is_live {
        return Err(Hindrance::Taken.into());
    }
    if day.kind == RestDayKind::Ordered && duty.is_empty() && is_bound(tx.reading(), ctx, &day)? {
        return Err(Hindrance::Ordered.into());
    }
    if is_over && duty.is_empty() {
        return if rest_days::enters_late(tx.reading(), ctx, &day)? && !day.counts() {
            withdraw(tx, ctx, &day, cancel)
        } else {
            Err(Hindrance::NoDuty.into())
        };
    }
    let is_wish = cancel.reason_code == CancelReason::OfficerRequest;
    if is_wish {
        asks::grant(tx, ctx, id)?;
    }
    // Duty that has begun on it took it away, whatever is said of it afterwards.
    let worked = duty.first().filter(|_| is_over || !is_wish).map(|shift| shift.id);
    let cancelled = take_away(tx, ctx, &day, cancel, worked)?;
    // Duty on it is given back by this now; what its hours had earned for the same date is not earned twice.
    for shift in &duty {
        super::actual::of_shift(tx, ctx, shift)?;
    }
    watch::after_write(tx, ctx, &[day.officer_id], day.on_date, day.on_date)?;
    Ok(cancelled)
}

/// Whether a rest order binds the date of an ordered rest day, and nothing was let happen on it: then the day ends with its
/// order, and whoever may end the order or override it decides (welfare.md A-8).
fn is_bound(connection: &mut Conn, ctx: &Ctx, day: &RestDay) -> Result<bool, Error> {
    let clock = ctx.moment.clock();
    let (from, to) = (clock.start_of(day.on_date).naive_utc(), clock.end_of(day.on_date).naive_utc());
    let mut orders = store::rest_orders::binding(connection, &[day.officer_id], from, to)?;
    orders.retain(|order| order.ended_at.is_none_or(|ended| from < ended));
    let ids: Vec<RowId> = orders.iter().map(|order| order.id).collect();
    let overrides = store::rest_orders::overrides(connection, &ids)?;
    let is_free = |id: RowId| overrides.iter().any(|one| one.order_id == id && one.from_at < to && from < one.until_at);
    Ok(orders.iter().any(|order| !is_free(order.id)))
}

/// Takes back a rest day that was entered when its date was over and that its officer has not confirmed.
fn withdraw(tx: &mut Tx, ctx: &Ctx, day: &RestDay, cancel: &Cancel) -> Result<Cancelled, Error> {
    let ended = RestDay { state: RestDayState::Cancelled, ended_at: Some(ctx.moment.stamp()), ..day.clone() };
    let ended = store::rest_days::update(tx, &ended)?;
    give_way(tx, ctx, day)?;
    let after = json!({"state": ended.state, "reason_code": cancel.reason_code, "note": cancel.note});
    ctx.audit(tx, "rest_day.withdrawn", subject(&ended), Some(json!({"state": day.state})), Some(after))?;
    store::outbox::append(tx, "rest_day.withdrawn", day.id.0, Some(day.officer_id), &ctx.moment)?;
    Ok(Cancelled { day: ended, cancellation: None, finding: None })
}

/// What was recorded when a rest day was cancelled; one that ended with a rest order has nothing of its own.
fn again(connection: &mut Conn, ctx: &Ctx, day: RestDay) -> Result<Cancelled, Error> {
    let cancellation = store::rest_cancellations::of_rest_day(connection, day.id)?;
    let finding = match &cancellation {
        Some(known) => Some(finding(connection, ctx, &day, known)?),
        None => None,
    };
    Ok(Cancelled { day, cancellation, finding })
}

/// What is said of a cancellation: what the notice gave, and what was credited for it.
fn finding(connection: &mut Conn, ctx: &Ctx, day: &RestDay, known: &RestCancellation) -> Result<Finding, Error> {
    let told_at = known.notified_at.and_utc();
    let (version, told) = notice::told(connection, ctx, (day.officer_id, day.on_date), told_at)?;
    let said = match known.offer_by.zip(known.take_by) {
        Some((offer_by, take_by)) => moved(version, told.clear_days, Deadlines { offer_by, take_by }),
        None => told.credited(i64::from(known.minutes)),
    };
    Ok(if known.before_entry { said.measured("before_entry", true) } else { said })
}

/// Takes a rest day away on which duty was worked, by the entry of that duty: told when the planner says, else when it
/// began, or when there was something to tell.
///
/// # Errors
/// [`Code::NoPolicy`].
pub fn worked(
    tx: &mut Tx,
    ctx: &Ctx,
    day: &RestDay,
    shift: &DutyShift,
    notified_at: Option<Instant>,
) -> Result<(), Error> {
    let began_at = shift.starts_at.and_utc();
    let known_since = notice::known_since(tx.reading(), day)?;
    let cancel = Cancel {
        notified_at: notified_at.unwrap_or_else(|| known_since.map_or(began_at, |known| known.max(began_at))),
        reason_code: if shift.kind == DutyKind::Court { CancelReason::Court } else { CancelReason::Other },
        note: shift.override_reason.clone(),
    };
    take_away(tx, ctx, day, &cancel, Some(shift.id)).map(drop)
}

fn take_away(
    tx: &mut Tx,
    ctx: &Ctx,
    day: &RestDay,
    cancel: &Cancel,
    worked: Option<RowId>,
) -> Result<Cancelled, Error> {
    // Gather.
    let of = (day.officer_id, day.on_date);
    let (version, told) = notice::told(tx.reading(), ctx, of, cancel.notified_at)?;
    let worth = notice::worth(tx.reading(), ctx, of, (version, &told))?;
    let account = Account::load(tx.reading(), ctx, day.officer_id)?;

    // Decide. A date is given back once.
    let by = version.values.credit.deadlines(ctx.moment.clock().date_of(cancel.notified_at), day.on_date);
    let back = held_by(&account, day.id);
    let returned: i64 = back.iter().map(|change| -change.minutes).sum();
    let is_moved = cancel.reason_code == CancelReason::OfficerRequest;
    let minutes = match day.kind {
        _ if is_moved => 0,
        // What a replacement drew returns; only a premium for short notice is new.
        RestDayKind::Comp => (returned * (told.multiplier_percent - 100) / 100).max(0),
        _ => (worth - account.given_for(day.on_date, day.id)).max(0),
    };
    let given = account.given(day.on_date, day.id).map(|row| row.id).next().filter(|_| !is_moved);

    // Record.
    let ended = RestDay { state: RestDayState::Cancelled, ended_at: Some(ctx.moment.stamp()), ..day.clone() };
    let ended = store::rest_days::update(tx, &ended)?;
    release(tx, ctx, day, &back, Some(by.offer_by))?;
    let earning = Earning {
        officer_id: day.officer_id,
        minutes,
        origin: CreditOrigin::CancelledRest,
        origin_id: day.id.0,
        earned_on: day.on_date,
        notified_at: Some(cancel.notified_at),
    };
    let earned = earn(tx, ctx, &earning)?;
    let lot_id = back.first().map(|change| change.lot_id).or(earned).or(given);
    // No lot says until when a day is owed that the officer asked to move.
    let owed = Some(by).filter(|_| is_moved && lot_id.is_none());
    let percent = if is_moved { 0 } else { told.multiplier_percent };
    let cancellation = RestCancellation {
        id: RowId(ctx.moment.new_id()),
        officer_id: day.officer_id,
        rest_day_id: day.id,
        unit_id: store::officers::unit_on(tx.reading(), day.officer_id, day.on_date)?,
        on_date: day.on_date,
        notified_at: cancel.notified_at.naive_utc(),
        reason_code: cancel.reason_code,
        note: cancel.note.clone(),
        clear_days: i32::try_from(told.clear_days).unwrap_or(i32::MAX),
        multiplier_percent: i32::try_from(percent).unwrap_or(i32::MAX),
        minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
        lot_id,
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
        worked_shift_id: worked,
        offer_by: owed.map(|by| by.offer_by),
        take_by: owed.map(|by| by.take_by),
        before_entry: notice::is_before_entry(day, cancel.notified_at),
    };
    store::rest_cancellations::insert(tx, &cancellation)?;
    let after = json!({"state": ended.state, "reason_code": cancel.reason_code, "note": cancel.note,
        "notified_at": cancel.notified_at, "clear_days": told.clear_days, "minutes": minutes, "returned": returned,
        "worked_shift_id": worked, "before_entry": cancellation.before_entry});
    ctx.audit(tx, "rest_day.cancelled", subject(&ended), Some(json!({"state": day.state})), Some(after))?;
    store::outbox::append(tx, "rest_day.cancelled", day.id.0, Some(day.officer_id), &ctx.moment)?;
    let finding = finding(tx.reading(), ctx, &ended, &cancellation)?;
    Ok(Cancelled { day: ended, cancellation: Some(cancellation), finding: Some(finding) })
}

/// Gives back what a compensatory rest day holds that ends without being taken away: leave was granted on its date, another
/// version of a roster withdrew it before anybody was told, or it was entered by mistake.
///
/// # Errors
/// When the database does not answer.
pub fn give_way(tx: &mut Tx, ctx: &Ctx, day: &RestDay) -> Result<(), Error> {
    let back = held_by(&Account::load(tx.reading(), ctx, day.officer_id)?, day.id);
    release(tx, ctx, day, &back, None)
}

/// A cancelled rest day that the caller may see.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn gate(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<(), Error> {
    rest_days::get(connection, ctx, id).map(drop)
}

/// What a rest day holds, as releases.
fn held_by(account: &Account, id: RowId) -> Vec<Change> {
    let release = |draw: CreditDraw| Change { spender: None, lot_id: draw.lot_id, on: draw.on, minutes: -draw.minutes };
    account.held_by(id).into_iter().map(release).collect()
}

/// Gives minutes back to their lots; another replacement is owed for them by a new date.
fn release(tx: &mut Tx, ctx: &Ctx, day: &RestDay, back: &[Change], offer_by: Option<NaiveDate>) -> Result<(), Error> {
    let rows = back
        .iter()
        .map(|change| {
            Ok(CompMovement {
                offer_by,
                ..super::account::movement(ctx, day.officer_id, Spender::RestDay(day.id), change, "rest_day_cancelled")?
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    store::comp_lots::append(tx, &rows)?;
    settle(tx, ctx, day.officer_id)
}

/// The dates of rest that was taken away and that a rest day is given back for: the one in whose place it stands, and those
/// whose credit it draws on.
///
/// # Errors
/// When the database does not answer.
pub fn given_back(connection: &mut Conn, ctx: &Ctx, day: &RestDay) -> Result<Vec<NaiveDate>, Error> {
    let mut dates = Vec::new();
    if let Some(replaces) = day.replaces_id {
        dates.extend(store::rest_days::find(connection, replaces)?.map(|day| day.on_date));
    }
    let account = Account::load(connection, ctx, day.officer_id)?;
    let drawn = held_by(&account, day.id);
    let lots = account.rows.iter().filter(|row| drawn.iter().any(|change| change.lot_id == row.id));
    dates.extend(lots.filter(|row| row.origin == CreditOrigin::CancelledRest).map(|row| row.earned_on));
    dates.sort_unstable();
    dates.dedup();
    Ok(dates)
}

/// Names a date in place of a cancelled rest day: a comp rest day that reserves what is left of its lot, up to one day;
/// for a day that the officer asked to swap, a rest day of its kind.
///
/// # Errors
/// [`Code::WrongState`] when the day is not cancelled, has a replacement, or nothing of its credit is left to rest;
/// [`Error::Refused`] with the findings, such as duty on the date; as [`rest_days::create`].
pub fn reroster(tx: &mut Tx, ctx: &Ctx, id: RowId, date: NaiveDate) -> Result<RestDay, Error> {
    // Gather.
    let day = rest_days::to_change(tx, ctx, id)?;
    let cancellation = store::rest_cancellations::of_rest_day(tx.reading(), id)?;
    let Some(cancellation) = cancellation.filter(|_| day.state == RestDayState::Cancelled) else {
        return Err(Hindrance::NotCancelled.into());
    };
    if date < ctx.moment.today() {
        return Err(FieldError::new("/date", Code::InvalidValue).expected(format!("≥ {}", ctx.moment.today())).into());
    }
    // Where no lot stands for the day, what was named in its place stands for it, whatever became of that one since.
    let is_named = match cancellation.lot_id {
        Some(_) => is_replaced(tx.reading(), &day)?,
        None => !store::rest_days::replacing(tx.reading(), &[day.id])?.is_empty(),
    };
    if is_named {
        return Err(Hindrance::Replaced.into());
    }
    let kind = if cancellation.lot_id.is_some() { RestDayKind::Comp } else { day.kind };
    let new = NewRestDay { officer_id: day.officer_id, date, kind };

    // Decide and record: as any rest day, and in the place of this one.
    let with = Planning { replaces: Some(&day), of_lot: cancellation.lot_id, is_told: true, ..Planning::default() };
    let planned = rest_days::plan(tx, ctx, &new, &with)?.day;
    if let Some(lot) = cancellation.lot_id {
        reserve(tx, ctx, &planned, Some(lot))?;
    }
    let after = json!({"replaced_by": planned.id, "date": date});
    ctx.audit(tx, "rest_day.rerostered", subject(&day), None, Some(after))?;
    store::outbox::append(tx, "rest_day.rerostered", planned.id.0, Some(day.officer_id), &ctx.moment)?;
    Ok(planned)
}

pub(super) fn is_replaced(connection: &mut Conn, day: &RestDay) -> Result<bool, Error> {
    let instead = store::rest_days::replacing(connection, &[day.id])?;
    Ok(instead.iter().any(|one| one.state != RestDayState::Cancelled))
}

/// Reserves credit for a comp rest day, up to one compensatory day: of one lot, or of those whose turn it is. Of one lot
/// something must be there; without one, what is there is drawn, be it nothing. A day that was entered when its date was over
/// draws nothing before its officer has confirmed it.
///
/// # Errors
/// [`Code::WrongState`] when nothing of the lot is left to rest, or its officer wants it as pay.
pub fn reserve(tx: &mut Tx, ctx: &Ctx, day: &RestDay, lot: Option<LotId>) -> Result<(), Error> {
    if !day.counts() {
        return Ok(());
    }
    give_back::record_expired(tx, ctx, day.officer_id)?;
    let account = Account::load(tx.reading(), ctx, day.officer_id)?;
    if account.rows.is_empty() {
        return Ok(());
    }
    let standings = Account::standings(tx.reading(), ctx, [&account])?;
    let (lots, draws) = (account.lots(), account.draws(&standings, None));
    let terms = terms(tx.reading(), ctx, day.officer_id, day.on_date)?;
    let (today, one_day) = (ctx.moment.today(), terms.values.credit.minutes_per_day);
    let most = match lot {
        Some(id) => {
            let one = lots.iter().find(|one| one.id == id && one.compensation == Compensation::Time);
            one.map_or(0, |one| one.minutes - one.paid - one.voided)
        }
        None => crate::rules::comp_credit::available(&lots, &draws, today, day.on_date),
    };
    let left = lot.and_then(|id| lots.iter().find(|one| one.id == id)).map_or(most, |one| one.available(&draws));
    // First what others hold of the lot may move on; where it cannot, what is left of it is taken.
    for minutes in [one_day.min(most), one_day.min(left)] {
        if minutes <= 0 {
            continue;
        }
        if let Ok(matching) = assign(&lots, &draws, today, &[Demand { on: day.on_date, minutes, lot }]) {
            let spender = Spender::RestDay(day.id);
            return record(tx, ctx, day.officer_id, spender, &matching.changes, "rest_day");
        }
    }
    let Some(lot) = lot else { return Ok(()) };
    let is_pay = account.compensation(lot) == Compensation::Pay && account.free(lot) > 0;
    Err(if is_pay { Hindrance::WantedAsPay } else { Hindrance::NothingLeft }.into())
}

/// What credit says of a compensatory day that its officer confirms and that holds none: it was entered when its date was
/// over, or nobody was told of it in time. `None` for any other.
///
/// # Errors
/// As [`cover::of_days`].
pub fn uncovered(connection: &mut Conn, ctx: &Ctx, day: &RestDay) -> Result<Option<Finding>, Error> {
    if day.kind != RestDayKind::Comp || (day.counts() && !was_untold(ctx, day)) {
        return Ok(None);
    }
    let account = Account::load(connection, ctx, day.officer_id)?;
    let draws = account.draws(&super::account::Standings::new(), None);
    if draws.iter().any(|draw| draw.spender == Spender::RestDay(day.id)) {
        return Ok(None);
    }
    Ok(cover::of_days(connection, ctx, &[day], &[])?.pop())
}
