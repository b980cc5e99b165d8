//! Absences that are no leave: secondment, courses, suspension. Whoever is away so is put on no duty, and the quotas of rest
//! and the strength of a unit count them as the rules say (welfare.md A1, A6; RULINGS 21). Leave on such dates is possible,
//! and told to whoever asks, grants or enters it: nobody is to spend a day of leave by mistake on which they are away anyway.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ctx::{Ctx, Subject};
use super::duty::{granting, leave_days};
use super::error::{Code, Error, FieldError};
use super::hindrance::Hindrance;
use super::units::checked_date;
use super::{officers, reach, said, watch};
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{OfficerId, RequestId, Role, RowId, UnknownWord, vocabulary};
use crate::store::{self, Conn, Tx, absences as rows};

pub use crate::store::absences::{Absence, AbsenceKind};

/// Who reads the absences of those they reach.
pub const READERS: &[Role] = &[Role::Hr, Role::Leader, Role::BureauLeader];
/// Who enters them.
pub const KEEPERS: &[Role] = &[Role::Hr];
/// Leave on dates on which the officer is away anyway.
pub const LEAVE_ABSENCE: &str = "leave.absence";
/// The longest absence that is entered at once, in months; a longer one goes on with another.
const MONTHS_MAX: u32 = 36;

vocabulary! {
    /// Where an absence stands today.
    AbsenceState {
        /// It has not begun.
        Planned = "planned",
        /// It holds today.
        Active = "active",
        /// Its last date has passed.
        Over = "over",
        /// It was taken back.
        TakenBack = "taken_back",
    }
}

/// Where an absence stands on a date.
#[must_use]
pub fn state_on(absence: &Absence, today: NaiveDate) -> AbsenceState {
    match absence.until() {
        None => AbsenceState::TakenBack,
        Some(_) if today < absence.from_on => AbsenceState::Planned,
        Some(until) if today <= until => AbsenceState::Active,
        Some(_) => AbsenceState::Over,
    }
}

/// An absence to be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAbsence {
    /// First date.
    pub from: NaiveDate,
    /// Last date.
    pub to: NaiveDate,
    /// Why.
    pub kind: AbsenceKind,
}

/// Whether the caller may enter absences of an officer: the gate of a kept answer.
///
/// # Errors
/// [`Code::NotFound`], [`Code::OwnRecord`] for an officer who is not the caller's to keep.
pub fn check_keeper(connection: &mut Conn, ctx: &Ctx, officer: OfficerId) -> Result<(), Error> {
    reach::officer_for_others(connection, ctx, officer, KEEPERS).map(drop)
}

/// An absence that was entered, with what it meets.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The absence.
    pub absence: Absence,
    /// Leave and duty on its dates, each with a warning.
    pub findings: Vec<Finding>,
}

