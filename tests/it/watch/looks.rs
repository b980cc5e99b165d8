//! Acts that change what the rules find keep the violations of those concerned right at once; of many, within the minute.

use respite::app::watch::{self, looks};
use respite::rules::terms::{OfficerId, Role};
use respite::store::rest_looks;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{cancelled, change, counted, items, run, shift};
use crate::app::{Client, Force, START};
use crate::databases::TestDatabase;
use crate::records;

const REST: &str = include_str!("../../../src/rules/rest.toml");

struct Desk {
    force: Force,
    officer: Uuid,
    own: Client,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = crate::leave::force(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let own = force.app.lasting(&force.app.as_officer("own", officer, &[]).await);
        Self { force, officer, own }
    }

    /// Duty past the wire, which the rules would refuse.
    fn duty(&self, from: &str, hours: i64) -> respite::rules::terms::RowId {
        shift(&self.force.app, self.officer, self.force.station, from, hours)
    }

    /// The scan of the night to a date, at half past two in Shanghai.
    fn night(&self, date: &str) -> Value {
        let at: chrono::NaiveDate = date.parse().unwrap();
        self.force.app.house.clock.set((at.and_hms_opt(2, 31, 0).unwrap() - chrono::TimeDelta::hours(8)).and_utc());
        run(&self.force.app, "rest_scan")
    }

    /// State and outcome of the violations of a rule, the oldest first.
    async fn kept(&self, rule: &str) -> Vec<String> {
        let mut all = items(&self.force.hr, &format!("/rest-violations?rule={rule}")).await;
        all.reverse();
        let shown = |one: &Value| format!("{} {}", one["state"].as_str().unwrap(), one["outcome"].as_str().unwrap());
        all.iter().map(shown).collect()
    }

    fn looks(&self) -> i64 {
        records::count(&self.force.app.db, "rest_looks")
    }
}

/// A shift of the station by instants.
fn planned(desk: &Desk, officer: Uuid, from: &str, to: &str) -> Value {
    json!({
        "officer_id": officer, "unit_id": desk.force.station, "kind": "duty", "starts_at": from, "ends_at": to,
        "override_reason": "专项行动",
    })
}

