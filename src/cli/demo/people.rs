//! The people of the bureau, made up from short lists.

use chrono::{Datelike, Days, NaiveDate};

use super::almanac::Almanac;
use super::dice::Dice;
use super::names::{self, DETECTIVES, ORDER, PATROLS, PERSONNEL, STATION, TRAFFIC, UNITS};
use crate::app::officers::GivenPeriod;
use crate::rules::terms::{Category, ServiceKind, Sex, UnitKind};

/// One person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Badge number, and the name to sign in with.
    pub badge_no: String,
    /// Name.
    pub name: String,
    /// Unit, by its place in the list.
    pub unit: usize,
    /// Place in the unit: the head is 0, the deputy 1.
    pub rank: usize,
    /// Category.
    pub category: Category,
    /// Sex.
    pub sex: Sex,
    /// Date of birth.
    pub born_on: NaiveDate,
    /// Post.
    pub post: &'static str,
    /// When they joined the bureau.
    pub joined_on: NaiveDate,
    /// Years of work.
    pub periods: Vec<GivenPeriod>,
    /// Spouse, by place in the list.
    pub spouse: Option<usize>,
}

/// Unit and place in it: how the plan names people.
pub type Seat = (usize, usize);

/// Everybody, in the order of the units.
pub struct Roster(pub Vec<Person>);

/// The officer of the walk through the interface: 22 years of work.
pub const WALKER: Seat = (STATION, 5);
/// Heads whose spouse serves in the same station: another leader decides on that person's leave.
pub const HEAD_WITH_SPOUSE: (Seat, Seat) = ((STATION, 0), (STATION, 6));
/// Couples on the roll.
const COUPLES: &[(Seat, Seat)] = &[
    HEAD_WITH_SPOUSE,
    ((DETECTIVES, 8), (PERSONNEL, 9)),
    ((TRAFFIC, 9), (2, 8)),
    ((9, 7), (11, 7)),
    ((ORDER, 9), (7, 6)),
    ((DETECTIVES, 12), (DETECTIVES, 13)),
];
/// Whose tier steps inside this year: place, full years, month and day of the beginning.
const STEPPERS: &[(Seat, i32, u32, u32)] =
    &[((STATION, 7), 10, 6, 15), ((DETECTIVES, 5), 20, 9, 10), ((9, 6), 1, 3, 20), ((ORDER, 7), 10, 11, 5)];
/// Who moves from one unit to another.
pub const TRANSFERRED: Seat = (DETECTIVES, 6);
/// The auxiliary who becomes a police officer.
pub const PROMOTED: Seat = (TRAFFIC, 14);
/// Who retires during the year.
pub const RETIRING: Seat = (6, 3);
/// Who resigns during the year.
pub const RESIGNING: Seat = (PATROLS, 20);
/// Who is retired since before the records begin.
const RETIRED: &[Seat] = &[(PERSONNEL, 15), (PERSONNEL, 16)];
/// The personnel officers who may enter leave for others.
pub const PERSONNEL_OFFICERS: [Seat; 2] = [(PERSONNEL, 2), (PERSONNEL, 3)];

impl Roster {
    /// The place of somebody in the list.
    pub fn place(&self, (unit, rank): Seat) -> Option<usize> {
        self.0.iter().position(|person| person.unit == unit && person.rank == rank)
    }

    /// Makes everybody up.
    pub fn make(almanac: &Almanac<'_>, dice: &mut Dice) -> Self {
        let mut people = Vec::with_capacity(300);
        for (unit, about) in UNITS.iter().enumerate() {
            for rank in 0..about.people {
                let badge_no = format!("{}", 100_001 + people.len());
                people.push(person(almanac, dice, badge_no, unit, rank));
            }
        }
        let mut roster = Self(people);
        for (one, other) in COUPLES {
            roster.marry(*one, *other);
        }
        roster
    }

    /// Links two people, of whom the later in the list is the wife.
    fn marry(&mut self, one: Seat, other: Seat) {
        let (Some(one), Some(other)) = (self.place(one), self.place(other)) else { return };
        for (place, spouse, sex) in
            [(one.min(other), one.max(other), Sex::Male), (one.max(other), one.min(other), Sex::Female)]
        {
            if let Some(person) = self.0.get_mut(place) {
                person.spouse = Some(spouse);
                person.sex = sex;
            }
        }
    }
}

fn person(almanac: &Almanac<'_>, dice: &mut Dice, badge_no: String, unit: usize, rank: usize) -> Person {
    let place = (unit, rank);
    let about = UNITS.get(unit);
    let sex = if dice.percent(24) { Sex::Female } else { Sex::Male };
    let category = category(dice, place, about.map_or(0, |about| about.auxiliaries));
    let today = almanac.today();
    let age = age(dice, place, category);
    let mut born_on = days_before(today, age * 365 + dice.between(0, 364));
    let mut began = days_before(today, (age - dice.between(21, 23)) * 365 + dice.between(0, 200));
    let mut joined_on = began;
    if let Some((_, years, month, day)) = STEPPERS.iter().find(|(who, ..)| *who == place) {
        began = NaiveDate::from_ymd_opt(today.year() - years, *month, *day).unwrap_or(began);
        joined_on = began;
        born_on = days_before(began, 23 * 365 + 40);
    } else if place == WALKER {
        began = NaiveDate::from_ymd_opt(today.year() - 22, 7, 1).unwrap_or(began);
        joined_on = began;
        born_on = days_before(began, 22 * 365 + 90);
    }
    let mut periods = vec![GivenPeriod { from: began, to: None, kind: ServiceKind::Employment }];
    if category == Category::Auxiliary && (10..18).contains(&rank) && (STATION..=PATROLS).contains(&unit) {
        // Joined within the last year: some from another employer without a day between, some with no work before.
        joined_on = days_before(today, 30 + dice.between(0, 320));
        periods = vec![GivenPeriod { from: joined_on, to: None, kind: ServiceKind::Employment }];
        if rank.is_multiple_of(2) {
            let earlier = days_before(joined_on, 900 + dice.between(0, 700));
            periods.insert(0, GivenPeriod { from: earlier, to: joined_on.pred_opt(), kind: ServiceKind::Employment });
        }
        born_on = days_before(joined_on, 26 * 365);
    } else if rank >= 8 && rank.is_multiple_of(9) && age > 30 {
        // Military service first, then a summer without work.
        let served = days_before(began, 5 * 365);
        periods.insert(0, GivenPeriod { from: served, to: Some(days_before(began, 80)), kind: ServiceKind::Military });
        born_on = born_on.min(days_before(served, 19 * 365));
    }
    let name = names::name(dice, sex);
    let post = post(about.map_or(UnitKind::Office, |about| about.kind), rank, category);
    Person { badge_no, name, unit, rank, category, sex, born_on, post, joined_on, periods, spouse: None }
}

