//! Days that outlive their year: carried, reopened, left unsettled (RULINGS 11, 15).

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::{asked, assert_adds_up, columns, days, finding, force, with};

fn lot<'a>(balance: &'a Value, source: &str) -> &'a Value {
    let lots = balance["lots"].as_array().unwrap();
    lots.iter().find(|lot| lot["source"] == source).unwrap_or_else(|| panic!("no {source} lot in {balance}"))
}

/// Nothing in a balance is ever below zero.
fn assert_none_negative(balance: &Value) {
    assert!(columns(balance).iter().all(|column| *column >= 0.0), "{balance}");
    for lot in balance["lots"].as_array().unwrap() {
        assert!(days(&lot["days"]) >= 0.0 && days(&lot["available_days"]) >= 0.0, "{lot}");
    }
}

both! {
    /// RULINGS 11: three carried beside ten of the year are thirteen on 5 January, and ten once the three are taken:
    /// the carried ones go first. The built-in policy lets them run to 31 December.
    async fn carried_days_go_first(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2025-12-29T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let told = force.carry(officer, 2025, 3.0, "2025-12-26").await.expect(201);
        assert_eq!((&told.body["valid_from"], &told.body["expires_on"]), (&json!("2026-01-01"), &json!("2026-12-31")));
        let kinds: Vec<_> = told.body["movements"].as_array().unwrap().iter().map(|row| (&row["kind"], &row["quantity"])).collect();
        assert_eq!(kinds, [(&json!("carried_out"), &json!(-6)), (&json!("carried_in"), &json!(6))]);
        let from = force.balance(officer, "2025-12-31").await;
        assert_eq!(columns(&from), [10.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 7.0]);
        assert_adds_up(&from);
        let to = force.balance(officer, "2026-01-05").await;
        assert_eq!(columns(&to), [10.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 13.0]);
        assert_eq!((&lot(&to, "carried")["origin_year"], &lot(&to, "carried")["available_days"]), (&json!(2025), &json!(3)));

        let taken = force.granted(&own, officer, "2026-01-05", "2026-01-07").await;
        let balance = force.balance(officer, "2026-05-01").await;
        assert_eq!(columns(&balance), [10.0, 3.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 10.0]);
        assert_eq!((&lot(&balance, "carried")["state"], &lot(&balance, "own")["available_days"]), (&json!("used"), &json!(10)));
        assert_adds_up(&force.balance(officer, "2026-12-31").await);
        let carried = told.body["lot_id"].clone();
        let rows = force.ledger(officer).await;
        assert!(rows.iter().filter(|row| row["request_id"] == json!(taken)).all(|row| row["lot_id"] == carried));
    }

    /// Pitfall 1: days that were used do not expire again, what is over never turns negative, and what was carried once
    /// is never carried again. What is left of a carried lot at its end stays listed as unsettled.
    async fn carried_days_at_their_end(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2025-12-29T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.carry(officer, 2025, 3.0, "2025-12-29").await.expect(201);
        force.granted(&own, officer, "2026-03-09", "2026-03-09").await;
        force.app.set_clock("2026-12-30T01:00:00Z");
        let last = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&last), [10.0, 3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 12.0]);
        assert_adds_up(&last);
        // Of the twelve only the ten of the year itself can be carried.
        let told = force.carry(officer, 2026, 10.5, "2026-12-30").await;
        assert_eq!(told.says(), (409, "leave.carry_left"));
        assert_eq!(finding(&told.body, "leave.carry_left")["limit"]["left_days"], 10);
        force.carry(officer, 2026, 10.0, "2026-12-30").await.expect(201);
        assert_eq!(force.carry(officer, 2026, 0.5, "2026-12-30").await.says(), (409, "leave.carry_left"));

        force.app.set_clock("2027-01-04T01:00:00Z");
        let balance = force.balance(officer, "2027-01-04").await;
        assert_eq!(columns(&balance), [10.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0]);
        let over = &balance["lots"][0];
        assert_eq!((&over["source"], &over["origin_year"], &over["state"]), (&json!("carried"), &json!(2025), &json!("unsettled")));
        assert_eq!((&over["expires_on"], &over["available_days"]), (&json!("2026-12-31"), &json!(0)));
        assert_none_negative(&balance);
        assert_eq!(force.carry(officer, 2025, 1.0, "2027-01-04").await.status, 422);
        let last = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&last), [10.0, 3.0, 0.0, 0.0, 10.0, 0.0, 1.0, 0.0, 0.0, 2.0]);
        assert_adds_up(&last);
        assert_none_negative(&last);
        assert_adds_up(&force.balance(officer, "2027-12-31").await);
    }

    /// What requests hold cannot be carried, and in January the year before still can.
    async fn carrying_what_is_left(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2025-12-22T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.granted(&own, officer, "2025-12-24", "2025-12-25").await;
        force.submit(&own, officer, "2025-12-29", "2025-12-29").await.expect(201);
        force.app.set_clock("2025-12-29T02:00:00Z");
        assert_eq!(force.carry(officer, 2025, 7.5, "2025-12-22").await.says(), (409, "leave.carry_left"));
        force.carry(officer, 2025, 2.5, "2025-12-22").await.expect(201);
        force.app.set_clock("2026-01-05T02:00:00Z");
        // The request of 29 December expired undecided: its day comes back in a lot of its own, the rest can be carried.
        assert_eq!(force.carry(officer, 2025, 6.0, "2026-01-05").await.says(), (409, "leave.carry_left"));
        force.carry(officer, 2025, 4.5, "2026-01-05").await.expect(201);
        let balance = force.balance(officer, "2026-01-05").await;
        assert_eq!(days(&balance["entitled_days"]) + 7.0 + 1.0, days(&balance["available_days"]), "{balance}");
        assert_eq!(days(&balance["carried_in_days"]), 8.0);
        let last = force.balance(officer, "2025-12-31").await;
        assert_eq!(days(&last["available_days"]), 0.0);
        assert_adds_up(&last);
    }

    /// Fields of a carry-over, and who may enter one.
    async fn carrying_refused(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2010-01-01").await;
        let path = format!("/officers/{officer}/carry-overs");
        let body = json!({"from_year": 2025, "days": 3, "reason": "work_need", "consent_on": "2026-01-05"});
        for (change, pointer) in [
            (json!({"days": 0}), "/days"), (json!({"days": -1}), "/days"), (json!({"days": 0.25}), "/days"),
            (json!({"from_year": 2024}), "/from_year"), (json!({"from_year": 2027}), "/from_year"),
            (json!({"consent_on": "2026-03-03"}), "/consent_on"), (json!({"consent_on": null}), "/consent_on"),
            (json!({"reason": "wish"}), "/reason"),
        ] {
            let told = force.hr.post(&path, with(body.clone(), change.clone())).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{change}");
        }
        let told = force.carry(officer, 2025, 10.5, "2026-01-05").await;
        assert_eq!(told.says(), (409, "leave.carry_left"));
        let hr_officer = force.officer_with("100002", json!({"spouse_officer_id": officer})).await;
        let own_hr = force.with_roles("own-hr", hr_officer, &[(Role::Hr, None)]).await;
        for own in [officer, hr_officer] {
            assert_eq!(own_hr.post(&format!("/officers/{own}/carry-overs"), body.clone()).await.says(), (403, "own_record"));
        }
        assert_eq!(force.leader.post(&path, body.clone()).await.status, 403);
        let absent = "/officers/00000000-0000-7000-8000-000000000000/carry-overs";
        assert_eq!(force.hr.post(absent, body).await.says(), (404, "not_found"));
        assert!(force.ledger(officer).await.is_empty());
    }

    /// RULINGS 15: a request of December that expires in January returns its days to a lot that is over; from the
    /// recording of the return they stay usable for ninety days.
    async fn a_return_reopens_a_lot(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-12-28T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let late = force.submit(&own, officer, "2026-12-30", "2026-12-31").await.expect(201);
        assert_eq!(late.body["expires_on"], "2026-12-31");
        force.app.set_clock("2027-01-04T01:00:00Z");
        assert_eq!(force.request(late.id()).await["state"], "expired");
        let before = force.balance(officer, "2027-01-04").await;
        assert_eq!(columns(&before), [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0]);
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 10.0);

        force.submit(&own, officer, "2027-01-11", "2027-01-11").await.expect(201);
        let balance = force.balance(officer, "2027-01-04").await;
        assert_eq!(columns(&balance), [10.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 11.0]);
        let reopened = lot(&balance, "reopened");
        assert_eq!((&reopened["origin_year"], &reopened["days"]), (&json!(2026), &json!(2)));
        assert_eq!((&reopened["valid_from"], &reopened["expires_on"]), (&json!("2027-01-04"), &json!("2027-04-04")));
        assert_eq!((&reopened["available_days"], &reopened["state"]), (&json!(1), &json!("open")));
        assert_eq!(days(&force.balance(officer, "2027-04-04").await["available_days"]), 11.0);
        let after = force.balance(officer, "2027-04-05").await;
        assert_eq!((days(&after["available_days"]), &lot(&after, "reopened")["state"]), (10.0, &json!("unsettled")));
        let last = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&last), [10.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 8.0]);
        assert_adds_up(&last);
        assert_eq!(force.request(late.id()).await["state"], "expired");
        // Recorded once: the next write finds nothing more to return.
        let rows = force.ledger(officer).await.len();
        force.adjust(officer, 2027, 1.0).await.expect(201);
        assert_eq!(force.ledger(officer).await.len(), rows + 1);
    }

    /// Pitfall 9: a span over New Year is charged to both years, each from its own lot, and given back to both.
    async fn over_new_year(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2025-12-22T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let told = force.submit(&own, officer, "2025-12-29", "2026-01-06").await.expect(201);
        assert_eq!((&told.body["days"], &told.body["by_year"]), (&json!(6), &json!({"2025": 3, "2026": 3})));
        for on in ["2025-12-31", "2026-12-31"] {
            let balance = force.balance(officer, on).await;
            assert_eq!((days(&balance["pending_days"]), days(&balance["available_days"])), (3.0, 7.0), "{on}");
            assert_adds_up(&balance);
        }
        force.leader.act(&format!("/leave-requests/{}/approve", told.id())).await.expect(200);
        let part = json!({"reason": "案件", "from": "2026-01-05"});
        let rest = own.post(&format!("/leave-requests/{}/cancel", told.id()), part).await.expect(200);
        assert_eq!((&rest.body["to"], &rest.body["by_year"]), (&json!("2026-01-04"), &json!({"2025": 3, "2026": 1})));
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 9.0);
        let part = json!({"reason": "案件", "to": "2025-12-31"});
        let rest = own.post(&format!("/leave-requests/{}/cancel", told.id()), part).await.expect(200);
        assert_eq!((&rest.body["from"], &rest.body["by_year"]), (&json!("2026-01-01"), &json!({"2026": 1})));
        assert_eq!(days(&force.balance(officer, "2025-12-31").await["available_days"]), 10.0);
        // Each year must bear its own part: five days of one are not spent in the other.
        let (short, own) = force.person("100002", "2025-03-10").await;
        assert_eq!(force.owed(short, "2026-01-06").await["days"], 0);
        assert_eq!(force.submit(&own, short, "2025-12-31", "2026-01-06").await.says(), (422, "leave.balance"));
        let said = force.preview(&own, asked(short, "2025-12-31", "2026-01-06")).await;
        let years: Vec<_> = said["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "leave.balance").map(|one| &one["measured"]["year"]).collect();
        assert_eq!(years, [2025, 2026]);
    }
}

