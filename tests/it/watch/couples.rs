//! Couples: only both opted in counts; seen by the two and hr, the need by nobody else.

use respite::rules::terms::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{cancelled, change, items, run, shift};
use crate::app::{Client, Force};
use crate::databases::TestDatabase;
use crate::records;

struct Desk {
    force: Force,
    one: Uuid,
    other: Uuid,
    ones: Client,
    others: Client,
}

impl Desk {
    async fn start(db: TestDatabase) -> Self {
        let force = Force::start(db).await;
        let one = force.officer("100100", "2010-01-01").await;
        let other = force.officer_with("100101", json!({"unit_id": force.other_station})).await;
        let ones = force.app.as_officer("one", one, &[]).await;
        let others = force.app.as_officer("other", other, &[]).await;
        Self { force, one, other, ones, others }
    }

    fn body(&self) -> Value {
        json!({"partner_officer_id": self.other, "care_need": "幼儿三岁"})
    }

    /// The outcomes of R10 for overnight duty of the one, on the evening of a date.
    async fn night(&self, officer: Uuid, unit: Uuid, client: &Client, date: &str) -> Vec<Value> {
        let body = json!({
            "officer_id": officer, "unit_id": unit, "kind": "overnight", "override_reason": "值班",
            "starts_at": format!("{date}T10:00:00Z"), "ends_at": format!("{date}T18:00:00Z"),
        });
        let told = client.post("/duty-shifts/check", body).await.expect(200).body;
        let found = told["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "rest.couple");
        found.cloned().collect()
    }
}

both! {
    /// One-sided is nothing; agreed to, never both on overnight duty; ended by either, nothing again.
    async fn only_both_opted_in_counts(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let plan = json!({
            "officer_id": desk.other, "unit_id": force.other_station, "kind": "overnight",
            "starts_at": "2026-03-05T10:00:00Z", "ends_at": "2026-03-05T18:00:00Z",
        });
        force.other_leader.post("/duty-shifts", plan).await.expect(201);
        let asked = desk.ones.post("/couples", desk.body()).await.expect(201);
        let path = format!("/couples/{}", asked.id());
        assert_eq!(asked.body["state"], "asked");
        let night = async || desk.night(desk.one, force.station, &force.leader, "2026-03-05").await;
        assert_eq!(night().await, Vec::<Value>::new(), "one-sided");
        assert_eq!(desk.ones.act(&format!("{path}/agree")).await.says(), (403, "own_request"), "not by the one who asked");
        assert_eq!(desk.others.act(&format!("{path}/agree")).await.expect(200).body["state"], "agreed");
        assert_eq!(desk.others.act(&format!("{path}/agree")).await.because(), "decided");
        let found = night().await;
        assert!(found.iter().any(|one| one["outcome"] == "block"), "{found:?}");
        assert!(!json!(found).to_string().contains("幼儿"), "a leader learns only what the rule finds");
        let other_night = desk.night(desk.one, force.station, &force.leader, "2026-03-06").await;
        assert!(other_night.iter().all(|one| one["outcome"] != "block"), "{other_night:?}");
        assert_eq!(desk.others.act(&format!("{path}/end")).await.expect(200).body["state"], "ended");
        assert_eq!(night().await, Vec::<Value>::new());
        assert_eq!(desk.ones.act(&format!("{path}/end")).await.because(), "ended");
        // After that they may opt in anew.
        desk.others.post("/couples", json!({"partner_officer_id": desk.one})).await.expect(201);
    }

    /// Nobody has two, nobody is asked while asked, nobody opts in with themselves.
    async fn one_partner_at_a_time(db: TestDatabase) {
        let desk = Desk::start(db).await;
        for (body, says) in [
            (json!({"partner_officer_id": desk.one}), (422, "invalid_fields")),
            (json!({"partner_officer_id": Uuid::now_v7()}), (404, "not_found")),
            (json!({"partner_officer_id": desk.other, "care_need": " "}), (422, "invalid_fields")),
            (json!({"care_need": "x"}), (422, "invalid_fields")),
        ] {
            assert_eq!(desk.ones.post("/couples", body).await.says(), says);
        }
        let (one, other) = futures_util::future::join(
            desk.ones.post("/couples", desk.body()),
            desk.others.post("/couples", json!({"partner_officer_id": desk.one}))
        ).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "both at once: one of the two asked first");
        assert_eq!(records::count(&desk.force.app.db, "couples"), 1);
        assert_eq!(desk.force.hr.post("/couples", desk.body()).await.says(), (403, "forbidden"), "for oneself only");
    }

