//! What units owe: dated, derived, going up by its ladder, seen by those whom it concerns.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{counted, items, run, shift};
use crate::app::{Client, Force};
use crate::databases::TestDatabase;
use crate::leave::force;

struct Desk {
    force: Force,
    officer: Uuid,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = force(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        Self { force, officer }
    }

    fn path(&self) -> String {
        format!("/units/{}/rest-duties", self.force.station)
    }

    /// The duties of one kind, as the leader sees them.
    async fn of(&self, kind: &str) -> Vec<Value> {
        items(&self.force.leader, &format!("{}?kind={kind}", self.path())).await
    }

    async fn one(&self, kind: &str) -> Value {
        let mut all = self.of(kind).await;
        assert_eq!(all.len(), 1, "{kind}: {all:?}");
        all.remove(0)
    }

    /// State, days overdue and step of the one duty of a kind.
    async fn stands(&self, kind: &str) -> (String, i64, i64) {
        let one = self.one(kind).await;
        let number = |name: &str| one[name].as_i64().unwrap();
        (one["state"].as_str().unwrap().to_owned(), number("days_overdue"), number("step"))
    }

    fn duty(&self, from: &str, hours: i64) {
        shift(&self.force.app, self.officer, self.force.station, from, hours);
    }

    fn night(&self, date: &str) -> Value {
        let at: chrono::NaiveDate = date.parse().unwrap();
        self.force.app.house.clock.set((at.and_hms_opt(2, 31, 0).unwrap() - chrono::TimeDelta::hours(8)).and_utc());
        run(&self.force.app, "rest_scan")
    }
}

fn stands(state: &str, days: i64, step: i64) -> (String, i64, i64) {
    (state.to_owned(), days, step)
}

