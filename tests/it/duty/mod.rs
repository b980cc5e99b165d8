//! Duty and rest over the wire: what the tests of this room share.

mod bound;
mod changes;
mod files;
mod floors;
mod leave_days;
mod matrix;
mod races;
mod reached;
mod reimports;
mod repeated;
mod rest;
mod rosters;
mod rules;
mod sheets;
mod shifts;
mod swaps;
mod told;
mod transfers;
mod worked;
mod zones;

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::databases::TestDatabase;
use crate::leave::with;

/// The small force, with two officers of the first station.
pub struct Post {
    pub force: Force,
    pub one: Uuid,
    pub other: Uuid,
    pub own: Client,
}

impl Post {
    pub async fn start(db: TestDatabase) -> Self {
        let force = crate::leave::force(db).await;
        let one = force.officer("100100", "2010-01-01").await;
        let other = force.officer("100101", "2010-01-01").await;
        let own = force.own("own", one).await;
        Self { force, one, other, own }
    }

    /// A shift by local hours of Shanghai, e.g. `2025-03-03T08:00`.
    pub fn shift(&self, officer: Uuid, from: &str, to: &str) -> Value {
        json!({
            "officer_id": officer, "unit_id": self.force.station, "kind": "duty",
            "starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00"),
        })
    }

    /// Plans a shift as the leader of the station.
    pub async fn plan(&self, officer: Uuid, from: &str, to: &str) -> Told {
        self.force.leader.post("/duty-shifts", self.shift(officer, from, to)).await
    }

    /// Plans a shift and gives a reason for what the rules warn of.
    pub async fn plan_anyway(&self, officer: Uuid, from: &str, to: &str) -> Told {
        let body = with(self.shift(officer, from, to), json!({"override_reason": "专项行动"}));
        self.force.leader.post("/duty-shifts", body).await
    }

    /// Plans a rest day as the leader of the station.
    pub async fn rest(&self, officer: Uuid, date: &str) -> Told {
        self.force.leader.post("/rest-days", json!({"officer_id": officer, "date": date, "kind": "weekly"})).await
    }

    /// A second person who leads the station.
    pub async fn second_leader(&self) -> Client {
        self.force.app.lasting(&self.force.app.as_role("second", Role::Leader, Some(self.force.station)).await)
    }
}
