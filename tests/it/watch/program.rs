//! Jobs of the program itself, as processes beside one another: listed, made by hand, once of two at once, after a signal
//! and after a crash.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use tempfile::TempDir;

use crate::databases::{Kind, TestDatabase, empty, fresh};
use crate::program::{Ended, Service, TOKEN_KEYS, run};
use crate::{records, scratch, sql};

struct Desk {
    db: TestDatabase,
    folder: TempDir,
    variables: Vec<String>,
}

impl Desk {
    fn on(db: TestDatabase) -> Self {
        let url = format!("RESPITE_DATABASE_URL={}", db.url);
        let variables = vec![url, "RESPITE_LANGUAGE=en".to_owned(), TOKEN_KEYS.to_owned()];
        Self { db, folder: scratch::folder("jobs"), variables }
    }

    fn variables(&self) -> Vec<&str> {
        self.variables.iter().map(String::as_str).collect()
    }

    fn jobs(&self, line: &str) -> Ended {
        jobs(self.folder.path(), &self.variables(), line)
    }

    fn rows(&self, of: &str) -> i64 {
        records::count(&self.db, &format!("job_runs {of}"))
    }

    /// Waits until something is so in the records; for a minute at the most.
    fn until(&self, of: &str) {
        let begun = Instant::now();
        while self.rows(of) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "never: {of}");
            std::thread::yield_now();
        }
    }
}

fn jobs(folder: &Path, variables: &[&str], line: &str) -> Ended {
    let args: Vec<&str> = ["jobs"].into_iter().chain(line.split(' ')).collect();
    run(folder, &args, variables, b"")
}

/// The newest instant at which it was 02:30 in Shanghai, and some nights before it.
fn night(before: i64) -> String {
    let now = Utc::now();
    let today = now.date_naive().and_hms_opt(18, 30, 0).unwrap().and_utc();
    let newest = if today <= now { today } else { today - TimeDelta::days(1) };
    (newest - TimeDelta::days(before)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn outcomes(ended: &Ended) -> Vec<String> {
    let told = ended.json();
    let items = told["items"].as_array().unwrap();
    items.iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
}

fn both(test: impl Fn(Desk)) {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        test(Desk::on(fresh(kind)));
    }
}

/// Each job with its pattern, and when it comes next on the local clock; nothing is made by looking.
#[test]
fn jobs_are_listed_by_the_local_clock() {
    both(|desk| {
        let told = desk.jobs("list").expect(0).stdout;
        assert!(told.starts_with("time zone: Asia/Shanghai\n"), "{told}");
        for name in ["rest_looks", "derogation_credits", "rest_scan", "rest_orders", "job_records"] {
            assert!(told.contains(&format!("\n{name}  ")), "{name}: {told}");
        }
        assert!(told.contains("T02:30:00+08:00") && told.contains("last: never"), "{told}");
        let json = desk.jobs("list --format json").expect(0).json();
        let scan = json["items"].as_array().unwrap().iter().find(|one| one["name"] == "rest_scan").unwrap();
        assert_eq!((&scan["time_zone"], &scan["last"]), (&Value::from("Asia/Shanghai"), &Value::Null));
        assert!(scan["next_due_at"].as_str().unwrap().ends_with("18:30:00Z"), "{scan}");
        assert!(scan["next_due_local"].as_str().unwrap().ends_with("T02:30:00+08:00"), "{scan}");
        assert_eq!(desk.rows(""), 0);
        desk.jobs(&format!("run rest_scan --due {}", night(0))).expect(0);
        let told = desk.jobs("list").expect(0).stdout;
        assert!(told.contains("T02:30:00+08:00  done  attempt 1"), "{told}");
    });
}

/// Where there is no database none is made, and an old one is left as it is.
#[test]
fn looking_at_jobs_makes_no_database() {
    let folder = scratch::folder("jobs");
    let url = format!("RESPITE_DATABASE_URL=sqlite:{}", folder.path().join("none.db").display());
    for line in ["list", "run --owed"] {
        let told = jobs(folder.path(), &[&url, "RESPITE_LANGUAGE=en"], line).expect(1);
        assert!(told.stderr.contains("there is no database") && told.stderr.contains("none.db"), "{}", told.stderr);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let told = Desk::on(empty(kind)).jobs("list").expect(1);
        assert!(told.stderr.contains("not current"), "{}", told.stderr);
    }
}

#[test]
fn a_job_that_nobody_knows_is_wrong_usage() {
    let desk = Desk::on(fresh(Kind::Sqlite));
    let told = desk.jobs("run rest_scans").expect(2).stderr;
    for name in ["rest_looks", "derogation_credits", "rest_scan", "rest_orders", "job_records"] {
        assert!(told.contains(name), "{told}");
    }
    for wrong in [
        "run",
        "run rest_scan --owed",
        "run rest_scan --due noon",
        "run rest_scan --on 2026-02-30",
        "run --due 2026-01-01T00:00:00Z",
    ] {
        desk.jobs(wrong).expect(2);
    }
}

/// One by hand, the same again, one that is not due; and then everything that is owed.
#[test]
fn runs_are_made_once_by_hand() {
    both(|desk| {
        let hand = |due: &str| desk.jobs(&format!("run rest_scan --due {due} --format json"));
        assert_eq!(outcomes(&hand(&night(0)).expect(0)), ["done"]);
        assert_eq!(outcomes(&hand(&night(0)).expect(0)), ["done_before"]);
        let not_due = night(0).replace("18:30", "18:31");
        hand(&not_due).expect(1);
        hand(&night(-1)).expect(1);
        assert_eq!(outcomes(&hand(&night(40)).expect(0)), ["done"], "older than what is made up");
        hand(&night(120)).expect(1);
        let owed = desk.jobs("run --owed --format json").expect(0);
        assert_eq!(outcomes(&owed), ["done"; 3], "the other jobs for the first time");
        assert_eq!(outcomes(&desk.jobs("run --owed --format json").expect(0)).len(), 0);
        assert_eq!((desk.rows("WHERE state = 'done'"), desk.rows("")), (5, 5));
    });
}

/// The same run from several processes at the same moment is made by one of them.
#[test]
fn of_many_processes_one_makes_a_run() {
    both(|desk| {
        let line = format!("run rest_scan --due {} --format json", night(0));
        let all: Vec<Ended> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| desk.jobs(&line))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let told: Vec<String> = all.into_iter().flat_map(|one| outcomes(&one.expect(0))).collect();
        assert_eq!(told.iter().filter(|outcome| *outcome == "done").count(), 1, "{told:?}");
        assert!(told.iter().all(|one| ["done", "done_before", "held"].contains(&one.as_str())), "{told:?}");
        assert_eq!((desk.rows(""), desk.rows("WHERE state = 'done' AND attempt = 1")), (1, 1));
    });
}

