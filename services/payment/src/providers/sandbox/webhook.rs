//! The sandbox's webhooks: `X-Sandbox-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>`.

use axum::http::HeaderMap;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use time::OffsetDateTime;
use warung_contracts::id::PaymentId;

use crate::providers::WebhookError;

/// The header of the signature.
pub const HEADER: &str = "x-sandbox-signature";
/// How old or early a signature may be, in minutes: an old one may be a replay.
const WINDOW_MINUTES: i64 = 5;
/// Characters of an event id at most.
const EVENT_ID_MAX: usize = 100;

/// What the customer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Succeeded,
    Failed,
}

/// The body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    pub event_id: String,
    pub payment_id: PaymentId,
    pub status: Verdict,
}

/// Checks the signature on the raw body, then reads it.
///
/// # Errors
///
/// As [`WebhookError`] says.
pub fn verify(
    secret: &SecretString,
    headers: &HeaderMap,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Message, WebhookError> {
    let unsigned = WebhookError::Unsigned;
    let header = headers.get(HEADER).ok_or(unsigned("send X-Sandbox-Signature: t=…,v1=…"))?;
    let header = header.to_str().map_err(|_| unsigned("the header is no text"))?;
    let part =
        |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let signed_at = part("t").ok_or(unsigned("t is missing"))?;
    let signature = part("v1").ok_or(unsigned("v1 is missing"))?;
    let signature = hex::decode(signature).map_err(|_| unsigned("v1 is not hexadecimal"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .map_err(|_| unsigned("the secret can't be a key"))?;
    mac.update(signed_at.as_bytes());
    mac.update(b".");
    mac.update(body);
    // In constant time; the age only after it, so that the clock of a forger tells nothing.
    mac.verify_slice(&signature).map_err(|_| WebhookError::Forged)?;
    let signed_at: i64 = signed_at.parse().map_err(|_| unsigned("t is no number of seconds"))?;
    if now.unix_timestamp().saturating_sub(signed_at).saturating_abs() > WINDOW_MINUTES * 60 {
        return Err(WebhookError::Stale(WINDOW_MINUTES));
    }
    let message: Message =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    if message.event_id.is_empty() || message.event_id.len() > EVENT_ID_MAX {
        return Err(WebhookError::Malformed(format!("event_id must have 1 to {EVENT_ID_MAX} characters")));
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn check(signed_at: i64, secret: &str, signed: &str, sent: &str) -> Result<Message, WebhookError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{signed_at}.{signed}").as_bytes());
        let mut headers = HeaderMap::new();
        let value = format!("t={signed_at},v1={}", hex::encode(mac.finalize().into_bytes()));
        headers.insert(HEADER, value.parse().unwrap());
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        verify(&"secret".into(), &headers, sent.as_bytes(), now)
    }

    const BODY: &str =
        r#"{"event_id":"e1","payment_id":"pay_00000000000000000000000000000001","status":"succeeded"}"#;

    #[test]
    fn a_signed_body_is_read() {
        assert_eq!(check(NOW - 300, "secret", BODY, BODY).unwrap().status, Verdict::Succeeded);
        assert!(check(NOW + 300, "secret", BODY, BODY).is_ok());
    }

    #[test]
    fn what_is_forged_stale_or_changed_by_a_byte_is_not() {
        assert!(matches!(check(NOW, "guess", BODY, BODY), Err(WebhookError::Forged)));
        assert!(matches!(check(NOW, "secret", BODY, &BODY.replace("e1", "e2")), Err(WebhookError::Forged)));
        assert!(matches!(check(NOW, "secret", BODY, &format!("{BODY} ")), Err(WebhookError::Forged)));
        assert!(matches!(check(NOW - 301, "secret", BODY, BODY), Err(WebhookError::Stale(5))));
        assert!(matches!(check(NOW + 301, "secret", BODY, BODY), Err(WebhookError::Stale(5))));
        assert!(matches!(check(NOW, "secret", "{}", "{}"), Err(WebhookError::Malformed(_))));
        let none = verify(&"secret".into(), &HeaderMap::new(), b"{}", OffsetDateTime::UNIX_EPOCH);
        assert!(matches!(none, Err(WebhookError::Unsigned(_))));
    }
}
