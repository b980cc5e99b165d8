//! `X-Request-Id`: accepted from the caller or made here, echoed on every answer, written to every log line.

use actix_web::http::header::HeaderMap;
use uuid::{NoContext, Timestamp, Uuid};

use crate::clock::Clock;

/// Name of the header.
pub const HEADER: &str = "x-request-id";

/// The longest id that is accepted, in characters (CONTRACT §1).
pub const LENGTH_MAX: usize = 128;

/// The id of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The caller's id where it has 1 to 128 visible ASCII characters, else a new one made from the clock.
    #[must_use]
    pub fn of(headers: &HeaderMap, clock: &Clock) -> Self {
        headers
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_acceptable(text))
            .map_or_else(|| Self(fresh(clock).to_string()), |text| Self(text.to_owned()))
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_acceptable(text: &str) -> bool {
    (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn fresh(clock: &Clock) -> Uuid {
    let now = clock.now();
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn of(text: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(text) {
            headers.insert(HeaderName::from_static(HEADER), value);
        }
        RequestId::of(&headers, &Clock::system(chrono_tz::UTC)).as_str().to_owned()
    }

    #[test]
    fn an_id_is_kept_if_it_is_visible_ascii_of_bounded_length() {
        assert_eq!(of(b"abc-1~!"), "abc-1~!");
        assert_eq!(of("x".repeat(128).as_bytes()), "x".repeat(128));
        for refused in [&b""[..], b"a b", "日".as_bytes(), "x".repeat(129).as_bytes(), b"a\tb"] {
            let made = of(refused);
            assert_eq!(Uuid::parse_str(&made).map(|id| id.get_version_num()), Ok(7), "{made}");
        }
    }
}