both! {
    /// Acceptance A-5: told on 10 April 2025, no replacement date by the 14th; the steps of the ladder fall on 15, 17, 19, 21,
    /// 29 April and 14 May, however often somebody asks.
    async fn the_ladder_of_a_replacement_date(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        force.app.set_clock("2025-04-01T01:00:00Z");
        let day = json!({"officer_id": desk.officer, "date": "2025-04-20", "kind": "weekly"});
        let day = force.leader.post("/rest-days", day).await.expect(201).id();
        force.app.set_clock("2025-04-10T03:00:00Z");
        let cancel = json!({"notified_at": "2025-04-10T02:00:00Z", "reason_code": "exigency"});
        force.leader.post(&format!("/rest-days/{day}/cancel"), cancel).await.expect(200);
        let owed = desk.one("offer_date").await;
        assert_eq!((&owed["due_on"], &owed["next_step_at"]), (&json!("2025-04-14"), &json!("2025-04-15T00:00:00Z")));
        assert_eq!((&owed["badge_no"], &owed["minutes"], &owed["officer_id"]), (&json!("100100"), &json!(480), &json!(desk.officer)));
        for (at, expected) in [
            ("2025-04-10T03:00:00Z", stands("soon", 0, 0)),
            ("2025-04-14T15:59:59Z", stands("soon", 0, 0)),
            ("2025-04-14T16:00:00Z", stands("overdue", 1, 0)),
            ("2025-04-14T23:59:59Z", stands("overdue", 1, 0)),
            ("2025-04-15T00:00:00Z", stands("overdue", 1, 1)),
            ("2025-04-15T10:00:00Z", stands("overdue", 1, 1)),
            ("2025-04-17T00:00:00Z", stands("overdue", 3, 2)),
            ("2025-04-19T00:00:00Z", stands("overdue", 5, 3)),
            ("2025-04-21T00:00:00Z", stands("overdue", 7, 4)),
            ("2025-04-29T00:00:00Z", stands("overdue", 15, 5)),
            ("2025-05-13T15:59:59Z", stands("overdue", 29, 5)),
            ("2025-05-13T23:59:59Z", stands("overdue", 30, 5)),
            ("2025-05-14T00:00:00Z", stands("overdue", 30, 6)),
        ] {
            force.app.set_clock(at);
            assert_eq!(desk.stands("offer_date").await, expected, "{at}");
        }
        assert_eq!(desk.one("offer_date").await["next_step_at"], Value::Null, "nothing above the last step");
        // The rest itself is owed by another date, and naming a day ends the one and then the other.
        assert_eq!(desk.one("give_rest").await["due_on"], "2025-05-20");
        force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2025-05-19"})).await.expect(200);
        assert_eq!((desk.of("offer_date").await, desk.of("give_rest").await), (Vec::new(), Vec::new()));
    }

    /// The unit that holds the person on the due date owes it; what was due before a transfer stays where it was.
    async fn a_transfer_takes_along_what_is_not_due_yet(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        for (earned_on, due) in [("2026-01-20", "2026-02-19"), ("2026-02-20", "2026-03-22")] {
            let body = json!({"officer_id": desk.officer, "minutes": 480, "earned_on": earned_on, "reason": "结转"});
            let told = force.hr.post("/comp-lots", body).await.expect(201);
            assert_eq!(told.body["take_by"], due);
        }
        assert_eq!(desk.of("give_rest").await.len(), 2);
        let to = json!({"unit_id": force.other_station, "effective_on": "2026-03-03"});
        force.hr.post(&format!("/officers/{}/transfer", desk.officer), to).await.expect(200);
        // Until then the unit that they are in owes it all: it alone can give the rest.
        assert_eq!(desk.of("give_rest").await.len(), 2);
        assert_eq!(items(&force.other_leader, &format!("/units/{}/rest-duties", force.other_station)).await.len(), 0);
        force.app.set_clock("2026-03-02T16:00:00Z");
        assert_eq!(desk.one("give_rest").await["due_on"], "2026-02-19");
        let theirs = items(&force.other_leader, &format!("/units/{}/rest-duties", force.other_station)).await;
        assert_eq!((theirs.len(), &theirs[0]["due_on"]), (1, &json!("2026-03-22")));
        let above = items(&force.branch_leader, &format!("/units/{}/rest-duties", force.branch)).await;
        assert_eq!(above.iter().map(|one| one["due_on"].as_str().unwrap()).collect::<Vec<_>>(), ["2026-02-19", "2026-03-22"]);
    }

    /// A violation is to be seen, then to be made good; accepted it stands still, and what was paused is added.
    async fn violations(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        desk.duty("2026-03-09T00:00:00Z", 80);
        desk.night("2026-03-02");
        let list = items(&force.hr, "/rest-violations?rule=rest.span").await;
        let path = format!("/rest-violations/{}", list[0]["id"].as_str().unwrap());
        let of = async |kind: &str| -> Vec<Value> {
            desk.of(kind).await.into_iter().filter(|one| one["rule"] == "rest.span").collect()
        };
        let seen = of("acknowledge_violation").await;
        assert_eq!((&seen[0]["due_on"], &seen[0]["since"]), (&json!("2026-03-05"), &json!("2026-03-01T18:31:00Z")));
        assert_eq!((&of("remedy_violation").await[0]["due_on"], &seen[0]["subject_id"]), (&json!("2026-04-01"), &list[0]["id"]));
        // Accepted on the 4th until the 7th: the clock stands still until the end of that day.
        force.app.set_clock("2026-03-04T16:00:00Z");
        force.hr.post(&format!("{path}/accept"), json!({"until": "2026-03-07", "reason": "安保"})).await.expect(200);
        let paused = of("acknowledge_violation").await;
        assert_eq!((&paused[0]["state"], &paused[0]["paused"]), (&json!("paused"), &json!("accepted_exception")));
        assert_eq!((&paused[0]["resumes_on"], &paused[0]["due_on"]), (&json!("2026-03-08"), &json!("2026-03-08")));
        force.app.set_clock("2026-03-08T16:00:00Z");
        let later = of("acknowledge_violation").await;
        assert_eq!((&later[0]["state"], &later[0]["days_overdue"]), (&json!("overdue"), &json!(1)));
        force.leader.post(&format!("{path}/acknowledge"), json!({})).await.expect(200);
        assert_eq!(of("acknowledge_violation").await, Vec::<Value>::new());
        assert_eq!(of("remedy_violation").await[0]["due_on"], "2026-04-04", "three days later");
        force.app.set_clock("2026-03-12T08:00:00Z");
        force.leader.post(&format!("{path}/remedy"), json!({"note": "改为两段"})).await.expect(200);
        assert_eq!(of("remedy_violation").await, Vec::<Value>::new());
    }

    /// While an operation loosens a rule, what it loosened waits.
    async fn a_derogation_stops_the_clock(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        desk.duty("2026-03-10T00:00:00Z", 20);
        desk.duty("2026-03-12T00:00:00Z", 8);
        desk.night("2026-03-03");
        let bureau = force.app.lasting(&force.app.as_role("bureau", Role::BureauLeader, None).await);
        let asked = json!({"unit_id": force.station, "event": "安保", "from": "2026-03-04", "to": "2026-03-12"});
        let asked = force.leader.post("/derogations", asked).await.expect(201).id();
        bureau.act(&format!("/derogations/{asked}/approve")).await.expect(200);
        let of = async || -> Value {
            let all = desk.of("acknowledge_violation").await;
            all.into_iter().find(|one| one["rule"] == "rest.length").unwrap()
        };
        assert_eq!(of().await["state"], "open", "it has not begun, and what it will take is in the date");
        force.app.set_clock("2026-03-04T01:00:00Z");
        let paused = of().await;
        assert_eq!((&paused["state"], &paused["paused"], &paused["resumes_on"]), (&json!("paused"), &json!("derogation"), &json!("2026-03-13")));
        force.app.set_clock("2026-03-13T01:00:00Z");
        assert_eq!((&of().await["state"], &of().await["due_on"]), (&json!("soon"), &json!("2026-03-15")));
    }

    /// A draft is issued within a quarter of an hour, or goes up by hours.
    async fn drafts_of_rest_orders(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.duty("2026-03-02T00:00:00Z", 24);
        desk.force.app.set_clock("2026-03-03T00:00:00Z");
        run(&desk.force.app, "rest_orders");
        for (at, expected) in [
            ("2026-03-03T00:14:59Z", stands("soon", 0, 0)),
            ("2026-03-03T00:15:00Z", stands("overdue", 0, 1)),
            ("2026-03-03T02:15:00Z", stands("overdue", 0, 2)),
            ("2026-03-03T06:15:00Z", stands("overdue", 0, 3)),
            ("2026-03-03T12:15:00Z", stands("overdue", 0, 4)),
            ("2026-03-04T00:15:00Z", stands("overdue", 1, 5)),
        ] {
            desk.force.app.set_clock(at);
            assert_eq!(desk.stands("issue_rest_order").await, expected, "{at}");
        }
        desk.force.app.set_clock("2026-03-03T10:00:00Z");
        let order = desk.one("issue_rest_order").await;
        desk.force.leader.act(&format!("/rest-orders/{}/issue", order["subject_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(desk.of("issue_rest_order").await, Vec::<Value>::new());
    }

    /// D-35 and D-30: a roster is due from the one day on, and late after the other; the night counts it.
    async fn rosters_that_are_not_published(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let publish = async |from: &str, to: &str| {
            let period = json!({"unit_id": force.station, "from": from, "to": to});
            force.leader.post("/rosters/publish", period).await.expect(201);
        };
        assert_eq!(desk.of("publish_roster").await, Vec::<Value>::new(), "who plans no duty owes no roster");
        publish("2026-03-02", "2026-04-10").await;
        // The first date without a roster is 11 April: D-35 is 7 March, D-30 is 12 March.
        force.app.set_clock("2026-03-06T15:59:59Z");
        assert_eq!(desk.of("publish_roster").await, Vec::<Value>::new());
        for (at, expected) in [
            ("2026-03-06T16:00:00Z", stands("soon", 0, 0)),
            ("2026-03-12T15:59:59Z", stands("soon", 0, 0)),
            ("2026-03-12T16:00:00Z", stands("overdue", 1, 0)),
            ("2026-03-13T00:00:00Z", stands("overdue", 1, 1)),
        ] {
            force.app.set_clock(at);
            assert_eq!(desk.stands("publish_roster").await, expected, "{at}");
        }
        let late = desk.one("publish_roster").await;
        assert_eq!((&late["subject_id"], &late["officer_id"], &late["due_on"]), (&json!(force.station), &Value::Null, &json!("2026-03-12")));
        let night = desk.night("2026-03-14");
        assert_eq!((counted(&night, "rosters_late"), counted(&night, "rosters_soon")), (1, 0), "{night}");
        publish("2026-04-11", "2026-04-17").await;
        let night = desk.night("2026-03-15");
        assert_eq!((counted(&night, "rosters_late"), counted(&night, "rosters_soon")), (0, 1), "{night}");
        publish("2026-04-18", "2026-05-31").await;
        assert_eq!(desk.of("publish_roster").await, Vec::<Value>::new());
        // Seen from a date to come it is due again.
        let ahead = items(&force.leader, &format!("{}?kind=publish_roster&on=2026-05-10", desk.path())).await;
        assert_eq!((&ahead[0]["state"], &ahead[0]["due_on"]), (&json!("overdue"), &json!("2026-05-02")));
        // What the branch publishes covers the station; a unit that plans without publishing owes it too.
        let plan = json!({
            "officer_id": force.officer_with("100109", json!({"unit_id": force.other_station})).await, "unit_id": force.other_station,
            "kind": "duty", "starts_at": "2026-04-01T01:00:00Z", "ends_at": "2026-04-01T09:00:00Z",
        });
        force.other_leader.post("/duty-shifts", plan).await.expect(201);
        let theirs = format!("/units/{}/rest-duties?kind=publish_roster", force.other_station);
        assert_eq!(items(&force.other_leader, &theirs).await[0]["state"], "overdue");
        let period = json!({"unit_id": force.branch, "from": "2026-03-14", "to": "2026-05-31"});
        force.branch_leader.post("/rosters/publish", period).await.expect(201);
        assert_eq!(items(&force.other_leader, &theirs).await, Vec::<Value>::new());
    }

    /// The seventh day in a row is seen a week before it, and counted in the night before.
    async fn the_seventh_day_is_seen_before(db: TestDatabase) {
        let desk = Desk::start(db).await;
        for day in 10..=16 {
            desk.duty(&format!("2026-03-{day}T01:00:00Z"), 8);
        }
        desk.force.app.set_clock("2026-03-08T15:59:59Z");
        assert_eq!(desk.of("break_row").await, Vec::<Value>::new(), "more than a week before");
        desk.force.app.set_clock("2026-03-08T16:00:00Z");
        let row = desk.one("break_row").await;
        assert_eq!((&row["state"], &row["due_at"], &row["rule"]), (&json!("soon"), &json!("2026-03-15T16:00:00Z"), &json!("rest.weekly")));
        assert_eq!(counted(&desk.night("2026-03-14"), "rows_tomorrow"), 0);
        assert_eq!(counted(&desk.night("2026-03-15"), "rows_tomorrow"), 1, "the seventh day tomorrow");
        desk.force.app.set_clock("2026-03-16T01:00:00Z");
        assert_eq!(desk.of("break_row").await, Vec::<Value>::new(), "now it is a violation");
    }

    /// Own unit, bureau and hr; the report service counts; nobody else.
    async fn who_sees_what_a_unit_owes(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let body = json!({"officer_id": desk.officer, "minutes": 480, "earned_on": "2026-02-20", "reason": "结转"});
        force.hr.post("/comp-lots", body).await.expect(201);
        let path = desk.path();
        let role = async |name: &str, role: Role, unit: Option<Uuid>| -> Client { force.app.lasting(&force.app.as_role(name, role, unit).await) };
        let bureau = role("bureau", Role::BureauLeader, Some(force.bureau)).await;
        for client in [&force.leader, &force.branch_leader, &bureau, &force.hr] {
            let told = client.get(&path).await.expect(200);
            assert_eq!(told.body["items"].as_array().unwrap().len(), 1);
            assert_eq!(told.body["counts"], json!([{"kind": "give_rest", "open": 1, "soon": 0, "overdue": 0, "paused": 0}]));
        }
        let counting = role("counting", Role::ReportService, None).await.get(&path).await.expect(200);
        assert_eq!((&counting.body["items"], counting.body["counts"].as_array().unwrap().len()), (&json!([]), 1));
        let far = role("far", Role::ReportService, Some(force.other_station)).await;
        for client in [&force.other_leader, &far] {
            assert_eq!(client.get(&path).await.says(), (404, "not_found"));
        }
        let auditor = role("auditor", Role::Auditor, None).await;
        let own = force.app.as_officer("own", desk.officer, &[]).await;
        for client in [&auditor, &own, &force.admin] {
            assert_eq!(client.get(&path).await.says(), (403, "forbidden"));
        }
        let nowhere = format!("/units/{}/rest-duties", desk.officer);
        assert_eq!(force.hr.get(&nowhere).await.says(), (404, "not_found"));
        for wrong in ["on=2026-03-01", "on=2026-06-03", "on=x", "kind=cat", "state=late", "limit=0"] {
            assert_eq!(force.leader.get(&format!("{path}?{wrong}")).await.status, 400, "{wrong}");
        }
        force.leader.get(&format!("{path}?on=2026-06-02")).await.expect(200);
        let narrowed = async |query: &str| items(&force.leader, &format!("{path}?{query}")).await.len();
        assert_eq!((narrowed("state=open").await, narrowed("state=overdue").await), (1, 0));
        assert_eq!((narrowed("state=overdue&on=2026-03-23").await, narrowed("kind=offer_date").await), (1, 0));
        assert_eq!((narrowed(&format!("officer_id={}", desk.officer)).await, narrowed(&format!("officer_id={}", force.station)).await), (1, 0));
        let file = force.leader.with("accept-language", "en").get(&format!("{path}?format=csv")).await.expect(200);
        assert_eq!(file.body.as_str().unwrap().lines().count(), 2);
        force.leader.get(&format!("{path}?format=xlsx")).await.expect(200);
    }
}
