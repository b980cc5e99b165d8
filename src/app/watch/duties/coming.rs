//! Duties that lie ahead: rosters to be published, and rows of days on duty that are about to be too long.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::Laws;
use crate::app::ctx::Ctx;
use crate::app::duty::facts::{self, Window};
use crate::app::error::Error;
use crate::rules::rest::forecast::{Quota, forecast};
use crate::rules::rest_duty::{Published, RestDuty, RestDutyKind, first_unpublished};
use crate::rules::terms::UnitId;
use crate::store::duty_facts::PAGE;
use crate::store::{self, Conn};

/// How many days before the last date for publishing it is due (welfare.md A, Reminders: D-35 before D-30).
const ROSTER_SOON_DAYS: u64 = 5;
/// A unit whose last roster ended longer ago than this publishes none any more.
const ROSTER_LAPSES_DAYS: u64 = 400;
/// How far ahead a row of days on duty is looked for: a week before it is too late.
const ROW_AHEAD_DAYS: u64 = 7;
/// How far back a row may have begun; longer ones are too long already.
const ROW_BACK_DAYS: u64 = 62;

fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

/// Rosters that are to be published: of each unit that publishes its own, or plans duty that no roster covers, from the
/// first date that none covers.
pub(super) fn rosters(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
    on: NaiveDate,
) -> Result<Vec<RestDuty>, Error> {
    let clock = ctx.moment.clock();
    let mut all: BTreeSet<UnitId> = units.iter().copied().collect();
    for unit in units {
        all.extend(laws.upward(*unit, on));
    }
    let all: Vec<UnitId> = all.into_iter().collect();
    let mut published: BTreeMap<UnitId, Vec<Published>> = BTreeMap::new();
    for some in all.chunks(PAGE) {
        for (unit, from, to) in store::rosters::published_since(connection, some, before(on, ROSTER_LAPSES_DAYS))? {
            published.entry(unit).or_default().push((from, to));
        }
    }
    let mut duties = Vec::new();
    for unit in units {
        // A roster of a unit covers everything under it.
        let covered: Vec<Published> =
            laws.upward(*unit, on).iter().filter_map(|unit| published.get(unit)).flatten().copied().collect();
        let publishes = published.contains_key(unit);
        let first = if publishes {
            first_unpublished(&covered, on)
        } else if store::rosters::has_plans(connection, *unit, clock.start_of(on).naive_utc())? {
            Some(first_unpublished(&covered, on).unwrap_or(on))
        } else {
            None
        };
        let Some(first) = first else { continue };
        let Some(version) = laws.on(*unit, first) else { continue };
        let days = version.values.roster_days_ahead_min.and_then(|days| u64::try_from(days).ok());
        let Some(days) = days else { continue };
        let since = before(first, days + ROSTER_SOON_DAYS);
        if since > on {
            continue;
        }
        let span = (clock.start_of(since), clock.end_of(before(first, days)));
        let ladder = version.values.ladder_days.clone();
        duties.push(RestDuty {
            rule: Some("rest.published_late".to_owned()),
            ..RestDuty::of(RestDutyKind::PublishRoster, unit.0, *unit, span, ladder)
        });
    }
    Ok(duties)
}

/// Rows of days on duty that will be too long within a week, by the roster as it is published: the day that is one too many
/// is to be taken away before it begins.
pub(super) fn rows(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
    on: NaiveDate,
) -> Result<Vec<RestDuty>, Error> {
    let clock = ctx.moment.clock();
    let last = on.checked_add_days(Days::new(ROW_AHEAD_DAYS)).unwrap_or(on);
    let mut members = Vec::new();
    for some in units.chunks(PAGE) {
        members.extend(store::duty_facts::members(connection, some, on, on)?);
    }
    members.sort_unstable();
    members.dedup();
    let window = Window::exactly(ctx, before(on, ROW_BACK_DAYS), last).published();
    let law = facts::law(ctx, on);
    let mut duties = Vec::new();
    facts::each(connection, ctx, Some(&members), window, &mut |_, officer, facts| {
        let Some(unit_id) = facts.unit_on(on) else { return Ok(()) };
        let coming = forecast(&facts.person(), &law, on, last);
        let row = coming.iter().find(|one| one.quota == Quota::ConsecutiveDays);
        // What is too long today is a violation already.
        let Some(missed_on) = row.and_then(|row| row.missed_on).filter(|missed| *missed > on) else { return Ok(()) };
        let span = (clock.start_of(before(missed_on, ROW_AHEAD_DAYS)), clock.start_of(missed_on));
        duties.push(RestDuty {
            officer_id: Some(officer),
            rule: Some("rest.weekly".to_owned()),
            ..RestDuty::of(RestDutyKind::BreakRow, officer.0, unit_id, span, laws.ladder(unit_id, on))
        });
        Ok(())
    })?;
    Ok(duties)
}
