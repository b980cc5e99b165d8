//! Why a balance is this number, and the ledger behind it (RULINGS 16a).

use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, days, finding, force, ids, items};
use crate::app::Force;

/// An officer with something of everything: carried, adjusted, asked for, granted, cancelled.
async fn eventful(force: &Force) -> Uuid {
    force.app.set_clock("2025-12-22T01:00:00Z");
    let (officer, own) = force.person("100001", "2010-01-01").await;
    force.carry(officer, 2025, 2.0, "2025-12-22").await.expect(201);
    force.adjust(officer, 2026, 1.5).await.expect(201);
    force.adjust(officer, 2026, -0.5).await.expect(201);
    let request = force.granted(&own, officer, "2025-12-31", "2026-01-06").await;
    let part = json!({"reason": "值班", "from": "2026-01-06"});
    own.post(&format!("/leave-requests/{request}/cancel"), part).await.expect(200);
    force.submit(&own, officer, "2026-01-14", "2026-01-14").await.expect(201);
    officer
}

fn described(row: &Value) -> (&str, i64, &str) {
    let on = row["leave_on"].as_str().unwrap_or("");
    (row["kind"].as_str().unwrap(), row["quantity"].as_i64().unwrap(), on)
}

both! {
    /// Every movement stands in the ledger in the order recorded, one for each lot and date, with its cause.
    async fn every_movement(db: TestDatabase) {
        let force = force(db).await;
        let officer = eventful(&force).await;
        let rows = force.ledger(officer).await;
        let all: Vec<_> = rows.iter().map(described).collect();
        assert_eq!(all, [
            ("carried_out", -4, ""), ("carried_in", 4, ""), ("adjusted", 3, ""), ("adjusted", -1, ""),
            ("reserved", -2, "2025-12-31"), ("reserved", -2, "2026-01-04"), ("reserved", -1, "2026-01-05"), ("reserved", -1, "2026-01-05"),
            ("reserved", -2, "2026-01-06"), ("released", 2, "2026-01-06"), ("reserved", -2, "2026-01-14"),
        ]);
        for row in &rows {
            assert!(!row["cause"].as_str().unwrap().is_empty() && row["account_id"].is_string(), "{row}");
            assert_eq!((&row["unit"], &row["recorded_at"]), (&json!("half_day"), &json!("2025-12-22T01:00:00Z")), "{row}");
            assert_eq!(row["request_id"].is_string(), row["leave_on"].is_string(), "{row}");
        }
        // The adjustment drew on the carried lot as leave does, so 5 January needs two lots, the carried one first.
        assert_eq!([&rows[3]["lot_id"], &rows[6]["lot_id"]], [&rows[1]["lot_id"]; 2]);
        // What came back went to the lot it had come from.
        assert_eq!([&rows[7]["lot_id"], &rows[9]["lot_id"]], [&rows[8]["lot_id"]; 2]);
        let mut order: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        let given = order.clone();
        order.sort_unstable();
        order.dedup();
        assert_eq!(order, given);
    }

    /// A year's movements, and pages of any size that never repeat or lose a row.
    async fn narrowed_and_paged(db: TestDatabase) {
        let force = force(db).await;
        let officer = eventful(&force).await;
        let rows = force.ledger(officer).await;
        let path = format!("/officers/{officer}/leave-ledger");
        let of = async |year: i32| items(&force.hr.get(&format!("{path}?kind=annual&year={year}")).await.expect(200)).clone();
        let (last, this) = (of(2025).await, of(2026).await);
        assert_eq!(last.iter().map(described).collect::<Vec<_>>(), [("carried_out", -4, ""), ("reserved", -2, "2025-12-31")]);
        assert_eq!((this.len(), of(2024).await.len()), (9, 0));
        for limit in [1, 3, 10] {
            let (mut gathered, mut cursor) = (Vec::new(), String::new());
            loop {
                let told = force.hr.get(&format!("{path}?limit={limit}{cursor}")).await.expect(200);
                assert!(items(&told).len() <= limit);
                gathered.extend(items(&told).clone());
                match told.body["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(gathered, rows, "{limit}");
        }
        assert_eq!(force.hr.get(&format!("{path}?kind=sick")).await.says(), (422, "kind_not_offered"));
        assert_eq!(force.hr.get(&format!("{path}?cursor=nonsense")).await.says(), (400, "invalid_cursor"));
        assert_eq!(force.hr.get(&format!("{path}?limit=0")).await.status, 400);
    }

    /// No act changes or removes a row: before each act the ledger is the beginning of what it is after it.
    async fn only_ever_longer(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let mut held = Vec::new();
        let grown = async |held: &mut Vec<Value>, more: usize| {
            let now = force.ledger(officer).await;
            assert_eq!(now.get(..held.len()), Some(held.as_slice()));
            assert_eq!(now.len(), held.len() + more);
            *held = now;
        };
        let first = force.submit(&own, officer, "2026-03-09", "2026-03-11").await.expect(201).id();
        grown(&mut held, 3).await;
        force.leader.act(&format!("/leave-requests/{first}/approve")).await.expect(200);
        grown(&mut held, 0).await;
        own.post(&format!("/leave-requests/{first}/cancel"), json!({"reason": "任务", "to": "2026-03-09"})).await.expect(200);
        grown(&mut held, 1).await;
        own.post(&format!("/leave-requests/{first}/cancel"), json!({"reason": "任务"})).await.expect(200);
        grown(&mut held, 2).await;
        let second = force.submit(&own, officer, "2026-03-09", "2026-03-09").await.expect(201).id();
        grown(&mut held, 1).await;
        own.act(&format!("/leave-requests/{second}/withdraw")).await.expect(200);
        grown(&mut held, 1).await;
        let third = force.submit(&own, officer, "2026-03-09", "2026-03-09").await.expect(201).id();
        grown(&mut held, 1).await;
        let no = json!({"reason": "专项", "alternatives": [{"from": "2026-03-10", "to": "2026-03-10"}]});
        force.leader.post(&format!("/leave-requests/{third}/reject"), no).await.expect(200);
        grown(&mut held, 1).await;
        force.adjust(officer, 2026, 1.0).await.expect(201);
        grown(&mut held, 1).await;
        force.change(officer, json!({"service_periods": [{"from": "2020-01-01"}]})).await.expect(200);
        grown(&mut held, 0).await;
        // Everything that was asked for has come back.
        let sum: i64 = held.iter().filter(|row| row["kind"] != "adjusted").map(|row| row["quantity"].as_i64().unwrap()).sum();
        assert_eq!(sum, 0);
    }

    /// The explanation: findings in the order applied, the lots, their movements; it agrees with balance and ledger.
    async fn the_reason_of_a_number(db: TestDatabase) {
        let force = force(db).await;
        let officer = eventful(&force).await;
        let path = format!("/officers/{officer}/leave-balances/explanation");
        let why = force.hr.get(&format!("{path}?kind=annual&year=2026&on=2026-06-01")).await.expect(200).body;
        assert_eq!((&why["kind"], &why["year"], &why["on"]), (&json!("annual"), &json!(2026), &json!("2026-06-01")));
        assert_eq!(why["balance"], force.balance(officer, "2026-06-01").await);
        assert_eq!(why["lots"], why["balance"]["lots"]);
        let sources: Vec<_> = why["lots"].as_array().unwrap().iter().map(|lot| (lot["source"].as_str().unwrap(), lot["origin_year"].as_i64().unwrap())).collect();
        assert_eq!(sources.len(), 3);
        assert_eq!(sources[0], ("carried", 2025));
        assert!(sources.contains(&("own", 2026)) && sources.contains(&("adjusted", 2026)));
        // 10 + 2 carried + 1 adjusted − 2 taken (4 and 5 January) − 1 pending
        assert_eq!(days(&why["balance"]["available_days"]), 10.0);
        let rules: Vec<&str> = why["findings"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
        assert_eq!(rules, ["annual_leave.regime", "annual_leave.service", "annual_leave.tier"]);
        let tier = finding(&why, "annual_leave.tier");
        assert_eq!((&tier["measured"]["years"], &tier["limit"]["days"], &tier["policy"]), (&json!(10), &json!(10), &json!("annual_leave@2008-01-01")));
        let expected: Vec<Value> = force.ledger(officer).await.into_iter().filter(|row| {
            why["lots"].as_array().unwrap().iter().any(|lot| lot["lot_id"] == row["lot_id"])
        }).collect();
        assert_eq!(why["movements"], json!(expected));
        assert_eq!(expected.len(), 9);
        // Without a year: that of `on`; without either: of today.
        let told = force.hr.get(&format!("{path}?on=2026-06-01")).await.expect(200);
        assert_eq!(told.body, why);
        let today = force.hr.get(&path).await.expect(200);
        assert_eq!((&today.body["year"], &today.body["on"]), (&json!(2025), &json!("2025-12-22")));
        assert_eq!(force.hr.get(&format!("{path}?kind=marriage")).await.says(), (422, "kind_not_offered"));
        assert_eq!(force.hr.get(&format!("{path}?kind=holiday")).await.status, 400);
    }

    /// Pitfall 14: nobody else's balance, ledger or requests can be read by knowing an id.
    async fn other_peoples_records(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let (_, colleague) = force.person("100002", "2010-01-01").await;
        let request = force.submit(&own, officer, "2026-03-09", "2026-03-09").await.expect(201).id();
        let absent = "00000000-0000-7000-8000-000000000000";
        let paths = [
            "/officers/ID/leave-entitlement?year=2026", "/officers/ID/leave-balances", "/officers/ID/leave-ledger",
            "/officers/ID/leave-balances/explanation?kind=annual",
        ];
        let mut all: Vec<(String, String)> =
            paths.iter().map(|path| (path.replace("ID", &officer.to_string()), path.replace("ID", absent))).collect();
        all.push((format!("/leave-requests/{request}"), format!("/leave-requests/{absent}")));
        for (theirs, nobodys) in &all {
            for stranger in [&colleague, &force.other_leader] {
                let (told, missing) = (stranger.get(theirs).await, stranger.get(nobodys).await);
                assert_eq!((told.says(), missing.says()), ((404, "not_found"), (404, "not_found")), "{theirs}");
                assert_eq!(told.body["detail"], missing.body["detail"]);
            }
            assert_eq!(force.app.stranger().get(theirs).await.says(), (401, "unauthenticated"), "{theirs}");
            assert_eq!(force.admin.get(theirs).await.status, 403, "{theirs}");
            for allowed in [&own, &force.hr, &force.leader, &force.branch_leader] {
                allowed.get(theirs).await.expect(200);
            }
        }
        for verb in ["withdraw", "approve"] {
            assert_eq!(force.app.stranger().act(&format!("/leave-requests/{request}/{verb}")).await.status, 401);
        }
        assert_eq!(colleague.act(&format!("/leave-requests/{request}/withdraw")).await.status, 404);
        assert_eq!(colleague.act(&format!("/leave-requests/{request}/approve")).await.status, 403);
        assert_eq!(colleague.post("/leave-requests/preview", asked(officer, "2026-03-10", "2026-03-10")).await.status, 404);
        assert_eq!(colleague.post("/leave-requests", asked(officer, "2026-03-10", "2026-03-10")).await.status, 404);
        for list in [format!("/leave-requests?officer_id={officer}"), "/leave-requests".to_owned()] {
            assert!(ids(&colleague.get(&list).await.expect(200)).is_empty(), "{list}");
            assert!(ids(&force.other_leader.get(&list).await.expect(200)).is_empty(), "{list}");
            assert_eq!(ids(&own.get(&list).await.expect(200)), [request]);
        }
    }
}
