//! The roster of a unit as a table of people by dates, in codes that its legend explains: what hangs on the wall, what is
//! filled in, and what can be imported again unchanged.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveTime, Timelike};

use super::facts::{self, Facts, Window};
use super::generate::by_local_clock;
use super::{DAYS_MAX, DutyShift, RestDay, patterns, read_units};
use crate::app::ctx::Ctx;
use crate::app::error::{Code, Error, FieldError};
use crate::app::import::{CODE_SEPARATORS, CODES_IN_CELL_MAX, DutyEntry, explained_word, plain_code};
use crate::app::officers::{self, Called};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::{self, Conn};

/// Most cells of one table: as many as an import reads.
pub const CELLS_MAX: usize = 200_000;
/// Most people of one table.
const PEOPLE_MAX: usize = 5_000;
/// Most codes of one legend: fewer than an import reads.
const CODES_MAX: usize = 400;
/// Longest shift that a legend can say, in minutes.
const MINUTES_MAX: i64 = 4_320;
/// Officers of one statement.
const CHUNK: usize = 500;

/// The words of a table that are not the unit's own.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// 休: the weekly rest day.
    pub weekly: &'static str,
    /// 轮休.
    pub rotation: &'static str,
    /// 补休.
    pub comp: &'static str,
    /// 假: on leave.
    pub leave: &'static str,
    /// What codes begin with that no pattern gives, by kind of duty.
    pub kinds: fn(DutyKind) -> &'static str,
}

/// Somebody's row.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose.
    pub officer_id: OfficerId,
    /// Badge number and name.
    pub called: Called,
    /// What each date says; nothing where nothing is planned, or something that no code can say.
    pub days: Vec<String>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Name of the unit.
    pub unit: String,
    /// Its dates.
    pub dates: Vec<NaiveDate>,
    /// Its people, by badge number.
    pub people: Vec<Line>,
    /// What its codes mean.
    pub legend: Vec<(String, DutyEntry)>,
}

/// The table of a unit, everything under it, and a period.
///
/// # Errors
/// A refused parameter for a period that is reversed or too long, or for too many people; [`Code::NotFound`] for a unit
/// that is not the caller's.
pub fn of(
    connection: &mut Conn,
    ctx: &Ctx,
    unit: UnitId,
    (from, to): (NaiveDate, NaiveDate),
    wording: Wording,
) -> Result<Sheet, Error> {
    let units = read_units(connection, ctx, unit)?;
    let days = (to - from).num_days() + 1;
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(FieldError::new("?to", Code::InvalidParameter)
            .expected(format!("≥ {from}, ≤ {DAYS_MAX} d"))
            .into());
    }
    let dates: Vec<NaiveDate> = from.iter_days().take_while(|date| *date <= to).collect();
    let members = store::duty_facts::members(connection, &units, from, to)?;
    if members.len() > PEOPLE_MAX {
        return Err(FieldError::new("?to", Code::InvalidParameter).expected(format!("≤ {PEOPLE_MAX}")).into());
    }
    if members.len().saturating_mul(dates.len()) > CELLS_MAX {
        return Err(FieldError::new("?to", Code::InvalidParameter).expected(format!("≤ {CELLS_MAX}")).into());
    }
    let name = store::units::find(connection, unit)?.map(|unit| unit.name).unwrap_or_default();
    let called = officers::called(connection, members.iter().copied())?;
    let all = facts::of(connection, ctx, &members, Window::exactly(ctx, from, to))?;
    let (shifts, rest) = planned(connection, ctx, &members, from, to)?;
    let mut codes = Codes::of(connection, ctx, unit, wording)?;
    let mut people = Vec::with_capacity(members.len());
    for (officer, facts) in &all {
        let is_there = |date: &NaiveDate| {
            facts.roll.on_roll(*date) && facts.unit_on(*date).is_some_and(|home| units.binary_search(&home).is_ok())
        };
        let Some(called) = called.get(officer).filter(|_| dates.iter().any(is_there)) else { continue };
        let said = |date: &NaiveDate| {
            if !is_there(date) {
                return String::new();
            }
            let shifts = shifts.get(&(*officer, *date)).map_or(&[][..], Vec::as_slice);
            codes.cell(ctx, facts, *date, shifts, rest.get(&(*officer, *date)))
        };
        let days = dates.iter().map(said).collect();
        people.push(Line { officer_id: *officer, called: called.clone(), days });
    }
    people.sort_by(|one, other| one.called.badge_no.cmp(&other.called.badge_no));
    Ok(Sheet { unit: name, dates, people, legend: codes.legend })
}

type ByDate<T> = HashMap<(OfficerId, NaiveDate), T>;

