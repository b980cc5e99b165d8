//! Query parameters: an unknown, repeated or unreadable one is `400` and is named.

use std::borrow::Cow;
use std::collections::HashSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::body::expectation;
use super::problem::Problem;
use crate::app::error::{Code, Error, FieldError};

/// The query parameters of a request. `T` carries `#[serde(deny_unknown_fields)]`; a [`super::paging::Paging`] may be
/// flattened into it.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self).map_err(Problem::from))
    }
}

/// Reads the parameters of a query string.
///
/// # Errors
/// [`Error::Fields`] with [`Code::UnknownParameter`] or [`Code::InvalidParameter`]; the pointer is `?name`.
pub fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| FieldError::new("?", Code::InvalidParameter))?;
    let mut seen = HashSet::new();
    for (name, value) in &pairs {
        if !seen.insert(name.as_str()) || value.contains('\0') || value.contains('\u{fffd}') {
            return Err(FieldError::new(format!("?{name}"), Code::InvalidParameter).into());
        }
    }
    let Tracked(outcome) =
        serde_urlencoded::from_str(query).map_err(|_| FieldError::new("?", Code::InvalidParameter))?;
    outcome.map_err(|fault| Error::Fields(further::<T>(pairs, &fault)))
}

/// Once a parameter is refused, looks for more: takes it out and reads again, until only what was taken out is missing.
fn further<T: DeserializeOwned>(mut pairs: Vec<(String, String)>, first: &Fault) -> Vec<FieldError> {
    let mut errors = vec![refusal(&pairs, first)];
    loop {
        let refused = errors.last().map(|last| last.pointer.trim_start_matches('?').to_owned()).unwrap_or_default();
        let before = pairs.len();
        pairs.retain(|(name, _)| *name != refused);
        let Ok(rest) = serde_urlencoded::to_string(&pairs) else { break };
        if pairs.len() == before {
            break;
        }
        let Ok(Tracked::<T>(Err(fault))) = serde_urlencoded::from_str(&rest) else { break };
        let next = refusal(&pairs, &fault);
        if errors.iter().any(|known| known.pointer == next.pointer) {
            break;
        }
        errors.push(next);
    }
    errors
}

/// A text that is looked for, of `MAX` characters at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought<const MAX: usize>(pub String);

impl<'de, const MAX: usize> Deserialize<'de> for Sought<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() <= MAX {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom(format!("a text of at most {MAX} characters")))
        }
    }
}

impl<const MAX: usize> JsonSchema for Sought<MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Sought".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "maxLength": MAX})
    }
}

/// What went wrong and where, as serde tells it.
struct Fault {
    path: String,
    message: String,
}

/// Reads a `T` and keeps the place of a fault; the deserializer itself would forget it.
struct Tracked<T>(Result<T, Fault>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tracked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(
            serde_path_to_error::deserialize(deserializer)
                .map_err(|error| Fault { path: error.path().to_string(), message: error.inner().to_string() }),
        ))
    }
}

fn refusal(pairs: &[(String, String)], fault: &Fault) -> FieldError {
    let quoted = quoted_name(&fault.message);
    if fault.message.starts_with("unknown field") {
        return FieldError::new(format!("?{}", quoted.unwrap_or_default()), Code::UnknownParameter);
    }
    // A flattened struct is read after the map, so serde names no place; the message does.
    let is_placed = pairs.iter().any(|(name, _)| *name == fault.path);
    let name = quoted.filter(|_| fault.message.starts_with("missing field") || !is_placed);
    let refused = FieldError::new(format!("?{}", name.unwrap_or(&fault.path)), Code::InvalidParameter);
    match expectation(&fault.message) {
        Some(expected) => refused.expected(expected),
        None => refused,
    }
}

/// The first name between backticks.
fn quoted_name(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// A leave year in a query, 1900 to 2200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Year(pub i32);

impl<'de> Deserialize<'de> for Year {
    // A flattened struct sees every query value as text, whatever it looks like; so this reads text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let plain = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<i32>() {
            Ok(year) if plain && (1900..=2200).contains(&year) => Ok(Self(year)),
            _ => Err(serde::de::Error::custom("a year is a whole number from 1900 to 2200")),
        }
    }
}

impl JsonSchema for Year {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Year".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1900, "maximum": 2200})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::paging::Paging;
    use crate::rules::terms::{Category, UnitId};
    use chrono::NaiveDate;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        unit_id: Option<UnitId>,
        category: Option<Category>,
        year: Option<i32>,
        on: NaiveDate,
        dry_run: Option<bool>,
        #[serde(flatten)]
        paging: Paging,
    }

    fn refused(query: &str) -> (String, Code) {
        match read::<Filter>(query) {
            Err(Error::Fields(fields)) => (fields[0].pointer.clone(), fields[0].code),
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn known_values_are_read() {
        let filter: Filter = read("on=2026-03-02&year=2026&category=police&limit=7&dry_run=true").unwrap();
        assert_eq!((filter.year, filter.category, filter.paging.limit()), (Some(2026), Some(Category::Police), 7));
        assert_eq!((filter.unit_id, filter.dry_run), (None, Some(true)));
        assert_eq!(filter.on.to_string(), "2026-03-02");
    }

    #[test]
    fn several_faults_are_named_at_once() {
        let named = |query: &str| match read::<Filter>(query) {
            Err(Error::Fields(fields)) => fields.into_iter().map(|field| field.pointer).collect::<Vec<_>>(),
            other => panic!("{query}: {other:?}"),
        };
        let mut all = named("on=2026-03-02&year=y&colour=red&limit=z&category=cat");
        all.sort_unstable();
        assert_eq!(all, ["?category", "?colour", "?limit", "?year"]);
        assert_eq!(named("on=x&year=2026"), ["?on"], "what was taken out is not missing");
        assert_eq!(named("year=x"), ["?year", "?on"], "what is not there is");
    }

    #[test]
    fn faults_are_named() {
        let cases = [
            ("on=2026-03-02&colour=red", "?colour", Code::UnknownParameter),
            ("", "?on", Code::InvalidParameter),
            ("on=2026-02-30", "?on", Code::InvalidParameter),
            ("on=2026-03-02&on=2026-03-02", "?on", Code::InvalidParameter),
            ("on=2026-03-02&year=x", "?year", Code::InvalidParameter),
            ("on=2026-03-02&category=cat", "?category", Code::InvalidParameter),
            ("on=2026-03-02&unit_id=7", "?unit_id", Code::InvalidParameter),
            ("on=2026-03-02&unit_id=", "?unit_id", Code::InvalidParameter),
            ("on=2026-03-02&dry_run=maybe", "?dry_run", Code::InvalidParameter),
            ("on=2026-03-02&limit=501", "?limit", Code::InvalidParameter),
            ("on=2026-03-02&limit=x", "?limit", Code::InvalidParameter),
            ("on=2026-03-02&cursor=%00", "?cursor", Code::InvalidParameter),
            ("on=2026-03-02&cursor=%FF", "?cursor", Code::InvalidParameter),
        ];
        for (query, pointer, code) in cases {
            assert_eq!(refused(query), (pointer.to_owned(), code), "{query}");
        }
    }
}
