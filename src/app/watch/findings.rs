//! What the rules of rest find becomes a violation: one for an officer, a rule and a window, however often and by whom it
//! is found. What is no longer found was remedied by the roster; nothing is ever deleted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::json;

use crate::app::ctx::{Caller, Ctx, Subject};
use crate::app::duty::facts::{self, Facts, Window};
use crate::app::error::{Code, Error};
use crate::rules::rest::{Found, Scratch, check_with};
use crate::rules::terms::{OfficerId, RowId};
use crate::store::rest_violations::{
    self as rows, Basis, KeptState, RemediedBy, Violation, ViolationAct, ViolationEvent,
};
use crate::store::{self, Conn, Tx};

/// What is no debt towards a person: nothing is owed where no policy says what.
const NO_DEBT: &[&str] = &["rest.no_policy"];

/// What became of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Violations found for the first time.
    pub detected: usize,
    /// Violations found again after they had been made good.
    pub reopened: usize,
    /// Violations found with other values.
    pub changed: usize,
    /// Violations no longer found.
    pub remedied: usize,
}

impl Recorded {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl std::ops::AddAssign for Recorded {
    fn add_assign(&mut self, other: Self) {
        self.detected += other.detected;
        self.reopened += other.reopened;
        self.changed += other.changed;
        self.remedied += other.remedied;
    }
}

/// A finding as it is kept.
struct Kept {
    found: Found,
    finding: String,
    shifts: String,
}

/// What is found of one officer, one for each rule and window: of several the gravest, then the longest.
fn kept(founds: &[Found]) -> BTreeMap<(String, NaiveDate), Kept> {
    let mut one: BTreeMap<(String, NaiveDate), &Found> = BTreeMap::new();
    for found in founds.iter().filter(|found| !NO_DEBT.contains(&found.finding.rule.as_str())) {
        let key = (found.finding.rule.clone(), found.from);
        let weight = |found: &Found| (found.blocks(), found.to);
        if one.get(&key).is_none_or(|known| weight(known) < weight(found)) {
            one.insert(key, found);
        }
    }
    let keep = |(key, found): ((String, NaiveDate), &Found)| {
        let kept = Kept {
            finding: json!(found.finding).to_string(),
            shifts: json!(found.shifts).to_string(),
            found: found.clone(),
        };
        (key, kept)
    };
    one.into_iter().map(keep).collect()
}

/// On what a finding rests: on hours agreed on, where all its shifts have them.
fn basis(found: &Found, agreed: &BTreeSet<RowId>) -> Basis {
    let is_actual = !found.shifts.is_empty() && found.shifts.iter().all(|shift| agreed.contains(shift));
    if is_actual { Basis::Actual } else { Basis::Planned }
}

/// Whether a violation is as it was kept.
fn is_same(known: &Violation, kept: &Kept, basis: Basis) -> bool {
    (known.to_on, known.basis, &known.finding, &known.shifts) == (kept.found.to, basis, &kept.finding, &kept.shifts)
}

/// Whether a finding changes nothing of what is kept: it stands open as it is, or a leader made exactly this good.
fn says_nothing_new(known: &Violation, kept: &Kept, basis: Basis) -> bool {
    match (known.state, known.remedied_by) {
        (KeptState::Detected | KeptState::Acknowledged, _) => is_same(known, kept, basis),
        (_, Some(RemediedBy::RosterChanged)) => false,
        _ => known.finding == kept.finding,
    }
}

fn key(known: &Violation) -> (String, NaiveDate) {
    (known.rule.clone(), known.from_on)
}

const fn is_open(known: &Violation) -> bool {
    matches!(known.state, KeptState::Detected | KeptState::Acknowledged)
}

/// Whether a look at some dates judges a violation to its end: what ends after them is not missed by them (a quarter is
/// judged with its last date).
fn is_judged(known: &Violation, from: NaiveDate, to: NaiveDate) -> bool {
    is_open(known) && from <= known.to_on && known.to_on <= to
}

/// What the rules find of a person between two dates, both included.
fn found(ctx: &Ctx, scratch: &mut Scratch, facts: &Facts, from: NaiveDate, to: NaiveDate) -> Vec<Found> {
    check_with(scratch, &facts.person(), &facts::law(ctx, from), from, to)
}

/// Whether what is kept of an officer between two dates differs from what the rules find now.
pub(super) fn differs(
    ctx: &Ctx,
    scratch: &mut Scratch,
    facts: &Facts,
    known: &[&Violation],
    (from, to): (NaiveDate, NaiveDate),
) -> bool {
    let kept = kept(&found(ctx, scratch, facts, from, to));
    let agreed: BTreeSet<RowId> = facts.agreed.iter().copied().collect();
    let by_key: BTreeMap<_, _> = known.iter().map(|known| (key(known), *known)).collect();
    let is_gone =
        |(key, known): (&(String, NaiveDate), &&Violation)| is_judged(known, from, to) && !kept.contains_key(key);
    let is_new = |(key, one): (&(String, NaiveDate), &Kept)| {
        by_key.get(key).is_none_or(|known| !says_nothing_new(known, one, basis(&one.found, &agreed)))
    };
    by_key.iter().any(is_gone) || kept.iter().any(is_new)
}

/// Keeps what the rules found of an officer: for writes that proceed with a warning, and publications. What is not among
/// `founds` is left as it is.
///
/// # Errors
/// [`Code::NotFound`] when there is no such officer.
pub fn record(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, founds: &[Found]) -> Result<Recorded, Error> {
    let kept = kept(founds);
    let (Some(from), Some(to)) =
        (kept.values().map(|one| one.found.from).min(), kept.values().map(|one| one.found.to).max())
    else {
        return Ok(Recorded::default());
    };
    store::officers::lock(tx, officer)?;
    let known = rows::touching(tx.reading(), &[officer], from, to)?;
    let shifts: Vec<RowId> = kept.values().flat_map(|one| one.found.shifts.iter().copied()).collect();
    let agreed = rows::agreed(tx.reading(), officer, &shifts)?.into_iter().collect();
    keep(tx, ctx, officer, &kept, &known, &agreed)
}

/// Looks at everything that touches the dates between two, both included: what is found is kept; what ends on them and is
/// no longer found was remedied by the roster.
///
/// # Errors
/// [`Code::NotFound`] when there is no such officer.
pub fn look_again(
    tx: &mut Tx,
    ctx: &Ctx,
    officer: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Recorded, Error> {
    store::officers::lock(tx, officer)?;
    let window = Window::around(ctx, from, to);
    let facts = facts::of_one(tx.reading(), ctx, officer, window)?.ok_or(Code::NotFound)?;
    let kept = kept(&found(ctx, &mut Scratch::default(), &facts, from, to));
    let known = rows::touching(tx.reading(), &[officer], from, to)?;
    let agreed = facts.agreed.iter().copied().collect();
    let mut recorded = keep(tx, ctx, officer, &kept, &known, &agreed)?;
    for gone in known.iter().filter(|known| is_judged(known, from, to) && !kept.contains_key(&key(known))) {
        let remedied = Violation {
            state: KeptState::Remedied,
            remedied_by: Some(RemediedBy::RosterChanged),
            accepted_until: None,
            ..gone.clone()
        };
        let remedied = rows::update(tx, &remedied)?;
        happened(tx, ctx, &remedied, ViolationAct::Remedied)?;
        recorded.remedied += 1;
    }
    Ok(recorded)
}

/// Most people of one write who are looked at with it; of more, the night keeps what was found.
const AT_ONCE: usize = 20;
/// How far around a write its windows may end, in days.
const AROUND_DAYS: u64 = 14;

/// Looks again at the people of a write on the roster between two dates, both included, and drafts the rest orders that
/// it calls for: state is fresh without the night.
///
/// # Errors
/// As [`look_again`].
pub fn after_write(
    tx: &mut Tx,
    ctx: &Ctx,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(), Error> {
    if officers.len() > AT_ONCE {
        return Ok(());
    }
    let around = Days::new(AROUND_DAYS);
    let (from, to) = (from.checked_sub_days(around).unwrap_or(from), to.checked_add_days(around).unwrap_or(to));
    for officer in officers {
        look_again(tx, ctx, *officer, from, to)?;
        super::orders::draft(tx, ctx, *officer)?;
    }
    Ok(())
}

fn keep(
    tx: &mut Tx,
    ctx: &Ctx,
    officer: OfficerId,
    kept: &BTreeMap<(String, NaiveDate), Kept>,
    known: &[Violation],
    agreed: &BTreeSet<RowId>,
) -> Result<Recorded, Error> {
    let mut recorded = Recorded::default();
    for (name, one) in kept {
        let basis = basis(&one.found, agreed);
        let Some(known) = known.iter().find(|known| key(known) == *name) else {
            let Some(unit_id) = owing(tx.reading(), officer, one.found.to)? else { continue };
            let violation = Violation {
                id: RowId(ctx.moment.new_id()),
                officer_id: officer,
                unit_id,
                rule: name.0.clone(),
                from_on: one.found.from,
                to_on: one.found.to,
                basis,
                outcome: one.found.finding.outcome,
                finding: one.finding.clone(),
                shifts: one.shifts.clone(),
                state: KeptState::Detected,
                remedied_by: None,
                accepted_until: None,
                detected_at: ctx.moment.stamp(),
                version: 1,
            };
            rows::insert(tx, &violation)?;
            happened(tx, ctx, &violation, ViolationAct::Detected)?;
            recorded.detected += 1;
            continue;
        };
        if says_nothing_new(known, one, basis) {
            continue;
        }
        let (state, act) = match known.state {
            KeptState::Detected | KeptState::Acknowledged => (known.state, ViolationAct::Changed),
            KeptState::Remedied | KeptState::Verified => (KeptState::Detected, ViolationAct::Reopened),
        };
        let changed = Violation {
            unit_id: owing(tx.reading(), officer, one.found.to)?.unwrap_or(known.unit_id),
            to_on: one.found.to,
            basis,
            outcome: one.found.finding.outcome,
            finding: one.finding.clone(),
            shifts: one.shifts.clone(),
            state,
            remedied_by: None,
            ..known.clone()
        };
        let changed = rows::update(tx, &changed)?;
        happened(tx, ctx, &changed, act)?;
        match act {
            ViolationAct::Reopened => recorded.reopened += 1,
            _ => recorded.changed += 1,
        }
    }
    Ok(recorded)
}

/// The unit that held the person on a date, which is the last of the window.
fn owing(
    connection: &mut Conn,
    officer: OfficerId,
    on: NaiveDate,
) -> Result<Option<crate::rules::terms::UnitId>, Error> {
    Ok(store::officers::units_on(connection, &[officer], on)?.first().map(|(_, unit)| *unit))
}

/// What the service itself records.
fn happened(tx: &mut Tx, ctx: &Ctx, violation: &Violation, act: ViolationAct) -> Result<(), Error> {
    let cause = (act == ViolationAct::Remedied).then_some(RemediedBy::RosterChanged);
    let event = ViolationEvent {
        id: RowId(ctx.moment.new_id()),
        violation_id: violation.id,
        act,
        cause,
        account_id: None,
        note: None,
        until_on: None,
        finding: (act != ViolationAct::Remedied).then(|| violation.finding.clone()),
        recorded_at: ctx.moment.stamp(),
    };
    rows::append(tx, &event)?;
    let topic = match act {
        ViolationAct::Reopened => "rest_violation.reopened",
        ViolationAct::Changed => "rest_violation.changed",
        ViolationAct::Remedied => "rest_violation.remedied",
        _ => "rest_violation.detected",
    };
    let service = Ctx { caller: Caller::service(), ..ctx.clone() };
    let after = json!({
        "rule": violation.rule, "from": violation.from_on, "to": violation.to_on, "unit_id": violation.unit_id,
        "basis": violation.basis, "outcome": violation.outcome, "state": violation.state, "cause": cause,
    });
    service.audit(tx, topic, subject(violation), None, Some(after))?;
    if act != ViolationAct::Changed {
        store::outbox::append(tx, topic, violation.id.0, Some(violation.officer_id), &ctx.moment)?;
    }
    Ok(())
}

pub(super) const fn subject(violation: &Violation) -> Subject {
    Subject { kind: "rest_violation", id: violation.id.0, officer_id: Some(violation.officer_id) }
}
