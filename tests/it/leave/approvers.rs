//! Who may decide on whose request (RULINGS 19).

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, blocking, finding, force, ids};
use crate::app::{App, Client, Force, Told};

async fn approve(client: &Client, id: Uuid) -> Told {
    client.act(&format!("/leave-requests/{id}/approve")).await
}

async fn inbox(client: &Client) -> Vec<Uuid> {
    ids(&client.get("/leave-requests/inbox").await.expect(200))
}

/// Unit and state of each step.
fn steps(request: &Value) -> Vec<(Value, &str)> {
    let steps = request["approvals"].as_array().unwrap().iter();
    steps.map(|step| (step["unit_id"].clone(), step["state"].as_str().unwrap())).collect()
}

impl Force {
    /// Sets head and deputies of a unit from the test's first day on.
    async fn heads(&self, unit: Uuid, head: Uuid, deputies: &[Uuid]) {
        let path = format!("/units/{unit}");
        let tag = self.admin.get(&path).await.expect(200).header("etag").to_owned();
        let body = json!({"head_officer_id": head, "deputy_officer_ids": deputies, "effective_on": "2026-03-02"});
        self.admin.with("if-match", &tag).put(&format!("{path}/head"), body).await.expect(200);
    }

    /// A team under the first station.
    async fn team(&self) -> Uuid {
        let body = json!({"name": "社区中队", "code": "510101010000", "kind": "team", "parent_id": self.station});
        self.admin.post("/units", body).await.expect(201).id()
    }

    /// Somebody of a unit with fifteen years of service.
    async fn member(&self, badge_no: &str, unit: Uuid, spouse: Option<Uuid>) -> Uuid {
        let with = json!({"unit_id": unit, "spouse_officer_id": spouse, "service_periods": [{"from": "2010-01-01"}]});
        self.officer_with(badge_no, with).await
    }
}

