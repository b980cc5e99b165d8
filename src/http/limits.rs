//! How much and how long: sizes of bodies, time of a request, and what happens to a body that nobody read.

use std::time::Duration;

use super::body::SharedPayload;

/// Limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a JSON body at most.
    pub body_bytes: usize,
    /// Bytes of an import at most.
    pub import_bytes: usize,
    /// The longest time from the head of a request to its answer.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1 << 20, import_bytes: 32 << 20, request: Duration::from_secs(30) }
    }
}

/// Bytes of a refused body that are still read, so that the client sees the answer (CONTRACT §1).
const DROPPED_BYTES_MAX: usize = 64 << 20;

/// Reads and drops what is left of a body: at most 64 MiB, and no longer than a request may take.
pub(super) async fn drop_rest(payload: &SharedPayload, limits: Limits) {
    let dropping = async {
        let mut dropped = 0_usize;
        while let Some(Ok(chunk)) = payload.next().await {
            dropped = dropped.saturating_add(chunk.len());
            if dropped > DROPPED_BYTES_MAX {
                break;
            }
        }
    };
    // Whether it ended or ran out of time, the answer goes out now.
    let _ended = tokio::time::timeout(limits.request, dropping).await;
}
