//! Keys of auth's own secrets: what tables hold opens nothing without them.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest, hmac,
};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use warung_contracts::id::UserId;

use crate::domain::token::{Kind, Token};

/// Derives tokens of links and log-ins, hides addresses, seals secrets of second factors.
pub struct Vault {
    links: hmac::Key,
    sealing: RandomizedNonceKey,
}

/// Something sealed does not open: another key, another user, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret does not open; was WARUNG_TOTP_KEY replaced?")]
pub struct Broken;

impl Vault {
    /// A vault with these secrets.
    ///
    /// # Errors
    ///
    /// When the library refuses a key.
    pub fn new(links: &SecretString, sealing: &SecretString) -> anyhow::Result<Self> {
        // The secrets have 190 random bits: a plain hash makes keys of the right length of them.
        let key = digest::digest(&digest::SHA256, sealing.expose_secret().as_bytes());
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref())
            .map_err(|_| anyhow::anyhow!("AES-256-GCM takes no key"))?;
        Ok(Self { links: hmac::Key::new(hmac::HMAC_SHA256, links.expose_secret().as_bytes()), sealing })
    }

    /// The token of a link. It follows from the request, so that it can be told again and is kept nowhere.
    pub fn link_token(&self, request_id: Uuid) -> Token {
        Token::of(Kind::Link, self.keyed("link", request_id.as_bytes()))
    }

    /// The refresh token that follows one: the same whenever it is asked for, so that a lost answer can be told again though
    /// neither token is kept anywhere.
    pub fn refresh_token_after(&self, sent: &Token) -> Token {
        Token::of(Kind::Refresh, self.keyed("refresh", sent.reveal().as_bytes()))
    }

    /// A name for a text that does not tell the text, not even to whoever can guess it.
    pub fn alias(&self, text: &str) -> String {
        self.keyed("alias", text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    fn keyed(&self, what: &str, bytes: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.links);
        for part in [what.as_bytes(), &[0], bytes] {
            context.update(part);
        }
        let mut key = [0; 32];
        key.copy_from_slice(context.sign().as_ref());
        key
    }

    /// Seals a secret of a user: nonce, then ciphertext and tag.
    ///
    /// # Errors
    ///
    /// When the library refuses.
    pub fn seal(&self, user: UserId, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(user.uuid().as_bytes()), &mut sealed)
            .map_err(|_| anyhow::anyhow!("a secret could not be sealed"))?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for this user.
    ///
    /// # Errors
    ///
    /// When it does not open.
    pub fn open(&self, user: UserId, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Broken)?;
        let mut rest = rest.to_vec();
        let opened = self.sealing.open_in_place(nonce, Aad::from(user.uuid().as_bytes()), &mut rest);
        opened.map(|secret| secret.to_vec()).map_err(|_| Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(links: &str, sealing: &str) -> Vault {
        Vault::new(&links.into(), &sealing.into()).unwrap()
    }

    #[test]
    fn a_links_token_can_be_told_again_and_not_guessed() {
        let (vault, other, id) = (vault("a", "k"), vault("b", "k"), Uuid::from_u128(7));
        assert_eq!(vault.link_token(id).hash(), vault.link_token(id).hash());
        assert_ne!(vault.link_token(id).hash(), vault.link_token(Uuid::from_u128(8)).hash());
        assert_ne!(vault.link_token(id).hash(), other.link_token(id).hash());
    }

    #[test]
    fn the_next_refresh_token_follows_from_the_one_before_and_the_secret_alone() {
        let (vault, other) = (vault("a", "k"), vault("b", "k"));
        let first = Token::of(Kind::Refresh, [7; 32]);
        let second = vault.refresh_token_after(&first);
        assert_eq!(second.hash(), vault.refresh_token_after(&Token::sent(&first.reveal().into())).hash());
        let others = [
            first.hash(),
            vault.refresh_token_after(&second).hash(),
            other.refresh_token_after(&first).hash(),
        ];
        assert!(!others.contains(&second.hash()));
    }

    #[test]
    fn an_alias_does_not_tell_what_it_stands_for() {
        let (one, other) = (vault("a", "k"), vault("b", "k"));
        assert_eq!(one.alias("siti@example.com"), one.alias("siti@example.com"));
        assert_ne!(one.alias("siti@example.com"), other.alias("siti@example.com"));
    }

    #[test]
    fn what_is_sealed_opens_for_its_user_with_its_key_alone() {
        let (vault, other) = (vault("a", "k"), vault("a", "another"));
        let (siti, budi) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let sealed = vault.seal(siti, b"secret").unwrap();
        assert_ne!(sealed, vault.seal(siti, b"secret").unwrap(), "every seal has a nonce of its own");
        assert_eq!(vault.open(siti, &sealed), Ok(b"secret".to_vec()));
        assert_eq!(vault.open(budi, &sealed), Err(Broken));
        assert_eq!(other.open(siti, &sealed), Err(Broken));
        assert_eq!(vault.open(siti, &sealed[1..]), Err(Broken));
        assert_eq!(vault.open(siti, b"short"), Err(Broken));
    }
}
