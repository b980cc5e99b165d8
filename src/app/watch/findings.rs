//! What the rules of rest find becomes a violation: one for an officer, a rule and a window, however often and by whom it
//! is found. What is no longer found was remedied by the roster; nothing is ever deleted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::{credits, worked};
use crate::app::ctx::{Caller, Ctx, Subject};
use crate::app::duty::facts::{self, Facts, Window};
use crate::app::error::Error;
use crate::rules::finding::Outcome;
use crate::rules::rest::{Found, LOOK_BACK_DAYS, Scratch, check_with, worked_rests};
use crate::rules::terms::{OfficerId, RowId};
use crate::store::rest_violations::{
    self as rows, Basis, KeptState, RemediedBy, Violation, ViolationAct, ViolationEvent,
};
use crate::store::{self, Conn, Tx};

/// People who are looked at together.
const PAGE: usize = 500;
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

/// Rule, subject and first date: by these a violation is known again.
type Key = (String, String, NaiveDate);

/// What is found of one officer, by what it is known again by: of several over one time that begin together the gravest,
/// then the longest; of several shifts at fault that begin on one date each, in their order.
fn kept(founds: &[Found]) -> BTreeMap<Key, Kept> {
    let mut one: BTreeMap<Key, &Found> = BTreeMap::new();
    for found in founds.iter().filter(|found| !NO_DEBT.contains(&found.finding.rule.as_str())) {
        let key = |subject: String| (found.finding.rule.clone(), subject, found.from);
        if found.is_of_a_time() {
            let weight = |found: &Found| (found.blocks(), found.to);
            let known = one.entry(key(found.what().to_owned())).or_insert(found);
            if weight(known) < weight(found) {
                *known = found;
            }
            continue;
        }
        let places = std::iter::once(found.what().to_owned()).chain((2..).map(|n| format!("{}#{n}", found.what())));
        let mut free = places.map(key).filter(|key| !one.contains_key(key));
        if let Some(key) = free.next() {
            one.insert(key, found);
        }
    }
    let keep = |(key, found): (Key, &Found)| {
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

fn key(known: &Violation) -> Key {
    (known.rule.clone(), known.subject.clone(), known.from_on)
}

const fn is_open(known: &Violation) -> bool {
    matches!(known.state, KeptState::Detected | KeptState::Acknowledged)
}

/// Whether a look at some dates judges a violation to its end: what ends after them is not missed by them (a quarter is
/// judged with its last date).
fn is_judged(known: &Violation, from: NaiveDate, to: NaiveDate) -> bool {
    is_open(known) && from <= known.to_on && known.to_on <= to
}

/// What the rules find of a person between two dates, both included. What a quarter lacks is a breach when it is over;
/// before that it is a forecast.
fn found(ctx: &Ctx, scratch: &mut Scratch, facts: &Facts, from: NaiveDate, to: NaiveDate) -> Vec<Found> {
    let law = facts::law(ctx, from);
    let mut found = check_with(scratch, &facts.person(), &law, from, to);
    found.extend(worked_rests(&facts.shifts, &facts.worked_rests, &law.local, (from, to)));
    found.retain(|one| one.finding.rule != "rest.rotation" || one.to < ctx.moment.today());
    found
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
    let is_gone = |(key, known): (&Key, &&Violation)| is_judged(known, from, to) && !kept.contains_key(key);
    let is_new = |(key, one): (&Key, &Kept)| {
        by_key.get(key).is_none_or(|known| !says_nothing_new(known, one, basis(&one.found, &agreed)))
    };
    by_key.iter().any(is_gone) || kept.iter().any(is_new)
}

/// Somebody who is looked at, over the dates between two, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub officer_id: OfficerId,
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
}

/// Looks at everything that touches the dates between two, both included: what is found is kept; what touches them and is
/// no longer found was remedied by the roster.
///
/// # Errors
/// [`crate::app::error::Code::NotFound`] when there is no such officer.
pub fn look_again(
    tx: &mut Tx,
    ctx: &Ctx,
    officer_id: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Recorded, Error> {
    store::officers::lock(tx, officer_id)?;
    look_at(tx, ctx, &[Asked { officer_id, from, to }])
}

/// As [`look_again`], at many: a few statements for a page of them, however many they are.
///
/// # Errors
/// When the database does not answer.
pub fn look_at(tx: &mut Tx, ctx: &Ctx, asked: &[Asked]) -> Result<Recorded, Error> {
    let mut recorded = Recorded::default();
    for some in asked.chunks(PAGE) {
        let officers: Vec<OfficerId> = some.iter().map(|one| one.officer_id).collect();
        store::roster::lock(tx, &officers)?;
        let (mut written, mut loosened) = (Written::default(), Vec::new());
        for seen in gathered(tx.reading(), ctx, some)? {
            recorded += written.judge(ctx, &seen);
            if !seen.facts.derogations.is_empty() {
                loosened.push(seen.asked);
            }
        }
        written.store(tx, ctx)?;
        for one in loosened {
            credits::follow(tx, ctx, one.officer_id, (one.from, one.to))?;
        }
    }
    Ok(recorded)
}

/// Those among some of whom something else is found than what is kept; nothing is written.
///
/// # Errors
/// When the database does not answer.
pub(super) fn differing(connection: &mut Conn, ctx: &Ctx, asked: &[Asked]) -> Result<Vec<Asked>, Error> {
    let mut differing = Vec::new();
    for some in asked.chunks(PAGE) {
        let mut written = Written::default();
        for seen in gathered(connection, ctx, some)? {
            if !written.judge(ctx, &seen).is_nothing() {
                differing.push(seen.asked);
            }
        }
    }
    Ok(differing)
}

/// One person with the facts and with what is kept of them.
struct Seen {
    asked: Asked,
    facts: Facts,
    /// What is kept of any window that a finding may begin with.
    known: BTreeMap<Key, Violation>,
}

/// Gathers what is asked for. What stands open and touches the dates is judged to its end: a rest that is given now makes
/// good what the mean of coming weeks, or their quarter, would have lacked.
fn gathered(connection: &mut Conn, ctx: &Ctx, asked: &[Asked]) -> Result<Vec<Seen>, Error> {
    let officers: Vec<OfficerId> = asked.iter().map(|one| one.officer_id).collect();
    let (Some(from), Some(to)) = (asked.iter().map(|one| one.from).min(), asked.iter().map(|one| one.to).max()) else {
        return Ok(Vec::new());
    };
    // A window that is found may begin long before the dates that it touches.
    let first = from.checked_sub_days(Days::new(LOOK_BACK_DAYS)).unwrap_or(from);
    let mut known = by_officer(rows::touching(connection, &officers, first, to)?);
    let mut wider = asked.to_vec();
    for one in &mut wider {
        let theirs = known.get(&one.officer_id).map(Vec::as_slice).unwrap_or_default();
        let open = theirs.iter().filter(|known| is_open(known) && one.from <= known.to_on && known.from_on <= one.to);
        one.to = open.map(|known| known.to_on).max().unwrap_or(one.to).max(one.to);
    }
    let last = wider.iter().map(|one| one.to).max().unwrap_or(to);
    if last > to {
        known = by_officer(rows::touching(connection, &officers, first, last)?);
    }
    let mut people = facts::of(connection, ctx, &officers, Window::around(ctx, from, last))?;
    worked::add(connection, ctx, &mut people, (from, last))?;
    let mut seen = Vec::with_capacity(wider.len());
    for asked in wider {
        let Some(facts) = people.remove(&asked.officer_id) else { continue };
        let theirs = known.remove(&asked.officer_id).unwrap_or_default();
        seen.push(Seen { asked, facts, known: theirs.into_iter().map(|known| (key(&known), known)).collect() });
    }
    Ok(seen)
}

/// Whether the rules still find a violation, as the records stand.
///
/// # Errors
/// When the database does not answer.
pub(super) fn stands(connection: &mut Conn, ctx: &Ctx, violation: &Violation) -> Result<bool, Error> {
    let (from, to) = (violation.from_on, violation.to_on);
    let asked = [Asked { officer_id: violation.officer_id, from, to }];
    let mut scratch = Scratch::default();
    let seen = gathered(connection, ctx, &asked)?;
    Ok(seen.iter().any(|one| kept(&found(ctx, &mut scratch, &one.facts, from, to)).contains_key(&key(violation))))
}

fn by_officer(known: Vec<Violation>) -> BTreeMap<OfficerId, Vec<Violation>> {
    let mut of: BTreeMap<OfficerId, Vec<Violation>> = BTreeMap::new();
    for violation in known {
        of.entry(violation.officer_id).or_default().push(violation);
    }
    of
}

/// What a look changes, to be written at once.
#[derive(Default)]
struct Written {
    scratch: Scratch,
    fresh: Vec<Violation>,
    edited: Vec<Violation>,
    told: Vec<(ViolationAct, Violation)>,
}

impl Written {
    /// Holds what the rules find of a person against what is kept.
    fn judge(&mut self, ctx: &Ctx, seen: &Seen) -> Recorded {
        let (from, to) = (seen.asked.from, seen.asked.to);
        let kept = kept(&found(ctx, &mut self.scratch, &seen.facts, from, to));
        let agreed: BTreeSet<RowId> = seen.facts.agreed.iter().copied().collect();
        let mut recorded = Recorded::default();
        for (name, one) in &kept {
            let basis = basis(&one.found, &agreed);
            match seen.known.get(name) {
                None => recorded.detected += usize::from(self.detect(ctx, seen, name, one, basis)),
                Some(known) if says_nothing_new(known, one, basis) => {}
                Some(known) => match self.change(seen, known, one, basis) {
                    ViolationAct::Reopened => recorded.reopened += 1,
                    _ => recorded.changed += 1,
                },
            }
        }
        let is_gone = |known: &&Violation| is_judged(known, from, to) && !kept.contains_key(&key(known));
        for gone in seen.known.values().filter(is_gone) {
            let remedied = Violation {
                state: KeptState::Remedied,
                remedied_by: Some(RemediedBy::RosterChanged),
                accepted_until: None,
                ..gone.clone()
            };
            self.edited.push(remedied.clone());
            self.told.push((ViolationAct::Remedied, remedied));
            recorded.remedied += 1;
        }
        recorded
    }

    /// A violation that nobody knew; the unit that held the person on the last date of the window owes it.
    fn detect(&mut self, ctx: &Ctx, seen: &Seen, (rule, subject, from_on): &Key, one: &Kept, basis: Basis) -> bool {
        let Some(unit_id) = seen.facts.unit_on(one.found.to) else { return false };
        let violation = Violation {
            id: RowId(ctx.moment.new_id()),
            officer_id: seen.asked.officer_id,
            unit_id,
            rule: rule.clone(),
            subject: subject.clone(),
            from_on: *from_on,
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
        self.fresh.push(violation.clone());
        self.told.push((ViolationAct::Detected, violation));
        true
    }

    /// A violation that is found with other values, or once more after it was made good.
    fn change(&mut self, seen: &Seen, known: &Violation, one: &Kept, basis: Basis) -> ViolationAct {
        // What was accepted as a warning was not accepted as what it is now.
        let is_graver = known.outcome != Outcome::Block && one.found.blocks();
        let (state, act) = match known.state {
            _ if is_graver && known.accepted_until.is_some() => (KeptState::Detected, ViolationAct::Reopened),
            KeptState::Detected | KeptState::Acknowledged => (known.state, ViolationAct::Changed),
            KeptState::Remedied | KeptState::Verified => (KeptState::Detected, ViolationAct::Reopened),
        };
        let changed = Violation {
            unit_id: seen.facts.unit_on(one.found.to).unwrap_or(known.unit_id),
            to_on: one.found.to,
            basis,
            outcome: one.found.finding.outcome,
            finding: one.finding.clone(),
            shifts: one.shifts.clone(),
            state,
            remedied_by: None,
            accepted_until: known.accepted_until.filter(|_| !is_graver),
            ..known.clone()
        };
        self.edited.push(changed.clone());
        self.told.push((act, changed));
        act
    }

    /// Writes it, with what the service itself says of it.
    fn store(self, tx: &mut Tx, ctx: &Ctx) -> Result<(), Error> {
        if self.told.is_empty() {
            return Ok(());
        }
        rows::insert_many(tx, &self.fresh)?;
        for edited in &self.edited {
            rows::update(tx, edited)?;
        }
        let events: Vec<ViolationEvent> =
            self.told.iter().map(|(act, violation)| event(ctx, *act, violation)).collect();
        rows::append(tx, &events)?;
        let service = Ctx { caller: Caller::service(), ..ctx.clone() };
        let entries: Vec<_> = self.told.iter().map(|(act, violation)| entry(&service, *act, violation)).collect();
        for some in entries.chunks(PAGE) {
            store::audit::append_many(tx, some, &ctx.moment)?;
        }
        let worth_telling = self.told.iter().filter(|(act, _)| *act != ViolationAct::Changed);
        let messages: Vec<_> =
            worth_telling.map(|(act, violation)| (topic(*act), violation.id.0, violation.officer_id)).collect();
        Ok(store::outbox::append_many(tx, &messages, &ctx.moment)?)
    }
}

/// Why the service itself made it good.
fn cause(act: ViolationAct) -> Option<RemediedBy> {
    (act == ViolationAct::Remedied).then_some(RemediedBy::RosterChanged)
}

const fn topic(act: ViolationAct) -> &'static str {
    match act {
        ViolationAct::Reopened => "rest_violation.reopened",
        ViolationAct::Changed => "rest_violation.changed",
        ViolationAct::Remedied => "rest_violation.remedied",
        _ => "rest_violation.detected",
    }
}

fn event(ctx: &Ctx, act: ViolationAct, violation: &Violation) -> ViolationEvent {
    ViolationEvent {
        id: RowId(ctx.moment.new_id()),
        violation_id: violation.id,
        act,
        cause: cause(act),
        account_id: None,
        note: None,
        until_on: None,
        finding: (act != ViolationAct::Remedied).then(|| violation.finding.clone()),
        recorded_at: ctx.moment.stamp(),
    }
}

fn entry<'a>(service: &'a Ctx, act: ViolationAct, violation: &Violation) -> store::audit::Entry<'a> {
    let after = json!({
        "rule": violation.rule, "from": violation.from_on, "to": violation.to_on, "unit_id": violation.unit_id,
        "basis": violation.basis, "outcome": violation.outcome, "state": violation.state, "cause": cause(act),
    });
    service.entry(topic(act), subject(violation), None, Some(after))
}

pub(super) const fn subject(violation: &Violation) -> Subject {
    Subject { kind: "rest_violation", id: violation.id.0, officer_id: Some(violation.officer_id) }
}
