//! What a preview says, and that it stores nothing (RULINGS 5, 17, 20).

use serde_json::{Value, json};

use super::{asked, blocking, days, finding, force, ids, spans, with};
use crate::app::{Client, Force};

/// Submits an alternative as it was offered.
async fn take(force: &Force, own: &Client, body: &Value, offered: &Value) -> Value {
    let mut wish = offered.clone();
    let cost = wish.as_object_mut().unwrap().remove("days").unwrap();
    let told = own.post("/leave-requests", with(body.clone(), wish)).await.expect(201);
    assert_eq!(told.body["days"], cost);
    assert_eq!(force.request(told.id()).await["state"], "submitted");
    told.body
}

both! {
    /// A preview leaves no trace, whatever it says.
    async fn it_stores_nothing(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let before = force.balance(officer, "2026-12-31").await;
        for (from, to) in [("2026-03-09", "2026-03-13"), ("2026-02-09", "2026-02-10"), ("2028-01-04", "2028-01-05")] {
            force.preview(&own, asked(officer, from, to)).await;
            force.preview(&force.hr, asked(officer, from, to)).await;
        }
        assert_eq!(force.balance(officer, "2026-12-31").await, before);
        assert!(force.ledger(officer).await.is_empty());
        assert!(ids(&own.get("/leave-requests").await.expect(200)).is_empty());
        assert!(ids(&force.leader.get("/leave-requests/inbox").await.expect(200)).is_empty());
        // With nothing held, the same span can be previewed and asked for.
        let said = force.preview(&own, asked(officer, "2026-03-09", "2026-03-13")).await;
        assert_eq!((&said["days"], &said["by_year"]), (&json!(5), &json!({"2026": 5})));
        assert_eq!((&said["acceptable"], &said["alternatives"]), (&json!(true), &json!([])));
        assert!(blocking(&said).is_empty());
        force.submit(&own, officer, "2026-03-09", "2026-03-13").await.expect(201);
    }

    /// RULINGS 17: every readable span is answered, with its days and what blocks it.
    async fn it_answers_every_readable_span(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        for (from, to, cost, blocked) in [
            ("2026-02-24", "2026-02-27", json!(4), vec!["leave.past"]),
            ("2026-03-07", "2026-03-08", json!(0), vec!["leave.no_working_day"]),
            ("2026-02-16", "2026-02-19", json!(0), vec!["leave.no_working_day", "leave.past"]),
            ("2026-03-09", "2026-03-23", json!(11), vec!["leave.balance"]),
            ("2028-01-04", "2028-01-05", Value::Null, vec!["calendar.not_published"]),
            ("2023-12-28", "2023-12-29", Value::Null, vec!["calendar.not_published", "leave.past"]),
            ("2026-03-09", "2028-05-16", Value::Null, vec!["calendar.not_published"]),
        ] {
            let said = force.preview(&own, asked(officer, from, to)).await;
            assert_eq!((&said["days"], &said["acceptable"]), (&cost, &json!(false)), "{from}");
            assert_eq!(blocking(&said), blocked, "{from}");
        }
    }

    /// RULINGS 5: 2027 is provisional: it counts, it warns, and a submission proceeds. 2028 does not.
    async fn years_without_a_notice(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let body = asked(officer, "2027-01-04", "2027-01-08");
        let said = force.preview(&own, body.clone()).await;
        assert_eq!((&said["days"], &said["acceptable"]), (&json!(5), &json!(true)));
        let warning = finding(&said, "calendar.provisional");
        assert_eq!((&warning["outcome"], &warning["measured"]["years"]), (&json!("warn"), &json!([2027])));
        let told = own.post("/leave-requests", body).await.expect(201);
        assert_eq!(finding(&told.body, "calendar.provisional")["outcome"], "warn");
        force.leader.act(&format!("/leave-requests/{}/approve", told.id())).await.expect(200);
        assert_eq!(days(&force.balance(officer, "2027-01-01").await["approved_days"]), 5.0);

        let told = force.submit(&own, officer, "2027-12-30", "2028-01-04").await;
        assert_eq!(told.says(), (422, "calendar.not_published"));
        assert_eq!(finding(&told.body, "calendar.not_published")["measured"]["year"], 2028);
        // hr cannot enter what cannot be counted either.
        let told = force.enter(asked(officer, "2023-12-28", "2023-12-29")).await;
        assert_eq!(told.says(), (422, "calendar.not_published"));
    }

    /// RULINGS 20: too long for what is left: the longest possible, the nearest starts, and each is really free.
    async fn alternatives_that_are_shorter(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2020-01-01").await;
        let body = asked(officer, "2026-03-09", "2026-03-18");
        let said = force.preview(&own, body.clone()).await;
        let balance = finding(&said, "leave.balance");
        assert_eq!((&balance["measured"]["requested_days"], &balance["measured"]["available_days"]), (&json!(8), &json!(5)));
        assert_eq!(balance["limit"]["short_by_days"], 3);
        let nearest = [("2026-03-09", "2026-03-13"), ("2026-03-10", "2026-03-16"), ("2026-03-11", "2026-03-17")];
        assert_eq!(spans(&said["alternatives"]), nearest);
        let taken = take(&force, &own, &body, &said["alternatives"][1]).await;
        assert_eq!(taken["days"], 5);
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 0.0);
    }

    /// RULINGS 20: the same days at other dates: the nearest start first, the earlier of two equally near, never before
    /// today, halves kept.
    async fn alternatives_beside_other_leave(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        force.submit(&own, officer, "2026-03-16", "2026-03-17").await.expect(201);
        let said = force.preview(&own, asked(officer, "2026-03-16", "2026-03-18")).await;
        assert_eq!(blocking(&said), ["leave.overlap"]);
        let nearest = [("2026-03-18", "2026-03-20"), ("2026-03-19", "2026-03-23"), ("2026-03-20", "2026-03-24")];
        assert_eq!(spans(&said["alternatives"]), nearest);
        take(&force, &own, &asked(officer, "2026-03-16", "2026-03-18"), &said["alternatives"][0]).await;

        let (officer, own) = force.person("100002", "2010-01-01").await;
        force.submit(&own, officer, "2026-03-11", "2026-03-11").await.expect(201);
        let body = with(asked(officer, "2026-03-11", "2026-03-11"), json!({"first_day": "pm"}));
        let said = force.preview(&own, body.clone()).await;
        let nearest = [("2026-03-10", "2026-03-10"), ("2026-03-12", "2026-03-12"), ("2026-03-09", "2026-03-09")];
        assert_eq!(spans(&said["alternatives"]), nearest);
        for one in said["alternatives"].as_array().unwrap() {
            assert_eq!((&one["first_day"], &one["last_day"], &one["days"]), (&json!("pm"), &json!("full"), &json!(0.5)));
        }
        take(&force, &own, &body, &said["alternatives"][0]).await;

        // Never before today (Monday, 2 March), and never the span itself.
        force.submit(&own, officer, "2026-03-02", "2026-03-02").await.expect(201);
        let said = force.preview(&own, asked(officer, "2026-03-02", "2026-03-02")).await;
        assert_eq!(spans(&said["alternatives"]), [("2026-03-03", "2026-03-03"), ("2026-03-04", "2026-03-04"), ("2026-03-05", "2026-03-05")]);
        let said = force.preview(&own, asked(officer, "2026-02-25", "2026-02-25")).await;
        assert_eq!(spans(&said["alternatives"])[0], ("2026-03-03", "2026-03-03"));
    }

    /// Where nothing is left, nothing is offered; for a weekend single days are.
    async fn alternatives_for_nothing(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2025-12-15").await;
        let said = force.preview(&own, asked(officer, "2026-03-09", "2026-03-10")).await;
        assert_eq!((blocking(&said), &said["alternatives"]), (vec!["leave.balance"], &json!([])));
        let (officer, own) = force.person("100002", "2010-01-01").await;
        let body = asked(officer, "2026-03-07", "2026-03-08");
        let said = force.preview(&own, body.clone()).await;
        assert_eq!(spans(&said["alternatives"])[0], ("2026-03-06", "2026-03-06"));
        take(&force, &own, &body, &said["alternatives"][0]).await;
    }

    /// Spans that cannot be read: reversed, nothing between noon and noon, longer than 800 days, no date at all.
    async fn spans_that_are_none(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let noon = json!({"first_day": "pm", "last_day": "am"});
        for path in ["/leave-requests/preview", "/leave-requests"] {
            for body in [
                asked(officer, "2026-03-10", "2026-03-09"), asked(officer, "2026-03-09", "2028-05-17"),
                with(asked(officer, "2026-03-10", "2026-03-10"), noon.clone()),
            ] {
                assert_eq!(own.post(path, body.clone()).await.says(), (422, "invalid_span"), "{body}");
            }
            for (change, pointer) in [
                (json!({"from": "2026-02-30"}), "/from"), (json!({"from": "9 March"}), "/from"), (json!({"to": 20260309}), "/to"),
                (json!({"first_day": "am"}), "/first_day"), (json!({"last_day": "pm"}), "/last_day"),
                (json!({"officer_id": "100001"}), "/officer_id"), (json!({"kind": "holiday"}), "/kind"),
            ] {
                let told = own.post(path, with(asked(officer, "2026-03-09", "2026-03-10"), change.clone())).await.expect(422);
                assert_eq!(told.body["errors"][0]["pointer"], pointer, "{change} {}", told.body);
            }
        }
        let said = force.preview(&own, with(asked(officer, "2026-03-09", "2026-03-10"), noon)).await;
        assert_eq!(days(&said["days"]), 1.0);
    }
}
