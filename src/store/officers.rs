//! Officers: the person's row and the dated facts about them.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::conn::Conn;
use super::dated::{self, Edit, Period};
use super::dates::{Day, MaybeDay, Stamp};
use super::error::Error;
use super::pool::Tx;
use super::portable::{among, lock_row, on_both};
use super::schema::{officer_categories, officer_units, officers, separations, spouses};
use crate::clock::Moment;
use crate::rules::service::Dated;
use crate::rules::terms::{Category, OfficerId, RowId, SeparationCause, Sex, UnitId};
use serde::Serialize;

mod list;
pub use list::{Filter, Listed, list};

/// One person on the roll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = officers)]
#[diesel(treat_none_as_null = true)]
#[diesel(treat_none_as_default_value = false)]
pub struct Officer {
    /// Id.
    pub id: OfficerId,
    /// Badge number (警号), unique.
    pub badge_no: String,
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Date of birth.
    #[diesel(deserialize_as = MaybeDay)]
    pub born_on: Option<NaiveDate>,
    /// Post (职务).
    pub post: Option<String>,
    /// Rank (警衔).
    pub rank: Option<String>,
    /// When they joined this service (入警时间).
    #[diesel(deserialize_as = MaybeDay)]
    pub joined_on: Option<NaiveDate>,
    /// Works by roster, not by the calendar.
    pub shift_worker: bool,
    /// Counts the edits; shown as `ETag`.
    pub version: i32,
    /// When the row was made.
    #[diesel(deserialize_as = Stamp)]
    pub created_at: NaiveDateTime,
}

/// When and why somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Separation {
    /// Last day on the roll.
    pub left_on: NaiveDate,
    /// Why.
    pub cause: SeparationCause,
}

/// Finds an officer.
///
/// # Errors
/// When the database does not answer.
pub fn find(connection: &mut Conn, id: OfficerId) -> Result<Option<Officer>, Error> {
    Ok(on_both!(connection, |one| officers::table.find(id).select(Officer::as_select()).get_result(one).optional())?)
}

/// Finds an officer and the unit they are in on a date.
///
/// # Errors
/// When the database does not answer.
pub fn find_in_unit(connection: &mut Conn, id: OfficerId, on: NaiveDate) -> Result<Option<(Officer, UnitId)>, Error> {
    Ok(on_both!(connection, |one| officers::table
        .inner_join(officer_units::table)
        .filter(officers::id.eq(id))
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(Day(on)))
        .filter(officer_units::until_on.gt(Day(on)))
        .select((Officer::as_select(), officer_units::unit_id))
        .get_result(one)
        .optional())?)
}

/// Finds officers by id, in no order.
///
/// # Errors
/// When the database does not answer.
pub fn find_many(connection: &mut Conn, ids: &[OfficerId]) -> Result<Vec<Officer>, Error> {
    Ok(officers::table.filter(officers::id.eq_any(ids)).select(Officer::as_select()).load(connection)?)
}

/// Finds an officer by badge number.
///
/// # Errors
/// When the database does not answer.
pub fn find_by_badge(connection: &mut Conn, badge_no: &str) -> Result<Option<Officer>, Error> {
    Ok(officers::table
        .filter(officers::badge_no.eq(badge_no))
        .select(Officer::as_select())
        .get_result(connection)
        .optional()?)
}

/// Locks an officer until the transaction ends: the head row that guards balance, slots and facts.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn lock(tx: &mut Tx, id: OfficerId) -> Result<Officer, Error> {
    let _: OfficerId = lock_row!(&mut *tx.connection, officers, id)?;
    Ok(on_both!(&mut *tx.connection, |one| officers::table.find(id).select(Officer::as_select()).get_result(one))?)
}

/// Stores a new officer with unit and category since ever.
///
/// # Errors
/// [`super::error::Unique::BadgeNo`] when the badge number is taken.
pub fn insert(tx: &mut Tx, officer: &Officer, unit: UnitId, category: Category, moment: &Moment) -> Result<(), Error> {
    diesel::insert_into(officers::table).values(officer).execute(tx.connection)?;
    set_unit(tx, officer.id, dated::SINCE_EVER, unit, moment)?;
    set_category(tx, officer.id, dated::SINCE_EVER, category, moment)
}

