//! What hr enters into balances: adjustments, and days carried into the next year.

use chrono::NaiveDate;
use serde_json::json;

use super::holdings::{Entry, Holdings, moving, rebind, years_of};
use super::{ENTERS, give_back};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach;
use crate::app::said;
use crate::rules::carry_over::{self, CarryOver, CarryReason};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::lots::{Assignment, Lot, assign};
use crate::rules::terms::{
    HalfDays, LeaveKind, LotId, LotSource, MovementKind, OfficerId, leave_year, year_end, year_start,
};
use crate::store::leave_ledger::{Lot as LotRow, Movement};
use crate::store::{self, Tx};

/// An adjustment as hr enters it.
#[derive(Debug, Clone)]
pub struct Adjustment {
    /// Whose.
    pub officer_id: OfficerId,
    /// Kind of leave.
    pub kind: LeaveKind,
    /// Leave year.
    pub year: i32,
    /// Days; negative ones are taken away.
    pub days: HalfDays,
    /// Why.
    pub reason: String,
}

/// A carry-over as hr enters it.
#[derive(Debug, Clone)]
pub struct Carry {
    /// Whose.
    pub officer_id: OfficerId,
    /// Leave year whose days are carried.
    pub from_year: i32,
    /// Days.
    pub days: HalfDays,
    /// Why.
    pub reason: CarryReason,
    /// When the officer agreed.
    pub consent_on: NaiveDate,
}

/// What was recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The lot that came of it, for carry-overs and positive adjustments.
    pub lot: Option<LotRow>,
    /// The movements.
    pub movements: Vec<Movement>,
    /// What the rules found.
    pub findings: Vec<Finding>,
}

/// Locks an officer for an entry by hr and reads what they hold.
pub(super) fn holdings(tx: &mut Tx, ctx: &Ctx, officer: OfficerId) -> Result<Holdings, Error> {
    store::officers::lock(tx, officer)?;
    reach::officer_for_others(tx.reading(), ctx, officer, ENTERS)?;
    give_back::record_expired(tx, ctx, officer)?;
    Holdings::load(tx.reading(), ctx, officer, LeaveKind::Annual)
}

/// The movements recorded since `holdings` were read.
fn since(tx: &mut Tx, holdings: &Holdings) -> Result<Vec<Movement>, Error> {
    let lots = store::leave_ledger::lots(tx.reading(), holdings.officer_id, holdings.kind)?;
    let all = store::leave_ledger::movements(tx.reading(), holdings.officer_id, &lots)?;
    Ok(all.into_iter().skip(holdings.movements.len()).collect())
}

fn new_lot(ctx: &Ctx, source: LotSource, origin_year: i32, valid_from: NaiveDate, expires_on: NaiveDate) -> LotRow {
    LotRow { id: LotId(ctx.moment.new_id()), source, origin_year, valid_from, expires_on }
}

