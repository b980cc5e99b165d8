//! What the rules of rest are called, and their ids in the domain sheet.

/// The rules of rest by name, with the id of the sheet where they have one. A rule is asked for by either.
pub const NAMES: &[(&str, &str)] = &[
    ("rest.weekly", "R1"),
    ("rest.daily", "R2"),
    ("rest.after_overnight", "R3"),
    ("rest.length", "R4"),
    ("rest.volume", "R5"),
    ("rest.nights", "R6"),
    ("rest.credit", "R7"),
    ("rest.notice", "R8"),
    ("rest.rotation", "R9"),
    ("rest.couple", "R10"),
    ("rest.strength", "R11"),
    ("rest.fitness_limit", "R12"),
    ("rest.moved", ""),
    ("rest.no_policy", ""),
    ("rest.on_leave", ""),
    ("rest.ordered", ""),
    ("rest.overlap", ""),
    ("rest.protected", ""),
    ("rest.rest_day", ""),
    ("rest.span", ""),
];

/// The name of the rule that a text asks for, by its name or its id, whatever the case of the letters.
#[must_use]
pub fn named(text: &str) -> Option<&'static str> {
    let is_it = |(name, id): &&(&str, &str)| {
        name.eq_ignore_ascii_case(text) || (!id.is_empty() && id.eq_ignore_ascii_case(text))
    };
    NAMES.iter().find(is_it).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_asked_for_by_name_or_id() {
        for (text, name) in [
            ("R1", Some("rest.weekly")),
            ("r12", Some("rest.fitness_limit")),
            ("R10", Some("rest.couple")),
            ("rest.span", Some("rest.span")),
            ("REST.Weekly", Some("rest.weekly")),
            ("R0", None),
            ("R13", None),
            ("R", None),
            ("", None),
            ("weekly", None),
            (" R1", None),
        ] {
            assert_eq!(named(text), name, "{text}");
        }
    }

    /// Whatever a rule of rest says of itself is a name of the list.
    #[test]
    fn every_rule_is_named() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/rest");
        let mut met = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("names.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for rest in text.split("Finding::new(\"").skip(1) {
                let mut quoted = rest.split('"');
                let (name, id) = (quoted.next().unwrap(), quoted.nth(1).unwrap());
                assert!(NAMES.contains(&(name, id)), "{name} {id} in {}", path.display());
                met += 1;
            }
        }
        assert!(met > 15, "{met}");
    }
}
