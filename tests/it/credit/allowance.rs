//! The overtime allowance of a month, from the hours on which officer and leader agree.

use respite::app::credit::actual::{AgreedShift, actual_agreed};
use respite::rules::terms::{OfficerId, Role, RowId};
use respite::store::duty_shifts::{self, DutyShift};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, credit_of, force, officer};
use crate::app::{Client, Force};

/// Duty from 08:00 to 16:00 of a date, planned, worked and agreed as planned.
async fn worked(force: &Force, officer: Uuid, date: &str) {
    let body = json!({"officer_id": officer, "unit_id": force.station, "kind": "duty", "override_reason": "专项行动",
        "starts_at": format!("{date}T08:00:00+08:00"), "ends_at": format!("{date}T16:00:00+08:00")});
    let id = force.leader.post("/duty-shifts", body).await.expect(201).id();
    let ctx = force.app.ctx();
    force
        .app
        .house
        .database
        .write(|tx| {
            let shift = duty_shifts::find(tx.reading(), RowId(id))?.unwrap();
            let (starts_at, ends_at, minutes) = (shift.starts_at, shift.ends_at, shift.counted_minutes);
            let after = DutyShift {
                actual_starts_at: Some(starts_at),
                actual_ends_at: Some(ends_at),
                actual_minutes: Some(minutes),
                ..shift.clone()
            };
            duty_shifts::update(tx, &shift, &after)?;
            let agreed = AgreedShift {
                shift_id: shift.id,
                officer_id: OfficerId(officer),
                kind: shift.kind,
                starts_at: starts_at.and_utc(),
                ends_at: ends_at.and_utc(),
                counted_minutes: i64::from(minutes),
                planned: (starts_at.and_utc(), ends_at.and_utc()),
                planned_minutes: i64::from(minutes),
                rest_dates: Vec::new(),
                cancelled_rest_dates: Vec::new(),
            };
            actual_agreed(tx, &ctx, &agreed).map(drop)
        })
        .unwrap();
}

async fn allowance(client: &Client, officer: Uuid, month: &str) -> Value {
    client.get(&format!("/officers/{officer}/overtime-allowance?month={month}")).await.expect(200).body
}

both! {
    /// Five rest days and a statutory holiday: what is given back is not paid, what lies over the cap stays owed.
    async fn a_month(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-03-31T01:00:00Z");
        let (someone, own) = officer(&force, "600100").await;
        let none = allowance(&own, someone, "2026-04").await;
        assert_eq!((&none["amount"], &none["paid_days"], &none["over_cap_days"]), (&"0.00".into(), &0.into(), &0.into()));
        // Weekends of April 2026 and the statutory holiday of 5 April; 4 and 6 April are a weekend day and a moved rest day.
        for date in ["2026-04-05", "2026-04-11", "2026-04-12", "2026-04-18", "2026-04-19", "2026-04-25", "2026-04-26"] {
            worked(&force, someone, date).await;
        }
        worked(&force, someone, "2026-04-13").await;
        force.app.set_clock("2026-05-04T01:00:00Z");
        let month = allowance(&own, someone, "2026-04").await;
        assert_eq!((&month["rest_days_worked"], &month["statutory_days_worked"], &month["department"]), (&6.into(), &1.into(), &"front_line".into()));
        // The statutory day first, five rest days, one over the cap of six.
        assert_eq!((&month["amount"], &month["currency"], &month["paid_days"], &month["over_cap_days"]), (&"500.00".into(), &"CNY".into(), &6.into(), &1.into()));
        assert_eq!((&month["chosen"]["amount"], &month["findings"][0]["rule"]), (&"0.00".into(), &"overtime.allowance".into()));
        assert_eq!(credit_of(&own, someone).await["totals"]["minutes"], 7 * 480);
        // Two are given back as rest; for one the officer wants money.
        ask(&own, someone, "2026-05-11", "2026-05-12", json!({})).await.expect(201);
        let month = allowance(&own, someone, "2026-04").await;
        assert_eq!((&month["statutory_days_compensated"], &month["rest_days_compensated"], &month["amount"]), (&1.into(), &1.into(), &"400.00".into()));
        let credit = credit_of(&own, someone).await;
        let open = credit["items"].as_array().unwrap().iter().find(|lot| lot["state"] == "open").unwrap();
        own.post(&format!("/comp-lots/{}/choose", open["lot_id"].as_str().unwrap()), json!({"as": "pay"})).await.expect(200);
        let month = allowance(&force.hr, someone, "2026-04").await;
        assert_eq!((&month["chosen"]["amount"], &month["chosen"]["paid_days"]), (&"80.00".into(), &1.into()));
        assert_eq!(month["days"].as_array().unwrap().iter().filter(|day| day["wanted_as_pay"] == true).count(), 1);
        assert_eq!(allowance(&own, someone, "2026-05").await["paid_days"], 0);
    }

    /// Who may ask, for which month, and who is paid one at all.
    async fn who_and_when(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "600110").await;
        let path = format!("/officers/{someone}/overtime-allowance");
        for bad in ["", "?month=2026-13", "?month=2026", "?month=2026-3", "?month=1999-12", "?month=2026-03&x=1"] {
            assert_eq!(own.get(&format!("{path}{bad}")).await.status, 400, "{bad}");
        }
        let path = format!("{path}?month=2026-03");
        assert_eq!(force.other_leader.get(&path).await.says(), (404, "not_found"));
        for client in [&own, &force.leader, &force.hr] {
            assert_eq!(client.get(&path).await.status, 200);
        }
        let auxiliary = force.officer_with("600111", json!({"category": "auxiliary"})).await;
        assert_eq!(force.hr.get(&format!("/officers/{auxiliary}/overtime-allowance?month=2026-03")).await.says(), (422, "no_policy"));
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        assert_eq!(auditor.get(&path).await.says(), (403, "forbidden"));
    }
}
