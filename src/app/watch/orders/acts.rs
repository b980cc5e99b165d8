//! What people do with rest orders: draft, issue, let duty happen inside one, end.

use chrono::{NaiveDate, TimeDelta};
use serde_json::json;

use super::{
    OVERRIDERS, OrderOrigin, Override, RestOrder, ShownOrder, Whole, check_caller, check_drafter, state_at, told, whole,
};
use crate::app::credit;
use crate::app::ctx::{Ctx, Subject};
use crate::app::duty::{RestDay, RestDayState, ShiftSource};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::app::said;
use crate::app::watch::{LEADERS, after_write, repeated};
use crate::rules::duty::RestDayKind;
use crate::rules::terms::{Instant, OfficerId, RowId, next_day};
use crate::store::rest_orders::{self as rows, OrderState};
use crate::store::{self, Conn, Tx};

/// Longest rest that is ordered, in days.
const DAYS_MAX: i64 = 7;
/// How far ahead it may begin, in days.
const AHEAD_MAX: i64 = 31;

/// A new order.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Who is to rest.
    pub officer_id: OfficerId,
    /// Why.
    pub reason: Option<String>,
}

/// Drafts an order as a leader.
///
/// # Errors
/// [`Code::NotFound`], [`Code::OwnRecord`]; refused fields; [`Error::Conflict`] while another draft like it waits.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewOrder) -> Result<Whole, Error> {
    let unit_id = check_drafter(tx.reading(), ctx, new.officer_id)?;
    let reason = said::note("/reason", new.reason.as_deref())?;
    store::officers::lock(tx, new.officer_id)?;
    // A leader's draft is about no duty in particular: a second one is the same once more.
    let same = rows::drafts_of(tx.reading(), new.officer_id)?.into_iter().find(|one| one.duty_from.is_none());
    if let Some(first) = same {
        return Err(repeated("rest_order", first.id.0));
    }
    let order = RestOrder {
        id: RowId(ctx.moment.new_id()),
        officer_id: new.officer_id,
        unit_id,
        origin: OrderOrigin::Leader,
        state: OrderState::Draft,
        reason,
        duty_from: None,
        duty_to: None,
        from_at: None,
        to_at: None,
        cover_officer_id: None,
        created_by: ctx.caller.account_id,
        created_at: ctx.moment.stamp(),
        issued_by: None,
        issued_at: None,
        ended_by: None,
        ended_at: None,
        version: 1,
        end_reason: None,
    };
    rows::insert(tx, &order)?;
    told(tx, ctx, "rest_order.drafted", &order)?;
    whole(tx.reading(), ctx, order)
}

/// From when to when an order is issued, and who stands in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Issue {
    /// First instant of rest; by default the end of the duty, or now.
    pub from: Option<Instant>,
    /// First instant after it; by default after the rest that the policy gives after such a duty.
    pub to: Option<Instant>,
    /// Who stands in.
    pub cover_officer_id: Option<OfficerId>,
}

/// Issues an order: it binds the roster from here on, and days that it covers wholly are ordered rest days.
///
/// # Errors
/// As [`check_caller`]; refused fields; [`Code::WrongState`] where it is no draft; [`Code::NoPolicy`] where no policy says
/// how long.
pub fn issue(tx: &mut Tx, ctx: &Ctx, id: RowId, issue: &Issue) -> Result<Whole, Error> {
    // Gather.
    let seen = check_caller(tx.reading(), ctx, id, LEADERS)?;
    store::officers::lock(tx, seen.officer_id)?;
    let order = rows::lock(tx, id)?;
    if order.state != OrderState::Draft {
        return Err(Hindrance::NotDraft.into());
    }
    let now = ctx.moment.now();
    let from = issue.from.unwrap_or_else(|| order.duty_to.map_or(now, |duty_to| duty_to.and_utc()));
    let to = match issue.to {
        Some(to) => to,
        None => from + rest_after_duty(tx.reading(), ctx, order.officer_id, from)?,
    };

    // Decide.
    check_span(now, from, to)?;
    if let Some(cover) = issue.cover_officer_id {
        let sees = reach::see_officer(tx.reading(), ctx, cover, LEADERS);
        if cover == order.officer_id {
            return Err(FieldError::new("/cover_officer_id", Code::InvalidValue).into());
        }
        sees?;
    }

    // Record.
    let issued = RestOrder {
        state: OrderState::Issued,
        from_at: Some(from.naive_utc()),
        to_at: Some(to.naive_utc()),
        cover_officer_id: issue.cover_officer_id,
        issued_by: ctx.caller.account_id,
        issued_at: Some(ctx.moment.stamp()),
        ..order
    };
    let issued = rows::update(tx, &issued)?;
    give_days(tx, ctx, &issued, from, to)?;
    told(tx, ctx, "rest_order.issued", &issued)?;
    look(tx, ctx, issued.officer_id, from, to)?;
    whole(tx.reading(), ctx, issued)
}

