//! Days of rest: planned, published, taken or cancelled; nothing is deleted.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conn::Conn;
use super::duty_shifts::ShiftSource;
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, on_both};
use super::schema::{officer_units, rest_cancellations, rest_days};
use crate::rules::duty::{RestDay as RestDayFact, RestDayKind};
use crate::rules::terms::{AccountId, OfficerId, RowId, UnitId, UnknownWord, vocabulary};

/// Rows of one statement.
const CHUNK: usize = 500;

vocabulary! {
    /// Recorded state of a rest day; `overdue` is read from what became of a cancelled one.
    RestDayState {
        /// Entered, not yet told to the officer.
        Planned = "planned",
        /// Part of a published roster: it can only be cancelled with a reason.
        Published = "published",
        /// Taken away, with a cause.
        Cancelled = "cancelled",
        /// The officer says that it was taken.
        Taken = "taken",
    }
}

/// One rest day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = rest_days)]
#[diesel(treat_none_as_default_value = false)]
pub struct RestDay {
    /// Id.
    pub id: RowId,
    /// Whose.
    pub officer_id: OfficerId,
    /// The local date.
    pub on_date: NaiveDate,
    /// Kind.
    pub kind: RestDayKind,
    /// State.
    pub state: RestDayState,
    /// Where it comes from.
    pub source: ShiftSource,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When it was recorded.
    pub recorded_at: NaiveDateTime,
    /// By whom; `None` for the command line.
    pub recorded_by: Option<AccountId>,
    /// The cancelled rest day that it stands for.
    pub replaces_id: Option<RowId>,
    /// When it was published.
    pub published_at: Option<NaiveDateTime>,
    /// When the officer confirmed that it was taken.
    pub confirmed_at: Option<NaiveDateTime>,
    /// When it was cancelled.
    pub ended_at: Option<NaiveDateTime>,
    /// Why it was entered when its date was over.
    pub late_reason: Option<String>,
    /// Why a compensatory day stands although its credit covers it only in part.
    pub override_reason: Option<String>,
}

impl RestDay {
    /// The rest day as the rules see it.
    #[must_use]
    pub const fn fact(&self) -> RestDayFact {
        RestDayFact { id: self.id, kind: self.kind, on: self.on_date }
    }
}

impl RestDay {
    /// Whether it counts as rest: what was entered when its date was over counts once the officer has confirmed it.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.late_reason.is_none() || matches!(self.state, RestDayState::Taken)
    }
}

/// What a list of rest days may be narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this officer.
    pub officer_id: Option<OfficerId>,
    /// Only of officers who are in these units on the date of the list; `None` means all.
    pub units: Option<Vec<UnitId>>,
    /// First date.
    pub from: Option<NaiveDate>,
    /// Last date.
    pub to: Option<NaiveDate>,
    /// Only of this kind.
    pub kind: Option<RestDayKind>,
    /// Only in this state.
    pub state: Option<RestDayState>,
    /// Only those after this one in the list.
    pub after: Option<(NaiveDate, RowId)>,
}

/// Finds a rest day.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: RowId) -> Result<Option<RestDay>, Error> {
    Ok(on_both!(connection, |one| rest_days::table
        .filter(rest_days::id.eq(id))
        .select(RestDay::as_select())
        .get_result(one)
        .optional())?)
}

/// Some rest days, whatever their state.
///
/// # Errors
/// When the database does not answer.
pub fn find_many(connection: &mut Conn, ids: &[RowId]) -> Result<Vec<RestDay>, Error> {
    Ok(among!(connection, rest_days::id, ids, |these| rest_days::table.filter(these).select(RestDay::as_select())))
}

/// The live rest days of an officer between two dates, both included, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn of_officer(
    connection: &mut Conn,
    officer: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RestDay>, Error> {
    Ok(on_both!(connection, |one| rest_days::table
        .filter(rest_days::officer_id.eq(officer))
        .filter(rest_days::on_date.ge(from))
        .filter(rest_days::on_date.le(to))
        .filter(rest_days::state.ne(RestDayState::Cancelled))
        .order(rest_days::on_date)
        .select(RestDay::as_select())
        .load(one))?)
}

