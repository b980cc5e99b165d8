//! Lists: `?limit=` and `?cursor=`, `{"items": […], "next_cursor": …}`, keyset paging.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::app::error::{Code, Error, FieldError};

/// Items on a page where the caller does not say (CONTRACT §1).
pub const LIMIT_DEFAULT: u16 = 50;
/// Items on a page at most.
pub const LIMIT_MAX: u16 = 500;

/// The longest cursor that is read, in characters.
const CURSOR_LENGTH_MAX: usize = 2_000;

/// Which page is asked for. To be flattened into the query of a list: `#[serde(flatten)] pub paging: Paging`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct Paging {
    /// Items on the page, 1 to 500.
    #[serde(default)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    pub cursor: Option<String>,
}

/// A number of items from 1 to [`LIMIT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    // A flattened struct sees every query value as text, whatever it looks like; so this reads text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let plain = !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u16>() {
            Ok(limit) if plain && (1..=LIMIT_MAX).contains(&limit) => Ok(Self(limit)),
            _ => Err(serde::de::Error::custom("`limit` is a whole number from 1 to 500")),
        }
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT})
    }
}

impl Paging {
    /// Items on the page.
    #[must_use]
    pub fn limit(&self) -> usize {
        usize::from(self.limit.0)
    }

    /// How many rows to read: one more than the page holds, so that [`Page::of`] knows whether there is a next.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.limit.0) + 1
    }

    /// The keys of the last item of the page before, where this is not the first page of the list.
    ///
    /// # Errors
    /// [`Code::InvalidCursor`] when the cursor was not made by the list of this name, or not by this service.
    pub fn after<K: DeserializeOwned>(&self, list: &str) -> Result<Option<K>, Error> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        read_cursor(list, cursor).map(Some).ok_or_else(|| FieldError::new("?cursor", Code::InvalidCursor).into())
    }
}

fn read_cursor<K: DeserializeOwned>(list: &str, cursor: &str) -> Option<K> {
    if cursor.len() > CURSOR_LENGTH_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    // A text with NUL can be no key of ours, and PostgreSQL does not read it.
    if bytes.contains(&0) || bytes.windows(6).any(|six| six == b"\\u0000") {
        return None;
    }
    let (name, keys): (String, K) = serde_json::from_slice(&bytes).ok()?;
    (name == list).then_some(keys)
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Leads to the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of what was read with [`Paging::rows`]: cuts the surplus row off and makes the cursor from the
    /// keys of the last item that stays.
    ///
    /// # Errors
    /// [`Error::Internal`] when the keys cannot be written as JSON.
    pub fn of<K: Serialize>(
        mut rows: Vec<T>,
        paging: &Paging,
        list: &str,
        key: impl Fn(&T) -> K,
    ) -> Result<Self, Error> {
        let more = rows.len() > paging.limit();
        rows.truncate(paging.limit());
        let next_cursor = match rows.last() {
            Some(last) if more => Some(cursor(list, &key(last))?),
            _ => None,
        };
        Ok(Self { items: rows, next_cursor })
    }

    /// The whole list on one page.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// Turns every item into what is shown of it.
    #[must_use]
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(show).collect(), next_cursor: self.next_cursor }
    }
}

/// The cursor of a list that leads on after these keys.
///
/// # Errors
/// [`Error::Internal`] when the keys cannot be written as JSON.
pub fn cursor<K: Serialize>(list: &str, keys: &K) -> Result<String, Error> {
    let json = serde_json::to_vec(&(list, keys)).map_err(|error| Error::Internal(format!("cursor: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> Paging {
        serde_urlencoded::from_str(query).unwrap()
    }

    #[test]
    fn a_page_leads_to_the_next_and_the_last_to_none() {
        let page = Page::of(vec![1, 2, 3], &paging("limit=2"), "units", |row| (*row, "a")).unwrap();
        assert_eq!(page.items, [1, 2]);
        let cursor = page.next_cursor.unwrap();
        let next = paging(&format!("limit=2&cursor={cursor}"));
        assert_eq!(next.after::<(i32, String)>("units").unwrap(), Some((2, "a".to_owned())));
        assert!(Page::of(vec![3], &next, "units", |row| *row).unwrap().next_cursor.is_none());
        assert!(Page::of(Vec::<i32>::new(), &next, "units", |row| *row).unwrap().next_cursor.is_none());
    }

    #[test]
    fn a_cursor_of_another_list_or_none_at_all_is_refused() {
        let cursor = super::cursor("units", &(1,)).unwrap();
        let nul = super::cursor("units", &("\0",)).unwrap();
        for (list, cursor) in [("officers", cursor.as_str()), ("units", "%%%"), ("units", "e30"), ("units", &nul)] {
            let asked = Paging { limit: Limit::default(), cursor: Some(cursor.to_owned()) };
            assert!(matches!(asked.after::<(i32,)>(list), Err(Error::Fields(_))), "{cursor}");
        }
        assert!(paging("").after::<i32>("units").unwrap().is_none());
    }

    #[test]
    fn limits_are_whole_numbers_from_1_to_500() {
        assert_eq!(paging("").limit(), 50);
        assert_eq!(paging("limit=500").rows(), 501);
        for refused in ["0", "501", "-1", "+5", "1.0", "", "x", "99999999999999999999", "0007"] {
            assert!(serde_urlencoded::from_str::<Paging>(&format!("limit={refused}")).is_err(), "{refused}");
        }
    }
}
