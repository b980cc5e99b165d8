//! RULINGS 62: whoever decides holds the law; a publication waits for them, and no decision made on the old text
//! commits after the recount.

use serde_json::json;

use crate::app::App;
use crate::crowd::{assert_only, assert_sound, at_once};
use crate::leave::{force, items};

both! {
    /// Officers ask for leave over the holiday while its calendar is published, on two instances: whatever came first,
    /// every pending request is counted by the calendar in force, and every granted one is right or listed.
    async fn a_calendar_is_published_while_leave_is_asked_for(db: TestDatabase) {
        let force = force(db).await;
        let other = App::start_on(std::sync::Arc::clone(&force.app.db)).await;
        let mut people = Vec::new();
        for number in 0..12 {
            people.push(force.person(&format!("1000{number:02}"), "2010-01-01").await);
        }
        let day = json!([{"date": "2027-03-03", "class": "rest_day_moved", "name": "放假"}]);
        let without = json!([]);
        let mut asks: Vec<std::pin::Pin<Box<dyn Future<Output = crate::app::Told>>>> = Vec::new();
        for (number, (officer, own)) in people.iter().enumerate() {
            let base = if number % 2 == 0 { &force.app.base } else { &other.base };
            let (own, leader, officer) = (own.at(base), force.leader.at(base), *officer);
            asks.push(Box::pin(async move {
                let body = json!({"officer_id": officer, "kind": "annual", "from": "2027-03-01", "to": "2027-03-05"});
                let asked = own.post("/leave-requests", body).await;
                if number % 3 != 0 || asked.status != 201 {
                    return asked;
                }
                leader.act(&format!("/leave-requests/{}/approve", asked.id())).await
            }));
        }
        for days in [day.clone(), without, day] {
            let admin = force.admin.with("if-match", "*");
            asks.push(Box::pin(async move {
                admin.put("/calendar/years/2027", json!({"status": "official", "days": days})).await
            }));
        }
        let told = at_once(asks).await;
        assert_only(&told, &[200, 201, 409]);
        let calendar = force.hr.get("/calendar?from=2027-03-03&to=2027-03-03").await.expect(200);
        let right = if calendar.body["items"][0]["working"] == true { 5 } else { 4 };
        let open = force.open_conflicts().await;
        let requests = force.hr.get("/leave-requests?limit=100").await.expect(200);
        assert_eq!(items(&requests).len(), 12);
        for request in items(&requests) {
            let listed = open.iter().any(|one| one["request_id"] == request["id"]);
            let is_right = request["days"] == right;
            assert!(is_right != listed, "{request} {open:?}");
            assert!(request["state"] == "approved" || is_right, "{request}");
        }
        assert_sound(&force.app);
    }
}
