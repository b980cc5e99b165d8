//! The table: every endpoint with its path, who may pass, what it reads and answers. Routes, access checks, the
//! OpenAPI document and the access test are all made from it.

use std::sync::OnceLock;

use actix_web::web;

use super::endpoint::{Access, Endpoint};
use super::paging::Page;
use super::{
    account_batch, accounts, api_keys, audit, auth, balances, calendars, conflicts, delegations, export, imports,
    leave, officers, policies, statutes, units,
};
use crate::app::error::Code;
use crate::rules::terms::Role;

const ADMIN: Access = Access::Roles(&[Role::Admin]);
const AUDITOR: Access = Access::Roles(&[Role::Auditor]);
const HR: Access = Access::Roles(&[Role::Hr]);
const UNIT_KEEPERS: Access = Access::Roles(&[Role::Admin, Role::Hr]);
const READS_OFFICERS: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader, Role::Admin]);
const LISTS_OFFICERS: Access = Access::Roles(&[Role::Hr, Role::Leader, Role::BureauLeader, Role::Admin]);
const READS_LEAVE: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader]);
const LEADS_LEAVE: Access = Access::Roles(&[Role::Hr, Role::Leader, Role::BureauLeader]);
const ASKS_LEAVE: Access = Access::RolesOrSelf(&[Role::Hr]);
const DELEGATES: &[Role] = &[Role::Leader, Role::BureauLeader, Role::Hr, Role::Admin];
const DECIDES: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr]);

/// Every endpoint below the base path.
#[must_use]
pub fn table() -> &'static [Endpoint] {
    static TABLE: OnceLock<Vec<Endpoint>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut rows = sign_in();
        rows.extend(machines());
        rows.extend(deputies());
        rows.extend(people());
        rows.extend(law());
        rows.extend(requests());
        rows.extend(entitlements());
        rows.extend(changes());
        rows.extend(oversight());
        rows
    })
}

fn sign_in() -> Vec<Endpoint> {
    use accounts::{AccountPatch, AccountView, ListAccounts, NewAccountBody, Nothing};
    vec![
        Endpoint::post("/auth/login", "login", Access::Public, || web::post().to(auth::login))
            .summary("Sign in with name and password")
            .body::<auth::LoginBody>()
            .answer::<auth::TokenView>(200)
            .errors(&[Code::BadCredentials, Code::TooManyRequests]),
        Endpoint::post("/auth/refresh", "refresh", Access::Public, || web::post().to(auth::refresh))
            .summary("Exchange a refresh token; each works once")
            .body::<auth::RefreshBody>()
            .answer::<auth::TokenView>(200)
            .errors(&[Code::RefreshRefused]),
        Endpoint::post("/auth/logout", "logout", Access::SignedIn, || web::post().to(auth::logout))
            .summary("End this sign-in")
            .no_content(),
        Endpoint::post("/auth/password", "change_password", Access::SignedIn, || web::post().to(auth::password))
            .summary("Change one's own password; all other sign-ins end")
            .body::<auth::PasswordBody>()
            .no_content()
            .errors(&[Code::BadCredentials, Code::TooManyRequests, Code::LostRace]),
        Endpoint::get("/auth/me", "me", Access::SignedIn, || web::get().to(auth::me))
            .summary("Who is signed in, and what the account may do")
            .answer::<auth::MeView>(200),
        Endpoint::post("/accounts", "create_account", ADMIN, || web::post().to(accounts::create))
            .summary("Create an account; without a password with a one-time code")
            .body::<NewAccountBody>()
            .created::<AccountView>()
            .etag()
            .errors(&[Code::GrantConflict, Code::Taken, Code::NotFound, Code::TooManyRequests]),
        Endpoint::get("/accounts", "list_accounts", ADMIN, || web::get().to(accounts::list))
            .summary("Accounts by name")
            .query::<ListAccounts>()
            .answer::<Page<AccountView>>(200),
        Endpoint::get("/accounts/{id}", "show_account", ADMIN, || web::get().to(accounts::show))
            .summary("One account")
            .answer::<AccountView>(200)
            .etag(),
        Endpoint::patch("/accounts/{id}", "change_account", ADMIN, || web::patch().to(accounts::change))
            .summary("Change name, officer or grants; bites at the next request")
            .merge_patch::<AccountPatch>()
            .if_match()
            .answer::<AccountView>(200)
            .errors(&[Code::GrantConflict, Code::OwnRecord, Code::Taken]),
        Endpoint::post("/accounts/{id}/disable", "disable_account", ADMIN, || web::post().to(accounts::disable))
            .summary("Disable an account; its sign-ins end")
            .optional_body::<Nothing>()
            .answer::<AccountView>(200)
            .etag()
            .errors(&[Code::OwnRecord]),
        Endpoint::post("/accounts/{id}/enable", "enable_account", ADMIN, || web::post().to(accounts::enable))
            .summary("Enable an account again")
            .optional_body::<Nothing>()
            .answer::<AccountView>(200)
            .etag()
            .errors(&[Code::OwnRecord]),
        Endpoint::post("/accounts/{id}/reset-password", "reset_password", ADMIN, || web::post().to(accounts::reset))
            .summary("Give a one-time code in place of the password")
            .optional_body::<Nothing>()
            .answer::<AccountView>(200)
            .etag()
            .errors(&[Code::OwnRecord, Code::TooManyRequests]),
    ]
}

