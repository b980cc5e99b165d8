//! Policies: numbers by date, with their sources. Texts are built in; each version binds from its date on.

mod text;
mod values;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::terms::{Category, Instant};

pub use values::{
    AnniversaryBasis, AnnualLeavePolicy, Carry, Disqualify, Evidence, JoinProration, LeaveProration,
    LeaveRequestPolicy, LeaveType, MonthDay, PlainLeave, Regime, SickLimit, SickMonthUnit, Tier, TierEffective,
};

/// A policy text that cannot be read: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct PolicyError {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// No policy version is in force for a category on a date: the rules refuse rather than guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no version of {name} is in force for {category} on {on}")]
pub struct NoPolicy {
    /// Name of the policy.
    pub name: &'static str,
    /// The category asked for.
    pub category: Category,
    /// The date asked for.
    pub on: NaiveDate,
}

/// How near to a person a version was made; the greater wins (RULINGS 25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Built into the program: the farthest.
    BuiltIn,
}

/// One version of a policy: the values that bind from a date on.
#[derive(Debug, Clone, PartialEq)]
pub struct Version<T> {
    /// Name of the policy.
    pub name: String,
    /// How near it was made.
    pub scope: Scope,
    /// First date it binds.
    pub effective_from: NaiveDate,
    /// Legal source.
    pub source: String,
    /// Categories it binds; empty for all that have leave.
    pub categories: Vec<Category>,
    /// The values.
    pub values: T,
}

impl<T> Version<T> {
    /// What findings and decisions name it by, e.g. `annual_leave@2008-01-01`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.effective_from)
    }

    /// Whether it binds a category. The retired have no leave, whatever a text leaves open (RULINGS 10).
    fn covers(&self, category: Category) -> bool {
        category != Category::Retired && (self.categories.is_empty() || self.categories.contains(&category))
    }
}

/// Title of a policy in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// One version as `GET /policies` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// First date it binds.
    pub effective_from: NaiveDate,
    /// Legal source.
    pub source: String,
    /// Categories it binds; empty for all that have leave.
    pub categories: Vec<Category>,
    /// The text of this version alone.
    pub text: String,
    /// When it was published through the service; `None` for what is built in.
    pub published_at: Option<Instant>,
}

/// One policy text with what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Name, the same in `.rs`, `.toml` and cases.
    pub name: String,
    /// Title.
    pub title: Title,
    /// Unit of its quantities.
    pub unit: String,
    /// Legal source of the whole.
    pub source: String,
    /// The text, as it stands.
    pub text: String,
    /// SHA-256 of the text, in hexadecimal.
    pub sha256: String,
    /// Its versions, in the order of the text.
    pub versions: Vec<VersionInfo>,
}

/// All policies in force, and the fingerprint that decisions store.
#[derive(Debug, Clone)]
pub struct PolicySet {
    documents: Vec<Document>,
    annual_leave: Vec<Version<AnnualLeavePolicy>>,
    leave_requests: Vec<Version<LeaveRequestPolicy>>,
    fingerprint: String,
}

impl PolicySet {
    /// The policies built into the program.
    ///
    /// # Errors
    /// When a text cannot be read; a test holds that none is.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::read(&[
            ("annual_leave.toml", include_str!("annual_leave.toml")),
            ("leave_requests.toml", include_str!("leave_requests.toml")),
        ])
    }

    /// Reads a set of texts, each with the name of its file.
    ///
    /// # Errors
    /// At the first key, value or version that is unknown, missing, or at odds with another.
    pub fn read(texts: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let mut set = text::read(texts)?;
        set.documents.sort_by(|a, b| a.name.cmp(&b.name));
        let mut hash = Sha256::new();
        for document in &set.documents {
            hash.update(document.name.as_bytes());
            hash.update([0]);
            hash.update(document.sha256.as_bytes());
            hash.update([0]);
        }
        set.fingerprint = hex(&hash.finalize());
        Ok(set)
    }

    /// The texts, in name order.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// SHA-256 over names and texts in name order, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The annual-leave version that binds a category on a date; `None` before the first, and for the retired.
    #[must_use]
    pub fn annual_leave(&self, category: Category, on: NaiveDate) -> Option<&Version<AnnualLeavePolicy>> {
        resolve(&self.annual_leave, category, on)
    }

    /// The version on requests that binds a category on a date; `None` before the first, and for the retired.
    #[must_use]
    pub fn leave_requests(&self, category: Category, on: NaiveDate) -> Option<&Version<LeaveRequestPolicy>> {
        resolve(&self.leave_requests, category, on)
    }

    /// Every date on which some annual-leave version begins.
    pub(super) fn annual_leave_changes(&self) -> impl Iterator<Item = NaiveDate> {
        self.annual_leave.iter().map(|version| version.effective_from)
    }
}

/// The version that binds (RULINGS 25): the nearest scope, one made for the category before one for all, then the
/// newest that is not after the date.
fn resolve<T>(versions: &[Version<T>], category: Category, on: NaiveDate) -> Option<&Version<T>> {
    versions
        .iter()
        .filter(|version| version.effective_from <= on && version.covers(category))
        .max_by_key(|version| (version.scope, !version.categories.is_empty(), version.effective_from))
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
