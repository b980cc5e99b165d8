//! Signing in, accounts, keys of machines, delegations.

use actix_web::web;

use super::{ADMIN, DELEGATES};
use crate::app::error::Code;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::paging::Page;
use crate::http::{account_batch, accounts, api_keys, auth, delegations};

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = sign_in();
    rows.extend(machines());
    rows.extend(deputies());
    rows
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
