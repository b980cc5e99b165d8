//! Policies: numbers by date, with their sources. Texts are built in, overlaid by a folder, and published for a scope;
//! each version binds from its date on.

pub mod diff;
mod published;
mod reason;
mod text;
mod values;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::overtime::OvertimePolicy;
use super::rest::policy::RestPolicy;
use super::terms::{Category, Instant, RowId, UnitId};

pub use published::{Draft, Published};
pub use reason::Reason;
pub use text::{Sense, whole};
pub use values::{
    AnniversaryBasis, AnnualLeavePolicy, Carry, Disqualify, Evidence, JoinProration, LeaveProration,
    LeaveRequestPolicy, LeaveType, MonthDay, PlainLeave, RecallPolicy, Regime, SickLimit, SickMonthUnit, Tier,
    TierEffective,
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
    pub reason: Reason,
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

/// Where a person stands on a date: what chooses among the versions of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The category.
    pub category: Category,
    /// The person's unit and every unit above it, nearest first; empty where no version is made for a unit.
    pub units: &'a [UnitId],
}

impl Place<'_> {
    /// Somewhere in the force: what no unit has made its own.
    #[must_use]
    pub const fn in_force(category: Category) -> Self {
        Self { category, units: &[] }
    }
}

/// For whom a version was made; the nearer binds (RULINGS 25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Built into the program: the farthest.
    BuiltIn,
    /// From the folder of texts that the configuration names.
    Folder,
    /// Published for the whole force.
    Force,
    /// Published for a unit and everything under it.
    Unit(UnitId),
}

impl Scope {
    /// How near it is to somebody whose units these are; `None` where it does not reach them. Deeper units are nearer.
    fn nearness(self, units: &[UnitId]) -> Option<usize> {
        match self {
            Self::BuiltIn => Some(0),
            Self::Folder => Some(1),
            Self::Force => Some(2),
            Self::Unit(unit) => units.iter().position(|one| *one == unit).map(|above| 2 + units.len() - above),
        }
    }

    /// The unit it is made for; `None` for everything wider.
    #[must_use]
    pub const fn unit(self) -> Option<UnitId> {
        match self {
            Self::Unit(unit) => Some(unit),
            Self::BuiltIn | Self::Folder | Self::Force => None,
        }
    }
}

/// For whom and from when a version binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// For whom.
    pub scope: Scope,
    /// The one category it was published for; `None` for all.
    pub category: Option<Category>,
    /// Categories that its text names; empty for all that have leave.
    pub categories: Vec<Category>,
    /// First date it binds.
    pub effective_from: NaiveDate,
}

impl Binding {
    /// Whether it binds a category. The retired have no leave, whatever a text leaves open (RULINGS 10).
    #[must_use]
    pub fn covers(&self, category: Category) -> bool {
        category != Category::Retired
            && self.category.is_none_or(|only| only == category)
            && (self.categories.is_empty() || self.categories.contains(&category))
    }

    /// The order of RULINGS 25: deeper units before higher, in one unit those made for a category before those for
    /// all, then the force, the folder and what is built in; within a scope the newest that is not after the date.
    fn precedence(&self, place: Place<'_>, on: NaiveDate) -> Option<(usize, bool, NaiveDate, bool)> {
        let nearness = self.scope.nearness(place.units)?;
        let named = !self.categories.is_empty();
        let for_category = match self.scope {
            Scope::BuiltIn | Scope::Folder => named,
            Scope::Force | Scope::Unit(_) => self.category.is_some(),
        };
        (self.effective_from <= on && self.covers(place.category)).then_some((
            nearness,
            for_category,
            self.effective_from,
            named,
        ))
    }
}

/// The one of several versions that binds at a place on a date (RULINGS 25).
fn binding_one<'a, V>(
    versions: impl Iterator<Item = &'a V>,
    binding: impl Fn(&V) -> &Binding,
    place: Place<'_>,
    on: NaiveDate,
) -> Option<&'a V> {
    versions
        .filter_map(|version| Some((binding(version).precedence(place, on)?, version)))
        .max_by_key(|(precedence, _)| *precedence)
        .map(|(_, version)| version)
}

