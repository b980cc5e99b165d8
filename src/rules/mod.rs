//! What is owed. Pure: no database, no web, no files, no clock, no randomness.
//!
//! One rule has one name: its function here, its numbers in the TOML file beside it, its cases in `tests/cases`.

pub mod alternatives;
pub mod annual_leave;
pub mod approver;
pub mod balance;
pub mod calendar;
pub mod carry_over;
pub mod comp_credit;
pub mod day_count;
pub mod disqualification;
pub mod duty;
pub mod finding;
pub mod headings;
pub mod leave_request;
pub mod leaving;
pub mod lots;
pub mod missed_rest;
pub mod overtime;
pub mod policy;
pub mod recall;
pub mod rest;
pub mod rest_duty;
pub mod service;
pub mod terms;

#[cfg(test)]
mod cases;
