//! Reads a policy text: strict on keys and on sense, and says where it stumbled.

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use toml::Spanned;
use toml::value::Datetime;

use super::{
    AnnualLeavePolicy, Binding, Document, LeaveRequestPolicy, PlainLeave, PolicyError, PolicySet, Reason, Scope, Title,
    Version, VersionInfo, hex,
};
use crate::rules::overtime::OvertimePolicy;
use crate::rules::rest::policy::RestPolicy;
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
pub(super) struct PlainDate(pub(super) NaiveDate);

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
pub trait Sense {
    /// What makes no sense; `None` where everything does.
    fn nonsense(&self) -> Option<Reason>;
}

impl Sense for AnnualLeavePolicy {
    fn nonsense(&self) -> Option<Reason> {
        let mut tiers = self.tiers.iter();
        let Some(mut below) = tiers.next() else {
            return Some(Reason::new("至少须有一档", "at least one tier is needed"));
        };
        for tier in tiers {
            if tier.years_min <= below.years_min || tier.days < below.days {
                return Some(Reason::new(
                    "各档须递增：工作年限更长，休假不得更少",
                    "tiers must ascend: more service never means less leave",
                ));
            }
            below = tier;
        }
        let mut limits = self.disqualify.sick.iter();
        let mut below = limits.next();
        for limit in limits {
            if below.is_some_and(|below| limit.years_min <= below.years_min || limit.months < below.months) {
                return Some(Reason::new(
                    "病假界限须递增：工作年限更长，不得更早失去当年年休假",
                    "limits of sick leave must ascend: more service never loses a year sooner",
                ));
            }
            below = Some(limit);
        }
        if self.disqualify.personal_days_min <= HalfDays::ZERO || self.disqualify.sick.iter().any(|one| one.months == 0)
        {
            return Some(Reason::new(
                "personal_days_min 与 months 须大于 0",
                "personal_days_min and months are more than 0",
            ));
        }
        if !(1..=5).contains(&self.carry.years) {
            return Some(Reason::new("carry.years 须为 1 至 5", "carry.years is 1 to 5"));
        }
        if !(1..=3660).contains(&self.reopened_days) {
            return Some(Reason::new("reopened_days 须为 1 至 3660", "reopened_days is 1 to 3660"));
        }
        if self.leave_type.group != "annual" {
            return Some(Reason::new("年休假的 group 须为 annual", "the group of annual leave is annual"));
        }
        if !matches!(self.min_unit_days.0, 1 | 2) {
            return Some(Reason::new("min_unit_days 须为 0.5 或 1", "min_unit_days is 0.5 or 1"));
        }
        None
    }
}

impl Sense for LeaveRequestPolicy {
    fn nonsense(&self) -> Option<Reason> {
        if let Some(kind) = self.kinds.keys().find(|kind| !matches!(kind, LeaveKind::Sick | LeaveKind::Personal)) {
            return Some(Reason::new(
                format!("`{kind}` 不是只作登记的假别（sick、personal）"),
                format!("`{kind}` is no kind that is only recorded: sick, personal"),
            ));
        }
        let is_wrong = |(kind, plain): (&LeaveKind, &PlainLeave)| {
            (*kind == LeaveKind::Personal) != plain.pay_kept_default.is_some()
        };
        if self.kinds.iter().any(is_wrong) {
            return Some(Reason::new(
                "pay_kept_default 只用于事假（personal），且事假须有",
                "pay_kept_default belongs to personal leave, and to no other kind",
            ));
        }
        if !(1..=60).contains(&self.undecided_working_days) {
            return Some(Reason::new("undecided_working_days 须为 1 至 60", "undecided_working_days is 1 to 60"));
        }
        if self.alternatives_max > 20 || self.alternatives_within_days > 366 {
            return Some(Reason::new(
                "alternatives_max 最多 20，alternatives_within_days 最多 366",
                "alternatives_max is at most 20, alternatives_within_days at most 366",
            ));
        }
        self.recall.nonsense()
    }
}

/// Values of one policy: its name, and where a set keeps its versions.
pub(super) trait Values: DeserializeOwned + Sense {
    /// Name of the policy.
    const NAME: &'static str;
    /// Its versions in a set.
    fn versions(set: &mut PolicySet) -> &mut Vec<Version<Self>>;
}

