//! Faults in a body of which something else is refused already. Reading stops at the first of them, and the acts, which hold
//! every value against its bounds, are never asked about a body that cannot be read. So that one answer names every fault, the
//! rest of the body is held against the schema that the document of the interface is made from.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::app::error::{Code, FieldError};

/// What a schema says against a document, at most so many: members that are missing or unknown, values of another type or
/// outside their bounds. Where something is refused already nothing more is said of that place.
pub(super) fn outside<T: JsonSchema>(document: &Value, known: &[FieldError], most: usize) -> Vec<FieldError> {
    let root = SchemaGenerator::default().into_root_schema_for::<T>();
    let mut walk = Walk { root: root.as_value(), known, most, found: Vec::new() };
    walk.value(root.as_value(), document, "");
    walk.found
}

struct Walk<'a> {
    root: &'a Value,
    known: &'a [FieldError],
    most: usize,
    found: Vec<FieldError>,
}

impl<'a> Walk<'a> {
    fn refuse(&mut self, pointer: &str, code: Code, expected: Option<String>) {
        let is_known = self.known.iter().any(|one| one.pointer == pointer);
        if !is_known && self.found.len() < self.most {
            let refused = FieldError::new(pointer, code);
            self.found.push(match expected {
                Some(expected) => refused.expected(expected),
                None => refused,
            });
        }
    }