both! {
    /// The nearest leader decides; a leader above may as well; those beside never see it; hr has no turn.
    async fn the_nearest_leader(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let first = force.submit(&own, officer, "2026-03-09", "2026-03-09").await.expect(201);
        assert_eq!(steps(&first.body), [(json!(force.station), "pending")]);
        let (first, second) = (first.id(), force.submit(&own, officer, "2026-03-10", "2026-03-10").await.expect(201).id());
        for leader in [&force.leader, &force.branch_leader] {
            assert_eq!(inbox(leader).await, [first, second]);
        }
        for other in [&force.other_leader, &force.hr] {
            assert!(inbox(other).await.is_empty());
        }
        assert_eq!(approve(&force.other_leader, first).await.says(), (404, "not_found"));
        assert_eq!(approve(&force.hr, first).await.says(), (403, "forbidden"));
        assert_eq!(approve(&force.admin, first).await.says(), (403, "forbidden"));
        assert_eq!(approve(&own, first).await.says(), (403, "forbidden"));
        assert_eq!(force.admin.get("/leave-requests/inbox").await.status, 403);
        assert_eq!(own.get("/leave-requests/inbox").await.status, 403);
        approve(&force.leader, first).await.expect(200);
        approve(&force.branch_leader, second).await.expect(200);
        assert!(inbox(&force.leader).await.is_empty());
    }

    /// Pitfall 13: nobody decides their own request, and the head of a unit is decided on above it: never by the
    /// deputy, wherever else the deputy holds a role.
    async fn the_head_of_a_unit(db: TestDatabase) {
        let force = force(db).await;
        let (head, deputy) = (force.member("100001", force.station, None).await, force.member("100002", force.station, None).await);
        force.heads(force.station, head, &[deputy]).await;
        let heads = force.with_roles("head", head, &[(Role::Leader, Some(force.station))]).await;
        let grants = [(Role::Leader, Some(force.station)), (Role::Leader, Some(force.branch))];
        let deputys = force.with_roles("deputy", deputy, &grants).await;
        let told = force.submit(&heads, head, "2026-03-09", "2026-03-10").await.expect(201);
        assert_eq!(steps(&told.body), [(json!(force.branch), "pending")]);
        assert_eq!(approve(&heads, told.id()).await.says(), (403, "own_request"));
        assert_eq!(approve(&deputys, told.id()).await.says(), (403, "forbidden"));
        assert_eq!(approve(&force.leader, told.id()).await.says(), (403, "forbidden"));
        for client in [&heads, &deputys, &force.leader] {
            assert!(inbox(client).await.is_empty());
        }
        let reject = json!({"reason": "专项", "alternatives": [{"from": "2026-03-12", "to": "2026-03-13"}]});
        for client in [&heads, &deputys] {
            assert_eq!(client.post(&format!("/leave-requests/{}/reject", told.id()), reject.clone()).await.status, 403);
        }
        assert_eq!(inbox(&force.branch_leader).await, [told.id()]);
        approve(&force.branch_leader, told.id()).await.expect(200);
        // The deputy's own request is the head's to decide.
        let told = force.submit(&deputys, deputy, "2026-03-11", "2026-03-12").await.expect(201);
        assert_eq!(steps(&told.body), [(json!(force.station), "pending")]);
        assert_eq!(approve(&deputys, told.id()).await.says(), (403, "own_request"));
        assert_eq!(inbox(&heads).await, [told.id()]);
        approve(&heads, told.id()).await.expect(200);
    }

    /// The spouse's leader is no leader for them, nor is anybody for themselves: the next unit upward decides.
    async fn self_and_spouse(db: TestDatabase) {
        let force = force(db).await;
        let team = force.team().await;
        let leader = force.member("100001", team, None).await;
        let spouse = force.member("100002", team, Some(leader)).await;
        let third = force.member("100003", team, None).await;
        let leads = force.with_roles("team", leader, &[(Role::Leader, Some(team))]).await;
        for (officer, name, from, to) in
            [(leader, None, "2026-03-09", "2026-03-10"), (spouse, Some("spouse"), "2026-03-11", "2026-03-12")]
        {
            let own = match name { Some(name) => force.own(name, officer).await, None => leads.clone() };
            let told = force.submit(&own, officer, from, to).await.expect(201);
            assert_eq!(steps(&told.body), [(json!(force.station), "pending")]);
            assert_eq!(approve(&leads, told.id()).await.says(), (403, "own_request"));
            let body = json!({"reason": "专项", "alternatives": []});
            assert_eq!(leads.post(&format!("/leave-requests/{}/reject", told.id()), body).await.says(), (403, "own_request"));
            assert!(inbox(&leads).await.is_empty());
            assert_eq!(inbox(&force.leader).await, [told.id()]);
            approve(&force.leader, told.id()).await.expect(200);
        }
        let own = force.own("third", third).await;
        let told = force.submit(&own, third, "2026-03-16", "2026-03-17").await.expect(201);
        assert_eq!(steps(&told.body), [(json!(team), "pending")]);
        approve(&leads, told.id()).await.expect(200);
    }

    /// Only enabled accounts count, at each read; and the people's place in the tree is that of today.
    async fn derived_at_each_read(db: TestDatabase) {
        let force = force(db).await;
        let team = force.team().await;
        let leads = force.app.lasting(&force.app.as_role("team", Role::Leader, Some(team)).await);
        let account = leads.get("/auth/me").await.expect(200).body["account_id"].as_str().unwrap().to_owned();
        let officer = force.member("100001", team, None).await;
        let own = force.own("own", officer).await;
        let id = force.submit(&own, officer, "2026-03-23", "2026-03-24").await.expect(201).id();
        assert_eq!(steps(&force.request(id).await), [(json!(team), "pending")]);
        force.admin.act(&format!("/accounts/{account}/disable")).await.expect(200);
        assert_eq!(steps(&force.request(id).await), [(json!(force.station), "pending")]);
        assert_eq!(approve(&leads, id).await.says(), (401, "unauthenticated"));
        force.admin.act(&format!("/accounts/{account}/enable")).await.expect(200);
        assert_eq!(steps(&force.request(id).await), [(json!(team), "pending")]);

        let body = json!({"unit_id": force.other_station, "effective_on": "2026-03-02"});
        force.hr.post(&format!("/officers/{officer}/transfer"), body).await.expect(200);
        assert_eq!(steps(&force.request(id).await), [(json!(force.other_station), "pending")]);
        assert_eq!(approve(&force.leader, id).await.says(), (404, "not_found"));
        assert_eq!((inbox(&force.leader).await, inbox(&force.other_leader).await), (vec![], vec![id]));
        approve(&force.other_leader, id).await.expect(200);
    }

    /// Where no leader exists the bureau's deputy in charge decides, where there is none either force-wide hr; with
    /// nobody at all the request cannot be submitted.
    async fn without_a_leader(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        let unit = json!({"name": "县公安局", "code": "520000000000", "kind": "bureau", "parent_id": null});
        let bureau = admin.post("/units", unit).await.expect(201).id();
        let unit_hr = app.as_role("unit-hr", Role::Hr, Some(bureau)).await;
        let body = json!({
            "badge_no": "200001", "name": "张伟", "unit_id": bureau, "category": "police", "sex": "male",
            "service_periods": [{"from": "2010-01-01"}],
        });
        let officer = unit_hr.post("/officers", body).await.expect(201).id();
        let own = app.as_officer("own", officer, &[]).await;
        let wish = asked(officer, "2026-03-09", "2026-03-10");
        let said = own.post("/leave-requests/preview", wish.clone()).await.expect(200);
        assert_eq!((blocking(&said.body), &said.body["acceptable"]), (vec!["leave.no_approver"], &json!(false)));
        let told = own.post("/leave-requests", wish.clone()).await;
        assert_eq!(told.says(), (422, "leave.no_approver"));
        assert_eq!(finding(&told.body, "leave.no_approver")["outcome"], "block");
        // The past needs nobody: the entry is its own approval.
        let past = json!({"officer_id": officer, "kind": "annual", "from": "2026-02-24", "to": "2026-02-24", "note": "补录"});
        unit_hr.post("/leave-requests", past).await.expect(201);

        let hr = app.as_role("hr", Role::Hr, None).await;
        let told = own.post("/leave-requests", wish).await.expect(201);
        assert_eq!(steps(&told.body), [(Value::Null, "pending")]);
        assert_eq!((inbox(&hr).await, inbox(&unit_hr).await), (vec![told.id()], vec![]));
        assert_eq!(approve(&unit_hr, told.id()).await.says(), (403, "forbidden"));

        let deputy = app.as_role("deputy", Role::BureauLeader, Some(bureau)).await;
        assert_eq!((inbox(&hr).await, inbox(&deputy).await), (vec![], vec![told.id()]));
        assert_eq!(approve(&hr, told.id()).await.says(), (403, "forbidden"));
        approve(&deputy, told.id()).await.expect(200);
    }
}