fn machines() -> Vec<Endpoint> {
    use account_batch::{BatchBody, BatchView};
    use api_keys::{ApiKeyView, ListApiKeys, NewApiKeyBody};
    vec![
        Endpoint::post("/accounts/batch", "create_accounts", ADMIN, || web::post().to(account_batch::create))
            .summary("Create accounts with one-time codes for many officers, all or none")
            .body::<BatchBody>()
            .created::<BatchView>()
            .errors(&[Code::GrantConflict, Code::Taken, Code::NotFound]),
        Endpoint::post("/api-keys", "create_api_key", ADMIN, || web::post().to(api_keys::create))
            .summary("Create a key for a machine; the answer shows it once")
            .body::<NewApiKeyBody>()
            .created::<ApiKeyView>()
            .errors(&[Code::GrantConflict, Code::NotFound, Code::WrongState]),
        Endpoint::get("/api-keys", "list_api_keys", ADMIN, || web::get().to(api_keys::list))
            .summary("Keys, newest first")
            .query::<ListApiKeys>()
            .answer::<Page<ApiKeyView>>(200),
        Endpoint::get("/api-keys/{id}", "show_api_key", ADMIN, || web::get().to(api_keys::show))
            .summary("One key, without its text")
            .answer::<ApiKeyView>(200),
        Endpoint::post("/api-keys/{id}/end", "end_api_key", ADMIN, || web::post().to(api_keys::end))
            .summary("End a key; bites at the next request")
            .optional_body::<accounts::Nothing>()
            .answer::<ApiKeyView>(200),
    ]
}

fn deputies() -> Vec<Endpoint> {
    use delegations::{DelegationView, ListDelegations, NewDelegationBody};
    vec![
        Endpoint::post("/delegations", "create_delegation", Access::Roles(DELEGATES), || {
            web::post().to(delegations::create)
        })
        .summary("Hand deciding to another account for some dates")
        .body::<NewDelegationBody>()
        .created::<DelegationView>()
        .errors(&[Code::GrantConflict, Code::NotFound, Code::DelegationOverlap, Code::WrongState]),
        Endpoint::get("/delegations", "list_delegations", Access::SignedIn, || web::get().to(delegations::list))
            .summary("Delegations from, to or kept by the caller, newest first")
            .query::<ListDelegations>()
            .answer::<Page<DelegationView>>(200),
        Endpoint::get("/delegations/{id}", "show_delegation", Access::SignedIn, || web::get().to(delegations::show))
            .summary("One delegation")
            .answer::<DelegationView>(200),
        Endpoint::post("/delegations/{id}/end", "end_delegation", Access::RolesOrSelf(DELEGATES), || {
            web::post().to(delegations::end)
        })
        .summary("End a delegation before its time; bites at the next request")
        .optional_body::<accounts::Nothing>()
        .answer::<DelegationView>(200)
        .delegable(),
    ]
}

fn people() -> Vec<Endpoint> {
    let mut rows = unit_rows();
    rows.extend(officer_rows());
    rows
}

