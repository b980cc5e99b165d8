//! Names to sign in with: one name in whatever width and case its letters are typed.

use unicode_normalization::UnicodeNormalization;

/// Longest name, in characters.
pub const LENGTH_MAX: usize = 64;

/// The name as it is kept: NFKC, so that full-width letters and digits are the plain ones, without blanks at its ends.
/// A name that is too long stays too long, but costs no more than one character beyond the limit.
#[must_use]
pub fn plain(name: &str) -> String {
    let some: String = name.trim().chars().take(LENGTH_MAX + 1).collect();
    some.nfkc().collect::<String>().trim().to_owned()
}

/// The name as it is compared: the plain name in lower case.
#[must_use]
pub fn key(name: &str) -> String {
    plain(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_blanks_make_no_other_name() {
        for (given, kept, compared) in [
            ("Li.Wei", "Li.Wei", "li.wei"),
            ("ｌｉ．ｗｅｉ", "li.wei", "li.wei"),
            (" １００１００ ", "100100", "100100"),
            ("李伟", "李伟", "李伟"),
            ("É", "É", "é"),
            ("e\u{301}", "é", "é"),
        ] {
            assert_eq!((plain(given).as_str(), key(given).as_str()), (kept, compared), "{given}");
        }
    }

    #[test]
    fn a_long_name_stays_too_long_and_costs_little() {
        let long = "Ａ".repeat(1_000_000);
        assert_eq!(plain(&long).chars().count(), LENGTH_MAX + 1);
    }
}
