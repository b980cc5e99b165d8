//! The API's manners (CONTRACT §1): problems, languages, request ids, headers, bodies, versions.

use serde_json::json;
use uuid::Uuid;

use crate::app::{App, Force};
use respite::rules::terms::Role;

/// The problem has the members of RFC 9457 and of the contract.
#[track_caller]
fn is_problem(told: &crate::app::Told, status: u16, code: &str) {
    assert_eq!(
        (told.says(), told.header("content-type")),
        ((status, code), "application/problem+json"),
        "{}",
        told.body
    );
    assert_eq!(told.body["status"], status);
    assert_eq!(told.body["instance"], told.header("x-request-id"));
    for member in ["type", "title", "detail"] {
        assert!(told.body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", told.body);
    }
}

both! {
    /// Every refusal looks alike, whoever refuses: the router, an extractor, the gate, the act.
    async fn refusals_are_problem_details(db: TestDatabase) {
        let force = Force::start(db).await;
        let hr = &force.hr;
        is_problem(&hr.get("/nowhere").await, 404, "not_found");
        is_problem(&hr.get("//nowhere").await, 404, "not_found");
        is_problem(&force.app.stranger().get("/officers").await, 401, "unauthenticated");
        is_problem(&force.leader.post("/officers", json!({})).await, 403, "forbidden");
        is_problem(&hr.get("/officers?limit=0").await, 400, "invalid_parameter");
        is_problem(&hr.post("/officers", json!({"colour": 1})).await, 422, "unknown_field");
        is_problem(&hr.get(&format!("/officers/{}", Uuid::now_v7())).await, 404, "not_found");
        is_problem(&hr.send("POST", "/units/import", "text/csv", b"x".to_vec()).await, 422, "import_refused");
        for (method, path, allow) in [
            ("DELETE", "/officers", "GET, HEAD, POST"),
            ("PUT", "/auth/login", "POST"),
            ("POST", "/directory", "GET, HEAD"),
            ("OPTIONS", "/accounts", "GET, HEAD, POST"),
            ("POST", "//healthz", "GET, HEAD"),
            ("PATCH", "/units/import", "POST"),
        ] {
            let told = hr.send(method, path, "", Vec::new()).await;
            is_problem(&told, 405, "method_not_allowed");
            assert_eq!(told.header("allow"), allow, "{method} {path}");
        }
    }

    /// A malformed id names nothing.
    async fn malformed_ids_are_not_found(db: TestDatabase) {
        let force = Force::start(db).await;
        for id in [
            "7",
            "x",
            "0190163d",
            "%00",
            "%FF",
            "..%2F..%2Fetc",
            "0190163d-8694-739b-aea5-966c26f8ad9",
            "1%27%20OR%201=1",
            "%20",
            "null",
        ] {
            for path in ["/officers/{}", "/officers/{}/leave-balances?on=2026-03-02", "/leave-requests/{}"] {
                let told = force.hr.get(&path.replace("{}", id)).await;
                assert_eq!(told.says(), (404, "not_found"), "{path} {id}");
            }
            assert_eq!(force.admin.get(&format!("/units/{id}")).await.says(), (404, "not_found"), "{id}");
            assert_eq!(force.hr.act(&format!("/leave-requests/{id}/approve")).await.says(), (404, "not_found"), "{id}");
        }
    }

    /// Title and sentence follow the caller; the code does not.
    async fn answers_speak_the_callers_language(db: TestDatabase) {
        let app = App::start(db).await;
        let title = async |language: &str| {
            let told = app.stranger().with("accept-language", language).get("/officers").await;
            (
                told.body["title"].as_str().unwrap().to_owned(),
                told.code().to_owned(),
                told.header("content-language").to_owned(),
            )
        };
        let silent = app.stranger().get("/officers").await;
        let (chinese, code, tag) = title("zh-CN").await;
        assert_eq!(
            (silent.body["title"].as_str(), tag.as_str(), code.as_str()),
            (Some(chinese.as_str()), "zh-CN", "unauthenticated")
        );
        assert!(!chinese.is_ascii());
        let (english, code, tag) = title("en").await;
        assert_eq!((english.as_str(), code.as_str(), tag.as_str()), ("Not signed in", "unauthenticated", "en"));
        for (asked, wanted) in [
            ("en-GB,zh;q=0.5", &english),
            ("fr, en;q=0.2", &english),
            ("zh;q=0.1, en;q=0", &chinese),
            ("fr", &chinese),
            ("*", &chinese),
            (";;;q=x", &chinese),
        ] {
            assert_eq!(&title(asked).await.0, wanted, "{asked}");
        }
    }

    /// The id is the caller's where it is fit, else the service's; it is echoed and stands in the problem.
    async fn request_ids_are_echoed(db: TestDatabase) {
        let app = App::start(db).await;
        let longest = "x".repeat(128);
        for id in ["a", "trace-1/2:3~!", &longest] {
            let told = app.stranger().with("x-request-id", id).get("/officers").await;
            assert_eq!((told.header("x-request-id"), told.body["instance"].as_str()), (id, Some(id)));
        }
        for odd in ["", "a b", &"x".repeat(129), "tab\there"] {
            let told = app.stranger().with("x-request-id", odd).get("//healthz").await.expect(200);
            let made: Uuid = told.header("x-request-id").parse().unwrap();
            assert_eq!(made.get_version_num(), 7, "{odd}");
        }
        let (one, other) = (app.stranger().get("//healthz").await, app.stranger().get("//healthz").await);
        assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    }

    /// `ETag` and `If-None-Match`; `HEAD` answers as `GET` without a body.
    async fn unchanged_resources_are_not_sent_again(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        for path in [format!("/officers/{officer}"), format!("/units/{}", force.station), "/openapi.json".to_owned()] {
            let full = force.hr.get(&path).await.expect(200);
            let tag = full.header("etag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{path}: {tag}");
            for known in [tag.clone(), format!("\"x\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
                let told = force.hr.with("if-none-match", &known).get(&path).await;
                assert_eq!(
                    (told.status, &told.body, told.header("etag")),
                    (304, &json!(""), tag.as_str()),
                    "{path} {known}"
                );
            }
            force.hr.with("if-none-match", "\"other\"").get(&path).await.expect(200);
            let head = force.hr.send("HEAD", &path, "", Vec::new()).await;
            assert_eq!((head.status, head.header("etag"), &head.body), (200, tag.as_str(), &json!("")));
        }
        assert_eq!(force.hr.send("HEAD", "/officers/x", "", Vec::new()).await.status, 404);
    }

    /// The service's own addresses need no token; `/docs` loads nothing from elsewhere.
    async fn the_service_tells_of_itself(db: TestDatabase) {
        let app = App::start(db).await;
        let stranger = app.stranger();
        assert_eq!(stranger.get("//healthz").await.expect(200).body["status"], "ok");
        assert_eq!(stranger.get("//readyz").await.expect(200).body["status"], "ready");
        stranger.get("/officers").await.expect(401);
        let metrics = stranger.get("//metrics").await.expect(200);
        assert!(metrics.header("content-type").starts_with("text/plain"));
        let text = metrics.body.as_str().unwrap();
        assert!(text.contains("# TYPE ") && text.contains("/api/v1/officers") && text.contains("401"), "{text}");
        assert_eq!(stranger.get("/openapi.json").await.expect(200).body["openapi"], "3.1.0");
        let page = stranger.get("//docs").await.expect(200);
        assert!(page.header("content-security-policy").contains("default-src 'self'"));
        let html = page.body.as_str().unwrap();
        assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("\"//"), "{html}");
        let assets: Vec<&str> = html
            .split("src=\"")
            .chain(html.split("href=\""))
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|path| path.starts_with("docs/"))
            .collect();
        assert!(assets.len() >= 5, "{assets:?}");
        for asset in assets {
            assert_eq!(stranger.get(&format!("//{asset}")).await.status, 200, "{asset}");
        }
        let start = stranger.get("//docs/swagger-initializer.js").await.expect(200);
        assert!(start.body.to_string().contains("api/v1/openapi.json"));
        assert_eq!(stranger.get("//docs/..%2F..%2Fetc%2Fpasswd").await.status, 404);
    }

    /// No answer is cached or guessed at.
    async fn answers_are_kept_by_nobody(db: TestDatabase) {
        let force = Force::start(db).await;
        for told in
            [force.hr.get("/units").await, force.hr.get("/nowhere").await, force.app.stranger().get("/units").await]
        {
            assert_eq!((told.header("cache-control"), told.header("x-content-type-options")), ("no-store", "nosniff"));
        }
    }
}

