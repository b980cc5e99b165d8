//! The service as its clients see it: a real server on a socket, over one test database, with a clock that stands
//! still until the test sets it. The same door and house as `respite serve`.

use std::net::TcpListener;
use std::sync::{Arc, OnceLock};

use actix_web::http::header::HeaderMap;
use actix_web::web;
use chrono::TimeDelta;
use respite::app::accounts::{self, NewAccount, Secret};
use respite::app::ctx::{Caller, Ctx};
use respite::app::error::Error;
use respite::app::house::{House, TokenSettings, open_database};
use respite::app::law::Law;
use respite::app::names;
use respite::auth::passwords::Passwords;
use respite::auth::tokens::Claims;
use respite::clock::Clock;
use respite::config::Config;
use respite::http::office::door;
use respite::http::server::server;
use respite::rules::terms::{AccountId, OfficerId, Role, RowId, UnitId};
use respite::store;
use respite::store::accounts::Grant;
use respite::store::pool::{Options, Target};
use respite::store::sessions::Session;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::databases::TestDatabase;

/// Password of every account that [`App::account`] makes.
pub const PASSWORD: &str = "eight letters";
/// Where the clock stands at first: Monday, 2 March 2026, 09:00 in Shanghai.
pub const START: &str = "2026-03-02T01:00:00Z";

/// A running service.
pub struct App {
    pub base: String,
    pub house: Arc<House>,
    // Dropped last: the database outlives the server on it.
    pub db: Arc<TestDatabase>,
}

impl App {
    /// Starts the service on a database; the clock stands at [`START`].
    pub async fn start(db: TestDatabase) -> Self {
        Self::start_on(Arc::new(db)).await
    }

    /// Starts the service in another time zone.
    pub async fn start_in(db: TestDatabase, zone: chrono_tz::Tz) -> Self {
        Self::start_with(Arc::new(db), Config { time_zone: zone, ..Config::default() }).await
    }

    /// Starts another instance of the service, with a clock of its own, on a database that others may use too.
    pub async fn start_on(db: Arc<TestDatabase>) -> Self {
        Self::start_with(db, Config::default()).await
    }

