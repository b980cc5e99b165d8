//! Every stable code is used, has words in both languages, and is documented in docs/ERRORS.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use respite::app::error::Code;
use respite::app::hindrance::Hindrance;
use respite::app::import::{ImportCode, Language as ImportLanguage};
use respite::http::language::{Language, Words};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file with its text, without those at `except`.
fn sources(except: &[&str]) -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in folder.read_dir().unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                collect(&entry.path(), found);
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                found.push(entry.path());
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join("src"), &mut found);
    found
        .into_iter()
        .filter(|path| !except.iter().any(|end| path.ends_with(end)))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The text of a source file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// `unknown_field` is written `UnknownField` in the sources.
fn variant(code: &str) -> String {
    code.split('_').map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..])).collect()
}

fn documented(words: &BTreeSet<String>) -> Vec<&String> {
    let text = std::fs::read_to_string(root().join("docs/ERRORS.md")).expect("docs/ERRORS.md lists every code");
    words.iter().filter(|word| !text.contains(&format!("`{word}`"))).collect()
}

/// The rules that findings of the sources name: every such word in `rules`, what findings are made of elsewhere.
fn rules() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in sources(&["rules/headings.rs", "rules/cases.rs"]) {
        if path.ends_with("tests.rs") || path.contains("/tests/") {
            continue;
        }
        let text = without_tests(&text);
        for (at, _) in text.match_indices('"') {
            let literal = text[at + 1..].split('"').next().unwrap_or_default();
            let is_rule = ["leave.", "calendar.", "annual_leave.", "rest.", "credit.", "overtime."]
                .iter()
                .any(|room| literal.strip_prefix(room).is_some_and(|rest| !rest.is_empty()))
                && literal.chars().all(|letter| letter.is_ascii_lowercase() || "._".contains(letter))
                && !literal.ends_with(".toml");
            if is_rule && (path.contains("/src/rules/") || text[..at].ends_with("Finding::new(")) {
                found.insert(literal.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_code_is_used_somewhere() {
    let sources = sources(&["app/error.rs", "http/problem.rs"]);
    let unused: Vec<_> = Code::ALL
        .iter()
        .filter(|code| {
            let name = match code {
                // These two have ways of their own.
                Code::MethodNotAllowed => "Problem::method_not_allowed".to_owned(),
                Code::Unavailable => "Error::Unavailable".to_owned(),
                _ => format!("Code::{}", variant(code.as_str())),
            };
            let is_used = |text: &str| {
                text.match_indices(&name).any(|(at, _)| {
                    let before = text[..at].chars().last().unwrap_or(' ');
                    let after = text[at + name.len()..].chars().next().unwrap_or(' ');
                    !before.is_alphanumeric() && !after.is_alphanumeric()
                })
            };
            // The collective code is what a refusal of several fields is called (`http/problem.rs`).
            **code != Code::InvalidFields && !sources.iter().any(|(_, text)| is_used(without_tests(text)))
        })
        .collect();
    assert!(unused.is_empty(), "codes that nothing answers with: {unused:?}");
}

#[test]
fn every_code_of_an_import_is_used_somewhere() {
    let sources = sources(&["import/report.rs", "import/words.rs"]);
    let unused: Vec<_> = ImportCode::ALL
        .iter()
        .filter(|code| {
            let name = format!("ImportCode::{}", variant(code.as_str()));
            !sources.iter().any(|(path, text)| !path.contains("/tests/") && without_tests(text).contains(&name))
                && !matches!(code, ImportCode::MoreWarnings | ImportCode::MoreRejected | ImportCode::FileUnreadable)
        })
        .collect();
    assert!(unused.is_empty(), "codes that no file is refused with: {unused:?}");
}

#[test]
fn every_reason_of_a_state_is_used_documented_and_said() {
    let sources = sources(&["app/hindrance.rs"]);
    let words = Words::built_in(chrono_tz::Tz::UTC);
    for hindrance in Hindrance::ALL {
        let name = format!("Hindrance::{}", variant(hindrance.as_str()));
        assert!(sources.iter().any(|(_, text)| without_tests(text).contains(&name)), "{hindrance} hinders nothing");
        let [zh, en] = [Language::ZhCn, Language::En].map(|language| words.hindrance(language, *hindrance));
        assert!(!zh.is_ascii() && en.is_ascii() && !en.starts_with("state-"), "{hindrance}: {zh} {en}");
    }
    let known = Hindrance::ALL.iter().map(|one| one.as_str().to_owned()).collect();
    assert_eq!(documented(&known), Vec::<&String>::new());
}

#[test]
fn every_code_has_words_in_both_languages() {
    let words = Words::built_in(chrono_tz::Tz::UTC);
    for code in Code::ALL {
        let [zh, en] = [Language::ZhCn, Language::En].map(|language| words.problem(language, code.as_str()));
        for (chinese, english) in [(&zh.0, &en.0), (&zh.1, &en.1)] {
            assert!(!chinese.is_ascii() && chinese != code.as_str(), "{code} in Chinese: {chinese}");
            assert!(
                english != code.as_str() && english != chinese && !english.is_empty(),
                "{code} in English: {english}"
            );
        }
    }
    for code in ImportCode::ALL {
        let (chinese, english) = (code.text(ImportLanguage::Zh), code.text(ImportLanguage::En));
        assert!(!chinese.is_ascii() && !english.is_empty() && english != chinese, "{code}");
    }
}

#[test]
fn every_rule_has_words_in_both_languages() {
    for language in ["zh-CN", "en"] {
        let words = std::fs::read_to_string(root().join(format!("locales/{language}.ftl"))).unwrap();
        let missing: Vec<_> = rules()
            .into_iter()
            .filter(|rule| {
                let key = format!("finding-{}", rule.replace(['.', '_'], "-"));
                !words.lines().any(|line| line.starts_with(&format!("{key} =")) || line.starts_with(&format!("{key}-")))
            })
            .collect();
        assert!(missing.is_empty(), "locales/{language}.ftl has no words for {missing:?}");
    }
}

#[test]
fn every_code_is_documented() {
    let mut words: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    words.extend(ImportCode::ALL.iter().map(|code| code.as_str().to_owned()));
    let rules = rules();
    assert!(rules.contains("leave.balance") && rules.contains("leave.overlap"), "{rules:?}");
    words.extend(rules);
    let missing = documented(&words);
    assert!(missing.is_empty(), "docs/ERRORS.md does not name {missing:?}");
}
