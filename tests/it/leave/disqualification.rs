//! What ends the right to a year's annual leave, and what follows (Order 514 art. 4, Order 9 art. 4; RULINGS 12, 13).

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, assert_adds_up, blocking, columns, days, finding, force, items, with};
use crate::app::Force;

impl Force {
    /// Sick leave that hr enters for the past.
    async fn sick(&self, officer: Uuid, from: &str, to: &str) -> Uuid {
        self.enter(with(asked(officer, from, to), json!({"kind": "sick"}))).await.expect(201).id()
    }

    async fn decide_held(&self, officer: Uuid, year: i32, by: f64) -> crate::app::Told {
        let body = json!({"year": year, "days": by, "reason": "按规定研究决定"});
        self.hr.post(&format!("/officers/{officer}/entitlement-decisions"), body).await
    }

    async fn explained(&self, officer: Uuid, on: &str) -> Value {
        self.hr.get(&format!("/officers/{officer}/leave-balances/explanation?on={on}")).await.expect(200).body
    }
}

fn outcome<'a>(body: &'a Value, rule: &str) -> (&'a Value, &'a Value, &'a Value) {
    let found = finding(body, rule);
    (&found["outcome"], &found["rule_id"], &found["measured"]["disqualified_on"])
}

both! {
    /// B-1: ten years on 15 June 2025 read five on 30 June and ten on 1 July.
    async fn b1_the_tier_from_the_month_after(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2015-06-15").await;
        for (on, owed) in [("2025-06-30", 5), ("2025-07-01", 10)] {
            assert_eq!(force.owed(officer, on).await["days"], owed, "{on}");
        }
    }

    /// B-3: five days left, seven asked for.
    async fn b3_short_by_two(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2020-03-10").await;
        let told = force.submit(&own, officer, "2026-03-09", "2026-03-17").await;
        assert_eq!(told.says(), (422, "leave.balance"));
        let balance = finding(&told.body, "leave.balance");
        assert_eq!((&balance["rule_id"], &balance["limit"]), (&json!("L7"), &json!({"short_by_days": 2})));
        assert_eq!(balance["measured"]["lost_reason"], Value::Null, "nothing is lost");
        // No compensatory lots are there that could cover two.
        assert_eq!(balance["suggestions"], json!([]));
    }

    /// B-6: twelve years of service, six days taken, then 92 days of sickness in 2025: nothing in 2026, and why.
    async fn b6_next_year_is_lost(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2013-01-01").await;
        force.enter(asked(officer, "2025-03-03", "2025-03-10")).await.expect(201);
        assert_eq!(force.owed(officer, "2026-03-02").await["days"], 10);
        force.sick(officer, "2025-06-01", "2025-08-31").await;

        let owed = force.owed(officer, "2026-03-02").await;
        assert_eq!((&owed["days"], &owed["held_days"], &owed["lost_reason"]), (&json!(0), &json!(0), &json!("L3")));
        assert_eq!(outcome(&owed, "annual_leave.disqualified_next_year"), (&json!("warn"), &json!("L3"), &json!("2025-08-29")));
        let lost = finding(&owed, "annual_leave.disqualified_next_year");
        assert_eq!((&lost["measured"]["taken_days"], &lost["measured"]["lost_reason"]), (&json!(6), &json!("L3")));
        assert!(lost["source"].as_str().unwrap().contains("实施办法 第四条"));
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&balance), [0.0; 10]);
        assert_adds_up(&balance);
        let told = force.submit(&own, officer, "2026-03-09", "2026-03-09").await;
        assert_eq!(told.says(), (422, "leave.balance"));
        assert_eq!(finding(&told.body, "leave.balance")["measured"]["lost_reason"], "L3");

        // The year itself: six taken, four held. What was measured is told, with its limit.
        let year = force.owed(officer, "2025-12-31").await;
        assert_eq!((&year["days"], &year["held_days"], &year["lost_reason"]), (&json!(10), &json!(4), &Value::Null));
        let sick = finding(&year, "annual_leave.disqualified_sick");
        assert_eq!((&sick["measured"]["calendar_days"], &sick["measured"]["years_min"], &sick["limit"]["months_min"]), (&json!(92), &json!(10), &json!(3)));
        assert_eq!((&sick["source"], &sick["measured"]["month_unit"]), (&json!("职工带薪年休假条例 第四条"), &json!("calendar_30")));
        let last = force.balance(officer, "2025-12-31").await;
        assert_eq!(columns(&last), [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 0.0, 0.0, 0.0]);
        assert_eq!((&last["held_days"], &last["lots"][0]["state"]), (&json!(4), &json!("held")));
        assert_adds_up(&last);
        // The day before the ninetieth nothing is held yet.
        let before = force.balance(officer, "2025-08-28").await;
        assert_eq!((days(&before["held_days"]), days(&before["available_days"])), (0.0, 4.0));
        assert_eq!(days(&force.owed(officer, "2025-08-29").await["held_days"]), 4.0);
        // Two years on there is leave again, and held days are carried by nobody.
        assert_eq!(force.owed(officer, "2027-01-01").await["days"], 10);
        assert_eq!(force.carry(officer, 2025, 1.0, "2026-01-05").await.says(), (409, "leave.carry_left"));
    }

    /// Nothing was taken: the year is lost from the day of the event on, the next is not. Days carried in stay.
    async fn this_year_is_lost(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-01-05T01:00:00Z");
        let (officer, own) = force.person("100001", "2020-03-10").await;
        force.carry(officer, 2025, 2.0, "2026-01-04").await.expect(201);
        // Carried days that are taken do not count as taken.
        force.granted(&own, officer, "2026-01-12", "2026-01-13").await;
        force.app.set_clock("2026-06-01T01:00:00Z");
        force.sick(officer, "2026-03-01", "2026-04-29").await;
        let owed = force.owed(officer, "2026-06-01").await;
        assert_eq!((&owed["days"], &owed["lost_reason"]), (&json!(0), &json!("L3")));
        assert_eq!(outcome(&owed, "annual_leave.lost"), (&json!("warn"), &json!("L3"), &json!("2026-04-29")));
        assert_eq!(force.owed(officer, "2026-04-28").await["days"], 5);
        assert_eq!(force.owed(officer, "2027-06-01").await["days"], 5);
        let last = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&last), [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0]);
        assert_adds_up(&last);
        let own_lot = last["lots"].as_array().unwrap().iter().find(|lot| lot["source"] == "own").unwrap();
        assert_eq!(own_lot["state"], "lost");
        let said = force.preview(&own, asked(officer, "2026-07-06", "2026-07-06")).await;
        assert_eq!(blocking(&said), ["leave.balance"]);
        // Other dates are offered where they can be granted: in the next year only.
        let starts: Vec<_> = said["alternatives"].as_array().unwrap().iter().map(|one| one["from"].as_str().unwrap().to_owned()).collect();
        assert!(starts.iter().all(|from| from.as_str() >= "2027-01-01"), "{starts:?}");
        let why = force.explained(officer, "2026-12-31").await;
        assert_eq!(outcome(&why, "annual_leave.disqualified_sick").0, "warn");
        // Nothing is held, so nothing is decided.
        assert_eq!(force.decide_held(officer, 2026, 0.0).await.because(), "nothing_held");
    }

    /// One day too few, and pending records, change nothing; the sixtieth day does.
    async fn up_to_the_limit(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-06-01T01:00:00Z");
        let (officer, own) = force.person("100001", "2020-03-10").await;
        force.sick(officer, "2026-03-01", "2026-04-28").await;
        let owed = force.owed(officer, "2026-12-31").await;
        assert_eq!((&owed["days"], finding(&owed, "annual_leave.disqualified_sick")["outcome"].as_str()), (&json!(5), Some("pass")));
        let more = with(asked(officer, "2026-06-08", "2026-06-08"), json!({"kind": "sick"}));
        let id = own.post("/leave-requests", more).await.expect(201).id();
        assert_eq!(force.owed(officer, "2026-12-31").await["days"], 5, "what nobody has decided ends no right");
        force.leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
        assert_eq!(force.owed(officer, "2026-12-31").await["days"], 0);
        assert_eq!(force.owed(officer, "2026-06-07").await["days"], 5);
        // Given back before it begins, the right is there again.
        own.post(&format!("/leave-requests/{id}/cancel"), json!({"reason": "痊愈"})).await.expect(200);
        assert_eq!(force.owed(officer, "2026-12-31").await["days"], 5);
    }

    /// Personal leave of twenty working days ends the right only where pay was kept, and hr's word decides at once.
    async fn personal_leave_with_pay_kept(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-06-01T01:00:00Z");
        let officer = force.officer("100001", "2010-01-01").await;
        let personal = |from: &str, to: &str, kept: Value| {
            with(asked(officer, from, to), json!({"kind": "personal", "pay_kept": kept}))
        };
        force.enter(asked(officer, "2026-02-02", "2026-02-04")).await.expect(201);
        // 2 to 27 March 2026 are twenty working days; nobody has said yet what was paid.
        let id = force.enter(personal("2026-03-02", "2026-03-27", Value::Null)).await.expect(201).id();
        assert_eq!(force.owed(officer, "2026-12-31").await["held_days"], 0);
        let path = format!("/leave-requests/{id}");
        let say = async |kept: Value| {
            let tag = force.hr.get(&path).await.expect(200).header("etag").to_owned();
            force.hr.with("if-match", &tag).patch(&path, json!({"pay_kept": kept})).await.expect(200);
        };
        say(json!(true)).await;
        let owed = force.owed(officer, "2026-12-31").await;
        assert_eq!((&owed["days"], &owed["held_days"]), (&json!(10), &json!(7)));
        let found = finding(&owed, "annual_leave.disqualified_personal");
        assert_eq!((&found["measured"]["days"], &found["limit"]["days_min"], &found["measured"]["disqualified_on"]), (&json!(20), &json!(20), &json!("2026-03-27")));
        assert_eq!(force.owed(officer, "2027-01-01").await["days"], 0);
        say(json!(false)).await;
        assert_eq!(force.owed(officer, "2026-12-31").await["held_days"], 0);
        assert_eq!(force.owed(officer, "2027-01-01").await["days"], 10);
    }

    /// What is held waits for hr: some is given back and can be taken, the rest is lost; the columns add up throughout.
    async fn held_days_are_decided(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-05-11T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.enter(asked(officer, "2026-02-02", "2026-02-03")).await.expect(201);
        // Booked for October before anybody fell ill.
        let booked = force.granted(&own, officer, "2026-10-12", "2026-10-14").await;
        let pending = force.submit(&own, officer, "2026-11-02", "2026-11-02").await.expect(201).id();
        force.sick(officer, "2026-02-08", "2026-05-10").await;
        let last = async || force.balance(officer, "2026-12-31").await;
        let balance = last().await;
        assert_eq!(columns(&balance), [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 1.0, 0.0]);
        assert_eq!(days(&balance["held_days"]), 4.0);
        assert_adds_up(&balance);
        // What waits cannot be granted any more.
        let told = force.leader.act(&format!("/leave-requests/{pending}/approve")).await;
        assert_eq!(told.says(), (409, "leave.balance"));
        assert_eq!(finding(&told.body, "leave.balance")["measured"]["lost_reason"], "L3");
        own.act(&format!("/leave-requests/{pending}/withdraw")).await.expect(200);
        let balance = last().await;
        assert_eq!((days(&balance["held_days"]), days(&balance["available_days"])), (5.0, 0.0));
        assert_adds_up(&balance);

        // Fields, roles, reach.
        let path = format!("/officers/{officer}/entitlement-decisions");
        let body = json!({"year": 2026, "days": 2, "reason": "工作需要"});
        for (change, pointer) in [
            (json!({"days": 5.5}), "/days"), (json!({"days": -1}), "/days"), (json!({"days": 0.25}), "/days"),
            (json!({"reason": " "}), "/reason"), (json!({"reason": "长".repeat(1001)}), "/reason"),
        ] {
            let told = force.hr.post(&path, with(body.clone(), change.clone())).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{change}");
        }
        assert_eq!(force.decide_held(officer, 2027, 0.0).await.says(), (409, "wrong_state"));
        assert_eq!(force.leader.post(&path, body.clone()).await.status, 403);
        let spouse = force.officer_with("100002", json!({"spouse_officer_id": officer})).await;
        let own_hr = force.with_roles("own-hr", spouse, &[(Role::Hr, None)]).await;
        assert_eq!(own_hr.post(&path, body.clone()).await.says(), (403, "own_record"));
        let elsewhere = force.app.as_role("other-hr", Role::Hr, Some(force.other_station)).await;
        let elsewhere = force.app.lasting(&elsewhere);
        assert_eq!(elsewhere.post(&path, body.clone()).await.says(), (404, "not_found"));

        let keyed = force.hr.with("idempotency-key", "held-1");
        let told = keyed.post(&path, body.clone()).await.expect(201);
        assert_eq!((&told.body["days"], &told.body["held_days"], &told.body["lost_days"]), (&json!(2), &json!(5), &json!(3)));
        assert_eq!(told.body["disqualified_on"], "2026-05-08");
        assert_eq!(keyed.post(&path, body.clone()).await.expect(201).header("idempotency-replayed"), "true");
        assert_eq!(force.hr.post(&path, body).await.says(), (409, "wrong_state"), "decided once");
        let balance = last().await;
        assert_eq!(columns(&balance), [7.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 2.0]);
        assert_eq!(days(&balance["held_days"]), 0.0);
        assert_adds_up(&balance);
        force.granted(&own, officer, "2026-06-01", "2026-06-02").await;
        assert_eq!(force.submit(&own, officer, "2026-06-03", "2026-06-03").await.says(), (422, "leave.balance"));
        assert_adds_up(&last().await);
        // A day that was booked and comes back is among what hr let stand.
        own.post(&format!("/leave-requests/{booked}/cancel"), json!({"reason": "案件", "from": "2026-10-14"})).await.expect(200);
        let balance = last().await;
        assert_eq!((days(&balance["available_days"]), days(&balance["held_days"])), (1.0, 0.0));
        assert_adds_up(&balance);
        force.assert_sound();
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get(&format!("/audit?officer_id={officer}&limit=500")).await;
        let decided = items(&trail).iter().filter(|entry| entry["act"] == "leave.entitlement_decided");
        let decided: Vec<_> = decided.map(|entry| (&entry["before"], &entry["after"])).collect();
        let after = json!({"year": 2026, "days": 2, "lost_days": 3, "reason": "工作需要"});
        assert_eq!(decided, [(&json!({"year": 2026, "held_days": 5}), &after)]);
    }

    /// A corrected service period moves the limit: what was lost is there again, at once.
    async fn facts_decide_at_once(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-06-01T01:00:00Z");
        let officer = force.officer("100001", "2020-03-10").await;
        force.sick(officer, "2026-03-01", "2026-05-20").await;
        assert_eq!(force.owed(officer, "2026-06-01").await["days"], 0);
        let earlier = json!({"service_periods": [{"from": "2010-03-10", "to": "2020-03-09", "kind": "military"}, {"from": "2020-03-10"}]});
        force.change(officer, earlier).await.expect(200);
        assert_eq!(force.owed(officer, "2026-06-01").await["days"], 10);
        let list = force.hr.get(&format!("/leave-requests?officer_id={officer}")).await.expect(200);
        assert_eq!(items(&list).len(), 1);
    }
}
