//! What the doctor is for: each invariant finds its fault when the records are damaged past the service.

use respite::app::doctor::{self, Health};
use serde_json::json;
use uuid::Uuid;

use crate::app::{App, Force};
use crate::crowd::assert_sound;
use crate::databases::{Kind, TestDatabase};
use crate::sql::{change, execute, unlock};

/// Records with something of everything: leave that is approved, submitted, withdrawn and rejected, a carried lot, a
/// couple, a transfer, a kept answer.
async fn records(db: TestDatabase) -> (Force, Uuid) {
    let force = Force::start(db).await;
    let officer = force.officer("100100", "2020-07-01").await;
    force.officer_with("100101", json!({"spouse_officer_id": officer, "unit_id": force.other_station})).await;
    let transfer = json!({"unit_id": force.other_station, "effective_on": "2026-09-01"});
    force.hr.post(&format!("/officers/{officer}/transfer"), transfer).await.expect(200);
    let carry = json!({"from_year": 2025, "days": 2, "reason": "work_need", "consent_on": "2026-03-01"});
    force.hr.post(&format!("/officers/{officer}/carry-overs"), carry).await.expect(201);
    let own = force.app.as_officer("own", officer, &[]).await.with("idempotency-key", "one");
    let approved = force.submit(&own, officer, "2026-03-09", "2026-03-13").await.expect(201).id();
    force.leader.act(&format!("/leave-requests/{approved}/approve")).await.expect(200);
    let own = own.with("idempotency-key", "two");
    let withdrawn = force.submit(&own, officer, "2026-04-13", "2026-04-13").await.expect(201).id();
    own.act(&format!("/leave-requests/{withdrawn}/withdraw")).await.expect(200);
    let own = own.with("idempotency-key", "three");
    let rejected = force.submit(&own, officer, "2026-04-14", "2026-04-14").await.expect(201).id();
    let offer = json!({"reason": "执勤", "alternatives": [{"from": "2026-04-20", "to": "2026-04-20"}]});
    force.leader.post(&format!("/leave-requests/{rejected}/reject"), offer).await.expect(200);
    let own = own.with("idempotency-key", "four");
    force.submit(&own, officer, "2026-12-30", "2026-12-30").await.expect(201);
    let credit = json!({"officer_id": officer, "minutes": 960, "earned_on": "2026-02-25", "reason": "结转"});
    force.hr.post("/comp-lots", credit).await.expect(201);
    let rest = json!({"officer_id": officer, "kind": "compensatory", "from": "2026-06-15", "to": "2026-06-15"});
    own.with("idempotency-key", "five").post("/leave-requests", rest).await.expect(201);
    assert_sound(&force.app);
    unlock(&force.app.db);
    (force, officer)
}

/// The names of the checks that find a fault, and of those that warn beside the calendar.
fn found(app: &App) -> Vec<String> {
    let checks = doctor::examine(&app.house.database, &app.ctx()).unwrap();
    let calendar = "calendar_covers_this_year_and_the_next";
    let wrong = checks.iter().filter(|check| check.health != Health::Ok && check.name != calendar);
    wrong.inspect(|check| assert!(!check.found.is_empty(), "{check:?}")).map(|check| check.name.clone()).collect()
}

