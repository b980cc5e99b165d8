//! Samples of what endpoints read, made from the OpenAPI document, and values that are none of it.

use std::collections::HashMap;

use respite::http::endpoint::Endpoint;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Makes samples; ids lead to records that are there.
pub struct Samples {
    document: Value,
    ids: HashMap<String, Uuid>,
}

impl Samples {
    /// `ids` by the first segment of the path that they belong to.
    pub fn new(document: Value, ids: &[(&str, Uuid)]) -> Self {
        Self { document, ids: ids.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect() }
    }

    /// The path of an endpoint with an id that is there.
    pub fn path(&self, endpoint: &Endpoint) -> String {
        if endpoint.path_names().any(|name| name == "year") {
            return self.path_with(endpoint, "2027");
        }
        let segment = endpoint.path.split('/').nth(1).unwrap();
        // Where nothing of the kind is there, an id that names nothing; policies go by name.
        let absent = if segment == "policies" {
            "annual_leave".to_owned()
        } else {
            Uuid::from_u128(7 << 76 | 8 << 60).to_string()
        };
        let id = self.ids.get(segment).map_or(absent, Uuid::to_string);
        self.path_with(endpoint, &id)
    }

    /// The path of an endpoint with any text for its parameters.
    pub fn path_with(&self, endpoint: &Endpoint, text: &str) -> String {
        endpoint.path_names().fold(endpoint.path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), text))
    }

    fn operation(&self, endpoint: &Endpoint) -> &Value {
        let operation =
            &self.document["paths"][format!("/api/v1{}", endpoint.path)][endpoint.method.as_str().to_lowercase()];
        assert!(operation.is_object(), "{} is in the document", endpoint.path);
        operation
    }

    /// A body that the endpoint can read, where it reads JSON.
    pub fn body(&self, endpoint: &Endpoint) -> Option<Value> {
        let content = self.operation(endpoint)["requestBody"]["content"].as_object()?;
        let (_, media) = content.iter().find(|(kind, _)| kind.contains("json"))?;
        Some(self.sample(&media["schema"], ""))
    }

    /// Queries that spoil each parameter in turn, while those that are required are well.
    pub fn hostile_queries(&self, endpoint: &Endpoint) -> Vec<String> {
        let none = Vec::new();
        let parameters = self.operation(endpoint)["parameters"].as_array().unwrap_or(&none);
        let known: Vec<(&str, bool, &Value)> = parameters
            .iter()
            .map(|one| one["$ref"].as_str().map_or(one, |to| self.document.pointer(&to[1..]).unwrap()))
            .filter(|one| one["in"] == "query")
            .map(|one| (one["name"].as_str().unwrap(), one["required"] == true, &one["schema"]))
            .collect();
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut queries = Vec::new();
        for (spoiled, _, _) in &known {
            for value in HOSTILE_TEXTS {
                let others = known.iter().filter(|(name, required, _)| *required && name != spoiled);
                let others: String =
                    others.map(|(name, _, schema)| format!("&{name}={}", text(self.sample(schema, name)))).collect();
                queries.push(format!("?{spoiled}={value}{others}"));
            }
        }
        queries
    }

    fn sample(&self, schema: &Value, name: &str) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.sample(self.document.pointer(&reference[1..]).unwrap(), name);
        }
        for choice in ["anyOf", "oneOf", "allOf"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"))
            {
                return self.sample(first, name);
            }
        }
        if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
            return first.clone();
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").unwrap_or(&Value::Null),
            kind => kind,
        };
        match kind.as_str().unwrap_or("object") {
            "object" => {
                let none = Map::new();
                let properties = schema["properties"].as_object().unwrap_or(&none);
                properties.iter().map(|(name, schema)| (name.clone(), self.sample(schema, name))).collect()
            }
            "array" => json!([self.sample(&schema["items"], name)]),
            "integer" => json!(if name.contains("year") { 2026 } else { 1 }),
            "number" => json!(1),
            "boolean" => json!(true),
            _ => self.text(schema, name),
        }
    }

    fn text(&self, schema: &Value, name: &str) -> Value {
        match schema["format"].as_str() {
            Some("uuid") => {
                let of =
                    ["unit", "account"].iter().find(|word| name.contains(*word)).map_or(
                        "officers",
                        |word| match *word {
                            "unit" => "units",
                            _ => "accounts",
                        },
                    );
                json!(self.ids[of])
            }
            Some("date") => json!("2026-05-11"),
            Some("date-time") => json!("2026-05-11T01:00:00Z"),
            _ => json!(format!("some-{name}")),
        }
    }
}

/// The places of every value in a document but the whole.
pub fn pointers(document: &Value) -> Vec<String> {
    fn walk(value: &Value, place: &str, found: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(members) => members.iter().map(|(name, child)| (name.clone(), child)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
            _ => Vec::new(),
        };
        for (name, child) in children {
            let place = format!("{place}/{name}");
            found.push(place.clone());
            walk(child, &place, found);
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

/// Percent-encoded texts that few parameters can be.
const HOSTILE_TEXTS: &[&str] = &[
    "",
    "%20",
    "%00",
    "%FF",
    "%F0%9F%98%80",
    "null",
    "-1",
    "0",
    "1.5",
    "99999999999999999999",
    "2147483647",
    "-2147483648",
    "9999",
    "2026-02-30",
    "2026-1-1",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "%2B262142-12-31",
    "-262143-01-01",
    "%25%5C_",
    "'--",
    "00000000-0000-0000-0000-000000000000",
    "AAAA",
    "eyJhIjoxfQ",
];

/// Values that few members can be.
pub fn hostile_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(0.25),
        json!(1e300),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(2_147_483_647),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("\u{202e}\u{feff}"),
        json!("x".repeat(5000)),
        json!("2026-02-30"),
        json!("0000-01-01"),
        json!("0001-01-01"),
        json!("9999-12-31"),
        json!("+262142-12-31"),
        json!("-262143-01-01"),
        json!("2026-05-11T01:00:00Z"),
        json!(Uuid::nil()),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"a": {"b": [1]}}),
        json!(vec![json!(null); 2000]),
        json!(vec![json!("2026-05-11"); 50]),
    ]
}
