//! Whatever is sent to whichever endpoint, by whomever: the answer is a refusal in problem details or what was asked
//! for, never a fault. What is sent is made from the endpoint table and its OpenAPI document.

use std::rc::Rc;

use respite::http::endpoint::{BodyOf, Endpoint};
use respite::http::{endpoints, openapi};
use respite::rules::terms::Role;
use serde_json::{Value, json};

use crate::app::{Force, PASSWORD};
use crate::crowd::{assert_sound, at_once};
use crate::databases::{Kind, fresh};
use crate::samples::{Samples, hostile_values, pointers};

/// One thing to send.
#[derive(Clone, Default)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub content_type: String,
    body: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
}

/// Somebody who is signed in (or not) and keeps their connections.
#[derive(Clone)]
pub struct Sender {
    base: String,
    pub token: Option<String>,
    client: Rc<awc::Client>,
}

impl Sender {
    async fn signed_in(force: &Force, username: &str) -> Self {
        let body = json!({"username": username, "password": PASSWORD});
        let told = force.app.stranger().post("/auth/login", body).await.expect(200);
        let token = told.body["access_token"].as_str().map(str::to_owned);
        let connector = awc::Connector::new().timeout(std::time::Duration::from_secs(60));
        let client = awc::Client::builder().connector(connector).timeout(std::time::Duration::from_secs(60)).finish();
        Self { base: format!("{}/api/v1", force.app.base), token, client: Rc::new(client) }
    }

    /// Sends it and asserts that the answer is none of a fault.
    async fn send(&self, sent: Sent) -> u16 {
        let mut request = self.client.request(sent.method.parse().unwrap(), format!("{}{}", self.base, sent.path));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if !sent.content_type.is_empty() {
            request = request.insert_header(("content-type", sent.content_type.as_str()));
        }
        for (name, value) in &sent.headers {
            let value = awc::http::header::HeaderValue::from_bytes(value).unwrap();
            request = request.insert_header((*name, value));
        }
        let what = format!(
            "{} {:.300} {} {:.300}",
            sent.method,
            sent.path,
            sent.content_type,
            String::from_utf8_lossy(&sent.body)
        );
        let mut response = request.send_body(sent.body).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let status = response.status().as_u16();
        let kind =
            response.headers().get("content-type").map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
        let body = response.body().limit(8 << 20).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let told: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        assert!(status < 500, "{what}\n{status} {told}");
        if status >= 400 {
            assert_eq!(kind, "application/problem+json", "{what}\n{status}");
            assert_eq!(told["status"], status, "{what}");
            for member in ["code", "title", "instance", "type"] {
                assert!(told[member].as_str().is_some_and(|text| !text.is_empty()), "{what}\n{told}");
            }
        }
        status
    }

    /// Sends all of them, eight at once; the statuses in their order.
    async fn send_all(&self, all: Vec<Sent>) -> Vec<u16> {
        let mut statuses = Vec::with_capacity(all.len());
        for some in all.chunks(8) {
            let asks = some.iter().cloned().map(|sent| {
                let sender = self.clone();
                async move { sender.send(sent).await }
            });
            statuses.extend(at_once(asks.collect::<Vec<_>>()).await);
        }
        statuses
    }
}

/// A force with records to aim at.
pub struct Range {
    pub force: Force,
    samples: Samples,
    senders: Vec<Sender>,
    /// Holds every role that one account may hold, and is linked to an officer.
    pub everybody: Sender,
}

impl Range {
    pub async fn start(kind: Kind) -> Self {
        let force = Force::start(fresh(kind)).await;
        let target = force.officer("100100", "2016-03-10").await;
        let own = force.officer("100101", "2016-03-10").await;
        force.app.account("own", Some(own), &[]);
        let station = Some(force.station);
        let grants = [(Role::Admin, None), (Role::Hr, None), (Role::Leader, station), (Role::BureauLeader, station)];
        force.app.account("everybody", Some(own), &grants);
        let account = force.app.account("target", None, &[]);
        let request = force.submit(&force.hr, target, "2026-03-09", "2026-03-10").await.expect(201).id();
        let samples = Samples::new(
            openapi::document(endpoints::table()),
            &[
                ("accounts", account.0),
                ("units", force.other_station),
                ("officers", target),
                ("leave-requests", request),
            ],
        );
        let mut senders = Vec::new();
        for username in ["admin", "hr", "leader", "own"] {
            senders.push(Sender::signed_in(&force, username).await);
        }
        let everybody = Sender::signed_in(&force, "everybody").await;
        Self { force, samples, senders, everybody }
    }

