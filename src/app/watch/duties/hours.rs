//! Hours that wait for a leader's word: what they earn and take away comes with it, and nobody is to lose it by silence.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Days, NaiveDate, TimeDelta};

use super::Laws;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::calendar::DayClass;
use crate::rules::comp_credit::{Actual as Hours, CancelReason, CreditOrigin, RestsBy, outside_workdays};
use crate::rules::duty::DutyKind;
use crate::rules::rest_duty::{RestDuty, RestDutyKind};
use crate::rules::terms::{OfficerId, RowId, UnitId};
use crate::store::duty_actuals::{Actual, SaidBy, last};
use crate::store::duty_facts::PAGE;
use crate::store::duty_shifts::{DutyShift, Resting, ShiftState};
use crate::store::{self, Conn};

/// How far back a shift lies, in days, of which a word is still waited for.
const ANSWERED_WITHIN_DAYS: i64 = 92;

/// Hours that wait for a leader's word. Of which the officer has said something else than the plan, or than what was agreed
/// on; and hours that earn something as they are planned (on a holiday, a day off, as overtime), whether the officer has
/// said so or nobody has said anything (公务员法 第八十二条 第二款; welfare.md §0.1: the clock runs against the unit).
pub(super) fn unanswered(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
) -> Result<Vec<RestDuty>, Error> {
    let from = (ctx.moment.now() - TimeDelta::days(ANSWERED_WITHIN_DAYS)).naive_utc();
    let mut words: BTreeMap<RowId, (DutyShift, Vec<Actual>)> = BTreeMap::new();
    for some in units.chunks(PAGE) {
        for (shift, said) in store::duty_actuals::of_units(connection, some, from)? {
            words.entry(shift.id).or_insert_with(|| (shift, Vec::new())).1.push(said);
        }
    }
    let earning = earning(connection, ctx, laws, units)?;
    for shift in earning.values() {
        words.entry(shift.id).or_insert_with(|| (shift.clone(), Vec::new()));
    }
    let clock = ctx.moment.clock();
    let mut duties = Vec::new();
    for (shift, mut said) in words.into_values() {
        said.sort_by_key(|one| one.id);
        let (officer, leader) = (last(&said, SaidBy::Officer), last(&said, SaidBy::Leader));
        let earns = earning.contains_key(&shift.id);
        let since = match officer {
            Some(word) if differs(&shift, word) || earns => {
                if leader.is_some_and(|said| said.says_as(word)) {
                    continue;
                }
                word.recorded_at.and_utc()
            }
            // Nobody has said anything: the plan stands, and it was over then.
            None if earns && leader.is_none() => shift.ends_at.and_utc(),
            _ => continue,
        };
        let on = clock.date_of(since);
        let Some(version) = laws.on(shift.unit_id, on) else { continue };
        let days = Days::new(version.values.violation_acknowledge_days);
        let span = (since, clock.end_of(on.checked_add_days(days).unwrap_or(on)));
        let ladder = version.values.ladder_days.clone();
        duties.push(RestDuty {
            officer_id: Some(shift.officer_id),
            ..RestDuty::of(RestDutyKind::AnswerHours, shift.id.0, shift.unit_id, span, ladder)
        });
    }
    Ok(duties)
}

/// Whether the officer says something else than what binds now.
fn differs(shift: &DutyShift, word: &Actual) -> bool {
    let agreed = shift.actual_starts_at.zip(shift.actual_ends_at).zip(shift.actual_minutes);
    let binds = agreed
        .map_or((shift.starts_at, shift.ends_at, shift.counted_minutes), |((from, to), minutes)| (from, to, minutes));
    shift.state != ShiftState::Cancelled && (!word.worked || word.hours() != binds)
}

