//! Refresh tokens: 256 random bits, kept by their SHA-256 alone.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// What a token begins with, so that leak scanners and people know it.
const PREFIX: &str = "wrt_";

/// A refresh token. It can't be printed by accident.
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// A token of these random bytes.
    pub fn of(bytes: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// A token somebody sent; whether it is good only its hash can tell.
    pub fn sent(text: String) -> Self {
        Self(text.into())
    }

    /// What is kept.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_secret()).into()
    }

    /// The text for its owner.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_the_same_hash_and_is_never_printed() {
        let token = RefreshToken::of([7; 32]);
        assert!(token.reveal().starts_with("wrt_"));
        assert_eq!(RefreshToken::sent(token.reveal().to_owned()).hash(), token.hash());
        assert_ne!(RefreshToken::of([8; 32]).hash(), token.hash());
        assert_eq!(format!("{token:?}"), "RefreshToken(…)");
    }
}
