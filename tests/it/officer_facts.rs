//! What is dated of an officer, the lists, and the directory.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, Force};

async fn badges(client: &Client, query: &str) -> Vec<String> {
    let told = client.get(&format!("/officers?{query}")).await.expect(200);
    told.body["items"].as_array().unwrap().iter().map(|item| item["badge_no"].as_str().unwrap().to_owned()).collect()
}

both! {
    /// A transfer of tomorrow is not one of today; what was before stays where it was.
    async fn a_transfer_holds_from_its_date(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        let path = format!("/officers/{officer}");
        let body = json!({"unit_id": force.other_station, "effective_on": "2026-03-10"});
        let told = force.hr.post(&format!("{path}/transfer"), body).await.expect(200);
        assert_eq!(told.body["unit_id"], json!(force.station));
        let units = json!([
            {"unit_id": force.station, "from": null, "to": "2026-03-09"},
            {"unit_id": force.other_station, "from": "2026-03-10", "to": null},
        ]);
        assert_eq!(told.body["units"], units);
        force.leader.get(&path).await.expect(200);
        assert_eq!(force.other_leader.get(&path).await.says(), (404, "not_found"));
        force.app.set_clock("2026-03-09T16:00:00Z");
        let (leader, other_leader) = (force.app.sign_in("leader").await, force.app.sign_in("other-leader").await);
        assert_eq!(other_leader.get(&path).await.expect(200).body["unit_id"], json!(force.other_station));
        assert_eq!(leader.get(&path).await.says(), (404, "not_found"));
        assert_eq!(badges(&other_leader, "").await, ["100100"]);
        assert!(badges(&leader, "").await.is_empty());
        // A transfer entered later for an earlier date keeps the later one.
        let hr = force.app.sign_in("hr").await;
        let body = json!({"unit_id": force.branch, "effective_on": "2026-02-01"});
        let told = hr.post(&format!("{path}/transfer"), body).await.expect(200);
        assert_eq!(
            told.body["units"],
            json!([
                {"unit_id": force.station, "from": null, "to": "2026-01-31"},
                {"unit_id": force.branch, "from": "2026-02-01", "to": "2026-03-09"},
                {"unit_id": force.other_station, "from": "2026-03-10", "to": null},
            ])
        );
    }

    /// Categories are dated like units; every edit makes a new version.
    async fn a_category_holds_from_its_date(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer_with("100100", json!({"category": "auxiliary"})).await;
        let path = format!("/officers/{officer}");
        let before = force.hr.get(&path).await.expect(200);
        let body = json!({"category": "police", "effective_on": "2026-06-01"});
        let told = force.hr.post(&format!("{path}/category"), body).await.expect(200);
        assert_ne!(told.header("etag"), before.header("etag"));
        assert_eq!(told.body["category"], "auxiliary");
        assert_eq!(
            told.body["categories"],
            json!([
                {"category": "auxiliary", "from": null, "to": "2026-05-31"}, {"category": "police", "from": "2026-06-01", "to": null},
            ])
        );
        assert_eq!(badges(&force.hr, "category=auxiliary").await, ["100100"]);
        assert!(badges(&force.hr, "category=police").await.is_empty());
        force.app.set_clock("2026-05-31T16:00:00Z");
        let hr = force.app.sign_in("hr").await;
        assert_eq!(badges(&hr, "category=police").await, ["100100"]);
        let stale = hr.with("if-match", before.header("etag")).patch(&path, json!({"post": "x"})).await;
        assert_eq!(stale.says(), (412, "stale"));
    }

    /// Who retires is of category `retired` from the day after; others only leave.
    async fn a_separation_is_recorded(db: TestDatabase) {
        let force = Force::start(db).await;
        let retiring = force.officer_with("100100", json!({"joined_on": "2000-07-01"})).await;
        let leaving = force.officer("100101", "2016-03-10").await;
        let separate = async |officer: Uuid, left_on: &str, cause: &str| {
            force.hr.post(&format!("/officers/{officer}/separation"), json!({"left_on": left_on, "cause": cause})).await
        };
        let told = separate(retiring, "2000-06-30", "retired").await;
        assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/left_on")));
        let told = separate(retiring, "2026-06-30", "retired").await.expect(200);
        assert_eq!(told.body["separation"], json!({"left_on": "2026-06-30", "cause": "retired"}));
        assert_eq!(
            told.body["categories"],
            json!([
                {"category": "police", "from": null, "to": "2026-06-30"}, {"category": "retired", "from": "2026-07-01", "to": null},
            ])
        );
        let told = separate(leaving, "2026-05-31", "transferred_out").await.expect(200);
        assert_eq!(told.body["categories"], json!([{"category": "police", "from": null, "to": null}]));
        let told = separate(leaving, "2026-06-15", "resigned").await.expect(200);
        assert_eq!(told.body["separation"], json!({"left_on": "2026-06-15", "cause": "resigned"}), "corrected");
    }

    /// A retirement that is put off takes its category along.
    async fn a_retirement_that_is_put_off(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2000-03-10").await;
        let path = format!("/officers/{officer}/separation");
        force.hr.post(&path, json!({"left_on": "2026-06-30", "cause": "retired"})).await.expect(200);
        let told = force.hr.post(&path, json!({"left_on": "2026-12-31", "cause": "retired"})).await.expect(200);
        assert_eq!(
            told.body["categories"],
            json!([
                {"category": "police", "from": null, "to": "2026-12-31"}, {"category": "retired", "from": "2027-01-01", "to": null},
            ])
        );
    }

    /// Dates that no roll can have are refused fields.
    async fn dates_out_of_range_are_refused(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer("100100", "2016-03-10").await;
        for date in ["9999-12-31", "+12345-01-01", "+262142-12-31", "0000-01-01", "-0044-03-15", "1899-12-31"] {
            for (act, field, mut body) in [
                ("transfer", "effective_on", json!({"unit_id": force.other_station})),
                ("category", "effective_on", json!({"category": "staff"})),
                ("separation", "left_on", json!({"cause": "retired"})),
            ] {
                body[field] = json!(date);
                let told = force.hr.post(&format!("/officers/{officer}/{act}"), body).await;
                assert_eq!(
                    (told.status, &told.body["errors"][0]["pointer"]),
                    (422, &json!(format!("/{field}"))),
                    "{act} {date}: {}",
                    told.body
                );
            }
        }
    }

    /// A unit stands for everything below it; filters narrow, they never widen.
    async fn lists_are_narrowed(db: TestDatabase) {
        let force = Force::start(db).await;
        force.officer_with("A-1", json!({"name": "王小明"})).await;
        force
            .officer_with("A-2", json!({"name": "李_四", "unit_id": force.other_station, "category": "auxiliary"}))
            .await;
        force.officer_with("B%3", json!({"name": "张三", "unit_id": force.branch})).await;
        force.officer_with("C\\4", json!({"name": "Li Ming", "unit_id": force.bureau, "category": "staff"})).await;
        assert_eq!(badges(&force.hr, "").await, ["A-1", "A-2", "B%3", "C\\4"]);
        assert_eq!(badges(&force.hr, &format!("unit_id={}", force.branch)).await, ["A-1", "A-2", "B%3"]);
        assert_eq!(badges(&force.hr, &format!("unit_id={}", force.station)).await, ["A-1"]);
        assert_eq!(badges(&force.hr, &format!("unit_id={}&category=auxiliary", force.bureau)).await, ["A-2"]);
        assert!(badges(&force.hr, &format!("unit_id={}", Uuid::now_v7())).await.is_empty());
        assert_eq!(badges(&force.branch_leader, &format!("unit_id={}", force.bureau)).await, ["A-1", "A-2", "B%3"]);
        assert_eq!(badges(&force.hr, "badge_no=A-1").await, ["A-1"]);
        assert!(badges(&force.hr, "badge_no=A").await.is_empty());
        for (q, wanted) in
            [("%25", "B%3"), ("_", "A-2"), ("%5C", "C\\4"), ("%E5%B0%8F", "A-1"), ("B%253", "B%3"), ("A-2", "A-2")]
        {
            assert_eq!(badges(&force.hr, &format!("q={q}")).await, [wanted], "{q}");
        }
        for q in ["li%20ming", "LI", "Ming", "c%5C4"] {
            assert_eq!(badges(&force.hr, &format!("q={q}")).await, ["C\\4"], "large and small letters alike: {q}");
        }
        assert_eq!(badges(&force.hr, "q=").await.len(), 4);
        for bad in ["category=wizard", "unit_id=7", "colour=red", "limit=0", "limit=501", "q=%00", "category="] {
            assert_eq!(force.hr.get(&format!("/officers?{bad}")).await.status, 400, "{bad}");
        }
    }

    /// Keyset paging: nobody is repeated or skipped when somebody is added between two pages.
    async fn pages_stand_still(db: TestDatabase) {
        let force = Force::start(db).await;
        for badge in ["2", "4", "6", "8"] {
            force.officer(badge, "2016-03-10").await;
        }
        let page = async |cursor: &Value| {
            let cursor = cursor.as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let told = force.hr.get(&format!("/officers?limit=2{cursor}")).await.expect(200);
            let badges: Vec<String> = told.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["badge_no"].as_str().unwrap().to_owned())
                .collect();
            (badges, told.body["next_cursor"].clone())
        };
        let (first, next) = page(&Value::Null).await;
        assert_eq!(first, ["2", "4"]);
        force.officer("3", "2016-03-10").await;
        force.officer("5", "2016-03-10").await;
        let (second, next) = page(&next).await;
        assert_eq!(second, ["5", "6"]);
        let (last, next) = page(&next).await;
        assert_eq!((last, next), (vec!["8".to_owned()], Value::Null));
        let units = force.hr.get("/units?limit=1").await.expect(200).body["next_cursor"].clone();
        let foreign = force.hr.get(&format!("/officers?cursor={}", units.as_str().unwrap())).await;
        assert_eq!(foreign.says(), (400, "invalid_cursor"), "the cursor of another list");
    }

    /// Everybody who is signed in finds a stand-in by name; nothing else is shown.
    async fn the_directory_shows_names_and_units(db: TestDatabase) {
        let force = Force::start(db).await;
        let officer = force.officer_with("100100", json!({"name": "王芳", "born_on": "1990-01-01"})).await;
        force.officer_with("100101", json!({"name": "王五", "unit_id": force.other_station})).await;
        let own = force.app.as_officer("own", officer, &[]).await;
        let told = own.get("/directory?q=%E7%8E%8B&limit=1").await.expect(200);
        assert_eq!(
            told.body["items"],
            json!([
                {"officer_id": officer, "name": "王芳", "unit_id": force.station, "unit_name": "东街派出所"},
            ])
        );
        let next = told.body["next_cursor"].as_str().unwrap();
        let told = own.get(&format!("/directory?q=%E7%8E%8B&cursor={next}")).await.expect(200);
        assert_eq!((&told.body["items"][0]["name"], &told.body["next_cursor"]), (&json!("王五"), &Value::Null));
        assert_eq!(own.get("/directory").await.says(), (400, "invalid_parameter"));
    }
}
