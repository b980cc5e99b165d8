//! 64 clients at once on the leave of one officer: what is there is granted, once, and nobody meets a fault.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{App, Client, Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};
use crate::databases::{Kind, TestDatabase, fresh};

const CROWD: usize = 64;

/// A force with one officer who has five days in 2026: hr, and 56 connections of seven accounts of the officer.
struct Storm {
    force: Force,
    officer: Uuid,
    clients: Vec<Client>,
    /// 64 working days that lie ahead.
    workdays: Vec<String>,
}

impl Storm {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2020-07-01").await;
        let clients = crowd(&force, officer).await;
        let workdays = workdays(&force).await;
        assert_eq!(force.balance(officer, "2026-12-31").await["available_days"], 5);
        Self { force, officer, clients, workdays }
    }

    fn day(&self, on: &str, with: &[(&str, &str)]) -> Value {
        let mut body = json!({"officer_id": self.officer, "kind": "annual", "from": on, "to": on});
        for (name, value) in with {
            body[*name] = json!(value);
        }
        body
    }

    /// Every client submits a body of its own at the same moment.
    async fn submit(&self, body: impl Fn(usize) -> Value) -> Vec<Told> {
        at_once(self.clients.iter().cloned().enumerate().map(|(at, client)| {
            let body = body(at);
            async move { client.post("/leave-requests", body).await }
        }))
        .await
    }

    /// The members of the balance that a storm may wear down.
    async fn balance(&self) -> [f64; 4] {
        let balance = self.force.balance(self.officer, "2026-12-31").await;
        ["pending_days", "approved_days", "adjusted_days", "available_days"].map(|name| balance[name].as_f64().unwrap())
    }
}

async fn crowd(force: &Force, officer: Uuid) -> Vec<Client> {
    let mut clients = vec![force.hr.clone(); 8];
    for account in 0..7 {
        let own = force.app.as_officer(&format!("own{account}"), officer, &[]).await;
        clients.extend(std::iter::repeat_n(own, 8));
    }
    assert_eq!(clients.len(), CROWD);
    clients
}

async fn workdays(force: &Force) -> Vec<String> {
    let calendar = force.hr.get("/calendar?from=2026-03-03&to=2026-07-31").await.expect(200);
    let working = calendar.body["items"].as_array().unwrap().iter().filter(|day| day["working"] == true);
    let days: Vec<String> = working.map(|day| day["date"].as_str().unwrap().to_owned()).take(CROWD).collect();
    assert_eq!(days.len(), CROWD);
    days
}

/// The last days: five are granted, 59 learn that nothing is left.
async fn the_last_days_are_granted_once(storm: &Storm) {
    let told = storm.submit(|at| storm.day(&storm.workdays[at], &[])).await;
    assert_eq!(count(&told, 201), 5, "{:?}", told.iter().map(Told::says).collect::<Vec<_>>());
    for refused in told.iter().filter(|told| told.status != 201) {
        assert_eq!(refused.says(), (422, "leave.balance"), "{}", refused.body);
    }
    assert_eq!(storm.balance().await, [5.0, 0.0, 0.0, 0.0]);
    assert_sound(&storm.force.app);
}

/// One and the same day: one is granted, 63 meet the overlap.
async fn one_day_is_granted_once(storm: &Storm) {
    let told = storm.submit(|_| storm.day(&storm.workdays[0], &[])).await;
    assert_eq!(count(&told, 201), 1, "{:?}", told.iter().map(Told::says).collect::<Vec<_>>());
    for refused in told.iter().filter(|told| told.status != 201) {
        assert_eq!(refused.says(), (409, "leave.overlap"), "{}", refused.body);
    }
    assert_eq!(storm.balance().await, [1.0, 0.0, 0.0, 4.0]);
    assert_sound(&storm.force.app);
}

