//! R10 and R11.

use chrono::{Days, NaiveDate};

use super::*;
use crate::rules::calendar::{DayClass, PublishedYear, SpecialDay, YearStatus};
use crate::rules::policy::Place;
use crate::rules::rest::strength::{Member, Post, Presence, SkillMinimum, Staffing, strength};
use crate::rules::service::Dated;
use crate::rules::terms::{OfficerId, UnitId};

fn with_partner(care_need: CareNeed, partner: &[(DutyKind, &str, &str)]) -> Desk {
    let mut desk = desk();
    let shifts = partner.iter().enumerate();
    desk.partner = shifts.map(|(n, (kind, from, to))| shift(desk.zone, 500 + n, *kind, from, to)).collect();
    desk.care_need = Some(care_need);
    desk
}

#[test]
fn never_both_at_night() {
    let night = [(DutyKind::Overnight, "2025-03-03 20:00", "2025-03-04 06:00")];
    for (care_need, told) in [(CareNeed::Registered, vec![said("rest.couple", "block")]), (CareNeed::None, vec![])] {
        let mut desk = with_partner(care_need, &night);
        desk.nightly("2025-03-03", 1, "21:00", "05:00");
        assert_eq!(desk.says(), told);
    }
    // The night before and after, and a duty that ends before three hours of it.
    for (from, to) in [
        ("2025-03-02 21:00", "2025-03-03 05:00"),
        ("2025-03-04 21:00", "2025-03-05 05:00"),
        ("2025-03-03 16:00", "2025-03-04 00:59"),
    ] {
        let mut desk = with_partner(CareNeed::Registered, &night);
        desk.duty(from, to);
        assert_eq!(desk.says(), [], "{from}");
    }
    let mut desk = with_partner(CareNeed::Registered, &night);
    desk.duty("2025-03-03 16:00", "2025-03-04 01:00");
    assert_eq!(desk.says(), [said("rest.couple", "block")]);
    desk.derogated("2025-03-03", "2025-03-03");
    assert_eq!(desk.says(), [said("rest.couple", "warn")]);
}

#[test]
fn never_both_on_a_statutory_holiday() {
    // 1 October 2025 is statutory; 7 October is a day off that is moved.
    for (on, told) in
        [("2025-10-01", vec![said("rest.couple", "block")]), ("2025-10-07", vec![]), ("2025-09-30", vec![])]
    {
        let (from, to) = (format!("{on} 08:00"), format!("{on} 12:00"));
        let mut desk = with_partner(CareNeed::Registered, &[(DutyKind::Duty, &from, &to)]);
        desk.duty(&format!("{on} 13:00"), &format!("{on} 18:00"));
        assert_eq!(desk.says(), told, "{on}");
    }
}

#[test]
fn a_common_rest_day_in_fourteen() {
    for (days, told) in [(13, vec![]), (14, vec![said("rest.couple", "warn")])] {
        // They take turns, a day each.
        let mut desk = with_partner(CareNeed::None, &[]);
        for n in 0..days {
            let on = day("2025-03-03") + chrono::Duration::days(n);
            let (from, to) = (format!("{on} 08:00"), format!("{on} 12:00"));
            if n % 2 == 0 {
                desk.duty(&from, &to);
            } else {
                desk.partner.push(shift(desk.zone, 500 + usize::try_from(n).unwrap(), DutyKind::Duty, &from, &to));
            }
        }
        assert_eq!(desk.says(), told, "{days}");
    }
}

/// The stretches that are told, as first and last date.
fn told(found: &[Found]) -> Vec<(NaiveDate, NaiveDate)> {
    let of = found.iter().filter(|one| one.finding.rule == "rest.couple");
    of.map(|one| (one.from, one.to)).collect()
}

/// Both in turns on each of so many dates.
fn in_turns(desk: &mut Desk, first: NaiveDate, days: i64) {
    for n in 0..days {
        let on = first + chrono::Duration::days(n);
        let (from, to) = (format!("{on} 08:00"), format!("{on} 12:00"));
        if n % 2 == 0 {
            desk.duty(&from, &to);
        } else {
            let id = 5000 + desk.partner.len();
            desk.partner.push(shift(desk.zone, id, DutyKind::Duty, &from, &to));
        }
    }
}

