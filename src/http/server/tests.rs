//! The whole door over a table of toys.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;

use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::clock::Clock;
use crate::http::answer::Answer;
use crate::http::body::{Json, OptionalJson, Raw};
use crate::http::desk::Desk;
use crate::http::door::{Admission, Gate};
use crate::http::paging::{Page, Paging};
use crate::http::path::{PathId, PathIds};
use crate::http::query::Query;
use crate::rules::finding::{Finding, Outcome};
use crate::rules::terms::{OfficerId, Role};

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Toy {
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(flatten)]
    paging: Paging,
}

struct Caller(String);

struct Tokens;

impl Gate for Tokens {
    fn admit(&self, token: Option<String>, endpoint: &'static Endpoint) -> Result<Admission, Error> {
        match token.as_deref() {
            Some("hr") => Ok(Arc::new(Caller("hr".to_owned()))),
            Some(_) if endpoint.access == Access::SignedIn => Ok(Arc::new(Caller("other".to_owned()))),
            Some(_) => Err(Code::Forbidden.into()),
            None => Err(Code::Unauthenticated.into()),
        }
    }
}

async fn create(desk: Desk, body: Json<Toy>) -> Result<Answer, Problem> {
    let caller = desk.caller::<Caller>()?;
    let key = desk.idempotency_key().map(str::to_owned);
    let answer = desk
        .run(move || Answer::created("/toys/1", &json!({"name": body.value.name, "by": caller.0, "key": key})))
        .await?;
    Ok(answer.etag("1"))
}

async fn list(page: Query<Filter>) -> Result<Answer, Problem> {
    Ok(Answer::ok(&Page::of(vec![1, 2, 3], &page.0.paging, "toys", |row| *row)?)?)
}

async fn show(id: PathId<OfficerId>) -> Result<Answer, Problem> {
    Ok(Answer::ok(&json!({"id": id.0}))?.etag("7"))
}

async fn swap(ids: PathIds<OfficerId, OfficerId>) -> Result<Answer, Problem> {
    Ok(Answer::ok(&json!([ids.1, ids.0]))?)
}

async fn edit(desk: Desk, _id: PathId<OfficerId>, body: Json<Toy>) -> Result<Answer, Problem> {
    desk.expected()?.check(Some("7"))?;
    Ok(Answer::ok(&body.value)?.etag("8"))
}

async fn act(desk: Desk, body: OptionalJson<Toy>) -> Result<Answer, Problem> {
    match body.value.map(|toy| toy.name).as_deref() {
        Some("overlap") => Err(Error::Refused(vec![Finding::new("leave.overlap", "", Outcome::Block)]).into()),
        Some("panic") => panic!("on purpose"),
        Some("panic inside") => desk.run(|| -> Result<Answer, Error> { panic!("on purpose") }).await,
        Some("slow") => {
            desk.run(|| {
                std::thread::sleep(Duration::from_millis(1500));
                Ok(Answer::nothing())
            })
            .await
        }
        _ => Ok(Answer::nothing()),
    }
}

async fn import(body: Raw) -> Result<Answer, Problem> {
    Ok(Answer::ok(&json!({"bytes": body.bytes.len(), "type": body.content_type}))?)
}

fn table() -> &'static [Endpoint] {
    const HR: Access = Access::Roles(&[Role::Hr]);
    vec![
        Endpoint::get("/toys", "list_toys", Access::Public, || web::get().to(list))
            .query::<Filter>()
            .answer::<Page<i32>>(200),
        Endpoint::post("/toys", "create_toy", HR, || web::post().to(create)).body::<Toy>().created::<Toy>(),
        Endpoint::get("/toys/{id}", "show_toy", Access::SignedIn, || web::get().to(show)).etag().answer::<Toy>(200),
        Endpoint::patch("/toys/{id}", "edit_toy", HR, || web::patch().to(edit))
            .merge_patch::<Toy>()
            .if_match()
            .answer::<Toy>(200),
        // Another name for the same place of a path.
        Endpoint::get("/toys/{toy_id}/for/{other_id}", "swap_toys", Access::Public, || web::get().to(swap))
            .answer::<Value>(200),
        Endpoint::post("/toys/act", "act", Access::Public, || web::post().to(act)).optional_body::<Toy>().no_content(),
        Endpoint::post("/toys/import", "import_toys", HR, || web::post().to(import))
            .binary_body(&["text/csv"])
            .answer::<Value>(200),
    ]
    .leak()
}

fn door() -> Door {
    Door::new(table(), Arc::new(Tokens), Clock::system(chrono_tz::UTC))
}

