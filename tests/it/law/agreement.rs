//! Faults of other systems that publication could bring back: two screens that disagree, back-dated leave over the end
//! of carried days, a change that nobody can trace.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::annual;
use crate::app::{App, Client, Force};
use crate::leave::{asked, assert_adds_up, columns, days, force, items, with};

/// What every screen says of an officer on a date: the balance, the explanation, the unit's list, and the unit's file.
async fn screens(client: &Client, unit: Uuid, officer: Uuid, badge_no: &str, on: &str) -> [Value; 3] {
    let own =
        client.get(&format!("/officers/{officer}/leave-balances?on={on}")).await.expect(200).body["items"][0].clone();
    let year = on.get(..4).unwrap();
    let path = format!("/officers/{officer}/leave-balances/explanation?year={year}&on={on}");
    let why = client.get(&path).await.expect(200).body["balance"].clone();
    let unit = client.get(&format!("/units/{unit}/leave-balances?on={on}")).await.expect(200);
    let of_unit = items(&unit).iter().find(|one| one["badge_no"] == badge_no).unwrap()["items"][0].clone();
    [own, why, of_unit]
}

async fn assert_agree(force: &Force, other: &App, officer: Uuid, badge_no: &str, dates: &[&str]) {
    for on in dates {
        let elsewhere = force.hr.at(&other.base);
        let here = screens(&force.hr, force.station, officer, badge_no, on).await;
        let there = screens(&elsewhere, force.station, officer, badge_no, on).await;
        for screen in here.iter().chain(&there) {
            assert_eq!(screen, &here[0], "{on}");
        }
    }
    assert_adds_up(&force.balance(officer, "2027-12-31").await);
}

both! {
    /// Pitfalls 3 and 10: whatever is published after leave was granted, every screen on every instance says the same.
    async fn every_screen_agrees_after_every_publication(db: TestDatabase) {
        let force = force(db).await;
        let other = App::start_on(std::sync::Arc::clone(&force.app.db)).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let dates = ["2026-12-31", "2027-01-01", "2027-02-10", "2027-02-28", "2027-12-31"];
        force.granted(&own, officer, "2027-02-08", "2027-02-12").await;
        force.submit(&own, officer, "2027-02-22", "2027-02-24").await.expect(201);
        force.adjust(officer, 2027, 1.5).await.expect(201);
        assert_agree(&force, &other, officer, "100001", &dates).await;
        let holiday = json!([{"date": "2027-02-08", "class": "statutory_holiday", "name": "春节"}, {"date": "2027-02-09", "class": "rest_day_moved", "name": "春节"}, {"date": "2027-02-23", "class": "rest_day_moved", "name": "放假"}]);
        force.publish_year(2027, holiday).await.expect(200);
        assert_agree(&force, &other, officer, "100001", &dates).await;
        let open = force.open_conflicts().await;
        force.decide(&force.hr, &open[0]["id"], "recount").await.expect(200);
        assert_agree(&force, &other, officer, "100001", &dates).await;
        force.publish(super::version("2027-01-01", &annual([5, 4, 15]).replace("days = 4", "days = 5"))).await.expect(201);
        assert_agree(&force, &other, officer, "100001", &dates).await;
        // The ledger holds what the balance says is bound, date by date.
        let bound: f64 = force.ledger(officer).await.iter().filter(|row| !row["leave_on"].is_null()).map(|row| -days(&row["quantity"]) / 2.0).sum();
        let balance = force.balance(officer, "2027-12-31").await;
        assert!((bound - days(&balance["taken_days"]) - days(&balance["pending_days"])).abs() < f64::EPSILON, "{balance}");
    }

    /// Pitfall 2: leave entered late, over the date on which carried days end: the days before it draw on them, the days
    /// after it on the year's own, whenever it is entered.
    async fn leave_entered_late_over_the_end_of_carried_days(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-12-29T01:00:00Z");
        let until_march = annual([5, 10, 15]).replace("expires = \"12-31\"", "expires = \"03-31\"");
        force.publish(super::version("2026-01-01", &until_march)).await.expect(201);
        let officer = force.officer("100001", "2010-01-01").await;
        let told = force.carry(officer, 2026, 3.0, "2026-12-29").await.expect(201);
        assert_eq!(told.body["expires_on"], "2027-03-31");
        assert_eq!(columns(&force.balance(officer, "2027-01-05").await)[9], 13.0);
        force.app.set_clock("2027-05-10T01:00:00Z");
        assert_eq!(columns(&force.balance(officer, "2027-05-10").await)[9], 10.0);
        // 30 and 31 March on the carried lot, 1 and 2 April on the year's own.
        let id = force.enter(asked(officer, "2027-03-30", "2027-04-02")).await.expect(201).id();
        let carried = told.body["lot_id"].clone();
        let rows = force.ledger(officer).await;
        let on_carried: Vec<&Value> = rows.iter().filter(|row| row["request_id"] == json!(id) && row["lot_id"] == carried).map(|row| &row["leave_on"]).collect();
        assert_eq!(on_carried, ["2027-03-30", "2027-03-31"]);
        assert_eq!(columns(&force.balance(officer, "2027-05-10").await)[9], 8.0);
        let last = force.balance(officer, "2027-12-31").await;
        assert_adds_up(&last);
        let over = &last["lots"][0];
        assert_eq!((&over["source"], &over["state"], &over["days"]), (&json!("carried"), &json!("unsettled"), &json!(3)));
    }

    /// Pitfall 24: who changed the law or a fact, from what, to what.
    async fn every_change_can_be_traced(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.granted(&own, officer, "2026-04-13", "2026-04-22").await;
        let told = force.publish(with(super::version("2026-01-01", &annual([5, 7, 15])), json!({"reason": "试点"}))).await.expect(201);
        force.publish_year(2027, json!([])).await.expect(200);
        let open = force.open_conflicts().await;
        force.decide(&force.hr, &open[0]["id"], "keep").await.expect(200);
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let entry = async |act: &str| auditor.get(&format!("/audit?act={act}")).await.expect(200).body["items"][0].clone();
        let published = entry("policy.published").await;
        assert_eq!((&published["subject_id"], &published["after"]["reason"]), (&told.body["id"], &json!("试点")));
        assert_eq!(published["after"]["fingerprint"], told.body["fingerprint"]);
        assert_ne!(published["before"]["fingerprint"], told.body["fingerprint"]);
        assert!(!published["account_id"].is_null());
        let year = entry("calendar.published").await;
        assert_eq!((&year["after"]["year"], &year["after"]["version"]), (&json!(2027), &json!(1)));
        assert!(year["after"]["changed_dates"].as_array().unwrap().contains(&json!("2027-02-05")));
        let raised = entry("leave_conflict.raised").await;
        assert_eq!((&raised["account_id"], &raised["after"]["cause"]), (&Value::Null, &json!("policy")));
        let decided = entry("leave_conflict.decided").await;
        assert_eq!((&decided["officer_id"], &decided["after"]["decision"]), (&json!(officer), &json!("keep")));
    }
}
