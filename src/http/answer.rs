//! Answers of acts that happened: status, `Location`, `ETag`, body. They can be kept for a retry as they are.

use actix_web::body::BoxBody;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use super::BASE;
use crate::app::error::Error;

/// What is answered when the act happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status, 2xx.
    pub status: u16,
    /// Content type of the body; empty without a body.
    pub content_type: String,
    /// `Location`, below [`BASE`], e.g. `/units/…`.
    pub location: Option<String>,
    /// Entity tag without quotes.
    pub etag: Option<String>,
    /// Name under which a browser saves the body.
    pub file_name: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether this is the kept answer of an earlier request.
    pub origin: Origin,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Made for this request.
    Fresh,
    /// Kept from the first request with the same `Idempotency-Key`.
    Replayed,
}

impl Answer {
    /// `200` with JSON.
    ///
    /// # Errors
    /// [`Error::Internal`] when the value cannot be written as JSON.
    pub fn ok<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        Self::json(200, value)
    }

    /// `201` with JSON and `Location`, a path below [`BASE`].
    ///
    /// # Errors
    /// [`Error::Internal`] when the value cannot be written as JSON.
    pub fn created<T: Serialize + ?Sized>(location: impl Into<String>, value: &T) -> Result<Self, Error> {
        Ok(Self { location: Some(location.into()), ..Self::json(201, value)? })
    }

    /// JSON with another status.
    ///
    /// # Errors
    /// [`Error::Internal`] when the value cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Self, Error> {
        // Most answers are not longer, and need not move while they grow.
        let mut body = Vec::with_capacity(1024);
        serde_json::to_writer(&mut body, value).map_err(|error| Error::Internal(format!("answer: {error}")))?;
        Ok(Self { status, content_type: "application/json".to_owned(), body, ..Self::nothing() })
    }

    /// `204`.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            status: 204,
            content_type: String::new(),
            location: None,
            etag: None,
            file_name: None,
            body: Vec::new(),
            origin: Origin::Fresh,
        }
    }

    /// `200` with bytes; `file_name` in ASCII.
    #[must_use]
    pub fn file(content_type: &str, file_name: &str, body: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type: content_type.to_owned(),
            file_name: Some(file_name.to_owned()),
            body,
            ..Self::nothing()
        }
    }

    /// Carries an entity tag; given without quotes.
    #[must_use]
    pub fn etag(mut self, tag: impl Into<String>) -> Self {
        self.etag = Some(tag.into());
        self
    }

    /// Marks the answer as the kept one of an earlier request.
    #[must_use]
    pub const fn replayed(mut self) -> Self {
        self.origin = Origin::Replayed;
        self
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let quoted = self.etag.as_deref().map(|tag| format!("\"{tag}\""));
        let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let unchanged = matches!(*request.method(), Method::GET | Method::HEAD)
            && quoted.as_deref().is_some_and(|tag| known.is_some_and(|known| names(known, tag)));
        let status = if unchanged { StatusCode::NOT_MODIFIED.as_u16() } else { self.status };
        let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK));
        if let Some(tag) = quoted {
            response.insert_header((ETAG, tag));
        }
        if unchanged {
            return response.finish();
        }
        if let Some(location) = &self.location {
            response.insert_header((LOCATION, format!("{BASE}{location}")));
        }
        if let Some(name) = &self.file_name {
            response.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
        }
        if self.origin == Origin::Replayed {
            response.insert_header(("idempotency-replayed", "true"));
        }
        if self.content_type.is_empty() {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, self.content_type)).body(self.body)
    }
}

/// Whether a list of entity tags names this one, by the weak comparison of RFC 9110 §8.8.3.2.
fn names(list: &str, tag: &str) -> bool {
    list.trim() == "*" || list.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}
