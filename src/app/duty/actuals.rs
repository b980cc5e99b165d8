//! The hours that were worked: what the officer says and what a leader says, never what a sensor says. Where both say
//! the same, the rules and the credit go by it. Duty that was taken back after it had begun stands again where its officer
//! says that it was worked.

use serde_json::json;

use super::shifts::{self, Shown};
use super::worked::Rests;
use super::{ShiftState, dates, follow, holds, own, subject, told};
use crate::app::credit::actual;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::hindrance::Hindrance;
use crate::app::reach;
use crate::rules::duty::Shift;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Instant, Role, RowId};
use crate::store::duty_actuals::{Actual, SaidBy, last};
use crate::store::duty_shifts::DutyShift;
use crate::store::{self, Tx};

/// Who says it for the service.
const LEADERS: &[Role] = &[Role::Leader, Role::BureauLeader];
/// How far the hours may lie from the plan, in minutes.
const AWAY_MINUTES: i64 = 1440;

/// Hours that somebody says were worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First instant.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Minutes that count; the length where it is not said.
    pub counted_minutes: Option<i64>,
}

/// What somebody says of a shift that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// These hours were worked.
    Hours(Hours),
    /// It was not worked at all.
    NotWorked,
}

impl Word {
    const fn is_hours(&self) -> bool {
        matches!(self, Self::Hours(_))
    }
}

/// Says what hours were worked of a shift that is over, or that it was not worked. Saying the same again changes nothing.
/// Hours that were agreed on bind until both agree on others: where both were mistaken, both say so. Where both say that it
/// was not worked, it is taken back. One that was taken back after it had begun, without its officer having said that it was
/// not worked, stands again by the hours that they say.
///
/// # Errors
/// Refused fields; [`Code::WrongState`] before it is over, for another that is cancelled, and for one that is protected;
/// [`Error::Refused`] when the agreed hours, or the plan of one that stands again, would meet another shift; [`Code::Forbidden`], [`Code::OwnRecord`],
/// [`Code::NotFound`] for whoever has no word in it.
pub fn confirm(tx: &mut Tx, ctx: &Ctx, id: RowId, word: &Word) -> Result<Shown, Error> {
    // Gather.
    let found = shifts::see(tx.reading(), ctx, id)?;
    holds::people(tx, &[found.officer_id])?;
    let Shown { shift, said } = shifts::get(tx.reading(), ctx, id)?;
    let said_by = speaker(tx, ctx, &shift)?;
    let stands_again = shift.state == ShiftState::Cancelled;
    if stands_again && !(said_by == SaidBy::Officer && word.is_hours() && is_open_to_officer(&shift, &said)) {
        return Err(Hindrance::Cancelled.into());
    }
    if !shift.kind.is_duty() {
        return Err(Hindrance::NotDuty.into());
    }
    if ctx.moment.now() < shift.ends_at.and_utc() {
        return Err(Hindrance::NotOver.into());
    }
    let (hours, counted) = match word {
        Word::Hours(hours) => {
            check(ctx, &shift, hours)?;
            (*hours, hours.counted_minutes.unwrap_or((hours.ends_at - hours.starts_at).num_minutes()))
        }
        Word::NotWorked => (
            Hours { starts_at: shift.starts_at.and_utc(), ends_at: shift.ends_at.and_utc(), counted_minutes: Some(0) },
            0,
        ),
    };
    let row = Actual {
        id: RowId(ctx.moment.new_id()),
        officer_id: shift.officer_id,
        shift_id: shift.id,
        said_by,
        account_id: ctx.account_id()?,
        starts_at: hours.starts_at.naive_utc(),
        ends_at: hours.ends_at.naive_utc(),
        counted_minutes: i32::try_from(counted).unwrap_or(i32::MAX),
        recorded_at: ctx.moment.stamp(),
        worked: word.is_hours(),
    };

    // Decide.
    let says_so = |by: SaidBy| last(&said, by).is_some_and(|one| one.says_as(&row));
    if says_so(said_by) && !stands_again {
        return Ok(Shown { shift, said });
    }
    let is_agreed = says_so(match said_by {
        SaidBy::Officer => SaidBy::Leader,
        SaidBy::Leader => SaidBy::Officer,
    });
    if is_agreed && row.worked {
        check_free(tx, ctx, &shift, (hours.starts_at, hours.ends_at))?;
    }

    // Record.
    let shift = if stands_again { stand_again(tx, ctx, &shift, &row)? } else { shift };
    store::duty_actuals::append(tx, &row)?;
    let after = json!({
        "said_by": said_by, "starts_at": hours.starts_at, "ends_at": hours.ends_at,
        "counted_minutes": row.counted_minutes, "worked": row.worked, "agreed": is_agreed,
    });
    ctx.audit(tx, "duty_shift.actual", subject(&shift), None, Some(after))?;
    let bind = shift.actual_starts_at.zip(shift.actual_ends_at).zip(shift.actual_minutes);
    if is_agreed && !row.worked {
        not_worked(tx, ctx, &shift)?;
    } else if is_agreed && bind.map(|((from, to), minutes)| (from, to, minutes)) != Some(row.hours()) {
        // Back to what binds already: nothing follows from it.
        agree(tx, ctx, &shift, &row)?;
    }
    shifts::get(tx.reading(), ctx, id)
}

