//! Rest orders: drafted once for each long duty, issued, binding the roster, overridden until an instant, ended.

use chrono::TimeDelta;
use respite::jobs::{Job, Missed, keep, stopping};
use respite::rules::terms::{Role, RowId};
use respite::store::duty_shifts::DutyShift;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{change, counted, items, run, shift};
use crate::app::{Client, Force, Told};
use crate::databases::TestDatabase;
use crate::records;

/// An officer of the first station who is on duty for 24 hours from Monday 2 March, 08:00 in Shanghai.
struct Desk {
    force: Force,
    officer: Uuid,
    own: Client,
    leader: Client,
    bureau: Client,
    duty: RowId,
}

fn why() -> Value {
    json!({"reason": "重大警情"})
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let bureau = force.app.as_role("bureau", Role::BureauLeader, Some(force.bureau)).await;
        let [own, leader, bureau] = [&own, &force.leader, &bureau].map(|client| force.app.lasting(client));
        let duty = shift(&force.app, officer, force.station, "2026-03-02T00:00:00Z", 24);
        Self { force, officer, own, leader, bureau, duty }
    }

    /// The run of a quarter of an hour.
    fn quarter(&self, at: &str) -> Value {
        self.force.app.set_clock(at);
        run(&self.force.app, "rest_orders")
    }

    async fn order(&self) -> Value {
        let mut orders = items(&self.leader, "/rest-orders").await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        orders.remove(0)
    }

    async fn path(&self) -> String {
        format!("/rest-orders/{}", self.order().await["id"].as_str().unwrap())
    }

    async fn act(&self, client: &Client, what: &str, body: Value) -> Told {
        client.post(&format!("{}/{what}", self.path().await), body).await
    }

    async fn plan(&self, from: &str, to: &str) -> Told {
        let body = json!({
            "officer_id": self.officer, "unit_id": self.force.station, "kind": "duty", "starts_at": from, "ends_at": to,
            "override_reason": "急需",
        });
        self.leader.post("/duty-shifts/check", body).await.expect(200)
    }

    /// Whether a shift would be refused because of an order.
    async fn is_ordered(&self, from: &str, to: &str) -> bool {
        let told = self.plan(from, to).await.body;
        let findings = told["findings"].as_array().unwrap().iter();
        findings.filter(|one| one["outcome"] == "block").any(|one| one["rule"] == "rest.ordered")
    }
}

