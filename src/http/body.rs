//! Bodies: JSON whose every fault is located, merge patches, and raw bytes for imports.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::bounds;
use super::door::{Door, Matched};
use super::objects;
use super::problem::Problem;
use crate::app::error::{Code, Error, FieldError};

/// A JSON body, with the SHA-256 of its bytes for comparing retries.
#[derive(Debug, Clone)]
pub struct Json<T> {
    /// What was read.
    pub value: T,
    /// SHA-256 of the bytes as they were sent.
    pub hash: [u8; 32],
}

/// A JSON body that may be left out.
#[derive(Debug, Clone)]
pub struct OptionalJson<T> {
    /// What was read; `None` for an empty body.
    pub value: Option<T>,
    /// SHA-256 of the bytes as they were sent.
    pub hash: [u8; 32],
}

/// The bytes of an import.
#[derive(Debug, Clone)]
pub struct Raw {
    /// As they were sent.
    pub bytes: Bytes,
    /// Content type without parameters, in lower case; one that the endpoint's row names.
    pub content_type: String,
    /// SHA-256 of the bytes.
    pub hash: [u8; 32],
}

/// A field of a merge patch (RFC 7396). Always with `#[serde(default)]` on the field or the struct, for without it an
/// absent field would look like null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not mentioned: stays as it is.
    #[default]
    Absent,
    /// Null: removed.
    Null,
    /// A new value.
    Value(T),
}

impl<T> Patch<T> {
    /// The value after the patch, where null is a value of its own.
    #[must_use]
    pub fn apply(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Absent => before,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The value after the patch of a field that cannot be removed.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] at `pointer` for null.
    pub fn require(self, before: T, pointer: &str) -> Result<T, FieldError> {
        match self {
            Self::Absent => Ok(before),
            Self::Null => Err(FieldError::new(pointer, Code::InvalidValue)),
            Self::Value(value) => Ok(value),
        }
    }

    /// Whether the field was not mentioned.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The same patch of another type.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("PatchOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_json_type(&request)?;
            let bytes = gather(&request, payload, json_limit(&request)).await?;
            Ok(Self { value: parse(&bytes)?, hash: Sha256::digest(&bytes).into() })
        })
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = gather(&request, payload, json_limit(&request)).await?;
            let hash = Sha256::digest(&bytes).into();
            if bytes.is_empty() {
                return Ok(Self { value: None, hash });
            }
            check_json_type(&request)?;
            Ok(Self { value: Some(parse(&bytes)?), hash })
        })
    }
}

impl FromRequest for Raw {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let (content_type, _) = content_type(&request).ok_or(Code::UnsupportedMediaType)?;
            let known = request
                .extensions()
                .get::<Matched>()
                .is_some_and(|matched| matched.endpoint.content_types().contains(&content_type.as_str()));
            if !known {
                return Err(Code::UnsupportedMediaType.into());
            }
            let limit = request.app_data::<web::Data<Door>>().map_or(usize::MAX, |door| door.limits.import_bytes);
            let bytes = gather(&request, payload, limit).await?;
            let hash = Sha256::digest(&bytes).into();
            Ok(Self { bytes, content_type, hash })
        })
    }
}

fn json_limit(request: &HttpRequest) -> usize {
    request.app_data::<web::Data<Door>>().map_or(1 << 20, |door| door.limits.body_bytes)
}

/// Content type and charset, both in lower case.
fn content_type(request: &HttpRequest) -> Option<(String, Option<String>)> {
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let text = values.next()?.to_str().ok()?.to_ascii_lowercase();
    if values.next().is_some() {
        return None;
    }
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next()?.to_owned();
    let charset = parts.find_map(|part| part.strip_prefix("charset=").map(|set| set.trim_matches('"').to_owned()));
    Some((essence, charset))
}

fn check_json_type(request: &HttpRequest) -> Result<(), Problem> {
    let (essence, charset) = content_type(request).ok_or(Code::UnsupportedMediaType)?;
    let known =
        essence == "application/json" || essence == "application/merge-patch+json" && request.method() == Method::PATCH;
    if known && charset.is_none_or(|set| set == "utf-8" || set == "utf8") {
        Ok(())
    } else {
        Err(Code::UnsupportedMediaType.into())
    }
}

/// Reads a body up to a limit. What lies beyond is left for [`super::limits`] to drop.
async fn gather(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let announced = request.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > u64::try_from(limit).unwrap_or(u64::MAX)) {
        return Err(Code::BodyTooLarge.into());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Code::UnreadableBody)?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Code::BodyTooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// The most refused fields that one answer names.
const ERRORS_MAX: usize = 20;

/// Reads JSON.
///
/// # Errors
/// [`Code::UnreadableBody`] where the bytes are no JSON text in UTF-8 or too deeply nested; [`Error::Fields`] where the
/// text is JSON but not what the endpoint reads.
pub fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Code::UnreadableBody)?;
    if text.contains("\\u0000") {
        refuse_nul(text)?;
    }
    if !text.trim_start().starts_with('{') {
        // serde would read an array as the fields in their order.
        serde_json::from_str::<Value>(text).map_err(|_| Code::UnreadableBody)?;
        return Err(FieldError::new("", Code::WrongType).expected("object").into());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => {
            reader.end().map_err(|_| Code::UnreadableBody)?;
            check_shapes::<T>(text)?;
            Ok(value)
        }
        Err(error) => {
            let document: Value = serde_json::from_str(text).map_err(|_| Code::UnreadableBody)?;
            let first = classify(error.path(), &error.inner().to_string());
            Err(Error::Fields(further::<T>(document, first)))
        }
    }
}