/// In which capacity the caller speaks.
fn speaker(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift) -> Result<SaidBy, Error> {
    if ctx.caller.is_self(shift.officer_id) {
        return Ok(SaidBy::Officer);
    }
    if own(tx.reading(), ctx)?.contains(&shift.officer_id) {
        return Err(Code::OwnRecord.into());
    }
    if reach::reaches(tx.reading(), ctx, LEADERS, shift.unit_id)? {
        return Ok(SaidBy::Leader);
    }
    Err(Code::Forbidden.into())
}

fn check(ctx: &Ctx, shift: &DutyShift, hours: &Hours) -> Result<(), Error> {
    let mut refused = Vec::new();
    let length = (hours.ends_at - hours.starts_at).num_minutes();
    if hours.ends_at <= hours.starts_at || hours.ends_at > ctx.moment.now() {
        refused.push(FieldError::new("/ends_at", Code::InvalidValue));
    }
    let near = |one: Instant, other: chrono::NaiveDateTime| (one - other.and_utc()).num_minutes().abs() <= AWAY_MINUTES;
    if !near(hours.starts_at, shift.starts_at) {
        refused.push(FieldError::new("/starts_at", Code::InvalidValue).expected("± 24 h"));
    }
    if !near(hours.ends_at, shift.ends_at) && refused.iter().all(|one: &FieldError| one.pointer != "/ends_at") {
        refused.push(FieldError::new("/ends_at", Code::InvalidValue).expected("± 24 h"));
    }
    if hours.counted_minutes.is_some_and(|counted| !(0..=length.max(0)).contains(&counted)) {
        let expected = format!("0 … {}", length.max(0));
        refused.push(FieldError::new("/counted_minutes", Code::InvalidValue).expected(expected));
    }
    if refused.is_empty() { Ok(()) } else { Err(Error::Fields(refused)) }
}

/// Nobody works two shifts at once, not in fact either.
fn check_free(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift, hours: (Instant, Instant)) -> Result<(), Error> {
    let Some(met) = meeting(tx, shift, hours)? else { return Ok(()) };
    let (from, to) = (met.starts_at.max(hours.0), met.ends_at.min(hours.1));
    let finding = Finding::new("rest.overlap", "", Outcome::Block)
        .measured("overlap_minutes", (to - from).num_minutes())
        .measured("on", ctx.moment.clock().date_of(from).to_string())
        .measured("shift_ids", json!([met.id]));
    Err(Error::Refused(vec![finding]))
}

