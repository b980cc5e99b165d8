//! Secondment, courses and suspension: who enters them, and what follows from them for duty, rest and quotas.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Told};
use crate::credit::{credit_of, enter};
use crate::crowd::{assert_only, assert_sound, at_once, count};
use crate::duty::Post;
use crate::leave::{blocking, finding, items};
use crate::records;

fn away(from: &str, to: &str, kind: &str) -> Value {
    json!({"from": from, "to": to, "kind": kind})
}

async fn absent(client: &Client, officer: Uuid, body: Value) -> Told {
    client.post(&format!("/officers/{officer}/absences"), body).await
}

async fn end(client: &Client, id: Uuid, body: Value) -> Told {
    client.post(&format!("/absences/{id}/end"), body).await
}

#[track_caller]
fn refused(told: &Told) -> Vec<(&str, &str)> {
    let errors = told.body["errors"].as_array().unwrap_or_else(|| panic!("{}", told.body));
    errors.iter().map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

both! {
    /// No duty and no rest day from its first to its last date; the day before and the day after are free.
    async fn nobody_is_put_on_duty_who_is_away(db: TestDatabase) {
        let post = Post::start(db).await;
        for (kind, from) in [("course", 10), ("secondment", 15), ("suspension", 20)] {
            let date = |day: i32| format!("2026-03-{:02}", from + day);
            let told = absent(&post.force.hr, post.one, away(&date(0), &date(1), kind)).await.expect(201);
            assert_eq!((&told.body["kind"], &told.body["state"], &told.body["officer_id"]), (&json!(kind), &json!("planned"), &json!(post.one)));
            assert_eq!(told.header("location"), format!("/api/v1/absences/{}", told.id()));
            for day in [0, 1] {
                let on = date(day);
                let duty = post.plan(post.one, &format!("{on}T08:00"), &format!("{on}T16:00")).await;
                assert_eq!((duty.status, blocking(&duty.body)), (422, vec!["rest.on_leave"]));
                assert_eq!(post.rest(post.one, &on).await.says(), (422, "rest.leave_day"));
            }
            for day in [-1, 2] {
                let on = date(day);
                post.plan(post.one, &format!("{on}T08:00"), &format!("{on}T16:00")).await.expect(201);
            }
        }
        assert_sound(&post.force.app);
    }

    /// Entered over what was planned: duty is a violation until the absence ends before it, a compensatory day gives way.
    async fn over_what_was_planned(db: TestDatabase) {
        let post = Post::start(db).await;
        enter(&post.force, post.one, 480, "2026-02-25").await;
        let comp = json!({"officer_id": post.one, "date": "2026-03-11", "kind": "comp"});
        let comp = post.force.leader.post("/rest-days", comp).await.expect(201).id();
        post.plan(post.one, "2026-03-12T08:00", "2026-03-12T16:00").await.expect(201);
        let course = absent(&post.force.hr, post.one, away("2026-03-10", "2026-03-12", "course")).await.expect(201).id();
        assert_eq!(post.own.get(&format!("/rest-days/{comp}")).await.expect(200).body["state"], "cancelled");
        assert_eq!(credit_of(&post.own, post.one).await["totals"]["available_minutes"], 480);
        let violations = async || {
            let told = post.own.get("/rest-violations?rule=rest.on_leave").await.expect(200);
            items(&told).iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(violations().await, ["detected"]);
        end(&post.force.hr, course, json!({"to": "2026-03-11", "reason": "提前结业"})).await.expect(200);
        assert_eq!(violations().await, ["remedied"]);
        post.plan_anyway(post.one, "2026-03-12T17:00", "2026-03-12T18:00").await.expect(201);
        assert_sound(&post.force.app);
    }

    /// Leave inside an absence is told before it is asked for and at the grant; an absence over leave and duty tells of both.
    async fn leave_and_absence_on_the_same_dates(db: TestDatabase) {
        let post = Post::start(db).await;
        let annual = |from: &str, to: &str| json!({"officer_id": post.one, "kind": "annual", "from": from, "to": to});
        let leave = post.own.post("/leave-requests", annual("2026-03-12", "2026-03-13")).await.expect(201).id();
        let early = post.own.post("/leave-requests", annual("2026-03-09", "2026-03-09")).await.expect(201).id();
        let duty = post.plan(post.one, "2026-03-11T08:00", "2026-03-11T16:00").await.expect(201).id();
        let entered = absent(&post.force.hr, post.one, away("2026-03-10", "2026-03-12", "secondment")).await.expect(201);
        let over = finding(&entered.body, "absence.leave");
        assert_eq!((&over["outcome"], &over["measured"]["on"], &over["measured"]["request_ids"]), (&json!("warn"), &json!("2026-03-12"), &json!([leave])));
        assert_eq!(finding(&entered.body, "leave.planned_duty")["measured"]["shift_ids"], json!([duty]));
        let beside = absent(&post.force.hr, post.one, away("2026-03-16", "2026-03-20", "course")).await.expect(201);
        assert_eq!(beside.body["findings"], json!([]));
        let told = async |request: Uuid| {
            let check = post.force.leader.get(&format!("/leave-requests/{request}/check")).await.expect(200).body;
            let all = check["findings"].as_array().unwrap().clone();
            all.into_iter().filter(|one| one["rule"] == "leave.absence").collect::<Vec<_>>()
        };
        assert_eq!((told(early).await.len(), told(leave).await.len()), (0, 1));
        let said = &told(leave).await[0]["measured"];
        assert_eq!((&said["kind"], &said["from"], &said["to"]), (&json!("secondment"), &json!("2026-03-10"), &json!("2026-03-12")));
        let granted = post.force.leader.act(&format!("/leave-requests/{leave}/approve")).await.expect(200);
        assert_eq!(finding(&granted.body["decision"], "leave.absence")["outcome"], "warn");
        let preview = post.own.post("/leave-requests/preview", annual("2026-03-20", "2026-03-23")).await.expect(200).body;
        assert_eq!((&preview["acceptable"], &finding(&preview, "leave.absence")["measured"]["kind"]), (&json!(true), &json!("course")));
        end(&post.force.hr, beside.id(), json!({"reason": "未成行"})).await.expect(200);
        let preview = post.own.post("/leave-requests/preview", annual("2026-03-20", "2026-03-23")).await.expect(200).body;
        assert!(!preview["findings"].to_string().contains("leave.absence"));
        assert_sound(&post.force.app);
    }

    /// Ended with another last date, once more earlier, and taken back whole; never made longer.
    async fn how_it_ends(db: TestDatabase) {
        let post = Post::start(db).await;
        let id = absent(&post.force.hr, post.one, away("2026-03-01", "2026-03-10", "course")).await.expect(201).id();
        let shown = async || post.own.get(&format!("/absences/{id}")).await.expect(200).body;
        assert_eq!((&shown().await["state"], &shown().await["ended_at"]), (&json!("active"), &Value::Null));
        for (body, expected) in [
            (json!({"to": "2026-02-28", "reason": "x"}), vec![("/to", "invalid_value")]),
            (json!({"to": "2026-03-10", "reason": "x"}), vec![("/to", "invalid_value")]),
            (json!({"to": "2026-03-11", "reason": " "}), vec![("/to", "invalid_value"), ("/reason", "missing_field")]),
            (json!({"to": "2026-03-05"}), vec![("/reason", "missing_field")]),
        ] {
            let told = end(&post.force.hr, id, body.clone()).await;
            assert_eq!((told.status, refused(&told)), (422, expected), "{body}");
        }
        for (last, today, state) in [("2026-03-05", "2026-03-05T15:59:59Z", "active"), ("2026-03-04", "2026-03-05T15:59:59Z", "over"), ("2026-03-01", "2026-03-01T16:00:00Z", "over")] {
            let told = end(&post.force.hr, id, json!({"to": last, "reason": "提前返岗"})).await.expect(200);
            assert_eq!((&told.body["to"], &told.body["reason"]), (&json!(last), &json!("提前返岗")));
            post.force.app.set_clock(today);
            assert_eq!(shown().await["state"], state, "{last}");
        }
        let told = end(&post.force.hr, id, json!({"reason": "录入错误"})).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["to"]), (&json!("taken_back"), &json!("2026-03-10")));
        assert_eq!(end(&post.force.hr, id, json!({"reason": "再次"})).await.because(), "ended");
        assert_eq!(records::count(&post.force.app.db, "outbox WHERE topic = 'absence.ended'"), 4);
        // The same may be entered again.
        absent(&post.force.hr, post.one, away("2026-03-01", "2026-03-10", "course")).await.expect(201);
        assert_sound(&post.force.app);
    }

    /// Every fault at once, each at its place; nothing is stored.
    async fn what_is_refused(db: TestDatabase) {
        let post = Post::start(db).await;
        absent(&post.force.hr, post.one, away("2026-04-10", "2026-04-20", "course")).await.expect(201);
        for (body, expected) in [
            (away("2026-04-20", "2026-04-25", "course"), vec![("/from", "taken")]),
            (away("2026-04-01", "2026-04-10", "course"), vec![("/from", "taken")]),
            (away("2026-05-02", "2026-05-01", "course"), vec![("/to", "invalid_value")]),
            (away("2026-05-01", "2029-05-01", "secondment"), vec![("/to", "invalid_value")]),
            (away("1899-12-31", "1900-01-05", "course"), vec![("/from", "invalid_value")]),
            (json!({"from": "2026-13-01", "to": "x", "kind": "sick"}), vec![("/from", "invalid_value"), ("/kind", "invalid_value"), ("/to", "invalid_value")]),
            (json!({}), vec![("/from", "missing_field"), ("/kind", "missing_field"), ("/to", "missing_field")]),
        ] {
            let told = absent(&post.force.hr, post.one, body.clone()).await;
            let mut faults = refused(&told);
            faults.sort_unstable();
            assert_eq!((told.status, faults), (422, expected), "{body}");
        }
        // Beside it, of another kind, and as long as it may be.
        absent(&post.force.hr, post.one, away("2026-04-21", "2026-04-25", "course")).await.expect(201);
        absent(&post.force.hr, post.one, away("2026-04-15", "2026-04-16", "suspension")).await.expect(201);
        absent(&post.force.hr, post.one, away("2026-05-01", "2029-04-30", "secondment")).await.expect(201);
        let left = json!({"left_on": "2026-06-30", "cause": "resigned"});
        post.force.hr.post(&format!("/officers/{}/separation", post.other), left).await.expect(200);
        let told = absent(&post.force.hr, post.other, away("2026-06-30", "2026-07-01", "course")).await;
        assert_eq!((told.status, refused(&told)), (422, vec![("/to", "invalid_value")]));
        absent(&post.force.hr, post.other, away("2026-06-30", "2026-06-30", "course")).await.expect(201);
        // Two at once: one.
        let told = at_once((0..4).map(|_| {
            let (hr, officer) = (post.force.hr.clone(), post.other);
            async move { absent(&hr, officer, away("2026-03-20", "2026-03-25", "course")).await }
        }))
        .await;
        assert_only(&told, &[201, 422]);
        assert_eq!(count(&told, 201), 1);
        assert_sound(&post.force.app);
    }

    /// hr of the officer's unit enters, never for themselves; officer and leaders read; nobody else knows of it.
    async fn by_whom(db: TestDatabase) {
        let post = Post::start(db).await;
        let body = || away("2026-03-10", "2026-03-12", "suspension");
        let far = post.force.app.as_role("far-hr", Role::Hr, Some(post.force.other_station)).await;
        let own_hr = post.force.app.as_officer("own-hr", post.other, &[(Role::Hr, None)]).await;
        for (client, says) in [(&post.force.leader, (403, "forbidden")), (&post.own, (403, "forbidden")), (&far, (404, "not_found"))] {
            assert_eq!(absent(client, post.other, body()).await.says(), says);
        }
        assert_eq!(absent(&own_hr, post.other, body()).await.says(), (403, "own_record"));
        let id = absent(&post.force.hr, post.other, body()).await.expect(201).id();
        let list = format!("/officers/{}/absences", post.other);
        for client in [&own_hr, &post.force.leader, &post.force.branch_leader, &post.force.hr] {
            assert_eq!(items(&client.get(&list).await.expect(200)).len(), 1);
            client.get(&format!("/absences/{id}")).await.expect(200);
        }
        for client in [&post.own, &post.force.other_leader, &far] {
            assert_eq!(client.get(&list).await.says(), (404, "not_found"));
            assert_eq!(client.get(&format!("/absences/{id}")).await.says(), (404, "not_found"));
        }
        assert_eq!(end(&own_hr, id, json!({"reason": "x"})).await.says(), (403, "own_record"));
        assert_eq!(end(&post.force.leader, id, json!({"reason": "x"})).await.says(), (403, "forbidden"));
        assert_eq!(end(&far, id, json!({"reason": "x"})).await.says(), (404, "not_found"));
        // Page by page, the latest first.
        absent(&post.force.hr, post.other, away("2026-05-10", "2026-05-12", "course")).await.expect(201);
        let first = post.force.hr.get(&format!("{list}?limit=1")).await.expect(200);
        assert_eq!(items(&first)[0]["kind"], "course");
        let next = first.body["next_cursor"].as_str().unwrap().to_owned();
        let second = post.force.hr.get(&format!("{list}?limit=1&cursor={next}")).await.expect(200);
        assert_eq!((&items(&second)[0]["id"], &second.body["next_cursor"]), (&json!(id), &Value::Null));
    }

    /// A1: five days of a week on a course leave the week out, four do not. A6: fewer than sixty days beside a secondment
    /// leave the quarter out; a course as long does not.
    async fn who_counts_in_the_quotas(db: TestDatabase) {
        let post = Post::start(db).await;
        let excluded = async |officer: Uuid| {
            let told = post.force.leader.get(&format!("/officers/{officer}/rest-compliance?from=2026-03-09&to=2026-03-15")).await.expect(200).body;
            [&told["weeks"][0]["excluded"], &told["quarters"][0]["excluded"]].map(|why| why.as_str().unwrap().to_owned())
        };
        let course = absent(&post.force.hr, post.one, away("2026-03-09", "2026-03-13", "course")).await.expect(201).id();
        assert_eq!(excluded(post.one).await, ["long_absence", "no"]);
        end(&post.force.hr, course, json!({"to": "2026-03-12", "reason": "提前结业"})).await.expect(200);
        assert_eq!(excluded(post.one).await, ["no", "no"], "four days");
        absent(&post.force.hr, post.one, away("2026-01-05", "2026-02-28", "course")).await.expect(201);
        assert_eq!(excluded(post.one).await, ["no", "no"], "a course is no secondment");
        // Ninety days of the quarter, thirty of them away: sixty are left, and fifty-nine with one more.
        let away_for = absent(&post.force.hr, post.other, away("2026-01-01", "2026-01-31", "secondment")).await.expect(201).id();
        assert_eq!(excluded(post.other).await, ["no", "long_absence"], "fifty-nine");
        // Listed when the quarter is over, and not what it was for.
        post.force.app.set_clock("2026-04-01T01:00:00Z");
        let path = format!("/units/{}/rest-compliance?from=2026-01-01&to=2026-03-31", post.force.station);
        let unit = post.force.leader.get(&path).await.expect(200).body;
        assert_eq!(unit["rotation"]["excluded"], json!([{"reason": "long_absence", "count": 1}]));
        end(&post.force.hr, away_for, json!({"to": "2026-01-30", "reason": "提前返岗"})).await.expect(200);
        assert_eq!(excluded(post.other).await, ["no", "no"], "sixty");
        assert_sound(&post.force.app);
    }
}
