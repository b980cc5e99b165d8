//! Bodies that are wrong, huge, deep or odd: `4xx` problem details, never a fault of ours; and what a socket may send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use respite::rules::terms::Role;
use serde_json::json;

use crate::app::{App, Force};

/// Sends bytes as they are and gives the head of the answer.
fn raw(app: &App, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&part[..read]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

both! {
    /// What is no JSON text in UTF-8, or none that anybody writes, is unreadable.
    async fn what_is_no_json_is_unreadable(db: TestDatabase) {
        let force = Force::start(db).await;
        let deep = format!("{{\"name\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let nested = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        let cases: [&[u8]; 12] = [
            b"",
            b"{",
            b"\xff\xfe{}",
            b"{\"name\":\"\xff\"}",
            b"{'name':1}",
            b"{\"name\":1,}",
            b"{} {}",
            b"nul",
            b"{\"days\":1e999}",
            deep.as_bytes(),
            nested.as_bytes(),
            b"{\"name\":\"a\x00b\"}",
        ];
        for body in cases {
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let told = force.hr.send("POST", "/units", "application/json", body.to_vec()).await;
            assert_eq!(told.says(), (400, "unreadable_body"), "{shown}: {}", told.body);
        }
    }

    /// What is JSON and not what is asked for is located.
    async fn wrong_fields_are_located(db: TestDatabase) {
        let force = Force::start(db).await;
        let cases = [
            ("[]", "", "wrong_type"),
            ("null", "", "wrong_type"),
            ("\"x\"", "", "wrong_type"),
            ("7", "", "wrong_type"),
            (r#"["一","c","team"]"#, "", "wrong_type"),
            (r#"{"name":"一","code":"c","kind":"team","name":"二"}"#, "/name", "duplicate_field"),
            (r#"{"name":1,"code":"c","kind":"team"}"#, "/name", "wrong_type"),
            (r#"{"name":{},"code":"c","kind":"team"}"#, "/name", "wrong_type"),
            (r#"{"name":"一","code":"c"}"#, "/kind", "missing_field"),
            (r#"{"name":"一","code":"c","kind":"Team"}"#, "/kind", "invalid_value"),
            (r#"{"name":"一","code":"c","kind":{"team":null}}"#, "/kind", "wrong_type"),
            (r#"{"name":"一","code":"c","kind":["team"]}"#, "/kind", "invalid_value"),
            (r#"{"name":"一","code":"c","kind":"team","parent_id":"7"}"#, "/parent_id", "invalid_value"),
            (r#"{"name":"一","code":"c","kind":"team","parent_id":7}"#, "/parent_id", "wrong_type"),
            (r#"{"name":"\u0000","code":"c","kind":"team"}"#, "/name", "invalid_value"),
            (r#"{"name":"一\n","code":"c","kind":"team"}"#, "/name", "invalid_value"),
            (r#"{"name":"一","code":"c","kind":"team","a/b~c":1}"#, "/a~1b~0c", "unknown_field"),
        ];
        for (body, pointer, code) in cases {
            let told = force.hr.send("POST", "/units", "application/json", body.as_bytes().to_vec()).await;
            let first = &told.body["errors"][0];
            assert_eq!(
                (told.status, &first["pointer"], &first["code"]),
                (422, &json!(pointer), &json!(code)),
                "{body}: {}",
                told.body
            );
        }
        let several = json!({"name": "一", "code": "c", "kind": "team", "x": 1, "y": 2});
        let told = force.hr.post("/units", several).await;
        assert_eq!((told.code(), told.body["errors"].as_array().map(Vec::len)), ("unknown_field", Some(2)));
    }

    /// An array is no object, wherever it stands: serde would read the fields in their order.
    async fn arrays_are_no_objects(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let body = json!({"badge_no": "1", "name": "王", "unit_id": force.station, "category": "police", "sex": "male", "service_periods": [["2010-01-01", null, "employment"]]});
        let told = force.hr.post("/officers", body).await;
        assert_eq!(
            (told.status, &told.body["errors"][0]["pointer"]),
            (422, &json!("/service_periods/0")),
            "{}",
            told.body
        );
        let told = force
            .admin
            .post("/accounts", json!({"username": "x", "password": "eight letters", "grants": [["hr", null]]}))
            .await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/grants/0")), "{}", told.body);
        let told = force
            .hr
            .with("if-match", "*")
            .patch(&format!("/officers/{officer}"), json!({"service_periods": [["2010-01-01"]]}))
            .await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/service_periods/0")));
        let request =
            json!({"officer_id": officer, "kind": {"annual": null}, "from": "2026-03-02", "to": "2026-03-02"});
        let told = force.hr.post("/leave-requests/preview", request).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/kind")));
        for path in ["/leave-requests/preview", "/leave-requests", "/leave-adjustments", "/officers", "/units"] {
            assert_eq!(force.hr.send("POST", path, "application/json", b"[]".to_vec()).await.status, 422, "{path}");
        }
    }

    /// Numbers of any size, in any place.
    async fn numbers_of_any_size(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        for number in ["1e308", "-1e308", "99999999999999999999999999", "-0.0", "0.1", "1E5", "0.5000000001", "1e-400"]
        {
            let body =
                format!(r#"{{"officer_id":"{officer}","kind":"annual","year":2026,"days":{number},"reason":"x"}}"#);
            let told = force.hr.send("POST", "/leave-adjustments", "application/json", body.into_bytes()).await;
            assert!((400..500).contains(&told.status), "{number}: {} {}", told.status, told.body);
            let body = format!(r#"{{"officer_id":"{officer}","kind":"annual","year":{number},"days":1,"reason":"x"}}"#);
            let told = force.hr.send("POST", "/leave-adjustments", "application/json", body.into_bytes()).await;
            assert!((400..500).contains(&told.status), "year {number}: {} {}", told.status, told.body);
        }
    }

    /// Texts of any script are kept as they are; those that no table can hold are refused.
    async fn texts_of_any_script(db: TestDatabase) {
        let force = Force::start(db).await;
        let fine = [
            "阿卜杜拉·买买提",
            "𠮷野家",
            "👮‍♀️",
            "e\u{301}",
            "' OR 1=1 --",
            "<script>alert(1)</script>",
            "%_\\",
            "\u{202e}abc",
        ];
        for (number, name) in fine.iter().enumerate() {
            let id = force.officer_with(&format!("9{number}"), json!({"name": name})).await;
            assert_eq!(force.hr.get(&format!("/officers/{id}")).await.expect(200).body["name"], *name);
        }
        for name in ["", " ", "a\u{7f}", "a\rb", &"长".repeat(101)] {
            let body =
                json!({"badge_no": "8", "name": name, "unit_id": force.station, "category": "police", "sex": "male"});
            let told = force.hr.post("/officers", body).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/name")), "{name:?}");
        }
    }

    /// A body over the limit is 413, announced or not, and the client sees the answer.
    async fn bodies_are_limited(db: TestDatabase) {
        let app = App::start(db).await;
        let hr = app.as_role("hr", Role::Hr, None).await;
        let large = format!("{{\"name\":\"{}\"}}", "x".repeat(3 << 20));
        assert_eq!(
            hr.send("POST", "/units", "application/json", large.clone().into_bytes()).await.says(),
            (413, "body_too_large")
        );
        let told = app.stranger().send("POST", "/auth/login", "application/json", large.into_bytes()).await;
        assert_eq!(told.says(), (413, "body_too_large"), "also before anybody signed in");
        let roster = vec![b'x'; 33 << 20];
        assert_eq!(hr.send("POST", "/officers/import", "text/csv", roster).await.says(), (413, "body_too_large"));
        let mut chunked = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..32 {
            chunked.extend_from_slice(b"10000\r\n");
            chunked.extend_from_slice(&[b' '; 0x10000]);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        assert!(raw(&app, &chunked).starts_with("HTTP/1.1 413 "), "chunked");
    }

    /// What a socket may send that no client library would.
    async fn odd_requests_are_refused(db: TestDatabase) {
        let app = App::start(db).await;
        // The server begins once this thread waits for something.
        app.stranger().get("//healthz").await.expect(200);
        let cases: [(&[u8], &str); 6] = [
            (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: \xe6\x97\xa5\r\n\r\n", "HTTP/1.1 200 "),
            (b"GET /api/v1/officers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n", "HTTP/1.1 401 "),
            (b"GET /api/v1/officers?q=%E4%BD HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 401 "),
            (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Type: text/csv\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 415 "),
            (b"nonsense\r\n\r\n", "HTTP/1.1 400 "),
            (b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "),
        ];
        for (request, wanted) in cases {
            let answer = raw(&app, request);
            assert!(answer.starts_with(wanted), "{}: {answer}", String::from_utf8_lossy(request));
        }
    }
}
