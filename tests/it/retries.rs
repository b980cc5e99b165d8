//! The same `POST` again under one `Idempotency-Key`: one effect, equal answers (CONTRACT §1).

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};
use crate::databases::{Kind, TestDatabase, fresh};

const KEY: &str = "idempotency-key";
const REPLAYED: &str = "idempotency-replayed";

/// A force with an officer of five days, their client, and a body that asks for a day.
struct Desk {
    force: Force,
    officer: Uuid,
    own: Client,
    day: Value,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2020-07-01").await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let day = json!({"officer_id": officer, "kind": "annual", "from": "2026-03-09", "to": "2026-03-09"});
        Self { force, officer, own, day }
    }

    async fn requests(&self) -> usize {
        let told = self.force.hr.get("/leave-requests").await.expect(200);
        told.body["items"].as_array().unwrap().len()
    }
}

/// Asserts that one answer is the first one given again.
#[track_caller]
fn assert_again(again: &Told, first: &Told) {
    assert_eq!(again.header(REPLAYED), "true");
    assert_eq!(first.header(REPLAYED), "");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
}

/// Sixteen at once: one says that it was done, the others say the same again.
async fn sixteen_at_once(desk: &Desk, bases: &[String]) {
    for round in 0..3 {
        let mut day = desk.day.clone();
        day["from"] = json!(format!("2026-03-1{round}"));
        day["to"] = day["from"].clone();
        let key = format!("round-{round}");
        let told = at_once((0..16).map(|at| {
            let (own, day) = (desk.own.at(&bases[at % bases.len()]).with(KEY, &key), day.clone());
            async move { own.post("/leave-requests", day).await }
        }))
        .await;
        assert_only(&told, &[201]);
        let (first, again): (Vec<_>, Vec<_>) = told.iter().partition(|told| told.header(REPLAYED).is_empty());
        assert_eq!(first.len(), 1, "one of them was the first");
        for again in again {
            assert_again(again, first[0]);
        }
        assert_eq!(desk.requests().await, round + 1);
    }
    assert_sound(&desk.force.app);
}

