//! Leave requests, the years they cost days of, and the slots they hold.

mod outline;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::conn::Conn;
use super::dates::{Day, MaybeDay, Stamp};
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, lock_row, on_both};
use super::schema::{leave_request_years, leave_requests, leave_slots, officer_units};
use crate::rules::terms::{
    AccountId, FirstDay, Half, HalfDays, LastDay, LeaveKind, OfficerId, RequestId, RequestState, ShownState, Span,
    UnitId,
};

pub use outline::{Outline, holding};

/// One request as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = leave_requests)]
#[diesel(treat_none_as_null = true)]
#[diesel(treat_none_as_default_value = false)]
pub struct LeaveRequest {
    /// Id.
    pub id: RequestId,
    /// Whose leave.
    pub officer_id: OfficerId,
    /// Kind.
    pub kind: LeaveKind,
    /// First date.
    #[diesel(deserialize_as = Day)]
    pub from_on: NaiveDate,
    /// Last date.
    #[diesel(deserialize_as = Day)]
    pub to_on: NaiveDate,
    /// What of the first date.
    pub first_day: FirstDay,
    /// What of the last date.
    pub last_day: LastDay,
    /// Recorded state.
    pub state: RequestState,
    /// What it costs, in half days; equals what the ledger holds for it while it is live.
    pub half_days: HalfDays,
    /// The officer's note.
    pub note: Option<String>,
    /// Who stands in.
    pub cover_officer_id: Option<OfficerId>,
    /// The account that entered it.
    pub entered_by: AccountId,
    /// When it was submitted.
    #[diesel(deserialize_as = Stamp)]
    pub submitted_at: NaiveDateTime,
    /// The last date on which it can be decided; `None` for kinds that never expire.
    #[diesel(deserialize_as = MaybeDay)]
    pub expires_on: Option<NaiveDate>,
    /// SHA-256 of the policies it was assessed under.
    pub policy_fingerprint: String,
    /// Findings at submission, as JSON.
    pub findings: String,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// Whether pay was kept, for personal leave; `None` until hr says so.
    pub pay_kept: Option<bool>,
    /// How often it was recalled; the rows are in [`super::leave_recalls`].
    pub recalls: i32,
    /// From when on nothing of it stands, because it does not go on after a recall.
    #[diesel(deserialize_as = MaybeDay)]
    pub recalled_on: Option<NaiveDate>,
}

/// What a list of requests may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of officers who are in these units on the date of the list; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// Only of this officer.
    pub officer_id: Option<OfficerId>,
    /// Also of this officer, whatever `units` says: the caller's own.
    pub or_own: Option<OfficerId>,
    /// Only in this state, as it shows.
    pub state: Option<ShownState>,
    /// Only of these kinds.
    pub kinds: Option<Vec<LeaveKind>>,
    /// Only those that end on or after this date.
    pub from: Option<NaiveDate>,
    /// Only those that begin on or before this date.
    pub to: Option<NaiveDate>,
    /// Only those before this one in the list.
    pub before: Option<RequestId>,
    /// Only those after this one, oldest first instead of newest first.
    pub oldest_first_after: Option<Option<RequestId>>,
}

/// Finds a request.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RequestId) -> Result<Option<LeaveRequest>, Error> {
    Ok(on_both!(connection, |one| leave_requests::table
        .find(id)
        .select(LeaveRequest::as_select())
        .get_result(one)
        .optional())?)
}

/// Locks a request until the transaction ends. Lock its officer first (RULINGS 62).
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: RequestId) -> Result<LeaveRequest, Error> {
    let _: RequestId = lock_row!(&mut *tx.connection, leave_requests, id)?;
    Ok(leave_requests::table.find(id).select(LeaveRequest::as_select()).get_result(tx.connection)?)
}

