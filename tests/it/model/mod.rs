//! The model test: whatever is done to one officer's leave, in whatever order, after each act the service says what a
//! small book kept by hand says. The book is in [`book`]; it shares no rule with the service.

mod book;

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use respite::app::doctor::{self, Health};
use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::databases::TestDatabase;
use book::{Book, Columns, Request, Span, State, Wall};

/// How long a run on one database may go on making new cases.
const TIME: Duration = Duration::from_secs(10);

/// One thing that is done. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Act {
    Ask {
        after: u64,
        length: u64,
        from_noon: bool,
        until_noon: bool,
    },
    Approve(usize),
    Reject(usize),
    Withdraw(usize),
    Cancel(usize),
    /// Gives so many dates back, at the beginning or the end.
    CancelEnd {
        which: usize,
        dates: u64,
        at_head: bool,
    },
    /// Calls back from leave, if some runs: so many dates from so many dates ahead on.
    Recall {
        which: usize,
        ahead: u64,
        more: u64,
    },
    CarryIn(i32),
    CarryOut(i32),
    Adjust(i32),
    Pass(u64),
    /// Service is found to have begun so many months before or after January 2016.
    Correct(i32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_u64..90, 0_u64..9, any::<bool>(), any::<bool>())
            .prop_map(|(after, length, from_noon, until_noon)| Act::Ask { after, length, from_noon, until_noon }),
        4 => any::<usize>().prop_map(Act::Approve),
        1 => any::<usize>().prop_map(Act::Reject),
        1 => any::<usize>().prop_map(Act::Withdraw),
        1 => any::<usize>().prop_map(Act::Cancel),
        2 => (any::<usize>(), 1_u64..5, any::<bool>()).prop_map(|(which, dates, at_head)| Act::CancelEnd { which, dates, at_head }),
        4 => (any::<usize>(), 0_u64..4, 0_u64..5).prop_map(|(which, ahead, more)| Act::Recall { which, ahead, more }),
        1 => (1_i32..8).prop_map(Act::CarryIn),
        1 => (1_i32..8).prop_map(Act::CarryOut),
        2 => (-6_i32..8).prop_map(Act::Adjust),
        2 => (1_u64..12).prop_map(Act::Pass),
        1 => (-72_i32..84).prop_map(Act::Correct),
    ]
}

/// The officer of one case, before the service and in the book.
struct Case<'a> {
    force: &'a Force,
    top: &'a Client,
    own: Client,
    officer: Uuid,
    ids: Vec<Uuid>,
    /// What is left of the year before to be carried.
    left_before: i32,
    book: Book<'a>,
}

fn halves(value: &Value) -> i32 {
    // Whole and half days are exact in this form.
    let doubled = value.as_f64().unwrap() * 2.0;
    format!("{doubled:.0}").parse().unwrap()
}

fn days(halves: i32) -> f64 {
    f64::from(halves) / 2.0
}

