//! What the officer has said of duty that is over binds its plan; whatever else has begun is corrected with a fresh reason.

use chrono::TimeDelta;
use respite::rules::terms::RowId;
use respite::store::duty_shifts::DutyShift;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Post;
use crate::app::{Client, Told};
use crate::crowd::assert_sound;
use crate::imports::{CSV, counts, load, refusals};
use crate::leave::{finding, items};
use crate::records;
use crate::watch::change;

/// 9 March 2026 is a Monday.
const DAY: &str = "2026-03-09";

fn hours(from: &str, to: &str) -> Value {
    json!({"starts_at": format!("{DAY}T{from}:00+08:00"), "ends_at": format!("{DAY}T{to}:00+08:00")})
}

async fn say(client: &Client, shift: Uuid, body: Value) -> Told {
    client.post(&format!("/duty-shifts/{shift}/confirm-actual"), body).await
}

async fn cancel(client: &Client, shift: Uuid) -> Told {
    client.post(&format!("/duty-shifts/{shift}/cancel"), json!({"reason": "未执勤"})).await
}

async fn patch(client: &Client, shift: Uuid, body: Value) -> Told {
    client.with("if-match", "*").patch(&format!("/duty-shifts/{shift}"), body).await
}

async fn state(client: &Client, shift: Uuid) -> String {
    let shown = client.get(&format!("/duty-shifts/{shift}")).await.expect(200);
    shown.body["state"].as_str().unwrap().to_owned()
}

fn told(post: &Post, topic: &str) -> i64 {
    records::count(&post.force.app.db, &format!("outbox WHERE topic = '{topic}'"))
}

