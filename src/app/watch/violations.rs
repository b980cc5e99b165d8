//! The life of a violation: seen by a leader of the unit that owes it, made good, checked by hr, or accepted for a time.
//! It is the unit's debt: nothing here counts or ranks people.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::findings::{stands, subject};
use super::{LEADERS, READERS, VERIFIERS};
use crate::app::ctx::{Ctx, Subject};
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach::{self, Reach};
use crate::app::said;
use crate::rules::duty::Shift;
use crate::rules::rest::{NAMES, WORKED_REST, named};
use crate::rules::terms::{OfficerId, Role, RowId, UnitId, UnknownWord, vocabulary};
use crate::store::rest_violations::{self as rows, Filter, KeptState, RemediedBy, Standing};
use crate::store::{self, Conn, Tx};

pub use crate::store::rest_violations::{Basis, Violation, ViolationAct, ViolationEvent};

/// How far ahead an exception may run, in days.
pub const ACCEPTED_DAYS_MAX: u64 = 366;

vocabulary! {
    /// Where a violation stands.
    ViolationState {
        /// The rules found it.
        Detected = "detected",
        /// A leader of the unit has seen it.
        Acknowledged = "acknowledged",
        /// It was made good.
        Remedied = "remedied",
        /// hr has checked that it was.
        Verified = "verified",
        /// hr accepts it for a time; after that it stands where it stood.
        Accepted = "accepted",
    }
}

/// Where a violation stands on a date: an exception lapses by itself.
#[must_use]
pub fn state_on(violation: &Violation, today: NaiveDate) -> ViolationState {
    match violation.state {
        KeptState::Remedied => ViolationState::Remedied,
        KeptState::Verified => ViolationState::Verified,
        _ if violation.accepted_until.is_some_and(|until| today <= until) => ViolationState::Accepted,
        KeptState::Detected => ViolationState::Detected,
        KeptState::Acknowledged => ViolationState::Acknowledged,
    }
}

/// What a list may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// What this unit and everything under it owes.
    pub unit_id: Option<UnitId>,
    /// Of this rule, by its name or the id of the sheet.
    pub rule: Option<String>,
    /// Standing so today.
    pub state: Option<ViolationState>,
    /// Of this officer.
    pub officer_id: Option<OfficerId>,
    /// Whose window ends on this date or later.
    pub from: Option<NaiveDate>,
    /// Whose window begins on this date or earlier.
    pub to: Option<NaiveDate>,
    /// Before this one in the list.
    pub before: Option<RowId>,
}

/// Violations, newest first, one more than `limit` if there are more: what the units owe that the caller reaches, and
/// the caller's own where they ask for themselves or reach nobody.
///
/// # Errors
/// [`Code::NotFound`] for a unit that is absent or not reached; [`Code::InvalidParameter`] for a rule that nobody knows.
pub fn list(connection: &mut Conn, ctx: &Ctx, narrowing: Narrowing, limit: usize) -> Result<Vec<Violation>, Error> {
    let today = ctx.moment.today();
    let mut refused = Vec::new();
    let rule = narrowing.rule.as_deref().map(rule_named).transpose().unwrap_or_else(|fault| {
        refused.push(fault);
        None
    });
    if let (Some(from), Some(to)) = (narrowing.from, narrowing.to)
        && to < from
    {
        refused.push(FieldError::new("?to", Code::InvalidParameter).expected(format!("≥ {from}")));
    }
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    let reach = reach::of(connection, ctx, READERS)?;
    let reaches_nobody = matches!(&reach, Reach::Units(units) if units.is_empty());
    let narrowed = reach.narrowed_to(connection, ctx, narrowing.unit_id)?.units();
    let own = ctx.caller.officer_id;
    let (units, officer_id) = match narrowing.officer_id {
        Some(officer) if Some(officer) == own => (None, Some(officer)),
        None if reaches_nobody => match own {
            Some(own) => (None, Some(own)),
            None => return Ok(Vec::new()),
        },
        asked => (narrowed, asked),
    };
    let standing = narrowing.state.map(|state| match state {
        ViolationState::Detected => Standing::Kept(KeptState::Detected, today),
        ViolationState::Acknowledged => Standing::Kept(KeptState::Acknowledged, today),
        ViolationState::Remedied => Standing::Kept(KeptState::Remedied, today),
        ViolationState::Verified => Standing::Kept(KeptState::Verified, today),
        ViolationState::Accepted => Standing::Accepted(today),
    });
    let filter =
        Filter { units, officer_id, rule, standing, from: narrowing.from, to: narrowing.to, before: narrowing.before };
    Ok(rows::list(connection, &filter, i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}

fn rule_named(text: &str) -> Result<String, FieldError> {
    named(text).map(ToOwned::to_owned).ok_or_else(|| {
        let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        FieldError::new("?rule", Code::InvalidParameter).expected(format!("R1 … R12, {}", names.join(", ")))
    })
}

/// A violation with what happened to it and the shifts that prove it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The violation.
    pub violation: Violation,
    /// What happened, in order.
    pub events: Vec<ViolationEvent>,
    /// The shifts that prove it, as they stand now, by start.
    pub shifts: Vec<Shift>,
}

/// One violation, if it is the caller's own or owed by a unit that they reach.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Whole, Error> {
    let violation = seen(connection, ctx, id)?;
    whole(connection, violation)
}

