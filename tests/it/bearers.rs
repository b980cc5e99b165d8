//! Who bears a token is remembered from one request to the next, and never longer than the records say so: whatever
//! somebody else writes past the service, as the command line does, binds at the very next request.

use futures_util::future::join_all;
use respite::auth::tokens::{Claims, KeyRing};
use respite::rules::terms::Role;
use serde_json::{Value, json};

use crate::app::{App, Client, Force};
use crate::databases::{Kind, TestDatabase};
use crate::sql::{change, lines};

/// What `/auth/me` answers, asked three times in a row with the same result: on each of two workers it is remembered.
async fn me(client: &Client) -> Value {
    let mut answers = Vec::new();
    for _ in 0..3 {
        let told = client.get("/auth/me").await;
        answers.push(if told.status == 200 { told.body } else { json!(told.code()) });
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    answers.remove(0)
}

fn is_true(db: &TestDatabase) -> &'static str {
    if db.kind == Kind::Sqlite { "1" } else { "TRUE" }
}

/// How often what somebody may do was changed.
fn revision(db: &TestDatabase) -> String {
    lines(db, "SELECT CAST(revision AS TEXT) AS line FROM access").concat()
}

both! {
    /// Sign-in, account, grants: each change past the service is seen by the next request, and seen again when undone.
    async fn what_others_write_binds_at_the_next_request(db: TestDatabase) {
        let force = Force::start(db).await;
        let (app, officer) = (&force.app, force.officer("1001", "2010-07-01").await);
        let li = app.as_officer("li", officer, &[(Role::Hr, None)]).await;
        let account = "id = (SELECT id FROM accounts WHERE username = 'li')";
        let of_account = "account_id = (SELECT id FROM accounts WHERE username IN ('li', 'wang'))";
        let moment = "'2026-03-02 01:00:00.000000'";
        assert_eq!(me(&li).await["officer_id"], json!(officer));

        change(&app.db, &format!("UPDATE accounts SET disabled_at = {moment} WHERE {account}"));
        assert_eq!(me(&li).await, "unauthenticated");
        change(&app.db, &format!("UPDATE accounts SET disabled_at = NULL WHERE {account}"));
        assert_eq!(me(&li).await["username"], "li");

        change(&app.db, &format!("UPDATE accounts SET username = 'wang', name_key = 'wang' WHERE {account}"));
        assert_eq!(me(&li).await["username"], "wang");
        let account = account.replace("'li'", "'wang'");
        change(&app.db, &format!("UPDATE accounts SET officer_id = NULL WHERE {account}"));
        assert_eq!(me(&li).await["officer_id"], Value::Null);
        change(&app.db, &format!("UPDATE accounts SET must_change_password = {} WHERE {account}", is_true(&app.db)));
        assert_eq!(me(&li).await["must_change_password"], true);
        assert_eq!(li.get("/units").await.says(), (403, "must_change_password"));
        change(&app.db, &format!("UPDATE accounts SET must_change_password = NOT {} WHERE {account}", is_true(&app.db)));
        li.get("/units").await.expect(200);

        let path = format!("/officers/{officer}/leave-balances");
        li.get(&path).await.expect(200);
        change(&app.db, &format!("UPDATE grants SET superseded_at = {moment} WHERE {of_account}"));
        assert_eq!(me(&li).await["grants"], json!([]));
        assert_eq!(li.get(&path).await.says(), (403, "forbidden"));
        change(&app.db, &format!(
            "INSERT INTO grants (id, account_id, role, unit_id, recorded_at) SELECT @id, id, 'hr', NULL, {moment} FROM accounts WHERE {account}"
        ));
        assert_eq!(me(&li).await["grants"], json!([{"role": "hr", "unit_id": null}]));
        li.get(&path).await.expect(200);
        change(&app.db, &format!("DELETE FROM grants WHERE {of_account}"));
        assert_eq!(me(&li).await["grants"], json!([]));

        change(&app.db, &format!("UPDATE sessions SET ended_at = {moment} WHERE {of_account}"));
        assert_eq!(me(&li).await, "unauthenticated");
        change(&app.db, &format!("UPDATE sessions SET ended_at = NULL WHERE {of_account}"));
        assert_eq!(me(&li).await["username"], "wang");
        change(&app.db, &format!("DELETE FROM sessions WHERE {of_account}"));
        assert_eq!(me(&li).await, "unauthenticated");
    }

    /// Who somebody is on the roll: what is corrected past the service, in any of the tables that say it, is in their own
    /// balance at the next request, as it is in that which hr reads.
    async fn what_the_rules_know_binds_at_the_next_request(db: TestDatabase) {
        let force = Force::start(db).await;
        let periods = json!([{"from": "2010-07-01"}]);
        let with = json!({"category": "auxiliary", "joined_on": "2010-07-01", "service_periods": periods});
        let officer = force.officer_with("1001", with).await;
        force.officer("1002", "2010-07-01").await;
        let li = force.app.as_officer("li", officer, &[]).await;
        let path = format!("/officers/{officer}/leave-balances?on=2026-12-31");
        let owed = async || {
            let by_hr = force.hr.get(&path).await.expect(200).body["items"].clone();
            for _ in 0..4 {
                assert_eq!(li.get(&path).await.expect(200).body["items"], by_hr);
            }
            by_hr[0]["entitled_days"].to_string()
        };
        let theirs = "officer_id = (SELECT id FROM officers WHERE badge_no = '1001')";
        let moment = "'2026-03-02 01:00:00.000000'";
        let as_it_was = owed().await;
        assert_eq!(as_it_was, "10");
        let steps = [
            ("UPDATE officers SET joined_on = '2026-07-01' WHERE badge_no = '1001'".to_owned(), "5"),
            ("UPDATE officers SET joined_on = '2010-07-01' WHERE badge_no = '1001'".to_owned(), "10"),
            (format!("UPDATE service_periods SET from_on = '2023-07-01' WHERE {theirs}"), "5"),
            (
                "INSERT INTO service_periods (id, officer_id, from_on, to_on, kind, origin, recorded_at) \
                 SELECT @id, id, '2000-01-01', '2023-06-30', 'employment', 'entered', '2026-03-02 01:00:00.000000' \
                 FROM officers WHERE badge_no = '1001'".to_owned(),
                "15",
            ),
            (format!("DELETE FROM service_periods WHERE {theirs} AND from_on = '2000-01-01'"), "5"),
            (format!("UPDATE service_periods SET superseded_at = {moment} WHERE {theirs}"), "0"),
            (format!("UPDATE service_periods SET superseded_at = NULL, from_on = '2010-07-01' WHERE {theirs}"), "10"),
            (
                format!(
                    "INSERT INTO separations (id, officer_id, left_on, cause, recorded_at) \
                     SELECT @id, id, '2025-12-31', 'resigned', {moment} FROM officers WHERE badge_no = '1001'"
                ),
                "0",
            ),
            (format!("UPDATE separations SET left_on = '2026-12-31' WHERE {theirs}"), "10"),
            (format!("UPDATE separations SET left_on = '2025-12-31' WHERE {theirs}"), "0"),
            (format!("DELETE FROM separations WHERE {theirs}"), "10"),
            (format!("UPDATE officer_categories SET category = 'retired' WHERE {theirs}"), "0"),
            (format!("UPDATE officer_categories SET category = 'auxiliary' WHERE {theirs}"), "10"),
            (
                format!(
                    "INSERT INTO officer_categories (id, officer_id, category, effective_on, until_on, recorded_at) \
                     SELECT @id, id, 'retired', '2026-01-01', '2027-01-01', {moment} FROM officers WHERE badge_no = '1001'"
                ),
                "0",
            ),
            (format!("DELETE FROM officer_categories WHERE {theirs} AND category = 'retired'"), "10"),
        ];
        for (statement, days) in steps {
            let before = revision(&force.app.db);
            change(&force.app.db, &statement);
            let is_counted = revision(&force.app.db) != before;
            assert_eq!(is_counted, force.app.db.kind == Kind::Sqlite, "counted on a file only: {statement}");
            assert_eq!(owed().await, days, "{statement}");
        }
    }

    /// A role on another unit: the officer is out of sight at once, and in sight again.
    async fn a_grant_that_moves_takes_the_officer_out_of_sight(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("1001", "2010-07-01").await;
        let path = format!("/officers/{officer}/leave-balances");
        let account = force.app.account("li", None, &[(Role::Hr, Some(force.station))]);
        let li = force.app.sign_in("li").await;
        li.get(&path).await.expect(200);
        for (unit, status) in [(force.other_station, 404), (force.station, 200), (force.other_station, 404)] {
            let grants = json!({"grants": [{"role": "hr", "unit_id": unit}]});
            let tag = force.admin.get(&format!("/accounts/{account}")).await.header("etag").to_owned();
            force.admin.with("if-match", &tag).patch(&format!("/accounts/{account}"), grants).await.expect(200);
            for _ in 0..3 {
                li.get(&path).await.expect(status);
            }
        }
    }

    /// Eight ask while the sign-out is under way; whoever asks after its answer is refused, every time.
    async fn nobody_passes_after_a_sign_out_was_answered(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[(Role::Hr, None)]);
        for _ in 0..12 {
            let li = app.sign_in("li").await;
            assert_eq!(me(&li).await["username"], "li");
            let asking = join_all((0..8).map(|_| li.get("/auth/me")));
            let (out, _) = futures_util::future::join(li.act("/auth/logout"), asking).await;
            out.expect(204);
            for told in join_all((0..8).map(|_| li.get("/auth/me"))).await {
                assert_eq!(told.says(), (401, "unauthenticated"));
            }
        }
    }

    /// A remembered token ends at its second, and with the key that signed it; with another token it is not confused.
    async fn a_remembered_token_ends(db: TestDatabase) {
        let app = App::start(db).await;
        for name in ["li", "wang"] {
            app.account(name, None, &[]);
        }
        let (li, wang) = (app.sign_in("li").await, app.sign_in("wang").await);
        assert_eq!((&me(&li).await["username"], &me(&wang).await["username"]), (&json!("li"), &json!("wang")));
        let keys = [("test".to_owned(), vec![7; 32])];
        app.house.sign_in.keys.replace(&[("test".to_owned(), vec![8; 32])]).unwrap();
        assert_eq!(me(&li).await, "unauthenticated", "the key of this name is another");
        app.house.sign_in.keys.replace(&keys).unwrap();
        assert_eq!(me(&li).await["username"], "li");
        app.set_clock("2026-03-02T01:14:59.999Z");
        assert_eq!(me(&li).await["username"], "li");
        app.set_clock("2026-03-02T01:15:00Z");
        assert_eq!(me(&li).await, "unauthenticated");
    }

    /// A token that names the sign-in of one and the account of another is nobody's, however often either has passed.
    async fn a_token_of_two_people_is_nobodys(db: TestDatabase) {
        let app = App::start(db).await;
        let keys = KeyRing::new(&[("test".to_owned(), vec![7; 32])]).unwrap();
        let mut claims = Vec::new();
        for name in ["li", "wang"] {
            app.account(name, None, &[]);
            let client = app.sign_in(name).await;
            assert_eq!(me(&client).await["username"], name);
            let told = client.get("/auth/me").await.expect(200);
            let session = lines(&app.db, &format!(
                "SELECT {} AS line FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE a.username = '{name}'",
                if app.db.kind == Kind::Sqlite { "lower(hex(s.id))" } else { "encode(s.id, 'hex')" }
            ));
            let now = app.house.clock.moment().now().timestamp();
            let (sub, sid) = (told.body["account_id"].as_str().unwrap().parse().unwrap(), session[0].parse().unwrap());
            claims.push(Claims { sub, sid, iat: now, exp: now + 900 });
        }
        let crossed = Claims { sid: claims[1].sid, ..claims[0] };
        for (claims, passes) in [(claims[0], true), (crossed, false), (claims[1], true), (crossed, false)] {
            let told = app.stranger().bearing(&keys.sign(&claims).unwrap()).get("/auth/me").await;
            assert_eq!(told.status == 200, passes, "{}", told.body);
        }
    }

    /// What others do all day changes nothing of what was remembered: signing in, refreshing, asking for leave.
    async fn only_what_concerns_access_is_counted(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("1001", "2010-07-01").await;
        force.app.account("li", Some(officer), &[]);
        let before = revision(&force.app.db);
        let li = force.app.sign_in_with_password("li").await;
        force.submit(&li, officer, "2026-04-13", "2026-04-13").await.expect(201);
        assert_eq!(revision(&force.app.db), before);
        li.act("/auth/logout").await.expect(204);
        assert_eq!(revision(&force.app.db) != before, force.app.db.kind == Kind::Sqlite, "counted on a file only");
    }

    /// A request that the handler never comes to read for gives back what the gate has opened for it.
    async fn a_refused_question_holds_no_connection(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("1001", "2010-07-01").await;
        let path = format!("/officers/{officer}/leave-balances");
        for _ in 0..30 {
            force.hr.get(&format!("{path}?on=tomorrow")).await.expect(400);
            assert_eq!(force.hr.get("/officers/nobody/leave-balances").await.status, 404);
        }
        for told in join_all((0..16).map(|_| force.hr.get(&path))).await {
            told.expect(200);
        }
    }
}
