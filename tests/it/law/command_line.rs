//! Policies on the command line: checked, laid over what is built in, compared, published.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::annual;
use crate::program::{Ended, Service, TOKEN_KEYS, run};
use crate::scratch;

/// A folder with files, and a database for the program.
struct Desk {
    folder: TempDir,
    variables: Vec<String>,
}

impl Desk {
    fn on(url: &str) -> Self {
        let variables =
            vec![format!("RESPITE_DATABASE_URL={url}"), TOKEN_KEYS.to_owned(), "RESPITE_LANGUAGE=en".to_owned()];
        Self { folder: scratch::folder("law"), variables }
    }

    fn with_folder(mut self, name: &str) -> Self {
        self.variables.push(format!("RESPITE_POLICIES={}", self.folder.path().join(name).display()));
        self
    }

    fn run(&self, args: &[&str]) -> Ended {
        let variables: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        run(self.folder.path(), args, &variables, b"eight letters")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// A whole policy text of annual leave with one version from a date on, for police.
fn overlay(from: &str, ten: u16) -> String {
    let built_in = include_str!("../../../src/rules/annual_leave.toml");
    let head = built_in.split("[[version]]").next().unwrap();
    let block = built_in.split("[[version]]").nth(1).unwrap();
    let block = block.replace("2008-01-01", from).replace("[\"police\", \"staff\"]", "[\"police\"]");
    format!("{head}[[version]]{}", block.replacen("days = 10", &format!("days = {ten}"), 1))
}

fn binding(desk: &Desk, on: &str) -> Vec<(String, Value)> {
    let shown = desk.run(&["policy", "show", "annual_leave", "--on", on, "--format", "json"]).expect(0).json();
    let items = shown["items"].as_array().unwrap().iter();
    items.map(|one| (one["effective_from"].as_str().unwrap().to_owned(), one["categories"].clone())).collect()
}

both! {
    /// A draft is previewed, published and corrected; the service that runs beside it is bound at once.
    async fn a_policy_is_published_beside_the_service(db: TestDatabase) {
        let desk = Desk::on(&db.url);
        desk.run(&["migrate"]).expect(0);
        let rosters = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rosters");
        for (roster, file) in [("units", "units.csv"), ("officers", "officers_utf8_bom.csv")] {
            desk.run(&["import", roster, rosters.join(file).to_str().unwrap()]).expect(0);
        }
        desk.run(&["account", "create", "--username", "hr", "--role", "hr", "--password-stdin"]).expect(0);
        desk.write("new.toml", &annual([6, 12, 18]));
        let common = ["--effective-from", "2027-01-01", "--source", "本局休假办法", "--format", "json"];
        let publish = |more: &[&str]| {
            let args: Vec<&str> = ["policy", "publish", "annual_leave", "new.toml"].iter().chain(more).chain(&common).copied().collect();
            desk.run(&args)
        };
        let variables: Vec<&str> = desk.variables.iter().map(String::as_str).collect();
        let service = Service::start(desk.folder.path(), &variables);
        let preview = publish(&["--preview", "--category", "police"]).expect(0).json();
        let touched = preview["items"].as_array().unwrap();
        assert!(!touched.is_empty() && touched.iter().all(|one| one["days_before"] != one["days_after"]), "{preview}");
        assert_eq!(binding(&desk, "2027-01-01"), binding(&desk, "2026-12-31"), "a preview stores nothing");
        let told = publish(&["--category", "police"]).expect(0).json();
        assert_eq!((&told["policy"], &told["touched_decisions"]), (&json!("annual_leave@2027-01-01"), &json!(0)));
        assert_eq!(binding(&desk, "2027-01-01")[0], ("2027-01-01".to_owned(), json!(["police"])));
        assert!(publish(&["--category", "police"]).expect(1).stderr.contains("version_exists"));
        let id = told["id"].as_str().unwrap();
        publish(&["--category", "police", "--supersedes", id, "--reason", "笔误"]).expect(0);
        assert!(publish(&["--unit", "no-such-unit"]).expect(1).stderr.contains("no-such-unit"));
        desk.write("new.toml", &annual([6, 5, 18]));
        assert!(publish(&[]).expect(1).stderr.contains("ascend"));
        desk.write("new.toml", "days =");
        assert!(publish(&[]).expect(1).stderr.contains("1: "));
        // The running service knows: over the wire the same version binds.
        let client = awc::Client::default();
        let body = json!({"username": "hr", "password": "eight letters"});
        let mut signed_in = client.post(format!("{}/api/v1/auth/login", service.base)).send_json(&body).await.unwrap();
        let token = signed_in.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
        let url = format!("{}/api/v1/policies/annual_leave?on=2027-01-01&category=police", service.base);
        let shown = client.get(url).bearer_auth(token).send().await.unwrap().json::<Value>().await.unwrap();
        assert_eq!(shown["effective_from"], "2027-01-01");
        assert_eq!(shown["text"], annual([6, 12, 18]));
    }
}

#[test]
fn a_folder_is_laid_over_what_is_built_in() {
    let folder = scratch::folder("law-db");
    let url = format!("sqlite:{}", folder.path().join("respite.db").display());
    let desk = Desk::on(&url).with_folder("policies");
    desk.write("policies/annual_leave.toml", &overlay("2026-01-01", 12));
    desk.write("policies/readme.txt", "not a policy");
    let checked = desk.run(&["policy", "check", "policies", "--format", "json"]).expect(0).json();
    assert_eq!((&checked["ok"], &checked["policies"][0]["versions"]), (&json!(true), &json!(3)));
    let both = |from: &str| {
        vec![
            (from.to_owned(), json!(["police"])),
            ("2008-09-18".to_owned(), json!(["auxiliary"])),
            ("2008-01-01".to_owned(), json!(["staff"])),
        ]
    };
    assert_eq!(binding(&desk, "2026-01-01"), both("2026-01-01"));
    assert_eq!(
        binding(&desk, "2025-12-31"),
        [("2008-01-01".to_owned(), json!(["police", "staff"])), ("2008-09-18".to_owned(), json!(["auxiliary"]))]
    );
    desk.write(
        "policies/annual_leave.toml",
        &overlay("2026-01-01", 12).replace("reopened_days = 90", "reopened_days = -1"),
    );
    let wrong = desk.run(&["policy", "check", "policies", "--format", "json"]).expect(1).json();
    assert!(wrong["file"].as_str().unwrap().ends_with("annual_leave.toml"), "{wrong}");
    let line = overlay("2026-01-01", 12).lines().position(|line| line.starts_with("reopened_days")).unwrap() + 1;
    assert_eq!(wrong["line"], line);
    // What cannot be read stops the start, and says where.
    for args in [["policy", "show", "--on", "2026-01-01"].as_slice(), &["serve"], &["doctor"]] {
        let ended = desk.run(args).expect(1);
        assert!(ended.stderr.contains(&format!("annual_leave.toml:{line}: ")), "{args:?} {}", ended.stderr);
    }
    desk.write("policies/other.toml", &overlay("2026-01-01", 12));
    assert!(
        desk.run(&["policy", "check", "policies"]).expect(1).stdout.contains("other.toml")
            || desk.run(&["policy", "check", "policies"]).expect(1).stdout.contains("annual_leave.toml")
    );
}

#[test]
fn two_texts_are_compared_value_by_value() {
    let folder = scratch::folder("law-diff");
    let desk = Desk::on(&format!("sqlite:{}", folder.path().join("respite.db").display()));
    desk.write("a.toml", &annual([5, 10, 15]));
    desk.write("b.toml", &annual([5, 12, 15]).replace("years = 1\n", "years = 2\n"));
    let told = desk.run(&["policy", "diff", "a.toml", "b.toml", "--format", "json"]).expect(0).json();
    assert_eq!(
        told["changes"],
        json!([{"key": "carry.years", "before": 1, "after": 2}, {"key": "tiers[years_min = 10].days", "before": 10, "after": 12}])
    );
    let text = desk.run(&["policy", "diff", "a.toml", "b.toml"]).expect(0).stdout;
    assert!(text.contains("tiers[years_min = 10].days: 10 → 12"), "{text}");
    assert_eq!(
        desk.run(&["policy", "diff", "annual_leave", "annual_leave@2026-03-02", "--format", "json"]).expect(0).json()["changes"],
        json!([])
    );
    for args in [["nothing", "a.toml"], ["a.toml", "annual_leave@2007-12-31"], ["a.toml", "annual_leave@never"]] {
        desk.run(&["policy", "diff", args[0], args[1]]).expect(1);
    }
}
