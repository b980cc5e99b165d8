//! The main way: from a roster file to an approved annual leave, and the reason of every number.

use respite::rules::terms::Role;
use serde_json::json;

use crate::app::{App, Force};

both! {
    /// HR loads units and officers as files, an officer asks, the leader decides, the balance explains itself.
    async fn from_a_roster_file_to_an_approved_leave(db: TestDatabase) {
        let app = App::start(db).await;
        let hr = app.as_role("hr", Role::Hr, None).await;
        let units = include_bytes!("../rosters/units.csv").to_vec();
        let told = hr.send("POST", "/units/import", "text/csv", units).await.expect(200);
        assert_eq!(told.body["created"], 9, "{}", told.body);
        let roster = include_bytes!("../rosters/officers_utf8_bom.csv").to_vec();
        let told = hr.send("POST", "/officers/import", "text/csv", roster.clone()).await.expect(200);
        assert_eq!((told.body["created"].as_i64(), told.body["rejected"].as_array().map(Vec::len)), (Some(60), Some(0)));
        let again = hr.send("POST", "/officers/import", "text/csv", roster).await.expect(200);
        assert_eq!((again.body["updated"].as_i64(), again.body["unchanged"].as_i64()), (Some(0), Some(60)));

        // 100001 马涛 of 东街派出所, at work since 1996-10-30: fifteen days.
        let found = hr.get("/officers?badge_no=100001").await.expect(200);
        let officer: uuid::Uuid = found.body["items"][0]["id"].as_str().unwrap().parse().unwrap();
        let unit: uuid::Uuid = found.body["items"][0]["unit_id"].as_str().unwrap().parse().unwrap();
        let own = app.as_officer("matao", officer, &[]).await;
        let leader = app.as_role("leader", Role::Leader, Some(unit)).await;

        let body = json!({"officer_id": officer, "kind": "annual", "from": "2026-04-27", "to": "2026-05-08"});
        let preview = own.post("/leave-requests/preview", body.clone()).await.expect(200);
        assert_eq!((preview.body["days"].as_i64(), preview.body["acceptable"].as_bool()), (Some(7), Some(true)));
        let request = own.post("/leave-requests", body).await.expect(201);
        assert_eq!((request.body["state"].as_str(), &request.body["by_year"]), (Some("submitted"), &json!({"2026": 7})));

        let inbox = leader.get("/leave-requests/inbox").await.expect(200);
        assert_eq!(inbox.body["items"][0]["id"], request.body["id"]);
        let approved = leader.act(&format!("/leave-requests/{}/approve", request.id())).await.expect(200);
        assert_eq!((approved.body["state"].as_str(), approved.body["approvals"][0]["state"].as_str()), (Some("approved"), Some("approved")));

        let why = own.get(&format!("/officers/{officer}/leave-balances/explanation?kind=annual&year=2026")).await.expect(200);
        assert_eq!(why.body["balance"]["entitled_days"], 15);
        assert_eq!((&why.body["balance"]["approved_days"], &why.body["balance"]["available_days"]), (&json!(7), &json!(8)));
        assert!(why.body["findings"].as_array().is_some_and(|all| !all.is_empty()));
        assert_eq!(why.body["movements"].as_array().map(Vec::len), Some(7));
    }

    /// The small force of the other tests stands.
    async fn the_small_force_stands(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let own = force.app.as_officer("own", officer, &[]).await;
        assert_eq!(force.balance(officer, "2026-03-31").await["entitled_days"], 5);
        assert_eq!(force.balance(officer, "2026-04-01").await["entitled_days"], 10);
        let request = force.submit(&own, officer, "2026-03-09", "2026-03-13").await.expect(201);
        force.leader.act(&format!("/leave-requests/{}/approve", request.id())).await.expect(200);
        assert_eq!(force.balance(officer, "2026-03-31").await["available_days"], 0);
        assert_eq!(force.balance(officer, "2026-04-01").await["available_days"], 5);
    }
}
