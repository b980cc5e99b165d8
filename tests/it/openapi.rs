//! The committed document is the served one. `UPDATE_DOCS=1 cargo test --test it openapi` writes it anew.

use respite::http::endpoints::table;
use serde_json::Value;

use crate::app::App;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

both! {
    async fn the_committed_document_is_current(db: TestDatabase) {
        let app = App::start(db).await;
        let served = app.stranger().get("/openapi.json").await.expect(200).body;
        let text = format!("{}\n", serde_json::to_string_pretty(&served).unwrap());
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(PATH, &text).unwrap();
        }
        let committed = std::fs::read_to_string(PATH).unwrap_or_default();
        assert!(
            committed == text,
            "docs/openapi.json is not what is served: UPDATE_DOCS=1 cargo test --test it openapi"
        );
    }
}

/// Every reference leads somewhere, every operation has a name of its own and says what refuses.
#[test]
fn the_document_holds_together() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = respite::http::openapi::document(table());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads outside"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut names: Vec<&str> = table().iter().map(|row| row.id).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
    for row in table() {
        let operation = &document["paths"][format!("/api/v1{}", row.path)][row.method.as_str().to_lowercase()];
        assert!(!row.summary.is_empty() && operation["summary"] == row.summary, "{} {}", row.method, row.path);
        assert_eq!(operation["operationId"], row.id);
        assert!(operation["responses"].as_object().is_some_and(|responses| responses.len() >= 2));
    }
}
