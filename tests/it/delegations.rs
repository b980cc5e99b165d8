//! A leader hands deciding to another account for some dates (RULINGS 19, pitfall 11).

use respite::rules::terms::{AccountId, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{App, Client, Force, Told};
use crate::databases::TestDatabase;
use crate::records;

/// The force, its leader's account, and an officer of the other station who stands in.
struct Desk {
    force: Force,
    /// The account of the first station's leader.
    leads: AccountId,
    leader: Client,
    /// Somebody without any role.
    stand_in: Client,
    stand_in_id: AccountId,
    stand_in_officer: Uuid,
    officer: Uuid,
    own: Client,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let leads = force.app.account("chief", None, &[(Role::Leader, Some(force.station))]);
        let leader = lasting(&force.app, "chief").await;
        let stand_in_officer = force.officer_with("100200", json!({"unit_id": force.other_station})).await;
        let stand_in_id = force.app.account("stand-in", Some(stand_in_officer), &[]);
        let stand_in = lasting(&force.app, "stand-in").await;
        let officer = force.officer("100100", "2010-01-01").await;
        force.app.account("own", Some(officer), &[]);
        let own = lasting(&force.app, "own").await;
        Self { force, leads, leader, stand_in, stand_in_id, stand_in_officer, officer, own }
    }

    fn body(&self, from: &str, to: &str) -> Value {
        json!({"to_account_id": self.stand_in_id, "unit_id": self.force.station, "from": from, "to": to})
    }

    async fn delegate(&self, from: &str, to: &str) -> Told {
        self.leader.post("/delegations", self.body(from, to)).await
    }

    async fn request(&self, from: &str) -> Uuid {
        self.force.submit(&self.own, self.officer, from, from).await.expect(201).id()
    }
}

async fn lasting(app: &App, username: &str) -> Client {
    let client = app.sign_in(username).await;
    app.lasting(&client)
}

async fn inbox(client: &Client) -> (u16, Vec<Uuid>) {
    let told = client.get("/leave-requests/inbox").await;
    let none = Vec::new();
    let items = told.body["items"].as_array().unwrap_or(&none);
    (told.status, items.iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect())
}

async fn approve(client: &Client, id: Uuid) -> Told {
    client.act(&format!("/leave-requests/{id}/approve")).await
}

