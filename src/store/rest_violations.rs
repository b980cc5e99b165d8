//! Violations of the rules of rest, and everything that happened to each.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::duty_shifts::Worked;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, lock_row, on_both};
use super::schema::{duty_shifts, rest_violation_events, rest_violations};
use crate::rules::duty::Shift;
use crate::rules::finding::Outcome;
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

/// Rows of one statement.
const CHUNK: usize = 200;

vocabulary! {
    /// Where a violation stands, apart from an exception that runs out by itself.
    KeptState {
        /// The rules found it.
        Detected = "detected",
        /// A leader of the unit has seen it.
        Acknowledged = "acknowledged",
        /// It was made good.
        Remedied = "remedied",
        /// hr has checked that it was.
        Verified = "verified",
    }
}

vocabulary! {
    /// On what it was found.
    Basis {
        /// On shifts as they are planned.
        Planned = "planned",
        /// On hours that officer and leader agreed on.
        Actual = "actual",
    }
}

vocabulary! {
    /// By what it was made good.
    RemediedBy {
        /// A leader says how.
        Leader = "leader",
        /// The roster is another: the rules no longer find it.
        RosterChanged = "roster_changed",
    }
}

vocabulary! {
    /// What happened to a violation.
    ViolationAct {
        /// It was found.
        Detected = "detected",
        /// It was found with other values.
        Changed = "changed",
        /// It was found again after it had been made good.
        Reopened = "reopened",
        /// A leader has seen it.
        Acknowledged = "acknowledged",
        /// It was made good.
        Remedied = "remedied",
        /// hr has checked that it was.
        Verified = "verified",
        /// hr accepts it until a date.
        Accepted = "accepted",
    }
}

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_violations)]
pub struct Violation {
    /// Id.
    pub id: RowId,
    /// Whose rest it was.
    pub officer_id: OfficerId,
    /// The unit that owes it: the one that held the person on the last date of the window.
    pub unit_id: UnitId,
    /// The rule.
    pub rule: String,
    /// What of several things the rule looks at, and which of several that begin on one date: `mean`, `#2`; mostly empty.
    pub subject: String,
    /// First date of the window.
    pub from_on: NaiveDate,
    /// Last date of the window.
    pub to_on: NaiveDate,
    /// On what it was found.
    pub basis: Basis,
    /// How grave it is: `warn` or `block`.
    pub outcome: Outcome,
    /// What the rule says, as JSON.
    pub finding: String,
    /// The shifts that prove it, as JSON.
    pub shifts: String,
    /// Where it stands.
    pub state: KeptState,
    /// By what it was made good.
    pub remedied_by: Option<RemediedBy>,
    /// Until when hr accepts it; what lies in the past accepts nothing.
    pub accepted_until: Option<NaiveDate>,
    /// When it was first found.
    pub detected_at: NaiveDateTime,
    /// Counts the changes; shown as `ETag`.
    pub version: i32,
}

/// Something that happened to a violation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_violation_events)]
pub struct ViolationEvent {
    /// Id.
    pub id: RowId,
    /// To which.
    pub violation_id: RowId,
    /// What.
    pub act: ViolationAct,
    /// Why, where the service itself did it.
    pub cause: Option<RemediedBy>,
    /// By whom; `None` for the service itself.
    pub account_id: Option<AccountId>,
    /// What they say.
    pub note: Option<String>,
    /// Until when it is accepted.
    pub until_on: Option<NaiveDate>,
    /// What was found, as JSON.
    pub finding: Option<String>,
    /// When.
    pub recorded_at: NaiveDateTime,
}

/// Finds a violation.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<Violation>, Error> {
    Ok(rest_violations::table.find(id).select(Violation::as_select()).get_result(connection).optional()?)
}

/// Locks a violation until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: RowId) -> Result<Violation, Error> {
    let _: RowId = lock_row!(&mut *tx.connection, rest_violations, id)?;
    find(tx.connection, id)?.ok_or(Error::NotFound)
}

/// What happened to a violation, in order.
///
/// # Errors
/// When the database does not answer.
pub fn events(connection: &mut Conn, id: RowId) -> Result<Vec<ViolationEvent>, Error> {
    Ok(rest_violation_events::table
        .filter(rest_violation_events::violation_id.eq(id))
        .order(rest_violation_events::id)
        .select(ViolationEvent::as_select())
        .load(connection)?)
}

/// Violations of some officers whose window touches the dates between two, both included.
///
/// # Errors
/// When the database does not answer.
pub fn touching(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Violation>, Error> {
    Ok(among!(connection, rest_violations::officer_id, officers, |these| rest_violations::table
        .filter(these)
        .filter(rest_violations::from_on.le(to))
        .filter(rest_violations::to_on.ge(from))
        .order((rest_violations::officer_id, rest_violations::rule, rest_violations::from_on))
        .select(Violation::as_select())))
}

/// The shifts of an officer that prove a violation, as they stand now, by start.
///
/// # Errors
/// When the database does not answer.
pub fn proof(connection: &mut Conn, officer: OfficerId, shifts: &[RowId]) -> Result<Vec<Shift>, Error> {
    let rows: Vec<Worked> = duty_shifts::table
        .filter(duty_shifts::officer_id.eq(officer))
        .filter(duty_shifts::id.eq_any(shifts))
        .order((duty_shifts::starts_at, duty_shifts::id))
        .select(Worked::as_select())
        .load(connection)?;
    Ok(rows.iter().map(Worked::fact).collect())
}

/// Where a violation stands on a date, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In this state, and not accepted on the date.
    Kept(KeptState, NaiveDate),
    /// Accepted on the date.
    Accepted(NaiveDate),
}

