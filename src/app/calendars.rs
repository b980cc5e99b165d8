//! Publishing a calendar year, for the force or for a unit with everything under it.

use chrono::Datelike;
use serde_json::json;

use super::ctx::{Ctx, Subject};
use super::error::{Code, Error, FieldError};
use super::law::Law;
use super::leave::conflicts::{self, Cause, Touched};
use super::policies::may_publish;
use super::watch;
use crate::rules::calendar::{SpecialDay, YearStatus};
use crate::rules::terms::{RowId, UnitId};
use crate::store::law::CalendarYear;
use crate::store::{self, Conn, Tx};

/// Years that can be published.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;
/// Longest name of a holiday, in characters.
const NAME_MAX: usize = 100;

/// A year as somebody gives it.
#[derive(Debug, Clone)]
pub struct NewYear {
    /// The unit it binds; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// The year.
    pub year: i32,
    /// How sure it is.
    pub status: YearStatus,
    /// The dates that are not what their weekday makes them.
    pub days: Vec<SpecialDay>,
}

/// A year as it is in force for a scope.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The unit asked for.
    pub unit_id: Option<UnitId>,
    /// The year.
    pub year: i32,
    /// How sure it is.
    pub status: YearStatus,
    /// Its special days.
    pub days: Vec<SpecialDay>,
    /// How often it was published in exactly this scope; 0 where it is built in or comes from above.
    pub version: i32,
}

/// A year as it is in force for a unit, or for the force.
///
/// # Errors
/// [`Code::NotFound`] for an unknown unit; [`Code::CalendarNotPublished`].
pub fn get(connection: &mut Conn, ctx: &Ctx, unit: Option<UnitId>, year: i32) -> Result<Shown, Error> {
    let chain = super::policies::chain(connection, unit, ctx.moment.today())?;
    let calendar = ctx.statutes.calendars.of(&chain);
    let own = store::law::calendar_year(connection, unit, year)?;
    let known = calendar.year(year).ok_or(Code::CalendarNotPublished)?;
    Ok(Shown {
        unit_id: unit,
        year,
        status: known.status,
        days: known.special_days(),
        version: own.map_or(0, |own| own.version),
    })
}

/// What the caller of a publication expects to find.
pub type Expects<'a> = &'a dyn Fn(Option<&Shown>) -> Result<(), Error>;

/// The year as it is before; nothing where there is none at all.
fn before(connection: &mut Conn, ctx: &Ctx, new: &NewYear) -> Result<Option<Shown>, Error> {
    match get(connection, ctx, new.unit_id, new.year) {
        Ok(shown) => Ok(Some(shown)),
        Err(Error::Code(Code::CalendarNotPublished)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn check(new: &NewYear) -> Result<(), Error> {
    let mut refused = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (at, day) in new.days.iter().enumerate() {
        if day.date.year() != new.year || !seen.insert(day.date) {
            let error = FieldError::new(format!("/days/{at}/date"), Code::InvalidValue);
            refused.push(error.read(day.date.to_string()).expected(new.year.to_string()));
        }
        if !day.fits_its_weekday() {
            let error = FieldError::new(format!("/days/{at}/class"), Code::InvalidValue);
            refused.push(error.read(format!("{} {}", day.date.weekday(), day.class)));
        }
        if let Some(name) = &day.name {
            refused.extend(super::units::checked_text(&format!("/days/{at}/name"), name, NAME_MAX).err());
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// What a publication did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The year as it is now.
    pub shown: Shown,
    /// What it touched.
    pub touched: Touched,
}

/// Publishes a year. Pending requests are counted anew; granted ones that cost another number of days now are listed.
///
/// # Errors
/// Refused days; [`Code::Stale`] where somebody published meanwhile; [`Code::Forbidden`] outside the caller's reach;
/// [`Code::NotFound`] for a year that no calendar knows, or an unknown unit.
pub fn publish(tx: &mut Tx, law: &Law, ctx: &Ctx, new: &NewYear, expects: Expects<'_>) -> Result<Outcome, Error> {
    if !YEARS.contains(&new.year) {
        return Err(Code::NotFound.into());
    }
    may_publish(tx.reading(), ctx, new.unit_id)?;
    expects(before(tx.reading(), ctx, new)?.as_ref())?;
    check(new)?;
    let own = store::law::calendar_year(tx.reading(), new.unit_id, new.year)?;
    let mut days = new.days.clone();
    days.sort_by_key(|day| day.date);
    let row = CalendarYear {
        id: RowId(ctx.moment.new_id()),
        unit_id: new.unit_id,
        scope: store::law::scope(new.unit_id, None),
        year: new.year,
        status: new.status,
        days: serde_json::to_string(&days).map_err(|error| Error::Internal(error.to_string()))?,
        version: own.as_ref().map_or(1, |own| own.version + 1),
        published_by: ctx.caller.account_id,
        published_at: ctx.moment.stamp(),
        superseded_at: None,
    };
    store::law::insert_calendar_year(tx, &row)?;
    let bound = law.published(tx, ctx)?;
    let chain = super::policies::chain(tx.reading(), new.unit_id, ctx.moment.today())?;
    let changed = ctx.statutes.calendars.of(&chain).changed_dates(&bound.statutes.calendars.of(&chain), new.year);
    let cause = Cause::Calendar { year: new.year };
    let touched = conflicts::reassess_dates(tx, &bound, new.unit_id, &changed, &cause)?;
    if new.unit_id.is_none() {
        watch::after_calendar(tx, &bound, &changed)?;
    }
    let subject = Subject { kind: "calendar_year", id: row.id.0, officer_id: None };
    let before = own.map(|own| json!({"version": own.version, "status": own.status}));
    let after = json!({
        "unit_id": row.unit_id, "year": row.year, "status": row.status, "version": row.version,
        "changed_dates": changed, "recounted": touched.recounted, "approved_changed": touched.conflicts,
    });
    ctx.audit(tx, "calendar.published", subject, before, Some(after))?;
    store::outbox::append(tx, "calendar.published", row.id.0, None, &ctx.moment)?;
    Ok(Outcome { shown: get(tx.reading(), &bound, new.unit_id, new.year)?, touched })
}