    /// Who is in a couple, or asked, is not told to whoever asks them too; what they agree to ends what they had asked.
    async fn a_wish_tells_nothing_of_the_other(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let third = desk.force.officer("100102", "2010-01-01").await;
        let thirds = desk.force.app.as_officer("third", third, &[]).await;
        let wish = |of: Uuid| json!({"partner_officer_id": of});
        let couple = desk.ones.post("/couples", desk.body()).await.expect(201).id();
        assert_eq!(desk.others.post("/couples", wish(desk.one)).await.because(), "asked_already");
        // Asked, free and in a couple: the answer is the same.
        let asked = thirds.post("/couples", wish(desk.other)).await.expect(201).id();
        assert_eq!(thirds.post("/couples", wish(desk.one)).await.because(), "in_couple", "one wish at a time");
        desk.others.act(&format!("/couples/{couple}/agree")).await.expect(200);
        assert_eq!(desk.others.act(&format!("/couples/{asked}/agree")).await.because(), "in_couple");
        assert_eq!(desk.others.post("/couples", wish(third)).await.because(), "in_couple");
        thirds.act(&format!("/couples/{asked}/end")).await.expect(200);
        let asked = thirds.post("/couples", wish(desk.one)).await.expect(201);
        assert_eq!(asked.body["state"], "asked");
        // Whoever asked one and agrees with another is bound to the other alone.
        let fourth = desk.force.officer("100103", "2010-01-01").await;
        let fourths = desk.force.app.as_officer("fourth", fourth, &[]).await;
        let late = fourths.post("/couples", wish(third)).await.expect(201).id();
        thirds.act(&format!("/couples/{late}/agree")).await.expect(200);
        assert_eq!(thirds.get(&format!("/couples/{}", asked.id())).await.expect(200).body["state"], "ended");
        assert_eq!(desk.ones.act(&format!("/couples/{}/agree", asked.id())).await.because(), "ended");
        assert_eq!(desk.ones.get(&format!("/couples/{couple}")).await.expect(200).body["state"], "agreed");
    }

    /// The two and hr see it; leaders, colleagues and the trail do not know the need.
    async fn who_sees_a_couple(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let path = format!("/couples/{}", desk.ones.post("/couples", desk.body()).await.expect(201).id());
        let near_hr = force.app.as_role("near-hr", Role::Hr, Some(force.station)).await;
        let welfare = force.app.as_role("welfare", Role::WelfareWorker, Some(force.station)).await;
        for client in [&desk.ones, &desk.others, &force.hr, &near_hr, &welfare] {
            assert_eq!(client.get(&path).await.expect(200).body["care_need"], "幼儿三岁");
            assert_eq!(items(client, "/couples").await.len(), 1);
        }
        let third = force.officer("100102", "2010-01-01").await;
        let thirds = force.app.as_officer("third", third, &[]).await;
        let leads = force.app.as_officer("leads", third, &[(Role::Leader, Some(force.station))]).await;
        let far_hr = force.app.as_role("far-hr", Role::Hr, Some(force.admin.post("/units", json!({"name": "x", "code": "9", "kind": "office", "parent_id": force.bureau})).await.expect(201).id())).await;
        for client in [&thirds, &leads, &far_hr] {
            assert_eq!(client.get(&path).await.says(), (404, "not_found"));
            assert_eq!(items(client, "/couples").await, Vec::<Value>::new());
        }
        let auditor = force.app.as_role("auditor", Role::Auditor, None).await;
        for client in [&force.leader, &force.admin, &auditor] {
            assert_eq!(client.get(&path).await.says(), (403, "forbidden"));
        }
        for what in ["agree", "end"] {
            assert_eq!(thirds.act(&format!("{path}/{what}")).await.says(), (404, "not_found"));
            for client in [&force.hr, &welfare] {
                assert_eq!(client.act(&format!("{path}/{what}")).await.says(), (403, "forbidden"));
            }
        }
        let kept = records::texts(&force.app.db, "SELECT COALESCE(after, '') AS t FROM audit_log WHERE subject_kind = 'couple'");
        assert!(!kept.is_empty() && kept.iter().all(|entry| !entry.contains("幼儿")), "{kept:?}");
    }