impl Values for AnnualLeavePolicy {
    const NAME: &'static str = "annual_leave";
    fn versions(set: &mut PolicySet) -> &mut Vec<Version<Self>> {
        &mut set.annual_leave
    }
}

impl Values for LeaveRequestPolicy {
    const NAME: &'static str = "leave_requests";
    fn versions(set: &mut PolicySet) -> &mut Vec<Version<Self>> {
        &mut set.leave_requests
    }
}

impl Values for RestPolicy {
    const NAME: &'static str = "rest";
    fn versions(set: &mut PolicySet) -> &mut Vec<Version<Self>> {
        &mut set.rest
    }
}

impl Values for OvertimePolicy {
    const NAME: &'static str = "overtime";
    fn versions(set: &mut PolicySet) -> &mut Vec<Version<Self>> {
        &mut set.overtime
    }
}

/// What is done with the text of a policy, whichever it is.
pub(super) trait Visitor {
    /// What comes of it.
    type Answer;
    /// Does it for the values of one policy.
    fn visit<T: Values>(self) -> Self::Answer;
}

/// Does something for the policy of a name; gives the visitor back where there is none.
pub(super) fn visit<V: Visitor>(name: &str, visitor: V) -> Result<V::Answer, V> {
    Ok(match name {
        AnnualLeavePolicy::NAME => visitor.visit::<AnnualLeavePolicy>(),
        LeaveRequestPolicy::NAME => visitor.visit::<LeaveRequestPolicy>(),
        RestPolicy::NAME => visitor.visit::<RestPolicy>(),
        OvertimePolicy::NAME => visitor.visit::<OvertimePolicy>(),
        _ => return Err(visitor),
    })
}

/// Every policy there is.
pub(super) const NAMES: &[&str] =
    &[AnnualLeavePolicy::NAME, LeaveRequestPolicy::NAME, OvertimePolicy::NAME, RestPolicy::NAME];

/// Reads one file into a set, in a scope.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    scope: Scope,
    set: &'a mut PolicySet,
}

impl Visitor for Reading<'_> {
    type Answer = Result<Document, PolicyError>;
    fn visit<T: Values>(self) -> Self::Answer {
        one::<T>(self.file, self.text, self.scope, T::versions(self.set))
    }
}

/// Reads all texts; each known name must occur once.
pub(super) fn read(texts: &[(&str, &str)]) -> Result<PolicySet, PolicyError> {
    let mut set = PolicySet {
        documents: Vec::new(),
        annual_leave: Vec::new(),
        leave_requests: Vec::new(),
        rest: Vec::new(),
        overtime: Vec::new(),
        fingerprint: String::new(),
    };
    for &(file, text) in texts {
        let document = read_one(file, text, Scope::BuiltIn, &mut set)?;
        if set.documents.iter().any(|held| held.name == document.name) {
            return Err(second(file, text, &document.name));
        }
        set.documents.push(document);
    }
    for name in NAMES {
        if set.document(name).is_none() {
            let reason = Reason::new("缺少该文本", "the text is missing");
            return Err(PolicyError { file: format!("{name}.toml"), line: 1, reason });
        }
    }
    Ok(set)
}

/// Lays the texts of a folder over a set.
pub(super) fn overlay(mut set: PolicySet, texts: &[(String, String)]) -> Result<PolicySet, PolicyError> {
    for (file, text) in texts {
        let over = read_one(file, text, Scope::Folder, &mut set)?;
        let held = set.documents.iter_mut().find(|held| held.name == over.name);
        let Some(held) = held.filter(|held| held.folder.is_none()) else { return Err(second(file, text, &over.name)) };
        held.folder = Some((over.text, over.sha256));
        held.versions.extend(over.versions);
    }
    Ok(set)
}

fn second(file: &str, text: &str, name: &str) -> PolicyError {
    let place = text.find("name").unwrap_or(0);
    at(
        file,
        text,
        place,
        Reason::new(format!("另有一份文本也以 `{name}` 为名"), format!("a second text names itself `{name}`")),
    )
}

fn read_one(file: &str, text: &str, scope: Scope, set: &mut PolicySet) -> Result<Document, PolicyError> {
    let named: Named = from_toml(file, text)?;
    visit(named.name.get_ref(), Reading { file, text, scope, set })
        .unwrap_or_else(|_| Err(at(file, text, named.name.span().start, unknown(named.name.get_ref()))))
}

