//! Facts change: derived answers change at once, what no longer fits is listed, nonsense is refused.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, days, finding, force, items, with};
use crate::app::Force;

impl Force {
    /// What waits for a decision: the request and its cause.
    async fn conflicts(&self) -> Vec<(Uuid, String)> {
        let told = self.hr.get("/leave-conflicts?state=open").await.expect(200);
        let of = |row: &Value| {
            let request = row["request_id"].as_str().or_else(|| row["request"]["id"].as_str());
            (request.unwrap_or_else(|| panic!("{row}")).parse().unwrap(), row["cause"].as_str().unwrap().to_owned())
        };
        items(&told).iter().map(of).collect()
    }
}

both! {
    /// Sickness takes the year away: what is booked for later waits for a person, and no longer waits when the sickness
    /// is given back.
    async fn an_event_lists_what_is_booked(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-04-27T01:00:00Z");
        let (officer, own) = force.person("100001", "2020-03-10").await;
        let booked = force.granted(&own, officer, "2026-10-12", "2026-10-14").await;
        force.enter(with(asked(officer, "2026-03-01", "2026-04-26"), json!({"kind": "sick"}))).await.expect(201);
        assert!(force.conflicts().await.is_empty());
        // Three more days from Tuesday on make sixty.
        let more = with(asked(officer, "2026-04-28", "2026-04-30"), json!({"kind": "sick"}));
        let id = own.post("/leave-requests", more).await.expect(201).id();
        assert!(force.conflicts().await.is_empty(), "what nobody has decided changes nothing");
        force.leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
        assert_eq!(force.conflicts().await, [(booked, "other_leave".to_owned())]);
        assert_eq!(force.request(booked).await["state"], "approved", "nothing is repaired in silence");
        own.post(&format!("/leave-requests/{id}/cancel"), json!({"reason": "痊愈"})).await.expect(200);
        assert!(force.conflicts().await.is_empty());
    }

    /// After leave was taken, what is booked for later is listed although it stays booked, until hr decides on the year.
    async fn held_years_list_what_is_booked(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-05-11T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.enter(asked(officer, "2026-02-02", "2026-02-03")).await.expect(201);
        let booked = force.granted(&own, officer, "2026-10-12", "2026-10-14").await;
        let next = force.granted(&own, officer, "2027-03-01", "2027-03-01").await;
        force.enter(with(asked(officer, "2026-02-08", "2026-05-10"), json!({"kind": "sick"}))).await.expect(201);
        let mut listed = force.conflicts().await;
        listed.sort();
        let mut expected = [(booked, "other_leave".to_owned()), (next, "other_leave".to_owned())];
        expected.sort();
        assert_eq!(listed, expected);
        let told = force.hr.get("/leave-conflicts?state=open").await.expect(200);
        let of = |id: Uuid| items(&told).iter().find(|row| row.to_string().contains(&id.to_string())).unwrap();
        let late = finding(of(booked), "leave.after_disqualification");
        assert_eq!((&late["rule_id"], &late["measured"]["days"]), (&json!("L3"), &json!(3)));
        assert_eq!(finding(of(next), "leave.balance")["limit"]["short_by_days"], 1);
        let body = json!({"year": 2026, "days": 0, "reason": "按规定"});
        force.hr.post(&format!("/officers/{officer}/entitlement-decisions"), body).await.expect(201);
        assert_eq!(force.conflicts().await, [(next, "other_leave".to_owned())]);
    }

    /// Corrected service, a late change of category, a separation and its end: listed, and settled when it fits again.
    async fn corrections_list_and_settle(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let booked = force.granted(&own, officer, "2026-10-12", "2026-10-20").await;
        force.change(officer, json!({"service_periods": [{"from": "2020-01-01"}]})).await.expect(200);
        assert_eq!(force.owed(officer, "2026-12-31").await["days"], 5);
        assert_eq!(force.conflicts().await, [(booked, "service".to_owned())]);
        force.change(officer, json!({"service_periods": [{"from": "2010-01-01"}]})).await.expect(200);
        assert!(force.conflicts().await.is_empty());

        let path = format!("/officers/{officer}");
        let late = json!({"category": "auxiliary", "effective_on": "2026-09-01"});
        force.hr.post(&format!("{path}/category"), late).await.expect(200);
        assert_eq!(force.conflicts().await, [(booked, "category".to_owned())]);
        let back = json!({"category": "police", "effective_on": "2026-09-01"});
        force.hr.post(&format!("{path}/category"), back).await.expect(200);

        let gone = json!({"left_on": "2026-10-13", "cause": "resigned"});
        force.hr.post(&format!("{path}/separation"), gone).await.expect(200);
        let listed = force.conflicts().await;
        assert_eq!(listed.len(), 1, "{listed:?}");
        let told = force.hr.get("/leave-conflicts?state=open").await.expect(200);
        finding(&items(&told)[0], "leave.separated");
        // Separation never lowers what was valid (RULINGS 11).
        assert_eq!(force.owed(officer, "2026-12-31").await["days"], 10);
        for (to, body) in [
            ("transfer", json!({"unit_id": force.other_station, "effective_on": "2026-10-14"})),
            ("category", json!({"category": "staff", "effective_on": "2026-10-14"})),
        ] {
            assert_eq!(force.hr.post(&format!("{path}/{to}"), body).await.because(), "left_roll", "{to}");
        }
        force.hr.post(&format!("{path}/transfer"), json!({"unit_id": force.station, "effective_on": "2026-10-13"})).await.expect(200);
        let revoked = force.hr.post(&format!("{path}/separation/revoke"), json!({"reason": "误录"})).await.expect(200);
        assert_eq!(revoked.body["separation"], Value::Null);
        assert!(force.conflicts().await.iter().all(|(_, cause)| cause != "separation"));
        let told = force.hr.post(&format!("{path}/separation/revoke"), json!({"reason": "误录"})).await;
        assert_eq!(told.because(), "on_roll");
        assert_eq!(force.leader.post(&format!("{path}/separation/revoke"), json!({"reason": "误录"})).await.status, 403);
        // A retirement that is taken back gives the category back too.
        force.hr.post(&format!("{path}/separation"), json!({"left_on": "2026-06-30", "cause": "retired"})).await.expect(200);
        let back = force.hr.post(&format!("{path}/separation/revoke"), json!({"reason": "误录"})).await.expect(200);
        assert_eq!(back.body["categories"].as_array().unwrap().last().unwrap()["category"], "police");
    }

    /// Dates that cannot be: service in the future, joining after having left, leaving before joining.
    async fn nonsense_is_refused(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer_with("100001", json!({"joined_on": "2020-03-10", "service_periods": [{"from": "2020-03-10"}]})).await;
        let told = force.change(officer, json!({"service_periods": [{"from": "2026-03-03"}]})).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/service_periods/0/from")));
        force.change(officer, json!({"service_periods": [{"from": "2026-03-02"}]})).await.expect(200);
        // Whoever joins in April begins to serve in April.
        let ahead = json!({"joined_on": "2026-04-01", "service_periods": [{"from": "2026-04-01"}]});
        force.officer_with("100002", ahead).await;
        let path = format!("/officers/{officer}/separation");
        assert_eq!(force.hr.post(&path, json!({"left_on": "2020-03-09", "cause": "resigned"})).await.status, 422);
        force.hr.post(&path, json!({"left_on": "2026-03-31", "cause": "resigned"})).await.expect(200);
        let told = force.change(officer, json!({"joined_on": "2026-04-01"})).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/joined_on")));
        force.change(officer, json!({"joined_on": "2026-03-31"})).await.expect(200);
    }

    /// RULINGS 9: the share of the year of leaving is told; the days owed stay, nothing is taken back.
    async fn the_share_of_the_year_of_leaving(db: TestDatabase) {
        let force = force(db).await;
        for (badge, left_on, elapsed, payable) in
            [("100001", "2026-10-31", 92, 1), ("100002", "2026-06-30", 0, 0), ("100003", "2026-12-31", 153, 2)]
        {
            let auxiliary = json!({"category": "auxiliary", "joined_on": "2025-08-01", "service_periods": [{"from": "2025-08-01"}]});
            let officer = force.officer_with(badge, auxiliary).await;
            let before = force.owed(officer, "2026-12-31").await;
            assert_eq!((&before["days"], before.to_string().contains("leaving_share")), (&json!(2), false));
            let gone = json!({"left_on": left_on, "cause": "resigned"});
            force.hr.post(&format!("/officers/{officer}/separation"), gone).await.expect(200);
            let owed = force.owed(officer, left_on).await;
            let share = finding(&owed, "annual_leave.leaving_share");
            assert_eq!((&share["measured"]["elapsed_calendar_days"], &share["limit"]["payable_days"]), (&json!(elapsed), &json!(payable)), "{badge}");
            assert_eq!((&share["measured"]["quota_days"], &share["source"]), (&json!(if elapsed > 0 { 5 } else { 0 }), &json!("企业职工带薪年休假实施办法 第十二条")));
            assert_eq!(days(&owed["days"]), if elapsed > 0 { 2.0 } else { 0.0 });
        }
    }
}