fn unit_rows() -> Vec<Endpoint> {
    use units::{HeadBody, ListUnits, MoveBody, NewUnitBody, UnitPatch, UnitView};
    vec![
        Endpoint::post("/units", "create_unit", UNIT_KEEPERS, || web::post().to(units::create))
            .summary("Create a unit")
            .body::<NewUnitBody>()
            .created::<UnitView>()
            .etag()
            .errors(&[Code::Taken, Code::NotFound]),
        Endpoint::get("/units", "list_units", Access::SignedIn, || web::get().to(units::list))
            .summary("Units by code")
            .query::<ListUnits>()
            .binary_answer(export::TYPES)
            .answer::<Page<UnitView>>(200),
        Endpoint::get("/units/{id}", "show_unit", Access::SignedIn, || web::get().to(units::show))
            .summary("One unit with its places over time")
            .answer::<UnitView>(200)
            .etag(),
        Endpoint::patch("/units/{id}", "change_unit", UNIT_KEEPERS, || web::patch().to(units::change))
            .summary("Change name, code or kind")
            .merge_patch::<UnitPatch>()
            .if_match()
            .answer::<UnitView>(200)
            .errors(&[Code::Taken]),
        Endpoint::post("/units/{id}/move", "move_unit", UNIT_KEEPERS, || web::post().to(units::relocate))
            .summary("Move a unit under another parent from a date on")
            .body::<MoveBody>()
            .answer::<UnitView>(200)
            .etag()
            .errors(&[Code::UnitCycle]),
        Endpoint::put("/units/{id}/head", "set_unit_head", UNIT_KEEPERS, || web::put().to(units::set_head))
            .summary("Set head and deputies from a date on")
            .body::<HeadBody>()
            .if_match_or_new()
            .answer::<UnitView>(200),
        Endpoint::post("/units/import", "import_units", UNIT_KEEPERS, || web::post().to(imports::units))
            .summary("Import units from CSV or xlsx: all rows or none")
            .query::<imports::ImportQuery>()
            .binary_body(imports::ROSTER_TYPES)
            .answer::<imports::ImportView>(200)
            .errors(&[Code::ImportRefused]),
    ]
}

fn officer_rows() -> Vec<Endpoint> {
    use officers::{
        CategoryBody, DirectoryView, ListOfficers, NewOfficerBody, OfficerLine, OfficerPatch, OfficerView, RevokeBody,
        SearchDirectory, SeparationView, TransferBody,
    };
    vec![
        Endpoint::post("/officers", "create_officer", HR, || web::post().to(officers::create))
            .summary("Create an officer")
            .body::<NewOfficerBody>()
            .created::<OfficerView>()
            .etag()
            .errors(&[Code::Taken, Code::NotFound]),
        Endpoint::get("/officers", "list_officers", LISTS_OFFICERS, || web::get().to(officers::list))
            .summary("Officers by badge number")
            .query::<ListOfficers>()
            .binary_answer(export::TYPES)
            .answer::<Page<OfficerLine>>(200),
        Endpoint::post("/officers/import", "import_officers", HR, || web::post().to(imports::officers))
            .summary("Import officers from CSV or xlsx: all rows or none")
            .query::<imports::ImportQuery>()
            .binary_body(imports::ROSTER_TYPES)
            .answer::<imports::ImportView>(200)
            .errors(&[Code::ImportRefused]),
        Endpoint::get("/officers/{id}", "show_officer", READS_OFFICERS, || web::get().to(officers::show))
            .summary("One officer with units and categories over time")
            .answer::<OfficerView>(200)
            .etag(),
        Endpoint::patch("/officers/{id}", "change_officer", HR, || web::patch().to(officers::change))
            .summary("Change an officer's record")
            .merge_patch::<OfficerPatch>()
            .if_match()
            .answer::<OfficerView>(200)
            .errors(&[Code::Taken, Code::OwnRecord]),
        Endpoint::post("/officers/{id}/transfer", "transfer_officer", HR, || web::post().to(officers::transfer))
            .summary("Transfer to another unit from a date on")
            .body::<TransferBody>()
            .answer::<OfficerView>(200)
            .etag()
            .errors(&[Code::OwnRecord]),
        Endpoint::post("/officers/{id}/category", "recategorize_officer", HR, || {
            web::post().to(officers::recategorize)
        })
        .summary("Change the category from a date on")
        .body::<CategoryBody>()
        .answer::<OfficerView>(200)
        .etag()
        .errors(&[Code::OwnRecord]),
        Endpoint::post("/officers/{id}/separation", "separate_officer", HR, || web::post().to(officers::separate))
            .summary("Record when and why an officer leaves")
            .body::<SeparationView>()
            .answer::<OfficerView>(200)
            .etag()
            .errors(&[Code::OwnRecord]),
        Endpoint::post("/officers/{id}/separation/revoke", "revoke_separation", HR, || {
            web::post().to(officers::revoke_separation)
        })
        .summary("Take back a separation that was recorded in error")
        .body::<RevokeBody>()
        .answer::<OfficerView>(200)
        .etag()
        .errors(&[Code::OwnRecord, Code::WrongState]),
        Endpoint::get("/directory", "search_directory", Access::SignedIn, || web::get().to(officers::directory))
            .summary("Names and units, for choosing a stand-in")
            .query::<SearchDirectory>()
            .answer::<Page<DirectoryView>>(200),
    ]
}