both! {
    /// Parameters: unknown, repeated, unreadable, out of bounds; each named.
    async fn parameters_are_read_strictly(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let cases = [
            ("/officers?colour=red", "unknown_parameter", "?colour"),
            ("/units?q=x", "unknown_parameter", "?q"),
            ("/officers?limit=0", "invalid_parameter", "?limit"),
            ("/officers?limit=501", "invalid_parameter", "?limit"),
            ("/officers?limit=-1", "invalid_parameter", "?limit"),
            ("/officers?limit=99999999999999999999", "invalid_parameter", "?limit"),
            ("/officers?limit=5&limit=6", "invalid_parameter", "?limit"),
            ("/officers?limit=", "invalid_parameter", "?limit"),
            ("/officers?cursor=x", "invalid_cursor", "?cursor"),
            ("/officers?cursor=", "invalid_cursor", "?cursor"),
            ("/officers?cursor=bnVsbA", "invalid_cursor", "?cursor"),
            ("/officers?unit_id=7", "invalid_parameter", "?unit_id"),
            ("/officers?category=Police", "invalid_parameter", "?category"),
            ("/officers?q=%FF", "invalid_parameter", "?q"),
            ("/directory", "invalid_parameter", "?q"),
            ("/calendar?from=2026-01-01", "invalid_parameter", "?to"),
            ("/calendar?from=2026-02-30&to=2026-03-01", "invalid_parameter", "?from"),
            ("/auth/me?x=1", "unknown_parameter", "?x"),
            ("/leave-requests?state=dreaming", "invalid_parameter", "?state"),
        ];
        for (path, code, pointer) in cases {
            let told = force.hr.get(path).await;
            is_problem(&told, 400, code);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{path}");
        }
        for (path, pointer) in [
            ("leave-balances?on=yesterday", "?on"),
            ("leave-entitlement", "?year"),
            ("leave-entitlement?year=twenty", "?year"),
            ("leave-entitlement?year=99999999999", "?year"),
            ("leave-ledger?kind=nap&year=2026", "?kind"),
        ] {
            let told = force.hr.get(&format!("/officers/{officer}/{path}")).await;
            is_problem(&told, 400, "invalid_parameter");
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{path}");
        }
        assert_eq!(force.hr.get("/officers?limit=1").await.status, 200);
        assert_eq!(force.hr.get("/officers?limit=500").await.status, 200);
    }

    /// Dates and years at the edge of what can be written are refused or answered, never a fault of ours.
    async fn far_dates_break_nothing(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        for date in ["0001-01-01", "9999-12-31", "%2B262142-12-31", "-262143-01-01", "1000-02-29", "2101-01-01"] {
            for path in [
                format!("/officers/{officer}/leave-balances?on={date}"),
                format!("/calendar?from={date}&to={date}"),
                format!("/calendar?from=0001-01-01&to={date}"),
                format!("/policies/annual_leave?on={date}"),
                format!("/units/{}/leave-balances?on={date}", force.station),
                format!("/officers/{officer}/leave-entitlement?year=2026&on={date}"),
            ] {
                let told = force.hr.get(&path).await;
                assert!(told.status < 500, "{path}: {}", told.body);
            }
        }
        for year in ["0", "-1", "1", "9999", "262142", "-262143", "2147483647", "-2147483648"] {
            for path in [
                "leave-entitlement?year=",
                "leave-ledger?kind=annual&year=",
                "leave-balances/explanation?kind=annual&year=",
            ] {
                let told = force.hr.get(&format!("/officers/{officer}/{path}{year}")).await;
                assert!(told.status < 500, "{path}{year}: {}", told.body);
            }
        }
        for (from, to) in [
            ("0001-01-01", "9999-12-31"),
            ("9999-12-31", "9999-12-31"),
            ("+262142-12-31", "+262142-12-31"),
            ("2026-03-02", "+262142-12-31"),
            ("-262143-01-01", "2026-03-02"),
        ] {
            let body = json!({"officer_id": officer, "kind": "annual", "from": from, "to": to});
            for path in ["/leave-requests/preview", "/leave-requests"] {
                let told = force.hr.post(path, body.clone()).await;
                assert!(told.status < 500, "{path} {body}: {}", told.body);
            }
        }
        for (path, body) in [
            (
                "/leave-adjustments".to_owned(),
                json!({"officer_id": officer, "kind": "annual", "year": 2_147_483_647, "days": 1, "reason": "x"}),
            ),
            (
                "/leave-adjustments".to_owned(),
                json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": 1e300, "reason": "x"}),
            ),
            (
                "/leave-adjustments".to_owned(),
                json!({"officer_id": officer, "kind": "annual", "year": -2_147_483_648, "days": 1, "reason": "x"}),
            ),
            (
                "/leave-adjustments".to_owned(),
                json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": -1_073_741_824, "reason": "x"}),
            ),
            (
                "/leave-adjustments".to_owned(),
                json!({"officer_id": officer, "kind": "annual", "year": -5, "days": 0.25, "reason": "x"}),
            ),
            (
                format!("/officers/{officer}/carry-overs"),
                json!({"from_year": -2_147_483_648, "days": 1, "reason": "work_need", "consent_on": "9999-12-31"}),
            ),
        ] {
            let told = force.hr.post(&path, body.clone()).await;
            assert!((400..500).contains(&told.status), "{path} {body}: {}", told.body);
        }
    }

    /// Lists under `Accept` and content negotiation stay JSON; other types of bodies are refused.
    async fn content_types_are_checked(db: TestDatabase) {
        let force = Force::start(db).await;
        let body = json!({"name": "x", "code": "1", "kind": "team"}).to_string().into_bytes();
        for wrong in [
            "",
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/merge-patch+json",
            "application/json; charset=gbk",
            "json",
        ] {
            is_problem(&force.hr.send("POST", "/units", wrong, body.clone()).await, 415, "unsupported_media_type");
        }
        for (number, right) in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
        ]
        .iter()
        .enumerate()
        {
            let body = json!({"name": "x", "code": format!("c{number}"), "kind": "team"}).to_string().into_bytes();
            let told = force.hr.send("POST", "/units", right, body).await;
            assert_eq!(told.status, 201, "{right}: {}", told.body);
        }
        let path = format!("/units/{}", force.station);
        for right in ["application/json", "application/merge-patch+json"] {
            force
                .hr
                .with("if-match", "*")
                .send("PATCH", &path, right, json!({"name": "y"}).to_string().into_bytes())
                .await
                .expect(200);
        }
        assert_eq!(
            force
                .hr
                .with("if-match", "*")
                .send("PUT", &format!("{path}/head"), "application/merge-patch+json", b"{}".to_vec())
                .await
                .status,
            415
        );
    }

    /// One key, once: another body is refused, a refusal is not kept, another account has keys of its own.
    async fn retries_are_answered_once(db: TestDatabase) {
        let force = Force::start(db).await;
        let body = json!({"name": "一", "code": "k1", "kind": "team", "parent_id": force.branch});
        let keyed = force.hr.with("idempotency-key", "key-1");
        let first = keyed.post("/units", body.clone()).await.expect(201);
        let again = keyed.post("/units", body.clone()).await.expect(201);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
        assert_eq!((again.header("location"), again.header("etag")), (first.header("location"), first.header("etag")));
        assert_eq!(first.header("idempotency-replayed"), "");
        let other = json!({"name": "二", "code": "k2", "kind": "team"});
        is_problem(&keyed.post("/units", other.clone()).await, 422, "idempotency_mismatch");
        assert_eq!(
            force
                .admin
                .with("idempotency-key", "key-1")
                .post("/units", other)
                .await
                .expect(201)
                .header("idempotency-replayed"),
            ""
        );
        let second = force.hr.with("idempotency-key", "key-2");
        is_problem(
            &second.post("/units", json!({"name": "", "code": "k3", "kind": "team"})).await,
            422,
            "invalid_fields",
        );
        second.post("/units", json!({"name": "三", "code": "k3", "kind": "team"})).await.expect(201);
        for odd in ["a b", &"x".repeat(256), ""] {
            is_problem(
                &force.hr.with("idempotency-key", odd).post("/units", body.clone()).await,
                400,
                "invalid_header",
            );
        }
    }

    /// Access is checked before a replay: who may no longer do it is not told what was answered.
    async fn a_replay_needs_access_still(db: TestDatabase) {
        let force = Force::start(db).await;
        let id = force.app.account("branch-hr", None, &[(Role::Hr, Some(force.branch))]);
        let keyed = force.app.sign_in("branch-hr").await.with("idempotency-key", "key-1");
        let body =
            json!({"badge_no": "1", "name": "王", "unit_id": force.station, "category": "police", "sex": "male"});
        keyed.post("/officers", body.clone()).await.expect(201);
        let grants = json!({"grants": [{"role": "hr", "unit_id": force.other_station}]});
        force.admin.with("if-match", "*").patch(&format!("/accounts/{id}"), grants).await.expect(200);
        is_problem(&keyed.post("/officers", body.clone()).await, 404, "not_found");
        force.admin.with("if-match", "*").patch(&format!("/accounts/{id}"), json!({"grants": []})).await.expect(200);
        is_problem(&keyed.post("/officers", body).await, 403, "forbidden");
    }
}
