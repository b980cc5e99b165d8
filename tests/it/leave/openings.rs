//! Opening balances from a file (RULINGS 28a): all rows or none, once for each officer and year.

use respite::rules::terms::Role;
use serde_json::{Value, json};

use super::{assert_adds_up, columns, days, finding, force, items};
use crate::app::{Client, Force, Told};
use crate::imports::{CSV, counts, load, refusals};

const HEADER: &str = "警号,年度,截至,已休天数,上年结转,备注";
const PATH: &str = "/leave-openings/import";

async fn import(client: &Client, rows: &str) -> Told {
    load(client, PATH, CSV, format!("{HEADER}\n{rows}").as_bytes()).await
}

fn lot<'a>(balance: &'a Value, source: &str) -> &'a Value {
    let lots = balance["lots"].as_array().unwrap();
    lots.iter().find(|lot| lot["source"] == source).unwrap_or_else(|| panic!("no {source} lot in {balance}"))
}

/// Ten days a year, on 2 March 2026.
async fn openings(force: &Force) -> uuid::Uuid {
    force.officer("100001", "2010-01-01").await
}

both! {
    /// Taken days count from their date on and use what was carried in first; the ledger and the explanation tell why.
    async fn taken_and_carried_in(db: TestDatabase) {
        let force = force(db).await;
        let officer = openings(&force).await;
        let told = import(&force.hr, "100001,2026,2026-02-27,4.5,3,纸质台账").await.expect(200);
        assert_eq!(counts(&told), (1, 0, 0));
        let before = force.balance(officer, "2026-02-26").await;
        assert_eq!((days(&before["taken_days"]), days(&before["approved_days"])), (0.0, 4.5));
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!(columns(&balance), [10.0, 3.0, 0.0, 0.0, 0.0, 0.0, 4.5, 0.0, 0.0, 8.5]);
        assert_adds_up(&balance);
        let carried = lot(&balance, "opening");
        assert_eq!((&carried["origin_year"], &carried["valid_from"], &carried["expires_on"]), (&json!(2025), &json!("2026-01-01"), &json!("2026-12-31")));
        assert_eq!((&carried["state"], &lot(&balance, "own")["available_days"]), (&json!("used"), &json!(8.5)));
        let rows = force.ledger(officer).await;
        let told: Vec<_> = rows.iter().map(|row| (row["kind"].as_str().unwrap(), row["quantity"].as_i64().unwrap(), row["leave_on"].as_str())).collect();
        assert_eq!(told, [("opening", 6, None), ("opening", -6, Some("2026-02-27")), ("opening", -3, Some("2026-02-27"))]);
        assert!(rows.iter().all(|row| row["cause"] == "纸质台账" && row["request_id"] == Value::Null));
        let why = force.hr.get(&format!("/officers/{officer}/leave-balances/explanation?on=2026-12-31")).await.expect(200);
        assert_eq!(why.body["movements"].as_array().unwrap().len(), 3);

        // The same file again changes nothing; another row for the year is refused where it stands.
        let again = import(&force.hr, "100001,2026,2026-02-27,4.5,3,纸质台账").await.expect(200);
        assert_eq!(counts(&again), (0, 0, 1));
        let other = import(&force.hr, "100001,2026,2026-02-27,5,3,纸质台账").await;
        assert_eq!(other.says(), (422, "import_refused"));
        assert_eq!(refusals(&other), [(2, "年度".to_owned(), "opening_differs".to_owned())]);
        assert_eq!(force.ledger(officer).await.len(), 3);
        // Leave that is asked for stands beside it.
        let own = force.own("100001", officer).await;
        force.submit(&own, officer, "2026-03-09", "2026-03-19").await.expect(422);
        force.granted(&own, officer, "2026-03-09", "2026-03-18").await;
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 0.5);
        force.assert_sound();
        // The opening has said what was carried; what is adjusted afterwards stands beside it, and the books still agree.
        assert_eq!(force.carry(officer, 2025, 2.0, "2026-03-01").await.says(), (409, "leave.carry_left"));
        force.adjust(officer, 2026, 2.0).await.expect(201);
        let balance = force.balance(officer, "2026-12-31").await;
        assert_eq!((days(&balance["carried_in_days"]), days(&balance["available_days"])), (3.0, 2.5));
        assert_adds_up(&balance);
        force.assert_sound();
    }

    /// A trial stores nothing; what is refused is located, row by row, and nothing of the file is stored.
    async fn all_or_none(db: TestDatabase) {
        let force = force(db).await;
        let officer = openings(&force).await;
        let tried = load(&force.hr, &format!("{PATH}?dry_run=true"), CSV, format!("{HEADER}\n100001,2026,2026-02-27,4,,").as_bytes()).await.expect(200);
        assert_eq!(counts(&tried), (1, 0, 0));
        assert!(force.ledger(officer).await.is_empty());
        let faulty = [
            "100001,2026,2026-02-27,10.5,,", // more than is owed
            "999999,2026,2026-02-27,1,,",    // nobody
            "100001,2024,2024-06-30,1,,",    // too old
            "100001,2025,2026-01-31,1,,",    // not in the year
            "100001,2026,2026-03-03,1,,",    // tomorrow
            "100001,2026,2026-02,1,,",       // no day
            "100001,2026,2026-02-27,1.25,,", // no half day
            "100001,2026,2026-02-27,-1,,",
            "100001,去年,2026-02-27,1,,",
            ",2026,2026-02-27,1,,",
            "100001,2026,2026-02-27,,,",
        ];
        let told = import(&force.hr, &faulty.join("\n")).await.expect(422);
        let found: Vec<(i64, String)> = refusals(&told).into_iter().map(|(row, _, code)| (row, code)).collect();
        let expected = [
            (4, "year_out_of_range"), (5, "as_of_outside_year"), (6, "as_of_in_future"), (6, "opening_repeated"),
            (7, "date_unreadable"), (7, "opening_repeated"), (8, "days_unreadable"), (8, "opening_repeated"),
            (9, "days_unreadable"), (9, "opening_repeated"), (10, "year_unreadable"), (11, "value_missing"),
            (12, "value_missing"), (12, "opening_repeated"),
        ];
        let expected: Vec<(i64, String)> = expected.iter().map(|(row, code)| (*row, (*code).to_owned())).collect();
        assert_eq!(found, expected);
        // What only the records know is told once every cell can be read.
        let told = import(&force.hr, &faulty[..2].join("\n")).await.expect(422);
        let expected = [(2, "已休天数", "taken_exceeds_owed"), (3, "警号", "officer_unknown")];
        assert_eq!(refusals(&told), expected.map(|(row, column, code)| (row, column.to_owned(), code.to_owned())));
        assert!(told.body["rejected"][0]["expected"].as_str().unwrap().contains("10"));
        assert!(force.ledger(officer).await.is_empty());
        // English headers, an ignored column named once, no optional columns.
        let english = "badge_no,year,as_of,taken_days,unit\n100001,2025,2025-12-31,10,东街\n";
        let told = load(&force.hr, PATH, CSV, english.as_bytes()).await.expect(200);
        assert_eq!((counts(&told), told.body["warnings"].as_array().unwrap().len()), ((1, 0, 0), 1));
        assert_eq!(days(&force.balance(officer, "2025-12-31").await["available_days"]), 0.0);
        assert_adds_up(&force.balance(officer, "2025-12-31").await);
        assert_eq!(days(&force.balance(officer, "2026-12-31").await["available_days"]), 10.0);
    }

    /// Nobody imports their own, their spouse's, or those of another hr's people; a retry is given again.
    async fn whose_openings(db: TestDatabase) {
        let force = force(db).await;
        let officer = openings(&force).await;
        let spouse = force.officer_with("100002", json!({"spouse_officer_id": officer})).await;
        let own_hr = force.with_roles("own-hr", spouse, &[(Role::Hr, None)]).await;
        for badge in ["100001", "100002"] {
            let told = import(&own_hr, &format!("{badge},2026,2026-02-27,1,,")).await.expect(422);
            assert_eq!(refusals(&told), [(2, "警号".to_owned(), "not_yours".to_owned())]);
        }
        let elsewhere = force.app.as_role("other-hr", Role::Hr, Some(force.other_station)).await;
        let told = import(&elsewhere, "100001,2026,2026-02-27,1,,").await.expect(422);
        assert_eq!(refusals(&told), [(2, "警号".to_owned(), "officer_unknown".to_owned())]);
        assert_eq!(import(&force.leader, "100001,2026,2026-02-27,1,,").await.says(), (403, "forbidden"));
        let keyed = force.hr.with("idempotency-key", "opening-1");
        import(&keyed, "100001,2026,2026-02-27,1,,").await.expect(200);
        let again = import(&keyed, "100001,2026,2026-02-27,1,,").await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), counts(&again)), ("true", (1, 0, 0)));
        // The retired and those without service have nothing that could have been taken or carried.
        force.officer_with("100003", json!({"category": "retired"})).await;
        let told = import(&force.hr, "100003,2026,2026-02-27,0,2,").await.expect(422);
        assert_eq!(refusals(&told), [(2, "上年结转".to_owned(), "taken_exceeds_owed".to_owned())]);
        let told = import(&force.hr, "100003,2026,2026-02-27,0.5,,").await.expect(422);
        assert_eq!(refusals(&told), [(2, "已休天数".to_owned(), "taken_exceeds_owed".to_owned())]);
    }

    /// What an opening says was taken counts when the right to the year ends (RULINGS 13).
    async fn an_opening_counts_as_taken(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-06-01T01:00:00Z");
        let officer = openings(&force).await;
        import(&force.hr, "100001,2026,2026-01-31,4,,").await.expect(200);
        let sick = super::with(super::asked(officer, "2026-02-01", "2026-05-15"), json!({"kind": "sick"}));
        force.enter(sick).await.expect(201);
        let owed = force.owed(officer, "2026-12-31").await;
        assert_eq!((&owed["days"], &owed["held_days"]), (&json!(10), &json!(6)));
        assert_eq!(finding(&owed, "annual_leave.held")["measured"]["taken_days"], 4);
        assert_adds_up(&force.balance(officer, "2026-12-31").await);
        let list = force.hr.get("/leave-conflicts?state=open").await.expect(200);
        assert!(items(&list).is_empty());
    }
}
