//! Access tokens (JSON web tokens, HS256) and refresh tokens (random, kept as hashes).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::rules::terms::Instant;

/// What an access token says. What its bearer may do is read from the database at each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Account.
    pub sub: Uuid,
    /// Sign-in.
    pub sid: Uuid,
    /// Issued, seconds since 1970.
    pub iat: i64,
    /// Ends, seconds since 1970.
    pub exp: i64,
}

impl Claims {
    /// Whether the token has not ended at an instant.
    #[must_use]
    pub const fn hold_at(&self, now: Instant) -> bool {
        now.timestamp() < self.exp
    }
}

/// A token that is not ours, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct InvalidToken;

/// A key ring without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no token key is configured")]
pub struct NoKeys;

struct Key {
    kid: String,
    secret: Vec<u8>,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The keys: the first signs, all verify. They can be exchanged while the service runs.
pub struct KeyRing {
    keys: RwLock<Vec<Key>>,
    exchanges: AtomicU64,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.kids()).finish()
    }
}

impl KeyRing {
    /// Makes a ring of key ids and secrets.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(keys: &[(String, Vec<u8>)]) -> Result<Self, NoKeys> {
        let ring = Self { keys: RwLock::default(), exchanges: AtomicU64::new(0) };
        ring.replace(keys)?;
        Ok(ring)
    }

    /// Exchanges the keys, where they are others.
    ///
    /// # Errors
    /// When there is none; the ring then stays as it is.
    pub fn replace(&self, keys: &[(String, Vec<u8>)]) -> Result<(), NoKeys> {
        if keys.is_empty() {
            return Err(NoKeys);
        }
        let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if held.iter().map(|key| (&key.kid, &key.secret)).eq(keys.iter().map(|(kid, secret)| (kid, secret))) {
            return Ok(());
        }
        *held = keys
            .iter()
            .map(|(kid, secret)| Key {
                kid: kid.clone(),
                secret: secret.clone(),
                encoding: EncodingKey::from_secret(secret),
                decoding: DecodingKey::from_secret(secret),
            })
            .collect();
        self.exchanges.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// How often the keys were exchanged for others: what was verified before may be refused since.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::SeqCst)
    }

    /// The ids of the keys; the first signs.
    #[must_use]
    pub fn kids(&self) -> Vec<String> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).iter().map(|key| key.kid.clone()).collect()
    }

    /// Signs claims with the first key.
    ///
    /// # Errors
    /// When the ring is empty or signing fails.
    pub fn sign(&self, claims: &Claims) -> Result<String, InvalidToken> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.first().ok_or(InvalidToken)?;
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &key.encoding).map_err(|_| InvalidToken)
    }

    /// Reads a token that one of the keys signed and that has not ended at `now`.
    ///
    /// # Errors
    /// When it is not such a token; why is nobody's business.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Claims, InvalidToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken)?;
        let kid = header.kid.ok_or(InvalidToken)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter().find(|key| key.kid == kid).ok_or(InvalidToken)?;
        let mut validation = Validation::new(Algorithm::HS256);
        // The end is checked below, against the service's clock instead of the machine's.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let claims =
            jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).map_err(|_| InvalidToken)?.claims;
        if claims.hold_at(now) { Ok(claims) } else { Err(InvalidToken) }
    }
}

/// A new refresh token: 32 random bytes.
#[must_use]
pub fn new_refresh_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A one-time code for a person to type: 20 characters without those that look alike, about 98 bits.
#[must_use]
pub fn new_one_time_code() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    rand::random::<[u8; 20]>()
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter)))
        .collect()
}

/// What a key of the interface begins with: searches for secrets that leaked can find it, and it is never taken for an
/// access token.
pub const API_KEY_PREFIX: &str = "respite_";

/// A new key of the interface: 32 random bytes.
#[must_use]
pub fn new_api_key() -> String {
    format!("{API_KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// What is kept of a refresh token, and of a key of the interface: both are random, so that one pass is enough.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn ring(kids: &[&str]) -> KeyRing {
        let keys: Vec<_> = kids.iter().map(|kid| ((*kid).to_owned(), kid.repeat(32).into_bytes())).collect();
        KeyRing::new(&keys).unwrap()
    }

    #[test]
    fn a_token_holds_until_its_second_and_for_its_keys_only() {
        let now = at("2026-03-02T00:00:00Z");
        let claims = Claims {
            sub: Uuid::from_u128(1),
            sid: Uuid::from_u128(2),
            iat: now.timestamp(),
            exp: (now + TimeDelta::minutes(15)).timestamp(),
        };
        let token = ring(&["a"]).sign(&claims).unwrap();
        assert_eq!(ring(&["b", "a"]).verify(&token, now), Ok(claims), "an older key still verifies");
        assert_eq!(ring(&["b"]).verify(&token, now), Err(InvalidToken));
        assert_eq!(ring(&["a"]).verify(&token, now + TimeDelta::seconds(899)), Ok(claims));
        assert_eq!(ring(&["a"]).verify(&token, now + TimeDelta::seconds(900)), Err(InvalidToken));
        for wrong in ["", ".", "..", "a.b.c", &token[..token.len() - 1], &format!("{token}x")] {
            assert_eq!(ring(&["a"]).verify(wrong, now), Err(InvalidToken), "{wrong}");
        }
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT","kid":"a"}"#);
        let body = URL_SAFE_NO_PAD.encode(
            r#"{"sub":"00000000-0000-0000-0000-000000000001","sid":"00000000-0000-0000-0000-000000000001","iat":0,"exp":99999999999}"#,
        );
        assert_eq!(ring(&["a"]).verify(&format!("{header}.{body}."), at("2026-03-02T00:00:00Z")), Err(InvalidToken));
    }
}