impl Case<'_> {
    /// Chooses a request in one of these states.
    fn choose(&self, number: usize, states: &[State]) -> Option<usize> {
        let fit: Vec<usize> =
            (0..self.book.requests.len()).filter(|at| states.contains(&self.book.requests[*at].state)).collect();
        (!fit.is_empty()).then(|| fit[number % fit.len()])
    }

    fn path(&self, request: usize, act: &str) -> String {
        format!("/leave-requests/{}/{act}", self.ids[request])
    }

    async fn perform(&mut self, act: &Act) -> Result<(), String> {
        match act {
            Act::Ask { after, length, from_noon, until_noon } => {
                self.ask(*after, *length, *from_noon, *until_noon).await
            }
            Act::Approve(number) => {
                let Some(at) = self.choose(*number, &[State::Pending]) else { return Ok(()) };
                // Where a correction has left days without cover, who decides is told so; the book does not foresee of
                // which request.
                let is_sound = self.book.is_sound();
                let told = self.top.act(&self.path(at, "approve")).await;
                if told.status == 200 {
                    self.book.requests[at].state = State::Granted;
                }
                agree("approve", told.status == 200, is_sound || told.status == 200, &told)
            }
            Act::Reject(number) => {
                let Some(at) = self.choose(*number, &[State::Pending]) else { return Ok(()) };
                // Whoever refuses must offer other dates; where the book knows none in its year, nobody refuses.
                let Some(free) = self.book.alternative(at) else { return Ok(()) };
                let body = json!({"reason": "勤务", "alternatives": [{"from": free, "to": free}]});
                let told = self.top.post(&self.path(at, "reject"), body).await;
                self.book.requests[at].state = State::Over;
                agree("reject", told.status == 200, true, &told)
            }
            Act::Withdraw(number) => {
                let Some(at) = self.choose(*number, &[State::Pending]) else { return Ok(()) };
                let told = self.own.act(&self.path(at, "withdraw")).await;
                self.book.requests[at].state = State::Over;
                agree("withdraw", told.status == 200, true, &told)
            }
            Act::Cancel(number) => self.cancel(*number, None).await,
            Act::CancelEnd { which, dates, at_head } => self.cancel(*which, Some((*dates, *at_head))).await,
            Act::Recall { which, ahead, more } => self.recall(*which, *ahead, *more).await,
            Act::CarryIn(by) => {
                let may = *by <= self.left_before;
                let told = self.carry(2025, *by).await;
                if may {
                    self.left_before -= by;
                    self.book.carried_in += by;
                }
                agree("carry in", told.status == 201, may, &told)
            }
            Act::CarryOut(by) => {
                let (surely, at_most) = self.book.carriable();
                let told = self.carry(2026, *by).await;
                if told.status == 201 {
                    self.book.carried_out += by;
                }
                let may = if *by <= surely { true } else { *by <= at_most && told.status == 201 };
                agree("carry out", told.status == 201, may, &told)
            }
            Act::Adjust(0) => Ok(()),
            // From which of several lots something is taken away decides from when on it is missed; the book knows no lots.
            Act::Adjust(by)
                if *by < 0 && ((self.book.given, self.book.carried_in) != (0, 0) || !self.book.credits.is_empty()) =>
            {
                Ok(())
            }
            Act::Adjust(by) => {
                let may = *by > 0 || self.book.may_take_away(-by);
                let body = json!({"officer_id": self.officer, "kind": "annual", "year": 2026, "days": days(*by), "reason": "核对"});
                let told = self.force.hr.post("/leave-adjustments", body).await;
                if told.status == 201 {
                    *(if *by > 0 { &mut self.book.given } else { &mut self.book.taken_away }) += by.abs();
                }
                agree("adjust", told.status == 201, may, &told)
            }
            Act::Pass(by) => {
                if self.book.today + Days::new(*by) < book::last_day() {
                    self.book.pass(*by);
                    self.force.app.set_clock(&format!("{}T01:00:00Z", self.book.today));
                }
                Ok(())
            }
            Act::Correct(months) => {
                let month = 2016 * 12 + months;
                let from = NaiveDate::from_ymd_opt(month / 12, u32::try_from(month % 12).unwrap() + 1, 17).unwrap();
                let tag = self.force.hr.get(&format!("/officers/{}", self.officer)).await.header("etag").to_owned();
                let body = json!({"service_periods": [{"from": from}]});
                let told =
                    self.force.hr.with("if-match", &tag).patch(&format!("/officers/{}", self.officer), body).await;
                let before = self.book.entitled_on(last_year());
                self.book.service_from = from;
                self.left_before += self.book.entitled_on(last_year()) - before;
                agree("correct", told.status == 200, true, &told)
            }
        }
    }

    async fn ask(&mut self, after: u64, length: u64, from_noon: bool, until_noon: bool) -> Result<(), String> {
        let from = self.book.today + Days::new(after);
        let span = Span { from, to: from + Days::new(length), from_noon, until_noon: until_noon && length > 0 };
        if span.to > book::last_day() {
            return Ok(());
        }
        let body = json!({
            "officer_id": self.officer, "kind": "annual", "from": span.from, "to": span.to,
            "first_day": if span.from_noon { "pm" } else { "full" }, "last_day": if span.until_noon { "am" } else { "full" },
        });
        let may = self.book.may_ask(&span);
        let told = self.own.post("/leave-requests", body).await;
        if told.status == 201 {
            self.ids.push(told.id());
            self.book.ask(span);
        }
        agree("ask", told.status == 201, may, &told)
    }

    async fn cancel(&mut self, number: usize, end: Option<(u64, bool)>) -> Result<(), String> {
        let Some(at) = self.choose(number, &[State::Granted]) else { return Ok(()) };
        let Request { span, .. } = self.book.requests[at].clone();
        let (from, to) = match end {
            None => (span.from, span.to),
            Some((dates, true)) => (span.from, span.to.min(span.from + Days::new(dates - 1))),
            Some((dates, false)) => (span.from.max(span.to - Days::new(dates - 1)), span.to),
        };
        let may = span.from > self.book.today;
        let told = self.own.post(&self.path(at, "cancel"), json!({"reason": "改期", "from": from, "to": to})).await;
        if may {
            self.book.cancel(at, from, to);
        }
        agree("cancel", told.status == 200, may, &told)
    }

    async fn recall(&mut self, which: usize, ahead: u64, more: u64) -> Result<(), String> {
        let granted = |at: &usize| self.book.requests[*at].state == State::Granted;
        let not_over: Vec<usize> = (0..self.book.requests.len())
            .filter(granted)
            .filter(|at| self.book.today <= self.book.requests[*at].span.to)
            .collect();
        let runs = |at: &&usize| self.book.requests[**at].span.from <= self.book.today;
        let running: Vec<usize> = not_over.iter().filter(runs).copied().collect();
        let fit = if running.is_empty() { not_over } else { running };
        if fit.is_empty() {
            return Ok(());
        }
        let at = fit[which % fit.len()];
        let Span { from, to, .. } = self.book.requests[at].span;
        // Where none runs, time passes until one does.
        if let Ok(by @ 1..) = u64::try_from((from - self.book.today).num_days()) {
            self.book.pass(by);
            self.force.app.set_clock(&format!("{}T01:00:00Z", self.book.today));
        }
        let from = (self.book.today + Days::new(ahead)).min(to);
        let to = (from + Days::new(more)).min(to);
        let may = self.book.may_recall(at, from, to);
        let told = self.top.post(&self.path(at, "recall"), json!({"from": from, "to": to, "reason": "专项行动"})).await;
        if may {
            self.book.recall(at, from, to);
        }
        agree("recall", told.status == 200, may, &told)
    }

    async fn carry(&self, from_year: i32, by: i32) -> Told {
        let body =
            json!({"from_year": from_year, "days": days(by), "reason": "work_need", "consent_on": self.book.today});
        self.force.hr.post(&format!("/officers/{}/carry-overs", self.officer), body).await
    }

    /// Compares the balances on some dates.
    async fn compare(&self) -> Result<(), String> {
        let middle = NaiveDate::from_ymd_opt(book::YEAR, 4, 1).unwrap();
        for on in [self.book.today, middle, self.book.today + Days::new(40), book::last_day()] {
            if on > book::last_day() {
                continue;
            }
            let told = self.own.get(&format!("/officers/{}/leave-balances?on={on}", self.officer)).await;
            let item = &told.body["items"][0];
            let read = |name: &str| halves(&item[format!("{name}_days")]);
            let said = Columns {
                entitled: read("entitled"),
                carried_in: read("carried_in"),
                adjusted: read("adjusted"),
                credited: read("credited"),
                carried_out: read("carried_out"),
                taken: read("taken"),
                approved: read("approved"),
                pending: read("pending"),
                available: self.book.is_sound().then(|| read("available")),
            };
            let kept = self.book.columns(on);
            if said != kept {
                return Err(format!("on {on}: the service says\n{said:?}, the book\n{kept:?}\n{item:#}"));
            }
        }
        Ok(())
    }
}

