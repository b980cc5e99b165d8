//! What the auditor reads.

use actix_web::web;

use super::AUDITOR;
use crate::http::endpoint::Endpoint;
use crate::http::paging::Page;
use crate::http::{audit, export};

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/audit", "list_audit", AUDITOR, || web::get().to(audit::list))
            .summary("Who did what, from what, to what; newest first")
            .query::<audit::ListAudit>()
            .binary_answer(export::TYPES)
            .answer::<Page<audit::AuditView>>(200),
    ]
}