/// Damage, and what the doctor must say of it.
const DAMAGE: &[(&str, &str, &[&str])] = &[
    (
        "a movement is missing",
        "DELETE FROM leave_ledger WHERE id IN (SELECT id FROM leave_ledger WHERE leave_on = '2026-03-09')",
        &["ledger_matches_requests", "ledger_matches_years"],
    ),
    (
        "a withdrawn request still holds its day",
        "DELETE FROM leave_ledger WHERE kind = 'released' AND leave_on = '2026-04-13'",
        &["ledger_matches_requests", "days_held_have_slots"],
    ),
    (
        "a day was given back twice",
        "INSERT INTO leave_ledger SELECT @id, officer_id, lot_id, kind, quantity, unit, leave_on, request_id, cause, account_id, recorded_at FROM leave_ledger WHERE kind = 'released' AND leave_on = '2026-04-13'",
        &["ledger_matches_requests", "days_held_have_slots"],
    ),
    (
        "a day is held on a date outside the span",
        "UPDATE leave_ledger SET leave_on = '2026-03-16' WHERE leave_on = '2026-03-09'",
        &["days_held_have_slots"],
    ),
    (
        "a request says another number of days",
        "UPDATE leave_requests SET half_days = 8 WHERE half_days = 10",
        &["ledger_matches_requests", "years_match_requests"],
    ),
    (
        "the years of a request add up to something else",
        "UPDATE leave_request_years SET half_days = 12 WHERE half_days = 10",
        &["years_match_requests", "ledger_matches_years"],
    ),
    (
        "the days lie in another year",
        "UPDATE leave_request_years SET leave_year = 2027 WHERE half_days = 10",
        &["ledger_matches_years"],
    ),
    (
        "a slot is missing",
        "DELETE FROM leave_slots WHERE on_date = '2026-03-10' AND half = 'pm'",
        &["live_requests_hold_slots", "days_held_have_slots"],
    ),
    (
        "a slot of an ended request is still held",
        "INSERT INTO leave_slots SELECT officer_id, from_on, 'am', id FROM leave_requests WHERE state = 'withdrawn'",
        &["live_requests_hold_slots"],
    ),
    (
        "a slot lies outside its span",
        "UPDATE leave_slots SET on_date = '2026-12-31' WHERE on_date = '2026-12-30' AND half = 'pm'",
        &["slots_lie_in_their_span", "days_held_have_slots"],
    ),
    (
        "a slot is another officer's",
        "UPDATE leave_slots SET officer_id = (SELECT id FROM officers WHERE badge_no = '100101') WHERE on_date = '2026-12-30'",
        &["slots_lie_in_their_span"],
    ),
    ("nobody decided", "DELETE FROM leave_decisions WHERE outcome = 'approved'", &["decided_requests_have_decisions"]),
    (
        "the decision says the opposite",
        "UPDATE leave_decisions SET outcome = 'rejected' WHERE outcome = 'approved'",
        &["decided_requests_have_decisions"],
    ),
    (
        "a decided request is open",
        "UPDATE leave_requests SET state = 'submitted', expires_on = NULL WHERE state = 'approved'",
        &["decided_requests_have_decisions"],
    ),
    (
        "a movement is in another's lot",
        "UPDATE leave_lots SET officer_id = (SELECT id FROM officers WHERE badge_no = '100101') WHERE source = 'carried'",
        &["movements_lie_in_lots_of_the_same_officer"],
    ),
    (
        "days are drawn after the end of their lot",
        "UPDATE leave_lots SET expires_on = '2026-03-09' WHERE source = 'carried'",
        &["reserved_days_lie_in_valid_lots"],
    ),
    (
        "a recorded lot is overdrawn",
        "INSERT INTO leave_ledger SELECT @id, officer_id, id, 'adjusted', -9, 'half_day', NULL, NULL, 'x', NULL, recorded_at FROM leave_lots WHERE source = 'carried'",
        &["recorded_lots_are_never_overdrawn"],
    ),
    (
        "what was carried out never came in",
        "DELETE FROM leave_ledger WHERE kind = 'carried_out'",
        &["carried_days_balance"],
    ),
    (
        "reserved minutes are missing",
        "DELETE FROM comp_movements WHERE kind = 'reserved'",
        &["credit_matches_requests"],
    ),
    (
        "minutes are reserved on a date outside the span",
        "UPDATE comp_movements SET leave_on = '2026-06-16' WHERE kind = 'reserved'",
        &["credit_matches_requests"],
    ),
    (
        "a lot of credit is overdrawn",
        "INSERT INTO comp_movements SELECT @id, officer_id, id, 'settled', -9999, NULL, NULL, NULL, NULL, 'x', NULL, recorded_at FROM comp_lots",
        &["credit_is_conserved"],
    ),
    ("credit that nothing earned", "UPDATE comp_lots SET minutes = 961", &["credit_is_conserved"]),
    (
        "minutes are in another's lot",
        "UPDATE comp_lots SET officer_id = (SELECT id FROM officers WHERE badge_no = '100101')",
        &["credit_lies_with_its_officer"],
    ),
    (
        "an officer is in no unit",
        "DELETE FROM officer_units WHERE officer_id = (SELECT id FROM officers WHERE badge_no = '100101')",
        &["every_officer_has_unit_and_category"],
    ),
    (
        "an officer has no category",
        "DELETE FROM officer_categories WHERE officer_id = (SELECT id FROM officers WHERE badge_no = '100101')",
        &["every_officer_has_unit_and_category"],
    ),
    (
        "an officer is in two units",
        "UPDATE officer_units SET until_on = '9999-12-31' WHERE until_on = '2026-09-01'",
        &["dated_facts_do_not_overlap", "dated_facts_leave_no_gap"],
    ),
    (
        "an officer is in no unit for a day",
        "UPDATE officer_units SET effective_on = '2026-09-02' WHERE effective_on = '2026-09-01'",
        &["dated_facts_leave_no_gap"],
    ),
    (
        "a category begins some day",
        "UPDATE officer_categories SET effective_on = '2020-01-01'",
        &["dated_facts_leave_no_gap"],
    ),
    (
        "a unit has no place",
        "DELETE FROM unit_parents WHERE unit_id = (SELECT id FROM units WHERE code = '510102000000')",
        &["every_unit_has_a_place"],
    ),
    (
        "a marriage of one",
        "DELETE FROM spouses WHERE officer_id = (SELECT id FROM officers WHERE badge_no = '100101')",
        &["spouses_are_mutual"],
    ),
    ("a kept answer is empty", "UPDATE idempotency_keys SET body = NULL", &["no_kept_answer_is_empty"]),
    (
        "the facts no longer owe what was taken",
        "UPDATE service_periods SET from_on = '2025-12-01' WHERE officer_id = (SELECT id FROM officers WHERE badge_no = '100100')",
        &["live_leave_is_covered_by_entitlement"],
    ),
];

