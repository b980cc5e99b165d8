//! What is owed. Pure: no database, no web, no files, no clock, no randomness.

pub mod finding;
pub mod terms;
