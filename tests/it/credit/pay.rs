//! Paying credit within what a month pays; what lies over it stays owed as rest.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{credit_of, enter, force, lot, officer};
use crate::app::{Client, Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};

/// Lots of one day each, earned on days of January.
async fn days(force: &Force, officer: Uuid, number: u32) -> Vec<Uuid> {
    let mut lots = Vec::new();
    for day in 0..number {
        lots.push(enter(force, officer, 480, &format!("2026-01-{:02}", 5 + day)).await);
    }
    lots
}

async fn choose(own: &Client, lot: Uuid, what: &str) -> Told {
    own.post(&format!("/comp-lots/{lot}/choose"), json!({"as": what})).await
}

async fn pay(force: &Force, lot: Uuid) -> Told {
    force.hr.post(&format!("/comp-lots/{lot}/pay"), json!({"note": "2月工资"})).await
}

both! {
    /// Six days a month in the front line, and not a seventh; another month pays its own.
    async fn a_month_pays_up_to_its_cap(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700100").await;
        let lots = days(&force, someone, 7).await;
        for lot in &lots[..6] {
            choose(&own, *lot, "pay").await.expect(200);
        }
        // What is wanted takes the month as what is paid does: the seventh stays owed as rest.
        let refused = choose(&own, lots[6], "pay").await;
        assert_eq!(refused.says(), (409, "overtime.payment"));
        assert_eq!(refused.body["findings"][0]["measured"]["wanted_minutes"], 2880);
        assert_eq!(lot(&credit_of(&own, someone).await, lots[6])["as"], "time");
        for lot in &lots[..6] {
            choose(&own, *lot, "pay").await.expect(200);
            let told = pay(&force, *lot).await.expect(200);
            let [paid] = told.body["payments"].as_array().unwrap().as_slice() else { panic!("{}", told.body) };
            assert_eq!((&paid["month"], &paid["minutes"], &paid["cap_minutes"]), (&json!("2026-01"), &json!(480), &json!(2880)));
            assert_eq!((&paid["amount"], &paid["currency"], &paid["note"]), (&json!("80.00"), &json!("CNY"), &json!("2月工资")));
        }
        let refused = choose(&own, lots[6], "pay").await;
        assert_eq!(refused.says(), (409, "overtime.payment"), "{}", refused.body);
        let why = &refused.body["findings"][0];
        assert_eq!((&why["measured"]["paid_before_minutes"], &why["limit"]["cap_minutes"]), (&json!(2880), &json!(2880)));
        let totals = credit_of(&own, someone).await["totals"].clone();
        assert_eq!((&totals["paid"], &totals["wanted_as_pay"], &totals["available_minutes"]), (&json!(2880), &json!(0), &json!(480)));
        assert_eq!(pay(&force, lots[6]).await.because(), "not_pay");
        let february = enter(&force, someone, 480, "2026-02-25").await;
        choose(&own, february, "pay").await.expect(200);
        assert_eq!(pay(&force, february).await.expect(200).body["payments"][0]["month"], "2026-02");
        assert_eq!(pay(&force, lots[0]).await.says(), (409, "wrong_state"), "a second time");
        assert_sound(&force.app);
    }

    /// A lot that is longer than what the month pays is paid up to there; the rest is rest again, and nobody pays it later.
    async fn what_the_cap_leaves_is_rest(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700110").await;
        let long = enter(&force, someone, 3840, "2026-01-05").await;
        choose(&own, long, "pay").await.expect(200);
        let told = pay(&force, long).await.expect(200).body;
        assert_eq!((&told["paid"], &told["available_minutes"], &told["as"]), (&json!(2880), &json!(960), &json!("time")));
        assert_eq!(told["payments"][0]["amount"], "480.00");
        assert_eq!(pay(&force, long).await.because(), "not_pay");
        assert_eq!(choose(&own, long, "pay").await.says(), (409, "overtime.payment"), "the second payment of the month");
        let shown = own.get(&format!("/comp-lots/{long}")).await.expect(200).body;
        assert_eq!(shown["payments"].as_array().unwrap().len(), 1);
        assert_eq!(lot(&credit_of(&own, someone).await, long)["paid"], 2880);
        assert_sound(&force.app);
    }

    /// Where no policy pays an allowance, nothing is chosen or recorded as paid: the rest stays owed.
    async fn without_an_allowance(db: TestDatabase) {
        let force = force(db).await;
        let auxiliary = force.officer_with("700120", json!({"category": "auxiliary", "service_periods": [{"from": "2016-03-10"}]})).await;
        let own = force.own("auxiliary", auxiliary).await;
        let long = enter(&force, auxiliary, 3840, "2026-01-05").await;
        let refused = choose(&own, long, "pay").await;
        assert_eq!(refused.says(), (409, "overtime.not_paid"));
        let why = &refused.body["findings"][0];
        assert_eq!((&why["measured"]["missing"], &why["measured"]["category"], &why["policy"]), (&json!("category"), &json!("auxiliary"), &json!("")));
        assert_eq!(why["source"], "人社部发〔2009〕184号");
        assert!(why["message"].as_str().unwrap().contains("auxiliary"), "{why}");
        // What was chosen while they were police is not paid of what they earned as something else.
        for (category, since) in [("police", "2026-01-01"), ("auxiliary", "2026-01-05")] {
            let change = json!({"category": category, "effective_on": since});
            force.hr.post(&format!("/officers/{auxiliary}/category"), change).await.expect(200);
            if category == "police" {
                choose(&own, long, "pay").await.expect(200);
            }
        }
        assert_eq!(pay(&force, long).await.says(), (409, "overtime.not_paid"));
        choose(&own, long, "time").await.expect(200);
        let kept = lot(&credit_of(&own, auxiliary).await, long).clone();
        assert_eq!((&kept["paid"], &kept["available_minutes"], &kept["as"]), (&json!(0), &json!(3840), &json!("time")));
        assert_eq!(own.get(&format!("/comp-lots/{long}")).await.expect(200).body["payments"], json!([]));
        // The day before they were none was earned by police, and is paid, though nobody is at the end of the month.
        let earlier = enter(&force, auxiliary, 480, "2026-01-04").await;
        choose(&own, earlier, "pay").await.expect(200);
        assert_eq!(pay(&force, earlier).await.expect(200).body["payments"][0]["amount"], "80.00");
        let month = own.get(&format!("/officers/{auxiliary}/overtime-allowance?month=2026-01")).await.expect(200).body;
        assert_eq!((&month["amount"], &month["rest_days_worked"]), (&json!("80.00"), &json!(1)));
        assert_sound(&force.app);
    }

    /// Chosen and paid by many at once: the cap holds.
    async fn paid_at_once(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700130").await;
        let lots = days(&force, someone, 9).await;
        let told = at_once(lots.iter().map(|lot| {
            let (own, lot) = (own.clone(), *lot);
            async move { choose(&own, lot, "pay").await }
        }))
        .await;
        assert_only(&told, &[200, 409]);
        assert_eq!((count(&told, 200), &credit_of(&own, someone).await["totals"]["wanted_as_pay"]), (6, &json!(2880)));
        let told = at_once(lots.into_iter().map(|lot| {
            let hr = force.hr.clone();
            async move { hr.act(&format!("/comp-lots/{lot}/pay")).await }
        }))
        .await;
        assert_only(&told, &[200, 409]);
        assert_eq!((count(&told, 200), &credit_of(&own, someone).await["totals"]["paid"]), (6, &json!(2880)));
        assert_sound(&force.app);
    }

    /// What is wanted as pay is owed as pay, by the date by which it would have been rested; rest is not planned from it.
    async fn pay_is_owed_too(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "700140").await;
        let day = json!({"officer_id": someone, "date": "2026-03-10", "kind": "weekly"});
        let day = force.leader.post("/rest-days", day).await.expect(201).id();
        let cancel = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
        let told = force.leader.post(&format!("/rest-days/{day}/cancel"), cancel).await.expect(200);
        let lot: Uuid = told.body["cancellation"]["lot_id"].as_str().unwrap().parse().unwrap();
        let owed = async || {
            let told = force.leader.get(&format!("/units/{}/rest-duties", force.station)).await.expect(200);
            let mine = crate::leave::items(&told).iter().filter(|one| one["subject_id"] == json!(lot));
            let said = |one: &Value| [&one["kind"], &one["due_on"], &one["minutes"]].map(Value::to_string).join(" ");
            mine.map(said).collect::<Vec<_>>()
        };
        let rest = owed().await;
        assert_eq!(rest, ["\"offer_date\" \"2026-03-06\" 480", "\"give_rest\" \"2026-04-09\" 480"]);
        choose(&own, lot, "pay").await.expect(200);
        assert_eq!(owed().await, ["\"pay_credit\" \"2026-04-09\" 480"]);
        let again = force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2026-03-20"})).await;
        assert_eq!(again.because(), "wanted_as_pay");
        choose(&own, lot, "time").await.expect(200);
        assert_eq!(owed().await, rest);
        choose(&own, lot, "pay").await.expect(200);
        super::on_duty(&force, someone, "2026-03-10T08:00", "2026-03-10T16:00").await;
        force.app.set_clock("2026-03-11T01:00:00Z");
        pay(&force, lot).await.expect(200);
        assert_eq!(owed().await, Vec::<String>::new());
        let again = force.leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": "2026-03-20"})).await;
        assert_eq!(again.because(), "nothing_left");
        assert_sound(&force.app);
    }
}
