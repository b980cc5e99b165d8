//! Operating the service: backup and restore, one server per file, keys that rotate.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web;
use respite::app::house::{House, TokenSettings, open_database};
use respite::app::law::Law;
use respite::app::token_keys;
use respite::clock::Clock;
use respite::config::Config;
use respite::http::office::door;
use respite::http::server::server;
use respite::rules::terms::Role;
use respite::store::pool::{Options, Target};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{App, Client, PASSWORD, START, Told};
use crate::databases::{Kind, TestDatabase, empty, fresh};
use crate::program::{Ended, Service, TOKEN_KEYS, run};
use crate::{records, scratch, sql};

struct Desk {
    folder: TempDir,
    variables: Vec<String>,
}

impl Desk {
    fn on(url: String) -> Self {
        let variables = vec![format!("RESPITE_DATABASE_URL={url}"), "RESPITE_LANGUAGE=en".to_owned()];
        Self { folder: scratch::folder("operation"), variables }
    }

    fn sqlite() -> Self {
        let mut desk = Self::on(String::new());
        desk.variables[0] = format!("RESPITE_DATABASE_URL=sqlite:{}", desk.path("respite.db").display());
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Ended {
        self.with(line, b"")
    }

    fn with(&self, line: &str, input: &[u8]) -> Ended {
        let variables: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        run(self.folder.path(), &line.split(' ').collect::<Vec<_>>(), &variables, input)
    }

    fn account(&self, name: &str) {
        let line = format!("account create --username {name} --role admin --password-stdin");
        self.with(&line, PASSWORD.as_bytes()).expect(0);
    }

    fn serve(&self) -> Service {
        Service::start(self.folder.path(), &self.variables.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The names of the accounts in a file.
    fn names(&self, file: &str) -> Vec<String> {
        names(&self.path(file))
    }
}

fn names(path: &std::path::Path) -> Vec<String> {
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        username: String,
    }
    let mut connection = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let names: Vec<Name> =
        diesel::sql_query("SELECT username FROM accounts ORDER BY username").load(&mut connection).unwrap();
    names.into_iter().map(|name| name.username).collect()
}

/// Taken while it is served, put back when it is not; what came after the backup is gone, and lies aside.
#[test]
fn a_backup_is_taken_beside_serve_and_comes_back() {
    let desk = Desk::sqlite();
    desk.account("first");
    let service = desk.serve();
    let told = desk.run("backup copy.db --format json").expect(0);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["bytes"], fs::metadata(desk.path("copy.db")).unwrap().len());
    assert_eq!(fs::metadata(desk.path("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(desk.run("backup copy.db").expect(1).stderr.contains("exists"));
    desk.account("second");
    desk.run("backup copy.db --overwrite").expect(0);
    assert_eq!(desk.names("copy.db"), ["first", "second"]);
    assert!(desk.run("backup respite.db --overwrite").expect(1).stderr.contains("itself"));
    desk.account("third");
    let in_use = desk.run("restore copy.db").expect(1);
    assert!(in_use.stderr.contains("in use"), "{}", in_use.stderr);
    assert_eq!(desk.names("respite.db"), ["first", "second", "third"], "nothing was changed");
    service.signal("TERM");
    service.wait();
    let told = desk.run("restore copy.db --format json").expect(0);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(desk.names("respite.db"), ["first", "second"]);
    assert_eq!(names(told["kept_aside"].as_str().unwrap().as_ref()), ["first", "second", "third"]);
    desk.run("doctor").expect(0);
    let service = desk.serve();
    service.signal("TERM");
    service.wait();
    let left: Vec<_> = fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
}

/// What is no backup of this service is refused, and the database stays as it is.
#[test]
fn what_is_no_backup_is_refused() {
    use diesel::Connection;
    use diesel::connection::SimpleConnection;
    let desk = Desk::sqlite();
    desk.account("first");
    fs::write(desk.path("text.db"), "not a database at all, only words").unwrap();
    fs::write(desk.path("empty.db"), "").unwrap();
    let execute = |name: &str, statements: &str| {
        let path = desk.path(name);
        diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(statements).unwrap();
    };
    execute("other.db", "CREATE TABLE things (id INTEGER); INSERT INTO things VALUES (1);");
    desk.run("backup newer.db").expect(0);
    execute("newer.db", "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')");
    desk.run("backup broken.db").expect(0);
    execute("broken.db", "PRAGMA foreign_keys = OFF; UPDATE grants SET account_id = zeroblob(16)");
    desk.run("backup cut.db").expect(0);
    let bytes = fs::read(desk.path("cut.db")).unwrap();
    fs::write(desk.path("cut.db"), &bytes[..bytes.len() / 2]).unwrap();
    desk.run("backup busy.db").expect(0);
    fs::write(desk.path("busy.db-wal"), "something").unwrap();
    for (name, why) in [
        ("text.db", "not a database"),
        ("empty.db", "not a database"),
        ("other.db", "not a database"),
        ("newer.db", "newer"),
        ("broken.db", "damaged"),
        ("cut.db", "damaged"),
        ("busy.db", "write-ahead log"),
        ("absent.db", "failed"),
    ] {
        let ended = desk.run(&format!("restore {name}")).expect(1);
        assert!(ended.stderr.contains(why), "{name}: {}", ended.stderr);
        assert_eq!(desk.names("respite.db"), ["first"], "{name}");
    }
    let left: Vec<_> = fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("before-restore")), "{left:?}");
}

/// A database that is damaged, or not there, is no obstacle: that is what backups are for.
#[test]
fn a_damaged_or_missing_database_is_replaced() {
    let desk = Desk::sqlite();
    desk.run("backup copy.db").expect(1);
    assert!(!desk.path("respite.db").exists(), "a backup makes no database");
    desk.account("first");
    desk.run("backup copy.db").expect(0);
    fs::write(desk.path("respite.db"), "garbage").unwrap();
    desk.run("restore copy.db").expect(0);
    assert_eq!(desk.names("respite.db"), ["first"]);
    fs::remove_file(desk.path("respite.db")).unwrap();
    let told = desk.run("restore copy.db --format json").expect(0);
    assert_eq!(serde_json::from_str::<Value>(&told.stdout).unwrap()["kept_aside"], Value::Null);
    assert_eq!(desk.names("respite.db"), ["first"]);
}

/// Whoever has the database open, not only a server, keeps it from being replaced.
#[test]
fn a_database_that_is_open_is_not_replaced() {
    use diesel::Connection;
    use diesel::connection::SimpleConnection;
    let desk = Desk::sqlite();
    desk.account("first");
    desk.run("backup copy.db").expect(0);
    desk.account("second");
    let path = desk.path("respite.db");
    let mut reader = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    reader.batch_execute("BEGIN; SELECT count(*) FROM accounts;").unwrap();
    let ended = desk.run("restore copy.db").expect(1);
    assert!(ended.stderr.contains("in use"), "{}", ended.stderr);
    reader.batch_execute("ROLLBACK").unwrap();
    drop(reader);
    assert_eq!(desk.names("respite.db"), ["first", "second"]);
    desk.run("restore copy.db").expect(0);
    assert_eq!(desk.names("respite.db"), ["first"]);
}

/// On PostgreSQL both say whose work it is.
#[test]
fn postgres_has_its_own_tools() {
    let db = fresh(Kind::Postgres);
    let desk = Desk::on(db.url.clone());
    assert!(desk.run("backup copy.db").expect(1).stderr.contains("pg_dump"));
    assert!(desk.run("restore copy.db").expect(1).stderr.contains("pg_restore"));
    assert!(!desk.path("copy.db").exists());
    assert!(desk.run("keys rotate").expect(1).stderr.contains("RESPITE_TOKEN_KEYS"));
}

/// A second server on one file is refused, whatever its port; the first goes on. A crash gives the file free.
#[test]
fn one_process_serves_a_file() {
    let desk = Desk::sqlite();
    desk.account("first");
    let service = desk.serve();
    let second = desk.run("serve --listen 127.0.0.1:0").expect(1);
    assert!(second.stderr.contains("in use"), "{}", second.stderr);
    service.signal("KILL");
    service.wait();
    let third = desk.serve();
    third.signal("TERM");
    third.wait();
}

/// A service with keys and settings of its own, and the clock in the test's hand.
fn served(db: &Arc<TestDatabase>, keys: &[u8], config: Config) -> App {
    let keys = keys.iter().map(|key| (format!("k{key}"), vec![*key; 32])).collect();
    let database = open_database(&Target::parse(&db.url).unwrap(), &Options::default()).unwrap();
    let clock = Clock::fixed(START.parse().unwrap(), config.time_zone);
    let tokens = TokenSettings { keys, access_seconds: 900, refresh_days: 30 };
    let house = Arc::new(House::open(database, clock, &tokens, Law::new(&Vec::new()).unwrap()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let config = Config { workers: 1, ..config };
    let served = server(web::Data::new(door(Arc::clone(&house), &config)), listener, &config, std::future::pending());
    actix_web::rt::spawn(served.unwrap());
    App { base, house, db: Arc::clone(db) }
}

/// A new key signs within a second, the old one still verifies; once it is ended it does not, and nobody is signed out:
/// the refresh token gives an access token of the new key.
#[actix_web::test]
async fn keys_rotate_without_signing_anybody_out() {
    let app = served(&Arc::new(fresh(Kind::Sqlite)), &[], Config::default());
    app.account("li", None, &[(Role::Hr, None)]);
    let signed = app.stranger().post("/auth/login", json!({"username": "li", "password": PASSWORD})).await.expect(200);
    let bearing = |told: &Told| -> Client { app.stranger().bearing(told.body["access_token"].as_str().unwrap()) };
    let old = bearing(&signed);
    let ctx = app.ctx();
    let kid = app.house.sign_in.keys.kids()[0].clone();
    // Another process makes a key: nothing of this service is told.
    let other = open_database(&Target::parse(&app.db.url).unwrap(), &Options::default()).unwrap();
    let newer = other.write(|tx| token_keys::rotate(tx, &app.ctx())).unwrap();
    assert!(other.write(|tx| token_keys::end(tx, &ctx, &newer)).is_err(), "the key that signs is not ended");
    app.set_clock("2026-03-02T01:00:01Z");
    old.get("/auth/me").await.expect(200);
    assert_eq!(app.house.sign_in.keys.kids(), [newer.clone(), kid.clone()]);
    let again = app.sign_in_with_password("li").await;
    again.get("/auth/me").await.expect(200);
    other.write(|tx| token_keys::end(tx, &ctx, &kid)).unwrap();
    app.set_clock("2026-03-02T01:00:02Z");
    assert_eq!(old.get("/auth/me").await.says(), (401, "unauthenticated"));
    again.get("/auth/me").await.expect(200);
    let refreshed = app.stranger().post("/auth/refresh", json!({"refresh_token": signed.body["refresh_token"]})).await;
    bearing(&refreshed.expect(200)).get("/auth/me").await.expect(200);
    assert!(other.write(|tx| token_keys::end(tx, &ctx, "nothing")).is_err());
    assert_eq!(
        sql::lines(&app.db, "SELECT act AS line FROM audit_log WHERE act LIKE 'token_key%' ORDER BY act").len(),
        2
    );
}

/// The same by the command line, beside a service.
#[test]
fn keys_are_listed_rotated_and_ended() {
    let desk = Desk::sqlite();
    desk.account("first");
    let service = desk.serve();
    let list = |line: &str| -> Vec<(String, bool)> {
        let told: Value = serde_json::from_str(&desk.run(&format!("{line} --format json")).expect(0).stdout).unwrap();
        let items = told["items"].as_array().unwrap().iter();
        items.map(|item| (item["kid"].as_str().unwrap().to_owned(), item["signs"] == true)).collect()
    };
    let first = list("keys list");
    assert_eq!((first.len(), first[0].1), (1, true));
    let both = list("keys rotate");
    assert_eq!((both.len(), both[0].1, both[1].0.as_str()), (2, true, first[0].0.as_str()));
    desk.run(&format!("keys end {}", both[0].0)).expect(1);
    desk.run("keys end nothing").expect(1);
    assert_eq!(list(&format!("keys end {}", first[0].0)), [(both[0].0.clone(), true)]);
    assert!(!desk.run("keys list").expect(0).stdout.contains("secret"));
    service.signal("TERM");
    service.wait();
    let mut configured = Desk::on(desk.variables[0].trim_start_matches("RESPITE_DATABASE_URL=").to_owned());
    configured.variables.push(TOKEN_KEYS.to_owned());
    assert!(configured.run("keys rotate").expect(1).stderr.contains("RESPITE_TOKEN_KEYS"));
}

both! {
    /// Configured keys rotate in two steps: known everywhere first, then signing. Nobody is signed out on the way.
    async fn configured_keys_rotate_in_two_steps(db: TestDatabase) {
        let db = Arc::new(db);
        let start = |keys: &[u8]| served(&db, keys, Config::default());
        let (before, known, signing, after) = (start(&[1]), start(&[1, 2]), start(&[2, 1]), start(&[2]));
        before.account("li", None, &[]);
        let old = before.sign_in_with_password("li").await;
        let new = signing.sign_in_with_password("li").await;
        for instance in [&before, &known, &signing] {
            old.at(&instance.base).get("/auth/me").await.expect(200);
        }
        for instance in [&known, &signing, &after] {
            new.at(&instance.base).get("/auth/me").await.expect(200);
        }
        assert_eq!(old.at(&after.base).get("/auth/me").await.says(), (401, "unauthenticated"));
        assert_eq!(new.at(&before.base).get("/auth/me").await.says(), (401, "unauthenticated"));
    }

    /// Behind a trusted proxy each client is a place of its own; what anybody else says of themselves is not believed.
    async fn a_trusted_proxy_names_the_client(db: TestDatabase) {
        let db = Arc::new(db);
        let config = Config { trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()], ..Config::default() };
        let (behind, bare) = (served(&db, &[1], config), served(&db, &[1], Config::default()));
        behind.account("li", None, &[]);
        let login = async |app: &App, from: &str, password: &str| {
            let body = json!({"username": "li", "password": password});
            app.stranger().with("x-forwarded-for", from).post("/auth/login", body).await
        };
        for _ in 0..10 {
            login(&behind, "203.0.113.1, 198.51.100.1", "a guess").await.expect(401);
        }
        let told = login(&behind, "203.0.113.2, 198.51.100.1", PASSWORD).await;
        assert_eq!(told.says(), (429, "too_many_requests"));
        assert!(!told.header("retry-after").is_empty());
        login(&behind, "198.51.100.2", PASSWORD).await.expect(200);
        for guess in 0..10 {
            login(&bare, &format!("198.51.100.{guess}"), "a guess").await.expect(401);
        }
        assert_eq!(login(&bare, "198.51.100.99", PASSWORD).await.status, 429, "one place, whatever it says");
    }

    /// More rows than one chunk: told as it goes, all or none, and the same again changes nothing.
    async fn many_rows_are_told_and_stored_or_not(db: TestDatabase) {
        let desk = Desk::on(db.url.clone());
        fs::write(desk.path("units.csv"), "单位代码,单位名称,上级单位代码,类别\nA,局,,局\nB,所,A,派出所\n").unwrap();
        desk.run("import units units.csv").expect(0);
        let mut roster = String::from("警号,姓名,单位代码,人员类别,性别,参加工作时间,配偶警号\n");
        for number in 0..1200 {
            // Two of three are couples, some of them parted by a chunk's end.
            let spouse = match number % 600 {
                n if n < 200 => (number + 400).to_string(),
                n if n >= 400 => (number - 400).to_string(),
                _ => String::new(),
            };
            roster.push_str(&format!("{number},警员{number},B,民警,男,2010-07-01,{spouse}\n"));
        }
        fs::write(desk.path("bad.csv"), format!("{roster}1200,最后,X,民警,男,2010-07-01,\n")).unwrap();
        fs::write(desk.path("good.csv"), &roster).unwrap();
        desk.run("import officers bad.csv").expect(1);
        assert_eq!(records::count(&db, "officers"), 0);
        let told = desk.run("import officers good.csv --format json").expect(0);
        assert!(told.stderr.contains("rows read: 1200") && told.stderr.contains("1200 / 1200"), "{}", told.stderr);
        let report: Value = serde_json::from_str(&told.stdout).unwrap();
        assert_eq!((&report["created"], &report["rejected"]), (&json!(1200), &json!([])));
        assert_eq!(records::count(&db, "spouses"), 800);
        assert_eq!(records::count(&db, "service_periods"), 1200);
        let again = desk.run("import officers good.csv --format json").expect(0);
        let report: Value = serde_json::from_str(&again.stdout).unwrap();
        assert_eq!((&report["unchanged"], &report["updated"]), (&json!(1200), &json!(0)));
        assert_eq!(records::count(&db, "audit_log WHERE act = 'officer.imported'"), 1600);
        // Accounts for all of them; one that is taken refuses the file.
        let accounts: String = (0..1200).map(|number| format!("{number},{number}\n")).collect();
        fs::write(desk.path("accounts.csv"), format!("用户名,警号\n{accounts}")).unwrap();
        let made = desk.run("account import accounts.csv --format json").expect(0);
        let made: Value = serde_json::from_str(&made.stdout).unwrap();
        assert_eq!((&made["created"], made["items"].as_array().unwrap().len()), (&json!(1200), 1200));
        fs::write(desk.path("more.csv"), "用户名,警号\nnew,1\n7,7\n").unwrap();
        let refused = desk.run("account import more.csv --format json").expect(1);
        let refused: Value = serde_json::from_str(&refused.stdout).unwrap();
        assert_eq!((&refused["rejected"][0]["row"], &refused["rejected"][0]["column"]), (&json!(3), &json!("username")));
        assert_eq!(records::count(&db, "accounts"), 1200);
    }

    /// Names that an older build let differ in case only stay two accounts, each found by its exact name.
    async fn names_that_clash_already_stay_apart(db: TestDatabase) {
        let app = App::start(db).await;
        for name in ["li", "wang"] {
            app.account(name, None, &[]);
        }
        // As the migration leaves them: the older has the key, the younger one of its own.
        sql::execute(&app.db, "UPDATE accounts SET username = 'Li', name_key = 'li#01' WHERE username = 'wang'").unwrap();
        for (typed, is) in [("li", "li"), ("Li", "Li"), ("LI", "li")] {
            let told = app.stranger().post("/auth/login", json!({"username": typed, "password": PASSWORD})).await.expect(200);
            let own = app.stranger().bearing(told.body["access_token"].as_str().unwrap());
            assert_eq!(own.get("/auth/me").await.body["username"], is, "{typed}");
        }
    }
}

/// The migration itself: a force whose names clash is brought over without losing one.
#[test]
fn clashing_names_are_migrated() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let db = empty(kind);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let of = |name: &str| {
            let kind = if kind == Kind::Sqlite { "sqlite" } else { "postgres" };
            fs::read_to_string(folder.join(kind).join(name).join("up.sql")).unwrap()
        };
        sql::script(&db, &of("2026-11-21-000000_house"));
        let id = |number: u32| {
            if kind == Kind::Sqlite { format!("x'{number:032x}'") } else { format!("'\\x{number:032x}'") }
        };
        let flag = if kind == Kind::Sqlite { "0" } else { "FALSE" };
        for (number, name, at) in
            [(1, "li", "02"), (2, "LI", "01"), (3, "Li", "02"), (4, "李", "01"), (5, "Wang", "01")]
        {
            let row = format!(
                "INSERT INTO accounts (id, username, password_hash, must_change_password, version, created_at) \
                 VALUES ({}, '{name}', 'x', {flag}, 1, '2026-01-{at} 00:00:00')",
                id(number)
            );
            sql::execute(&db, &row).unwrap();
        }
        sql::script(&db, &of("2026-11-21-120000_operation"));
        let keys = sql::lines(&db, "SELECT username || ' ' || name_key AS line FROM accounts");
        let younger = |name: &str, number: u32| format!("{name} li#{number:032x}");
        assert_eq!(keys, ["LI li", &younger("Li", 3), "Wang wang", &younger("li", 1), "李 李"]);
    }
}
