//! Why a policy text is refused, in the languages of the service.

use std::fmt;

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Reason {
    /// The same in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// What the reader of the format says, which knows English only; its commonest faults are said in Chinese too.
    #[must_use]
    pub fn of_reader(said: &str) -> Self {
        let en = said.trim();
        let quoted = |begin: &str| en.strip_prefix(begin)?.split('`').next().filter(|name| !name.is_empty());
        let zh = if let Some(name) = quoted("missing field `") {
            format!("缺少 `{name}`")
        } else if let Some(name) = quoted("unknown field `") {
            format!("没有 `{name}` 这一项（{en}）")
        } else if let Some(name) = quoted("unknown variant `") {
            format!("`{name}` 不是可用的值（{en}）")
        } else {
            format!("不符合格式（{en}）")
        };
        Self { zh, en: en.to_owned() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_says_is_told_in_chinese() {
        for (said, zh) in [
            ("missing field `days`", "缺少 `days`"),
            ("unknown field `hours`, expected `days`", "没有 `hours` 这一项（unknown field `hours`, expected `days`）"),
            ("unknown variant `x`, expected `y`", "`x` 不是可用的值（unknown variant `x`, expected `y`）"),
            ("invalid type: string", "不符合格式（invalid type: string）"),
        ] {
            let reason = Reason::of_reader(said);
            assert_eq!((reason.zh.as_str(), reason.en.as_str()), (zh, said));
        }
    }
}
