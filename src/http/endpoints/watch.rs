//! Violations, rest orders, derogations and couples.

use crate::http::endpoint::Endpoint;

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    Vec::new()
}
