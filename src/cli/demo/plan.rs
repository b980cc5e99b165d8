//! What happens in the bureau in a year: who asks for leave, what becomes of it, who comes and goes.

use chrono::{Datelike, Days, NaiveDate};

use super::almanac::Almanac;
use super::dice::Dice;
use super::people::{PROMOTED, Person, RESIGNING, RETIRING, Roster, Seat, TRANSFERRED, WALKER};
use crate::rules::terms::{Category, FirstDay, HalfDays, Instant, LastDay, Span};

/// One leave that somebody asks for, or that the personnel office enters.
#[derive(Debug, Clone)]
pub struct Leave {
    /// Who.
    pub person: usize,
    /// When.
    pub span: Span,
    /// What is noted with it.
    pub note: &'static str,
}

/// One act. Leaves are named by their place in the plan, people by their place in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Somebody comes onto the roll.
    Enrol(usize),
    /// Heads and deputies take office.
    TakeOffice,
    /// Somebody moves to another unit.
    Transfer(usize),
    /// An auxiliary becomes a police officer.
    Promote(usize),
    /// Somebody retires.
    Retire(usize),
    /// Somebody resigns.
    Resign(usize),
    /// Untaken days of a year are carried into the next.
    Carry(usize, i32, HalfDays),
    /// The personnel office adjusts a balance.
    Adjust(usize, HalfDays, &'static str),
    /// The officer asks.
    Ask(usize),
    /// The personnel office enters leave that was taken.
    Enter(usize),
    /// The leader grants it.
    Approve(usize),
    /// The leader refuses it, with alternatives.
    Reject(usize),
    /// The officer takes it back.
    Withdraw(usize),
    /// The officer gives all of it back.
    Cancel(usize),
    /// The officer gives its last date back.
    Shorten(usize),
    /// The personnel office enters that the officer was called back on its last date.
    Recall(usize),
}

/// One act with its instant.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// What.
    pub deed: Deed,
}

/// Everything that happens, in order of time.
#[derive(Debug, Default)]
pub struct Plan {
    /// The leaves.
    pub leaves: Vec<Leave>,
    /// The acts.
    pub events: Vec<Event>,
}

/// What becomes of a request, with the days before today on which it does.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Waits,
    Approved { on: i64 },
    Rejected { on: i64 },
    Withdrawn { on: i64 },
    Cancelled { approved: i64, on: i64 },
    Shortened { approved: i64, on: i64 },
    Recalled { approved: i64, on: i64 },
}

/// The act that is done to somebody.
type MakeDeed = fn(usize) -> Deed;

/// Makes the plan.
pub fn make(roster: &Roster, almanac: &Almanac<'_>, dice: &mut Dice) -> Plan {
    let mut planner = Planner { roster, almanac, plan: Plan::default() };
    planner.people();
    planner.balances(dice);
    planner.walker();
    planner.requests(dice);
    planner.taken(dice);
    planner.new_year();
    let mut plan = planner.plan;
    // The sort is stable: what is planned first happens first among equals.
    plan.events.sort_by_key(|event| event.at);
    plan
}

struct Planner<'a> {
    roster: &'a Roster,
    almanac: &'a Almanac<'a>,
    plan: Plan,
}

