//! Whatever is entered, moved, cancelled and agreed on, in whatever order: the credit for short rests is that of a twin whose
//! last roster was entered at once.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{force, items, ledger_sum, officer};
use crate::app::{Client, Force};
use crate::crowd::assert_sound;

/// Random sequences on one database, and acts of each.
const CASES: usize = 6;
const ACTS: usize = 22;

/// One thing that is done. Numbers choose among what is there; times are quarters of an hour.
#[derive(Clone, Debug)]
enum Act {
    Enter(i64, i64),
    Move(usize, i64, i64),
    Cancel(usize),
    /// Both say that it began and ended so much later or earlier.
    Agree(usize, i64, i64),
}

fn act() -> impl Strategy<Value = Act> {
    let (start, length) = (0_i64..96 * 4, 8_i64..28);
    prop_oneof![
        8 => (start.clone(), length.clone()).prop_map(|(start, length)| Act::Enter(start, length)),
        4 => (any::<usize>(), start, length).prop_map(|(which, start, length)| Act::Move(which, start, length)),
        1 => any::<usize>().prop_map(Act::Cancel),
        2 => (any::<usize>(), -8_i64..8, 1_i64..12).prop_map(|(which, begins, longer)| Act::Agree(which, begins, longer)),
    ]
}

/// An instant in the second week of March.
fn at(quarters: i64) -> String {
    let monday: chrono::DateTime<chrono::Utc> = "2026-03-09T00:00:00Z".parse().unwrap();
    (monday + chrono::TimeDelta::minutes(15 * quarters)).to_rfc3339()
}

async fn shifts(client: &Client, officer: Uuid) -> Vec<Value> {
    let path = format!("/duty-shifts?officer_id={officer}&state=planned&limit=500");
    items(&client.get(&path).await.expect(200)).clone()
}

/// The credit for short rests: dates and minutes.
async fn short(force: &Force, officer: Uuid) -> Vec<(String, i64)> {
    let told = force.hr.get(&format!("/officers/{officer}/comp-lots?limit=500")).await.expect(200);
    let lots = items(&told).iter().filter(|lot| lot["origin"] == "short_daily_rest");
    let credited = |lot: &Value| lot["minutes"].as_i64().unwrap() - lot["voided"].as_i64().unwrap();
    let mut all: Vec<_> = lots
        .map(|lot| (lot["earned_on"].as_str().unwrap().to_owned(), credited(lot)))
        .filter(|(_, minutes)| *minutes != 0)
        .collect();
    all.sort_unstable();
    all
}

async fn perform(force: &Force, own: &Client, officer: Uuid, act: &Act) -> u16 {
    let known = shifts(&force.leader, officer).await;
    let chosen = |which: usize| known.get(which % known.len().max(1)).map(|one| one["id"].as_str().unwrap().to_owned());
    let leader = force.leader.with("if-match", "*");
    match act {
        Act::Enter(start, length) => {
            let body = json!({"officer_id": officer, "unit_id": force.station, "kind": "duty", "override_reason": "补记",
                "starts_at": at(*start), "ends_at": at(start + length)});
            leader.post("/duty-shifts", body).await.status
        }
        Act::Move(which, start, length) => {
            let Some(id) = chosen(*which) else { return 0 };
            let body = json!({"starts_at": at(*start), "ends_at": at(start + length), "override_reason": "更正"});
            leader.patch(&format!("/duty-shifts/{id}"), body).await.status
        }
        Act::Cancel(which) => {
            let Some(id) = chosen(*which) else { return 0 };
            leader.post(&format!("/duty-shifts/{id}/cancel"), json!({"reason": "更正"})).await.status
        }
        Act::Agree(which, begins, longer) => {
            let Some(shift) = known.get(*which % known.len().max(1)) else { return 0 };
            let planned = |name: &str| shift[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
            let starts_at = planned("starts_at") + chrono::TimeDelta::minutes(15 * begins);
            let ends_at = planned("ends_at") + chrono::TimeDelta::minutes(15 * (begins + longer));
            let body = json!({"starts_at": starts_at, "ends_at": ends_at});
            let path = format!("/duty-shifts/{}/confirm-actual", shift["id"].as_str().unwrap());
            own.post(&path, body.clone()).await;
            leader.post(&path, body).await.status
        }
    }
}

both! {
    async fn the_last_roster_says_what_is_owed(db: TestDatabase) {
        let mut force = force(db).await;
        force.app.set_clock("2026-06-01T01:00:00Z");
        (force.leader, force.hr) = (force.app.lasting(&force.leader), force.app.lasting(&force.hr));
        let mut runner = TestRunner::deterministic();
        let (mut done, mut owing) = (0, 0);
        for case in 0..CASES {
            let (someone, own) = officer(&force, &format!("8{case:02}100")).await;
            let twin = force.officer(&format!("8{case:02}101"), "2016-03-10").await;
            let acts: Vec<Act> = (0..ACTS).map(|_| act().new_tree(&mut runner).unwrap().current()).collect();
            for act in &acts {
                let status = perform(&force, &own, someone, act).await;
                assert!([0, 200, 201, 409, 422].contains(&status), "{act:?}: {status}");
                done += usize::from(status == 200 || status == 201);
            }
            let last = shifts(&force.leader, someone).await;
            let hours = |shift: &Value, name: &str| match &shift[format!("actual_{name}").as_str()] {
                Value::Null => shift[name].clone(),
                agreed => agreed.clone(),
            };
            let at_once: Vec<Value> = last.iter().map(|shift| json!({
                "officer_id": twin, "unit_id": force.station, "kind": "duty", "override_reason": "补记",
                "starts_at": hours(shift, "starts_at"), "ends_at": hours(shift, "ends_at"),
            })).collect();
            if !at_once.is_empty() {
                force.leader.post("/duty-shifts/batch", json!({"shifts": at_once})).await.expect(200);
            }
            let expected = short(&force, twin).await;
            assert_eq!(short(&force, someone).await, expected, "{acts:?}");
            owing += expected.len();
            assert!(ledger_sum(&own, someone).await >= 0);
        }
        assert!(done > CASES * ACTS / 3 && owing > CASES / 2, "{done} acts were made, {owing} rests were short");
        assert_sound(&force.app);
    }
}