both! {
    /// More people than one: each short rest of a batch and of a file is a violation when the answer comes.
    async fn a_batch_and_a_file(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let mut shifts = Vec::new();
        let mut file = "badge_no,date,starts,ends,kind,reason\n".to_owned();
        for number in 0..30 {
            let officer = desk.force.officer(&format!("2000{number:02}"), "2010-01-01").await;
            shifts.push(planned(&desk, officer, "2026-03-10T00:00:00Z", "2026-03-10T10:00:00Z"));
            shifts.push(planned(&desk, officer, "2026-03-10T19:00:00Z", "2026-03-11T02:00:00Z"));
            file += &format!("2000{number:02},2026-04-10,08:00,18:00,duty,专项行动\n2000{number:02},2026-04-11,03:00,08:00,duty,专项行动\n");
        }
        desk.force.leader.post("/duty-shifts/batch", json!({"shifts": shifts})).await.expect(200);
        assert_eq!(desk.kept("R2").await, vec!["detected warn"; 30]);
        desk.force.leader.send("POST", "/rosters/import", "text/csv", file.into_bytes()).await.expect(200);
        assert_eq!(items(&desk.force.hr, "/rest-violations?rule=r2&from=2026-04-01&limit=500").await.len(), 30);
        assert_eq!(desk.looks(), 0, "nothing was left for later");
        // The night adds nothing.
        let told = desk.night("2026-03-03");
        assert_eq!(counted(&told, "changed") + counted(&told, "reopened") + counted(&told, "remedied"), 0, "{told}");
        let events = records::texts(&desk.force.app.db, "SELECT CAST(count(*) AS TEXT) AS t FROM rest_violation_events e JOIN rest_violations v ON v.id = e.violation_id WHERE v.rule = 'rest.daily' AND e.act = 'detected'");
        assert_eq!(events, ["60"]);
    }

    /// What is on the roster past the rules is known when the roster is published.
    async fn a_publication(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.duty("2026-03-10T00:00:00Z", 10);
        desk.duty("2026-03-10T19:00:00Z", 7);
        assert_eq!(desk.kept("R2").await, Vec::<String>::new());
        let period = json!({"unit_id": desk.force.station, "from": "2026-03-09", "to": "2026-03-15"});
        desk.force.leader.post("/rosters/publish", period).await.expect(201);
        assert_eq!(desk.kept("R2").await, ["detected warn"]);
    }

    /// A rest day that is cancelled makes the duty on it no violation; rotations that are entered make the quarter good,
    /// however far away its end is.
    async fn rest_days(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let day = json!({"officer_id": desk.officer, "date": "2026-03-12", "kind": "weekly"});
        let day = desk.force.leader.post("/rest-days", day).await.expect(201).id();
        desk.duty("2026-03-12T01:00:00Z", 8);
        desk.night("2026-03-03");
        assert_eq!(desk.kept("rest.rest_day").await, ["detected block"]);
        let cancel = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
        desk.force.leader.post(&format!("/rest-days/{day}/cancel"), cancel).await.expect(200);
        assert_eq!(desk.kept("rest.rest_day").await, ["remedied block"]);
        // A day named in the place of the cancelled one meets duty that is there: refused, and nothing changes.
        desk.force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2026-03-12"})).await.expect(422);
        assert_eq!(desk.kept("rest.rest_day").await, ["remedied block"]);
        desk.night("2026-04-02");
        assert_eq!(desk.kept("R9").await, ["detected warn"], "the quarter is over");
        // What was forgotten hr enters, and it counts once the officer has said that it was taken.
        let rested = async |date: &str| {
            let body = json!({"officer_id": desk.officer, "date": date, "kind": "rotation", "reason": "漏录"});
            let day = desk.force.hr.post("/rest-days", body).await.expect(201).id();
            desk.own.act(&format!("/rest-days/{day}/confirm")).await.expect(200);
        };
        for date in ["2026-03-04", "2026-03-05", "2026-03-06"] {
            rested(date).await;
        }
        assert_eq!(desk.kept("R9").await, ["detected warn"], "three days are no four");
        rested("2026-03-07").await;
        assert_eq!(desk.kept("R9").await, ["remedied warn"]);
    }

    /// A derogation loosens what was found when it is approved, and binds again from the day after its end.
    async fn derogations(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.duty("2026-03-10T00:00:00Z", 20);
        // Not the pattern of a long duty with two days free on either side.
        desk.duty("2026-03-12T00:00:00Z", 8);
        desk.night("2026-03-03");
        assert_eq!(desk.kept("R4").await, ["detected block"]);
        let bureau = desk.force.app.lasting(&desk.force.app.as_role("bureau", Role::BureauLeader, None).await);
        let asked = json!({"unit_id": desk.force.branch, "event": "安保", "from": "2026-03-05", "to": "2026-03-12"});
        let path = format!("/derogations/{}", desk.force.branch_leader.post("/derogations", asked).await.expect(201).id());
        assert_eq!(desk.kept("R4").await, ["detected block"], "asked for is nothing");
        bureau.act(&format!("{path}/approve")).await.expect(200);
        assert_eq!(desk.kept("R4").await, ["detected warn"]);
        // It is ended before that day: it stands until its last date, and the day binds again.
        let ended = desk.force.branch_leader.post(&format!("{path}/end"), json!({"on": "2026-03-08"})).await.expect(200);
        assert_eq!((&ended.body["state"], &ended.body["ended_on"]), (&json!("approved"), &json!("2026-03-08")));
        assert_eq!(desk.kept("R4").await, ["detected block"]);
        let longer = desk.force.branch_leader.post(&format!("{path}/end"), json!({"on": "2026-03-10"})).await;
        assert_eq!(longer.says(), (422, "invalid_fields"), "what was shortened is not made longer");
        desk.force.app.set_clock("2026-03-08T15:59:59Z");
        assert_eq!(bureau.get(&path).await.expect(200).body["state"], "approved");
        desk.force.app.set_clock("2026-03-08T16:00:00Z");
        assert_eq!(bureau.get(&path).await.expect(200).body["state"], "ended");
    }

    /// A couple that opted in, and one of the two who is planned beside the other: both know at once, and both when it ends.
    async fn couples(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let partner = force.officer_with("100101", json!({"unit_id": force.other_station})).await;
        let others = force.app.lasting(&force.app.as_officer("partner", partner, &[]).await);
        desk.duty("2026-03-10T14:00:00Z", 8);
        shift(&force.app, partner, force.other_station, "2026-03-10T14:00:00Z", 8);
        let asked = json!({"partner_officer_id": partner, "care_need": "幼儿"});
        let path = format!("/couples/{}", desk.own.post("/couples", asked).await.expect(201).id());
        assert_eq!(desk.kept("R10").await, Vec::<String>::new());
        others.act(&format!("{path}/agree")).await.expect(200);
        assert_eq!(desk.kept("R10").await, ["detected block"; 2]);
        // Duty of the one that is moved away makes it good for both.
        let theirs = records::texts(&force.app.db, "SELECT CAST(count(*) AS TEXT) AS t FROM duty_shifts");
        assert_eq!(theirs, ["2"]);
        let mine = items(&force.leader, &format!("/duty-shifts?officer_id={}", desk.officer)).await;
        let cancel = format!("/duty-shifts/{}/cancel", mine[0]["id"].as_str().unwrap());
        force.leader.post(&cancel, json!({"reason": "错开"})).await.expect(200);
        assert_eq!(desk.kept("R10").await, ["remedied block"; 2]);
        desk.duty("2026-03-10T14:00:00Z", 8);
        desk.night("2026-03-03");
        assert_eq!(desk.kept("R10").await, ["detected block"; 2], "found again");
        others.act(&format!("{path}/end")).await.expect(200);
        assert_eq!(desk.kept("R10").await, ["remedied block"; 2]);
    }

    /// Duty on granted leave is a violation from the approval on, and none once the leave is given back.
    async fn leave(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.duty("2026-03-10T01:00:00Z", 8);
        let asked = desk.force.submit(&desk.own, desk.officer, "2026-03-10", "2026-03-11").await.expect(201).id();
        assert_eq!(desk.kept("rest.on_leave").await, Vec::<String>::new(), "asked for is not granted");
        desk.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        assert_eq!(desk.kept("rest.on_leave").await, ["detected block"]);
        desk.own.post(&format!("/leave-requests/{asked}/cancel"), json!({"reason": "改期"})).await.expect(200);
        assert_eq!(desk.kept("rest.on_leave").await, ["remedied block"]);
    }

    /// Other law of the whole force is no work of its publication: the looks are asked for, and made by the next minute.
    async fn other_law_is_looked_at_within_the_minute(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.force.officer("100102", "2010-01-01").await;
        desk.duty("2026-03-10T00:00:00Z", 80);
        desk.night("2026-03-02");
        assert_eq!(desk.kept("rest.span").await, ["detected block"]);
        let text = REST.replace("shift_minutes_max = 4320", "shift_minutes_max = 6000");
        let text = text.replace("effective_from = 2007-01-01", "effective_from = 2026-03-01");
        let version = json!({"effective_from": "2026-03-01", "source": "试行", "text": text});
        desk.force.admin.post("/policies/rest/versions", version).await.expect(201);
        assert_eq!((desk.looks(), desk.kept("rest.span").await), (2, vec!["detected block".to_owned()]));
        desk.force.app.set_clock("2026-03-03T00:01:00Z");
        let told = run(&desk.force.app, "rest_looks");
        assert_eq!((counted(&told, "looks"), desk.looks()), (2, 0), "{told}");
        assert_eq!(desk.kept("rest.span").await, ["remedied block"]);
        // With nothing asked for no run is made, and no record of one.
        let runs = records::count(&desk.force.app.db, "job_runs WHERE job = 'rest_looks'");
        desk.force.app.set_clock("2026-03-03T00:05:00Z");
        let works = respite::app::works::Works::of(&desk.force.app.house);
        let by = respite::jobs::By { works, holder: "test", stop: respite::jobs::Stop::never() };
        assert_eq!(respite::jobs::tick(&by, &super::plan(), Some("rest_looks")).unwrap(), []);
        assert_eq!(records::count(&desk.force.app.db, "job_runs WHERE job = 'rest_looks'"), runs);
    }

    /// What is asked for while somebody looks is not done with that look.
    async fn what_is_asked_meanwhile_stays(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let app = &desk.force.app;
        let officers = [OfficerId(desk.officer)];
        let span = ("2026-03-01".parse().unwrap(), "2026-03-20".parse().unwrap());
        let ask = || {
            let stamp = app.ctx().moment.stamp();
            app.house.database.write(|tx| rest_looks::ask(tx, &officers, span, stamp).map_err(respite::app::error::Error::from)).unwrap();
        };
        ask();
        let page = app.house.database.read(|connection| looks::page(connection, &app.ctx(), None)).unwrap().unwrap();
        ask();
        app.house.database.write(|tx| looks::done(tx, &page.looks)).unwrap();
        assert_eq!(desk.looks(), 1);
        let page = app.house.database.read(|connection| looks::page(connection, &app.ctx(), None)).unwrap().unwrap();
        assert_eq!(page.looks[0].asked, 2);
        app.house.database.write(|tx| looks::done(tx, &page.looks)).unwrap();
        assert_eq!(desk.looks(), 0);
    }

    /// What grew after it was made good is the same violation, also when only its end is looked at.
    async fn a_window_that_grew_is_the_same(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.force.app.set_clock(START);
        let look = |from: &str, to: &str| {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            desk.force.app.house.database.write(|tx| watch::look_again(tx, &desk.force.app.ctx(), OfficerId(desk.officer), from, to)).unwrap()
        };
        let short = desk.duty("2026-03-09T00:00:00Z", 80);
        look("2026-03-09", "2026-03-12");
        assert_eq!(desk.kept("rest.span").await, ["detected block"]);
        change(&desk.force.app, short, cancelled);
        look("2026-03-09", "2026-03-12");
        assert_eq!(desk.kept("rest.span").await, ["remedied block"]);
        desk.duty("2026-03-09T00:00:00Z", 170);
        assert!(look("2026-03-15", "2026-03-16").reopened >= 1);
        assert_eq!(desk.kept("rest.span").await, ["detected block"]);
        let found = items(&desk.force.hr, "/rest-violations?rule=rest.span").await;
        assert_eq!((&found[0]["from"], &found[0]["to"]), (&json!("2026-03-09"), &json!("2026-03-16")));
    }
}
