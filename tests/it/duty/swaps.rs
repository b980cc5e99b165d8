//! Swaps, and the hours that were worked.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::app::Client;
use crate::crowd::{at_once, count};
use crate::leave::{finding, ids, items};
use crate::records;

/// Two officers with a shift each, and clients of their own.
async fn pair(post: &Post) -> (Client, Uuid, Uuid) {
    let theirs = post.force.own("theirs", post.other).await;
    let mine = post.plan(post.one, "2026-04-06T08:00", "2026-04-06T16:00").await.expect(201).id();
    let other = post.plan(post.other, "2026-04-08T08:00", "2026-04-08T16:00").await.expect(201).id();
    (theirs, mine, other)
}

both! {
    /// Both agree to hours: planned otherwise since, they agree anew.
    async fn hours_that_nobody_agreed_to(db: TestDatabase) {
        let post = Post::start(db).await;
        let (theirs, mine, other) = pair(&post).await;
        let ask = async || post.own.post("/swaps", json!({"shift_id": mine, "with_shift_id": other})).await.expect(201).id();
        let patch = async |body: Value| {
            post.force.leader.with("if-match", "*").patch(&format!("/duty-shifts/{mine}"), body).await.expect(200);
        };
        let first = ask().await;
        post.force.app.set_clock("2026-03-02T01:10:00Z");
        patch(json!({"starts_at": "2026-04-06T12:00:00Z", "ends_at": "2026-04-06T23:00:00Z"})).await;
        assert_eq!(theirs.act(&format!("/swaps/{first}/agree")).await.because(), "plan_changed");
        post.own.act(&format!("/swaps/{first}/withdraw")).await.expect(200);
        let second = ask().await;
        theirs.act(&format!("/swaps/{second}/agree")).await.expect(200);
        post.force.app.set_clock("2026-03-02T01:20:00Z");
        patch(json!({"starts_at": "2026-04-06T00:00:00Z", "ends_at": "2026-04-06T08:00:00Z"})).await;
        assert_eq!(post.force.leader.act(&format!("/swaps/{second}/approve")).await.because(), "plan_changed");
        // Published since, and otherwise as it was: what they agreed to.
        post.force.app.set_clock("2026-03-02T01:30:00Z");
        patch(json!({"starts_at": "2026-04-06T12:00:00Z", "ends_at": "2026-04-06T23:00:00Z"})).await;
        let month = json!({"unit_id": post.force.station, "from": "2026-04-06", "to": "2026-04-08"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        post.force.leader.act(&format!("/swaps/{second}/approve")).await.expect(200);
        crate::crowd::assert_sound(&post.force.app);
    }

    async fn a_swap_from_asking_to_approval(db: TestDatabase) {
        let post = Post::start(db).await;
        let (theirs, mine, other) = pair(&post).await;
        let asked = post.own.post("/swaps", json!({"shift_id": mine, "with_shift_id": other, "note": "家中有事"})).await.expect(201);
        assert_eq!((&asked.body["state"], &asked.body["to_officer_id"]), (&json!("asked"), &json!(post.other)));
        let path = format!("/swaps/{}", asked.id());
        for client in [&post.own, &theirs, &post.force.leader, &post.force.hr] {
            assert_eq!(ids(&client.get("/swaps").await.expect(200)), [asked.id()]);
            client.get(&path).await.expect(200);
        }
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(ids(&post.force.other_leader.get("/swaps").await.expect(200)), Vec::<Uuid>::new());
        // In this order, and by these people.
        assert_eq!(post.force.leader.act(&format!("{path}/approve")).await.because(), "not_agreed");
        assert_eq!(post.own.act(&format!("{path}/agree")).await.says(), (403, "forbidden"));
        assert_eq!(post.own.post("/swaps", json!({"shift_id": mine, "to_officer_id": post.other})).await.because(), "in_swap", "one open swap");
        theirs.act(&format!("{path}/agree")).await.expect(200);
        assert_eq!(theirs.act(&format!("{path}/agree")).await.because(), "decided");
        assert_eq!(theirs.act(&format!("{path}/approve")).await.says(), (403, "forbidden"));
        let done = post.force.leader.act(&format!("{path}/approve")).await.expect(200);
        assert_eq!(done.body["state"], "approved");
        assert_eq!(post.force.leader.act(&format!("{path}/approve")).await.because(), "closed");
        for (officer, day, replaces) in [(post.one, "2026-04-08T00:00:00Z", other), (post.other, "2026-04-06T00:00:00Z", mine)] {
            let list = post.force.leader.get(&format!("/duty-shifts?officer_id={officer}&state=planned")).await.expect(200);
            let [shift] = items(&list).as_slice() else { panic!("{}", list.body) };
            assert_eq!((&shift["starts_at"], &shift["replaces_id"], &shift["source"]), (&json!(day), &json!(replaces), &json!("swap")));
        }
        assert_eq!(records::count(&post.force.app.db, "duty_shifts WHERE state = 'cancelled'"), 2);
    }

    /// A roster that a branch plans for the officers of its stations: the people of one's own station are asked by name, those
    /// of another only for the shift that the same branch planned for them.
    async fn planned_above(db: TestDatabase) {
        let post = Post::start(db).await;
        let force = &post.force;
        let far = force.officer_with("100160", json!({"unit_id": force.other_station})).await;
        let plan = async |officer: Uuid, unit: Uuid, day: u32| {
            let at = |hour: &str| format!("2026-04-{day:02}T{hour}:00");
            let body = crate::leave::with(post.shift(officer, &at("08"), &at("16")), json!({"unit_id": unit}));
            force.branch_leader.post("/duty-shifts", body).await.expect(201).id()
        };
        let mine = plan(post.one, force.branch, 6).await;
        let other = plan(post.other, force.branch, 8).await;
        let (fars, elsewhere) = (plan(far, force.branch, 10).await, plan(far, force.other_station, 13).await);
        let ask = async |body: Value| post.own.post("/swaps", crate::leave::with(json!({"shift_id": mine}), body)).await;
        assert_eq!(ask(json!({"to_officer_id": far})).await.says(), (404, "not_found"), "nobody of another unit by name");
        assert_eq!(ask(json!({"with_shift_id": elsewhere})).await.says(), (404, "not_found"), "nor what another unit planned");
        for body in [json!({"to_officer_id": post.other}), json!({"with_shift_id": other}), json!({"with_shift_id": fars})] {
            let asked = ask(body.clone()).await;
            assert_eq!(asked.status, 201, "{body}: {}", asked.body);
            post.own.act(&format!("/swaps/{}/withdraw", asked.id())).await.expect(200);
        }
        // Approved above by who leads both.
        let asked = ask(json!({"with_shift_id": fars})).await.expect(201).id();
        force.own("far", far).await.act(&format!("/swaps/{asked}/agree")).await.expect(200);
        assert_eq!(force.leader.act(&format!("/swaps/{asked}/approve")).await.says(), (403, "forbidden"));
        force.branch_leader.act(&format!("/swaps/{asked}/approve")).await.expect(200);
    }

    /// Acceptance A-1 where the branch plans: the seventh day is refused, and somebody is named who could take it, of the station
    /// first, and of those for whom the branch plans.
    async fn somebody_can_take_what_is_planned_above(db: TestDatabase) {
        let post = Post::start(db).await;
        let force = &post.force;
        force.app.set_clock("2025-02-20T01:00:00Z");
        let far = force.officer_with("100160", json!({"unit_id": force.other_station})).await;
        let plan = async |officer: Uuid, day: u32| {
            let at = |hour: &str| format!("2025-03-{day:02}T{hour}:00");
            let body = crate::leave::with(post.shift(officer, &at("08"), &at("16")), json!({"unit_id": force.branch}));
            force.branch_leader.post("/duty-shifts", body).await
        };
        for day in 3..9 {
            plan(post.one, day).await.expect(201);
        }
        plan(far, 4).await.expect(201);
        let refused = plan(post.one, 9).await;
        assert_eq!(refused.says(), (422, "rest.weekly"), "{}", refused.body);
        let offered = finding(&refused.body, "rest.weekly")["suggestions"].as_array().unwrap();
        let named: Vec<&str> = offered.iter().filter_map(|one| one["badge_no"].as_str()).collect();
        assert!(named.contains(&"100101") && named.contains(&"100160"), "{offered:?}");
    }

    /// What a swap makes a violation for whoever has the shift now is known in the same act, and what it makes none for
    /// whoever had it.
    async fn violations_after_a_swap(db: TestDatabase) {
        let post = Post::start(db).await;
        let theirs = post.force.own("theirs", post.other).await;
        post.plan(post.one, "2026-04-05T08:00", "2026-04-05T20:00").await.expect(201);
        let mine = post.plan_anyway(post.one, "2026-04-06T05:00", "2026-04-06T13:00").await.expect(201).id();
        post.plan(post.other, "2026-04-05T08:00", "2026-04-05T19:00").await.expect(201);
        let states = async || {
            let told = post.force.hr.get("/rest-violations?rule=rest.daily").await.expect(200);
            let mut found: Vec<(bool, String)> = items(&told)
                .iter()
                .map(|one| (one["officer_id"] == json!(post.one), one["state"].as_str().unwrap().to_owned()))
                .collect();
            found.sort();
            found
        };
        assert_eq!(states().await, [(true, "detected".to_owned())]);
        let asked = post.own.post("/swaps", json!({"shift_id": mine, "to_officer_id": post.other})).await.expect(201).id();
        theirs.act(&format!("/swaps/{asked}/agree")).await.expect(200);
        let why = json!({"override_reason": "家中有事"});
        post.force.leader.post(&format!("/swaps/{asked}/approve"), why).await.expect(200);
        assert_eq!(states().await, [(false, "detected".to_owned()), (true, "remedied".to_owned())]);
    }

    /// A leader who is one of the two, or married to one, does not approve; one who leads only one of both neither.
    async fn who_approves(db: TestDatabase) {
        let post = Post::start(db).await;
        let (theirs, mine, _) = pair(&post).await;
        let both = post.force.with_roles("both", post.one, &[(Role::Leader, Some(post.force.station))]).await;
        let spouse = post.force.officer_with("100110", json!({"spouse_officer_id": post.other})).await;
        let married = post.force.with_roles("married", spouse, &[(Role::Leader, Some(post.force.station))]).await;
        let path = format!("/swaps/{}", both.post("/swaps", json!({"shift_id": mine, "to_officer_id": post.other})).await.expect(201).id());
        theirs.act(&format!("{path}/agree")).await.expect(200);
        for client in [&both, &married] {
            assert_eq!(client.act(&format!("{path}/approve")).await.says(), (403, "own_record"));
        }
        assert_eq!(post.force.other_leader.act(&format!("{path}/approve")).await.says(), (404, "not_found"));
        let refused = post.force.leader.post(&format!("{path}/refuse"), json!({"reason": "人手不足"})).await.expect(200);
        assert_eq!((&refused.body["state"], &refused.body["reason"]), (&json!("refused"), &json!("人手不足")));
        // Closed: another may be asked for, and taken back.
        let again = post.own.post("/swaps", json!({"shift_id": mine, "to_officer_id": post.other})).await.expect(201).id();
        assert_eq!(theirs.act(&format!("/swaps/{again}/withdraw")).await.says(), (403, "forbidden"));
        assert_eq!(post.own.act(&format!("/swaps/{again}/withdraw")).await.expect(200).body["state"], "withdrawn");
        assert_eq!(post.own.act(&format!("/swaps/{again}/withdraw")).await.says(), (409, "wrong_state"));
    }

    /// The rules look at both, and refuse at the approval. Each of the two sees what concerns themselves, the leader all.
    async fn the_rules_look_at_both(db: TestDatabase) {
        let post = Post::start(db).await;
        let (theirs, mine, _) = pair(&post).await;
        post.plan(post.other, "2026-04-06T20:00", "2026-04-07T02:00").await.expect(201);
        let asked = post.own.post("/swaps", json!({"shift_id": mine, "to_officer_id": post.other})).await.expect(201);
        assert_eq!(asked.body["findings"], json!([]), "why the other cannot is not told");
        let path = format!("/swaps/{}", asked.id());
        for client in [&theirs, &post.force.leader] {
            assert_eq!(finding(&client.get(&path).await.expect(200).body, "rest.daily")["outcome"], "block");
        }
        let elsewhere = post.force.officer_with("100120", json!({"unit_id": post.force.other_station})).await;
        let stranger = json!({"shift_id": mine, "to_officer_id": elsewhere});
        assert_eq!(post.own.post("/swaps", stranger).await.says(), (404, "not_found"));
        theirs.act(&format!("{path}/agree")).await.expect(200);
        assert_eq!(post.force.leader.act(&format!("{path}/approve")).await.says().0, 409);
        assert_eq!(post.own.get(&path).await.expect(200).body["state"], "agreed", "nothing changed");
        for (body, status) in [
            (json!({"shift_id": mine}), 422),
            (json!({"shift_id": mine, "to_officer_id": post.one}), 422),
            (json!({"shift_id": Uuid::now_v7(), "to_officer_id": post.other}), 404),
            (json!({"shift_id": mine, "with_shift_id": Uuid::now_v7()}), 404),
        ] {
            assert_eq!(post.own.post("/swaps", body).await.status, status);
        }
        assert_eq!(theirs.post("/swaps", json!({"shift_id": mine, "to_officer_id": post.other})).await.says(), (404, "not_found"));
        // What has begun is not swapped any more.
        post.force.app.set_clock("2026-04-06T00:00:00Z");
        assert_eq!(post.force.leader.act(&format!("{path}/approve")).await.says(), (409, "wrong_state"));
    }

    /// Two swaps of one shift at once, and two approvals of one swap: one of each.
    async fn two_at_once(db: TestDatabase) {
        let post = Post::start(db).await;
        let (theirs, mine, other) = pair(&post).await;
        let third = post.force.officer("100111", "2010-01-01").await;
        let told = at_once((0..6).map(|at| {
            let own = post.own.clone();
            let body = if at % 2 == 0 { json!({"shift_id": mine, "with_shift_id": other}) } else { json!({"shift_id": mine, "to_officer_id": third}) };
            async move { own.post("/swaps", body).await }
        }))
        .await;
        assert_eq!((count(&told, 201), count(&told, 409)), (1, 5));
        let won = told.iter().find(|one| one.status == 201).unwrap();
        let agrees = if won.body["to_officer_id"] == json!(third) { post.force.own("third", third).await } else { theirs };
        agrees.act(&format!("/swaps/{}/agree", won.id())).await.expect(200);
        let second = post.second_leader().await;
        let told = at_once((0..6).map(|at| {
            let client = if at % 2 == 0 { post.force.leader.clone() } else { second.clone() };
            let path = format!("/swaps/{}/approve", won.id());
            async move { client.act(&path).await }
        }))
        .await;
        assert_eq!((count(&told, 200), count(&told, 409)), (1, 5));
    }

    /// Officer and leader say what was worked; where they say the same, the rules go by it.
    async fn actual_hours(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = post.plan(post.one, "2026-03-03T08:00", "2026-03-03T16:00").await.expect(201).id();
        let path = format!("/duty-shifts/{shift}/confirm-actual");
        let hours = |from: &str, to: &str| json!({"starts_at": format!("2026-03-03T{from}:00+08:00"), "ends_at": format!("2026-03-03T{to}:00+08:00")});
        assert_eq!(post.own.post(&path, hours("08:00", "16:00")).await.because(), "not_over", "not yet");
        post.force.app.set_clock("2026-03-03T14:00:00Z");
        let state = |told: &Value| told["actual"]["state"].as_str().unwrap().to_owned();
        for (body, pointer) in [
            (hours("16:00", "08:00"), "/ends_at"),
            (hours("08:00", "23:00"), "/ends_at"),
            (json!({"starts_at": "2026-03-01T00:00:00Z", "ends_at": "2026-03-03T08:00:00Z"}), "/starts_at"),
        ] {
            let told = post.own.post(&path, body).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)));
        }
        // Every fault in one answer: of the shape, of a value, of both hours.
        for (body, pointers) in [
            (json!({"ends_at": 5, "counted_minutes": 50_000}), vec!["/ends_at", "/counted_minutes"]),
            (json!({"counted_minutes": -1}), vec!["/starts_at", "/ends_at", "/counted_minutes"]),
            (json!({"starts_at": "2026-03-01T00:00:00Z", "ends_at": "2026-03-01T08:00:00Z", "counted_minutes": 481}), vec!["/starts_at", "/ends_at", "/counted_minutes"]),
        ] {
            let told = post.own.post(&path, body).await.expect(422);
            let named: Vec<_> = told.body["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
            assert_eq!(named, pointers, "{}", told.body);
        }
        let said = post.own.post(&path, hours("08:00", "19:00")).await.expect(200);
        assert_eq!(state(&said.body), "confirmed_by_officer");
        let said = post.force.leader.post(&path, hours("08:00", "18:00")).await.expect(200);
        assert_eq!((state(&said.body), &said.body["actual_starts_at"]), ("disputed".to_owned(), &Value::Null));
        assert_eq!(post.force.hr.post(&path, hours("08:00", "18:00")).await.says(), (403, "forbidden"));
        assert_eq!(post.force.other_leader.post(&path, hours("08:00", "18:00")).await.says(), (404, "not_found"));
        let said = post.own.post(&path, hours("08:00", "18:00")).await.expect(200);
        assert_eq!((state(&said.body), &said.body["actual_minutes"]), ("agreed".to_owned(), &json!(600)));
        assert_eq!(post.own.post(&path, hours("08:00", "18:00")).await.expect(200).body["actual"]["state"], "agreed", "twice");
        let other = post.own.post(&path, hours("08:00", "17:00")).await.expect(200);
        assert_eq!((state(&other.body), &other.body["actual_minutes"]), ("disputed".to_owned(), &json!(600)), "agreed is agreed until both say otherwise");
        // Two hours more than planned are owed.
        let lots = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!((items(&lots).len(), &items(&lots)[0]["minutes"]), (1, &json!(120)), "{}", lots.body);
        // The rules see the hours that were worked: eleven hours from 18:00 on.
        let early = post.plan(post.one, "2026-03-04T04:00", "2026-03-04T10:00").await;
        assert_eq!((early.status, &early.body["errors"][0]["pointer"]), (422, &json!("/override_reason")), "{}", early.body);
        post.plan(post.one, "2026-03-04T05:00", "2026-03-04T10:00").await.expect(201);
        let any = post.force.leader.with("if-match", "*");
        assert_eq!(any.patch(&format!("/duty-shifts/{shift}"), json!({"kind": "training"})).await.because(), "hours_agreed");
    }
}
