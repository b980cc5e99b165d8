//! The desk: one function per act.

pub mod error;
