//! What the rules of rest know of people beside their duty, read for many at once: a few statements for a page of
//! officers, however many there are.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::dated::Period;
use super::duty_shifts::{ShiftState, earliest};
use super::error::Error;
use super::leave_recalls::{self, Recall};
use super::portable::{among, on_both};
use super::schema::{duty_shifts, leave_requests, officer_units, officers, separations};
use crate::rules::duty::DutyKind;
use crate::rules::terms::{FirstDay, LastDay, LeaveKind, OfficerId, RequestId, RequestState, RowId, Span, UnitId};

/// Officers that are read together.
pub const PAGE: usize = 500;

/// A leave that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = leave_requests)]
pub struct Granted {
    /// Whose.
    pub officer_id: OfficerId,
    /// Kind.
    pub kind: LeaveKind,
    /// First date.
    pub from_on: NaiveDate,
    /// What of it.
    pub first_day: FirstDay,
    /// Last date.
    pub to_on: NaiveDate,
    /// What of it.
    pub last_day: LastDay,
}

/// A leave that was granted, with what is needed to find what was recalled of it.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = leave_requests)]
struct Row {
    #[diesel(embed)]
    granted: Granted,
    id: RequestId,
    recalls: i32,
    recalled_on: Option<NaiveDate>,
}

impl Row {
    /// The parts of it that stand beside its recalls.
    fn stretches(self, recalls: &[Recall]) -> Vec<Granted> {
        let whole = self.granted;
        let Ok(span) = Span::new(whole.from_on, whole.to_on, whole.first_day, whole.last_day) else {
            return vec![whole];
        };
        let stands = leave_recalls::summed(recalls, self.id, self.recalled_on).stretches(&span);
        let part = |part: Span| Granted {
            from_on: part.from(),
            first_day: part.first_day(),
            to_on: part.to(),
            last_day: part.last_day(),
            ..whole
        };
        stands.into_iter().map(part).collect()
    }
}

/// Granted leave of some officers that touches some dates, without what of it was recalled: leave that was recalled is a row
/// for each part that stands.
///
/// # Errors
/// When the database does not answer.
pub fn granted(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Granted>, Error> {
    let states = [RequestState::Approved, RequestState::Completed];
    let rows: Vec<Row> = among!(connection, leave_requests::officer_id, officers, |these| leave_requests::table
        .filter(these)
        .filter(leave_requests::from_on.le(to))
        .filter(leave_requests::to_on.ge(from))
        .filter(leave_requests::state.eq_any(states))
        .order((leave_requests::officer_id, leave_requests::from_on))
        .select(Row::as_select()));
    let recalled: Vec<RequestId> = rows.iter().filter(|row| row.recalls > 0).map(|row| row.id).collect();
    let recalls = leave_recalls::of(connection, &recalled)?;
    let mut stands: Vec<Granted> = rows.into_iter().flat_map(|row| row.stretches(&recalls)).collect();
    stands.retain(|part| part.from_on <= to && from <= part.to_on);
    Ok(stands)
}

/// The units of some officers over time, by officer and date.
///
/// # Errors
/// When the database does not answer.
pub fn stays(connection: &mut Conn, of: &[OfficerId]) -> Result<Vec<(OfficerId, Period<UnitId>)>, Error> {
    let rows: Vec<(OfficerId, RowId, UnitId, NaiveDate, NaiveDate)> =
        among!(connection, officer_units::officer_id, of, |these| officer_units::table
            .filter(these)
            .filter(officer_units::superseded_at.is_null())
            .order((officer_units::officer_id, officer_units::effective_on))
            .select((
                officer_units::officer_id,
                officer_units::id,
                officer_units::unit_id,
                officer_units::effective_on,
                officer_units::until_on,
            )));
    Ok(rows
        .into_iter()
        .map(|(officer, id, value, effective_on, until_on)| (officer, Period { id, value, effective_on, until_on }))
        .collect())
}

/// When some officers joined, of those who are on the roll at all.
///
/// # Errors
/// When the database does not answer.
pub fn joined(connection: &mut Conn, of: &[OfficerId]) -> Result<Vec<(OfficerId, Option<NaiveDate>)>, Error> {
    Ok(among!(connection, officers::id, of, |these| officers::table
        .filter(these)
        .select((officers::id, officers::joined_on))))
}

/// When some officers left, of those who did or will.
///
/// # Errors
/// When the database does not answer.
pub fn left(connection: &mut Conn, of: &[OfficerId]) -> Result<Vec<(OfficerId, NaiveDate)>, Error> {
    Ok(among!(connection, separations::officer_id, of, |these| separations::table
        .filter(these)
        .filter(separations::superseded_at.is_null())
        .select((separations::officer_id, separations::left_on))))
}

/// The next page of everybody, in the order of ids.
///
/// # Errors
/// When the database does not answer.
pub fn everybody(connection: &mut Conn, after: Option<OfficerId>) -> Result<Vec<OfficerId>, Error> {
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    Ok(on_both!(connection, |one| {
        let mut query = officers::table.select(officers::id).order(officers::id).limit(limit).into_boxed();
        if let Some(after) = after {
            query = query.filter(officers::id.gt(after));
        }
        query.load(one)
    })?)
}

/// Everybody who is in some units on any date between two, both included, in the order of ids.
///
/// # Errors
/// When the database does not answer.
pub fn members(
    connection: &mut Conn,
    units: &[UnitId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<OfficerId>, Error> {
    Ok(officer_units::table
        .filter(officer_units::unit_id.eq_any(units))
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(to))
        .filter(officer_units::until_on.gt(from))
        .select(officer_units::officer_id)
        .distinct()
        .order(officer_units::officer_id)
        .load(connection)?)
}

/// The spans of duty that some officers have between two instants, each told once however many of them work it, earliest
/// first.
///
/// # Errors
/// When the database does not answer.
pub fn duty_spans(
    connection: &mut Conn,
    officers: &[OfficerId],
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<(NaiveDateTime, NaiveDateTime)>, Error> {
    let kinds: Vec<DutyKind> = DutyKind::ALL.iter().copied().filter(|kind| kind.is_duty()).collect();
    let mut spans = among!(connection, duty_shifts::officer_id, officers, |these| duty_shifts::table
        .filter(these)
        .filter(duty_shifts::starts_at.gt(earliest(from)))
        .filter(duty_shifts::starts_at.lt(to))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .filter(duty_shifts::kind.eq_any(&kinds))
        .select((duty_shifts::starts_at, duty_shifts::ends_at))
        .distinct());
    spans.retain(|span: &(NaiveDateTime, NaiveDateTime)| from < span.1);
    spans.sort_unstable();
    spans.dedup();
    Ok(spans)
}

/// Officers for whom a unit planned something that begins between two instants, in the order of ids, a page at the most.
///
/// # Errors
/// When the database does not answer.
pub fn planned_for(
    connection: &mut Conn,
    unit: UnitId,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<OfficerId>, Error> {
    Ok(duty_shifts::table
        .filter(duty_shifts::unit_id.eq(unit))
        .filter(duty_shifts::starts_at.ge(from))
        .filter(duty_shifts::starts_at.lt(to))
        .filter(duty_shifts::state.ne(ShiftState::Cancelled))
        .select(duty_shifts::officer_id)
        .distinct()
        .order(duty_shifts::officer_id)
        .limit(i64::try_from(PAGE).unwrap_or(i64::MAX))
        .load(connection)?)
}