    pub fn sent(&self, endpoint: &Endpoint) -> Sent {
        Sent {
            method: endpoint.method.to_string(),
            path: self.samples.path(endpoint),
            content_type: endpoint.content_types().first().copied().unwrap_or_default().to_owned(),
            headers: vec![("if-match", b"*".to_vec())],
            ..Sent::default()
        }
    }
}

/// The table, what ends the sign-in of the sender last.
pub fn table() -> Vec<&'static Endpoint> {
    let mut rows: Vec<_> = endpoints::table().iter().collect();
    rows.sort_by_key(|row| row.path == "/auth/logout");
    rows
}

pub fn bodies() -> Vec<Vec<u8>> {
    let nested = |open: &str, times: usize| open.repeat(times).into_bytes();
    vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"\"".to_vec(),
        b"{}{}".to_vec(),
        b"\xff\xfe\x00{".to_vec(),
        b"{\"\xc3\x28\": 1}".to_vec(),
        b"{\"a\": 1, \"a\": 2}".to_vec(),
        b"{\"reason\": \"\\ud800\"}".to_vec(),
        b"{\"id\": 1e999}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        nested("[", 100_000),
        nested("{\"a\":", 50_000),
        format!("{{\"note\": \"{}\"}}", "x".repeat(1 << 20)).into_bytes(),
    ]
}

pub fn files() -> Vec<Vec<u8>> {
    vec![
        b"".to_vec(),
        b"\xef\xbb\xbf".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"PK\x03\x04 not a zip".to_vec(),
        b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
        b"\xff\xff\xff\xff,\xff\n".to_vec(),
        "警号\n".as_bytes().to_vec(),
        "警号,姓名\n\"1,2\n".as_bytes().to_vec(),
        "警号,警号,姓名\n1,2,3\n".as_bytes().to_vec(),
        vec![b','; 200_000],
        vec![b'\n'; 200_000],
        vec![b'"'; 200_001],
        [b"badge_no,name\n".as_slice(), &vec![b'x'; 1 << 20]].concat(),
    ]
}

async fn hostile_bodies(kind: Kind) {
    let range = Range::start(kind).await;
    for endpoint in table() {
        let mut all = Vec::new();
        let is_file = matches!(endpoint.body, Some(BodyOf::Binary(_)));
        for body in if is_file { files() } else { bodies() } {
            for content_type in endpoint.content_types().iter().chain(&["text/plain", ""]) {
                let sent = range.sent(endpoint);
                all.push(Sent { body: body.clone(), content_type: (*content_type).to_owned(), ..sent });
            }
        }
        for sender in &range.senders {
            sender.send_all(all.clone()).await;
        }
    }
    assert_sound(&range.force.app);
}

/// Each member of each body, replaced by everything that it is not, or taken out.
async fn hostile_members(kind: Kind) {
    let range = Range::start(kind).await;
    for endpoint in table() {
        let Some(sample) = range.samples.body(endpoint) else { continue };
        let mut all = vec![sample.clone()];
        for pointer in pointers(&sample) {
            for value in hostile_values() {
                let mut body = sample.clone();
                *body.pointer_mut(&pointer).unwrap() = value;
                all.push(body);
            }
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let mut body = sample.clone();
            if let Some(object) = body.pointer_mut(parent).and_then(Value::as_object_mut) {
                object.remove(name);
                object.insert("colour".to_owned(), json!("red"));
                all.push(body);
            }
        }
        let sent = range.sent(endpoint);
        let all = all.iter().map(|body| Sent { body: body.to_string().into_bytes(), ..sent.clone() }).collect();
        let statuses = range.everybody.send_all(all).await;
        let has_members = sample.as_object().is_some_and(|members| !members.is_empty());
        // The state of what it is sent to may refuse it too (409): an approval above has decided the request.
        let misread = statuses.iter().any(|status| matches!(status, 400 | 422));
        assert_eq!(misread, has_members, "{}: {statuses:?}", endpoint.path);
    }
    assert_sound(&range.force.app);
}

