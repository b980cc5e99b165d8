//! The desk: one function per act: gather, decide, record, in one transaction. Errors know nothing of HTTP.

pub mod absences;
pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod backup;
pub mod bearers;
pub mod calendars;
pub mod credit;
pub mod ctx;
pub mod delegations;
pub mod doctor;
pub mod duty;
pub mod error;
pub mod hindrance;
pub mod house;
pub mod import;
pub mod job_runs;
pub mod law;
pub mod leave;
pub mod names;
pub mod officers;
pub mod policies;
pub mod quotas;
pub mod reach;
pub mod retry;
pub mod roll;
pub mod said;
pub mod separations;
pub mod sign_in;
pub mod token_keys;
pub mod units;
pub mod watch;
pub mod works;

/// A connection, a snapshot and a write transaction, for the rooms that call the desk; what is done with them is done here.
pub use crate::store::{Conn, Snapshot, Tx};
