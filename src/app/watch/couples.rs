//! Dual-police couples (双警家庭): opted in by both, ended by either. Only the two, hr and welfare workers see them; a
//! leader learns only what a rule finds.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::after_bond;
use crate::app::ctx::{CallerKind, Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach::{self, Reach};
use crate::app::said;
use crate::rules::terms::{OfficerId, Role, RowId, UnknownWord, vocabulary};
use crate::store::couples as rows;
use crate::store::{self, Conn, Tx};

pub use crate::store::couples::Pairing;

/// Who sees couples and their care need, beside the two (welfare.md A).
const SEES: &[Role] = &[Role::Hr, Role::WelfareWorker];

vocabulary! {
    /// Where a couple stands.
    CoupleState {
        /// One of the two asked.
        Asked = "asked",
        /// Both opted in: the rules spare them together.
        Agreed = "agreed",
        /// One of the two ended it.
        Ended = "ended",
    }
}

/// Where a couple stands.
#[must_use]
pub const fn state(pair: &Pairing) -> CoupleState {
    match (pair.ended_at, pair.agreed_at) {
        (Some(_), _) => CoupleState::Ended,
        (None, Some(_)) => CoupleState::Agreed,
        (None, None) => CoupleState::Asked,
    }
}

/// The officer who opts in: a person for themselves, never a key.
fn oneself(ctx: &Ctx) -> Result<OfficerId, Error> {
    match (ctx.caller.kind, ctx.caller.officer_id) {
        (CallerKind::Person, Some(officer)) => Ok(officer),
        _ => Err(Code::Forbidden.into()),
    }
}

/// Whether the caller may ask: the gate of a kept answer.
///
/// # Errors
/// [`Code::Forbidden`] for whoever is nobody in person.
pub fn check_asker(ctx: &Ctx) -> Result<(), Error> {
    oneself(ctx).map(drop)
}

/// Opts in with a partner, who has to agree. Whether the other is in a couple, or is asked by somebody else, is theirs to
/// know: it is not told by a refusal.
///
/// # Errors
/// [`Code::NotFound`] for a partner who is not there; refused fields; [`Code::WrongState`] where the caller has a partner,
/// has asked somebody, or is asked by the same one.
pub fn ask(tx: &mut Tx, ctx: &Ctx, partner: OfficerId, care_need: Option<&str>) -> Result<Pairing, Error> {
    let own = oneself(ctx)?;
    if partner == own {
        return Err(FieldError::new("/partner_officer_id", Code::InvalidValue).into());
    }
    let care_need = said::note("/care_need", care_need)?;
    let mut both = [own, partner];
    both.sort_unstable();
    for officer in both {
        store::officers::lock(tx, officer)?;
    }
    let mine = rows::live_of(tx.reading(), &[own])?;
    if mine.iter().any(|one| one.agreed_at.is_some()) {
        return Err(Hindrance::InCouple.into());
    }
    if mine.iter().any(|one| one.is_of(partner)) {
        return Err(Hindrance::AskedAlready.into());
    }
    if mine.iter().any(|one| one.officer_id == own) {
        return Err(Hindrance::InCouple.into());
    }
    let pair = Pairing {
        id: RowId(ctx.moment.new_id()),
        officer_id: own,
        partner_officer_id: partner,
        care_need,
        asked_at: ctx.moment.stamp(),
        agreed_at: None,
        ended_at: None,
        ended_by: None,
        version: 1,
    };
    rows::insert(tx, &pair)?;
    told(tx, ctx, "couple.asked", &pair, partner)?;
    Ok(pair)
}

/// One couple.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see: the two, and hr and welfare workers of one of them, do.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Pairing, Error> {
    let pair = rows::find(connection, id)?.ok_or(Code::NotFound)?;
    if ctx.caller.officer_id.is_some_and(|own| pair.is_of(own)) {
        return Ok(pair);
    }
    for officer in [pair.officer_id, pair.partner_officer_id] {
        let unit = store::officers::units_on(connection, &[officer], ctx.moment.today())?;
        if let Some((_, unit)) = unit.first()
            && reach::reaches(connection, ctx, SEES, *unit)?
        {
            return Ok(pair);
        }
    }
    Err(Code::NotFound.into())
}

