//! Duty that has begun or is over when it is entered: recorded as it was, with a reason. A rest day on which it was worked
//! is taken away by it and given back.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{self, Facts, Window};
use super::plan::Told;
use super::sent::Sent;
use super::{DutyShift, dates};
use crate::app::credit;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::rest::{WORKED_ALREADY, WORKED_REST, broken, worked_already};
use crate::rules::terms::{Instant, OfficerId, RowId};
use crate::store::rest_days::{RestDay, RestDayState};
use crate::store::{self, Conn, Tx};

/// Whether a shift has begun: what is entered of it is no plan any more.
pub(super) fn has_begun(ctx: &Ctx, shift: &DutyShift) -> bool {
    shift.starts_at <= ctx.moment.stamp()
}

/// A rest day that was worked.
#[derive(Debug, Clone)]
struct WorkedRest {
    day: RestDay,
    shift: DutyShift,
    notified_at: Option<Instant>,
}

/// What shifts that have begun do to rest days.
#[derive(Debug, Clone, Default)]
pub(super) struct Rests {
    /// Rest days that they take away, each by the first of them.
    worked: Vec<WorkedRest>,
    /// Shifts that meet a rest day which they cannot take away: the officer has said that it was taken, or it is still to
    /// come.
    refused: BTreeSet<RowId>,
    /// What is told of rest days that no plan is held against, because they were entered when their date was over.
    late: Vec<Told>,
}

/// By whose word duty was worked.
enum By<'a> {
    /// By that of a planner; says of a shift by its place when the officer was told.
    Planner(&'a dyn Fn(usize) -> Option<Instant>),
    /// By the officer's own: it goes before what they had said of the day.
    Officer,
}

impl By<'_> {
    const fn speaks_for_officer(&self) -> bool {
        matches!(self, Self::Officer)
    }

    fn told_at(&self, place: usize) -> Option<Instant> {
        match self {
            Self::Planner(told_at) => told_at(place),
            Self::Officer => None,
        }
    }
}

impl Rests {
    /// Which rest days shifts meet that have begun; `told_at` says of a shift by its place when the officer was told.
    pub(super) fn of(
        connection: &mut Conn,
        ctx: &Ctx,
        all: &BTreeMap<OfficerId, Facts>,
        rows: &[DutyShift],
        told_at: &dyn Fn(usize) -> Option<Instant>,
    ) -> Result<Self, Error> {
        Self::by(connection, ctx, all, rows, &By::Planner(told_at))
    }

    /// Which rest days the hours of a shift meet that its officer says were worked, those too that they had confirmed.
    pub(super) fn by_officer(connection: &mut Conn, ctx: &Ctx, shift: &DutyShift) -> Result<Self, Error> {
        let fact = shift.fact();
        let (first, last) = dates(ctx, fact.starts_at, fact.ends_at);
        let all = facts::of(connection, ctx, &[shift.officer_id], Window::exactly(ctx, first, last))?;
        Self::by(connection, ctx, &all, std::slice::from_ref(shift), &By::Officer)
    }

