//! Keys of the interface: machines that act under grants of their own, for a time.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::records;

fn body(role: &str, unit: Option<Uuid>) -> Value {
    json!({"name": "门禁系统", "grants": [{"role": role, "unit_id": unit}], "expires_on": "2026-06-30"})
}

/// A client that bears the key of an answer.
fn bearing(force: &Force, told: &Told) -> Client {
    force.app.stranger().bearing(told.body["key"].as_str().unwrap())
}

both! {
    /// Shown once, kept as a hash, used as a bearer token; what it does is under its own account.
    async fn a_key_is_shown_once_and_acts(db: TestDatabase) {
        let force = Force::start(db).await;
        let told = force.admin.post("/api-keys", body("hr", None)).await.expect(201);
        let id = told.id();
        assert_eq!(told.header("location"), format!("/api/v1/api-keys/{id}"));
        let key = told.body["key"].as_str().unwrap();
        assert!(key.starts_with("respite_") && key.len() > 40, "{key}");
        let shown = force.admin.get(&format!("/api-keys/{id}")).await.expect(200);
        assert_eq!((shown.body.get("key"), &shown.body["name"]), (None, &json!("门禁系统")));
        assert_eq!(force.admin.get("/api-keys").await.expect(200).body["items"], json!([shown.body]));
        assert_eq!(records::count(&force.app.db, &format!("api_keys WHERE name = '{key}'")), 0);
        let machine = bearing(&force, &told);
        let me = machine.get("/auth/me").await.expect(200);
        assert_eq!((&me.body["account_id"], &me.body["officer_id"]), (&json!(id), &Value::Null));
        let officer = json!({"badge_no": "100777", "name": "新警员", "unit_id": force.station, "category": "police", "sex": "male"});
        let keyed = machine.with("idempotency-key", "one");
        let made = keyed.post("/officers", officer.clone()).await.expect(201);
        let again = keyed.post("/officers", officer).await.expect(201);
        assert_eq!((again.id(), again.header("idempotency-replayed")), (made.id(), "true"));
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let entries = auditor.get(&format!("/audit?account_id={id}")).await.expect(200);
        assert_eq!(entries.body["items"][0]["act"], "officer.created");
        // Nobody signs in with its account, and it is no account that anybody manages.
        assert_eq!(force.admin.get(&format!("/accounts/{id}")).await.says(), (404, "not_found"));
        for act in ["disable", "enable", "reset-password"] {
            assert_eq!(force.admin.act(&format!("/accounts/{id}/{act}")).await.status, 404, "{act}");
        }
        let listed = force.admin.get("/accounts?limit=500").await.expect(200);
        assert!(!listed.body.to_string().contains("api-key"), "{}", listed.body);
        let username = me.body["username"].as_str().unwrap();
        let sign_in = json!({"username": username, "password": "!"});
        assert_eq!(force.app.stranger().post("/auth/login", sign_in).await.says(), (401, "bad_credentials"));
    }

    /// The day before its last, the last, the day after; and the end that somebody gives it.
    async fn a_key_ends(db: TestDatabase) {
        let force = Force::start(db).await;
        let first = bearing(&force, &force.admin.post("/api-keys", body("hr", None)).await.expect(201));
        let told = force.admin.post("/api-keys", body("hr", None)).await.expect(201);
        let second = bearing(&force, &told);
        second.get("/officers").await.expect(200);
        let path = format!("/api-keys/{}/end", told.id());
        let ended = force.admin.act(&path).await.expect(200);
        assert_eq!(second.get("/officers").await.says(), (401, "unauthenticated"), "at the next request");
        let twice = force.admin.act(&path).await.expect(200);
        assert_eq!(twice.body, ended.body, "twice changes nothing");
        let nowhere = force.admin.act(&format!("/api-keys/{}/end", Uuid::now_v7())).await;
        assert_eq!(nowhere.says(), (404, "not_found"));
        for (at, status) in [("2026-06-29T15:59:59Z", 200), ("2026-06-30T15:59:59Z", 200), ("2026-06-30T16:00:00Z", 401)] {
            force.app.set_clock(at);
            assert_eq!(first.get("/officers").await.status, status, "{at}");
        }
        assert_eq!(first.bearing("respite_garbled").get("/officers").await.says(), (401, "unauthenticated"));
    }

    /// CONTRACT §2: never self, clinician, welfare worker or fund; within reach; only `admin` of the whole force.
    async fn what_a_key_may_not_carry(db: TestDatabase) {
        let force = Force::start(db).await;
        for role in ["clinician", "welfare_worker", "fund_panel", "fund_payer"] {
            let mut both = body("hr", None);
            both["grants"].as_array_mut().unwrap().push(json!({"role": role, "unit_id": force.station}));
            let told = force.admin.post("/api-keys", both).await;
            assert_eq!((told.says(), &told.body["errors"][0]["pointer"]), ((422, "grant_conflict"), &json!("/grants/1/role")));
        }
        for (member, value) in [
            ("grants", json!([])),
            ("name", json!("")),
            ("name", json!(" blank")),
            ("expires_on", json!("2026-03-01")),
            ("expires_on", json!("2029-03-03")),
        ] {
            let mut unfit = body("hr", None);
            unfit[member] = value;
            let told = force.admin.post("/api-keys", unfit).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(format!("/{member}"))));
        }
        for fit in ["2026-03-02", "2029-03-02"] {
            let mut edge = body("report_service", Some(force.station));
            edge["expires_on"] = json!(fit);
            force.admin.post("/api-keys", edge).await.expect(201);
        }
        let nowhere = force.admin.post("/api-keys", body("hr", Some(Uuid::now_v7()))).await;
        assert_eq!(nowhere.says(), (404, "not_found"));
        let branch_admin = force.app.as_role("branch-admin", Role::Admin, Some(force.branch)).await;
        assert_eq!(branch_admin.post("/api-keys", body("hr", Some(force.station))).await.says(), (403, "forbidden"));
        assert_eq!(branch_admin.get("/api-keys").await.expect(200).body["items"], json!([]));
        // A key is not interactive, and makes no keys: it would never end.
        let told = force.admin.post("/api-keys", body("admin", None)).await.expect(201);
        let machine = bearing(&force, &told);
        assert_eq!(machine.post("/api-keys", body("hr", None)).await.says(), (403, "forbidden"));
        assert_eq!(machine.act(&format!("/api-keys/{}/end", told.id())).await.says(), (404, "not_found"));
        let change = json!({"current_password": "!", "new_password": "another one"});
        assert_eq!(machine.post("/auth/password", change).await.says(), (403, "forbidden"));
        assert_eq!(machine.act("/auth/logout").await.says(), (403, "forbidden"));
    }

    /// A repeated answer shows no key: secrets are never stored for replay.
    async fn a_retry_shows_no_key(db: TestDatabase) {
        let force = Force::start(db).await;
        let keyed = force.admin.with("idempotency-key", "one");
        let first = keyed.post("/api-keys", body("hr", None)).await.expect(201);
        let again = keyed.post("/api-keys", body("hr", None)).await.expect(201);
        assert_eq!((again.id(), again.body.get("key"), again.header("idempotency-replayed")), (first.id(), None, "true"));
        let text = first.body["key"].as_str().unwrap();
        assert_eq!(records::count(&force.app.db, &format!("idempotency_keys WHERE body LIKE '%{text}%'")), 0);
    }

    /// RULINGS 19: a key is nobody. It neither decides nor keeps a request from going to whoever does.
    async fn a_key_never_decides_leave(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let team = json!({"name": "中队", "code": "510101010000", "kind": "team", "parent_id": force.station});
        let team = force.admin.post("/units", team).await.expect(201).id();
        let transfer = json!({"unit_id": team, "effective_on": "2026-03-02"});
        force.hr.post(&format!("/officers/{officer}/transfer"), transfer).await.expect(200);
        let machine = bearing(&force, &force.admin.post("/api-keys", body("leader", Some(team))).await.expect(201));
        let told = force.submit(&own, officer, "2026-03-09", "2026-03-10").await.expect(201);
        assert_eq!(told.body["approvals"][0]["unit_id"], json!(force.station));
        let path = format!("/leave-requests/{}", told.id());
        machine.get(&path).await.expect(200);
        assert_eq!(machine.act(&format!("{path}/approve")).await.says(), (403, "forbidden"));
        force.leader.act(&format!("{path}/approve")).await.expect(200);
    }
}
