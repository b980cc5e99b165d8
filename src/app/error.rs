//! Why an act was refused. Nothing here knows of HTTP: the door translates codes into statuses and words.

use serde::Serialize;
use serde_json::Value;

use crate::app::hindrance::Hindrance;
use crate::rules::finding::Finding;
use crate::rules::policy::PolicyError;
use crate::rules::terms::{UnknownWord, vocabulary};
use crate::store;
use crate::store::error::Unique;
use crate::store::pool::Retry;
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

vocabulary! {
    /// Every refusal that is not a rule's finding has one of these stable codes (docs/ERRORS.md).
    Code {
        // What was sent cannot be read (400, 413, 415).
        /// The body is not JSON, or not UTF-8.
        UnreadableBody = "unreadable_body",
        /// A query parameter is unknown.
        UnknownParameter = "unknown_parameter",
        /// A query parameter cannot be read.
        InvalidParameter = "invalid_parameter",
        /// The cursor was not made by this list.
        InvalidCursor = "invalid_cursor",
        /// A header cannot be read.
        InvalidHeader = "invalid_header",
        /// The body is larger than the limit.
        BodyTooLarge = "body_too_large",
        /// The content type is not one that this endpoint reads.
        UnsupportedMediaType = "unsupported_media_type",

        // Who asks (401, 403, 404, 429).
        /// No token, or one that is not valid (any more).
        Unauthenticated = "unauthenticated",
        /// User name or password is wrong.
        BadCredentials = "bad_credentials",
        /// The refresh token was used before, has ended, or was never issued.
        RefreshRefused = "refresh_refused",
        /// The password must be changed before anything else.
        MustChangePassword = "must_change_password",
        /// Your role may never do this.
        Forbidden = "forbidden",
        /// Your own request, or your spouse's, is for others to decide.
        OwnRequest = "own_request",
        /// Your own record, or your spouse's, is for others to change.
        OwnRecord = "own_record",
        /// A grant outside the grantor's reach, or to oneself.
        GrantConflict = "grant_conflict",
        /// Less than what was said above you.
        FloorBound = "floor_bound",
        /// Absent, or not yours to see.
        NotFound = "not_found",
        /// The address exists, the method does not.
        MethodNotAllowed = "method_not_allowed",
        /// Too many attempts.
        TooManyRequests = "too_many_requests",

        // Fields (422, inside `errors`).
        /// One or more fields were refused; `errors` names each.
        InvalidFields = "invalid_fields",
        /// The service does not know this field.
        UnknownField = "unknown_field",
        /// A field is missing.
        MissingField = "missing_field",
        /// A field has the wrong type.
        WrongType = "wrong_type",
        /// A field stands twice.
        DuplicateField = "duplicate_field",
        /// A value cannot be read, or lies outside its range.
        InvalidValue = "invalid_value",
        /// Too long, or too many.
        TooLong = "too_long",
        /// Already taken by another record.
        Taken = "taken",
        /// The leave span is reversed, empty or too long.
        InvalidSpan = "invalid_span",
        /// The kind of leave is not offered by any policy in force.
        KindNotOffered = "kind_not_offered",
        /// The officer did not ask for it, or took it back.
        NotAsked = "not_asked",
        /// The key was used with another body.
        IdempotencyMismatch = "idempotency_mismatch",
        /// Rows of the file were refused; nothing was stored.
        ImportRefused = "import_refused",
        /// No calendar is published for a year that is needed.
        CalendarNotPublished = "calendar_not_published",
        /// A policy text cannot be read; `read` names the line and what is wrong there.
        PolicyUnreadable = "policy_unreadable",
        /// No policy version is in force on the date.
        NoPolicy = "no_policy",

        // State (409, 412, 428).
        /// The record is not in a state that allows this.
        WrongState = "wrong_state",
        /// Somebody else was faster; read again and repeat.
        LostRace = "lost_race",
        /// A policy version of this scope and date exists; a correction names what it supersedes.
        VersionExists = "version_exists",
        /// The same deciding is handed to the same account on some of these dates already.
        DelegationOverlap = "delegation_overlap",
        /// A unit would become its own ancestor.
        UnitCycle = "unit_cycle",
        /// The record changed since it was read.
        Stale = "stale",
        /// `If-Match` is required.
        PreconditionRequired = "precondition_required",

        // The service (500, 503).
        /// The database is busy or away.
        Unavailable = "unavailable",
        /// The service failed; the request id leads to the log.
        Internal = "internal",
    }
}

