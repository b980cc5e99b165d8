//! One database with its multitude, the service on it, and what is sent to it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::{NaiveDate, Utc};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use respite::auth::tokens::{Claims, KeyRing};
use respite::clock::Clock;
use respite::rules::calendar::Calendar;
use tempfile::TempDir;

use crate::client::{self, Pace};
use crate::multitude::{self, Dialect, Multitude};
use crate::postgres::{self, Durability, Server};
use crate::script::{self, Meaning};
use crate::service::{KEY, Service};
use crate::{Figure, Plan, floors};

/// Kinds of file system that are memory: a durable write costs nothing there.
const MEMORY: &[&str] = &["tmpfs", "ramfs"];

/// A database under load.
pub struct Scene {
    service: Option<Service>,
    requests: Requests,
    floor: Floor,
    folder: TempDir,
}

/// What the floor is measured on.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Floor {
    Sqlite,
    Postgres { pgbench: PathBuf, url: String, reading: PathBuf, writing: PathBuf, _server: Server },
}

impl Scene {
    /// The service on a file.
    pub fn sqlite(plan: &Plan) -> Result<Self> {
        let folder = folder()?;
        let path = folder.path().join("respite.db");
        let url = format!("sqlite:{}", path.display());
        migrate(&url)?;
        let mut connection = SqliteConnection::establish(path.to_str().context("the path is not UTF-8")?)?;
        connection.batch_execute("PRAGMA synchronous = OFF; BEGIN")?;
        for statement in plan.multitude.statements(Dialect::Sqlite, None) {
            connection.batch_execute(&statement)?;
        }
        connection.batch_execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
        drop(connection);
        let service = Service::start(folder.path(), &url, &[])?;
        Ok(Self { service: Some(service), requests: Requests::new(plan.multitude)?, floor: Floor::Sqlite, folder })
    }

    /// The service on a private server whose commits are durable, and a copy of the database for the floor.
    pub fn postgres(plan: &Plan) -> Result<Self> {
        let folder = folder()?;
        let programs = postgres::programs().map_err(|why| anyhow!(why))?;
        let pgbench = floors::pgbench(&programs)?;
        let server = postgres::start(Durability::Full);
        server.execute("CREATE DATABASE respite")?;
        let url = server.url_for("respite");
        migrate(&url)?;
        let mut connection = PgConnection::establish(&url)?;
        for statement in plan.multitude.statements(Dialect::Postgres, None) {
            connection.batch_execute(&statement)?;
        }
        connection.batch_execute("VACUUM ANALYZE")?;
        drop(connection);
        server.execute("CREATE DATABASE floor TEMPLATE respite")?;
        let mut requests = Requests::new(plan.multitude)?;
        let (reading, writing) = record(&server, &url, &folder, &mut requests, plan)?;
        server.execute("CHECKPOINT")?;
        let service = Service::start(folder.path(), &url, &[])?;
        let floor = Floor::Postgres { pgbench, url: server.url_for("floor"), reading, writing, _server: server };
        Ok(Self { service: Some(service), requests, floor, folder })
    }

    /// Balances of random people, each asked for by the person.
    pub fn reads(&mut self, plan: &Plan) -> Result<Figure> {
        let (what, floor, demanded) = match self.floor {
            Floor::Sqlite => ("SQLite: GET /officers/{id}/leave-balances", "GET /healthz", 0.25),
            Floor::Postgres { .. } => {
                ("PostgreSQL: GET /officers/{id}/leave-balances", "pgbench, the same statements", 0.25)
            }
        };
        let mut pool = self.requests.balances().into_iter().cycle();
        let mut send = move || pool.next().unwrap_or_default();
        self.storm(plan, "200", Duration::from_secs(1), &mut send)?;
        let (mut rates, mut slowest) = (Vec::new(), Duration::ZERO);
        for _ in 0..plan.rounds {
            let floor = match &self.floor {
                Floor::Sqlite => {
                    self.storm(plan, "200", plan.time, || b"GET /healthz HTTP/1.1\r\nHost: load\r\n\r\n".to_vec())?.rate
                }
                Floor::Postgres { pgbench, url, reading, .. } => floors::scripted(pgbench, url, reading, plan, 0)?,
            };
            let used = self.service()?.processor_time()?;
            let pace = self.storm(plan, "200", plan.time, &mut send)?;
            let processor = (self.service()?.processor_time()? - used) / pace.answers;
            eprintln!("{what}: {:.0}/s beside {floor:.0}/s, {} µs of processor each", pace.rate, processor.as_micros());
            rates.push((pace.rate, floor));
            slowest = slowest.max(pace.p99);
        }
        Ok(Figure { what, floor, demanded, rates, p99: slowest })
    }

