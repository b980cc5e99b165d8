//! Reads a policy text: strict on keys and on sense, and says where it stumbled.

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::value::Datetime;

use super::{
    AnnualLeavePolicy, Document, LeaveRequestPolicy, PlainLeave, PolicyError, PolicySet, Scope, Title, Version,
    VersionInfo, hex,
};
use crate::rules::terms::{Category, HalfDays, LeaveKind};

/// What begins a version in a text.
const VERSION: &str = "[[version]]";

#[derive(Deserialize)]
struct Named {
    name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text<T> {
    name: String,
    unit: String,
    source: String,
    title: Title,
    version: Vec<VersionText<T>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionText<T> {
    effective_from: Spanned<PlainDate>,
    source: String,
    categories: Vec<Category>,
    values: T,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(try_from = "Datetime")]
struct PlainDate(NaiveDate);

impl TryFrom<Datetime> for PlainDate {
    type Error = String;
    fn try_from(read: Datetime) -> Result<Self, String> {
        match (read.date, read.time) {
            (Some(date), None) => NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
                .map(Self)
                .ok_or_else(|| format!("`{date}` is not a date")),
            _ => Err("a date without a time is expected".to_owned()),
        }
    }
}

/// Values that can say what about themselves makes no sense.
trait Sense {
    fn nonsense(&self) -> Option<String>;
}

impl Sense for AnnualLeavePolicy {
    fn nonsense(&self) -> Option<String> {
        let mut tiers = self.tiers.iter();
        let Some(mut below) = tiers.next() else { return Some("at least one tier is needed".to_owned()) };
        for tier in tiers {
            if tier.years_min <= below.years_min || tier.days < below.days {
                return Some("tiers must ascend: more service never means less leave".to_owned());
            }
            below = tier;
        }
        let mut limits = self.disqualify.sick.iter();
        let mut below = limits.next();
        for limit in limits {
            if below.is_some_and(|below| limit.years_min <= below.years_min || limit.months < below.months) {
                return Some("limits of sick leave must ascend: more service never loses a year sooner".to_owned());
            }
            below = Some(limit);
        }
        if self.disqualify.personal_days_min <= HalfDays::ZERO || self.disqualify.sick.iter().any(|one| one.months == 0)
        {
            return Some("personal_days_min and months are more than 0".to_owned());
        }
        if !matches!(self.min_unit_days.0, 1 | 2) {
            return Some("min_unit_days is 0.5 or 1".to_owned());
        }
        None
    }
}

impl Sense for LeaveRequestPolicy {
    fn nonsense(&self) -> Option<String> {
        if let Some(kind) = self.kinds.keys().find(|kind| !matches!(kind, LeaveKind::Sick | LeaveKind::Personal)) {
            return Some(format!("`{kind}` is no kind that is only recorded: sick, personal"));
        }
        let is_wrong = |(kind, plain): (&LeaveKind, &PlainLeave)| {
            (*kind == LeaveKind::Personal) != plain.pay_kept_default.is_some()
        };
        if self.kinds.iter().any(is_wrong) {
            return Some("pay_kept_default belongs to personal leave, and to no other kind".to_owned());
        }
        (self.undecided_working_days == 0).then(|| "undecided_working_days is at least 1".to_owned())
    }
}

/// Reads all texts; each known name must occur once.
pub(super) fn read(texts: &[(&str, &str)]) -> Result<PolicySet, PolicyError> {
    let mut set = PolicySet {
        documents: Vec::new(),
        annual_leave: Vec::new(),
        leave_requests: Vec::new(),
        fingerprint: String::new(),
    };
    for &(file, text) in texts {
        let named: Named = from_toml(file, text)?;
        if set.documents.iter().any(|document| document.name == *named.name.get_ref()) {
            let reason = format!("a second text names itself `{}`", named.name.get_ref());
            return Err(at(file, text, named.name.span().start, reason));
        }
        let document = match named.name.get_ref().as_str() {
            "annual_leave" => one(file, text, &mut set.annual_leave)?,
            "leave_requests" => one(file, text, &mut set.leave_requests)?,
            other => {
                let reason = format!("no policy is called `{other}`; known: annual_leave, leave_requests");
                return Err(at(file, text, named.name.span().start, reason));
            }
        };
        set.documents.push(document);
    }
    for name in ["annual_leave", "leave_requests"] {
        if !set.documents.iter().any(|document| document.name == name) {
            return Err(PolicyError {
                file: format!("{name}.toml"),
                line: 1,
                reason: "the text is missing".to_owned(),
            });
        }
    }
    Ok(set)
}

fn one<T: DeserializeOwned + Sense>(
    file: &str,
    text: &str,
    versions: &mut Vec<Version<T>>,
) -> Result<Document, PolicyError> {
    let read: Text<T> = from_toml(file, text)?;
    let mut infos = Vec::new();
    for (version, slice) in read.version.into_iter().zip(slices(text)) {
        let place = version.effective_from.span().start;
        let effective_from = version.effective_from.get_ref().0;
        if let Some(reason) = version.values.nonsense() {
            return Err(at(file, text, place, reason));
        }
        let clash = versions.iter().find(|other| {
            other.effective_from == effective_from && same_people(&other.categories, &version.categories)
        });
        if clash.is_some() {
            return Err(at(file, text, place, format!("two versions bind the same people from {effective_from}")));
        }
        infos.push(VersionInfo {
            effective_from,
            source: version.source.clone(),
            categories: version.categories.clone(),
            text: slice.to_owned(),
            published_at: None,
        });
        versions.push(Version {
            name: read.name.clone(),
            scope: Scope::BuiltIn,
            effective_from,
            source: version.source,
            categories: version.categories,
            values: version.values,
        });
    }
    Ok(Document {
        name: read.name,
        title: read.title,
        unit: read.unit,
        source: read.source,
        text: text.to_owned(),
        sha256: hex(&Sha256::digest(text.as_bytes())),
        versions: infos,
    })
}

fn same_people(one: &[Category], other: &[Category]) -> bool {
    (one.is_empty() && other.is_empty()) || one.iter().any(|category| other.contains(category))
}

/// The text of each version: from its heading to the next.
fn slices(text: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = text.match_indices(VERSION).map(|(start, _)| start).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).filter_map(|(start, end)| text.get(start..end)).map(str::trim_end)
}

fn from_toml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, PolicyError> {
    toml::from_str(text)
        .map_err(|error| at(file, text, error.span().map_or(0, |span| span.start), error.message().trim().to_owned()))
}

fn at(file: &str, text: &str, offset: usize, reason: String) -> PolicyError {
    let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    PolicyError { file: file.to_owned(), line, reason }
}