/// One refused field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldError {
    /// JSON pointer of the field, e.g. `/service_periods/0/from`.
    pub pointer: String,
    /// Why.
    pub code: Code,
    /// What was read, where that helps; never a secret.
    pub read: Option<String>,
    /// What would have been understood, where that can be said in a few words.
    pub expected: Option<String>,
    /// Where a policy text stumbles, and why.
    #[serde(skip)]
    pub stumbles: Option<Box<PolicyError>>,
}

impl FieldError {
    /// A refused field.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: Code) -> Self {
        Self { pointer: pointer.into(), code, read: None, expected: None, stumbles: None }
    }

    /// Says what would have been understood.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says where a policy text stumbles.
    #[must_use]
    pub fn because(mut self, error: PolicyError) -> Self {
        self.stumbles = Some(Box::new(error));
        self
    }

    /// Says what was read.
    #[must_use]
    pub fn read(mut self, read: impl Into<String>) -> Self {
        self.read = Some(read.into());
        self
    }
}

/// Why an act did not happen. Whatever it is, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A refusal that its code says wholly.
    #[error("{0}")]
    Code(Code),
    /// The state of the record forbids it: [`Code::WrongState`], with why.
    #[error("wrong_state: {0}")]
    State(Hindrance),
    /// Fields were refused.
    #[error("refused fields: {0:?}")]
    Fields(Vec<FieldError>),
    /// A new request was refused by rules: overlap is a conflict, anything else an unprocessable request.
    #[error("refused by {}", first_blocking(.0))]
    Refused(Vec<Finding>),
    /// An act on something that exists was refused by rules: always a conflict.
    #[error("in conflict with {}", first_blocking(.0))]
    Conflict(Vec<Finding>),
    /// Fields are missing that a rule asks for: a reason for what it warns of.
    #[error("refused fields: {0:?}")]
    Unexplained(Vec<FieldError>, Vec<Finding>),
    /// Rows of a file were refused; the report as it is shown.
    #[error("rows of the file were refused")]
    Import(Value),
    /// Too many attempts; seconds until the next is worth while.
    #[error("too many attempts, again in {0} s")]
    Throttled(u64),
    /// The database ended the transaction in favour of another, also when it was tried again.
    #[error("lost a race: {0}")]
    Lost(String),
    /// The database is busy or away; seconds until the next attempt is worth while.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

/// Whether a rule says that something else stands there already: a conflict, not a fault of what was sent.
#[must_use]
pub fn is_overlap(rule: &str) -> bool {
    matches!(rule, "leave.overlap" | "rest.overlap")
}

/// The code of a refusal by rules: an overlap first, else the first finding that blocks.
#[must_use]
pub fn first_blocking(findings: &[Finding]) -> &str {
    findings
        .iter()
        .find(|finding| finding.blocks() && is_overlap(&finding.rule))
        .or_else(|| findings.iter().find(|finding| finding.blocks()))
        .map_or("internal", |finding| finding.rule.as_str())
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::Code(Code::NotFound),
            store::Error::Unique(unique) => match unique {
                Unique::UnitCode => FieldError::new("/code", Code::Taken).into(),
                Unique::BadgeNo => FieldError::new("/badge_no", Code::Taken).into(),
                Unique::Username => FieldError::new("/username", Code::Taken).into(),
                Unique::Decision => Self::State(Hindrance::Decided),
                Unique::Cancellation => Self::State(Hindrance::Cancelled),
                Unique::Recall => Self::State(Hindrance::RecalledAlready),
                Unique::PolicyVersion => Self::Code(Code::VersionExists),
                Unique::LeaveSlot
                | Unique::IdempotencyKey
                | Unique::OwnLot
                | Unique::DatedFact
                | Unique::CalendarYear
                | Unique::Conflict
                | Unique::Violation
                | Unique::RestOrder
                | Unique::Couple
                | Unique::Credit
                | Unique::DutyShift
                | Unique::RestDay
                | Unique::ShiftSwap => Self::Code(Code::LostRace),
            },
            store::Error::Transient(why) => Self::Lost(why),
            store::Error::Unavailable(why) => Self::Unavailable(why),
            store::Error::Other(why) => Self::Internal(why),
        }
    }
}

impl Retry for Error {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl From<Hindrance> for Error {
    fn from(hindrance: Hindrance) -> Self {
        Self::State(hindrance)
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Fields(vec![error])
    }
}
