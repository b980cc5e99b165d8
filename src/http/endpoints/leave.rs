//! Leave: requests, what is owed and left, what a change no longer fits.

use actix_web::web;

use super::{ASKS_LEAVE, DECIDES, HR, LEADS_LEAVE, READS_LEAVE};
use crate::app::error::Code;
use crate::http::endpoint::Endpoint;
use crate::http::paging::Page;
use crate::http::{accounts, balances, conflicts, export, imports, leave, unit_balances};

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = requests();
    rows.extend(entitlements());
    rows.extend(changes());
    rows
}

fn requests() -> Vec<Endpoint> {
    use leave::{
        ApproveBody, CancelBody, DecisionCheckView, Inbox, ListRequests, PreviewBody, PreviewView, RecallBody,
        RejectBody, RequestPatch, RequestView, SubmitBody,
    };
    vec![
        Endpoint::post("/leave-requests/preview", "preview_leave", ASKS_LEAVE, || web::post().to(leave::preview))
            .summary("What a request would meet, and what would be possible instead; stores nothing")
            .body::<PreviewBody>()
            .answer::<PreviewView>(200)
            .errors(&[Code::NotFound, Code::OwnRecord, Code::InvalidSpan, Code::KindNotOffered]),
        Endpoint::post("/leave-requests", "submit_leave", ASKS_LEAVE, || web::post().to(leave::submit))
            .light()
            .summary("Ask for leave: days are reserved and dates held")
            .body::<SubmitBody>()
            .created::<RequestView>()
            .etag()
            .errors(&[Code::NotFound, Code::OwnRecord, Code::InvalidSpan, Code::KindNotOffered, Code::LostRace]),
        Endpoint::get("/leave-requests", "list_leave_requests", READS_LEAVE, || web::get().to(leave::list))
            .summary("Requests that the caller may see, newest first")
            .query::<ListRequests>()
            .binary_answer(export::TYPES)
            .answer::<Page<RequestView>>(200),
        Endpoint::get("/leave-requests/inbox", "leave_inbox", DECIDES, || web::get().to(leave::inbox))
            .delegable()
            .summary("Requests that the caller can decide now, oldest first")
            .query::<Inbox>()
            .answer::<Page<RequestView>>(200),
        Endpoint::get("/leave-requests/{id}", "show_leave_request", READS_LEAVE, || web::get().to(leave::show))
            .delegable()
            .light()
            .summary("One request")
            .answer::<RequestView>(200)
            .etag(),
        Endpoint::patch("/leave-requests/{id}", "correct_leave_request", HR, || web::patch().to(leave::correct))
            .light()
            .summary("Say whether pay was kept during personal leave")
            .merge_patch::<RequestPatch>()
            .if_match()
            .answer::<RequestView>(200)
            .errors(&[Code::OwnRecord]),
        Endpoint::get("/leave-requests/{id}/check", "check_leave_request", DECIDES, || web::get().to(leave::check))
            .delegable()
            .summary("What granting a request would meet now, the strength that it leaves among it; stores nothing")
            .answer::<DecisionCheckView>(200)
            .errors(&[Code::OwnRequest, Code::WrongState]),
        Endpoint::post("/leave-requests/{id}/approve", "approve_leave", DECIDES, || web::post().to(leave::approve))
            .delegable()
            .summary("Grant a request")
            .optional_body::<ApproveBody>()
            .answer::<RequestView>(200)
            .etag()
            .errors(&[Code::OwnRequest, Code::WrongState]),
        Endpoint::post("/leave-requests/{id}/reject", "reject_leave", DECIDES, || web::post().to(leave::reject))
            .delegable()
            .summary("Refuse a request and offer other dates")
            .body::<RejectBody>()
            .answer::<RequestView>(200)
            .etag()
            .errors(&[Code::OwnRequest, Code::WrongState]),
        Endpoint::post("/leave-requests/{id}/withdraw", "withdraw_leave", READS_LEAVE, || {
            web::post().to(leave::withdraw)
        })
        .light()
        .summary("Take a request back before it is decided")
        .optional_body::<accounts::Nothing>()
        .answer::<RequestView>(200)
        .etag()
        .errors(&[Code::OwnRecord, Code::WrongState]),
        Endpoint::post("/leave-requests/{id}/cancel", "cancel_leave", READS_LEAVE, || web::post().to(leave::cancel))
            .light()
            .summary("Give approved leave back before it begins, whole or at one end")
            .body::<CancelBody>()
            .answer::<RequestView>(200)
            .etag()
            .errors(&[Code::OwnRecord, Code::WrongState]),
        Endpoint::post("/leave-requests/{id}/recall", "recall_from_leave", DECIDES, || web::post().to(leave::recall))
            .summary("Call an officer back from leave: the days return, and what the recall earns is credited")
            .body::<RecallBody>()
            .answer::<RequestView>(200)
            .etag()
            .errors(&[
                Code::OwnRecord,
                Code::WrongState,
                Code::InvalidSpan,
                Code::NoPolicy,
                Code::CalendarNotPublished,
            ]),
    ]
}

