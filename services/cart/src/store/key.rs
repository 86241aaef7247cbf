//! Whose cart it is, and where it lives.
//!
//! The part in braces is the hash tag: all keys of one owner are in one slot of a Redis Cluster, so that one script may
//! touch them together. Two owners are never touched together.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;
use warung_contracts::id::UserId;

/// Random bytes of a token: nobody guesses another's cart.
const TOKEN_BYTES: usize = 32;

/// What a guest shows to get at their cart; as good as a password for it.
#[derive(Clone, PartialEq, Eq)]
pub struct GuestToken(String);

impl GuestToken {
    /// A new token.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>()))
    }

    /// The token itself, for its owner alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GuestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestToken")
    }
}

/// A text that is no guest token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cart token; send it as the first POST /api/v1/cart/items answered it, or leave it out")]
pub struct NotAToken;

impl FromStr for GuestToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == TOKEN_BYTES => Ok(Self(text.to_owned())),
            _ => Err(NotAToken),
        }
    }
}

/// Whose cart it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    User(UserId),
    Guest(GuestToken),
}

impl Owner {
    /// The cart: a hash of product → `<added_at>:<quantity>`.
    pub fn cart(&self) -> String {
        match self {
            Self::User(id) => user(*id),
            Self::Guest(token) => guest(token),
        }
    }
}

/// A user's cart.
pub fn user(id: UserId) -> String {
    format!("cart:{{user:{id}}}")
}

/// A guest's cart.
pub fn guest(token: &GuestToken) -> String {
    format!("cart:{{guest:{}}}", token.0)
}

/// A guest's cart while it is merged into this user's.
pub fn claim(token: &GuestToken, by: UserId) -> String {
    format!("{}:claimed:{by}", guest(token))
}

/// Says that a claim is in the user's cart.
pub fn merged(id: UserId, claim: &str) -> String {
    format!("{}:merged:{claim}", user(id))
}

/// Says that what an event reports has left the user's cart.
pub fn settled(id: UserId, event: Uuid) -> String {
    format!("{}:settled:{}", user(id), event.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_is_never_printed() {
        let token = GuestToken::random();
        assert_eq!(token.expose().parse(), Ok(token.clone()));
        assert!(!format!("{:?}", Owner::Guest(token.clone())).contains(token.expose()));
        for bad in ["", "short", "{user:usr_1}", &format!("{}x", token.expose())] {
            assert_eq!(bad.parse::<GuestToken>(), Err(NotAToken), "{bad}");
        }
    }

    #[test]
    fn all_keys_of_an_owner_share_a_hash_tag() {
        let tag = |key: &str| key[key.find('{').unwrap()..=key.find('}').unwrap()].to_owned();
        let (id, token) = (UserId(Uuid::nil()), GuestToken::random());
        assert_eq!(tag(&user(id)), tag(&merged(id, "c")));
        assert_eq!(tag(&user(id)), tag(&settled(id, Uuid::nil())));
        assert_eq!(tag(&guest(&token)), tag(&claim(&token, id)));
    }
}