/// What a list of violations may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only what these units owe; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only of this officer.
    pub officer_id: Option<OfficerId>,
    /// Only of this rule.
    pub rule: Option<String>,
    /// Only where it stands so.
    pub standing: Option<Standing>,
    /// Only whose window ends on this date or later.
    pub from: Option<NaiveDate>,
    /// Only whose window begins on this date or earlier.
    pub to: Option<NaiveDate>,
    /// Only those before this one in the list.
    pub before: Option<RowId>,
}

/// Violations, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<Violation>, Error> {
    use rest_violations as v;
    let mut query = v::table.select(Violation::as_select()).limit(limit).into_boxed();
    // Of some units: by unit, then sorted. The first key is the same for all: it keeps PostgreSQL from reading the rows of
    // everybody in the order of their ids.
    query = match &filter.units {
        Some(units) => query.filter(v::unit_id.eq_any(units.clone())).order((v::unit_id.is_null(), v::id.desc())),
        None => query.order(v::id.desc()),
    };
    if let Some(officer) = filter.officer_id {
        query = query.filter(v::officer_id.eq(officer));
    }
    if let Some(rule) = &filter.rule {
        query = query.filter(v::rule.eq(rule));
    }
    query = match filter.standing {
        None => query,
        Some(Standing::Accepted(on)) => query
            .filter(v::state.eq_any([KeptState::Detected, KeptState::Acknowledged]))
            .filter(v::accepted_until.ge(on)),
        Some(Standing::Kept(state, on)) => {
            let query = query.filter(v::state.eq(state));
            match state {
                KeptState::Detected | KeptState::Acknowledged => {
                    query.filter(v::accepted_until.is_null().or(v::accepted_until.lt(on).assume_not_null()))
                }
                KeptState::Remedied | KeptState::Verified => query,
            }
        }
    };
    if let Some(from) = filter.from {
        query = query.filter(v::to_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(v::from_on.le(to));
    }
    if let Some(before) = filter.before {
        query = query.filter(v::id.lt(before));
    }
    Ok(query.load(connection)?)
}

/// Stores new violations, many at once.
///
/// # Errors
/// [`super::error::Unique::Violation`] where the officer has one of this rule and window.
pub fn insert_many(tx: &mut Tx, violations: &[Violation]) -> Result<(), Error> {
    for some in violations.chunks(CHUNK) {
        let rows: Vec<&Violation> = some.iter().collect();
        on_both!(&mut *tx.connection, |one| diesel::insert_into(rest_violations::table).values(rows).execute(one))?;
    }
    Ok(())
}

/// Changes a violation that is locked; who, which rule and since when stay.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, violation: &Violation) -> Result<Violation, Error> {
    let edited = Violation { version: violation.version + 1, ..violation.clone() };
    diesel::update(rest_violations::table.find(edited.id))
        .set((
            rest_violations::unit_id.eq(edited.unit_id),
            rest_violations::to_on.eq(edited.to_on),
            rest_violations::basis.eq(edited.basis),
            rest_violations::outcome.eq(edited.outcome),
            rest_violations::finding.eq(&edited.finding),
            rest_violations::shifts.eq(&edited.shifts),
            rest_violations::state.eq(edited.state),
            rest_violations::remedied_by.eq(edited.remedied_by),
            rest_violations::accepted_until.eq(edited.accepted_until),
            rest_violations::version.eq(edited.version),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}

/// Adds what happened, many at once.
///
/// # Errors
/// When the database does not answer.
pub fn append(tx: &mut Tx, events: &[ViolationEvent]) -> Result<(), Error> {
    for some in events.chunks(CHUNK) {
        let rows: Vec<&ViolationEvent> = some.iter().collect();
        on_both!(&mut *tx.connection, |one| diesel::insert_into(rest_violation_events::table)
            .values(rows)
            .execute(one))?;
    }
    Ok(())
}

/// The violations that some units owe and nobody made good.
///
/// # Errors
/// When the database does not answer.
pub fn open_of_units(connection: &mut Conn, units: &[UnitId]) -> Result<Vec<Violation>, Error> {
    Ok(rest_violations::table
        .filter(rest_violations::unit_id.eq_any(units))
        .filter(rest_violations::remedied_by.is_null())
        .select(Violation::as_select())
        .load(connection)?)
}

/// What happened of some kinds to some violations, in order.
///
/// # Errors
/// When the database does not answer.
pub fn events_of(
    connection: &mut Conn,
    violations: &[RowId],
    acts: &[ViolationAct],
) -> Result<Vec<ViolationEvent>, Error> {
    let mut found = Vec::new();
    for some in violations.chunks(CHUNK) {
        let rows: Vec<ViolationEvent> = among!(connection, rest_violation_events::violation_id, some, |these| {
            rest_violation_events::table
                .filter(these)
                .filter(rest_violation_events::act.eq_any(acts))
                .order(rest_violation_events::id)
                .select(ViolationEvent::as_select())
        });
        found.extend(rows);
    }
    Ok(found)
}