both! {
    async fn one_after_the_other(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let own = desk.own.with(KEY, "a-1");
        let first = own.post("/leave-requests", desk.day.clone()).await.expect(201);
        let again = own.post("/leave-requests", desk.day.clone()).await.expect(201);
        assert_again(&again, &first);
        assert_eq!(first.header("location"), format!("/api/v1/leave-requests/{}", first.id()));
        assert_eq!(desk.requests().await, 1);

        // An act, and the answer as it was although the request has moved on since.
        let leader = desk.force.leader.with(KEY, "b-1");
        let approve = format!("/leave-requests/{}/approve", first.id());
        let approved = leader.act(&approve).await.expect(200);
        desk.own.post(&format!("/leave-requests/{}/cancel", first.id()), json!({"reason": "病了"})).await.expect(200);
        let again = leader.act(&approve).await.expect(200);
        assert_again(&again, &approved);
        assert_eq!(again.body["state"], "approved");
        assert_sound(&desk.force.app);
    }

    async fn at_the_same_moment(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let base = desk.force.app.base.clone();
        sixteen_at_once(&desk, &[base]).await;
    }

    /// Two bodies under one key in one moment: one of them wins, the other is told so.
    async fn two_bodies_at_the_same_moment(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let told = at_once((0..16).map(|at| {
            let (own, mut day) = (desk.own.with(KEY, "one"), desk.day.clone());
            day["note"] = json!(format!("{}", at % 2));
            async move { own.post("/leave-requests", day).await }
        }))
        .await;
        assert_eq!((count(&told, 201), count(&told, 422)), (8, 8));
        for refused in told.iter().filter(|told| told.status == 422) {
            assert_eq!(refused.code(), "idempotency_mismatch");
        }
        assert_eq!(desk.requests().await, 1);
    }

    async fn another_body_is_refused(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let own = desk.own.with(KEY, "a-1");
        own.post("/leave-requests", desk.day.clone()).await.expect(201);
        let mut other = desk.day.clone();
        other["note"] = json!("另一件事");
        assert_eq!(own.post("/leave-requests", other).await.says(), (422, "idempotency_mismatch"));
        assert_eq!(desk.requests().await, 1);
    }

    /// Only what was done is kept: a refusal is judged again.
    async fn refusals_are_judged_anew(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let (own, hr) = (desk.own.with(KEY, "a-1"), &desk.force.hr);
        let six = json!({"officer_id": desk.officer, "kind": "annual", "from": "2026-03-09", "to": "2026-03-16"});
        for _ in 0..2 {
            let refused = own.post("/leave-requests", six.clone()).await;
            assert_eq!((refused.says(), refused.header(REPLAYED)), ((422, "leave.balance"), ""));
        }
        let one = json!({"officer_id": desk.officer, "kind": "annual", "year": 2026, "days": 1, "reason": "补录"});
        hr.post("/leave-adjustments", one).await.expect(201);
        let done = own.post("/leave-requests", six.clone()).await.expect(201);
        assert_again(&own.post("/leave-requests", six).await.expect(201), &done);
        // A body that cannot be read leaves the key free, too.
        let own = desk.own.with(KEY, "a-2");
        own.send("POST", "/leave-requests", "application/json", b"{".to_vec()).await.expect(400);
        own.post("/leave-requests", desk.day.clone()).await.expect(409);
        assert_eq!(desk.requests().await, 1);
    }

    /// The scope of a key is account, method and path.
    async fn keys_of_others_and_of_other_paths_are_independent(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let second = desk.force.officer("100101", "2020-07-01").await;
        let other = desk.force.app.as_officer("other", second, &[]).await;
        let mut theirs = desk.day.clone();
        theirs["officer_id"] = json!(second);
        // Another date: of a unit of two only one may be away.
        (theirs["from"], theirs["to"]) = (json!("2026-03-10"), json!("2026-03-10"));
        let first = desk.own.with(KEY, "same").post("/leave-requests", desk.day.clone()).await.expect(201);
        let second = other.with(KEY, "same").post("/leave-requests", theirs).await.expect(201);
        assert_ne!(first.id(), second.id());
        assert_eq!(second.header(REPLAYED), "");
        for id in [first.id(), second.id()] {
            let told = desk.force.leader.with(KEY, "same").act(&format!("/leave-requests/{id}/approve")).await.expect(200);
            assert_eq!((told.id(), told.header(REPLAYED)), (id, ""));
        }
        assert_eq!(desk.requests().await, 2);
    }

    async fn a_key_is_visible_ascii_of_at_most_255(db: TestDatabase) {
        let desk = Desk::start(db).await;
        for wrong in ["x".repeat(256), String::new(), "a b".to_owned()] {
            let told = desk.own.with(KEY, &wrong).post("/leave-requests", desk.day.clone()).await;
            assert_eq!(told.says(), (400, "invalid_header"), "{wrong:?}");
        }
        desk.own.with(KEY, &"x".repeat(255)).post("/leave-requests", desk.day.clone()).await.expect(201);
        assert_eq!(desk.requests().await, 1);
    }

    /// An answer is given again only to somebody who may still see what it says.
    async fn access_is_checked_before_a_replay(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let own = desk.own.with(KEY, "own");
        let request = own.post("/leave-requests", desk.day.clone()).await.expect(201).id();
        let approve = format!("/leave-requests/{request}/approve");
        let leader = desk.force.leader.with(KEY, "leader");
        leader.act(&approve).await.expect(200);
        assert_eq!(leader.act(&approve).await.expect(200).header(REPLAYED), "true");

        let transfer = json!({"unit_id": desk.force.other_station, "effective_on": "2026-03-02"});
        desk.force.hr.post(&format!("/officers/{}/transfer", desk.officer), transfer).await.expect(200);
        assert_eq!(leader.act(&approve).await.says(), (404, "not_found"), "no longer the leader's officer");
        let note = json!({"note": "x"});
        assert_eq!(leader.post(&approve, note).await.says(), (404, "not_found"), "nor does another body tell");

        assert_eq!(own.post("/leave-requests", desk.day.clone()).await.expect(201).header(REPLAYED), "true");
        let accounts = desk.force.admin.get("/accounts").await.expect(200);
        let id_of = |name: &str| {
            let all = accounts.body["items"].as_array().unwrap();
            all.iter().find(|one| one["username"] == name).unwrap()["id"].as_str().unwrap().to_owned()
        };
        desk.force.admin.act(&format!("/accounts/{}/disable", id_of("own"))).await.expect(200);
        assert_eq!(own.post("/leave-requests", desk.day.clone()).await.says(), (401, "unauthenticated"));

        let changed = desk.force.admin.with("if-match", "*");
        let path = format!("/accounts/{}", id_of("leader"));
        changed.patch(&path, json!({"grants": [{"role": "auditor", "unit_id": null}]})).await.expect(200);
        assert_eq!(leader.act(&approve).await.says(), (403, "forbidden"));
    }

    /// An answer is kept for a day at least, over a new sign-in too.
    async fn an_answer_is_kept_for_a_day(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let first = desk.own.with(KEY, "a-1").post("/leave-requests", desk.day.clone()).await.expect(201);
        desk.force.app.set_clock("2026-03-03T01:00:00Z");
        let own = desk.force.app.sign_in("own").await;
        // Another keyed act of the account sweeps what is too old.
        let withdraw = format!("/leave-requests/{}/withdraw", first.id());
        own.with(KEY, "a-2").act(&withdraw).await.expect(200);
        assert_again(&own.with(KEY, "a-1").post("/leave-requests", desk.day.clone()).await.expect(201), &first);
    }

    /// No secret is kept: the one-time code is told once.
    async fn secrets_are_not_told_again(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let admin = desk.force.admin.with(KEY, "new");
        let body = json!({"username": "newcomer", "grants": [{"role": "leader", "unit_id": desk.force.station}]});
        let first = admin.post("/accounts", body.clone()).await.expect(201);
        let code = first.body["one_time_code"].as_str().unwrap().to_owned();
        let again = admin.post("/accounts", body).await.expect(201);
        assert_eq!((again.id(), again.header(REPLAYED)), (first.id(), "true"));
        assert!(!again.body.to_string().contains(&code), "{}", again.body);

        let reset = format!("/accounts/{}/reset-password", first.id());
        let second = admin.act(&reset).await.expect(200);
        let code = second.body["one_time_code"].as_str().unwrap().to_owned();
        let again = admin.act(&reset).await.expect(200);
        assert_eq!(again.header(REPLAYED), "true");
        assert!(!again.body.to_string().contains(&code), "{}", again.body);
    }

    /// An import under a key: the file is read once.
    async fn an_import_is_done_once(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let hr = desk.force.app.as_role("importer", Role::Hr, None).await.with(KEY, "units");
        let units = include_bytes!("../rosters/units.csv").to_vec();
        let told = at_once((0..4).map(|_| {
            let (hr, units) = (hr.clone(), units.clone());
            async move { hr.send("POST", "/units/import", "text/csv", units).await }
        }))
        .await;
        assert_only(&told, &[200]);
        assert_eq!(told.iter().filter(|told| told.header(REPLAYED).is_empty()).count(), 1);
        assert!(told.iter().all(|one| one.body == told[0].body));
    }
}

