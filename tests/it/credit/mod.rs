//! Compensatory rest over the wire: what the tests of this room share.

mod allowance;
mod comp_days;
mod corrections;
mod earned;
mod follows;
mod hours;
mod leave;
mod lots;
mod model;
mod moved;
mod notices;
mod one_account;
mod pay;
mod races;
mod rest_days;

use respite::app::credit::{self, Earning};
use respite::rules::comp_credit::CreditOrigin;
use respite::rules::terms::{LotId, OfficerId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
pub use crate::leave::{blocking, finding, force, items, spans, with};

/// Enters credit as hr.
pub async fn enter(force: &Force, officer: Uuid, minutes: i64, earned_on: &str) -> Uuid {
    let body = json!({"officer_id": officer, "minutes": minutes, "earned_on": earned_on, "reason": "原单位结转"});
    let told = force.hr.post("/comp-lots", body).await.expect(201);
    assert_eq!(told.header("location"), format!("/api/v1/comp-lots/{}", told.body["lot_id"].as_str().unwrap()));
    told.body["lot_id"].as_str().unwrap().parse().unwrap()
}

/// Credits past the wire, as another act of the service does.
pub fn earn(force: &Force, officer: Uuid, minutes: i64, origin: CreditOrigin, earned_on: &str) -> Option<LotId> {
    earn_by(force, officer, minutes, origin, Uuid::now_v7(), earned_on)
}

pub fn earn_by(
    force: &Force,
    officer: Uuid,
    minutes: i64,
    origin: CreditOrigin,
    origin_id: Uuid,
    earned_on: &str,
) -> Option<LotId> {
    let ctx = force.app.ctx();
    let earning = Earning {
        officer_id: OfficerId(officer),
        minutes,
        origin,
        origin_id,
        earned_on: earned_on.parse().unwrap(),
        notified_at: None,
    };
    force.app.house.database.write(|tx| credit::earn(tx, &ctx, &earning)).unwrap()
}

/// Duty by local hours of Shanghai, e.g. `2026-03-10T08:00`, whatever the rules warn of.
pub async fn on_duty(force: &Force, officer: Uuid, from: &str, to: &str) -> Uuid {
    let body = json!({"officer_id": officer, "unit_id": force.station, "kind": "duty", "override_reason": "专项行动",
        "starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
    force.leader.post("/duty-shifts", body).await.expect(201).id()
}

/// An officer with an account of their own, whose sign-in outlasts every move of the clock.
pub async fn officer(force: &Force, badge_no: &str) -> (Uuid, Client) {
    let officer = force.officer(badge_no, "2016-03-10").await;
    let client = force.app.as_officer(&format!("own-{badge_no}"), officer, &[]).await;
    (officer, force.app.lasting(&client))
}

pub async fn credit_of(client: &Client, officer: Uuid) -> Value {
    client.get(&format!("/officers/{officer}/comp-lots")).await.expect(200).body
}

/// One lot of a list.
#[track_caller]
pub fn lot(credit: &Value, id: impl ToString) -> &Value {
    let id = id.to_string();
    let lots = credit["items"].as_array().unwrap().iter();
    lots.clone().find(|lot| lot["lot_id"] == id.as_str()).unwrap_or_else(|| panic!("no {id} in {credit}"))
}

/// Asks for compensatory leave.
pub async fn ask(client: &Client, officer: Uuid, from: &str, to: &str, more: Value) -> Told {
    let body = with(json!({"officer_id": officer, "kind": "compensatory", "from": from, "to": to}), more);
    client.post("/leave-requests", body).await
}

/// The sum of what the ledger of minutes says of every lot.
pub async fn ledger_sum(client: &Client, officer: Uuid) -> i64 {
    let told = client.get(&format!("/officers/{officer}/comp-ledger?limit=500")).await.expect(200);
    items(&told).iter().map(|movement| movement["minutes"].as_i64().unwrap()).sum()
}
