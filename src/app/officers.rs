//! Officers: who they are, where they serve, since when.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::ctx::{Ctx, Expects, Subject};
use super::duty::transfers;
use super::error::{Code, Error, FieldError};
use super::hindrance::Hindrance;
use super::import::half_width;
use super::leave::conflicts::{self, Cause};
use super::reach::{self, Sight};
use super::units::{checked_date, checked_text};
use super::watch;
use crate::rules::terms::{Category, OfficerId, Role, RowId, ServiceKind, Sex, UnitId};
use crate::store::dated::Period;
use crate::store::officers::Officer;
use crate::store::service_periods::Origin;
use crate::store::{self, Conn, Tx};

mod called;

pub use crate::store::officers::Separation;
pub use crate::store::service_periods::ServicePeriod;
pub use called::{Called, called};

/// Who reads officers beside the officers themselves.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader, Role::Admin];
/// Who changes officers.
pub const KEEPERS: &[Role] = &[Role::Hr];
/// Most service periods of one officer.
const PERIODS_MAX: usize = 50;

/// One period of service as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenPeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while it goes on.
    pub to: Option<NaiveDate>,
    /// Employment or military service.
    pub kind: ServiceKind,
}

/// A new officer.
#[derive(Debug, Clone)]
pub struct NewOfficer {
    /// Badge number, unique.
    pub badge_no: String,
    /// Name.
    pub name: String,
    /// Unit since ever.
    pub unit_id: UnitId,
    /// Category since ever.
    pub category: Category,
    /// Sex.
    pub sex: Sex,
    /// Date of birth.
    pub born_on: Option<NaiveDate>,
    /// Post.
    pub post: Option<String>,
    /// Rank.
    pub rank: Option<String>,
    /// When they joined this service.
    pub joined_on: Option<NaiveDate>,
    /// Spouse on the roll.
    pub spouse_officer_id: Option<OfficerId>,
    /// Works by roster.
    pub shift_worker: bool,
    /// Years of work.
    pub service_periods: Vec<GivenPeriod>,
}

/// What changes of an officer; `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Another badge number.
    pub badge_no: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another sex.
    pub sex: Option<Sex>,
    /// Another date of birth, or none.
    pub born_on: Option<Option<NaiveDate>>,
    /// Another post, or none.
    pub post: Option<Option<String>>,
    /// Another rank, or none.
    pub rank: Option<Option<String>>,
    /// Another date of joining, or none.
    pub joined_on: Option<Option<NaiveDate>>,
    /// Another spouse, or none.
    pub spouse_officer_id: Option<Option<OfficerId>>,
    /// Works by roster, or not.
    pub shift_worker: Option<bool>,
    /// All service periods anew.
    pub service_periods: Option<Vec<GivenPeriod>>,
}

/// An officer as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub officer: Officer,
    /// Unit today.
    pub unit_id: UnitId,
    /// Category today.
    pub category: Category,
    /// Years of work.
    pub service_periods: Vec<ServicePeriod>,
    /// Separation.
    pub separation: Option<Separation>,
    /// Spouse, for those who may see it.
    pub spouse_officer_id: Option<OfficerId>,
    /// Units over time.
    pub units: Vec<Period<UnitId>>,
    /// Categories over time.
    pub categories: Vec<Period<Category>>,
}

pub(super) fn subject(id: OfficerId) -> Subject {
    Subject { kind: "officer", id: id.0, officer_id: Some(id) }
}

/// One officer: the officer themselves, and those who reach them.
///
/// # Errors
/// [`Code::NotFound`] when the officer is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: OfficerId) -> Result<Shown, Error> {
    let seen = reach::see_officer(connection, ctx, id, READERS)?;
    let sees_spouse = seen.sight == Sight::Own || reach::reaches(connection, ctx, KEEPERS, seen.unit_id)?;
    let mut shown = whole(connection, ctx, seen.officer)?;
    if !sees_spouse {
        shown.spouse_officer_id = None;
    }
    Ok(shown)
}

pub(super) fn whole(connection: &mut Conn, ctx: &Ctx, officer: Officer) -> Result<Shown, Error> {
    let today = ctx.moment.today();
    let id = officer.id;
    let units = store::officers::units(connection, id)?;
    let categories = store::officers::categories(connection, id)?;
    Ok(Shown {
        unit_id: value_on(&units, today).ok_or(Code::NotFound)?,
        category: value_on(&categories, today).ok_or(Code::NotFound)?,
        service_periods: store::service_periods::of(connection, id)?,
        separation: store::officers::separation(connection, id)?,
        spouse_officer_id: store::officers::spouse(connection, id)?,
        officer,
        units,
        categories,
    })
}

