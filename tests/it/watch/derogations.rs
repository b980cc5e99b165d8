//! Derogations: fourteen days on end at the most, decided above by another; rest missed under one is credited once.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{counted, items, run, shift};
use crate::app::{Client, Force, Told};
use crate::crowd::{at_once, count};
use crate::databases::TestDatabase;
use crate::records;

struct Desk {
    force: Force,
    officer: Uuid,
    leader: Client,
    bureau: Client,
    hr: Client,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let bureau = force.app.as_role("bureau", Role::BureauLeader, Some(force.bureau)).await;
        let [leader, bureau, hr] = [&force.leader, &bureau, &force.hr].map(|client| force.app.lasting(client));
        Self { force, officer, leader, bureau, hr }
    }

    fn body(&self, unit: Uuid, from: &str, to: &str) -> Value {
        json!({"unit_id": unit, "event": "春节安保", "from": from, "to": to})
    }

    async fn ask(&self, from: &str, to: &str) -> Told {
        self.leader.post("/derogations", self.body(self.force.station, from, to)).await
    }

    async fn approved(&self, from: &str, to: &str) -> Uuid {
        let id = self.ask(from, to).await.expect(201).id();
        self.bureau.act(&format!("/derogations/{id}/approve")).await.expect(200);
        id
    }

    /// The run of a morning at half past one.
    fn morning(&self, date: &str) -> Value {
        let at: chrono::NaiveDate = date.parse().unwrap();
        self.force.app.house.clock.set((at.and_hms_opt(1, 31, 0).unwrap() - chrono::TimeDelta::hours(8)).and_utc());
        run(&self.force.app, "derogation_credits")
    }

    /// Duty of eight hours from nine o'clock on days of March.
    fn duty(&self, days: std::ops::RangeInclusive<u32>) {
        for day in days {
            shift(&self.force.app, self.officer, self.force.station, &format!("2026-03-{day:02}T01:00:00Z"), 8);
        }
    }

    fn lots(&self) -> Vec<String> {
        let query =
            "SELECT origin || ' ' || CAST(earned_on AS TEXT) || ' ' || minutes AS t FROM comp_lots ORDER BY earned_on";
        records::texts(&self.force.app.db, query)
    }
}

