//! People as the rules of rest see them: shifts, rest days, absences, orders, derogations, couples. Every part is read
//! here and nowhere else, for one person, for some, or for everybody page by page.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime};

use super::bonds;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::duty::{RestDay, RestDayKind, Shift};
use crate::rules::rest::{
    Away, AwayWhy, CareNeed, Couple, LOOK_AHEAD_DAYS, LOOK_BACK_DAYS, Limit, Order, Person, Range, RestLaw,
};
use crate::rules::service::{Dated, PersonFacts};
use crate::rules::terms::{FirstDay, Half, LastDay, LeaveKind, OfficerId, RowId, UnitId};
use crate::store::absences::{Absence, AbsenceKind};
use crate::store::dated::Period;
use crate::store::duty_facts::{Granted, PAGE};
use crate::store::duty_shifts::{ShiftState, Worked};
use crate::store::rest_days::RestDayState;
use crate::store::{self, Conn};

/// The other one of a couple, with their shifts.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Whether somebody needs one of them at home.
    pub care_need: CareNeed,
    /// First date on which both had opted in.
    pub since: NaiveDate,
    /// The partner's shifts, sorted by start.
    pub partner: Vec<Shift>,
}

/// Everything the rules may know of one person, around some dates.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Category and units by date, joining and leaving.
    pub roll: PersonFacts,
    /// Units over time, earliest first.
    pub stays: Vec<Period<UnitId>>,
    /// Live shifts, sorted by start; the hours agreed on where there are any.
    pub shifts: Vec<Shift>,
    /// Which of the shifts have hours that officer and leader agreed on.
    pub agreed: Vec<RowId>,
    /// Live rest days, by date.
    pub rest_days: Vec<RestDay>,
    /// Live rest days that count for nothing: entered when their date was over and not confirmed, and rotations on dates of
    /// granted leave.
    pub uncounted: Vec<RestDay>,
    /// Rest days that duty took away and that are not given back: no rule of the roster asks for them, and only whoever
    /// watches over rest fills them in.
    pub worked_rests: Vec<RestDay>,
    /// Granted leave, and other absences.
    pub away: Vec<Away>,
    /// Rest orders in force.
    pub orders: Vec<Order>,
    /// What overrides let happen inside them.
    pub released: Vec<Order>,
    /// Approved derogations.
    pub derogations: Vec<Range>,
    /// Limits of fitness.
    pub limits: Vec<Limit>,
    /// The other one, where both opted in.
    pub couple: Option<Pair>,
}

impl Facts {
    /// What the rules are asked with.
    #[must_use]
    pub fn person(&self) -> Person<'_> {
        Person {
            facts: &self.roll,
            shifts: &self.shifts,
            rest_days: &self.rest_days,
            away: &self.away,
            orders: &self.orders,
            released: &self.released,
            derogations: &self.derogations,
            limits: &self.limits,
            couple: self.couple.as_ref().map(|pair| Couple {
                care_need: pair.care_need,
                since: pair.since,
                partner: &pair.partner,
            }),
        }
    }

    /// Leaves out the rotations on dates of granted leave (RULINGS 32).
    fn leave_out(&mut self) {
        if self.away.is_empty() {
            return;
        }
        let (away, days) = (&self.away, std::mem::take(&mut self.rest_days));
        let is_leave = |day: &RestDay| {
            day.kind == RestDayKind::Rotation && away.iter().any(|away| away.from <= day.on && day.on <= away.to)
        };
        let (leave, rest): (Vec<RestDay>, Vec<RestDay>) = days.into_iter().partition(is_leave);
        self.rest_days = rest;
        self.uncounted.extend(leave);
    }

    /// Whether a date is a rest day, be it one that does not count.
    #[must_use]
    pub fn has_rest_on(&self, date: NaiveDate) -> bool {
        self.rest_days.iter().chain(&self.uncounted).any(|day| day.on == date)
    }

    /// The same person with other shifts and rest days.
    #[must_use]
    pub fn changed(&self, gone: &[RowId], shifts: &[Shift], rest_days: &[RestDay]) -> Self {
        let mut after = self.clone();
        if !gone.is_empty() {
            after.shifts.retain(|shift| !gone.contains(&shift.id));
            after.rest_days.retain(|day| !gone.contains(&day.id));
        }
        after.shifts.extend_from_slice(shifts);
        after.shifts.sort_by_key(|shift| (shift.starts_at, shift.id));
        after.rest_days.extend_from_slice(rest_days);
        after.rest_days.sort_by_key(|day| (day.on, day.id));
        after
    }

    /// The unit on a date.
    #[must_use]
    pub fn unit_on(&self, date: NaiveDate) -> Option<UnitId> {
        self.stays.iter().find(|stay| stay.effective_on <= date && date < stay.until_on).map(|stay| stay.value)
    }
}

