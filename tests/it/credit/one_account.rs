//! The month, the choice and the payments tell of one account of the overtime allowance, by minutes of credit.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, credit_of, enter, finding, force, items, lot, officer, on_duty};
use crate::app::{Client, Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once};

async fn choose(own: &Client, lot: impl ToString, what: &str) -> Told {
    own.post(&format!("/comp-lots/{}/choose", lot.to_string()), json!({"as": what})).await
}

async fn pay(force: &Force, lot: impl ToString) -> Told {
    force.hr.act(&format!("/comp-lots/{}/pay", lot.to_string())).await
}

async fn month(client: &Client, officer: Uuid, month: &str) -> Value {
    client.get(&format!("/officers/{officer}/overtime-allowance?month={month}")).await.expect(200).body
}

/// What it pays, by days, minutes and amount, and what the cap leaves.
fn told(of: &Value) -> String {
    ["paid_days", "paid_minutes", "amount", "over_cap_days"].map(|name| of[name].to_string().replace('"', "")).join(" ")
}

fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// The amounts that were recorded of lots, in their order.
async fn amounts(own: &Client, lots: &[String]) -> Vec<i64> {
    let mut all = Vec::new();
    for lot in lots {
        let shown = own.get(&format!("/comp-lots/{lot}")).await.expect(200).body;
        all.extend(shown["payments"].as_array().unwrap().iter().map(|one| cents(&one["amount"])));
    }
    all
}

async fn lots(own: &Client, officer: Uuid) -> Vec<String> {
    let credit = credit_of(own, officer).await;
    credit["items"].as_array().unwrap().iter().map(|lot| lot["lot_id"].as_str().unwrap().to_owned()).collect()
}

/// A weekly rest day that is taken away in time, with the lot that it earns.
async fn taken_away(force: &Force, officer: Uuid, date: &str) -> String {
    let body = json!({"officer_id": officer, "date": date, "kind": "weekly"});
    let day = force.leader.post("/rest-days", body).await.expect(201).id();
    let cancel = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
    let told = force.leader.post(&format!("/rest-days/{day}/cancel"), cancel).await.expect(200);
    told.body["cancellation"]["lot_id"].as_str().unwrap().to_owned()
}

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn shuffled<T>(&mut self, mut all: Vec<T>) -> Vec<T> {
        let mut taken = Vec::new();
        while !all.is_empty() {
            let at = usize::try_from(self.below(u64::try_from(all.len()).unwrap())).unwrap();
            taken.push(all.swap_remove(at));
        }
        taken
    }
}

