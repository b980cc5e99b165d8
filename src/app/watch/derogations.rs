//! Derogations for operations: asked for by a leader or hr, decided by a bureau leader above who is not the one who
//! asked, fourteen days on end at the most. Only an approved one loosens the rules.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{READERS, after_unit, hold_unit, repeated};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::app::said;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Role, RowId, UnitId, UnknownWord, next_day, vocabulary};
use crate::store::derogations::{self as rows, Decided, Filter};
use crate::store::{self, Conn, Tx};

pub use crate::store::derogations::Derogation;

/// Longest derogation, and longest row of derogations without a day between them, in days.
pub const DAYS_MAX: i64 = 14;
/// How far ahead one may be asked for, in days.
const AHEAD_MAX: u64 = 366;
/// Who asks for one and ends it.
pub const ASKERS: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr];
/// Who decides on one.
pub const DECIDERS: &[Role] = &[Role::BureauLeader];

vocabulary! {
    /// Where a derogation stands.
    DerogationState {
        /// Nothing was decided yet.
        Asked = "asked",
        /// It holds on its dates.
        Approved = "approved",
        /// It was refused.
        Refused = "refused",
        /// It was ended before its last date, and that date is over; or taken back before anything was decided.
        Ended = "ended",
        /// Its last date came before anything was decided.
        Expired = "expired",
    }
}

/// Where a derogation stands on a date.
#[must_use]
pub fn state_on(row: &Derogation, today: NaiveDate) -> DerogationState {
    match row.state {
        Decided::Refused => DerogationState::Refused,
        // Until its last date, one that was shortened holds like any other.
        Decided::Asked if row.ended_on.is_some() => DerogationState::Ended,
        Decided::Approved if row.ended_on.is_some_and(|last| last < today || last < row.from_on) => {
            DerogationState::Ended
        }
        Decided::Approved => DerogationState::Approved,
        Decided::Asked if row.to_on < today => DerogationState::Expired,
        Decided::Asked => DerogationState::Asked,
    }
}

/// A new derogation.
#[derive(Debug, Clone)]
pub struct NewDerogation {
    /// For the people of this unit and everything under it.
    pub unit_id: UnitId,
    /// For which operation.
    pub event: String,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
}

