//! Words: the caller's language, and every sentence that the service says in it.

use std::sync::OnceLock;

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::app::error::FieldError;
use crate::app::hindrance::Hindrance;
pub use crate::config::Language;
use crate::rules::finding::Finding;
use crate::rules::policy::PolicyError;
use crate::rules::rest::WORKED_ALREADY;

/// The sentences in Chinese.
const ZH_CN: &str = include_str!("../../locales/zh-CN.ftl");
/// The sentences in English.
const EN: &str = include_str!("../../locales/en.ftl");

/// The language that the caller prefers among ours; `default` where none is named.
#[must_use]
pub fn preferred(headers: &HeaderMap, default: Language) -> Language {
    let mut best = (0_u16, default);
    for value in headers.get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok()) {
        for range in value.split(',') {
            let mut parts = range.split(';');
            let Some(language) = language_of(parts.next().unwrap_or_default().trim(), default) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=").map(thousandths)).unwrap_or(1000);
            if weight > best.0 {
                best = (weight, language);
            }
        }
    }
    best.1
}

fn language_of(range: &str, default: Language) -> Option<Language> {
    let primary = range.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match primary.as_str() {
        "zh" => Some(Language::ZhCn),
        "en" => Some(Language::En),
        "*" => Some(default),
        _ => None,
    }
}

/// A weight of `Accept-Language` in thousandths; what cannot be read weighs nothing.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let padded = format!("{fraction:0<3}");
    match (whole, padded.get(..3).and_then(|digits| digits.parse::<u16>().ok())) {
        ("1", Some(0)) => 1000,
        ("0", Some(part)) => part,
        _ => 0,
    }
}

/// A finding with its message in the caller's language.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingView {
    /// What the rule says.
    #[serde(flatten)]
    pub finding: Finding,
    /// The same as a sentence in the caller's language.
    pub message: String,
}

type Bundle = FluentBundle<FluentResource>;

/// The sentences of every language.
struct Bundles {
    zh_cn: Bundle,
    en: Bundle,
}

/// Every sentence, in every language; instants in them as the clock on the wall shows them.
#[derive(Clone, Copy)]
pub struct Words {
    bundles: &'static Bundles,
    zone: Tz,
}

impl Words {
    /// The sentences that are built in.
    #[must_use]
    pub fn built_in(zone: Tz) -> Self {
        static BUNDLES: OnceLock<Bundles> = OnceLock::new();
        let bundles =
            BUNDLES.get_or_init(|| Bundles { zh_cn: bundle(Language::ZhCn, ZH_CN), en: bundle(Language::En, EN) });
        Self { bundles, zone }
    }