#[actix_web::test]
async fn at_the_same_moment_on_two_instances() {
    let desk = Desk::start(fresh(Kind::Postgres)).await;
    let second = crate::app::App::start_on(std::sync::Arc::clone(&desk.force.app.db)).await;
    let bases = [desk.force.app.base.clone(), second.base.clone()];
    sixteen_at_once(&desk, &bases).await;
}

both! {
    /// A kept answer is not told again to somebody whose reach has shrunk meanwhile, although the role has stayed.
    async fn what_is_out_of_reach_is_not_told_again(db: TestDatabase) {
        let force = Force::start(db).await;
        let account = force.app.account("hr-2", None, &[(Role::Hr, Some(force.branch))]);
        let hr = force.app.sign_in("hr-2").await.with("idempotency-key", "one");
        let body = json!({"name": "新所", "code": "510109", "kind": "station", "parent_id": force.branch});
        let made = hr.post("/units", body.clone()).await.expect(201);
        let again = hr.post("/units", body.clone()).await.expect(201);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &made.body));
        let shown = force.admin.get(&format!("/accounts/{account}")).await.expect(200);
        let grants = json!({"grants": [{"role": "hr", "unit_id": force.other_station}]});
        let path = format!("/accounts/{account}");
        force.admin.with("if-match", shown.header("etag")).patch(&path, grants).await.expect(200);
        assert_eq!(hr.post("/units", body).await.says(), (403, "forbidden"));
    }
}