fn law() -> Vec<Endpoint> {
    let mut rows = policy_rows();
    rows.extend(calendar_rows());
    rows
}

fn policy_rows() -> Vec<Endpoint> {
    use policies::{
        KeptView, NewVersionBody, PolicyLine, PolicyPreviewView, PolicyQuery, PolicyView, PreviewQuery, PublishedView,
        VersionView,
    };
    vec![
        Endpoint::get("/policies", "list_policies", Access::SignedIn, || web::get().to(policies::list))
            .summary("Policies")
            .answer::<Page<PolicyLine>>(200),
        Endpoint::get("/policies/{name}", "show_policy", Access::SignedIn, || web::get().to(policies::show))
            .summary("A policy as it is in force on a date")
            .query::<PolicyQuery>()
            .answer::<PolicyView>(200)
            .errors(&[Code::NoPolicy]),
        Endpoint::get("/policies/{name}/versions", "list_policy_versions", Access::SignedIn, || {
            web::get().to(policies::versions)
        })
        .summary("Every version of a policy, the superseded among them")
        .answer::<Page<VersionView>>(200),
        Endpoint::post("/policies/{name}/versions", "publish_policy", ADMIN, || web::post().to(policies::publish))
            .summary("Publish a version for the force, a unit or a category; what no longer fits is listed")
            .body::<NewVersionBody>()
            .created::<PublishedView>()
            .errors(&[Code::NotFound, Code::PolicyUnreadable, Code::VersionExists, Code::LostRace]),
        Endpoint::post("/policies/{name}/preview", "preview_policy", ADMIN, || web::post().to(policies::preview))
            .summary("The officers whom a draft would touch, before and after; stores nothing")
            .query::<PreviewQuery>()
            .body::<NewVersionBody>()
            .answer::<PolicyPreviewView>(200)
            .errors(&[Code::NotFound, Code::PolicyUnreadable, Code::VersionExists]),
        Endpoint::get("/policy-fingerprints/{fingerprint}", "show_policy_fingerprint", Access::SignedIn, || {
            web::get().to(policies::fingerprint)
        })
        .tag("policies")
        .summary("The texts that a decision was made under, by the fingerprint it stores")
        .answer::<KeptView>(200),
    ]
}

fn calendar_rows() -> Vec<Endpoint> {
    use calendars::{CalendarQuery, DayView, PublishedYearView, ScopeQuery, YearBody, YearView};
    use statutes::LeaveTypeView;
    vec![
        Endpoint::get("/calendar", "show_calendar", Access::SignedIn, || web::get().to(calendars::show))
            .summary("Workdays, holidays and make-up workdays")
            .query::<CalendarQuery>()
            .answer::<Page<DayView>>(200)
            .errors(&[Code::CalendarNotPublished, Code::NotFound]),
        Endpoint::get("/calendar/years/{year}", "show_calendar_year", Access::SignedIn, || {
            web::get().to(calendars::year)
        })
        .tag("calendar")
        .summary("A year with its special dates, as it is in force for a unit or the force")
        .query::<ScopeQuery>()
        .answer::<YearView>(200)
        .etag()
        .errors(&[Code::CalendarNotPublished, Code::NotFound]),
        Endpoint::put("/calendar/years/{year}", "publish_calendar_year", ADMIN, || web::put().to(calendars::publish))
            .tag("calendar")
            .summary("Publish a year: pending requests are counted anew, granted ones that change are listed")
            .query::<ScopeQuery>()
            .body::<YearBody>()
            .if_match_or_new()
            .answer::<PublishedYearView>(200)
            .errors(&[Code::NotFound]),
        Endpoint::get("/leave-types", "list_leave_types", Access::SignedIn, || web::get().to(statutes::leave_types))
            .summary("Kinds of leave that are offered")
            .answer::<Page<LeaveTypeView>>(200),
    ]
}

