//! Leave over the wire: what the tests of this room share.

mod approvers;
mod balances;
mod calendar;
mod carrying;
mod deciding;
mod disqualification;
mod facts;
mod giving_back;
mod ledger;
mod openings;
mod people;
mod plain;
mod previews;
mod recalls;
mod requests;
mod strength;
mod vectors;
mod waiting;

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::databases::TestDatabase;

/// The small force, with sign-ins that outlast every move of the clock.
pub async fn force(db: TestDatabase) -> Force {
    let mut force = Force::start(db).await;
    for client in
        [&mut force.admin, &mut force.hr, &mut force.leader, &mut force.other_leader, &mut force.branch_leader]
    {
        *client = force.app.lasting(client);
    }
    force
}

/// Whole days of annual leave, as they are asked for.
pub fn asked(officer: Uuid, from: &str, to: &str) -> Value {
    json!({"officer_id": officer, "kind": "annual", "from": from, "to": to})
}

/// A body with some members more, or others.
pub fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// The finding of a rule in an answer.
#[track_caller]
pub fn finding<'a>(body: &'a Value, rule: &str) -> &'a Value {
    let findings = body["findings"].as_array().unwrap_or_else(|| panic!("no findings in {body}"));
    findings.iter().find(|finding| finding["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {body}"))
}

/// The rules that block, in the order applied.
pub fn blocking(body: &Value) -> Vec<&str> {
    let findings = body["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["outcome"] == "block").map(|finding| finding["rule"].as_str().unwrap()).collect()
}

/// Days of the wire as a number.
#[track_caller]
pub fn days(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number of days"))
}

/// The items of a list.
pub fn items(told: &Told) -> &Vec<Value> {
    told.body["items"].as_array().unwrap_or_else(|| panic!("no items in {}", told.body))
}

/// The ids of a list's items.
pub fn ids(told: &Told) -> Vec<Uuid> {
    items(told).iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// First and last date of each alternative.
pub fn spans(alternatives: &Value) -> Vec<(&str, &str)> {
    let all = alternatives.as_array().unwrap().iter();
    all.map(|one| (one["from"].as_str().unwrap(), one["to"].as_str().unwrap())).collect()
}

/// The columns of a balance, in the order of the contract, `held_days` left out.
pub fn columns(balance: &Value) -> [f64; 10] {
    [
        "entitled",
        "carried_in",
        "adjusted",
        "credited",
        "carried_out",
        "settled",
        "taken",
        "approved",
        "pending",
        "available",
    ]
    .map(|name| days(&balance[format!("{name}_days")]))
}

/// RULINGS 14: on the last day of the leave year the columns add up to what is available.
#[track_caller]
pub fn assert_adds_up(balance: &Value) {
    let [entitled, carried_in, adjusted, credited, carried_out, settled, taken, approved, pending, available] =
        columns(balance);
    let held = days(&balance["held_days"]);
    let sum = entitled + carried_in + adjusted + credited - carried_out - settled - taken - approved - pending - held;
    assert!((available - sum).abs() < f64::EPSILON, "{balance}");
}

impl Force {
    /// Every invariant of the records holds; live leave that no lot covers is worth knowing and no fault.
    #[track_caller]
    pub fn assert_sound(&self) {
        let found = respite::app::doctor::examine(&self.app.house.database, &self.app.ctx()).unwrap();
        let faults: Vec<_> = found.iter().filter(|check| check.health == respite::app::doctor::Health::Fault).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }

    /// A client of an officer's own.
    pub async fn own(&self, username: &str, officer: Uuid) -> Client {
        self.with_roles(username, officer, &[]).await
    }

    /// A client of an officer's own who holds roles too.
    pub async fn with_roles(&self, username: &str, officer: Uuid, roles: &[(Role, Option<Uuid>)]) -> Client {
        self.app.lasting(&self.app.as_officer(username, officer, roles).await)
    }

    /// An officer of the first station with service since a date, and a client of their own.
    pub async fn person(&self, badge_no: &str, service_from: &str) -> (Uuid, Client) {
        let officer = self.officer(badge_no, service_from).await;
        (officer, self.own(badge_no, officer).await)
    }

    /// Submits whole days and has them approved by the leader of the first station.
    pub async fn granted(&self, client: &Client, officer: Uuid, from: &str, to: &str) -> Uuid {
        let id = self.submit(client, officer, from, to).await.expect(201).id();
        self.leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
        id
    }

    /// What hr enters, with a note.
    pub async fn enter(&self, body: Value) -> Told {
        self.hr.post("/leave-requests", with(body, json!({"note": "补录"}))).await
    }

    /// What a span would meet.
    pub async fn preview(&self, client: &Client, body: Value) -> Value {
        client.post("/leave-requests/preview", body).await.expect(200).body
    }

    /// An adjustment by hr.
    pub async fn adjust(&self, officer: Uuid, year: i32, by: f64) -> Told {
        let body = json!({"officer_id": officer, "kind": "annual", "year": year, "days": by, "reason": "核对台账"});
        self.hr.post("/leave-adjustments", body).await
    }

    /// A carry-over by hr, agreed to on the day of the test's start.
    pub async fn carry(&self, officer: Uuid, from_year: i32, by: f64, consent_on: &str) -> Told {
        let body = json!({"from_year": from_year, "days": by, "reason": "work_need", "consent_on": consent_on});
        self.hr.post(&format!("/officers/{officer}/carry-overs"), body).await
    }

    /// What is owed on a date, as hr sees it.
    pub async fn owed(&self, officer: Uuid, on: &str) -> Value {
        let year = on.get(..4).unwrap();
        self.hr.get(&format!("/officers/{officer}/leave-entitlement?year={year}&on={on}")).await.expect(200).body
    }

    /// The whole ledger of an officer, oldest first.
    pub async fn ledger(&self, officer: Uuid) -> Vec<Value> {
        let told = self.hr.get(&format!("/officers/{officer}/leave-ledger?limit=500")).await.expect(200);
        assert_eq!(told.body["next_cursor"], Value::Null);
        items(&told).clone()
    }

    /// A request as hr sees it.
    pub async fn request(&self, id: Uuid) -> Value {
        self.hr.get(&format!("/leave-requests/{id}")).await.expect(200).body
    }

    /// Changes an officer's record by hr.
    pub async fn change(&self, officer: Uuid, changes: Value) -> Told {
        let tag = self.hr.get(&format!("/officers/{officer}")).await.expect(200).header("etag").to_owned();
        self.hr.with("if-match", &tag).patch(&format!("/officers/{officer}"), changes).await
    }
}
