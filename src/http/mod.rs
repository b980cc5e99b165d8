//! The door: the only room that knows actix and the shapes of JSON.
//!
//! One table of [`endpoint::Endpoint`]s makes the routes, the access check, the OpenAPI document and the access test.

pub mod absences;
pub mod account_batch;
pub mod accounts;
pub mod allowance;
pub mod answer;
pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod balance_views;
pub mod balances;
pub mod body;
mod bounds;
pub mod calendars;
pub mod conflicts;
pub mod couples;
pub mod credit;
mod date;
pub mod delegations;
pub mod derogations;
pub mod desk;
pub mod docs_page;
pub mod door;
pub mod duty;
pub mod duty_check;
pub mod endpoint;
pub mod endpoints;
pub mod export;
pub mod imports;
pub mod language;
pub mod leave;
mod leave_views;
pub mod limits;
pub mod metrics;
mod objects;
pub mod office;
pub mod officers;
pub mod openapi;
pub mod paging;
pub mod path;
mod place;
pub mod policies;
pub mod problem;
pub mod query;
pub mod quotas;
pub mod request_id;
pub mod rest_cancellations;
pub mod rest_days;
pub mod rest_duties;
pub mod rest_orders;
pub mod rest_violations;
pub mod roster_sheet;
pub mod rosters;
mod routes;
mod schemas;
pub mod server;
pub mod staffing;
pub mod statutes;
pub mod swaps;
pub mod unit_balances;
pub mod unit_credit;
pub mod units;

/// Where the interface begins; every path of the endpoint table lies below it.
pub const BASE: &str = "/api/v1";
