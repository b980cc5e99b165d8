//! Fields and reach of what is to be planned, before any rule is asked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::facts::Facts;
use super::plan::{NewShift, Told};
use super::{PLANNERS, REASON_MAX, dates, own};
use crate::app::credit;
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::reach::{self, Reach};
use crate::app::said;
use crate::rules::duty::DutyKind;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{Instant, OfficerId, RowId, UnitId};
use crate::store::duty_shifts::{DutyShift, SHIFT_DAYS_MAX, ShiftSource, ShiftState};
use crate::store::units::Tree;
use crate::store::{self, Conn};

/// Most refused fields that are listed.
const REFUSED_MAX: usize = 100;
/// Shifts lie between these: what is outside is a typing error.
const EARLIEST: DateTime<Utc> = instant(946_684_800);
const LATEST: DateTime<Utc> = instant(7_258_118_400);

const fn instant(seconds: i64) -> DateTime<Utc> {
    match DateTime::from_timestamp(seconds, 0) {
        Some(at) => at,
        None => DateTime::<Utc>::MIN_UTC,
    }
}

/// What the caller may plan.
pub(super) struct Planner {
    reach: Reach,
    own: Vec<OfficerId>,
    tree: Tree,
}

impl Planner {
    pub(super) fn of(connection: &mut Conn, ctx: &Ctx) -> Result<Self, Error> {
        Ok(Self {
            reach: reach::of(connection, ctx, PLANNERS)?,
            own: own(connection, ctx)?,
            tree: store::units::tree(connection, ctx.moment.today())?,
        })
    }

    /// Whether the caller plans for a unit.
    pub(super) fn plans_for(&self, unit: UnitId) -> bool {
        self.reach.contains(unit)
    }

    /// Whether the caller may plan this, and what else speaks against it. Only a protected appointment is entered for
    /// oneself; what is out of reach looks like what is not there.
    pub(super) fn admit(
        &self,
        ctx: &Ctx,
        officer: OfficerId,
        unit: UnitId,
        is_appointment: Appointment,
        facts: Option<&Facts>,
        on: chrono::NaiveDate,
    ) -> Result<Option<Finding>, Error> {
        let Some(facts) = facts else { return Err(Code::NotFound.into()) };
        let home = facts.unit_on(on);
        let is_there = home.is_some_and(|home| self.tree.upward(home).contains(&unit));
        if ctx.caller.is_self(officer) && is_appointment == Appointment::Protected {
            return if is_there { Ok(None) } else { Err(Code::NotFound.into()) };
        }
        let today = facts.unit_on(ctx.moment.today());
        let is_seen = ctx.caller.is_self(officer)
            || self.reach.contains(unit) && (is_there || today.is_some_and(|today| self.reach.contains(today)));
        if !is_seen {
            return Err(Code::NotFound.into());
        }
        if self.own.contains(&officer) {
            return Err(Code::OwnRecord.into());
        }
        Ok((!is_there).then(|| Finding::new("rest.unit", "", Outcome::Block).measured("on", on.to_string())))
    }
}

/// Whether something is an appointment of the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Appointment {
    Protected,
    Duty,
}

impl From<DutyKind> for Appointment {
    fn from(kind: DutyKind) -> Self {
        if kind == DutyKind::Protected { Self::Protected } else { Self::Duty }
    }
}

