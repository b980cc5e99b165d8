//! A rest day that was worked stands as a violation until it is given back: by the day in its place, or paid as chosen.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{items, run};
use crate::app::{Client, Force};
use crate::crowd::assert_sound;
use crate::databases::TestDatabase;

/// The small force; an officer whose rest day on Sunday 8 March was worked, entered on the day after.
struct Desk {
    force: Force,
    officer: Uuid,
    own: Client,
    day: Uuid,
    shift: Uuid,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = crate::leave::force(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let own = force.app.lasting(&force.app.as_officer("own", officer, &[]).await);
        let rest = json!({"officer_id": officer, "date": "2026-03-08", "kind": "weekly"});
        let day = force.leader.post("/rest-days", rest).await.expect(201).id();
        let month = json!({"unit_id": force.station, "from": "2026-03-03", "to": "2026-03-31"});
        force.leader.post("/rosters/publish", month).await.expect(201);
        force.app.set_clock("2026-03-09T01:00:00Z");
        let mut desk = Self { force, officer, own, day, shift: Uuid::nil() };
        desk.shift = desk.duty("2026-03-08T00:00:00Z", "2026-03-08T04:00:00Z").await;
        desk
    }

    async fn duty(&self, from: &str, to: &str) -> Uuid {
        let body = json!({
            "officer_id": self.officer, "unit_id": self.force.station, "kind": "duty", "starts_at": from, "ends_at": to,
            "override_reason": "专项行动",
        });
        self.force.leader.post("/duty-shifts", body).await.expect(201).id()
    }

    /// The violations of the rule, the oldest first.
    async fn found(&self) -> Vec<Value> {
        let mut all = items(&self.own, "/rest-violations?rule=rest.rest_day").await;
        all.reverse();
        all
    }

    async fn states(&self) -> Vec<String> {
        self.found().await.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect()
    }

    async fn lot(&self) -> String {
        let told = self.own.get(&format!("/officers/{}/comp-lots", self.officer)).await.expect(200);
        told.body["items"][0]["lot_id"].as_str().unwrap().to_owned()
    }

    /// The scan of the night to a date, at half past two in Shanghai.
    fn night(&self, date: &str) -> Value {
        let at: chrono::NaiveDate = date.parse().unwrap();
        let clock = &self.force.app.house.clock;
        clock.set((at.and_hms_opt(2, 31, 0).unwrap() - chrono::TimeDelta::hours(8)).and_utc());
        run(&self.force.app, "rest_scan")
    }
}

