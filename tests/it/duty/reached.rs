//! Hours that reach into a rest day, and duty that was taken back although it was worked.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::app::{Client, Told};
use crate::crowd::assert_sound;
use crate::leave::{items, with};
use crate::records;

async fn say(client: &Client, shift: Uuid, from: &str, to: &str) -> Told {
    let body = json!({"starts_at": format!("{from}:00+08:00"), "ends_at": format!("{to}:00+08:00")});
    client.post(&format!("/duty-shifts/{shift}/confirm-actual"), body).await
}

async fn cancel(client: &Client, shift: Uuid) -> Told {
    client.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "未执勤"})).await
}

async fn shown(client: &Client, what: &str, id: Uuid) -> Value {
    client.get(&format!("/{what}/{id}")).await.expect(200).body
}

/// Duty on Monday 9 March until midnight, and a rest day on the tenth that is published.
async fn evening(post: &Post) -> (Uuid, Uuid) {
    let shift = post.plan(post.one, "2026-03-09T16:00", "2026-03-10T00:00").await.expect(201).id();
    let day = post.rest(post.one, "2026-03-10").await.expect(201).id();
    let month = json!({"unit_id": post.force.station, "from": "2026-03-03", "to": "2026-03-31"});
    post.force.leader.post("/rosters/publish", month).await.expect(201);
    post.force.app.set_clock("2026-03-11T01:00:00Z");
    (shift, day)
}

async fn both_say(post: &Post, shift: Uuid, from: &str, to: &str) {
    for client in [&post.own, &post.force.leader] {
        say(client, shift, from, to).await.expect(200);
    }
}

async fn minutes(post: &Post) -> Value {
    post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200).body["totals"]["available_minutes"]
        .clone()
}

