//! Every rule over one person.

use chrono::NaiveDate;

use super::scan::{Scan, Scratch};
use super::{Found, Person, RestLaw, overlap};

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
    scan.found
}
