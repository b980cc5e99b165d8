//! What a rule says: which rule, what it measured, what the limit is, what would be possible instead.
//!
//! A finding carries no words of a language; the door renders `rule` and the values in the caller's.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::terms::UnknownWord;
use super::terms::vocabulary;
use schemars::JsonSchema;
use std::fmt;
use std::str::FromStr;

vocabulary! {
    /// What follows from a finding.
    Outcome {
        /// The check was passed.
        Pass = "pass",
        /// The act may proceed; the person should know.
        Warn = "warn",
        /// The act is refused.
        Block = "block",
    }
}

/// What one check of one rule found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Dotted, stable code, e.g. `leave.balance`.
    pub rule: String,
    /// Id in the domain sheets, e.g. `L7`; empty where the sheets give none.
    pub rule_id: String,
    /// What follows.
    pub outcome: Outcome,
    /// Legal source, in its own script.
    pub source: String,
    /// Policy version that gave the numbers, `name@effective_from`; empty where no policy is involved.
    pub policy: String,
    /// What was measured.
    pub measured: Map<String, Value>,
    /// The limit it was held against, or how far it is missed.
    pub limit: Map<String, Value>,
    /// What would be possible instead.
    pub suggestions: Vec<Value>,
}

impl Finding {
    /// A finding of a rule with nothing measured yet.
    #[must_use]
    pub fn new(rule: &str, rule_id: &str, outcome: Outcome) -> Self {
        Self {
            rule: rule.to_owned(),
            rule_id: rule_id.to_owned(),
            outcome,
            source: String::new(),
            policy: String::new(),
            measured: Map::new(),
            limit: Map::new(),
            suggestions: Vec::new(),
        }
    }

    /// Names the legal source.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        source.clone_into(&mut self.source);
        self
    }

    /// Names the policy version.
    #[must_use]
    pub fn policy(mut self, policy: &str) -> Self {
        policy.clone_into(&mut self.policy);
        self
    }

    /// Adds a measured value.
    #[must_use]
    pub fn measured(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.measured.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a limit.
    #[must_use]
    pub fn limit(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.limit.insert(name.to_owned(), value.into());
        self
    }

    /// Whether the finding refuses the act.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.outcome == Outcome::Block
    }
}

impl From<super::terms::HalfDays> for Value {
    fn from(days: super::terms::HalfDays) -> Self {
        if days.0 % 2 == 0 { Self::from(days.0 / 2) } else { Self::from(days.days()) }
    }
}