/// What absences say of leave on the same dates: the officer is away anyway, and is told before a day is spent on it. One
/// finding for each absence.
///
/// # Errors
/// When the database does not answer.
pub fn over_leave(
    connection: &mut Conn,
    officer: OfficerId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Finding>, Error> {
    let there = rows::touching(connection, &[officer], from, to)?;
    let told = |row: Absence| {
        let until = row.until().unwrap_or(row.to_on);
        let finding = Finding::new(LEAVE_ABSENCE, "", Outcome::Warn).measured("absence_id", json!(row.id));
        let finding = finding.measured("kind", json!(row.kind)).measured("from", row.from_on.to_string());
        finding.measured("to", until.to_string())
    };
    Ok(there.into_iter().map(told).collect())
}

/// Leave on the dates of an absence that is entered: nobody gives it back unless somebody asks.
fn over_absence(connection: &mut Conn, ctx: &Ctx, absence: &Absence) -> Result<Option<Finding>, Error> {
    let today = ctx.moment.today();
    let mut live = store::leave_requests::holding(connection, absence.officer_id)?;
    live.retain(|one| one.is_live(today) && one.from_on <= absence.to_on && absence.from_on <= one.to_on);
    let ids: Vec<RequestId> = live.iter().map(|one| one.id).collect();
    Ok(live.iter().map(|one| one.from_on).min().map(|first| {
        let finding = Finding::new("absence.leave", "", Outcome::Warn).measured("requests", ids.len());
        finding.measured("on", first.max(absence.from_on).to_string()).measured("request_ids", json!(ids))
    }))
}

/// Enters an absence. What was planned stays: duty on its dates is a violation from then on, compensatory rest days give way,
/// and leave is for the officer to give back.
///
/// # Errors
/// As [`check_keeper`]; refused fields for dates that are reversed, too far apart, before the officer joined or after they
/// left, and for an absence of the same kind that is there already.
pub fn enter(tx: &mut Tx, ctx: &Ctx, officer: OfficerId, new: NewAbsence) -> Result<Entered, Error> {
    // Gather.
    let person = officers::theirs(tx, ctx, officer)?;
    let left = store::duty_facts::left(tx.reading(), &[officer])?.first().map(|(_, left_on)| *left_on);
    let there = rows::touching(tx.reading(), &[officer], new.from, new.to)?;

    // Decide.
    let mut refused = Vec::new();
    refused.extend(checked_date("/from", new.from, ctx.moment.today()).err());
    let last =
        new.from.checked_add_months(Months::new(MONTHS_MAX)).and_then(|next| next.pred_opt()).unwrap_or(new.from);
    if new.to < new.from || new.to > last {
        refused.push(FieldError::new("/to", Code::InvalidValue).expected(format!("{} – {last}", new.from)));
    }
    if let Some(joined) = person.joined_on.filter(|joined| new.from < *joined) {
        refused.push(FieldError::new("/from", Code::InvalidValue).expected(format!("≥ {joined}")));
    }
    if let Some(left) = left.filter(|left| new.to > *left) {
        refused.push(FieldError::new("/to", Code::InvalidValue).expected(format!("≤ {left}")));
    }
    if let Some(known) = there.iter().find(|known| known.kind == new.kind) {
        let dates = format!("{} – {}", known.from_on, known.until().unwrap_or(known.to_on));
        refused.push(FieldError::new("/from", Code::Taken).read(dates));
    }
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    let row = Absence {
        id: RowId(ctx.moment.new_id()),
        officer_id: officer,
        kind: new.kind,
        from_on: new.from,
        to_on: new.to,
        account_id: ctx.caller.account_id,
        recorded_at: ctx.moment.stamp(),
        ended_at: None,
        ended_by: None,
        end_reason: None,
        last_on: None,
    };

    // Record.
    rows::insert(tx, &row)?;
    told(tx, ctx, "absence.entered", &row, None)?;
    leave_days::make_way(tx, ctx, officer, row.from_on, row.to_on)?;
    watch::after_facts(tx, ctx, officer, row.from_on, row.to_on)?;
    let mut findings: Vec<Finding> = over_absence(tx.reading(), ctx, &row)?.into_iter().collect();
    findings.extend(granting::planned_duty(tx.reading(), ctx, officer, (row.from_on, row.to_on))?);
    Ok(Entered { absence: row, findings })
}

/// Absences of an officer, the latest first; one more than `limit` if there are more.
///
/// # Errors
/// [`Code::NotFound`] when the officer is absent or not the caller's to see.
pub fn list(
    connection: &mut Conn,
    ctx: &Ctx,
    officer: OfficerId,
    before: Option<(NaiveDate, RowId)>,
    limit: usize,
) -> Result<Vec<Absence>, Error> {
    reach::see_officer(connection, ctx, officer, READERS)?;
    Ok(rows::of(connection, officer, before, i64::try_from(limit + 1).unwrap_or(i64::MAX))?)
}

/// An absence that the caller may see.
///
/// # Errors
/// [`Code::NotFound`] when it is absent or not the caller's to see.
pub fn get(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Absence, Error> {
    let row = rows::find(connection, id)?.ok_or(Code::NotFound)?;
    reach::see_officer(connection, ctx, row.officer_id, READERS)?;
    Ok(row)
}

/// Whether the caller may end an absence: the gate of a kept answer.
///
/// # Errors
/// As [`get`] and [`check_keeper`].
pub fn check_ender(connection: &mut Conn, ctx: &Ctx, id: RowId) -> Result<Absence, Error> {
    let row = get(connection, ctx, id)?;
    check_keeper(connection, ctx, row.officer_id)?;
    Ok(row)
}

/// Ends an absence with another last date, or takes it back whole where none is given; `reason` says why.
///
/// # Errors
/// As [`check_ender`]; [`Code::WrongState`] for one that was taken back; refused fields: the last date lies within it and
/// before the one that it has.
pub fn end(tx: &mut Tx, ctx: &Ctx, id: RowId, last: Option<NaiveDate>, reason: &str) -> Result<Absence, Error> {
    // Gather.
    let seen = check_ender(tx.reading(), ctx, id)?;
    store::officers::lock(tx, seen.officer_id)?;
    let before = rows::find(tx.reading(), id)?.ok_or(Code::NotFound)?;

    // Decide.
    let Some(until) = before.until() else { return Err(Hindrance::Ended.into()) };
    let mut refused = Vec::new();
    if last.is_some_and(|last| last < before.from_on || until <= last) {
        refused.push(FieldError::new("/to", Code::InvalidValue).expected(format!("{} – < {until}", before.from_on)));
    }
    let reason = said::reason("/reason", reason).map_err(|error| refused.push(error)).unwrap_or_default();
    if !refused.is_empty() {
        return Err(Error::Fields(refused));
    }
    let after = Absence {
        ended_at: Some(ctx.moment.stamp()),
        ended_by: ctx.caller.account_id,
        end_reason: Some(reason),
        last_on: last,
        ..before.clone()
    };

    // Record.
    rows::end(tx, &after)?;
    told(tx, ctx, "absence.ended", &after, Some(shown(&before)))?;
    watch::after_facts(tx, ctx, after.officer_id, after.from_on, until)?;
    Ok(after)
}

fn shown(row: &Absence) -> Value {
    json!({"kind": row.kind, "from": row.from_on, "to": row.until(), "reason": row.end_reason})
}

fn told(tx: &mut Tx, ctx: &Ctx, topic: &'static str, row: &Absence, before: Option<Value>) -> Result<(), Error> {
    let subject = Subject { kind: "absence", id: row.id.0, officer_id: Some(row.officer_id) };
    ctx.audit(tx, topic, subject, before, Some(shown(row)))?;
    Ok(store::outbox::append(tx, topic, row.id.0, Some(row.officer_id), &ctx.moment)?)
}