/// No policy bears a name.
pub(super) fn unknown(name: &str) -> Reason {
    let known = NAMES.join(", ");
    Reason::new(
        format!("没有名为 `{name}` 的政策；现有：{known}"),
        format!("no policy is called `{name}`; known: {known}"),
    )
}

fn one<T: Values>(
    file: &str,
    text: &str,
    scope: Scope,
    versions: &mut Vec<Version<T>>,
) -> Result<Document, PolicyError> {
    let read: Text<T> = from_toml(file, text)?;
    let mut infos: Vec<VersionInfo> = Vec::new();
    for (version, slice) in read.version.into_iter().zip(slices(text)) {
        let place = version.effective_from.span().start;
        let effective_from = version.effective_from.get_ref().0;
        if let Some(reason) = version.values.nonsense() {
            return Err(at(file, text, place, reason));
        }
        let clash = |other: &VersionInfo| {
            other.binding.effective_from == effective_from
                && same_people(&other.binding.categories, &version.categories)
        };
        if infos.iter().any(clash) {
            let reason = Reason::new(
                format!("自 {effective_from} 起有两个版本约束同一类人员"),
                format!("two versions bind the same people from {effective_from}"),
            );
            return Err(at(file, text, place, reason));
        }
        let binding = Binding { scope, category: None, categories: version.categories, effective_from };
        infos.push(VersionInfo {
            id: None,
            binding: binding.clone(),
            source: version.source.clone(),
            text: slice.to_owned(),
            sha256: hex(&Sha256::digest(slice.as_bytes())),
            published_at: None,
            supersedes: None,
            superseded_at: None,
            reason: None,
        });
        versions.push(Version { name: read.name.clone(), binding, source: version.source, values: version.values });
    }
    Ok(Document {
        name: read.name,
        title: read.title,
        unit: read.unit,
        source: read.source,
        text: text.to_owned(),
        sha256: hex(&Sha256::digest(text.as_bytes())),
        folder: None,
        versions: infos,
    })
}

pub(super) fn same_people(one: &[Category], other: &[Category]) -> bool {
    (one.is_empty() && other.is_empty()) || one.iter().any(|category| other.contains(category))
}

/// The text of each version: from its heading to the next.
fn slices(text: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = text.match_indices(VERSION).map(|(start, _)| start).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).filter_map(|(start, end)| text.get(start..end)).map(str::trim_end)
}

pub(super) fn from_toml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, PolicyError> {
    toml::from_str(text)
        .map_err(|error| at(file, text, error.span().map_or(0, |span| span.start), Reason::of_reader(error.message())))
}

pub(super) fn at(file: &str, text: &str, offset: usize, reason: Reason) -> PolicyError {
    let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    PolicyError { file: file.to_owned(), line, reason }
}

/// The text that is in force where these versions are: that of the only one, else the whole text of the policy as long
/// as nothing else binds, else every version as a `[[version]]`; with its SHA-256 and its source.
#[must_use]
pub fn whole(document: &Document, in_force: &[&VersionInfo]) -> (String, String, String) {
    if let [only] = in_force {
        return (only.text.clone(), only.sha256.clone(), only.source.clone());
    }
    if in_force.iter().all(|version| version.binding.scope == Scope::BuiltIn) {
        return (document.text.clone(), document.sha256.clone(), document.source.clone());
    }
    let blocks: Vec<String> = in_force.iter().map(|version| as_block(version)).collect();
    let text = blocks.join("\n");
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    (text, sha256, document.source.clone())
}

/// A version as a `[[version]]` of a whole text, whatever form its own text has.
fn as_block(version: &VersionInfo) -> String {
    if version.text.contains(VERSION) {
        return version.text.clone();
    }
    let mut block = toml::Table::new();
    block.insert("source".to_owned(), version.source.clone().into());
    let categories: Vec<Category> =
        version.binding.category.into_iter().chain(version.binding.categories.iter().copied()).collect();
    block.insert("categories".to_owned(), categories.iter().map(|one| one.as_str()).collect::<Vec<_>>().into());
    block.insert("values".to_owned(), version.text.parse::<toml::Table>().unwrap_or_default().into());
    let mut whole = toml::Table::new();
    whole.insert("version".to_owned(), toml::Value::Array(vec![block.into()]));
    toml::to_string(&whole).unwrap_or_else(|_| version.text.clone())
}