/// Duty that is over, on whose hours nobody has agreed, and that earns something as it was planned.
fn earning(
    connection: &mut Conn,
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
) -> Result<HashMap<RowId, DutyShift>, Error> {
    let (clock, now) = (ctx.moment.clock(), ctx.moment.now());
    let today = ctx.moment.today();
    let first = today - TimeDelta::days(ANSWERED_WITHIN_DAYS);
    let (holidays, days_off) = outside(ctx, laws, units, (first, today));
    let mut found: HashMap<RowId, DutyShift> = HashMap::new();
    for some in units.chunks(PAGE) {
        let from = clock.start_of(first).naive_utc();
        let overtime = store::duty_shifts::unagreed(
            connection,
            some,
            (from, now.naive_utc()),
            Some(DutyKind::Overtime),
            Resting::Any,
        )?;
        found.extend(overtime.into_iter().map(|shift| (shift.id, shift)));
        for (dates, resting) in [(&holidays, Resting::Any), (&days_off, Resting::ByCalendar)] {
            for (from, to) in rows(dates) {
                // What began on the day before reaches in.
                let from = clock.start_of(from.pred_opt().unwrap_or(from)).naive_utc();
                let span = (from, clock.end_of(to).naive_utc());
                let there = store::duty_shifts::unagreed(connection, some, span, None, resting)?;
                found.extend(there.into_iter().map(|shift| (shift.id, shift)));
            }
        }
    }
    found.retain(|_, shift| shift.ends_at <= now.naive_utc());
    let officers: Vec<OfficerId> =
        found.values().map(|shift| shift.officer_id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut by_roster: HashSet<OfficerId> = HashSet::new();
    let mut given: HashMap<OfficerId, Vec<NaiveDate>> = HashMap::new();
    for some in officers.chunks(PAGE) {
        let people = store::officers::find_many(connection, some)?;
        by_roster.extend(people.iter().filter(|one| one.shift_worker).map(|one| one.id));
        for one in store::rest_cancellations::of_many(connection, some)? {
            if one.reason_code != CancelReason::OfficerRequest {
                given.entry(one.officer_id).or_default().push(one.on_date);
            }
        }
    }
    found.retain(|_, shift| {
        let theirs = given.get(&shift.officer_id).map(Vec::as_slice).unwrap_or_default();
        let rests_by = if by_roster.contains(&shift.officer_id) { RestsBy::Roster } else { RestsBy::Calendar };
        shift.kind == DutyKind::Overtime || earns(ctx, laws, shift, rests_by, theirs)
    });
    Ok(found)
}

/// Whether a shift earns something by the class of its dates. A date whose rest was taken away has earned by that.
fn earns(ctx: &Ctx, laws: &Laws<'_>, shift: &DutyShift, rests_by: RestsBy, given: &[NaiveDate]) -> bool {
    let (starts_at, ends_at) = (shift.starts_at.and_utc(), shift.ends_at.and_utc());
    let above = laws.upward(shift.unit_id, ctx.moment.clock().date_of(starts_at));
    let calendar = ctx.statutes.calendars.of(&above);
    let outside = outside_workdays(&Hours {
        kind: shift.kind,
        starts_at,
        ends_at,
        counted_minutes: i64::from(shift.counted_minutes),
        planned_starts_at: starts_at,
        planned_ends_at: ends_at,
        planned_minutes: i64::from(shift.counted_minutes),
        zone: ctx.moment.clock().zone(),
        calendar: &calendar,
        rest_dates: &[],
        credited_dates: given,
        rests_by,
    });
    let is_owed = |origin: Option<CreditOrigin>| origin.is_some_and(|origin| origin != CreditOrigin::CancelledRest);
    // A year without a calendar says nothing yet.
    outside.is_ok_and(|days| days.iter().any(|(_, minutes, origin)| *minutes > 0 && is_owed(*origin)))
}

/// The statutory holidays and the other days off of any of some units between two dates, both included.
fn outside(
    ctx: &Ctx,
    laws: &Laws<'_>,
    units: &[UnitId],
    (from, to): (NaiveDate, NaiveDate),
) -> (BTreeSet<NaiveDate>, BTreeSet<NaiveDate>) {
    let (mut holidays, mut days_off) = (BTreeSet::new(), BTreeSet::new());
    let own = units.iter().filter(|_| ctx.statutes.knows_units());
    let calendars = own.map(|unit| ctx.statutes.calendars.of(&laws.upward(*unit, to)));
    for calendar in calendars.chain([ctx.statutes.calendars.of(&[])]) {
        for on in from.iter_days().take_while(|on| *on <= to) {
            match calendar.class_of(on) {
                Ok(DayClass::StatutoryHoliday) => drop(holidays.insert(on)),
                Ok(class) if !class.working() => drop(days_off.insert(on)),
                _ => {}
            }
        }
    }
    (holidays, days_off)
}

/// Dates that follow each other without a gap, as first and last.
fn rows(dates: &BTreeSet<NaiveDate>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut rows: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for on in dates {
        match rows.last_mut() {
            Some((_, last)) if last.succ_opt() == Some(*on) => *last = *on,
            _ => rows.push((*on, *on)),
        }
    }
    rows
}
