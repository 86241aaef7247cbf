//! Tokens that mean nothing but themselves: 256 random bits, kept by their SHA-256 alone.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// What a token is for. Its prefix lets leak scanners and people know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Exchanged for the next access token.
    Refresh,
    /// Shows a device that its owner has logged in with before.
    Device,
    /// A log-in that waits for its second factor.
    Challenge,
    /// In a link that was sent to an address.
    Link,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "wrt_",
            Self::Device => "wdt_",
            Self::Challenge => "wct_",
            Self::Link => "wlt_",
        }
    }
}

/// A token. It can't be printed by accident.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// A token of these bytes, which nobody can guess.
    pub fn of(kind: Kind, bytes: [u8; 32]) -> Self {
        Self(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// A token somebody sent; whether it is good only its hash can tell.
    pub fn sent(text: &SecretString) -> Self {
        Self(text.clone())
    }

    /// What is kept. The token has 256 random bits, so nothing slower is needed.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_secret()).into()
    }

    /// The text for its owner.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_the_same_hash_and_is_never_printed() {
        let token = Token::of(Kind::Refresh, [7; 32]);
        assert!(token.reveal().starts_with("wrt_"));
        assert_eq!(Token::sent(&token.reveal().to_owned().into()).hash(), token.hash());
        assert_ne!(Token::of(Kind::Refresh, [8; 32]).hash(), token.hash());
        assert_ne!(Token::of(Kind::Device, [7; 32]).hash(), token.hash());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