both! {
    /// Acceptance A-8: the draft is there within a quarter of an hour of the 24th hour, once.
    async fn a_draft_for_each_long_duty(db: TestDatabase) {
        let desk = Desk::start(db).await;
        assert_eq!(counted(&desk.quarter("2026-03-02T23:45:00Z"), "drafted"), 0, "not before the 24th hour");
        assert_eq!(counted(&desk.quarter("2026-03-03T00:00:00Z"), "drafted"), 1);
        for later in ["2026-03-03T00:15:00Z", "2026-03-03T08:00:00Z"] {
            assert_eq!(counted(&desk.quarter(later), "drafted"), 0, "one for each duty");
        }
        let order = desk.order().await;
        let says = |name: &str| order[name].as_str().unwrap_or_default().to_owned();
        assert_eq!([says("state"), says("origin")], ["draft", "rule"]);
        assert_eq!([says("duty_from"), says("duty_to")], ["2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"]);
        assert_eq!(records::count(&desk.force.app.db, "outbox WHERE topic = 'rest_order.drafted'"), 1);
        assert!(!desk.is_ordered("2026-03-03T10:00:00Z", "2026-03-03T12:00:00Z").await, "a draft binds nobody");
        // A duty that goes on is the same duty: the draft follows it.
        shift(&desk.force.app, desk.officer, desk.force.station, "2026-03-03T00:00:00Z", 2);
        assert_eq!(counted(&desk.quarter("2026-03-03T08:15:00Z"), "drafted"), 0);
        assert_eq!(desk.order().await["duty_to"], "2026-03-03T02:00:00Z");
    }

    /// A rest that can no longer be given is not drafted, and 23 hours are no 24.
    async fn what_is_not_drafted(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let other = desk.force.officer("100101", "2010-01-01").await;
        shift(&desk.force.app, other, desk.force.station, "2026-03-02T00:00:00Z", 23);
        assert_eq!(counted(&desk.quarter("2026-03-04T00:00:00Z"), "drafted"), 0, "the rest would be over");
        shift(&desk.force.app, other, desk.force.station, "2026-03-06T00:00:00Z", 24);
        assert_eq!(counted(&desk.quarter("2026-03-07T06:00:00Z"), "drafted"), 1, "after hours of downtime still in time");
    }

    /// Issued by default for the rest after such a duty; shifts inside are refused and those planned are listed.
    async fn an_issued_order_binds_the_roster(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let cover = desk.force.officer("100101", "2010-01-01").await;
        let inside = shift(&desk.force.app, desk.officer, desk.force.station, "2026-03-03T12:00:00Z", 4);
        desk.quarter("2026-03-03T00:00:00Z");
        for (body, pointer) in [
            (json!({"from": "2026-03-03T08:00:00Z", "to": "2026-03-03T08:00:00Z"}), "/to"),
            (json!({"to": "2026-03-11T00:00:00Z"}), "/to"),
            (json!({"from": "2026-04-04T08:00:00Z"}), "/from"),
            (json!({"cover_officer_id": desk.officer}), "/cover_officer_id"),
        ] {
            let told = desk.act(&desk.leader, "issue", body).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer);
        }
        let issued = desk.act(&desk.leader, "issue", json!({"cover_officer_id": cover})).await.expect(200).body;
        assert_eq!((&issued["from"], &issued["to"]), (&json!("2026-03-03T00:00:00Z"), &json!("2026-03-04T00:00:00Z")));
        assert_eq!(issued["shifts"].as_array().unwrap().len(), 1);
        assert_eq!(issued["shifts"][0]["id"], json!(inside));
        assert_eq!(desk.act(&desk.leader, "issue", json!({})).await.because(), "not_draft");
        assert!(desk.is_ordered("2026-03-03T20:00:00Z", "2026-03-03T23:00:00Z").await);
        assert!(desk.is_ordered("2026-03-03T23:59:00Z", "2026-03-04T04:00:00Z").await, "touching its end");
        assert!(!desk.is_ordered("2026-03-04T00:00:00Z", "2026-03-04T04:00:00Z").await, "half-open");
        // What stands against it is a violation at once.
        let found = items(&desk.leader, "/rest-violations?rule=rest.ordered").await;
        assert_eq!(found.len(), 1, "{found:?}");
        desk.force.app.set_clock("2026-03-04T00:00:00Z");
        assert_eq!(desk.order().await["state"], "over");
        assert_eq!(desk.act(&desk.bureau, "end", why()).await.because(), "ended");
    }

    /// Acceptance A-8: what binds is ended early only above, with a reason that is kept and told; a draft also by a leader.
    async fn who_ends_an_order(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.quarter("2026-03-03T00:00:00Z");
        for body in [json!({}), json!({"reason": " "}), json!({"reason": "x".repeat(1001)})] {
            assert_eq!(desk.act(&desk.leader, "end", body).await.status, 422, "never without a reason");
        }
        desk.act(&desk.leader, "issue", json!({})).await.expect(200);
        let above = desk.force.app.lasting(&desk.force.app.as_role("above", Role::Leader, Some(desk.force.branch)).await);
        for client in [&desk.leader, &above] {
            assert_eq!(desk.act(client, "end", why()).await.says(), (403, "forbidden"), "a leader ends no rest that binds");
        }
        assert!(desk.is_ordered("2026-03-03T20:00:00Z", "2026-03-03T23:00:00Z").await);
        assert_eq!(desk.act(&desk.bureau, "end", json!({"reason": ""})).await.status, 422);
        let ended = desk.act(&desk.bureau, "end", why()).await.expect(200);
        assert_eq!((&ended.body["state"], &ended.body["end_reason"]), (&json!("ended"), &json!("重大警情")));
        assert_eq!(desk.own.get(&desk.path().await).await.expect(200).body["end_reason"], "重大警情", "the officer reads why");
        assert_eq!(desk.act(&desk.bureau, "end", why()).await.because(), "ended");
        let told = "outbox WHERE topic = 'rest_order.ended' AND officer_id IS NOT NULL";
        assert_eq!(records::count(&desk.force.app.db, told), 1);
        let trail = records::texts(&desk.force.app.db, "SELECT after AS t FROM audit_log WHERE act = 'rest_order.ended'");
        assert!(trail.len() == 1 && trail[0].contains("重大警情"), "{trail:?}");
        assert_eq!(counted(&desk.quarter("2026-03-03T00:30:00Z"), "drafted"), 0, "what was ended is not drafted anew");
    }

    /// A leader discards a draft, with a reason; it is not drafted again.
    async fn a_draft_is_discarded(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.quarter("2026-03-03T00:00:00Z");
        let ended = desk.act(&desk.leader, "end", why()).await.expect(200);
        assert_eq!((&ended.body["state"], &ended.body["end_reason"]), (&json!("ended"), &json!("重大警情")));
        assert_eq!(counted(&desk.quarter("2026-03-03T00:15:00Z"), "drafted"), 0);
    }

    /// Hours that are agreed on ten minutes earlier are the same duty: no second order beside the one that was issued, and a
    /// draft follows them. The next long duty gets one of its own.
    async fn one_order_for_a_duty_whose_hours_moved(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.quarter("2026-03-03T00:00:00Z");
        let ids = || records::count(&desk.force.app.db, "rest_orders");
        let earlier = |minutes: i64| {
            move |before: DutyShift| DutyShift {
                actual_starts_at: Some(before.starts_at - TimeDelta::minutes(minutes)),
                actual_ends_at: Some(before.ends_at),
                actual_minutes: Some(1440),
                ..before
            }
        };
        change(&desk.force.app, desk.duty, earlier(10));
        assert_eq!(counted(&desk.quarter("2026-03-03T00:15:00Z"), "drafted"), 0);
        assert_eq!(desk.order().await["duty_from"], "2026-03-01T23:50:00Z", "a draft follows");
        desk.act(&desk.leader, "issue", json!({})).await.expect(200);
        change(&desk.force.app, desk.duty, earlier(20));
        assert_eq!(counted(&desk.quarter("2026-03-03T00:30:00Z"), "drafted"), 0);
        assert_eq!((ids(), &desk.order().await["duty_from"]), (1, &json!("2026-03-01T23:50:00Z")), "what was issued stays");
        shift(&desk.force.app, desk.officer, desk.force.station, "2026-03-05T00:00:00Z", 24);
        assert_eq!(counted(&desk.quarter("2026-03-06T00:00:00Z"), "drafted"), 1);
        assert_eq!(ids(), 2);
    }

    /// A duty of 24 hours that was planned long ago and that nobody touched is drafted within a quarter of an hour, though
    /// the scan of the night is at work all that time: no job waits for another.
    async fn a_long_scan_keeps_no_draft_waiting(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.force.app.set_clock("2026-03-03T00:05:00Z");
        let (mut plan, (stopper, stop)) = (super::plan(), stopping());
        let (begun, mut scans) = tokio::sync::mpsc::unbounded_channel();
        let (done, mut drafts) = tokio::sync::mpsc::unbounded_channel();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = std::sync::Mutex::new(held);
        let orders = plan.job("rest_orders").unwrap().work.clone();
        let scan = Job::new("rest_scan", "* * * * *", Missed::Newest, move |_| {
            begun.send(()).unwrap();
            // As long as it takes: until the test lets go.
            held.lock().unwrap().recv().unwrap();
            Ok(json!({}))
        })
        .unwrap();
        let drafting = Job::new("rest_orders", "*/5 * * * *", Missed::Newest, move |run| {
            let told = orders(run);
            done.send(()).unwrap();
            told
        })
        .unwrap();
        plan.jobs = vec![scan, drafting];
        let kept = actix_web::rt::spawn(keep(desk.force.app.house.clone(), plan, stop));
        let most = std::time::Duration::from_secs(60);
        tokio::time::timeout(most, scans.recv()).await.unwrap().unwrap();
        tokio::time::timeout(most, drafts.recv()).await.expect("the draft waited for the scan").unwrap();
        assert_eq!(desk.order().await["state"], "draft");
        release.send(()).unwrap();
        stopper.stop();
        kept.await.unwrap();
    }

    /// The jobs of the service: drafts are looked for often enough that one is there within a quarter of an hour.
    async fn drafts_are_looked_for_every_five_minutes(db: TestDatabase) {
        let desk = Desk::start(db).await;
        // It is reached a second after one look: the next one comes five minutes later.
        desk.force.app.set_clock("2026-03-03T00:00:00Z");
        run(&desk.force.app, "rest_orders");
        desk.force.app.set_clock("2026-03-03T00:05:00Z");
        run(&desk.force.app, "rest_orders");
        assert_eq!(desk.order().await["state"], "draft");
    }

    /// Dates that the rest covers wholly are ordered rest days; an order that ends takes back those to come.
    async fn ordered_days(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.quarter("2026-03-03T00:00:00Z");
        let span = json!({"from": "2026-03-03T00:00:00Z", "to": "2026-03-06T15:59:59Z"});
        desk.act(&desk.leader, "issue", span).await.expect(200);
        let days = |state: &str| records::texts(&desk.force.app.db, &format!("SELECT CAST(on_date AS TEXT) AS t FROM rest_days WHERE kind = 'ordered' AND state = '{state}' ORDER BY on_date"));
        assert_eq!(days("published"), ["2026-03-04", "2026-03-05"], "whole local dates only");
        desk.force.app.set_clock("2026-03-03T20:00:00Z");
        let ended = desk.act(&desk.bureau, "end", why()).await.expect(200);
        assert_eq!(ended.body["state"], "ended");
        assert_eq!((days("published"), days("cancelled")), (vec!["2026-03-04".to_owned()], vec!["2026-03-05".to_owned()]));
        assert!(!desk.is_ordered("2026-03-04T20:00:00Z", "2026-03-04T23:00:00Z").await);
        assert_eq!(desk.act(&desk.bureau, "end", why()).await.because(), "ended");
    }

    /// Acceptance A-8: somebody above lets duty happen, with a reason, for 12 hours at the most; then it binds again.
    async fn an_override_lapses_by_itself(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.quarter("2026-03-03T00:00:00Z");
        let good = || json!({"reason": "重大警情", "until": "2026-03-03T12:00:00Z"});
        assert_eq!(desk.act(&desk.bureau, "override", good()).await.because(), "not_in_force", "a draft binds nobody");
        desk.act(&desk.leader, "issue", json!({})).await.expect(200);
        for (body, pointer) in [
            (json!({"reason": "x", "until": "2026-03-03T12:00:01Z"}), "/until"),
            (json!({"reason": "x", "until": "2026-03-03T00:00:00Z"}), "/until"),
            (json!({"reason": " ", "until": "2026-03-03T06:00:00Z"}), "/reason"),
            (json!({"until": "2026-03-03T06:00:00Z"}), "/reason"),
        ] {
            let told = desk.act(&desk.bureau, "override", body).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer);
        }
        assert_eq!(desk.act(&desk.leader, "override", good()).await.says(), (403, "forbidden"));
        let told = desk.act(&desk.bureau, "override", good()).await.expect(200);
        assert_eq!(told.body["overrides"][0]["until"], "2026-03-03T12:00:00Z");
        assert_eq!((&told.body["override_hours_max"], &told.body["policy"]), (&json!(12), &json!("rest@2007-01-01")), "and why no longer");
        assert!(!desk.is_ordered("2026-03-03T08:00:00Z", "2026-03-03T12:00:00Z").await, "to the instant");
        assert!(desk.is_ordered("2026-03-03T08:00:00Z", "2026-03-03T12:00:01Z").await, "and no longer");
        assert!(desk.is_ordered("2026-03-03T12:00:00Z", "2026-03-03T13:00:00Z").await);
        desk.force.app.set_clock("2026-03-03T12:00:00Z");
        desk.act(&desk.bureau, "override", json!({"reason": "继续", "until": "2026-03-03T14:00:00Z"})).await.expect(200);
        assert_eq!(records::count(&desk.force.app.db, "rest_order_overrides"), 2, "each is a row");
        assert!(!desk.is_ordered("2026-03-03T12:00:00Z", "2026-03-03T14:00:00Z").await);
    }

    /// What is let happen the rest after the long duty tells of, and refuses no more; a minute outside it does. The ordered
    /// days themselves nobody takes away: they end with their order.
    async fn what_an_override_lets_happen(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.quarter("2026-03-03T00:00:00Z");
        desk.act(&desk.leader, "issue", json!({"to": "2026-03-05T16:00:00Z"})).await.expect(200);
        let outcome = async |to: &str| {
            let told = desk.plan("2026-03-03T09:00:00Z", to).await.body;
            let found = told["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "rest.after_overnight").cloned();
            found.map(|one| (one["outcome"].clone(), one["limit"]["override_of"].clone()))
        };
        assert_eq!(outcome("2026-03-03T12:00:00Z").await, Some((json!("block"), Value::Null)));
        desk.act(&desk.bureau, "override", json!({"reason": "重大警情", "until": "2026-03-03T12:00:00Z"})).await.expect(200);
        let order = desk.order().await["id"].clone();
        assert_eq!(outcome("2026-03-03T12:00:00Z").await, Some((json!("warn"), order)));
        assert_eq!(outcome("2026-03-03T12:01:00Z").await, Some((json!("block"), Value::Null)));
        let days = items(&desk.leader, &format!("/rest-days?officer_id={}&kind=ordered", desk.officer)).await;
        let cancel = json!({"notified_at": "2026-03-03T00:00:00Z", "reason_code": "exigency"});
        let path = format!("/rest-days/{}/cancel", days[0]["id"].as_str().unwrap());
        assert_eq!((&days[0]["date"], desk.leader.post(&path, cancel.clone()).await.because()), (&json!("2026-03-04"), "ordered"));
        // Where duty is let happen on the date, the day gives way to it.
        desk.force.app.set_clock("2026-03-03T20:00:00Z");
        desk.act(&desk.bureau, "override", json!({"reason": "重大警情", "until": "2026-03-04T06:00:00Z"})).await.expect(200);
        desk.leader.post(&path, cancel.clone()).await.expect(200);
        // One that a leader planned by hand, with no order behind it, is a rest day like any other.
        let by_hand = json!({"officer_id": desk.officer, "date": "2026-03-20", "kind": "ordered"});
        let by_hand = desk.leader.post("/rest-days", by_hand).await.expect(201).id();
        let mut cancel = cancel;
        cancel["notified_at"] = json!("2026-03-03T20:00:00Z");
        desk.leader.post(&format!("/rest-days/{by_hand}/cancel"), cancel).await.expect(200);
    }

    /// Not for oneself, not for others' people; an officer sees their own and nothing else.
    async fn who_orders_and_who_sees(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let body = json!({"officer_id": desk.officer, "reason": "连续值守"});
        let drafted = desk.leader.post("/rest-orders", body.clone()).await.expect(201);
        assert_eq!((&drafted.body["origin"], &drafted.body["state"]), (&json!("leader"), &json!("draft")));
        let path = format!("/rest-orders/{}", drafted.id());
        assert_eq!(drafted.header("location"), format!("/api/v1{path}"));
        assert_eq!(force.other_leader.post("/rest-orders", body.clone()).await.says(), (404, "not_found"));
        assert_eq!(force.hr.post("/rest-orders", body.clone()).await.says(), (403, "forbidden"));
        assert_eq!(desk.own.post("/rest-orders", body.clone()).await.says(), (403, "forbidden"));
        let own_leader = force.app.as_officer("own-leader", desk.officer, &[(Role::Leader, Some(force.station))]).await;
        assert_eq!(own_leader.post("/rest-orders", body).await.says(), (403, "own_record"));
        for (what, body) in [("issue", json!({})), ("end", why())] {
            let path = format!("{path}/{what}");
            assert_eq!(own_leader.post(&path, body.clone()).await.says(), (403, "own_record"), "{what}");
            assert_eq!(force.other_leader.post(&path, body.clone()).await.says(), (404, "not_found"));
            assert_eq!(force.hr.post(&path, body).await.says(), (403, "forbidden"));
        }
        let auditor = force.app.as_role("auditor", Role::Auditor, Some(force.bureau)).await;
        for client in [&desk.own, &desk.leader, &force.hr, &desk.bureau, &force.branch_leader, &auditor] {
            client.get(&path).await.expect(200);
            assert_eq!(items(client, "/rest-orders").await.len(), 1);
        }
        let colleague = force.officer("100101", "2010-01-01").await;
        let colleague = force.app.as_officer("colleague", colleague, &[]).await;
        for client in [&force.other_leader, &colleague] {
            assert_eq!(client.get(&path).await.says(), (404, "not_found"));
            assert_eq!(items(client, &format!("/rest-orders?officer_id={}", desk.officer)).await, Vec::<Value>::new());
        }
        assert_eq!(force.admin.get(&path).await.says(), (403, "forbidden"));
        // A leader's order is issued from now on, for the rest of the policy.
        let issued = desk.leader.act(&format!("{path}/issue")).await.expect(200);
        assert_eq!((&issued.body["from"], &issued.body["to"]), (&json!("2026-03-02T01:00:00Z"), &json!("2026-03-03T01:00:00Z")));
    }

    /// How long an override may last is the force's to say.
    async fn the_policy_says_how_long_an_override_lasts(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let admin = desk.force.app.lasting(&desk.force.admin);
        let text = include_str!("../../../src/rules/rest.toml").replace("override_hours_max = 12", "override_hours_max = 4");
        let text = text.replace("effective_from = 2007-01-01", "effective_from = 2026-03-01");
        for wrong in ["override_hours_max = 0", "override_hours_max = 73"] {
            let text = text.replace("override_hours_max = 4", wrong);
            let version = json!({"effective_from": "2026-03-01", "source": "试行", "text": text});
            admin.post("/policies/rest/versions", version).await.expect(422);
        }
        let version = json!({"effective_from": "2026-03-01", "source": "试行", "text": text});
        admin.post("/policies/rest/versions", version).await.expect(201);
        desk.quarter("2026-03-03T00:00:00Z");
        desk.act(&desk.leader, "issue", json!({})).await.expect(200);
        let until = |at: &str| json!({"reason": "重大警情", "until": at});
        assert_eq!(desk.act(&desk.bureau, "override", until("2026-03-03T04:00:01Z")).await.status, 422);
        let told = desk.act(&desk.bureau, "override", until("2026-03-03T04:00:00Z")).await.expect(200);
        assert_eq!(told.body["override_hours_max"], 4);
    }
}
