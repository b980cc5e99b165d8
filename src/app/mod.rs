//! The desk: one function per act.

pub mod error;
pub mod import;
