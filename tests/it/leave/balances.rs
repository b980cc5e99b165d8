//! What is owed and what is left on a date: steps inside a year, columns, adjustments (RULINGS 8–11, 14, 16).

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::{asked, assert_adds_up, blocking, columns, days, finding, force, with};

both! {
    /// RULINGS 11: from 5 to 10 on 1 April. Five booked in October leave five in March, ten booked leave none: more
    /// service never pays for a day before it is there.
    async fn a_step_inside_the_year(db: TestDatabase) {
        let force = force(db).await;
        let (five, own) = force.person("100001", "2016-03-10").await;
        force.granted(&own, five, "2026-10-26", "2026-10-30").await;
        let available = async |officer, on| force.balance(officer, on).await["available_days"].clone();
        assert_eq!(available(five, "2026-03-31").await, 5);
        assert_eq!(available(five, "2026-04-01").await, 5);
        let more = force.preview(&own, asked(five, "2026-03-09", "2026-03-16")).await;
        assert_eq!(blocking(&more), ["leave.balance"]);
        assert_eq!(finding(&more, "leave.balance")["limit"]["short_by_days"], 1);
        force.submit(&own, five, "2026-03-09", "2026-03-13").await.expect(201);
        assert_eq!(available(five, "2026-03-31").await, 0);
        assert_eq!(available(five, "2026-12-31").await, 0);

        let (ten, own) = force.person("100002", "2016-03-10").await;
        force.granted(&own, ten, "2026-10-12", "2026-10-23").await;
        assert_eq!(available(ten, "2026-03-31").await, 0);
        assert_eq!(available(ten, "2026-12-31").await, 0);
        let told = force.submit(&own, ten, "2026-03-09", "2026-03-09").await;
        assert_eq!(told.says(), (422, "leave.balance"));
        assert_eq!(finding(&told.body, "leave.balance")["measured"]["available_days"], 0);

        // The five of April are not there in March.
        let (early, own) = force.person("100003", "2016-03-10").await;
        assert_eq!((available(early, "2026-03-31").await, available(early, "2026-04-01").await), (json!(5), json!(10)));
        assert_eq!(force.submit(&own, early, "2026-03-23", "2026-03-30").await.says(), (422, "leave.balance"));
        force.submit(&own, early, "2026-03-26", "2026-04-07").await.expect(201);
        let balance = force.balance(early, "2026-12-31").await;
        assert_eq!((days(&balance["pending_days"]), days(&balance["available_days"])), (8.0, 2.0));
    }

    /// RULINGS 14: taken up to the date, approved after it, pending whenever it falls; on the last day it adds up.
    async fn columns_on_a_date(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.enter(asked(officer, "2026-01-05", "2026-01-06")).await.expect(201);
        force.granted(&own, officer, "2026-03-09", "2026-03-10").await;
        let half = with(asked(officer, "2026-03-12", "2026-03-13"), json!({"last_day": "am"}));
        own.post("/leave-requests", half).await.expect(201);
        for (on, taken, approved, available) in [
            ("2026-01-01", 0.0, 4.0, 4.5), ("2026-01-05", 1.0, 3.0, 4.5), ("2026-03-08", 2.0, 2.0, 4.5),
            ("2026-03-09", 3.0, 1.0, 4.5), ("2026-03-12", 4.0, 0.0, 4.5), ("2026-12-31", 4.0, 0.0, 4.5),
        ] {
            let balance = force.balance(officer, on).await;
            let expected = [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, taken, approved, 1.5, available];
            assert_eq!(columns(&balance), expected, "{on}");
            assert_eq!((&balance["kind"], &balance["year"]), (&json!("annual"), &json!(2026)));
        }
        assert_adds_up(&force.balance(officer, "2026-12-31").await);
        // Without a date: today. The officer sees the same as hr.
        let path = format!("/officers/{officer}/leave-balances");
        let today = own.get(&path).await.expect(200);
        assert_eq!(today.body["items"][0], force.balance(officer, "2026-03-02").await);
        assert_eq!((&today.body["items"][1]["kind"], today.body["items"].as_array().unwrap().len()), (&json!("compensatory"), 2));
        // Another year has an item of its own.
        let last = force.balance(officer, "2025-12-31").await;
        assert_eq!(columns(&last), [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0]);
        assert_eq!(force.hr.get(&format!("{path}?on=2026-02-30")).await.status, 400);
        assert_eq!(force.hr.get(&format!("{path}?at=2026-02-20")).await.says(), (400, "unknown_parameter"));
    }

    /// RULINGS 16: a positive adjustment is a lot to the end of the year, a negative one draws on lots and never goes
    /// below zero. Pitfall 27: halves stay exact.
    async fn adjustments(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2010-01-01").await;
        let told = force.adjust(officer, 2026, 2.5).await.expect(201);
        assert_eq!((&told.body["valid_from"], &told.body["expires_on"]), (&json!("2026-01-01"), &json!("2026-12-31")));
        let moved = told.body["movements"].as_array().unwrap();
        assert_eq!((moved.len(), &moved[0]["kind"], &moved[0]["quantity"]), (1, &json!("adjusted"), &json!(5)));
        assert_eq!((&moved[0]["unit"], &moved[0]["cause"]), (&json!("half_day"), &json!("核对台账")));
        assert!(moved[0]["account_id"].is_string());
        let balance = force.balance(officer, "2026-03-02").await;
        assert_eq!((days(&balance["adjusted_days"]), days(&balance["available_days"])), (2.5, 12.5));
        let lot = balance["lots"].as_array().unwrap().iter().find(|lot| lot["source"] == "adjusted").unwrap();
        assert_eq!((&lot["lot_id"], &lot["days"], &lot["origin_year"]), (&told.body["lot_id"], &json!(2.5), &json!(2026)));

        let told = force.adjust(officer, 2026, -3.0).await.expect(201);
        assert_eq!(told.body["lot_id"], Value::Null);
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!((days(&balance["adjusted_days"]), days(&balance["available_days"])), (-0.5, 9.5));
        assert_adds_up(&balance);
        let before = force.ledger(officer).await;
        let told = force.adjust(officer, 2026, -10.0).await;
        assert_eq!(told.says(), (409, "leave.adjustment"));
        assert_eq!(finding(&told.body, "leave.adjustment")["limit"]["short_by_days"], 0.5);
        assert_eq!(force.ledger(officer).await, before);
        for _ in 0..19 {
            force.adjust(officer, 2026, -0.5).await.expect(201);
        }
        assert_eq!(force.adjust(officer, 2026, -0.5).await.says(), (409, "leave.adjustment"));
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!((days(&balance["adjusted_days"]), days(&balance["available_days"])), (-10.0, 0.0));
        assert_adds_up(&balance);
        assert_eq!(force.balance(officer, "2027-01-01").await["adjusted_days"], 0);
    }

    /// A negative adjustment leaves what requests hold alone.
    async fn adjustments_beside_requests(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2016-03-10").await;
        force.submit(&own, officer, "2026-10-12", "2026-10-20").await.expect(201);
        assert_eq!(force.adjust(officer, 2026, -3.5).await.says(), (409, "leave.adjustment"));
        force.adjust(officer, 2026, -3.0).await.expect(201);
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!((days(&balance["pending_days"]), days(&balance["available_days"])), (7.0, 0.0));
        assert_eq!(days(&force.balance(officer, "2026-03-31").await["available_days"]), 0.0);
    }

    /// Fields of an adjustment, and who may make one.
    async fn adjustments_refused(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2010-01-01").await;
        let body = json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": 1, "reason": "补录"});
        for (change, pointer, code) in [
            (json!({"days": 0.3}), "/days", "invalid_fields"), (json!({"days": 0}), "/days", "invalid_fields"),
            (json!({"days": "1"}), "/days", "invalid_fields"), (json!({"days": 1000}), "/days", "invalid_fields"),
            (json!({"reason": " "}), "/reason", "invalid_fields"), (json!({"reason": ""}), "/reason", "invalid_fields"),
            (json!({"reason": "字".repeat(1001)}), "/reason", "invalid_fields"),
            (json!({"kind": "sick"}), "/kind", "kind_not_offered"), (json!({"year": 2020}), "/year", "invalid_fields"),
            (json!({"author": "hr"}), "/author", "unknown_field"),
        ] {
            let told = force.hr.post("/leave-adjustments", with(body.clone(), change.clone())).await;
            assert_eq!(told.says(), (422, code), "{change}: {}", told.body);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{change}");
        }
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove("reason");
        let told = force.hr.post("/leave-adjustments", without).await.expect(422);
        assert_eq!((&told.body["errors"][0]["pointer"], &told.body["errors"][0]["code"]), (&json!("/reason"), &json!("missing_field")));

        let hr_officer = force.officer_with("100002", json!({"spouse_officer_id": officer})).await;
        let own_hr = force.with_roles("own-hr", hr_officer, &[(Role::Hr, None)]).await;
        for own in [officer, hr_officer] {
            let told = own_hr.post("/leave-adjustments", with(body.clone(), json!({"officer_id": own}))).await;
            assert_eq!(told.says(), (403, "own_record"));
        }
        assert_eq!(force.leader.post("/leave-adjustments", body.clone()).await.status, 403);
        assert_eq!(force.admin.post("/leave-adjustments", body.clone()).await.status, 403);
        let elsewhere = force.app.as_role("other-hr", Role::Hr, Some(force.other_station)).await;
        assert_eq!(elsewhere.post("/leave-adjustments", body).await.says(), (404, "not_found"));
        assert!(force.ledger(officer).await.is_empty());
    }

    /// The date a year is read for: given, or today clamped into the year; before any policy there is nothing to say.
    async fn dates_of_an_entitlement(db: TestDatabase) {
        let force = force(db).await;
        let officer = force.officer("100001", "2016-03-10").await;
        let path = format!("/officers/{officer}/leave-entitlement");
        for (year, on, owed) in [(2025, "2025-12-31", 5), (2026, "2026-03-02", 5), (2027, "2027-01-01", 10)] {
            let told = force.hr.get(&format!("{path}?year={year}")).await.expect(200);
            assert_eq!((&told.body["on"], &told.body["days"]), (&json!(on), &json!(owed)));
            assert_eq!((&told.body["year"], &told.body["held_days"]), (&json!(year), &json!(0)));
        }
        assert_eq!(force.hr.get(&format!("{path}?year=2026&on=2025-12-31")).await.says(), (400, "invalid_parameter"));
        assert_eq!(force.hr.get(&path).await.status, 400);
        assert_eq!(force.hr.get(&format!("{path}?year=soon")).await.status, 400);
        for early in [
            format!("{path}?year=2007"), format!("{path}?year=2007&on=2007-06-01"),
            format!("/officers/{officer}/leave-balances?on=2007-06-01"),
            format!("/officers/{officer}/leave-balances/explanation?kind=annual&year=2007"),
        ] {
            assert_eq!(force.hr.get(&early).await.says(), (422, "no_policy"), "{early}");
        }
        assert_eq!(force.owed(officer, "2008-01-01").await["days"], 0);
    }

    /// Findings speak both languages and mean the same.
    async fn reasons_in_both_languages(db: TestDatabase) {
        let force = force(db).await;
        let with = json!({"category": "auxiliary", "joined_on": "2025-08-01", "service_periods": [{"from": "2025-08-01"}]});
        let officer = force.officer_with("100001", with).await;
        let path = format!("/officers/{officer}/leave-entitlement?year=2026&on=2026-12-31");
        let chinese = force.hr.with("accept-language", "zh-CN").get(&path).await.expect(200);
        let english = force.hr.with("accept-language", "en").get(&path).await.expect(200);
        let default = force.hr.get(&path).await.expect(200);
        assert_eq!(default.body, chinese.body);
        let both = chinese.body["findings"].as_array().unwrap().iter().zip(english.body["findings"].as_array().unwrap());
        assert!(both.len() >= 4, "{}", chinese.body);
        for (zh, en) in both {
            assert_eq!((&zh["rule"], &zh["measured"], &zh["limit"]), (&en["rule"], &en["measured"], &en["limit"]));
            let (zh, en) = (zh["message"].as_str().unwrap(), en["message"].as_str().unwrap());
            assert!(zh.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{zh}");
            assert!(en.is_ascii() || !en.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{en}");
            assert!(!en.is_empty() && !en.contains("{$") && !zh.contains("{$"), "{zh} {en}");
        }
    }
}