/// Couples, newest first, one more than `limit` if there are more: the caller's own, and for hr and welfare workers those of their people.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, ctx: &Ctx, before: Option<RowId>, limit: usize) -> Result<Vec<Pairing>, Error> {
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let reach = reach::of(connection, ctx, SEES)?;
    if reach == Reach::Force {
        return Ok(rows::list(connection, None, before, most)?);
    }
    let mut of: Vec<OfficerId> = ctx.caller.officer_id.into_iter().collect();
    if let Some(units) = reach.units().filter(|units| !units.is_empty()) {
        let theirs = store::derogations::officers_of(connection, &units, ctx.moment.today(), None, i64::MAX)?;
        of.extend(theirs);
    }
    if of.is_empty() {
        return Ok(Vec::new());
    }
    Ok(rows::list(connection, Some(&of), before, most)?)
}

/// A couple of which the caller is one: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`] as [`get`]; [`Code::Forbidden`] for whoever only sees it.
pub fn check_one_of(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Pairing, Error> {
    let pair = get(connection, ctx, id)?;
    let own = oneself(ctx)?;
    if pair.is_of(own) { Ok(pair) } else { Err(Code::Forbidden.into()) }
}

/// Agrees: from now on the rules spare the two together. What either of them had asked of somebody else ends with it.
///
/// # Errors
/// As [`check_one_of`]; [`Code::OwnRequest`] for the one who asked; [`Code::WrongState`] where it is agreed or ended, or
/// the caller is in another couple.
pub fn agree(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Pairing, Error> {
    let seen = check_one_of(tx.reading(), ctx, id)?;
    if ctx.caller.is_self(seen.officer_id) {
        return Err(Code::OwnRequest.into());
    }
    for officer in both(&seen) {
        store::officers::lock(tx, officer)?;
    }
    let pair = rows::lock(tx, id)?;
    match state(&pair) {
        CoupleState::Asked => {}
        CoupleState::Agreed => return Err(Hindrance::Decided.into()),
        CoupleState::Ended => return Err(Hindrance::Ended.into()),
    }
    let mut others = rows::live_of(tx.reading(), &both(&pair))?;
    others.retain(|one| one.id != id);
    if others.iter().any(|one| one.agreed_at.is_some()) {
        return Err(Hindrance::InCouple.into());
    }
    for wish in others.into_iter().filter(|one| pair.is_of(one.officer_id)) {
        close(tx, ctx, wish, pair.partner_officer_id)?;
    }
    let agreed = rows::update(tx, &Pairing { agreed_at: Some(ctx.moment.stamp()), ..pair })?;
    told(tx, ctx, "couple.agreed", &agreed, agreed.officer_id)?;
    after_bond(tx, ctx, &both(&agreed))?;
    Ok(agreed)
}

/// Ends it, asked or agreed; the rules spare the two no longer.
///
/// # Errors
/// As [`check_one_of`]; [`Code::WrongState`] where it has ended.
pub fn end(tx: &mut Tx, ctx: &Ctx, id: RowId) -> Result<Pairing, Error> {
    check_one_of(tx.reading(), ctx, id)?;
    let own = oneself(ctx)?;
    let pair = rows::lock(tx, id)?;
    if state(&pair) == CoupleState::Ended {
        return Err(Hindrance::Ended.into());
    }
    let ended = close(tx, ctx, pair, own)?;
    if ended.agreed_at.is_some() {
        after_bond(tx, ctx, &both(&ended))?;
    }
    Ok(ended)
}

/// Ends a couple or a wish in the records, and tells the other one.
fn close(tx: &mut Tx, ctx: &Ctx, pair: Pairing, by: OfficerId) -> Result<Pairing, Error> {
    let ended = Pairing { ended_at: Some(ctx.moment.stamp()), ended_by: ctx.caller.account_id, ..pair };
    let ended = rows::update(tx, &ended)?;
    // A wish that ends with another couple is told to whoever was asked.
    let to = if ended.is_of(by) { ended.other(by) } else { ended.partner_officer_id };
    told(tx, ctx, "couple.ended", &ended, to)?;
    Ok(ended)
}

/// The two, in the order in which they are locked.
fn both(pair: &Pairing) -> [OfficerId; 2] {
    let mut both = [pair.officer_id, pair.partner_officer_id];
    both.sort_unstable();
    both
}

/// The trail says that, and of whom, but not who needs care.
fn told(tx: &mut Tx, ctx: &Ctx, topic: &'static str, pair: &Pairing, to: OfficerId) -> Result<(), Error> {
    let subject = Subject { kind: "couple", id: pair.id.0, officer_id: Some(pair.officer_id) };
    let after = json!({
        "officer_id": pair.officer_id, "partner_officer_id": pair.partner_officer_id, "state": state(pair),
        "has_care_need": pair.care_need.is_some(),
    });
    ctx.audit(tx, topic, subject, None, Some(after))?;
    Ok(store::outbox::append(tx, topic, pair.id.0, Some(to), &ctx.moment)?)
}
