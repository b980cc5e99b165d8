//! Publishing policies: what binds from when, corrections, previews, and what a decision was made under.

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::{annual, version};
use crate::app::App;
use crate::leave::{days, force, items, with};

both! {
    /// The day before, the day of: a version binds from its date on, and what was built in until then.
    async fn a_version_binds_from_its_date_on(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2016-03-10").await;
        let told = force.publish(version("2027-01-01", &annual([6, 12, 18]))).await.expect(201);
        assert_eq!(told.header("location"), "/api/v1/policies/annual_leave/versions");
        assert_eq!((&told.body["policy"], &told.body["origin"]), (&json!("annual_leave@2027-01-01"), &json!("published")));
        assert_eq!((&told.body["recounted"], &told.body["touched_decisions"]), (&json!(0), &json!(0)));
        assert_eq!(told.body["sha256"].as_str().unwrap().len(), 64);
        for (on, owed) in [("2026-12-31", 10.0), ("2027-01-01", 12.0), ("2027-12-31", 12.0)] {
            assert_eq!(days(&force.owed(officer, on).await["days"]), owed, "{on}");
        }
        let why = force.owed(officer, "2027-12-31").await;
        let policies: Vec<&Value> = why["findings"].as_array().unwrap().iter().map(|one| &one["policy"]).collect();
        assert!(policies.contains(&&json!("annual_leave@2027-01-01")), "{why}");
        let shown = force.leader.get("/policies/annual_leave?on=2027-01-01&category=police").await.expect(200).body;
        assert_eq!((&shown["effective_from"], &shown["source"]), (&json!("2027-01-01"), &json!("本局休假办法")));
        assert_eq!((&shown["text"], &shown["sha256"]), (&json!(annual([6, 12, 18])), &told.body["sha256"]));
        let before = force.leader.get("/policies/annual_leave?on=2026-12-31&category=police").await.expect(200).body;
        assert_eq!(before["effective_from"], "2008-01-01");
        let versions = force.leader.get("/policies/annual_leave/versions").await.expect(200);
        let origins: Vec<&Value> = items(&versions).iter().map(|one| &one["origin"]).collect();
        assert_eq!(origins, ["built_in", "built_in", "published"]);
    }

    /// What is shown can be taken, changed and published again.
    async fn a_text_that_is_shown_can_be_published(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2016-03-10").await;
        let one = force.leader.get("/policies/annual_leave?category=police").await.expect(200).body;
        let text = one["text"].as_str().unwrap().replace("days = 10", "days = 11");
        force.publish(version("2027-01-01", &text)).await.expect(201);
        assert_eq!(force.owed_2027(officer).await, 11.0);
        // A whole text with several versions too; each goes on binding its own categories.
        let auxiliary = force.officer_with("100002", json!({"category": "auxiliary", "service_periods": [{"from": "2016-03-10"}]})).await;
        let whole = force.leader.get("/policies/annual_leave?on=2026-12-31").await.expect(200).body;
        let text = whole["text"].as_str().unwrap().replace("days = 10", "days = 13");
        force.publish(version("2027-02-01", &text)).await.expect(201);
        assert_eq!((force.owed_2027(officer).await, force.owed_2027(auxiliary).await), (13.0, 13.0));
        let after = force.leader.get("/policies/annual_leave?on=2027-02-01").await.expect(200).body;
        assert_eq!(after["in_force"].as_array().unwrap().len(), 1, "{after}");
    }

    /// A second text of one scope and date needs to name the first; it replaces it from now on, and both are kept.
    async fn a_correction_names_what_it_supersedes(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2016-03-10").await;
        let first = force.publish(version("2027-01-01", &annual([6, 12, 18]))).await.expect(201);
        let id = &first.body["id"];
        assert_eq!(force.publish(version("2027-01-01", &annual([5, 11, 15]))).await.says(), (409, "version_exists"));
        let correction = |supersedes: &Value| with(version("2027-01-01", &annual([5, 11, 15])), json!({"supersedes": supersedes, "reason": "笔误"}));
        for (named, status) in [
            (json!("00000000-0000-7000-8000-000000000000"), 404), (json!("annual_leave@2027-01-02"), 422),
            (json!("leave_requests@2027-01-01"), 422),
        ] {
            assert_eq!(force.publish(correction(&named)).await.status, status, "{named}");
        }
        // Another date or scope is no correction of it.
        let elsewhere = with(correction(id), json!({"effective_from": "2027-01-02"}));
        assert_eq!(force.publish(elsewhere).await.status, 422);
        let told = force.publish(correction(id)).await.expect(201);
        assert_eq!((&told.body["supersedes"], &told.body["reason"]), (id, &json!("笔误")));
        assert_eq!(force.owed_2027(officer).await, 11.0);
        // The first is replaced already.
        assert_eq!(force.publish(correction(id)).await.says(), (409, "lost_race"));
        force.publish(correction(&json!("annual_leave@2027-01-01"))).await.expect(201);
        let versions = force.leader.get("/policies/annual_leave/versions").await.expect(200);
        let superseded: Vec<bool> = items(&versions).iter().skip(2).map(|one| !one["superseded_at"].is_null()).collect();
        assert_eq!(superseded, [true, true, false]);
        assert_eq!(items(&versions)[2]["text"], json!(annual([6, 12, 18])));
    }

    /// Every fault of a text is located by its line, and changes nothing.
    async fn a_text_that_cannot_be_read(db: TestDatabase) {
        let force = force(db).await;
        let good = annual([6, 12, 18]);
        let line = |text: &str, what: &str| text.lines().position(|line| line.contains(what)).unwrap() + 1;
        for (from, to) in [("\"order_9\"", "\"order_8\""), ("reopened_days", "reopened_hours"), ("expires = \"12-31\"", "expires = \"13-31\"")] {
            let text = good.replacen(from, to, 1);
            let told = force.publish(version("2027-01-01", &text)).await;
            assert_eq!(told.says(), (422, "policy_unreadable"), "{}", told.body);
            let error = &told.body["errors"][0];
            assert_eq!(error["pointer"], "/text");
            let said = error["detail"].as_str().unwrap();
            assert!(said.starts_with(&format!("第 {} 行：", line(&text, to))), "{said}");
            let english = force.admin.with("accept-language", "en");
            let told = english.post("/policies/annual_leave/versions", version("2027-01-01", &text)).await;
            let said = told.body["errors"][0]["detail"].as_str().unwrap();
            assert!(said.starts_with(&format!("Line {}: ", line(&text, to))), "{said}");
        }
        for (from, to) in [("years = 1\n", "years = 0\n"), ("reopened_days = 90", "reopened_days = 4000"), ("group = \"annual\"", "group = \"sick\"")] {
            let told = force.publish(version("2027-01-01", &good.replacen(from, to, 1))).await;
            assert_eq!(told.says(), (422, "policy_unreadable"), "{to}");
        }
        let descending = force.publish(version("2027-01-01", &annual([6, 5, 18]))).await;
        assert_eq!(descending.says(), (422, "policy_unreadable"));
        let other = include_str!("../../../src/rules/leave_requests.toml");
        assert_eq!(force.publish(version("2027-01-01", other)).await.says(), (422, "policy_unreadable"));
        for (member, value, pointer) in [
            ("text", json!(""), "/text"), ("text", json!("x".repeat(65_537)), "/text"), ("source", json!(" "), "/source"),
            ("category", json!("retired"), "/category"), ("effective_from", json!("1800-01-01"), "/effective_from"),
            ("reason", json!("x".repeat(1001)), "/reason"),
        ] {
            let told = force.publish(with(version("2027-01-01", &good), json!({member: value}))).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", told.body);
        }
        assert_eq!(force.admin.post("/policies/nothing/versions", version("2027-01-01", &good)).await.status, 404);
        let absent = json!({"unit_id": "00000000-0000-7000-8000-000000000000"});
        assert_eq!(force.publish(with(version("2027-01-01", &good), absent)).await.status, 404);
        assert_eq!(items(&force.leader.get("/policies/annual_leave/versions").await.expect(200)).len(), 2);
        assert_eq!(force.app.house.law.current().revision, 0);
    }

    /// Force-wide law needs a grant for the whole force; a unit's law one that reaches the unit.
    async fn who_publishes(db: TestDatabase) {
        let force = force(db).await;
        let of_branch = force.app.as_role("branch-admin", Role::Admin, Some(force.branch)).await;
        let path = "/policies/annual_leave/versions";
        let body = version("2027-01-01", &annual([6, 12, 18]));
        assert_eq!(of_branch.post(path, body.clone()).await.says(), (403, "forbidden"));
        let for_unit = |unit| with(body.clone(), json!({"unit_id": unit}));
        assert_eq!(of_branch.post(path, for_unit(force.bureau)).await.says(), (403, "forbidden"));
        of_branch.post(path, for_unit(force.station)).await.expect(201);
        for client in [&force.hr, &force.leader] {
            assert_eq!(client.post(path, body.clone()).await.says(), (403, "forbidden"));
        }
        let year = json!({"status": "official", "days": []});
        let put = |client: &crate::app::Client| client.with("if-match", "*");
        assert_eq!(put(&of_branch).put("/calendar/years/2027", year.clone()).await.says(), (403, "forbidden"));
        put(&of_branch).put(&format!("/calendar/years/2027?unit_id={}", force.station), year).await.expect(200);
    }

    /// Another instance on the same database is bound at once; a request under one key publishes once.
    async fn every_instance_is_bound_at_once(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2016-03-10").await;
        let other = App::start_on(std::sync::Arc::clone(&force.app.db)).await;
        let path = format!("/officers/{officer}/leave-entitlement?year=2027");
        let elsewhere = force.hr.at(&other.base);
        assert_eq!(days(&elsewhere.get(&path).await.expect(200).body["days"]), 10.0);
        let keyed = force.admin.with("idempotency-key", "one");
        let body = version("2027-01-01", &annual([6, 12, 18]));
        let first = keyed.post("/policies/annual_leave/versions", body.clone()).await.expect(201);
        assert_eq!(days(&elsewhere.get(&path).await.expect(200).body["days"]), 12.0);
        let again = keyed.post("/policies/annual_leave/versions", body).await.expect(201);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
        assert_eq!(items(&elsewhere.get("/policies/annual_leave/versions").await.expect(200)).len(), 3);
    }

    /// Whom a draft would touch, before it binds: before and after; nothing is stored.
    async fn a_preview_names_the_officers_touched(db: TestDatabase) {
        let force = force(db).await;
        let ten = force.officer("100001", "2016-03-10").await;
        let five = force.officer("100002", "2024-01-01").await;
        force.officer_with("100003", json!({"category": "auxiliary", "service_periods": [{"from": "2010-01-01"}]})).await;
        let draft = with(version("2027-01-01", &annual([5, 12, 15])), json!({"category": "police"}));
        let told = force.admin.post("/policies/annual_leave/preview", draft.clone()).await.expect(200);
        assert_eq!(told.body["on"], "2027-01-01");
        let touched = items(&told);
        assert_eq!(touched.len(), 1, "{}", told.body);
        assert_eq!((&touched[0]["officer_id"], &touched[0]["badge_no"], &touched[0]["year"]), (&json!(ten), &json!("100001"), &json!(2027)));
        assert_eq!(touched[0]["before"], json!({"policy": "annual_leave@2008-01-01", "days": 10}));
        assert_eq!(touched[0]["after"], json!({"policy": "annual_leave@2027-01-01", "days": 12}));
        let changes = told.body["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!((&changes[0]["key"], &changes[0]["before"], &changes[0]["after"]), (&json!("tiers[years_min = 10].days"), &json!(10), &json!(12)));
        assert_eq!((force.owed_2027(ten).await, force.owed_2027(five).await), (10.0, 5.0));
        // Page by page it names everybody once.
        let all = with(version("2027-01-01", &annual([6, 12, 18])), json!({}));
        let mut path = "/policies/annual_leave/preview?limit=1".to_owned();
        let mut named = Vec::new();
        loop {
            let page = force.admin.post(&path, all.clone()).await.expect(200);
            named.extend(items(&page).iter().map(|one| one["badge_no"].as_str().unwrap().to_owned()));
            let Some(next) = page.body["next_cursor"].as_str() else { break };
            path = format!("/policies/annual_leave/preview?limit=1&cursor={next}");
        }
        assert_eq!(named, ["100001", "100002", "100003"]);
        let other = json!({"effective_from": "2027-01-01", "source": "本局请假规定", "text": include_str!("../../../src/rules/leave_requests.toml").replace("alternatives_max = 3", "alternatives_max = 2")});
        let told = force.admin.post("/policies/leave_requests/preview", other).await.expect(200);
        assert_eq!((items(&told).len(), &items(&told)[0]["year"]), (3, &Value::Null));
        assert_eq!(force.admin.post("/policies/annual_leave/preview", with(draft, json!({"text": "days ="}))).await.says(), (422, "policy_unreadable"));
    }

    /// A draft that moves what ends the right to a year touches whoever was ill long enough.
    async fn a_preview_sees_what_ends_a_right(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2018-01-01").await;
        force.officer("100002", "2018-01-01").await;
        let sick = json!({"officer_id": officer, "kind": "sick", "from": "2026-01-05", "to": "2026-02-14"});
        force.enter(sick).await.expect(201);
        let sooner = annual([5, 10, 15]).replacen("months = 2", "months = 1", 1);
        let told = force.admin.post("/policies/annual_leave/preview", version("2026-01-01", &sooner)).await.expect(200);
        let named: Vec<&Value> = items(&told).iter().map(|one| &one["badge_no"]).collect();
        assert_eq!(named, ["100001"]);
        assert_eq!((&items(&told)[0]["before"]["days"], &items(&told)[0]["after"]["days"]), (&json!(5), &json!(0)));
    }

    /// What a decision stores leads to the texts it was made under, whatever was published since.
    async fn a_fingerprint_leads_to_its_texts(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2016-03-10").await;
        let id = force.granted(&own, officer, "2026-03-09", "2026-03-10").await;
        let made_under = force.request(id).await["policy_fingerprint"].as_str().unwrap().to_owned();
        let told = force.publish(version("2026-01-01", &annual([6, 12, 18]))).await.expect(201);
        assert_ne!(told.body["fingerprint"], made_under);
        assert_eq!(force.request(id).await["policy_fingerprint"], made_under);
        let then = force.leader.get(&format!("/policy-fingerprints/{made_under}")).await.expect(200);
        let texts = then.body["texts"].as_array().unwrap();
        assert!(texts.iter().any(|one| one["text"] == include_str!("../../../src/rules/annual_leave.toml")));
        assert!(then.body["members"].as_array().unwrap().iter().all(|one| one["origin"] == "built_in"));
        let now = force.leader.get(&format!("/policy-fingerprints/{}", told.body["fingerprint"].as_str().unwrap())).await.expect(200);
        let published = now.body["members"].as_array().unwrap().iter().find(|one| one["origin"] == "published").unwrap();
        assert_eq!((&published["effective_from"], &published["sha256"]), (&json!("2026-01-01"), &told.body["sha256"]));
        let later = force.granted(&own, officer, "2026-03-16", "2026-03-17").await;
        assert_eq!(force.request(later).await["policy_fingerprint"], told.body["fingerprint"]);
        assert_eq!(force.leader.get(&format!("/policy-fingerprints/{}", "0".repeat(64))).await.status, 404);
    }
}
