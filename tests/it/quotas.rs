//! Rest quotas over the wire: what was kept, what is missing to whom, what will be.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::Told;
use crate::duty::Post;
use crate::leave::items;

/// Six days of duty, Monday 9 to Saturday 14 March 2026.
async fn six_days(post: &Post, officer: Uuid) {
    for day in 9..=14 {
        let date = format!("2026-03-{day:02}");
        post.plan(officer, &format!("{date}T08:00"), &format!("{date}T16:00")).await.expect(201);
    }
}

async fn rotation(post: &Post, officer: Uuid, days: std::ops::Range<u32>) {
    for day in days {
        let body = json!({"officer_id": officer, "date": format!("2026-03-{day:02}"), "kind": "rotation"});
        post.force.leader.post("/rest-days", body).await.expect(201);
    }
}

/// Lets the plan ask for two rest days a week.
async fn two_a_week(post: &Post) {
    let shown = post.force.admin.get("/policies/rest").await.expect(200).body;
    let text = shown["text"].as_str().unwrap().replace("weekly_rest_days_min = 1", "weekly_rest_days_min = 2");
    let body = json!({"effective_from": "2026-01-01", "source": "本局轮休办法", "text": text});
    post.force.admin.post("/policies/rest/versions", body).await.expect(201);
}

async fn compliance(post: &Post, officer: Uuid) -> Value {
    let path = format!("/officers/{officer}/rest-compliance?from=2026-03-09&to=2026-03-15");
    post.force.leader.get(&path).await.expect(200).body
}

fn missing<'a>(told: &'a Told, badge: &str) -> Vec<&'a Value> {
    items(told).iter().filter(|item| item["badge_no"] == badge).collect()
}

