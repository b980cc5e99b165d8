//! Makes docs/RULES.md from the headings of the rules, so that the document cannot say anything else than the code.

/// Where the rules are, in the order of the document.
const SOURCES: &[(&str, &str)] = &[
    ("calendar", include_str!("calendar.rs")),
    ("day_count", include_str!("day_count.rs")),
    ("service", include_str!("service.rs")),
    ("annual_leave", include_str!("annual_leave.rs")),
    ("disqualification", include_str!("disqualification.rs")),
    ("leaving", include_str!("leaving.rs")),
    ("lots", include_str!("lots.rs")),
    ("lots", include_str!("lots/matching.rs")),
    ("balance", include_str!("balance.rs")),
    ("carry_over", include_str!("carry_over.rs")),
    ("missed_rest", include_str!("missed_rest.rs")),
    ("rest_duty", include_str!("rest_duty.rs")),
    ("leave_request", include_str!("leave_request/checks.rs")),
    ("leave_request", include_str!("leave_request/credit.rs")),
    ("leave_request", include_str!("leave_request/life.rs")),
    ("leave_request", include_str!("leave_request/change.rs")),
    ("leave_request::strength", include_str!("leave_request/strength.rs")),
    ("recall", include_str!("recall.rs")),
    ("alternatives", include_str!("alternatives.rs")),
    ("approver", include_str!("approver.rs")),
    ("rest::change", include_str!("rest/change.rs")),
    ("rest::overlap", include_str!("rest/overlap.rs")),
    ("rest::entries", include_str!("rest/entries.rs")),
    ("rest::weekly", include_str!("rest/weekly.rs")),
    ("rest::after_overnight", include_str!("rest/after_overnight.rs")),
    ("rest::credit", include_str!("rest/credit.rs")),
    ("rest::daily", include_str!("rest/daily.rs")),
    ("rest::length", include_str!("rest/length.rs")),
    ("rest::volume", include_str!("rest/volume.rs")),
    ("rest::nights", include_str!("rest/nights.rs")),
    ("rest::notice", include_str!("rest/notice.rs")),
    ("rest::rotation", include_str!("rest/rotation.rs")),
    ("rest::couple", include_str!("rest/couple.rs")),
    ("rest::strength", include_str!("rest/strength.rs")),
    ("rest::quotas", include_str!("rest/quotas.rs")),
    ("rest::forecast", include_str!("rest/forecast.rs")),
    ("rest::swaps", include_str!("rest/swaps.rs")),
    ("overtime", include_str!("overtime.rs")),
    ("overtime", include_str!("overtime/month.rs")),
    ("comp_credit", include_str!("comp_credit.rs")),
    ("comp_credit", include_str!("comp_credit/matching.rs")),
    ("comp_credit", include_str!("comp_credit/earned.rs")),
    ("comp_credit", include_str!("comp_credit/follows.rs")),
    ("comp_credit", include_str!("comp_credit/balance.rs")),
    ("comp_credit", include_str!("comp_credit/cover.rs")),
    ("comp_credit", include_str!("comp_credit/payable.rs")),
];

/// How a heading of a rule begins.
const HEADING: &str = "/// ## ";

/// The text of docs/RULES.md.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Rules\n\n\
         Made from the headings of the functions in `src/rules`; do not edit by hand (see adding-a-rule.md).\n\
         \"RULINGS n\" are the rulings of the product on what the law leaves open.\n",
    );
    for (module, source) in SOURCES {
        let mut lines = source.lines().map(str::trim_start);
        while let Some(line) = lines.next() {
            if let Some(title) = line.strip_prefix(HEADING) {
                rule(&mut text, module, title, &mut lines);
            }
        }
    }
    text
}

/// Writes one rule: its title, its function, and its paragraphs up to the rustdoc section on errors.
fn rule<'a>(text: &mut String, module: &str, title: &str, lines: &mut impl Iterator<Item = &'a str>) {
    let mut body = String::new();
    let mut told = true;
    let mut function = "";
    for line in lines {
        if let Some(comment) = line.strip_prefix("///") {
            told &= !comment.starts_with(" # ");
            if told {
                body.push_str(comment.strip_prefix(' ').unwrap_or(comment));
                body.push('\n');
            }
        } else if let Some((_, rest)) = line.split_once("fn ") {
            function = rest.split(['(', '<']).next().unwrap_or(rest);
            break;
        }
    }
    // Links of rustdoc lead nowhere here.
    let body = body.replace("[`", "`").replace("`]", "`");
    text.push_str(&format!("\n## {title}\n\n`rules::{module}::{function}`\n\n{}\n", body.trim()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_current() {
        let written = include_str!("../../docs/RULES.md");
        assert!(written == markdown(), "run `cargo test --lib write_rules_md -- --ignored` and commit docs/RULES.md");
    }

    #[test]
    fn every_rule_says_its_source_and_has_a_chinese_title() {
        for (_, source) in SOURCES {
            assert!(source.contains(HEADING));
        }
        for heading in markdown().lines().filter_map(|line| line.strip_prefix("## ")) {
            let (chinese, english) = heading.split_once(" — ").unwrap();
            assert!(!chinese.is_ascii() && english.is_ascii(), "{heading}");
        }
    }

    #[test]
    #[ignore = "writes docs/RULES.md"]
    fn write_rules_md() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/RULES.md"), markdown()).unwrap();
    }
}
