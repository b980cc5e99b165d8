//! Reading over many: the audit trail, and the balances of a unit.

use respite::rules::terms::Role;
use serde_json::json;

use crate::app::Force;

both! {
    /// The auditor reads who did what, from what, to what; nobody else does, and a unit's auditor only of its people.
    async fn the_auditor_reads_the_trail(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let other = force.officer_with("100200", json!({"unit_id": force.other_station})).await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let request = force.submit(&own, officer, "2026-03-09", "2026-03-10").await.expect(201);
        let approve = force.leader.with("x-request-id", "the-approval");
        approve.act(&format!("/leave-requests/{}/approve", request.id())).await.expect(200);

        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let told = auditor.get(&format!("/audit?officer_id={officer}&act=leave.approved")).await.expect(200);
        let entry = &told.body["items"][0];
        assert_eq!(entry["before"], json!({"state": "submitted"}));
        assert_eq!(entry["after"], json!({"state": "approved"}));
        assert_eq!((&entry["request_id"], &entry["subject_id"]), (&json!("the-approval"), &request.body["id"]));
        assert_eq!(told.body["items"].as_array().map(Vec::len), Some(1));
        assert_eq!((&entry["username"], &entry["badge_no"]), (&json!("leader"), &json!("100100")), "{entry}");

        // Newest first, page by page, nothing twice.
        let mut seen = Vec::new();
        let mut path = "/audit?limit=3".to_owned();
        loop {
            let page = auditor.get(&path).await.expect(200);
            seen.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            match page.body["next_cursor"].as_str() {
                Some(cursor) => path = format!("/audit?limit=3&cursor={cursor}"),
                None => break,
            }
        }
        assert!(seen.len() > 6 && seen.windows(2).all(|two| two[0] > two[1]), "{seen:?}");

        let of_station = force.app.as_role("auditor-2", Role::Auditor, Some(force.station)).await;
        let told = of_station.get("/audit").await.expect(200);
        let officers: Vec<_> = told.body["items"].as_array().unwrap().iter().map(|one| one["officer_id"].clone()).collect();
        assert!(officers.contains(&json!(officer)) && !officers.contains(&json!(other)), "{officers:?}");
        assert!(!officers.contains(&json!(null)), "entries about no officer need a grant on the whole force");
        for client in [&force.hr, &force.admin, &force.leader, &own] {
            assert_eq!(client.get("/audit").await.says(), (403, "forbidden"));
        }
        let told = auditor.get("/audit?until=2026-03-01T00:00:00Z").await.expect(200);
        assert_eq!(told.body["items"], json!([]));
        assert_eq!(auditor.get("/audit?from=yesterday").await.status, 400);
        let file = auditor.get(&format!("/audit?officer_id={officer}&act=leave.approved&format=csv")).await.expect(200);
        let text = file.body.as_str().unwrap();
        assert!(text.contains("leave.approved") && text.contains("\"\"state\"\":\"\"submitted\"\""), "{text}");
        assert!(auditor.get("/audit?format=xlsx").await.expect(200).header("content-type").contains("spreadsheetml"));
    }

    /// A leader sees the balances of the unit's people, and of no other unit.
    async fn a_leader_reads_the_balances_of_the_unit(db: TestDatabase) {
        let force = Force::start(db).await;
        force.officer("100100", "2010-01-01").await;
        force.officer("100101", "2024-01-01").await;
        force.officer_with("100200", json!({"unit_id": force.other_station})).await;
        let path = format!("/units/{}/leave-balances?on=2026-03-02", force.station);
        let told = force.leader.get(&path).await.expect(200);
        let shown: Vec<_> = told.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["badge_no"].as_str().unwrap(), one["items"][0]["available_days"].as_i64().unwrap()))
            .collect();
        assert_eq!(shown, [("100100", 10), ("100101", 5)]);
        let first = force.hr.get(&format!("{path}&limit=1")).await.expect(200);
        let cursor = first.body["next_cursor"].as_str().unwrap();
        let second = force.hr.get(&format!("{path}&limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!((&second.body["items"][0]["badge_no"], &second.body["next_cursor"]), (&json!("100101"), &json!(null)));
        let all = force.branch_leader.get(&format!("/units/{}/leave-balances", force.branch)).await.expect(200);
        let badges: Vec<_> = all.body["items"].as_array().unwrap().iter().map(|one| one["badge_no"].clone()).collect();
        assert_eq!(badges, ["100100", "100101", "100200"], "everyone under it too");
        let file = force.leader.with("accept-language", "en").get(&format!("{path}&format=csv")).await.expect(200);
        let text = file.body.as_str().unwrap().trim_start_matches('\u{feff}').to_owned();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("badge number,name,kind,leave year,entitled days,"), "{}", lines[0]);
        assert!(lines[1].starts_with("100100,警员100100,annual,2026,10,0,0,0,0,0,0,0,0,0,10"), "{}", lines[1]);
        assert_eq!(force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(force.admin.get(&path).await.says(), (403, "forbidden"));
    }

    /// Lists come out as files that a spreadsheet opens and never runs; the whole list, not a page of it.
    async fn lists_are_exported(db: TestDatabase) {
        let force = Force::start(db).await;
        let strange = json!({"name": "=1+1", "post": "@SUM(A1)", "service_periods": [{"from": "2010-01-01"}]});
        let officer = force.officer_with("100100", strange).await;
        let own = force.app.as_officer("own", officer, &[]).await;
        force.officer_with("100101", json!({"name": "王小明"})).await;
        let told = force.hr.get("/officers?format=csv&limit=1").await.expect(200);
        assert!(told.header("content-type").starts_with("text/csv"));
        assert_eq!(told.header("content-disposition"), "attachment; filename=\"officers.csv\"");
        let text = told.body.as_str().unwrap().trim_start_matches('\u{feff}').to_owned();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("编号,警号,姓名,"), "{}", lines[0]);
        assert!(lines[1].contains(",100100,'=1+1,") && lines[1].contains(",'@SUM(A1),"), "{}", lines[1]);
        assert!(lines[2].contains(",100101,王小明,"), "{}", lines[2]);
        // What is about somebody says who it is, as people know them.
        force.submit(&own, officer, "2026-03-09", "2026-03-10").await.expect(201);
        let told = force.hr.get("/leave-requests?format=csv").await.expect(200);
        let text = told.body.as_str().unwrap().trim_start_matches('\u{feff}').to_owned();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("警号,姓名,编号,"), "{}", lines[0]);
        assert!(lines[1].starts_with("100100,'=1+1,"), "{}", lines[1]);
        let english = force.hr.with("accept-language", "en").get("/units?format=csv").await.expect(200);
        assert!(english.body.as_str().unwrap().contains("id,unit name,unit code,"), "{}", english.body);
        for path in ["/officers", "/units", "/leave-requests"] {
            let told = force.hr.get(&format!("{path}?format=xlsx")).await.expect(200);
            assert!(told.header("content-type").contains("spreadsheetml"), "{path}");
        }
        assert_eq!(force.hr.get("/officers?format=pdf").await.says(), (400, "invalid_parameter"));
        // What a caller does not reach is in no file either.
        let others = force.other_leader.get("/officers?format=csv").await.expect(200);
        assert!(!others.body.as_str().unwrap().contains("100100"));
    }
}

