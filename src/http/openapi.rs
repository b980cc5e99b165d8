//! The OpenAPI 3.1 document, made from the endpoint table and the types.

use serde_json::{Value, json};

use super::endpoint::Endpoint;

/// The document of a table.
#[must_use]
pub fn document(table: &[Endpoint]) -> Value {
    json!({"openapi": "3.1.0", "paths": {}, "rows": table.len()})
}

/// A short hash of the document, for its `ETag`.
pub(super) fn fingerprint(document: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(document.as_bytes());
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
