//! Lots: earned once, shown with their dates, chosen as rest or money by the officer alone, paid by hr.

use respite::app::credit::actual::{AgreedShift, actual_agreed};
use respite::app::credit::follow;
use respite::rules::comp_credit::CreditOrigin;
use respite::rules::duty::DutyKind;
use respite::rules::terms::{Instant, OfficerId, Role, RowId};
use serde_json::json;
use uuid::Uuid;

use super::{credit_of, earn, earn_by, enter, force, items, lot, officer};
use crate::app::Force;

fn agreed(force: &Force, officer: Uuid, shift: Uuid, span: (&str, &str), minutes: (i64, i64)) -> usize {
    let ctx = force.app.ctx();
    // It began as it was planned.
    let starts_at: Instant = span.0.parse().unwrap();
    let shift = AgreedShift {
        shift_id: RowId(shift),
        officer_id: OfficerId(officer),
        kind: DutyKind::Duty,
        starts_at,
        ends_at: span.1.parse().unwrap(),
        counted_minutes: minutes.0,
        planned: (starts_at, starts_at + chrono::TimeDelta::minutes(minutes.1)),
        planned_minutes: minutes.1,
        rest_dates: Vec::new(),
        cancelled_rest_dates: Vec::new(),
    };
    force.app.house.database.write(|tx| actual_agreed(tx, &ctx, &shift)).unwrap().len()
}

