//! Compensatory leave: a kind beside annual, sick and personal, that draws on credit in minutes.

use respite::rules::comp_credit::CreditOrigin;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, blocking, credit_of, earn, enter, finding, force, items, ledger_sum, lot, officer, spans};
use crate::app::{Client, Force};
use crate::crowd::assert_sound;

async fn compensatory(client: &Client, officer: Uuid, on: &str) -> Value {
    let told = client.get(&format!("/officers/{officer}/leave-balances?on={on}")).await.expect(200);
    let item = items(&told)[1].clone();
    assert_eq!(item["kind"], "compensatory");
    item
}

/// The columns in minutes; on the year's last day they must add up.
fn minutes(item: &Value) -> [i64; 10] {
    [
        "carried_in",
        "adjusted",
        "credited",
        "carried_out",
        "settled",
        "taken",
        "approved",
        "pending",
        "held",
        "available",
    ]
    .map(|name| item["minutes"][name].as_i64().unwrap())
}

async fn assert_adds_up(client: &Client, officer: Uuid, last_day: &str) {
    let item = compensatory(client, officer, last_day).await;
    let [carried_in, adjusted, credited, out @ .., available] = minutes(&item);
    assert_eq!(available, carried_in + adjusted + credited - out.iter().sum::<i64>(), "{item}");
}

async fn approve(force: &Force, request: Uuid) {
    force.leader.act(&format!("/leave-requests/{request}/approve")).await.expect(200);
}