/// What is planned for some officers between two dates.
fn planned(
    connection: &mut Conn,
    ctx: &Ctx,
    officers: &[OfficerId],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(ByDate<Vec<DutyShift>>, ByDate<RestDay>), Error> {
    let (starts_at, ends_at) = super::instants(ctx, from, to);
    let (mut shifts, mut rest) = (ByDate::<Vec<DutyShift>>::new(), ByDate::new());
    for some in officers.chunks(CHUNK) {
        for shift in store::duty_shifts::rows_of(connection, some, starts_at, ends_at)? {
            let on = ctx.moment.clock().date_of(shift.starts_at.and_utc());
            shifts.entry((shift.officer_id, on)).or_default().push(shift);
        }
        for day in store::rest_days::of_officers(connection, some, from, to)? {
            rest.insert((day.officer_id, day.on_date), day);
        }
    }
    Ok((shifts, rest))
}

/// Codes as a table writes them.
struct Codes {
    wording: Wording,
    legend: Vec<(String, DutyEntry)>,
    taken: HashSet<String>,
}

impl Codes {
    /// The words for rest, and the codes of the unit's patterns and of those above it, the nearest first.
    fn of(connection: &mut Conn, ctx: &Ctx, unit: UnitId, wording: Wording) -> Result<Self, Error> {
        let mut codes = Self { wording, legend: Vec::new(), taken: HashSet::new() };
        let rest = [
            (wording.weekly, DutyEntry::Rest(RestDayKind::Weekly)),
            (wording.rotation, DutyEntry::Rest(RestDayKind::Rotation)),
            (wording.comp, DutyEntry::Rest(RestDayKind::Comp)),
            (wording.leave, DutyEntry::Leave),
        ];
        for (word, entry) in rest {
            codes.add(word, entry);
        }
        let upward = store::units::tree(connection, ctx.moment.today())?.upward(unit);
        let mut near: Vec<_> = patterns::explaining(connection, ctx, None)?
            .into_iter()
            .filter_map(|shown| {
                let at = match shown.pattern.unit_id {
                    Some(unit) => upward.iter().position(|above| *above == unit)?,
                    None => upward.len(),
                };
                Some((at, shown))
            })
            .collect();
        near.sort_by_key(|(at, shown)| (*at, shown.pattern.id));
        for day in near.iter().flat_map(|(_, shown)| &shown.cycle) {
            if let (Some(kind), Some(starts), Some(minutes), Some(code)) =
                (day.kind, day.starts, day.minutes, &day.code)
                && is_plain(code)
            {
                let counted = day.counted_minutes.filter(|counted| *counted != minutes);
                codes.add(code.trim(), DutyEntry::Shift { kind, starts, minutes, counted });
            }
        }
        Ok(codes)
    }

    /// Adds a code, unless it is taken or the entry has one.
    fn add(&mut self, code: &str, entry: DutyEntry) {
        let key = plain_code(code);
        let bare = key.trim_end_matches('班').to_owned();
        if self.code(entry).is_none() && !self.taken.contains(&bare) {
            self.taken.insert(bare);
            self.legend.push((code.to_owned(), entry));
        }
    }

    fn code(&self, entry: DutyEntry) -> Option<&str> {
        self.legend.iter().find(|(_, known)| *known == entry).map(|(code, _)| code.as_str())
    }

    /// The code of an entry; a new one where there is none.
    fn coded(&mut self, entry: DutyEntry) -> Option<String> {
        if let Some(code) = self.code(entry) {
            return Some(code.to_owned());
        }
        let DutyEntry::Shift { kind, .. } = entry else { return None };
        if self.legend.len() >= CODES_MAX {
            return None;
        }
        let word = (self.wording.kinds)(kind);
        let mut code = word.to_owned();
        let mut next = 2;
        while self.taken.contains(&plain_code(&code)) || explained_word(&plain_code(&code)).is_some() {
            code = format!("{word}{next}");
            next += 1;
        }
        self.add(&code, entry);
        Some(code)
    }

    /// What a cell says; nothing where not all of it can be said.
    fn cell(
        &mut self,
        ctx: &Ctx,
        facts: &Facts,
        date: NaiveDate,
        shifts: &[DutyShift],
        rest: Option<&RestDay>,
    ) -> String {
        // What a protected appointment is, and that there is one, is nobody else's to know.
        let duties: Vec<&DutyShift> = shifts.iter().filter(|shift| shift.kind != DutyKind::Protected).collect();
        let entries: Option<Vec<DutyEntry>> = duties.iter().map(|shift| written(ctx, date, shift)).collect();
        let rest = match rest.map(|day| day.kind) {
            Some(RestDayKind::Ordered) => return String::new(),
            Some(kind) => vec![DutyEntry::Rest(kind)],
            None => Vec::new(),
        };
        let Some(mut entries) = entries else { return String::new() };
        entries.extend(rest);
        if entries.is_empty() && facts.away.iter().any(|away| away.from <= date && date <= away.to) {
            entries.push(DutyEntry::Leave);
        }
        let codes: Option<Vec<String>> = entries.into_iter().map(|entry| self.coded(entry)).collect();
        codes.filter(|codes| codes.len() <= CODES_IN_CELL_MAX).map(|codes| codes.join("/")).unwrap_or_default()
    }
}

/// Whether a code can stand in a cell beside others, and in a file that a spreadsheet opens.
fn is_plain(code: &str) -> bool {
    let key = plain_code(code);
    let begins = key.chars().next().is_some_and(char::is_alphanumeric);
    begins && !key.contains(CODE_SEPARATORS) && !key.contains(':') && explained_word(&key).is_none()
}

/// A shift as a legend can say it: it begins on a whole minute and lasts whole minutes by the local clock.
fn written(ctx: &Ctx, date: NaiveDate, shift: &DutyShift) -> Option<DutyEntry> {
    let zone = ctx.moment.clock().zone();
    let (starts_at, ends_at) = (shift.starts_at.and_utc(), shift.ends_at.and_utc());
    let (starts, ends) = (starts_at.with_timezone(&zone).naive_local(), ends_at.with_timezone(&zone).naive_local());
    let minutes = (ends - starts).num_minutes();
    let is_whole = |time: NaiveTime| time.second() == 0 && time.nanosecond() == 0;
    let is_same = by_local_clock(zone, date.and_time(starts.time()), minutes) == (starts_at, ends_at);
    if !is_whole(starts.time()) || !is_same || !(1..=MINUTES_MAX).contains(&minutes) {
        return None;
    }
    let length = (ends_at - starts_at).num_minutes();
    let counted = i64::from(shift.counted_minutes);
    let counted = (counted != length).then_some(counted);
    Some(DutyEntry::Shift { kind: shift.kind, starts: starts.time(), minutes, counted })
}
