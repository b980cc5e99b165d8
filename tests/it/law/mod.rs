//! Law by publication: policies and calendar years that bind from a date, for a scope, on every instance; and what
//! they no longer fit.

mod agreement;
mod calendars;
mod command_line;
mod conflicts;
mod policies;
mod rest;
mod scopes;
mod storm;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::leave::items;

/// The bare values of annual leave as they are built in for police, with other days.
pub fn annual(days: [u16; 3]) -> String {
    let built_in = include_str!("../../../src/rules/annual_leave.toml");
    let values = built_in.split("[version.values]\n").nth(1).unwrap();
    let values = values.split("\n[[version]]").next().unwrap();
    let values = values.replace("[version.values.", "[");
    let mut text = String::new();
    for (number, part) in values.split("\ndays = ").enumerate() {
        match number.checked_sub(1) {
            None => text.push_str(part),
            Some(tier) => {
                let rest = part.find('\n').map_or("", |end| &part[end..]);
                text.push_str(&format!("\ndays = {}{rest}", days[tier]));
            }
        }
    }
    text
}

/// The body of a publication for the whole force.
pub fn version(effective_from: &str, text: &str) -> Value {
    json!({"effective_from": effective_from, "source": "本局休假办法", "text": text})
}

impl Force {
    /// Publishes a version of annual leave.
    pub async fn publish(&self, body: Value) -> Told {
        self.admin.post("/policies/annual_leave/versions", body).await
    }

    /// Publishes a year for the force over whatever is there.
    pub async fn publish_year(&self, year: i32, days: Value) -> Told {
        let body = json!({"status": "official", "days": days});
        self.admin.with("if-match", "*").put(&format!("/calendar/years/{year}"), body).await
    }

    /// The open conflicts, as hr sees them.
    pub async fn open_conflicts(&self) -> Vec<Value> {
        items(&self.hr.get("/leave-conflicts?state=open").await.expect(200)).clone()
    }

    /// Decides on a conflict as hr.
    pub async fn decide(&self, client: &Client, id: &Value, decision: &str) -> Told {
        let path = format!("/leave-conflicts/{}/decide", id.as_str().unwrap());
        client.post(&path, json!({"decision": decision, "reason": "与本人商定"})).await
    }

    /// Days owed at the end of 2027.
    pub async fn owed_2027(&self, officer: Uuid) -> f64 {
        self.owed(officer, "2027-12-31").await["days"].as_f64().unwrap()
    }
}
