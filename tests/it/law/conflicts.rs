//! What no longer fits: raised once, seen by hr alone, decided by a person, and the books stay whole.

use respite::rules::terms::Role;
use serde_json::json;

use super::{annual, version};
use crate::leave::{assert_adds_up, days, force, items};

both! {
    /// A policy that gives less: the later leave no longer fits, the earlier does. Kept, it is granted on top.
    async fn a_policy_that_gives_less(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let early = force.granted(&own, officer, "2026-04-13", "2026-04-17").await;
        let late = force.granted(&own, officer, "2026-06-01", "2026-06-05").await;
        let told = force.publish(version("2026-01-01", &annual([5, 7, 15]))).await.expect(201);
        assert_eq!((&told.body["recounted"], &told.body["touched_decisions"]), (&json!(0), &json!(1)));
        let open = force.open_conflicts().await;
        assert_eq!((&open[0]["request_id"], &open[0]["cause"], &open[0]["cause_ref"]), (&json!(late), &json!("policy"), &json!("annual_leave@2026-01-01")));
        let finding = &open[0]["findings"][0];
        assert_eq!((&finding["rule"], &finding["limit"]["short_by_days"]), (&json!("leave.balance"), &json!(3)));
        for id in [early, late] {
            assert_eq!(force.request(id).await["state"], "approved");
        }
        force.decide(&force.hr, &open[0]["id"], "keep").await.expect(200);
        let balance = force.balance(officer, "2026-12-31").await;
        assert_adds_up(&balance);
        assert_eq!((days(&balance["entitled_days"]), days(&balance["adjusted_days"]), days(&balance["available_days"])), (7.0, 3.0, 0.0));
        assert_eq!(force.open_conflicts().await.len(), 0);
        // Once more the same law: nothing is raised again.
        let body = crate::leave::with(version("2026-01-01", &annual([5, 7, 15])), json!({"supersedes": told.body["id"]}));
        assert_eq!(force.publish(body).await.expect(201).body["touched_decisions"], 0);
    }

    /// Given back, the days are there again.
    async fn leave_that_is_given_back(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.granted(&own, officer, "2026-04-13", "2026-04-17").await;
        let late = force.granted(&own, officer, "2026-06-01", "2026-06-05").await;
        force.publish(version("2026-01-01", &annual([5, 7, 15]))).await.expect(201);
        let open = force.open_conflicts().await;
        let told = force.decide(&force.hr, &open[0]["id"], "cancel").await.expect(200);
        assert_eq!((&told.body["decision"], &told.body["reason"]), (&json!("cancel"), &json!("与本人商定")));
        assert_eq!(force.request(late).await["state"], "cancelled");
        let balance = force.balance(officer, "2026-12-31").await;
        assert_adds_up(&balance);
        assert_eq!(days(&balance["available_days"]), 2.0);
    }

    /// The officer cancels meanwhile: there is nothing left to decide.
    async fn leave_that_ends_meanwhile(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let id = force.granted(&own, officer, "2026-04-13", "2026-04-22").await;
        force.publish(version("2026-01-01", &annual([5, 7, 15]))).await.expect(201);
        assert_eq!(force.open_conflicts().await.len(), 1);
        own.post(&format!("/leave-requests/{id}/cancel"), json!({"reason": "改期"})).await.expect(200);
        assert_eq!(force.open_conflicts().await.len(), 0);
    }

    /// hr of the unit, and nobody for themselves.
    async fn who_sees_and_decides(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.granted(&own, officer, "2026-04-13", "2026-04-22").await;
        force.publish(version("2026-01-01", &annual([5, 7, 15]))).await.expect(201);
        let id = force.open_conflicts().await[0]["id"].clone();
        let path = format!("/leave-conflicts/{}", id.as_str().unwrap());
        let here = force.app.as_role("hr-here", Role::Hr, Some(force.station)).await;
        let there = force.app.as_role("hr-there", Role::Hr, Some(force.other_station)).await;
        assert_eq!(items(&here.get("/leave-conflicts").await.expect(200)).len(), 1);
        assert_eq!(items(&there.get("/leave-conflicts").await.expect(200)).len(), 0);
        let file = here.get("/leave-conflicts?format=csv").await.expect(200);
        assert!(file.body.as_str().unwrap().contains("\n100001,警员100001,"), "{}", file.body);
        assert_eq!((here.get(&path).await.status, there.get(&path).await.status), (200, 404));
        assert_eq!(force.decide(&there, &id, "keep").await.status, 404);
        for client in [&force.leader, &force.admin, &own] {
            assert_eq!(client.get("/leave-conflicts").await.says(), (403, "forbidden"));
        }
        let themselves = force.with_roles("own-hr", officer, &[(Role::Hr, None)]).await;
        assert_eq!(force.decide(&themselves, &id, "keep").await.says(), (403, "own_record"));
        for (body, pointer) in [
            (json!({"decision": "keep", "reason": " "}), "/reason"), (json!({"decision": "forget", "reason": "x"}), "/decision"),
            (json!({"decision": "settled", "reason": "x"}), "/decision"), (json!({"decision": "keep"}), "/reason"),
        ] {
            let told = here.post(&format!("{path}/decide"), body).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", told.body);
        }
        let keyed = here.with("idempotency-key", "k");
        for _ in 0..2 {
            keyed.post(&format!("{path}/decide"), json!({"decision": "keep", "reason": "已商定"})).await.expect(200);
        }
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["adjusted_days"]), 1.0);
    }

    /// Keeping grants days on top, never a date off the roll; counting anew cannot make room for what does not fit.
    async fn what_a_decision_cannot_do(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let late = force.granted(&own, officer, "2026-06-01", "2026-06-05").await;
        let body = json!({"left_on": "2026-05-29", "cause": "resigned"});
        force.hr.post(&format!("/officers/{officer}/separation"), body).await.expect(200);
        let open = force.open_conflicts().await;
        for decision in ["keep", "recount"] {
            let told = force.decide(&force.hr, &open[0]["id"], decision).await;
            assert_eq!(told.says(), (409, "leave.separated"), "{decision}");
        }
        force.decide(&force.hr, &open[0]["id"], "cancel").await.expect(200);
        assert_eq!(force.request(late).await["state"], "cancelled");

        let (other, own) = force.person("100002", "2010-01-01").await;
        force.granted(&own, other, "2026-04-13", "2026-04-22").await;
        force.publish(version("2026-01-01", &annual([5, 7, 15]))).await.expect(201);
        let open = force.open_conflicts().await;
        assert_eq!(force.decide(&force.hr, &open[0]["id"], "recount").await.says(), (409, "leave.balance"));
        assert_eq!(force.open_conflicts().await.len(), 1, "it still waits");
    }

    /// Days of one year are carried once, whichever of opening and carry-over comes first.
    async fn an_opening_and_a_carry_over(db: TestDatabase) {
        let force = force(db).await;
        let import = async |badge: &str| {
            let file = format!("警号,年度,截至,已休天数,上年结转,备注\n{badge},2026,2026-03-01,0,5,期初\n");
            force.hr.send("POST", "/leave-openings/import", "text/csv", file.into_bytes()).await
        };
        let opened = force.officer("100001", "2010-01-01").await;
        import("100001").await.expect(200);
        assert_eq!(force.carry(opened, 2025, 1.0, "2026-01-05").await.says(), (409, "leave.carry_left"));
        let carried = force.officer("100002", "2010-01-01").await;
        force.carry(carried, 2025, 4.0, "2026-01-05").await.expect(201);
        let refused = import("100002").await.expect(422);
        assert_eq!(refused.body["rejected"][0]["code"], "taken_exceeds_owed", "{}", refused.body);
        for (officer, in_all) in [(opened, 5.0), (carried, 4.0)] {
            assert_eq!(days(&force.balance(officer, "2026-03-02").await["carried_in_days"]), in_all);
        }
        assert_eq!(force.carry(carried, 2025, 1.0, "2024-12-31").await.status, 422, "agreed before the year began");
    }

    /// What is booked after the right to the year ended weighs on what is left before it: nothing is spent twice.
    async fn booked_after_the_right_to_the_year_ended(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2018-01-01").await;
        force.granted(&own, officer, "2026-12-14", "2026-12-15").await;
        force.app.set_clock("2026-07-06T01:00:00Z");
        let sick = json!({"officer_id": officer, "kind": "sick", "from": "2026-03-02", "to": "2026-06-30"});
        force.enter(sick).await.expect(201);
        let balance = force.balance(officer, "2026-02-02").await;
        assert_eq!((days(&balance["approved_days"]), days(&balance["available_days"])), (2.0, 3.0), "{balance}");
        let five = force.enter(crate::leave::asked(officer, "2026-01-05", "2026-01-09")).await;
        assert_eq!(five.says(), (422, "leave.balance"));
        force.enter(crate::leave::asked(officer, "2026-01-05", "2026-01-07")).await.expect(201);
    }
}
