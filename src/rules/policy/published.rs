//! Versions published through the service: one text for one scope from one date on.

use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::text::{PlainDate, Values, Visitor, at, from_toml, same_people, unknown, visit};
use super::{Binding, PolicyError, PolicySet, Reason, Scope, Unreadable, Version, VersionInfo, hex};
use crate::rules::terms::{Category, Instant, RowId, UnitId};

/// A version as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its id.
    pub id: RowId,
    /// Name of the policy.
    pub name: String,
    /// The unit it binds with everything under it; `None` for the whole force.
    pub unit_id: Option<UnitId>,
    /// The category it binds; `None` for all.
    pub category: Option<Category>,
    /// First date it binds.
    pub effective_from: NaiveDate,
    /// Legal source.
    pub source: String,
    /// The text as it was given.
    pub text: String,
    /// When.
    pub published_at: Instant,
    /// The version of the same scope and date that it replaced.
    pub supersedes: Option<RowId>,
    /// Since when it is replaced itself.
    pub superseded_at: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
}

/// A version that somebody thinks of publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft<'a> {
    /// Name of the policy.
    pub name: &'a str,
    /// The unit it would bind.
    pub unit_id: Option<UnitId>,
    /// The category it would bind.
    pub category: Option<Category>,
    /// From when.
    pub effective_from: NaiveDate,
    /// Legal source.
    pub source: &'a str,
    /// The text.
    pub text: &'a str,
    /// The version it would replace.
    pub supersedes: Option<RowId>,
}

/// Which policy a text says it is of.
#[derive(Deserialize)]
struct Named {
    name: Option<Spanned<String>>,
}

/// What a text may be that is published: a whole policy text, or versions of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blocks<T> {
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "unit")]
    _unit: Option<String>,
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(rename = "title")]
    _title: Option<super::Title>,
    version: Vec<Block<T>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block<T> {
    effective_from: Option<PlainDate>,
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(default)]
    categories: Vec<Category>,
    values: Spanned<T>,
}

/// One part of a published text: the values, and for which categories.
type Part<T> = (Vec<Category>, T);

/// Reads the text of a version. It is either the bare values, or one or more `[[version]]` as in a whole policy text.
/// The scope and the date are those it is published for: dates and sources inside the text are those of the text that
/// it was taken from; of several dates the newest that is not after `effective_from` counts.
fn parts<T: Values>(draft: &Draft<'_>) -> Result<Vec<Part<T>>, PolicyError> {
    let (file, text) = (draft.name, draft.text);
    let table: toml::Table = from_toml(file, text)?;
    if !table.contains_key("version") {
        let values: T = from_toml(file, text)?;
        return match values.nonsense() {
            Some(reason) => Err(at(file, text, 0, reason)),
            None => Ok(vec![(Vec::new(), values)]),
        };
    }
    // Whose text it is comes first: of another policy every value would be refused for the wrong reason.
    let named: Named = from_toml(file, text)?;
    if let Some(name) = named.name.filter(|name| name.get_ref() != draft.name) {
        let reason = Reason::new(
            format!("该文本属于 `{}`，不属于 `{}`", name.get_ref(), draft.name),
            format!("the text is of `{}`, not of `{}`", name.get_ref(), draft.name),
        );
        return Err(at(file, text, name.span().start, reason));
    }
    let read: Blocks<T> = from_toml(file, text)?;
    let mut kept: Vec<(NaiveDate, Part<T>, usize)> = Vec::new();
    for block in read.version {
        let place = block.values.span().start;
        if let Some(reason) = block.values.get_ref().nonsense() {
            return Err(at(file, text, place, reason));
        }
        let from = block.effective_from.map_or(NaiveDate::MIN, |date| date.0);
        if from > draft.effective_from {
            continue;
        }
        let part = (block.categories, block.values.into_inner());
        match kept.iter_mut().find(|(_, (categories, _), _)| same_people(categories, &part.0)) {
            Some((held, ..)) if *held == from => {
                return Err(at(
                    file,
                    text,
                    place,
                    Reason::new("有两个版本约束同一类人员", "two versions bind the same people"),
                ));
            }
            Some(held) if held.0 < from => *held = (from, part, place),
            Some(_) => {}
            None => kept.push((from, part, place)),
        }
    }
    let covers = |categories: &[Category]| match draft.category {
        Some(only) => categories.is_empty() || categories.contains(&only),
        None => true,
    };
    kept.retain(|(_, (categories, _), _)| covers(categories));
    if kept.is_empty() {
        return Err(at(
            file,
            text,
            0,
            Reason::new("文本中没有任何版本约束所公布的对象", "nothing in the text binds anybody it is published for"),
        ));
    }
    Ok(kept.into_iter().map(|(_, part, _)| part).collect())
}

