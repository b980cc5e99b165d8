//! Duty shifts as they stand, and what they were before a change.

mod history;
mod unagreed;

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, on_both};
use super::schema::duty_shifts;
use crate::rules::duty::{DutyKind, Shift};
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

use history::keep;
pub use history::{as_of, planned_since};
pub use unagreed::{Resting, unagreed};

/// Nothing on a roster is longer: a shift that touches an instant began at most so many days before it.
pub const SHIFT_DAYS_MAX: i64 = 31;
/// Rows of one statement: below the limits of bind values of both databases.
const CHUNK: usize = 500;

vocabulary! {
    /// State of a duty shift.
    ShiftState {
        /// Entered, not yet told to the officer.
        Planned = "planned",
        /// Part of a published roster.
        Published = "published",
        /// Taken back; nothing is deleted.
        Cancelled = "cancelled",
    }
}

vocabulary! {
    /// Where a shift or a rest day comes from.
    ShiftSource {
        /// Entered one by one, or several at once.
        Entry = "entry",
        /// From a file.
        Import = "import",
        /// Generated from a pattern.
        Pattern = "pattern",
        /// In place of what was swapped.
        Swap = "swap",
    }
}

/// One shift.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = duty_shifts)]
#[diesel(treat_none_as_null = true)]
#[diesel(treat_none_as_default_value = false)]
pub struct DutyShift {
    /// Id.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// The unit that plans it.
    pub unit_id: UnitId,
    /// First instant.
    pub starts_at: NaiveDateTime,
    /// First instant after it.
    pub ends_at: NaiveDateTime,
    /// Kind.
    pub kind: DutyKind,
    /// State.
    pub state: ShiftState,
    /// Minutes that count as hours of work.
    pub counted_minutes: i32,
    /// Where it comes from.
    pub source: ShiftSource,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When this version was recorded.
    pub recorded_at: NaiveDateTime,
    /// By whom; `None` for the command line.
    pub recorded_by: Option<AccountId>,
    /// The shift that it took the place of.
    pub replaces_id: Option<RowId>,
    /// Why it was entered in spite of a warning.
    pub override_reason: Option<String>,
    /// What a protected appointment is for; shown to the person alone.
    pub note: Option<String>,
    /// When it really began, as officer and leader agree.
    pub actual_starts_at: Option<NaiveDateTime>,
    /// When it really ended.
    pub actual_ends_at: Option<NaiveDateTime>,
    /// Minutes that really count.
    pub actual_minutes: Option<i32>,
    /// When it was cancelled.
    pub ended_at: Option<NaiveDateTime>,
    /// Why.
    pub end_reason: Option<String>,
}

/// What the rules need of a shift, and no more: a scan of a year reads millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = duty_shifts)]
pub struct Worked {
    /// Whose.
    pub officer_id: OfficerId,
    /// Id.
    pub id: RowId,
    /// Kind.
    pub kind: DutyKind,
    /// First instant as planned.
    pub starts_at: NaiveDateTime,
    /// First instant after it as planned.
    pub ends_at: NaiveDateTime,
    /// Minutes as planned.
    pub counted_minutes: i32,
    /// First instant as it was.
    pub actual_starts_at: Option<NaiveDateTime>,
    /// First instant after it as it was.
    pub actual_ends_at: Option<NaiveDateTime>,
    /// Minutes as they were.
    pub actual_minutes: Option<i32>,
    /// Whether it is told to the officer.
    pub state: ShiftState,
}

impl Worked {
    /// The shift as the rules see it: the hours that were agreed on, else those planned.
    #[must_use]
    pub fn fact(&self) -> Shift {
        Shift {
            id: self.id,
            kind: self.kind,
            starts_at: self.actual_starts_at.unwrap_or(self.starts_at).and_utc(),
            ends_at: self.actual_ends_at.unwrap_or(self.ends_at).and_utc(),
            counted_minutes: i64::from(self.actual_minutes.unwrap_or(self.counted_minutes)),
        }
    }
}

impl DutyShift {
    /// The shift as the rules see it: the hours that were agreed on, else those planned.
    #[must_use]
    pub fn fact(&self) -> Shift {
        Shift {
            id: self.id,
            kind: self.kind,
            starts_at: self.actual_starts_at.unwrap_or(self.starts_at).and_utc(),
            ends_at: self.actual_ends_at.unwrap_or(self.ends_at).and_utc(),
            counted_minutes: i64::from(self.actual_minutes.unwrap_or(self.counted_minutes)),
        }
    }
}

