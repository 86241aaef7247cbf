//! The sandbox's webhooks: `X-Sandbox-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>`.

use axum::http::HeaderMap;
use secrecy::SecretString;
use serde::Deserialize;
use time::OffsetDateTime;
use warung_chassis::signature::{self, SignatureError};
use warung_contracts::id::PaymentId;

use crate::providers::WebhookError;

/// The header of the signature.
pub const HEADER: &str = "x-sandbox-signature";
/// Bytes of an event id at most.
const EVENT_ID_MAX: usize = 100;

/// What the customer did, or became of their complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Succeeded,
    Failed,
    /// The customer contests what they paid, and their bank takes it back.
    Disputed,
    /// The shop won, and the bank gave it back.
    DisputeWon,
    /// The customer keeps it.
    DisputeLost,
}

warung_contracts::words!(
    Verdict,
    "outcome at the sandbox",
    Succeeded = "succeeded",
    Failed = "failed",
    Disputed = "disputed",
    DisputeWon = "dispute_won",
    DisputeLost = "dispute_lost",
);

/// The body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    pub event_id: String,
    pub payment_id: PaymentId,
    pub status: Verdict,
    /// How much is contested, in minor units; all of it when none.
    #[serde(default)]
    pub amount_minor: Option<i64>,
}

impl From<SignatureError> for WebhookError {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Unsigned(why) => Self::Unsigned(why),
            SignatureError::Forged => Self::Forged,
            SignatureError::Stale(minutes) => Self::Stale(minutes),
        }
    }
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
    let header = (HEADER, "send X-Sandbox-Signature: t=…,v1=…");
    signature::verify_in(header, secret, headers, body, now)?;
    let message: Message =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    let id = &message.event_id;
    if id.is_empty() || id.len() > EVENT_ID_MAX || id.contains('\0') {
        let rule = format!("event_id must have 1 to {EVENT_ID_MAX} bytes, without NUL");
        return Err(WebhookError::Malformed(rule));
    }
    if message.amount_minor.is_some_and(|minor| minor <= 0) {
        return Err(WebhookError::Malformed("amount_minor must be more than 0".to_owned()));
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac as _};
    use sha2::Sha256;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    /// Signs as the format says, not as our code does.
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
