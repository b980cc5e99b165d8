//! Units: the tree over time, its heads, and who may change it.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force, Told};

async fn make(client: &Client, code: &str, parent: Option<Uuid>) -> Told {
    client
        .post("/units", json!({"name": format!("单位{code}"), "code": code, "kind": "team", "parent_id": parent}))
        .await
}

async fn relocate(client: &Client, unit: Uuid, parent: Option<Uuid>, on: &str) -> Told {
    client.post(&format!("/units/{unit}/move"), json!({"parent_id": parent, "effective_on": on})).await
}

async fn edit(client: &Client, method: &str, path: &str, of: Uuid, body: &Value) -> Told {
    let tag = client.get(&format!("/units/{of}")).await.expect(200).header("etag").to_owned();
    client.with("if-match", &tag).send(method, path, "application/json", body.to_string().into_bytes()).await
}

both! {
    /// Created, read at its location, changed at its version.
    async fn a_unit_is_made_and_changed(db: TestDatabase) {
        let force = Force::start(db).await;
        let made = make(&force.hr, "7000", Some(force.branch)).await.expect(201);
        let path = format!("/units/{}", made.id());
        assert_eq!(made.header("location"), format!("/api/v1{path}"));
        assert_eq!((&made.body["kind"], &made.body["parent_id"]), (&json!("team"), &json!(force.branch)));
        assert_eq!((&made.body["head_officer_id"], &made.body["deputy_officer_ids"]), (&Value::Null, &json!([])));
        let shown = force.leader.get(&path).await.expect(200);
        assert_eq!(shown.body["parents"], json!([{"parent_id": force.branch, "from": null, "to": null}]));
        let body = json!({"name": "新名字", "kind": "station"});
        assert_eq!(force.hr.patch(&path, body.clone()).await.says(), (428, "precondition_required"));
        let edited = edit(&force.hr, "PATCH", &path, made.id(), &body).await.expect(200);
        assert_eq!(
            (&edited.body["name"], &edited.body["kind"], &edited.body["code"]),
            (&json!("新名字"), &json!("station"), &json!("7000"))
        );
        assert_eq!(force.hr.with("if-match", made.header("etag")).patch(&path, body).await.says(), (412, "stale"));
        for (body, pointer) in [
            (json!({"name": ""}), "/name"),
            (json!({"name": " x"}), "/name"),
            (json!({"code": null}), "/code"),
            (json!({"kind": "planet"}), "/kind"),
            (json!({"parent_id": null}), "/parent_id"),
        ] {
            let told = edit(&force.hr, "PATCH", &path, made.id(), &body).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!(pointer)));
        }
    }

    /// A code belongs to one unit, also when it is changed.
    async fn codes_are_unique(db: TestDatabase) {
        let force = Force::start(db).await;
        let twice = make(&force.hr, "510000000000", Some(force.branch)).await;
        assert_eq!((twice.says(), &twice.body["errors"][0]["pointer"]), ((422, "taken"), &json!("/code")));
        let path = format!("/units/{}", force.station);
        let told = edit(&force.hr, "PATCH", &path, force.station, &json!({"code": "510000000000"})).await;
        assert_eq!(told.says(), (422, "taken"));
    }

    /// A grant reaches its unit and everything under it, and no further; a root needs the whole force.
    async fn keepers_of_a_branch_change_what_is_under_it(db: TestDatabase) {
        let force = Force::start(db).await;
        let branch_hr = force.app.as_role("branch-hr", Role::Hr, Some(force.branch)).await;
        let inside = make(&branch_hr, "7000", Some(force.station)).await.expect(201).id();
        assert_eq!(make(&branch_hr, "7001", Some(force.bureau)).await.says(), (403, "forbidden"));
        assert_eq!(make(&branch_hr, "7002", None).await.says(), (403, "forbidden"));
        assert_eq!(make(&branch_hr, "7003", Some(Uuid::now_v7())).await.says(), (404, "not_found"));
        relocate(&branch_hr, inside, Some(force.other_station), "2026-03-02").await.expect(200);
        assert_eq!(relocate(&branch_hr, inside, Some(force.bureau), "2026-03-02").await.says(), (403, "forbidden"));
        assert_eq!(relocate(&branch_hr, inside, None, "2026-03-02").await.says(), (403, "forbidden"));
        assert_eq!(relocate(&branch_hr, force.bureau, Some(inside), "2026-03-02").await.status, 403);
        let path = format!("/units/{}", force.bureau);
        assert_eq!(
            edit(&branch_hr, "PATCH", &path, force.bureau, &json!({"name": "x"})).await.says(),
            (403, "forbidden")
        );
        make(&force.admin, "7004", None).await.expect(201);
    }

    /// A move from a date on keeps what was before; reach follows the tree of today.
    async fn a_move_keeps_history(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let second = make(&force.admin, "510200000000", Some(force.bureau)).await.expect(201).id();
        let second_leader = force.app.as_role("second-leader", Role::Leader, Some(second)).await;
        let moved = relocate(&force.admin, force.station, Some(second), "2026-04-01").await.expect(200);
        assert_eq!(moved.body["parent_id"], json!(force.branch), "it is still there today");
        let places = json!([
            {"parent_id": force.branch, "from": null, "to": "2026-03-31"},
            {"parent_id": second, "from": "2026-04-01", "to": null},
        ]);
        assert_eq!(moved.body["parents"], places);
        let path = format!("/officers/{officer}");
        force.branch_leader.get(&path).await.expect(200);
        assert_eq!(second_leader.get(&path).await.says(), (404, "not_found"));
        // 31 March 23:59 and 1 April 00:00 in Shanghai.
        force.app.set_clock("2026-03-31T15:59:59Z");
        let branch_leader = force.app.sign_in("branch-leader").await;
        branch_leader.get(&path).await.expect(200);
        force.app.set_clock("2026-03-31T16:00:00Z");
        let second_leader = force.app.sign_in("second-leader").await;
        second_leader.get(&path).await.expect(200);
        assert_eq!(branch_leader.get(&path).await.says(), (404, "not_found"));
        let shown = second_leader.get(&format!("/units/{}", force.station)).await.expect(200);
        assert_eq!((&shown.body["parent_id"], &shown.body["parents"]), (&json!(second), &places));
        let under = second_leader.get(&format!("/units?parent_id={second}")).await.expect(200);
        assert_eq!(under.body["items"][0]["id"], json!(force.station));
    }

    /// Never its own ancestor: not at once, not by two dated moves that meet later.
    async fn a_unit_is_never_its_own_ancestor(db: TestDatabase) {
        let force = Force::start(db).await;
        for under in [force.branch, force.station] {
            let told = relocate(&force.admin, force.branch, Some(under), "2026-03-02").await;
            assert_eq!(told.says(), (409, "unit_cycle"));
        }
        assert_eq!(
            relocate(&force.admin, force.bureau, Some(force.station), "2026-03-02").await.says(),
            (409, "unit_cycle")
        );
        // From July on the station lies under the other one; so the other may not come under the station for good.
        relocate(&force.admin, force.station, Some(force.other_station), "2026-07-01").await.expect(200);
        let told = relocate(&force.admin, force.other_station, Some(force.station), "2026-05-01").await;
        assert_eq!(told.says(), (409, "unit_cycle"));
        let told = relocate(&force.admin, force.other_station, Some(force.station), "2026-08-01").await;
        assert_eq!(told.says(), (409, "unit_cycle"));
        let shown = force.admin.get(&format!("/units/{}", force.other_station)).await.expect(200);
        assert_eq!(shown.body["parents"], json!([{"parent_id": force.branch, "from": null, "to": null}]));
    }

    /// Two moves at the same moment do not close a circle between them.
    async fn two_moves_at_once_close_no_circle(db: TestDatabase) {
        let force = Force::start(db).await;
        let (one, other) = futures_util::future::join(
            relocate(&force.admin, force.station, Some(force.other_station), "2026-03-02"),
            relocate(&force.admin, force.other_station, Some(force.station), "2026-03-02"),
        )
        .await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.body, other.body);
    }

    /// Heads and deputies hold from a date on.
    async fn heads_are_dated(db: TestDatabase) {
        let force = Force::start(db).await;
        let (first, second) =
            (force.officer("100100", "2016-03-10").await, force.officer("100101", "2016-03-10").await);
        let path = format!("/units/{}/head", force.station);
        let now = json!({"head_officer_id": first, "deputy_officer_ids": [second], "effective_on": "2026-03-02"});
        assert_eq!(force.hr.put(&path, now.clone()).await.says(), (428, "precondition_required"));
        let told = edit(&force.hr, "PUT", &path, force.station, &now).await.expect(200);
        assert_eq!(
            (&told.body["head_officer_id"], &told.body["deputy_officer_ids"]),
            (&json!(first), &json!([second]))
        );
        let later = json!({"head_officer_id": second, "deputy_officer_ids": [], "effective_on": "2026-03-10"});
        let told = edit(&force.hr, "PUT", &path, force.station, &later).await.expect(200);
        assert_eq!(told.body["head_officer_id"], json!(first));
        force.app.set_clock("2026-03-09T16:00:00Z");
        let hr = force.app.sign_in("hr").await;
        let told = hr.get(&format!("/units/{}", force.station)).await.expect(200);
        assert_eq!((&told.body["head_officer_id"], &told.body["deputy_officer_ids"]), (&json!(second), &json!([])));
        let none = json!({"effective_on": "2026-03-11"});
        edit(&hr, "PUT", &path, force.station, &none).await.expect(200);
    }

    /// Somebody unknown or named twice is no head.
    async fn heads_are_known_and_named_once(db: TestDatabase) {
        let force = Force::start(db).await;
        let first = force.officer("100100", "2016-03-10").await;
        let path = format!("/units/{}/head", force.station);
        let unknown = json!({"head_officer_id": Uuid::now_v7(), "effective_on": "2026-03-02"});
        assert_eq!(edit(&force.hr, "PUT", &path, force.station, &unknown).await.says(), (404, "not_found"));
        let twice = json!({"head_officer_id": first, "deputy_officer_ids": [first], "effective_on": "2026-03-02"});
        let told = edit(&force.hr, "PUT", &path, force.station, &twice).await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/deputy_officer_ids/0")));
        let station_hr = force.app.as_role("station-hr", Role::Hr, Some(force.other_station)).await;
        let now = json!({"head_officer_id": first, "effective_on": "2026-03-02"});
        assert_eq!(edit(&station_hr, "PUT", &path, force.station, &now).await.says(), (403, "forbidden"));
    }

    /// A date that no database can hold is a refused field, never a fault of ours.
    async fn dates_out_of_range_are_refused(db: TestDatabase) {
        let force = Force::start(db).await;
        for date in [
            "9999-12-31",
            "9999-12-30",
            "+12345-01-01",
            "+262142-12-31",
            "0000-01-01",
            "-0044-03-15",
            "0001-01-01",
            "1899-12-31",
        ] {
            let told = relocate(&force.admin, force.station, Some(force.other_station), date).await;
            assert_eq!(
                (told.status, &told.body["errors"][0]["pointer"]),
                (422, &json!("/effective_on")),
                "{date}: {}",
                told.body
            );
            let body = json!({"effective_on": date});
            let told = edit(&force.hr, "PUT", &format!("/units/{}/head", force.station), force.station, &body).await;
            assert_eq!(
                (told.status, &told.body["errors"][0]["pointer"]),
                (422, &json!("/effective_on")),
                "{date}: {}",
                told.body
            );
        }
    }

    /// Units by code in one order on both databases; nothing is skipped where letters are large and small.
    async fn units_are_listed_by_code(db: TestDatabase) {
        let force = Force::start(db).await;
        for code in ["a1", "B2", "_3", "b4", "派5"] {
            make(&force.admin, code, Some(force.bureau)).await.expect(201);
        }
        let mut codes = Vec::new();
        let mut cursor = String::new();
        loop {
            let told = force.leader.get(&format!("/units?limit=2{cursor}")).await.expect(200);
            codes.extend(
                told.body["items"].as_array().unwrap().iter().map(|unit| unit["code"].as_str().unwrap().to_owned()),
            );
            assert!(told.body["items"][0].get("parents").is_none());
            match told.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(
            codes,
            ["510000000000", "510100000000", "510101000000", "510102000000", "B2", "_3", "a1", "b4", "派5"]
        );
        let under = force.leader.get(&format!("/units?parent_id={}", force.branch)).await.expect(200);
        assert_eq!(under.body["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            force.leader.get(&format!("/units?cursor={}", "x".repeat(20))).await.says(),
            (400, "invalid_cursor")
        );
    }
}

both! {
    /// The first head of a unit may be set without having read it; where there is one already, that is stale.
    async fn the_first_head_may_be_created(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let path = format!("/units/{}/head", force.station);
        let body = json!({"head_officer_id": officer, "deputy_officer_ids": [], "effective_on": "2026-03-02"});
        assert_eq!(force.hr.put(&path, body.clone()).await.says(), (428, "precondition_required"));
        let create = force.hr.with("if-none-match", "*");
        assert_eq!(create.put(&path, body.clone()).await.expect(200).body["head_officer_id"], json!(officer));
        assert_eq!(create.put(&path, body).await.says(), (412, "stale"));
    }
}
