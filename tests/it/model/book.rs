//! The book: what one officer's annual leave of one year must come to, kept by hand. It knows nothing of lots, ledgers or
//! the crate's rules: only how many days the law gives on each date, and which days are spoken for.
//!
//! All days of the year end with it, so one sum decides (RULINGS 11): on every date, what is spoken for up to it is no
//! more than what has been given by then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// The leave year of the book.
pub const YEAR: i32 = 2026;

/// What a calendar for people on their office wall says.
pub struct Wall {
    holidays: BTreeSet<NaiveDate>,
    makeup_workdays: BTreeSet<NaiveDate>,
}

impl Wall {
    /// Reads the table of days that are no ordinary weekday or weekend day.
    pub fn read(table: &str) -> Self {
        let mut wall = Self { holidays: BTreeSet::new(), makeup_workdays: BTreeSet::new() };
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let (date, class) = (cells.next().unwrap().parse().unwrap(), cells.next().unwrap());
            if class == "makeup_workday" {
                wall.makeup_workdays.insert(date)
            } else {
                wall.holidays.insert(date)
            };
        }
        wall
    }

    pub fn is_working(&self, date: NaiveDate) -> bool {
        let is_weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        self.makeup_workdays.contains(&date) || !is_weekend && !self.holidays.contains(&date)
    }

    /// The n-th working day after a date.
    fn nth_after(&self, date: NaiveDate, n: usize) -> NaiveDate {
        date.iter_days().skip(1).filter(|day| self.is_working(*day)).nth(n - 1).unwrap()
    }
}

/// Dates with perhaps half days at the ends; quantities are half days throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub from_noon: bool,
    pub until_noon: bool,
}

impl Span {
    /// The halves of each date, working or not.
    fn halves(&self) -> BTreeMap<NaiveDate, Vec<&'static str>> {
        let dates = self.from.iter_days().take_while(|date| *date <= self.to);
        let halves = |date: NaiveDate| match (date == self.from && self.from_noon, date == self.to && self.until_noon) {
            (true, _) => vec!["pm"],
            (_, true) => vec!["am"],
            _ => vec!["am", "pm"],
        };
        dates.map(|date| (date, halves(date))).collect()
    }

    /// What it costs, by date.
    fn cost(&self, wall: &Wall) -> BTreeMap<NaiveDate, i32> {
        let working = self.halves().into_iter().filter(|(date, _)| wall.is_working(*date));
        working.map(|(date, halves)| (date, i32::try_from(halves.len()).unwrap())).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Granted,
    Over,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub span: Span,
    pub state: State,
    /// The last date on which it can be decided.
    pub until: NaiveDate,
    /// Dates that are leave no longer, because the officer was called back.
    pub gone: BTreeSet<NaiveDate>,
    /// How many working dates among them were recalled.
    pub recalled: usize,
}

impl Request {
    /// What of it still costs something, by date.
    fn cost(&self, wall: &Wall) -> BTreeMap<NaiveDate, i32> {
        self.span.cost(wall).into_iter().filter(|(date, _)| !self.gone.contains(date)).collect()
    }

    fn slots(&self) -> Vec<(NaiveDate, &'static str)> {
        slots(&self.span).into_iter().filter(|(date, _)| !self.gone.contains(date)).collect()
    }
}

/// The columns of a balance, in half days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    pub entitled: i32,
    pub carried_in: i32,
    pub adjusted: i32,
    pub credited: i32,
    pub carried_out: i32,
    pub taken: i32,
    pub approved: i32,
    pub pending: i32,
    /// `None` where a corrected fact has left booked days without cover: then a person decides.
    pub available: Option<i32>,
}

/// The book of one officer.
pub struct Book<'a> {
    pub wall: &'a Wall,
    pub today: NaiveDate,
    pub service_from: NaiveDate,
    pub requests: Vec<Request>,
    pub carried_in: i32,
    pub carried_out: i32,
    pub given: i32,
    pub taken_away: i32,
    /// What recalls gave beside the days that came back, and from when on.
    pub credits: Vec<(NaiveDate, i32)>,
}

pub fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(YEAR, 12, 31).unwrap()
}

