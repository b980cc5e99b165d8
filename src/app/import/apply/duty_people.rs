//! Whose the rows of a roster are: by badge number, or by a name that one person of the caller's has.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::CHUNK;
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::import::{DutyRow, Who};
use crate::app::reach::Reach;
use crate::rules::terms::{OfficerId, UnitId};
use crate::store::dated::Period;
use crate::store::{self, Conn};

/// The people that a file names.
#[derive(Default)]
pub(super) struct People {
    by_badge: HashMap<String, OfficerId>,
    by_name: HashMap<String, Vec<OfficerId>>,
    names: HashMap<OfficerId, String>,
    badges: HashMap<OfficerId, String>,
    stays: BTreeMap<OfficerId, Vec<Period<UnitId>>>,
}

/// Who a row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// This officer.
    One(OfficerId),
    /// Nobody.
    Nobody,
    /// More than one.
    Several,
}

impl People {
    /// Everybody whom the rows name.
    pub(super) fn of(
        connection: &mut Conn,
        ctx: &Ctx,
        reach: &Reach,
        (rows, silent): (&[DutyRow], &[Who]),
    ) -> Result<Self, Error> {
        let mut people = Self::default();
        let named = rows.iter().map(|row| &*row.who).chain(silent);
        let badges = distinct(named.filter_map(|who| who.badge_no.as_deref()));
        for some in badges.chunks(CHUNK) {
            for officer in store::roster::find_by_badges(connection, some)?.into_values() {
                people.by_badge.insert(officer.badge_no.clone(), officer.id);
                people.called(officer.id, officer.name, officer.badge_no);
            }
        }
        let is_by_name = |row: &&DutyRow| row.who.badge_no.is_none();
        let names = distinct(rows.iter().filter(is_by_name).filter_map(|row| row.who.name.as_deref()));
        let first = rows.iter().map(|row| row.on).min().unwrap_or_else(|| ctx.moment.today());
        for some in names.chunks(CHUNK) {
            let found = store::roster::find_by_names(connection, some)?;
            let ids: Vec<OfficerId> = found.iter().map(|officer| officer.id).collect();
            let units: HashMap<OfficerId, UnitId> =
                store::officers::units_on(connection, &ids, ctx.moment.today())?.into_iter().collect();
            let left: HashMap<OfficerId, NaiveDate> = store::duty_facts::left(connection, &ids)?.into_iter().collect();
            for officer in found {
                let is_reached = units.get(&officer.id).is_some_and(|unit| reach.contains(*unit));
                let is_there = left.get(&officer.id).is_none_or(|left| *left >= first);
                if is_reached && is_there {
                    people.by_name.entry(officer.name.clone()).or_default().push(officer.id);
                    people.called(officer.id, officer.name, officer.badge_no);
                }
            }
        }
        let ids: Vec<OfficerId> = people.names.keys().copied().collect();
        for some in ids.chunks(CHUNK) {
            for (officer, stay) in store::duty_facts::stays(connection, some)? {
                people.stays.entry(officer).or_default().push(stay);
            }
        }
        // Who is out of reach throughout is to the caller as if they were not there.
        let today = ctx.moment.today();
        let last = rows.iter().map(|row| row.on).max().unwrap_or(today);
        let Self { by_badge, stays, .. } = &mut people;
        by_badge.retain(|_, officer| {
            let theirs = stays.get(officer).map(Vec::as_slice).unwrap_or_default();
            let touches = |stay: &Period<UnitId>, from, to| stay.effective_on <= to && from < stay.until_on;
            let is_near = |stay: &&Period<UnitId>| touches(stay, first, last) || touches(stay, today, today);
            ctx.caller.is_self(*officer) || theirs.iter().filter(is_near).any(|stay| reach.contains(stay.value))
        });
        Ok(people)
    }

    fn called(&mut self, officer: OfficerId, name: String, badge_no: String) {
        self.names.insert(officer, name);
        self.badges.insert(officer, badge_no);
    }

    /// Whom a row means.
    pub(super) fn meant(&self, who: &Who) -> Meant {
        if let Some(badge_no) = &who.badge_no {
            return self.by_badge.get(badge_no).map_or(Meant::Nobody, |officer| Meant::One(*officer));
        }
        match who.name.as_ref().and_then(|name| self.by_name.get(name)).map_or(&[][..], Vec::as_slice) {
            [] => Meant::Nobody,
            [one] => Meant::One(*one),
            _ => Meant::Several,
        }
    }

    /// Whether the row gives another name than the records.
    pub(super) fn is_called_otherwise(&self, officer: OfficerId, who: &Who) -> bool {
        let plain = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let said = who.badge_no.is_some().then_some(who.name.as_deref()).flatten();
        said.is_some_and(|said| self.names.get(&officer).is_some_and(|name| plain(name) != plain(said)))
    }

    /// The badge number of somebody.
    pub(super) fn badge_no(&self, officer: OfficerId) -> &str {
        self.badges.get(&officer).map_or("", String::as_str)
    }

    /// The unit of somebody on a date.
    pub(super) fn unit_on(&self, officer: OfficerId, date: NaiveDate) -> Option<UnitId> {
        let stays = self.stays.get(&officer)?;
        stays.iter().find(|stay| stay.effective_on <= date && date < stay.until_on).map(|stay| stay.value)
    }
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = texts.collect();
    all.sort_unstable();
    all.dedup();
    all
}
