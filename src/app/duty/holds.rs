//! What an act on the roster holds before it looks, so that two acts on what they share run one after the other: first the
//! people, then the units, each in id order (RULINGS 62). SQLite has one writer and needs no lock.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::app::error::Error;
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::{self, Tx};

/// Officers of one statement.
const TOGETHER: usize = 500;

/// Holds some people, and the partners of those who opted in as couples: two leaders who plan one of the two each would
/// both find the other free on the same night (R10).
///
/// # Errors
/// When the database does not answer.
pub(super) fn people(tx: &mut Tx, officers: &[OfficerId]) -> Result<(), Error> {
    let mut all: BTreeSet<OfficerId> = officers.iter().copied().collect();
    for some in officers.chunks(TOGETHER) {
        let pairs = store::couples::live_of(tx.reading(), some)?;
        let agreed = pairs.into_iter().filter(|pair| pair.agreed_at.is_some());
        all.extend(agreed.flat_map(|pair| [pair.officer_id, pair.partner_officer_id]));
    }
    let all: Vec<OfficerId> = all.into_iter().collect();
    for some in all.chunks(TOGETHER) {
        store::roster::lock(tx, some)?;
    }
    Ok(())
}

/// Holds the units of some people on a date that keep a strength: who takes duty off the roster counts who is left (R11), and
/// the next one counts after that.
///
/// # Errors
/// When the database does not answer.
pub(super) fn strength(tx: &mut Tx, officers: &[OfficerId], on: NaiveDate) -> Result<(), Error> {
    let at_home = store::officers::units_on(tx.reading(), officers, on)?;
    let units: BTreeSet<UnitId> = at_home.into_iter().map(|(_, unit)| unit).collect();
    let units: Vec<UnitId> = units.into_iter().collect();
    let mut keeping: Vec<UnitId> =
        store::staffing::of_units(tx.reading(), &units)?.into_iter().map(|row| row.unit_id).collect();
    keeping.sort_unstable();
    for unit in keeping {
        store::units::lock(tx, unit)?;
    }
    Ok(())
}

/// Holds whoever is to go on leave, with their partner, and the units that they are in on the dates: who grants leave counts
/// who is left (R11, RULINGS 21), and the next one counts after that.
///
/// # Errors
/// When the database does not answer.
pub fn leave(tx: &mut Tx, officer: OfficerId, from: NaiveDate, to: NaiveDate) -> Result<(), Error> {
    people(tx, &[officer])?;
    let stays = store::duty_facts::stays(tx.reading(), &[officer])?;
    let touching = stays.into_iter().filter(|(_, stay)| stay.effective_on <= to && from < stay.until_on);
    let units: BTreeSet<UnitId> = touching.map(|(_, stay)| stay.value).collect();
    for unit in units {
        store::units::lock(tx, unit)?;
    }
    Ok(())
}