/// The state of the only violation of a worked rest day.
async fn violation(post: &Post) -> Vec<String> {
    let found = post.own.get("/rest-violations?rule=rest.rest_day").await.expect(200);
    items(&found).iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// Hours agreed on that reach into a rest day take it away as any duty does, and it is given back whole; agreed on anew
    /// until midnight they leave it.
    async fn hours_that_reach_into_a_rest_day(db: TestDatabase) {
        let post = Post::start(db).await;
        let (shift, day) = evening(&post).await;
        say(&post.own, shift, "2026-03-09T16:00", "2026-03-10T00:01").await.expect(200);
        assert_eq!(shown(&post.own, "rest-days", day).await["state"], "published", "nothing is agreed on");
        say(&post.force.leader, shift, "2026-03-09T16:00", "2026-03-10T00:01").await.expect(200);
        let taken = shown(&post.own, "rest-days", day).await;
        assert_eq!((&taken["state"], &taken["cancellation"]["worked_shift_id"]), (&json!("cancelled"), &json!(shift)));
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(480), vec!["detected".to_owned()]));
        // Longer still: the date is given back once.
        both_say(&post, shift, "2026-03-09T16:00", "2026-03-10T04:48").await;
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(480), vec!["detected".to_owned()]));
        both_say(&post, shift, "2026-03-09T16:00", "2026-03-10T00:00").await;
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(0), vec!["remedied".to_owned()]));
        let live = post.own.get(&format!("/rest-days?officer_id={}&from=2026-03-10&to=2026-03-10&state=published", post.one)).await.expect(200);
        assert_eq!(items(&live).len(), 1, "it is rest again");
        assert_sound(&post.force.app);
    }

    /// A word that is not answered is owed an answer, by the unit and by a date, until a leader says the same.
    async fn silence_is_no_answer(db: TestDatabase) {
        let post = Post::start(db).await;
        let (shift, _) = evening(&post).await;
        let owed = async || {
            let told = post.force.leader.get(&format!("/units/{}/rest-duties", post.force.station)).await.expect(200);
            let mine = items(&told).iter().filter(|one| one["kind"] == "answer_hours");
            mine.map(|one| (one["subject_id"].clone(), one["due_on"].clone())).collect::<Vec<_>>()
        };
        say(&post.own, shift, "2026-03-09T16:00", "2026-03-10T00:00").await.expect(200);
        assert!(owed().await.is_empty(), "as it was planned");
        say(&post.own, shift, "2026-03-09T16:00", "2026-03-10T02:00").await.expect(200);
        assert_eq!(owed().await, [(json!(shift), json!("2026-03-14"))]);
        say(&post.force.leader, shift, "2026-03-09T16:00", "2026-03-10T01:00").await.expect(200);
        assert_eq!(owed().await.len(), 1, "another word is no agreement");
        say(&post.force.leader, shift, "2026-03-09T16:00", "2026-03-10T02:00").await.expect(200);
        assert!(owed().await.is_empty());
        post.own.post(&format!("/duty-shifts/{shift}/confirm-actual"), json!({"worked": false})).await.expect(200);
        assert_eq!(owed().await.len(), 1, "that nothing was worked is a word too");
        assert_sound(&post.force.app);
    }

    /// Hours that earn something are owed a word also where they were as planned and where nobody says anything: on a holiday,
    /// on a day off of those who rest by the calendar, as overtime; the day before, and duty whose rest day was taken away,
    /// earn nothing more by it.
    async fn what_earns_is_not_lost_by_silence(db: TestDatabase) {
        let post = Post::start(db).await;
        let fixed = json!({"shift_worker": true});
        let path = format!("/officers/{}", post.other);
        post.force.hr.with("if-match", "*").patch(&path, fixed).await.expect(200);
        let mut shifts = Vec::new();
        for (officer, date) in [(post.one, "2026-04-03"), (post.one, "2026-04-05"), (post.other, "2026-04-05"), (post.other, "2026-04-11"), (post.one, "2026-04-11")] {
            shifts.push(post.plan_anyway(officer, &format!("{date}T09:00"), &format!("{date}T17:00")).await.expect(201).id());
        }
        let extra = with(post.shift(post.other, "2026-04-13T18:00", "2026-04-13T20:00"), json!({"kind": "overtime"}));
        shifts.push(post.force.leader.post("/duty-shifts", extra).await.expect(201).id());
        let (leader, own) = (post.force.app.lasting(&post.force.leader), post.force.app.lasting(&post.own));
        let owed = async || {
            let told = leader.get(&format!("/units/{}/rest-duties?kind=answer_hours", post.force.station)).await.expect(200);
            let mut subjects: Vec<Value> = items(&told).iter().map(|one| one["subject_id"].clone()).collect();
            subjects.sort_by_key(|one| shifts.iter().position(|shift| json!(shift) == *one));
            subjects
        };
        post.force.app.set_clock("2026-04-05T08:59:59Z");
        assert!(owed().await.is_empty(), "it is not over");
        post.force.app.set_clock("2026-04-05T09:00:00Z");
        assert_eq!(owed().await, [json!(shifts[1]), json!(shifts[2])], "the holiday is for both");
        post.force.app.set_clock("2026-04-14T01:00:00Z");
        assert_eq!(owed().await, [1, 2, 4, 5].map(|at: usize| json!(shifts[at])), "a Saturday is for who rests by the calendar");
        // The officer's word as planned is still owed an answer; a leader's other word is none.
        say(&own, shifts[1], "2026-04-05T09:00", "2026-04-05T17:00").await.expect(200);
        let told = leader.get(&format!("/units/{}/rest-duties?kind=answer_hours&officer_id={}", post.force.station, post.one)).await.expect(200);
        assert_eq!((&items(&told)[0]["due_on"], items(&told).len()), (&json!("2026-04-14"), 2), "the Saturday first");
        leader.post(&format!("/duty-shifts/{}/confirm-actual", shifts[1]), json!({"worked": false})).await.expect(200);
        assert!(owed().await.contains(&json!(shifts[1])), "disputed");
        say(&leader, shifts[1], "2026-04-05T09:00", "2026-04-05T17:00").await.expect(200);
        assert_eq!(owed().await, [2, 4, 5].map(|at: usize| json!(shifts[at])));
        // Where the leader has said what was worked, it is the officer's turn.
        say(&leader, shifts[2], "2026-04-05T09:00", "2026-04-05T17:00").await.expect(200);
        assert_eq!(owed().await, [4, 5].map(|at: usize| json!(shifts[at])));
        assert_sound(&post.force.app);
    }

    /// What the officer had confirmed as rest goes by their later word, and is given back whole.
    async fn a_day_that_was_confirmed(db: TestDatabase) {
        let post = Post::start(db).await;
        let (shift, day) = evening(&post).await;
        post.own.act(&format!("/rest-days/{day}/confirm")).await.expect(200);
        // A leader alone says nothing about it.
        say(&post.force.leader, shift, "2026-03-09T16:00", "2026-03-10T02:00").await.expect(200);
        assert_eq!(shown(&post.own, "rest-days", day).await["state"], "taken");
        say(&post.own, shift, "2026-03-09T16:00", "2026-03-10T02:00").await.expect(200);
        assert_eq!(shown(&post.own, "rest-days", day).await["state"], "cancelled");
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(480), vec!["detected".to_owned()]));
        assert_sound(&post.force.app);
    }

    /// Taken back by a leader after it had begun: the officer's word brings it back, with the rest that it took away.
    async fn duty_that_stands_again(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, "2026-03-09").await.expect(201).id();
        let month = json!({"unit_id": post.force.station, "from": "2026-03-03", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        let shift = post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(480), vec!["detected".to_owned()]));
        cancel(&post.force.leader, shift).await.expect(200);
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(0), vec!["remedied".to_owned()]));
        // Neither the leader nor that it was not worked brings anything back.
        assert_eq!(say(&post.force.leader, shift, "2026-03-09T08:00", "2026-03-09T16:00").await.because(), "cancelled");
        let not_worked = json!({"worked": false});
        let path = format!("/duty-shifts/{shift}/confirm-actual");
        assert_eq!(post.own.post(&path, not_worked.clone()).await.because(), "cancelled");
        let told = say(&post.own, shift, "2026-03-09T08:00", "2026-03-09T15:00").await.expect(200);
        assert_eq!((&told.body["state"], &told.body["actual"]["state"]), (&json!("published"), &json!("confirmed_by_officer")));
        assert_eq!((minutes(&post).await, violation(&post).await), (json!(480), vec!["detected".to_owned()]));
        assert_eq!(shown(&post.own, "rest-days", day).await["state"], "cancelled");
        assert_eq!(cancel(&post.force.leader, shift).await.because(), "officer_confirmed", "not a second time");
        assert_eq!(records::count(&post.force.app.db, "outbox WHERE topic = 'duty_shift.stands_again'"), 1);
        // Where the officer has said that it was not worked, what a leader takes back stays.
        post.own.post(&path, not_worked).await.expect(200);
        cancel(&post.force.leader, shift).await.expect(200);
        assert_eq!(say(&post.own, shift, "2026-03-09T08:00", "2026-03-09T16:00").await.because(), "cancelled");
        assert_eq!(minutes(&post).await, 0);
        assert_sound(&post.force.app);
    }

    /// A plan that was taken back in time is no duty; and what stands in its place keeps its hours.
    async fn what_does_not_stand_again(db: TestDatabase) {
        let post = Post::start(db).await;
        let plan = post.plan(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
        post.force.app.set_clock("2026-03-08T23:59:59Z");
        cancel(&post.force.leader, plan).await.expect(200);
        let begun = post.plan(post.one, "2026-03-10T08:00", "2026-03-10T16:00").await.expect(201).id();
        // The instant it begins it is a fact.
        post.force.app.set_clock("2026-03-10T00:00:00Z");
        cancel(&post.force.leader, begun).await.expect(200);
        post.force.app.set_clock("2026-03-10T09:00:00Z");
        assert_eq!(say(&post.own, plan, "2026-03-09T08:00", "2026-03-09T16:00").await.because(), "cancelled");
        post.plan_anyway(post.one, "2026-03-10T12:00", "2026-03-10T16:00").await.expect(201);
        let met = say(&post.own, begun, "2026-03-10T08:00", "2026-03-10T12:01").await;
        assert_eq!((met.says(), &met.body["findings"][0]["measured"]["overlap_minutes"]), ((409, "rest.overlap"), &json!(1)));
        assert_eq!(shown(&post.own, "duty-shifts", begun).await["state"], "cancelled");
        // Beside it there is room: then their hours are its plan.
        let told = say(&post.own, begun, "2026-03-10T08:00", "2026-03-10T12:00").await.expect(200);
        assert_eq!((&told.body["state"], &told.body["ends_at"]), (&json!("published"), &json!("2026-03-10T04:00:00Z")));
        assert_sound(&post.force.app);
    }
}