/// The law under which a person is checked around a date.
#[must_use]
pub fn law(ctx: &Ctx, around: NaiveDate) -> RestLaw<'_> {
    RestLaw::new(ctx.moment.clock().zone(), &ctx.statutes.policies, &ctx.statutes.calendars, around)
}

/// Which duty and rest the rules are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Everything that is planned.
    Planned,
    /// Only what has been published, and duty that has begun: it is worked, whether it was published or not.
    Published,
}

/// Dates that are asked about, with how far the facts must reach before and after them.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Which duty and rest.
    known: Known,
    /// First date of the facts.
    pub from: NaiveDate,
    /// Last date of the facts.
    pub to: NaiveDate,
    /// First instant of the facts.
    starts_at: NaiveDateTime,
    /// First instant after them.
    ends_at: NaiveDateTime,
}

impl Window {
    /// The first instant of the facts, and the first after them.
    #[must_use]
    pub const fn instants(&self) -> (NaiveDateTime, NaiveDateTime) {
        (self.starts_at, self.ends_at)
    }

    /// Two dates, both included, and nothing around them: for what no rule with a window is asked.
    #[must_use]
    pub fn exactly(ctx: &Ctx, from: NaiveDate, to: NaiveDate) -> Self {
        let clock = ctx.moment.clock();
        let (starts_at, ends_at) = (clock.start_of(from).naive_utc(), clock.end_of(to).naive_utc());
        Self { known: Known::Planned, from, to, starts_at, ends_at }
    }

    /// Around two dates, both included.
    #[must_use]
    pub fn around(ctx: &Ctx, from: NaiveDate, to: NaiveDate) -> Self {
        let first = from.checked_sub_days(Days::new(LOOK_BACK_DAYS)).unwrap_or(from);
        let last = to.checked_add_days(Days::new(LOOK_AHEAD_DAYS)).unwrap_or(to);
        let clock = ctx.moment.clock();
        Self {
            known: Known::Planned,
            from: first,
            to: last,
            starts_at: clock.start_of(first).naive_utc(),
            ends_at: clock.end_of(last).naive_utc(),
        }
    }

    /// The same dates, without what is not published yet.
    #[must_use]
    pub const fn published(self) -> Self {
        Self { known: Known::Published, ..self }
    }
}

/// The facts of one officer; without facts where nobody has this id.
///
/// # Errors
/// When the database does not answer.
pub fn of_one(connection: &mut Conn, ctx: &Ctx, officer: OfficerId, window: Window) -> Result<Option<Facts>, Error> {
    Ok(of(connection, ctx, &[officer], window)?.remove(&officer))
}