/// The rest days of an officer that were taken away between two dates, both included, earliest first: cancelled with a
/// record of why, not withdrawn by another version of a roster that nobody had been told of.
///
/// # Errors
/// When the database does not answer.
pub fn cancelled_of(
    connection: &mut Conn,
    officer: OfficerId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RestDay>, Error> {
    let mut days: Vec<RestDay> = rest_days::table
        .filter(rest_days::officer_id.eq(officer))
        .filter(rest_days::on_date.ge(from))
        .filter(rest_days::on_date.le(to))
        .filter(rest_days::state.eq(RestDayState::Cancelled))
        .order(rest_days::on_date)
        .select(RestDay::as_select())
        .load(connection)?;
    if !days.is_empty() {
        let taken_away: Vec<RowId> = rest_cancellations::table
            .filter(rest_cancellations::officer_id.eq(officer))
            .select(rest_cancellations::rest_day_id)
            .load(connection)?;
        days.retain(|day| taken_away.contains(&day.id));
    }
    Ok(days)
}

/// The live rest days of some officers between two dates, by officer and date.
///
/// # Errors
/// When the database does not answer.
pub fn of_officers(
    connection: &mut Conn,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RestDay>, Error> {
    Ok(among!(connection, rest_days::officer_id, officers, |these| rest_days::table
        .filter(these)
        .filter(rest_days::on_date.ge(from))
        .filter(rest_days::on_date.le(to))
        .filter(rest_days::state.ne(RestDayState::Cancelled))
        .order((rest_days::officer_id, rest_days::on_date))
        .select(RestDay::as_select())))
}

/// The live rest days of all officers from one id to another (both included) between two dates, by officer and date.
///
/// # Errors
/// When the database does not answer.
pub fn of_range(
    connection: &mut Conn,
    officers: (OfficerId, OfficerId),
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<RestDay>, Error> {
    Ok(on_both!(connection, |one| rest_days::table
        .filter(rest_days::officer_id.ge(officers.0))
        .filter(rest_days::officer_id.le(officers.1))
        .filter(rest_days::on_date.ge(from))
        .filter(rest_days::on_date.le(to))
        .filter(rest_days::state.ne(RestDayState::Cancelled))
        .order((rest_days::officer_id, rest_days::on_date))
        .select(RestDay::as_select())
        .load(one))?)
}

/// Rest days by date, then by id. Those of units are found by the people who are in them on `today`.
///
/// # Errors
/// When the database does not answer.
pub fn list(connection: &mut Conn, filter: &Filter, today: NaiveDate, limit: i64) -> Result<Vec<RestDay>, Error> {
    let mut query = rest_days::table
        .select(RestDay::as_select())
        .order((rest_days::on_date, rest_days::id))
        .limit(limit)
        .into_boxed();
    if let Some(officer) = filter.officer_id {
        query = query.filter(rest_days::officer_id.eq(officer));
    }
    if let Some(units) = &filter.units {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let theirs = officer_units::table
            .filter(officer_units::superseded_at.is_null())
            .filter(officer_units::effective_on.le(today))
            .filter(officer_units::until_on.gt(today))
            .filter(officer_units::unit_id.eq_any(units.clone()))
            .select(officer_units::officer_id);
        query = query.filter(rest_days::officer_id.eq_any(theirs));
    }
    if let Some(from) = filter.from {
        query = query.filter(rest_days::on_date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(rest_days::on_date.le(to));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(rest_days::kind.eq(kind));
    }
    if let Some(state) = filter.state {
        query = query.filter(rest_days::state.eq(state));
    }
    if let Some((on, id)) = filter.after {
        query = query.filter(rest_days::on_date.ge(on)).filter(rest_days::on_date.gt(on).or(rest_days::id.gt(id)));
    }
    Ok(query.load(connection)?)
}

/// The rest days that stand, or stood, in the place of some cancelled ones, whatever became of them, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn replacing(connection: &mut Conn, cancelled: &[RowId]) -> Result<Vec<RestDay>, Error> {
    let wanted: Vec<Option<RowId>> = cancelled.iter().copied().map(Some).collect();
    let mut found: Vec<RestDay> = among!(connection, rest_days::replaces_id, wanted, |these| rest_days::table
        .filter(rest_days::replaces_id.is_not_null())
        .filter(these)
        .select(RestDay::as_select()));
    // Sorted here: by their order a database would rather read all of them.
    found.sort_by_key(|day| day.id);
    Ok(found)
}

/// Stores a rest day.
///
/// # Errors
/// [`super::error::Unique::RestDay`] when the officer has a live one on the date.
pub fn insert(tx: &mut Tx, day: &RestDay) -> Result<(), Error> {
    on_both!(&mut *tx.connection, |one| diesel::insert_into(rest_days::table).values(day).execute(one))?;
    Ok(())
}

/// Stores rest days by the hundred.
///
/// # Errors
/// As [`insert`].
pub fn insert_many(tx: &mut Tx, days: &[RestDay]) -> Result<(), Error> {
    for some in days.chunks(CHUNK) {
        let rows: Vec<&RestDay> = some.iter().collect();
        on_both!(&mut *tx.connection, |one| diesel::insert_into(rest_days::table).values(rows).execute(one))?;
    }
    Ok(())
}

/// Changes what became of a rest day and counts the edit; date, kind and officer never change.
///
/// # Errors
/// When the database does not answer.
pub fn update(tx: &mut Tx, day: &RestDay) -> Result<RestDay, Error> {
    let edited = RestDay { version: day.version + 1, ..day.clone() };
    diesel::update(rest_days::table.find((day.officer_id, day.on_date, day.id)))
        .set((
            rest_days::state.eq(edited.state),
            rest_days::version.eq(edited.version),
            rest_days::published_at.eq(edited.published_at),
            rest_days::confirmed_at.eq(edited.confirmed_at),
            rest_days::ended_at.eq(edited.ended_at),
        ))
        .execute(tx.connection)?;
    Ok(edited)
}

/// Publishes what is planned for some officers between two dates; says how many it was.
///
/// # Errors
/// When the database does not answer.
pub fn publish(
    tx: &mut Tx,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
    at: NaiveDateTime,
) -> Result<usize, Error> {
    let mut published = 0;
    for some in officers.chunks(CHUNK) {
        published += diesel::update(rest_days::table)
            .filter(rest_days::officer_id.eq_any(some))
            .filter(rest_days::on_date.ge(from))
            .filter(rest_days::on_date.le(to))
            .filter(rest_days::state.eq(RestDayState::Planned))
            .filter(rest_days::late_reason.is_null())
            .set((
                rest_days::state.eq(RestDayState::Published),
                rest_days::published_at.eq(Some(at)),
                rest_days::version.eq(rest_days::version + 1),
            ))
            .execute(tx.connection)?;
    }
    Ok(published)
}
