//! Notifications: `signature_key` is the SHA-512 of order, code, amount and server key, each text exactly as it came.
//! What it does not cover is the status itself; it is asked for.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use crate::providers::{About, Notice, WebhookError, notation};

#[derive(Deserialize)]
struct Notification {
    order_id: String,
    status_code: String,
    gross_amount: String,
    signature_key: Option<String>,
}

/// Checks the signature, then says of what it speaks.
///
/// # Errors
///
/// As [`WebhookError`] says.
pub fn verify(key: &SecretString, body: &[u8]) -> Result<Notice, WebhookError> {
    let told: Notification =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    let signature = told.signature_key.as_deref().filter(|signature| !signature.is_empty());
    let signature = signature.ok_or(WebhookError::Unsigned("signature_key is missing"))?;
    let signed = [&told.order_id, &told.status_code, &told.gross_amount, key.expose_secret()];
    let mut digest = Sha512::new();
    signed.iter().for_each(|text| digest.update(text));
    if !notation::same(hex::encode(digest.finalize()).as_bytes(), signature.as_bytes()) {
        return Err(WebhookError::Forged);
    }
    // They give no id; the same notification has the same bytes, however often it comes.
    let event_id = hex::encode(Sha256::digest(body));
    let about = notation::payment(&told.order_id).map_or(About::Nothing, About::Payment);
    Ok(Notice { event_id, about, reported: None, dispute: None })
}