/// SIGTERM while jobs run: what is not done is given back, and whoever comes next makes it.
#[test]
fn a_signal_loses_no_run() {
    both(|desk| {
        let service = Service::start(desk.folder.path(), &desk.variables());
        desk.until("");
        service.signal("TERM");
        assert_eq!(service.wait(), Some(0), "{}", service.log());
        // What did not hear in time keeps its claim, as after a crash, until it is stale.
        let stale = "UPDATE job_runs SET heartbeat_at = '2026-01-01 00:00:00' WHERE state = 'claimed'";
        sql::execute(&desk.db, stale).unwrap();
        desk.jobs("run --owed").expect(0);
        assert_eq!(desk.rows("WHERE state <> 'done'"), 0);
        for job in ["derogation_credits", "rest_scan", "rest_orders", "job_records"] {
            assert!(desk.rows(&format!("WHERE job = '{job}'")) >= 1, "{job}");
        }
    });
}

/// A holder that crashed keeps its claim until it is stale; then another process makes the run.
#[test]
fn a_crash_loses_no_run() {
    both(|desk| {
        let due = night(0);
        let claim = |beat: &str| {
            sql::change(
                &desk.db,
                &format!(
                    "INSERT INTO job_runs (job, due_at, state, claimed_by, claimed_at, heartbeat_at, attempt) VALUES ('rest_scan', '{}', 'claimed', 'gone', '{beat}', '{beat}', 1)",
                    due.replace('T', " ").trim_end_matches('Z'),
                ),
            );
        };
        let stamp = |minutes: i64| (Utc::now() - TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S").to_string();
        claim(&stamp(5));
        let hand = || desk.jobs(&format!("run rest_scan --due {due} --format json"));
        assert_eq!(outcomes(&hand().expect(0)), ["held"], "it may still be at it");
        sql::change(&desk.db, "DELETE FROM job_runs");
        claim(&stamp(11));
        assert_eq!(outcomes(&hand().expect(0)), ["done"]);
        assert_eq!(desk.rows("WHERE state = 'done' AND attempt = 2"), 1);
    });
}
