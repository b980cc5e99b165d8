//! Two hands on one record of people at once: each change is made whole, one after the other, or refused.

use respite::rules::terms::Role;
use serde_json::json;
use uuid::Uuid;

use crate::app::{Client, Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};

/// Posts every body to its path at the same moment.
async fn post_all(client: &Client, asks: impl IntoIterator<Item = (String, serde_json::Value)>) -> Vec<Told> {
    at_once(asks.into_iter().map(|(path, body)| {
        let client = client.clone();
        async move { client.post(&path, body).await }
    }))
    .await
}

async fn patch_all(client: &Client, asks: impl IntoIterator<Item = (Uuid, serde_json::Value)>) -> Vec<Told> {
    at_once(asks.into_iter().map(|(officer, body)| {
        let client = client.clone();
        async move { client.patch(&format!("/officers/{officer}"), body).await }
    }))
    .await
}

async fn officers<const N: usize>(force: &Force) -> [Uuid; N] {
    let mut officers = [Uuid::nil(); N];
    for (at, officer) in officers.iter_mut().enumerate() {
        *officer = force.officer(&format!("1002{at:02}"), "2016-03-10").await;
    }
    officers
}

both! {
    /// Transfers of one officer to several units and dates: the history has no gap, no overlap and each date once.
    async fn transfers(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let units = [force.branch, force.station, force.other_station, force.bureau];
        let asks = (0..24).map(|at| {
            let body = json!({"unit_id": units[at % 4], "effective_on": format!("2026-04-{:02}", 1 + at % 6)});
            (format!("/officers/{officer}/transfer"), body)
        });
        let told = post_all(&force.hr, asks).await;
        assert_only(&told, &[200, 409]);
        assert!(count(&told, 200) >= 6);
        let shown = force.hr.get(&format!("/officers/{officer}")).await.expect(200);
        let units = shown.body["units"].as_array().unwrap();
        for pair in units.windows(2) {
            let (until, from) = (pair[0]["to"].as_str().unwrap(), pair[1]["from"].as_str().unwrap());
            let until: chrono::NaiveDate = until.parse().unwrap();
            assert_eq!(until.succ_opt().unwrap().to_string(), from);
        }
        assert!(units[0]["from"].is_null() && units[units.len() - 1]["to"].is_null());
        assert_sound(&force.app);
    }

    /// A under B and B under A: never both.
    async fn moves_that_would_close_a_circle(db: TestDatabase) {
        let force = Force::start(db).await;
        for round in 1..=4 {
            let on = format!("2026-05-0{round}");
            let mut units = Vec::new();
            for name in ["甲", "乙", "丙"] {
                let body = json!({"name": name, "code": format!("{round}{name}"), "kind": "team", "parent_id": force.bureau});
                units.push(force.admin.post("/units", body).await.expect(201).id());
            }
            let asks = (0..12).map(|at| {
                let (unit, parent) = (units[at % 3], units[(at + 1) % 3]);
                (format!("/units/{unit}/move"), json!({"parent_id": parent, "effective_on": on}))
            });
            let told = post_all(&force.admin, asks).await;
            assert_only(&told, &[200, 409]);
            assert_eq!(count(&told, 409), 4, "the four moves that would have closed the circle");
            for refused in told.iter().filter(|told| told.status == 409) {
                assert_eq!(refused.code(), "unit_cycle");
            }
        }
        assert_sound(&force.app);
    }

    /// Heads are set on a known version: one of many is right.
    async fn heads(db: TestDatabase) {
        let force = Force::start(db).await;
        let named = officers::<4>(&force).await;
        let path = format!("/units/{}/head", force.station);
        let told = force.admin.get(&format!("/units/{}", force.station)).await.expect(200);
        let admin = force.admin.with("if-match", told.header("etag"));
        let told = at_once((0..16).map(|at| {
            let (admin, path) = (admin.clone(), path.clone());
            let body = json!({"head_officer_id": named[at % 4], "deputy_officer_ids": [named[(at + 1) % 4]], "effective_on": "2026-03-02"});
            async move { admin.put(&path, body).await }
        }))
        .await;
        assert_only(&told, &[200, 412]);
        assert_eq!(count(&told, 200), 1);
        let shown = force.admin.get(&format!("/units/{}", force.station)).await.expect(200);
        let won = told.iter().find(|told| told.status == 200).unwrap();
        assert_eq!(shown.body["head_officer_id"], won.body["head_officer_id"]);
        assert_sound(&force.app);
    }

    /// Heads and moves of several units at once, in whatever order their rows are locked.
    async fn heads_and_moves(db: TestDatabase) {
        let force = Force::start(db).await;
        let [head] = officers::<1>(&force).await;
        let units = [force.station, force.other_station];
        let told = at_once((0..16).map(|at| {
            let (admin, unit, branch) = (force.admin.with("if-match", "*"), units[at % 2], force.branch);
            let on = format!("2026-05-{:02}", at + 1);
            async move {
                let body = json!({"head_officer_id": head, "deputy_officer_ids": [], "effective_on": on});
                match at / 2 % 2 {
                    0 => admin.put(&format!("/units/{unit}/head"), body).await,
                    _ => admin.post(&format!("/units/{unit}/move"), json!({"parent_id": branch, "effective_on": on})).await,
                }
            }
        }))
        .await;
        assert_only(&told, &[200]);
        assert_sound(&force.app);
    }

    /// Couples linked from both sides, in opposite order, and unlinked the same way.
    async fn couples(db: TestDatabase) {
        let force = Force::start(db).await;
        let officers = officers::<8>(&force).await;
        let hr = force.hr.with("if-match", "*");
        for _ in 0..2 {
            let link = officers.iter().enumerate().map(|(at, one)| (*one, json!({"spouse_officer_id": officers[at ^ 1]})));
            let told = patch_all(&hr, link.collect::<Vec<_>>()).await;
            assert_only(&told, &[200]);
            for (at, one) in officers.iter().enumerate() {
                let shown = force.hr.get(&format!("/officers/{one}")).await.expect(200);
                assert_eq!(shown.body["spouse_officer_id"], json!(officers[at ^ 1]));
            }
            assert_sound(&force.app);
            let unlink = officers.iter().map(|one| (*one, json!({"spouse_officer_id": null})));
            assert_only(&patch_all(&hr, unlink.collect::<Vec<_>>()).await, &[200]);
            assert_sound(&force.app);
        }
    }

    /// A ring of wishes: nobody gets two spouses, and nobody meets a fault.
    async fn a_ring_of_couples(db: TestDatabase) {
        let force = Force::start(db).await;
        let officers = officers::<6>(&force).await;
        let hr = force.hr.with("if-match", "*");
        let wishes = (0..18).map(|at| {
            let (one, other) = (officers[at % 6], officers[(at + 1 + at / 6) % 6]);
            (one, json!({"spouse_officer_id": if at % 5 == 4 { json!(null) } else { json!(other) }}))
        });
        let told = patch_all(&hr, wishes.collect::<Vec<_>>()).await;
        assert_only(&told, &[200, 409, 422]);
        assert!(count(&told, 200) >= 1);
        assert_sound(&force.app);
    }

    /// Two officers who stand in for each other ask at once: the locks do not cross.
    async fn stand_ins_for_each_other(db: TestDatabase) {
        let force = Force::start(db).await;
        let [one, other] = officers::<2>(&force).await;
        let asks = (0..10).map(|at| {
            let (who, cover) = if at % 2 == 0 { (one, other) } else { (other, one) };
            let day = format!("2026-03-{:02}", 9 + at / 2);
            let body = json!({"officer_id": who, "kind": "annual", "from": day, "to": day, "cover_officer_id": cover});
            ("/leave-requests".to_owned(), body)
        });
        let told = post_all(&force.hr, asks.collect::<Vec<_>>()).await;
        assert_only(&told, &[201]);
        assert_sound(&force.app);
    }

    /// Two administrators who disable and enable each other at once.
    async fn administrators_on_each_other(db: TestDatabase) {
        let force = Force::start(db).await;
        let ids = [0, 1].map(|at| force.app.account(&format!("admin{at}"), None, &[(Role::Admin, None)]));
        let clients = [force.app.sign_in("admin0").await, force.app.sign_in("admin1").await];
        let told = at_once((0..16).map(|at| {
            let (client, id) = (clients[at % 2].clone(), ids[(at + 1) % 2]);
            let act = if at % 4 < 2 { "enable" } else { "disable" };
            async move { client.act(&format!("/accounts/{id}/{act}")).await }
        }))
        .await;
        assert_only(&told, &[200, 401]);
        assert_sound(&force.app);
    }

    /// One badge number, one username, one unit code: one of many at once gets it.
    async fn names_that_are_unique(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = json!({"badge_no": "100900", "name": "王", "unit_id": force.station, "category": "police", "sex": "female"});
        let unit = json!({"name": "新所", "code": "900", "kind": "station", "parent_id": force.branch});
        for (client, path, body) in [(&force.hr, "/officers", officer), (&force.admin, "/units", unit)] {
            let told = post_all(client, (0..8).map(|_| (path.to_owned(), body.clone()))).await;
            assert_eq!((count(&told, 201), count(&told, 422)), (1, 7), "{path}");
            assert!(told.iter().all(|told| told.status == 201 || told.code() == "taken"));
        }
        assert_sound(&force.app);
    }

    /// One refresh token, used by many at once: every holder of a lost answer gets a pair, and nothing breaks.
    async fn a_refresh_token_used_by_many(db: TestDatabase) {
        let force = Force::start(db).await;
        let body = json!({"username": "hr", "password": crate::app::PASSWORD});
        let signed = force.app.stranger().post("/auth/login", body).await.expect(200);
        let token = signed.body["refresh_token"].clone();
        let refresh = json!({"refresh_token": token});
        let told = post_all(&force.app.stranger(), (0..16).map(|_| ("/auth/refresh".to_owned(), refresh.clone()))).await;
        assert_only(&told, &[200]);
        force.app.set_clock("2026-03-02T01:01:00Z");
        let told = post_all(&force.app.stranger(), (0..8).map(|_| ("/auth/refresh".to_owned(), refresh.clone()))).await;
        assert_only(&told, &[401]);
    }
}
