//! A zone with daylight saving: the local clock counts, and dates are local ones.

use serde_json::{Value, json};

use super::Post;
use crate::app::{App, Force};
use crate::imports::{CSV, counts, load};
use crate::leave::{finding, items};

both! {
    /// 22:00 to 06:00 over the change of the hour is seven hours in spring and nine in autumn.
    async fn a_night_over_the_change_of_the_hour(db: TestDatabase) {
        let force = Force::on(App::start_in(db, chrono_tz::Europe::London).await).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let cycle = json!({"name": "nights", "teams": 1, "unit_id": force.station, "cycle": [{"kind": "overnight", "starts": "22:00", "minutes": 480}, {}, {}, {}]});
        let pattern = force.leader.post("/roster-patterns", cycle).await.expect(201).id();
        for (on, starts, ends, minutes) in [
            ("2026-03-24", "2026-03-24T22:00:00Z", "2026-03-25T06:00:00Z", 480),
            ("2026-03-28", "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z", 420),
            ("2026-04-01", "2026-04-01T21:00:00Z", "2026-04-02T05:00:00Z", 480),
            ("2026-10-24", "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z", 540),
        ] {
            let body = json!({"pattern_id": pattern, "unit_id": force.station, "from": on, "to": on, "assignments": [{"officer_id": officer, "team": 1}]});
            force.leader.post("/rosters/generate", body).await.expect(200);
            let list = force.leader.get(&format!("/duty-shifts?officer_id={officer}&from={on}&to={on}")).await.expect(200);
            let shift = &items(&list)[0];
            assert_eq!((&shift["starts_at"], &shift["ends_at"], &shift["counted_minutes"]), (&json!(starts), &json!(ends), &json!(minutes)), "{on}");
        }
        // A file says the same by the same clock, also where the hour does not exist.
        let file = "badge_no,date,starts,ends,kind\n100100,2026-03-29,01:30,09:00,training\n";
        let told = load(&force.leader, "/rosters/import", CSV, file.as_bytes()).await;
        assert_eq!(told.status, 422, "too soon after the night: {}", told.body);
        let other = force.officer("100101", "2010-01-01").await;
        let told = load(&force.leader, "/rosters/import", CSV, file.replace("100100", "100101").as_bytes()).await.expect(200);
        assert_eq!(counts(&told), (1, 0, 0));
        let list = force.leader.get(&format!("/duty-shifts?officer_id={other}&from=2026-03-29&to=2026-03-29")).await.expect(200);
        assert_eq!(items(&list)[0]["starts_at"], "2026-03-29T01:30:00Z", "02:30 there: half past one never was");
    }

    /// The shortest shift, and instants that not every reader knows.
    async fn spans_and_leap_seconds(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = |from: &str, to: &str| json!({
            "officer_id": post.one, "unit_id": post.force.station, "kind": "duty", "starts_at": from, "ends_at": to,
        });
        // A minute is the shortest; nothing, less than nothing, and what is shorter are refused with the bounds.
        for (to, minutes) in [("02:00:59.999999", 0), ("02:00:00.000001", 0), ("02:00:00", 0), ("01:00:00", -60)] {
            let told = post.force.leader.post("/duty-shifts", shift("2026-03-10T02:00:00Z", &format!("2026-03-10T{to}Z"))).await;
            assert_eq!(told.says(), (422, "rest.span"), "{to}");
            let found = finding(&told.body, "rest.span");
            assert_eq!((&found["measured"]["shift_minutes"], &found["limit"]["shift_minutes_min"]), (&json!(minutes), &json!(1)));
        }
        post.force.leader.post("/duty-shifts", shift("2026-03-10T02:00:00Z", "2026-03-10T02:01:00Z")).await.expect(201);
        // A leap second is the first of the next minute, as every reader knows it.
        let told = post.force.leader.post("/duty-shifts", shift("2026-03-12T02:00:00Z", "2026-03-12T09:59:60Z")).await.expect(201);
        assert_eq!(told.body["ends_at"], "2026-03-12T10:00:00Z");
    }

    /// Dates are those of the zone: an instant of the day before elsewhere belongs to the local date.
    async fn dates_are_local(db: TestDatabase) {
        let force = Force::on(App::start_in(db, chrono_tz::Europe::London).await).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let shift = |from: &str, to: &str| json!({"officer_id": officer, "unit_id": force.station, "kind": "duty", "starts_at": from, "ends_at": to});
        force.leader.post("/rest-days", json!({"officer_id": officer, "date": "2026-06-14", "kind": "weekly"})).await.expect(201);
        // 23:30Z on the thirteenth is half past midnight on the fourteenth in London.
        let told = force.leader.post("/duty-shifts", shift("2026-06-13T20:00:00Z", "2026-06-13T23:30:00Z")).await;
        assert_eq!(told.says(), (422, "rest.rest_day"), "{}", told.body);
        force.leader.post("/duty-shifts", shift("2026-06-13T20:00:00Z", "2026-06-13T23:00:00Z")).await.expect(201);
        let on = async |date: &str| -> usize {
            let list = force.leader.get(&format!("/duty-shifts?officer_id={officer}&from={date}&to={date}")).await.expect(200);
            list.body["items"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((on("2026-06-13").await, on("2026-06-14").await), (1, 0));
        let offset = force.leader.post("/duty-shifts", shift("2026-06-16T08:00:00+08:00", "2026-06-16T12:00:00+08:00")).await.expect(201);
        assert_eq!(offset.body["starts_at"], Value::from("2026-06-16T00:00:00Z"), "any offset is read");
    }
}
