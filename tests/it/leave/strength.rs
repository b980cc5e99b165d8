//! Who may be away is asked when leave is granted (R11, RULINGS 21): one in five where the unit has said nothing, else what
//! it keeps present, of each skill too, and head and deputy never together.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, finding, force, with};
use crate::app::{Client, Force, Told};
use crate::crowd::{at_once, count};

/// What the strength says in an answer.
fn strength(body: &Value) -> Vec<&Value> {
    let found = body["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    found.iter().filter(|one| one["rule"] == "leave.strength").collect()
}

/// The dates that lack something by the finding about one number.
#[track_caller]
fn dates<'a>(body: &'a Value, what: &str) -> Vec<&'a str> {
    let all = strength(body);
    let one = all.iter().find(|one| one["measured"]["what"] == what).unwrap_or_else(|| panic!("no {what} in {body}"));
    one["measured"]["dates"].as_array().into_iter().flatten().map(|on| on.as_str().unwrap()).collect()
}

impl Force {
    /// Some officers of the first station, each with a client of their own.
    async fn people(&self, many: usize) -> Vec<(Uuid, Client)> {
        let mut all = Vec::new();
        for at in 1..=many {
            all.push(self.person(&format!("1002{at:02}"), "2010-01-01").await);
        }
        all
    }

    /// A request that waits for the leader.
    async fn waits(&self, (officer, own): &(Uuid, Client), body: Value) -> Uuid {
        own.post("/leave-requests", with(body, json!({"officer_id": officer}))).await.expect(201).id()
    }

    async fn approve(&self, id: Uuid) -> Told {
        self.leader.act(&format!("/leave-requests/{id}/approve")).await
    }

    async fn check(&self, id: Uuid) -> Value {
        self.leader.get(&format!("/leave-requests/{id}/check")).await.expect(200).body
    }

    async fn keep(&self, present: i32, skills: Value) {
        let path = format!("/units/{}/staffing", self.station);
        let known = self.leader.get(&path).await.status == 200;
        let (header, value) = if known { ("if-match", "*") } else { ("if-none-match", "*") };
        self.leader
            .with(header, value)
            .put(&path, json!({"minimum_present": present, "skills": skills}))
            .await
            .expect(200);
    }
}

fn annual(from: &str, to: &str) -> Value {
    asked(Uuid::nil(), from, to)
}

