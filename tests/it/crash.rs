//! The program is killed in the middle of writes, and the database under it: what was answered is there, nothing is
//! half there, and the service goes on by itself.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::crowd::at_once;
use crate::databases::{Kind, fresh};
use crate::postgres::{self, Durability};
use crate::program::{Service, TOKEN_KEYS, run};
use crate::scratch;

const PASSWORD: &str = "eight letters";
const CLIENTS: usize = 8;

/// A database with a roster and an account of hr, for a program of its own.
struct Scene {
    folder: TempDir,
    variables: Vec<String>,
}

impl Scene {
    fn set(url: &str) -> Self {
        let variables = vec![
            format!("RESPITE_DATABASE_URL={url}"),
            TOKEN_KEYS.to_owned(),
            "RESPITE_DATABASE_TIMEOUT_SECONDS=2".to_owned(),
        ];
        let scene = Self { folder: scratch::folder("crash"), variables };
        let rosters = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rosters");
        for (roster, file) in [("units", "units.csv"), ("officers", "officers_utf8_bom.csv")] {
            scene.run(&["import", roster, rosters.join(file).to_str().unwrap()], b"");
        }
        scene.run(&["account", "create", "--username", "hr", "--role", "hr", "--password-stdin"], PASSWORD.as_bytes());
        scene
    }

    fn variables(&self) -> Vec<&str> {
        self.variables.iter().map(String::as_str).collect()
    }

    fn run(&self, args: &[&str], input: &[u8]) -> String {
        run(self.folder.path(), args, &self.variables(), input).expect(0).stdout
    }

    fn start(&self) -> Service {
        Service::start(self.folder.path(), &self.variables())
    }
}

/// A caller who may lose the answer.
#[derive(Clone)]
struct Caller {
    base: String,
    token: String,
    client: Rc<awc::Client>,
}

/// What came back: status, whether it was a replay, `Retry-After`, the body.
struct Came {
    status: u16,
    retry_after: Option<String>,
    body: Value,
}

impl Caller {
    async fn signed_in(base: &str) -> Self {
        let client = awc::Client::builder().timeout(Duration::from_secs(30)).finish();
        let mut caller = Self { base: base.to_owned(), token: String::new(), client: Rc::new(client) };
        let body = json!({"username": "hr", "password": PASSWORD});
        let came = caller.post("/auth/login", "", &body).await.unwrap();
        caller.token = came.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", came.body)).to_owned();
        caller
    }

    async fn send(&self, method: &str, path: &str, key: &str, body: Vec<u8>) -> Option<Came> {
        let path = if path.starts_with("//") { path[1..].to_owned() } else { format!("/api/v1{path}") };
        // A connection of its own: one that the service has meanwhile closed would look like a lost answer.
        let mut request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.base)).force_close();
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if !key.is_empty() {
            request = request.insert_header(("idempotency-key", key));
        }
        if !body.is_empty() {
            request = request.insert_header(("content-type", "application/json"));
        }
        let mut response = request.send_body(body).await.ok()?;
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        // An answer whose body does not arrive is none.
        let body = response.body().limit(8 << 20).await.ok()?;
        Some(Came { status: response.status().as_u16(), retry_after, body: serde_json::from_slice(&body).ok()? })
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Option<Came> {
        self.send("POST", path, key, body.to_string().into_bytes()).await
    }

    async fn get(&self, path: &str) -> Came {
        self.send("GET", path, "", Vec::new()).await.unwrap_or_else(|| panic!("no answer to GET {path}"))
    }
}

/// The program has the machine's clock: where it stands decides which days lie ahead. Where no calendar is published
/// for them, adjustments alone are written.
fn today() -> NaiveDate {
    respite::clock::Clock::system(chrono_tz::Asia::Shanghai).today()
}

/// A write that was sent, with what was answered, if anything.
#[derive(Debug, Clone)]
struct Write {
    path: &'static str,
    key: String,
    body: Value,
    answered: Option<(u16, Value)>,
}

