//! Refusals on the wire: RFC 9457 problem details, in the caller's language.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::language::{FindingView, Language, Words};
use crate::app::error::{Code, Error, FieldError, first_blocking, is_overlap};
use crate::app::hindrance::Hindrance;
use crate::rules::finding::Finding;

/// Content type of every refusal.
pub const CONTENT_TYPE_PROBLEM: &str = "application/problem+json";

/// Seconds after which a busy service is worth another attempt.
const RETRY_SECONDS: u64 = 1;

/// A refusal on its way to the caller. It is rendered where the request id and the language are known.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    allow: Option<String>,
}

impl Problem {
    /// The method is not one of `allow`.
    #[must_use]
    pub const fn method_not_allowed(allow: String) -> Self {
        Self { error: Error::Code(Code::MethodNotAllowed), allow: Some(allow) }
    }

    /// What was refused and why.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// The stable code, or the rule that refused.
    #[must_use]
    pub fn code(&self) -> &str {
        match &self.error {
            Error::Code(code) => code.as_str(),
            Error::State(_) => Code::WrongState.as_str(),
            Error::Fields(fields) | Error::Unexplained(fields, _) => fields_code(fields).as_str(),
            Error::Refused(findings) | Error::Conflict(findings) => first_blocking(findings),
            Error::Import(_) => Code::ImportRefused.as_str(),
            Error::Throttled(_) => Code::TooManyRequests.as_str(),
            Error::Lost(_) => Code::LostRace.as_str(),
            Error::Unavailable(_) => Code::Unavailable.as_str(),
            Error::Internal(_) => Code::Internal.as_str(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match &self.error {
            Error::Code(code) => status_of(*code),
            Error::State(_) => status_of(Code::WrongState),
            Error::Fields(fields) | Error::Unexplained(fields, _) => match fields_code(fields) {
                // A grant that conflicts with others a person holds is a field of the request (CONTRACT §2).
                Code::GrantConflict => 422,
                code => status_of(code),
            },
            Error::Refused(findings) if is_overlap(first_blocking(findings)) => 409,
            Error::Conflict(_) => 409,
            Error::Refused(_) => 422,
            Error::Import(_) => status_of(Code::ImportRefused),
            Error::Throttled(_) => status_of(Code::TooManyRequests),
            Error::Lost(_) => status_of(Code::LostRace),
            Error::Unavailable(_) => status_of(Code::Unavailable),
            Error::Internal(_) => status_of(Code::Internal),
        }
    }

    /// Writes the cause of a fault of ours to the log; callers see nothing of it.
    pub(super) fn log(&self) {
        match &self.error {
            Error::Internal(cause) => tracing::error!(cause, "the service failed"),
            Error::Code(Code::Internal) => tracing::error!("the service failed"),
            Error::Unavailable(cause) => tracing::warn!(cause, "the database is not available"),
            _ => {}
        }
    }

    /// The answer.
    #[must_use]
    pub fn render(&self, words: Words, language: Language, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response
            .insert_header((CONTENT_TYPE, CONTENT_TYPE_PROBLEM))
            .insert_header((CONTENT_LANGUAGE, language.tag()))
            .insert_header((VARY, "Accept-Language"));
        match (&self.error, self.status()) {
            (Error::Throttled(seconds), _) => response.insert_header((RETRY_AFTER, (*seconds).max(1).to_string())),
            (_, 429 | 503) => response.insert_header((RETRY_AFTER, RETRY_SECONDS.to_string())),
            (_, 401) => response.insert_header((WWW_AUTHENTICATE, "Bearer")),
            _ => &mut response,
        };
        if let Some(allow) = &self.allow {
            response.insert_header((ALLOW, allow.as_str()));
        }
        response.body(self.body(words, language, request_id).to_string())
    }

    /// The JSON of the answer.
    #[must_use]
    pub fn body(&self, words: Words, language: Language, request_id: &str) -> Value {
        let code = self.code();
        let (title, detail) = match &self.error {
            Error::Refused(findings) | Error::Conflict(findings) => {
                (words.refused_by_rule(language), first_message(words, language, findings))
            }
            Error::State(hindrance) => (words.problem(language, code).0, words.hindrance(language, *hindrance)),
            _ => words.problem(language, code),
        };
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("urn:respite:problem:{code}")));
        body.insert("title".to_owned(), json!(title));
        body.insert("status".to_owned(), json!(self.status()));
        body.insert("detail".to_owned(), json!(detail));
        body.insert("instance".to_owned(), json!(request_id));
        body.insert("code".to_owned(), json!(code));
        if let Error::Fields(fields) | Error::Unexplained(fields, _) = &self.error {
            let errors: Vec<_> = fields.iter().map(|field| field_view(words, language, field)).collect();
            body.insert("errors".to_owned(), json!(errors));
        }
        match &self.error {
            Error::Refused(findings) | Error::Conflict(findings) | Error::Unexplained(_, findings) => {
                body.insert("findings".to_owned(), json!(words.findings(language, findings)));
            }
            Error::State(hindrance) => {
                body.insert("reason".to_owned(), json!(hindrance));
            }
            Error::Import(Value::Object(report)) => {
                for (name, value) in report {
                    body.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            _ => {}
        }
        Value::Object(body)
    }
}

fn first_message(words: Words, language: Language, findings: &[Finding]) -> String {
    let rule = first_blocking(findings);
    let first = findings.iter().find(|finding| finding.blocks() && finding.rule == rule);
    first.map(|finding| words.finding(language, finding)).unwrap_or_default()
}

/// The code of a refusal of fields: one that speaks for itself where there is one, else the collective.
fn fields_code(fields: &[FieldError]) -> Code {
    let collective = |code: &Code| {
        matches!(
            code,
            Code::InvalidFields
                | Code::MissingField
                | Code::WrongType
                | Code::DuplicateField
                | Code::InvalidValue
                | Code::TooLong
        )
    };
    fields.iter().map(|field| field.code).find(|code| !collective(code)).unwrap_or(Code::InvalidFields)
}

/// The one table from code to status (CONTRACT §1).
#[must_use]
pub const fn status_of(code: Code) -> u16 {
    match code {
        Code::UnreadableBody
        | Code::UnknownParameter
        | Code::InvalidParameter
        | Code::InvalidCursor
        | Code::InvalidHeader => 400,
        Code::Unauthenticated | Code::BadCredentials | Code::RefreshRefused => 401,
        Code::MustChangePassword
        | Code::Forbidden
        | Code::OwnRequest
        | Code::OwnRecord
        | Code::GrantConflict
        | Code::FloorBound => 403,
        Code::NotFound => 404,
        Code::MethodNotAllowed => 405,
        Code::WrongState | Code::LostRace | Code::DelegationOverlap | Code::UnitCycle | Code::VersionExists => 409,
        Code::Stale => 412,
        Code::BodyTooLarge => 413,
        Code::UnsupportedMediaType => 415,
        Code::InvalidFields
        | Code::UnknownField
        | Code::MissingField
        | Code::WrongType
        | Code::DuplicateField
        | Code::InvalidValue
        | Code::TooLong
        | Code::Taken
        | Code::InvalidSpan
        | Code::KindNotOffered
        | Code::NotAsked
        | Code::IdempotencyMismatch
        | Code::ImportRefused
        | Code::CalendarNotPublished
        | Code::PolicyUnreadable
        | Code::NoPolicy => 422,
        Code::PreconditionRequired => 428,
        Code::TooManyRequests => 429,
        Code::Internal => 500,
        Code::Unavailable => 503,
    }
}

/// The code for a status that actix itself answered with.
pub(super) const fn code_of_status(status: u16) -> Code {
    match status {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        413 => Code::BodyTooLarge,
        415 => Code::UnsupportedMediaType,
        400..500 => Code::UnreadableBody,
        503 => Code::Unavailable,
        _ => Code::Internal,
    }
}

/// One refused field as it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FieldErrorView {
    /// JSON pointer of the field (RFC 6901), `?name` of a query parameter, or the name of a header.
    pub pointer: String,
    /// Stable code.
    pub code: Code,
    /// In the caller's language.
    pub detail: String,
}

fn field_view(words: Words, language: Language, field: &FieldError) -> FieldErrorView {
    FieldErrorView { pointer: field.pointer.clone(), code: field.code, detail: words.field(language, field) }
}

/// A refusal as it is shown (RFC 9457).
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemView {
    /// Names the kind of refusal.
    #[schemars(extend("format" = "uri"))]
    pub r#type: String,
    /// The kind of refusal in a few words, in the caller's language.
    pub title: String,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// A sentence in the caller's language.
    pub detail: String,
    /// The id of the request.
    pub instance: String,
    /// Stable code, or the rule that refused.
    pub code: String,
    /// What about the state of the record forbids it, with `wrong_state`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Hindrance>,
    /// Refused fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldErrorView>>,
    /// What the rules found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<FindingView>>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    // Only the status; the middleware of `server` renders the rest.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).finish()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, allow: None }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Error::Code(code).into()
    }
}