    /// A day of leave for one officer after the other, each asked for by the officer with a key of its own.
    pub fn writes(&mut self, plan: &Plan) -> Result<Figure> {
        let (what, floor, demanded) = match self.floor {
            Floor::Sqlite => ("SQLite: POST /leave-requests", "bare durable transactions of one row", 0.4),
            Floor::Postgres { .. } => {
                ("PostgreSQL: POST /leave-requests", "pgbench, the same statements, durable", 0.45)
            }
        };
        let mut requests = self.requests.clone();
        let mut send = || requests.submission();
        self.storm(plan, "201", Duration::from_secs(1), &mut send)?;
        let (mut rates, mut slowest) = (Vec::new(), Duration::ZERO);
        for round in 0..plan.rounds {
            let floor = match &self.floor {
                Floor::Sqlite => floors::bare_transactions(self.folder.path(), plan.time)?,
                Floor::Postgres { pgbench, url, writing, .. } => floors::scripted(pgbench, url, writing, plan, round)?,
            };
            let used = self.service()?.processor_time()?;
            let pace = self.storm(plan, "201", plan.time, &mut send)?;
            let processor = (self.service()?.processor_time()? - used) / pace.answers;
            eprintln!("{what}: {:.0}/s beside {floor:.0}/s, {} µs of processor each", pace.rate, processor.as_micros());
            rates.push((pace.rate, floor));
            slowest = slowest.max(pace.p99);
        }
        self.requests = requests;
        Ok(Figure { what, floor, demanded, rates, p99: slowest })
    }

    fn service(&self) -> Result<&Service> {
        self.service.as_ref().context("the service is gone")
    }

    fn storm(&self, plan: &Plan, status: &str, time: Duration, next: impl FnMut() -> Vec<u8>) -> Result<Pace> {
        client::storm(self.service()?.address, plan.clients, time, status, next)
    }

    /// The most memory that the service had resident, in MiB.
    pub fn memory_peak(&self) -> Result<f64> {
        self.service()?.memory_peak()
    }
}

/// A folder on a disk: what is durable only in memory would make every floor too high.
fn folder() -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("respite-load-").tempdir()?;
    let output = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder.path()).output()?;
    let kind = String::from_utf8_lossy(&output.stdout);
    ensure!(!MEMORY.contains(&kind.trim()), "{} is memory: set TMPDIR to a folder on a disk", folder.path().display());
    Ok(folder)
}

