//! Stripe's webhooks: `Stripe-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>`, with several
//! `v1` while a secret is being changed. Schemes other than `v1` are ignored.

use axum::http::HeaderMap;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use time::OffsetDateTime;
use warung_contracts::id::PaymentId;

use super::{
    map::PAYMENT_ID,
    wire::{Event, EventObject, Related},
};
use crate::providers::{About, Notice, WebhookError};

/// The header of the signature.
const HEADER: &str = "stripe-signature";
/// How old a signature may be, in minutes: an older one may be a replay. Stripe's own libraries check no more.
const WINDOW_MINUTES: i64 = 5;

/// Checks the signature on the raw body against these secrets, then reads what it speaks of.
///
/// # Errors
///
/// As [`WebhookError`] says.
pub fn verify(
    secrets: &[SecretString],
    headers: &HeaderMap,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Notice, WebhookError> {
    let unsigned = WebhookError::Unsigned;
    let header = headers.get(HEADER).ok_or(unsigned("send Stripe-Signature: t=…,v1=…"))?;
    let header = header.to_str().map_err(|_| unsigned("the header is no text"))?;
    let parts = || header.split(',').filter_map(|part| part.split_once('='));
    let values = |name: &'static str| parts().filter(move |part| part.0 == name).map(|part| part.1);
    let signed_at = values("t").next().ok_or(unsigned("t is missing"))?;
    let time: i64 = signed_at.parse().map_err(|_| unsigned("t is no number of seconds"))?;
    if values("v1").next().is_none() {
        return Err(unsigned("v1 is missing"));
    }
    let genuine = secrets.iter().any(|secret| {
        values("v1").any(|signature| matches(secret, signed_at, body, signature).unwrap_or(false))
    });
    if !genuine {
        return Err(WebhookError::Forged);
    }
    if now.unix_timestamp().saturating_sub(time) > WINDOW_MINUTES * 60 {
        return Err(WebhookError::Stale(WINDOW_MINUTES));
    }
    let event: Event =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    let object = &event.data.object;
    let dispute = object.id.clone().filter(|_| object.object == "dispute");
    Ok(Notice { event_id: event.id, about: about(object), reported: None, dispute })
}

/// In constant time. Stripe writes lower case; anything else is not Stripe.
fn matches(secret: &SecretString, signed_at: &str, body: &[u8], signature: &str) -> Option<bool> {
    let lower = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
    let signature = hex::decode(signature).ok().filter(|_| lower)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac.verify_slice(&signature).is_ok())
}

fn about(object: &EventObject) -> About {
    if object.object == "payment_intent" {
        let ours = object.metadata.as_ref().and_then(|metadata| metadata.get(PAYMENT_ID));
        let ours = ours.and_then(|id| id.parse::<PaymentId>().ok());
        // By both: the answer to the opening may be lost, and with it their id.
        return match (ours, object.id.clone()) {
            (Some(payment), Some(reference)) => About::Request { payment, reference },
            (Some(payment), None) => About::Payment(payment),
            (None, Some(reference)) => About::Reference(reference),
            (None, None) => About::Nothing,
        };
    }
    match &object.payment_intent {
        Some(Related::Id(id)) => About::Reference(id.clone()),
        Some(Related::Whole(intent)) => About::Reference(intent.id.clone()),
        None => About::Nothing,
    }
}
