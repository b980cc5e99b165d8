//! The visible vectors of the law, through the wire: the same cases that the rules are tested with.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{asked, blocking, days, finding, force, items, with};
use crate::app::Force;

#[derive(Deserialize)]
struct Case {
    id: String,
    rule: String,
    given: toml::Table,
    expected: toml::Table,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// The cases of one rule and of the rules below it.
fn cases(text: &str, rule: &str) -> Vec<Case> {
    let all: Cases = toml::from_str(text).unwrap();
    all.case.into_iter().filter(|case| case.rule == rule || case.rule.starts_with(&format!("{rule}."))).collect()
}

impl Case {
    fn text(&self, name: &str) -> &str {
        self.given[name].as_str().unwrap_or_else(|| panic!("{}: {name} is no text", self.id))
    }

    fn given_days(&self, name: &str) -> f64 {
        number(&self.given[name])
    }

    fn expected_days(&self, name: &str) -> f64 {
        number(&self.expected[name])
    }
}

fn number(value: &toml::Value) -> f64 {
    value.as_float().or_else(|| value.as_integer().map(|whole| f64::from(i32::try_from(whole).unwrap()))).unwrap()
}

/// The service periods of a case: those before, and the current one without end.
fn periods(case: &Case) -> Value {
    let mut periods = Vec::new();
    for before in case.given.get("prior_periods").and_then(toml::Value::as_array).into_iter().flatten() {
        periods.push(json!({"from": before[0].as_str(), "to": before[1].as_str()}));
    }
    let start = case.given.get("service_start").or_else(|| case.given.get("current_start")).unwrap();
    periods.push(json!({"from": start.as_str()}));
    Value::Array(periods)
}

/// Longest run of working days among the calendar's items.
fn longest_run(days: &[Value]) -> i64 {
    let runs = days.iter().scan(0, |run, day| {
        *run = if day["working"] == true { *run + 1 } else { 0 };
        Some(*run)
    });
    runs.max().unwrap()
}

async fn check_balance(force: &Force, officer: Uuid, case: &Case) {
    // In January where the tier of January bears it, the rest in April.
    let taken = case.given_days("taken_this_year");
    force.enter(asked(officer, "2026-01-05", "2026-01-09")).await.expect(201);
    if taken > 5.0 {
        assert!((taken - 7.5).abs() < f64::EPSILON, "{}", case.id);
        let rest = with(asked(officer, "2026-04-13", "2026-04-15"), json!({"last_day": "am"}));
        let told = force.enter(rest).await.expect(201);
        assert!((days(&told.body["days"]) - 2.5).abs() < f64::EPSILON);
    }
    let balance = force.balance(officer, case.text("on")).await;
    let told = (days(&balance["entitled_days"]), days(&balance["available_days"]));
    assert_eq!(told, (case.expected_days("quota_on_date"), case.expected_days("remaining")), "{}", case.id);
    assert_eq!(days(&balance["taken_days"]), taken, "{}", case.id);
}

both! {
    /// cn.annual.tier, cn.annual.tier.accumulated: the same for police and staff. The other reading of the anniversary
    /// (A17) is another policy text, which nobody publishes yet.
    async fn tiers_by_service(db: TestDatabase) {
        let force = force(db).await;
        let mut seen = 0;
        for case in cases(include_str!("../../cases/annual_leave.toml"), "cn.annual.tier") {
            if case.text("anniversary_basis") != "same_day" {
                continue;
            }
            for category in ["police", "staff"] {
                let with = json!({"category": category, "service_periods": periods(&case)});
                let officer = force.officer_with(&format!("{category}-{}", case.id), with).await;
                let owed = force.owed(officer, case.text("on")).await;
                assert_eq!(days(&owed["days"]), case.expected_days("days"), "{} {owed}", case.id);
                assert_eq!((&owed["kind"], &owed["on"]), (&json!("annual"), &json!(case.text("on"))));
                if let Some(start) = case.expected.get("adjusted_start") {
                    let service = finding(&owed, "annual_leave.service");
                    assert_eq!(service["measured"]["adjusted_start"].as_str(), start.as_str(), "{}", case.id);
                }
            }
            seen += 1;
        }
        assert_eq!(seen, 14);
    }

    /// cn.annual.balance: taken days are entered by hr with a note, then the balance is read on the date.
    async fn balances_beside_taken_days(db: TestDatabase) {
        let force = force(db).await;
        force.app.set_clock("2026-12-31T01:00:00Z");
        let all = cases(include_str!("../../cases/balance.toml"), "cn.annual.balance");
        assert_eq!(all.len(), 5);
        for case in all {
            let officer = force.officer(&case.id, case.text("service_start")).await;
            check_balance(&force, officer, &case).await;
        }
    }

    /// cn.annual.carry: without the need of work nothing is carried; with it to the end of the next year.
    async fn carrying_needs_a_reason(db: TestDatabase) {
        let force = force(db).await;
        let all = cases(include_str!("../../cases/carry_over.toml"), "cn.annual.carry");
        assert_eq!(all.len(), 1);
        for case in all {
            assert_eq!((case.id.as_str(), case.given["work_reason_approved"].as_bool()), ("C13", Some(false)));
            let officer = force.officer(&case.id, "2010-01-01").await;
            let path = format!("/officers/{officer}/carry-overs");
            let from_year = case.given["from_year"].as_integer().unwrap();
            let body = json!({"from_year": from_year, "days": case.given_days("carried"), "consent_on": "2026-01-04"});
            force.hr.post(&path, body.clone()).await.expect(422);
            force.hr.post(&path, with(body.clone(), json!({"reason": "officer_wish"}))).await.expect(422);
            let balance = force.balance(officer, case.text("on")).await;
            assert_eq!(days(&balance["carried_in_days"]), case.expected_days("available"));
            let told = force.hr.post(&path, with(body, json!({"reason": "work_need"}))).await.expect(201);
            assert_eq!(told.body["expires_on"].as_str(), case.expected["expires"].as_str());
        }
    }

    /// cn.count: whatever a span costs, a preview says so, for past and unaffordable spans too.
    async fn counting_working_days(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let mut seen = 0;
        for case in cases(include_str!("../../cases/day_count.toml"), "cn.count") {
            if case.rule != "cn.count" {
                continue;
            }
            assert_eq!(case.text("unit"), "working");
            let ends = json!({"first_day": case.text("first_day"), "last_day": case.text("last_day")});
            let said = force.preview(&own, with(asked(officer, case.text("from"), case.text("to")), ends)).await;
            assert_eq!(days(&said["days"]), case.expected_days("days"), "{}", case.id);
            for (year, cost) in case.expected["by_year"].as_table().unwrap() {
                assert_eq!(days(&said["by_year"][year]), number(cost), "{} {said}", case.id);
            }
            assert_eq!(said["by_year"].as_object().unwrap().len(), case.expected["by_year"].as_table().unwrap().len());
            seen += 1;
        }
        assert_eq!(seen, 12);
        // The worked examples of the domain sheet that are no vectors of their own.
        for (from, to, first, last, cost) in [
            ("2026-02-09", "2026-02-28", "full", "full", 11.0),
            ("2026-09-18", "2026-10-10", "full", "full", 12.0),
            ("2026-05-08", "2026-05-11", "pm", "am", 2.0),
        ] {
            let ends = json!({"first_day": first, "last_day": last});
            let said = force.preview(&own, with(asked(officer, from, to), ends)).await;
            assert_eq!(days(&said["days"]), cost, "{from}");
        }
    }

    /// cn.count.calendar_missing: 2027 is built in as provisional (RULINGS 5), so it is counted with a warning; the next
    /// year is not there at all.
    async fn counting_without_a_calendar(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = force.person("100001", "2010-01-01").await;
        let said = force.preview(&own, asked(officer, "2026-12-28", "2027-01-08")).await;
        assert_eq!((&said["days"], &said["by_year"]), (&json!(9), &json!({"2026": 4, "2027": 5})));
        assert_eq!(finding(&said, "calendar.provisional")["outcome"], "warn");
        let said = force.preview(&own, asked(officer, "2027-12-28", "2028-01-08")).await;
        assert_eq!((&said["days"], &said["by_year"]), (&Value::Null, &json!({})));
        assert_eq!(finding(&said, "calendar.not_published")["measured"]["year"], 2028);
        assert!(blocking(&said).contains(&"calendar.not_published"));
    }

    /// cn.day_class and cn.holiday.max_run, read from the calendar.
    async fn classes_of_days(db: TestDatabase) {
        let force = force(db).await;
        let text = include_str!("../../cases/calendar.toml");
        let (classes, runs) = (cases(text, "cn.day_class"), cases(text, "cn.holiday.max_run"));
        assert_eq!((classes.len(), runs.len()), (4, 2));
        for case in classes {
            let date = case.text("date");
            let told = force.hr.get(&format!("/calendar?from={date}&to={date}")).await.expect(200);
            let day = &items(&told)[0];
            // RULINGS 6: the words of the vectors.
            let word = match day["class"].as_str().unwrap() {
                "statutory_holiday" => "statutory",
                "weekend" | "rest_day_moved" => "rest_day",
                other => other,
            };
            assert_eq!(Some(word), case.expected["class"].as_str(), "{}", case.id);
            assert_eq!(day["working"].as_bool(), case.expected["is_workday"].as_bool(), "{}", case.id);
        }
        for case in runs {
            let path = format!("/calendar?from={}&to={}", case.text("from"), case.text("to"));
            let run = longest_run(items(&force.hr.get(&path).await.expect(200)));
            assert_eq!(Some(run), case.expected["max_consecutive_workdays"].as_integer(), "{}", case.id);
            assert_eq!(Some(run > case.given["limit"].as_integer().unwrap()), case.expected["exceeds"].as_bool());
        }
    }

    /// cn.contract.proration_join: remaining calendar days ÷ 365 × quota, cut to whole days.
    async fn contract_staff_in_the_year_of_joining(db: TestDatabase) {
        let force = force(db).await;
        let all = cases(include_str!("../../cases/annual_leave.toml"), "cn.contract.proration_join");
        assert_eq!(all.len(), 2);
        for case in all {
            let joined: NaiveDate = case.text("joined").parse().unwrap();
            let with = json!({
                "category": "auxiliary", "joined_on": joined, "service_periods": [{"from": "2024-01-01"}],
            });
            let officer = force.officer_with(&case.id, with).await;
            let owed = force.owed(officer, "2026-12-31").await;
            assert_eq!(days(&owed["days"]), case.expected_days("days"), "{owed}");
            let remaining = &finding(&owed, "annual_leave.proration")["measured"]["remaining_calendar_days"];
            assert_eq!(remaining.as_i64(), case.expected["remaining_calendar_days"].as_integer());
            let before = joined.pred_opt().unwrap().to_string();
            assert_eq!(force.owed(officer, &before).await["days"], 0);
            assert_eq!(force.owed(officer, &joined.to_string()).await["days"], owed["days"]);
        }
    }
}
