//! Officers: who sees them, what is dated, spouses, lists and the directory.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};

async fn change(client: &Client, officer: Uuid, body: Value) -> Told {
    let path = format!("/officers/{officer}");
    let tag = client.get(&path).await.header("etag").to_owned();
    let tag = if tag.is_empty() { "*".to_owned() } else { tag };
    client.with("if-match", &tag).patch(&path, body).await
}

async fn badges(client: &Client, query: &str) -> Vec<String> {
    let told = client.get(&format!("/officers?{query}")).await.expect(200);
    told.body["items"].as_array().unwrap().iter().map(|item| item["badge_no"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// What is given at creation is what is shown, with its defaults.
    async fn an_officer_is_made_and_read(db: TestDatabase) {
        let force = Force::start(db).await;
        let body = json!({
            "badge_no": "100100", "name": "王芳", "unit_id": force.station, "category": "police", "sex": "female",
            "born_on": "1990-05-06", "post": "民警", "rank": "二级警司", "joined_on": "2016-07-01", "shift_worker": true,
            "service_periods": [{"from": "2010-01-01", "to": "2014-12-31", "kind": "military"}, {"from": "2016-07-01"}],
        });
        let made = force.hr.post("/officers", body).await.expect(201);
        assert_eq!(made.header("location"), format!("/api/v1/officers/{}", made.id()));
        let shown = force.hr.get(&format!("/officers/{}", made.id())).await.expect(200).body;
        assert_eq!(shown, made.body);
        assert_eq!(
            shown["service_periods"],
            json!([
                {"from": "2010-01-01", "to": "2014-12-31", "kind": "military"}, {"from": "2016-07-01", "to": null, "kind": "employment"},
            ])
        );
        assert_eq!(shown["units"], json!([{"unit_id": force.station, "from": null, "to": null}]));
        assert_eq!(shown["categories"], json!([{"category": "police", "from": null, "to": null}]));
        assert_eq!(
            (&shown["joined_on"], &shown["shift_worker"], &shown["separation"]),
            (&json!("2016-07-01"), &json!(true), &Value::Null)
        );
    }

    /// Each refused field is named where it stands.
    async fn fields_are_refused_by_name(db: TestDatabase) {
        let force = Force::start(db).await;
        force.officer("100100", "2016-03-10").await;
        let cases = [
            ("badge_no", json!("100100"), "/badge_no"),
            ("badge_no", json!(""), "/badge_no"),
            ("badge_no", json!(100_101), "/badge_no"),
            ("name", json!("  "), "/name"),
            ("name", json!("x".repeat(101)), "/name"),
            ("category", json!("wizard"), "/category"),
            ("sex", json!("?"), "/sex"),
            ("born_on", json!("2026-03-03"), "/born_on"),
            ("born_on", json!("2026-02-30"), "/born_on"),
            ("born_on", json!("1899-12-31"), "/born_on"),
            ("shift_worker", json!("yes"), "/shift_worker"),
            ("joined_on", json!("9999-12-31"), "/joined_on"),
            ("service_periods", json!([{"from": "2014-01-01", "to": "2013-12-31"}]), "/service_periods/0/to"),
            ("service_periods", json!([{"from": "2014-01-01"}, {"until": "2014-01-01"}]), "/service_periods/1/until"),
            ("service_periods", json!([{"from": "+12345-01-01"}]), "/service_periods/0/from"),
            ("colour", json!("blue"), "/colour"),
        ];
        for (field, value, pointer) in cases {
            let mut body = json!({"badge_no": "100101", "name": "王", "unit_id": force.station, "category": "police", "sex": "male"});
            body[field] = value;
            let told = force.hr.post("/officers", body.clone()).await;
            assert_eq!(
                (told.status, &told.body["errors"][0]["pointer"]),
                (422, &json!(pointer)),
                "{body}: {}",
                told.body
            );
        }
        for unit in [json!(Uuid::now_v7()), json!(Uuid::nil())] {
            let body =
                json!({"badge_no": "100101", "name": "王", "unit_id": unit, "category": "police", "sex": "male"});
            assert_eq!(force.hr.post("/officers", body).await.says(), (404, "not_found"));
        }
        assert_eq!(badges(&force.hr, "").await, ["100100"]);
    }

    /// Pitfall 14: an id that is guessed, or known from elsewhere, opens nothing.
    async fn other_peoples_records_are_not_there(db: TestDatabase) {
        let force = Force::start(db).await;
        let (one, other) = (force.officer("100100", "2016-03-10").await, force.officer("100101", "2016-03-10").await);
        let own = force.app.as_officer("own", one, &[]).await;
        let clinician = force.app.as_role("clinician", Role::Clinician, None).await;
        own.get(&format!("/officers/{one}")).await.expect(200);
        force.leader.get(&format!("/officers/{one}")).await.expect(200);
        force.branch_leader.get(&format!("/officers/{one}")).await.expect(200);
        force.admin.get(&format!("/officers/{one}")).await.expect(200);
        let mut absent = own.get(&format!("/officers/{}", Uuid::now_v7())).await.expect(404).body;
        let mut foreign = own.get(&format!("/officers/{other}")).await.expect(404).body;
        (absent["instance"], foreign["instance"]) = (Value::Null, Value::Null);
        assert_eq!(absent, foreign, "absent and not yours look the same");
        for path in [
            "",
            "/leave-balances?on=2026-03-02",
            "/leave-entitlement?year=2026",
            "/leave-ledger?kind=annual&year=2026",
            "/leave-balances/explanation?kind=annual&year=2026",
        ] {
            for client in [&own, &force.other_leader] {
                let target = format!("/officers/{other}{path}");
                assert_eq!(client.get(&target).await.says(), (404, "not_found"), "{target}");
            }
        }
        assert_eq!(clinician.get(&format!("/officers/{one}")).await.says(), (403, "forbidden"));
        assert_eq!(own.get("/officers").await.says(), (403, "forbidden"));
        assert_eq!(badges(&force.leader, "").await, ["100100", "100101"]);
        assert!(badges(&force.other_leader, "").await.is_empty());
        let narrowed = format!("unit_id={}", force.station);
        assert!(badges(&force.other_leader, &narrowed).await.is_empty());
        let written = force.leader.with("if-match", "*").patch(&format!("/officers/{one}"), json!({"name": "x"})).await;
        assert_eq!(written.says(), (403, "forbidden"));
    }

    /// hr of a branch keeps the people of the branch, and moves nobody out of its reach or into it.
    async fn hr_of_a_branch_keeps_its_own_people(db: TestDatabase) {
        let force = Force::start(db).await;
        let branch_hr = force.app.as_role("branch-hr", Role::Hr, Some(force.branch)).await;
        let inside = force.officer("100100", "2016-03-10").await;
        let outside = force.officer_with("100101", json!({"unit_id": force.bureau})).await;
        change(&branch_hr, inside, json!({"post": "所长"})).await.expect(200);
        assert_eq!(change(&branch_hr, outside, json!({"post": "所长"})).await.says(), (404, "not_found"));
        let transfer = async |officer: Uuid, unit: Uuid| {
            let body = json!({"unit_id": unit, "effective_on": "2026-03-02"});
            branch_hr.post(&format!("/officers/{officer}/transfer"), body).await
        };
        assert_eq!(transfer(inside, force.bureau).await.says(), (404, "not_found"));
        assert_eq!(transfer(outside, force.station).await.says(), (404, "not_found"));
        transfer(inside, force.other_station).await.expect(200);
        let body =
            json!({"badge_no": "100102", "name": "王", "unit_id": force.bureau, "category": "police", "sex": "male"});
        assert_eq!(branch_hr.post("/officers", body).await.says(), (404, "not_found"));
        for (act, body) in [
            ("category", json!({"category": "staff", "effective_on": "2026-03-02"})),
            ("separation", json!({"left_on": "2026-03-02", "cause": "resigned"})),
        ] {
            assert_eq!(branch_hr.post(&format!("/officers/{outside}/{act}"), body).await.says(), (404, "not_found"));
        }
        assert_eq!(badges(&branch_hr, "").await, ["100100"]);
    }

    /// Nobody changes their own record or their spouse's, by whatever way.
    async fn nobody_keeps_their_own_record(db: TestDatabase) {
        let force = Force::start(db).await;
        let own = force.officer("100100", "2016-03-10").await;
        let spouse = force.officer_with("100101", json!({"sex": "female", "spouse_officer_id": own})).await;
        let third = force.officer("100102", "2016-03-10").await;
        let hr = force.app.as_officer("own-hr", own, &[(Role::Hr, None)]).await;
        for id in [own, spouse] {
            assert_eq!(change(&hr, id, json!({"post": "x"})).await.says(), (403, "own_record"));
            for (act, body) in [
                ("transfer", json!({"unit_id": force.station, "effective_on": "2026-03-02"})),
                ("category", json!({"category": "staff", "effective_on": "2026-03-02"})),
                ("separation", json!({"left_on": "2026-03-02", "cause": "resigned"})),
            ] {
                assert_eq!(hr.post(&format!("/officers/{id}/{act}"), body).await.says(), (403, "own_record"), "{act}");
            }
        }
        // Nor by writing oneself into the record of another.
        assert_eq!(change(&hr, third, json!({"spouse_officer_id": own})).await.says(), (403, "own_record"));
        let body = json!({"badge_no": "100103", "name": "王", "unit_id": force.station, "category": "police", "sex": "female", "spouse_officer_id": own});
        assert_eq!(hr.post("/officers", body).await.says(), (403, "own_record"));
        change(&hr, third, json!({"post": "x"})).await.expect(200);
    }

    /// A link holds both ways, is taken off both ways, and nobody has two; self and hr see it.
    async fn spouses_are_mutual_and_private(db: TestDatabase) {
        let force = Force::start(db).await;
        let one = force.officer("100100", "2016-03-10").await;
        let other = force.officer_with("100101", json!({"sex": "female"})).await;
        let third = force.officer("100102", "2016-03-10").await;
        change(&force.hr, one, json!({"spouse_officer_id": other})).await.expect(200);
        let spouse = async |client: &Client, of: Uuid| {
            client.get(&format!("/officers/{of}")).await.expect(200).body["spouse_officer_id"].clone()
        };
        assert_eq!((spouse(&force.hr, one).await, spouse(&force.hr, other).await), (json!(other), json!(one)));
        let own = force.app.as_officer("own", one, &[]).await;
        assert_eq!(spouse(&own, one).await, json!(other));
        for client in [&force.leader, &force.branch_leader, &force.admin] {
            assert_eq!(spouse(client, one).await, Value::Null);
        }
        assert!(!force.leader.get("/officers").await.expect(200).body.to_string().contains("spouse"));
        for taken in [one, other] {
            let told = change(&force.hr, third, json!({"spouse_officer_id": taken})).await;
            assert_eq!(
                (told.says(), &told.body["errors"][0]["pointer"]),
                ((422, "taken"), &json!("/spouse_officer_id"))
            );
        }
        assert_eq!(change(&force.hr, third, json!({"spouse_officer_id": third})).await.status, 422);
        assert_eq!(
            change(&force.hr, third, json!({"spouse_officer_id": Uuid::now_v7()})).await.says(),
            (404, "not_found")
        );
        change(&force.hr, other, json!({"spouse_officer_id": null})).await.expect(200);
        assert_eq!((spouse(&force.hr, one).await, spouse(&force.hr, other).await), (Value::Null, Value::Null));
        change(&force.hr, third, json!({"spouse_officer_id": other})).await.expect(200);
        let missing = json!({"badge_no": "100109", "name": "王", "unit_id": force.station, "category": "police", "sex": "male", "spouse_officer_id": Uuid::now_v7()});
        assert_eq!(force.hr.post("/officers", missing).await.says(), (404, "not_found"));
        assert_eq!(badges(&force.hr, "").await, ["100100", "100101", "100102"], "all or nothing");
    }

    /// The other half of a couple is edited too: a version read before the link is stale after it.
    async fn a_link_is_an_edit_of_both(db: TestDatabase) {
        let force = Force::start(db).await;
        let one = force.officer("100100", "2016-03-10").await;
        let other = force.officer_with("100101", json!({"sex": "female"})).await;
        let path = format!("/officers/{other}");
        let before = force.hr.get(&path).await.expect(200).header("etag").to_owned();
        change(&force.hr, one, json!({"spouse_officer_id": other})).await.expect(200);
        assert_ne!(force.hr.get(&path).await.expect(200).header("etag"), before);
        let stale = force.hr.with("if-match", &before).patch(&path, json!({"post": "x"})).await;
        assert_eq!(stale.says(), (412, "stale"));
    }
}