    fn by(
        connection: &mut Conn,
        ctx: &Ctx,
        all: &BTreeMap<OfficerId, Facts>,
        rows: &[DutyShift],
        by: &By<'_>,
    ) -> Result<Self, Error> {
        let mut rests = Self::default();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| has_begun(ctx, row) && row.kind.is_duty()) {
            let fact = row.fact();
            let (first, last) = dates(ctx, fact.starts_at, fact.ends_at);
            let Some(facts) = all.get(&row.officer_id) else { continue };
            let known = facts.rest_days.iter().map(|day| (day, true));
            let known = known.chain(facts.uncounted.iter().map(|day| (day, false)));
            for (met, counts) in known.filter(|(day, _)| first <= day.on && day.on <= last) {
                let Some(day) = store::rest_days::find(connection, met.id)? else { continue };
                // A rotation on a date of granted leave is leave, and leave is recalled.
                if !counts && day.counts() {
                    continue;
                }
                let is_taken = day.state == RestDayState::Taken && !by.speaks_for_officer();
                if is_taken || day.on_date > ctx.moment.today() {
                    rests.refused.insert(row.id);
                    continue;
                }
                if !counts {
                    let finding = worked_already(broken(met));
                    rests.late.push(Told { officer_id: row.officer_id, finding, shifts: vec![row.id] });
                }
                if rests.worked.iter().all(|one| one.day.id != day.id) {
                    rests.worked.push(WorkedRest { day, shift: row.clone(), notified_at: by.told_at(at) });
                }
            }
        }
        Ok(rests)
    }

    /// Whether a shift takes a rest day away.
    pub(super) fn are_worked_by(&self, shift: RowId) -> bool {
        self.worked.iter().any(|one| one.shift.id == shift)
    }

    /// The rest days that are taken away, each with the shift that does.
    pub(super) fn taken(&self) -> impl Iterator<Item = (&RestDay, RowId)> {
        self.worked.iter().map(|one| (&one.day, one.shift.id))
    }

    /// Refuses a notice of a shift that lies before there was something to tell.
    pub(super) fn check_told(&self, connection: &mut Conn, shift: RowId, pointer: &str) -> Result<(), Error> {
        for one in self.worked.iter().filter(|one| one.shift.id == shift) {
            if let Some(told_at) = one.notified_at {
                credit::notice::check_known(connection, &one.day, told_at, pointer)?;
            }
        }
        Ok(())
    }

    /// Turns what refuses a plan into what is recorded, where only duty that has begun proves it, and tells of the rest days
    /// that are taken away beside.
    pub(super) fn record(&self, ctx: &Ctx, rows: &[DutyShift], told: &mut Vec<Told>) {
        told.extend(self.late.iter().cloned());
        let sent = Sent::of(rows);
        for one in told.iter_mut().filter(|one| one.finding.blocks()) {
            let causes = sent.causing(one);
            let mut rows = causes.iter().filter_map(|at| rows.get(*at));
            if causes.is_empty() || !rows.all(|row| has_begun(ctx, row)) {
                continue;
            }
            if one.finding.rule != WORKED_REST || self.takes_away(one) {
                one.finding = worked_already(one.finding.clone());
            }
        }
    }

    /// Whether every rest day that a finding is about is taken away by its shift.
    fn takes_away(&self, one: &Told) -> bool {
        let is_named = |worked: &WorkedRest| {
            one.finding.measured.get("rest_day_id").is_some_and(|id| *id == worked.day.id.to_string())
        };
        self.worked.iter().any(is_named) && !one.shifts.iter().any(|shift| self.refused.contains(shift))
    }

    /// Takes the rest days away that were worked, in the transaction that records the duty.
    pub(super) fn take_away(&self, tx: &mut Tx, ctx: &Ctx) -> Result<(), Error> {
        for one in &self.worked {
            credit::rest::worked(tx, ctx, &one.day, &one.shift, one.notified_at)?;
        }
        Ok(())
    }
}

/// Whether a finding is about duty that is recorded although a rule would refuse it as a plan.
fn is_recorded(one: &Told) -> bool {
    one.finding.measured.contains_key(WORKED_ALREADY)
}

/// Tells officers of duty that was recorded against a rule, so that they can say otherwise by the hours they confirm.
pub(super) fn tell(tx: &mut Tx, ctx: &Ctx, rows: &[DutyShift], told: &[Told]) -> Result<(), Error> {
    let sent = Sent::of(rows);
    let places: BTreeSet<usize> =
        told.iter().filter(|one| is_recorded(one)).flat_map(|one| sent.causing(one)).collect();
    for row in places.into_iter().filter_map(|at| rows.get(at)) {
        store::outbox::append(tx, "duty_shift.recorded", row.id.0, Some(row.officer_id), &ctx.moment)?;
    }
    Ok(())
}