fn check_span(now: Instant, from: Instant, to: Instant) -> Result<(), Error> {
    let mut refused = Vec::new();
    let (first, last) = (now - TimeDelta::days(DAYS_MAX), now + TimeDelta::days(AHEAD_MAX));
    if from < first || from > last {
        refused.push(FieldError::new("/from", Code::InvalidValue).expected(format!(
            "{} – {}",
            first.to_rfc3339(),
            last.to_rfc3339()
        )));
    }
    let latest = from + TimeDelta::days(DAYS_MAX);
    if to <= from || to <= now || to > latest {
        refused.push(FieldError::new("/to", Code::InvalidValue).expected(format!(
            "{} – {}",
            from.max(now).to_rfc3339(),
            latest.to_rfc3339()
        )));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// The rest that the policy gives after a long duty, else between duties.
fn rest_after_duty(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, at: Instant) -> Result<TimeDelta, Error> {
    let version = credit::terms(connection, ctx, officer, ctx.moment.clock().date_of(at))?;
    let minutes = version.values.post_duty.map(|after| after.rest_minutes).or(version.values.daily_rest_minutes_min);
    Ok(TimeDelta::minutes(minutes.ok_or(Code::NoPolicy)?))
}

/// Dates that a rest covers wholly.
fn whole_dates(ctx: &Ctx, from: Instant, to: Instant) -> Vec<NaiveDate> {
    let clock = ctx.moment.clock();
    let dates = clock.date_of(from).iter_days().take_while(|date| clock.end_of(*date) <= to);
    dates.filter(|date| from <= clock.start_of(*date)).collect()
}

/// Days that an order covers wholly are ordered rest days, where the person has none yet.
fn give_days(tx: &mut Tx, ctx: &Ctx, order: &RestOrder, from: Instant, to: Instant) -> Result<(), Error> {
    let dates = whole_dates(ctx, from, to);
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Ok(()) };
    let taken = store::rest_days::of_officer(tx.reading(), order.officer_id, *first, *last)?;
    let is_free =
        |date: &&NaiveDate| !taken.iter().any(|day| day.on_date == **date && day.state != RestDayState::Cancelled);
    for date in dates.iter().filter(is_free) {
        let day = RestDay {
            id: RowId(ctx.moment.new_id()),
            officer_id: order.officer_id,
            on_date: *date,
            kind: RestDayKind::Ordered,
            state: RestDayState::Published,
            source: ShiftSource::Entry,
            version: 1,
            recorded_at: ctx.moment.stamp(),
            recorded_by: ctx.caller.account_id,
            replaces_id: None,
            published_at: Some(ctx.moment.stamp()),
            confirmed_at: None,
            ended_at: None,
            late_reason: None,
            override_reason: None,
        };
        store::rest_days::insert(tx, &day)?;
    }
    Ok(())
}

/// What an order makes a violation, and what its end makes none, is known at once.
fn look(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, from: Instant, to: Instant) -> Result<(), Error> {
    let clock = ctx.moment.clock();
    after_write(tx, ctx, &[officer], clock.date_of(from), clock.date_of(to))
}

/// Lets duty happen inside an issued order until an instant; after that it binds again by itself.
///
/// # Errors
/// As [`check_caller`]; refused fields; [`Code::WrongState`] where it does not bind; [`Code::NoPolicy`] where no policy says
/// how long.
pub fn override_order(tx: &mut Tx, ctx: &Ctx, id: RowId, why: &str, until: Instant) -> Result<Whole, Error> {
    let seen = check_caller(tx.reading(), ctx, id, OVERRIDERS)?;
    store::officers::lock(tx, seen.officer_id)?;
    let order = rows::lock(tx, id)?;
    let why = said::reason("/reason", why)?;
    if state_at(&order, ctx.moment.stamp()) != ShownOrder::Issued {
        return Err(Hindrance::NotInForce.into());
    }
    let now = ctx.moment.now();
    let terms = credit::terms(tx.reading(), ctx, order.officer_id, ctx.moment.today())?;
    let latest = now + TimeDelta::hours(terms.values.override_hours_max);
    if until <= now || until > latest {
        return Err(FieldError::new("/until", Code::InvalidValue)
            .expected(format!("{} – {}", now.to_rfc3339(), latest.to_rfc3339()))
            .into());
    }
    let one = Override {
        id: RowId(ctx.moment.new_id()),
        order_id: id,
        reason: why.clone(),
        from_at: ctx.moment.stamp(),
        until_at: until.naive_utc(),
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
    };
    rows::append_override(tx, &one)?;
    let subject = Subject { kind: "rest_order", id: id.0, officer_id: Some(order.officer_id) };
    ctx.audit(tx, "rest_order.overridden", subject, None, Some(json!({"reason": why, "until": until})))?;
    store::outbox::append(tx, "rest_order.overridden", id.0, Some(order.officer_id), &ctx.moment)?;
    look(tx, ctx, order.officer_id, now, until)?;
    whole(tx.reading(), ctx, order)
}

/// Discards a draft, or ends an issued order before its time, with a reason that the officer is told. What binds is loosened
/// only by whoever may let duty happen inside it (welfare.md A-8). Ordered rest days that have not come are taken back.
///
/// # Errors
/// As [`check_caller`]; [`Code::WrongState`] where it is over or ended; [`Code::Forbidden`] for a leader where it is issued;
/// a refused field without a reason.
pub fn end(tx: &mut Tx, ctx: &Ctx, id: RowId, why: &str) -> Result<Whole, Error> {
    let seen = check_caller(tx.reading(), ctx, id, LEADERS)?;
    store::officers::lock(tx, seen.officer_id)?;
    let order = rows::lock(tx, id)?;
    match state_at(&order, ctx.moment.stamp()) {
        ShownOrder::Draft => {}
        ShownOrder::Issued => drop(check_caller(tx.reading(), ctx, id, OVERRIDERS)?),
        ShownOrder::Over | ShownOrder::Ended => return Err(Hindrance::Ended.into()),
    }
    let why = said::reason("/reason", why)?;
    let span = order.from_at.zip(order.to_at).filter(|_| order.state == OrderState::Issued);
    let ended = RestOrder {
        state: OrderState::Ended,
        ended_by: ctx.caller.account_id,
        ended_at: Some(ctx.moment.stamp()),
        end_reason: Some(why),
        ..order
    };
    let ended = rows::update(tx, &ended)?;
    told(tx, ctx, "rest_order.ended", &ended)?;
    if let Some((from, to)) = span {
        let (from, to) = (from.and_utc(), to.and_utc());
        take_back_days(tx, ctx, &ended, from, to)?;
        look(tx, ctx, ended.officer_id, from, to)?;
    }
    whole(tx.reading(), ctx, ended)
}

fn take_back_days(tx: &mut Tx, ctx: &Ctx, order: &RestOrder, from: Instant, to: Instant) -> Result<(), Error> {
    let today = ctx.moment.today();
    let dates = whole_dates(ctx, from, to);
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Ok(()) };
    for day in store::rest_days::of_officer(tx.reading(), order.officer_id, (*first).max(next_day(today)), *last)? {
        let stands = matches!(day.state, RestDayState::Planned | RestDayState::Published);
        if day.kind == RestDayKind::Ordered && stands {
            let cancelled = RestDay { state: RestDayState::Cancelled, ended_at: Some(ctx.moment.stamp()), ..day };
            store::rest_days::update(tx, &cancelled)?;
        }
    }
    Ok(())
}
