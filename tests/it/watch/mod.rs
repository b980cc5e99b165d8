//! Jobs, violations, rest orders, derogations and couples.

mod couples;
mod derogations;
mod duties;
mod jobs;
mod looks;
mod orders;
mod program;
mod violations;
mod worked_rests;

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use respite::app::works::Works;
use respite::config::Config;
use respite::jobs::{By, Happened, Plan, Stop, tick};
use respite::rules::duty::DutyKind;
use respite::rules::terms::{OfficerId, RowId, UnitId};
use respite::store::duty_shifts::{self, DutyShift, ShiftSource, ShiftState};
use serde_json::Value;
use uuid::Uuid;

use crate::app::{App, Client};

fn stamp(at: &str) -> NaiveDateTime {
    at.parse::<DateTime<chrono::Utc>>().unwrap().naive_utc()
}

/// Puts a published shift onto the roster past the wire, where rules would refuse it.
pub fn shift(app: &App, officer: Uuid, unit: Uuid, from: &str, hours: i64) -> RowId {
    let ctx = app.ctx();
    let starts_at = stamp(from);
    let row = DutyShift {
        id: RowId(ctx.moment.new_id()),
        officer_id: OfficerId(officer),
        unit_id: UnitId(unit),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(hours),
        kind: DutyKind::Duty,
        state: ShiftState::Published,
        counted_minutes: i32::try_from(hours * 60).unwrap(),
        source: ShiftSource::Entry,
        version: 1,
        recorded_at: ctx.moment.stamp(),
        recorded_by: None,
        replaces_id: None,
        override_reason: None,
        note: None,
        actual_starts_at: None,
        actual_ends_at: None,
        actual_minutes: None,
        ended_at: None,
        end_reason: None,
    };
    app.house.database.write(|tx| duty_shifts::insert(tx, &row).map_err(respite::app::error::Error::from)).unwrap();
    row.id
}

/// Changes a shift past the wire.
pub fn change(app: &App, id: RowId, edit: impl Fn(DutyShift) -> DutyShift) {
    app.house
        .database
        .write(|tx| {
            let before = duty_shifts::find(tx.reading(), id)?.unwrap();
            duty_shifts::update(tx, &before, &edit(before.clone())).map_err(respite::app::error::Error::from)
        })
        .unwrap();
}

pub fn cancelled(before: DutyShift) -> DutyShift {
    DutyShift { state: ShiftState::Cancelled, ended_at: Some(before.recorded_at), ..before }
}

/// The jobs as they are configured, looking back one day.
fn plan() -> Plan {
    Plan { back: TimeDelta::days(1), ..Plan::of(&Config::default()).unwrap() }
}

/// Makes the runs of one job that are owed, each of which must be done, and tells what came of the last.
#[track_caller]
pub fn run(app: &App, job: &str) -> Value {
    let by = By { works: Works::of(&app.house), holder: "test", stop: Stop::never() };
    let told = tick(&by, &plan(), Some(job)).unwrap();
    assert!(!told.is_empty(), "nothing was owed");
    let mut last = Value::Null;
    for one in told {
        match one.happened {
            Happened::Done(value) => last = value,
            other => panic!("{other:?}"),
        }
    }
    last
}

/// What the job counted.
fn counted(result: &Value, name: &str) -> i64 {
    result[name].as_i64().unwrap_or_else(|| panic!("no {name} in {result}"))
}

/// The items of a list.
async fn items(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await.expect(200).body["items"].as_array().unwrap().clone()
}