impl From<FieldError> for Problem {
    fn from(field: FieldError) -> Self {
        Error::from(field).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::finding::Outcome;

    fn shown(error: Error) -> Value {
        Problem::from(error).body(Words::built_in(chrono_tz::Tz::UTC), Language::En, "id-1")
    }

    #[test]
    fn an_overlap_is_a_conflict_and_any_other_rule_is_not() {
        let balance = Finding::new("leave.balance", "L7", Outcome::Block).measured("available_days", 5);
        let overlap = Finding::new("leave.overlap", "", Outcome::Block);
        let both = vec![balance.clone(), overlap];
        assert_eq!(Problem::from(Error::Refused(both.clone())).status(), 409);
        assert_eq!(Problem::from(Error::Refused(vec![balance.clone()])).status(), 422);
        assert_eq!(Problem::from(Error::Conflict(vec![balance])).status(), 409);
        let body = shown(Error::Refused(both));
        assert_eq!(body["code"], "leave.overlap");
        assert_eq!(body["findings"][0]["rule"], "leave.balance");
        assert!(body["findings"][0]["message"].as_str().is_some_and(|message| !message.is_empty()));
    }

    #[test]
    fn a_code_that_speaks_for_itself_leads_the_collective_one() {
        let fields = |codes: &[Code]| {
            Problem::from(Error::Fields(codes.iter().map(|code| FieldError::new("/x", *code)).collect()))
        };
        let is = |codes: &[Code]| (fields(codes).code().to_owned(), fields(codes).status());
        assert_eq!(is(&[Code::MissingField, Code::WrongType]), ("invalid_fields".into(), 422));
        assert_eq!(is(&[Code::MissingField, Code::UnknownField]), ("unknown_field".into(), 422));
        assert_eq!(is(&[Code::InvalidSpan]), ("invalid_span".into(), 422));
        assert_eq!(is(&[Code::NotFound]), ("not_found".into(), 404));
        assert_eq!(is(&[Code::GrantConflict]), ("grant_conflict".into(), 422));
        assert_eq!(Problem::from(Code::GrantConflict).status(), 403);
    }

    #[test]
    fn a_fault_of_ours_shows_nothing_of_its_cause() {
        let body = shown(Error::Internal("password=hunter2".to_owned()));
        assert!(!body.to_string().contains("hunter2"));
        assert_eq!((body["status"].as_u64(), body["instance"].as_str()), (Some(500), Some("id-1")));
    }

    #[test]
    fn an_import_shows_its_report_and_cannot_hide_the_code() {
        let body = shown(Error::Import(json!({"created": 0, "rejected": [{"row": 3}], "code": "x"})));
        assert_eq!(body["code"], "import_refused");
        assert_eq!(body["rejected"][0]["row"], 3);
    }

    #[test]
    fn every_status_of_the_table_is_a_refusal() {
        for code in Code::ALL {
            assert!((400..600).contains(&status_of(*code)), "{code}");
        }
    }
}