both! {
    /// One cause earns once; A-2's 120 minutes are there with their dates, and nothing is said twice.
    async fn one_cause_earns_once(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "200100").await;
        let shift = Uuid::now_v7();
        let first = earn_by(&force, officer, 120, CreditOrigin::ShortDailyRest, shift, "2026-03-01").unwrap();
        assert_eq!(earn_by(&force, officer, 120, CreditOrigin::ShortDailyRest, shift, "2026-03-01"), None);
        assert_eq!(earn_by(&force, officer, 0, CreditOrigin::Overtime, shift, "2026-03-01"), None);
        assert!(earn_by(&force, officer, 60, CreditOrigin::Overtime, shift, "2026-03-01").is_some());
        let credit = credit_of(&own, officer).await;
        let shown = lot(&credit, first);
        assert_eq!((&shown["minutes"], &shown["available_minutes"], &shown["state"]), (&120.into(), &120.into(), &"open".into()));
        assert_eq!((&shown["earned_on"], &shown["take_by"], &shown["offer_by"]), (&"2026-03-01".into(), &"2026-03-31".into(), &json!(null)));
        assert_eq!((&shown["policy"], &shown["as"]), (&"rest@2007-01-01".into(), &"time".into()));
        assert_eq!((&credit["totals"]["minutes"], &credit["light"]), (&180.into(), &"green".into()));
        assert_eq!(credit["finding"]["rule"], "rest.credit");
        // The day after its date it is overdue, and still there.
        force.app.set_clock("2026-03-31T01:00:00Z");
        assert_eq!(lot(&credit_of(&own, officer).await, first)["state"], "open");
        force.app.set_clock("2026-03-31T17:00:00Z");
        let late = credit_of(&own, officer).await;
        assert_eq!((&lot(&late, first)["state"], &late["totals"]["overdue_minutes"]), (&"overdue".into(), &180.into()));
        // What did not happen after all is taken back, once.
        let ctx = force.app.ctx();
        for _ in 0..2 {
            force.app.house.database.write(|tx| follow::cause(tx, &ctx, OfficerId(officer), (CreditOrigin::ShortDailyRest, RowId(shift)), None)).unwrap();
        }
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, first)["state"], &lot(&credit, first)["available_minutes"]), (&"voided".into(), &0.into()));
        assert_eq!(super::ledger_sum(&own, officer).await, 60);
        let acts: Vec<String> = force.app.as_role("auditor", Role::Auditor, None).await
            .get(&format!("/audit?officer_id={officer}")).await.expect(200).body["items"].as_array().unwrap()
            .iter().map(|row| row["act"].as_str().unwrap().to_owned()).filter(|act| act.starts_with("credit.")).collect();
        assert_eq!(acts.iter().filter(|act| *act == "credit.earned").count(), 2);
        assert_eq!(acts.iter().filter(|act| *act == "credit.voided").count(), 1);
    }

    /// Agreed actual hours earn by the class of the day, each shift once.
    async fn agreed_hours(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "200110").await;
        let shift = Uuid::now_v7();
        // Saturday 28 February 2026 is a make-up workday, Sunday 1 March a rest day.
        let span = ("2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z");
        // What goes beyond the plan lies on the Sunday, and has earned there.
        assert_eq!(agreed(&force, officer, shift, span, (720, 600)), 1);
        assert_eq!(agreed(&force, officer, shift, span, (720, 600)), 0);
        let credit = credit_of(&own, officer).await;
        let mut found: Vec<_> = credit["items"].as_array().unwrap().iter()
            .map(|one| (one["origin"].as_str().unwrap(), one["minutes"].as_i64().unwrap(), one["origin_id"].as_str().unwrap()))
            .collect();
        found.sort_unstable();
        let shift = shift.to_string();
        assert_eq!(found, [("rest_day_duty", 480, shift.as_str())]);
        assert_eq!(agreed(&force, officer, Uuid::now_v7(), ("2026-02-17T00:00:00Z", "2026-02-17T08:00:00Z"), (480, 480)), 1);
        assert_eq!(lot(&credit_of(&own, officer).await, earned_by_holiday(&own, officer).await)["minutes"], 480);
    }

    /// hr enters what somebody brings; the officer sees who and why; nobody for themselves.
    async fn what_somebody_brings(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "200120").await;
        let id = enter(&force, someone, 2400, "2026-02-01").await;
        let credit = credit_of(&own, someone).await;
        let shown = lot(&credit, id);
        assert_eq!((&shown["reason"], &shown["origin"]), (&"原单位结转".into(), &"adjustment".into()));
        assert!(shown["entered_by"].is_string());
        assert_eq!((&credit["light"], &credit["finding"]["outcome"]), (&"amber".into(), &"warn".into()));
        let body = |with: serde_json::Value| {
            super::with(json!({"officer_id": someone, "minutes": 60, "earned_on": "2026-03-01", "reason": "x"}), with)
        };
        for (with, pointer) in [
            (json!({"minutes": 0}), "/minutes"),
            (json!({"minutes": -60}), "/minutes"),
            (json!({"minutes": 175_681}), "/minutes"),
            (json!({"earned_on": "2026-03-03"}), "/earned_on"),
            (json!({"reason": " "}), "/reason"),
            (json!({"days": 1}), "/days"),
        ] {
            let told = force.hr.post("/comp-lots", body(with)).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{}", told.body);
        }
        for client in [&own, &force.leader, &force.admin] {
            assert_eq!(client.post("/comp-lots", body(json!({}))).await.says(), (403, "forbidden"));
        }
        let hr_officer = force.officer("200121", "2016-03-10").await;
        let hr_self = force.app.as_officer("hr-self", hr_officer, &[(Role::Hr, None)]).await;
        let told = hr_self.post("/comp-lots", body(json!({"officer_id": hr_officer}))).await;
        assert_eq!(told.says(), (403, "own_record"));
        let far = force.app.as_role("far-hr", Role::Hr, Some(force.other_station)).await;
        assert_eq!(far.post("/comp-lots", body(json!({}))).await.says(), (404, "not_found"));
        // A key gives the same lot again.
        let keyed = force.hr.with("idempotency-key", "k1");
        let (first, again) = (keyed.post("/comp-lots", body(json!({}))).await, keyed.post("/comp-lots", body(json!({}))).await);
        assert_eq!((first.status, again.status, again.header("idempotency-replayed")), (201, 201, "true"));
        assert_eq!(first.body["lot_id"], again.body["lot_id"]);
        assert_eq!(credit_of(&own, someone).await["totals"]["minutes"], 2460);
    }

    /// Rest or money: the officer's own choice, changeable until it is paid.
    async fn time_or_pay(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "200130").await;
        let id = enter(&force, someone, 480, "2026-02-01").await;
        let choose = format!("/comp-lots/{id}/choose");
        let pay = format!("/comp-lots/{id}/pay");
        let other = force.officer("200131", "2016-03-10").await;
        let other = force.app.as_officer("other", other, &[]).await;
        let leading = force.officer("200132", "2016-03-10").await;
        let leading = force.app.as_officer("leading", leading, &[(Role::Leader, Some(force.station))]).await;
        assert_eq!(other.post(&choose, json!({"as": "pay"})).await.says(), (404, "not_found"));
        assert_eq!(leading.post(&choose, json!({"as": "pay"})).await.says(), (403, "forbidden"));
        assert_eq!(force.hr.post(&choose, json!({"as": "pay"})).await.says(), (403, "forbidden"));
        assert_eq!(own.post(&choose, json!({"as": "gold"})).await.status, 422);
        assert_eq!(force.hr.act(&pay).await.says(), (409, "wrong_state"));
        let chosen = own.post(&choose, json!({"as": "pay"})).await.expect(200).body;
        assert_eq!((&chosen["state"], &chosen["available_minutes"], &chosen["wanted_as_pay"]), (&"chosen_pay".into(), &0.into(), &480.into()));
        assert_eq!(own.post(&choose, json!({"as": "time"})).await.expect(200).body["state"], "open");
        own.post(&choose, json!({"as": "pay"})).await.expect(200);
        assert_eq!(own.act(&pay).await.says(), (403, "forbidden"));
        assert_eq!(leading.act(&pay).await.says(), (403, "forbidden"));
        let paid = force.hr.post(&pay, json!({"note": "三月工资"})).await.expect(200).body;
        assert_eq!((&paid["state"], &paid["paid"], &paid["wanted_as_pay"]), (&"paid".into(), &480.into(), &0.into()));
        assert_eq!(force.hr.act(&pay).await.says(), (409, "wrong_state"));
        assert_eq!(own.post(&choose, json!({"as": "time"})).await.says(), (409, "wrong_state"));
        let told = own.get(&format!("/officers/{someone}/comp-ledger")).await.expect(200);
        let kinds: Vec<_> = items(&told).iter().map(|row| (row["kind"].as_str().unwrap(), row["minutes"].as_i64().unwrap())).collect();
        assert_eq!(kinds, [("opening", 480), ("settled", -480)]);
    }

    /// What a unit owes, for those who lead it and for hr, as a list and as a file.
    async fn what_a_unit_owes(db: TestDatabase) {
        let force = force(db).await;
        let (first, own) = officer(&force, "200140").await;
        let (second, _) = officer(&force, "200141").await;
        officer(&force, "200142").await;
        enter(&force, first, 480, "2026-01-05").await;
        enter(&force, second, 240, "2026-02-20").await;
        let path = format!("/units/{}/comp-lots", force.station);
        for client in [&force.hr, &force.leader, &force.branch_leader] {
            let told = client.get(&path).await.expect(200);
            let badges: Vec<_> = items(&told).iter().map(|one| one["badge_no"].as_str().unwrap()).collect();
            assert_eq!(badges, ["200140", "200141"]);
        }
        assert_eq!(force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(own.get(&path).await.says(), (403, "forbidden"));
        let told = force.leader.get(&format!("{path}?state=overdue")).await.expect(200);
        assert_eq!(items(&told).len(), 1);
        assert_eq!((&items(&told)[0]["badge_no"], &items(&told)[0]["totals"]["overdue_minutes"]), (&"200140".into(), &480.into()));
        let told = force.leader.get(&format!("{path}?state=overdue&on=2026-02-04")).await.expect(200);
        assert_eq!(items(&told).len(), 0);
        assert_eq!(force.leader.get(&format!("{path}?state=lost")).await.status, 400);
        let page = force.leader.get(&format!("{path}?limit=1")).await.expect(200);
        let cursor = page.body["next_cursor"].as_str().unwrap();
        let rest = force.leader.get(&format!("{path}?limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!((&items(&rest)[0]["badge_no"], &rest.body["next_cursor"]), (&"200141".into(), &json!(null)));
        let file = force.leader.with("accept-language", "en").get(&format!("{path}?format=csv")).await.expect(200);
        let text = file.body.as_str().unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert!(lines[0].starts_with("unit code,unit,name,badge number"), "{}", lines[0]);
        assert!(lines[1].starts_with("510101000000,东街派出所,警员200140,200140,adjustment,"), "{}", lines[1]);
        assert_eq!(lines.len(), 3);
        // Nobody else sees a person's.
        assert_eq!(own.get(&format!("/officers/{second}/comp-lots")).await.says(), (404, "not_found"));
        assert_eq!(own.get(&format!("/officers/{second}/comp-ledger")).await.says(), (404, "not_found"));
        assert_eq!(force.leader.get(&format!("/officers/{second}/comp-lots")).await.status, 200);
    }

    /// Nothing about credit can be changed or removed in the records themselves.
    async fn the_records_are_append_only(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "200150").await;
        let id = enter(&force, someone, 480, "2026-02-01").await;
        own.post(&format!("/comp-lots/{id}/choose"), json!({"as": "pay"})).await.expect(200);
        earn(&force, someone, 60, CreditOrigin::Overtime, "2026-03-01");
        for table in ["comp_lots", "comp_movements", "comp_choices"] {
            for statement in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET recorded_at = recorded_at")] {
                let refused = crate::sql::execute(&force.app.db, &statement).unwrap_err();
                assert!(refused.to_string().contains("append-only"), "{refused}");
            }
        }
    }
}

async fn earned_by_holiday(own: &crate::app::Client, officer: Uuid) -> String {
    let credit = credit_of(own, officer).await;
    let lots = credit["items"].as_array().unwrap().iter();
    lots.clone().find(|one| one["origin"] == "holiday_duty").unwrap()["lot_id"].as_str().unwrap().to_owned()
}
