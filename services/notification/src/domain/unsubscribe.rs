//! Links that switch a topic off without logging in (RFC 8058): signed, so that nobody switches off another's.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use warung_contracts::id::UserId;

use super::{channel::Channel, topic::Topic};

/// What the key signs is told apart from anything else it may ever sign.
const PURPOSE: &[u8] = b"warung.notification.unsubscribe.v1\0";

/// What a link switches off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub user_id: UserId,
    pub topic: Topic,
    pub channel: Channel,
}

/// Makes links and knows its own. They do not end: who unsubscribes from an old letter means it.
#[derive(Clone)]
pub struct Unsubscriber(Hmac<Sha256>);

impl Unsubscriber {
    /// Signs with this key.
    ///
    /// # Errors
    ///
    /// Never: HMAC takes keys of every length; the type says otherwise.
    pub fn new(key: &SecretString) -> anyhow::Result<Self> {
        Ok(Self(Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes())?.chain_update(PURPOSE)))
    }

    /// The token of a link.
    pub fn token(&self, choice: Choice) -> String {
        let Choice { user_id, topic, channel } = choice;
        let said = format!("{user_id}.{topic}.{channel}");
        let signature = self.0.clone().chain_update(&said).finalize().into_bytes();
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What a token switches off; none when this key did not make it.
    pub fn read(&self, token: &str) -> Option<Choice> {
        let (said, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.0.clone().chain_update(said).verify_slice(&signature).ok()?;
        let mut parts = said.split('.');
        let mut next = || parts.next();
        let (user, topic, channel) = (next()?, next()?, next()?);
        Some(Choice {
            user_id: user.parse().ok()?,
            topic: topic.parse().ok()?,
            channel: channel.parse().ok()?,
        })
    }
}

impl std::fmt::Debug for Unsubscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unsubscriber")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn a_token_says_what_was_signed_and_nothing_else_does(
            user: u128, place in any::<prop::sample::Index>(), with in "[A-Za-z0-9_.-]"
        ) {
            let (ours, others) = (Unsubscriber::new(&"a".into()).unwrap(), Unsubscriber::new(&"b".into()).unwrap());
            let choice = Choice { user_id: UserId(Uuid::from_u128(user)), topic: Topic::News, channel: Channel::Email };
            let token = ours.token(choice);
            prop_assert_eq!(ours.read(&token), Some(choice));
            prop_assert_eq!(others.read(&token), None);
            let place = place.index(token.len());
            let changed = format!("{}{with}{}", &token[..place], &token[place + 1..]);
            prop_assert!(changed == token || ours.read(&changed).is_none());
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,120}") {
            prop_assert_eq!(Unsubscriber::new(&"a".into()).unwrap().read(&text), None);
        }
    }
}