    async fn start_with(db: Arc<TestDatabase>, config: Config) -> Self {
        let target = Target::parse(&db.url).unwrap();
        let database = open_database(&target, &Options::default()).unwrap();
        let clock = Clock::fixed(START.parse().unwrap(), config.time_zone);
        let tokens =
            TokenSettings { keys: vec![("test".to_owned(), vec![7; 32])], access_seconds: 900, refresh_days: 30 };
        let house = Arc::new(House::open(database, clock, &tokens, Law::new(&Vec::new()).unwrap()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let config = Config { workers: 2, ..config };
        let never = std::future::pending();
        let server = server(web::Data::new(door(Arc::clone(&house), &config)), listener, &config, never).unwrap();
        actix_web::rt::spawn(server);
        Self { base, house, db }
    }

    /// Sets the clock, e.g. `2026-03-05T01:00:00Z`.
    pub fn set_clock(&self, at: &str) {
        self.house.clock.set(at.parse().unwrap());
    }

    /// The context of the service itself, for what a test arranges past the wire.
    pub fn ctx(&self) -> Ctx {
        self.house.ctx(Caller::service(), "test")
    }

    /// Makes an account with [`PASSWORD`], past the wire: one hash serves all tests.
    pub fn account(&self, username: &str, officer: Option<Uuid>, grants: &[(Role, Option<Uuid>)]) -> AccountId {
        static SECRET: OnceLock<Secret> = OnceLock::new();
        let secret = SECRET.get_or_init(|| accounts::secret(&Passwords::new().unwrap(), Some(PASSWORD)).unwrap());
        let new = NewAccount {
            username: username.to_owned(),
            password: Some(PASSWORD.to_owned()),
            officer_id: officer.map(OfficerId),
            grants: grants.iter().map(|(role, unit)| Grant { role: *role, unit_id: unit.map(UnitId) }).collect(),
        };
        let ctx = self.ctx();
        self.house.database.write(|tx| accounts::create(tx, &ctx, &new, secret)).unwrap().account.id
    }

    /// A client that is not signed in.
    pub fn stranger(&self) -> Client {
        Client::stranger_at(&self.base)
    }

    /// Signs in over the wire.
    pub async fn sign_in_with_password(&self, username: &str) -> Client {
        let told = self.stranger().post("/auth/login", json!({"username": username, "password": PASSWORD})).await;
        assert_eq!(told.status, 200, "{}", told.body);
        self.stranger().bearing(told.body["access_token"].as_str().unwrap())
    }

    /// Signs in past the wire: a password takes its time on purpose, and a thousand tests have several people each.
    pub async fn sign_in(&self, username: &str) -> Client {
        let moment = self.house.clock.moment();
        let session = self
            .house
            .database
            .write(|tx| -> Result<Session, Error> {
                let found = store::accounts::find_by_name(tx.reading(), [username; 2], &names::key(username))?;
                let session = Session {
                    id: RowId(moment.new_id()),
                    account_id: found.ok_or(store::Error::NotFound)?.id,
                    created_at: moment.stamp(),
                    expires_at: moment.stamp() + TimeDelta::days(30),
                    ended_at: None,
                };
                store::sessions::insert(tx, &session)?;
                Ok(session)
            })
            .unwrap();
        let (iat, exp) = (moment.now().timestamp(), moment.now().timestamp() + 900);
        let claims = Claims { sub: session.account_id.0, sid: session.id.0, iat, exp };
        self.stranger().bearing(&self.house.sign_in.keys.sign(&claims).unwrap())
    }

    /// The same sign-in with a token that holds for ten years: for tests that move the clock by days.
    pub fn lasting(&self, client: &Client) -> Client {
        let now = self.house.clock.moment().now();
        let token = client.token.as_deref().unwrap();
        let claims = self.house.sign_in.keys.verify(token, now).unwrap();
        let exp = now.timestamp() + 3650 * 86_400;
        self.stranger().bearing(&self.house.sign_in.keys.sign(&Claims { exp, ..claims }).unwrap())
    }

    /// A client of a new account with one role on a unit (or the whole force).
    pub async fn as_role(&self, username: &str, role: Role, unit: Option<Uuid>) -> Client {
        self.account(username, None, &[(role, unit)]);
        self.sign_in(username).await
    }

    /// A client of a new account that stands for an officer, with perhaps some roles.
    pub async fn as_officer(&self, username: &str, officer: Uuid, grants: &[(Role, Option<Uuid>)]) -> Client {
        self.account(username, Some(officer), grants);
        self.sign_in(username).await
    }
}

/// A client with a token and headers of its own.
#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    headers: Vec<(String, String)>,
    place: Option<std::net::IpAddr>,
}

/// What the service answered.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body as JSON; a string where it is not JSON.
    pub body: Value,
    /// The body as it was sent.
    pub bytes: Vec<u8>,
}

impl Told {
    /// The code of a problem; empty for answers.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code.
    pub fn says(&self) -> (u16, &str) {
        assert!(self.code() != "wrong_state" || self.body["reason"].is_string(), "{}", self.body);
        (self.status, self.code())
    }

    /// Why the state of a record forbids what was asked.
    pub fn because(&self) -> &str {
        assert_eq!(self.says(), (409, "wrong_state"), "{}", self.body);
        self.body["reason"].as_str().unwrap()
    }