impl Planner<'_> {
    fn add(&mut self, on: NaiveDate, hour: i64, deed: Deed) {
        // 37 shares no divisor with the seconds it spreads over: hardly two acts at the same moment.
        let at = self.almanac.at(on, hour, self.plan.events.len() * 37);
        self.plan.events.push(Event { at, deed });
    }

    fn leave(&mut self, person: usize, span: Span, note: &'static str) -> usize {
        self.plan.leaves.push(Leave { person, span, note });
        self.plan.leaves.len() - 1
    }

    /// Who comes and goes.
    fn people(&mut self) {
        let first = self.almanac.first_date();
        for (place, person) in self.roster.0.iter().enumerate() {
            self.add(person.joined_on.max(first), 8, Deed::Enrol(place));
        }
        self.add(first, 9, Deed::TakeOffice);
        let moves: [(Seat, i64, MakeDeed); 4] = [
            (TRANSFERRED, -120, Deed::Transfer),
            (PROMOTED, -90, Deed::Promote),
            (RETIRING, -60, Deed::Retire),
            (RESIGNING, -30, Deed::Resign),
        ];
        for (who, days, deed) in moves {
            if let Some(place) = self.roster.place(who) {
                self.add(self.almanac.workday_until(self.almanac.day(days)), 10, deed(place));
            }
        }
    }

    /// What the personnel office carries over and adjusts.
    fn balances(&mut self, dice: &mut Dice) {
        for year in [self.almanac.today().year() - 2, self.almanac.today().year() - 1, self.almanac.today().year()] {
            let Some(end) = NaiveDate::from_ymd_opt(year, 12, 28) else { continue };
            let on = self.almanac.workday_until(end);
            if on <= self.almanac.first_date() || on >= self.almanac.today() {
                continue;
            }
            let some: Vec<usize> = self.settled().filter(|place| place % 11 == 3 || self.is(*place, WALKER)).collect();
            for place in some {
                self.add(on, 15, Deed::Carry(place, year, HalfDays(dice.between(2, 6).try_into().unwrap_or(2))));
            }
        }
        let adjustments = [
            (HalfDays(2), "历史台账核对：补记1天"),
            (HalfDays(-2), "历史台账核对：多记1天"),
            (HalfDays(4), "年度表彰奖励休假2天"),
            (HalfDays(1), "加班核对：补记半天"),
            (HalfDays(-1), "重复登记更正：扣减半天"),
        ];
        let some: Vec<usize> = self.settled().filter(|place| place % 29 == 7).collect();
        let on = self.almanac.workday_until(self.almanac.day(-12));
        for (place, (days, reason)) in some.into_iter().zip(adjustments.into_iter().cycle()) {
            self.add(on, 16, Deed::Adjust(place, days, reason));
        }
    }

    /// The officer of the walk through the interface: a little taken, one leave approved.
    fn walker(&mut self) {
        let Some(place) = self.roster.place(WALKER) else { return };
        self.enter(place, -80, 3, "纸质审批单补录");
        if let Some(span) = self.almanac.leave(self.almanac.day(30), 3) {
            self.ask(place, span, "回老家看望父母", -9, Fate::Approved { on: -8 });
        }
    }

    /// Requests of every state, as they stand today.
    fn requests(&mut self, dice: &mut Dice) {
        let long_ago = (self.almanac.undecided_since(3) - self.almanac.today()).num_days();
        let people: Vec<usize> = self.settled().filter(|place| !self.is(*place, WALKER)).collect();
        // How many, when asked, first date, what becomes of them, why.
        let kinds: [(usize, i64, i64, Fate, &'static str); 11] = [
            (14, -1, 9, Fate::Waits, "陪孩子参加夏令营"),
            (5, long_ago, 24, Fate::Waits, "年度休假计划"),
            (26, -14, 4, Fate::Approved { on: -12 }, "年度休假计划"),
            (9, -20, -1, Fate::Approved { on: -18 }, "家中装修"),
            (3, -40, -24, Fate::Approved { on: -38 }, "外出旅游"),
            (7, -16, 12, Fate::Rejected { on: -14 }, "探亲"),
            (6, -11, 15, Fate::Withdrawn { on: -9 }, "个人事务"),
            (5, -34, -22, Fate::Waits, "个人事务"),
            (5, -19, 10, Fate::Cancelled { approved: -17, on: -4 }, "年度休假计划"),
            (2, -19, 12, Fate::Shortened { approved: -17, on: -3 }, "年度休假计划"),
            (2, -32, -20, Fate::Recalled { approved: -30, on: -3 }, "年度休假计划"),
        ];
        let mut at = people.iter().skip(1).step_by(3);
        for (count, asked, from, fate, note) in kinds {
            for number in 0..count {
                let Some(place) = at.next() else { return };
                let running = from == -1;
                let from = if running {
                    self.almanac.workday_until(self.almanac.day(0))
                } else {
                    self.almanac.day(from + i64::try_from(number).unwrap_or_default() * 2)
                };
                let days = if running { 3 } else { 2 + usize::try_from(dice.below(3)).unwrap_or_default() };
                let (first, last) = match number % 4 {
                    1 => (FirstDay::Pm, LastDay::Full),
                    3 => (FirstDay::Full, LastDay::Am),
                    _ => (FirstDay::Full, LastDay::Full),
                };
                if let Some(span) = self.almanac.half_day_leave(from, days, first, last) {
                    self.ask(*place, span, note, asked, fate);
                }
            }
        }
    }

    /// Leave that was taken on paper and entered afterwards.
    fn taken(&mut self, dice: &mut Dice) {
        let people: Vec<usize> = self.settled().filter(|place| !self.is(*place, WALKER)).collect();
        for place in people {
            let times = [1, 1, 2, 2, 0].get(usize::try_from(dice.below(5)).unwrap_or_default()).copied().unwrap_or(1);
            let mut ago = -dice.between(45, 130);
            for _ in 0..times {
                let days = 1 + usize::try_from(dice.below(4)).unwrap_or_default();
                self.enter(place, ago, days, "纸质审批单补录");
                ago -= dice.between(40, 120);
            }
        }
    }

    /// Leave over the turn of the year: the one behind us, entered, and the one to come, asked for.
    fn new_year(&mut self) {
        let year = self.almanac.today().year();
        let people: Vec<usize> = self.settled().filter(|place| place % 37 == 5 && !self.is(*place, WALKER)).collect();
        for (number, place) in people.into_iter().enumerate() {
            let behind = self.almanac.over_new_year(year - 1).filter(|span| span.to() < self.almanac.day(-3));
            if let Some(span) = behind {
                let leave = self.leave(place, span, "跨年休假补录");
                let on = self.almanac.workday_from(span.to().checked_add_days(Days::new(1)).unwrap_or(span.to()));
                self.add(on, 14, Deed::Enter(leave));
            }
            let ahead = self.almanac.over_new_year(year).filter(|span| span.from() > self.almanac.today());
            if let Some(span) = ahead {
                let fate = if number % 2 == 0 { Fate::Approved { on: -2 } } else { Fate::Waits };
                self.ask(place, span, "跨年休假", -3, fate);
            }
        }
    }

    fn is(&self, place: usize, who: Seat) -> bool {
        self.roster.0.get(place).is_some_and(|person| (person.unit, person.rank) == who)
    }

    /// People with at least a year of work who stay where they are.
    fn settled(&self) -> impl Iterator<Item = usize> + use<'_> {
        let today = self.almanac.today();
        let moving = [TRANSFERRED, PROMOTED, RETIRING, RESIGNING];
        let stays = move |person: &Person| {
            person.category != Category::Retired
                && !moving.contains(&(person.unit, person.rank))
                && (today - person.joined_on).num_days() > 3 * 365
        };
        self.roster.0.iter().enumerate().filter(move |(_, person)| stays(person)).map(|(place, _)| place)
    }

    fn enter(&mut self, place: usize, days_from_today: i64, working_days: usize, note: &'static str) {
        let from = self.almanac.day(days_from_today);
        let Some(span) = self.almanac.leave(from, working_days) else { return };
        let after = span.to().checked_add_days(Days::new(1)).unwrap_or(span.to());
        let on = self.almanac.workday_from(after);
        let first = self.almanac.first_date();
        if on < self.almanac.today() && from > first {
            let leave = self.leave(place, span, note);
            self.add(on, 11, Deed::Enter(leave));
        }
    }

    fn ask(&mut self, place: usize, span: Span, note: &'static str, asked: i64, fate: Fate) {
        let leave = self.leave(place, span, note);
        let on = |days: i64| self.almanac.workday_until(self.almanac.day(days));
        let asked = on(asked);
        let act = match fate {
            Fate::Waits => Vec::new(),
            Fate::Approved { on: days } => vec![(on(days), Deed::Approve(leave))],
            Fate::Rejected { on: days } => vec![(on(days), Deed::Reject(leave))],
            Fate::Withdrawn { on: days } => vec![(on(days), Deed::Withdraw(leave))],
            Fate::Cancelled { approved, on: days } => {
                vec![(on(approved), Deed::Approve(leave)), (on(days), Deed::Cancel(leave))]
            }
            Fate::Shortened { approved, on: days } => {
                vec![(on(approved), Deed::Approve(leave)), (on(days), Deed::Shorten(leave))]
            }
            Fate::Recalled { approved, on: days } => {
                vec![(on(approved), Deed::Approve(leave)), (on(days), Deed::Recall(leave))]
            }
        };
        self.add(asked, 9, Deed::Ask(leave));
        for (step, (date, deed)) in act.into_iter().enumerate() {
            // In long holidays several steps fall on one working day: then one after the other.
            let hour = if step == 0 { 14 } else { 16 };
            self.add(date.max(asked), hour, deed);
        }
    }
}