both! {
    /// Duty that is planned on the dates is told to whoever decides, before and at the grant; a day beside it is not.
    async fn duty_on_the_dates(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(6).await;
        let shift = json!({
            "officer_id": people[0].0, "unit_id": force.station, "kind": "duty", "starts_at": "2026-03-11T00:00:00Z",
            "ends_at": "2026-03-11T08:00:00Z",
        });
        let shift = force.leader.post("/duty-shifts", shift).await.expect(201).id();
        let beside = force.waits(&people[0], annual("2026-03-10", "2026-03-10")).await;
        assert!(!force.check(beside).await.to_string().contains("leave.planned_duty"));
        let over = force.waits(&people[0], annual("2026-03-11", "2026-03-12")).await;
        let told = force.check(over).await;
        let one = finding(&told, "leave.planned_duty");
        assert_eq!((&one["outcome"], &one["measured"]["on"], &one["measured"]["shift_ids"]), (&json!("warn"), &json!("2026-03-11"), &json!([shift])));
        let granted = force.approve(over).await.expect(200);
        assert_eq!(finding(&granted.body["decision"], "leave.planned_duty")["measured"]["shifts"], 1);
    }

    /// Nine people, no number: one may be away, on each date for itself; ten: two. What waits does not count, a half day
    /// does, a weekend is not asked about. The leader reads the same before and at the grant.
    async fn one_in_five(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(9).await;
        let first = force.waits(&people[0], with(annual("2026-03-12", "2026-03-16"), json!({"first_day": "pm"}))).await;
        let second = force.waits(&people[1], annual("2026-03-10", "2026-03-12")).await;
        let free = force.check(second).await;
        assert_eq!((&free["acceptable"], strength(&free).len()), (&json!(true), 1), "{free}");
        let told = strength(&free)[0];
        assert_eq!((&told["outcome"], &told["rule_id"], &told["limit"]["free_slots"]), (&json!("pass"), &json!("R11"), &json!(1)));
        let granted = force.approve(first).await.expect(200);
        assert_eq!(finding(&granted.body["decision"], "leave.strength")["measured"]["away"], 1);

        let said = force.check(second).await;
        assert_eq!(said["acceptable"], false);
        let refused = force.approve(second).await;
        assert_eq!(refused.says(), (409, "leave.strength"));
        assert_eq!(strength(&said), strength(&refused.body), "the same before as at the grant");
        let [told] = strength(&said).try_into().unwrap();
        assert_eq!((&told["measured"]["away"], &told["measured"]["strength"]), (&json!(2), &json!(9)));
        assert_eq!((&told["limit"]["away_max"], &told["limit"]["free_slots"]), (&json!(1), &json!(0)));
        assert_eq!((&told["measured"]["on"], dates(&said, "away")), (&json!("2026-03-12"), vec!["2026-03-12"]));
        assert!(told["message"].as_str().unwrap().contains("2026-03-12"));
        assert_eq!(force.request(second).await["state"], "submitted", "nothing changed");
        // The dates beside it are free; the weekend between them is nobody's to keep.
        let before = force.waits(&people[2], annual("2026-03-10", "2026-03-11")).await;
        force.approve(before).await.expect(200);
        let over = force.waits(&people[3], annual("2026-03-13", "2026-03-17")).await;
        assert_eq!(dates(&force.check(over).await, "away"), ["2026-03-13", "2026-03-16"]);
        let weekend = force.waits(&people[4], annual("2026-03-17", "2026-03-17")).await;
        force.approve(weekend).await.expect(200);
        // The tenth makes it two; who left, is retired or is elsewhere makes none.
        let retired = json!({"category": "retired", "service_periods": [{"from": "1980-01-01"}]});
        force.officer_with("100299", retired).await;
        force.officer_with("100298", json!({"unit_id": force.other_station})).await;
        assert_eq!(force.approve(second).await.says(), (409, "leave.strength"));
        let tenth = force.officer("100210", "2010-01-01").await;
        let leaves = json!({"left_on": "2026-03-11", "cause": "resigned"});
        force.hr.post(&format!("/officers/{tenth}/separation"), leaves).await.expect(200);
        assert_eq!(dates(&force.check(second).await, "away"), ["2026-03-12"], "gone by then");
        force.officer("100211", "2010-01-01").await;
        force.approve(second).await.expect(200);
        force.approve(over).await.expect(200);
        let third = force.waits(&people[5], annual("2026-03-13", "2026-03-13")).await;
        assert_eq!(force.approve(third).await.says(), (409, "leave.strength"), "two are the most");
    }

    /// What the unit keeps present binds, with the numbers; lowered it lets go. What the law gives on its occasion is
    /// granted with a warning that the leader sees, without what else is known of it.
    async fn what_the_unit_keeps(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(4).await;
        force.keep(3, json!([])).await;
        let first = force.waits(&people[0], annual("2026-03-09", "2026-03-10")).await;
        force.approve(first).await.expect(200);
        let second = force.waits(&people[1], annual("2026-03-10", "2026-03-11")).await;
        let refused = force.approve(second).await;
        assert_eq!(refused.says(), (409, "leave.strength"));
        let told = strength(&refused.body)[0];
        assert_eq!((&told["measured"]["present"], &told["limit"]["present_min"]), (&json!(2), &json!(3)));
        assert_eq!((&told["limit"]["free_slots"], dates(&refused.body, "present")), (&json!(0), vec!["2026-03-10"]));
        let personal = force.waits(&people[2], with(annual("2026-03-10", "2026-03-10"), json!({"kind": "personal"}))).await;
        assert_eq!(force.approve(personal).await.says(), (409, "leave.strength"));
        let sick = force.waits(&people[3], with(annual("2026-03-10", "2026-03-10"), json!({"kind": "sick"}))).await;
        let said = force.check(sick).await;
        assert_eq!((&said["acceptable"], said["findings"].as_array().unwrap().len()), (&json!(true), 1), "{said}");
        assert_eq!(strength(&said)[0]["outcome"], "warn");
        let granted = force.approve(sick).await.expect(200);
        assert_eq!((&granted.body["state"], granted.body["decision"]["findings"].as_array().unwrap().len()), (&json!("approved"), 1));
        assert_eq!(strength(&granted.body["decision"])[0]["measured"]["present"], 2);
        force.keep(1, json!([])).await;
        force.approve(second).await.expect(200);
        assert_eq!(force.approve(personal).await.says(), (409, "leave.strength"), "the last one stays");
    }

    /// Of a skill only its holders are held back; of head and deputy the second; on the next date both are free.
    async fn skills_and_heads(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(12).await;
        for (officer, _) in &people[..2] {
            force.change(*officer, json!({"post": "法医"})).await.expect(200);
        }
        force.keep(1, json!([{"skill": "法医", "minimum": 1}])).await;
        let of_first = force.waits(&people[0], annual("2026-03-09", "2026-03-10")).await;
        force.approve(of_first).await.expect(200);
        let of_second = force.waits(&people[1], annual("2026-03-10", "2026-03-11")).await;
        let refused = force.approve(of_second).await;
        assert_eq!((refused.says(), dates(&refused.body, "skill")), ((409, "leave.strength"), vec!["2026-03-10"]));
        let told = strength(&refused.body);
        let skill = told.iter().find(|one| one["measured"]["what"] == "skill").unwrap();
        assert_eq!((&skill["measured"]["skilled"], &skill["limit"]["skilled_min"]), (&json!(0), &json!(1)));
        let unskilled = force.waits(&people[2], annual("2026-03-10", "2026-03-10")).await;
        let granted = force.approve(unskilled).await.expect(200);
        assert_eq!(strength(&granted.body["decision"]).len(), 1, "no skill of theirs is asked for");

        let tag = force.admin.get(&format!("/units/{}", force.station)).await.expect(200).header("etag").to_owned();
        let heads = json!({"head_officer_id": people[3].0, "deputy_officer_ids": [people[4].0], "effective_on": "2026-03-02"});
        force.admin.with("if-match", &tag).put(&format!("/units/{}/head", force.station), heads).await.expect(200);
        let of_deputy = force.waits(&people[4], annual("2026-03-16", "2026-03-17")).await;
        force.approve(of_deputy).await.expect(200);
        let of_head = force.waits(&people[3], annual("2026-03-17", "2026-03-18")).await;
        let path = format!("/leave-requests/{of_head}/approve");
        let refused = force.branch_leader.act(&path).await;
        assert_eq!((refused.says(), dates(&refused.body, "heads")), ((409, "leave.strength"), vec!["2026-03-17"]));
        let other = force.waits(&people[5], annual("2026-03-17", "2026-03-17")).await;
        force.approve(other).await.expect(200);
        force.leader.post(&format!("/leave-requests/{of_deputy}/cancel"), json!({"reason": "x"})).await.expect(403);
        people[4].1.post(&format!("/leave-requests/{of_deputy}/cancel"), json!({"reason": "调整"})).await.expect(200);
        force.branch_leader.act(&path).await.expect(200);
    }

    /// Where a roster reaches, the dates with duty count, be they a Sunday; beyond it the working days. A long absence leaves
    /// strength and away alike.
    async fn shift_units_and_long_absences(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(6).await;
        for day in ["2026-03-08", "2026-03-13"] {
            let body = json!({
                "officer_id": people[5].0, "unit_id": force.station, "kind": "duty",
                "starts_at": format!("{day}T08:00:00+08:00"), "ends_at": format!("{day}T16:00:00+08:00"),
            });
            force.leader.post("/duty-shifts", body).await.expect(201);
        }
        let first = force.waits(&people[0], annual("2026-03-06", "2026-03-16")).await;
        force.approve(first).await.expect(200);
        let second = force.waits(&people[1], annual("2026-03-06", "2026-03-16")).await;
        // A Friday before the roster, its Sunday and its Friday, and the Monday after it.
        assert_eq!(dates(&force.check(second).await, "away"), ["2026-03-06", "2026-03-08", "2026-03-13", "2026-03-16"]);

        let sick = |from: &str, to: &str| with(annual(from, to), json!({"kind": "sick"}));
        let near = force.waits(&people[2], sick("2026-04-01", "2026-04-10")).await;
        force.approve(near).await.expect(200);
        let holiday = force.waits(&people[1], annual("2026-04-08", "2026-04-08")).await;
        assert_eq!(force.check(holiday).await["acceptable"], false);
        // 31 days, in two certificates that follow each other.
        let longer = force.waits(&people[2], sick("2026-04-11", "2026-05-01")).await;
        force.approve(longer).await.expect(200);
        let said = force.check(holiday).await;
        assert_eq!((&said["acceptable"], &strength(&said)[0]["measured"]["strength"]), (&json!(true), &json!(5)));
        force.approve(holiday).await.expect(200);
    }

    /// On a course or seconded is away; suspended is nobody who is missed.
    async fn absences_that_are_no_leave(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(5).await;
        let asks = force.waits(&people[0], annual("2026-03-10", "2026-03-12")).await;
        let path = format!("/officers/{}/absences", people[1].0);
        for (kind, from, to, lacking) in [
            ("course", "2026-03-12", "2026-03-13", vec!["2026-03-12"]),
            ("secondment", "2026-03-09", "2026-03-10", vec!["2026-03-10", "2026-03-12"]),
        ] {
            force.hr.post(&path, json!({"kind": kind, "from": from, "to": to})).await.expect(201);
            assert_eq!(dates(&force.check(asks).await, "away"), lacking, "{kind}");
        }
        let suspended = format!("/officers/{}/absences", people[2].0);
        force.hr.post(&suspended, json!({"kind": "suspension", "from": "2026-03-11", "to": "2026-03-11"})).await.expect(201);
        assert_eq!(dates(&force.check(asks).await, "away"), ["2026-03-10", "2026-03-12"]);
        assert_eq!(force.approve(asks).await.says(), (409, "leave.strength"));
        let between = force.waits(&people[3], annual("2026-03-11", "2026-03-11")).await;
        let granted = force.approve(between).await.expect(200);
        assert_eq!(strength(&granted.body["decision"])[0]["measured"]["strength"], 4);
    }

    /// Who may decide may look; nobody else, not at their own, and not when it is decided.
    async fn who_may_look(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(1).await;
        let id = force.waits(&people[0], annual("2026-03-09", "2026-03-10")).await;
        let path = format!("/leave-requests/{id}/check");
        assert_eq!(people[0].1.get(&path).await.status, 403, "an officer decides nothing");
        let also = force.with_roles("also", people[0].0, &[(Role::Leader, Some(force.station))]).await;
        assert_eq!(also.get(&path).await.says(), (403, "own_request"));
        assert_eq!(force.other_leader.get(&path).await.status, 404);
        assert_eq!(force.hr.get(&path).await.says(), (403, "forbidden"), "not hr's turn");
        force.branch_leader.get(&path).await.expect(200);
        assert_eq!(force.leader.get(&format!("{path}?on=1")).await.status, 400);
        let nobody = Uuid::now_v7();
        assert_eq!(force.leader.get(&format!("/leave-requests/{nobody}/check")).await.status, 404);
        force.approve(id).await.expect(200);
        assert_eq!(force.leader.get(&path).await.because(), "decided");
    }

    /// Of as many as ask at once only as many go as may: the second grant counts the first.
    async fn granted_at_once(db: TestDatabase) {
        let force = force(db).await;
        let people = force.people(4).await;
        for day in ["2026-03-09", "2026-03-11", "2026-03-17", "2026-03-19"] {
            let mut asks = Vec::new();
            for one in &people {
                asks.push(force.waits(one, annual(day, day)).await);
            }
            let leaders = [&force.leader, &force.branch_leader, &force.leader, &force.branch_leader];
            let told = at_once(asks.into_iter().zip(leaders.map(Clone::clone)).map(|(id, leader)| async move {
                leader.act(&format!("/leave-requests/{id}/approve")).await
            }))
            .await;
            assert_eq!((count(&told, 200), count(&told, 409)), (1, 3), "{:?}", told.iter().map(|one| one.status).collect::<Vec<_>>());
        }
        force.assert_sound();
    }
}
