//! Accounts and grants: who gives what to whom.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{App, Client, Force, PASSWORD, Told};
use crate::records;

async fn make(client: &Client, username: &str, officer: Option<Uuid>, grants: Value) -> Told {
    let body = json!({"username": username, "password": PASSWORD, "officer_id": officer, "grants": grants});
    client.post("/accounts", body).await
}

/// Changes an account at its current version.
async fn change(client: &Client, id: Uuid, body: Value) -> Told {
    let tag = client.get(&format!("/accounts/{id}")).await.header("etag").to_owned();
    let tag = if tag.is_empty() { "*".to_owned() } else { tag };
    client.with("if-match", &tag).patch(&format!("/accounts/{id}"), body).await
}

fn grant(role: Role, unit: Option<Uuid>) -> Value {
    json!({"role": role, "unit_id": unit})
}

both! {
    /// What is made can be read at its location, with its version.
    async fn an_account_is_made_and_read(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let told = make(&force.admin, "li", Some(officer), json!([grant(Role::Leader, Some(force.station))]))
            .await
            .expect(201);
        assert_eq!(told.header("location"), format!("/api/v1/accounts/{}", told.id()));
        assert!(!told.header("etag").is_empty());
        assert_eq!((&told.body["username"], &told.body["officer_id"]), (&json!("li"), &json!(officer)));
        assert_eq!(told.body["created_at"], "2026-03-02T01:00:00Z");
        let shown = force.admin.get(&format!("/accounts/{}", told.id())).await.expect(200);
        assert_eq!((shown.body, shown.headers.get("etag")), (told.body, told.headers.get("etag")));
        assert_eq!(force.admin.get(&format!("/accounts/{}", Uuid::now_v7())).await.says(), (404, "not_found"));
        assert_eq!(force.admin.get("/accounts/seven").await.says(), (404, "not_found"));
    }

    /// A name belongs to one account; unfit names and passwords are refused.
    async fn names_are_unique_and_fit(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        make(&admin, "li", None, json!([])).await.expect(201);
        let twice = make(&admin, "li", None, json!([])).await;
        assert_eq!((twice.says(), &twice.body["errors"][0]["pointer"]), ((422, "taken"), &json!("/username")));
        let wang = make(&admin, "wang", None, json!([])).await.expect(201).id();
        assert_eq!(change(&admin, wang, json!({"username": "li"})).await.says(), (422, "taken"));
        for unfit in ["", " ", "a b", "a\u{0}b", "a\nb", &"x".repeat(65)] {
            assert_eq!(make(&admin, unfit, None, json!([])).await.status, 422, "{unfit:?}");
        }
        make(&admin, &"李".repeat(64), None, json!([])).await.expect(201);
        for unfit in ["short..", &"x".repeat(257), "", "\u{0}".repeat(9).as_str()] {
            let told = admin.post("/accounts", json!({"username": "third", "password": unfit})).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/password")), "{unfit:?}");
        }
    }

    /// CONTRACT §1: 428 without `If-Match`, 412 when stale; an edit makes a new version.
    async fn edits_name_the_version(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        let made = make(&admin, "li", None, json!([])).await.expect(201);
        let path = format!("/accounts/{}", made.id());
        let body = json!({"username": "li-2"});
        assert_eq!(admin.patch(&path, body.clone()).await.says(), (428, "precondition_required"));
        let current = admin.with("if-match", made.header("etag"));
        let edited = current.patch(&path, body.clone()).await.expect(200);
        assert_eq!(edited.body["username"], "li-2");
        assert_ne!(edited.header("etag"), made.header("etag"));
        assert_eq!(current.patch(&path, json!({"username": "li-3"})).await.says(), (412, "stale"));
        assert_eq!(admin.with("if-match", "W/\"1\"").patch(&path, body.clone()).await.says(), (412, "stale"));
        assert_eq!(admin.with("if-match", "nonsense").patch(&path, body).await.says(), (400, "invalid_header"));
        assert_eq!(
            admin.with("if-match", edited.header("etag")).patch(&path, json!({"username": null})).await.status,
            422
        );
        let gone = format!("/accounts/{}", Uuid::now_v7());
        assert_eq!(admin.with("if-match", "*").patch(&gone, json!({})).await.says(), (404, "not_found"));
    }

    /// A grant lies inside the grantor's reach.
    async fn an_admin_of_a_unit_grants_inside_it(db: TestDatabase) {
        let force = Force::start(db).await;
        let branch_admin = force.app.as_role("branch-admin", Role::Admin, Some(force.branch)).await;
        make(&branch_admin, "inside", None, json!([grant(Role::Leader, Some(force.station))])).await.expect(201);
        make(&branch_admin, "here", None, json!([grant(Role::Hr, Some(force.branch))])).await.expect(201);
        for outside in [grant(Role::Leader, Some(force.bureau)), grant(Role::Leader, None)] {
            let told =
                make(&branch_admin, "outside", None, json!([grant(Role::Leader, Some(force.station)), outside])).await;
            assert_eq!(told.says(), (403, "grant_conflict"));
        }
        let unknown = make(&branch_admin, "unknown", None, json!([grant(Role::Leader, Some(Uuid::now_v7()))])).await;
        assert_eq!(unknown.says(), (404, "not_found"));
        assert_eq!(records::count(&force.app.db, "accounts WHERE username IN ('outside', 'unknown')"), 0);
    }

    /// Accounts that reach beyond a unit are not its admin's to see or change.
    async fn an_admin_of_a_unit_sees_its_accounts_only(db: TestDatabase) {
        let force = Force::start(db).await;
        let branch_admin = force.app.as_role("branch-admin", Role::Admin, Some(force.branch)).await;
        let bureau_hr =
            make(&force.admin, "bureau-hr", None, json!([grant(Role::Hr, Some(force.bureau))])).await.expect(201).id();
        let both = json!([grant(Role::Hr, Some(force.bureau)), grant(Role::Hr, Some(force.station))]);
        let both = make(&force.admin, "both", None, both).await.expect(201).id();
        let plain = make(&force.admin, "plain", None, json!([])).await.expect(201).id();
        for id in [bureau_hr, both, plain] {
            let path = format!("/accounts/{id}");
            assert_eq!(branch_admin.get(&path).await.says(), (404, "not_found"));
            assert_eq!(branch_admin.with("if-match", "*").patch(&path, json!({})).await.says(), (404, "not_found"));
            for act in ["disable", "enable", "reset-password"] {
                assert_eq!(branch_admin.act(&format!("{path}/{act}")).await.says(), (404, "not_found"), "{act}");
            }
        }
        let listed = branch_admin.get("/accounts?limit=500").await.expect(200);
        let names: Vec<_> =
            listed.body["items"].as_array().unwrap().iter().map(|item| item["username"].as_str().unwrap()).collect();
        assert_eq!(names, ["branch-admin", "branch-leader", "leader", "other-leader"]);
        let elsewhere = force.officer_with("100200", json!({"unit_id": force.bureau})).await;
        assert_eq!(make(&branch_admin, "x", Some(elsewhere), json!([])).await.says(), (404, "not_found"));
        let here = force.officer("100201", "2016-03-10").await;
        let own = make(&branch_admin, "y", Some(here), json!([])).await.expect(201).id();
        branch_admin.act(&format!("/accounts/{own}/disable")).await.expect(200);
    }

    /// A grant is never to oneself: not to one's own account, nor to another account of one's own person.
    async fn nobody_grants_to_oneself(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let own = force.app.as_officer("own-admin", officer, &[(Role::Admin, None)]).await;
        let me: Uuid = own.get("/auth/me").await.body["account_id"].as_str().unwrap().parse().unwrap();
        let more = json!({"grants": [grant(Role::Admin, None), grant(Role::Hr, None)]});
        assert_eq!(change(&own, me, more.clone()).await.says(), (403, "grant_conflict"));
        assert_eq!(change(&own, me, json!({"grants": []})).await.says(), (403, "grant_conflict"));
        let second = make(&own, "second", Some(officer), json!([grant(Role::Hr, None)])).await;
        assert_eq!(second.says(), (403, "grant_conflict"));
        let second = make(&own, "second", Some(officer), json!([])).await.expect(201).id();
        assert_eq!(change(&own, second, more).await.says(), (403, "grant_conflict"));
        // Nor by linking oneself to an account that has the grant.
        let third = make(&own, "third", None, json!([grant(Role::Hr, None)])).await.expect(201).id();
        assert_eq!(change(&own, third, json!({"officer_id": officer})).await.says(), (403, "grant_conflict"));
        change(&own, me, json!({"username": "renamed"})).await.expect(200);
        assert_eq!(change(&own, me, json!({"officer_id": null})).await.says(), (403, "own_record"));
        for act in ["disable", "enable", "reset-password"] {
            assert_eq!(own.act(&format!("/accounts/{me}/{act}")).await.says(), (403, "own_record"), "{act}");
        }
        own.get("/auth/me").await.expect(200);
    }

    /// One person never holds command and welfare roles, over however many accounts.
    async fn command_and_welfare_are_never_one_person(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let unit = Some(force.station);
        let welfare = [Role::Clinician, Role::WelfareWorker, Role::FundPanel, Role::FundPayer];
        for command in [Role::Leader, Role::BureauLeader, Role::Hr, Role::Admin] {
            for other in welfare {
                let told = make(&force.admin, "both", None, json!([grant(command, unit), grant(other, unit)])).await;
                assert_eq!(told.says(), (422, "grant_conflict"), "{command} and {other}");
            }
        }
        make(&force.admin, "harmless", None, json!([grant(Role::Auditor, None), grant(Role::Clinician, unit)]))
            .await
            .expect(201);
        make(&force.admin, "command", Some(officer), json!([grant(Role::Leader, unit)])).await.expect(201);
        let told = make(&force.admin, "welfare", Some(officer), json!([grant(Role::Clinician, unit)])).await;
        assert_eq!(told.says(), (422, "grant_conflict"));
        let later = make(&force.admin, "later", Some(officer), json!([])).await.expect(201).id();
        let granted = change(&force.admin, later, json!({"grants": [grant(Role::FundPayer, None)]})).await;
        assert_eq!(granted.says(), (422, "grant_conflict"));
        let linked = make(&force.admin, "linked", None, json!([grant(Role::Clinician, unit)])).await.expect(201).id();
        let told = change(&force.admin, linked, json!({"officer_id": officer})).await;
        assert_eq!(told.says(), (422, "grant_conflict"));
    }

    /// Two grants at the same moment to two accounts of one person do not slip past the rule.
    async fn command_and_welfare_at_the_same_moment(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let unit = Some(force.station);
        let one = make(&force.admin, "one", Some(officer), json!([])).await.expect(201).id();
        let other = make(&force.admin, "other", Some(officer), json!([])).await.expect(201).id();
        let (first, second) = futures_util::future::join(
            change(&force.admin, one, json!({"grants": [grant(Role::Leader, unit)]})),
            change(&force.admin, other, json!({"grants": [grant(Role::Clinician, unit)]})),
        )
        .await;
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [200, 409 | 422]), "{statuses:?}");
        assert_eq!(
            records::count(
                &force.app.db,
                "grants WHERE role IN ('leader', 'clinician') AND superseded_at IS NULL AND account_id IN (SELECT id FROM accounts WHERE username IN ('one', 'other'))"
            ),
            1
        );
    }

    /// Keyset paging by name; no page repeats or skips, also when somebody is added between two pages.
    async fn accounts_are_listed_by_pages(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        for name in ["b", "d", "F", "h", "李"] {
            app.account(name, None, &[]);
        }
        let page = async |cursor: Option<&str>| {
            let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let told = admin.get(&format!("/accounts?limit=2{cursor}")).await.expect(200);
            let names: Vec<String> = told.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["username"].as_str().unwrap().to_owned())
                .collect();
            (names, told.body["next_cursor"].as_str().map(str::to_owned))
        };
        let (first, next) = page(None).await;
        assert_eq!(first, ["F", "admin"]);
        app.account("a", None, &[]);
        app.account("c", None, &[]);
        let (second, next) = page(next.as_deref()).await;
        assert_eq!(second, ["b", "c"]);
        let (third, next) = page(next.as_deref()).await;
        assert_eq!(third, ["d", "h"]);
        let (last, none) = page(next.as_deref()).await;
        assert_eq!((last, none), (vec!["李".to_owned()], None));
    }
}
