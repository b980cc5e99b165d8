//! The policies on rest and overtime, and the texts of other forces that are delivered with the program: checked,
//! compared, laid over, published.

use serde_json::{Value, json};

use super::version;
use crate::leave::{force, with};
use crate::program::{TOKEN_KEYS, run};
use crate::scratch;

const REST: &str = include_str!("../../../src/rules/rest.toml");
const EXAMPLES: [(&str, &str); 2] = [
    ("england_wales_rest.toml", include_str!("../../../policies/examples/england_wales_rest.toml")),
    ("eu_working_time_rest.toml", include_str!("../../../policies/examples/eu_working_time_rest.toml")),
];

#[test]
fn the_texts_of_other_forces_can_be_checked_compared_and_laid_over() {
    for (name, text) in EXAMPLES {
        let folder = scratch::folder("law-rest");
        std::fs::create_dir(folder.path().join("over")).unwrap();
        std::fs::write(folder.path().join("over").join(name), text).unwrap();
        std::fs::write(folder.path().join("built_in.toml"), REST).unwrap();
        let url = format!("sqlite:{}", folder.path().join("respite.db").display());
        let over = folder.path().join("over");
        let variables = [
            format!("RESPITE_DATABASE_URL={url}"),
            TOKEN_KEYS.to_owned(),
            "RESPITE_LANGUAGE=en".to_owned(),
            format!("RESPITE_POLICIES={}", over.display()),
        ];
        let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
        let run = |args: &[&str]| run(folder.path(), args, &variables, b"");
        let checked = run(&["policy", "check", "over", "--format", "json"]).expect(0).json();
        let names: Vec<&Value> = checked["policies"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["annual_leave", "leave_requests", "overtime", "rest"]);
        assert!(
            checked["policies"][3]["folder_sha256"].is_string() && checked["policies"][2]["folder_sha256"].is_null()
        );
        let file = format!("over/{name}");
        let told = run(&["policy", "diff", "built_in.toml", &file, "--format", "json"]).expect(0).json();
        assert!(told["changes"].as_array().unwrap().len() > 10, "{told}");
        // Laid over it binds in place of what is built in.
        let shown = run(&["policy", "show", "rest", "--on", "2026-05-01", "--format", "json"]).expect(0).json();
        let source = shown["items"][0]["source"].as_str().unwrap();
        assert!(text.contains(source) && !source.is_empty(), "{shown}");
        // A fault is located.
        std::fs::write(
            over.join(name),
            text.replace("clear_days_below = 15", "clear_days_below = 8.5")
                .replace("mean_weeks = 17", "mean_week = 17"),
        )
        .unwrap();
        let refused = run(&["policy", "check", "over", "--format", "json"]).expect(1).json();
        assert_eq!((&refused["ok"], &refused["file"]), (&json!(false), &json!(file)));
        assert!(refused["line"].as_u64().unwrap() > 10, "{refused}");
    }
}

both! {
    /// Published for a unit, rest binds there and nowhere else; the preview says for whom and what would change, and no
    /// leave is touched.
    async fn rest_is_published_for_a_unit(db: TestDatabase) {
        let force = force(db).await;
        force.officer("100001", "2016-03-10").await;
        let bare = REST.split("[version.values]\n").nth(1).unwrap().replace("[version.values.", "[").replace("[[version.values.", "[[");
        let text = bare.replace("weekly_rest_days_min = 1", "weekly_rest_days_min = 2");
        let draft = with(version("2027-01-01", &text), json!({"unit_id": force.station}));
        let told = force.admin.post("/policies/rest/preview", draft.clone()).await.expect(200).body;
        let changes = told["changes"].as_array().unwrap();
        assert!(changes.iter().all(|one| one["key"] == "weekly_rest_days_min"), "{told}");
        assert_eq!((&changes[0]["before"], &changes[0]["after"]), (&json!(1), &json!(2)));
        assert_eq!(told["items"].as_array().unwrap().len(), 1);
        let told = force.admin.post("/policies/rest/versions", draft).await.expect(201).body;
        assert_eq!((&told["policy"], &told["recounted"]), (&json!("rest@2027-01-01"), &json!(0)));
        let shown = |on: &'static str, query: String| {
            let client = &force.leader;
            async move { client.get(&format!("/policies/rest?on={on}{query}")).await.expect(200).body["text"].clone() }
        };
        let here = format!("&unit_id={}", force.station);
        assert_eq!(shown("2027-01-01", here.clone()).await, json!(text));
        assert_ne!(shown("2026-12-31", here).await, json!(text));
        assert_ne!(shown("2027-01-01", String::new()).await, json!(text));
        // Nonsense is refused with its line.
        for (good, bad) in [
            ("week_minutes_warn_above = 3600", "week_minutes_warn_above = 9000"), ("night_from = \"22:00\"", "night_from = \"05:00\""),
            ("times = 1", "times = 0"), ("mean_outcome = \"warn\"", "mean_outcome = \"pass\""), ("\"court\"", "\"protected\""),
            ("daily_rest_minutes_min = 660", "daily_rest_minutes_minimum = 660"),
        ] {
            let told = force.admin.post("/policies/rest/versions", version("2027-01-01", &text.replacen(good, bad, 1))).await;
            assert_eq!(told.says(), (422, "policy_unreadable"), "{bad}");
        }
    }

    /// Amounts of overtime are raised by publication, for police alone.
    async fn overtime_is_published(db: TestDatabase) {
        let force = force(db).await;
        let built_in = include_str!("../../../src/rules/overtime.toml");
        let bare = built_in.split("[version.values]\n").nth(1).unwrap().replace("[version.values.", "[");
        let text = bare.replace("80.00", "160.00");
        let draft = with(version("2027-01-01", &text), json!({"category": "police"}));
        let told = force.admin.post("/policies/overtime/preview", draft.clone()).await.expect(200).body;
        let change = &told["changes"][0];
        assert_eq!((&change["key"], &change["before"], &change["after"]), (&json!("rates.rest_day"), &json!("80.00"), &json!("160.00")));
        force.admin.post("/policies/overtime/versions", draft).await.expect(201);
        let refused = force.admin.post("/policies/overtime/versions", version("2028-01-01", &text.replace("160.00", "160"))).await;
        assert_eq!(refused.says(), (422, "policy_unreadable"));
        let refused = force.admin.post("/policies/overtime/versions", version("2028-01-01", &text.replace("admin = 4", "admin = 32"))).await;
        assert_eq!(refused.says(), (422, "policy_unreadable"));
    }
}