/// Refuses arrays for objects and objects for words, wherever they stand.
fn check_shapes<T: DeserializeOwned>(text: &str) -> Result<(), Error> {
    if !text.contains('[') && text.matches('{').nth(1).is_none() {
        return Ok(());
    }
    let document: Value = serde_json::from_str(text).map_err(|_| Code::UnreadableBody)?;
    objects::check::<T>(document).map_err(|error| classify(error.path(), &error.inner().to_string()).into())
}

/// Once a field is refused, looks for more: takes it out and reads again, until what was taken out is missed; then the rest is
/// held against the schema.
fn further<T: DeserializeOwned + JsonSchema>(mut document: Value, first: FieldError) -> Vec<FieldError> {
    let mut errors = vec![first];
    while errors.len() < ERRORS_MAX {
        let is_removed = errors.last().is_some_and(|last| remove(&mut document, &last.pointer));
        if !is_removed {
            break;
        }
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&document) else { break };
        let next = classify(error.path(), &error.inner().to_string());
        if errors.iter().any(|known| known.pointer == next.pointer) {
            break;
        }
        errors.push(next);
    }
    let outside = bounds::outside::<T>(&document, &errors, ERRORS_MAX.saturating_sub(errors.len()));
    errors.extend(outside);
    errors
}

fn remove(document: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    let name = name.replace("~1", "/").replace("~0", "~");
    document
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .is_some_and(|object| object.shift_remove(&name).is_some())
}

/// PostgreSQL keeps no NUL in a text, so no text may have one.
fn refuse_nul(text: &str) -> Result<(), Error> {
    let document: Value = serde_json::from_str(text).map_err(|_| Code::UnreadableBody)?;
    nul_at(&document, &mut String::new())
        .map_or(Ok(()), |pointer| Err(FieldError::new(pointer, Code::InvalidValue).into()))
}

fn nul_at(value: &Value, place: &mut String) -> Option<String> {
    let length = place.len();
    let mut inside = |part: &str, child: &Value| {
        push(place, part);
        let found = nul_at(child, place);
        place.truncate(length);
        found
    };
    match value {
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| inside(&at.to_string(), item)),
        Value::Object(fields) => fields.iter().find_map(|(name, field)| inside(name, field)),
        Value::String(text) if text.contains('\0') => Some(place.clone()),
        _ => None,
    }
}

fn push(pointer: &mut String, part: &str) {
    pointer.push('/');
    pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
}

/// Turns what serde says into a located code. Everything that depends on serde's wording is here.
fn classify(path: &serde_path_to_error::Path, message: &str) -> FieldError {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    let mut last = None;
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        last = match segment {
            Segment::Map { key } => Some(key.as_str()),
            _ => None,
        };
    }
    let code = if message.starts_with("missing field") {
        Code::MissingField
    } else if message.starts_with("unknown field") {
        Code::UnknownField
    } else if message.starts_with("duplicate field") {
        Code::DuplicateField
    } else if message.starts_with("invalid type") {
        Code::WrongType
    } else {
        Code::InvalidValue
    };
    if matches!(code, Code::MissingField | Code::UnknownField | Code::DuplicateField)
        && let Some(name) = field_name(message)
        && (code == Code::MissingField || last != Some(name))
    {
        push(&mut pointer, name);
    }
    let refused = FieldError::new(pointer, code);
    match code {
        Code::WrongType | Code::InvalidValue => match expectation(message) {
            Some(expected) => refused.expected(expected),
            None => refused,
        },
        _ => refused,
    }
}

/// The name between the first backtick and the one before `, expected`, for names may contain backticks.
fn field_name(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('`')?;
    let rest = rest.split_once("`, expected").map_or(rest, |(name, _)| name);
    Some(rest.split_once("` at line").map_or(rest, |(name, _)| name).trim_end_matches('`'))
}

/// What serde calls by the names of Rust, as JSON calls it.
const JSON_WORDS: &[(&str, &str)] = &[
    ("f64", "number"),
    ("i32", "integer"),
    ("i64", "integer"),
    ("u32", "integer"),
    ("u64", "integer"),
    ("a string", "string"),
    ("a boolean", "boolean"),
    ("a sequence", "array"),
    ("a map", "object"),
    ("struct ", "object"),
];

/// What serde says it expected, without what it read: that may be a secret.
pub(super) fn expectation(message: &str) -> Option<String> {
    let (_, expected) = message.rsplit_once(", expected ").or_else(|| message.rsplit_once("; expected "))?;
    let expected = expected.split_once(" at line ").map_or(expected, |(words, _)| words);
    if let Some((_, word)) =
        JSON_WORDS.iter().find(|(ours, _)| expected == *ours || (*ours == "struct " && expected.starts_with(ours)))
    {
        return Some((*word).to_owned());
    }
    Some(expected.strip_prefix("one of ").unwrap_or(expected).replace('`', "")).filter(|words| !words.is_empty())
}

/// A payload that two can hold: the extractor that reads it, and the middleware that drops what was not read.
#[derive(Clone)]
pub(super) struct SharedPayload(Rc<RefCell<Payload>>);

impl SharedPayload {
    pub(super) fn new(payload: Payload) -> Self {
        Self(Rc::new(RefCell::new(payload)))
    }

    pub(super) fn as_payload(&self) -> Payload {
        let shared = self.clone();
        Payload::Stream {
            payload: Box::pin(futures_util::stream::poll_fn(move |cx| shared.0.borrow_mut().poll_next_unpin(cx))),
        }
    }

    /// The next piece.
    pub(super) async fn next(&self) -> Option<Result<Bytes, actix_web::error::PayloadError>> {
        futures_util::future::poll_fn(|cx| self.0.borrow_mut().poll_next_unpin(cx)).await
    }
}

#[cfg(test)]
mod tests;