both! {
    async fn different_days(db: TestDatabase) {
        the_last_days_are_granted_once(&Storm::start(db).await).await;
    }

    async fn the_same_day(db: TestDatabase) {
        one_day_is_granted_once(&Storm::start(db).await).await;
    }

    /// Mornings and afternoons of 32 days: ten halves of them.
    async fn half_days(db: TestDatabase) {
        let storm = Storm::start(db).await;
        let half = |at: usize| if at.is_multiple_of(2) { ("last_day", "am") } else { ("first_day", "pm") };
        let told = storm.submit(|at| storm.day(&storm.workdays[at / 2], &[half(at)])).await;
        assert_eq!(count(&told, 201), 10);
        assert_only(&told, &[201, 422]);
        assert_eq!(storm.balance().await, [5.0, 0.0, 0.0, 0.0]);
        assert_sound(&storm.force.app);
    }

    /// Approvals, withdrawals and cancellations of one request in one moment: one life of it, whichever it is.
    async fn decisions_and_withdrawals_of_one_request(db: TestDatabase) {
        let storm = Storm::start(db).await;
        let mut cancelled = 0;
        for day in &storm.workdays[..4] {
            let own = storm.clients[CROWD - 1].clone();
            let request = own.post("/leave-requests", storm.day(day, &[])).await.expect(201).id();
            let told = at_once((0..CROWD).map(|at| {
                let (client, act, body) = match at % 4 {
                    0 => (storm.force.leader.clone(), "approve", json!({})),
                    1 => (own.clone(), "withdraw", json!({})),
                    2 => (storm.force.hr.clone(), "cancel", json!({"reason": "不再需要"})),
                    _ => (own.clone(), "cancel", json!({"reason": "不再需要"})),
                };
                async move { client.post(&format!("/leave-requests/{request}/{act}"), body).await }
            }))
            .await;
            assert_only(&told, &[200, 409]);
            let done = |kind: usize| told.iter().skip(kind).step_by(4).filter(|told| told.status == 200).count();
            let (approved, withdrawn, ended) = (done(0), done(1), done(2) + done(3));
            assert_eq!(approved + withdrawn, 1, "one of them decides the fate of the request");
            assert!(ended <= approved, "only what was approved is cancelled");
            let state = own.get(&format!("/leave-requests/{request}")).await.expect(200).body["state"].clone();
            let wanted = if ended == 1 { "cancelled" } else if approved == 1 { "approved" } else { "withdrawn" };
            assert_eq!(state, wanted);
            cancelled += ended;
            assert_sound(&storm.force.app);
        }
        let [pending, approved, _, available] = storm.balance().await;
        assert!(pending == 0.0 && approved + available == 5.0, "{cancelled} cancelled");
    }

    /// The days are free the moment a withdrawal commits, and then for one of those who wait for them.
    async fn a_withdrawal_among_submissions(db: TestDatabase) {
        let storm = Storm::start(db).await;
        let own = storm.clients[CROWD - 1].clone();
        let span = json!({"officer_id": storm.officer, "kind": "annual", "from": "2026-03-09", "to": "2026-03-13"});
        let first = own.post("/leave-requests", span.clone()).await.expect(201).id();
        let told = at_once((0..CROWD).map(|at| {
            let (client, span) = (storm.clients[at].clone(), span.clone());
            async move {
                match at % 2 {
                    0 => client.act(&format!("/leave-requests/{first}/withdraw")).await,
                    _ => client.post("/leave-requests", span).await,
                }
            }
        }))
        .await;
        assert_only(&told, &[200, 201, 409]);
        assert_eq!(count(&told, 200), 1);
        let again = count(&told, 201);
        assert!(again <= 1);
        assert_eq!(storm.balance().await[0], if again == 1 { 5.0 } else { 0.0 });
        assert_sound(&storm.force.app);
    }

    /// hr takes days away while they are asked for: together exactly what there was.
    async fn adjustments_among_submissions(db: TestDatabase) {
        let storm = Storm::start(db).await;
        let told = at_once((0..CROWD).map(|at| {
            let (client, day) = (storm.clients[at].clone(), storm.day(&storm.workdays[at], &[]));
            let (hr, officer) = (storm.force.hr.clone(), storm.officer);
            let adjustment = json!({"officer_id": officer, "kind": "annual", "year": 2026, "days": -1, "reason": "更正"});
            async move {
                match at % 2 {
                    0 => hr.post("/leave-adjustments", adjustment).await,
                    _ => client.post("/leave-requests", day).await,
                }
            }
        }))
        .await;
        assert_only(&told, &[201, 409, 422]);
        assert_eq!(count(&told, 201), 5);
        let [pending, _, adjusted, available] = storm.balance().await;
        assert_eq!((pending - adjusted, available), (5.0, 0.0));
        assert_sound(&storm.force.app);
    }

    /// Two days of last year's five are carried over, twice at most.
    async fn carry_overs(db: TestDatabase) {
        let storm = Storm::start(db).await;
        let carry = json!({"from_year": 2025, "days": 2, "reason": "work_need", "consent_on": "2026-03-01"});
        let path = format!("/officers/{}/carry-overs", storm.officer);
        let told = at_once((0..16).map(|_| {
            let (hr, path, carry) = (storm.force.hr.clone(), path.clone(), carry.clone());
            async move { hr.post(&path, carry).await }
        }))
        .await;
        assert_only(&told, &[201, 409]);
        assert_eq!(count(&told, 201), 2);
        let balance = storm.force.balance(storm.officer, "2026-12-31").await;
        assert_eq!((&balance["carried_in_days"], &balance["available_days"]), (&json!(4), &json!(9)));
        assert_sound(&storm.force.app);
    }

    /// A request that has expired is recorded so once, by whoever writes first.
    async fn an_expiry_that_many_find(db: TestDatabase) {
        let storm = Storm::start(db).await;
        let span = json!({"officer_id": storm.officer, "kind": "annual", "from": "2026-03-09", "to": "2026-03-13"});
        storm.clients[CROWD - 1].post("/leave-requests", span).await.expect(201);
        storm.force.app.set_clock("2026-03-23T01:00:00Z");
        let hr = storm.force.app.sign_in("hr").await;
        let told = at_once((20..52).map(|at| {
            let (hr, day) = (hr.clone(), storm.day(&storm.workdays[at], &[]));
            async move { hr.post("/leave-requests", day).await }
        }))
        .await;
        assert_eq!(count(&told, 201), 5);
        assert_only(&told, &[201, 422]);
        let ledger = hr.get(&format!("/officers/{}/leave-ledger?kind=annual&year=2026", storm.officer)).await.expect(200);
        let released = |row: &&Value| row["kind"] == "released";
        assert_eq!(ledger.body["items"].as_array().unwrap().iter().filter(released).count(), 5);
        assert_sound(&storm.force.app);
    }
}

/// Two instances of the service on one database: every other client talks to the second.
async fn two_instances() -> (Storm, App) {
    let mut storm = Storm::start(fresh(Kind::Postgres)).await;
    let second = App::start_on(std::sync::Arc::clone(&storm.force.app.db)).await;
    for client in storm.clients.iter_mut().skip(1).step_by(2) {
        *client = client.at(&second.base);
    }
    (storm, second)
}

#[actix_web::test]
async fn different_days_on_two_instances() {
    let (storm, _second) = two_instances().await;
    the_last_days_are_granted_once(&storm).await;
}

#[actix_web::test]
async fn the_same_day_on_two_instances() {
    let (storm, _second) = two_instances().await;
    one_day_is_granted_once(&storm).await;
}

/// A grant that one instance takes away no longer holds at the other.
#[actix_web::test]
async fn what_one_instance_takes_away_the_other_refuses() {
    let (storm, second) = two_instances().await;
    let account = storm.force.app.account("second-hr", None, &[(Role::Hr, None)]);
    let there = second.sign_in("second-hr").await;
    there.get("/officers").await.expect(200);
    storm.force.admin.act(&format!("/accounts/{account}/disable")).await.expect(200);
    there.get("/officers").await.expect(401);
}