    const fn bundle(&self, language: Language) -> &'static Bundle {
        match language {
            Language::ZhCn => &self.bundles.zh_cn,
            Language::En => &self.bundles.en,
        }
    }

    /// The text of a key, `message` or `message.attribute`; the key itself where there is none.
    #[must_use]
    pub fn text(&self, language: Language, key: &str, args: &FluentArgs<'_>) -> String {
        self.find(language, key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The heading of a column of a list; the member's name where there is none.
    #[must_use]
    pub fn column(&self, language: Language, list: &str, member: &str) -> String {
        let find = |key: String| self.find(language, &key, &FluentArgs::new());
        let member_key = key_part(member);
        find(format!("column-{list}-{member_key}"))
            .or_else(|| find(format!("column-{member_key}")))
            .unwrap_or_else(|| member.to_owned())
    }

    fn find(&self, language: Language, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let bundle = self.bundle(language);
        let (name, attribute) = key.split_once('.').map_or((key, None), |(name, attribute)| (name, Some(attribute)));
        let message = bundle.get_message(name)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut faults);
        // A sentence with a hole is worse than a general one.
        faults.is_empty().then(|| text.into_owned())
    }

    /// Title and sentence of a code.
    #[must_use]
    pub fn problem(&self, language: Language, code: &str) -> (String, String) {
        let key = format!("error-{}", key_part(code));
        let args = FluentArgs::new();
        let of = |attribute: &str| {
            self.find(language, &format!("{key}.{attribute}"), &args).unwrap_or_else(|| code.to_owned())
        };
        (of("title"), of("detail"))
    }

    /// What about the state of a record forbids an act.
    #[must_use]
    pub fn hindrance(&self, language: Language, hindrance: Hindrance) -> String {
        self.text(language, &format!("state-{}", key_part(hindrance.as_str())), &FluentArgs::new())
    }

    /// Title of a refusal by rules.
    #[must_use]
    pub fn refused_by_rule(&self, language: Language) -> String {
        self.text(language, "refused-by-rule", &FluentArgs::new())
    }

    /// Why a field was refused, with what was read and expected where that is known.
    #[must_use]
    pub fn field(&self, language: Language, field: &FieldError) -> String {
        let mut args = FluentArgs::new();
        if let Some(read) = &field.read {
            args.set("read", self.local(read));
        }
        if let Some(expected) = &field.expected {
            args.set("expected", self.local(expected));
        }
        if let Some(PolicyError { line, reason, .. }) = field.stumbles.as_deref() {
            return match language {
                Language::ZhCn => format!("第 {line} 行：{}。", reason.zh),
                Language::En => format!("Line {line}: {}.", reason.en),
            };
        }
        let code = field.code.as_str();
        let sentence = self
            .find(language, &format!("field-{}", key_part(code)), &args)
            .unwrap_or_else(|| self.problem(language, code).1);
        let more = match (&field.read, &field.expected) {
            (Some(_), Some(_)) => "field-read-and-expected",
            (Some(_), None) => "field-read",
            (None, Some(_)) => "field-expected",
            (None, None) => return sentence,
        };
        let gap = if language == Language::En { " " } else { "" };
        self.find(language, more, &args).map_or(sentence.clone(), |more| format!("{sentence}{gap}{more}"))
    }

    /// The message of a finding: of its rule and outcome, else of its rule, else of any rule with this outcome.
    #[must_use]
    pub fn finding(&self, language: Language, finding: &Finding) -> String {
        let mut args = FluentArgs::new();
        args.set("rule", finding.rule.as_str());
        self.set_all(&mut args, &finding.measured, language);
        self.set_all(&mut args, &finding.limit, language);
        let rule = key_part(&finding.rule);
        if finding.measured.get(WORKED_ALREADY).is_some_and(|worked| worked == true) {
            let what = [format!("finding-{rule}-worked"), format!("finding-{rule}-block")];
            if let Some(what) = what.iter().find_map(|key| self.find(language, key, &args)) {
                let gap = if language == Language::En { " " } else { "" };
                return format!("{what}{gap}{}", self.text(language, "finding-any-worked", &args));
            }
        }
        let outcome = finding.outcome.as_str();
        [format!("finding-{rule}-{outcome}"), format!("finding-{rule}"), format!("finding-any-{outcome}")]
            .iter()
            .find_map(|key| self.find(language, key, &args))
            .unwrap_or_else(|| finding.rule.clone())
    }

    fn set_all(&self, args: &mut FluentArgs<'_>, values: &Map<String, Value>, language: Language) {
        for (name, value) in values {
            let value = match value {
                // Years and counts below a hundred thousand alike are written without grouping.
                Value::Number(number) => FluentValue::from(number.as_f64().unwrap_or_default()),
                other => FluentValue::from(self.spoken(other, language)),
            };
            args.set(name.clone(), value);
        }
    }

    fn spoken(&self, value: &Value, language: Language) -> String {
        let between = if language == Language::En { ", " } else { "、" };
        match value {
            Value::Null => "–".to_owned(),
            Value::String(text) => self.on_the_wall(text).unwrap_or_else(|| text.clone()),
            Value::Array(items) => {
                items.iter().map(|item| self.spoken(item, language)).collect::<Vec<_>>().join(between)
            }
            Value::Object(fields) => fields
                .iter()
                .map(|(name, field)| format!("{name} {}", self.spoken(field, language)))
                .collect::<Vec<_>>()
                .join(between),
            other => other.to_string(),
        }
    }

    /// An instant as people read it: local date and time, to the minute; `None` for any other text.
    fn on_the_wall(&self, text: &str) -> Option<String> {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M").to_string())
    }

    /// A text with the instants in it as they can be sent from here: by the local clock, with its distance from UTC.
    fn local(&self, text: &str) -> String {
        let word = |word: &str| match DateTime::parse_from_rfc3339(word) {
            Ok(at) => at.with_timezone(&self.zone).to_rfc3339_opts(SecondsFormat::AutoSi, false),
            Err(_) => word.to_owned(),
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// A finding with its message.
    #[must_use]
    pub fn finding_view(&self, language: Language, finding: &Finding) -> FindingView {
        FindingView { finding: finding.clone(), message: self.finding(language, finding) }
    }

    /// Findings with their messages.
    #[must_use]
    pub fn findings(&self, language: Language, findings: &[Finding]) -> Vec<FindingView> {
        findings.iter().map(|finding| self.finding_view(language, finding)).collect()
    }
}

/// Keys of the files have neither dots nor underscores inside a name.
fn key_part(code: &str) -> String {
    code.replace(['.', '_'], "-")
}

fn bundle(language: Language, source: &str) -> Bundle {
    let tag = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    // The files are part of the program and tests read every entry; a fault leaves the entries around it usable.
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) => resource,
        Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::error::Code;
    use crate::rules::finding::Outcome;
    use actix_web::http::header::HeaderValue;
    use std::collections::BTreeSet;

    fn from(value: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap());
        preferred(&headers, Language::ZhCn)
    }

    #[test]
    fn the_heaviest_language_of_ours_wins() {
        for chinese in
            ["zh", "zh-CN", "zh-Hans-CN,en;q=0.9", "fr, de", "", "*", "en;q=0.5, ZH-cn;q=0.51", "en;q=0", "en;q=x"]
        {
            assert_eq!(from(chinese), Language::ZhCn, "{chinese}");
        }
        for english in ["en", "en-GB", "fr, en;q=0.1", "zh;q=0.8,en;q=0.9", "en;q=1.000"] {
            assert_eq!(from(english), Language::En, "{english}");
        }
    }

    /// Every message and attribute of a file.
    fn keys(source: &str) -> BTreeSet<String> {
        let resource = FluentResource::try_new(source.to_owned()).expect("the file can be read");
        let mut keys = BTreeSet::new();
        let mut name = String::new();
        assert!(resource.entries().count() > 0);
        for line in source.lines() {
            if let Some(attribute) = line.strip_prefix("    .") {
                keys.insert(format!("{name}.{}", attribute.split(' ').next().unwrap()));
            } else if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| !key.starts_with([' ', '#'])) {
                key.clone_into(&mut name);
                assert!(keys.insert(name.clone()), "{name} stands twice");
            }
        }
        keys
    }

    #[test]
    fn instants_that_are_expected_can_be_sent() {
        let field = FieldError::new("/until", Code::InvalidValue)
            .read("2026-03-01T18:30:00Z")
            .expected("2026-03-01T16:00:00.250+00:00 – 2026-03-02T16:00:00Z");
        let said = Words::built_in(Tz::Asia__Shanghai).field(Language::En, &field);
        for told in ["2026-03-02T02:30:00+08:00", "2026-03-02T00:00:00.250+08:00 – 2026-03-03T00:00:00+08:00"] {
            assert!(said.contains(told), "{said}");
        }
    }

    #[test]
    fn instants_are_told_by_the_clock_on_the_wall() {
        let finding = Finding::new("rest.ordered", "", Outcome::Block)
            .limit("rest_from", "2026-03-01T18:30:00Z")
            .limit("rest_to", "2026-03-02T18:30:59.123456Z");
        let said = |zone| Words::built_in(zone).finding(Language::ZhCn, &finding);
        assert!(said(Tz::Asia__Shanghai).contains("2026-03-02 02:30 至 2026-03-03 02:30"));
        assert!(said(Tz::Europe__London).contains("2026-03-01 18:30 至 2026-03-02 18:30"));
        let date = Finding::new("rest.off_roll", "", Outcome::Block).measured("from", "2026-03-01").measured("to", "–");
        let text = Words::built_in(Tz::UTC).finding(Language::En, &date);
        assert!(text.contains("2026-03-01") && !text.contains(':'), "{text}");
    }

    #[test]
    fn both_files_have_the_same_keys() {
        assert_eq!(keys(ZH_CN), keys(EN));
    }

    #[test]
    fn every_code_has_words_in_every_language() {
        let known = keys(EN);
        for code in Code::ALL {
            for attribute in ["title", "detail"] {
                let key = format!("error-{}.{attribute}", key_part(code.as_str()));
                assert!(known.contains(&key), "{key}");
                for language in Language::ALL {
                    let text = Words::built_in(Tz::UTC).text(*language, &key, &FluentArgs::new());
                    assert_ne!(text, key);
                    assert!(!text.contains(['{', '}']), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_finding_says_its_values() {
        let words = Words::built_in(Tz::UTC);
        let block = Finding::new("leave.balance", "L7", Outcome::Block)
            .measured("requested_days", 7)
            .measured("available_days", 2.5)
            .limit("short_by_days", 4.5);
        assert_eq!(words.finding(Language::En, &block), "Asked for 7 days with 2.5 available: 4.5 too many.");
        assert_eq!(words.finding(Language::ZhCn, &block), "申请 7 天，可用 2.5 天，差 4.5 天。");
        let regime = Finding::new("annual_leave.regime", "L1", Outcome::Pass)
            .measured("category", "police")
            .measured("from", "2026-01-01");
        assert_eq!(words.finding(Language::ZhCn, &regime), "自 2026-01-01 起按民警适用的规定计算。");
        assert_eq!(words.finding(Language::En, &regime), "From 2026-01-01 on the rules for police officers apply.");
        let year = Finding::new("calendar.not_published", "", Outcome::Block).measured("year", 2030);
        assert_eq!(words.finding(Language::ZhCn, &year), "2030 年的工作日历尚未公布，无法计算天数。");
    }

    #[test]
    fn a_finding_without_values_or_words_still_says_something() {
        let words = Words::built_in(Tz::UTC);
        let bare = Finding::new("leave.balance", "L7", Outcome::Block);
        assert_eq!(words.finding(Language::En, &bare), "Checked against the balance.");
        let unknown = Finding::new("x.y_z", "", Outcome::Warn);
        assert!(words.finding(Language::En, &unknown).contains("x.y_z"));
        assert_eq!(words.text(Language::En, "no-such-key", &FluentArgs::new()), "no-such-key");
    }
}
