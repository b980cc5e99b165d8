//! Which version binds whom (RULINGS 25): deeper units before higher, with a category before without, then the force.

use serde_json::json;

use super::{annual, version};
use crate::leave::{days, force, with};

both! {
    async fn the_nearest_scope_binds(db: TestDatabase) {
        let force = force(db).await;
        let police = force.officer("100001", "2010-01-01").await;
        let auxiliary = force.officer_with("100002", json!({"category": "auxiliary", "service_periods": [{"from": "2010-01-01"}]})).await;
        let elsewhere = force.officer_with("100003", json!({"unit_id": force.other_station, "service_periods": [{"from": "2010-01-01"}]})).await;
        let owed = async || [force.owed_2027(police).await, force.owed_2027(auxiliary).await, force.owed_2027(elsewhere).await];
        assert_eq!(owed().await, [10.0, 10.0, 10.0]);
        let publish = async |ten: u16, scope: serde_json::Value| {
            force.publish(with(version("2027-01-01", &annual([5, ten, 20])), scope)).await.expect(201);
        };
        publish(11, json!({})).await;
        assert_eq!(owed().await, [11.0, 11.0, 11.0]);
        publish(12, json!({"category": "auxiliary"})).await;
        assert_eq!(owed().await, [11.0, 12.0, 11.0]);
        publish(13, json!({"unit_id": force.bureau})).await;
        assert_eq!(owed().await, [13.0, 13.0, 13.0]);
        publish(14, json!({"unit_id": force.bureau, "category": "police"})).await;
        assert_eq!(owed().await, [14.0, 13.0, 14.0]);
        publish(15, json!({"unit_id": force.station})).await;
        assert_eq!(owed().await, [15.0, 15.0, 14.0]);
        // A newer version of a wider scope changes nothing for whoever a nearer one binds.
        force.publish(version("2027-06-01", &annual([5, 18, 20]))).await.expect(201);
        assert_eq!(owed().await, [15.0, 15.0, 14.0]);
        let shown = |unit, category: &str| format!("/policies/annual_leave?on=2027-03-01&unit_id={unit}&category={category}");
        for (path, text) in [
            (shown(force.station, "auxiliary"), annual([5, 15, 20])), (shown(force.branch, "auxiliary"), annual([5, 13, 20])),
            (shown(force.branch, "police"), annual([5, 14, 20])),
            ("/policies/annual_leave?on=2027-03-01&category=auxiliary".to_owned(), annual([5, 12, 20])),
            ("/policies/annual_leave?on=2027-03-01&category=staff".to_owned(), annual([5, 11, 20])),
        ] {
            assert_eq!(force.leader.get(&path).await.expect(200).body["text"], json!(text), "{path}");
        }
    }

    /// Whoever is transferred stands under the law of the new unit from that day on; a unit that moves brings its people.
    async fn people_and_units_that_move(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2010-01-01").await;
        force.publish(with(version("2026-01-01", &annual([5, 12, 15])), json!({"unit_id": force.other_station}))).await.expect(201);
        assert_eq!(days(&force.owed(officer, "2026-12-31").await["days"]), 10.0);
        let body = json!({"unit_id": force.other_station, "effective_on": "2026-07-01"});
        force.hr.post(&format!("/officers/{officer}/transfer"), body).await.expect(200);
        for (on, owed) in [("2026-06-30", 10.0), ("2026-07-01", 12.0)] {
            assert_eq!(days(&force.owed(officer, on).await["days"]), owed, "{on}");
        }
        let staying = force.officer("100002", "2010-01-01").await;
        let body = json!({"parent_id": force.other_station, "effective_on": "2026-09-01"});
        force.hr.post(&format!("/units/{}/move", force.station), body).await.expect(200);
        for (on, owed) in [("2026-08-31", 10.0), ("2026-09-01", 12.0)] {
            assert_eq!(days(&force.owed(staying, on).await["days"]), owed, "{on}");
        }
    }

    /// A unit's own calendar counts for its people alone.
    async fn a_calendar_of_a_unit(db: TestDatabase) {
        let force = force(db).await;
        let here = force.officer("100001", "2010-01-01").await;
        let there = force.officer_with("100002", json!({"unit_id": force.other_station, "service_periods": [{"from": "2010-01-01"}]})).await;
        let path = format!("/calendar/years/2026?unit_id={}", force.station);
        let year = force.hr.get(&path).await.expect(200);
        let mut days_of = year.body["days"].as_array().unwrap().clone();
        days_of.push(json!({"date": "2026-03-10", "class": "rest_day_moved", "name": "所庆"}));
        let body = json!({"status": "official", "days": days_of});
        force.admin.with("if-none-match", "*").put(&path, body).await.expect(200);
        let asked = |officer| json!({"officer_id": officer, "kind": "annual", "from": "2026-03-09", "to": "2026-03-11"});
        assert_eq!(force.preview(&force.hr, asked(here)).await["days"], 2);
        assert_eq!(force.preview(&force.hr, asked(there)).await["days"], 3);
        let day = |unit| format!("/calendar?from=2026-03-10&to=2026-03-10&unit_id={unit}");
        assert_eq!(force.leader.get(&day(force.station)).await.body["items"][0]["working"], false);
        assert_eq!(force.leader.get(&day(force.branch)).await.body["items"][0]["working"], true);
    }
}
