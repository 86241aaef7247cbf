//! What is generated once: passwords and keys. Pure: says what is missing, not what its value is.

use warung_contracts::keyring;
use warung_contracts::manifest::SecretKind;

use crate::objects::kinds::SECRET;
use crate::objects::labels::{self, Component};
use crate::objects::names;
use crate::observe::{Observed, token_key_secret};
use crate::validate::ValidShop;

pub use crate::objects::names::PASSWORD;

/// Key of a service's database password in its credentials.
pub const DATABASE_PASSWORD: &str = "database-password";
/// Key of a service's NATS password in its credentials.
pub const NATS_PASSWORD: &str = "nats-password";
/// Key of a service's own service key, by which it knows its callers, in its credentials.
pub const SERVICE_KEY: &str = "service-key";

/// A Secret whose values are generated once and never overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Name of the Secret.
    pub name: String,
    /// The service or store it belongs to.
    pub part: String,
    pub component: Component,
    pub keys: Vec<(String, SecretKind)>,
}

/// Every Secret that is generated for this Shop.
pub fn wanted(shop: &ValidShop) -> Vec<Generated> {
    let mut all = Vec::new();
    let stores = [
        (names::POSTGRES, shop.postgres.embedded().is_some()),
        (names::NATS, shop.nats.embedded().is_some()),
        (names::REDIS, shop.redis.embedded().is_some()),
    ];
    for (store, _) in stores.into_iter().filter(|(_, embedded)| *embedded) {
        all.push(Generated {
            name: names::credentials(store),
            part: store.into(),
            component: Component::Store,
            keys: vec![(PASSWORD.into(), SecretKind::Password)],
        });
    }
    for service in &shop.services {
        let manifest = service.manifest;
        let mut keys = vec![(NATS_PASSWORD.to_owned(), SecretKind::Password)];
        if manifest.database.is_some() {
            keys.push((DATABASE_PASSWORD.into(), SecretKind::Password));
        }
        if !manifest.serves.is_empty() {
            keys.push((SERVICE_KEY.into(), SecretKind::Password));
        }
        keys.extend(manifest.secrets.iter().map(|secret| (secret.name.clone(), secret.kind)));
        all.push(Generated {
            name: names::credentials(&manifest.name),
            part: manifest.name.clone(),
            component: Component::Service,
            keys,
        });
    }
    all
}

/// What of [`wanted`] the cluster lacks: whole Secrets, or keys that a newer version added.
pub fn missing(shop: &ValidShop, observed: &Observed) -> Vec<Generated> {
    let lacks = |name: &str, key: &str| observed.secret_value(name, key).is_none();
    let mut all = wanted(shop);
    for secret in &mut all {
        let name = secret.name.clone();
        secret.keys.retain(|(key, _)| lacks(&name, key));
    }
    all.retain(|secret| !secret.keys.is_empty());
    all
}

/// A deliberate change of the keys that sign access tokens.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Name of the Secret.
    pub name: String,
    /// Its key.
    pub key: String,
    /// The list as it is.
    pub keys: Vec<keyring::Entry>,
    /// What was asked for, so that it is done once.
    pub mark: String,
}

/// The rotation that the Shop asks for, unless it was made already.
pub fn rotation(shop: &ValidShop, observed: &Observed) -> Option<Rotation> {
    let mark = shop.rotate_token_keys.clone()?;
    let (service, secret) = token_key_secret()?;
    let name = names::credentials(&service.name);
    let annotations = observed.live.get(SECRET.kind, &name)?.metadata.annotations.as_ref();
    let made = annotations.and_then(|all| all.get(labels::TOKEN_KEYS_ROTATED));
    let keys = keyring::parse(&observed.token_keys()?).ok()?;
    (made != Some(&mark)).then(|| Rotation { name, key: secret.name.clone(), keys, mark })
}