pub(super) fn value_on<V: Copy>(periods: &[Period<V>], on: NaiveDate) -> Option<V> {
    periods.iter().find(|period| period.effective_on <= on && on < period.until_on).map(|period| period.value)
}

/// Creates an officer.
///
/// # Errors
/// Refused fields; [`Code::NotFound`] for a unit that is absent or out of reach.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewOfficer) -> Result<Shown, Error> {
    check_unit(tx.reading(), ctx, new.unit_id)?;
    let officer = Officer {
        id: OfficerId(ctx.moment.new_id()),
        // Full-width digits are the plain ones, as in imports.
        badge_no: half_width(&new.badge_no).into_owned(),
        name: new.name.clone(),
        sex: new.sex,
        born_on: new.born_on,
        post: new.post.clone(),
        rank: new.rank.clone(),
        joined_on: new.joined_on,
        shift_worker: new.shift_worker,
        version: 1,
        created_at: ctx.moment.stamp(),
    };
    check(ctx, &officer, &new.service_periods)?;
    store::officers::insert(tx, &officer, new.unit_id, new.category, &ctx.moment)?;
    replace_periods(tx, ctx, officer.id, &new.service_periods, Origin::Entered)?;
    if let Some(spouse) = new.spouse_officer_id {
        link_spouse(tx, ctx, officer.id, Some(spouse))?;
    }
    ctx.audit(tx, "officer.created", subject(officer.id), None, Some(described(&officer)))?;
    whole(tx.reading(), ctx, officer)
}

fn described(officer: &Officer) -> Value {
    serde_json::to_value(officer).unwrap_or_default()
}

/// The unit must exist and be reached by the caller as hr.
fn check_unit(connection: &mut Conn, ctx: &Ctx, unit: UnitId) -> Result<(), Error> {
    let there = store::units::find(connection, unit)?.is_some();
    if there && reach::reaches(connection, ctx, KEEPERS, unit)? { Ok(()) } else { Err(Code::NotFound.into()) }
}

/// Nobody joins after having left.
fn check_against_separation(officer: &Officer, separation: Option<Separation>) -> Result<(), Error> {
    match (officer.joined_on, separation) {
        (Some(joined), Some(separation)) if separation.left_on < joined => {
            let refused = FieldError::new("/joined_on", Code::InvalidValue).read(joined.to_string());
            Err(refused.expected(format!("≤ {}", separation.left_on)).into())
        }
        _ => Ok(()),
    }
}