/// Changes the person's row and counts the edit.
///
/// # Errors
/// [`super::error::Unique::BadgeNo`] when the badge number is taken.
pub fn update(tx: &mut Tx, officer: &Officer) -> Result<(), Error> {
    let edited = Officer { version: officer.version + 1, ..officer.clone() };
    diesel::update(officers::table.find(officer.id)).set(&edited).execute(tx.connection)?;
    Ok(())
}

/// Counts an edit of one of the officer's facts.
///
/// # Errors
/// When the database does not answer.
pub fn bump(tx: &mut Tx, id: OfficerId) -> Result<(), Error> {
    diesel::update(officers::table.find(id)).set(officers::version.eq(officers::version + 1)).execute(tx.connection)?;
    Ok(())
}

/// Units of an officer over time, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn units(connection: &mut Conn, of: OfficerId) -> Result<Vec<Period<UnitId>>, Error> {
    let rows: Vec<(RowId, UnitId, NaiveDate, NaiveDate)> = on_both!(connection, |one| officer_units::table
        .filter(officer_units::officer_id.eq(of))
        .filter(officer_units::superseded_at.is_null())
        .order(officer_units::effective_on)
        .select((officer_units::id, officer_units::unit_id, officer_units::effective_on, officer_units::until_on))
        .load(one))?;
    Ok(rows
        .into_iter()
        .map(|(id, value, effective_on, until_on)| Period { id, value, effective_on, until_on })
        .collect())
}

/// The unit of an officer on a date.
///
/// # Errors
/// [`Error::NotFound`] when there is no such officer.
pub fn unit_on(connection: &mut Conn, of: OfficerId, on: NaiveDate) -> Result<UnitId, Error> {
    Ok(on_both!(connection, |one| officer_units::table
        .filter(officer_units::officer_id.eq(of))
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(on))
        .filter(officer_units::until_on.gt(on))
        .select(officer_units::unit_id)
        .get_result(one))?)
}

/// The units of officers on a date.
///
/// # Errors
/// When the database does not answer.
pub fn units_on(connection: &mut Conn, of: &[OfficerId], on: NaiveDate) -> Result<Vec<(OfficerId, UnitId)>, Error> {
    Ok(among!(connection, officer_units::officer_id, of, |these| officer_units::table
        .filter(these)
        .filter(officer_units::superseded_at.is_null())
        .filter(officer_units::effective_on.le(on))
        .filter(officer_units::until_on.gt(on))
        .select((officer_units::officer_id, officer_units::unit_id))))
}

/// Categories of an officer over time, earliest first.
///
/// # Errors
/// When the database does not answer.
pub fn categories(connection: &mut Conn, of: OfficerId) -> Result<Vec<Period<Category>>, Error> {
    let rows: Vec<(RowId, Category, Day, Day)> = on_both!(connection, |one| officer_categories::table
        .filter(officer_categories::officer_id.eq(of))
        .filter(officer_categories::superseded_at.is_null())
        .order(officer_categories::effective_on)
        .select((
            officer_categories::id,
            officer_categories::category,
            officer_categories::effective_on,
            officer_categories::until_on,
        ))
        .load(one))?;
    Ok(rows
        .into_iter()
        .map(|(id, value, Day(effective_on), Day(until_on))| Period { id, value, effective_on, until_on })
        .collect())
}

/// Since when, as what and until when somebody is on the roll.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnTheRoll {
    /// Categories over time, earliest first.
    pub categories: Vec<Dated<Category>>,
    /// First day on the roll, where it is known.
    pub joined_on: Option<NaiveDate>,
    /// Last day on the roll, if they left or will.
    pub left_on: Option<NaiveDate>,
}

