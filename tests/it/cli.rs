//! The command line as its users see it: exit codes, what is said where, and what is done (CONTRACT §11).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::databases::{Kind, empty, fresh};
use crate::program::{Ended, Service, TOKEN_KEYS, run};
use crate::scratch;

const PASSWORD: &[u8] = b"eight letters\n";

/// A folder with a database that does not exist yet.
struct Desk {
    folder: TempDir,
    database: String,
}

impl Desk {
    fn new() -> Self {
        let folder = scratch::folder("cli");
        let database = format!("RESPITE_DATABASE_URL=sqlite:{}", folder.path().join("respite.db").display());
        Self { folder, database }
    }

    fn with(&self, args: &[&str], input: &[u8]) -> Ended {
        run(self.folder.path(), args, &[&self.database, "RESPITE_LANGUAGE=en"], input)
    }

    fn run(&self, line: &str) -> Ended {
        self.with(&line.split(' ').collect::<Vec<_>>(), b"")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn roster(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rosters").join(name).to_str().unwrap().to_owned()
}

/// One request over a socket of its own: status and body.
fn ask(base: &str, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    let status = told.split(' ').nth(1).unwrap().parse().unwrap();
    let body = told.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

fn sign_in(base: &str, username: &str) -> (u16, Value) {
    let body = json!({"username": username, "password": "eight letters"}).to_string();
    ask(base, "POST", "/api/v1/auth/login", "", &body)
}

#[test]
fn help_is_as_it_was() {
    let desk = Desk::new();
    let mut said = String::new();
    for command in [
        "",
        "serve ",
        "demo ",
        "migrate ",
        "account create ",
        "account import ",
        "import ",
        "policy check ",
        "policy show ",
        "policy diff ",
        "policy publish ",
        "calendar show ",
        "backup ",
        "restore ",
        "keys list ",
        "keys rotate ",
        "keys end ",
        "openapi ",
        "doctor ",
    ] {
        let ended = desk.run(&format!("{command}-h")).expect(0);
        assert_eq!(ended.stderr, "");
        said.push_str(&format!("$ respite {command}-h\n{}\n", ended.stdout));
    }
    insta::assert_snapshot!("help", said);
    insta::assert_snapshot!("settings", desk.run("serve --help").expect(0).stdout);
    assert_eq!(desk.run("--version").expect(0).stdout, format!("respite {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_ends_with_2_and_touches_nothing() {
    let desk = Desk::new();
    for line in [
        "fly",
        "serve now",
        "import people a.csv",
        "import officers",
        "account create --username a",
        "policy show",
        "calendar show --year soon",
        "migrate --format yaml",
        "migrate --colour red",
        "account create --username a --role king",
    ] {
        let ended = desk.run(line).expect(2);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{line}");
    }
    assert_eq!(std::fs::read_dir(desk.folder.path()).unwrap().count(), 0);
}

/// A refusal of a state says which of its reasons it is.
#[test]
fn a_run_that_is_not_due_says_so() {
    let desk = Desk::new();
    desk.run("migrate").expect(0);
    let ended = desk.run("jobs run rest_scan --due 2000-01-01T00:00:00Z").expect(1);
    assert!(ended.stderr.contains("wrong_state") && ended.stderr.contains("not_due: "), "{}", ended.stderr);
}

/// A wrong key or value stops the start, and its place is named: file, variable or flag.
#[test]
fn a_wrong_setting_is_named_with_its_place() {
    let desk = Desk::new();
    let file = desk.write("wrong.toml", "listen = \"127.0.0.1:0\"\ncolour = \"red\"\n");
    let ended = desk.with(&["serve", "--config", file.to_str().unwrap()], b"").expect(2);
    assert!(ended.stderr.contains("wrong.toml: colour"), "{}", ended.stderr);
    desk.write("respite.toml", "listen = \"127.0.0.1:0\"\npool_size = 0\n");
    let ended = desk.run("serve").expect(2);
    assert!(ended.stderr.contains("respite.toml: pool_size"), "{}", ended.stderr);
    desk.write("respite.toml", "listen = ");
    assert!(desk.run("serve").expect(2).stderr.contains("respite.toml"));
    std::fs::remove_file(desk.folder.path().join("respite.toml")).unwrap();
    assert!(desk.run("serve --config nowhere.toml").expect(2).stderr.contains("nowhere.toml"));
    for (variable, place) in [
        ("RESPITE_COLOUR=red", "RESPITE_COLOUR"),
        ("RESPITE_LISTEN=somewhere", "RESPITE_LISTEN"),
        ("RESPITE_TIME_ZONE=Mars/Olympus", "RESPITE_TIME_ZONE"),
        ("RESPITE_LANGUAGE=fr", "RESPITE_LANGUAGE"),
        ("RESPITE_DATABASE_URL=mysql://h/d", "RESPITE_DATABASE_URL"),
        ("RESPITE_TOKEN_KEYS=test:dG9vIHNob3J0", "RESPITE_TOKEN_KEYS"),
    ] {
        let ended = run(desk.folder.path(), &["serve"], &[variable], b"").expect(2);
        assert!(ended.stderr.contains(place), "{variable}: {}", ended.stderr);
        assert!(!ended.stderr.contains("dG9vIHNob3J0"), "a secret is not repeated");
    }
    let ended = desk.run("serve --listen somewhere").expect(2);
    assert!(ended.stderr.contains("--listen"), "{}", ended.stderr);
}

/// File, then environment, then flags.
#[test]
fn later_settings_replace_earlier_ones() {
    let desk = Desk::new();
    desk.write("respite.toml", "language = \"en\"\ndatabase_url = \"sqlite:from-file.db\"\n");
    let folder = desk.folder.path();
    assert!(run(folder, &["migrate"], &[], b"").expect(0).stdout.contains("applied"));
    assert!(
        run(folder, &["migrate"], &["RESPITE_DATABASE_URL=sqlite:from-variable.db"], b"")
            .expect(0)
            .stdout
            .contains("applied")
    );
    let flags = ["migrate", "--database-url", "sqlite:from-flag.db", "--language", "zh-CN"];
    assert!(
        run(folder, &flags, &["RESPITE_DATABASE_URL=sqlite:from-variable.db"], b"").expect(0).stdout.contains("已执行")
    );
    for file in ["from-file.db", "from-variable.db", "from-flag.db"] {
        assert!(folder.join(file).exists(), "{file}");
    }
}

/// The first account of a force, on a file that is not there yet; it signs in at once.
#[test]
fn the_first_account_of_an_empty_database() {
    let desk = Desk::new();
    let create = ["account", "create", "--username", "root", "--role", "admin", "--password-stdin", "--format", "json"];
    let made = desk.with(&create, PASSWORD).expect(0).json();
    assert_eq!((&made["username"], &made["must_change_password"]), (&json!("root"), &json!(false)));
    assert_eq!(made["grants"], json!([{"role": "admin", "unit_id": null}]));
    let again = desk.with(&create, PASSWORD).expect(1);
    assert!(again.stdout.is_empty() && again.stderr.contains("/username"), "{}", again.stderr);
    let short = ["account", "create", "--username", "other", "--role", "admin", "--password-stdin"];
    assert!(desk.with(&short, b"short\n").expect(1).stderr.contains("/password"));
    assert!(desk.run("account create --username a --role hr --unit 999").expect(1).stderr.contains("--unit 999"));
    assert!(desk.run("account create --username a --badge-no 999").expect(1).stderr.contains("--badge-no 999"));
    let code = desk.run("account create --username second --role hr --format json").expect(0).json();
    assert!(code["must_change_password"] == true && code["one_time_code"].as_str().is_some_and(|code| code.len() >= 8));

    let service = Service::start(desk.folder.path(), &[&desk.database]);
    let (status, signed) = sign_in(&service.base, "root");
    assert_eq!(status, 200, "{signed}");
    let (_, me) = ask(&service.base, "GET", "/api/v1/auth/me", signed["access_token"].as_str().unwrap(), "");
    assert_eq!(me["username"], "root");
    // Beside the running service, too.
    desk.with(&["account", "create", "--username", "late", "--role", "auditor", "--password-stdin"], PASSWORD)
        .expect(0);
    assert_eq!(sign_in(&service.base, "late").0, 200);
    assert_eq!(sign_in(&service.base, "nobody").0, 401);
}

#[test]
fn accounts_from_a_file_are_all_or_none() {
    let desk = Desk::new();
    desk.with(&["import", "units", &roster("units.csv")], b"").expect(0);
    desk.with(&["import", "officers", &roster("officers_utf8_bom.csv")], b"").expect(0);
    let wrong =
        desk.write("wrong.csv", "username,role,unit,badge_no,password\nma,,,100001,eight letters\nli,king,,,\n");
    let refused = desk.with(&["account", "import", wrong.to_str().unwrap()], b"").expect(1);
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains('3'), "the line is named: {}", refused.stderr);
    let right = desk.write(
        "right.csv",
        "用户名,角色,单位代码,警号,密码\nma,,,100001,eight letters\nli,leader,510101000000,,eight letters\n",
    );
    desk.with(&["account", "import", right.to_str().unwrap()], b"").expect(0);
    let service = Service::start(desk.folder.path(), &[&desk.database]);
    assert_eq!((sign_in(&service.base, "ma").0, sign_in(&service.base, "li").0), (200, 200));
}

#[test]
fn rosters_are_imported_wholly_or_not_at_all() {
    let desk = Desk::new();
    let (units, officers) = (roster("units.csv"), roster("officers_utf8_bom.csv"));
    let json = |args: &[&str], code: i32| {
        let ended = desk.with(&[args, &["--format", "json"]].concat(), b"").expect(code);
        ended.json()
    };
    let counts = |told: &Value| ["created", "updated", "unchanged"].map(|name| told[name].as_u64().unwrap());
    assert_eq!(counts(&json(&["import", "units", &units, "--dry-run"], 0)), [9, 0, 0]);
    assert_eq!(counts(&json(&["import", "units", &units], 0)), [9, 0, 0]);
    assert_eq!(counts(&json(&["import", "units", &units], 0)), [0, 0, 9]);
    assert_eq!(counts(&json(&["import", "officers", &officers, "--dry-run"], 0)), [60, 0, 0]);

    let faulty = json(&["import", "officers", &roster("officers_with_errors.csv")], 1);
    let rejected = faulty["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), 7, "{rejected:#?}");
    for refused in rejected {
        for member in ["row", "column", "code", "read", "expected"] {
            assert!(!refused[member].is_null(), "{refused}");
        }
    }
    assert_eq!(counts(&json(&["import", "officers", &officers, "--dry-run"], 0)), [60, 0, 0], "nothing was stored");
    assert_eq!(counts(&json(&["import", "officers", &roster("officers.xlsx")], 0))[0], 60);
    for file in ["officers_gb18030.csv", "officers_utf8_bom.csv", "officers.xlsx"] {
        assert_eq!(counts(&json(&["import", "officers", &roster(file)], 0)), [0, 0, 60], "{file}");
    }

    // A roster of duty as it hangs on the wall, in the other form again, and with the month of another year asked for.
    let (table, workbook) = (roster("duty_table_gb18030.csv"), roster("duty_table.xlsx"));
    assert_eq!(counts(&json(&["import", "roster", &table, "--dry-run"], 0)), [90, 0, 30]);
    assert_eq!(counts(&json(&["import", "roster", &table], 0)), [90, 0, 30]);
    let again = json(&["import", "roster", &workbook, "--month", "2026-04"], 0);
    assert_eq!(counts(&again), [0, 0, 120], "{again}");
    let other = desk.with(&["import", "roster", &workbook, "--month", "2025-04"], b"").expect(1);
    assert!(other.stdout.contains("another month") && other.stdout.contains("2025-04"), "{}", other.stdout);
    desk.with(&["import", "roster", &workbook, "--month", "04"], b"").expect(2);
    let short = desk.write("short.csv", "警号,2026-06-01,2026-06-02\n100010,08:00-20:00,05:00-13:00\n");
    let short = short.to_str().unwrap();
    let refused = desk.with(&["import", "roster", short], b"").expect(1);
    assert!(refused.stdout.contains("C2") && refused.stdout.contains("a reason is asked for"), "{}", refused.stdout);
    let stored = desk.with(&["import", "roster", short, "--override-reason", "flood"], b"").expect(0);
    assert!(stored.stdout.contains("540") && stored.stdout.contains("660"), "{}", stored.stdout);

    let text = desk.with(&["import", "officers", &roster("officers_with_errors.csv")], b"").expect(1);
    assert!(text.stdout.contains("7 refused; nothing was stored."), "{}", text.stdout);
    let missing = desk.run("import units nowhere.csv --format json").expect(1).json();
    assert_eq!(missing["rejected"].as_array().unwrap().len(), 1, "{missing}");
}

#[test]
fn policies_and_calendar_are_shown() {
    let desk = Desk::new();
    let shown = desk.run("policy show --on 2026-03-02 --format json").expect(0).json();
    assert!(shown["items"].as_array().is_some_and(|items| !items.is_empty()));
    desk.run("policy show annual_leave --on 2026-03-02").expect(0);
    let none = desk.run("policy show no_such_policy --on 2026-03-02").expect(1);
    assert!(none.stdout.is_empty());
    assert_eq!(desk.run("policy check --format json").expect(0).json()["ok"], true);
    let file = desk.write("wrong.toml", "name = \"annual_leave\"\ncolour = \"red\"\n");
    let wrong = desk.with(&["policy", "check", file.to_str().unwrap(), "--format", "json"], b"").expect(1).json();
    assert_eq!(wrong["ok"], false);
    assert!(wrong["file"].as_str().unwrap().contains("wrong.toml"), "{wrong}");

    let calendar = desk.run("calendar show --from 2026-02-13 --to 2026-02-16 --format json").expect(0).json();
    let days: Vec<_> = calendar["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["class"].as_str().unwrap(), day["working"].as_bool().unwrap()))
        .collect();
    assert_eq!(days, [("workday", true), ("makeup_workday", true), ("weekend", false), ("statutory_holiday", false)]);
    assert_eq!(desk.run("calendar show --year 2026").expect(0).stdout.lines().count(), 365);
    assert!(desk.run("calendar show --year 2023").expect(1).stderr.contains("2023"));
    assert!(desk.run("calendar show --from 2026-01-02 --to 2026-01-01").expect(1).stdout.is_empty());
    assert_eq!(std::fs::read_dir(desk.folder.path()).unwrap().count(), 1, "no database was made");
}

/// The committed document is the one that the program prints and serves.
#[test]
fn the_openapi_document_is_current() {
    let desk = Desk::new();
    let printed = desk.run("openapi").expect(0).stdout;
    let committed =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json")).unwrap_or_default();
    assert!(
        printed == committed,
        "docs/openapi.json is not what is printed: UPDATE_DOCS=1 cargo test --test it openapi"
    );
    let service = Service::start(desk.folder.path(), &[&desk.database]);
    let (status, served) = ask(&service.base, "GET", "/api/v1/openapi.json", "", "");
    assert_eq!((status, served), (200, serde_json::from_str(&printed).unwrap()));
}

#[test]
fn migrate_brings_a_schema_up_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (desk, db) = (Desk::new(), empty(kind));
        let url = format!("RESPITE_DATABASE_URL={}", db.url);
        let migrate = || run(desk.folder.path(), &["migrate", "--format", "json"], &[&url], b"").expect(0).json();
        let names: Vec<_> = migrate()["applied"].as_array().unwrap().clone();
        assert!(!names.is_empty());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
        assert!(names.iter().all(|name| folder.join(name.as_str().unwrap()).is_dir()), "{names:?}");
        assert_eq!(migrate(), json!({"applied": []}));
    }
}

/// PostgreSQL is served only on the schema of the build and with a key ring; everything else works without one.
#[test]
fn what_postgres_asks_of_serve() {
    let (desk, db) = (Desk::new(), empty(Kind::Postgres));
    let url = format!("RESPITE_DATABASE_URL={}", db.url);
    let run = |args: &[&str], more: &[&str], input: &[u8]| {
        run(desk.folder.path(), args, &[&[url.as_str(), "RESPITE_LANGUAGE=en"], more].concat(), input)
    };
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let ended = run(&serve, &[TOKEN_KEYS], b"").expect(1);
    assert!(ended.stderr.contains("respite migrate") && ended.stderr.contains("house"), "{}", ended.stderr);
    run(&["account", "create", "--username", "a", "--role", "admin", "--password-stdin"], &[], PASSWORD).expect(1);
    run(&["doctor"], &[], b"").expect(1);
    run(&["migrate"], &[], b"").expect(0);
    assert!(run(&serve, &[], b"").expect(1).stderr.contains("RESPITE_TOKEN_KEYS"));
    run(&["import", "units", &roster("units.csv")], &[], b"").expect(0);
    run(&["account", "create", "--username", "a", "--role", "admin", "--password-stdin"], &[], PASSWORD).expect(0);
    run(&["doctor"], &[], b"").expect(0);
    let service = Service::start(desk.folder.path(), &[&url, TOKEN_KEYS]);
    assert_eq!(sign_in(&service.base, "a").0, 200);
    assert_eq!(ask(&service.base, "GET", "/readyz", "", "").0, 200);
}

/// The doctor reads only, beside the service too; a fault ends with 1, a missing file is not made.
#[test]
fn the_doctor_beside_the_service() {
    let desk = Desk::new();
    desk.run("doctor").expect(1);
    assert_eq!(std::fs::read_dir(desk.folder.path()).unwrap().count(), 0);
    desk.with(&["import", "units", &roster("units.csv")], b"").expect(0);
    let service = Service::start(desk.folder.path(), &[&desk.database]);
    let told = desk.run("doctor --format json").expect(0).json();
    assert_eq!(told["faults"], 0);
    let names: Vec<_> =
        told["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    for name in
        ["migrations_are_current", "ledger_matches_requests", "live_requests_hold_slots", "references_lead_somewhere"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    let text = desk.run("doctor").expect(0).stdout;
    assert!(names.iter().all(|name| text.contains(name)), "it says what it checked");
    assert_eq!(ask(&service.base, "GET", "/readyz", "", "").0, 200);
    service.signal("TERM");
    assert_eq!(service.wait(), Some(0));

    let damaged = fresh(Kind::Sqlite);
    crate::sql::change(&damaged, "INSERT INTO units VALUES (@id, '1', '孤岛', 'team', 1, '2026-01-01 00:00:00')");
    let url = format!("RESPITE_DATABASE_URL={}", damaged.url);
    let told = run(desk.folder.path(), &["doctor", "--format", "json"], &[&url], b"").expect(1).json();
    assert_eq!(told["faults"], 1, "{told:#}");
}

/// SIGTERM ends the service in order: what is running is finished, nothing new is accepted.
#[test]
fn sigterm_finishes_what_is_running() {
    for signal in ["TERM", "INT"] {
        let desk = Desk::new();
        desk.with(&["account", "create", "--username", "root", "--role", "admin", "--password-stdin"], PASSWORD)
            .expect(0);
        let service = Service::start(desk.folder.path(), &[&desk.database]);
        // A request whose body is still on its way when the signal comes.
        let mut stream = BufReader::new(TcpStream::connect(service.base.trim_start_matches("http://")).unwrap());
        let body = json!({"username": "root", "password": "eight letters"}).to_string();
        let (first, rest) = body.split_at(10);
        let head = format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        stream.get_mut().write_all(head.as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "HTTP/1.1 100 Continue", "it has begun to read");
        stream.read_line(&mut line).unwrap();
        stream.get_mut().write_all(first.as_bytes()).unwrap();
        let started = std::time::Instant::now();
        service.signal(signal);
        while TcpStream::connect(service.base.trim_start_matches("http://")).is_ok() {
            assert!(started.elapsed().as_secs() < 15, "it still accepts");
        }
        stream.get_mut().write_all(rest.as_bytes()).unwrap();
        line.clear();
        let read = stream.read_line(&mut line);
        assert!(read.is_ok(), "{signal} {read:?}: {}", service.log());
        assert_eq!(line.trim(), "HTTP/1.1 200 OK");
        drop(stream);
        assert_eq!(service.wait(), Some(0), "{}", service.log());
        assert!(started.elapsed().as_secs() < 15);
        assert!(service.log().contains("stopped."), "{}", service.log());
    }
}

/// An address that is taken is an error with its place.
#[test]
fn an_address_that_is_taken() {
    let desk = Desk::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = desk.run(&format!("serve --listen {address}")).expect(1);
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
}
