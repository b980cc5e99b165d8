//! Recall from leave (CONTRACT §6, RULINGS 23): what comes back, what is credited, and that the dates are free.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, assert_adds_up, days, force, items, with};
use crate::app::{Client, Force, Told};
use crate::crowd::{assert_only, at_once, count};
use crate::records;

async fn recall(client: &Client, id: Uuid, from: &str, to: &str) -> Told {
    client.post(&format!("/leave-requests/{id}/recall"), json!({"from": from, "to": to, "reason": "专项行动"})).await
}

/// Recalled, returned and credited days of each recall.
fn recalls(told: &Told) -> Vec<(i64, f64, f64)> {
    let all = told.body["recalls"].as_array().unwrap_or_else(|| panic!("{}", told.body)).iter();
    let one = |recall: &Value| {
        (recall["recalled_days"].as_i64().unwrap(), days(&recall["returned_days"]), days(&recall["credited_days"]))
    };
    all.map(one).collect()
}

/// Pointer and code of each refused field.
fn refused(told: &Told) -> Vec<(&str, &str)> {
    assert_eq!(told.status, 422, "{}", told.body);
    let errors = told.body["errors"].as_array().unwrap().iter();
    errors.map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

impl Force {
    /// Taken and approved, credited, and available days at the year's end, which must add up.
    async fn sums(&self, officer: Uuid) -> (f64, f64, f64) {
        let balance = self.balance(officer, "2026-12-31").await;
        assert_adds_up(&balance);
        (
            days(&balance["taken_days"]) + days(&balance["approved_days"]),
            days(&balance["credited_days"]),
            days(&balance["available_days"]),
        )
    }

    /// Ten days of leave on the ten working days from Monday 9 March on, and the clock on its second day.
    async fn on_leave(&self) -> (Uuid, Client, Uuid) {
        let (officer, own) = self.person("100001", "2010-01-01").await;
        let id = self.granted(&own, officer, "2026-03-09", "2026-03-20").await;
        self.app.set_clock("2026-03-10T01:00:00Z");
        (officer, own, id)
    }
}

both! {
    /// B-7: of ten days three are recalled: 5.5 days, three of which come back and two and a half are new.
    async fn three_days_of_ten(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own, id) = force.on_leave().await;
        assert_eq!(force.sums(officer).await, (10.0, 0.0, 0.0));
        let told = recall(&force.leader, id, "2026-03-16", "2026-03-18").await.expect(200);
        assert_eq!(recalls(&told), [(3, 3.0, 2.5)]);
        assert_eq!((&told.body["state"], &told.body["days"], &told.body["by_year"]), (&json!("running"), &json!(7), &json!({"2026": 7})));
        assert_eq!((&told.body["from"], &told.body["to"]), (&json!("2026-03-09"), &json!("2026-03-20")));
        assert_eq!(told.body["recalls"][0]["reason"], "专项行动");
        let why = &told.body["recalls"][0]["findings"][0];
        assert_eq!((&why["rule"], &why["rule_id"], &why["outcome"]), (&json!("leave.recall"), &json!("L11"), &json!("pass")));
        assert_eq!(why["policy"], "leave_requests@2008-01-01");
        let measured = &why["measured"];
        assert_eq!(
            [&measured["absence_days"], &measured["recalled_days"], &measured["total_days"], &measured["returned_days"], &measured["new_days"]],
            [&json!(10), &json!(3), &json!(5.5), &json!(3), &json!(2.5)]
        );
        assert_eq!((&why["limit"]["absence_days_min"], &why["limit"]["credit_days"]), (&json!(3), &json!([2, 2, 1.5])));
        assert!(why["message"].as_str().unwrap().contains("5.5"), "{why}");
        // Everybody who may see the leave sees the same.
        for client in [&own, &force.hr, &force.branch_leader] {
            assert_eq!(client.get(&format!("/leave-requests/{id}")).await.expect(200).body["recalls"], told.body["recalls"]);
        }
        assert_eq!(force.sums(officer).await, (7.0, 2.5, 5.5));
        let balance = force.balance(officer, "2026-12-31").await;
        let lot = balance["lots"].as_array().unwrap().iter().find(|lot| lot["source"] == "recall").unwrap();
        assert_eq!(
            [&lot["days"], &lot["valid_from"], &lot["expires_on"], &lot["origin_year"]],
            [&json!(2.5), &json!("2026-03-16"), &json!("2027-12-31"), &json!(2026)]
        );
        assert_eq!(measured["lots"][0]["lot_id"], lot["lot_id"]);
        // Before the lot begins it is not there, but bears what is booked after it: of ten days five are taken by the 13th, and
        // the two that follow draw on the lot.
        let before = force.balance(officer, "2026-03-13").await;
        assert_eq!((days(&before["available_days"]), days(&before["credited_days"])), (5.0, 2.5));
        let ledger = force.ledger(officer).await;
        let caused = |cause: &str| ledger.iter().filter(|row| row["cause"] == cause).map(|row| row["quantity"].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!((caused("recalled"), caused("recall")), (vec![2, 2, 2], vec![5]));
        let path = format!("/officers/{officer}/leave-balances/explanation?kind=annual&year=2026");
        let explained = own.get(&path).await.expect(200).body;
        assert!(explained["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "leave.recall"), "{explained}");
        assert_eq!(records::count(&force.app.db, "outbox WHERE topic = 'leave.recalled'"), 1);
        assert_eq!(records::count(&force.app.db, "audit_log WHERE act = 'leave.recalled'"), 1);
        // The credit is there for leave, also in the next year.
        force.granted(&own, officer, "2026-04-07", "2026-04-13").await;
        assert_eq!(force.sums(officer).await, (12.0, 2.5, 0.5));
        let next = force.balance(officer, "2027-01-04").await;
        assert_eq!(days(&next["carried_in_days"]), 0.5, "{next}");
        force.assert_sound();
    }

    /// Nothing of it follows: recalled from that date on; until then it runs.
    async fn to_the_end(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own, id) = force.on_leave().await;
        let listed = async |state: &str| items(&force.hr.get(&format!("/leave-requests?state={state}")).await.expect(200)).len();
        assert_eq!((listed("running").await, listed("recalled").await), (1, 0));
        let told = recall(&force.leader, id, "2026-03-11", "2026-03-20").await.expect(200);
        assert_eq!((recalls(&told), &told.body["state"]), (vec![(8, 8.0, 5.0)], &json!("running")));
        assert_eq!((listed("running").await, listed("recalled").await), (1, 0));
        force.app.set_clock("2026-03-11T01:00:00Z");
        assert_eq!(force.request(id).await["state"], "recalled");
        assert_eq!((listed("running").await, listed("recalled").await), (0, 1));
        assert_eq!(force.sums(officer).await, (2.0, 5.0, 13.0));
        assert_eq!(recall(&force.leader, id, "2026-03-12", "2026-03-12").await.because(), "recalled_already");
        assert_eq!(own.post(&format!("/leave-requests/{id}/cancel"), json!({"reason": "改期"})).await.because(), "not_approved");
        // What was enjoyed stays leave; what was recalled is free.
        assert_eq!(force.submit(&own, officer, "2026-03-10", "2026-03-10").await.says(), (409, "leave.overlap"));
        force.submit(&own, officer, "2026-03-12", "2026-03-12").await.expect(201);
        force.assert_sound();
    }

    /// On its first day the whole of a leave can be recalled: then nothing of it is left.
    async fn from_the_first_day(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.granted(&own, officer, "2026-03-09", "2026-03-11").await;
        assert_eq!(recall(&force.leader, id, "2026-03-09", "2026-03-11").await.because(), "not_begun");
        force.app.set_clock("2026-03-08T15:59:59Z");
        assert_eq!(recall(&force.leader, id, "2026-03-09", "2026-03-11").await.because(), "not_begun");
        force.app.set_clock("2026-03-08T16:00:00Z");
        let told = recall(&force.leader, id, "2026-03-09", "2026-03-11").await.expect(200);
        assert_eq!((recalls(&told), &told.body["state"], &told.body["days"]), (vec![(3, 3.0, 2.5)], &json!("recalled"), &json!(0)));
        assert_eq!(force.sums(officer).await, (0.0, 2.5, 12.5));
        force.granted(&own, officer, "2026-03-09", "2026-03-11").await;
        assert_eq!(force.sums(officer).await, (3.0, 2.5, 9.5));
        assert_eq!(items(&force.hr.get("/leave-conflicts").await.expect(200)).len(), 0);
        force.assert_sound();
    }

    /// The same dates are recalled once; other dates of the same leave go on counting.
    async fn again(db: TestDatabase) {
        let force = force(db).await;
        let (officer, _, id) = force.on_leave().await;
        recall(&force.leader, id, "2026-03-12", "2026-03-12").await.expect(200);
        for (from, to) in [("2026-03-12", "2026-03-12"), ("2026-03-11", "2026-03-12"), ("2026-03-12", "2026-03-13"), ("2026-03-10", "2026-03-20")] {
            assert_eq!(recall(&force.leader, id, from, to).await.because(), "recalled_already", "{from} {to}");
        }
        recall(&force.branch_leader, id, "2026-03-10", "2026-03-10").await.expect(200);
        recall(&force.hr, id, "2026-03-16", "2026-03-16").await.expect(200);
        let told = recall(&force.leader, id, "2026-03-18", "2026-03-18").await.expect(200);
        assert_eq!(recalls(&told), [(1, 1.0, 1.0), (1, 1.0, 1.0), (1, 1.0, 0.5), (1, 1.0, 0.5)]);
        assert_eq!(told.body["days"], 6);
        assert_eq!(force.sums(officer).await, (6.0, 3.0, 7.0));
        force.assert_sound();
    }

    /// Of fewer than three counted days the recalled ones return, and nothing is added.
    async fn short_leave(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let half = with(asked(officer, "2026-03-09", "2026-03-11"), json!({"last_day": "am"}));
        let id = own.post("/leave-requests", half).await.expect(201).id();
        force.leader.act(&format!("/leave-requests/{id}/approve")).await.expect(200);
        let longer = with(asked(officer, "2026-03-16", "2026-03-19"), json!({"first_day": "pm", "last_day": "am"}));
        let longer = own.post("/leave-requests", longer).await.expect(201).id();
        force.leader.act(&format!("/leave-requests/{longer}/approve")).await.expect(200);
        force.app.set_clock("2026-03-09T01:00:00Z");
        let told = recall(&force.leader, id, "2026-03-10", "2026-03-11").await.expect(200);
        assert_eq!(recalls(&told), [(2, 1.5, 0.0)]);
        assert_eq!((&told.body["state"], &told.body["days"]), (&json!("running"), &json!(1)));
        assert_eq!(told.body["recalls"][0]["findings"][0]["measured"]["absence_days"], 2.5);
        assert_eq!(force.sums(officer).await, (4.0, 0.0, 6.0));
        // Three days, the first and the last of them halves: each begun day counts whole, what returns is exact.
        force.app.set_clock("2026-03-16T01:00:00Z");
        let told = recall(&force.leader, longer, "2026-03-16", "2026-03-16").await.expect(200);
        assert_eq!(recalls(&told), [(1, 0.5, 1.5)]);
        let told = recall(&force.leader, longer, "2026-03-19", "2026-03-19").await.expect(200);
        assert_eq!(recalls(&told), [(1, 0.5, 1.5), (1, 0.5, 1.5)]);
        assert_eq!(force.sums(officer).await, (3.0, 3.0, 10.0));
        assert_eq!(force.request(longer).await["days"], 2);
        force.assert_sound();
    }

    /// Rest days within a leave are no days of leave: they become free, and earn nothing here.
    async fn over_a_weekend(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own, id) = force.on_leave().await;
        let told = recall(&force.leader, id, "2026-03-14", "2026-03-15").await.expect(200);
        assert_eq!((recalls(&told), &told.body["state"]), (vec![(0, 0.0, 0.0)], &json!("running")));
        let told = recall(&force.leader, id, "2026-03-13", "2026-03-13").await.expect(200);
        assert_eq!(recalls(&told), [(0, 0.0, 0.0), (1, 1.0, 1.0)]);
        // Friday to Monday: two of the dates count.
        force.adjust(officer, 2026, 3.0).await.expect(201);
        let second = force.granted(&own, officer, "2026-04-07", "2026-04-13").await;
        force.app.set_clock("2026-04-07T01:00:00Z");
        let told = recall(&force.leader, second, "2026-04-10", "2026-04-13").await.expect(200);
        assert_eq!(recalls(&told), [(2, 2.0, 2.0)]);
        assert_eq!(force.sums(officer).await, (12.0, 3.0, 4.0));
        force.assert_sound();
    }

    /// Every refused field is named at once, and nothing is changed.
    async fn fields(db: TestDatabase) {
        let force = force(db).await;
        let (officer, _, id) = force.on_leave().await;
        let path = format!("/leave-requests/{id}/recall");
        let post = async |body: Value| force.leader.post(&path, body).await;
        let told = post(json!({})).await;
        assert_eq!(refused(&told), [("/from", "missing_field"), ("/to", "missing_field"), ("/reason", "missing_field")]);
        let told = post(json!({"from": "2026-03-06", "to": "2026-03-21", "reason": " "})).await;
        assert_eq!(refused(&told), [("/reason", "missing_field"), ("/from", "invalid_span"), ("/to", "invalid_span"), ("/from", "invalid_value")]);
        let told = post(json!({"from": "2026-03-12", "to": "2026-03-11", "reason": "x".repeat(1001)})).await;
        assert_eq!(refused(&told), [("/reason", "too_long"), ("/to", "invalid_span")]);
        let told = post(json!({"from": "2026-03-09", "to": "2026-03-11", "reason": "专项行动"})).await;
        assert_eq!(refused(&told), [("/from", "invalid_value")], "yesterday is for personnel to enter");
        let told = post(json!({"from": "2026-02-30", "to": 3, "reason": "专项行动"})).await;
        assert_eq!(told.status, 422, "{}", told.body);
        assert_eq!(post(json!({"from": "2026-03-12", "to": "2026-03-12", "reason": "x", "days": 1})).await.says(), (422, "unknown_field"));
        assert_eq!(force.sums(officer).await, (10.0, 0.0, 0.0));
        assert_eq!(records::count(&force.app.db, "leave_recalls"), 0);
        // What is over is for personnel to enter.
        let told = recall(&force.hr, id, "2026-03-09", "2026-03-09").await.expect(200);
        assert_eq!(recalls(&told), [(1, 1.0, 1.0)]);
        force.app.set_clock("2026-03-23T01:00:00Z");
        assert_eq!(recall(&force.leader, id, "2026-03-20", "2026-03-20").await.because(), "over");
        let told = recall(&force.hr, id, "2026-03-20", "2026-03-20").await.expect(200);
        assert_eq!((recalls(&told).len(), &told.body["state"]), (2, &json!("recalled")));
        force.assert_sound();
    }

    /// Leave that is not granted, not begun, over, or for sickness is not recalled.
    async fn states(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let waiting = force.submit(&own, officer, "2026-03-02", "2026-03-06").await.expect(201).id();
        assert_eq!(recall(&force.leader, waiting, "2026-03-03", "2026-03-03").await.because(), "not_approved");
        own.act(&format!("/leave-requests/{waiting}/withdraw")).await.expect(200);
        assert_eq!(recall(&force.leader, waiting, "2026-03-03", "2026-03-03").await.because(), "not_approved");
        let over = force.enter(asked(officer, "2026-02-25", "2026-02-27")).await.expect(201).id();
        assert_eq!(recall(&force.hr, over, "2026-02-27", "2026-02-27").await.because(), "over");
        let sick = json!({"officer_id": officer, "kind": "sick", "from": "2026-03-02", "to": "2026-03-06"});
        let sick = own.post("/leave-requests", sick).await.expect(201).id();
        force.leader.act(&format!("/leave-requests/{sick}/approve")).await.expect(200);
        for client in [&force.leader, &force.hr] {
            assert_eq!(recall(client, sick, "2026-03-03", "2026-03-03").await.because(), "sick_leave");
        }
        assert_eq!(records::count(&force.app.db, "leave_recalls"), 0);
    }

    /// Who reaches the officer recalls; nobody recalls themselves or their spouse.
    async fn whoever_reaches_the_officer(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own, id) = force.on_leave().await;
        assert_eq!(recall(&own, id, "2026-03-12", "2026-03-12").await.says(), (403, "forbidden"));
        assert_eq!(recall(&force.other_leader, id, "2026-03-12", "2026-03-12").await.says(), (404, "not_found"));
        assert_eq!(recall(&force.admin, id, "2026-03-12", "2026-03-12").await.says(), (403, "forbidden"));
        assert_eq!(recall(&force.leader, Uuid::now_v7(), "2026-03-12", "2026-03-12").await.says(), (404, "not_found"));
        let spouse = force.officer_with("100002", json!({"spouse_officer_id": officer})).await;
        let led = force.with_roles("led", spouse, &[(Role::Leader, Some(force.station))]).await;
        assert_eq!(recall(&led, id, "2026-03-12", "2026-03-12").await.says(), (403, "own_record"));
        let self_led = force.with_roles("self-led", officer, &[(Role::BureauLeader, Some(force.bureau))]).await;
        assert_eq!(recall(&self_led, id, "2026-03-12", "2026-03-12").await.says(), (403, "own_record"));
        let head = force.app.as_role("head", Role::BureauLeader, Some(force.bureau)).await;
        recall(&force.app.lasting(&head), id, "2026-03-12", "2026-03-12").await.expect(200);
    }

    /// A lost answer is given again; of two at once one wins.
    async fn retried_and_raced(db: TestDatabase) {
        let force = force(db).await;
        let (officer, _, id) = force.on_leave().await;
        let keyed = force.leader.with("idempotency-key", "recall-1");
        let first = recall(&keyed, id, "2026-03-12", "2026-03-12").await.expect(200);
        let again = recall(&keyed, id, "2026-03-12", "2026-03-12").await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
        assert_ne!(first.header("etag"), "");
        let told = at_once((0..6).map(|_| {
            let client = force.leader.clone();
            async move { recall(&client, id, "2026-03-16", "2026-03-17").await }
        }))
        .await;
        assert_only(&told, &[200, 409]);
        assert_eq!(count(&told, 200), 1);
        assert_eq!(records::count(&force.app.db, "leave_recalls"), 2);
        assert_eq!(force.sums(officer).await, (7.0, 2.5, 5.5));
        force.assert_sound();
    }

    /// Personal leave has no lots: the days are not taken, and what lies over them is compensatory rest.
    async fn personal_leave(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let body = with(asked(officer, "2026-02-02", "2026-03-13"), json!({"kind": "personal", "pay_kept": true}));
        let id = force.enter(body).await.expect(201).id();
        // 24 working days with pay kept: the year's leave is lost from the twentieth on.
        assert_eq!(force.request(id).await["state"], "running");
        assert_eq!(days(&force.owed(officer, "2026-12-31").await["days"]), 0.0);
        let told = recall(&force.leader, id, "2026-03-03", "2026-03-13").await.expect(200);
        assert_eq!(recalls(&told), [(9, 9.0, 5.5)]);
        assert_eq!(days(&force.owed(officer, "2026-12-31").await["days"]), 10.0, "fewer than twenty are left");
        let credit = own.get(&format!("/officers/{officer}/comp-lots")).await.expect(200).body;
        let lot = &credit["items"][0];
        assert_eq!((&lot["origin"], &lot["minutes"], &lot["earned_on"], &lot["offer_by"]), (&json!("recall"), &json!(2640), &json!("2026-03-03"), &json!(null)));
        assert_eq!(told.body["recalls"][0]["findings"][0]["measured"]["lots"][0]["comp_lot_id"], lot["lot_id"]);
        assert_eq!(force.sums(officer).await, (0.0, 0.0, 10.0));
        force.assert_sound();
    }

    /// Over the year's end each year gets its own days back, and its own lot.
    async fn over_the_year_end(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.app.set_clock("2026-12-01T01:00:00Z");
        let id = force.granted(&own, officer, "2026-12-28", "2027-01-08").await;
        force.app.set_clock("2026-12-28T01:00:00Z");
        let told = recall(&force.leader, id, "2026-12-31", "2027-01-05").await.expect(200);
        let lots = told.body["recalls"][0]["findings"][0]["measured"]["lots"].clone();
        let ends: Vec<&str> = lots.as_array().unwrap().iter().map(|lot| lot["expires_on"].as_str().unwrap()).collect();
        assert_eq!(ends, ["2027-12-31", "2028-12-31"], "{lots}");
        let back: f64 = recalls(&told).iter().map(|(_, back, _)| back).sum();
        assert_eq!(recalls(&told)[0].2, [1.0, 2.0, 2.5, 3.0][usize::try_from(recalls(&told)[0].0).unwrap() - 1]);
        let left = told.body["by_year"].as_object().unwrap().values().map(days).sum::<f64>();
        assert_eq!(days(&told.body["days"]), left);
        assert!(back > 1.0);
        assert_adds_up(&force.balance(officer, "2026-12-31").await);
        assert_adds_up(&force.balance(officer, "2027-12-31").await);
        // Entered when the year is over: what returns to a lot that has ended is not lost.
        force.app.set_clock("2027-01-11T01:00:00Z");
        recall(&force.hr, id, "2026-12-29", "2026-12-29").await.expect(200);
        let balance = force.balance(officer, "2027-01-11").await;
        let reopened = balance["lots"].as_array().unwrap().iter().find(|lot| lot["source"] == "reopened").unwrap();
        assert_eq!((&reopened["days"], &reopened["expires_on"]), (&json!(1), &json!("2027-04-11")));
        assert_adds_up(&force.balance(officer, "2027-12-31").await);
        force.assert_sound();
    }
}
