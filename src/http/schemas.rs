//! JSON schemas for the OpenAPI document: what is read and what is answered, under one set of names.

use std::collections::BTreeSet;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::endpoint::SchemaOf;

/// Where the document keeps its schemas.
const PLACE: &str = "#/components/schemas/";

/// Gathers schemas. A type that looks the same when it is read and when it is answered has one name; where the two
/// differ, what is read is called `…Input`.
pub(super) struct Schemas {
    read: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            read: settings().for_deserialize().into_generator(),
            answered: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what is read.
    pub(super) fn read(&mut self, of: SchemaOf) -> Value {
        let mut schema = of(&mut self.read).to_value();
        refine(&mut schema, Side::Read);
        schema
    }

    /// The schema of what is answered.
    pub(super) fn answered(&mut self, of: SchemaOf) -> Value {
        let mut schema = of(&mut self.answered).to_value();
        refine(&mut schema, Side::Answered);
        schema
    }

    /// The fields of a type that is read: name, schema, whether it is required.
    pub(super) fn fields(&mut self, of: SchemaOf) -> Vec<(String, Value, bool)> {
        let schema = self.read(of);
        let named = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|place| place.strip_prefix(PLACE))
            .and_then(|name| self.read.definitions().get(name))
            .cloned();
        let mut schema = named.unwrap_or(schema);
        refine(&mut schema, Side::Read);
        let required: BTreeSet<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = schema.get("properties").and_then(Value::as_object);
        let field = |(name, field): (&String, &Value)| (name.clone(), field.clone(), required.contains(name.as_str()));
        fields.into_iter().flatten().map(field).collect()
    }

    /// All named schemas. `document` is what refers to them under `read` (names that must be told apart get their
    /// `Input` there) and `answered`.
    pub(super) fn finish(mut self, document: &mut Value) -> Map<String, Value> {
        let mut read = self.read.take_definitions(false);
        let mut answered = self.answered.take_definitions(false);
        read.values_mut().for_each(|schema| refine(schema, Side::Read));
        answered.values_mut().for_each(|schema| refine(schema, Side::Answered));
        let apart = apart(&read, &answered);
        let mut all = answered;
        for (name, mut schema) in read {
            rename(&mut schema, &apart);
            all.insert(if apart.contains(&name) { format!("{name}Input") } else { name }, schema);
        }
        rename_read(document, &apart);
        prune(&mut all, document);
        all.sort_keys();
        all
    }
}

/// Names whose schemas differ between the two sides, or that lead to one that does.
fn apart(read: &Map<String, Value>, answered: &Map<String, Value>) -> BTreeSet<String> {
    let mut apart: BTreeSet<String> = read
        .iter()
        .filter(|(name, schema)| answered.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let more: Vec<String> = read
            .iter()
            .filter(|(name, schema)| {
                !apart.contains(*name)
                    && answered.contains_key(*name)
                    && references(schema).iter().any(|name| apart.contains(name))
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return apart;
        }
        apart.extend(more);
    }
}

/// Every named schema that a value refers to.
fn references(value: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    visit(value, &mut |object| {
        if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix(PLACE)) {
            names.insert(name.to_owned());
        }
    });
    names
}

fn visit(value: &Value, see: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            see(object);
            object.values().for_each(|child| visit(child, see));
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        _ => {}
    }
}

fn visit_mut(value: &mut Value, see: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            see(object);
            object.values_mut().for_each(|child| visit_mut(child, see));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit_mut(item, see)),
        _ => {}
    }
}

fn rename(schema: &mut Value, apart: &BTreeSet<String>) {
    visit_mut(schema, &mut |object| {
        if let Some(Value::String(place)) = object.get_mut("$ref")
            && place.strip_prefix(PLACE).is_some_and(|name| apart.contains(name))
        {
            place.push_str("Input");
        }
    });
}

/// Renames in the parts of the document that say what is read.
fn rename_read(document: &mut Value, apart: &BTreeSet<String>) {
    visit_mut(document, &mut |object| {
        for part in ["parameters", "requestBody"] {
            if let Some(read) = object.get_mut(part) {
                rename(read, apart);
            }
        }
    });
}

/// Drops names that nothing leads to, such as the types that query parameters are taken from.
fn prune(all: &mut Map<String, Value>, document: &Value) {
    let mut reached = references(document);
    loop {
        let further: BTreeSet<String> = reached.iter().filter_map(|name| all.get(name)).flat_map(references).collect();
        let before = reached.len();
        reached.extend(further);
        if reached.len() == before {
            break;
        }
    }
    all.retain(|name, _| reached.contains(name));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Read,
    Answered,
}

/// Says exactly what the service accepts where the type alone does not: the bounds of integers, and that no text holds
/// NUL (see [`super::body`]).
fn refine(schema: &mut Value, side: Side) {
    visit_mut(schema, &mut |object| {
        let bounds = match object.get("format").and_then(Value::as_str) {
            Some("int8") => Some((json!(i8::MIN), json!(i8::MAX))),
            Some("int16") => Some((json!(i16::MIN), json!(i16::MAX))),
            Some("int32") => Some((json!(i32::MIN), json!(i32::MAX))),
            Some("int64" | "int") => Some((json!(i64::MIN), json!(i64::MAX))),
            Some("uint8") => Some((json!(0), json!(u8::MAX))),
            Some("uint16") => Some((json!(0), json!(u16::MAX))),
            Some("uint32") => Some((json!(0), json!(u32::MAX))),
            Some("uint64" | "uint") => Some((json!(0), json!(i64::MAX))),
            _ => None,
        };
        if let Some((min, max)) = bounds {
            object.entry("minimum").or_insert(min);
            object.entry("maximum").or_insert(max);
        }
        let is_text = object.get("type").is_some_and(names_string);
        let is_free = ["format", "pattern", "enum", "const"].iter().all(|word| !object.contains_key(*word));
        if side == Side::Read && is_text && is_free {
            object.insert("pattern".to_owned(), json!("^[^\\u0000]*$"));
        }
    });
}

fn names_string(kind: &Value) -> bool {
    kind == "string" || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "string"))
}

/// A query parameter is left out or has a value: null is not among its values.
pub(super) fn without_null(mut schema: Value) -> Value {
    let Some(object) = schema.as_object_mut() else { return schema };
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [one] = kinds.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.shift_remove("default");
    }
    let Some(Value::Array(mut choices)) = object.shift_remove("anyOf") else { return schema };
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    match choices.as_slice() {
        [Value::Object(one)] => object.extend(one.clone()),
        _ => {
            object.insert("anyOf".to_owned(), Value::Array(choices));
        }
    }
    schema
}
