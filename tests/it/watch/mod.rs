//! Jobs, violations, rest orders, derogations and couples.

mod jobs;
