use super::*;
use crate::rules::cases::{built_in, day, policies_with, texts_with};
use crate::rules::terms::LeaveKind;

const ANNUAL: &str = include_str!("../annual_leave.toml");
const REQUESTS: &str = include_str!("../leave_requests.toml");

fn refused(annual: &str) -> PolicyError {
    PolicySet::read(&texts_with(&[("annual_leave.toml", annual)])).unwrap_err()
}

fn line_of(text: &str, what: &str) -> usize {
    text.lines().position(|line| line.contains(what)).unwrap() + 1
}

#[test]
fn versions_by_category_and_date() {
    let set = built_in();
    let regime =
        |category, on| set.annual_leave(Place::in_force(category), day(on)).map(|version| version.values.regime);
    assert_eq!(regime(Category::Police, "2026-05-01"), Some(Regime::OrderNine));
    assert_eq!(regime(Category::Staff, "2008-01-01"), Some(Regime::OrderNine));
    assert_eq!(regime(Category::Police, "2007-12-31"), None);
    assert_eq!(regime(Category::Auxiliary, "2026-05-01"), Some(Regime::Enterprise));
    assert_eq!(regime(Category::Auxiliary, "2008-09-17"), None);
    assert_eq!(regime(Category::Retired, "2026-05-01"), None);
    assert!(set.leave_requests(Place::in_force(Category::Retired), day("2026-05-01")).is_none());
    let requests = &set.leave_requests(Place::in_force(Category::Police), day("2026-05-01")).unwrap().values;
    let back = |kind| requests.retroactive_days(kind);
    assert_eq!([LeaveKind::Annual, LeaveKind::Sick, LeaveKind::Maternity].map(back), [0, 7, 30]);
}

#[test]
fn nearest_then_newest() {
    let version = |from: &str, categories: &[Category]| Version {
        name: "x".to_owned(),
        binding: Binding {
            scope: Scope::BuiltIn,
            category: None,
            categories: categories.to_vec(),
            effective_from: day(from),
        },
        source: String::new(),
        values: (),
    };
    let versions = [
        version("2020-01-01", &[]),
        version("2024-01-01", &[]),
        version("2021-01-01", &[Category::Police]),
        version("2027-01-01", &[Category::Police]),
    ];
    let found = |category, on| {
        binding_one(versions.iter(), |one| &one.binding, Place::in_force(category), day(on))
            .map(|one| one.binding.effective_from)
    };
    assert_eq!(found(Category::Police, "2026-01-01"), Some(day("2021-01-01")));
    assert_eq!(found(Category::Police, "2020-12-31"), Some(day("2020-01-01")));
    assert_eq!(found(Category::Staff, "2026-01-01"), Some(day("2024-01-01")));
    assert_eq!(found(Category::Staff, "2019-12-31"), None);
}

#[test]
fn documents_and_fingerprint() {
    let set = built_in();
    let names: Vec<&str> = set.documents().iter().map(|document| document.name.as_str()).collect();
    assert_eq!(names, ["annual_leave", "leave_requests", "overtime", "rest"]);
    let annual = &set.documents()[0];
    assert_eq!((annual.text.as_str(), annual.versions.len()), (ANNUAL, 2));
    for version in &annual.versions {
        assert!(version.text.starts_with("[[version]]") && version.published_at.is_none());
        assert!(version.text.contains(&format!("effective_from = {}", version.binding.effective_from)));
        assert_eq!(version.text.matches("[[version]]").count(), 1);
    }
    assert_eq!(set.fingerprint(), built_in().fingerprint());
    let changed = ANNUAL.replace("reopened_days = 90", "reopened_days = 91");
    let other = policies_with(&[("annual_leave.toml", &changed)]);
    assert_ne!(set.fingerprint(), other.fingerprint());
    // The order in which texts are given does not matter.
    let mut turned = texts_with(&[]);
    turned.reverse();
    let turned = PolicySet::read(&turned).unwrap();
    assert_eq!(set.fingerprint(), turned.fingerprint());
}

#[test]
fn faults_are_named_with_their_line() {
    for (good, bad) in [
        ("regime = \"order_9\"", "regime = \"order_10\""),
        ("min_unit_days = 0.5", "min_unit_days = 0.3"),
        ("expires = \"12-31\"", "expires = \"13-31\""),
        ("join_proration = \"none\"", "join_prorating = \"none\""),
        ("years_min = 10", "years_min = -10"),
        ("effective_from = 2008-09-18", "effective_from = 2008-09-18T00:00:00"),
    ] {
        let text = ANNUAL.replacen(good, bad, 1);
        let error = refused(&text);
        assert_eq!((error.file.as_str(), error.line), ("annual_leave.toml", line_of(&text, bad)), "{error}");
        assert!(!error.reason.en.is_empty());
    }
}