/// Duty of one day, from eight to four, that was over an hour ago.
async fn over(post: &Post) -> Uuid {
    let shift = post.plan(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
    post.force.app.set_clock("2026-03-09T09:00:00Z");
    shift
}

both! {
    /// Neither the plan's hours nor its kind, unit or count, nor the shift itself, is anybody's to take back, as long as the
    /// officer's word stands; the leader says other hours.
    async fn the_word_of_the_officer_binds(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = over(&post).await;
        say(&post.own, shift, hours("08:00", "16:00")).await.expect(200);
        let version = post.force.leader.get(&format!("/duty-shifts/{shift}")).await.expect(200).header("etag").to_owned();
        for client in [&post.force.leader, &post.force.branch_leader, &post.force.hr] {
            for body in [
                json!({"starts_at": "2026-03-09T01:00:00Z"}),
                json!({"ends_at": "2026-03-09T07:00:00Z"}),
                json!({"kind": "training"}),
                json!({"counted_minutes": 60}),
                json!({"starts_at": "2026-03-19T00:00:00Z", "ends_at": "2026-03-19T08:00:00Z"}),
            ] {
                let mut reasoned = body.clone();
                reasoned["override_reason"] = json!("更正");
                for body in [body, reasoned] {
                    let refused = patch(client, shift, body.clone()).await;
                    assert_eq!(refused.says(), (409, "wrong_state"), "{body}");
                    assert!(refused.body["detail"].as_str().unwrap().contains("confirm-actual"), "{}", refused.body);
                }
            }
            assert_eq!(cancel(client, shift).await.says(), (409, "wrong_state"));
        }
        let above = patch(&post.force.branch_leader, shift, json!({"unit_id": post.force.branch})).await;
        assert_eq!(above.says(), (409, "wrong_state"));
        let now = post.force.leader.get(&format!("/duty-shifts/{shift}")).await.expect(200);
        assert_eq!(now.header("etag"), version, "nothing changed");
        // A reason beside it is no change of what was worked.
        patch(&post.force.leader, shift, json!({"override_reason": "说明"})).await.expect(200);
        // The leader says otherwise; the officer agrees with that.
        let said = say(&post.force.leader, shift, hours("08:00", "12:00")).await.expect(200);
        assert_eq!(said.body["actual"]["state"], "disputed");
        assert_eq!(cancel(&post.force.leader, shift).await.says(), (409, "wrong_state"));
        let said = say(&post.own, shift, hours("08:00", "12:00")).await.expect(200);
        assert_eq!((&said.body["actual"]["state"], &said.body["actual_minutes"]), (&json!("agreed"), &json!(240)));
        assert_eq!(cancel(&post.force.leader, shift).await.says(), (409, "wrong_state"));
        assert_sound(&post.force.app);
    }

    /// What was taken away by duty that the officer confirmed stays taken away, and owed.
    async fn credit_of_what_was_confirmed(db: TestDatabase) {
        let post = Post::start(db).await;
        let day = post.rest(post.one, DAY).await.expect(201).id();
        let month = json!({"unit_id": post.force.station, "from": "2026-03-03", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        let shift = post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
        say(&post.own, shift, hours("08:00", "16:00")).await.expect(200);
        assert_eq!(cancel(&post.force.leader, shift).await.says(), (409, "wrong_state"));
        let away = json!({"starts_at": "2026-03-08T00:00:00Z", "ends_at": "2026-03-08T08:00:00Z", "override_reason": "更正"});
        assert_eq!(patch(&post.force.leader, shift, away).await.says(), (409, "wrong_state"));
        let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!(credit.body["totals"]["minutes"], 480);
        assert_eq!(post.own.get(&format!("/rest-days/{day}")).await.expect(200).body["state"], "cancelled");
        let found = post.own.get("/rest-violations?rule=rest.rest_day").await.expect(200);
        assert_eq!(items(&found)[0]["state"], "detected");
        // The officer may still say other hours.
        say(&post.own, shift, hours("08:00", "15:00")).await.expect(200);
        assert_sound(&post.force.app);
    }

    /// Nothing was worked: both say so, or the officer does and the leader takes the shift back. Neither alone ends it.
    async fn that_nothing_was_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        let no = || json!({"worked": false});
        let shift = post.plan(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
        assert_eq!(say(&post.own, shift, no()).await.says(), (409, "wrong_state"), "it is not over");
        post.force.app.set_clock("2026-03-09T09:00:00Z");
        for (body, pointers) in [
            (json!({"worked": false, "starts_at": "2026-03-09T00:00:00Z"}), vec!["/starts_at"]),
            (json!({"worked": false, "ends_at": "2026-03-09T00:00:00Z", "counted_minutes": 0}), vec!["/ends_at", "/counted_minutes"]),
            (json!({}), vec!["/starts_at", "/ends_at"]),
            (json!({"worked": true, "starts_at": "2026-03-09T00:00:00Z"}), vec!["/ends_at"]),
        ] {
            let refused = say(&post.own, shift, body.clone()).await.expect(422);
            let found: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
            assert_eq!(found, pointers, "{body}");
        }
        assert_eq!(say(&post.force.hr, shift, no()).await.says(), (403, "forbidden"));
        assert_eq!(say(&post.force.other_leader, shift, no()).await.says(), (404, "not_found"));
        let said = say(&post.force.branch_leader, shift, no()).await.expect(200);
        assert_eq!((&said.body["state"], &said.body["actual"]["state"]), (&json!("planned"), &json!("confirmed_by_leader")));
        // The officer was mistaken first: the word stands until they take it back themselves.
        say(&post.own, shift, hours("08:00", "16:00")).await.expect(200);
        assert_eq!(state(&post.own, shift).await, "planned", "one said so, the other hours");
        assert_eq!(cancel(&post.force.leader, shift).await.says(), (409, "wrong_state"));
        let said = say(&post.own, shift, no()).await.expect(200);
        assert_eq!((&said.body["state"], &said.body["actual"]["agreed"]), (&json!("cancelled"), &Value::Null), "both say so");
        assert_eq!((&said.body["actual"]["state"], &said.body["actual"]["officer"]["worked"]), (&json!("agreed"), &json!(false)));
        assert_eq!(told(&post, "duty_shift.cancelled"), 1, "the officer is told, published or not");
        assert_eq!(say(&post.own, shift, hours("08:00", "16:00")).await.says(), (409, "wrong_state"));
        // Another: the officer says so, the leader takes it back with a reason.
        let second = post.plan(post.other, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
        let others = post.force.own("others", post.other).await;
        let said = say(&others, second, no()).await.expect(200);
        assert_eq!((&said.body["state"], &said.body["actual"]["state"]), (&json!("planned"), &json!("confirmed_by_officer")));
        let again = say(&others, second, no()).await.expect(200);
        assert_eq!(again.body["actual"], said.body["actual"], "twice changes nothing");
        assert_eq!(cancel(&post.force.leader, second).await.expect(200).body["state"], "cancelled");
        assert_sound(&post.force.app);
    }

    /// Hours agreed on that earned something: both were mistaken, and what is free of the credit goes.
    async fn agreed_hours_that_were_not_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = over(&post).await;
        post.force.app.set_clock("2026-03-09T13:00:00Z");
        for client in [&post.own, &post.force.leader] {
            say(client, shift, hours("08:00", "18:00")).await.expect(200);
        }
        let minutes = async || post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200).body["totals"]["available_minutes"].clone();
        assert_eq!(minutes().await, 120, "overtime");
        say(&post.force.leader, shift, json!({"worked": false})).await.expect(200);
        assert_eq!((state(&post.own, shift).await.as_str(), minutes().await), ("planned", json!(120)), "agreed binds until both say otherwise");
        let said = say(&post.own, shift, json!({"worked": false})).await.expect(200);
        assert_eq!((&said.body["state"], &said.body["actual_minutes"], minutes().await), (&json!("cancelled"), &Value::Null, json!(0)));
        // Nobody was on duty then: other duty has room.
        post.plan(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201);
        assert_sound(&post.force.app);
    }

    /// What has begun and nobody confirmed is a fact: corrected with a reason of its own, and its officer is told.
    async fn a_correction_asks_for_a_fresh_reason(db: TestDatabase) {
        let post = Post::start(db).await;
        let shift = post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T16:00").await.expect(201).id();
        let shorter = json!({"ends_at": "2026-03-09T07:00:00Z"});
        // A minute before it begins it is a plan, that bothers no rule.
        post.force.app.set_clock("2026-03-08T23:59:00Z");
        patch(&post.force.leader, shift, json!({"ends_at": "2026-03-09T07:30:00Z"})).await.expect(200);
        for clock in ["2026-03-09T00:00:00Z", "2026-03-09T04:00:00Z", "2026-03-10T04:00:00Z"] {
            post.force.app.set_clock(clock);
            for body in [shorter.clone(), json!({"kind": "training"}), json!({"counted_minutes": 10}), json!({"kind": "training", "override_reason": null})] {
                let bare = patch(&post.force.leader, shift, body.clone()).await;
                assert_eq!((bare.status, &bare.body["errors"][0]["pointer"], &bare.body["errors"][0]["code"]), (422, &json!("/override_reason"), &json!("missing_field")), "{clock} {body}: {}", bare.body);
            }
        }
        assert_eq!(told(&post, "duty_shift.changed"), 0);
        let mut reasoned = shorter;
        reasoned["override_reason"] = json!("提前收队");
        let done = patch(&post.force.leader, shift, reasoned).await.expect(200);
        assert_eq!(done.body["override_reason"], "提前收队");
        assert_eq!(told(&post, "duty_shift.changed"), 1, "the officer is told of it, published or not");
        let gone = cancel(&post.force.leader, shift).await.expect(200);
        assert_eq!((&gone.body["state"], told(&post, "duty_shift.cancelled")), (&json!("cancelled"), 1));
        assert_sound(&post.force.app);
    }

    /// A reason that was given for other hours says nothing of the new ones.
    async fn an_old_reason_covers_nothing_new(db: TestDatabase) {
        let post = Post::start(db).await;
        post.plan(post.one, "2026-03-09T08:00", "2026-03-09T20:00").await.expect(201);
        let shift = post.plan_anyway(post.one, "2026-03-10T06:00", "2026-03-10T10:00").await.expect(201).id();
        // Two hours earlier: the rest is shorter than what the reason was given for.
        let earlier = json!({"starts_at": "2026-03-09T21:00:00Z"});
        let bare = patch(&post.force.leader, shift, earlier.clone()).await;
        assert_eq!((bare.status, &bare.body["errors"][0]["pointer"]), (422, &json!("/override_reason")), "{}", bare.body);
        assert_eq!(finding(&bare.body, "rest.daily")["measured"]["gap_minutes"], 540);
        // Later it is longer: nothing new, nothing asked.
        patch(&post.force.leader, shift, json!({"starts_at": "2026-03-09T22:30:00Z"})).await.expect(200);
        let mut reasoned = earlier;
        reasoned["override_reason"] = json!("抗洪");
        let done = patch(&post.force.leader, shift, reasoned).await.expect(200);
        assert_eq!((&done.body["override_reason"], &finding(&done.body, "rest.daily")["outcome"]), (&json!("抗洪"), &json!("warn")));
        assert_sound(&post.force.app);
    }

    /// A file says what is planned: of what has begun only with a reason, and of what the officer confirmed nothing else.
    async fn a_file_of_what_is_over(db: TestDatabase) {
        let post = Post::start(db).await;
        let send = async |query: &str, rows: &str| {
            let file = format!("图例：白=08:00-16:00；夜=值班20:00-08:00\n警号,{DAY},2026-03-10\n{rows}");
            load(&post.force.leader, &format!("/rosters/import{query}"), CSV, file.as_bytes()).await
        };
        send("", "100100,白,白\n100101,白,白\n").await.expect(200);
        let mine = async || {
            let list = post.own.get(&format!("/duty-shifts?officer_id={}&from={DAY}", post.one)).await.expect(200);
            let live = items(&list).iter().filter(|one| one["state"] != "cancelled");
            live.map(|one| (one["id"].as_str().unwrap().to_owned(), one["kind"].as_str().unwrap().to_owned())).collect::<Vec<_>>()
        };
        post.force.app.set_clock("2026-03-09T09:00:00Z");
        let before = mine().await;
        let first: Uuid = before[0].0.parse().unwrap();
        say(&post.own, first, hours("08:00", "16:00")).await.expect(200);
        // Confirmed: neither other hours, nor a day off, nor rest, whatever the reason; what is the same stays.
        for (cell, query) in [("夜", ""), ("夜", "?override_reason=x"), ("下", "?override_reason=x"), ("休", "?override_reason=x")] {
            let refused = send(query, &format!("100100,{cell},\n")).await;
            assert_eq!(refused.says(), (422, "import_refused"), "{cell}");
            assert!(refusals(&refused).contains(&(3, DAY.to_owned(), "rest.officer_confirmed".to_owned())), "{cell}: {}", refused.body);
            assert_eq!(refused.body["rejected"][0]["cell"], "B3");
        }
        assert_eq!(counts(&send("", "100100,白,\n").await.expect(200)), (0, 0, 1));
        assert_eq!(mine().await, before, "nothing changed");
        // Over and unconfirmed: a reason of the file, or of the row.
        for cell in ["夜", "下"] {
            let refused = send("", &format!("100101,{cell},\n")).await;
            assert_eq!(refusals(&refused), [(3, DAY.to_owned(), "missing_field".to_owned())], "{cell}: {}", refused.body);
            assert_eq!(refused.body["asks_override_reason"], true);
        }
        // What is still to come asks for none.
        send("", "100101,,下\n").await.expect(200);
        assert_eq!(counts(&send("?override_reason=%E6%9B%B4%E6%AD%A3", "100101,夜,\n").await.expect(200)), (0, 1, 0));
        assert_eq!(told(&post, "duty_shift.changed"), 1, "the officer is told");
        assert_sound(&post.force.app);
    }

    /// A day on which duty is recorded was no rest; the day before and the day after are none of its business.
    async fn no_rest_is_confirmed_over_duty(db: TestDatabase) {
        let post = Post::start(db).await;
        let night = post.plan(post.one, "2026-03-08T14:00", "2026-03-08T22:00").await.expect(201).id();
        let ids = [post.rest(post.one, DAY).await.expect(201).id(), post.rest(post.one, "2026-03-10").await.expect(201).id()];
        let month = json!({"unit_id": post.force.station, "from": "2026-03-03", "to": "2026-03-31"});
        post.force.leader.post("/rosters/publish", month).await.expect(201);
        // It ran an hour into the rest day.
        change(&post.force.app, RowId(night), |shift| DutyShift { ends_at: shift.ends_at + TimeDelta::hours(3), ..shift });
        post.force.app.set_clock("2026-03-11T01:00:00Z");
        let confirm = async |id: Uuid| post.own.act(&format!("/rest-days/{id}/confirm")).await;
        let refused = confirm(ids[0]).await;
        assert_eq!(refused.says(), (409, "rest.has_duty"), "{}", refused.body);
        assert_eq!(finding(&refused.body, "rest.has_duty")["measured"]["shift_ids"], json!([night]));
        assert_eq!(post.own.get(&format!("/rest-days/{}", ids[0])).await.expect(200).body["state"], "published");
        assert_eq!(confirm(ids[1]).await.expect(200).body["state"], "taken", "the day after");
        // Agreed to have ended at midnight: it was rest.
        let short = json!({"starts_at": "2026-03-08T06:00:00Z", "ends_at": "2026-03-08T16:00:00Z"});
        say(&post.own, night, short.clone()).await.expect(200);
        assert_eq!(confirm(ids[0]).await.says(), (409, "rest.has_duty"), "one word is no agreement");
        say(&post.force.leader, night, short).await.expect(200);
        assert_eq!(confirm(ids[0]).await.expect(200).body["state"], "taken");
        assert_eq!(confirm(ids[0]).await.expect(200).body["state"], "taken", "twice");
        assert_eq!(post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T12:00").await.says(), (422, "rest.rest_day"), "taken is taken");
        assert_sound(&post.force.app);
    }

    /// A rest day that hr entered when its date was over is taken away by duty like any other, with its notice and credit.
    async fn a_late_rest_day_that_was_worked(db: TestDatabase) {
        let post = Post::start(db).await;
        post.force.app.set_clock("2026-03-12T01:00:00Z");
        let body = json!({"officer_id": post.one, "date": DAY, "kind": "weekly", "reason": "漏录"});
        let id = post.force.hr.post("/rest-days", body.clone()).await.expect(201).id();
        let check = post.force.leader.post("/duty-shifts/check", post.shift(post.one, "2026-03-09T08:00", "2026-03-09T12:00")).await.expect(200);
        assert_eq!((&check.body["asks_override_reason"], &finding(&check.body, "rest.rest_day")["measured"]["worked_already"]), (&json!(true), &json!(true)));
        let bare = post.plan(post.one, "2026-03-09T08:00", "2026-03-09T12:00").await;
        assert_eq!((bare.status, &bare.body["errors"][0]["pointer"]), (422, &json!("/override_reason")), "{}", bare.body);
        // The day before and the day after meet it not.
        for day in ["08", "10"] {
            post.plan(post.one, &format!("2026-03-{day}T09:00"), &format!("2026-03-{day}T12:00")).await.expect(201);
        }
        let shift = post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T12:00").await.expect(201).id();
        let shown = post.own.get(&format!("/rest-days/{id}")).await.expect(200);
        assert_eq!((&shown.body["state"], &shown.body["cancellation"]["worked_shift_id"]), (&json!("cancelled"), &json!(shift)));
        let minutes = async || post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200).body["totals"]["available_minutes"].clone();
        assert_eq!(minutes().await, 480);
        // Hours agreed on earn nothing twice.
        for client in [&post.own, &post.force.leader] {
            say(client, shift, hours("08:00", "12:00")).await.expect(200);
        }
        assert_eq!(minutes().await, 480);
        // Not worked after all: the day is as it was, and waits for its officer's word.
        for client in [&post.own, &post.force.leader] {
            say(client, shift, json!({"worked": false})).await.expect(200);
        }
        assert_eq!(minutes().await, 0);
        let back = post.own.get(&format!("/rest-days/{id}")).await.expect(200).body["cancellation"]["replaced_by"].clone();
        assert_eq!((&back["date"], &back["state"]), (&json!(DAY), &json!("planned")));
        let back = back["id"].as_str().unwrap().to_owned();
        assert_eq!(post.own.act(&format!("/rest-days/{back}/confirm")).await.expect(200).body["state"], "taken");
        assert_eq!(post.plan_anyway(post.one, "2026-03-09T08:00", "2026-03-09T12:00").await.says(), (422, "rest.rest_day"));
        assert_sound(&post.force.app);
    }

    /// A planned rest day of an earlier file on which the next file says duty was worked: taken away, not forgotten.
    async fn a_planned_rest_day_of_a_file(db: TestDatabase) {
        let post = Post::start(db).await;
        let send = async |query: &str, cell: &str| {
            let file = format!("图例：白=08:00-16:00\n警号,{DAY}\n100100,{cell}\n");
            load(&post.force.leader, &format!("/rosters/import{query}"), CSV, file.as_bytes()).await
        };
        send("", "休").await.expect(200);
        // Still to come, nobody was told: the plan is another.
        send("", "白").await.expect(200);
        send("", "休").await.expect(200);
        assert_eq!(records::count(&post.force.app.db, "comp_lots"), 0);
        post.force.app.set_clock("2026-03-10T01:00:00Z");
        let bare = send("", "白").await;
        assert_eq!(refusals(&bare), [(3, DAY.to_owned(), "missing_field".to_owned())], "{}", bare.body);
        send("?override_reason=x", "白").await.expect(200);
        let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!(credit.body["totals"]["available_minutes"], 480);
        assert_eq!(records::count(&post.force.app.db, "rest_cancellations"), 1);
        // And taken back by a file: the rest is put back.
        send("?override_reason=x", "下").await.expect(200);
        let credit = post.own.get(&format!("/officers/{}/comp-lots", post.one)).await.expect(200);
        assert_eq!(credit.body["totals"]["available_minutes"], 0);
        assert_sound(&post.force.app);
    }
}
