//! The roster of one station: four teams in turn, by day, by night, off and at rest; published for the weeks around today.

use chrono::{Days, NaiveDate, NaiveTime};

use super::{Bureau, absent};
use crate::app::duty::patterns::{self, Assignment, CycleDay, Generation, NewPattern};
use crate::app::duty::publish;
use crate::app::error::Error;
use crate::cli::demo::names::{STATION, UNITS};
use crate::cli::demo::people::{HEAD_WITH_SPOUSE, PERSONNEL_OFFICERS};
use crate::rules::duty::{DutyKind, RestDayKind};
use crate::rules::terms::{Category, OfficerId, UnitId};

/// Days before today on which the roster begins.
const DAYS_BACK: u64 = 21;
/// Days after today on which it ends.
const DAYS_AHEAD: u64 = 35;
/// Minutes of a shift, by day and by night.
const SHIFT_MINUTES: i64 = 720;
/// Teams.
const TEAMS: i32 = 4;

impl Bureau<'_> {
    /// Plans and publishes the station's roster, as hr: rest days of dates that are over are for hr alone to enter.
    pub(super) fn keep_roster(&mut self, today: NaiveDate) -> Result<(), Error> {
        let unit_id = *self.units.get(STATION).ok_or_else(|| absent("unit"))?;
        let place = self.roster.place(PERSONNEL_OFFICERS[0]).ok_or_else(|| absent("person"))?;
        let ctx = self.ctx(self.own(place)?);
        let from = today.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(today);
        let to = today.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(today);
        let new = turns(unit_id);
        let assignments = self.teams(today)?;
        self.database.write(|tx| {
            let pattern = patterns::create(tx, &ctx, &new)?;
            let asked = Generation {
                pattern_id: pattern.pattern.id,
                unit_id,
                from,
                to,
                first_team_on: None,
                assignments: assignments.clone(),
                override_reason: None,
            };
            patterns::generate(tx, &ctx, &asked)?;
            publish::publish(tx, &ctx, unit_id, from, to).map(drop)
        })
    }

    /// Everybody of the station who takes turns: not its head, whose spouse is planned for by somebody else.
    fn teams(&self, today: NaiveDate) -> Result<Vec<Assignment>, Error> {
        let listed = self.database.read(|connection| {
            let unit = *self.units.get(STATION).ok_or_else(|| absent("unit"))?;
            let filter = crate::store::officers::Filter { units: Some(vec![unit]), ..Default::default() };
            Ok::<_, Error>(crate::store::officers::list(connection, &filter, today, 1_000)?)
        })?;
        let leading: Vec<OfficerId> = [(STATION, 0), HEAD_WITH_SPOUSE.1]
            .into_iter()
            .filter_map(|who| self.officers.get(&self.roster.place(who)?).copied())
            .collect();
        let turning = listed.into_iter().filter(|one| one.category != Category::Retired);
        let turning = turning.map(|one| one.officer.id).filter(|officer| !leading.contains(officer));
        Ok((0..).zip(turning).map(|(nth, officer_id)| Assignment { officer_id, team: nth % TEAMS + 1 }).collect())
    }
}

/// 四班两运转: a day, a night, the rest of the night's next day, a rest day.
fn turns(unit_id: UnitId) -> NewPattern {
    let nothing = CycleDay { kind: None, starts: None, minutes: None, counted_minutes: None, rest: None, code: None };
    let shift = |kind, hour, code: &str| CycleDay {
        kind: Some(kind),
        starts: NaiveTime::from_hms_opt(hour, 0, 0),
        minutes: Some(SHIFT_MINUTES),
        code: Some(code.to_owned()),
        ..nothing.clone()
    };
    NewPattern {
        unit_id: Some(unit_id),
        name: format!("{}四班两运转", UNITS.get(STATION).map_or("", |unit| unit.name)),
        teams: TEAMS,
        offset_days: Some(1),
        cycle: vec![
            shift(DutyKind::Duty, 8, "白"),
            shift(DutyKind::Overnight, 20, "夜"),
            CycleDay { code: Some("下".to_owned()), ..nothing.clone() },
            CycleDay { rest: Some(RestDayKind::Weekly), code: Some("休".to_owned()), ..nothing.clone() },
        ],
    }
}
