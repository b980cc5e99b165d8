//! Credit entered by mistake is taken back; lots by page; what is reserved and what is used; sums that add up on any date.

use respite::rules::comp_credit::CreditOrigin;
use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, credit_of, earn, enter, force, items, ledger_sum, lot, officer};
use crate::app::Client;
use crate::crowd::{assert_only, assert_sound, at_once};
use crate::records;

/// That the sums of an answer add up, and say what the finding says.
#[track_caller]
fn assert_adds_up(credit: &Value) {
    let number = |name: &str| credit["totals"][name].as_i64().unwrap();
    let parts = ["used", "reserved", "paid", "voided", "available_minutes", "wanted_as_pay"];
    assert_eq!(number("minutes"), parts.iter().map(|name| number(name)).sum::<i64>(), "{credit}");
    assert_eq!(number("available_minutes"), number("owed_minutes") + number("not_yet_minutes"), "{credit}");
    assert_eq!(credit["finding"]["measured"]["owed_minutes"], number("owed_minutes"), "{credit}");
}

async fn on(client: &Client, officer: Uuid, date: &str) -> Value {
    let credit = client.get(&format!("/officers/{officer}/comp-lots?on={date}")).await.expect(200).body;
    assert_adds_up(&credit);
    credit
}

both! {
    /// Entered ten times too much: hr takes back what is free, the officer sees why; what is reserved stays, and goes when it
    /// is given back.
    async fn entered_by_mistake(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700100").await;
        let id = enter(&force, someone, 4800, "2026-02-01").await;
        let asked = ask(&own, someone, "2026-03-16", "2026-03-16", json!({})).await.expect(201).id();
        let path = format!("/comp-lots/{id}/void");
        for (body, pointer) in [
            (json!({"reason": " "}), "/reason"),
            (json!({"reason": "x".repeat(1001)}), "/reason"),
            (json!({"reason": "x", "minutes": 1}), "/minutes"),
            (json!({}), "/reason"),
        ] {
            let told = force.hr.post(&path, body).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{}", told.body);
        }
        let body = json!({"reason": "应为480分钟"});
        for client in [&own, &force.leader, &force.admin] {
            assert_eq!(client.post(&path, body.clone()).await.says(), (403, "forbidden"));
        }
        let far = force.app.as_role("far-hr", Role::Hr, Some(force.other_station)).await;
        assert_eq!(far.post(&path, body.clone()).await.says(), (404, "not_found"));
        assert_eq!(force.hr.post(&format!("/comp-lots/{}/void", Uuid::now_v7()), body.clone()).await.says(), (404, "not_found"));
        let told = force.hr.post(&path, body.clone()).await.expect(200).body;
        assert_eq!((&told["voided"], &told["available_minutes"], &told["reserved"], &told["state"]), (&4320.into(), &0.into(), &480.into(), &"reserved".into()));
        // A second time nothing happens.
        let rows = records::count(&force.app.db, "comp_movements");
        assert_eq!(force.hr.post(&path, body.clone()).await.expect(200).body, told);
        assert_eq!(records::count(&force.app.db, "comp_movements"), rows);
        let ledger = own.get(&format!("/officers/{someone}/comp-ledger")).await.expect(200);
        let last = items(&ledger).last().unwrap();
        assert_eq!((&last["kind"], &last["minutes"], &last["cause"]), (&"adjusted".into(), &(-4320).into(), &"应为480分钟".into()));
        assert_eq!(records::count(&force.app.db, "outbox WHERE topic = 'credit.voided'"), 1);
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let trail = auditor.get(&format!("/audit?subject_id={id}")).await.expect(200);
        assert!(items(&trail).iter().any(|row| row["act"] == "credit.voided" && row["after"]["cause"] == "应为480分钟"), "{}", trail.body);
        // Given back, it is free, and can be taken back too.
        own.act(&format!("/leave-requests/{asked}/withdraw")).await.expect(200);
        assert_eq!(lot(&credit_of(&own, someone).await, id)["state"], "open");
        let told = force.hr.post(&path, body).await.expect(200).body;
        assert_eq!((&told["voided"], &told["state"]), (&4800.into(), &"voided".into()));
        assert_eq!(ledger_sum(&own, someone).await, 0);
        assert_adds_up(&credit_of(&own, someone).await);
        assert_sound(&force.app);
    }

    /// Only what was entered; not one's own; not what is used up.
    async fn what_is_not_hrs_to_take_back(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700110").await;
        let body = json!({"reason": "录入错误"});
        let earned = earn(&force, someone, 60, CreditOrigin::Overtime, "2026-03-01").unwrap();
        assert_eq!(force.hr.post(&format!("/comp-lots/{earned}/void"), body.clone()).await.because(), "not_entered");
        let paid = enter(&force, someone, 480, "2026-02-01").await;
        own.post(&format!("/comp-lots/{paid}/choose"), json!({"as": "pay"})).await.expect(200);
        force.hr.act(&format!("/comp-lots/{paid}/pay")).await.expect(200);
        assert_eq!(force.hr.post(&format!("/comp-lots/{paid}/void"), body.clone()).await.because(), "nothing_left");
        let wanted = enter(&force, someone, 480, "2026-02-02").await;
        own.post(&format!("/comp-lots/{wanted}/choose"), json!({"as": "pay"})).await.expect(200);
        assert_eq!(force.hr.post(&format!("/comp-lots/{wanted}/void"), body.clone()).await.expect(200).body["state"], "voided");
        let hr_officer = force.officer("700111", "2016-03-10").await;
        let theirs = enter(&force, hr_officer, 480, "2026-02-01").await;
        let hr_self = force.app.as_officer("hr-self", hr_officer, &[(Role::Hr, None)]).await;
        assert_eq!(hr_self.post(&format!("/comp-lots/{theirs}/void"), body).await.says(), (403, "own_record"));
        assert_sound(&force.app);
    }

    /// Taken back and asked for as rest at once: never below zero.
    async fn taken_back_and_asked_for_at_once(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700120").await;
        let id = enter(&force, someone, 480, "2026-02-25").await;
        let told = at_once((0..10).map(|at| {
            let (own, hr) = (own.clone(), force.hr.clone());
            async move {
                match at % 2 {
                    0 => hr.post(&format!("/comp-lots/{id}/void"), json!({"reason": "录入错误"})).await,
                    _ => ask(&own, someone, "2026-03-16", "2026-03-16", json!({})).await,
                }
            }
        }))
        .await;
        assert_only(&told, &[200, 201, 409, 422]);
        let credit = credit_of(&own, someone).await;
        assert_adds_up(&credit);
        let lot = lot(&credit, id);
        assert!(lot["voided"] == 480 || lot["reserved"] == 480, "{credit}");
        assert_sound(&force.app);
    }

    /// By page, in the order in which they are used; the sums are those of all.
    async fn lots_by_page(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700130").await;
        let mut entered = Vec::new();
        for (date, minutes) in [("2026-02-03", 60), ("2026-02-01", 60), ("2026-02-02", 60), ("2026-02-02", 61)] {
            entered.push(enter(&force, someone, minutes, date).await.to_string());
        }
        let order = [1, 2, 3, 0].map(|at: usize| entered[at].clone());
        let (mut met, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = own.get(&format!("/officers/{someone}/comp-lots?limit=3{cursor}")).await.expect(200);
            assert_eq!(page.body["totals"]["minutes"], 241);
            met.extend(items(&page).iter().map(|lot| lot["lot_id"].as_str().unwrap().to_owned()));
            let Value::String(next) = &page.body["next_cursor"] else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(met, order);
        for bad in ["limit=0", "limit=501", "cursor=x", "page=2"] {
            assert_eq!(own.get(&format!("/officers/{someone}/comp-lots?{bad}")).await.status, 400, "{bad}");
        }
    }

    /// Reserved until the date of the rest, used from it on; what waits for a decision is reserved, however late it is.
    async fn reserved_and_used(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700140").await;
        let id = enter(&force, someone, 480, "2026-02-25").await;
        let asked = ask(&own, someone, "2026-03-16", "2026-03-16", json!({})).await.expect(201).id();
        let state = async |date: &str| lot(&on(&own, someone, date).await, id)["state"].as_str().unwrap().to_owned();
        assert_eq!(state("2026-03-17").await, "reserved", "nobody has decided");
        force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        for (date, expected) in [("2026-03-15", "reserved"), ("2026-03-16", "used"), ("2026-03-17", "used")] {
            assert_eq!(state(date).await, expected, "{date}");
            let unit = force.leader.get(&format!("/units/{}/comp-lots?state={expected}&on={date}", force.station)).await.expect(200);
            assert_eq!(items(&unit).len(), 1, "{date}");
        }
        let unit = force.leader.get(&format!("/units/{}/comp-lots?state=used&on=2026-03-15", force.station)).await.expect(200);
        assert_eq!(items(&unit).len(), 0);
    }

    /// On any date the sums add up: what is earned later is not owed yet.
    async fn sums_by_date(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700150").await;
        enter(&force, someone, 2400, "2026-02-25").await;
        earn(&force, someone, 480, CreditOrigin::CancelledRest, "2026-03-20").unwrap();
        ask(&own, someone, "2026-03-16", "2026-03-16", json!({})).await.expect(201);
        for (date, owed, not_yet, overdue) in [
            ("2026-02-24", 0, 2400, 0),
            ("2026-02-25", 1920, 480, 0),
            ("2026-03-19", 1920, 480, 0),
            ("2026-03-20", 2400, 0, 0),
            ("2026-03-27", 2400, 0, 0),
            ("2026-03-28", 2400, 0, 1920),
            ("2026-04-20", 2400, 0, 2400),
        ] {
            let credit = on(&own, someone, date).await;
            let totals = &credit["totals"];
            assert_eq!((&totals["owed_minutes"], &totals["not_yet_minutes"], &totals["overdue_minutes"]), (&json!(owed), &json!(not_yet), &json!(overdue)), "{date}");
            assert_eq!(credit["light"], if owed >= 2400 { "amber" } else { "green" }, "{date}");
        }
    }
}
