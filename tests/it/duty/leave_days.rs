//! Rest days beside leave, and rest days that are entered when their date is over.

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::Post;
use crate::credit::{credit_of, enter};
use crate::leave::{finding, ids};
use crate::records;

impl Post {
    async fn rest_of_kind(&self, date: &str, kind: &str) -> crate::app::Told {
        let body = json!({"officer_id": self.one, "date": date, "kind": kind});
        self.force.leader.post("/rest-days", body).await
    }

    /// Rotations of the first quarter of 2026, as the rules count them.
    async fn rotations(&self) -> i64 {
        let path = format!("/officers/{}/rest-compliance?from=2026-01-01&to=2026-03-31", self.one);
        let told = self.force.hr.get(&path).await.expect(200);
        let quarters = told.body["quarters"].as_array().unwrap();
        quarters[0]["days_total"].as_i64().unwrap_or_else(|| panic!("{}", told.body))
    }
}

both! {
    /// On granted leave the officer is away already: no rest day of any kind is planned on its dates, the day before and the
    /// day after are free; leave that is only asked for stands in nobody's way.
    async fn no_rest_day_on_leave(db: TestDatabase) {
        let post = Post::start(db).await;
        let asked = post.force.submit(&post.own, post.one, "2026-03-09", "2026-03-10").await.expect(201).id();
        post.rest_of_kind("2026-03-10", "rotation").await.expect(201);
        post.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        for kind in ["weekly", "rotation", "comp", "ordered"] {
            let told = post.rest_of_kind("2026-03-09", kind).await;
            assert_eq!(told.says(), (422, "rest.leave_day"), "{kind}: {}", told.body);
            let measured = &finding(&told.body, "rest.leave_day")["measured"];
            assert_eq!((&measured["away_from"], &measured["away_to"]), (&json!("2026-03-09"), &json!("2026-03-10")));
        }
        for date in ["2026-03-08", "2026-03-11"] {
            post.rest_of_kind(date, "weekly").await.expect(201);
        }
        assert_eq!(post.rest_of_kind("2026-03-10", "weekly").await.says(), (422, "taken"), "also where it does not count");
    }

    /// A rotation that was planned first does not count while leave stands on it, and counts again without the leave.
    async fn a_rotation_under_leave_does_not_count(db: TestDatabase) {
        let post = Post::start(db).await;
        for day in 9..14 {
            post.rest_of_kind(&format!("2026-03-{day:02}"), "rotation").await.expect(201);
        }
        let month = json!({"unit_id": post.force.station, "from": "2026-03-02", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        assert_eq!(post.rotations().await, 5);
        let leave = post.force.granted(&post.own, post.one, "2026-03-09", "2026-03-10").await;
        assert_eq!(post.rotations().await, 3, "two days of it are leave");
        post.own.post(&format!("/leave-requests/{leave}/cancel"), json!({"reason": "取消"})).await.expect(200);
        assert_eq!(post.rotations().await, 5);
    }

    /// A compensatory rest day gives way to leave that is granted over it: its minutes return, and the officer is told.
    async fn a_comp_day_gives_way_to_leave(db: TestDatabase) {
        let post = Post::start(db).await;
        enter(&post.force, post.one, 960, "2026-02-25").await;
        let inside = post.rest_of_kind("2026-03-10", "comp").await.expect(201).id();
        let after = post.rest_of_kind("2026-03-11", "comp").await.expect(201).id();
        assert_eq!(credit_of(&post.own, post.one).await["totals"]["reserved"], 960);
        post.force.granted(&post.own, post.one, "2026-03-09", "2026-03-10").await;
        let totals = credit_of(&post.own, post.one).await["totals"].clone();
        assert_eq!((&totals["reserved"], &totals["available_minutes"]), (&json!(480), &json!(480)));
        for (day, state) in [(inside, "cancelled"), (after, "planned")] {
            assert_eq!(post.own.get(&format!("/rest-days/{day}")).await.expect(200).body["state"], state);
        }
        assert_eq!(records::count(&post.force.app.db, "outbox WHERE topic = 'rest_day.gave_way'"), 1);
        post.force.assert_sound();
    }

    /// Whoever is recalled may be planned on the recalled dates, and on no other date of the leave; the day before, the day itself
    /// and the day after.
    async fn duty_on_recalled_dates(db: TestDatabase) {
        let post = Post::start(db).await;
        let leave = post.force.granted(&post.own, post.one, "2026-03-09", "2026-03-17").await;
        post.force.app.set_clock("2026-03-09T01:00:00Z");
        let planned = async |day: u32| {
            post.plan(post.one, &format!("2026-03-{day:02}T14:00"), &format!("2026-03-{day:02}T18:00")).await
        };
        assert_eq!(planned(11).await.says(), (422, "rest.on_leave"));
        let body = json!({"from": "2026-03-11", "to": "2026-03-12", "reason": "专项行动"});
        post.force.leader.post(&format!("/leave-requests/{leave}/recall"), body).await.expect(200);
        for (day, status) in [(10, 422), (11, 201), (12, 201), (13, 422)] {
            let told = planned(day).await;
            assert_eq!(told.status, status, "{day}: {}", told.body);
        }
        post.rest_of_kind("2026-03-13", "weekly").await.expect(422);
        let over = json!({"from": "2026-03-13", "to": "2026-03-17", "reason": "专项行动"});
        post.force.leader.post(&format!("/leave-requests/{leave}/recall"), over).await.expect(200);
        post.rest_of_kind("2026-03-14", "weekly").await.expect(201);
        for (day, status) in [(10, 422), (13, 201), (17, 201), (18, 201)] {
            let told = planned(day).await;
            assert_eq!(told.status, status, "{day}: {}", told.body);
        }
        post.force.assert_sound();
    }

    /// A date that is over: only hr, only with a reason; it counts when the officer has confirmed it, not by publishing.
    async fn rest_entered_late(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = |date: &str, reason: Value| json!({"officer_id": post.one, "date": date, "kind": "rotation", "reason": reason});
        assert_eq!(post.rest_of_kind("2026-03-01", "rotation").await.says(), (403, "forbidden"), "yesterday");
        assert_eq!(post.force.leader.post("/rest-days", body("2026-03-01", json!("漏录"))).await.says(), (403, "forbidden"));
        post.rest_of_kind("2026-03-02", "rotation").await.expect(201);
        for (client, date, reason) in [
            (&post.force.hr, "2026-03-01", json!(null)),
            (&post.force.hr, "2026-03-01", json!(" ")),
            (&post.force.hr, "2026-03-01", json!("x".repeat(1001))),
            (&post.force.hr, "2026-03-03", json!("为何")),
            (&post.force.leader, "2026-03-03", json!("为何")),
        ] {
            let told = client.post("/rest-days", body(date, reason)).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], "/reason", "{}", told.body);
        }
        assert_eq!(post.rotations().await, 1);
        let late = post.force.hr.post("/rest-days", body("2026-03-01", json!("漏录"))).await.expect(201);
        assert_eq!((&late.body["state"], &late.body["reason"]), (&json!("planned"), &json!("漏录")));
        assert_eq!(post.force.hr.post("/rest-days", body("2026-03-01", json!("漏录"))).await.says(), (422, "taken"));
        assert_eq!(post.rotations().await, 1, "nobody has confirmed it");
        let month = json!({"unit_id": post.force.station, "from": "2026-02-23", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        let path = format!("/rest-days/{}", late.id());
        assert_eq!(post.own.get(&path).await.expect(200).body["state"], "planned", "publishing is no word of the officer");
        assert_eq!(post.rotations().await, 1);
        assert_eq!(post.force.hr.act(&format!("{path}/confirm")).await.says(), (403, "forbidden"));
        assert_eq!(post.own.act(&format!("{path}/confirm")).await.expect(200).body["state"], "taken");
        assert_eq!(post.rotations().await, 2);
        // Far hr enters nothing here.
        let far = post.force.app.as_role("far-hr", Role::Hr, Some(post.force.other_station)).await;
        assert_eq!(far.post("/rest-days", body("2026-02-28", json!("漏录"))).await.says(), (404, "not_found"));
        let days = post.force.hr.get(&format!("/rest-days?officer_id={}", post.one)).await.expect(200);
        assert_eq!(ids(&days).len(), 2);
    }
}