/// The facts of some officers, of those who are there.
///
/// # Errors
/// When the database does not answer.
pub fn of(
    connection: &mut Conn,
    ctx: &Ctx,
    officers: &[OfficerId],
    window: Window,
) -> Result<BTreeMap<OfficerId, Facts>, Error> {
    let mut all = BTreeMap::new();
    for some in officers.chunks(PAGE) {
        let shifts = store::duty_shifts::of_officers(connection, some, window.starts_at, window.ends_at)?;
        let rest_days = store::rest_days::of_officers(connection, some, window.from, window.to)?;
        all.append(&mut joined(connection, ctx, some, window, shifts, rest_days)?);
    }
    Ok(all)
}

/// Visits everybody (or the officers given, in id order) with the facts around some dates, a page at a time: memory
/// stays flat however many there are.
///
/// # Errors
/// What the visitor returns, or that the database does not answer.
pub fn each(
    connection: &mut Conn,
    ctx: &Ctx,
    among: Option<&[OfficerId]>,
    window: Window,
    visit: &mut dyn FnMut(&mut Conn, OfficerId, &Facts) -> Result<(), Error>,
) -> Result<(), Error> {
    if let Some(officers) = among {
        for some in officers.chunks(PAGE) {
            for (officer, facts) in of(connection, ctx, some, window)? {
                visit(connection, officer, &facts)?;
            }
        }
        return Ok(());
    }
    let mut after = None;
    while let Some((last, people)) = page(connection, ctx, after, window)? {
        for (officer, facts) in people {
            visit(connection, officer, &facts)?;
        }
        after = Some(last);
    }
    Ok(())
}

/// People with their facts, in the order of their ids.
pub type People = BTreeMap<OfficerId, Facts>;

/// The officers after one, in the order of their ids, with the facts around some dates, and the last of them; `None`
/// where there are none left.
///
/// # Errors
/// When the database does not answer.
pub fn page(
    connection: &mut Conn,
    ctx: &Ctx,
    after: Option<OfficerId>,
    window: Window,
) -> Result<Option<(OfficerId, People)>, Error> {
    let page = store::duty_facts::everybody(connection, after)?;
    let (Some(first), Some(last)) = (page.first().copied(), page.last().copied()) else { return Ok(None) };
    let range = (first, last);
    let shifts = store::duty_shifts::of_range(connection, range, window.starts_at, window.ends_at)?;
    let rest_days = store::rest_days::of_range(connection, range, window.from, window.to)?;
    Ok(Some((last, joined(connection, ctx, &page, window, shifts, rest_days)?)))
}

/// Puts together what was read of a page of officers.
fn joined(
    connection: &mut Conn,
    ctx: &Ctx,
    officers: &[OfficerId],
    window: Window,
    shifts: Vec<Worked>,
    rest_days: Vec<store::rest_days::RestDay>,
) -> Result<BTreeMap<OfficerId, Facts>, Error> {
    let mut all = roll(connection, ctx, officers)?;
    let is_known = |is_planned: bool| window.known == Known::Planned || !is_planned;
    let now = ctx.moment.now().naive_utc();
    let is_told = |row: &Worked| is_known(row.state == ShiftState::Planned && now < row.starts_at);
    for row in shifts.into_iter().filter(is_told) {
        if let Some(facts) = all.get_mut(&row.officer_id) {
            facts.shifts.push(row.fact());
            if row.actual_starts_at.is_some() {
                facts.agreed.push(row.id);
            }
        }
    }
    for row in rest_days.into_iter().filter(|row| is_known(row.state == RestDayState::Planned)) {
        if let Some(facts) = all.get_mut(&row.officer_id) {
            if row.counts() { facts.rest_days.push(row.fact()) } else { facts.uncounted.push(row.fact()) }
        }
    }
    for row in store::duty_facts::granted(connection, officers, window.from, window.to)? {
        if let Some(facts) = all.get_mut(&row.officer_id) {
            facts.away.push(away(&row));
        }
    }
    for row in store::absences::touching(connection, officers, window.from, window.to)? {
        if let (Some(facts), Some(away)) = (all.get_mut(&row.officer_id), absent(&row)) {
            facts.away.push(away);
        }
    }
    for facts in all.values_mut() {
        merge(&mut facts.away);
    }
    bonds::add(connection, ctx, &mut all, window)?;
    for facts in all.values_mut() {
        facts.leave_out();
        // The hours agreed on may have begun in another order than those planned.
        if !facts.shifts.is_sorted_by_key(|shift| shift.starts_at) {
            facts.shifts.sort_by_key(|shift| (shift.starts_at, shift.id));
        }
    }
    Ok(all)
}