both! {
    /// RULINGS 15: what comes back to a carried lot that has ended is open again for ninety days, and what is then
    /// still left stays listed as unsettled, for ever, under the year in which it was earned.
    async fn a_carried_lot_reopens_and_never_vanishes(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2025-12-29T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.carry(officer, 2025, 3.0, "2025-12-29").await.expect(201);
        force.app.set_clock("2026-12-28T01:00:00Z");
        force.submit(&own, officer, "2026-12-30", "2026-12-31").await.expect(201);
        force.app.set_clock("2027-01-04T01:00:00Z");
        force.adjust(officer, 2027, 0.5).await.expect(201);
        let balance = force.balance(officer, "2027-01-04").await;
        let reopened = lot(&balance, "reopened");
        assert_eq!((&reopened["origin_year"], &reopened["available_days"], &reopened["expires_on"]), (&json!(2025), &json!(2), &json!("2027-04-04")));
        let carried = lot(&balance, "carried");
        assert_eq!((&carried["state"], &carried["origin_year"]), (&json!("unsettled"), &json!(2025)));
        assert_eq!(days(&balance["available_days"]), 12.5);
        for on in ["2027-04-05", "2027-12-31", "2029-06-01"] {
            let later = force.balance(officer, on).await;
            for source in ["carried", "reopened"] {
                let left = lot(&later, source);
                assert_eq!((&left["state"], &left["available_days"]), (&json!("unsettled"), &json!(0)), "{on} {later}");
            }
        }
        assert_adds_up(&force.balance(officer, "2026-12-31").await);
        assert_adds_up(&force.balance(officer, "2027-12-31").await);
        force.assert_sound();
    }

    /// Pitfall 10: lots are used earliest expiry first, whenever they arrive. What is carried after days were taken
    /// serves those days, so that what is left of the year's own is what the balance says, and can be carried in turn.
    async fn carried_after_days_were_taken(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2010-01-01").await;
        force.enter(asked(officer, "2026-01-05", "2026-01-09")).await.expect(201);
        let told = force.carry(officer, 2025, 3.0, "2026-01-04").await.expect(201);
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&balance), [10.0, 3.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 8.0]);
        assert_eq!((&lot(&balance, "carried")["state"], &lot(&balance, "own")["available_days"]), (&json!("used"), &json!(8)));
        let held: i64 = force.ledger(officer).await.iter().filter(|row| row["lot_id"] == told.body["lot_id"]).map(|row| row["quantity"].as_i64().unwrap()).sum();
        assert_eq!(held, 0);
        force.app.set_clock("2026-12-30T01:00:00Z");
        assert_eq!(force.carry(officer, 2026, 8.5, "2026-12-30").await.says(), (409, "leave.carry_left"));
        force.carry(officer, 2026, 8.0, "2026-12-30").await.expect(201);
        assert_adds_up(&force.balance(officer, "2026-12-31").await);
    }

    /// A reopened lot serves what is booked within its ninety days: it is not left unsettled beside days that could
    /// have used it, and hr can take away exactly what the balance shows.
    async fn a_reopened_lot_serves_what_is_booked(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-12-28T01:00:00Z");
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.granted(&own, officer, "2027-01-11", "2027-01-12").await;
        force.submit(&own, officer, "2026-12-30", "2026-12-31").await.expect(201);
        force.app.set_clock("2027-01-04T01:00:00Z");
        force.adjust(officer, 2027, 1.0).await.expect(201);
        let balance = force.balance(officer, "2027-12-31").await;
        assert_eq!((&lot(&balance, "reopened")["state"], days(&balance["available_days"])), (&json!("used"), 11.0));
        assert_adds_up(&balance);
        assert_eq!(force.adjust(officer, 2027, -11.5).await.says(), (409, "leave.adjustment"));
        force.adjust(officer, 2027, -11.0).await.expect(201);
        assert_eq!(days(&force.balance(officer, "2027-12-31").await["available_days"]), 0.0);
    }
}