/// Another shift of the same officer that some hours would meet.
fn meeting(tx: &mut Tx, shift: &DutyShift, (from, to): (Instant, Instant)) -> Result<Option<Shift>, Error> {
    let day = chrono::TimeDelta::days(2);
    let (first, last) = ((from - day).naive_utc(), (to + day).naive_utc());
    let near = store::duty_shifts::of_officer(tx.reading(), shift.officer_id, first, last)?;
    let mut others = near.iter().map(store::duty_shifts::Worked::fact).filter(|other| other.id != shift.id);
    Ok(others.find(|other| other.starts_at < to && from < other.ends_at))
}

/// Whether the officer's word brings back a shift that was taken back: it had begun by then, and they had not said that it
/// was not worked.
fn is_open_to_officer(shift: &DutyShift, said: &[Actual]) -> bool {
    shift.ended_at.is_some_and(|ended_at| shift.starts_at <= ended_at)
        && last(said, SaidBy::Officer).is_none_or(|one| one.worked)
}

/// What was taken back is duty again, as it was planned, and takes the rest of its dates away. Where its plan would meet what
/// was planned since, the hours that its officer says are its plan.
fn stand_again(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift, said: &Actual) -> Result<DutyShift, Error> {
    let mut after = DutyShift {
        state: ShiftState::Published,
        ended_at: None,
        end_reason: None,
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        ..shift.clone()
    };
    if meeting(tx, shift, (shift.starts_at.and_utc(), shift.ends_at.and_utc()))?.is_some() {
        (after.starts_at, after.ends_at, after.counted_minutes) = said.hours();
    }
    let plan = (after.starts_at.and_utc(), after.ends_at.and_utc());
    check_free(tx, ctx, &after, plan)?;
    let after = store::duty_shifts::update(tx, shift, &after)?;
    Rests::by_officer(tx.reading(), ctx, &after)?.take_away(tx, ctx)?;
    ctx.audit(tx, "duty_shift.stands_again", subject(&after), Some(told(shift)), Some(told(&after)))?;
    store::outbox::append(tx, "duty_shift.stands_again", after.id.0, Some(after.officer_id), &ctx.moment)?;
    follow(tx, ctx, &[after.officer_id], dates(ctx, plan.0, plan.1))?;
    Ok(after)
}

/// Both say the same: the shift has its actual hours, and what they earn is credited. A rest day that they reach into is
/// taken away by them, as by any duty. The rest before and after may have become shorter, or longer than the hours that bound
/// so far made it.
fn agree(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift, said: &Actual) -> Result<(), Error> {
    let after = DutyShift {
        actual_starts_at: Some(said.starts_at),
        actual_ends_at: Some(said.ends_at),
        actual_minutes: Some(said.counted_minutes),
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        ..shift.clone()
    };
    let after = store::duty_shifts::update(tx, shift, &after)?;
    Rests::by_officer(tx.reading(), ctx, &after)?.take_away(tx, ctx)?;
    actual::of_shift(tx, ctx, &after)?;
    let (was, is) = (shift.fact(), after.fact());
    let span = dates(ctx, was.starts_at.min(is.starts_at), was.ends_at.max(is.ends_at));
    follow(tx, ctx, &[shift.officer_id], span)
}

/// Both say that it was not worked: it is taken back, with what its hours had earned.
fn not_worked(tx: &mut Tx, ctx: &Ctx, shift: &DutyShift) -> Result<(), Error> {
    let (was, plan) = (shift.fact(), (shift.starts_at.and_utc(), shift.ends_at.and_utc()));
    shifts::end(tx, ctx, shift, None)?;
    actual::take_back(tx, ctx, shift)?;
    follow(tx, ctx, &[shift.officer_id], dates(ctx, was.starts_at.min(plan.0), was.ends_at.max(plan.1)))
}