both! {
    /// Two lots of 120 minutes make half a day; half a day more finds nothing.
    async fn half_days_from_two_lots(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300100").await;
        let first = earn(&force, officer, 120, CreditOrigin::ShortDailyRest, "2026-02-10").unwrap();
        let half = json!({"last_day": "am"});
        let told = ask(&own, officer, "2026-03-09", "2026-03-09", half.clone()).await;
        assert_eq!(told.says(), (422, "leave.balance"));
        let short = finding(&told.body, "leave.balance");
        assert_eq!((&short["measured"]["available_days"], &short["limit"]["short_by_days"]), (&0.into(), &0.5.into()));
        assert_eq!(short["limit"]["short_by_minutes"], 240);
        let second = earn(&force, officer, 120, CreditOrigin::Overtime, "2026-02-20").unwrap();
        let told = ask(&own, officer, "2026-03-09", "2026-03-09", half.clone()).await.expect(201);
        assert_eq!((&told.body["days"], &told.body["kind"]), (&0.5.into(), &"compensatory".into()));
        let balance = finding(&told.body, "leave.balance");
        assert_eq!((&balance["policy"], &balance["measured"]["available_minutes"]), (&"rest@2007-01-01".into(), &240.into()));
        let credit = credit_of(&own, officer).await;
        for id in [first, second] {
            assert_eq!((&lot(&credit, id)["reserved"], &lot(&credit, id)["state"]), (&120.into(), &"reserved".into()));
        }
        let told = ask(&own, officer, "2026-03-10", "2026-03-10", json!({"first_day": "pm"})).await;
        assert_eq!(told.says(), (422, "leave.balance"));
        assert_eq!(ledger_sum(&own, officer).await, 0);
        assert_sound(&force.app);
    }

    /// Zero, half a day and one too many; the earliest date first; before it is earned nothing is there.
    async fn earliest_take_by_first(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300110").await;
        assert_eq!(ask(&own, officer, "2026-03-09", "2026-03-09", json!({})).await.says(), (422, "leave.balance"));
        let later = enter(&force, officer, 480, "2026-02-25").await;
        let sooner = enter(&force, officer, 480, "2026-02-05").await;
        assert_eq!(ask(&own, officer, "2026-03-09", "2026-03-11", json!({})).await.says(), (422, "leave.balance"));
        let request = ask(&own, officer, "2026-03-09", "2026-03-09", json!({})).await.expect(201).id();
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, sooner)["reserved"], &lot(&credit, later)["reserved"]), (&480.into(), &0.into()));
        assert_eq!(lot(&credit, sooner)["rest_on"], json!(["2026-03-09"]));
        // Past its date the lot is rested all the same.
        approve(&force, request).await;
        force.app.set_clock("2026-03-09T12:00:00Z");
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, sooner)["used"], &lot(&credit, sooner)["reserved"]), (&480.into(), &0.into()));
        assert_eq!(ask(&own, officer, "2026-04-13", "2026-04-13", json!({})).await.status, 201);
        // What is earned on a date is not there before it.
        earn(&force, officer, 480, CreditOrigin::CancelledRest, "2026-05-10").unwrap();
        assert_eq!(ask(&own, officer, "2026-05-08", "2026-05-08", json!({})).await.says(), (422, "leave.balance"));
        assert_eq!(ask(&own, officer, "2026-05-11", "2026-05-11", json!({})).await.status, 201);
        assert_sound(&force.app);
    }

    /// What is given back, earned or taken as time again with an earlier date is used by the leave that lies ahead; what lies
    /// behind stays where it was.
    async fn earliest_take_by_first_at_any_time(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300115").await;
        let later = enter(&force, officer, 480, "2026-02-25").await;
        let sooner = enter(&force, officer, 480, "2026-02-05").await;
        let reserved = async || {
            let credit = credit_of(&own, officer).await;
            [sooner, later].map(|id| lot(&credit, id)["reserved"].as_i64().unwrap())
        };
        let first = ask(&own, officer, "2026-03-09", "2026-03-09", json!({})).await.expect(201).id();
        let second = ask(&own, officer, "2026-03-10", "2026-03-10", json!({})).await.expect(201).id();
        approve(&force, second).await;
        assert_eq!(reserved().await, [480, 480]);
        own.act(&format!("/leave-requests/{first}/withdraw")).await.expect(200);
        assert_eq!(reserved().await, [480, 0], "what was given back is due first");
        let third = ask(&own, officer, "2026-03-11", "2026-03-11", json!({"last_day": "am"})).await.expect(201).id();
        let earliest = enter(&force, officer, 240, "2026-02-01").await;
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, earliest)["reserved"], reserved().await), (&json!(240), [480, 0]), "what is entered is due first");
        own.act(&format!("/leave-requests/{third}/withdraw")).await.expect(200);
        assert_eq!(reserved().await, [240, 0]);
        // Rested once, it stays where it was.
        force.app.set_clock("2026-03-11T01:00:00Z");
        enter(&force, officer, 960, "2026-01-20").await;
        assert_eq!(reserved().await, [0, 0]);
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, earliest)["used"], &lot(&credit, sooner)["used"]), (&json!(240), &json!(240)));
        assert_sound(&force.app);
    }

    /// Withdrawn, rejected, cancelled, expired: the minutes return to their lot each time.
    async fn what_is_given_back_returns(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300120").await;
        let id = enter(&force, officer, 960, "2026-02-25").await;
        let left = async || lot(&credit_of(&own, officer).await, id)["available_minutes"].as_i64().unwrap();
        let request = ask(&own, officer, "2026-03-09", "2026-03-10", json!({})).await.expect(201).id();
        assert_eq!(left().await, 0);
        own.act(&format!("/leave-requests/{request}/withdraw")).await.expect(200);
        assert_eq!(left().await, 960);
        let request = ask(&own, officer, "2026-03-09", "2026-03-10", json!({})).await.expect(201).id();
        // A refusal of compensatory leave need not name another date.
        force.leader.post(&format!("/leave-requests/{request}/reject"), json!({"reason": "执勤", "alternatives": []})).await.expect(200);
        assert_eq!(left().await, 960);
        let request = ask(&own, officer, "2026-03-09", "2026-03-10", json!({})).await.expect(201).id();
        approve(&force, request).await;
        let cancel = format!("/leave-requests/{request}/cancel");
        let rest = own.post(&cancel, json!({"reason": "改期", "to": "2026-03-09"})).await.expect(200).body;
        assert_eq!((&rest["days"], left().await), (&1.into(), 480));
        assert_sound(&force.app);
        own.post(&cancel, json!({"reason": "改期"})).await.expect(200);
        assert_eq!(left().await, 960);
        ask(&own, officer, "2026-03-09", "2026-03-10", json!({})).await.expect(201);
        force.app.set_clock("2026-03-12T01:00:00Z");
        assert_eq!(left().await, 960);
        // The next write records it first.
        let request = ask(&own, officer, "2026-03-16", "2026-03-17", json!({})).await.expect(201).id();
        approve(&force, request).await;
        assert_eq!(left().await, 0);
        let told = own.get(&format!("/officers/{officer}/leave-ledger?kind=compensatory")).await.expect(200);
        let sums = items(&told).iter().map(|row| row["quantity"].as_i64().unwrap()).sum::<i64>();
        assert_eq!((items(&told).len(), sums, &items(&told)[1]["unit"]), (19, 0, &"minute".into()));
        let causes: Vec<_> = items(&told).iter().map(|row| row["cause"].as_str().unwrap()).collect();
        assert!(causes.contains(&"withdrawn") && causes.contains(&"rejected") && causes.contains(&"expired") && causes.contains(&"cancelled"));
        assert_sound(&force.app);
    }

    /// What is wanted as pay is not rested; what is reserved stays reserved.
    async fn pay_or_time(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300130").await;
        let id = enter(&force, officer, 960, "2026-02-25").await;
        let request = ask(&own, officer, "2026-03-09", "2026-03-09", json!({})).await.expect(201).id();
        let chosen = own.post(&format!("/comp-lots/{id}/choose"), json!({"as": "pay"})).await.expect(200).body;
        assert_eq!((&chosen["reserved"], &chosen["wanted_as_pay"], &chosen["available_minutes"]), (&480.into(), &480.into(), &0.into()));
        assert_eq!(ask(&own, officer, "2026-03-10", "2026-03-10", json!({})).await.says(), (422, "leave.balance"));
        approve(&force, request).await;
        let item = compensatory(&own, officer, "2026-03-02").await;
        assert_eq!((&item["held_days"], &item["approved_days"], &item["available_days"]), (&1.into(), &1.into(), &0.into()));
        force.hr.act(&format!("/comp-lots/{id}/pay")).await.expect(200);
        // Given back to a lot that was wanted as pay, it is wanted as pay.
        own.post(&format!("/leave-requests/{request}/cancel"), json!({"reason": "改期"})).await.expect(200);
        let shown = own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!((&shown["state"], &shown["wanted_as_pay"], &shown["paid"]), (&"chosen_pay".into(), &480.into(), &480.into()));
        own.post(&format!("/comp-lots/{id}/choose"), json!({"as": "time"})).await.expect(200);
        assert_eq!(ask(&own, officer, "2026-03-10", "2026-03-10", json!({})).await.status, 201);
        assert_adds_up(&own, officer, "2026-12-31").await;
        assert_sound(&force.app);
    }

    /// The balance beside annual leave, its explanation, and the year's end.
    async fn the_balance_over_the_years(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300140").await;
        let empty = compensatory(&own, officer, "2026-03-02").await;
        assert_eq!((&empty["available_days"], &empty["lots"]), (&0.into(), &json!([])));
        enter(&force, officer, 600, "2025-12-20").await;
        earn(&force, officer, 500, CreditOrigin::Overtime, "2026-01-10").unwrap();
        let request = ask(&own, officer, "2026-03-09", "2026-03-10", json!({"last_day": "am"})).await.expect(201).id();
        let pending = compensatory(&own, officer, "2026-03-02").await;
        assert_eq!(minutes(&pending), [600, 0, 500, 0, 0, 0, 0, 720, 0, 380]);
        assert_eq!((&pending["pending_days"], &pending["available_days"], &pending["entitled_days"]), (&1.5.into(), &0.5.into(), &0.into()));
        approve(&force, request).await;
        assert_eq!(minutes(&compensatory(&own, officer, "2026-03-09").await), [600, 0, 500, 0, 0, 480, 240, 0, 0, 380]);
        assert_adds_up(&own, officer, "2026-12-31").await;
        assert_adds_up(&own, officer, "2025-12-31").await;
        // Over the year's end: two days in 2026 and 2027 from one lot that never ends.
        enter(&force, officer, 960, "2026-03-01").await;
        let told = ask(&own, officer, "2026-12-31", "2027-01-04", json!({})).await.expect(201);
        assert_eq!((&told.body["days"], &told.body["by_year"]), (&2.into(), &json!({"2026": 1, "2027": 1})));
        assert_adds_up(&own, officer, "2026-12-31").await;
        assert_adds_up(&own, officer, "2027-12-31").await;
        let why = own.get(&format!("/officers/{officer}/leave-balances/explanation?kind=compensatory")).await.expect(200).body;
        assert_eq!((&why["kind"], &why["findings"][0]["rule"]), (&"compensatory".into(), &"rest.credit".into()));
        assert_eq!((why["lots"].as_array().unwrap().len(), &why["movements"][0]["unit"]), (3, &"minute".into()));
        let types = own.get("/leave-types").await.expect(200);
        let kind = items(&types).iter().find(|one| one["kind"] == "compensatory").unwrap();
        assert_eq!((&kind["counted_in"], &kind["policy"]), (&"working".into(), &"rest@2007-01-01".into()));
        let unit = force.leader.get(&format!("/units/{}/leave-balances", force.station)).await.expect(200);
        assert_eq!(items(&unit)[0]["items"][1]["kind"], "compensatory");
        for kind in ["sick", "home_leave_spouse"] {
            let told = own.get(&format!("/officers/{officer}/leave-ledger?kind={kind}")).await;
            assert_eq!(told.status, 422);
        }
        assert_sound(&force.app);
    }

    /// Recalled from compensatory leave: the minutes return to their lots, what the recall gives beside them is a lot of its own.
    async fn recalled(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300145").await;
        let id = enter(&force, officer, 1440, "2026-02-25").await;
        let request = ask(&own, officer, "2026-03-09", "2026-03-11", json!({})).await.expect(201).id();
        approve(&force, request).await;
        force.app.set_clock("2026-03-09T01:00:00Z");
        let path = format!("/leave-requests/{request}/recall");
        let body = json!({"from": "2026-03-10", "to": "2026-03-11", "reason": "专项行动"});
        let told = force.leader.post(&path, body).await.expect(200).body;
        assert_eq!((&told["days"], &told["recalls"][0]["returned_days"], &told["recalls"][0]["credited_days"]), (&1.into(), &2.into(), &2.into()));
        let credit = credit_of(&own, officer).await;
        assert_eq!(lot(&credit, id)["available_minutes"], 960);
        let earned = credit["items"].as_array().unwrap().iter().find(|lot| lot["origin"] == "recall").unwrap();
        assert_eq!((&earned["minutes"], &earned["available_minutes"], &earned["earned_on"]), (&960.into(), &960.into(), &"2026-03-10".into()));
        assert_eq!(earned["take_by"], "2026-04-09");
        let item = compensatory(&own, officer, "2026-12-31").await;
        assert_eq!(minutes(&item), [0, 1440, 960, 0, 0, 480, 0, 0, 0, 1920]);
        assert_adds_up(&own, officer, "2026-12-31").await;
        assert_eq!(ledger_sum(&own, officer).await, 1920);
        ask(&own, officer, "2026-03-10", "2026-03-11", json!({})).await.expect(201);
        assert_sound(&force.app);
    }

    /// B-3: annual leave that is short names the credit that could cover it.
    async fn annual_leave_that_is_short(db: TestDatabase) {
        let force = force(db).await;
        let officer_with = json!({"service_periods": [{"from": "2020-03-10"}]});
        let officer = force.officer_with("300150", officer_with).await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let later = enter(&force, officer, 480, "2026-02-25").await;
        let sooner = enter(&force, officer, 720, "2026-02-05").await;
        let told = force.submit(&own, officer, "2026-03-09", "2026-03-17").await;
        assert_eq!(told.says(), (422, "leave.balance"));
        let short = finding(&told.body, "leave.balance");
        assert_eq!(short["limit"]["short_by_days"], 2);
        assert_eq!(short["suggestions"], json!([
            {"kind": "comp_lot", "lot_id": sooner, "minutes": 720, "take_by": "2026-03-07"},
            {"kind": "comp_lot", "lot_id": later, "minutes": 240, "take_by": "2026-03-27"},
        ]));
        let body = json!({"officer_id": officer, "kind": "annual", "from": "2026-03-09", "to": "2026-03-17"});
        let preview = own.post("/leave-requests/preview", body).await.expect(200).body;
        assert_eq!(finding(&preview, "leave.balance")["suggestions"][0]["lot_id"], sooner.to_string());
        // Nobody without credit is told of any.
        let other = force.officer("300151", "2020-03-10").await;
        let told = force.hr.post("/leave-requests", json!({"officer_id": other, "kind": "annual", "from": "2026-03-09", "to": "2026-03-17"})).await;
        assert_eq!(finding(&told.body, "leave.balance")["suggestions"], json!([]));
    }

    /// A preview counts, finds other dates, and stores nothing; a calendar that is missing is said.
    async fn previews(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300160").await;
        enter(&force, officer, 480, "2026-02-25").await;
        let preview = async |from: &str, to: &str| {
            let body = json!({"officer_id": officer, "kind": "compensatory", "from": from, "to": to});
            own.post("/leave-requests/preview", body).await.expect(200).body
        };
        let fits = preview("2026-03-09", "2026-03-09").await;
        assert_eq!((&fits["acceptable"], &fits["days"], &fits["alternatives"]), (&true.into(), &1.into(), &json!([])));
        let long = preview("2026-03-09", "2026-03-11").await;
        assert_eq!((&long["acceptable"], blocking(&long)), (&false.into(), vec!["leave.balance"]));
        assert_eq!(spans(&long["alternatives"])[0], ("2026-03-09", "2026-03-09"));
        let holiday = preview("2026-10-01", "2026-10-04").await;
        assert_eq!((&holiday["days"], blocking(&holiday)), (&0.into(), vec!["leave.no_working_day"]));
        assert_eq!(preview("2027-12-31", "2028-01-03").await["days"], json!(null));
        assert_eq!(items(&own.get("/leave-requests").await).len(), 0);
        assert_eq!(ledger_sum(&own, officer).await, 480);
        // Leaders see the kind itself.
        ask(&own, officer, "2026-03-09", "2026-03-09", json!({"note": "孩子家长会"})).await.expect(201);
        let told = force.leader.get("/leave-requests?kind=compensatory").await.expect(200);
        assert_eq!((items(&told).len(), &items(&told)[0]["kind"]), (1, &"compensatory".into()));
        // hr enters it for the past, with a note, and it is completed at once.
        let body = json!({"officer_id": officer, "kind": "compensatory", "from": "2026-02-27", "to": "2026-02-27"});
        assert_eq!(force.hr.post("/leave-requests", body.clone()).await.status, 422);
        enter(&force, officer, 480, "2026-02-20").await;
        let told = force.hr.post("/leave-requests", super::with(body, json!({"note": "补录"}))).await.expect(201);
        assert_eq!(told.body["state"], "completed");
        assert_sound(&force.app);
    }

    /// A calendar that takes dates out of spans: what waits is counted anew, what is granted is listed and decided.
    async fn a_changed_calendar(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300170").await;
        let id = enter(&force, officer, 2400, "2026-02-25").await;
        let granted = ask(&own, officer, "2026-04-20", "2026-04-21", json!({})).await.expect(201).id();
        approve(&force, granted).await;
        let waiting = ask(&own, officer, "2026-04-15", "2026-04-16", json!({})).await.expect(201).id();
        let longer = ask(&own, officer, "2026-04-24", "2026-04-25", json!({})).await.expect(201).id();
        let days = json!([
            {"date": "2026-04-15", "class": "rest_day_moved", "name": "调休"},
            {"date": "2026-04-20", "class": "rest_day_moved", "name": "调休"},
            {"date": "2026-04-25", "class": "makeup_workday", "name": "调休"},
        ]);
        let told = force.publish_year(2026, days).await.expect(200);
        assert_eq!((&told.body["recounted"], &told.body["approved_changed"]), (&2.into(), &1.into()));
        let request = async |id: Uuid| own.get(&format!("/leave-requests/{id}")).await.expect(200).body;
        assert_eq!((&request(waiting).await["days"], &request(longer).await["days"]), (&1.into(), &2.into()));
        assert_eq!(request(granted).await["days"], 2);
        let lot = async || own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!((&lot().await["reserved"], &lot().await["available_minutes"]), (&2400.into(), &0.into()));
        let open = force.open_conflicts().await;
        assert_eq!((open.len(), &open[0]["request_id"], &open[0]["kind"]), (1, &json!(granted), &"compensatory".into()));
        assert_eq!((&open[0]["days_before"], &open[0]["days_after"]), (&2.into(), &1.into()));
        assert_sound(&force.app);
        force.decide(&force.hr, &open[0]["id"], "recount").await.expect(200);
        assert_eq!(request(granted).await["days"], 1);
        assert_eq!(lot().await["available_minutes"], 480);
        approve(&force, waiting).await;
        assert_sound(&force.app);
    }

    /// Who leaves keeps what is owed, and rests no more; the rest can still be paid.
    async fn after_separation(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "300180").await;
        let id = enter(&force, officer, 960, "2026-02-25").await;
        let request = ask(&own, officer, "2026-04-13", "2026-04-13", json!({})).await.expect(201).id();
        approve(&force, request).await;
        let left = json!({"left_on": "2026-03-31", "cause": "resigned"});
        force.hr.post(&format!("/officers/{officer}/separation"), left).await.expect(200);
        let open = force.open_conflicts().await;
        assert_eq!((open.len(), &open[0]["findings"][0]["rule"]), (1, &"leave.separated".into()));
        force.decide(&force.hr, &open[0]["id"], "cancel").await.expect(200);
        assert_eq!(ask(&own, officer, "2026-04-14", "2026-04-14", json!({})).await.says(), (422, "leave.separated"));
        own.post(&format!("/comp-lots/{id}/choose"), json!({"as": "pay"})).await.expect(200);
        assert_eq!(force.hr.act(&format!("/comp-lots/{id}/pay")).await.expect(200).body["paid"], 960);
        assert_sound(&force.app);
    }
}
