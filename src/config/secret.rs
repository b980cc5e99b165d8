//! What must not be printed: secrets, and the keys that sign tokens.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(pub T);

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A key that signs tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// Name of the key, part of every token it signed.
    pub id: String,
    /// The key.
    pub key: Secret<[u8; 32]>,
}

pub(super) fn read_keys(text: &str) -> Result<Vec<TokenKey>, String> {
    const FAULT: &str = "is KID:BASE64 of 32 bytes, several with commas between, each KID once";
    let mut keys: Vec<TokenKey> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (id, encoded) = part.split_once(':').ok_or(FAULT)?;
        let key: [u8; 32] = STANDARD.decode(encoded).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(FAULT)?;
        let plain = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || keys.iter().any(|known| known.id == id) {
            return Err(FAULT.to_owned());
        }
        keys.push(TokenKey { id: id.to_owned(), key: Secret(key) });
    }
    Ok(keys)
}