both! {
    /// The plan's number is a policy: it changes, and what is missing follows at once, with its proof.
    async fn weeks_follow_the_plan(db: TestDatabase) {
        let post = Post::start(db).await;
        six_days(&post, post.one).await;
        let told = compliance(&post, post.one).await;
        let week = &told["weeks"][0];
        assert_eq!((&week["week"], &week["from"], &week["to"]), (&json!("2026-W11"), &json!("2026-03-09"), &json!("2026-03-15")));
        assert_eq!((&week["rest_days"], &week["shortfall_days"], &week["violation"]), (&json!(1), &json!(0), &json!(false)));
        assert_eq!((&week["excluded"], &week["policy"]), (&json!("no"), &json!("rest@2007-01-01")));
        two_a_week(&post).await;
        let told = compliance(&post, post.one).await;
        let week = &told["weeks"][0];
        assert_eq!((&week["rest_days_min"], &week["shortfall_days"], &week["violation"]), (&json!(2), &json!(1), &json!(true)));
        assert_eq!(week["policy"], "rest@2026-01-01");
        let proof = told["findings"].as_array().unwrap().iter().find(|one| one["finding"]["rule"] == "rest.weekly").unwrap();
        assert!(proof["shift_ids"].as_array().unwrap().len() >= 6, "{proof}");
        // Somebody who had no duty rested all week.
        let other = compliance(&post, post.other).await;
        assert_eq!((&other["weeks"][0]["rest_days"], &other["weeks"][0]["violation"]), (&json!(7), &json!(false)));
    }

    /// None, one day too few, about as many as the plan says, and as many: the tolerance is one day.
    async fn quarters_follow_the_plan(db: TestDatabase) {
        let post = Post::start(db).await;
        let quarter = async |officer: Uuid| compliance(&post, officer).await["quarters"][0].clone();
        let none = quarter(post.one).await;
        assert_eq!((&none["quarter"], &none["rotations"], &none["violation"]), (&json!("2026-Q1"), &json!(0), &json!(true)));
        assert_eq!((&none["days_total_min"], &none["shortfall_days"]), (&json!(4), &json!(4)));
        rotation(&post, post.one, 16..19).await;
        let few = quarter(post.one).await;
        assert_eq!((&few["rotations"], &few["days_total"], &few["shortfall_days"]), (&json!(1), &json!(3), &json!(1)));
        rotation(&post, post.one, 19..20).await;
        let enough = quarter(post.one).await;
        assert_eq!((&enough["longest_block_days"], &enough["violation"]), (&json!(4), &json!(false)));
    }

    async fn who_reads_quotas(db: TestDatabase) {
        let post = Post::start(db).await;
        let path = format!("/officers/{}/rest-compliance", post.one);
        // Without dates it is the quarter of today.
        let own = post.own.get(&path).await.expect(200).body;
        assert_eq!((&own["from"], &own["to"]), (&json!("2026-01-01"), &json!("2026-03-31")));
        assert_eq!(post.own.get(&format!("/officers/{}/rest-compliance", post.other)).await.says(), (404, "not_found"));
        assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(post.force.admin.get(&path).await.says(), (403, "forbidden"));
        for unit in ["rest-compliance", "rest-forecast"] {
            let path = format!("/units/{}/{unit}", post.force.station);
            post.force.leader.get(&path).await.expect(200);
            assert_eq!(post.force.other_leader.get(&path).await.says(), (404, "not_found"));
            assert_eq!(post.own.get(&path).await.says(), (403, "forbidden"));
        }
        for query in ["from=2026-03-02&to=2026-03-01", "from=2026-01-01&to=2027-02-05", "from=2026-02-30"] {
            assert_eq!(post.own.get(&format!("{path}?{query}")).await.status, 400, "{query}");
        }
        post.own.get(&format!("{path}?from=2026-01-01&to=2027-02-04")).await.expect(200);
        let past = format!("/units/{}/rest-forecast?to=2026-03-01", post.force.station);
        assert_eq!(post.force.leader.get(&past).await.status, 400);
    }

    /// Whoever counts is in the share, whoever does not is listed with a reason; what is missing is named.
    async fn a_unit_and_what_it_owes(db: TestDatabase) {
        let post = Post::start(db).await;
        six_days(&post, post.one).await;
        two_a_week(&post).await;
        let late = json!({"joined_on": "2026-03-13", "service_periods": [{"from": "2026-03-13"}]});
        post.force.officer_with("100102", late).await;
        rotation(&post, post.other, 16..21).await;
        let path = format!("/units/{}/rest-compliance?from=2026-03-09&to=2026-03-15", post.force.station);
        // On the Sunday the week is not over: nothing is kept or broken yet, what will be missing is named.
        post.force.app.set_clock("2026-03-15T15:59:59Z");
        let early = post.force.leader.get(&path).await.expect(200);
        let (weekly, members) = (&early.body["weekly"], early.body["weekly"]["to_come"].as_u64().unwrap());
        assert_eq!((&weekly["denominator"], &weekly["value"]), (&json!(0), &Value::Null));
        assert!(missing(&early, "100100").iter().all(|item| item["over"] == json!(false)));
        post.force.app.set_clock("2026-03-15T16:00:00Z");
        let told = post.force.leader.get(&path).await.expect(200);
        let weekly = &told.body["weekly"];
        let counted = weekly["denominator"].as_u64().unwrap();
        assert_eq!((&weekly["to_come"], counted + 1), (&json!(0), members));
        assert_eq!(weekly["numerator"].as_u64().unwrap(), counted - 1, "{weekly}");
        // Nobody but the one has a roster.
        assert_eq!(weekly["without_roster"], weekly["numerator"]);
        assert_eq!(weekly["excluded"], json!([{"reason": "joined_late", "count": 1}]));
        let mine = missing(&told, "100100");
        assert_eq!((mine.len(), &mine[0]["quota"], &mine[0]["shortfall_days"]), (2, &json!("rotation"), &json!(4)));
        assert_eq!((&mine[1]["quota"], &mine[1]["period"], &mine[1]["shortfall_days"]), (&json!("weekly"), &json!("2026-W11"), &json!(1)));
        assert_eq!((&mine[0]["over"], &mine[1]["over"]), (&json!(false), &json!(true)), "the quarter goes on");
        assert_eq!(missing(&told, "100101").len(), 0);
        // Page by page it is the same list, and as a file too.
        let one = post.force.leader.get(&format!("{path}&limit=1")).await.expect(200);
        let cursor = one.body["next_cursor"].as_str().unwrap();
        let two = post.force.leader.get(&format!("{path}&limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!([&items(&one)[0], &items(&two)[0]], [&items(&told)[0], &items(&told)[1]]);
        let file = post.force.leader.get(&format!("{path}&format=csv")).await.expect(200);
        assert_eq!(file.body.as_str().unwrap().lines().count(), 1 + items(&told).len());
        // A transfer before the Sunday takes the week along.
        let moved = json!({"unit_id": post.force.other_station, "effective_on": "2026-03-15"});
        post.force.hr.post(&format!("/officers/{}/transfer", post.one), moved).await.expect(200);
        let told = post.force.leader.get(&path).await.expect(200);
        assert_eq!(told.body["weekly"]["denominator"].as_u64().unwrap(), counted - 1);
        assert_eq!(missing(&told, "100100").len(), 0);
    }

    /// Who will miss what comes first, with the date; the others with what is left.
    async fn a_forecast(db: TestDatabase) {
        let post = Post::start(db).await;
        six_days(&post, post.one).await;
        rotation(&post, post.other, 16..21).await;
        let path = format!("/units/{}/rest-forecast?to=2026-03-31", post.force.station);
        let told = post.force.leader.get(&path).await.expect(200);
        let of = |badge: &str, quota: &str| -> Value {
            missing(&told, badge).into_iter().find(|item| item["quota"] == quota).cloned().unwrap()
        };
        // Four days are missing of a quarter that ends on the 31st: they can begin on the 28th at the latest.
        let rotation = of("100100", "rotation");
        assert_eq!((&rotation["shortfall_days"], &rotation["missed_on"]), (&json!(4), &json!("2026-03-28")));
        // What is only planned is not told yet: it does not count before it is published.
        assert_eq!(of("100101", "rotation")["shortfall_days"], 4);
        assert_eq!(of("100100", "consecutive_days")["slack_days"], 6);
        let roster = json!({"unit_id": post.force.station, "from": "2026-03-02", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", roster).await.expect(201);
        let told = post.force.leader.get(&path).await.expect(200);
        let of = |badge: &str, quota: &str| -> Value {
            missing(&told, badge).into_iter().find(|item| item["quota"] == quota).cloned().unwrap()
        };
        let row = of("100100", "consecutive_days");
        assert_eq!((&row["shortfall_days"], &row["slack_days"], &row["missed_on"]), (&json!(0), &json!(0), &Value::Null));
        let kept = of("100101", "rotation");
        assert_eq!((&kept["shortfall_days"], &kept["slack_days"], &kept["missed_on"]), (&json!(0), &json!(1), &Value::Null));
        assert!(items(&told)[0]["missed_on"].is_string() && items(&told).last().unwrap()["missed_on"].is_null());
        // Looking does not change anything: asked a day later the same quarter says the same.
        post.force.app.set_clock("2026-03-03T01:00:00Z");
        let later = post.force.leader.get(&path).await.expect(200);
        assert_eq!(missing(&later, "100100").iter().find(|item| item["quota"] == "rotation").unwrap()["missed_on"], "2026-03-28");
    }
}