/// Whether the caller may ask for a unit: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`] where the unit is absent or not the caller's.
pub fn check_asker(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<(), Error> {
    let is_theirs = store::units::find(connection, unit)?.is_some() && reach::reaches(connection, ctx, ASKERS, unit)?;
    if is_theirs { Ok(()) } else { Err(Code::NotFound.into()) }
}

/// Asks for a derogation.
///
/// # Errors
/// [`Code::NotFound`] as [`check_asker`]; refused fields; a finding `rest.derogation` where it, with what stands beside
/// it for the same people, is longer than [`DAYS_MAX`] days; [`Error::Conflict`] where the unit has one for the same operation
/// on some of the dates.
pub fn ask(tx: &mut Tx, ctx: &Ctx, new: &NewDerogation) -> Result<Derogation, Error> {
    // Gather.
    check_asker(tx.reading(), ctx, new.unit_id)?;
    let today = ctx.moment.today();
    let last = today.checked_add_days(Days::new(AHEAD_MAX)).unwrap_or(today);
    if new.from < today || new.from > last {
        return Err(FieldError::new("/from", Code::InvalidValue).expected(format!("{today} – {last}")).into());
    }
    if new.to < new.from {
        return Err(FieldError::new("/to", Code::InvalidValue).expected(format!("≥ {}", new.from)).into());
    }
    let event = said::reason("/event", &new.event)?;
    lock_chain(tx, ctx, new.unit_id)?;

    // Decide.
    let others = rows::live(tx.reading(), new.from, new.to)?;
    let stands = |other: &Derogation| {
        matches!(state_on(other, today), DerogationState::Asked | DerogationState::Approved)
            && other.from_on <= new.to
            && new.from <= other.last_on()
    };
    let is_same = |other: &&Derogation| other.unit_id == new.unit_id && other.event == event && stands(other);
    if let Some(first) = others.iter().find(is_same) {
        return Err(repeated("derogation", first.id.0));
    }
    let findings = too_long(tx.reading(), ctx, new.unit_id, (new.from, new.to), None)?;
    if !findings.is_empty() {
        return Err(Error::Refused(findings));
    }

    // Record.
    let row = Derogation {
        id: RowId(ctx.moment.new_id()),
        unit_id: new.unit_id,
        event,
        from_on: new.from,
        to_on: new.to,
        state: Decided::Asked,
        asked_by: ctx.caller.account_id,
        asked_at: ctx.moment.stamp(),
        decided_by: None,
        decided_at: None,
        reason: None,
        ended_on: None,
        ended_by: None,
        ended_at: None,
        version: 1,
    };
    rows::insert(tx, &row)?;
    told(tx, ctx, "derogation.asked", &row)?;
    Ok(row)
}

/// Holds a unit and every unit above it, in id order. Two derogations are about the same people where one unit stands above
/// the other, and then both hold the upper one: their days are counted one after the other.
fn lock_chain(tx: &mut Tx, ctx: &Ctx, unit: UnitId) -> Result<(), Error> {
    let mut chain = store::units::upward(tx.reading(), unit, ctx.moment.today())?;
    chain.sort_unstable();
    for unit in chain {
        store::units::lock(tx, unit)?;
    }
    Ok(())
}

/// How many days on end the people of a unit would be under derogations: those of the unit, of units above and of units
/// below are people of the same derogations. Ended and refused ones no longer count beyond their end.
fn too_long(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    (from, to): (NaiveDate, NaiveDate),
    besides: Option<RowId>,
) -> Result<Vec<Finding>, Error> {
    let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() + 1;
    let around = Days::new(u64::try_from(DAYS_MAX).unwrap_or_default() * 2);
    let (first, last) = (from.checked_sub_days(around).unwrap_or(from), to.checked_add_days(around).unwrap_or(to));
    let tree = store::units::tree(connection, ctx.moment.today())?;
    let below = tree.under(&[unit]);
    let mut others = rows::live(connection, first, last)?;
    others.retain(|other| {
        let shares = below.contains(&other.unit_id) || tree.under(&[other.unit_id]).contains(&unit);
        // What ended before anybody approved it has loosened nothing.
        let stands = match state_on(other, ctx.moment.today()) {
            DerogationState::Expired => false,
            _ => other.state == Decided::Approved || other.ended_on.is_none(),
        };
        shares && stands && Some(other.id) != besides && other.from_on <= other.last_on()
    });
    // A row of dates grows by everything that touches it or follows it without a day between.
    let (mut begins, mut ends) = (from, to);
    loop {
        let touching = |other: &&Derogation| other.from_on <= next_day(ends) && begins <= next_day(other.last_on());
        let (start, end) = others
            .iter()
            .filter(touching)
            .fold((begins, ends), |(start, end), other| (start.min(other.from_on), end.max(other.last_on())));
        if (start, end) == (begins, ends) {
            break;
        }
        (begins, ends) = (start, end);
    }
    if days(begins, ends) <= DAYS_MAX {
        return Ok(Vec::new());
    }
    let finding = Finding::new("rest.derogation", "", Outcome::Block)
        .source("公安机关组织管理条例 第三十八条")
        .measured("asked_days", days(from, to))
        .measured("row_days", days(begins, ends))
        .measured("from", begins.to_string())
        .measured("to", ends.to_string())
        .limit("days_max", DAYS_MAX);
    Ok(vec![finding])
}

/// One derogation.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Derogation, Error> {
    let row = rows::find(connection, id)?.ok_or(Code::NotFound)?;
    if reach::reaches(connection, ctx, READERS, row.unit_id)? || stands_above(connection, ctx, row.unit_id)? {
        return Ok(row);
    }
    Err(Code::NotFound.into())
}