/// One version of a policy: the values that bind from a date on.
#[derive(Debug, Clone, PartialEq)]
pub struct Version<T> {
    /// Name of the policy.
    pub name: String,
    /// For whom and from when.
    pub binding: Binding,
    /// Legal source.
    pub source: String,
    /// The values.
    pub values: T,
}

impl<T> Version<T> {
    /// What findings and decisions name it by, e.g. `annual_leave@2008-01-01`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.binding.effective_from)
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
    /// Its id; `None` for what is built in or comes from the folder.
    pub id: Option<RowId>,
    /// For whom and from when it binds.
    pub binding: Binding,
    /// Legal source.
    pub source: String,
    /// The text of this version alone.
    pub text: String,
    /// SHA-256 of that text, in hexadecimal.
    pub sha256: String,
    /// When it was published through the service; `None` for what is built in or comes from the folder.
    pub published_at: Option<Instant>,
    /// The version of the same scope and date that it replaced.
    pub supersedes: Option<RowId>,
    /// Since when it is replaced; `None` while it is the text of its date.
    pub superseded_at: Option<Instant>,
    /// Why it was published, where that was said.
    pub reason: Option<String>,
}

impl VersionInfo {
    /// What findings and decisions name it by, e.g. `annual_leave@2008-01-01`.
    #[must_use]
    pub fn label(&self, name: &str) -> String {
        format!("{name}@{}", self.binding.effective_from)
    }
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
    /// Text and SHA-256 of what the folder lays over it.
    pub folder: Option<(String, String)>,
    /// Its versions: built in, from the folder, published, the superseded among them; in this order.
    pub versions: Vec<VersionInfo>,
}

impl Document {
    /// The versions in force on a date for somebody in these units, each with the categories that it binds.
    #[must_use]
    pub fn in_force(&self, units: &[UnitId], on: NaiveDate) -> Vec<(&VersionInfo, Vec<Category>)> {
        let mut found: Vec<(&VersionInfo, Vec<Category>)> = Vec::new();
        for category in Category::ALL {
            let Some(version) = self.binding(Place { category: *category, units }, on) else { continue };
            match found.iter_mut().find(|(held, _)| std::ptr::eq(*held, version)) {
                Some((_, categories)) => categories.push(*category),
                None => found.push((version, vec![*category])),
            }
        }
        found
    }

    /// The version that binds at a place on a date.
    #[must_use]
    pub fn binding(&self, place: Place<'_>, on: NaiveDate) -> Option<&VersionInfo> {
        let current = self.versions.iter().filter(|version| version.superseded_at.is_none());
        binding_one(current, |version| &version.binding, place, on)
    }
}

/// All policies in force, and the fingerprint that decisions store.
#[derive(Debug, Clone)]
pub struct PolicySet {
    documents: Vec<Document>,
    annual_leave: Vec<Version<AnnualLeavePolicy>>,
    leave_requests: Vec<Version<LeaveRequestPolicy>>,
    rest: Vec<Version<RestPolicy>>,
    overtime: Vec<Version<OvertimePolicy>>,
    fingerprint: String,
}