/// The doctor finds nothing wrong; whose leave a corrected fact left without a lot is listed for a person to decide.
async fn assert_sound_or_listed(force: &Force) {
    for check in doctor::examine(&force.app.house.database, &force.app.ctx()).unwrap() {
        if check.name != "live_leave_is_covered_by_entitlement" {
            let may_warn = check.name == "calendar_covers_this_year_and_the_next";
            assert!(check.health == Health::Ok || may_warn && check.health == Health::Warning, "{check:?}");
            continue;
        }
        for badge_no in &check.found {
            let found = force.hr.get(&format!("/officers?badge_no={badge_no}")).await.expect(200);
            let officer = found.body["items"][0]["id"].as_str().unwrap().to_owned();
            let open = force.hr.get(&format!("/leave-conflicts?state=open&officer_id={officer}")).await.expect(200);
            assert_ne!(open.body["items"], json!([]), "{badge_no}");
        }
    }
}

fn last_year() -> NaiveDate {
    NaiveDate::from_ymd_opt(book::YEAR - 1, 12, 31).unwrap()
}

/// The service did it exactly where the book says that it may be done.
fn agree(what: &str, did: bool, may: bool, told: &Told) -> Result<(), String> {
    if did == may {
        Ok(())
    } else {
        Err(format!("{what}: the book says {may}, the service {} {}", told.status, told.body))
    }
}