both! {
    /// Found with the entry of the duty, by the shift that proves it; the night adds nothing; no plan is refused by it.
    async fn it_stands_as_a_violation(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let [one] = desk.found().await.try_into().unwrap();
        let measured = &one["finding"]["measured"];
        assert_eq!((&one["state"], &one["outcome"]), (&json!("detected"), &json!("block")));
        assert_eq!((&one["from"], &one["to"]), (&json!("2026-03-08"), &json!("2026-03-08")));
        assert_eq!((&measured["rest_day_id"], &measured["on"], &measured["worked_already"]), (&json!(desk.day), &json!("2026-03-08"), &json!(true)));
        let whole = desk.own.get(&format!("/rest-violations/{}", one["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&whole.body["shifts"][0]["id"], whole.body["shifts"].as_array().unwrap().len()), (&json!(desk.shift), 1));
        assert_eq!(items(&desk.force.leader, "/rest-violations?rule=rest.rest_day").await.len(), 1, "the unit owes it");
        let night = desk.night("2026-03-10");
        assert_eq!((&night["detected"], &night["changed"], &night["remedied"]), (&json!(0), &json!(0), &json!(0)), "{night}");
        // Other duty, another shift of the date, and the roster of the month go on.
        desk.duty("2026-03-09T00:00:00Z", "2026-03-09T08:00:00Z").await;
        desk.duty("2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z").await;
        assert_eq!(desk.states().await, ["detected", "detected"], "each shift that touches the date");
        let month = json!({"unit_id": desk.force.station, "from": "2026-03-03", "to": "2026-03-31"});
        desk.force.leader.post("/rosters/publish", month).await.expect(201);
        assert_sound(&desk.force.app);
    }

    /// Named in its place is not taken; taken, it is made good. What the officer confirms the service finds itself.
    async fn the_day_in_its_place(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let path = format!("/rest-days/{}/reroster", desk.day);
        let named = desk.force.leader.post(&path, json!({"date": "2026-03-30"})).await.expect(200);
        let confirm = format!("/rest-days/{}/confirm", named.id());
        assert_eq!(desk.states().await, ["detected"], "named");
        desk.force.app.set_clock("2026-03-30T15:59:00Z");
        assert_eq!(desk.own.act(&confirm).await.says(), (409, "wrong_state"));
        desk.force.app.set_clock("2026-03-30T16:00:00Z");
        assert_eq!(desk.states().await, ["detected"], "the date is over, and nobody has said that it was rest");
        desk.own.act(&confirm).await.expect(200);
        assert_eq!(desk.states().await, ["remedied"]);
        let id = desk.found().await[0]["id"].as_str().unwrap().to_owned();
        let whole = desk.own.get(&format!("/rest-violations/{id}")).await.expect(200);
        let last = whole.body["events"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["act"], &last["cause"]), (&json!("remedied"), &json!("roster_changed")));
        assert_eq!(desk.night("2026-03-31")["reopened"], 0);
        assert_eq!(desk.states().await, ["remedied"]);
        assert_sound(&desk.force.app);
    }

    /// Chosen as pay is not paid; paid, it is made good.
    async fn paid_as_chosen(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let lot = desk.lot().await;
        desk.own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": "pay"})).await.expect(200);
        assert_eq!(desk.states().await, ["detected"]);
        desk.force.hr.post(&format!("/comp-lots/{lot}/pay"), json!({})).await.expect(200);
        assert_eq!(desk.states().await, ["remedied"]);
        assert_eq!(desk.night("2026-03-11")["reopened"], 0);
        assert_sound(&desk.force.app);
    }

    /// Compensatory leave on its credit gives it back when its date is over: the next night finds it.
    async fn rested_as_leave(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let asked = json!({"officer_id": desk.officer, "kind": "compensatory", "from": "2026-03-11", "to": "2026-03-11"});
        let asked = desk.own.post("/leave-requests", asked).await.expect(201).id();
        desk.force.leader.act(&format!("/leave-requests/{asked}/approve")).await.expect(200);
        desk.night("2026-03-11");
        assert_eq!(desk.states().await, ["detected"], "on its date");
        desk.night("2026-03-12");
        assert_eq!(desk.states().await, ["remedied"]);
        assert_sound(&desk.force.app);
    }

    /// Words do not give it back: neither a leader's nor those of whoever checks.
    async fn words_do_not_make_it_good(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let id = desk.found().await[0]["id"].as_str().unwrap().to_owned();
        let path = |act: &str| format!("/rest-violations/{id}/{act}");
        desk.force.leader.post(&path("acknowledge"), json!({})).await.expect(200);
        let remedy = desk.force.leader.post(&path("remedy"), json!({"note": "已谈话"})).await;
        assert_eq!(remedy.because(), "still_owed");
        assert_eq!(desk.states().await, ["acknowledged"]);
        let lot = desk.lot().await;
        desk.own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": "pay"})).await.expect(200);
        desk.force.hr.post(&format!("/comp-lots/{lot}/pay"), json!({})).await.expect(200);
        assert_eq!(desk.states().await, ["remedied"]);
        desk.force.hr.post(&path("verify"), json!({})).await.expect(200);
        assert_sound(&desk.force.app);
    }

    /// A rest day on which duty has begun is taken away by that duty, cancelled by hand or not: a breach until given back.
    async fn cancelled_after_its_duty_began(db: TestDatabase) {
        let force = crate::leave::force(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let rest = json!({"officer_id": officer, "date": "2026-03-08", "kind": "weekly"});
        let day = force.leader.post("/rest-days", rest).await.expect(201).id();
        let month = json!({"unit_id": force.station, "from": "2026-03-03", "to": "2026-03-31"});
        force.leader.post("/rosters/publish", month).await.expect(201);
        let shift = super::shift(&force.app, officer, force.station, "2026-03-08T00:00:00Z", 8);
        force.app.set_clock("2026-03-08T00:00:00Z");
        let own = force.app.lasting(&force.app.as_officer("own", officer, &[]).await);
        let cancel = json!({"notified_at": "2026-03-08T00:00:00Z", "reason_code": "exigency"});
        let told = force.leader.post(&format!("/rest-days/{day}/cancel"), cancel).await.expect(200);
        assert_eq!(told.body["cancellation"]["worked_shift_id"], json!(shift));
        let found = items(&own, "/rest-violations?rule=rest.rest_day").await;
        assert_eq!((found.len(), &found[0]["state"]), (1, &json!("detected")), "{found:?}");
        assert_sound(&force.app);
    }

    /// Duty that was not worked broke nothing; worked at other hours of the date it did.
    async fn what_became_of_the_duty(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let cancel = format!("/duty-shifts/{}/cancel", desk.shift);
        desk.force.leader.post(&cancel, json!({"reason": "录入错误"})).await.expect(200);
        assert_eq!(desk.states().await, ["remedied"]);
        desk.duty("2026-03-08T02:00:00Z", "2026-03-08T06:00:00Z").await;
        assert_eq!(desk.states().await, ["detected"], "the same date, the same matter: open again");
        assert_sound(&desk.force.app);
    }
}