/// Since when, as what and until when an officer is on the roll: asked for together at every balance. Of somebody who is not
/// there nothing is known.
///
/// # Errors
/// When the database does not answer.
pub fn on_the_roll(connection: &mut Conn, of: OfficerId) -> Result<OnTheRoll, Error> {
    // At most one separation of an officer is not superseded.
    let left = separations::officer_id.eq(officer_categories::officer_id).and(separations::superseded_at.is_null());
    let rows: Vec<(Category, Day, MaybeDay, MaybeDay)> = on_both!(connection, |one| officer_categories::table
        .inner_join(officers::table)
        .left_join(separations::table.on(left))
        .filter(officer_categories::officer_id.eq(of))
        .filter(officer_categories::superseded_at.is_null())
        .order(officer_categories::effective_on)
        .select((
            officer_categories::category,
            officer_categories::effective_on,
            officers::joined_on,
            separations::left_on.nullable(),
        ))
        .load(one))?;
    let Some((.., joined_on, left_on)) = rows.first().copied() else { return Ok(OnTheRoll::default()) };
    let categories = rows.into_iter().map(|(value, Day(from), ..)| Dated { from, value });
    Ok(OnTheRoll { categories: categories.collect(), joined_on: joined_on.into(), left_on: left_on.into() })
}

/// The categories of officers on a date.
///
/// # Errors
/// When the database does not answer.
pub fn categories_on(
    connection: &mut Conn,
    of: &[OfficerId],
    on: NaiveDate,
) -> Result<Vec<(OfficerId, Category)>, Error> {
    Ok(among!(connection, officer_categories::officer_id, of, |these| officer_categories::table
        .filter(these)
        .filter(officer_categories::superseded_at.is_null())
        .filter(officer_categories::effective_on.le(on))
        .filter(officer_categories::until_on.gt(on))
        .select((officer_categories::officer_id, officer_categories::category))))
}

/// Lets an officer belong to a unit from a date on.
///
/// # Errors
/// When the database does not answer.
pub fn set_unit(tx: &mut Tx, of: OfficerId, on: NaiveDate, unit: UnitId, moment: &Moment) -> Result<(), Error> {
    let Edit { superseded, inserted } = dated::set(&units(tx.connection, of)?, on, unit);
    if !superseded.is_empty() {
        diesel::update(officer_units::table.filter(officer_units::id.eq_any(superseded)))
            .set(officer_units::superseded_at.eq(moment.stamp()))
            .execute(tx.connection)?;
    }
    for (unit, from, until) in inserted {
        diesel::insert_into(officer_units::table)
            .values((
                officer_units::id.eq(RowId(moment.new_id())),
                officer_units::officer_id.eq(of),
                officer_units::unit_id.eq(unit),
                officer_units::effective_on.eq(from),
                officer_units::until_on.eq(until),
                officer_units::recorded_at.eq(moment.stamp()),
            ))
            .execute(tx.connection)?;
    }
    Ok(())
}

/// Lets an officer be of a category from a date on.
///
/// # Errors
/// When the database does not answer.
pub fn set_category(
    tx: &mut Tx,
    of: OfficerId,
    on: NaiveDate,
    category: Category,
    moment: &Moment,
) -> Result<(), Error> {
    let Edit { superseded, inserted } = dated::set(&categories(tx.connection, of)?, on, category);
    if !superseded.is_empty() {
        diesel::update(officer_categories::table.filter(officer_categories::id.eq_any(superseded)))
            .set(officer_categories::superseded_at.eq(moment.stamp()))
            .execute(tx.connection)?;
    }
    for (category, from, until) in inserted {
        diesel::insert_into(officer_categories::table)
            .values((
                officer_categories::id.eq(RowId(moment.new_id())),
                officer_categories::officer_id.eq(of),
                officer_categories::category.eq(category),
                officer_categories::effective_on.eq(from),
                officer_categories::until_on.eq(until),
                officer_categories::recorded_at.eq(moment.stamp()),
            ))
            .execute(tx.connection)?;
    }
    Ok(())
}