/// Who is on the roll, where and as what.
fn roll(connection: &mut Conn, ctx: &Ctx, officers: &[OfficerId]) -> Result<BTreeMap<OfficerId, Facts>, Error> {
    let mut all: BTreeMap<OfficerId, Facts> = BTreeMap::new();
    for (officer, joined_on) in store::duty_facts::joined(connection, officers)? {
        all.entry(officer).or_default().roll.joined_on = joined_on;
    }
    for (officer, left_on) in store::duty_facts::left(connection, officers)? {
        all.entry(officer).or_default().roll.left_on = Some(left_on);
    }
    for (officer, periods) in store::roster::categories(connection, officers)? {
        let dated = periods.into_iter().map(|period| Dated { from: period.effective_on, value: period.value });
        all.entry(officer).or_default().roll.categories = dated.collect();
    }
    for (officer, stay) in store::duty_facts::stays(connection, officers)? {
        all.entry(officer).or_default().stays.push(stay);
    }
    if ctx.statutes.knows_units() {
        let mut units: Vec<UnitId> = all.values().flat_map(|facts| facts.stays.iter().map(|stay| stay.value)).collect();
        units.sort_unstable();
        units.dedup();
        let above = store::units::ancestry(connection, &units)?;
        for facts in all.values_mut() {
            for stay in &facts.stays {
                let mut cuts = above.cuts(stay.value);
                cuts.retain(|cut| stay.effective_on < *cut && *cut < stay.until_on);
                for from in [stay.effective_on].into_iter().chain(cuts) {
                    facts.roll.units.push(Dated { from, value: above.upward(stay.value, from) });
                }
            }
        }
    }
    Ok(all)
}

/// Makes one spell of absences for one reason that follow each other without a day between (welfare.md A6: what is long is
/// the sickness, not its certificates).
pub(super) fn merge(away: &mut Vec<Away>) {
    away.sort_by_key(|one| (one.from, one.to));
    away.dedup_by(|next, before| {
        let follows = next.why == before.why
            && (next.from <= before.to
                || (before.to.succ_opt() == Some(next.from)
                    && before.to_half == Half::Pm
                    && next.from_half == Half::Am));
        let goes_on = before.to < next.to || (before.to == next.to && next.to_half == Half::Pm);
        if follows && goes_on {
            (before.to, before.to_half) = (next.to, next.to_half);
        }
        follows
    });
}

/// An absence that is no leave as the rules see it; `None` where it was taken back.
pub(super) fn absent(row: &Absence) -> Option<Away> {
    let why = match row.kind {
        AbsenceKind::Secondment => AwayWhy::Secondment,
        AbsenceKind::Course => AwayWhy::Course,
        AbsenceKind::Suspension => AwayWhy::Suspension,
    };
    Some(Away::whole(row.from_on, row.until()?, why))
}

/// A granted leave as the rules see it.
pub(super) fn away(row: &Granted) -> Away {
    Away {
        from: row.from_on,
        from_half: if row.first_day == FirstDay::Pm { Half::Pm } else { Half::Am },
        to: row.to_on,
        to_half: if row.last_day == LastDay::Am { Half::Am } else { Half::Pm },
        why: match row.kind {
            LeaveKind::Sick | LeaveKind::InjuryOnDuty | LeaveKind::Miscarriage => AwayWhy::Sick,
            LeaveKind::Maternity => AwayWhy::Maternity,
            _ => AwayWhy::Leave,
        },
    }
}
