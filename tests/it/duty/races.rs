//! Two leaders at once on what they share: the strength of a unit, the night of a couple.

use serde_json::json;
use uuid::Uuid;

use super::Post;
use crate::crowd::{at_once, count};

both! {
    /// A unit keeps one present: of the last two shifts of a date one can be cancelled, however many try at once.
    async fn the_last_two_of_a_unit(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = format!("/units/{}/staffing", post.force.station);
        let body = json!({"minimum_present": 1, "skills": []});
        post.force.leader.with("if-none-match", "*").put(&path, body).await.expect(200);
        let mut shifts: Vec<[Uuid; 2]> = Vec::new();
        for day in [5, 7, 11, 13, 18, 20] {
            let mut of_date = [Uuid::nil(); 2];
            for (at, officer) in [post.one, post.other].into_iter().enumerate() {
                let (from, to) = (format!("2026-05-{day:02}T08:00"), format!("2026-05-{day:02}T16:00"));
                of_date[at] = post.plan(officer, &from, &to).await.expect(201).id();
            }
            shifts.push(of_date);
        }
        let month = json!({"unit_id": post.force.station, "from": "2026-05-01", "to": "2026-05-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        let second = post.second_leader().await;
        for of_date in shifts {
            let told = at_once(of_date.into_iter().zip([post.force.leader.clone(), second.clone()]).map(|(shift, client)| {
                async move { client.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "调整"})).await }
            }))
            .await;
            assert_eq!((count(&told, 200), count(&told, 409)), (1, 1), "{:?}", told.iter().map(|one| one.says()).collect::<Vec<_>>());
        }
    }

    /// As above, where one is cancelled and the other moved to another date.
    async fn cancelled_and_moved(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = format!("/units/{}/staffing", post.force.station);
        post.force.leader.with("if-none-match", "*").put(&path, json!({"minimum_present": 1, "skills": []})).await.expect(200);
        for day in [5, 12, 19] {
            let at = |hour: &str| format!("2026-05-{day:02}T{hour}:00");
            let one = post.plan(post.one, &at("08"), &at("16")).await.expect(201).id();
            let other = post.plan(post.other, &at("08"), &at("16")).await.expect(201).id();
            let week = json!({"unit_id": post.force.station, "from": at("08")[..10], "to": at("08")[..10]});
            post.force.leader.post("/rosters/publish", week).await.expect(201);
            let (cancels, moves) = (post.force.leader.clone(), post.force.leader.with("if-match", "*"));
            let next = format!("2026-05-{:02}", day + 2);
            let told = at_once((0..2).map(|which| {
                let (cancels, moves, next) = (cancels.clone(), moves.clone(), next.clone());
                async move {
                    if which == 0 {
                        cancels.post(&format!("/duty-shifts/{one}/cancel"), json!({"reason": "调整"})).await
                    } else {
                        let body = json!({"starts_at": format!("{next}T08:00:00+08:00"), "ends_at": format!("{next}T16:00:00+08:00")});
                        moves.patch(&format!("/duty-shifts/{other}"), body).await
                    }
                }
            }))
            .await;
            assert_eq!(count(&told, 200), 1, "{:?}", told.iter().map(|one| one.says()).collect::<Vec<_>>());
        }
    }

    /// Two leaders who plan one of a couple each for the same night: one of the two has it.
    async fn one_night_of_a_couple(db: TestDatabase) {
        let post = Post::start(db).await;
        let partner = post.force.officer_with("100150", json!({"unit_id": post.force.other_station})).await;
        let partners = post.force.own("partner", partner).await;
        let body = json!({"partner_officer_id": partner, "care_need": "幼儿三岁"});
        let asked = post.own.post("/couples", body).await.expect(201).id();
        partners.act(&format!("/couples/{asked}/agree")).await.expect(200);
        for day in [5, 9, 13, 17, 21, 25] {
            let night = |officer: Uuid, unit: Uuid| json!({
                "officer_id": officer, "unit_id": unit, "kind": "overnight", "override_reason": "值班",
                "starts_at": format!("2026-03-{day:02}T10:00:00Z"), "ends_at": format!("2026-03-{day:02}T18:00:00Z"),
            });
            let asks = [
                (post.force.leader.clone(), night(post.one, post.force.station)),
                (post.force.other_leader.clone(), night(partner, post.force.other_station)),
            ];
            let told = at_once(asks.into_iter().map(|(client, body)| async move { client.post("/duty-shifts", body).await })).await;
            let says: Vec<_> = told.iter().map(|one| one.says()).collect();
            assert_eq!((count(&told, 201), count(&told, 422)), (1, 1), "{says:?}");
            assert!(says.contains(&(422, "rest.couple")), "{says:?}");
        }
    }
}
