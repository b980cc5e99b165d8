//! The roster of a unit as a table: what is written can be imported again unchanged, and filled in where it is blank.

use serde_json::{Value, json};

use super::Post;
use crate::imports::{CSV, XLSX, counts, load, refusals};
use crate::leave::with;
use crate::records;

const SHEET: &str = "from=2026-04-01&to=2026-04-30";

impl Post {
    fn sheet(&self, format: &str) -> String {
        format!("/units/{}/roster?{SHEET}&format={format}", self.force.station)
    }
}

fn line(told: &Value, badge_no: &str) -> Vec<String> {
    let people = told["people"].as_array().unwrap();
    let line = people.iter().find(|one| one["badge_no"] == badge_no).unwrap_or_else(|| panic!("{badge_no}: {told}"));
    line["days"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

both! {
    /// Shifts of every origin, counted otherwise, longer than a day, several on a date, rest and leave: written and read
    /// back in both formats and languages, nothing changes.
    async fn what_is_written_is_read_back(db: TestDatabase) {
        let post = Post::start(db).await;
        let cycle = json!({"name": "三班", "teams": 1, "unit_id": post.force.station, "cycle": [
            {"kind": "duty", "starts": "08:00", "minutes": 480, "code": "白"},
            {"kind": "overnight", "starts": "20:00", "minutes": 720, "counted_minutes": 600, "code": "夜"},
            {"code": "下"}, {"rest": "rotation", "code": "歇"}]});
        let pattern = post.force.leader.post("/roster-patterns", cycle).await.expect(201).id();
        let body = json!({"pattern_id": pattern, "unit_id": post.force.station, "from": "2026-04-01", "to": "2026-04-12", "assignments": [{"officer_id": post.one, "team": 1}]});
        post.force.leader.post("/rosters/generate", body).await.expect(200);
        post.plan(post.other, "2026-04-01T08:00", "2026-04-01T12:00").await.expect(201);
        post.plan(post.other, "2026-04-01T13:30", "2026-04-01T17:30").await.expect(201);
        let half = with(post.shift(post.other, "2026-04-03T09:00", "2026-04-03T21:00"), json!({"kind": "training", "counted_minutes": 300}));
        post.force.leader.post("/duty-shifts", half).await.expect(201);
        post.rest(post.other, "2026-04-05").await.expect(201);
        let own = with(post.shift(post.other, "2026-04-06T09:00", "2026-04-06T10:00"), json!({"kind": "protected", "note": "门诊"}));
        post.force.own("other", post.other).await.post("/duty-shifts", own).await.expect(201);
        post.force.granted(&post.own, post.one, "2026-04-20", "2026-04-21").await;

        let told = post.force.leader.get(&post.sheet("json")).await.expect(200);
        let (one, other) = (line(&told.body, "100100"), line(&told.body, "100101"));
        assert_eq!(one[..4], ["白", "夜", "", "轮休"], "{}", told.body);
        assert_eq!((one[19].as_str(), one[20].as_str()), ("假", "假"));
        assert_eq!((other[0].as_str(), other[2].as_str(), other[4].as_str()), ("勤/勤2", "训", "休"));
        assert_eq!(other[5], "", "an appointment is nobody else's to know");
        let night = told.body["legend"].as_array().unwrap().iter().find(|one| one["code"] == "夜").unwrap();
        assert_eq!((&night["starts"], &night["minutes"], &night["counted_minutes"]), (&json!("20:00"), &json!(720), &json!(600)));

        let (shifts, rest) = (records::count(&post.force.app.db, "duty_shifts"), records::count(&post.force.app.db, "rest_days"));
        for client in [post.force.leader.clone(), post.force.leader.with("accept-language", "en")] {
            for (format, kind) in [("csv", CSV), ("xlsx", XLSX)] {
                let file = client.get(&post.sheet(format)).await.expect(200);
                let again = load(&client, "/rosters/import", kind, &file.bytes).await.expect(200);
                let (created, updated, unchanged) = counts(&again);
                assert_eq!((created, updated), (0, 0), "{format}: {}", again.body);
                assert!(unchanged >= 15, "{unchanged}: {}", again.body);
                assert_eq!(again.body["warnings"], json!([]), "{format}: {}", again.body);
            }
        }
        assert_eq!((shifts, rest), (records::count(&post.force.app.db, "duty_shifts"), records::count(&post.force.app.db, "rest_days")));
        assert_eq!(records::count(&post.force.app.db, "duty_shift_history"), 0);
    }

    /// A blank table is a form: people and dates are there, the codes of the unit's patterns are explained.
    async fn a_form_to_be_filled_in(db: TestDatabase) {
        let post = Post::start(db).await;
        let cycle = json!({"name": "白", "teams": 1, "cycle": [{"kind": "duty", "starts": "08:00", "minutes": 480, "code": "白"}]});
        post.force.hr.post("/roster-patterns", cycle).await.expect(201);
        let form = post.force.leader.get(&post.sheet("csv")).await.expect(200);
        assert!(form.header("content-disposition").contains("roster.csv"), "{}", form.header("content-disposition"));
        let text = String::from_utf8(form.bytes.clone()).unwrap();
        let filled: Vec<String> = text.split("\r\n").map(|line| if line.starts_with("100100,") { line.replacen(",,", ",白,", 1) } else { line.to_owned() }).collect();
        let blank = load(&post.force.leader, "/rosters/import", CSV, text.as_bytes()).await.expect(200);
        assert_eq!(counts(&blank), (0, 0, 0), "a blank says nothing");
        let told = load(&post.force.leader, "/rosters/import", CSV, filled.join("\r\n").as_bytes()).await.expect(200);
        assert_eq!(counts(&told), (1, 0, 0), "{}", told.body);
    }

    /// Whose table it is, and what of a query is refused.
    async fn whose_table_it_is(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = post.sheet("json");
        assert_eq!(post.own.get(&path).await.says(), (403, "forbidden"));
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        let whole = post.force.hr.get(&format!("/units/{}/roster", post.force.branch)).await.expect(200);
        assert_eq!(whole.body["dates"].as_array().unwrap().len(), 31, "this month: {}", whole.body);
        for (query, status) in [("from=2026-04-02&to=2026-04-01", 400), ("from=2026-01-01&to=2027-02-05", 400), ("from=x", 400), ("format=pdf", 400), ("colour=red", 400)] {
            let told = post.force.leader.get(&format!("/units/{}/roster?{query}", post.force.station)).await;
            assert_eq!(told.status, status, "{query}: {}", told.body);
        }
        // Somebody who leaves the unit stands in the table for the dates before.
        let told = post.force.hr.post(&format!("/officers/{}/transfer", post.other), json!({"unit_id": post.force.branch, "effective_on": "2026-03-15"})).await;
        assert!(told.status < 300 || !refusals(&told).is_empty(), "{}", told.body);
        let told = post.force.leader.get(&post.sheet("json")).await.expect(200);
        assert!(told.body["people"].as_array().unwrap().iter().all(|one| one["badge_no"] != "100101"), "{}", told.body);
    }
}