/// Does all acts to a new officer; where service and book part, says after which act and how.
async fn run(force: &Force, top: &Client, wall: &Wall, number: usize, acts: &[Act]) -> Result<(), String> {
    force.app.set_clock(crate::app::START);
    let badge = format!("{}", 200_000 + number);
    let service_from = NaiveDate::from_ymd_opt(2016, 3, 10).unwrap();
    let officer = force.officer(&badge, &service_from.to_string()).await;
    let own = force.app.lasting(&force.app.as_officer(&badge, officer, &[]).await);
    let book = Book {
        wall,
        today: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap(),
        service_from,
        requests: Vec::new(),
        carried_in: 0,
        carried_out: 0,
        given: 0,
        taken_away: 0,
        credits: Vec::new(),
    };
    let left_before = book.entitled_on(last_year());
    let mut case = Case { force, top, own, officer, ids: Vec::new(), left_before, book };
    for (at, act) in acts.iter().enumerate() {
        let done = match case.perform(act).await {
            Ok(()) => case.compare().await,
            Err(parted) => Err(parted),
        };
        done.map_err(|parted| format!("act {} of {}, {act:?}: {parted}", at + 1, acts.len()))?;
    }
    Ok(())
}

/// Long leave, of which much is recalled.
fn act_of_recall() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => (0_u64..20, 3_u64..12, any::<bool>(), any::<bool>())
            .prop_map(|(after, length, from_noon, until_noon)| Act::Ask { after, length, from_noon, until_noon }),
        5 => any::<usize>().prop_map(Act::Approve),
        6 => (any::<usize>(), 0_u64..4, 0_u64..5).prop_map(|(which, ahead, more)| Act::Recall { which, ahead, more }),
        1 => (any::<usize>(), 1_u64..3, any::<bool>()).prop_map(|(which, dates, at_head)| Act::CancelEnd { which, dates, at_head }),
        2 => (4_i32..12).prop_map(Act::Adjust),
        1 => (1_u64..4).prop_map(Act::Pass),
    ]
}

/// Does many rows of acts, each to an officer of its own; whatever parts service and book is told as short as it can be.
async fn hold(db: TestDatabase, acts: impl Strategy<Value = Vec<Act>>, cases_min: usize) -> Force {
    let mut force = Force::start(db).await;
    force.hr = force.app.lasting(&force.hr);
    let top = force.app.lasting(&force.app.as_role("top", Role::Leader, Some(force.bureau)).await);
    // All of them are of one station: how many may be away at once is not in the book.
    let path = format!("/units/{}/staffing", force.station);
    let nobody = json!({"minimum_present": 0, "skills": []});
    force.hr.with("if-none-match", "*").put(&path, nobody).await.expect(200);
    let wall = Wall::read(include_str!("../../cases/holidays_cn_2024_2026.csv"));
    // Always the same cases: what fails once fails again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (begun, mut number) = (Instant::now(), 0);
    while number < cases_min || begun.elapsed() < TIME {
        number += 1;
        let mut tree = acts.new_tree(&mut runner).unwrap();
        let Err(mut parted) = run(&force, &top, &wall, number, &tree.current()).await else { continue };
        let mut shortest = tree.current();
        // A shorter case that parts too is easier to read.
        let mut tries = 0;
        let mut goes_on = tree.simplify();
        while goes_on && tries < 150 {
            tries += 1;
            number += 1;
            match run(&force, &top, &wall, number, &tree.current()).await {
                Err(again) => {
                    (parted, shortest) = (again, tree.current());
                    goes_on = tree.simplify();
                }
                Ok(()) => goes_on = tree.complicate(),
            }
        }
        panic!("{parted}\nafter {shortest:#?}");
    }
    println!("{number} cases");
    assert_sound_or_listed(&force).await;
    force
}

both! {
    async fn the_service_says_what_the_book_says(db: TestDatabase) {
        hold(db, proptest::collection::vec(act(), 4..24), 12).await;
    }

    /// What is recalled comes back once, what it earns is there once, in whatever order.
    async fn recalls_come_to_what_the_book_says(db: TestDatabase) {
        let force = hold(db, proptest::collection::vec(act_of_recall(), 12..30), 20).await;
        let gave = crate::records::count(&force.app.db, "leave_recalls WHERE credited > 0");
        println!("{gave} recalls that gave something");
        assert!(gave > 5, "{gave}");
    }
}