/// Requests, newest first unless the filter says otherwise.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, today: NaiveDate, limit: i64) -> Result<Vec<LeaveRequest>, Error> {
    let mut query = leave_requests::table.select(LeaveRequest::as_select()).limit(limit).into_boxed();
    // Of some people: by officer, then sorted. The first key is the same for all: it keeps PostgreSQL from reading the
    // requests of everybody in the order of their ids.
    let first = leave_requests::officer_id.is_null();
    query = match (filter.oldest_first_after, filter.units.is_some()) {
        (Some(_), true) => query.order((first, leave_requests::id.asc())),
        (Some(_), false) => query.order(leave_requests::id.asc()),
        (None, true) => query.order((first, leave_requests::id.desc())),
        (None, false) => query.order(leave_requests::id.desc()),
    };
    if let Some(Some(after)) = filter.oldest_first_after {
        query = query.filter(leave_requests::id.gt(after));
    }
    query = match (&filter.units, filter.or_own) {
        (None, _) => query,
        (Some(units), None) if units.is_empty() => return Ok(Vec::new()),
        (Some(units), Some(own)) if units.is_empty() => query.filter(leave_requests::officer_id.eq(own)),
        (Some(units), own) => {
            let theirs = officer_units::table
                .filter(officer_units::superseded_at.is_null())
                .filter(officer_units::effective_on.le(today))
                .filter(officer_units::until_on.gt(today))
                .select(officer_units::officer_id);
            let there = officer_units::unit_id.eq_any(units.clone());
            match own {
                Some(own) => {
                    let theirs = theirs.filter(there.or(officer_units::officer_id.eq(own)));
                    query.filter(leave_requests::officer_id.eq_any(theirs))
                }
                None => query.filter(leave_requests::officer_id.eq_any(theirs.filter(there))),
            }
        }
    };
    if let Some(officer) = filter.officer_id {
        query = query.filter(leave_requests::officer_id.eq(officer));
    }
    if let Some(kinds) = &filter.kinds {
        query = query.filter(leave_requests::kind.eq_any(kinds.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(leave_requests::to_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(leave_requests::from_on.le(to));
    }
    if let Some(before) = filter.before {
        query = query.filter(leave_requests::id.lt(before));
    }
    let undecided = leave_requests::expires_on.is_null().or(leave_requests::expires_on.assume_not_null().ge(today));
    query = match filter.state {
        None => query,
        Some(ShownState::Submitted) => query.filter(is(RequestState::Submitted)).filter(undecided),
        Some(ShownState::Expired) => query.filter(
            is(RequestState::Expired)
                .or(is(RequestState::Submitted).and(leave_requests::expires_on.assume_not_null().lt(today))),
        ),
        Some(ShownState::Approved) => {
            query.filter(is(RequestState::Approved)).filter(leave_requests::from_on.gt(today))
        }
        Some(ShownState::Running) => query
            .filter(is(RequestState::Approved))
            .filter(leave_requests::from_on.le(today))
            .filter(leave_requests::recalled_on.is_null().or(leave_requests::recalled_on.assume_not_null().gt(today))),
        Some(ShownState::Recalled) => {
            query.filter(is(RequestState::Approved)).filter(leave_requests::recalled_on.assume_not_null().le(today))
        }
        Some(ShownState::Rejected) => query.filter(is(RequestState::Rejected)),
        Some(ShownState::Withdrawn) => query.filter(is(RequestState::Withdrawn)),
        Some(ShownState::Cancelled) => query.filter(is(RequestState::Cancelled)),
        Some(ShownState::Completed) => query.filter(is(RequestState::Completed)),
    };
    Ok(query.load(connection)?)
}

/// A recorded state, spelled out instead of bound: PostgreSQL then knows how rare it is and reads only those that have
/// it, and SQLite need not plan the statement again for every value that it might find in the condition of an index.
fn is(state: RequestState) -> SqlLiteral<Bool> {
    sql(&format!("leave_requests.state = '{state}'"))
}

/// Requests of an officer that are due to be recorded as expired.
///
/// # Errors
/// When the database does not answer.
pub fn expired_unrecorded(
    connection: &mut Conn,
    officer: OfficerId,
    today: NaiveDate,
) -> Result<Vec<LeaveRequest>, Error> {
    let mut due: Vec<LeaveRequest> = on_both!(connection, |one| {
        leave_requests::table
            .filter(leave_requests::officer_id.eq(officer))
            .filter(leave_requests::expires_on.lt(today))
            .order(leave_requests::id)
            .select(LeaveRequest::as_select())
            .load(one)
    })?;
    due.retain(|request| request.state == RequestState::Submitted);
    Ok(due)
}

/// Requests by id, in no order.
///
/// # Errors
/// When the database does not answer.
pub fn find_many(connection: &mut Conn, ids: &[RequestId]) -> Result<Vec<LeaveRequest>, Error> {
    Ok(leave_requests::table
        .filter(leave_requests::id.eq_any(ids))
        .select(LeaveRequest::as_select())
        .load(connection)?)
}

/// Officers with requests that hold days or slots and touch a span of dates, in id order after one; of these units at
/// any time from its first date on, where units are given.
///
/// # Errors
/// When the database does not answer.
pub fn holders(
    connection: &mut Conn,
    span: (NaiveDate, NaiveDate),
    units: Option<&[UnitId]>,
    after: Option<OfficerId>,
    limit: i64,
) -> Result<Vec<OfficerId>, Error> {
    let mut query = leave_requests::table
        .filter(leave_requests::state.eq_any([
            RequestState::Submitted,
            RequestState::Approved,
            RequestState::Completed,
        ]))
        .filter(leave_requests::to_on.ge(span.0))
        .filter(leave_requests::from_on.le(span.1))
        .select(leave_requests::officer_id)
        .distinct()
        .order(leave_requests::officer_id)
        .limit(limit)
        .into_boxed();
    if let Some(units) = units {
        let theirs = officer_units::table
            .filter(officer_units::superseded_at.is_null())
            .filter(officer_units::until_on.gt(span.0))
            .filter(officer_units::unit_id.eq_any(units.to_vec()))
            .select(officer_units::officer_id);
        query = query.filter(leave_requests::officer_id.eq_any(theirs));
    }
    if let Some(after) = after {
        query = query.filter(leave_requests::officer_id.gt(after));
    }
    Ok(query.load(connection)?)
}

/// Stores a request and the days it costs by leave year.
///
/// # Errors
/// When the database does not answer.
pub fn insert(tx: &mut Tx, request: &LeaveRequest, by_year: &[(i32, HalfDays)]) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| diesel::insert_into(leave_requests::table).values(request).execute(one))?;
    insert_years(tx, request.id, by_year)
}