/// When and why an officer left, if they did or will.
///
/// # Errors
/// When the database does not answer.
pub fn separation(connection: &mut Conn, of: OfficerId) -> Result<Option<Separation>, Error> {
    let row: Option<(NaiveDate, SeparationCause)> = on_both!(connection, |one| separations::table
        .filter(separations::officer_id.eq(of))
        .filter(separations::superseded_at.is_null())
        .select((separations::left_on, separations::cause))
        .get_result(one)
        .optional())?;
    Ok(row.map(|(left_on, cause)| Separation { left_on, cause }))
}

/// Records when and why an officer left; an earlier record is superseded.
///
/// # Errors
/// When the database does not answer.
pub fn separate(tx: &mut Tx, of: OfficerId, separation: Separation, moment: &Moment) -> Result<(), Error> {
    revoke_separation(tx, of, moment)?;
    diesel::insert_into(separations::table)
        .values((
            separations::id.eq(RowId(moment.new_id())),
            separations::officer_id.eq(of),
            separations::left_on.eq(separation.left_on),
            separations::cause.eq(separation.cause),
            separations::recorded_at.eq(moment.stamp()),
        ))
        .execute(tx.connection)?;
    Ok(())
}

/// Takes back a separation; its row stays, superseded.
///
/// # Errors
/// When the database does not answer.
pub fn revoke_separation(tx: &mut Tx, of: OfficerId, moment: &Moment) -> Result<(), Error> {
    diesel::update(separations::table.filter(separations::officer_id.eq(of)))
        .filter(separations::superseded_at.is_null())
        .set(separations::superseded_at.eq(moment.stamp()))
        .execute(tx.connection)?;
    Ok(())
}

/// The spouse of an officer, if they serve here too.
///
/// # Errors
/// When the database does not answer.
pub fn spouse(connection: &mut Conn, of: OfficerId) -> Result<Option<OfficerId>, Error> {
    Ok(on_both!(connection, |one| spouses::table
        .filter(spouses::officer_id.eq(of))
        .filter(spouses::superseded_at.is_null())
        .select(spouses::spouse_officer_id)
        .get_result(one)
        .optional())?)
}

/// The spouses of officers, of those who have one here.
///
/// # Errors
/// When the database does not answer.
pub fn spouses(connection: &mut Conn, of: &[OfficerId]) -> Result<Vec<(OfficerId, OfficerId)>, Error> {
    Ok(among!(connection, spouses::officer_id, of, |these| spouses::table
        .filter(these)
        .filter(spouses::superseded_at.is_null())
        .select((spouses::officer_id, spouses::spouse_officer_id))))
}

/// Whether a link between spouses was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking {
    /// It is new, or gone.
    Changed,
    /// It was already so.
    Unchanged,
}

/// Links two spouses, or unlinks an officer; a link always holds both ways, and nobody has two. It is an edit of both
/// records: the other one's is counted here, that of `of` by the caller.
///
/// # Errors
/// When the database does not answer.
pub fn set_spouse(tx: &mut Tx, of: OfficerId, to: Option<OfficerId>, moment: &Moment) -> Result<Linking, Error> {
    let before = spouse(tx.connection, of)?;
    if before == to {
        return Ok(Linking::Unchanged);
    }
    for other in [before, to].into_iter().flatten() {
        bump(tx, other)?;
    }
    for one in [Some(of), to].into_iter().flatten() {
        diesel::update(spouses::table.filter(spouses::officer_id.eq(one).or(spouses::spouse_officer_id.eq(one))))
            .filter(spouses::superseded_at.is_null())
            .set(spouses::superseded_at.eq(moment.stamp()))
            .execute(tx.connection)?;
    }
    if let Some(to) = to {
        for (one, other) in [(of, to), (to, of)] {
            diesel::insert_into(spouses::table)
                .values((
                    spouses::id.eq(RowId(moment.new_id())),
                    spouses::officer_id.eq(one),
                    spouses::spouse_officer_id.eq(other),
                    spouses::recorded_at.eq(moment.stamp()),
                ))
                .execute(tx.connection)?;
        }
    }
    Ok(Linking::Changed)
}
