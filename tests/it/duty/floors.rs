//! What units keep present: skills that somebody has, floors that hr set, and what a draft would lack.

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::Post;
use crate::app::{Client, Told};
use crate::leave::{finding, items};

/// What R11 says in an answer.
fn strength(body: &Value) -> Vec<&Value> {
    let found = body["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    found.iter().filter(|one| one["rule"] == "rest.strength").collect()
}

fn pointers(told: &Told) -> Vec<&str> {
    told.body["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect()
}

impl Post {
    async fn keep(&self, client: &Client, present: i32, skills: Value) -> Told {
        let path = format!("/units/{}/staffing", self.force.station);
        let known = client.get(&path).await.status == 200;
        let (header, value) = if known { ("if-match", "*") } else { ("if-none-match", "*") };
        client.with(header, value).put(&path, json!({"minimum_present": present, "skills": skills})).await
    }
}

both! {
    /// A skill is a post that somebody in the force holds; one that only others hold is told, one that nobody holds refused.
    async fn a_skill_that_nobody_has(db: TestDatabase) {
        let post = Post::start(db).await;
        let skills = |name: &str, minimum: i32| json!([{"skill": name, "minimum": minimum}]);
        let both = json!([{"skill": "法医", "minimum": 0}, {"skill": "驾驶员", "minimum": 1}]);
        let refused = post.keep(&post.force.leader, 1, both).await.expect(422);
        assert_eq!(pointers(&refused), ["/skills/0/skill", "/skills/1/skill"], "{}", refused.body);
        assert!(refused.body["errors"][0]["detail"].as_str().unwrap().contains("法医"));
        let elsewhere = json!({"post": "法医", "unit_id": post.force.other_station});
        let far = post.force.officer_with("100180", elsewhere).await;
        let told = post.keep(&post.force.leader, 1, skills("法医", 1)).await.expect(200);
        assert_eq!(finding(&told.body, "rest.skill_missing")["measured"]["skill"], "法医");
        let none = post.keep(&post.force.leader, 1, skills("法医", 0)).await.expect(200);
        assert!(none.body.get("findings").is_none(), "none is asked for");
        post.force.change(post.one, json!({"post": "法医"})).await.expect(200);
        let held = post.keep(&post.force.leader, 1, skills("法医", 1)).await.expect(200);
        assert!(held.body.get("findings").is_none());
        // Who left the roll has no skill any more, from the day after on.
        post.force.change(post.one, json!({"post": null})).await.expect(200);
        let leaves = json!({"left_on": "2026-03-02", "cause": "transferred_out"});
        post.force.hr.post(&format!("/officers/{far}/separation"), leaves).await.expect(200);
        post.keep(&post.force.leader, 1, skills("法医", 1)).await.expect(200);
        let leader = post.second_leader().await;
        post.force.app.set_clock("2026-03-02T16:00:00Z");
        assert_eq!(post.keep(&leader, 1, skills("法医", 1)).await.status, 422);
    }

    /// What cannot be read, what lies outside its bounds and what nobody has are told in one answer; nothing is kept.
    async fn every_fault_of_a_floor(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = format!("/units/{}/staffing", post.force.station);
        let leader = post.force.leader.with("if-none-match", "*");
        let codes = |told: &Told| -> Vec<(String, String)> {
            let all = told.body["errors"].as_array().unwrap().iter();
            all.map(|one| (one["pointer"].as_str().unwrap().to_owned(), one["code"].as_str().unwrap().to_owned())).collect()
        };
        let line = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        let read = json!({"minimum_present": -1, "other": 1, "skills": [{"skill": "长".repeat(101), "minimum": 1}, {"skill": "法医", "minimum": 100_001}]});
        let refused = leader.put(&path, read).await.expect(422);
        let expected = [
            line("/other", "unknown_field"), line("/minimum_present", "invalid_value"),
            line("/skills/0/skill", "too_long"), line("/skills/1/minimum", "invalid_value"),
        ];
        assert_eq!(codes(&refused), expected, "{}", refused.body);
        let values = json!({"minimum_present": 100_001, "skills": [{"skill": "法医", "minimum": -1}, {"skill": " ", "minimum": 1}, {"skill": "法医", "minimum": 1}]});
        let refused = leader.put(&path, values).await.expect(422);
        let expected = [
            line("/minimum_present", "invalid_value"), line("/skills/0/minimum", "invalid_value"),
            line("/skills/1/skill", "invalid_value"), line("/skills/2/skill", "invalid_value"), line("/skills/0/skill", "invalid_value"),
        ];
        assert_eq!(codes(&refused), expected, "{}", refused.body);
        assert_eq!(post.force.leader.get(&path).await.status, 404, "nothing is kept");
        let other = post.force.other_leader.with("if-none-match", "*");
        assert_eq!(other.put(&path, json!({"minimum_present": -1})).await.status, 404, "not theirs to see");
    }

    /// Below what hr said no leader of a unit goes; above it and back they do; hr, and a bureau leader, lower it.
    async fn a_floor_that_hr_set(db: TestDatabase) {
        let post = Post::start(db).await;
        for officer in [post.one, post.other] {
            post.force.change(officer, json!({"post": "法医"})).await.expect(200);
        }
        let skills = |minimum: i32| json!([{"skill": "法医", "minimum": minimum}]);
        let (leader, hr) = (&post.force.leader, &post.force.hr);
        let bureau = post.force.app.as_role("bureau", Role::BureauLeader, Some(post.force.bureau)).await;
        // What a leader said, a leader changes as they like.
        for least in [3, 1, 2] {
            post.keep(leader, least, skills(least)).await.expect(200);
        }
        post.keep(hr, 2, skills(1)).await.expect(200);
        for (present, of_skill, refused_at) in [
            (1, skills(1), vec!["/minimum_present"]),
            (2, skills(0), vec!["/skills/0/minimum"]),
            (0, json!([]), vec!["/minimum_present", "/skills"]),
        ] {
            for client in [leader, &post.force.branch_leader] {
                let refused = post.keep(client, present, of_skill.clone()).await;
                assert_eq!(refused.says(), (403, "floor_bound"), "{}", refused.body);
                assert_eq!(pointers(&refused), refused_at);
            }
        }
        let path = format!("/units/{}/staffing", post.force.station);
        assert_eq!(leader.get(&path).await.expect(200).body["minimum_present"], 2, "nothing changed");
        post.keep(leader, 4, skills(2)).await.expect(200);
        assert_eq!(post.keep(leader, 1, skills(2)).await.says(), (403, "floor_bound"), "raised by themselves, bound by hr");
        post.keep(leader, 2, skills(1)).await.expect(200);
        post.keep(&bureau, 1, json!([])).await.expect(200);
        post.keep(leader, 1, json!([])).await.expect(200);
        assert_eq!(post.keep(leader, 0, json!([])).await.says(), (403, "floor_bound"));
        post.keep(hr, 0, json!([])).await.expect(200);
        post.keep(leader, 0, json!([])).await.expect(200);
        let auditor = post.force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get("/audit?act=unit.staffing").await.expect(200);
        assert_eq!(items(&trail).len(), 10, "each change is noted");
    }

    /// What publishing would refuse is told of a draft: by the preview, by the entry, by a change, by taking it back.
    async fn what_a_draft_lacks(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.change(post.other, json!({"post": "法医"})).await.expect(200);
        post.keep(&post.force.leader, 1, json!([{"skill": "法医", "minimum": 1}])).await.expect(200);
        let body = post.shift(post.one, "2026-05-06T08:00", "2026-05-06T16:00");
        let check = post.force.leader.post("/duty-shifts/check", body.clone()).await.expect(200);
        let entered = post.force.leader.post("/duty-shifts", body).await.expect(201);
        assert_eq!((&check.body["acceptable"], &check.body["asks_override_reason"]), (&json!(true), &json!(false)));
        for told in [&check.body, &entered.body] {
            let [found] = strength(told).try_into().unwrap();
            let measured = &found["measured"];
            assert_eq!((&found["outcome"], &measured["at_publication"], &measured["skill"]), (&json!("warn"), &json!("block"), &json!("法医")));
            assert_eq!((&measured["on"], &measured["skilled"]), (&json!("2026-05-06"), &json!(0)));
            assert!(found["message"].as_str().unwrap().contains("法医"));
        }
        let month = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        let refused = post.force.leader.post("/rosters/publish", month.clone()).await;
        assert_eq!(refused.says(), (409, "rest.strength"), "as it was told");
        // Whoever can do it fills it; the day before and the day after are dates of their own.
        let filled = post.plan(post.other, "2026-05-06T08:00", "2026-05-06T16:00").await.expect(201);
        assert_eq!(strength(&filled.body), Vec::<&Value>::new());
        for day in ["05", "07"] {
            let beside = post.plan(post.other, &format!("2026-05-{day}T08:00"), &format!("2026-05-{day}T16:00")).await;
            assert_eq!(strength(&beside.expect(201).body), Vec::<&Value>::new());
        }
        // A batch says which of its shifts it is about.
        let two = [
            post.shift(post.other, "2026-05-12T08:00", "2026-05-12T16:00"),
            post.shift(post.one, "2026-05-13T08:00", "2026-05-13T16:00"),
        ];
        let batch = post.force.leader.post("/duty-shifts/batch", json!({"shifts": two})).await.expect(200);
        let [found] = strength(&batch.body).try_into().unwrap();
        assert_eq!((&found["measured"]["at"], &found["measured"]["on"]), (&json!(["/shifts/1"]), &json!("2026-05-13")));
        // Moved away and taken back: told, and not refused.
        let path = format!("/duty-shifts/{}", filled.id());
        let moved = json!({"starts_at": "2026-05-08T00:00:00Z", "ends_at": "2026-05-08T08:00:00Z"});
        let moved = post.force.leader.with("if-match", "*").patch(&path, moved).await.expect(200);
        assert_eq!(strength(&moved.body)[0]["measured"]["on"], "2026-05-06");
        let cancel = async |id: String| {
            post.force.leader.post(&format!("/duty-shifts/{id}/cancel"), json!({"reason": "调整"})).await
        };
        let twelfth = batch.body["items"][0]["id"].as_str().unwrap().to_owned();
        post.plan(post.one, "2026-05-12T08:00", "2026-05-12T16:00").await.expect(201);
        let gone = cancel(twelfth.clone()).await.expect(200);
        let [found] = strength(&gone.body).try_into().unwrap();
        assert_eq!((&found["measured"]["at_publication"], &found["measured"]["on"]), (&json!("block"), &json!("2026-05-12")));
        assert_eq!(strength(&cancel(twelfth).await.expect(200).body), Vec::<&Value>::new(), "twice changes nothing");
        // Published, it refuses as ever.
        let eighth = json!({"unit_id": post.force.station, "from": "2026-05-08", "to": "2026-05-08"});
        post.force.leader.post("/rosters/publish", eighth).await.expect(201);
        assert_eq!(cancel(filled.id().to_string()).await.says(), (409, "rest.strength"));
    }
}