    /// A leader learns what the rule finds of their own people, and of nobody who the other one is: not in lists and details,
    /// not by what is owed, previewed, published, imported or exported.
    async fn a_leader_is_not_told_who_the_other_is(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let force = &desk.force;
        let asked = desk.ones.post("/couples", desk.body()).await.expect(201).id();
        desk.others.act(&format!("/couples/{asked}/agree")).await.expect(200);
        // They take turns from the third on: no day is free for both.
        for n in 0..19_u32 {
            let (officer, unit, leader) = if n % 2 == 0 {
                (desk.one, force.station, &force.leader)
            } else {
                (desk.other, force.other_station, &force.other_leader)
            };
            let body = json!({
                "officer_id": officer, "unit_id": unit, "kind": "duty", "override_reason": "x",
                "starts_at": format!("2026-03-{:02}T01:00:00Z", 3 + n), "ends_at": format!("2026-03-{:02}T05:00:00Z", 3 + n),
            });
            leader.post("/duty-shifts", body).await.expect(201);
        }
        let (mine, other) = (desk.one.to_string(), desk.other.to_string());
        let told = items(&force.leader, "/rest-violations?rule=R10").await;
        assert!(!told.is_empty());
        for one in &told {
            assert_eq!(one["officer_id"], json!(mine));
            let date = |name: &str| one[name].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
            let days = (date("to") - date("from")).num_days() + 1;
            assert_eq!(one["finding"]["measured"]["days_without_common_rest"], days, "dates and words agree: {one}");
            assert!(one["finding"]["message"].as_str().unwrap().contains(&days.to_string()));
        }
        let night = |officer: Uuid, unit: Uuid| json!({
            "officer_id": officer, "unit_id": unit, "kind": "overnight", "override_reason": "x",
            "starts_at": "2026-03-23T12:00:00Z", "ends_at": "2026-03-23T20:00:00Z",
        });
        force.other_leader.post("/duty-shifts", night(desk.other, force.other_station)).await.expect(201);
        let mine = night(desk.one, force.station);
        let month = json!({"unit_id": force.station, "from": "2026-03-03", "to": "2026-03-31"});
        let file = "警号,日期,开始,结束,类别,理由\n100100,2026-03-23,20:00,04:00,值班,x\n";
        let get = async |path: &str| force.leader.get(path).await.expect(200);
        let mut answers = vec![
            get(&format!("/rest-violations/{}", told[0]["id"].as_str().unwrap())).await,
            get("/rest-violations").await,
            get("/rest-violations?format=csv").await,
            get(&format!("/units/{}/rest-duties", force.station)).await,
            get(&format!("/units/{}/rest-forecast", force.station)).await,
            force.leader.post("/duty-shifts/check", mine.clone()).await.expect(200),
            crate::imports::load(&force.leader, "/rosters/import?dry_run=true", crate::imports::CSV, file.as_bytes()).await.expect(200),
        ];
        let refused = force.leader.post("/duty-shifts", mine).await;
        assert_eq!(refused.says(), (422, "rest.couple"));
        answers.extend([refused, force.leader.post("/rosters/publish", month).await]);
        for answer in &answers {
            let text = answer.body.to_string();
            assert!(!text.contains(&other) && !text.contains("100101"), "{text}");
        }
        assert_eq!(items(&force.leader, &format!("/rest-violations?officer_id={other}")).await, Vec::<Value>::new());
    }