/// One stretch is one finding, whenever it begins; of one that goes on for more than eight weeks the parts meet, and none is
/// shorter than what the rule asks about. Each is as long as its dates are.
#[test]
fn a_stretch_is_told_once() {
    for later in 0..42 {
        let first = day("2025-03-03") + chrono::Duration::days(later);
        for days in [14, 15, 27, 28, 37, 55, 56, 60, 84, 120, 200] {
            let mut desk = with_partner(CareNeed::None, &[]);
            in_turns(&mut desk, first, days);
            let found = desk.check("2025-01-01", "2026-12-31");
            let parts = told(&found);
            let last = first + chrono::Duration::days(days - 1);
            assert_eq!((parts[0].0, parts[parts.len() - 1].1), (first, last), "{later} {days}");
            assert!(days > 55 || parts.len() == 1, "{later} {days} {parts:?}");
            assert!(parts.windows(2).all(|two| two[0].1.succ_opt() == Some(two[1].0)), "{parts:?}");
            for one in found.iter().filter(|one| one.finding.rule == "rest.couple") {
                let long = (one.to - one.from).num_days() + 1;
                assert_eq!(one.finding.measured["days_without_common_rest"], long, "{later} {days} {one:?}");
                assert!((14..=96).contains(&long), "{later} {days} {long}");
            }
        }
    }
}

/// A common rest day leaves of a stretch what is still too long, on either side; the day before and after it as well.
#[test]
fn a_common_rest_day_divides_a_stretch() {
    let first = day("2025-03-03");
    for (free, expected) in [(0, vec![(1, 27)]), (13, vec![(14, 27)]), (14, vec![(0, 13)]), (27, vec![(0, 26)])] {
        let mut desk = with_partner(CareNeed::None, &[]);
        in_turns(&mut desk, first, 28);
        let on = first + chrono::Duration::days(free);
        desk.shifts.retain(|shift| shift.starts_at.date_naive() != on);
        desk.partner.retain(|shift| shift.starts_at.date_naive() != on);
        let dates = |(from, to): (i64, i64)| (first + chrono::Duration::days(from), first + chrono::Duration::days(to));
        let expected: Vec<_> = expected.into_iter().map(dates).collect();
        assert_eq!(told(&desk.check("2025-01-01", "2025-12-31")), expected, "{free}");
    }
}

/// Night for night the same stretches are told, with the same dates, however the dates that are looked at move over them, and
/// although only so much of the past and of what is to come is known.
#[test]
fn night_for_night_the_same() {
    for (days, later) in [(37, 0), (37, 20), (56, 5), (130, 11), (300, 3)] {
        let mut whole = with_partner(CareNeed::None, &[]);
        in_turns(&mut whole, day("2025-03-03") + chrono::Duration::days(later), days);
        let all = told(&whole.check("2025-01-01", "2026-12-31"));
        for night in 0..days + 60 {
            let on = day("2025-02-20") + chrono::Duration::days(night);
            let (from, to) = (on - chrono::Duration::days(7), on + chrono::Duration::days(35));
            let (first, last) = (from - Days::new(LOOK_BACK_DAYS), to + Days::new(LOOK_AHEAD_DAYS));
            let is_known = |shift: &Shift| (first..=last).contains(&shift.starts_at.date_naive());
            let mut known = with_partner(CareNeed::None, &[]);
            known.shifts = whole.shifts.iter().filter(|one| is_known(one)).copied().collect();
            known.partner = whole.partner.iter().filter(|one| is_known(one)).copied().collect();
            let expected: Vec<_> = all.iter().filter(|one| one.0 <= to && from <= one.1).copied().collect();
            assert_eq!(told(&known.check(&from.to_string(), &to.to_string())), expected, "{days} {on}");
        }
    }
}

/// Taking duty away asks for no reason, also where it leaves a stretch that lies over a cut; one day more does.
#[test]
fn only_a_longer_stretch_is_caused() {
    let first = day("2025-03-03");
    let mut before = with_partner(CareNeed::None, &[]);
    in_turns(&mut before, first, 120);
    let law = before.law();
    let (from, to) = (day("2025-01-01"), day("2025-12-31"));
    let of_couple = |found: Vec<Found>| found.into_iter().filter(|one| one.finding.rule == "rest.couple").count();
    for gone in 0..before.shifts.len() {
        let mut after = with_partner(CareNeed::None, &[]);
        in_turns(&mut after, first, 120);
        after.shifts.remove(gone);
        assert_eq!(of_couple(assess_change(&before.person(), &after.person(), &law, from, to)), 0, "{gone}");
        assert!(of_couple(assess_change(&after.person(), &before.person(), &law, from, to)) > 0 || gone == 0, "{gone}");
    }
    let mut longer = with_partner(CareNeed::None, &[]);
    in_turns(&mut longer, first, 121);
    assert_eq!(of_couple(assess_change(&before.person(), &longer.person(), &law, from, to)), 1);
}