fn category(dice: &mut Dice, place: Seat, auxiliaries: u32) -> Category {
    let (_, rank) = place;
    let particular = rank < 8
        || [WALKER, TRANSFERRED, RETIRING].contains(&place)
        || COUPLES.iter().any(|(one, other)| *one == place || *other == place);
    if RETIRED.contains(&place) {
        Category::Retired
    } else if place == PROMOTED || place == RESIGNING {
        Category::Auxiliary
    } else if particular {
        Category::Police
    } else if dice.percent(auxiliaries) {
        Category::Auxiliary
    } else if dice.percent(10) {
        Category::Staff
    } else {
        Category::Police
    }
}

fn age(dice: &mut Dice, place: Seat, category: Category) -> i64 {
    match (place.1, category) {
        (_, Category::Retired) => 63,
        _ if place == RETIRING => 59,
        (0, _) => dice.between(44, 55),
        (1, _) => dice.between(38, 50),
        (_, Category::Auxiliary) => dice.between(24, 42),
        _ => dice.between(25, 56),
    }
}

const fn post(kind: UnitKind, rank: usize, category: Category) -> &'static str {
    match (kind, rank, category) {
        (UnitKind::Bureau, 0, _) => "局长",
        (UnitKind::Bureau, 1, _) => "副局长",
        (UnitKind::Branch, 0, _) => "分局长",
        (UnitKind::Branch, 1, _) => "副分局长",
        (UnitKind::Station, 0, _) => "所长",
        (UnitKind::Station, 1, _) => "教导员",
        (UnitKind::Team, 0, _) => "大队长",
        (UnitKind::Team, 1, _) => "教导员",
        (UnitKind::Office, 0, _) => "主任",
        (UnitKind::Office, 1, _) => "副主任",
        (_, _, Category::Auxiliary) => "辅警",
        (_, _, Category::Staff) => "职工",
        (_, _, Category::Retired) => "退休民警",
        _ => "民警",
    }
}

fn days_before(date: NaiveDate, days: i64) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::try_from(days).unwrap_or_default())).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::rules::calendar::Calendar;
    use std::collections::BTreeSet;

    fn roster(today: &str) -> Roster {
        let calendar = Calendar::built_in().unwrap();
        let noon = format!("{today}T04:00:00Z").parse().unwrap();
        let clock = Clock::fixed(noon, chrono_tz::Asia::Shanghai);
        Roster::make(&Almanac::new(&calendar, &clock), &mut Dice::new(1))
    }

    #[test]
    fn everybody_is_plausible_on_any_day() {
        for today in ["2024-02-29", "2026-01-01", "2026-12-31"] {
            let roster = roster(today);
            let today: NaiveDate = today.parse().unwrap();
            assert_eq!(roster.0.len(), 300);
            let badges: BTreeSet<_> = roster.0.iter().map(|person| &person.badge_no).collect();
            assert_eq!(badges.len(), 300);
            for (place, person) in roster.0.iter().enumerate() {
                let first = person.periods.iter().map(|period| period.from).min().unwrap();
                let age_at_work = (first - person.born_on).num_days() / 365;
                assert!(age_at_work >= 17, "{today} {person:?}");
                assert!(person.joined_on < today, "{today} {person:?}");
                if let Some(spouse) = person.spouse {
                    let other = roster.0.get(spouse).unwrap();
                    assert_eq!(other.spouse, Some(place));
                    assert_ne!(other.sex, person.sex);
                }
            }
        }
    }

    #[test]
    fn the_particular_people_are_there() {
        let roster = roster("2026-06-10");
        let found = |place| roster.0.get(roster.place(place).unwrap()).unwrap();
        assert_eq!(found(PROMOTED).category, Category::Auxiliary);
        assert_eq!(found(RETIRING).category, Category::Police);
        assert_eq!(found(WALKER).spouse, None);
        assert_eq!(found((STATION, 0)).post, "所长");
        assert!(found(HEAD_WITH_SPOUSE.0).spouse.is_some());
        let today: NaiveDate = "2026-06-10".parse().unwrap();
        let new = roster
            .0
            .iter()
            .filter(|one| one.category == Category::Auxiliary && (today - one.joined_on).num_days() < 365);
        assert!(new.count() >= 6);
        assert!(roster.0.iter().filter(|one| one.category == Category::Auxiliary).count() > 60);
        assert!(roster.0.iter().any(|one| one.periods.iter().any(|period| period.kind == ServiceKind::Military)));
    }
}