both! {
    /// Who is hr of one unit and leads another does not learn a hidden kind there by filtering for it.
    async fn a_filter_tells_no_hidden_kind(db: TestDatabase) {
        let force = Force::start(db).await;
        let mine = force.officer("100100", "2010-01-01").await;
        let led = force.officer_with("100200", json!({"unit_id": force.other_station})).await;
        for (officer, from) in [(mine, "2026-03-09"), (led, "2026-03-09")] {
            let own = force.app.as_officer(&officer.to_string(), officer, &[]).await;
            let more = json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": 2, "reason": "试"});
            force.hr.post("/leave-adjustments", more).await.expect(201);
            force.submit(&own, officer, from, from).await.expect(201);
        }
        // No policy offers other kinds yet; their rows are made past the wire, as a later build will hold them.
        crate::sql::change(&force.app.db, "UPDATE leave_requests SET kind = 'marriage'");
        let grants = [(Role::Hr, Some(force.station)), (Role::Leader, Some(force.other_station))];
        force.app.account("both", None, &grants);
        let both = force.app.sign_in("both").await;
        let officers = async |query: &str| {
            let told = both.get(&format!("/leave-requests?{query}")).await.expect(200);
            let mut found: Vec<_> =
                told.body["items"].as_array().unwrap().iter().map(|one| (one["officer_id"].clone(), one["kind"].clone())).collect();
            found.sort_by_key(|(officer, _)| *officer != json!(mine));
            found
        };
        assert_eq!(officers("kind=marriage").await, [(json!(mine), json!("marriage"))]);
        assert_eq!(officers("kind_group=family").await, [(json!(mine), json!("marriage")), (json!(led), json!(null))]);
        assert!(officers("kind=annual").await.is_empty());
    }
}