both! {
    /// The day before, the first, the last, the day after: in between the delegate counts as the delegator, and the
    /// decision says on whose behalf.
    async fn a_delegate_decides_on_the_dates_given(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let (first, second) = (desk.request("2026-04-13").await, desk.request("2026-04-14").await);
        let told = desk.delegate("2026-03-03", "2026-03-04").await.expect(201);
        assert_eq!(told.header("location"), format!("/api/v1/delegations/{}", told.id()));
        assert_eq!((&told.body["state"], &told.body["from_account_id"]), (&json!("planned"), &json!(desk.leads)));
        let path = format!("/leave-requests/{first}");
        assert_eq!(inbox(&desk.stand_in).await.0, 403, "the day before");
        assert_eq!(desk.stand_in.get(&path).await.says(), (404, "not_found"));
        assert_eq!(approve(&desk.stand_in, first).await.says(), (403, "forbidden"));
        desk.force.app.set_clock("2026-03-02T16:00:00Z");
        assert_eq!(inbox(&desk.stand_in).await, (200, vec![first, second]), "the first day begins at midnight here");
        desk.stand_in.get(&path).await.expect(200);
        let decided = approve(&desk.stand_in, first).await.expect(200);
        let step = &decided.body["approvals"][0];
        assert_eq!((&step["decided_by"], &step["on_behalf_of"]), (&json!(desk.stand_in_id), &json!(desk.leads)));
        assert_eq!(inbox(&desk.leader).await.1, [second], "the delegator may decide all the same");
        let auditor = desk.force.app.as_role("auditor", Role::Auditor, None).await;
        let entry = auditor.get(&format!("/audit?subject_id={first}&act=leave.approved")).await.expect(200);
        assert_eq!(entry.body["items"][0]["after"]["on_behalf_of"], json!(desk.leads));
        desk.force.app.set_clock("2026-03-04T15:59:59Z");
        assert_eq!(inbox(&desk.stand_in).await, (200, vec![second]), "the last day");
        desk.stand_in.get(&path).await.expect(200);
        desk.force.app.set_clock("2026-03-04T16:00:00Z");
        assert_eq!(inbox(&desk.stand_in).await.0, 403, "the day after");
        for id in [first, second] {
            assert_eq!(desk.stand_in.get(&format!("/leave-requests/{id}")).await.says(), (404, "not_found"));
        }
        assert_eq!(approve(&desk.stand_in, second).await.says(), (403, "forbidden"));
        assert_eq!(desk.leader.get(&format!("/delegations/{}", told.id())).await.body["state"], "over");
        approve(&desk.leader, second).await.expect(200);
    }

    /// A delegate sees what they may decide and nothing else: no list, no record, no balance, no other unit.
    async fn a_delegate_sees_no_more(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let id = desk.request("2026-04-13").await;
        desk.delegate("2026-03-02", "2026-03-31").await.expect(201);
        desk.stand_in.get(&format!("/leave-requests/{id}")).await.expect(200);
        let officer = desk.officer;
        for path in ["", "/leave-balances", "/leave-ledger"] {
            let told = desk.stand_in.get(&format!("/officers/{officer}{path}")).await;
            assert_eq!(told.says(), (404, "not_found"), "{path}");
        }
        assert_eq!(desk.stand_in.get("/officers").await.says(), (403, "forbidden"));
        let listed = desk.stand_in.get("/leave-requests").await.expect(200);
        assert_eq!(listed.body["items"], json!([]), "the inbox is the place");
        let above = desk.force.officer_with("100300", json!({"unit_id": desk.force.branch, "service_periods": [{"from": "2010-01-01"}]})).await;
        let theirs = desk.force.app.as_officer("above", above, &[]).await;
        let other = desk.force.submit(&theirs, above, "2026-04-13", "2026-04-13").await.expect(201).id();
        assert_eq!(desk.stand_in.get(&format!("/leave-requests/{other}")).await.says(), (404, "not_found"));
        assert_eq!(approve(&desk.stand_in, other).await.says(), (404, "not_found"));
        assert_eq!(inbox(&desk.stand_in).await.1, [id]);
        // Somebody else decides: there is nothing left to see.
        approve(&desk.leader, id).await.expect(200);
        assert_eq!(desk.stand_in.get(&format!("/leave-requests/{id}")).await.says(), (404, "not_found"));
    }

    /// Pitfall 13 by a detour: a delegate never decides their own request, nor the spouse's, and one that was handed on
    /// again does not count.
    async fn a_delegate_is_impartial(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let spouse = json!({"spouse_officer_id": desk.stand_in_officer, "service_periods": [{"from": "2010-01-01"}]});
        let spouse = desk.force.officer_with("100201", spouse).await;
        let spouses = desk.force.app.as_officer("spouse", spouse, &[]).await;
        desk.delegate("2026-03-02", "2026-03-31").await.expect(201);
        let theirs = desk.force.submit(&spouses, spouse, "2026-04-13", "2026-04-13").await.expect(201).id();
        assert_eq!(approve(&desk.stand_in, theirs).await.status, 404, "the spouse's");
        let transfer = json!({"unit_id": desk.force.station, "effective_on": "2026-03-02"});
        desk.force.hr.post(&format!("/officers/{}/transfer", desk.stand_in_officer), transfer).await.expect(200);
        let periods = json!({"service_periods": [{"from": "2010-01-01"}]});
        let path = format!("/officers/{}", desk.stand_in_officer);
        let tag = desk.force.hr.get(&path).await.header("etag").to_owned();
        desk.force.hr.with("if-match", &tag).patch(&path, periods).await.expect(200);
        let told = desk.force.submit(&desk.stand_in, desk.stand_in_officer, "2026-04-14", "2026-04-14").await.expect(201);
        assert_eq!(approve(&desk.stand_in, told.id()).await.says(), (403, "own_request"));
        assert_eq!(inbox(&desk.stand_in).await.1, Vec::<Uuid>::new());
        assert_eq!(inbox(&desk.leader).await.1, [theirs, told.id()]);
        // Handing on what one decides only for another: there is nothing of one's own to hand on.
        let third = desk.force.app.account("third", None, &[]);
        let body = json!({"to_account_id": third, "unit_id": desk.force.station, "from": "2026-03-02", "to": "2026-03-31"});
        assert_eq!(desk.stand_in.post("/delegations", body).await.says(), (403, "forbidden"));
    }

    /// What ends the delegator's or the delegate's right ends it at the next request.
    async fn what_ends_it(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let id = desk.request("2026-04-13").await;
        let told = desk.delegate("2026-03-02", "2026-03-31").await.expect(201);
        assert_eq!(inbox(&desk.stand_in).await.1, [id]);
        // The delegator's account disabled, and enabled again.
        for (act, seen) in [("disable", vec![]), ("enable", vec![id])] {
            desk.force.admin.act(&format!("/accounts/{}/{act}", desk.leads)).await.expect(200);
            assert_eq!(inbox(&desk.stand_in).await.1, seen, "{act}");
        }
        // The delegator's grant gone.
        let path = format!("/accounts/{}", desk.leads);
        for (grants, seen) in [
            (json!([]), vec![]),
            (json!([{"role": "leader", "unit_id": desk.force.station}]), vec![id]),
        ] {
            desk.force.admin.with("if-match", "*").patch(&path, json!({"grants": grants})).await.expect(200);
            assert_eq!(inbox(&desk.stand_in).await.1, seen);
        }
        // Ended by the delegate, who may decline.
        let ended = desk.stand_in.act(&format!("/delegations/{}/end", told.id())).await.expect(200);
        assert_eq!((&ended.body["state"], &ended.body["ended_by"]), (&json!("ended"), &json!(desk.stand_in_id)));
        assert_eq!(inbox(&desk.stand_in).await.0, 403);
        assert_eq!(approve(&desk.stand_in, id).await.status, 403);
        let again = desk.force.admin.act(&format!("/delegations/{}/end", told.id())).await.expect(200);
        assert_eq!(again.body, ended.body, "twice changes nothing");
        // Disabling ended the delegator's sign-in.
        approve(&lasting(&desk.force.app, "chief").await, id).await.expect(200);
    }

    /// Who may hand on whose deciding, and what is refused.
    async fn who_may_set_it_up(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let with = |member: &str, value: Value| {
            let mut body = desk.body("2026-03-02", "2026-03-31");
            body[member] = value;
            body
        };
        for (body, says) in [
            (with("from", json!("2026-03-01")), (422, "/from")),
            (with("from", json!("2027-03-04")), (422, "/from")),
            (with("to", json!("2026-03-01")), (422, "/to")),
            (with("to", json!("2027-03-03")), (422, "/to")),
            (with("to_account_id", json!(desk.leads)), (422, "/to_account_id")),
        ] {
            let told = desk.leader.post("/delegations", body).await;
            let pointers: Vec<_> = told.body["errors"].as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
            assert!(pointers.contains(&&json!(says.1)), "{}", told.body);
            assert_eq!(told.status, says.0);
        }
        // Not the leader's to hand on: a unit above, one beside, none at all.
        for unit in [json!(force.branch), json!(force.other_station)] {
            assert_eq!(desk.leader.post("/delegations", with("unit_id", unit)).await.says(), (403, "grant_conflict"));
        }
        assert_eq!(desk.leader.post("/delegations", with("unit_id", json!(Uuid::now_v7()))).await.says(), (404, "not_found"));
        assert_eq!(desk.leader.post("/delegations", with("to_account_id", json!(Uuid::now_v7()))).await.says(), (404, "not_found"));
        let welfare = force.app.account("welfare", None, &[(Role::Clinician, Some(force.station))]);
        let told = desk.leader.post("/delegations", with("to_account_id", json!(welfare))).await;
        assert_eq!((told.says(), &told.body["errors"][0]["pointer"]), ((422, "grant_conflict"), &json!("/to_account_id")));
        let gone = force.app.account("gone", None, &[]);
        force.admin.act(&format!("/accounts/{gone}/disable")).await.expect(200);
        assert_eq!(desk.leader.post("/delegations", with("to_account_id", json!(gone))).await.says(), (404, "not_found"));
        // Another leader may not, hr and admin of the unit may, but never to themselves.
        let for_leader = with("from_account_id", json!(desk.leads));
        assert_eq!(force.other_leader.post("/delegations", for_leader.clone()).await.says(), (403, "forbidden"));
        let far = force.app.as_role("far-hr", Role::Hr, Some(force.other_station)).await;
        assert_eq!(far.post("/delegations", for_leader.clone()).await.says(), (404, "not_found"));
        let near = force.app.account("near-hr", None, &[(Role::Hr, Some(force.branch))]);
        let near_hr = force.app.sign_in("near-hr").await;
        let mut to_oneself = for_leader.clone();
        to_oneself["to_account_id"] = json!(near);
        assert_eq!(near_hr.post("/delegations", to_oneself).await.says(), (403, "grant_conflict"));
        let told = near_hr.post("/delegations", for_leader.clone()).await.expect(201);
        assert_eq!((&told.body["state"], &told.body["created_by"]), (&json!("active"), &json!(near)));
        assert_eq!(records::count(&force.app.db, "outbox WHERE topic = 'delegation.created'"), 1, "the person is told");
        // The same twice is refused, beside it is not.
        assert_eq!(desk.leader.post("/delegations", for_leader).await.says(), (409, "delegation_overlap"));
        desk.delegate("2026-04-01", "2026-04-01").await.expect(201);
        // Whoever decides for a leader gets no welfare role.
        let path = format!("/accounts/{}", desk.stand_in_id);
        let grants = json!({"grants": [{"role": "welfare_worker", "unit_id": force.station}]});
        assert_eq!(force.admin.with("if-match", "*").patch(&path, grants).await.says(), (422, "grant_conflict"));
        // Who sees it: delegator, delegate, keepers of the unit; nobody else.
        let path = format!("/delegations/{}", told.id());
        for client in [&desk.leader, &desk.stand_in, &near_hr, &force.admin] {
            client.get(&path).await.expect(200);
            assert_eq!(client.get("/delegations").await.expect(200).body["items"].as_array().unwrap().len(), 2);
        }
        for client in [&force.other_leader, &far, &desk.own] {
            assert_eq!(client.get(&path).await.says(), (404, "not_found"));
            assert_eq!(client.get("/delegations").await.expect(200).body["items"], json!([]));
        }
        assert_eq!(far.act(&format!("{path}/end")).await.says(), (404, "not_found"));
    }

    /// A leader above hands on only a part, and the delegation of the whole force's leader needs no unit.
    async fn a_part_and_the_whole(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let id = desk.request("2026-04-13").await;
        let elsewhere = json!({"to_account_id": desk.stand_in_id, "unit_id": desk.force.other_station, "from": "2026-03-02", "to": "2026-03-31"});
        desk.force.branch_leader.post("/delegations", elsewhere).await.expect(201);
        assert_eq!(inbox(&desk.stand_in).await, (200, vec![]), "a part that the request is not of");
        desk.force.app.account("top", None, &[(Role::Leader, None)]);
        let top = desk.force.app.sign_in("top").await;
        let everywhere = json!({"to_account_id": desk.stand_in_id, "from": "2026-03-02", "to": "2026-03-31"});
        desk.force.leader.post("/delegations", json!({"to_account_id": desk.leads, "from": "2026-03-02", "to": "2026-03-02"})).await.expect(201);
        top.post("/delegations", everywhere).await.expect(201);
        assert_eq!(inbox(&desk.stand_in).await, (200, vec![id]));
        approve(&desk.stand_in, id).await.expect(200);
    }
}
