//! Generates what is generated once.

use base64::Engine;
use k8s_openapi::jiff::Timestamp;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::json;
use time::OffsetDateTime;
use warung_contracts::keyring;
use warung_contracts::manifest::SecretKind;

use super::{Error, Writer};
use crate::objects::kinds::SECRET;
use crate::objects::labels;
use crate::observe::Live;
use crate::plan::object;
use crate::plan::secret::{Generated, Rotation};
use crate::validate::ValidShop;

/// How long an access token may live: a key that retires is kept for at least this long after the next one began.
const TOKENS_LIVE_MAX: time::Duration = time::Duration::hours(24);
/// Letters and digits of a generated password: 190 bits.
const PASSWORD_LENGTH: usize = 32;

/// Makes each missing Secret, and each missing key of one that is there. Never overwrites a value.
///
/// The Secrets have no owner: they outlive the Shop like the volumes whose passwords they hold.
pub async fn generate(
    shop: &ValidShop,
    missing: &[Generated],
    live: &mut Live,
    writer: &Writer,
) -> Result<(), Error> {
    for generated in missing {
        let mut data = serde_json::Map::new();
        for (key, kind) in &generated.keys {
            data.insert(key.clone(), json!(value(*kind)));
        }
        let written = match live.get(SECRET.kind, &generated.name) {
            Some(secret) => writer.merge(secret, json!({ "data": data })).await?,
            None => {
                let body = json!({ "type": "Opaque", "data": data });
                let mut secret =
                    object(shop, SECRET, &generated.name, (&generated.part, generated.component), body);
                secret.metadata.owner_references = None;
                secret
                    .metadata
                    .labels
                    .get_or_insert_default()
                    .insert(labels::GENERATED.into(), "true".into());
                writer.create(&secret).await?
            }
        };
        live.insert(written);
    }
    Ok(())
}

/// Puts a fresh key behind those that sign access tokens, and notes what asked for it, in one write.
pub async fn rotate(
    rotation: &Rotation,
    now: Timestamp,
    live: &mut Live,
    writer: &Writer,
) -> Result<(), Error> {
    let Some(secret) = live.get(SECRET.kind, &rotation.name) else { return Ok(()) };
    let now = OffsetDateTime::from_unix_timestamp(now.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let keys = keyring::rotate(&rotation.keys, private_key(), now, TOKENS_LIVE_MAX);
    let patch = json!({
        "metadata": { "annotations": { labels::TOKEN_KEYS_ROTATED: rotation.mark } },
        "data": { &rotation.key: encoded(&keyring::render(&keys)) },
    });
    let written = writer.merge(secret, patch).await?;
    tracing::info!(secret = rotation.name, keys = keys.len(), "rotated the keys of access tokens");
    live.insert(written);
    Ok(())
}

fn value(kind: SecretKind) -> String {
    match kind {
        SecretKind::Password => {
            let text: String =
                rand::rng().sample_iter(&Alphanumeric).take(PASSWORD_LENGTH).map(char::from).collect();
            encoded(&text)
        }
        SecretKind::Es256PrivateKey => encoded(&private_key()),
    }
}

/// A fresh P-256 key, PKCS#8 PEM.
fn private_key() -> String {
    p256::SecretKey::random(&mut OsRng)
        .to_pkcs8_pem(LineEnding::LF)
        .map(|pem| pem.to_string())
        .expect("a fresh P-256 key always has a PKCS#8 form")
}

fn encoded(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}