/// What a list of shifts may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this officer.
    pub officer_id: Option<OfficerId>,
    /// Only planned by these units; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only those that end after this instant.
    pub from: Option<NaiveDateTime>,
    /// Only those that begin before this instant.
    pub to: Option<NaiveDateTime>,
    /// Only in this state.
    pub state: Option<ShiftState>,
    /// Only of this kind.
    pub kind: Option<DutyKind>,
    /// Only those after this one in the list.
    pub after: Option<(NaiveDateTime, RowId)>,
}

/// The earliest instant at which a shift that reaches beyond `from` can have begun.
pub(super) fn earliest(from: NaiveDateTime) -> NaiveDateTime {
    from.checked_sub_signed(TimeDelta::days(SHIFT_DAYS_MAX)).unwrap_or(NaiveDateTime::MIN)
}

/// Finds a shift.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<DutyShift>, Error> {
    Ok(on_both!(connection, |one| duty_shifts::table
        .filter(duty_shifts::id.eq(id))
        .select(DutyShift::as_select())
        .get_result(one)
        .optional())?)
}

/// The live shifts of an officer that touch a span of instants, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_officer(
    connection: &mut Conn,
    officer: OfficerId,
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<Vec<Worked>, Error> {
    let mut rows: Vec<Worked> = on_both!(connection, |one| duty_shifts::table
        .filter(duty_shifts::officer_id.eq(officer))
        .filter(duty_shifts::starts_at.gt(earliest(from)))
        .filter(duty_shifts::starts_at.lt(to))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .order(duty_shifts::starts_at)
        .select(Worked::as_select())
        .load(one))?;
    rows.retain(|row| row.ends_at > from);
    Ok(rows)
}

