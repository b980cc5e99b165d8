//! What a handler knows of its request beside the parameters: who asks, in which language, under which id and key.

use std::any::Any;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::answer::Answer;
use super::door::{Admission, Asked, Door, Matched};
use super::endpoint::Endpoint;
use super::export::{self, Format};
use super::language::{FindingView, Language, Words};
use super::place;
use super::problem::Problem;
use crate::app::error::{Code, Error, FieldError};
use crate::rules::finding::Finding;

/// The longest `Idempotency-Key`, in characters.
pub const KEY_LENGTH_MAX: usize = 255;

/// The request as its handler sees it.
#[derive(Clone)]
pub struct Desk {
    door: web::Data<Door>,
    endpoint: &'static Endpoint,
    asked: Asked,
    admission: Option<Admission>,
    method: String,
    path: String,
    client: Option<IpAddr>,
    idempotency_key: Option<String>,
    if_match: Option<Tags>,
    if_none_match_any: Option<()>,
}

/// Which version of a resource the caller expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// One of these versions, or any that exists.
    Version(Tags),
    /// None: the resource is to be created.
    Absent,
}

/// The entity tags of an `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`
    Any,
    /// The strong tags, without quotes.
    These(Vec<String>),
}

impl Expected {
    /// Compares with what is there: the tag of the current version, or `None` where nothing is.
    ///
    /// # Errors
    /// [`Code::Stale`] where it is not what the caller expects.
    pub fn check(&self, current: Option<&str>) -> Result<(), Error> {
        let holds = match (self, current) {
            (Self::Absent, None) | (Self::Version(Tags::Any), Some(_)) => true,
            (Self::Version(Tags::These(tags)), Some(current)) => tags.iter().any(|tag| tag == current),
            _ => false,
        };
        if holds { Ok(()) } else { Err(Code::Stale.into()) }
    }
}

impl Desk {
    /// Who asks: what the gate returned.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] on a public endpoint, or where the gate returned another type.
    pub fn caller<C: Any + Send + Sync>(&self) -> Result<Arc<C>, Error> {
        let admission = self.admission.clone().ok_or(Code::Unauthenticated)?;
        admission.downcast::<C>().map_err(|_| Code::Unauthenticated.into())
    }

    /// The language of the answer.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.asked.language
    }

    /// The id of the request, for audit rows and outgoing messages.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.asked.request_id.as_str()
    }

    /// The row of the endpoint table.
    #[must_use]
    pub const fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// The method as it was asked.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path as it was asked, without the query: part of the scope of an `Idempotency-Key`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The client: the other end of the connection, or whom a trusted proxy names; for throttling.
    #[must_use]
    pub const fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// The `Idempotency-Key`, where the endpoint takes one and the caller gave one.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    /// Which version the caller expects to change.
    ///
    /// # Errors
    /// [`Code::PreconditionRequired`] without `If-Match`, and without `If-None-Match: *`.
    pub fn expected(&self) -> Result<Expected, Error> {
        match (&self.if_match, self.if_none_match_any) {
            (Some(tags), _) => Ok(Expected::Version(tags.clone())),
            (None, Some(())) => Ok(Expected::Absent),
            (None, None) => Err(Code::PreconditionRequired.into()),
        }
    }

    /// Every sentence, in every language.
    #[must_use]
    pub fn words(&self) -> Words {
        self.door.words
    }

    /// A finding with its message in the caller's language.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> FindingView {
        self.door.words.finding_view(self.asked.language, finding)
    }

    /// Findings with their messages in the caller's language.
    #[must_use]
    pub fn findings(&self, findings: &[Finding]) -> Vec<FindingView> {
        self.door.words.findings(self.asked.language, findings)
    }

    /// A whole list as a file, headed in the caller's language.
    ///
    /// # Errors
    /// As [`super::export::file`].
    pub fn export<T: serde::Serialize + schemars::JsonSchema>(
        &self,
        format: Format,
        name: &str,
        rows: &[T],
    ) -> Result<Answer, Error> {
        export::file(self.door.words, self.asked.language, format, name, rows)
    }

    /// Does an act on the blocking pool, inside the span of the request.
    ///
    /// # Errors
    /// Those of the act; [`Error::Internal`] where it panicked.
    pub async fn run<T, F>(&self, act: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Error> + Send + 'static,
    {
        blocking(act).await.map_err(Problem::from)
    }
}