/// What the clients do, round after round.
struct Work {
    officers: Vec<String>,
    days: Vec<String>,
    writes: Rc<RefCell<Vec<Write>>>,
}

impl Work {
    async fn plan(caller: &Caller) -> Self {
        let came = caller.get("/officers?limit=60").await;
        let officers = came.body["items"].as_array().unwrap().iter();
        let officers: Vec<String> = officers
            .filter(|one| one["category"] == "police")
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .take(CLIENTS)
            .collect();
        assert_eq!(officers.len(), CLIENTS);
        let (from, to) = (today(), today() + chrono::Days::new(120));
        let calendar = caller.get(&format!("/calendar?from={from}&to={to}")).await;
        let days = calendar.body["items"].as_array().cloned().unwrap_or_default();
        let working = days.iter().filter(|day| day["working"] == true).skip(1);
        let days = working.map(|day| day["date"].as_str().unwrap().to_owned()).collect();
        Self { officers, days, writes: Rc::default() }
    }

    /// The n-th write of a client: now an adjustment, now a request for a day of its own.
    fn write(&self, client: usize, number: usize) -> Write {
        let officer = &self.officers[client];
        let key = format!("{client}-{number}");
        match self.days.get(number / 2).filter(|_| number % 2 == 1) {
            Some(day) => {
                let body = json!({"officer_id": officer, "kind": "annual", "from": day, "to": day});
                Write { path: "/leave-requests", key, body, answered: None }
            }
            None => {
                let year = today().year();
                let body = json!({"officer_id": officer, "kind": "annual", "year": year, "days": 1, "reason": key});
                Write { path: "/leave-adjustments", key, body, answered: None }
            }
        }
    }

    /// All clients write until somebody ends it, after so many answers.
    async fn storm(&self, caller: &Caller, round: usize, answers: usize, end: impl Fn() + 'static) {
        let (answered, end) = (Rc::new(Cell::new(0)), Rc::new(end));
        at_once((0..CLIENTS).map(|client| {
            let planned: Vec<Write> = (0..40).map(|number| self.write(client, round * 40 + number)).collect();
            let (caller, writes, answered, end) =
                (caller.clone(), Rc::clone(&self.writes), Rc::clone(&answered), Rc::clone(&end));
            async move {
                for mut write in planned {
                    let came = caller.post(write.path, &write.key, &write.body).await;
                    let is_last = came.as_ref().is_none_or(|came| came.status == 503);
                    write.answered = came.map(|came| (came.status, came.body));
                    writes.borrow_mut().push(write);
                    answered.set(answered.get() + 1);
                    if answered.get() == answers {
                        end();
                    }
                    if is_last {
                        break;
                    }
                }
            }
        }))
        .await;
        assert!(answered.get() > answers, "others were writing when it ended");
    }

    /// Asks again for what was not answered, and then finds everything that was, once.
    async fn verify(&self, caller: &Caller) {
        let mut writes = self.writes.take();
        for write in writes.iter_mut().filter(|write| write.answered.as_ref().is_none_or(|(status, _)| *status == 503))
        {
            let came = caller.post(write.path, &write.key, &write.body).await.unwrap();
            write.answered = Some((came.status, came.body));
        }
        let mut ids = HashSet::new();
        for write in writes.iter() {
            let (status, body) = write.answered.as_ref().unwrap();
            assert!([201, 409, 422].contains(status), "{write:?}");
            if *status == 201 && write.path == "/leave-requests" {
                let id = body["id"].as_str().unwrap();
                let came = caller.get(&format!("/leave-requests/{id}")).await;
                assert_eq!((came.status, &came.body["from"]), (200, &write.body["from"]), "{write:?}");
                assert!(ids.insert(id.to_owned()), "{id} twice");
            }
        }
        for officer in &self.officers {
            let done = |path: &str| {
                let all =
                    writes.iter().filter(|write| write.path == path && write.body["officer_id"] == officer.as_str());
                all.filter(|write| write.answered.as_ref().is_some_and(|(status, _)| *status == 201)).count()
            };
            let listed = caller.get(&format!("/leave-requests?officer_id={officer}&limit=500")).await;
            assert_eq!(listed.body["items"].as_array().unwrap().len(), done("/leave-requests"));
            let balance = caller.get(&format!("/officers/{officer}/leave-balances")).await;
            let adjusted = balance.body["items"][0]["adjusted_days"].as_f64().unwrap();
            assert!(
                (adjusted - f64::from(u32::try_from(done("/leave-adjustments")).unwrap())).abs() < 0.1,
                "{adjusted} {}",
                done("/leave-adjustments")
            );
        }
        assert!(writes.iter().any(|write| write.answered.as_ref().is_some_and(|(status, _)| *status == 201)));
        self.writes.replace(writes);
    }
}