fn insert_years(tx: &mut Tx, request: RequestId, by_year: &[(i32, HalfDays)]) -> Result<(), Error> {
    for (year, half_days) in by_year {
        let row = (
            leave_request_years::request_id.eq(request),
            leave_request_years::leave_year.eq(*year),
            leave_request_years::half_days.eq(*half_days),
        );
        on_both!(&mut *tx.connection, |one| {
            diesel::insert_into(leave_request_years::table).values(row).execute(one)
        })?;
    }
    Ok(())
}

/// Changes a request and counts the edit; gives the row back as it is now.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, request: &LeaveRequest) -> Result<LeaveRequest, Error> {
    let edited = LeaveRequest { version: request.version + 1, ..request.clone() };
    diesel::update(leave_requests::table.find(request.id)).set(&edited).execute(tx.connection)?;
    Ok(edited)
}

/// Replaces what a request costs by leave year.
///
/// # Errors
/// When the database does not answer.
pub fn replace_years(tx: &mut Tx, request: RequestId, by_year: &[(i32, HalfDays)]) -> Result<(), Error> {
    diesel::delete(leave_request_years::table.filter(leave_request_years::request_id.eq(request)))
        .execute(tx.connection)?;
    insert_years(tx, request, by_year)
}

/// What requests cost by leave year.
///
/// # Errors
/// When the database does not answer.
pub fn years(connection: &mut Conn, of: &[RequestId]) -> Result<Vec<(RequestId, i32, HalfDays)>, Error> {
    Ok(among!(connection, leave_request_years::request_id, of, |these| leave_request_years::table
        .filter(these)
        .order((leave_request_years::request_id, leave_request_years::leave_year))))
}

/// Holds every half of a span for a request.
///
/// # Errors
/// [`super::error::Unique::LeaveSlot`] when another live request holds one of them.
pub fn hold_slots(tx: &mut Tx, officer: OfficerId, request: RequestId, span: &Span) -> Result<(), Error> {
    let rows: Vec<_> = span
        .slots()
        .map(|(date, half)| {
            (
                leave_slots::officer_id.eq(officer),
                leave_slots::on_date.eq(date),
                leave_slots::half.eq(half),
                leave_slots::request_id.eq(request),
            )
        })
        .collect();
    match &mut *tx.connection {
        // Every number of rows is another statement to plan; one row is always the same.
        Conn::Sqlite(one) => {
            for row in rows {
                diesel::insert_into(leave_slots::table).values(row).execute(one)?;
            }
        }
        // A span has at most 1,600 halves of four values: below the limit of bind values.
        Conn::Postgres(one) => {
            diesel::insert_into(leave_slots::table).values(rows).execute(one)?;
        }
    }
    Ok(())
}

/// Frees the slots of a request.
///
/// # Errors
/// When the database does not answer.
pub fn free_slots(tx: &mut Tx, request: RequestId) -> Result<(), Error> {
    diesel::delete(leave_slots::table.filter(leave_slots::request_id.eq(request))).execute(tx.connection)?;
    Ok(())
}

/// Slots that an officer holds between two dates, with the request that holds each.
///
/// # Errors
/// When the database does not answer.
pub fn slots(
    connection: &mut Conn,
    officer: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, Half, RequestId)>, Error> {
    Ok(leave_slots::table
        .filter(leave_slots::officer_id.eq(officer))
        .filter(leave_slots::on_date.ge(from))
        .filter(leave_slots::on_date.le(to))
        .order((leave_slots::on_date, leave_slots::half))
        .select((leave_slots::on_date, leave_slots::half, leave_slots::request_id))
        .load(connection)?)
}
