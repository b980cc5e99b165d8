//! Accounts for many officers at once, with one-time codes.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::records;

async fn login(force: &Force, username: &str, password: &str) -> Told {
    force.app.stranger().post("/auth/login", json!({"username": username, "password": password})).await
}

async fn officers(force: &Force, count: usize) -> Vec<Uuid> {
    let mut made = Vec::new();
    for number in 0..count {
        made.push(force.officer(&format!("20000{number}"), "2016-03-10").await);
    }
    made
}

fn pointers(told: &Told) -> Vec<(String, String)> {
    let errors = told.body["errors"].as_array().unwrap().iter();
    errors.map(|one| (one["pointer"].as_str().unwrap().into(), one["code"].as_str().unwrap().into())).collect()
}

both! {
    /// One call, one account each, one code each; a code opens the door to its change and no other.
    async fn everybody_gets_a_code(db: TestDatabase) {
        let force = Force::start(db).await;
        let people = officers(&force, 3).await;
        let body = json!({"officer_ids": people, "grants": [{"role": "auditor", "unit_id": force.station}]});
        let told = force.admin.post("/accounts/batch", body).await.expect(201);
        let items = told.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 3);
        for (item, officer) in items.iter().zip(&people) {
            assert_eq!((&item["officer_id"], &item["username"]), (&json!(officer), &item["badge_no"]));
            let (name, code) = (item["username"].as_str().unwrap(), item["one_time_code"].as_str().unwrap());
            let signed = login(&force, name, code).await.expect(200);
            assert_eq!(signed.body["must_change_password"], true);
            let own = force.app.stranger().bearing(signed.body["access_token"].as_str().unwrap());
            assert_eq!(own.get("/units").await.says(), (403, "must_change_password"));
            let me = own.get("/auth/me").await.expect(200);
            assert_eq!(me.body["grants"], json!([{"role": "auditor", "unit_id": force.station}]));
            let change = json!({"current_password": code, "new_password": "my own words"});
            own.post("/auth/password", change).await.expect(204);
            own.get(&format!("/officers/{officer}/leave-balances")).await.expect(200);
        }
        let codes: std::collections::BTreeSet<_> = items.iter().map(|item| item["one_time_code"].as_str().unwrap()).collect();
        assert_eq!(codes.len(), 3);
        assert_eq!(records::count(&force.app.db, "audit_log WHERE act = 'account.created' AND account_id IS NOT NULL"), 3);
    }

    /// All or none, and every fault is located.
    async fn all_or_none(db: TestDatabase) {
        let force = Force::start(db).await;
        let people = officers(&force, 3).await;
        force.app.account("someone", Some(people[1]), &[]);
        force.app.account("200002", None, &[]);
        let body = json!({"officer_ids": [people[0], people[1], people[2]]});
        let told = force.admin.post("/accounts/batch", body).await.expect(422);
        assert_eq!(told.code(), "taken");
        let taken = |at: usize| (format!("/officer_ids/{at}"), "taken".to_owned());
        assert_eq!(pointers(&told), [taken(1), taken(2)]);
        let unknown = Uuid::now_v7();
        let told = force.admin.post("/accounts/batch", json!({"officer_ids": [people[0], unknown]})).await;
        assert_eq!((told.says(), pointers(&told)), ((404, "not_found"), vec![("/officer_ids/1".into(), "not_found".into())]));
        let told = force.admin.post("/accounts/batch", json!({"officer_ids": [people[0], people[0]]})).await;
        assert_eq!((told.status, pointers(&told)), (422, vec![("/officer_ids/1".into(), "invalid_value".into())]));
        let conflict = json!([{"role": "leader", "unit_id": force.station}, {"role": "clinician", "unit_id": force.station}]);
        let told = force.admin.post("/accounts/batch", json!({"officer_ids": [people[0]], "grants": conflict})).await;
        assert_eq!((told.says(), pointers(&told)), ((422, "grant_conflict"), vec![("/officer_ids/0".into(), "grant_conflict".into())]));
        for unfit in [json!({}), json!({"officer_ids": []}), json!({"officer_ids": [people[0]], "unit_id": force.station})] {
            assert_eq!(force.admin.post("/accounts/batch", unfit).await.status, 422);
        }
        let many: Vec<Uuid> = (0..501).map(|_| people[0]).collect();
        let told = force.admin.post("/accounts/batch", json!({"officer_ids": many})).await;
        assert_eq!((told.status, pointers(&told)), (422, vec![("/officer_ids".into(), "too_long".into())]));
        assert_eq!(records::count(&force.app.db, "accounts WHERE username LIKE '20000%'"), 1);
    }

    /// A unit with all below it: whoever serves there today and has no account yet.
    async fn a_whole_unit(db: TestDatabase) {
        let force = Force::start(db).await;
        let people = officers(&force, 3).await;
        force.app.account("someone", Some(people[0]), &[]);
        let left = json!({"left_on": "2026-03-01", "cause": "resigned"});
        force.hr.post(&format!("/officers/{}/separation", people[1]), left).await.expect(200);
        force.officer_with("200009", json!({"unit_id": force.bureau})).await;
        let told = force.admin.post("/accounts/batch", json!({"unit_id": force.branch})).await.expect(201);
        let names: Vec<&Value> = told.body["items"].as_array().unwrap().iter().map(|item| &item["username"]).collect();
        assert_eq!(names, [&json!("200002")]);
        let none = force.admin.post("/accounts/batch", json!({"unit_id": force.branch})).await.expect(201);
        assert_eq!(none.body["items"], json!([]));
        let branch_admin = force.app.as_role("branch-admin", Role::Admin, Some(force.branch)).await;
        assert_eq!(branch_admin.post("/accounts/batch", json!({"unit_id": force.bureau})).await.says(), (404, "not_found"));
        let theirs = officers_of(&force, &branch_admin).await;
        assert_eq!(theirs.says(), (404, "not_found"), "an officer of the bureau is not the branch's");
    }

    /// A lost answer may be asked for again: the same accounts, without the codes.
    async fn a_retry_shows_no_codes(db: TestDatabase) {
        let force = Force::start(db).await;
        let people = officers(&force, 2).await;
        let keyed = force.admin.with("idempotency-key", "one");
        let body = json!({"officer_ids": people});
        let first = keyed.post("/accounts/batch", body.clone()).await.expect(201);
        let again = keyed.post("/accounts/batch", body).await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        for (one, other) in first.body["items"].as_array().unwrap().iter().zip(again.body["items"].as_array().unwrap()) {
            assert_eq!((&one["account_id"], other.get("one_time_code")), (&other["account_id"], None));
            let code = one["one_time_code"].as_str().unwrap();
            assert_eq!(records::count(&force.app.db, &format!("idempotency_keys WHERE body LIKE '%{code}%'")), 0);
            assert_eq!(records::count(&force.app.db, &format!("audit_log WHERE after LIKE '%{code}%'")), 0);
        }
        assert_eq!(records::count(&force.app.db, "accounts WHERE username LIKE '20000%'"), 2);
    }

    /// One name whatever the letters' case and width, at every door.
    async fn a_name_is_one_in_any_case(db: TestDatabase) {
        let force = Force::start(db).await;
        force.app.account("Li.Wei", None, &[]);
        for typed in ["Li.Wei", "li.wei", "LI.WEI", " li.wei ", "ＬＩ．ＷＥＩ"] {
            let told = login(&force, typed, crate::app::PASSWORD).await.expect(200);
            let own = force.app.stranger().bearing(told.body["access_token"].as_str().unwrap());
            assert_eq!(own.get("/auth/me").await.body["username"], "Li.Wei", "{typed}");
        }
        for taken in ["li.wei", "LI.WEI", "ｌｉ．ｗｅｉ"] {
            let told = force.admin.post("/accounts", json!({"username": taken})).await;
            assert_eq!((told.says(), &told.body["errors"][0]["pointer"]), ((422, "taken"), &json!("/username")), "{taken}");
        }
        let other = force.admin.post("/accounts", json!({"username": "ＷＡＮＧ"})).await.expect(201);
        assert_eq!(other.body["username"], "WANG");
        let path = format!("/accounts/{}", other.id());
        let renamed = force.admin.with("if-match", "*").patch(&path, json!({"username": "LI.wei"})).await;
        assert_eq!(renamed.says(), (422, "taken"));
        force.admin.with("if-match", "*").patch(&path, json!({"username": "wang"})).await.expect(200);
        // Guesses under another spelling count as guesses of the name.
        for typed in ["li.wei", "LI.WEI"].iter().cycle().take(10) {
            login(&force, typed, "a guess").await.expect(401);
        }
        assert_eq!(login(&force, "Li.Wei", crate::app::PASSWORD).await.status, 429);
    }

    /// Badge numbers typed in full width are the plain ones, as in imports.
    async fn a_badge_number_has_one_width(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("１００１００", "2016-03-10").await;
        let shown = force.hr.get(&format!("/officers/{officer}")).await.expect(200);
        assert_eq!(shown.body["badge_no"], "100100");
        let found = force.hr.get("/officers?badge_no=%EF%BC%91%EF%BC%90%EF%BC%90%EF%BC%91%EF%BC%90%EF%BC%90").await.expect(200);
        assert_eq!(found.body["items"][0]["id"], json!(officer));
    }

    /// A span of dates that ends before it begins is no question.
    async fn a_list_from_later_to_earlier_is_refused(db: TestDatabase) {
        let force = Force::start(db).await;
        let told = force.hr.get("/leave-requests?from=2026-03-03&to=2026-03-02").await;
        assert_eq!((told.says(), &told.body["errors"][0]["pointer"]), ((400, "invalid_parameter"), &json!("?to")));
        force.hr.get("/leave-requests?from=2026-03-02&to=2026-03-02").await.expect(200);
    }
}

async fn officers_of(force: &Force, client: &Client) -> Told {
    let found = force.hr.get("/officers?badge_no=200009").await.expect(200);
    client.post("/accounts/batch", json!({"officer_ids": [found.body["items"][0]["id"]]})).await
}
