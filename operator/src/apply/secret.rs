//! Generates what is generated once.

use base64::Engine;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::json;
use warung_contracts::manifest::SecretKind;

use super::{Error, Writer};
use crate::objects::kinds::SECRET;
use crate::objects::labels;
use crate::observe::Live;
use crate::plan::object;
use crate::plan::secret::Generated;
use crate::validate::ValidShop;

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

fn value(kind: SecretKind) -> String {
    let text = match kind {
        SecretKind::Password => {
            rand::rng().sample_iter(&Alphanumeric).take(PASSWORD_LENGTH).map(char::from).collect()
        }
        SecretKind::Es256PrivateKey => p256::SecretKey::random(&mut OsRng)
            .to_pkcs8_pem(LineEnding::LF)
            .map(|pem| pem.to_string())
            .expect("a fresh P-256 key always has a PKCS#8 form"),
    };
    base64::engine::general_purpose::STANDARD.encode(text)
}
