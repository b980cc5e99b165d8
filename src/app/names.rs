//! Names to sign in with: one name in whatever width and case its letters are typed.

use unicode_normalization::UnicodeNormalization;

/// Longest name, in characters.
pub const LENGTH_MAX: usize = 64;

/// The name as it is kept: NFKC, so that full-width letters and digits are the plain ones, without blanks at its ends and without
/// characters that are not seen.
/// A name that is too long stays too long, but costs no more than one character beyond the limit.
#[must_use]
pub fn plain(name: &str) -> String {
    let some: String = name.trim().chars().take(LENGTH_MAX + 1).collect();
    let visible = some.nfkc().filter(|letter| !is_invisible(*letter));
    visible.collect::<String>().trim().to_owned()
}

/// Characters that are not seen: with them a name would look like another that it is not.
const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    )
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
            ("h\u{200b}r\u{ad}", "hr", "hr"),
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