/// Three times killed in the middle of writes, three times started again.
async fn killed_in_the_middle(url: &str) {
    let scene = Scene::set(url);
    let mut service = Rc::new(scene.start());
    let mut caller = Caller::signed_in(&service.base).await;
    let work = Work::plan(&caller).await;
    for round in 0..3 {
        let victim = Rc::clone(&service);
        work.storm(&caller, round, 60, move || victim.kill()).await;
        assert_eq!(service.wait(), None, "ended by a signal");
        // Before anything is written again, and beside the running service after.
        scene.run(&["doctor"], b"");
        service = Rc::new(scene.start());
        caller.base = service.base.clone();
        work.verify(&caller).await;
        scene.run(&["doctor"], b"");
    }
}

#[actix_web::test]
async fn killed_in_the_middle_of_writes_sqlite() {
    killed_in_the_middle(&fresh(Kind::Sqlite).url).await;
}

#[actix_web::test]
async fn killed_in_the_middle_of_writes_postgres() {
    let db = fresh(Kind::Postgres);
    killed_in_the_middle(&db.url).await;
}

/// PostgreSQL crashes under the running service: 503 meanwhile, and afterwards the same process works on.
#[actix_web::test]
async fn the_database_crashes_under_the_service() {
    let server = Rc::new(postgres::start(Durability::Full));
    server.execute("CREATE DATABASE respite").unwrap();
    let url = server.url_for("respite");
    let folder = scratch::folder("crash");
    let migrate = [format!("RESPITE_DATABASE_URL={url}")];
    run(folder.path(), &["migrate"], &[&migrate[0]], b"").expect(0);
    let scene = Scene::set(&url);
    let service = scene.start();
    let caller = Caller::signed_in(&service.base).await;
    let work = Work::plan(&caller).await;
    for round in 0..2 {
        let victim = Rc::clone(&server);
        work.storm(&caller, round, 40, move || victim.kill_immediate()).await;
        for (method, path, body) in
            [("GET", "/officers", ""), ("POST", "/leave-requests", "{}"), ("GET", "//readyz", "")]
        {
            let came = caller.send(method, path, "", body.as_bytes().to_vec()).await.unwrap();
            assert_eq!((came.status, came.body["code"].as_str()), (503, Some("unavailable")), "{path}");
            assert!(came.retry_after.is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{path}");
        }
        assert_eq!(caller.get("//healthz").await.status, 200);
        let met: HashSet<u16> =
            work.writes.borrow().iter().filter_map(|write| Some(write.answered.as_ref()?.0)).collect();
        assert!(met.is_subset(&HashSet::from([201, 409, 422, 503])), "{met:?}\n{}", service.log());
        server.restart();
        // The pool comes back by itself, at most after a few attempts of its own.
        let mut attempts = 0;
        while caller.get("/officers").await.status == 503 {
            attempts += 1;
            assert!(attempts < 10, "{}", service.log());
        }
        assert_eq!(caller.get("//readyz").await.status, 200);
        work.verify(&caller).await;
        scene.run(&["doctor"], b"");
    }
}
