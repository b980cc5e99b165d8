//! What people say in words: reasons that must be given, and notes that may be.

use super::error::{Code, FieldError};

/// Longest reason or note, in characters.
pub const TEXT_MAX: usize = 1000;

/// A reason without the blanks around it: something is said, and not too much.
///
/// # Errors
/// [`Code::MissingField`] for a blank one, [`Code::TooLong`] beyond [`TEXT_MAX`], [`Code::InvalidValue`] where no database
/// could keep it.
pub fn reason(pointer: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(pointer, Code::MissingField));
    }
    if text.chars().count() > TEXT_MAX {
        return Err(FieldError::new(pointer, Code::TooLong).expected(format!("≤ {TEXT_MAX}")));
    }
    if text.contains('\0') { Err(FieldError::new(pointer, Code::InvalidValue)) } else { Ok(text.to_owned()) }
}

/// A note that may be left out; one that is there says something.
///
/// # Errors
/// As [`reason`].
pub fn note(pointer: &str, text: Option<&str>) -> Result<Option<String>, FieldError> {
    text.map(|text| reason(pointer, text)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_said_and_not_too_much() {
        let said = |text: &str| reason("/reason", text).map_err(|error| (error.pointer, error.code));
        let refused = |code| Err(("/reason".to_owned(), code));
        assert_eq!(said(" 临时勤务 "), Ok("临时勤务".to_owned()));
        for blank in ["", " ", "\t\u{3000}\n"] {
            assert_eq!(said(blank), refused(Code::MissingField));
        }
        assert_eq!(said(&"假".repeat(TEXT_MAX)).map(|text| text.chars().count()), Ok(TEXT_MAX));
        assert_eq!(said(&"假".repeat(TEXT_MAX + 1)), refused(Code::TooLong));
        assert_eq!(said("a\0b"), refused(Code::InvalidValue));
        assert_eq!(note("/note", None), Ok(None));
    }
}