both! {
    /// A unit and the one above it, asked for at once: their people are never under derogations for more than fourteen days.
    async fn above_and_below_at_once(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let from: chrono::NaiveDate = "2026-03-02".parse().unwrap();
        for round in 0..6 {
            let on = |days: u64| (from + chrono::Days::new(40 * round + days)).to_string();
            let asks = [
                (desk.force.branch_leader.clone(), desk.body(desk.force.branch, &on(0), &on(13))),
                (desk.leader.clone(), desk.body(desk.force.station, &on(14), &on(27))),
            ];
            let told = at_once(asks.into_iter().map(|(client, body)| async move { client.post("/derogations", body).await })).await;
            let says: Vec<_> = told.iter().map(|one| one.says()).collect();
            assert_eq!((count(&told, 201), count(&told, 422)), (1, 1), "{says:?}");
            assert!(says.contains(&(422, "rest.derogation")), "{says:?}");
        }
    }

    /// Fourteen days, and not fifteen, also in parts, and whoever of the same people asks.
    async fn fourteen_days_on_end(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let told = desk.ask("2026-03-02", "2026-03-16").await;
        assert_eq!(told.says(), (422, "rest.derogation"));
        assert_eq!((&told.body["findings"][0]["measured"]["row_days"], &told.body["findings"][0]["limit"]["days_max"]), (&json!(15), &json!(14)));
        let told = desk.ask("2026-03-02", "2026-03-15").await.expect(201);
        assert_eq!(told.body["state"], "asked");
        assert_eq!(desk.ask("2026-03-16", "2026-03-16").await.says(), (422, "rest.derogation"), "the day after is day fifteen");
        let other = json!({"unit_id": desk.force.station, "event": "抗洪", "from": "2026-03-10", "to": "2026-03-16"});
        assert_eq!(desk.leader.post("/derogations", other).await.says(), (422, "rest.derogation"), "overlapping");
        desk.ask("2026-03-17", "2026-03-30").await.expect(201);
        let above = desk.body(desk.force.branch, "2026-03-31", "2026-03-31");
        assert_eq!(desk.force.branch_leader.post("/derogations", above).await.says(), (422, "rest.derogation"), "the same people");
        let beside = desk.body(desk.force.other_station, "2026-03-02", "2026-03-15");
        desk.force.other_leader.post("/derogations", beside).await.expect(201);
        for (body, pointer) in [
            (desk.body(desk.force.station, "2026-03-01", "2026-03-02"), "/from"),
            (desk.body(desk.force.station, "2027-04-01", "2027-04-02"), "/from"),
            (desk.body(desk.force.station, "2026-05-02", "2026-05-01"), "/to"),
            (json!({"unit_id": desk.force.station, "event": " ", "from": "2026-05-01", "to": "2026-05-01"}), "/event"),
        ] {
            let told = desk.leader.post("/derogations", body).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer);
        }
    }

    /// Two that ask at once for dates that together are too long: one of them is refused.
    async fn two_at_once(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let (one, other) = futures_util::future::join(desk.ask("2026-03-02", "2026-03-09"), desk.ask("2026-03-10", "2026-03-17")).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
    }

    /// Decided by a bureau leader above, never by the one who asked, once.
    async fn who_decides(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let id = desk.ask("2026-03-05", "2026-03-06").await.expect(201).id();
        let path = format!("/derogations/{id}");
        for (client, says) in [
            (&desk.leader, (403, "forbidden")),
            (&desk.hr, (403, "forbidden")),
            (&force.other_leader, (403, "forbidden")),
        ] {
            assert_eq!(client.act(&format!("{path}/approve")).await.says(), says);
        }
        let far = force.app.as_role("far-bureau", Role::BureauLeader, Some(force.other_station)).await;
        let far = force.app.lasting(&far);
        assert_eq!(far.act(&format!("{path}/approve")).await.says(), (404, "not_found"));
        let theirs = desk.bureau.post("/derogations", desk.body(force.other_station, "2026-03-05", "2026-03-06")).await.expect(201).id();
        assert_eq!(desk.bureau.act(&format!("/derogations/{theirs}/approve")).await.says(), (403, "own_request"));
        let reason = json!({"reason": "警力不足"});
        assert_eq!(desk.bureau.post(&format!("{path}/refuse"), json!({})).await.status, 422);
        let refused = desk.bureau.post(&format!("{path}/refuse"), reason.clone()).await.expect(200);
        assert_eq!((&refused.body["state"], &refused.body["reason"]), (&json!("refused"), &json!("警力不足")));
        assert_eq!(desk.bureau.act(&format!("{path}/approve")).await.because(), "decided");
        assert_eq!(desk.bureau.post(&format!("{path}/refuse"), reason).await.because(), "decided");
        // What nobody decided lapses with its last date.
        let late = desk.ask("2026-03-05", "2026-03-05").await.expect(201).id();
        force.app.set_clock("2026-03-05T16:00:00Z");
        let shown = desk.leader.get(&format!("/derogations/{late}")).await.expect(200);
        assert_eq!(shown.body["state"], "expired");
        assert_eq!(desk.bureau.act(&format!("/derogations/{late}/approve")).await.because(), "over");
        assert_eq!(desk.leader.post(&format!("{path}/end"), json!({"on": "2026-03-06"})).await.because(), "not_in_force");
        assert_eq!(items(&desk.leader, "/derogations").await.len(), 2);
        assert_eq!(items(&far, "/derogations").await.len(), 1, "its own unit's");
    }

    /// Only an approved one loosens the rules, for the unit and what is under it, on its dates, until it ends.
    async fn an_approved_one_loosens(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.duty(3..=8);
        let seventh = async |day: u32| {
            let body = json!({
                "officer_id": desk.officer, "unit_id": desk.force.station, "kind": "duty", "override_reason": "安保",
                "starts_at": format!("2026-03-{day:02}T01:00:00Z"), "ends_at": format!("2026-03-{day:02}T09:00:00Z"),
            });
            let told = desk.leader.post("/duty-shifts/check", body).await.expect(200).body;
            let found: Vec<String> = told["findings"].as_array().unwrap().iter()
                .filter(|one| one["rule"] == "rest.weekly").map(|one| one["outcome"].as_str().unwrap().to_owned()).collect();
            found
        };
        assert_eq!(seventh(9).await, ["block"]);
        let id = desk.ask("2026-03-05", "2026-03-12").await.expect(201).id();
        assert_eq!(seventh(9).await, ["block"], "asked for is not approved");
        desk.bureau.act(&format!("/derogations/{id}/approve")).await.expect(200);
        assert_eq!(seventh(9).await, ["warn"]);
        let path = format!("/derogations/{id}/end");
        for wrong in ["2026-03-01", "2026-03-13"] {
            assert_eq!(desk.leader.post(&path, json!({"on": wrong})).await.status, 422, "{wrong}");
        }
        assert_eq!(desk.force.other_leader.post(&path, json!({"on": "2026-03-08"})).await.says(), (404, "not_found"));
        let ended = desk.leader.post(&path, json!({"on": "2026-03-08"})).await.expect(200);
        assert_eq!((&ended.body["state"], &ended.body["ended_on"]), (&json!("approved"), &json!("2026-03-08")));
        assert_eq!(seventh(9).await, ["block"], "over on the eighth");
        assert_eq!(desk.leader.post(&path, json!({"on": "2026-03-08"})).await.because(), "ended");
    }

    /// One of a unit above covers the people of the unit below.
    async fn one_from_above_covers_below(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.duty(3..=9);
        let id = desk.force.branch_leader.post("/derogations", desk.body(desk.force.branch, "2026-03-03", "2026-03-16")).await.expect(201).id();
        desk.bureau.act(&format!("/derogations/{id}/approve")).await.expect(200);
        desk.leader.get(&format!("/derogations/{id}")).await.expect(200);
        assert_eq!(counted(&desk.morning("2026-03-10"), "credited"), 1);
    }

    /// Each missed rest is a credit the day after, once; missed mornings are made up in order.
    async fn missed_rest_is_credited_the_day_after(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.approved("2026-03-03", "2026-03-16").await;
        desk.duty(3..=16);
        assert_eq!(counted(&desk.morning("2026-03-09"), "credited"), 0, "six days");
        let told = desk.morning("2026-03-10");
        assert_eq!((counted(&told, "officers"), counted(&told, "credited")), (1, 1), "the seventh day was completed");
        assert_eq!(desk.lots(), ["derogation 2026-03-09 480"]);
        for day in 11..=16 {
            assert_eq!(counted(&desk.morning(&format!("2026-03-{day:02}")), "credited"), 0, "{day}");
        }
        assert_eq!(counted(&desk.morning("2026-03-17"), "credited"), 1);
        assert_eq!(desk.lots(), ["derogation 2026-03-09 480", "derogation 2026-03-16 480"]);
        assert_eq!(counted(&desk.morning("2026-03-18"), "credited"), 0);
        for day in 19..=24 {
            desk.morning(&format!("2026-03-{day:02}"));
        }
        assert_eq!(counted(&desk.morning("2026-03-25"), "officers"), 0, "the derogation is over");
        // The same morning again, as after a crash between the work and its record.
        records::texts(&desk.force.app.db, "SELECT job AS t FROM job_runs");
        crate::sql::change(&desk.force.app.db, "DELETE FROM job_runs WHERE job = 'derogation_credits'");
        assert_eq!(counted(&desk.morning("2026-03-17"), "credited"), 0);
        assert_eq!(desk.lots().len(), 2);
    }

    /// After weeks without a run the newest makes up for all; so does the first run of a service that never ran one.
    async fn a_long_stop_loses_nothing(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.approved("2026-03-03", "2026-03-16").await;
        desk.duty(3..=16);
        desk.morning("2026-03-03");
        let told = desk.morning("2026-05-20");
        assert_eq!((&told["from"], counted(&told, "credited")), (&json!("2026-02-24"), 2));
        assert_eq!(desk.lots(), ["derogation 2026-03-09 480", "derogation 2026-03-16 480"]);
        assert_eq!(counted(&desk.morning("2026-05-21"), "credited"), 0);
    }

    /// Duty that is recorded late completes a row: credited with the act. What both say was not worked is taken back, what
    /// was rested of it stays. A derogation that is approved late finds what was missed before.
    async fn credit_follows_the_facts(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let id = desk.ask("2026-03-03", "2026-03-16").await.expect(201).id();
        desk.duty(3..=5);
        desk.duty(7..=9);
        desk.force.app.set_clock("2026-03-11T04:00:00Z");
        desk.bureau.act(&format!("/derogations/{id}/approve")).await.expect(200);
        desk.morning("2026-03-12");
        assert_eq!(desk.lots(), [""; 0]);
        let late = json!({"officer_id": desk.officer, "unit_id": desk.force.station, "kind": "duty", "override_reason": "补记",
            "starts_at": "2026-03-06T01:00:00Z", "ends_at": "2026-03-06T09:00:00Z"});
        let shift = desk.leader.post("/duty-shifts", late).await.expect(201).id();
        assert_eq!(desk.lots(), ["derogation 2026-03-09 480"]);
        let left = || records::texts(&desk.force.app.db, "SELECT CAST(SUM(minutes) AS TEXT) AS t FROM comp_movements");
        assert_eq!(left(), ["480"]);
        let cancel = json!({"reason": "误录"});
        desk.leader.post(&format!("/duty-shifts/{shift}/cancel"), cancel).await.expect(200);
        assert_eq!((desk.lots().len(), left()), (1, vec!["0".to_owned()]), "taken back");
        assert_eq!(counted(&desk.morning("2026-03-13"), "credited"), 0);
        // Recorded once more it is owed once more, in the same lot.
        let again = json!({"officer_id": desk.officer, "unit_id": desk.force.station, "kind": "duty", "override_reason": "补记",
            "starts_at": "2026-03-06T02:00:00Z", "ends_at": "2026-03-06T08:00:00Z"});
        desk.leader.post("/duty-shifts", again).await.expect(201);
        assert_eq!((desk.lots().len(), left()), (1, vec!["480".to_owned()]));
        crate::crowd::assert_sound(&desk.force.app);
    }

    /// What was missed before it was approved, and what a rest keeps that was taken meanwhile.
    async fn approved_late(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let id = desk.ask("2026-03-03", "2026-03-16").await.expect(201).id();
        desk.duty(3..=9);
        desk.force.app.set_clock("2026-03-12T04:00:00Z");
        desk.bureau.act(&format!("/derogations/{id}/approve")).await.expect(200);
        desk.morning("2026-03-13");
        assert_eq!(desk.lots(), ["derogation 2026-03-09 480"]);
        let rest = json!({"officer_id": desk.officer, "date": "2026-03-20", "kind": "comp"});
        desk.leader.post("/rest-days", rest).await.expect(201);
        let shifts = items(&desk.leader, "/duty-shifts?from=2026-03-05&to=2026-03-05").await;
        let path = format!("/duty-shifts/{}/cancel", shifts[0]["id"].as_str().unwrap());
        desk.leader.post(&path, json!({"reason": "误录"})).await.expect(200);
        let held = records::texts(&desk.force.app.db, "SELECT CAST(SUM(minutes) AS TEXT) AS t FROM comp_movements WHERE kind = 'credited'");
        assert_eq!((desk.lots().len(), held), (1, vec!["480".to_owned()]), "what a date of rest was named for stays");
        crate::crowd::assert_sound(&desk.force.app);
    }

    /// Duty inside the rest after a night misses it: a day, less what the short rest before it earned by itself.
    async fn rest_after_a_night_that_was_missed(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.approved("2026-03-03", "2026-03-16").await;
        // 18:00 to 08:00; again after 13 hours; after 9 hours, two less than the daily rest.
        for (from, hours) in [("2026-03-04T10:00:00Z", 14), ("2026-03-05T13:00:00Z", 4), ("2026-03-09T10:00:00Z", 14), ("2026-03-10T09:00:00Z", 4)] {
            shift(&desk.force.app, desk.officer, desk.force.station, from, hours);
        }
        assert_eq!(counted(&desk.morning("2026-03-05"), "credited"), 0, "the day before");
        assert_eq!(counted(&desk.morning("2026-03-06"), "credited"), 1);
        desk.morning("2026-03-11");
        let mut lots = desk.lots();
        lots.sort();
        assert_eq!(lots, ["post_duty 2026-03-05 480", "post_duty 2026-03-10 360"]);
        assert_eq!(counted(&desk.morning("2026-03-12"), "credited"), 0);
    }

    /// A rest day that was worked is a credit too, and without a derogation there is none from here.
    async fn a_worked_rest_day_is_credited(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let day = |date: &str| json!({"officer_id": desk.officer, "date": date, "kind": "weekly"});
        for date in ["2026-03-04", "2026-03-18"] {
            desk.leader.post("/rest-days", day(date)).await.expect(201);
        }
        desk.approved("2026-03-03", "2026-03-16").await;
        desk.duty(4..=4);
        desk.duty(18..=18);
        assert_eq!(counted(&desk.morning("2026-03-05"), "credited"), 1);
        assert_eq!(desk.lots(), ["rest_day_duty 2026-03-04 480"]);
        assert_eq!(counted(&desk.morning("2026-03-19"), "credited"), 0);
    }
}
