//! What a document lacks that its schema asks for.

use schemars::JsonSchema;
use serde_json::Value;

use super::body::push;

/// Where a document lacks what its schema asks for: serde names the first that is missing, and no other.
pub(super) fn of<T: JsonSchema>(document: &Value) -> Vec<String> {
    let schema = schemars::schema_for!(T);
    let mut found = Vec::new();
    at(schema.as_value(), schema.as_value(), document, &mut String::new(), &mut found);
    found
}

fn at(root: &Value, schema: &Value, value: &Value, place: &mut String, found: &mut Vec<String>) {
    if let Some(named) = schema.get("$ref").and_then(Value::as_str) {
        if let Some(schema) = root.pointer(named.trim_start_matches('#')) {
            at(root, schema, value, place, found);
        }
        return;
    }
    let length = place.len();
    let mut inside = |part: &str, schema: &Value, value: &Value, found: &mut Vec<String>| {
        push(place, part);
        at(root, schema, value, place, found);
        place.truncate(length);
    };
    match value {
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return };
            items.iter().enumerate().for_each(|(number, item)| inside(&number.to_string(), schema, item, found));
        }
        Value::Object(fields) => {
            if let Some(schemas) = schema.get("properties").and_then(Value::as_object) {
                for (name, field) in fields {
                    if let Some(schema) = schemas.get(name) {
                        inside(name, schema, field, found);
                    }
                }
            }
            let asked = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            for name in asked.filter_map(Value::as_str).filter(|name| !fields.contains_key(*name)) {
                push(place, name);
                found.push(place.clone());
                place.truncate(length);
            }
        }
        _ => {}
    }
}
