//! The regime of each person on each date: contract staff, changes of category, leaving the roll (RULINGS 9–11).

use serde_json::{Value, json};

use super::{asked, blocking, days, finding, force};
use crate::app::Force;

impl Force {
    async fn category(&self, officer: uuid::Uuid, category: &str, effective_on: &str) {
        let body = json!({"category": category, "effective_on": effective_on});
        self.hr.post(&format!("/officers/{officer}/category"), body).await.expect(200);
    }

    /// Days owed on some dates.
    async fn steps(&self, officer: uuid::Uuid, dates: &[&str]) -> Vec<f64> {
        let mut owed = Vec::new();
        for on in dates {
            owed.push(days(&self.owed(officer, on).await["days"]));
        }
        owed
    }
}

both! {
    /// RULINGS 9: joined on 1 August 2025 with no service before: twelve months are full on 1 August 2026, and the year
    /// gives floor(153 ÷ 365 × 5) = 2 from then on; the next year gives five from its first day.
    async fn contract_staff_complete_their_months(db: TestDatabase) {
        let force = force(db).await;
        let with = json!({"category": "auxiliary", "joined_on": "2025-08-01", "service_periods": [{"from": "2025-08-01"}]});
        let officer = force.officer_with("100001", with).await;
        let steps = force.steps(officer, &["2025-12-31", "2026-07-31", "2026-08-01", "2026-12-31", "2027-01-01"]).await;
        assert_eq!(steps, [0.0, 0.0, 2.0, 2.0, 5.0]);
        let why = force.owed(officer, "2026-12-31").await;
        let proration = finding(&why, "annual_leave.proration");
        assert_eq!((&proration["measured"]["remaining_calendar_days"], &proration["limit"]["days"]), (&json!(153), &json!(2)));
        let own = force.own("own", officer).await;
        let two = force.preview(&own, asked(officer, "2026-07-30", "2026-08-03")).await;
        assert_eq!(blocking(&two), ["leave.balance"]);
        force.submit(&own, officer, "2026-08-03", "2026-08-04").await.expect(201);
    }

    /// Two regimes for one career: a tier counts from the month after for police, from the day itself under contract.
    async fn a_change_of_category(db: TestDatabase) {
        let force = force(db).await;
        let dates = ["2026-03-09", "2026-03-10", "2026-03-14", "2026-03-15", "2026-03-31", "2026-04-01"];
        let police = force.officer("100001", "2016-03-10").await;
        assert_eq!(force.steps(police, &dates).await, [5.0, 5.0, 5.0, 5.0, 5.0, 10.0]);
        let auxiliary = json!({"category": "auxiliary", "service_periods": [{"from": "2016-03-10"}]});
        let contract = force.officer_with("100002", auxiliary.clone()).await;
        assert_eq!(force.steps(contract, &dates).await, [5.0, 10.0, 10.0, 10.0, 10.0, 10.0]);

        let to_contract = force.officer("100003", "2016-03-10").await;
        force.category(to_contract, "auxiliary", "2026-03-15").await;
        assert_eq!(force.steps(to_contract, &dates).await, [5.0, 5.0, 5.0, 10.0, 10.0, 10.0]);
        let to_police = force.officer_with("100004", auxiliary.clone()).await;
        force.category(to_police, "police", "2026-03-05").await;
        assert_eq!(force.steps(to_police, &dates).await, [5.0, 5.0, 5.0, 5.0, 5.0, 10.0]);
        // What was valid once stays valid in that year.
        let later = force.officer_with("100005", auxiliary).await;
        force.category(later, "police", "2026-03-15").await;
        assert_eq!(force.steps(later, &dates).await, [5.0, 10.0, 10.0, 10.0, 10.0, 10.0]);
        let why = force.owed(later, "2026-12-31").await;
        let regimes: Vec<&Value> = why["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "annual_leave.regime").map(|one| &one["measured"]["regime"]).collect();
        assert_eq!(regimes, ["enterprise", "order_9"]);
    }

    /// RULINGS 10: the retired have no leave; what was there before retirement stays as it was.
    async fn the_retired(db: TestDatabase) {
        let force = force(db).await;
        let retired = force.officer_with("100001", json!({"category": "retired", "service_periods": [{"from": "1990-01-01"}]})).await;
        assert_eq!(force.owed(retired, "2026-03-02").await["days"], 0);
        assert_eq!(days(&force.balance(retired, "2026-03-02").await["available_days"]), 0.0);

        let (officer, own) = force.person("100002", "1990-01-01").await;
        force.granted(&own, officer, "2026-03-09", "2026-03-13").await;
        let body = json!({"left_on": "2026-06-30", "cause": "retired"});
        force.hr.post(&format!("/officers/{officer}/separation"), body).await.expect(200);
        assert_eq!(force.hr.get(&format!("/officers/{officer}")).await.body["category"], "police");
        let last = force.balance(officer, "2026-06-30").await;
        assert_eq!((days(&last["entitled_days"]), days(&last["taken_days"]), days(&last["available_days"])), (15.0, 5.0, 10.0));
        assert_eq!(days(&force.balance(officer, "2026-07-01").await["available_days"]), 0.0);
        assert_eq!(force.owed(officer, "2027-01-01").await["days"], 0);
        let said = force.preview(&own, asked(officer, "2026-07-01", "2026-07-02")).await;
        assert!(blocking(&said).contains(&"leave.separated"), "{said}");
        force.submit(&own, officer, "2026-06-29", "2026-06-30").await.expect(201);
    }

    /// RULINGS 11: separation forbids later dates and keeps what was before.
    async fn leaving_the_roll(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.enter(asked(officer, "2026-01-05", "2026-01-06")).await.expect(201);
        let before = force.balance(officer, "2026-05-29").await;
        let ledger = force.ledger(officer).await;
        let body = json!({"left_on": "2026-05-29", "cause": "resigned"});
        force.hr.post(&format!("/officers/{officer}/separation"), body).await.expect(200);
        let after = force.balance(officer, "2026-05-29").await;
        for column in ["entitled_days", "taken_days", "available_days"] {
            assert_eq!(after[column], before[column], "{column}");
        }
        assert_eq!(force.ledger(officer).await, ledger);
        assert_eq!(days(&force.balance(officer, "2026-06-01").await["available_days"]), 0.0);
        for (from, to) in [("2026-05-28", "2026-06-01"), ("2026-06-01", "2026-06-02")] {
            assert_eq!(force.submit(&own, officer, from, to).await.says(), (422, "leave.separated"), "{from}");
        }
        let told = force.submit(&own, officer, "2026-05-28", "2026-05-29").await.expect(201);
        // A separation that comes earlier than leave already asked for is met when it is decided.
        let (early, own) = force.person("100002", "2010-01-01").await;
        let late = force.submit(&own, early, "2026-04-13", "2026-04-14").await.expect(201);
        let body = json!({"left_on": "2026-04-13", "cause": "transferred_out"});
        force.hr.post(&format!("/officers/{early}/separation"), body).await.expect(200);
        let refused = force.leader.act(&format!("/leave-requests/{}/approve", late.id())).await;
        assert_eq!(refused.says(), (409, "leave.separated"));
        force.leader.act(&format!("/leave-requests/{}/approve", told.id())).await.expect(200);
    }
}
