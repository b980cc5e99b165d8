//! Passwords and tokens. No database, no web.

pub mod passwords;
pub mod throttle;
pub mod tokens;