async fn hostile_paths_and_queries(kind: Kind) {
    let range = Range::start(kind).await;
    let ids = [
        "x",
        "0",
        "-1",
        "%00",
        "%ff",
        "%zz",
        "..%2f..",
        "%2e%2e",
        "%F0%9F%98%80",
        "'%20OR%20'1'='1",
        "*",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "0190163d8694739baea5966c26f8ad91",
        "urn:uuid:0190163d-8694-739b-aea5-966c26f8ad91",
        "%7B0190163d-8694-739b-aea5-966c26f8ad91%7D",
    ];
    let long = "9".repeat(4000);
    for endpoint in table() {
        let sent = range.sent(endpoint);
        let body = range.samples.body(endpoint).map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut all = Vec::new();
        if endpoint.path.contains('{') {
            for id in ids.iter().copied().chain([long.as_str()]) {
                all.push(Sent { path: range.samples.path_with(endpoint, id), body: body.clone(), ..sent.clone() });
            }
        }
        let odd = ["?", "?&&=", "?=1", "?%00=1", "?%ff=%ff", "?colour=red", "?limit=1&limit=2", "?a[]=1", "?%"];
        let queries = odd.map(str::to_owned).into_iter().chain(range.samples.hostile_queries(endpoint));
        all.extend(queries.map(|query| Sent {
            path: format!("{}{query}", sent.path),
            body: body.clone(),
            ..sent.clone()
        }));
        range.everybody.send_all(all).await;
    }
    assert_sound(&range.force.app);
}

async fn hostile_headers(kind: Kind) {
    let range = Range::start(kind).await;
    let headers: Vec<(&'static str, Vec<u8>)> = vec![
        ("if-match", b"".to_vec()),
        ("if-match", b"7".to_vec()),
        ("if-match", b"\"".to_vec()),
        ("if-match", b"\"a\", W/\"b\", \xff".to_vec()),
        ("if-none-match", b"*".to_vec()),
        ("if-none-match", b"\xff\xfe".to_vec()),
        ("idempotency-key", b"\xe4\xb8\xad".to_vec()),
        ("idempotency-key", vec![b'k'; 3000]),
        ("accept-language", b"\xff\xfe;q=9, *;q=-1".to_vec()),
        ("accept-language", vec![b','; 3000]),
        ("x-request-id", vec![b'r'; 3000]),
        ("x-request-id", b"a\tb\xff".to_vec()),
        ("authorization", b"Bearer".to_vec()),
        ("authorization", b"Bearer \xff\xff".to_vec()),
        ("authorization", b"Basic YWRtaW46YWRtaW4=".to_vec()),
        ("authorization", b"Bearer eyJhbGciOiJub25lIn0.e30.".to_vec()),
        ("authorization", [b"Bearer ".as_slice(), &vec![b'x'; 6000]].concat()),
        ("content-type", b"application/json; charset=utf-16".to_vec()),
        ("content-type", b"\xff".to_vec()),
        ("content-type", b"multipart/form-data".to_vec()),
        ("content-encoding", b"gzip".to_vec()),
        ("accept", b"image/png".to_vec()),
        ("range", b"bytes=9-1".to_vec()),
    ];
    for endpoint in table() {
        let body = range.samples.body(endpoint).map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let one = |header: &(&'static str, Vec<u8>)| Sent {
            headers: vec![header.clone()],
            body: body.clone(),
            ..range.sent(endpoint)
        };
        range.everybody.send_all(headers.iter().map(one).collect()).await;
    }
    assert_sound(&range.force.app);
}

/// Every path with every method that it does not have.
async fn other_methods(kind: Kind) {
    let range = Range::start(kind).await;
    for endpoint in endpoints::table() {
        let known: Vec<_> =
            table().iter().filter(|row| row.path == endpoint.path).map(|row| row.method.to_string()).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            if !known.iter().any(|one| one == method) {
                let status = range.everybody.send(Sent { method: method.to_owned(), ..range.sent(endpoint) }).await;
                // What is no parameter of one path may be one of another: /leave-requests/inbox is also {id}.
                assert!(status == 405 || status == 404, "{method} {}: {status}", endpoint.path);
            }
        }
    }
}

macro_rules! on_each {
    ($($name:ident)+) => {$(
        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name(super::Kind::Sqlite).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name(super::Kind::Postgres).await;
            }
        }
    )+};
}

on_each! { hostile_bodies hostile_members hostile_paths_and_queries hostile_headers other_methods }

/// A body beyond the limit of imports: the client sees the answer although it sends on.
#[actix_web::test]
async fn a_file_that_is_too_large_is_refused() {
    let range = Range::start(Kind::Sqlite).await;
    let sent = Sent {
        method: "POST".to_owned(),
        path: "/officers/import".to_owned(),
        content_type: "text/csv".to_owned(),
        body: vec![b'x'; (32 << 20) + 1],
        ..Sent::default()
    };
    assert_eq!(range.everybody.send(sent).await, 413);
}
