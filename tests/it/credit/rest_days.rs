//! Rest that is taken away: notice, credit, a replacement date, the clock of the offer, and back again.

use respite::app::credit::duties::{OwedKind, owed_to};
use respite::rules::terms::{OfficerId, Role};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, credit_of, earn, enter, finding, force, items, ledger_sum, lot, officer};
use crate::app::{Force, Told};
use crate::crowd::{assert_only, assert_sound, at_once, count};
use respite::rules::comp_credit::CreditOrigin;

async fn rest(force: &Force, officer: Uuid, date: &str, kind: &str) -> Uuid {
    let body = json!({"officer_id": officer, "date": date, "kind": kind});
    force.leader.post("/rest-days", body).await.expect(201).id()
}

async fn cancel(force: &Force, id: Uuid, notified_at: &str, more: Value) -> Told {
    let body = super::with(json!({"notified_at": notified_at, "reason_code": "exigency", "note": "专项行动"}), more);
    force.leader.post(&format!("/rest-days/{id}/cancel"), body).await
}

async fn reroster(force: &Force, id: Uuid, date: &str) -> Told {
    force.leader.post(&format!("/rest-days/{id}/reroster"), json!({"date": date})).await
}

both! {
    /// told on 10 April 2025, a date is owed by 24:00 of the 14th; what follows is derived, for whoever escalates.
    async fn the_clock_of_the_offer(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2025-04-01T01:00:00Z");
        let (officer, own) = officer(&force, "500100").await;
        let day = rest(&force, officer, "2025-04-12", "weekly").await;
        force.app.set_clock("2025-04-10T03:00:00Z");
        let told = cancel(&force, day, "2025-04-10T02:00:00Z", json!({})).await.expect(200);
        assert_eq!((&told.body["state"], &told.body["kind"]), (&"cancelled".into(), &"weekly".into()));
        let made = &told.body["cancellation"];
        assert_eq!((&made["clear_days"], &made["minutes"], &made["multiplier_percent"]), (&1.into(), &480.into(), &100.into()));
        assert!(made["approved_by"].is_string());
        let notice = finding(&told.body, "rest.notice");
        assert_eq!((&notice["rule_id"], &notice["outcome"]), (&"R8".into(), &"warn".into()));
        let id = made["lot_id"].as_str().unwrap().to_owned();
        let shown = own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!((&shown["offer_by"], &shown["take_by"], &shown["earned_on"]), (&"2025-04-14".into(), &"2025-05-12".into(), &"2025-04-12".into()));
        assert_eq!((&shown["origin"], &shown["origin_id"], &shown["overdue_offer"]), (&"cancelled_rest".into(), &json!(day), &false.into()));
        let owed = || {
            let ctx = force.app.ctx();
            force.app.house.database.read(|connection| owed_to(connection, &ctx, &[OfficerId(officer)])).unwrap()
        };
        let duties: Vec<_> = owed().iter().map(|one| (one.kind, one.due.to_rfc3339())).collect();
        assert_eq!(duties, [
            (OwedKind::OfferDate, "2025-04-14T16:00:00+00:00".to_owned()),
            (OwedKind::GiveRest, "2025-05-12T16:00:00+00:00".to_owned()),
        ]);
        let late = async || {
            let path = format!("/units/{}/comp-lots?state=overdue_offer", force.station);
            items(&force.leader.get(&path).await.expect(200)).len()
        };
        force.app.set_clock("2025-04-14T15:59:59Z");
        assert_eq!(late().await, 0);
        force.app.set_clock("2025-04-14T16:00:00Z");
        assert_eq!(late().await, 1);
        // A date is named: the offer is made, the rest is still owed until it is reserved; here wholly.
        let replaced = reroster(&force, day, "2025-04-20").await.expect(200);
        assert_eq!((&replaced.body["kind"], &replaced.body["replaces_id"], &replaced.body["date"]), (&"comp".into(), &json!(day), &"2025-04-20".into()));
        assert_eq!((late().await, owed().len()), (0, 0));
        let shown = own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!((&shown["reserved"], &shown["state"], &shown["rest_on"]), (&480.into(), &"reserved".into(), &json!(["2025-04-20"])));
        assert_eq!(reroster(&force, day, "2025-04-21").await.says(), (409, "wrong_state"));
        // Cancelled again, the minutes return, and the clock of the offer begins anew.
        let told = cancel(&force, replaced.id(), "2025-04-14T16:00:00Z", json!({"reason_code": "staffing"})).await.expect(200);
        assert_eq!((&told.body["cancellation"]["minutes"], &told.body["cancellation"]["lot_id"]), (&0.into(), &json!(id)));
        let shown = own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!((&shown["available_minutes"], &shown["offer_by"], &shown["minutes"]), (&480.into(), &"2025-04-19".into(), &480.into()));
        let again = reroster(&force, replaced.id(), "2025-04-27").await.expect(200);
        assert_eq!(again.body["replaces_id"], json!(replaced.id()));
        force.app.set_clock("2025-04-28T01:00:00Z");
        let shown = own.get(&format!("/comp-lots/{id}")).await.expect(200).body;
        assert_eq!((&shown["used"], &shown["reserved"]), (&480.into(), &0.into()));
        assert_eq!(ledger_sum(&own, officer).await, 0);
        assert_sound(&force.app);
    }

    /// Only what is planned or published and not over; by whoever plans, never for oneself; once.
    async fn who_cancels_and_when(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "500110").await;
        let day = rest(&force, someone, "2026-03-08", "rotation").await;
        let path = format!("/rest-days/{day}/cancel");
        let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "court"});
        assert_eq!(own.post(&path, body.clone()).await.says(), (403, "forbidden"));
        assert_eq!(force.other_leader.post(&path, body.clone()).await.says(), (404, "not_found"));
        let leading = force.officer("500111", "2016-03-10").await;
        let leading_self = force.app.as_officer("leading", leading, &[(Role::Leader, Some(force.station))]).await;
        let theirs = rest(&force, leading, "2026-03-08", "weekly").await;
        assert_eq!(leading_self.post(&format!("/rest-days/{theirs}/cancel"), body.clone()).await.says(), (403, "own_record"));
        for (more, pointer) in [
            (json!({"notified_at": "2026-03-02T01:00:01Z"}), "/notified_at"),
            (json!({"notified_at": "2025-02-01T00:00:00Z"}), "/notified_at"),
            (json!({"reason_code": "other", "note": null}), "/note"),
            (json!({"reason_code": "weather"}), "/reason_code"),
            (json!({"why": "x"}), "/why"),
        ] {
            let told = force.leader.post(&path, super::with(body.clone(), more)).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer, "{}", told.body);
        }
        assert_eq!(reroster(&force, day, "2026-03-10").await.says(), (409, "wrong_state"));
        let keyed = force.leader.with("idempotency-key", "one");
        let (first, again) = (keyed.post(&path, body.clone()).await.expect(200), keyed.post(&path, body.clone()).await.expect(200));
        assert_eq!((first.body == again.body, again.header("idempotency-replayed")), (true, "true"));
        // A second time it is as it was, whatever is said of it then; only the officer's wish is another thing.
        let second = force.leader.post(&path, super::with(body.clone(), json!({"reason_code": "staffing"}))).await.expect(200);
        assert_eq!(second.body, first.body);
        let wish = super::with(body.clone(), json!({"reason_code": "officer_request"}));
        assert_eq!(force.leader.post(&path, wish).await.because(), "cancelled");
        assert_eq!(credit_of(&own, someone).await["totals"]["minutes"], 480);
        // On the day itself there is still something to cancel, the day after it is over.
        let on_the_day = rest(&force, someone, "2026-03-09", "weekly").await;
        let over = rest(&force, someone, "2026-03-10", "weekly").await;
        force.app.set_clock("2026-03-09T15:00:00Z");
        let told = cancel(&force, on_the_day, "2026-03-09T14:00:00Z", json!({})).await.expect(200);
        assert_eq!(told.body["cancellation"]["clear_days"], 0);
        force.app.set_clock("2026-03-10T16:00:00Z");
        assert_eq!(cancel(&force, over, "2026-03-09T14:00:00Z", json!({})).await.says(), (409, "wrong_state"));
        assert_sound(&force.app);
    }

    /// A day that the officer asked to swap earns nothing, and another day of its kind takes its place.
    async fn a_day_the_officer_asked_to_swap(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "500120").await;
        let day = rest(&force, officer, "2026-03-14", "weekly").await;
        let request = || cancel(&force, day, "2026-03-02T01:00:00Z", json!({"reason_code": "officer_request"}));
        let (ask, back) = (format!("/rest-days/{day}/ask-move"), format!("/rest-days/{day}/withdraw-move"));
        let refused = async || {
            let told = request().await.expect(422);
            assert_eq!((told.code(), &told.body["errors"][0]["pointer"]), ("not_asked", &"/reason_code".into()));
        };
        refused().await;
        // The officer alone asks, and may take it back.
        assert_eq!(force.leader.act(&ask).await.says(), (403, "forbidden"));
        assert_eq!(force.other_leader.act(&ask).await.says(), (403, "forbidden"));
        let (_, colleague) = super::officer(&force, "500121").await;
        assert_eq!(colleague.act(&ask).await.says(), (404, "not_found"));
        assert_eq!(own.act(&back).await.because(), "nothing_asked");
        let asked = own.post(&ask, json!({"note": "孩子家长会"})).await.expect(200);
        assert_eq!((&asked.body["state"], &asked.body["move_asked"]["note"]), (&"planned".into(), &"孩子家长会".into()));
        assert_eq!(own.act(&ask).await.because(), "asked_already", "asked already");
        let seen = force.leader.get(&format!("/rest-days?officer_id={officer}")).await.expect(200);
        assert_eq!(items(&seen)[0]["move_asked"]["note"], "孩子家长会");
        own.act(&back).await.expect(200);
        assert_eq!(own.act(&back).await.says(), (409, "wrong_state"));
        refused().await;
        assert_eq!(credit_of(&own, officer).await["totals"]["minutes"], 0);
        own.act(&ask).await.expect(200);
        // What one asked for says nothing of another day.
        let other_day = rest(&force, officer, "2026-03-21", "weekly").await;
        let told = cancel(&force, other_day, "2026-03-02T01:00:00Z", json!({"reason_code": "officer_request"})).await;
        assert_eq!(told.says(), (422, "not_asked"));
        let told = request().await.expect(200);
        assert_eq!((&told.body["cancellation"]["minutes"], &told.body["cancellation"]["lot_id"]), (&0.into(), &json!(null)));
        assert_eq!(credit_of(&own, officer).await["totals"]["minutes"], 0);
        let replaced = reroster(&force, day, "2026-03-13").await.expect(200);
        assert_eq!(replaced.body["kind"], "weekly");
        // It is used up: the day in its place is not moved at nobody's request.
        let told = cancel(&force, replaced.id(), "2026-03-02T01:00:00Z", json!({"reason_code": "officer_request"})).await;
        assert_eq!(told.says(), (422, "not_asked"));
        assert_eq!(own.act(&ask).await.says(), (409, "wrong_state"), "the day is gone");
        assert_sound(&force.app);
    }

    /// Why rest was taken away: read by the person, their leaders, hr and the auditor, who reads nothing else of the roster.
    async fn who_reads_why(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "500170").await;
        let day = rest(&force, someone, "2026-03-14", "weekly").await;
        cancel(&force, day, "2026-03-02T01:00:00Z", json!({})).await.expect(200);
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        for client in [&own, &force.leader, &force.branch_leader, &force.hr, &auditor] {
            let listed = client.get("/rest-cancellations").await.expect(200);
            let [one] = items(&listed).as_slice() else { panic!("{}", listed.body) };
            assert_eq!((&one["rest_day_id"], &one["date"]), (&json!(day), &json!("2026-03-14")));
            assert_eq!((&one["reason_code"], &one["note"]), (&json!("exigency"), &json!("专项行动")));
        }
        let (_, colleague) = super::officer(&force, "500171").await;
        for client in [&force.other_leader, &colleague] {
            for path in ["/rest-cancellations".to_owned(), format!("/rest-cancellations?officer_id={someone}")] {
                assert_eq!(items(&client.get(&path).await.expect(200)).len(), 0, "{path}");
            }
        }
        assert_eq!(force.admin.get("/rest-cancellations").await.says(), (403, "forbidden"));
        assert_eq!(auditor.get(&format!("/rest-days/{day}")).await.says(), (403, "forbidden"));
    }

    /// The replacement must be free of duty, and not in the past; it may lie before the day that was taken away.
    async fn where_a_replacement_may_lie(db: TestDatabase) {
        let force = force(db).await;
        let (someone, own) = officer(&force, "500130").await;
        let day = rest(&force, someone, "2026-03-21", "weekly").await;
        let told = cancel(&force, day, "2026-03-02T01:00:00Z", json!({})).await.expect(200);
        let clear = &told.body["cancellation"]["clear_days"];
        assert_eq!((clear, &finding(&told.body, "rest.notice")["outcome"]), (&18.into(), &"pass".into()));
        let duty = json!({"officer_id": someone, "unit_id": force.station, "kind": "duty",
            "starts_at": "2026-03-12T00:00:00Z", "ends_at": "2026-03-12T08:00:00Z"});
        force.leader.post("/duty-shifts", duty).await.expect(201);
        assert_eq!(reroster(&force, day, "2026-03-12").await.says(), (422, "rest.has_duty"));
        assert_eq!(reroster(&force, day, "2026-03-01").await.status, 422);
        assert_eq!(credit_of(&own, someone).await["totals"]["reserved"], 0, "nothing changed");
        reroster(&force, day, "2026-03-13").await.expect(200);
        assert_eq!(credit_of(&own, someone).await["totals"]["reserved"], 480);
        assert_sound(&force.app);
    }

    /// What leave has drawn of the lot moves on to another where it can; where nothing is left, nothing is named.
    async fn beside_leave(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "500140").await;
        let day = rest(&force, officer, "2026-03-03", "weekly").await;
        let told = cancel(&force, day, "2026-03-02T01:00:00Z", json!({})).await.expect(200);
        let id = told.body["cancellation"]["lot_id"].as_str().unwrap().to_owned();
        ask(&own, officer, "2026-03-16", "2026-03-16", json!({})).await.expect(201);
        assert_eq!(reroster(&force, day, "2026-03-14").await.says(), (409, "wrong_state"));
        // Half a day of the leave moves to what is entered, half a day to what is earned; the replacement has its lot again.
        let other = enter(&force, officer, 240, "2026-02-25").await;
        earn(&force, officer, 240, CreditOrigin::Overtime, "2026-03-01").unwrap();
        reroster(&force, day, "2026-03-14").await.expect(200);
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, &id)["rest_on"], &lot(&credit, other)["rest_on"]), (&json!(["2026-03-14"]), &json!(["2026-03-16"])));
        assert_eq!(credit["totals"]["available_minutes"], 0);
        assert_sound(&force.app);
    }

    /// Where leave beside it leaves half a day of the lot, the replacement draws on that half.
    async fn half_beside_leave(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "500145").await;
        let day = rest(&force, officer, "2026-03-03", "weekly").await;
        let told = cancel(&force, day, "2026-03-02T01:00:00Z", json!({})).await.expect(200);
        let id = told.body["cancellation"]["lot_id"].as_str().unwrap().to_owned();
        ask(&own, officer, "2026-03-16", "2026-03-16", json!({})).await.expect(201);
        let other = enter(&force, officer, 240, "2026-02-25").await;
        reroster(&force, day, "2026-03-14").await.expect(200);
        let credit = credit_of(&own, officer).await;
        assert_eq!((&lot(&credit, &id)["rest_on"], &lot(&credit, other)["rest_on"]), (&json!(["2026-03-14", "2026-03-16"]), &json!(["2026-03-16"])));
        assert_eq!((&lot(&credit, &id)["reserved"], &credit["totals"]["available_minutes"]), (&json!(480), &json!(0)));
        assert_sound(&force.app);
    }

    /// A comp rest day that a leader plans draws on what is there, and gives it back when it is cancelled.
    async fn a_comp_day_of_the_roster(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "500150").await;
        let id = enter(&force, officer, 600, "2026-02-25").await;
        let day = rest(&force, officer, "2026-03-14", "comp").await;
        assert_eq!(credit_of(&own, officer).await["totals"]["reserved"], 480);
        cancel(&force, day, "2026-03-02T01:00:00Z", json!({})).await.expect(200);
        let credit = credit_of(&own, officer).await;
        assert_eq!((&credit["totals"]["available_minutes"], &credit["totals"]["minutes"]), (&600.into(), &600.into()));
        assert_eq!(lot(&credit, id)["offer_by"], "2026-03-06");
        assert_sound(&force.app);
    }

    /// Cancelled by two at once: one credit; replaced by two at once: one date.
    async fn two_at_once(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "500160").await;
        let day = rest(&force, officer, "2026-03-14", "weekly").await;
        let told = at_once((0..8).map(|_| {
            let leader = force.leader.clone();
            let body = json!({"notified_at": "2026-03-02T01:00:00Z", "reason_code": "exigency"});
            async move { leader.post(&format!("/rest-days/{day}/cancel"), body).await }
        }))
        .await;
        assert_only(&told, &[200]);
        assert!(told.iter().all(|one| one.body == told[0].body));
        assert_eq!(credit_of(&own, officer).await["totals"]["minutes"], 480);
        let told = at_once((0..8).map(|at| {
            let leader = force.leader.clone();
            async move { leader.post(&format!("/rest-days/{day}/reroster"), json!({"date": format!("2026-03-{}", 16 + at)})).await }
        }))
        .await;
        assert_only(&told, &[200, 409]);
        assert_eq!((count(&told, 200), &credit_of(&own, officer).await["totals"]["reserved"]), (1, &480.into()));
        assert_sound(&force.app);
    }
}
