//! The span of a leave on the wire (CONTRACT §1).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::date;
use crate::app::error::{Code, FieldError};
use crate::rules::terms::{FirstDay, LastDay, Span};

/// A leave span.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanView {
    #[serde(deserialize_with = "date::required")]
    pub(super) from: NaiveDate,
    #[serde(deserialize_with = "date::required")]
    pub(super) to: NaiveDate,
    #[serde(default)]
    pub(super) first_day: FirstDay,
    #[serde(default)]
    pub(super) last_day: LastDay,
}

impl SpanView {
    /// The span, or the field at `pointer` refused.
    pub(super) fn read(self, pointer: &str) -> Result<Span, FieldError> {
        Span::new(self.from, self.to, self.first_day, self.last_day)
            .map_err(|_| FieldError::new(pointer, Code::InvalidSpan))
    }
}

impl From<Span> for SpanView {
    fn from(span: Span) -> Self {
        Self { from: span.from(), to: span.to(), first_day: span.first_day(), last_day: span.last_day() }
    }
}
