//! What differs between two policy texts, value by value.

use std::collections::BTreeMap;

use serde_json::Value;

use super::PolicyError;
use super::text::from_toml;
use crate::rules::terms::Category;

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it stands, e.g. `police: tiers[years_min = 10].days`.
    pub key: String,
    /// What it is in the first text; `None` where it is not there.
    pub before: Option<Value>,
    /// What it is in the second.
    pub after: Option<Value>,
}

/// The values of a text by their keys, whether it is the bare values or a text with versions.
///
/// # Errors
/// When the text is not TOML.
pub fn flat(file: &str, text: &str) -> Result<BTreeMap<String, Value>, PolicyError> {
    let mut table: serde_json::Map<String, Value> = from_toml(file, text)?;
    let mut found = BTreeMap::new();
    match table.remove("version") {
        Some(Value::Array(versions)) => {
            for version in versions {
                let who = categories(&version);
                let from = version.get("effective_from").and_then(date_text);
                let place = [who, from].into_iter().flatten().collect::<Vec<_>>().join(" ");
                flatten(&mut found, &place, version.get("values").unwrap_or(&Value::Null));
            }
        }
        _ => flatten(&mut found, "", &Value::Object(table)),
    }
    Ok(found)
}

fn categories(version: &Value) -> Option<String> {
    let named: Vec<&str> = version.get("categories")?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!named.is_empty()).then(|| named.join("+"))
}

/// A TOML date, which reaches JSON as an object of one member.
fn date_text(value: &Value) -> Option<String> {
    value.as_object()?.values().next()?.as_str().map(str::to_owned)
}

fn flatten(found: &mut BTreeMap<String, Value>, place: &str, value: &Value) {
    let under = |key: &str| match place {
        "" => key.to_owned(),
        _ if place.ends_with(':') || place.ends_with('.') => format!("{place}{key}"),
        _ => format!("{place}.{key}"),
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| flatten(found, &under(key), value)),
        // A list of tables is told apart by what each begins from (years, amounts).
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                let lower = item.as_object().and_then(|members| members.iter().find(|(key, _)| key.ends_with("_min")));
                let name = lower.map_or_else(|| at.to_string(), |(key, value)| format!("{key} = {value}"));
                flatten(found, &format!("{place}[{name}]"), item);
            }
        }
        other => {
            found.insert(place.to_owned(), other.clone());
        }
    }
}

/// What differs between two texts of the same policy.
///
/// # Errors
/// When one of them is not TOML.
pub fn texts(before: (&str, &str), after: (&str, &str)) -> Result<Vec<Change>, PolicyError> {
    Ok(maps(&flat(before.0, before.1)?, &flat(after.0, after.1)?))
}

/// What differs between the values that bind two groups of people.
#[must_use]
pub fn maps(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<Change> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let differs = |key: &&&String| before.get(**key) != after.get(**key);
    let change =
        |key: &String| Change { key: key.clone(), before: before.get(key).cloned(), after: after.get(key).cloned() };
    keys.iter().filter(differs).map(|key| change(key)).collect()
}

/// The values that bind one category under a text: of the newest of its versions that names it, else of the newest
/// that names nobody.
///
/// # Errors
/// When the text is not TOML.
pub fn binding(file: &str, text: &str, category: Category) -> Result<BTreeMap<String, Value>, PolicyError> {
    let mut table: serde_json::Map<String, Value> = from_toml(file, text)?;
    let mut found = BTreeMap::new();
    let Some(Value::Array(versions)) = table.remove("version") else {
        flatten(&mut found, "", &Value::Object(table));
        return Ok(found);
    };
    let names = |version: &Value| {
        let named = version.get("categories").and_then(Value::as_array).filter(|named| !named.is_empty())?;
        Some(named.iter().any(|one| one.as_str() == Some(category.as_str())))
    };
    let binding = versions
        .iter()
        .filter(|version| names(version) != Some(false))
        .max_by_key(|version| (names(version), version.get("effective_from").and_then(date_text)));
    flatten(&mut found, "", binding.and_then(|version| version.get("values")).unwrap_or(&Value::Null));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ANNUAL: &str = include_str!("../annual_leave.toml");

    #[test]
    fn only_what_differs_is_told() {
        let changed = ANNUAL.replacen("days = 10", "days = 12", 1).replacen("years = 1", "years = 2", 1);
        let changes = texts(("a", ANNUAL), ("b", &changed)).unwrap();
        let told: Vec<_> =
            changes.iter().map(|one| (one.key.as_str(), one.before.clone(), one.after.clone())).collect();
        assert_eq!(
            told,
            [
                ("police+staff 2008-01-01.carry.years", Some(json!(1)), Some(json!(2))),
                ("police+staff 2008-01-01.tiers[years_min = 10].days", Some(json!(10)), Some(json!(12))),
            ]
        );
        assert_eq!(texts(("a", ANNUAL), ("b", ANNUAL)).unwrap(), []);
        assert_eq!(texts(("a", ANNUAL), ("b", "x = ")).unwrap_err().file, "b");
    }

    #[test]
    fn bare_values_are_read_too() {
        let changes = texts(("a", "days = 3\n[carry]\nyears = 1"), ("b", "days = 4\nextra = true")).unwrap();
        let keys: Vec<&str> = changes.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["carry.years", "days", "extra"]);
    }

    #[test]
    fn the_values_of_one_category() {
        let regime = |category| binding("a", ANNUAL, category).unwrap().get("regime").cloned();
        assert_eq!(regime(Category::Staff), Some(json!("order_9")));
        assert_eq!(regime(Category::Auxiliary), Some(json!("enterprise")));
        assert_eq!(regime(Category::Retired), None);
        assert_eq!(binding("a", "days = 3", Category::Police).unwrap().get("days"), Some(&json!(3)));
    }
}