/// The shifts that prove a violation, as they stand now.
fn proof(connection: &mut Conn, violation: &Violation) -> Result<Vec<Shift>, Error> {
    let proof: Vec<RowId> =
        serde_json::from_str(&violation.shifts).map_err(|error| Error::Internal(format!("stored proof: {error}")))?;
    Ok(rows::proof(connection, violation.officer_id, &proof)?)
}

/// Whether some of what a violation is about is still to come: its dates, or the end of a shift that proves it.
fn is_to_come(connection: &mut Conn, ctx: &Ctx, violation: &Violation) -> Result<bool, Error> {
    let shifts = proof(connection, violation)?;
    Ok(violation.to_on > ctx.moment.today() || shifts.iter().any(|shift| ctx.moment.now() < shift.ends_at))
}

fn whole(connection: &mut Conn, violation: Violation) -> Result<Whole, Error> {
    let events = rows::events(connection, violation.id)?;
    let shifts = proof(connection, &violation)?;
    Ok(Whole { violation, events, shifts })
}

fn seen(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Violation, Error> {
    let violation = rows::find(connection, id)?.ok_or(Code::NotFound)?;
    let is_seen =
        ctx.caller.is_self(violation.officer_id) || reach::reaches(connection, ctx, READERS, violation.unit_id)?;
    if is_seen { Ok(violation) } else { Err(Code::NotFound.into()) }
}

/// Notes that somebody asked for what is not theirs to see.
///
/// # Errors
/// When the database does not answer.
pub fn note_refusal(tx: &mut Tx, ctx: &Ctx, kind: &'static str, id: uuid::Uuid) -> Result<(), Error> {
    let subject = Subject { kind, id, officer_id: None };
    Ok(ctx.audit(tx, "rest_violation.not_shown", subject, None, None)?)
}

/// An act on a violation.
#[derive(Debug, Clone)]
pub enum Act {
    /// A leader has seen it.
    Acknowledge {
        /// What they say.
        note: Option<String>,
    },
    /// A leader made it good.
    Remedy {
        /// How.
        note: String,
    },
    /// hr checked that it was made good.
    Verify {
        /// What they say.
        note: Option<String>,
    },
    /// hr accepts it for a time.
    Accept {
        /// Last date.
        until: NaiveDate,
        /// Why.
        reason: String,
    },
}

impl Act {
    /// Who may.
    const fn roles(&self) -> &'static [Role] {
        match self {
            Self::Acknowledge { .. } | Self::Remedy { .. } => LEADERS,
            Self::Verify { .. } | Self::Accept { .. } => VERIFIERS,
        }
    }

    /// From where it leads on.
    const fn begins_in(&self) -> &'static [ViolationState] {
        match self {
            Self::Acknowledge { .. } => &[ViolationState::Detected],
            Self::Remedy { .. } => &[ViolationState::Acknowledged],
            Self::Verify { .. } => &[ViolationState::Remedied],
            Self::Accept { .. } => &[ViolationState::Detected, ViolationState::Acknowledged],
        }
    }
}