both! {
    /// Duty of ten hours, a day, half a day and half an hour on each of two statutory holidays: paid by its minutes.
    async fn hours_on_holidays(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-04-20T01:00:00Z");
        let cases = [
            ("720100", "18:00", "2.5", 1200, 12_500, "250.00"),
            ("720101", "16:00", "2", 960, 10_000, "200.00"),
            ("720102", "12:00", "1", 480, 5000, "100.00"),
            ("720103", "08:30", "0.13", 60, 625, "12.50"),
        ];
        let mut people = Vec::new();
        for (badge, to, ..) in &cases {
            let (someone, own) = officer(&force, badge).await;
            for date in ["2026-05-01", "2026-05-02"] {
                let (from, to) = (format!("{date}T08:00"), format!("{date}T{to}"));
                let shift = on_duty(&force, someone, &from, &to).await;
                people.push((someone, own.clone(), shift, from, to));
            }
        }
        force.app.set_clock("2026-05-04T01:00:00Z");
        for (someone, own, shift, from, to) in &people {
            let date = json!(&from[..10]);
            let told = month(own, *someone, "2026-05").await;
            assert!(told["days"].as_array().unwrap().iter().all(|day| day["date"] != date), "nobody agreed on it yet");
            let hours = json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
            for client in [own, &force.leader] {
                client.post(&format!("/duty-shifts/{shift}/confirm-actual"), hours.clone()).await.expect(200);
            }
        }
        for ((_, _, days, minutes, each, amount), pair) in cases.iter().zip(people.chunks(2)) {
            let (someone, own) = (pair[0].0, &pair[0].1);
            let expected = format!("{days} {minutes} {amount} 0");
            let before = month(own, someone, "2026-05").await;
            assert_eq!((told(&before), told(&before["chosen"]).as_str()), (expected.clone(), "0 0 0.00 0"));
            assert_eq!((before["statutory_days_worked"].to_string().as_str(), &before["rest_days_worked"]), (*days, &json!(0)));
            let lots = lots(own, someone).await;
            for lot in &lots {
                choose(own, lot, "pay").await.expect(200);
            }
            assert_eq!(told(&month(own, someone, "2026-05").await["chosen"]), expected);
            for lot in &lots {
                pay(&force, lot).await.expect(200);
            }
            assert_eq!(amounts(own, &lots).await, [*each, *each]);
            let after = month(own, someone, "2026-05").await;
            assert_eq!([told(&after), told(&after["chosen"])], [expected.clone(), expected]);
            let day = &after["days"][0];
            assert_eq!((&day["class"], &day["minutes"], &day["paid_minutes"], &day["wanted_minutes"]), (&json!("statutory_holiday"), &json!(minutes / 2), &json!(minutes / 2), &json!(0)));
        }
        // One minute of each class.
        let (someone, own) = officer(&force, "720104").await;
        for (date, amount) in [("2026-05-03", 17), ("2026-05-02", 21)] {
            let id = enter(&force, someone, 1, date).await;
            choose(&own, id, "pay").await.expect(200);
            pay(&force, id).await.expect(200);
            assert_eq!(amounts(&own, &[id.to_string()]).await, [amount]);
        }
        assert_eq!(told(&month(&own, someone, "2026-05").await), "0 2 0.38 0");
        assert_sound(&force.app);
    }

    /// Rest days that were taken away and worked are in the account, whether or not anybody confirmed the duty.
    async fn duty_that_nobody_confirmed(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "720110").await;
        let dates = ["2026-04-11", "2026-04-12", "2026-04-18", "2026-04-19", "2026-04-25", "2026-04-26"];
        let mut lots = Vec::new();
        for date in dates {
            lots.push(taken_away(&force, someone, date).await);
            on_duty(&force, someone, &format!("{date}T08:00"), &format!("{date}T16:00")).await;
        }
        for (clock, days, early) in [
            ("2026-04-10T01:00:00Z", 0, 6), ("2026-04-11T15:59:59Z", 0, 6), ("2026-04-11T16:00:00Z", 1, 5),
            ("2026-04-26T15:59:59Z", 5, 1), ("2026-04-26T16:00:00Z", 6, 0),
        ] {
            force.app.set_clock(clock);
            if days == 0 && early == 6 {
                for lot in &lots {
                    choose(&own, lot, "pay").await.expect(200);
                }
            }
            let now = month(&own, someone, "2026-04").await;
            assert_eq!((&now["rest_days_worked"], now["days"].as_array().unwrap().len()), (&json!(days), days));
            assert_eq!(cents(&now["chosen"]["amount"]), 8000 * i64::try_from(days).unwrap(), "{clock}");
            let rules: Vec<&str> = now["findings"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
            assert_eq!(rules.iter().filter(|rule| **rule == "overtime.not_earned").count(), early, "{clock}");
            assert_eq!((rules[0], rules.len()), ("overtime.allowance", 1 + early));
        }
        for lot in &lots {
            pay(&force, lot).await.expect(200);
        }
        assert_eq!(amounts(&own, &lots).await, [8000; 6]);
        let after = month(&force.hr, someone, "2026-04").await;
        assert_eq!([told(&after), told(&after["chosen"])], ["6 2880 480.00 0", "6 2880 480.00 0"]);
        assert_eq!(force.other_leader.get(&format!("/officers/{someone}/overtime-allowance?month=2026-04")).await.says(), (404, "not_found"));
        assert_sound(&force.app);
    }

    /// A lot of a day and a half: a day is rested, the rest of it is paid, and the month says both.
    async fn partly_rested(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-05-04T01:00:00Z");
        let (someone, own) = officer(&force, "720120").await;
        let id = enter(&force, someone, 720, "2026-05-01").await;
        assert_eq!(told(&month(&own, someone, "2026-05").await), "1.5 720 150.00 0");
        let asked = ask(&own, someone, "2026-05-11", "2026-05-11", json!({})).await.expect(201).id();
        assert_eq!(told(&month(&own, someone, "2026-05").await), "0.5 240 50.00 0");
        choose(&own, id, "pay").await.expect(200);
        let before = month(&own, someone, "2026-05").await;
        assert_eq!(told(&before["chosen"]), "0.5 240 50.00 0");
        assert_eq!((&before["statutory_days_worked"], &before["statutory_days_compensated"]), (&json!(1.5), &json!(1)));
        assert_eq!(pay(&force, id).await.expect(200).body["payments"][0]["amount"], "50.00");
        let after = month(&own, someone, "2026-05").await;
        assert_eq!([told(&after), told(&after["chosen"])], ["0.5 240 50.00 0", "0.5 240 50.00 0"]);
        assert_eq!(after["days"], json!([{"date": "2026-05-01", "class": "statutory_holiday", "compensated": false, "wanted_as_pay": true,
            "minutes": 720, "rested_minutes": 480, "paid_minutes": 240, "wanted_minutes": 0, "to_pay_minutes": 0}]));
        // The rest is given up: what was chosen as pay is to be paid again, and comes to the same in two parts.
        own.act(&format!("/leave-requests/{asked}/withdraw")).await.expect(200);
        let again = month(&own, someone, "2026-05").await;
        assert_eq!((told(&again["chosen"]).as_str(), &again["days"][0]["to_pay_minutes"]), ("1.5 720 150.00 0", &json!(480)));
        pay(&force, id).await.expect(200);
        assert_eq!(amounts(&own, &[id.to_string()]).await, [5000, 10_000]);
        assert_eq!(told(&month(&own, someone, "2026-05").await), "1.5 720 150.00 0");
        // What was taken back is no credit.
        let voided = enter(&force, someone, 480, "2026-05-02").await;
        assert_eq!(month(&own, someone, "2026-05").await["statutory_days_worked"], 2.5);
        force.hr.post(&format!("/comp-lots/{voided}/void"), json!({"reason": "重复录入"})).await.expect(200);
        assert_eq!(month(&own, someone, "2026-05").await["statutory_days_worked"], 1.5);
        assert_sound(&force.app);
    }

    /// What a request that has expired held is to be paid as the rest of its lot is: the month says so before any act does.
    async fn what_has_expired(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "720125").await;
        let id = enter(&force, someone, 960, "2026-02-11").await;
        ask(&own, someone, "2026-03-04", "2026-03-04", json!({})).await.expect(201);
        choose(&own, id, "pay").await.expect(200);
        assert_eq!(told(&month(&own, someone, "2026-02").await["chosen"]), "1 480 80.00 0");
        force.app.set_clock("2026-04-06T01:00:00Z");
        assert_eq!(told(&month(&own, someone, "2026-02").await["chosen"]), "2 960 160.00 0");
        pay(&force, id).await.expect(200);
        assert_eq!(amounts(&own, &[id.to_string()]).await, [16_000]);
        assert_eq!(told(&month(&own, someone, "2026-02").await["chosen"]), "2 960 160.00 0");
        assert_sound(&force.app);
    }

    /// A rest day that was taken away and on which nobody worked is given back as rest: it is not paid, whatever was wished.
    async fn pay_without_work(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "720130").await;
        let id = taken_away(&force, someone, "2026-03-14").await;
        choose(&own, &id, "pay").await.expect(200);
        let owed = async || {
            let told = force.leader.get(&format!("/units/{}/rest-duties", force.station)).await.expect(200);
            let mine = items(&told).iter().filter(|one| one["subject_id"] == json!(id));
            mine.map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for clock in ["2026-03-13T01:00:00Z", "2026-03-14T15:59:59Z"] {
            force.app.set_clock(clock);
            assert_eq!(pay(&force, &id).await.says(), (409, "overtime.not_earned"));
            assert_eq!(owed().await, ["pay_credit"], "a wish");
        }
        force.app.set_clock("2026-03-14T16:00:00Z");
        let refused = pay(&force, &id).await;
        assert_eq!(refused.says(), (409, "overtime.not_worked"));
        let why = finding(&refused.body, "overtime.not_worked");
        assert_eq!((&why["measured"]["earned_on"], &why["measured"]["shifts"], &why["source"]), (&json!("2026-03-14"), &json!(0), &json!("人社部发〔2009〕184号")));
        assert_eq!(choose(&own, &id, "pay").await.says(), (409, "overtime.not_worked"));
        assert_eq!(owed().await, ["offer_date", "give_rest"], "rest again");
        let now = month(&own, someone, "2026-03").await;
        assert_eq!((told(&now), told(&now["chosen"]), &now["days"]), ("0 0 0.00 0".to_owned(), "0 0 0.00 0".to_owned(), &json!([])));
        assert_eq!(finding(&now, "overtime.not_worked")["measured"]["earned_on"], "2026-03-14");
        choose(&own, &id, "time").await.expect(200);
        assert_eq!(month(&own, someone, "2026-03").await["findings"].as_array().unwrap().len(), 1);
        assert_eq!(pay(&force, &id).await.because(), "not_pay");
        assert_eq!(choose(&own, &id, "pay").await.says(), (409, "overtime.not_worked"));
        ask(&own, someone, "2026-03-16", "2026-03-16", json!({})).await.expect(201);
        assert_eq!(lot(&credit_of(&own, someone).await, &id)["reserved"], 480);
        assert_sound(&force.app);
    }

    /// Duty on the date, if only by its first or last minute, is work on it; on the day before or after it is not.
    async fn duty_beside_the_date(db: TestDatabase) {
        let force = force(db).await;
        let cases = [
            ("720140", "2026-03-13T20:00", "2026-03-14T00:00", 409), ("720141", "2026-03-13T20:00", "2026-03-14T00:01", 200),
            ("720142", "2026-03-14T23:59", "2026-03-15T04:00", 200), ("720143", "2026-03-15T00:00", "2026-03-15T04:00", 409),
        ];
        let mut all = Vec::new();
        for (badge, from, to, status) in cases {
            let (someone, own) = officer(&force, badge).await;
            let id = taken_away(&force, someone, "2026-03-14").await;
            choose(&own, &id, "pay").await.expect(200);
            on_duty(&force, someone, from, to).await;
            all.push((someone, own, id, from, status));
        }
        force.app.set_clock("2026-03-16T01:00:00Z");
        for (someone, own, id, from, status) in all {
            let before = month(&own, someone, "2026-03").await;
            let amount = if status == 200 { "80.00" } else { "0.00" };
            assert_eq!((&before["amount"], &before["chosen"]["amount"]), (&json!(amount), &json!(amount)), "{from}");
            assert_eq!(pay(&force, &id).await.status, status, "{from}");
            assert_eq!(month(&own, someone, "2026-03").await["chosen"]["amount"], amount);
        }
        assert_sound(&force.app);
    }

    /// The holiday was chosen last and goes first: the rest day that the cap leaves out is told so, and is rest again when
    /// the month is full.
    async fn the_cap_in_the_middle(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "720150").await;
        let mut lots = Vec::new();
        for day in 5..10 {
            lots.push(enter(&force, someone, 480, &format!("2026-01-{day:02}")).await.to_string());
        }
        let half = enter(&force, someone, 240, "2026-01-12").await.to_string();
        let holiday = enter(&force, someone, 480, "2026-01-01").await.to_string();
        lots.extend([half.clone(), holiday.clone()]);
        for lot in &lots {
            choose(&own, lot, "pay").await.expect(200);
        }
        let before = month(&own, someone, "2026-01").await;
        assert_eq!([told(&before), told(&before["chosen"])], ["6 2880 500.00 0.5", "6 2880 500.00 0.5"]);
        assert_eq!((&before["findings"][0]["outcome"], &before["findings"][0]["limit"]["cap_minutes"]), (&json!("warn"), &json!(2880)));
        let refused = pay(&force, &half).await;
        assert_eq!(refused.says(), (409, "overtime.payment"));
        assert_eq!(refused.body["findings"][0]["measured"]["wanted_minutes"], 2880, "the others go first");
        for lot in lots.iter().filter(|lot| **lot != half) {
            assert_eq!(lot_as(&own, someone, &half).await, "pay");
            pay(&force, lot).await.expect(200);
        }
        assert_eq!(lot_as(&own, someone, &half).await, "time");
        assert_eq!(amounts(&own, &lots).await, [8000, 8000, 8000, 8000, 8000, 10_000]);
        let after = month(&own, someone, "2026-01").await;
        assert_eq!([told(&after), told(&after["chosen"])], ["6 2880 500.00 0.5", "6 2880 500.00 0"]);
        assert_eq!(choose(&own, &half, "pay").await.says(), (409, "overtime.payment"));
        assert_sound(&force.app);
    }

    /// What was paid comes first, though the holiday would go before it.
    async fn what_was_paid_comes_first(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "720160").await;
        let long = enter(&force, someone, 2640, "2026-01-05").await;
        choose(&own, long, "pay").await.expect(200);
        pay(&force, long).await.expect(200);
        let holiday = enter(&force, someone, 480, "2026-01-01").await;
        let now = month(&own, someone, "2026-01").await;
        assert_eq!([told(&now), told(&now["chosen"])], ["6 2880 490.00 0.5", "5.5 2640 440.00 0"]);
        choose(&own, holiday, "pay").await.expect(200);
        let paid = pay(&force, holiday).await.expect(200).body;
        assert_eq!((&paid["payments"][0]["amount"], &paid["available_minutes"], &paid["as"]), (&json!("50.00"), &json!(240), &json!("time")));
        assert_eq!(told(&month(&own, someone, "2026-01").await), "6 2880 490.00 0.5");
        assert_sound(&force.app);
    }

    /// Whatever the lots, the order of the choices and that of the payments: they come to what the month said.
    async fn whatever_the_order(db: TestDatabase) {
        let force = force(db).await;
        let mut dice = Dice(20_260_101);
        for round in 0..8 {
            let (someone, own) = officer(&force, &format!("7202{round:02}")).await;
            let mut lots = Vec::new();
            for number in 0..=dice.below(7) {
                let minutes = i64::try_from(1 + dice.below(120) * 8 + number).unwrap();
                let date = if dice.below(3) == 0 { 1 } else { 5 + dice.below(25) };
                lots.push(enter(&force, someone, minutes, &format!("2026-01-{date:02}")).await.to_string());
            }
            if round % 2 == 1 {
                assert_only(&[ask(&own, someone, "2026-03-16", "2026-03-16", json!({})).await], &[201, 409, 422]);
            }
            let mut is_all = true;
            for lot in dice.shuffled(lots.clone()) {
                let told = choose(&own, lot, "pay").await;
                is_all &= told.status == 200 || told.because() == "nothing_left";
                assert_only(&[told], &[200, 409]);
            }
            let said = month(&own, someone, "2026-01").await;
            assert!(!is_all || told(&said) == told(&said["chosen"]), "{said}");
            let order = dice.shuffled(lots.clone());
            if round % 4 < 2 {
                for lot in order {
                    assert_only(&[pay(&force, lot).await], &[200, 409]);
                }
            } else {
                let asks = order.iter().chain(&order).map(|lot| (force.hr.clone(), format!("/comp-lots/{lot}/pay")));
                assert_only(&at_once(asks.map(|(hr, path)| async move { hr.act(&path).await })).await, &[200, 409]);
            }
            let after = month(&own, someone, "2026-01").await;
            let sum: i64 = amounts(&own, &lots).await.iter().sum();
            assert_eq!(sum, cents(&said["chosen"]["amount"]), "{said}");
            for name in ["amount", "paid_minutes"] {
                assert_eq!(after["chosen"][name], said["chosen"][name], "{said} {after}");
            }
            let of_days = |name: &str| after["days"].as_array().unwrap().iter().map(|day| day[name].as_i64().unwrap()).sum::<i64>();
            assert_eq!((json!(of_days("paid_minutes")), of_days("to_pay_minutes")), (after["chosen"]["paid_minutes"].clone(), 0));
            assert!(of_days("paid_minutes") <= 2880);
        }
        assert_sound(&force.app);
    }
}

async fn lot_as(own: &Client, officer: Uuid, id: &str) -> String {
    lot(&credit_of(own, officer).await, id)["as"].as_str().unwrap().to_owned()
}