impl Book<'_> {
    /// What the law gives police on a date: 5, 10, 15 days from the month after one, ten, twenty full years.
    pub fn entitled_on(&self, on: NaiveDate) -> i32 {
        let reached = |years: u32| {
            let full = self.service_from + Months::new(12 * years);
            let next_month = full.with_day(1).unwrap() + Months::new(1);
            next_month <= on
        };
        [(20, 30), (10, 20), (1, 10)].into_iter().find(|(years, _)| reached(*years)).map_or(0, |(_, halves)| halves)
    }

    /// Time passes: what nobody decided in time is over.
    pub fn pass(&mut self, days: u64) {
        self.today = self.today + Days::new(days);
        for request in &mut self.requests {
            if request.state == State::Pending && request.until < self.today {
                request.state = State::Over;
            }
        }
    }

    fn live(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(|request| request.state != State::Over)
    }

    /// What would be left at the end of each date, were `more` spoken for too.
    fn left(&self, on: NaiveDate, more: &BTreeMap<NaiveDate, i32>) -> i32 {
        let booked: i32 = self
            .live()
            .flat_map(|request| request.cost(self.wall))
            .chain(more.clone())
            .filter(|(date, _)| *date <= on)
            .map(|(_, halves)| halves)
            .sum();
        let gone = if on == last_day() { self.carried_out + self.taken_away } else { 0 };
        self.entitled_on(on) + self.carried_in + self.given + self.credited(on) - gone - booked
    }

    /// What recalls have given by a date.
    pub fn credited(&self, on: NaiveDate) -> i32 {
        self.credits.iter().filter(|(from, _)| *from <= on).map(|(_, halves)| halves).sum()
    }

    fn fits(&self, more: &BTreeMap<NaiveDate, i32>) -> bool {
        dates().all(|date| self.left(date, more) >= 0)
    }

    /// Whether everything booked is covered.
    pub fn is_sound(&self) -> bool {
        self.fits(&BTreeMap::new())
    }

    pub fn columns(&self, on: NaiveDate) -> Columns {
        let sum = |state: State, dated: &dyn Fn(NaiveDate) -> bool| {
            let of_state = self.live().filter(|request| request.state == state);
            of_state.flat_map(|request| request.cost(self.wall)).filter(|(date, _)| dated(*date)).map(|(_, n)| n).sum()
        };
        let free = dates().filter(|date| *date >= on).map(|date| self.left(date, &BTreeMap::new())).min().unwrap();
        Columns {
            entitled: self.entitled_on(on),
            carried_in: self.carried_in,
            adjusted: self.given - self.taken_away,
            credited: self.credited(last_day()),
            carried_out: self.carried_out,
            taken: sum(State::Granted, &|date| date <= on),
            approved: sum(State::Granted, &|date| date > on),
            pending: sum(State::Pending, &|_| true),
            available: self.is_sound().then_some(free),
        }
    }

    /// Whether a span can be asked for now.
    pub fn may_ask(&self, span: &Span) -> bool {
        let held: BTreeSet<_> = self.live().flat_map(Request::slots).collect();
        let cost = span.cost(self.wall);
        span.from >= self.today
            && !cost.is_empty()
            && slots(span).iter().all(|slot| !held.contains(slot))
            && self.fits(&cost)
    }

    pub fn ask(&mut self, span: Span) {
        let until = span.from.max(self.wall.nth_after(self.today, 3));
        let (gone, recalled) = (BTreeSet::new(), 0);
        self.requests.push(Request { span, state: State::Pending, until, gone, recalled });
    }

    /// A date that could be asked for instead of a request.
    pub fn alternative(&mut self, request: usize) -> Option<NaiveDate> {
        let state = std::mem::replace(&mut self.requests[request].state, State::Over);
        let asked = self.requests[request].span;
        let whole = |date| Span { from: date, to: date, from_noon: false, until_noon: false };
        let free = dates().find(|date| whole(*date) != asked && self.may_ask(&whole(*date)));
        self.requests[request].state = state;
        free
    }

    /// Whether so much can be taken away: as if it were leave on the last day.
    pub fn may_take_away(&self, halves: i32) -> bool {
        self.fits(&BTreeMap::from([(last_day(), halves)]))
    }

    /// What of the year can be carried out for certain, and at the most: in between the order of use decides.
    pub fn carriable(&self) -> (i32, i32) {
        let left = self.left(last_day(), &BTreeMap::new());
        (
            left - self.carried_in - self.given - self.credited(last_day()),
            left.min(self.entitled_on(last_day()) - self.carried_out),
        )
    }

    /// Gives one end of granted leave back, or all of it; what would stay and cost nothing goes too.
    pub fn cancel(&mut self, request: usize, from: NaiveDate, to: NaiveDate) {
        let request = &mut self.requests[request];
        let (is_head, is_tail) = (from == request.span.from, to == request.span.to);
        let mut rest = request.span;
        if is_head {
            (rest.from, rest.from_noon) = (to + Days::new(1), false);
        } else {
            (rest.to, rest.until_noon) = (from - Days::new(1), false);
        }
        if is_head && is_tail || rest.cost(self.wall).is_empty() {
            request.state = State::Over;
        } else {
            request.span = rest;
        }
    }
}

impl Book<'_> {
    /// Whether an officer who is on leave can be called back on some dates.
    pub fn may_recall(&self, request: usize, from: NaiveDate, to: NaiveDate) -> bool {
        let request = &self.requests[request];
        let runs = request.span.from <= self.today && self.today <= request.span.to;
        runs && self.today <= from && to <= request.span.to && request.gone.range(from..=to).next().is_none()
    }

    /// Of six halves of leave or more the first two working dates give four halves each, every further one three; what a date
    /// cost is part of that. The rest of a leave of which nothing follows is leave no longer.
    pub fn recall(&mut self, request: usize, from: NaiveDate, to: NaiveDate) {
        let request = &mut self.requests[request];
        let whole: i32 = request.span.cost(self.wall).values().sum();
        let (mut credit, mut since) = (0, None);
        for (on, halves) in request.cost(self.wall).range(from..=to) {
            if whole >= 6 {
                credit += if request.recalled < 2 { 4 } else { 3 } - halves;
                since = since.or(Some(*on));
            }
            request.recalled += 1;
        }
        self.credits.extend(since.map(|since| (since, credit)));
        let until = |first: NaiveDate, last: NaiveDate| first.iter_days().take_while(move |date| *date <= last);
        request.gone.extend(until(from, to));
        let over = match request.cost(self.wall).keys().max() {
            None => Some(request.span.from),
            Some(last) => request.gone.iter().find(|date| *date > last).copied(),
        };
        request.gone.extend(over.into_iter().flat_map(|first| until(first, request.span.to)));
    }
}

fn slots(span: &Span) -> Vec<(NaiveDate, &'static str)> {
    span.halves().into_iter().flat_map(|(date, halves)| halves.into_iter().map(move |half| (date, half))).collect()
}

fn dates() -> impl Iterator<Item = NaiveDate> {
    NaiveDate::from_ymd_opt(YEAR, 1, 1).unwrap().iter_days().take_while(|date| *date <= last_day())
}