/// Damages copies of the same records, one way each.
async fn every_damage(db: TestDatabase) {
    let (force, _) = records(db).await;
    for (what, statement, wanted) in DAMAGE {
        let before = Copy::of(&force);
        change(&force.app.db, statement);
        let found = found(&force.app);
        for name in *wanted {
            assert!(found.iter().any(|one| one == name), "{what}: {name} not among {found:?}");
        }
        before.put_back(&force);
    }
    assert_sound(&force.app);
}

/// The tables that damage touches, as they were.
struct Copy;

const TABLES: &[&str] = &[
    "comp_movements",
    "comp_lots",
    "leave_slots",
    "leave_decisions",
    "leave_request_years",
    "leave_ledger",
    "leave_lots",
    "leave_requests",
    "officer_units",
    "officer_categories",
    "unit_parents",
    "spouses",
    "service_periods",
    "idempotency_keys",
];

impl Copy {
    fn of(force: &Force) -> Self {
        for table in TABLES {
            execute(&force.app.db, &format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}")).unwrap();
        }
        Self
    }

    fn put_back(self, force: &Force) {
        for table in TABLES {
            execute(&force.app.db, &format!("DELETE FROM {table}")).unwrap();
        }
        for table in TABLES.iter().rev() {
            execute(&force.app.db, &format!("INSERT INTO {table} SELECT * FROM saved_{table}")).unwrap();
            execute(&force.app.db, &format!("DROP TABLE saved_{table}")).unwrap();
        }
    }
}

both! {
    async fn each_fault_is_found(db: TestDatabase) {
        every_damage(db).await;
    }

    async fn two_heads_of_one_unit_on_one_day(db: TestDatabase) {
        let (force, officer) = records(db).await;
        let admin = force.admin.with("if-match", "*");
        let path = format!("/units/{}/head", force.station);
        for on in ["2026-03-02", "2026-06-01"] {
            let head = if on == "2026-03-02" { json!(officer) } else { json!(null) };
            let body = json!({"head_officer_id": head, "deputy_officer_ids": [], "effective_on": on});
            admin.put(&path, body).await.expect(200);
        }
        assert_sound(&force.app);
        change(&force.app.db, "UPDATE unit_heads SET until_on = '2026-06-02' WHERE until_on = '2026-06-01'");
        assert_eq!(found(&force.app), ["dated_facts_do_not_overlap"]);
    }

    /// What points to nothing: SQLite is asked row by row, PostgreSQL whether a reference was ever left unchecked.
    async fn a_reference_that_leads_nowhere(db: TestDatabase) {
        let (force, _) = records(db).await;
        match force.app.db.kind {
            Kind::Sqlite => {
                use diesel::connection::SimpleConnection;
                use diesel::{Connection, SqliteConnection};
                let path = force.app.db.file().to_str().unwrap().to_owned();
                let mut connection = SqliteConnection::establish(&path).unwrap();
                let damage = "PRAGMA foreign_keys = OFF; PRAGMA busy_timeout = 10000; UPDATE leave_requests SET entered_by = randomblob(16)";
                connection.batch_execute(damage).unwrap();
            }
            Kind::Postgres => {
                for statement in [
                    "ALTER TABLE leave_requests DROP CONSTRAINT leave_requests_entered_by_fkey",
                    "UPDATE leave_requests SET entered_by = @id",
                    "ALTER TABLE leave_requests ADD FOREIGN KEY (entered_by) REFERENCES accounts (id) NOT VALID",
                ] {
                    execute(&force.app.db, statement).unwrap();
                }
            }
        }
        assert_eq!(found(&force.app), ["references_lead_somewhere"]);
    }

    /// On another schema nothing else is asked.
    async fn a_schema_that_is_not_current(db: TestDatabase) {
        let app = App::start(db).await;
        change(&app.db, "DELETE FROM __diesel_schema_migrations");
        assert_eq!(found(&app), ["migrations_are_current"]);
        assert_eq!(doctor::examine(&app.house.database, &app.ctx()).unwrap().len(), 2);
        let ready = app.stranger().get("//readyz").await;
        assert_eq!(ready.says(), (503, "unavailable"));
        assert_eq!(app.stranger().get("//healthz").await.status, 200);
    }
}
