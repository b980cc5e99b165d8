//! The records. The only room that says diesel: one file per noun, its rows and queries.

mod columns;
mod conn;
mod joins;
mod portable;
mod schema;
mod together;

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod dated;
pub mod delegations;
pub mod doctor;
pub mod duty_actuals;
pub mod duty_facts;
pub mod duty_shifts;
pub mod entitlement_decisions;
pub mod error;
pub mod file;
pub mod idempotency;
pub mod job_runs;
pub mod law;
pub mod leave_conflicts;
pub mod leave_decisions;
pub mod leave_ledger;
pub mod leave_openings;
pub mod leave_requests;
pub mod migrations;
pub mod officers;
pub mod outbox;
pub mod pool;
pub mod rest_days;
pub mod rest_violations;
pub mod roster;
pub mod roster_patterns;
pub mod rosters;
pub mod service_periods;
pub mod sessions;
pub mod shift_swaps;
pub mod staffing;
pub mod token_keys;
pub mod units;

pub use conn::Conn;
pub use error::Error;
pub use pool::{Database, Tx};