    /// A header; empty where absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The id of the resource.
    pub fn id(&self) -> Uuid {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.body)).parse().unwrap()
    }

    /// Asserts the status and passes the answer on.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Client {
    /// A client of a service at an address, not signed in.
    pub fn stranger_at(base: &str) -> Self {
        Self { base: base.to_owned(), token: None, headers: Vec::new(), place: None }
    }

    /// The same client with a token.
    pub fn bearing(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client with one more header.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same client at another address of this machine, e.g. `127.0.0.2`.
    pub fn placed_at(&self, address: &str) -> Self {
        Self { place: Some(address.parse().unwrap()), ..self.clone() }
    }

    /// The address of the service, another instance of it.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Told {
        self.send("GET", path, "", Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Told {
        self.send("POST", path, "application/json", body.to_string().into_bytes()).await
    }

    /// A `POST` without a body.
    pub async fn act(&self, path: &str) -> Told {
        self.send("POST", path, "", Vec::new()).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Told {
        self.send("PATCH", path, "application/merge-patch+json", body.to_string().into_bytes()).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Told {
        self.send("PUT", path, "application/json", body.to_string().into_bytes()).await
    }

    /// Any request. `path` lies below the base path, or begins with `http` or `//` for the service's own paths.
    pub async fn send(&self, method: &str, path: &str, content_type: &str, body: Vec<u8>) -> Told {
        let url = match path.strip_prefix("//") {
            Some(own) => format!("{}/{own}", self.base),
            None => format!("{}/api/v1{path}", self.base),
        };
        let connector = awc::Connector::new().timeout(std::time::Duration::from_secs(60));
        let connector = match self.place {
            Some(address) => connector.local_address(address),
            None => connector,
        };
        let client = awc::Client::builder()
            .connector(connector)
            .timeout(std::time::Duration::from_secs(60))
            .disable_redirects()
            .finish();
        let mut request = client.request(method.parse().unwrap(), url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            request = request.insert_header((name.as_str(), value.as_str()));
        }
        if !content_type.is_empty() {
            request = request.insert_header(("content-type", content_type));
        }
        let mut response = request.send_body(body).await.unwrap();
        let bytes = response.body().limit(64 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Told { status: response.status().as_u16(), headers: response.headers().clone(), body, bytes: bytes.to_vec() }
    }
}

/// A small force: bureau → branch → station and another station; hr and admin for the whole force, leaders on branch
/// and both stations, a head for the first station.
pub struct Force {
    pub app: App,
    pub bureau: Uuid,
    pub branch: Uuid,
    pub station: Uuid,
    pub other_station: Uuid,
    pub admin: Client,
    pub hr: Client,
    /// Leader of the first station.
    pub leader: Client,
    /// Leader of the second station.
    pub other_leader: Client,
    /// Leader of the branch above both.
    pub branch_leader: Client,
}

impl Force {
    /// Makes the force over the wire.
    pub async fn start(db: TestDatabase) -> Self {
        Self::on(App::start(db).await).await
    }

    /// Makes the force on a service that runs.
    pub async fn on(app: App) -> Self {
        let admin = app.as_role("admin", Role::Admin, None).await;
        let hr = app.as_role("hr", Role::Hr, None).await;
        let unit = async |name: &str, code: &str, kind: &str, parent: Option<Uuid>| {
            let body = json!({"name": name, "code": code, "kind": kind, "parent_id": parent});
            admin.post("/units", body).await.expect(201).id()
        };
        let bureau = unit("市公安局", "510000000000", "bureau", None).await;
        let branch = unit("城东分局", "510100000000", "branch", Some(bureau)).await;
        let station = unit("东街派出所", "510101000000", "station", Some(branch)).await;
        let other_station = unit("河畔派出所", "510102000000", "station", Some(branch)).await;
        let leader = app.as_role("leader", Role::Leader, Some(station)).await;
        let other_leader = app.as_role("other-leader", Role::Leader, Some(other_station)).await;
        let branch_leader = app.as_role("branch-leader", Role::Leader, Some(branch)).await;
        Self { app, bureau, branch, station, other_station, admin, hr, leader, other_leader, branch_leader }
    }

    /// Makes a police officer of the first station with service since a date.
    pub async fn officer(&self, badge_no: &str, service_from: &str) -> Uuid {
        self.officer_with(badge_no, json!({"service_periods": [{"from": service_from}]})).await
    }

    /// Makes an officer; members of `with` replace those of a police officer of the first station.
    pub async fn officer_with(&self, badge_no: &str, with: Value) -> Uuid {
        let mut body = json!({
            "badge_no": badge_no, "name": format!("警员{badge_no}"), "unit_id": self.station, "category": "police",
            "sex": "male",
        });
        for (name, value) in with.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.hr.post("/officers", body).await.expect(201).id()
    }

    /// Submits whole days of annual leave as the officer's client.
    pub async fn submit(&self, client: &Client, officer: Uuid, from: &str, to: &str) -> Told {
        let body = json!({"officer_id": officer, "kind": "annual", "from": from, "to": to});
        client.post("/leave-requests", body).await
    }

    /// The one balance of an officer on a date, as hr sees it.
    pub async fn balance(&self, officer: Uuid, on: &str) -> Value {
        let told = self.hr.get(&format!("/officers/{officer}/leave-balances?on={on}")).await.expect(200);
        told.body["items"][0].clone()
    }
}