/// Does something on the blocking pool, inside the current span.
pub(super) async fn blocking<T, F>(act: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Error> + Send + 'static,
{
    let span = tracing::Span::current();
    web::block(move || span.in_scope(act)).await.unwrap_or_else(|_| Err(Error::Internal("an act panicked".to_owned())))
}

impl FromRequest for Desk {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(desk_of(request))
    }
}

fn desk_of(request: &HttpRequest) -> Result<Desk, Problem> {
    let lost = || Problem::from(Error::Internal("a handler outside the endpoint table".to_owned()));
    let extensions = request.extensions();
    let endpoint = extensions.get::<Matched>().ok_or_else(lost)?.endpoint;
    let headers = request.headers();
    let door = request.app_data::<web::Data<Door>>().ok_or_else(lost)?.clone();
    let client = request.peer_addr().map(|peer| place::client(peer.ip(), headers, &door.trusted_proxies));
    Ok(Desk {
        endpoint,
        asked: extensions.get::<Asked>().ok_or_else(lost)?.clone(),
        door,
        admission: extensions.get::<Admission>().cloned(),
        method: request.method().to_string(),
        path: request.path().to_owned(),
        client,
        idempotency_key: if endpoint.idempotent() { idempotency_key(headers)? } else { None },
        if_match: if_match(headers)?,
        if_none_match_any: one(headers, "if-none-match")?.filter(|value| value.trim() == "*").map(|_| ()),
    })
}

/// The value of a header that may stand once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let refused = || Problem::from(FieldError::new(name, Code::InvalidHeader));
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refused());
    }
    value.to_str().map(Some).map_err(|_| refused())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = one(headers, "idempotency-key")? else { return Ok(None) };
    if (1..=KEY_LENGTH_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(key.to_owned()))
    } else {
        Err(FieldError::new("idempotency-key", Code::InvalidHeader).into())
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<Tags>, Problem> {
    let Some(text) = one(headers, "if-match")? else { return Ok(None) };
    if text.trim() == "*" {
        return Ok(Some(Tags::Any));
    }
    let tags: Option<Vec<_>> = text.split(',').map(|tag| strong(tag.trim())).collect();
    let tags = tags.ok_or_else(|| FieldError::new("if-match", Code::InvalidHeader))?;
    Ok(Some(Tags::These(tags.into_iter().flatten().collect())))
}

/// The text of a tag: `Some(None)` for a weak one, which never matches here, and `None` for what is no tag.
fn strong(tag: &str) -> Option<Option<String>> {
    let is_weak = tag.starts_with("W/");
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    Some((!is_weak).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn entity_tags_are_read() {
        let read = |value| if_match(&headers("if-match", value)).ok().flatten();
        assert_eq!(read("*"), Some(Tags::Any));
        assert_eq!(read("\"3\", W/\"4\",\"5\""), Some(Tags::These(vec!["3".into(), "5".into()])));
        assert!(if_match(&headers("if-match", "3")).is_err());
    }

    #[test]
    fn a_version_that_is_gone_is_stale() {
        let three = Expected::Version(Tags::These(vec!["3".into()]));
        assert!(three.check(Some("3")).is_ok());
        for current in [Some("4"), None] {
            assert!(three.check(current).is_err());
        }
        assert!(Expected::Absent.check(None).is_ok());
        assert!(Expected::Absent.check(Some("3")).is_err());
        assert!(Expected::Version(Tags::Any).check(None).is_err());
    }

    #[test]
    fn keys_are_visible_ascii() {
        assert!(idempotency_key(&headers("idempotency-key", "a-1")).is_ok_and(|key| key.as_deref() == Some("a-1")));
        for refused in ["", "a b", &"x".repeat(256)] {
            assert!(idempotency_key(&headers("idempotency-key", refused)).is_err());
        }
    }
}
