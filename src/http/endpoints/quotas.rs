//! Rest quotas: compliance and forecast.

use crate::http::endpoint::Endpoint;

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    Vec::new()
}
