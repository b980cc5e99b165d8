//! Duty shifts, rest days, rosters and swaps.

use crate::http::endpoint::Endpoint;

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    Vec::new()
}
