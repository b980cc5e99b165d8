//! Every rule over one person.

use chrono::NaiveDate;

use super::scan::{Scan, Scratch};
use super::{
    Found, Person, RestLaw, after_overnight, couple, daily, entries, length, nights, overlap, rotation, volume, weekly,
};

/// What every rule finds of a person whose window touches the dates between two, both included; what is kept is not
/// listed.
#[must_use]
pub fn check(person: &Person<'_>, law: &RestLaw<'_>, from: NaiveDate, to: NaiveDate) -> Vec<Found> {
    check_with(&mut Scratch::default(), person, law, from, to)
}

/// The same for the many persons of a scan, which use one room after the other.
#[must_use]
pub fn check_with(
    scratch: &mut Scratch,
    person: &Person<'_>,
    law: &RestLaw<'_>,
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<Found> {
    let mut scan = Scan::new(person, law, scratch, (from, to));
    overlap::span(&mut scan);
    overlap::overlap(&mut scan);
    entries::on_leave(&mut scan);
    entries::ordered(&mut scan);
    entries::rest_day(&mut scan);
    entries::fitness_limit(&mut scan);
    weekly::weekly(&mut scan);
    weekly::weekly_hours(&mut scan);
    // Rest after a night asks for more than the daily rest, and is told before it.
    after_overnight::after_overnight(&mut scan);
    daily::daily(&mut scan);
    length::length(&mut scan);
    volume::week(&mut scan);
    volume::mean(&mut scan);
    nights::nights(&mut scan);
    rotation::rotation(&mut scan, from, to);
    couple::couple(&mut scan);
    scan.found
}