/// Whether the caller may act so on a violation: the gate of a kept answer.
///
/// # Errors
/// As [`act`].
pub fn check_caller(connection: &mut Conn, ctx: &Ctx, id: RowId, act: &Act) -> Result<Violation, Error> {
    let violation = seen(connection, ctx, id)?;
    if reach::is_own(connection, ctx, violation.officer_id)? {
        return Err(Code::OwnRecord.into());
    }
    if !reach::reaches(connection, ctx, act.roles(), violation.unit_id)? {
        return Err(Code::Forbidden.into());
    }
    Ok(violation)
}

/// Acts on a violation.
///
/// # Errors
/// [`Code::NotFound`] when it is not the caller's to see; [`Code::OwnRecord`] for one's own and one's spouse's;
/// [`Code::Forbidden`] without the role on the unit; [`Code::WrongState`] out of order, and for what is made good before its
/// dates have come while the rules still find it, or while the rest of a worked rest day is owed; refused fields.
pub fn act(tx: &mut Tx, ctx: &Ctx, id: RowId, act: &Act) -> Result<Whole, Error> {
    // Gather.
    let seen = check_caller(tx.reading(), ctx, id, act)?;
    store::officers::lock(tx, seen.officer_id)?;
    let before = rows::lock(tx, id)?;
    let today = ctx.moment.today();

    // Decide.
    let mut after = before.clone();
    let mut until_on = None;
    let (done, topic, said) = match act {
        Act::Acknowledge { note: said } => {
            after.state = KeptState::Acknowledged;
            (ViolationAct::Acknowledged, "rest_violation.acknowledged", said::note("/note", said.as_deref())?)
        }
        Act::Remedy { note: said } => {
            (after.state, after.remedied_by) = (KeptState::Remedied, Some(RemediedBy::Leader));
            (ViolationAct::Remedied, "rest_violation.remedied", Some(said::reason("/note", said)?))
        }
        Act::Verify { note: said } => {
            after.state = KeptState::Verified;
            (ViolationAct::Verified, "rest_violation.verified", said::note("/note", said.as_deref())?)
        }
        Act::Accept { until, reason: said } => {
            let last = today.checked_add_days(Days::new(ACCEPTED_DAYS_MAX)).unwrap_or(today);
            if *until < today || *until > last {
                return Err(FieldError::new("/until", Code::InvalidValue).expected(format!("{today} – {last}")).into());
            }
            (after.accepted_until, until_on) = (Some(*until), Some(*until));
            (ViolationAct::Accepted, "rest_violation.accepted", Some(said::reason("/reason", said)?))
        }
    };
    let state = state_on(&before, today);
    if matches!(state, ViolationState::Accepted | ViolationState::Verified) {
        return Err(Hindrance::Decided.into());
    }
    if !act.begins_in().contains(&state) {
        return Err(Hindrance::NotItsTurn.into());
    }
    let is_made_good = matches!(act, Act::Remedy { .. } | Act::Verify { .. });
    if is_made_good {
        // What can still be given is no matter of words.
        let hindrance = match is_to_come(tx.reading(), ctx, &before)? {
            true => Some(Hindrance::NotOver),
            false => (before.rule == WORKED_REST).then_some(Hindrance::StillOwed),
        };
        if let Some(hindrance) = hindrance
            && stands(tx.reading(), ctx, &before)?
        {
            return Err(hindrance.into());
        }
    }

    // Record.
    let after = rows::update(tx, &after)?;
    let event = ViolationEvent {
        id: RowId(ctx.moment.new_id()),
        violation_id: id,
        act: done,
        cause: None,
        account_id: ctx.caller.account_id,
        note: said.clone(),
        until_on,
        finding: None,
        recorded_at: ctx.moment.stamp(),
    };
    rows::append(tx, &[event])?;
    let was = json!({"state": state_on(&before, today)});
    let is = json!({"state": state_on(&after, today), "note": said, "until": until_on});
    ctx.audit(tx, topic, subject(&after), Some(was), Some(is))?;
    store::outbox::append(tx, topic, id.0, Some(after.officer_id), &ctx.moment)?;
    whole(tx.reading(), after)
}
