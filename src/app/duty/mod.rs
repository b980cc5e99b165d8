//! Duty and rest at the desk.
pub mod facts;