/// The live shifts of some officers that begin in a span of instants, by officer and start.
///
/// # Errors
/// When the database does not answer.
pub fn of_officers(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<Vec<Worked>, Error> {
    Ok(among!(connection, duty_shifts::officer_id, officers, |these| duty_shifts::table
        .filter(these)
        .filter(duty_shifts::starts_at.gt(earliest(from)))
        .filter(duty_shifts::starts_at.lt(to))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .order((duty_shifts::officer_id, duty_shifts::starts_at))
        .select(Worked::as_select())))
}

/// The live shifts of all officers from one id to another (both included) that begin in a span of instants, by officer
/// and start: one range of the key, for scans of everybody.
///
/// # Errors
/// When the database does not answer.
pub fn of_range(
    connection: &mut Conn,
    officers: (OfficerId, OfficerId),
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<Vec<Worked>, Error> {
    Ok(on_both!(connection, |one| duty_shifts::table
        .filter(duty_shifts::officer_id.ge(officers.0))
        .filter(duty_shifts::officer_id.le(officers.1))
        .filter(duty_shifts::starts_at.gt(earliest(from)))
        .filter(duty_shifts::starts_at.lt(to))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .order((duty_shifts::officer_id, duty_shifts::starts_at))
        .select(Worked::as_select())
        .load(one))?)
}

/// Whole rows of the live shifts of some officers that begin in a span of instants, by officer and start.
///
/// # Errors
/// When the database does not answer.
pub fn rows_of(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<Vec<DutyShift>, Error> {
    Ok(among!(connection, duty_shifts::officer_id, officers, |these| duty_shifts::table
        .filter(these)
        .filter(duty_shifts::starts_at.ge(from))
        .filter(duty_shifts::starts_at.lt(to))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .order((duty_shifts::officer_id, duty_shifts::starts_at))
        .select(DutyShift::as_select())))
}

/// Whole rows of the live shifts of an officer that begin at an instant or later, by start.
///
/// # Errors
/// When the database does not answer.
pub fn rows_from(connection: &mut Conn, officer: OfficerId, from: NaiveDateTime) -> Result<Vec<DutyShift>, Error> {
    Ok(on_both!(connection, |one| duty_shifts::table
        .filter(duty_shifts::officer_id.eq(officer))
        .filter(duty_shifts::starts_at.ge(from))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .order(duty_shifts::starts_at)
        .select(DutyShift::as_select())
        .load(one))?)
}

/// Shifts by their start, then by id. Of an officer one range of the key, of units one range of an index each.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, limit: i64) -> Result<Vec<DutyShift>, Error> {
    let mut query = duty_shifts::table
        .select(DutyShift::as_select())
        .order((duty_shifts::starts_at, duty_shifts::id))
        .limit(limit)
        .into_boxed();
    if let Some(officer) = filter.officer_id {
        query = query.filter(duty_shifts::officer_id.eq(officer));
    }
    if let Some(units) = &filter.units {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        query = query.filter(duty_shifts::unit_id.eq_any(units.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(duty_shifts::starts_at.gt(earliest(from))).filter(duty_shifts::ends_at.gt(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(duty_shifts::starts_at.lt(to));
    }
    if let Some(state) = filter.state {
        query = query.filter(duty_shifts::state.eq(state));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(duty_shifts::kind.eq(kind));
    }
    if let Some((at, id)) = filter.after {
        query = query
            .filter(duty_shifts::starts_at.ge(at))
            .filter(duty_shifts::starts_at.gt(at).or(duty_shifts::id.gt(id)));
    }
    Ok(query.load(connection)?)
}

/// Stores a shift.
///
/// # Errors
/// [`super::error::Unique::DutyShift`] when it overlaps a live one of the officer.
pub fn insert(tx: &mut Tx, shift: &DutyShift) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| diesel::insert_into(duty_shifts::table).values(shift).execute(one))?;
    Ok(())
}

/// Stores shifts by the hundred.
///
/// # Errors
/// As [`insert`].
pub fn insert_many(tx: &mut Tx, shifts: &[DutyShift]) -> Result<(), Error> {
    for some in shifts.chunks(CHUNK) {
        let rows: Vec<&DutyShift> = some.iter().collect();
        on_both!(&mut *tx.connection, |one| diesel::insert_into(duty_shifts::table).values(rows).execute(one))?;
    }
    Ok(())
}

/// Changes a shift: what it was is kept, the edit is counted.
///
/// # Errors
/// As [`insert`].
pub fn update(tx: &mut Tx, before: &DutyShift, after: &DutyShift) -> Result<DutyShift, Error> {
    keep(tx, &[(before, after)])?;
    put(tx, before, after)
}

/// Changes shifts by the hundred: what each was is kept, its edit is counted. All of them leave their hours before any
/// takes its new ones, so that two may change places.
///
/// # Errors
/// As [`insert`].
pub fn update_many(tx: &mut Tx, changes: &[(DutyShift, DutyShift)]) -> Result<(), Error> {
    for some in changes.chunks(CHUNK) {
        let pairs: Vec<(&DutyShift, &DutyShift)> = some.iter().map(|(before, after)| (before, after)).collect();
        keep(tx, &pairs)?;
        let ids: Vec<RowId> = some.iter().map(|(before, _)| before.id).collect();
        diesel::update(duty_shifts::table)
            .filter(duty_shifts::id.eq_any(ids))
            .set(duty_shifts::state.eq(ShiftState::Cancelled))
            .execute(tx.connection)?;
    }
    for (before, after) in changes {
        put(tx, before, after)?;
    }
    Ok(())
}

/// Puts a shift in the place of what it was.
fn put(tx: &mut Tx, before: &DutyShift, after: &DutyShift) -> Result<DutyShift, Error> {
    let edited = DutyShift { version: before.version + 1, ..after.clone() };
    diesel::update(duty_shifts::table.find((before.officer_id, before.starts_at, before.id)))
        .set((
            duty_shifts::officer_id.eq(edited.officer_id),
            duty_shifts::unit_id.eq(edited.unit_id),
            duty_shifts::starts_at.eq(edited.starts_at),
            duty_shifts::ends_at.eq(edited.ends_at),
            duty_shifts::kind.eq(edited.kind),
            duty_shifts::state.eq(edited.state),
            duty_shifts::counted_minutes.eq(edited.counted_minutes),
            duty_shifts::version.eq(edited.version),
            duty_shifts::recorded_at.eq(edited.recorded_at),
            duty_shifts::recorded_by.eq(edited.recorded_by),
            duty_shifts::override_reason.eq(edited.override_reason.clone()),
            duty_shifts::note.eq(edited.note.clone()),
            duty_shifts::actual_starts_at.eq(edited.actual_starts_at),
            duty_shifts::actual_ends_at.eq(edited.actual_ends_at),
            duty_shifts::actual_minutes.eq(edited.actual_minutes),
            duty_shifts::ended_at.eq(edited.ended_at),
            duty_shifts::end_reason.eq(edited.end_reason.clone()),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}

/// Publishes what is planned for some officers by some units and begins in a span of instants; says how many it was.
///
/// # Errors
/// When the database does not answer.
pub fn publish(
    tx: &mut Tx,
    officers: &[OfficerId],
    units: &[UnitId],
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<usize, Error> {
    let mut published = 0;
    for some in officers.chunks(CHUNK) {
        published += diesel::update(duty_shifts::table)
            .filter(duty_shifts::officer_id.eq_any(some))
            .filter(duty_shifts::starts_at.ge(from))
            .filter(duty_shifts::starts_at.lt(to))
            .filter(duty_shifts::unit_id.eq_any(units))
            .filter(duty_shifts::state.eq(ShiftState::Planned))
            .set((duty_shifts::state.eq(ShiftState::Published), duty_shifts::version.eq(duty_shifts::version + 1)))
            .execute(tx.connection)?;
    }
    Ok(published)
}
