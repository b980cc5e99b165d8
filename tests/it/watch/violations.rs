//! Violations: found once, whoever looks; remedied by the roster; acknowledged, remedied, verified, accepted for a time;
//! seen by whom they concern.

use respite::app::watch;
use respite::rules::terms::{OfficerId, Role, RowId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{cancelled, change, counted, items, run, shift, stamp};
use crate::app::{Client, Force, START, Told};
use crate::databases::TestDatabase;
use crate::records;

/// The force, and an officer of the first station who has one shift of 80 hours, which no policy allows.
struct Desk {
    force: Force,
    officer: Uuid,
    own: Client,
    shift: RowId,
    hr: Client,
    leader: Client,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2010-01-01").await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let shift = shift(&force.app, officer, force.station, "2026-03-09T00:00:00Z", 80);
        let [hr, leader, own] = [&force.hr, &force.leader, &own].map(|client| force.app.lasting(client));
        Self { force, officer, own, shift, hr, leader }
    }

    /// The scan of the night to a date, at half past two in Shanghai.
    fn night(&self, date: &str) -> Value {
        let clock = &self.force.app.house.clock;
        let at: chrono::NaiveDate = date.parse().unwrap();
        clock.set((at.and_hms_opt(2, 31, 0).unwrap() - chrono::TimeDelta::hours(8)).and_utc());
        run(&self.force.app, "rest_scan")
    }

    /// The one violation of the rule about the length of a shift.
    async fn span(&self) -> Value {
        let mut found = items(&self.hr, "/rest-violations?rule=rest.span").await;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    async fn act(&self, client: &Client, what: &str, body: Value) -> Told {
        let id = self.span().await["id"].as_str().unwrap().to_owned();
        client.post(&format!("/rest-violations/{id}/{what}"), body).await
    }

    async fn state(&self) -> String {
        self.span().await["state"].as_str().unwrap().to_owned()
    }

    /// What happened to the violation, in order.
    async fn story(&self) -> Vec<String> {
        let id = self.span().await["id"].as_str().unwrap().to_owned();
        let whole = self.hr.get(&format!("/rest-violations/{id}")).await.expect(200);
        let events = whole.body["events"].as_array().unwrap();
        events.iter().map(|event| event["act"].as_str().unwrap().to_owned()).collect()
    }
}

both! {
    /// A night finds it once; the same night in two halves, or the next, adds nothing; the proof is named.
    async fn a_violation_is_found_once(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let first = desk.night("2026-03-02");
        assert!(counted(&first, "detected") >= 1 && counted(&first, "officers") == 1, "{first}");
        assert_eq!((first["from"].as_str(), first["to"].as_str()), (Some("2026-02-23"), Some("2026-04-06")));
        let all = records::count(&desk.force.app.db, "rest_violations");
        for date in ["2026-03-03", "2026-03-04"] {
            let again = desk.night(date);
            assert_eq!([counted(&again, "detected"), counted(&again, "changed"), counted(&again, "remedied")], [0, 0, 0], "{again}");
        }
        // A look at each half of the span finds the same.
        let app = &desk.force.app;
        for (from, to) in [("2026-03-09", "2026-03-10"), ("2026-03-11", "2026-03-12"), ("2026-03-12", "2026-03-31")] {
            let looked = app.house.database.write(|tx| {
                watch::look_again(tx, &app.ctx(), OfficerId(desk.officer), from.parse().unwrap(), to.parse().unwrap())
            });
            let looked = looked.unwrap();
            assert!(looked.is_nothing(), "{from} {looked:?}");
        }
        assert_eq!(records::count(&app.db, "rest_violations"), all);
        let span = desk.span().await;
        let has = |name: &str| span[name].as_str().unwrap_or_default().to_owned();
        assert_eq!([has("from"), has("to")], ["2026-03-09", "2026-03-12"], "80 hours from 08:00 on");
        assert_eq!([has("basis"), has("outcome"), has("state")], ["planned", "block", "detected"]);
        assert_eq!((has("unit_id"), has("officer_id")), (desk.force.station.to_string(), desk.officer.to_string()));
        assert_eq!(span["finding"]["measured"]["shift_minutes"], 4800);
        assert!(!span["finding"]["message"].as_str().unwrap().is_empty());
        let whole = desk.own.get(&format!("/rest-violations/{}", has("id"))).await.expect(200);
        let proof = json!([{
            "id": desk.shift, "kind": "duty", "starts_at": "2026-03-09T00:00:00Z", "ends_at": "2026-03-12T08:00:00Z",
        }]);
        assert_eq!(whole.body["shifts"], proof);
        assert_eq!(whole.body["events"][0]["account_id"], Value::Null, "the service found it");
    }

    /// A roster that changes remedies it, one that changes back opens it again; everything that happened stays.
    async fn the_roster_remedies_it(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.night("2026-03-02");
        change(&desk.force.app, desk.shift, cancelled);
        assert!(counted(&desk.night("2026-03-03"), "remedied") >= 1);
        assert_eq!(desk.state().await, "remedied");
        let id = desk.span().await["id"].as_str().unwrap().to_owned();
        let whole = desk.hr.get(&format!("/rest-violations/{id}")).await.expect(200).body;
        let last = whole["events"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["act"], &last["cause"], &last["account_id"]), (&json!("remedied"), &json!("roster_changed"), &Value::Null));
        shift(&desk.force.app, desk.officer, desk.force.station, "2026-03-09T00:00:00Z", 80);
        assert!(counted(&desk.night("2026-03-04"), "reopened") >= 1);
        assert_eq!(desk.story().await, ["detected", "remedied", "reopened"]);
        assert_eq!(desk.state().await, "detected");
        // hr verifies what the roster remedied as well.
        let rows = "duty_shifts WHERE state = 'published'";
        assert_eq!(records::count(&desk.force.app.db, rows), 1);
        let told = desk.force.app.as_role("dpo", Role::Auditor, None).await;
        let audit = items(&told, "/audit?act=rest_violation.remedied").await;
        assert!(!audit.is_empty() && audit.iter().all(|entry| entry["account_id"].is_null()), "{audit:?}");
    }

    /// Other values of the same window change it; hours agreed on make it an actual one.
    async fn it_changes_with_the_roster(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.night("2026-03-02");
        change(&desk.force.app, desk.shift, |before| respite::store::duty_shifts::DutyShift {
            actual_starts_at: Some(before.starts_at),
            actual_ends_at: Some(stamp("2026-03-12T09:00:00Z")),
            actual_minutes: Some(81 * 60),
            ..before
        });
        assert!(counted(&desk.night("2026-03-03"), "changed") >= 1);
        let span = desk.span().await;
        assert_eq!((&span["basis"], &span["finding"]["measured"]["shift_minutes"]), (&json!("actual"), &json!(4860)));
        assert_eq!(desk.story().await, ["detected", "changed"]);
    }

    /// Detected, acknowledged, remedied, verified: in this order and no other.
    async fn the_life_of_a_violation(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.night("2026-03-02");
        let (leader, hr) = (&desk.leader, &desk.hr);
        let note = || json!({"note": "改为两段"});
        let wrong = (409, "wrong_state");
        desk.force.app.set_clock("2026-03-12T08:00:00Z");
        assert_eq!(desk.act(leader, "remedy", note()).await.says(), wrong, "not before it was seen");
        assert_eq!(desk.act(hr, "verify", note()).await.says(), wrong);
        let seen = desk.act(leader, "acknowledge", json!({})).await.expect(200);
        assert_eq!(seen.body["state"], "acknowledged");
        assert_eq!(desk.act(leader, "acknowledge", json!({})).await.says(), wrong, "twice");
        assert_eq!(desk.act(hr, "verify", json!({})).await.says(), wrong);
        for (body, code) in [(json!({}), "invalid_fields"), (json!({"note": ""}), "invalid_fields"), (json!({"note": "  "}), "invalid_fields"), (json!({"note": "x".repeat(1001)}), "invalid_fields")] {
            assert_eq!(desk.act(leader, "remedy", body).await.says(), (422, code));
        }
        let remedied = desk.act(leader, "remedy", note()).await.expect(200);
        assert_eq!(remedied.body["events"][2]["note"], "改为两段");
        assert_eq!(desk.act(leader, "remedy", note()).await.says(), wrong);
        assert_eq!(desk.act(hr, "accept", json!({"until": "2026-03-31", "reason": "x"})).await.says(), wrong);
        // The night finds exactly what was made good: it stays so.
        assert_eq!(counted(&desk.night("2026-03-13"), "reopened"), 0);
        assert_eq!(desk.state().await, "remedied");
        let verified = desk.act(hr, "verify", json!({"note": "已核"})).await.expect(200);
        assert_eq!(verified.body["state"], "verified");
        assert_eq!(desk.act(hr, "verify", json!({})).await.says(), wrong);
        assert_eq!(desk.story().await, ["detected", "acknowledged", "remedied", "verified"]);
        // What gets worse after that is a new matter.
        change(&desk.force.app, desk.shift, |before| respite::store::duty_shifts::DutyShift {
            ends_at: stamp("2026-03-12T10:00:00Z"), ..before
        });
        assert!(counted(&desk.night("2026-03-14"), "reopened") >= 1);
        assert_eq!(desk.state().await, "detected");
        let topics = records::texts(&desk.force.app.db, "SELECT topic AS t FROM outbox WHERE topic LIKE 'rest_violation.%' ORDER BY id");
        for topic in ["detected", "acknowledged", "remedied", "verified", "reopened"] {
            assert!(topics.contains(&format!("rest_violation.{topic}")), "{topic}");
        }
    }

    /// An exception holds to the end of its last date and lapses by itself.
    async fn an_exception_lapses(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.night("2026-03-02");
        desk.act(&desk.leader, "acknowledge", json!({})).await.expect(200);
        for (body, pointer) in [
            (json!({"until": "2026-03-01", "reason": "x"}), "/until"),
            (json!({"until": "2027-03-04", "reason": "x"}), "/until"),
            (json!({"until": "2026-03-05", "reason": " "}), "/reason"),
            (json!({"until": "2026-03-05"}), "/reason"),
        ] {
            let told = desk.act(&desk.hr, "accept", body).await.expect(422);
            assert_eq!(told.body["errors"][0]["pointer"], pointer);
        }
        let accepted = desk.act(&desk.hr, "accept", json!({"until": "2026-03-05", "reason": "大型活动"})).await.expect(200);
        assert_eq!((&accepted.body["state"], &accepted.body["accepted_until"]), (&json!("accepted"), &json!("2026-03-05")));
        assert_eq!(desk.act(&desk.leader, "remedy", json!({"note": "x"})).await.says(), (409, "wrong_state"));
        for (at, state, listed) in [
            ("2026-03-05T15:59:59Z", "accepted", ["accepted", "acknowledged"]),
            ("2026-03-05T16:00:00Z", "acknowledged", ["acknowledged", "accepted"]),
        ] {
            desk.force.app.set_clock(at);
            assert_eq!(desk.state().await, state);
            assert_eq!(items(&desk.hr, &format!("/rest-violations?rule=rest.span&state={}", listed[0])).await.len(), 1);
            assert_eq!(items(&desk.hr, &format!("/rest-violations?rule=rest.span&state={}", listed[1])).await.len(), 0);
        }
        desk.force.app.set_clock("2026-03-13T00:00:00Z");
        desk.act(&desk.leader, "remedy", json!({"note": "调整"})).await.expect(200);
        assert_eq!(desk.story().await, ["detected", "acknowledged", "accepted", "remedied"]);
    }

    /// What is still to come is not made good by saying so: by changing the roster it is, which the service finds itself.
    async fn nothing_is_made_good_before_its_time(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.night("2026-03-02");
        let remedy = || desk.act(&desk.leader, "remedy", json!({"note": "将补休"}));
        desk.act(&desk.leader, "acknowledge", json!({})).await.expect(200);
        // It lasts to 16:00 on the twelfth: weeks before, the day before, on the day, a second before its end.
        for clock in ["2026-03-02T01:00:00Z", "2026-03-11T15:59:59Z", "2026-03-11T16:00:00Z", "2026-03-12T07:59:59Z"] {
            desk.force.app.set_clock(clock);
            assert_eq!(remedy().await.says(), (409, "wrong_state"), "{clock}");
        }
        assert_eq!(desk.state().await, "acknowledged", "nothing changed");
        desk.force.app.set_clock("2026-03-12T08:00:00Z");
        remedy().await.expect(200);
        desk.force.app.set_clock("2026-03-11T08:00:00Z");
        assert_eq!(desk.act(&desk.hr, "verify", json!({})).await.says(), (409, "wrong_state"), "nor verified");
        // What the roster has made good is verified whatever its dates.
        change(&desk.force.app, desk.shift, cancelled);
        desk.act(&desk.hr, "verify", json!({})).await.expect(200);
        assert_eq!(desk.story().await, ["detected", "acknowledged", "remedied", "verified"]);
    }

    /// What was accepted as a warning and becomes worse than that is open again.
    async fn a_graver_violation_is_not_accepted(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let other = force.officer("100102", "2010-01-01").await;
        shift(&force.app, other, force.station, "2026-03-09T01:00:00Z", 12);
        let next = shift(&force.app, other, force.station, "2026-03-09T22:30:00Z", 8);
        desk.night("2026-03-02");
        let daily = async || {
            let found = items(&desk.hr, &format!("/rest-violations?rule=rest.daily&officer_id={other}")).await;
            assert_eq!(found.len(), 1, "{found:?}");
            found.into_iter().next().unwrap()
        };
        let found = daily().await;
        assert_eq!((&found["outcome"], &found["state"]), (&json!("warn"), &json!("detected")));
        let path = format!("/rest-violations/{}", found["id"].as_str().unwrap());
        desk.hr.post(&format!("{path}/accept"), json!({"until": "2026-03-31", "reason": "大型活动"})).await.expect(200);
        let from = |at: &'static str| move |before: respite::store::duty_shifts::DutyShift| respite::store::duty_shifts::DutyShift {
            starts_at: stamp(at), ..before
        };
        change(&force.app, next, from("2026-03-09T22:45:00Z"));
        desk.night("2026-03-03");
        assert_eq!(daily().await["state"], "accepted", "another warning is still accepted");
        change(&force.app, next, from("2026-03-09T20:00:00Z"));
        desk.night("2026-03-04");
        let found = daily().await;
        assert_eq!((&found["outcome"], &found["state"], &found["accepted_until"]), (&json!("block"), &json!("detected"), &Value::Null));
        let whole = desk.hr.get(&path).await.expect(200);
        let events: Vec<&str> = whole.body["events"].as_array().unwrap().iter().map(|one| one["act"].as_str().unwrap()).collect();
        assert_eq!(events, ["detected", "accepted", "changed", "reopened"]);
    }

    /// Acceptance A-10 and the privacy table: own unit, own record, and nobody else's; a look elsewhere leaves a trace.
    async fn who_sees_and_who_acts(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        desk.night("2026-03-02");
        force.app.set_clock(START);
        let id = desk.span().await["id"].as_str().unwrap().to_owned();
        let path = format!("/rest-violations/{id}");
        let colleague = force.officer("100101", "2010-01-01").await;
        let other = force.app.as_officer("colleague", colleague, &[]).await;
        let bureau = force.app.as_role("bureau", Role::BureauLeader, None).await;
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        let far_hr = force.app.as_role("far-hr", Role::Hr, Some(force.other_station)).await;
        let unit = format!("/rest-violations?unit_id={}&rule=rest.span", force.station);
        for client in [&desk.hr, &desk.leader, &force.branch_leader, &bureau, &auditor] {
            client.get(&path).await.expect(200);
            assert_eq!(items(client, &unit).await.len(), 1);
        }
        assert_eq!(items(&desk.own, "/rest-violations?rule=rest.span").await.len(), 1, "an officer sees their own");
        assert_eq!(items(&desk.own, &format!("/rest-violations?officer_id={}&rule=rest.span", desk.officer)).await.len(), 1);
        for client in [&force.other_leader, &far_hr, &other] {
            assert_eq!(client.get(&path).await.says(), (404, "not_found"));
            assert_eq!(client.get(&unit).await.says(), (404, "not_found"));
            assert_eq!(items(client, "/rest-violations").await, Vec::<Value>::new());
            let theirs = format!("/rest-violations?officer_id={}", desk.officer);
            assert_eq!(items(client, &theirs).await, Vec::<Value>::new());
        }
        assert_eq!(items(&auditor, "/audit?act=rest_violation.not_shown").await.len(), 6, "each look is noted");
        assert_eq!(force.admin.get(&path).await.says(), (403, "forbidden"));
        // Nobody acts on their own, whatever their role; nor on the spouse's; and not without the role.
        let act = async |client: &Client, what: &str| {
            let body = if what == "remedy" { json!({"note": "x"}) } else { json!({}) };
            let told = client.post(&format!("{path}/{what}"), body).await;
            (told.status, told.code().to_owned())
        };
        let says = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(act(&desk.own, "acknowledge").await, says(403, "forbidden"));
        assert_eq!(act(&desk.hr, "acknowledge").await, says(403, "forbidden"));
        assert_eq!(act(&desk.leader, "verify").await, says(403, "forbidden"));
        assert_eq!(act(&auditor, "acknowledge").await, says(403, "forbidden"));
        assert_eq!(act(&force.other_leader, "acknowledge").await, says(404, "not_found"));
        assert_eq!(act(&far_hr, "verify").await, says(404, "not_found"));
        force.app.account("leads-own", Some(desk.officer), &[(Role::Leader, Some(force.station))]);
        let leads_own = force.app.sign_in("leads-own").await;
        assert_eq!(act(&leads_own, "acknowledge").await, says(403, "own_record"));
        let spouse = force.officer_with("100102", json!({"spouse_officer_id": desk.officer})).await;
        let spouse = force.app.as_officer("spouse", spouse, &[(Role::Leader, Some(force.station))]).await;
        assert_eq!(act(&spouse, "acknowledge").await, says(403, "own_record"));
        // A leader in two places: hr of one unit, leader of another.
        let both = [(Role::Leader, Some(force.other_station)), (Role::Hr, Some(force.station))];
        force.app.account("both", None, &both);
        let both = force.app.sign_in("both").await;
        assert_eq!(act(&both, "acknowledge").await, says(403, "forbidden"));
        assert_eq!(desk.leader.get("/rest-violations/0").await.says(), (404, "not_found"));
        assert_eq!(desk.state().await, "detected");
    }

    /// The unit that held the person on the last date of the window owes it, also after a transfer.
    async fn the_unit_of_the_last_date_owes_it(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let transfer = json!({"unit_id": force.other_station, "effective_on": "2026-03-12"});
        force.hr.post(&format!("/officers/{}/transfer", desk.officer), transfer).await.expect(200);
        desk.night("2026-03-02");
        assert_eq!(desk.span().await["unit_id"], json!(force.other_station));
        let later = shift(&force.app, desk.officer, force.other_station, "2026-03-01T00:00:00Z", 80);
        desk.night("2026-03-03");
        let owed = items(&desk.leader, "/rest-violations?rule=rest.span").await;
        assert_eq!(owed.len(), 1);
        assert_eq!(owed[0]["from"], "2026-03-01", "what ended before the transfer stays with the first unit");
        assert_eq!(items(&desk.hr, "/rest-violations?rule=rest.span&to=2026-03-08").await, owed);
        assert_eq!(items(&desk.hr, "/rest-violations?rule=rest.span&from=2026-03-05").await.len(), 1);
        assert_ne!(later, desk.shift);
    }

    /// A file names people by number and name.
    async fn a_file_of_violations(db: TestDatabase) {
        let desk = Desk::start(db).await;
        desk.night("2026-03-02");
        let file = desk.hr.with("accept-language", "en").get("/rest-violations?format=csv&rule=rest.span").await.expect(200);
        let text = file.body.as_str().unwrap().trim_start_matches('\u{feff}').to_owned();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("badge number,name,"), "{}", lines[0]);
        assert!(lines[1].starts_with("100100,警员100100,") && lines[1].contains("rest.span"), "{}", lines[1]);
        assert_eq!(lines.len(), 2);
        desk.leader.get("/rest-violations?format=xlsx").await.expect(200);
        let page = desk.hr.get("/rest-violations?limit=1").await.expect(200);
        if let Some(cursor) = page.body["next_cursor"].as_str() {
            let next = desk.hr.get(&format!("/rest-violations?limit=1&cursor={cursor}")).await.expect(200);
            assert_ne!(next.body["items"][0]["id"], page.body["items"][0]["id"]);
        }
        for asked in ["rest.span", "REST.SPAN"] {
            assert_eq!(items(&desk.hr, &format!("/rest-violations?rule={asked}")).await.len(), 1, "{asked}");
        }
        for asked in ["R4", "r4", "rest.length"] {
            let found = items(&desk.hr, &format!("/rest-violations?rule={asked}")).await;
            assert!(!found.is_empty() && found.iter().all(|one| one["rule"] == "rest.length"), "{asked}: {found:?}");
        }
        assert_eq!(items(&desk.hr, "/rest-violations?rule=R8").await, Vec::<Value>::new());
        for wrong in ["R0", "R13", "span", "", "rest.", "R1,R2"] {
            let told = desk.hr.get(&format!("/rest-violations?rule={wrong}")).await.expect(400);
            assert_eq!(told.body["errors"][0]["pointer"], "?rule", "{wrong}");
            assert!(told.body["errors"][0]["detail"].as_str().unwrap().contains("rest.weekly"), "{}", told.body);
        }
        let reversed = desk.hr.get("/rest-violations?from=2026-03-02&to=2026-03-01&rule=R0").await.expect(400);
        let named: Vec<_> = reversed.body["errors"].as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
        assert_eq!(named, ["?rule", "?to"], "{}", reversed.body);
        desk.hr.get("/rest-violations?from=2026-03-02&to=2026-03-02").await.expect(200);
        for wrong in ["from=2026-03-02&to=2026-03-01", "state=open", "from=2026-02-30", "unit_id=x", "colour=red"] {
            let told = desk.hr.get(&format!("/rest-violations?{wrong}")).await;
            assert_eq!(told.status, 400, "{wrong}: {}", told.body);
        }
    }

    /// A write that proceeds with a warning keeps it at once; the night adds nothing. Two at once keep one.
    async fn a_write_keeps_what_it_warned_of(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let app = &desk.force.app;
        let look = || {
            app.house.database.write(|tx| {
                watch::look_again(tx, &app.ctx(), OfficerId(desk.officer), "2026-03-09".parse().unwrap(), "2026-03-12".parse().unwrap())
            }).unwrap()
        };
        let found: usize = std::thread::scope(|scope| {
            let both = [scope.spawn(look), scope.spawn(look)];
            both.into_iter().map(|one| one.join().unwrap().detected).sum()
        });
        let rows = records::count(&app.db, "rest_violations");
        assert_eq!(i64::try_from(found).unwrap(), rows);
        assert!(rows >= 1);
        let kept = desk.span().await;
        assert_eq!(kept["detected_at"], "2026-03-02T01:00:00Z");
        let told = desk.night("2026-03-02");
        assert_eq!(desk.span().await["id"], kept["id"], "{told}");
    }

    /// A unit that is absent or out of reach is the same to every list of duty and rest; nobody learns which it is.
    async fn a_unit_out_of_reach_is_absent(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let auditor = force.app.as_role("auditor", Role::Auditor, Some(force.other_station)).await;
        for list in ["/rest-violations", "/duty-shifts", "/rest-days", "/derogations", "/rest-orders", "/rosters"] {
            for (client, unit, status) in [
                (&force.leader, force.station, 200),
                (&force.branch_leader, force.station, 200),
                (&force.other_leader, force.station, 404),
                (&force.leader, force.branch, 404),
                (&force.hr, desk.officer, 404),
            ] {
                let told = client.get(&format!("{list}?unit_id={unit}")).await;
                assert_eq!(told.status, status, "{list}: {}", told.body);
            }
        }
        for list in ["/rest-violations", "/duty-shifts", "/rest-days", "/rest-orders"] {
            assert_eq!(desk.own.get(&format!("{list}?unit_id={}", force.station)).await.says(), (404, "not_found"), "{list}");
        }
        for list in ["/rest-violations", "/derogations"] {
            assert_eq!(auditor.get(&format!("{list}?unit_id={}", force.station)).await.says(), (404, "not_found"), "{list}");
        }
        for path in ["comp-lots", "rest-compliance", "rest-forecast", "rest-duties"] {
            for unit in [force.station, desk.officer] {
                assert_eq!(force.other_leader.get(&format!("/units/{unit}/{path}")).await.says(), (404, "not_found"), "{path}");
            }
        }
    }
}