/// Collects every refused field of an officer's own row and periods.
fn check(ctx: &Ctx, officer: &Officer, periods: &[GivenPeriod]) -> Result<(), Error> {
    let mut refused = Vec::new();
    refused.extend(checked_text("/badge_no", &officer.badge_no, 32).err());
    refused.extend(checked_text("/name", &officer.name, 100).err());
    refused.extend(officer.post.as_ref().and_then(|post| checked_text("/post", post, 100).err()));
    refused.extend(officer.rank.as_ref().and_then(|rank| checked_text("/rank", rank, 100).err()));
    let today = ctx.moment.today();
    let mut check_date = |pointer: String, date: Option<NaiveDate>, latest: Option<NaiveDate>| {
        let earliest = officer.born_on.filter(|_| pointer != "/born_on");
        let Some(date) = date else { return };
        if let Err(error) = checked_date(&pointer, date, today) {
            refused.push(error);
        } else if latest.is_some_and(|latest| date > latest) || earliest.is_some_and(|earliest| date <= earliest) {
            refused.push(FieldError::new(pointer, Code::InvalidValue).read(date.to_string()));
        }
    };
    check_date("/born_on".to_owned(), officer.born_on, Some(today));
    check_date("/joined_on".to_owned(), officer.joined_on, None);
    for (at, period) in periods.iter().enumerate() {
        check_date(format!("/service_periods/{at}/from"), Some(period.from), None);
        check_date(format!("/service_periods/{at}/to"), period.to, None);
    }
    for (at, period) in periods.iter().enumerate() {
        if period.to.is_some_and(|to| to < period.from) {
            refused
                .push(FieldError::new(format!("/service_periods/{at}/to"), Code::InvalidValue).expected("to ≥ from"));
        }
    }
    // Service is what was worked: it begins in the future only together with joining.
    let latest = officer.joined_on.map_or(today, |joined| joined.max(today));
    refused.extend(periods.iter().enumerate().filter(|(_, period)| period.from > latest).map(|(at, period)| {
        let refused = FieldError::new(format!("/service_periods/{at}/from"), Code::InvalidValue);
        refused.read(period.from.to_string()).expected(format!("≤ {latest}"))
    }));
    if periods.len() > PERIODS_MAX {
        refused.push(FieldError::new("/service_periods", Code::TooLong).expected(format!("≤ {PERIODS_MAX}")));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Replaces the service periods: rows that stay the same are left alone, others are superseded.
fn replace_periods(
    tx: &mut Tx,
    ctx: &Ctx,
    officer: OfficerId,
    wanted: &[GivenPeriod],
    origin: Origin,
) -> Result<(), Error> {
    let held = store::service_periods::of(tx.reading(), officer)?;
    let same = |row: &ServicePeriod, given: &GivenPeriod| {
        row.from_on == given.from && row.to_on == given.to && row.kind == given.kind
    };
    let gone: Vec<RowId> =
        held.iter().filter(|row| !wanted.iter().any(|given| same(row, given))).map(|row| row.id).collect();
    let added: Vec<ServicePeriod> = wanted
        .iter()
        .filter(|given| !held.iter().any(|row| same(row, given)))
        .map(|given| ServicePeriod {
            id: RowId(ctx.moment.new_id()),
            officer_id: officer,
            from_on: given.from,
            to_on: given.to,
            kind: given.kind,
            origin,
            recorded_at: ctx.moment.stamp(),
        })
        .collect();
    store::service_periods::supersede(tx, &gone, &ctx.moment)?;
    Ok(store::service_periods::insert(tx, &added)?)
}

/// Links two spouses; both rows are locked in id order.
fn link_spouse(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, spouse: Option<OfficerId>) -> Result<(), Error> {
    if let Some(spouse) = spouse {
        if spouse == officer {
            return Err(FieldError::new("/spouse_officer_id", Code::InvalidValue).into());
        }
        // The link is written into the spouse's record too, so it must be one that the caller may change.
        reach::officer_for_others(tx.reading(), ctx, spouse, KEEPERS)?;
        if store::officers::spouse(tx.reading(), spouse)?.is_some_and(|other| other != officer) {
            return Err(FieldError::new("/spouse_officer_id", Code::Taken).into());
        }
    }
    store::officers::set_spouse(tx, officer, spouse, &ctx.moment)?;
    Ok(())
}

/// An officer that the caller may change as hr, locked.
pub(super) fn theirs(tx: &mut Tx, ctx: &Ctx, id: OfficerId) -> Result<Officer, Error> {
    let officer = store::officers::lock(tx, id)?;
    reach::officer_for_others(tx.reading(), ctx, id, KEEPERS)?;
    Ok(officer)
}

/// Changes an officer.
///
/// # Errors
/// [`Code::Stale`] when the version is not the one the caller expects; [`Code::OwnRecord`] for oneself; refused fields.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: OfficerId, expects: Expects<'_>, changes: &Changes) -> Result<Shown, Error> {
    if let Some(Some(spouse)) = changes.spouse_officer_id {
        // Both rows of a couple are touched: lock them in id order (RULINGS 62).
        store::officers::lock(tx, id.min(spouse))?;
        store::officers::lock(tx, id.max(spouse))?;
    }
    let officer = theirs(tx, ctx, id)?;
    expects(officer.version)?;
    let changed = Officer {
        badge_no: changes
            .badge_no
            .as_deref()
            .map_or_else(|| officer.badge_no.clone(), |no| half_width(no).into_owned()),
        name: changes.name.clone().unwrap_or_else(|| officer.name.clone()),
        sex: changes.sex.unwrap_or(officer.sex),
        born_on: changes.born_on.unwrap_or(officer.born_on),
        post: changes.post.clone().unwrap_or_else(|| officer.post.clone()),
        rank: changes.rank.clone().unwrap_or_else(|| officer.rank.clone()),
        joined_on: changes.joined_on.unwrap_or(officer.joined_on),
        shift_worker: changes.shift_worker.unwrap_or(officer.shift_worker),
        ..officer.clone()
    };
    let before = whole(tx.reading(), ctx, officer.clone())?;
    let held: Vec<GivenPeriod> = before
        .service_periods
        .iter()
        .map(|row| GivenPeriod { from: row.from_on, to: row.to_on, kind: row.kind })
        .collect();
    check(ctx, &changed, changes.service_periods.as_ref().unwrap_or(&held))?;
    check_against_separation(&changed, before.separation)?;
    store::officers::update(tx, &changed)?;
    if let Some(periods) = &changes.service_periods {
        replace_periods(tx, ctx, id, periods, Origin::Entered)?;
    }
    if let Some(spouse) = changes.spouse_officer_id {
        link_spouse(tx, ctx, id, spouse)?;
    }
    let after = found(tx.reading(), ctx, id)?;
    ctx.audit(tx, "officer.changed", subject(id), Some(snapshot(&before)), Some(snapshot(&after)))?;
    if changed.joined_on != officer.joined_on {
        let since = [changed.joined_on, officer.joined_on].into_iter().flatten().min().unwrap_or(NaiveDate::MIN);
        watch::after_facts_since(tx, ctx, id, since)?;
    }
    if after.service_periods != before.service_periods || changed.joined_on != officer.joined_on {
        conflicts::reassess(tx, ctx, id, NaiveDate::MIN, &Cause::Service)?;
    }
    Ok(after)
}

fn snapshot(shown: &Shown) -> Value {
    json!({
        "officer": described(&shown.officer),
        "service_periods": shown.service_periods,
        "spouse_officer_id": shown.spouse_officer_id,
        "unit_id": shown.unit_id,
        "category": shown.category,
        "separation": shown.separation,
    })
}

pub(super) fn found(connection: &mut Conn, ctx: &Ctx, id: OfficerId) -> Result<Shown, Error> {
    let officer = store::officers::find(connection, id)?.ok_or(Code::NotFound)?;
    whole(connection, ctx, officer)
}

/// Transfers an officer to another unit from a date on; what was before stays where it was.
///
/// # Errors
/// [`Code::NotFound`] for a unit that is absent or out of reach; [`Code::OwnRecord`] for oneself;
/// [`Code::WrongState`] after the last day on the roll.
pub fn transfer(tx: &mut Tx, ctx: &Ctx, id: OfficerId, unit: UnitId, on: NaiveDate) -> Result<Shown, Error> {
    let officer = theirs(tx, ctx, id)?;
    check_unit(tx.reading(), ctx, unit)?;
    checked_date("/effective_on", on, ctx.moment.today())?;
    let before = whole(tx.reading(), ctx, officer)?;
    check_on_roll(&before, on)?;
    transfers::place(tx, ctx, id, unit, on)?;
    store::officers::bump(tx, id)?;
    ctx.audit(
        tx,
        "officer.transferred",
        subject(id),
        Some(json!({"unit_id": before.unit_id})),
        Some(json!({"unit_id": unit, "effective_on": on})),
    )?;
    conflicts::reassess(tx, ctx, id, on, &Cause::Transfer { from: on })?;
    watch::after_facts_since(tx, ctx, id, on)?;
    found(tx.reading(), ctx, id)
}

/// Whoever has left the roll is of no other unit or category after the last day on it.
fn check_on_roll(before: &Shown, on: NaiveDate) -> Result<(), Error> {
    match before.separation {
        Some(separation) if separation.left_on < on => Err(Hindrance::LeftRoll.into()),
        _ => Ok(()),
    }
}

/// Changes the category from a date on.
///
/// # Errors
/// [`Code::OwnRecord`] for oneself; [`Code::WrongState`] after the last day on the roll.
pub fn recategorize(tx: &mut Tx, ctx: &Ctx, id: OfficerId, category: Category, on: NaiveDate) -> Result<Shown, Error> {
    let officer = theirs(tx, ctx, id)?;
    checked_date("/effective_on", on, ctx.moment.today())?;
    let before = whole(tx.reading(), ctx, officer)?;
    check_on_roll(&before, on)?;
    store::officers::set_category(tx, id, on, category, &ctx.moment)?;
    store::officers::bump(tx, id)?;
    ctx.audit(
        tx,
        "officer.recategorized",
        subject(id),
        Some(json!({"category": before.category})),
        Some(json!({"category": category, "effective_on": on})),
    )?;
    // The regime changes with the category, also for leave that was asked for before (RULINGS 10).
    conflicts::reassess(tx, ctx, id, on, &Cause::Category { from: on })?;
    watch::after_facts_since(tx, ctx, id, on)?;
    found(tx.reading(), ctx, id)
}
