//! Jobs: claimed once by several instances, taken over, made up in order, tried again, never done twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use chrono_tz::Tz;
use respite::app::error::Error;
use respite::app::hindrance::Hindrance;
use respite::app::works::Works;
use respite::jobs::{Broken, By, Happened, Job, Missed, Plan, Run, Stop, Told, by_hand, stopping, tick};
use serde_json::{Value, json};

use crate::app::App;
use crate::records;

/// What a job saw: the date and the instant of each run, in order.
type Seen = Arc<Mutex<Vec<String>>>;

fn plan(job: Job) -> Plan {
    Plan { zone: Tz::Asia__Shanghai, back: TimeDelta::days(31), keep: TimeDelta::days(92), jobs: vec![job] }
}

/// A nightly job that notes its runs.
fn nightly(seen: &Seen, missed: Missed) -> Plan {
    let seen = Arc::clone(seen);
    plan(Job::new("nightly", "30 2 * * *", missed, move |run| note(&seen, run)).unwrap())
}

fn note(seen: &Seen, run: &mut Run<'_>) -> Result<Value, Broken> {
    let (seen, on) = (Arc::clone(seen), run.due.on);
    run.write(move |_, ctx| {
        seen.lock().unwrap().push(format!("{on} {}", ctx.moment.today()));
        Ok(())
    })?;
    Ok(json!({"on": on}))
}

fn look(app: &App, plan: &Plan, holder: &str) -> Vec<Told> {
    tick(&By { works: Works::of(&app.house), holder, stop: Stop::never() }, plan, None).unwrap()
}

/// Makes the first run of the nightly job, on a date after which nights can be missed.
fn begin(app: &App, at: &str) {
    app.set_clock(at);
    assert_eq!(look(app, &nightly(&Seen::default(), Missed::Each), "first").len(), 1);
}

fn happened(told: &[Told]) -> Vec<&Happened> {
    told.iter().map(|one| &one.happened).collect()
}

fn is_done(told: &Told) -> bool {
    matches!(told.happened, Happened::Done(_))
}

fn states(app: &App) -> Vec<String> {
    let query = "SELECT state || ' ' || attempt AS t FROM job_runs ORDER BY due_at";
    records::texts(&app.db, query)
}

