//! Whose cart it is, and where it lives.
//!
//! Each key begins with the shop's name, so that several shops fit into one Redis. The part in braces is the hash tag: all
//! keys of one owner are in one slot of a Redis Cluster, so that one script may touch them together. Two owners are never
//! touched together. A guest's token is in no key, only its SHA-256: whoever reads Redis can't take a cart over.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use warung_contracts::id::{OrderId, UserId};

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
    /// A guest of whom only the SHA-256 of the token is known, hexadecimal.
    GuestHash(String),
}

impl Owner {
    /// What stands in the braces of every key of theirs: names them, and opens nothing.
    pub fn tag(&self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::Guest(token) => format!("guest:{}", hex::encode(Sha256::digest(token.0.as_bytes()))),
            Self::GuestHash(hash) => format!("guest:{hash}"),
        }
    }
}

/// Makes the keys of a shop.
#[derive(Debug, Clone)]
pub struct Keys {
    shop: String,
}

impl Keys {
    /// The keys of this shop.
    pub fn new(shop: &str) -> Self {
        Self { shop: shop.to_owned() }
    }

    /// A cart: a hash of variant → `<added_at>:<quantity>:<product>:<price>`.
    pub fn cart(&self, owner: &Owner) -> String {
        format!("warung:{}:cart:{{{}}}", self.shop, owner.tag())
    }

    /// A guest's cart while it is merged into this user's.
    pub fn claim(&self, guest: &Owner, by: UserId) -> String {
        format!("{}:claimed:{by}", self.cart(guest))
    }

    /// Says that a claim is in somebody's cart.
    pub fn merged(&self, owner: &Owner, claim: &str) -> String {
        format!("{}:merged:{claim}", self.cart(owner))
    }

    /// The users into whose carts a guest's was merged.
    pub fn heirs(&self, guest: &Owner) -> String {
        format!("{}:heirs", self.cart(guest))
    }

    /// Which states of guests' carts were merged into this one, and what came with each.
    pub fn states(&self, owner: &Owner) -> String {
        format!("{}:states", self.cart(owner))
    }

    /// Says that an account is gone, whose access token may live on for some minutes.
    pub fn gone(&self, owner: &Owner) -> String {
        format!("{}:gone", self.cart(owner))
    }

    /// What an order took out of somebody's cart.
    pub fn order(&self, owner: &Owner, order: OrderId) -> String {
        format!("{}:order:{order}", self.cart(owner))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

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
    fn all_keys_of_an_owner_share_a_hash_tag_and_shops_share_no_key() {
        let tag = |key: &str| key[key.find('{').unwrap()..=key.find('}').unwrap()].to_owned();
        let (keys, id) = (Keys::new("kopi"), UserId(Uuid::nil()));
        let (user, guest) = (Owner::User(id), Owner::Guest(GuestToken::random()));
        assert_eq!(tag(&keys.cart(&user)), tag(&keys.merged(&user, "c")));
        assert_eq!(tag(&keys.cart(&user)), tag(&keys.gone(&user)));
        assert_eq!(tag(&keys.cart(&user)), tag(&keys.order(&user, OrderId(Uuid::nil()))));
        assert_eq!(tag(&keys.cart(&guest)), tag(&keys.claim(&guest, id)));
        assert_ne!(keys.cart(&user), Keys::new("teh").cart(&user));
    }

    #[test]
    fn a_guest_is_found_by_the_hash_of_the_token_alone() {
        let (keys, token) = (Keys::new("kopi"), GuestToken::random());
        let hash = hex::encode(Sha256::digest(token.expose().as_bytes()));
        let key = keys.cart(&Owner::Guest(token.clone()));
        assert_eq!(key, keys.cart(&Owner::GuestHash(hash)));
        assert!(!key.contains(token.expose()));
    }
}
