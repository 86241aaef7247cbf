//! Guests: what they show instead of an access token.
//!
//! A guest's order has a token of its own. It follows from a key that order alone has, and from the order's id; so a repeated
//! checkout, and whoever knows the order's number and address, can be told it again, and nothing that opens an order is ever
//! stored.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use warung_contracts::id::OrderId;

/// Bytes of a cart's token.
const TOKEN_BYTES: usize = 32;

/// The token of a guest's cart, as cart gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct CartToken(String);

/// A text that is no such token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cart token; send it as the first POST /api/v1/cart/items answered it")]
pub struct NotAToken;

impl FromStr for CartToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(bytes) if bytes.len() == TOKEN_BYTES => Ok(Self(text.to_owned())),
            _ => Err(NotAToken),
        }
    }
}

impl CartToken {
    /// The token itself, for cart alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its SHA-256, hexadecimal.
    pub fn hash(&self) -> String {
        hex::encode(sha256(&self.0))
    }
}

impl fmt::Debug for CartToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CartToken")
    }
}

/// The key that the tokens of guests' orders are made with.
#[derive(Clone)]
pub struct TokenKey(String);

impl TokenKey {
    /// This key, of any length (RFC 2104 section 2).
    pub fn new(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// What the guest shows to see this order.
    pub fn token(&self, order: OrderId) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return String::new() };
        mac.update(b"token of a guest's order ");
        mac.update(order.to_string().as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

/// By what the idempotency keys of a cart's guest are told from those of others.
pub fn caller_by_cart(cart_hash: impl fmt::Display) -> String {
    format!("guest:{cart_hash}")
}

/// By what the idempotency keys of whoever shows an order's token are told from those of others.
pub fn caller_by_token(token_hash: impl fmt::Display) -> String {
    format!("order-token:{token_hash}")
}

/// SHA-256 of a text.
pub fn sha256(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_order_has_a_token_of_its_own_and_none_is_printed() {
        let (key, other) = (TokenKey::new("a key"), TokenKey::new("another"));
        let (one, two) = (OrderId(Uuid::from_u128(1)), OrderId(Uuid::from_u128(2)));
        assert_eq!(key.token(one), key.token(one));
        assert_ne!(key.token(one), key.token(two));
        assert_ne!(key.token(one), other.token(one));
        let cart: CartToken = URL_SAFE_NO_PAD.encode([7_u8; TOKEN_BYTES]).parse().unwrap();
        assert_eq!(format!("{key:?} {cart:?}"), "TokenKey CartToken");
        assert_eq!("short".parse::<CartToken>(), Err(NotAToken));
    }
}
