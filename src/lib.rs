//! respite: personnel welfare and leave service for police forces and other services that never close.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
pub mod jobs;
pub mod logs;
pub mod rules;
pub mod store;