fn entitlements() -> Vec<Endpoint> {
    use crate::http::balance_views::{BalanceView, MovementView};
    use balances::{
        AdjustmentBody, BalanceQuery, CarryBody, EntitlementDecisionBody, EntitlementDecisionView, EntitlementQuery,
        EntitlementView, ExplanationQuery, ExplanationView, LedgerQuery, RecordedView,
    };
    use unit_balances::{PersonBalanceView, UnitBalanceQuery};
    vec![
        Endpoint::get("/officers/{id}/leave-entitlement", "show_leave_entitlement", READS_LEAVE, || {
            web::get().to(balances::entitlement)
        })
        .light()
        .tag("leave-balances")
        .summary("What is owed in a leave year, and why")
        .query::<EntitlementQuery>()
        .answer::<EntitlementView>(200)
        .errors(&[Code::NoPolicy]),
        Endpoint::get("/officers/{id}/leave-balances", "show_leave_balances", READS_LEAVE, || {
            web::get().to(balances::balances)
        })
        .light()
        .tag("leave-balances")
        .summary("Balances on a date")
        .query::<BalanceQuery>()
        .answer::<Page<BalanceView>>(200)
        .errors(&[Code::NoPolicy]),
        Endpoint::get("/units/{id}/leave-balances", "list_unit_leave_balances", LEADS_LEAVE, || {
            web::get().to(unit_balances::list)
        })
        .tag("leave-balances")
        .summary("Balances of everyone in a unit on a date")
        .query::<UnitBalanceQuery>()
        .binary_answer(export::TYPES)
        .answer::<Page<PersonBalanceView>>(200)
        .errors(&[Code::NoPolicy]),
        Endpoint::get("/officers/{id}/leave-balances/explanation", "explain_leave_balance", READS_LEAVE, || {
            web::get().to(balances::explanation)
        })
        .tag("leave-balances")
        .summary("Why the balance is this number")
        .query::<ExplanationQuery>()
        .answer::<ExplanationView>(200)
        .errors(&[Code::NoPolicy, Code::KindNotOffered]),
        Endpoint::get("/officers/{id}/leave-ledger", "list_leave_ledger", READS_LEAVE, || {
            web::get().to(balances::ledger)
        })
        .tag("leave-balances")
        .summary("Every movement with its cause, oldest first")
        .query::<LedgerQuery>()
        .binary_answer(export::TYPES)
        .answer::<Page<MovementView>>(200)
        .errors(&[Code::KindNotOffered]),
        Endpoint::post("/leave-adjustments", "adjust_leave", HR, || web::post().to(balances::adjust))
            .light()
            .summary("Adjust a balance")
            .body::<AdjustmentBody>()
            .created::<RecordedView>()
            .errors(&[Code::OwnRecord, Code::NotFound, Code::KindNotOffered]),
        Endpoint::post("/officers/{id}/carry-overs", "carry_leave_over", HR, || web::post().to(balances::carry))
            .light()
            .summary("Carry untaken days into the next leave year")
            .body::<CarryBody>()
            .created::<RecordedView>()
            .errors(&[Code::OwnRecord, Code::NoPolicy]),
        Endpoint::post("/leave-openings/import", "import_leave_openings", HR, || web::post().to(imports::openings))
            .tag("leave-balances")
            .summary("Import opening balances from CSV or xlsx: all rows or none")
            .query::<imports::ImportQuery>()
            .binary_body(imports::ROSTER_TYPES)
            .answer::<imports::ImportView>(200)
            .errors(&[Code::ImportRefused]),
        Endpoint::post("/officers/{id}/entitlement-decisions", "decide_held_leave", HR, || {
            web::post().to(balances::decide_held)
        })
        .summary("Give held days back, or let them be lost")
        .body::<EntitlementDecisionBody>()
        .created::<EntitlementDecisionView>()
        .errors(&[Code::OwnRecord, Code::NoPolicy, Code::WrongState]),
    ]
}
fn changes() -> Vec<Endpoint> {
    use conflicts::{ConflictView, DecideConflictBody, ListConflicts};
    vec![
        Endpoint::get("/leave-conflicts", "list_leave_conflicts", HR, || web::get().to(conflicts::list))
            .summary("Leave that a changed fact, policy or calendar no longer fits, oldest first")
            .query::<ListConflicts>()
            .binary_answer(export::TYPES)
            .answer::<Page<ConflictView>>(200),
        Endpoint::get("/leave-conflicts/{id}", "show_leave_conflict", HR, || web::get().to(conflicts::show))
            .summary("One conflict")
            .answer::<ConflictView>(200),
        Endpoint::post("/leave-conflicts/{id}/decide", "decide_leave_conflict", HR, || {
            web::post().to(conflicts::decide)
        })
        .summary("Keep the leave as granted, count it anew, or give it back")
        .body::<DecideConflictBody>()
        .answer::<ConflictView>(200)
        .errors(&[Code::OwnRecord, Code::WrongState]),
    ]
}