fn requests() -> Vec<Endpoint> {
    use leave::{
        ApproveBody, CancelBody, Inbox, ListRequests, PreviewBody, PreviewView, RejectBody, RequestPatch, RequestView,
        SubmitBody,
    };
    vec![
        Endpoint::post("/leave-requests/preview", "preview_leave", ASKS_LEAVE, || web::post().to(leave::preview))
            .summary("What a request would meet, and what would be possible instead; stores nothing")
            .body::<PreviewBody>()
            .answer::<PreviewView>(200)
            .errors(&[Code::NotFound, Code::OwnRecord, Code::InvalidSpan, Code::KindNotOffered]),
        Endpoint::post("/leave-requests", "submit_leave", ASKS_LEAVE, || web::post().to(leave::submit))
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
            .summary("One request")
            .answer::<RequestView>(200)
            .etag(),
        Endpoint::patch("/leave-requests/{id}", "correct_leave_request", HR, || web::patch().to(leave::correct))
            .summary("Say whether pay was kept during personal leave")
            .merge_patch::<RequestPatch>()
            .if_match()
            .answer::<RequestView>(200)
            .errors(&[Code::OwnRecord]),
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
        .summary("Take a request back before it is decided")
        .optional_body::<accounts::Nothing>()
        .answer::<RequestView>(200)
        .etag()
        .errors(&[Code::OwnRecord, Code::WrongState]),
        Endpoint::post("/leave-requests/{id}/cancel", "cancel_leave", READS_LEAVE, || web::post().to(leave::cancel))
            .summary("Give approved leave back before it begins, whole or at one end")
            .body::<CancelBody>()
            .answer::<RequestView>(200)
            .etag()
            .errors(&[Code::OwnRecord, Code::WrongState]),
    ]
}

fn changes() -> Vec<Endpoint> {
    use conflicts::{ConflictView, DecideConflictBody, ListConflicts};
    vec![
        Endpoint::get("/leave-conflicts", "list_leave_conflicts", HR, || web::get().to(conflicts::list))
            .summary("Leave that a changed fact, policy or calendar no longer fits, oldest first")
            .query::<ListConflicts>()
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

fn oversight() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/audit", "list_audit", AUDITOR, || web::get().to(audit::list))
            .summary("Who did what, from what, to what; newest first")
            .query::<audit::ListAudit>()
            .answer::<Page<audit::AuditView>>(200),
    ]
}

fn entitlements() -> Vec<Endpoint> {
    use balances::{
        AdjustmentBody, BalanceQuery, BalanceView, CarryBody, EntitlementDecisionBody, EntitlementDecisionView,
        EntitlementQuery, EntitlementView, ExplanationQuery, ExplanationView, LedgerQuery, MovementView,
        PersonBalanceView, RecordedView, UnitBalanceQuery,
    };
    vec![
        Endpoint::get("/officers/{id}/leave-entitlement", "show_leave_entitlement", READS_LEAVE, || {
            web::get().to(balances::entitlement)
        })
        .tag("leave-balances")
        .summary("What is owed in a leave year, and why")
        .query::<EntitlementQuery>()
        .answer::<EntitlementView>(200)
        .errors(&[Code::NoPolicy]),
        Endpoint::get("/officers/{id}/leave-balances", "show_leave_balances", READS_LEAVE, || {
            web::get().to(balances::balances)
        })
        .tag("leave-balances")
        .summary("Balances on a date")
        .query::<BalanceQuery>()
        .answer::<Page<BalanceView>>(200)
        .errors(&[Code::NoPolicy]),
        Endpoint::get("/units/{id}/leave-balances", "list_unit_leave_balances", LEADS_LEAVE, || {
            web::get().to(balances::of_unit)
        })
        .tag("leave-balances")
        .summary("Balances of everyone in a unit on a date")
        .query::<UnitBalanceQuery>()
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
            .summary("Adjust a balance")
            .body::<AdjustmentBody>()
            .created::<RecordedView>()
            .errors(&[Code::OwnRecord, Code::NotFound, Code::KindNotOffered]),
        Endpoint::post("/officers/{id}/carry-overs", "carry_leave_over", HR, || web::post().to(balances::carry))
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
