//! The calendar, the policies and the kinds of leave, as the service tells them.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde_json::{Value, json};

use super::{force, items};

/// Days whose class is not that of their weekday, by the State Council's notices.
fn exceptions() -> BTreeMap<NaiveDate, &'static str> {
    let lines = include_str!("../../cases/holidays_cn_2024_2026.csv").lines().skip(1);
    lines.map(|line| line.split_once(',').unwrap()).map(|(date, class)| (date.parse().unwrap(), class)).collect()
}

fn by_weekday(date: NaiveDate) -> &'static str {
    if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) { "weekend" } else { "workday" }
}

both! {
    /// Every day of three years: class, whether it is worked, status; and the workdays that the sheet counts.
    async fn every_day_of_three_years(db: TestDatabase) {
        let force = force(db).await;
        let exceptions = exceptions();
        assert_eq!(exceptions.len(), 81);
        for (year, workdays) in [(2024, 251), (2025, 248), (2026, 248)] {
            let told = force.leader.get(&format!("/calendar?from={year}-01-01&to={year}-12-31")).await.expect(200);
            let days = items(&told);
            let mut date = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            for day in days {
                let class = exceptions.get(&date).copied().unwrap_or_else(|| by_weekday(date));
                assert_eq!(day["date"], date.to_string());
                assert_eq!((&day["class"], &day["status"]), (&json!(class), &json!("official")), "{date}");
                assert_eq!(day["working"], json!(matches!(class, "workday" | "makeup_workday")), "{date}");
                date = date.succ_opt().unwrap();
            }
            assert_eq!(date, NaiveDate::from_ymd_opt(year + 1, 1, 1).unwrap());
            assert_eq!(days.iter().filter(|day| day["working"] == true).count(), workdays, "{year}");
        }
    }

    /// 2027: statutory dates and weekends only, all of it provisional.
    async fn the_provisional_year(db: TestDatabase) {
        let force = force(db).await;
        let told = force.hr.get("/calendar?from=2027-01-01&to=2027-12-31").await.expect(200);
        assert_eq!(items(&told).len(), 365);
        let statutory = [
            "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-05-01",
            "2027-05-02", "2027-06-09", "2027-09-15", "2027-10-01", "2027-10-02", "2027-10-03",
        ];
        for day in items(&told) {
            let date = day["date"].as_str().unwrap();
            let class = if statutory.contains(&date) { "statutory_holiday" } else { by_weekday(date.parse().unwrap()) };
            assert_eq!((&day["class"], &day["status"]), (&json!(class), &json!("provisional")), "{date}");
        }
    }

    /// A year without data is refused as a whole, at either end; so are ranges that nobody can read.
    async fn outside_the_calendar(db: TestDatabase) {
        let force = force(db).await;
        for range in ["from=2023-12-31&to=2024-01-02", "from=2027-12-31&to=2028-01-01", "from=2030-01-01&to=2030-01-01"] {
            let told = force.hr.get(&format!("/calendar?{range}")).await;
            assert_eq!(told.says(), (422, "calendar_not_published"), "{range}");
        }
        for range in [
            "from=2026-03-02&to=2026-03-01", "from=2024-01-01&to=2026-12-31", "from=2026-02-30&to=2026-03-01",
            "from=2026-03-01", "to=2026-03-01", "from=2026-03-01&to=2026-03-02&days=3",
        ] {
            assert_eq!(force.hr.get(&format!("/calendar?{range}")).await.status, 400, "{range}");
        }
        let longest = force.hr.get("/calendar?from=2024-01-01&to=2026-03-10").await.expect(200);
        assert_eq!(items(&longest).len(), 800);
        force.hr.get("/calendar?from=2024-01-01&to=2026-03-11").await.expect(400);
        let absent = "00000000-0000-7000-8000-000000000000";
        assert_eq!(force.hr.get(&format!("/calendar?from=2026-03-01&to=2026-03-02&unit_id={absent}")).await.status, 404);
        let path = format!("/calendar?from=2026-03-01&to=2026-03-02&unit_id={}", force.station);
        assert_eq!(items(&force.hr.get(&path).await.expect(200)).len(), 2);
        assert_eq!(force.app.stranger().get("/calendar?from=2026-03-01&to=2026-03-02").await.status, 401);
    }

    /// The policies with their text, source and dates; which version binds on a date and for a category.
    async fn policies_as_data(db: TestDatabase) {
        let force = force(db).await;
        let told = force.leader.get("/policies").await.expect(200);
        let names: Vec<&str> = items(&told).iter().map(|line| line["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"annual_leave") && names.contains(&"leave_requests"), "{names:?}");
        assert!(items(&told).iter().all(|line| line["sha256"].as_str().is_some_and(|hash| hash.len() == 64)));

        let today = force.leader.get("/policies/annual_leave").await.expect(200);
        assert_eq!(today.body["on"], "2026-03-02");
        assert!(today.body["source"].as_str().unwrap().contains("职工带薪年休假条例"));
        let in_force = |body: &Value| -> Vec<(String, Value)> {
            let versions = body["in_force"].as_array().unwrap().iter();
            versions.map(|one| (one["policy"].as_str().unwrap().to_owned(), one["categories"].clone())).collect()
        };
        let both = vec![
            ("annual_leave@2008-01-01".to_owned(), json!(["police", "staff"])),
            ("annual_leave@2008-09-18".to_owned(), json!(["auxiliary"])),
        ];
        assert_eq!(in_force(&today.body), both);
        let auxiliary = force.leader.get("/policies/annual_leave?category=auxiliary").await.expect(200);
        assert_eq!(in_force(&auxiliary.body), both[1..]);
        assert!(auxiliary.body["in_force"][0]["text"].as_str().unwrap().contains("calendar_365_floor"));
        let early = force.leader.get("/policies/annual_leave?on=2008-09-17").await.expect(200);
        assert_eq!(in_force(&early.body), both[..1]);
        for path in [
            "/policies/annual_leave?on=2007-12-31", "/policies/annual_leave?on=2008-09-17&category=auxiliary",
            "/policies/annual_leave?category=retired",
        ] {
            assert_eq!(force.leader.get(path).await.says(), (422, "no_policy"), "{path}");
        }
        assert_eq!(force.leader.get("/policies/nothing").await.status, 404);
        assert_eq!(force.leader.get("/policies/annual_leave?category=cadet").await.status, 400);
        let versions = force.leader.get("/policies/annual_leave/versions").await.expect(200);
        let dates: Vec<&Value> = items(&versions).iter().map(|one| &one["effective_from"]).collect();
        assert_eq!(dates, [&json!("2008-01-01"), &json!("2008-09-18")]);
        assert_eq!(force.leader.get("/policies/nothing/versions").await.status, 404);
    }

    /// Annual leave, once for each regime; the kinds that are only recorded are tested beside their rules.
    async fn kinds_of_leave(db: TestDatabase) {
        let force = force(db).await;
        let told = force.leader.get("/leave-types").await.expect(200);
        let quota = json!([{"years_min": 1, "days": 5}, {"years_min": 10, "days": 10}, {"years_min": 20, "days": 15}]);
        let annual: Vec<&Value> = items(&told).iter().filter(|one| one["kind"] == "annual").collect();
        assert_eq!(items(&told).len(), 5);
        let categories: Vec<&Value> = annual.iter().map(|one| &one["categories"]).collect();
        assert_eq!(categories, [&json!(["police", "staff"]), &json!(["auxiliary"])]);
        for one in annual {
            assert_eq!(one["group"], json!("annual"));
            assert_eq!((&one["counted_in"], &one["evidence"], &one["quota"]), (&json!("working"), &json!("none"), &quota));
        }
        assert_eq!(force.app.stranger().get("/leave-types").await.status, 401);
    }
}