/// A published text that this build cannot read: it was published through another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy version {id}: {error}")]
pub struct Unreadable {
    /// Which.
    pub id: RowId,
    /// Why.
    pub error: PolicyError,
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
            ("overtime.toml", include_str!("overtime.toml")),
            ("rest.toml", include_str!("rest.toml")),
        ])
    }

    /// Reads a whole set of texts, each with the name of its file: one of every policy.
    ///
    /// # Errors
    /// At the first key, value or version that is unknown, missing, or at odds with another.
    pub fn read(texts: &[(&str, &str)]) -> Result<Self, PolicyError> {
        text::read(texts).map(Self::stamped)
    }

    /// Lays the texts of a folder over these policies: where a version of theirs binds, it goes before what is built in.
    ///
    /// # Errors
    /// As [`PolicySet::read`].
    pub fn overlaid(self, texts: &[(String, String)]) -> Result<Self, PolicyError> {
        text::overlay(self, texts).map(Self::stamped)
    }

    /// Adds what was published.
    ///
    /// # Errors
    /// For a text that this build cannot read.
    pub fn with_published(self, rows: &[Published]) -> Result<Self, Unreadable> {
        published::add(self, rows).map(Self::stamped)
    }

    /// These policies as they would be with one more version.
    ///
    /// # Errors
    /// Where the draft stumbles.
    pub fn with_draft(self, draft: &Draft<'_>) -> Result<Self, PolicyError> {
        published::draft(self, draft).map(Self::stamped)
    }

    /// The same set under the fingerprint of what it holds.
    fn stamped(mut self) -> Self {
        self.documents.sort_by(|a, b| a.name.cmp(&b.name));
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.as_bytes());
            hash.update([0]);
        };
        for document in &self.documents {
            add(&document.name);
            add(&document.sha256);
            if let Some((_, sha256)) = &document.folder {
                add(sha256);
            }
            let published = |version: &&VersionInfo| version.id.is_some() && version.superseded_at.is_none();
            let mut members: Vec<String> = document.versions.iter().filter(published).map(member).collect();
            members.sort_unstable();
            members.iter().for_each(|member| add(member));
        }
        self.fingerprint = hex(&hash.finalize());
        self
    }

    /// The texts, in name order.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The text of one policy.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.name == name)
    }

    /// SHA-256 over names, texts and scopes, in hexadecimal: what a decision was made under.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether any version is made for a unit, so that it matters in which one somebody is.
    #[must_use]
    pub fn knows_units(&self) -> bool {
        self.documents
            .iter()
            .flat_map(|document| &document.versions)
            .any(|version| version.binding.scope.unit().is_some())
    }

    /// The annual-leave version that binds at a place on a date; `None` before the first, and for the retired.
    #[must_use]
    pub fn annual_leave(&self, place: Place<'_>, on: NaiveDate) -> Option<&Version<AnnualLeavePolicy>> {
        binding_one(self.annual_leave.iter(), |version| &version.binding, place, on)
    }

    /// The version on requests that binds at a place on a date; `None` before the first, and for the retired.
    #[must_use]
    pub fn leave_requests(&self, place: Place<'_>, on: NaiveDate) -> Option<&Version<LeaveRequestPolicy>> {
        binding_one(self.leave_requests.iter(), |version| &version.binding, place, on)
    }

    /// The version on rest that binds at a place on a date; `None` before the first, and for the retired.
    #[must_use]
    pub fn rest(&self, place: Place<'_>, on: NaiveDate) -> Option<&Version<RestPolicy>> {
        binding_one(self.rest.iter(), |version| &version.binding, place, on)
    }

    /// Whether any version credits what was worked on a rest day that was taken away, and not a whole day.
    #[must_use]
    pub fn credits_hours(&self) -> bool {
        self.rest.iter().any(|version| version.values.notice.credits_hours())
    }

    /// The version on the overtime allowance that binds at a place on a date; `None` where nobody is paid one.
    #[must_use]
    pub fn overtime(&self, place: Place<'_>, on: NaiveDate) -> Option<&Version<OvertimePolicy>> {
        binding_one(self.overtime.iter(), |version| &version.binding, place, on)
    }

    /// Every date on which some version on rest begins.
    pub(super) fn rest_changes(&self) -> impl Iterator<Item = NaiveDate> {
        self.rest.iter().map(|version| version.binding.effective_from)
    }

    /// Every date on which some annual-leave version begins.
    pub(super) fn annual_leave_changes(&self) -> impl Iterator<Item = NaiveDate> {
        self.annual_leave.iter().map(|version| version.binding.effective_from)
    }
}

/// What a published version adds to the fingerprint.
fn member(version: &VersionInfo) -> String {
    let Binding { scope, category, effective_from, .. } = &version.binding;
    let unit = scope.unit().map(|unit| unit.to_string()).unwrap_or_default();
    let category = category.map(Category::as_str).unwrap_or_default();
    format!("{unit}/{category}/{effective_from}/{}", version.sha256)
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