    /// 37 days without a common rest day are one violation of each, found by the first night that sees of them, and the same
    /// night for night while the dates that are looked at move over it. A common day divides it; two make it good.
    async fn one_stretch_is_one_violation(db: TestDatabase) {
        let desk = Desk::start(db).await;
        let app = &desk.force.app;
        let hr = app.lasting(&desk.force.hr);
        let asked = desk.ones.post("/couples", json!({"partner_officer_id": desk.other})).await.expect(201).id();
        desk.others.act(&format!("/couples/{asked}/agree")).await.expect(200);
        let first: chrono::NaiveDate = "2026-03-20".parse().unwrap();
        let on = |days: i64| first + chrono::TimeDelta::days(days);
        let mut shifts = Vec::new();
        for n in 0..37 {
            let (officer, unit) =
                if n % 2 == 0 { (desk.one, desk.force.station) } else { (desk.other, desk.force.other_station) };
            shifts.push(shift(app, officer, unit, &format!("{}T01:00:00Z", on(n)), 4));
        }
        let night = |date: chrono::NaiveDate| {
            let at = date.and_hms_opt(2, 31, 0).unwrap() - chrono::TimeDelta::hours(8);
            app.house.clock.set(at.and_utc());
            run(app, "rest_scan")
        };
        let told = async || -> Vec<(String, String, String, String)> {
            let mut all: Vec<_> = items(&hr, "/rest-violations?rule=R10")
                .await
                .iter()
                .map(|one| {
                    let days = &one["finding"]["measured"]["days_without_common_rest"];
                    let has = |name: &str| one[name].as_str().unwrap().to_owned();
                    let who = if one["officer_id"] == json!(desk.one) { "one" } else { "other" };
                    (who.to_owned(), has("state"), format!("{} {}", has("from"), has("to")), days.to_string())
                })
                .collect();
            all.sort();
            all
        };
        let line = |who: &str, state: &str, (from, to): (i64, i64)| {
            (who.to_owned(), state.to_owned(), format!("{} {}", on(from), on(to)), (to - from + 1).to_string())
        };
        let both = [line("one", "detected", (0, 36)), line("other", "detected", (0, 36))];
        for days in -17..20 {
            night(on(days));
            assert_eq!(told().await, both, "{}", on(days));
        }
        let events = "rest_violation_events JOIN rest_violations ON rest_violations.id = violation_id WHERE rule = 'rest.couple'";
        assert_eq!(records::count(&app.db, events), 2, "found once each, and never changed");
        // One common day leaves eighteen days on either side; the first of them keeps its name.
        change(app, shifts[18], cancelled);
        night(on(20));
        let divided: Vec<_> = ["one", "other"].into_iter().flat_map(|who| [line(who, "detected", (0, 17)), line(who, "detected", (19, 36))]).collect();
        assert_eq!(told().await, divided);
        for (free, left) in [(13, Some((19, 36))), (23, None)] {
            change(app, shifts[free], cancelled);
            night(on(if free == 13 { 21 } else { 22 }));
            let open: Vec<_> = told().await.into_iter().filter(|one| one.1 == "detected").collect();
            let expected: Vec<_> = left.into_iter().flat_map(|dates| [line("one", "detected", dates), line("other", "detected", dates)]).collect();
            assert_eq!(open, expected, "{free}");
        }
        for days in 23..50 {
            night(on(days));
            assert_eq!(told().await.iter().filter(|one| one.1 == "remedied").count(), 4, "{}", on(days));
        }
        assert_eq!(told().await.len(), 4);
    }
}
