//! A person as the rules see them, read from the records.

use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::rules::service::{Dated, PersonFacts};
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::officers::OnTheRoll;
use crate::store::{self, Conn};

/// The person as the rules see them.
///
/// # Errors
/// When the database does not answer.
pub fn of(connection: &mut Conn, ctx: &Ctx, officer: OfficerId) -> Result<PersonFacts, Error> {
    let units = if ctx.statutes.knows_units() { units(connection, officer)? } else { Vec::new() };
    let facts = match &ctx.own_facts {
        Some(own) => own.of(officer, || in_force(connection, officer))?,
        None => in_force(connection, officer)?,
    };
    Ok(PersonFacts { units, ..facts })
}

/// The person as the rules see them, with their units whether or not any law is made for one.
///
/// # Errors
/// When the database does not answer.
pub fn with_units(connection: &mut Conn, officer: OfficerId) -> Result<PersonFacts, Error> {
    Ok(PersonFacts { units: units(connection, officer)?, ..in_force(connection, officer)? })
}

fn in_force(connection: &mut Conn, officer: OfficerId) -> Result<PersonFacts, Error> {
    let OnTheRoll { categories, joined_on, left_on } = store::officers::on_the_roll(connection, officer)?;
    let service_periods = store::service_periods::in_force(connection, officer)?;
    Ok(PersonFacts { categories, units: Vec::new(), service_periods, joined_on, left_on })
}

/// The units of an officer over time, each with every unit above it.
fn units(connection: &mut Conn, officer: OfficerId) -> Result<Vec<Dated<Vec<UnitId>>>, Error> {
    let stays = store::officers::units(connection, officer)?;
    let first: Vec<UnitId> = stays.iter().map(|stay| stay.value).collect();
    let above = store::units::ancestry(connection, &first)?;
    let mut found = Vec::new();
    for stay in &stays {
        let mut cuts = above.cuts(stay.value);
        cuts.retain(|cut| stay.effective_on < *cut && *cut < stay.until_on);
        for from in [stay.effective_on].into_iter().chain(cuts) {
            found.push(Dated { from, value: above.upward(stay.value, from) });
        }
    }
    Ok(found)
}