fn migrate(url: &str) -> Result<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_respite"));
    let output = command.arg("migrate").env_clear().env("RESPITE_DATABASE_URL", url).output()?;
    ensure!(output.status.success(), "migrate: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Has the server write down what one request of each sort executes, and makes scripts of it.
fn record(
    server: &Server,
    url: &str,
    folder: &TempDir,
    requests: &mut Requests,
    plan: &Plan,
) -> Result<(PathBuf, PathBuf)> {
    let Plan { multitude, clients, .. } = *plan;
    server.execute("ALTER DATABASE respite SET log_statement = 'all'")?;
    let service = Service::start(folder.path(), url, &[("RESPITE_POOL_SIZE", "1")])?;
    let once = |request: Vec<u8>, status: &str| -> Result<String> {
        let before = server.log().len();
        let mut request = Some(request);
        client::once(service.address, status, request.take().unwrap_or_default())?;
        Ok(server.log().get(before..).unwrap_or_default().to_owned())
    };
    let made = |requests: &mut Requests, name: &str, choice: String, log: &str, officer: u32| -> Result<PathBuf> {
        let meaning = Meaning { officer, choice, units: multitude.units, unique: requests.key() };
        let (text, statements) = script::script(log, &meaning)?;
        eprintln!("{name}: {statements} statements");
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    };
    // The first ones prepare the statements.
    for _ in 0..3 {
        once(requests.balance(requests.asked + 1)?, "200")?;
        once(requests.submission(), "201")?;
    }
    let log = once(requests.balance(requests.asked + 1)?, "200")?;
    let anybody = format!("\\set n random(1, {})", multitude.officers);
    let reading = made(requests, "reading.sql", anybody, &log, requests.asked + 1)?;
    let log = once(requests.submission(), "201")?;
    // Nobody asks twice for the same day: clients and rounds have officers of their own.
    let next = format!("\\set n (:k * {clients} + :client_id) % {} + 1", multitude.officers);
    let writing = made(requests, "writing.sql", next, &log, requests.asked)?;
    drop(service);
    server.execute("ALTER DATABASE respite RESET log_statement")?;
    Ok((reading, writing))
}

/// Makes requests.
#[derive(Clone)]
struct Requests {
    multitude: Multitude,
    tokens: std::rc::Rc<KeyRing>,
    issued: i64,
    days: Vec<NaiveDate>,
    /// How many officers have asked for leave on the first of the days.
    asked: u32,
    sent: u32,
}

impl Requests {
    fn new(multitude: Multitude) -> Result<Self> {
        let (today, calendar) = (Clock::system(chrono_tz::Asia::Shanghai).today(), Calendar::built_in()?);
        let coming = today.iter_days().skip(1).take(200);
        let days: Vec<NaiveDate> =
            coming.filter(|day| calendar.day(*day).is_ok_and(|day| day.class.working())).take(7).collect();
        ensure!(days.len() == 7, "no calendar is published for the days ahead");
        let tokens = std::rc::Rc::new(KeyRing::new(&[("load".to_owned(), KEY.to_vec())])?);
        Ok(Self { multitude, tokens, issued: Utc::now().timestamp(), days, asked: 0, sent: 0 })
    }

    fn token(&self, officer: u32) -> String {
        let claims = Claims {
            sub: multitude::account(officer),
            sid: multitude::session(officer),
            iat: self.issued,
            exp: self.issued + 7200,
        };
        self.tokens.sign(&claims).unwrap_or_default()
    }

    fn balance(&self, officer: u32) -> Result<Vec<u8>> {
        let token = self.token(officer);
        let id = multitude::officer(officer);
        Ok(format!(
            "GET /api/v1/officers/{id}/leave-balances HTTP/1.1\r\nHost: load\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        .into_bytes())
    }

    /// Requests of five thousand officers, spread over all.
    fn balances(&self) -> Vec<Vec<u8>> {
        let step = 7919;
        (0..5000_u32).filter_map(|n| self.balance(n.wrapping_mul(step) % self.multitude.officers + 1).ok()).collect()
    }

    fn key(&self) -> String {
        format!("load-{}", self.sent)
    }

    fn submission(&mut self) -> Vec<u8> {
        if self.asked == self.multitude.officers {
            self.asked = 0;
            self.days.remove(0);
        }
        self.asked += 1;
        self.sent += 1;
        let (token, key, officer) = (self.token(self.asked), self.key(), multitude::officer(self.asked));
        let day = self.days.first().copied().unwrap_or_default();
        let body = format!(r#"{{"officer_id":"{officer}","kind":"annual","from":"{day}","to":"{day}"}}"#);
        let head = format!(
            "POST /api/v1/leave-requests HTTP/1.1\r\nHost: load\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        (head + &body).into_bytes()
    }
}