fn members(present: usize, off: usize, away: usize) -> Vec<Member<'static>> {
    let of = |presence, count| {
        (0..count).map(move |_| Member {
            officer_id: OfficerId(Uuid::nil()),
            presence,
            post: Post::Member,
            skills: &[],
        })
    };
    of(Presence::OnDuty, present).chain(of(Presence::Off, off)).chain(of(Presence::Away, away)).collect()
}

/// What is refused.
fn refused(members: &[Member<'_>], staffing: &Staffing<'_>) -> Vec<String> {
    let policies = policies_with(&[]);
    let version = policies.rest(Place::in_force(Category::Police), day("2025-03-03")).unwrap();
    let found = strength(version, day("2025-03-03"), members, staffing);
    found.iter().filter(|one| one.blocks()).map(|one| one.measured["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_unit_keeps_its_strength() {
    let staffing = Staffing { minimum_present: Some(3), skills: &[] };
    assert_eq!(refused(&members(3, 5, 5), &staffing), Vec::<String>::new());
    assert_eq!(refused(&members(2, 5, 5), &staffing), ["present"]);
    // Without a number one in five may be away, and always one.
    let open = Staffing::default();
    assert_eq!(refused(&members(0, 8, 2), &open), Vec::<String>::new());
    assert_eq!(refused(&members(0, 7, 3), &open), ["away"]);
    assert_eq!(refused(&members(0, 1, 1), &open), Vec::<String>::new());
    let mut long = members(0, 8, 2);
    long[0].presence = Presence::LongAway;
    assert_eq!(refused(&long, &open), ["away"]);
}

#[test]
fn skills_and_heads() {
    let skills = ["driver".to_owned()];
    let asked = [SkillMinimum { skill: "driver".to_owned(), minimum: 1 }];
    let staffing = Staffing { minimum_present: Some(1), skills: &asked };
    let mut some = members(2, 1, 0);
    assert_eq!(refused(&some, &staffing), ["skill"]);
    some[2].skills = &skills;
    assert_eq!(refused(&some, &staffing), ["skill"]);
    some[1].skills = &skills;
    assert_eq!(refused(&some, &staffing), Vec::<String>::new());
    // Head and deputy off together.
    let staffing = Staffing { minimum_present: Some(1), skills: &[] };
    some[2].post = Post::Head;
    assert_eq!(refused(&some, &staffing), Vec::<String>::new());
    some.push(Member { post: Post::Deputy, presence: Presence::Away, ..some[2] });
    assert_eq!(refused(&some, &staffing), ["heads"]);
    some[3].presence = Presence::OnDuty;
    assert_eq!(refused(&some, &staffing), Vec::<String>::new());
}

#[test]
fn the_holidays_are_those_of_the_unit() {
    // 3 March is an ordinary Monday for the force, and a holiday of the unit that the two are in from April on.
    let unit = UnitId(uuid::Uuid::from_u128(7));
    let holiday = |date: &str| SpecialDay { date: day(date), class: DayClass::StatutoryHoliday, name: None };
    let days = vec![holiday("2025-03-03"), holiday("2025-04-07")];
    let published =
        PublishedYear { id: row_id(9), unit_id: Some(unit), year: 2025, status: YearStatus::Official, days };
    for (date, told) in
        [("2025-03-03", vec![]), ("2025-04-07", vec![said("rest.couple", "block")]), ("2025-04-08", vec![])]
    {
        let mut desk = desk();
        desk.calendars = desk.calendars.with_published(std::slice::from_ref(&published));
        desk.facts.units = vec![
            Dated { from: day("2020-01-01"), value: vec![] },
            Dated { from: day("2025-04-01"), value: vec![unit] },
        ];
        desk.care_need = Some(CareNeed::Registered);
        desk.daily(date, 1, "09:00", "17:00");
        desk.partner = vec![shift(desk.zone, 500, DutyKind::Duty, &format!("{date} 08:00"), &format!("{date} 12:00"))];
        assert_eq!(desk.says(), told, "{date}");
    }
}