    /// The schema itself: behind a reference, and of what may be null the other.
    fn meant(&self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let found = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return found.unwrap_or(schema);
        }
        let several = schema.get("anyOf").and_then(Value::as_array);
        let mut others = several.into_iter().flatten().filter(|one| one.get("type") != Some(&Value::from("null")));
        match (others.next(), others.next()) {
            (Some(only), None) => self.meant(only),
            _ => schema,
        }
    }

    /// Members that are not there, and members that nobody knows.
    fn members(&mut self, schema: &'a Value, fields: &Map<String, Value>, pointer: &str) {
        let inside = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !fields.contains_key(*name)) {
            self.refuse(&inside(name), Code::MissingField, None);
        }
        let properties = schema.get("properties");
        let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        for (name, field) in fields {
            match properties.and_then(|all| all.get(name)) {
                Some(of_field) => self.value(of_field, field, &inside(name)),
                None if is_closed => self.refuse(&inside(name), Code::UnknownField, None),
                None => {}
            }
        }
    }

    fn value(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        let is_nullable = schema.get("anyOf").is_some();
        let schema = self.meant(schema);
        if let Some(expected) = other_type(schema, value).filter(|_| !(is_nullable && value.is_null())) {
            self.refuse(pointer, Code::WrongType, Some(expected));
            return;
        }
        let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
        match value {
            Value::Number(number) => {
                let (least, most) = (bound("minimum"), bound("maximum"));
                let number = number.as_f64().unwrap_or_default();
                let below = |bound: i64| number < float(bound);
                let above = |bound: i64| float(bound) < number;
                if least.is_some_and(below) || most.is_some_and(above) {
                    let said = |bound: Option<i64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
                    let expected = format!("{} … {}", said(least), said(most));
                    self.refuse(pointer, Code::InvalidValue, Some(expected.trim().to_owned()));
                }
            }
            Value::String(text) => {
                let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                if bound("minLength").is_some_and(|least| 0 < least) && text.trim().is_empty() {
                    self.refuse(pointer, Code::MissingField, None);
                }
                if let Some(most) = bound("maxLength").filter(|most| *most < chars) {
                    self.refuse(pointer, Code::TooLong, Some(format!("≤ {most}")));
                }
            }
            Value::Array(items) => {
                let many = i64::try_from(items.len()).unwrap_or(i64::MAX);
                if let Some(least) = bound("minItems").filter(|least| many < *least) {
                    self.refuse(pointer, Code::InvalidValue, Some(format!("≥ {least}")));
                }
                if let Some(most) = bound("maxItems").filter(|most| *most < many) {
                    self.refuse(pointer, Code::TooLong, Some(format!("≤ {most}")));
                    return;
                }
                let Some(each) = schema.get("items") else { return };
                for (at, item) in items.iter().enumerate() {
                    self.value(each, item, &format!("{pointer}/{at}"));
                }
            }
            Value::Object(fields) => self.members(schema, fields, pointer),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// The type that a schema names, where a value is of another.
fn other_type(schema: &Value, value: &Value) -> Option<String> {
    let named = schema.get("type")?;
    let names: Vec<&str> = match named {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is = |name: &&str| match value {
        Value::Null => *name == "null",
        Value::Bool(_) => *name == "boolean",
        Value::Number(number) => *name == "number" || *name == "integer" && !number.is_f64(),
        Value::String(_) => *name == "string",
        Value::Array(_) => *name == "array",
        Value::Object(_) => *name == "object",
    };
    let said = || names.iter().copied().find(|name| *name != "null").unwrap_or("null").to_owned();
    (!names.iter().any(is)).then(said)
}

/// Bounds are small numbers.
fn float(bound: i64) -> f64 {
    i32::try_from(bound).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is asked for")]
    #[serde(deny_unknown_fields)]
    struct Unit {
        #[serde(default)]
        #[schemars(range(min = 0, max = 10))]
        present: i32,
        #[schemars(range(min = 1))]
        at_least: Option<i32>,
        #[serde(default)]
        #[schemars(length(max = 2))]
        skills: Vec<Skill>,
        first: Option<Skill>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is asked for")]
    struct Skill {
        #[serde(rename = "na/me")]
        #[schemars(length(min = 1, max = 3))]
        name: String,
    }

    fn refused(document: &Value, known: &[FieldError]) -> Vec<(String, Code, Option<String>)> {
        let found = outside::<Unit>(document, known, 20);
        found.into_iter().map(|one| (one.pointer, one.code, one.expected)).collect()
    }

    fn line(pointer: &str, code: Code, expected: &str) -> (String, Code, Option<String>) {
        (pointer.to_owned(), code, Some(expected.to_owned()))
    }

    #[test]
    fn the_bound_is_in_and_one_more_is_out() {
        for present in [0, 10] {
            assert_eq!(refused(&json!({"present": present, "at_least": 1, "skills": [{"na/me": "abc"}]}), &[]), []);
        }
        for present in [-1, 11] {
            assert_eq!(refused(&json!({"present": present}), &[]), [line("/present", Code::InvalidValue, "0 … 10")]);
        }
        assert_eq!(refused(&json!({"at_least": 0}), &[]), [line("/at_least", Code::InvalidValue, "1 …")]);
        assert_eq!(refused(&json!({"at_least": null, "first": null}), &[]), []);
    }

    #[test]
    fn in_lists_and_behind_references() {
        let long = json!({"skills": [{"na/me": "四个汉字"}, {"na/me": "三汉字"}], "first": {"na/me": "abcd"}});
        let told = [line("/skills/0/na~1me", Code::TooLong, "≤ 3"), line("/first/na~1me", Code::TooLong, "≤ 3")];
        assert_eq!(refused(&long, &[]), told);
        let many = json!({"skills": [{"na/me": "abcd"}, {}, {}]});
        assert_eq!(refused(&many, &[]), [line("/skills", Code::TooLong, "≤ 2")], "what is too long is not read");
        let shapes = json!({"present": "1", "at_least": 1.5, "skills": [{}, {"na/me": null}], "first": [], "other": 1});
        let told = [
            ("/present", Code::WrongType),
            ("/at_least", Code::WrongType),
            ("/skills/0/na~1me", Code::MissingField),
            ("/skills/1/na~1me", Code::WrongType),
            ("/first", Code::WrongType),
            ("/other", Code::UnknownField),
        ];
        let mut found: Vec<_> = refused(&shapes, &[]).into_iter().map(|one| (one.0, one.1)).collect();
        let mut told = told.map(|(pointer, code)| (pointer.to_owned(), code)).to_vec();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        told.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(found, told);
        let known = [FieldError::new("/present", Code::WrongType)];
        assert_eq!(refused(&json!({"present": 11, "at_least": 0}), &known).len(), 1);
        assert_eq!(outside::<Unit>(&json!({"present": 11, "at_least": 0}), &[], 1).len(), 1);
    }
}