/// Checks the fields of a shift; every refused one is added with its place.
fn check_fields(ctx: &Ctx, new: &NewShift, at: &str, refused: &mut Vec<FieldError>) {
    let range = |instant: Instant| (EARLIEST..LATEST).contains(&instant);
    for (instant, name) in [(new.starts_at, "starts_at"), (new.ends_at, "ends_at")] {
        if !range(instant) {
            let expected = format!("{EARLIEST:?} … {LATEST:?}");
            refused.push(FieldError::new(format!("{at}/{name}"), Code::InvalidValue).expected(expected));
        }
    }
    let minutes = (new.ends_at - new.starts_at).num_minutes();
    if minutes > SHIFT_DAYS_MAX * 1440 {
        let expected = format!("≤ {SHIFT_DAYS_MAX} d");
        refused.push(FieldError::new(format!("{at}/ends_at"), Code::InvalidValue).expected(expected));
    }
    if let Some(counted) = new.counted_minutes
        && !(0..=minutes.max(0)).contains(&counted)
    {
        let expected = format!("0 … {}", minutes.max(0));
        refused.push(FieldError::new(format!("{at}/counted_minutes"), Code::InvalidValue).expected(expected));
    }
    for (text, name) in [(&new.override_reason, "override_reason"), (&new.note, "note")] {
        if let Some(text) = text
            && let Err(error) = said::reason(&format!("{at}/{name}"), text)
        {
            refused.push(error.expected(format!("1 … {REASON_MAX}")));
        }
    }
    if new.notified_at.is_some_and(|at| !credit::notice::could_be_told_at(ctx, at)) {
        refused.push(FieldError::new(format!("{at}/notified_at"), Code::InvalidValue));
    }
    // What an appointment is for is the person's to say, and nobody else's to know.
    if new.note.is_some() && (new.kind != DutyKind::Protected || !ctx.caller.is_self(new.officer_id)) {
        refused.push(FieldError::new(format!("{at}/note"), Code::InvalidValue));
    }
}

/// Makes rows of what is to be planned, with what speaks against them beside the rules of rest.
///
/// # Errors
/// Refused fields; [`Code::NotFound`] and [`Code::OwnRecord`] for what is not the caller's to plan.
pub(super) fn rows(
    connection: &mut Conn,
    ctx: &Ctx,
    facts: &BTreeMap<OfficerId, Facts>,
    new: &[NewShift],
    source: ShiftSource,
    at: &dyn Fn(usize) -> String,
) -> Result<(Vec<DutyShift>, Vec<Told>), Error> {
    let mut refused = Vec::new();
    for (index, one) in new.iter().enumerate() {
        check_fields(ctx, one, &at(index), &mut refused);
        if refused.len() >= REFUSED_MAX {
            break;
        }
    }
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    let planner = Planner::of(connection, ctx)?;
    let (mut rows, mut told) = (Vec::with_capacity(new.len()), Vec::new());
    for one in new {
        let (first, last) = dates(ctx, one.starts_at, one.ends_at);
        let theirs = facts.get(&one.officer_id);
        let row = row(ctx, one, source);
        let elsewhere = planner.admit(ctx, one.officer_id, one.unit_id, one.kind.into(), theirs, first)?;
        let roll = theirs.map(|facts| &facts.roll);
        let is_off = roll.is_some_and(|roll| !roll.on_roll(first) || !roll.on_roll(last));
        let off = is_off.then(|| {
            Finding::new("rest.off_roll", "", Outcome::Block)
                .measured("from", first.to_string())
                .measured("to", last.to_string())
        });
        for finding in [elsewhere, off].into_iter().flatten() {
            told.push(Told { officer_id: one.officer_id, finding, shifts: vec![row.id] });
        }
        rows.push(row);
    }
    Ok((rows, told))
}

/// An instant as both databases keep it: in microseconds, a leap second as the first of the next minute.
fn kept(at: Instant) -> Instant {
    Instant::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

pub(super) fn row(ctx: &Ctx, new: &NewShift, source: ShiftSource) -> DutyShift {
    let (starts_at, ends_at) = (kept(new.starts_at), kept(new.ends_at));
    let length = (ends_at - starts_at).num_minutes().max(0);
    let counted = if new.kind.is_duty() { new.counted_minutes.unwrap_or(length) } else { 0 };
    let trimmed = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
    DutyShift {
        id: RowId(ctx.moment.new_id()),
        officer_id: new.officer_id,
        unit_id: new.unit_id,
        starts_at: starts_at.naive_utc(),
        ends_at: ends_at.naive_utc(),
        kind: new.kind,
        state: ShiftState::Planned,
        counted_minutes: i32::try_from(counted).unwrap_or(i32::MAX),
        source,
        version: 1,
        recorded_at: ctx.moment.stamp(),
        recorded_by: ctx.caller.account_id,
        replaces_id: None,
        override_reason: trimmed(&new.override_reason),
        note: trimmed(&new.note),
        actual_starts_at: None,
        actual_ends_at: None,
        actual_minutes: None,
        ended_at: None,
        end_reason: None,
    }
}