fn check_adjustment(ctx: &Ctx, adjustment: &Adjustment) -> Result<(), Error> {
    let mut refused = Vec::new();
    if adjustment.kind != LeaveKind::Annual {
        refused.push(FieldError::new("/kind", Code::KindNotOffered));
    }
    if adjustment.days == HalfDays::ZERO || adjustment.days.0.unsigned_abs() > HalfDays::whole(366).0.unsigned_abs() {
        refused.push(FieldError::new("/days", Code::InvalidValue).expected("−366…366, ≠ 0"));
    }
    if leave_year(ctx.moment.today()).abs_diff(adjustment.year) > 1 {
        refused.push(FieldError::new("/year", Code::InvalidValue));
    }
    refused.extend(said::reason("/reason", &adjustment.reason).err());
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Adjusts a balance: a positive adjustment is a lot to the end of the year, a negative one draws on lots (RULINGS 16).
///
/// # Errors
/// [`Error::Conflict`] when a negative one goes below zero; [`Code::OwnRecord`]; refused fields.
pub fn adjust(tx: &mut Tx, ctx: &Ctx, adjustment: &Adjustment) -> Result<Recorded, Error> {
    let holdings = holdings(tx, ctx, adjustment.officer_id)?;
    check_adjustment(ctx, adjustment)?;
    let (Some(first), Some(last)) = (year_start(adjustment.year), year_end(adjustment.year)) else {
        return Err(FieldError::new("/year", Code::InvalidValue).into());
    };
    let mut years = years_of(&holdings.draws(None));
    years.insert(adjustment.year);
    let lots = holdings.lots(ctx, years)?;
    let entry = |lot_id, quantity| Entry {
        lot_id,
        kind: MovementKind::Adjusted,
        quantity,
        leave_on: None,
        request_id: None,
        cause: adjustment.reason.clone(),
    };
    let (lot, entries) = if adjustment.days > HalfDays::ZERO {
        let lot = new_lot(ctx, LotSource::Adjusted, adjustment.year, first, last);
        store::leave_ledger::ensure_lot(tx, holdings.officer_id, holdings.kind, lot, &ctx.moment)?;
        let entries = vec![entry(lot.id, adjustment.days)];
        (Some(lot), entries)
    } else {
        let taken = taken_away(&holdings, &lots, -adjustment.days, last)?;
        let mut entries = moving(&taken.moved);
        entries.extend(taken.draws.into_iter().map(|(_, lot, quantity)| entry(lot, -quantity)));
        (None, entries)
    };
    holdings.record(tx, ctx, &lots, &entries)?;
    let subject =
        Subject { kind: "leave_adjustment", id: adjustment.officer_id.0, officer_id: Some(adjustment.officer_id) };
    let after =
        json!({"kind": adjustment.kind, "year": adjustment.year, "days": adjustment.days, "reason": adjustment.reason});
    ctx.audit(tx, "leave.adjusted", subject, None, Some(after))?;
    Ok(Recorded { lot, movements: since(tx, &holdings)?, findings: Vec::new() })
}

/// From which lots so much can be taken away without leaving a live day uncovered: those that leave on the last day of
/// the year would draw on.
fn taken_away(holdings: &Holdings, lots: &[Lot], wanted: HalfDays, last: NaiveDate) -> Result<Assignment, Error> {
    assign(lots, &holdings.draws(None), &[(last, wanted)]).map_err(|shortage| {
        let finding = Finding::new("leave.adjustment", "", Outcome::Block)
            .measured("days", shortage.requested)
            .measured("available_days", shortage.available)
            .limit("short_by_days", shortage.requested - shortage.available);
        Error::Conflict(vec![finding])
    })
}

/// Carries untaken days of a year into the next, for work that required it and with the officer's consent
/// (Order 514 art. 5).
///
/// # Errors
/// [`Error::Conflict`] with the findings; [`Code::OwnRecord`]; refused fields.
pub fn carry(tx: &mut Tx, ctx: &Ctx, carry: &Carry) -> Result<Recorded, Error> {
    let holdings = holdings(tx, ctx, carry.officer_id)?;
    let today = ctx.moment.today();
    let mut refused = Vec::new();
    if carry.days <= HalfDays::ZERO {
        refused.push(FieldError::new("/days", Code::InvalidValue).expected("> 0"));
    }
    if !(0..=1).contains(&leave_year(today).saturating_sub(carry.from_year)) {
        refused.push(FieldError::new("/from_year", Code::InvalidValue));
    }
    if carry.consent_on > today || year_start(carry.from_year).is_some_and(|first| carry.consent_on < first) {
        refused.push(FieldError::new("/consent_on", Code::InvalidValue).read(carry.consent_on.to_string()));
    }
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    let end = year_end(carry.from_year).ok_or(Code::NoPolicy)?;
    let place = holdings.facts.place_on(end).ok_or(Code::NoPolicy)?;
    let version = ctx.statutes.policies.annual_leave(place, end).ok_or(Code::NoPolicy)?;
    let draws = holdings.draws(None);
    let mut years = years_of(&draws);
    years.insert(carry.from_year);
    let lots = holdings.lots(ctx, years)?;
    let own_id = holdings.own_lot_id(carry.from_year);
    let own = lots.iter().find(|lot| lot.id == own_id).ok_or(Code::NoPolicy)?;
    let asked = CarryOver { from_year: carry.from_year, days: carry.days, reason: Some(carry.reason) };
    let verdict = carry_over::assess(&asked, own, &draws, version).ok_or(Code::NoPolicy)?;
    if let Some(opening) = store::leave_openings::find(tx.reading(), carry.officer_id, carry.from_year + 1)? {
        // The books begin with the opening: it has said what was carried.
        let finding = Finding::new("leave.carry_left", "L4", Outcome::Block)
            .source("职工带薪年休假条例 第五条")
            .policy(&version.label())
            .measured("days", carry.days)
            .measured("opening_as_of", opening.as_of.to_string())
            .measured("opening_carried_in_days", opening.carried_in)
            .limit("left_days", HalfDays::ZERO)
            .limit("expires_on", verdict.validity.expires_on.to_string());
        return Err(Error::Conflict(vec![finding]));
    }
    if verdict.findings.iter().any(Finding::blocks) {
        return Err(Error::Conflict(verdict.findings));
    }
    let validity = verdict.validity;
    let lot = new_lot(ctx, LotSource::Carried, carry.from_year, validity.valid_from, validity.expires_on);
    store::leave_ledger::ensure_lot(tx, holdings.officer_id, holdings.kind, lot, &ctx.moment)?;
    let entry = |lot_id, kind, quantity| Entry {
        lot_id,
        kind,
        quantity,
        leave_on: None,
        request_id: None,
        cause: carry.reason.as_str().to_owned(),
    };
    let entries =
        [entry(own_id, MovementKind::CarriedOut, -carry.days), entry(lot.id, MovementKind::CarriedIn, carry.days)];
    holdings.record(tx, ctx, &lots, &entries)?;
    rebind(tx, ctx, holdings.officer_id, holdings.kind)?;
    let subject = Subject { kind: "leave_carry_over", id: lot.id.0, officer_id: Some(carry.officer_id) };
    let after = json!({"from_year": carry.from_year, "days": carry.days, "reason": carry.reason, "consent_on": carry.consent_on});
    ctx.audit(tx, "leave.carried_over", subject, None, Some(after))?;
    Ok(Recorded { lot: Some(lot), movements: since(tx, &holdings)?, findings: verdict.findings })
}