/// Adds one version to a set.
struct Adding<'a> {
    draft: &'a Draft<'a>,
    info: VersionInfo,
    set: &'a mut PolicySet,
}

impl Visitor for Adding<'_> {
    type Answer = Result<(), PolicyError>;
    fn visit<T: Values>(self) -> Self::Answer {
        let parts = parts::<T>(self.draft)?;
        let mut info = self.info;
        // The version binds whom its parts bind; a part without categories binds everybody.
        if parts.iter().all(|(categories, _)| !categories.is_empty()) {
            info.binding.categories = parts.iter().flat_map(|(categories, _)| categories.iter().copied()).collect();
        }
        if info.superseded_at.is_none() {
            let versions = T::versions(self.set);
            versions.extend(parts.into_iter().map(|(categories, values)| Version {
                name: T::NAME.to_owned(),
                binding: Binding { categories, ..info.binding.clone() },
                source: info.source.clone(),
                values,
            }));
        }
        if let Some(document) = self.set.documents.iter_mut().find(|document| document.name == T::NAME) {
            document.versions.push(info);
        }
        Ok(())
    }
}

fn add_one(set: &mut PolicySet, draft: &Draft<'_>, row: Option<&Published>) -> Result<(), PolicyError> {
    let info = VersionInfo {
        id: row.map(|row| row.id),
        binding: Binding {
            scope: draft.unit_id.map_or(Scope::Force, Scope::Unit),
            category: draft.category,
            categories: Vec::new(),
            effective_from: draft.effective_from,
        },
        source: draft.source.to_owned(),
        text: draft.text.to_owned(),
        sha256: hex(&Sha256::digest(draft.text.as_bytes())),
        published_at: row.map(|row| row.published_at),
        supersedes: draft.supersedes,
        superseded_at: row.and_then(|row| row.superseded_at),
        reason: row.and_then(|row| row.reason.clone()),
    };
    visit(draft.name, Adding { draft, info, set })
        .unwrap_or_else(|_| Err(at(draft.name, draft.text, 0, unknown(draft.name))))
}

/// Adds what was published, in the order of publication.
pub(super) fn add(mut set: PolicySet, rows: &[Published]) -> Result<PolicySet, Unreadable> {
    for row in rows {
        let draft = Draft {
            name: &row.name,
            unit_id: row.unit_id,
            category: row.category,
            effective_from: row.effective_from,
            source: &row.source,
            text: &row.text,
            supersedes: row.supersedes,
        };
        add_one(&mut set, &draft, Some(row)).map_err(|error| Unreadable { id: row.id, error })?;
    }
    Ok(set)
}

/// A set as it would be with a draft, which takes the place of what it supersedes.
pub(super) fn draft(mut set: PolicySet, draft: &Draft<'_>) -> Result<PolicySet, PolicyError> {
    if draft.supersedes.is_some() {
        let scope = draft.unit_id.map_or(Scope::Force, Scope::Unit);
        let same = |binding: &Binding| {
            binding.scope == scope
                && binding.category == draft.category
                && binding.effective_from == draft.effective_from
        };
        // A name that no policy bears has no version to drop; adding it says so.
        let _unknown = visit(draft.name, Dropping { set: &mut set, same: &same });
    }
    add_one(&mut set, draft, None)?;
    Ok(set)
}

/// Takes the version of one scope and date out of a set.
struct Dropping<'a> {
    set: &'a mut PolicySet,
    same: &'a dyn Fn(&Binding) -> bool,
}

impl Visitor for Dropping<'_> {
    type Answer = ();
    fn visit<T: Values>(self) {
        T::versions(self.set).retain(|version| !(self.same)(&version.binding));
        if let Some(document) = self.set.documents.iter_mut().find(|document| document.name == T::NAME) {
            document.versions.retain(|version| version.superseded_at.is_some() || !(self.same)(&version.binding));
        }
    }
}