struct Told {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    fn says(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

async fn ask_door(door: Door, request: TestRequest) -> Told {
    let service = init_service(app(web::Data::new(door))).await;
    let response = call_service(&service, request.to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Told { status, headers, body: read_body(response).await }
}

async fn ask(request: TestRequest) -> Told {
    ask_door(door(), request).await
}

fn toy(token: &str, kind: &str, body: &'static str) -> TestRequest {
    TestRequest::post()
        .uri("/api/v1/toys")
        .insert_header(("authorization", format!("Bearer {token}")))
        .insert_header(("content-type", kind))
        .set_payload(body)
}

const ID: &str = "/api/v1/toys/0190163d-8694-739b-aea5-966c26f8ad91";

#[actix_web::test]
async fn a_resource_is_created_by_whom_the_gate_admits() {
    let told =
        ask(toy("hr", "application/json; charset=UTF-8", r#"{"name":"a"}"#).insert_header(("idempotency-key", "k")))
            .await;
    assert_eq!((told.status, told.json()), (201, json!({"name": "a", "by": "hr", "key": "k"})));
    assert_eq!((told.header("location"), told.header("etag")), ("/api/v1/toys/1", "\"1\""));
    assert_eq!(told.header("x-request-id").len(), 36);
    let cases = [
        (toy("other", "application/json", "{}"), (403, "forbidden")),
        (TestRequest::post().uri("/api/v1/toys"), (401, "unauthenticated")),
        (toy("hr", "text/plain", "{}"), (415, "unsupported_media_type")),
        (toy("hr", "application/merge-patch+json", "{}"), (415, "unsupported_media_type")),
        (toy("hr", "application/json; charset=gbk", "{}"), (415, "unsupported_media_type")),
        (toy("hr", "application/json", "{"), (400, "unreadable_body")),
        (toy("hr", "application/json", "{}"), (422, "invalid_fields")),
        (toy("hr", "application/json", r#"{"name":"a","x":1}"#), (422, "unknown_field")),
        (toy("hr", "application/json", "{}").insert_header(("idempotency-key", "a b")), (400, "invalid_header")),
        (toy("hr", "application/json", "{}").uri("/api/v1/toys?x=1"), (400, "unknown_parameter")),
    ];
    for (request, (status, code)) in cases {
        let told = ask(request).await;
        assert_eq!(told.says(), (status, code.to_owned()));
        assert_eq!(told.header("content-type"), "application/problem+json");
        assert_eq!(told.json()["instance"], told.header("x-request-id"));
    }
}

#[actix_web::test]
async fn whatever_goes_wrong_is_problem_details() {
    let get = |path: &str| TestRequest::get().uri(path).insert_header(("authorization", "bearer hr"));
    let cases = [
        (get("/nowhere"), 404, "not_found"),
        (get("/api/v1"), 404, "not_found"),
        (get("/api/v1/"), 404, "not_found"),
        (get("/api/v1/nowhere"), 404, "not_found"),
        (get("/api/v1toys"), 404, "not_found"),
        (get("/api/v1/toys/"), 404, "not_found"),
        (get("/api/v1//toys"), 404, "not_found"),
        (get("/api/v1/toys/act/for"), 404, "not_found"),
        (get("/api/v1/toys/x"), 404, "not_found"),
        (get("/api/v1/toys/%00"), 404, "not_found"),
        (get("/api/v1/toys?limit=0"), 400, "invalid_parameter"),
        (get("/api/v1/toys?x=1"), 400, "unknown_parameter"),
        (get("/api/v1/toys/act"), 405, "method_not_allowed"),
        (TestRequest::delete().uri("/api/v1/toys"), 405, "method_not_allowed"),
        (TestRequest::post().uri("/healthz"), 405, "method_not_allowed"),
    ];
    for (request, status, code) in cases {
        let told = ask(request).await;
        assert_eq!(told.says(), (status, code.to_owned()));
        assert_eq!(told.header("content-type"), "application/problem+json");
        if status == 405 {
            assert!(
                ["GET, HEAD, POST", "POST", "GET, HEAD"].contains(&told.header("allow")),
                "{}",
                told.header("allow")
            );
        }
    }
}

#[actix_web::test]
async fn parameters_are_told_apart_by_their_place() {
    let [one, other] = ["0190163d-8694-739b-aea5-966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad92"];
    // A letter that is sent in another way is the same letter.
    for first in [one.to_owned(), one.replacen('0', "%30", 1)] {
        let told = ask(TestRequest::get().uri(&format!("/api/v1/toys/{first}/for/{other}?"))).await;
        assert_eq!((told.status, told.json()), (200, json!([other, one])), "{first}");
    }
    // `act` is a path of its own, and a parameter where another path goes on.
    let told = ask(TestRequest::get().uri(&format!("/api/v1/toys/act/for/{one}"))).await;
    assert_eq!((told.status, told.json()["code"].as_str()), (404, Some("not_found")));
}

#[actix_web::test]
async fn the_caller_chooses_language_and_request_id() {
    let ask_in = |language: &'static str| {
        ask(TestRequest::get()
            .uri("/x")
            .insert_header(("accept-language", language))
            .insert_header(("x-request-id", "my-1")))
    };
    let english = ask_in("en").await;
    assert_eq!((english.json()["title"].as_str(), english.header("content-language")), (Some("Not found"), "en"));
    assert_eq!((english.json()["instance"].as_str(), english.header("x-request-id")), (Some("my-1"), "my-1"));
    assert_eq!(ask_in("fr").await.json()["title"], "未找到");
}

#[actix_web::test]
async fn versions_are_guarded() {
    let patch = |tag: Option<&str>| {
        let request = TestRequest::patch()
            .uri(ID)
            .insert_header(("authorization", "Bearer hr"))
            .insert_header(("content-type", "application/merge-patch+json"))
            .set_payload(r#"{"name":"b"}"#);
        match tag {
            Some(tag) => request.insert_header(("if-match", tag)),
            None => request,
        }
    };
    assert_eq!(ask(patch(None)).await.says(), (428, "precondition_required".to_owned()));
    assert_eq!(ask(patch(Some("\"6\""))).await.says(), (412, "stale".to_owned()));
    assert_eq!(ask(patch(Some("7"))).await.says(), (400, "invalid_header".to_owned()));
    let told = ask(patch(Some("\"7\""))).await;
    assert_eq!((told.status, told.header("etag")), (200, "\"8\""));
    let show = TestRequest::get().uri(ID).insert_header(("authorization", "Bearer x"));
    assert_eq!(ask(show.insert_header(("if-none-match", "W/\"7\""))).await.status, 304);
}

#[actix_web::test]
async fn rules_panics_and_time_limits_are_told_apart() {
    let act = |name: &str| {
        TestRequest::post()
            .uri("/api/v1/toys/act")
            .insert_header(("content-type", "application/json"))
            .set_payload(format!("{{\"name\":\"{name}\"}}"))
    };
    assert_eq!(ask(TestRequest::post().uri("/api/v1/toys/act")).await.status, 204);
    assert_eq!(ask(act("overlap")).await.says(), (409, "leave.overlap".to_owned()));
    assert_eq!(ask(act("panic")).await.says(), (500, "internal".to_owned()));
    assert_eq!(ask(act("panic inside")).await.says(), (500, "internal".to_owned()));
    let mut hurried = door();
    hurried.limits.request = Duration::from_millis(50);
    let told = ask_door(hurried, act("slow")).await;
    assert_eq!((told.says(), told.header("retry-after")), ((503, "unavailable".to_owned()), "1"));
}

#[actix_web::test]
async fn sizes_and_types_of_bodies_are_limited() {
    let narrow = || {
        let mut door = door();
        (door.limits.body_bytes, door.limits.import_bytes) = (16, 32);
        door
    };
    let long = r#"{"name":"aaaaaaaaaaaaaaaa"}"#;
    assert_eq!(
        ask_door(narrow(), toy("hr", "application/json", long)).await.says(),
        (413, "body_too_large".to_owned())
    );
    let import = |kind: &str, bytes: usize| {
        TestRequest::post()
            .uri("/api/v1/toys/import")
            .insert_header(("authorization", "Bearer hr"))
            .insert_header(("content-type", kind))
            .set_payload("x".repeat(bytes))
    };
    assert_eq!(
        ask_door(narrow(), import("text/csv; charset=gb18030", 32)).await.json(),
        json!({"bytes": 32, "type": "text/csv"})
    );
    assert_eq!(ask_door(narrow(), import("text/csv", 33)).await.status, 413);
    assert_eq!(ask_door(narrow(), import("application/json", 1)).await.status, 415);
}

#[actix_web::test]
async fn the_service_tells_of_itself() {
    let get = |path: &'static str| ask(TestRequest::get().uri(path));
    assert_eq!(get("/healthz").await.json(), json!({"status": "ok"}));
    assert_eq!(get("/readyz").await.status, 200);
    let unready = door().ready(Arc::new(|| Err(vec!["the schema is not current".to_owned()])));
    let told = ask_door(unready, TestRequest::get().uri("/readyz")).await;
    assert_eq!((told.says(), told.header("retry-after")), ((503, "unavailable".to_owned()), "1"));
    assert_eq!(get("/api/v1/openapi.json").await.json()["openapi"], "3.1.0");
    let service = init_service(app(web::Data::new(door()))).await;
    for path in ["/api/v1/toys", "/nowhere/1", "/nowhere/2", "/api/v1/nowhere", ID] {
        call_service(&service, TestRequest::get().uri(path).to_request()).await;
    }
    call_service(&service, TestRequest::delete().uri(ID).to_request()).await;
    let text = read_body(call_service(&service, TestRequest::get().uri("/metrics").to_request()).await).await;
    let text = String::from_utf8(text.to_vec()).unwrap();
    for line in [
        "{endpoint=\"/api/v1/toys\",method=\"GET\",status=\"200\"} 1",
        "{endpoint=\"/api/v1/toys/{id}\",method=\"GET\",status=\"401\"} 1",
        "{endpoint=\"/api/v1/toys/{id}\",method=\"DELETE\",status=\"405\"} 1",
        "{endpoint=\"unknown\",method=\"GET\",status=\"404\"} 3",
        "respite_http_requests_running 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[actix_web::test]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let page = ask(TestRequest::get().uri("/docs")).await;
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(!html.contains("//"), "{html}");
    for part in html.split(['"']).filter(|part| part.starts_with("docs/")) {
        let told = ask(TestRequest::get().uri(&format!("/{part}"))).await;
        assert_eq!(told.status, 200, "{part}");
        assert!(!told.body.is_empty());
    }
    let script = ask(TestRequest::get().uri("/docs/swagger-initializer.js")).await;
    let script = String::from_utf8(script.body.to_vec()).unwrap();
    assert!(script.contains("api/v1/openapi.json") && script.contains("\"validatorUrl\": \"none\""), "{script}");
    assert_eq!(ask(TestRequest::get().uri("/docs/../Cargo.toml")).await.status, 404);
    assert_eq!(ask(TestRequest::get().uri("/docs/index.html")).await.status, 404);
}

/// Starts a server on a port of its own; the sender stops it, the receiver hears that it has stopped.
fn serve(door: Door) -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let config = Config { workers: 1, ..Config::default() };
            let stop = async { stopped.await.unwrap_or_default() };
            server(web::Data::new(door), listener, &config, stop).unwrap().await.unwrap();
            done.send(()).unwrap();
        });
    });
    (address, stop, ended)
}

fn answer_of(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut text = Vec::new();
    let _end = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn a_client_that_sends_too_much_sees_the_answer() {
    let (address, stop, _) = serve(door());
    let head = "POST /api/v1/toys HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer hr\r\nContent-Type: application/json\r\n";
    let piece = vec![b' '; 1 << 20];
    let mut sized = TcpStream::connect(address).unwrap();
    write!(sized, "{head}Content-Length: {}\r\n\r\n", 20 << 20).unwrap();
    (0..20).for_each(|_| sized.write_all(&piece).unwrap());
    let mut chunked = TcpStream::connect(address).unwrap();
    write!(chunked, "{head}Transfer-Encoding: chunked\r\n\r\n").unwrap();
    for _ in 0..20 {
        write!(chunked, "100000\r\n").unwrap();
        chunked.write_all(&piece).unwrap();
        write!(chunked, "\r\n").unwrap();
    }
    write!(chunked, "0\r\n\r\n").unwrap();
    let mut unasked = TcpStream::connect(address).unwrap();
    write!(unasked, "{}Content-Length: {}\r\n\r\n", head.replace("Bearer hr", "Basic x"), 20 << 20).unwrap();
    (0..20).for_each(|_| unasked.write_all(&piece).unwrap());
    for (stream, status) in [(sized, "413"), (chunked, "413"), (unasked, "401")] {
        let text = answer_of(stream);
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{text}");
        assert!(text.contains("\"code\":"), "{text}");
    }
    stop.send(()).unwrap();
}

#[test]
fn a_stop_finishes_what_is_running_and_idle_connections_do_not_hold_it() {
    let (address, stop, ended) = serve(door());
    let mut idle = TcpStream::connect(address).unwrap();
    write!(idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut running = TcpStream::connect(address).unwrap();
    let body = r#"{"name":"slow"}"#;
    write!(running, "POST /api/v1/toys/act HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    stop.send(()).unwrap();
    assert!(answer_of(running).starts_with("HTTP/1.1 204"));
    ended.recv_timeout(Duration::from_secs(15)).unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert!(answer_of(idle).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_head_is_answered_without_a_body() {
    let (address, stop, _) = serve(door());
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "HEAD /api/v1/toys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let text = answer_of(stream);
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("\r\n\r\n"), "{text}");
    stop.send(()).unwrap();
}