both! {
    /// After days of downtime every missed run is made, in order, with its own date; a second look does nothing.
    async fn missed_runs_are_made_up_in_order_and_once(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let plan = nightly(&seen, Missed::Each);
        app.set_clock("2026-03-02T18:30:00Z");
        let first = look(&app, &plan, "a");
        assert_eq!(first.len(), 1, "a service that never ran missed nothing");
        assert_eq!(first[0].due.on.to_string(), "2026-03-03");
        app.set_clock("2026-03-03T18:29:59Z");
        assert_eq!(look(&app, &plan, "a"), [], "a second early");
        seen.lock().unwrap().clear();
        // Down for three nights.
        app.set_clock("2026-03-06T10:00:00Z");
        let told = look(&app, &plan, "a");
        assert!(told.iter().all(is_done));
        let noted = ["2026-03-04 2026-03-06", "2026-03-05 2026-03-06", "2026-03-06 2026-03-06"];
        assert_eq!(*seen.lock().unwrap(), noted);
        assert_eq!(look(&app, &plan, "a"), []);
        assert_eq!(look(&app, &plan, "b"), []);
        assert_eq!(*seen.lock().unwrap(), noted, "nothing is done twice");
    }

    /// Where the newest stands for all, it is told since when.
    async fn the_newest_may_stand_for_all(db: TestDatabase) {
        let app = App::start(db).await;
        let since: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&since);
        let plan = plan(Job::new("often", "*/15 * * * *", Missed::Newest, move |run| {
            noted.lock().unwrap().push(format!("{} {}", run.since.format("%dT%H:%M"), run.due.at.format("%dT%H:%M")));
            Ok(Value::Null)
        }).unwrap());
        app.set_clock("2026-03-02T01:07:00Z");
        look(&app, &plan, "a");
        app.set_clock("2026-03-02T01:15:00Z");
        look(&app, &plan, "a");
        app.set_clock("2026-03-04T05:00:01Z");
        assert_eq!(look(&app, &plan, "a").len(), 1);
        assert_eq!(*since.lock().unwrap(), ["30T01:07 02T01:00", "02T01:00 02T01:15", "02T01:15 04T05:00"]);
    }

    /// What is older than the limit is not made up.
    async fn there_is_a_limit_to_making_up(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let plan = Plan { back: TimeDelta::days(2), ..nightly(&seen, Missed::Each) };
        app.set_clock("2026-03-02T18:30:00Z");
        assert_eq!(look(&app, &plan, "a").len(), 1);
        app.set_clock("2026-05-02T18:30:00Z");
        let told = look(&app, &plan, "a");
        assert_eq!(told.iter().map(|one| one.due.on.to_string()).collect::<Vec<_>>(), ["2026-05-02", "2026-05-03"]);
    }

    /// Two instances on one database look at the same moment: each run is made by one of them.
    async fn of_many_instances_one_does_it(db: TestDatabase) {
        let db = Arc::new(db);
        let houses = [App::start_on(Arc::clone(&db)).await, App::start_on(Arc::clone(&db)).await];
        let seen = Seen::default();
        let plan = Plan { back: TimeDelta::days(3), ..nightly(&seen, Missed::Each) };
        begin(&houses[0], "2026-03-03T10:00:00Z");
        for house in &houses {
            house.set_clock("2026-03-06T10:00:00Z");
        }
        let told: Vec<Vec<Told>> = std::thread::scope(|scope| {
            let (plan, houses) = (&plan, &houses);
            let threads: Vec<_> = (0..6)
                .map(|at| scope.spawn(move || look(&houses[at % 2], plan, &format!("instance {at}"))))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        // Whoever found a run held left the rest to its holder.
        let done: usize = told.iter().flatten().filter(|one| is_done(one)).count();
        assert_eq!(done, seen.lock().unwrap().len());
        assert!(done >= 1);
        look(&houses[1], &plan, "last");
        let mut dates: Vec<String> = seen.lock().unwrap().iter().map(|line| line[..10].to_owned()).collect();
        assert!(dates.is_sorted(), "{dates:?}");
        dates.dedup();
        assert_eq!(dates, ["2026-03-04", "2026-03-05", "2026-03-06"]);
        assert_eq!(seen.lock().unwrap().len(), 3, "each was made once");
    }

    /// A claim whose holder died is taken over ten minutes after its last sign of life; whoever lost it keeps nothing.
    async fn a_dead_holder_is_followed(db: TestDatabase) {
        let app = App::start(db).await;
        let (done, lost) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&done);
        let good = Plan { back: TimeDelta::days(1), ..plan(Job::new("nightly", "30 2 * * *", Missed::Each, move |run| {
            run.write(|_, _| Ok(count.fetch_add(1, Ordering::Relaxed)))?;
            Ok(Value::Null)
        }).unwrap()) };
        app.set_clock("2026-03-02T18:30:00Z");
        // The first holder stalls in the middle of its run: meanwhile time passes and another looks.
        let (other, count, clock) = (Arc::clone(&app.house), Arc::clone(&lost), app.house.clock.clone());
        let followers = good.clone();
        let stalling = Plan { back: TimeDelta::days(1), ..plan(Job::new("nightly", "30 2 * * *", Missed::Each, move |run| {
            run.write(|_, _| Ok(()))?;
            let look = || {
                let by = By { works: Works::of(&other), holder: "second", stop: Stop::never() };
                tick(&by, &followers, None).unwrap()
            };
            clock.set("2026-03-02T18:39:59Z".parse().unwrap());
            assert_eq!(happened(&look()), [&Happened::Held], "still thought to be at it");
            clock.set("2026-03-02T18:40:00Z".parse().unwrap());
            assert!(is_done(&look()[0]), "taken over");
            run.write(|_, _| Ok(count.fetch_add(1, Ordering::Relaxed)))?;
            Ok(Value::Null)
        }).unwrap()) };
        assert_eq!(happened(&look(&app, &stalling, "first")), [&Happened::Held], "it learns that it lost the run");
        assert_eq!((done.load(Ordering::Relaxed), lost.load(Ordering::Relaxed)), (1, 0));
        assert_eq!(states(&app), ["done 2"]);
        assert_eq!(look(&app, &good, "third"), []);
    }

    /// A failure is tried again, at most five times, and keeps later runs waiting until it is settled.
    async fn failures_are_tried_again_a_few_times(db: TestDatabase) {
        let app = App::start(db).await;
        let broken = Arc::new(AtomicUsize::new(usize::MAX));
        let (left, seen) = (Arc::clone(&broken), Seen::default());
        let noted = Arc::clone(&seen);
        let plan = Plan { back: TimeDelta::days(2), ..plan(Job::new("nightly", "30 2 * * *", Missed::Each, move |run| {
            if left.load(Ordering::Relaxed) > 0 {
                left.fetch_sub(1, Ordering::Relaxed);
                run.write(|_, _| Err::<(), _>(Error::Internal("the disk is gone".to_owned())))?;
            }
            note(&noted, run)
        }).unwrap()) };
        begin(&app, "2026-02-28T18:30:00Z");
        app.set_clock("2026-03-02T18:30:00Z");
        let failed = Happened::Failed("internal: the disk is gone".to_owned());
        assert_eq!(happened(&look(&app, &plan, "a")), [&failed], "the second night waits for the first");
        app.set_clock("2026-03-02T18:34:59Z");
        assert_eq!(happened(&look(&app, &plan, "a")), [&Happened::Waiting]);
        app.set_clock("2026-03-02T18:35:00Z");
        assert_eq!(happened(&look(&app, &plan, "b")), [&failed]);
        broken.store(0, Ordering::Relaxed);
        app.set_clock("2026-03-02T18:40:00Z");
        assert_eq!(look(&app, &plan, "a").iter().filter(|one| is_done(one)).count(), 2);
        assert_eq!(states(&app), ["done 1", "done 3", "done 1"]);
        // The next night fails for good.
        broken.store(usize::MAX, Ordering::Relaxed);
        for minute in [30, 35, 40, 45, 50] {
            app.set_clock(&format!("2026-03-03T18:{minute}:00Z"));
            assert_eq!(happened(&look(&app, &plan, "a")), [&failed], "{minute}");
        }
        broken.store(0, Ordering::Relaxed);
        app.set_clock("2026-03-03T23:00:00Z");
        assert_eq!(look(&app, &plan, "a"), [], "given up: only a person can look after it");
        app.set_clock("2026-03-04T18:30:00Z");
        assert!(is_done(&look(&app, &plan, "a")[0]), "the night after is not kept waiting");
        assert_eq!(states(&app), ["done 1", "done 3", "done 1", "failed 5", "done 1"]);
        let result = records::texts(&app.db, "SELECT result AS t FROM job_runs WHERE state = 'failed'");
        assert_eq!(result, ["{\"error\":\"internal: the disk is gone\"}"]);
        // Whoever has mended the disk has it made after all, once.
        let hand = || {
            let by = By { works: Works::of(&app.house), holder: "hand", stop: Stop::never() };
            by_hand(&by, &plan, &plan.jobs[0], "2026-03-03T18:30:00Z".parse().unwrap()).unwrap().happened
        };
        assert!(matches!(hand(), Happened::Done(_)));
        assert_eq!(hand(), Happened::DoneBefore);
        assert_eq!(states(&app), ["done 1", "done 3", "done 1", "done 6", "done 1"]);
    }

    /// What every holder dies of is not begun for ever.
    async fn a_run_that_kills_its_holders_is_given_up(db: TestDatabase) {
        let app = App::start(db).await;
        let plan = Plan { back: TimeDelta::days(1), ..plan(Job::new("nightly", "30 2 * * *", Missed::Each, |_| panic!("dies")).unwrap()) };
        for hour in 0..5 {
            app.set_clock(&format!("2026-03-03T0{hour}:00:00Z"));
            let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(&app, &plan, "a")));
            assert!(died.is_err(), "{hour}");
        }
        app.set_clock("2026-03-03T05:00:00Z");
        assert_eq!(happened(&look(&app, &plan, "a")), [&Happened::GivenUp]);
        assert_eq!(states(&app), ["failed 5"]);
        assert_eq!(look(&app, &plan, "a"), []);
    }

    /// A process that stops gives its run back; whoever starts next begins it at once.
    async fn a_stop_gives_the_run_back(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let (stopper, stop) = stopping();
        let noted = Arc::clone(&seen);
        let stopped = Plan { back: TimeDelta::days(2), ..plan(Job::new("nightly", "30 2 * * *", Missed::Each, move |run| {
            run.write(|_, _| Ok(()))?;
            stopper.stop();
            note(&noted, run)
        }).unwrap()) };
        begin(&app, "2026-02-28T18:30:00Z");
        app.set_clock("2026-03-02T18:30:00Z");
        let by = By { works: Works::of(&app.house), holder: "a", stop };
        assert_eq!(happened(&tick(&by, &stopped, None).unwrap()), [&Happened::Stopped]);
        assert_eq!((states(&app), seen.lock().unwrap().len()), (vec!["done 1".to_owned()], 0));
        let plan = Plan { back: TimeDelta::days(2), ..nightly(&seen, Missed::Each) };
        assert_eq!(look(&app, &plan, "b").iter().filter(|one| is_done(one)).count(), 2);
        assert_eq!(states(&app), ["done 1", "done 1", "done 1"]);
    }

    /// By hand: only what is due, in order, and what was done is not done again.
    async fn a_run_by_hand(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let plan = Plan { back: TimeDelta::days(2), ..nightly(&seen, Missed::Each) };
        app.set_clock("2026-03-04T10:00:00Z");
        look(&app, &plan, "a");
        seen.lock().unwrap().clear();
        app.set_clock("2026-03-06T10:00:00Z");
        let hand = |at: &str| {
            let by = By { works: Works::of(&app.house), holder: "hand", stop: Stop::never() };
            by_hand(&by, &plan, &plan.jobs[0], at.parse().unwrap()).map(|told| told.happened)
        };
        for (wrong, why) in [
            ("2026-03-05T18:30:01Z", "not due"),
            ("2026-03-06T18:30:00Z", "ahead"),
            ("2026-03-05T18:30:00Z", "the night before is owed first"),
        ] {
            assert!(matches!(hand(wrong), Err(Error::State(Hindrance::NotDue))), "{why}");
        }
        for due in ["2026-03-04T18:30:00Z", "2026-03-05T18:30:00Z"] {
            assert!(matches!(hand(due), Ok(Happened::Done(_))), "{due}");
            assert_eq!(hand(due).unwrap(), Happened::DoneBefore);
        }
        assert!(matches!(hand("2026-01-05T18:30:00Z"), Ok(Happened::Done(_))), "older than the limit, wanted by a person");
        assert_eq!(look(&app, &plan, "a"), [], "and nothing is owed again because of it");
        let dates = ["2026-03-05 2026-03-06", "2026-03-06 2026-03-06", "2026-01-06 2026-03-06"];
        assert_eq!(*seen.lock().unwrap(), dates);
    }

    /// A clock that ran ahead and came back: what was made meanwhile is not made again, what is due is made.
    async fn a_clock_that_goes_back(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let plan = Plan { back: TimeDelta::days(2), ..nightly(&seen, Missed::Each) };
        begin(&app, "2026-03-02T19:00:00Z");
        app.set_clock("2026-03-10T19:00:00Z");
        assert_eq!(look(&app, &plan, "a").len(), 2, "the clock ran ahead");
        app.set_clock("2026-03-03T19:00:00Z");
        let told = look(&app, &plan, "a");
        assert_eq!(told.iter().map(|one| one.due.on.to_string()).collect::<Vec<_>>(), ["2026-03-04"], "not kept waiting for a week");
        assert_eq!(look(&app, &plan, "a"), []);
        app.set_clock("2026-03-03T01:00:00Z");
        assert_eq!(look(&app, &plan, "a"), [], "back by hours owes nothing");
        seen.lock().unwrap().clear();
        for day in 4..=11 {
            app.set_clock(&format!("2026-03-{day:02}T19:00:00Z"));
            look(&app, &plan, "a");
        }
        let dates: Vec<String> = seen.lock().unwrap().iter().map(|line| line[..10].to_owned()).collect();
        let expected = ["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09", "2026-03-12"];
        assert_eq!(dates, expected, "the nights of the 10th and 11th were made while it ran ahead");
    }

    /// In London a time that is skipped comes once, right after the gap, and a time that is doubled once.
    async fn the_change_of_time(db: TestDatabase) {
        let app = App::start_in(db, Tz::Europe__London).await;
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let job = Job::new("nightly", "30 1 * * *", Missed::Each, move |run| note(&noted, run)).unwrap();
        let plan = Plan { zone: Tz::Europe__London, ..plan(job) };
        app.set_clock("2026-03-28T01:30:00Z");
        look(&app, &plan, "a");
        seen.lock().unwrap().clear();
        for at in ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T23:00:00Z"] {
            app.set_clock(at);
            look(&app, &plan, "a");
        }
        assert_eq!(*seen.lock().unwrap(), ["2026-03-29 2026-03-29"]);
        app.set_clock("2026-10-24T00:30:00Z");
        let plan = Plan { back: TimeDelta::days(1), ..plan };
        look(&app, &plan, "a");
        seen.lock().unwrap().clear();
        for at in ["2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T23:00:00Z"] {
            app.set_clock(at);
            look(&app, &plan, "a");
        }
        assert_eq!(*seen.lock().unwrap(), ["2026-10-25 2026-10-25"]);
    }

    /// A job that always fails keeps no other waiting, and its next runs come in their turn.
    async fn a_job_that_always_fails(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let mut plan = nightly(&seen, Missed::Each);
        let broken = Job::new("broken", "30 2 * * *", Missed::Each, |_| Err(Error::Internal("no".to_owned()).into())).unwrap();
        plan.jobs.insert(0, broken);
        app.set_clock("2026-03-02T18:30:00Z");
        for day in 2..=4 {
            for minute in [30, 35, 40, 45, 50] {
                app.set_clock(&format!("2026-03-{day:02}T18:{minute}:00Z"));
                look(&app, &plan, "a");
            }
        }
        assert_eq!(seen.lock().unwrap().len(), 3, "each night of the other");
        let failed = records::texts(&app.db, "SELECT job || ' ' || state || ' ' || attempt AS t FROM job_runs WHERE job = 'broken' ORDER BY due_at");
        assert_eq!(failed, ["broken failed 5"; 3], "each night of its own was tried");
    }

    /// Records of runs go when they are old; what says up to when a job is settled stays, and nothing is made again.
    async fn old_records_go(db: TestDatabase) {
        let app = App::start(db).await;
        let seen = Seen::default();
        let nights = nightly(&seen, Missed::Each);
        let mut rows = String::new();
        for (job, count) in [("nightly", 600), ("gone", 3)] {
            for number in 1..=count {
                let due = chrono::DateTime::parse_from_rfc3339("2026-03-01T18:30:00Z").unwrap() - TimeDelta::days(count - number);
                let due = due.format("%Y-%m-%d %H:%M:%S");
                rows += &format!("INSERT INTO job_runs (job, due_at, state, claimed_by, claimed_at, heartbeat_at, finished_at, attempt) VALUES ('{job}', '{due}', 'done', 'x', '{due}', '{due}', '{due}', 1);");
            }
        }
        crate::sql::script(&app.db, &rows);
        app.set_clock("2026-03-02T19:31:00Z");
        let told = super::run(&app, "job_records");
        assert_eq!(told["removed"], 100, "{told}: the newest 500 of each job stay");
        assert_eq!(records::count(&app.db, "job_runs WHERE job = 'gone'"), 3);
        assert_eq!(look(&app, &nights, "a").len(), 1, "the night since");
        assert_eq!(look(&app, &nights, "a"), []);
        let hand = |at: &str| {
            let by = By { works: Works::of(&app.house), holder: "hand", stop: Stop::never() };
            by_hand(&by, &nights, &nights.jobs[0], at.parse().unwrap())
        };
        assert!(matches!(hand("2025-11-01T18:30:00Z"), Err(Error::State(Hindrance::NotDue))), "whether it was made nobody knows");
        assert_eq!(hand("2026-01-01T18:30:00Z").unwrap().happened, Happened::DoneBefore);
    }
}