/// Whether a unit stands above one that the caller answers for: then its derogations loosen the caller's roster too.
fn stands_above(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<bool, Error> {
    let below = store::units::tree(connection, ctx.moment.today())?.under(&[unit]);
    let mut theirs = ctx.caller.grants.iter().filter(|grant| READERS.contains(&grant.role));
    Ok(theirs.any(|grant| grant.unit_id.is_some_and(|unit| below.contains(&unit))))
}

/// Derogations, newest first, one more than `limit` if there are more: of the units that the caller reaches.
///
/// # Errors
/// [`Code::NotFound`] for a unit that is absent or not reached.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: Option<UnitId>,
    before: Option<RowId>,
    limit: usize,
) -> Result<Vec<Derogation>, Error> {
    let reach = reach::of(connection, ctx, READERS)?.narrowed_to(connection, ctx, unit)?;
    let filter = Filter { units: reach.units(), state: None, before };
    Ok(rows::list(connection, &filter, i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}

/// A decision on a derogation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It holds.
    Approve,
    /// It does not.
    Refuse {
        /// Why.
        reason: String,
    },
}

/// Whether the caller may decide on a derogation: the gate of a kept answer.
///
/// # Errors
/// As [`decide`].
pub fn check_decider(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Derogation, Error> {
    let row = get(connection, ctx, id)?;
    if !reach::reaches(connection, ctx, DECIDERS, row.unit_id)? {
        return Err(Code::Forbidden.into());
    }
    let asker = match row.asked_by {
        Some(account) => store::accounts::find(connection, account)?.and_then(|account| account.officer_id),
        None => None,
    };
    let is_asker = row.asked_by == ctx.caller.account_id || asker.is_some_and(|officer| ctx.caller.is_self(officer));
    if is_asker { Err(Code::OwnRequest.into()) } else { Ok(row) }
}

/// Decides on a derogation.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Forbidden`] without the role above; [`Code::OwnRequest`] for the asker;
/// [`Code::WrongState`] where it is decided already or over; a finding where it became too long meanwhile.
pub fn decide(tx: &mut Tx, ctx: &Ctx, id: RowId, decision: &Decision) -> Result<Derogation, Error> {
    let seen = check_decider(tx.reading(), ctx, id)?;
    let refusal = match decision {
        Decision::Approve => None,
        Decision::Refuse { reason: why } => Some(said::reason("/reason", why)?),
    };
    if *decision == Decision::Approve {
        hold_unit(tx, ctx, seen.unit_id, seen.from_on, seen.to_on)?;
    }
    lock_chain(tx, ctx, seen.unit_id)?;
    let row = rows::lock(tx, id)?;
    match state_on(&row, ctx.moment.today()) {
        DerogationState::Asked => {}
        DerogationState::Approved | DerogationState::Refused => return Err(Hindrance::Decided.into()),
        DerogationState::Ended => return Err(Hindrance::Ended.into()),
        DerogationState::Expired => return Err(Hindrance::Over.into()),
    }
    if *decision == Decision::Approve {
        let findings = too_long(tx.reading(), ctx, row.unit_id, (row.from_on, row.to_on), Some(id))?;
        if !findings.is_empty() {
            return Err(Error::Conflict(findings));
        }
    }
    let (state, topic) = match decision {
        Decision::Approve => (Decided::Approved, "derogation.approved"),
        Decision::Refuse { .. } => (Decided::Refused, "derogation.refused"),
    };
    let decided = Derogation {
        state,
        reason: refusal,
        decided_by: ctx.caller.account_id,
        decided_at: Some(ctx.moment.stamp()),
        ..row
    };
    let decided = rows::update(tx, &decided)?;
    told(tx, ctx, topic, &decided)?;
    if decided.state == Decided::Approved {
        after_unit(tx, ctx, decided.unit_id, decided.from_on, decided.to_on)?;
    }
    Ok(decided)
}

/// Whether the caller may end a derogation: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Forbidden`] without a role on the unit.
pub fn check_ender(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Derogation, Error> {
    let row = get(connection, ctx, id)?;
    if reach::reaches(connection, ctx, ASKERS, row.unit_id)? { Ok(row) } else { Err(Code::Forbidden.into()) }
}

/// Ends a derogation before its time; `on` is the last date on which it holds.
///
/// # Errors
/// As [`check_ender`]; a refused field for a date that is over or beyond its end; [`Code::WrongState`] where it does not
/// stand, or ends on that date already.
pub fn end(tx: &mut Tx, ctx: &Ctx, id: RowId, on: NaiveDate) -> Result<Derogation, Error> {
    let seen = check_ender(tx.reading(), ctx, id)?;
    hold_unit(tx, ctx, seen.unit_id, seen.from_on, seen.to_on)?;
    let row = rows::lock(tx, id)?;
    let today = ctx.moment.today();
    let last = row.last_on();
    match state_on(&row, today) {
        DerogationState::Refused => return Err(Hindrance::NotInForce.into()),
        DerogationState::Ended => return Err(Hindrance::Ended.into()),
        DerogationState::Expired => return Err(Hindrance::Over.into()),
        DerogationState::Asked | DerogationState::Approved => {}
    }
    if row.ended_on == Some(on) {
        return Err(Hindrance::Ended.into());
    }
    if last < today {
        return Err(Hindrance::Over.into());
    }
    // What was shortened may be shortened once more, and never made longer.
    if on < today || on > last {
        return Err(FieldError::new("/on", Code::InvalidValue).expected(format!("{today} – {last}")).into());
    }
    let ended =
        Derogation { ended_on: Some(on), ended_by: ctx.caller.account_id, ended_at: Some(ctx.moment.stamp()), ..row };
    let ended = rows::update(tx, &ended)?;
    told(tx, ctx, "derogation.ended", &ended)?;
    if ended.state == Decided::Approved {
        after_unit(tx, ctx, ended.unit_id, ended.from_on, ended.to_on)?;
    }
    Ok(ended)
}

fn told(tx: &mut Tx, ctx: &Ctx, topic: &'static str, row: &Derogation) -> Result<(), Error> {
    let after = json!({
        "unit_id": row.unit_id, "event": row.event, "from": row.from_on, "to": row.to_on, "state": row.state,
        "reason": row.reason, "ended_on": row.ended_on,
    });
    let subject = Subject { kind: "derogation", id: row.id.0, officer_id: None };
    ctx.audit(tx, topic, subject, None, Some(after))?;
    Ok(store::outbox::append(tx, topic, row.id.0, None, &ctx.moment)?)
}