#[test]
fn nonsense_is_refused() {
    let descending = ANNUAL.replacen("days = 10", "days = 4", 1);
    assert!(refused(&descending).reason.en.contains("ascend"));
    assert!(
        refused(&ANNUAL.replacen("min_unit_days = 0.5", "min_unit_days = 1.5", 1)).reason.en.contains("min_unit_days")
    );
    let twice = ANNUAL.replacen("[\"auxiliary\"]", "[\"police\"]", 1).replacen("2008-09-18", "2008-01-01", 1);
    assert!(refused(&twice).reason.en.contains("two versions"));
    assert!(refused(&ANNUAL.replacen("annual_leave", "annual_leaves", 1)).reason.en.contains("no policy is called"));
    assert!(refused(REQUESTS).reason.en.contains("second text"));
    assert_eq!(PolicySet::read(&[("b", REQUESTS)]).unwrap_err().file, "annual_leave.toml");
}

fn draft<'a>(text: &'a str, category: Option<Category>) -> Draft<'a> {
    Draft {
        name: "annual_leave",
        unit_id: None,
        category,
        effective_from: day("2027-01-01"),
        source: "本局休假办法",
        text,
        supersedes: None,
    }
}

/// Days of the second tier that bind a category under a draft.
fn second_tier(draft: &Draft<'_>, category: Category) -> Result<u16, PolicyError> {
    let set = built_in().with_draft(draft)?;
    let version = set.annual_leave(Place::in_force(category), day("2027-06-01")).unwrap();
    Ok(version.values.tiers[1].days)
}

#[test]
fn a_published_text_is_bare_or_a_whole_one() {
    let police = ANNUAL.split("[[version]]").nth(1).unwrap();
    let bare = police
        .split("[version.values]\n")
        .nth(1)
        .unwrap()
        .replace("[version.values.", "[")
        .replace("= 10\ndays = 10", "= 10\ndays = 12");
    assert_eq!(second_tier(&draft(&bare, None), Category::Auxiliary), Ok(12));
    assert_eq!(second_tier(&draft(&bare, Some(Category::Police)), Category::Auxiliary), Ok(10));
    // A whole text goes on binding each category with its own version; inner dates after the date do not count.
    let whole = ANNUAL.replace("days = 10", "days = 13");
    assert_eq!(second_tier(&draft(&whole, None), Category::Police), Ok(13));
    let later = whole.replace("2008-01-01", "2028-01-01").replace("2008-09-18", "2028-01-01");
    let refused = second_tier(&draft(&later, None), Category::Police).unwrap_err();
    assert!(refused.reason.en.contains("nobody") || refused.reason.en.contains("anybody"), "{refused}");
    let block = format!("[[version]]{police}");
    assert!(second_tier(&draft(&block, Some(Category::Auxiliary)), Category::Police).is_err());
    let twice = format!("{block}\n{block}");
    assert!(second_tier(&draft(&twice, None), Category::Police).unwrap_err().reason.en.contains("two versions"));
    assert!(second_tier(&draft(REQUESTS, None), Category::Police).unwrap_err().reason.en.contains("leave_requests"));
}

#[test]
fn a_folder_is_nearer_than_what_is_built_in_and_farther_than_the_force() {
    let text = |days: u16| ANNUAL.replace("= 10\ndays = 10", &format!("= 10\ndays = {days}"));
    let over = |texts: &[(&str, String)]| {
        built_in().overlaid(&texts.iter().map(|(file, text)| ((*file).to_owned(), text.clone())).collect::<Vec<_>>())
    };
    let set = over(&[("a.toml", text(11).replace("2008-01-01", "2026-01-01"))]).unwrap();
    let days = |set: &PolicySet, on| {
        set.annual_leave(Place::in_force(Category::Police), day(on)).unwrap().values.tiers[1].days
    };
    assert_eq!([days(&set, "2025-12-31"), days(&set, "2026-01-01")], [10, 11]);
    assert_ne!(set.fingerprint(), built_in().fingerprint());
    let published = set.with_draft(&draft(&text(12), None)).unwrap();
    assert_eq!([days(&published, "2026-12-31"), days(&published, "2027-01-01")], [11, 12]);
    assert!(over(&[("a.toml", text(11)), ("b.toml", text(12))]).unwrap_err().reason.en.contains("second text"));
    assert_eq!(over(&[("a.toml", "name = \"x\"".to_owned())]).unwrap_err().line, 1);
}
