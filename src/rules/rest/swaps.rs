//! Who could take a shift that is refused: feasible covers and exchanges.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::{Person, RestLaw, assess_change};
use crate::rules::duty::Shift;
use crate::rules::terms::{OfficerId, RowId};

/// How many are offered.
const OFFERED_MAX: usize = 3;
/// How many shifts of a colleague are tried for an exchange.
const TRIED_MAX: usize = 14;
/// How many days before and after the shift an exchange may lie.
const NEAR_DAYS: u64 = 7;

/// One officer of the unit.
#[derive(Debug, Clone, Copy)]
pub struct Colleague<'a> {
    /// Who.
    pub officer_id: OfficerId,
    /// What is known of them.
    pub person: Person<'a>,
}

/// ## 可行换班 — who could take a shift
///
/// 公安机关组织管理条例 第三十八条: where a shift is refused, up to three officers of the unit are named who could take it
/// without anything new being refused for them; after them exchanges, in which each takes a shift of the other and
/// neither is refused anything new.
///
/// *Reading:* a warning does not make a swap unfeasible. Officers who are on duty least around the shift come first.
///
/// *Not modelled:* what the shift asks for beyond a person (skills, strength): those are tested when the swap is approved.
#[must_use]
pub fn suggestions(shift: &Shift, owner: &Colleague<'_>, others: &[Colleague<'_>], law: &RestLaw<'_>) -> Vec<Value> {
    let (first, last) = law.local.dates_touched(shift.starts_at, shift.ends_at);
    let from = first.checked_sub_days(Days::new(NEAR_DAYS)).unwrap_or(first);
    let to = last.checked_add_days(Days::new(NEAR_DAYS)).unwrap_or(last);
    let mut colleagues: Vec<(usize, &Colleague<'_>)> = others
        .iter()
        .filter(|one| one.officer_id != owner.officer_id && one.person.facts.on_roll(first))
        .map(|one| (near(law, one, from, to).count(), one))
        .collect();
    colleagues.sort_by_key(|(busy, one)| (*busy, one.officer_id));
    let mut offered = Vec::new();
    for (_, other) in &colleagues {
        if offered.len() < OFFERED_MAX && takes(&other.person, None, shift, law, (from, to)) {
            offered.push(json!({"kind": "swap", "officer_id": other.officer_id}));
        }
    }
    for (_, other) in &colleagues {
        if offered.len() >= OFFERED_MAX {
            break;
        }
        let mut exchanged = near(law, other, from, to).take(TRIED_MAX).filter(|theirs| {
            theirs.kind == shift.kind
                && takes(&other.person, Some(theirs.id), shift, law, (from, to))
                && takes(&owner.person, Some(shift.id), theirs, law, (from, to))
        });
        if let Some(theirs) = exchanged.next() {
            let officer_id = other.officer_id;
            offered.push(json!({"kind": "swap", "officer_id": officer_id, "shift_id": theirs.id}));
        }
    }
    offered
}

/// A colleague's shifts that begin between two dates.
fn near<'a>(law: &RestLaw<'_>, one: &Colleague<'a>, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = &'a Shift> {
    let (from, to) = (law.local.start_of(from), law.local.start_of(to));
    let shifts = one.person.shifts;
    let first = shifts.partition_point(|shift| shift.starts_at < from);
    shifts.get(first..).unwrap_or_default().iter().take_while(move |shift| shift.starts_at < to)
}

/// Whether somebody could take a shift, giving one away for it, with nothing new refused.
fn takes(
    person: &Person<'_>,
    gives: Option<RowId>,
    shift: &Shift,
    law: &RestLaw<'_>,
    (from, to): (NaiveDate, NaiveDate),
) -> bool {
    let mut shifts: Vec<Shift> = person.shifts.iter().filter(|one| Some(one.id) != gives).copied().collect();
    let at = shifts.partition_point(|one| one.starts_at < shift.starts_at);
    shifts.insert(at, *shift);
    let after = Person { shifts: &shifts, ..*person };
    !assess_change(person, &after, law, from, to).iter().any(super::Found::blocks)
}
