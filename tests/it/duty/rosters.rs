//! Patterns, generated rosters and their publication, and the strength that units keep.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::crowd::{at_once, count};
use crate::leave::{finding, ids, items, with};
use crate::records;

/// Four teams in a cycle of four days: day, night, and two to rest.
fn four_teams(unit: Uuid) -> Value {
    json!({
        "unit_id": unit, "name": "四班三运转", "teams": 4,
        "cycle": [
            {"kind": "duty", "starts": "08:00", "minutes": 720, "code": "白"},
            {"kind": "overnight", "starts": "20:00", "minutes": 720, "code": "夜"},
            {},
            {"rest": "rotation", "code": "休"},
        ],
    })
}

fn generation(post: &Post, pattern: Uuid, from: &str, to: &str, officers: &[(Uuid, i32)]) -> Value {
    let assignments: Vec<Value> = officers.iter().map(|(id, team)| json!({"officer_id": id, "team": team})).collect();
    json!({"pattern_id": pattern, "unit_id": post.force.station, "from": from, "to": to, "assignments": assignments})
}

both! {
    async fn a_pattern_generates_a_roster(db: TestDatabase) {
        let post = Post::start(db).await;
        let pattern = post.force.leader.post("/roster-patterns", four_teams(post.force.station)).await.expect(201);
        assert_eq!((&pattern.body["offset_days"], &pattern.body["cycle"][1]["starts"]), (&json!(1), &json!("20:00")));
        let body = generation(&post, pattern.id(), "2026-04-01", "2026-04-30", &[(post.one, 1), (post.other, 2)]);
        let tried = post.force.leader.post("/rosters/generate", with(body.clone(), json!({"dry_run": true}))).await.expect(200);
        assert_eq!((&tried.body["acceptable"], &tried.body["shifts"], &tried.body["rest_days"]), (&json!(true), &json!(31), &json!(15)), "{}", tried.body);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0);
        let made = post.force.leader.post("/rosters/generate", body.clone()).await.expect(200);
        assert_eq!(made.body["shifts"], 31);
        let first = post.force.leader.get(&format!("/duty-shifts?officer_id={}&from=2026-04-01&limit=2", post.one)).await.expect(200);
        assert_eq!((&items(&first)[0]["starts_at"], &items(&first)[0]["source"]), (&json!("2026-04-01T00:00:00Z"), &json!("pattern")));
        assert_eq!((&items(&first)[1]["starts_at"], &items(&first)[1]["kind"]), (&json!("2026-04-02T12:00:00Z"), &json!("overnight")));
        // The second team is a day behind: it begins with the last day of the cycle.
        let rest = post.force.leader.get(&format!("/rest-days?officer_id={}&from=2026-04-01", post.other)).await.expect(200);
        assert_eq!(items(&rest)[0]["date"], "2026-04-01");
        // Again: everything is there already, nothing is added.
        let again = post.force.leader.post("/rosters/generate", body).await;
        assert_eq!(again.says(), (409, "rest.overlap"));
        assert!(finding(&again.body, "rest.overlap")["measured"]["at"][0].as_str().unwrap().starts_with("/assignments/"), "{}", again.body);
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 31);
    }

    /// What a rule asks a reason for is generated with one reason for all of it, or not at all.
    async fn a_reason_for_all_that_is_generated(db: TestDatabase) {
        let post = Post::start(db).await;
        let cycle = json!({"name": "早晚", "teams": 1, "unit_id": post.force.station, "cycle": [{"kind": "duty", "starts": "12:00", "minutes": 480}, {"kind": "duty", "starts": "05:00", "minutes": 480}, {}]});
        let pattern = post.force.leader.post("/roster-patterns", cycle).await.expect(201).id();
        let body = generation(&post, pattern, "2026-04-01", "2026-04-06", &[(post.one, 1)]);
        let tried = post.force.leader.post("/rosters/generate", with(body.clone(), json!({"dry_run": true}))).await.expect(200);
        assert_eq!((&tried.body["acceptable"], &tried.body["asks_override_reason"]), (&json!(true), &json!(true)), "{}", tried.body);
        let refused = post.force.leader.post("/rosters/generate", body.clone()).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["pointer"], &refused.body["errors"][0]["code"]), (422, &json!("/override_reason"), &json!("missing_field")), "{}", refused.body);
        assert_eq!(refused.body["errors"].as_array().unwrap().len(), 1, "one reason for all of it");
        assert_eq!(records::count(&post.force.app.db, "duty_shifts"), 0);
        let made = post.force.leader.post("/rosters/generate", with(body, json!({"override_reason": "抗洪"}))).await.expect(200);
        assert_eq!(made.body["shifts"], 4);
        let list = post.force.leader.get(&format!("/duty-shifts?officer_id={}&from=2026-04-01", post.one)).await.expect(200);
        assert!(items(&list).iter().all(|one| one["override_reason"] == "抗洪"), "{}", list.body);
    }

    /// 24 on, 48 off: long, and yet only worth knowing.
    async fn a_day_on_and_two_off(db: TestDatabase) {
        let post = Post::start(db).await;
        let cycle = json!({"name": "24-48", "teams": 3, "unit_id": post.force.station, "cycle": [{"kind": "duty", "starts": "08:00", "minutes": 1440}, {}, {}]});
        let pattern = post.force.leader.post("/roster-patterns", cycle).await.expect(201).id();
        let body = generation(&post, pattern, "2026-04-01", "2026-04-12", &[(post.one, 1)]);
        let made = post.force.leader.post("/rosters/generate", body).await.expect(200);
        assert_eq!(made.body["shifts"], 4);
        assert!(items_of(&made.body["findings"]).iter().all(|one| one["outcome"] == "warn"), "{}", made.body);
    }

    /// Who keeps patterns, what of them is refused, and that an ended one generates nothing.
    async fn patterns_are_kept(db: TestDatabase) {
        let post = Post::start(db).await;
        let unit = post.force.station;
        let pattern = post.force.leader.post("/roster-patterns", four_teams(unit)).await.expect(201);
        let path = format!("/roster-patterns/{}", pattern.id());
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(post.force.other_leader.post("/roster-patterns", four_teams(unit)).await.says(), (404, "not_found"));
        let everywhere = with(four_teams(unit), json!({"unit_id": null}));
        assert_eq!(post.force.leader.post("/roster-patterns", everywhere.clone()).await.says(), (403, "forbidden"));
        let common = post.force.hr.post("/roster-patterns", everywhere).await.expect(201);
        assert_eq!(ids(&post.force.other_leader.get("/roster-patterns").await.expect(200)), [common.id()]);
        assert_eq!(post.force.leader.act(&format!("/roster-patterns/{}/end", common.id())).await.says(), (403, "forbidden"));
        for (member, value, pointer) in [
            ("teams", json!(0), "/teams"),
            ("teams", json!(21), "/teams"),
            ("name", json!(" "), "/name"),
            ("offset_days", json!(4), "/offset_days"),
            ("cycle", json!([]), "/cycle"),
            ("cycle", json!([{"kind": "duty"}]), "/cycle/0/starts"),
            ("cycle", json!([{"kind": "duty", "starts": "24:00", "minutes": 60}]), "/cycle/0/starts"),
            ("cycle", json!([{"kind": "duty", "starts": "08:00", "minutes": 0}]), "/cycle/0/minutes"),
            ("cycle", json!([{"kind": "protected", "starts": "08:00", "minutes": 60}]), "/cycle/0/kind"),
            ("cycle", json!([{"rest": "comp"}]), "/cycle/0/rest"),
            ("cycle", json!([{"starts": "08:00"}]), "/cycle/0/kind"),
        ] {
            let told = post.force.leader.post("/roster-patterns", with(four_teams(unit), json!({member: value}))).await;
            let pointers: Vec<&str> = told.body["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
            assert!(told.status == 422 && pointers.contains(&pointer), "{pointer}: {}", told.body);
        }
        let tagged = post.force.leader.with("if-match", pattern.header("etag"));
        let changed = tagged.patch(&path, json!({"name": "三班"})).await.expect(200);
        assert_eq!((&changed.body["name"], &changed.body["offset_days"]), (&json!("三班"), &json!(1)));
        assert_eq!(tagged.patch(&path, json!({"name": "四班"})).await.says(), (412, "stale"));
        let bad = generation(&post, pattern.id(), "2026-04-01", "2026-04-30", &[(post.one, 5), (post.one, 1)]);
        let told = post.force.leader.post("/rosters/generate", bad).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"], &told.body["errors"][1]["pointer"]), (422, &json!("/assignments/0/team"), &json!("/assignments/1/officer_id")));
        post.force.leader.act(&format!("{path}/end")).await.expect(200);
        let body = generation(&post, pattern.id(), "2026-04-01", "2026-04-30", &[(post.one, 1)]);
        assert_eq!(post.force.leader.post("/rosters/generate", body).await.because(), "ended");
    }

    /// Somebody on granted leave is left out, by name.
    async fn leave_is_left_out(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.granted(&post.own, post.one, "2026-04-02", "2026-04-03").await;
        let pattern = post.force.leader.post("/roster-patterns", four_teams(post.force.station)).await.expect(201).id();
        let body = generation(&post, pattern, "2026-04-01", "2026-04-08", &[(post.one, 1)]);
        let made = post.force.leader.post("/rosters/generate", body).await.expect(200);
        assert_eq!((&made.body["shifts"], &made.body["skipped"]), (&json!(3), &json!([{"officer_id": post.one, "date": "2026-04-02"}])), "{}", made.body);
    }

    /// Published: planned becomes published for the unit and the period, nothing else; the record stays.
    async fn a_roster_is_published(db: TestDatabase) {
        let post = Post::start(db).await;
        let before = post.plan(post.one, "2026-04-30T08:00", "2026-04-30T16:00").await.expect(201).id();
        let first = post.plan(post.one, "2026-05-01T08:00", "2026-05-01T16:00").await.expect(201).id();
        let last = post.plan(post.other, "2026-05-31T20:00", "2026-06-01T04:00").await.expect(201).id();
        let after = post.plan(post.other, "2026-06-02T08:00", "2026-06-02T16:00").await.expect(201).id();
        let rest = post.rest(post.one, "2026-05-03").await.expect(201).id();
        let body = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        assert_eq!(post.own.post("/rosters/publish", body.clone()).await.says(), (403, "forbidden"));
        assert_eq!(post.force.other_leader.post("/rosters/publish", body.clone()).await.says(), (404, "not_found"));
        let told = post.force.leader.post("/rosters/publish", body.clone()).await.expect(201);
        assert_eq!((&told.body["shifts"], &told.body["rest_days"], &told.body["days_ahead"]), (&json!(2), &json!(1), &json!(60)), "{}", told.body);
        let states = async || {
            let mut states = Vec::new();
            for id in [before, first, last, after] {
                states.push(post.own_or_leader(id).await);
            }
            states
        };
        assert_eq!(states().await, ["planned", "published", "published", "planned"]);
        assert_eq!(post.own.get(&format!("/rest-days/{rest}")).await.expect(200).body["state"], "published");
        let again = post.force.leader.post("/rosters/publish", body).await.expect(201);
        assert_eq!((&again.body["shifts"], &again.body["rest_days"]), (&json!(0), &json!(0)), "twice publishes nothing new");
        let listed = post.force.hr.get("/rosters").await.expect(200);
        assert_eq!(ids(&listed), [again.id(), told.id()]);
        assert_eq!(ids(&post.force.other_leader.get("/rosters").await.expect(200)), Vec::<Uuid>::new());
        assert_eq!(post.force.other_leader.get(&format!("/rosters/{}", told.id())).await.says(), (404, "not_found"));
        // The rest was taken: the officer says so, afterwards, and nobody for them.
        let confirm = format!("/rest-days/{rest}/confirm");
        post.force.app.set_clock("2026-05-03T15:59:59Z");
        assert_eq!(post.own.act(&confirm).await.says(), (409, "wrong_state"), "the day itself");
        post.force.app.set_clock("2026-05-03T16:00:00Z");
        assert_eq!(post.force.leader.act(&confirm).await.says(), (403, "forbidden"));
        let taken = post.own.act(&confirm).await.expect(200);
        assert_eq!(taken.body["state"], "taken");
        assert_eq!(post.own.act(&confirm).await.expect(200).body, taken.body, "twice changes nothing");
    }

    /// What is late is told; what a rule refuses refuses all of it.
    async fn publishing_is_refused_by_the_rules(db: TestDatabase) {
        let post = Post::start(db).await;
        let late = json!({"unit_id": post.force.station, "from": "2026-03-31", "to": "2026-03-31"});
        let told = post.force.leader.post("/rosters/publish", late).await.expect(201);
        assert_eq!(finding(&told.body, "rest.published_late")["measured"]["days_ahead"], 29);
        assert!(finding(&told.body, "rest.published_late")["message"].as_str().unwrap().contains("提前 29 天"));
        let over = json!({"unit_id": post.force.station, "from": "2026-02-28", "to": "2026-02-28"});
        let told = post.force.leader.post("/rosters/publish", over).await.expect(201);
        let behind = finding(&told.body, "rest.published_late");
        assert_eq!((&behind["measured"]["days_ahead"], &behind["measured"]["days_behind"]), (&json!(-2), &json!(2)));
        assert!(!behind["message"].as_str().unwrap().contains('-'), "{behind}");
        let just = json!({"unit_id": post.force.station, "from": "2026-04-01", "to": "2026-04-02"});
        let told = post.force.leader.post("/rosters/publish", just).await.expect(201);
        assert!(told.body.get("findings").is_none(), "{}", told.body);
        // Leave that was granted after the shift was planned.
        post.plan(post.one, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201);
        let fine = post.plan(post.other, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201).id();
        post.force.granted(&post.own, post.one, "2026-05-06", "2026-05-06").await;
        let body = json!({"unit_id": post.force.branch, "from": "2026-05-01", "to": "2026-05-31"});
        let refused = post.force.branch_leader.post("/rosters/publish", body).await;
        assert_eq!(refused.says(), (409, "rest.on_leave"), "{}", refused.body);
        assert_eq!(finding(&refused.body, "rest.on_leave")["measured"]["officer_id"], json!(post.one));
        assert_eq!(post.own_or_leader(fine).await, "planned", "nothing changed");
        for (from, to) in [("2026-05-31", "2026-05-01"), ("2026-01-01", "2027-02-05")] {
            let body = json!({"unit_id": post.force.station, "from": from, "to": to});
            let told = post.force.leader.post("/rosters/publish", body).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/to")));
        }
    }

    /// A unit keeps people present: below it a roster is not published, and a published shift not taken back.
    async fn strength(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = format!("/units/{}/staffing", post.force.station);
        assert_eq!(post.force.leader.get(&path).await.says(), (404, "not_found"));
        let body = json!({"minimum_present": 2, "skills": [{"skill": "副所长", "minimum": 1}]});
        assert_eq!(post.force.leader.put(&path, body.clone()).await.says(), (428, "precondition_required"));
        assert_eq!(post.force.leader.with("if-match", "\"1\"").put(&path, body.clone()).await.says(), (412, "stale"));
        let new = post.force.leader.with("if-none-match", "*");
        let elsewhere = post.force.officer_with("100190", json!({"post": "副所长", "unit_id": post.force.other_station})).await;
        let set = new.put(&path, body.clone()).await.expect(200);
        assert_eq!((&set.body["minimum_present"], &set.body["skills"]), (&body["minimum_present"], &body["skills"]));
        assert_eq!(finding(&set.body, "rest.skill_missing")["measured"]["at"], "/skills/0/skill", "nobody of the unit has it");
        assert_eq!(post.force.leader.get(&path).await.expect(200).body, body);
        assert_ne!(elsewhere, post.one);
        assert_eq!(new.put(&path, body.clone()).await.says(), (412, "stale"));
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(post.force.other_leader.with("if-none-match", "*").put(&path, body).await.says(), (404, "not_found"));
        let told = post.force.leader.with("if-match", "*").put(&path, json!({"minimum_present": -1, "skills": [{"skill": "", "minimum": 1}]})).await;
        assert_eq!(told.status, 422);

        post.plan(post.one, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201);
        let month = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        let refused = post.force.leader.post("/rosters/publish", month.clone()).await;
        assert_eq!(refused.says(), (409, "rest.strength"), "{}", refused.body);
        let why = finding(&refused.body, "rest.strength");
        assert_eq!((&why["measured"]["present"], &why["limit"]["present_min"]), (&json!(1), &json!(2)));
        let second = post.plan(post.other, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201).id();
        let refused = post.force.leader.post("/rosters/publish", month.clone()).await;
        assert_eq!(finding(&refused.body, "rest.strength")["measured"]["what"], "skill", "the skill is still missing");
        post.force.change(post.other, json!({"post": "副所长"})).await.expect(200);
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        let cancel = format!("/duty-shifts/{second}/cancel");
        assert_eq!(post.force.leader.post(&cancel, json!({"reason": "调整"})).await.says(), (409, "rest.strength"));
        let third = post.force.officer_with("100105", json!({"post": "副所长"})).await;
        post.plan(third, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201);
        post.force.leader.post(&cancel, json!({"reason": "调整"})).await.expect(200);
    }

    async fn strength_at_swaps_and_moves(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = format!("/units/{}/staffing", post.force.station);
        let body = json!({"minimum_present": 1, "skills": [{"skill": "副所长", "minimum": 1}]});
        post.force.change(post.other, json!({"post": "副所长"})).await.expect(200);
        post.force.leader.with("if-none-match", "*").put(&path, body).await.expect(200);
        let deputy = post.plan(post.other, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201).id();
        let month = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        let any = post.force.leader.with("if-match", "*");
        let to = |from: &str, to: &str| json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
        let path = format!("/duty-shifts/{deputy}");
        // With another shift of theirs on the date nobody is missed.
        any.patch(&path, to("2026-05-06T09:00", "2026-05-06T17:00")).await.expect(200);
        // The only one on duty: a date that had duty keeps its strength.
        let refused = any.patch(&path, to("2026-05-07T08:00", "2026-05-07T16:00")).await;
        assert_eq!(refused.says(), (422, "rest.strength"));
        let why = finding(&refused.body, "rest.strength");
        assert_eq!((&why["measured"]["present"], &why["measured"]["on"]), (&json!(0), &json!("2026-05-06")));
        let cancel = format!("{path}/cancel");
        assert_eq!(post.force.leader.post(&cancel, json!({"reason": "调整"})).await.says(), (409, "rest.strength"));
        // A second one who is there must be able to do the same.
        let one = post.plan(post.one, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201).id();
        assert_eq!(any.patch(&path, to("2026-05-07T08:00", "2026-05-07T16:00")).await.says(), (422, "rest.strength"));
        let theirs = post.force.own("theirs", post.other).await;
        let third = post.force.officer("100111", "2010-01-01").await;
        let asked = theirs.post("/swaps", json!({"shift_id": deputy, "to_officer_id": third})).await.expect(201);
        assert_eq!(finding(&asked.body, "rest.strength")["measured"]["skill"], "副所长", "both see what the unit would lack");
        let path = format!("/swaps/{}", asked.id());
        post.force.own("third", third).await.act(&format!("{path}/agree")).await.expect(200);
        assert_eq!(post.force.leader.act(&format!("{path}/approve")).await.says(), (409, "rest.strength"));
        // The other of the two can do it: nothing is missing.
        post.force.change(third, json!({"post": "副所长"})).await.expect(200);
        post.force.leader.act(&format!("{path}/approve")).await.expect(200);
        post.force.leader.post(&format!("/duty-shifts/{one}/cancel"), json!({"reason": "调整"})).await.expect(200);
    }

    /// A roster published by two at once, while a third plans: everything that was planned is judged.
    async fn published_while_planned(db: TestDatabase) {
        let post = Post::start(db).await;
        let second = post.second_leader().await;
        let body = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        let told = at_once((0..9).map(|at| {
            let client = if at % 2 == 0 { post.force.leader.clone() } else { second.clone() };
            let (path, body) = match at % 3 {
                0 => ("/rosters/publish", body.clone()),
                _ => ("/duty-shifts", post.shift(post.one, &format!("2026-05-{:02}T08:00", 2 * at), &format!("2026-05-{:02}T16:00", 2 * at))),
            };
            async move { client.post(path, body).await }
        }))
        .await;
        assert_eq!(count(&told, 201), 9, "{:?}", told.iter().map(|one| one.says()).collect::<Vec<_>>());
        let auditor = post.force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get("/audit?act=roster.published").await.expect(200);
        assert_eq!(items(&trail).len(), 3);
    }
}

fn items_of(findings: &Value) -> Vec<&Value> {
    findings.as_array().unwrap().iter().collect()
}

impl Post {
    /// The state of a shift as the leader sees it.
    async fn own_or_leader(&self, id: Uuid) -> String {
        let told = self.force.leader.get(&format!("/duty-shifts/{id}")).await.expect(200);
        told.body["state"].as_str().unwrap().to_owned()
    }
}
